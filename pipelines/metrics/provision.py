"""Bad debts (``domain.md`` M3): what is set aside for open items, specific provisions first, the rest by ageing class."""

from __future__ import annotations

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts.marts_receivables import PROVISION, PROVISION_EFFECT
from pipelines.metrics.receivables import Books, State, class_names, class_no, mart, named
from pipelines.money import E8, allocate_expr, mul_div


def provision(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Provision by customer (M3); grain ``period, customer, method, class, document``. The bases add up to the open items.

    A specific provision (the last one by D of a document, else of the customer as a whole) takes its items out of the classes;
    its amount is never more than what is open of them. The rest is class × rate of the policy, by age or by days late as
    ``receivables.provision_by`` says.
    """
    return mart(PROVISION, named(provided(state, books, "open"), state, books), period, state.day)


def provision_effect(state: State, books: Books, period: Period) -> pl.DataFrame:
    """What ageing with every credit against the oldest debit would change (M3); grain ``period, class``; class −1 is the specific ones."""
    sides = []
    for amount, name in (("open", "invoice"), ("fifo_open", "fifo")):
        frame = provided(state, books, amount).with_columns(
            pl.when(pl.col("method") == "specific").then(pl.lit("specific")).otherwise(pl.col("class")).alias("class")
        )
        sides.append(
            frame.group_by("method", "class_no", "class").agg(
                pl.col("base").sum().alias(f"base_{name}"), pl.col("amount").sum().alias(f"provision_{name}")
            )
        )
    both = sides[0].join(sides[1], on=["method", "class_no", "class"], how="full", coalesce=True)
    # Where a company ages by days late, 0 is 'not due'.
    both = both.with_columns(class_no=pl.when(pl.col("method") == "specific").then(-1).otherwise("class_no"))
    rows = both.with_columns(pl.col("base_invoice", "base_fifo", "provision_invoice", "provision_fifo").fill_null(0)).with_columns(
        base_difference=pl.col("base_fifo") - pl.col("base_invoice"), effect=pl.col("provision_fifo") - pl.col("provision_invoice")
    )
    return mart(PROVISION_EFFECT, rows, period, state.day)


_GROUP = ("customer", "document_no", "method", "class_no")


def provided(state: State, books: Books, amount: str) -> pl.DataFrame:
    """What is provided for each customer, class and document, on what is ``amount`` (``open``, ``fifo_open``) of its items."""
    base = pl.col("base")
    items = classed_items(state, books, amount)
    sums = items.group_by(_GROUP).agg(base.sum(), pl.col("specific_amount", "rate", "reason", "class").first())
    given = pl.coalesce("specific_amount", mul_div(base, pl.col("rate"), pl.lit(E8, pl.Int64)))
    # Classed ones have no amount of their own, and no rate is above the whole.
    return sums.with_columns(amount=pl.min_horizontal(given, base)).drop("specific_amount")


def provided_items(state: State, books: Books, amount: str) -> pl.DataFrame:
    """``classed_items`` with ``amount``: the part of the provision that each item's base is of its group's, to the ten-thousandth."""
    items, groups = classed_items(state, books, amount), provided(state, books, amount)
    whole = items.join(groups.select(*_GROUP, _whole="amount"), on=list(_GROUP), how="left", maintain_order="left")
    return whole.with_columns(amount=allocate_expr(pl.col("_whole"), pl.col("base"), _GROUP)).drop("_whole")


def classed_items(state: State, books: Books, amount: str) -> pl.DataFrame:
    """Every open item with what it is provided for by; one row an item.

    ``document_no`` is the specific provision's: a document, or empty for the customer as a whole and for classes; ``item_no``,
    ``item_on`` and ``term`` are the item's own. ``base`` is what is ``amount`` of it.
    """
    policy = books.policy
    by = policy.receivables.provision_by
    buckets = policy.receivables.due_buckets if by == "due" else policy.receivables.document_buckets
    rates = [0, *(int(bucket.provision * E8) for bucket in buckets)]
    names = class_names(policy, by)
    specific = (
        books.facts["specific_provision"]
        .filter(pl.col("valid_from") <= state.day)
        .sort("customer_code", "document_no", "valid_from")
        .unique(["customer_code", "document_no"], keep="last", maintain_order=True)
        .join(books.customers, on="customer_code")
        .select("customer", pl.col("document_no").fill_null(""), specific_amount="amount", rate="rate", reason="reason")
    )
    items = state.items.filter(pl.col(amount) > 0).select(
        "customer", "document_no", "document_date", "due_on", "term", item_no="document_no", base=amount
    )
    of_document = items.join(specific, on=["customer", "document_no"])
    rest = items.join(specific.filter(pl.col("document_no") != ""), on=["customer", "document_no"], how="anti")
    rest = rest.with_columns(document_no=pl.lit(""))
    whole = specific.filter(pl.col("document_no") == "")
    of_customer = rest.join(whole, on=["customer", "document_no"])
    place = pl.col("class_no")
    classed = (
        rest.join(whole, on="customer", how="anti")
        .with_columns(class_no=class_no(state.day, policy, by))
        .with_columns(
            rate=place.replace_strict(list(range(len(rates))), rates, return_dtype=pl.Int64), method=pl.lit("class"),
            **{"class": place.replace_strict(list(range(len(names))), list(names), return_dtype=pl.String())},
        )
    )  # fmt: skip
    by_hand = pl.concat([of_document, of_customer]).with_columns(
        method=pl.lit("specific"), class_no=pl.lit(0, pl.Int64), **{"class": pl.lit("")}
    )
    columns = ("customer", "item_no", "term", "document_no", "method", "class_no", "class", "rate", "reason", "specific_amount", "base")
    return pl.concat(
        [by_hand, classed.with_columns(reason=pl.lit(None, pl.String), specific_amount=pl.lit(None, pl.Int64))], how="diagonal_relaxed"
    ).select(*columns, item_on="document_date")
