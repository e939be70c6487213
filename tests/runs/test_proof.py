"""Every published file proves itself against its home, also after another program saved it; who rewrites its digests is found out."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assets import command
from pipelines.proof import page
from pipelines.proof.cells import Book
from pipelines.proof.proving import prove
from pipelines.proof.seal import read_seal
from pipelines.proof.workbook import open_workbook
from pipelines.sources.reader import letter
from tests.conftest import missing
from tests.proof import edits
from tests.proof.test_touched import forged
from tests.runs.conftest import Closed

pytestmark = pytest.mark.slow

SHEET = "Lines, month"
_RECALCULATE = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode"><value>0</value></prop></item></oor:items>'
)


def published(closed: Closed, suffix: str) -> list[Path]:
    """The files of reports; pages that explain figures carry no seal, the manifest has their check sums."""
    return sorted((closed.home / "shelf" / "2026-10").glob(f"R*/*/*.{suffix}"))


def one(closed: Closed, name: str) -> Path:
    (found,) = (path for path in published(closed, name.rpartition(".")[2]) if path.name == name)
    return found


@pytest.fixture(scope="module")
def saved(tiny_closed: Closed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the company's English workbooks as LibreOffice saves them, every formula calculated again."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice is not installed")
        raise AssertionError
    folder = tmp_path_factory.mktemp("saved")
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_RECALCULATE)
    order = [program, "--headless", f"-env:UserInstallation=file://{folder / 'profile'}", "--convert-to", "xlsx", "--outdir", str(folder)]
    subprocess.run([*order, *map(str, published(tiny_closed, "en.xlsx"))], check=True, capture_output=True, timeout=300)
    return folder


def results(book: Book) -> dict[str, str]:
    """What every formula gave."""
    return {
        f"{leaf.name}!{letter(at)}{row}": cell.value
        for leaf in book.leaves for row, cells in leaf.rows.items() for at, cell in cells.items() if cell.formula
    }  # fmt: skip


def test_every_published_file_is_what_its_home_says(demo_closed: Closed) -> None:
    files = [*published(demo_closed, "xlsx"), *published(demo_closed, "html")]
    assert len(files) > 40
    for path in files:
        found = prove(path, demo_closed.home)
        assert (found.touched, found.problems) == ([], []), path
        assert found.origin[0].startswith("It is publication 1 of 2026-10, R")
        assert found.origin[-1] == "Nobody has signed publication 1."


def test_every_workbook_names_the_files_that_it_was_made_from(tiny_closed: Closed) -> None:
    """File, sender, moment of arrival in the company's time, and check sum, as the ledger has them."""
    landed = {file: (sha256, sender) for file, sha256, sender in tiny_closed.rows("select source_file, source_sha256, sender from mart_files")}
    for path in published(tiny_closed, "en.xlsx"):
        (sheet,) = (leaf for leaf in open_workbook(path).book.leaves if leaf.name == "Sources")
        rows = [{at: cell.value[1:] for at, cell in cells.items()} for row, cells in sorted(sheet.rows.items()) if row > 5]
        assert rows, path.name
        for row in rows:
            assert (row[5], row[2]) == landed[row[0]], path.name
            assert row[3] == "2026-11-02 09:00", path.name


def test_calculated_again_and_saved_by_another_program_it_still_proves_itself(tiny_closed: Closed, saved: Path) -> None:
    books = published(tiny_closed, "en.xlsx")
    compared = 0
    for path in books:
        found = prove(saved / path.name, tiny_closed.home)
        assert (found.touched, found.problems) == ([], []), path.name
        ours = results(open_workbook(path).book)
        assert results(open_workbook(saved / path.name).book) == ours, path.name
        compared += len(ours)
    assert (len(books) >= 12, compared > 200) == (True, True)


@pytest.mark.parametrize(
    ("place", "edit", "told"),
    [
        ("B7", edits.cell("B7", edits.number("8.5")), "its value was changed; it is 8.5 now; published was 9"),
        ("A8", edits.cell("A8", *edits.words("Bottles")), "its value was changed; it is 'Bottles' now; published was 'Liquids'"),
        (
            "C9",
            edits.cell("C9", "<f>SUBTOTAL(109,$C$7:$C$7)</f><v>6</v>"),
            "its formula was changed; it is =SUBTOTAL(109,$C$7:$C$7) with the result 6 now; published was =SUBTOTAL(109,$C$7:$C$8) with the result 9.025",
        ),
        (
            "C9",
            edits.cell("C9", "<f>SUBTOTAL(109,$C$7:$C$8)</f><v>9.5</v>"),
            "the stored result of its formula was changed; it is =SUBTOTAL(109,$C$7:$C$8) with the result 9.5 now; "
            "published was =SUBTOTAL(109,$C$7:$C$8) with the result 9.025",
        ),
    ],
    ids=["number", "text", "formula", "result"],
)
def test_what_was_changed_before_it_was_saved_again_is_named(
    tiny_closed: Closed, saved: Path, tmp_path: Path, place: str, edit: edits.Edit, told: str
) -> None:
    path = tmp_path / "sales_monthly.en.xlsx"
    book = (saved / path.name).read_bytes()
    path.write_bytes(edits.edited(book, edits.part_of(book, SHEET), edit))
    (touch,) = prove(path, tiny_closed.home).touched
    assert touch.sentence == f"{SHEET}!{place}: {told}."


def rewritten(page_: str) -> str:
    """The page with its seal rewritten to what it says now."""
    bare, lines = page.split(page_)
    assert lines is not None
    return page.sealed(bare, read_seal(lines).identity)[0]


@pytest.mark.parametrize("suffix", ["xlsx", "html"])
def test_rewritten_digests_are_found_with_the_home_or_the_manifest(
    tiny_closed: Closed, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    original = one(tiny_closed, f"sales_monthly.en.{suffix}")
    path = tmp_path / original.name
    if suffix == "xlsx":
        book = original.read_bytes()
        path.write_bytes(forged(edits.edited(book, edits.part_of(book, "Products"), edits.cell("A10", *edits.words("Jar"))), tmp_path))
        told = "Products!A10: its value was changed; it is 'Jar' now; published was 'Bottle'.\n"
    else:
        text = original.read_text("utf-8")
        assert text.count(">Bottle</th>") == 1
        path.write_text(rewritten(text.replace(">Bottle</th>", ">Jar</th>")), "utf-8", newline="")
        told = "it says 'Jar' now; published was 'Bottle'.\n"
    home, manifest = tiny_closed.home, tiny_closed.home / "manifests" / "2026-10" / "0001.json"

    assert command.main(["verify", str(path)]) == 0, "by itself it is consistent"
    assert "proves only that the file agrees with itself" in capsys.readouterr().out
    assert command.main(["verify", str(path), "--manifest", str(manifest)]) == 1
    assert "somebody rewrote them together with what they say" in capsys.readouterr().err
    assert command.main(["verify", str(path), "--home", str(home)]) == 1
    said = capsys.readouterr()
    assert "somebody rewrote them together with what they say" in said.err
    assert told in said.err
    assert "Do not rely on this file" in said.out
    for known in (["--home", str(home)], ["--manifest", str(manifest)]):
        assert command.main(["verify", str(original), *known]) == 0
        assert "Untouched" in capsys.readouterr().out
