"""R21: the sender's own workbook back, each bad cell coloured and explained in a comment, and a last sheet that lists all of them.

The cells are written as they were delivered, with their types, merges and widths; nothing of it can become a formula. Which cells are
bad is decided by ``sources`` and ``quality``, what is said about them by ``quality.sentences``.
"""

from __future__ import annotations

import io
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from pipelines.contracts.model import Language
from pipelines.quality import sentences
from pipelines.reports.catalogue import said
from pipelines.reports.formats import Reader
from pipelines.reports.model import Count, Message, Name, Value
from pipelines.reports.writers.excel_canvas import FONTS, sheet_name, width_of
from pipelines.reports.writers.html import MARKS, SEVERITIES
from pipelines.reports.writers.sheets import BLANK, FALSE, TRUE, Sheet, number
from pipelines.sources.reader import Cell, Grid, Workbook

MOST_ROWS = 1_048_576
MOST_COMMENTS = 20_000
"""Beyond this many marked cells the comments stop; the list goes on."""

LIST_WIDTHS = (22, 7, 16, 22, 24, 54, 12)
"""The columns of the list of what to correct."""

LONGEST_TEXT = 32_767
_FILLS = {"error": "#FFD6D6", "warning": "#FFEFC2", "with": "#EDEDED"}
_INKS = {"error": "#B00020", "warning": "#8A5A00", "with": "#555555"}
_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\Z")
_Fault = Mapping[str, Any]


class Sentence(Protocol):
    """How a fault is explained; ``pipelines.quality.sentences.said`` is one."""

    def __call__(
        self, rule: str, language: Language, *, table: str = "", column: str = "", found: str | None = "", expected: str | None = ""
    ) -> str:
        """The sentence for a rule and what was found."""


class Labels(Protocol):
    """A column's label; ``pipelines.quality.sentences.column_label`` is one."""

    def __call__(self, table: str, column: str, language: Language) -> str:
        """The label in the language."""


def returned(
    workbook: Workbook,
    faults: pl.DataFrame,
    language: Language,
    *,
    file_name: str,
    created: datetime,
    sentence: Sentence = sentences.said,
    label: Labels = sentences.column_label,
) -> bytes:
    """The workbook that goes back to the sender of ``file_name``. ``faults`` are those of that file; ``created`` fixes the bytes."""
    return _Returned(workbook, faults, language, file_name, created, sentence, label).written()


