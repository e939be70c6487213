"""The lines of the market for ``evidence``: signals, deals, market sizes, complaints, answers to surveys, target customers.

What counts is said by ``metrics.market``, ``metrics.channels`` and ``metrics.satisfaction``. Signals and deals are few: they stand once in
each week and period that counts them. Marks on lines of sales are set by :func:`marked`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.metrics.channels import last_surveys, lost_deals, won_deals
from pipelines.metrics.market import signal_rows, sizes
from pipelines.metrics.plan_actual import first_invoices
from pipelines.metrics.salespeople import priced_lines
from pipelines.metrics.weeks import days_frame, spans
from pipelines.reports.definitions import target_customers
from pipelines.reports.reasons.placing import EARLIER, PLACED, Part, once, one
from pipelines.sources.facts import Facts

_CELL = ["region_code", "product_line"]
_CLOSING = pl.col("period").fill_null(EARLIER).alias("in_period")


def lines(facts: Facts, company: Company, period: Period, as_of: date) -> Iterator[Part]:
    """Every kind of lines of the market of ``period`` and the weeks that end in it."""
    if facts.has("market_signal"):
        yield "signals", signal_rows(facts, company, period, as_of).select(
            pl.col("cover").alias("in_period"), pl.col("day").alias("on"), "region_code", pl.col("kind").alias("signal_kind"), "competitor",
            pl.col("note").fill_null(""), pl.when("now").then(pl.lit("now")).otherwise(pl.lit("before")).alias("turn"), *PLACED,
        ), ("note", "kind")  # fmt: skip
    if facts.has("lost_deal"):
        yield from _deals(facts, company, period, as_of)
    if facts.has("market_size"):
        yield "market", _sizes(facts, company, period), ("amount",)
    if facts.has("complaint"):
        yield "complaints", _complaints(facts, min(as_of, period.end)), ("complaint_no", "resolved_on")
    if facts.has("survey_answer"):
        yield "answers", _answers(facts, period, as_of), ("score", "customer_code")
    if facts.has("target_customer"):
        tables = {name: facts[name] for name in ("target_customer", "employee", "region")}
        yield "prospects", target_customers.listed(tables, period).select(
            pl.lit(period.key).alias("in_period"), pl.col("period").alias("listed_for"), "region", "employee_code", "name",
            pl.col("status").fill_null(""), "potential", "still", *PLACED,
        ), ("name", "status", "potential")  # fmt: skip


def _deals(facts: Facts, company: Company, period: Period, as_of: date) -> Iterator[Part]:
    """Lost and won: in the weeks that count them, and in their period, the lost ones of the whole year."""
    found = spans(period, company.calendar, as_of)
    weeks = days_frame(tuple(span for span in found if span.span == "week")).select("day", pl.col("cover").alias("in_period"))
    since = min(company.calendar.year_to_date(period)[0].start, *(span.start for span in found))
    lost = lost_deals(facts, as_of).filter(pl.col("day") >= since)
    of_weeks = lost.join(weeks, on="day")
    yield "lost", pl.concat([lost.with_columns(_CLOSING), of_weeks.select(*lost.columns, "in_period")], how="vertical").select(
        "in_period", pl.col("day").alias("on"), pl.col("line").cast(pl.String).alias("line_no"), "region_code", "employee_code", "customer",
        "reason", "competitor", pl.col("amount").alias("lost_amount"), *PLACED,
    ), ("customer", "amount")  # fmt: skip
    won = won_deals(facts, company, period, found, as_of).join(
        days_frame(found).select("day", pl.col("cover").alias("in_period")), on="day"
    )  # fmt: skip
    if won["contract_no"].null_count() < won.height or facts["sales_line"].is_empty():
        placed, by = facts["contract"].select("contract_no", pl.col("contract_no").alias("document_no"), *PLACED), "contract_no"
    else:
        placed, by = first_invoices(facts, as_of).select("customer_code", "document_no", *PLACED), "customer_code"
    yield "won", won.join(placed, on=by, how="left").select(
        "in_period", pl.col("day").alias("on"), "document_no", "region_code", "employee_code", pl.col("customer_code").fill_null(""),
        pl.col("amount").alias("won_amount"), *PLACED,
    ), ("contract_no", "amount", "document_no")  # fmt: skip


def _sizes(facts: Facts, company: Company, period: Period) -> pl.DataFrame:
    """The sizes of the period, and last year's where this year's is given too."""
    last = company.calendar.same_last_year(period)
    given = sizes(facts, company, period)
    now = pl.col("period") == period.key
    then = pl.col("period") == pl.lit(last.key if last else None, pl.String)
    rows = facts["market_size"].filter(now | then).join(given, on=_CELL)
    both = pl.col("market_py").is_not_null()
    return rows.filter(now | both).select(
        pl.col("period").alias("in_period"), *_CELL, pl.when(now).then("amount").alias("market"),
        pl.when(both).then("amount").alias("market_both"), *PLACED,
    )  # fmt: skip


def _complaints(facts: Facts, until: date) -> pl.DataFrame:
    done = (pl.col("resolved_on") <= until).fill_null(value=False)
    took = (pl.col("resolved_on") - pl.col("raised_on")).dt.total_days()
    return facts["complaint"].filter(pl.col("raised_on") <= until).select(
        _CLOSING, pl.col("raised_on").alias("on"), pl.col("complaint_no").alias("document_no"), "customer_code",
        pl.col("employee_code", "region_code", "category", "severity").fill_null(""), one(done).alias("resolved"),
        one(~done).alias("unresolved"), pl.when(done).then(took).alias("days_to_resolve"), *PLACED,
    )  # fmt: skip


def _answers(facts: Facts, period: Period, as_of: date) -> pl.DataFrame:
    """The answers to the last survey and to the one before it; one of each customer is marked, over all dimensions and in each."""
    parts = zip(("last", "before"), last_surveys(facts, as_of), strict=True)
    rows = pl.concat(part.with_columns(turn=pl.lit(turn)) for turn, part in parts).sort("turn", "customer_code", "dimension")
    return rows.select(
        pl.lit(period.key).alias("in_period"), pl.col("answered_on").alias("on"), "turn", "survey", "customer_code", "dimension",
        pl.col("region_code", "customer_kind").fill_null(""), "score", once("turn", "customer_code").alias("customers_asked"),
        once("turn", "customer_code", "dimension").alias("customers_of_dimension"), *PLACED,
    )  # fmt: skip


def marked(lines: pl.DataFrame, facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """What reports of the period ask of lines of sales (``place`` is their place in the facts), beside each line.

    Lines of the period and of the same last year: ``customer_kind, category, abc_class`` and net sales where the market's size is given
    (``market_net``, ``market_net_both``). Lines of the period: what they are at list price, what of them has a cost, and marks of
    different customers by kind (``buyers``) and different invoices by region (``invoices``).
    """
    last = company.calendar.same_last_year(period)
    now, then = pl.col("period") == period.key, pl.col("period") == pl.lit(last.key if last else None, pl.String)
    shown = (now | then).fill_null(value=False)
    products = facts.as_of("product", as_of).select("product_code", pl.col("category", "abc_class").fill_null(""))
    given = sizes(facts, company, period).select(*_CELL, pl.lit(value=True).alias("given"), both=pl.col("market_py").is_not_null())
    priced = priced_lines(facts, period, as_of).select("place", priced_amount="net_amount", list_amount="at_list")
    keys = pl.col("region_code", "product_line", "customer_kind").fill_null("")
    found = lines.filter(shown).with_columns(keys)
    for part, by in ((products, ["product_code"]), (given, _CELL), (priced, ["place"])):
        found = found.join(part, on=by, how="left", maintain_order="left")
    net, invoiced = pl.col("net_amount"), now & (pl.col("document_kind") == "invoice")
    costed = now & pl.col("cost_amount").is_not_null()
    found = found.select(
        "place", "customer_kind", "category", "abc_class", "priced_amount", "list_amount",
        pl.when(now & pl.col("given")).then(net).alias("market_net"), pl.when(pl.col("both")).then(net).alias("market_net_both"),
        pl.when(costed).then(net).alias("costed_amount"), pl.when(costed).then("base_qty").alias("costed_qty"),
        once("customer_kind", "customer_code", where=invoiced).alias("buyers"),
        once("region_code", "document_no", where=invoiced).alias("invoices"),
    )  # fmt: skip
    texts = pl.col("customer_kind", "category", "abc_class").fill_null("")
    return lines.drop("customer_kind").join(found, on="place", how="left", maintain_order="left").with_columns(texts)


MARKED = (
    "customer_kind", "category", "abc_class", "priced_amount", "list_amount", "market_net", "market_net_both", "costed_amount",
    "costed_qty", "buyers", "invoices",
)  # fmt: skip
"""The columns of :func:`marked`."""
