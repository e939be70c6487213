"""Do the facts agree with the general ledger (C3), the pages with the facts (C4), the causes with the variance?

Differences are shown to the fen and nothing is forced. C3 is a finding, C4 and the arithmetic are invariants.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.policy import Controls
from pipelines.contracts.model import Kind
from pipelines.controls.results import Result, found, nothing, reports_of, tied
from pipelines.money import scaled
from pipelines.quality.judge import value_text
from pipelines.sources.facts import Facts

_REACH = {
    "revenue": ("sales_line",),
    "receivables": ("sales_line", "receipt"),
    "receipts": ("receipt",),
    "expenses": ("expense",),
}
_CAUSES = ("price", "volume", "mix", "new", "discontinued", "other")


def fact_totals(facts: Facts, period: Period, as_of: date) -> dict[str, int]:
    """The company's totals of ``period`` to ``as_of``, summed straight from the facts: what reports are held against.

    ``net_amount, gross_amount, margin`` (sales less red slips, deliveries never), ``receipts``, ``expenses``. ``margin`` is
    absent where a line has no cost.
    """

    def within(table: str, day: str) -> pl.DataFrame:
        return facts[table].filter(pl.col(day).is_between(period.start, min(as_of, period.end)))

    sales = within("sales_line", "document_date").filter(pl.col("document_kind") != "delivery")
    totals = {
        "net_amount": int(sales["net_amount"].sum()),
        "gross_amount": int(sales["gross_amount"].sum()),
        "receipts": int(within("receipt", "received_on")["amount"].sum()),
        "expenses": int(within("expense", "spent_on")["amount"].sum()),
    }
    if sales["cost_amount"].null_count() == 0:
        totals["margin"] = totals["net_amount"] - int(sales["cost_amount"].sum())
    return totals


def facts_to_ledger(facts: Facts, policy: Controls, period: Period, as_of: date, receivables: int | None = None) -> Result:
    """C3: revenue, receipts, expenses and receivables against ``ledger_control``, each account that the ledger gives.

    ``receivables`` is the closing balance of M3; without it that account is not compared. A period that is still open is not
    compared at all.
    """
    if as_of < period.end or not facts.has("ledger_control"):
        return nothing()
    totals = fact_totals(facts, period, as_of)
    ours: dict[str, int | None] = {
        "revenue": totals["net_amount"],
        "receipts": totals["receipts"],
        "expenses": totals["expenses"],
        "receivables": receivables,
    }
    known = {account: amount for account, amount in ours.items() if amount is not None}
    mine = pl.DataFrame(
        {"account": list(known), "left_amount": list(known.values())}, schema={"account": pl.String, "left_amount": pl.Int64}
    )
    ledger = facts["ledger_control"].filter(pl.col("period") == period.key)
    if ledger.is_empty():
        rows = mine.filter(pl.col("account") == "revenue").select(
            subject="account", rule=pl.lit("ledger_not_given"), found=value_text(pl.col("left_amount"), Kind.MONEY)
        )
        return nothing()[0], found(rows, period=period.key, control="C3", policy=policy, severity="info")
    both = ledger.join(mine, on="account", how="inner").with_columns(
        subject="account",
        right_amount="amount",
        reports=pl.col("account").replace_strict(
            {account: ",".join(reports_of(*tables)) for account, tables in _REACH.items()}, return_dtype=pl.String
        ),
    )
    ties = tied(
        both, period=period.key, control="C3", statement="ledger", left="facts", right="general_ledger",
        reports=pl.col("reports"), invariant=False, tolerance=scaled(str(policy.tolerance)),
    )  # fmt: skip
    differing = both.with_columns(amount=pl.col("left_amount") - pl.col("right_amount")).filter(
        pl.col("amount").abs() > scaled(str(policy.tolerance))
    )
    findings = found(
        differing.with_columns(
            found=value_text(pl.col("left_amount"), Kind.MONEY), expected=value_text(pl.col("right_amount"), Kind.MONEY)
        ).drop("period"),
        period=period.key, control="C3", policy=policy, rule="ledger_differs",
    )  # fmt: skip
    return ties, findings


def facts_to_reports(period: str, printed: pl.DataFrame, totals: Mapping[str, int]) -> Result:
    """C4: every total that a report prints (``report, name, amount``) is the fact total called ``name``.

    Raises ``KeyError`` for a name that ``totals`` does not have: a figure that nothing is held against is a mistake of ours.
    """
    if unknown := sorted(set(printed["name"]) - set(totals)):
        raise KeyError(f"no fact total for {unknown}; there are {sorted(totals)}")
    known = pl.DataFrame(
        {"name": list(totals), "right_amount": list(totals.values())}, schema={"name": pl.String, "right_amount": pl.Int64}
    )
    rows = printed.join(known, on="name", how="left", maintain_order="left").with_columns(
        subject=pl.concat_str("report", "name", separator=" "), left_amount="amount"
    )
    ties = tied(
        rows, period=period, control="C4", statement="printed_total", left="printed", right="facts", reports=pl.col("report")
    )
    return ties, nothing()[1]


def causes_add_up(period: str, causes: pl.DataFrame) -> Result:
    """M1: price + volume + mix + new + discontinued + other = variance, in all and on every row.

    ``causes`` is the mart ``variance_causes`` or its leaves. One tie-out for each base and span, and one for each row that
    does not add up, so that two wrongs never make a right.
    """
    dimensions = [name for name in ("unit", "cut", "key", "key2", "department", "region_code", "employee_code", "customer_code",
                                    "product_line", "product_code") if name in causes.columns]  # fmt: skip
    rows = causes.with_columns(left_amount=pl.sum_horizontal(_CAUSES), right_amount="variance")
    whole = rows.group_by("base", "span").agg(pl.col("left_amount", "right_amount").sum())
    apart = rows.filter(pl.col("left_amount") != pl.col("right_amount"))
    place = "leaf" if "cut" not in causes.columns else "cut"
    both = pl.concat(
        [
            whole.select("left_amount", "right_amount", subject=pl.concat_str(pl.lit(place), "base", "span", separator=" ")),
            apart.select("left_amount", "right_amount", subject=pl.concat_str("base", "span", *dimensions, separator=" ")),
        ]
    ).sort("subject")
    ties = tied(
        both, period=period, control="M1", statement="causes_add_up", left="sum_of_causes", right="variance",
        reports=",".join(("R4", "R10", "R13")),
    )  # fmt: skip
    return ties, nothing()[1]
