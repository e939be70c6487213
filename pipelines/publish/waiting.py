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
    facts: Mapping[str, pl.DataFrame], contracts: Mapping[str, Contract], files: pl.DataFrame, since: Mapping[Period, str]
) -> pl.DataFrame:
    """Live files that arrived after what is published of a period (its T as UTC text: ``since``) and have rows of that period.

    One row a period, file and table, in the order of ``since``: rows and ten-thousandths of the contract's amount (null without one)
    that fall into the period, by the contract's business day or its column ``period``. Master data and settings without either do not
    wait: no row of theirs is of one period.
    """
    place = ["source_file", "source_sha256"]
    arrived = files.filter(pl.col("status") == "live").select(*place, "sender", "arrived_at").unique()
    moments = {"period": [period.key for period in since], "since": list(since.values())}
    asked = pl.DataFrame(moments, dict.fromkeys(moments, pl.String))
    late = asked.with_row_index("_order").join_where(arrived, pl.col("arrived_at") > pl.col("since"))
    said = ["_order", "period", "source_file", "sender", "arrived_at"]
    found = []
    for table, frame in facts.items():
        contract = contracts[table]
        if late.is_empty() or frame.is_empty() or not (contract.dated or "period" in frame.columns):
            continue
        period = pl.col("period")
        if contract.dated:
            day = pl.col(contract.dated).cast(pl.Date)
            period = pl.coalesce(pl.when(day.is_between(one.start, one.end)).then(pl.lit(one.key)) for one in since)
        amount = pl.col(contract.amount) if contract.amount else pl.lit(None, pl.Int64)
        found.append(
            frame.select(*place, period=period, amount=amount)
            .join(late, on=["period", *place])
            .group_by(said)
            .agg(rows=pl.len().cast(pl.Int64), amount=pl.col("amount").sum() if contract.amount else pl.lit(None, pl.Int64))
            .with_columns(table=pl.lit(table))
        )
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(found).sort("_order", "arrived_at", "source_file", "table").select(SCHEMA.names())