class _Returned:
    def __init__(
        self, workbook: Workbook, faults: pl.DataFrame, language: Language, file_name: str, created: datetime, sentence: Sentence,
        label: Labels,
    ) -> None:  # fmt: skip
        self.source, self.language, self.sentence, self.label = workbook, language, sentence, label
        self.reader = Reader(language)
        self.file_name = file_name
        self.stream = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        }
        self.book = xlsxwriter.Workbook(self.stream, options)
        self.book.set_properties({"title": file_name, "created": created.astimezone(UTC).replace(tzinfo=None)})
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}
        order = {grid.name: place for place, grid in enumerate(workbook.sheets)}
        rows: list[_Fault] = list(faults.to_dicts())
        rows.sort(key=lambda f: (order.get(f["source_sheet"] or "", len(order)), f["source_row"] or 0, f["goes_with"], f["reason_no"]))
        self.faults = rows
        self.looks: dict[tuple[str, str], Any] = {}
        self.names: dict[str, str] = {}
        self.comments = 0

    def say(self, words: Value) -> str:
        return said(words, self.reader)

    def format(self, **wanted: Any) -> Any:
        base = {"font_name": FONTS[self.language], "font_size": 10, "valign": "vcenter", **wanted}
        key = tuple(sorted(base.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format(base)
        return self.made[key]

    def written(self) -> bytes:
        marked: dict[str, dict[tuple[int, int], list[_Fault]]] = defaultdict(lambda: defaultdict(list))
        grids = {grid.name: grid for grid in self.source.sheets}
        for fault in self.faults:
            place = self.place(fault, grids)
            if place is not None:
                marked[fault["source_sheet"] or ""][place].append(fault)
        for grid in self.source.sheets:
            self.copy(grid, marked.get(grid.name, {}))
        self.listed(grids)
        self.book.close()
        return self.stream.getvalue()

    def place(self, fault: _Fault, grids: Mapping[str, Grid]) -> tuple[int, int] | None:
        """The cell to mark: the fault's own, else the row's first that holds something; None for a fault of the whole file."""
        grid = grids.get(fault["source_sheet"] or "")
        if grid is None or not fault["source_row"]:
            return None
        if fault["cell"] and not fault["goes_with"]:
            row, column = xl_cell_to_rowcol(fault["cell"])
            return int(row), int(column)
        row = fault["source_row"] - 1
        cells = next(grid.rows(row, row + 1), ())
        return row, next((at for at, cell in enumerate(cells) if cell is not None), 0)

    def copy(self, grid: Grid, marked: Mapping[tuple[int, int], list[_Fault]]) -> None:
        """One sheet of the sender, as delivered, with the bad cells marked."""
        wanted = sheet_name(grid.name or self.file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        name, turn = wanted, 1
        while name.lower() in {used.lower() for used in self.names.values()}:
            turn += 1
            name = f"{wanted[:28]} {turn}"
        self.names[grid.name] = name
        sheet = self.book.add_worksheet(name, worksheet_class=Sheet)
        for at, width in grid.widths.items():
            sheet.set_column(at, at, min(max(width, 1.0), 120.0))
        inside: set[tuple[int, int]] = set()
        for top, left, bottom, right in grid.merges:
            if (top, left) != (bottom, right) and not any(top <= r <= bottom and left <= c <= right for r, c in inside):
                sheet.merge_range(top, left, bottom, right, "", self.format())
                inside |= {(top, left)}
        merged = {row for top, _, bottom, _ in grid.merges for row in range(top, bottom + 1)}
        beyond: dict[int, list[int]] = defaultdict(list)
        for row, column in sorted(marked):
            beyond[row].append(column)
        widths: dict[int, float] = {}
        row = -1
        for row, cells in enumerate(grid.rows(0, MOST_ROWS)):
            bad = beyond.pop(row, [])
            if row < 500:
                for column, cell in enumerate(cells):
                    if cell is not None:
                        widths[column] = max(widths.get(column, 0.0), min(width_of(cell.text), 72.0))
            wide = [*cells, *(None for _ in range(len(cells), max(bad, default=-1) + 1))]
            self.row(sheet, row, wide, {column: marked[row, column] for column in bad}, ready=row not in merged)
        for below, columns in beyond.items():
            if below < MOST_ROWS:
                cells = (None,) * (max(columns) + 1)
                self.row(sheet, below, cells, {column: marked[below, column] for column in columns}, ready=below not in merged)
        if not grid.widths:
            for column, width in widths.items():
                sheet.set_column(column, column, max(width + 1.5, 8.43))
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if marked:
            sheet.set_tab_color("#C21D31")

    def row(self, sheet: Sheet, row: int, cells: Sequence[Cell | None], marked: Mapping[int, list[_Fault]], *, ready: bool) -> None:
        """One row of the sender. A row with merged cells is written cell by cell, any other at once."""
        made: list[tuple[int, str, int]] = []
        for column, cell in enumerate(cells):
            faults = marked.get(column)
            if cell is None and faults is None:
                continue
            if ready:
                inside, shown = self.inside(sheet, cell)
                made.append((column, inside, sheet.style(self.look(faults, shown))))
            else:
                self.cell(sheet, row, column, cell, faults)
            if faults and self.comments < MOST_COMMENTS:
                self.comment(sheet, row, column, faults)
        if made:
            sheet.row(row, made)

    def look(self, faults: list[_Fault] | None, shown: str = "") -> Any:
        """The format of a cell: as plain as it was, coloured where it is bad; ``shown`` is a day's or a moment's format."""
        kind = _kind(faults) if faults else ""
        found = self.looks.get((kind, shown))
        if found is None:
            wanted: dict[str, Any] = {"num_format": shown} if shown else {}
            if kind:
                wanted |= {"bg_color": _FILLS[kind], "font_color": _INKS[kind], "border": 1, "border_color": _INKS[kind]}
            self.looks[kind, shown] = found = self.format(**wanted)
        return found

    def inside(self, sheet: Sheet, cell: Cell | None) -> tuple[str, str]:
        """What a cell holds, in its own type, and how a day is shown."""
        if cell is None:
            return BLANK, ""
        value = _typed(cell)
        if isinstance(value, bool):
            return TRUE if value else FALSE, ""
        if isinstance(value, float):
            return number(f"{value:.16G}"), ""
        if isinstance(value, datetime):
            return sheet.moment(value), _shown(value)
        return sheet.text(value), ""

    def cell(self, sheet: Sheet, row: int, column: int, cell: Cell | None, faults: list[_Fault] | None) -> None:
        """The same, one cell by itself."""
        value = None if cell is None else _typed(cell)
        if value is None:
            sheet.write_blank(row, column, None, self.look(faults))
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.look(faults))
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self.look(faults))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, column, value, self.look(faults, _shown(value)))
        else:
            sheet.write_string(row, column, value, self.look(faults))

    def comment(self, sheet: Sheet, row: int, column: int, faults: list[_Fault]) -> None:
        """What is wrong with a cell, as its comment."""
        self.comments += 1
        text = "\n".join(dict.fromkeys(self.explained(fault) for fault in faults))
        height = 24 + 18 * sum(1 + int(width_of(line)) // 40 for line in text.split("\n"))
        options = {"author": "", "x_scale": 1.0, "width": 290, "height": min(height, 400), "font_size": 9, "color": "#FFFDE7"}
        sheet.write_comment(row, column, text[:LONGEST_TEXT], options)

    def explained(self, fault: _Fault) -> str:
        """The sentence of a fault: what is wrong and what to do."""
        if fault["goes_with"]:
            message = Message(
                "Goes with document {document}, in which another row is wrong", {"document": Name(str(fault["document"] or ""))}
            )
            return self.say(message)
        return self.sentence(
            fault["rule"],
            self.language,
            table=fault["table"],
            column=fault["column"] or "",
            found=fault["found"],
            expected=fault["expected"],
        )

    def listed(self, grids: Mapping[str, Grid]) -> None:
        """The last sheet: every fault with a link to its cell, what was found, what is expected and what to do."""
        wanted = sheet_name(self.say(Message("To correct")))
        name, turn = wanted, 1
        while name.lower() in {used.lower() for used in self.names.values()}:
            turn += 1
            name = f"{wanted[:28]} {turn}"
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.activate()
        cells = {(fault["source_sheet"], self.place(fault, grids)) for fault in self.faults if not fault["goes_with"]}
        count = Message("One cell needs your correction", {"n": Count(len(cells))}, plural="{n} cells need your correction")
        sheet.write_string(0, 0, self.say(count), self.format(bold=True, font_size=14))
        again = Message("Correct the marked cells and send the whole file again; it replaces this one.")
        sheet.write_string(1, 0, self.say(again), self.format(font_color="#555555"))
        sheet.write_string(2, 0, self.file_name, self.format(font_color="#555555"))
        heads = (
            Message("Cell"), Message("Row"), Message("Column"), Message("Found"), Message("Expected"), Message("What to do"),
            Message("Severity"),
        )  # fmt: skip
        for at, head in enumerate(heads):
            sheet.write_string(4, at, self.say(head), self.format(bold=True, bottom=2))
        body = {"bottom": 4, "bottom_color": "#C9C9C9", "valign": "top"}
        wrapped = self.format(text_wrap=True, **body)
        for row, fault in enumerate(self.faults[: MOST_ROWS - 6], start=5):
            place = self.place(fault, grids)
            if place is None:
                sheet.write_string(row, 0, "—", self.format(**body))
            else:
                tab = self.names[fault["source_sheet"] or ""]
                address = xl_rowcol_to_cell(*place)
                link = "internal:'" + tab.replace("'", "''") + f"'!{address}"
                text = f"{tab}!{address}"
                if row < 60_000:
                    sheet.write_url(row, 0, link, self.format(font_color="#1355A8", underline=1, **body), text)
                else:
                    sheet.write_string(row, 0, text, self.format(**body))
            if fault["source_row"]:
                sheet.write_number(row, 1, fault["source_row"], self.format(align="left", **body))
            column = fault["column"] or ""
            texts = (
                self.label(fault["table"], column, self.language) if column else "",
                str(fault["found"] or "")[:LONGEST_TEXT],
                sentences.expected_words(fault["expected"], self.language, fault["rule"])[:LONGEST_TEXT],
                self.explained(fault),
            )
            for at, text in enumerate(texts, start=2):
                sheet.write_string(row, at, text, wrapped)
            lines = max(math.ceil(1.1 * width_of(text) / LIST_WIDTHS[at]) for at, text in enumerate(texts, start=2))
            if lines > 1:
                sheet.set_row(row, min(4 + 13.5 * lines, 400))
            kind = _kind([fault])
            words = self.say(SEVERITIES[fault["severity"]]) if fault["severity"] in SEVERITIES else str(fault["severity"])
            ink = self.format(font_color=_INKS[kind], bold=kind != "with", **body)
            sheet.write_string(row, 6, f"{MARKS.get(fault['severity'], '')} {words}".strip(), ink)
        for at, width in enumerate(LIST_WIDTHS):
            sheet.set_column(at, at, width)
        sheet.freeze_panes(5, 0)
        if self.faults:
            sheet.autofilter(4, 0, 4 + len(self.faults), 6)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(4)


def _typed(cell: Cell) -> bool | float | datetime | str:
    """A delivered cell's value; the text where its type is none that a sheet can hold exactly."""
    if cell.kind == "number" and _PLAIN_NUMBER.match(cell.text) and sum(map(str.isdigit, cell.text)) <= 17:
        return float(cell.text)
    if cell.kind == "bool" and cell.text in ("true", "false"):
        return cell.text == "true"
    if cell.kind == "date" and (moment := _moment(cell.text)) is not None:
        return moment
    return cell.text[:LONGEST_TEXT]


def _shown(moment: datetime) -> str:
    return "yyyy-mm-dd" if moment.hour == moment.minute == moment.second == 0 else "yyyy-mm-dd hh:mm:ss"


def _kind(faults: Any) -> str:
    if all(fault["goes_with"] for fault in faults):
        return "with"
    return "error" if any(fault["severity"] == "error" for fault in faults if not fault["goes_with"]) else "warning"


def _moment(text: str) -> datetime | None:
    """The day or moment that a date cell says; None when it is none that a sheet can hold."""
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    return moment if moment.year >= 1900 else None
