"""Monthly assessment (M6): who is assessed by which scheme, and what is measured of them, with the place of every piece of evidence.

Lateness comes from the ledger's arrivals against the obligations (``submissions``), never from what somebody typed. How points follow
from reasons is ``assessment_score``'s; what a score pays is ``pay``'s. A person's region, dealers and role are those of the day that a
reason is dated; earlier months of the year are computed again from facts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.company.assessment import AssessmentFile, Block, Cause, Item, Scheme, e4
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.covers import Cover, cover_of, covers
from pipelines.contracts.marts_assessment import ASSESSMENT_MARTS
from pipelines.metrics import dealers
from pipelines.metrics.activity import work_lines, work_plan_execution
from pipelines.metrics.assessment_score import ATTENDANCE, Measured, Reason, Score, scored, year
from pipelines.metrics.plan_actual import Events, plans_of
from pipelines.metrics.submissions import submissions
from pipelines.metrics.weeks import spans
from pipelines.money import E4, divide_half_away
from pipelines.sources.facts import Facts
from pipelines.sources.places import with_cell

FORM_KINDS = ("late", "missing", "illegible")
"""How a form can fail to come in time."""
UNKNOWN = "unknown_item"
"""The kind of an event that fits no item of the person's scheme: it costs nothing and is listed."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """One who is assessed in a month, from ``start`` to ``end``; ``left`` is their last day in the month, if they leave in it."""

    code: str
    name: str | None
    role: str
    region: str | None
    scheme: Scheme
    start: date
    end: date
    left: date


@dataclass(frozen=True)
class Month:
    """What a month was found to be: each person's score."""

    period: Period
    people: Mapping[str, Person]
    scores: Mapping[str, Score]
    recorded: Mapping[str, int]
    """Days of attendance that were recorded, by person."""
    unknown: Mapping[str, Sequence[Reason]]
    """Events that fit no item, by person."""


@dataclass(frozen=True)
class Ledger:
    """What lateness is measured by: the ledger's files, the staged tables' faults, the moment T, and where columns stand on sheets."""

    files: pl.DataFrame
    faults: pl.DataFrame
    known_at: datetime | None
    letters: pl.DataFrame


def assessment_marts(facts: Facts, company: Company, period: Period, as_of: date, ledger: Ledger) -> dict[str, pl.DataFrame]:
    """Every mart of ``ASSESSMENT_MARTS`` by name; all empty where the company has no schemes."""
    empty = {mart.name: pl.DataFrame(schema=mart.schema) for mart in ASSESSMENT_MARTS}
    if company.assessment is None:
        return empty
    first = min(scheme.start for scheme in company.assessment.schemes)
    wanted = [one for one in company.calendar.year_to_date(period) if one.end >= first]
    source = _Source(facts, company, wanted, as_of, ledger)
    months = [_Month(source, company.assessment, one, min(as_of, one.end)).assessed() for one in wanted if one.start <= as_of]
    if not months or months[-1].period != period:
        return empty
    found = _shaped(months, facts, company, months[-1])
    return {
        mart.name: pl.DataFrame(found[mart.name], schema=mart.schema, orient="row").sort(*mart.grain, nulls_last=True)
        for mart in ASSESSMENT_MARTS
    }


# --- what is looked up once for all months ----------------------------------------------------------------------------


