"""What came back of the statements of account (R14): who agreed, what differs, which document explains it, what is still open.

Replies are facts of their own day, whenever they arrived; documents count as of D like everywhere. A reply is about the statement's
day: the balance of that day as the facts have it now. Confirmed balance + Σ items = our balance holds by construction, since what
no line explains is an item of its own; ``controls.confirmations`` adds it up again.

Amounts are what makes our balance larger (+): a document of ours that the customer lacks with its own sign, one of the customer's
that we lack, or booked later, with the opposite one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.company.policy import Confirmation, Policy
from pipelines.contracts.confirmation import slip_number, slip_parts
from pipelines.contracts.marts_receivables import BALANCE_CONFIRMATION, CONFIRMATION_COVERAGE, RECONCILING_ITEM
from pipelines.metrics.receivables import Books, State, gross, mart
from pipelines.sources.facts import Facts, codes_in_force

_REPLY = pl.Schema({"customer_code": pl.String(), "statement_on": pl.Date()})
RESULTS = ("agreed", "different", "unanswered")
REFUSED_APART = "; "
"""Between the documents that were refused for one line."""


@dataclass(frozen=True)
class Document:
    """One of our documents. ``amount`` moves the balance; ``numbers`` are what it is called, ``origin`` the document it corrects."""

    number: str
    kind: str
    on: date
    amount: int
    numbers: frozenset[str]
    origin: str


@dataclass(frozen=True)
class Match:
    """What a line was matched to. ``matched``: by number and amount; ``proposed``: likely, for somebody to look at."""

    how: str
    evidence: Document | None = None


@dataclass(frozen=True)
class Refusal:
    """What somebody decided: ``document`` does not explain a difference of ``kind`` (None: of any)."""

    document: str
    kind: str | None
    by: str
    why: str


def statement_day(calendar: Calendar, policy: Policy, as_of: date) -> date | None:
    """The last day on or before ``as_of`` for which policy sends statements; None before the first."""
    months = policy.receivables.statement_months
    ends = [period.end for period in calendar.periods if period.end <= as_of and period.end.month in months]
    return max(ends, default=None)


def confirmations(state: State, books: Books, company: Company, period: Period) -> dict[str, pl.DataFrame]:
    """The marts ``balance_confirmation``, ``reconciling_item`` and ``confirmation_coverage`` as of the state's day.

    For the last day of statements every customer with an account stands here, answered or not; for other days those who answered.
    """
    replies = _replies(books.facts, state.day)
    last = statement_day(company.calendar, company.policy, state.day)
    days = sorted({*replies["statement_on"].to_list(), *([last] if last else [])})
    balances = pl.concat(
        [pl.DataFrame(schema={**_REPLY, "balance": pl.Int64}), *(_sent(books.state(day), replies, whole=day == last) for day in days)]
    )
    rows = (
        balances.join(replies, on=["customer_code", "statement_on"], how="left")
        .join(books.who(state.day), on="customer_code", how="left")
        .sort("statement_on", "customer_code")
    )
    items = _items(rows, state, books, company.policy.receivables.confirmation)
    sums = items.group_by("statement_on", "customer_code").agg(
        explained=pl.col("amount").filter(pl.col("kind") != "unexplained").sum(),
        unexplained=pl.col("amount").filter(pl.col("kind") == "unexplained").sum(),
    )
    name = company.policy.name
    numbers = [
        slip_number(name, code, day, balance) for code, day, balance in rows.select("customer_code", "statement_on", "balance").iter_rows()
    ]
    answered = pl.col("confirmed_balance").is_not_null()
    listed = rows.join(sums, on=["statement_on", "customer_code"], how="left", maintain_order="left").with_columns(
        slip_no=pl.Series(numbers, dtype=pl.String),
        replied_slip_no="slip_no",
        # What agreed with a balance that our books no longer show differs from what they show now.
        result=pl.when(~answered)
        .then(pl.lit("unanswered"))
        .when((pl.col("result") == "agreed") & (pl.col("confirmed_balance") == pl.col("balance")))
        .then(pl.lit("agreed"))
        .otherwise(pl.lit("different")),
        explained=pl.when(answered).then(pl.col("explained").fill_null(0)),
        unexplained=pl.when(answered).then(pl.col("unexplained").fill_null(0)),
        days_waiting=pl.when(~answered).then((pl.lit(state.day) - pl.col("statement_on")).dt.total_days()),
    )
    return {
        "balance_confirmation": mart(BALANCE_CONFIRMATION, listed, period, state.day),
        "reconciling_item": mart(RECONCILING_ITEM, items, period, state.day),
        "confirmation_coverage": mart(CONFIRMATION_COVERAGE, _coverage(listed, last), period, state.day),
    }


def _replies(facts: Facts, day: date) -> pl.DataFrame:
    """Replies about days up to ``day``: customer and day from the slip's number. One reply a customer and day."""
    slips = facts["confirmation"]
    parts = [slip_parts(number) for number in slips["slip_no"]]
    renamed = codes_in_force(facts["code_change"], "customer")
    return (
        slips.with_columns(
            # A slip keeps the code that its customer had when it was sent.
            customer_code=pl.Series([renamed.get(part[0], part[0]) if part else None for part in parts], dtype=pl.String),
            statement_on=pl.Series([part[1] if part else None for part in parts], dtype=pl.Date),
            confirmed_balance=pl.when(pl.col("result") == "agreed").then("stated_balance").otherwise("confirmed_balance"),
        )
        .filter(pl.col("statement_on") <= day)
        # Two senders may hand in slips of two versions of one statement; the later reply counts.
        .sort("replied_on", "slip_no", "source_file", nulls_last=False)
        .unique(["customer_code", "statement_on"], keep="last", maintain_order=True)
    )


