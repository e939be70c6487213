"""C12: what crosses a period's end, in each direction, and the bridge to the fen."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.policy import Controls
from pipelines.contracts.marts_control import CUT_OFF, FINDINGS, TIE_OUTS
from pipelines.controls.cutoff import CutOff, cut_off
from tests.builders import fact_rows, facts_of, money

OCTOBER = Calendar(CalendarFile()).period("2026-10")
SEP, OCT, NOV = date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 1)


def line(number: str, invoiced: date, shipped: date | None, amount: float, **more: Any) -> dict[str, Any]:
    return {"document_no": number, "document_date": invoiced, "shipped_on": shipped, "net_amount": money(amount), "region_code": "R1",
            "customer_code": "C1", "source_file": "s.csv", **more}  # fmt: skip


def crossed(*lines: dict[str, Any], invoiced: float | None = None, policy: Controls | None = None) -> CutOff:
    """C12 of October over ``lines``; what is published as its sales is what the invoices say, unless it is given."""
    sales = fact_rows("sales_line", *(one | {"line_no": "1", "source_row": at} for at, one in enumerate(lines, start=2)))
    here = sales.filter((pl.col("document_kind") != "delivery") & pl.col("document_date").is_between(OCTOBER.start, OCTOBER.end))
    published = here.group_by("region_code").agg(amount=pl.col("net_amount").sum())
    if invoiced is not None:
        published = pl.DataFrame({"region_code": ["R1"], "amount": [money(invoiced)]})
    found = cut_off(facts_of(sales_line=sales), policy or Controls(), OCTOBER, published)
    assert found.bridge.schema == CUT_OFF.schema
    assert found.result[0].schema == TIE_OUTS.schema
    assert found.result[1].schema == FINDINGS.schema
    return found


def findings(found: CutOff) -> list[tuple[str, str, int]]:
    return sorted(found.result[1].select("subject", "rule", "amount").rows())


EVERY_WAY = (
    line("same", OCT, OCT, 1000),
    line("before", date(2026, 10, 1), SEP, 100),
    line("after", OCT, NOV, 20),
    line("never", OCT, None, 3),
    line("late", NOV, OCT, 0.4),
    line("early", SEP, date(2026, 10, 1), 0.05),
    line("open", OCT, OCT, 7, document_kind="delivery"),
)


def test_every_way_to_miss_the_period_s_end_is_a_finding_and_a_step_of_the_bridge() -> None:
    found = crossed(*EVERY_WAY)
    steps = {"shipped_earlier": 100, "shipped_later": 20, "not_shipped": 3, "invoiced_later": 0.4, "invoiced_earlier": 0.05, "not_invoiced": 7}
    [row] = found.bridge.to_dicts()
    assert {name: row[name] for name in steps} == {name: money(amount) for name, amount in steps.items()}
    assert (row["by_invoice"], row["by_shipment"]) == (money(1123), money("1007.45"))
    assert found.result[0].select("subject", "difference", "status", "invariant").rows() == [("R1", 0, "tied", True)]
    named = {"before": "shipped_earlier", "after": "shipped_later", "never": "not_shipped", "late": "invoiced_later",
             "early": "invoiced_earlier", "open": "not_invoiced"}  # fmt: skip
    assert findings(found) == sorted((number, rule, money(steps[rule])) for number, rule in named.items())


def test_the_bridge_breaks_by_one_fen_of_what_is_published() -> None:
    ties, _ = crossed(*EVERY_WAY, invoiced=1123.01).result
    assert ties.select("difference", "status").rows() == [(money("0.01"), "broken")]


def test_a_day_decides_the_period() -> None:
    assert findings(crossed(line("a", OCT, OCT, 1), line("b", OCTOBER.start, OCTOBER.start, 1))) == []
    assert findings(crossed(line("a", OCT, NOV, 1))) == [("a", "shipped_later", money(1))]
    assert findings(crossed(line("a", NOV, OCT, 1))) == [("a", "invoiced_later", money(1))]
    assert findings(crossed(line("a", NOV, NOV, 1), line("b", SEP, SEP, 1))) == []


def test_an_invoice_that_names_its_delivery_takes_its_day_and_its_amount() -> None:
    delivery = line("d", OCT, OCT, 10, document_kind="delivery")
    part = line("i", NOV, None, 6, origin_document_no="d")
    other = line("x", OCT, OCT, 1)
    assert findings(crossed(delivery, part, other)) == [("d", "not_invoiced", money(4)), ("i", "invoiced_later", money(6))]
    in_time = line("i", OCT, None, 10, origin_document_no="d")
    assert findings(crossed(delivery, in_time, other)) == []
    too_much = line("i", OCT, None, 11, origin_document_no="d")
    assert findings(crossed(delivery, too_much, other)) == []


def test_what_was_delivered_earlier_and_is_still_not_invoiced_is_listed_and_moves_no_bridge() -> None:
    found = crossed(line("d", SEP, SEP, 10, document_kind="delivery"), line("x", OCT, OCT, 1))
    assert findings(found) == [("d", "not_invoiced", money(10))]
    assert found.bridge.select("by_invoice", "not_invoiced", "by_shipment").rows() == [(money(1), 0, money(1))]


def test_a_company_that_gives_no_days_of_shipping_has_no_cut_off_but_its_deliveries() -> None:
    found = crossed(line("a", OCT, None, 5), line("d", OCT, None, 2, document_kind="delivery"))
    assert findings(found) == [("d", "not_invoiced", money(2))]


def test_a_red_slip_counts_on_its_own_day() -> None:
    slip = line("r", OCT, None, -5, document_kind="red_slip", origin_document_no="a")
    found = crossed(line("a", SEP, SEP, 5), slip)
    assert findings(found) == []
    assert found.bridge["by_shipment"].to_list() == [money(-5)]


def test_how_severe_and_whose_is_policy() -> None:
    policy = Controls(severity={"C12": "info", "C12.shipped_later": "error"}, owners={"C12": "finance"})
    found = crossed(line("a", OCT, NOV, 1), line("b", OCT, SEP, 1), policy=policy).result[1].sort("subject")
    assert found.select("subject", "severity", "owner", "reports").rows() == [
        ("a", "error", "finance", "R3,R4,R6,R8,R10,R11,R13,R14"), ("b", "info", "finance", "R3,R4,R6,R8,R10,R11,R13,R14")
    ]  # fmt: skip
