"""A report as a workbook: cover, a sheet a section, *Control* whose formulas recompute the tie-outs, *Sources*.

Nothing is computed here: totals and checks are formulas over the printed detail, with the model's figures as cached values. Texts
from outside are always written as strings. Formats are made once by meaning. Bytes depend on the report alone: the creation
date is ``known_at``. What the sender gets back is ``returned``'s business.

Money cells hold currency units; ``money_wan`` cells hold the page's unit, which the heading names.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from pipelines.contracts import CONTRACTS
from pipelines.contracts.model import Language
from pipelines.money import E4, E8, plain
from pipelines.reports import charts
from pipelines.reports.catalogue import said
from pipelines.reports.formats import Reader, trailing
from pipelines.reports.html import MARKS, SEVERITIES, TIE_OUT_WORDS, places_of, subtitle_of
from pipelines.reports.model import (
    Block,
    Column,
    ColumnSeries,
    Count,
    Date,
    DefinitionList,
    Meaning,
    Message,
    Money,
    Name,
    Notes,
    PeriodName,
    RankedBars,
    Report,
    Slip,
    StackedBars,
    SumOf,
    Table,
    TieOut,
    TieOutList,
    Value,
    VarianceTable,
    Waterfall,
)
from pipelines.reports.sheets import BLANK, Sheet, day, formula, number

SMALL_SUM = 48.0
"""The width of a check sum in small print."""

MOST_WIDTH = 48.0
"""A longer text gets several lines."""

COVER_WIDTH = 21
MOST_CHECKS = 10
"""So many tie-outs stand on the cover, those that do not hold first; all of them on the sheet Control."""

A4_PIXELS, A3_FROM = 1020, 1560
"""What a page across holds at full size, and from where a sheet is printed on the larger paper."""

WIDE = 7
"""A table of detail with more columns, below another table, gets a sheet of its own."""

TALL = 25
"""A titled table with more rows, below another table, gets a sheet of its own too: paper repeats one table's headings only."""

MOST_FROZEN = 12
"""Headings that stand lower are not kept in view: little would be left to scroll."""

SOURCES_PRINTED = 200
"""So many files go on paper; the sheet names all of them."""

BESIDE = 760
"""A chart stands beside a table that is narrower than this, else below."""

MOST_ROWS = 1_000_000
"""A table with more rows goes to a CSV beside the workbook, named on the sheet."""

INK, SOFT, DARK, GREY = "#262626", "#6B6B6B", "#404040", "#B4B4B4"
GOOD, BAD, GOOD_INK, BAD_INK, WARN_INK, LINK = "#6AA321", "#D9263A", "#4D7F10", "#C21D31", "#9A6200", "#1355A8"
FONTS: dict[Language, str] = {"zh-Hans": "Microsoft YaHei", "zh-Hant": "Microsoft JhengHei", "en": "Calibri"}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LOOSE_END = re.compile(r"([ ,;-]|\b(and|or|of|in|the|with|to|by|for|a))+$")
MOST_NAME = 31
_STATUS_INK = {"tied": GOOD_INK, "within_tolerance": WARN_INK, "broken": BAD_INK}
_SEVERITY_INK = {"error": BAD_INK, "warning": WARN_INK, "ok": GOOD_INK, "info": SOFT}
_WORDS = frozenset({"text", "code", "grade", "severity"})
_SCALES: dict[str, int] = {"money": E4, "money_wan": E4, "qty": E4, "price": E8}


def book(report: Report, language: Language) -> dict[str, bytes]:
    """The workbook in ``language`` by its file name, and a CSV for each table that is too long for a sheet."""
    return _Book(report, Reader(language, report.unit, report.currency)).written()


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
class _Place:
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

    def live(self, at: int) -> str:
        """The formula (without ``=``) of a total row: what is filtered away is not in it."""
        cells = xl_range_abs(self.first, at, self.last, at)
        if self.helper is None:
            return f"SUBTOTAL(109,{cells})"
        return f"SUMIFS({cells},{xl_range_abs(self.first, self.helper, self.last, self.helper)},1)"


@dataclass
class _Layout:
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


_TABLES = (Table, VarianceTable, StackedBars, RankedBars, ColumnSeries, Waterfall)


def _apart(blocks: Sequence[Block]) -> tuple[list[Block], list[Table]]:
    """What stands on a section's sheet, and its wide tables of detail and tall tables, which get sheets of their own."""
    main: list[Block] = []
    apart: list[Table] = []
    for block in blocks:
        titled = isinstance(block, Table) and block.title is not None and any(isinstance(one, _TABLES) for one in main)
        if titled and isinstance(block, Table) and (block.frame.height > TALL or block.detail and len(block.columns) > WIDE):
            apart.append(block)
        else:
            main.append(block)
    return main, apart


class _Kinds:
    """The rows of a table by role and indent: few kinds, each with its styles."""

    def __init__(self, roles: Sequence[str], levels: Sequence[int]) -> None:
        self.roles = list(roles)
        numbers: dict[tuple[str, int], int] = {}
        self.each = [numbers.setdefault(pair, len(numbers)) for pair in zip(roles, levels, strict=True)]
        self.pairs = list(numbers)
        self.levels = [level for _, level in self.pairs]


