"""Settlements of pay: days, plans, splits, closings. Facts are conformed as a run does it, so that master data decides whose a receipt is."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.pay import PayFile
from pipelines.company.policy import Policy
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts_pay import PAY_MARTS
from pipelines.metrics.pay import Pay, Settled
from pipelines.metrics.pay_marts import pay_marts
from pipelines.money import E4
from pipelines.sources.facts import Facts, conform
from tests.builders import fact_rows

Row = dict[str, Any]
CALENDAR = Calendar(CalendarFile(first=date(2026, 1, 1), last=date(2027, 12, 31)))
PLAN: Row = {"name": "2026", "from": "2026-01-01", "pay": {}, "commission": {"rates": [{"rate": "0.02"}]}}
BANDS = [{"below": "0.8", "rate": "0.015"}, {"below": "1", "rate": "monthly"}, {"below": "1.5", "rate": "0.025"}, {"rate": "0.03"}]


def company(*plans: Row) -> Company:
    pay = PayFile.model_validate({"plans": list(plans or (PLAN,))})
    return Company(Path("test"), Policy(name="test"), CALENDAR, {}, (), (), "0", pay)


def person(code: str, **more: Any) -> Row:
    return {"employee_code": code, "valid_from": date(2020, 1, 1), "name": f"Name {code}", "role": "salesperson", "region_code": "R1",
            "pay_grade": "2", "hired_on": date(2020, 1, 1)} | more  # fmt: skip


def customer(code: str, employee: str, **more: Any) -> Row:
    return {"customer_code": code, "valid_from": date(2020, 1, 1), "name": f"Dealer {code}", "kind": "dealer", "region_code": "R1",
            "employee_code": employee, "payment_terms": "net 30"} | more  # fmt: skip


def receipt(number: str, day: date, customer: str, amount: float, **more: Any) -> Row:
    return {"receipt_no": number, "received_on": day, "customer_code": customer, "amount": round(amount * E4), "method": "transfer"} | more


def plan(employee: str, period: str, amount: float, measure: str = "receipts") -> Row:
    return {"version": "v", "period": period, "measure": measure, "employee_code": employee, "value": round(amount * E4)}


def facts(which: Company, **tables: list[Row]) -> Facts:
    """Tables as they are delivered; every person has a plan of 100,000 of receipts a month of 2026 unless ``plan`` says otherwise."""
    people = tables.setdefault("employee", [person("P1"), person("P2")])
    tables.setdefault("region", [{"region_code": code, "valid_from": date(2020, 1, 1), "name": code, "department": "D"} for code in ("R1", "R2")])
    tables.setdefault("customer", [customer("C1", "P1"), customer("C2", "P2")])
    tables.setdefault("plan", [plan(code, f"2026-{m:02d}", 100_000) for code in sorted({one["employee_code"] for one in people}) for m in range(1, 13)])
    staged = {name: fact_rows(name, *rows).select(CONTRACTS[name].staged_schema.names()) for name, rows in tables.items() if rows}
    return conform(staged, which, frozenset(tables))


def pay(which: Company, month: int, settled: Settled | None = None, year: int = 2026, **tables: list[Row]) -> Pay:
    period = CALENDAR.period(f"{year}-{month:02d}")
    return Pay(facts(which, **tables), which, period, period.end, settled)


def given_in(found: Pay, code: str, *, kinds: tuple[str, ...] = (), period: str | None = None) -> list[tuple[str, str, float]]:
    """The items of a person's settlement: kind (or of what, when late), month, currency units."""
    items = found.settlements[code][period or found.period.key].items
    return [(item.kind if item.kind != "late" else f"late {item.what}", item.for_period, item.amount / E4) for item in items
            if not kinds or item.kind in kinds]  # fmt: skip


def payable(found: Pay, code: str) -> float:
    return found.settlements[code][found.period.key].payable / E4


COMMISSION = ("commission", "holdback", "release", "year_settlement", "late", "claim_brought", "claim_carried")


