"""Open items, ageing and balances as of a day (M3)."""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile, Period
from pipelines.company.company import Company
from pipelines.company.policy import Bucket, Policy, Receivables
from pipelines.contracts.marts_receivables import RECEIVABLES_MARTS
from pipelines.errors import InvariantBroken
from pipelines.metrics import receivables
from pipelines.metrics.receivable_marts import receivable_marts
from pipelines.metrics.receivables import Books, State, ageing, books_of, open_items
from pipelines.sources.facts import Facts
from tests.builders import fact_rows, facts_of, money

POLICY = Policy(name="Test")
CALENDAR = Calendar(CalendarFile())
DAY = date(2026, 6, 30)
REAL = Path(__file__).resolve().parents[3] / "shared" / "real" / "classicmodels"


def company_of(policy: Policy = POLICY, calendar: Calendar = CALENDAR) -> Company:
    return Company(Path("test"), policy, calendar, {}, (), (), "0")


def invoice(no: str, day: date, amount: Any, customer: str = "C1", **more: Any) -> dict[str, Any]:
    return {"document_no": no, "line_no": "1", "document_kind": "invoice", "document_date": day, "customer_code": customer,
            "net_amount": money(amount), **more}  # fmt: skip


def slip(no: str, day: date, amount: Any, origin: str | None = None, customer: str = "C1") -> dict[str, Any]:
    return {**invoice(no, day, -amount, customer), "document_kind": "red_slip", "origin_document_no": origin}


def receipt(no: str, day: date, amount: Any, customer: str = "C1", **more: Any) -> dict[str, Any]:
    return {"receipt_no": no, "received_on": day, "customer_code": customer, "amount": money(amount), **more}


def adjusted(no: str, day: date, amount: Any, document: str | None = None, kind: str = "write_off") -> dict[str, Any]:
    return {"adjustment_no": no, "dated_on": day, "customer_code": "C1", "amount": money(amount), "document_no": document, "kind": kind}


def allocated(receipt_no: str, document: str, day: date, amount: Any) -> dict[str, Any]:
    return {"receipt_no": receipt_no, "document_no": document, "allocated_on": day, "amount": money(amount)}


def facts(customers: list[dict[str, Any]] | None = None, **tables: list[dict[str, Any]]) -> Facts:
    master = customers or [{"customer_code": code, "valid_from": date(2020, 1, 1)} for code in ("C1", "C2", "C3")]
    return facts_of(customer=fact_rows("customer", *master), **{name: fact_rows(name, *rows) for name, rows in tables.items() if rows})


def state_of(source: Facts, day: date = DAY, policy: Policy = POLICY) -> State:
    return books_of(source, policy).state(day).check()


def opened(state: State) -> list[tuple[str, int, int]]:
    """(document, term, open) of what is open, in order of payment."""
    return state.items.filter(pl.col("open") > 0).select("document_no", "term", "open").rows()


def advance(state: State) -> int:
    return state.balances["advance"].sum()


JUNE = date(2026, 6, 1)


# Vectors of section 6


def test_instalments_are_paid_in_turn():
    master = [{"customer_code": "C1", "payment_terms": "30%@0,50%@30,20%@60"}]
    state = state_of(facts(master, sales_line=[invoice("I", JUNE, 100)], receipt=[receipt("R", DAY, 40)]))
    assert opened(state) == [("I", 2, money(40)), ("I", 3, money(20))]


def test_one_fen_stays_open():
    state = state_of(facts(sales_line=[invoice("I", JUNE, 100)], receipt=[receipt("R", DAY, "99.99")]))
    assert opened(state) == [("I", 1, money("0.01"))]


def test_an_invoice_and_its_red_slip_leave_nothing():
    state = state_of(facts(sales_line=[invoice("I", JUNE, 100), slip("S", DAY, 100, "I")]))
    assert opened(state) == []
    assert advance(state) == 0


def test_a_receipt_without_invoice_is_an_advance():
    state = state_of(facts(receipt=[receipt("R", JUNE, 1000)]))
    assert advance(state) == money(1000)
    assert state.balances["balance"].to_list() == [money(-1000)]


