"""M4, M5: the nine indicators, visits by week and month, copied records; and sales by week."""

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
from pipelines.contracts.marts_people import ACTIVITY, ACTIVITY_DAYS, SALESPERSON_INDICATORS, WORK_PLAN_EXECUTION
from pipelines.contracts.marts_sales import SALES_WEEKLY, WEEK_SERIES
from pipelines.contracts.model import Contract
from pipelines.controls.behaviour import behaviour
from pipelines.metrics import activity, plan_actual, receivable_marts, sales_weekly, salespeople, weeks
from pipelines.money import E8
from pipelines.sources.facts import Facts
from tests.builders import fact_rows, facts_of, money

D = date(2026, 10, 31)
COMPANY = Company(Path("companies/test"), Policy(name="Test"), Calendar(CalendarFile(first=date(2024, 1, 1))), {}, (), (), "")
OCTOBER = COMPANY.calendar.period("2026-10")
PEOPLE = [
    {"employee_code": "E1", "name": "Wang", "role": "salesperson", "region_code": "R1"},
    {"employee_code": "E2", "name": "Li", "role": "salesperson", "region_code": "R1"},
    {"employee_code": "M1", "name": "Zhao", "role": "region_manager", "region_code": "R1"},
    {"employee_code": "E9", "name": "Gone", "role": "salesperson", "region_code": "R1", "left_on": date(2026, 9, 30)},
]
CUSTOMERS = {"C1": "E1", "C2": "E1", "C3": "E1", "C4": "E2"}
MASTERS: dict[str, list[dict[str, Any]]] = {
    "region": [{"region_code": "R1", "name": "North", "department": "One"}],
    "employee": PEOPLE,
    "customer": [
        {"customer_code": code, "kind": "dealer", "region_code": "R1", "employee_code": who, "name": code, "price_class": "A", "opened_on": date(2026, 10, 1) if code == "C3" else date(2024, 1, 1)}
        for code, who in CUSTOMERS.items()
    ],
    "product": [{"product_code": "P1", "line": "Bags", "unit": "t", "base_unit": "t", "units_per_base": E8}],
}


def facts(**tables: list[dict[str, Any]]) -> Facts:
    return facts_of(**{name: fact_rows(name, *rows) for name, rows in (MASTERS | tables).items()})