def _sent(then: State, replies: pl.DataFrame, *, whole: bool) -> pl.DataFrame:
    """Balances of the statement's day: of everybody with an account (``whole``), else of those who answered."""
    answered = replies.filter(pl.col("statement_on") == then.day)["customer_code"]
    moving = pl.any_horizontal(pl.col("balance", "open", "advance") != 0)
    wanted = pl.col("customer_code").is_in(answered.implode())
    return then.balances.filter(moving | wanted if whole else wanted).select(
        "customer_code", statement_on=pl.lit(then.day), balance="balance"
    )


# Items


def _items(rows: pl.DataFrame, state: State, books: Books, policy: Confirmation) -> pl.DataFrame:
    """The lines of every reply with what they are matched to, then what has changed since the slip and what nothing explains."""
    replied = rows.filter(pl.col("confirmed_balance").is_not_null())
    by_slip = books.facts["confirmation_difference"].sort("slip_no", "line_no").partition_by("slip_no", as_dict=True, maintain_order=True)
    wanted = [number for number in replied["slip_no"] if (number,) in by_slip]
    customers = replied.filter(pl.col("slip_no").is_in(wanted))["customer_code"].unique().implode()
    documents = _documents(books, customers, state.day)
    later = replied.sort("statement_on").group_by("customer_code", maintain_order=True).agg("statement_on", "slip_no", "replied_on")
    answers = {code: list(zip(*lists, strict=True)) for code, *lists in later.iter_rows()}
    refused = _refusals(books.facts, state.day)
    found: list[dict[str, Any]] = []
    for reply in replied.iter_rows(named=True):
        day, lines = reply["statement_on"], by_slip.get((reply["slip_no"],), pl.DataFrame()).to_dicts()
        own = documents.get(reply["customer_code"], [])
        matches, against = matched_unless_refused(lines, own, day, policy.days, refused.get((reply["customer_code"], day), []))
        made = [
            {**line, **_evidence(one), **_resolved(line, one, own, day), **_refused(no)}
            for line, one, no in zip(lines, matches, against, strict=True)
        ]
        rest = reply["balance"] - reply["confirmed_balance"] - sum(line["amount"] for line in lines)
        changed = reply["balance"] - reply["stated_balance"]
        place = {name: reply[name] for name in ("source_file", "source_sheet", "source_row")}
        for kind, amount in (("changed", changed), ("unexplained", rest - changed)):
            if amount:
                made.append({"kind": kind, "amount": amount, "match": "unmatched", "status": "open", **place})
        closing = next((one for one in answers[reply["customer_code"]] if one[0] > day), None)
        for number, item in enumerate(made, start=1):
            if item["status"] == "open" and closing is not None:
                item |= {"status": "resolved", "resolved_by": closing[1], "resolved_on": closing[2] or closing[0]}
            salesperson = reply["employee_code"] if policy.owners.get(item["kind"]) == "salesperson" else None
            who = {
                name: reply[name]
                for name in ("customer_code", "customer_name", "parent_code", "department", "region_code", "employee_code")
            }
            found.append({**who, **item, "item_no": number, "slip_no": reply["slip_no"], "statement_on": day, "opened_on": day,
                          "owner": salesperson or "finance"})  # fmt: skip
    schema = {name: dtype for name, dtype in RECONCILING_ITEM.schema.items() if name not in ("period", "as_of", "age_days")}
    frame = pl.DataFrame([{name: item.get(name) for name in schema} for item in found], schema=schema)
    frame = _paid(frame, state, books)
    until = pl.when(pl.col("status") == "resolved").then("resolved_on").otherwise(pl.lit(state.day))
    return frame.with_columns(age_days=(until - pl.col("opened_on")).dt.total_days().clip(0))


