"""Document hygiene (C7): duplicates, gaps in numbering, dates outside the period, red slips without origin, negative stock; and what
was delivered and read, but no figure can use.

Findings only: nothing here stops a report. How severe each is, and whose, is policy (``C7`` or ``C7.numbering_gap``).
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.company.covers import periods_of
from pipelines.contracts import CONTRACTS
from pipelines.controls.results import Result, combine, found, nothing, reports_of
from pipelines.errors import UnknownPeriod
from pipelines.metrics.plan_actual import DIMENSIONS, plans_of
from pipelines.metrics.receivables import unreadable_terms
from pipelines.quality.judge import value_text
from pipelines.sources.facts import Facts

NUMBERED = {
    "sales_line": ("document_no", "document_date"),
    "receipt": ("receipt_no", "received_on"),
    "adjustment": ("adjustment_no", "dated_on"),
}
"""Tables whose documents are numbered, with number and day."""

_RANGES_SHOWN = 20
_DATE_CODES = ("%Y%m%d", "%y%m%d", "%Y%m", "%y%m")
_WHERE = ("source_file", "source_sheet", "source_row")


def document_hygiene(
    facts: Facts, company: Company, period: Period, as_of: date, faults: pl.DataFrame, files: pl.DataFrame
) -> Result:
    """All of C7 for ``period``. ``faults`` are those of all live files, ``files`` the ledger's frame."""
    parts = [
        duplicates(faults, company, period),
        negative_stock(faults, company, period),
        slips_without_origin(facts, company, period, as_of, faults),
        dates_outside(facts, company, period, files),
        plans_not_used(facts, company, period),
        terms_not_used(facts, company, period, as_of),
        *(numbering_gaps(facts, company, period, as_of, faults, table) for table in NUMBERED),
    ]
    return combine((nothing()[0], part) for part in parts)


def duplicates(faults: pl.DataFrame, company: Company, period: Period) -> pl.DataFrame:
    """Rows that share a key with a different one: each is listed with its place; none was loaded."""
    rows = _of_period(faults, period).filter(pl.col("rule") == "duplicate_key")
    return _found(rows.with_columns(subject=pl.concat_str("table", pl.lit(" "), "found")), company, period)


def negative_stock(faults: pl.DataFrame, company: Company, period: Period) -> pl.DataFrame:
    """Counts below zero, in the company's warehouses (listed and loaded) and at dealers (refused)."""
    rows = _of_period(faults, period).filter(pl.col("rule") == "stock_not_negative")
    named = rows.with_columns(rule=pl.lit("negative_stock"), subject=pl.concat_str("table", pl.lit(" "), _key_text()))
    return _found(named, company, period)


def slips_without_origin(facts: Facts, company: Company, period: Period, as_of: date, faults: pl.DataFrame) -> pl.DataFrame:
    """Red slips of the period that name no document, or one that was never delivered; one finding a slip.

    Known are documents up to ``as_of``, opening receivables, and documents in quarantine: those were delivered.
    """
    sales = facts["sales_line"].filter(pl.col("document_date") <= as_of)
    known = pl.concat(
        [
            sales.filter(pl.col("document_kind") != "red_slip")["document_no"],
            facts["opening_receivable"]["document_no"],
            faults.filter(pl.col("table") == "sales_line")["document"].drop_nulls(),
        ]
    ).unique()
    origin = pl.col("origin_document_no").fill_null("")
    slips = (
        sales.filter((pl.col("document_kind") == "red_slip") & (pl.col("document_date") >= period.start))
        .filter((origin == "") | ~origin.is_in(known.implode()))
        .sort("document_no", "source_row")
        .group_by("document_no", maintain_order=True)
        .agg(pl.col("net_amount").sum(), pl.col(*_WHERE, "origin_document_no").first())
    )
    missing = origin == ""
    rows = slips.with_columns(
        rule=pl.when(missing).then(pl.lit("slip_without_origin")).otherwise(pl.lit("slip_origin_unknown")),
        subject="document_no",
        found=origin,
        amount="net_amount",
        table=pl.lit("sales_line"),
    )
    return _found(rows, company, period)


