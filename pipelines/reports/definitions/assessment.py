"""R15 考核表: the month's assessment for human resources, the year's, and one file a person with every point and its reasons.

Points, reasons and grades are the marts' (``metrics.assessment``); here they are laid out and put into words. A person's file is built of
that person's rows alone: who else it concerns (a manager's people) is counted and not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.company.assessment import Block as RubricBlock
from pipelines.company.assessment import Cause, Item, Scheme, e4
from pipelines.contracts import CONTRACTS
from pipelines.contracts.model import Language, Text
from pipelines.metrics.assessment_score import ATTENDANCE, CAP, WHOLE
from pipelines.money import E4, divide_half_away
from pipelines.reports import formulas, formulas_people
from pipelines.reports.context import Marts, ReportContext, and_then, as_on, have, party_name, table_title, tie, with_heading
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Date,
    DefinitionList,
    Listing,
    Message,
    Name,
    Notes,
    Number,
    PeriodName,
    Qty,
    Report,
    Section,
    Share,
    Slip,
    SumOf,
    Table,
    TieOut,
    Tile,
    Told,
    Value,
    Words,
    say,
)

ID = "R15"
NAME, YEARLY, PERSON = "assessment", "assessment_yearly", "assessment_person"
TITLE, YEARLY_TITLE, PERSON_TITLE = say("Assessment"), say("Assessment of the year"), say("Own assessment")
REQUIRED = ("assessment", "assessment_item", "assessment_evidence", "assessment_month")
TABLES = ("attendance", "assessment_event", "training", "visit", "work_plan", "work_report", "plan", "employee")
"""What the assessment is made of, for the report's sources."""
LOST = "=lost"

_ROLES: dict[str, Words] = {
    "salesperson": say("Salesperson"), "region_manager": say("Region manager"), "department_head": say("Head of department"),
    "clerk": say("Clerk"),
}  # fmt: skip
_ATTENDANCE, _CAP, _FORM = say("Attendance"), say("Beyond 100"), say("Form not in time")
LABELS: dict[str, Words] = {LOST: say("Daily work"), ATTENDANCE: _ATTENDANCE, CAP: _CAP}
KINDS: dict[str, Words] = {
    "late": say("Came late"), "missing": say("Not handed in"), "illegible": say("Could not be used"), "blank": say("Left empty"),
    "unreported": say("Nothing reported"), "key_account": say("Visits to key accounts"), "shortfall": say("Below plan"),
    "training": say("Trainings"), "execution": say("Work done of what was planned"), "attainment": say("Attainment"),
    "coverage": say("Outlets visited"), "distribution": say("Outlets that bought"), "event": say("Entered by hand"),
    "absent": say("Absent"), "half_absent": say("Absent half a day"), "joint": say("Joint responsibility"), "cap": say("Beyond 100"),
}  # fmt: skip
"""How reasons were found."""
_SIGNERS = (say("Assessed by"), say("Checked by"), say("Human resources"), say("Date"))


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The month's table for human resources; None where nobody is assessed."""
    if not have(marts, "assessment"):
        return None
    people, evidence = marts["assessment"], marts["assessment_evidence"]
    scored = people.filter(pl.col("score").is_not_null())
    told = _Told(context, marts)
    sections = [_table(scheme, marts, told, number) for number, scheme in enumerate(told.schemes(people), start=1)]
    counting = _costed(evidence.filter(pl.col("kind") != "unknown_item"), marts, told)
    sections.append(_reasons(counting, marts, told))
    if (odd := evidence.filter(pl.col("kind") == "unknown_item")).height:
        sections.append(_unknown(odd, told))
    lost = int(marts["assessment_item"]["lost"].sum())
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=_headline(scored, people),
        subtitle=with_heading(say("points out of {n}", n=Count(100)), PeriodName(context.period), as_on(context.as_of)),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(people, scored, counting),
        tie_outs=[_adds_up(counting, lost)],
        notes=_notes(told),
    )


