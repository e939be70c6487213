"""Who is credited with which document (M7): receipts, sales, margins, what was collected of them, and what is taken back.

One line a document and person. Credit that several share is divided here, exactly; what is paid on it is ``commission``'s and
``pay``'s. A receipt belongs to its salesperson on the day received (``facts``), a red slip or bad debt to the one that its document
belongs to on the day of the slip or write-off.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.pay import Base, Commission
from pipelines.metrics.plan_actual import organised
from pipelines.metrics.receivables import books, gross
from pipelines.money import E8, allocate_expr, mul_div
from pipelines.sources.facts import Facts

LINES = pl.Schema(
    {
        "in_period": pl.String(), "employee_code": pl.String(), "kind": pl.String(), "document_no": pl.String(), "dated_on": pl.Date(),
        "customer_code": pl.String(), "region_code": pl.String(), "whole": pl.Int64(), "split_no": pl.String(), "share": pl.Int64(),
        "achieved": pl.Int64(), "amount": pl.Int64(), "owner_code": pl.String(),
        "source_file": pl.String(), "source_sheet": pl.String(), "source_row": pl.Int64(),
    }
)  # fmt: skip
"""``achieved`` counts for the plan, ``amount`` is what is paid on; ``share`` in hundred-millionths. ``whole``: the document's amount.

``owner_code``: whose the document is before credit is shared.
"""

KEY = ("employee_code", "kind", "document_no", "customer_code", "dated_on", "split_no", "region_code")
"""What tells the lines of one month apart."""

_PLACE = ("source_file", "source_sheet", "source_row")
_ROWS = [*(name for name in LINES if name not in ("split_no", "share", "owner_code")), "origin"]


class Scheme(NamedTuple):
    """What of a commission's rules decides which documents count."""

    base: Base
    collected: bool
    clawback: tuple[str, ...]

    @classmethod
    def of(cls, terms: Commission) -> Scheme:
        """The scheme of a plan's commission."""
        return cls(terms.base, terms.collected, tuple(sorted(terms.clawback)))


def credited(facts: Facts, company: Company, scheme: Scheme, periods: Sequence[Period], as_of: date) -> pl.DataFrame:
    """The lines of ``periods`` dated up to ``as_of`` (:data:`LINES`), nobody's with ``employee_code`` null, sorted by period and key."""
    keys = [period.key for period in periods]
    if scheme.base == "receipts":
        rows = pl.concat([_receipts(facts, keys, as_of), *_taken_back(facts, scheme, keys, as_of)])
    else:
        sales = _sales(facts, scheme, keys, as_of)
        parts = [sales, *_taken_back(facts, scheme, keys, as_of)]
        if scheme.collected:
            parts = [sales.with_columns(amount=pl.lit(0, pl.Int64)), _collected(facts, company, scheme, periods, as_of)]
        rows = pl.concat(parts)
    lines = _divided(rows.filter((pl.col("achieved") != 0) | (pl.col("amount") != 0)), facts["credit_split"])
    return lines.select(pl.col(name).cast(dtype) for name, dtype in LINES.items()).sort("in_period", *KEY, nulls_last=True)


def _receipts(facts: Facts, keys: Sequence[str], as_of: date) -> pl.DataFrame:
    rows = facts["receipt"].filter(pl.col("period").is_in(list(keys)), pl.col("received_on") <= as_of)
    back = pl.col("amount") < 0
    return rows.select(
        "employee_code", "customer_code", "region_code", *_PLACE, "amount", in_period="period", document_no="receipt_no",
        kind=pl.when(back).then(pl.lit("bounced")).otherwise(pl.lit("receipt")), dated_on="received_on", whole="amount", achieved="amount",
        origin=pl.when(back).then("reverses_receipt_no"),
    ).select(_ROWS)  # fmt: skip


