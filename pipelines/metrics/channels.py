"""Channels (M12): what each kind of customer contributes, and deals won and lost with their reasons and competitors.

A lost deal belongs to the region of its salesperson on the day it was lost. What is said about it at a meeting belongs to the reports.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_market import CHANNELS, DEALS
from pipelines.metrics.plan_actual import dated, growth, names, new_customers
from pipelines.metrics.weeks import Span, days_frame, spans
from pipelines.money import E4, ratio_expr
from pipelines.sources.facts import Facts

DEAL_CUTS = ("company", "region_code", "employee_code", "reason", "competitor")
_SPAN = ["span", "cover"]


def deals(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Won and lost by week and period (``DEALS``); empty where no lost deals are delivered."""
    if not facts.has("lost_deal"):
        return pl.DataFrame(schema=DEALS.schema)
    found = spans(period, company.calendar, as_of)
    lost = lost_deals(facts, as_of)
    how = company.policy.channel.won
    won = won_deals(facts, company, period, found, as_of)
    covered = days_frame(found)
    first = company.calendar.year_to_date(period)[0].start
    year = lost.filter(pl.col("day") >= first)
    here, there = lost.join(covered, on="day"), won.join(covered, on="day")
    parts = []
    for cut in DEAL_CUTS:
        key = pl.lit("all") if cut == "company" else pl.col(cut)
        mine = here.group_by(*_SPAN, key=key).agg(lost=pl.len(), lost_amount=pl.col("amount").sum())
        if cut in won.columns or cut == "company":
            theirs = there.group_by(*_SPAN, key=key).agg(won=pl.len(), won_amount=pl.col("amount").sum())
            mine = mine.join(theirs, on=[*_SPAN, "key"], how="full", coalesce=True).with_columns(pl.col("won", "won_amount").fill_null(0))
        else:
            mine = mine.with_columns(won=pl.lit(None, pl.Int64), won_amount=pl.lit(None, pl.Int64))
        to_date = year.group_by(key=key).agg(ytd_lost=pl.len(), ytd_lost_amount=pl.col("amount").sum())
        mine = mine.join(to_date, on="key", how="left").with_columns(cut=pl.lit(cut))
        parts.append(mine.select(*_SPAN, "cut", "key", "won", "won_amount", "lost", "lost_amount", "ytd_lost", "ytd_lost_amount"))
    frame = pl.concat(parts, how="vertical_relaxed").with_columns(pl.col("lost", "lost_amount", "ytd_lost", "ytd_lost_amount").fill_null(0))
    known = names(facts, company, as_of).rename({"dimension": "cut", "code": "key", "name": "label"})
    frame = frame.join(known, on=["cut", "key"], how="left").with_columns(
        period=pl.lit(period.key), won_as=pl.lit(how), label=pl.coalesce("label", "key"),
        win_rate=ratio_expr(pl.col("won"), pl.col("won") + pl.col("lost")),
        share_lost=ratio_expr(pl.col("lost_amount"), pl.col("lost_amount").sum().over(*_SPAN, "cut")),
    )  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in DEALS.schema.items()).sort(*DEALS.grain)


def lost_deals(facts: Facts, as_of: date) -> pl.DataFrame:
    """Deals lost by ``as_of`` with their ``day``; what is not named is empty, no amount is 0."""
    lost = facts["lost_deal"].filter(pl.col("lost_on") <= as_of).rename({"lost_on": "day"})
    return lost.with_columns(pl.col("region_code", "reason", "competitor", "employee_code").fill_null(""), pl.col("amount").fill_null(0))


