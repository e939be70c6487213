"""What R5 and R6 share: visits, orders and plans of work by person, days and their marks, records that are to be looked at.

The week and the month show the same figures of another span; what else stands in either is its own module's business.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import polars as pl

from pipelines.metrics.weeks import Span
from pipelines.reports import formulas, formulas_field
from pipelines.reports.context import LABELS, RULE_NAMES, Marts, ReportContext, and_then, have
from pipelines.reports.definitions import comparing, weekly
from pipelines.reports.model import (
    Column,
    Count,
    Message,
    Money,
    Name,
    Notes,
    RankedBars,
    Section,
    Share,
    Table,
    Tile,
    Told,
    Words,
    say,
)

TABLES = ("visit", "diary", "work_plan", "attendance", "plan", "customer", "employee", "region")
REQUIRED = ("activity",)
RULES = ("copied_record", "copied_week", "visit_while_absent")

MARKS: dict[str, Words] = {
    "recorded": Name("✓"), "copied": say("copied"), "absent": say("absent, visits"), "missing": say("no record"), "away": say("away"),
    "idle": Name("·"),
}  # fmt: skip
"""What stands in a day's cell, where no visits were counted."""

WEEKDAYS = (
    Message("Mon {day}"), Message("Tue {day}"), Message("Wed {day}"), Message("Thu {day}"), Message("Fri {day}"), Message("Sat {day}"),
    Message("Sun {day}"),
)  # fmt: skip


def of_span(marts: Marts, span: Literal["week", "period"], cover: str) -> pl.DataFrame:
    """The rows of one week or period, by region and most visits."""
    rows = marts["activity"].filter((pl.col("span") == span) & (pl.col("cover") == cover))
    return rows.sort("region_code", "visits", "employee_code", descending=[False, True, False], nulls_last=True)


def headline(rows: pl.DataFrame, when: Words) -> Words:
    """How many visits, how many of them with an order, and how many people visit too few key accounts."""
    visits = _sum(rows, "visits")
    said: Words = Message(
        "{when}: {n} visit by {people} salespeople", {"when": when, "n": Count(visits), "people": Count(rows.height)},
        plural="{when}: {n} visits by {people} salespeople",
    )  # fmt: skip
    if visits and rows["succeeded"].is_not_null().any():
        said = and_then(said, say("{share} with an order", share=Share(_sum(rows, "succeeded") / visits)))
    short = rows.filter(pl.col("key_account_visits") < pl.col("key_account_target")).height
    if short:
        lacking = Message("{n} visits too few key accounts", {"n": Count(short)}, plural="{n} visit too few key accounts")
        said = and_then(said, lacking)
    return said


STATES: dict[str, Words] = {
    "recorded": say("with a record"), "copied": say("copied"), "absent": say("absent, visits"), "missing": say("no record"),
}  # fmt: skip
"""What a day that has lines is called in lists of them."""


def tiles(rows: pl.DataFrame, span: Literal["week", "period"]) -> list[Tile]:
    """Visits, strike rate, orders, coverage, execution, days without record."""
    sums = {name: _sum(rows, name) for name in (*_ADDED, "customers", "customers_visited")} | {
        "employee_code": None, **{name: rows[name][0] for name in ("cover", "start", "until")}
    }  # fmt: skip
    why = formulas_field.activity(span)

    def told(name: str, value: float | None = None) -> Told:
        return formulas.told(f"tile_{name}", sums if value is None else {**sums, name: value}, (name,), why)

    visits, owned, items = _sum(rows, "visits"), _sum(rows, "customers"), _sum(rows, "plan_items")
    found = [Tile(say("Visits"), Count(visits), told=told("visits"))]
    if visits and rows["succeeded"].is_not_null().any():
        rate = _sum(rows, "succeeded") / visits
        found.append(Tile(say("Strike rate"), Share(rate), told=told("strike_rate", rate)))
    if rows["order_amount"].is_not_null().any():
        found.append(Tile(say("Orders taken"), Money(_sum(rows, "order_amount")), told=told("order_amount")))
    if owned:
        rate = _sum(rows, "customers_visited") / owned
        found.append(Tile(say("Customer coverage"), Share(rate), told=told("coverage", rate)))
    if items and rows["execution"].is_not_null().any():
        rate = _sum(rows, "plan_done") / items
        found.append(Tile(say("Plan execution"), Share(rate), told=told("execution", rate)))
    missing = Count(_sum(rows, "days_without_record"))
    found.append(Tile(say("Days without record"), missing, good="lower", told=told("days_without_record")))
    return found


_ADDED = ("visits", "succeeded", "order_amount", "plan_items", "plan_done", "days_without_record")


