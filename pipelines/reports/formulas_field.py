"""Why the figures of reports on people's work are what they are: weeks of sales, the nine indicators, visits, days, plans of work.

Like ``formulas``, by the marts' columns. The market's are in ``formulas_market``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Literal

import polars as pl

from pipelines.metrics.plan_actual import attainment, growth
from pipelines.metrics.weeks import Span
from pipelines.money import E4, mul_div, ratio_expr
from pipelines.reports.formulas import SALES, Reason
from pipelines.reports.model import Lines, Meaning, Why, Words, say

SOLD = say("Sum of the lines of the days counted")
COUNTED = say("Counted or added up from the records of the span")


def ratio_of(top: str, bottom: str, words: Words, heading: Words | None = None) -> Why:
    """A ratio of two columns."""
    return Why(words, (top, bottom), ratio_expr(pl.col(top), pl.col(bottom)), heading=heading, meaning="share")


def grown(now: str, before: str, words: Words) -> Why:
    """What a column has grown by on another."""
    return Why(words, (now, before), growth(pl.col(now), pl.col(before)), meaning="share")


_ON_YEAR = say("(Actual − same days of the week last year) ÷ these")
_ON_WEEK = say("(Actual − same days of the week before) ÷ these")
Days = tuple[str, str]
_WEEK: Days = ("start", "until")


def sold_on(days: Days, where: Mapping[str, str]) -> Why:
    """Net sales of some days (``Lines.days``)."""
    return Why(SOLD, lines=(Lines("sold", "net_amount", where, days=days),))


def weeks_beside(value: str, found: Iterable[Span], why: Callable[[Days], Why]) -> dict[str, Why]:
    """Reasons of ``weekly.beside``: a column a week, each by its own days."""
    return {f"{value}_{week.key}": why((f"={week.start}", f"={week.until}")) for week in found}


def _in_days(days: Days, heading: Words, kind: str = "actual", amount: str = "") -> Why:
    """A measure of a cut of ``sales_weekly`` over some days."""
    return Why(SOLD, lines=(Lines(kind, amount, by_cut=True, days=days),), heading=heading)


WEEK: Reason = {
    "ac": _in_days(_WEEK, say("Actual")),
    "actual": _in_days(_WEEK, say("Actual")),
    "receipts": _in_days(_WEEK, say("Receipts"), "received", "receipts"),
    "gross_margin": _in_days(_WEEK, say("Gross margin"), "sold", "gross_margin"),
    "py": _in_days(("py_start", "py_until"), say("Previous year")),
    "pw": _in_days(("pw_start", "pw_until"), say("week before")),
    "delta_py": Why(say("Actual less previous year"), ("ac", "py"), pl.col("ac") - pl.col("py"), heading=say("ΔPY")),
    "delta_py_share": grown("ac", "py", _ON_YEAR),
    "growth_yoy": grown("actual", "py", _ON_YEAR),
    "growth_wow": grown("actual", "pw", _ON_WEEK),
    "to_date": _in_days(("since", "until"), say("Month up to the week's end")),
    "plan": replace(SALES["plan"], heading=say("Plan, month")),
    "time_progress": Why(say("Working days from the month's start to the week's end ÷ those of the whole month"), meaning="share"),
    "attainment": Why(say("Month so far ÷ plan"), ("to_date", "plan"), attainment(pl.col("to_date"), pl.col("plan")), meaning="share"),
}
"""Of ``sales_weekly`` with the days of ``weekly.with_days``."""

COURSE: Reason = {
    "ac": sold_on(_WEEK, {}),
    "py": sold_on(("py_start", "py_until"), {}),
}
"""Of ``week_series``, net sales."""

PACE: Reason = {
    **{name: SALES[name] for name in ("actual", "plan", "attainment")},
    "time_progress": Why(
        say("Working days gone by ÷ working days of the period"), ("working_days_elapsed", "working_days"),
        ratio_expr(pl.col("working_days_elapsed"), pl.col("working_days")), heading=say("Time progress"), meaning="share",
    ),
    "working_days_elapsed": Why(say("By the calendar"), heading=say("Working days gone by"), meaning="count"),
    "working_days": Why(say("By the calendar"), heading=say("Working days"), meaning="count"),
    "gap": Why(
        say("Attainment less time progress"), ("attainment", "time_progress"), pl.col("attainment") - pl.col("time_progress"),
        meaning="points",
    ),
}  # fmt: skip
"""Of ``pace``."""

_PERSON = {"employee_code": "employee_code"}
NUMBER = say("Number of the lines")
DIFFERENT = say("Number of different ones, each counted on its first line")


def _sum(kind: str, amount: str, heading: Words, words: Words = COUNTED, meaning: Meaning = "money", span: str = "period") -> Why:
    """What a person's lines of a period add up to."""
    return Why(words, lines=(Lines(kind, amount, _PERSON, span),), heading=heading, meaning=meaning)


