"""What lies behind a difference is listed item by item, and is called explained only where it adds up."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.policy import Controls
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts_control import FAULT_SCHEMA, FINDINGS, TIE_OUT_ITEM
from pipelines.controls import reconciling
from pipelines.controls.results import found, nothing, tied
from pipelines.quality.judge import judge, repeats
from tests.builders import fact_rows, facts_of, money

OCTOBER = Calendar(CalendarFile()).period("2026-10")
D = OCTOBER.end
POLICY = Controls(owners={"C3": "finance", "C1": "sales"})


def fault(amount: float | None, **more: Any) -> dict[str, Any]:
    row = {"table": "sales_line", "source_file": "s.csv", "source_sha256": "0" * 64, "source_sheet": "", "source_row": 5, "source_column": "",
           "reason_no": 1, "rule": "missing", "severity": "error", "column": "unit", "cell": "M5", "found": "", "document": "X1", "goes_with": False,
           "amount": None if amount is None else money(amount), "amount_unreadable": amount is None, "business_date": date(2026, 10, 21),
           "delivered": "{}", "layout": "erp", "sender": "erp"}  # fmt: skip
    return row | more


def faults(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FAULT_SCHEMA)


def ledger(difference: float) -> pl.DataFrame:
    rows = pl.DataFrame({"subject": ["revenue"], "left_amount": [money(1000 + difference)], "right_amount": [money(1000)]})
    return tied(rows, period="2026-10", control="C3", statement="ledger", left="facts", right="general_ledger", invariant=False, tolerance=100)


def items(ties: pl.DataFrame, *parts: pl.DataFrame, arrived: dict[str, date] | None = None) -> pl.DataFrame:
    listed = reconciling.tie_out_item(OCTOBER, D, POLICY, ties, parts, arrived or {})
    assert listed.schema == TIE_OUT_ITEM.schema
    assert not listed.select(TIE_OUT_ITEM.grain).is_duplicated().any()
    return listed


def said(listed: pl.DataFrame) -> list[tuple[str, int | None, str]]:
    return listed.select("kind", "amount", "state").rows()


@pytest.mark.parametrize(("difference", "expected"), [
    (-107, [("kept_out", money(-107), "explained")]),
    (-107.01, [("kept_out", money(-107), "open"), ("unexplained", money("-0.01"), "open")]),
    (5, [("kept_out", money(-107), "open"), ("unexplained", money(112), "open")]),
])  # fmt: skip
def test_a_difference_is_explained_only_to_the_fen(difference: float, expected: list[tuple[str, int, str]]) -> None:
    listed = items(ledger(difference), reconciling.ledger_items("revenue", faults(fault(107)), OCTOBER, D))
    assert said(listed) == expected
    first = listed.row(0, named=True)
    assert (first["document"], first["cell"], first["owner"], first["since"], first["age_days"]) == ("X1", "M5", "finance", date(2026, 10, 21), 10)


def test_a_row_whose_amount_cannot_be_told_stays_open_beside_a_difference_that_is_explained() -> None:
    rows = faults(fault(107), fault(None, document="X2", source_row=6), fault(3, document="X3", source_row=7, business_date=None))
    listed = items(ledger(-107), reconciling.ledger_items("revenue", rows, OCTOBER, D))
    assert sorted(said(listed), key=str) == [("kept_out", money(-107), "explained"), ("kept_out", None, "open"), ("kept_out", None, "open")]


def test_rows_of_another_period_and_deliveries_are_none_of_the_accounts() -> None:
    other = fault(9, business_date=date(2026, 9, 30))
    delivery = fault(9, delivered=json.dumps({"document_kind": "delivery"}))
    assert reconciling.ledger_items("revenue", faults(other, delivery), OCTOBER, D).is_empty()
    assert reconciling.ledger_items("receipts", faults(fault(9)), OCTOBER, D).is_empty()


def test_within_tolerance_explains_itself_and_any_other_broken_tie_out_is_unexplained() -> None:
    assert said(items(ledger(0.01))) == [("within_tolerance", money("0.01"), "explained")]
    rows = pl.DataFrame({"subject": ["R4 net_amount"], "left_amount": [money(5)], "right_amount": [money(3)]})
    printed = tied(rows, period="2026-10", control="C4", statement="printed_total", left="printed", right="facts", reports="R4")
    assert said(items(printed)) == [("unexplained", money(2), "open")]


def test_c1_lists_every_rejected_row_as_old_as_its_day_or_its_file() -> None:
    rows = faults(fault(5), fault(None, source_row=6, business_date=None), fault(2, source_row=6, reason_no=2), fault(1, severity="warning", source_row=8),
                  fault(7, table="dealer_stock", source_row=9))  # fmt: skip
    listed = items(nothing()[0], reconciling.rejected_rows(rows), arrived={"s.csv": date(2026, 11, 2)})
    assert listed.select("source_row", "kind", "amount", "age_days", "owner").rows() == [
        (9, "kept_out", None, 10, "sales"), (5, "kept_out", money(5), 10, "sales"), (6, "amount_unreadable", None, 0, "sales"),
    ]  # fmt: skip


def test_c2_says_what_of_the_raw_rows_is_not_in_the_facts_by_kind_and_month() -> None:
    shared = {"customer_code": "C1", "product_code": "P1", "document_date": date(2026, 10, 5)}
    raw = fact_rows("sales_line", *({**shared, **one} for one in (
        {"document_no": "1", "line_no": "1", "net_amount": money(100)}, {"document_no": "1", "line_no": "1", "net_amount": money(100)},
        {"document_no": "2", "line_no": "1", "net_amount": money(7), "customer_code": "C9"},
    ))).select(CONTRACTS["sales_line"].staged_schema.names())  # fmt: skip
    known = {"customer.customer_code": pl.Series(["C1"]), "product.product_code": pl.Series(["P1"])}
    _, bad = judge(raw, CONTRACTS["sales_line"], known)
    part = reconciling.quarantined(CONTRACTS["sales_line"], raw, bad, repeats(raw, CONTRACTS["sales_line"], bad), OCTOBER.start, D)
    listed = items(nothing()[0], part)
    assert listed.select("subject", "kind", "rows", "amount", "since").rows() == [
        ("sales_line invoice 2026-10", "kept_out", 1, money(7), date(2026, 10, 5)),
        ("sales_line invoice 2026-10", "repeated", 1, money(100), date(2026, 10, 5)),
    ]


def _moved(**amounts: float) -> pl.DataFrame:
    rows = pl.DataFrame({"subject": list(amounts), "amount": [money(one) for one in amounts.values()]})
    return found(rows, period="2026-10", control="C6", policy=POLICY, rule="opening_moved")


def test_c6_names_the_late_documents_that_moved_an_opening_and_the_customer_where_they_do_not_add_up() -> None:
    late = {"source_sha256": "1" * 64, "source_file": "late.csv", "document_date": date(2026, 9, 20), "line_no": "1"}
    sales = fact_rows("sales_line", {**late, "document_no": "N1", "customer_code": "A", "gross_amount": money(30)},
                      {**late, "document_no": "N2", "customer_code": "B", "gross_amount": money(4)},
                      {**late, "document_no": "N3", "customer_code": "A", "gross_amount": money(9), "document_date": D})  # fmt: skip
    receipt = fact_rows("receipt", {"receipt_no": "S1", "customer_code": "A", "received_on": date(2026, 9, 30), "amount": money(10),
                                    "source_sha256": "1" * 64, "source_file": "late.csv"})  # fmt: skip
    facts = facts_of(sales_line=sales, receipt=receipt)
    part = reconciling.moved_openings(facts, _moved(A=20, B=5), date(2026, 9, 30), ["1" * 64])
    listed = items(nothing()[0], part).sort("document")
    assert listed.select("document", "kind", "amount").rows() == [("B", "moved", money(5)), ("N1", "restated", money(30)), ("S1", "restated", money(-10))]
    assert reconciling.moved_openings(facts, _moved(A=20), date(2026, 9, 30), []).select("kind", "amount").rows() == [("moved", money(20))]


def test_c7_is_as_old_as_the_row_it_stands_on_and_a_count_is_no_money() -> None:
    rows = pl.DataFrame({"rule": ["slip_without_origin", "numbering_gap", "negative_stock"], "subject": ["H1", "sales_line XS-", "stock W1"],
                         "source_file": ["s.csv", "", "t.csv"], "source_row": [5, 0, 3], "amount": [money(-4), None, money(-5)]})  # fmt: skip
    findings = found(rows, period="2026-10", control="C7", policy=POLICY)
    assert findings.schema == FINDINGS.schema
    sales = fact_rows("sales_line", {"document_no": "H1", "source_file": "s.csv", "source_row": 5, "document_date": date(2026, 10, 30)})
    listed = items(nothing()[0], reconciling.hygiene(findings, faults(), facts_of(sales_line=sales))).sort("rule")
    assert listed.select("rule", "amount", "age_days").rows() == [
        ("negative_stock", None, None), ("numbering_gap", None, None), ("slip_without_origin", money(-4), 1)
    ]  # fmt: skip
