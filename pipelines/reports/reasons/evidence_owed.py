"""The lines of receivables for ``evidence``: what is open and was, what was to be collected, what uses credit, what is provided for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.metrics.credit import top_of
from pipelines.metrics.plan_actual import DIMENSIONS
from pipelines.metrics.provision import provided_items
from pipelines.metrics.receivable_ratios import collectable, day_before, roll_class
from pipelines.metrics.receivables import NOT_DUE, Books, State, books, gross, with_terms
from pipelines.metrics.terms import is_prepaid
from pipelines.metrics.windows import month_after, month_before
from pipelines.reports.reasons.placing import PLACED, Part
from pipelines.sources.facts import Facts

_PEOPLE = DIMENSIONS[:4]


def lines(facts: Facts, marts: Mapping[str, pl.DataFrame], company: Company, period: Period, as_of: date) -> Iterator[Part]:
    """Every kind of lines of receivables on ``as_of``; region and salesperson are the customer's on that day."""
    kept = books(facts, company)
    state, sources = kept.state(as_of), _sources(facts)
    who = kept.customers.join(kept.who(as_of), on="customer_code", how="left").select(
        "customer", "customer_code", *(pl.col(name).fill_null("") for name in _PEOPLE[:3])
    )
    parents = dict(kept.who(as_of).filter(pl.col("parent_code").is_not_null()).select("customer_code", "parent_code").iter_rows())
    groups = {code: top_of(code, parents) for code in kept.customers["customer_code"]}

    def finished(rows: pl.DataFrame) -> pl.DataFrame:
        named = rows.join(who, on="customer", how="left", maintain_order="left") if "customer" in rows.columns else rows.join(
            who.drop("customer"), on="customer_code", how="left", maintain_order="left"
        )
        placed = named.join(sources, on=["customer_code", "document_no"], how="left", maintain_order="left")
        group = pl.col("customer_code").replace_strict(groups, default="", return_dtype=pl.String)
        return placed.with_columns(in_period=pl.lit(period.key), group_code=group).drop("customer", strict=False).with_columns(
            pl.col(*PLACED[:3], "source_column").fill_null("")
        )

    cells = ("gross_amount", "amount", "open_amount", "net_amount")
    yield "owed", finished(_owed(state, kept, company, marts)), cells
    yield "owed_before", finished(_before(kept, company, as_of)), cells
    yield "due", finished(_due(kept, state, period)), cells
    yield "provided", finished(_provided(state, kept)), cells
    yield "credit", finished(_credit(facts, company, as_of)), cells
    yield "shipped", finished(_shipped(kept, as_of)), cells
    drafts = marts["drafts"].select("customer_code", document_no="receipt_no", on="received_on", amount="amount")
    yield "drafts", finished(drafts), cells
    limits = facts.as_of("customer", as_of).filter(pl.col("credit_limit").is_not_null()).select("customer_code", "credit_limit", *PLACED)
    group = pl.col("customer_code").replace_strict(groups, default="", return_dtype=pl.String)
    yield "limits", limits.with_columns(in_period=pl.lit(period.key), group_code=group), ("credit_limit",)


def _sources(facts: Facts) -> pl.DataFrame:
    """Where each document stands: its first line, by customer and number."""
    parts = [
        facts["sales_line"].select("customer_code", "document_no", *PLACED),
        facts["receipt"].select("customer_code", pl.col("receipt_no").alias("document_no"), *PLACED),
        facts["adjustment"].select("customer_code", pl.col("adjustment_no").alias("document_no"), *PLACED),
        facts["opening_receivable"].select("customer_code", "document_no", *PLACED),
    ]
    return pl.concat(parts).unique(["customer_code", "document_no"], keep="first", maintain_order=True)


