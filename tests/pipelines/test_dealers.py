"""M8: the indicators of dealers, their score, grade, vetoes and movement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.policy import DealerKpi, Dealers, Policy
from pipelines.contracts.marts_dealers import DEALER_INDICATOR_SCORES, DEALER_INDICATORS
from pipelines.errors import ConfigurationError
from pipelines.metrics.dealers import KPIS, DealerMarts, dealer_marts
from pipelines.sources.facts import Facts
from tests.builders import fact_rows, facts_of, money

D = date(2026, 10, 31)


def _company(**dealers: Any) -> Company:
    volume_unit = dealers.pop("volume_unit", None)
    policy = Policy(name="Test", volume_unit=volume_unit, dealers=Dealers(**dealers))
    return Company(Path("companies/test"), policy, Calendar(CalendarFile()), {}, (), (), "")


def _sold(outlet: str, day: date, qty: float, **more: Any) -> dict[str, Any]:
    return {"dealer_code": "D1", "outlet_code": outlet, "sold_on": day, "product_code": "P1", "qty": money(qty), "base_qty": money(qty), **more}


def _counted(day: date, qty: float, **more: Any) -> dict[str, Any]:
    return {"dealer_code": "D1", "counted_on": day, "product_code": "P1", "qty": money(qty), "base_qty": money(qty), **more}


BASE: dict[str, list[dict[str, Any]]] = {
    "region": [{"region_code": "R1", "name": "East", "department": "One"}],
    "customer": [{"customer_code": "D1", "kind": "dealer", "region_code": "R1", "employee_code": "E1", "name": "Dealer one"}],
    "product": [
        {"product_code": "P1", "unit": "box", "base_unit": "bag", "units_per_base": 10 * 10**8},
        {"product_code": "P2", "unit": "box", "base_unit": "bottle", "units_per_base": 20 * 10**8},
    ],
    # Ten outlets, of which one is closed and one is listed later: eight exist.
    "outlet": [
        {"dealer_code": "D1", "outlet_code": f"{i:03d}", "listed_on": date(2025, 1, 1), "first_traded_on": date(2025, 3, 1) if i in (1, 2) else None}
        for i in range(1, 9)
    ]
    + [
        {"dealer_code": "D1", "outlet_code": "009", "closed_on": D, "first_traded_on": date(2025, 1, 1)},
        {"dealer_code": "D1", "outlet_code": "010", "listed_on": date(2026, 11, 1)},
    ],
    "visit": [
        {"customer_code": "D1", "outlet_code": outlet, "employee_code": "E1", "visited_at": day}
        for outlet, day in (("001", date(2026, 10, 1)), ("001", D), ("002", date(2026, 10, 5)), ("009", D), (None, D), ("003", date(2026, 9, 30)))
    ],
    # 001 and 002 have traded by their own date; 003 and 004 by sell-out; 005 only returned.
    "sell_out": [
        _sold("001", date(2026, 10, 2), 100),
        _sold("003", date(2026, 10, 31), 50),
        _sold("004", date(2026, 9, 2), 30),
        _sold("005", date(2026, 10, 3), -6),
        _sold("001", date(2026, 11, 1), 999),
    ],
    "outlet_contract": [
        {"dealer_code": "D1", "outlet_code": "001", "period": "2026-10", "committed_qty": money(80)},
        {"dealer_code": "D1", "outlet_code": "003", "period": "2026-10", "committed_qty": money(120)},
        {"dealer_code": "D1", "outlet_code": "004", "period": "2026-09", "committed_qty": money(1)},
    ],
    "dealer_stock": [_counted(date(2026, 10, 1), 700), _counted(date(2026, 10, 20), 600), _counted(date(2026, 11, 1), 1)],
}


def _facts(**changes: list[dict[str, Any]]) -> Facts:
    tables = {**BASE, **changes}
    return facts_of(**{name: fact_rows(name, *rows) for name, rows in tables.items() if rows})


def _marts(company: Company | None = None, receivables: pl.DataFrame | None = None, **changes: list[dict[str, Any]]) -> DealerMarts:
    company = company or _company()
    marts = dealer_marts(_facts(**changes), company, company.calendar.period("2026-10"), D, receivables)
    assert marts.indicators.schema == DEALER_INDICATORS.schema
    assert marts.scores.schema == DEALER_INDICATOR_SCORES.schema
    return marts


def _one(marts: DealerMarts) -> dict[str, Any]:
    assert len(marts.indicators) == 1
    return marts.indicators.row(0, named=True)


def _score(marts: DealerMarts, kpi: str) -> dict[str, Any]:
    return marts.scores.filter(pl.col("kpi") == kpi).row(0, named=True)


def test_six_indicators_by_hand() -> None:
    row = _one(_marts())
    assert (row["name"], row["region_name"], row["department"], row["qty_unit"]) == ("Dealer one", "East", "One", "bag")
    assert (row["outlets"], row["outlets_visited"], row["outlets_traded"], row["outlets_active"]) == (8, 2, 4, 2)
    assert row["visit_coverage"] == 2 / 8
    assert row["distribution"] == 4 / 8
    # 100 + 50 of traded outlets; the return of 005, which never bought, is not theirs.
    assert (row["sold_qty"], row["sales_per_outlet"]) == (money(150), 150 / 4)
    assert row["active_rate"] == 2 / 4
    assert (row["signed_qty"], row["committed_qty"], row["signed_attainment"]) == (money(150), money(200), 0.75)
    assert (row["outlets_met"], row["outlets_signed"], row["signed_attainment_count"]) == (1, 2, 0.5)
    # First sell-out on 2 September: sixty days to 31 October; 100 + 50 + 30 − 6 sold.
    assert (row["stock_qty"], row["stock_counted_on"], row["window_days"]) == (money(600), date(2026, 10, 20), 60)
    assert row["stock_days"] == pytest.approx(600 / (174 / 60))


def test_stock_days_of_the_rule_book() -> None:
    """Stock 600, sell-out of three months 900 over 90 days: 60 days."""
    company = _company()
    sell_out = [_sold("001", date(2025, 1, 5), 5), *(_sold("001", date(2026, month, 28), 300) for month in (1, 2, 3))]
    facts = _facts(sell_out=sell_out, dealer_stock=[_counted(date(2026, 3, 31), 600)])
    marts = dealer_marts(facts, company, company.calendar.period("2026-03"), date(2026, 3, 31))
    row = marts.indicators.row(0, named=True)
    assert (row["window_sold_qty"], row["window_days"], row["stock_days"]) == (money(900), 90, 60.0)


def test_score_by_hand() -> None:
    marts = _marts()
    scores = {row["kpi"]: row["score"] for row in marts.scores.iter_rows(named=True)}
    days = 600 / (174 / 60)
    expected = {
        "visit_coverage": 0.25 / 0.9 * 100, "distribution": 62.5, "sales_per_outlet": 37.5, "active_rate": 0.5 / 0.7 * 100,
        "signed_attainment": 75.0, "stock_days": 45 / days * 100,
    }  # fmt: skip
    assert scores == pytest.approx(expected)
    weights = {name: float(kpi.weight) for name, kpi in Dealers().kpis.items()}
    row = _one(marts)
    assert row["score"] == pytest.approx(sum(expected[name] * weights[name] for name in expected))
    assert (row["grade"], row["support"], row["rescaled"], row["weight_used"]) == ("D", "none", False, 1.0)
    # Lost points: stock 11.8, visits 10.8, sales 9.4, distribution 7.5, signed 5, active 4.3.
    assert row["weakest"] == "stock_days,visit_coverage,sales_per_outlet"


def test_scores_are_capped_and_no_stock_scores_nothing() -> None:
    marts = _marts(sell_out=[_sold("001", date(2026, 10, 2), 100_000)], dealer_stock=[_counted(D, 0)])
    assert (_score(marts, "sales_per_outlet")["score"], _score(marts, "stock_days")["score"]) == (100.0, 0.0)


@pytest.mark.parametrize(
    ("changes", "kpi", "reason"),
    [
        ({"outlet": []}, "visit_coverage", "no_outlets"),
        ({"visit": []}, "visit_coverage", "not_delivered"),
        ({"sell_out": [_sold("001", date(2026, 9, 30), 1)]}, "active_rate", "no_sell_out"),
        ({"sell_out": [_sold("001", date(2026, 9, 30), 1)]}, "signed_attainment", "no_sell_out"),
        ({"outlet_contract": []}, "signed_attainment", "no_contract"),
        ({"dealer_stock": []}, "stock_days", "no_stock_count"),
        ({"dealer_stock": [_counted(date(2026, 9, 15), 1)]}, "stock_days", "count_too_old"),
        ({"sell_out": [_sold("001", D, -1)]}, "stock_days", "no_sell_out"),
        ({"sell_out": [*BASE["sell_out"], _sold("001", D, 1, product_code="P2")]}, "sales_per_outlet", "mixed_units"),
        ({"dealer_stock": [_counted(D, 1, product_code="P2")]}, "stock_days", "mixed_units"),
    ],
)
def test_an_indicator_without_figure_says_why(changes: dict[str, Any], kpi: str, reason: str) -> None:
    marts = _marts(**changes)
    row = _score(marts, kpi)
    assert (row["actual"], row["score"], row["null_reason"]) == (None, None, reason)
    assert _one(marts)["rescaled"]


def test_a_count_of_45_days_ago_still_counts() -> None:
    assert _one(_marts(dealer_stock=[_counted(date(2026, 9, 16), 600)]))["stock_days"] is not None


def test_a_null_is_left_out_and_weights_rescaled() -> None:
    row = _one(_marts(dealer_stock=[]))
    whole = _marts()
    rest = whole.scores.filter(pl.col("kpi") != "stock_days")
    expected = sum(score * weight for score, weight in rest.select("score", "weight").iter_rows()) / rest["weight"].sum()
    assert (row["score"], row["weight_used"], row["rescaled"]) == (pytest.approx(expected), 0.85, True)


def test_under_half_of_the_weight_there_is_no_grade() -> None:
    kpis = {"visit_coverage": DealerKpi(target=Decimal(1), weight=Decimal("0.5")), "stock_days": DealerKpi(target=Decimal(1), weight=Decimal("0.5"))}
    half = _one(_marts(_company(kpis=kpis), dealer_stock=[]))
    assert (half["grade"], half["weight_used"]) == ("D", 0.5)
    kpis["stock_days"] = DealerKpi(target=Decimal(1), weight=Decimal("0.5001"))
    less = _one(_marts(_company(kpis=kpis), dealer_stock=[]))
    assert (less["grade"], less["support"], less["score"]) == (None, None, 25.0)


@pytest.mark.parametrize(("target", "grade"), [("0.25", "A"), ("0.2777", "A"), ("0.2778", "B"), ("0.3334", "C"), ("0.4167", "D")])
def test_grades_by_thresholds(target: str, grade: str) -> None:
    company = _company(kpis={"visit_coverage": DealerKpi(target=Decimal(target), weight=Decimal(1))})
    assert _one(_marts(company))["grade"] == grade


@pytest.mark.parametrize(
    ("late", "over", "grade", "vetoes"),
    [(90, False, "A", ""), (91, False, "C", "overdue"), (None, True, "C", "over_limit"), (91, True, "C", "overdue,over_limit")],
)
def test_vetoes_hold_the_grade_at_c(late: int | None, over: bool, grade: str, vetoes: str) -> None:
    company = _company(kpis={"visit_coverage": DealerKpi(target=Decimal("0.1"), weight=Decimal(1))})
    owed = pl.DataFrame({"customer_code": ["D1"], "oldest_days_late": [late], "over_limit": [over]}, schema_overrides={"oldest_days_late": pl.Int64})
    row = _one(_marts(company, owed))
    assert (row["grade"], row["grade_before_veto"], row["vetoes"]) == (grade, "A", vetoes)


def test_a_veto_never_lifts_a_grade() -> None:
    owed = pl.DataFrame({"customer_code": ["D1"], "oldest_days_late": [400], "over_limit": [True]})
    assert _one(_marts(receivables=owed))["grade"] == "D"


def test_targets_by_the_narrowest_scope() -> None:
    def row(scope: str, period: str, target: float, weight: float | None = None) -> dict[str, Any]:
        return {"scope": scope, "kpi": "visit_coverage", "period": period, "target": money(target), "weight": None if weight is None else money(weight)}

    def found(*rows: dict[str, Any]) -> tuple[str, int, int]:
        score = _score(_marts(kpi_target=list(rows)), "visit_coverage")
        return score["scope"], score["target"], score["weight"]

    assert found() == ("policy", money(0.9), money(0.15))
    everyone, region, dealer = row("all", "2026-10", 0.5, 0.3), row("region:R1", "2026-10", 0.6), row("dealer:D1", "2026-10", 0.7)
    assert found(everyone) == ("all", money(0.5), money(0.3))
    assert found(everyone, region) == ("region:R1", money(0.6), money(0.15))
    assert found(everyone, region, dealer) == ("dealer:D1", money(0.7), money(0.15))
    assert found(row("dealer:D2", "2026-10", 0.1), row("region:R2", "2026-10", 0.1)) == ("policy", money(0.9), money(0.15))
    # In one scope: the period's own row, else the year's, else the latest before; never a later one.
    assert found(row("all", "2026-08", 0.1), row("all", "2026-09", 0.2), row("all", "2026-11", 0.3))[1] == money(0.2)
    assert found(row("all", "2026-09", 0.2), row("all", "FY2026", 0.4))[1] == money(0.4)
    assert found(row("all", "2026-10", 0.6), row("all", "FY2026", 0.4))[1] == money(0.6)


def test_a_target_of_zero_gives_no_score() -> None:
    company = _company(kpis={"visit_coverage": DealerKpi(target=Decimal(0), weight=Decimal(1))})
    marts = _marts(company)
    assert (_score(marts, "visit_coverage")["null_reason"], _one(marts)["score"]) == ("no_target", None)


def test_an_unknown_indicator_in_the_policy_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="vist_coverage.*visit_coverage"):
        _marts(_company(kpis={"vist_coverage": DealerKpi(target=Decimal(1), weight=Decimal(1))}))


def test_movement_against_month_quarter_and_year() -> None:
    visits = [
        {"customer_code": "D1", "outlet_code": f"{i:03d}", "employee_code": "E1", "visited_at": day}
        for day, count in ((date(2025, 10, 9), 1), (date(2026, 7, 9), 2), (date(2026, 9, 9), 8), (date(2026, 10, 9), 4))
        for i in range(1, count + 1)
    ]
    company = _company(kpis={"visit_coverage": DealerKpi(target=Decimal(1), weight=Decimal(1))})
    marts = _marts(company, visit=visits)
    score, row = _score(marts, "visit_coverage"), _one(marts)
    # A year ago the closed outlet was still open: one of nine.
    assert (score["actual"], score["actual_last_month"], score["actual_last_quarter"]) == (0.5, 8 / 9, 2 / 9)
    assert score["actual_last_year"] == 1 / 9
    assert score["change_last_month"] == 0.5 - 8 / 9
    assert (row["score"], row["score_last_quarter"]) == (50.0, pytest.approx(200 / 9))
    assert row["change_last_year"] == pytest.approx(50 - 100 / 9)
    assert (row["grade"], row["grade_last_month"]) == ("D", "B")


def test_the_first_period_of_a_calendar_has_no_movement() -> None:
    company = _company()
    company = Company(company.folder, company.policy, Calendar(CalendarFile(first=date(2026, 10, 1))), {}, (), (), "")
    row = _one(_marts(company, sell_out=[_sold("001", D, 1)]))
    assert (row["score_last_month"], row["change_last_year"], row["grade_last_quarter"]) == (None, None, None)


def test_a_volume_unit_adds_what_base_units_cannot() -> None:
    sell_out = [_sold("001", D, 100), _sold("002", D, 40, product_code="P2")]
    row = _one(_marts(_company(volume_unit="box"), sell_out=sell_out, outlet_contract=[]))
    # 100 bags are 10 boxes of ten, 40 bottles 2 boxes of twenty.
    assert (row["qty_unit"], row["sold_qty"]) == ("box", money(12))
    assert _one(_marts(_company(volume_unit="pallet"), sell_out=sell_out))["sold_qty"] is None


def test_commitments_are_met_in_their_own_unit() -> None:
    contract = {"dealer_code": "D1", "outlet_code": "001", "period": "2026-10"}
    boxes = _one(_marts(outlet_contract=[{**contract, "committed_qty": money(8), "unit": "box"}]))
    assert (boxes["signed_qty"], boxes["signed_attainment"], boxes["outlets_met"]) == (money(10), 1.25, 1)
    marts = _marts(outlet_contract=[{**contract, "committed_qty": money(8), "unit": "pallet"}])
    assert _score(marts, "signed_attainment")["null_reason"] == "mixed_units"


def test_a_monthly_sheet_stands_for_the_daily_ones() -> None:
    sell_out = [
        _sold("001", date(2026, 10, 2), 100, grain="day"),
        _sold("001", D, 130, grain="month"),
        _sold("001", date(2026, 9, 7), 50, grain="day"),
    ]
    row = _one(_marts(sell_out=sell_out))
    assert (row["sold_qty"], row["window_sold_qty"], row["window_days"]) == (money(130), money(180), 55)
    monthly = _one(_marts(sell_out=[_sold("001", D, 130, grain="month")]))
    assert monthly["window_days"] == 31


def test_the_same_code_at_two_dealers_is_two_outlets() -> None:
    customers = [*BASE["customer"], {**BASE["customer"][0], "customer_code": "D2", "name": "Dealer two"}]
    outlets = [*BASE["outlet"], {"dealer_code": "D2", "outlet_code": "001"}]
    frame = _marts(customer=customers, outlet=outlets).indicators
    assert frame.select("dealer_code", "outlets", "outlets_visited", "outlets_traded").rows() == [("D1", 8, 2, 4), ("D2", 1, 0, 0)]
    assert frame["distribution"].to_list() == [0.5, None]


def test_closed_and_future_dealers_are_absent() -> None:
    customers = [
        *BASE["customer"],
        {**BASE["customer"][0], "customer_code": "D3", "closed_on": D},
        {**BASE["customer"][0], "customer_code": "D4", "opened_on": date(2026, 11, 1)},
        {**BASE["customer"][0], "customer_code": "D5", "kind": "office"},
    ]
    assert _marts(customer=customers).indicators["dealer_code"].to_list() == ["D1"]


quantities = st.integers(-500, 5000)
sales = st.lists(st.tuples(st.sampled_from(["001", "002", "003", "999"]), st.dates(date(2026, 6, 1), D), quantities), max_size=12)


@settings(max_examples=15)
@given(sales, st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_scores_lie_within_bounds_and_order_is_irrelevant(sold: list[tuple[str, date, int]], stock: int, random: Any) -> None:
    rows = [_sold(outlet, day, qty) for outlet, day, qty in sold]
    shuffled = list(rows)
    random.shuffle(shuffled)
    marts, again = (_marts(sell_out=each, dealer_stock=[_counted(D, stock)]) for each in (rows, shuffled))
    assert marts.indicators.equals(again.indicators)
    assert marts.scores.equals(again.scores)
    for column in (marts.scores["score"], marts.indicators["score"]):
        assert all(0 <= score <= 100 for score in column.drop_nulls())
    assert set(marts.scores["kpi"]) <= set(KPIS)
