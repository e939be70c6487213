"""How well a dealer works its outlets (M8): six indicators, their score against targets, the grade, the movement.

What dealers owe belongs to ``receivables``; only its two vetoes arrive here. How a grade is coloured belongs to ``reports``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_dealers import DEALER_INDICATOR_SCORES, DEALER_INDICATORS
from pipelines.contracts.model import PROVENANCE
from pipelines.errors import ConfigurationError
from pipelines.money import E4, E8, mul_div, ratio_expr, scaled
from pipelines.sources.facts import Facts

KPIS = DEALER_INDICATOR_SCORES.column("kpi").values
"""The indicators, in the order in which they are shown. Signed attainment is measured by volume and by count."""

NULL_REASONS = (
    "not_delivered", "no_outlets", "no_sell_out", "no_traded_outlets", "no_contract", "no_stock_count", "count_too_old",
    "mixed_units", "no_target",
)  # fmt: skip
"""Why an indicator has no figure; sentences are in ``quality.sentences``."""

WEAKEST = 3
"""At most so many weak indicators are named."""

_HAIR = 1e-9
"""A score of 90 that floats hold as 89.99… is 90."""

_DEALER = "dealer_code"
_PLACED = tuple(PROVENANCE)
_OUTLET = [_DEALER, "outlet_code"]
_BACK = ("last_month", "last_quarter", "last_year")


@dataclass(frozen=True)
class DealerMarts:
    """The two marts of dealers of one period."""

    indicators: pl.DataFrame
    scores: pl.DataFrame


def dealer_marts(
    facts: Facts, company: Company, period: Period, as_of: date, receivables: pl.DataFrame | None = None
) -> DealerMarts:
    """Indicators, scores, grade and movement of every dealer that is open on ``as_of``.

    ``receivables`` says what vetoes need: one row a customer with ``customer_code, oldest_days_late, over_limit`` (an amount or
    a bool; the mart ``receivables`` has them); without
    it there are no vetoes. Earlier periods are computed from the same facts as of their own last day, by the
    company's present policy, and are shown before vetoes.
    """
    now = _scored(facts, company, period, as_of)
    totals = _totals(now.scores, company)
    indicators = now.measured.join(totals, on=_DEALER, how="left", maintain_order="left")
    scores = now.scores.join(_weak(now.scores, company), on=[_DEALER, "kpi"], how="left", maintain_order="left")
    for name, earlier in zip(_BACK, _earlier(company, period), strict=True):
        then = _scored(facts, company, earlier, earlier.end) if earlier else None
        past = then.scores if then else now.scores.clear()
        scores = _moved(scores, past.select(_DEALER, "kpi", then="actual"), [_DEALER, "kpi"], "actual", name)
        total = _totals(past, company).select(_DEALER, "grade_before_veto", then="score")
        graded = total.select(_DEALER, "then", pl.col("grade_before_veto").alias(f"grade_{name}"))
        indicators = _moved(indicators, graded, [_DEALER], "score", name)
    worst = (
        scores.filter("weak")
        .sort("rank_lost")
        .group_by(_DEALER, maintain_order=True)
        .agg(pl.col("kpi").str.join(",").alias("weakest"))
    )
    indicators = _graded(indicators.join(worst, on=_DEALER, how="left", maintain_order="left"), company, receivables)
    return DealerMarts(
        indicators.with_columns(pl.col("weakest").fill_null(""), period=pl.lit(period.key))
        .sort(_DEALER)
        .select(pl.col(name).cast(dtype) for name, dtype in DEALER_INDICATORS.schema.items()),
        scores.with_columns(period=pl.lit(period.key))
        .sort(_DEALER, _kpi_order())
        .select(pl.col(name).cast(dtype) for name, dtype in DEALER_INDICATOR_SCORES.schema.items()),
    )


@dataclass(frozen=True)
class _Scored:
    measured: pl.DataFrame
    scores: pl.DataFrame


def _scored(facts: Facts, company: Company, period: Period, as_of: date) -> _Scored:
    measured = measure(facts, company, period, as_of)
    return _Scored(measured, _scores(measured, _targets(facts, company, period, measured)))


def _earlier(company: Company, period: Period) -> tuple[Period | None, ...]:
    calendar = company.calendar
    return calendar.previous(period), calendar.previous(period, 3), calendar.same_last_year(period)


def measure(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """The indicators with what they were computed from, one row a dealer; ``why_<kpi>`` says why one is null.

    A dealer whose sell-out of the period has not arrived has no figure, rather than zero. Quantities are in the
    policy's volume unit, else in the base unit of what the dealer sells and stocks; where that is more than one, they are
    null (``mixed_units``). A monthly sheet stands for all the dealer's daily ones of its period.
    """
    dealers = _dealers(facts, as_of)
    products = facts.as_of("product", as_of).select("product_code", "unit", "base_unit", "units_per_base")
    sold = _in_one_unit(_sell_out(facts, company, as_of), products, company.policy.volume_unit)
    window = _window(sold, company, period, as_of)
    stock = _in_one_unit(_last_count(facts, as_of), products, company.policy.volume_unit)
    units = _units(window, stock)
    here = sold.filter(pl.col("sold_on").is_between(period.start, as_of))
    outlets = _outlets(facts, as_of, period, sold, here)
    signed = _signed(facts, period, here, units)
    per_dealer = (
        _per_outlet(outlets), _per_window(window, as_of), _per_stock(stock), units, signed,
        here.group_by(_DEALER).agg(pl.len().alias("reported")),
        sold.group_by(_DEALER).agg(pl.len().alias("ever_reported")),
    )  # fmt: skip
    frame = dealers
    for part in per_dealer:
        frame = frame.join(part, on=_DEALER, how="left", maintain_order="left")
    counts = ("outlets", "outlets_visited", "outlets_traded", "outlets_active", "outlets_signed")
    frame = frame.with_columns(pl.col(*counts, "dated_outlets", "reported", "ever_reported").fill_null(0).cast(pl.Int64))
    visits_arrived = facts["visit"].filter(pl.col("visited_at").is_between(period.start, as_of)).height > 0
    return _indicators(frame, company, as_of, visits_arrived)


def _dealers(facts: Facts, as_of: date) -> pl.DataFrame:
    regions = facts.as_of("region", as_of).select("region_code", "department", region_name="name")
    return (
        facts.as_of("customer", as_of)
        .filter(
            pl.col("kind") == "dealer",
            pl.col("opened_on").is_null() | (pl.col("opened_on") <= as_of),
            pl.col("closed_on").is_null() | (pl.col("closed_on") > as_of),
        )
        .select("name", "region_code", "employee_code", dealer_code="customer_code")
        .join(regions, on="region_code", how="left")
        .sort(_DEALER)
    )


def _sell_out(facts: Facts, company: Company, as_of: date) -> pl.DataFrame:
    """Sell-out by D. ``since`` is the first day that a row speaks of: a monthly sheet's is its period's first."""
    rows = facts["sell_out"].filter(pl.col("sold_on") <= as_of)
    days = rows["sold_on"].unique().to_list()
    periods = {day: company.calendar.containing(day) for day in days}
    of_day = pl.DataFrame(
        [{"sold_on": day, "_key": found.key, "_start": found.start} for day, found in sorted(periods.items())],
        schema={"sold_on": pl.Date, "_key": pl.String, "_start": pl.Date},
    )
    monthly = pl.col("grain").fill_null("day") == "month"
    return (
        rows.join(of_day, on="sold_on", how="left")
        .filter(monthly | ~monthly.any().over(_DEALER, "_key"))
        .select(*_OUTLET, "sold_on", "product_code", "base_qty", *_PLACED, since=pl.when(monthly).then("_start").otherwise("sold_on"))
    )


def _in_one_unit(rows: pl.DataFrame, products: pl.DataFrame, volume_unit: str | None) -> pl.DataFrame:
    """``volume`` in ``volume_unit`` (null where the product cannot be expressed in it) or else in the base unit."""
    joined = rows.join(products, on="product_code", how="left")
    if volume_unit is None:
        return joined.with_columns(volume="base_qty", volume_unit="base_unit")
    volume = _expressed(pl.lit(volume_unit))
    return joined.with_columns(volume=volume, volume_unit=pl.when(volume.is_not_null()).then(pl.lit(volume_unit)))


def _expressed(unit: pl.Expr) -> pl.Expr:
    """``base_qty`` in ``unit``, where that is the product's base or sales unit."""
    return (
        pl.when(unit == pl.col("base_unit"))
        .then("base_qty")
        .when(unit == pl.col("unit"))
        .then(mul_div(pl.col("base_qty"), pl.lit(E8), pl.col("units_per_base")))
    )


