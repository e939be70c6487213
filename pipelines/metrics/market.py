"""The market (M16): our share where its size is given, signals by kind, week and month, product mix with revenue and margin a unit.

What competitors ask for their goods is not delivered as figures, so that price positions stand in the signals' own words.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_market import MARKET_SHARE, MARKET_SIGNALS, PRODUCT_MIX
from pipelines.metrics.plan_actual import growth, labelled, names
from pipelines.metrics.weeks import Span, days_frame, spans, week_before
from pipelines.money import E8, mul_div, ratio_expr
from pipelines.sources.facts import Facts

SIGNAL_CUTS = ("company", "kind", "competitor", "region_code")
MIX_CUTS = ("product_line", "category", "abc_class")
_CELL = ["region_code", "product_line"]
_SHARE_CUTS = ("company", "region_code", "product_line", "region_code*product_line")


def market_signals(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Signals by week and period, beside the span before (``MARKET_SIGNALS``)."""
    if not facts.has("market_signal"):
        return pl.DataFrame(schema=MARKET_SIGNALS.schema)
    both = signal_rows(facts, company, period, as_of)
    parts = [
        both.filter(pl.col(cut) != "" if cut == "competitor" else pl.lit(value=True))
        .group_by("span", "cover", key=pl.lit("all") if cut == "company" else pl.col(cut))
        .agg(signals=pl.col("now").sum(), before=(~pl.col("now")).sum())
        .with_columns(cut=pl.lit(cut))
        for cut in SIGNAL_CUTS
    ]
    known = names(facts, company, as_of).rename({"dimension": "cut", "code": "key", "name": "label"})
    frame = pl.concat(parts).join(known, on=["cut", "key"], how="left")
    frame = frame.with_columns(period=pl.lit(period.key), label=pl.coalesce("label", "key"))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in MARKET_SIGNALS.schema.items()).sort(*MARKET_SIGNALS.grain)


