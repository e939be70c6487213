"""What R1 and R2 share: how far plans of work were carried out, what is open of them, what is planned next, problems and support wanted.

The week and the month show the same of another span. A company without work plans has neither report.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from pipelines.metrics.activity import work_lines
from pipelines.reports import formulas, formulas_field
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, with_heading
from pipelines.reports.definitions import weekly
from pipelines.reports.model import Column, Count, Message, Name, Report, Section, Share, Table, Tile, Told, Value, Words, say

REQUIRED = ("work_plan_execution",)
TABLES = ("work_plan", "work_report", "employee", "region")
STATUS: dict[str, Words] = {"done": say("Done"), "partly": say("Partly done"), "not_done": say("Not done")}


def report(
    marts: Marts, context: ReportContext, *, id: str, name: str, title: Words, span: Literal["week", "period"], cover: str,
    when: Words, following: tuple[str, Words] | None,
) -> Report | None:  # fmt: skip
    """The report of one week or month; None where nobody plans it or the one after. ``following``: key and name of that one."""
    rows = marts["work_plan_execution"].filter((pl.col("span") == span) & (pl.col("cover") == cover))
    ahead = _lines(marts, following[0]) if following else pl.DataFrame()
    if rows.is_empty() and ahead.is_empty():
        return None
    said = _headline(rows, when)
    lines = _lines(marts, cover)
    sections = [*_people(rows, when), *_open(lines, rows, when)]
    sections += _told(marts, cover, when)
    if following and ahead.height:
        sections += _ahead(ahead, following[1])
    sections += _beside(marts, context) if span == "week" else []
    sections += _all(lines, when)
    return context.report(
        id=id,
        name=name,
        title=title,
        headline=said,
        subtitle=with_heading(say("Planned and done"), when),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(rows),
        notes=(
            say("Execution is items done over items planned; what was only partly done is open."),
            say("— means that nothing was reported yet; it is not zero."),
        ),
    )


def _lines(marts: Marts, cover: str) -> pl.DataFrame:
    """The lines of a week or month with their person's name, by person and line."""
    lines = work_lines(marts["work_plan"], [cover])
    names = marts["employee"].sort("valid_from").unique("employee_code", keep="last").select("employee_code", "name")
    named = lines.join(names, on="employee_code", how="left").with_columns(label=pl.coalesce("name", "employee_code"))
    return named.sort("employee_code", "line")


def _headline(rows: pl.DataFrame, when: Words) -> Words:
    planned, done = int(rows["planned"].sum()), int(rows["done"].sum())
    if not planned:
        return say("{when}: nothing was planned", when=when)
    values: dict[str, Value] = {"when": when, "done": Count(done), "n": Count(planned)}
    first: Words = Message("{when}: {done} of {n} item done", values, plural="{when}: {done} of {n} items done")
    return and_then(first, _silent(rows))


def _silent(rows: pl.DataFrame) -> Words | None:
    """How many people have not reported; None where all have."""
    silent = rows.filter(pl.col("execution").is_null()).height
    return Message("{n} person has not reported", {"n": Count(silent)}, plural="{n} people have not reported") if silent else None


def _tiles(rows: pl.DataFrame) -> list[Tile]:
    names = ("planned", "done", "done_in_time", "overdue")
    sums = {name: int(rows[name].sum()) for name in names}
    whose = {"employee_code": None, "cover": rows["cover"][0] if rows.height else None}
    planned, done = sums["planned"], sums["done"]

    def told(name: str, value: float | None = None) -> Told:
        row = {**sums, **whose} if value is None else {**sums, **whose, name: value}
        return formulas.told(f"tile_{name}", row, (name,), formulas_field.EXECUTION)

    tiles = [Tile(say("Items planned"), Count(planned), told=told("planned")), Tile(say("Done"), Count(done), told=told("done"))]
    if rows["execution"].is_not_null().any():
        tiles.append(Tile(say("Execution"), Share(done / planned), told=told("execution", done / planned)))
        tiles.append(Tile(say("Done in time"), Count(sums["done_in_time"]), told=told("done_in_time")))
    tiles.append(Tile(say("Past their day"), Count(sums["overdue"]), good="lower", told=told("overdue")))
    return tiles


def _people(rows: pl.DataFrame, when: Words) -> list[Section]:
    if rows.is_empty():
        return []
    frame = rows.with_columns(
        label=pl.coalesce("name", "employee_code"), region=pl.coalesce("region_name", "region_code", pl.lit(""))
    ).sort("execution", "region_code", "employee_code", nulls_last=True)
    columns = (
        Column("region", say("Region"), words=LABELS), Column("label", say("Person")), Column("planned", say("Planned"), "count"),
        Column("done", say("Done"), "count"), Column("done_in_time", say("in time"), "count"),
        Column("open", say("Still open"), "count"),
        Column("overdue", say("past their day"), "count", blank_zero=True, alarm=0),
        Column("execution", say("Execution"), "share", bar=True),
    )  # fmt: skip
    told = frame.filter(pl.col("execution").is_not_null())
    headline: Words = say("Nobody has reported yet")
    if told.height:
        low = told.row(0, named=True)
        full = told.filter(pl.col("execution") >= 1).height
        headline = Message("{full} of {n} person did everything", {"full": Count(full), "n": Count(told.height)},
                           plural="{full} of {n} people did everything")  # fmt: skip
        if full < told.height:
            last, share = told.filter(pl.col("execution") == low["execution"]).height, Share(low["execution"])
            least = say("{name} least ({share})", name=Name(low["label"]), share=share)
            headline = and_then(headline, least if last == 1 else say("{n} people share the lowest ({share})", n=Count(last), share=share))
    table = Table("execution", frame, columns, shown=40, why=formulas_field.EXECUTION)
    return [Section("section_execution", say("Execution"), headline, (table,), subtitle=with_heading(say("Lowest first"), when))]


