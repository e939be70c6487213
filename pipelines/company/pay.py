"""How salespeople are paid: ``pay.yaml`` in the company's folder, a list of dated plans. Optional; without it nobody's pay is computed.

Only data and its validation, with the domain's defaults. What a rule does with receipts and days is ``metrics.commission``'s and
``metrics.pay``'s. A change is another plan with a later ``from``: the earlier one stays, since months are settled by the plan of
their day.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from pipelines.company.policy import Share
from pipelines.company.yamlfile import Strict, load
from pipelines.money import E4, E8, scaled

FILE = "pay.yaml"
Base = Literal["receipts", "sales", "margin"]
MEASURES: dict[Base, str] = {"receipts": "receipts", "sales": "net_amount", "margin": "gross_margin"}
"""The measure of ``plan`` that each base is held against."""


def _fits(scale: int) -> pydantic.AfterValidator:
    def checked(value: Decimal) -> Decimal:
        scaled(str(value), scale)
        return value

    return pydantic.AfterValidator(checked)


Amount = Annotated[Decimal, pydantic.Field(ge=0), _fits(100)]
"""Currency units, to the fen."""
Rate = Annotated[Decimal, pydantic.Field(ge=0, le=1), _fits(E8)]
Attainment = Annotated[Decimal, pydantic.Field(ge=0), _fits(E8)]
"""A share of the plan: 0.8 is 80 %; may be above 1."""


def e4(value: Decimal) -> int:
    """Currency units as ten-thousandths."""
    return scaled(str(value), E4)


def e8(value: Decimal) -> int:
    """A rate or share as hundred-millionths."""
    return scaled(str(value), E8)


class Grade(Strict):
    """What a grade is paid a month, currency units."""

    base: Amount
    performance: Amount


class Trainee(Grade):
    """What a trainee is paid instead. ``months``: how long after being hired, where the employee's ``trainee_until`` does not say."""

    base: Amount = Decimal(800)
    performance: Amount = Decimal(200)
    months: int = pydantic.Field(3, ge=0)


class Quarter(Strict):
    """A quarter below ``threshold`` of its plan has the next quarter's base and performance pay at ``pay``."""

    threshold: Attainment = Decimal("0.8")
    pay: Share = Decimal("0.8")
    measure: Base = "receipts"


class Promotion(Strict):
    """What so many quarters running must reach for one grade up to be proposed; what is left out (null) is not asked.

    ``complaints``: at most so many for each invoice. ``management``: judged by people, so the list says that it is open.
    """

    quarters: int = pydantic.Field(2, ge=1)
    receipts: Attainment | None = Decimal(1)
    outlets: Attainment | None = Decimal(1)
    complaints: Rate | None = None
    management: bool = True


class Fixed(Strict):
    """Base and performance pay by grade. ``days``: what a part of a month is counted in."""

    grades: dict[str, Grade] = {
        grade: Grade(base=Decimal(800), performance=Decimal(performance))
        for grade, performance in (("1", 1700), ("2", 1200), ("3", 700), ("4", 400))
    }
    trainee: Trainee | None = Trainee()
    days: Literal["calendar", "working"] = "calendar"
    quarter: Quarter | None = Quarter()
    promotion: Promotion | None = Promotion()


class Step(Strict):
    """A line of the rate table: ``rate`` applies from a month's base of ``start`` currency units (key ``from``)."""

    start: Amount = pydantic.Field(Decimal(0), alias="from")
    rate: Rate


class Band(Strict):
    """A line of the year's table: attainment ``below`` (None: any) has ``rate`` on the whole year; ``monthly``: the months' own rates."""

    below: Attainment | None = None
    rate: Rate | Literal["monthly"]


class Holdback(Strict):
    """``share`` of each month's commission is kept until the year is settled."""

    share: Share


class Cap(Strict):
    """The most commission of a month, and of a year, in currency units."""

    month: Amount | None = None
    year: Amount | None = None


