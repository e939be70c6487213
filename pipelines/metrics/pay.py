"""What everybody is paid in a period, and why (M7): base and performance pay, commission, what is made up for, what is carried.

A period is paid when it is closed. Its settlement then stands as it was kept (:class:`Settled`); what today's facts would have given
instead, by the plans that it was settled with, is an item of the next settlement that is still open, with the documents that moved
it. Periods that nobody has closed are computed from facts. So every settlement follows from facts, plans and the closings before it,
in whatever order periods are computed.

``payable = base and performance pay + manual + variable + claim brought forward + claim carried forward``, where variable is
commission, holdback, release, the year's settlement and what is made up for; a negative variable part is carried as a claim and set
off against later variable pay, never against base pay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property

import polars as pl
import pydantic

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.company.covers import periods_of
from pipelines.company.pay import MEASURES, Base, PayFile, PayPlan, Promotion, e8
from pipelines.contracts.marts_pay import PAY_MARTS, REGULAR
from pipelines.errors import ConfigurationError
from pipelines.metrics import plan_actual
from pipelines.metrics.commission import Month, Year, attained, year_of
from pipelines.metrics.pay_credit import KEY, Scheme, credited
from pipelines.metrics.pay_people import Person, Stretch, fixed_pay, people_of, stretches
from pipelines.money import E8
from pipelines.sources.facts import Facts

FIXED = ("base_pay", "performance_pay")
MARTS = {mart.name: mart for mart in PAY_MARTS}
MART = "mart"
"""Column of :meth:`Settled.of`'s frame that names the mart of a row."""


@dataclass(frozen=True)
class Settled:
    """What closed periods paid: the pay marts as they were kept at each one's first closing. Opening a period does not undo it."""

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Settled:
        """From one frame with the rows of all marts, their columns side by side, and :data:`MART`."""
        return cls({mart.name: typed(frame.filter(pl.col(MART) == mart.name), mart.schema) for mart in PAY_MARTS})

    @staticmethod
    def joined(kept: Mapping[str, Sequence[pl.DataFrame]]) -> pl.DataFrame:
        """The frame that :meth:`of` reads, from the kept frames of each mart."""
        schema = {name: dtype for mart in PAY_MARTS for name, dtype in mart.schema.items()} | {MART: pl.String()}
        parts = [frame.with_columns(pl.lit(mart).alias(MART)) for mart, frames in kept.items() for frame in frames]
        return pl.concat([pl.DataFrame(schema=schema), *parts], how="diagonal_relaxed")

    @cached_property
    def periods(self) -> frozenset[str]:
        """The periods that are paid."""
        return frozenset(self.frames["pay_plan"]["period"]) if self.frames else frozenset()

    @cached_property
    def items(self) -> Mapping[tuple[str, str], list[PayItem]]:
        """What was paid, by period and person, in its order."""
        found: dict[tuple[str, str], list[PayItem]] = {}
        names = list(PayItem.__dataclass_fields__)
        rows = self.frames["pay_item"].sort("period", "employee_code", "item_no") if self.frames else pl.DataFrame()
        for row in rows.iter_rows(named=True):
            found.setdefault((row["period"], row["employee_code"]), []).append(PayItem(**{name: row[name] for name in names}))
        return found

    def plans(self, period: str) -> PayFile | None:
        """The plans that ``period`` was settled with; None when it is not settled."""
        if period not in self.periods:
            return None
        rows = self.frames["pay_plan"].filter(pl.col("period") == period).sort("plan")
        try:
            return PayFile(plans=tuple(PayPlan.model_validate_json(text) for text in rows["rules"]))
        except pydantic.ValidationError as error:
            raise ConfigurationError(
                f"{period}: this version cannot read the pay plans that the period was settled with: {error.errors()[0]['msg']}. "
                "Compute its followers with the version that settled it."
            ) from error

    @cached_property
    def targets(self) -> Mapping[tuple[str, str], int | None]:
        """The plan that a paid month was held against, by person and month."""
        own = self.frames["pay_month"].filter(pl.col("period") == pl.col("in_period")) if self.frames else pl.DataFrame()
        return {(row["employee_code"], row["in_period"]): row["target"] for row in own.iter_rows(named=True)}

    @cached_property
    def lines(self) -> pl.DataFrame:
        """The documents of each paid month with their base, ``before``, as they were paid or last made up for."""
        key = ["in_period", *KEY, "source_file", "source_sheet", "source_row"]
        own = self.frames["pay_line"].filter(pl.col("period") == pl.col("in_period"))
        later = self.frames["pay_late"].select("period", *key, before="now")
        both = pl.concat([own.select("period", *key, before="amount"), later]).sort("period", maintain_order=True)
        return both.unique(["in_period", *KEY], keep="last", maintain_order=True).drop("period")

    def marts(self, period: str) -> dict[str, pl.DataFrame]:
        """The marts of one paid period, as they were kept; ``settled`` says that they are."""
        kept = {name: frame.filter(pl.col("period") == period) for name, frame in self.frames.items()}
        return kept | {"pay_settlement": kept["pay_settlement"].with_columns(settled=pl.lit(value=True))}