def monthly(amounts: list[float], customer: str = "C1", start: int = 1) -> list[Row]:
    """A receipt a month, on the tenth."""
    return [receipt(f"{customer}-{m}", date(2026, m, 10), customer, amount) for m, amount in enumerate(amounts, start) if amount]


def closing(kept: Settled | None, found: Pay) -> Settled:
    """What is kept when the period of ``found`` is closed, after what was kept before."""
    before = {name: [frame] for name, frame in (kept.frames if kept else {}).items()}
    marts = pay_marts(found)
    return Settled.of(Settled.joined({mart.name: [*before.get(mart.name, []), marts[mart.name]] for mart in PAY_MARTS}))


# --- base and performance pay


def test_a_trainee_who_becomes_regular_within_a_month_is_paid_by_days() -> None:
    people = [person("P1", hired_on=date(2025, 11, 15), trainee_until=date(2026, 2, 14)), person("P2")]
    found = pay(company(), 2, employee=people)
    items = [item for item in found.settlements["P1"]["2026-02"].items if item.is_fixed]
    # Base pay is 800 either way and stays whole; 14 of 28 days at 200, 14 at 1200 performance pay.
    assert [(item.kind, item.cause, item.days, item.amount / E4) for item in items] == [
        ("base_pay", "grade", 28, 800), ("performance_pay", "trainee", 14, 100), ("performance_pay", "grade", 14, 600),
    ]  # fmt: skip
    assert given_in(found, "P1", period="2026-01") == [("base_pay", "2026-01", 800), ("performance_pay", "2026-01", 200)]
    assert payable(found, "P2") == 2000


def test_without_a_day_in_the_master_data_three_months_make_a_regular() -> None:
    found = pay(company(), 3, employee=[person("P1", hired_on=date(2025, 12, 11)), person("P2")])
    march = [(item.cause, item.days) for item in found.settlements["P1"]["2026-03"].items if item.kind == "performance_pay"]
    assert march == [("trainee", 10), ("grade", 21)]


def test_who_comes_or_leaves_within_a_month_is_paid_for_the_days() -> None:
    people = [person("P1", hired_on=date(2020, 1, 1), left_on=date(2026, 1, 10)), person("P2", hired_on=date(2026, 1, 30), trainee_until=date(2026, 1, 29))]
    found = pay(company(), 1, employee=people)
    assert given_in(found, "P1", kinds=("base_pay", "performance_pay")) == [("base_pay", "2026-01", 258.06), ("performance_pay", "2026-01", 387.10)]
    assert given_in(found, "P2", kinds=("base_pay", "performance_pay")) == [("base_pay", "2026-01", 51.61), ("performance_pay", "2026-01", 77.42)]


def test_a_new_grade_counts_from_its_day_and_an_unknown_one_is_told() -> None:
    people = [person("P1"), person("P1", valid_from=date(2026, 1, 16), pay_grade="1"), person("P2", pay_grade="9")]
    found = pay(company(), 1, employee=people)
    assert given_in(found, "P1", kinds=("performance_pay",)) == [("performance_pay", "2026-01", 580.65), ("performance_pay", "2026-01", 877.42)]
    assert [(item.cause, item.amount) for item in found.settlements["P2"]["2026-01"].items] == [("no_grade", 0)]


@pytest.mark.parametrize(("received", "rate"), [(79_990, 0.8), (80_000, 1.0)])
def test_a_quarter_below_80_percent_cuts_the_next_one_and_one_at_80_percent_does_not(received: float, rate: float) -> None:
    found = pay(company(), 7, receipt=monthly([received] * 3 + [80_000] * 3))
    for month in ("2026-04", "2026-06"):
        assert given_in(found, "P1", kinds=("base_pay", "performance_pay"), period=month) == [("base_pay", month, 800 * rate), ("performance_pay", month, 1200 * rate)]
    assert given_in(found, "P1", kinds=("base_pay",), period="2026-07") == [("base_pay", "2026-07", 800)], "a quarter at 80 % restores it"
    assert given_in(found, "P1", kinds=("base_pay",), period="2026-03") == [("base_pay", "2026-03", 800)]


