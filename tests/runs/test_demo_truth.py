"""The demo company against the truth that was written beside it: every planted fault and no other, rows and money to the fen."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from pipelines.company.company import load_company
from pipelines.contracts import CONTRACTS
from pipelines.demo.writing import write_demo
from pipelines.metrics.pay import Pay
from pipelines.sources.facts import Facts
from pipelines.sources.reader import read
from tests.runs.conftest import Closed, close, settings_in

pytestmark = pytest.mark.slow
DEFAULT_SEED = 20261001


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, demo_seed: int) -> Iterator[tuple[Path, Closed]]:
    """Truth and closed latest month of the demo of one seed: with five dealers, or whole with ``--demo-scale 1``."""
    scale = request.config.getoption("--demo-scale")
    if demo_seed == DEFAULT_SEED and scale is None:
        folder = request.getfixturevalue("demo_sent")
        yield folder / "truth", request.getfixturevalue("demo_closed")
        return
    folder = Path(tempfile.mkdtemp(prefix=f"closebook-demo-{demo_seed}-"))
    if scale is None:
        write_demo(folder, scale=0.02, dealers=5, seed=demo_seed)
        policy = folder / "company" / "policy.yaml"  # the default seed's reports are printed in every language
        policy.write_text(policy.read_text("utf-8").replace("languages: [zh-Hans, zh-Hant, en]", "languages: [zh-Hans]"), "utf-8")
    else:
        write_demo(folder, scale=scale, seed=demo_seed)
    yield folder / "truth", close(settings_in(folder))
    shutil.rmtree(folder)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(closed: Closed, statement: str) -> list[dict[str, str]]:
    from pipelines.publish.warehouse import Warehouse

    return list(csv.DictReader(Warehouse(closed.settings.warehouse).query_csv(statement).splitlines()))


def names(fault: dict[str, str]) -> set[str]:
    return {fault["rule"], *fault["also"].split(";"), *fault["also"].split("|"), *fault["also"].split()} - {""}


def test_every_planted_fault_of_a_row_is_found_at_its_place_and_none_besides(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    planted = [fault for fault in rows(truth / "faults.csv") if fault["live"] == "true" and fault["severity"] == "error"]
    listed = found(closed, "select * from quarantine where severity = 'error' and rule <> 'goes_with_document'")
    at: dict[tuple[str, str, str, str], list[dict[str, str]]] = {}
    for one in listed:
        at.setdefault((one["table"], one["source_file"], one["source_sheet"], one["source_row"]), []).append(one)
    missed = []
    explained = set()
    for fault in planted:
        place = (fault["table"], fault["file"], fault["sheet"], fault["row"])
        here = [one for one in at.get(place, ()) if one["rule"] in names(fault) and fault["cell"] in ("", one["cell"])]
        if not here:
            missed.append((fault["kind"], fault["rule"], *place, fault["cell"], [(one["rule"], one["cell"]) for one in at.get(place, ())]))
        explained |= {(place, one["rule"]) for one in here}
    beside = [(place, one["rule"], one["cell"], one["found"]) for place, ones in at.items() for one in ones if (place, one["rule"]) not in explained]
    assert (missed, beside) == ([], [])


def test_a_spreadsheet_s_fault_goes_back_marked_in_its_cell_and_an_export_s_stands_on_the_control_report(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    planted = [fault for fault in rows(truth / "faults.csv") if fault["live"] == "true" and fault["row"]]
    manifest = json.loads(max((closed.home / "manifests" / "2026-10").glob("*.json")).read_text("utf-8"))
    returned = {one["source_file"]: closed.home / one["file"] for one in manifest["returned"]}
    [control] = [closed.home / one["folder"] / "control.zh-Hans.xlsx" for one in manifest["reports"] if one["name"] == "control"]
    listed = [{cell.text for cell in row if cell is not None} for sheet in read(control).sheets for row in sheet.rows()]
    places = {(name, number) for row in listed for name in row if "/" in name for number in row if number.isdigit()}
    books = {name: load_workbook(path) for name, path in returned.items()}
    unmarked, unlisted, people = [], [], set(books)
    for fault in planted:
        if fault["file"] in people and fault["cell"]:
            sheet = books[fault["file"]][fault["sheet"]] if fault["sheet"] else books[fault["file"]].worksheets[0]
            cell = sheet[fault["cell"]]
            if cell.comment is None or cell.fill.fill_type != "solid":
                unmarked.append((fault["file"], fault["sheet"], fault["cell"], fault["rule"]))
        elif fault["file"] not in people and fault["severity"] == "error" and (fault["file"], fault["row"]) not in places:
            unlisted.append((fault["file"], fault["row"], fault["rule"]))
    assert any(fault["file"] in people and fault["cell"] for fault in planted)
    assert any(fault["file"] not in people for fault in planted)
    assert (unmarked, unlisted) == ([], [])


def test_files_are_what_the_truth_says_of_them(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = {(row["file"], row["table"]): row["status"] for row in rows(truth / "files.csv")}
    listed = {(row["source_file"], row["table"]): row["status"] for row in found(closed, 'select source_file, "table", status from files')}
    wrong = {key: (status, listed.get(key) or {value for (file, _), value in listed.items() if file == key[0]})
             for key, status in stated.items() if listed.get(key) != status
             and (key[1] or {value for (file, _), value in listed.items() if file == key[0]} != {status})}  # fmt: skip
    assert wrong == {}
    assert {file for file, _ in listed} == {file for file, _ in stated}


def test_loaded_and_refused_is_what_was_delivered(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated: Counter[tuple[str, str]] = Counter()
    for row in rows(truth / "tables.csv"):
        for what in ("delivered_rows", "loaded_rows", "rejected_rows", "goes_with_rows", "repeated_rows", "rejected_amount", "unreadable_amounts"):
            stated[row["table"], what] += int(row[what])
    once = "from quarantine where severity = 'error' and reason_no = 1"
    sums = "sum(1 - goes_with), sum(goes_with), coalesce(sum(amount_e4), 0), sum(case when rule <> 'missing' then amount_unreadable else 0 end)"
    refused = {str(table): tuple(counts) for table, *counts in closed.rows(f'select "table", {sums} {once} group by 1')}
    # A blank amount is unreadable for the pipeline, and for the truth a row without an amount.
    whats = ("rejected_rows", "goes_with_rows", "rejected_amount", "unreadable_amounts")
    assert refused == {table: tuple(stated[table, what] for what in whats) for table in {table for table, _ in stated} if stated[table, "rejected_rows"]}
    delivered = closed.rows("select sum(left_amount_e4) / 10000, sum(right_amount_e4) / 10000 from tie_outs where statement = 'file_rows'")
    assert delivered == [(sum(count for (_, what), count in stated.items() if what == "delivered_rows"),) * 2]
    broken = closed.rows("select distinct statement from tie_outs where control in ('C1', 'C2') and status = 'broken'")
    assert broken in ([], [("file_total",)]), "only total rows that were made wrong may differ"


def test_what_is_only_listed_is_listed_at_its_place(demo: tuple[Path, Closed], tmp_path: Path) -> None:
    """Findings belong to a period: those of another month are seen when that month is closed."""
    truth, closed = demo
    planted = [fault for fault in rows(truth / "faults.csv") if fault["live"] == "true" and fault["severity"] == "finding"]
    assert planted
    missed = _unlisted(closed, planted)
    earlier = sorted({fault["period"] for fault in missed} - {"", "2026-10"})
    if earlier:
        shutil.copytree(closed.home, tmp_path / "home")
    for period in earlier:
        closed = close(settings_in(truth.parent, tmp_path / "home"), period)
    missed = _unlisted(closed, missed)
    assert [(fault["rule"], fault["file"], fault["row"], fault["cell"]) for fault in missed] == []
    listed = closed.rows("select source_file, source_row, rule from quarantine where severity = 'warning'")
    places = {(fault["file"], int(fault["row"])) for fault in planted if fault["row"]}
    assert [one for one in listed if one[:2] not in places] == []


def _unlisted(closed: Closed, planted: list[dict[str, str]]) -> list[dict[str, str]]:
    listed: set[tuple[object, ...]] = set()
    for table in ("quarantine", "findings"):
        listed |= {tuple(row) for row in closed.rows(f"select rule, source_file, source_row, coalesce(cell, '') from {table}")}
    found_at = {(rule, file, row) for rule, file, row, _ in listed}
    cells = {(file, row): cell for _, file, row, cell in listed if cell}
    missed = []
    for fault in planted:
        # A total over lines that cannot all be read is listed as such; a gap in the numbers has no row.
        accepted = names(fault) | ({"total_not_checkable"} if fault["rule"] == "total_row_differs" else set())
        if fault["row"]:
            at = (fault["file"], int(fault["row"]))
            there = any((rule, *at) in found_at for rule in accepted)
            if not there or (fault["rule"] == "total_row_differs" and fault["cell"] and cells.get(at) != fault["cell"]):
                missed.append(fault)
        elif not any(rule in accepted for rule, *_ in listed):
            missed.append(fault)
    return missed


def test_what_crosses_the_month_s_end_is_found_and_nothing_besides(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = {(row["document_no"], row["rule"], int(row["amount"])) for row in rows(truth / "cut_off.csv") if row["period"] == "2026-10"}
    assert {"shipped_later", "not_shipped", "not_invoiced"} <= {rule for _, rule, _ in stated}
    listed = closed.rows("select subject, rule, amount_e4 from findings where control = 'C12'")
    assert sorted(listed, key=str) == sorted(stated, key=str)
    bridge = {row["region_code"]: (int(row["by_invoice"]), int(row["by_shipment"])) for row in rows(truth / "cut_off_bridge.csv") if row["period"] == "2026-10"}
    assert {str(region): both for region, *both in closed.rows("select region_code, by_invoice_e4, by_shipment_e4 from cut_off")} == {
        region: list(both) for region, both in bridge.items()
    }
    assert closed.rows("select distinct status from tie_outs where control = 'C12'") == [("tied",)]


def test_sales_tie_to_the_truth(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = {(row["cut"], row["key"]): int(row["net_amount"]) for row in rows(truth / "sales.csv")
              if row["period"] == "2026-10" and row["cut"] != "company"}  # fmt: skip
    cuts = "'department', 'region_code', 'employee_code', 'customer_code', 'product_line', 'product_code'"
    where = f"period = '2026-10' and measure = 'net_amount' and cut in ({cuts}) and actual_e4 <> 0"
    listed = {(str(cut), str(key)): int(str(actual)) for cut, key, actual in closed.rows(f"select cut, key, actual_e4 from plan_actual where {where}")}
    assert listed == {key: value for key, value in stated.items() if value}
    figures = json.loads((truth / "key_figures.json").read_text("utf-8"))
    company = closed.rows("select actual_e4, plan_e4, py_e4, ytd_actual_e4 from plan_actual where measure = 'net_amount' and cut = 'company'")
    assert company == [tuple(figures[name] for name in ("net_sales", "plan_net_amount", "net_sales_last_year", "net_sales_year_to_date"))]


def test_receivables_tie_to_the_truth(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = rows(truth / "receivables.csv")
    balances = {row["customer_code"]: tuple(int(row[name]) for name in ("balance", "advance", "overdue")) for row in stated}
    listed: dict[str, Any] = {str(code): tuple(sums) for code, *sums in closed.rows("select customer_code, balance_e4, advance_e4, overdue_e4 from receivables")}
    nothing = (0, 0, 0)
    assert {code: sums for code, sums in listed.items() if sums != nothing} == {code: sums for code, sums in balances.items() if sums != nothing}
    buckets = ("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365")
    ageing = {(row["customer_code"], name): int(row[name]) for row in stated for name in buckets if int(row[name])}
    aged = closed.rows("select customer_code, bucket, amount_e4 from receivables_ageing where basis = 'due' and amount_e4 <> 0")
    assert {(str(code), str(bucket)): amount for code, bucket, amount in aged} == ageing


def test_dealer_indicators_tie_to_the_truth(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    columns = {
        "outlets": "outlets", "visited": "outlets_visited", "traded": "outlets_traded", "active": "outlets_active", "signed": "outlets_signed",
        "signed_reached": "outlets_met", "qty_of_traded": "sold_qty_e4", "qty_of_signed": "signed_qty_e4", "committed": "committed_qty_e4",
        "stock": "stock_qty_e4", "sell_out_3_months": "window_sold_qty_e4",
    }  # fmt: skip
    stated = {row["dealer_code"]: {name: row[name] and int(row[name]) for name in columns} for row in rows(truth / "dealer_indicators.csv")}
    listed = {str(code): dict(zip(columns, ("" if value is None else value for value in values), strict=True))
              for code, *values in closed.rows(f"select dealer_code, {', '.join(columns.values())} from dealer_indicators")}  # fmt: skip
    assert {code: listed[code] for code in stated} == stated


def test_replies_to_statements_tie_to_the_truth(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    sent = {row["customer_code"]: int(row["balance"]) for row in rows(truth / "statements.csv")}
    columns = "customer_code, slip_no, result, balance_e4, confirmed_balance_e4, unexplained_e4"
    listed = {str(row[0]): row for row in closed.rows(f"select {columns} from balance_confirmations")}
    assert {code: row[3] for code, row in listed.items() if row[3]} == {code: balance for code, balance in sent.items() if balance}
    answered = {row["customer_code"]: (row["slip_no"], row["result"], int(row["confirmed_balance"]), int(row["unexplained"])) for row in rows(truth / "replies.csv")}
    assert {code: (row[1], row[2], *row[4:]) for code, row in listed.items() if row[2] != "unanswered"} == answered
    stated = sorted((row["customer_code"], row["kind"], int(row["amount"]), row["match"], row["evidence_no"]) for row in rows(truth / "reconciling_items.csv"))
    items = closed.rows("select customer_code, kind, amount_e4, \"match\", coalesce(evidence_no, '') from reconciling_items")
    assert sorted(items) == stated
    assert {kind for _, kind, *_ in stated} >= {"in_transit", "not_yet_booked", "price", "return", "unexplained"}


def test_everybody_s_pay_of_every_month_is_what_the_generator_s_own_rules_give(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = {(row["period"], row["employee_code"], row["kind"]): int(row["amount"]) for row in rows(truth / "pay.csv")}
    company = load_company(closed.settings.company)
    period = company.calendar.period("2026-10")
    facts = Facts({table: pl.read_parquet(closed.settings.frames / f"fact_{table}" / "all.parquet") for table in CONTRACTS}, frozenset())
    computed: Counter[tuple[str, str, str]] = Counter()
    for person, settlements in Pay(facts, company, period, period.end).settlements.items():
        for month, settlement in settlements.items():
            for item in settlement.items:
                computed[month, person, item.kind] += item.amount
    given = {key: amount for key, amount in computed.items() if amount}
    assert {key: (amount, stated.get(key)) for key, amount in given.items() if stated.get(key) != amount} == {}
    assert set(stated) == set(given)
    kinds = {kind for _, _, kind in stated}
    assert kinds >= {"base_pay", "performance_pay", "commission", "holdback", "year_settlement", "manual"}
    latest = closed.rows("select employee_code, kind, sum(amount) from mart_pay_item where period = '2026-10' and amount <> 0 group by 1, 2")
    assert {("2026-10", str(person), str(kind)): amount for person, kind, amount in latest} == {key: amount for key, amount in stated.items() if key[0] == "2026-10"}


def test_reports_came_when_the_truth_says(demo: tuple[Path, Closed]) -> None:
    """Lateness comes from the ledger's arrivals: by the company's clock, also of what was sent from elsewhere, and of the first version."""
    truth, closed = demo
    stated = {(row["employee_code"], row["period"]): row["state"] for row in rows(truth / "handed_in.csv")
              if row["period"] == "2026-10" or "2026-W40" <= row["period"] <= "2026-W43"}  # fmt: skip
    listed = closed.rows("select sender, cover, status from submissions where \"table\" = 'work_report'")
    assert {(str(sender), str(cover)): status for sender, cover, status in listed} == stated
    assert Counter(stated.values()) >= Counter(late=3, missing=3)
    corrected = closed.rows("select sender, cover, status from submissions where \"table\" = 'work_report' and corrected_at is not null")
    assert [status for *_, status in corrected] == ["on_time"], "what is handed in again after the deadline was still handed in"
    abroad = {row["file"] for row in rows(truth / "faults.csv") if row["kind"] == "late_by_time_zone"}
    assert closed.rows(f"select due_local, arrived_local, days_late from submissions where source_file in ('{abroad.pop()}') and \"table\" = 'work_report'") == [
        ("2026-10-24 12:00", "2026-10-24 12:30", 1)
    ]


def test_records_that_cannot_be_are_found_and_no_others(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    planted = {(row["rule"], row["document"]) for row in rows(truth / "faults.csv") if row["severity"] == "behaviour"}
    assert {rule for rule, _ in planted} == {"copied_week", "visit_while_absent"}
    listed = closed.rows("select rule, subject from findings where control = 'C11'")
    assert {(str(rule), " ".join((str(subject).split()[0], str(subject).split()[-1]))) for rule, subject in listed} == planted


def test_people_stand_where_they_were_that_day(demo: tuple[Path, Closed]) -> None:
    """A trainee becomes regular, somebody moves with the customers: both in the middle of the month."""
    _, closed = demo
    moved = closed.rows("select employee_code from fact_employee where valid_from = '2026-10-16'")
    assert len(moved) == 1
    where = f"select distinct region_code from fact_%s where employee_code = '{moved[0][0]}' and %s %s '2026-10-16'"
    for table, day in (("attendance", "day"), ("visit", "visited_at"), ("sales_line", "document_date")):
        if rows_of := closed.rows(where % (table, day, "<")):
            assert rows_of == [("R05",)], table
        if rows_of := closed.rows(where % (table, day, ">=")):
            assert rows_of == [("R08",)], table
    assert closed.rows("select trainee_until from fact_employee where trainee_until is not null") == [("2026-10-15",)]


def test_each_person_s_score_of_each_month_is_met_exactly(demo: tuple[Path, Closed]) -> None:
    truth, closed = demo
    stated = {(row["period"], row["employee_code"]): tuple(int(row[name]) if row[name] else None for name in ("daily_work", "attendance", "score"))
              for row in rows(truth / "assessment.csv")}  # fmt: skip
    computed = {(str(month), str(code)): figures for month, code, *figures in closed.rows(
        "select month, employee_code, daily_work, attendance, score from mart_assessment_month where period = '2026-10'")}  # fmt: skip
    assert {key: tuple(figures) for key, figures in computed.items()} == stated
    assert len({score for *_, score in stated.values()}) > 20, "scores differ"
    years = {row["employee_code"]: int(row["year_score"]) for row in rows(truth / "assessment.csv") if row["period"] == "2026-10"}
    schemes = dict(closed.rows("select scheme, count(*) from mart_assessment where period = '2026-10' group by scheme"))
    assert {"salesperson", "region_manager", "resident", "mbo"} == set(schemes), "every scheme is somebody's"
    assert dict(closed.rows("select employee_code, year_score from mart_assessment where period = '2026-10'")) == years
    lost = closed.rows("select i.employee_code, i.item, i.lost, coalesce(sum(e.points), 0) from mart_assessment_item i left join "
                       "mart_assessment_evidence e on e.period = i.period and e.employee_code = i.employee_code and e.item = i.item "
                       "where i.period = '2026-10' group by 1, 2, 3")  # fmt: skip
    assert lost
    assert [row for row in lost if row[2] != row[3]] == [], "the reasons add up to what was lost"
    kinds = {kind for (kind,) in closed.rows("select distinct kind from mart_assessment_evidence where period = '2026-10' and points > 0")}
    assert {"late", "missing", "key_account", "joint", "training", "event", "absent"} <= kinds
