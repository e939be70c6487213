"""What the sample company's field sends, and the marts of it: weeks, visits, plans of work, the market; computed, so that they tie."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import polars as pl

from pipelines.metrics import activity, channels, market, plan_actual, sales_weekly, salespeople, satisfaction
from pipelines.money import E8
from pipelines.sources.facts import Facts
from tests.builders import fact_rows, facts_of, money
from tests.reports import sample

PLACES = {person: region for person, (_, region) in sample.PEOPLE.items()}
DAYS = [date(2026, 8, 31) + timedelta(days=offset) for offset in range(62)]
WEEKS = ("2026-W40", "2026-W41", "2026-W42", "2026-W43", "2026-W44")


def facts() -> Facts:
    """Masters, sales of this October and the last, and every form of the field."""
    tables = {name: fact_rows(name, *rows) for name, rows in _rows().items()}
    return facts_of(**tables)


def _rows() -> dict[str, list[dict[str, Any]]]:
    work = [day for day in DAYS if day.weekday() < 5]
    sold = [
        _line(day.replace(year=year), customer, number % 5 + 1 + (year == 2026))
        for year in (2025, 2026) for number, day in enumerate(work) for customer in list(sample.CUSTOMERS)[number % 3 :: 3]
    ]  # fmt: skip
    people = list(PLACES)
    diary = [
        {"employee_code": who, "day": day, "line": 1, "work_done": f"拜访第 {number} 家终端，核对库存", "region_code": PLACES[who]}
        for number, day in enumerate(work) for place, who in enumerate(people) if (number + place) % 7
    ]  # fmt: skip
    diary.append({"employee_code": "E2", "day": date(2026, 10, 24), "line": 1, "work_done": diary[-2]["work_done"] + " ", "region_code": "R1"})
    visit = [
        {"visited_at": day, "employee_code": who, "customer_code": customer, "kind": ("return", "key_account", "new")[number % 3], "succeeded": number % 2 == 0,
         "order_amount": money(1000 * (number % 4)), "product_count": number % 6, "display_done": number % 3 > 0, "period": f"{day:%Y-%m}"}
        for number, day in enumerate(work) for customer, (_, _, who) in list(sample.CUSTOMERS.items())[number % 4 :: 4]
    ]  # fmt: skip
    plan = []
    for who in people:
        for period in (*WEEKS, "2026-10", "2026-11"):
            for number in (1, 2, 3):
                one = {"employee_code": who, "period": period, "line": number, "item": f"{period} 第 {number} 项", "planned_on": date(2026, 10, 4 * number), "status": None}
                plan.append({**one, "stage": "plan"})
                if period not in ("2026-W44", "2026-11") and not (who == "E6" and period == "2026-W43"):
                    status = ("done", "partly", "done")[(number + len(who)) % 3]
                    plan.append({**one, "stage": "result", "status": status, "done_on": one["planned_on"] if status == "done" else None})
    report = [{"employee_code": who, "period": period, "summary": "完成", "problems": "复合肥价格高于竞品", "support": "申请促销两万元" if who == "E1" else None} for who in people for period in ("2026-W43", "2026-10")]
    sizes = [("2026-10", 900), ("2025-10", 800)]
    return {
        "region": [{"region_code": code, "name": name, "department": "销售一部"} for code, name in sample.REGIONS.items()],
        "employee": [{"employee_code": code, "name": name, "role": "salesperson", "region_code": region} for code, (name, region) in sample.PEOPLE.items()],
        "customer": [
            {"customer_code": code, "name": name, "kind": "direct" if code == "00108" else "dealer", "region_code": region, "employee_code": who, "price_class": "A"}
            for code, (name, region, who) in sample.CUSTOMERS.items()
        ],
        "product": [{"product_code": code, "name": name, "line": line, "category": line, "unit": "吨", "base_unit": "吨", "units_per_base": E8} for code, (name, line) in sample.PRODUCTS.items()],
        "price_list": [{"product_code": code, "price_class": "A", "valid_from": date(2025, 1, 1), "unit_price": 2100 * E8} for code in sample.PRODUCTS],
        "sales_line": sold,
        "receipt": [{"receipt_no": f"B{day}", "received_on": day, "amount": money(9000), "customer_code": "00101", "region_code": "R1", "employee_code": "E1", "period": f"{day:%Y-%m}"} for day in work[::3]],
        "diary": diary,
        "visit": visit,
        "attendance": [{"employee_code": "E3", "day": visit[-1]["visited_at"], "status": "absent"}, {"employee_code": visit[-1]["employee_code"], "day": visit[-1]["visited_at"], "status": "absent"}],
        "work_plan": plan,
        "work_report": report,
        "market_signal": [
            {"seen_on": day, "region_code": f"R{number % 4 + 1}", "line": number, "period": f"{day:%Y-%m}", "competitor": ("金正", "史丹利", None)[number % 3], "kind": ("price", "channel", "promotion")[number % 3], "note": "每吨降价 80 元"}
            for number, day in enumerate(work)
        ],
        "lost_deal": [
            {"lost_on": day, "period": f"{day:%Y-%m}", "employee_code": people[number % 6], "line": number, "customer": f"惠农合作社 {number}", "competitor": ("金正", None)[number % 2], "reason": ("价格偏高", "账期不足")[number % 2], "amount": money(50000 + number), "region_code": PLACES[people[number % 6]]}
            for number, day in enumerate(work[::2])
        ],
        "complaint": [
            {"complaint_no": f"K{number}", "raised_on": day, "period": f"{day:%Y-%m}", "customer_code": "00105", "region_code": "R3", "employee_code": "E4", "category": ("质量", "包装")[number % 2], "severity": "minor", "resolved_on": day + timedelta(days=3) if number % 4 else None}
            for number, day in enumerate(work[::6])
        ],
        "survey_answer": [
            {"survey": survey, "customer_code": code, "dimension": name, "score": money(60 + 5 * number + place), "answered_on": day, "region_code": "R1", "customer_kind": "dealer"}
            for place, (survey, day) in enumerate((("2026-H1", date(2026, 6, 1)), ("2026-H2", date(2026, 10, 9)))) for code in ("00101", "00103") for number, name in enumerate(("产品质量", "交货及时"))
        ],
        "market_size": [{"period": period, "region_code": region, "product_line": "复合肥", "amount": money(size * 10000)} for period, size in sizes for region in sample.REGIONS],
        "target_customer": [
            {"period": "2026-10", "closing_period": "2026-10", "employee_code": who, "name": f"永丰农资 {number}", "kind": "dealer", "potential": money(200000 * (number + 1)), "status": ("new", "won", "negotiating")[number % 3],
             "competitor": "金正", "next_step": "送样试用", "expected_on": date(2026, 10, 5 + number), "contact": "张经理", "phone": "0512-1", "address": "东街 8 号", "region_code": PLACES[who]}
            for number, who in enumerate(people)
        ],
    }  # fmt: skip


def _line(day: date, customer: str, qty: int) -> dict[str, Any]:
    name, region, who = sample.CUSTOMERS[customer]
    product = list(sample.PRODUCTS)[(day.day + len(name)) % 6]
    net = money(2000 * qty)
    return {
        "document_no": f"S{day}{customer}", "line_no": "1", "document_kind": "invoice", "document_date": day, "period": f"{day:%Y-%m}", "customer_code": customer, "employee_code": who,
        "region_code": region, "department": "销售一部", "product_code": product, "product_line": sample.PRODUCTS[product][1], "unit": "吨", "base_unit": "吨", "qty": money(qty), "base_qty": money(qty),
        "net_amount": net, "gross_amount": net, "cost_amount": net * 4 // 5, "price_class": "A", "customer_kind": "direct" if customer == "00108" else "dealer",
    }  # fmt: skip


@cache
def _computed(as_of: date) -> dict[str, pl.DataFrame]:
    known, company = facts(), sample.company()
    period = company.calendar.period(sample.PERIOD)
    compared = plan_actual.plan_actual(known, company, period, as_of=as_of)
    none = pl.DataFrame(schema=sample.MARTS["receivable_ratios"].schema)
    done = activity.activity_marts(known, company, period, as_of, compared)
    return {
        "sales_weekly": sales_weekly.sales_weekly(known, company, period, as_of, compared),
        "week_series": sales_weekly.week_series(known, company, period, as_of),
        "salesperson_indicators": salespeople.salesperson_indicators(known, company, period, as_of, compared, none),
        "activity": done.activity, "activity_days": done.days, "work_plan_execution": done.plans,
        "deals": channels.deals(known, company, period, as_of), "channels": channels.channels(known, company, period, as_of),
        "complaints": satisfaction.complaints(known, company, period, as_of),
        "satisfaction": satisfaction.satisfaction(known, company, period, as_of),
        "market_share": market.market_share(known, company, period, compared),
        "product_mix": market.product_mix(known, company, period, as_of),
        "market_signals": market.market_signals(known, company, period, as_of),
        **{name: known[name] for name in ("work_plan", "work_report", "market_signal", "lost_deal", "target_customer", "employee", "region")},
    }  # fmt: skip


def marts(as_of: date = sample.AS_OF) -> dict[str, pl.DataFrame]:
    """Every mart and table that reports on the field are built from, on a day."""
    return dict(_computed(as_of))
