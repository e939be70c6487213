"""Why net sales differ from plan or from last year: price, volume, mix, new, discontinued, other (M1).

Exact to the ten-thousandth on every leaf, so that any cut of the leaves adds up. Which leaves there are is policy
``causes.leaf``; amounts without quantity (a line of an allowance or rebate, or what a leaf keeps when its quantities cancel out)
are *other*. How the causes are put into words belongs to ``reports``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_sales import TOP_CAUSES, VARIANCE_CAUSE_LEAVES, VARIANCE_CAUSES
from pipelines.errors import ConfigurationError, InvariantBroken
from pipelines.metrics.plan_actual import DIMENSIONS, Events, derived, dimensions_of, labelled, plans_of
from pipelines.money import E8, LIMIT, mul_div, ratio_expr
from pipelines.sources.facts import Facts

CAUSES = ("price", "volume", "mix", "new", "discontinued", "other")
CAUSE_CUTS = (
    "company", *DIMENSIONS, "department*region_code", "region_code*product_line", "region_code*product_code",
    "product_line*product_code",
)
TOP_DIMENSIONS = ("region_code", "product_line", "product_code", "customer_code")

_AMOUNTS = ("base_amount", "actual_amount")
_FOLLOWS = {
    "customer_code": ("region_code", "employee_code"),
    "employee_code": ("region_code",),
    "region_code": ("department",),
    "product_code": ("product_line",),
}


def causes(base: pl.DataFrame, actual: pl.DataFrame, leaf: Sequence[str]) -> pl.DataFrame:
    """The six causes of each leaf and unit group (M1), from two sides keyed by ``leaf`` and ``unit``.

    Both sides have ``qty`` and ``amount`` (with quantity) and ``bare`` (amounts without quantity), in ten-thousandths.
    A unit group whose base quantities add up to 0 has no average price: its volume is 0 and all is mix. Raises
    ``InvariantBroken`` when a leaf's causes do not add up, or when sums come near what 128 bits can multiply.
    """
    on = [*leaf, "unit"]
    frame = base.join(actual, on=on, how="full", coalesce=True, suffix="_a").with_columns(
        pl.col("qty", "amount", "bare", "qty_a", "amount_a", "bare_a").fill_null(0)
    )
    sides = ("qty", "amount", "bare", "qty_a", "amount_a", "bare_a")
    if not frame.select(pl.all_horizontal(pl.col(*sides).cast(pl.Float64).abs().sum() < float(LIMIT)))[0, 0]:
        raise InvariantBroken(
            "Causes of variance: the sums of quantity or amount are too large to multiply exactly. "
            "Look for a wrong unit in the sales lines or in the plan."
        )
    frame = frame.with_columns(base_amount=pl.col("amount") + pl.col("bare"), actual_amount=pl.col("amount_a") + pl.col("bare_a"))
    planned, sold = pl.col("qty") != 0, pl.col("qty_a") != 0
    # Quantities that cancel out leave an amount without quantity.
    frame = frame.with_columns(
        amount=pl.when(planned).then("amount").otherwise(0),
        amount_a=pl.when(sold).then("amount_a").otherwise(0),
        both=planned & sold,
    ).with_columns(
        top=pl.when("both").then("amount").otherwise(0).sum().over("unit"),
        below=pl.when("both").then("qty").otherwise(0).sum().over("unit"),
    )
    step = pl.col("qty_a") - pl.col("qty")
    both = pl.col("both")
    none = pl.lit(0, pl.Int64)
    # A base quantity near nothing beside a large one makes an effect that no column can hold.
    sizes = [
        step.cast(pl.Float64).abs() * pl.col(top).cast(pl.Float64).abs() / pl.col(below).cast(pl.Float64).abs()
        for top, below in (("amount", "qty"), ("top", "below"))
    ]
    absurd = frame.filter(both & pl.any_horizontal(size.is_finite() & (size >= float(LIMIT)) for size in sizes))
    if absurd.height:
        raise InvariantBroken(
            f"Causes of variance: the base quantity of {_listed(absurd, on)} is too small for its amount to be compared. "
            "Look for a wrong unit in the plan or in last year's sales lines."
        )
    frame = frame.with_columns(
        q=pl.when(both).then(mul_div(step, pl.col("amount"), pl.col("qty"))).otherwise(none),
        volume=pl.when(both).then(mul_div(step, pl.col("top"), pl.col("below")).fill_null(0)).otherwise(none),
    ).with_columns(
        price=pl.when(both).then(pl.col("amount_a") - pl.col("amount") - pl.col("q")).otherwise(none),
        mix=pl.col("q") - pl.col("volume"),
        new=pl.when(sold & ~planned).then("amount_a").otherwise(none),
        discontinued=pl.when(planned & ~sold).then(-pl.col("amount")).otherwise(none),
        other=(pl.col("actual_amount") - pl.col("amount_a")) - (pl.col("base_amount") - pl.col("amount")),
        variance=pl.col("actual_amount") - pl.col("base_amount"),
        average_price=mul_div(pl.col("top"), pl.lit(10_000, pl.Int64), pl.col("below")),
    )
    broken = frame.filter(pl.sum_horizontal(*CAUSES) != pl.col("variance"))
    if broken.height:
        raise InvariantBroken(f"Causes of variance do not add up on {broken.height} leaves: {_listed(broken, on)}.")
    quantities = pl.col("qty").alias("base_qty"), pl.col("qty_a").alias("actual_qty")
    return frame.select(*on, *quantities, *_AMOUNTS, "average_price", "variance", *CAUSES).sort(on)


def _listed(frame: pl.DataFrame, on: Sequence[str]) -> str:
    return "; ".join(" × ".join(map(str, row)) for row in frame.select(on).sort(on).head(10).rows())


def variance_cause_leaves(
    facts: Facts, company: Company, period: Period, *, as_of: date | None = None, plan_version: str | None = None
) -> pl.DataFrame:
    """Causes line by line for the period and the year to date, against plan and against last year (``VARIANCE_CAUSE_LEAVES``).

    Base ``plan`` is absent where the plan does not have both quantities in known units and amounts at the leaf for every period
    of the span. What follows from a leaf (department of its region, line of its product) is taken from the masters at the
    period's end, on both sides, so that a customer that moved does not look like one lost and one won. Raises
    ``InvariantBroken``.
    """
    leaf = company.policy.causes.leaf
    if not leaf or not set(leaf) <= set(DIMENSIONS):
        raise ConfigurationError(f"policy.yaml, causes.leaf: {list(leaf)} must name one or more of {', '.join(DIMENSIONS)}.")
    parts = []
    plans = plans_of(facts, company, plan_version).monthly()
    for span, now, before in _spans(company, period):
        actual = _sold(facts, leaf, now, as_of or period.end)
        sides = {"plan": _planned(facts, company, plans, leaf, now, plan_version)}
        if before:
            sides["last_year"] = _sold(facts, leaf, before, date.max)
        for name, base in sides.items():
            if base is None:
                continue
            found = causes(base, actual, leaf)
            _tied(found, "actual_amount", actual, name, span)
            _tied(found, "base_amount", base, name, span)
            parts.append(found.with_columns(base=pl.lit(name), span=pl.lit(span)))
    if not parts:
        return pl.DataFrame(schema=VARIANCE_CAUSE_LEAVES.schema)
    known = {*leaf}
    for name in ("customer_code", "employee_code", "region_code", "product_code"):
        known |= set(_FOLLOWS[name]) if name in known else set()
    missing = {name: pl.lit(None, pl.String) for name in DIMENSIONS if name not in leaf}
    frame = derived(facts, pl.concat(parts).with_columns(day=pl.lit(period.end), **missing))
    frame = frame.with_columns(
        pl.col(name).fill_null("") if name in known else pl.lit("all").alias(name) for name in DIMENSIONS
    ).with_columns(period=pl.lit(period.key))
    shape = VARIANCE_CAUSE_LEAVES
    return frame.select(pl.col(name).cast(dtype) for name, dtype in shape.schema.items()).sort(shape.grain)


def _spans(company: Company, period: Period) -> Iterator[tuple[str, list[Period], list[Period]]]:
    calendar = company.calendar
    for span, now in (("period", (period,)), ("year_to_date", calendar.year_to_date(period))):
        yield span, list(now), [found for found in map(calendar.same_last_year, now) if found]


def _sold(facts: Facts, leaf: Sequence[str], periods: Sequence[Period], as_of: date) -> pl.DataFrame:
    """Quantity, its amount, and amounts of lines without quantity, by leaf and base unit."""
    with_qty = pl.col("base_qty").fill_null(0) != 0
    amount = pl.col("net_amount")
    return (
        facts["sales_line"].lazy()
        .filter(
            pl.col("period").is_in([period.key for period in periods]),
            pl.col("document_kind") != "delivery",
            pl.col("document_date") <= as_of,
        )
        .with_columns(pl.col(*leaf).fill_null(""), unit=pl.col("base_unit").fill_null(""))
        .group_by(*leaf, "unit")
        .agg(
            qty=pl.col("base_qty").sum(),
            amount=pl.when(with_qty).then(amount).otherwise(0).sum(),
            bare=pl.when(with_qty).then(0).otherwise(amount).sum(),
        )
        .collect(engine="streaming")
    )


def _planned(
    facts: Facts, company: Company, rows: pl.DataFrame, leaf: Sequence[str], periods: Sequence[Period], version: str | None
) -> pl.DataFrame | None:
    """The plan at the leaf, or None where quantities or amounts are missing for a period or a quantity's unit is not known."""
    rows = rows.filter(pl.col("period").is_in([period.key for period in periods]), pl.col("measure").is_in(["qty", "net_amount"]))
    if rows.is_empty():
        return None
    cells = plans_of(facts, company, version).by(rows, leaf, unit_for_all=True)
    held = cells.group_by("measure").agg(pl.col("period").n_unique()).filter(pl.col("period") == len(periods))
    vague = cells.filter(pl.col("measure") == "qty", pl.col("unit") == "")
    if held.height < 2 or vague.height:
        return None
    value = pl.col("plan")
    return cells.group_by(*leaf, "unit").agg(
        qty=value.filter(pl.col("measure") == "qty").sum(),
        amount=value.filter(pl.col("measure") == "net_amount").sum(),
        bare=pl.lit(0, pl.Int64),
    )


