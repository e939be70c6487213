"""Statements of account go out, come back filled in, and what differs is followed until a document settles it: the whole loop."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook
from openpyxl.styles import Protection

from assets.statements import statements
from pipelines.company.company import load_company
from pipelines.contracts import CONTRACTS
from pipelines.proof.proving import prove
from pipelines.reports.definitions.statement import UnknownCustomerError
from pipelines.reports.writers.template import layout_for
from pipelines.sources.intake import take_in
from pipelines.sources.ledger import Ledger
from pipelines.sources.reader import read
from tests.runs import tiny
from tests.runs.conftest import Closed, close, settings_in

pytestmark = pytest.mark.slow
Line = tuple[str | None, date | None, float, str, str | None]


def statement_of(closed: Closed, dealer: str) -> Path:
    [path] = (closed.settings.shelf / "2026-10").glob(f"R14_statement_{dealer}/*/statement_{dealer}.en.xlsx")
    return path


def fill(path: Path, target: Path, result: str | None, balance: float | None = None, lines: tuple[Line, ...] = (), **cells: Any) -> Path:
    """The statement's slip filled in as a person does: only in cells that are not locked, unless ``cells`` say so."""
    book = load_workbook(path)
    sheet = book["Slip"]
    at = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    reply = at["Result"].row + 1
    values: dict[str, Any] = {f"C{reply}": result, f"D{reply}": balance, f"E{reply}": "Zhang", f"F{reply}": date(2026, 11, 5)}
    first = at["Document no."].row + 1
    for row, line in enumerate(lines, start=first):
        values |= {f"{letter}{row}": value for letter, value in zip("ABCDE", line, strict=True)}
    for place, value in values.items():
        assert not sheet[place].protection.locked, place
        sheet[place].value = value
    for place, value in cells.items():
        sheet[place].value = value
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)
    return target


