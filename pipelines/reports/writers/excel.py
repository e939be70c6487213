"""A report as a workbook: cover, a sheet a section, *Control* whose formulas recompute the tie-outs, *Sources*.

Nothing is computed here: totals and checks are formulas over the printed detail, with the model's figures as cached values. Texts
from outside are always written as strings. Bytes depend on the report alone: the creation date is ``known_at``. Sheets and formats are
``excel_canvas``'s, the native charts ``excel_charts``', the last two sheets ``excel_evidence``'s. What the sender gets back is
``returned``'s business.

Money cells hold currency units; ``money_wan`` cells hold the page's unit, which the heading names.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from xlsxwriter.utility import xl_col_to_name, xl_range_abs

from pipelines.contracts.model import Language
from pipelines.money import E4, E8, plain
from pipelines.proof.seal import Seal
from pipelines.reports.digest import content_digest
from pipelines.reports.formats import Reader, trailing
from pipelines.reports.model import (
    Block,
    Column,
    ColumnSeries,
    Count,
    Date,
    DefinitionList,
    Form,
    Message,
    Money,
    Name,
    Notes,
    RankedBars,
    Report,
    Slip,
    StackedBars,
    Table,
    TieOutList,
    Value,
    VarianceTable,
    Waterfall,
)
from pipelines.reports.writers import charts
from pipelines.reports.writers.excel_canvas import (
    BAD,
    BAD_INK,
    DARK,
    GOOD,
    GOOD_INK,
    GREY,
    INK,
    LINK,
    MOST_NAME,
    MOST_WIDTH,
    SCALES,
    SOFT,
    STATUS_INK,
    WARN_INK,
    Canvas,
    Place,
    decimals_of,
    width_of,
)
from pipelines.reports.writers.excel_charts import Charts
from pipelines.reports.writers.excel_evidence import Evidence
from pipelines.reports.writers.excel_forms import write_form
from pipelines.reports.writers.html import MARKS, SEVERITIES, TIE_OUT_WORDS, places_of, subtitle_of
from pipelines.reports.writers.sheets import BLANK, Sheet, day, formula, number

COVER_WIDTH = 21
MOST_CHECKS = 10
"""So many tie-outs stand on the cover, those that do not hold first; all of them on the sheet Control."""

WIDE = 7
"""A table of detail with more columns, below another table, gets a sheet of its own; so does any below one that is as wide."""

A_PAGE, SHORT = 36, 12
"""Rows of a page across; a table below others, with more rows than the short one, that would run over it gets a sheet of its own."""

TALL = 25
"""A titled table with more rows, below another table, gets a sheet of its own too: paper repeats one table's headings only."""

_WIDTHS = (MOST_WIDTH, 40.0, 34.0, 28.0, 24.0)
_READABLE, _FIGURE, _BAR = 245.0, 13.0, 14.0
"""Characters across that A3 shows in a readable size, and about what a column of figures and a bar take."""

MOST_FROZEN = 12
"""Headings that stand lower are not kept in view: little would be left to scroll."""

MOST_ROWS = 1_000_000
"""A table with more rows goes to a CSV beside the workbook, named on the sheet."""

_SEVERITY_INK = {"error": BAD_INK, "warning": WARN_INK, "ok": GOOD_INK, "info": SOFT}
_WORDS = frozenset({"text", "code", "grade", "severity"})


def book(report: Report, language: Language) -> dict[str, bytes]:
    """The workbook in ``language`` by its file name, and a CSV for each table that is too long for a sheet."""
    return sealed(report, language, content_digest(report))[0]


def sealed(report: Report, language: Language, version: str) -> tuple[dict[str, bytes], Seal]:
    """The files of ``book`` and the seal that the workbook carries; ``version`` is the report's content hash."""
    return _Book(report, Reader(language, report.unit, report.currency)).written(version)


_TABLES = (Table, VarianceTable, StackedBars, RankedBars, ColumnSeries, Waterfall)


def _rows(block: Block) -> int:
    """About how many rows a block takes."""
    if isinstance(block, _TABLES):
        return (block if isinstance(block, Table) else block.table()).frame.height
    return len(block.items) if isinstance(block, Notes) else 5


def _apart(blocks: Sequence[Block]) -> tuple[list[Block], list[Table]]:
    """What stands on a section's sheet, and its wide tables of detail and tall tables, which get sheets of their own."""
    main: list[Block] = []
    apart: list[Table] = []
    used, beside_wide = 6, False
    for block in blocks:
        titled = isinstance(block, Table) and block.title is not None and any(isinstance(one, _TABLES) for one in main)
        rows = _rows(block)
        spills = rows > SHORT and used + rows > A_PAGE
        wide = isinstance(block, Table) and len(block.columns) > WIDE
        if titled and isinstance(block, Table) and (rows > TALL or spills or wide and (block.detail or beside_wide)):
            apart.append(block)
        else:
            main.append(block)
            used += rows + 3
            beside_wide = beside_wide or wide
    return main, apart


