"""What moved between two publications of a period, and by which cause (R25): figures side by side after each step.

A figure is a number that stands in a mart under a key. Which marts they come from after each step is the caller's business; here
they are laid side by side, the causes are their successive differences, and the last step must give the later publication to
the fen. The six causes and their order are ``domain.md``'s two clocks; that the business day moved is a seventh, where it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.contracts.marts_restatement import RESTATEMENT, RESTATEMENT_GRADES
from pipelines.errors import InvariantBroken

CAUSES = ("code", "policy", "master_data", "plan", "corrected_file", "late_document", "business_day")
"""In the order in which they are applied."""

GRAIN = ("figure", "span", "unit", "cut", "key")
CUTS = ("company", "department", "region_code", "employee_code", "customer_code", "product_line", "product_code")
_POSITION = ("balance", "not_due", "overdue", "advance", "over_limit")
_FLOW = ("opening", "sales", "returns", "receipts", "adjustments")
_FIGURES = pl.Schema(
    {"figure": pl.String(), "span": pl.String(), "unit": pl.String(), "cut": pl.String(), "key": pl.String(), "label": pl.String(),
     "value": pl.Int64()}
)  # fmt: skip

Marts = Mapping[str, pl.DataFrame]
USED: dict[str, tuple[str, ...]] = {
    "plan_actual": ("measure", "unit", "cut", "key", "label", "actual", "plan", "ytd_actual", "ytd_plan"),
    "receivables": ("customer_code", "customer_name", "region_code", *_POSITION),
    "receivables_roll_forward": ("customer_code", "customer_name", "region_code", *_FLOW),
    "receivables_ageing": ("basis", "bucket_no", "bucket", "amount"),
    "provision": ("customer_code", "customer_name", "region_code", "method", "amount"),
    "dealer_indicators": ("dealer_code", "name", "grade", "score"),
}
"""The columns that figures are taken from, by mart."""


def figures(marts: Marts) -> pl.DataFrame:
    """Every additive figure of one moment, one row a ``figure, span, unit, cut, key``: ten-thousandths, null where there is none.

    Plan and actual of every measure (``plan_actual``, the period and the year to date, single cuts), receivables by customer and
    region, their roll-forward, ageing by due date, provision by method.
    """
    found = [_sales(marts["plan_actual"], value, column, span) for value, column, span in (
        ("actual", "actual", "period"), ("plan", "plan", "period"), ("actual", "ytd_actual", "year_to_date"),
        ("plan", "ytd_plan", "year_to_date"),
    )]  # fmt: skip
    found += [_by_customer(marts["receivables"], name, name) for name in _POSITION]
    found += [_by_customer(marts["receivables_roll_forward"], name, f"receivables_{name}") for name in _FLOW]
    provision = marts["provision"]
    for method in sorted(provision["method"].unique().to_list()):
        found.append(_by_customer(provision.filter(pl.col("method") == method), "amount", f"provision_{method}"))
    due = marts["receivables_ageing"].filter(pl.col("basis") == "due")
    found.append(
        due.group_by(key=pl.col("bucket_no").cast(pl.String).str.zfill(2), label="bucket").agg(value=pl.col("amount").sum())
        .with_columns(figure=pl.lit("ageing"), span=pl.lit("period"), unit=pl.lit(""), cut=pl.lit("bucket"))
        .select(pl.col(name).cast(dtype) for name, dtype in _FIGURES.items())
    )  # fmt: skip
    return pl.concat(found).sort(GRAIN)


def _sales(plan_actual: pl.DataFrame, value: str, column: str, span: str) -> pl.DataFrame:
    return plan_actual.filter(pl.col("cut").is_in(CUTS)).select(
        pl.concat_str(pl.col("measure"), pl.lit("_plan" if value == "plan" else "")).alias("figure"),
        pl.lit(span).alias("span"), "unit", "cut", "key", "label", value=column,
    ).select(pl.col(name).cast(dtype) for name, dtype in _FIGURES.items())  # fmt: skip


def _by_customer(frame: pl.DataFrame, column: str, figure: str) -> pl.DataFrame:
    """A column summed over the company, by region, by customer."""
    cuts = {
        "company": (pl.lit("all"), pl.lit("")), "region_code": (pl.col("region_code").fill_null(""), pl.lit("")),
        "customer_code": (pl.col("customer_code"), pl.col("customer_name").fill_null("")),
    }  # fmt: skip
    return pl.concat(
        frame.group_by(key=key, label=label).agg(value=pl.col(column).sum())
        .with_columns(figure=pl.lit(figure), span=pl.lit("period"), unit=pl.lit(""), cut=pl.lit(cut))
        .select(pl.col(name).cast(dtype) for name, dtype in _FIGURES.items())
        for cut, (key, label) in cuts.items()
    )  # fmt: skip


def restatement(period: str, before: Marts, steps: Sequence[tuple[str, Marts]], after: Marts) -> pl.DataFrame:
    """The figures that moved from ``before`` to ``after``, with what each cause moved them by. Mart ``restatement``.

    ``steps``: a cause of :data:`CAUSES` and the marts once it is applied, in their order. Raises ``InvariantBroken`` when the
    last step is not ``after`` to the fen: then something moved that is none of the causes.
    """
    states = [figures(before), *(figures(marts) for _, marts in steps)]
    last, wanted = states[-1], figures(after)
    if not last.select(*GRAIN, "value").equals(wanted.select(*GRAIN, "value")):
        raise InvariantBroken(f"{period}: the causes do not lead to what is published. {_apart(last, wanted)}")
    keys = pl.concat(state.select(GRAIN) for state in states).unique()
    frame = keys.join(_named(states), on=list(GRAIN), how="left")
    for number, state in enumerate(states):
        frame = frame.join(state.select(*GRAIN, pl.col("value").alias(f"_{number}")), on=list(GRAIN), how="left")
    moved = {cause: pl.lit(0, pl.Int64) for cause in CAUSES}
    for number, (cause, _) in enumerate(steps, start=1):
        moved[cause] = moved[cause] + pl.col(f"_{number}").fill_null(0) - pl.col(f"_{number - 1}").fill_null(0)
    final = f"_{len(steps)}"
    frame = frame.with_columns(
        period=pl.lit(period), before=pl.col("_0"), after=pl.col(final),
        difference=pl.col(final).fill_null(0) - pl.col("_0").fill_null(0), **moved,
    )  # fmt: skip
    stayed = pl.all_horizontal(pl.col(cause) == 0 for cause in CAUSES) & (pl.col("before").is_null() == pl.col("after").is_null())
    found = frame.filter(~stayed).select(pl.col(name).cast(dtype) for name, dtype in RESTATEMENT.schema.items())
    if not found.filter(pl.sum_horizontal(CAUSES) != pl.col("difference")).is_empty():
        raise InvariantBroken(f"{period}: the causes do not add up to the difference.")
    return found.sort("figure", "span", "unit", "cut", "key")


def _named(states: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The latest name of each key; where a figure gives none, what another one calls it."""
    every = pl.concat(state.select(*GRAIN, "label") for state in states).unique(GRAIN, keep="last", maintain_order=True)
    named = every.filter(pl.col("label") != "").unique(["cut", "key"], keep="last", maintain_order=True)
    called = named.select("cut", "key", called="label")
    return every.join(called, on=["cut", "key"], how="left", maintain_order="left").select(
        *GRAIN, label=pl.when(pl.col("label") == "").then(pl.coalesce("called", pl.lit(""))).otherwise("label")
    )