def test_79_99_percent_of_a_quarter_is_below() -> None:
    found = pay_marts(pay(company(), 4, receipt=monthly([79_990] * 3)))["pay_quarter"].filter(pl.col("employee_code") == "P1")
    assert found.select("quarter", "attainment", "next_pay", "verdict").rows() == [("2026-Q1", 0.7999, 80_000_000, "reduced"), ("2026-Q2", 0.0, None, None)]


def test_two_quarters_running_below_are_listed_and_two_at_plan_are_proposed_as_far_as_they_can_be_measured() -> None:
    marts = pay_marts(pay(company(), 6, receipt=[*monthly([70_000] * 6), *monthly([100_000] * 6, "C2")]))["pay_quarter"]
    verdicts = dict(marts.filter(pl.col("quarter") == "2026-Q2").select("employee_code", "verdict").rows())
    assert verdicts == {"P1": "listed", "P2": "to_judge"}
    assert marts.filter(pl.col("verdict") == "to_judge")["open_points"].to_list() == ["outlets,management"]
    top = pay_marts(pay(company(), 6, receipt=monthly([100_000] * 6), employee=[person("P1", pay_grade="1"), person("P2")]))["pay_quarter"]
    assert top.filter(pl.col("verdict").is_not_null(), pl.col("employee_code") == "P1").is_empty(), "there is no grade above"


def test_a_quarter_with_days_as_a_trainee_is_judged_by_its_other_months_and_without_a_plan_not_at_all() -> None:
    people = [person("P1", hired_on=date(2025, 12, 1), trainee_until=date(2026, 2, 10)), person("P2")]
    found = pay(company(), 4, employee=people, receipt=monthly([0, 0, 90_000]), plan=[plan("P1", f"2026-{m:02d}", 100_000) for m in range(1, 13)])
    quarters = pay_marts(found)["pay_quarter"].filter(pl.col("quarter") == "2026-Q1")
    assert quarters.select("employee_code", "actual", "target", "next_pay").rows() == [("P1", 90_000 * E4, 100_000 * E4, 10**8), ("P2", 0, None, 10**8)]


# --- commission


def test_commission_is_settled_month_by_month_and_every_receipt_stands_with_its_part() -> None:
    receipts = [receipt("A", date(2026, 1, 5), "C1", 70_000), receipt("B", date(2026, 2, 5), "C1", 60_000.01), receipt("C", date(2026, 2, 6), "C1", 30_000)]
    found = pay(company(), 2, receipt=receipts)
    assert given_in(found, "P1", kinds=COMMISSION) == [("commission", "2026-01", 1400), ("commission", "2026-02", 1800)]
    lines = pay_marts(found)["pay_line"].filter(pl.col("employee_code") == "P1")
    assert lines.select("in_period", "document_no", "rate", "commission").rows() == [
        ("2026-01", "A", 2_000_000, 1400 * E4), ("2026-02", "B", 2_000_000, 1200 * E4), ("2026-02", "C", 2_000_000, 600 * E4),
    ]  # fmt: skip
    january = pay_marts(pay(company(), 1, receipt=receipts))
    assert january["pay_line"].select("document_no", "commission").rows() == [("A", None)]
    assert january["pay_month"].filter(pl.col("employee_code") == "P1").select("status", "missing").rows() == [("waiting", 10_000 * E4)]


def test_who_changes_region_with_the_dealers_within_a_month_keeps_the_month_s_commission() -> None:
    people = [person("P1"), person("P1", valid_from=date(2026, 1, 15), region_code="R2"), person("P2")]
    dealers = [customer("C1", "P1"), customer("C1", "P1", valid_from=date(2026, 1, 15), region_code="R2"), customer("C2", "P2")]
    receipts = [receipt("A", date(2026, 1, 14), "C1", 50_000), receipt("B", date(2026, 1, 15), "C1", 50_000)]
    found = pay(company(), 1, employee=people, customer=dealers, receipt=receipts)
    assert given_in(found, "P1", kinds=("commission",)) == [("commission", "2026-01", 2000)]
    marts = pay_marts(found)
    assert marts["pay_line"].select("document_no", "region_code").rows() == [("A", "R1"), ("B", "R2")]
    assert marts["pay_settlement"].select("employee_code", "region_code").rows() == [("P1", "R2"), ("P2", "R1")]