def _tied(leaves: pl.DataFrame, column: str, side: pl.DataFrame, base: str, span: str) -> None:
    found, expected = int(leaves[column].sum()), int(side["amount"].sum()) + int(side["bare"].sum())
    if found != expected:
        raise InvariantBroken(
            f"Causes of variance against {base} ({span}): {column} of the leaves adds up to {found}, the rows to {expected} "
            "(ten-thousandths). A leaf key stands twice on one side."
        )


def variance_causes(
    leaves: pl.DataFrame, facts: Facts, company: Company, period: Period, *, cuts: Sequence[str] = CAUSE_CUTS
) -> pl.DataFrame:
    """The leaves added up by each cut whose dimensions they know (``VARIANCE_CAUSES``)."""
    known = known_dimensions(leaves)
    parts = []
    for cut in cuts:
        dims = dimensions_of(cut)
        if not set(dims) <= known:
            continue
        sums = leaves.group_by("base", "span", *dims).agg(pl.col(*_AMOUNTS, "variance", *CAUSES).sum())
        keys = [*(pl.col(name) for name in dims), *([] if dims else [pl.lit("all")]), pl.lit("")]
        parts.append(sums.with_columns(cut=pl.lit(cut), key=keys[0], key2=keys[1]).drop(*dims))
    if not parts:
        return pl.DataFrame(schema=VARIANCE_CAUSES.schema)
    frame = labelled(pl.concat(parts), facts, company, period.end).with_columns(period=pl.lit(period.key))
    shape = VARIANCE_CAUSES
    return frame.select(pl.col(name).cast(dtype) for name, dtype in shape.schema.items()).sort(shape.grain)


