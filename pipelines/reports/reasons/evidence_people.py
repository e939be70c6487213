"""The lines behind what people are paid and scored: documents with their credit, cells of plans, rules, reasons of points.

They stand beside the reports that are for human resources or for one person, never with the lines that everybody reads. Each line
names its person in ``employee_code``: a report for one person
is given what is left of :func:`of_people` by that code, so that nobody else is in it. Of a period that is
paid only what was kept of it is told: today's facts may say otherwise, and the next open settlement makes up for that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import polars as pl

from pipelines.company.assessment import FILE as ASSESSMENT_FILE
from pipelines.company.assessment import Scheme as AssessmentScheme
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.covers import covers, periods_of
from pipelines.company.pay import FILE, MEASURES, PayPlan, Step, e4
from pipelines.metrics.assessment_score import ATTENDANCE
from pipelines.metrics.commission import slices, to_fen
from pipelines.metrics.pay import FIXED, Pay, Settled
from pipelines.metrics.pay_credit import KEY
from pipelines.metrics.plan_actual import dated, plans_of
from pipelines.metrics.receivables import gross
from pipelines.money import E4
from pipelines.reports.reasons.evidence import Evidence, Letters, spans_of
from pipelines.reports.reasons.placing import PLACED, contents
from pipelines.sources.facts import Facts

KIND = "lines_of"
"""Column of :func:`people_lines` that names the kind of a line."""
NOBODYS = frozenset({"pay_unpaid", "score_reasons", "score_trainings"})
"""Kinds whose lines are for human resources alone, also where they name a person: documents that nobody is paid for, reasons that
name others or their files."""
_PLACE = ("source_file", "source_sheet", "source_row")
_AT = ("file", "sheet", "row", "cells")
_CELLS = ("amount", "gross_amount", "net_amount", "cost_amount")
_DOCUMENT = ["in_period", *KEY]
Part = tuple[str, pl.DataFrame]


def people_lines(
    facts: Facts, marts: Mapping[str, pl.DataFrame], files: pl.DataFrame, letters: pl.DataFrame, company: Company, period: Period,
    as_of: date, settled: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    """Every line behind everybody's pay and points of ``period``, all kinds in one frame with :data:`KIND`.

    ``settled`` is the frame that ``Settled.of`` reads.
    """
    at = _Places(files, letters)
    parts: list[Part] = []
    if marts["pay_settlement"].height:
        parts += _pay(Pay(facts, company, period, as_of, Settled.of(settled)), marts, at)
    if marts["assessment"].height:
        parts += _assessed(facts, marts, company, period, as_of, at)
    frames = [_finished(kind, frame) for kind, frame in parts if frame.height]
    empty = pl.DataFrame(schema={KIND: pl.String, "in_period": pl.String, "employee_code": pl.String})
    return pl.concat(frames, how="diagonal") if frames else empty


def of_report(lines: pl.DataFrame, report: str) -> pl.DataFrame:
    """The lines that a report's figures (R15, R16) lead to."""
    assessed = pl.col(KIND).str.contains("^(score|own)_")
    return lines.filter(assessed if report == "R15" else ~assessed)


def people_evidence(lines: pl.DataFrame, company: Company, period: Period) -> Evidence:
    """Everybody's lines. A report for one person asks for that person's by ``employee_code``."""
    return Evidence(period.key, by_kind(lines), spans_of(company.calendar, period), {})


