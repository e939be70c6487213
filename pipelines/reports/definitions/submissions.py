"""R24 报表上报情况: who owed which file by when, what came, what came late, what was sent back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.quality.sentences import reasons
from pipelines.reports import formulas
from pipelines.reports.context import Marts, ReportContext, and_then, have, received_by, senders, table_title, with_heading
from pipelines.reports.definitions import weekly
from pipelines.reports.model import Block, Column, Count, Message, Name, RankedBars, Report, Section, Share, Table, Tile, Told, Words, say

ID = "R24"
NAME = "submissions"
TITLE = say("Submissions")
REQUIRED = ("submissions",)
TABLES: tuple[str, ...] = ()
STATUS: dict[str, Words] = {"on_time": say("On time"), "late": say("Late"), "missing": say("Missing"), "not_due": say("Not due yet")}


Called = Mapping[str, Words]
"""What senders are called, by code."""


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nobody owes anything."""
    if not have(marts, *REQUIRED):
        return None
    rows = marts["submissions"]
    due = rows.filter(pl.col("status") != "not_due")
    counts = {status: rows.filter(pl.col("status") == status).height for status in STATUS}
    called = senders(context.company, marts, rows["sender"].to_list())
    sections = [
        *_missing(rows, context, called),
        *_late(rows, context, called),
        *_rates(marts, context, called),
        *_rejected(rows, context, called),
        *_all(rows, context, called),
    ]
    every: dict[str, Any] = {**counts, "sender": None, "table": None, "expected": rows.height,
    "rejected": int(rows["rows_rejected"].sum() or 0)}

    def told(name: str) -> Told:
        return formulas.told(f"tile_{name}", every, (name,), formulas.SUBMISSIONS)

    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=_headline(due, counts),
        subtitle=with_heading(say("Expected and received"), context.month, received_by(context)),
        sections=sections,
        tables=sorted({table for table in rows["table"].to_list() if table in context.delivered}),
        tiles=(
            Tile(say("Reports expected"), Count(rows.height), told=told("expected")),
            Tile(say("On time"), Count(counts["on_time"]), told=told("on_time")),
            Tile(say("Late"), Count(counts["late"]), good="lower", told=told("late")),
            Tile(say("Missing"), Count(counts["missing"]), good="lower", told=told("missing")),
            Tile(say("Rows sent back"), Count(every["rejected"]), good="lower", told=told("rejected")),
        ),
        notes=(say("Lateness is measured from the arrival of the file, against the deadline in the company's time zone."),),
    )


def _headline(due: pl.DataFrame, counts: dict[str, int]) -> Words:
    if due.is_empty():
        return say("Nothing is due yet")
    first = Message(
        "{on_time} of {n} report due came on time",
        {"on_time": Count(counts["on_time"]), "n": Count(due.height)},
        plural="{on_time} of {n} reports due came on time",
    )
    if not counts["missing"] and not counts["late"]:
        return first
    return and_then(first, say("{late} late, {missing} missing", late=Count(counts["late"]), missing=Count(counts["missing"])))


def _titles(rows: pl.DataFrame) -> dict[str, Words]:
    return {name: table_title(name) for name in rows["table"].unique().to_list()}


def _missing(rows: pl.DataFrame, context: ReportContext, called: Called) -> list[Section]:
    part = rows.filter(pl.col("status") == "missing").sort("days_late", "sender", "table", "cover", descending=[True, False, False, False])
    if part.is_empty():
        return []
    headline = missing_message(part)
    columns = (
        Column("sender", say("Sender"), words=called),
        Column("table", say("Report"), words=_titles(part)),
        Column("cover", say("For"), "code", words=_covers(part, context)),
        Column("due_local", say("Deadline"), "code"),
        *((Column("reason", say("Why not taken"), words=reasons(context.files)),) if (part["reason"].fill_null("") != "").any() else ()),
        Column("days_late", say("Days late"), "days"),
    )
    table = Table("missing", part, columns, shown=30, why=formulas.SUBMISSION)
    return [
        Section("section_missing", say("Missing"), headline, (table,), subtitle=received_by(context))
    ]


def missing_message(missing: pl.DataFrame) -> Words:
    """How many reports are missing, and from how many senders."""
    number = missing["sender"].n_unique()
    return Message(
        "{n} report is missing, from {senders}",
        {"n": Count(missing.height), "senders": Message("{n} sender", {"n": Count(number)}, plural="{n} senders")},
        plural="{n} reports are missing, from {senders}",
    )


def _covers(rows: pl.DataFrame, context: ReportContext) -> dict[str, Words]:
    """Closing periods by their names, weeks by number and days; days print by their keys."""
    known = {period.key for period in context.company.calendar.periods}
    found = rows["cover"].unique().to_list()
    weeks = {cover: weekly.named(cover, context.company.calendar) for cover in found if "-W" in cover}
    return {cover: context.label_of(cover) for cover in found if cover in known} | {cover: words for cover, words in weeks.items() if words}