class _Book:
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
        self.beside: dict[str, bytes] = {}
        self.places: dict[str, _Place] = {}
        self.names: set[str] = set()
        self.layouts: dict[str, _Layout] = {}
        self.section_name = ""
        self.marked: set[tuple[str, int]] = set()
        self.company = report.company.get(reader.language) or next(iter(report.company.values()), "")

    def say(self, words: Value | None) -> str:
        return "" if words is None else said(words, self.reader)

    def format(self, **wanted: Any) -> Any:
        """A cell format, made once for each set of properties."""
        base = {"font_name": self.font, "font_size": 10, "font_color": INK, "valign": "vcenter", **wanted}
        key = tuple(sorted(base.items()))
        if key not in self.made:
            self.made[key] = self.workbook.add_format(base)
        return self.made[key]

    def written(self) -> dict[str, bytes]:
        report = self.report
        self.workbook.set_properties(
            {
                "title": self.say(report.title),
                "subject": self.say(report.headline),
                "company": self.company,
                "created": report.known_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        cover = self.sheet(self.say(Message("Cover")), landscape=True)
        sheets: list[tuple[Sheet, str]] = []
        for section in report.sections:
            main, apart = _apart(section.blocks)
            self.section_name = self.say(section.name)
            sheets.append((self.sheet(self.section_name), self.say(section.headline)))
            self.section(sheets[-1][0], section.headline, section.subtitle, main)
            for table in apart:
                title = self.say(table.title)
                whole = f"{self.section_name} · {title}"
                sheets.append((self.sheet(self._free(whole if len(whole) <= MOST_NAME else title)), whole))
                self.section(sheets[-1][0], Name(whole), section.subtitle, (dataclasses.replace(table, title=None),))
        control = self.control()
        sources = self.sources() if report.sources else None
        self.cover(cover, sheets, control, sources)
        for sheet in self.workbook.worksheets():
            if sheet is not cover:
                self._lay_out(sheet)
        self.workbook.close()
        return {self.file_name: self.stream.getvalue(), **self.beside}

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

    def _free(self, wanted: str) -> str:
        """A name for a table's own sheet that no section has."""
        name, turn = wanted, 1
        while sheet_name(name).lower() in self.names:
            turn += 1
            name = f"{wanted[: MOST_NAME - 3]} {turn}"
        return name

    def layout(self, sheet: Sheet) -> _Layout:
        return self.layouts.setdefault(sheet.get_name(), _Layout())

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
        longest = 1.1 * max(map(width_of, text.split()), default=0.0) + room
        self.wide(sheet, at, "x" * (1 + math.ceil(whole if whole <= 12 else max(longest, whole / 2 + 1))))
        self.layout(sheet).long.append((row, at, whole))

    def line(self, sheet: Sheet, row: int, text: str, **wanted: Any) -> None:
        """A text over the whole sheet; where it is longer than the sheet is wide it gets several lines."""
        self.layout(sheet).lines.append((row, text, wanted))

    def _lay_out(self, sheet: Sheet) -> None:
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

    # the cover

    def cover(self, sheet: Sheet, sections: Sequence[tuple[Sheet, str]], control: Any, sources: Any | None) -> None:
        report, say = self.report, self.say
        span = max(len(report.tiles), 6)
        for at in range(span + 1):
            sheet.set_column(at, at, 3 if at == 0 else COVER_WIDTH)
        sheet.set_row(1, 34)
        sheet.write_string(1, 1, say(report.title), self.format(bold=True, font_size=24))
        line = " · ".join([self.company, say(report.subtitle)])
        if self.reader.unit_name not in line and any(c.meaning == "money_wan" for table in report.tables() for c in table.columns):
            line += " · " + say(Message("Unit: {unit}", {"unit": Name(self.reader.unit_name)}))
        rule = self.format(font_size=11, font_color=SOFT, bottom=5)
        for at in range(1, span + 1):
            sheet.write_blank(2, at, None, rule)
        sheet.write_string(2, 1, line, rule)
        self._cover_text(sheet, 3, 1, span, say(report.headline), bold=True, font_size=14)
        row = 5
        if report.tiles:
            self._cover_tiles(sheet, row)
            row += 5 if any(tile.delta_plan or tile.delta_py for tile in report.tiles) else 3
        sheet.write_string(row, 1, say(Message("Contents")), self.format(bold=True, font_size=13))
        for target, about in sections:
            row += 1
            self._link(sheet, row, 1, target)
            own = math.ceil(width_of(target.get_name().rpartition(" · ")[2]) / COVER_WIDTH)
            lines = max(self._cover_text(sheet, row, 2, span, about), own)
            if lines > 1:
                sheet.set_row(row, int(8 + 13.5 * lines))
        for extra, text in (
            (control, Message("Tie-outs recomputed from the visible detail")),
            (sources, Message("Files, senders and check sums")),
        ):
            if extra is not None:
                row += 1
                self._link(sheet, row, 1, extra)
                sheet.write_string(row, 2, say(text), self.format())
        ties = self._ties()
        row += 2
        if ties:
            checks = f" {report.checks.passed}/{report.checks.total}" if report.checks else ""
            sheet.write_string(row, 1, say(Message("Data checks")) + checks, self.format(bold=True, font_size=13))
        border: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        open_first = sorted(ties, key=lambda tie: tie.status == "tied")
        for tie in open_first[:MOST_CHECKS]:
            row += 1
            sheet.write_string(row, 1, tie.control, self.format(font_color=SOFT, **border))
            self._cover_text(sheet, row, 2, 4, say(tie.statement), **border)
            ink = self.format(bold=True, font_color=_STATUS_INK[tie.status], **border)
            sheet.write_string(row, 5, f"{MARKS[tie.status]} {say(TIE_OUT_WORDS[tie.status])}", ink)
            gap = say(Message("Difference {amount}", {"amount": Money(tie.difference_e4, unit="currency")}))
            sheet.write_string(row, 6, gap, self.format(shrink=True, **border))
        if len(ties) > MOST_CHECKS and control is not None:
            row += 1
            self._link(sheet, row, 1, control)
            sheet.write_string(row, 2, f"+ {len(ties) - MOST_CHECKS}", self.format(font_color=SOFT))
        row += 2
        as_of = f"{say(Message('Data as of'))} {self.reader.day(Date(report.as_of))}"
        known = f"{say(Message('Received by'))} {self.reader.moment(report.known_at)}"
        notes = [" · ".join([as_of, known]), *map(say, report.notes)]
        if any(column.variance for table in report.tables() for column in table.columns):
            notes.insert(1, say(Message("Variance = actual − plan; green is favourable, red is unfavourable")))
        for note in notes:
            self._cover_text(sheet, row, 1, span, note, font_size=9, font_color=SOFT)
            row += 1
        sheet.print_area(0, 0, row, span)
        sheet.fit_to_pages(1, 1)
        sheet.activate()
        sheet.set_first_sheet()

    def _cover_text(self, sheet: Sheet, row: int, first: int, last: int, text: str, **wanted: Any) -> int:
        """A text over several columns of the cover, on as many lines as it needs: how many."""
        style = self.format(text_wrap=True, **wanted)
        sheet.merge_range(row, first, row, last, "", style)
        sheet.write_string(row, first, text, style)
        room = COVER_WIDTH * (last - first + 1) * 10 / wanted.get("font_size", 10) - 2
        lines: int = math.ceil(1.02 * width_of(text) / room)
        if lines > 1 or wanted.get("font_size", 10) > 10:
            sheet.set_row(row, int(8 + 1.35 * wanted.get("font_size", 10) * lines))
        return lines

    def _cover_tiles(self, sheet: Sheet, row: int) -> None:
        sheet.set_row(row + 1, 26)
        for at, tile in enumerate(self.report.tiles, start=1):
            number, unit = self.reader.figure(tile.value)
            sheet.write_string(row, at, self.say(tile.label), self.format(font_size=9, font_color=SOFT))
            big, small = self.format(bold=True, font_size=16), self.format(font_size=9, font_color=SOFT)
            if unit:
                sheet.write_rich_string(row + 1, at, big, number, small, f" {unit}", self.format())
            else:
                sheet.write_string(row + 1, at, number, big)
            for below, (label, delta) in enumerate(((Message("ΔPL"), tile.delta_plan), (Message("ΔPY"), tile.delta_py))):
                if delta is None:
                    continue
                text, suffix = self.reader.figure(delta)
                raw = delta.e4 if hasattr(delta, "e4") else delta.value
                ink = {"good": GOOD_INK, "bad": BAD_INK, "flat": INK}[charts.tint(raw, tile.good)]
                sheet.write_rich_string(
                    row + 2 + below, at, small, f"{self.say(label)} ", self.format(bold=True, font_color=ink, font_size=9),
                    f"{text} {suffix}".strip(), self.format(),
                )  # fmt: skip

    def _link(self, sheet: Sheet, row: int, at: int, target: Any) -> None:
        name, link = target.get_name(), self.format(font_color=LINK, underline=1, text_wrap=True)
        sheet.write_url(row, at, "internal:'" + name.replace("'", "''") + "'!A1", link, name.rpartition(" · ")[2])

    # sections

    def section(self, sheet: Sheet, headline: Value, subtitle: Value | None, blocks: Sequence[Block]) -> None:
        sheet.set_row(0, 24)
        self.line(sheet, 0, self.say(headline), bold=True, font_size=14)
        self.line(sheet, 1, subtitle_of(subtitle, blocks, self.reader) + self._cut_on_paper(blocks), font_size=9, font_color=SOFT)
        cover = self.workbook.worksheets()[0].get_name()
        target = "internal:'" + cover.replace("'", "''") + "'!A1"
        label = "← " + self.say(Message("Back to contents"))
        sheet.write_url(2, 0, target, self.format(font_color=LINK, underline=1, font_size=9), label)
        row, first = 4, True
        for block in blocks:
            end = self.block(sheet, row, block, first=first)
            self.layout(sheet).reach(end, 1)
            row = end + 2
            first = first and not isinstance(block, _TABLES)
        last = blocks[-1] if blocks else None
        if isinstance(last, Table) and _printed(last) < last.frame.height and last.id in self.places:
            self.layout(sheet).printed = self.places[last.id].first + _printed(last) - 1

    def _cut_on_paper(self, blocks: Sequence[Block]) -> str:
        """What the subtitle adds where the last table goes on paper in part."""
        last = blocks[-1] if blocks else None
        return self._said_cut(_printed(last), last.frame.height) if isinstance(last, Table) else ""

    def _said_cut(self, printed: int, rows: int) -> str:
        if printed >= rows:
            return ""
        return " · " + self.say(Message("on paper the first {n} of {all} rows", {"n": Count(printed), "all": Count(rows)}))

    def block(self, sheet: Sheet, row: int, block: Block, *, first: bool) -> int:
        """Write one block from ``row`` on; the last row it uses."""
        match block:
            case Table() | RankedBars() | VarianceTable():
                table = block if isinstance(block, Table) else block.table()
                tone = block.tone if isinstance(block, RankedBars) else "actual"
                end = self.table(sheet, row, table, first=first, tone=tone)
                if isinstance(block, VarianceTable) and table.frame.height and block.id in self.places:
                    end = self._variance_chart(sheet, end + 2, block)
                return end
            case ColumnSeries():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self._months_chart(sheet, block)) if block.frame.height else end
            case Waterfall():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self._waterfall_chart(sheet, block)) if block.steps else end
            case StackedBars():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self._stacked_chart(sheet, end + 2, block)) if block.frame.height else end
            case TieOutList():
                return self.tie_outs(sheet, row, block.tie_outs)
            case Notes():
                return self._lines(sheet, row, block.title, [("• " if block.listed else "") + self.say(item) for item in block.items])
            case DefinitionList():
                row = self._lines(sheet, row, block.title, [])
                for term, value in block.items:
                    sheet.write_string(row + 1, 0, self.say(term), self.format(font_color=SOFT))
                    sheet.write_string(row + 1, 1, self.say(value), self.format())
                    self.wide(sheet, 0, self.say(term))
                    row += 1
                return row
            case Slip():
                row = self._lines(sheet, row, block.title, [self.say(block.text)])
                for name in block.fields:
                    row += 2
                    sheet.write_string(row, 0, self.say(name), self.format())
                    self.wide(sheet, 0, self.say(name))
                    for at in range(1, 6):
                        sheet.write_blank(row, at, None, self.format(bottom=1))
                return row

    def _lines(self, sheet: Sheet, row: int, title: Value | None, lines: Sequence[str]) -> int:
        if title is not None:
            self.line(sheet, row, self.say(title), bold=True, font_size=11)
        else:
            row -= 1
        for text in lines:
            row += 1
            self.line(sheet, row, text)
        return row

    # tables

    def table(self, sheet: Sheet, row: int, table: Table, *, first: bool, tone: str = "actual") -> int:
        """Write a table from ``row`` on: marks, headings, rows, live totals. The last row used."""
        frame, roles, levels = table.frame, table.roles(), table.levels()
        if table.title is not None:
            self.line(sheet, row, self.say(table.title), bold=True, font_size=11)
            row += 1
        if frame.height > MOST_ROWS:
            return self._too_long(sheet, row, table)
        if frame.height == 0:
            sheet.write_string(row, 0, self.say(Message("Nothing to show")), self.format(font_color=SOFT))
            return row
        top, head = row, row + 1
        start = head + 1
        end = head + frame.height
        plain_rows = all(role in ("", "emphasised") or role == "total" and at == len(roles) - 1 for at, role in enumerate(roles))
        detail_end = end - 1 if roles[-1] == "total" and plain_rows else end
        places = places_of(table, self.reader)
        columns, bars, at = {}, {}, 0
        for column in table.columns:
            columns[column.name] = at
            if column.bar and not column.trend and frame.height > 1:
                bars[column.name] = at + 1
                at += 1
            at += 1
        helper = None if plain_rows else at
        factor = {c.name: int(self.reader.page_unit) if c.meaning == "money_wan" else 1 for c in table.columns}
        place = _Place(sheet.get_name(), start, detail_end, columns, factor, helper)
        self.places[table.id] = place
        self._headings(sheet, top, table, place, bars, first=first)
        self.layout(sheet).reach(end, max([*columns.values(), *bars.values()]))
        if helper is not None:
            self.layout(sheet).hidden.add(helper)
        kinds = _Kinds(roles, levels)
        totals = {column.name: stated for column, stated, _ in table.totals()}
        cells: list[tuple[int, Sequence[str], Sequence[int] | int]] = []
        for column in table.columns:
            at = columns[column.name]
            if column.trend:
                cells.append((at, [BLANK] * frame.height, self._row_styles(sheet, column, kinds)))
                continue
            cells.append((at, *self._cells(sheet, place, column, table, kinds, places.get(column.name), totals.get(column.name))))
            if column.name in bars:
                cells.append((bars[column.name], *self._bar_cells(sheet, place, column, table, kinds)))
                self._data_bar(sheet, (start, detail_end), column, bars[column.name], tone)
        if helper is not None:
            marks = {True: number("1"), False: number("0")}
            cells.append((helper, [marks[role in ("", "emphasised")] for role in roles], sheet.style(self.format(font_color=SOFT))))
        for column in table.columns:
            if column.trend:
                cells += self._trend(sheet, start, columns[column.name], column, table)
        sheet.block(start, cells)
        for column in table.columns:
            if column.is_added and not column.trend:
                target = "='" + sheet.get_name().replace("'", "''") + "'!"
                area = xl_range_abs(start, columns[column.name], detail_end, columns[column.name])
                self.workbook.define_name(f"d_{_word(table.id)}_{_word(column.name)}", target + area)
        if first:
            if start <= MOST_FROZEN:
                sheet.freeze_panes(start, 1)
            sheet.repeat_rows(top, head)
            if not table.level and detail_end > start:
                sheet.autofilter(head, 0, detail_end, max(*columns.values(), *bars.values(), 0))
        return end

    def _headings(self, sheet: Sheet, top: int, table: Table, place: _Place, bars: Mapping[str, int], *, first: bool) -> None:
        """The scenarios' marks and, below them, the headings."""
        head = top + 1
        sheet.set_row(top, 6)
        sheet.set_row(head, 20)
        for column in table.columns:
            at = place.columns[column.name]
            left = bool(column.trend) or column.meaning in _WORDS or column.meaning == "date"
            heading = self.format(
                bold=True, bottom=2, text_wrap=True, valign="bottom", align="left" if left else "right", indent=1 if left and at else 0
            )
            self.heading(sheet, head, at, self.say(column.heading), heading, room=3 if first and not table.level else 0)
            if column.scenario:
                mark: dict[str, dict[str, Any]] = {
                    "PY": {"bg_color": GREY},
                    "AC": {"bg_color": DARK},
                    "PL": {"border": 1},
                    "FC": {"pattern": 8, "fg_color": DARK},
                }
                sheet.write_blank(top, at, None, self.format(**mark[column.scenario]))
            if column.name in bars:
                sheet.write_blank(head, bars[column.name], None, heading)
        if place.helper is not None:
            sheet.write_string(head, place.helper, "Σ", self.format(font_color=SOFT))

    def _style(
        self, column: Column, role: str, level: int, places: int | None, value: object, *, inner: bool = False, wrap: bool = False
    ) -> Any:
        props: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        if wrap:
            props["text_wrap"] = True
        if column.meaning not in _WORDS:
            props |= {"num_format": self.number_format(column, places, role), "align": "left" if column.meaning == "date" else "right"}
        if level or (inner and column.meaning in ("text", "code", "date", "severity")):
            props["indent"] = min(level, 8) * 2 or 1
        if role in ("total", "subtotal", "heading"):
            props["bold"] = True
        if role == "total":
            props |= {"top": 2, "bottom": 2, "bottom_color": INK}
        if role == "subtotal":
            props["bg_color"] = "#F3F4F5"
        if role == "emphasised":
            props["bg_color"] = "#FDF6E6"
        if column.variance and isinstance(value, int | float):
            props["font_color"] = {"good": GOOD_INK, "bad": BAD_INK, "flat": INK}[charts.tint(value, column.good)]
        if column.alarm is not None and isinstance(value, int | float) and value > column.alarm:
            props["font_color"] = BAD_INK
        if column.meaning == "severity" and isinstance(value, str):
            props |= {"font_color": _SEVERITY_INK.get(value, INK), "bold": True}
        if column.meaning == "grade":
            props |= {"align": "center", "bold": True}
        if column.meaning == "code":
            props["num_format"] = "@"
        return self.format(**props)

    def number_format(self, column: Column, places: int | None, role: str = "") -> str:
        """The cell format of a meaning: a true minus, a plus on variances, no colours."""
        if column.meaning == "date":
            return "yyyy-mm-dd"
        suffix = {"share": "%", "points": '"pp"'}.get(column.meaning, "")
        decimals = _decimals(column, places, self.reader)
        body = ("0" if column.meaning in ("share", "points") else "#,##0") + (f".{'0' * decimals}" if decimals else "") + suffix
        plus = "+" if column.variance or column.meaning == "points" else ""
        return f'{plus}{body};"−"{body};{"" if column.blank_zero and role != "total" else body}'

    def _value(self, column: Column, value: int | float) -> float:
        """What the cell holds: the exact figure's nearest float."""
        if column.meaning in _SCALES:
            return value / self._scale(column)
        if column.meaning == "points":
            return float(Decimal(repr(value)) * 100)
        return float(value)

    def _scale(self, column: Column) -> int:
        return _SCALES[column.meaning] * (int(self.reader.page_unit) if column.meaning == "money_wan" else 1)

    def _written(self, column: Column, values: Sequence[Any]) -> list[str | None]:
        """What the cells of a column of numbers hold, written out."""
        if column.meaning in _SCALES:
            scale = self._scale(column)
            return [None if v is None else repr(v / scale) if v % scale else str(v // scale) for v in values]
        if column.meaning == "points":
            return [None if v is None else repr(self._value(column, v)) for v in values]
        return [None if v is None else repr(v) for v in values]

    def _cells(
        self, sheet: Sheet, place: _Place, column: Column, table: Table, kinds: _Kinds, places: int | None, stated: int | None
    ) -> tuple[list[str], list[int]]:
        """The insides and styles of one column's cells; a total that adds is a formula over the detail."""
        values, at, long = table.frame[column.name].to_list(), place.columns[column.name], False
        if places is None and column.meaning in ("qty", "price"):
            scale, least, most = (E4, 0, 4) if column.meaning == "qty" else (E8, 2, 8)
            places = max([least, *(trailing(value, scale, most) for value in values if value is not None)])
        if column.meaning in _WORDS:
            insides, long = self._texts(sheet, place, column, values, kinds if at == 0 else None)
        elif column.meaning == "date":
            days = {value: BLANK if value is None else day(value) for value in set(values)}
            insides = [days[value] for value in values]
            self.wide(sheet, at, "2026-01-01")
        else:
            written = self._written(column, values)
            insides = [BLANK if text is None else number(text) for text in written]
            self._wide_numbers(sheet, at, column, values, places)
            if stated is not None:
                row = kinds.roles.index("total")
                insides[row] = formula(place.live(at), written[row] or "0")
        return insides, self._styles(sheet, column, values, kinds, places, at, wrap=long)

    def _texts(self, sheet: Sheet, place: _Place, column: Column, values: Sequence[Any], kinds: _Kinds | None) -> tuple[list[str], bool]:
        """The insides of a column of texts, and whether some are long enough for several lines."""
        at = place.columns[column.name]
        said: dict[Any, str] = {}
        for value in set(values) - {None}:
            words = column.words.get(str(value))
            text = self.say(words) if words else str(value)
            if column.meaning == "severity":
                named = words or SEVERITIES.get(str(value))
                text = f"{MARKS.get(str(value), '')} {self.say(named) if named else value}".strip()
            said[value] = text
        if kinds is None:
            for text in said.values():
                self.wide(sheet, at, text)
        else:
            for value, level in {(value, kinds.levels[kind]) for value, kind in zip(values, kinds.each, strict=True)}:
                self.wide(sheet, at, "  " * level + said.get(value, ""))
        widths = {value: width for value, text in said.items() if (width := width_of(text)) > MOST_WIDTH}
        if widths:
            rows = enumerate(values, start=place.first)
            self.layout(sheet).long += [(row, at, widths[value]) for row, value in rows if value in widths]
        return [BLANK if value is None else sheet.text(said[value]) for value in values], bool(widths)

    def _wide_numbers(self, sheet: Sheet, at: int, column: Column, values: Sequence[Any], places: int | None) -> None:
        """The largest and the smallest number are the longest: all have the same decimals."""
        known = [value for value in values if value is not None]
        if known:
            decimals = _decimals(column, places, self.reader)
            for value in (max(known), min(known)):
                self.wide(sheet, at, self.reader.shown(value, column.meaning, decimals, signed=column.variance) + " ")

    def _styles(
        self, sheet: Sheet, column: Column, values: Sequence[Any], kinds: _Kinds, places: int | None, at: int, *, wrap: bool
    ) -> list[int]:
        """A style a cell: by the row's role and indent, and by the figure where it is coloured."""
        shades: Sequence[object]
        if column.meaning == "severity":
            shades = values
        elif column.meaning in _WORDS or not (column.variance or column.alarm is not None):
            shades = ("",) * len(values)
        else:
            alarm = column.alarm
            shades = [
                (
                    charts.tint(value, column.good) if column.variance and value is not None else "",
                    alarm is not None and value is not None and value > alarm,
                )
                for value in values
            ]
        found: dict[tuple[int, object], int] = {}
        styles = []
        for kind, shade, value in zip(kinds.each, shades, values, strict=True):
            style = found.get((kind, shade))
            if style is None:
                role, level = kinds.pairs[kind]
                wanted = self._style(column, role, level if at == 0 else 0, places, value, inner=at > 0, wrap=wrap)
                found[kind, shade] = style = sheet.style(wanted)
            styles.append(style)
        return styles

    def _row_styles(self, sheet: Sheet, column: Column, kinds: _Kinds) -> list[int]:
        """The style of each row for cells without a figure of their own."""
        bare = Column(column.name, column.heading)
        styles = [sheet.style(self._style(bare, role, 0, None, None)) for role, _ in kinds.pairs]
        return [styles[kind] for kind in kinds.each]

    def _bar_cells(self, sheet: Sheet, place: _Place, column: Column, table: Table, kinds: _Kinds) -> tuple[list[str], list[int]]:
        """The figures again, beside themselves, for the bars that are drawn over them."""
        written = self._written(column, table.frame[column.name].to_list())
        letter = xl_col_to_name(place.columns[column.name])
        insides = [
            formula(f"{letter}{row}", text) if text is not None and role in ("", "emphasised") else BLANK
            for row, (text, role) in enumerate(zip(written, kinds.roles, strict=True), start=place.first + 1)
        ]
        return insides, self._row_styles(sheet, column, kinds)

    def _data_bar(self, sheet: Sheet, rows: tuple[int, int], column: Column, at: int, tone: str) -> None:
        self.wide(sheet, at, "x" * 14)
        solid = {"actual": DARK, "bad": BAD, "good": GOOD}[tone]
        signed = {"higher": (GOOD, BAD), "lower": (BAD, GOOD), "neutral": (GREY, GREY)}[column.good]
        colour = signed if column.variance else (solid, BAD)
        sheet.conditional_format(
            rows[0], at, rows[1], at,
            {"type": "data_bar", "bar_only": True, "bar_solid": True, "bar_color": colour[0], "bar_negative_color": colour[1],
             "bar_negative_border_color": colour[1], "bar_border_color": colour[0], "bar_axis_color": INK, "data_bar_2010": True},
        )  # fmt: skip

    def _trend(self, sheet: Sheet, start: int, at: int, column: Column, table: Table) -> list[tuple[int, Sequence[str], int]]:
        """A sparkline a row; its figures stand in hidden columns far to the right, which are given back."""
        away = 40 + at
        self.layout(sheet).hidden |= set(range(away, away + len(column.trend)))
        quoted = "'" + sheet.get_name().replace("'", "''") + "'!"
        for row in range(start, start + table.frame.height):
            options = {
                "range": quoted + xl_range_abs(row, away, row, away + len(column.trend) - 1), "type": "column", "series_color": GREY,
                "last_point": True, "last_color": DARK, "show_hidden": True, "min": 0,
            }  # fmt: skip
            sheet.add_sparkline(row, at, options)
        self.wide(sheet, at, "x" * 16)
        style = sheet.style(self.format(font_color=SOFT))
        figures = [self._written(column, table.frame[name].to_list()) for name in column.trend]
        return [(away + offset, [BLANK if text is None else number(text) for text in texts], style) for offset, texts in enumerate(figures)]

    def _too_long(self, sheet: Sheet, row: int, table: Table) -> int:
        """Rows beyond a sheet's room: a CSV beside the workbook, named here."""
        name = f"{self.report.name}.{_word(table.id)}.{self.reader.language}.csv"
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        shown = [column for column in table.columns if not column.trend]
        writer.writerow([self.say(column.heading) for column in shown])
        for values in table.frame.select([column.name for column in shown]).iter_rows():
            writer.writerow([_csv_cell(column, value) for column, value in zip(shown, values, strict=True)])
        self.beside[name] = b"\xef\xbb\xbf" + text.getvalue().encode()
        note = Message("The rows are in the file {file} beside this workbook", {"file": Name(name)})
        sheet.write_string(row, 0, self.say(note), self.format(bold=True))
        return row

    # native charts

    def _series(self, table: str, column: str, **extra: Any) -> dict[str, Any]:
        place = self.places[table]
        at = place.columns[column]
        names = [place.sheet, place.first, 0, place.last, 0]
        return {"categories": names, "values": [place.sheet, place.first, at, place.last, at], "gap": 60, **extra}

    def _chart(
        self, sheet: Sheet, row: int, chart: Any, title: str, *, at: int = 0, width: int = 860, height: int = 320, unseen: int | None = None
    ) -> int:
        font = {"name": self.font, "size": 9, "color": INK}
        chart.set_title(
            {"name": title, "name_font": {**font, "size": 11, "bold": True}, "overlay": False, "layout": {"x": 0.01, "y": 0.02}}
        )
        chart.set_legend({"position": "bottom", "font": font, **({} if unseen is None else {"delete_series": [unseen]})})
        chart.set_size({"width": width, "height": height})
        chart.set_chartarea({"border": {"none": True}})
        chart.show_hidden_data()
        sheet.insert_chart(row, at, chart, {"object_position": 2})
        end = row + height // 24 + 1
        self.layout(sheet).edges.append((at, width))
        self.layout(sheet).reach(end, at)
        return end

    def _beside(self, table: str) -> int:
        """The column to the right of a narrow table."""
        place = self.places[table]
        return max(*place.columns.values(), place.helper or 0) + 2

    def _labels(self, sheet: Sheet, chart: Any, table: str, marks: Sequence[tuple[float, str, str] | None]) -> None:
        """Labels above the columns, whichever of them is higher: an unseen line at ``marks`` (height, text, colour) carries them."""
        place = self.places[table]
        at = 90
        while (sheet.get_name(), at) in self.marked:
            at += 1
        self.marked.add((sheet.get_name(), at))
        for offset, mark in enumerate(marks):
            if mark is not None:
                sheet.write_number(place.first + offset, at, mark[0], self.format(font_color=SOFT))
        self.layout(sheet).hidden.add(at)
        font = {"name": self.font, "size": 9}
        custom: list[dict[str, Any]] = [
            {"delete": True} if mark is None else {"value": mark[1], "font": {**font, "color": mark[2]}} for mark in marks
        ]
        line = self.workbook.add_chart({"type": "line"})
        line.add_series(
            {
                "categories": [place.sheet, place.first, 0, place.last, 0],
                "values": [place.sheet, place.first, at, place.last, at],
                "name": "·",
                "line": {"none": True},
                "marker": {"type": "none"},
                "data_labels": {"value": True, "position": "above", "custom": custom, "font": {**font, "color": INK}},
            }
        )
        chart.combine(line)

    def _axes(self, chart: Any, *, bars: bool = False, minimum: float | None = None) -> None:
        font = {"name": self.font, "size": 9, "color": INK}
        names: dict[str, Any] = {
            "num_font": font,
            "line": {"color": INK, "width": 1},
            "major_tick_mark": "none",
            "label_position": "low",
        }
        amounts: dict[str, Any] = {"visible": False, "major_gridlines": {"visible": False}}
        if minimum is not None:
            amounts["min"] = minimum
        if bars:
            names["reverse"] = True
        chart.set_x_axis(amounts if bars else names)
        chart.set_y_axis(names if bars else amounts)

    def _measure(self, title: Value | None, meaning: str) -> str:
        name = self.section_name if title is None else self.say(title)
        if meaning != "money_wan":
            return name
        return f"{name} ({self.reader.unit_name})" if self.reader.language == "en" else f"{name}（{self.reader.unit_name}）"

    def _plan_actual(self, sheet: Sheet, table: Table, plan: str | None, actual: str, forecast: str | None, meaning: Meaning) -> Any:
        chart = self.workbook.add_chart({"type": "column"})
        outlined = {"fill": {"color": "#FFFFFF"}, "border": {"color": DARK, "width": 1}}
        solid = {"fill": {"color": DARK}, "border": {"color": DARK}}
        hatched = {
            "pattern": {"pattern": "wide_upward_diagonal", "fg_color": DARK, "bg_color": "#FFFFFF"}, "border": {"color": DARK},
        }  # fmt: skip
        drawn: list[tuple[str | None, Message, dict[str, Any]]] = [
            (plan, Message("Plan"), outlined),
            (actual, Message("Actual"), solid),
            (forecast, Message("Forecast"), hatched),
        ]
        for column, name, look in drawn:
            if column:
                chart.add_series(self._series(table.id, column, name=self.say(name), overlap=80, **look))
        place = self.places[table.id]
        rows = table.frame.head(place.last - place.first + 1).select([name for name, _, _ in drawn if name]).iter_rows(named=True)
        places = places_of(table, self.reader).get(actual)
        marks: list[tuple[float, str, str] | None] = []
        for row in rows:
            stated = row[actual] if row[actual] is not None else row[forecast] if forecast else None
            if stated is None:
                marks.append(None)
                continue
            top = max(value for value in row.values() if value is not None)
            marks.append((self._value(Column("", Name(""), meaning), top), self.reader.shown(stated, meaning, places), INK))
        self._labels(sheet, chart, table.id, marks)
        self._axes(chart)
        return chart

    def _variance_chart(self, sheet: Sheet, row: int, block: VarianceTable) -> int:
        if block.frame.height > 40:
            return row - 2
        chart = self._plan_actual(sheet, block.table(), block.pl or block.py, block.ac, None, block.meaning)
        title = self._measure(Message("Actual over plan") if block.pl else Message("Actual over previous year"), block.meaning)
        return self._chart(sheet, row, chart, title, unseen=2)

    def _months_chart(self, sheet: Sheet, block: ColumnSeries) -> int:
        chart = self._plan_actual(sheet, block.table(), block.pl, block.ac, block.fc, block.meaning)
        title = self._measure(block.title, block.meaning)
        unseen = 1 + bool(block.pl) + bool(block.fc)
        return self._chart(sheet, self.places[block.id].first, chart, title, at=self._beside(block.id), width=720, unseen=unseen)

    def _waterfall_chart(self, sheet: Sheet, block: Waterfall) -> int:
        """Stacked columns over an unseen foot; the figures of the bars stand in hidden columns."""
        place, away = self.places[block.id], 40
        level, levels = 0, []
        for step in block.steps:
            low, high = (0, step.amount) if step.base else (level, level + step.amount)
            level = step.amount if step.base else high
            levels.append((min(low, high), max(low, high)))
        low = (
            min(first for (first, _), step in zip(levels, block.steps, strict=True) if not step.base)
            if any(not step.base for step in block.steps)
            else 0
        )
        high = max((last for _, last in levels), default=0)
        cut = low > 0 and high - low < 0.35 * high and block.meaning == "money_wan"
        floor = float(self.reader.in_unit(low - (high - low) // 3)) if cut else None
        kinds = ("foot", "base", "good", "bad")
        owner = ["base" if step.base else "bad" if charts.tint(step.amount, block.good) == "bad" else "good" for step in block.steps]
        for place_, ((first, last), step, kind) in enumerate(zip(levels, block.steps, owner, strict=True)):
            amounts = {"foot": 0 if step.base else first, kind: last - first}
            for offset, name in enumerate(kinds):
                if amounts.get(name):
                    value = self._value(Column("", Name(""), block.meaning), amounts[name])
                    sheet.write_number(place.first + place_, away + offset, value, self.format(font_color=SOFT))
        self.layout(sheet).hidden |= set(range(away, away + len(kinds)))
        chart = self.workbook.add_chart({"type": "column", "subtype": "stacked"})
        fills = {"foot": None, "base": DARK, "good": GOOD, "bad": BAD}
        for offset, name in enumerate(kinds):
            at = away + offset
            series: dict[str, Any] = {
                "categories": [place.sheet, place.first, 0, place.last, 0],
                "values": [place.sheet, place.first, at, place.last, at],
                "gap": 40,
                "name": name,
            }
            colour = fills[name]
            if colour is None:
                series |= {"fill": {"none": True}, "border": {"none": True}}
            else:
                outlined = [s.base and (s.scenario or ("PL" if at_ == 0 else "AC")) == "PL" for at_, s in enumerate(block.steps)]
                series |= {"fill": {"color": colour}, "border": {"color": colour}}
                if name == "base":
                    empty = {"fill": {"color": "#FFFFFF"}, "border": {"color": DARK}}
                    series["points"] = [empty if out else None for out in outlined]
            chart.add_series(series)
        places = self.reader.places([step.amount for step in block.steps]) if block.meaning == "money_wan" else None
        inks = {"base": INK, "good": GOOD_INK, "bad": BAD_INK}
        bare = Column("", Name(""), block.meaning)
        self._labels(
            sheet, chart, block.id,
            [
                (self._value(bare, top), self.reader.shown(step.amount, block.meaning, places, signed=not step.base), inks[kind])
                for (_, top), step, kind in zip(levels, block.steps, owner, strict=True)
            ],
        )  # fmt: skip
        self._axes(chart, minimum=floor)
        title = self._measure(block.title, block.meaning)
        if floor is not None:
            title += " · " + self.say(Message("Axis starts at {value}", {"value": Name(f"{floor:,.0f}")}))
        end = self._chart(sheet, place.first, chart, title, at=self._beside(block.id), width=720)
        chart.set_legend({"none": True})
        return end

    def _stacked_chart(self, sheet: Sheet, below: int, block: StackedBars) -> int:
        """The bars, beside a narrow table and below a wide one; never beside the headings, which paper repeats."""
        chart = self.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for part in block.parts:
            colour = charts.tone(part.tone).upper()
            chart.add_series(
                self._series(block.id, part.column, name=self.say(part.label), fill={"color": colour}, border={"color": "#FFFFFF"})
            )
        self._axes(chart, bars=True)
        height = min(140 + 24 * block.frame.height, 900)
        title, at = self._measure(block.total_heading, block.meaning), self._beside(block.id)
        if sum(map(self.layout(sheet).pixels, range(at))) < BESIDE:
            return self._chart(sheet, self.places[block.id].first, chart, title, at=at, width=720, height=height)
        return self._chart(sheet, below, chart, title, height=height)

    # evidence

    def control(self) -> Sheet | None:
        """The sheet that adds everything up again from the visible detail."""
        ties = [*self._ties(), *self._own_totals()]
        if not ties:
            return None
        sheet = self.sheet(self.say(Message("Control")))
        self.section(sheet, Message("Reconciliation"), Message("Tie-outs recomputed from the visible detail"), ())
        self.tie_outs(sheet, 4, ties)
        sheet.freeze_panes(6, 0)
        sheet.repeat_rows(4, 5)
        return sheet

    def _ties(self) -> list[TieOut]:
        """The report's tie-outs and its sections', each once."""
        found: dict[tuple[object, ...], TieOut] = {}
        for tie in self.report.all_tie_outs():
            found.setdefault((tie.control, self.say(tie.statement), tie.left_e4, tie.right_e4), tie)
        return list(found.values())

    def _own_totals(self) -> list[TieOut]:
        """Every printed total against the detail of its column."""
        found = []
        for section in self.report.sections:
            for table in self.report.tables_of(section):
                if table.id not in self.places:
                    continue
                for column, stated, added in table.totals():
                    if column.meaning not in ("money", "money_wan"):
                        continue
                    heading = Name(self.say(column.heading))
                    statement = Message(
                        "The total of {column} on '{sheet}' is the sum of its detail",
                        {"column": heading, "sheet": Name(self.say(section.name))},
                    )
                    found.append(
                        TieOut(
                            "C4",
                            statement,
                            Message("Detail of {column}", {"column": heading}),
                            added,
                            Message("Printed total"),
                            stated,
                            added - stated,
                            left_sum=(SumOf(table.id, column.name),),
                        )  # fmt: skip
                    )
        return found

    def tie_outs(self, sheet: Sheet, row: int, ties: Sequence[TieOut]) -> int:
        """Tie-outs from ``row`` on: amounts as formulas where the workbook shows their detail, difference and result always."""
        head = row + 1
        texts = (
            Message("Check"), Message("Statement"), Message("Left side"), Message("Amount"), Message("Right side"),
            Message("Amount"), Message("Difference"), Message("Within tolerance"), Message("Result"),
        )  # fmt: skip
        for at, message in enumerate(texts):
            right = at in (3, 5, 6, 7)
            style = self.format(
                bold=True, bottom=2, text_wrap=True, valign="bottom", align="right" if right else "left", indent=0 if right else 1
            )
            self.heading(sheet, head, at, self.say(message), style)
        layout = self.layout(sheet)
        layout.reach(head + len(ties), 8)
        words = {status: self.say(message) for status, message in TIE_OUT_WORDS.items()}
        border: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        money = self.format(num_format='#,##0.00;"−"#,##0.00', align="right", **border)
        live = self.format(num_format='#,##0.00;"−"#,##0.00', align="right", font_color="#1F4E9E", **border)
        body = self.format(indent=1, **border)
        wrapped = self.format(indent=1, text_wrap=True, valign="vcenter", **border)
        for offset, tie in enumerate(ties, start=1):
            at = head + offset
            for column, text in (
                (0, tie.control),
                (1, self.say(tie.statement)),
                (2, self.say(tie.left_label)),
                (4, self.say(tie.right_label)),
            ):
                sheet.write_string(at, column, text, wrapped if column else body)
                self.wide(sheet, column, text, MOST_WIDTH if column == 1 else 24.0)
                layout.long.append((at, column, width_of(text)))
            for column, amount, parts in ((3, tie.left_e4, tie.left_sum), (5, tie.right_e4, tie.right_sum)):
                formula = self._sum_formula(parts)
                if formula:
                    sheet.write_formula(at, column, f"=ROUND({formula},4)", live, float(plain(amount)))
                else:
                    sheet.write_number(at, column, float(plain(amount)), money)
                self.wide(sheet, column, self.reader.shown(amount, "money"))
            left, right, gap, slack = (xl_rowcol_to_cell(at, column) for column in (3, 5, 6, 7))
            sheet.write_formula(at, 6, f"=ROUND({left}-{right},4)", money, float(plain(tie.difference_e4)))
            sheet.write_number(at, 7, float(plain(tie.tolerance_e4)), money)
            for column, amount in ((6, tie.difference_e4), (7, tie.tolerance_e4)):
                self.wide(sheet, column, self.reader.shown(amount, "money"))
            formula = f'=IF({gap}=0,"{words["tied"]}",IF(ABS({gap})<={slack},"{words["within_tolerance"]}","{words["broken"]}"))'
            sheet.write_formula(at, 8, formula, self.format(bold=True, indent=1, **border), words[tie.status])
            self.wide(sheet, 8, words[tie.status] + "  ")
        for status, colour in _STATUS_INK.items():
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{words[status]}"',
                "format": self.workbook.add_format({"font_color": colour}),
            }
            sheet.conditional_format(head + 1, 8, head + max(len(ties), 1), 8, rule)
        return head + len(ties)

    def _sum_formula(self, parts: Sequence[SumOf]) -> str:
        """The formula over the detail, or nothing when a part is not on a sheet (a CSV beside)."""
        if not parts or any(part.table not in self.places for part in parts):
            return ""
        signed = [("-" if part.sign < 0 else "+") + self.places[part.table].total(part.column) for part in parts]
        return "".join(signed).removeprefix("+")

    def sources(self) -> Sheet:
        """Which files the report was made from."""
        sheet = self.sheet(self.say(Message("Sources")))
        found = self.report.sources
        about = self.say(Message("Files, senders and check sums")) + self._said_cut(min(SOURCES_PRINTED, len(found)), len(found))
        self.section(sheet, Message("Sources"), Name(about), ())
        tables = {name: self.say(CONTRACTS[name].title) if name in CONTRACTS else name for name in {source.table for source in found}}
        columns: list[tuple[Value, float, list[str]]] = [
            (Message("File"), 60.0, [source.file for source in found]),
            (Message("Table"), 30.0, [tables[source.table] for source in found]),
            (Message("Sender"), 30.0, [source.sender for source in found]),
            (Message("Arrived at"), 30.0, [source.arrived_at for source in found]),
            (Message("Layout"), 30.0, [source.layout for source in found]),
            (Name("SHA-256"), SMALL_SUM, [source.sha256 for source in found]),
        ]
        border: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        body, small = sheet.style(self.format(**border)), sheet.style(self.format(font_size=7, font_color=SOFT, **border))
        count = sheet.style(self.format(num_format="#,##0", align="right", **border))
        cells: list[tuple[int, Sequence[str], int]] = []
        for at, (title, most, texts) in enumerate(columns):
            last = at == len(columns) - 1
            self.heading(sheet, 4, at, self.say(title), self.format(bold=True, bottom=2, text_wrap=True, valign="bottom"), room=3)
            cells.append((at, [sheet.text(text) for text in texts], small if last else body))
            for text in set(texts):
                self.wide(sheet, at, text[: int(most)] if last else text, most)
        end = len(columns) - 1
        if any(source.rows is not None for source in found):
            end += 1
            head = self.format(bold=True, bottom=2, text_wrap=True, valign="bottom", align="right")
            self.heading(sheet, 4, end, self.say(Message("Rows")), head, room=3)
            cells.append((end, [BLANK if source.rows is None else number(str(source.rows)) for source in found], count))
        sheet.block(5, cells)
        self.layout(sheet).reach(4 + len(found), end)
        if len(found) > SOURCES_PRINTED:
            self.layout(sheet).printed = 4 + SOURCES_PRINTED
        sheet.freeze_panes(5, 0)
        sheet.repeat_rows(4)
        sheet.autofilter(4, 0, 4 + len(found), end)
        return sheet


def _printed(table: Table) -> int:
    """How many of a table's rows go on paper."""
    return table.frame.height if table.printed is None else min(table.printed, table.frame.height)


def _decimals(column: Column, places: int | None, reader: Reader) -> int:
    """How many decimals the cells of a column show."""
    default = {"share": 1, "points": 1, "money": 2, "money_wan": 1, "price": 2}.get(column.meaning, 0)
    decimals = default if places is None else places
    return max(decimals, 1) if column.meaning == "money_wan" and reader.page_unit != "1" else decimals


def _amp(text: str) -> str:
    return text.replace("&", "&&")


def _word(text: str) -> str:
    return re.sub(r"\W", "_", text)


def _csv_cell(column: Column, value: Any) -> str:
    """A CSV text that no spreadsheet takes for a formula: an apostrophe stands before the dangerous first characters."""
    if value is None:
        return ""
    if column.meaning in _SCALES:
        return format(plain(value, _SCALES[column.meaning]), "f")
    text = str(value)
    return "'" + text if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