def _planned(measure: str, unit: str = "") -> tuple[Lines, ...]:
    """A person's cells of the plan."""
    return (Lines("plan", "", {**_PERSON, "measure": f"={measure}", **({"unit": unit} if unit else {})}),)


INDICATORS: Reason = {
    "qty_plan": Why(say("Sum of the plan's cells"), lines=_planned("qty", "qty_unit"), heading=say("Planned quantity"), meaning="qty"),
    "qty_actual": Why(
        SOLD, lines=(Lines("sold", "qty", {**_PERSON, "unit": "qty_unit"}),), heading=say("Quantity sold"), meaning="qty"
    ),
    "net_amount": _sum("sold", "net_amount", say("Net sales"), SOLD),
    "net_amount_py": _sum("sold", "net_amount", say("Previous year"), SOLD, span="last_year"),
    "priced_amount": _sum("sold", "priced_amount", say("Net sales of lines with a list price")),
    "list_amount": _sum("sold", "list_amount", say("The same at list price")),
    "expense": _sum("spent", "amount", say("Selling expense")),
    "opening_overdue": _sum("due", "opening_overdue", say("Opening overdue")),
    "recovered": _sum("due", "recovered", say("Recovered of it")),
    "visits": _sum("visits", "visits", say("Visits"), NUMBER, "count"),
    "visits_succeeded": _sum("visits", "visits_succeeded", say("Successful visits"), NUMBER, "count"),
    "complaints": _sum("complaints", "", say("Complaints"), NUMBER, "count"),
    "active_customers": _sum("buying", "active_customers", say("Active customers"), NUMBER, "count"),
    "customers_at_start": _sum("buying", "customers_at_start", say("Customers at the start"), NUMBER, "count"),
    "customers_kept": _sum("buying", "customers_kept", say("Bought again"), NUMBER, "count"),
    "new_customers": _sum("new_customers", "", say("New customers"), NUMBER, "count"),
    "new_customers_plan": Why(
        say("Sum of the plan's cells"), lines=_planned("new_customers"), heading=say("New customers planned"), meaning="qty"
    ),
    "plan_completion": Why(
        say("Quantity sold ÷ planned"), ("qty_actual", "qty_plan"), attainment(pl.col("qty_actual"), pl.col("qty_plan")), meaning="share"
    ),
    "sales_growth": grown("net_amount", "net_amount_py", say("(Net sales − previous year) ÷ previous year without its sign")),
    "price_maintenance": ratio_of("priced_amount", "list_amount", say("Net sales of lines with a list price ÷ the same at list price")),
    "expense_ratio": ratio_of("expense", "net_amount", say("Selling expense ÷ net sales")),
    "overdue_recovery": ratio_of("recovered", "opening_overdue", say("Recovered ÷ overdue at the start")),
    "visit_success": ratio_of("visits_succeeded", "visits", say("Successful visits ÷ visits")),
    "complaint_rate": ratio_of("complaints", "active_customers", say("Complaints ÷ active customers")),
    "new_customer_rate": ratio_of("new_customers", "customers_at_start", say("New customers ÷ customers at the start")),
    "new_customer_completion": Why(
        say("New customers ÷ planned"), ("new_customers", "new_customers_plan"),
        attainment(pl.col("new_customers") * E4, pl.col("new_customers_plan")), meaning="share",
    ),
    "retention": ratio_of("customers_kept", "customers_at_start", say("Bought again ÷ customers at the start")),
}  # fmt: skip
"""Of ``salesperson_indicators``."""


# --- visits, days and plans of work of a week or a period -------------------------------------------------------------


def _visited(heading: Words, amount: str = "visits", words: Words = NUMBER, meaning: Meaning = "count", **where: str) -> Why:
    """What the visits of a row's days add up to."""
    return Why(words, lines=(Lines("visits", amount, {**_PERSON, **where}, days=_WEEK),), heading=heading, meaning=meaning)


def _day(heading: Words, words: Words, state: str) -> Why:
    where = {**_PERSON, "day_state": f"={state}"}
    return Why(words, lines=(Lines("days", "", where, days=_WEEK),), heading=heading, meaning="count")


def _work(amount: str, heading: Words, words: Words) -> Why:
    return Why(words, lines=(Lines("work", amount, _PERSON, span="=cover"),), heading=heading, meaning="count")


_ITEMS = say("Number of items in the plan of work, or only reported where nobody planned")
_DONE = say("Number of these items that were reported as done")