def yearly(marts: Marts, context: ReportContext) -> Report | None:
    """The year's table, in the run of the fiscal year's last period; None in the others."""
    following = context.company.calendar.next(context.period)
    if (following and following.fiscal_year == context.period.fiscal_year) or not have(marts, "assessment_month"):
        return None
    told = _Told(context, marts)
    months = [one.key for one in context.company.calendar.year_to_date(context.period)]
    months = [key for key in months if key in set(marts["assessment_month"]["month"])]
    wide = marts["assessment_month"].pivot("month", index="employee_code", values="score", aggregate_function="first")
    people = marts["assessment"].join(wide, on="employee_code", how="left").sort("year_score", "employee_code", descending=[True, False])
    columns = (
        *_WHO_COLUMNS,
        *(Column(month, PeriodName(context.company.calendar.period(month), short=True), "qty", places=1, adds=False) for month in months),
        Column("months_assessed", say("Months assessed"), "count"),
        Column("year_score", say("Score of the year"), "qty", places=2, adds=False, bar=True),
        Column("signed", say("Signature")),
    )
    known = people.filter(pl.col("year_score").is_not_null())
    why = formulas_people.scores(own=False) | formulas_people.of_months(tuple(months))
    sums = {"year_sum": int(known["year_score"].sum()), "year_people": known.height, "year_mean": _mean(known["year_score"])}
    headline: Words = say("Nobody was assessed this year")
    if known.height:
        first = known.row(0, named=True)
        headline = say(
            "The year's mean is {mean} points; {name} is first with {points}", mean=_points(_mean(known["year_score"])),
            name=_who(first), points=_points(first["year_score"]),
        )  # fmt: skip
    rule = say("Score of the year: the sum of the months ÷ the months assessed.")
    section = Section(
        "section_year", say("Year"), headline,
        (Table("year", _sheet(people), columns, shown=300, why=why), _signatures(), Notes((rule,), listed=False)),
        subtitle=with_heading(say("By month"), say("points out of {n}", n=Count(100))),
    )  # fmt: skip
    return context.report(
        id=ID, name=YEARLY, title=YEARLY_TITLE, headline=headline,
        subtitle=with_heading(say("points out of {n}", n=Count(100)), told.year), sections=[section],
        tables=TABLES, tiles=[Tile(say("People assessed"), Count(known.height), good="neutral", told=_told("people", sums, "year_people")),
                              Tile(say("Mean score"), _points(_mean(known["year_score"])), good="neutral",
                                   told=_told("mean", sums, "year_mean"))],
    )  # fmt: skip


def persons(marts: Marts, context: ReportContext) -> list[Report]:
    """One file for each person who is assessed, in their language."""
    if not have(marts, "assessment"):
        return []
    parts = {name: marts[name].partition_by("employee_code", as_dict=True, maintain_order=True) for name in REQUIRED}
    return [
        person({name: rows.get((code,), marts[name].clear()) for name, rows in parts.items()}, context)
        for code in marts["assessment"]["employee_code"].to_list()
    ]


def person(own: Marts, context: ReportContext) -> Report:
    """One person's file, built from the rows of that person alone (``own``)."""
    row = own["assessment"].row(0, named=True)
    code, told = row["employee_code"], _Told(context, own)
    scheme = told.scheme(row)
    counting = _anonymous(_costed(own["assessment_evidence"].filter(pl.col("kind") != "unknown_item"), own, told))
    sections = [_own_items(own, row, scheme, told), _own_reasons(counting, own, told, row)]
    if own["assessment_month"].height > 1 or row["months_assessed"]:
        sections.append(_own_year(own, row, context))
    lost = int(own["assessment_item"]["lost"].sum())
    return context.report(
        id=ID,
        name=party_name(PERSON, code),
        title=PERSON_TITLE,
        headline=_own_headline(row, scheme),
        subtitle=with_heading(Name(row["name"] or code), Name(code), told.name(scheme), PeriodName(context.period), as_on(context.as_of)),
        sections=sections,
        tables=(),
        private=True,
        tiles=_own_tiles(row, scheme),
        tie_outs=[_adds_up(counting, lost)],
        notes=_notes(told),
        languages=(context.language_of(code, row["name"] or code),),
    )


# --- words ------------------------------------------------------------------------------------------------------------


def said(names: Mapping[Language, str]) -> Text:
    """A name of a scheme, in the three languages."""
    return Text(names["en"], names["zh-Hans"], names["zh-Hant"])


def _grade_name(names: Mapping[Language, str]) -> Text:
    """A grade's name; what it has in one language serves for those that it lacks."""
    any_name = next(iter(names.values()))
    return Text(names.get("en", any_name), names.get("zh-Hans", any_name), names.get("zh-Hant", any_name))


