"""Cut-off (C12): goods shipped in one period and invoiced in another, document by document, and the bridge between both ways of counting.

Amounts are net sales. What crosses a period's end is a finding, one a document; that the bridge closes is arithmetic. What a delivery
means for credit is ``metrics.receivables``' business.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.policy import Controls
from pipelines.contracts.marts_control import CUT_OFF
from pipelines.controls.results import Result, found, reports_of, tied
from pipelines.sources.facts import Facts

FLOWS: dict[str, int] = {
    "shipped_earlier": -1, "shipped_later": -1, "not_shipped": -1, "invoiced_later": 1, "invoiced_earlier": 1, "not_invoiced": 1,
}  # fmt: skip
"""How a document crosses the period's end, and whether shipping counts it in (1) or out (−1)."""

DOCUMENTS = pl.Schema(
    {"flow": pl.String, "region_code": pl.String, "customer_code": pl.String, "document_no": pl.String, "invoiced_on": pl.Date,
     "shipped_on": pl.Date, "amount": pl.Int64, "source_file": pl.String, "source_sheet": pl.String, "source_row": pl.Int64}
)  # fmt: skip
"""A document (and day of shipping) that crosses a period's end; ``flow`` is ``outstanding`` for one shipped before the period that is
not invoiced at its end."""


@dataclass(frozen=True)
class CutOff:
    """A period's bridge by region (the mart ``cut_off``), the documents behind it (:data:`DOCUMENTS`), and what it is for the controls."""

    bridge: pl.DataFrame
    documents: pl.DataFrame
    result: Result


def cut_off(facts: Facts, policy: Controls, period: Period, invoiced: pl.DataFrame) -> CutOff:
    """C12 for a period that is over. ``invoiced`` (``region_code, amount``) is what is published as the period's net sales.

    An invoice without a day of shipping went with the delivery that it names as its origin; with none, its goods have not gone, where
    the company gives such days at all. A red slip without one counts on its own day. Documents after the period's end that are known
    count: only they tell what crossed it.
    """
    lines = _dated(facts["sales_line"])
    invoices = lines.filter(pl.col("document_kind") != "delivery").with_columns(invoiced_on="document_date")
    both = pl.concat([_documents(invoices), _not_invoiced(lines)])
    here, then = pl.col("invoiced_on").is_between(period.start, period.end), pl.col("shipped_on").is_between(period.start, period.end)
    shipped, billed = pl.col("shipped_on"), pl.col("invoiced_on")
    flow = (
        pl.when(here & shipped.is_null()).then(pl.lit("not_shipped"))
        .when(here & (shipped < period.start)).then(pl.lit("shipped_earlier"))
        .when(here & (shipped > period.end)).then(pl.lit("shipped_later"))
        .when(then & billed.is_null()).then(pl.lit("not_invoiced"))
        .when(then & (billed > period.end)).then(pl.lit("invoiced_later"))
        .when(then & (billed < period.start)).then(pl.lit("invoiced_earlier"))
        .when((shipped < period.start) & (billed.is_null() | (billed > period.end))).then(pl.lit("outstanding"))
    )  # fmt: skip
    crossing = (
        both.with_columns(flow=flow).filter(pl.col("flow").is_not_null()).select(DOCUMENTS.names())
        .sort("flow", "document_no", "shipped_on", "region_code", "source_row")
    )  # fmt: skip
    by_shipment = both.filter(then).group_by("region_code").agg(by_shipment=pl.col("amount").sum())
    bridge = _bridge(period, invoiced, crossing, by_shipment)
    return CutOff(bridge, crossing, (_ties(period, bridge), _findings(period, policy, crossing)))


def _dated(lines: pl.DataFrame) -> pl.DataFrame:
    """Sales lines with the day on which their goods went, null where they have not."""
    own = pl.when(pl.col("document_kind") == "delivery").then(pl.coalesce("shipped_on", "document_date")).otherwise("shipped_on")
    lines = lines.with_columns(shipped_on=own, region_code=pl.col("region_code").fill_null(""))
    deliveries = lines.filter(pl.col("document_kind") == "delivery").group_by(origin_document_no="document_no").agg(
        delivered_on=pl.col("shipped_on").min()
    )
    gives_days = lines.filter(pl.col("document_kind") == "invoice")["shipped_on"].is_not_null().any()
    on_own_day = (pl.col("document_kind") == "red_slip") | pl.lit(not gives_days)
    return lines.join(deliveries, on="origin_document_no", how="left", maintain_order="left").with_columns(
        shipped_on=pl.coalesce("shipped_on", "delivered_on", pl.when(on_own_day).then("document_date"))
    )


