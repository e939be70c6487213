"""R12 目标客户基本信息情况统计表: whom each salesperson wants to win, how far they are, what comes next."""

from __future__ import annotations

import polars as pl

from pipelines.company.calendar import Period
from pipelines.reports import formulas, formulas_market
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, with_heading
from pipelines.reports.model import Column, Count, Message, Money, Name, Report, Section, Table, Tile, Told, Unit, Words, say

ID = "R12"
NAME = "target_customers"
TITLE = say("Target customers")
REQUIRED = ("target_customer",)
TABLES = ("target_customer", "employee", "region")

STATUS: dict[str, Words] = {
    "new": say("Newly listed"), "contacted": say("Contacted"), "negotiating": say("Negotiating"),
    "won": say("Won"), "dropped": say("Dropped"),
}  # fmt: skip
KINDS: dict[str, Words] = {"dealer": say("Dealer"), "office": say("Office"), "direct": say("Direct customer"), "outlet": say("Outlet")}
OPEN = ("new", "contacted", "negotiating")
WHY = formulas_market.prospects(tuple(STATUS))


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nobody names target customers for the period."""
    if not have(marts, *REQUIRED):
        return None
    rows = listed(marts, context.period)
    if rows.is_empty():
        return None
    open_rows = rows.filter(pl.col("status").is_in(OPEN))
    headline = _headline(rows, open_rows, context)
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=headline,
        subtitle=with_heading(say("Customers to be won"), context.month),
        sections=[_by_person(rows, context), *_next(open_rows, context), *_all(rows, context)],
        tables=TABLES,
        tiles=_tiles(rows),
        notes=(say("Sales expected in a year are the salesperson's own estimate."),),
    )


def listed(tables: Marts, period: Period) -> pl.DataFrame:
    """The target customers of ``period`` with the names of their salesperson and ``region``; ``still``: sales of a year still to be won."""
    rows = tables["target_customer"].filter(pl.col("closing_period") == period.key)
    people = tables["employee"].sort("valid_from").unique("employee_code", keep="last").select("employee_code", salesperson="name")
    regions = tables["region"].sort("valid_from").unique("region_code", keep="last").select("region_code", region="name")
    return rows.join(people, on="employee_code", how="left").join(regions, on="region_code", how="left").with_columns(
        pl.coalesce("salesperson", "employee_code"), pl.coalesce("region", "region_code", pl.lit("")),
        still=pl.when(pl.col("status").is_in(OPEN)).then("potential"),
    )  # fmt: skip


def _headline(rows: pl.DataFrame, open_rows: pl.DataFrame, context: ReportContext) -> Words:
    won = rows.filter(pl.col("status") == "won").height
    first: Words = Message(
        "{month}: {n} target customer, {won} won", {"month": context.month, "n": Count(rows.height), "won": Count(won)},
        plural="{month}: {n} target customers, {won} won",
    )  # fmt: skip
    expected = int(rows["still"].sum() or 0)
    return and_then(first, say("{amount} a year still to be won", amount=Money(expected))) if expected else first


def _tiles(rows: pl.DataFrame) -> list[Tile]:
    counts = {status: rows.filter(pl.col("status") == status).height for status in STATUS}
    row = {"targets": rows.height, "still": int(rows["still"].sum() or 0), **counts, "employee_code": None, "region": None}

    def told(name: str) -> Told:
        return formulas.told(f"tile_{name}", row, (name,), WHY)

    tiles = [Tile(say("Customers listed"), Count(rows.height), told=told("targets"))]
    tiles += [
        Tile(words, Count(counts[status]), told=told(status)) for status, words in STATUS.items() if status != "dropped"
    ]  # fmt: skip
    if rows["potential"].is_not_null().any():
        tiles.append(Tile(say("Still to be won, a year"), Money(row["still"] or 0), told=told("still")))
    return tiles


def _by_person(rows: pl.DataFrame, context: ReportContext) -> Section:
    """How far each salesperson's targets are, and what may still come of them."""
    counted = rows.group_by("region", "employee_code").agg(
        pl.col("salesperson").first(), pl.len().cast(pl.Int64).alias("targets"), pl.col("still").sum(),
        *((pl.col("status") == status).sum().cast(pl.Int64).alias(status) for status in STATUS),
    ).sort("region", "targets", "employee_code", descending=[False, True, False])  # fmt: skip
    columns = [
        Column("region", say("Region"), words=LABELS), Column("salesperson", say("Salesperson")),
        Column("targets", say("Customers listed"), "count"),
        *(Column(status, words, "count", blank_zero=True, bar=status == "won") for status, words in STATUS.items()),
        *((Column("still", say("Still to be won, a year"), "money_wan"),) if rows["potential"].is_not_null().any() else ()),
    ]  # fmt: skip
    best = counted.sort("won", "targets", "employee_code", descending=[True, True, False]).row(0, named=True)
    first, winners = counted.filter(pl.col("won") == best["won"]).height == 1, counted.filter(pl.col("won") > 0).height
    headline: Words = say("Nobody was won yet")
    if best["won"] and first:
        headline = say("{name} won most ({n})", name=Name(best["salesperson"]), n=Count(best["won"]))
    elif best["won"]:
        headline = Message("{n} salesperson won customers", {"n": Count(winners)}, plural="{n} salespeople won customers")
    subtitle = with_heading(say("Target customers by progress"), context.month)
    table = Table("by_person", counted, tuple(columns), shown=40, why=WHY)
    return Section("section_people", say("Salespeople"), headline, (table,), subtitle=subtitle)


