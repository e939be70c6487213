"""Nothing is lost on the way in: file to raw (C1) and raw to facts (C2).

Both are invariants. What a single row did wrong is a fault (``quality.judge``); whether the facts agree with the outside world
is asked in ``ledger``.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.policy import Controls
from pipelines.contracts import CONTRACTS, Contract, Kind
from pipelines.controls.results import REACH, Result, found, nothing, reports_of, tied
from pipelines.money import E4, scaled
from pipelines.quality.judge import value_text

_FILE = ["source_file", "source_sha256", "table"]
_PLACE = ["source_sha256", "source_sheet", "source_row", "source_column"]

READINGS = pl.Schema(
    {"source_file": pl.String, "source_sha256": pl.String, "layout": pl.String, "table": pl.String,
     "rows_delivered": pl.Int64, "rows_left_out": pl.Int64, "amount_delivered": pl.Int64}
)  # fmt: skip
"""What reading a file counted: rows of data, rows left out by ``keep`` and ``drop``, the sum of the others' readable amounts."""

TOTALS = pl.Schema(
    {"source_file": pl.String, "source_sha256": pl.String, "table": pl.String, "source_sheet": pl.String, "source_row": pl.Int64,
     "column": pl.String, "cell": pl.String, "stated": pl.Int64, "computed": pl.Int64, "unreadable": pl.Int64}
)  # fmt: skip
"""A file's own total rows: what they state, what their lines add up to, and how many of these lines cannot be read."""

_KIND = {"sales_line": "document_kind", "adjustment": "kind"}
"""Column that says the kind of document; other tables have one kind."""


def sums_by_file(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Rows and amount of staged or repeated rows by file: what ``file_to_raw`` adds up."""
    amount = pl.col(contract.amount).sum() if contract.amount else pl.lit(0)
    sums = frame.group_by("source_sha256").agg(rows=pl.len().cast(pl.Int64), amount=amount.cast(pl.Int64))
    return sums.with_columns(table=pl.lit(contract.name))


def rejected_by_file(faults: pl.DataFrame) -> pl.DataFrame:
    """Rejected rows, their readable amount and how many amounts cannot be read, by file and table."""
    return (
        faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))
        .group_by("source_sha256", "table")
        .agg(
            rows=pl.len().cast(pl.Int64),
            amount=pl.col("amount").sum(),
            unreadable=pl.col("amount_unreadable").sum().cast(pl.Int64),
        )
    )


def file_to_raw(
    period: str, policy: Controls, readings: pl.DataFrame, totals: pl.DataFrame, loaded: pl.DataFrame, faults: pl.DataFrame,
    repeated: pl.DataFrame,
) -> Result:  # fmt: skip
    """C1: rows and amounts of every file are loaded, rejected, repeated or left out; its own total rows equal its lines.

    ``readings`` is :data:`READINGS`, ``totals`` :data:`TOTALS`, both of live files; ``loaded`` and ``repeated`` are
    :func:`sums_by_file` of all tables, ``faults`` those of all files. A total row over lines that cannot all be read can not be
    checked: it is listed as a finding and holds nothing up. One that differs by up to the policy's tolerance (totals are often
    printed with fewer decimals) is listed as within it.
    """
    if readings.is_empty():
        return nothing()
    rejected = rejected_by_file(faults)
    sides = [part.select("source_sha256", "table", "rows", "amount") for part in (loaded, rejected, repeated)]
    there = pl.concat(sides).group_by("source_sha256", "table").agg(pl.col("rows", "amount").sum())
    files = (
        readings.group_by(_FILE)
        .agg(pl.col("rows_delivered", "rows_left_out", "amount_delivered").sum())
        .join(there, on=["source_sha256", "table"], how="left")
        .join(rejected.select("source_sha256", "table", "unreadable"), on=["source_sha256", "table"], how="left")
        .with_columns(
            subject=pl.concat_str("table", pl.lit(" "), "source_file", pl.lit(" "), pl.col("source_sha256").str.head(8)),
            reports=_reach(pl.col("table")),
        )
    )
    expected, there_ = pl.col("rows_delivered") - pl.col("rows_left_out"), pl.col("rows").fill_null(0)
    compared = (
        ("file_rows", "rows", expected * E4, there_ * E4),
        ("file_amount", "amount", pl.col("amount_delivered"), pl.col("amount")),
    )
    ties = [
        tied(
            files.with_columns(left_amount=left, right_amount=right), period=period, control="C1", statement=statement,
            left="delivered", right="loaded_rejected_repeated", reports=pl.col("reports"), measure=measure,
        )
        for statement, measure, left, right in compared
    ]  # fmt: skip
    counted = files.filter(pl.col("unreadable") > 0).with_columns(
        rule=pl.lit("amount_unreadable"), found=pl.col("unreadable").cast(pl.String), expected=pl.lit("")
    )
    short = files.filter(expected != there_).with_columns(
        rule=pl.lit("row_count_differs"),
        severity=pl.lit("error"),
        found=there_.cast(pl.String),
        expected=expected.cast(pl.String),
    )
    # Amounts of a file are no findings' amount: the columns stay out.
    findings = [found(part.drop("amount"), period=period, control="C1", policy=policy) for part in (counted, short)]
    own, unchecked = _own_totals(period, policy, totals)
    return pl.concat([*ties, own]), pl.concat([*findings, unchecked])


def _own_totals(period: str, policy: Controls, totals: pl.DataFrame) -> Result:
    place = pl.when(pl.col("source_sheet") == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("!"), "source_sheet"))
    rows = totals.with_columns(
        subject=pl.concat_str("table", pl.lit(" "), "source_file", place, pl.lit("!"), "source_row", pl.lit(" "), "column"),
        reports=_reach(pl.col("table")),
        left_amount="stated",
        right_amount="computed",
    )
    # Reading leaves either side empty where it could not read the total or add all lines up.
    unknown = pl.col("computed").is_null() | pl.col("stated").is_null()
    blind = unknown | (pl.col("unreadable").fill_null(0) > 0)
    # An ERP export that does not add up was cut short, and nothing made of it may go out. A person's slip in a sum of their own
    # is listed and sent back; the lines, which are checked one by one, stand.
    exported = pl.col("table").is_in([name for name, contract in CONTRACTS.items() if contract.origin == "erp"])
    ties = tied(
        rows.filter(~unknown), period=period, control="C1", statement="file_total", left="stated_in_file", right="sum_of_lines",
        reports=pl.col("reports"), invariant=~blind & exported, tolerance=scaled(str(policy.tolerance)),
    )  # fmt: skip
    apart, unread = pl.col("stated") - pl.col("computed"), pl.col("unreadable").fill_null(0)
    findings = found(
        rows.filter(unknown | (apart.abs() > scaled(str(policy.tolerance)))).with_columns(
            rule=pl.when(blind).then(pl.lit("total_not_checkable")).otherwise(pl.lit("total_row_differs")),
            found=pl.when(blind).then(unread.cast(pl.String)).otherwise(value_text(pl.col("stated"), Kind.MONEY)),
            expected=value_text(pl.when(blind).then("stated").otherwise("computed"), Kind.MONEY),
            amount=apart,
        ),
        period=period, control="C1", policy=policy,
    )  # fmt: skip
    return ties, findings


def sums_by_kind(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Rows and amount by kind of document and month; empty where a row does not say."""
    amount = pl.col(contract.amount).sum() if contract.amount else pl.lit(0)
    return (
        _by_kind(frame, contract).group_by("_kind", "_month").agg(rows=pl.len().cast(pl.Int64), amount=amount.cast(pl.Int64))
    )


