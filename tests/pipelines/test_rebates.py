"""Rebates (M9): tiers on purchases or receipts, over months and quarters, by product line and distance; claims against them, to the fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.policy import Policy
from pipelines.company.rebates import Programme, RebateFile, load_rebates
from pipelines.controls.rebates import rebate_claims
from pipelines.errors import ConfigurationError
from pipelines.metrics.rebates import accrued, rebates
from pipelines.sources.facts import Facts
from tests.builders import fact_rows, facts_of, money

CALENDAR = Calendar(CalendarFile())
OCTOBER = CALENDAR.period("2026-10")
COMPANY = Company(Path("test"), Policy(name="Test"), CALENDAR, {}, (), (), "0")
MONTHLY = """
programmes:
  - items: [Monthly purchases, 月度进货达标]
    from: 2026-01-01
    tiers: [{from: 0, rate: 0}, {from: 1000, rate: 0.01}, {from: 5000, rate: 0.02}]
"""


def company(text: str = MONTHLY) -> Company:
    return replace(COMPANY, rebates=RebateFile.model_validate(yaml.safe_load(text)))


def sold(dealer: str, on: date, amount: float, line: str = "NPK", kind: str = "invoice") -> dict[str, Any]:
    return {"document_no": f"{dealer}{on}{line}{kind}", "line_no": "1", "document_kind": kind, "document_date": on, "customer_code": dealer,
            "net_amount": money(amount), "product_line": line}  # fmt: skip


def claim(dealer: str, amount: float, basis: float | None = None, item: str = "Monthly purchases", period: str = "2026-10", line: int = 1) -> dict[str, Any]:
    return {"period": period, "dealer_code": dealer, "line": line, "item": item, "amount": money(amount),
            "basis": None if basis is None else money(basis), "source_file": f"dealers/{dealer}/claim.xlsx"}  # fmt: skip


def facts(sales: list[dict[str, Any]], claims: list[dict[str, Any]], receipts: Any = (), distances: Any = None) -> Facts:
    far = distances or {}
    customers = [{"customer_code": code, "name": code, "kind": "dealer", "valid_from": date(2026, 1, 1), "distance_km": far.get(code)}
                 for code in ("D1", "D2", "D3")]  # fmt: skip
    return facts_of(customer=fact_rows("customer", *customers), sales_line=fact_rows("sales_line", *sales),
                    rebate_claim=fact_rows("rebate_claim", *claims), receipt=fact_rows("receipt", *receipts))  # fmt: skip


def told(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    rows = found.select("dealer_code", "programme", "base", "accrued", "claimed", "difference", "by_base", "by_rate", "reason").rows()
    return [(*row[:2], *(amount / 10_000 for amount in row[2:8]), row[8]) for row in rows]


MANY = [sold("D1", date(2026, 10, 3), 6000), sold("D1", date(2026, 10, 20), -500, kind="red_slip"), sold("D2", date(2026, 10, 31), 2000),
        sold("D2", date(2026, 11, 1), 9999), sold("D3", date(2026, 9, 30), 9999)]  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([claim("D1", 110, 5500)], (5500, 110, 110, 0, 0, 0, "agreed")),
        ([claim("D1", 110, 5500, item=" 月度进货 达标")], (5500, 110, 110, 0, 0, 0, "agreed")),
        ([claim("D1", 120, 6000)], (5500, 110, 120, 10, 10, 0, "base")),
        ([claim("D1", 165, 5500)], (5500, 110, 165, 55, 0, 55, "rate")),
        ([claim("D1", 165)], (5500, 110, 165, 55, 0, 55, "rate")),
        ([claim("D1", 180, 6000)], (5500, 110, 180, 70, 10, 60, "base_and_rate")),
        ([claim("D1", 110, 5500), claim("D1", 110, 5500, line=2)], (5500, 110, 220, 110, 110, 0, "claimed_twice")),
        ([], (5500, 110, 0, -110, 0, -110, "not_claimed")),
    ],
)  # fmt: skip
def test_a_claim_is_held_against_the_policy(claims: list[dict[str, Any]], expected: tuple[Any, ...]) -> None:
    found = rebates(facts(MANY, claims), company(), OCTOBER, OCTOBER.end)
    assert told(found)[0] == ("D1", "Monthly purchases", *expected)
    assert told(found)[1] == ("D2", "Monthly purchases", 2000, 20, 0, -20, 0, -20, "not_claimed"), "November is not October"
    assert found.height == 2, "who bought nothing in the month has earned nothing"


def test_what_no_programme_promises_is_listed_and_what_differs_is_found() -> None:
    books = facts(MANY, [claim("D1", 120, 6000), claim("D2", 30, item="Loyalty"), claim("D2", 20, 2000, line=2)])
    found = rebates(books, company(), OCTOBER, OCTOBER.end)
    assert told(found)[1] == ("D2", "Loyalty", 0, 0, 30, 30, 0, 30, "no_programme")
    _, findings = rebate_claims("2026-10", COMPANY.policy.controls, found)
    assert findings.select("control", "rule", "subject", "found", "expected", "amount", "reports").rows() == [
        ("M9", "rebate_claim_differs", "D1 Monthly purchases", "120", "110", money(10), "R11"),
        ("M9", "rebate_of_no_programme", "D2 Loyalty", "30", "Loyalty", money(30), "R11"),
    ]


def test_a_quarter_is_accrued_month_by_month_and_claimed_at_its_end() -> None:
    quarterly = company(MONTHLY.replace("    from: 2026", "    every: quarter\n    from: 2026"))
    sales = [sold("D1", date(2026, 9, 30), 9999), sold("D1", date(2026, 10, 1), 4000), sold("D1", date(2026, 12, 31), 4000)]
    books = facts(sales, [claim("D1", 160, 8000, period="2026-Q4")])
    assert told(rebates(books, quarterly, OCTOBER, OCTOBER.end)) == [("D1", "Monthly purchases", 4000, 40, 0, -40, 0, -40, "not_yet_claimed")]
    december = CALENDAR.period("2026-12")
    assert told(rebates(books, quarterly, december, december.end)) == [("D1", "Monthly purchases", 8000, 160, 160, 0, 0, 0, "agreed")]
    assert rebates(books, quarterly, december, december.end)["starts_on"].to_list() == [date(2026, 10, 1)]


def test_product_lines_receipts_slices_and_distance() -> None:
    text = """
