"""What the lines of the field are called on the page of lines: columns, closed values, and in which cells counts stand."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.reports.definitions import activities, market_monthly, work_plans
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
    "opening_overdue": say("Opening overdue"), "recovered": say("Recovered"),
}  # fmt: skip

VALUES: dict[str, Mapping[str, Words]] = {
    "visit_kind": {"new": say("New customers"), "return": say("Return"), "key_account": say("Key accounts")},
    "customer_kind": market_monthly.CUSTOMER_KINDS, "day_state": activities.STATES, "status": work_plans.STATUS,
}  # fmt: skip
"""Of columns that have few values."""

_THING = ("document_no", "customer_code", "outlet_code", "item", "work_done")
CELLS: dict[str, tuple[str, ...]] = {
    "visits_succeeded": ("succeeded",), "products_sold": ("product_count",), "orders_with_products": ("product_count",),
    "display": ("display_done",), "display_asked": ("display_done",), "offered": ("new_product_offered",),
    "offer_asked": ("new_product_offered",), "done": ("status",), "plan_done": ("status",), "priced_amount": ("net_amount",),
    "list_amount": ("qty",),
    **dict.fromkeys(
        ("lines", "outlets", "visited_in_week", "visited_in_period", "days_recorded", "planned", "done_in_time", "overdue_items",
         "plan_items", "active_customers", "customers_at_start", "customers_kept"), _THING,
    ),
}  # fmt: skip
"""The delivered columns whose cell is shown for an amount, the first that there is; what is only counted shows what is counted."""
