"""Facts: the staged tables of every period, conformed to one another.

Here a row learns its period, region, department and salesperson by the dated master data, renamed codes are joined, and
quantities are brought to base units. What is computed from facts belongs to ``metrics``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.contracts import CONTRACTS

SALES_ADDED: dict[str, pl.DataType] = {
    "period": pl.String(),  # key of the closing period of document_date
    "region_code": pl.String(),  # the customer's on document_date
    "department": pl.String(),
    "product_line": pl.String(),
    "base_unit": pl.String(),
    "base_qty": pl.Int64(),  # ten-thousandths of the base unit
    "customer_kind": pl.String(),
    "price_class": pl.String(),
    "payment_terms": pl.String(),
}
RECEIPT_ADDED: dict[str, pl.DataType] = {
    "period": pl.String(),
    "employee_code": pl.String(),  # the customer's salesperson on received_on (policy: the collector)
    "region_code": pl.String(),
    "department": pl.String(),
}
ADDED: dict[str, dict[str, pl.DataType]] = {
    "sales_line": SALES_ADDED,
    "receipt": RECEIPT_ADDED,
    "sell_out": {"period": pl.String(), "base_qty": pl.Int64(), "product_line": pl.String()},
    "dealer_stock": {"base_qty": pl.Int64()},
    "visit": {"period": pl.String()},
    "expense": {"period": pl.String()},
    "adjustment": {"period": pl.String()},
}
"""Columns that a fact frame has beside its contract and provenance. ``employee_code`` of sales is resolved in place."""


@dataclass(frozen=True)
class Facts:
    """Fact frames by table name; every contract has one, empty where nothing was delivered.

    ``delivered`` names the tables for which at least one file was read: a section whose table is missing is absent.
    """

    frames: Mapping[str, pl.DataFrame]
    delivered: frozenset[str]

    def __getitem__(self, table: str) -> pl.DataFrame:
        """The fact frame of ``table``; ``KeyError`` for a name without a contract."""
        return self.frames[table]

    def has(self, *tables: str) -> bool:
        """Whether all ``tables`` were delivered."""
        return self.delivered.issuperset(tables)

    def as_of(self, table: str, day: date) -> pl.DataFrame:
        """A dated master table as it stood on ``day``: one row a code, the last version with ``valid_from`` ≤ ``day``.

        The first version of a code holds since ever, so a day before it still finds it.
        """
        frame = self.frames[table]
        codes = [name for name in CONTRACTS[table].grain if name != "valid_from"]
        since = pl.col("valid_from")
        first = since == since.min().over(codes)
        return (
            frame.filter((since <= day) | first)
            .sort(*codes, "valid_from")
            .unique(subset=codes, keep="last", maintain_order=True)
        )


def fact_schema(table: str) -> pl.Schema:
    """Columns and types of the fact frame of ``table``."""
    return pl.Schema({**CONTRACTS[table].staged_schema, **ADDED.get(table, {})})


def empty(table: str) -> pl.DataFrame:
    """A fact frame without rows."""
    return pl.DataFrame(schema=fact_schema(table))