class Commission(Strict):
    """Commission on ``base``: rates, when a month pays, how the year is settled, what is taken back.

    ``tiers``: ``slice`` rates each part of a month's base by the step that it lies in, ``whole`` all of it by the step that it reaches.
    ``threshold``: the share of its plan from which a month pays (0: always). ``together``: 2 lets a month that falls short be paid
    with the next one, when that one reaches the threshold alone; 1: it lapses at once. ``year``: bands of attainment, lowest first;
    without them what has lapsed stays lapsed. ``collected``: of a sale only the share that was collected counts, when it was.
    ``clawback``: what is taken off the base when it comes. ``leaving``: whether who leaves is settled on the last day, or what is
    waiting, held back and left over lapses.
    """

    base: Base = "receipts"
    rates: tuple[Step, ...]
    tiers: Literal["slice", "whole"] = "slice"
    threshold: Attainment = Decimal("0.8")
    together: Literal[1, 2] = 2
    year: tuple[Band, ...] = ()
    collected: bool = False
    holdback: Holdback | None = None
    cap: Cap = Cap()
    clawback: tuple[Literal["red_slip", "write_off"], ...] = ("red_slip", "write_off")
    leaving: Literal["settle", "lapse"] = "settle"

    @pydantic.field_validator("rates")
    @classmethod
    def _from_zero(cls, rates: tuple[Step, ...]) -> tuple[Step, ...]:
        starts = [step.start for step in rates]
        if not starts or starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError("the first step starts from 0, and each from more than the one before")
        return rates

    @pydantic.field_validator("year")
    @classmethod
    def _ascending(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        if not bands:
            return bands
        limits = [band.below for band in bands[:-1]]
        if bands[-1].below is not None or None in limits or limits != sorted(set(limits)):  # type: ignore[type-var]
            raise ValueError("each band is below more than the one before, and the last one has no 'below'")
        return bands

    @pydantic.model_validator(mode="after")
    def _collected_sales(self) -> Commission:
        if self.collected and self.base == "receipts":
            raise ValueError("receipts are collected already: 'collected' is for a base of sales or margin")
        return self


class PayPlan(Strict):
    """One plan: from which day it holds (key ``from``), for whom, and what they get. Without ``grades`` it is for every grade."""

    name: str
    start: date = pydantic.Field(alias="from")
    until: date | None = None
    roles: tuple[Literal["salesperson", "region_manager", "department_head", "clerk"], ...] = ("salesperson",)
    grades: tuple[str, ...] = ()
    pay: Fixed | None = None
    commission: Commission | None = None

    @pydantic.model_validator(mode="after")
    def _something(self) -> PayPlan:
        if self.pay is None and self.commission is None:
            raise ValueError("a plan says 'pay', 'commission' or both")
        if self.until is not None and self.until < self.start:
            raise ValueError(f"it ends ({self.until}) before it begins ({self.start})")
        return self

    def is_for(self, role: str, grade: str | None, day: date) -> bool:
        """Whether it holds for that role and grade on ``day``."""
        named = not self.grades or grade in self.grades
        return role in self.roles and named and self.start <= day and (self.until is None or day <= self.until)


class PayFile(Strict):
    """``pay.yaml``."""

    plans: tuple[PayPlan, ...]

    @pydantic.field_validator("plans")
    @classmethod
    def _one_a_day(cls, plans: tuple[PayPlan, ...]) -> tuple[PayPlan, ...]:
        names = [plan.name for plan in plans]
        if not names:
            raise ValueError("no plan stands here; without plans a company has no pay.yaml")
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two plans are called '{twice}'; letters and reports tell them apart by their names")
        for number, one in enumerate(plans):
            for other in plans[number + 1 :]:
                shared = set(one.grades) & set(other.grades) or not (one.grades or other.grades)
                if one.start == other.start and set(one.roles) & set(other.roles) and shared:
                    raise ValueError(f"'{one.name}' and '{other.name}' hold for the same people from the same day, {one.start}")
        return plans

    @property
    def first_day(self) -> date:
        """The day from which anybody is paid by these plans."""
        return min(plan.start for plan in self.plans)

    def plan(self, role: str, grade: str | None, day: date) -> PayPlan | None:
        """The plan of ``day``: the one that began last; of two from the same day the one that names the grade. None: not paid by us."""
        found = [plan for plan in self.plans if plan.is_for(role, grade, day)]
        return max(found, key=lambda plan: (plan.start, bool(plan.grades)), default=None)


def load_pay(folder: Path) -> PayFile | None:
    """The pay plans in ``folder``; None when it has none. Raises ``ConfigurationError`` naming file and line."""
    path = folder / FILE
    return read_pay(path) if path.is_file() else None


def read_pay(path: Path) -> PayFile:
    """A file of pay plans, wherever it stands. Raises ``ConfigurationError`` naming file and line."""
    return load(path, PayFile)
