"""The workbook's paper: sheets with their print set-up, formats made once by meaning, widths and heights, where tables stand.

What stands on a sheet is ``excel``'s (cover, sections, tables), ``excel_charts``' and ``excel_evidence``'s business.
"""

from __future__ import annotations

import io
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from pipelines.contracts.model import Language
from pipelines.money import E4, E8
from pipelines.proof.cells import SHEET as SEAL_SHEET
from pipelines.proof.cells import Book, Chart, formula, seal_of
from pipelines.proof.seal import Identity, Seal
from pipelines.reports.catalogue import said
from pipelines.reports.formats import Reader
from pipelines.reports.model import Column, Count, Message, PeriodName, Report, Value
from pipelines.reports.writers.sheets import BLANK, Sheet

MOST_WIDTH = 48.0
"""A longer text gets several lines."""

LONGEST_LINE = 32_000
"""Letters of the seal in one cell; a longer line goes on to the right."""

A4_PIXELS, A3_FROM = 1020, 1560
"""What a page across holds at full size, and from where a sheet is printed on the larger paper."""

PAPER = {9: (770.0, 490.0), 8: (1118.0, 737.0)}
"""Points across and down that a page has between its margins: A4 and A3 on their sides."""

LITTLE, SMALLEST = 0.33, 0.6
"""Part of a page that is not worth a page of its own: the sheet is printed a little smaller instead, if not smaller than this."""

INK, SOFT, DARK, GREY = "#262626", "#6B6B6B", "#404040", "#B4B4B4"
GOOD, BAD, GOOD_INK, BAD_INK, WARN_INK, LINK = "#6AA321", "#D9263A", "#4D7F10", "#C21D31", "#9A6200", "#1355A8"
FONTS: dict[Language, str] = {"zh-Hans": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "en": "Calibri"}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LOOSE_END = re.compile(r"([ ,;-]|\b(and|or|of|in|the|with|to|by|for|a))+$")
MOST_NAME = 31
STATUS_INK = {"tied": GOOD_INK, "within_tolerance": WARN_INK, "broken": BAD_INK}
SCALES: dict[str, int] = {"money": E4, "money_wan": E4, "qty": E4, "price": E8}