def _documents(lines: pl.DataFrame) -> pl.DataFrame:
    return (
        lines.sort("document_no", "source_row")
        .group_by("region_code", "customer_code", "document_no", "invoiced_on", "shipped_on", maintain_order=True)
        .agg(amount=pl.col("net_amount").sum(), **{name: pl.col(name).first() for name in ("source_file", "source_sheet", "source_row")})
        .select(name for name in DOCUMENTS if name != "flow")
    )


def _not_invoiced(lines: pl.DataFrame) -> pl.DataFrame:
    """What was delivered less what invoices that name the delivery have billed, never less than nothing."""
    shipped = _documents(lines.filter(pl.col("document_kind") == "delivery").with_columns(invoiced_on=pl.lit(None, pl.Date)))
    billed = (
        lines.filter((pl.col("document_kind") == "invoice") & pl.col("origin_document_no").is_not_null())
        .group_by(document_no="origin_document_no").agg(billed=pl.col("net_amount").sum())
    )  # fmt: skip
    left = pl.col("amount").cum_sum().over("document_no") - pl.col("billed").fill_null(0)
    return (
        shipped.join(billed, on="document_no", how="left", maintain_order="left")
        .with_columns(amount=left.clip(0, pl.col("amount"))).filter(pl.col("amount") != 0).drop("billed")
    )  # fmt: skip


def _bridge(period: Period, invoiced: pl.DataFrame, crossing: pl.DataFrame, by_shipment: pl.DataFrame) -> pl.DataFrame:
    """The mart ``cut_off``: one row a region, every step of the bridge positive as documents have it."""
    steps = crossing.group_by("region_code").agg(pl.col("amount").filter(pl.col("flow") == name).sum().alias(name) for name in FLOWS)
    by_invoice = invoiced.group_by("region_code").agg(by_invoice=pl.col("amount").sum())
    regions = pl.concat([one.select("region_code") for one in (by_invoice, steps, by_shipment)]).unique().sort("region_code")
    joined = regions
    for one in (by_invoice, steps, by_shipment):
        joined = joined.join(one, on="region_code", how="left", maintain_order="left")
    filled = joined.with_columns(pl.exclude("region_code").fill_null(0), period=pl.lit(period.key))
    moved = pl.any_horizontal(pl.col("by_invoice", "by_shipment", *FLOWS) != 0)
    return filled.filter(moved).select(pl.col(name).cast(dtype) for name, dtype in CUT_OFF.schema.items())


def _ties(period: Period, bridge: pl.DataFrame) -> pl.DataFrame:
    bridged = pl.col("by_invoice") + pl.sum_horizontal(pl.col(name) * sign for name, sign in FLOWS.items())
    rows = bridge.select(subject="region_code", left_amount=bridged, right_amount="by_shipment")
    return tied(
        rows, period=period.key, control="C12", statement="cut_off_bridge", left="invoiced_and_bridged", right="by_shipment",
        reports=",".join(reports_of("sales_line")),
    )  # fmt: skip


def _findings(period: Period, policy: Controls, crossing: pl.DataFrame) -> pl.DataFrame:
    """One finding a document and day; what was shipped earlier and is not invoiced at the period's end is found again in every period."""
    outstanding = pl.when(pl.col("invoiced_on").is_null()).then(pl.lit("not_invoiced")).otherwise(pl.lit("invoiced_later"))
    rows = crossing.with_columns(
        rule=pl.when(pl.col("flow") == "outstanding").then(outstanding).otherwise("flow"),
        subject="document_no",
        found=pl.col("shipped_on").cast(pl.String),
        expected=pl.col("invoiced_on").cast(pl.String),
    )
    return found(rows, period=period.key, control="C12", policy=policy, reports=",".join(reports_of("sales_line")))