programmes:
  - {items: [Urea], from: 2026-01-01, product_lines: [Urea], pays: slice, tiers: [{from: 0, rate: 0.01}, {from: 1000, rate: 0.03}]}
  - {items: [Paid], from: 2026-01-01, base: receipts, tiers: [{from: 0, rate: 0.005}]}
  - items: [Freight]
    from: 2026-01-01
    by_distance:
      - {up_to_km: 100, tiers: [{from: 0, rate: 0}]}
      - {tiers: [{from: 0, rate: 0.002}]}
"""
    sales = [sold("D1", date(2026, 10, 3), 6000), sold("D1", date(2026, 10, 4), 1500, "Urea"), sold("D2", date(2026, 10, 4), 1000)]
    receipts = [{"receipt_no": "Q1", "received_on": date(2026, 10, 9), "customer_code": "D1", "amount": money(700)}]
    books = facts(sales, [claim("D2", 5, item="freight")], receipts, {"D1": 250 * 10_000})
    assert told(rebates(books, company(text), OCTOBER, OCTOBER.end)) == [
        ("D1", "Freight", 7500, 15, 0, -15, 0, -15, "not_claimed"), ("D1", "Paid", 700, 3.5, 0, -3.5, 0, -3.5, "not_claimed"),
        ("D1", "Urea", 1500, 25, 0, -25, 0, -25, "not_claimed"), ("D2", "Freight", 1000, 0, 5, 5, 0, 5, "no_distance"),
    ]  # fmt: skip


def test_without_a_policy_nothing_is_said() -> None:
    assert rebates(facts(MANY, [claim("D1", 1)]), COMPANY, OCTOBER, OCTOBER.end).is_empty()


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from(["whole", "slice"]))
def test_more_purchases_never_earn_less(one: int, other: int, pays: str) -> None:
    programme = Programme.model_validate(yaml.safe_load(MONTHLY)["programmes"][0] | {"pays": pays})
    less, more = sorted((one, other))
    assert 0 <= accrued(programme, less, programme.tiers) <= accrued(programme, more, programme.tiers)
    assert accrued(programme, -more, programme.tiers) == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("{from: 0, rate: 0}, ", ""), "the first tier begins at 0"),
        (("{from: 1000, rate: 0.01}, {from: 5000", "{from: 5000, rate: 0.01}, {from: 1000"), "tiers stand in the order of their from"),
        (("    tiers:", "    base: receipts\n    product_lines: [NPK]\n    tiers:"), "receipts are of no product line"),
        (("programmes:\n", "programmes:\n  - {items: [月度进货达标], from: 2026-05-01, tiers: [{from: 0, rate: 0}]}\n"), "two programmes are called '月度进货达标'"),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused_with_its_file(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    assert change[0] in MONTHLY
    (tmp_path / "rebates.yaml").write_text(MONTHLY.replace(*change), "utf-8")
    with pytest.raises(ConfigurationError, match=r"rebates\.yaml") as error:
        load_rebates(tmp_path)
    assert sentence in str(error.value)
