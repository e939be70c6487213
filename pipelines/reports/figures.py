"""Which printed figures are sums of lines: the number that each carries, its parts, and the lines with the cells that they came from.

Every figure is added up again from the lines and held against its mart; one that differs is an error, so that no page explains a
sum that was not printed. How an explanation looks is ``explained``'s business. Ratios and plans are no sums of lines and have none.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.errors import ClosebookError
from pipelines.metrics.plan_actual import CUTS, DIMENSIONS, PAIRS, carried, dimensions_of
from pipelines.reports.model import Message, say
from pipelines.sources.places import with_letter

SALES = ("net_amount", "gross_margin", "qty", "receipts")
OWED = ("balance", "open_amount", "overdue")
OWED_CUTS = ("company", "region_code", "customer_code")
FORMULAS: dict[str, Message] = {
    "net_amount": say("Sum of the net amounts of invoices and red slips"),
    "gross_margin": say("Sum of net amount less cost of invoices and red slips that have a cost"),
    "qty": say("Sum of the quantities of invoices and red slips in base units"),
    "receipts": say("Sum of the receipts, bounced ones negative"),
    "balance": say("Open items less advances"),
    "open_amount": say("Sum of what is open of every document"),
    "overdue": say("Sum of what is open of documents past their due day"),
}
"""How each measure is computed, in words."""

_SPANS = {"period": "actual", "year_to_date": "ytd_actual"}
_KEY = ("measure", "unit", "cut", "key", "key2")
_PLACED = ("source_file", "source_sha256", "source_sheet", "source_row", "source_column")
_LINE = ("kind", "on", "document_no", "line_no", *DIMENSIONS, "unit")


class FiguresApart(ClosebookError):
    """A figure is not the sum of the lines that would explain it."""


@dataclass(frozen=True)
class Figures:
    """The figures of a period and what they are made of.

    ``figures``: one row a figure: ``number, span`` (``period``, ``year_to_date`` or ``end``)``, measure, unit, cut, key, key2, label,
    label2, amount``. ``parts``: sums by customer of figures of the period and of its end. ``months``: sums by ``in_period`` of figures
    to date. ``lines``: every line once: ``kind`` (``sale receipt open_item advance``), the day, the document, its dimensions, an amount
    a measure (null: it is no part of it) and ``place``, the cell of the amount, with ``qty_place, cost_place`` of the same row.
    """

    period: str
    figures: pl.DataFrame
    parts: pl.DataFrame
    months: pl.DataFrame
    lines: pl.DataFrame

    @property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        frames = (self.figures, self.parts, self.months, self.lines)
        return hashlib.sha256("".join([self.period, *(frame.write_csv() for frame in frames)]).encode()).hexdigest()


def number(period: str, span: str, measure: str, unit: str, cut: str, key: str, key2: str) -> str:
    """The number that a figure carries wherever it is printed: the same figure, the same number, whatever its amount.

    >>> number("2026-10", "period", "net_amount", "", "company", "all", "")
    'N-SRJT5QQH'
    """
    said = "\n".join((period, span, measure, unit, cut, key, key2))
    return "N-" + base64.b32encode(hashlib.blake2b(said.encode(), digest_size=5).digest()).decode()


def figures_of(
    facts: Mapping[str, pl.DataFrame], marts: Mapping[str, pl.DataFrame], files: pl.DataFrame, letters: pl.DataFrame,
    period: Period, year: tuple[Period, ...], as_of: date,
) -> Figures:
    """The figures of ``period`` on ``as_of``; ``year`` are the periods of its year up to it.

    Raises ``FiguresApart`` where a mart's figure is not the sum of its lines, and where two figures would carry one number.
    """
    to_date = _sold(facts, [one.key for one in year], as_of)
    owed = _owed(facts, marts, files)
    lines = pl.concat([to_date.filter(pl.col("in_period") == period.key), owed], how="diagonal")
    sales = marts["plan_actual"].filter(pl.col("measure").is_in(SALES))
    long, long_year = _long(lines), _long(to_date)
    figures, parts, months = [], [], []
    for cut in (*CUTS, *PAIRS):
        dims = dimensions_of(cut)
        stated = sales.filter(pl.col("cut") == cut)
        taken = [name for name in SALES if set(dims) <= set(carried(name))]
        here, year_here = _keyed(long, cut, dims, taken), _keyed(long_year, cut, dims, taken)
        for span, column in _SPANS.items():
            found = stated.select(*_KEY, "label", "label2", pl.lit(span).alias("span"), pl.col(column).alias("amount"))
            _agree(found, here if span == "period" else year_here, period.key)
            figures.append(found)
        parts.append(here.group_by(*_KEY, "customer_code").agg(pl.col("amount").sum()))
        months.append(year_here.group_by(*_KEY, "in_period").agg(pl.col("amount").sum()))
        if cut in OWED_CUTS and owed.height:
            here = _keyed(long, cut, dims, OWED)
            found = _stated_owed(marts, cut, dims)
            _agree(found, here, period.key)
            figures.append(found)
            parts.append(here.group_by(*_KEY, "customer_code").agg(pl.col("amount").sum()))
    every = pl.concat(figures, how="diagonal").with_columns(pl.col("key2", "label", "label2").fill_null(""))
    numbers = [number(period.key, *row) for row in every.select("span", *_KEY).iter_rows()]
    every = every.with_columns(number=pl.Series(numbers, dtype=pl.String)).sort("cut", "key", "key2", "span", "measure", "unit")
    if every["number"].n_unique() != every.height:
        raise FiguresApart(f"{period.key}: two figures carry the same number. Report it: the number has to be made longer.")
    placed = _places(lines.drop("in_period"), files, letters)
    return Figures(
        period.key, every.select("number", "span", *_KEY, "label", "label2", "amount"), pl.concat(parts).sort(*_KEY, "customer_code"),
        pl.concat(months).sort(*_KEY, "in_period"),
        placed.sort("customer_code", "kind", "product_code", "on", "document_no", "line_no", "place", maintain_order=True),
    )  # fmt: skip


# --- lines ------------------------------------------------------------------------------------------------------------


def _sold(facts: Mapping[str, pl.DataFrame], periods: list[str], as_of: date) -> pl.DataFrame:
    """Sales lines and receipts of ``periods`` up to ``as_of``, as the measures count them."""
    sales = facts["sales_line"].filter(
        pl.col("period").is_in(periods), pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of
    )
    receipts = facts["receipt"].filter(pl.col("period").is_in(periods), pl.col("received_on") <= as_of)
    people = [pl.col(name).fill_null("") for name in DIMENSIONS]
    sold = sales.select(
        pl.lit("sale").alias("kind"), pl.col("document_date").alias("on"), "document_no", pl.col("line_no").cast(pl.String), *people,
        pl.col("base_unit").fill_null("").alias("unit"), pl.col("period").alias("in_period"), *_PLACED, "net_amount",
        gross_margin=pl.col("net_amount") - pl.col("cost_amount"), qty=pl.col("base_qty"),
    )  # fmt: skip
    paid = receipts.select(
        pl.lit("receipt").alias("kind"), pl.col("received_on").alias("on"), pl.col("receipt_no").alias("document_no"), *people[:4],
        pl.col("period").alias("in_period"), *_PLACED, receipts="amount",
    )  # fmt: skip
    return pl.concat([sold, paid], how="diagonal").with_columns(pl.col(*DIMENSIONS, "unit", "line_no").fill_null(""))


def _owed(facts: Mapping[str, pl.DataFrame], marts: Mapping[str, pl.DataFrame], files: pl.DataFrame) -> pl.DataFrame:
    """Open items and advances as they stand at the end of the period, advances negative."""
    people = [pl.col(name).fill_null("") for name in DIMENSIONS[:4]]
    content = files.filter(pl.col("status") == "live").select("source_file", "source_sha256").unique("source_file", keep="last")
    items = marts["open_items"].select(
        pl.lit("open_item").alias("kind"), pl.col("document_date").alias("on"), "document_no",
        pl.col("term").cast(pl.String).alias("line_no"), *people, "source_file", "source_sheet", "source_row", "open_amount",
        balance="open_amount", overdue=pl.when(pl.col("days_late") > 0).then("open_amount"),
    ).join(content, on="source_file", how="left", maintain_order="left")  # fmt: skip
    credits = pl.concat([
        facts["receipt"].select(pl.col("receipt_no").alias("document_no"), *_PLACED),
        facts["sales_line"].select("document_no", *_PLACED),
    ]).unique("document_no", keep="first", maintain_order=True)  # fmt: skip
    advances = marts["advances"].select(
        pl.lit("advance").alias("kind"), pl.col("dated_on").alias("on"), pl.col("credit_no").alias("document_no"), *people,
        balance=-pl.col("amount"),
    ).join(credits, on="document_no", how="left", maintain_order="left")  # fmt: skip
    return pl.concat([items, advances], how="diagonal").with_columns(
        pl.lit("").alias("unit"), pl.lit("").alias("product_line"), pl.lit("").alias("product_code"), pl.col("line_no").fill_null(""),
        pl.lit(None, dtype=pl.String).alias("in_period"), pl.col("source_column").fill_null(""),
    )


_AMOUNTS = (("sale", "net_amount"), ("receipt", "amount"), ("open_item", "gross_amount"), ("advance", "amount"))


def _places(lines: pl.DataFrame, files: pl.DataFrame, letters: pl.DataFrame) -> pl.DataFrame:
    """``lines`` with ``place``, ``qty_place`` and ``cost_place``; a row whose column is not known is named by its row."""
    parts = []
    for kind, column in _AMOUNTS:
        rows = lines.filter(pl.col("kind") == kind)
        rows = with_letter(rows, letters, column).with_columns(place=_place(pl.col("letter"))).drop("letter")
        for name, delivered in (("qty_place", "qty"), ("cost_place", "cost_amount")):
            rows = with_letter(rows, letters, delivered).with_columns((pl.col("letter") + pl.col("source_row").cast(pl.String)).alias(name))
            rows = rows.with_columns(pl.when(pl.lit(kind == "sale")).then(name).alias(name)).drop("letter")
        parts.append(rows)
    found = pl.concat(parts, how="diagonal")
    missing = [pl.lit(None, dtype=pl.Int64).alias(name) for name in (*SALES, *OWED) if name not in found.columns]
    return found.with_columns(missing).select(*_LINE, *SALES, *OWED, "place", "qty_place", "cost_place")


def _place(letter: pl.Expr) -> pl.Expr:
    sheet = pl.when(pl.col("source_sheet") != "").then(pl.lit("!") + pl.col("source_sheet")).otherwise(pl.lit(""))
    return pl.col("source_file") + sheet + "!" + letter.fill_null("") + pl.col("source_row").cast(pl.String)


# --- sums -------------------------------------------------------------------------------------------------------------


def _long(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a line and measure that it is part of."""
    return pl.concat(
        lines.filter(pl.col(name).is_not_null()).select(
            *DIMENSIONS, "in_period", pl.lit(name).alias("measure"), pl.col("unit") if name == "qty" else pl.lit("").alias("unit"),
            pl.col(name).alias("amount"),
        )
        for name in (*SALES, *OWED) if name in lines.columns
    )  # fmt: skip