def dates_outside(facts: Facts, company: Company, period: Period, files: pl.DataFrame) -> pl.DataFrame:
    """Loaded rows of the period's files that are dated outside what their file covers, and rows of the period in other files.

    Only files whose layout reads a cover (a day, week, half-month or period) promise a span; a state or a history does not.
    """
    live = files.filter(pl.col("status") == "live", pl.col("cover").is_not_null())
    found_rows = [nothing()[1]]
    for file in live.sort("source_file", "layout").iter_rows(named=True):
        layout = company.layouts.get(file["layout"])
        contract = CONTRACTS.get(file["table"] or "")
        if (
            layout is None
            or contract is None
            or contract.dated is None
            or contract.versioned
            or layout.cover.span in ("state", "any")
        ):
            continue
        span = cover_span(company.calendar, file["cover"])
        if span is None:
            continue
        day = pl.col(contract.dated)
        touched = (day.is_between(period.start, period.end)) | pl.lit(span[0] <= period.end and span[1] >= period.start)
        rows = facts[contract.name].filter((pl.col("source_sha256") == file["source_sha256"]) & ~day.is_between(*span) & touched)
        if rows.is_empty():
            continue
        named = rows.with_columns(
            table=pl.lit(contract.name),
            rule=pl.lit("date_outside_period"),
            subject=pl.concat_str(
                *(value_text(pl.col(name), contract.column(name).kind) for name in contract.grain), separator=" / "
            ),
            found=day.cast(pl.String),
            expected=pl.lit(f"{span[0]} – {span[1]}"),
            amount=pl.col(contract.amount) if contract.amount else pl.lit(None, pl.Int64),
        )
        found_rows.append(_found(named, company, period))
    return pl.concat(found_rows)


def plans_not_used(facts: Facts, company: Company, period: Period) -> pl.DataFrame:
    """Plan rows that are for no period of the calendar, and quantities of this one whose unit cannot be told; one finding a row."""
    rows = plans_of(facts, company).unread()
    elsewhere = [key for key in rows["period"].unique() if (spans := periods_of(key, company.calendar)) and period not in spans]
    stated = (pl.when(pl.col(name) != "all").then(pl.col(name)) for name in DIMENSIONS)
    named = rows.filter(~pl.col("period").is_in(elsewhere)).with_columns(
        table=pl.lit("plan"),
        rule=pl.when(pl.col("reason") == "unit").then(pl.lit("plan_without_unit")).otherwise(pl.lit("plan_of_no_period")),
        subject=pl.concat_str(pl.lit("plan"), "period", "measure", *stated, separator=" ", ignore_nulls=True),
        found="period",
    )
    return _found(named, company, period)


