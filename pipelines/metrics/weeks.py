"""The spans that people are measured over inside a closing period: its weeks, and the period itself.

A week belongs to the period in which it ends and has all its days, also those of the period before. Which days a cover of a delivered
file has is ``submissions``' to say; what is counted in a span belongs to the metric that counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.covers import cover_of, covers


@dataclass(frozen=True)
class Span:
    """A week or a period, called ``key``. ``until`` is the last day up to which there is anything to count."""

    span: Literal["week", "period"]
    key: str
    start: date
    end: date
    until: date

    @property
    def is_over(self) -> bool:
        """Whether the span has ended on the business day."""
        return self.until >= self.end

    @property
    def days(self) -> tuple[date, ...]:
        """Every day that is counted."""
        return tuple(self.start + timedelta(days=offset) for offset in range((self.until - self.start).days + 1))


def weeks(period: Period, calendar: Calendar, as_of: date) -> tuple[Span, ...]:
    """The weeks that belong to ``period`` and have begun by ``as_of``, ascending; the last may still run.

    >>> from pipelines.company.calendar import CalendarFile
    >>> calendar = Calendar(CalendarFile())
    >>> [(week.key, str(week.start), str(week.until)) for week in weeks(calendar.period("2026-10"), calendar, date(2026, 10, 9))]
    [('2026-W40', '2026-09-28', '2026-10-04'), ('2026-W41', '2026-10-05', '2026-10-09')]
    """
    found = covers("week", period, calendar)
    return tuple(Span("week", one.key, one.start, one.end, min(one.end, as_of)) for one in found if one.start <= as_of)


def spans(period: Period, calendar: Calendar, as_of: date) -> tuple[Span, ...]:
    """The period itself, then its weeks."""
    return Span("period", period.key, period.start, period.end, min(period.end, as_of)), *weeks(period, calendar, as_of)


def same_week_last_year(week: Span, calendar: Calendar) -> Span | None:
    """The week of the same number a year before, counted up to the same day of the week; None where that year has no such week.

    >>> from pipelines.company.calendar import CalendarFile
    >>> calendar = Calendar(CalendarFile())
    >>> week = weeks(calendar.period("2026-10"), calendar, date(2026, 10, 9))[-1]
    >>> same_week_last_year(week, calendar)
    Span(span='week', key='2025-W41', start=datetime.date(2025, 10, 6), end=datetime.date(2025, 10, 12), until=datetime.date(2025, 10, 10))
    """
    cover = cover_of(f"{int(week.key[:4]) - 1:04d}-{week.key[5:]}", calendar)
    return Span("week", cover.key, cover.start, cover.end, cover.start + (week.until - week.start)) if cover else None


def compared_with(week: Span, calendar: Calendar) -> dict[str, Span | None]:
    """The week with what it is compared with: ``actual``, ``pw`` the week before, ``py`` the same week last year, None without one."""
    return {"actual": week, "pw": week_before(week), "py": same_week_last_year(week, calendar)}


def week_before(week: Span) -> Span:
    """The week before, counted up to the same day of the week."""
    return _moved(week, -1)


def week_after(week: Span) -> Span:
    """The week after, likewise."""
    return _moved(week, 1)


def _moved(week: Span, steps: int) -> Span:
    by = timedelta(days=7 * steps)
    year, number, _ = (week.start + by + timedelta(days=3)).isocalendar()
    return Span("week", f"{year:04d}-W{number:02d}", week.start + by, week.end + by, week.until + by)


def weeks_up_to(week: Span, number: int) -> tuple[Span, ...]:
    """``week`` and the whole weeks before it, ``number`` in all, ascending."""
    found = [week]
    while len(found) < number:
        before = week_before(found[0])
        found.insert(0, replace(before, until=before.end))
    return tuple(found)


def days_frame(found: tuple[Span, ...]) -> pl.DataFrame:
    """Every counted day of every span: ``span, cover, day``; a day stands once in each span that has it."""
    rows = [(one.span, one.key, day) for one in found for day in one.days]
    return pl.DataFrame(rows, schema={"span": pl.String, "cover": pl.String, "day": pl.Date}, orient="row")


def bounds_frame(found: tuple[Span, ...]) -> pl.DataFrame:
    """One row a span: ``span, cover, start, end, until``."""
    rows = [(one.span, one.key, one.start, one.end, one.until) for one in found]
    schema = {"span": pl.String, "cover": pl.String, "start": pl.Date, "end": pl.Date, "until": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")
