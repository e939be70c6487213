"""What the lines of the field are called on the page of lines: columns, closed values, and in which cells counts stand."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.reports.definitions import activities, market_monthly, markets, target_customers, work_plans
from pipelines.reports.model import Words, say

COLUMNS: dict[str, Words] = {
    "visit_kind": say("Visit"), "customer_kind": say("Customer kind"), "order_amount": say("Orders"), "item": say("Work item"),
    "visits_succeeded": say("Successful visits"), "visited_in_week": say("Different own customers visited"),
    "visited_in_period": say("Different own customers visited"), "products_sold": say("Products of the order"),
    "orders_with_products": say("Orders with their products"), "display": say("Display done"), "display_asked": say("Display noted"),
    "offered": say("New product offered"), "offer_asked": say("Offer noted"), "day_state": say("Record"),
    "days_recorded": say("Days with a record"), "planned": say("Planned"), "done": say("Done"), "done_in_time": say("Done in time"),
    "overdue_items": say("Past their day"), "plan_items": say("Planned"), "plan_done": say("Done"), "planned_on": say("Planned for"),
    "done_on": say("Done on"), "status": say("Status"), "active_customers": say("Active customers"),
    "customers_at_start": say("Customers at the start"), "customers_kept": say("Bought again"), "list_amount": say("At list price"),
    "priced_amount": say("Net sales of lines with a list price"), "collectable": say("To collect"), "collected": say("Collected"),
    "opening_overdue": say("Opening overdue"), "recovered": say("Recovered"), "signal_kind": say("Kind"),
    "competitor": say("Competitor"), "note": say("Signal"), "turn": say("When"), "reason": say("Reason"), "customer": say("Customer"),
    "lost_amount": say("Amount lost"), "won_amount": say("Amount won"), "market": say("Market size"), "market_both": say("Market size"),
    "market_net": say("Net sales"), "market_net_both": say("Net sales"), "costed_amount": say("Net sales of lines with a cost"),
    "costed_qty": say("Quantity of lines with a cost"), "buyers": say("Different customers"), "invoices": say("Different invoices"),
    "category": say("Category"), "abc_class": say("ABC class"), "severity": say("Severity"), "resolved": say("Resolved"),
    "unresolved": say("Unresolved"), "days_to_resolve": say("Days to resolve"), "survey": say("Survey"), "dimension": say("Dimension"),
    "score": say("Score"), "customers_asked": say("Different customers"), "customers_of_dimension": say("Different customers"),
    "region": say("Region"), "name": say("Customer"), "listed_for": say("Listed for"), "potential": say("Sales expected in a year"),
    "still": say("Still to be won, a year"), "visits": say("Visits"), "visits_of_kind": say("Visits"),
    "succeeded_of_kind": say("Successful visits"),
}  # fmt: skip

VALUES: dict[str, Mapping[str, Words]] = {
    "visit_kind": {"new": say("New customers"), "return": say("Return"), "key_account": say("Key accounts")},
    "customer_kind": market_monthly.CUSTOMER_KINDS, "day_state": activities.STATES, 
    "status": {**work_plans.STATUS, **target_customers.STATUS}, "signal_kind": markets.KINDS, "severity": market_monthly.SEVERITIES,
    "turn": {"now": say("Now"), "before": say("The span before"), "last": say("Last survey")}, "category": {}, "abc_class": {},
    "competitor": {}, "reason": {}, "dimension": {}, "survey": {},
}  # fmt: skip
"""Of columns that have few values."""

_THING = (
    "document_no", "contract_no", "complaint_no", "customer_code", "outlet_code", "item", "work_done", "note", "customer", "name", "score",
)  # fmt: skip
CELLS: dict[str, tuple[str, ...]] = {
    "visits_succeeded": ("succeeded",), "products_sold": ("product_count",), "orders_with_products": ("product_count",),
    "display": ("display_done",), "display_asked": ("display_done",), "offered": ("new_product_offered",),
    "offer_asked": ("new_product_offered",), "done": ("status",), "plan_done": ("status",), "priced_amount": ("net_amount",),
    "list_amount": ("qty",), "succeeded_of_kind": ("succeeded",), "lost_amount": ("amount",), "won_amount": ("amount", "document_no"),
    "market": ("amount",), "market_both": ("amount",), "market_net": ("net_amount",), "market_net_both": ("net_amount",),
    "costed_amount": ("net_amount",), "costed_qty": ("qty",), "still": ("potential",), "days_to_resolve": ("resolved_on",),
    "resolved": ("resolved_on",),
    **dict.fromkeys(
        ("lines", "outlets", "visited_in_week", "visited_in_period", "days_recorded", "planned", "done_in_time", "overdue_items",
         "plan_items", "visits", "visits_of_kind", "buyers", "invoices", "unresolved", "customers_asked",
         "customers_of_dimension", "active_customers", "customers_at_start", "customers_kept"), _THING,
    ),
}  # fmt: skip
"""The delivered columns whose cell is shown for an amount, the first that there is; what is only counted shows what is counted."""
