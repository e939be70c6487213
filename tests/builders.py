"""Rows that keep a contract, so that a test spells out only the values it is about."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipelines.contracts import CONTRACTS, Kind
from pipelines.sources.facts import Facts, empty, fact_schema

_DEFAULTS: dict[Kind, Any] = {Kind.DATE: date(2026, 1, 1), Kind.BOOL: False}


def _default(table: str, name: str, index: int) -> Any:
    contract = CONTRACTS[table]
    if name in contract.schema:
        column = contract.column(name)
        if column.values:
            return column.values[0]
        if not column.required:
            return None
        if name in contract.wildcards:
            return "all"
        if column.kind is Kind.CODE and name in contract.grain and column.references is None:
            return f"{name}-{index}"
        if column.kind.scale:
            return 0
        return _DEFAULTS.get(column.kind, "x")
    return {"source_file": "test.csv", "source_sha256": "0" * 64, "source_sheet": "", "source_row": index + 2, "source_column": ""}.get(name)


def fact_rows(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Fact rows of ``table``; whatever a row does not say is filled with a value that keeps the contract.

    Money and quantities are given as stored: ten-thousandths.
    """
    schema = fact_schema(table)
    for row in rows:
        assert not set(row) - set(schema), f"{table} has no columns {set(row) - set(schema)}"
    filled = [{name: row.get(name, _default(table, name, i)) for name in schema} for i, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema)


def facts_of(**tables: pl.DataFrame) -> Facts:
    """Facts with the given frames; every other table is empty and not delivered."""
    frames = {name: tables.get(name, empty(name)) for name in CONTRACTS}
    return Facts(frames, frozenset(tables))


def money(value: float | str) -> int:
    """Currency units as stored: ``money(12.5) == 125000``."""
    from pipelines.money import scaled

    return scaled(str(value))
