"""R10 区域销售情况统计表: sales and receipts by region and salesperson, against plan and last year, and why."""

from __future__ import annotations

import polars as pl

from pipelines.reports import formulas
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, tie
from pipelines.reports.definitions import comparing
from pipelines.reports.definitions.comparing import Base, Comparison, Span
from pipelines.reports.definitions.sales_monthly import notation_notes, sales_tiles
from pipelines.reports.model import Block, Column, Count, Message, Money, Report, Section, SumOf, Table, TieOut, Words, say

ID = "R10"
NAME = "region_sales"
TITLE = say("Sales by region")
REQUIRED = ("plan_actual",)
TABLES = ("sales_line", "receipt", "plan", "customer", "employee", "region")


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where no sales were delivered or no sale has a region."""
    if not have(marts, *REQUIRED):
        return None
    plan_actual = marts["plan_actual"]
    month = Comparison.of(plan_actual, "net_amount", "region_code", "period")
    year = Comparison.of(plan_actual, "net_amount", "region_code", "year_to_date")
    row = comparing.total_row(plan_actual, "net_amount", "period")
    if month is None or year is None or row is None:
        return None
    sections: list[Section] = []
    ties: list[TieOut] = []
    for comparison, id, name, when in (
        (month, "regions_month", say("Regions, month"), context.month),
        (year, "regions_year", say("Regions, to date"), context.to_date),
    ):
        sections.append(
            Section(
                f"section_{id}",
                name,
                comparing.headline(comparison, comparing.REGION_PHRASES),
                (comparison.block(id, comparing.DIMENSIONS["region_code"]),),
                subtitle=comparing.subtitle(say("Regions"), comparing.measure_unit(), when),
            )
        )
        ties.append(
            tie(
                "C4",
                say("Regions add up to the company's net sales, {when}", when=when),
                say("Sum of the regions"),
                int(comparison.rows["ac"].sum()),
                say("Company"),
                comparison.total["ac"][0],
                left_sum=(SumOf(id, "ac"),),
            )
        )
    sections += _salespeople(plan_actual, context)
    sections += _receipts(plan_actual, context)
    sections += _causes(marts, context)
    sections += new_customers_section(marts, context)
    headline = comparing.total_message(row, context.month, say("net sales"), past=bool(row["py"]))
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(headline, comparing.headline(month, comparing.REGION_PHRASES)),
        subtitle=comparing.subtitle(
            comparing.measure_unit(), comparing.and_to_date(context.month), *comparing.scenarios(month.has_plan, bool(row["py"]))
        ),
        sections=sections,
        tables=TABLES,
        tiles=sales_tiles(marts, context),
        tie_outs=ties,
        notes=(*notation_notes(month.has_plan), say("A sale belongs to the region of its customer on the day of the invoice.")),
    )


def _salespeople(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    table = comparing.hierarchy(
        "salespeople", plan_actual, "net_amount", "region_code", "employee_code", (say("Region"), say("Region, salesperson"))
    )
    if table is None:
        return []
    people = comparing.of_cut(plan_actual, "net_amount", "employee_code")
    planned = people.filter(pl.col("plan").is_not_null())
    if planned.height:
        met = planned.filter(pl.col("variance") >= 0).height
        headline: Words = Message(
            "{met} of {n} salesperson reached the plan",
            {"met": Count(met), "n": Count(planned.height)},
            plural="{met} of {n} salespeople reached their plan",
        )
    else:
        headline = Message("{n} salesperson sold this year", {"n": Count(people.height)}, plural="{n} salespeople sold this year")
    subtitle = comparing.subtitle(comparing.measure_unit(), comparing.and_to_date(context.month))
    return [Section("section_salespeople", say("Salespeople"), headline, (table, *comparing.unplanned_notes(table)), subtitle=subtitle)]


def _receipts(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    sections: list[Section] = []
    spans: tuple[tuple[Span, str, Words, Words], ...] = (
        ("period", "receipts_month", say("Receipts, month"), context.month),
        ("year_to_date", "receipts_year", say("Receipts, to date"), context.to_date),
    )
    for span, id, name, when in spans:
        comparison = Comparison.of(plan_actual, "receipts", "region_code", span)
        if comparison is None:
            continue
        total = comparison.total.row(0, named=True)
        sections.append(
            Section(
                f"section_{id}",
                name,
                and_then(
                    comparing.total_message(total, when, say("receipts"), past=bool(total["py"])),
                    comparing.headline(comparison, comparing.REGION_PHRASES) if comparison.has_plan or comparison.has_past else None,
                ),
                (comparison.block(id, comparing.DIMENSIONS["region_code"]),),
                subtitle=comparing.subtitle(say("Regions"), comparing.measure_unit("receipts"), when),
            )
        )
    return sections


def _causes(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "variance_causes"):
        return []
    causes = marts["variance_causes"]
    found: list[Section] = []
    bases: tuple[tuple[Base, Words, Words], ...] = (
        ("plan", say("Causes, plan"), say("plan to actual")),
        ("last_year", say("Causes, last year"), say("last year to actual")),
    )
    for base, name, words in bases:
        blocks: list[Block] = []
        for span, tag in (("period", "month"), ("year_to_date", "year")):
            table = comparing.causes_table(causes, f"causes_{base}_{tag}", "region_code", base, span)  # type: ignore[arg-type]
            if table is not None:
                blocks.append(_titled(table, context.month if tag == "month" else context.to_date))
        row = comparing.causes_row(causes, base, "year_to_date")
        if not blocks or row is None:
            continue
        found.append(
            Section(
                f"section_causes_{base}",
                name,
                say("{period}: {what}", period=context.to_date, what=comparing.causes_headline(row, base)),
                tuple(blocks),
                subtitle=comparing.subtitle(say("Regions"), comparing.measure_unit(), words),
            )
        )
    return found


def _titled(table: Table, title: Words) -> Table:
    from dataclasses import replace

    return replace(table, title=title)


def new_customers_section(marts: Marts, context: ReportContext) -> list[Section]:
    """Customers invoiced for the first time, with what they bought."""
    if not have(marts, "new_customers"):
        return []
    rows = marts["new_customers"].sort("net_amount", "customer_code", descending=[True, False])
    labels = marts["plan_actual"].filter(pl.col("cut").is_in(["region_code", "employee_code"])).select("cut", "key", "label").unique()
    for cut in ("region_code", "employee_code"):
        named = labels.filter(pl.col("cut") == cut).select(pl.col("key").alias(cut), pl.col("label").alias(f"{cut}_label"))
        rows = rows.join(named.unique(cut), on=cut, how="left", maintain_order="left").with_columns(
            pl.coalesce(f"{cut}_label", cut, pl.lit("")).alias(f"{cut}_label")
        )
    headline = Message(
        "{n} customer bought for the first time ({amount})",
        {"n": Count(rows.height), "amount": Money(int(rows["net_amount"].sum()))},
        plural="{n} customers bought for the first time ({amount})",
    )
    table = Table(
        "new_customers",
        rows,
        (
            Column("customer_code", say("Code"), "code"),
            Column("label", comparing.DIMENSIONS["customer_code"]),
            Column("region_code_label", comparing.DIMENSIONS["region_code"], words=LABELS),
            Column("employee_code_label", comparing.DIMENSIONS["employee_code"], words=LABELS),
            Column("first_invoice_on", say("First invoice"), "date"),
            Column("net_amount", say("Net sales"), "money_wan", bar=True),
        ),
        shown=15,
        why=formulas.NEW_CUSTOMERS,
    )
    subtitle = comparing.subtitle(comparing.measure_unit(), context.month)
    return [Section("section_new_customers", say("New customers"), headline, (table,), subtitle=subtitle)]