def test_received_tomorrow_is_not_yet():
    source = facts(sales_line=[invoice("I", JUNE, 100)], receipt=[receipt("R", DAY + timedelta(days=1), 100)])
    assert opened(state_of(source)) == [("I", 1, money(100))]
    assert opened(state_of(source, DAY + timedelta(days=1))) == []


# Which credit goes where


def test_credits_go_by_due_date_due_or_not():
    lines = [invoice("A", date(2026, 5, 1), 100, due_on=date(2026, 8, 1)), invoice("B", date(2026, 6, 1), 100, due_on=date(2026, 7, 1))]
    state = state_of(facts(sales_line=lines, receipt=[receipt("R", DAY, 150)]))
    assert opened(state) == [("A", 1, money(50))]
    assert state.items.filter(pl.col("fifo_open") > 0).select("document_no", "fifo_open").rows() == [("B", money(50))]


def test_allocations_go_first_and_the_rest_is_a_credit():
    source = facts(
        sales_line=[invoice("A", date(2026, 5, 1), 100), invoice("B", JUNE, 100)],
        receipt=[receipt("R", DAY, 130)],
        receipt_allocation=[allocated("R", "B", DAY, 100)],
    )
    assert opened(state_of(source)) == [("A", 1, money(70))]


def test_a_later_allocation_does_not_exist_yet():
    source = facts(
        sales_line=[invoice("A", date(2026, 5, 1), 100), invoice("B", JUNE, 100)],
        receipt=[receipt("R", JUNE, 100)],
        receipt_allocation=[allocated("R", "B", DAY, 100)],
    )
    assert opened(state_of(source, JUNE)) == [("B", 1, money(100))]
    assert opened(state_of(source)) == [("A", 1, money(100))]


def test_a_document_credited_beyond_its_amount_releases_the_excess():
    source = facts(
        sales_line=[invoice("A", date(2026, 5, 1), 100), invoice("B", JUNE, 100), slip("S", DAY, 30, "A")],
        receipt=[receipt("R", date(2026, 5, 9), 100)],
        receipt_allocation=[allocated("R", "A", date(2026, 5, 9), 100)],
    )
    assert opened(state_of(source)) == [("B", 1, money(70))]


def test_an_allocation_beyond_the_receipt_gives_way():
    source = facts(
        sales_line=[invoice("A", JUNE, 100), invoice("B", JUNE, 100)],
        receipt=[receipt("R", JUNE, 120)],
        receipt_allocation=[allocated("R", "B", JUNE, 100), allocated("R", "A", DAY, 100)],
    )
    assert opened(state_of(source)) == [("A", 1, money(80))]


def test_an_allocation_to_another_customers_document_stays_with_the_payer():
    source = facts(
        sales_line=[invoice("A", JUNE, 100, "C2")], receipt=[receipt("R", DAY, 100, "C1")], receipt_allocation=[allocated("R", "A", DAY, 100)]
    )
    balances = state_of(source).balances.select("customer_code", "balance", "advance").rows()
    assert balances == [("C1", money(-100), money(100)), ("C2", money(100), 0)]


@pytest.mark.parametrize("with_allocation", [False, True])
def test_a_bounced_draft_opens_the_invoice_again(with_allocation):
    bounce = receipt("R2", DAY, -100, reverses_receipt_no="R1")
    source = facts(
        sales_line=[invoice("A", JUNE, 100)],
        receipt=[receipt("R1", date(2026, 6, 10), 100), bounce],
        receipt_allocation=[allocated("R1", "A", date(2026, 6, 10), 100)] if with_allocation else [],
    )
    assert opened(state_of(source, DAY - timedelta(days=1))) == []
    assert opened(state_of(source)) == [("A", 1, money(100))]


def test_a_bounce_without_its_receipt_is_owed():
    state = state_of(facts(receipt=[receipt("R2", DAY, -100, reverses_receipt_no="R1")]))
    assert state.items.select("document_no", "kind", "due_on", "open").rows() == [("R2", "bounced", DAY, money(100))]