def _refusals(facts: Facts, day: date) -> dict[tuple[str, date], list[Refusal]]:
    """What was refused up to ``day``, by customer and statement's day, in the order of the documents."""
    found: dict[tuple[str, date], list[Refusal]] = {}
    rows = facts["match_refusal"].filter(pl.col("refused_on") <= day).sort("document_no", "kind", nulls_last=True)
    for row in rows.iter_rows(named=True):
        one = Refusal(row["document_no"], row["kind"], row["refused_by"], row["reason"])
        found.setdefault((row["customer_code"], row["statement_on"]), []).append(one)
    return found


def matched_unless_refused(
    lines: list[dict[str, Any]], documents: list[Document], day: date, window: int, refusals: Sequence[Refusal]
) -> tuple[list[Match], list[list[Refusal]]]:
    """What each line is matched to when no refused match counts, and which refusals have kept it from what.

    A refused document may explain another line, and the line another document, which may be refused as well.
    """
    against: list[list[Refusal]] = [[] for _ in lines]
    while True:
        matches = match_lines(lines, documents, day, window, [{_plain(no.document) for no in each} for each in against])
        fresh = [
            (at, no) for at, match in enumerate(matches) for no in refusals
            if match.evidence is not None and _plain(no.document) in match.evidence.numbers and no.kind in (None, lines[at]["kind"])
        ]  # fmt: skip
        if not fresh:
            return matches, against
        for at, no in fresh:
            against[at].append(no)


def match_lines(
    lines: list[dict[str, Any]], documents: list[Document], day: date, window: int, refused: Sequence[Collection[str]] = ()
) -> list[Match]:
    """What each line of one reply is matched to; a document explains one line.

    ``refused``: numbers of documents that do not explain a line, by its place.

    By number first: with the amount that it must have it is ``matched``, with another one ``proposed``. Then by amount, within
    ``window`` days of the statement's day: the document nearest to the line's own date is ``proposed``.
    """
    found: list[Match | None] = [None] * len(lines)
    used: set[str] = set()

    def free(at: int) -> list[Document]:
        no = refused[at] if refused else ()
        return [one for one in documents if one.number not in used and not one.numbers.intersection(no)]

    for fits in (True, False):
        for at, line in enumerate(lines):
            number = _plain(line["document_no"])
            if found[at] is not None or not number:
                continue
            named = [one for one in free(at) if _is_called(one, number, line["kind"])]
            right = [one for one in named if _explains(one, line, day)]
            chosen = right[:1] if fits else named[:1]
            if chosen:
                found[at] = Match("matched" if fits else "proposed", chosen[0])
                used.add(chosen[0].number)
    for at, line in enumerate(lines):
        if found[at] is not None:
            continue
        near = line["document_date"] or day
        likely = [
            one for one in free(at)
            if abs((one.on - day).days) <= window and line["kind"] != "price" and _explains(one, line, day)
        ]  # fmt: skip
        best = min(likely, key=lambda one: (abs((one.on - near).days), one.on, one.number), default=None)
        if best is not None:
            used.add(best.number)
        found[at] = Match("proposed", best) if best is not None else Match("unmatched")
    return [one for one in found if one is not None]


