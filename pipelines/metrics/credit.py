"""Balances against limits (``domain.md`` M3): what customers and groups owe, what of their credit is used, since when it is too much.

Drafts that have not matured and goods shipped before their invoice are here because they use credit; what is open belongs to
``receivables``.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts.marts_receivables import DRAFTS, RECEIVABLES, RECEIVABLES_GROUP
from pipelines.metrics.receivables import Books, State, days_late, mart
from pipelines.money import ratio_expr

_AMOUNTS = ("balance", "open_amount", "not_due", "overdue", "advance", "shipped_not_invoiced", "drafts_not_matured", "credit_used")


def receivables(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Balance, open items, advance and use of credit (M3); grain ``period, customer``: every customer that ever moved.

    credit use = (open + shipped not invoiced + drafts not matured) ÷ the limit valid on D; no limit: null and never over it.
    ``days_in_breach``: days, the last one included, for which the credit used has been above the limit valid on each of them
    without a break.
    """
    frame = _positions(state, books)
    days = _days_in_breach(state, books, frame.filter(pl.col("over_limit") > 0)["customer_code"].to_list())
    frame = frame.join(days, on="customer_code", how="left")
    whole = pl.col("days_in_breach", "oldest_days_late", "open_items").fill_null(0)
    return mart(RECEIVABLES, frame.with_columns(whole), period, state.day)


def receivables_group(state: State, books: Books, period: Period) -> pl.DataFrame:
    """The same by group (M3); grain ``period, parent_code``. A customer without a group is its own, so the total is the company's.

    A group's limit is the sum of its members' limits; an advance of one member does not pay what another owes.
    """
    frame = _positions(state, books)
    parents = dict(frame.filter(pl.col("parent_code").is_not_null()).select("customer_code", "parent_code").iter_rows())
    top = {code: top_of(code, parents) for code in frame["customer_code"]}
    names = books.facts.as_of("customer", state.day).select(parent_code="customer_code", group_name="name")
    groups = (
        frame.with_columns(parent_code=pl.col("customer_code").replace_strict(top, return_dtype=pl.String()))
        .group_by("parent_code")
        .agg(
            pl.len().alias("customers"),
            *(pl.col(name).sum() for name in _AMOUNTS),
            pl.when(pl.col("credit_limit").count() > 0).then(pl.col("credit_limit").sum()).alias("credit_limit"),
        )
        .join(names, on="parent_code", how="left")
    )
    return mart(RECEIVABLES_GROUP, _against_limit(groups), period, state.day)