def test_adjustments_go_to_their_document_or_are_credits_and_debits():
    lines = [invoice("A", date(2026, 5, 1), 100), invoice("B", JUNE, 100)]
    assert opened(state_of(facts(sales_line=lines, adjustment=[adjusted("J", DAY, -100, "B")]))) == [("A", 1, money(100))]
    assert opened(state_of(facts(sales_line=lines, adjustment=[adjusted("J", DAY, -100)]))) == [("B", 1, money(100))]
    assert opened(state_of(facts(adjustment=[adjusted("J", DAY, 5, kind="exchange")]))) == [("J", 1, money(5))]
    back = facts(sales_line=lines[:1], adjustment=[adjusted("J", JUNE, -100, "A"), adjusted("K", DAY, 100, "A")])
    assert [(document, amount) for document, _, amount in opened(state_of(back))] == [("A", money(100))]


def test_openings_are_items_and_advances():
    rows = [{"document_no": "O1", "customer_code": "C1", "opening_on": JUNE, "document_date": date(2024, 5, 1), "open_amount": money(70)},
            {"document_no": "O2", "customer_code": "C1", "opening_on": JUNE, "document_date": JUNE, "open_amount": money(-20)},
            {"document_no": "O3", "customer_code": "C2", "opening_on": JUNE, "document_date": JUNE, "open_amount": money(-5)}]  # fmt: skip
    state = state_of(facts(opening_receivable=rows))
    assert opened(state) == [("O1", 1, money(50))]
    assert state.balances.select("customer_code", "advance").rows() == [("C1", 0), ("C2", money(5))]
    assert opened(state_of(facts(opening_receivable=rows), JUNE - timedelta(days=1))) == []


def test_deliveries_are_no_receivables_and_gross_is_owed():
    lines = [invoice("D", JUNE, 9, document_kind="delivery"), invoice("A", JUNE, 100, tax_amount=money(13)), invoice("B", JUNE, 10, gross_amount=money(11))]
    assert state_of(facts(sales_line=lines)).balances["balance"].to_list() == [money(124)]


def test_terms_are_those_of_the_document_day():
    master = [{"customer_code": "C1", "valid_from": date(2026, 1, 1), "payment_terms": "net 10"},
              {"customer_code": "C1", "valid_from": date(2026, 6, 15), "payment_terms": "prepaid"}]  # fmt: skip
    state = state_of(facts(master, sales_line=[invoice("A", date(2025, 6, 1), 1), invoice("B", JUNE, 1), invoice("C", date(2026, 6, 20), 1)]))
    assert state.items["due_on"].to_list() == [date(2025, 6, 11), date(2026, 6, 11), date(2026, 6, 20)]


def test_one_number_on_two_days_stays_two_items():
    lines = [invoice("A", JUNE, 1), invoice("A", DAY, 2, line_no="2")]
    source = facts(sales_line=lines)
    assert state_of(source, JUNE).balances["balance"].to_list() == [money(1)]
    assert len(opened(state_of(source))) == 2


# Ageing


def aged(source: Facts, day: date = DAY, policy: Policy = POLICY) -> dict[tuple[str, str], int]:
    books = books_of(source, policy)
    frame = ageing(books.state(day), books, CALENDAR.containing(day))
    return {(basis, bucket): amount for basis, bucket, amount in frame.select("basis", "bucket", "amount").iter_rows()}


