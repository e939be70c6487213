"""Two real companies, closed by configuration alone; the figures are those that their data was checked against by hand."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from assets.settings import ROOT, Settings
from tests.conftest import missing
from tests.runs.conftest import Closed, backfill, close

REAL = ROOT.parent / "shared" / "real"
pytestmark = [pytest.mark.real, pytest.mark.slow]


def _settings(name: str, home: Path) -> Settings:
    if not (REAL / name).is_dir():
        missing(f"the data set {name} is not at {REAL / name}")
    return Settings.of(ROOT / "companies" / name, home, REAL / name)


@pytest.fixture(scope="module")
def adventureworks(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    return backfill(_settings("adventureworks", tmp_path_factory.mktemp("adventureworks")))


@pytest.fixture(scope="module")
def classicmodels(tmp_path_factory: pytest.TempPathFactory) -> Closed:
    return close(_settings("classicmodels", tmp_path_factory.mktemp("classicmodels")), "2005-06")


# --- AdventureWorks: all twelve quota periods ---


def test_every_period_is_published_and_nothing_is_refused(adventureworks: Closed) -> None:
    assert adventureworks.code == 0, adventureworks.said
    assert len(list((adventureworks.home / "manifests").glob("*/0001.json"))) == 12
    assert adventureworks.rows("select distinct status from tie_outs") == [("tied",)]


def test_reseller_sales(adventureworks: Closed) -> None:
    assert adventureworks.csv("select sum(net_amount_e4) as net_e4, count(*) as lines from sales") == ["80450596.9823,60855"]
    assert adventureworks.csv("select sum(net_amount_e4) as net_e4 from sales where product_line = 'Bikes'") == ["66302381.5570"]
    by_line = "select sum(actual_e4) as actual_e4 from plan_actual where cut = 'product_line' and key = 'Bikes' and measure = 'net_amount'"
    assert adventureworks.csv(by_line) == ["66302381.5570"]


def test_each_quota_meets_its_actual(adventureworks: Closed) -> None:
    quotas = """
        select count(plan) as planned, count(actual) as met, sum(plan_e4) as plan_e4, sum(actual_e4) as actual_e4,
            sum(case when actual_e4 >= plan_e4 then 1 else 0 end) as reached, sum(case when attainment >= 1 then 1 else 0 end) as attained,
            round(cast(sum(actual_e4) as real) / sum(plan_e4), 6) as attainment
        from plan_actual where cut = 'employee_code' and measure = 'net_amount'"""
    assert adventureworks.csv(quotas) == ["163,163,95714000.0000,80450596.9823,8,8,0.840531"]


def test_the_last_quota_period(adventureworks: Closed) -> None:
    last = """
        select cut, sum(plan_e4) as plan_e4, sum(actual_e4) as actual_e4 from plan_actual
        where period = '2013-09-29' and measure = 'net_amount' and cut in ('company', 'employee_code', 'region_code') group by cut order by cut"""
    figures = "10359000.0000,8935377.4868"
    assert adventureworks.csv(last) == [f"company,{figures}", f"employee_code,{figures}", f"region_code,{figures}"]


def test_lines_whose_amount_is_not_quantity_times_price_are_warned_of(adventureworks: Closed) -> None:
    found = adventureworks.rows('select rule, severity, "table", count(*) from quarantine group by 1, 2, 3')
    assert found == [("amount_is_qty_times_price", "warning", "sales_line", 378)]


def test_causes_against_the_year_before_add_up(adventureworks: Closed) -> None:
    parts = "price_e4 + volume_e4 + mix_e4 + new_e4 + discontinued_e4 + other_e4"
    where = "from variance_causes where base = 'last_year' and span = 'period'"
    assert adventureworks.rows(f"select count(*) {where} and {parts} <> variance_e4") == [(0,)]
    by_cut: dict[str, dict[str, tuple[int, ...]]] = {}
    sums = "sum(variance_e4), sum(price_e4), sum(volume_e4), sum(mix_e4), sum(new_e4), sum(discontinued_e4), sum(other_e4)"
    for cut in ("company", "region_code", "product_line"):
        for period, *values in adventureworks.rows(f"select period, {sums} {where} and cut = '{cut}' group by period"):
            by_cut.setdefault(cut, {})[str(period)] = tuple(int(str(value)) for value in values)
    company = by_cut["company"]
    # The year before the first four periods is not in the data.
    assert sorted(company) == [
        "2011-12-29", "2012-03-30", "2012-06-30", "2012-09-28", "2012-12-28", "2013-03-30", "2013-06-30", "2013-09-29",
    ]  # fmt: skip
    assert by_cut["region_code"] == company
    assert by_cut["product_line"] == company
    sold = {str(period): int(str(net)) for period, net in adventureworks.rows("select period, sum(net_amount_e4) from sales group by period")}
    periods = sorted(sold)
    for period, (variance, price, volume, mix, *_) in company.items():
        assert variance == sold[period] - sold[periods[periods.index(period) - 4]]
        assert 0 not in (price, volume, mix), period


def test_nobody_is_said_to_owe_where_no_receipts_are_delivered(adventureworks: Closed) -> None:
    assert adventureworks.rows("select count(*) from receivables") == [(0,)]
    assert not list((adventureworks.home / "shelf").glob("*/R14_*"))


# --- classicmodels: what is owed on 2005-06-30 ---


def test_balance_and_who_owes(classicmodels: Closed) -> None:
    owed = "select sum(balance_e4) as balance_e4, sum(case when balance_e4 > 0 then 1 else 0 end) as owing, min(as_of) from receivables"
    assert classicmodels.csv(owed) == ["511497.2000,16,2005-06-30"]


def test_fifo_ageing_by_order_date(classicmodels: Closed) -> None:
    ageing = """
        select bucket, sum(amount_e4) as amount_e4, sum(documents) as documents from receivables_ageing
        where basis = 'fifo' group by bucket, bucket_no order by bucket_no"""
    assert classicmodels.csv(ageing) == ["<=30,70933.7400,2", "31-60,266074.5600,10", "61-90,151474.7300,5", ">90,23014.1700,1"]


def test_who_is_over_the_limit(classicmodels: Closed) -> None:
    over = classicmodels.rows("select customer_code from receivables where over_limit_e4 > 0 order by customer_code")
    assert [code for (code,) in over] == ["328", "362", "450"]


def test_cancelled_orders_are_left_out_and_counted(classicmodels: Closed) -> None:
    with (REAL / "classicmodels" / "orders.csv").open(encoding="utf-8", newline="") as file:
        cancelled = {row["orderNumber"] for row in csv.DictReader(file) if row["status"] == "Cancelled"}
    with (REAL / "classicmodels" / "orderdetails.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    amounts = {True: Decimal(0), False: Decimal(0)}
    counts = {True: 0, False: 0}
    for line in lines:
        out = line["orderNumber"] in cancelled
        amounts[out] += int(line["quantityOrdered"]) * Decimal(line["priceEach"])
        counts[out] += 1
    assert (len(cancelled), amounts[True]) == (6, Decimal("238854.18"))
    loaded = "select left_amount_e4, right_amount_e4, status from tie_outs where statement = '{}' and subject like 'sales_line %'"
    kept = f"{amounts[False]}00"
    assert classicmodels.csv(loaded.format("file_amount")) == [f"{kept},{kept},tied"]
    assert classicmodels.csv(loaded.format("file_rows")) == [f"{counts[False]}.0000,{counts[False]}.0000,tied"]
    facts = pl.read_parquet(classicmodels.home / "frames" / "fact_sales_line" / "all.parquet")
    assert not set(facts["document_no"]) & cancelled
    said = pl.read_parquet(classicmodels.home / "frames" / "row_counts" / "all.parquet").filter(layout="sales_line")
    assert dict(said.select("reason", "rows").iter_rows()) == {"delivered": len(lines), "left_out": counts[True], "rows": counts[False]}


def test_a_clean_company_is_closed_without_a_refusal(classicmodels: Closed) -> None:
    assert classicmodels.code == 0, classicmodels.said
    assert classicmodels.rows("select distinct status from files") == [("live",)]
    assert classicmodels.rows("select distinct status from tie_outs") == [("tied",)]
