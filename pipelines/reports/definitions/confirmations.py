"""R14's part on statements of account: how much of what was sent is confirmed, what is still to be reconciled, who has not answered.

The statement itself and its slip are ``statement``'s.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.contracts.confirmation import DIFFERENCE_KINDS
from pipelines.reports import formulas
from pipelines.reports.context import LABELS, OWNERS, Marts, ReportContext, and_then, as_on, have, tie, with_heading
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Date,
    Message,
    Money,
    Name,
    Notes,
    Section,
    Share,
    SumOf,
    Table,
    TieOut,
    Unit,
    Words,
    say,
)

TABLES = ("confirmation", "confirmation_difference", "match_refusal")
KINDS: dict[str, Words] = {
    **DIFFERENCE_KINDS,
    "changed": say("Our books have changed since"),
    "unexplained": say("Unexplained"),
}
MATCHES: dict[str, Words] = {"matched": say("Matched"), "proposed": say("Proposed"), "unmatched": say("No document found")}
STATUSES: dict[str, Words] = {"open": say("Not resolved"), "resolved": say("Resolved")}
RESULTS = ("agreed", "different", "unanswered")
_COUNTED = ("sent", *RESULTS)
_FIGURES = (*(name for one in _COUNTED for name in (one, f"{one}_amount")), "unexplained")


def headline(marts: Marts) -> Words | None:
    """How many balances were answered, as a clause of the report's headline; None where none was sent."""
    if not have(marts, "confirmation_coverage"):
        return None
    coverage = marts["confirmation_coverage"]
    answered, sent = int((coverage["agreed"] + coverage["different"]).sum()), int(coverage["sent"].sum())
    day = Date(coverage["statement_on"][0])
    return say("{n} of {all} balances of {day} are answered", n=Count(answered), all=Count(sent), day=day)


def sections(marts: Marts, context: ReportContext) -> tuple[list[Section], list[TieOut]]:
    """Coverage by region, the reconciling items, and who has not answered."""
    found: list[Section] = []
    ties: list[TieOut] = []
    if have(marts, "confirmation_coverage"):
        section, ties = _coverage(marts, context)
        found.append(section)
    found += _items(marts, context)
    found += _unanswered(marts, context)
    return found, ties


def _coverage(marts: Marts, context: ReportContext) -> tuple[Section, list[TieOut]]:
    coverage = marts["confirmation_coverage"]
    day = coverage["statement_on"][0]
    blocks: list[Block] = []
    owed = coverage.filter(pl.col("side") == "owed")
    for side, title in (("owed", None), ("credit", say("Credit balances, as positive amounts"))):
        rows = coverage.filter(pl.col("side") == side)
        if rows.height:
            blocks.append(_by_region(f"confirmation_{side}", rows, marts, title))
    sent, agreed = int(owed["sent_amount"].sum()), int(owed["agreed_amount"].sum())
    share = Share(agreed / sent if sent else None)
    words = Message(
        "Agreed are {share} of what was owed ({amount}); {n} customer has not answered",
        {"share": share, "amount": Money(agreed), "n": Count(int(coverage["unanswered"].sum()))},
        plural="Agreed are {share} of what was owed ({amount}); {n} customers have not answered",
    )
    sign = pl.when(pl.col("side") == "credit").then(-1).otherwise(1)
    net = int(coverage.select((sign * pl.col("sent_amount")).sum()).item())
    balances = marts["balance_confirmation"].filter(pl.col("statement_on") == day)
    sums = tuple(SumOf(f"confirmation_{side}", "sent_amount", 1 if side == "owed" else -1)
                 for side in ("owed", "credit") if coverage.filter(pl.col("side") == side).height)  # fmt: skip
    check = tie(
        "C4", say("The balances sent are those of the statement's day"), say("Balances sent"), net,
        say("Balance"), int(balances["balance"].sum()),
        left_sum=sums,
    )  # fmt: skip
    subtitle = with_heading(
        say("Balances confirmed ({unit})", unit=Unit()), say("statements as of {day}", day=Date(day)), as_on(context.as_of)
    )
    return Section("section_confirmation", say("Confirmation"), words, tuple(blocks), subtitle=subtitle), [check]


def _by_region(id: str, rows: pl.DataFrame, marts: Marts, title: Words | None) -> Table:
    if have(marts, "receivable_ratios"):
        regions = marts["receivable_ratios"].filter(pl.col("cut") == "region_code").select(region_code="key", label="label")
    else:
        regions = pl.DataFrame(schema={"region_code": pl.String, "label": pl.String})
    named = (
        rows.join(regions, on="region_code", how="left")
        .with_columns(pl.coalesce("label", "region_code").fill_null("").alias("label"), pl.lit("").alias("role"))
        .sort("sent_amount", "label", descending=[True, False])
    )
    frame = with_total(named, named.select(pl.col(_FIGURES).sum()), _FIGURES)
    frame = frame.with_columns(share=pl.when(pl.col("sent_amount") != 0).then(pl.col("agreed_amount") / pl.col("sent_amount")))
    columns = (
        Column("label", say("Region"), words=LABELS),
        Column("sent", say("Sent"), "count"),
        Column("sent_amount", say("Amount"), "money_wan", bar=True),
        Column("agreed", say("Agreed"), "count"),
        Column("agreed_amount", say("Agreed, amount"), "money_wan"),
        Column("share", say("Share agreed"), "share"),
        Column("different", say("Different"), "count"),
        Column("different_amount", say("Different, amount"), "money_wan"),
        Column("unanswered", say("Unanswered"), "count"),
        Column("unanswered_amount", say("Unanswered, amount"), "money_wan"),
        Column("unexplained", say("Unexplained, {unit}", unit=Unit("currency")), "money", blank_zero=True),
    )
    return Table(id, frame, columns, title=title, role="role", why=formulas.confirmation(id.rpartition("_")[2]))


