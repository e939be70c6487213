"""Blocks and sentences that reports on sales share: previous year, plan and actual; series; causes of variance.

Figures come from the sales marts as they are; what is added here are the differences between two printed columns. Which cuts
a report shows, and in which order, is the report's own business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

from pipelines.money import ratio_expr
from pipelines.reports import formulas
from pipelines.reports.context import LABELS, TOTAL, ReportContext, names, with_heading
from pipelines.reports.model import (
    Column,
    ColumnSeries,
    Count,
    Good,
    Listing,
    Meaning,
    Message,
    Money,
    Name,
    Notes,
    PeriodName,
    Points,
    Scenario,
    Share,
    Step,
    Table,
    Tile,
    Unit,
    Value,
    VarianceTable,
    Waterfall,
    Words,
    say,
)

Span = Literal["period", "year_to_date"]
Base = Literal["plan", "last_year"]

MEASURES: dict[str, Words] = {
    "net_amount": say("Net sales"),
    "qty": say("Quantity"),
    "receipts": say("Receipts"),
    "gross_margin": say("Gross margin"),
    "new_customers": say("New customers"),
    "outlets": say("Outlets first traded"),
    "visits": say("Visits"),
}
CAUSES = ("price", "volume", "mix", "new", "discontinued", "other")
CAUSE_WORDS: dict[Base, dict[str, Words]] = {
    "plan": {
        "price": say("Price"),
        "volume": say("Volume"),
        "mix": say("Product mix"),
        "new": say("Sold without a plan"),
        "discontinued": say("Planned, not sold"),
        "other": say("Other"),
    },
    "last_year": {
        "price": say("Price"),
        "volume": say("Volume"),
        "mix": say("Product mix"),
        "new": say("New items"),
        "discontinued": say("Items no longer sold"),
        "other": say("Other"),
    },
}
CAUSE_PHRASES: dict[Base, dict[str, Words]] = {
    "plan": {
        "price": say("price"),
        "volume": say("volume"),
        "mix": say("product mix"),
        "new": say("sales without a plan"),
        "discontinued": say("items planned but not sold"),
        "other": say("other causes"),
    },
    "last_year": {
        "price": say("price"),
        "volume": say("volume"),
        "mix": say("product mix"),
        "new": say("new items"),
        "discontinued": say("items no longer sold"),
        "other": say("other causes"),
    },
}
"""The causes inside a sentence."""
DIMENSIONS: dict[str, Words] = {
    "department": say("Department"),
    "region_code": say("Region"),
    "employee_code": say("Salesperson"),
    "customer_code": say("Customer"),
    "product_line": say("Product line"),
    "product_code": say("Product"),
}

_SPANS: dict[Span, tuple[str, str, str, str, str]] = {
    "period": ("plan", "actual", "variance", "py", "growth_yoy"),
    "year_to_date": ("ytd_plan", "ytd_actual", "ytd_variance", "ytd_py", "ytd_growth"),
}


# --- rows -------------------------------------------------------------------------------------------------------------


def of_cut(plan_actual: pl.DataFrame, measure: str, cut: str) -> pl.DataFrame:
    """The rows of one measure and cut, largest actual first."""
    return plan_actual.filter((pl.col("measure") == measure) & (pl.col("cut") == cut)).sort(
        "unit", "ytd_actual", "key", "key2", descending=[False, True, False, False]
    )


def compared(rows: pl.DataFrame, span: Span, prefix: str = "") -> pl.DataFrame:
    """``rows`` with the columns of the notation: ``py pl ac delta_pl delta_pl_share delta_py delta_py_share``."""
    plan, actual, variance, before, growth = _SPANS[span]
    share = ratio_expr(pl.col(variance), pl.col(plan).abs())
    return rows.with_columns(
        pl.col(before).alias(f"{prefix}py"),
        pl.col(plan).alias(f"{prefix}pl"),
        pl.col(actual).alias(f"{prefix}ac"),
        pl.col(variance).alias(f"{prefix}delta_pl"),
        share.alias(f"{prefix}delta_pl_share"),
        (pl.col(actual) - pl.col(before)).alias(f"{prefix}delta_py"),
        pl.col(growth).alias(f"{prefix}delta_py_share"),
    )


def with_total(detail: pl.DataFrame, total: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    """``detail`` with the company's row below it, and ``role``.

    The total is a *total* row where the detail adds up to it in every column of ``columns``, else a *subtotal*: a plan that was
    made for the company alone, or sales without a plan, are no sum of the rows above.
    """
    ties = all((detail[name].sum() or 0) == (total[name][0] or 0) for name in columns if total[name][0] is not None)
    marked = detail if "role" in detail.columns else detail.with_columns(pl.lit("").alias("role"))
    below = total.with_columns(pl.lit(TOTAL).alias("label"), pl.lit("total" if ties else "subtotal").alias("role"))
    return pl.concat([marked, below], how="diagonal_relaxed")


def adds_up(frame: pl.DataFrame) -> bool:
    """Whether :func:`with_total` found that the rows add up."""
    return frame.height > 0 and "total" in frame["role"].to_list()


def has_plan(rows: pl.DataFrame, span: Span = "period") -> bool:
    """Whether any row has a plan in ``span``."""
    return rows[_SPANS[span][0]].is_not_null().any()


def has_past(rows: pl.DataFrame, span: Span = "period") -> bool:
    """Whether any row has a figure of last year in ``span``."""
    return bool((rows[_SPANS[span][3]] != 0).any())


@dataclass(frozen=True)
class Comparison:
    """One measure by one dimension in one span: the rows compared, the company's row, and what there is to compare with."""

    rows: pl.DataFrame
    total: pl.DataFrame
    span: Span
    has_plan: bool
    has_past: bool

    @classmethod
    def of(cls, plan_actual: pl.DataFrame, measure: str, cut: str, span: Span) -> Comparison | None:
        """The comparison without rows in which nothing is, or None where the mart has no such cut."""
        rows = of_cut(plan_actual, measure, cut)
        total = of_cut(plan_actual, measure, "company")
        if rows.is_empty() or total.height != 1:
            return None
        shown = compared(rows, span)
        idle = pl.all_horizontal(pl.col(name).fill_null(0) == 0 for name in ("ac", "pl", "py"))
        shown = shown if shown.select(idle.all()).item() else shown.filter(~idle)
        return cls(shown, compared(total, span), span, has_plan(rows, span), has_past(total, span))

    @property
    def delta(self) -> str:
        """The variance that counts here: against plan, else against last year."""
        return "delta_pl" if self.has_plan else "delta_py"

    def block(self, id: str, heading: Words, *, meaning: Meaning = "money_wan", good: Good = "higher") -> VarianceTable:
        """The large comparison with its total."""
        columns = ("py", "pl", "ac", "delta_pl") if self.has_plan else ("py", "ac", "delta_py")
        frame = with_total(self.rows, self.total, columns)
        return VarianceTable(
            id,
            frame,
            label_heading=heading,
            py="py" if self.has_past else None,
            pl="pl" if self.has_plan else None,
            delta_pl="delta_pl" if self.has_plan else None,
            delta_pl_share="delta_pl_share" if self.has_plan else None,
            delta_py="delta_py" if self.has_past else None,
            delta_py_share="delta_py_share" if self.has_past else None,
            meaning=meaning,
            good=good,
            role="role",
            words=LABELS,
            why=formulas.SALES if self.span == "period" else formulas.SALES_TO_DATE,
        )


