"""From a printed number to its formula, its lines and the cells that they came from. Asks the warehouse; changes nothing.

The figure is added up again from the facts, so that what is listed is what was counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.errors import ClosebookError
from pipelines.publish.warehouse import Warehouse


@dataclass(frozen=True)
class _Source:
    formula: str
    table: str
    amount: str
    condition: str
    number: str
    day: str
    delivered: str
    """The delivered column whose cell the amount is."""


_MEASURES = {
    "net_amount": _Source("Σ net amount of invoices and red slips of the period", "fact_sales_line", "net_amount",
                          "document_kind in ('invoice', 'red_slip')", "document_no", "document_date", "net_amount"),
    "qty": _Source("Σ quantity in base units of invoices and red slips of the period", "fact_sales_line", "base_qty",
                   "document_kind in ('invoice', 'red_slip')", "document_no", "document_date", "qty"),
    "gross_margin": _Source("Σ (net amount − cost) of invoices and red slips of the period", "fact_sales_line",
                            "net_amount - cost_amount", "document_kind in ('invoice', 'red_slip')", "document_no", "document_date",
                            "net_amount"),
    "receipts": _Source("Σ receipts of the period, bounced ones negative", "fact_receipt", "amount", "1 = 1", "receipt_no", "received_on",
                        "amount"),
    "balance": _Source("Σ open items at the end of the period, advances not netted", "mart_open_items", "open_amount", "1 = 1",
                       "document_no", "document_date", "gross_amount"),
}
_NAME = re.compile(r"[a-z_]+")


def _letters(home: Path, column: str) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """In which column of a file's sheet the amount stands, from which row on; nothing where months ran across."""
    frames = home / "frames"
    if not (frames / "column_letters" / "all.parquet").is_file():
        return {}
    found = (
        pl.read_parquet(frames / "column_letters" / "all.parquet")
        .filter((pl.col("column") == column) & (pl.col("source_column") == ""))
        .join(pl.read_parquet(frames / "files" / "all.parquet").select("source_sha256", "source_file").unique(), on="source_sha256")
        .sort("from_row")
    )
    letters: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for file, sheet, row, letter in found.select("source_file", "source_sheet", "from_row", "letter").iter_rows():
        letters.setdefault((file, sheet), []).append((row, letter))
    return letters


def explain(house: Warehouse, home: Path, period: str, measure: str, where: Sequence[str], most: int) -> str:
    """Formula, sum and the largest lines with their cells.

    ``where`` holds ``column=value`` pairs. Raises ``ClosebookError`` for a measure or a pair that cannot be.
    """
    if measure not in _MEASURES:
        raise ClosebookError(f"'{measure}' cannot be explained yet. Use one of {', '.join(_MEASURES)}.")
    source = _MEASURES[measure]
    conditions = [source.condition, f"period = {_quoted(period)}"]
    for pair in where:
        name, _, value = pair.partition("=")
        if not _NAME.fullmatch(name) or not value:
            raise ClosebookError(f"'{pair}' is not COLUMN=VALUE, such as region_code=R03.")
        conditions.append(f"{name} = {_quoted(value)}")
    condition = " and ".join(conditions)
    _, [(total, count)] = house.query(f"select sum({source.amount}), count(*) from {source.table} where {condition}")
    _, lines = house.query(
        f"select {source.number}, {source.day}, {source.amount}, source_file, source_sheet, source_row from {source.table} "
        f"where {condition} order by abs({source.amount}) desc, source_file, source_row limit {int(most)}"
    )
    letters = _letters(home, source.delivered)
    shown = [f"{measure} {period} {' '.join(where)}".rstrip(), f"  = {source.formula}", f"  = {_e4(total)} over {count} lines", ""]
    for number, day, amount, file, sheet, row in lines:
        letter = next((letter for since, letter in reversed(letters.get((file, sheet), [])) if since <= row), "")
        cell = f"{letter}{row}"
        place = f"{file}!{sheet}!{cell}" if sheet else f"{file}!{cell}"
        shown.append(f"  {number}  {day}  {_e4(amount):>18}  {place}")
    if count > len(lines):
        shown.append(f"  … and {count - len(lines)} lines more; --most lists them")
    return "\n".join(shown) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _e4(value: int | None) -> str:
    return "—" if value is None else f"{Decimal(int(value)).scaleb(-4):,.4f}"
