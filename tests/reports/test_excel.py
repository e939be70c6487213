"""The workbook: golden parts, same bytes everywhere, formulas that agree with their cached values, no injection."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.reports.model import Column, Name, Notes, Section, Table, VarianceTable
from pipelines.reports.writers import excel
from tests.reports.showcase import report

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "monthly_review.zh-Hans.xlsx"


def parts(workbook: bytes) -> dict[str, list[str]]:
    """The XML inside a workbook, one tag a line, so that a difference says which cell moved."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: re.sub(r">\s*<", ">\n<", archive.read(name).decode()).splitlines() for name in archive.namelist()}


def written(language: Language = "zh-Hans") -> bytes:
    return excel.book(report(), language)[report().file_name(language, "xlsx")]


def load(data: bytes | Path, **how: bool) -> openpyxl.Workbook:
    """openpyxl drops data bars and sparklines, and warns of it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*extension is not supported")
        return openpyxl.load_workbook(io.BytesIO(data) if isinstance(data, bytes) else data, **how)


def opened(language: Language = "zh-Hans", **how: bool) -> openpyxl.Workbook:
    return load(written(language), **how)


def test_the_golden_workbook_part_by_part() -> None:
    """Write it anew with ``UPDATE_GOLDEN=1`` after looking at it."""
    found = written()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_bytes(found)
    expected = parts(GOLDEN.read_bytes())
    assert list(parts(found)) == list(expected)
    for name, lines in parts(found).items():
        assert lines == expected[name], name


@pytest.mark.slow
def test_the_same_bytes_in_another_time_zone_and_process() -> None:
    code = (
        "import hashlib; from pipelines.reports.writers import excel, html; from tests.reports.showcase import report; r = report();"
        "print(hashlib.sha256(excel.book(r, 'en')[r.file_name('en', 'xlsx')] + html.page(r, 'en').encode()).hexdigest())"
    )
    sums = set()
    for zone, seed in (("Asia/Shanghai", "1"), ("America/Los_Angeles", "2")):
        env = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LANG": "C"}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
        sums.add(done.stdout.strip())
    assert len(sums) == 1
    assert hashlib.sha256(written("en")).hexdigest() == hashlib.sha256(written("en")).hexdigest()


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheets_links_and_print_set_up(language: Language) -> None:
    book = opened(language)
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    assert len(shown) == len(report().sections) + 3
    assert [sheet.sheet_state for sheet in book.worksheets if sheet not in shown] == ["veryHidden"]
    for sheet in shown:
        assert len(sheet.title) <= 31
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        links = [cell.hyperlink for row in sheet.iter_rows() for cell in row if cell.hyperlink]
        assert links or sheet.title in ("封面", "Cover")
        for link in links:
            target = re.match(r"'(.*)'!", link.location)
            assert target is not None
            assert target[1].replace("''", "'") in book.sheetnames
    regions = book.worksheets[1]
    assert regions.freeze_panes == "B7"
    assert regions.auto_filter.ref == "A6:I14"
    assert regions.print_title_rows == "$5:$6"


def test_live_totals_and_control_agree_with_their_cached_values() -> None:
    formulas, values = opened(), opened(data_only=True)
    regions = formulas.worksheets[1]
    assert regions["D15"].value == "=SUBTOTAL(109,$D$7:$D$14)"
    assert values.worksheets[1]["D15"].value == pytest.approx(18688.4)
    assert sum(values.worksheets[1][f"D{row}"].value for row in range(7, 15)) == pytest.approx(18688.4)
    control, cached = formulas["核对"], values["核对"]
    assert control["D7"].value == "=ROUND(SUM('计划与实际'!$D$7:$D$14)*10000,4)"
    assert cached["D7"].value == pytest.approx(186_884_000)
    assert control["G7"].value == "=ROUND(D7-F7,4)"
    assert [cached[f"I{row}"].value for row in (7, 8, 9)] == ["一致", "一致", "容差之内"]
    assert any("SUMIFS" in str(row[3].value) for row in control.iter_rows(min_row=7))


@pytest.mark.slow
def test_recalculated_by_another_program_the_figures_stay(tmp_path: Path) -> None:
    """LibreOffice recalculates on load; without it there is nothing to compare with."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    profile = tmp_path / "profile"
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item></oor:items>'
    )
    (tmp_path / "in").mkdir()
    book = tmp_path / "in" / "book.xlsx"
    book.write_bytes(written())
    command = [program, "--headless", f"-env:UserInstallation=file://{profile}", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours, theirs = opened(data_only=True), load(tmp_path / "book.xlsx", data_only=True)
    formulas = opened()
    compared = 0
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    mine, other = ours[sheet.title][cell.coordinate].value, theirs[sheet.title][cell.coordinate].value
                    assert other == (pytest.approx(mine, abs=1e-4) if isinstance(mine, float | int) else mine), f"{sheet.title}!{cell.coordinate}"
                    compared += 1
    assert compared > 100


def test_strings_from_outside_are_never_formulas() -> None:
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "http://example.com", "\t=1", "x" * 40_000]
    frame = pl.DataFrame({"label": evil, "code": evil})
    table = Table("t", frame, (Column("label", Name("=heading")), Column("code", Name("c"), "code")))
    base = dataclasses.replace(report(), sections=(Section("one", Name("=x"), Name("=1"), (table,)),), tie_outs=())
    book = load(excel.book(base, "en")["monthly_review.en.xlsx"])
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    assert book["=x"]["A7"].value == "=1+1"