class _Source:
    """Facts as lists by person, and what several months share."""

    def __init__(self, facts: Facts, company: Company, periods: Sequence[Period], as_of: date, ledger: Ledger) -> None:
        self.facts, self.company, self.periods, self.as_of, self.ledger = facts, company, periods, as_of, ledger
        self.zone = ZoneInfo(company.policy.timezone)

    @cached_property
    def people(self) -> dict[str, list[Row]]:
        """Versions of each employee, oldest first; the first one holds since ever."""
        return _by(self.facts["employee"].sort("employee_code", "valid_from"), "employee_code")

    @cached_property
    def customers(self) -> dict[str, list[Row]]:
        """Versions of each customer, likewise."""
        rows = self.facts["customer"].sort("customer_code", "valid_from").select("customer_code", "valid_from", "employee_code")
        return _by(rows, "customer_code")

    def placed(self, table: str, column: str) -> pl.DataFrame:
        """A fact table with the cell of its ``column``."""
        return with_cell(self.facts[table], self.ledger.letters, column)

    @cached_property
    def absences(self) -> pl.DataFrame:
        return self.placed("attendance", "status")

    @cached_property
    def events(self) -> dict[str, list[Row]]:
        return _by(self.placed("assessment_event", "points"), "employee_code")

    @cached_property
    def reports(self) -> dict[tuple[str, str], Row]:
        """Report forms by person and key."""
        rows = with_cell(self.facts["work_report"], self.ledger.letters, "period")
        return {(row["employee_code"], row["period"]): row for row in rows.iter_rows(named=True)}

    @cached_property
    def unreported(self) -> dict[tuple[str, str], list[Row]]:
        """Planned work of which nothing was reported, by person and key."""
        lines = work_lines(self.facts["work_plan"], self.facts["work_plan"]["period"].unique().sort().to_list())
        left = lines.filter(pl.col("is_planned") & ~pl.col("is_reported"))
        rows = with_cell(left, self.ledger.letters, "item").sort("employee_code", "period", "line")
        parts = rows.group_by("employee_code", "period", maintain_order=True)
        return {(str(code), str(key)): part.to_dicts() for (code, key), part in parts}

    @cached_property
    def visits(self) -> dict[str, list[date]]:
        """Days of key-account visits by person."""
        rows = self.facts["visit"].filter(pl.col("kind") == "key_account").sort("visited_at")
        return {str(code): part["visited_at"].to_list() for (code,), part in rows.group_by("employee_code", maintain_order=True)}

    @cached_property
    def trainings(self) -> list[Row]:
        return self.facts["training"].filter(pl.col("recorded")).sort("held_on").to_dicts()

    @cached_property
    def attained(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """Actual and plan by period, measure and salesperson, where there is a plan."""
        events = Events(self.facts, self.periods, self.as_of).by(("employee_code",))
        plans = plans_of(self.facts, self.company)
        planned = plans.by(plans.monthly(), ("employee_code",))
        both = planned.join(events, on=["period", "measure", "unit", "employee_code"], how="left")
        summed = both.group_by("period", "measure", "employee_code").agg(pl.col("plan").sum(), pl.col("actual").fill_null(0).sum())
        return {(row[0], row[1], row[2]): (row[4], row[3]) for row in summed.iter_rows()}

    def owed(self, period: Period) -> list[Row]:
        """Submissions of a period and of the one before, the row before it of the same form beside each, by policy of corrections."""
        calendar, found = self.company.calendar, []
        for one in filter(None, (calendar.previous(period), period)):
            rows = self._submissions(one)
            found += rows
        before: dict[tuple[str, str, str], Row] = {}
        for row in sorted(found, key=lambda row: (row["due_at"], row["cover"])):
            key = (row["sender"], row["table"], row["every"])
            row["doubled"] = row["status"] == "missing" and key in before and before[key]["status"] == "missing"
            before[key] = row
        return [row for row in found if row["period"] == period.key]

    def _submissions(self, period: Period) -> list[Row]:
        if period.key not in self._handed_in:
            frame = submissions(self.ledger.files, self.ledger.faults, self.facts, self.company, period, self.ledger.known_at)
            self._handed_in[period.key] = [self._judged(row) for row in frame.iter_rows(named=True)]
        return [dict(row) for row in self._handed_in[period.key]]

    @cached_property
    def _handed_in(self) -> dict[str, list[Row]]:
        return {}

    def _judged(self, row: Row) -> Row:
        """A submission with its cover's days; a form none of whose rows could be used did not come, a correction counts by policy."""
        where = cover_of(row["cover"], self.company.calendar)
        assert where is not None
        assert self.company.assessment is not None
        status, arrived = row["status"], row["arrived_local"]
        if self.company.assessment.corrections == "last" and row["corrected_at"] and row["corrected_at"] > row["due_at"]:
            moment = datetime.fromisoformat(row["corrected_at"]).astimezone(self.zone)
            status, arrived = "late", moment.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
        elif status == "on_time" and row["rows_accepted"] == 0 and (row["rows_rejected"] or 0) > 0:
            status = "illegible"
        return {**row, "status": status, "arrived_local": arrived, "start": where.start, "end": where.end}

    def version(self, code: str, day: date) -> Row | None:
        """An employee as they stood on ``day``."""
        return _on(self.people.get(code, []), day)

    def salesperson(self, customer: str, day: date) -> str | None:
        """Whose customer it was on ``day``."""
        row = _on(self.customers.get(customer, []), day)
        return row["employee_code"] if row else None


def _by(frame: pl.DataFrame, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        found[row[column]].append(row)
    return found


def _on(versions: Sequence[Row], day: date) -> Row | None:
    """The version that held on ``day``; the first one holds since ever."""
    if not versions:
        return None
    return versions[max(0, bisect_right([row["valid_from"] for row in versions], day) - 1)]


# --- one month --------------------------------------------------------------------------------------------------------


class _Month:
    """What is measured of everybody in one period, as of a day of it."""

    def __init__(self, source: _Source, schemes: AssessmentFile, period: Period, as_of: date) -> None:
        self.source, self.schemes, self.period, self.as_of = source, schemes, period, as_of
        self.company, self.facts = source.company, source.facts
        self.weeks = [week for week in covers("week", period, self.company.calendar) if week.end <= as_of]
        self.owed = source.owed(period)

    def assessed(self) -> Month:
        """Scores of all; those who answer for others after the others."""
        people = {person.code: person for person in self._people()}
        scores: dict[str, Score] = {}
        unknown: dict[str, Sequence[Reason]] = {}
        absent, recorded = self._attendance(people)
        answering = {code for code, one in people.items() if any(c.measure == "joint" for i in one.scheme.items() for c in i.causes)}
        for code in [*sorted(set(people) - answering), *sorted(answering)]:
            person = people[code]
            found, unknown[code] = self._measured(person, absent)
            if code in answering:
                found = replace(found, reasons=[*found.reasons, *self._joint(person, people, scores)])
            scores[code] = scored(person.scheme, found)
        return Month(self.period, people, scores, recorded, unknown)

    def _people(self) -> Iterator[Person]:
        for code in self.source.people:
            row = self.source.version(code, self.as_of)
            assert row is not None
            left = min(self.period.end, row["left_on"] or date.max)
            end = min(left, self.as_of)
            row = self.source.version(code, end) or row
            since = [self.period.start, row["hired_on"] or date.min]
            if row["trainee_until"] is not None:
                since.append(row["trainee_until"] + timedelta(days=1))
            start = max(since)
            if (end - start).days + 1 < self.schemes.minimum_days:
                continue
            if scheme := self.schemes.scheme(code, row["role"], end):
                yield Person(code, row["name"], row["role"], row["region_code"], scheme, start, end, left)

    def _attendance(self, people: Mapping[str, Person]) -> tuple[dict[str, list[Reason]] | None, dict[str, int]]:
        """Days absent by person (None where nobody keeps attendance), and how many days were recorded."""
        if not self.facts.has("attendance"):
            return None, {}
        days = pl.DataFrame(
            [(one.code, one.start, one.end) for one in people.values()], orient="row",
            schema={"employee_code": pl.String, "_from": pl.Date, "_to": pl.Date},
        )  # fmt: skip
        rows = self.source.absences.join(days, on="employee_code").filter(pl.col("day").is_between("_from", "_to"))
        recorded = dict(rows.group_by("employee_code").len().iter_rows())
        absent: dict[str, list[Reason]] = {code: [] for code in people}
        for row in rows.filter(pl.col("status").is_in(["absent", "half_absent"])).iter_rows(named=True):
            absent[row["employee_code"]].append(Reason(ATTENDANCE, ATTENDANCE, row["status"], day=row["day"], **_place(row)))
        return absent, recorded

    def _measured(self, person: Person, absent: Mapping[str, list[Reason]] | None) -> tuple[Measured, Sequence[Reason]]:
        weeks = [week for week in self.weeks if person.start <= week.end <= person.left]
        reasons, unmeasured = [], set()
        for block in person.scheme.blocks:
            over = weeks if block.every == "week" else [Cover(self.period.key, self.period.start, self.period.end)]
            for item in block.items:
                mine: list[Reason] = []
                there = item.rule in ("deduct", "omissions")
                if item.form:
                    missed, is_due = self._form(person, block, item)
                    mine += missed
                    there = there or is_due
                for cause in item.causes:
                    found = _MEASURES[cause.measure](self, person, item, cause, over) if cause.measure in _MEASURES else ()
                    there = there or found is not None
                    mine += found or ()
                if item.rule == "omissions" and not mine and not self._was_asked(person, block, item):
                    there = False
                if not there:
                    unmeasured.add(item.id)
                reasons += mine
        events, unknown = self._events(person, weeks)
        unmeasured -= {one.item for one in events}
        days = None if absent is None else absent[person.code]
        return Measured([*reasons, *events], [week.key for week in weeks], frozenset(unmeasured), days), unknown

    # forms

    def _forms(self, person: Person, table: str, every: str | None = None) -> list[Row]:
        """What the person owed of a form in their days: covers that end in them."""
        return [
            row for row in self._owed_by.get((person.code, table), ())
            if (every is None or row["every"] == every) and person.start <= row["end"] <= person.left
        ]  # fmt: skip

    @cached_property
    def _owed_by(self) -> dict[tuple[str, str], list[Row]]:
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.owed:
            found[row["sender"], row["table"]].append(row)
        return found

    def _form(self, person: Person, block: Block, item: Item) -> tuple[list[Reason], bool]:
        """The item's own form where it did not come in time, and whether it was due at all."""
        rows = self._forms(person, item.form, block.every)
        missed = [
            self._missed(person, row, item.id, _FORM, form_missed=True) for row in rows if row["status"] in FORM_KINDS
        ]  # fmt: skip
        return missed, any(row["status"] != "not_due" for row in rows)

    def _missed(self, person: Person, row: Row, item: str, cause: str, *, document: str = "", form_missed: bool = False) -> Reason:
        doubled = person.scheme.doubles and row["doubled"]
        return Reason(
            item, cause, row["status"], cover=row["cover"], day=row["end"], form_missed=form_missed, doubled=doubled, document=document,
            form=row["table"], due=row["due_local"], arrived=row["arrived_local"], source_file=row["source_file"],
        )  # fmt: skip

    def _was_asked(self, person: Person, block: Block, item: Item) -> bool:
        """Whether anything was there that could have been left out: the form, a work plan, visits."""
        if item.form and self._forms(person, item.form, block.every):
            return True
        needs = {"blank": "work_report", "unreported": "work_plan", "key_account": "visit", "event": "assessment_event"}
        return any(self.facts.has(needs[cause.measure]) for cause in item.causes)

    # what causes are measured by: the reasons, or None where nothing was there to measure

    def late(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Forms of the person's own or of their dealers that did not come in time."""
        found = []
        for table in cause.tables:
            if cause.of == "own":
                rows = [(row, "") for row in self._forms(person, table)]
            else:
                rows = [(row, row["sender"]) for row in self._of_dealers.get((person.code, table), ()) if row["end"] >= person.start]
                rows = [(row, dealer) for row, dealer in rows if row["end"] <= person.left]
            found += [
                self._missed(person, row, item.id, cause.id, document=dealer)
                for row, dealer in rows if row["status"] in FORM_KINDS
            ]  # fmt: skip
        return found

    @cached_property
    def _of_dealers(self) -> dict[tuple[str, str], list[Row]]:
        """Submissions of customers by the salesperson whose they were on the cover's last day, and table."""
        found: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.owed:
            if row["sender"] in self.source.customers and (code := self.source.salesperson(row["sender"], row["end"])):
                found[code, row["table"]].append(row)
        return found

    def shortfall(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """The month's actual below its plan; nothing is measured without a plan."""
        if (figures := self._against_plan(person, cause)) is None:
            return None
        actual, plan = figures
        return [Reason(item.id, cause.id, "shortfall", day=person.end, measured=actual, wanted=plan)] if actual < plan else []

    def attainment(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """The month's actual against its plan."""
        figures = self._against_plan(person, cause)
        return None if figures is None else [self._share(person, item, cause, *figures)]

    def _against_plan(self, person: Person, cause: Cause) -> tuple[int, int] | None:
        found = self.source.attained.get((self.period.key, cause.plan, person.code))
        return found if found and found[1] > 0 else None

    def _share(self, person: Person, item: Item, cause: Cause, measured: int, whole: int) -> Reason:
        """A share of ``whole``, held against the share that is wanted."""
        wanted = divide_half_away(whole * e4(item.wanted), E4)
        return Reason(item.id, cause.id, cause.measure, day=person.end, measured=measured, wanted=wanted)

    def blank(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Fields of a report form that were left empty."""
        found = []
        for span in over:
            if row := self.source.reports.get((person.code, span.key)):
                found += [
                    Reason(item.id, cause.id, "blank", cover=span.key, day=span.end, form="work_report", document=name, **_place(row))
                    for name in cause.fields if not (row[name] or "").strip()
                ]  # fmt: skip
        return found

    def unreported(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Planned work of which nothing was reported afterwards."""
        left = [(span, row) for span in over for row in self.source.unreported.get((person.code, span.key), ())]
        return [
            Reason(item.id, cause.id, "unreported", cover=span.key, day=span.end, form="work_plan", document=row["item"], **_place(row))
            for span, row in left
        ]

    def key_account(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Visits to key accounts that a week lacks, by policy ``key_account_visits_per_week``."""
        if not self.facts.has("visit"):
            return None
        wanted, days = self.company.policy.key_account_visits_per_week, self.source.visits.get(person.code, [])
        found = []
        for week in (one for one in self.weeks if person.start <= one.end <= person.left):
            made = bisect_right(days, week.end) - bisect_right(days, week.start - timedelta(days=1))
            found += [
                Reason(item.id, cause.id, "key_account", cover=week.key, day=week.end, document=str(number), measured=made * E4,
                       wanted=wanted * E4)
                for number in range(made + 1, wanted + 1)
            ]  # fmt: skip
        return found

    def training(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Trainings with a record in the region that was the person's on that day."""
        if not self.facts.has("training"):
            return None
        held = [
            row for row in self.source.trainings
            if person.start <= row["held_on"] <= person.end and self._region(person.code, row["held_on"]) == row["region_code"]
        ]  # fmt: skip
        topics = "; ".join(f"{row['held_on']} {row['topic']}" for row in held)
        place = _place(held[0]) if len(held) == 1 else {}
        count = Reason(item.id, cause.id, "training", day=person.end, measured=len(held) * E4, wanted=e4(item.wanted), note=topics or None)
        return [replace(count, **place)]

    def _region(self, code: str, day: date) -> str | None:
        row = self.source.version(code, day)
        return row["region_code"] if row else None

    def execution(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Planned work that was done, of the plans whose month or week ends in the person's days."""
        own = (pl.col("employee_code") == person.code) & pl.col("end").is_between(person.start, person.left)
        planned, done = self._executed.filter(own & pl.col("execution").is_not_null()).select(pl.col("planned", "done").sum()).row(0)
        return [self._share(person, item, cause, done * E4, planned * E4)] if planned else None

    @cached_property
    def _executed(self) -> pl.DataFrame:
        return work_plan_execution(self.facts, spans(self.period, self.company.calendar, self.as_of), self.period, self.as_of)

    def coverage(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Outlets of the person's dealers that were visited."""
        return self._of_outlets(person, item, cause, "outlets_visited")

    def distribution(self, person: Person, item: Item, cause: Cause, over: Sequence[Cover]) -> list[Reason] | None:
        """Outlets of the person's dealers that ever bought."""
        return self._of_outlets(person, item, cause, "outlets_traded")

    def _of_outlets(self, person: Person, item: Item, cause: Cause, column: str) -> list[Reason] | None:
        rows = self._dealers.filter(pl.col("employee_code") == person.code)
        outlets = int(rows["outlets"].sum())
        return [self._share(person, item, cause, int(rows[column].sum()) * E4, outlets * E4)] if outlets else None

    @cached_property
    def _dealers(self) -> pl.DataFrame:
        return dealers.measure(self.facts, self.company, self.period, self.as_of)

    # events and others' forms

    def _events(self, person: Person, weeks: Sequence[Cover]) -> tuple[list[Reason], list[Reason]]:
        """What was entered of the person by hand: reasons, and those that fit no item of the scheme."""
        places = {item.id: (item.id, item.id, block.every) for block in person.scheme.blocks for item in block.items}
        places |= {
            cause.id: (item.id, cause.id, block.every) for block in person.scheme.blocks for item in block.items for cause in item.causes
        }
        found, unknown = [], []
        for row in self.source.events.get(person.code, ()):
            day = row["happened_on"]
            if row["rubric_item"] not in places:
                if person.start <= day <= person.end:
                    unknown.append(Reason(row["rubric_item"], row["rubric_item"], UNKNOWN, day=day, note=row["note"], **_place(row)))
                continue
            item, cause, every = places[row["rubric_item"]]
            week = next((one.key for one in weeks if one.start <= day <= one.end), None) if every == "week" else ""
            if week is None or (every == "period" and not person.start <= day <= person.end):
                continue
            found.append(Reason(item, cause, "event", cover=week, day=day, points=-row["points"], note=row["note"], **_place(row)))
        return found, unknown

    def _joint(self, person: Person, people: Mapping[str, Person], scores: Mapping[str, Score]) -> Iterable[Reason]:
        """The share of what the region's people lost by forms that came late or not at all."""
        for item in person.scheme.items():
            for cause in (one for one in item.causes if one.measure == "joint"):
                assert cause.share is not None
                costs: dict[tuple[str, str, date, str], int] = defaultdict(int)
                for code, score in scores.items():
                    for one in score.reasons:
                        is_theirs = one.kind in FORM_KINDS and one.form in cause.tables and not one.document and one.day is not None
                        if is_theirs and one.day and person.start <= one.day <= person.end and self._answers(person, code, one.day):
                            costs[code, one.cover, one.day, one.form] += one.lost
                for (code, cover, day, form), lost in sorted(costs.items()):
                    points = divide_half_away(lost * e4(cause.share), E4)
                    yield Reason(
                        item.id, cause.id, "joint", cover=cover, day=day, form=form, points=points, measured=lost, about=code,
                    )  # fmt: skip

    def _answers(self, person: Person, code: str, day: date) -> bool:
        """Whether ``code`` was one of the person's region on ``day``."""
        region = self._region(person.code, day)
        return code != person.code and region is not None and self._region(code, day) == region


_FORM = "form"
"""The cause of what a form costs that did not come in time."""
_MEASURES: dict[str, Callable[[_Month, Person, Item, Cause, Sequence[Cover]], list[Reason] | None]] = {
    "late": _Month.late, "shortfall": _Month.shortfall, "blank": _Month.blank, "unreported": _Month.unreported,
    "key_account": _Month.key_account, "training": _Month.training, "execution": _Month.execution, "attainment": _Month.attainment,
    "coverage": _Month.coverage, "distribution": _Month.distribution,
}  # fmt: skip


def _place(row: Row) -> dict[str, Any]:
    return {name: row.get(name) for name in ("source_file", "source_sheet", "source_row", "cell")}


# --- marts ------------------------------------------------------------------------------------------------------------


def _shaped(months: Sequence[Month], facts: Facts, company: Company, now: Month) -> dict[str, list[Row]]:
    regions = {row["region_code"]: row for row in facts.as_of("region", now.period.end).iter_rows(named=True)}
    awards = _awards(now)
    found: dict[str, list[Row]] = {mart.name: [] for mart in ASSESSMENT_MARTS}
    for code, person in now.people.items():
        score, region = now.scores[code], regions.get(person.region or "", {})
        monthly = [(one.period.key, one.people[code].scheme.id, one.scores[code]) for one in months if code in one.scores]
        scores = [one.score for _, _, one in monthly if one.score is not None]
        absent = None if score.attendance is None else sum(one.item == ATTENDANCE for one in score.reasons)
        key = {"period": now.period.key, "employee_code": code}
        grade, to_next = _grade(person.scheme, score.score)
        found["assessment"].append({
            **key, "name": person.name, "role": person.role, "region_code": person.region, "region_name": region.get("name"),
            "department": region.get("department"), "scheme": person.scheme.id, "scheme_from": person.scheme.start,
            "assessed_from": person.start, "assessed_to": person.end, "daily_work": score.daily_work, "attendance": score.attendance,
            "score": score.score, "assessed_maximum": score.assessed, "days_absent": absent,
            "days_recorded": now.recorded.get(code, 0) if score.attendance is not None else None, "grade": grade, "to_next_grade": to_next,
            "award": awards.get(code), "year_score": year(scores), "months_assessed": len(scores),
        })  # fmt: skip
        for number, item in enumerate(score.items, start=1):
            found["assessment_item"].append({
                **key, "scheme": person.scheme.id, "item_no": number, "block": item.block, "item": item.item, "maximum": item.maximum,
                "points": item.maximum - item.lost if item.measured else None, "lost": item.lost, "weeks": item.weeks,
            })  # fmt: skip
        order = {item.item: number for number, item in enumerate(score.items)}
        reasons = sorted(score.reasons, key=lambda one: (order[one.item], one.order()))
        for number, one in enumerate([*reasons, *sorted(now.unknown[code], key=Reason.order)], start=1):
            found["assessment_evidence"].append({
                **key, "line": number, "item": one.item, "cause": one.cause, "kind": one.kind, "cover": one.cover or None,
                "happened_on": one.day, "form": one.form or None, "document": one.document or None, "due": one.due, "arrived": one.arrived,
                "measured": one.measured, "wanted": one.wanted, "doubled": one.doubled, "deduction": one.deduction, "points": one.lost,
                "about": one.about or None, "note": one.note, "source_file": one.source_file, "source_sheet": one.source_sheet,
                "source_row": one.source_row, "cell": one.cell,
            })  # fmt: skip
        for month, scheme, then in monthly:
            found["assessment_month"].append({
                **key, "month": month, "scheme": scheme, "daily_work": then.daily_work, "attendance": then.attendance, "score": then.score,
            })  # fmt: skip
    return found


def _grade(scheme: Scheme, score: int | None) -> tuple[int | None, int | None]:
    """The place of the grade that a score has (1 the highest), and how many points the next higher one is away."""
    if score is None or not scheme.grades:
        return None, None
    starts = [e4(one.start) for one in scheme.grades]
    place = next(place for place, start in enumerate(starts) if score >= start)
    return place + 1, starts[place - 1] - score if place else None


def _awards(now: Month) -> dict[str, int]:
    """The best of each scheme that gives awards, by their rank; who scores the same has the same one."""
    by_scheme: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for code, person in now.people.items():
        score = now.scores[code].score
        if person.scheme.awards and score is not None:
            by_scheme[person.scheme.id].append((score, code))
    found = {}
    for members in by_scheme.values():
        for score, code in members:
            rank = 1 + sum(other > score for other, _ in members)
            if rank <= now.people[code].scheme.awards:
                found[code] = rank
    return found

