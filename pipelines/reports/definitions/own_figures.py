"""R26 本人数据: a recipient's own figures, for a region, a dealer or a salesperson: nothing else is in it, since nothing else goes in.

Built of marts that ``delivery.slices`` has cut to the recipient. What is printed of receivables, dealers and submissions is what the
reports on them print, from the same builders; which part goes to whom, and the proof that the parts add up, is ``delivery``'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, rule_sentence, sentence, tie, with_heading
from pipelines.reports.definitions import comparing, dealer_summary, receivables, submissions
from pipelines.reports.definitions.comparing import Comparison, Phrases, with_total
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Message,
    Money,
    Name,
    Number,
    Report,
    Section,
    SumOf,
    Table,
    TieOut,
    Tile,
    Unit,
    Words,
    say,
)

ID = "R26"
NAME = "own_figures"
TITLE = say("Own figures")
DIMENSIONS = {"regions": "region_code", "dealers": "customer_code", "employees": "employee_code"}
"""The cut of the sales marts that a kind of slice is."""

PHRASES: dict[str, Phrases] = {
    "region_code": comparing.REGION_PHRASES,
    "customer_code": comparing.CUSTOMER_PHRASES,
    "employee_code": {
        "below_plan": Message(
            "{n} salesperson is below plan, {worst} by most ({gap})", plural="{n} salespeople are below plan, {worst} by most ({gap})"
        ),
        "below_past": Message(
            "{n} salesperson is below last year, {worst} by most ({gap})",
            plural="{n} salespeople are below last year, {worst} by most ({gap})",
        ),
        "met_plan": Message("Every salesperson met the plan; {best} contributed most ({gap})"),
        "met_past": Message("Every salesperson grew on last year; {best} contributed most ({gap})"),
    },
}
_COMPARED = {
    "py": pl.Int64, "pl": pl.Int64, "ac": pl.Int64, "delta_pl": pl.Int64, "delta_pl_share": pl.Float64, "delta_py": pl.Int64,
    "delta_py_share": pl.Float64,
}  # fmt: skip
OF_RECEIVABLES = ("section_largest", "section_ageing_due", "section_customers", "section_roll_forward", "section_items")
OF_DEALERS = ("section_summary", "section_indicators")
OF_SUBMISSIONS = ("section_missing", "section_late", "section_all")


def build(marts: Marts, context: ReportContext, kind: str, who: Words) -> Report | None:
    """The figures of ``who``, or None where there are none. ``marts`` and ``context`` hold the recipient's own rows alone."""
    cut = DIMENSIONS[kind]
    sections: list[Section] = []
    ties: list[TieOut] = []
    sales = have(marts, "plan_actual")
    if sales:
        if comparing.of_cut(marts["plan_actual"], "net_amount", cut).height == 1:
            sections += _alone(marts["plan_actual"], context)
        else:
            sections += _compared(marts["plan_actual"], context, cut, "own", comparing.DIMENSIONS[cut], PHRASES[cut])
        sections += _compared(marts["plan_actual"], context, "product_line", "lines", say("Product line"), comparing.LINE_PHRASES)
        products, product_ties = _products(marts, context)
        sections += products
        ties += product_ties
    sections += _customers(marts, context)
    for report, wanted in (
        (receivables.build(marts, context), OF_RECEIVABLES),
        (dealer_summary.build(marts, context), OF_DEALERS),
        (submissions.build(marts, context), OF_SUBMISSIONS),
    ):
        if report is not None:
            taken = [section for name in wanted for section in report.sections if section.id == name]
            sections += [_full(section, marts) for section in taken]
            ties += _within(report, taken)
    sections += _findings(marts, context)
    if not sections:
        return None
    row = comparing.total_row(marts["plan_actual"], "net_amount", "period") if sales else None
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=_headline(marts, context, row),
        subtitle=comparing.subtitle(who, say("own figures only"), comparing.and_to_date(context.month)),
        sections=sections,
        tables=(),
        tiles=_tiles(marts, context),
        tie_outs=ties,
        private=True,
        notes=(say("Own customers only. The figures of all recipients and what belongs to none add up to the company's."),),
    )


def _headline(marts: Marts, context: ReportContext, row: dict[str, object] | None) -> Words:
    sold = comparing.total_message(row, context.month, say("net sales"), past=bool(row["py"])) if row else None
    owed = None
    if have(marts, "receivables"):
        balance, overdue = (int(marts["receivables"][name].sum()) for name in ("balance", "overdue"))
        if balance < 0:
            owed = say("{amount} received in advance", amount=Money(-balance))
        elif overdue:
            owed = say("{amount} receivable, {overdue} of it overdue", amount=Money(balance), overdue=Money(overdue))
        else:
            owed = say("{amount} receivable, nothing overdue", amount=Money(balance))
    return and_then(sold, owed) if sold else owed or say("No sales and no receivables")