def known_dimensions(leaves: pl.DataFrame) -> set[str]:
    """The dimensions that every leaf knows: those that are not 'all'."""
    return {name for name in DIMENSIONS if not (leaves[name] == "all").any()}


def top_causes(
    leaves: pl.DataFrame,
    facts: Facts,
    company: Company,
    period: Period,
    *,
    dimensions: Sequence[str] = TOP_DIMENSIONS,
    as_of: date | None = None,
    plan_version: str | None = None,
) -> pl.DataFrame:
    """Which keys explain policy ``causes.explain_share`` of the gap in net amount, and which work against it (``TOP_CAUSES``).

    ``explains``: keys that moved with the gap, largest first, until together they reach the share. ``offsets``: keys that moved
    against it, largest first, until what is left unnamed is at most 1 − share of the gap. ``contribution`` is of the gap, so
    that all keys add up to 1. Dimensions that the leaves do not know are compared by amount alone; no gap, no rows.
    """
    known = known_dimensions(leaves)
    inside = [name for name in dimensions if name in known]
    parts = [
        leaves.group_by("base", "span", pl.col(name).alias("key")).agg(pl.col(*_AMOUNTS, *CAUSES).sum()).with_columns(
            dimension=pl.lit(name)
        )
        for name in inside
    ]
    done = {(base, span, name) for base, span in leaves.select("base", "span").unique().rows() for name in inside}
    parts += _compared(facts, company, period, dimensions, done, as_of or period.end, plan_version)
    if not parts:
        return pl.DataFrame(schema=TOP_CAUSES.schema)
    group = ["base", "span", "dimension"]
    frame = pl.concat(parts, how="diagonal").with_columns(variance=pl.col("actual_amount") - pl.col("base_amount"))
    frame = frame.with_columns(gap=pl.col("variance").sum().over(group)).filter(pl.col("gap") != 0, pl.col("variance") != 0)
    with_gap = (pl.col("variance") > 0) == (pl.col("gap") > 0)
    group.append("side")
    size = pl.col("variance").abs().cast(pl.Int128)
    frame = frame.with_columns(side=pl.when(with_gap).then(pl.lit("explains")).otherwise(pl.lit("offsets")))
    frame = frame.sort(*group, pl.col("variance").abs(), "key", descending=[*[False] * 4, True, False])
    share = int(company.policy.causes.explain_share * E8)
    before = size.cum_sum().over(group) - size
    gap = pl.col("gap").abs().cast(pl.Int128)
    needed = pl.when(pl.col("side") == "explains").then(before * E8 < share * gap).otherwise(
        (size.sum().over(group) - before) * E8 > (E8 - share) * gap
    )
    frame = frame.with_columns(
        needed=needed,
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(group),
        contribution=ratio_expr(pl.col("variance"), pl.col("gap")),
        cumulative=ratio_expr(pl.col("variance").cum_sum().over(group), pl.col("gap")),
        cut=pl.col("dimension"),
        key2=pl.lit(""),
    ).filter("needed")
    for name in CAUSES:
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Int64).alias(name))
    towards = pl.concat_list([pl.col(name) * pl.col("variance").sign() for name in CAUSES])
    named = pl.lit(pl.Series([list(CAUSES)], dtype=pl.List(pl.String))).list.get(towards.list.arg_max())
    frame = frame.with_columns(main_cause=pl.when(pl.col("price").is_not_null()).then(named))
    frame = labelled(frame, facts, company, period.end).with_columns(period=pl.lit(period.key))
    shape = TOP_CAUSES
    return frame.select(pl.col(name).cast(dtype) for name, dtype in shape.schema.items()).sort(shape.grain)