def drafts(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Bank drafts received and not matured on D, less what bounced (M3); grain ``period, receipt_no``. They count as received."""
    rows = (
        _draft_rows(books)
        .filter((pl.col("received_on") <= state.day) & (pl.col("matures_on") > state.day))
        .group_by("customer_code", "receipt_no", "instrument_no", "first_on", "matures_on")
        .agg(pl.col("amount").sum())
        .filter(pl.col("amount") != 0)
        .with_columns(received_on="first_on", days_to_maturity=(pl.col("matures_on") - pl.lit(state.day)).dt.total_days())
        .join(books.who(state.day), on="customer_code", how="left")
    )
    return mart(DRAFTS, rows, period, state.day)


def top_of(code: str, parents: dict[str, str]) -> str:
    """The outermost group of ``code``; a circle of groups ends where it closes."""
    seen = {code}
    while (parent := parents.get(code)) is not None and parent not in seen:
        seen.add(parent)
        code = parent
    return code


def _positions(state: State, books: Books) -> pl.DataFrame:
    items = state.items.filter(pl.col("open") > 0).with_columns(late=days_late(state.day))
    owed = items.group_by("customer").agg(
        pl.col("open").filter(pl.col("late") == 0).sum().alias("not_due"),
        pl.col("open").filter(pl.col("late") > 0).sum().alias("overdue"),
        pl.col("late").max().alias("oldest_days_late"),
        pl.len().cast(pl.Int64).alias("open_items"),
    )
    shipped = books.deliveries.filter(pl.col("day") <= state.day).group_by("customer_code")
    received = (
        _draft_rows(books).filter((pl.col("received_on") <= state.day) & (pl.col("matures_on") > state.day)).group_by("customer_code")
    )
    frame = (
        books.customers.join(state.balances.drop("customer"), on="customer_code", how="left")
        .join(owed, on="customer", how="left")
        .join(shipped.agg(pl.col("amount").sum().alias("shipped_not_invoiced")), on="customer_code", how="left")
        .join(received.agg(pl.col("amount").sum().alias("drafts_not_matured")), on="customer_code", how="left")
        .filter(pl.any_horizontal(pl.col("balance", "shipped_not_invoiced").is_not_null()))
        .rename({"open": "open_amount"})
        .with_columns(pl.col(*(name for name in _AMOUNTS if name != "credit_used")).fill_null(0))
        .with_columns(credit_used=pl.sum_horizontal("open_amount", "shipped_not_invoiced", "drafts_not_matured"))
    )
    return _against_limit(frame.join(books.who(state.day), on="customer_code", how="left"))


def _against_limit(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        credit_use=ratio_expr(pl.col("credit_used"), pl.col("credit_limit")),
        over_limit=(pl.col("credit_used") - pl.col("credit_limit")).clip(0).fill_null(0),
    )


def _draft_rows(books: Books) -> pl.DataFrame:
    """Drafts and what took them back, each under the draft's own number and maturity."""
    drafts = books.receipts.filter(
        (pl.col("method") == "bank_draft") & (pl.col("receipt_no") == pl.col("root")) & pl.col("matures_on").is_not_null()
    )
    rows = books.receipts.select("customer_code", "root", "received_on", "amount")
    return rows.join(
        drafts.select("customer_code", "instrument_no", "matures_on", receipt_no="receipt_no", root="root", first_on="received_on"),
        on=["customer_code", "root"],
    ).filter(pl.col("received_on") < pl.col("matures_on"))


def _days_in_breach(state: State, books: Books, customers: list[str]) -> pl.DataFrame:
    """For customers over their limit on the day: since how many days. Between two events nothing changes, so only events are looked at."""
    chosen = pl.col("customer_code").is_in(customers)
    drafts = _draft_rows(books).filter(chosen)
    zero = pl.lit(0, pl.Int64)
    versions = (
        books.facts["customer"]
        .filter(chosen)
        .sort("customer_code", "valid_from")
        .select(
            "customer_code",
            "credit_limit",
            day=pl.when(pl.int_range(pl.len()).over("customer_code") == 0).then(pl.lit(date(1, 1, 1))).otherwise("valid_from"),
        )
    )
    events = pl.concat(
        [
            books.movements.filter(chosen).select("customer_code", "day", owed="amount", more=zero),
            books.deliveries.filter(chosen).select("customer_code", "day", owed=zero, more="amount"),
            drafts.select("customer_code", day="received_on", owed=zero, more="amount"),
            drafts.select("customer_code", day="matures_on", owed=zero, more=-pl.col("amount")),
            versions.select("customer_code", "day", owed=zero, more=zero),
        ]
    )
    # Open items and an advance never stand side by side, so what is open is the balance where that is positive.
    used = pl.col("owed").cum_sum().over("customer_code").clip(0) + pl.col("more").cum_sum().over("customer_code")
    days = (
        events.filter(pl.col("day") <= state.day)
        .group_by("customer_code", "day")
        .agg(pl.col("owed", "more").sum())
        .sort("customer_code", "day")
        .with_columns(used=used)
        .sort("day")
        .join_asof(versions.sort("day"), on="day", by="customer_code", strategy="backward", check_sortedness=False)
        .with_columns(breach=(pl.col("used") > pl.col("credit_limit")).fill_null(value=False))
        .with_columns(last_good=pl.col("day").filter(~pl.col("breach")).max().over("customer_code"))
        .filter(pl.col("last_good").is_null() | (pl.col("day") > pl.col("last_good")))
    )
    return days.group_by("customer_code").agg(((pl.lit(state.day) - pl.col("day").min()).dt.total_days() + 1).alias("days_in_breach"))
