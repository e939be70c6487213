"""Why the figures of reports on people are what they are: what is paid, and by which rule, plan, month and document.

Like ``formulas``, by the marts' columns. ``paid``: the period is settled and paid; then its amounts stand as they were kept, and lead to
what was kept of them alone, since today's documents may be others.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.metrics.plan_actual import attainment
from pipelines.money import E4, E8, FEN, mul_div
from pipelines.reports.model import Lines, Message, Why, Words, say

_WHO = {"employee_code": "employee_code"}
_KEPT = say("As it was when the period was paid")
_DOCUMENT = {
    **_WHO, "document_no": "document_no", "kind": "kind", "customer_code": "customer_code", "dated_on": "dated_on", "split_no": "split_no",
    "region_code": "region_code",
}  # fmt: skip
"""What tells the documents of a month apart; a frame has them by :func:`keyed`."""


def keyed(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` of documents whose keys are those of their lines, which have no nulls."""
    texts = ("split_no", "region_code", "document_no", "customer_code", "kind", "employee_code")
    return frame.with_columns(pl.col(texts).fill_null(""))


def _by_rules(topic: str) -> tuple[Lines, ...]:
    return (Lines("pay_rules", "", {**_WHO, "topic": f"={topic}"}, span="=rules_of", adds=False),)


def _rate(column: str) -> pl.Expr:
    """A share as hundred-millionths."""
    return (pl.col(column) * E8).round().cast(pl.Int64)


def _to_fen(amount: pl.Expr, rate: pl.Expr) -> pl.Expr:
    """amount × rate (hundred-millionths), to the fen."""
    return mul_div(amount, rate, pl.lit(E8 * FEN, pl.Int64)) * FEN