def test_sections_whose_names_begin_alike_have_a_sheet_each() -> None:
    long = "A very long name of a section that goes on"
    sections = tuple(Section(f"s{i}", Name(long + str(i)), Name("x"), ()) for i in range(2))
    book = load(excel.book(dataclasses.replace(report(), sections=sections, tie_outs=()), "en")["monthly_review.en.xlsx"])
    assert {"A very long name of a section", "A very long name of a sectio 2"} <= set(book.sheetnames)


def test_a_table_beyond_a_sheet_goes_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "MOST_ROWS", 5)
    frame = pl.DataFrame({"label": ["=1"] * 6, "ac": [12_345] * 6})
    table = Table("long", frame, (Column("label", Name("l")), Column("ac", Name("a"), "money")))
    base = dataclasses.replace(report(), sections=(Section("one", Name("One"), Name("x"), (table,)),), tie_outs=())
    files = excel.book(base, "en")
    assert sorted(files) == ["monthly_review.en.xlsx", "monthly_review.long.en.csv"]
    assert files["monthly_review.long.en.csv"].decode("utf-8-sig").splitlines()[:2] == ["l,a", "'=1,1.2345"]


@pytest.mark.parametrize("plan", [True, False])
def test_a_chart_names_what_the_actual_stands_over(plan: bool) -> None:  # noqa: FBT001
    figures = {"label": ["a", "b"], "py": [3, 4], "pl": [5, 6], "ac": [7, 8], "delta_pl": [2, 2], "delta_py": [4, 4]}
    shares = {"delta_pl_share": [0.4, 0.3], "delta_py_share": [1.3, 1.0]}
    without: dict[str, None] = {} if plan else {"pl": None, "delta_pl": None, "delta_pl_share": None}
    block = VarianceTable("v", pl.DataFrame(figures | shares), meaning="count", **without)  # type: ignore[arg-type]
    base = dataclasses.replace(report(), sections=(Section("one", Name("One"), Name("x"), (block,)),), tie_outs=())
    with zipfile.ZipFile(io.BytesIO(excel.book(base, "en")["monthly_review.en.xlsx"])) as archive:
        [chart] = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/charts/chart")]
    assert re.findall(r"<c:tx><c:v>([^<]*)</c:v></c:tx>", chart)[:2] == ["Plan" if plan else "Previous year", "Actual"]
    assert ("B4B4B4" in chart) == (not plan), "last year is grey"


