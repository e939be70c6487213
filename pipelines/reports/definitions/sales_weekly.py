"""R3 销售情况周统计表: the week's sales by region, line and salesperson, the month so far, the course of the weeks.

For the weekly meeting: it opens on the week that the meeting talks about; the period's other weeks stand beside one another below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.metrics.weeks import Span
from pipelines.reports import formulas, formulas_field
from pipelines.reports.context import LABELS, ROUNDED, TOTAL, Marts, ReportContext, and_then, as_on, have, tie, with_heading
from pipelines.reports.definitions import comparing, weekly
from pipelines.reports.definitions.comparing import Comparison
from pipelines.reports.model import (
    Block,
    Column,
    ColumnSeries,
    Count,
    Message,
    Money,
    Name,
    Points,
    Report,
    Section,
    Share,
    SumOf,
    Table,
    TieOut,
    Tile,
    Told,
    Value,
    VarianceTable,
    Words,
    say,
)

ID = "R3"
NAME = "sales_weekly"
TITLE = say("Weekly sales")
REQUIRED = ("sales_weekly",)
TABLES = ("sales_line", "receipt", "plan", "customer", "employee", "region", "product")

def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where no sales were delivered or no week of the period has begun."""
    week = weekly.opened_on(context)
    if week is None or not have(marts, *REQUIRED):
        return None
    rows = weekly.with_days(marts["sales_weekly"], context)
    own = rows.filter(pl.col("cover") == week.key)
    total = _total(own, "net_amount")
    if total is None:
        return None
    sections: list[Section] = []
    ties: list[TieOut] = []
    for id, cut, name, phrases in (
        ("regions", "region_code", say("Regions"), comparing.REGION_PHRASES),
        ("lines", "product_line", say("Product lines"), comparing.LINE_PHRASES),
    ):
        part = _of_cut(own, "net_amount", cut)
        if part.is_empty():
            continue
        company = _of_cut(own, "net_amount", "company")
        comparison = Comparison(part, company, "period", has_plan=False, has_past=bool(total["py"]))
        sections.append(
            Section(
                f"section_{id}", name, comparing.headline(comparison, phrases),
                (_block(id, comparison, comparing.DIMENSIONS[cut]),),
                subtitle=with_heading(name, comparing.measure_unit(), weekly.when(week)),
            )
        )  # fmt: skip
        ties.append(
            tie(
                "C4", say("{parts} add up to the company's net sales", parts=name), name, int(part["ac"].sum()), say("Company"),
                total["actual"], left_sum=(SumOf(id, "ac"),),
            )
        )  # fmt: skip
    sections += _salespeople(own, week)
    sections += _month(marts, context)
    sections += _course(marts, week, context)
    sections += _weeks(rows, context)
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(_headline(total, week), _to_date(marts, context)),
        subtitle=with_heading(comparing.measure_unit(), weekly.when(week)),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(own, marts, context),
        tie_outs=ties,
        notes=_notes(week),
    )


def _notes(week: Span) -> tuple[Words, ...]:
    notes: list[Words] = [
        say("Net sales are invoices less red slips, without tax. — means that there is no figure; it is not zero."),
        say("A week belongs to the month in which it ends and has all its days, so that the weeks of a month are not the month."),
        ROUNDED,
    ]
    if not week.is_over:
        notes.append(say("A running week is compared with the same days of the week before and of the same week last year."))
    return tuple(notes)


def _of_cut(rows: pl.DataFrame, measure: str, cut: str) -> pl.DataFrame:
    """Rows of one measure and cut in the notation's columns, the largest first; what stood still in week and last year is left out."""
    found = rows.filter((pl.col("measure") == measure) & (pl.col("cut") == cut)).sort("actual", "key", descending=[True, False])
    shown = found.with_columns(
        ac=pl.col("actual"), pl=pl.lit(None, pl.Int64), delta_pl=pl.lit(None, pl.Int64), delta_py=pl.col("actual") - pl.col("py"),
        delta_py_share="growth_yoy", delta_pw_share="growth_wow",
    )  # fmt: skip
    return shown.filter((pl.col("ac") != 0) | (pl.col("py").fill_null(0) != 0) | (pl.col("pw") != 0))