def test_a_dealer_who_moves_to_another_salesperson_takes_along_what_is_received_from_then_on() -> None:
    dealers = [customer("C1", "P1"), customer("C1", "P2", valid_from=date(2026, 1, 15)), customer("C2", "P2")]
    receipts = [receipt("A", date(2026, 1, 14), "C1", 90_000), receipt("B", date(2026, 1, 15), "C1", 80_000)]
    found = pay(company(), 1, customer=dealers, receipt=receipts)
    assert (given_in(found, "P1", kinds=COMMISSION), given_in(found, "P2", kinds=COMMISSION)) == (
        [("commission", "2026-01", 1800)], [("commission", "2026-01", 1600)],
    )  # fmt: skip


def split(number: str, *shares: tuple[str, float], **more: Any) -> list[Row]:
    return [{"split_no": number, "employee_code": code, "share": round(share * 10**8), "valid_from": date(2026, 1, 1), "approved_by": "x"} | more
            for code, share in shares]  # fmt: skip


def test_a_receipt_split_over_two_is_divided_to_the_last_ten_thousandth() -> None:
    rule = PLAN | {"commission": {"rates": [{"rate": "0.02"}], "threshold": 0}}
    receipts = [receipt("A", date(2026, 1, 14), "C1", 100_000.01), receipt("B", date(2026, 1, 14), "C1", 1000), receipt("C", date(2026, 2, 1), "C2", 900)]
    splits = [*split("S1", ("P1", 1 / 3), ("P2", 1 - round(1 / 3, 8)), document_no="A"),
              *split("S2", ("P1", 0.25), ("P2", 0.75), customer_code="C2", valid_from=date(2026, 2, 1))]  # fmt: skip
    found = pay(company(rule), 2, receipt=receipts, credit_split=splits)
    january = pay_marts(pay(company(rule), 1, receipt=receipts, credit_split=splits))["pay_line"]
    parts = january.filter(pl.col("document_no") == "A").select("employee_code", "split_no", "amount").rows()
    assert parts == [("P1", "S1", 333_333_363), ("P2", "S1", 666_666_737)]
    assert january.filter(pl.col("document_no") == "B").select("employee_code", "split_no", "amount").rows() == [("P1", None, 1000 * E4)]
    assert (given_in(found, "P1", kinds=COMMISSION), given_in(found, "P2", kinds=COMMISSION)) == (
        [("commission", "2026-02", 4.5)], [("commission", "2026-02", 13.5)],
    )  # fmt: skip


def test_a_bounced_receipt_is_shared_as_the_one_that_it_takes_back() -> None:
    rule = PLAN | {"commission": {"rates": [{"rate": "0.02"}], "threshold": 0}}
    receipts = [receipt("A", date(2026, 1, 14), "C1", 1000), receipt("A-", date(2026, 1, 20), "C1", -1000, reverses_receipt_no="A")]
    lines = pay_marts(pay(company(rule), 1, receipt=receipts, credit_split=split("S", ("P1", 0.3), ("P2", 0.7), document_no="A")))["pay_line"]
    assert lines.group_by("employee_code").agg(pl.col("amount").sum(), pl.col("commission").sum()).sort("employee_code").rows() == [("P1", 0, 0), ("P2", 0, 0)]


