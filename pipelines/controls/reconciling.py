"""What lies behind a control, item by item: rows kept out, totals that differ, documents that moved or crossed a period's end.

An item is a fact with a place, an amount, an owner and an age. An item is ``explained`` only where the listed amounts add up to the
difference to the last digit; what they leave is an item of its own, ``unexplained``. What ties is ``files``', ``ledger``',
``balances``' and ``cutoff``'s; how a page says it is ``reports.tie_out``'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.policy import Controls
from pipelines.contracts import CONTRACTS, Contract, Kind
from pipelines.contracts.marts_control import TIE_OUT_ITEM
from pipelines.controls.cutoff import FLOWS
from pipelines.controls.files import dated_sums, quarantined_rows
from pipelines.money import scaled
from pipelines.sources.facts import Facts

EXPLAINING = ("ledger", "opening_is_last_closing", "file_total")
"""Statements whose items make up their difference. The items of the others are parts of a side that ties."""

ACCOUNTS: dict[str, tuple[str, ...]] = {
    "revenue": ("sales_line",),
    "receipts": ("receipt",),
    "expenses": ("expense",),
    "receivables": ("sales_line", "receipt", "adjustment"),
}
"""The tables whose rejected rows are missing from an account of the general ledger."""

_FREE = {name: dtype for name, dtype in TIE_OUT_ITEM.schema.items() if name not in ("period", "item_no", "age_days", "owner")}


_DATED_MASTERS = [name for name, contract in CONTRACTS.items() if contract.versioned]
"""Tables whose date is when a row begins to hold, not when anything happened: a fault in them is as old as its file."""


def tie_out_item(
    period: Period, as_of: date, policy: Controls, ties: pl.DataFrame, parts: Iterable[pl.DataFrame], arrived: Mapping[str, date]
) -> pl.DataFrame:
    """The mart ``tie_out_item``: all ``parts`` with what they leave of a difference, numbered within what they explain.

    ``arrived`` gives the day on which a file came, by name: a row that has no day of its own is as old as its file. Nothing is younger
    than no days.
    """
    listed = pl.concat([pl.DataFrame(schema=_FREE), *parts])
    every = pl.concat([listed, _left_over(ties, listed)])
    of = ["control", "statement", "subject"]
    rest = every.group_by(of).agg(_open=(pl.col("kind") == "unexplained").any())
    came = pl.col("source_file").replace_strict(dict(arrived) or {"": None}, default=None, return_dtype=pl.Date)
    explained = pl.col("statement").is_in(EXPLAINING) & (pl.col("kind") != "total") & ~pl.col("_open") & pl.col("amount").is_not_null()
    owners = dict(policy.owners) or {"": ""}
    by_rule = pl.concat_str("control", pl.lit("."), "rule").replace_strict(owners, default=None, return_dtype=pl.String)
    by_control = pl.col("control").replace_strict(owners, default="", return_dtype=pl.String)
    return (
        every.join(rest, on=of, how="left", maintain_order="left")
        .with_columns(
            period=pl.lit(period.key),
            since=pl.coalesce("since", came),
            state=pl.when(explained).then(pl.lit("explained")).otherwise("state"),
            owner=pl.coalesce(by_rule, by_control),
        )
        .sort(*of, pl.col("kind") == "unexplained", "source_file", "source_sheet", "source_row", "document", "rule", "amount")
        .with_columns(
            item_no=pl.int_range(1, pl.len() + 1).over(of), age_days=(pl.lit(as_of) - pl.col("since")).dt.total_days().clip(0)
        )
        .select(pl.col(name).cast(dtype) for name, dtype in TIE_OUT_ITEM.schema.items())
    )  # fmt: skip


def rejected_rows(faults: pl.DataFrame) -> pl.DataFrame:
    """C1: every row that was read and not loaded, with its amount where that can be read."""
    rows = faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))
    subject = pl.concat_str("table", pl.lit(" "), "source_file", pl.lit(" "), pl.col("source_sha256").str.head(8))
    return _items(
        rows.with_columns(
            subject=subject, kind=pl.when("amount_unreadable").then(pl.lit("amount_unreadable")).otherwise(pl.lit("kept_out")),
            amount=pl.when(~pl.col("amount_unreadable")).then(_money_of("table")),
            since=pl.when(~pl.col("table").is_in(_DATED_MASTERS)).then("business_date"),
        ),
        control="C1", statement="file_amount",
    )  # fmt: skip


def totals_that_differ(findings: pl.DataFrame) -> pl.DataFrame:
    """C1: the files' own total rows that are not the sum of their lines, or cannot be held against it."""
    rows = findings.filter((pl.col("control") == "C1") & pl.col("rule").is_in(["total_row_differs", "total_not_checkable"]))
    named = rows.with_columns(kind=pl.lit("total"), table=pl.col("subject").str.split(" ").list.first())
    return _items(named.with_columns(amount=_money_of("table")), control="C1", statement="file_total")


