"""One thing in a workbook is touched, and exactly that is named; whoever rewrites the digests too is found out by the sums or the home."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts.model import Language
from pipelines.proof.cells import Book, seal_of
from pipelines.proof.formulas import recomputed
from pipelines.proof.proving import Proven, prove
from pipelines.proof.seal import read_seal
from pipelines.proof.workbook import open_workbook
from pipelines.reports.writers import excel
from pipelines.sources.reader import letter
from tests.proof import edits
from tests.reports.showcase import report

LANGUAGE: Language = "en"


@cache
def published() -> bytes:
    return excel.book(report(), LANGUAGE)[report().file_name(LANGUAGE, "xlsx")]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Book:
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    path.write_bytes(published())
    return open_workbook(path).book


def proven(book: bytes, tmp_path: Path) -> Proven:
    path = tmp_path / "book.xlsx"
    path.write_bytes(book)
    return prove(path)


def places(found: Proven) -> list[tuple[str, str]]:
    return [(touch.place, touch.what) for touch in found.touched]


def main_sheet() -> str:
    return edits.part_of(published(), "Plan and actual")


def test_an_untouched_workbook_proves_itself_and_says_what_that_means(tmp_path: Path) -> None:
    found = proven(published(), tmp_path)
    assert found.is_proven
    assert "11 sheets" in found.notes[0]
    assert "rewrote its cells and its digests" in found.notes[-1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pick=st.integers(0, 10**6), how=st.sampled_from(["number", "text", "emptied", "formula"]), amount=st.integers(-(10**9), 10**9),
    words=st.text("abc 一二<&", max_size=8),
)  # fmt: skip
def test_a_random_cell_of_a_random_sheet_is_named_exactly(
    tmp_path: Path, original: Book, pick: int, how: str, amount: int, words: str
) -> None:
    cells = [(leaf.name, row, at, cell) for leaf in original.leaves for row, line in sorted(leaf.rows.items()) for at, cell in sorted(line.items())]
    sheet, row, at, was = cells[pick % len(cells)]
    if how == "formula" and was.formula:
        how = "result"
    place = f"{letter(at)}{row}"
    edit = {
        "number": edits.cell(place, edits.number(amount)), "text": edits.cell(place, *edits.words(f"x{words}x")), "emptied": edits.cell(place, ""),
        "formula": edits.cell(place, f"<f>1+1</f>{edits.number(amount)}"),
        "result": edits.cell(place, f"<f>{escape(was.formula)}</f>{edits.number(amount)}"),
    }[how]  # fmt: skip
    if was.value in (f"n{amount}", f"tx{words}x"):
        return
    found = proven(edits.edited(published(), edits.part_of(published(), sheet), edit), tmp_path)
    expected = {"number": "formula" if was.formula else "value", "text": "formula" if was.formula else "value"}.get(how, how)
    assert places(found) == [(f"{sheet}!{place}", expected)]
    assert not found.is_proven


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (edits.cell("Z9", edits.number(5)), ("Plan and actual!Z9", "filled")),
        (edits.cell("D15", "<f>SUBTOTAL(109,$D$7:$D$13)</f><v>18688.4</v>"), ("Plan and actual!D15", "formula")),
        (lambda xml: re.sub(r'(<c r="D8" s=")\d+', r"\g<1>0", xml), ("Plan and actual!D8", "format")),
        (lambda xml: re.sub(r'<row r="9"', '<row r="9" hidden="1"', xml), ("Plan and actual!9", "row hidden")),
        (lambda xml: xml.replace("&amp;C&amp;8 Page", "&amp;C&amp;8 Sheet"), ("Plan and actual", "printed")),
        (lambda xml: re.sub(r'<row r="10".*?</row>', "", xml), ("Plan and actual!A10", "emptied")),
    ],
)  # fmt: skip
def test_other_things_on_a_sheet(tmp_path: Path, edit: edits.Edit, expected: tuple[str, str]) -> None:
    assert expected in places(proven(edits.edited(published(), main_sheet(), edit), tmp_path))


def test_rows_below_one_that_was_put_in_are_not_called_touched(tmp_path: Path) -> None:
    def put_in(xml: str) -> str:
        def down(found: re.Match[str]) -> str:
            row = int(found[2])
            return f"{found[1]}{row + (row >= 10)}{found[3]}"

        xml = re.sub(r'(<row r=")(\d+)(")', down, xml)
        xml = re.sub(r'(<c r="[A-Z]+)(\d+)(")', down, xml)
        return xml.replace('<row r="11"', '<row r="10"><c r="A10" t="inlineStr"><is><t>Ghost</t></is></c><c r="D10"><v>5</v></c></row><row r="11"', 1)

    found = proven(edits.edited(published(), main_sheet(), put_in), tmp_path)
    assert places(found) == [("Plan and actual!10", "row added")]
    assert "'Ghost', 5" in found.touched[0].sentence
    assert any(problem.startswith("Plan and actual!D16: its formula gives") for problem in found.problems), "the total does not hold any more"


def test_sheets_names_and_charts(tmp_path: Path) -> None:
    main = "xl/workbook.xml"
    hidden = edits.edited(published(), main, lambda xml: re.sub(r'(<sheet name="[^"]*" sheetId="3")', r'\1 state="hidden"', xml))
    assert [what for _, what in places(proven(hidden, tmp_path))] == ["sheet hidden"]
    shown = edits.edited(published(), main, lambda xml: xml.replace(' state="veryHidden"', ""))
    assert ("_proof", "sheet shown") in places(proven(shown, tmp_path))
    renamed = edits.edited(published(), main, lambda xml: xml.replace('name="Sources"', 'name="Files"'))
    assert places(proven(renamed, tmp_path)) == [("Files", "sheet renamed")]
    named = edits.edited(published(), main, lambda xml: re.sub(r'(<definedName name="d_regions_table_pl">[^<]*)14<', r"\g<1>13<", xml))
    assert places(proven(named, tmp_path)) == [("d_regions_table_pl", "name changed")]
    without = edits.edited(published(), main, lambda xml: re.sub(r'<sheet name="_proof"[^>]*/>', "", xml))
    found = proven(without, tmp_path)
    assert "is missing" in found.problems[0]
    chart = edits.edited(published(), "xl/charts/chart1.xml", lambda xml: re.sub(r"<a:t>48,205</a:t>", "<a:t>58,205</a:t>", xml))
    found = proven(chart, tmp_path)
    assert [what for _, what in places(found)] == ["chart texts"]
    assert "58,205 where it said 48,205" in found.touched[0].sentence
    drawn = edits.edited(published(), "xl/charts/chart1.xml", lambda xml: re.sub(r"<c:v>48205</c:v>", "<c:v>58205</c:v>", xml))
    assert any("it draws 58205 for Plan and actual!D7, where 48205 stands" in one for one in proven(drawn, tmp_path).problems)


def test_a_sheet_that_is_gone(tmp_path: Path) -> None:
    """As a spreadsheet removes it: the sheet, and what refers to it stays broken."""
    gone = edits.edited(published(), "xl/workbook.xml", lambda xml: re.sub(r'<sheet name="Plan and actual"[^>]*/>', "", xml))
    found = proven(gone, tmp_path)
    assert ("Plan and actual", "sheet removed") in places(found)
    assert any("no report of ours" in problem for problem in found.problems), "Control refers to a sheet that is not there"


def forged(book: bytes, tmp_path: Path) -> bytes:
    """The workbook with digests rewritten to what its cells say now, as somebody would who has read this program."""
    path = tmp_path / "forged.xlsx"
    path.write_bytes(book)
    opened = open_workbook(path)
    assert opened.seal is not None
    lines = seal_of(opened.book, read_seal(opened.seal).identity).written()
    cells = "".join(f'<row r="{at}"><c r="A{at}"{kind}>{inside}</c></row>' for at, line in enumerate(lines, 1) for inside, kind in [edits.words(line)])
    data = f"<sheetData>{cells}</sheetData>"
    return edits.edited(book, edits.part_of(book, "_proof"), lambda xml: re.sub(r"<sheetData>.*</sheetData>", lambda _: data, xml, flags=re.DOTALL))


def test_digests_that_were_rewritten_do_not_help_where_sums_are(tmp_path: Path) -> None:
    book = forged(edits.edited(published(), main_sheet(), edits.cell("D8", edits.number("50000"))), tmp_path)
    found = proven(book, tmp_path)
    assert found.touched == []
    assert any(problem.startswith("Control!D7: its formula gives 197782000 from the cells of this file, but 186884000 stands there") for problem in found.problems)


def test_results_that_were_rewritten_too_break_the_tie_out(tmp_path: Path, original: Book) -> None:
    """Detail, total and Control's sums say the same wrong figure, and the result still says that it ties."""
    control = next(leaf for leaf in original.leaves if leaf.name == "Control")
    row = next(row for row, cells in control.rows.items() if cells.get(3) and cells[3].formula.startswith("ROUND(SUM('Plan and actual'!$D"))
    book = edits.edited(published(), main_sheet(), edits.cell("D8", edits.number("50000")))
    for sheet, place, inside in (
        (main_sheet(), "D15", "<f>SUBTOTAL(109,$D$7:$D$14)</f><v>197782</v>"),
        (edits.part_of(published(), "Control"), f"D{row}", f"<f>{control.rows[row][3].formula}</f><v>197782000</v>"),
        (edits.part_of(published(), "Control"), f"G{row}", f"<f>{control.rows[row][6].formula}</f><v>10898000</v>"),
    ):
        book = edits.edited(book, sheet, edits.cell(place, inside))
    words = control.rows[row][8].formula.replace("<", "&lt;")
    honest = edits.edited(book, edits.part_of(published(), "Control"), edits.cell(f"I{row}", f"<f>{words}</f><v>Does not tie</v>", ' t="str"'))
    assert any(f"Control!I{row}: its formula gives Does not tie" in one for one in proven(forged(book, tmp_path), tmp_path).problems)
    assert any(f"Control!I{row}: the tie-out" in one and "does not hold" in one for one in proven(forged(honest, tmp_path), tmp_path).problems)


def test_digests_that_were_touched_themselves(tmp_path: Path) -> None:
    edit = edits.edited(published(), "xl/sharedStrings.xml", lambda xml: re.sub(r"<t>row 1 7 \w", "<t>row 1 7 x", xml))
    assert "was altered: its lines do not give the digest in the last one" in proven(edit, tmp_path).problems[0]


def test_every_formula_that_we_write_is_computed_again(original: Book) -> None:
    found = recomputed(original)
    assert (found.wrong, found.unknown, found.formulas > 100) == ((), (), True)