def _apart(found: pl.DataFrame, wanted: pl.DataFrame) -> str:
    sides = found.join(wanted, on=list(GRAIN), how="full", coalesce=True, suffix="_wanted").filter(
        pl.col("value").ne_missing(pl.col("value_wanted"))
    )
    if sides.is_empty():
        return "A key without a value is missing."
    row = sides.sort(GRAIN).row(0, named=True)
    where = " ".join(str(row[name]) for name in GRAIN if row[name])
    return f"{sides.height} figures differ, first {where}: {row['value']} computed, {row['value_wanted']} published."


def unchanged(period: str, published: Marts, again: Marts) -> None:
    """Raises ``InvariantBroken`` when figures computed ``again`` from the same inputs by the same program are not the published ones."""
    found, wanted = figures(again), figures(published)
    if not found.select(*GRAIN, "value").equals(wanted.select(*GRAIN, "value")):
        raise InvariantBroken(f"{period}: what was published does not come out of its own files again. {_apart(found, wanted)}")


def grades_moved(period: str, before: Marts, steps: Sequence[tuple[str, Marts]]) -> pl.DataFrame:
    """Dealers whose grade or score moved, and by which causes. Mart ``restatement_grades``; scores to two places, which is what prints."""
    states = [_graded(before), *(_graded(marts) for _, marts in steps)]
    keys = pl.concat(state.select("dealer_code") for state in states).unique()
    names = pl.concat(state.select("dealer_code", "name") for state in states).unique("dealer_code", keep="last", maintain_order=True)
    frame = keys.join(names, on="dealer_code", how="left")
    for number, state in enumerate(states):
        frame = frame.join(
            state.select("dealer_code", pl.col("grade").alias(f"_grade{number}"), pl.col("score").alias(f"_score{number}")),
            on="dealer_code", how="left",
        )  # fmt: skip
    causes = [
        pl.when(
            pl.col(f"_grade{number}").ne_missing(pl.col(f"_grade{number - 1}"))
            | pl.col(f"_score{number}").ne_missing(pl.col(f"_score{number - 1}"))
        ).then(pl.lit(cause))
        for number, (cause, _) in enumerate(steps, start=1)
    ]
    last = len(steps)
    return (
        frame.with_columns(
            period=pl.lit(period), grade_before=pl.col("_grade0"), grade_after=pl.col(f"_grade{last}"),
            score_before=pl.col("_score0"), score_after=pl.col(f"_score{last}"),
            causes=pl.concat_str(causes, separator=",", ignore_nulls=True) if causes else pl.lit(""),
        )
        .filter(pl.col("causes") != "")
        .select(pl.col(name).cast(dtype) for name, dtype in RESTATEMENT_GRADES.schema.items())
        .sort("dealer_code")
    )  # fmt: skip


def _graded(marts: Marts) -> pl.DataFrame:
    return marts["dealer_indicators"].select("dealer_code", "name", "grade", pl.col("score").round(2))