def _plain(number: str | None) -> str:
    return "".join((number or "").split()).upper()


def _is_called(document: Document, number: str, kind: str) -> bool:
    return number in document.numbers or (kind == "return" and document.kind == "red_slip" and _plain(document.origin) == number)


def _explains(document: Document, line: Mapping[str, Any], day: date) -> bool:
    """Whether a document has the amount, and stands on the side of the statement's day, that the line says."""
    amount, kind = line["amount"], line["kind"]
    if kind == "price":
        return document.kind in ("invoice", "opening") and document.on <= day and abs(amount) < abs(document.amount)
    if kind == "return":
        return document.kind == "red_slip" and document.on > day and document.amount == -amount
    fits: bool = document.amount == (amount if document.on <= day else -amount)
    return fits


def _evidence(match: Match) -> dict[str, Any]:
    one = match.evidence
    if one is None:
        return {"match": match.how}
    return {"match": match.how, "evidence_kind": one.kind, "evidence_no": one.number, "evidence_on": one.on, "evidence_amount": one.amount}


def _refused(against: Sequence[Refusal]) -> dict[str, Any]:
    """Who has refused which documents for a line, and why; each person and reason once."""
    if not against:
        return {}

    def listed(values: Iterable[str]) -> str:
        return REFUSED_APART.join(dict.fromkeys(values))

    return {
        "refused_no": listed(no.document for no in against), "refused_by": listed(no.by for no in against),
        "refusal_reason": listed(no.why for no in against),
    }  # fmt: skip


def _resolved(line: Mapping[str, Any], match: Match, documents: Iterable[Document], day: date) -> dict[str, Any]:
    """Whether a later document settles the line. What is only proposed stays open until the customer answers again."""
    one = match.evidence
    if match.how == "matched" and one is not None:
        settled: Document | None = one if one.on > day else None
        if line["kind"] == "price":
            corrections = (d for d in documents if d.on > day and d.origin == one.number and d.amount == -line["amount"])
            settled = min(corrections, key=lambda d: (d.on, d.number), default=None)
        if settled is not None:
            return {"status": "resolved", "resolved_by": settled.number, "resolved_on": settled.on}
    return {"status": "open"}