def _money_of(table: str) -> pl.Expr:
    """The column ``amount`` of rows of the table named in a column, where it is money: a quantity is none."""
    money = [name for name, contract in CONTRACTS.items() if contract.amount and contract.column(contract.amount).kind is Kind.MONEY]
    return pl.when(pl.col(table).is_in(money)).then("amount")


def quarantined(
    contract: Contract, raw: pl.DataFrame, faults: pl.DataFrame, repeated: pl.DataFrame, first: date, last: date
) -> pl.DataFrame:
    """C2: what of a table's raw rows is not in the facts, by kind of document and month: kept out, or the same row again."""
    parts = [
        dated_sums(rows, contract, first, last).with_columns(kind=pl.lit(kind), rule=pl.lit(kind))
        for kind, rows in (("kept_out", quarantined_rows(contract, raw, faults)), ("repeated", repeated))
    ]
    rows = pl.concat(parts).with_columns(
        subject=pl.concat_str(pl.lit(contract.name), "_kind", "_month", separator=" "),
        table=pl.lit(contract.name),
        state=pl.lit("explained"),
    )
    return _items(rows.with_columns(amount=_money_of("table")), control="C2", statement="kind_month_amount")


def ledger_items(account: str, faults: pl.DataFrame, period: Period, as_of: date) -> pl.DataFrame:
    """C3: the rejected rows that belong to an account of the general ledger and are missing from the facts.

    ``amount`` is what the row moves the facts' side by (negative where it is missing), null where it cannot be told: no readable amount
    or day, or one key with two amounts. Rows of one key with the same amount count once.
    """
    found: list[dict[str, Any]] = []
    keys: dict[tuple[str, str], list[dict[str, Any]]] = {}
    kept_out = faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))
    for row in kept_out.filter(pl.col("table").is_in(ACCOUNTS.get(account, ()))).iter_rows(named=True):
        delivered = json.loads(row["delivered"] or "{}")
        day = row["business_date"]
        first = date.min if account == "receivables" else period.start
        if delivered.get("document_kind") == "delivery" or (day is not None and not first <= day <= min(as_of, period.end)):
            continue
        amount = None if day is None else _amount_in(account, row, delivered)
        item = {**row, "amount": None if amount is None else -amount, "since": day, "kind": "kept_out"}
        if row["rule"] == "duplicate_key":
            keys.setdefault((row["table"], row["found"] or ""), []).append(item)
        else:
            found.append(item)
    for same in keys.values():
        agreed = len({one["amount"] for one in same}) == 1
        found.append({**same[0], "amount": same[0]["amount"] if agreed else None})
    schema = pl.Schema({**faults.schema, "since": pl.Date(), "kind": pl.String()})
    return _items(pl.DataFrame(found, schema=schema, orient="row").with_columns(subject=pl.lit(account)), control="C3", statement="ledger")


def _amount_in(account: str, row: Mapping[str, Any], delivered: Mapping[str, Any]) -> int | None:
    """A rejected row's amount as the account would hold it; None where it cannot be told."""
    amount: int | None = row["amount"]
    if account != "receivables" or amount is None or row["table"] == "adjustment":
        return amount
    if row["table"] == "receipt":
        return -amount
    try:
        # The tax is delivered as text: it is taken where the net amount beside it is in the unit that was read.
        return scaled(delivered["gross_amount"]) if scaled(delivered["net_amount"]) == amount else None
    except (KeyError, TypeError, ValueError):
        return None


def moved_openings(facts: Facts, findings: pl.DataFrame, last_day: date, later: Iterable[str]) -> pl.DataFrame:
    """C6: who opens with another balance than was published, and the documents that make it.

    ``later`` are the hashes of the files that came after that publication. Their documents dated up to ``last_day`` are listed where they
    add up to what the customer's balance moved by; otherwise the customer is, once.
    """
    moved = findings.filter(pl.col("rule") == "opening_moved").select(customer_code="subject", moved="amount")
    documents = _late_documents(facts, last_day, later).join(moved, on="customer_code", how="inner", maintain_order="left")
    whole = pl.col("amount").sum().over("customer_code") == pl.col("moved")
    restated = documents.filter(whole).with_columns(kind=pl.lit("restated"))
    others = moved.join(restated, on="customer_code", how="anti").select(
        kind=pl.lit("moved"), document="customer_code", amount="moved", table=pl.lit("customer"), since=pl.lit(last_day)
    )
    return pl.concat(
        _items(one, control="C6", statement="opening_is_last_closing", subject="all", rule="opening_moved") for one in (restated, others)
    )