def people(rows: pl.DataFrame, span: Literal["week", "period"], subtitle: Words) -> list[Section]:
    """Visits of each person, then what they led to and how they are recorded; columns that nobody has a figure in are left out."""
    frame = rows.with_columns(
        label=pl.coalesce("name", "employee_code"), region=pl.coalesce("region_name", "region_code", pl.lit("")),
        short=pl.col("key_account_visits") - pl.col("key_account_target"),
    )  # fmt: skip
    who = [Column("region", say("Region"), words=LABELS), Column("label", say("Salesperson"))]
    visits = [
        Column("visits_planned", say("Planned visits"), "count"), Column("visits", say("Visits"), "count", bar=True),
        Column("new_visits", say("New customers"), "count", blank_zero=True),
        Column("return_visits", say("Return"), "count", blank_zero=True),
        Column("key_account_visits", say("Key accounts"), "count"), Column("short", say("against target"), "count", variance=True),
        Column("customers_visited", say("Own customers visited"), "count"), Column("customers", say("Own customers"), "count"),
        Column("coverage", say("Coverage"), "share"),
    ]  # fmt: skip
    results = [
        Column("strike_rate", say("Strike rate"), "share"), Column("order_amount", say("Orders"), "money_wan", places=1),
        Column("order_value", say("a visit"), "money_wan", places=2, adds=False),
        Column("lines_per_order", say("Lines an order"), "count", places=1), Column("display_rate", say("Display"), "share"),
        Column("new_product_rate", say("New products"), "share"), Column("execution", say("Plan execution"), "share"),
        Column("days_recorded", say("Days with a record"), "count"),
        Column("days_without_record", say("Days without record"), "count", blank_zero=True, alarm=0),
        Column("days_copied", say("Copied days"), "count", blank_zero=True, alarm=0),
        Column("days_absent_visited", say("Absent with visits"), "count", blank_zero=True, alarm=0),
    ]  # fmt: skip
    most = frame.sort("visits", "employee_code", descending=[True, False]).row(0, named=True)
    first: Words = say("{name} made most visits ({n})", name=Name(most["label"]), n=Count(most["visits"]))
    none = frame.filter(pl.col("visits") == 0).height
    if none:
        first = and_then(first, Message("{n} visited nobody", {"n": Count(none)}, plural="{n} visited nobody"))
    second = _results(frame)
    return [
        Section("section_people", say("Visits"), first, (_table("people", frame, who, visits, span),), subtitle=subtitle),
        Section("section_results", say("Results"), second, (_table("results", frame, who, results, span),), subtitle=subtitle),
    ]


def _results(frame: pl.DataFrame) -> Words:
    """Who took most orders; else what the table holds."""
    orders = frame.filter(pl.col("order_amount") > 0).sort("order_amount", "employee_code", descending=[True, False])
    if orders.is_empty():
        return say("Orders, plans of work and records")
    best = orders.row(0, named=True)
    return say("{name} took most orders ({amount})", name=Name(best["label"]), amount=Money(best["order_amount"]))


def _table(id: str, frame: pl.DataFrame, who: list[Column], figures: list[Column], span: Literal["week", "period"]) -> Table:
    columns = (*who, *(column for column in figures if _says(frame, column)))
    return Table(id, frame, columns, shown=60, why=formulas_field.activity(span))


def _sum(rows: pl.DataFrame, name: str) -> int:
    return int(rows[name].sum() or 0)


def _says(frame: pl.DataFrame, column: Column) -> bool:
    values = frame[column.name]
    if column.blank_zero:
        return bool((values.fill_null(0) != 0).any())
    return bool(values.is_not_null().any())


_CELLS = (("shown", ""), ("is_", "_is"))
"""What a day's cell shows, and which reason it has."""


def days(marts: Marts, week: Span, subtitle: Words) -> list[Section]:
    """The week day by day: visits where there were some, else how the day stands."""
    if not have(marts, "activity_days"):
        return []
    rows = marts["activity_days"].filter(pl.col("day").is_in(week.days))
    if rows.is_empty():
        return []
    marked = pl.col("state").is_in(["copied", "absent"])
    counted = (pl.col("visits") > 0) & ~marked
    shown = pl.when(counted).then(pl.col("visits").cast(pl.String)).otherwise("state")
    is_ = pl.when(counted).then(pl.lit("visits")).when(pl.col("state").is_in(["recorded", "copied", "absent"])).then(pl.lit("record"))
    wide = (
        rows.sort("employee_code", "day").with_columns(shown=shown, is_=is_)
        .group_by("employee_code", maintain_order=True)
        .agg(
            pl.col("name").first(),
            *(pl.col(name).filter(pl.col("day") == day).first().alias(f"{day}{end}") for day in week.days for name, end in _CELLS),
        )
        .with_columns(label=pl.coalesce("name", "employee_code"))
    )
    columns = [Column("label", say("Salesperson"))]
    for day in week.days:
        heading = replace(WEEKDAYS[day.weekday()], values={"day": Count(day.day)})
        columns.append(Column(f"{day}", heading, "code", words=MARKS))
    missing = rows.filter(pl.col("state") == "missing")
    number = missing["employee_code"].n_unique()
    headline: Words = say("Every working day has its record")
    if missing.height:
        headline = Message(
            "{n} working day of {people} has no record",
            {"n": Count(missing.height), "people": Message("{n} salesperson", {"n": Count(number)}, plural="{n} salespeople")},
            plural="{n} working days of {people} have no record",
        )
    key = say("Figures are visits. ✓: a note, no visit; no record: of a working day; away: leave, absence or travel.")
    blocks = (Table("days", wide, tuple(columns), shown=60, why=formulas_field.day_cells(week.days)), Notes((key,), listed=False))
    return [Section("section_days", say("Days"), headline, blocks, subtitle=subtitle)]