@pytest.mark.parametrize(("rows", "pages"), [(15, 0), (24, 1), (36, 0), (52, 2)])
def test_a_few_rows_have_no_page_of_their_own(rows: int, pages: int) -> None:
    frame = pl.DataFrame({"label": [f"row {n}" for n in range(rows)], "ac": [1] * rows})
    table = Table("long", frame, (Column("label", Name("l")), Column("ac", Name("a"), "count")))
    base = dataclasses.replace(report(), sections=(Section("one", Name("One"), Name("x"), (table,)),), tie_outs=())
    setup = load(excel.book(base, "en")["monthly_review.en.xlsx"])["One"].page_setup
    assert (1 if setup.fitToHeight is None else setup.fitToHeight) == pages, "0: as many as it takes"


@pytest.mark.parametrize(("rows", "columns", "apart"), [(5, 3, False), (20, 3, True), (5, 9, True)])
def test_a_table_that_would_spill_or_share_wide_columns_has_its_own_sheet(rows: int, columns: int, apart: bool) -> None:  # noqa: FBT001
    def made(id: str, height: int, title: Name | None) -> Table:
        frame = pl.DataFrame({f"c{n}": ["x"] * height for n in range(columns)})
        return Table(id, frame, tuple(Column(name, Name(name)) for name in frame.columns), title=title)

    section = Section("one", Name("One"), Name("x"), (made("first", 15, None), made("second", rows, Name("More"))))
    book = load(excel.book(dataclasses.replace(report(), sections=(section,), tie_outs=()), "en")["monthly_review.en.xlsx"])
    assert ("One · More" in book.sheetnames) == apart


def test_long_texts_get_several_lines_before_paper_gets_too_small() -> None:
    texts = {f"text_{n}": ["a sentence of some length that says where it stands"] for n in range(8)}
    table = Table("wide", pl.DataFrame(texts), tuple(Column(name, Name(name)) for name in texts))
    narrow = Table("narrow", pl.DataFrame(texts).select("text_0"), (Column("text_0", Name("text_0")),))
    sections = tuple(Section(f"section_{one.id}", Name(one.id), Name("x"), (one,)) for one in (table, narrow))
    book = load(excel.book(dataclasses.replace(report(), sections=sections, tie_outs=()), "en")["monthly_review.en.xlsx"])
    width = {name: book[name].column_dimensions["A"].width for name in ("wide", "narrow")}
    assert book["wide"].column_dimensions["A"].max == len(texts), "all columns alike"
    assert width["wide"] * len(texts) < 260
    assert width["narrow"] > 1.5 * width["wide"]
    row = next(row for row in book["wide"].iter_rows() if str(row[0].value).startswith("a sentence"))
    assert row[0].alignment.wrap_text
    assert book["wide"].row_dimensions[row[0].row].height > 25


def test_the_cover_is_one_page_and_a_sheet_as_wide_as_what_is_on_it() -> None:
    book = opened()
    cover, regions = book["封面"], book.worksheets[1]
    assert (cover.page_setup.fitToWidth or 1, cover.page_setup.fitToHeight or 1) == (1, 1)
    area = regions.print_area.split("!")[-1].replace("$", "")
    assert area.startswith("A1:")
    assert openpyxl.utils.cell.range_boundaries(area)[2] < 30, "helper columns are not printed"


def test_a_wide_table_of_detail_below_another_gets_a_sheet_of_its_own() -> None:
    columns = tuple(Column(f"c{at}", Name(f"c{at}")) for at in range(9))
    frame = pl.DataFrame({f"c{at}": ["x"] for at in range(9)})
    blocks = (
        Table("short", frame, columns[:2]),
        Table("narrow", frame, columns[:3], title=Name("Narrow"), detail=True),
        Table("wide", frame, columns, title=Name("Every line of the whole long table"), detail=True),
    )
    base = dataclasses.replace(report(), sections=(Section("one", Name("One"), Name("x"), blocks),), tie_outs=())
    book = load(excel.book(base, "en")["monthly_review.en.xlsx"])
    assert book.sheetnames[:3] == ["Cover", "One", "Every line of the whole long"]
    assert book.worksheets[2]["A1"].value == "One · Every line of the whole long table"


