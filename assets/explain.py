"""From a printed number to its formula, its lines and the cells that they came from. Changes nothing.

A number that a page shows (``N-7F3A2CQK``) is looked up in the publications; a measure and what it is cut to in the warehouse.

The figure is added up again from the facts, so that what is listed is what was counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.errors import ClosebookError
from pipelines.metrics.plan_actual import dimensions_of
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.reports.explained import INDEX
from pipelines.reports.figures import FORMULAS
from pipelines.reports.figures import number as number_of


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


def is_number(text: str) -> bool:
    """Whether ``text`` is a number that pages show, not a period's key."""
    return text.upper().startswith("N-")


def explain_number(home: Path, number: str, most: int) -> str:
    """What a printed figure is, from the last publication that has it, and whether another publication says otherwise.

    Raises ``ClosebookError`` for a number that no publication of ``home`` has.
    """
    shelf = Shelf(home / "shelf", home / "manifests")
    wanted = number.upper()
    told: list[tuple[int, Path, dict[str, Any]]] = []
    missing: list[int] = []
    for period in shelf.periods():
        found = []
        for publication in shelf.publications(period):
            folder = (shelf.manifest(period, publication) or {}).get("explained", {}).get("folder")
            rows = pl.read_parquet(home / folder / INDEX).filter(pl.col("number") == wanted).to_dicts() if folder else []
            found += [(publication, home / folder, row | {"period": period}) for row in rows]
        if found:
            told = found
            missing = [one for one in shelf.publications(period) if one > found[-1][0]]
            break
    if not told:
        raise ClosebookError(f"{number}: no publication in {home} has a figure of this number. It stands on the figure, as N-7F3A2CQK.")
    publication, folder, row = told[-1]
    shown = [_headline(row), f"  = {FORMULAS[row['measure']].msgid}"]
    changed = [(at, one["amount"]) for at, _, one in told if one["amount"] != row["amount"]]
    shown += [f"  was {_e4(amount)} in publication {at} of {row['period']}; restated since" for at, amount in changed]
    if missing:
        shown.append(f"  last stated by publication {publication} of {row['period']}; publication {missing[-1]} has no such figure")
    shown += [*_months(folder, row), *_lines(folder, row, most)]
    return "\n".join(shown) + "\n"


def _headline(row: Mapping[str, Any]) -> str:
    cut = [f"{name}={key}" for name, key in zip(dimensions_of(row["cut"]), (row["key"], row["key2"]), strict=False)]
    names = [name for name in (row["label"], row["label2"]) if name]
    unit = f" {row['unit']}" if row["unit"] else ""
    said = " ".join([row["number"], row["measure"], row["period"], row["span"], *cut, *(f"({', '.join(names)})" for _ in names[:1])])
    return f"{said}: {_e4(row['amount'])}{unit}"


def _same(row: Mapping[str, Any]) -> pl.Expr:
    return pl.all_horizontal(pl.col(name) == row[name] for name in ("measure", "unit", "cut", "key", "key2"))


def _months(folder: Path, row: Mapping[str, Any]) -> list[str]:
    """A figure to date as its periods, each with the number that it has there."""
    if row["span"] != "year_to_date":
        return []
    months = pl.read_parquet(folder / "months.parquet").filter(_same(row)).sort("in_period")
    shown = [""]
    for period, amount in months.select("in_period", "amount").iter_rows():
        there = number_of(period, "period", row["measure"], row["unit"], row["cut"], row["key"], row["key2"])
        shown.append(f"  {period}  {_e4(amount):>18}  {there}")
    return shown


def _lines(folder: Path, row: Mapping[str, Any], most: int) -> list[str]:
    """The largest lines of the period; of a figure to date none, its periods have them."""
    if row["span"] == "year_to_date":
        return []
    keys = zip(dimensions_of(row["cut"]), (row["key"], row["key2"]), strict=False)
    part = [pl.col(row["measure"]).is_not_null(), *(pl.col(name) == key for name, key in keys)]
    lines = pl.read_parquet(folder / "lines.parquet").filter(*part)
    if row["measure"] == "qty":
        lines = lines.filter(pl.col("unit") == row["unit"])
    place = "qty_place" if row["measure"] == "qty" else "place"
    largest = lines.sort(pl.col(row["measure"]).abs().neg(), "place", "document_no", "line_no").head(most)
    shown = ["", f"  {_e4(int(lines[row['measure']].sum()))} over {lines.height} lines"]
    for one in largest.iter_rows(named=True):
        cell = f"{one['place']} ({one[place]})" if place != "place" else one["place"]
        said = (one["document_no"], str(one["on"]), one["customer_code"], one["product_code"], f"{_e4(one[row['measure']]):>18}", cell)
        shown.append("  " + "  ".join(word for word in said if word))
    if lines.height > largest.height:
        shown.append(f"  … and {lines.height - largest.height} lines more; --most lists them")
    return shown


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _e4(value: int | None) -> str:
    return "—" if value is None else f"{Decimal(int(value)).scaleb(-4):,.4f}"
