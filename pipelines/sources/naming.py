"""Codes that a sheet does not give, but names: a shop's or a customer's name → its code, by the master data.

A name counts exactly as written, in any version of its master row; none and several are refused, never guessed. Which column
holds names is the layout's (``look_up``); what else a row must keep is judged in ``quality``.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.company.layouts import Layout
from pipelines.contracts import CONTRACTS, Contract
from pipelines.quality.judge import NAME_RULES, no_faults
from pipelines.sources.odd_rows import odd_rows

_CANDIDATES = "_candidates"


def named_rows(
    raw: pl.DataFrame, contract: Contract, masters: Mapping[str, pl.DataFrame], layouts: Mapping[str, Layout], earlier: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``raw`` with the codes of what its rows name, and the faults of the rows whose name is nobody's or several's.

    ``masters``: staged frames of the tables that the contract refers to. Where a master is known within another code (an outlet within
    its dealer), that code of the row narrows the search, or is filled in where the row has none. ``earlier``: faults of reading the
    same rows, which keep their numbers.
    """
    faults = [no_faults()]
    for name, layout in layouts.items():
        for column, spec in layout.columns.items():
            if layout.table != contract.name or spec.look_up is None or not (raw["layout"] == name).any():
                continue
            table, code = (contract.column(column).references or "").split(".")
            raw, odd = _looked_up(raw, pl.col("layout") == name, contract, column, masters[table], table, code, spec.look_up, earlier)
            faults.append(odd)
    return raw, pl.concat(faults)


def _looked_up(
    raw: pl.DataFrame, mine: pl.Expr, contract: Contract, column: str, master: pl.DataFrame, table: str, code: str, by: str,
    earlier: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    within = _within(contract, column, table, code)
    outer = [pl.col(there).alias(f"_{here}") for here, there in within]
    known = master.select(pl.col(code).alias("_code"), pl.col(by).alias("_name"), *outer).unique()
    rows = raw.with_row_index("_row")
    named = rows.filter(mine & pl.col(column).is_not_null()).select("_row", pl.col(column).alias("_name"), *(here for here, _ in within))
    pairs = named.join(known, on="_name", how="inner")
    for here, _ in within:
        pairs = pairs.filter(pl.col(here).is_null() | (pl.col(here) == pl.col(f"_{here}")))
    hits = pairs.group_by("_row").agg(pl.len().alias(_CANDIDATES), pl.col("_code", *(f"_{here}" for here, _ in within)).first())
    sought = named.select("_row").join(hits, on="_row", how="left").with_columns(pl.col(_CANDIDATES).fill_null(0))
    rows = rows.join(sought, on="_row", how="left", maintain_order="left")
    hit, asked = pl.col(_CANDIDATES) == 1, pl.col(_CANDIDATES).is_not_null()
    odd = rows.filter(asked & ~hit)
    rows = rows.with_columns(
        pl.when(hit).then("_code").when(asked).then(None).otherwise(column).alias(column),
        *(pl.when(hit).then(pl.coalesce(here, f"_{here}")).otherwise(here).alias(here) for here, _ in within),
    )
    rule = pl.when(pl.col(_CANDIDATES) == 0).then(pl.lit(NAME_RULES[0])).otherwise(pl.lit(NAME_RULES[1]))
    return rows.select(raw.columns), odd_rows(odd, contract, column, earlier, rule=rule, expected=pl.lit(f"{table}.{by}"))


def _within(contract: Contract, column: str, table: str, code: str) -> list[tuple[str, str]]:
    """(column of the row, column of the master) of the codes within which ``code`` is known: those that refer to the same."""
    theirs = {
        one.references: one.name for one in CONTRACTS[table].columns
        if one.references and one.name in CONTRACTS[table].grain and one.name != code
    }  # fmt: skip
    return [(one.name, theirs[one.references]) for one in contract.columns if one.references in theirs and one.name != column]