def won_deals(facts: Facts, company: Company, period: Period, found: tuple[Span, ...], as_of: date) -> pl.DataFrame:
    """What was won from the first day of any span, as policy ``channel.won`` says: a contract, or a new customer in their first period.

    Columns ``day, region_code, employee_code, amount, customer_code, contract_no`` (null for a customer).
    """
    start = min(span.start for span in found)
    if company.policy.channel.won == "contract":
        rows = facts["contract"].filter(pl.col("signed_on").is_between(start, as_of)).rename({"signed_on": "day"})
        take = {"region_code": "region_code", "employee_code": "employee_code"}
        rows = dated(facts, rows.rename({"employee_code": "own"}), "customer", "customer_code", take)
        rows = rows.with_columns(employee_code=pl.coalesce("own", "employee_code"))
    else:
        before = company.calendar.containing(start)
        periods = [period] if before.key == period.key else [before, period]
        rows = pl.concat(new_customers(facts, company, one, as_of=as_of) for one in periods)
        rows = rows.rename({"first_invoice_on": "day", "net_amount": "amount"}).filter(pl.col("day") >= start)
        rows = rows.with_columns(contract_no=pl.lit(None, pl.String))
    filled = [pl.col("region_code", "employee_code").fill_null(""), pl.col("amount").fill_null(0)]
    return rows.select("day", *filled, "customer_code", "contract_no")


def channels(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """What each kind of customer bought, with margin, conversion of visits, satisfaction (``CHANNELS``); kinds as on the document's day."""
    if facts["sales_line"].is_empty():
        return pl.DataFrame(schema=CHANNELS.schema)
    calendar = company.calendar
    year = calendar.year_to_date(period)
    before = {one.key: last for one in year if (last := calendar.same_last_year(one))}
    now, then = [period.key], [before[period.key].key] if period.key in before else []
    to_date, last_to_date = [one.key for one in year], [one.key for one in before.values()]
    wanted = {*now, *then, *to_date, *last_to_date}
    net, of = pl.col("net_amount"), pl.col("period")
    costed = of.is_in(now) & pl.col("cost_amount").is_not_null()
    sums = (
        facts["sales_line"].lazy()
        .filter(of.is_in(sorted(wanted)), pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of)
        .group_by(pl.col("customer_kind").fill_null("").alias("customer_kind"))
        .agg(
            net_amount=net.filter(of.is_in(now)).sum(), net_amount_py=net.filter(of.is_in(then)).sum(),
            ytd_net_amount=net.filter(of.is_in(to_date)).sum(), ytd_net_amount_py=net.filter(of.is_in(last_to_date)).sum(),
            gross_margin=pl.when(costed.any()).then((net - pl.col("cost_amount")).filter(costed).sum()),
            costed_amount=net.filter(costed).sum(),
            customers=pl.col("customer_code").filter(of.is_in(now) & (pl.col("document_kind") == "invoice")).n_unique(),
        )
        .collect()
    )  # fmt: skip
    kinds = facts.as_of("customer", as_of).select("customer_code", customer_kind="kind")
    visited = facts["visit"].filter(pl.col("visited_at").is_between(period.start, min(as_of, period.end))).join(kinds, on="customer_code")
    told = facts["visit"]["succeeded"].is_not_null().any()
    visits = visited.group_by("customer_kind").agg(visits=pl.len(), ok=pl.col("succeeded").fill_null(value=False).sum())
    scores = last_surveys(facts, as_of)[0].group_by("customer_kind").agg(satisfaction=ratio_expr(pl.col("score").sum(), pl.len() * E4))
    frame = sums.join(visits, on="customer_kind", how="left").join(scores, on="customer_kind", how="left").with_columns(
        period=pl.lit(period.key),
        visits=pl.when(pl.lit(facts.has("visit"))).then(pl.col("visits").fill_null(0)),
        growth=growth(net, pl.col("net_amount_py")), share=ratio_expr(net, net.sum()),
        margin_rate=ratio_expr(pl.col("gross_margin"), pl.col("costed_amount")),
        conversion=pl.when(pl.lit(told)).then(ratio_expr(pl.col("ok"), pl.col("visits"))),
        ytd_growth=growth(pl.col("ytd_net_amount"), pl.col("ytd_net_amount_py")),
    )  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in CHANNELS.schema.items()).sort("customer_kind")


def last_surveys(facts: Facts, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The answers to the last survey by ``as_of`` and to the one before it, of those of two years; empty where there is none."""
    rows = facts["survey_answer"].filter(pl.col("answered_on").is_between(as_of - timedelta(days=730), as_of))
    order = rows.group_by("survey").agg(pl.col("answered_on").max()).sort("answered_on", "survey", descending=True)["survey"]
    return rows.filter(pl.col("survey").is_in(order[:1].implode())), rows.filter(pl.col("survey").is_in(order[1:2].implode()))