Phrases = Mapping[str, Message]
"""Sentences of :func:`headline` about one kind of row, still without their values."""

REGION_PHRASES: Phrases = {
    "below_plan": Message(
        "{n} region is below plan, {worst} by most ({gap})", plural="{n} regions are below plan, {worst} by most ({gap})"
    ),
    "below_past": Message(
        "{n} region is below last year, {worst} by most ({gap})",
        plural="{n} regions are below last year, {worst} by most ({gap})",
    ),
    "met_plan": Message("Every region met its plan; {best} contributed most ({gap})"),
    "met_past": Message("Every region grew on last year; {best} contributed most ({gap})"),
}
LINE_PHRASES: Phrases = {
    "below_plan": Message(
        "{n} product line is below plan, {worst} by most ({gap})",
        plural="{n} product lines are below plan, {worst} by most ({gap})",
    ),
    "below_past": Message(
        "{n} product line is below last year, {worst} by most ({gap})",
        plural="{n} product lines are below last year, {worst} by most ({gap})",
    ),
    "met_plan": Message("Every product line met its plan; {best} contributed most ({gap})"),
    "met_past": Message("Every product line grew on last year; {best} contributed most ({gap})"),
}
CUSTOMER_PHRASES: Phrases = {
    "below_plan": Message(
        "{n} customer is below plan, {worst} by most ({gap})", plural="{n} customers are below plan, {worst} by most ({gap})"
    ),
    "below_past": Message(
        "{n} customer is below last year, {worst} by most ({gap})",
        plural="{n} customers are below last year, {worst} by most ({gap})",
    ),
    "met_plan": Message("Every customer met the plan; {best} contributed most ({gap})"),
    "met_past": Message("Every customer grew on last year; {best} contributed most ({gap})"),
}