class _Kinds:
    """The rows of a table by role and indent: few kinds, each with its styles."""

    def __init__(self, roles: Sequence[str], levels: Sequence[int]) -> None:
        self.roles = list(roles)
        numbers: dict[tuple[str, int], int] = {}
        self.each = [numbers.setdefault(pair, len(numbers)) for pair in zip(roles, levels, strict=True)]
        self.pairs = list(numbers)
        self.levels = [level for _, level in self.pairs]


class _Book(Canvas):
    def __init__(self, report: Report, reader: Reader) -> None:
        super().__init__(report, reader)
        self.most_width = MOST_WIDTH
        self.beside: dict[str, bytes] = {}
        self.charts, self.evidence = Charts(self), Evidence(self)

    def written(self, version: str) -> tuple[dict[str, bytes], Seal]:
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
            sheets.append((self.sheet(self.free_name(self.section_name)), self.say(section.headline)))
            self.section(sheets[-1][0], section.headline, section.subtitle, main)
            for table in apart:
                title = self.say(table.title)
                whole = f"{self.section_name} · {title}"
                sheets.append((self.sheet(self.free_name(whole if len(whole) <= MOST_NAME else title)), whole))
                self.section(sheets[-1][0], Name(whole), section.subtitle, (dataclasses.replace(table, title=None),))
        control = self.evidence.control()
        sources = self.evidence.sources() if report.sources else None
        self.cover(cover, sheets, control, sources)
        for sheet in self.workbook.worksheets():
            if sheet is not cover:
                self.lay_out(sheet)
        made = self.seal(version)
        self.workbook.close()
        return {self.file_name: self.stream.getvalue(), **self.beside}, made

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
        ties = self.evidence.ties()
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
            ink = self.format(bold=True, font_color=STATUS_INK[tie.status], **border)
            sheet.write_string(row, 5, f"{MARKS[tie.status]} {say(TIE_OUT_WORDS[tie.status])}", ink)
            apart = Count(tie.difference_e4 // E4) if tie.counted else Money(tie.difference_e4, unit="currency")
            gap = say(Message("Difference {amount}", {"amount": apart}))
            sheet.write_string(row, 6, gap, self.format(shrink=True, **border))
        if len(ties) > MOST_CHECKS and control is not None:
            row += 1
            self._link(sheet, row, 1, control)
            sheet.write_string(row, 2, f"+ {len(ties) - MOST_CHECKS}", self.format(font_color=SOFT))
        row += 2
        as_of = f"{say(Message('Data as of'))} {self.reader.day(Date(report.as_of))}"
        known = f"{say(Message('Received by'))} {self.reader.moment(report.known_at)}"
        notes = [" · ".join([as_of, known]), *map(say, report.notes)]
        if any(column.scenario == "PL" for table in report.tables() for column in table.columns):
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
        self.top(sheet, headline, subtitle_of(subtitle, blocks, self.reader) + self._cut_on_paper(blocks))
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
        return self.said_cut(_printed(last), last.frame.height) if isinstance(last, Table) else ""

    def block(self, sheet: Sheet, row: int, block: Block, *, first: bool) -> int:
        """Write one block from ``row`` on; the last row it uses."""
        match block:
            case Table() | RankedBars() | VarianceTable():
                table = block if isinstance(block, Table) else block.table()
                tone = block.tone if isinstance(block, RankedBars) else "actual"
                end = self.table(sheet, row, table, first=first, tone=tone)
                if isinstance(block, VarianceTable) and table.frame.height and block.id in self.places:
                    end = self.charts.variance(sheet, end + 2, block)
                return end
            case ColumnSeries():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self.charts.months(sheet, block)) if block.frame.height else end
            case Waterfall():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self.charts.waterfall(sheet, block)) if block.steps else end
            case StackedBars():
                end = self.table(sheet, row, block.table(), first=first)
                return max(end, self.charts.stacked(sheet, end + 2, block)) if block.frame.height else end
            case TieOutList():
                return self.evidence.tie_outs(sheet, row, block.tie_outs)
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
            case Form():
                return write_form(self, sheet, row, block)

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
        detail_end = end - 1 if roles[-1] == "total" else end
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
        place = Place(sheet.get_name(), start, detail_end, columns, factor, helper)
        self.places[table.id] = place
        self._headings(sheet, top, table, place, bars, first=first)
        self.layout(sheet).reach(end, max([*columns.values(), *bars.values()]))
        if helper is not None:
            self.layout(sheet).hidden.add(helper)
        kinds = _Kinds(roles, levels)
        self.most_width = self._most_width(table)
        totals = {column.name: stated for column, stated, _ in table.totals()}
        cells: list[tuple[int, Sequence[str], Sequence[int] | int]] = []
        for column in table.columns:
            at = columns[column.name]
            if column.trend:
                cells.append((at, [BLANK] * frame.height, self._row_styles(sheet, Column(column.name, column.heading), kinds)))
                continue
            cells.append((at, *self._cells(sheet, place, column, table, kinds, places.get(column.name), totals.get(column.name))))
            if column.name in bars:
                cells.append((bars[column.name], *self._bar_cells(sheet, place, column, table, kinds, places.get(column.name))))
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

    def _most_width(self, table: Table) -> float:
        """How wide a column of texts may be, so that paper holds the table in a size that can be read."""
        texts = []
        for column in table.columns:
            if column.meaning in _WORDS and not column.trend:
                found = {str(value) for value in set(table.frame[column.name].to_list()) - {None}}
                texts.append(max((width_of(self.say(column.words.get(text, Name(text)))) for text in found), default=0.0))
        rest = _FIGURE * (len(table.columns) - len(texts)) + _BAR * sum(column.bar for column in table.columns)
        for most in _WIDTHS:
            if rest + sum(max(min(width, most) + 2.2, 8.5) for width in texts) <= _READABLE:
                return most
        return _WIDTHS[-1]

    def _headings(self, sheet: Sheet, top: int, table: Table, place: Place, bars: Mapping[str, int], *, first: bool) -> None:
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
        decimals = decimals_of(column, places, self.reader)
        body = ("0" if column.meaning in ("share", "points") else "#,##0") + (f".{'0' * decimals}" if decimals else "") + suffix
        plus = "+" if column.variance or column.meaning == "points" else ""
        return f'{plus}{body};"−"{body};{"" if column.blank_zero and role != "total" else body}'

    def _cells(
        self, sheet: Sheet, place: Place, column: Column, table: Table, kinds: _Kinds, places: int | None, stated: int | None
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
            written = self.numbers(column, values)
            insides = [BLANK if text is None else number(text) for text in written]
            self._wide_numbers(sheet, at, column, values, places)
            if stated is not None:
                row = kinds.roles.index("total")
                insides[row] = formula(place.live(at, place.first + row), written[row] or "0")
        return insides, self._styles(sheet, column, values, kinds, places, at, wrap=long)

    def _texts(self, sheet: Sheet, place: Place, column: Column, values: Sequence[Any], kinds: _Kinds | None) -> tuple[list[str], bool]:
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
                self.wide(sheet, at, text, self.most_width)
        else:
            for value, level in {(value, kinds.levels[kind]) for value, kind in zip(values, kinds.each, strict=True)}:
                self.wide(sheet, at, "  " * level + said.get(value, ""), self.most_width)
        widths = {value: width for value, text in said.items() if (width := width_of(text)) > self.most_width}
        if widths:
            rows = enumerate(values, start=place.first)
            self.layout(sheet).long += [(row, at, widths[value]) for row, value in rows if value in widths]
        return [BLANK if value is None else sheet.text(said[value]) for value in values], bool(widths)

    def _wide_numbers(self, sheet: Sheet, at: int, column: Column, values: Sequence[Any], places: int | None) -> None:
        """The largest and the smallest number are the longest: all have the same decimals."""
        known = [value for value in values if value is not None]
        if known:
            decimals = decimals_of(column, places, self.reader)
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

    def _row_styles(self, sheet: Sheet, column: Column, kinds: _Kinds, places: int | None = None) -> list[int]:
        """The style of each row for cells without a figure of their own."""
        styles = [sheet.style(self._style(column, role, 0, places, None)) for role, _ in kinds.pairs]
        return [styles[kind] for kind in kinds.each]

    def _bar_cells(
        self, sheet: Sheet, place: Place, column: Column, table: Table, kinds: _Kinds, places: int | None
    ) -> tuple[list[str], list[int]]:
        """The figures again, beside themselves, for the bars that are drawn over them.

        They have their number format: a spreadsheet that calculates again gives a formula without one that of the cell it refers to.
        """
        written = self.numbers(column, table.frame[column.name].to_list())
        letter = xl_col_to_name(place.columns[column.name])
        insides = [
            formula(f"{letter}{row}", text) if text is not None and role in ("", "emphasised") else BLANK
            for row, (text, role) in enumerate(zip(written, kinds.roles, strict=True), start=place.first + 1)
        ]
        return insides, self._row_styles(sheet, Column(column.name, column.heading, column.meaning), kinds, places)

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
        figures = [self.numbers(column, table.frame[name].to_list()) for name in column.trend]
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

def _printed(table: Table) -> int:
    """How many of a table's rows go on paper."""
    return table.frame.height if table.printed is None else min(table.printed, table.frame.height)


def _word(text: str) -> str:
    return re.sub(r"\W", "_", text)


def _csv_cell(column: Column, value: Any) -> str:
    """A CSV text that no spreadsheet takes for a formula: an apostrophe stands before the dangerous first characters."""
    if value is None:
        return ""
    if column.meaning in SCALES:
        return format(plain(value, SCALES[column.meaning]), "f")
    text = str(value)
    return "'" + text if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