class _Told:
    """The schemes' own words: names of items, causes, grades, by the ids that the marts hold."""

    def __init__(self, context: ReportContext, marts: Marts) -> None:
        self.context, self.marts = context, marts
        assert context.company.assessment is not None, "a mart of assessments without schemes"
        self.file = context.company.assessment

    @property
    def year(self) -> Words:
        """The fiscal year up to the period."""
        return say("{first} to {last}", first=PeriodName(self.context.to_date.first), last=PeriodName(self.context.to_date.last))

    def scheme(self, row: Mapping[str, Any]) -> Scheme:
        """The scheme that a person was assessed by."""
        return next(one for one in self.file.schemes if (one.id, one.start) == (row["scheme"], row["scheme_from"]))

    def schemes(self, people: pl.DataFrame) -> list[Scheme]:
        """Every scheme that somebody was assessed by, in the order of the company's file."""
        used = set(people.select("scheme", "scheme_from").iter_rows())
        return [one for one in self.file.schemes if (one.id, one.start) in used]

    def name(self, scheme: Scheme) -> Text:
        """What a scheme is called."""
        return said(scheme.name)

    @property
    def items(self) -> dict[str, Words]:
        """Names of items and causes of all schemes."""
        found: dict[str, Words] = dict(LABELS)
        for scheme in self.file.schemes:
            for item in scheme.items():
                found |= {item.id: said(item.name)} | {cause.id: said(cause.name) for cause in item.causes}
        return found | {"form": _FORM}


def _points(value: int | None) -> Number:
    return Number(None if value is None else value / E4, places=2)


def _mean(values: pl.Series) -> int | None:
    return None if values.is_empty() else divide_half_away(int(values.sum()), values.len())


def _who(row: Mapping[str, Any]) -> Words:
    return say("{code} {name}", code=Name(row["employee_code"]), name=Name(row["name"])) if row["name"] else Name(row["employee_code"])


_WHO_COLUMNS = (Column("who", say("Employee")), Column("region_name", say("Region")))


def _notes(told: _Told) -> tuple[Words, ...]:
    by_first = told.file.corrections == "first"
    return (
        say("A form counts as handed in by its first delivery that could be read; a correction after the deadline costs nothing.")
        if by_first else say("A form counts as handed in by its last correction; one after the deadline is late."),
        say("A deduction by the rule counts until the item, and with it its block, is at 0; then it costs nothing more."),
    )  # fmt: skip


def _reason(row: Mapping[str, Any], names: Mapping[str, Words]) -> Words:  # noqa: PLR0911, one sentence a kind
    """What a reason says, in one sentence."""
    cover, form = Name(row["cover"] or ""), table_title(row["form"])
    measured, wanted = Qty(row["measured"]), Qty(row["wanted"])
    values: dict[str, Value] = {"form": form, "cover": cover, "who": Name(row["document"] or "")}
    of_dealer = bool(row["document"])
    match row["kind"]:
        case "late":
            return Message("{who}: {form} of {cover} came late", values) if of_dealer else Message("{form} of {cover} came late", values)
        case "missing" if of_dealer:
            return Message("{who}: {form} of {cover} was not handed in", values)
        case "missing":
            return Message("{form} of {cover} was not handed in", values)
        case "illegible":
            return say("{form} of {cover} could not be used", form=form, cover=cover)
        case "blank":
            column = CONTRACTS["work_report"].column(row["document"]).label
            return say("{form} of {cover}: {field} is empty", form=form, cover=cover, field=column)
        case "unreported":
            return say("{cover}: nothing was reported of: {work}", cover=cover, work=Name(row["document"] or ""))
        case "key_account":
            return say("{cover}: {made} of {wanted} visits to key accounts", cover=cover, made=measured, wanted=wanted)
        case "training":
            held = say("{made} held with a record, {wanted} wanted", made=measured, wanted=wanted)
            return say("{first}: {second}", first=held, second=Name(row["note"])) if row["note"] else held
        case "absent":
            return say("absent")
        case "half_absent":
            return say("absent half a day, which counts as one")
        case "joint":
            return _joint(row, values, names)
        case "cap":
            return say("what was earned beyond 100 does not count")
        case "event" | "unknown_item":
            return Name(row["note"] or "—")
        case _:
            return say("{made} reached of {wanted} wanted", made=measured, wanted=wanted)


def _joint(row: Mapping[str, Any], values: Mapping[str, Value], names: Mapping[str, Words]) -> Words:
    lost = {**values, "lost": _points(row["measured"])}
    if row["about"]:
        return Message("{form} of {cover} by {who} cost {lost} points", {**lost, "who": names.get(row["about"], Name(row["about"]))})
    several = Message("{n} form", {"n": Count(row["forms"])}, plural="{n} forms")
    return Message("{forms} of the region's people, {cover}, cost {lost} points", {**lost, "forms": several})


def _told_reasons(evidence: pl.DataFrame, names: Mapping[str, Words]) -> tuple[pl.DataFrame, dict[str, Words]]:
    """``evidence`` with ``told``, a key of the sentence of each row, and the sentences by key; with ``place`` and a blank-able factor."""
    # What was measured and cost nothing stays in the mart: a page of reasons says what points were lost for.
    costing = evidence.filter(pl.col("deduction") != 0)
    rows = costing.with_row_index("told").with_columns(pl.col("told").cast(pl.String), place=_place())
    sentences = {row["told"]: _reason(row, names) for row in rows.iter_rows(named=True)}
    return rows.with_columns(twice=pl.when("doubled").then(pl.lit("×2")).otherwise(pl.lit(""))), sentences