def signal_rows(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """The signals of each span (``span, cover``), and those of the span before it, which are not ``now``."""
    found = spans(period, company.calendar, as_of)
    previous = company.calendar.previous(period)
    before = []
    for span in found:
        if span.span == "week":
            earlier = week_before(span)
            before.append(Span("week", span.key, earlier.start, earlier.end, earlier.until))
        elif previous:
            before.append(Span("period", span.key, previous.start, previous.end, previous.end))
    rows = facts["market_signal"].rename({"seen_on": "day"}).with_columns(pl.col("competitor", "region_code").fill_null(""))
    return pl.concat([
        rows.join(days_frame(found), on="day").with_columns(now=pl.lit(value=True)),
        rows.join(days_frame(tuple(before)), on="day").with_columns(now=pl.lit(value=False)),
    ])  # fmt: skip


def market_share(facts: Facts, company: Company, period: Period, plan_actual: pl.DataFrame) -> pl.DataFrame:
    """Our sales against the market's size, over the regions and lines for which it is given (``MARKET_SHARE``)."""
    sized = sizes(facts, company, period)
    if sized.is_empty():
        return pl.DataFrame(schema=MARKET_SHARE.schema)
    own = plan_actual.filter((pl.col("measure") == "net_amount") & (pl.col("cut") == "region_code*product_line"))
    own = own.select(region_code="key", product_line="key2", net_amount="actual", py="py")
    cells = sized.join(own, on=_CELL, how="left").with_columns(pl.col("net_amount", "py").fill_null(0))
    given = pl.col("market_py").is_not_null()
    # Growth compares the cells that both years have.
    cells = cells.with_columns(
        net_amount_py=pl.when(given).then("py"), market_both=pl.when(given).then("market"), net_both=pl.when(given).then("net_amount")
    )
    added = ("market", "net_amount", "market_py", "net_amount_py", "market_both", "net_both")
    parts = []
    for cut in _SHARE_CUTS:
        dims = [] if cut == "company" else cut.split("*")
        first, second = [*(pl.col(name) for name in dims), *([] if dims else [pl.lit("all")]), pl.lit("")][:2]
        sums = cells.with_columns(key=first, key2=second).group_by("key", "key2").agg(
            *(pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in added)
        )
        parts.append(sums.with_columns(cut=pl.lit(cut)))
    frame = pl.concat(parts).with_columns(
        period=pl.lit(period.key), share=ratio_expr(pl.col("net_amount"), pl.col("market")),
        share_py=ratio_expr(pl.col("net_amount_py"), pl.col("market_py")),
        market_growth=growth(pl.col("market_both"), pl.col("market_py")), own_growth=growth(pl.col("net_both"), pl.col("net_amount_py")),
    ).with_columns(share_change=ratio_expr(pl.col("net_both"), pl.col("market_both")) - pl.col("share_py"))  # fmt: skip
    named = labelled(frame, facts, company, period.end)
    return named.select(pl.col(name).cast(dtype) for name, dtype in MARKET_SHARE.schema.items()).sort(*MARKET_SHARE.grain)


def sizes(facts: Facts, company: Company, period: Period) -> pl.DataFrame:
    """The regions and lines whose market size is given for ``period``: ``market``, and ``market_py`` where last year's is given too."""
    last = company.calendar.same_last_year(period)
    given = facts["market_size"].group_by("period", *_CELL).agg(pl.col("amount").sum())
    now = given.filter(pl.col("period") == period.key).select(*_CELL, market="amount")
    then = given.filter(pl.col("period") == pl.lit(last.key if last else None, pl.String)).select(*_CELL, market_py="amount")
    return now.join(then, on=_CELL, how="left")


def product_mix(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """What each line, category and class sells and brings a unit, beside last year (``PRODUCT_MIX``)."""
    last = company.calendar.same_last_year(period)
    keys = {period.key, *([last.key] if last else [])}
    products = facts.as_of("product", as_of).select("product_code", pl.col("category", "abc_class").fill_null(""))
    net, now = pl.col("net_amount"), pl.col("period") == period.key
    lines = (
        facts["sales_line"].lazy()
        .filter(pl.col("period").is_in(sorted(keys)), pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of)
        .group_by("period", "product_code", pl.col("product_line").fill_null(""), unit=pl.col("base_unit").fill_null(""))
        .agg(
            net.sum(), pl.col("base_qty").sum(), costed=net.filter(pl.col("cost_amount").is_not_null()).sum(),
            costed_qty=pl.col("base_qty").filter(pl.col("cost_amount").is_not_null()).sum(),
            margin=(net - pl.col("cost_amount")).sum(), has_cost=pl.col("cost_amount").is_not_null().any(),
        )
        .collect()
        .join(products, on="product_code", how="left")
        .with_columns(pl.col("category", "abc_class").fill_null(""))
    )  # fmt: skip
    parts = []
    for cut in MIX_CUTS:
        if cut != "product_line" and (lines[cut] == "").all():
            continue
        parts.append(
            lines.group_by("unit", key=pl.col(cut))
            .agg(
                net_amount=net.filter(now).sum(), net_amount_py=net.filter(~now).sum(),
                qty=pl.col("base_qty").filter(now).sum(), qty_py=pl.col("base_qty").filter(~now).sum(),
                costed=pl.col("costed").filter(now).sum(), costed_qty=pl.col("costed_qty").filter(now).sum(),
                margin=pl.when((pl.col("has_cost") & now).any()).then(pl.col("margin").filter(now).sum()),
            )
            .with_columns(cut=pl.lit(cut))
        )  # fmt: skip
    if not parts:
        return pl.DataFrame(schema=PRODUCT_MIX.schema)
    before, unit = pl.col("net_amount_py"), pl.lit(E8, pl.Int64)
    frame = pl.concat(parts).with_columns(
        period=pl.lit(period.key), share=ratio_expr(net, net.sum().over("cut")), share_py=ratio_expr(before, before.sum().over("cut")),
        unit_revenue=mul_div(net, unit, pl.col("qty")), unit_revenue_py=mul_div(before, unit, pl.col("qty_py")),
        unit_margin=mul_div(pl.col("margin"), unit, pl.col("costed_qty")), margin_rate=ratio_expr(pl.col("margin"), pl.col("costed")),
    ).with_columns(share_change=pl.col("share") - pl.col("share_py"))  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in PRODUCT_MIX.schema.items()).sort(*PRODUCT_MIX.grain)
