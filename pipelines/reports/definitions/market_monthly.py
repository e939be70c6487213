"""R8 市场状况月统计表: market share, competitors, deals won and lost, channels, product mix, complaints, satisfaction."""

from __future__ import annotations

import polars as pl

from pipelines.reports import formulas, formulas_market
from pipelines.reports.context import LABELS, ROUNDED, Marts, ReportContext, and_then, have, with_heading
from pipelines.reports.definitions import comparing, markets
from pipelines.reports.model import Block, Column, Count, Message, Name, Points, Report, Section, Share, Table, Tile, Words, say

ID = "R8"
NAME = "market_monthly"
TITLE = say("Monthly market")
REQUIRED = ("market_signals", "deals", "market_share", "complaints", "satisfaction")
TABLES = (*markets.TABLES, "market_size", "complaint", "survey_answer", "sales_line", "customer", "product", "visit")

CUSTOMER_KINDS: dict[str, Words] = {
    "dealer": say("Dealers"), "office": say("Offices"), "direct": say("Direct customers"), "": say("Not assigned"),
}  # fmt: skip
SEVERITIES: dict[str, Words] = {"minor": say("Minor"), "major": say("Major"), "severe": say("Severe"), "": say("Not assigned")}
_SHARE_NOTE = say("Market share is net sales over the market's size, where a size is given; growth compares what both years give.")
MIX: dict[str, Words] = {"product_line": say("Product line"), "category": say("Category"), "abc_class": say("ABC class")}


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nothing of the market is delivered: what sales alone say stands in other reports."""
    if not any(have(marts, name) for name in REQUIRED):
        return None
    period, when = context.period, context.month
    sections = [
        *_share(marts, context),
        *markets.signals(marts, "period", period.key, when),
        *markets.listed(marts, period.start, context.as_of, when),
        *markets.deals(marts, "period", period.key, when),
        *markets.lost_list(marts, period.start, context.as_of, when),
        *_channels(marts, context),
        *_mix(marts, context),
        *_complaints(marts, context),
        *_satisfaction(marts, context),
        *markets.weeks_beside(marts, context),
    ]
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=_headline(marts, context),
        subtitle=with_heading(say("Market, competitors, customers"), when),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(marts, markets.tiles(marts, "period", period.key)),
        notes=(
            *((_SHARE_NOTE,) if have(marts, "market_share") else ()),
            *((say("The complaint rate is complaints over invoices of the month."),) if have(marts, "complaints") else ()),
            ROUNDED,
        ),
    )


def _headline(marts: Marts, context: ReportContext) -> Words:
    if have(marts, "market_share"):
        row = marts["market_share"].filter(pl.col("cut") == "company").row(0, named=True)
        said: Words = say("{month}: market share {share}", month=context.month, share=Share(row["share"]))
        if row["share_change"] is not None:
            said = say("{first} ({change} on last year)", first=said, change=Points(row["share_change"]))
        return and_then(said, markets.lost_words(marts, "period", context.period.key))
    if have(marts, "market_signals") or have(marts, "deals"):
        return markets.headline(marts, "period", context.period.key, context.month)
    if have(marts, "complaints"):
        return say("{when}: {what}", when=context.month, what=_complaints_words(marts))
    return say("{when}: {what}", when=context.month, what=_score_words(marts))


def _tiles(marts: Marts, heard: list[Tile]) -> list[Tile]:
    """The market share, what was ``heard`` of the market, complaints: six at most."""
    tiles, last = [], []
    if have(marts, "market_share"):
        row = marts["market_share"].filter(pl.col("cut") == "company").row(0, named=True)
        change = None if row["share_change"] is None else Points(row["share_change"])
        told = formulas.told("tile_share", {**row, "region": None, "line": None}, ("share", "", "share_change"), formulas_market.MARKET)
        tiles.append(Tile(say("Market share"), Share(row["share"]), delta_py=change, told=told))
    if have(marts, "complaints"):
        row = marts["complaints"].filter(pl.col("cut") == "company").row(0, named=True)
        told = formulas.told("tile_complaints", {**row, "key": None}, ("complaints",), formulas_market.complaints("company"))
        last.append(Tile(say("Complaints"), Count(row["complaints"]), good="lower", told=told))
    return [*tiles, *heard[: 6 - len(tiles) - len(last)], *last]


def _share(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "market_share"):
        return []
    every = marts["market_share"]
    total = every.filter(pl.col("cut") == "company")
    past = every["share_py"].is_not_null().any()
    blocks: list[Block] = []
    for cut in ("region_code", "product_line"):
        rows = every.filter(pl.col("cut") == cut).sort("market", "key", descending=[True, False])
        frame = comparing.with_total(rows, total, ("market", "net_amount")).with_columns(
            pl.when(pl.col("cut") == part).then("key").alias(name) for part, name in (("region_code", "region"), ("product_line", "line"))
        )
        columns = [
            Column("label", comparing.DIMENSIONS[cut], words=LABELS), Column("market", say("Market size"), "money_wan"),
            Column("net_amount", say("Net sales"), "money_wan", scenario="AC", bar=True), Column("share", say("Market share"), "share"),
        ]  # fmt: skip
        if past:
            columns += [
                Column("share_change", say("Change on last year"), "points", variance=True),
                Column("market_growth", say("Growth of the market"), "share", variance=True),
                Column("own_growth", say("Own growth"), "share", variance=True),
            ]
        blocks.append(Table(f"share_{cut}", frame, tuple(columns), role="role", why=formulas_market.MARKET))
    rows = every.filter(pl.col("cut") == "region_code").sort("share", "key", descending=[True, False], nulls_last=True)
    best, last = rows.row(0, named=True), rows.row(-1, named=True)
    headline = say(
        "{best} leads ({share}), {last} is last ({low})", best=Name(best["label"]), share=Share(best["share"]), last=Name(last["label"]),
        low=Share(last["share"]),
    )  # fmt: skip
    subtitle = with_heading(comparing.measure_unit(), context.month)
    return [Section("section_share", say("Market share"), headline, tuple(blocks), subtitle=subtitle)]


def _channels(marts: Marts, context: ReportContext) -> list[Section]:
    """What each kind of customer contributes."""
    if not have(marts, "channels"):
        return []
    rows = marts["channels"].sort("net_amount", "customer_kind", descending=[True, False])
    columns = [
        Column("customer_kind", say("Customer kind"), words=CUSTOMER_KINDS),
        Column("net_amount_py", say("Previous year"), "money_wan", scenario="PY"),
        Column("net_amount", say("Actual"), "money_wan", scenario="AC", bar=True), Column("growth", say("ΔPY %"), "share", variance=True),
        Column("share", say("Contribution"), "share"), Column("margin_rate", say("Margin rate"), "share"),
        Column("customers", say("Customers that bought"), "count"), Column("conversion", say("Conversion of visits"), "share"),
        Column("satisfaction", say("Satisfaction"), "count", places=1),
    ]  # fmt: skip
    kept = tuple(column for column in columns if rows[column.name].is_not_null().any())
    first = rows.row(0, named=True)
    name = CUSTOMER_KINDS.get(first["customer_kind"], Name(first["customer_kind"]))
    headline = say("{name} bring {share} of net sales", name=name, share=Share(first["share"]))
    subtitle = with_heading(comparing.measure_unit(), context.month)
    table = Table("channels", rows, kept, why=formulas_market.CHANNELS)
    return [Section("section_channels", say("Channels"), headline, (table,), subtitle=subtitle)]


def _mix(marts: Marts, context: ReportContext) -> list[Section]:
    """What share each line and class has and what a unit brings."""
    if not have(marts, "product_mix"):
        return []
    blocks: list[Block] = []
    for cut, heading in MIX.items():
        rows = marts["product_mix"].filter(pl.col("cut") == cut)
        rows = rows.sort("key", "net_amount", descending=[False, True]) if cut == "abc_class" else rows.sort(
            "net_amount", "key", "unit", descending=[True, False, False]
        )
        if rows.is_empty() or (cut != "product_line" and rows.height < 2):
            continue
        columns = [
            Column("key", heading, words=LABELS), Column("net_amount", say("Net sales"), "money_wan", scenario="AC", bar=True),
            Column("share", say("Share"), "share"), Column("share_change", say("on last year"), "points", variance=True, good="neutral"),
            Column("qty", say("Quantity"), "qty", adds=False, places=1), Column("unit", say("Base unit")),
            Column("unit_revenue", say("Revenue a unit"), "price", places=2),
            Column("unit_revenue_py", say("last year"), "price", places=2),
            Column("unit_margin", say("Margin a unit"), "price", places=2), Column("margin_rate", say("Margin rate"), "share"),
        ]  # fmt: skip
        kept = tuple(column for column in columns if rows[column.name].is_not_null().any())
        blocks.append(Table(f"mix_{cut}", rows, kept, shown=12, why=formulas_market.mix(cut)))
    moved = marts["product_mix"].filter((pl.col("cut") == "product_line") & pl.col("share_change").is_not_null())
    headline: Words = say("What each product line brings a unit")
    if moved.height:
        gain = moved.sort("share_change", "key", descending=[True, False]).row(0, named=True)
        headline = say("{name} gained most in the mix ({change})", name=Name(gain["key"]), change=Points(gain["share_change"]))
    subtitle = with_heading(comparing.measure_unit(), say("revenue and margin a base unit"), context.month)
    return [Section("section_mix", say("Product mix"), headline, tuple(blocks), subtitle=subtitle)]


def _complaints_words(marts: Marts) -> Words:
    row = marts["complaints"].filter(pl.col("cut") == "company").row(0, named=True)
    said: Words = Message(
        "{n} complaint, {open} open", {"n": Count(row["complaints"]), "open": Count(row["open"])}, plural="{n} complaints, {open} open"
    )
    if row["rate"] is None:
        return said
    above = row["rate"] > row["limit"]
    rate, limit = Share(row["rate"], places=2), Share(row["limit"], places=2)
    if above:
        return and_then(said, say("{rate} of invoices, above the limit of {limit}", rate=rate, limit=limit))
    return and_then(said, say("{rate} of invoices, within the limit of {limit}", rate=rate, limit=limit))


def _complaints(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "complaints"):
        return []
    every = marts["complaints"]
    blocks: list[Block] = []
    words: dict[str, dict[str, Words]] = {"category": dict(LABELS), "severity": SEVERITIES, "region_code": dict(LABELS)}
    headings = {"category": say("Category"), "severity": say("Severity"), "region_code": say("Region")}
    for cut, heading in headings.items():
        rows = every.filter((pl.col("cut") == cut) & ((pl.col("complaints") > 0) | (pl.col("before") > 0)))
        if rows.is_empty():
            continue
        rows = rows.sort("complaints", "key", descending=[True, False])
        columns = [
            Column("key" if cut == "severity" else "label", heading, words=words[cut]),
            Column("complaints", say("Complaints"), "count", bar=True),
            Column("before", say("month before"), "count"), Column("open", say("Unresolved"), "count"),
            Column("mean_days", say("Days to resolve"), "days", places=1),
        ]  # fmt: skip
        if cut == "region_code" and rows["rate"].is_not_null().any():
            columns.append(Column("invoices", say("Invoices"), "count"))
            columns.append(Column("rate", say("of invoices"), "share", places=2, alarm=rows["limit"][0]))
        blocks.append(Table(f"complaints_{cut}", rows, tuple(columns), why=formulas_market.complaints(cut)))
    if not blocks:
        return []
    return [Section("section_complaints", say("Complaints"), _complaints_words(marts), tuple(blocks), subtitle=context.month)]


def _score_words(marts: Marts) -> Words:
    rows = marts["satisfaction"].filter((pl.col("cut") == "company") & (pl.col("dimension") != "all")).sort("score", "dimension")
    low = rows.row(0, named=True)
    return say("{dimension} scores lowest ({score} of 100)", dimension=Name(low["dimension"]), score=Count(round(low["score"])))


def _satisfaction(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "satisfaction"):
        return []
    every = marts["satisfaction"]
    company = every.filter(pl.col("cut") == "company").sort(pl.col("dimension") == "all", "score", "dimension")
    whole = pl.col("dimension") == "all"
    company = company.with_columns(
        role=pl.when(whole).then(pl.lit("subtotal")).otherwise(pl.lit("")), of_dimension=pl.when(~whole).then("dimension"),
        marks=pl.when(whole).then(pl.lit("customers_asked")).otherwise(pl.lit("customers_of_dimension")),
        region=pl.lit(None, pl.String), customer_kind=pl.lit(None, pl.String),
    )  # fmt: skip
    columns = [
        Column("dimension", say("Dimension"), words={"all": say("Every dimension")}),
        Column("score", say("Score"), "count", places=1, bar=True),
        Column("score_before", say("Survey before"), "count", places=1), Column("change", say("Change"), "count", places=1, variance=True),
        Column("answers", say("Answers"), "count"), Column("customers", say("Customers"), "count"),
    ]  # fmt: skip
    kept = tuple(column for column in columns if company[column.name].is_not_null().any())
    classes = every.filter((pl.col("cut") != "company") & (pl.col("dimension") == "all")).sort("cut", "score", "key").with_columns(
        of_dimension=pl.lit(None, pl.String), region=pl.when(pl.col("cut") == "region_code").then("key"),
        customer_kind=pl.when(pl.col("cut") == "customer_kind").then("key"),
    )  # fmt: skip
    by_class = (
        Column("label", say("Customer kind, region"), words={**LABELS, **CUSTOMER_KINDS}),
        Column("score", say("Score"), "count", places=1, bar=True),
        Column("score_before", say("Survey before"), "count", places=1), Column("answers", say("Answers"), "count"),
    )  # fmt: skip
    dimensions = Table("satisfaction", company, kept, role="role", why=formulas_market.SATISFACTION)
    blocks: tuple[Block, ...] = (
        dimensions, Table("satisfaction_classes", classes, by_class, shown=15, why=formulas_market.SATISFACTION),
    )  # fmt: skip
    subtitle = with_heading(say("Survey {name}", name=Name(company["survey"][0])), say("scores from 0 to 100"))
    return [Section("section_satisfaction", say("Satisfaction"), _score_words(marts), blocks, subtitle=subtitle)]