def _place() -> pl.Expr:
    sheet = pl.when(pl.col("source_sheet").fill_null("") != "").then(pl.lit("!") + pl.col("source_sheet")).otherwise(pl.lit(""))
    row = pl.coalesce("cell", pl.col("source_row").cast(pl.String))
    at = pl.when(row.is_not_null()).then(pl.lit("!") + row).otherwise(pl.lit(""))
    return pl.when(pl.col("source_file").is_not_null()).then(pl.col("source_file") + sheet + at)


# --- for human resources ----------------------------------------------------------------------------------------------


def _so_many(people: int, scored: pl.DataFrame) -> Message:
    """How many people, and their mean where anything could be measured."""
    if scored.is_empty():
        return Message("{n} person, and nothing to measure by", {"n": Count(people)}, plural="{n} people, and nothing to measure by")
    values: dict[str, Value] = {"n": Count(people), "mean": _points(_mean(scored["score"]))}
    return Message("{n} person assessed, {mean} points on average", values, plural="{n} people assessed, {mean} points on average")


def _headline(scored: pl.DataFrame, people: pl.DataFrame) -> Words:
    first = _so_many(people.height, scored)
    if scored.is_empty():
        return first
    last = scored.sort("score", "employee_code").row(0, named=True)
    return and_then(first, say("{name} is last with {points}", name=_who(last), points=_points(last["score"])))


def _tiles(people: pl.DataFrame, scored: pl.DataFrame, evidence: pl.DataFrame) -> list[Tile]:
    forms = evidence.filter(pl.col("kind").is_in(["late", "missing", "illegible"]))
    sums = {
        "mean": _mean(scored["score"]), "score_sum": int(scored["score"].sum()), "scored": scored.height, "people": people.height,
        "month": None, "forms_lost": int(forms["points"].sum()), "absent": int(people["days_absent"].sum()),
    }  # fmt: skip
    return [
        Tile(say("Mean score"), _points(_mean(scored["score"])), good="neutral", told=_told("mean", sums, "mean")),
        Tile(say("People assessed"), Count(people.height), good="neutral", told=_told("people", sums, "people")),
        Tile(
            say("Points lost by forms late or missing"), _points(int(forms["points"].sum())), good="lower",
            told=_told("forms", sums, "forms_lost"),
        ),
        Tile(say("Days absent"), Count(int(people["days_absent"].sum())), good="lower", told=_told("absent", sums, "absent")),
    ]  # fmt: skip


def _told(tile: str, figures: Mapping[str, Any], name: str) -> Told:
    return formulas.told(f"tile_{tile}", figures, (name,), formulas_people.STAFF)


def _adds_up(evidence: pl.DataFrame, lost: int) -> TieOut:
    return tie(
        "C4", say("The reasons add up to the points lost"), say("Reasons"), int(evidence["points"].sum()),
        say("Points lost, by item"), lost, left_sum=(SumOf("reasons", "points"),),
    )  # fmt: skip


def _sheet(people: pl.DataFrame) -> pl.DataFrame:
    """``people`` as lines of a form: who they are in one cell, and an empty one to sign in."""
    who = pl.concat_str("employee_code", "name", separator=" ", ignore_nulls=True)
    return people.with_columns(pl.coalesce("region_name", "region_code"), who=who, signed=pl.lit(""))


def _item_columns(scheme: Scheme) -> list[tuple[RubricBlock, Item]]:
    return [(block, item) for block in scheme.blocks for item in block.items]