def _late(rows: pl.DataFrame, context: ReportContext, called: Called) -> list[Section]:
    part = rows.filter(pl.col("status") == "late").sort("days_late", "sender", "table", "cover", descending=[True, False, False, False])
    if part.is_empty():
        return []
    worst = part.row(0, named=True)
    headline = Message(
        "{n} report came late, the latest by {days} days ({sender})",
        {"n": Count(part.height), "days": Count(worst["days_late"]), "sender": called.get(worst["sender"], Name(worst["sender"]))},
        plural="{n} reports came late, the latest by {days} days ({sender})",
    )
    columns = (
        Column("sender", say("Sender"), words=called),
        Column("table", say("Report"), words=_titles(part)),
        Column("cover", say("For"), "code", words=_covers(part, context)),
        Column("due_local", say("Deadline"), "code"),
        Column("arrived_local", say("Arrived"), "code"),
        Column("days_late", say("Days late"), "days", bar=part["days_late"].n_unique() > 1),
    )
    table = Table("late", part, columns, shown=30, why=formulas.SUBMISSION)
    return [Section("section_late", say("Late"), headline, (table,), subtitle=context.month)]


def _rates(marts: Marts, context: ReportContext, called: Called) -> list[Section]:
    if not have(marts, "submission_rates"):
        return []
    rows = marts["submission_rates"].sort(
        "on_time_rate", "days_late", "sender", "table", descending=[False, True, False, False], nulls_last=True
    )
    rated = rows.filter(pl.col("on_time_rate").is_not_null())
    columns = (
        Column("sender", say("Sender"), words=called),
        Column("table", say("Report"), words=_titles(rows)),
        Column("expected", say("Reports expected"), "count"),
        Column("due", say("Due by now"), "count"),
        Column("on_time", say("On time"), "count"),
        Column("late", say("Late"), "count"),
        Column("missing", say("Missing"), "count"),
        Column("on_time_rate", say("On-time rate"), "share"),
        Column("received_rate", say("Received rate"), "share"),
        Column("days_late", say("Days late in all"), "count"),
    )
    headline: Words = say("Rates by sender")
    if rated.height:
        full = rated.filter(pl.col("on_time_rate") >= 1.0).height
        headline = Message(
            "{full} of {n} sender and report always on time",
            {"full": Count(full), "n": Count(rated.height)},
            plural="{full} of {n} senders and reports always on time",
        )
        if full < rated.height:
            low = rated.row(0, named=True)
            lowest = rated.filter(pl.col("on_time_rate") == low["on_time_rate"])["sender"].n_unique()
            share = Share(low["on_time_rate"])
            if lowest == 1:
                worst = called.get(low["sender"], Name(low["sender"]))
                headline = and_then(headline, say("{sender} lowest ({share})", sender=worst, share=share))
            else:
                headline = and_then(headline, say("{n} senders share the lowest rate ({share})", n=Count(lowest), share=share))
    return [
        Section(
            "section_rates",
            say("Rates"),
            headline,
            (Table("rates", rows, columns, shown=12, why=formulas.SUBMISSIONS),),
            subtitle=with_heading(say("Worst first"), context.month),
        )
    ]


def _rejected(rows: pl.DataFrame, context: ReportContext, called: Called) -> list[Section]:
    part = rows.filter(pl.col("rows_rejected") > 0)
    if part.is_empty():
        return []
    bad = (
        part.group_by("sender")
        .agg(
            pl.col("rows_rejected").sum().alias("rejected"),
            pl.col("rows_accepted").sum().alias("accepted"),
            pl.len().cast(pl.Int64).alias("reports"),
            pl.col("corrected_at").is_not_null().sum().cast(pl.Int64).alias("corrected"),
        )
        .sort("rejected", "sender", descending=[True, False])
    )
    more = (
        Column("accepted", say("Rows accepted"), "count"),
        Column("reports", say("Reports"), "count"),
        Column("corrected", say("Corrected"), "count"),
    )
    blocks: tuple[Block, ...] = (
        RankedBars(
            "sent_back",
            bad.head(20),
            "sender",
            "rejected",
            say("Sender"),
            say("Rows sent back"),
            meaning="count",
            tone="bad",
            more=more,
            words=called,
            why=formulas.SENT_BACK,
        ),
    )
    headline = Message(
        "{n} sender got rows back ({rows} in all)",
        {"n": Count(bad.height), "rows": Count(int(bad["rejected"].sum()))},
        plural="{n} senders got rows back ({rows} in all)",
    )
    return [Section("section_sent_back", say("Sent back"), headline, blocks, subtitle=context.month)]


def _all(rows: pl.DataFrame, context: ReportContext, called: Called) -> list[Section]:
    part = rows.sort("sender", "table", "cover")
    corrected = [context.local(moment) or None for moment in part["corrected_at"]]
    part = part.with_columns(pl.Series("corrected_local", corrected, dtype=pl.String))
    columns = (
        Column("sender", say("Sender"), words=called),
        Column("table", say("Report"), words=_titles(part)),
        *((Column("cover", say("For"), "code", words=_covers(part, context)),) if part["cover"].n_unique() > 1 else ()),
        Column("status", say("Status"), words=STATUS),
        Column("due_local", say("Deadline"), "code"),
        Column("arrived_local", say("Arrived"), "code"),
        Column("days_late", say("Days late"), "days"),
        Column("deliveries", say("Deliveries"), "count"),
        Column("rows_accepted", say("Rows accepted"), "count"),
        Column("rows_rejected", say("Rows sent back"), "count"),
        *((Column("corrected_local", say("Corrected"), "code"),) if part["corrected_local"].is_not_null().any() else ()),
        Column("source_file", say("File")),
    )
    headline = Message("{n} report expected", {"n": Count(rows.height)}, plural="{n} reports expected")
    table = Table("all", part, columns, shown=25, detail=rows.height > 400, why=formulas.SUBMISSION)
    return [
        Section(
            "section_all", say("All"), headline, (table,), subtitle=context.month
        )
    ]
