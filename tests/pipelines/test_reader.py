"""Whatever is delivered ends as cells with their types, or as a sentence; nothing ends the run."""

from __future__ import annotations

import codecs
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from pipelines.errors import UnreadableFile
from pipelines.sources import reader
from pipelines.sources.reader import Cell, Grid, Limits, Merge, Workbook, read, read_many
from tests.conftest import missing

FIXTURES = Path(__file__).parents[3] / "shared" / "real" / "excel_fixtures"


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    reader.close()


def workbook(path: Path, write: Callable[[Any, Any], object], **options: Any) -> Path:
    book = xlsxwriter.Workbook(str(path), options)
    write(book, book.add_worksheet("数据"))
    book.close()
    return path


def text(value: str) -> Cell:
    return Cell("text", value)


# --- Workbooks ---


def kinds(book: Any, sheet: Any) -> None:
    day, clock = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "hh:mm:ss"})
    for row, value in enumerate(("007", " x ", "2026-01-05 00:00:00", "true", "")):
        sheet.write_string(row, 0, value)
    for row, value in enumerate((12, 12.0, 0.1, 1234567.89, -0.0, 1e-7, 1e22, 0.1 + 0.2, 12345678901234567890)):
        sheet.write_number(row, 1, value)
    sheet.write_datetime(0, 2, date(2026, 1, 5), day)
    sheet.write_datetime(1, 2, datetime(2026, 1, 5, 13, 30, 15), day)  # noqa: DTZ001  cells have no zone
    sheet.write_datetime(2, 2, time(3, 4, 5), clock)
    sheet.write_boolean(0, 3, True)
    sheet.write_boolean(1, 3, False)
    for row, name in enumerate(("#DIV/0!", "#N/A", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!")):
        sheet.write_formula(row, 4, "=1/0", None, name)
    sheet.write_formula(0, 5, "=1+1", None, 2)


EXPECTED = [
    [text("007"), text(" x "), text("2026-01-05 00:00:00"), text("true")],
    [Cell("number", n) for n in ("12", "12", "0.1", "1234567.89", "0", "0.0000001", "10000000000000000000000", "0.3", "12345678901234570000")],
    [Cell("date", "2026-01-05"), Cell("date", "2026-01-05T13:30:15"), Cell("date", "03:04:05")],
    [Cell("bool", "true"), Cell("bool", "false")],
    [Cell("error", name) for name in ("#DIV/0!", "#N/A", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!")],
    [Cell("number", "2")],
]


def column(grid: Grid, index: int) -> list[Cell]:
    return [cell for row in grid.rows() if index < len(row) and (cell := row[index]) is not None]


def test_each_cell_keeps_its_own_type_and_exact_text(tmp_path: Path) -> None:
    (grid,) = read(workbook(tmp_path / "kinds.xlsx", kinds)).sheets

    assert grid.name == "数据"
    assert [column(grid, index) for index in range(6)] == EXPECTED


def test_a_large_sheet_says_the_same_as_a_small_one(tmp_path: Path) -> None:
    def large(book: Any, sheet: Any) -> None:
        kinds(book, sheet)
        for row in range(reader.SMALL // 3):
            sheet.write_row(row, 8, ("A", row, row / 8))
        sheet.write_formula(9000, 8, "=1/0", None, "#N/A")

    (grid,) = read(workbook(tmp_path / "large.xlsx", large)).sheets

    assert grid.frame is not None
    assert grid.kinds is not None
    assert not grid.cells
    assert (grid.frame.height, grid.frame.columns[:2]) == (reader.SMALL // 3, ["A", "B"])
    assert [column(grid, index) for index in range(6)] == EXPECTED
    assert grid.cell(9000, 8) == Cell("error", "#N/A")
    assert grid.cell(9001, 10) == Cell("number", "1125.125")
    assert grid.cell(99_999, 0) is None


def test_the_grid_begins_at_a1_and_ends_with_the_last_value(tmp_path: Path) -> None:
    def write(book: Any, sheet: Any) -> None:
        sheet.write(3, 2, "x")
        sheet.write_blank(30, 9, None, book.add_format({"bold": True}))
        sheet.merge_range(1, 0, 1, 2, "title")
        sheet.merge_range("D3:D4", "down")
        sheet.set_column(1, 2, 33)
        hidden = book.add_worksheet("hidden")
        hidden.hide()
        hidden.write(0, 0, 1)
        book.add_worksheet("empty")

    grid, hidden, empty = read(workbook(tmp_path / "a.xlsx", write)).sheets

    assert grid.cells == ((), (text("title"),), (None, None, None, text("down")), (None, None, text("x")))
    assert grid.merges == (Merge(1, 0, 1, 2), Merge(2, 3, 3, 3))
    assert {index: round(width) for index, width in grid.widths.items()} == {1: 34, 2: 34}
    assert (grid.visible, hidden.visible) == (True, False)
    assert (empty.cells, empty.height, empty.width) == ((), 0, 0)


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    made = workbook(tmp_path / "a.xlsx", lambda _, sheet: sheet.write(0, 0, "x"))
    bare = tmp_path / "0123456789abcdef"
    bare.write_bytes(made.read_bytes())
    old = made.rename(tmp_path / "export.xls")

    assert read(bare, name="dealers/a.xlsx") == read(old)


@pytest.mark.parametrize("name", ["date.xls", "date.xlsb", "date.xlsx", "date_1904.xlsx", "date_1904.xls"])
def test_dates_of_every_format(name: str) -> None:
    _need_fixtures()
    cells = read(FIXTURES / "calamine" / name).sheets[0].cells

    assert [row[0] for row in cells[:2]] == [Cell("date", "2021-01-01"), Cell("date", "2021-01-02")]
    assert cells[0][1] == Cell("number", "15")


def test_opendocument_dates_and_lengths_of_time() -> None:
    _need_fixtures()
    cells = read(FIXTURES / "calamine" / "date.ods").sheets[0].cells

    assert [row[0] for row in cells[:3]] == [
        Cell("date", "2021-01-01"),
        Cell("date", "2021-01-01T10:10:10"),
        Cell("date", "PT10H10M10S"),
    ]


# --- What kills or stalls the reader ---


def test_a_file_that_kills_the_child_rejects_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = workbook(tmp_path / "good.xlsx", lambda _, sheet: sheet.write(0, 0, "x"))
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(good.read_bytes())
    worker = reader._worker(Limits())
    ask = worker._ask

    def kill_on_bad(path: Path, name: str, then: Path | None, *, alone: bool) -> Workbook:
        if path == bad:
            if worker._child is None:
                worker._child = worker._start()
            worker._child.kill()
            worker._child.wait()
        return ask(path, name, then, alone=alone)

    monkeypatch.setattr(worker, "_ask", kill_on_bad)
    results = [result for _, result in read_many([good, bad, good])]

    assert [type(result) for result in results] == [Workbook, UnreadableFile, Workbook]
    assert "damaged" in str(results[1])


@pytest.mark.parametrize("order", ["abc", "aab", "acb", "bca"])
def test_a_file_opened_ahead_does_not_pass_for_another(tmp_path: Path, order: str) -> None:
    files = {name: workbook(tmp_path / f"{name}.xlsx", lambda _, sheet, name=name: sheet.write(0, 0, name)) for name in "abc"}
    for name in order:
        assert read(files[name], then=files["b"]).sheets[0].cells == ((text(name),),)
    (tmp_path / "b.xlsx").write_bytes(files["a"].read_bytes()[:700])
    assert read(files["a"], then=files["b"]).sheets[0].cells == ((text("a"),),)
    with pytest.raises(UnreadableFile, match="cut off"):
        read(files["b"], then=files["a"])
    assert read(files["a"]).sheets[0].cells == ((text("a"),),)


def test_an_interrupted_answer_does_not_pass_for_the_next_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "first")
        book.add_worksheet("second").write(0, 0, "second")

    first = workbook(tmp_path / "first.xlsx", two)
    other = workbook(tmp_path / "other.xlsx", lambda _, sheet: sheet.write(0, 0, "other"))

    def interrupted(*_: object) -> Grid:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reader, "_grid", interrupted)
        with pytest.raises(KeyboardInterrupt):
            read(first)

    assert [grid.cells for grid in read(other).sheets] == [((text("other"),),)]


def test_memory_and_time_are_limited(tmp_path: Path) -> None:
    wide = workbook(tmp_path / "wide.xlsx", lambda _, sheet: (sheet.write(0, 0, 1), sheet.write(1_048_575, 16_383, 1)))

    with pytest.raises(UnreadableFile, match=r"wide\.xlsx: .*(memory|limit of)"):
        read(wide)
    with pytest.raises(UnreadableFile, match="more than 0.001 seconds"):
        read(wide, limits=Limits(seconds=0.001, seconds_per_megabyte=0))
    many = workbook(tmp_path / "many.xlsx", lambda _, sheet: (sheet.write(0, 0, 1), sheet.write(99, 99, 1)))
    with pytest.raises(UnreadableFile, match="100 rows × 100 columns, above the limit of 5,000 cells"):
        read(many, limits=Limits(cells=5_000))


def test_a_bomb_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    made = workbook(tmp_path / "a.xlsx", lambda _, sheet: sheet.write(0, 0, 1))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("xl/media/x.bin", b"")
    content = bytearray(made.read_bytes())
    at = content.rfind(b"PK\x01\x02")  # the last entry of the directory claims 4 GiB
    content[at + 24 : at + 28] = b"\xfe\xff\xff\xff"
    made.write_bytes(bytes(content))

    with pytest.raises(UnreadableFile, match="unpacks to 4.0 GiB"):
        read(made)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", r"the file is empty \(0 bytes\)"),
        ("a.csv", b"\r\n,,\r\n", "no content but blanks"),
        ("a.csv", b"a,b\n1,\x002\n", "null bytes"),
        ("a.csv", b"a,b\n\xff\xff\xff,1\n", "neither UTF-8, UTF-16 nor GB18030"),
        ("a.csv", b'a,b\n1,"2\n3,4\n', "quotation mark opened on or before line 2 is never closed"),
        ("a.xlsx", b"a,b\n1,2\n", "the name says workbook, but the content is none"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "a web page under another name"),
        ("a.xls", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML Spreadsheet 2003"),
        ("a.csv", b"%PDF-1.4", "a PDF document"),
        ("a.xlsx", b"PK\x03\x04 cut off", "cut off: its end is missing"),
        ("a.xlsx", codecs.BOM_UTF8 + b"a", "the name says workbook"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=rf"^dealers/{name}: .*({says})"):
        read(path, name=f"dealers/{name}")


def test_a_truncated_and_an_encrypted_workbook_are_said(tmp_path: Path) -> None:
    made = workbook(tmp_path / "a.xlsx", kinds)
    made.write_bytes(made.read_bytes()[:-400])
    with pytest.raises(UnreadableFile, match="cut off"):
        read(made)
    _need_fixtures()
    for suffix in ("xlsx", "xlsb", "ods"):
        with pytest.raises(UnreadableFile, match="protected with a password"):
            read(FIXTURES / "calamine" / f"pass_protected.{suffix}")


# --- Text files ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(_table(separator).encode(encoding))

    book = read(path)

    assert book.separator == separator
    assert book.sheets[0].cells == (
        (text("销售明细表"),),
        (text("编码"), text("名称"), text("金额")),
        (text("0012"), text("大丰, 农资; 店"), text("1.5")),
        (text("0013"), None, text("2")),
    )


def _table(separator: str) -> str:
    rows = (("销售明细表",), ("编码", "名称", "金额"), ("0012", '"大丰, 农资; 店"', "1.5"), ("0013", "", "2"))
    return "".join(separator.join(row) + "\r\n" for row in rows)


def test_decimal_commas_do_not_pass_for_separators(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code;amount;tax\nA;1,5;0,1\nB;2,5;0,2\n")

    assert read(path).separator == ";"


@pytest.mark.parametrize("lines", [3, 60_000])
def test_short_long_and_quoted_rows_are_kept(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text('title\n\na,b,c\n"x\ny",""\n' + "1,2,3\n" * lines + '1,2,3,4\n"say ""hi""",12" pipe,\n', newline="")

    grid = read(path).sheets[0]

    assert (grid.frame is not None) == (lines > 3)
    assert grid.height == lines + 6
    shown = [[cell.text if cell else None for cell in row] for row in (*grid.rows(0, 5), *grid.rows(lines + 4))]
    trimmed = [[value for value in row if value is not None] for row in shown]
    assert trimmed == [["title"], [], ["a", "b", "c"], ["x\ny"], ["1", "2", "3"], ["1", "2", "3", "4"], ['say "hi"', '12" pipe']]
    assert grid.table().height == grid.height


def test_a_large_text_is_a_frame_of_strings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(("编码,金额\n" + "".join(f"{i:07},{i / 4}\n" for i in range(100_000))).encode("gb18030"))

    grid = read(path).sheets[0]

    assert grid.frame is not None
    assert grid.frame.row(0) == ("编码", "金额")
    assert grid.frame.row(100_000) == ("0099999", "24999.75")
    assert set(grid.frame.dtypes) == {pl.String}


def test_a_named_encoding_is_taken_and_a_wrong_one_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Käufer;1\n".encode("cp1252"))

    assert read(path, encoding="cp1252").sheets[0].cell(0, 0) == text("Käufer")
    with pytest.raises(UnreadableFile, match="the text is not utf-8"):
        read(path, encoding="utf-8")
    with pytest.raises(UnreadableFile, match="not an encoding"):
        read(path, encoding="klingon")


# --- Real ones ---


def _need_fixtures() -> None:
    if not FIXTURES.is_dir():
        missing(f"no fixtures at {FIXTURES}")


ALL = """
import json, resource, sys
from pathlib import Path
from pipelines.sources import reader
def peak():
    # What a process has used at most; getrusage counts what its parent used before it became this program.
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
found = []
for path, result in reader.read_many(sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())):
    good = isinstance(result, reader.Workbook)
    found.append([str(path), good, "" if good else str(result), sum(1 for grid in result.sheets for _ in grid.rows()) if good else 0])
reader.close()
print(json.dumps({"found": found, "peak": peak()}))
"""


@pytest.mark.real
def test_every_real_file_ends_as_rows_or_as_a_reason() -> None:
    import json

    _need_fixtures()
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", ALL, str(FIXTURES)], cwd=Path(__file__).parents[2], capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr.decode()
    result = json.loads(ended.stdout)

    assert len(result["found"]) == sum(1 for path in FIXTURES.rglob("*") if path.is_file())
    assert result["peak"] < 1 << 30
    for path, good, reason, _ in result["found"]:
        assert good or (len(reason) > len(Path(path).name) + 20 and reason.startswith(Path(path).name)), path
    assert sum(good for _, good, _, _ in result["found"]) > 250