@dataclass(frozen=True)
class PayItem:
    """One amount of a settlement. ``what``: its kind; of a late one the kind that is made up for; of a manual one its number."""

    kind: str
    what: str
    for_period: str
    amount: int
    days: int | None = None
    of_days: int | None = None
    base: int | None = None
    rate: int | None = None
    cause: str | None = None
    approved_by: str | None = None
    reason: str | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether it is base or performance pay or a manual adjustment, against which no claim is set off."""
        return self.what in FIXED or self.kind == "manual"


@dataclass(frozen=True)
class Settlement:
    """A person's settlement of one period. ``given``: what all settlements up to this one have handed out, by what and for when."""

    items: tuple[PayItem, ...]
    claim: int
    given: Mapping[tuple[str, str], int]

    @property
    def payable(self) -> int:
        """What is handed out."""
        return sum(item.amount for item in self.items)


@dataclass(frozen=True)
class Quarter:
    """How a person's quarter came out: sums over the months that are assessed; None: nothing to judge by."""

    key: str
    achieved: int
    target: int | None
    assessed: int

    @property
    def share(self) -> Fraction | None:
        """achieved ÷ plan."""
        return attained(self.achieved, self.target) if self.assessed else None


class Pay:
    """Everybody's pay up to ``period``, as of a day. :meth:`marts` are of that period; :attr:`settlements` of every one before it too."""

    def __init__(self, facts: Facts, company: Company, period: Period, as_of: date, settled: Settled | None = None) -> None:
        self.facts, self.company, self.period, self.as_of = facts, company, period, as_of
        self.settled = settled or Settled()
        self.calendar: Calendar = company.calendar
        earlier = [p for p in self.calendar.periods if p.start <= period.start]
        self.plans = {p.key: self.settled.plans(p.key) or company.pay for p in earlier}
        first = min((plans.first_day for plans in self.plans.values() if plans is not None), default=date.max)
        self.periods = [p for p in earlier if p.end >= first]
        self.people = people_of(facts, as_of)
        self._cut: dict[tuple[str, str], list[Stretch]] = {}
        self._judged: dict[tuple[str, str, Base], Quarter] = {}
        self.terms = self._terms()
        schemes = {Scheme.of(plan.commission) for plan in self.terms.values() if plan.commission is not None}
        self.credit = {scheme: self._credit(scheme) for scheme in sorted(schemes)}
        self.sums = {scheme: _sums(lines.filter(pl.col("why").is_null())) for scheme, lines in self.credit.items()}
        self.targets = self._targets()
        self.years = {person.code: self._years(person) for person in self.people}
        self.judging = self._judging()
        self.measured = {measure: _sums(lines) for measure, lines in self.judging.items()}
        self.settlements: dict[str, dict[str, Settlement]] = {person.code: self._settle(person) for person in self.people}

    # --- what everything rests on

    def days(self, person: Person, period: Period) -> list[Stretch]:
        """A person's days of ``period`` by plan, grade and being a trainee."""
        key = person.code, period.key
        if key not in self._cut:
            self._cut[key] = stretches(person, period, self._file(period))
        return self._cut[key]

    def _file(self, period: Period) -> PayFile:
        plans = self.plans[period.key]
        return plans if plans is not None else PayFile.model_construct(plans=())

    def _terms(self) -> dict[tuple[str, str], PayPlan]:
        """The plan with a commission that holds for a person on the last day of a period, or the last one employed."""
        found = {}
        for period in self.periods:
            plans = self._file(period)
            for person in self.people:
                if (span := person.employed(period)) is not None:
                    version = person.on(span[1])
                    plan = plans.plan(version.role, version.grade, span[1])
                    if plan is not None and plan.commission is not None:
                        found[person.code, period.key] = plan
        return found

    def _credit(self, scheme: Scheme) -> pl.DataFrame:
        """The lines of a scheme with ``why`` nobody is paid for them; null where somebody is."""
        lines = credited(self.facts, self.company, scheme, self.periods, self.as_of)
        spans = pl.DataFrame(
            [(person.code, person.hired, person.left) for person in self.people],
            schema={"employee_code": pl.String, "_hired": pl.Date, "_left": pl.Date}, orient="row",
        )  # fmt: skip
        paid = pl.DataFrame(
            [(*key, Scheme.of(plan.commission) == scheme) for key, plan in self.terms.items() if plan.commission is not None],
            schema={"employee_code": pl.String, "in_period": pl.String, "_own": pl.Boolean}, orient="row",
        )  # fmt: skip
        early, late = pl.col("dated_on") < pl.col("_hired"), pl.col("dated_on") > pl.col("_left")
        # A sale may have been invoiced before its salesperson came: what was collected of it goes by its month.
        away = (early.fill_null(value=False) | late.fill_null(value=False)) & (pl.col("kind") != "collected")
        known = lines.join(spans, on="employee_code", how="left", maintain_order="left")
        return known.join(paid, on=["employee_code", "in_period"], how="left", maintain_order="left").with_columns(
            why=pl.when(pl.col("employee_code").is_null()).then(pl.lit("no_salesperson"))
            .when(away).then(pl.lit("not_employed")).when(pl.col("_own").is_null()).then(pl.lit("no_plan"))
            .when(~pl.col("_own")).then(pl.lit("other"))
        ).drop("_hired", "_left", "_own")  # fmt: skip

    def _targets(self) -> dict[tuple[str, str, str], int]:
        """Plans by measure, person and period key; those of quarters and years under their own keys."""
        plans = plan_actual.plans_of(self.facts, self.company)
        rows = plans.every_span().filter(pl.col("measure").is_in([*MEASURES.values(), "outlets"]))
        cells = plans.by(rows, ["employee_code"]).unique(["measure", "employee_code", "period"], maintain_order=True)
        return {(row[0], row[1], row[2]): row[3] for row in cells.select("measure", "employee_code", "period", "plan").iter_rows()}

    def _years(self, person: Person) -> dict[int, Year]:
        """The commission of each fiscal year, by its number."""
        months: dict[int, list[Month]] = {}
        for period in self.periods:
            plan = self.terms.get((person.code, period.key))
            if plan is not None and plan.commission is not None:
                terms = plan.commission
                achieved, base = self.sums[Scheme.of(terms)].get((person.code, period.key), (0, 0))
                target = self.targets.get((MEASURES[terms.base], person.code, period.key))
                months.setdefault(period.fiscal_year, []).append(Month(period.key, period.number, terms, achieved, base, target))
        return {year: self._year(person, year, found) for year, found in months.items()}

    def _year(self, person: Person, year: int, months: Sequence[Month]) -> Year:
        ends = [p.key for p in self.periods if p.fiscal_year == year and self._is_last(p)]
        leaves = [p for p in self.periods if person.left is not None and p.fiscal_year == year and p.start <= person.left <= p.end]
        if leaves and person.left is not None and person.left <= self.as_of:
            return year_of(months, settled_in=leaves[0].key, left=True)
        return year_of(months, settled_in=ends[0] if ends else None)

    def _is_last(self, period: Period) -> bool:
        following = self.calendar.next(period)
        return following is None or following.fiscal_year != period.fiscal_year

    # --- quarters

    def _judging(self) -> dict[Base, pl.DataFrame]:
        """The lines of each measure that quarters are judged by; their sums by person and period are ``measured``."""
        wanted: set[Base] = {
            plan.pay.quarter.measure for plans in self.plans.values() if plans for plan in plans.plans if plan.pay and plan.pay.quarter
        }
        if self.promotions():
            wanted.add("receipts")
        found: dict[Base, pl.DataFrame] = {}
        for measure in sorted(wanted):
            lines = next((lines for scheme, lines in self.credit.items() if scheme.base == measure), None)
            if lines is None:
                lines = self._credit(Scheme(measure, False, ()))
            found[measure] = lines.filter(~pl.col("why").is_in(["no_salesperson", "not_employed"]).fill_null(value=False))
        return found

    def quarter_key(self, period: Period) -> str | None:
        """The key of the quarter that ``period`` belongs to; None where the year's periods make no quarters."""
        year = [p for p in self.calendar.periods if p.fiscal_year == period.fiscal_year]
        return None if len(year) % 4 else f"{period.fiscal_year:04d}-Q{(year.index(period)) // (len(year) // 4) + 1}"

    def quarter(self, person: Person, key: str, measure: Base) -> Quarter:
        """How ``key`` came out for a person: over the months that they were employed throughout and no trainee in.

        Where not every month has a plan, the quarter's own counts, if the whole of it is assessed.
        """
        if (person.code, key, measure) in self._judged:
            return self._judged[person.code, key, measure]
        periods = periods_of(key, self.calendar)
        assessed = [p for p in periods if p in self.periods and self.is_assessed(person, p)]
        targets = [self.targets.get((MEASURES[measure], person.code, p.key)) for p in assessed]
        known = [target for target in targets if target is not None]
        target = sum(known) if known and len(known) == len(targets) else None
        if target is None and len(assessed) == len(periods):
            target = self.targets.get((MEASURES[measure], person.code, key))
        achieved = sum(self.measured[measure].get((person.code, p.key), (0, 0))[0] for p in assessed)
        self._judged[person.code, key, measure] = Quarter(key, achieved, target, len(assessed))
        return self._judged[person.code, key, measure]

    def is_assessed(self, person: Person, period: Period) -> bool:
        """Whether a month counts for its quarter: employed throughout, and no trainee."""
        days = self.days(person, period)
        return bool(days) and (days[0].first, days[-1].last) == (period.start, period.end) and not any(one.trainee for one in days)

    def items(self, code: str) -> tuple[PayItem, ...]:
        """The items of a person's settlement of the period."""
        return self.settlements[code][self.period.key].items

    def _before(self, key: str) -> str | None:
        """The quarter before ``key``, if all of it lies in the time of the pay plans."""
        periods = periods_of(key, self.calendar)
        previous = self.calendar.previous(periods[0]) if periods else None
        before = self.quarter_key(previous) if previous is not None else None
        return before if before is not None and all(p in self.periods for p in periods_of(before, self.calendar)) else None

    def _pay_rate(self, person: Person, period: Period, plan: PayPlan | None) -> int:
        """The share of base and performance pay that the quarter before leaves, hundred-millionths."""
        rule = plan.pay.quarter if plan is not None and plan.pay is not None else None
        key = self.quarter_key(period)
        before = self._before(key) if key is not None else None
        if rule is None or before is None:
            return E8
        share = self.quarter(person, before, rule.measure).share
        return e8(rule.pay) if share is not None and share < Fraction(e8(rule.threshold), E8) else E8

    def promotions(self) -> list[Promotion]:
        """What the period's plans ask for a grade up."""
        plans = self._file(self.period).plans
        return [plan.pay.promotion for plan in plans if plan.pay is not None and plan.pay.promotion is not None]

    # --- settlements

    def regular(self, person: Person, period: Period) -> list[PayItem]:
        """What the rules give in the settlement of ``period``, by today's facts."""
        days = self.days(person, period)
        found = []
        if days:
            rate = self._pay_rate(person, period, days[-1].plan)
            found += [
                PayItem(one.kind, one.kind, period.key, one.amount, one.days, one.of_days, one.monthly, one.rate, one.cause)
                for one in fixed_pay(days, period, self.calendar, rate)
            ]
        for year in self.years[person.code].values():
            found += [
                PayItem(item.kind, item.kind, item.for_period, item.amount, base=item.base, rate=item.rate)
                for item in year.items if item.period == period.key
            ]
        return found

    @cached_property
    def _by_hand(self) -> dict[str, list[PayItem]]:
        """Manual adjustments by person."""
        found: dict[str, list[PayItem]] = {}
        for row in self.facts["pay_adjustment"].sort("adjustment_no").iter_rows(named=True):
            found.setdefault(row["employee_code"], []).append(PayItem(
                "manual", row["adjustment_no"], row["period"], row["amount"], cause=row["kind"], approved_by=row["approved_by"],
                reason=row["reason"],
            ))  # fmt: skip
        return found

    def _settle(self, person: Person) -> dict[str, Settlement]:
        """The settlements one after the other: paid ones as they were kept, the others by the rules and what is to be made up for."""
        found: dict[str, Settlement] = {}
        given: dict[tuple[str, str], int] = {}
        due: dict[tuple[str, str], int] = {}
        claim, paid, manual = 0, self.settled.periods, self._by_hand.get(person.code, [])
        places = {period.key: number for number, period in enumerate(self.periods)}
        for number, period in enumerate(self.periods):
            regular = self.regular(person, period)
            if period.key in paid:
                items = self.settled.items.get((period.key, person.code), [])
                claim = sum(item.amount for item in items if item.kind == "claim_carried")
            else:
                moved = [key for key in {*due, *given} if key[0] in REGULAR and due.get(key, 0) != given.get(key, 0)]
                late = [
                    PayItem("late", what, when, due.get((what, when), 0) - given.get((what, when), 0))
                    for what, when in sorted(moved, key=lambda key: (places.get(key[1], -1), REGULAR.index(key[0])))
                ]
                by_hand = [
                    replace(one, amount=amount) for one in manual
                    if places.get(one.for_period, number + 1) <= number
                    and (amount := one.amount - given.get((one.what, one.for_period), 0))
                ]  # fmt: skip
                items, claim = _balanced([*regular, *by_hand, *late], claim, period.key)
            for one in regular:
                due[one.what, one.for_period] = due.get((one.what, one.for_period), 0) + one.amount
            for one in items:
                if one.kind in (*REGULAR, "late", "manual"):
                    given[one.what, one.for_period] = given.get((one.what, one.for_period), 0) + one.amount
            found[period.key] = Settlement(tuple(items), claim, dict(given))
        return found


def _balanced(items: Sequence[PayItem], claim: int, period: str) -> tuple[list[PayItem], int]:
    """The items with the claim that was brought forward, and the one that is carried: variable pay alone may not be below nothing."""
    found = list(items)
    if claim:
        found.append(PayItem("claim_brought", "claim_brought", period, -claim))
    carried = max(0, -sum(item.amount for item in found if not item.is_fixed))
    if carried:
        found.append(PayItem("claim_carried", "claim_carried", period, carried))
    return found, carried


def _sums(lines: pl.DataFrame) -> dict[tuple[str, str], tuple[int, int]]:
    """Achieved and base by person and month."""
    sums = lines.group_by("employee_code", "in_period").agg(pl.col("achieved", "amount").sum())
    return {(row[0], row[1]): (row[2], row[3]) for row in sums.iter_rows()}


def typed(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """``frame`` with exactly the columns and types of ``schema``."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
