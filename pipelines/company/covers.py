"""What a key of days stands for: a day, a week, a half month, a closing period, a quarter, a fiscal year.

Which closing periods there are is ``calendar``'s business; who owes what for which cover is the obligations'.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from pipelines.company.calendar import Calendar, Period
from pipelines.errors import ConfigurationError, UnknownPeriod

_WEEK_STARTS = {"monday": 0, "saturday": 5, "sunday": 6}


@dataclass(frozen=True)
class Cover:
    """What a file is for: a key and its first and last day."""

    key: str
    start: date
    end: date


def covers(every: str, period: Period, calendar: Calendar) -> tuple[Cover, ...]:
    """The covers of one kind that belong to ``period``: those that end in it; of days only the working days.

    Weeks start on the company's day and are called by the ISO week of their fourth day; halves are 1–15 and 16–end of a
    calendar month. Raises ``ConfigurationError`` for an unknown kind.

    >>> from pipelines.company.calendar import CalendarFile
    >>> calendar = Calendar(CalendarFile())
    >>> [cover.key for cover in covers("half_month", calendar.period("2026-10"), calendar)]
    ['2026-10-H1', '2026-10-H2']
    >>> [cover.key for cover in covers("week", calendar.period("2026-10"), calendar)]
    ['2026-W40', '2026-W41', '2026-W42', '2026-W43']
    """
    days = [period.start + timedelta(days=offset) for offset in range(period.days)]
    match every:
        case "period":
            return (Cover(period.key, period.start, period.end),)
        case "day":
            return tuple(Cover(day.isoformat(), day, day) for day in days if calendar.is_working_day(day))
        case "week":
            last = (_WEEK_STARTS[calendar.file.week_start] - 1) % 7
            return tuple(_week(day - timedelta(days=6)) for day in days if day.weekday() == last)
        case "half_month":
            return tuple(_half(day) for day in days if day.day in (15, monthrange(day.year, day.month)[1]))
    raise ConfigurationError(f"obligations.csv: every '{every}' is not known; use day, week, half_month or period.")


def cover_of(key: str, calendar: Calendar) -> Cover | None:
    """The days of a cover's key (a day, week, half month, period, quarter or year), or None for a key that means none."""
    if match := re.fullmatch(r"(\d{4})-(\d{2})-H([12])", key):
        year, month = int(match[1]), int(match[2])
        return _half(date(year, month, 15 if match[3] == "1" else monthrange(year, month)[1]))
    if match := re.fullmatch(r"(\d{4})-W(\d{2})", key):
        try:
            fourth = date.fromisocalendar(int(match[1]), int(match[2]), 4)
        except ValueError:
            return None  # the 53rd week of a year that has 52
        first = fourth - timedelta(days=(3 - _WEEK_STARTS[calendar.file.week_start]) % 7)
        return Cover(key, first, first + timedelta(days=6))
    if found := periods_of(key, calendar):
        return Cover(key, found[0].start, found[-1].end)
    try:
        day = date.fromisoformat(key)
    except ValueError:
        return None
    return Cover(key, day, day)


def periods_of(key: str, calendar: Calendar) -> tuple[Period, ...]:
    """The closing periods that a key spans: itself, a quarter or a fiscal year; none for a key of another kind.

    ``2026-Q3`` is the third quarter of fiscal year 2026: the year's periods in four equal runs.
    """
    try:
        return (calendar.period(key),)
    except UnknownPeriod:
        pass
    if match := re.fullmatch(r"FY(\d{4})", key):
        return tuple(period for period in calendar.periods if period.fiscal_year == int(match[1]))
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", key):
        year = tuple(period for period in calendar.periods if period.fiscal_year == int(match[1]))
        quarter, rest = divmod(len(year), 4)
        if rest == 0:
            return year[quarter * (int(match[2]) - 1) : quarter * int(match[2])]
    return ()


def _week(start: date) -> Cover:
    year, number, _ = (start + timedelta(days=3)).isocalendar()
    return Cover(f"{year:04d}-W{number:02d}", start, start + timedelta(days=6))


def _half(end: date) -> Cover:
    first = end.replace(day=1 if end.day == 15 else 16)
    return Cover(f"{end:%Y-%m}-H{1 if end.day == 15 else 2}", first, end)
