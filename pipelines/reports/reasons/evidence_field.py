"""The lines of people's activity for ``evidence``: visits, days, plans of work, whose customers there are and which of them bought.

What counts is said by ``metrics.activity`` and ``metrics.salespeople``; the market's lines are ``evidence_market``'s. What HR keeps
(contracts that are ``confidential``) has no line here: a day's place is that of its visit or note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.metrics.activity import counted_work, own_customers
from pipelines.metrics.salespeople import buying
from pipelines.metrics.weeks import days_frame, spans
from pipelines.reports.reasons.placing import PLACED, Part, once, one
from pipelines.sources.facts import Facts

_WHO = "employee_code"
_DAY = [_WHO, "day"]
_VISITED = ("customer_code", "order_amount", "succeeded", "product_count", "display_done", "new_product_offered")


def lines(facts: Facts, marts: Mapping[str, pl.DataFrame], company: Company, period: Period, as_of: date) -> Iterator[Part]:
    """Every kind of lines of people's activity in ``period`` and the weeks that end in it."""
    found = spans(period, company.calendar, as_of)
    listed = marts["activity"].select("span", "cover", _WHO)
    if facts.has("visit"):
        yield "visits", _visits(facts, listed, days_frame(found), as_of), _VISITED
    if listed.height:
        yield "days", _days(facts, marts["activity_days"], period), ("customer_code", "work_done")
        yield "customers", _customers(facts, listed, as_of), ("customer_code",)
    if facts.has("work_plan"):
        work = counted_work(facts["work_plan"], found).join(
            listed.with_columns(listed=pl.lit(value=True)), on=["span", "cover", _WHO], how="left", maintain_order="left"
        )
        yield "work", work.select(
            pl.col("cover").alias("in_period"), _WHO, pl.col("line").cast(pl.String).alias("line_no"), pl.col("item").fill_null(""),
            pl.col("planned_on", "done_on").cast(pl.String).fill_null(""), pl.col("status").fill_null(""),
            pl.lit(1, pl.Int64).alias("planned"), one("done"), one("done_in_time"), one("overdue").alias("overdue_items"),
            one("listed").alias("plan_items"), one(pl.col("listed") & pl.col("done")).alias("plan_done"), *PLACED,
        ), ("item", "status")  # fmt: skip
    if facts.has("sales_line"):
        yield "buying", _buying(facts, company, period, as_of), ("document_no",)


def _visits(facts: Facts, listed: pl.DataFrame, covered: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Visits of the days that are counted, with marks of what counts: for people who are listed, and of each kind of customers.

    One of each own customer visited is marked by week and by period.
    """
    weeks = covered.filter(pl.col("span") == "week").select("day", "cover")
    months = covered.filter(pl.col("span") == "period").select("day", inside=pl.lit(value=True))
    customers = facts.as_of("customer", as_of).select("customer_code", customer_kind="kind")
    owners = own_customers(facts, as_of).select("customer_code", own=_WHO)
    rows = (
        facts["visit"].rename({"visited_at": "day"})
        .join(covered.select("day").unique(), on="day", how="semi")
        .join(listed.select(_WHO, listed=pl.lit(value=True)).unique(), on=_WHO, how="left")
        .sort("day", _WHO, "source_file", "source_sheet", "source_row")
    )
    for part, on in ((weeks, "day"), (months, "day"), (owners, "customer_code"), (customers, "customer_code")):
        rows = rows.join(part, on=on, how="left", maintain_order="left")
    mine, ok = pl.col("listed").is_not_null(), pl.col("succeeded").fill_null(value=False)
    own, sold = mine & (pl.col("own") == pl.col(_WHO)), pl.col("product_count")
    by_kind = pl.col("inside").is_not_null() & pl.col("customer_kind").is_not_null()
    return rows.select(
        pl.col("period").alias("in_period"), pl.col("day").alias("on"), _WHO, pl.col("customer_code").fill_null(""),
        pl.col("kind").fill_null("").alias("visit_kind"), pl.col("customer_kind").fill_null(""),
        one(mine).alias("visits"), one(mine & ok).alias("visits_succeeded"), pl.when(mine).then("order_amount").alias("order_amount"),
        one(by_kind).alias("visits_of_kind"), one(by_kind & ok).alias("succeeded_of_kind"),
        once(_WHO, "customer_code", "cover", where=own & pl.col("cover").is_not_null()).alias("visited_in_week"),
        once(_WHO, "customer_code", where=own & pl.col("inside").is_not_null()).alias("visited_in_period"),
        pl.when(mine & ok).then(sold).alias("products_sold"), one(mine & ok & sold.is_not_null()).alias("orders_with_products"),
        one(mine & pl.col("display_done")).alias("display"), one(mine & pl.col("display_done").is_not_null()).alias("display_asked"),
        one(mine & pl.col("new_product_offered")).alias("offered"),
        one(mine & pl.col("new_product_offered").is_not_null()).alias("offer_asked"), *PLACED,
    )  # fmt: skip


def _days(facts: Facts, days: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Days that say something: with a record, or wanted and without one. The place is the day's first visit, else its note."""
    wanted = days.filter(pl.col("state").is_in(["recorded", "copied", "absent", "missing"]))
    records = pl.concat([
        facts["visit"].select(_WHO, pl.col("visited_at").alias("day"), *PLACED), facts["diary"].select(*_DAY, *PLACED),
    ]).join(wanted.select(_DAY), on=_DAY, how="semi", maintain_order="left")  # fmt: skip
    first = records.sort(*_DAY, maintain_order=True).unique(_DAY, keep="first", maintain_order=True)
    return wanted.join(first, on=_DAY, how="left", maintain_order="left").select(
        pl.lit(period.key).alias("in_period"), pl.col("day").alias("on"), _WHO, pl.col("state").alias("day_state"),
        one(pl.col("state") != "missing").alias("days_recorded"), pl.col("source_file").fill_null(""), *PLACED[1:],
    )  # fmt: skip


def _customers(facts: Facts, listed: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Own customers of everybody who is listed in a week or the period."""
    return listed.join(own_customers(facts, as_of), on=_WHO).select(pl.col("cover").alias("in_period"), _WHO, "customer_code", *PLACED)


def _buying(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Customers that bought lately; the place is that of their last invoice."""
    invoices = facts["sales_line"].lazy().filter(pl.col("document_kind") == "invoice", pl.col("document_date") <= as_of)
    latest = invoices.group_by("customer_code").agg(pl.col("document_date").max())
    last = (
        invoices.join(latest, on=["customer_code", "document_date"], how="semi")
        .select("customer_code", "document_no", "line_no", pl.col("document_date").alias("on"), *PLACED)
        .collect()
        .sort("customer_code", "document_no", "line_no")
        .unique("customer_code", keep="last", maintain_order=True)
    )
    rows = buying(facts, company, period, as_of).join(last, on="customer_code", how="left")
    return rows.select(
        pl.lit(period.key).alias("in_period"), "on", "document_no", _WHO, "customer_code", one("active").alias("active_customers"),
        one("before").alias("customers_at_start"), one(pl.col("before") & pl.col("now")).alias("customers_kept"), *PLACED,
    )  # fmt: skip
