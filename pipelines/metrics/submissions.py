"""Compliance of submissions (M14): who owed which file for which cover by when, when it came, and what became of its rows.

Deadlines are in the company's time zone, arrivals in UTC as the ledger keeps them; everything is as known at a moment T. What
lateness costs a salesperson belongs to the assessment.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company, Obligation
from pipelines.company.covers import Cover, cover_of, covers
from pipelines.contracts.marts_sales import SUBMISSION_RATES, SUBMISSIONS
from pipelines.errors import ConfigurationError
from pipelines.money import ratio_expr
from pipelines.sources.facts import Facts
from pipelines.sources.ledger import matches, utc_text

_READ = ("sender", "table", "cover", "arrived_at", "status", "reason", "source_file", "source_sha256")
_TAKEN = ("live", "superseded")


def due_at(obligation: Obligation, cover: Cover, zone: ZoneInfo) -> datetime:
    """The deadline of a cover, in the company's time zone.

    Of a period or half month: ``due_day`` of the month ``due_offset`` months after the one in which the cover ends (a day that
    the month lacks means its last). Of a day or week: ``due_day`` days after its end, 0 the same day. ``24:00`` is midnight.
    """
    if obligation.every in ("day", "week"):
        day = cover.end + timedelta(days=obligation.due_day)
    else:
        months = cover.end.year * 12 + cover.end.month - 1 + obligation.due_offset
        year, month = months // 12, months % 12 + 1
        day = date(year, month, min(max(obligation.due_day, 1), monthrange(year, month)[1]))
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", obligation.due_time)
    if not match or int(match[1]) * 60 + int(match[2]) > 1440 or int(match[2]) > 59:
        raise ConfigurationError(f"obligations.csv: due_time '{obligation.due_time}' is no time; write HH:MM, at most 24:00.")
    hour, minute = int(match[1]), int(match[2])
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), zone)


def submissions(
    files: pl.DataFrame, faults: pl.DataFrame, facts: Facts, company: Company, period: Period, known_at: datetime | None = None
) -> pl.DataFrame:
    """Expected × received for the covers that belong to ``period``: one row a sender, table and cover (``SUBMISSIONS``).

    ``files`` is the ledger's frame, ``faults`` that of the staged tables. ``known_at`` (default: the latest arrival in the
    ledger) is T: later arrivals do not exist. The first delivery that was taken counts as the arrival; a later one is its
    correction when it superseded it. A file for days inside a cover serves it too; one that covers the whole history serves the
    last cover that had ended when it came. Files that were refused whole do not count as arrived; their reason is given.
    """
    zone = ZoneInfo(company.policy.timezone)
    calendar = company.calendar
    arrivals = [
        (_utc(row["arrived_at"]), row)
        for row in files.select(_READ).iter_rows(named=True)
        if row["status"] != "duplicate"
    ]
    moment = known_at or max((arrived for arrived, _ in arrivals), default=None)
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    received: dict[tuple[str, str], list[tuple[datetime, Cover | None, dict[str, Any]]]] = {}
    for arrived, row in sorted(arrivals, key=lambda pair: (pair[0], pair[1]["source_file"], pair[1]["source_sha256"])):
        if moment is not None and arrived <= moment:
            where = cover_of(row["cover"], calendar) if row["cover"] else None
            received.setdefault((row["sender"], row["table"]), []).append((arrived, where, row))
    counts = _Counts(facts, faults)
    found = []
    for obligation, cover in _expected(company, period):
        following = _next_end(obligation.every, cover, period, calendar)
        mine = []
        for arrived, where, row in received.get((obligation.sender, obligation.table), []):
            if obligation.files and not matches(row["source_file"], obligation.files):
                continue
            inside = where is not None and cover.start <= where.start and where.end <= cover.end
            whole = row["cover"] == "" and cover.end <= arrived.astimezone(zone).date() < following
            if row["cover"] == cover.key or inside or whole:
                mine.append((arrived, row))
        found.append(_judged(obligation, cover, mine, moment, zone, counts) | {"period": period.key})
    shape = SUBMISSIONS
    frame = pl.DataFrame(found, schema=shape.schema) if found else pl.DataFrame(schema=shape.schema)
    return frame.sort("period", "sender", "table", "due_at", "cover")


def submission_rates(frame: pl.DataFrame) -> pl.DataFrame:
    """How many of a sender's submissions came, and came in time: one row a period, sender and table (``SUBMISSION_RATES``)."""
    status = pl.col("status")
    counted = frame.group_by("period", "sender", "table").agg(
        expected=pl.len().cast(pl.Int64),
        due=(status != "not_due").sum().cast(pl.Int64),
        on_time=(status == "on_time").sum().cast(pl.Int64),
        late=(status == "late").sum().cast(pl.Int64),
        missing=(status == "missing").sum().cast(pl.Int64),
        days_late=pl.col("days_late").fill_null(0).sum(),
    )
    rated = counted.with_columns(
        on_time_rate=ratio_expr(pl.col("on_time"), pl.col("due")),
        received_rate=ratio_expr(pl.col("on_time") + pl.col("late"), pl.col("due")),
    )
    shape = SUBMISSION_RATES
    return rated.select(pl.col(name).cast(dtype) for name, dtype in shape.schema.items()).sort(shape.grain)


