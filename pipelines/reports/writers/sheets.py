"""A worksheet that takes the rows of a table as ready cells, column by column or row by row.

XlsxWriter keeps an object a cell and asks each for its kind when it writes. A report's column has one kind, and a handful of
formats, from its first row to its last, so that here its cells are made at once. This module alone leans on XlsxWriter's inside
(its version is locked, and a golden workbook holds it). What the cells say is decided by ``excel`` and ``returned``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import repeat
from typing import Any
from xml.sax.saxutils import escape, unescape

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

from pipelines.proof.cells import RESULT_DIGITS, Chart, Content, Leaf, content, printed
from pipelines.proof.cells import number as kept
from pipelines.proof.cells import text as normal

TRUE, FALSE = ' t="b"><v>1</v></c>', ' t="b"><v>0</v></c>'
BLANK = "/>"
"""The inside of a cell that holds nothing."""

_EPOCH = date(1899, 12, 30).toordinal()
_FIRST_DAY = date(1900, 3, 1)
_LONGEST = 32_767
_VALUE = re.compile(r"<v>(.*?)</v>")
_FORMULA = re.compile(r"><f>(.*?)</f><v>(.*?)</v></c>", re.DOTALL)


def number(text: str) -> str:
    """The inside of a cell that holds the number written in ``text``."""
    return f"><v>{text}</v></c>"


def day(value: date) -> str:
    """The inside of a cell that holds a day. Raises ``ValueError`` for days that a sheet cannot count."""
    if value < _FIRST_DAY:
        raise ValueError(f"a workbook cannot hold the day {value:%Y-%m-%d}")
    return number(str(value.toordinal() - _EPOCH))


def formula(text: str, value: str) -> str:
    """The inside of a cell with a formula (without its equals sign) and the number that it gives."""
    return f"><f>{escape(text)}</f><v>{value}</v></c>"


class Sheet(Worksheet):  # type: ignore[misc]  # XlsxWriter ships no types
    """A worksheet with blocks: rows given as whole columns. Other cells of those rows must stand to the right of the block."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[tuple[int, int, dict[int, list[str]]]] = []
        self._given: list[tuple[int, int, Sequence[str], Sequence[int] | int]] = []
        self._letters: list[str] = []
        self._rows: dict[int, tuple[int, str]] = {}
        self._texts: dict[str, str] = {}

    def text(self, value: str) -> str:
        """The inside of a cell that holds ``value``; each text is kept once in the workbook."""
        found = self._texts.get(value)
        if found is None:
            index = self.str_table._get_shared_string_index(value if len(value) <= _LONGEST // 2 else _cut(value))
            self._texts[value] = found = f' t="s"><v>{index}</v></c>'
        else:
            self.str_table.count += 1
        return found

    def moment(self, value: datetime) -> str:
        """The inside of a cell that holds a day and time."""
        return number(f"{self._convert_date_time(value):.16G}")

    @staticmethod
    def style(wanted: Format) -> int:
        """The number by which cells name a format; it must not be changed any more."""
        return int(wanted._get_xf_index())

    def row(self, row: int, cells: Sequence[tuple[int, str, int]]) -> None:
        """One row: for each cell, left to right, its column, inside and style."""
        letters = self._letters
        while len(letters) <= cells[-1][0]:
            letters.append(f'<c r="{xl_col_to_name(len(letters))}')
        place = row + 1
        self._rows[row] = (cells[-1][0], "".join([f'{letters[at]}{place}" s="{style}"{inside}' for at, inside, style in cells]))
        self._check_dimensions(row, cells[0][0])
        self._check_dimensions(row, cells[-1][0])

    def block(self, first: int, columns: Iterable[tuple[int, Sequence[str], Sequence[int] | int]]) -> None:
        """Rows from ``first`` on: for each column, left to right, its place, the insides of its cells and their styles."""
        cells: dict[int, list[str]] = {}
        last = -1
        for at, insides, styles in columns:
            if at <= last:
                raise ValueError(f"column {at} of a block stands behind column {last}")
            last = at
            self._given.append((first, at, insides, styles))
            letter = f'<c r="{xl_col_to_name(at)}'
            rows = range(first + 1, first + 1 + len(insides))
            if isinstance(styles, int):
                between = f'" s="{styles}"'
                cells[at] = [f"{letter}{row}{between}{inside}" for row, inside in zip(rows, insides, strict=True)]
            else:
                cells[at] = [f'{letter}{row}" s="{style}"{inside}' for row, inside, style in zip(rows, insides, styles, strict=True)]
            if insides:
                self._check_dimensions(first, at)
                self._check_dimensions(first + len(insides) - 1, at)
        self._blocks.append((first, last, cells))

    def leaf(self, codes: Mapping[int, str], texts: Sequence[str], charts: Sequence[Chart]) -> Leaf:
        """What the sheet says, for its seal. ``codes``: number formats by style; ``texts``: the workbook's, by their number."""
        found: dict[tuple[str, int], Content | None] = {}
        rows: dict[int, dict[int, Content]] = {}
        if self._rows:
            raise ValueError(f"sheet {self.get_name()}: rows that were given one by one are not sealed")
        for first, at, insides, styles in self._given:
            each = repeat(styles, len(insides)) if isinstance(styles, int) else styles
            for row, key in enumerate(zip(insides, each, strict=True), start=first + 1):
                if key not in found:
                    found[key] = _content(key[0], codes.get(key[1], "General"), texts)
                one = found[key]
                if one is not None:
                    rows.setdefault(row, {})[at] = one
        for row, table in self.table.items():
            for at, cell in table.items():
                code = cell.format.num_format if cell.format else "General"
                one = _single(cell, code, texts)
                if one is not None:
                    rows.setdefault(row + 1, {})[at] = one
        return Leaf(
            self.get_name(), {row: dict(sorted(rows[row].items())) for row in sorted(rows)},
            hidden_rows=tuple(sorted(row + 1 for row, info in self.row_info.items() if info.hidden)),
            hidden_columns=tuple(sorted(at for at, info in self.col_info.items() if info.hidden)),
            merged=tuple(sorted(xl_range(*area) for area in self.merge)),
            printed=tuple(printed(one) for one in (self.header, self.footer) if one),
            charts=tuple(charts), blanks=self._open_cells(),
        )  # fmt: skip

    def _open_cells(self) -> tuple[str, ...]:
        """The cells that can be written on a protected sheet, row by row."""
        if not self.protect_options:
            return ()
        return tuple(
            f"{xl_col_to_name(at)}{row + 1}" for row in sorted(self.table) for at, cell in sorted(self.table[row].items())
            if cell.format is not None and not cell.format.locked
        )  # fmt: skip

    def _get_range_data(self, row_start: int, col_start: int, row_end: int, col_end: int) -> list[Any]:
        """What a chart draws: the figures and names of its range, for readers that do not calculate."""
        for first, _, columns in self._blocks:
            height = len(next(iter(columns.values()), ()))
            if first <= row_start and row_end < first + height and col_start == col_end in columns:
                return [self._read(cell) for cell in columns[col_start][row_start - first : row_end - first + 1]]
        return list(super()._get_range_data(row_start, col_start, row_end, col_end))

    def _read(self, cell: str) -> str | None:
        found = _VALUE.search(cell)
        if found is None:
            return None
        return str(self.str_table._get_shared_string(int(found[1]))) if ' t="s"' in cell else found[1]

    def _write_rows(self) -> None:
        ready = dict(self._rows)
        for first, last, columns in self._blocks:
            for row, parts in enumerate(zip(*columns.values(), strict=True), start=first):
                if row in ready:
                    raise ValueError(f"row {row} of sheet {self.get_name()} stands in two blocks")
                ready[row] = (last, "".join(parts))
        height = f' ht="{self.default_row_height * 0.75:.16g}" customHeight="1"'
        if self.default_row_height == self.original_row_height:
            height = ""
        others = (row for row, cells in self.table.items() if cells)
        for row in sorted({*ready, *self.row_info, *self.comments, *others}):
            info, cells = self.row_info.get(row), self.table.get(row)
            if row not in ready and not cells:
                self._write_empty_row(row, None, info)
                continue
            if info is None:
                self.fh.write(f'<row r="{row + 1}"{height}>')
            else:
                self._write_row(row, None, info)
            if row in ready:
                last, text = ready[row]
                if cells and min(cells) <= last:
                    raise ValueError(f"row {row} of sheet {self.get_name()} has a cell inside a block")
                self.fh.write(text)
            for at in sorted(cells or ()):
                self._write_cell(row, at, self.table[row][at])
            self.fh.write("</row>")


def _content(inside: str, code: str, texts: Sequence[str]) -> Content | None:
    """The cell of a block, from its inside."""
    if inside == BLANK:
        return None
    if made := _FORMULA.fullmatch(inside):
        return content("n" + kept(float(made[2]), RESULT_DIGITS), unescape(made[1]), code)
    found = _VALUE.search(inside)
    if found is None:
        raise ValueError(f"a cell's inside that cannot be sealed: {inside}")
    if inside.startswith(' t="s"'):
        return content("t" + normal(texts[int(found[1])]), "", code)
    return content(("b" + found[1]) if inside.startswith(' t="b"') else "n" + kept(float(found[1])), "", code)


def _single(cell: Any, code: str, texts: Sequence[str]) -> Content | None:
    """A cell that was written by itself."""
    match type(cell).__name__:
        case "Blank":
            return None
        case "String":
            return content("t" + normal(texts[cell.string]), "", code)
        case "RichString":
            return content("t" + normal(cell.raw_string), "", code)
        case "Number" | "Datetime":
            return content("n" + kept(float(f"{cell.number:.16G}")), "", code)
        case "Boolean":
            return content("b" + str(int(cell.boolean)), "", code)
        case "Formula":
            value = "t" + normal(cell.value) if isinstance(cell.value, str) else "n" + kept(float(cell.value), RESULT_DIGITS)
            return content(value, cell.formula, code)
    raise ValueError(f"a cell that cannot be sealed: {cell}")


def _cut(text: str) -> str:
    """A text cut to the UTF-16 length that a cell can hold."""
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * _LONGEST else units[: 2 * _LONGEST].decode("utf-16-le", "ignore")