def kept(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """``frame``, which must keep its contract."""
    assert frame.schema == contract.schema
    assert not frame.select(contract.grain).is_duplicated().any()
    assert all(frame[column.name].null_count() == 0 for column in contract.columns if column.required)
    return frame


def one(frame: pl.DataFrame, **where: Any) -> dict[str, Any]:
    rows = frame.filter(*(pl.col(name) == value for name, value in where.items()))
    assert rows.height == 1, (where, frame)
    return rows.row(0, named=True)


def line(day: date, customer: str, qty: float, price: float, **more: Any) -> dict[str, Any]:
    net = money(round(qty * price, 4))
    return {
        "document_no": f"S{day}{customer}", "line_no": "1", "document_kind": "invoice", "document_date": day, "period": f"{day:%Y-%m}", "customer_code": customer,
        "employee_code": CUSTOMERS[customer], "region_code": "R1", "department": "One", "product_code": "P1", "product_line": "Bags", "unit": "t", "base_unit": "t",
        "qty": money(qty), "base_qty": money(qty), "net_amount": net, "gross_amount": net, "price_class": "A", "customer_kind": "dealer", **more,
    }  # fmt: skip


# --- weeks ------------------------------------------------------------------------------------------------------------


def test_a_week_belongs_to_the_period_in_which_it_ends_with_all_its_days() -> None:
    found = weeks.weeks(OCTOBER, COMPANY.calendar, D)
    assert [week.key for week in found] == ["2026-W40", "2026-W41", "2026-W42", "2026-W43"]
    assert found[0].days[0] == date(2026, 9, 28)
    november = weeks.weeks(COMPANY.calendar.period("2026-11"), COMPANY.calendar, date(2026, 11, 1))
    assert [(week.key, week.start, week.until, week.is_over) for week in november] == [("2026-W44", date(2026, 10, 26), date(2026, 11, 1), True)]


@pytest.mark.parametrize("start", ["monday", "sunday", "saturday"])
@pytest.mark.parametrize("kind", [{"kind": "month"}, {"kind": "cut_off", "cut_off_day": 25}])
def test_the_weeks_of_all_periods_cover_every_day_once(start: str, kind: dict[str, Any]) -> None:
    calendar = Calendar(CalendarFile(first=date(2024, 12, 1), last=date(2027, 2, 1), week_start=start, **kind))
    days = [day for period in calendar.periods for week in weeks.weeks(period, calendar, period.end) for day in week.days]
    assert days == [days[0] + timedelta(days=offset) for offset in range(len(days))]
    assert len({week.key for period in calendar.periods for week in weeks.weeks(period, calendar, period.end)}) == len(days) / 7


def test_the_53rd_week_has_no_week_of_its_number_a_year_before() -> None:
    january = COMPANY.calendar.period("2027-01")
    found = weeks.weeks(january, COMPANY.calendar, january.end)
    assert [(week.key, weeks.same_week_last_year(week, COMPANY.calendar) is None) for week in found[:2]] == [("2026-W53", True), ("2027-W01", False)]


# --- sales by week ----------------------------------------------------------------------------------------------------


def test_sales_by_week() -> None:
    sold = facts(
        sales_line=[
            line(date(2026, 9, 30), "C1", 1, 10), line(date(2026, 10, 3), "C4", 2, 10), line(date(2026, 10, 6), "C1", 4, 10, cost_amount=money(25)),
            line(date(2025, 10, 7), "C1", 5, 10), line(date(2025, 10, 10), "C1", 100, 10), line(date(2026, 10, 8), "C1", 50, 10, document_kind="delivery"),
        ],
        receipt=[{"receipt_no": "B1", "received_on": date(2026, 10, 8), "amount": money(7), "customer_code": "C1", "region_code": "R1", "period": "2026-10"}],
        plan=[{"version": "a", "period": "2026-10", "measure": "net_amount", "value": money(200)}],
    )  # fmt: skip
    as_of = date(2026, 10, 8)
    compared = plan_actual.plan_actual(sold, COMPANY, OCTOBER, as_of=as_of)
    frame = kept(sales_weekly.sales_weekly(sold, COMPANY, OCTOBER, as_of, compared), SALES_WEEKLY)
    first = one(frame, cover="2026-W40", cut="company", measure="net_amount")
    # All days of the week count in it, only those of October against October's plan.
    assert (first["actual"], first["to_date"], first["plan"], first["attainment"]) == (money(30), money(20), money(200), 0.1)
    second = one(frame, cover="2026-W41", cut="company", measure="net_amount")
    # The week runs until Thursday: the Friday of last year's week is not compared, nor the Saturday of the week before.
    assert (second["actual"], second["pw"], second["py"], second["until"]) == (money(40), money(10), money(50), as_of)
    assert (second["growth_wow"], second["growth_yoy"]) == (3.0, pytest.approx(-0.2))
    assert (second["to_date"], second["time_progress"]) == (money(60), 6 / 22)
    assert one(frame, cover="2026-W41", cut="company", measure="gross_margin")["actual"] == money(15)
    assert one(frame, cover="2026-W41", cut="company", measure="receipts")["actual"] == money(7)
    assert one(frame, cover="2026-W40", cut="region_code*employee_code", key2="E2", measure="net_amount")["actual"] == money(20)
    course = kept(sales_weekly.week_series(sold, COMPANY, OCTOBER, as_of), WEEK_SERIES)
    assert course.filter(pl.col("measure") == "net_amount").select("cover", "actual").rows()[-2:] == [("2026-W40", money(30)), ("2026-W41", money(40))]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.dates(date(2026, 9, 20), date(2026, 11, 5)), st.sampled_from(sorted(CUSTOMERS)), st.integers(-50, 99)), min_size=1, max_size=40))