def _open(lines: pl.DataFrame, rows: pl.DataFrame, when: Words) -> list[Section]:
    """What was reported as not done, and what nobody reported of people who did report; who has not reported is counted beside."""
    told = rows.filter(pl.col("execution").is_not_null())["employee_code"]
    counted = pl.col("is_planned") | ~pl.col("is_planned").any().over("employee_code")
    part = lines.filter(pl.col("employee_code").is_in(told.implode()) & counted & (pl.col("status").fill_null("") != "done"))
    if part.is_empty():
        return []
    frame = part.with_columns(status=pl.col("status").fill_null("")).sort("planned_on", "employee_code", "line", nulls_last=True)
    number = frame["employee_code"].n_unique()
    headline: Words = Message(
        "{n} item of {people} is open",
        {"n": Count(frame.height), "people": Message("{n} person", {"n": Count(number)}, plural="{n} people")},
        plural="{n} items of {people} are open",
    )
    headline = and_then(headline, _silent(rows))
    columns = (
        Column("label", say("Person")), Column("item", say("Work item")), Column("planned_on", say("Planned for"), "date"),
        Column("status", say("Status"), words=STATUS | {"": say("Not reported")}), Column("result", say("Reason")),
    )  # fmt: skip
    table = Table("open", frame, columns, shown=25)
    return [Section("section_open", say("Still open"), headline, (table,), subtitle=with_heading(say("Planned and not done"), when))]


def _told(marts: Marts, cover: str, when: Words) -> list[Section]:
    """Problems and the support wanted, in the writers' own words."""
    if not have(marts, "work_report"):
        return []
    rows = wanted(marts, [cover])
    return [] if rows.is_empty() else [told_section(rows, when)]


def told_section(rows: pl.DataFrame, when: Words) -> Section:
    """The section of :func:`wanted`."""
    asking = rows.filter(pl.col("support").fill_null("") != "").height
    several = "{n} reports name problems or proposals"
    headline: Words = Message("{n} report names problems or proposals", {"n": Count(rows.height)}, plural=several)
    if asking:
        headline = and_then(headline, Message("{n} asks for support", {"n": Count(asking)}, plural="{n} ask for support"))
    every = (
        Column("problems", say("Problems and measures")), Column("support", say("Support wanted")), Column("proposal", say("Proposals")),
    )  # fmt: skip
    columns = (Column("label", say("Person")), *(column for column in every if (rows[column.name].fill_null("") != "").any()))
    subtitle = with_heading(say("As written in the reports"), when)
    return Section("section_told", say("Problems and support"), headline, (Table("told", rows, columns, shown=25),), subtitle=subtitle)


def wanted(marts: Marts, covers: list[str]) -> pl.DataFrame:
    """The reports for ``covers`` that name a problem, ask for support or propose something, with ``label`` of who writes."""
    says = pl.any_horizontal(pl.col("problems", "support", "proposal").fill_null("").str.strip_chars() != "")
    rows = marts["work_report"].filter(pl.col("period").is_in(covers) & says)
    names = marts["employee"].sort("valid_from").unique("employee_code", keep="last").select("employee_code", "name")
    named = rows.join(names, on="employee_code", how="left").with_columns(label=pl.coalesce("name", "employee_code"))
    return named.sort("region_code", "employee_code", "period", nulls_last=True)


def _ahead(lines: pl.DataFrame, when: Words) -> list[Section]:
    part = lines.filter("is_planned")
    if part.is_empty():
        return []
    number = part["employee_code"].n_unique()
    headline = Message(
        "{n} item planned by {people}",
        {"n": Count(part.height), "people": Message("{n} person", {"n": Count(number)}, plural="{n} people")},
        plural="{n} items planned by {people}",
    )
    columns = (Column("label", say("Person")), Column("item", say("Work item")), Column("planned_on", say("Planned for"), "date"))
    return [Section("section_ahead", say("Planned next"), headline, (Table("ahead", part, columns, shown=20),), subtitle=when)]


def _beside(marts: Marts, context: ReportContext) -> list[Section]:
    found = weekly.own_weeks(context)
    rows = marts["work_plan_execution"].filter(pl.col("span") == "week").with_columns(label=pl.coalesce("name", "employee_code"))
    if len(found) < 2 or rows["execution"].is_null().all():
        return []
    rows = rows.sort("region_code", "employee_code", nulls_last=True)
    wide, columns = weekly.beside(rows, ["employee_code", "label"], "execution", found, "share")
    why = formulas_field.execution_beside(found)
    table = Table("weeks_execution", wide, (Column("label", say("Person")), *columns), shown=15, why=why)
    subtitle = say("Weeks that end in {month}", month=context.month)
    return [Section("section_weeks", say("Weeks"), say("Plan execution by week"), (table,), subtitle=subtitle)]


def _all(lines: pl.DataFrame, when: Words) -> list[Section]:
    """Every line; on the workbook's sheet only."""
    if lines.is_empty():
        return []
    columns = (
        Column("employee_code", say("Code"), "code"), Column("label", say("Person")), Column("item", say("Work item")),
        Column("planned_on", say("Planned for"), "date"), Column("done_on", say("Done on"), "date"),
        Column("status", say("Status"), words=STATUS), Column("result", say("Result or reason")),
    )  # fmt: skip
    headline = Message("{n} item in all", {"n": Count(lines.height)}, plural="{n} items in all")
    return [Section("section_all", say("All items"), headline, (Table("all", lines, columns, detail=True),), subtitle=when)]