def _short(achieved: str, target: str, threshold: str) -> pl.Expr:
    """What is lacking until ``threshold`` of the plan is reached, at least 0, rounded up to the fen; exact beyond 64 bits."""
    over = pl.col(achieved).cast(pl.Int128) * E8 - pl.col(target).cast(pl.Int128) * _rate(threshold)
    fens = (over // (E8 * FEN)).cast(pl.Int64)
    return pl.when(pl.col(target) > 0).then(pl.max_horizontal(-fens, pl.lit(0, pl.Int64)) * FEN)


def _lines(words: Message, lines: Lines | tuple[Lines, ...], *, paid: bool, heading: Words | None = None) -> Why:
    """A sum of lines, where the period is not paid yet."""
    several = lines if isinstance(lines, tuple) else (lines,)
    return Why(_KEPT if paid else words, lines=() if paid else several, heading=heading)


_PARTS: dict[str, Message] = {
    "fixed": say("Sum of base and performance pay"), "holdback": say("Sum of what is held back"), "release": say("Sum of what is released"),
    "year_settlement": say("Settlement of the year"), "late": say("Sum of what is made up for"), "manual": say("Sum of manual adjustments"),
    "claim_brought": say("Less the claim that the settlement before carried"), "claim_carried": say("What variable pay is below nothing"),
}  # fmt: skip


def settlement(*, paid: bool, everybody: bool = False) -> dict[str, Why]:
    """Of ``pay_settlement``, a row a person, or of all of it (``everybody``)."""
    who = {} if everybody else _WHO
    found = {
        name: Why(words, lines=(Lines("pay_items", "paid", {**who, "part": f"={name}"}),), heading=words) for name, words in _PARTS.items()
    }
    return found | {
        "commission": Why(
            say("Sum of the commission on each document of the months that are paid now"),
            lines=(Lines("pay_documents", "commission", who, span="ever"),),
        ),
        "payable": Why(say("Sum of the items of the settlement"), lines=(Lines("pay_items", "paid", who),)),
        "held_balance": _lines(
            say("What was held back, less what was released, in all settlements"),
            Lines("pay_given", "given", {**who, "held": "=yes"}, span="ever", sign=-1), paid=paid,
        ),
        "waiting": Why(
            say("Earned by months that wait for the next one"),
            lines=(Lines("pay_months", "earned", {**who, "month_state": "=waiting"}, span="year_to_date"),),
        ),
    }  # fmt: skip


REACHED: Mapping[str, Why] = {
    "reached": Why(
        say("Months that reached the threshold ÷ months"), ("paid_months", "months"), pl.col("paid_months") / pl.col("months"),
        meaning="share",
    ),
    "paid_months": Why(
        say("Months that reached the threshold"), lines=(Lines("pay_months", "", {"reached": "=yes"}),),
        heading=say("Reached the threshold"), meaning="count",
    ),
    "months": Why(
        say("People whose commission is settled by months"), lines=(Lines("pay_months", "", {"month_state": "status"}),),
        heading=say("Months"), meaning="count",
    ),
}  # fmt: skip
"""Of the tile that says how many reached the threshold; its ``status`` is null, so that every month counts."""


def months(*, paid: bool) -> dict[str, Why]:
    """Of ``pay_month``, with ``rules_of`` naming its month, and of ``pay_year`` beside it."""
    mine, based = dict(_WHO), {**_WHO, "base_kind": "base_kind"}
    return {
        "target": _lines(
            say("Sum of the plan's cells"), Lines("pay_plans", "value", based, span="=rules_of"), paid=paid, heading=say("Plan")
        ),
        "achieved": _lines(
            say("Sum of what documents count for the plan: receipts, sales or margin, by share of the credit"),
            Lines("pay_documents", "achieved", based, span="=rules_of"), paid=paid, heading=say("Actual"),
        ),
        "attainment": Why(
            say("Actual ÷ plan"), ("achieved", "target"), attainment(pl.col("achieved"), pl.col("target")), meaning="share",
            heading=say("Attainment"),
        ),
        "base": _lines(
            say("Sum of the documents by share of the credit, less red slips and bad debts that the plan takes back"),
            Lines("pay_documents", "credited", based, span="=rules_of"), paid=paid, heading=say("Base of commission"),
        ),
        "rate": Why(say("By the plan's rate table"), lines=_by_rules("rate"), heading=say("Rate"), meaning="share"),
        "earned": _lines(
            say("Sum of the parts of the base × their rates, to the fen, not above the plan's cap"),
            Lines("pay_slices", "earned", mine, span="=rules_of"), paid=paid, heading=say("Earned"),
        ),
        "threshold": Why(say("By the plan"), lines=_by_rules("threshold"), heading=say("Threshold"), meaning="share"),
        "missing": Why(
            say("Threshold × plan − actual, at least 0, rounded up to the fen"), ("threshold", "target", "achieved"),
            _short("achieved", "target", "threshold"),
        ),
        "year_achieved": _lines(
            say("Sum of what the year's documents count for the plan"), Lines("pay_documents", "achieved", based, span="year_to_date"),
            paid=paid, heading=say("Actual to date"),
        ),
        "year_target": _lines(
            say("Sum of the plan's cells"), Lines("pay_plans", "value", based, span="year_to_date"), paid=paid, heading=say("Plan to date")
        ),
        "target_year": _lines(
            say("Sum of the plan's cells, of the whole year"), Lines("pay_plans", "year_value", based, span="ever"), paid=paid,
            heading=say("Plan of the year"),
        ),
        "year_attainment": Why(
            say("Actual to date ÷ plan to date"), ("year_achieved", "year_target"),
            attainment(pl.col("year_achieved"), pl.col("year_target")), meaning="share",
        ),
        "next_attainment": Why(
            say("The next limit of the plan's bands of the year"), lines=_by_rules("band"), heading=say("Next band from"), meaning="share"
        ),
        "next_missing": Why(
            say("Next limit × plan of the year − actual to date, rounded up to the fen"),
            ("next_attainment", "target_year", "year_achieved"),
            _short("year_achieved", "target_year", "next_attainment"),
        ),
        "year_rate": Why(
            say("Rate of the band that the year's attainment reached"), lines=_by_rules("band"), meaning="share", heading=say("Year's rate")
        ),
        "paid_amount": Why(say("Earned, if the month was paid"), ("earned",), heading=say("Paid")),
        "year_amount": Why(say("By the year"), of=pl.lit(None, pl.Int64), by="year_by", cases={
            "band": Why(say("Base × the year's rate, to the fen"), ("base", "year_rate"), _to_fen(pl.col("base"), _rate("year_rate"))),
            "monthly": Why(say("By the year's band the months keep their own rates: what was earned"), ("earned",), pl.col("earned")),
            "paid": Why(say("The year has no band to judge by: what was paid stays"), ("paid_amount",), pl.col("paid_amount")),
        }),
    }  # fmt: skip


def quarters(*, paid: bool) -> dict[str, Why]:
    """Of ``pay_quarter``, with its rule as ``quarter_threshold`` and ``quarter_pay`` and ``rules_of`` naming the period."""
    quarter = {**_WHO, "quarter": "quarter"}
    below = pl.col("actual").cast(pl.Int128) * E8 < pl.col("target").cast(pl.Int128) * _rate("quarter_threshold")
    reduced = pl.col("attainment").is_not_null() & below
    return {
        "target": _lines(
            say("Sum of the plan's cells, of months employed throughout and no trainee, else of the quarter"),
            Lines("pay_plans", "quarter_value", quarter, span="ever"), paid=paid, heading=say("Plan"),
        ),
        "actual": _lines(
            say("Sum of what documents count, of months employed throughout and no trainee"),
            Lines("pay_documents", "judged", quarter, span="ever"), paid=paid, heading=say("Actual"),
        ),
        "attainment": Why(
            say("Actual ÷ plan"), ("actual", "target"), attainment(pl.col("actual"), pl.col("target")), meaning="share",
            heading=say("Attainment"),
        ),
        "quarter_threshold": Why(say("By the plan"), lines=_by_rules("quarter"), heading=say("Threshold"), meaning="share"),
        "quarter_pay": Why(say("By the plan"), lines=_by_rules("quarter"), heading=say("Pay below it"), meaning="share"),
        "next_pay": Why(
            say("Below the threshold the plan's share of base and performance pay, else all of it"),
            ("attainment", "quarter_threshold", "quarter_pay"), pl.when(reduced).then("quarter_pay").otherwise(1.0), meaning="share",
        ),
        "missing": Why(
            say("Threshold × plan − actual, at least 0, rounded up to the fen"), ("quarter_threshold", "target", "actual"),
            _short("actual", "target", "quarter_threshold"),
        ),
    }  # fmt: skip


def _fixed() -> pl.Expr:
    """The monthly amount × days ÷ days of the month, the smaller part rounded to the fen, then × the quarter's rate, to the fen."""
    fens, days, whole = pl.col("base") // FEN, pl.col("days"), pl.col("of_days")
    rest = whole - days
    part = pl.when(days >= rest).then(fens - mul_div(fens, rest, whole)).otherwise(mul_div(fens, days, whole))
    return pl.when(whole > 0).then(_to_fen(part * FEN, _rate("rate"))).otherwise(0)


def items(*, paid: bool) -> dict[str, Why]:
    """Of ``pay_item`` by ``item``; ``rules_of`` names the month of its rules, ``year`` the fiscal year, ``variable`` what a claim is of."""
    whose = {**_WHO, "of_what": "what", "for_period": "for_period"}
    due = (
        Lines("pay_due", "due", whose, span="ever"),
        Lines("pay_given", "given_before", whose, span="ever", sign=-1),
    )
    late = _lines(say("What today's documents and plans give for that month, less what was settled before"), due, paid=paid)
    fixed = Why(
        say("Amount of a month × days ÷ days of the month × rate, to the fen"), ("base", "days", "of_days", "rate"), _fixed()
    )
    single = pl.when(pl.col("rate").is_not_null()).then(_to_fen(pl.col("base"), _rate("rate"))).otherwise("amount")
    amounts = {
        "base_pay": fixed,
        "performance_pay": fixed,
        "commission": Why(
            say("Base × rate by the plan's table, not above its cap, to the fen: the sum of what each document earns"), ("base", "rate"),
            single, (Lines("pay_documents", "commission", _WHO, span="=for_period"),),
        ),
        "holdback": Why(say("Less commission of the month × share held back, to the fen"), ("base", "rate"),
                        -_to_fen(pl.col("base"), _rate("rate"))),
        "release": _lines(
            say("All that was held back in the year"),
            Lines("pay_given", "given", {**_WHO, "of_what": "=holdback", "year": "year"}, span="ever", sign=-1), paid=paid,
        ),
        "year_settlement": Why(
            say("Commission by the year, less commission of the months that were paid"),
            lines=(Lines("pay_months", "year_amount", _WHO, span="year_to_date"),
                   Lines("pay_months", "month_paid", _WHO, span="year_to_date", sign=-1)),
        ),
        "manual": Why(_KEPT) if paid else Why(
            say("As it was approved, less what was settled of it before"),
            lines=(Lines("pay_by_hand", "by_hand", {**_WHO, "of_what": "what"}, span="ever"),
                   Lines("pay_given", "given_before", {**_WHO, "of_what": "what"}, span="ever", sign=-1, optional=True)),
        ),
        "claim_brought": _lines(
            say("Less the claim that the settlement before carried"),
            Lines("pay_given", "given", {**_WHO, "of_what": "=claim_carried"}, span="previous", sign=-1), paid=paid,
        ),
        "claim_carried": Why(
            say("What variable pay is below nothing"), ("variable",), pl.max_horizontal(-pl.col("variable"), pl.lit(0, pl.Int64))
        ),
        **{f"late {what}": late for what in ("base_pay", "performance_pay", "commission", "holdback", "release", "year_settlement")},
    }  # fmt: skip
    rules = {kind: Why(say("What a month pays in full at the grade"), lines=_by_rules(kind)) for kind in ("base_pay", "performance_pay")}
    quarter = Why(say("All of it, or what the quarter before leaves"), lines=_by_rules("quarter"))
    employed = Lines("employed", "", _WHO, adds=False)
    days = Why(say("Days of the month that are paid alike, by employment, grade and plan"), lines=(employed,))
    return {
        "amount": Why(say("Items of the settlement"), of=pl.lit(None, pl.Int64), by="item", cases=amounts),
        "base": Why(_KEPT, heading=say("Base"), by="item", cases={
            **rules,
            "commission": Why(
                say("Sum of the documents by share of the credit, less red slips and bad debts that the plan takes back"),
                lines=(Lines("pay_documents", "credited", _WHO, span="=for_period"),),
            ),
            "holdback": Why(say("Commission of the month"), lines=(Lines("pay_documents", "commission", _WHO, span="=for_period"),)),
            "year_settlement": Why(
                say("Sum of the bases of the year's months"), lines=(Lines("pay_months", "month_base", _WHO, span="year_to_date"),)
            ),
        }),
        "rate": Why(_KEPT, heading=say("Rate"), meaning="share", by="item", cases={
            "base_pay": quarter, "performance_pay": quarter,
            "commission": Why(say("By the plan's rate table"), lines=_by_rules("rate")),
            "holdback": Why(say("By the plan"), lines=_by_rules("holdback")),
        }),
        "days": Why(_KEPT, heading=say("Days"), meaning="days", by="item", cases={"base_pay": days, "performance_pay": days}),
        "of_days": Why(
            say("Calendar days or working days of the month, by the plan"), lines=_by_rules("days"), heading=say("of the month's"),
            meaning="days",
        ),
        "variable": Why(
            say("Sum of commission, what is held back and released, the year's settlement, what is made up for, and the claim brought"),
            lines=(Lines("pay_items", "variable", _WHO),), heading=say("Variable pay"),
        ),
    }  # fmt: skip


def documents(*, paid: bool) -> dict[str, Why]:
    """Of ``pay_line`` (:func:`keyed`): ``whole_by`` and ``amount_by`` say how, ``month_base, month_paid`` are the sums of its month."""
    mine = Lines("pay_documents", "whole", _DOCUMENT, span="=in_period")
    sold = Lines("document_lines", "=whole_of", _DOCUMENT, span="=in_period")
    whole, amount = pl.col("whole").cast(pl.Int128), pl.col("amount").cast(pl.Int128)
    # Of credit that several share the rest of the last ten-thousandth is somebody's.
    of_whole = pl.when((amount * E8 - whole * _rate("share")).abs() < E8).then("amount")
    paid_wide, base_wide = pl.col("month_paid").cast(pl.Int128), pl.col("month_base").cast(pl.Int128)
    apart = (pl.col("commission").cast(pl.Int128) * base_wide - paid_wide * amount).abs()
    # What rounding leaves goes to the month's largest document: at most half a fen of each of the others.
    fits = apart <= base_wide.abs() * FEN * pl.max_horizontal(pl.lit(1), pl.col("month_documents"))
    return {
        "whole": Why(_KEPT, by="whole_by", heading=say("Amount of the document"), cases={
            "itself": Why(say("As it was booked"), lines=(mine,)),
            "lines": _lines(say("Sum of the document's lines"), sold, paid=paid),
        }),
        "share": Why(say("All of it: nobody shares the credit"), of=pl.lit(1.0), by="shared", heading=say("Share of the credit"),
                     meaning="share", cases={
            "yes": Why(say("By the split of the customer or document"),
                       lines=(Lines("credit_shares", "", {**_WHO, "split_no": "split_no"}, adds=False),)),
        }),
        "amount": Why(_KEPT, by="amount_by", heading=say("Base of commission"), cases={
            "share": Why(say("Amount of the document × share of the credit"), ("whole", "share"), of_whole),
            "nothing": Why(say("The plan pays nothing on it and takes nothing back"), of=pl.lit(0, pl.Int64)),
            "part": Why(say("The part of the document's net sale or margin that the bad debt is of it, by share of the credit"),
                        lines=(Lines("pay_documents", "credited", _DOCUMENT, span="=in_period"),)),
            "collected": Why(say("What was collected of it in the month, as a part of its net amount or margin, by share of the credit"),
                             lines=(Lines("pay_documents", "credited", _DOCUMENT, span="=in_period"),)),
        }),
        "rate": Why(say("By the plan's rate table"), lines=_by_rules("rate"), heading=say("Rate"), meaning="share"),
        "commission": Why(
            say("The month's commission × base ÷ sum of the bases, to the fen; what rounding leaves goes to the largest"),
            ("amount", "month_base", "month_paid"), pl.when(fits).then("commission"),
        ),
        "month_base": Why(say("Sum of the month's documents"), lines=(Lines("pay_documents", "credited", _WHO, span="=in_period"),),
                          heading=say("Base of the month")),
        "month_paid": Why(say("Commission of the month in this settlement"), heading=say("Commission of the month"),
                          lines=(Lines("pay_documents", "commission", _WHO, span="=in_period"),)),
    }  # fmt: skip


SLICES: Mapping[str, Why] = {
    "base": Why(
        say("The part of the month's base that lies in a step of the rate table"), lines=_by_rules("rate"), heading=say("Part of the base")
    ),
    "rate": Why(say("By the plan's rate table"), lines=_by_rules("rate"), heading=say("Rate"), meaning="share"),
    "amount": Why(say("Part of the base × rate, to the fen"), ("base", "rate"), _to_fen(pl.col("base"), _rate("rate"))),
}  # fmt: skip
"""Of the parts of a base by rate."""


def late_documents(*, paid: bool) -> dict[str, Why]:
    """Of ``pay_late`` (:func:`keyed`)."""
    now = Lines("pay_documents", "credited", _DOCUMENT, span="=in_period")
    return {
        "before": Why(say("Base of the document when its month was paid, as it was kept"), heading=say("Base when it was paid")),
        "now": _lines(say("Base of the document today"), now, paid=paid, heading=say("Base now")),
        "difference": Why(say("Base now less base when it was paid"), ("now", "before"), pl.col("now") - pl.col("before")),
    }


UNPAID: Mapping[str, Why] = {
    "achieved": Why(say("As it was booked"), lines=(Lines("pay_unpaid", "achieved", {**_DOCUMENT, "because": "reason"}),)),
}
"""Of ``pay_unpaid`` (:func:`keyed`)."""

YEAR: Mapping[str, Why] = {
    "year_due": Why(
        say("Sum of the months by the year, not above the year's cap"),
        lines=(Lines("pay_months", "year_amount", _WHO, span="year_to_date"),), heading=say("Commission by the year"),
    ),
    "year_paid": Why(
        say("Sum of the months that were paid"), lines=(Lines("pay_months", "month_paid", _WHO, span="year_to_date"),),
        heading=say("less commission of the months that were paid"),
    ),
    "settlement": Why(
        say("Commission by the year, less commission of the months that were paid"), ("year_due", "year_paid"),
        pl.col("year_due") - pl.col("year_paid"), heading=say("Settlement of the year"),
    ),
}  # fmt: skip
"""Of the settlement of the year."""


# --- assessment -------------------------------------------------------------------------------------------------------

_ITEM = {**_WHO, "score_item": "item"}


def _rules_of(topic: str, where: Mapping[str, str] = _WHO) -> tuple[Lines, ...]:
    return (Lines("score_rules", "", {**where, "topic": topic}, adds=False),)


def scores(*, own: bool, weights: tuple[int, int] | None = None) -> dict[str, Why]:
    """Of ``assessment``, a row a person of one scheme whose ``weights`` of daily work and attendance are given (ten-thousandths)."""
    reasons = "own_reasons" if own else "score_reasons"
    absent = {**_WHO, "score_item": "=attendance"}
    work, attended = weights or (E4, 0)
    sums, whole = pl.col("daily_work") * work + pl.col("attendance") * attended, pl.lit(max(work + attended, 1), pl.Int64)
    both = mul_div(sums, pl.lit(1, pl.Int64), whole)
    return {
        "kept": Why(
            say("Points of the items that could be measured"), lines=(Lines("score_items", "work_points", _WHO),), meaning="qty",
            heading=say("Points"),
        ),
        "assessed_maximum": Why(
            say("Maxima of the items that could be measured"), lines=(Lines("score_items", "work_maximum", _WHO),), meaning="qty",
            heading=say("Points that could be measured"),
        ),
        "daily_work": Why(
            say("Points ÷ points that could be measured × 100"), ("kept", "assessed_maximum"),
            mul_div(pl.col("kept"), pl.lit(100 * E4, pl.Int64), pl.col("assessed_maximum")), meaning="qty", heading=say("Daily work"),
        ),
        "attendance": Why(
            say("100 less what the days absent cost, not below 0"),
            lines=(Lines("score_items", "item_maximum", absent), Lines(reasons, "points_lost", absent, sign=-1, optional=True)),
            meaning="qty", heading=say("Attendance"),
        ),
        "days_absent": Why(say("Days absent, half a day counting as one"), lines=(Lines(reasons, "", absent),), meaning="count"),
        "score": Why(
            say("Daily work and attendance by their weights; what could not be measured leaves its weight to the other"),
            ("daily_work", "attendance"), pl.when(pl.col("attendance").is_null() | (attended == 0)).then("daily_work").otherwise(both),
            _rules_of("=weights"), meaning="qty", heading=say("Score"),
        ),
        "year_sum": Why(
            say("Sum of the scores of the months"), lines=(Lines("score_months", "month_score", _WHO, span="year_to_date"),), meaning="qty",
            heading=say("Sum of the scores"),
        ),
        "months_assessed": Why(
            say("Months of the year with a score"),
            lines=(Lines("score_months", "", {**_WHO, "scored": "=yes"}, span="year_to_date"),), meaning="count",
            heading=say("Months assessed"),
        ),
        "year_score": Why(
            say("Sum of the scores ÷ months assessed"), ("year_sum", "months_assessed"),
            mul_div(pl.col("year_sum"), pl.lit(1, pl.Int64), pl.col("months_assessed")), meaning="qty",
        ),
        "award": Why(say("Place among those of the scheme, by score"), ("score",), lines=_rules_of("=awards"), meaning="count"),
    }  # fmt: skip


def graded(starts: Mapping[str, int]) -> dict[str, Why]:
    """Of a grade by its place, from which score (ten-thousandths, the highest first) it is given."""
    place = pl.coalesce(pl.when(pl.col("score") >= start).then(pl.lit(name)) for name, start in starts.items())
    return {"graded": Why(say("By the scheme's thresholds of the score"), ("score",), place, _rules_of("=grades"), meaning="grade")}


def of_items(items: tuple[str, ...]) -> dict[str, Why]:
    """Of points in a column of each item."""
    found = {}
    for item in items:
        where = {**_WHO, "score_item": f"={item}"}
        found[item] = Why(
            say("Maximum of the item less points lost"),
            lines=(Lines("score_items", "item_maximum", where), Lines("score_reasons", "points_lost", where, sign=-1, optional=True)),
            meaning="qty",
        )  # fmt: skip
    return found


ITEMS: Mapping[str, Why] = {
    "maximum": Why(
        say("By the scheme"), lines=(Lines("score_items", "item_maximum", _ITEM),), meaning="qty", heading=say("Maximum")
    ),
    "lost": Why(
        say("Sum of what the reasons cost"), lines=(Lines("own_reasons", "points_lost", _ITEM),), meaning="qty", heading=say("Points lost")
    ),
    "points": Why(say("Maximum less points lost"), ("maximum", "lost"), pl.col("maximum") - pl.col("lost"), meaning="qty"),
}  # fmt: skip
"""Of ``assessment_item`` of one person."""

GRADES: Mapping[str, Why] = {
    "from": Why(say("By the scheme"), lines=_rules_of("=grades"), meaning="qty", heading=say("From")),
    "score": Why(say("Score"), heading=say("Score"), meaning="qty"),
    "away": Why(
        say("From less score, at least 0"), ("from", "score"), pl.max_horizontal(pl.col("from") - pl.col("score"), pl.lit(0, pl.Int64)),
        meaning="qty",
    ),
}  # fmt: skip
"""Of the thresholds of grades beside a score."""

MONTHS: Mapping[str, Why] = {
    name: Why(
        say("As that month's assessment has it, by today's documents"), meaning="qty",
        lines=(Lines("score_months", f"month_{part}", _WHO, span="=month"),),
    )
    for name, part in (("daily_work", "work"), ("attendance", "attendance"), ("score", "score"))
}  # fmt: skip
"""Of ``assessment_month``."""


def of_months(months: tuple[str, ...]) -> dict[str, Why]:
    """Of scores in a column of each month."""
    words = say("As that month's assessment has it, by today's documents")
    return {key: Why(words, lines=(Lines("score_months", "month_score", _WHO, span=key),), meaning="qty") for key in months}


def reasons(*, own: bool) -> dict[str, Why]:
    """Of ``assessment_evidence``: ``rule_by`` and ``points_by`` say how; the columns that go with it are ``definitions.assessment``'s."""
    kind = "own_reasons" if own else "score_reasons"
    line = {**_WHO, "reason_no": "reason_no"}
    unit, times, measured = pl.col("unit_points"), pl.col("times"), pl.col("measured")
    most = mul_div(pl.col("wanted"), pl.col("most"), pl.lit(E4, pl.Int64))
    reached = pl.min_horizontal(pl.max_horizontal(measured, pl.lit(0, pl.Int64)), most)
    apart = (pl.col("deduction") * E4 - measured * (pl.col("share") * E4).round().cast(pl.Int64)).abs() * 2
    mean = (pl.col("points") * pl.col("weeks") - pl.col("deduction")).abs()
    cases = {
        "form": Why(
            say("No points for the item: its maximum, twice where the form was missing the time before too"), ("unit_points", "times"),
            unit * times,
        ),
        "case": Why(say("What a case costs, twice where it was so the time before too"), ("unit_points", "times"), unit * times),
        "step": Why(say("What so many omissions cost, less what the ones before cost"), ("unit_points", "omission"), unit),
        "visits": Why(
            say("What so many missing visits cost, less what the ones before cost"), ("unit_points", "omission", "measured", "wanted"), unit
        ),
        "event": Why(say("As it was entered"), lines=(Lines(kind, "entered", line),)),
        "day": Why(say("What a day absent costs"), ("unit_points",), unit),
        "joint": Why(
            say("Share that the manager answers for × points that the region's people lost by forms"), ("measured", "share"),
            pl.when(apart <= pl.col("forms") * E4).then("deduction"),
        ),
        "count": Why(
            say("All of the item's points where less than wanted was reached, else none"), ("unit_points", "measured", "wanted"),
            pl.when(measured < pl.col("wanted")).then(unit).otherwise(0),
        ),
        "ratio": Why(
            say("Maximum − maximum × reached ÷ wanted, reached not below 0 and not above the item's cap"),
            ("unit_points", "measured", "wanted"), unit - mul_div(unit, reached, pl.col("wanted")),
        ),
        "cap": Why(say("What was earned beyond 100")),
    }  # fmt: skip
    counted = {
        "key_account": Lines("score_visits", "made", {**_WHO, "cover": "cover"}),
        "training": Lines("own_trainings" if own else "score_trainings", "made", _WHO),
        "attainment": Lines("score_sales", "=plan_of", _WHO), "shortfall": Lines("score_sales", "=plan_of", _WHO),
    }  # fmt: skip
    return {
        "deduction": Why(say("By the rule of the item"), of=pl.lit(None, pl.Int64), by="rule_by", cases=cases, meaning="qty",
                         heading=say("By the rule")),
        "points": Why(say("What it costs"), of=pl.lit(None, pl.Int64), by="points_by", meaning="qty", heading=say("Points lost"), cases={
            "same": Why(say("By the rule; no floor took anything off"), ("deduction",), pl.col("deduction"),
                        (Lines(kind, "points_lost", line),)),
            "mean": Why(say("By the rule ÷ weeks; what rounding leaves goes to the largest"), ("deduction", "weeks"),
                        pl.when(mean <= pl.col("weeks") * pl.col("week_reasons")).then("points"), (Lines(kind, "points_lost", line),)),
            "cut": Why(say("By the rule, as far as points of the item and its block were left"), ("deduction",), None,
                       (Lines(kind, "points_lost", line),)),
        }),
        "unit_points": Why(say("By the scheme"), lines=_rules_of("item"), heading=say("Points by the scheme"), meaning="qty"),
        "times": Why(say("2 where the same form was missing the time before"), heading=say("Times"), meaning="count"),
        "omission": Why(say("Which omission of its form or week it is"), heading=say("Omission"), meaning="count"),
        "share": Why(say("By the scheme"), lines=_rules_of("item"), heading=say("Share answered for"), meaning="share"),
        "weeks": Why(say("Weeks that end in the month"), heading=say("Weeks"), meaning="count"),
        "measured": Why(
            say("As it was measured"), heading=say("Reached"), meaning="qty", by="measured_by",
            cases={name: Why(say("Sum of what was counted"), lines=(lines,)) for name, lines in counted.items()},
        ),
        "wanted": Why(say("By the scheme, of what was planned or is there"), lines=_rules_of("item"), heading=say("Wanted"), meaning="qty"),
    }  # fmt: skip


_STAFF = say("Sum over everybody")
STAFF: Mapping[str, Why] = {
    "score_sum": Why(
        say("Sum of the scores"), lines=(Lines("score_months", "month_score", {}),), heading=say("Sum of the scores"), meaning="qty"
    ),
    "scored": Why(
        say("People with a score"), lines=(Lines("score_months", "", {"scored": "=yes"}),), heading=say("People"), meaning="count"
    ),
    "mean": Why(
        say("Sum of the scores ÷ people with a score"), ("score_sum", "scored"),
        mul_div(pl.col("score_sum"), pl.lit(1, pl.Int64), pl.col("scored")), meaning="qty",
    ),
    "people": Why(say("People assessed"), lines=(Lines("score_months", "", {"month": "month"}),), meaning="count"),
    "forms_lost": Why(say("Sum of what forms cost that came late, unusable or not at all"), meaning="qty", lines=tuple(
        Lines("score_reasons", "points_lost", {"found_by": f"={kind}"}, optional=True) for kind in ("late", "missing", "illegible")
    )),
    "absent": Why(_STAFF, lines=(Lines("score_reasons", "", {"score_item": "=attendance"}),), meaning="count"),
    "year_sum": Why(say("Sum of the scores of the year"), heading=say("Sum of the scores"), meaning="qty"),
    "year_people": Why(say("People with a score of the year"), heading=say("People"), meaning="count"),
    "year_mean": Why(
        say("Sum of the scores of the year ÷ people"), ("year_sum", "year_people"),
        mul_div(pl.col("year_sum"), pl.lit(1, pl.Int64), pl.col("year_people")), meaning="qty",
    ),
}  # fmt: skip
"""Of tiles on everybody who is assessed."""