def _keyed(long: pl.DataFrame, cut: str, dims: tuple[str, ...], measures: tuple[str, ...] | list[str]) -> pl.DataFrame:
    first = pl.col(dims[0]) if dims else pl.lit("all")
    second = pl.col(dims[1]) if len(dims) > 1 else pl.lit("")
    return long.filter(pl.col("measure").is_in(measures)).with_columns(cut=pl.lit(cut), key=first, key2=second)


def _stated_owed(marts: Mapping[str, pl.DataFrame], cut: str, dims: tuple[str, ...]) -> pl.DataFrame:
    """What the mart of receivables says of a cut, named as sales are."""
    rows = marts["receivables"].with_columns(
        key=pl.col(dims[0]).fill_null("") if dims else pl.lit("all"), customer_name=pl.coalesce("customer_name", "customer_code")
    )
    names = marts["plan_actual"].filter(pl.col("cut") == cut).select("key", "label").unique("key", keep="first")
    sums = rows.group_by("key").agg(pl.col(*OWED).sum(), customer_name=pl.col("customer_name").first())
    own = pl.col("customer_name") if cut == "customer_code" else pl.col("key")
    named = sums.join(names, on="key", how="left").with_columns(label=pl.coalesce("label", own))
    return named.unpivot(on=list(OWED), index=["key", "label"], variable_name="measure", value_name="amount").select(
        "measure", pl.lit("").alias("unit"), pl.lit(cut).alias("cut"), "key", pl.lit("").alias("key2"), "label",
        pl.lit("").alias("label2"), pl.lit("end").alias("span"), "amount",
    )


def _agree(stated: pl.DataFrame, lines: pl.DataFrame, period: str) -> None:
    summed = lines.group_by(_KEY).agg(pl.col("amount").sum().alias("summed"))
    both = stated.with_columns(pl.col("key2").fill_null("")).join(summed, on=_KEY, how="full", coalesce=True)
    apart = both.filter(pl.col("amount").fill_null(0) != pl.col("summed").fill_null(0)).sort(_KEY)
    if apart.height:
        row = apart.row(0, named=True)
        raise FiguresApart(
            f"{period}: {row['measure']} by {row['cut']} {row['key']} {row['key2']} is {row['amount']} in its mart and {row['summed']} "
            f"as the sum of its lines (ten-thousandths), {apart.height} figures in all. Report it: nothing of the period is explained."
        )