def test_cuts_of_a_week_add_up_to_the_company_in_any_order(sold: list[tuple[date, str, int]]) -> None:
    lines = [line(day, customer, qty, 3, line_no=str(i)) for i, (day, customer, qty) in enumerate(sold)]
    both = []
    for rows in (lines, lines[::-1]):
        known = facts(sales_line=rows)
        compared = plan_actual.plan_actual(known, COMPANY, OCTOBER, as_of=D)
        both.append(sales_weekly.sales_weekly(known, COMPANY, OCTOBER, D, compared))
    assert both[0].equals(both[1])
    net = both[0].filter(pl.col("measure") == "net_amount")
    for column in ("actual", "pw", "py", "to_date"):
        sums = {frame["cut"][0]: dict(frame.group_by("cover").agg(pl.col(column).sum()).iter_rows()) for _, frame in net.group_by("cut")}
        assert all(of == sums["company"] for of in sums.values())
    whole = sum(money(qty * 3) for day, _, qty in sold if date(2026, 9, 28) <= day <= date(2026, 10, 25))
    assert net.filter(pl.col("cut") == "company")["actual"].sum() == whole


# --- the nine indicators ----------------------------------------------------------------------------------------------


def indicators(known: Facts) -> pl.DataFrame:
    compared = plan_actual.plan_actual(known, COMPANY, OCTOBER, as_of=D)
    ratios = receivable_marts.receivable_marts(known, COMPANY, OCTOBER, D)["receivable_ratios"]
    return kept(salespeople.salesperson_indicators(known, COMPANY, OCTOBER, D, compared, ratios), SALESPERSON_INDICATORS)


def test_the_nine_indicators() -> None:
    known = facts(
        sales_line=[
            # E1 sold 10 t and 5 t where the list says 100, then 120 from the 15th; 2 t came back.
            line(date(2026, 10, 5), "C1", 10, 90), line(date(2026, 10, 20), "C3", 5, 120),
            line(date(2026, 10, 21), "C3", -2, 120, document_kind="red_slip"),
            line(date(2025, 10, 9), "C1", 10, 100), line(date(2026, 3, 9), "C1", 8, 100), line(date(2026, 3, 9), "C2", 8, 100),
        ],
        price_list=[
            {"product_code": "P1", "price_class": "A", "valid_from": date(2026, 1, 1), "unit_price": 100 * E8},
            {"product_code": "P1", "price_class": "A", "valid_from": date(2026, 10, 15), "unit_price": 120 * E8},
        ],
        plan=[{"version": "a", "period": "2026-10", "measure": measure, "employee_code": "E1", "region_code": "R1", "value": money(value)} for measure, value in (("qty", 20), ("new_customers", 2))],
        expense=[{"voucher_no": "V1", "line_no": "1", "spent_on": date(2026, 10, 9), "employee_code": "E1", "amount": money(126), "item": "travel", "period": "2026-10"}],
        visit=[
            {"visited_at": date(2026, 10, day), "employee_code": "E1", "customer_code": "C1", "outlet_code": str(day), "succeeded": day < 8, "period": "2026-10"}
            for day in (5, 6, 7, 8)
        ],
        complaint=[
            {"complaint_no": "K1", "raised_on": date(2026, 10, 9), "customer_code": "C2", "employee_code": "E1"},
            {"complaint_no": "K0", "raised_on": date(2026, 9, 30), "customer_code": "C2", "employee_code": "E1"},
        ],
        receipt=[{"receipt_no": "B1", "received_on": date(2026, 10, 9), "customer_code": "C1", "amount": money(400), "employee_code": "E1", "period": "2026-10"}],
    )  # fmt: skip
    frame = indicators(known)
    assert frame["employee_code"].to_list() == ["E1", "E2"]
    row = one(frame, employee_code="E1")
    assert (row["qty_plan"], row["qty_actual"], row["qty_unit"], row["plan_completion"]) == (money(20), money(13), "t", 0.65)
    assert (row["net_amount"], row["net_amount_py"], row["sales_growth"]) == (money(1260), money(1000), 0.26)
    assert (row["priced_amount"], row["list_amount"], row["price_maintenance"]) == (money(1260), money(1360), 1260 / 1360)
    assert (row["expense"], row["expense_ratio"]) == (money(126), 0.1)
    # Overdue when the month began: 1,000 of 2025, 800 + 800 of March. 400 of it came in.
    assert (row["opening_overdue"], row["recovered"], row["overdue_recovery"]) == (money(2600), money(400), 400 / 2600)
    assert (row["visits"], row["visits_succeeded"], row["visit_success"]) == (4, 3, 0.75)
    assert (row["complaints"], row["active_customers"], row["complaint_rate"]) == (1, 3, 1 / 3)
    assert (row["customers_at_start"], row["new_customers"], row["new_customers_plan"]) == (2, 1, money(2))
    assert (row["new_customer_rate"], row["new_customer_completion"]) == (0.5, 0.5)
    assert (row["customers_kept"], row["retention"]) == (1, 0.5)
    other = one(frame, employee_code="E2")
    # Nothing planned, nothing sold, nobody visited: counts are 0, rates are not.
    assert (other["net_amount"], other["visits"], other["complaints"], other["customers_at_start"]) == (0, 0, 0, 0)
    assert all(other[name] is None for name in ("plan_completion", "sales_growth", "price_maintenance", "expense_ratio", "overdue_recovery", "visit_success", "complaint_rate", "new_customer_rate", "retention"))