def _late_documents(facts: Facts, last_day: date, later: Iterable[str]) -> pl.DataFrame:
    sha = pl.lit(list(later), pl.List(pl.String))
    place = ("source_file", "source_sheet", "source_row")
    parts = [
        facts[table].filter((pl.col(day) <= last_day) & pl.col("source_sha256").is_in(sha))
        .filter(pl.lit(table != "sales_line") | (pl.col(kind) != "delivery"))
        .select("customer_code", *place, table=pl.lit(table), document=number, since=day, amount=amount)
        for table, number, day, kind, amount in (
            ("sales_line", "document_no", "document_date", "document_kind", pl.col("gross_amount")),
            ("receipt", "receipt_no", "received_on", "receipt_no", -pl.col("amount")),
            ("adjustment", "adjustment_no", "dated_on", "adjustment_no", pl.col("amount")),
        )
    ]  # fmt: skip
    return pl.concat(parts)


def hygiene(findings: pl.DataFrame, faults: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """C7: each finding, as old as the row that it stands on."""
    rows = findings.filter(pl.col("control") == "C7")
    at = ["source_file", "source_sheet", "source_row"]
    files = rows["source_file"].unique().implode()
    days = [faults.filter(pl.col("source_file").is_in(files)).select(*at, since="business_date")]
    for contract in CONTRACTS.values():
        if contract.dated and not contract.versioned and contract.name in facts.delivered:
            rows_there = facts[contract.name].filter(pl.col("source_file").is_in(files))
            days.append(rows_there.select(*at, since=pl.col(contract.dated).cast(pl.Date)))
    known = pl.concat(days).filter(pl.col("since").is_not_null()).group_by(at).agg(pl.col("since").min())
    # A count below zero is no money.
    amount = pl.when(pl.col("rule") != "negative_stock").then("amount")
    dated = rows.with_columns(pl.col("source_row").cast(pl.Int64), amount=amount).join(known, on=at, how="left", maintain_order="left")
    first = pl.col("subject").str.split(" ").list.first()
    table = pl.when(first.is_in(list(CONTRACTS))).then(first).otherwise(pl.lit(""))
    numbers = pl.when(pl.col("rule") == "numbering_gap").then("expected").otherwise("subject")  # the missing ones, not what they begin with
    return _items(dated.with_columns(kind=pl.lit("finding"), table=table, document=numbers), control="C7", statement="documents")


def crossing(documents: pl.DataFrame) -> pl.DataFrame:
    """C12: the documents of the bridge, signed as it moves them, and beside it what was shipped before and is not invoiced.

    One whose other day is known is explained; one that was not shipped, or not invoiced, is open.
    """
    outstanding = pl.col("flow") == "outstanding"
    missing = pl.col("invoiced_on").is_null() | pl.col("shipped_on").is_null()
    rows = documents.with_columns(
        kind=pl.when(outstanding).then(pl.lit("outstanding")).otherwise(pl.lit("crossing")),
        rule=pl.when(~outstanding).then("flow").when(missing).then(pl.lit("not_invoiced")).otherwise(pl.lit("invoiced_later")),
        statement=pl.when(outstanding).then(pl.lit("delivered_not_invoiced")).otherwise(pl.lit("cut_off_bridge")),
        subject="region_code",
        table=pl.lit("sales_line"),
        document="document_no",
        amount=pl.col("amount") * pl.col("flow").replace_strict(FLOWS, default=1, return_dtype=pl.Int64),
        since=pl.min_horizontal("invoiced_on", "shipped_on"),
        state=pl.when(missing).then(pl.lit("open")).otherwise(pl.lit("explained")),
    )
    return _items(rows, control="C12")


def _left_over(ties: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Of each tie-out that does not tie, what no listed item explains; one within tolerance explains itself."""
    of = ["control", "statement", "subject"]
    apart = ties.filter((pl.col("status") != "tied") & (pl.col("measure") == "amount"))
    sums = listed.filter(pl.col("statement").is_in(EXPLAINING)).group_by(of).agg(told=pl.col("amount").sum())
    tolerated = pl.col("status") == "within_tolerance"
    rows = (
        apart.join(sums, on=of, how="left", maintain_order="left")
        .with_columns(
            amount=pl.col("difference") - pl.col("told").fill_null(0),
            kind=pl.when(tolerated).then(pl.lit("within_tolerance")).otherwise(pl.lit("unexplained")),
            state=pl.when(tolerated).then(pl.lit("explained")).otherwise(pl.lit("open")),
        )
        .filter(pl.col("amount") != 0)
    )  # fmt: skip
    return _items(rows.select(*of, "amount", "kind", "state"))


def _items(rows: pl.DataFrame, **same: str) -> pl.DataFrame:
    """``rows`` as items: what they do not say is empty, and open."""
    named = rows.with_columns(**{name: pl.lit(value) for name, value in same.items()})
    values = []
    for name, dtype in _FREE.items():
        if name in named.columns:
            value = pl.col(name)
        elif name == "rows":
            value = pl.lit(1)
        else:
            value = pl.lit("open") if name == "state" else pl.lit(None)
        value = value.cast(dtype)
        if TIE_OUT_ITEM.column(name).required:
            value = value.fill_null("" if dtype == pl.String else 0)
        values.append(value.alias(name))
    return named.select(values)
