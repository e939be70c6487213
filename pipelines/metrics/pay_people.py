"""Who is employed when, at which grade, by which plan; and what base and performance pay follow from it (M7).

Plain dates and integers, a person and a month at a time. What is earned by receipts and sales is ``commission``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.pay import Fixed, PayFile, PayPlan, Trainee, e4
from pipelines.money import E8, FEN, allocate, divide_half_away
from pipelines.sources.facts import Facts


@dataclass(frozen=True)
class Version:
    """A person's place from ``since`` on."""

    since: date
    role: str
    grade: str | None
    region: str | None


@dataclass(frozen=True)
class Person:
    """An employee with all versions, the first of which holds since ever. ``left``: the last day."""

    code: str
    name: str
    versions: tuple[Version, ...]
    hired: date | None
    left: date | None
    trainee_until: date | None

    def on(self, day: date) -> Version:
        """The version of ``day``."""
        return next((one for one in reversed(self.versions) if one.since <= day), self.versions[0])

    def employed(self, period: Period) -> tuple[date, date] | None:
        """First and last day of employment in ``period``, or None."""
        first, last = max(period.start, self.hired or period.start), min(period.end, self.left or period.end)
        return (first, last) if first <= last else None

    def last_trainee_day(self, rule: Trainee | None) -> date | None:
        """The last day as a trainee: as the master data says, else so many months after being hired; None: never one."""
        if rule is None or self.trainee_until is not None or self.hired is None:
            return self.trainee_until if rule is not None else None
        months = self.hired.year * 12 + self.hired.month - 1 + rule.months
        return _day(months // 12, months % 12 + 1, self.hired.day) - timedelta(days=1)


def _day(year: int, month: int, day: int) -> date:
    """The day of the month; where it lacks it, the first of the next one: three months from 30 November end on the last of February."""
    try:
        return date(year, month, day)
    except ValueError:
        return date(year + month // 12, month % 12 + 1, 1)


@dataclass(frozen=True)
class Stretch:
    """Days of a period, first and last included, that are paid alike."""

    first: date
    last: date
    version: Version
    plan: PayPlan | None
    trainee: bool


@dataclass(frozen=True)
class FixedPay:
    """One amount of base or performance pay: ``monthly`` for ``days`` of ``of_days``, at ``rate`` (hundred-millionths) of full pay."""

    kind: Literal["base_pay", "performance_pay"]
    cause: Literal["grade", "trainee", "no_grade"]
    days: int
    of_days: int
    monthly: int
    rate: int
    amount: int


def people_of(facts: Facts, as_of: date) -> list[Person]:
    """Every employee known on ``as_of``, by code; of dates that a later version tells otherwise the last counts."""
    rows = facts["employee"].filter(
        (pl.col("valid_from") <= as_of) | (pl.col("valid_from") == pl.col("valid_from").min().over("employee_code"))
    )
    found: dict[str, list[dict[str, object]]] = {}
    for row in rows.sort("employee_code", "valid_from").iter_rows(named=True):
        found.setdefault(row["employee_code"], []).append(row)
    people = []
    for code, versions in found.items():
        last: Mapping[str, object] = versions[-1]
        people.append(Person(
            code, str(last["name"]),
            tuple(Version(row["valid_from"], row["role"], row["pay_grade"], row["region_code"]) for row in versions),  # type: ignore[arg-type]
            last["hired_on"], last["left_on"], last["trainee_until"],  # type: ignore[arg-type]
        ))  # fmt: skip
    return people


def stretches(person: Person, period: Period, plans: PayFile) -> list[Stretch]:
    """The person's days of ``period``, cut wherever grade, plan or being a trainee changes; empty when not employed."""
    span = person.employed(period)
    if span is None:
        return []
    first, last = span
    day = timedelta(days=1)
    starts = {first, *(one.since for one in person.versions), *(plan.start for plan in plans.plans)}
    starts |= {plan.until + day for plan in plans.plans if plan.until is not None and plan.until < date.max}
    rules = {plan.pay.trainee for plan in plans.plans if plan.pay is not None}
    starts |= {until + day for rule in rules if (until := person.last_trainee_day(rule)) is not None}
    cuts = sorted(start for start in starts if first <= start <= last)
    found = []
    for start, end in zip(cuts, [*(cut - day for cut in cuts[1:]), last], strict=True):
        version = person.on(start)
        plan = plans.plan(version.role, version.grade, start)
        until = person.last_trainee_day(plan.pay.trainee) if plan is not None and plan.pay is not None else None
        found.append(Stretch(start, end, version, plan, until is not None and start <= until))
    return found


def fixed_pay(days: list[Stretch], period: Period, calendar: Calendar, rate: int) -> list[FixedPay]:
    """Base and performance pay of a month: by days where something changed within it, in whole fen.

    Days that are paid alike are one amount, so that nothing is rounded twice. A quarter that fell short pays at ``rate``.
    """
    found = []
    for kind in ("base_pay", "performance_pay"):
        alike: dict[tuple[int, int], list[Stretch]] = {}
        unknown: list[Stretch] = []
        for one in days:
            if one.plan is None or one.plan.pay is None:
                continue
            monthly = _monthly(one, one.plan.pay, kind)
            whole = _days(one.plan.pay, calendar, period.start, period.end)
            if monthly is None:
                unknown.append(one)
            else:
                alike.setdefault((monthly, whole), []).append(one)
        for (monthly, whole), parts in alike.items():
            worked = sum(_days(part.plan.pay, calendar, part.first, part.last) for part in parts if part.plan and part.plan.pay)
            amount = allocate(monthly // FEN, [worked, whole - worked])[0] * FEN if whole else 0
            cause: Literal["grade", "trainee"] = "trainee" if all(part.trainee for part in parts) else "grade"
            paid = divide_half_away(amount * rate, E8 * FEN) * FEN
            found.append(FixedPay(kind, cause, worked, whole, monthly, rate, paid))
        if unknown and kind == "base_pay":
            found.append(FixedPay("base_pay", "no_grade", sum((one.last - one.first).days + 1 for one in unknown), period.days, 0, rate, 0))
    return found


def _monthly(one: Stretch, rules: Fixed, kind: str) -> int | None:
    """What a month pays in full, ten-thousandths; None for a grade that the plan does not have."""
    grade = rules.trainee if one.trainee and rules.trainee is not None else rules.grades.get(one.version.grade or "")
    if grade is None:
        return None
    return e4(grade.base if kind == "base_pay" else grade.performance)


def _days(rules: Fixed, calendar: Calendar, first: date, last: date) -> int:
    return (last - first).days + 1 if rules.days == "calendar" else calendar.working_days(first, last)