def _table(scheme: Scheme, marts: Marts, told: _Told, number: int) -> Section:
    """The form: one line a person, one column an item, what it comes to, and where to sign."""
    mine = (pl.col("scheme") == scheme.id) & (pl.col("scheme_from") == scheme.start)
    people = marts["assessment"].filter(mine)
    wide = marts["assessment_item"].join(people.select("employee_code"), on="employee_code", how="semi", maintain_order="left").pivot(
        "item", index="employee_code", values="points", aggregate_function="first"
    )
    frame = _sheet(people.join(wide, on="employee_code", how="left", suffix="_item").sort("region_code", "employee_code", nulls_last=True))
    items = tuple(
        Column(item.id, say("{item} ({n})", item=said(item.name), n=_maximum(item)), "qty", places=2, adds=False)
        for _, item in _item_columns(scheme)
    )
    attendance: tuple[Column, ...] = ()
    if scheme.weights.attendance:
        attendance = (Column("attendance", _ATTENDANCE, "qty", places=2, adds=False),)
    grades: tuple[Column, ...] = ()
    if scheme.grades:
        words = {str(place): _grade_name(one.name) for place, one in enumerate(scheme.grades, start=1)}
        frame = frame.with_columns(graded=pl.col("grade").cast(pl.String))
        grades = (Column("graded", say("Grade"), "grade", words=words),)
    awards = (Column("award", say("Award"), "count"),) if scheme.awards else ()
    columns = (
        *_WHO_COLUMNS, *items, Column("daily_work", say("Daily work"), "qty", places=2, adds=False), *attendance,
        Column("score", say("Score"), "qty", places=2, adds=False), *grades, *awards,
        Column("year_score", say("Year so far"), "qty", places=2, adds=False), Column("signed", say("Signature")),
    )  # fmt: skip
    why = formulas_people.scores(own=False, weights=_weights(scheme)) | formulas_people.of_items(
        tuple(item.id for _, item in _item_columns(scheme))
    )
    if scheme.grades:
        why |= formulas_people.graded(_starts(scheme))
    known = people.filter(pl.col("score").is_not_null())
    return Section(
        f"section_scheme_{number}", told.name(scheme),
        _so_many(people.height, known),
        (Table(f"scheme_{number}", frame, columns, shown=300, why=why), _signatures(), _formula(scheme)),
        subtitle=with_heading(told.name(scheme), say("maximum in brackets"), PeriodName(told.context.period)),
    )  # fmt: skip


def _weights(scheme: Scheme) -> tuple[int, int]:
    return e4(scheme.weights.daily_work), e4(scheme.weights.attendance)


def _starts(scheme: Scheme) -> dict[str, int]:
    """From which score each place among the grades is given."""
    return {str(place): e4(grade.start) for place, grade in enumerate(scheme.grades, start=1)}


def _costed(evidence: pl.DataFrame, marts: Marts, told: _Told) -> pl.DataFrame:
    """``evidence`` with what its points come about by (``formulas_people.reasons``): the item's rule, and what the scheme gives for it.

    Columns ``rule_by, points_by, measured_by, unit_points, times, share, most, omission, weeks, week_reasons, forms, plan_of, reason_no``.
    """
    schemes = {row["employee_code"]: told.scheme(row) for row in marts["assessment"].iter_rows(named=True)}
    weekly = {(code, item): weeks for code, item, weeks in marts["assessment_item"].select("employee_code", "item", "weeks").iter_rows()}
    omitted: dict[tuple[str, str, str | None], int] = {}
    rows = []
    for row in evidence.sort("employee_code", "line").iter_rows(named=True):
        scheme, who = schemes[row["employee_code"]], (row["employee_code"], row["item"])
        item = next((one for one in scheme.items() if one.id == row["item"]), None)
        cause = next((one for one in item.causes if one.id == row["cause"]), None) if item else None
        rule, unit = _rule(row, scheme, item, cause)
        key, number = (*who, row["cover"] if weekly[who] else None), None
        if rule in ("step", "visits") and item is not None:
            number = omitted[key] = omitted.get(key, 0) + 1
            steps = [0, *(e4(step) for step in item.steps)]
            unit = steps[min(number, len(item.steps))] - steps[min(number - 1, len(item.steps))]
        rows.append((
            row["employee_code"], row["line"], rule, unit, 2 if row["doubled"] else 1,
            float(cause.share) if cause and cause.share else None, e4(item.cap) if item else None, number, cause.plan if cause else "",
            weekly[who],
        ))  # fmt: skip
    schema = {
        "employee_code": pl.String, "line": pl.Int64, "rule_by": pl.String, "unit_points": pl.Int64, "times": pl.Int64, "share": pl.Float64,
        "most": pl.Int64, "omission": pl.Int64, "plan_of": pl.String, "weeks": pl.Int64,
    }  # fmt: skip
    rules = pl.DataFrame(rows, schema=schema, orient="row")
    measured = pl.col("kind").is_in(["key_account", "training"]) | pl.col("plan_of").is_in(["net_amount", "gross_margin", "receipts"])
    near = (pl.col("points") * pl.col("weeks") - pl.col("deduction")).abs() <= pl.col("weeks") * pl.col("week_reasons")
    return evidence.join(rules, on=["employee_code", "line"], how="left", maintain_order="left").with_columns(
        reason_no=pl.col("line").cast(pl.String), forms=pl.lit(1, pl.Int64),
        week_reasons=pl.len().over("employee_code", "item").cast(pl.Int64),
        measured_by=pl.when(measured).then("kind").otherwise(pl.lit("")),
    ).with_columns(
        points_by=pl.when(pl.col("points") == pl.col("deduction")).then(pl.lit("same"))
        .when((pl.col("weeks") > 0) & near).then(pl.lit("mean")).otherwise(pl.lit("cut"))
    )  # fmt: skip


