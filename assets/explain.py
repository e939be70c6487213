"""From a printed number to its formula, its lines and the cells that they came from. Changes nothing.

A number that a page shows (``N-7F3A2CQK``) is looked up in the publications; a measure and what it is cut to in the warehouse.

The figure is added up again from the facts, so that what is listed is what was counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from pipelines.errors import ClosebookError
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.reports.reasons.evidence import COUNTS, within
from pipelines.reports.writers.explained import CELLS, INDEX, beside_name, read_beside
from pipelines.reports.writers.printing import FIGURES


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


_TELLING = ("document_no", "on", "dated_on", "employee_code", "customer_code", "product_code", "subject", "item", "says")
"""The columns that say in a line of text which line it is."""


def is_number(text: str) -> bool:
    """Whether ``text`` is a number that pages show, not a period's key."""
    return text.upper().startswith("N-")


def explain_number(home: Path, number: str, most: int) -> str:
    """What a printed figure is, from the last publication that has it, and whether another publication says otherwise.

    Raises ``ClosebookError`` for a number that no publication of ``home`` has.
    """
    shelf = Shelf(home / "shelf", home / "manifests")
    wanted = number.upper()
    told: list[tuple[int, dict[str, Any], dict[str, Any]]] = []
    missing: list[int] = []
    for period in shelf.periods():
        found = []
        for publication in shelf.publications(period):
            manifest = shelf.manifest(period, publication) or {}
            rows = _rows(home, manifest, wanted)
            found += [(publication, manifest, row | {"period": period}) for row in rows[:1]]
        if found:
            told = found
            missing = [one for one in shelf.publications(period) if one > found[-1][0]]
            break
    if not told:
        raise ClosebookError(f"{number}: no publication in {home} has a figure of this number. It stands on the figure, as N-7F3A2CQK.")
    publication, manifest, row = told[-1]
    value = json.loads(row["value"])
    shown = [f"{row['number']} {row['report']} {row['period']}: {row['figure']}{_of(row)} = {_said(value, row['meaning'])}"]
    shown.append(f"  = {row['formula']}")
    for heading, part, meaning, code in json.loads(row["parts"]):
        shown.append(f"    {heading}  {_said(part, meaning)}{'  ' + code if code else ''}")
    changed = [(at, json.loads(one["value"])) for at, _, one in told if one["value"] != row["value"]]
    shown += [f"  was {_said(was, row['meaning'])} in publication {at} of {row['period']}; restated since" for at, was in changed]
    if missing:
        shown.append(f"  last stated by publication {publication} of {row['period']}; publication {missing[-1]} has no such figure")
    for ref in json.loads(row["lines"]):
        shown += _lines(home, manifest, row, ref, most)
    return "\n".join(shown) + "\n"


def _rows(home: Path, manifest: Mapping[str, Any], number: str) -> list[dict[str, Any]]:
    """What the reports of a publication say of a number."""
    for report in manifest.get("reports", ()):
        if FIGURES in report["files"]:
            rows = pl.read_parquet(home / report["folder"] / FIGURES).filter(pl.col("number") == number).to_dicts()
            if rows:
                return [row | {"folder": report["folder"], "name": report["name"]} for row in rows]
    return []


def _of(row: Mapping[str, Any]) -> str:
    """Which row of its table: the keys of a row are held with tabs between them."""
    return f" of {row['row'].replace(chr(9), ' · ')}" if row["row"] else ""


def _said(value: object, meaning: str) -> str:
    if value is None or isinstance(value, str):
        return "—" if value is None else value
    if meaning in ("money", "money_wan", "qty"):
        return _e4(int(str(value)))
    return f"{float(str(value)):.4%}" if meaning == "share" else f"{Decimal(str(value)):,}"


def _lines(home: Path, manifest: Mapping[str, Any], row: Mapping[str, Any], ref: str, most: int) -> list[str]:
    """The lines behind a figure: their sum, by period where there are several, and the largest with their cells.

    They stand in the publication's set of lines, or beside a confidential report.
    """
    less, asked = ref.startswith("-"), ref.removeprefix("-")
    kind, amount, span, said = asked.split("/", 3)
    where = {name: unquote(value) for name, value in (pair.split("=", 1) for pair in said.split("&") if pair)}
    beside = home / row["folder"] / beside_name(row["name"], "parquet")
    shared = home / manifest.get("explained", {}).get("folder", "")
    if beside.is_file():
        evidence = read_beside(beside)
        lines, spans = evidence.lines.get(kind), evidence.spans
    elif (shared / f"{kind}.parquet").is_file():
        lines, spans = pl.read_parquet(shared / f"{kind}.parquet"), json.loads((shared / INDEX).read_text("utf-8"))["spans"]
    else:
        lines = None
    if lines is None:
        return []
    known = [
        within(value) if name == "on" and ".." in value else pl.col(name) == value for name, value in where.items() if name in lines.columns
    ]
    inside = pl.lit(value=True) if span == "ever" else pl.col("in_period").is_in(spans.get(span, span.split(",")))
    lines = lines.filter(inside, *known)
    counts = amount not in lines.columns
    if not counts:
        lines = lines.filter(pl.col(amount).is_not_null())
    shown_as = str if amount in COUNTS else _e4
    total = str(lines.height) if counts else shown_as(int(lines[amount].sum()))
    named = " ".join(f"{name}={value}" for name, value in where.items())
    shown = ["", f"  {'less ' if less else ''}{kind} {amount} {named}".rstrip() + f": {total} over {lines.height} lines"]
    by = lines.group_by("in_period").agg(pl.len() if counts else pl.col(amount).sum()).sort("in_period")
    if by.height > 1:
        shown += [f"  {period}  {value if counts else shown_as(value):>18}" for period, value in by.iter_rows()]
    largest = lines if counts else lines.sort(pl.col(amount).abs(), descending=True, maintain_order=True)
    for one in largest.head(most).iter_rows(named=True):
        words = [str(one[name]) for name in _TELLING if one.get(name)]
        value = "" if counts else f"{shown_as(one[amount]):>18}"
        shown.append("  " + "  ".join(word for word in (*words, value, place(one, amount)) if word))
    if lines.height > most:
        shown.append(f"  … and {lines.height - most} lines more; --most lists them")
    return shown


def place(line: Mapping[str, Any], amount: str) -> str:
    """The cell of a line's amount, ``file!Sheet!C17``; the row where its column is not known, empty where it came from no file."""
    if not line["file"]:
        return ""
    letters = dict(pair.split("=", 1) for pair in line["cells"].split() if "=" in pair)
    names, between = CELLS.get(amount, ((amount, "gross_amount", "amount", "open_amount"), ""))
    row = "" if line["row"] is None else str(line["row"])
    found = [letters["*"]] if "*" in letters else [letters[name] for name in names if name in letters][: None if between else 1]
    cells = f" {between} ".join(letter + row for letter in found) or row
    return "!".join(part for part in (line["file"], line["sheet"], cells) if part)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _e4(value: int | None) -> str:
    return "—" if value is None else f"{Decimal(int(value)).scaleb(-4):,.4f}"
