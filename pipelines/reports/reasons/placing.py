"""What the modules of evidence share: where lines come from, and marks that count each thing once."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import PROVENANCE

PLACED = tuple(PROVENANCE)
"""The columns that say where a line was delivered."""
EARLIER = "earlier"
"""The period of what is dated before the calendar begins."""
Part = tuple[str, pl.DataFrame, tuple[str, ...]]
"""Kind, rows with their sources, and the delivered columns whose cells their amounts are."""


def contents(files: pl.DataFrame) -> pl.DataFrame:
    """The content of each live file, ``source_file, source_sha256``, for marts that know the file only."""
    live = files.filter(pl.col("status") == "live").select("source_file", "source_sha256")
    return live.unique("source_file", keep="last", maintain_order=True)


def one(holds: str | pl.Expr) -> pl.Expr:
    """1 where it holds, else null: added up, how often."""
    where = pl.col(holds) if isinstance(holds, str) else holds
    found = pl.when(where).then(pl.lit(1, pl.Int64))
    return found.alias(holds) if isinstance(holds, str) else found


def once(*keys: str, where: pl.Expr | None = None) -> pl.Expr:
    """1 on the first line of each value of ``keys`` among those that hold, else null: added up, how many different ones there are."""
    holds = pl.lit(value=True) if where is None else where.fill_null(value=False)
    first = pl.int_range(pl.len()).over(*keys, holds.alias("_holds")) == 0
    return pl.when(holds & first).then(pl.lit(1, pl.Int64))
