"""R4 销售情况月统计表: the month's sales by product line and product, against plan and last year, and why."""

from __future__ import annotations

import polars as pl

from pipelines.company.covers import periods_of
from pipelines.reports import formulas
from pipelines.reports.context import LABELS, ROUNDED, Marts, ReportContext, and_then, have, tie
from pipelines.reports.definitions import comparing
from pipelines.reports.definitions.comparing import Base, Comparison, Span
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    DefinitionList,
    Message,
    Money,
    Name,
    Notes,
    Points,
    Report,
    Section,
    Share,
    SumOf,
    Table,
    TieOut,
    Tile,
    Value,
    Words,
    say,
)

ID = "R4"
NAME = "sales_monthly"
TITLE = say("Monthly sales")
REQUIRED = ("plan_actual",)
TABLES = ("sales_line", "receipt", "plan", "product", "customer", "employee", "region")


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where no sales were delivered."""
    if not have(marts, *REQUIRED):
        return None
    plan_actual = marts["plan_actual"]
    month = comparing.total_row(plan_actual, "net_amount", "period")
    year = comparing.total_row(plan_actual, "net_amount", "year_to_date")
    if month is None or year is None:
        return None
    sections: list[Section] = []
    ties: list[TieOut] = []
    for span, id, name, when in (
        ("period", "lines_month", say("Lines, month"), context.month),
        ("year_to_date", "lines_year", say("Lines, to date"), context.to_date),
    ):
        section, tie_out = _lines(plan_actual, span, id, name, when)  # type: ignore[arg-type]
        sections += section
        ties += tie_out
    sections += _series(marts, context)
    sections += causes_sections(marts, context)
    sections += pace_sections(marts, context)
    sections += _products(plan_actual, context)
    sections += _quantities(plan_actual, context)
    sections += unplanned_section(plan_actual, context)
    sections += _longer_plans(marts, context)

    base: Base = "last_year" if year["delta_pl"] is None else "plan"
    variance = year["delta_py"] if year["delta_pl"] is None else year["delta_pl"]
    clause = comparing.cause_clause(_causes(marts, base, "year_to_date"), base, variance)
    headline = comparing.total_message(year, context.to_date, say("net sales"), past=bool(year["py"]))
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(headline, clause),
        subtitle=comparing.subtitle(
            comparing.measure_unit(), comparing.and_to_date(context.month), *comparing.scenarios(month["pl"] is not None, bool(month["py"]))
        ),
        sections=sections,
        tables=TABLES,
        tiles=sales_tiles(marts, context),
        tie_outs=ties,
        notes=notation_notes(comparing.has_plan(comparing.of_cut(plan_actual, "net_amount", "company"))),
    )


def notation_notes(planned: bool) -> tuple[Words, ...]:
    """What the columns mean."""
    notes: list[Words] = [
        say("Net sales are invoices less red slips, without tax. — means that there is no figure; it is not zero."),
        ROUNDED,
    ]
    if planned:
        notes.insert(1, say("ΔPL is actual less plan, ΔPL % its share of the plan; green is favourable, red unfavourable."))
    return tuple(notes)


def sales_tiles(marts: Marts, context: ReportContext) -> list[Tile]:
    """Key figures: sales of the month and to date, gross margin, receipts, attainment, new customers."""
    plan_actual = marts["plan_actual"]
    tiles: list[Tile] = []
    for measure, month_label, year_label in (
        ("net_amount", say("Net sales, {month}", month=context.month), say("Net sales, year to date")),
        ("gross_margin", say("Gross margin, {month}", month=context.month), None),
        ("receipts", say("Receipts, {month}", month=context.month), None),
    ):
        row = comparing.total_row(plan_actual, measure, "period")
        year = comparing.total_row(plan_actual, measure, "year_to_date")
        if row is None or year is None:
            continue
        series = comparing.series_rows(marts["plan_series"], measure, 12) if have(marts, "plan_series") else None
        trend = tuple(float(value) for value in series["ac"]) if series is not None and series.height else ()
        tiles.append(comparing.tile(month_label, row, trend, None if row["pl"] is None or not trend else float(row["pl"])))
        if year_label is not None:
            tiles.append(comparing.tile(year_label, year, span="year_to_date"))
            if year["ytd_attainment"] is not None:
                told = formulas.told("tile_attainment", year, ("ytd_attainment",), formulas.SALES)
                tiles.append(Tile(say("Attainment, year to date"), Share(year["ytd_attainment"]), told=told))
    fresh = comparing.of_cut(plan_actual, "new_customers", "company")
    if fresh.height == 1:
        counted = fresh["actual"][0] // 10_000
        before = fresh["py"][0] // 10_000
        row = comparing.compared(fresh, "period").row(0, named=True)
        told = formulas.told("tile_new_customers", row, ("ac", "delta_pl", "delta_py"), formulas.SALES)
        tiles.append(Tile(say("New customers"), Count(counted), delta_py=Count(counted - before, signed=True), told=told))
    return tiles


def _lines(plan_actual: pl.DataFrame, span: Span, id: str, name: Words, when: Words) -> tuple[list[Section], list[TieOut]]:
    comparison = Comparison.of(plan_actual, "net_amount", "product_line", span)
    if comparison is None:
        return [], []
    block = comparison.block(id, comparing.DIMENSIONS["product_line"])
    section = Section(
        f"section_{id}",
        name,
        comparing.headline(comparison, comparing.LINE_PHRASES),
        (block, *_difference_note(block.frame)),
        subtitle=comparing.subtitle(say("Product lines"), comparing.measure_unit(), when),
    )
    printed = int(comparison.rows["ac"].sum())
    tie_out = tie(
        "C4",
        say("Product lines add up to the company's net sales, {when}", when=when),
        say("Sum of the product lines"),
        printed,
        say("Company"),
        comparison.total["ac"][0],
        left_sum=(SumOf(id, "ac"),),
    )
    return [section], [tie_out]


def _difference_note(frame: pl.DataFrame) -> tuple[Block, ...]:
    """A line under a comparison whose rows are not all of the total."""
    if comparing.adds_up(frame):
        return ()
    note = say("The total holds more than the rows: sales without a plan, or a plan that was made for the company as a whole.")
    return (Notes((note,), listed=False),)


def _series(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "plan_series"):
        return []
    rows = comparing.series_rows(marts["plan_series"], "net_amount")
    if rows.is_empty():
        return []
    year = rows.tail(12)
    forecast = None
    if context.is_open and have(marts, "pace"):
        pace = comparing.of_pace(marts["pace"], "net_amount")
        forecast = pace["forecast"] if pace else None
    chart = comparing.series_block(context, "series", year, forecast)
    blocks: list[Block] = [chart]
    if rows.height > 12:
        columns = [
            Column("in_period", say("Period"), "code"),
            Column("py", say("Previous year"), "money_wan", scenario="PY"),
            Column("pl", say("Plan"), "money_wan", scenario="PL"),
            Column("ac", say("Actual"), "money_wan", scenario="AC"),
            Column("delta_pl", say("ΔPL"), "money_wan", variance=True),
        ]
        if rows["pl"].is_null().all():
            columns = [column for column in columns if column.name not in ("pl", "delta_pl")]
        title = say("Last {n} periods", n=Count(rows.height))
        blocks.append(Table("series_long", rows, tuple(columns), title=title, detail=True))
    return [
        Section(
            "section_series",
            say("Course"),
            comparing.series_headline(year, context),
            tuple(blocks),
            subtitle=comparing.subtitle(say("Company"), comparing.measure_unit()),
        )
    ]


def _causes(marts: Marts, base: Base, span: Span) -> dict[str, object] | None:
    return comparing.causes_row(marts["variance_causes"], base, span) if have(marts, "variance_causes") else None


def causes_sections(marts: Marts, context: ReportContext) -> list[Section]:
    """Waterfalls against plan and last year, for the month and the year to date; then the top causes in words."""
    if not have(marts, "variance_causes"):
        return []
    causes = marts["variance_causes"]
    sections: list[Section] = []
    spans: tuple[tuple[Span, str, Words], ...] = (
        ("period", "month", context.month),
        ("year_to_date", "year", context.to_date),
    )
    planned = comparing.causes_row(causes, "plan", "period") is not None or comparing.causes_row(causes, "plan", "year_to_date") is not None
    for base, base_words, month_name, year_name in (
        ("plan", say("plan to actual"), say("Causes, plan"), say("Causes, plan, to date")),
        ("last_year", say("last year to actual"), say("Causes, last year"), say("Causes, last year, to date")),
    ):
        found: list[tuple[str, Words, Words, dict[str, object]]] = []
        for (span, tag, when), name in zip(spans, (month_name, year_name), strict=True):
            row = comparing.causes_row(causes, base, span)  # type: ignore[arg-type]
            if row is not None and (row["base_amount"] or row["actual_amount"]):
                found.append((tag, when, name, row))
        for tag, when, title, facts in found:
            blocks: list[Block] = [comparing.waterfall(f"causes_{base}_{tag}", facts, base)]  # type: ignore[arg-type]
            if base == "last_year" and not planned and tag == "month" and _any_plan(marts):
                blocks.append(comparing.no_plan_quantities())
            sections.append(
                Section(
                    f"section_causes_{base}_{tag}",
                    title,
                    comparing.causes_headline(facts, base),  # type: ignore[arg-type]
                    tuple(blocks),
                    subtitle=comparing.subtitle(comparing.measure_unit(), base_words, when),
                    width="half" if len(found) == 2 else "full",
                )
            )
    return sections + _top_causes(marts, context, "plan" if planned else "last_year")


def _any_plan(marts: Marts) -> bool:
    return comparing.has_plan(comparing.of_cut(marts["plan_actual"], "net_amount", "company"))


def _top_causes(marts: Marts, context: ReportContext, base: Base) -> list[Section]:
    blocks: list[Block] = []
    if have(marts, "top_causes"):
        for span, title in (("period", context.month), ("year_to_date", context.to_date)):
            words = comparing.top_causes_words(marts["top_causes"], base, span)  # type: ignore[arg-type]
            if words:
                blocks.append(Notes(words, title=title))
    for cut in ("region_code", "product_line"):
        table = comparing.causes_table(marts["variance_causes"], f"causes_{cut}", cut, base, "year_to_date")
        if table is not None:
            blocks.append(table)
    if not blocks:
        return []
    headline = explained_headline(marts, base, "year_to_date")
    return [
        Section(
            "section_top_causes",
            say("Top causes"),
            headline,
            tuple(blocks),
            subtitle=comparing.subtitle(comparing.measure_unit(), say("tables: year to date"), context.to_date),
        )
    ]


def explained_headline(marts: Marts, base: Base, span: Span) -> Words:
    """Which regions explain how much of the variance in ``span``."""
    row = comparing.causes_row(marts["variance_causes"], base, span)
    if row is not None and have(marts, "top_causes"):
        top = (
            marts["top_causes"]
            .filter((pl.col("base") == base) & (pl.col("span") == span))
            .filter((pl.col("dimension") == "region_code") & (pl.col("side") == "explains"))
            .sort("position")
        )
        if top.height:
            first = _explained(top, row, base)
            more = top["cumulative"][min(top.height, 3) - 1] > 1
            return and_then(first, say("the others made up for a part") if more else None)
    return say("Who explains the variance")


def _explained(top: pl.DataFrame, row: dict[str, object], base: Base) -> Words:
    from pipelines.reports.context import names
    from pipelines.reports.model import Listing

    shown = top.head(3)
    values: dict[str, Value] = {
        "names": Listing(names(shown)),
        "share": Share(shown["cumulative"][-1], places=0),
        "gap": Money(int(str(row["variance"])), signed=True),
    }
    if shown.height == 1:
        values["name"] = names(shown)[0]
        if base == "plan":
            return Message("{name} explains {share} of the variance against plan ({gap})", values)
        return Message("{name} explains {share} of the change on last year ({gap})", values)
    if base == "plan":
        return Message("{names} explain {share} of the variance against plan ({gap})", values)
    return Message("{names} explain {share} of the change on last year ({gap})", values)


def pace_sections(marts: Marts, context: ReportContext) -> list[Section]:
    """Where an open period stands against the working days gone by."""
    if not context.is_open or not have(marts, "pace"):
        return []
    pace = comparing.of_pace(marts["pace"], "net_amount")
    if pace is None or pace["time_progress"] is None:
        return []
    items: list[tuple[str, Words, Value]] = [
        ("", say("Working days gone by"), say("{n} of {all}", n=Count(pace["working_days_elapsed"]), all=Count(pace["working_days"]))),
        ("time_progress", say("Time progress"), Share(pace["time_progress"])),
        ("actual", say("Actual to date"), Money(pace["actual"])),
    ]
    if pace["plan"] is not None:
        items += [
            ("plan", say("Plan"), Money(pace["plan"])),
            ("attainment", say("Attainment"), Share(pace["attainment"])),
            ("gap", say("Pace gap"), Points(pace["gap"])),
        ]
    items.append(("forecast", say("Run-rate forecast"), Money(pace["forecast"])))
    if pace["needed_per_day"] is not None:
        items.append(("needed_per_day", say("Needed a working day"), Money(pace["needed_per_day"])))
    told = formulas.told("pace", pace, tuple(name for name, _, _ in items), formulas.PACE)
    blocks: list[Block] = [DefinitionList(tuple((term, value) for _, term, value in items), told=told)]
    regions = (
        marts["pace"].filter((pl.col("measure") == "net_amount") & (pl.col("cut") == "region_code")).sort("gap", "key", nulls_last=True)
    )
    if regions.height:
        blocks.append(
            Table(
                "pace_regions",
                regions,
                (
                    Column("label", comparing.DIMENSIONS["region_code"], words=LABELS),
                    Column("plan", say("Plan"), "money_wan", scenario="PL"),
                    Column("actual", say("Actual to date"), "money_wan", scenario="AC"),
                    Column("attainment", say("Attainment"), "share"),
                    Column("gap", say("Pace gap"), "points", variance=True),
                    Column("forecast", say("Run-rate forecast"), "money_wan", scenario="FC"),
                    Column("needed_per_day", say("Needed a working day"), "money_wan"),
                ),
                why=formulas.PACE,
            )
        )
    if pace["gap"] is None:
        headline: Words = say("At this pace the period ends at {forecast}", forecast=Money(pace["forecast"]))
    else:
        values: dict[str, Value] = {"gap": Points(abs(pace["gap"])), "forecast": Money(pace["forecast"])}
        headline = (
            Message("{gap} behind the working days gone by; at this pace the period ends at {forecast}", values)
            if pace["gap"] < 0
            else Message("{gap} ahead of the working days gone by; at this pace the period ends at {forecast}", values)
        )
    return [
        Section(
            "section_pace",
            say("Pace"),
            headline,
            tuple(blocks),
            subtitle=comparing.subtitle(comparing.measure_unit(), context.month),
        )
    ]


def _products(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    table = comparing.hierarchy(
        "products", plan_actual, "net_amount", "product_line", "product_code", (say("Product line"), say("Product line, product"))
    )
    if table is None:
        return []
    products = comparing.of_cut(plan_actual, "net_amount", "product_code").filter(pl.col("ytd_actual") > 0)
    count = products.height or table.roles().count("")
    return [
        Section(
            "section_products",
            say("Products"),
            say("{n} products sold this year, line by line", n=Count(count)),
            (table, *comparing.unplanned_notes(table)),
            subtitle=comparing.subtitle(comparing.measure_unit(), comparing.and_to_date(context.month)),
        )
    ]


def _quantities(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    rows = plan_actual.filter((pl.col("measure") == "qty") & (pl.col("cut") == "product_line")).sort(
        "unit", "ytd_actual", "key", descending=[False, True, False]
    )
    total = plan_actual.filter((pl.col("measure") == "qty") & (pl.col("cut") == "company")).sort("unit")
    if rows.is_empty() or total.is_empty():
        return []
    main = _main_unit(plan_actual, rows, total)
    shown = pl.concat(
        [
            rows.with_columns(pl.lit("").alias("role")),
            total.with_columns(pl.lit("").alias("label"), pl.lit("subtotal").alias("role")),
        ]
    )
    both = comparing.compared(comparing.compared(shown, "period"), "year_to_date", "ytd_").sort(
        pl.col("unit") != main, "unit", pl.col("role") == "subtotal", maintain_order=True
    )
    planned, past = comparing.has_plan(rows), comparing.has_past(total)
    columns = [Column("label", say("Product line"), words={"": say("Together")}), Column("unit", say("Unit"))]
    for prefix, heading in (("", None), ("ytd_", say("Actual, to date"))):
        if not prefix:
            columns += [Column("py", say("Previous year"), "qty", scenario="PY", places=0)] if past else []
            columns += [Column("pl", say("Plan"), "qty", scenario="PL", places=0)] if planned else []
            columns.append(Column("ac", say("Actual"), "qty", scenario="AC", places=0))
            columns += (
                [
                    Column("delta_pl", say("ΔPL"), "qty", variance=True, places=0),
                    Column("delta_pl_share", say("ΔPL %"), "share", variance=True),
                ]
                if planned
                else []
            )
            columns += [Column("delta_py_share", say("ΔPY %"), "share", variance=True)] if past else []
        elif heading is not None:
            columns.append(Column("ytd_ac", heading, "qty", scenario="AC", places=0))
            columns += [Column("ytd_delta_pl_share", say("ΔPL %, to date"), "share", variance=True)] if planned else []
            columns += [Column("ytd_delta_py_share", say("ΔPY %, to date"), "share", variance=True)] if past else []
    first = total.filter(pl.col("unit") == main).row(0, named=True)
    unit = Name(main)
    headline: Words
    if first["attainment"] is not None:
        headline = say("Quantity ({unit}) reached {attainment} of plan", unit=unit, attainment=Share(first["attainment"]))
    elif first["growth_yoy"] is not None:
        headline = say("Quantity ({unit}) {growth} on last year", unit=unit, growth=Share(first["growth_yoy"], signed=True))
    else:
        headline = say("Quantities in base units")
    return [
        Section(
            "section_quantities",
            say("Quantities"),
            headline,
            (Table("quantities", both, tuple(columns), role="role", why=formulas.SALES),),
            subtitle=comparing.subtitle(say("Quantities in base units; different units are not added"), context.month),
        )
    ]


def _main_unit(plan_actual: pl.DataFrame, rows: pl.DataFrame, total: pl.DataFrame) -> str:
    """The unit in which the product lines with most sales to date are counted."""
    sales = comparing.of_cut(plan_actual, "net_amount", "product_line").select("key", pl.col("ytd_actual").alias("sales"))
    by_unit = rows.join(sales, on="key", how="left").group_by("unit").agg(pl.col("sales").fill_null(0).sum())
    known = by_unit.filter(pl.col("unit").is_in(total["unit"].to_list())).sort("sales", "unit", descending=[True, False])
    return str((known if known.height else total)["unit"][0])


def unplanned_section(plan_actual: pl.DataFrame, context: ReportContext, cut: str = "product_code") -> list[Section]:
    """Sales that nobody planned: listed, never shown as 0 %."""
    rows = comparing.of_cut(plan_actual, "net_amount", cut).filter(pl.col("unplanned")).sort("actual", "key", descending=[True, False])
    if rows.is_empty():
        return []
    first = Message(
        "{n} product was sold without a plan ({amount})",
        {"n": Count(rows.height), "amount": Money(int(rows["actual"].sum()))},
        plural="{n} products were sold without a plan ({amount})",
    )
    table = Table(
        "unplanned",
        rows,
        (
            Column("key", say("Code"), "code"),
            Column("label", comparing.DIMENSIONS[cut], words=LABELS),
            Column("py", say("Previous year"), "money_wan", scenario="PY"),
            Column("actual", say("Actual"), "money_wan", scenario="AC", bar=True),
            Column("ytd_actual", say("Actual, to date"), "money_wan", scenario="AC"),
        ),
        shown=20,
        why=formulas.SALES,
    )
    return [
        Section(
            "section_unplanned",
            say("Without plan"),
            first,
            (table,),
            subtitle=comparing.subtitle(comparing.measure_unit(), context.month),
        )
    ]


def _so_far(plan_period: str, context: ReportContext) -> str:
    """The keys of the periods of a longer plan up to this one, with commas between."""
    periods = periods_of(plan_period, context.company.calendar)
    return ",".join(one.key for one in periods if one.start <= context.period.start)


def _longer_plans(marts: Marts, context: ReportContext) -> list[Section]:
    blocks: list[Block] = []
    if have(marts, "plan_to_date"):
        rows = (
            marts["plan_to_date"]
            .filter((pl.col("measure") == "net_amount") & pl.col("cut").is_in(["company", "region_code", "product_line"]))
            .sort("plan_period", pl.col("cut") != "company", "cut", "plan", "key", descending=[False, False, False, True, False])
        )
        if rows.height:
            keys = {key: _so_far(key, context) for key in rows["plan_period"].unique()}
            rows = rows.with_columns(so_far=pl.col("plan_period").replace_strict(keys, return_dtype=pl.String))
            blocks.append(
                Table(
                    "plan_to_date",
                    rows,
                    (
                        Column("plan_period", say("Plan period"), "code"),
                        Column("label", say("Item"), words={**LABELS, "all": say("Company")}),
                        Column("plan", say("Plan"), "money_wan", scenario="PL"),
                        Column("actual", say("Actual to date"), "money_wan", scenario="AC"),
                        Column("attainment", say("Attainment"), "share"),
                        Column("time_progress", say("Time progress"), "share"),
                    ),
                    title=say("Plans longer than a period, to date"),
                    why=formulas.PLAN_TO_DATE,
                )
            )
    if have(marts, "plan_layers"):
        rows = (
            marts["plan_layers"]
            .filter(pl.col("measure") == "net_amount")
            .sort(pl.col("difference").abs(), "cut", "key", descending=[True, False, False])
        )
        if rows.height:
            blocks.append(
                Table(
                    "plan_layers",
                    rows,
                    (
                        Column("label", say("Item"), words={**LABELS, "all": say("Company")}),
                        Column("layer", say("Layer"), "code"),
                        Column("plan", say("Plan of the layer"), "money_wan", scenario="PL"),
                        Column("other_layer", say("Other layer"), "code"),
                        Column("other_plan", say("Plan of the other layer"), "money_wan", scenario="PL"),
                        Column("difference", say("Difference"), "money", variance=True, good="neutral"),
                    ),
                    title=say("Plan layers that disagree"),
                    why=formulas.PLAN_LAYERS,
                    shown=20,
                )
            )
    if not blocks:
        return []
    return [
        Section(
            "section_plans",
            say("Plans"),
            say("Plans beside the month's own"),
            tuple(blocks),
            subtitle=comparing.subtitle(comparing.measure_unit(), context.to_date),
        )
    ]