def records(context: ReportContext, found: tuple[Span, ...]) -> list[Section]:
    """Records to be looked at (C11): copied days and weeks, visits on a day of absence, with the file and cell."""
    rows = context.findings.filter((pl.col("control") == "C11") & pl.col("rule").is_in(RULES))
    keys = {week.key for week in found} | {f"{day}" for week in found for day in week.days}
    rows = rows.filter(pl.col("subject").str.split(" ").list.last().is_in(keys)).sort("rule", "subject")
    if rows.is_empty():
        return []
    counts = rows.group_by("rule").len().sort("len", "rule", descending=[True, False])
    headline: Words = Message("{n} record to be looked at", {"n": Count(rows.height)}, plural="{n} records to be looked at")
    if counts.height > 1 and counts["len"][0] > counts["len"][1]:
        headline = and_then(headline, say("most: {rule}", rule=RULE_NAMES[counts["rule"][0]]))
    place = pl.concat_str(pl.col("source_sheet").replace("", None), "cell", separator="!", ignore_nulls=True)
    frame = rows.with_columns(place=place)
    columns = (
        Column("rule", say("What"), words=RULE_NAMES),
        Column("subject", say("Who and when")),
        Column("found", say("Found")),
        Column("expected", say("As on"), "code"),
        Column("source_file", say("File")),
        Column("place", say("Place"), "code"),
    )
    table = Table("records", frame, columns, shown=25)
    return [Section("section_records", say("Records"), headline, (table,), subtitle=say("Control C11"))]


def weeks_beside(marts: Marts, context: ReportContext) -> list[Section]:
    """Visits of every week beside one another, a line a person; plans of work stand so in R1."""
    found = weekly.own_weeks(context)
    if len(found) < 2:
        return []
    rows = marts["activity"].filter(pl.col("span") == "week").with_columns(label=pl.coalesce("name", "employee_code"))
    rows = rows.sort("region_code", "employee_code", nulls_last=True)
    wide, columns = weekly.beside(rows, ["employee_code", "label"], "visits", found, "count")
    figures = tuple(column.name for column in columns)
    frame = comparing.with_total(wide, wide.select(pl.col(figures).sum()), figures)
    why = formulas_field.visits_beside(found)
    table = Table("weeks_visits", frame, (Column("label", say("Salesperson"), words=LABELS), *columns), role="role", shown=30, why=why)
    subtitle = say("Weeks that end in {month}", month=context.month)
    return [Section("section_weeks", say("Weeks, visits"), _best_week(rows), (table,), subtitle=subtitle)]


def _best_week(rows: pl.DataFrame) -> Words:
    totals = rows.group_by("cover").agg(pl.col("visits").sum()).sort("visits", "cover", descending=[True, False])
    best = totals.row(0, named=True)
    return say("{week} had most visits ({n})", week=weekly.numbered(best["cover"]), n=Count(best["visits"]))


def silent(rows: pl.DataFrame, when: Words) -> list[Section]:
    """Who has most working days without a record."""
    part = rows.filter(pl.col("days_without_record") > 0).sort("days_without_record", "employee_code", descending=[True, False])
    if part.is_empty():
        return []
    frame = part.with_columns(label=pl.coalesce("name", "employee_code"))
    worst = frame.row(0, named=True)
    headline = Message(
        "{n} salesperson has working days without a record, {name} most ({days})",
        {"n": Count(part.height), "name": Name(worst["label"]), "days": Count(worst["days_without_record"])},
        plural="{n} salespeople have working days without a record, {name} most ({days})",
    )
    block = RankedBars(
        "silent", frame, "label", "days_without_record", say("Salesperson"), say("Days"), meaning="count", tone="bad",
        why=formulas_field.activity("period"),
    )  # fmt: skip
    return [Section("section_silent", say("Without record"), headline, (block,), subtitle=when)]


def notes(context: ReportContext) -> tuple[Words, ...]:
    """What the columns mean."""
    wanted = context.company.policy.key_account_visits_per_week
    return (
        say("A visit belongs to who made it. Coverage is own customers visited of all own customers; — means that there is no figure."),
        say("Wanted are {n} key-account visits a week; working days on leave, absence or travel need no record.", n=Count(wanted)),
    )