def _by_kind(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    kind = pl.col(_KIND[contract.name]) if contract.name in _KIND else pl.lit("")
    month = pl.col(contract.dated).dt.strftime("%Y-%m") if contract.dated else pl.lit("")
    return frame.with_columns(_kind=kind.fill_null(""), _month=month.fill_null(""))


def dated_sums(frame: pl.DataFrame, contract: Contract, first: date, last: date) -> pl.DataFrame:
    """:func:`sums_by_kind` of the months from ``first`` to ``last`` and of rows without a readable day, with the first day of each."""
    day = pl.col(contract.dated).min().cast(pl.Date) if contract.dated else pl.lit(None, pl.Date)
    by = ["_kind", "_month"]
    since = _by_kind(frame, contract).group_by(by).agg(since=day)
    return sums_by_kind(frame, contract).filter(_in_months(first, last)).join(since, on=by, how="left").sort(by)


def quarantined_rows(contract: Contract, raw: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """The raw rows that were refused."""
    refused = faults.filter(
        (pl.col("table") == contract.name) & (pl.col("severity") == "error") & (pl.col("reason_no") == 1)
    ).select(_PLACE)
    return raw.join(refused.unique(), on=_PLACE, how="semi")


def _in_months(first: date, last: date) -> pl.Expr:
    return (pl.col("_month") == "") | pl.col("_month").is_between(pl.lit(f"{first:%Y-%m}"), pl.lit(f"{last:%Y-%m}"))


def raw_to_facts(
    period: str, contract: Contract, raw: pl.DataFrame, fact: pl.DataFrame, faults: pl.DataFrame, repeated: pl.DataFrame,
    first: date, last: date,
) -> Result:  # fmt: skip
    """C2: by kind of document and month, raw rows = facts + quarantined + repeated, in rows and in amount.

    ``raw`` holds every row that ``judge`` was given, ``repeated`` those of ``quality.judge.repeats``. Months from ``first`` to
    ``last`` are compared, and rows without a readable day.
    """
    by = ["_kind", "_month"]
    there = pl.concat([sums_by_kind(part, contract) for part in (fact, quarantined_rows(contract, raw, faults), repeated)])
    both = (
        sums_by_kind(raw, contract)
        .join(there.group_by(by).agg(pl.col("rows", "amount").sum()), on=by, how="full", coalesce=True)
        .with_columns(pl.col("rows", "amount", "rows_right", "amount_right").fill_null(0))
        .filter(_in_months(first, last))
        .with_columns(subject=pl.concat_str(pl.lit(contract.name), "_kind", "_month", separator=" "))
    )
    compared = (
        ("kind_month_amount", "amount", pl.col("amount"), pl.col("amount_right")),
        ("kind_month_rows", "rows", pl.col("rows") * E4, pl.col("rows_right") * E4),
    )
    ties = [
        tied(
            both.with_columns(left_amount=left, right_amount=right), period=period, control="C2", statement=statement,
            left="raw", right="facts_quarantined_repeated", reports=",".join(reports_of(contract.name)), measure=measure,
        )
        for statement, measure, left, right in compared
    ]  # fmt: skip
    return pl.concat(ties), nothing()[1]


def _reach(table: pl.Expr) -> pl.Expr:
    """Reports that a table touches, by column."""
    return table.replace_strict({name: ",".join(reports_of(name)) for name in REACH}, default="", return_dtype=pl.String)
