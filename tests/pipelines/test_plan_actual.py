"""Plan against actual: the published cases, nulls and zeros, layers of plans, and sums that add up whatever the cut."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile, ListedPeriod
from pipelines.company.company import Company
from pipelines.company.covers import periods_of
from pipelines.company.policy import Plan, Policy
from pipelines.contracts.marts_sales import PLAN_ACTUAL, SALES_MARTS
from pipelines.metrics import plan_actual as m
from pipelines.money import plain, rounded
from tests.builders import fact_rows, facts_of, money

COMPANY = Company(Path("demo"), Policy(name="Green Field"), Calendar(CalendarFile()), {}, (), (), "d")
OCTOBER = COMPANY.calendar.period("2026-10")


def with_policy(**changes):
    return replace(COMPANY, policy=COMPANY.policy.model_copy(update=changes))


def sale(day=date(2026, 10, 5), amount=0.0, qty=0.0, **more):
    base = {
        "document_no": "D1", "document_date": day, "period": f"{day:%Y-%m}", "net_amount": money(amount), "base_qty": money(qty),
        "qty": money(qty), "base_unit": "t", "customer_code": "C1", "region_code": "N", "department": "D1", "employee_code": "E1",
        "product_code": "P1", "product_line": "L1",
    }
    return base | more


def sales(*rows):
    return fact_rows("sales_line", *rows)


def plan(*rows):
    return fact_rows("plan", *({"version": "v1", "period": "2026-10", "measure": "net_amount"} | row for row in rows))


def masters():
    since = date(2020, 1, 1)
    return {
        "region": fact_rows("region", *({"region_code": code, "valid_from": since, "name": name, "department": "D1"}
                                        for code, name in (("N", "North"), ("S", "South")))),
        "product": fact_rows("product", *({"product_code": code, "valid_from": since, "name": code, "line": line, "unit": unit,
                                           "base_unit": unit}
                                          for code, line, unit in (("P1", "L1", "t"), ("P2", "L1", "t"), ("P3", "L2", "box")))),
        "customer": fact_rows("customer", *({"customer_code": code, "valid_from": since, "name": f"Dealer {code}", "kind": "dealer",
                                             "region_code": region, "employee_code": "E1", "opened_on": since}
                                            for code, region in (("C1", "N"), ("C2", "S")))),
        "employee": fact_rows("employee", {"employee_code": "E1", "valid_from": since, "name": "Li Ming", "region_code": "N"}),
    }


def one(frame, measure="net_amount", cut="company", key="all", key2="", unit=""):
    found = frame.filter(measure=measure, cut=cut, key=key, key2=key2, unit=unit)
    assert found.height == 1, (measure, cut, key, key2, unit, found.height)
    return found.row(0, named=True)


def test_every_mart_keeps_its_contract_even_without_facts():
    facts = facts_of()
    frames = {
        "plan_actual": m.plan_actual(facts, COMPANY, OCTOBER), "plan_to_date": m.plan_to_date(facts, COMPANY, OCTOBER),
        "plan_layers": m.plan_layers(facts, COMPANY, OCTOBER), "pace": m.pace(facts, COMPANY, OCTOBER, OCTOBER.end),
        "plan_series": m.series(facts, COMPANY, OCTOBER, "net_amount", "company"),
        "new_customers": m.new_customers(facts, COMPANY, OCTOBER),
    }
    contracts = {contract.name: contract for contract in SALES_MARTS}
    for name, frame in frames.items():
        assert frame.schema == contracts[name].schema
        assert frame.is_empty()


def test_product_plan_of_the_published_case():
    lines = (("L1", 20_000_000, 18_000_000), ("L2", 12_000_000, 15_000_000), ("L3", 18_000_000, 17_000_000))
    facts = facts_of(
        sales_line=sales(*(sale(amount=actual, product_line=line, product_code=line) for line, actual, _ in lines)),
        plan=plan(*({"product_line": line, "value": money(planned)} for line, _, planned in lines)),
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    assert one(frame)["actual"] == money(50_000_000)
    second = one(frame, cut="product_line", key="L2")
    assert second["attainment"] == pytest.approx(0.8)
    assert second["variance"] == money(-3_000_000)
    assert second["favourable"] is False
    assert second["share_of_total"] == pytest.approx(0.24)
    assert second["rank"] == 3
    assert second["plan_layer"] == "product_line"


@pytest.mark.parametrize(("now", "rate", "before"), [("224.22", 0.9177, "116.92"), ("1041.82", 0.791, "581.70")])
def test_growth_of_the_published_cases(now, rate, before):
    frame = pl.DataFrame({"a": [money(now)], "b": [money(before)]})
    found = frame.select(m.growth(pl.col("a"), pl.col("b")))[0, 0]
    assert found == pytest.approx(rate, abs=5e-5)
    assert rounded(str(plain(money(now)) / (1 + rounded(str(rate), 4))), 2) == rounded(before, 2)


@pytest.mark.parametrize(
    ("actual", "plan_value", "expected"),
    [(80, 100, 0.8), (0, 100, 0.0), (5, 0, None), (5, None, None), (-80, -100, 1.2), (-120, -100, 0.8), (50, -100, 2.5), (-50, 100, -0.5)],
)
def test_attainment(actual, plan_value, expected):
    frame = pl.DataFrame({"a": [actual], "p": [plan_value]}, schema={"a": pl.Int64, "p": pl.Int64})
    assert frame.select(m.attainment(pl.col("a"), pl.col("p")))[0, 0] == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("actual", "base", "expected"), [(150, 100, 0.5), (50, 0, None), (50, None, None), (50, -100, None), (-50, 100, None), (-150, -100, -0.5), (0, 100, -1.0)]
)
def test_growth(actual, base, expected):
    frame = pl.DataFrame({"a": [actual], "b": [base]}, schema={"a": pl.Int64, "b": pl.Int64})
    assert frame.select(m.growth(pl.col("a"), pl.col("b")))[0, 0] == (None if expected is None else pytest.approx(expected))


def test_pace_of_the_published_case():
    # 22 working days; day 13 of them is the as-of day.
    calendar = Calendar(CalendarFile())
    company = replace(COMPANY, calendar=calendar)
    september = calendar.period("2026-09")
    assert calendar.working_days(september.start, september.end) == 22
    as_of = date(2026, 9, 17)
    assert calendar.working_days(september.start, as_of) == 13
    facts = facts_of(
        sales_line=sales(sale(date(2026, 9, 10), 620), sale(date(2026, 9, 18), 999, document_no="D2")),
        plan=plan({"period": "2026-09", "value": money(1000)}),
    )
    row = one(m.pace(facts, company, september, as_of, cuts=("company",)))
    assert row["attainment"] == pytest.approx(0.62)
    assert row["time_progress"] == pytest.approx(0.591, abs=5e-4)
    assert row["gap"] == pytest.approx(0.029, abs=5e-4)
    assert rounded(plain(row["forecast"])) == 1049
    assert rounded(plain(row["needed_per_day"]), 1) == rounded("42.2", 1)


def test_pace_needs_nothing_more_once_the_plan_is_reached_and_has_no_figure_without_days():
    facts = facts_of(sales_line=sales(sale(amount=120)), plan=plan({"value": money(100)}))
    assert one(m.pace(facts, COMPANY, OCTOBER, date(2026, 10, 20)))["needed_per_day"] == 0
    assert one(m.pace(facts, COMPANY, OCTOBER, OCTOBER.end))["needed_per_day"] is None
    holiday = replace(COMPANY, calendar=Calendar(CalendarFile(holidays=(date(2026, 10, 1), date(2026, 10, 2)))))
    first = one(m.pace(facts, holiday, OCTOBER, date(2026, 10, 2)))
    assert (first["time_progress"], first["forecast"]) == (0.0, None)


def test_what_is_not_planned_is_listed_and_has_no_percentage():
    facts = facts_of(
        sales_line=sales(sale(amount=10), sale(amount=5, region_code="S", line_no="2")), plan=plan({"region_code": "N", "value": money(8)}),
        **masters(),
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    south = one(frame, cut="region_code", key="S")
    assert (south["plan"], south["variance"], south["attainment"], south["unplanned"]) == (None, None, None, True)
    assert m.unplanned(frame).filter(cut="region_code")["key"].to_list() == ["S"]
    # No layer knows products: they are without plan, which is not the same as unplanned.
    assert not one(frame, cut="product_code", key="P1")["unplanned"]
    assert south["label"] == "South"


def test_a_delivery_is_no_sale_and_tomorrow_has_not_come():
    facts = facts_of(sales_line=sales(
        sale(amount=10), sale(amount=7, document_no="D2", document_kind="delivery"), sale(date(2026, 10, 30), 5, document_no="D3")
    ))
    assert one(m.plan_actual(facts, COMPANY, OCTOBER, as_of=date(2026, 10, 29)))["actual"] == money(10)
    assert one(m.plan_actual(facts, COMPANY, OCTOBER))["actual"] == money(15)


def test_quantities_of_different_units_are_never_added():
    facts = facts_of(
        sales_line=sales(sale(qty=3), sale(qty=7, product_code="P3", product_line="L2", base_unit="box", line_no="2")),
        plan=plan({"measure": "qty", "product_code": "P1", "value": money(4)}, {"measure": "qty", "product_line": "L2", "value": money(8)},
                  {"measure": "qty", "region_code": "N", "value": money(99)}),
        **masters(),
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    assert {row["unit"] for row in frame.filter(measure="qty", cut="company").to_dicts()} == {"t", "box"}
    assert one(frame, "qty", unit="t")["actual"] == money(3)
    # A region's quantity without product is in no known unit and meets no actual.
    nowhere = one(frame, "qty", "region_code", "N", unit="")
    assert (nowhere["plan"], nowhere["actual"], nowhere["attainment"]) == (money(99), None, None)
    assert m.Plans(facts, COMPANY).unread()["reason"].to_list() == ["unit"]


def test_a_cut_is_answered_by_the_coarsest_layer_that_knows_it_and_layers_are_compared():
    facts = facts_of(
        sales_line=sales(sale(amount=10)),
        plan=plan({"value": money(100)}, {"region_code": "N", "value": money(60)}, {"region_code": "S", "value": money(45)},
                  {"region_code": "N", "product_code": "P1", "value": money(60)}, {"region_code": "S", "product_code": "P2", "value": money(44)}),
        **masters(),
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    assert (one(frame)["plan"], one(frame)["plan_layer"]) == (money(100), "company")
    assert one(frame, cut="region_code", key="S")["plan"] == money(45)
    assert one(frame, cut="department", key="D1")["plan"] == money(105)
    assert one(frame, cut="product_line", key="L1")["plan_layer"] == "region_code*product_code"
    layers = m.plan_layers(facts, COMPANY, OCTOBER)
    found = {(row["layer"], row["other_layer"], row["cut"], row["key"]): row["difference"] for row in layers.to_dicts()}
    assert found == {
        ("company", "region_code", "company", "all"): money(-5),
        ("company", "region_code*product_code", "company", "all"): money(-4),
        ("region_code", "region_code*product_code", "region_code", "S"): money(1),
    }


def test_the_version_of_policy_counts_else_the_last_that_plans_the_period():
    facts = facts_of(plan=plan({"value": 1}, {"version": "v2", "value": 2}, {"period": "2026-09", "value": 3}))
    assert one(m.plan_actual(facts, COMPANY, OCTOBER))["plan"] == 2
    assert one(m.plan_actual(facts, COMPANY, OCTOBER, plan_version="v1"))["plan"] == 1
    assert one(m.plan_actual(facts, with_policy(plan=Plan(version="v1")), OCTOBER))["plan"] == 1
    assert one(m.plan_actual(facts, COMPANY, COMPANY.calendar.period("2026-09")))["plan"] == 3


def test_a_quarters_plan_is_shown_to_date_at_its_own_period():
    facts = facts_of(
        sales_line=sales(sale(date(2026, 7, 3), 10), sale(date(2026, 8, 3), 20, document_no="D2")),
        plan=plan({"period": "2026-Q3", "value": money(90)}),
    )
    august = COMPANY.calendar.period("2026-08")
    assert one(m.plan_actual(facts, COMPANY, august))["plan"] is None
    row = one(m.plan_to_date(facts, COMPANY, august))
    assert (row["plan_period"], row["plan"], row["actual"], row["variance"]) == ("2026-Q3", money(90), money(30), money(-60))
    assert row["attainment"] == pytest.approx(1 / 3)
    assert row["time_progress"] == pytest.approx(44 / 66)


@pytest.mark.parametrize(
    ("spread", "expected"), [("equal", ["30.0001", "30", "30"]), ("working_days", ["31.3637", "28.6364", "30"]), ("seasonal", ["90.0001", "0", "0"])]
)
def test_a_longer_plan_is_spread_only_when_policy_says_so(spread, expected):
    facts = facts_of(
        sales_line=sales(sale(date(2025, 7, 3), 10)), plan=plan({"period": "2026-Q3", "value": money("90.0001")}),
    )
    company = with_policy(plan=Plan(spread=spread))
    plans = m.Plans(facts, company).monthly().sort("period")
    assert [plain(value) for value in plans["value"]] == [plain(money(value)) for value in expected]
    assert m.plan_to_date(facts, company, COMPANY.calendar.period("2026-07")).is_empty()


def test_a_month_planned_itself_is_not_planned_again_by_its_year():
    facts = facts_of(plan=plan({"period": "FY2026", "value": money(120)}, {"value": money(7)}))
    plans = m.Plans(facts, with_policy(plan=Plan(spread="equal"))).monthly()
    assert plans.filter(period="2026-10")["value"].to_list() == [money(7)]
    assert plans.height == 12


def test_periods_of_quarters_years_and_strangers():
    calendar = Calendar(CalendarFile(fiscal_year_start_month=4))
    assert [p.key for p in periods_of("2026-Q4", calendar)] == ["2027-01", "2027-02", "2027-03"]
    assert len(periods_of("FY2026", calendar)) == 12
    assert periods_of("2026-10-H1", calendar) == ()
    listed = Calendar(CalendarFile(kind="list", periods=(ListedPeriod(start=date(2026, 1, 4), fiscal_year=2026, number=1, end=date(2026, 3, 1)),)))
    assert [p.key for p in periods_of("2026-01-04", listed)] == ["2026-01-04"]


def test_the_year_to_date_plan_needs_a_plan_for_every_period_of_it():
    months = [f"2026-{month:02d}" for month in range(1, 11)]
    whole = facts_of(plan=plan(*({"period": key, "value": money(10)} for key in months)))
    assert one(m.plan_actual(whole, COMPANY, OCTOBER))["ytd_plan"] == money(100)
    gap = facts_of(plan=plan(*({"period": key, "value": money(10)} for key in months[1:])))
    row = one(m.plan_actual(gap, COMPANY, OCTOBER))
    assert (row["plan"], row["ytd_plan"], row["ytd_variance"], row["ytd_attainment"]) == (money(10), None, None, None)


def test_receipts_expenses_new_customers_outlets_and_visits():
    more = masters()
    more["customer"] = more["customer"].with_columns(
        opened_on=pl.when(pl.col("customer_code") == "C2").then(date(2026, 10, 2)).otherwise("opened_on")
    )
    facts = facts_of(
        sales_line=sales(sale(date(2026, 9, 1), 5), sale(date(2026, 10, 6), 8, customer_code="C2", region_code="S", document_no="D2"),
                         sale(date(2026, 10, 9), 2, customer_code="C2", region_code="S", document_no="D3")),
        receipt=fact_rows("receipt", {"receipt_no": "R1", "received_on": date(2026, 10, 7), "period": "2026-10", "amount": money(9), "region_code": "N"},
                          {"receipt_no": "R2", "received_on": date(2026, 10, 8), "period": "2026-10", "amount": money(-4), "region_code": "N"}),
        expense=fact_rows("expense", {"voucher_no": "V1", "spent_on": date(2026, 10, 7), "period": "2026-10", "item": "travel", "amount": money(3), "employee_code": "E1"},
                          {"voucher_no": "V2", "spent_on": date(2026, 10, 7), "period": "2026-10", "item": "wages", "amount": money(4), "region_code": "S"}),
        outlet=fact_rows("outlet", {"dealer_code": "C1", "outlet_code": "O1", "valid_from": date(2020, 1, 1), "first_traded_on": date(2026, 10, 3)},
                         {"dealer_code": "C2", "outlet_code": "O1", "valid_from": date(2020, 1, 1)}),
        sell_out=fact_rows("sell_out", {"dealer_code": "C2", "outlet_code": "O1", "sold_on": date(2026, 10, 4), "qty": money(1)}),
        visit=fact_rows("visit", {"employee_code": "E9", "customer_code": "C2", "visited_at": date(2026, 10, 4), "period": "2026-10"}),
        plan=plan({"measure": "expense:travel", "region_code": "N", "value": money(2)}, {"measure": "expense:wages", "value": money(9)}),
        **more,
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    assert one(frame, "receipts")["actual"] == money(5)
    assert one(frame, "new_customers", "region_code", "S")["actual"] == money(1)
    assert one(frame, "new_customers")["actual"] == money(1)
    assert one(frame, "outlets")["actual"] == money(2)
    assert one(frame, "visits", "employee_code", "E9")["actual"] == money(1)
    assert one(frame, "visits", "region_code", "S")["actual"] == money(1)
    total = one(frame, "expense")
    assert (total["actual"], total["plan"], total["favourable"]) == (money(7), money(11), True)
    # Wages are planned for the company only, so a region's plan of all expenses would be half a plan.
    assert one(frame, "expense", "region_code", "N")["plan"] is None
    assert one(frame, "expense:travel", "region_code", "N")["variance"] == money(1)
    assert one(frame, "expense:travel", "region_code", "N")["favourable"] is False
    assert frame.filter(measure="receipts", cut="product_code").is_empty()
    row = m.new_customers(facts, COMPANY, OCTOBER).row(0, named=True)
    assert (row["customer_code"], row["first_invoice_on"], row["net_amount"]) == ("C2", date(2026, 10, 6), money(10))


def test_expense_plan_of_the_published_case():
    items = {"wages": 5_000_000, "travel": 3_000_000, "administration": 1_000_000, "other": 1_000_000}
    facts = facts_of(
        sales_line=sales(sale(amount=500_000_000)),
        plan=plan({"value": money(500_000_000)}, *({"measure": f"expense:{item}", "value": money(value)} for item, value in items.items())),
    )
    frame = m.plan_actual(facts, COMPANY, OCTOBER, cuts=("company",))
    assert one(frame, "expense")["plan"] == money(10_000_000)
    assert one(frame, "expense")["plan"] / one(frame)["plan"] == 0.02


def test_margin_leaves_out_lines_without_a_cost_and_is_absent_without_any():
    facts = facts_of(sales_line=sales(sale(amount=10, cost_amount=money(6)), sale(amount=5, line_no="2", region_code="S")))
    frame = m.plan_actual(facts, COMPANY, OCTOBER)
    assert one(frame, "gross_margin")["actual"] == money(4)
    assert frame.filter(measure="gross_margin", cut="region_code", key="S").is_empty()


def test_series_has_every_key_in_every_period():
    facts = facts_of(
        sales_line=sales(sale(date(2025, 9, 3), 10), sale(amount=20, document_no="D2", region_code="S")),
        plan=plan({"region_code": "N", "value": money(5)}, {"region_code": "N", "period": "2026-09", "value": money(6)}), **masters(),
    )
    frame = m.series(facts, COMPANY, OCTOBER, "net_amount", "region_code", 3)
    found = {(row["in_period"], row["key"]): (row["plan"], row["actual"], row["py"]) for row in frame.to_dicts()}
    assert found == {
        ("2026-08", "N"): (None, 0, 0), ("2026-08", "S"): (None, 0, 0), ("2026-09", "N"): (money(6), 0, money(10)),
        ("2026-09", "S"): (None, 0, 0), ("2026-10", "N"): (money(5), 0, 0), ("2026-10", "S"): (None, money(20), 0),
    }


def test_a_cut_has_one_or_two_known_dimensions():
    with pytest.raises(ValueError, match="is no cut"):
        m.dimensions_of("region_code*colour")
    with pytest.raises(ValueError, match="is no cut"):
        m.dimensions_of("region_code*product_code*customer_code")


_row = st.tuples(
    st.integers(1, 24), st.sampled_from("NS"), st.sampled_from(["E1", "E2", None]), st.sampled_from(["C1", "C2"]),
    st.sampled_from(["P1", "P2", "P3"]), st.integers(-10**9, 10**9), st.integers(-10**6, 10**6),
)


def _random_sales(rows):
    lines, units = {"P1": "L1", "P2": "L1", "P3": "L2"}, {"P1": "t", "P2": "t", "P3": "box"}
    return sales(*(
        sale(date(2025 + (month - 1) // 12, (month - 1) % 12 + 1, 4), document_no=str(i), region_code=region, employee_code=employee,
             customer_code=customer, product_code=product, product_line=lines[product], base_unit=units[product], cost_amount=amount // 2)
        | {"net_amount": amount, "base_qty": qty}
        for i, (month, region, employee, customer, product, amount, qty) in enumerate(rows)
    ))


@settings(max_examples=15)
@given(st.lists(_row, min_size=1, max_size=25), st.lists(st.tuples(st.integers(1, 12), st.sampled_from("NS"), st.sampled_from(["P1", "P2", "P3"]), st.integers(-10**9, 10**9)), max_size=12, unique_by=lambda p: p[:3]), st.randoms())
def test_parts_add_up_and_the_order_of_rows_is_nothing(rows, planned, random):
    lines = _random_sales(rows)
    targets = [{"period": f"2026-{month:02d}", "region_code": region, "product_code": product, "value": value} for month, region, product, value in planned]
    december = COMPANY.calendar.period("2026-12")
    frames = []
    for shuffled in (False, True):
        order = list(range(lines.height))
        if shuffled:
            random.shuffle(order)
            random.shuffle(targets)
        facts = facts_of(sales_line=lines[order], plan=plan(*targets), **masters())
        frames.append(m.plan_actual(facts, COMPANY, december))
    frame = frames[0]
    assert frame.equals(frames[1])
    assert frame.select(PLAN_ACTUAL.grain).is_unique().all()
    assert not any(frame[column.name].null_count() for column in PLAN_ACTUAL.columns if column.required)
    amounts = ("actual", "py", "pp", "ytd_actual", "ytd_py", "plan", "ytd_plan")
    whole = frame.filter(cut="company").select("measure", "unit", *(pl.col(name).fill_null(0) for name in amounts))
    for cut in (*m.CUTS, *m.PAIRS):
        measured = frame.filter(cut=cut).group_by("measure", "unit").agg(pl.col(*amounts).sum())
        both = whole.join(measured, on=["measure", "unit"], how="left", suffix="_cut").fill_null(0)
        for name in ("actual", "py", "pp", "ytd_actual", "ytd_py"):
            assert (both[name] == both[f"{name}_cut"]).all(), (cut, name)
        if not {"employee_code", "customer_code"} & set(m.dimensions_of(cut)):
            assert (both["plan"] == both["plan_cut"]).all(), cut
    assert frame.filter(measure="net_amount", cut="company")["ytd_actual"].sum() == sum(row[5] for row in rows if row[0] > 12)


@settings(max_examples=15)
@given(st.lists(_row, min_size=1, max_size=25))
def test_the_year_to_date_is_the_sum_of_its_periods(rows):
    facts = facts_of(sales_line=_random_sales(rows), **masters())
    months = COMPANY.calendar.between("2026-01", "2026-04")
    sums = [m.plan_actual(facts, COMPANY, month, cuts=("region_code",)).group_by("measure", "unit", "key").agg(pl.col("actual", "py").sum()) for month in months]
    added = pl.concat(sums).group_by("measure", "unit", "key").agg(pl.col("actual", "py").sum())
    last = m.plan_actual(facts, COMPANY, months[-1], cuts=("region_code",))
    both = last.join(added, on=["measure", "unit", "key"], how="left", suffix="_added").fill_null(0)
    assert (both["ytd_actual"] == both["actual_added"]).all()
    assert (both["ytd_py"] == both["py_added"]).all()