def _rule(row: Mapping[str, Any], scheme: Scheme, item: Item | None, cause: Cause | None) -> tuple[str, int | None]:
    """By which rule a reason costs points, and the points that the scheme has for it."""
    if row["kind"] in ("event", "cap", "joint"):
        return row["kind"], None
    if item is None:
        return "day", e4(scheme.absent_day)
    if row["cause"] == "form":
        return "form", e4(item.maximum)
    if item.rule in ("count", "ratio"):
        return item.rule, e4(item.maximum)
    if item.rule == "omissions":
        return "visits" if row["kind"] == "key_account" else "step", None
    return "case", e4(cause.points) if cause is not None and cause.points is not None else 0


def _maximum(item: Item) -> Number:
    return Number(float(item.maximum), places=0 if item.maximum == int(item.maximum) else 2)


def _signatures() -> Slip:
    return Slip(None, say("Signed by those who assessed, checked and received it."), _SIGNERS, cut=False)


def _formula(scheme: Scheme) -> Notes:
    work, attended = float(scheme.weights.daily_work), float(scheme.weights.attendance)
    if not attended:
        return Notes((say("Score = daily work; attendance is not assessed."),), listed=False)
    absent = Number(float(scheme.absent_day), places=0)
    formula = say("Score = {work} × daily work + {attended} × attendance", work=Share(work, places=0), attended=Share(attended, places=0))
    day = say("Attendance = 100 − {points} for each day absent, half a day counts as one, not below 0", points=absent)
    return Notes((formula, day), listed=False)


def _reasons(evidence: pl.DataFrame, marts: Marts, told: _Told) -> Section:
    """Every reason with its document, person by person."""
    called = marts["assessment"].select("employee_code", "name", "region_name", "region_code")
    named = {row["employee_code"]: _who(row) for row in called.iter_rows(named=True)}
    rows, sentences = _told_reasons(evidence.join(called, on="employee_code", how="left", maintain_order="left"), named)
    rows = _sheet(rows)
    costing = rows.filter(pl.col("points") != 0)
    people = costing["employee_code"].n_unique()
    headline: Words = say("Nobody lost a point")
    if people:
        headline = Message(
            "{n} person lost points, {reasons} reasons in all",
            {"n": Count(people), "reasons": Count(costing.height)},
            plural="{n} people lost points, {reasons} reasons in all",
        )
    columns = (_WHO_COLUMNS[0], *_reason_columns(told, sentences))
    why = formulas_people.reasons(own=False)
    return Section(
        "section_reasons", say("Reasons"), headline, (Table("reasons", rows, columns, shown=60, why=why),),
        subtitle=with_heading(say("What every point was lost for, and where it stands"), PeriodName(told.context.period)),
    )  # fmt: skip


def _reason_columns(told: _Told, sentences: Mapping[str, Words]) -> tuple[Column, ...]:
    items = told.items
    return (
        Column("item", say("Item"), words=items),
        Column("cause", say("Lost by"), words=items),
        Column("happened_on", say("Day"), "date"),
        Column("told", say("Facts found"), words=sentences),
        Column("due", say("Due by")),
        Column("arrived", say("Arrived")),
        Column("twice", say("Repeated")),
        Column("deduction", say("By the rule"), "qty", places=2, adds=False),
        Column("points", say("Points lost"), "qty", places=2),
        Column("place", say("Where it stands")),
    )


def _unknown(odd: pl.DataFrame, told: _Told) -> Section:
    """Events that cost nothing because no item of the person's scheme is called so."""
    rows = odd.with_columns(place=_place())
    columns = (
        Column("employee_code", say("Code"), "code"), Column("happened_on", say("Day"), "date"), Column("item", say("Item"), "code"),
        Column("note", say("Facts found")), Column("place", say("Where it stands")),
    )  # fmt: skip
    known = Listing(tuple(Name(one) for one in sorted({item.id for scheme in told.file.schemes for item in scheme.items()})))
    headline = _not_counted(odd)
    return Section(
        "section_unknown", say("Not counted"), headline,
        (Table("unknown", rows, columns), Notes((say("The items are {items}", items=known),), listed=False)),
    )  # fmt: skip


def _not_counted(odd: pl.DataFrame) -> Words:
    number = {"n": Count(odd.height)}
    return Message("{n} event fits no item and costs nothing", number, plural="{n} events fit no item and cost nothing")