def test_red_slips_and_bad_debts_claw_back_where_the_plan_says_so() -> None:
    slip = {"document_no": "R", "line_no": "1", "document_kind": "red_slip", "document_date": date(2026, 1, 20), "customer_code": "C1",
            "product_code": "X", "qty": -1, "net_amount": -10_000 * E4, "tax_amount": -900 * E4, "origin_document_no": "S"}  # fmt: skip
    lost = {"adjustment_no": "W", "dated_on": date(2026, 1, 25), "customer_code": "C1", "kind": "write_off", "amount": -5_000 * E4}
    tables = {"receipt": monthly([100_000]), "sales_line": [slip], "adjustment": [lost]}
    found = pay(company(), 1, **tables)
    assert given_in(found, "P1", kinds=COMMISSION) == [("commission", "2026-01", (100_000 - 10_900 - 5_000) * 0.02)]
    assert [one.attainment for one in found.years["P1"][2026].earned] == [1], "what is clawed back does not lower the attainment"
    none = company(PLAN | {"commission": {"rates": [{"rate": "0.02"}], "clawback": []}})
    assert given_in(pay(none, 1, **tables), "P1", kinds=COMMISSION) == [("commission", "2026-01", 2000)]


def sale(number: str, day: date, customer: str, net: float, cost: float = 0, **more: Any) -> Row:
    return {"document_no": number, "line_no": "1", "document_kind": "invoice", "document_date": day, "customer_code": customer, "product_code": "X",
            "qty": E4, "net_amount": round(net * E4), "tax_amount": 0, "cost_amount": round(cost * E4), "due_on": day} | more  # fmt: skip


def test_of_a_sale_only_the_collected_share_is_paid_when_it_is_collected() -> None:
    rules = {"rates": [{"rate": "0.1"}], "threshold": 0, "base": "margin", "collected": True}
    which = company(PLAN | {"commission": rules})
    tables = {
        "sales_line": [sale("S", date(2026, 1, 5), "C1", 1000, 600)],
        "receipt": [receipt("A", date(2026, 1, 20), "C1", 250), receipt("B", date(2026, 2, 20), "C1", 750), receipt("C", date(2026, 3, 2), "C1", 500),
                    receipt("B-", date(2026, 3, 20), "C1", -750, reverses_receipt_no="B")],
    }  # fmt: skip
    found = pay(which, 3, **tables)
    assert [given_in(found, "P1", kinds=COMMISSION, period=f"2026-0{m}") for m in (1, 2, 3)] == [
        [("commission", "2026-01", 10)], [("commission", "2026-02", 30)], [("commission", "2026-03", -10), ("claim_carried", "2026-03", 10)],
    ]  # fmt: skip
    sold = pay(company(PLAN | {"commission": rules | {"collected": False}}), 1, **tables)
    assert given_in(sold, "P1", kinds=COMMISSION) == [("commission", "2026-01", 40)]


def test_who_is_paid_for_nothing_is_listed_and_no_plan_is_no_zero_percent() -> None:
    people = [person("P1", left_on=date(2026, 1, 10)), person("P2"), person("P3", role="clerk")]
    dealers = [customer("C1", "P1"), customer("C2", "P2"), customer("C3", "P3")]
    receipts = [receipt("A", date(2026, 1, 10), "C1", 100), receipt("B", date(2026, 1, 11), "C1", 200), receipt("C", date(2026, 1, 3), "C3", 300),
                receipt("D", date(2026, 1, 4), "C2", 400)]  # fmt: skip
    marts = pay_marts(pay(company(), 1, employee=people, customer=dealers, receipt=receipts, plan=[plan("P1", "2026-01", 1)]))
    assert marts["pay_unpaid"].sort("document_no").select("document_no", "employee_code", "reason").rows() == [("B", "P1", "not_employed"), ("C", "P3", "no_plan")]
    assert marts["pay_line"]["achieved"].sum() + marts["pay_unpaid"]["achieved"].sum() == 1000 * E4
    assert marts["pay_month"].filter(pl.col("employee_code") == "P2").select("attainment", "unplanned", "status").rows() == [(None, True, "waiting")]