def activity(span: Literal["week", "period"]) -> dict[str, Why]:
    """Reasons of ``activity``, and of one row that adds up all people (``employee_code`` null)."""
    return {
        "visits_plan": Why(say("Sum of the plan's cells"), lines=_planned("visits"), heading=say("Planned visits"), meaning="qty"),
        "visits_planned": Why(say("Sum of the plan's cells"), ("visits_plan",), pl.col("visits_plan") // E4, meaning="count"),
        "visits": _visited(say("Visits")),
        "new_visits": _visited(say("New customers"), visit_kind="=new"),
        "return_visits": _visited(say("Return"), visit_kind="=return"),
        "key_account_visits": _visited(say("Key accounts"), visit_kind="=key_account"),
        "key_account_target": Why(say("Wanted visits a week × weeks"), heading=say("Wanted"), meaning="count"),
        "short": Why(
            say("Key-account visits less those wanted"), ("key_account_visits", "key_account_target"),
            pl.col("key_account_visits") - pl.col("key_account_target"), meaning="count",
        ),
        "customers_visited": _visited(say("Own customers visited"), f"visited_in_{span}", DIFFERENT),
        "customers": Why(
            NUMBER, lines=(Lines("customers", "", _PERSON, span="=cover"),), heading=say("Own customers"), meaning="count"
        ),
        "coverage": ratio_of("customers_visited", "customers", say("Own customers visited ÷ own customers")),
        "succeeded": _visited(say("Successful visits"), "visits_succeeded"),
        "strike_rate": ratio_of("succeeded", "visits", say("Successful visits ÷ visits")),
        "order_amount": _visited(say("Orders"), "order_amount", say("Sum of the orders of the visits"), "money"),
        "order_value": Why(
            say("Orders ÷ visits"), ("order_amount", "visits"), mul_div(pl.col("order_amount"), pl.lit(1, pl.Int64), pl.col("visits"))
        ),
        "products_sold": _visited(say("Products of the orders"), "products_sold", say("Sum over the successful visits")),
        "orders_with_products": _visited(say("Orders with their products"), "orders_with_products"),
        "lines_per_order": ratio_of("products_sold", "orders_with_products", say("Products of the orders ÷ orders that name them")),
        "display": _visited(say("Display done"), "display"),
        "display_asked": _visited(say("Display noted"), "display_asked"),
        "display_rate": ratio_of("display", "display_asked", say("Visits with the display done ÷ visits that note it")),
        "offered": _visited(say("New product offered"), "offered"),
        "offer_asked": _visited(say("Offer noted"), "offer_asked"),
        "new_product_rate": ratio_of("offered", "offer_asked", say("Visits with a new product offered ÷ visits that note it")),
        "plan_items": _work("plan_items", say("Items planned"), _ITEMS),
        "plan_done": _work("plan_done", say("Done"), _DONE),
        "execution": ratio_of("plan_done", "plan_items", say("Done ÷ planned")),
        "days_recorded": Why(
            say("Number of days with a visit or a note"), lines=(Lines("days", "days_recorded", _PERSON, days=_WEEK),),
            heading=say("Days with a record"), meaning="count",
        ),
        "days_without_record": _day(
            say("Days without record"), say("Number of working days without a visit or a note, but those on leave, absence or travel"),
            "missing",
        ),
        "days_copied": _day(say("Copied days"), say("Number of days whose record says the same as an earlier day's"), "copied"),
        "days_absent_visited": _day(
            say("Absent with visits"), say("Number of days with visits on which the person was absent or on leave"), "absent"
        ),
    }  # fmt: skip


def visits_beside(found: Iterable[Span]) -> dict[str, Why]:
    """Reasons of visits of every week, a column each."""
    return weeks_beside("visits", found, lambda days: Why(NUMBER, lines=(Lines("visits", "visits", _PERSON, days=days),), meaning="count"))


def day_cells(days: Iterable[date]) -> dict[str, Why]:
    """Reasons of the cells of days: the day's visits, or the record that stands instead of them (``<day>_is``: ``visits record``)."""
    found = {}
    for day in days:
        same = (f"={day}", f"={day}")
        cases = {
            "visits": Why(say("Number of the day's visits"), lines=(Lines("visits", "", _PERSON, days=same, adds=False),)),
            "record": Why(say("The day's record"), lines=(Lines("days", "", _PERSON, days=same, adds=False),)),
        }
        found[f"{day}"] = Why(say("No record is there, or none is wanted of the day"), by=f"{day}_is", cases=cases, meaning="text")
    return found


EXECUTION: Reason = {
    "planned": _work("planned", say("Planned"), _ITEMS),
    "done": _work("done", say("Done"), _DONE),
    "done_in_time": _work("done_in_time", say("Done in time"), say("Number of items done by the day they were planned for")),
    "overdue": _work("overdue_items", say("Past their day"), say("Number of items whose day has gone by and that are not done")),
    "open": Why(say("Planned less done"), ("planned", "done"), pl.col("planned") - pl.col("done"), meaning="count"),
    "execution": ratio_of("done", "planned", say("Done ÷ planned")),
}
"""Of ``work_plan_execution``, and of one row that adds up all people."""


def execution_beside(found: Iterable[Span]) -> dict[str, Why]:
    """Reasons of the execution of every week, a column each."""
    why: dict[str, Why] = {}
    for week in found:
        parts = (f"done_{week.key}", f"planned_{week.key}")
        for name, like in zip(parts, ("done", "planned"), strict=True):
            why[name] = replace(EXECUTION[like], lines=(Lines("work", like, _PERSON, span=week.key),))
        why[f"execution_{week.key}"] = ratio_of(*parts, say("Done ÷ planned"))
    return why