# --- for one person ---------------------------------------------------------------------------------------------------


def _anonymous(evidence: pl.DataFrame) -> pl.DataFrame:
    """Without whom and which file: what a manager answers for is counted by form and week, trainings lie in files of others."""
    # ``forms`` stands for how many rows were put together; rows of one's own are one each.
    own = evidence.filter(pl.col("kind") != "joint").with_columns(forms=pl.lit(1, pl.Int64))
    hidden = [pl.when(pl.col("kind") == "training").then(None).otherwise(pl.col(name)).alias(name)
              for name in ("source_file", "source_sheet", "source_row", "cell")]  # fmt: skip
    joint = evidence.filter(pl.col("kind") == "joint")
    together = joint.group_by("period", "employee_code", "item", "cause", "kind", "cover", "form", maintain_order=True).agg(
        pl.col("line").min(), pl.col("happened_on").min(), pl.col("measured", "deduction", "points").sum(), pl.col("doubled").any(),
        pl.col("rule_by", "points_by", "measured_by", "share", "weeks", "week_reasons").first(),
        pl.col("line").min().cast(pl.String).alias("reason_no"), forms=pl.len().cast(pl.Int64),
    )  # fmt: skip
    return pl.concat([own.with_columns(hidden), together], how="diagonal").sort("line")


def _own_headline(row: Mapping[str, Any], scheme: Scheme) -> Words:
    if row["score"] is None:
        return say("Nothing could be measured this month")
    score = say("{points} points", points=_points(row["score"]))
    if row["grade"] is None:
        return score
    graded = say("{score}, grade {grade}", score=score, grade=_grade_name(scheme.grades[row["grade"] - 1].name))
    if row["to_next_grade"] is None:
        return graded
    better = _grade_name(scheme.grades[row["grade"] - 2].name)
    return and_then(graded, say("{points} points to grade {grade}", points=_points(row["to_next_grade"]), grade=better))


def _own_tiles(row: Mapping[str, Any], scheme: Scheme) -> list[Tile]:
    why = formulas_people.scores(own=True, weights=_weights(scheme))

    def tile(label: Words, name: str) -> Tile:
        return Tile(label, _points(row[name]), good="neutral", told=formulas.told(f"tile_{name}", row, (name,), why))

    tiles = [tile(say("Score"), "score"), tile(say("Daily work"), "daily_work")]
    if row["attendance"] is not None:
        tiles.append(tile(_ATTENDANCE, "attendance"))
    return [*tiles, tile(say("Year so far"), "year_score")]


def _own_items(own: Marts, row: Mapping[str, Any], scheme: Scheme, told: _Told) -> Section:
    items = own["assessment_item"].sort("item_no")
    blocks = {block.id: said(block.name) for block in scheme.blocks} | {ATTENDANCE: _ATTENDANCE, CAP: _CAP}
    work = items.filter(pl.col("item") != ATTENDANCE)
    total = work.select(pl.col("maximum", "points", "lost").sum()).with_columns(block=pl.lit(LOST), item=pl.lit(""), role=pl.lit("total"))
    attended = items.filter(pl.col("item") == ATTENDANCE).with_columns(role=pl.lit("subtotal"))
    frame = pl.concat([work.with_columns(role=pl.lit("")), total, attended], how="diagonal_relaxed")
    columns = (
        Column("block", say("Block"), words=blocks | {LOST: LABELS[LOST]}),
        Column("item", say("Item"), words=told.items),
        Column("maximum", say("Maximum"), "qty", places=0 if (items["maximum"] % E4 == 0).all() else 2),
        Column("lost", say("Points lost"), "qty", places=2),
        Column("points", say("Points"), "qty", places=2),
    )
    lines: list[tuple[Words, Value]] = [
        (say("Assessed from"), Date(row["assessed_from"])), (say("Assessed to"), Date(row["assessed_to"])),
        (say("Role"), _ROLES.get(row["role"], Name(row["role"]))), (say("Daily work"), _points(row["daily_work"])),
    ]  # fmt: skip
    names = ["", "", "", "daily_work"]
    if row["assessed_maximum"] != WHOLE:
        lines.append((say("Points that could be measured"), _points(row["assessed_maximum"])))
        names.append("assessed_maximum")
    if row["attendance"] is not None:
        lines += [(_ATTENDANCE, _points(row["attendance"])), (say("Days absent"), Count(row["days_absent"]))]
        names += ["attendance", "days_absent"]
    lines.append((say("Score"), _points(row["score"])))
    names.append("score")
    figures = formulas.told("how", row, tuple(names), formulas_people.scores(own=True, weights=_weights(scheme)))
    if row["award"] is not None:
        lines.append((say("Award"), say("place {n}", n=Count(row["award"]))))
    blocks_shown: tuple[Block, ...] = (
        Table("items", frame, columns, role="role", shown=100, why=formulas_people.ITEMS),
        DefinitionList(tuple(lines), title=say("How the score comes about"), told=figures),
        _formula(scheme), *_thresholds(row, scheme), Slip(None, say("Read and understood."), (say("Signature"), say("Date")), cut=False),
    )  # fmt: skip
    worst = items.filter(pl.col("item") != CAP).sort("lost", "item_no", descending=[True, False]).row(0, named=True)
    headline: Words = say("No point was lost")
    if worst["lost"] > 0:
        headline = say("Most points were lost by {item}: {points}", item=told.items[worst["item"]], points=_points(worst["lost"]))
    return Section(
        "section_items", say("Result"), headline, blocks_shown,
        subtitle=with_heading(told.name(scheme), say("points out of {n}", n=Count(100))),
    )  # fmt: skip