def test_leaving_before_the_settlement_settles_on_the_last_day_or_lapses_as_the_plan_says() -> None:
    rules = {"rates": [{"rate": "0.02"}], "year": BANDS, "holdback": {"share": "0.1"}}
    people = [person("P1", left_on=date(2026, 3, 20)), person("P2")]
    receipts = [*monthly([120_000, 120_000]), receipt("L", date(2026, 3, 21), "C1", 50_000)]
    found = pay(company(PLAN | {"commission": rules}), 3, employee=people, receipt=receipts)
    # 240,000 of 300,000 planned up to March is exactly 80 %: the monthly rates, all of which were paid; what was held back comes out.
    assert given_in(found, "P1", kinds=COMMISSION) == [("release", "2026-03", 480), ("year_settlement", "2026-03", 0)]
    assert given_in(found, "P1", kinds=("base_pay",)) == [("base_pay", "2026-03", 516.13)]
    lapses = pay(company(PLAN | {"commission": rules | {"leaving": "lapse"}}), 3, employee=people, receipt=receipts)
    assert given_in(lapses, "P1", kinds=COMMISSION) == []
    assert "P1" not in pay_marts(pay(company(PLAN | {"commission": rules}), 4, employee=people, receipt=receipts))["pay_settlement"]["employee_code"].to_list()


def test_the_year_is_settled_in_its_last_month_and_a_claim_is_set_off_against_later_commission_only() -> None:
    rules = {"rates": [{"rate": "0.02"}], "year": BANDS}
    which = company(PLAN | {"commission": rules})
    amounts: list[float] = [95_000] * 6 + [10_000] * 6
    plans = [plan("P1", f"{year}-{m:02d}", 100_000) for year in (2026, 2027) for m in range(1, 13)]
    later = [receipt("N1", date(2027, 1, 10), "C1", 90_000), receipt("N2", date(2027, 2, 10), "C1", 90_000)]
    tables = {"receipt": [*monthly(amounts), *later], "plan": plans}
    december = pay(which, 12, **tables)
    # 630,000 of 1,200,000: 1.5 % is 9,450; paid were 11,400.
    assert given_in(december, "P1", kinds=COMMISSION) == [("year_settlement", "2026-12", -1950), ("claim_carried", "2026-12", 1950)]
    assert payable(december, "P1") == 1600, "base and performance pay of a quarter after one below 80 %"
    assert given_in(pay(which, 1, year=2027, **tables), "P1", kinds=COMMISSION) == [
        ("commission", "2027-01", 1800), ("claim_brought", "2027-01", -1950), ("claim_carried", "2027-01", 150)]  # fmt: skip
    assert given_in(pay(which, 2, year=2027, **tables), "P1", kinds=COMMISSION) == [("commission", "2027-02", 1800), ("claim_brought", "2027-02", -150)]


def test_a_plan_changed_within_the_year_pays_each_month_by_its_own() -> None:
    other = PLAN | {"name": "July", "from": "2026-07-01", "commission": {"rates": [{"rate": "0.03"}]}, "pay": {"grades": {"2": {"base": 1000, "performance": 1500}}}}
    found = pay(company(PLAN, other), 7, receipt=monthly([100_000] * 7))
    assert given_in(found, "P1", period="2026-06")[:3] == [("base_pay", "2026-06", 800), ("performance_pay", "2026-06", 1200), ("commission", "2026-06", 2000)]
    assert given_in(found, "P1")[:3] == [("base_pay", "2026-07", 1000), ("performance_pay", "2026-07", 1500), ("commission", "2026-07", 3000)]


def test_manual_adjustments_say_who_approved_them_and_why() -> None:
    by_hand = [{"adjustment_no": "M1", "period": "2026-01", "employee_code": "P1", "kind": "deduction", "amount": -50 * E4, "approved_by": "Li", "reason": "car"}]
    found = pay(company(), 1, receipt=monthly([100_000]), pay_adjustment=by_hand)
    assert payable(found, "P1") == 800 + 1200 + 2000 - 50
    row = pay_marts(found)["pay_item"].filter(pl.col("kind") == "manual").row(0, named=True)
    assert (row["what"], row["approved_by"], row["reason"], row["cause"]) == ("M1", "Li", "car", "deduction")


# --- what was settled stays settled


