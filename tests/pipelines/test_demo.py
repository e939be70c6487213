"""The demo writes what it says: the same bytes for a seed, books that tie, faults that stand where the truth says."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from pathlib import Path

import openpyxl
import pytest

from pipelines.company.company import load_company
from pipelines.demo import DemoTruth, write_demo
from pipelines.demo import world as w
from pipelines.demo.writing import CONFIGURATION, configuration

SMALL = {"scale": 0.02, "dealers": 5}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoTruth]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, write_demo(folder, **SMALL)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digest(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_seed_gives_the_same_bytes(demo: tuple[Path, DemoTruth], tmp_path: Path) -> None:
    write_demo(tmp_path, **SMALL)
    assert digest(tmp_path) == digest(demo[0])


def test_another_seed_gives_another_company_whose_books_tie(tmp_path: Path, demo: tuple[Path, DemoTruth]) -> None:
    other = write_demo(tmp_path, **SMALL, seed=7)
    assert other.key_figures["net_sales"] != demo[1].key_figures["net_sales"]


def test_without_faults_nothing_is_planted(tmp_path: Path) -> None:
    truth = write_demo(tmp_path, **SMALL, faults=False)
    assert truth.faults == []
    assert all(one["delivered_rows"] == one["loaded_rows"] for one in truth.tables)


def test_every_file_has_an_arrival(demo: tuple[Path, DemoTruth]) -> None:
    inbox = demo[0] / "inbox"
    stated = {row["path"] for row in rows(inbox / "arrivals.csv")}
    assert stated == {path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file()} - {"arrivals.csv"}


def test_every_kind_of_fault_is_planted(demo: tuple[Path, DemoTruth]) -> None:
    planted = {one["rule"] for one in demo[1].faults}
    assert planted >= {
        "not_a_number", "not_a_date", "ambiguous_date", "formula_error", "chinese_capital_amount", "too_many_decimals", "unknown_reference",
        "missing", "duplicate_key", "not_in_list", "numbering_gap", "date_outside_period", "slip_without_origin", "slip_names_origin",
        "total_row_differs", "slip_is_negative", "invoice_is_positive", "gross_is_net_plus_tax", "due_after_document", "amount_is_qty_times_price",
        "stock_not_negative", "commitment_positive", "negative_reverses", "matures_after_receipt", "amount_or_rate", "price_not_negative",
        "conversion_positive", "limit_not_negative", "closed_after_opened", "left_after_hired", "superseded", "duplicate", "unreadable", "unmatched", "late",
    }  # fmt: skip


def test_a_fault_stands_in_the_cell_that_the_truth_names(demo: tuple[Path, DemoTruth]) -> None:
    inbox = demo[0] / "inbox"
    books: dict[str, openpyxl.Workbook] = {}
    seen = 0
    for fault in demo[1].faults:
        if fault["cell"] and fault["found"] and fault["live"] == "true":
            book = books.setdefault(fault["file"], openpyxl.load_workbook(inbox / fault["file"], data_only=True))
            assert str(book[fault["sheet"]][fault["cell"]].value).startswith(fault["found"][:10]), fault
            seen += 1
    assert seen > 15


def test_a_fault_in_an_export_stands_in_the_line_that_the_truth_names(demo: tuple[Path, DemoTruth]) -> None:
    seen = 0
    for fault in demo[1].faults:
        if fault["file"].endswith(".csv") and fault["row"] and fault["found"]:
            with (demo[0] / "inbox" / fault["file"]).open(encoding="gb18030", newline="") as file:
                line = list(csv.reader(file))[int(fault["row"]) - 1]
            assert fault["found"] in line, fault
            assert fault["document"] in line
            seen += 1
    assert seen > 10


def test_total_rows_of_exports_add_up(demo: tuple[Path, DemoTruth]) -> None:
    for path in sorted((demo[0] / "inbox" / "erp").glob("销售明细_*.csv")):
        with path.open(encoding="gb18030", newline="") as file:
            table = list(csv.reader(file))
        head = table[2]
        at = head.index("不含税金额")
        stated = round(float(table[-1][at]) * 100)
        readable = [line[at] for line in table[3:-1] if line[at].lstrip("-").replace(".", "", 1).isdigit()]
        assert table[-1][0] == "合计"
        assert stated == sum(round(float(one) * 100) for one in readable), path.name


def test_rows_and_money_balance(demo: tuple[Path, DemoTruth]) -> None:
    for one in demo[1].tables:
        assert one["delivered_rows"] == one["loaded_rows"] + one["rejected_rows"] + one["goes_with_rows"] + one["repeated_rows"]
    figures = demo[1].key_figures
    assert sum(figures["net_sales_by_region"].values()) == figures["net_sales"]
    assert sum(figures["receivables_buckets"].values()) - figures["receivables_advances"] == figures["receivables_balance"]
    periods = rows(demo[0] / "truth" / "periods.csv")
    assert int(periods[-1]["closing_receivables"]) == figures["receivables_balance"]
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows(demo[0] / "truth" / "sales.csv"):
        sums[row["period"], row["cut"]] += int(row["net_amount"])
    for period in periods:
        assert {total for (key, _), total in sums.items() if key == period["period"]} == {int(period["net_sales"])}


def test_the_ledger_differs_only_by_what_was_rejected(demo: tuple[Path, DemoTruth]) -> None:
    differing = {row["period"] for row in rows(demo[0] / "truth" / "ledger_differences.csv") if row["account"] == "revenue"}
    lost = {one["cover"] for one in demo[1].tables if one["table"] == "sales_line" and one["rejected_rows"]}
    assert differing == lost


def test_the_company_folder_loads(demo: tuple[Path, DemoTruth]) -> None:
    company = load_company(demo[0] / "company")
    assert len(company.layouts) >= 40
    assert company.calendar.is_working_day(company.calendar.period("2026-10").start.replace(day=10))
    assert {one.sender for one in company.obligations} <= {one.sender for one in company.senders}


def test_the_committed_lists_are_those_of_the_full_company() -> None:
    lists = configuration(w.build(w.Size(1.0, 20261001, 200, 24)))
    for name, expected in lists.items():
        with (CONFIGURATION / name).open(encoding="utf-8", newline="") as file:
            assert list(csv.reader(file)) == expected


@pytest.mark.parametrize("wrong", [{"scale": 0}, {"months": 3}, {"dealers": 1}])
def test_a_company_that_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="the demo needs"):
        write_demo(tmp_path, **wrong)
