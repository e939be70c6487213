"""Values read from outside the table: the path, the sheet's name, a cell above the headings.

Used by ``shape`` for columns and by ``ledger`` for the sender and the cover of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.company.layouts import Capture
from pipelines.errors import LayoutError
from pipelines.sources.header import full_year, month_number
from pipelines.sources.reader import Cell, Grid, letter

SEARCHED = 500
"""Rows from the top in which a label is looked for."""


@dataclass(frozen=True)
class Captured:
    """A captured text, and the address (``B2``) of the cell that it was read from (empty: no cell)."""

    text: str
    cell: str = ""


def capture(rule: Capture, path: str, grid: Grid | None, name: str = "value") -> Captured:
    """The value that ``rule`` reads from the file at ``path`` (inside the inbox) or from the sheet ``grid``.

    Raises ``LayoutError`` when there is none, since a table without its dealer or period is worth nothing.
    """
    place = f"{path}!{grid.name}" if grid is not None and grid.name else path
    if rule.source == "path":
        found = taken(rule, path)
        if found is None:
            raise _nothing(rule, name, place, f"the path '{path}'", "path_without_value")
        return Captured(_mapped(rule, found, name, place))
    if grid is None:
        raise LayoutError(f"{place}: '{name}' is captured from a {rule.source}, and here only the path is known. Use source: path.")
    if rule.source == "sheet":
        found = taken(rule, grid.name)
        if found is None:
            raise _nothing(rule, name, place, f"the sheet's name '{grid.name}'", "sheet_without_value", sheet=grid.name)
        return Captured(_mapped(rule, found, name, place))
    if rule.source == "row":
        raise LayoutError(f"{place}: '{name}' is captured from the row; only a column of the table can be.")
    if rule.cell is not None:
        row, column = address(rule.cell)
        cell = grid.cell(row, column)
        found = taken(rule, cell.text) if cell else None
        if found is None:
            there = f"cell {rule.cell} with {cell.text!r}" if cell else f"an empty cell {rule.cell}"
            raise _nothing(rule, name, place, there, "cell_without_value", found=rule.cell)
        return Captured(_mapped(rule, found, name, place), rule.cell)
    if rule.label is None:
        raise LayoutError(f"{place}: '{name}' is captured from a cell, but neither 'cell' nor 'label' says from which. Add one.")
    return _beside(rule, rule.label, grid, name, place)


def taken(rule: Capture, text: str) -> str | None:
    """The part of ``text`` that the pattern takes; None when it does not match or nothing is left.

    >>> taken(Capture(source="path", pattern=r"(?P<year>\\d{4})年(?P<month>\\d+)月"), "销售2026年3月.xlsx")
    '2026-03'
    >>> taken(Capture(source="cell", cell="A2", pattern=r"(?P<year>\\d{4})年第(?P<week>\\d+)周"), "周次：2026年第7周")
    '2026-W07'
    """
    match = re.search(rule.pattern, text)
    if not match:
        return None
    groups = match.groupdict()
    if groups.get("value") is None and groups.get("year") and groups.get("week"):
        return f"{groups['year']}-W{int(groups['week']):02d}"
    if groups.get("value") is None and groups.get("year") and groups.get("month"):
        year, month = full_year(groups["year"]), month_number(groups["month"])
        return f"{year}-{month:02d}" if year and month else None
    part = groups["value"] if groups.get("value") is not None else match[1] if match.re.groups else match[0]
    return (part or "").strip() or None


def address(cell: str) -> tuple[int, int]:
    """Row and column from 0 of ``B2``.

    >>> address("AA10")
    (9, 26)
    """
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9]\d*)", cell.strip())
    if not match:
        raise LayoutError(f"'{cell}' is not the address of a cell. Write a column and a row, such as B2.")
    column = 0
    for character in match[1].upper():
        column = column * 26 + ord(character) - 64
    return int(match[2]) - 1, column - 1


def _beside(rule: Capture, label: str, grid: Grid, name: str, place: str) -> Captured:
    for row, column, cells in _cells(grid):
        text = " ".join(_text(cells[column]).split())
        match = re.search(label, text)
        if not match:
            continue
        here = f"{letter(column)}{row + 1}"
        rest = text[match.end() :].strip(" :：")
        if rest:
            # A pattern of its own may speak of the whole cell; the usual one would take the label too.
            whole = taken(rule, text) if "pattern" in rule.model_fields_set else None
            found = whole or taken(rule, rest)
            if found:
                return Captured(_mapped(rule, found, name, place), here)
            continue
        right = next((index for index in range(column + 1, len(cells)) if _text(cells[index])), None)
        if right is not None and (found := taken(rule, _text(cells[right]))):
            return Captured(_mapped(rule, found, name, place), f"{letter(right)}{row + 1}")
    raise _nothing(rule, name, place, f"no cell with the label '{label}' and a value", "label_without_value", found=label)


def _cells(grid: Grid) -> Iterator[tuple[int, int, tuple[Cell | None, ...]]]:
    for row, cells in enumerate(grid.rows(0, SEARCHED)):
        for column, cell in enumerate(cells):
            if cell and cell.text.strip():
                yield row, column, cells


def _text(cell: Cell | None) -> str:
    return cell.text.strip() if cell else ""


def _mapped(rule: Capture, text: str, name: str, place: str) -> str:
    if not rule.map:
        return text
    if text not in rule.map:
        raise LayoutError(
            f"{place}: '{name}' is '{text}', which the map does not have; expected one of {', '.join(rule.map)}. "
            f"Add '{text}: <our value>' to the map of '{name}' in the layout.",
            "value_not_in_map",
            name=name,
            found=text,
        )
    return rule.map[text]


def _nothing(rule: Capture, name: str, place: str, there: str, reason: str, **values: str) -> LayoutError:
    return LayoutError(
        f"{place}: '{name}' cannot be captured; expected text that matches '{rule.pattern}'; found {there}. "
        "Correct its 'capture' in the layout.",
        reason,
        name=name,
        **values,
    )
