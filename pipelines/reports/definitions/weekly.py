"""What weekly reports share: which week they open on, what weeks are called, and rows of weeks beside one another.

Which weeks belong to a period is ``metrics.weeks``' to say; what is printed of them is each report's own business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from pipelines.company.calendar import Calendar
from pipelines.company.covers import cover_of
from pipelines.metrics.weeks import Span, compared_with, weeks
from pipelines.reports.context import ReportContext, with_heading
from pipelines.reports.model import Column, Date, Meaning, Name, Words, say

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def own_weeks(context: ReportContext) -> tuple[Span, ...]:
    """The weeks that the report of the period has, ascending."""
    return weeks(context.period, context.company.calendar, context.as_of)


def opened_on(context: ReportContext) -> Span | None:
    """The week that the report opens on: the last one whose weekly meeting is due by the next morning, else the first; None without weeks.

    The night before the meeting shows the week that it talks about, and the nights after a week's end the week that just ended, until
    the next meeting.
    """
    found = own_weeks(context)
    meeting = _DAYS.index(context.company.policy.weekly_meeting)
    due = [week for week in found if week.until + timedelta(days=1) >= week.start + timedelta(days=(meeting - week.start.weekday()) % 7)]
    return due[-1] if due else found[0] if found else None


def with_days(rows: pl.DataFrame, context: ReportContext) -> pl.DataFrame:
    """``rows`` of weeks (``cover, start, until``) with the first and last day of what each is compared with, and of the period so far.

    Adds ``pw_start, pw_until, py_start, py_until`` (null where there is no such week) and ``since``.
    """
    found = []
    for key, start, until in rows.select("cover", "start", "until").unique().iter_rows():
        week = Span("week", key, start, start + timedelta(days=6), until)
        there = compared_with(week, context.company.calendar)
        bounds = [(span.start, span.until) if span else (None, None) for span in (there["pw"], there["py"])]
        found.append((key, *bounds[0], *bounds[1]))
    named = ("pw_start", "pw_until", "py_start", "py_until")
    days = pl.DataFrame(found, schema={"cover": pl.String, **dict.fromkeys(named, pl.Date)}, orient="row")
    return rows.join(days, on="cover", how="left", maintain_order="left").with_columns(since=pl.lit(context.period.start))


def called(week: Span) -> Words:
    """A week by its number and days: ``Week 41 (2026-10-05 to 2026-10-11)``."""
    first, last = Date(week.start, short=True), Date(week.end, short=True)
    return say("Week {number} ({first} to {last})", number=Name(week.key[6:]), first=first, last=last)


def named(key: str, calendar: Calendar) -> Words | None:
    """:func:`called` for a week's key; None for a key of another kind."""
    cover = cover_of(key, calendar)
    return called(Span("week", key, cover.start, cover.end, cover.end)) if cover else None


def short(key: str) -> Words:
    """A week's number, for headings of columns and axes: ``W41``."""
    return say("W{number}", number=Name(key[6:]))


def numbered(key: str) -> Words:
    """A week's number in a sentence: ``Week 41``."""
    return say("Week {number}", number=Name(key[6:]))


def when(week: Span) -> Words:
    """A week in a subtitle, with how far it is counted while it runs."""
    return called(week) if week.is_over else with_heading(called(week), say("up to {day}", day=Date(week.until)))




def beside(
    rows: pl.DataFrame, on: list[str], value: str, found: Iterable[Span], meaning: Meaning, places: int | None = None
) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """``value`` of each week in a column of its own, the newest first: one row a key of ``on``, with the columns to print.

    ``rows`` have one row a key and ``cover``. A week in which a key has no row counts nothing, and its other
    figures are null.
    """
    keys = [week.key for week in found][::-1]
    wide = rows.filter(pl.col("cover").is_in(keys)).group_by(on, maintain_order=True).agg(
        pl.col(value).filter(pl.col("cover") == key).first().alias(f"{value}_{key}") for key in keys
    )
    if meaning == "count":
        wide = wide.with_columns(pl.col([f"{value}_{key}" for key in keys]).fill_null(0))
    columns = tuple(Column(f"{value}_{key}", short(key), meaning, places=places, blank_zero=meaning == "count") for key in keys)
    return wide, columns
