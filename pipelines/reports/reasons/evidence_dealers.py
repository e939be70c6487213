"""The lines of the dealers' indicators for ``evidence``: outlets, contracts, sell-out, stock counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.metrics.dealers import behind
from pipelines.reports.reasons.placing import PLACED, Part
from pipelines.sources.facts import Facts


def lines(facts: Facts, company: Company, period: Period, as_of: date) -> Iterator[Part]:
    """Kind, rows with their sources, and the delivered columns of their amounts; nothing of what was not delivered."""
    if facts["outlet"].is_empty() and facts["dealer_stock"].is_empty() and facts["sell_out"].is_empty():
        return
    found = behind(facts, company, period, as_of)

    def flag(name: str) -> pl.Expr:
        return pl.when(name).then(pl.lit(1, pl.Int64)).alias(f"outlets_{name}")

    outlets = found["outlets"].select(
        pl.lit(period.key).alias("in_period"), "dealer_code", "outlet_code", pl.lit(1, pl.Int64).alias("outlets"), flag("visited"),
        flag("traded"), flag("active"), pl.when("traded").then("volume").alias("sold_qty"), *PLACED,
    )  # fmt: skip
    yield "outlets", outlets, ("outlet_code",)
    met = pl.col("signed") >= pl.col("committed_qty")
    yield "contracts", found["contracts"].select(
        pl.lit(period.key).alias("in_period"), "dealer_code", "outlet_code", pl.lit(1, pl.Int64).alias("outlets_signed"),
        pl.when(met).then(pl.lit(1, pl.Int64)).alias("outlets_met"), pl.col("signed").alias("signed_qty"), "committed_qty", *PLACED,
    ), ("committed_qty",)  # fmt: skip
    yield "stock", found["stock"].select(
        pl.lit(period.key).alias("in_period"), pl.col("counted_on").alias("on"), "dealer_code", "product_code",
        pl.col("volume").alias("stock_qty"), *PLACED,
    ), ("qty",)  # fmt: skip
    yield "sell_out", found["window"].select(
        pl.lit(period.key).alias("in_period"), pl.col("sold_on").alias("on"), "dealer_code", "outlet_code", "product_code",
        pl.col("volume").alias("window_sold_qty"), *PLACED,
    ), ("qty",)  # fmt: skip
