"""R16 for one person: what is paid, each amount with its documents, and how far it is to the next threshold. Nobody else's data."""

from __future__ import annotations

import polars as pl

from pipelines.company.pay import PayPlan
from pipelines.metrics.commission import slices, to_fen
from pipelines.money import E8
from pipelines.reports import formulas, formulas_people
from pipelines.reports.context import LABELS, TOTAL, Marts, ReportContext, and_then, have, party_name, tie, with_heading
from pipelines.reports.definitions import commission
from pipelines.reports.definitions.commission import STATUS, rate
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    DefinitionList,
    Message,
    Money,
    Name,
    Notes,
    Report,
    Section,
    Share,
    Slip,
    SumOf,
    Table,
    TieOut,
    Tile,
    Unit,
    Words,
    say,
)

NAME = "own_pay"
TITLE = say("Your pay and commission")
OF_PERSON = ("pay_settlement", "pay_item", "pay_month", "pay_year", "pay_line", "pay_late", "pay_quarter")
"""The marts that a page is made of; each names its person in ``employee_code``."""


def build_all(marts: Marts, context: ReportContext) -> list[Report]:
    """One page a person with a settlement."""
    if not have(marts, *commission.REQUIRED):
        return []
    own = {name: marts[name].partition_by("employee_code", as_dict=True, maintain_order=True) for name in OF_PERSON}
    rules = {"pay_plan": marts["pay_plan"]}
    return [
        _build(str(code), {name: parts.get((code,), marts[name].clear()) for name, parts in own.items()} | rules, context)
        for code in marts["pay_settlement"]["employee_code"].sort().to_list()
    ]


def _build(code: str, marts: Marts, context: ReportContext) -> Report:
    row = marts["pay_settlement"].row(0, named=True)
    month = commission.of_month(marts, context)
    sections = [_amounts(row, marts, context), *_documents(marts, context), *_thresholds(marts, month, context), *_late(marts, context)]
    return context.report(
        id=commission.ID, name=party_name(NAME, code), title=TITLE, headline=_headline(row, month),
        subtitle=with_heading(Name(row["name"] or code), Name(code), say("amounts in {unit}", unit=Unit("currency")), context.month),
        sections=sections, tables=(), private=True, tiles=_tiles(row, month, marts), tie_outs=_ties(row, marts), notes=commission.RULES,
        languages=(context.language_of(code, row["name"] or code),),
    )  # fmt: skip


def _headline(row: dict[str, object], month: pl.DataFrame) -> Words:
    first = say("{amount} is payable to you", amount=Money(int(str(row["payable"])), "currency"))
    if month.is_empty():
        return first
    told = month.row(0, named=True)
    if told["unplanned"]:
        return and_then(first, say("the month has no plan, so its commission cannot be judged"))
    if told["missing"]:
        return and_then(first, say("{amount} was lacking to the month's threshold", amount=Money(told["missing"], "currency")))
    return and_then(first, say("the month reached {share} of its plan", share=Share(told["attainment"])))


def _tiles(row: dict[str, object], month: pl.DataFrame, marts: Marts) -> list[Tile]:
    def of(name: str) -> int:
        return int(str(row[name]))

    paid = commission.is_paid(marts)
    settlement, months = formulas_people.settlement(paid=paid), formulas_people.months(paid=paid)

    def tile(label: Words, name: str) -> Tile:
        told = formulas.told(f"tile_{name}", row, (name,), settlement)
        return Tile(label, Money(of(name), "currency"), good="neutral", told=told)

    tiles = [
        tile(say("Payable"), "payable"), tile(say("Base and performance pay"), "fixed"), tile(say("Commission"), "commission")
    ]
    if month.height and month["attainment"][0] is not None:
        one = month.with_columns(rate("rate"), rules_of="in_period").row(0, named=True)
        told = formulas.told("tile_month", one, ("attainment",), months)
        tiles.append(Tile(say("Plan of the month"), Share(month["attainment"][0]), told=told))
    if marts["pay_year"].height and marts["pay_year"]["attainment"][0] is not None:
        year = marts["pay_year"].select(
            "employee_code", "base_kind", year_achieved="achieved", year_target="target", year_attainment="attainment"
        ).row(0, named=True)  # fmt: skip
        told = formulas.told("tile_year", year, ("year_attainment",), months)
        tiles.append(Tile(say("Year to date"), Share(marts["pay_year"]["attainment"][0]), told=told))
    if of("held_balance"):
        tiles.append(tile(say("Held back so far"), "held_balance"))
    return tiles


