"""One self-contained page of a report for each language: style, script and drawings inside, nothing from the network.

This module lays the model's blocks out as views with ready-made text; ``report_templates`` loops over them. Nothing is computed
here: figures come from frames, numbers from ``formats``, sentences from ``catalogue``, drawings from ``charts``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
import polars as pl
from markupsafe import Markup, escape

from pipelines.contracts.model import Language
from pipelines.money import rounded
from pipelines.proof import page as seal
from pipelines.proof.seal import Identity, Seal
from pipelines.reports.catalogue import said
from pipelines.reports.context import PAGED, ROUNDED, SEVERITIES_ABOUT, checks_words, owner_words, page_link, table_title
from pipelines.reports.digest import content_digest
from pipelines.reports.formats import Reader
from pipelines.reports.model import (
    Blank,
    Block,
    Column,
    ColumnSeries,
    Count,
    Date,
    DefinitionList,
    Form,
    Message,
    Name,
    Notes,
    RankedBars,
    Report,
    Section,
    Slip,
    StackedBars,
    Table,
    TieOut,
    TieOutList,
    Tile,
    Told,
    Value,
    VarianceTable,
    Waterfall,
    Words,
)
from pipelines.reports.reasons.explaining import Reasons
from pipelines.reports.writers import charts

TEMPLATES = Path(__file__).parents[3] / "report_templates"
WIDTHS = {"full": 1000.0, "wide": 580.0, "narrow": 380.0, "half": 480.0}
"""Pixels of a section's evidence; the page is one full width, which is an A4 sheet on its side."""