def _thresholds(row: Mapping[str, Any], scheme: Scheme) -> tuple[Block, ...]:
    """How far each grade is away."""
    if not scheme.grades or row["score"] is None:
        return ()
    frame = pl.DataFrame(
        {
            "grade": [str(place) for place in range(1, len(scheme.grades) + 1)],
            "from": [e4(one.start) for one in scheme.grades],
            "away": [max(0, e4(one.start) - row["score"]) for one in scheme.grades],
            "role": ["emphasised" if place == row["grade"] else "" for place in range(1, len(scheme.grades) + 1)],
        },
        schema={"grade": pl.String, "from": pl.Int64, "away": pl.Int64, "role": pl.String},
    ).with_columns(employee_code=pl.lit(row["employee_code"]), score=pl.lit(row["score"], pl.Int64))
    words = {str(place): _grade_name(one.name) for place, one in enumerate(scheme.grades, start=1)}
    columns = (
        Column("grade", say("Grade"), words=words), Column("from", say("From"), "qty", places=2, adds=False),
        Column("away", say("Points to go"), "qty", places=2, adds=False),
    )  # fmt: skip
    return (Table("grades", frame, columns, title=say("Thresholds of the grades"), role="role", why=formulas_people.GRADES),)


def _own_reasons(evidence: pl.DataFrame, own: Marts, told: _Told, row: Mapping[str, Any]) -> Section:
    rows, sentences = _told_reasons(evidence, {})
    costing = rows.filter(pl.col("points") != 0)
    headline: Words = say("No point was lost")
    if costing.height:
        headline = Message(
            "{n} reason cost {points} points", {"n": Count(costing.height), "points": _points(int(costing["points"].sum()))},
            plural="{n} reasons cost {points} points",
        )  # fmt: skip
    blocks: list[Block] = [
        Table("reasons", rows, _reason_columns(told, sentences), shown=200, why=formulas_people.reasons(own=True))
    ]
    odd = own["assessment_evidence"].filter(pl.col("kind") == "unknown_item")
    if odd.height:
        blocks.append(Notes((_not_counted(odd),), listed=False))
    weekly = any(block.every == "week" for block in told.scheme(row).blocks)
    if weekly:
        blocks.append(Notes((say("Weekly items: what a week costs by the rule is divided by the number of weeks."),), listed=False))
    return Section(
        "section_reasons", say("Reasons"), headline, tuple(blocks),
        subtitle=with_heading(say("What every point was lost for, and where it stands"), PeriodName(told.context.period)),
    )  # fmt: skip


def _own_year(own: Marts, row: Mapping[str, Any], context: ReportContext) -> Section:
    calendar = context.company.calendar
    months = own["assessment_month"].sort("month")
    words = {key: PeriodName(calendar.period(key)) for key in months["month"].to_list()}
    columns = (
        Column("month", say("Month"), words=words), Column("daily_work", say("Daily work"), "qty", places=2, adds=False),
        Column("attendance", _ATTENDANCE, "qty", places=2, adds=False), Column("score", say("Score"), "qty", places=2, adds=False),
    )  # fmt: skip
    headline = Message(
        "{points} points on average of {n} month assessed", {"points": _points(row["year_score"]), "n": Count(row["months_assessed"])},
        plural="{points} points on average of {n} months assessed",
    )  # fmt: skip
    rule = say("Score of the year: the sum of the months ÷ the months assessed.")
    return Section("section_year", say("Year"), headline, (
        Table("year", months, columns, why=formulas_people.MONTHS), Notes((rule,), listed=False),
    ))  # fmt: skip