def _total(rows: pl.DataFrame, measure: str) -> dict[str, Any] | None:
    found = rows.filter((pl.col("measure") == measure) & (pl.col("cut") == "company"))
    return found.row(0, named=True) if found.height == 1 else None


def _block(id: str, comparison: Comparison, heading: Words) -> VarianceTable:
    past = comparison.has_past
    frame = comparing.with_total(comparison.rows, comparison.total, ("py", "ac", "delta_py"))
    return VarianceTable(
        id, frame, label_heading=heading, py="py" if past else None, pl=None, delta_pl=None, delta_pl_share=None,
        delta_py="delta_py" if past else None, delta_py_share="delta_py_share" if past else None, role="role", words=LABELS,
        why=formulas_field.WEEK,
    )  # fmt: skip


def _headline(total: Mapping[str, Any], week: Span) -> Words:
    values: dict[str, Value] = {"week": weekly.called(week), "amount": Money(total["actual"])}
    if total["growth_yoy"] is not None and total["growth_wow"] is not None:
        values |= {"py": Share(total["growth_yoy"], signed=True), "pw": Share(total["growth_wow"], signed=True)}
        return Message("{week}: net sales {amount}, {py} on last year, {pw} on the week before", values)
    if total["growth_yoy"] is not None:
        return Message("{week}: net sales {amount}, {py} on last year", {**values, "py": Share(total["growth_yoy"], signed=True)})
    return Message("{week}: net sales {amount}", values)


def _pace(marts: Marts) -> dict[str, Any] | None:
    return comparing.of_pace(marts["pace"], "net_amount") if have(marts, "pace") else None


def _to_date(marts: Marts, context: ReportContext) -> Words | None:
    pace = _pace(marts)
    if pace is None or pace["attainment"] is None:
        return None
    if not context.is_open:
        return say("{month} closed at {attainment} of plan", month=context.month, attainment=Share(pace["attainment"]))
    return say(
        "{month} stands at {attainment} of plan after {time} of its working days", month=context.month,
        attainment=Share(pace["attainment"]), time=Share(pace["time_progress"]),
    )  # fmt: skip


def _tiles(own: pl.DataFrame, marts: Marts, context: ReportContext) -> list[Tile]:
    tiles = []
    labels = {"net_amount": say("Net sales, week"), "gross_margin": say("Gross margin, week"), "receipts": say("Receipts, week")}
    for measure, label in labels.items():
        row = _total(own, measure)
        if row is None:
            continue
        trend: tuple[float, ...] = ()
        if have(marts, "week_series"):
            series = marts["week_series"].filter((pl.col("measure") == measure) & (pl.col("until") <= row["until"])).sort("start")
            trend = tuple(float(value) for value in series["actual"])
        change = None if row["growth_yoy"] is None else Share(row["growth_yoy"], signed=True)
        told = formulas.told(f"tile_week_{measure}", row, ("actual", "", "growth_yoy"), formulas_field.WEEK)
        tiles.append(Tile(label, Money(row["actual"]), delta_py=change, trend=trend, told=told))
    pace = _pace(marts)
    if pace is not None:
        def told_of(name: str) -> Told:
            return formulas.told(f"tile_{name}", pace or {}, (name,), formulas_field.PACE)

        tiles.append(Tile(say("Net sales, {month}", month=context.month), Money(pace["actual"]), told=told_of("actual")))
        if pace["attainment"] is not None:
            tiles.append(Tile(say("Attainment, month"), Share(pace["attainment"]), told=told_of("attainment")))
            tiles += [Tile(say("Ahead of time"), Points(pace["gap"]), told=told_of("gap"))] if context.is_open else []
    return tiles


