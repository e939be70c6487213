from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.reports.writers.returned import returned
from pipelines.sources.reader import Cell, Grid, Merge, Workbook

CREATED = datetime(2026, 12, 1, 18, 14, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "table": pl.String, "source_file": pl.String, "source_sheet": pl.String, "source_row": pl.Int64, "reason_no": pl.Int64, "rule": pl.String,
    "severity": pl.String, "column": pl.String, "cell": pl.String, "found": pl.String, "expected": pl.String, "document": pl.String, "goes_with": pl.Boolean,
}  # fmt: skip


def fault(row: int | None, cell: str = "", rule: str = "not_a_number", **changes: Any) -> dict[str, Any]:
    base = {
        "table": "sell_out", "source_file": "d/a.xlsx", "source_sheet": "一月", "source_row": row, "reason_no": 1, "rule": rule, "severity": "error",
        "column": "qty", "cell": cell, "found": "十二", "expected": "", "document": None, "goes_with": False,
    }  # fmt: skip
    return base | changes


def grid() -> Grid:
    rows = (
        (Cell("text", "销售表"), None, None),
        (Cell("text", "产品"), Cell("text", "数量"), Cell("text", "日期")),
        (Cell("text", "=HYPERLINK(\"x\")"), Cell("text", "十二"), Cell("date", "2026-01-05")),
        (None, Cell("number", "12.5"), Cell("bool", "true")),
        (Cell("text", "0007"), Cell("error", "#DIV/0!"), Cell("date", "2026-01-05T08:30:00")),
    )
    return Grid("一月", rows, (Merge(0, 0, 0, 2),), {0: 20.0})


def book(faults: list[dict[str, Any]], language: Any = "zh-Hans", grids: tuple[Grid, ...] | None = None) -> openpyxl.Workbook:
    source = Workbook(grids or (grid(),), "workbook")
    data = returned(source, pl.DataFrame(faults, schema=SCHEMA), language, file_name="d/a.xlsx", created=CREATED)
    assert data == returned(source, pl.DataFrame(faults, schema=SCHEMA), language, file_name="d/a.xlsx", created=CREATED)
    return openpyxl.load_workbook(io.BytesIO(data))


def test_the_senders_sheet_comes_back_as_it_was() -> None:
    sheet = book([fault(3, "B3")])["一月"]
    assert sheet["A1"].value == "销售表"
    assert "A1:C1" in [str(merged) for merged in sheet.merged_cells.ranges]
    assert (sheet["A3"].value, sheet["A3"].data_type) == ('=HYPERLINK("x")', "s")
    assert sheet["B4"].value == 12.5
    assert sheet["C3"].value == datetime(2026, 1, 5, tzinfo=UTC).replace(tzinfo=None)
    assert sheet["C4"].value is True
    assert (sheet["A5"].value, sheet["B5"].value) == ("0007", "#DIV/0!")
    assert sheet["C5"].value == datetime(2026, 1, 5, 8, 30, tzinfo=UTC).replace(tzinfo=None)
    assert sheet.column_dimensions["A"].width == pytest.approx(20.7, abs=0.8)


def test_bad_cells_are_coloured_and_explained_and_no_other() -> None:
    sheet = book([fault(3, "B3"), fault(4, "", "missing", column="product_code", found=""), fault(5, "", goes_with=True, document="X1")])["一月"]
    commented = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert sorted(commented) == ["A5", "B3", "B4"]
    assert "十二" in commented["B3"]
    assert "X1" in commented["A5"]
    coloured = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb not in ("00000000",)}
    assert coloured == {"A5", "B3", "B4"}


def test_a_blank_cell_can_be_marked() -> None:
    sheet = book([fault(4, "A4", "missing", found=None)], "en")["一月"]
    assert sheet["A4"].comment is not None


def test_the_list_has_every_fault_with_a_link() -> None:
    made = book([fault(3, "B3"), fault(3, "B3", "out_of_range", reason_no=2), fault(None, "", "missing", source_sheet="")], "en")
    listed = made["To correct"]
    assert listed["A1"].value == "2 cells need your correction"
    assert [listed.cell(row, 1).value for row in (6, 7, 8)].count("一月!B3") == 2
    assert listed["D7"].value == "十二"
    assert {cell.hyperlink.location for row in listed.iter_rows() for cell in row if cell.hyperlink} == {"'一月'!B3"}
    assert all(cell.data_type != "f" for row in listed.iter_rows() for cell in row)


def test_a_text_file_comes_back_as_a_workbook() -> None:
    frame = pl.DataFrame({"A": ["h", "x"], "B": ["n", "1"]})
    made = book([fault(2, "B2", source_sheet="")], "zh-Hant", (Grid("", frame=frame),))
    assert made.sheetnames == ["a", "待更正"]
    assert made["a"]["B2"].comment is not None


def test_no_faults_and_odd_sheet_names() -> None:
    made = book([], "en", (Grid("To correct"), Grid("to correct?")))
    assert len(made.sheetnames) == 3
