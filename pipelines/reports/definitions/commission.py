"""R16 提成结算表: the settlement of a period for human resources and finance, with every amount, month, quarter and document behind it.

What one person sees of it is ``own_pay``'s. Nothing here is in a folder that others read (``build.CONFIDENTIAL``).
"""

from __future__ import annotations

import polars as pl

from pipelines.company.pay import PayPlan
from pipelines.metrics.pay import FIXED
from pipelines.money import E8, ratio_expr
from pipelines.reports import formulas, formulas_people
from pipelines.reports.context import LABELS, TOTAL, Marts, ReportContext, and_then, have, tie, with_heading
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.model import (
    Block,
    Column,
    Count,
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

ID = "R16"
NAME = "commission"
TITLE = say("Settlement of pay and commission")
REQUIRED = ("pay_settlement",)
TABLES = ("receipt", "sales_line", "adjustment", "plan", "employee", "customer", "credit_split", "pay_adjustment")
MOST_BARS = 15

KINDS: dict[str, Words] = {
    "base_pay": say("Base pay"),
    "performance_pay": say("Performance pay"),
    "commission": say("Commission"),
    "holdback": say("Held back"),
    "release": say("Released from what was held back"),
    "year_settlement": say("Settlement of the year"),
    "manual": say("Manual adjustment"),
    "claim_brought": say("Claim brought forward"),
    "claim_carried": say("Claim carried forward"),
}
"""What the items of a settlement are; one that is made up for says of what."""

MADE_UP: dict[str, Words] = {
    "late base_pay": say("Made up for: base pay"),
    "late performance_pay": say("Made up for: performance pay"),
    "late commission": say("Made up for: commission"),
    "late holdback": say("Made up for: held back"),
    "late release": say("Made up for: released"),
    "late year_settlement": say("Made up for: settlement of the year"),
}
ITEMS = KINDS | MADE_UP

STATUS: dict[str, Words] = {
    "paid": say("Paid"),
    "paid_with_next": say("Paid with the next month"),
    "waiting": say("Waits for the next month"),
    "lapsed": say("Left to the year"),
}
CAUSES: dict[str, Words] = {
    "documents": say("Documents came late"),
    "plan": say("The plan has changed"),
    "follows": say("Follows from another month"),
    "trainee": say("As a trainee"),
    "grade": say("By grade"),
    "no_grade": say("The plan has no such grade"),
    "award": say("Award"),
    "deduction": say("Deduction"),
    "correction": say("Correction"),
    "other": say("Other"),
}
DOCUMENTS: dict[str, Words] = {
    "receipt": say("Receipt"),
    "bounced": say("Bounced receipt"),
    "invoice": say("Invoice"),
    "red_slip": say("Red slip"),
    "write_off": say("Bad debt written off"),
    "collected": say("Collected of a sale"),
    "manual": say("Manual adjustment"),
}
VERDICTS: dict[str, Words] = {
    "reduced": say("Next quarter's pay is reduced"),
    "listed": say("Two quarters running: transfer, demotion or dismissal to be decided"),
    "proposed": say("One grade up is proposed"),
    "to_judge": say("One grade up, if what is open is met"),
}
POINTS: dict[str, Words] = {"outlets": say("new outlets"), "complaints": say("complaints"), "management": say("management")}
REASONS: dict[str, Words] = {
    "no_salesperson": say("The customer has no salesperson"),
    "not_employed": say("Dated outside of the salesperson's employment"),
    "no_plan": say("No pay plan is for this person"),
    "no_period": say("The period is none of the calendar's"),
}
BASES: dict[str, Words] = {"receipts": say("Receipts"), "sales": say("Net sales"), "margin": say("Gross margin")}


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The settlement, or None where nobody is paid by the company's plans."""
    if not have(marts, *REQUIRED):
        return None
    people = _people(marts["pay_settlement"])
    months = of_month(marts, context)
    sections = [
        _settlement(people, context),
        *_months(months, marts, context),
        *_late(marts, people, context),
        *_quarters(marts, people, context),
        *_open(marts, months, people, context),
        *_detail(marts, people, context),
    ]
    return context.report(
        id=ID, name=NAME, title=TITLE, headline=_headline(people),
        subtitle=with_heading(say("Salesforce"), say("amounts in {unit}", unit=Unit("currency")), context.month),
        sections=sections, tables=TABLES, tiles=_tiles(people, months), tie_outs=_ties(marts, people), notes=RULES,
    )  # fmt: skip


RULES: tuple[Words, ...] = (
    say("A month that falls short of its threshold is paid with the next one when that one reaches it alone, else the year settles it."),
    say("What was settled when a period was closed stays; what came later is made up for in the next open settlement."),
    say("A negative settlement is carried as a claim and set off against later commission, never against base pay."),
)


def named(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with ``person``: the name, with the code where another one has the same."""
    shared = pl.col("employee_code").n_unique().over("name") > 1
    name = pl.when(shared).then(pl.concat_str("name", "employee_code", separator=" ")).otherwise("name")
    return frame.with_columns(person=pl.coalesce(name, "employee_code"))


def _people(settlement: pl.DataFrame) -> pl.DataFrame:
    return named(settlement.drop("role")).with_columns(region=pl.coalesce("region_name", "region_code", pl.lit(""))).sort("employee_code")


def rate(column: str) -> pl.Expr:
    """Hundred-millionths as a share."""
    return ratio_expr(pl.col(column), pl.lit(E8, pl.Int64)).alias(column)


def period_words(frame: pl.DataFrame, context: ReportContext, *columns: str) -> dict[str, Words]:
    """Names of the periods in ``columns``."""
    keys = sorted({key for column in columns for key in frame[column].drop_nulls().to_list()})
    known = {period.key for period in context.company.calendar.periods}
    return {key: context.label_of(key) for key in keys if key in known}


def is_paid(marts: Marts) -> bool:
    """Whether the period is settled and paid, so that it stands as it was kept."""
    return bool(marts["pay_settlement"]["settled"].any())


def of_month(marts: Marts, context: ReportContext) -> pl.DataFrame:
    """The rows of ``pay_month`` that are the period's own."""
    return marts["pay_month"].filter(pl.col("in_period") == context.period.key)


def item_key() -> pl.Expr:
    """The key of :data:`ITEMS` of an item."""
    return pl.when(pl.col("kind") == "late").then(pl.lit("late ") + pl.col("what")).otherwise("kind").alias("item")


def _headline(people: pl.DataFrame) -> Words:
    paid = int(people["payable"].sum())
    first: Words = Message(
        "{amount} is payable to {n} person", {"amount": Money(paid), "n": Count(people.height)}, plural="{amount} is payable to {n} people"
    )
    # The figures of the tiles and the total row; what is paid of them follows from held back, released and settled.
    if commission := int(people["commission"].sum()):
        earned, held = Money(commission), int(people["holdback"].sum())
        less = say("commission {commission}, {held} of it held back", commission=earned, held=Money(-held))
        first = and_then(first, less if held else say("commission {commission}", commission=earned))
    late = int(people["late"].sum())
    changed = people.filter(pl.col("late") != 0).height
    if people["settled"].any():
        return and_then(first, say("it was paid when the period was closed"))
    return and_then(first, say("{amount} makes up for paid periods", amount=Money(late, signed=True)) if changed else None)


def _tiles(people: pl.DataFrame, months: pl.DataFrame) -> list[Tile]:
    reached = months.filter(pl.col("status").is_in(["paid", "paid_with_next"])).height
    sums, why = people.select(pl.col(pl.Int64).sum()).row(0, named=True), formulas_people.settlement(
        paid=bool(people["settled"].any()), everybody=True
    )

    def tile(label: Words, name: str) -> Tile:
        return Tile(label, Money(int(sums[name])), good="neutral", told=formulas.told(f"tile_{name}", sums, (name,), why))

    tiles = [
        tile(say("Payable"), "payable"), tile(say("Base and performance pay"), "fixed"), tile(say("Commission"), "commission")
    ]
    if months.height:
        counted = {"reached": reached / months.height, "paid_months": reached, "months": months.height, "status": None}
        told = formulas.told("tile_reached", counted, ("reached",), formulas_people.REACHED)
        tiles.append(Tile(say("Reached the threshold"), Share(reached / months.height), told=told))
    if sums["held_balance"]:
        tiles.append(tile(say("Held back so far"), "held_balance"))
    if sums["waiting"]:
        tiles.append(tile(say("Waits for the next month"), "waiting"))
    return tiles


_AMOUNTS: tuple[tuple[str, Words], ...] = (
    ("fixed", say("Base and performance pay")),
    ("commission", say("Commission")),
    ("holdback", say("Held back")),
    ("release", say("Released")),
    ("year_settlement", say("Settlement of the year")),
    ("late", say("For paid periods")),
    ("manual", say("Manual")),
    ("claim_brought", say("Claim brought forward")),
    ("claim_carried", say("Claim carried forward")),
    ("payable", say("Payable")),
)


def _settlement(people: pl.DataFrame, context: ReportContext) -> Section:
    top = _top(people)
    shown = [name for name, _ in _AMOUNTS if name in ("fixed", "commission", "payable") or (people[name] != 0).any()]
    total = people.select(pl.col(shown).sum()).with_columns(pl.lit(TOTAL).alias("label"))
    frame = with_total(people.with_columns(label="person"), total, tuple(shown))
    columns = (
        Column("label", say("Salesperson"), words=LABELS),
        Column("employee_code", say("Code"), "code"),
        Column("region", say("Region"), words=LABELS),
        Column("pay_grade", say("Pay grade"), "code"),
        *(
            Column(name, heading, "money", blank_zero=name != "payable", bar=name == "commission")
            for name, heading in _AMOUNTS if name in shown
        ),
    )
    released = Slip(
        say("Released for payment"), say("Checked against the documents of this workbook."),
        (say("Prepared by (human resources)"), say("Checked by (finance)"), say("Approved by"), say("Date")),
        cut=False,
    )  # fmt: skip
    why = formulas_people.settlement(paid=bool(people["settled"].any()))
    blocks: tuple[Block, ...] = (Table("settlement", frame, columns, role="role", shown=100, why=why), released)
    subtitle = with_heading(say("Salespeople"), say("amounts in {unit}", unit=Unit("currency")), context.month)
    headline: Words = say("Nobody has commission in this settlement")
    if top.height:
        most = Money(top["commission"][0], "currency")
        headline = say("{person} has the most commission, {amount}", person=Name(top["person"][0]), amount=most)
    return Section("section_settlement", say("Settlement"), headline, blocks, subtitle=subtitle)


def _top(people: pl.DataFrame) -> pl.DataFrame:
    """Who has most commission in this settlement."""
    return people.filter(pl.col("commission") > 0).sort("commission", "employee_code", descending=[True, False]).head(MOST_BARS)


def _months(months: pl.DataFrame, marts: Marts, context: ReportContext) -> list[Section]:
    """How the month came out for each person, and what is lacking to the next thresholds."""
    if months.is_empty():
        return []
    people = named(marts["pay_settlement"]).select("employee_code", "person")
    year = marts["pay_year"].select(
        "employee_code", "base_kind", "target_year", year_achieved="achieved", year_target="target", year_attainment="attainment",
        next_attainment=rate("next_attainment"), next_missing="next_missing",
    )  # fmt: skip
    rows = months.join(people, on="employee_code", how="left").join(year, on=["employee_code", "base_kind"], how="left")
    rows = rows.with_columns(rate("rate"), rate("threshold"), rules_of="in_period").sort("employee_code")
    why = formulas_people.months(paid=is_paid(marts))
    short = rows.filter(~pl.col("status").is_in(["paid", "paid_with_next"]))
    columns = (
        Column("person", say("Salesperson")),
        *((Column("base_kind", say("Base"), words=BASES),) if rows["base_kind"].n_unique() > 1 else ()),
        Column("target", say("Plan"), "money", scenario="PL"),
        Column("achieved", say("Actual"), "money", scenario="AC"),
        Column("attainment", say("Attainment"), "share"),
        Column("base", say("Base of commission"), "money"),
        Column("rate", say("Rate"), "share", places=2),
        Column("earned", say("Earned"), "money"),
        Column("status", say("Status"), words=STATUS),
        Column("missing", say("Lacking to the threshold"), "money", blank_zero=True),
        Column("year_attainment", say("Year to date"), "share"),
        Column("next_attainment", say("Next band from"), "share", places=0),
        Column("next_missing", say("Lacking to it by year's end"), "money", blank_zero=True),
    )
    headline: Words = (
        Message(
            "{n} of {all} month falls short of its threshold", {"n": Count(short.height), "all": Count(rows.height)},
            plural="{n} of {all} months fall short of their threshold",
        ) if short.height else say("Every month reaches its threshold")
    )  # fmt: skip
    blocks: list[Block] = [Table("months", rows, columns, shown=100, why=why)]
    blocks.append(Notes((say("A rate is blank where the rate table applies several, or a cap cuts the amount."),), listed=False))
    return [Section("section_month", say("Commission"), headline, tuple(blocks), subtitle=with_heading(say("Salespeople"), context.month))]


def late_documents(frame: pl.DataFrame, context: ReportContext, *, person: bool, paid: bool) -> Table:
    """Documents that are not what they were when their month was paid."""
    columns = (
        *((Column("person", say("Salesperson")),) if person else ()),
        Column("in_period", say("Month"), words=period_words(frame, context, "in_period")),
        Column("kind", say("Kind"), words=DOCUMENTS),
        Column("document_no", say("Document"), "code"),
        Column("dated_on", say("Date"), "date"),
        Column("customer_name", say("Customer")),
        Column("before", say("Base when it was paid"), "money"),
        Column("now", say("Base now"), "money"),
        Column("difference", say("Difference"), "money", variance=True, good="neutral"),
    )
    why = formulas_people.late_documents(paid=paid)
    return Table("late_documents", formulas_people.keyed(frame), columns, title=say("Documents behind it"), why=why)


def _late(marts: Marts, people: pl.DataFrame, context: ReportContext) -> list[Section]:
    names = people.select("employee_code", "person")
    every = items(marts["pay_item"], context).join(names, on="employee_code", how="left", maintain_order="left")
    late, by_hand = every.filter(pl.col("kind") == "late"), every.filter(pl.col("kind") == "manual")
    why = formulas_people.items(paid=is_paid(marts))
    found = []
    columns: tuple[Column, ...]
    if late.height:
        columns = (
            Column("person", say("Salesperson")),
            Column("item", say("Item"), words=ITEMS),
            Column("for_period", say("Month"), words=period_words(late, context, "for_period")),
            Column("amount", say("Amount"), "money", variance=True, good="neutral"),
            Column("cause", say("Why"), words=CAUSES),
        )
        blocks: list[Block] = [Table("late", late, columns, why=why)]
        documents = marts["pay_late"].join(people.select("employee_code", "person"), on="employee_code", how="left")
        if documents.height:
            blocks.append(late_documents(documents, context, person=True, paid=is_paid(marts)))
        headline = say("{amount} makes up for what was paid before", amount=Money(int(late["amount"].sum()), "currency", signed=True))
        found.append(Section("section_late", say("Paid periods"), headline, tuple(blocks)))
    if by_hand.height:
        columns = (
            Column("person", say("Salesperson")),
            Column("what", say("No."), "code"),
            Column("for_period", say("Month"), words=period_words(by_hand, context, "for_period")),
            Column("cause", say("Kind"), words=CAUSES),
            Column("amount", say("Amount"), "money", variance=True, good="neutral"),
            Column("approved_by", say("Approved by")),
            Column("reason", say("Reason")),
        )
        headline = Message(
            "{n} manual adjustment, {amount} in all",
            {"n": Count(by_hand.height), "amount": Money(int(by_hand["amount"].sum()), "currency", signed=True)},
            plural="{n} manual adjustments, {amount} in all",
        )
        found.append(Section("section_manual", say("Manual adjustments"), headline, (Table("manual", by_hand, columns, why=why),)))
    return found


def quarter_columns() -> tuple[Column, ...]:
    """How quarters are printed."""
    return (
        Column("quarter", say("Quarter"), "code"),
        Column("target", say("Plan"), "money", scenario="PL"),
        Column("actual", say("Actual"), "money", scenario="AC"),
        Column("attainment", say("Attainment"), "share"),
        Column("next_pay", say("Pay of the next quarter"), "share", places=0),
        Column("missing", say("Lacking to full pay"), "money", blank_zero=True),
    )


def quarter_rows(marts: Marts, context: ReportContext) -> pl.DataFrame:
    """The quarters with the rule of the plan that they are judged by."""
    rules = {
        plan: PayPlan.model_validate_json(text).pay for plan, text in marts["pay_plan"].select("plan", "rules").iter_rows()
    }
    known = [(plan, float(one.quarter.threshold), float(one.quarter.pay)) for plan, one in rules.items() if one and one.quarter]
    schema = {"plan": pl.String, "quarter_threshold": pl.Float64, "quarter_pay": pl.Float64}
    by_person = marts["pay_settlement"].select("employee_code", "plan").join(pl.DataFrame(known, schema=schema, orient="row"), on="plan")
    rows = marts["pay_quarter"].join(by_person.drop("plan"), on="employee_code", how="left", maintain_order="left")
    return rows.with_columns(rate("next_pay"), rules_of=pl.lit(context.period.key))


def _quarters(marts: Marts, people: pl.DataFrame, context: ReportContext) -> list[Section]:
    """Who is reduced, listed, or proposed for a grade up."""
    rows = quarter_rows(marts, context).filter(pl.col("complete"))
    rows = rows.join(people.select("employee_code", "person"), on="employee_code", how="left")
    if rows.is_empty():
        return []
    last = rows.filter(pl.col("quarter") == pl.col("quarter").max()).with_columns(_points())
    judged = last.filter(pl.col("verdict").is_not_null()).sort("verdict", "employee_code")
    columns = (
        Column("person", say("Salesperson")), *quarter_columns(), Column("verdict", say("Verdict"), words=VERDICTS),
        Column("points", say("To be judged"), words=_point_words(judged)),
    )  # fmt: skip
    reduced = judged.filter(pl.col("verdict").is_in(["reduced", "listed"])).height
    risen = judged.filter(pl.col("verdict").is_in(["proposed", "to_judge"])).height
    headline = _clauses(
        Message(
            "{n} person has reduced pay after the quarter", {"n": Count(reduced)}, plural="{n} people have reduced pay after the quarter"
        ) if reduced or not risen else None,
        Message("{n} may rise a grade", {"n": Count(risen)}, plural="{n} may rise a grade") if risen else None,
    )  # fmt: skip
    table = Table("quarters", judged, columns, why=formulas_people.quarters(paid=is_paid(marts)))
    return [Section("section_quarters", say("Quarters"), headline, (table,))]


def _clauses(*said: Words | None) -> Words:
    """What there is to say, one clause after the other; at least one."""
    first, *others = [words for words in said if words is not None]
    for words in others:
        first = and_then(first, words)
    return first


def _points() -> pl.Expr:
    return pl.col("open_points").alias("points")


def _point_words(rows: pl.DataFrame) -> dict[str, Words]:
    """Lists of open points in words."""
    from pipelines.reports.model import Listing

    found: dict[str, Words] = {"": Name("")}
    for points in rows["points"].unique().to_list():
        if points:
            found[points] = say("{points}", points=Listing(tuple(POINTS[point] for point in points.split(","))))
    return found


def _open(marts: Marts, months: pl.DataFrame, people: pl.DataFrame, context: ReportContext) -> list[Section]:
    """What keeps somebody from being paid, or a document from counting: no plan, no grade, nobody to be credited."""
    names = people.select("employee_code", "person", "pay_grade")
    unplanned = months.filter("unplanned").join(names, on="employee_code", how="left").with_columns(rate("rate"), rules_of="in_period")
    ungraded = marts["pay_item"].filter(pl.col("cause") == "no_grade").join(names, on="employee_code")
    unpaid = marts["pay_unpaid"]
    who = Column("person", say("Salesperson"))
    blocks: list[Block] = []
    columns: tuple[Column, ...]
    if unplanned.height:
        columns = (who, Column("achieved", say("Actual"), "money"), Column("earned", say("Earned"), "money"))
        blocks.append(Table(
            "unplanned", unplanned, columns, title=say("Without a plan: the threshold cannot be judged"),
            why=formulas_people.months(paid=is_paid(marts)),
        ))
    if ungraded.height:
        columns = (who, Column("pay_grade", say("Pay grade"), "code"))
        blocks.append(Table("ungraded", ungraded, columns, title=say("Without a grade of the plan: no base and performance pay")))
    if unpaid.height:
        columns = (
            Column("kind", say("Kind"), words=DOCUMENTS),
            Column("document_no", say("Document"), "code"),
            Column("dated_on", say("Date"), "date"),
            Column("customer_name", say("Customer")),
            Column("employee_code", say("Salesperson code"), "code"),
            Column("achieved", say("Amount"), "money"),
            Column("reason", say("Why"), words=REASONS),
        )
        blocks.append(Table(
            "unpaid", formulas_people.keyed(unpaid), columns, title=say("Documents that nobody is paid for"), why=formulas_people.UNPAID
        ))
    if not blocks:
        return []
    without, lacking, nobody = Count(unplanned.height), Count(ungraded.height), Count(unpaid.height)
    headline = _clauses(
        Message("{n} person without a plan", {"n": without}, plural="{n} people without a plan") if unplanned.height else None,
        Message("{n} person without a grade", {"n": lacking}, plural="{n} people without a grade") if ungraded.height else None,
        Message("{n} document that nobody is paid for", {"n": nobody}, plural="{n} documents that nobody is paid for")
        if unpaid.height else None,
    )  # fmt: skip
    return [Section("section_open", say("To be cleared"), headline, tuple(blocks))]


def document_columns(frame: pl.DataFrame, context: ReportContext) -> tuple[Column, ...]:
    """How documents behind commission are printed."""
    return (
        Column("in_period", say("Month"), words=period_words(frame, context, "in_period")),
        Column("kind", say("Kind"), words=DOCUMENTS),
        Column("document_no", say("Document"), "code"),
        Column("dated_on", say("Date"), "date"),
        Column("customer_name", say("Customer")),
        Column("whole", say("Amount of the document"), "money", adds=False),
        Column("share", say("Share of the credit"), "share", places=0),
        Column("amount", say("Base of commission"), "money", adds=False),
        Column("rate", say("Rate"), "share", places=2),
        Column("commission", say("Commission"), "money"),
    )


def documents(frame: pl.DataFrame) -> pl.DataFrame:
    """Lines as they are printed: by month, day and document."""
    return frame.with_columns(rate("share"), rate("rate")).sort("employee_code", "in_period", "dated_on", "document_no", "kind")


def item_columns(frame: pl.DataFrame, context: ReportContext) -> tuple[Column, ...]:
    """How the items of a settlement are printed."""
    return (
        Column("item", say("Item"), words=ITEMS | LABELS),
        Column("for_period", say("Month"), words=period_words(frame, context, "for_period")),
        Column("days", say("Days"), "count"),
        Column("of_days", say("of the month's"), "count"),
        Column("base", say("Base"), "money", adds=False),
        Column("rate", say("Rate"), "share", places=2),
        Column("amount", say("Amount"), "money"),
        Column("cause", say("Remark"), words=CAUSES),
    )


def items(frame: pl.DataFrame, context: ReportContext) -> pl.DataFrame:
    """Items as they are printed, in the order of the settlement, with what their reasons need (``formulas_people.items``)."""
    years = {period.key: str(period.fiscal_year) for period in context.company.calendar.periods}
    alone = pl.col("what").is_in(FIXED) | pl.col("kind").is_in(["manual", "claim_carried"])
    return frame.with_columns(
        item_key(), rate("rate"), rules_of="for_period",
        year=pl.col("for_period").replace_strict(years, default="", return_dtype=pl.String),
        variable=pl.when(~alone).then("amount").sum().over("employee_code"),
    ).sort("employee_code", "item_no")  # fmt: skip


def _detail(marts: Marts, people: pl.DataFrame, context: ReportContext) -> list[Section]:
    """Every item and document, for the workbook."""
    names = people.select("employee_code", "person")
    who = Column("person", say("Salesperson"))
    every = items(marts["pay_item"], context).join(names, on="employee_code", how="left", maintain_order="left")
    lines = documents(marts["pay_line"]).join(names, on="employee_code", how="left", maintain_order="left")
    found = [Section(
        "section_items", say("All items"), say("Every amount of every settlement"),
        (Table("items", every, (who, *item_columns(every, context)), detail=True),),
    )]  # fmt: skip
    if lines.height:
        columns = (who, *document_columns(lines, context), Column("source_file", say("File")), Column("source_row", say("Row"), "count"))
        headline = say("Every document that is paid on, by month")
        found.append(Section("section_documents", say("Documents"), headline, (Table("documents", lines, columns, detail=True),)))
    return found


def _ties(marts: Marts, people: pl.DataFrame) -> list[TieOut]:
    payable = int(people["payable"].sum())
    amount = int(marts["pay_item"]["amount"].sum())
    found = [tie(
        "C4", say("Items add up to what is payable"), say("All items"), amount, say("Payable"), payable,
        left_sum=(SumOf("items", "amount"),), right_sum=(SumOf("settlement", "payable"),),
    )]  # fmt: skip
    lines = marts["pay_line"]
    if lines.height:
        paid = int(marts["pay_item"].filter(pl.col("kind") == "commission")["amount"].sum())
        found.append(tie(
            "C4", say("Commission on documents adds up to commission paid"), say("Documents"), int(lines["commission"].sum() or 0),
            say("Commission"), paid, left_sum=(SumOf("documents", "commission"),), right_sum=(SumOf("settlement", "commission"),),
        ))  # fmt: skip
    bases = set(marts["pay_month"]["base_kind"]) if marts["pay_month"].height else set()
    # What is paid stays, so that receipts which came since are no part of it: a later period makes up for them.
    if bases == {"receipts"} and have(marts, "plan_actual") and not people["settled"].any():
        own = lines.filter(pl.col("in_period") == pl.col("period"))
        credited = int(own["achieved"].sum() or 0) + int(marts["pay_unpaid"].filter(pl.col("kind") != "manual")["achieved"].sum() or 0)
        actual = marts["plan_actual"].filter(pl.col("measure") == "receipts", pl.col("cut") == "company")["actual"].sum()
        what = say("Receipts credited to somebody or nobody are the period's")
        found.append(tie("C4", what, say("Credited"), credited, say("Receipts"), int(actual or 0)))
    return found


