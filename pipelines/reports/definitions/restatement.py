"""R25 重述差异: what a publication changed against an earlier one, figure by figure, by cause, with the rows behind it.

How figures were taken from one side to the other is ``metrics.restatement``'s business. A restatement is printed with the
publication that it leads to; it is no part of what is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts_restatement import CAUSES
from pipelines.reports.context import LABELS, TOTAL, ReportContext, and_then, tie, with_heading
from pipelines.reports.definitions import comparing
from pipelines.reports.definitions.receivables import bucket_words
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Date,
    DefinitionList,
    Listing,
    Message,
    Money,
    Name,
    PeriodName,
    Report,
    Section,
    Step,
    SumOf,
    Table,
    TieOut,
    Unit,
    Value,
    Waterfall,
    Words,
    say,
)

ID = "R25"
NAME = "restatement"
TITLE = say("Restatement")

CHANGES: dict[str, Words] = {"added": say("added"), "changed": say("changed"), "removed": say("removed")}
_LEADS = ("net_amount", "balance")
"""The figures that are bridged by a picture and by customer, where they moved."""
_POSITION: dict[str, Words] = {
    "balance": say("Receivables"),
    "not_due": say("Not due"),
    "overdue": say("Overdue"),
    "advance": say("Advances"),
    "over_limit": say("Over the limit"),
    "receivables_opening": say("Receivables, opening"),
    "receivables_sales": say("Sales with tax"),
    "receivables_returns": say("Returns and credit notes"),
    "receivables_receipts": say("Receipts less bounced ones"),
    "receivables_adjustments": say("Adjustments"),
}
_AMOUNTS = {"net_amount", "gross_margin", "receipts", "ageing", *_POSITION}
_CUTS: dict[str, Words] = {"company": say("Company"), "bucket": say("Ageing class"), **comparing.DIMENSIONS}


@dataclass(frozen=True)
class Publication:
    """One side of a restatement: its number, its clocks, and by what it was computed."""

    number: int
    as_of: date
    known_at: datetime
    code: str
    policy: str


@dataclass(frozen=True)
class Restated:
    """What is told: marts ``restatement`` and ``restatement_grades``, changed rows (``mixing.CHANGED_ROWS``), and how it came about.

    ``reports``: reports whose content is another. ``opened``: who opened the closed period and why, if somebody did.
    """

    before: Publication
    after: Publication
    lines: pl.DataFrame
    grades: pl.DataFrame
    rows: pl.DataFrame
    reports: tuple[str, ...]
    policy_files: tuple[str, ...]
    code_with_policy: bool
    opened: tuple[str, str] | None = None


def build(told: Restated, context: ReportContext) -> Report:
    """The report on one pair of publications."""
    lines = told.lines.with_columns(
        _amount=pl.col("figure").str.strip_suffix("_plan").is_in(sorted(_AMOUNTS)) | pl.col("figure").str.starts_with("provision_")
        | pl.col("figure").str.starts_with("expense:")
    )  # fmt: skip
    amounts, others = lines.filter("_amount"), lines.filter(~pl.col("_amount"))
    sections: list[Section] = []
    ties: list[TieOut] = []
    for figure in _LEADS:
        found = _lead(figure, amounts, told, context)
        if found:
            sections.append(found[0])
            ties += found[1]
    company = amounts.filter(pl.col("cut") == "company")
    if company.height:
        sections.append(Section(
            "section_company", say("Company"),
            Message("{n} amount of the company moved", {"n": Count(company.height)}, plural="{n} amounts of the company moved"),
            (_table("company", company, context, cut=False),), subtitle=_unit(context),
        ))  # fmt: skip
    detail = amounts.filter(pl.col("cut") != "company")
    if detail.height:
        sections.append(Section(
            "section_lines", say("Line by line"),
            Message("{n} line of the reports moved", {"n": Count(detail.height)}, plural="{n} lines of the reports moved"),
            (_table("lines", detail, context),), subtitle=_unit(context),
        ))  # fmt: skip
    if others.height:
        sections.append(Section(
            "section_quantities", say("Quantities"),
            Message("{n} quantity or count moved", {"n": Count(others.height)}, plural="{n} quantities and counts moved"),
            (_table("quantities", others, context, meaning="qty"),), subtitle=say("In the unit of each line"),
        ))  # fmt: skip
    sections += _grades(told)
    sections += _rows(told)
    sections.append(_sides(told, context))
    return context.report(
        id=ID, name=NAME, title=TITLE,
        headline=_headline(amounts, told, context),
        subtitle=with_heading(_pair(told), PeriodName(context.period), say("as of {day}", day=Date(told.after.as_of))),
        sections=sections, tables=sorted(told.rows["table"].unique().to_list()), tie_outs=ties,
        notes=(
            say("Every state is computed anew from the landed files: code, policy, master data, plan, corrected files, late documents, "
                "in this order; what a cause moves is the difference to the state before it."),
            say("A row whose key was there before is a correction; a row with a new key is a late document."),
        ),
    )  # fmt: skip


# --- words ---


def figure_words(figure: str) -> Words:
    """What a figure of the mart ``restatement`` is called."""
    if figure in _POSITION:
        return _POSITION[figure]
    if figure == "ageing":
        return say("Ageing by due date")
    if figure.startswith("provision_"):
        return say("Provision ({method})", method=Name(figure.removeprefix("provision_")))
    measure = figure.removesuffix("_plan")
    name = comparing.MEASURES.get(measure) or (
        say("Expense {item}", item=Name(measure.removeprefix("expense:"))) if measure.startswith("expense:") else Name(measure)
    )
    return say("{measure}, plan", measure=name) if figure != measure else name


def _causes(lines: pl.DataFrame) -> tuple[str, ...]:
    """The causes that moved anything, in their order."""
    return tuple(cause for cause in CAUSES if lines.filter(pl.col(cause) != 0).height)


def _pair(told: Restated) -> Message:
    return say("Publication {after} against {before}", after=Count(told.after.number), before=Count(told.before.number))


def _unit(context: ReportContext) -> Words:
    return say("Amounts in {unit}", unit=Unit("currency"))


def _of_company(amounts: pl.DataFrame, figure: str) -> dict[str, int] | None:
    rows = amounts.filter((pl.col("figure") == figure) & (pl.col("cut") == "company") & (pl.col("span") == "period"))
    return rows.row(0, named=True) if rows.height else None


def _moved(row: Mapping[str, int]) -> Listing:
    """``late documents +1,200, corrected files −300``, the largest first."""
    ordered = sorted((cause for cause in CAUSES if row[cause]), key=lambda cause: -abs(row[cause]))
    parts: tuple[Words, ...] = tuple(
        say("{cause} {amount}", cause=CAUSES[cause], amount=Money(row[cause], "currency", signed=True)) for cause in ordered
    )
    return Listing(parts)


def _headline(amounts: pl.DataFrame, told: Restated, context: ReportContext) -> Words:
    for figure in _LEADS:
        row = _of_company(amounts, figure)
        if row is not None and row["difference"]:
            return say(
                "{figure} of {period} is now {after}, {difference} than before: {causes}", figure=figure_words(figure),
                period=PeriodName(context.period), after=Money(row["after"], "currency"),
                difference=Money(row["difference"], "currency", signed=True), causes=_moved(row),
            )  # fmt: skip
    if told.lines.height:
        return Message(
            "Neither net sales nor receivables of the company moved; {n} other line did", {"n": Count(told.lines.height)},
            plural="Neither net sales nor receivables of the company moved; {n} other lines did",
        )  # fmt: skip
    return say("No figure moved; texts or lists of the reports did")


# --- sections ---


def _lead(figure: str, amounts: pl.DataFrame, told: Restated, context: ReportContext) -> tuple[Section, list[TieOut]] | None:
    """One figure bridged: the picture, the customers, and that both add up. None where it did not move."""
    row = _of_company(amounts, figure)
    if row is None:
        return None
    its_own = amounts.filter((pl.col("figure") == figure) & (pl.col("span") == "period"))
    customers = its_own.filter(pl.col("cut") == "customer_code")
    causes = _causes(its_own.filter(pl.col("cut").is_in(["company", "customer_code"])))
    steps = (
        Step(say("Publication {n}", n=Count(told.before.number)), row["before"] or 0, "base", "PL"),
        *(Step(CAUSES[cause], row[cause]) for cause in causes),
        Step(say("Publication {n}", n=Count(told.after.number)), row["after"] or 0, "base", "AC"),
    )
    blocks: list[Block] = [Waterfall(f"bridge_{figure}", steps, "money", good="neutral")]
    ties = []
    if customers.height:
        id = f"customers_{figure}"
        detail = customers.sort(pl.col("difference").abs(), "key", descending=[True, False]).with_columns(role=pl.lit(""))
        columns = ("before", *causes, "difference", "after")
        total = detail.select(
            pl.lit("").alias("key"), pl.lit(TOTAL).alias("label"), pl.lit("total").alias("role"),
            *(pl.col(name).fill_null(0).sum() for name in columns),
        )  # fmt: skip
        frame = pl.concat([detail.select("key", "label", "role", *(pl.col(name).fill_null(0) for name in columns)), total])
        blocks.append(Table(
            id, frame,
            (
                Column("key", say("Code"), "code"), Column("label", comparing.DIMENSIONS["customer_code"], words=LABELS),
                *_figures(causes),
            ),
            title=say("Customers that moved"), role="role", shown=15,
        ))  # fmt: skip
        ties = [
            tie(
                "C4", say("{figure}: the causes add up to the difference", figure=figure_words(figure)),
                say("Sum of the causes"), int(detail.select(pl.sum_horizontal(causes).sum()).item() if causes else 0),
                say("Difference of the customers"), int(detail["difference"].sum()),
                left_sum=tuple(SumOf(id, cause) for cause in causes), right_sum=(SumOf(id, "difference"),),
            ),
            tie(
                "C4", say("{figure}: the customers add up to the company", figure=figure_words(figure)),
                say("Difference of the customers"), int(detail["difference"].sum()), say("Difference of the company"), row["difference"],
                left_sum=(SumOf(id, "difference"),),
            ),
        ]  # fmt: skip
    headline = say(
        "{figure}: {before} became {after}, {causes}", figure=figure_words(figure), before=Money(row["before"], "currency"),
        after=Money(row["after"], "currency"), causes=_moved(row),
    )  # fmt: skip
    section = Section(f"section_{figure}", figure_words(figure), headline, tuple(blocks), subtitle=_unit(context))
    return section, ties


def _figures(causes: tuple[str, ...], meaning: str = "money") -> tuple[Column, ...]:
    return (
        Column("before", say("Before"), meaning),  # type: ignore[arg-type]
        *(Column(cause, CAUSES[cause], meaning, blank_zero=True) for cause in causes),  # type: ignore[arg-type]
        Column("difference", say("Difference"), meaning, variance=True, good="neutral"),  # type: ignore[arg-type]
        Column("after", say("After"), meaning),  # type: ignore[arg-type]
    )


def _table(id: str, lines: pl.DataFrame, context: ReportContext, *, cut: bool = True, meaning: str = "money") -> Table:
    """Lines, the largest difference first."""
    buckets = {name: bucket_words(name) for name in lines.filter(pl.col("cut") == "bucket")["label"].unique().sort()}
    spans: dict[str, Words] = {"period": context.month, "year_to_date": context.to_date}
    frame = lines.sort(
        pl.col("difference").abs(), "figure", "span", "cut", "key", descending=[True, False, False, False, False]
    ).with_columns(key=pl.when(pl.col("cut") == "company").then(pl.lit("")).otherwise("key"))  # fmt: skip
    named = Column("label", say("Name"), words={**LABELS, **buckets})
    where = (Column("cut", say("By"), words=_CUTS), Column("key", say("Code"), "code"), named) if cut else ()
    units = (Column("unit", say("Unit")),) if meaning == "qty" else ()
    return Table(
        id, frame,
        (
            Column("figure", say("Figure"), words={name: figure_words(name) for name in lines["figure"].unique().sort()}),
            Column("span", say("Period"), words=spans), *where, *units,
            *(_without_sums(_figures(_causes(lines), meaning))),
        ),
    )  # fmt: skip


def _without_sums(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(replace(column, adds=False) for column in columns)


def _grades(told: Restated) -> list[Section]:
    if told.grades.is_empty():
        return []
    named = told.grades["causes"].unique().sort()
    causes = {text: say("{causes}", causes=Listing(tuple(CAUSES[one] for one in text.split(",")))) for text in named}
    moved = told.grades.filter(pl.col("grade_before").ne_missing(pl.col("grade_after"))).height
    headline = and_then(
        Message("{n} dealer has another score", {"n": Count(told.grades.height)}, plural="{n} dealers have another score"),
        Message("{n} another grade", {"n": Count(moved)}, plural="{n} another grade"),
    )
    table = Table(
        "grades", told.grades.sort("dealer_code"),
        (
            Column("dealer_code", say("Code"), "code"), Column("name", say("Dealer")), Column("grade_before", say("Grade before"), "grade"),
            Column("grade_after", say("Grade after"), "grade"), Column("score_before", say("Score before"), "days", places=2, adds=False),
            Column("score_after", say("Score after"), "days", places=2, adds=False),
            Column("causes", say("Causes"), words=causes),
        ),
    )  # fmt: skip
    return [Section("section_grades", say("Grades"), headline, (table,))]


def _rows(told: Restated) -> list[Section]:
    if told.rows.is_empty():
        return []
    rows = told.rows.with_columns(
        amount=pl.when(pl.col("change") == "removed").then(-pl.col("amount_before").fill_null(0)).otherwise(
            pl.col("amount_after").fill_null(0) - pl.col("amount_before").fill_null(0)
        ),
        place=pl.concat_str(
            pl.coalesce("source_file", "file_before"),
            pl.when(pl.col("source_sheet").fill_null("") == "").then(pl.lit("")).otherwise(pl.lit("!") + pl.col("source_sheet")),
            pl.lit("!"), pl.coalesce("source_row", "row_before").cast(pl.String),
        ),
    )  # fmt: skip
    # A cause's rows in its order, the largest amount first; documents of other periods matter to balances.
    order = pl.col("cause").replace_strict({name: place for place, name in enumerate(CAUSES)}, return_dtype=pl.Int64)
    rows = rows.sort(order, "table", pl.col("amount").abs(), "key", descending=[False, False, True, False])
    tables = {name: CONTRACTS[name].title for name in rows["table"].unique().sort()}
    headline = Message("{n} row is behind it", {"n": Count(rows.height)}, plural="{n} rows are behind it")
    table = Table(
        "rows", rows,
        (
            Column("cause", say("Cause"), words=dict(CAUSES)), Column("table", say("Table"), words=dict(tables)),
            Column("change", say("Change"), words=CHANGES), Column("key", say("Key")), Column("business_date", say("Date"), "date"),
            Column("columns", say("Columns")), Column("before", say("Before")), Column("after", say("After")),
            Column("amount", say("Amount moved"), "money", variance=True, good="neutral", adds=False),
            Column("place", say("Where it stands")), Column("sender", say("Sender")),
        ),
        shown=20,
    )  # fmt: skip
    return [Section("section_rows", say("Rows behind"), headline, (table,))]


def _sides(told: Restated, context: ReportContext) -> Section:
    """Both publications, what differs between them beside figures, who allowed it."""

    def side(one: Publication) -> Value:
        return say(
            "as of {day}, files received by {moment}, program {code}, company's folder {policy}", day=Date(one.as_of),
            moment=Name(f"{one.known_at:%Y-%m-%d %H:%M:%S}"), code=Name(one.code[:12]), policy=Name(one.policy[:12]),
        )  # fmt: skip

    items: list[tuple[Words, Value]] = [
        (say("Publication {n}", n=Count(told.before.number)), side(told.before)),
        (say("Publication {n}", n=Count(told.after.number)), side(told.after)),
        (say("Reports with another content"), Listing(tuple(Name(name) for name in told.reports)) if told.reports else say("none")),
    ]
    if told.policy_files:
        items.append((say("Files of the company's folder that changed"), Listing(tuple(Name(name) for name in told.policy_files))))
    if told.code_with_policy:
        items.append((
            say("Program and company's folder"),
            say("The program of now cannot read the folder of then, so that both causes stand under policy"),
        ))  # fmt: skip
    if told.opened:
        who, why = told.opened
        items.append((say("Opened again"), say("by {who}: {why}", who=Name(who), why=Name(why))))
    return Section("section_sides", say("Publications"), _pair(told), (DefinitionList(tuple(items)),))
