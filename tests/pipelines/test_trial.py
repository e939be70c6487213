"""A changed layout tells what it would change before it goes live."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.company.company import Company, load_company
from pipelines.company.layouts import Layout
from pipelines.errors import ConfigurationError
from pipelines.sources.ledger import Ledger
from pipelines.sources.trial import Trial, try_layout

STOCK = "table: dealer_stock\nfiles: ['stock*.csv']\ncolumns: {product_code: {headings: [code]}, qty: {headings: [qty]}}\n"


@pytest.fixture
def landed(tmp_path: Path) -> tuple[Ledger, Company]:
    folder, inbox = tmp_path / "company", tmp_path / "inbox"
    (folder / "layouts").mkdir(parents=True)
    (folder / "policy.yaml").write_text("name: x\n", "utf-8")
    (folder / "calendar.yaml").write_text("kind: month\n", "utf-8")
    (folder / "layouts" / "stock.yaml").write_text(STOCK, "utf-8")
    inbox.mkdir()
    arrivals = ["path,arrived_at"]
    files = {"stock_1.csv": "code,qty\nP1,1\nP2,2\n", "stock_2.csv": "code,quantity\nP1,3\n", "stock_3.csv": "code,qty\nP1,x\n", "other.csv": "a\n1\n"}
    for day, (name, text) in enumerate(files.items(), 1):
        (inbox / name).write_text(text, "utf-8")
        arrivals.append(f"{name},2026-10-{day:02d}T10:00:00+08:00")
    (inbox / "arrivals.csv").write_text("\n".join(arrivals) + "\n", "utf-8")
    company = load_company(folder)
    ledger = Ledger(tmp_path / "home")
    ledger.land(inbox, company)
    return ledger, company


def tried(landed: tuple[Ledger, Company], text: str, name: str = "stock") -> Trial:
    return try_layout(*landed, name, Layout.model_validate(yaml.safe_load(text)))


def test_a_heading_more_lets_a_refused_file_in_and_leaves_the_others(landed: tuple[Ledger, Company]) -> None:
    trial = tried(landed, STOCK.replace("[qty]", "[qty, quantity]"))
    assert trial.files.select("source_file", "status_before", "status_after", "rows_after").rows() == [
        ("stock_1.csv", "read", "read", 2), ("stock_2.csv", "rejected", "read", 1), ("stock_3.csv", "read", "read", 1),
    ]  # fmt: skip
    assert trial.changed["source_file"].to_list() == ["stock_2.csv"]
    assert trial.changed["rule_before"].to_list() == ["missing_heading"]
    assert trial.rows.select("side", "product_code", "qty").rows() == [("after", "P1", 30_000)]
    assert trial.faults.is_empty()


def test_another_form_changes_values_and_faults(landed: tuple[Ledger, Company]) -> None:
    trial = tried(landed, STOCK.replace("{headings: [qty]}", "{headings: [qty], negate: true, blank: '0', pattern: '[0-9]+'}"))
    assert trial.changed.select("source_file", "gone", "new").rows() == [("stock_1.csv", 2, 2)]
    assert trial.rows.select("side", "source_row", "qty").rows() == [
        ("before", 2, 10_000), ("after", 2, -10_000), ("before", 3, 20_000), ("after", 3, -20_000),
    ]  # fmt: skip
    assert trial.faults.select("side", "cell", "rule").rows() == [("before", "B2", "not_a_number"), ("after", "B2", "pattern_missing")]


def test_a_new_layout_and_other_globs(landed: tuple[Ledger, Company]) -> None:
    trial = tried(landed, "table: dealer_stock\nfiles: [other.csv]\ncolumns: {product_code: {headings: [a]}}", "other")
    assert trial.files.select("source_file", "status_before", "status_after").rows() == [("other.csv", "", "read")]
    fewer = tried(landed, STOCK.replace("stock*", "stock_1*"))
    assert fewer.changed.select("source_file", "status_after", "gone").rows() == [("stock_2.csv", "", 0), ("stock_3.csv", "", 1)]


def test_what_cannot_be_compared_is_refused(landed: tuple[Ledger, Company]) -> None:
    with pytest.raises(ConfigurationError, match="a name of its own"):
        tried(landed, STOCK.replace("dealer_stock", "stock"))
    with pytest.raises(ConfigurationError, match="cannot be tried"):
        tried(landed, "table: dealer_stock\nfiles: []\nquery: q.sql\nframes: {a: x.csv}")