def headline(comparison: Comparison, phrases: Phrases) -> Words:
    """How many rows are below, which by most; and who made up for it. From the same rows as the picture."""
    column = comparison.delta
    against = "plan" if comparison.has_plan else "past"
    if against == "past" and not comparison.has_past:
        best = comparison.rows.row(0, named=True)
        return say(
            "{best} sold most ({amount}) of {total} in all",
            best=_label(best),
            amount=Money(best["ac"]),
            total=Money(comparison.total["ac"][0]),
        )
    below = comparison.rows.filter(pl.col(column) < 0).sort(column, "key", "key2")
    above = comparison.rows.filter(pl.col(column) > 0).sort(column, "key", "key2", descending=[True, False, False])
    if below.is_empty():
        if above.is_empty():
            return say("Every figure is exactly on its plan") if against == "plan" else say("No change on last year")
        best = above.row(0, named=True)
        return replace(phrases[f"met_{against}"], values={"best": _label(best), "gap": Money(best[column], signed=True)})
    worst = below.row(0, named=True)
    values: dict[str, Value] = {"n": Count(below.height), "worst": _label(worst), "gap": Money(worst[column], signed=True)}
    first = replace(phrases[f"below_{against}"], values=values)
    if above.is_empty():
        return first
    leading = say("{best} gained most", best=Listing(names(above, 2)))
    return say("{first}; {second}", first=first, second=leading)


def hierarchy(
    id: str,
    plan_actual: pl.DataFrame,
    measure: str,
    outer: str,
    inner: str,
    headings: tuple[Words, Words],
    to_date: bool = True,
) -> Table | None:
    """Rows of ``inner`` under their ``outer`` row, the period and the year to date beside each other; None without the pair."""
    heads, leaves = of_cut(plan_actual, measure, outer), of_cut(plan_actual, measure, f"{outer}*{inner}")
    total = of_cut(plan_actual, measure, "company")
    if heads.is_empty() or leaves.is_empty() or total.height != 1:
        return None
    order = heads.select("key", pl.int_range(pl.len()).alias("order"))
    detail = leaves.with_columns(pl.lit("").alias("role"), pl.lit(1).alias("level"), pl.col("label2").alias("shown"))
    subtotal = heads.with_columns(pl.lit("subtotal").alias("role"), pl.lit(0).alias("level"), pl.col("label").alias("shown"))
    rows = (
        pl.concat([subtotal, detail.select(subtotal.columns)])
        .join(order, on="key", how="left", maintain_order="left")
        .sort("order", "level", "ytd_actual", "key2", descending=[False, False, True, False], nulls_last=True)
        .drop("order")
    )
    below = total.with_columns(pl.lit("total").alias("role"), pl.lit(0).alias("level"), pl.lit(TOTAL).alias("shown"))
    both = compared(compared(pl.concat([rows, below]), "period"), "year_to_date", "ytd_")
    columns = [Column("shown", headings[1], words=LABELS)]
    for span, prefix in (("period", ""), ("year_to_date", "ytd_")) if to_date else (("period", ""),):
        columns += _figures(both, prefix, planned=has_plan(heads, span), past=has_past(total, span))  # type: ignore[arg-type]
    return Table(id, both, tuple(columns), level="level", role="role", shown=60, why=formulas.SALES)


