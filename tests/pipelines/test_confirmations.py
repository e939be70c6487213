"""Replies to statements (R14): items lead from the confirmed balance to ours, whatever comes back; matches are never guesses."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.policy import Policy
from pipelines.contracts.confirmation import CONFIRMATION, slip_number
from pipelines.metrics.confirmations import confirmations, match_lines, statement_day
from pipelines.metrics.receivables import books_of
from pipelines.sources.facts import Facts
from pipelines.sources.slips import odd_slips
from tests.builders import fact_rows, facts_of, money

POLICY = Policy(name="Test")
CALENDAR = Calendar(CalendarFile())
JUNE = date(2026, 6, 30)
AUGUST = CALENDAR.period("2026-08")
COMPANY = Company(Path("test"), POLICY, CALENDAR, {}, (), (), "0")


def invoice(no: str, day: date, amount: float, **more: Any) -> dict[str, Any]:
    return {"document_no": no, "line_no": "1", "document_kind": "invoice", "document_date": day, "customer_code": "C1",
            "net_amount": money(amount), **more}  # fmt: skip


def red_slip(no: str, day: date, amount: float, origin: str | None = None) -> dict[str, Any]:
    return invoice(no, day, -amount, document_kind="red_slip", origin_document_no=origin)


def receipt(no: str, day: date, amount: float, **more: Any) -> dict[str, Any]:
    return {"receipt_no": no, "received_on": day, "customer_code": "C1", "amount": money(amount), **more}


SALES = (invoice("S1", date(2026, 6, 10), 600), invoice("S2", date(2026, 6, 28), 400), red_slip("R1", date(2026, 7, 20), 55, "S1"))
RECEIPTS = (receipt("Q1", date(2026, 7, 3), 250, instrument_no="HP 77"), receipt("Q2", date(2026, 8, 15), 90))
OWED = 1000


def answered(
    *lines: dict[str, Any], confirmed: float | None, stated: float = OWED, sales: Any = SALES, receipts: Any = RECEIPTS, refused: Any = ()
) -> Facts:
    number = slip_number("Test", "C1", JUNE, money(stated))
    reply = {"slip_no": number, "stated_balance": money(stated), "result": "agreed" if confirmed is None else "different",
             "confirmed_balance": None if confirmed is None else money(confirmed), "replied_on": date(2026, 7, 9)}  # fmt: skip
    rows = [{"slip_no": number, "line_no": at, **line} for at, line in enumerate(lines, start=15)]
    return facts_of(
        customer=fact_rows("customer", {"customer_code": "C1", "valid_from": date(2026, 1, 1), "employee_code": "E1"}),
        sales_line=fact_rows("sales_line", *sales), receipt=fact_rows("receipt", *receipts),
        confirmation=fact_rows("confirmation", reply), confirmation_difference=fact_rows("confirmation_difference", *rows),
        match_refusal=fact_rows("match_refusal", *refused),
    )  # fmt: skip


def line(kind: str, amount: float, number: str | None = None, day: date | None = None) -> dict[str, Any]:
    return {"kind": kind, "amount": money(amount), "document_no": number, "document_date": day}


def items_of(facts: Facts, as_of: date = AUGUST.end) -> list[tuple[Any, ...]]:
    books = books_of(facts, POLICY)
    items = confirmations(books.state(as_of), books, COMPANY, AUGUST)["reconciling_item"]
    return items.select("kind", "match", "evidence_no", "status", "resolved_by", "owner").rows()


def test_the_last_day_of_statements_is_a_period_s_end_in_their_months() -> None:
    days = [statement_day(CALENDAR, POLICY, day) for day in (date(2026, 6, 29), JUNE, date(2026, 12, 30))]
    assert days == [date(2025, 12, 31), JUNE, JUNE]
    fiscal = Calendar(CalendarFile(kind="cut_off", cut_off_day=25))
    assert statement_day(fiscal, POLICY, date(2026, 6, 30)) == date(2026, 6, 25)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (line("in_transit", 400, "S2"), ("matched", "S2", "open", None, "finance")),
        (line("in_transit", 400), ("proposed", "S2", "open", None, "finance")),
        (line("in_transit", 399, "s 2"), ("proposed", "S2", "open", None, "finance")),
        (line("in_transit", 399), ("unmatched", None, "open", None, "finance")),
        (line("not_yet_booked", 250, "Q1"), ("matched", "Q1", "resolved", "Q1", "finance")),
        (line("not_yet_booked", 250, "hp77"), ("matched", "Q1", "resolved", "Q1", "finance")),
        (line("not_yet_booked", 250, "bank 4711"), ("proposed", "Q1", "open", None, "finance")),
        # Booked by us 46 days later: too late for a guess by amount, not for its number.
        (line("not_yet_booked", 90), ("unmatched", None, "open", None, "finance")),
        (line("not_yet_booked", 90, "Q2"), ("matched", "Q2", "resolved", "Q2", "finance")),
        (line("not_yet_booked", -250, "Q1"), ("proposed", "Q1", "open", None, "finance")),
        (line("return", 55, "S1"), ("matched", "R1", "resolved", "R1", "E1")),
        (line("return", 55), ("proposed", "R1", "open", None, "E1")),
        (line("price", 55, "S1"), ("matched", "S1", "resolved", "R1", "E1")),
        (line("price", 20, "S1"), ("matched", "S1", "open", None, "E1")),
        (line("price", 700, "S1"), ("proposed", "S1", "open", None, "E1")),
        (line("other", 12.34), ("unmatched", None, "open", None, "E1")),
    ],
)  # fmt: skip
def test_a_line_is_matched_by_number_and_amount_or_proposed(asked: dict[str, Any], expected: tuple[Any, ...]) -> None:
    confirmed = OWED - asked["amount"] / 10_000
    assert items_of(answered(asked, confirmed=confirmed)) == [(asked["kind"], *expected)]


def refusal(number: str, on: date = AUGUST.end, kind: str | None = None, why: str = "wrong") -> dict[str, Any]:
    return {"customer_code": "C1", "statement_on": JUNE, "document_no": number, "kind": kind, "refused_on": on, "refused_by": "Wu", "reason": why}


def test_a_match_that_somebody_refused_does_not_count() -> None:
    asked = line("not_yet_booked", 250, "Q1")
    day = date(2026, 8, 10)
    facts = answered(asked, confirmed=750, refused=[refusal("q1", day)])
    assert [row[1:4] for row in items_of(facts, day - timedelta(days=1))] == [("matched", "Q1", "resolved")], "not before the day"
    assert [row[1:4] for row in items_of(facts, day)] == [("unmatched", None, "open")]
    books = books_of(facts, POLICY)
    told = confirmations(books.state(day), books, COMPANY, AUGUST)["reconciling_item"]
    assert told.select("refused_no", "refused_by", "refusal_reason").rows() == [("q1", "Wu", "wrong")]
    other_kind = answered(asked, confirmed=750, refused=[refusal("Q1", day, "price")])
    assert [row[1] for row in items_of(other_kind)] == ["matched"]


def test_after_a_refusal_the_next_document_is_looked_at_and_may_be_refused_too() -> None:
    receipts = (receipt("Q1", date(2026, 7, 3), 250), receipt("Q2", date(2026, 7, 5), 250))
    lines = (line("not_yet_booked", 250, None, date(2026, 7, 3)), line("not_yet_booked", 250, "Q1"))
    both = answered(lines[0], confirmed=750, receipts=receipts, refused=[refusal("Q1")])
    assert [row[1:3] for row in items_of(both)] == [("proposed", "Q2")]
    none = answered(lines[0], confirmed=750, receipts=receipts, refused=[refusal("Q1"), refusal("Q2", why="nor this")])
    assert [row[1:3] for row in items_of(none)] == [("unmatched", None)]
    books = books_of(none, POLICY)
    item = confirmations(books.state(AUGUST.end), books, COMPANY, AUGUST)["reconciling_item"]
    assert item.select("refused_no", "refused_by", "refusal_reason").rows() == [("Q1; Q2", "Wu", "wrong; nor this")]
    # Refused for one kind, a document is free for a line of another.
    free = answered(line("return", -250, "Q1"), lines[1], confirmed=1000, receipts=receipts, refused=[refusal("Q1", kind="return")])
    assert [row[:3] for row in items_of(free)] == [("return", "unmatched", None), ("not_yet_booked", "matched", "Q1")]


def test_only_what_is_dated_by_the_business_day_explains_anything() -> None:
    booked = answered(line("not_yet_booked", 250, "Q1"), confirmed=750)
    assert [row[1:4] for row in items_of(booked, date(2026, 7, 2))] == [("unmatched", None, "open")]
    assert [row[1:4] for row in items_of(booked, date(2026, 7, 3))] == [("matched", "Q1", "resolved")]


def test_an_invoice_in_transit_is_settled_when_it_is_paid() -> None:
    paid = answered(line("in_transit", 400, "S2"), confirmed=600, receipts=(receipt("Q9", date(2026, 8, 20), 1000),))
    assert items_of(paid, date(2026, 8, 19)) == [("in_transit", "matched", "S2", "open", None, "finance")]
    assert items_of(paid) == [("in_transit", "matched", "S2", "resolved", "Q9", "finance")]


def test_one_document_explains_one_line() -> None:
    twice = answered(line("not_yet_booked", 250), line("not_yet_booked", 250), confirmed=500)
    assert [row[1:3] for row in items_of(twice)] == [("proposed", "Q1"), ("unmatched", None)]


def test_what_agreed_with_an_older_statement_differs_by_what_has_changed() -> None:
    facts = answered(confirmed=None, stated=900)
    books = books_of(facts, POLICY)
    found = confirmations(books.state(AUGUST.end), books, COMPANY, AUGUST)
    reply = found["balance_confirmation"].row(0, named=True)
    assert [reply[name] for name in ("result", "balance", "confirmed_balance", "explained", "unexplained")] == \
        ["different", money(1000), money(900), money(100), 0]  # fmt: skip
    assert found["reconciling_item"].select("kind", "amount").rows() == [("changed", money(100))]
    assert reply["replied_slip_no"] != reply["slip_no"]


def test_a_later_answer_settles_what_was_open() -> None:
    facts = answered(line("other", 100), confirmed=900)
    later = slip_number("Test", "C1", date(2026, 8, 15), money(605))
    second = {"slip_no": later, "stated_balance": money(605), "result": "agreed", "replied_on": date(2026, 8, 18)}
    both = pl.concat([facts["confirmation"], fact_rows("confirmation", second)])
    assert items_of(Facts({**facts.frames, "confirmation": both}, facts.delivered)) == [("other", "unmatched", None, "resolved", later, "E1")]


def test_a_slip_keeps_the_code_that_its_customer_had() -> None:
    facts = answered(confirmed=None)
    old = slip_number("Test", "OLD", JUNE, money(OWED))
    renamed = fact_rows("code_change", {"table": "customer", "old": "OLD", "new": "C1", "from": date(2026, 7, 1)})
    reply = facts["confirmation"].with_columns(slip_no=pl.lit(old))
    books = books_of(Facts({**facts.frames, "code_change": renamed, "confirmation": reply}, facts.delivered), POLICY)
    found = confirmations(books.state(AUGUST.end), books, COMPANY, AUGUST)["balance_confirmation"]
    assert found.select("customer_code", "result", "replied_slip_no").rows() == [("C1", "agreed", old)]


KINDS = ("in_transit", "not_yet_booked", "price", "return", "other")
AMOUNTS = st.sampled_from((-25_000_000, -2_500_000, -1, 1, 550_000, 2_500_000, 4_000_000)) | st.integers(-10**9, 10**9).filter(bool)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(KINDS),
            "amount": AMOUNTS,
            "document_no": st.sampled_from((None, "S1", "S2", "Q1", "HP77", "R1", "X")),
            "document_date": st.none() | st.integers(-40, 40).map(lambda days: JUNE + timedelta(days=days)),
        }
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(lines=LINES, confirmed=st.integers(-10**8, 10**8), stated=st.integers(0, 2000), shuffled=st.randoms())
def test_confirmed_and_items_are_our_balance_whatever_comes_back_in_whatever_order(lines: Any, confirmed: int, stated: int, shuffled: Any) -> None:
    facts = answered(*lines, confirmed=confirmed / 10_000, stated=stated)
    books = books_of(facts, POLICY)
    found = confirmations(books.state(AUGUST.end), books, COMPANY, AUGUST)
    reply = found["balance_confirmation"].row(0, named=True)
    assert reply["confirmed_balance"] == confirmed
    assert confirmed + found["reconciling_item"]["amount"].sum() == reply["balance"] == money(OWED)
    evidence = found["reconciling_item"]["evidence_no"].drop_nulls()
    assert evidence.n_unique() == len(evidence)
    order = list(range(len(lines)))
    shuffled.shuffle(order)
    mixed = Facts({**facts.frames, "confirmation_difference": facts["confirmation_difference"][order]}, facts.delivered)
    books = books_of(mixed, POLICY)
    again = confirmations(books.state(AUGUST.end), books, COMPANY, AUGUST)
    assert all(again[name].equals(found[name]) for name in found)


def test_matching_nothing_finds_nothing() -> None:
    assert match_lines([], [], JUNE, 30) == []


RAW = {"source_file": "a.xlsx", "source_sha256": "0" * 64, "source_sheet": "Slip", "source_row": 9, "source_column": "", "layout": "confirmation"}


@pytest.mark.parametrize(
    ("changed", "sender", "rule"),
    [
        ({}, "C1", None),
        ({}, "Dealer", None),
        ({}, "finance", None),
        ({}, "C2", "slip_of_another"),
        ({"stated_balance": money(999)}, "C1", "slip_unknown"),
        ({"slip_no": slip_number("Another", "C1", JUNE, money(1000))}, "C1", "slip_unknown"),
        ({"slip_no": slip_number("Test", "C9", JUNE, money(1000))}, "finance", "slip_unknown"),
        ({"replied_on": date(2026, 6, 29)}, "C1", "reply_before_statement"),
        ({"slip_no": "nonsense"}, "C1", None),
    ],
)
def test_a_slip_that_is_none_of_ours_is_known_by_its_number(changed: dict[str, Any], sender: str, rule: str | None) -> None:
    row = {"slip_no": slip_number("Test", "C1", JUNE, money(1000)), "stated_balance": money(1000), "result": "agreed",
           "confirmed_balance": None, "confirmed_by": None, "replied_on": date(2026, 7, 9), **changed}  # fmt: skip
    schema = {**CONFIRMATION.schema, **{name: pl.Int64 if name == "source_row" else pl.String for name in RAW}, "sender": pl.String}
    raw = pl.DataFrame([{**row, **RAW, "sender": sender}], schema=schema)
    customer = pl.DataFrame({"customer_code": ["C1", "C2"], "name": ["Dealer", "Other"]})
    assert odd_slips(raw, CONFIRMATION, customer, "Test")["rule"].to_list() == ([rule] if rule else [])