def _documents(facts: Facts, keys: Sequence[str], as_of: date, kinds: Sequence[str], value: pl.Expr) -> pl.DataFrame:
    """Sales lines by document and salesperson: ``whole, achieved, amount`` are the sum of ``value``; lines without one are left out."""
    rows = facts["sales_line"].lazy().filter(
        pl.col("period").is_in(list(keys)), pl.col("document_kind").is_in(list(kinds)), pl.col("document_date") <= as_of
    )
    by = ["period", "employee_code", "document_kind", "document_no", "document_date", "customer_code", "region_code"]
    found = (
        rows.with_columns(_value=value).filter(pl.col("_value").is_not_null())
        .group_by(by).agg(whole=pl.col("_value").sum(), origin=pl.col("origin_document_no").min(),
                           **{name: pl.col(name).sort_by(_PLACE).first() for name in _PLACE})
        .collect(engine="streaming")
    )  # fmt: skip
    return found.with_columns(
        in_period="period", kind="document_kind", dated_on="document_date", achieved="whole", amount="whole"
    ).select(_ROWS)  # fmt: skip


def _value(base: Base) -> pl.Expr:
    return pl.col("net_amount") if base == "sales" else pl.col("net_amount") - pl.col("cost_amount")


def _sales(facts: Facts, scheme: Scheme, keys: Sequence[str], as_of: date) -> pl.DataFrame:
    """Invoices and red slips. Slips always count for the plan; they are paid on where the plan claws them back."""
    rows = _documents(facts, keys, as_of, ("invoice", "red_slip"), _value(scheme.base))
    if "red_slip" in scheme.clawback:
        return rows
    return rows.with_columns(amount=pl.when(pl.col("kind") == "red_slip").then(0).otherwise("amount"))


def _taken_back(facts: Facts, scheme: Scheme, keys: Sequence[str], as_of: date) -> list[pl.DataFrame]:
    """Red slips of a plan on receipts, gross, and bad debts written off; neither counts for the plan."""
    none = pl.lit(0, pl.Int64)
    found = []
    if "red_slip" in scheme.clawback and scheme.base == "receipts":
        found.append(_documents(facts, keys, as_of, ("red_slip",), gross()).with_columns(achieved=none))
    if "write_off" in scheme.clawback:
        rows = facts["adjustment"].filter(
            pl.col("period").is_in(list(keys)), pl.col("dated_on") <= as_of, pl.col("kind") == "write_off"
        )
        rows = organised(facts, rows.with_columns(day="dated_on", in_period="period", whole="amount", origin="document_no"))
        if scheme.base != "receipts":
            rows = _as_base(facts, scheme.base, rows)
        found.append(rows.with_columns(document_no="adjustment_no", kind=pl.lit("write_off"), achieved=none).select(_ROWS))
    return found


def _as_base(facts: Facts, base: Base, rows: pl.DataFrame) -> pl.DataFrame:
    """Write-offs, which are gross, as the part of the net sale or margin of the document that they name; without one as they are."""
    lines = facts["sales_line"].filter(pl.col("document_kind") == "invoice", pl.col("document_no").is_in(rows["origin"].implode()))
    sums = lines.group_by("document_no").agg(_gross=gross().sum(), _base=_value(base).sum())
    joined = rows.join(sums, left_on="origin", right_on="document_no", how="left", maintain_order="left")
    part = mul_div(pl.col("amount"), pl.col("_base"), pl.col("_gross"))
    return joined.with_columns(amount=pl.coalesce(part, "amount")).drop("_gross", "_base")