def test_what_was_not_delivered_is_null_and_not_zero() -> None:
    row = one(indicators(facts(sales_line=[line(date(2026, 10, 5), "C1", 10, 90)])), employee_code="E1")
    absent = ("expense", "expense_ratio", "visits", "visits_succeeded", "visit_success", "complaints", "complaint_rate", "price_maintenance", "list_amount")
    assert [name for name in absent if row[name] is not None] == []
    assert (row["net_amount"], row["customers_at_start"], row["retention"]) == (money(900), 0, None)


def test_a_price_is_of_a_sales_unit_whatever_unit_was_delivered() -> None:
    boxed = {"product": [{"product_code": "P1", "line": "Bags", "unit": "box", "base_unit": "bag", "units_per_base": 10 * E8}]}
    prices = [{"product_code": "P1", "price_class": "A", "valid_from": date(2026, 1, 1), "unit_price": 50 * E8}]
    lines = [
        line(date(2026, 10, 5), "C1", 2, 45, unit="box", base_unit="bag", base_qty=money(20)),
        line(date(2026, 10, 6), "C1", 20, 4.5, unit="bag", base_unit="bag", base_qty=money(20)),
    ]  # fmt: skip
    row = one(indicators(facts(**boxed, price_list=prices, sales_line=lines)), employee_code="E1")
    assert (row["priced_amount"], row["list_amount"], row["price_maintenance"]) == (money(180), money(200), 0.9)


# --- activity ---------------------------------------------------------------------------------------------------------


def visit(day: int, customer: str, who: str = "E1", month: int = 10, **more: Any) -> dict[str, Any]:
    return {"visited_at": date(2026, month, day), "employee_code": who, "customer_code": customer, "kind": "return", "succeeded": False, "period": f"2026-{month:02d}", "source_row": day, **more}


def marts(known: Facts, as_of: date = D) -> activity.ActivityMarts:
    compared = plan_actual.plan_actual(known, COMPANY, OCTOBER, as_of=as_of)
    found = activity.activity_marts(known, COMPANY, OCTOBER, as_of, compared)
    for frame, contract in ((found.activity, ACTIVITY), (found.days, ACTIVITY_DAYS), (found.plans, WORK_PLAN_EXECUTION)):
        kept(frame, contract)
    return found


