"""Rebates (M9): what dealers have earned by the programmes of ``rebates.yaml``, against what they claim, and why the two differ.

A span (period, quarter, fiscal year) is accrued up to the business day by the programme of that day. A claim is for the closing
period, quarter or year that its file says, and counts in the span that holds it. Claimed − accrued = by another basis + by another
rate, to the last ten-thousandth: the first is what policy gives for the basis claimed less what it gives for ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.company.covers import periods_of
from pipelines.company.pay import Step
from pipelines.company.rebates import Programme
from pipelines.contracts.marts_dealers import REBATES
from pipelines.metrics.commission import slices, to_fen
from pipelines.metrics.receivables import mart
from pipelines.money import E4
from pipelines.sources.facts import Facts
from pipelines.sources.header import normal


@dataclass(frozen=True)
class Span:
    """The days over which a programme counts, so far; ``is_over``: whether they end with the period."""

    start: date
    end: date
    keys: frozenset[str]
    is_over: bool


def rebates(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Mart ``rebates``: a dealer and programme with an accrual or a claim. Nothing without ``rebates.yaml``."""
    if company.rebates is None:
        return pl.DataFrame(schema=REBATES.schema)
    day = min(as_of, period.end)
    who = facts.as_of("customer", day).filter(pl.col("kind") == "dealer")
    dealers = {row["customer_code"]: row for row in who.select("customer_code", "name", "region_code", "distance_km").to_dicts()}
    claims = _claims(facts, company.calendar)
    found: list[dict[str, Any]] = []
    named: set[str] = set()
    for programme in company.rebates.on(day):
        span = span_of(programme, period, day, company.calendar)
        bases = _bases(facts, programme, span)
        items = {normal(item).casefold() for item in programme.items}
        named |= items
        mine = _by_dealer([one for one in claims if one["item"] in items and one["period"] in span.keys])
        for code in sorted({*bases, *mine}):
            if code in dealers or code in mine:
                found.append(_row(programme, span, dealers.get(code, {}), code, bases.get(code, 0), mine.get(code, [])))
    own = Span(period.start, period.end, frozenset({period.key}), is_over=True)
    stray: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in claims:
        if one["item"] not in named and one["period"] in own.keys:
            stray.setdefault((one["dealer_code"], one["said"]), []).append(one)
    for (code, said), lines in sorted(stray.items()):
        claimed = sum(one["amount"] for one in lines)
        found.append(_told(own, dealers.get(code, {}), code, said, lines) | {
            "base": 0, "accrued": 0, "claimed": claimed, "difference": claimed, "by_base": 0, "by_rate": claimed, "reason": "no_programme",
        })  # fmt: skip
    kept = [row for row in found if row["accrued"] or row["claimed"]]
    schema = {name: dtype for name, dtype in REBATES.schema.items() if name not in ("period", "as_of")}
    return mart(REBATES, pl.DataFrame(kept, schema=schema), period, day)


def accrued(programme: Programme, base: int, tiers: Sequence[Step]) -> int:
    """What ``base`` (ten-thousandths) earns, to the fen. A base below zero earns nothing and costs nothing."""
    return to_fen(slices(max(0, base), tiers, programme.pays))


def span_of(programme: Programme, period: Period, day: date, calendar: Calendar) -> Span:
    """The programme's span that holds ``period``, up to ``day``; a programme that began within it counts from its own day."""
    keys = {"period": period.key, "quarter": _quarter_of(period, calendar), "year": f"FY{period.fiscal_year}"}
    periods = periods_of(keys[programme.every], calendar) or (period,)
    so_far = [one for one in periods if one.start <= period.start]
    is_over = periods[-1] == period
    whole = {keys[programme.every]} if is_over else set()
    start = max(periods[0].start, programme.start)
    return Span(start, day, frozenset({*(one.key for one in so_far), *whole}), is_over=is_over)


def _quarter_of(period: Period, calendar: Calendar) -> str:
    year = [one for one in calendar.periods if one.fiscal_year == period.fiscal_year]
    return f"{period.fiscal_year}-Q{1 + 4 * year.index(period) // len(year)}"


def _bases(facts: Facts, programme: Programme, span: Span) -> dict[str, int]:
    """What the rate is applied to, by dealer."""
    if programme.base == "receipts":
        rows = facts["receipt"].select("customer_code", on="received_on", value="amount")
    else:
        sold = facts["sales_line"].filter(pl.col("document_kind").is_in(["invoice", "red_slip"]))
        if programme.product_lines:
            sold = sold.filter(pl.col("product_line").is_in(list(programme.product_lines)))
        rows = sold.select("customer_code", on="document_date", value="net_amount")
    inside = rows.filter(pl.col("on").is_between(span.start, span.end), pl.col("customer_code").is_not_null())
    return dict(inside.group_by("customer_code").agg(pl.col("value").sum()).sort("customer_code").iter_rows())


def _claims(facts: Facts, calendar: Calendar) -> list[dict[str, Any]]:
    """The claims as they were handed in, whenever they arrived; ``item`` is what they are for, in a form for comparing."""
    rows = facts["rebate_claim"].sort("dealer_code", "period", "line").select(
        "dealer_code", "period", "item", "basis", "amount", "source_file"
    )
    return [
        {**row, "said": row["item"] or "", "item": normal(row["item"] or "").casefold()}
        for row in rows.iter_rows(named=True) if periods_of(row["period"], calendar)
    ]


def _by_dealer(claims: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for one in claims:
        found.setdefault(one["dealer_code"], []).append(one)
    return found


def _told(span: Span, dealer: Mapping[str, Any], code: str, programme: str, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    bases = [one["basis"] for one in lines]
    return {
        "dealer_code": code, "name": dealer.get("name"), "region_code": dealer.get("region_code"), "programme": programme,
        "starts_on": span.start, "ends_on": span.end, "base_claimed": sum(bases) if bases and None not in bases else None,
        "source_file": lines[0]["source_file"] if lines else None,
    }  # fmt: skip


def _row(
    programme: Programme, span: Span, dealer: Mapping[str, Any], code: str, base: int, lines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    told = _told(span, dealer, code, programme.name, lines)
    distance = dealer.get("distance_km")
    tiers = programme.tiers_for(None if distance is None else distance / E4)
    claimed = sum(one["amount"] for one in lines)
    due = accrued(programme, base, tiers) if tiers else 0
    stated = told["base_claimed"]
    by_base = accrued(programme, stated, tiers) - due if tiers and stated is not None else 0
    difference = claimed - due
    periods = [one["period"] for one in lines]
    if tiers is None:
        reason = "no_distance"
    elif not lines:
        reason, by_base = ("not_claimed" if span.is_over else "not_yet_claimed"), 0
    elif difference == 0 and by_base == 0:
        reason = "agreed"
    elif len(set(periods)) < len(periods):
        reason = "claimed_twice"
    else:
        reason = {(True, True): "base_and_rate", (True, False): "base"}.get((by_base != 0, difference != by_base), "rate")
    return told | {
        "base": base, "accrued": due, "claimed": claimed, "difference": difference, "by_base": by_base, "by_rate": difference - by_base,
        "reason": reason,
    }  # fmt: skip