def _paid(items: pl.DataFrame, state: State, books: Books) -> pl.DataFrame:
    """Items in transit to the customer are settled when the customer has paid the document: then it has it."""
    owed = pl.col("evidence_kind").is_in(["invoice", "opening"])
    waiting = items.filter((pl.col("status") == "open") & (pl.col("match") == "matched") & owed
                           & (pl.col("kind") != "price") & (pl.col("evidence_on") <= pl.col("statement_on")))  # fmt: skip
    if waiting.is_empty():
        return items
    named = waiting.select("customer_code", document_no="evidence_no").unique().join(books.customers, on="customer_code")
    owing = state.items.join(named, on=["customer", "document_no"], how="semi")
    open_ = owing.group_by("customer", "document_no").agg(pl.col("open").sum()).filter(pl.col("open") == 0)
    credits = state.credits.select("credit", "credit_no", "dated_on")
    paid = (
        state.applied.join(owing.join(open_, on=["customer", "document_no"]).select("item", "customer", "document_no"), on="item")
        .join(credits, on="credit").join(books.customers, on="customer").sort("dated_on", "credit_no")
        .group_by("customer_code", "document_no", maintain_order=True).agg(_by=pl.col("credit_no").last(), _on=pl.col("dated_on").last())
    )  # fmt: skip
    settles = (
        (pl.col("status") == "open") & (pl.col("match") == "matched") & (pl.col("kind") != "price")
        & (pl.col("evidence_on") <= pl.col("statement_on")) & (pl.col("_on") > pl.col("statement_on"))
    )  # fmt: skip
    return (
        items.join(
            paid, left_on=["customer_code", "evidence_no"], right_on=["customer_code", "document_no"], how="left", maintain_order="left"
        )
        .with_columns(
            status=pl.when(settles).then(pl.lit("resolved")).otherwise("status"),
            resolved_by=pl.when(settles).then("_by").otherwise("resolved_by"),
            resolved_on=pl.when(settles).then("_on").otherwise("resolved_on"),
        )
        .drop("_by", "_on")
    )


def _documents(books: Books, customers: pl.Series, as_of: date) -> dict[str, list[Document]]:
    """Our documents of some customers up to ``as_of``, by date and number."""
    facts = books.facts
    mine = pl.col("customer_code").is_in(customers)
    nothing = pl.lit(None, pl.String)
    lines = (
        facts["sales_line"].filter(mine & pl.col("document_kind").is_in(["invoice", "red_slip"]))
        .group_by("customer_code", "document_no", "document_kind", "document_date", "origin_document_no").agg(amount=gross().sum())
    )  # fmt: skip
    parts = [
        lines.select(
            "customer_code", "document_no", "amount", kind="document_kind", on="document_date", also=nothing, origin="origin_document_no",
        ),
        facts["receipt"].filter(mine).select(
            "customer_code", document_no="receipt_no", amount=-pl.col("amount"), kind=pl.lit("receipt"), on="received_on",
            also="instrument_no", origin="reverses_receipt_no",
        ),
        facts["adjustment"].filter(mine).select(
            "customer_code", document_no="adjustment_no", amount="amount", kind=pl.lit("adjustment"), on="dated_on", also=nothing,
            origin="document_no",
        ),
        facts["opening_receivable"].filter(mine).select(
            "customer_code", "document_no", amount="open_amount", kind=pl.lit("opening"), on="opening_on", also=nothing, origin=nothing,
        ),
    ]  # fmt: skip
    order = ["customer_code", "document_no", "amount", "kind", "on", "also", "origin"]
    found: dict[str, list[Document]] = {}
    listed = (
        pl.concat([part.select(order) for part in parts])
        .filter(pl.col("on") <= as_of)
        .sort("customer_code", "on", "document_no", "kind", "amount")
    )
    for code, number, amount, kind, on, also, origin in listed.iter_rows():
        called = frozenset(_plain(one) for one in (number, also) if one)
        found.setdefault(code, []).append(Document(number, kind, on, amount, called, origin or ""))
    return found


# Coverage


def _coverage(rows: pl.DataFrame, day: date | None) -> pl.DataFrame:
    """Number and size of the balances of ``day`` by region and what became of them; credit balances apart, as positive figures."""
    own = rows.filter(pl.col("statement_on") == day) if day else rows.clear()
    sized = own.with_columns(
        side=pl.when(pl.col("balance") < 0).then(pl.lit("credit")).otherwise(pl.lit("owed")), size=pl.col("balance").abs()
    )
    counted = [pl.len().alias("sent"), pl.col("size").sum().alias("sent_amount"), pl.col("unexplained").abs().sum()]
    for result in RESULTS:
        there = pl.col("result") == result
        counted += [there.sum().alias(result), pl.col("size").filter(there).sum().alias(f"{result}_amount")]
    return sized.group_by("statement_on", "region_code", "side").agg(counted)