def _salespeople(own: pl.DataFrame, week: Span) -> list[Section]:
    """Each salesperson below their region, sales beside receipts and the month so far."""
    paid = own.filter(pl.col("measure") == "receipts").select("cut", "key", "key2", receipts="actual")
    sold = own.filter((pl.col("measure") == "net_amount") & (pl.col("cut") != "product_line"))
    rows = sold.join(paid, on=["cut", "key", "key2"], how="left").with_columns(pl.col("receipts").fill_null(0))
    leaf, whole = pl.col("cut") == "region_code*employee_code", pl.col("cut") == "company"
    leaves = rows.filter(leaf)
    if leaves.is_empty():
        return []
    heads = rows.filter(pl.col("cut") == "region_code").sort("actual", "key", descending=[True, False])
    # Like every comparison: a total that its rows do not make is shown as what it is, and the tie-out says so.
    ties = leaves["actual"].sum() == rows.filter(whole)["actual"].sum()
    order = heads.select("key").with_row_index("order")
    frame = (
        rows.join(order, on="key", how="left")
        .with_columns(
            shown=pl.when(whole).then(pl.lit(TOTAL)).when(leaf).then("label2").otherwise("label"),
            role=pl.when(whole).then(pl.lit("total" if ties else "subtotal")).when(leaf).then(pl.lit("")).otherwise(pl.lit("subtotal")),
            level=leaf.cast(pl.Int64),
        )
        .sort("order", "level", "actual", "key2", descending=[False, False, True, False], nulls_last=True)
    )
    columns = [Column("shown", say("Region, salesperson"), words=LABELS)]
    if frame["py"].is_not_null().any():
        columns.append(Column("py", say("Previous year"), "money_wan", scenario="PY"))
    columns += [
        Column("actual", say("Actual"), "money_wan", scenario="AC", bar=True),
        Column("growth_yoy", say("ΔPY %"), "share", variance=True),
        Column("growth_wow", say("on the week before"), "share", variance=True),
    ]
    if paid.height:
        # Receipts of regions without sales stand in the total alone.
        columns.append(Column("receipts", say("Receipts"), "money_wan", scenario="AC", adds=False))
    if leaves["plan"].is_not_null().any():
        columns += [
            Column("plan", say("Plan, month"), "money_wan", scenario="PL", adds=False),
            Column("to_date", say("Month up to the week's end"), "money_wan", scenario="AC"),
            Column("attainment", say("Attainment"), "share"),
        ]
    best = leaves.sort("actual", "key2", descending=[True, False]).row(0, named=True)
    name = LABELS.get(best["label2"], Name(best["label2"]))
    headline: Words = say("{best} sold most ({amount})", best=name, amount=Money(best["actual"]))
    idle = leaves.filter((pl.col("actual") == 0) & (pl.col("key2") != "")).height
    if idle:
        nothing = Message("{n} salesperson sold nothing", {"n": Count(idle)}, plural="{n} salespeople sold nothing")
        headline = and_then(headline, nothing)
    table = Table("salespeople", frame, tuple(columns), level="level", role="role", shown=60, why=formulas_field.WEEK)
    subtitle = with_heading(comparing.measure_unit(), weekly.when(week))
    return [Section("section_salespeople", say("Salespeople"), headline, (table,), subtitle=subtitle)]


def _month(marts: Marts, context: ReportContext) -> list[Section]:
    """The month so far by region, against plan and last year, with the working days gone by."""
    if not have(marts, "plan_actual"):
        return []
    comparison = Comparison.of(marts["plan_actual"], "net_amount", "region_code", "period")
    if comparison is None:
        return []
    blocks: tuple[Block, ...] = (comparison.block("month", comparing.DIMENSIONS["region_code"]),)
    headline = _to_date(marts, context) or comparing.headline(comparison, comparing.REGION_PHRASES)
    subtitle = with_heading(say("Regions"), comparing.measure_unit(), context.month, as_on(context.as_of))
    return [Section("section_month", say("Month so far"), headline, blocks, subtitle=subtitle)]


