"""In which cell of its sheet a row's value stands: from the letters of columns that intake noted. Rows know file, sheet and row."""

from __future__ import annotations

import polars as pl

_BY = ["source_sha256", "source_sheet", "source_column"]


def with_letter(rows: pl.DataFrame, letters: pl.DataFrame, column: str) -> pl.DataFrame:
    """``rows`` with ``letter``: the column of the sheet in which their ``column`` stood; null where it is not known.

    ``letters`` as intake gives it. Tables below one another may stand at different letters: the last that begins above the row counts.
    """
    known = letters.filter(pl.col("column") == column).select(*_BY, "from_row", "letter").sort("from_row")
    joined = rows.sort("source_row", nulls_last=True).join_asof(
        known, left_on="source_row", right_on="from_row", by=_BY, check_sortedness=False
    )
    return joined.drop("from_row", strict=False)


def with_cell(rows: pl.DataFrame, letters: pl.DataFrame, column: str) -> pl.DataFrame:
    """``rows`` with ``cell``, such as ``C17``: where their ``column`` stood; null where that is not known."""
    cell = pl.col("letter") + pl.col("source_row").cast(pl.String)
    return with_letter(rows, letters, column).with_columns(cell=cell).drop("letter")
