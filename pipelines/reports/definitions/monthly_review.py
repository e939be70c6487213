"""R13 月度销售例会: the month for the sales meeting: attainment, causes, what managers write, problems, next month's plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from pipelines.reports import formulas
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, names, tie, with_heading
from pipelines.reports.definitions import comparing, markets, work_plans
from pipelines.reports.definitions.comparing import Base, Comparison
from pipelines.reports.definitions.dealer_summary import KPIS
from pipelines.reports.definitions.region_sales import new_customers_section
from pipelines.reports.definitions.sales_monthly import explained_headline, notation_notes, pace_sections, sales_tiles
from pipelines.reports.definitions.submissions import missing_message
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Listing,
    Message,
    Money,
    Name,
    Notes,
    PeriodName,
    Report,
    Section,
    Share,
    SumOf,
    Table,
    TieOut,
    Value,
    Words,
    say,
)

ID = "R13"
NAME = "monthly_review"
TITLE = say("Monthly sales meeting")
REQUIRED = ("plan_actual",)
TABLES = (
    "sales_line", "receipt", "plan", "customer", "employee", "region", "product", "commentary", "market_signal", "lost_deal", "work_report",
)

NEXT_PLAN = "plan_next"
"""Name among the marts of next month's plan: the rows that ``plan_actual`` gives for the next period; optional."""


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where no sales were delivered."""
    if not have(marts, *REQUIRED):
        return None
    plan_actual = marts["plan_actual"]
    month = comparing.total_row(plan_actual, "net_amount", "period")
    if month is None:
        return None
    sections: list[Section] = [*_total(plan_actual, context)]
    ties: list[TieOut] = []
    for cut, phrases, id, name in (
        ("region_code", comparing.REGION_PHRASES, "regions", say("Regions")),
        ("product_line", comparing.LINE_PHRASES, "lines", say("Product lines")),
    ):
        comparison = Comparison.of(plan_actual, "net_amount", cut, "period")
        if comparison is None:
            continue
        block = comparison.block(id, comparing.DIMENSIONS[cut])
        subtitle = with_heading(name, comparing.measure_unit(), context.month)
        sections.append(Section(f"section_{id}", name, comparing.headline(comparison, phrases), (block,), subtitle=subtitle))
        ties.append(
            tie(
                "C4",
                say("{parts} add up to the company's net sales", parts=name),
                name,
                int(comparison.rows["ac"].sum()),
                say("Company"),
                comparison.total["ac"][0],
                left_sum=(SumOf(id, "ac"),),
            )
        )
    sections += _customers(plan_actual, context)
    sections += _causes(marts, context)
    sections += pace_sections(marts, context)
    sections += _commentary(marts, context)
    sections += _problems(marts, context)
    sections += new_customers_section(marts, context)
    sections += _outside(marts, context)
    sections += _support(marts, context)
    sections += _next_plan(marts, context)
    base: Base = "plan" if month["delta_pl"] is not None else "last_year"
    variance = month["delta_py"] if month["delta_pl"] is None else month["delta_pl"]
    cause = comparing.causes_row(marts["variance_causes"], base, "period") if have(marts, "variance_causes") else None
    headline = and_then(
        comparing.total_message(month, context.month, say("net sales"), past=bool(month["py"])),
        comparing.cause_clause(cause, base, variance),
    )
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=headline,
        subtitle=with_heading(comparing.measure_unit(), context.month, *comparing.scenarios(month["pl"] is not None, bool(month["py"]))),
        sections=sections,
        tables=TABLES,
        tiles=sales_tiles(marts, context),
        tie_outs=ties,
        notes=notation_notes(month["pl"] is not None),
    )


def _total(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    """Every measure in total, one line each."""
    rows = []
    for measure, words in comparing.MEASURES.items():
        found = comparing.of_cut(plan_actual, measure, "company")
        if found.height == 1 and measure in ("net_amount", "gross_margin", "receipts"):
            rows.append(found.with_columns(pl.lit(measure).alias("label")))
        assert words
    if not rows:
        return []
    frame = comparing.compared(comparing.compared(pl.concat(rows), "period"), "year_to_date", "ytd_")
    columns = [Column("label", say("Measure"), words=comparing.MEASURES)]
    columns += [Column("py", say("Previous year"), "money_wan", scenario="PY")] if comparing.has_past(frame) else []
    planned = comparing.has_plan(frame)
    columns += [Column("pl", say("Plan"), "money_wan", scenario="PL")] if planned else []
    columns.append(Column("ac", say("Actual"), "money_wan", scenario="AC"))
    columns += (
        [Column("delta_pl", say("ΔPL"), "money_wan", variance=True), Column("attainment", say("Attainment"), "share")] if planned else []
    )
    before = say("on last period") if context.company.calendar.file.kind == "list" else say("on last month")
    columns += [
        Column("delta_py_share", say("ΔPY %"), "share", variance=True),
        Column("growth_mom", before, "share", variance=True),
    ]
    columns.append(Column("ytd_ac", say("Actual, to date"), "money_wan", scenario="AC"))
    columns += [Column("ytd_attainment", say("Attainment, to date"), "share")] if planned else []
    columns.append(Column("ytd_delta_py_share", say("ΔPY %, to date"), "share", variance=True))
    row = comparing.total_row(plan_actual, "net_amount", "year_to_date")
    assert row is not None
    headline = comparing.total_message(row, context.to_date, say("net sales"), past=bool(row["py"]))
    return [
        Section(
            "section_total",
            say("Total"),
            headline,
            (Table("total", frame, tuple(columns), why=formulas.SALES),),
            subtitle=with_heading(say("Company"), comparing.and_to_date(context.month)),
        )
    ]


def _customers(plan_actual: pl.DataFrame, context: ReportContext) -> list[Section]:
    """The customers that fall shortest of plan (or of last year) and those that lead."""
    comparison = Comparison.of(plan_actual, "net_amount", "customer_code", "period")
    if comparison is None:
        return []
    column = comparison.delta
    if not comparison.has_plan and not comparison.has_past:
        return []
    measured = comparison.rows.filter(pl.col(column).is_not_null() & (pl.col(column) != 0))
    if measured.is_empty():
        return []
    reference, words = ("pl", say("Plan")) if comparison.has_plan else ("py", say("Previous year"))
    rate = ("attainment", say("Attainment")) if comparison.has_plan else ("delta_py_share", say("ΔPY %"))
    gap_heading = say("ΔPL") if comparison.has_plan else say("ΔPY")
    sections = []
    sides: tuple[tuple[str, Words, bool], ...] = (
        ("customers_short", say("Customers short"), False),
        ("customers_ahead", say("Customers ahead"), True),
    )
    for id, name, descending in sides:
        side = measured.filter(pl.col(column) > 0 if descending else pl.col(column) < 0)
        rows = side.sort(column, "key", descending=[descending, False]).head(10)
        if rows.is_empty():
            continue
        values: dict[str, Value] = {
            "n": Count(rows.height),
            "base": say("plan") if comparison.has_plan else say("last year"),
            "gap": Money(int(rows[column].sum()), signed=True),
            "names": Listing(names(rows, 2)),
        }
        headline = (
            Message("The {n} customers furthest above {base}: {gap}, led by {names}", values)
            if descending
            else Message("The {n} customers furthest below {base}: {gap}, led by {names}", values)
        )
        columns = (
            Column("label", say("Customer"), words=LABELS),
            Column(reference, words, "money_wan", scenario="PL" if comparison.has_plan else "PY"),
            Column("ac", say("Actual"), "money_wan", scenario="AC"),
            Column(column, gap_heading, "money_wan", variance=True, bar=True),
            Column(rate[0], rate[1], "share", variance=not comparison.has_plan),
        )
        block = Table(id, rows, columns, why=formulas.SALES)
        subtitle = with_heading(say("Customers"), comparing.measure_unit(), context.month)
        sections.append(Section(f"section_{id}", name, headline, (block,), subtitle=subtitle, width="half"))
    if len(sections) == 1:
        return [replace(sections[0], width="full")]
    return sections


def _causes(marts: Marts, context: ReportContext) -> list[Section]:
    """The waterfall of the month and who explains it in words."""
    if not have(marts, "variance_causes"):
        return []
    causes = marts["variance_causes"]
    planned = comparing.causes_row(causes, "plan", "period") is not None
    base: Base = "plan" if planned else "last_year"
    row = comparing.causes_row(causes, base, "period")
    if row is None:
        return []
    words = comparing.top_causes_words(marts["top_causes"], base, "period") if have(marts, "top_causes") else ()
    against = say("plan to actual") if base == "plan" else say("last year to actual")
    sections = [
        Section(
            "section_causes",
            say("Causes"),
            comparing.causes_headline(row, base),
            (comparing.waterfall("causes", row, base),),
            subtitle=with_heading(comparing.measure_unit(), against, context.month),
            width="half" if words else "full",
        )
    ]
    if words:
        sections.append(
            Section(
                "section_causes_words",
                say("Who explains it"),
                explained_headline(marts, base, "period"),
                (Notes(words),),
                subtitle=with_heading(comparing.measure_unit(), against, context.month),
                width="half",
            )
        )
    return sections


def _region_labels(marts: Marts) -> dict[str, str]:
    rows = comparing.of_cut(marts["plan_actual"], "net_amount", "region_code")
    return {row["key"]: row["label"] for row in rows.iter_rows(named=True)}


def _scope(scope: str, labels: dict[str, str]) -> Words:
    """Who a comment is about: the company, or a region by its name."""
    code = scope.removeprefix("region:")
    if code in ("all", "", "company"):
        return say("Company")
    return Name(labels.get(code, code))


def _commentary(marts: Marts, context: ReportContext) -> list[Section]:
    """What region managers write, beside what the figures say."""
    if not have(marts, "commentary"):
        return []
    rows = marts["commentary"].filter(pl.col("period") == context.period.key).sort("scope")
    if rows.is_empty():
        return []
    labels = _region_labels(marts)
    scopes = {scope: _scope(scope, labels) for scope in rows["scope"].to_list()}
    columns = [Column("scope", say("Scope"), words=scopes), Column("text", say("Causes and measures"))]
    if rows["author"].is_not_null().any():
        columns.append(Column("author", say("Author")))
    headline: Words = Message("{n} comment on causes and measures", {"n": Count(rows.height)}, plural="{n} comments on causes and measures")
    silent = [name for code, name in labels.items() if code and f"region:{code}" not in scopes and code not in scopes]
    if silent and not {"all", "company", ""} & set(scopes):
        headline = and_then(headline, say("none from {names}", names=Listing(tuple(Name(name) for name in silent))))
    subtitle = with_heading(say("As the managers wrote it"), context.month)
    return [Section("section_commentary", say("Commentary"), headline, (Table("commentary", rows, tuple(columns)),), subtitle=subtitle)]


def _problems(marts: Marts, context: ReportContext) -> list[Section]:
    """What the meeting should talk about, by rule: regions behind, money overdue, weak dealers, missing reports."""
    said: list[Words] = []
    comments = _comments(marts, context) if have(marts, "commentary") else None
    regions = Comparison.of(marts["plan_actual"], "net_amount", "region_code", "period")
    if regions is not None and regions.has_plan:
        behind = regions.rows.filter(pl.col("delta_pl") < 0).sort("delta_pl", "key").head(5)
        for row in behind.iter_rows(named=True):
            silent = comments is not None and row["key"] not in comments
            said.append(_region_problem(marts, row, not silent, comparing.alike(behind["delta_pl"].to_list())))
    said += _money_problems(marts)
    said += _dealer_problems(marts)
    if have(marts, "submissions"):
        missing = marts["submissions"].filter(pl.col("status") == "missing")
        if missing.height:
            said.append(missing_message(missing))
    if not said:
        return []
    headline = Message("{n} point for the meeting", {"n": Count(len(said))}, plural="{n} points for the meeting")
    return [
        Section(
            "section_problems",
            say("Problems"),
            headline,
            (Notes(tuple(said)),),
            subtitle=say("Chosen by rule from the figures of the period"),
        )
    ]


def _comments(marts: Marts, context: ReportContext) -> set[str]:
    rows = marts["commentary"].filter(pl.col("period") == context.period.key)
    return {scope.removeprefix("region:") for scope in rows["scope"].to_list()}


def _region_problem(marts: Marts, row: dict[str, Any], commented: bool, places: int | None) -> Words:
    values: dict[str, Value] = {
        "region": LABELS.get(row["label"], Name(row["label"])),
        "attainment": Share(row["attainment"]),
        "gap": Money(row["delta_pl"], signed=True, places=places),
    }
    first = Message("{region} reached {attainment} of plan ({gap})", values)
    causes = marts["variance_causes"] if have(marts, "variance_causes") else None
    if causes is not None:
        own = causes.filter(
            (pl.col("base") == "plan") & (pl.col("span") == "period") & (pl.col("cut") == "region_code") & (pl.col("key") == row["key"])
        )
        if own.height == 1:
            facts = own.row(0, named=True)
            amount, cause = min((facts[cause], cause) for cause in comparing.CAUSES)
            if amount < 0:
                words: Words = comparing.CAUSE_PHRASES["plan"][cause]
                lost = Money(amount, signed=True, places=places)
                first = say("{first}, mainly {cause} ({amount})", first=first, cause=words, amount=lost)
    return first if commented else and_then(first, say("the manager has not yet commented"))


def _money_problems(marts: Marts) -> list[Words]:
    if not have(marts, "receivables"):
        return []
    late = marts["receivables"].filter(pl.col("overdue") > 0)
    if late.is_empty():
        return []
    top = late.sort("overdue", "customer_code", descending=[True, False]).with_columns(
        pl.coalesce("customer_name", "customer_code").alias("label")
    )
    return [
        Message(
            "{amount} is overdue at {n} customer, largest {names}",
            {"amount": Money(int(late["overdue"].sum())), "n": Count(late.height), "names": Listing(names(top, 3))},
            plural="{amount} is overdue at {n} customers, largest {names}",
        )
    ]


def _dealer_problems(marts: Marts) -> list[Words]:
    if not have(marts, "dealer_indicators"):
        return []
    rows = marts["dealer_indicators"]
    weak = rows.select(pl.col("weakest").str.split(",").list.first().alias("kpi")).filter(pl.col("kpi") != "")
    counted = weak.group_by("kpi").agg(pl.len().cast(pl.Int64).alias("n")).sort("n", "kpi", descending=[True, False])
    if counted.is_empty():
        return []
    kpi, count = counted.row(0)
    label: Words = KPIS[kpi][0] if kpi in KPIS else Name(kpi)
    return [
        Message(
            "{kpi} is the weakest indicator of {n} dealer",
            {"kpi": label, "n": Count(count)},
            plural="{kpi} is the weakest indicator of {n} dealers",
        )
    ]


def _outside(marts: Marts, context: ReportContext) -> list[Section]:
    """Competitors and the deals lost to them, beside what was won."""
    key, when = context.period.key, context.month
    return [
        *(replace(section, width="full") for section in markets.competitors(marts, "period", key, when)),
        *markets.deals(marts, "period", key, when),
    ]


def _support(marts: Marts, context: ReportContext) -> list[Section]:
    """Problems with the measures against them, and the support that is asked for, as the reports of the month say."""
    if not have(marts, "work_report"):
        return []
    rows = work_plans.wanted(marts, [context.period.key])
    if rows.is_empty():
        return []
    return [work_plans.told_section(rows, context.month)]


def _next_plan(marts: Marts, context: ReportContext) -> list[Section]:
    """Next month's plan by region and product line, beside this month's actual."""
    following = context.company.calendar.next(context.period)
    if following is None or not have(marts, NEXT_PLAN):
        return []
    blocks: list[Block] = []
    total, plan_actual = comparing.of_cut(marts[NEXT_PLAN], "net_amount", "company"), marts["plan_actual"]
    for cut in ("region_code", "product_line"):
        ahead = comparing.of_cut(marts[NEXT_PLAN], "net_amount", cut).filter(pl.col("plan").is_not_null())
        if ahead.is_empty():
            continue
        now = comparing.of_cut(plan_actual, "net_amount", cut).select("key", pl.col("actual").alias("now"))
        named = ("key", "label", "plan", "py", "measure", "unit", "cut", "key2")
        rows = ahead.select(named).join(now, on="key", how="left", maintain_order="left")
        rows = rows.sort("plan", "key", descending=[True, False])
        if total.height == 1:
            whole = comparing.of_cut(plan_actual, "net_amount", "company").select(pl.col("actual").alias("now"))
            below = total.select(named).hstack(whole if whole.height == 1 else pl.DataFrame({"now": [None]}))
            rows = comparing.with_total(rows, below, ("plan", "py", "now"))
        else:
            rows = rows.with_columns(pl.lit("").alias("role"))
        columns = (
            Column("label", comparing.DIMENSIONS[cut], words=LABELS),
            Column("py", say("Same period last year"), "money_wan", scenario="PY"),
            Column("now", say("This month"), "money_wan", scenario="AC"),
            Column("plan", say("Next month's plan"), "money_wan", scenario="PL", bar=True),
        )
        blocks.append(Table(f"next_{cut}", rows, columns, role="role", why=formulas.NEXT))
    if not blocks:
        return []
    when = PeriodName(following)
    planned = total["plan"][0] if total.height == 1 else None
    headline = (
        say("Plan of {month}: {amount}", month=when, amount=Money(planned)) if planned is not None else say("Plan of {month}", month=when)
    )
    subtitle = with_heading(comparing.measure_unit(), when)
    return [Section("section_next", say("Next month"), headline, tuple(blocks), subtitle=subtitle)]