def _figures(frame: pl.DataFrame, prefix: str, *, planned: bool, past: bool) -> list[Column]:
    """PY, PL, AC, ΔPL, ΔPL %, ΔPY % of one span; ``adds`` holds only where the detail really adds up."""
    said: dict[str, Words] = {
        "py": say("Previous year"),
        "pl": say("Plan"),
        "ac": say("Actual"),
        "delta_pl": say("ΔPL"),
        "delta_pl_share": say("ΔPL %"),
        "delta_py": say("ΔPY"),
        "delta_py_share": say("ΔPY %"),
    }
    if prefix:
        said = {name: say("{what}, YTD", what=words) for name, words in said.items()}
    marks: dict[str, Scenario] = {"py": "PY", "pl": "PL", "ac": "AC"}
    wanted = [*(("py",) if past else ()), *(("pl",) if planned else ()), "ac"]
    wanted += ["delta_pl", "delta_pl_share"] if planned else []
    wanted += [*(() if planned else ("delta_py",)), "delta_py_share"] if past else []
    return [
        Column(
            prefix + name,
            said[name],
            "share" if name.endswith("_share") else "money_wan",
            scenario=marks.get(name),
            variance=name.startswith("delta"),
            adds=None if name.endswith("_share") else _adds(frame, prefix + name),
        )
        for name in wanted
    ]


def unplanned_notes(table: Table) -> tuple[Notes, ...]:
    """Why the plan and ΔPL of a hierarchy's rows do not add up to its total; empty where they do."""
    if "pl" not in {column.name for column in table.columns}:
        return ()
    leaves = table.frame.filter(pl.col("role") == "")
    if leaves["pl"].is_null().all():
        return (Notes((say("The plan is not broken down to these rows; it stands in the subtotals and the total."),), listed=False),)
    if leaves.filter(pl.col("pl").is_null() & ((pl.col("ac") != 0) | (pl.col("ytd_ac") != 0))).height:
        return (Notes((say("A row without a plan has no ΔPL; subtotals and the total hold its sales."),), listed=False),)
    return ()


def _adds(frame: pl.DataFrame, column: str) -> bool:
    total = frame.filter(pl.col("role") == "total")[column].to_list()
    leaves = frame.filter(pl.col("role") == "")[column].sum() or 0
    return bool(total) and total[0] is not None and int(total[0]) == int(leaves)


# --- one total in words -----------------------------------------------------------------------------------------------


def total_row(plan_actual: pl.DataFrame, measure: str, span: Span) -> dict[str, Any] | None:
    """The company's row of a measure, compared; None where the mart has none (or one a unit)."""
    total = of_cut(plan_actual, measure, "company")
    return compared(total, span).row(0, named=True) if total.height == 1 else None


def total_message(row: Mapping[str, Any], when: Words, what: Words, *, past: bool) -> Words:
    """One total with its variance: ``October net sales CNY 18,680k, CNY 1,020k over plan (+5.8%)``."""
    values: dict[str, Value] = {"when": when, "what": what, "ac": Money(row["ac"])}
    if row["delta_pl"] is not None and row["delta_pl_share"] is not None:
        gap: dict[str, Value] = {"gap": Money(abs(row["delta_pl"])), "share": Share(row["delta_pl_share"], signed=True)}
        if row["delta_pl"] < 0:
            return Message("{when} {what} {ac}, {gap} below plan ({share})", {**values, **gap})
        if row["delta_pl"] > 0:
            return Message("{when} {what} {ac}, {gap} above plan ({share})", {**values, **gap})
        return Message("{when} {what} {ac}, exactly on plan", values)
    if past and row["delta_py_share"] is not None:
        values["share"] = Share(row["delta_py_share"], signed=True)
        return Message("{when} {what} {ac}, {share} on last year", values)
    return Message("{when} {what} {ac}", values)


def tile(
    label: Words, row: Mapping[str, Any], trend: tuple[float | None, ...] = (), reference: float | None = None, span: Span = "period"
) -> Tile:
    """A key figure of a total with its changes against plan and last year."""
    return Tile(
        label,
        Money(row["ac"]),
        delta_plan=None if row["delta_pl_share"] is None else Share(row["delta_pl_share"], signed=True),
        delta_py=None if row["delta_py_share"] is None else Share(row["delta_py_share"], signed=True),
        trend=trend,
        reference=reference,
        told=formulas.told(
            f"tile_{row['measure']}_{span}", row, ("ac", "delta_pl_share", "delta_py_share"),
            formulas.SALES if span == "period" else formulas.SALES_TO_DATE,
        ),  # fmt: skip
    )