def _owed(state: State, kept: Books, company: Company, marts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Open items and advances at the end of the period, advances negative in the balance."""
    policy = company.policy.receivables
    until = month_after(company.calendar, state.day)
    late = pl.col("days_late") > 0
    level = pl.sum_horizontal(pl.lit(0, pl.Int64), *((pl.col("days_late") >= days).cast(pl.Int64) for days in policy.dunning_levels))
    width = pl.lit(policy.roll_days)
    place = (pl.col("days_late") + width - 1) // width
    items = marts["open_items"].select(
        pl.col("kind"), pl.col("document_date").alias("on"), "document_no", pl.col("term").cast(pl.String).alias("line_no"),
        "customer_code",
        "due_bucket", "document_bucket", roll_class=_class(place, policy.roll_days),
        listed=pl.when(pl.col("due_on") <= until).then(pl.lit("yes")).otherwise(pl.lit("")),
        level=pl.when(pl.col("due_on") <= until).then(level.cast(pl.String)).otherwise(pl.lit("")), open_amount="open_amount",
        balance="open_amount", not_due=pl.when(~late).then("open_amount"), overdue=pl.when(late).then("open_amount"),
        fifo_open_amount="fifo_open_amount", open_items=pl.when(pl.col("open_amount") > 0).then(pl.lit(1, pl.Int64)),
    )  # fmt: skip
    advances = marts["advances"].select(
        pl.lit("advance").alias("kind"), pl.col("dated_on").alias("on"), pl.col("credit_no").alias("document_no"), "customer_code",
        balance=-pl.col("amount"), advance="amount",
    )  # fmt: skip
    texts = ("listed", "line_no", "due_bucket", "document_bucket", "roll_class", "level")
    return pl.concat([items, advances], how="diagonal").with_columns(pl.col(texts).fill_null(""))


def _class(place: pl.Expr, width: int) -> pl.Expr:
    """The name of a class of the roll rates by its place."""
    first, last = (place - 1) * width + 1, place * width
    return pl.when(place <= 0).then(pl.lit(NOT_DUE)).otherwise(pl.format("{}-{}", first, last))


def _before(kept: Books, company: Company, as_of: date) -> pl.DataFrame:
    policy = company.policy.receivables
    state = kept.state(month_before(company.calendar, as_of))
    return state.items.filter(pl.col("open") > 0).select(
        "customer", "document_no", pl.col("document_date").alias("on"), pl.col("term").cast(pl.String).alias("line_no"),
        roll_class=_class(roll_class(state.day, policy.roll_days), policy.roll_days), open_amount="open",
    )  # fmt: skip


def _due(kept: Books, state: State, period: Period) -> pl.DataFrame:
    late = pl.col("late_before")
    return collectable(kept.state(day_before(period)), state, period).filter((pl.col("base") != 0) | (pl.col("got") != 0)).select(
        "customer", "document_no", pl.col("document_date").alias("on"), pl.col("term").cast(pl.String).alias("line_no"),
        collectable="base", collected="got", opening_overdue=pl.when(late).then("base"), recovered=pl.when(late).then("got"),
    )  # fmt: skip


def _provided(state: State, kept: Books) -> pl.DataFrame:
    """What is provided for each open item, by invoice and oldest first: its part of its customer's class, or of a specific provision."""
    sides = []
    for amount, name in (("open", "invoice"), ("fifo_open", "fifo")):
        rows = provided_items(state, kept, amount)
        specific = pl.col("method") == "specific"
        sides.append(rows.select(
            "customer", pl.col("item_no").alias("document_no"), pl.col("item_on").alias("on"),
            pl.col("term").cast(pl.String).alias("line_no"),
            pl.when(specific).then(pl.lit("specific")).otherwise(pl.col("class")).alias("due_class"),
            pl.col("document_no").alias("specific_no"), pl.col("base").alias(f"base_{name}"), pl.col("amount").alias(f"provision_{name}"),
        ))  # fmt: skip
    return pl.concat(sides, how="diagonal")


def _credit(facts: Facts, company: Company, as_of: date) -> pl.DataFrame:
    """Documents of the window of DSO on credit terms."""
    since = month_before(company.calendar, as_of, company.policy.receivables.dso_months)
    documents = (
        facts["sales_line"]
        .filter(pl.col("document_kind").is_in(["invoice", "red_slip"]), pl.col("document_date") > since, pl.col("document_date") <= as_of)
        .with_columns(_gross=gross())
        .group_by("customer_code", "document_no", "document_kind", "document_date", "payment_terms", maintain_order=True)
        .agg(credit_sales=pl.col("_gross").sum())
    )
    termed = with_terms(documents, facts["customer"]).filter(~is_prepaid(pl.col("payment_terms")).fill_null(value=False))
    return termed.select("customer_code", "document_no", pl.col("document_kind").alias("kind"), pl.col("document_date").alias("on"),
        "credit_sales")


def _shipped(kept: Books, as_of: date) -> pl.DataFrame:
    rows = kept.deliveries.filter(pl.col("day") <= as_of).group_by("customer_code", "document_no", maintain_order=True)
    return rows.agg(pl.col("day").min().alias("on"), pl.col("amount").sum()).filter(pl.col("amount") != 0)
