"""Roll-forward, ratios, credit, provision and dunning of receivables (M3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.policy import Bucket, Policy, Receivables
from pipelines.metrics.receivable_marts import receivable_marts
from pipelines.metrics.receivable_ratios import loss_rates
from pipelines.metrics.windows import month_after, month_before, shifted
from pipelines.sources.facts import Facts
from tests.builders import money
from tests.pipelines.test_receivables import CALENDAR, DAY, JUNE, adjusted, allocated, company_of, facts, invoice, receipt, slip

MAY, APRIL = date(2026, 5, 10), date(2026, 4, 10)
NEXT = date(2026, 7, 15)


def marts(source: Facts, day: date = DAY, policy: Policy | None = None) -> dict[str, pl.DataFrame]:
    return receivable_marts(source, company_of(policy or Policy(name="Test")), CALENDAR.containing(day), day)


def company_row(source: Facts, **policy: Any) -> dict[str, Any]:
    frame = marts(source, policy=Policy(name="Test", receivables=Receivables(**policy)))["receivable_ratios"]
    return frame.filter(pl.col("cut") == "company").row(0, named=True)


def row(frame: pl.DataFrame, code: str = "C1") -> dict[str, Any]:
    return frame.filter(pl.col("customer_code") == code).row(0, named=True)


COUNT_BACK = {"sales_line": [invoice("A", APRIL, 70), invoice("B", MAY, 80), invoice("C", JUNE, 100)], "receipt": [receipt("R", DAY, 38)]}


@pytest.mark.parametrize(("days_per_month", "days"), [(30, 73.7), (None, 74.7)])
def test_countback_dso(days_per_month, days):
    found = company_row(facts(**COUNT_BACK), days_per_month=days_per_month)
    assert round(found["countback_dso"], 1) == days
    assert not found["countback_exhausted"]


def test_countback_when_the_history_ends_first():
    source = facts(**COUNT_BACK, opening_receivable=[{"document_no": "O", "customer_code": "C1", "opening_on": APRIL, "document_date": APRIL, "open_amount": money(500)}])
    found = company_row(source)
    assert (found["countback_dso"], found["countback_exhausted"], found["countback_days"]) == (None, True, 91)


def test_countback_of_an_advance_and_over_a_month_of_returns():
    assert company_row(facts(receipt=[receipt("R", DAY, 1)]))["countback_dso"] == 0
    lines = [invoice("A", APRIL, 100), slip("S", MAY, 20), invoice("C", JUNE, 50)]
    # June 50 in 30 days, May takes nothing and counts 31, April 30 of 100.
    source = facts(sales_line=lines, adjustment=[adjusted("J", JUNE, -50, kind="discount")])
    assert company_row(source)["countback_dso"] == pytest.approx(30 + 31 + 0.3 * 30)


def test_dso_best_possible_and_delinquent():
    lines = [invoice("A", MAY, 5000, due_on=MAY), invoice("B", JUNE, 6000, due_on=JUNE), invoice("C", JUNE, 4000, due_on=NEXT)]
    found = company_row(facts(sales_line=lines), dso_months=1)
    assert (found["dso"], found["best_possible_dso"], found["average_days_delinquent"]) == (45, 12, 33)
    assert found["share_overdue"] == pytest.approx(11 / 15)


def test_prepaid_customers_have_no_credit_sales():
    master = [{"customer_code": "C1"}, {"customer_code": "C2", "payment_terms": "Prepaid"}]
    source = facts(master, sales_line=[invoice("A", JUNE, 100), invoice("B", JUNE, 70, "C2"), slip("S", JUNE, 10)])
    found = company_row(source)
    assert (found["credit_sales"], found["credit_days"]) == (money(90), 91)
    assert found["sales"] == money(160)


def test_cei():
    lines = [invoice("A", MAY, 1000, due_on=MAY), invoice("B", JUNE, 1300, due_on=JUNE), invoice("C", JUNE, 700, due_on=NEXT)]
    found = company_row(facts(sales_line=lines, receipt=[receipt("R", DAY, 1800)]))
    assert round(found["cei"] * 100, 2) == 78.26


def test_collection_rate_and_recovery():
    lines = [
        invoice("A", APRIL, 100, due_on=MAY),  # overdue at the start
        invoice("B", MAY, 50, due_on=date(2026, 6, 20)),  # falls due in June
        invoice("C", JUNE, 30, due_on=date(2026, 6, 25)),  # invoiced since and due
        invoice("D", JUNE, 500, due_on=NEXT),  # not asked for yet
    ]
    found = company_row(facts(sales_line=lines, receipt=[receipt("R0", MAY, 20), receipt("R1", DAY, 120)]))
    assert (found["collectable"], found["collected"]) == (money(160), money(120))
    assert (found["opening_overdue"], found["recovered"], found["overdue_recovery"]) == (money(80), money(80), 1.0)
    assert found["collection_rate"] == 0.75


def test_what_was_paid_early_or_in_advance_stands_apart():
    lines = [invoice("A", JUNE, 100, due_on=date(2026, 6, 20)), invoice("B", JUNE, 40, due_on=NEXT)]
    source = facts(sales_line=lines, receipt=[receipt("R0", MAY, 60), receipt("R1", DAY, 80)])
    found = company_row(source)
    assert (found["collectable"], found["collected"]) == (money(40), money(40))
    explicit = facts(sales_line=lines, receipt=[receipt("R1", DAY, 40)], receipt_allocation=[allocated("R1", "B", DAY, 40)])
    assert company_row(explicit)["collection_rate"] == 0
    assert company_row(facts(sales_line=lines[1:]))["collection_rate"] is None


def test_ratios_by_region_and_salesperson():
    master = [{"customer_code": "C1", "region_code": "N", "employee_code": "E1"}, {"customer_code": "C2", "region_code": "S"}]
    frame = marts(facts(master, sales_line=[invoice("A", JUNE, 1), invoice("B", JUNE, 2, "C2")]))["receivable_ratios"]
    closing = {(cut, key): amount for cut, key, amount in frame.select("cut", "key", "closing").iter_rows()}
    assert closing == {
        ("company", "all"): money(3), ("department", ""): money(3), ("region_code", "N"): money(1), ("region_code", "S"): money(2),
        ("employee_code", "E1"): money(1), ("employee_code", ""): money(2), ("customer_code", "C1"): money(1), ("customer_code", "C2"): money(2),
    }  # fmt: skip


def test_roll_rate_adds_write_offs_back():
    source = facts(sales_line=[invoice("A", APRIL, 100, due_on=date(2026, 5, 15))], receipt=[receipt("R", JUNE, 30)], adjustment=[adjusted("J", DAY, -20, "A")])
    rolls = marts(source)["roll_rates"]
    found = rolls.filter(pl.col("bucket") == "1-30").row(0, named=True)
    assert (found["before"], found["now"], found["written_off"], found["roll_rate"]) == (money(100), money(50), money(20), 0.7)
    assert rolls.height == 4


def test_loss_rates():
    assert loss_rates([0.2, 0.5, 0.6, 0.8]) == pytest.approx([0.048, 0.24, 0.48, 0.8])
    assert loss_rates([0.2, None, 0.6]) == [None, None, 0.6]


def test_roll_forward():
    source = facts(
        sales_line=[invoice("A", MAY, 100), invoice("B", JUNE, 50), slip("S", JUNE, 5, "B")],
        receipt=[receipt("R", JUNE, 70), receipt("X", DAY, -10, reverses_receipt_no="R")],
        adjustment=[adjusted("J", DAY, -3), adjusted("K", DAY, 1)],
        opening_receivable=[{"document_no": "O", "customer_code": "C1", "opening_on": JUNE, "document_date": MAY, "open_amount": money(7)}],
    )
    found = row(marts(source)["receivables_roll_forward"])
    names = ("opening", "taken_over", "sales", "returns", "receipts", "adjustments", "closing", "open_amount", "advance")
    assert [found[name] for name in names] == [money(value) for value in (100, 7, 50, 5, 60, -2, 90, 90, 0)]
    assert row(marts(source, date(2026, 5, 31))["receivables_roll_forward"])["closing"] == found["opening"]


def test_credit_use_and_days_in_breach():
    master = [{"customer_code": "C1", "valid_from": date(2026, 1, 1), "credit_limit": money(150)},
              {"customer_code": "C1", "valid_from": date(2026, 6, 20), "credit_limit": money(100)}]  # fmt: skip
    lines = [
        invoice("A", MAY, 60),
        invoice("D1", JUNE, 30, document_kind="delivery"),
        invoice("D2", JUNE, 40, document_kind="delivery"),
        invoice("B", date(2026, 6, 5), 40, origin_document_no="D2"),
    ]
    receipts = [
        receipt("R1", date(2026, 6, 10), 20, method="bank_draft", matures_on=NEXT, instrument_no="N1"),
        receipt("R2", date(2026, 6, 10), 8, method="bank_draft", matures_on=DAY),  # matures on the day
        receipt("R3", date(2026, 6, 11), 9, method="bank_draft", matures_on=NEXT),
        receipt("X3", date(2026, 6, 12), -9, reverses_receipt_no="R3"),
    ]
    found = marts(facts(master, sales_line=lines, receipt=receipts))
    position = row(found["receivables"])
    assert (position["open_amount"], position["shipped_not_invoiced"], position["drafts_not_matured"]) == (money(72), money(30), money(20))
    assert (position["credit_use"], position["over_limit"]) == (1.22, money(22))
    assert position["days_in_breach"] == 11  # since the limit fell on the 20th
    assert found["drafts"].select("receipt_no", "amount", "days_to_maturity").rows() == [("R1", money(20), 15)]
    assert row(marts(facts(master, sales_line=lines, receipt=receipts), date(2026, 6, 19))["receivables"])["days_in_breach"] == 0


def test_no_limit_is_never_breached():
    found = row(marts(facts(sales_line=[invoice("A", MAY, 60)]))["receivables"])
    assert (found["credit_limit"], found["credit_use"], found["over_limit"], found["days_in_breach"]) == (None, None, 0, 0)


def test_groups_add_their_members_and_net_nothing():
    master = [{"customer_code": "C1", "credit_limit": money(10), "parent_code": "C2"}, {"customer_code": "C2", "credit_limit": money(5), "name": "Head"},
              {"customer_code": "C3", "parent_code": "C1"}, {"customer_code": "C4"}]  # fmt: skip
    source = facts(master, sales_line=[invoice("A", JUNE, 100), invoice("B", JUNE, 1, "C4"), invoice("C", JUNE, 2, "C2")], receipt=[receipt("R", DAY, 30, "C3")])
    frame = marts(source)["receivables_group"]
    assert frame.select("parent_code", "group_name", "customers", "balance", "open_amount", "advance", "credit_limit", "over_limit").rows() == [
        ("C2", "Head", 3, money(72), money(102), money(30), money(15), money(87)),
        ("C4", "x", 1, money(1), money(1), 0, None, 0),
    ]


def specific(document: str | None, valid_from: date = JUNE, **more: Any) -> dict[str, Any]:
    return {"customer_code": "C1", "document_no": document, "valid_from": valid_from, **more}


def test_specific_provisions_go_first():
    lines = [invoice("A", MAY, 100), invoice("B", date(2025, 1, 1), 200), invoice("C", JUNE, 40)]
    rows = [specific("A", rate=50_000_000), specific("A", date(2026, 6, 20), rate=80_000_000), specific("C", amount=money(90)), specific("C", NEXT, amount=money(1))]
    frame = marts(facts(sales_line=lines, specific_provision=rows))["provision"]
    assert frame.select("method", "class", "document_no", "base", "amount").rows() == [
        ("class", "1-2y", "", money(200), money(20)),
        ("specific", "", "A", money(100), money(80)),
        ("specific", "", "C", money(40), money(40)),  # never more than is open
    ]
    whole = marts(facts(sales_line=lines, specific_provision=[specific(None, rate=10_000_000), specific("A", amount=money(60))]))["provision"]
    assert whole.select("method", "document_no", "base", "amount").rows() == [("specific", "", money(240), money(24)), ("specific", "A", money(100), money(60))]


def test_oldest_first_changes_the_provision():
    lines = [invoice("A", date(2024, 12, 1), 100), invoice("B", JUNE, 100)]
    source = facts(sales_line=lines, receipt=[receipt("R", DAY, 100)], receipt_allocation=[allocated("R", "B", DAY, 100)])
    frame = marts(source)["provision_effect"]
    assert frame.select("class", "base_invoice", "base_fifo", "provision_invoice", "provision_fifo", "effect").rows() == [
        ("<=1y", 0, money(100), 0, money(5), money(5)), ("1-2y", money(100), 0, money(10), 0, money(-10)),
    ]  # fmt: skip


def test_provision_by_days_late():
    policy = Policy(name="Test", receivables=Receivables(provision_by="due", due_buckets=(Bucket(name="late", provision="0.2"),)))
    source = facts(sales_line=[invoice("A", MAY, 100, due_on=MAY), invoice("B", JUNE, 100, due_on=NEXT)])
    assert marts(source, policy=policy)["provision"].select("class", "amount").rows() == [("not_due", 0), ("late", money(20))]


def test_dunning_levels():
    lines = [
        invoice("A", APRIL, 1, due_on=date(2026, 3, 31)),
        invoice("B", APRIL, 2, due_on=date(2026, 5, 31)),
        invoice("C", APRIL, 3, due_on=date(2026, 6, 29)),
        invoice("D", APRIL, 4, due_on=DAY),
        invoice("E", APRIL, 5, due_on=date(2026, 7, 31)),
        invoice("F", APRIL, 6, due_on=date(2026, 8, 1)),
    ]
    lines = [{**line, "document_date": date(2026, 3, 1)} for line in lines]
    frame = marts(facts(sales_line=lines))["dunning"]
    assert frame.select("document_no", "status", "level", "days_late").rows() == [
        ("A", "overdue", 3, 91), ("B", "overdue", 1, 30), ("C", "overdue", 1, 1), ("D", "due_next", 0, 0), ("E", "due_next", 0, 0),
    ]  # fmt: skip


def test_months_back_follow_the_calendar():
    cut_off = Calendar(CalendarFile(kind="cut_off", cut_off_day=30))
    assert month_before(cut_off, date(2026, 2, 28)) == date(2026, 1, 30)
    assert month_before(CALENDAR, date(2026, 2, 28), 2) == date(2025, 12, 31)
    assert month_before(CALENDAR, date(2026, 3, 15)) == date(2026, 2, 15)
    assert month_before(CALENDAR, date(2000, 1, 31)) == date(1999, 12, 31)
    assert month_before(CALENDAR, date(1999, 1, 31)) == date(1998, 12, 31)
    assert month_after(CALENDAR, date(2026, 1, 31)) == date(2026, 2, 28)
    assert month_after(CALENDAR, date(2026, 1, 15)) == date(2026, 2, 15)
    assert month_after(CALENDAR, date(1999, 1, 15)) == date(1999, 2, 15)
    assert shifted(date(2026, 1, 30), 1) == date(2026, 2, 28)