def test_a_red_slip_that_comes_after_the_close_is_an_adjustment_of_the_next_open_settlement_once() -> None:
    receipts = monthly([100_000, 100_000, 100_000, 100_000])
    slip = {"document_no": "R", "line_no": "1", "document_kind": "red_slip", "document_date": date(2026, 1, 20), "customer_code": "C1",
            "product_code": "X", "qty": -1, "net_amount": -10_000 * E4, "tax_amount": 0, "origin_document_no": "S"}  # fmt: skip
    january = closing(None, pay(company(), 1, receipt=receipts))
    late = {"receipt": receipts, "sales_line": [slip]}
    again = pay(company(), 1, january, **late)
    first = pay_marts(pay(company(), 1, receipt=receipts))["pay_settlement"].with_columns(settled=pl.lit(value=True))
    assert pay_marts(again)["pay_settlement"].equals(first), "a paid month stays"
    february = pay(company(), 2, january, **late)
    assert given_in(february, "P1", kinds=COMMISSION) == [("commission", "2026-02", 2000), ("late commission", "2026-01", -200)]
    marts = pay_marts(february)
    assert marts["pay_late"].select("in_period", "document_no", "before", "now", "difference").rows() == [("2026-01", "R", 0, -10_000 * E4, -10_000 * E4)]
    assert marts["pay_item"].filter(pl.col("kind") == "late")["cause"].to_list() == ["documents"]
    both = closing(january, february)
    march = pay(company(), 3, both, **late)
    assert given_in(march, "P1", kinds=COMMISSION) == [("commission", "2026-03", 2000)]
    assert pay_marts(march)["pay_late"].is_empty()
    skipped = pay(company(), 4, january, **late)
    assert given_in(skipped, "P1", kinds=COMMISSION) == [("commission", "2026-04", 2000)], "February, open, has made up for it"
    assert pay(company(), 2, **late).settlements["P1"]["2026-02"].items == pay(company(), 2, **late, credit_split=[]).settlements["P1"]["2026-02"].items


def test_a_late_receipt_that_lifts_a_paid_month_over_its_threshold_pays_what_is_lacking_and_no_more() -> None:
    receipts = monthly([70_000, 90_000, 90_000])
    kept = closing(None, pay(company(), 1, receipt=receipts))
    kept = closing(kept, pay(company(), 2, kept, receipt=receipts))
    late = [*receipts, receipt("LATE", date(2026, 1, 30), "C1", 20_000)]
    march = pay(company(), 3, kept, receipt=late)
    # January was paid with February; by today's facts it would have been paid alone, 400 more.
    assert given_in(march, "P1", kinds=COMMISSION) == [("commission", "2026-03", 1800), ("late commission", "2026-01", 400)]
    assert march.settlements["P1"]["2026-03"].payable == (2000 + 1800 + 400) * E4


def test_a_plan_changed_afterwards_moves_no_paid_month_and_the_year_settles_by_what_was_paid() -> None:
    rules = {"rates": [{"rate": "0.02"}], "year": BANDS}
    before, after = company(PLAN | {"commission": rules}), company(PLAN | {"commission": rules | {"rates": [{"rate": "0.05"}]}})
    receipts = monthly([90_000] * 12)
    kept = None
    for month in range(1, 4):
        kept = closing(kept, pay(before, month, kept, receipt=receipts))
    april = pay(after, 4, kept, receipt=receipts)
    assert given_in(april, "P1", kinds=COMMISSION) == [("commission", "2026-04", 4500)]
    december = pay(after, 12, kept, receipt=receipts)
    assert given_in(december, "P1", kinds=COMMISSION) == [("commission", "2026-12", 4500), ("year_settlement", "2026-12", 0)]


