"""Faults of rows that only other tables or the company's calendar can tell: made alike, whatever was found out.

What is asked is its callers' business (``naming``, ``intake``); judging a row by its contract is ``quality``'s.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts import Contract
from pipelines.contracts.marts_control import FAULT_SCHEMA
from pipelines.quality.judge import no_faults, value_text

_PLACE = ["source_sha256", "source_sheet", "source_row", "source_column", "layout"]


def odd_rows(
    odd: pl.DataFrame, contract: Contract, column: str, earlier: pl.DataFrame, *, rule: pl.Expr, expected: pl.Expr
) -> pl.DataFrame:
    """One fault a row of ``odd`` (raw rows of ``contract``), at its ``column``: an error that refuses the row.

    ``earlier`` are the faults of reading the same rows, whose numbers these continue; what was delivered is said as the row has it now.
    """
    if odd.is_empty():
        return no_faults()
    numbers = earlier.group_by(_PLACE).agg(pl.col("reason_no").max())
    written = pl.struct(value_text(pl.col(one.name), one.kind).alias(one.name) for one in contract.columns).struct.json_encode()
    return odd.join(numbers, on=_PLACE, how="left", maintain_order="left").with_columns(
        table=pl.lit(contract.name), reason_no=pl.col("reason_no").fill_null(0) + 1, rule=rule, severity=pl.lit("error"),
        column=pl.lit(column), cell=pl.lit(""), found=pl.col(column), expected=expected,
        document=pl.col(contract.reject_with) if contract.reject_with else pl.lit(""), goes_with=pl.lit(False),
        amount=pl.col(contract.amount) if contract.amount else pl.lit(None, pl.Int64), amount_unreadable=pl.lit(False),
        business_date=pl.col(contract.dated) if contract.dated else pl.lit(None, pl.Date), delivered=written,
    ).select(pl.col(name).cast(dtype) for name, dtype in FAULT_SCHEMA.items())  # fmt: skip
