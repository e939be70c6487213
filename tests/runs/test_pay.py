"""Pay over closings, as finance and HR would do it: a month is closed and paid, documents come late, it is opened again; a plan is tried."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import command, known
from assets.context import clocks, company_in
from pipelines.publish.journal import Journal
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import own_pay
from pipelines.reports.reasons.evidence import FiguresApart
from pipelines.reports.reasons.evidence_people import people_evidence
from pipelines.reports.reasons.explaining import reasons
from tests.runs import tiny
from tests.runs.conftest import Closed, close, published, settings_in
from tests.runs.test_explain import cell, followed, told

pytestmark = pytest.mark.slow

PAY = """\
plans:
  - name: all
    from: 2026-09-01
    pay: {}
    commission: {rates: [{rate: 0.1}]}
"""
PEOPLE = "people:\n  - {id: wang, name: Wang, roles: [preparer]}\n  - {id: li, name: Li, roles: [approver]}\n"
STAFF = [["E1", "Ann Onymous", "R1"], ["E2", "Bea Sides", "R2"]]


@pytest.fixture
def office(spoilt: Path) -> Path:
    """The company of five dealers with two salespeople, a plan of receipts, and pay plans."""
    return staffed(spoilt)


@pytest.fixture(scope="module")
def october(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Closed]:
    """That company with October closed; not to be changed."""
    folder = tmp_path_factory.mktemp("paid")
    tiny.write(folder)
    return staffed(folder), close(settings_in(folder), "2026-10")


def staffed(folder: Path) -> Path:
    company, erp = folder / "company", folder / "inbox" / "erp"
    (company / "pay.yaml").write_text(PAY, "utf-8")
    (company / "people.yaml").write_text(PEOPLE, "utf-8")
    layout = (company / "layouts" / "customer.yaml").read_text("utf-8")
    (company / "layouts" / "customer.yaml").write_text(layout + "  employee_code: {headings: [employee_code]}\n", "utf-8")
    customers = [[dealer, f"Dealer {dealer}", "R1" if n < 3 else "R2", 5000, "E1" if n < 3 else "E2"] for n, dealer in enumerate(tiny.DEALERS)]
    tiny.table(erp / "customer.csv", ["customer_code", "name", "region_code", "credit_limit", "employee_code"], customers)
    tiny.table(erp / "employee.csv", ["employee_code", "name", "region_code"], STAFF)
    constants = '{valid_from: "2020-01-01", role: salesperson, pay_grade: "2", hired_on: "2020-01-01"}'
    tiny._layout(company, "employee", "[erp/employee.csv]", "sender: erp", ["employee_code", "name", "region_code"], constants)
    tiny.table(folder / "inbox" / "receipts.csv", ["period", "employee_code", "value"], [[month, code, 800] for month in tiny.MONTHS for code, *_ in STAFF])
    wide = "{version: annual, measure: receipts, department: all, region_code: all, customer_code: all, product_line: all, product_code: all}"
    tiny._layout(company, "plan_receipts", "[receipts.csv]", "sender: planning", ["period", "employee_code", "value"], wide)
    (company / "layouts" / "plan_receipts.yaml").write_text((company / "layouts" / "plan_receipts.yaml").read_text("utf-8").replace("table: plan_receipts", "table: plan"), "utf-8")
    tiny.arrivals(folder / "inbox")
    return folder


def say(office: Path, *words: str) -> int:
    return command.main([*words, "--home", str(office / "home"), "--company", str(office / "company")])


def paid(closed: Closed, period: str) -> list[tuple[Any, ...]]:
    return closed.rows(f"select employee_code, kind, for_period, amount / 10000.0 from mart_pay_item where period = '{period}' and kind not like '%pay' order by 1, item_no")


def late_receipt(office: Path) -> None:
    receipts = office / "inbox" / "erp" / "receipt.csv"
    receipts.write_text(receipts.read_text("utf-8") + "C9,2026-09-30,D1,100\n", "utf-8")
    tiny.arrivals(office / "inbox", late={"erp/receipt.csv": "2026-11-05T09:00:00+08:00"})


def test_a_closed_month_is_paid_once_and_what_comes_late_is_made_up_for_in_the_next(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    september = close(settings_in(office), "2026-09")
    # E1 received 780 of 800; E2 570 of 800, which waits.
    assert paid(september, "2026-09") == [("E1", "commission", "2026-09", 78.0)]
    for words in (("sign", "2026-09", "--by", "wang", "--as", "preparer"), ("sign", "2026-09", "--by", "li", "--as", "approver"), ("close", "2026-09", "--by", "li")):
        assert say(office, *words) == 0
    assert "Its pay is settled" in capsys.readouterr().out
    settled = [entry for entry in Journal(office / "home").entries() if entry.act == "closed"][0].details["settled"]
    assert {"pay_plan", "pay_settlement", "pay_item", "pay_month", "pay_line"} <= set(settled)
    first = close(settings_in(office), "2026-10")
    assert paid(first, "2026-10") == [("E1", "commission", "2026-10", 78.0)]
    late_receipt(office)
    october = close(settings_in(office), "2026-10")
    assert paid(october, "2026-10") == [("E1", "commission", "2026-10", 78.0), ("E1", "late", "2026-09", 10.0)]
    assert october.rows("select document_no, difference / 10000.0 from mart_pay_late where period = '2026-10'") == [("C9", 100.0)]

    assert say(office, "reopen", "2026-09", "--by", "li", "--why", "a receipt came late") == 0
    again = close(settings_in(office), "2026-09")
    assert paid(again, "2026-09") == [("E1", "commission", "2026-09", 78.0)], "opening undoes no payment"
    manifest = json.loads(max((office / "home" / "manifests" / "2026-09").glob("*.json")).read_text("utf-8"))
    [report] = [one for one in manifest["reports"] if one["name"] == "commission"]
    assert (report["checks_passed"], manifest["withheld"]) == (report["checks_total"], [])
    assert again.rows("select sum(actual) / 10000.0 from mart_plan_actual where period = '2026-09' and measure = 'receipts' and cut = 'company'") == [(1450.0,)]
    assert paid(close(settings_in(office), "2026-10"), "2026-10") == paid(october, "2026-10")
    numbers = sorted(int(path.stem) for path in (office / "home" / "manifests" / "2026-10").glob("*.json"))
    assert numbers == [1, 2]
    assert known.run_publication(settings_in(office), "2026-10", 2) == 3, "one row of the dealers is refused"
    assert "The same as publication 2 of 2026-10" in capsys.readouterr().out


def test_a_page_of_one_person_holds_nothing_of_another_and_no_shared_page_leads_to_it(october: tuple[Path, Closed]) -> None:
    closed = october[1]
    manifest = json.loads((closed.home / "manifests" / "2026-10" / "0001.json").read_text("utf-8"))
    own = {one["name"]: closed.home / one["folder"] for one in manifest["reports"] if one["id"] == "R16"}
    assert set(own) == {"commission", "own_pay_E1", "own_pay_E2"}
    for code, name, _ in STAFF:
        other = next(row for row in STAFF if row[0] != code)
        files = [*own[f"own_pay_{code}"].iterdir(), *(closed.home / "portal" / "person" / code).iterdir()]
        text = ""
        for path in files:
            if path.suffix == ".parquet":
                text += pl.read_parquet(path).write_csv()
            elif path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as book:
                    text += "".join(book.read(part).decode() for part in book.namelist())
            else:
                text += path.read_text("utf-8")
        assert name in text
        assert [word for word in (other[1], *(f"Dealer {d}" for d in tiny.DEALERS if (d < "D4") != (code == "E1"))) if word in text] == []
        assert re.search(rf"\b{other[0]}\b", re.sub(r"<[^>]*>|[0-9A-F]{6,}", " ", text)) is None
    shared = [path for path in (closed.home / "portal").rglob("*.html") if path.parts[-2] != "hr" and "person" not in path.parts]
    assert shared
    assert [path.name for path in shared if "own_pay" in path.read_text("utf-8") or "Ann Onymous" in path.read_text("utf-8")] == []


def test_a_click_on_one_s_own_page_leads_to_one_s_own_receipts_and_rules(october: tuple[Path, Closed], capsys: pytest.CaptureFixture[str]) -> None:
    folder, closed = october
    for code, got in (("E1", 780), ("E2", 570)):
        [page] = (closed.home / "shelf" / "2026-10" / f"R16_own_pay_{code}").glob(f"*/own_pay_{code}.en.html")
        about = told(page)
        assert about["lines"] == f"own_pay_{code}.lines.en.html"
        refs = {ref for table in about["tables"].values() for one in table.values() for refs in one.get("l", ()) for ref in refs}
        assert refs
        assert [ref for ref in refs if f"employee_code={code}" not in ref] == []
        months = about["tables"]["months"]
        at = months["in_period"]["v"].index("2026-10") if "in_period" in months else len(months["base"]["v"]) - 1
        (ref,) = months["base"]["l"][at]
        _, amount, total, lines = followed(page, about, ref)
        assert total == months["base"]["v"][at] == got * 10_000
        assert sum(cell(folder / "inbox", line.place(amount)) for line in lines) == got
        (rule,) = months["rate"]["l"][at]
        *_, rules = followed(page, about, rule)
        assert [(line.file, line.sheet, line.values["says"]) for line in rules] == [("pay.yaml", "plans.all.commission.rates[0]", "0.1")]
    number = f"N-{months['base']['n'][8 * at : 8 * at + 8]}"
    assert command.main(["explain", number, "--home", str(closed.home)]) == 0
    assert "erp/receipt.csv!D" in capsys.readouterr().out


def test_an_amount_that_its_documents_do_not_make_is_not_published(october: tuple[Path, Closed]) -> None:
    home, company = october[1].home, company_in(october[0] / "company")
    period = company.calendar.period("2026-10")
    frames = {path.parent.name: pl.read_parquet(path) for path in (home / "frames").glob("mart_*/2026-10.parquet")}
    marts = {name.removeprefix("mart_"): frame for name, frame in frames.items()}
    files = pl.read_parquet(home / "frames" / "files" / "all.parquet")
    at = clocks(company, period, files)
    context = ReportContext(company, period, at.as_of, at.known_at, frozenset(), marts["tie_outs"], marts["findings"], files)
    lines = pl.read_parquet(home / "frames" / "explained_people" / "2026-10.parquet")
    for mart, column in (("pay_month", "earned"), ("pay_month", "target"), ("pay_item", "base"), ("pay_line", "whole")):
        told_wrong = marts | {mart: marts[mart].with_columns(pl.col(column) + 100)}
        page = next(one for one in own_pay.build_all(told_wrong, context) if one.name == "own_pay_E1")
        with pytest.raises(FiguresApart, match="by its parts or lines"):
            reasons(page, people_evidence(lines, company, period), "")


def test_a_plan_is_tried_on_history_without_touching_anything(october: tuple[Path, Closed], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    office = october[0]
    before = published(office / "home")
    plan = tmp_path / "tried.yaml"
    plan.write_text(PAY.replace("from: 2026-09-01", "from: 2026-10-01").replace("rate: 0.1", "rate: 0.2").replace("{rates", "{threshold: 0.7, rates"), "utf-8")
    capsys.readouterr()
    assert say(office, "whatif", "pay", "--plan", str(plan), "--out", str(tmp_path / "out")) == 0
    said = capsys.readouterr().out
    # October by the tried plan: both reach 70 %, at 20 %; September stays as it was, E2's 57 of it are paid with October.
    assert re.search(r"E1 +4,156\.00 +4,234\.00 +78\.00", said)
    assert re.search(r"E2 +4,000\.00 +4,171\.00 +171\.00", said)
    assert "2 gain 249.00, 0 lose 0.00" in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["whatif_pay.en.html", "whatif_pay.en.xlsx"]
    assert published(office / "home") == before
    assert say(office, "whatif", "pay", "--plan", str(plan), "--to", "2026-09") == 1
    assert "it begins on 2026-10-01, after the last period, 2026-09" in capsys.readouterr().err
