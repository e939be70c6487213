"""What another pay plan would have paid on the company's own history: who gains, who loses, by how much. Not a report of a period."""

from __future__ import annotations

import polars as pl

from pipelines.metrics import pay_whatif
from pipelines.reports.context import LABELS, TOTAL, ReportContext, tie, with_heading
from pipelines.reports.definitions.commission import named, period_words
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.model import (
    Column,
    Count,
    Money,
    Name,
    PeriodRange,
    RankedBars,
    Report,
    Section,
    SumOf,
    Table,
    Tile,
    Unit,
    Words,
    say,
)

NAME = "whatif_pay"
TITLE = say("What another pay plan would have paid")
_SUMS = ("fixed_before", "fixed_after", "commission_before", "commission_after", "before", "after", "difference")


def build(frame: pl.DataFrame, plan: str, span: PeriodRange, context: ReportContext) -> Report:
    """The comparison of ``frame`` (``metrics.pay_whatif``); ``plan`` names the file that was tried."""
    people, months = named(pay_whatif.by_person(frame)), pay_whatif.by_period(frame)
    total = people.select(pl.col(_SUMS).sum()).with_columns(pl.lit(TOTAL).alias("label"))
    rows = with_total(people.with_columns(label="person"), total, _SUMS)
    whole = {name: int(total[name][0]) for name in _SUMS}
    columns = (
        Column("label", say("Salesperson"), words=LABELS),
        Column("employee_code", say("Code"), "code"),
        *_columns(),
    )
    moved = people.filter(pl.col("difference") != 0)
    top = pl.concat([moved.head(8), moved.tail(8)]).unique("employee_code", maintain_order=True)
    by_month = with_total(months.with_columns(label="period"), total.drop("label"), _SUMS)
    month_columns = (Column("label", say("Month"), words=period_words(months, context, "period") | LABELS), *_columns())
    headline = say(
        "{plan} would have changed the cost by {amount}: {gain} gain, {lose} lose",
        plan=Name(plan), amount=Money(whole["difference"], signed=True),
        gain=Count(people.filter(pl.col("difference") > 0).height), lose=Count(people.filter(pl.col("difference") < 0).height),
    )  # fmt: skip
    bars = (RankedBars("moves", top, "person", "difference", say("Salesperson"), say("Difference"), "money"),) if top.height else ()
    return context.report(
        id="", name=NAME, title=TITLE, headline=headline,
        subtitle=with_heading(
            span, say("computed from facts, as if no period had been closed"), say("amounts in {unit}", unit=Unit("currency"))
        ),
        sections=(
            Section("section_people", say("Salespeople"), _who(people), (*bars, Table("people", rows, columns, role="role", shown=200))),
            Section("section_months", say("Months"), say("What each month would have cost"),
                    (Table("months", by_month, month_columns, role="role"),)),
        ),
        tables=(), private=True, tiles=(
            Tile(say("Paid by the present plan"), Money(whole["before"]), good="neutral"),
            Tile(say("Paid by the plan that was tried"), Money(whole["after"]), good="neutral"),
            Tile(say("Difference"), Money(whole["difference"], signed=True), good="neutral"),
        ),
        tie_outs=(tie(
            "C4", say("People and months add up to the same difference"), say("Salespeople"), whole["difference"], say("Months"),
            int(months["difference"].sum()), left_sum=(SumOf("people", "difference"),), right_sum=(SumOf("months", "difference"),),
        ),),
    )  # fmt: skip


def _columns() -> tuple[Column, ...]:
    return (
        Column("fixed_before", say("Base and performance pay now"), "money"),
        Column("fixed_after", say("tried"), "money"),
        Column("commission_before", say("Commission now"), "money"),
        Column("commission_after", say("tried"), "money"),
        Column("before", say("Payable now"), "money"),
        Column("after", say("tried"), "money"),
        Column("difference", say("Difference"), "money", variance=True, good="neutral"),
    )


def _who(people: pl.DataFrame) -> Words:
    best, worst = people.row(0, named=True), people.row(-1, named=True)
    if best["difference"] == worst["difference"] == 0:
        return say("Nobody would have been paid otherwise")
    return say(
        "Most for {best}, {gain}; least for {worst}, {loss}",
        best=Name(best["person"]), gain=Money(best["difference"], "currency", signed=True),
        worst=Name(worst["person"]), loss=Money(worst["difference"], "currency", signed=True),
    )  # fmt: skip
