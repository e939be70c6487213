"""Rebate claims against the policy (M9): what differs, by dealer and programme. How it is computed is ``metrics.rebates``'.

A finding names no file, so that it does not go back to the dealer by itself: what is right is first for the company to say.
"""

from __future__ import annotations

import polars as pl

from pipelines.company.policy import Controls
from pipelines.contracts.model import Kind
from pipelines.controls.results import Result, found, nothing
from pipelines.quality.judge import value_text

REPORTS = "R11"


def rebate_claims(period: str, policy: Controls, rebates: pl.DataFrame) -> Result:
    """Findings of the claims of mart ``rebates`` that are not what policy gives, or are for no programme."""
    claims = rebates.filter((pl.col("claimed") != 0) & (pl.col("difference") != 0))
    if claims.is_empty():
        return nothing()
    stray = pl.col("reason") == "no_programme"
    rows = claims.with_columns(
        subject=pl.concat_str("dealer_code", "programme", separator=" "),
        rule=pl.when(stray).then(pl.lit("rebate_of_no_programme")).otherwise(pl.lit("rebate_claim_differs")),
        found=value_text(pl.col("claimed"), Kind.MONEY),
        expected=pl.when(stray).then("programme").otherwise(value_text(pl.col("accrued"), Kind.MONEY)),
        amount="difference",
    ).select("subject", "rule", "found", "expected", "amount")  # fmt: skip
    return nothing()[0], found(rows, period=period, control="M9", policy=policy, reports=REPORTS)