def share_tile(label: Words, value: float | None, before: float | None, good: Good = "higher") -> Tile:
    """A rate with its change in points on last year."""
    change = None if value is None or before is None else Points(value - before)
    return Tile(label, Share(value), delta_py=change, good=good)


# --- series -----------------------------------------------------------------------------------------------------------


def series_rows(plan_series: pl.DataFrame, measure: str, last: int | None = None) -> pl.DataFrame:
    """The company's series of a measure, oldest first; ``last`` keeps the newest."""
    rows = plan_series.filter((pl.col("measure") == measure) & (pl.col("cut") == "company")).sort("in_period")
    shown = rows if last is None else rows.tail(last)
    return shown.select(
        *(name for name in ("in_period", "measure", "unit", "cut", "key", "key2")),
        pl.col("actual").alias("ac"),
        pl.col("plan").alias("pl"),
        # A company that sold nothing at all in a period has no figures of it: that is no zero to compare with.
        pl.when(pl.col("py") != 0).then("py").alias("py"),
        (pl.col("actual") - pl.col("plan")).alias("delta_pl"),
    )


def and_to_date(period: Words) -> Words:
    """A subtitle's period where the year to date stands beside it."""
    return say("{period} and year to date", period=period)


def scenarios(planned: bool, past: bool) -> tuple[Words, ...]:
    """What a report compares, for its subtitle: only what there is."""
    if planned:
        return (say("actual, plan, last year") if past else say("actual and plan"),)
    return (say("actual and last year"),) if past else ()


def series_block(context: ReportContext, id: str, rows: pl.DataFrame, forecast: int | None = None) -> ColumnSeries:
    """Months side by side; the own period of an open month is its run-rate forecast."""
    planned = rows["pl"].is_not_null().any()
    frame, fc = rows, None
    if forecast is not None:
        own = pl.col("in_period") == context.period.key
        fc = "fc"
        frame = rows.with_columns(
            pl.when(own).then(pl.lit(forecast, pl.Int64)).alias("fc"),
            pl.when(~own).then(pl.col("ac")).alias("ac"),
            pl.when(~own).then(pl.col("delta_pl")).alias("delta_pl"),
        )
    keys = frame["in_period"].to_list()
    calendar = context.company.calendar
    before = [calendar.same_last_year(calendar.period(key)) for key in keys]
    frame = frame.with_columns(py_period=pl.Series([one.key if one else None for one in before], dtype=pl.String))
    return ColumnSeries(
        id,
        frame,
        title=MEASURES["net_amount"],
        labels=tuple(_month(context, key) for key in keys),
        pl="pl" if planned else None,
        py="py" if rows["py"].is_not_null().any() else None,
        fc=fc,
        delta_pl="delta_pl" if planned else None,
        marked=keys.index(context.period.key) if context.period.key in keys else None,
        why=formulas.SERIES,
    )


def _month(context: ReportContext, key: str) -> Words:
    """A period's short name, with its year where that is not the report's own."""
    period = context.company.calendar.period(key)
    return PeriodName(period, short=True, dated=period.start.year != context.period.start.year)


def series_headline(rows: pl.DataFrame, context: ReportContext) -> Words:
    """How many of the months reached their plan, or how the last one stands against the year before."""
    planned = rows.filter(pl.col("pl").is_not_null())
    if planned.height:
        met = planned.filter(pl.col("delta_pl") >= 0).height
        if met == 0:
            none = "None of the {n} periods reached its plan"
            return Message("The {n} period missed its plan", {"n": Count(planned.height)}, plural=none)
        if met == planned.height:
            return Message("The {n} period reached its plan", {"n": Count(planned.height)}, plural="All {n} periods reached their plan")
        return Message(
            "{met} of {n} period reached its plan",
            {"met": Count(met), "n": Count(planned.height)},
            plural="{met} of {n} periods reached their plan",
        )
    best = rows.sort("ac", "in_period", descending=[True, False]).row(0, named=True)
    return say(
        "{best} was the strongest period of the last {n} ({amount})",
        best=context.label_of(best["in_period"]),
        n=Count(rows.height),
        amount=Money(best["ac"]),
    )