def _next(open_rows: pl.DataFrame, context: ReportContext) -> list[Section]:
    """The largest that are still to be won, with what comes next."""
    order = ("potential", "expected_on", "employee_code", "name")
    rows = open_rows.sort(*order, descending=[True, False, False, False], nulls_last=True).head(15)
    if rows.is_empty():
        return []
    late = open_rows.filter(pl.col("expected_on") <= context.as_of).height
    headline: Words = say("{name} is the largest to be won", name=Name(rows["name"][0]))
    if late:
        headline = and_then(headline, Message("{n} is past its day", {"n": Count(late)}, plural="{n} are past their day"))
    columns = [
        Column("name", say("Customer")), Column("salesperson", say("Salesperson")), Column("status", say("Progress"), words=STATUS),
        Column("potential", say("Sales expected in a year"), "money_wan", bar=True, places=1), Column("competitor", say("Buys from now")),
        Column("next_step", say("Next step")), Column("expected_on", say("Expected on"), "date"),
    ]  # fmt: skip
    kept = tuple(column for column in columns if rows[column.name].is_not_null().any())
    subtitle = with_heading(say("Sales expected in a year ({unit})", unit=Unit()), context.month)
    table = Table("largest", rows, kept, why=formulas_market.PROSPECT)
    return [Section("section_next", say("Largest to be won"), headline, (table,), subtitle=subtitle)]


def _all(rows: pl.DataFrame, context: ReportContext) -> list[Section]:
    """Every target customer: who they are, then how far it is."""
    frame = rows.sort("region_code", "employee_code", "name", nulls_last=True)
    who = [Column("name", say("Customer")), Column("salesperson", say("Salesperson"))]
    told = [
        Column("kind", say("Kind"), words=KINDS), Column("contact", say("Contact")), Column("phone", say("Telephone"), "code"),
        Column("address", say("Address")), Column("products", say("Products expected")), Column("competitor", say("Buys from now")),
    ]  # fmt: skip
    course = [
        Column("status", say("Progress"), words=STATUS), Column("potential", say("Sales expected in a year"), "money_wan", places=1),
        Column("next_step", say("Next step")), Column("expected_on", say("Expected on"), "date"),
    ]  # fmt: skip
    headline = Message("{n} target customer in all", {"n": Count(rows.height)}, plural="{n} target customers in all")
    sections = []
    for id, name, said, columns in (
        ("profile", say("Profiles"), headline, told), ("course", say("Progress"), say("How far each of them is"), course),
    ):  # fmt: skip
        kept = tuple(column for column in columns if frame[column.name].is_not_null().any())
        table = Table(id, frame, (*who, *kept), shown=20, why=formulas_market.PROSPECT)
        sections.append(Section(f"section_{id}", name, said, (table,), subtitle=context.month))
    return sections
