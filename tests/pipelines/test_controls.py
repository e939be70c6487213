"""Every control ties, and breaks by one fen or one row."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.layouts import Layout
from pipelines.company.policy import Controls, Policy
from pipelines.contracts import CONTRACTS, LANGUAGES
from pipelines.contracts.marts import MARTS
from pipelines.contracts.marts_control import FILES, FINDINGS, TIE_OUTS
from pipelines.contracts.marts_receivables import RECONCILING_ITEM
from pipelines.controls.balances import buckets_less_advances, rolls_forward
from pipelines.controls.confirmations import confirmations
from pipelines.controls.cutoff import cut_off
from pipelines.controls.documents import cover_span, document_hygiene, numbering_gaps
from pipelines.controls.files import READINGS, TOTALS, file_to_raw, raw_to_facts, sums_by_file
from pipelines.controls.ledger import causes_add_up, fact_totals, facts_to_ledger, facts_to_reports
from pipelines.controls.results import REACH, Result, blocked_reports, combine, nothing, reports_of
from pipelines.metrics.dealers import NULL_REASONS
from pipelines.quality import sentences
from pipelines.quality.judge import judge, no_faults, repeats
from pipelines.sources.intake import LETTERS
from tests.builders import fact_rows, facts_of, money

SHA = "0" * 64
CALENDAR = Calendar(CalendarFile())
OCTOBER = CALENDAR.period("2026-10")
D = OCTOBER.end
POLICY = Controls()


def _company(**controls: Any) -> Company:
    layouts = {"sell": Layout.model_validate({"table": "sell_out", "files": ["*"], "cover": {"span": "period"}})}
    return Company(Path("c"), Policy(name="c", controls=Controls(**controls)), CALENDAR, layouts, (), (), "")


def _statuses(result: Result, statement: str | None = None) -> list[tuple[str, str, int]]:
    ties, findings = result
    assert ties.schema == TIE_OUTS.schema
    assert findings.schema == FINDINGS.schema
    assert not ties.select(TIE_OUTS.grain).is_duplicated().any()
    assert not findings.select(FINDINGS.grain).is_duplicated().any()
    if statement:
        ties = ties.filter(pl.col("statement") == statement)
    return ties.select("subject", "status", "difference").rows()


# C1 and C2 from rows that were really judged.

KNOWN = {"customer.customer_code": pl.Series(["C1"]), "product.product_code": pl.Series(["P1"])}


def _judged() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Six rows: two good, one repeat, one bad with its companion, one whose day cannot be read."""
    lines = (
        {"document_no": "1", "line_no": "1", "net_amount": money(100)},
        {"document_no": "1", "line_no": "1", "net_amount": money(100)},
        {"document_no": "2", "line_no": "1", "net_amount": money(-30), "qty": -1, "document_kind": "red_slip", "origin_document_no": "1"},
        {"document_no": "3", "line_no": "1", "net_amount": money(7), "customer_code": "C9"},
        {"document_no": "3", "line_no": "2", "net_amount": money(5)},
        {"document_no": "4", "line_no": "1", "net_amount": money(1), "document_date": None},
    )
    shared = {"customer_code": "C1", "product_code": "P1", "document_date": date(2026, 10, 5)}
    raw = fact_rows("sales_line", *({**shared, **line} for line in lines)).select(CONTRACTS["sales_line"].staged_schema.names())
    good, faults = judge(raw, CONTRACTS["sales_line"], KNOWN)
    return raw, good, faults, repeats(raw, CONTRACTS["sales_line"], faults)


def _readings(rows: int = 7, left_out: int = 1, amount: float = 183) -> pl.DataFrame:
    return pl.DataFrame([("a.csv", SHA, "erp", "sales_line", rows, left_out, money(amount))], schema=READINGS, orient="row")


def _total(stated: float, computed: float = 183, unreadable: int = 0, table: str = "sales_line") -> pl.DataFrame:
    row = ("a.csv", SHA, table, "Plan", 9, "net_amount", "F9", money(stated), money(computed), unreadable)
    return pl.DataFrame([row], schema=TOTALS, orient="row")