# --- causes -----------------------------------------------------------------------------------------------------------


def causes_row(causes: pl.DataFrame, base: Base, span: Span) -> dict[str, Any] | None:
    """The company's causes of variance; None where there are none (a plan without quantities)."""
    rows = causes.filter((pl.col("base") == base) & (pl.col("span") == span) & (pl.col("cut") == "company"))
    return rows.row(0, named=True) if rows.height == 1 else None


def waterfall(id: str, row: Mapping[str, Any], base: Base, title: Words | None = None) -> Waterfall:
    """From the base to the actual, cause by cause; causes of nothing are left out."""
    start, end = (say("Plan"), say("Actual")) if base == "plan" else (say("Previous year"), say("Actual"))
    moved = [cause for cause in CAUSES if row[cause]]
    steps = [Step(start, row["base_amount"], "base", "PL" if base == "plan" else "PY")]
    steps += [Step(CAUSE_WORDS[base][cause], row[cause]) for cause in moved]
    steps.append(Step(end, row["actual_amount"], "base", "AC"))
    beside = pl.DataFrame({"step": ["base_amount", *moved, "actual_amount"]}).with_columns(
        base=pl.lit(row["base"]), base_span=pl.lit(row["span"])
    )
    return Waterfall(id, tuple(steps), title=title, why=formulas.WATERFALL, beside=beside)


def causes_headline(row: Mapping[str, Any], base: Base) -> Words:
    """Which causes helped and which cost, the largest of each."""
    ranked = sorted(((row[cause], cause) for cause in CAUSES if row[cause]), key=lambda pair: (pair[0], CAUSES.index(pair[1])))
    if not ranked:
        return say("Nothing moved the figure")
    (low, worst), (high, best) = ranked[0], ranked[-1]
    words = CAUSE_PHRASES[base]
    gain: dict[str, Value] = {"best": words[best], "gain": Money(high, signed=True)}
    loss: dict[str, Value] = {"worst": words[worst], "loss": Money(low, signed=True)}
    if low >= 0:
        return Message("Gain from {best} ({gain})", gain)
    if high <= 0:
        return Message("Shortfall from {worst} ({loss})", loss)
    if row["variance"] >= 0:
        return Message("Gain led by {best} ({gain}); {worst} took {loss} of it", {**gain, **loss, "loss": Money(-low)})
    return Message("Shortfall led by {worst} ({loss}); {best} offset {gain}", {**loss, **gain, "gain": Money(high)})


def cause_clause(row: Mapping[str, Any] | None, base: Base, variance: int | None) -> Words | None:
    """What made a shortfall, or took most of a gain; for the end of a report's headline.

    None when the causes do not explain ``variance``, the one that the headline states: a plan may lack quantities in part.
    """
    if row is None or not row["variance"] or row["variance"] != variance:
        return None
    low, worst = min((row[cause], cause) for cause in CAUSES)
    high, best = max((row[cause], cause) for cause in CAUSES)
    if row["variance"] > 0 and low < 0:
        return say("but {cause} took {amount}", cause=CAUSE_PHRASES[base][worst], amount=Money(-low))
    amount, cause = (low, worst) if row["variance"] < 0 else (high, best)
    return say("mainly {cause} ({amount})", cause=CAUSE_PHRASES[base][cause], amount=Money(amount, signed=True))