def _items(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "reconciling_item"):
        return []
    every = marts["reconciling_item"]
    last = every["statement_on"].max()
    rows = every.filter((pl.col("status") == "open") | (pl.col("statement_on") == last)).sort(
        pl.col("status") == "resolved", "age_days", "customer_code", "item_no", descending=[False, True, False, False]
    )
    rows = rows.with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    open_ = rows.filter(pl.col("status") == "open")
    people = _people(marts)
    columns = (
        Column("label", say("Customer")),
        Column("statement_on", say("Statement day"), "date"),
        Column("kind", say("Kind"), words=KINDS),
        Column("document_no", say("Their document"), "code"),
        Column("amount", say("Amount"), "money"),
        Column("match", say("Match"), words=MATCHES),
        Column("evidence_no", say("Our document"), "code"),
        Column("evidence_on", say("Date"), "date"),
        Column("status", say("Status"), words=STATUSES),
        Column("resolved_by", say("Resolved by"), "code"),
        Column("owner", say("Owner"), words={**OWNERS, **people}),
        Column("age_days", say("Age, days"), "days"),
    )
    unexplained = open_.filter(pl.col("kind") == "unexplained")
    words: Words = Message(
        "{n} reconciling item is open ({amount})",
        {"n": Count(open_.height), "amount": Money(int(open_["amount"].abs().sum()), "currency")},
        plural="{n} reconciling items are open ({amount})",
    )
    if unexplained.height:
        words = and_then(words, say("{amount} of it is unexplained", amount=Money(int(unexplained["amount"].abs().sum()), "currency")))
    note = Notes(
        (
            say("Confirmed balance + items = our balance. Positive amounts make our balance larger."),
            say("What is proposed agrees in amount or number alone: somebody has to look at it."),
        ),
        listed=False,
    )
    subtitle = with_heading(say("Reconciling items"), as_on(context.as_of))
    return [
        Section(
            "section_reconciling", say("Reconciling items"), words, (note, Table("reconciling", rows, columns, shown=20,
                why=formulas.RECONCILING), *_refused(rows)), subtitle=subtitle
        )
    ]


def _refused(rows: pl.DataFrame) -> list[Table]:
    """The matches that somebody has refused: of which item, who, and why."""
    refused = rows.filter(pl.col("refused_no").is_not_null())
    columns = (
        Column("label", say("Customer")),
        Column("statement_on", say("Statement day"), "date"),
        Column("kind", say("Kind"), words=KINDS),
        Column("amount", say("Amount"), "money"),
        Column("refused_no", say("Refused document"), "code"),
        Column("refused_by", say("Refused by")),
        Column("refusal_reason", say("Reason")),
    )
    table = Table("refused_matches", refused, columns, title=say("Matches refused by hand"), why=formulas.RECONCILING)
    return [table] if refused.height else []


def _people(marts: Marts) -> dict[str, Words]:
    if "employee" not in marts:
        return {}
    rows: list[tuple[str, Any]] = list(marts["employee"].sort("valid_from").select("employee_code", "name").iter_rows())
    return {code: Name(name) for code, name in rows if name}


def _unanswered(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "balance_confirmation"):
        return []
    rows = marts["balance_confirmation"].filter(pl.col("result") == "unanswered")
    if rows.is_empty():
        return []
    rows = rows.with_columns(
        pl.coalesce("customer_name", "customer_code").alias("label"), pl.col("employee_code").fill_null(""), size=pl.col("balance").abs()
    ).sort("size", "customer_code", descending=[True, False])
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer")),
        Column("slip_no", say("Slip"), "code"),
        Column("balance", say("Balance"), "money"),
        Column("days_waiting", say("Days without an answer"), "days"),
        Column("employee_code", say("Salesperson"), words={"": say("Not assigned"), **_people(marts)}),
    )
    words = Message(
        "{n} customer has not answered for {days} days",
        {"n": Count(rows.height), "days": Count(int(rows["days_waiting"][0] or 0))},
        plural="{n} customers have not answered for {days} days",
    )
    subtitle = with_heading(say("Statements without an answer"), as_on(context.as_of))
    table = Table("unanswered", rows, columns, shown=15, why=formulas.UNANSWERED)
    return [Section("section_unanswered", say("Unanswered"), words, (table,), subtitle=subtitle)]