def sheet_name(wanted: str) -> str:
    """A legal sheet name: forbidden characters become ``-``, outer apostrophes go, at most 31 characters are kept, cut between words.

    >>> sheet_name("R4: plan/actual"), sheet_name("'quoted'"), sheet_name("Weak indicators, support and account")
    ('R4- plan-actual', 'quoted', 'Weak indicators, support')
    """
    legal = _FORBIDDEN.sub("-", wanted).strip().strip("'")
    if len(legal) > MOST_NAME:
        whole = legal[: MOST_NAME + 1].rfind(" ")
        legal = _LOOSE_END.sub("", legal[: whole if whole > MOST_NAME // 2 else MOST_NAME])
    return legal.rstrip(" '") or "-"


def width_of(text: str) -> float:
    """A column's width for a text: Chinese counts two.

    >>> width_of("合计"), width_of("total")
    (4.0, 5.0)
    """
    if text.isascii():
        return float(len(text))
    return float(sum(2 if ord(character) > 0x2E80 else 1 for character in text))


@dataclass(frozen=True)
class Place:
    """Where a table stands: its sheet, first and last row, and the columns by name."""

    sheet: str
    first: int
    last: int
    columns: dict[str, int]
    factor: dict[str, int]
    helper: int | None

    def total(self, column: str) -> str:
        """The formula (without ``=``) of the detail's sum, in currency units or units of quantity."""
        quoted = "'" + self.sheet.replace("'", "''") + "'!"
        at = self.columns[column]
        cells = quoted + xl_range_abs(self.first, at, self.last, at)
        if self.helper is None:
            added = f"SUM({cells})"
        else:
            added = f"SUMIFS({cells},{quoted}{xl_range_abs(self.first, self.helper, self.last, self.helper)},1)"
        return f"{added}*{self.factor[column]}" if self.factor[column] != 1 else added

    def live(self, at: int, row: int) -> str:
        """The formula (without ``=``) of the total in ``row``, which does not add itself: what is filtered away is not in it."""
        around = [(self.first, self.last)] if not self.first <= row <= self.last else [(self.first, row - 1), (row + 1, self.last)]
        return "+".join(self._live(at, first, last) for first, last in around if first <= last)

    def _live(self, at: int, first: int, last: int) -> str:
        cells = xl_range_abs(first, at, last, at)
        if self.helper is None:
            return f"SUBTOTAL(109,{cells})"
        return f"SUMIFS({cells},{xl_range_abs(first, self.helper, last, self.helper)},1)"


@dataclass
class Layout:
    """What a sheet needs to know before its widths, row heights and print area can be fixed."""

    widths: dict[int, float] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    long: list[tuple[int, int, float]] = field(default_factory=list)
    """Cells whose text may need several lines: row, column, width of the text."""
    lines: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    """Texts that run over the whole sheet: row, text, format."""
    edges: list[tuple[int, int]] = field(default_factory=list)
    """Where charts end: first column, pixels from its left."""
    row: int = 0
    column: int = 0
    printed: int | None = None
    """The last row on paper, where the sheet goes on below it."""

    def reach(self, row: int, column: int) -> None:
        """The sheet is used up to here."""
        self.row, self.column = max(self.row, row), max(self.column, column)

    def shown(self, at: int) -> float:
        """The width that a column gets."""
        return min(max(self.widths[at] + 2.2, 8.5), 72.0) if at in self.widths else 8.43

    def pixels(self, at: int) -> int:
        """The same in pixels."""
        return 0 if at in self.hidden else int(self.shown(at) * 7 + 5)


class Canvas:
    """One workbook in the making, in one language."""

    def __init__(self, report: Report, reader: Reader) -> None:
        self.report, self.reader = report, reader
        self.stream = io.BytesIO()
        self.file_name = report.file_name(reader.language, "xlsx")
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        }
        self.workbook = xlsxwriter.Workbook(self.stream, options)
        self.workbook.set_calc_mode("auto")
        self.font = FONTS[reader.language]
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.places: dict[str, Place] = {}
        self.names: set[str] = set()
        self.layouts: dict[str, Layout] = {}
        self.section_name = ""
        self.charts_of: dict[str, list[Chart]] = {}
        """What the charts of a sheet say, for the seal."""
        self.company = report.company.get(reader.language) or next(iter(report.company.values()), "")

    def say(self, words: Value | None) -> str:
        """``words`` in the workbook's language; nothing for none."""
        return "" if words is None else said(words, self.reader)

    def format(self, **wanted: Any) -> Any:
        """A cell format, made once for each set of properties."""
        base = {"font_name": self.font, "font_size": 10, "font_color": INK, "valign": "vcenter", **wanted}
        key = tuple(sorted(base.items()))
        if key not in self.made:
            self.made[key] = self.workbook.add_format(base)
        return self.made[key]

    def sheet(self, wanted: str, *, landscape: bool = True) -> Sheet:
        """A new sheet under its safe name, with print set-up. Two names alike are refused."""
        name = sheet_name(wanted)
        if name.lower() in self.names:
            raise ValueError(f"report {self.report.name}: two sheets would be called '{name}' in {self.reader.language}")
        self.names.add(name.lower())
        sheet: Sheet = self.workbook.add_worksheet(name, worksheet_class=Sheet)
        sheet.hide_gridlines(2)
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.5, 0.5, 0.75, 0.7)
        state = self.say(Message("Final") if self.report.state == "published" else Message("With warnings"))
        left, right = f"{self.company} · {name}", f"{self.reader.period(PeriodName(self.report.period))} · {state}"
        sheet.set_header(f"&L&8 {_amp(left)[:110]}&R&8 {_amp(right)[:110]}")
        title = _amp(self.say(self.report.title))[:80]
        sheet.set_footer(f"&L&8 {title}&C&8 {self.say(Message('Page &P of &N'))}")
        sheet.set_default_row(18)
        return sheet

    def free_name(self, wanted: str) -> str:
        """``wanted``, with a number where that is taken: names from data can begin alike, and a sheet's is short."""
        name, turn = wanted, 1
        while sheet_name(name).lower() in self.names:
            turn += 1
            name = f"{sheet_name(wanted[: MOST_NAME - 3])} {turn}"
        return name

    def layout(self, sheet: Sheet) -> Layout:
        """What is known of a sheet's widths and heights."""
        return self.layouts.setdefault(sheet.get_name(), Layout())

    def wide(self, sheet: Sheet, at: int, text: str, most: float = MOST_WIDTH) -> None:
        """Remember that a column must show ``text``, at most ``most`` of it on one line."""
        widths = self.layout(sheet).widths
        known = widths.get(at)
        # Most texts are too short to widen their column: a character counts two at most.
        if known is None or (known < most and 2 * len(text) > known):
            widths[at] = max(known or 0.0, min(width_of(text), most))

    def heading(self, sheet: Sheet, row: int, at: int, text: str, wanted: Any, *, room: int = 0) -> None:
        """A column's heading, on two lines where its figures are much narrower; ``room`` for the filter's button."""
        sheet.write_string(row, at, text, wanted)
        whole = 1.1 * width_of(text) + room
        # Chinese may break between any two characters, other words only between them.
        parts = text.split() if text.isascii() else ()
        longest = 1.1 * max(map(width_of, parts), default=0.0) + room
        self.wide(sheet, at, "x" * (1 + math.ceil(whole if whole <= 12 else max(longest, whole / 2 + 1))))
        self.layout(sheet).long.append((row, at, whole))

    def line(self, sheet: Sheet, row: int, text: str, **wanted: Any) -> None:
        """A text over the whole sheet; where it is longer than the sheet is wide it gets several lines."""
        self.layout(sheet).lines.append((row, text, wanted))

    def lay_out(self, sheet: Sheet) -> None:
        """Column widths, row heights, the texts over the whole sheet, paper and print area: known when all else is written."""
        layout = self.layout(sheet)
        for at in sorted(layout.widths):
            if at not in layout.hidden:
                sheet.set_column(at, at, layout.shown(at))
        for at in sorted(layout.hidden):
            sheet.set_column(at, at, 9, None, {"hidden": True})
        left = [0]

        def edge(at: int) -> int:
            while len(left) <= at:
                left.append(left[-1] + layout.pixels(len(left) - 1))
            return left[at]

        right = max([edge(layout.column + 1), A4_PIXELS, *(edge(at) + pixels for at, pixels in layout.edges)])
        last = next(at for at in itertools.count() if edge(at + 1) >= right - 8)
        if right > A3_FROM:
            sheet.set_paper(8)
        sheet.print_area(0, 0, layout.row if layout.printed is None else layout.printed, last)
        heights: dict[int, int] = {}
        for row, at, width in layout.long:
            if width > layout.shown(at) - 0.7:
                lines = math.ceil(1.02 * width / (layout.shown(at) - 1.2))
                heights[row] = max(heights.get(row, 0), 6 + 13 * lines)
        page = (min(right, A3_FROM) - 20) / 7
        for row, text, wanted in layout.lines:
            style = self.format(**wanted)
            size = wanted.get("font_size", 10) / 10
            lines = math.ceil(1.06 * width_of(text) * size / page)
            if lines > 1:
                over = next((at for at in range(last + 1) if edge(at + 1) >= page * 7 + 20), last)
                style = self.format(**{**wanted, "text_wrap": True, "valign": "top"})
                sheet.merge_range(row, 0, row, max(over, 1), "", style)
                heights[row] = int(4 + 13.5 * size * lines)
            sheet.write_string(row, 0, text, style)
        for row, height in heights.items():
            sheet.set_row(row, max(height, sheet.row_info[row].height * 0.75 if row in sheet.row_info else 18))
        self._pages(sheet, right, layout.row if layout.printed is None else layout.printed)

    def _pages(self, sheet: Sheet, right: int, last: int) -> None:
        """A last page with a few rows alone is saved where a slightly smaller print holds them."""
        if not sheet.fit_page or sheet.fit_height or sheet.orientation:
            return
        across, down = PAPER[sheet.paper_size]
        # A print is made smaller to fit the page, never larger.
        size = min(1.0, across / (right * 0.75))
        tall = sum(info.height * 0.75 - 18 for row, info in sheet.row_info.items() if row <= last) + 18 * (last + 1)
        pages = tall * size / down
        if pages > 1 and pages % 1 <= LITTLE and size * int(pages) / pages >= SMALLEST:
            sheet.fit_to_pages(1, int(pages))

    def seal(self, version: str) -> Seal:
        """Write the seal of all sheets on a hidden one: the last thing before the workbook is closed."""
        codes = {style.xf_index: style.num_format for style in self.workbook.formats if style.xf_index is not None}
        sheets: list[Sheet] = self.workbook.worksheets()
        texts = list(self.workbook.str_table.string_table)
        leaves = [sheet.leaf(codes, texts, self.charts_of.get(sheet.get_name(), ())) for sheet in sheets]
        names = {name: formula(refers_to) for name, at, refers_to, _ in self.workbook.defined_names if at == -1}
        one, language = self.report, self.reader.language
        made = seal_of(Book(leaves, names), Identity(self.company, one.period.key, one.id, one.name, language, version))
        hidden: Sheet = self.workbook.add_worksheet(SEAL_SHEET, worksheet_class=Sheet)
        hidden.very_hidden()
        lines = made.written()
        columns = range(math.ceil(max(map(len, lines)) / LONGEST_LINE))
        pieces = [[line[at * LONGEST_LINE : (at + 1) * LONGEST_LINE] for line in lines] for at in columns]
        hidden.block(0, [(at, [hidden.text(piece) if piece else BLANK for piece in pieces[at]], 0) for at in columns])
        return made

    def top(self, sheet: Sheet, headline: Value, about: str) -> None:
        """What stands over every sheet: its headline, what it is about, the way back to the cover."""
        sheet.set_row(0, 24)
        self.line(sheet, 0, self.say(headline), bold=True, font_size=14)
        self.line(sheet, 1, about, font_size=9, font_color=SOFT)
        cover = self.workbook.worksheets()[0].get_name()
        target = "internal:'" + cover.replace("'", "''") + "'!A1"
        label = "← " + self.say(Message("Back to contents"))
        sheet.write_url(2, 0, target, self.format(font_color=LINK, underline=1, font_size=9), label)

    def said_cut(self, printed: int, rows: int) -> str:
        """What a subtitle adds where only the first of its rows go on paper."""
        if printed >= rows:
            return ""
        return " · " + self.say(Message("on paper the first {n} of {all} rows", {"n": Count(printed), "all": Count(rows)}))

    def value(self, column: Column, value: int | float) -> float:
        """What the cell holds: the exact figure's nearest float."""
        if column.meaning in SCALES:
            return value / self.scale(column)
        if column.meaning == "points":
            return float(Decimal(repr(value)) * 100)
        return float(value)

    def scale(self, column: Column) -> int:
        """How many of the column's stored units a cell's 1 is."""
        return SCALES[column.meaning] * (int(self.reader.page_unit) if column.meaning == "money_wan" else 1)

    def numbers(self, column: Column, values: Sequence[Any]) -> list[str | None]:
        """What the cells of a column of numbers hold, with the 15 digits that every program keeps."""
        if column.meaning in SCALES:
            scale = self.scale(column)
            return [None if v is None else f"{v / scale:.15g}" if v % scale else str(v // scale) for v in values]
        if column.meaning == "points":
            return [None if v is None else f"{self.value(column, v):.15g}" for v in values]
        return [None if v is None else f"{v:.15g}" for v in values]


def decimals_of(column: Column, places: int | None, reader: Reader) -> int:
    """How many decimals the cells of a column show."""
    default = {"share": 1, "points": 1, "money": 2, "money_wan": 1, "price": 2}.get(column.meaning, 0)
    decimals = default if places is None else places
    return max(decimals, 1) if column.meaning == "money_wan" and reader.page_unit != "1" else decimals


def _amp(text: str) -> str:
    return text.replace("&", "&&")