def saved_again(path: Path, folder: Path, form: str = "xlsx") -> Path:
    """As LibreOffice saves it, in place of the file."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    command = [office, "--headless", f"-env:UserInstallation={(folder / 'office').as_uri()}", "--convert-to", form, "--outdir", str(folder)]
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=120)
    path.unlink()
    return Path(shutil.copyfile(folder / f"{path.stem}.{form}", path.with_suffix(f".{form}")))


@pytest.fixture(scope="module")
def sent() -> Iterator[tuple[Path, Closed]]:
    """The tiny company whose statements are those of the end of October, closed once."""
    folder = Path(tempfile.mkdtemp(prefix="closebook-slips-"))
    tiny.write(folder)
    with (folder / "company" / "policy.yaml").open("a", encoding="utf-8") as policy:
        policy.write("receivables: {statement_months: [10]}\n")
    yield folder, close(settings_in(folder))
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def answered(sent: tuple[Path, Closed]) -> Closed:
    """November: five slips are back and new documents are booked. Balances in October: D1 1003, D2 1843 …"""
    folder, october = sent
    inbox = folder / "inbox"
    owed = {str(code): int(str(e4)) / 10_000 for code, e4 in october.rows("select customer_code, balance_e4 from receivables")}
    reply = {dealer: inbox / "dealers" / dealer / f"statement_{dealer}.en.xlsx" for dealer in tiny.DEALERS}
    invoice = {str(code): float(str(e4)) / 10_000 for code, e4 in october.rows("select document_no, amount_e4 from open_items")}
    reply["D1"] = saved_again(fill(statement_of(october, "D1"), reply["D1"], "Agreed"), folder, "ods")
    transit, paid = invoice["S11"], 100.0
    lines: tuple[Line, ...] = (("s11 ", None, transit, "In transit", None), ("C-N1", date(2026, 10, 31), paid, "Not yet booked", "bank"))
    saved_again(fill(statement_of(october, "D2"), reply["D2"], "Different", owed["D2"] - transit - paid, lines), folder)
    lines = (("S12", None, 20.0, "Price", "60 a piece"), (None, None, 55.5, "Return", None), (None, date(2026, 10, 30), 70.0, "Not yet booked", None))
    reply["D3"] = saved_again(fill(statement_of(october, "D3"), reply["D3"], "Different", owed["D3"] - 150.0, lines), folder, "xls")
    fill(statement_of(october, "D4"), reply["D4"], "Agreed", owed["D4"] - 1)
    fill(statement_of(october, "D4"), reply["D5"], "Agreed")
    for name, more in (("sales_line", [["S20", 1, "2026-11-10", "D1", "P1", 1, 300, 300, 150]]),
                       ("receipt", [["C-N1", "2026-11-03", "D2", 100], ["C-N2", "2026-11-04", "D3", 70]])):  # fmt: skip
        path = inbox / "erp" / f"{name}.csv"
        with path.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(more)
    # Finance holds two matches for wrong ones; of the second there is none.
    (folder / "company" / "layouts" / "match_refusal.yaml").write_text(layout_for(CONTRACTS["match_refusal"]), "utf-8")
    refusals = [["D3", "2026-10-31", "s12", None, "2026-11-30", "Wu", "the price of S12 was agreed"],
                ["D2", "2026-10-31", "S99", None, "2026-11-30", "Wu", "?"]]  # fmt: skip
    headings = [column.label.en for column in CONTRACTS["match_refusal"].columns]
    reply["finance"] = inbox / "match_refusal.xlsx"
    tiny.workbook(reply["finance"], "Refused matches", headings, refusals)
    late = {path.relative_to(inbox).as_posix(): "2026-12-01T09:00:00+08:00" for path in reply.values()}
    tiny.arrivals(inbox, late={**late, "erp/sales_line.csv": "2026-12-01T08:00:00+08:00", "erp/receipt.csv": "2026-12-01T08:00:00+08:00"})
    return close(settings_in(folder))


def test_a_statement_of_any_day_is_made_on_demand_with_the_number_of_its_content(sent: tuple[Path, Closed], tmp_path: Path) -> None:
    folder, _ = sent
    written = statements(settings_in(folder), date(2026, 10, 15), tmp_path, "D1")
    assert sorted(path.name for path in written) == ["statement_D1.en.html", "statement_D1.en.xlsx"]
    # Invoices of 540 and 963 by then, and 250 received in September; the number is the documented rule over them.
    check = hashlib.sha256(f"Tiny|D1|2026-10-15|{1253 * 10_000}".encode()).hexdigest()[:6].upper()
    slip = load_workbook(tmp_path / "statement_D1.en.xlsx")["Slip"]
    assert (slip["A9"].value, slip["B9"].value) == (f"D1-20261015-{check}", 1253)
    assert statements(settings_in(folder), date(2026, 10, 15), tmp_path / "again", "D1")[1].read_bytes() == written[1].read_bytes()
    with pytest.raises(UnknownCustomerError, match="'D9' has no account as of 2026-10-15"):
        statements(settings_in(folder), date(2026, 10, 15), tmp_path, "D9")


def test_what_is_filled_in_is_no_part_of_what_is_proved_and_everything_else_is(sent: tuple[Path, Closed], tmp_path: Path) -> None:
    _, october = sent
    lines: tuple[Line, ...] = (("X", None, 5.0, "Other", "?"),)
    filled = prove(fill(statement_of(october, "D1"), tmp_path / "filled.xlsx", "Different", 998.0, lines))
    assert [touch.place for touch in filled.touched if touch.place.startswith("Slip")] == []
    changed = prove(fill(statement_of(october, "D1"), tmp_path / "changed.xlsx", "Agreed", B9=3))
    assert [touch.place for touch in changed.touched if touch.place.startswith("Slip")] == ["Slip!B9"]
    book = load_workbook(tmp_path / "changed.xlsx")
    book["Slip"]["B9"].protection = Protection(locked=False)
    book.save(tmp_path / "opened.xlsx")
    assert ("Slip!B9", "blanks") in [(touch.place, touch.what) for touch in prove(tmp_path / "opened.xlsx").touched]


@pytest.mark.parametrize("last", ["first", "second"])
def test_of_two_replies_the_one_that_came_later_counts(sent: tuple[Path, Closed], tmp_path: Path, last: str) -> None:
    folder, october = sent
    inbox, company = tmp_path / "inbox", load_company(folder / "company")
    names = {"first": "dealers/D1/statement_D1.en.xlsx", "second": "dealers/D1/statement_D1.en (2).xlsx"}
    fill(statement_of(october, "D1"), inbox / names["first"], "Agreed")
    fill(statement_of(october, "D1"), inbox / names["second"], "Different", 1.0)
    tiny.arrivals(inbox, late={names[last]: "2026-12-01T09:00:00+08:00"})
    ledger = Ledger(tmp_path / "home")
    ledger.land(inbox, company)
    intake = take_in(ledger, company, tmp_path / "readings")
    assert intake.rows["confirmation"]["result"].to_list() == [{"first": "agreed", "second": "different"}[last]]
    status = dict(intake.files.filter(pl.col("table") == "confirmation").select("source_file", "status").iter_rows())
    assert status == {name: "live" if which == last else "superseded" for which, name in names.items()}


def test_what_came_back_is_agreed_different_or_missing(answered: Closed) -> None:
    rows = answered.rows("select customer_code, result, unexplained_e4, days_waiting from balance_confirmations where period = '2026-11' order by 1")
    assert rows == [("D1", "agreed", 0, None), ("D2", "different", 0, None), ("D3", "different", 45_000, None),
                    ("D4", "unanswered", None, 30), ("D5", "unanswered", None, 30)]  # fmt: skip


def test_lines_are_matched_to_documents_and_settled_by_later_ones(answered: Closed) -> None:
    columns = "customer_code, kind, amount_e4, match, evidence_no, status, resolved_by, owner, age_days"
    rows = answered.rows(f"select {columns} from reconciling_items where period = '2026-11' order by customer_code, item_no")
    transit = rows[0][2]
    assert rows == [
        ("D2", "in_transit", transit, "matched", "S11", "open", None, "finance", 30),
        ("D2", "not_yet_booked", 1_000_000, "matched", "C-N1", "resolved", "C-N1", "finance", 3),
        ("D3", "price", 200_000, "unmatched", None, "open", None, "finance", 30),
        ("D3", "return", 555_000, "unmatched", None, "open", None, "finance", 30),
        ("D3", "not_yet_booked", 700_000, "proposed", "C-N2", "open", None, "finance", 30),
        ("D3", "unexplained", 45_000, "unmatched", None, "open", None, "finance", 30),
    ]


def test_bad_replies_are_refused_at_their_cell_and_go_back(answered: Closed) -> None:
    refused = answered.rows("select source_file, rule, cell from quarantine where \"table\" = 'confirmation' order by 1")
    assert refused == [("dealers/D4/statement_D4.en.xlsx", "agreed_with_another_balance", "D9"),
                       ("dealers/D5/statement_D5.en.xlsx", "slip_of_another", "A9")]  # fmt: skip
    listed = answered.rows("select found, expected, source_file, cell from findings where rule = 'refusal_without_match' and period = '2026-11'")
    assert listed == [("S99", "2026-10-31", "match_refusal.xlsx", "C3")]
    listed = answered.rows("select rule, source_file, cell from findings where rule = 'differences_do_not_add_up' and period = '2026-11'")
    assert listed == [("differences_do_not_add_up", "dealers/D3/statement_D3.en.xls", "D9")]
    returned = {path.parent.name[:12]: path for path in (answered.settings.shelf / "returned").rglob("statement_*.xlsx")}
    marked = {path.name: load_workbook(path)["Slip"] for path in returned.values()}
    assert set(marked) == {"statement_D3.en.xlsx", "statement_D4.en.xlsx", "statement_D5.en.xlsx"}
    assert "another customer" in marked["statement_D5.en.xlsx"]["A9"].comment.text


def test_replies_tie_to_the_receivables(answered: Closed) -> None:
    ties = answered.rows("select statement, status, invariant from tie_outs where statement in ('confirmed_and_items', 'replies_are_balance') and period = '2026-11'")
    assert ties == [("confirmed_and_items", "tied", 1), ("replies_are_balance", "tied", 1)]


def test_the_receivables_report_says_how_much_is_confirmed(answered: Closed) -> None:
    [path] = (answered.settings.shelf / "2026-11").glob("R14_receivables/*/receivables.en.xlsx")
    sheets = {grid.name: {cell.text for row in grid.rows() for cell in row if cell} for grid in read(path).sheets}
    assert {"D4-20261031"} <= {text[:11] for text in sheets["Unanswered"]}
    assert {"Unexplained", "Proposed", "Resolved", "C-N2"} <= sheets["Reconciling items"]
    assert {"Matches refused by hand", "s12", "Wu", "the price of S12 was agreed"} <= sheets["Reconciling items"]
    assert "Confirmation" in sheets