def _amounts(row: dict[str, object], marts: Marts, context: ReportContext) -> Section:
    rows = commission.items(marts["pay_item"], context).with_columns(role=pl.lit(""))
    total = pl.DataFrame({"item": [TOTAL], "amount": [int(str(row["payable"]))], "role": ["total"]})
    frame = pl.concat([rows, total], how="diagonal_relaxed")
    why = formulas_people.items(paid=commission.is_paid(marts))
    blocks: list[Block] = [Table("amounts", frame, commission.item_columns(frame, context), role="role", shown=100, why=why)]
    by_hand = marts["pay_item"].filter(pl.col("kind") == "manual")
    if by_hand.height:
        told: tuple[Words, ...] = tuple(
            say("{number}: {reason}, approved by {who}", number=Name(one["what"]), reason=Name(one["reason"]), who=Name(one["approved_by"]))
            for one in by_hand.iter_rows(named=True)
        )
        blocks.append(Notes(told, title=say("Manual adjustments")))
    seen = say("I have seen how this settlement was computed.")
    blocks.append(Slip(say("Seen by the salesperson"), seen, (say("Signature"), say("Date")), cut=False))
    headline = say("How the amount comes about")
    return Section("section_amounts", say("Settlement"), headline, tuple(blocks), subtitle=context.month)


def _documents(marts: Marts, context: ReportContext) -> list[Section]:
    lines = _reasoned(commission.documents(marts["pay_line"]), marts)
    if lines.is_empty():
        return []
    headline = Message(
        "{n} document counts, {amount} of commission is paid on them now",
        {"n": Count(lines.height), "amount": Money(int(lines["commission"].sum() or 0), "currency")},
        plural="{n} documents count, {amount} of commission is paid on them now",
    )
    total = pl.DataFrame({"kind": [TOTAL], "commission": [int(lines["commission"].sum() or 0)], "role": ["total"]})
    frame = pl.concat([lines.with_columns(role=pl.lit("")), total], how="diagonal_relaxed")
    columns = tuple(
        column if column.name != "kind" else Column("kind", column.heading, words=commission.DOCUMENTS | LABELS)
        for column in commission.document_columns(frame, context)
    )
    by_rate, why = _slices(marts, context), formulas_people.documents(paid=commission.is_paid(marts))
    note = say("Documents of a month that waits are listed without commission; they are paid with the month, or settled with the year.")
    table = Table("documents", frame, columns, role="role", shown=200, why=why)
    blocks: tuple[Block, ...] = (table, *by_rate, Notes((note,), listed=False))
    return [Section("section_documents", say("Documents"), headline, blocks)]


def _reasoned(lines: pl.DataFrame, marts: Marts) -> pl.DataFrame:
    """Documents with what their reasons need (``formulas_people.documents``)."""
    kinds = marts["pay_month"].select("in_period", "base_kind")
    lines = formulas_people.keyed(lines).join(kinds, on="in_period", how="left", maintain_order="left")
    kind, sales = pl.col("kind"), pl.col("base_kind") != "receipts"
    of_lines = kind.is_in(["invoice", "red_slip", "collected"])
    nothing = (pl.col("amount") == 0) & (pl.col("whole") != 0) & kind.is_in(["invoice", "red_slip"])
    amounts = {"receipts": "gross_amount", "sales": "net_amount", "margin": "gross_margin"}
    return lines.with_columns(
        whole_by=pl.when(of_lines).then(pl.lit("lines")).otherwise(pl.lit("itself")),
        whole_of=pl.col("base_kind").replace_strict(amounts, default="", return_dtype=pl.String),
        shared=pl.when(pl.col("split_no") != "").then(pl.lit("yes")).otherwise(pl.lit("")),
        amount_by=pl.when(nothing).then(pl.lit("nothing")).when(kind == "collected").then(kind)
        .when((kind == "write_off") & sales).then(pl.lit("part")).otherwise(pl.lit("share")),
        rules_of="in_period", month_base=pl.col("amount").sum().over("in_period"),
        month_documents=pl.len().over("in_period").cast(pl.Int64),
        month_paid=pl.when(pl.col("commission").is_not_null()).then(pl.col("commission").sum().over("in_period")),
    )  # fmt: skip


