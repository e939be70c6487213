"""The lines of the market for ``evidence``: complaints.

What counts is said by ``metrics.market``, ``metrics.channels`` and ``metrics.satisfaction``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.reports.reasons.placing import EARLIER, PLACED, Part, one
from pipelines.sources.facts import Facts


def lines(facts: Facts, period: Period, as_of: date) -> Iterator[Part]:
    """Every kind of lines of the market of ``period``."""
    if facts.has("complaint"):
        yield "complaints", _complaints(facts, min(as_of, period.end)), ("complaint_no", "resolved_on")


def _complaints(facts: Facts, until: date) -> pl.DataFrame:
    done = (pl.col("resolved_on") <= until).fill_null(value=False)
    took = (pl.col("resolved_on") - pl.col("raised_on")).dt.total_days()
    return facts["complaint"].filter(pl.col("raised_on") <= until).select(
        pl.col("period").fill_null(EARLIER).alias("in_period"), pl.col("raised_on").alias("on"),
        pl.col("complaint_no").alias("document_no"), "customer_code",
        pl.col("employee_code", "region_code", "category", "severity").fill_null(""), one(done).alias("resolved"), one(~done).alias("open"),
        pl.when(done).then(took).alias("days_to_resolve"), *PLACED,
    )  # fmt: skip