def _course(marts: Marts, week: Span, context: ReportContext) -> list[Section]:
    """The last weeks of the company, beside the same weeks of last year."""
    if not have(marts, "week_series"):
        return []
    rows = marts["week_series"].filter((pl.col("measure") == "net_amount") & (pl.col("start") <= week.start)).sort("start")
    if rows.height < 2:
        return []
    days = ("start", "until", "pw_start", "pw_until", "py_start", "py_until")
    frame = weekly.with_days(rows, context).select("cover", "measure", *days, pl.lit("company").alias("cut"), ac="actual", py="py")
    past = bool((frame["py"].fill_null(0) != 0).any())
    keys = frame["cover"].to_list()
    chart = ColumnSeries(
        "course", frame, title=comparing.MEASURES["net_amount"], labels=tuple(weekly.short(key) for key in keys), pl=None, delta_pl=None,
        py="py" if past else None, marked=len(keys) - 1, why=formulas_field.COURSE,
    )  # fmt: skip
    best = frame.sort("ac", "cover", descending=[True, False]).row(0, named=True)
    headline = say(
        "{best} was the strongest of the last {n} weeks ({amount})", best=weekly.numbered(best["cover"]), n=Count(frame.height),
        amount=Money(best["ac"]),
    )  # fmt: skip
    subtitle = with_heading(say("Company"), comparing.measure_unit(), say("Last {n} weeks", n=Count(frame.height)))
    return [Section("section_course", say("Course"), headline, (chart,), subtitle=subtitle)]


def _weeks(rows: pl.DataFrame, context: ReportContext) -> list[Section]:
    """The weeks of the period: the company's figures below one another, the regions' sales beside one another."""
    found = weekly.own_weeks(context)
    if len(found) < 2:
        return []
    net = rows.filter((pl.col("measure") == "net_amount") & (pl.col("cut") == "company"))
    for measure in ("gross_margin", "receipts"):
        other = rows.filter((pl.col("measure") == measure) & (pl.col("cut") == "company")).select("cover", pl.col("actual").alias(measure))
        net = net.join(other, on="cover", how="left")
    net = net.sort("start", descending=True).with_columns(label="cover")
    columns = [
        Column("label", say("Week"), words={week.key: weekly.when(week) for week in found}),
        Column("actual", say("Net sales"), "money_wan", scenario="AC", bar=True),
        Column("growth_yoy", say("ΔPY %"), "share", variance=True),
        Column("growth_wow", say("on the week before"), "share", variance=True),
    ]
    for measure in ("gross_margin", "receipts"):
        if net[measure].is_not_null().any():
            columns.append(Column(measure, comparing.MEASURES[measure], "money_wan", scenario="AC"))
    columns.append(Column("to_date", say("Month up to the week's end"), "money_wan", scenario="AC", adds=False))
    if net["attainment"].is_not_null().any():
        columns.append(Column("attainment", say("Attainment"), "share"))
    columns.append(Column("time_progress", say("Working days gone by"), "share"))
    regions = rows.filter((pl.col("measure") == "net_amount") & (pl.col("cut") == "region_code"))
    wide, weeks_beside = weekly.beside(regions, ["key", "label"], "actual", found, "money_wan")
    blocks: list[Block] = [Table("weeks", net, tuple(columns), why=formulas_field.WEEK)]
    if wide.height:
        heading = Column("label", comparing.DIMENSIONS["region_code"], words=LABELS)
        why = formulas_field.weeks_beside("actual", found, lambda days: formulas_field.sold_on(days, {"region_code": "key"}))
        blocks.append(
            Table("weeks_regions", wide.sort("key"), (heading, *weeks_beside), title=say("Net sales by region and week"), why=why)
        )
    best = net.sort("actual", "cover", descending=[True, False]).row(0, named=True)
    headline = say("{best} brought most ({amount})", best=weekly.numbered(best["cover"]), amount=Money(best["actual"]))
    subtitle = with_heading(say("Company"), comparing.measure_unit(), say("Weeks that end in {month}", month=context.month))
    return [Section("section_weeks", say("Weeks"), headline, tuple(blocks), subtitle=subtitle)]
