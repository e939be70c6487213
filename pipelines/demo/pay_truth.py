"""What everybody of the demo is paid in every month, by the rule book as HR would read it: plain loops, rules of its own.

Amounts are whole fen, attainments are compared as whole numbers. Nothing is closed in the demo, so that no month is made up for.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.demo import world as w
from pipelines.demo.business import Business
from pipelines.demo.erp import Removed
from pipelines.demo.field import FieldRows
from pipelines.demo.pay import KINDS, PayRows
from pipelines.money import allocate

FIRST = (2025, 1)
"""The month from which pay follows these rules."""
SECOND_HALF_2026 = (2026, 7)
PERFORMANCE = {"1": 1700_00, "2": 1200_00, "3": 700_00, "4": 400_00}
BASE, TRAINEE = 800_00, 200_00
TEN_THOUSANDTH = 10_000


def _half(top: int, bottom: int) -> int:
    """A quotient in whole fen, half away from zero."""
    size = (2 * abs(top) + bottom) // (2 * bottom)
    return size if top >= 0 else -size


def _monthly(month: tuple[int, int], base_e4: int) -> int:
    """Commission of a month in fen at the monthly rates."""
    if month < SECOND_HALF_2026:
        return _half(base_e4 * 15, TEN_THOUSANDTH * 100)
    first, second = 1_000_000 * TEN_THOUSANDTH, 3_000_000 * TEN_THOUSANDTH
    low = min(base_e4, first)
    middle = max(0, min(base_e4, second) - first)
    high = max(0, base_e4 - second)
    return _half(low * 15 + middle * 18 + high * 20, TEN_THOUSANDTH * 100)


def _yearly(month: tuple[int, int], base_e4: int, achieved: int, planned: int) -> int:
    """What the year gives one month, in fen."""
    old = month < SECOND_HALF_2026
    if achieved * 10 < planned * 8:
        return _half(base_e4 * 10, TEN_THOUSANDTH * 100)
    if achieved < planned:
        return _monthly(month, base_e4)
    if achieved * 2 < planned * 3:
        return _half(base_e4 * (18 if old else 20), TEN_THOUSANDTH * 100)
    return _half(base_e4 * (22 if old else 25), TEN_THOUSANDTH * 100)


@dataclass
class _Books:
    """Ten-thousandths by salesperson and month: what was received, and what was taken back of it."""

    received: dict[tuple[str, tuple[int, int]], int] = field(default_factory=lambda: defaultdict(int))
    taken_back: dict[tuple[str, tuple[int, int]], int] = field(default_factory=lambda: defaultdict(int))
    planned: dict[tuple[str, tuple[int, int]], int] = field(default_factory=dict)


def pay(world: w.World, business: Business, removed: Removed, noted: FieldRows, by_hr: PayRows) -> list[dict[str, Any]]:
    """One row a period, salesperson and kind of pay, ``amount`` in ten-thousandths; kinds that come to nothing have none."""
    books = _books(world, business, removed, noted, by_hr)
    grades = {one.code: str(1 + n % 4) for n, one in enumerate(world.employees) if one.role == "salesperson"}
    rows: list[dict[str, Any]] = []
    for person in world.people:
        for (month, kind), fen in sorted(_of(world, person, grades[person.code], books, by_hr).items()):
            if fen:
                rows.append({"period": w.key(month), "employee_code": person.code, "kind": kind, "amount": fen * 100})
    return sorted(rows, key=lambda row: (row["period"], row["employee_code"], row["kind"]))


def _books(world: w.World, business: Business, removed: Removed, noted: FieldRows, by_hr: PayRows) -> _Books:
    books = _Books()
    shares: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in by_hr.loaded("credit_split"):
        shares[row["customer_code"] or row["document_no"]].append(row)

    staff = {one.code: one for one in world.people}

    def credit(into: dict[tuple[str, tuple[int, int]], int], owner: str, day: date, amount: int, *keys: str | None) -> None:
        """Nobody is credited with what is dated outside of their employment."""
        for key in keys:
            agreed = [row for row in shares.get(key or "", []) if row["valid_from"] <= day]
            if agreed:
                agreed.sort(key=lambda row: row["employee_code"])
                for row, part in zip(agreed, allocate(amount, [row["share"] for row in agreed]), strict=True):
                    if staff[row["employee_code"]].works_on(day):
                        into[row["employee_code"], (day.year, day.month)] += part
                return
        if staff[owner].works_on(day):
            into[owner, (day.year, day.month)] += amount

    for one in business.receipts.iter_rows(named=True):
        if one["receipt_no"] not in removed.receipts:
            code = world.customers[one["customer"]].code
            credit(books.received, one["owner"], one["day"], one["amount_fen"] * 100, one["receipt_no"], one["reverses_receipt_no"], code)
    slips: dict[tuple[str, str, str | None, int, date], int] = defaultdict(int)
    for one in business.sales.filter(pl.col("document_kind") == "red_slip").iter_rows(named=True):
        if one["document_no"] not in removed.documents:
            key = (one["document_no"], one["employee"], one["origin_document_no"], one["customer"], one["document_date"])
            slips[key] += one["gross_fen"] * 100
    for (number, owner, origin, customer, day), amount in slips.items():
        credit(books.taken_back, owner, day, amount, number, origin, world.customers[customer].code)
    for one in business.adjustments.filter(pl.col("kind") == "write_off").iter_rows(named=True):
        if one["adjustment_no"] not in removed.adjustments:
            buyer = world.customers[one["customer"]]
            owner = buyer.employee_on(one["dated_on"])
            credit(books.taken_back, owner, one["dated_on"], one["amount_fen"] * 100, one["adjustment_no"], one["document_no"], buyer.code)
    for row in noted.loaded("plan"):
        if row["measure"] == "receipts":
            year, month = map(int, row["period"].split("-"))
            books.planned[row["employee_code"], (year, month)] = row["value"]
    return books


def _of(world: w.World, person: w.Employee, grade: str, books: _Books, by_hr: PayRows) -> dict[tuple[tuple[int, int], str], int]:
    """The pay of one person in fen, by month and kind."""
    paid: dict[tuple[tuple[int, int], str], int] = defaultdict(int)
    every = [month for month in world.months if month >= FIRST]
    months = [month for month in every if any(_works(person, month))]
    trainee_until = person.trainee_until or _three_months_after(person.hired)
    for month in months:
        cut = 8 if _short(person, _quarter_before(month), every, trainee_until, books) else 10
        days, worked = monthrange(*month)[1], _works(person, month)
        as_trainee = sum(here and date(*month, n) <= trainee_until for n, here in enumerate(worked, start=1))
        paid[month, "base_pay"] = _half(_half(BASE * sum(worked), days) * cut, 10)
        for monthly, count in ((TRAINEE, as_trainee), (PERFORMANCE[grade], sum(worked) - as_trainee)):
            paid[month, "performance_pay"] += _half(_half(monthly * count, days) * cut, 10)
    for year in sorted({year for year, _ in months}):
        _commission(person, [month for month in months if month[0] == year], books, paid)
    by_hand = {chinese: kind for kind, chinese in KINDS.items()}
    for row in by_hr.loaded("pay_adjustment"):
        if row["employee_code"] == person.code and row["kind"] in by_hand:
            year, number = map(int, row["period"].split("-"))
            paid[(year, number), "manual"] += row["amount"] // 100
    claim = 0
    for month in every:
        variable = sum(paid[month, kind] for kind in ("commission", "holdback", "release", "year_settlement")) - claim
        paid[month, "claim_brought"] = -claim
        claim = max(0, -variable)
        paid[month, "claim_carried"] = claim
    return paid


def _commission(
    person: w.Employee, months: list[tuple[int, int]], books: _Books, paid: dict[tuple[tuple[int, int], str], int]
) -> None:
    """The commission of one calendar year."""
    base = {month: books.received[person.code, month] + books.taken_back[person.code, month] for month in months}
    earned = {month: _monthly(month, base[month]) for month in months}
    waiting: tuple[int, int] | None = None
    given: dict[tuple[int, int], tuple[int, int]] = {}
    for month in months:
        plan = books.planned.get((person.code, month))
        if plan and books.received[person.code, month] * 10 >= plan * 8:
            given[month] = month
            if waiting is not None:
                given[waiting] = month
            waiting = None
        else:
            waiting = month
    held = 0
    for month, when in given.items():
        paid[when, "commission"] += earned[month]
        if month >= SECOND_HALF_2026 and earned[month] > 0:
            part = _half(earned[month], 10)
            held += part
            paid[when, "holdback"] -= part
    last = months[-1]
    leaves = person.left is not None and (person.left.year, person.left.month) == last
    if last[1] == 12 or leaves:
        paid[last, "release"] += held
        plans = [books.planned.get((person.code, month)) for month in months]
        if all(plan is not None for plan in plans) and sum(plan or 0 for plan in plans) > 0:
            achieved = sum(books.received[person.code, month] for month in months)
            due = sum(_yearly(month, base[month], achieved, sum(plan or 0 for plan in plans)) for month in months)
            paid[last, "year_settlement"] = due - sum(earned[month] for month in given)


def _works(person: w.Employee, month: tuple[int, int]) -> list[bool]:
    """Whether the person was with the company, day by day."""
    return [person.works_on(date(*month, day)) for day in range(1, monthrange(*month)[1] + 1)]


def _three_months_after(hired: date) -> date:
    """The last day of three months from being hired."""
    months = hired.month + 2
    year, month = hired.year + months // 12, months % 12 + 1
    return date(year, month, min(hired.day, monthrange(year, month)[1])) - timedelta(days=1)


def _quarter_before(month: tuple[int, int]) -> list[tuple[int, int]]:
    """The months of the quarter before the one in which ``month`` lies."""
    first = (month[1] - 1) // 3 * 3 - 2
    year = month[0] if first > 0 else month[0] - 1
    first = first if first > 0 else first + 12
    return [(year, first + n) for n in range(3)]


def _short(
    person: w.Employee, quarter: list[tuple[int, int]], months: list[tuple[int, int]], trainee_until: date, books: _Books
) -> bool:
    """Whether a quarter of the plans' time stayed below 80 % of its plan, in the months after being a trainee."""
    if any(month not in months for month in quarter):
        return False
    judged = [month for month in quarter if date(*month, 1) > trainee_until and all(_works(person, month))]
    plans = [books.planned.get((person.code, month)) for month in judged]
    if not judged or any(plan is None for plan in plans) or sum(plan or 0 for plan in plans) <= 0:
        return False
    return sum(books.received[person.code, month] for month in judged) * 10 < sum(plan or 0 for plan in plans) * 8