def _c1(readings: pl.DataFrame, totals: pl.DataFrame | None = None) -> Result:
    _, good, faults, repeated = _judged()
    contract = CONTRACTS["sales_line"]
    empty = pl.DataFrame(schema=TOTALS)
    return file_to_raw(
        "2026-10", POLICY, readings, empty if totals is None else totals, sums_by_file(good, contract), faults, sums_by_file(repeated, contract)
    )


def test_c1_ties_rows_and_amounts() -> None:
    result = _c1(_readings())
    assert [status for _, status, _ in _statuses(result)] == ["tied", "tied"]
    assert blocked_reports(*result) == ()
    assert result[1].is_empty()


def test_c1_breaks_by_one_row() -> None:
    result = _c1(_readings(rows=8))
    assert _statuses(result, "file_rows") == [(f"sales_line a.csv {SHA[:8]}", "broken", money(1))]
    assert result[1].select("rule", "severity", "found", "expected").rows() == [("row_count_differs", "error", "6", "7")]
    assert blocked_reports(*result) == ("R3", "R4", "R6", "R8", "R10", "R11", "R13", "R14")


def test_c1_breaks_by_one_fen() -> None:
    assert _statuses(_c1(_readings(amount=183.01)), "file_amount")[0][1:] == ("broken", money("0.01"))


@pytest.mark.parametrize(("stated", "status"), [(183, "tied"), (183.01, "within_tolerance"), (183.02, "broken"), (182.98, "broken")])
def test_c1_holds_the_files_own_total_against_its_lines(stated: float, status: str) -> None:
    result = _c1(_readings(), _total(stated))
    assert _statuses(result, "file_total")[0][:2] == ("sales_line a.csv!Plan!9 net_amount", status)
    assert (blocked_reports(*result) != ()) == (status == "broken")
    assert result[1]["rule"].to_list() == (["total_row_differs"] if status == "broken" else [])


def test_c1_does_not_check_a_total_over_unreadable_cells() -> None:
    ties, findings = _c1(_readings(), _total(200, unreadable=2))
    assert blocked_reports(ties, nothing()[1]) == ()
    assert findings.select("rule", "found", "expected", "amount", "source_row").rows() == [("total_not_checkable", "2", "200", money(17), 9)]


def test_c1_a_persons_own_total_is_listed_and_stops_nothing() -> None:
    ties, findings = _c1(_readings(), _total(184, table="sell_out"))
    assert blocked_reports(ties, nothing()[1]) == ()
    assert findings.select("rule", "severity", "cell", "found", "expected", "amount").rows() == [
        ("total_row_differs", "warning", "F9", "184", "183", money(1))
    ]


def test_c1_a_total_of_what_can_be_read_is_right() -> None:
    ties, findings = _c1(_readings(), _total(183, unreadable=1))
    assert findings.is_empty()
    assert set(ties["status"]) == {"tied"}


def test_c1_a_total_that_reading_could_not_add_up_is_listed_and_compared_with_nothing() -> None:
    ties, findings = _c1(_readings(), _total(183, unreadable=1).with_columns(computed=pl.lit(None, pl.Int64)))
    assert set(ties["statement"]) == {"file_rows", "file_amount"}
    assert findings.select("rule", "found", "expected", "amount").rows() == [("total_not_checkable", "1", "183", None)]


def test_c1_counts_unreadable_amounts() -> None:
    _, good, faults, repeated = _judged()
    contract = CONTRACTS["sales_line"]
    blind = faults.with_columns(amount_unreadable=pl.col("source_row") == 5)
    result = file_to_raw("2026-10", POLICY, _readings(), pl.DataFrame(schema=TOTALS), sums_by_file(good, contract), blind, sums_by_file(repeated, contract))
    assert result[1].select("rule", "found", "source_file").rows() == [("amount_unreadable", "1", "a.csv")]


def test_a_file_of_which_nothing_came_through_is_broken() -> None:
    other = _readings().with_columns(source_sha256=pl.lit("f" * 64))
    assert [status for _, status, _ in _statuses(_c1(other))] == ["broken", "broken"]


def _c2(fact: pl.DataFrame | None = None) -> Result:
    raw, good, faults, repeated = _judged()
    return raw_to_facts("2026-10", CONTRACTS["sales_line"], raw, good if fact is None else fact, faults, repeated, OCTOBER.start, OCTOBER.end)


