"""Facts: which region, salesperson and unit a row gets depends on its own day."""

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.policy import Policy
from pipelines.contracts import CONTRACTS
from pipelines.sources.facts import conform
from tests.builders import fact_rows


def company(**policy: object) -> Company:
    return Company(Path("x"), Policy.model_validate({"name": "x", **policy}), Calendar(CalendarFile()), {}, (), (), "0")


def staged(table: str, *rows: dict) -> pl.DataFrame:
    return fact_rows(table, *rows).select(CONTRACTS[table].staged_schema.names())


MASTERS = {
    "region": staged("region", {"region_code": "R1", "department": "D1"}, {"region_code": "R2", "department": "D2"}),
    "customer": staged(
        "customer",
        {"customer_code": "C1", "region_code": "R1", "employee_code": "E1", "valid_from": date(2025, 1, 1)},
        {"customer_code": "C1", "region_code": "R2", "employee_code": "E2", "valid_from": date(2026, 5, 1)},
    ),
    "product": staged("product", {"product_code": "P", "line": "L", "unit": "袋", "base_unit": "吨", "units_per_base": 5_000_000}),
}


def line(number: str, day: date, **more: object) -> dict:
    return {"document_no": number, "customer_code": "C1", "product_code": "P", "document_date": day, "qty": 10_000, **more}


def test_a_sale_belongs_to_the_region_and_salesperson_of_its_own_day():
    sales = staged(
        "sales_line",
        line("before", date(2026, 4, 30)),
        line("after", date(2026, 5, 1)),
        line("own", date(2026, 5, 1), employee_code="E9"),
        line("first", date(2020, 5, 1)),
    )
    facts = conform({**MASTERS, "sales_line": sales}, company(), frozenset({"sales_line"}))
    assert facts["sales_line"].select("document_no", "region_code", "department", "employee_code").rows() == [
        ("before", "R1", "D1", "E1"),
        ("after", "R2", "D2", "E2"),
        ("own", "R2", "D2", "E9"),
        ("first", "R1", "D1", "E1"),
    ]


def test_as_organised_today_is_a_choice_of_policy():
    sales = staged("sales_line", line("old", date(2026, 4, 30)))
    facts = conform({**MASTERS, "sales_line": sales}, company(hierarchy_as_of="today"), frozenset({"sales_line"}))
    assert facts["sales_line"]["region_code"].to_list() == ["R2"]


def test_a_quantity_without_unit_is_in_sales_units():
    sales = staged("sales_line", line("sales unit", date(2026, 1, 1)), line("base", date(2026, 1, 1), unit="吨"))
    facts = conform({**MASTERS, "sales_line": sales}, company(), frozenset({"sales_line"}))
    assert facts["sales_line"]["base_qty"].to_list() == [500, 10_000]


def test_a_renamed_customer_is_one_customer():
    change = staged("code_change", {"table": "customer", "old": "C0", "new": "C1", "from": date(2026, 1, 1)})
    sales = staged("sales_line", {**line("old code", date(2025, 6, 1)), "customer_code": "C0"})
    facts = conform({**MASTERS, "sales_line": sales, "code_change": change}, company(), frozenset({"sales_line"}))
    assert facts["sales_line"].select("customer_code", "region_code").rows() == [("C1", "R1")]


MOVED = {
    **MASTERS,
    "employee": staged(
        "employee",
        {"employee_code": "E1", "region_code": "R1", "valid_from": date(2026, 1, 1)},
        {"employee_code": "E1", "region_code": "R2", "valid_from": date(2026, 10, 16)},
    ),
}


def test_what_a_person_did_belongs_to_the_region_they_were_in_that_day():
    visits = [{"employee_code": "E1", "customer_code": "C1", "visited_at": date(2026, 10, day)} for day in (15, 16)]
    notes = [{"employee_code": "E1", "line": 1, "day": date(2026, 10, day), "work_done": "x"} for day in (15, 16)]
    facts = conform({**MOVED, "visit": staged("visit", *visits), "diary": staged("diary", *notes)}, company(), frozenset())
    for table in ("visit", "diary"):
        assert facts[table].select("period", "region_code", "department").rows() == [("2026-10", "R1", "D1"), ("2026-10", "R2", "D2")]


def test_a_week_belongs_to_the_closing_period_and_the_region_in_which_it_ends():
    rows = [{"employee_code": "E1", "period": key} for key in ("2026-10", "2026-W40", "2026-W42", "2026-W44", "2025-W53")]
    facts = conform({**MOVED, "work_report": staged("work_report", *rows)}, company(), frozenset())
    assert facts["work_report"].select("starts_on", "ends_on", "closing_period", "region_code").rows() == [
        (date(2026, 10, 1), date(2026, 10, 31), "2026-10", "R2"),
        (date(2026, 9, 28), date(2026, 10, 4), "2026-10", "R1"),
        (date(2026, 10, 12), date(2026, 10, 18), "2026-10", "R2"),
        (date(2026, 10, 26), date(2026, 11, 1), "2026-11", "R2"),
        (None, None, None, None),
    ]


def test_a_complaint_is_of_the_customer_as_it_was_that_day():
    rows = [{"complaint_no": str(day), "customer_code": "C1", "raised_on": day} for day in (date(2026, 4, 30), date(2026, 5, 1))]
    facts = conform({**MASTERS, "complaint": staged("complaint", *rows)}, company(), frozenset())
    assert facts["complaint"].select("period", "region_code", "employee_code").rows() == [("2026-04", "R1", "E1"), ("2026-05", "R2", "E2")]


def test_a_diary_of_orders_says_by_them_whether_a_visit_succeeded():
    told = [{"succeeded": True}, {"succeeded": False, "order_amount": 1}, {"order_amount": 1}, {"order_amount": 0}, {"order_qty": 5}, {"order_qty": 0}, {}]
    visits = staged("visit", *({"employee_code": "E1", "customer_code": str(n), "succeeded": None} | one for n, one in enumerate(told)))
    facts = conform({**MOVED, "visit": visits}, company(), frozenset())
    assert facts["visit"]["succeeded"].to_list() == [True, False, True, False, True, False, None]
