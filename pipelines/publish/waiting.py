"""What has arrived for a closed period and waits until somebody opens it. Opening is ``close``'s."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts.model import Contract

SCHEMA = pl.Schema(
    {
        "period": pl.String(), "source_file": pl.String(), "sender": pl.String(), "arrived_at": pl.String(), "table": pl.String(),
        "rows": pl.Int64(), "amount": pl.Int64(),
    }
)  # fmt: skip


def waiting(
    facts: Mapping[str, pl.DataFrame], contracts: Mapping[str, Contract], files: pl.DataFrame, period: Period, since: str
) -> pl.DataFrame:
    """Live files that arrived after ``since`` (UTC text, the T of what is published) and have rows of ``period``.

    One row a file and table: rows and ten-thousandths of the contract's amount (null without one) that fall into the period, by the
    contract's business day or its column ``period``. Master data and settings without either do not wait: no row of theirs is of
    one period.
    """
    arrived = files.filter((pl.col("status") == "live") & (pl.col("arrived_at") > since))
    late = arrived.select("source_file", "source_sha256", "sender", "arrived_at").unique()
    found = [pl.DataFrame(schema=SCHEMA)]
    for table, frame in facts.items():
        contract = contracts[table]
        if contract.dated:
            inside = frame.filter(pl.col(contract.dated).cast(pl.Date).is_between(period.start, period.end))
        elif "period" in frame.columns:
            inside = frame.filter(pl.col("period") == period.key)
        else:
            continue
        amount = pl.col(contract.amount).sum() if contract.amount else pl.lit(None, pl.Int64)
        found.append(
            inside.join(late, on=["source_file", "source_sha256"])
            .group_by("source_file", "sender", "arrived_at")
            .agg(rows=pl.len().cast(pl.Int64), amount=amount)
            .with_columns(period=pl.lit(period.key), table=pl.lit(table))
            .select(SCHEMA.names())
        )
    return pl.concat(found).sort("arrived_at", "source_file", "table")