def _slices(marts: Marts, context: ReportContext) -> tuple[Table, ...]:
    """The parts of a month's base by rate, of the months that this settlement pays by several rates."""
    paid = marts["pay_item"].filter(pl.col("kind") == "commission", pl.col("rate").is_null())["for_period"].to_list()
    rules = dict(marts["pay_plan"].select("plan", "rules").iter_rows())
    rows = []
    for month in marts["pay_month"].filter(pl.col("in_period").is_in(paid)).sort("in_period").iter_rows(named=True):
        terms = PayPlan.model_validate_json(rules[month["plan"]]).commission if month["plan"] in rules else None
        for part_rate, part in slices(month["base"], terms.rates, terms.tiers) if terms is not None else ():
            rows.append((month["employee_code"], month["in_period"], part, part_rate / E8, to_fen([(part_rate, part)]), month["in_period"]))
    if not rows:
        return ()
    schema = {
        "employee_code": pl.String, "in_period": pl.String, "base": pl.Int64, "rate": pl.Float64, "amount": pl.Int64, "rules_of": pl.String
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    columns = (
        Column("in_period", say("Month"), words=commission.period_words(frame, context, "in_period")),
        Column("base", say("Part of the base"), "money"),
        Column("rate", say("Rate"), "share", places=2),
        Column("amount", say("Commission"), "money", adds=False),
    )
    return (Table("slices", frame, columns, title=say("Parts of the base by the rate table"), why=formulas_people.SLICES),)


def _thresholds(marts: Marts, month: pl.DataFrame, context: ReportContext) -> list[Section]:
    """The months of the year, and what is lacking to the next threshold, rate, band and to full pay."""
    rows = marts["pay_month"].sort("in_period").with_columns(
        rate("rate"), rate("threshold"), rate("year_rate"), rules_of="in_period",
        paid_amount=pl.when(pl.col("paid_in").is_not_null()).then("earned").otherwise(0),
    ).with_columns(
        year_by=pl.when(pl.col("year_rate").is_not_null()).then(pl.lit("band"))
        .when(pl.col("year_amount") == pl.col("paid_amount")).then(pl.lit("paid")).otherwise(pl.lit("monthly"))
    )  # fmt: skip
    paid = commission.is_paid(marts)
    found: list[Section] = []
    told = list(_lacking(month, marts))
    if rows.height:
        settles = rows["year_amount"].is_not_null().any()
        columns = (
            Column("in_period", say("Month"), words=commission.period_words(rows, context, "in_period")),
            Column("target", say("Plan"), "money", scenario="PL"),
            Column("achieved", say("Actual"), "money", scenario="AC"),
            Column("attainment", say("Attainment"), "share"),
            Column("base", say("Base of commission"), "money"),
            Column("rate", say("Rate"), "share", places=2),
            Column("earned", say("Earned"), "money"),
            Column("status", say("Status"), words=STATUS),
            Column("paid_in", say("Paid in"), words=commission.period_words(rows, context, "paid_in")),
            Column("missing", say("Lacking to the threshold"), "money", blank_zero=True),
            *((
                Column("year_rate", say("Year's rate"), "share", places=2), Column("year_amount", say("By the year"), "money"),
            ) if settles else ()),
        )  # fmt: skip
        blocks: list[Block] = [Table("months", rows, columns, why=formulas_people.months(paid=paid))]
        if told:
            blocks.insert(0, Notes(tuple(told)))
        if settles:
            blocks.append(_settled(marts))
        headline = say("The year so far, and what is lacking to the next step")
        found.append(Section("section_year", say("Thresholds"), headline, tuple(blocks)))
    quarters = commission.quarter_rows(marts, context).sort("quarter")
    if quarters.height:
        table = Table("quarters", quarters, commission.quarter_columns(), why=formulas_people.quarters(paid=paid))
        found.append(Section("section_quarters", say("Quarters"), _quarter_headline(quarters), (table,)))
    return found


def _settled(marts: Marts) -> DefinitionList:
    """How the year's settlement follows from the months."""
    months = marts["pay_month"]
    paid = int(months.filter(pl.col("paid_in").is_not_null())["earned"].sum() or 0)
    settlement = int(marts["pay_item"].filter(pl.col("kind") == "year_settlement")["amount"].sum() or 0)
    figures = {"employee_code": months["employee_code"][0], "year_due": settlement + paid, "year_paid": paid, "settlement": settlement}
    told = formulas.told("year_settlement", figures, ("year_due", "year_paid", "settlement"), formulas_people.YEAR)
    return DefinitionList((
        (say("Commission by the year"), Money(settlement + paid, "currency")),
        (say("less commission of the months that were paid"), Money(paid, "currency")),
        (say("Settlement of the year"), Money(settlement, "currency", signed=True)),
    ), told=told)  # fmt: skip


def _lacking(month: pl.DataFrame, marts: Marts) -> list[Words]:
    told: list[Words] = []
    if month.height:
        row = month.row(0, named=True)
        if row["missing"]:
            share = Share(row["threshold"] / 1e8, places=0)
            told.append(say("This month lacked {amount} to {share} of its plan", amount=Money(row["missing"], "currency"), share=share))
        if row["step_missing"]:
            told.append(say("The next rate of the table was {amount} away", amount=Money(row["step_missing"], "currency")))
    for row in marts["pay_year"].iter_rows(named=True):
        if row["next_missing"]:
            share, amount = Share(row["next_attainment"] / 1e8, places=0), Money(row["next_missing"], "currency")
            told.append(say("{amount} more by the end of the year reaches {share} of the year's plan", amount=amount, share=share))
    for row in marts["pay_quarter"].filter(~pl.col("complete")).iter_rows(named=True):
        if row["missing"]:
            told.append(say("{amount} more in this quarter keeps the next one's pay whole", amount=Money(row["missing"], "currency")))
    return told


def _quarter_headline(quarters: pl.DataFrame) -> Words:
    over = quarters.filter(pl.col("complete"))
    verdict = over["verdict"][-1] if over.height else None
    return commission.VERDICTS[verdict] if verdict is not None else say("The last quarter leaves the pay as it is")


def _late(marts: Marts, context: ReportContext) -> list[Section]:
    if marts["pay_late"].is_empty():
        return []
    headline = say("What has changed in months that were paid")
    table = commission.late_documents(marts["pay_late"], context, person=False, paid=commission.is_paid(marts))
    return [Section("section_late", say("Paid periods"), headline, (table,))]


def _ties(row: dict[str, object], marts: Marts) -> list[TieOut]:
    amount = int(marts["pay_item"]["amount"].sum() or 0)
    found = [tie(
        "C4", say("Items add up to what is payable"), say("All items"), amount, say("Payable"), int(str(row["payable"])),
        left_sum=(SumOf("amounts", "amount"),),
    )]  # fmt: skip
    if marts["pay_line"].height:
        paid = int(marts["pay_item"].filter(pl.col("kind") == "commission")["amount"].sum() or 0)
        found.append(tie(
            "C4", say("Commission on documents adds up to commission paid"), say("Documents"),
            int(marts["pay_line"]["commission"].sum() or 0), say("Commission"), paid, left_sum=(SumOf("documents", "commission"),),
        ))  # fmt: skip
    return found
