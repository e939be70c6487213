"""R6 销售员工作月统计表: the month's activity of each salesperson, and the nine indicators that it leads to."""

from __future__ import annotations

import polars as pl

from pipelines.metrics.weeks import spans
from pipelines.reports import formulas_field
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, as_on, have, with_heading
from pipelines.reports.definitions import activities
from pipelines.reports.model import Column, Count, Meaning, Message, Name, Report, Section, Share, Table, Words, say

ID = "R6"
NAME = "activity_monthly"
TITLE = say("Monthly activity")
REQUIRED = ("salesperson_indicators",)
TABLES = (*activities.TABLES, "sales_line", "receipt", "price_list", "expense", "complaint")

INDICATORS: tuple[tuple[str, Words, Meaning], ...] = (
    ("plan_completion", say("Plan completion (quantity)"), "share"),
    ("sales_growth", say("Sales growth"), "share"),
    ("price_maintenance", say("Price maintenance"), "share"),
    ("expense", say("Selling expense"), "money_wan"),
    ("expense_ratio", say("Expense ratio"), "share"),
    ("overdue_recovery", say("Overdue recovery"), "share"),
    ("visit_success", say("Visit success"), "share"),
    ("complaint_rate", say("Complaint rate"), "share"),
    ("new_customer_rate", say("New customer development"), "share"),
    ("new_customer_completion", say("New customers against plan"), "share"),
    ("retention", say("Retention"), "share"),
)
"""The nine indicators as they are printed, in the rule book's order; two of them have a second figure."""


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where there is neither an indicator nor a record."""
    indicators = _indicators(marts, context)
    rows = activities.of_span(marts, "period", context.period.key) if have(marts, "activity") else pl.DataFrame()
    if not indicators and rows.is_empty():
        return None
    sections: list[Section] = []
    subtitle = with_heading(say("Salespeople"), context.month, *([as_on(context.as_of)] if context.is_open else []))
    if rows.height:
        sections += activities.people(rows, "period", subtitle)
    sections += indicators
    if rows.height:
        whole = spans(context.period, context.company.calendar, context.as_of)
        sections += [*activities.silent(rows, context.month), *activities.records(context, whole)]
    sections += _counted(marts)
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=activities.headline(rows, context.month) if rows.height else sections[0].headline,
        subtitle=subtitle,
        sections=sections,
        tables=TABLES,
        tiles=activities.tiles(rows, "period") if rows.height else (),
        notes=(
            *activities.notes(context),
            say("Price maintenance is net sales over the same quantity at the list price of the customer's class on the day."),
            say("Complaint rate is complaints over active customers; retention is who bought again of those active at the start."),
            say("An indicator that nobody has a figure for (no plan in quantity, no expense booked to a person) is left out."),
        ),
    )


def _frame(marts: Marts) -> pl.DataFrame:
    rows = marts["salesperson_indicators"].with_columns(
        label=pl.coalesce("name", "employee_code"), region=pl.coalesce("region_name", "region_code", pl.lit(""))
    )
    return rows.sort("region_code", "net_amount", "employee_code", descending=[False, True, False], nulls_last=True)


def _indicators(marts: Marts, context: ReportContext) -> list[Section]:
    """The nine indicators, a line a person; an indicator that nobody has is left out."""
    if not have(marts, "salesperson_indicators"):
        return []
    rows = _frame(marts)
    # Expenses that no voucher gives to a person are not nobody's expenses: without any, there is no figure.
    unbooked = () if (rows["expense"].fill_null(0) != 0).any() else ("expense", "expense_ratio")
    kept = [one for one in INDICATORS if one[0] not in unbooked and rows[one[0]].is_not_null().any()]
    if not kept:
        return []
    columns = [
        Column("region", say("Region"), words=LABELS), Column("label", say("Salesperson")),
        Column("net_amount", say("Net sales"), "money_wan", scenario="AC", places=1),
        *(Column(name, words, meaning, variance=name == "sales_growth", places=1) for name, words, meaning in kept),
    ]  # fmt: skip
    planned = rows.filter(pl.col("plan_completion").is_not_null())
    headline: Words = say("Nine indicators of each salesperson")
    if planned.height:
        met = planned.filter(pl.col("plan_completion") >= 1).height
        headline = Message(
            "{met} of {n} salesperson reached the plan",
            {"met": Count(met), "n": Count(planned.height)},
            plural="{met} of {n} salespeople reached their plan",
        )
    lost = rows.filter(pl.col("price_maintenance").is_not_null()).sort("price_maintenance", "employee_code")
    if lost.height:
        worst = lost.row(0, named=True)
        least = say("{name} holds prices least ({share})", name=Name(worst["label"]), share=Share(worst["price_maintenance"]))
        headline = and_then(headline, least)
    subtitle = with_heading(say("Salespeople"), say("nine indicators"), context.month)
    table = Table("indicators", rows, tuple(columns), shown=60, why=formulas_field.INDICATORS)
    return [Section("section_indicators", say("Indicators"), headline, (table,), subtitle=subtitle)]


def _counted(marts: Marts) -> list[Section]:
    """What the ratios were computed from; on the workbook's sheet only."""
    if not have(marts, "salesperson_indicators"):
        return []
    rows = _frame(marts)
    wanted: tuple[tuple[str, Words, Meaning], ...] = (
        ("qty_plan", say("Planned quantity"), "qty"), ("qty_actual", say("Quantity sold"), "qty"),
        ("net_amount", say("Net sales"), "money"), ("net_amount_py", say("Previous year"), "money"),
        ("priced_amount", say("Net sales of lines with a list price"), "money"), ("list_amount", say("The same at list price"), "money"),
        ("expense", say("Selling expense"), "money"),
        ("opening_overdue", say("Opening overdue"), "money"), ("recovered", say("Recovered of it"), "money"),
        ("visits", say("Visits"), "count"), ("visits_succeeded", say("Successful visits"), "count"),
        ("complaints", say("Complaints"), "count"), ("active_customers", say("Active customers"), "count"),
        ("customers_at_start", say("Customers at the start"), "count"), ("new_customers", say("New customers"), "count"),
        ("customers_kept", say("Bought again"), "count"),
    )  # fmt: skip
    columns = [Column("label", say("Salesperson"))]
    columns += [Column(name, words, meaning) for name, words, meaning in wanted if rows[name].is_not_null().any()]
    headline = say("What the indicators were computed from")
    return [Section("section_counted", say("Basis"), headline, (Table("counted", rows, tuple(columns), detail=True),))]