def of_people(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that a report for one person may lead to; with that person's code they are all that goes into it."""
    return lines.filter(pl.col("employee_code") != "", ~pl.col(KIND).is_in(sorted(NOBODYS)))


def by_kind(lines: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The lines of each kind, without the columns of the others."""
    found = {}
    for (kind,), rows in lines.partition_by(KIND, as_dict=True, maintain_order=True, include_key=False).items():
        found[str(kind)] = rows.select(name for name in rows.columns if name == "row" or rows[name].null_count() < rows.height)
    return dict(sorted(found.items()))


def _finished(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` as lines of a kind: texts filled, a place even where there is none, the same lines in the same order."""
    missing = [pl.lit("").alias(name) for name in ("file", "sheet", "cells") if name not in frame.columns]
    if "row" not in frame.columns:
        missing.append(pl.lit(None, pl.Int64).alias("row"))
    frame = frame.with_columns(missing).with_columns(pl.col(pl.Date).cast(pl.String)).with_columns(pl.col(pl.String).fill_null(""))
    first = ["employee_code", "in_period", "file", "sheet", "row"]
    rest = [name for name in frame.columns if name not in first]
    return frame.sort(*first, *rest, maintain_order=True, nulls_last=True).with_columns(pl.lit(kind).alias(KIND))


class _Places:
    """Cells of delivered rows, also of those whose marts know file, sheet and row only."""

    def __init__(self, files: pl.DataFrame, letters: pl.DataFrame) -> None:
        self.content = contents(files)
        self.letters = Letters(letters)

    def of(self, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """``rows`` with ``file, sheet, row, cells`` for the ``_PLACE`` that they have."""
        rows = rows.drop("source_sha256", "source_column", strict=False).join(
            self.content, on="source_file", how="left", maintain_order="left"
        )
        return self.exactly(rows.with_columns(source_column=pl.lit("")), columns)

    def exactly(self, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """The same for rows of facts, which know their content."""
        return self.letters.placed(rows.with_columns(pl.col("source_file", "source_sheet").fill_null("")), columns)


def _frame(columns: Mapping[str, type[pl.DataType]], rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(columns), orient="row")


# --- pay --------------------------------------------------------------------------------------------------------------


def _pay(pay: Pay, marts: Mapping[str, pl.DataFrame], at: _Places) -> Iterator[Part]:
    """What the settlements of a period are made of; of one that is paid, what was kept."""
    documents = _kept_documents(marts) if pay.period.key in pay.settled.periods else _documents(pay, marts)
    yield "pay_documents", at.of(documents.drop("owner_code"), _CELLS)
    yield "pay_items", _items(pay, marts, at)
    yield "pay_months", _months(marts)
    yield "pay_rules", _rules(pay, marts)
    yield "pay_unpaid", at.of(marts["pay_unpaid"].drop("period", "customer_name").rename({"reason": "because"}), _CELLS).with_columns(
        in_period=pl.lit(pay.period.key)
    )
    people = marts["pay_settlement"].select("employee_code")
    by_hand = pay.facts["pay_adjustment"].join(people, on="employee_code", how="semi").select(
        "employee_code", pl.col("period").alias("in_period"), pl.col("adjustment_no").alias("of_what"),
        pl.col("kind").alias("cause_of_pay"), "approved_by", pl.col("reason").alias("because"), pl.col("amount").alias("by_hand"), *PLACED,
    )  # fmt: skip
    yield "pay_by_hand", at.exactly(by_hand, ("amount",))
    employed = pay.facts["employee"].join(people, on="employee_code", how="semi").filter(pl.col("valid_from") <= pay.period.end)
    now = pl.lit(pay.period.key).alias("in_period")
    employed = employed.select("employee_code", now, "valid_from", "pay_grade", "hired_on", "left_on", "trainee_until", *PLACED)
    yield "employed", _any_cell(at.exactly(employed, ("pay_grade",)))
    splits = pay.facts["credit_split"].join(people, on="employee_code", how="semi")
    shared = splits.select("employee_code", now, "split_no", _percent("share"), "valid_from", *PLACED)
    yield "credit_shares", _any_cell(at.exactly(shared, ("share",)))
    if pay.period.key in pay.settled.periods:
        return
    yield "document_lines", at.exactly(_document_lines(pay, documents, marts["pay_line"]), _CELLS)
    yield "pay_plans", at.exactly(_plans(pay, marts), ("value",))
    yield "pay_slices", _slices(pay, marts)
    yield "pay_given", _given(pay, marts["pay_item"])
    yield "pay_due", _due(pay, marts["pay_item"])


def _any_cell(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` whose one known cell is theirs, whatever is counted."""
    letter = pl.col("cells").str.extract(r"=([A-Z]+)$", 1)
    return rows.with_columns(cells=pl.when(letter.is_not_null()).then(pl.lit("*=") + letter).otherwise(pl.lit("")))


def _percent(column: str) -> pl.Expr:
    """Hundred-millionths as a percentage, to be read."""
    return ((pl.col(column) / 1e6).round(6).cast(pl.String).str.strip_suffix(".0") + "%").alias("split_share")


def _kept_documents(marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    kinds = marts["pay_month"].select("employee_code", "in_period", "base_kind")
    lines = marts["pay_line"].join(kinds, on=["employee_code", "in_period"], how="left", maintain_order="left")
    return lines.select(
        *_DOCUMENT, "base_kind", "whole", _percent("share"), "achieved", pl.col("amount").alias("credited"), "commission", *_PLACE,
        owner_code=pl.lit(None, pl.String),
    )  # fmt: skip


def _documents(pay: Pay, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Documents of the months of the year, of those that are paid or made up for, and of the quarters that are judged.

    ``achieved`` counts for the plan, ``credited`` is paid on, ``judged`` counts for its ``quarter``, ``commission`` is what this
    settlement pays on it.
    """
    months = {p.key for p in pay.periods if p.fiscal_year == pay.period.fiscal_year}
    months |= {*marts["pay_line"]["in_period"], *marts["pay_late"]["in_period"]}
    own = _frame(
        {"employee_code": pl.String, "in_period": pl.String, "base_kind": pl.String, "_scheme": pl.Int64},
        [(code, month, plan.commission.base, _place(pay, plan)) for (code, month), plan in pay.terms.items()
         if plan.commission is not None and month in months],
    )  # fmt: skip
    same = [*_DOCUMENT, "whole", "share", "owner_code", *_PLACE]
    paid = [
        lines.filter(pl.col("why").is_null()).join(own.filter(pl.col("_scheme") == place), on=["employee_code", "in_period"])
        .select(*same, "base_kind", "achieved", credited="amount")
        for place, lines in enumerate(pay.credit.values())
    ]  # fmt: skip
    judged = _judged_months(pay, marts["pay_quarter"])
    counted = [
        lines.join(judged.filter(pl.col("base") == base).drop("base"), on=["employee_code", "in_period"])
        .filter(pl.col("achieved") != 0).select(*same, "quarter", judged="achieved")
        for base, lines in pay.judging.items()
    ]  # fmt: skip
    if not (pay.credit or pay.judging):
        return _kept_documents(marts)
    nothing = next(iter([*pay.credit.values(), *pay.judging.values()])).clear().select(same)
    text, amount = pl.lit(None, pl.String), pl.lit(None, pl.Int64)
    left = pl.concat([nothing.with_columns(base_kind=text, achieved=amount, credited=amount), *paid])
    right = pl.concat([nothing.with_columns(quarter=text, judged=amount), *counted])
    both = left.join(right, on=same, how="full", coalesce=True, nulls_equal=True)
    now = marts["pay_line"].select(*_DOCUMENT, "commission")
    return both.join(now, on=_DOCUMENT, how="left", nulls_equal=True).with_columns(_percent("share")).drop("share")


def _place(pay: Pay, plan: PayPlan) -> int:
    """Which of the schemes of :attr:`Pay.credit` a plan's commission is."""
    assert plan.commission is not None
    return next(place for place, scheme in enumerate(pay.credit) if scheme == type(scheme).of(plan.commission))


def _judged_months(pay: Pay, quarters: pl.DataFrame) -> pl.DataFrame:
    """Which months of whom count for which quarter, and by which measure."""
    people = {person.code: person for person in pay.people}
    rows = []
    for code, quarter in quarters.select("employee_code", "quarter").iter_rows():
        plan = pay.days(people[code], pay.period)[-1].plan
        assert plan is not None
        assert plan.pay is not None
        assert plan.pay.quarter is not None
        rows += [
            (code, p.key, quarter, plan.pay.quarter.measure)
            for p in periods_of(quarter, pay.calendar) if p in pay.periods and pay.is_assessed(people[code], p)
        ]  # fmt: skip
    return _frame({"employee_code": pl.String, "in_period": pl.String, "quarter": pl.String, "base": pl.String}, rows)


def _document_lines(pay: Pay, documents: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """The sales lines of the invoices and red slips that are listed on a person's page."""
    sold = documents.filter(pl.col("kind").is_in(["invoice", "red_slip", "collected"]), pl.col("base_kind").is_not_null())
    sold = sold.join(shown, on=_DOCUMENT, how="semi", nulls_equal=True).select(
        *_DOCUMENT, "base_kind", "owner_code", of_kind=pl.col("kind").replace("collected", "invoice")
    )
    lines = pay.facts["sales_line"].filter(pl.col("document_kind").is_in(["invoice", "red_slip"])).select(
        "document_no", "customer_code", "region_code", "line_no", "product_code", _gross=gross(), _net="net_amount",
        _margin=pl.col("net_amount") - pl.col("cost_amount"), owner_code="employee_code", of_kind="document_kind", dated_on="document_date",
        **{name: pl.col(name) for name in PLACED},
    )  # fmt: skip
    same = ["document_no", "customer_code", "region_code", "owner_code", "of_kind", "dated_on"]

    def of(base: str, amount: str) -> pl.Expr:
        return pl.when(pl.col("base_kind") == base).then(amount)

    return sold.join(lines, on=same, nulls_equal=True).select(
        "employee_code", "in_period", "kind", "document_no", "dated_on", "customer_code", "region_code", "split_no",
        pl.col("line_no").cast(pl.String), "product_code", of("receipts", "_gross").alias("gross_amount"),
        of("sales", "_net").alias("net_amount"), of("margin", "_margin").alias("gross_margin"), *PLACED,
    )  # fmt: skip


def _items(pay: Pay, marts: Mapping[str, pl.DataFrame], at: _Places) -> pl.DataFrame:
    """What settlements are made of; ``part`` is the settlement's column, ``variable`` what a claim is set off against."""
    by_hand = pay.facts["pay_adjustment"].select("employee_code", pl.col("adjustment_no").alias("what"), *PLACED)
    rows = marts["pay_item"].join(by_hand, on=["employee_code", "what"], how="left", maintain_order="left")
    fixed = pl.col("kind").is_in(FIXED)
    alone = pl.col("what").is_in(FIXED) | (pl.col("kind") == "manual") | (pl.col("kind") == "claim_carried")
    return at.exactly(rows.select(
        "employee_code", pl.col("period").alias("in_period"), "for_period", pl.col("cause").alias("cause_of_pay"),
        pl.when(fixed).then(pl.lit("fixed")).otherwise("kind").alias("part"), "kind", pl.col("amount").alias("paid"),
        pl.when(~alone).then("amount").alias("variable"), *PLACED,
    ).with_columns(of_item=pl.when(fixed).then("kind").otherwise(pl.lit(""))).drop("kind"), ("amount",))  # fmt: skip


def _months(marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The months of the year with what they earned, were paid, and have by the year; with what the year's cap takes off."""
    reached = pl.col("status").is_in(["paid", "paid_with_next"])
    months = marts["pay_month"].select(
        "employee_code", "in_period", "base_kind", pl.col("status").alias("month_state"),
        pl.when(reached).then(pl.lit("yes")).otherwise(pl.lit("")).alias("reached"),
        month_base="base", earned="earned", month_paid=pl.when(pl.col("paid_in").is_not_null()).then("earned"), year_amount="year_amount",
    )  # fmt: skip
    settled = marts["pay_item"].filter(pl.col("kind") == "year_settlement").select("employee_code", in_period="period", amount="amount")
    sums = months.group_by("employee_code").agg(pl.col("year_amount", "month_paid").sum())
    capped = settled.join(sums, on="employee_code").select(
        "employee_code", "in_period", month_state=pl.lit("cap"), year_amount=pl.col("amount") + pl.col("month_paid") - pl.col("year_amount")
    )
    return pl.concat([months, capped.filter(pl.col("year_amount") != 0)], how="diagonal")


def _plans(pay: Pay, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Cells of plans: ``value`` for a month of commission, ``year_value`` for the whole year, ``quarter_value`` for its ``quarter``."""
    plans = plans_of(pay.facts, pay.company)
    every = plans.every_span().filter(pl.col("measure").is_in(list(MEASURES.values())))
    layer = ["period", "measure", "layer"]
    cells = every.join(plans.answering(every, ["employee_code"]).select(layer), on=layer, how="semi")
    cells = cells.select("employee_code", pl.col("period").alias("in_period"), "measure", "value", *PLACED)
    key = ["employee_code", "in_period", "measure"]
    text = {"employee_code": pl.String, "in_period": pl.String, "measure": pl.String, "base_kind": pl.String}
    months = marts["pay_month"].select(
        *key[:2], pl.col("base_kind").replace_strict(dict(MEASURES), return_dtype=pl.String).alias("measure"), "base_kind"
    )
    rows = []
    people = {person.code: person for person in pay.people}
    first = dict(marts["pay_month"].group_by("employee_code", "base_kind").agg(pl.col("in_period").min()).select(
        pl.concat_str("employee_code", "base_kind", separator="\t"), "in_period").iter_rows())  # fmt: skip
    for code, base, target in marts["pay_year"].select("employee_code", "base_kind", "target_year").iter_rows():
        since, left = pay.calendar.period(first[f"{code}\t{base}"]).number, people[code].left
        year = [p for p in pay.calendar.periods if p.fiscal_year == pay.period.fiscal_year and p.number >= since]
        rows += [(code, p.key, MEASURES[base], base) for p in year if p.start <= (left or p.start)] if target is not None else []
    judged = _judged_months(pay, marts["pay_quarter"])
    monthly = judged.select(
        "employee_code", "in_period", "quarter", measure=pl.col("base").replace_strict(dict(MEASURES), return_dtype=pl.String)
    )
    # Where not every month has a plan, the quarter's own counts.
    found = monthly.join(cells.select(*key, pl.lit(value=True).alias("_known")).unique(), on=key, how="left", maintain_order="left")
    whole = found.group_by("employee_code", "quarter", "measure").agg(pl.col("_known").fill_null(value=False).all())
    whole = whole.filter("_known").drop("_known")
    quarters = pl.concat([
        monthly.join(whole, on=["employee_code", "quarter", "measure"], how="semi").select(*key, "quarter"),
        monthly.drop("in_period").unique().join(whole, on=["employee_code", "quarter", "measure"], how="anti").select(
            "employee_code", pl.col("quarter").alias("in_period"), "measure", "quarter"
        ),
    ])  # fmt: skip
    return pl.concat([
        cells.join(months, on=key),
        cells.join(_frame(text, rows), on=key).rename({"value": "year_value"}),
        cells.join(quarters, on=key).rename({"value": "quarter_value"}),
    ], how="diagonal").drop("measure")  # fmt: skip


def _slices(pay: Pay, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The parts of each month's base with their rates and what they earn; rounded one after the other, so that they add up."""
    rows: list[tuple[object, ...]] = []
    for code, month, base in marts["pay_month"].select("employee_code", "in_period", "base").iter_rows():
        terms = pay.terms[code, month].commission
        assert terms is not None
        before, parts = 0, []
        for rate, part in slices(base, terms.rates, terms.tiers):
            parts.append((rate, part))
            rows.append((code, month, f"{rate / 1e6:.10g}%", part, to_fen(parts) - before))
            before = to_fen(parts)
        if terms.cap.month is not None and before > e4(terms.cap.month):
            rows.append((code, month, "cap", None, e4(terms.cap.month) - before))
    return _frame({"employee_code": pl.String, "in_period": pl.String, "rate": pl.String, "part_base": pl.Int64, "earned": pl.Int64}, rows)


def _given(pay: Pay, items: pl.DataFrame) -> pl.DataFrame:
    """What settlements up to this one have handed out of what is held back, carried or made up for now: ``in_period`` is theirs."""
    moved = items.filter(pl.col("kind").is_in(["late", "manual"])).select("employee_code", "what", "for_period")
    named, asked = set(items["employee_code"]), set(moved.iter_rows())
    rows = []
    for person in pay.people:
        for key, settlement in pay.settlements[person.code].items() if person.code in named else ():
            for item in settlement.items:
                held = "yes" if item.what in ("holdback", "release") else ""
                if held or item.kind == "claim_carried" or (person.code, item.what, item.for_period) in asked:
                    year = "" if item.kind == "manual" else str(pay.calendar.period(item.for_period).fiscal_year)
                    before = item.amount if key != pay.period.key else None
                    rows.append((person.code, key, item.what, item.for_period, year, held, item.amount, before))
    return _frame(
        {"employee_code": pl.String, "in_period": pl.String, "of_what": pl.String, "for_period": pl.String, "year": pl.String,
         "held": pl.String, "given": pl.Int64, "given_before": pl.Int64}, rows,
    )  # fmt: skip


def _due(pay: Pay, items: pl.DataFrame) -> pl.DataFrame:
    """What today's facts and plans give for the periods that are made up for."""
    late = set(items.filter(pl.col("kind") == "late").select("employee_code", "what", "for_period").iter_rows())
    codes = {code for code, *_ in late}
    rows = [
        (person.code, period.key, one.what, one.for_period, one.amount)
        for person in pay.people if person.code in codes for period in pay.periods for one in pay.regular(person, period)
        if (person.code, one.what, one.for_period) in late
    ]  # fmt: skip
    return _frame(
        {"employee_code": pl.String, "in_period": pl.String, "of_what": pl.String, "for_period": pl.String, "due": pl.Int64}, rows
    )


# --- rules ------------------------------------------------------------------------------------------------------------


def _rules(pay: Pay, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What of ``pay.yaml`` each person's pay follows: the key and its value, by ``topic`` and the month that it is for."""
    rows: list[tuple[object, ...]] = []
    for code, month in marts["pay_month"].select("employee_code", "in_period").iter_rows():
        if (plan := pay.terms.get((code, month))) is not None:
            rows += [(code, month, *one) for one in _of_commission(plan)]
    named = set(marts["pay_settlement"]["employee_code"])
    for person in pay.people:
        for one in pay.days(person, pay.period) if person.code in named else ():
            if one.plan is not None:
                rows += [(person.code, pay.period.key, *rule) for rule in _of_pay(one.plan, one.version.grade, trainee=one.trainee)]
    text = dict.fromkeys(("employee_code", "in_period", "topic", "says", "sheet"), pl.String)
    return _frame(text, list(dict.fromkeys(rows))).with_columns(file=pl.lit(FILE))


def _of_commission(plan: PayPlan) -> Iterator[tuple[str, str, str]]:
    terms, key = plan.commission, f"plans.{plan.name}.commission"
    assert terms is not None
    for number, step in enumerate(terms.rates):
        yield "rate", _step(step), f"{key}.rates[{number}]"
    if len(terms.rates) > 1:
        yield "rate", terms.tiers, f"{key}.tiers"
    yield "threshold", str(terms.threshold), f"{key}.threshold"
    yield "threshold", str(terms.together), f"{key}.together"
    for number, band in enumerate(terms.year):
        yield "band", f"{'' if band.below is None else f'< {band.below}: '}{band.rate}", f"{key}.year[{number}]"
    if terms.holdback is not None:
        yield "holdback", str(terms.holdback.share), f"{key}.holdback.share"
    if terms.cap.month is not None:
        yield "rate", str(terms.cap.month), f"{key}.cap.month"
    if terms.cap.year is not None:
        yield "band", str(terms.cap.year), f"{key}.cap.year"


def _step(step: Step) -> str:
    return f"{f'≥ {step.start}: ' if step.start else ''}{step.rate}"


def _of_pay(plan: PayPlan, grade: str | None, *, trainee: bool) -> Iterator[tuple[str, str, str]]:
    """The rules of base and performance pay for one grade: nobody reads there what another grade is paid."""
    rules, key = plan.pay, f"plans.{plan.name}.pay"
    if rules is None:
        return
    paid = rules.trainee if trainee and rules.trainee is not None else rules.grades.get(grade or "")
    where = f"{key}.trainee" if trainee and rules.trainee is not None else f"{key}.grades.{grade}"
    if paid is not None:
        yield "base_pay", str(paid.base), f"{where}.base"
        yield "performance_pay", str(paid.performance), f"{where}.performance"
    yield "days", rules.days, f"{key}.days"
    if rules.quarter is not None:
        yield "quarter", str(rules.quarter.threshold), f"{key}.quarter.threshold"
        yield "quarter", str(rules.quarter.pay), f"{key}.quarter.pay"
        yield "quarter", rules.quarter.measure, f"{key}.quarter.measure"


# --- assessment -------------------------------------------------------------------------------------------------------

def _assessed(
    facts: Facts, marts: Mapping[str, pl.DataFrame], company: Company, period: Period, as_of: date, at: _Places
) -> Iterator[Part]:
    """What scores are made of: items, reasons, months, rules, and what was counted for them.

    ``own_reasons`` are for the person: whose forms a manager answers for is not in them, nor the files of others.
    """
    assert company.assessment is not None
    people, items, evidence = marts["assessment"], marts["assessment_item"], marts["assessment_evidence"]
    attended, measured = pl.col("item") == ATTENDANCE, pl.col("points").is_not_null()
    yield "score_items", items.select(
        "employee_code", pl.col("period").alias("in_period"), "block", pl.col("item").alias("score_item"),
        item_maximum="maximum", work_points=pl.when(~attended & measured).then("points"),
        work_maximum=pl.when(~attended & measured).then("maximum"),
    )  # fmt: skip
    scored = pl.when(pl.col("score").is_not_null()).then(pl.lit("yes")).otherwise(pl.lit(""))
    yield "score_months", marts["assessment_month"].select(
        "employee_code", pl.col("month").alias("in_period"), scored.alias("scored"), month_work="daily_work", month_attendance="attendance",
        month_score="score",
    )  # fmt: skip
    counting = evidence.filter(pl.col("kind") != "unknown_item")
    entered = facts["assessment_event"].select("employee_code", *_PLACE, entered=-pl.col("points"))
    every = counting.join(entered.unique(["employee_code", *_PLACE], keep="first"), on=["employee_code", *_PLACE], how="left",
                          maintain_order="left", nulls_equal=True)  # fmt: skip
    yield "score_reasons", _reasons(every)
    own = every.drop("about").with_columns(
        pl.when(pl.col("kind").is_in(["training", "joint"])).then(None).otherwise(pl.col(name)).alias(name) for name in (*_PLACE, "cell")
    )
    together = own.filter(pl.col("kind") == "joint").group_by(
        "period", "employee_code", "item", "cause", "kind", "cover", "form", maintain_order=True
    ).agg(pl.col("line").min(), pl.col("happened_on").min(), pl.col("deduction", "points").sum(), pl.col("doubled").any())  # fmt: skip
    yield "own_reasons", _reasons(pl.concat([own.filter(pl.col("kind") != "joint"), together], how="diagonal"))
    yield "score_rules", _score_rules(people, company)
    kinds = set(evidence["kind"])
    who = people.select("employee_code", "assessed_from", "assessed_to", in_period="period")
    if "key_account" in kinds:
        yield "score_visits", _visits(facts, company, period, who, at)
    if "training" in kinds:
        held = _trainings(facts, who, at)
        yield "score_trainings", held
        yield "own_trainings", held.drop("file", "sheet", "row", "cells")
    if kinds & {"attainment", "shortfall"}:
        yield "score_sales", _sales(facts, period, as_of, who, at)


def _reasons(evidence: pl.DataFrame) -> pl.DataFrame:
    letter = pl.col("cell").str.extract(r"^([A-Z]+)", 1)
    about = [pl.col("about").alias("whose")] if "about" in evidence.columns else []
    return evidence.select(
        "employee_code", pl.col("period").alias("in_period"), pl.col("line").cast(pl.String).alias("reason_no"),
        pl.col("item").alias("score_item"), pl.col("cause").alias("cause_of"), pl.col("kind").alias("found_by"), "cover",
        "happened_on", "form",
        pl.col("document").alias("about_what"),
        pl.col("due").alias("due_at"), pl.col("arrived").alias("arrived_at"), pl.when("doubled").then(pl.lit("×2")).alias("twice"),
        pl.col("note").alias("remark"), *about,
        by_rule="deduction", points_lost="points", entered="entered", file="source_file", sheet="source_sheet", row="source_row",
        cells=pl.when(letter.is_not_null()).then(pl.lit("*=") + letter),
    )  # fmt: skip


def _score_rules(people: pl.DataFrame, company: Company) -> pl.DataFrame:
    """What of ``assessment.yaml`` each person's score follows, by ``topic``: an item's id, or what the whole scheme says."""
    assert company.assessment is not None
    rows: list[tuple[str, date, str, str, str]] = []
    used = set(people.select("scheme", "scheme_from").iter_rows())
    for scheme in company.assessment.schemes:
        if (scheme.id, scheme.start) in used:
            rows += [(scheme.id, scheme.start, *one) for one in _of_scheme(scheme)]
    text = {"scheme": pl.String, "scheme_from": pl.Date, "topic": pl.String, "says": pl.String, "sheet": pl.String}
    rules = _frame(text, rows)
    return people.select("employee_code", "scheme", "scheme_from", in_period="period").join(rules, on=["scheme", "scheme_from"]).drop(
        "scheme", "scheme_from"
    ).with_columns(file=pl.lit(ASSESSMENT_FILE))  # fmt: skip


def _of_scheme(scheme: AssessmentScheme) -> Iterator[tuple[str, str, str]]:
    key = f"schemes.{scheme.id}"
    yield "weights", f"{scheme.weights.daily_work} / {scheme.weights.attendance}", f"{key}.weights"
    if scheme.awards:
        yield "awards", str(scheme.awards), f"{key}.awards"
    for grade in scheme.grades:
        yield "grades", f"≥ {grade.start}: {grade.name.get('zh-Hans', next(iter(grade.name.values())))}", f"{key}.grades"
    yield ATTENDANCE, str(scheme.absent_day), f"{key}.absent_day"
    for block in scheme.blocks:
        for item in block.items:
            where = f"{key}.{block.id}.{item.id}"
            yield item.id, f"{item.maximum}", f"{where}.maximum"
            yield item.id, item.rule, f"{where}.rule"
            if item.steps:
                yield item.id, ", ".join(map(str, item.steps)), f"{where}.steps"
            if item.rule in ("count", "ratio"):
                yield item.id, f"{item.wanted}", f"{where}.wanted"
            for cause in item.causes:
                if cause.points is not None or cause.share is not None:
                    yield item.id, str(cause.points if cause.points is not None else cause.share), f"{where}.{cause.id}"


def _visits(facts: Facts, company: Company, period: Period, who: pl.DataFrame, at: _Places) -> pl.DataFrame:
    """Visits to key accounts in the weeks that end in the period; ``made`` is one each."""
    weeks = pl.DataFrame(
        [(one.key, one.start, one.end) for one in covers("week", period, company.calendar)],
        schema={"cover": pl.String, "_start": pl.Date, "_end": pl.Date}, orient="row",
    )  # fmt: skip
    rows = facts["visit"].filter(pl.col("kind") == "key_account").join(who, on="employee_code")
    rows = rows.join_where(weeks, pl.col("visited_at") >= pl.col("_start"), pl.col("visited_at") <= pl.col("_end"))
    shown = rows.select(
        "employee_code", "in_period", "cover", pl.col("visited_at").alias("dated_on"), "customer_code", made=pl.lit(E4, pl.Int64),
        **{name: pl.col(name) for name in PLACED},
    )  # fmt: skip
    return _any_cell(at.exactly(shown, ("visited_at",)))


def _trainings(facts: Facts, who: pl.DataFrame, at: _Places) -> pl.DataFrame:
    """Trainings with a record in the region that was the person's on that day; ``made`` is one each."""
    held = facts["training"].filter(pl.col("recorded")).select("held_on", "topic", pl.col("region_code").alias("_held_in"), *PLACED)
    rows = who.join_where(held, pl.col("held_on") >= pl.col("assessed_from"), pl.col("held_on") <= pl.col("assessed_to"))
    own = dated(facts, rows.with_columns(day="held_on"), "employee", "employee_code", {"region_code": "_region"})
    shown = own.filter(pl.col("_region") == pl.col("_held_in")).select(
        "employee_code", "in_period", "topic", pl.col("held_on").alias("dated_on"), made=pl.lit(E4, pl.Int64),
        **{name: pl.col(name) for name in PLACED},
    ).rename({"topic": "remark"})  # fmt: skip
    return _any_cell(at.exactly(shown, ("held_on",)))


def _sales(facts: Facts, period: Period, as_of: date, who: pl.DataFrame, at: _Places) -> pl.DataFrame:
    """Sales lines and receipts of the period of who is measured against a plan."""
    until = min(as_of, period.end)
    sold = facts["sales_line"].filter(
        pl.col("document_kind").is_in(["invoice", "red_slip"]), pl.col("period") == period.key, pl.col("document_date") <= until
    ).join(who.select("employee_code"), on="employee_code", how="semi").select(
        "employee_code", "document_no", "customer_code", "product_code", pl.col("period").alias("in_period"), "net_amount",
        dated_on="document_date", gross_margin=pl.col("net_amount") - pl.col("cost_amount"), **{name: pl.col(name) for name in PLACED},
    )  # fmt: skip
    got = facts["receipt"].filter(pl.col("period") == period.key, pl.col("received_on") <= until).join(
        who.select("employee_code"), on="employee_code", how="semi"
    ).select("employee_code", "customer_code", pl.col("period").alias("in_period"), document_no="receipt_no", receipts="amount",
             dated_on="received_on", **{name: pl.col(name) for name in PLACED})  # fmt: skip
    return at.exactly(pl.concat([sold, got], how="diagonal"), _CELLS)