def causes_table(causes: pl.DataFrame, id: str, cut: str, base: Base, span: Span) -> Table | None:
    """Each row of a cut with its six causes, the largest variance first, and the company's total; None without such rows."""
    rows = causes.filter((pl.col("base") == base) & (pl.col("span") == span) & (pl.col("cut") == cut))
    total = causes.filter((pl.col("base") == base) & (pl.col("span") == span) & (pl.col("cut") == "company"))
    if rows.is_empty() or total.height != 1:
        return None
    detail = rows.sort(pl.col("variance").abs(), "key", descending=[True, False])
    figures = ("base_amount", "actual_amount", "variance", *CAUSES)
    frame = with_total(detail, total, figures)
    columns = [
        Column("label", DIMENSIONS.get(cut, say("Item")), words=LABELS),
        Column(
            "base_amount",
            say("Plan") if base == "plan" else say("Previous year"),
            "money_wan",
            scenario="PL" if base == "plan" else "PY",
        ),
        Column("actual_amount", say("Actual"), "money_wan", scenario="AC"),
        Column("variance", say("Variance"), "money_wan", variance=True, bar=True),
    ]
    columns += [Column(cause, CAUSE_WORDS[base][cause], "money_wan", variance=True) for cause in CAUSES if bool((detail[cause] != 0).any())]
    return Table(id, frame, tuple(columns), role="role", shown=20, why=formulas.CAUSES)


def top_causes_words(top: pl.DataFrame, base: Base, span: Span) -> tuple[Words, ...]:
    """Who explains the gap, dimension by dimension, each with its main cause; then who works against it."""
    rows = top.filter((pl.col("base") == base) & (pl.col("span") == span)).sort("position")
    places = alike(rows["variance"].to_list())
    said: list[Words] = []
    for dimension, heading in DIMENSIONS.items():
        for side in ("explains", "offsets"):
            part = rows.filter((pl.col("dimension") == dimension) & (pl.col("side") == side))
            if part.is_empty():
                continue
            shown = part.head(4)
            said_names = Listing(tuple(_top_cause(row, base, places) for row in shown.iter_rows(named=True)))
            values: dict[str, Value] = {"dimension": heading, "names": said_names}
            if side == "offsets":
                said.append(Message("{dimension}: {names} worked the other way", values))
                continue
            values["share"] = Share(shown["cumulative"][-1], places=0)
            if part.height == 1:
                values["name"] = values.pop("names")
                said.append(Message("{dimension}: {name} explains {share} of the gap", values))
            elif part.height > shown.height:
                rest = Count(part.height - shown.height)
                said.append(
                    Message(
                        "{dimension}: {names} explain {share} of the gap, {rest} more explain most of the rest",
                        {**values, "rest": rest},
                    )
                )
            else:
                said.append(Message("{dimension}: {names} explain {share} of the gap", values))
    return tuple(said)


def alike(amounts: Sequence[int | None]) -> int | None:
    """Places that amounts of one list share: none where the largest is a million or more of the currency, else as each asks for."""
    return 0 if max((abs(amount) for amount in amounts if amount is not None), default=0) >= 10_000_000_000 else None


def _top_cause(row: Mapping[str, Any], base: Base, places: int | None) -> Message:
    values: dict[str, Value] = {"name": _label(row), "amount": Money(row["variance"], signed=True, places=places)}
    if row["main_cause"]:
        values["cause"] = CAUSE_PHRASES[base][row["main_cause"]]
        return Message("{name} ({amount}, mainly {cause})", values)
    return Message("{name} ({amount})", values)


def no_plan_quantities() -> Notes:
    """What the page says where the plan has no quantities."""
    return Notes(
        (
            say(
                "The plan has no quantities, so its variance cannot be split into price, volume and mix; "
                "the causes shown compare with last year."
            ),
        ),
        listed=False,
    )


def subtitle(*words: Words) -> Words:
    """Entity, measure, unit and period on one line."""
    return with_heading(*words)


def measure_unit(measure: str = "net_amount") -> Words:
    """``Net sales (万元, without tax)``."""
    if measure in ("net_amount", "gross_margin"):
        return say("{measure} ({unit}, without tax)", measure=MEASURES[measure], unit=Unit())
    if measure == "receipts":
        return say("{measure} ({unit}, with tax)", measure=MEASURES[measure], unit=Unit())
    return MEASURES.get(measure, Name(measure))


def _label(row: Mapping[str, Any]) -> Value:
    return LABELS.get(row["label"] or "", Name(row["label"] or ""))


def of_pace(pace: pl.DataFrame, measure: str) -> dict[str, Any] | None:
    """The company's pace of a measure; None where the mart has none, or one a unit."""
    rows = pace.filter((pl.col("measure") == measure) & (pl.col("cut") == "company"))
    return rows.row(0, named=True) if rows.height == 1 else None