def test_c2_ties_by_kind_and_month() -> None:
    result = _c2()
    assert sorted(_statuses(result, "kind_month_amount")) == [
        ("sales_line invoice ", "tied", 0), ("sales_line invoice 2026-10", "tied", 0), ("sales_line red_slip 2026-10", "tied", 0),
    ]  # fmt: skip
    assert {status for _, status, _ in _statuses(result)} == {"tied"}


def test_c2_breaks_when_a_row_is_lost_or_doubled() -> None:
    good = _judged()[1]
    lost, doubled = _c2(good.filter(pl.col("document_kind") != "red_slip")), _c2(pl.concat([good, good.tail(1)]))
    assert ("sales_line red_slip 2026-10", "broken", money(-30)) in _statuses(lost, "kind_month_amount")
    assert ("sales_line red_slip 2026-10", "broken", money(-1)) in _statuses(doubled, "kind_month_rows")
    assert "R14" in blocked_reports(*lost)


def test_c2_breaks_by_one_fen_and_by_kind() -> None:
    good = _judged()[1].with_columns(net_amount=pl.col("net_amount") + money("0.01"))
    assert ("sales_line invoice 2026-10", "broken", money("-0.01")) in _statuses(_c2(good), "kind_month_amount")
    turned = _judged()[1].with_columns(document_kind=pl.lit("invoice"))
    assert {status for _, status, _ in _statuses(_c2(turned), "kind_month_rows")} == {"tied", "broken"}


# C3


def _ledger(*accounts: tuple[str, float], **more: pl.DataFrame) -> Any:
    sales = fact_rows(
        "sales_line",
        {"net_amount": money(100), "gross_amount": money(113), "cost_amount": money(60), "document_date": date(2026, 10, 1)},
        {"net_amount": money(-20), "gross_amount": money("-22.6"), "cost_amount": money(-12), "document_kind": "red_slip", "document_date": D},
        {"net_amount": money(999), "document_kind": "delivery", "document_date": D},
        {"net_amount": money(55), "document_date": date(2026, 11, 1)},
    )
    receipts = fact_rows("receipt", {"amount": money(40), "received_on": D}, {"amount": money(3), "received_on": date(2026, 9, 30)})
    control = fact_rows("ledger_control", *({"period": "2026-10", "account": name, "amount": money(amount)} for name, amount in accounts))
    return facts_of(sales_line=sales, receipt=receipts, ledger_control=control, **more)


def test_fact_totals_leave_deliveries_out() -> None:
    assert fact_totals(_ledger(), OCTOBER, D) == {
        "net_amount": money(80), "gross_amount": money("90.4"), "receipts": money(40), "expenses": 0, "margin": money(32),
    }  # fmt: skip


@pytest.mark.parametrize(("revenue", "status"), [(80, "tied"), (80.01, "within_tolerance"), (79.99, "within_tolerance"), (80.02, "broken")])
def test_c3_compares_to_the_fen(revenue: float, status: str) -> None:
    facts = _ledger(("revenue", revenue), ("receipts", 40), ("receivables", 50.4))
    result = facts_to_ledger(facts, POLICY, OCTOBER, D, money("50.4"))
    found = {subject: state for subject, state, _ in _statuses(result)}
    assert found == {"revenue": status, "receipts": "tied", "receivables": "tied"}
    assert len(result[1]) == (status == "broken")
    assert blocked_reports(*result) == ()


def test_c3_says_what_differs() -> None:
    _, findings = facts_to_ledger(_ledger(("revenue", 90.5)), POLICY, OCTOBER, D)
    assert findings.select("rule", "severity", "subject", "found", "expected", "amount").rows() == [
        ("ledger_differs", "warning", "revenue", "80", "90.5", money("-10.5"))
    ]


def test_c3_waits_for_the_end_of_the_period_and_names_a_missing_ledger() -> None:
    facts = _ledger(("revenue", 1))
    assert facts_to_ledger(facts, POLICY, OCTOBER, date(2026, 10, 30))[0].is_empty()
    ties, findings = facts_to_ledger(facts, POLICY, CALENDAR.period("2026-11"), date(2026, 11, 30))
    assert ties.is_empty()
    assert findings.select("rule", "severity", "found").rows() == [("ledger_not_given", "info", "55")]


# C4, causes