LANGUAGE_NAMES: dict[Language, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
SUFFIX: dict[Language, str] = {"zh-Hans": "", "zh-Hant": ".zh-Hant", "en": ".en"}
"""How the portal names its pages by language."""

MOST_ROWS = 1000
"""Rows of one table on a page; the workbook has them all, and the page says so."""

_FILTERED_FROM = 15
_SHORT = 125.0
"""Pixels up to which a column's texts are never broken."""

_AIR = 25.0
"""Pixels that a column keeps beside its text before a bar grows."""
_LONGEST_BAR = 420.0
_FEW = 4
"""Columns, a bar's among them, up to which a table need not fill its section."""

_NUMERIC = frozenset({"money", "money_wan", "qty", "share", "points", "days", "count", "price"})
_TABLED = (Table, VarianceTable, ColumnSeries, Waterfall, StackedBars, RankedBars)
_WORDY = frozenset({"text", "code", "grade", "severity"})
SEVERITIES: Mapping[str, Words] = {
    "error": Message("Error"),
    "warning": Message("Warning"),
    "info": Message("Info"),
    "ok": Message("Passed"),
}
TIE_OUT_WORDS: Mapping[str, Words] = {
    "tied": Message("Tied"),
    "within_tolerance": Message("Within tolerance"),
    "broken": Message("Broken"),
}
MARKS = {"error": "✖", "warning": "▲", "info": "●", "ok": "✔", "tied": "✔", "within_tolerance": "▲", "broken": "✖"}


@dataclass(frozen=True)
class Cell:
    """A table cell: its text or drawing, its classes, and the raw value by which columns sort."""

    text: str | Markup
    kind: str = ""
    sort: str = ""
    number: str = ""
    """The figure's number, when it is explained."""


@dataclass(frozen=True)
class Head:
    """A column's heading."""

    text: str | Markup
    kind: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """A row's cells; the first heads the row."""

    cells: tuple[Cell, ...]
    kind: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class View:
    """A block ready for its template: ``kind`` picks the macro."""

    kind: str
    title: str = ""
    heads: tuple[Head, ...] = ()
    rows: tuple[Row, ...] = ()
    drawing: Markup = Markup()
    legend: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    sortable: bool = False
    filtered: bool = False
    more: str = ""
    widths: tuple[float, ...] = ()
    """Shares of the width, a column each, where texts wrap; empty where the cells' own widths do."""
    measure: float = 0.0
    """Pixels of a table that has too little to say for its section's whole width; 0 for all of it."""
    data: tuple[View, ...] = field(default=())


@dataclass(frozen=True)
class Shown:
    """A section ready for its template."""

    id: str
    headline: str
    subtitle: str
    width: str
    blocks: tuple[View, ...]


@dataclass(frozen=True)
class TileView:
    """A key figure ready for its template."""

    label: str
    number: str
    unit: str
    deltas: tuple[tuple[str, str, str, str], ...]
    """Name, text, colour and number of the changes."""
    spark: Markup
    told: str = ""
    """The figure's number, when it is explained."""


def page(report: Report, language: Language) -> str:
    """The whole page in ``language``."""
    return sealed(report, language, content_digest(report))[0]


def sealed(report: Report, language: Language, version: str, reasons: Reasons | None = None) -> tuple[str, Seal]:
    """The page and the seal that it carries; ``version`` is the report's content hash, ``reasons`` explain its figures at a click."""
    found = _Writer(report, Reader(language, report.unit, report.currency), reasons or Reasons("")).context()
    identity = Identity(str(found["company"]), report.period.key, report.id, report.name, language, version)
    return seal.sealed(template("report.html.j2").render(found), identity)


def template(name: str) -> jinja2.Template:
    """A template of ``report_templates``."""
    return _templates().get_template(name)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["whole"] = whole
    return environment


def _link(target: str, text: str | Markup) -> Markup:
    return Markup('<a href="{0}">{1}</a>').format(target, text)


@dataclass(frozen=True)
class _Laid:
    """How a table's columns are laid out: its classes, shares of the width, pixels that its one bar may be longer, its own width."""

    kind: str
    widths: tuple[float, ...] = ()
    spare: float = 0.0
    measure: float = 0.0


class _Writer:
    def __init__(self, report: Report, reader: Reader, reasons: Reasons) -> None:
        self.reasons = reasons
        self.report = report
        self.reader = reader

    def say(self, words: Value | None) -> str:
        return "" if words is None else whole_amounts(said(words, self.reader), self.reader)

    def context(self) -> dict[str, object]:
        """Everything that the page's template names."""
        report, reader, say = self.report, self.reader, self.say
        language = reader.language
        badges = [(say(Message("Final")), "ok")] if report.state == "published" else [(say(Message("With warnings")), "warn")]
        checks = ("", "")
        if report.checks:
            passed, total = report.checks.passed, report.checks.total
            severe = sum(check.severity == "error" for check in report.open_checks)
            mild = total - passed - severe
            result: Value = checks_words(total, passed, severe, mild)
            told = say(Message("{n} check: {result}", {"n": Count(total), "result": result}, plural="{n} checks: {result}"))
            checks = (told, "ok" if passed == total else "error" if severe else "warning")
        as_of = f"{say(Message('Data as of'))} {reader.day(Date(report.as_of))}"
        known = f"{say(Message('Received by'))} {reader.moment(report.known_at)}"
        return {
            "language": language,
            "title": say(report.title),
            "headline": held(say(report.headline), reader),
            "subtitle": say(report.subtitle),
            "company": report.company.get(language) or next(iter(report.company.values()), ""),
            "badges": badges,
            "checks": checks,
            "dated": (as_of, known),
            "languages": [
                (LANGUAGE_NAMES[other], quote(report.file_name(other, "html")), other, other == language) for other in report.languages
            ],
            "workbook": quote(report.file_name(language, "xlsx")),
            "see": self.see(),
            "reasons": Markup(self.reasons.written(reader)) if self.reasons.tables else "",
            "tiles": [self.tile(tile) for tile in report.tiles],
            "sections": [self.section(section) for section in report.sections if not _only_detail(section)],
            "plain_tiles": not any(tile.trend or tile.delta_plan or tile.delta_py for tile in report.tiles),
            "open_checks": self.open_checks() if report.open_checks else None,
            "tie_outs": self.tie_outs(report.tie_outs) if report.tie_outs else None,
            "sources": self.sources() if report.sources else None,
            "notes": [say(note) for note in (*report.notes, *((ROUNDED,) if ROUNDED not in report.notes and self.is_uneven() else ()))],
            "hatch": Markup(charts.HATCH),
            "css": Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
            "js": Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
            "why_js": Markup(script("reasons.js", words_of_reasons(say))),
            "t": {
                "data": say(Message("Show the data table")),
                "all": say(Message("Show all rows")),
                "fewer": say(Message("Show fewer rows")),
                "rest": say(Message("All rows are in the Excel workbook")),
                "filter": say(Message("Filter rows")),
                "open_checks": say(Message("Checks that did not pass")),
                "open_about": say(SEVERITIES_ABOUT),
                "tie_outs": say(Message("Reconciliation")),
                "sources": say(Message("Sources")),
                "notes": say(Message("Notes")),
                "workbook": say(Message("Excel workbook")),
            },
        }

    def see(self) -> list[tuple[str, str]]:
        """Where a page of one control leads on to: the report of all of them."""
        report = self.report
        if not report.portal or not report.name.startswith("tie_out_"):
            return []
        target = page_link(report.id, report.period.key, report.portal)
        return [(self.say(Message("Controls and exceptions")), target.format(suffix=SUFFIX[self.reader.language]))]

    def is_uneven(self) -> bool:
        """Whether a table's rows, as they are printed, do not add up to its total as it is printed."""
        for table in self.report.tables():
            roles = table.roles()
            if roles.count("total") != 1 or table.detail:
                continue
            at, places = roles.index("total"), places_of(table, self.reader)
            for column in table.columns:
                decimals = places.get(column.name)
                if column.trend or not column.is_added or column.meaning != "money_wan" or decimals is None:
                    continue
                values = table.frame[column.name].to_list()
                parts = [value for value, role in zip(values, roles, strict=True) if role in ("", "emphasised") and value is not None]
                printed = [rounded(self.reader.in_unit(value), decimals) for value in parts]
                if values[at] is not None and sum(printed) != rounded(self.reader.in_unit(values[at]), decimals):
                    return True
        return False

    def tile(self, tile: Tile) -> TileView:
        number, unit = self.reader.figure(tile.value)
        deltas = []
        for label, delta in ((Message("ΔPL"), tile.delta_plan), (Message("ΔPY"), tile.delta_py)):
            if delta is not None:
                text, small = self.reader.figure(delta)
                raw = getattr(delta, "value", None) if hasattr(delta, "value") else getattr(delta, "e4", None)
                loud = charts.tint(raw, tile.good) if label.msgid == "ΔPL" or tile.delta_plan is None else "flat"
                why = self.told(tile.told, 1 if label.msgid == "ΔPL" else 2)
                deltas.append((self.say(label), text + (f" {small}" if small else ""), loud, why))
        draw = (
            charts.spark_bars(tile.trend, tile.reference, tile.good)
            if tile.trend_kind == "bars"
            else charts.spark_line(tile.trend, tile.reference)
        )
        return TileView(
            self.say(tile.label), number, unit, tuple(deltas), Markup(draw) if tile.trend else Markup(), self.told(tile.told, 0)
        )

    def told(self, told: Told | None, at: int) -> str:
        """The number of a figure outside tables; empty where it is not explained."""
        return self.reasons.number(told.id, told.figures[at], 0) if told and at < len(told.figures) else ""

    def why(self, table: str, column: str, row: Mapping[str, Any], place: int) -> str:
        """The number of a cell; empty where it is not explained."""
        return "" if row[column] is None else self.reasons.number(table, column, place)

    def section(self, section: Section) -> Shown:
        blocks = [self.block(block, WIDTHS[section.width]) for block in section.blocks if not getattr(block, "detail", False)]
        subtitle = subtitle_of(section.subtitle, section.blocks, self.reader)
        return Shown(section.id, held(self.say(section.headline), self.reader), subtitle, section.width, tuple(blocks))

    def block(self, block: Block, width: float) -> View:
        match block:
            case Table():
                return self.table(block, width)
            case VarianceTable():
                return self.variance(block, width)
            case ColumnSeries():
                return self.columns(block, width)
            case Waterfall():
                return self.waterfall(block, width)
            case StackedBars():
                return self.stacked(block, width)
            case RankedBars():
                return self.table(block.table(), width, tone={"actual": "ac", "bad": "bad", "good": "good"}[block.tone])
            case Notes():
                return View("list" if block.listed else "text", self.say(block.title), notes=tuple(map(self.say, block.items)))
            case DefinitionList():
                items = tuple((self.say(term), self.say(value), self.told(block.told, at)) for at, (term, value) in enumerate(block.items))
                return View("definitions", self.say(block.title), items=items)
            case TieOutList():
                return self.tie_outs(block.tie_outs)
            case Slip():
                fields = tuple(map(self.say, block.fields))
                kind = "slip" if block.cut else "signatures"
                return View(kind, self.say(block.title), notes=(self.say(block.text),), items=tuple((f, "") for f in fields))
            case Form():
                return self.form(block)

    def form(self, form: Form) -> View:
        """A form on paper: one line as named lines to fill in, several as an empty table; boxes for the choices."""
        notes, closing = tuple(map(self.say, form.notes)), tuple((self.say(text), "") for text in form.closing)
        if form.rows == 1:
            asked = tuple((self.say(blank.heading), self._asked(blank)) for blank in form.blanks)
            return View("form", self.say(form.title), notes=notes, items=(*asked, *closing))
        heads = tuple(Head(foldable(self.say(blank.heading)), "") for blank in form.blanks)
        boxes = [" / ".join(self.say(choice) for choice in blank.choices) for blank in form.blanks if blank.choices]
        rows = tuple(Row(()) for _ in range(form.on_paper))
        return View("form", self.say(form.title), heads, rows, notes=(*notes, *boxes), items=closing)

    def _asked(self, blank: Blank) -> str:
        if blank.choices:
            return "\u2003".join(f"☐ {self.say(choice)}" for choice in blank.choices)
        return self.say(blank.given)

    # tables

    def table(self, table: Table, width: float = WIDTHS["full"], *, tone: str = "ac", as_data: bool = False) -> View:
        roles, levels, frame = table.roles(), table.levels(), table.frame
        places = places_of(table, self.reader)
        height, cut = frame.height, frame.height > MOST_ROWS
        if cut:
            kept = [place for place, role in enumerate(roles) if place < MOST_ROWS or role == "total"]
            frame, roles, levels = frame[kept], [roles[place] for place in kept], [levels[place] for place in kept]
        heads: list[Head] = []
        columns: list[list[list[Cell]]] = []
        for column in table.columns:
            numeric = column.meaning in _NUMERIC and not column.trend
            kind: str = "num" if numeric else column.meaning
            classes = kind + (" var" if column.variance else "")
            heads.append(Head(foldable(self.say(column.heading)), classes, (column.scenario or "").lower()))
            cells: list[list[Cell]] = []
            values = [None] * frame.height if column.trend else frame[column.name].to_list()
            texts = {value for value in values if isinstance(value, str)}
            filled = any(value is not None for value in values)
            said = [self.say(column.words[text]) if text in column.words else text for text in texts]
            short = not numeric and max((charts.text_width(text, 13) for text in said), default=0.0) < _SHORT
            bars = self._bars(column, frame, roles, tone, bar_width(width)) if column.bar and not as_data else None
            why = self.reasons.tables.get(table.id, {}).get(column.name)
            for place, value in enumerate(values):
                if column.trend:
                    cells.append([self._trend(column, frame, place)])
                    continue
                level = levels[place] if column is table.columns[0] else 0
                cell = self._cell(column, value, places.get(column.name), level, blank=roles[place] in ("total", "subtotal"))
                if value is None and filled and numeric and roles[place] == "total" and column.meaning == "money":
                    cell = replace(cell, text="")
                if column.link and cell.text and (target := frame[column.link][place]):
                    cell = replace(cell, text=_link(target.format(suffix=SUFFIX[self.reader.language]), whole(cell.text)))
                if why and value is not None and cell.text:
                    cell = replace(cell, number=why.numbers[place])
                if short:
                    cell = replace(cell, kind=f"{cell.kind} short")
                cells.append([cell, bars[place]] if bars else [cell])
            if bars:
                heads.append(Head("", "bar"))
            columns.append(cells)
        flat = not table.level and frame.height > 2
        if frame.height == 0:
            return View("empty", self.say(table.title), notes=(self.say(Message("Nothing to show")),))
        limit = rows_shown(table.shown, height)
        rows = []
        for place in range(frame.height):
            role = roles[place]
            kind = " ".join(part for part in (role, f"level{levels[place]}" if table.level else "") if part)
            cells_of_row = tuple(cell for column_cells in columns for cell in column_cells[place])
            rows.append(Row(cells_of_row, kind, hidden=place >= limit and role != "total"))
        laid = self._dense(heads, rows, width)
        barred = [column for column in table.columns if column.bar and not as_data]
        if len(barred) == 1 and laid.spare > 0:
            at = next(at for at, head in enumerate(heads) if head.kind == "bar")
            longer = self._bars(barred[0], frame, roles, tone, bar_width(width) + laid.spare)
            rows = [replace(row, cells=(*row.cells[:at], bar, *row.cells[at + 1 :])) for row, bar in zip(rows, longer, strict=True)]
        return View(
            "table" + laid.kind,
            self.say(table.title),
            tuple(heads),
            tuple(rows),
            widths=laid.widths,
            measure=laid.measure if barred else 0.0,
            notes=(self.say(Message("All rows are in the Excel workbook")),) if cut and not as_data else (),
            sortable=flat and not as_data,
            filtered=flat and not as_data and height > _FILTERED_FROM,
            more=self.more(limit, height, roles.count("total")),
        )

    def more(self, limit: int, height: int, totals: int) -> str:
        """What the button under a cut table says; nothing where all rows show. Totals are no rows that a reader counts."""
        if limit >= height:
            return ""
        if height > MOST_ROWS:
            return self.say(Message("Show the first {n} rows", {"n": Count(MOST_ROWS)}))
        return self.say(Message("Show all {n} rows", {"n": Count(height - totals)}))

    def _dense(self, heads: Sequence[Head], rows: Sequence[Row], width: float) -> _Laid:
        """Whether cells may stay on one line: with their headings, a size smaller, or with headings on two lines; else texts wrap."""
        bar = bar_width(width)
        cells, headings = [], []
        for at, head in enumerate(heads):
            widths = [bar + 8.0 if head.kind == "bar" else 30.0]
            for row in rows:
                bold = 1.06 if "total" in row.kind else 1.0
                level = next((int(part[-1]) for part in row.cells[at].kind.split() if part.startswith("indent")), 0)
                widths.append(charts.text_width(_plain(row.cells[at]), 13) * bold + 18 * level)
            cells.append(max(widths))
            headings.append([part * 1.06 for part in _lines(head.text)])
        pairs = list(zip(cells, headings, strict=True))

        def room(fold: bool, size: float, padding: float) -> float:
            return sum(max(cell, max(lines) if fold else sum(lines)) * size + padding for cell, lines in pairs)

        natural = room(False, 1.0, 16)
        if natural <= width:
            left = width - natural - _AIR * len(heads)
            longer = max(0.0, min(left * 0.8, _LONGEST_BAR - bar))
            few = len(heads) <= _FEW and left - longer > width * 0.2
            return _Laid(" calm", spare=longer, measure=round(natural + longer + _AIR * len(heads)) if few else 0.0)
        if room(False, 12 / 13, 12) <= width:
            return _Laid(" calm dense")
        # Latin letters are estimated on the large side.
        if room(True, 12 / 13, 12) <= width * (1.025 if self.reader.language == "en" else 1.0):
            return _Laid(" calm dense folded")
        needs = [max(cell, max(lines)) * 12 / 13 + 12 for cell, lines in pairs]
        least = [max(lines) * 12 / 13 + 12 for lines in headings]
        # Texts break first, then long codes (weeks with their days), then moments between day and hour.
        long = [_wrapping(at, rows) if head.kind.split()[0] in ("text", "code") else None for at, head in enumerate(heads)]
        texts = [broken if head.kind.startswith("text") else None for head, broken in zip(heads, long, strict=True)]
        every = [_wrapping(at, rows, short=True) if head.kind.split()[0] in ("text", "code") else None for at, head in enumerate(heads)]
        found: list[tuple[int, int, _Laid]] = []
        for breaking, named in ((texts, ""), (long, " tight"), (every, " tight tightest")):
            lines_of_row, shares = wrapped_widths(needs, breaking, least, width)
            if shares:
                found.append((lines_of_row, len(found), _Laid(" dense folded" + named, shares)))
        return min(found)[2] if found else _Laid(" dense folded")

    def _bars(self, column: Column, frame: pl.DataFrame, roles: Sequence[str], tone: str, width: float) -> list[Cell]:
        values = frame[column.name].to_list()
        drawn = [value for value, role in zip(values, roles, strict=True) if value is not None and role in ("", "emphasised")]
        low, high = min([*drawn, 0]), max([*drawn, 0])
        cells = []
        for value, role in zip(values, roles, strict=True):
            kind = charts.tint(value, column.good) if column.variance else "plan" if column.scenario == "PL" else tone
            inside = value is not None and role in ("", "emphasised")
            cells.append(Cell(Markup(charts.cell_bar(value if inside else None, low, high, kind, width=width)) if drawn else "", "bar"))
        return cells

    def _trend(self, column: Column, frame: pl.DataFrame, place: int) -> Cell:
        values = [frame[name][place] for name in column.trend]
        return Cell(Markup(charts.spark_bars(values, None, column.good, width=96, height=20)), "bar")

    def _cell(self, column: Column, value: object, places: int | None, level: int, *, blank: bool = False) -> Cell:
        kind: str = "num" if column.meaning in _NUMERIC else column.meaning
        if level:
            kind += f" indent{min(level, 4)}"
        if column.meaning == "severity" and isinstance(value, str):
            words = column.words.get(value) or SEVERITIES.get(value)
            text = f"{MARKS.get(value, '')} {self.say(words) if words else value}".strip()
            return Cell(text, f"{kind} sev-{value}", value)
        if isinstance(value, str):
            words = column.words.get(value)
            text = self.say(words) if words else value
            if column.meaning == "grade" and value:
                return Cell(Markup('<b class="grade grade-{0}">{1}</b>').format(value, text), kind, value)
            return Cell(text, kind, text)
        if value is None and (column.meaning in _WORDY or blank and column.meaning in ("days", "date", "count")):
            return Cell("", kind)
        if column.blank_zero and not value and not blank and value is not None:
            return Cell("", kind, "0")
        text = self.reader.shown(value, column.meaning, places, signed=column.variance)
        if isinstance(value, bool) or value is None or not isinstance(value, int | float):
            return Cell(text, kind, "" if value is None else str(value))
        if column.variance:
            # A change that prints as zero is none: it is not coloured.
            kind += f" ink-{charts.tint(value, column.good) if _NOT_ZERO.search(text) else 'flat'}"
        if column.alarm is not None and value > column.alarm:
            kind += " ink-bad"
        return Cell(text, kind, repr(value))

    # pictures

    def variance(self, block: VarianceTable, width: float) -> View:
        table = block.table()
        if table.frame.height == 0:
            return self.table(table)
        reader, frame = self.reader, table.frame
        roles, levels = table.roles(), table.levels()
        places = places_of(table, reader)
        detail = [role in ("", "emphasised", "subtotal") and levels[i] <= 9 for i, role in enumerate(roles)]
        labels = [self._cell(table.columns[0], value, None, levels[i]) for i, value in enumerate(frame[block.label])]
        figures = [column for column in table.columns[1:] if column.scenario]
        base, reference = (block.pl, "plan") if block.pl else (block.py, "py")
        delta = block.delta_pl if block.pl else block.delta_py
        texts = {
            column.name: [
                reader.shown(value, column.meaning, places.get(column.name), signed=column.variance) for value in frame[column.name]
            ]
            for column in table.columns[1:]
            if not column.trend
        }
        name_room = min(max([charts.text_width(str(cell.text)) + levels[i] * 14 for i, cell in enumerate(labels)] + [60.0]) + 16, 190.0)
        figure_room = sum(
            max([charts.text_width(v, 13) * 1.05 for v in texts[c.name]] + [charts.text_width(self.say(c.heading), 13) * 1.05, 56.0]) + 16
            for c in figures
        )
        free = width - name_room - figure_room - 24
        pins = [name for name in (block.delta_pl_share if block.pl else None, block.delta_py_share) if name]
        pin_room = 136.0
        left = free - pin_room * len(pins)
        wide = left > 260
        bar_room, delta_room = (left * 0.6, left * 0.4) if wide else (0.0, max(left, 120.0))

        def drawn(name: str | None) -> list[float]:
            if name is None:
                return []
            return [v for v, inside in zip(frame[name].to_list(), detail, strict=True) if inside and v is not None]

        # one scale for figures; variances are the same scale, magnified by a round number that the note states
        most = max([*drawn(block.ac), *drawn(base), 0.0])
        least = min([*drawn(block.ac), *drawn(base), 0.0])
        label_room = max(charts.text_width(v) for v in texts[block.ac]) + 10
        main = charts.Axis(least, most, label_room if least < 0 else 2.0, max(bar_room - label_room, 40.0))
        times, change = 1, charts.Axis(0, 0, 0, 0)
        if delta:
            free_axis = charts.fitted(frame[delta].to_list(), texts[delta], delta_room)
            times = charts.magnified(main.per_unit, 1.0, free_axis.per_unit) if wide else 1
            if wide and free_axis.per_unit < main.per_unit:
                main = charts.Axis(least, most, main.start, main.start + (most - least) * free_axis.per_unit)
            most_pixels = main.per_unit * times if wide and main.per_unit else free_axis.per_unit
            change = charts.fitted(frame[delta].to_list(), texts[delta], delta_room, most_pixels)
        heads = [Head(self.say(block.label_heading), "text")]
        heads += [Head(self.say(column.heading), "num", (column.scenario or "").lower()) for column in figures]
        if wide:
            over = Message("Actual over plan") if block.pl else Message("Actual over previous year")
            heads.append(Head(self.say(over), "draw"))
        if delta:
            name = self.say(Message("ΔPL") if block.pl else Message("ΔPY"))
            unit = f" ({reader.unit_name})" if reader.language == "en" else f"（{reader.unit_name}）"
            heads.append(Head(name + (unit if block.meaning == "money_wan" else ""), "draw"))
        heads += [Head(self.say(Message("ΔPL %") if name == block.delta_pl_share else Message("ΔPY %")), "draw") for name in pins]
        shares = {name: self._pin_axis(frame[name].to_list(), texts[name], pin_room) for name in pins}
        rows = []
        limit = rows_shown(block.shown, frame.height)
        for place in range(frame.height):
            if place >= MOST_ROWS and roles[place] != "total":
                continue
            row = frame.row(place, named=True)
            cells = [labels[place]]
            cells += [
                Cell(texts[c.name][place], f"num {(c.scenario or '').lower()}", repr(row[c.name]), self.why(block.id, c.name, row, place))
                for c in figures
            ]
            if wide:
                inside = detail[place]
                cells.append(
                    Cell(
                        Markup(
                            charts.bar_over_plan(
                                main,
                                row[block.ac] if inside else None,
                                row[base] if base and inside else None,
                                texts[block.ac][place],
                                base=reference,
                                width=bar_room,
                            )
                        ),
                        "draw",
                        repr(row[block.ac]),
                    )
                )
            if delta:
                drawing = charts.variance_bar(change, row[delta], texts[delta][place], block.good, base=reference, width=delta_room)
                cells.append(Cell(Markup(drawing), "draw", repr(row[delta])))
            for name in pins:
                standing = "plan" if name == block.delta_pl_share else "py"
                drawing = charts.pin(shares[name], row[name], texts[name][place], block.good, base=standing, width=pin_room)
                cells.append(Cell(Markup(drawing), "draw", repr(row[name])))
            kind = " ".join(part for part in (roles[place], f"level{levels[place]}" if block.level else "") if part)
            rows.append(Row(tuple(cells), kind, hidden=place >= limit and roles[place] != "total"))
        notes = (self.say(Message("Variance bars are drawn at {k} times the main scale", {"k": Count(times)})),) if times > 1 else ()
        legend = [("ac", "Actual")] + ([("plan", "Plan")] if block.pl else []) + ([("py", "Previous year")] if block.py else [])
        more = self.more(limit, frame.height, roles.count("total"))
        if frame.height > MOST_ROWS:
            notes = (*notes, self.say(Message("All rows are in the Excel workbook")))
        return View(
            "table variance",
            heads=tuple(heads),
            rows=tuple(rows),
            notes=notes,
            legend=self._legend([kind for kind, _ in legend] + ["good", "bad"]),
            sortable=not block.level,
            filtered=not block.level and frame.height > _FILTERED_FROM,
            more=more,
            data=(self.table(table, width, as_data=True),),
        )

    def _pin_axis(self, values: Sequence[float | None], texts: Sequence[str], width: float) -> charts.Axis:
        capped = [None if value is None else max(-1.0, min(1.0, value)) for value in values]
        return charts.fitted(capped, texts, width)

    def _legend(self, kinds: Sequence[str]) -> tuple[tuple[str, str], ...]:
        names = {
            "ac": Message("Actual"),
            "plan": Message("Plan"),
            "py": Message("Previous year"),
            "fc": Message("Forecast"),
            "good": Message("Favourable"),
            "bad": Message("Unfavourable"),
        }
        return tuple((kind, self.say(names[kind])) for kind in kinds)

    def _measure(self, title: Words | None, meaning: str) -> str:
        name = self.say(title)
        if meaning != "money_wan":
            return name
        return f"{name} ({self.reader.unit_name})".strip() if self.reader.language == "en" else f"{name}（{self.reader.unit_name}）"

    def columns(self, block: ColumnSeries, width: float) -> View:
        table = block.table()
        places = places_of(table, self.reader)

        def value(name: str | None, place: int) -> int | None:
            return None if name is None else block.frame[name][place]

        months = []
        for place, label in enumerate(block.labels):
            actual, forecast, change = value(block.ac, place), value(block.fc, place), value(block.delta_pl, place)
            level = actual if actual is not None else forecast
            months.append(
                charts.Month(
                    self.say(label),
                    actual,
                    value(block.pl, place),
                    value(block.py, place),
                    forecast,
                    change,
                    "" if level is None else self.reader.shown(level, block.meaning, places.get(block.ac)),
                    "" if change is None else self.reader.shown(change, block.meaning, places.get(block.ac), signed=True),
                    place == block.marked,
                )
            )
        scale = self.say(Message(", scale ×{k}", {"k": Name("{k}")}))
        drawing = charts.columns(
            months,
            width=width,
            good=block.good,
            title=self._measure(block.title, block.meaning),
            variance_title=self._measure(Message("ΔPL"), block.meaning),
            scale_words=scale,
            label=self.say(block.title) or self.say(Message("Column chart")),
        )
        has_forecast = block.fc is not None and block.frame[block.fc].drop_nulls().len() > 0
        kinds = ["ac", *(["plan"] if block.pl else []), *(["py"] if block.py else []), *(["fc"] if has_forecast else [])]
        return View("chart", drawing=Markup(drawing), legend=self._legend(kinds), data=(self.table(table, width, as_data=True),))

    def waterfall(self, block: Waterfall, width: float) -> View:
        places = self.reader.places([step.amount for step in block.steps]) if block.meaning == "money_wan" else None
        bases = [place for place, step in enumerate(block.steps) if step.kind == "base"]
        falls = []
        for place, step in enumerate(block.steps):
            default = "PL" if bases and place == bases[0] else "AC"
            kind = {"PY": "py", "PL": "plan", "AC": "ac", "FC": "fc"}[step.scenario or default]
            text = self.reader.shown(step.amount, block.meaning, places, signed=step.kind == "cause")
            falls.append(charts.Fall(self.say(step.label), step.amount, text, step.kind == "base", kind))
        note = self.say(Message("The axis is cut: lengths compare only between the causes"))
        label = self.say(block.title) or self.say(Message("Waterfall"))
        drawing = charts.waterfall(falls, width=width, good=block.good, cut_note=note, label=label)
        title = self._measure(block.title, block.meaning) if block.title else ""
        return View("chart", title, drawing=Markup(drawing), data=(self.table(block.table(), width, as_data=True),))

    def stacked(self, block: StackedBars, width: float) -> View:
        table, frame, reader = block.table(), block.frame, self.reader
        places = places_of(table, reader)
        first = table.columns[0]
        rows = []
        for place in range(frame.height):
            row = frame.row(place, named=True)
            rate = row[block.rate] if block.rate else None
            delta = row[block.rate_delta] if block.rate_delta else None
            rows.append(
                charts.Stack(
                    str(self._cell(first, row[block.label], None, 0).text),
                    tuple(row[part.column] for part in block.parts),
                    tuple(reader.shown(row[part.column], block.meaning, places.get(part.column)) for part in block.parts),
                    reader.shown(row[block.total], block.meaning, places.get(block.total)),
                    rate,
                    reader.shown(rate, "share") if rate is not None else "",
                    delta,
                    reader.shown(delta, "points").removesuffix("pp") if delta is not None else "",
                    bool(block.role and row[block.role] == "total"),
                )
            )
        drawn = [row for row, role in zip(rows, table.roles(), strict=True) if role != "total"]
        heading = self.say(block.rate_delta_heading or Message("Change"))
        drawing = charts.stacked(
            drawn,
            [part.tone for part in block.parts],
            width=width,
            heading=self._measure(block.total_heading, block.meaning),
            rate_heading=self.say(block.rate_heading),
            delta_heading=f"{heading} pp",
            threshold=block.threshold,
            good=block.good,
            label=self.say(block.title) or self.say(block.total_heading),
        )
        legend = tuple((f"fill:{charts.tone(part.tone)}", self.say(part.label)) for part in block.parts)
        return View("chart", self.say(block.title), drawing=Markup(drawing), legend=legend, data=(self.table(table, width, as_data=True),))

    # evidence

    def tie_outs(self, tie_outs: Sequence[TieOut]) -> View:
        words = ("Check", "Statement", "Left side", "Amount", "Right side", "Amount", "Difference", "Result")
        messages = {
            "Check": Message("Check"),
            "Statement": Message("Statement"),
            "Left side": Message("Left side"),
            "Amount": Message("Amount"),
            "Right side": Message("Right side"),
            "Difference": Message("Difference"),
            "Result": Message("Result"),
        }
        sided = "text" if self.reader.language == "en" else "text short"
        kinds = ("code", "text statement", sided, "num", sided, "num", "num", "severity")
        heads = tuple(Head(self.say(messages[word]), kind) for word, kind in zip(words, kinds, strict=True))
        rows = []
        for item in tie_outs:
            result = f"{MARKS[item.status]} {self.say(TIE_OUT_WORDS[item.status])}"
            money = [self.reader.shown(e4, "qty" if item.counted else "money") for e4 in (item.left_e4, item.right_e4, item.difference_e4)]
            left, right = self.say(item.left_label), self.say(item.right_label)
            texts = (self.control(item.control), self.say(item.statement), left, money[0], right, money[1], money[2], result)
            colour = {"tied": "sev-ok", "within_tolerance": "sev-warning", "broken": "sev-error"}[item.status]
            rows.append(
                Row(tuple(Cell(text, f"{kind} {colour}" if kind == "severity" else kind) for text, kind in zip(texts, kinds, strict=True)))
            )
        return View("table", "", heads, tuple(rows))

    def control(self, control: str) -> str | Markup:
        """A control's name, leading to its own page where it has one and the report stays in the company."""
        if not self.report.portal or control not in PAGED or control.lower() == self.report.name.rpartition("_")[2]:
            return control
        return _link(page_link(control, self.report.period.key, self.report.portal).format(suffix=SUFFIX[self.reader.language]), control)

    def open_checks(self) -> View:
        """What did not pass, how severe, and who looks after it."""
        what = "text" if self.reader.language == "en" else "text short"
        kinds = ("severity", "code", what, "text", "text short")
        words = ("Severity", "Check", "What was checked", "Result", "Owner")
        messages = {
            "Severity": Message("Severity"),
            "Check": Message("Check"),
            "What was checked": Message("What was checked"),
            "Result": Message("Result"),
            "Owner": Message("Owner"),
        }
        heads = tuple(Head(self.say(messages[word]), kind) for word, kind in zip(words, kinds, strict=True))
        rows = []
        for check in self.report.open_checks:
            severity = f"{MARKS[check.severity]} {self.say(SEVERITIES[check.severity])}"
            owner = ", ".join(self.say(owner_words(one)) for one in check.owner.split(", ") if one)
            texts = (severity, self.control(check.control), self.say(check.what), self.say(check.result), owner)
            cells = (
                Cell(text, f"{kind} sev-{check.severity}" if kind == "severity" else kind) for text, kind in zip(texts, kinds, strict=True)
            )
            rows.append(Row(tuple(cells)))
        return View("table", "", heads, tuple(rows))

    def sources(self) -> View:
        counted = any(source.rows is not None for source in self.report.sources)
        heads = (
            Head(self.say(Message("File")), "text"),
            Head(self.say(Message("Table")), "text"),
            Head(self.say(Message("Sender")), "text"),
            Head(self.say(Message("Arrived at")), "text"),
            *((Head(self.say(Message("Rows")), "num"),) if counted else ()),
            Head("SHA-256", "code"),
        )
        rows = tuple(
            Row(
                (
                    Cell(source.file, "text"),
                    Cell(self.say(table_title(source.table)), "text"),
                    Cell(source.sender, "text"),
                    Cell(source.arrived_at, "date"),
                    *((Cell(self.reader.shown(source.rows, "count"), "num"),) if counted else ()),
                    Cell(source.sha256[:12], "code"),
                )
            )
            for source in self.report.sources
        )
        return View("table", "", heads, rows)


def script(name: str, words: Mapping[str, object]) -> str:
    """A script of ``report_templates`` with its words put in."""
    return (TEMPLATES / name).read_text(encoding="utf-8").replace("{/* words */}", json.dumps(words, ensure_ascii=False))


def words_of_reasons(say: Callable[[Words], str]) -> dict[str, str]:
    """What the explanation of a figure says beside its own words; ``report.js`` shows them."""
    return {
        "sum": say(Message("Sum of the rows above")), "lines": say(Message("Lines and their cells")), "close": say(Message("Close")),
        "back": say(Message("Back")), "less": say(Message("less")),
    }  # fmt: skip


_NOT_ZERO = re.compile(r"[1-9]")
_NUMBER_SPACE = re.compile(r"(?<=[\d%]) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) (?=[\d−+])")


def held(text: str, reader: Reader) -> str:
    """A headline whose numbers stay on one line with the words beside them."""
    return _NUMBER_SPACE.sub("\u00a0", whole_amounts(text, reader))


def whole_amounts(text: str, reader: Reader) -> str:
    """``CNY 4,272k`` stays on one line."""
    return re.sub(rf"\b{reader.currency} (?=\d)", f"{reader.currency}\u00a0", text) if reader.language == "en" else text


def rows_shown(shown: int, height: int) -> int:
    """How many of a table's rows a page shows at first: all of them where only few would be left out."""
    return shown if height > shown + max(5, shown // 4) else height


_WHOLE = re.compile(r"(?<![\d-])\d{4}-\d{2}(?:-\d{2})?(?:\.[a-z]{3,4})?(?![\d-])")
_PLACE = re.compile(r"[^\s，；：（）“”]+(?:/|\.[a-z]{3,4}!)[^\s，；：（）“”]+[，；：）”]*")
_STEP = re.compile(r"[^/!]*[/!]?")


def whole(text: str | Markup) -> str | Markup:
    """A text whose dates, file names and cells are not broken inside: a place breaks after its folders and its sheet."""
    if isinstance(text, Markup) or not ("-" in text or "/" in text or "!" in text):
        return text
    return _in_steps(text)


@lru_cache(maxsize=10_000)
def _in_steps(text: str) -> str | Markup:
    """Names of files stand in many rows, on many pages, in every language."""
    if not _PLACE.search(text):
        if _WHOLE.fullmatch(text) or not _WHOLE.search(text):
            return text
        return Markup(_WHOLE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))
    parts: list[str] = []
    end = 0
    for place in _PLACE.finditer(text):
        parts.append(escape(whole(text[end : place.start()])))
        parts += [f'<span class="step">{escape(step)}</span>' for step in _STEP.findall(place[0]) if step]
        end = place.end()
    return Markup("".join([*parts, escape(whole(text[end:]))]))


def _plain(cell: Cell) -> str:
    """A cell's text without its link or frame; a drawing has none."""
    if isinstance(cell.text, Markup):
        return "" if cell.kind == "bar" else cell.text.striptags()
    return cell.text


def _wrapping(at: int, rows: Sequence[Row], *, short: bool = False) -> list[tuple[float, float]] | None:
    """Of a column whose texts may break: how wide each is, and its widest part that stays whole; None where all are short."""
    if not short and any("short" in row.cells[at].kind for row in rows[:1]):
        return None
    found = []
    for text in {_plain(row.cells[at]) for row in rows}:
        kept = [charts.text_width(word, 12) for word in text.split(" ") if word.isascii() and not _PLACE.search(word)]
        kept += [charts.text_width(step, 12) for place in _PLACE.findall(text) for step in _STEP.findall(place)]
        found.append((charts.text_width(text, 12), min(max([30.0, *kept]), _LONGEST_PART)))
    return found


def wrapped_widths(
    needs: Sequence[float], texts: Sequence[list[tuple[float, float]] | None], least: Sequence[float], width: float
) -> tuple[int, tuple[float, ...]]:
    """How many lines the highest row has, as few as may be, and shares of ``width`` in hundredths; none where even many lines do not do.

    ``needs`` are pixels of each column on one line, ``texts`` those of :func:`_wrapping`, ``least`` what the heading takes.
    """
    for lines in range(1, _MOST_LINES + 1):
        pixels = []
        for need, broken, heading in zip(needs, texts, least, strict=True):
            if broken is None or lines == 1:
                pixels.append(need)
                continue
            # A line ends where the next word does not fit: half a part is lost on each, on the average.
            each = max([max(part, full / lines + min(part, full) / 2) + 12 for full, part in broken], default=0.0)
            pixels.append(min(need, max(each, heading)))
        if sum(pixels) <= width:
            # What is left goes first where it lets a whole column stand on one line.
            for at in sorted(range(len(pixels)), key=lambda at: needs[at] - pixels[at]):
                if needs[at] - pixels[at] <= width - sum(pixels):
                    pixels[at] = needs[at]
            free = [0.0 if broken is None else taken for taken, broken in zip(pixels, texts, strict=True)]
            spare = (width - sum(pixels)) / (sum(free) or 1.0)
            return lines, tuple(round(100 * (taken + part * spare) / width, 2) for taken, part in zip(pixels, free, strict=True))
    return 0, ()


_MOST_LINES = 6
_LONGEST_PART = 132.0
"""Pixels above which a name is broken inside rather than given a column as wide as it is."""


def bar_width(width: float) -> float:
    """Pixels of a bar in a cell, by the pixels of its section."""
    return 64.0 if WIDTHS["narrow"] < width < WIDTHS["wide"] else 90.0


def capital(text: str) -> str:
    """The first letter large, as a cell or line begins; the others as they are."""
    return text[:1].upper() + text[1:]


def foldable(text: str) -> str | Markup:
    """A heading that never leaves one character or a short word alone: Chinese breaks at one place, short words keep to the next."""
    if " " in text:
        first, *rest = text.split(" ")
        joined, before = first, first
        for word in rest:
            short = len(before) < 3 and before.isalpha() or len(word) < 3
            joined += ("\u00a0" if short else " ") + word
            before = word
        return joined
    if len(text) < 5 or not _CHINESE.search(text):
        return text
    bracket = text.find("（")
    at = bracket if bracket > 0 else next((at for at, letter in enumerate(text) if at and letter == "Δ"), 0)
    at = at or 2 * round(len(text) / 4 + 0.01)
    return Markup("{0}<wbr>{1}").format(text[:at], text[at:])


def _lines(heading: str | Markup) -> list[float]:
    """How wide the parts of a heading are that may stand under each other."""
    parts = heading.split("<wbr>") if isinstance(heading, Markup) else heading.split(" ")
    return [charts.text_width(str(part), 13) for part in parts]


_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _only_detail(section: Section) -> bool:
    """Whether a section has nothing for the page: its rows stand in the workbook."""
    return all(getattr(block, "detail", False) for block in section.blocks)


def subtitle_of(subtitle: Value | None, blocks: Sequence[Block], reader: Reader) -> str:
    """A section's subtitle; the unit of its amounts is added where it does not say one."""
    text = "" if subtitle is None else said(subtitle, reader)
    tables = [block if isinstance(block, Table) else block.table() for block in blocks if isinstance(block, _TABLED)]
    meanings = {column.meaning for table in tables for column in table.columns}
    if not meanings & {"money", "money_wan"}:
        return text
    unit = reader.unit_name if "money_wan" in meanings else reader.currency_name
    if unit in text:
        return text
    named = said(Message("Unit: {unit}", {"unit": Name(unit)}), reader)
    return f"{text} · {named}" if text else named


def places_of(table: Table, reader: Reader) -> dict[str, int | None]:
    """How many decimals each column prints: amounts in the page's unit share one number of places in a table."""
    amounts = [column for column in table.columns if column.meaning == "money_wan" and not column.trend]
    values = [value for column in amounts for value in table.frame[column.name].to_list()]
    shared = reader.places(values)
    return {
        column.name: column.places if column.places is not None else shared if column.meaning == "money_wan" else None
        for column in table.columns
    }