def _tiles(marts: Marts, context: ReportContext) -> list[Tile]:
    tiles = []
    if have(marts, "plan_actual"):
        for measure, span, label in (
            ("net_amount", "period", say("Net sales, {month}", month=context.month)),
            ("net_amount", "year_to_date", say("Net sales, year to date")),
            ("receipts", "period", say("Receipts, {month}", month=context.month)),
        ):
            row = comparing.total_row(marts["plan_actual"], measure, span)  # type: ignore[arg-type]
            if row is not None:
                tiles.append(comparing.tile(label, row))
    if have(marts, "receivables"):
        tiles += [
            Tile(label, Money(int(marts["receivables"][name].sum())), good="lower")
            for name, label in (("balance", say("Balance")), ("overdue", say("Overdue")))
        ]
    return tiles


def _compared(
    plan_actual: pl.DataFrame, context: ReportContext, cut: str, id: str, heading: Words, phrases: Phrases
) -> list[Section]:
    """Actual beside plan and last year by one dimension, the month and the year to date."""
    found = []
    for span, tag, when in (("period", "month", context.month), ("year_to_date", "year", context.to_date)):
        comparison = Comparison.of(plan_actual, "net_amount", cut, span)  # type: ignore[arg-type]
        if comparison is None:
            continue
        name = say("{heading}, month", heading=heading) if tag == "month" else say("{heading}, to date", heading=heading)
        found.append(
            Section(
                f"section_{id}_{tag}",
                name,
                comparing.headline(comparison, phrases),
                (comparison.block(f"{id}_{tag}", heading),),
                subtitle=comparing.subtitle(heading, comparing.measure_unit(), when),
            )
        )
    return found


def _alone(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    """The same where there is one region, customer or salesperson: a bar of one's own beside nothing says nothing."""
    spans = (("period", context.month), ("year_to_date", context.to_date))
    rows, words = [], dict[str, Words]()
    for measure in ("net_amount", "receipts"):
        for span, when in spans:
            row = comparing.total_row(plan_actual, measure, span)  # type: ignore[arg-type]
            if row is not None:
                words[f"{measure} {span}"] = with_heading(comparing.MEASURES[measure], when)
                rows.append({"label": f"{measure} {span}", **{name: row[name] for name in _COMPARED}})
    if not rows:
        return []
    frame = pl.DataFrame(rows, schema={"label": pl.String, **_COMPARED})
    past, planned = bool((frame["py"].fill_null(0) != 0).any()), frame["pl"].is_not_null().any()
    columns = [Column("label", say("Item"), words=words)]
    if past:
        columns.append(Column("py", say("Previous year"), "money_wan", scenario="PY", adds=False))
    if planned:
        columns.append(Column("pl", say("Plan"), "money_wan", scenario="PL", adds=False))
    columns.append(Column("ac", say("Actual"), "money_wan", scenario="AC", adds=False))
    if planned:
        columns.append(Column("delta_pl", say("ΔPL"), "money_wan", variance=True, adds=False))
        columns.append(Column("delta_pl_share", say("ΔPL %"), "share", variance=True))
    if past:
        columns.append(Column("delta_py", say("ΔPY"), "money_wan", variance=True, adds=False))
        columns.append(Column("delta_py_share", say("ΔPY %"), "share", variance=True))
    row = comparing.total_row(plan_actual, "net_amount", "year_to_date")
    headline: Words = (
        comparing.total_message(row, context.to_date, say("net sales"), past=past) if row else say("Sales and receipts")
    )
    subtitle = comparing.subtitle(say("Sales without tax, receipts"), say("{unit}", unit=Unit()), comparing.and_to_date(context.month))
    return [Section("section_own", say("Sales and receipts"), headline, (Table("own", frame, tuple(columns)),), subtitle=subtitle)]


def _products(marts: Marts, context: ReportContext) -> tuple[list[Section], list[TieOut]]:
    """What was sold, by product, from the lines; its total is the mart's own."""
    if not have(marts, "own_products"):
        return [], []
    rows = marts["own_products"].sort("net_amount", "ytd_net_amount", "product_code", "base_unit", descending=[True, True, False, False])
    total = rows.select(pl.col("net_amount", "ytd_net_amount").sum())
    frame = with_total(rows, total, ("net_amount", "ytd_net_amount"))
    columns = (
        Column("product_code", say("Code"), "code"),
        Column("label", comparing.DIMENSIONS["product_code"], words=LABELS),
        Column("product_line", comparing.DIMENSIONS["product_line"], words=LABELS),
        Column("qty", say("Quantity"), "qty", adds=False),
        Column("base_unit", say("Unit")),
        Column("net_amount", say("Net sales"), "money", bar=True),
        Column("ytd_qty", say("Quantity, to date"), "qty", adds=False),
        Column("ytd_net_amount", say("Net sales, to date"), "money"),
    )
    best = rows.row(0, named=True)
    amount = Money(best["net_amount"])
    headline = Message(
        "{n} product sold this year, {best} most ({amount} in the month)",
        {"n": Count(rows["product_code"].n_unique()), "best": Name(best["label"] or best["product_code"]), "amount": amount},
        plural="{n} products sold this year, {best} most ({amount} in the month)",
    )
    section = Section(
        "section_products",
        say("Products"),
        headline,
        (Table("products", frame, columns, role="role", shown=25),),
        subtitle=comparing.subtitle(say("Products"), comparing.and_to_date(context.month)),
    )
    ties = []
    for span, column, words in (
        ("period", "net_amount", say("The lines add up to the net sales, {when}", when=context.month)),
        ("year_to_date", "ytd_net_amount", say("The lines add up to the net sales, {when}", when=context.to_date)),
    ):
        row = comparing.total_row(marts["plan_actual"], "net_amount", span)  # type: ignore[arg-type]
        if row is not None:
            left = int(total[column][0])
            ties.append(
                tie("C4", words, say("Sum of the lines"), left, say("Net sales"), row["ac"], left_sum=(SumOf("products", column),))
            )
    return [section], ties


def _customers(marts: Marts, context: ReportContext) -> list[Section]:
    """Each customer's sales and receipts on one line."""
    if not have(marts, "own_customers"):
        return []
    figures = ("net_amount", "ytd_net_amount", "receipts", "ytd_receipts")
    rows = marts["own_customers"].sort("ytd_net_amount", "customer_code", descending=[True, False])
    total = rows.select(pl.col(*figures).sum())
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", comparing.DIMENSIONS["customer_code"], words=LABELS),
        Column("net_amount", say("Net sales"), "money"),
        Column("ytd_net_amount", say("Net sales, to date"), "money", bar=True),
        Column("receipts", say("Receipts"), "money", blank_zero=True),
        Column("ytd_receipts", say("Receipts, to date"), "money", blank_zero=True),
    )
    bought = rows.filter(pl.col("net_amount") != 0).height
    headline = Message(
        "{bought} of {n} customer bought in the month",
        {"bought": Count(bought), "n": Count(rows.height)},
        plural="{bought} of {n} customers bought in the month",
    )
    block = Table("own_customers", with_total(rows, total, figures), columns, role="role", shown=25)
    subtitle = comparing.subtitle(say("Sales without tax, receipts"), comparing.and_to_date(context.month))
    return [Section("section_own_customers", say("Sales by customer"), headline, (block,), subtitle=subtitle)]


