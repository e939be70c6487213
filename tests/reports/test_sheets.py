"""Whole columns on a sheet: the same cells as one by one, and no cell written twice."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
import xlsxwriter

from pipelines.reports.writers.sheets import BLANK, Sheet, day, formula, number


def made() -> tuple[xlsxwriter.Workbook, Sheet, io.BytesIO]:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    return book, book.add_worksheet("s", worksheet_class=Sheet), stream


def test_cells_of_every_kind() -> None:
    book, sheet, stream = made()
    style = sheet.style(book.add_format({"bold": True}))
    sheet.write_string(0, 0, "before")
    sheet.write_string(2, 9, "beside")
    texts = [sheet.text("<a & b>"), sheet.text("=1+1"), sheet.text("<a & b>")]
    sheet.block(
        2,
        [
            (0, texts, style),
            (1, [number("-1.5"), BLANK, number("2")], [style, 0, style]),
            (3, [day(date(1900, 3, 1)), day(date(2026, 10, 31)), formula("SUM(B3:B4)&\"\"", "0.5")], style),
        ],
    )
    book.close()
    found = openpyxl.load_workbook(stream)["s"]
    assert found["A1"].value == "before"
    assert [found[f"A{row}"].value for row in (3, 4, 5)] == ["<a & b>", "=1+1", "<a & b>"]
    assert found["A4"].data_type == "s"
    assert [found[f"B{row}"].value for row in (3, 4, 5)] == [-1.5, None, 2]
    assert [found[f"D{row}"].value for row in (3, 4)] == [61, 46326]
    assert found["D5"].value == '=SUM(B3:B4)&""'
    assert found["J3"].value == "beside"
    assert found["A3"].font.bold
    assert not found["B4"].font.bold


def test_a_chart_keeps_the_figures_of_a_block() -> None:
    book, sheet, stream = made()
    sheet.block(1, [(0, [sheet.text("North"), sheet.text("South")], 0), (1, [number("3"), BLANK], 0)])
    chart = book.add_chart({"type": "column"})
    chart.add_series({"categories": ["s", 1, 0, 2, 0], "values": ["s", 1, 1, 2, 1]})
    sheet.insert_chart(0, 3, chart)
    book.close()
    series = openpyxl.load_workbook(stream)["s"]._charts[0].series[0]
    assert [point.v for point in series.cat.strRef.strCache.pt] == ["North", "South"]
    assert [point.v for point in series.val.numRef.numCache.pt] == [3.0]


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot hold the day 1899"):
        day(date(1899, 12, 31))
    _, sheet, _ = made()
    with pytest.raises(ValueError, match="column 1 of a block stands behind column 2"):
        sheet.block(0, [(2, [BLANK], 0), (1, [BLANK], 0)])
    book, sheet, _ = made()
    sheet.block(0, [(0, [BLANK, BLANK], 0), (2, [BLANK, BLANK], 0)])
    sheet.write_number(1, 1, 5)
    with pytest.raises(ValueError, match="has a cell inside a block"):
        book.close()