def terms_not_used(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Payment terms that cannot be read, of customers as they stand up to ``as_of``; the policy's default counts instead."""
    rows = unreadable_terms(facts).filter(pl.col("valid_from") <= as_of)
    named = rows.with_columns(
        table=pl.lit("customer"), rule=pl.lit("terms_not_readable"), subject="customer_code", found="payment_terms",
        expected=pl.lit(company.policy.receivables.default_terms),
    )  # fmt: skip
    return _found(named, company, period)


def cover_span(calendar: Calendar, cover: str) -> tuple[date, date] | None:
    """First and last day of a cover key: ``2026-10``, ``2026-10-31``, ``2026-W41``, ``2026-10-H1``; None for anything else.

    >>> from pipelines.company.calendar import CalendarFile
    >>> [str(day) for day in cover_span(Calendar(CalendarFile()), "2026-10-H2")]
    ['2026-10-16', '2026-10-31']
    """
    try:
        found_period = calendar.period(cover)
        return found_period.start, found_period.end
    except UnknownPeriod:
        pass
    try:
        if "-W" in cover:
            year, week = cover.split("-W")
            monday = date.fromisocalendar(int(year), int(week), 1)
            first = monday - timedelta(days={"monday": 0, "sunday": 1, "saturday": 2}[calendar.file.week_start])
            return first, first + timedelta(days=6)
        if "-H" in cover:
            month = date.fromisoformat(cover[:7] + "-01")
            last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
            return (month, month.replace(day=15)) if cover.endswith("H1") else (month.replace(day=16), last)
        day = date.fromisoformat(cover)
    except ValueError:
        return None
    return day, day


def numbering_gaps(facts: Facts, company: Company, period: Period, as_of: date, faults: pl.DataFrame, table: str) -> pl.DataFrame:
    """Missing numbers of each series whose next number is dated in ``period``; one finding a series.

    A series is what stands before the running digits, a date code among them included (``XS202610-`` of
    ``XS202610-00123``, ``XS202610`` of ``XS20261000123``). Documents in quarantine were delivered: their numbers are there,
    and those of another kind in the same series. Where more numbers are missing than there are, the series is shared with
    something else and is only named.
    """
    number, day = NUMBERED[table]
    there = facts[table].select(no=number, day=day)
    kept_out = faults.filter((pl.col("table") == table) & pl.col("document").is_not_null()).select(
        no="document", day="business_date"
    )
    documents = (
        pl.concat([there, kept_out])
        .filter(pl.col("day").is_null() | (pl.col("day") <= as_of))
        .group_by("no")
        .agg(pl.col("day").min())
        .with_columns(pl.col("no").str.extract_groups(r"^(?<prefix>.*?)(?<digits>\d{1,18})$").alias("_"))
        .unnest("_")
        .drop_nulls("digits")
    )
    coded = pl.lit("")
    for code in reversed(_DATE_CODES):
        text = pl.col("day").dt.strftime(code)
        longer = pl.col("digits").str.len_chars() >= text.str.len_chars() + 3
        coded = pl.when((pl.col("digits").str.starts_with(text) & longer).fill_null(False)).then(text).otherwise(coded)
    series = (
        documents.with_columns(_code=coded)
        .with_columns(prefix=pl.concat_str("prefix", "_code"), digits=pl.col("digits").str.slice(pl.col("_code").str.len_chars()))
        .with_columns(value=pl.col("digits").cast(pl.Int64))
        .unique(["prefix", "value"])
        .sort("prefix", "value")
        .with_columns(before=pl.col("value").shift().over("prefix"), width=pl.col("digits").str.len_chars())
        .with_columns(missing=(pl.col("value") - pl.col("before") - 1).fill_null(0))
    )
    here = pl.col("day").is_between(period.start, period.end)
    width = pl.col("width")
    low = pl.concat_str("prefix", (pl.col("before") + 1).cast(pl.String).str.zfill(width))
    high = pl.concat_str("prefix", (pl.col("value") - 1).cast(pl.String).str.zfill(width))
    gaps = (
        series.with_columns(
            sparse=pl.col("missing").sum().over("prefix") > pl.len().over("prefix"), present=pl.len().over("prefix")
        )
        .filter((pl.col("missing") > 0) & here)
        .with_columns(range=pl.when(pl.col("missing") == 1).then(low).otherwise(pl.concat_str(low, high, separator=" – ")))
        .group_by("prefix", "sparse", "present", maintain_order=True)
        .agg(pl.col("missing").sum(), pl.col("range"), ranges=pl.len())
    )
    shown = pl.col("range").list.head(_RANGES_SHOWN).list.join(", ")
    more = pl.when(pl.col("ranges") > _RANGES_SHOWN).then(pl.lit(" …")).otherwise(pl.lit(""))
    rows = gaps.with_columns(
        table=pl.lit(table),
        rule=pl.when("sparse").then(pl.lit("numbering_not_consecutive")).otherwise(pl.lit("numbering_gap")),
        subject=pl.concat_str(pl.lit(f"{table} "), "prefix"),
        found=pl.col("missing").cast(pl.String),
        expected=pl.when("sparse").then(pl.col("present").cast(pl.String)).otherwise(pl.concat_str(shown, more)),
    )
    sparse = _found(rows.filter("sparse").with_columns(severity=pl.lit("info")), company, period)
    return pl.concat([_found(rows.filter(~pl.col("sparse")), company, period), sparse])


def _of_period(faults: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Faults dated in the period; one without a readable day is of every period in which its file is live."""
    day = pl.col("business_date")
    return faults.filter(day.is_null() | day.is_between(period.start, period.end)).drop("severity")


def _key_text() -> pl.Expr:
    """Which count a fault of stock speaks of, from what was delivered."""
    keys = ("dealer_code", "warehouse", "product_code", "stage")
    return pl.concat_str(
        *(pl.col("delivered").str.json_path_match(f"$.{name}") for name in keys), separator=" / ", ignore_nulls=True
    )


def _found(rows: pl.DataFrame, company: Company, period: Period) -> pl.DataFrame:
    tables = rows["table"].unique().to_list()
    reports = pl.col("table").replace_strict(
        {name: ",".join(reports_of(name)) for name in tables} or {"": ""}, default="", return_dtype=pl.String
    )
    policy = company.policy.controls
    return found(rows.drop("period", strict=False).with_columns(reports=reports), period=period.key, control="C7", policy=policy)