class _Counts:
    """Rows accepted and rejected of a delivered file, by content and table."""

    def __init__(self, facts: Facts, faults: pl.DataFrame) -> None:
        self.facts = facts
        self._accepted: dict[str, dict[str, int]] = {}
        refused = faults.filter(pl.col("severity") == "error", pl.col("reason_no") == 1)
        counted = refused.group_by("table", "source_sha256").len().iter_rows()
        self._rejected: dict[tuple[str, str], int] = {(table, digest): rows for table, digest, rows in counted}

    def accepted(self, table: str, digest: str) -> int:
        """Rows of that file that stand in the facts."""
        if table not in self._accepted:
            frame = self.facts.frames.get(table)
            counted = frame.group_by("source_sha256").len().iter_rows() if frame is not None else ()
            self._accepted[table] = dict(counted)
        return self._accepted[table].get(digest, 0)

    def rejected(self, table: str, digest: str) -> int:
        """Rows of that file that were refused, each counted once."""
        return self._rejected.get((table, digest), 0)


def _expected(company: Company, period: Period) -> Iterator[tuple[Obligation, Cover]]:
    """What is owed for ``period``: of several entries for one sender, table, rhythm and files the last one valid on the cover's end."""
    groups: dict[tuple[str, str, str, str], list[Obligation]] = {}
    for obligation in company.obligations:
        groups.setdefault((obligation.sender, obligation.table, obligation.every, obligation.files), []).append(obligation)
    for (_, _, every, _), entries in sorted(groups.items()):
        for cover in covers(every, period, company.calendar):
            end = cover.end.isoformat()
            latest = max((entry for entry in entries if entry.valid_from <= end), key=lambda entry: entry.valid_from, default=None)
            if latest and (not latest.valid_to or end <= latest.valid_to):
                yield latest, cover


def _next_end(every: str, cover: Cover, period: Period, calendar: Calendar) -> date:
    """The day on which the cover after this one ends."""
    later = calendar.next(period)
    ends = [found.end for span in (period, later) if span for found in covers(every, span, calendar)]
    return min((end for end in ends if end > cover.end), default=date.max)


def _judged(
    obligation: Obligation,
    cover: Cover,
    mine: list[tuple[datetime, dict[str, Any]]],
    moment: datetime | None,
    zone: ZoneInfo,
    counts: _Counts,
) -> dict[str, Any]:
    due = due_at(obligation, cover, zone)
    taken = [(arrived, row) for arrived, row in mine if row["status"] in _TAKEN]
    arrived = taken[0][0] if taken else None
    until = arrived or moment
    overdue = until is not None and until > due
    status = ("late" if overdue else "on_time") if arrived else ("missing" if overdue else "not_due")
    # At an earlier T the file that a later one replaced still stood.
    standing = {row["source_sha256"] for _, row in taken if row["status"] == "live"} or {
        row["source_sha256"] for _, row in taken[-1:]
    }
    corrected = taken[-1][0] if len(taken) > 1 and any(row["status"] == "superseded" for _, row in taken) else None
    refused = [row for _, row in mine if row["status"] not in _TAKEN]
    return {
        "sender": obligation.sender,
        "table": obligation.table,
        "cover": cover.key,
        "every": obligation.every,
        "due_at": utc_text(due.astimezone(UTC)),
        "due_local": _local(due, zone),
        "arrived_at": utc_text(arrived) if arrived else None,
        "arrived_local": _local(arrived, zone) if arrived else None,
        "days_late": None if status == "not_due" else -((due - until) // timedelta(days=1)) if overdue and until else 0,
        "status": status,
        "deliveries": len({(when, row["source_file"]) for when, row in mine}),
        "rows_accepted": sum(counts.accepted(obligation.table, digest) for digest in standing) if standing else None,
        "rows_rejected": sum(counts.rejected(obligation.table, digest) for digest in standing) if standing else None,
        "corrected_at": utc_text(corrected) if corrected and corrected != arrived else None,
        "reason": refused[-1]["reason"] if refused and not taken else None,
        "source_file": taken[-1][1]["source_file"] if taken else (refused[-1]["source_file"] if refused else None),
    }


def _utc(text: str) -> datetime:
    """The ledger's ISO text; a text without an offset is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
