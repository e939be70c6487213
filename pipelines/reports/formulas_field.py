"""Why the figures of reports on the field are what they are: weeks of sales, the nine indicators, visits, plans of work, the market.

Like ``formulas``, by the marts' columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import polars as pl

from pipelines.metrics.plan_actual import attainment, growth
from pipelines.metrics.weeks import Span
from pipelines.money import E4, E8, mul_div, ratio_expr
from pipelines.reports.formulas import SALES, Reason
from pipelines.reports.model import Lines, Meaning, Message, Why, Words, say

_SOLD = say("Sum of the lines of the days counted")
_COUNTED = say("Counted or added up from the records of the span")


def _of(top: str, bottom: str, words: Message) -> Why:
    """A ratio of two columns."""
    return Why(words, (top, bottom), ratio_expr(pl.col(top), pl.col(bottom)), meaning="share")


def _part(heading: Words, meaning: Meaning = "count") -> Why:
    return Why(_COUNTED, heading=heading, meaning=meaning)


def _grown(now: str, before: str, words: Message) -> Why:
    return Why(words, (now, before), growth(pl.col(now), pl.col(before)), meaning="share")


_ON_YEAR = say("(Actual − same days of the week last year) ÷ these")
_ON_WEEK = say("(Actual − same days of the week before) ÷ these")
Days = tuple[str, str]
_WEEK: Days = ("start", "until")


def sold_on(days: Days, where: Mapping[str, str]) -> Why:
    """Net sales of some days (``Lines.days``)."""
    return Why(_SOLD, lines=(Lines("sold", "net_amount", where, days=days),))


def weeks_beside(value: str, found: Iterable[Span], why: Callable[[Days], Why]) -> dict[str, Why]:
    """Reasons of ``weekly.beside``: a column a week, each by its own days."""
    return {f"{value}_{week.key}": why((f"={week.start}", f"={week.until}")) for week in found}


def _in_days(days: Days, heading: Words, kind: str = "actual", amount: str = "") -> Why:
    """A measure of a cut of ``sales_weekly`` over some days."""
    return Why(_SOLD, lines=(Lines(kind, amount, by_cut=True, days=days),), heading=heading)


WEEK: Reason = {
    "ac": _in_days(_WEEK, say("Actual")),
    "actual": _in_days(_WEEK, say("Actual")),
    "receipts": _in_days(_WEEK, say("Receipts"), "received", "receipts"),
    "gross_margin": _in_days(_WEEK, say("Gross margin"), "sold", "gross_margin"),
    "py": _in_days(("py_start", "py_until"), say("Previous year")),
    "pw": _in_days(("pw_start", "pw_until"), say("week before")),
    "delta_py": Why(say("Actual less previous year"), ("ac", "py"), pl.col("ac") - pl.col("py"), heading=say("ΔPY")),
    "delta_py_share": _grown("ac", "py", _ON_YEAR),
    "growth_yoy": _grown("actual", "py", _ON_YEAR),
    "growth_wow": _grown("actual", "pw", _ON_WEEK),
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

INDICATORS: Reason = {
    "qty_plan": _part(say("Planned quantity"), "qty"),
    "qty_actual": _part(say("Quantity sold"), "qty"),
    "net_amount": Why(_SOLD, heading=say("Net sales")),
    "net_amount_py": Why(_SOLD, heading=say("Previous year")),
    "priced_amount": _part(say("Net sales of lines with a list price"), "money"),
    "list_amount": _part(say("The same at list price"), "money"),
    "expense": _part(say("Selling expense"), "money"),
    "opening_overdue": _part(say("Opening overdue"), "money"),
    "recovered": _part(say("Recovered of it"), "money"),
    "visits": _part(say("Visits")),
    "visits_succeeded": _part(say("Successful visits")),
    "complaints": _part(say("Complaints")),
    "active_customers": _part(say("Active customers")),
    "customers_at_start": _part(say("Customers at the start")),
    "customers_kept": _part(say("Bought again")),
    "new_customers": _part(say("New customers")),
    "new_customers_plan": _part(say("New customers planned"), "qty"),
    "plan_completion": Why(
        say("Quantity sold ÷ planned"), ("qty_actual", "qty_plan"), attainment(pl.col("qty_actual"), pl.col("qty_plan")), meaning="share"
    ),
    "sales_growth": _grown("net_amount", "net_amount_py", say("(Net sales − previous year) ÷ previous year without its sign")),
    "price_maintenance": _of("priced_amount", "list_amount", say("Net sales of lines with a list price ÷ the same at list price")),
    "expense_ratio": _of("expense", "net_amount", say("Selling expense ÷ net sales")),
    "overdue_recovery": _of("recovered", "opening_overdue", say("Recovered ÷ overdue at the start")),
    "visit_success": _of("visits_succeeded", "visits", say("Successful visits ÷ visits")),
    "complaint_rate": _of("complaints", "active_customers", say("Complaints ÷ active customers")),
    "new_customer_rate": _of("new_customers", "customers_at_start", say("New customers ÷ customers at the start")),
    "new_customer_completion": Why(
        say("New customers ÷ planned"), ("new_customers", "new_customers_plan"),
        attainment(pl.col("new_customers") * E4, pl.col("new_customers_plan")), meaning="share",
    ),
    "retention": _of("customers_kept", "customers_at_start", say("Bought again ÷ customers at the start")),
}  # fmt: skip
"""Of ``salesperson_indicators``."""

ACTIVITY: Reason = {
    "visits": _part(say("Visits")),
    "succeeded": _part(say("Successful visits")),
    "customers": _part(say("Own customers")),
    "customers_visited": _part(say("Own customers visited")),
    "key_account_visits": _part(say("Key accounts")),
    "key_account_target": Why(say("Wanted visits a week × weeks"), heading=say("Wanted"), meaning="count"),
    "short": Why(
        say("Key-account visits less those wanted"), ("key_account_visits", "key_account_target"),
        pl.col("key_account_visits") - pl.col("key_account_target"), meaning="count",
    ),
    "order_amount": _part(say("Orders"), "money"),
    "order_value": Why(
        say("Orders ÷ visits"), ("order_amount", "visits"), mul_div(pl.col("order_amount"), pl.lit(1, pl.Int64), pl.col("visits"))
    ),
    "plan_items": _part(say("Items planned")),
    "plan_done": _part(say("Done")),
    "coverage": _of("customers_visited", "customers", say("Own customers visited ÷ own customers")),
    "strike_rate": _of("succeeded", "visits", say("Successful visits ÷ visits")),
    "execution": _of("plan_done", "plan_items", say("Done ÷ planned")),
}  # fmt: skip
"""Of ``activity``."""

EXECUTION: Reason = {
    "planned": _part(say("Planned")),
    "done": _part(say("Done")),
    "open": Why(say("Planned less done"), ("planned", "done"), pl.col("planned") - pl.col("done"), meaning="count"),
    "execution": _of("done", "planned", say("Done ÷ planned")),
}
"""Of ``work_plan_execution``."""

MARKET: Reason = {
    "market": Why(say("Sum of the market sizes given"), heading=say("Market size")),
    "net_amount": Why(_SOLD, heading=say("Net sales")),
    "share": _of("net_amount", "market", say("Net sales ÷ market size")),
}
"""Of ``market_share``."""

MIX: Reason = {
    "net_amount": Why(_SOLD, heading=say("Net sales")),
    "qty": Why(_SOLD, heading=say("Quantity"), meaning="qty"),
    "unit_revenue": Why(
        say("Net sales ÷ quantity"), ("net_amount", "qty"), mul_div(pl.col("net_amount"), pl.lit(E8, pl.Int64), pl.col("qty")),
        meaning="price",
    ),
}  # fmt: skip
"""Of ``product_mix``."""

COMPLAINTS: Reason = {
    "complaints": _part(say("Complaints")),
    "invoices": _part(say("Invoices")),
    "rate": _of("complaints", "invoices", say("Complaints ÷ invoices")),
}
"""Of ``complaints``."""

DEALS: Reason = {
    "won": _part(say("Won")),
    "lost": _part(say("Deals lost")),
    "win_rate": Why(
        say("Won ÷ (won + lost)"), ("won", "lost"), ratio_expr(pl.col("won"), pl.col("won") + pl.col("lost")), meaning="share"
    ),
}
"""Of ``deals``."""
