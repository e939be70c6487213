"""R11 每月经销商管理汇总表: one line a dealer: indicators, score, grade, support, weak points, movement, receivables, stock."""

from __future__ import annotations

import polars as pl

from pipelines.money import E4
from pipelines.reports import formulas
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, with_heading
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Good,
    Listing,
    Meaning,
    Message,
    Money,
    Name,
    Notes,
    Number,
    Part,
    RankedBars,
    Report,
    Section,
    StackedBars,
    Table,
    Tile,
    Value,
    Words,
    say,
)

ID = "R11"
NAME = "dealer_summary"
TITLE = say("Monthly dealer summary")
REQUIRED = ("dealer_indicators",)
TABLES = (
    "outlet", "outlet_contract", "sell_out", "dealer_stock", "visit", "kpi_target", "sales_line", "receipt", "customer", "rebate_claim",
)

KPIS: dict[str, tuple[Words, Meaning]] = {
    "visit_coverage": (say("Visit coverage"), "share"),
    "distribution": (say("Distribution"), "share"),
    "sales_per_outlet": (say("Sales an outlet"), "count"),
    "active_rate": (say("Active rate"), "share"),
    "signed_attainment": (say("Signed attainment"), "share"),
    "signed_attainment_count": (say("Signed attainment, outlets"), "share"),
    "stock_days": (say("Stock days"), "days"),
}
SUPPORT: dict[str, Words] = {
    "priority": say("Priority"),
    "standard": say("Standard"),
    "limited": say("Limited"),
    "none": say("None"),
}
VETOES: dict[str, Words] = {
    "": say("None"),
    "overdue": say("Long overdue"),
    "over_limit": say("Over the limit"),
    "overdue,over_limit": say("Long overdue, over the limit"),
    "over_limit,overdue": say("Long overdue, over the limit"),
}
_TILES: dict[str, tuple[Words, Good]] = {
    "dealers": (say("Dealers"), "higher"), "graded": (say("Graded"), "higher"), "better": (say("Better than last month"), "higher"),
    "worse": (say("Worse than last month"), "lower"), "held": (say("With a veto"), "lower"), "lowered": (say("Lowered by a veto"), "lower"),
    "outlets": (say("Outlets"), "higher"), "active": (say("Outlets that traded"), "higher"),
}  # fmt: skip
NO_GRADE = "="
"""Stands for a dealer without a grade in frames that count grades."""


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where no dealer has an indicator: a list of names and dashes says nothing."""
    if not have(marts, *REQUIRED):
        return None
    dealers = _lines(marts)
    if _reporting(dealers).is_empty():
        return None
    why = formulas.dealers(KPIS, context.company.policy.dealers)
    sections = [
        _grades(dealers, context),
        *_weak(dealers),
        *_movement(dealers, why),
        _summary(dealers, context, why),
        *_rebates(marts, context),
        *_detail(marts, dealers),
    ]
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(_grade_message(dealers), _veto_message(dealers)),
        subtitle=with_heading(say("Dealers"), say("process indicators, grade and account"), context.month),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(dealers),
        notes=(
            say("The score weighs each indicator's actual over its target, capped at 100; an indicator without a figure is left out."),
            say("Stock days are days of the sell-out of the last three months. A veto caps the grade, whatever the score."),
        ),
    )


def _lines(marts: Marts) -> pl.DataFrame:
    """One row a dealer, the best score first, with its account where receivables were computed."""
    rows = marts["dealer_indicators"].with_columns(
        pl.coalesce("grade", pl.lit(NO_GRADE)).alias("grade_shown"),
        pl.coalesce("region_name", "region_code", pl.lit("")).alias("region_label"),
        pl.coalesce("name", "dealer_code").alias("label"),
    )
    if have(marts, "receivables"):
        account = marts["receivables"].select(
            pl.col("customer_code").alias("dealer_code"), "balance", "overdue", "oldest_days_late", "credit_use", "over_limit",
            "credit_used", "credit_limit", "open_amount", "shipped_not_invoiced", "drafts_not_matured",
        )
        rows = rows.join(account, on="dealer_code", how="left", maintain_order="left")
    return _with_scores(rows, marts).sort("score", "dealer_code", descending=[True, False], nulls_last=True)


def _with_scores(rows: pl.DataFrame, marts: Marts) -> pl.DataFrame:
    """``rows`` with target, weight and score of each indicator, which the score is made of; null where it has none."""
    scores = marts["dealer_indicator_scores"] if have(marts, "dealer_indicator_scores") else None
    for kpi in KPIS:
        if scores is None:
            none = pl.lit(None, pl.Float64)
            rows = rows.with_columns(none.alias(f"{name}_{kpi}") for name in ("target", "weight", "score"))
            continue
        own = scores.filter(pl.col("kpi") == kpi).select(
            "dealer_code", _exact("target").alias(f"target_{kpi}"), _exact("weight").alias(f"weight_{kpi}"),
            pl.col("score").alias(f"score_{kpi}"),
        )  # fmt: skip
        rows = rows.join(own, on="dealer_code", how="left", maintain_order="left")
    return rows


def _grade_names(context: ReportContext, dealers: pl.DataFrame) -> list[str]:
    known = list(context.company.policy.dealers.grades)
    extra = sorted(set(dealers["grade_shown"].to_list()) - set(known) - {NO_GRADE})
    return [*known, *extra]


def _grade_message(dealers: pl.DataFrame) -> Words:
    graded = dealers.filter(pl.col("grade").is_not_null())
    if graded.is_empty():
        return Message(
            "{n} dealer, none with enough figures for a grade",
            {"n": Count(dealers.height)},
            plural="{n} dealers, none with enough figures for a grade",
        )
    top = sorted(graded["grade"].unique().to_list())[0]
    low = sorted(graded["grade"].unique().to_list())[-1]
    values: dict[str, Value] = {
        "n": Count(graded.height),
        "top": Name(top),
        "best": Count(graded.filter(pl.col("grade") == top).height),
    }
    if top == low:
        return Message("{n} dealer graded, {best} of them {top}", values, plural="{n} dealers graded, {best} of them {top}")
    values |= {"low": Name(low), "worst": Count(graded.filter(pl.col("grade") == low).height)}
    return Message("{n} dealer graded: {best} {top}, {worst} {low}", values, plural="{n} dealers graded: {best} {top}, {worst} {low}")


def _veto_message(dealers: pl.DataFrame) -> Words | None:
    """How many meet a veto, and how many of them lose a grade by it: one without a grade, or with a low one, loses none."""
    held = dealers.filter(pl.col("vetoes") != "")
    if held.is_empty():
        return None
    lowered, n = _lowered(dealers), Count(held.height)
    if not lowered:
        return Message("{n} meets a veto (overdue or limit)", {"n": n}, plural="{n} meet a veto (overdue or limit)")
    return Message(
        "{n} meets a veto (overdue or limit), which lowers the grade of {lowered}",
        {"n": n, "lowered": Count(lowered)},
        plural="{n} meet a veto (overdue or limit), which lowers the grade of {lowered}",
    )


def _lowered(dealers: pl.DataFrame) -> int:
    return dealers.filter((pl.col("vetoes") != "") & (pl.col("grade") != pl.col("grade_before_veto"))).height


def _reporting(dealers: pl.DataFrame) -> pl.DataFrame:
    """Dealers with a score or at least one indicator."""
    return dealers.filter(_reports())


def _reports() -> pl.Expr:
    return pl.any_horizontal(pl.col("score", *KPIS).is_not_null())


def _tiles(dealers: pl.DataFrame) -> list[Tile]:
    graded = dealers.filter(pl.col("grade").is_not_null())
    outlets, active = int(dealers["outlets"].sum()), int(dealers["outlets_active"].sum())
    def told(name: str, count: int) -> Tile:
        return Tile(_TILES[name][0], Count(count), good=_TILES[name][1], told=formulas.told(f"tile_{name}", {name: count}, (name,),
            formulas.DEALERS))

    tiles = [told("dealers", dealers.height), told("graded", graded.height)]
    better = dealers.filter(pl.col("change_last_month") > 0).height
    worse = dealers.filter(pl.col("change_last_month") < 0).height
    if better or worse:
        tiles += [told("better", better), told("worse", worse)]
    held = dealers.filter(pl.col("vetoes") != "").height
    if held:
        tiles += [told("held", held), told("lowered", _lowered(dealers))]
    if outlets:
        tiles.append(told("outlets", outlets))
    if active:
        tiles.append(told("active", active))
    return tiles[:6]


def _grades(dealers: pl.DataFrame, context: ReportContext) -> Section:
    """How many dealers of each region have which grade."""
    grades = [*_grade_names(context, dealers), NO_GRADE]
    graded = dealers.filter(pl.col("grade").is_not_null())
    counts = (dealers if graded.is_empty() else graded).group_by("region_label").agg(
        *[(pl.col("grade_shown") == grade).sum().cast(pl.Int64).alias(f"grade_{i}") for i, grade in enumerate(grades)],
        pl.len().cast(pl.Int64).alias("dealers"),
    )
    rows = counts.sort("dealers", "region_label", descending=[True, False])
    parts = tuple(
        Part(
            f"grade_{i}",
            say("No grade") if grade == NO_GRADE else Name(grade),
            0.0 if grade == NO_GRADE else _tone(i, len(grades)),
        )
        for i, grade in enumerate(grades)
        if int(rows[f"grade_{i}"].sum())
    )
    ungraded = dealers.filter(pl.col("grade").is_null()).height
    headline: Words = _grade_message(dealers)
    if ungraded and ungraded < dealers.height:
        lacking = Message("{n} has too few figures for a grade", {"n": Count(ungraded)}, plural="{n} have too few figures for a grade")
        headline = and_then(headline, lacking)
    block = StackedBars(
        "grades",
        rows,
        "region_label",
        parts,
        "dealers",
        label_heading=say("Region"),
        total_heading=say("Dealers") if graded.is_empty() else say("Graded dealers"),
        meaning="count",
        words=LABELS,
        why=formulas.graded({f"grade_{i}": grade for i, grade in enumerate(grades) if int(rows[f"grade_{i}"].sum())}),
    )
    return Section(
        "section_grades",
        say("Grades"),
        headline,
        (block,),
        subtitle=with_heading(say("Dealers by grade and region"), context.month),
        width="wide" if _has_weak(dealers) else "full",
    )


def _tone(position: int, of: int) -> float:
    """Grades from fine to dark: the best is calm grey, the last dark red."""
    return position / max(of - 1, 1)


def _has_weak(dealers: pl.DataFrame) -> bool:
    return bool((dealers["weakest"] != "").any())


def _weak(dealers: pl.DataFrame) -> list[Section]:
    """Which indicators are weak at how many dealers."""
    rows = (
        dealers.select(pl.col("weakest").str.split(",").list.first().alias("kpi"))
        .filter(pl.col("kpi") != "")
        .group_by("kpi")
        .agg(pl.len().cast(pl.Int64).alias("dealers"))
        .sort("dealers", "kpi", descending=[True, False])
    )
    if rows.is_empty():
        return []
    worst = rows.row(0, named=True)
    label = KPIS[worst["kpi"]][0] if worst["kpi"] in KPIS else Name(worst["kpi"])
    headline = Message(
        "{kpi} is the weakest indicator of {n} dealer",
        {"kpi": label, "n": Count(worst["dealers"])},
        plural="{kpi} is the weakest indicator of {n} dealers",
    )
    block = RankedBars(
        "weak",
        rows,
        "kpi",
        "dealers",
        say("Weakest indicator"),
        say("Dealers"),
        meaning="count",
        tone="bad",
        words={name: words for name, (words, _) in KPIS.items()},
        why=formulas.WEAK,
    )
    return [
        Section(
            "section_weak",
            say("Weak points"),
            headline,
            (block,),
            subtitle=say("Dealers by their weakest indicator"),
            width="narrow",
        )
    ]


def _movement(dealers: pl.DataFrame, why: formulas.Reason) -> list[Section]:
    """Who rose and who fell most against last month."""
    moved = dealers.filter(pl.col("change_last_month").is_not_null() & (pl.col("change_last_month") != 0))
    if moved.is_empty():
        return []
    rose = moved.filter(pl.col("change_last_month") > 0).sort("change_last_month", "dealer_code", descending=[True, False])
    fell = moved.filter(pl.col("change_last_month") < 0).sort("change_last_month", "dealer_code")
    rows = pl.concat([rose.head(8), fell.head(8).reverse()])
    columns = (
        Column("label", say("Dealer")),
        Column("region_label", say("Region"), words=LABELS),
        Column("score_last_month", say("Last month"), "count", places=1, adds=False),
        Column("score", say("Score"), "count", places=1, adds=False),
        Column("change_last_month", say("Change"), "count", variance=True, bar=True, places=1, adds=False),
        Column("grade_last_month", say("Grade last month"), "grade"),
        Column("grade_before_veto", say("Grade now"), "grade"),
        Column("weakest", say("Weak indicators"), words=_weak_words(rows)),
    )
    headline = Message(
        "{n} dealer scores better than last month, {worse} worse", {"n": Count(rose.height), "worse": Count(fell.height)},
        plural="{n} dealers score better than last month, {worse} worse",
    )  # fmt: skip
    subtitle = say("Largest changes of score; grades before vetoes")
    return [Section("section_movement", say("Movement"), headline, (Table("movement", rows, columns, why=why),), subtitle=subtitle)]


def _weak_words(frame: pl.DataFrame) -> dict[str, Words]:
    """Words for every combination of weak indicators that a frame holds."""
    found: dict[str, Words] = {"": say("None")}
    for keys in frame["weakest"].unique().to_list():
        if keys:
            found[keys] = say("{names}", names=Listing(tuple(KPIS[key][0] if key in KPIS else Name(key) for key in keys.split(","))))
    return found


def _summary(dealers: pl.DataFrame, context: ReportContext, why: formulas.Reason) -> Section:
    scored = dealers.filter(pl.col("score").is_not_null())
    name = [Column("label", say("Dealer")), Column("region_label", say("Region"), words=LABELS)]
    changes = [
        Column(column, heading, "count", variance=True, places=1, adds=False)
        for column, heading in (
            ("change_last_month", say("Score on last month")),
            ("change_last_quarter", say("on last quarter")),
            ("change_last_year", say("on last year")),
        )
        if dealers[column].is_not_null().any()
    ]
    verdict = [Column("score", say("Score"), "count", places=1, adds=False), Column("grade", say("Grade"), "grade")]
    support = [Column("support", say("Support"), words=SUPPORT), Column("weakest", say("Weak indicators"), words=_weak_words(dealers))]
    account = []
    if "balance" in dealers.columns:
        account = [
            Column("balance", say("Receivable"), "money_wan", places=1),
            Column(
                "overdue", say("Overdue"), "money_wan", blank_zero=True, places=1,
            ),
            Column("oldest_days_late", say("Days late"), "days", blank_zero=True),
            Column("credit_use", say("Credit use"), "share", alarm=1.0),
        ]
    veto = [Column("vetoes", say("Veto"), words=VETOES)]
    kpis = _kpi_columns(dealers)
    shown = _reporting(dealers)
    silent = dealers.height - shown.height
    left_out = Message(
        "{n} dealer without any figure is left out here, unless it meets a veto; the workbook has every dealer",
        {"n": Count(silent)},
        plural="{n} dealers without any figure are left out here, unless they meet a veto; the workbook has every dealer",
    )
    dealers = dealers.with_columns(weakest=pl.when(_reports()).then("weakest"))  # nothing is known of the weak points of others
    blocks: tuple[Block, ...] = (
        *((Notes((left_out,), listed=False),) if silent else ()),
        Table("dealers", shown, (*name, *kpis, *verdict, *changes), shown=50, why=why),
        Table(
            "dealer_accounts",
            dealers.filter(_reports() | (pl.col("vetoes") != "")),
            (*name, verdict[1], *support, *veto, *account),
            title=say("Support, weak indicators and account"),
            shown=50,
            why=why,
        ),
        Table(
            "dealer_lines",
            dealers,
            _one_line(name, kpis, verdict, changes, support, veto, account),
            title=say("One line a dealer"),
            detail=True,
        ),
    )
    best = scored.row(0, named=True) if scored.height else None
    headline: Words = (
        say("Every dealer on one line")
        if best is None
        else say("{best} leads with {score} points", best=Name(best["label"]), score=Number(best["score"]))
    )
    if scored.height > 1:
        last = scored.row(-1, named=True)
        headline = and_then(headline, say("{last} is last with {score}", last=Name(last["label"]), score=Number(last["score"])))
    unit = sorted({unit for unit in dealers["qty_unit"].drop_nulls().to_list() if unit})
    subtitle = with_heading(say("Dealers by score"), context.month)
    if len(unit) == 1:
        subtitle = with_heading(subtitle, say("sales an outlet in {unit}", unit=Name(unit[0])))
    return Section("section_summary", say("Dealers"), headline, blocks, subtitle=subtitle)


def _one_line(
    name: list[Column],
    kpis: list[Column],
    verdict: list[Column],
    changes: list[Column],
    support: list[Column],
    veto: list[Column],
    account: list[Column],
) -> tuple[Column, ...]:
    """What goes on the line: as much as paper can show; older changes and the names of weak indicators stand in the tables above."""
    figures = [column for column in kpis if column.name != "signed_attainment_count"]
    return (Column("dealer_code", say("Code"), "code"), *name, *figures, *verdict, *changes[:1], support[0], *veto, *account)


def _kpi_columns(frame: pl.DataFrame) -> list[Column]:
    found = []
    for name, (words, meaning) in KPIS.items():
        if frame[name].is_not_null().any():
            places = 1 if name in ("sales_per_outlet", "stock_days") else None
            found.append(Column(name, words, meaning, places=places, adds=False))
    return found


REBATE_REASONS: dict[str, Words] = {
    "agreed": say("Agreed"),
    "base": say("Another basis"),
    "rate": say("Another rate"),
    "base_and_rate": say("Another basis and another rate"),
    "claimed_twice": say("Claimed twice"),
    "not_claimed": say("Not claimed"),
    "not_yet_claimed": say("Not claimed yet"),
    "no_programme": say("No such programme"),
    "no_distance": say("Distance class not known"),
}


def _rebates(marts: Marts, context: ReportContext) -> list[Section]:
    """What policy has promised each dealer, what it claims, and why the two differ."""
    if not have(marts, "rebates"):
        return []
    rows = marts["rebates"].with_columns(pl.coalesce("name", "dealer_code").alias("label"), size=pl.col("difference").abs())
    rows = rows.sort("size", "dealer_code", "programme", descending=[True, False, False])
    money = ("accrued", "claimed", "difference", "by_base", "by_rate")
    whole = with_total(rows.with_columns(pl.lit("").alias("role")), rows.select(pl.col(money).sum()), money)
    columns = (
        Column("dealer_code", say("Code"), "code"),
        Column("label", say("Dealer"), words=LABELS),
        Column("programme", say("Rebate")),
        Column("starts_on", say("From"), "date"),
        Column("base", say("Basis by our books"), "money"),
        Column("base_claimed", say("Basis claimed"), "money"),
        Column("accrued", say("Accrued by policy"), "money"),
        Column("claimed", say("Claimed"), "money"),
        Column("difference", say("Claimed less accrued"), "money", variance=True, good="neutral"),
        Column("by_base", say("By another basis"), "money", blank_zero=True),
        Column("by_rate", say("By another rate"), "money", blank_zero=True),
        Column("reason", say("Reason"), words=REBATE_REASONS),
    )
    odd = rows.filter((pl.col("claimed") != 0) & (pl.col("difference") != 0))
    headline: Words = say("What is claimed is what policy gives")
    if odd.height:
        headline = Message(
            "{n} rebate claim differs from policy ({amount})",
            {"n": Count(odd.height), "amount": Money(int(odd["difference"].sum()), "currency")},
            plural="{n} rebate claims differ from policy ({amount})",
        )
    table = Table("rebates", whole, columns, shown=20, role="role", why=formulas.REBATES)
    subtitle = with_heading(say("Rebates, accrued to date and claimed"), context.month)
    return [Section("section_rebates", say("Rebates"), headline, (table,), subtitle=subtitle)]


def _detail(marts: Marts, dealers: pl.DataFrame) -> list[Section]:
    """Every indicator of every dealer with target, weight and score."""
    if not have(marts, "dealer_indicator_scores"):
        return []
    named = dealers.select("dealer_code", "label", pl.int_range(pl.len()).alias("order"))
    rows = marts["dealer_indicator_scores"].join(named, on="dealer_code", how="left", maintain_order="left")
    rows = rows.sort("order", "kpi", nulls_last=True).with_columns(*[_exact(name).alias(f"{name}_shown") for name in ("target", "weight")])
    shares, plain = rows.filter(_is_share()), rows.filter(~_is_share())
    words = {name: label for name, (label, _) in KPIS.items()}
    blocks: list[Block] = []
    weak = int(rows["weak"].sum())
    for id, part, meaning, title in (
        ("indicator_shares", shares, "share", say("Indicators in per cent")),
        ("indicator_figures", plain, "count", say("Indicators in quantities and days")),
    ):
        if part.is_empty():
            continue
        places = None if meaning == "share" else 1
        change: Meaning = "points" if meaning == "share" else "count"
        columns = [
            Column("dealer_code", say("Code"), "code"),
            Column("label", say("Dealer")),
            Column("kpi", say("Indicator"), words=words),
            Column("actual", say("Actual"), meaning, places=places, adds=False),  # type: ignore[arg-type]
            Column("target_shown", say("Target"), meaning, places=places, adds=False),  # type: ignore[arg-type]
            Column("weight_shown", say("Weight"), "share", places=0),
            Column("score", say("Score"), "count", places=1, adds=False),
        ]
        for name, heading in (("change_last_month", say("on last month")), ("change_last_year", say("on last year"))):
            if part[name].is_not_null().any():
                columns.append(Column(name, heading, change, variance=True, places=places, adds=False, good="neutral"))
        blocks.append(Table(id, part, tuple(columns), title=title, detail=True))
    headline = Message("{n} indicator is weak", {"n": Count(weak)}, plural="{n} indicators are weak")
    return [
        Section(
            "section_indicators",
            say("Indicators"),
            headline,
            tuple(blocks),
            subtitle=say("Each indicator with its target and weight; rows stand in the workbook"),
        )
    ]


def _is_share() -> pl.Expr:
    return pl.col("kpi").is_in([name for name, (_, meaning) in KPIS.items() if meaning == "share"])


def _exact(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64) / E4