def test_a_closed_quarter_that_late_receipts_lift_to_80_percent_gives_back_what_pay_was_cut() -> None:
    receipts = monthly([70_000] * 6)
    kept = None
    for month in range(1, 6):
        kept = closing(kept, pay(company(), month, kept, receipt=receipts))
    late = [*receipts, receipt("LATE", date(2026, 3, 30), "C1", 30_000)]
    june = pay(company(), 6, kept, receipt=late)
    assert given_in(june, "P1", kinds=("base_pay", "performance_pay")) == [("base_pay", "2026-06", 800), ("performance_pay", "2026-06", 1200)]
    made_up = [one for one in given_in(june, "P1", kinds=("late",)) if "pay" in one[0]]
    assert made_up == [("late base_pay", "2026-04", 160), ("late performance_pay", "2026-04", 240),
                       ("late base_pay", "2026-05", 160), ("late performance_pay", "2026-05", 240)]  # fmt: skip


def test_a_plan_that_comes_after_the_close_has_the_month_judged_then_and_says_so() -> None:
    receipts, late = monthly([100_000, 100_000]), [plan("P1", f"2026-{m:02d}", 100_000) for m in range(1, 13)]
    kept = closing(None, pay(company(), 1, receipt=receipts, plan=late[1:]))
    february = pay(company(), 2, kept, receipt=receipts, plan=late)
    assert given_in(february, "P1", kinds=COMMISSION) == [("commission", "2026-02", 2000), ("late commission", "2026-01", 2000)]
    assert pay_marts(february)["pay_item"].filter(pl.col("kind") == "late")["cause"].to_list() == ["plan"]


def test_a_manual_adjustment_of_a_paid_month_is_paid_with_the_next_open_one() -> None:
    kept = closing(None, pay(company(), 1, receipt=monthly([100_000])))
    by_hand = [{"adjustment_no": "M1", "period": "2026-01", "employee_code": "P1", "kind": "award", "amount": 50 * E4, "approved_by": "Li", "reason": "x"}]
    february = pay(company(), 2, kept, receipt=monthly([100_000]), pay_adjustment=by_hand)
    assert given_in(february, "P1", kinds=("manual",)) == [("manual", "2026-01", 50)]
    march = pay(company(), 3, closing(kept, february), receipt=monthly([100_000]), pay_adjustment=by_hand)
    assert given_in(march, "P1", kinds=("manual",)) == []


def test_without_pay_plans_there_is_nothing() -> None:
    bare = Company(Path("test"), Policy(name="test"), CALENDAR, {}, (), (), "0")
    assert all(frame.is_empty() for frame in pay_marts(pay(bare, 1, receipt=monthly([100_000]))).values())


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 28), st.integers(1, 150_000)), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 28), st.integers(-90_000, 90_000)), max_size=4),
    st.sets(st.integers(1, 3)),
)
def test_whatever_comes_late_all_settlements_together_give_what_today_s_facts_give(
    early: list[tuple[int, int, int]], late: list[tuple[int, int, int]], closed: set[int]
) -> None:
    """Periods closed or not, in whatever order documents arrive: after the last settlement nobody has more or less than by the rules."""
    which = company(PLAN | {"commission": {"rates": [{"rate": "0.02"}], "holdback": {"share": "0.1"}}})
    first = [receipt(f"E{n}", date(2026, m, d), "C1", amount) for n, (m, d, amount) in enumerate(early)]
    more = [receipt(f"L{n}", date(2026, m, d), "C1", amount, **({"reverses_receipt_no": "x"} if amount < 0 else {})) for n, (m, d, amount) in enumerate(late)]
    kept = None
    for month in sorted(closed):
        kept = closing(kept, pay(which, month, kept, receipt=first))
    told, plain = pay(which, 4, kept, receipt=[*first, *more]), pay(which, 4, receipt=[*first, *more])
    for code in ("P1", "P2"):
        total = sum(one.payable for one in told.settlements[code].values()) - told.settlements[code]["2026-04"].claim
        assert total == sum(one.payable for one in plain.settlements[code].values()) - plain.settlements[code]["2026-04"].claim
    marts = pay_marts(told)
    assert marts["pay_item"]["amount"].sum() == marts["pay_settlement"]["payable"].sum()
    assert (marts["pay_settlement"]["payable"] >= 0).all()