def test_visits_of_a_week_and_of_the_month() -> None:
    known = facts(
        visit=[
            visit(29, "C1", month=9, succeeded=True, order_amount=money(300), product_count=3, display_done=True),
            visit(1, "C2", kind="key_account", display_done=False, new_product_offered=True),
            visit(12, "C4", kind="new", succeeded=True, order_amount=money(100), product_count=4),
            visit(13, "C1", kind="key_account", succeeded=True, order_amount=money(50)),
        ],
        plan=[{"version": "a", "period": "2026-10", "measure": "visits", "employee_code": "E1", "region_code": "R1", "value": money(8)}],
    )
    frame = marts(known).activity
    week = one(frame, cover="2026-W40", employee_code="E1")
    assert (week["visits"], week["return_visits"], week["key_account_visits"], week["key_account_target"]) == (2, 1, 1, 2)
    assert (week["customers"], week["customers_visited"], week["coverage"]) == (3, 2, 2 / 3)
    assert (week["strike_rate"], week["order_value"], week["lines_per_order"]) == (0.5, money(150), 3.0)
    assert (week["display_rate"], week["new_product_rate"], week["visits_planned"]) == (0.5, 1.0, None)
    month = one(frame, cover="2026-10", employee_code="E1")
    # September's visit is no visit of October; a customer of somebody else is none of E1's covered.
    assert (month["visits"], month["new_visits"], month["customers_visited"], month["visits_planned"]) == (3, 1, 2, 8)
    assert (month["key_account_visits"], month["key_account_target"]) == (2, 8)
    assert (month["lines_per_order"], month["order_value"], month["order_amount"]) == (4.0, money(50), money(150))
    idle = one(frame, cover="2026-10", employee_code="E2")
    assert (idle["visits"], idle["strike_rate"], idle["order_value"], idle["coverage"]) == (0, None, None, 0.0)
    assert idle["days_without_record"] == idle["working_days"] == 22
    # Who left on 30 September was there in the week of 28 September, and the manager visits nobody.
    assert frame.filter(pl.col("employee_code").is_in(["E9", "M1"])).select("employee_code", "cover").rows() == [("E9", "2026-W40")]


def test_days_without_record_and_visits_while_absent() -> None:
    present = {"present": (5, 6), "absent": (7,), "leave": (8,), "travel": (9,)}
    known = facts(
        visit=[visit(5, "C1"), visit(7, "C1", source_file="diaries/wang.xlsx"), visit(7, "C2", source_row=19, source_file="diaries/wang.xlsx")],
        diary=[{"employee_code": "E1", "day": date(2026, 10, 12), "line": 1, "work_done": "Visited the county fair"}],
        attendance=[{"employee_code": "E1", "day": date(2026, 10, day), "status": status} for status, days in present.items() for day in days],
    )
    found = marts(known, date(2026, 10, 13))
    states = dict(found.days.filter((pl.col("employee_code") == "E1") & (pl.col("day") >= date(2026, 10, 5))).select("day", "state").iter_rows())
    assert [states[date(2026, 10, day)] for day in range(5, 14)] == ["recorded", "missing", "absent", "away", "away", "idle", "idle", "recorded", "missing"]
    week = one(found.activity, cover="2026-W41", employee_code="E1")
    assert (week["days_recorded"], week["days_without_record"], week["days_absent_visited"], week["working_days"]) == (2, 1, 1, 5)
    _, findings = behaviour(known, COMPANY, OCTOBER, found.days, pl.DataFrame({"source_sha256": ["0" * 64], "source_sheet": [""], "column": ["customer_code"], "letter": ["C"]}))
    assert findings.select("control", "rule", "subject", "found", "source_file", "cell").rows() == [("C11", "visit_while_absent", "E1 Wang 2026-10-07", "2", "diaries/wang.xlsx", "C7")]
    nobody_told = marts(facts(visit=[visit(7, "C1")]))
    assert nobody_told.activity["days_absent_visited"].null_count() == nobody_told.activity.height