def _collected(facts: Facts, company: Company, scheme: Scheme, periods: Sequence[Period], as_of: date) -> pl.DataFrame:
    """What was collected of each sale in each period, as a part of its net amount or margin; ``kind`` ``collected``.

    Collected is what receipts paid of the document (M3), never more than it owes after its red slips. A receipt that bounces, or
    credit that a slip releases, takes back what it had paid.
    """
    everything = [period.key for period in company.calendar.periods if period.start <= as_of]
    sales = _documents(facts, everything, as_of, ("invoice",), _value(scheme.base)).drop("in_period")
    lines = facts["sales_line"].filter(pl.col("document_kind").is_in(["invoice", "red_slip"]))
    owed = lines.group_by("customer_code", document_no=pl.coalesce(
        pl.when(pl.col("document_kind") == "red_slip").then("origin_document_no"), "document_no")
    )  # fmt: skip
    totals = lines.filter(pl.col("document_kind") == "invoice").group_by("customer_code", "document_no").agg(_gross=gross().sum())
    arranged = books(facts, company)
    parts, before = [], None
    days = [periods[0].start - timedelta(days=1), *(min(period.end, as_of) for period in periods)]
    for day, period in zip(days, [None, *periods], strict=True):
        state = arranged.state(day)
        paid = (
            state.applied.join(state.credits.filter(pl.col("kind") == "receipt").select("credit"), on="credit", how="semi")
            .group_by("item").agg(pl.col("amount").sum())
            .join(state.items.filter(pl.col("kind") == "invoice").select("item", "customer", "document_no"), on="item")
            .join(arranged.customers, on="customer").group_by("customer_code", "document_no").agg(_paid=pl.col("amount").sum())
        )  # fmt: skip
        left = owed.agg(_left=gross().filter(pl.col("document_date") <= day).sum())
        now = (
            sales.join(totals, on=["customer_code", "document_no"]).join(paid, on=["customer_code", "document_no"])
            .join(left, on=["customer_code", "document_no"], how="left")
            .with_columns(_so_far=mul_div(pl.col("whole"), pl.min_horizontal("_paid", pl.max_horizontal("_left", 0)), pl.col("_gross")))
            .select(*sales.columns, "_so_far")
        )  # fmt: skip
        if before is not None and period is not None:
            names = [name for name in sales.columns if name not in ("achieved", "amount")]
            change = now.join(before.select(*names, _was="_so_far"), on=names, how="full", coalesce=True, nulls_equal=True)
            change = change.with_columns(in_period=pl.lit(period.key), kind=pl.lit("collected"), achieved=pl.lit(0, pl.Int64))
            parts.append(change.with_columns(amount=pl.col("_so_far").fill_null(0) - pl.col("_was").fill_null(0)).select(_ROWS))
        before = now
    return pl.concat(parts)


def _divided(rows: pl.DataFrame, splits: pl.DataFrame) -> pl.DataFrame:
    """Shared credit divided: the split of the document, or of the one that it corrects, goes before the customer's; the last that began."""
    rows = rows.with_columns(owner_code="employee_code")
    if splits.is_empty():
        return rows.with_columns(split_no=pl.lit(None, pl.String), share=pl.lit(E8, pl.Int64))
    heads = splits.select("split_no", "customer_code", "document_no", "valid_from", "valid_until").unique().sort("valid_from", "split_no")
    rows = rows.with_row_index("_line")
    for name, on, key in (
        ("_own", "document_no", "document_no"), ("_origin", "origin", "document_no"), ("_customer", "customer_code", "customer_code")
    ):  # fmt: skip
        known = heads.filter(pl.col(key).is_not_null()).select(pl.col(key).alias("_key"), "valid_from", "valid_until", "split_no")
        known = known.rename({"split_no": name})
        rows = rows.sort("dated_on", "_line").join_asof(
            known, left_on="dated_on", right_on="valid_from", by_left=on, by_right="_key", strategy="backward", check_sortedness=False
        )
        over = (pl.col("valid_until") < pl.col("dated_on")).fill_null(value=False)
        rows = rows.with_columns(pl.when(~over).then(name).alias(name)).drop("valid_from", "valid_until", "_key", strict=False)
    rows = rows.with_columns(split_no=pl.coalesce("_own", "_origin", "_customer")).drop("_own", "_origin", "_customer")
    shares = splits.select("split_no", _with="employee_code", share="share").sort("split_no", "_with")
    joined = rows.join(shares, on="split_no", how="left", maintain_order="left_right").with_columns(pl.col("share").fill_null(E8))
    by = ["_line"]
    return joined.with_columns(
        employee_code=pl.coalesce("_with", "employee_code"),
        achieved=allocate_expr(pl.col("achieved"), pl.col("share"), by),
        amount=allocate_expr(pl.col("amount"), pl.col("share"), by),
    ).drop("_line", "_with")