def test_long_texts_get_lines_and_rows_their_height() -> None:
    text = "a sentence that goes on and on " * 8
    frame = pl.DataFrame({"label": ["short", text]})
    block = Notes((Name(text * 2),))
    table = Table("t", frame, (Column("label", Name("Label")),))
    base = dataclasses.replace(report(), sections=(Section("one", Name("One"), Name("x"), (table, block)),), tie_outs=())
    sheet = load(excel.book(base, "en")["monthly_review.en.xlsx"])["One"]
    assert sheet["A8"].alignment.wrap_text
    assert sheet.row_dimensions[8].height > 60
    assert sheet.row_dimensions[7].height == 18
    assert any(str(area).startswith("A10:") for area in sheet.merged_cells.ranges)


def test_labels_of_columns_stand_above_the_higher_one() -> None:
    chart = opened().worksheets[1]._charts[0]
    plan, actual = chart.series
    (unseen,) = chart._charts[1].series
    heights = [point.v for point in unseen.val.numRef.numCache.pt]
    both = zip(*([point.v for point in one.val.numRef.numCache.pt] for one in (plan, actual)), strict=True)
    assert heights == [max(pair) for pair in both]
    assert [entry.idx for entry in chart.legend.legendEntry if entry.delete] == [2]


def test_a_tall_table_below_another_gets_its_own_sheet_and_long_details_print_in_part() -> None:
    rows = pl.DataFrame({"name": [f"n{i}" for i in range(300)], "amount": [10_000] * 300})
    columns = (Column("name", Name("Name")), Column("amount", Name("Amount"), "money"))
    blocks = (
        Notes((Name("said first"),)),
        Table("short", rows.head(3), columns),
        Table("tall", rows.head(30), columns, title=Name("Tall")),
        Table("long", rows, columns, title=Name("Long"), detail=True, printed=40),
        Table("again", rows, columns, title=Name("Long"), detail=True),
    )
    one = dataclasses.replace(report(), sections=(Section("s", Name("Part"), Name("Head"), blocks),), tie_outs=())
    book = load(excel.book(one, "en")[one.file_name("en", "xlsx")])
    assert book.sheetnames[1:5] == ["Part", "Part · Tall", "Part · Long", "Part · Long 2"]
    assert book["Part"].print_title_rows is not None
    assert book["Part · Long"].max_row > 300
    assert book["Part · Long"].print_area.rpartition("$")[2] == "46"
    assert "on paper the first 40 of 300 rows" in str(book["Part · Long"]["A2"].value)


@pytest.mark.parametrize(("roles", "formula"), [
    (["", "subtotal", "", "total"], "=SUMIFS($B$7:$B$9,$C$7:$C$9,1)"),
    (["total", "", "subtotal", ""], "=SUMIFS($B$8:$B$10,$C$8:$C$10,1)"),
    (["", "total", "subtotal", ""], "=SUMIFS($B$7,$C$7,1)+SUMIFS($B$9:$B$10,$C$9:$C$10,1)"),
])  # fmt: skip
def test_a_total_never_adds_itself(roles: list[str], formula: str) -> None:
    """A spreadsheet would warn of a formula that refers to itself, and give nothing."""
    amounts = [10_000 if role == "" else 20_000 for role in roles]
    frame = pl.DataFrame({"name": ["n"] * 4, "amount": amounts, "role": roles})
    table = Table("t", frame, (Column("name", Name("Name")), Column("amount", Name("Amount"), "money")), role="role")
    one = dataclasses.replace(report(), sections=(Section("s", Name("Part"), Name("Head"), (table,)),), tie_outs=())
    sheet = load(excel.book(one, "en")[one.file_name("en", "xlsx")])["Part"]
    assert sheet[f"B{7 + roles.index('total')}"].value == formula