def test_copied_days_and_a_copied_week() -> None:
    def notes(who: str, days: dict[int, str], month: int = 10) -> list[dict[str, Any]]:
        return [{"employee_code": who, "day": date(2026, month, day), "line": 1, "work_done": text, "source_row": day} for day, text in days.items()]

    texts = {5: "Stocktaking at the Suzhou dealer", 6: "Three county outlets, two new", 7: "Collected the overdue invoice", 8: "Training at the depot", 9: "Office"}
    again = {day + 7: text for day, text in texts.items()}
    known = facts(diary=notes("E1", texts | again) + notes("E2", {5: "Stocktaking at the Suzhou dealer", 20: "Stocktaking  at the Suzhou dealer ", 21: "Office", 22: "Office"}))
    found = marts(known)
    week = one(found.activity, cover="2026-W42", employee_code="E1")
    # 'Office' is too short to tell a copy from a habit.
    assert (week["days_recorded"], week["days_copied"]) == (5, 4)
    copied = found.days.filter(pl.col("copied_from").is_not_null()).select("employee_code", "day", "copied_from").rows()
    assert ("E1", date(2026, 10, 12), date(2026, 10, 5)) in copied
    assert ("E2", date(2026, 10, 20), date(2026, 10, 5)) in copied
    assert len(copied) == 5
    _, findings = behaviour(known, COMPANY, OCTOBER, found.days, pl.DataFrame(schema=dict.fromkeys(("source_sha256", "source_sheet", "column", "letter"), pl.String)))
    # E1's week has a day of its own, so that its days stand one by one.
    assert findings.filter(pl.col("rule") == "copied_record").height == 5
    whole = facts(diary=notes("E1", {day: text for day, text in (texts | again).items() if day not in (9, 16)}))
    days = marts(whole).days
    _, findings = behaviour(whole, COMPANY, OCTOBER, days, pl.DataFrame(schema=dict.fromkeys(("source_sha256", "source_sheet", "column", "letter"), pl.String)))
    assert findings.select("rule", "subject", "found", "expected", "source_row").rows() == [("copied_week", "E1 Wang 2026-W42", "4", "2026-10-05", 12)]


def test_routes_are_copied_only_when_what_was_found_there_is() -> None:
    detail = {"stock_seen": money(31), "order_amount": money(500), "note": "Shelf moved to the front"}
    same = facts(visit=[visit(5, "C1", **detail), visit(5, "C2"), visit(12, "C1", **detail), visit(12, "C2"), visit(13, "C1"), visit(14, "C1")])
    assert marts(same).days.filter(pl.col("state") == "copied")["day"].to_list() == [date(2026, 10, 12)]
    other = facts(visit=[visit(5, "C1", **detail), visit(12, "C1", **(detail | {"stock_seen": money(30)}))])
    assert marts(other).activity["days_copied"].sum() == 0
    far = facts(visit=[visit(1, "C1", month=8, **detail), visit(12, "C1", **detail)])
    assert marts(far).activity["days_copied"].sum() == 0


def test_execution_of_work_plans() -> None:
    def item(number: int, stage: str, period: str = "2026-W42", who: str = "E1", **more: Any) -> dict[str, Any]:
        return {"employee_code": who, "period": period, "line": number, "stage": stage, "item": f"item {number}", "planned_on": date(2026, 10, 13 + number), "status": None, "done_on": None, **more}

    known = facts(
        work_plan=[
            *(item(number, "plan") for number in (1, 2, 3)),
            item(1, "result", status="done", done_on=date(2026, 10, 14)), item(2, "result", status="done", done_on=date(2026, 10, 17)),
            item(4, "result", status="done", done_on=date(2026, 10, 15)),
            item(1, "plan", period="2026-W43"), item(1, "plan", period="2026-10", who="M1"), item(1, "result", period="2026-10", who="M1", status="partly"),
            item(1, "result", period="2026-W41", who="E2", status="done", done_on=date(2026, 10, 14), planned_on=None),
        ]
    )  # fmt: skip
    frame = marts(known).plans
    week = one(frame, cover="2026-W42", employee_code="E1")
    # The fourth was not planned; the third was not reported.
    assert (week["planned"], week["done"], week["done_in_time"], week["open"], week["overdue"]) == (3, 2, 1, 1, 1)
    assert week["execution"] == 2 / 3
    assert one(frame, cover="2026-W43", employee_code="E1")["execution"] is None
    assert (one(frame, cover="2026-10")["employee_code"], one(frame, cover="2026-10")["execution"]) == ("M1", 0.0)
    # Who only reports has planned what they report.
    assert one(frame, cover="2026-W41", employee_code="E2")["execution"] == 1.0
    assert marts(facts()).plans.is_empty()