def test_c4_ties_and_breaks_by_one_fen() -> None:
    printed = pl.DataFrame({"report": ["R4", "R13"], "name": ["net_amount"] * 2, "amount": [money(80), money("80.01")]})
    result = facts_to_reports("2026-10", printed, {"net_amount": money(80)})
    assert _statuses(result) == [("R4 net_amount", "tied", 0), ("R13 net_amount", "broken", money("0.01"))]
    assert blocked_reports(*result) == ("R13",)


def test_c4_refuses_a_total_that_nothing_is_held_against() -> None:
    with pytest.raises(KeyError, match="turnover"):
        facts_to_reports("2026-10", pl.DataFrame({"report": ["R4"], "name": ["turnover"], "amount": [1]}), {"net_amount": 1})


def _causes(*variances: int) -> pl.DataFrame:
    rows = [
        {"base": "plan", "span": "period", "cut": "region_code", "key": f"R{i}", "key2": "", "variance": variance,
         "price": 5, "volume": 3, "mix": -2, "new": 0, "discontinued": -1, "other": 0}
        for i, variance in enumerate(variances)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_causes_add_up_and_two_wrongs_make_no_right() -> None:
    assert _statuses(causes_add_up("2026-10", _causes(5, 5))) == [("cut plan period", "tied", 0)]
    result = causes_add_up("2026-10", _causes(4, 6))
    assert [(status, difference) for _, status, difference in _statuses(result)] == [("tied", 0), ("broken", 1), ("broken", -1)]
    assert blocked_reports(*result) == ("R4", "R10", "R13")


# C6 and the ageing


def test_buckets_less_advances_for_every_customer() -> None:
    owed = pl.DataFrame({"customer_code": ["A", "B"], "balance": [80, -20], "advance": [0, 20]})
    ageing = pl.DataFrame({"customer_code": ["A", "A", "A"], "basis": ["due", "due", "fifo"], "amount": [50, 30, 80]})
    assert _statuses(buckets_less_advances("2026-10", owed, ageing)) == [("due", "tied", 0), ("fifo", "tied", 0)]
    moved = ageing.with_columns(amount=pl.Series([50, 31, 80]))
    result = buckets_less_advances("2026-10", owed, moved)
    assert _statuses(result) == [("due", "broken", 1), ("due A", "broken", 1), ("fifo", "tied", 0)]
    assert blocked_reports(*result) == ("R11", "R13", "R14")


def test_differences_of_customers_do_not_cancel() -> None:
    owed = pl.DataFrame({"customer_code": ["A", "B"], "balance": [10, 10], "advance": [0, 0]})
    ageing = pl.DataFrame({"customer_code": ["A", "B"], "basis": ["due", "due"], "amount": [11, 9]})
    assert [status for _, status, _ in _statuses(buckets_less_advances("2026-10", owed, ageing))] == ["tied", "broken", "broken"]


def _rolled(**change: int) -> pl.DataFrame:
    base = {"opening": 100, "taken_over": 5, "sales": 50, "returns": 10, "receipts": 60, "adjustments": -3, "closing": 82, "open_amount": 90, "advance": 8}
    return pl.DataFrame([{"customer_code": "A", **base, **change}])


def test_c6_rolls_forward() -> None:
    last = pl.DataFrame({"customer_code": ["A"], "closing": [100]})
    result = rolls_forward("2026-10", POLICY, _rolled(), last)
    assert [status for _, status, _ in _statuses(result)] == ["tied"] * 3
    assert result[1].is_empty()
    assert len(rolls_forward("2026-10", POLICY, _rolled(), None)[0]) == 2


@pytest.mark.parametrize("column", ["opening", "taken_over", "sales", "returns", "receipts", "adjustments", "closing", "open_amount", "advance"])
def test_c6_arithmetic_breaks_by_one(column: str) -> None:
    frame = _rolled()
    result = rolls_forward("2026-10", POLICY, frame.with_columns(pl.col(column) + 1), None)
    assert "broken" in [status for _, status, _ in _statuses(result)]
    assert "R14" in blocked_reports(*result)


def test_c6_a_moved_opening_is_a_finding_and_stops_nothing() -> None:
    last = pl.DataFrame({"customer_code": ["A", "Gone"], "closing": [money(1), money(2)]})
    frame = _rolled(opening=money("1.5"), closing=82 + money("1.5") - 100, open_amount=90 + money("1.5") - 100)
    ties, findings = rolls_forward("2026-10", POLICY, frame, last)
    assert blocked_reports(ties, nothing()[1]) == ()
    assert findings.sort("subject").select("subject", "rule", "found", "expected", "amount").rows() == [
        ("A", "opening_moved", "1.5", "1", money("0.5")),
        ("Gone", "opening_moved", "0", "2", money(-2)),
    ]


# C7


def _numbers(*numbers: tuple[str, date], faults: pl.DataFrame | None = None, period: str = "2026-10") -> list[tuple[Any, ...]]:
    facts = facts_of(sales_line=fact_rows("sales_line", *({"document_no": no, "document_date": day} for no, day in numbers)))
    found = CALENDAR.period(period)
    frame = numbering_gaps(facts, _company(), found, found.end, no_faults() if faults is None else faults, "sales_line")
    return frame.select("rule", "subject", "found", "expected").rows()


def test_consecutive_numbers_have_no_gap() -> None:
    assert _numbers(*((f"XS202610-{i:05d}", date(2026, 10, 1)) for i in (1, 2, 3))) == []


def test_gaps_are_listed_as_ranges_by_series() -> None:
    day = date(2026, 10, 9)
    numbers = [(f"XS202610-{i:05d}", day) for i in (1, 2, 4, 5, 6, 9, 10)] + [("HZ202610-00007", day), ("HZ202610-00008", day)]
    assert _numbers(*numbers) == [("numbering_gap", "sales_line XS202610-", "3", "XS202610-00003, XS202610-00007 – XS202610-00008")]


def test_a_gap_belongs_to_the_period_of_the_next_number() -> None:
    numbers = [("S-1", date(2026, 9, 30)), ("S-2", date(2026, 9, 30)), ("S-4", date(2026, 10, 1)), ("S-6", date(2026, 11, 1)), ("S-7", date(2026, 11, 1))]
    assert _numbers(*numbers) == [("numbering_gap", "sales_line S-", "1", "S-3")]
    assert _numbers(*numbers, period="2026-11") == [("numbering_gap", "sales_line S-", "1", "S-5")]


def test_date_codes_without_a_dash_start_a_series() -> None:
    numbers = [("XS20260900998", date(2026, 9, 30)), ("XS20260900999", date(2026, 9, 30)), ("XS20261000001", date(2026, 10, 1)), ("XS20261000002", D)]
    assert _numbers(*numbers) == []
    assert _numbers(*numbers, ("XS20261000004", D)) == [("numbering_gap", "sales_line XS202610", "1", "XS20261000003")]


def test_a_shared_series_is_named_and_not_listed() -> None:
    assert _numbers(*((f"SO{i}", date(2026, 10, 1)) for i in (1, 50, 99))) == [("numbering_not_consecutive", "sales_line SO", "96", "3")]


def test_quarantined_documents_leave_no_gap() -> None:
    refused = judge(
        fact_rows("sales_line", {"document_no": "S-2", "customer_code": "C9"}).select(CONTRACTS["sales_line"].staged_schema.names()),
        CONTRACTS["sales_line"], KNOWN,
    )[1]  # fmt: skip
    numbers = [("S-1", date(2026, 10, 1)), ("S-3", date(2026, 10, 1))]
    assert _numbers(*numbers, faults=refused) == []
    assert len(_numbers(*numbers)) == 1


def _hygiene(facts: Any, faults: pl.DataFrame | None = None, files: pl.DataFrame | None = None, **controls: Any) -> pl.DataFrame:
    empty = pl.DataFrame(schema=FILES.schema)
    result = document_hygiene(facts, _company(**controls), OCTOBER, D, no_faults() if faults is None else faults, empty if files is None else files)
    _statuses(result)
    return result[1]


def test_nothing_wrong_finds_nothing() -> None:
    facts = facts_of(sales_line=fact_rows("sales_line", {"document_no": "S-1", "document_date": D}))
    assert _hygiene(facts).is_empty()
    assert _hygiene(facts_of()).is_empty()


def test_red_slips_without_or_with_an_unknown_origin() -> None:
    def slip(no: str, origin: str | None, day: date = D) -> dict[str, Any]:
        return {"document_no": no, "document_kind": "red_slip", "document_date": day, "origin_document_no": origin, "net_amount": money(-2)}

    facts = facts_of(
        sales_line=fact_rows(
            "sales_line", {"document_no": "I-1", "document_date": date(2025, 1, 1)}, slip("H-1", "I-1"), slip("H-2", None), slip("H-3", "I-9"),
            slip("H-3", "I-9"), slip("H-4", None, date(2026, 9, 30)), slip("H-5", "O-1"),
        ),
        opening_receivable=fact_rows("opening_receivable", {"document_no": "O-1"}),
    )  # fmt: skip
    found = _hygiene(facts).filter(pl.col("rule").str.starts_with("slip"))
    assert found.select("rule", "subject", "found", "source_row", "amount").rows() == [
        ("slip_origin_unknown", "H-3", "I-9", 5, money(-4)),
        ("slip_without_origin", "H-2", "", 4, money(-2)),
    ]


def test_duplicates_and_negative_stock_come_from_the_faults() -> None:
    doubled = fact_rows("sales_line", *({"document_no": "1", "line_no": "1", "net_amount": i, "document_date": D} for i in (1, 2)))
    _, clash = judge(doubled.select(CONTRACTS["sales_line"].staged_schema.names()), CONTRACTS["sales_line"], {})
    stock = fact_rows("stock", {"qty": money(-5), "counted_on": D, "product_code": "P1"}, {"qty": money(-5), "counted_on": date(2026, 9, 1)}, {"qty": 0, "counted_on": D})
    good, minus = judge(stock.select(CONTRACTS["stock"].staged_schema.names()), CONTRACTS["stock"], {})
    found = _hygiene(facts_of(), pl.concat([clash, minus]))
    assert len(good) == 3
    assert found.select("rule", "subject", "source_row", "found").rows() == [
        ("duplicate_key", "sales_line 1 / 1", 2, "1 / 1"),
        ("duplicate_key", "sales_line 1 / 1", 3, "1 / 1"),
        ("negative_stock", "stock x / P1 / finished", 2, "-5"),
    ]


def _file(cover: str, **more: Any) -> pl.DataFrame:
    row = {"delivery": "1", "source_file": "test.csv", "source_sha256": SHA, "layout": "sell", "table": "sell_out", "cover": cover, "status": "live"}
    return pl.DataFrame([{**row, **more}], schema=FILES.schema)


def test_dates_outside_what_the_file_covers() -> None:
    facts = facts_of(sell_out=fact_rows("sell_out", {"sold_on": date(2026, 10, 1)}, {"sold_on": D}, {"sold_on": date(2026, 9, 30)}))
    found = _hygiene(facts, files=_file("2026-10"))
    assert found.select("rule", "source_row", "found", "expected").rows() == [("date_outside_period", 4, "2026-09-30", "2026-10-01 – 2026-10-31")]
    assert _hygiene(facts, files=_file("2026-10", status="superseded")).is_empty()
    assert _hygiene(facts, files=_file("2026-10", layout="another")).is_empty()
    assert len(_hygiene(facts, files=_file("2026-09"))) == 2


def test_plan_rows_that_no_figure_uses_are_named() -> None:
    planned = (
        ("2026-10", "net_amount", "region_code", "R1"), ("2026-13", "net_amount", "region_code", "R1"), ("2026-10", "qty", "region_code", "R1"),
        ("2026-11", "qty", "region_code", "R1"), ("2026-10", "qty", "product_code", "P1"), ("2026-Q4", "qty", "customer_code", "C1"),
    )  # fmt: skip
    every = dict.fromkeys(("department", "region_code", "employee_code", "customer_code", "product_line", "product_code"), "all")
    rows = fact_rows("plan", *({**every, "version": "1", "period": key, "measure": measure, of: code} for key, measure, of, code in planned))
    product = fact_rows("product", *({"product_code": code, "base_unit": unit, "line": "L"} for code, unit in (("P1", "t"), ("P2", "box"))))
    found = _hygiene(facts_of(plan=rows, product=product))
    assert found.select("rule", "subject", "source_row", "found", "reports").rows() == [
        ("plan_of_no_period", "plan 2026-13 net_amount R1", 3, "2026-13", "R3,R4,R6,R10,R13"),
        ("plan_without_unit", "plan 2026-10 qty R1", 4, "2026-10", "R3,R4,R6,R10,R13"),
        ("plan_without_unit", "plan 2026-Q4 qty C1", 7, "2026-Q4", "R3,R4,R6,R10,R13"),
    ]


def test_terms_that_cannot_be_read_are_named() -> None:
    said = ("net 30", "when he likes", None, "next year")
    customer = fact_rows("customer", *({"customer_code": f"C{i}", "payment_terms": text, "valid_from": D} for i, text in enumerate(said)))
    later = customer.with_columns(valid_from=pl.when(pl.col("customer_code") == "C3").then(date(2026, 11, 1)).otherwise("valid_from"))
    found = _hygiene(facts_of(customer=later))
    assert found.select("rule", "subject", "source_row", "found", "expected").rows() == [
        ("terms_not_readable", "C1", 3, "when he likes", "net 30")
    ]


@pytest.mark.parametrize(
    ("cover", "span"),
    [
        ("2026-10", ("2026-10-01", "2026-10-31")), ("2026-10-31", ("2026-10-31", "2026-10-31")), ("2026-W41", ("2026-10-05", "2026-10-11")),
        ("2026-02-H2", ("2026-02-16", "2026-02-28")), ("2026-10-H1", ("2026-10-01", "2026-10-15")), ("all", None), ("2026-W99", None),
    ],
)  # fmt: skip
def test_covers_are_spans(cover: str, span: tuple[str, str] | None) -> None:
    found = cover_span(CALENDAR, cover)
    assert (tuple(str(day) for day in found) if found else None) == span


def test_severity_and_owner_are_policy() -> None:
    facts = facts_of(sales_line=fact_rows("sales_line", *({"document_no": f"S-{i}", "document_date": D} for i in (1, 3))))
    plain, strict = _hygiene(facts), _hygiene(facts, severity={"C7": "warning", "C7.numbering_gap": "error"}, owners={"C7": "finance"})
    assert (plain["severity"].item(), plain["owner"].item()) == ("warning", "")
    assert (strict["severity"].item(), strict["owner"].item()) == ("error", "finance")


# What all of them share


def test_combined_results_are_in_one_order_whatever_the_order_of_controls() -> None:
    parts = [_c1(_readings(rows=8)), _c2(), rolls_forward("2026-10", POLICY, _rolled(), None), nothing()]
    there, back = combine(parts), combine(reversed(parts))
    assert there[0].equals(back[0])
    assert there[1].equals(back[1])


def test_reach_names_tables_and_reports() -> None:
    assert set(REACH) <= set(CONTRACTS)
    assert reports_of("plan", "sell_out") == ("R3", "R4", "R6", "R10", "R11", "R13")
    assert not {"R20", "R21", "R24"} & {report for reports in REACH.values() for report in reports}


ROOT = Path(__file__).parents[2]
EMITTED = {
    *re.findall(r'CellFault\("(\w+)"', (ROOT / "pipelines/sources/cells.py").read_text("utf-8")),
    *(
        name
        for room in ("controls", "quality", "sources")
        for path in (ROOT / "pipelines" / room).glob("*.py")
        for name in re.findall(r'(?:rule=(?:pl\.lit\()?|_Check\()"(\w+)"', path.read_text("utf-8"))
    ),
}
OWN = {rule.name for contract in (*CONTRACTS.values(), *MARTS.values()) for rule in contract.rules}


@pytest.mark.parametrize("rule", sorted(EMITTED | OWN | {"missing", "slip_without_origin", "slip_origin_unknown", "numbering_gap"}))
def test_every_rule_has_its_sentence_in_every_language(rule: str) -> None:
    said = {sentences.said(rule, language, found="FOUND", expected="EXPECTED") for language in LANGUAGES}
    assert all(said)
    assert not any("{" in text for text in said)
    assert len({sentences.sentence(rule).en, sentences.sentence(rule).hans}) == 2


def _confirmed(**changed: Any) -> Result:
    """One customer's reply to the statement of the end of October: owes nothing, our books and theirs, unless ``changed``."""
    row = {"period": "2026-10", "statement_on": D, "customer_code": "A", "result": "agreed", "balance": 0, "stated_balance": 0,
           "confirmed_balance": 0, "source_file": "a.xlsx", "source_sheet": "Slip", "source_row": 9} | changed  # fmt: skip
    replies = pl.DataFrame([row])
    items = pl.DataFrame(schema=RECONCILING_ITEM.schema)
    coverage = pl.DataFrame([{"statement_on": D, "side": "owed", "agreed_amount": row["balance"], "different_amount": 0, "unanswered_amount": 0}])
    return confirmations("2026-10", POLICY, facts_of(), replies, items, coverage, pl.DataFrame(schema=LETTERS), date(2026, 10, 31))


def test_a_reply_whose_items_do_not_lead_to_our_balance_breaks_an_invariant() -> None:
    ties, _ = _confirmed(balance=500, stated_balance=500)
    broken = {(row["statement"], row["subject"], row["difference"]) for row in ties.to_dicts() if row["status"] == "broken" and row["invariant"]}
    # Nobody owes anything by the facts, and the reply of A says 0 where the books say 500, with no item between them.
    assert broken == {("confirmed_and_items", "2026-10-31", -500), ("confirmed_and_items", "2026-10-31 A", -500), ("replies_are_balance", "2026-10-31", 500)}


def test_a_reply_to_an_older_statement_is_found_at_its_cell() -> None:
    _, findings = _confirmed(balance=500)
    assert findings.select("rule", "subject", "source_row", "found", "expected").rows() == [("statement_changed", "A", 9, "0", "0.05")]


def test_every_statement_side_and_reason_has_words() -> None:
    parts = [
        _c1(_readings(), _total(1)), _c2(), facts_to_ledger(_ledger(("revenue", 1)), POLICY, OCTOBER, D),
        facts_to_reports("2026-10", pl.DataFrame({"report": ["R4"], "name": ["net_amount"], "amount": [1]}), {"net_amount": 1}),
        cut_off(facts_of(), POLICY, OCTOBER, pl.DataFrame({"region_code": ["R1"], "amount": [1]})).result,
        causes_add_up("2026-10", _causes(5)), rolls_forward("2026-10", POLICY, _rolled(), _rolled()),
        buckets_less_advances("2026-10", pl.DataFrame({"customer_code": ["A"], "balance": [1], "advance": [0]}),
                              pl.DataFrame({"customer_code": ["A"], "basis": ["due"], "amount": [1]})),
        _confirmed(balance=0),
    ]  # fmt: skip
    ties = combine(parts)[0]
    # What recipients' slices are held against is proved where they are cut, and said here.
    of_slices = {"slices_add_up", "own_figures_are_the_slice"}
    assert set(ties["statement"]) | of_slices == set(sentences.STATEMENTS)
    sides = {"slices_and_rest", "whole", "sum_of_lines"}
    assert set(ties["left_label"]) | set(ties["right_label"]) | sides == set(sentences.SIDES)
    assert set(NULL_REASONS) == set(sentences.NULL_REASONS)


def test_what_was_found_is_never_read_as_a_placeholder() -> None:
    text = sentences.said("not_a_number", "en", table="sales_line", column="qty", found="{expected}", expected="no")
    assert text == "“{expected}” in “Quantity” is not a number. Enter digits only."


def test_a_rule_without_words_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="gone_wrong"):
        sentences.said("gone_wrong", "en")


def test_an_error_stops_the_reports_that_it_touches_and_no_others_and_a_warning_none() -> None:
    company = Controls(severity={"C3": "error"})
    ties, findings = facts_to_ledger(_ledger(("receipts", 90.5)), company, OCTOBER, D)
    assert findings.select("rule", "severity").rows() == [("ledger_differs", "error")]
    assert blocked_reports(ties, findings) == tuple(findings["reports"][0].split(","))
    assert "R24" not in blocked_reports(ties, findings)
    assert blocked_reports(*facts_to_ledger(_ledger(("receipts", 90.5)), POLICY, OCTOBER, D)) == ()


def test_reports_that_say_what_went_wrong_are_never_held_up() -> None:
    _, findings = facts_to_ledger(_ledger(("receipts", 90.5)), Controls(severity={"C3": "error"}), OCTOBER, D)
    assert blocked_reports(nothing()[0], findings.with_columns(reports=pl.lit("R20,R21,R24,R14"))) == ("R14",)