@pytest.mark.parametrize(
    ("late", "bucket"),
    [(-1, "not_due"), (0, "not_due"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (90, "61-90"), (91, "91-180"), (365, "181-365"), (366, ">365")],
)
def test_a_class_by_days_late_includes_its_upper_day(late, bucket):
    due = DAY - timedelta(days=late)
    assert aged(facts(sales_line=[invoice("A", due - timedelta(days=2), 1, due_on=due)]))["due", bucket] == money(1)


@pytest.mark.parametrize(
    ("dated", "day", "bucket"),
    [
        (date(2025, 6, 30), DAY, "<=1y"),
        (date(2025, 6, 29), DAY, "1-2y"),
        (date(2021, 6, 30), DAY, "4-5y"),
        (date(2021, 6, 29), DAY, ">5y"),
        (date(2024, 2, 29), date(2025, 2, 28), "<=1y"),
        (date(2024, 2, 29), date(2025, 3, 1), "1-2y"),
        (date(2023, 2, 28), date(2024, 2, 29), "1-2y"),
        (date(2023, 3, 1), date(2024, 2, 29), "<=1y"),
    ],
)
def test_a_year_is_over_after_the_same_date(dated, day, bucket):
    assert aged(facts(sales_line=[invoice("A", dated, 1)]), day)["document", bucket] == money(1)


def test_open_items_name_the_row_they_come_from():
    books = books_of(facts(sales_line=[invoice("A", JUNE, 1, source_file="erp/june.csv", source_row=7)]), POLICY)
    row = open_items(books.state(DAY), books, CALENDAR.containing(DAY)).row(0, named=True)
    assert (row["source_file"], row["source_row"], row["due_bucket"], row["open_amount"]) == ("erp/june.csv", 7, "not_due", money(1))


def test_a_broken_sum_names_the_customer():
    state = state_of(facts(sales_line=[invoice("A", JUNE, 1)]))
    wrong = replace(state, balances=state.balances.with_columns(balance=pl.lit(3)))
    assert wrong.broken.height == 1
    with pytest.raises(InvariantBroken, match="C1"):
        wrong.check()


def test_unreadable_terms_are_listed():
    source = facts([{"customer_code": "C1", "payment_terms": "net 30"}, {"customer_code": "C2", "payment_terms": "soon"}])
    assert receivables.unreadable_terms(source)["customer_code"].to_list() == ["C2"]


@pytest.mark.parametrize("contract", RECEIVABLES_MARTS, ids=lambda contract: contract.name)
def test_marts_of_nothing_keep_their_contract(contract):
    marts = receivable_marts(facts_of(), company_of(), CALENDAR.containing(DAY))
    assert marts[contract.name].schema == contract.schema


# Against a slow, obviously right reference

FIRST = date(2026, 1, 1)
AMOUNTS = st.integers(1, 400)
DAYS = st.integers(0, 60).map(lambda days: FIRST + timedelta(days=days))


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[dict[str, Any]]]:
    customer = st.sampled_from(["C1", "C2"])
    numbers = range(draw(st.integers(0, 6)))
    lines = []
    for i in numbers:
        lines.append(invoice(f"I{i}", draw(DAYS), draw(AMOUNTS), draw(customer), payment_terms=draw(st.sampled_from(["net 10", "30%@0,70%@20", "prepaid", None]))))
    documents = st.sampled_from([f"I{i}" for i in numbers] + ["X"])
    for i in range(draw(st.integers(0, 3))):
        lines.append(slip(f"S{i}", draw(DAYS), draw(AMOUNTS), draw(st.none() | documents), draw(customer)))
    receipts = [receipt(f"R{i}", draw(DAYS), draw(AMOUNTS), draw(customer)) for i in range(draw(st.integers(0, 5)))]
    originals = st.sampled_from([row["receipt_no"] for row in receipts] + ["X"])
    bounced = [receipt(f"B{i}", draw(DAYS), -draw(AMOUNTS), draw(customer), reverses_receipt_no=draw(originals)) for i in range(draw(st.integers(0, 2)))]
    pairs = draw(st.lists(st.tuples(originals.filter(lambda no: no != "X"), documents, DAYS), max_size=4, unique=True)) if receipts else []
    allocations = [allocated(no, document, day, draw(AMOUNTS)) for no, document, day in pairs]
    adjustments = [
        {**adjusted(f"J{i}", draw(DAYS), draw(AMOUNTS) * draw(st.sampled_from([1, -1])), draw(st.none() | documents)), "customer_code": draw(customer)}
        for i in range(draw(st.integers(0, 3)))
    ]
    openings = [
        {"document_no": f"O{i}", "customer_code": draw(customer), "opening_on": FIRST, "document_date": FIRST - timedelta(days=40),
         "open_amount": money(draw(AMOUNTS) * draw(st.sampled_from([1, 1, -1])))}
        for i in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    return {"sales_line": lines, "receipt": receipts + bounced, "receipt_allocation": allocations, "adjustment": adjustments, "opening_receivable": openings}


def reference(history: dict[str, list[dict[str, Any]]], day: date) -> tuple[dict[tuple, int], dict[str, int]]:
    """Open items and advances by walking through everything one by one; slow, and easy to believe."""
    items: list[dict[str, Any]] = []
    document_from: dict[tuple[str, str], dict[str, Any]] = {}

    def add(customer: str, number: str, kind: str, term: int, dated: date, due: date, amount: int) -> None:
        items.append({"customer": customer, "no": number, "kind": kind, "term": term, "dated": dated, "due": due, "open": amount})
        if kind in ("invoice", "opening"):
            found = document_from.setdefault((customer, number), {"dated": dated, "due": due})
            found["due"] = max(found["due"], due)

    for row in history["opening_receivable"]:
        if row["open_amount"] > 0 and row["opening_on"] <= day:
            add(row["customer_code"], row["document_no"], "opening", 1, row["document_date"], row["document_date"] + timedelta(days=30), row["open_amount"])
    every_document = {}
    for row in history["sales_line"]:
        if row["document_kind"] == "invoice":
            every_document[row["customer_code"], row["document_no"]] = row["document_date"]
            if row["document_date"] <= day:
                parts = {"net 10": [(10, 1.0)], "prepaid": [(0, 1.0)], None: [(30, 1.0)], "30%@0,70%@20": [(0, 0.3), (20, 0.7)]}[row["payment_terms"]]
                for term, (days, share) in enumerate(parts, start=1):
                    add(row["customer_code"], row["document_no"], "invoice", term, row["document_date"], row["document_date"] + timedelta(days=days),
                        round(row["net_amount"] * share))  # fmt: skip

    receipts = {row["receipt_no"]: row for row in history["receipt"] if row["received_on"] <= day}
    net: dict[str, int] = defaultdict(int)
    last: dict[str, date] = {}
    for number, row in receipts.items():
        original = receipts.get(row.get("reverses_receipt_no") or "")
        fits = original is not None and original["customer_code"] == row["customer_code"] and original["received_on"] <= row["received_on"]
        root = original["receipt_no"] if original is not None and fits else number
        net[root] += row["amount"]
        last[root] = max(last.get(root, row["received_on"]), row["received_on"])

    credits: dict[tuple, int] = {}  # (customer, date, number, kind) -> amount
    for root, amount in net.items():
        customer = receipts[root]["customer_code"]
        if amount > 0:
            credits[customer, receipts[root]["received_on"], root, "receipt"] = amount
        elif amount < 0:
            add(customer, root, "bounced", 1, last[root], last[root], -amount)
    targets: dict[tuple[str, str], list[tuple[tuple, int]]] = defaultdict(list)
    for row in history["sales_line"]:
        if row["document_kind"] == "red_slip" and row["document_date"] <= day:
            key = (row["customer_code"], row["document_date"], row["document_no"], "red_slip")
            credits[key] = -row["net_amount"]
            if (row["customer_code"], row["origin_document_no"]) in document_from:
                targets[row["customer_code"], row["origin_document_no"]].append((key, -row["net_amount"]))
    for row in history["opening_receivable"]:
        if row["open_amount"] < 0 and row["opening_on"] <= day:
            credits[row["customer_code"], row["opening_on"], row["document_no"], "opening"] = -row["open_amount"]
    for number, row in enumerate(sorted(history["adjustment"], key=lambda row: (row["dated_on"], row["adjustment_no"]))):
        if row["dated_on"] > day:
            continue
        document = (row["customer_code"], row["document_no"])
        if row["amount"] < 0:
            key = (row["customer_code"], row["dated_on"], row["adjustment_no"], row["kind"])
            credits[key] = -row["amount"]
            if document in document_from:
                targets[document].append((key, -row["amount"]))
        elif every_document.get(document, date.max) <= row["dated_on"] or (document in document_from and document not in every_document):
            add(row["customer_code"], row["document_no"], "adjustment", 1000 + number, document_from[document]["dated"], document_from[document]["due"], row["amount"])
        else:
            add(row["customer_code"], row["adjustment_no"], "adjustment", 1, row["dated_on"], row["dated_on"], row["amount"])

    wanted: dict[tuple[str, tuple[str, str]], list] = {}
    for row in history["receipt_allocation"]:
        if row["allocated_on"] > day or row["receipt_no"] not in receipts:
            continue
        customer = receipts[row["receipt_no"]]["customer_code"]
        document = (customer, row["document_no"])
        if document in document_from:
            exists = max(row["allocated_on"], receipts[row["receipt_no"]]["received_on"], document_from[document]["dated"])
            entry = wanted.setdefault((row["receipt_no"], document), [exists, 0])
            entry[0], entry[1] = min(entry[0], exists), entry[1] + row["amount"]
    held = {key[2]: amount for key, amount in credits.items() if key[3] == "receipt"}
    for (number, document), (_, amount) in sorted(wanted.items(), key=lambda entry: (entry[0][0], entry[1][0], entry[0][1])):
        used = min(amount, held.get(number, 0))
        if used > 0:
            held[number] -= used
            targets[document].append(((document[0], receipts[number]["received_on"], number, "receipt"), used))

    order = sorted(items, key=lambda item: (item["due"], item["dated"], item["no"], item["term"], item["kind"]))

    def pay(key: tuple, amount: int, fits: Any) -> int:
        for item in order:
            if amount and fits(item):
                part = min(amount, item["open"])
                item["open"] -= part
                credits[key] -= part
                amount -= part
        return amount

    for document, named in targets.items():
        for key, amount in sorted(named):
            pay(key, amount, lambda item, document=document: (item["customer"], item["no"]) == document)
    for key in sorted(credits):
        pay(key, credits[key], lambda item, key=key: item["customer"] == key[0])

    found: dict[tuple, int] = defaultdict(int)
    for item in items:
        if item["open"]:
            found[item["customer"], item["no"], min(item["term"], 1000), item["kind"]] += item["open"]
    unused: dict[str, int] = defaultdict(int)
    for key, amount in credits.items():
        if amount:
            unused[key[0]] += amount
    return dict(found), dict(unused)


def found(state: State) -> tuple[dict[tuple, int], dict[str, int]]:
    codes = dict(state.balances.select("customer", "customer_code").iter_rows())
    opened: dict[tuple, int] = defaultdict(int)
    for customer, number, term, kind, amount in state.items.filter(pl.col("open") > 0).select("customer", "document_no", "term", "kind", "open").iter_rows():
        opened[codes[customer], number, min(term, 1000), kind] += amount
    return dict(opened), {code: amount for code, amount in state.balances.select("customer_code", "advance").iter_rows() if amount}


slow = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@slow
@given(histories(), DAYS)
def test_as_the_reference_says(history, day):
    state = state_of(facts(**history), day)
    assert found(state) == reference(history, day)


@slow
@given(histories(), DAYS)
def test_sums_are_conserved(history, day):
    state = state_of(facts(**history), day)  # checks Σ open − advances = balance, by invoice and oldest first
    paid = state.applied["amount"].sum()
    assert state.items["amount"].sum() - state.items["open"].sum() == paid
    assert state.credits["amount"].sum() - state.credits["unused"].sum() == paid
    assert state.items.filter((pl.col("open") < 0) | (pl.col("open") > pl.col("amount"))).is_empty()
    assert state.credits.filter(pl.col("unused") < 0).is_empty()
    per_item = state.items.join(state.applied.group_by("item").agg(paid=pl.col("amount").sum()), on="item", how="left")
    assert per_item.filter(pl.col("amount") - pl.col("paid").fill_null(0) != pl.col("open")).is_empty()


@slow
@given(histories(), DAYS, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(history, day, random):
    books = books_of(facts(**history), POLICY)
    mixed = {name: random.sample(rows, len(rows)) for name, rows in history.items()}
    others = books_of(facts(**mixed), POLICY)
    period = CALENDAR.containing(day)
    columns = pl.exclude("source_row")
    assert ageing(books.state(day), books, period).equals(ageing(others.state(day), others, period))
    assert open_items(books.state(day), books, period).select(columns).equals(open_items(others.state(day), others, period).select(columns))


@slow
@given(histories(), DAYS)
def test_what_is_dated_later_changes_no_earlier_day(history, day):
    dated = {"sales_line": "document_date", "receipt": "received_on", "receipt_allocation": "allocated_on", "adjustment": "dated_on", "opening_receivable": "opening_on"}
    known = {name: [row for row in rows if row[dated[name]] <= day] for name, rows in history.items()}
    assert found(state_of(facts(**history), day)) == found(state_of(facts(**known), day))


@slow
@given(histories(), DAYS)
def test_both_ageings_and_every_mart_agree_with_the_balance(history, day):
    marts = receivable_marts(facts(**history), company_of(), CALENDAR.containing(day), day)
    total = marts["receivables"]["balance"].sum()
    sums = marts["receivables_ageing"].group_by("basis").agg(pl.col("amount").sum())
    less = marts["advances"]["amount"].sum()
    assert less == marts["receivables"]["advance"].sum()
    by_basis = dict(sums.iter_rows())
    assert by_basis.get("due", 0) - less == by_basis.get("document", 0) - less == total
    assert marts["open_items"]["open_amount"].sum() - less == total
    assert by_basis.get("fifo", 0) == by_basis.get("fifo_due", 0) == marts["open_items"]["fifo_open_amount"].sum()
    assert marts["receivables_group"]["balance"].sum() == total
    assert marts["receivables_roll_forward"]["closing"].sum() == total
    assert marts["provision"]["base"].sum() - less == total
    for contract in RECEIVABLES_MARTS:
        frame = marts[contract.name]
        assert frame.schema == contract.schema
        assert not frame.select(contract.grain).is_duplicated().any(), contract.name
        required = [column.name for column in contract.columns if column.required]
        assert frame.select(pl.col(required).null_count()).sum_horizontal().sum() == 0, contract.name
        assert all(frame.select(rule.holds.fill_null(value=True).all()).item() for rule in contract.rules)


# A real company


def read(name: str) -> list[dict[str, str]]:
    with (REAL / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def classicmodels() -> tuple[Books, Period, Company]:
    if not REAL.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{REAL} is missing")
        pytest.skip(f"{REAL} is not here")
    orders = {row["orderNumber"]: row for row in read("orders") if row["status"] != "Cancelled"}
    lines = [
        {"document_no": row["orderNumber"], "line_no": row["orderLineNumber"], "document_kind": "invoice",
         "document_date": date.fromisoformat(orders[row["orderNumber"]]["orderDate"]), "customer_code": orders[row["orderNumber"]]["customerNumber"],
         "net_amount": int(row["quantityOrdered"]) * money(row["priceEach"])}
        for row in read("orderdetails") if row["orderNumber"] in orders
    ]  # fmt: skip
    receipts = [receipt(row["checkNumber"], date.fromisoformat(row["paymentDate"]), row["amount"], row["customerNumber"]) for row in read("payments")]
    customers = [{"customer_code": row["customerNumber"], "credit_limit": money(row["creditLimit"])} for row in read("customers")]
    buckets = (Bucket(name="<=30", up_to=30), Bucket(name="31-60", up_to=60), Bucket(name="61-90", up_to=90), Bucket(name=">90"))
    policy = Policy(name="classicmodels", receivables=Receivables(document_buckets_by="days", document_buckets=buckets))
    source = facts(customers, sales_line=lines, receipt=receipts)
    return books_of(source, policy), CALENDAR.period("2005-06"), company_of(policy)


@pytest.mark.real
def test_classicmodels(classicmodels):
    books, period, company = classicmodels
    marts = receivable_marts(books.facts, company, period, books=books)
    owed = marts["receivables"]
    assert owed["balance"].sum() == money("511497.20")
    assert owed.filter(pl.col("balance") > 0).height == 16
    assert owed.filter(pl.col("over_limit") > 0)["customer_code"].sort().to_list() == ["328", "362", "450"]
    fifo = marts["receivables_ageing"].filter(pl.col("basis") == "fifo").group_by("bucket_no", "bucket").agg(pl.col("amount", "documents").sum())
    assert fifo.sort("bucket_no").drop("bucket_no").rows() == [
        ("<=30", money("70933.74"), 2), ("31-60", money("266074.56"), 10), ("61-90", money("151474.73"), 5), (">90", money("23014.17"), 1),
    ]  # fmt: skip
