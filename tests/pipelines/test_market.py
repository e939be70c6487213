"""M12, M15, M16: deals won and lost, channels, complaints, satisfaction, signals, market share, product mix."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.policy import Channel, Policy
from pipelines.contracts.marts_market import (
    CHANNELS,
    COMPLAINTS,
    DEALS,
    MARKET_SHARE,
    MARKET_SIGNALS,
    PRODUCT_MIX,
    SATISFACTION,
)
from pipelines.metrics import channels, market, plan_actual, satisfaction
from pipelines.money import E8
from tests.builders import money
from tests.pipelines.test_activity import COMPANY, OCTOBER, D, facts, kept, line, one, visit


def lost(day: date, who: str, reason: str, competitor: str | None, amount: float, number: int = 1) -> dict[str, Any]:
    return {"lost_on": day, "employee_code": who, "line": number, "customer": "Somebody", "reason": reason, "competitor": competitor, "amount": money(amount), "region_code": "R1"}


LOST = [
    lost(date(2026, 9, 30), "E1", "price", "Golden Ear", 100), lost(date(2026, 10, 6), "E1", "price", "Golden Ear", 300),
    lost(date(2026, 10, 6), "E2", "terms", None, 100, 2), lost(date(2025, 10, 6), "E2", "terms", None, 999, 3), lost(date(2026, 11, 1), "E1", "price", "Golden Ear", 1),
]  # fmt: skip


def test_deals_lost_with_reasons_and_competitors() -> None:
    known = facts(lost_deal=LOST, sales_line=[line(date(2026, 10, 8), "C3", 5, 10), line(date(2024, 1, 8), "C1", 5, 10)])
    frame = kept(channels.deals(known, COMPANY, OCTOBER, D), DEALS)
    month = one(frame, cover="2026-10", cut="company")
    # C3 bought for the first time: that is what is won.
    assert (month["won_as"], month["won"], month["won_amount"], month["lost"], month["lost_amount"]) == ("new_customer", 1, money(50), 2, money(400))
    assert (month["win_rate"], month["ytd_lost"], month["ytd_lost_amount"]) == (1 / 3, 3, money(500))
    week = one(frame, cover="2026-W40", cut="company")
    assert (week["lost"], week["lost_amount"], week["won"]) == (1, money(100), 0)
    price = one(frame, cover="2026-10", cut="reason", key="price")
    assert (price["lost"], price["share_lost"], price["won"], price["win_rate"]) == (1, 0.75, None, None)
    assert one(frame, cover="2026-10", cut="competitor", key="")["lost_amount"] == money(100)
    assert one(frame, cover="2026-10", cut="employee_code", key="E1")["won"] == 1
    assert channels.deals(facts(), COMPANY, OCTOBER, D).is_empty()


def test_won_are_contracts_where_the_policy_says_so() -> None:
    signed = [{"contract_no": str(i), "customer_code": "C1", "employee_code": None, "signed_on": day, "amount": money(1000)} for i, day in enumerate((date(2026, 9, 30), date(2026, 10, 2)))]
    by_contract = replace(COMPANY, policy=Policy(name="Test", channel=Channel(won="contract")))
    frame = channels.deals(facts(lost_deal=LOST, contract=signed), by_contract, OCTOBER, D)
    month, week = one(frame, cover="2026-10", cut="company"), one(frame, cover="2026-W40", cut="employee_code", key="E1")
    assert (month["won_as"], month["won"], month["won_amount"]) == ("contract", 1, money(1000))
    # The customer's salesperson has the contract that names none; the week has both days.
    assert (week["won"], week["won_amount"], week["lost"]) == (2, money(2000), 1)


def test_channels() -> None:
    known = facts(
        sales_line=[
            line(date(2026, 10, 5), "C1", 10, 10, cost_amount=money(60)), line(date(2026, 10, 6), "C4", 5, 10, customer_kind="direct"),
            line(date(2025, 10, 6), "C4", 4, 10, customer_kind="direct"), line(date(2026, 2, 6), "C4", 3, 10, customer_kind="direct"),
        ],
        visit=[visit(5, "C1", succeeded=True), visit(6, "C1")],
        survey_answer=[{"survey": "2026-Q3", "customer_code": "C1", "dimension": name, "score": money(score), "answered_on": date(2026, 9, 9), "customer_kind": "dealer"} for name, score in (("service", 80), ("price", 60))],
    )  # fmt: skip
    frame = kept(channels.channels(known, COMPANY, OCTOBER, D), CHANNELS)
    dealer, direct = one(frame, customer_kind="dealer"), one(frame, customer_kind="direct")
    assert (dealer["net_amount"], dealer["gross_margin"], dealer["margin_rate"], dealer["share"]) == (money(100), money(40), 0.4, pytest.approx(2 / 3))
    assert (dealer["visits"], dealer["conversion"], dealer["satisfaction"], dealer["growth"]) == (2, 0.5, 70.0, None)
    assert (direct["net_amount"], direct["net_amount_py"], direct["growth"], direct["ytd_net_amount"]) == (money(50), money(40), 0.25, money(80))
    assert (direct["gross_margin"], direct["margin_rate"], direct["satisfaction"], direct["conversion"]) == (None, None, None, None)


def test_complaints_against_invoices_and_days_to_resolve() -> None:
    def raised(number: int, day: date, resolved: date | None = None, **more: Any) -> dict[str, Any]:
        return {"complaint_no": str(number), "raised_on": day, "customer_code": "C1", "region_code": "R1", "category": "quality", "severity": "minor", "resolved_on": resolved, **more}

    known = facts(
        complaint=[
            raised(1, date(2026, 10, 1), date(2026, 10, 5)), raised(2, date(2026, 10, 9), date(2026, 10, 11)), raised(3, date(2026, 10, 30), date(2026, 11, 2)),
            raised(4, date(2026, 9, 9)), raised(5, date(2025, 10, 9)),
        ],
        sales_line=[line(date(2026, 10, day), "C1", 1, 1, document_no=f"S{day}") for day in range(1, 11)] + [line(date(2026, 10, 1), "C1", 1, 1, document_no="S1", line_no="2")],
    )  # fmt: skip
    frame = kept(satisfaction.complaints(known, COMPANY, OCTOBER, D), COMPLAINTS)
    row = one(frame, cut="company")
    # What is resolved after the business day is open on it.
    assert (row["complaints"], row["resolved"], row["open"], row["mean_days"]) == (3, 2, 1, 3.0)
    assert (row["invoices"], row["rate"], row["limit"], row["before"], row["ytd"]) == (10, 0.3, 0.001, 1, 4)
    assert one(frame, cut="category", key="quality")["rate"] is None
    none = one(satisfaction.complaints(facts(complaint=[raised(5, date(2025, 10, 9))]), COMPANY, OCTOBER, D), cut="company")
    assert (none["complaints"], none["rate"], none["invoices"], none["mean_days"]) == (0, None, None, None)


def test_scores_of_the_last_survey_beside_the_one_before() -> None:
    def answer(survey: str, day: date, customer: str, dimension: str, score: float, kind: str = "dealer") -> dict[str, Any]:
        return {"survey": survey, "answered_on": day, "customer_code": customer, "dimension": dimension, "score": money(score), "region_code": "R1", "customer_kind": kind}

    known = facts(
        survey_answer=[
            answer("2026-H1", date(2026, 6, 1), "C1", "service", 70), answer("2026-H2", date(2026, 10, 20), "C1", "service", 80),
            answer("2026-H2", date(2026, 10, 21), "C4", "service", 91, "direct"), answer("2026-H2", date(2026, 10, 21), "C4", "price", 60, "direct"),
            answer("2027-H1", date(2026, 11, 1), "C1", "service", 10),
        ]
    )  # fmt: skip
    frame = kept(satisfaction.satisfaction(known, COMPANY, OCTOBER, D), SATISFACTION)
    service = one(frame, cut="company", dimension="service")
    assert (service["survey"], service["score"], service["score_before"], service["change"], service["answers"]) == ("2026-H2", 85.5, 70.0, 15.5, 2)
    whole = one(frame, cut="company", dimension="all")
    assert (whole["score"], whole["customers"]) == (77.0, 2)
    assert one(frame, cut="customer_kind", key="direct", dimension="all")["score_before"] is None


def test_signals_beside_the_span_before() -> None:
    rows = [("price", date(2026, 9, 21)), ("price", date(2026, 9, 30)), ("price", date(2026, 10, 1)), ("people", date(2026, 10, 1)), ("price", date(2026, 10, 30))]
    known = facts(market_signal=[{"seen_on": day, "region_code": "R1", "line": i, "kind": kind, "competitor": "Golden Ear" if i else None, "note": "x"} for i, (kind, day) in enumerate(rows)])
    frame = kept(market.market_signals(known, COMPANY, OCTOBER, D), MARKET_SIGNALS)
    assert [(one(frame, cover=cover, cut="kind", key="price")[name]) for cover in ("2026-10", "2026-W40") for name in ("signals", "before")] == [2, 2, 2, 1]
    assert one(frame, cover="2026-W41", cut="company")["before"] == 3
    assert one(frame, cover="2026-10", cut="competitor")["label"] == "Golden Ear"


def test_market_share_over_what_is_given() -> None:
    sizes = {("2026-10", "Bags"): 400, ("2025-10", "Bags"): 320, ("2026-10", "Liquids"): 100}
    known = facts(
        sales_line=[line(date(2026, 10, 5), "C1", 10, 10), line(date(2025, 10, 5), "C1", 4, 10), line(date(2026, 10, 6), "C1", 1, 10, product_code="P2", product_line="Liquids")],
        market_size=[{"period": period, "region_code": "R1", "product_line": name, "amount": money(size)} for (period, name), size in sizes.items()],
    )
    compared = plan_actual.plan_actual(known, COMPANY, OCTOBER)
    frame = kept(market.market_share(known, COMPANY, OCTOBER, compared), MARKET_SHARE)
    bags, whole = one(frame, cut="product_line", key="Bags"), one(frame, cut="company")
    assert (bags["share"], bags["share_py"], bags["share_change"], bags["market_growth"], bags["own_growth"]) == (0.25, 0.125, 0.125, 0.25, 1.5)
    # Liquids have no size of last year: growth is that of bags alone.
    assert (whole["market"], whole["net_amount"], whole["share"], whole["market_growth"]) == (money(500), money(110), 0.22, 0.25)
    assert one(frame, cut="product_line", key="Liquids")["market_growth"] is None
    assert market.market_share(facts(), COMPANY, OCTOBER, compared).is_empty()


def test_product_mix_with_revenue_and_margin_a_unit() -> None:
    known = facts(
        sales_line=[
            line(date(2026, 10, 5), "C1", 10, 12, cost_amount=money(80)), line(date(2026, 10, 6), "C1", 2, 15, product_line="Liquids"),
            line(date(2025, 10, 6), "C1", 5, 10),
        ]
    )  # fmt: skip
    frame = kept(market.product_mix(known, COMPANY, OCTOBER, D), PRODUCT_MIX)
    bags, liquids = one(frame, key="Bags"), one(frame, key="Liquids")
    assert (bags["unit_revenue"], bags["unit_revenue_py"], bags["unit_margin"], bags["margin_rate"]) == (12 * E8, 10 * E8, 4 * E8, 40 / 120)
    assert (bags["share"], bags["share_py"]) == (0.8, 1.0)
    assert (liquids["unit_revenue"], liquids["unit_revenue_py"], liquids["unit_margin"], liquids["margin_rate"]) == (15 * E8, None, None, None)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.dates(date(2026, 9, 25), date(2026, 11, 3)), st.sampled_from(["E1", "E2"]), st.sampled_from(["price", "terms"]), st.sampled_from(["A", None]), st.integers(0, 500)), max_size=30))
def test_lost_deals_add_up_over_every_cut_in_any_order(rows: list[tuple[date, str, str, str | None, int]]) -> None:
    given_rows = [lost(day, who, reason, competitor, amount, i) for i, (day, who, reason, competitor, amount) in enumerate(rows)]
    frames = [channels.deals(facts(lost_deal=part), COMPANY, OCTOBER, D) for part in (given_rows, given_rows[::-1])]
    assert frames[0].equals(frames[1])
    for _, part in frames[0].group_by("span", "cover"):
        sums = part.group_by("cut").agg(pl.col("lost", "lost_amount").sum())
        assert sums.n_unique(["lost", "lost_amount"]) <= 1