def _compared(
    facts: Facts,
    company: Company,
    period: Period,
    dimensions: Sequence[str],
    done: set[tuple[str, str, str]],
    as_of: date,
    version: str | None,
) -> list[pl.DataFrame]:
    """Amounts of both sides by each dimension that the leaves cannot tell."""
    parts = []
    plans = plans_of(facts, company, version)
    monthly = plans.monthly().filter(pl.col("measure") == "net_amount")
    spans = list(_spans(company, period))
    _, year, last = spans[-1]
    events = Events(facts, [*year, *last], as_of)
    amount = pl.col("measure") == "net_amount"
    for name in dimensions:
        sold = events.by([name]).filter(amount)
        for span, now, before in spans:
            keys = [found.key for found in now]
            actual = sold.filter(pl.col("period").is_in(keys)).group_by(name).agg(actual_amount=pl.col("actual").sum())
            sides = {}
            if before:
                old = sold.filter(pl.col("period").is_in([found.key for found in before]))
                sides["last_year"] = old.group_by(name).agg(base_amount=pl.col("actual").sum())
            cells = plans.by(monthly.filter(pl.col("period").is_in(keys)), [name])
            if cells["period"].n_unique() == len(keys):
                sides["plan"] = cells.group_by(name).agg(base_amount=pl.col("plan").sum())
            for base, side in sides.items():
                if (base, span, name) not in done:
                    both = actual.join(side, on=name, how="full", coalesce=True).rename({name: "key"})
                    parts.append(
                        both.with_columns(
                            pl.col(*_AMOUNTS).fill_null(0), base=pl.lit(base), span=pl.lit(span), dimension=pl.lit(name)
                        )
                    )
    return parts
