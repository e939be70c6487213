"""Receivables add up: classes less advances, the roll-forward's arithmetic, and where it starts (C6).

The arithmetic is an invariant, customer by customer. That a period opens with what the last one closed with is a finding: later
inputs for a closed period move it, and ``restatement`` explains them.
"""

from __future__ import annotations

import polars as pl

from pipelines.company.policy import Controls
from pipelines.contracts.model import Kind
from pipelines.controls.results import Result, found, nothing, reports_of, tied
from pipelines.quality.judge import value_text

_REPORTS = ",".join(reports_of("receipt_allocation"))


def buckets_less_advances(period: str, receivables: pl.DataFrame, ageing: pl.DataFrame) -> Result:
    """Σ ageing classes − advances = balance, for every customer and each way of ageing.

    ``receivables`` (``customer_code, balance, advance``) and ``ageing`` (``customer_code, basis, amount``) are the marts of M3.
    """
    bases = ageing.select("basis").unique() if len(ageing) else pl.DataFrame({"basis": ["due"]})
    sums = ageing.group_by("customer_code", "basis").agg(pl.col("amount").sum())
    customers = pl.concat([receivables.select("customer_code"), ageing.select("customer_code")]).unique()
    rows = (
        customers.join(bases, how="cross")
        .join(sums, on=["customer_code", "basis"], how="left")
        .join(receivables.select("customer_code", "balance", "advance"), on="customer_code", how="left")
        .with_columns(pl.col("amount", "balance", "advance").fill_null(0))
        .with_columns(left_amount=pl.col("amount") - pl.col("advance"), right_amount="balance")
    )
    both = _whole_and_broken(rows, "basis")
    ties = tied(
        both,
        period=period,
        control="M3",
        statement="buckets_less_advance",
        left="buckets_less_advance",
        right="balance",
        reports=_REPORTS,
    )
    return ties, nothing()[1]


def rolls_forward(period: str, policy: Controls, roll_forward: pl.DataFrame, last: pl.DataFrame | None) -> Result:
    """C6: opening + movements = closing = open items − advances, and the opening is the ``closing`` last published.

    ``roll_forward`` is the mart ``receivables_roll_forward``; ``last`` has ``customer_code, closing`` of the period before as
    it was published, or is None where nothing was.
    """
    moved = (
        pl.col("opening")
        + pl.col("taken_over")
        + pl.col("sales")
        - pl.col("returns")
        - pl.col("receipts")
        + pl.col("adjustments")
    )
    rows = roll_forward.with_columns(left_amount=moved, right_amount="closing", all=pl.lit("all"))
    open_ = roll_forward.with_columns(
        left_amount=pl.col("open_amount") - pl.col("advance"), right_amount="closing", all=pl.lit("all")
    )
    ties = [
        tied(
            _whole_and_broken(rows, "all"), period=period, control="C6", statement="roll_forward",
            left="opening_and_movements", right="closing", reports=_REPORTS,
        ),
        tied(
            _whole_and_broken(open_, "all"), period=period, control="C6", statement="closing_is_open_less_advance",
            left="open_less_advance", right="closing", reports=_REPORTS,
        ),
    ]  # fmt: skip
    if last is None:
        return pl.concat(ties), nothing()[1]
    starts = (
        roll_forward.select("customer_code", "opening")
        .join(last.select("customer_code", "closing"), on="customer_code", how="full", coalesce=True)
        .with_columns(pl.col("opening", "closing").fill_null(0))
    )
    start = starts.select(subject=pl.lit("all"), left_amount=pl.col("opening").sum(), right_amount=pl.col("closing").sum())
    ties.append(
        tied(
            start, period=period, control="C6", statement="opening_is_last_closing", left="opening", right="last_closing",
            reports=_REPORTS, invariant=False,
        )
    )  # fmt: skip
    differing = starts.filter(pl.col("opening") != pl.col("closing")).select(
        subject="customer_code",
        amount=pl.col("opening") - pl.col("closing"),
        found=value_text(pl.col("opening"), Kind.MONEY),
        expected=value_text(pl.col("closing"), Kind.MONEY),
    )
    findings = found(differing, period=period, control="C6", policy=policy, rule="opening_moved", reports=_REPORTS)
    return pl.concat(ties), findings


def _whole_and_broken(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """One line for all customers, and one for each customer whose own does not tie: differences must not cancel."""
    whole = rows.group_by(by).agg(pl.col("left_amount", "right_amount").sum())
    broken = rows.filter(pl.col("left_amount") != pl.col("right_amount"))
    return pl.concat(
        [
            whole.select("left_amount", "right_amount", subject=pl.col(by)),
            broken.select("left_amount", "right_amount", subject=pl.concat_str(by, "customer_code", separator=" ")),
        ]
    ).sort("subject")