def _window(sold: pl.DataFrame, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Sell-out of the last three periods with this one."""
    first = next(p for p in (company.calendar.previous(period, 2), company.calendar.previous(period), period) if p is not None)
    starts = sold.group_by(_DEALER).agg(pl.max_horizontal(pl.col("since").min(), pl.lit(first.start)).alias("window_from"))
    return sold.filter(pl.col("sold_on") >= first.start).join(starts, on=_DEALER, how="left")


def _last_count(facts: Facts, as_of: date) -> pl.DataFrame:
    counts = facts["dealer_stock"].filter(pl.col("counted_on") <= as_of)
    return counts.filter(pl.col("counted_on") == pl.col("counted_on").max().over(_DEALER)).select(
        _DEALER, "counted_on", "product_code", "base_qty", *_PLACED
    )


def _units(window: pl.DataFrame, stock: pl.DataFrame) -> pl.DataFrame:
    """The one unit of all that a dealer sold in the window and stocks; null and ``mixed`` where there is not just one."""
    both = pl.concat([frame.select(_DEALER, "volume_unit", "base_qty") for frame in (window, stock)])
    moved = both.filter(pl.col("base_qty") != 0)
    unit = pl.col("volume_unit")
    return (
        moved.group_by(_DEALER)
        .agg(mixed=(unit.n_unique() > 1) | unit.is_null().any(), qty_unit=unit.min())
        .with_columns(qty_unit=pl.when(~pl.col("mixed")).then("qty_unit"))
    )


def _outlets(facts: Facts, as_of: date, period: Period, sold: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """Existing outlets and what is known of each by D."""
    existing = facts.as_of("outlet", as_of).filter(
        pl.col("listed_on").is_null() | (pl.col("listed_on") <= as_of),
        pl.col("closed_on").is_null() | (pl.col("closed_on") > as_of),
    )
    visited = (
        facts["visit"]
        .filter(pl.col("visited_at").is_between(period.start, as_of))
        .select(dealer_code="customer_code", outlet_code="outlet_code", visited=pl.lit(True))
        .unique()
    )
    positive = pl.col("base_qty") > 0
    ever = sold.filter(positive).select(*_OUTLET, sold_ever=pl.lit(True)).unique()
    month = here.group_by(_OUTLET).agg(pl.col("volume").sum(), active=positive.any())
    frame = existing.select(*_OUTLET, "first_traded_on", *_PLACED)
    for part in (visited, ever, month):
        frame = frame.join(part, on=_OUTLET, how="left")
    traded = (pl.col("first_traded_on") <= as_of).fill_null(False) | pl.col("sold_ever").fill_null(False)
    return frame.with_columns(pl.col("visited", "active").fill_null(False), pl.col("volume").fill_null(0), traded=traded)


def _per_outlet(outlets: pl.DataFrame) -> pl.DataFrame:
    return outlets.group_by(_DEALER).agg(
        outlets=pl.len(),
        outlets_visited=pl.col("visited").sum(),
        outlets_traded=pl.col("traded").sum(),
        outlets_active=pl.col("active").sum(),
        dated_outlets=pl.col("first_traded_on").is_not_null().sum(),
        sold_qty=pl.col("volume").filter("traded").sum(),
    )


def _per_window(window: pl.DataFrame, as_of: date) -> pl.DataFrame:
    return window.group_by(_DEALER).agg(
        window_sold_qty=pl.col("volume").sum(),
        window_days=(pl.lit(as_of) - pl.col("window_from").min()).dt.total_days() + 1,
    )


def _per_stock(stock: pl.DataFrame) -> pl.DataFrame:
    return stock.group_by(_DEALER).agg(stock_qty=pl.col("volume").sum(), stock_counted_on=pl.col("counted_on").min())


def _signed(facts: Facts, period: Period, here: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """What signed outlets sold against what they committed to, each in the unit of its contract."""
    outlets = _signed_outlets(facts, period, here, units)
    unit = pl.col("contract_unit")
    clear = ~pl.col("inexpressible").any() & (unit.n_unique() == 1)
    return outlets.group_by(_DEALER).agg(
        outlets_signed=pl.len(),
        signed_qty=pl.when(clear).then(pl.col("signed").sum()),
        committed_qty=pl.when(clear).then(pl.col("committed_qty").sum()),
        outlets_met=pl.when(~pl.col("inexpressible").any()).then((pl.col("signed") >= pl.col("committed_qty")).sum()),
    )


def _signed_outlets(facts: Facts, period: Period, here: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Each contract of the period with what its outlet sold in the contract's unit."""
    contracts = (
        facts["outlet_contract"]
        .filter(pl.col("period") == period.key)
        .select(*_OUTLET, "committed_qty", *_PLACED, contract_unit="unit")
        .join(units, on=_DEALER, how="left")
        .with_columns(contract_unit=pl.coalesce("contract_unit", "qty_unit"))
    )
    unit = pl.col("contract_unit")
    lines = here.drop(_PLACED).join(contracts, on=_OUTLET, how="inner").with_columns(
        done=pl.when(unit == pl.col("volume_unit")).then("volume").otherwise(_expressed(unit))
    )
    sold = lines.group_by(_OUTLET).agg(
        signed=pl.col("done").sum(), inexpressible=(pl.col("done").is_null() & (pl.col("base_qty") != 0)).any()
    )
    return contracts.join(sold, on=_OUTLET, how="left").with_columns(
        pl.col("signed").fill_null(0), pl.col("inexpressible").fill_null(False)
    )


def behind(facts: Facts, company: Company, period: Period, as_of: date) -> dict[str, pl.DataFrame]:
    """The rows that :func:`measure` counts and adds, with their sources: ``outlets, contracts, stock, window``."""
    products = facts.as_of("product", as_of).select("product_code", "unit", "base_unit", "units_per_base")
    sold = _in_one_unit(_sell_out(facts, company, as_of), products, company.policy.volume_unit)
    window = _window(sold, company, period, as_of)
    stock = _in_one_unit(_last_count(facts, as_of), products, company.policy.volume_unit)
    here = sold.filter(pl.col("sold_on").is_between(period.start, as_of))
    contracts = _signed_outlets(facts, period, here, _units(window, stock))
    return {"outlets": _outlets(facts, as_of, period, sold, here), "contracts": contracts, "stock": stock, "window": window, "here": here}


def _indicators(frame: pl.DataFrame, company: Company, as_of: date, visits_arrived: bool) -> pl.DataFrame:
    """Seven ratios, each null with a reason where it says nothing."""
    outlets, traded = pl.col("outlets"), pl.col("outlets_traded")
    oldest = as_of - timedelta(days=company.policy.dealers.stock_count_max_age_days)
    mixed = pl.col("mixed").fill_null(False)
    silent, unsigned = pl.col("reported") == 0, pl.col("outlets_signed") == 0
    reasons: dict[str, list[tuple[pl.Expr, str]]] = {
        "visit_coverage": [(outlets == 0, "no_outlets"), (pl.lit(not visits_arrived), "not_delivered")],
        "distribution": [
            (outlets == 0, "no_outlets"),
            ((pl.col("ever_reported") == 0) & (pl.col("dated_outlets") == 0), "no_sell_out"),
        ],
        "sales_per_outlet": [
            (outlets == 0, "no_outlets"), (silent, "no_sell_out"), (traded == 0, "no_traded_outlets"), (mixed, "mixed_units"),
        ],
        "active_rate": [(outlets == 0, "no_outlets"), (silent, "no_sell_out"), (traded == 0, "no_traded_outlets")],
        "signed_attainment": [
            (unsigned, "no_contract"), (silent, "no_sell_out"), (pl.col("signed_qty").is_null(), "mixed_units"),
        ],
        "signed_attainment_count": [
            (unsigned, "no_contract"), (silent, "no_sell_out"), (pl.col("outlets_met").is_null(), "mixed_units"),
        ],
        "stock_days": [
            (pl.col("stock_counted_on").is_null(), "no_stock_count"),
            (pl.col("stock_counted_on") < oldest, "count_too_old"),
            (silent, "no_sell_out"),  # a month without its sales would make the stock last longer than it does
            (mixed, "mixed_units"),
            (pl.col("window_sold_qty").fill_null(0) <= 0, "no_sell_out"),
        ],
    }  # fmt: skip
    values = {
        "visit_coverage": ratio_expr(pl.col("outlets_visited"), outlets),
        "distribution": ratio_expr(traded, outlets),
        "sales_per_outlet": ratio_expr(pl.col("sold_qty"), traded * E4),
        "active_rate": ratio_expr(pl.col("outlets_active"), traded),
        "signed_attainment": ratio_expr(pl.col("signed_qty"), pl.col("committed_qty")),
        "signed_attainment_count": ratio_expr(pl.col("outlets_met"), pl.col("outlets_signed")),
        "stock_days": ratio_expr(pl.col("stock_qty").cast(pl.Float64) * pl.col("window_days"), pl.col("window_sold_qty")),
    }
    why = {kpi: _first(reasons[kpi]) for kpi in KPIS}
    quantities = [pl.when(~mixed).then(name).alias(name) for name in ("sold_qty", "stock_qty", "window_sold_qty")]
    of_the_period = [pl.when(~silent).then(name).alias(name) for name in ("outlets_active", "sold_qty", "outlets_met", "signed_qty")]
    return (
        frame.with_columns(**{f"why_{kpi}": reason for kpi, reason in why.items()})
        .with_columns(**{kpi: pl.when(pl.col(f"why_{kpi}").is_null()).then(values[kpi]) for kpi in KPIS})
        .with_columns(quantities)
        .with_columns(of_the_period)
    )


def _first(reasons: list[tuple[pl.Expr, str]]) -> pl.Expr:
    return pl.coalesce(pl.when(holds).then(pl.lit(reason)) for holds, reason in reasons)


def _targets(facts: Facts, company: Company, period: Period, dealers: pl.DataFrame) -> pl.DataFrame:
    """Target and weight of each dealer's indicators: ``kpi_target`` by the narrowest scope, else the policy.

    Within a scope the row of this period counts, else that of its fiscal year (``FY2026``), else the latest before. A row
    without weight keeps the policy's.
    """
    kpis = company.policy.dealers.kpis
    if unknown := sorted(set(kpis) - set(KPIS)):
        raise ConfigurationError(
            f"{company.folder / 'policy.yaml'}: dealers.kpis names {', '.join(unknown)}; the indicators are {', '.join(KPIS)}."
        )
    policy = pl.DataFrame(
        [(kpi, scaled(str(kpis[kpi].target)), scaled(str(kpis[kpi].weight))) for kpi in KPIS if kpi in kpis],
        schema={"kpi": pl.String, "policy_target": pl.Int64, "policy_weight": pl.Int64},
        orient="row",
    )
    given = _given(facts, company, period)
    scopes = pl.concat(
        [
            dealers.select(_DEALER, scope="dealer:" + pl.col(_DEALER), narrow=pl.lit(0)),
            dealers.select(_DEALER, scope="region:" + pl.col("region_code"), narrow=pl.lit(1)),
            dealers.select(_DEALER, scope=pl.lit("all"), narrow=pl.lit(2)),
        ]
    )
    own = (
        scopes.join(given, on="scope", how="inner")
        .sort(_DEALER, "kpi", "narrow")
        .group_by(_DEALER, "kpi", maintain_order=True)
        .agg(pl.col("scope", "target", "weight").first())
    )
    return (
        dealers.select(_DEALER)
        .join(policy, how="cross")
        .join(own, on=[_DEALER, "kpi"], how="full", coalesce=True)
        .select(
            _DEALER,
            "kpi",
            target=pl.coalesce("target", "policy_target"),
            weight=pl.coalesce("weight", "policy_weight"),
            scope=pl.col("scope").fill_null("policy"),
        )
        .filter(pl.col("weight") > 0)
    )


def _given(facts: Facts, company: Company, period: Period) -> pl.DataFrame:
    """The row of ``kpi_target`` that holds in ``period``, for each scope and indicator."""
    rows = facts["kpi_target"].filter(pl.col("kpi").is_in(list(KPIS)))
    starts = {p.key: p.start for p in company.calendar.periods if p.start <= period.start}
    age = {key: (period.start - start).days * 2 for key, start in starts.items()}
    age[f"FY{period.fiscal_year}"] = 1  # after the period's own row, before any earlier one
    known = pl.DataFrame({"period": list(age), "age": list(age.values())}, schema={"period": pl.String, "age": pl.Int64})
    return (
        rows.join(known, on="period", how="inner")
        .sort("scope", "kpi", "age")
        .group_by("scope", "kpi", maintain_order=True)
        .agg(pl.col("target", "weight").first())
    )


def _scores(measured: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    """One row a dealer and indicator that has a weight: actual, target, score 0–100."""
    long = pl.concat(
        [measured.select(_DEALER, kpi=pl.lit(kpi), actual=pl.col(kpi), null_reason=pl.col(f"why_{kpi}")) for kpi in KPIS]
    )
    actual, target = pl.col("actual"), pl.col("target").cast(pl.Float64) / E4
    stock = pl.when(actual > 0).then(target / actual).otherwise(0.0)
    reached = pl.when(pl.col("kpi") == "stock_days").then(stock).otherwise(actual / target)
    return (
        targets.join(long, on=[_DEALER, "kpi"], how="inner")
        .with_columns(null_reason=pl.when(pl.col("target") <= 0).then(pl.lit("no_target")).otherwise("null_reason"))
        .with_columns(score=pl.when(pl.col("null_reason").is_null() & actual.is_not_null()).then((reached * 100).clip(0, 100)))
        .sort(_DEALER, _kpi_order())
    )


def _kpi_order() -> pl.Expr:
    return pl.col("kpi").replace_strict(list(KPIS), list(range(len(KPIS))), return_dtype=pl.Int64)


def _totals(scores: pl.DataFrame, company: Company) -> pl.DataFrame:
    """Weighted score over the indicators that have one, and the grade before vetoes."""
    policy = company.policy.dealers
    scored = pl.col("score").is_not_null()
    weight = pl.col("weight")
    enough = pl.col("used") * E4 >= pl.col("whole") * scaled(str(policy.minimum_weight))
    grade = pl.coalesce(
        pl.when(pl.col("score") + _HAIR >= float(least)).then(pl.lit(name))
        for name, least in sorted(policy.grades.items(), key=lambda item: -item[1])
    )
    return (
        scores.group_by(_DEALER, maintain_order=True)
        .agg(
            used=weight.filter(scored).sum(),
            whole=weight.sum(),
            points=(weight.filter(scored).cast(pl.Float64) * pl.col("score").filter(scored)).sum(),
        )
        .with_columns(
            score=pl.when(pl.col("used") > 0).then((pl.col("points") / pl.col("used").cast(pl.Float64)).clip(0, 100)),
            weight_used=ratio_expr(pl.col("used"), pl.col("whole")),
            rescaled=pl.col("used") < pl.col("whole"),
        )
        .select(_DEALER, "score", "weight_used", "rescaled", grade_before_veto=pl.when(enough & (pl.col("used") > 0)).then(grade))
    )


def _weak(scores: pl.DataFrame, company: Company) -> pl.DataFrame:
    """The indicators below the best grade's threshold that cost the most points, at most three."""
    best = float(max(company.policy.dealers.grades.values()))
    lost = pl.when(pl.col("score") + _HAIR < best).then(pl.col("weight").cast(pl.Float64) * (100 - pl.col("score")))
    rank = lost.rank("ordinal", descending=True).over(_DEALER)
    return scores.select(_DEALER, "kpi", rank_lost=rank).with_columns(weak=(pl.col("rank_lost") <= WEAKEST).fill_null(False))


def _moved(frame: pl.DataFrame, past: pl.DataFrame, on: list[str], column: str, name: str) -> pl.DataFrame:
    """``frame`` with the value ``then`` of an earlier period and the change since."""
    return frame.join(past, on=on, how="left", maintain_order="left").with_columns(
        (pl.col(column) - pl.col("then")).alias(f"change_{name}")
    ).rename({"then": f"{column}_{name}"})


def _graded(frame: pl.DataFrame, company: Company, receivables: pl.DataFrame | None) -> pl.DataFrame:
    """Vetoes, the final grade and the support that goes with it."""
    policy = company.policy.dealers
    if receivables is None:
        frame = frame.with_columns(overdue=pl.lit(False), breached=pl.lit(False))
    else:
        vetoed = receivables.select(
            overdue=(pl.col("oldest_days_late") > policy.veto_overdue_days).fill_null(False),
            breached=(pl.col("over_limit").cast(pl.Int64) > 0).fill_null(False) & policy.veto_limit_breached,
            dealer_code="customer_code",
        )
        frame = frame.join(vetoed, on=_DEALER, how="left", maintain_order="left").with_columns(
            pl.col("overdue", "breached").fill_null(False)
        )
    named = (pl.when("overdue").then(pl.lit("overdue")), pl.when("breached").then(pl.lit("over_limit")))
    vetoes = pl.concat_str(*named, separator=",", ignore_nulls=True)
    ranked = sorted(policy.grades, key=lambda name: -policy.grades[name])
    better = ranked[: ranked.index(policy.veto_grade)] if policy.veto_grade in ranked else []
    before = pl.col("grade_before_veto")
    held = (pl.col("overdue") | pl.col("breached")) & before.is_in(better)
    return (
        frame.with_columns(vetoes=vetoes.fill_null(""), grade=pl.when(held).then(pl.lit(policy.veto_grade)).otherwise(before))
        .with_columns(
            support=pl.col("grade").replace_strict(policy.support, default=None, return_dtype=pl.String),
            # A dealer without any weighted indicator has no row of scores at all.
            weight_used=pl.col("weight_used").fill_null(0.0),
            rescaled=pl.col("rescaled").fill_null(False),
        )
    )
