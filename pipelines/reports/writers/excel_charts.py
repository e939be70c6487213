"""The workbook's own charts, drawn by the spreadsheet from the cells of the printed tables.

Actual is solid, plan outlined, forecast hatched, as on the page (``charts``). What is drawn beyond the printed figures, such as the
foot of a waterfall or the height of a label, stands in hidden columns. Tables are ``excel``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.proof.cells import Chart as Drawn
from pipelines.proof.cells import formula
from pipelines.reports.model import (
    Column,
    ColumnSeries,
    Meaning,
    Message,
    Name,
    StackedBars,
    Table,
    Value,
    VarianceTable,
    Waterfall,
)
from pipelines.reports.writers import charts
from pipelines.reports.writers.excel_canvas import BAD, BAD_INK, DARK, GOOD, GOOD_INK, GREY, INK, SOFT, Canvas
from pipelines.reports.writers.html import places_of
from pipelines.reports.writers.sheets import Sheet

BESIDE = 760
"""A chart stands beside a table that is narrower than this, else below."""


class Charts:
    """Charts on the sheets of one workbook; each is given the block whose table is written already."""

    def __init__(self, book: Canvas) -> None:
        self.book = book
        self.marked: set[tuple[str, int]] = set()
        self.labelled: dict[Any, list[str]] = {}
        """The texts of a chart's labels."""

    def _series(self, table: str, column: str, **extra: Any) -> dict[str, Any]:
        place = self.book.places[table]
        at = place.columns[column]
        names = [place.sheet, place.first, 0, place.last, 0]
        return {"categories": names, "values": [place.sheet, place.first, at, place.last, at], "gap": 60, **extra}

    def _chart(
        self, sheet: Sheet, row: int, chart: Any, title: str, *, at: int = 0, width: int = 860, height: int = 320, unseen: int | None = None
    ) -> int:
        font = {"name": self.book.font, "size": 9, "color": INK}
        chart.set_title(
            {"name": title, "name_font": {**font, "size": 11, "bold": True}, "overlay": False, "layout": {"x": 0.01, "y": 0.02}}
        )
        chart.set_legend({"position": "bottom", "font": font, **({} if unseen is None else {"delete_series": [unseen]})})
        chart.set_size({"width": width, "height": height})
        chart.set_chartarea({"border": {"none": True}})
        chart.show_hidden_data()
        sheet.insert_chart(row, at, chart, {"object_position": 2})
        series = [*chart.series, *(chart.combined.series if chart.combined else ())]
        self.book.charts_of.setdefault(sheet.get_name(), []).append(
            Drawn(
                (title, *self.labelled.get(chart, ())),
                tuple(one["name"] for one in series),
                tuple(formula(one[part]) for one in series for part in ("categories", "values")),
            )
        )
        end = row + height // 24 + 1
        self.book.layout(sheet).edges.append((at, width))
        self.book.layout(sheet).reach(end, at)
        return end

    def _beside(self, table: str) -> int:
        """The column to the right of a narrow table."""
        place = self.book.places[table]
        return max(*place.columns.values(), place.helper or 0) + 2

    def _labels(self, sheet: Sheet, chart: Any, table: str, marks: Sequence[tuple[float, str, str] | None]) -> None:
        """Labels above the columns, whichever of them is higher: an unseen line at ``marks`` (height, text, colour) carries them."""
        place = self.book.places[table]
        at = 90
        while (sheet.get_name(), at) in self.marked:
            at += 1
        self.marked.add((sheet.get_name(), at))
        for offset, mark in enumerate(marks):
            if mark is not None:
                sheet.write_number(place.first + offset, at, mark[0], self.book.format(font_color=SOFT))
        self.book.layout(sheet).hidden.add(at)
        font = {"name": self.book.font, "size": 9}
        custom: list[dict[str, Any]] = [
            {"delete": True} if mark is None else {"value": mark[1], "font": {**font, "color": mark[2]}} for mark in marks
        ]
        line = self.book.workbook.add_chart({"type": "line"})
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
        self.labelled[chart] = [mark[1] for mark in marks if mark is not None]

    def _axes(self, chart: Any, *, bars: bool = False, minimum: float | None = None) -> None:
        font = {"name": self.book.font, "size": 9, "color": INK}
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
        name = self.book.section_name if title is None else self.book.say(title)
        if meaning != "money_wan":
            return name
        return f"{name} ({self.book.reader.unit_name})" if self.book.reader.language == "en" else f"{name}（{self.book.reader.unit_name}）"

    def _plan_actual(
        self, sheet: Sheet, table: Table, plan: str | None, past: str | None, actual: str, forecast: str | None, meaning: Meaning
    ) -> Any:
        """Columns of the actual over the plan or, where there is none, over the ``past`` year."""
        chart = self.book.workbook.add_chart({"type": "column"})
        outlined = {"fill": {"color": "#FFFFFF"}, "border": {"color": DARK, "width": 1}}
        solid = {"fill": {"color": DARK}, "border": {"color": DARK}}
        hatched = {
            "pattern": {"pattern": "wide_upward_diagonal", "fg_color": DARK, "bg_color": "#FFFFFF"}, "border": {"color": DARK},
        }  # fmt: skip
        drawn: list[tuple[str | None, Message, dict[str, Any]]] = [
            (plan, Message("Plan"), outlined),
            (None if plan else past, Message("Previous year"), {"fill": {"color": GREY}, "border": {"color": GREY}}),
            (actual, Message("Actual"), solid),
            (forecast, Message("Forecast"), hatched),
        ]
        for column, name, look in drawn:
            if column:
                chart.add_series(self._series(table.id, column, name=self.book.say(name), overlap=80, **look))
        place = self.book.places[table.id]
        shown = [column for column, _, _ in drawn if column]
        rows = table.frame.head(place.last - place.first + 1).select(shown).iter_rows(named=True)
        places = places_of(table, self.book.reader).get(actual)
        marks: list[tuple[float, str, str] | None] = []
        for row in rows:
            stated = row[actual] if row[actual] is not None else row[forecast] if forecast else None
            if stated is None:
                marks.append(None)
                continue
            top = max(value for value in row.values() if value is not None)
            marks.append((self.book.value(Column("", Name(""), meaning), top), self.book.reader.shown(stated, meaning, places), INK))
        self._labels(sheet, chart, table.id, marks)
        self._axes(chart)
        return chart

    def variance(self, sheet: Sheet, row: int, block: VarianceTable) -> int:
        """Actual over plan (or previous year) from ``row`` on; the last row it uses. Long tables have none."""
        if block.frame.height > 40:
            return row - 2
        chart = self._plan_actual(sheet, block.table(), block.pl, block.py, block.ac, None, block.meaning)
        title = self._measure(Message("Actual over plan") if block.pl else Message("Actual over previous year"), block.meaning)
        return self._chart(sheet, row, chart, title, unseen=1 + bool(block.pl or block.py))

    def months(self, sheet: Sheet, block: ColumnSeries) -> int:
        """Plan, actual and forecast by month, beside the table; the last row it uses."""
        chart = self._plan_actual(sheet, block.table(), block.pl, block.py, block.ac, block.fc, block.meaning)
        title = self._measure(block.title, block.meaning)
        unseen = 1 + bool(block.pl or block.py) + bool(block.fc)
        return self._chart(sheet, self.book.places[block.id].first, chart, title, at=self._beside(block.id), width=720, unseen=unseen)

    def waterfall(self, sheet: Sheet, block: Waterfall) -> int:
        """Stacked columns over an unseen foot; the figures of the bars stand in hidden columns."""
        place, away = self.book.places[block.id], 40
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
        floor = float(self.book.reader.in_unit(low - (high - low) // 3)) if cut else None
        kinds = ("foot", "base", "flat") if block.good == "neutral" else ("foot", "base", "good", "bad")
        owner = ["base" if step.base else charts.tint(step.amount, block.good) for step in block.steps]
        for place_, ((first, last), step, kind) in enumerate(zip(levels, block.steps, owner, strict=True)):
            amounts = {"foot": 0 if step.base else first, kind: last - first}
            for offset, name in enumerate(kinds):
                if amounts.get(name):
                    value = self.book.value(Column("", Name(""), block.meaning), amounts[name])
                    sheet.write_number(place.first + place_, away + offset, value, self.book.format(font_color=SOFT))
        self.book.layout(sheet).hidden |= set(range(away, away + len(kinds)))
        chart = self.book.workbook.add_chart({"type": "column", "subtype": "stacked"})
        fills = {"foot": None, "base": DARK, "good": GOOD, "bad": BAD, "flat": GREY}
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
        places = self.book.reader.places([step.amount for step in block.steps]) if block.meaning == "money_wan" else None
        inks = {"base": INK, "good": GOOD_INK, "bad": BAD_INK, "flat": INK}
        bare = Column("", Name(""), block.meaning)
        self._labels(
            sheet, chart, block.id,
            [
                (self.book.value(bare, top), self.book.reader.shown(step.amount, block.meaning, places, signed=not step.base), inks[kind])
                for (_, top), step, kind in zip(levels, block.steps, owner, strict=True)
            ],
        )  # fmt: skip
        self._axes(chart, minimum=floor)
        title = self._measure(block.title, block.meaning)
        if floor is not None:
            title += " · " + self.book.say(Message("Axis starts at {value}", {"value": Name(f"{floor:,.0f}")}))
        end = self._chart(sheet, place.first, chart, title, at=self._beside(block.id), width=720)
        chart.set_legend({"none": True})
        return end

    def stacked(self, sheet: Sheet, below: int, block: StackedBars) -> int:
        """The bars, beside a narrow table and below a wide one; never beside the headings, which paper repeats."""
        chart = self.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for part in block.parts:
            colour = charts.tone(part.tone).upper()
            chart.add_series(
                self._series(block.id, part.column, name=self.book.say(part.label), fill={"color": colour}, border={"color": "#FFFFFF"})
            )
        self._axes(chart, bars=True)
        height = min(140 + 24 * block.frame.height, 900)
        title, at = self._measure(block.total_heading, block.meaning), self._beside(block.id)
        if sum(map(self.book.layout(sheet).pixels, range(at))) < BESIDE:
            return self._chart(sheet, self.book.places[block.id].first, chart, title, at=at, width=720, height=height)
        return self._chart(sheet, below, chart, title, height=height)