def _findings(marts: Marts, context: ReportContext) -> list[Section]:
    """What was found in the files that the recipient or their dealers and salespeople sent."""
    if not have(marts, "findings"):
        return []
    rows = marts["findings"].sort("severity", "source_file", "source_sheet", "source_row", "rule")
    keyed = rows.with_columns(pl.concat_str("rule", "found", "expected", separator="\x1f").alias("said"))
    said = {
        row["said"]: rule_sentence(row["rule"], row["found"], row["expected"])
        for row in keyed.unique("said").iter_rows(named=True)
    }
    columns = (
        Column("severity", say("Severity"), "severity"),
        Column("rule", say("Finding"), words={rule: sentence(rule) for rule in rows["rule"].unique().to_list()}),
        Column("source_file", say("File")),
        Column("source_sheet", say("Sheet")),
        Column("cell", say("Cell"), "code"),
        Column("said", say("What was found"), words=said),
    )
    headline = Message("{n} finding in own files", {"n": Count(rows.height)}, plural="{n} findings in own files")
    blocks: tuple[Block, ...] = (Table("own_findings", keyed, columns, shown=25),)
    subtitle = comparing.subtitle(say("Files sent"), context.month)
    return [Section("section_own_findings", say("Findings"), headline, blocks, subtitle=subtitle)]


def _full(section: Section, marts: Marts) -> Section:
    """The section on its own: its neighbour may not have come along, and one customer or dealer is first and last of nothing."""
    whole = replace(section, width="full")
    if section.id == "section_customers" and marts["receivables"].height == 1:
        return replace(whole, headline=say("Balance {amount}", amount=Money(marts["receivables"]["balance"][0], "currency")))
    if section.id == "section_summary" and marts["dealer_indicators"].height == 1:
        row = marts["dealer_indicators"].row(0, named=True)
        if row["score"] is not None and row["grade"] is not None:
            return replace(whole, headline=say("{score} points, grade {grade}", score=Number(row["score"]), grade=Name(row["grade"])))
    return whole


def _within(report: Report, taken: Iterable[Section]) -> list[TieOut]:
    """The tie-outs of ``report`` whose sums stand in the sections that were taken."""
    there = {table.id for section in taken for table in report.tables_of(section)}
    sums = [(one, {part.table for part in (*one.left_sum, *one.right_sum)}) for one in report.tie_outs]
    return [one for one, tables in sums if tables and tables <= there]
