"""How people are assessed: ``assessment.yaml`` in the company's folder, a list of dated schemes. Optional; without it nobody is.

Only data and its validation. The domain's default rubrics stand in ``rubrics/*.yaml`` and serve where a scheme says ``use``. How lost
points follow from what was measured is ``metrics.assessment_score``'s, what is measured ``metrics.assessment``'s. A change is
another scheme with a later ``from``.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml

from pipelines.company.policy import Share
from pipelines.company.yamlfile import Strict, load
from pipelines.contracts.model import Language
from pipelines.money import E4, scaled

FILE = "assessment.yaml"
RUBRICS = Path(__file__).parent / "rubrics"
FULL = 100
"""What the maxima of a scheme add up to, and what daily work, attendance and score are out of."""

Role = Literal["salesperson", "region_manager", "department_head", "clerk"]
Rule = Literal["deduct", "omissions", "in_time", "count", "ratio"]
Measure = Literal["event", "late", "shortfall", "blank", "unreported", "key_account", "training", "execution", "attainment", "coverage",
                  "distribution", "joint"]  # fmt: skip
MEASURED: dict[Rule, frozenset[str]] = {
    "deduct": frozenset({"event", "late", "shortfall", "joint"}),
    "omissions": frozenset({"event", "blank", "unreported", "key_account"}),
    "in_time": frozenset({"event"}),
    "count": frozenset({"event", "training"}),
    "ratio": frozenset({"event", "execution", "attainment", "coverage", "distribution"}),
}
"""What each rule can be fed by. Events may always be entered against an item."""


def e4(value: Decimal) -> int:
    """Points or a share as ten-thousandths."""
    return scaled(str(value), E4)


def _fits(value: Decimal) -> Decimal:
    e4(value)
    return value


Points = Annotated[Decimal, pydantic.Field(ge=0, le=FULL), pydantic.AfterValidator(_fits)]
Id = Annotated[str, pydantic.Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Named(Strict):
    """Something with an ``id`` for tables and a ``name`` in each language that readers use."""

    id: Id
    name: dict[Language, str]

    @pydantic.field_validator("name")
    @classmethod
    def _in_all(cls, name: dict[Language, str]) -> dict[Language, str]:
        if missing := [language for language in ("zh-Hans", "zh-Hant", "en") if language not in name]:
            raise ValueError(f"a name is needed in {', '.join(missing)} too")
        return name


class Cause(Named):
    """One way to lose points of an item, and by what it is measured.

    ``points``: what one case costs. ``tables``: forms (``late``); ``of``: whose, the person's ``own`` or those of the ``dealers`` of
    theirs. ``plan``: the measure of M1 (``shortfall``, ``attainment``). ``fields``: columns of the form that must not be empty
    (``blank``). ``share``: the part of their people's deductions that a manager answers for (``joint``).
    """

    measure: Measure
    points: Points | None = None
    tables: tuple[str, ...] = ()
    of: Literal["own", "dealers"] = "own"
    plan: str = ""
    fields: tuple[str, ...] = ()
    share: Share | None = None

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Cause:
        needed = {
            "late": bool(self.tables), "shortfall": bool(self.plan), "attainment": bool(self.plan), "blank": bool(self.fields),
            "joint": bool(self.tables) and self.share is not None,
        }  # fmt: skip
        if not needed.get(self.measure, True):
            lacking = {"late": "tables", "joint": "tables and a share", "blank": "fields"}.get(self.measure, "a plan")
            raise ValueError(f"{self.id}: the measure {self.measure} needs {lacking}")
        return self


class Item(Named):
    """What points are given for, at most ``maximum``; none where its ``form`` (a table) did not come in time.

    ``rule``: ``deduct`` costs each case its points; ``omissions`` costs what ``steps`` say for one, two, … of them; ``in_time`` asks
    only for the form; ``count`` gives all points from ``wanted`` cases on, else none; ``ratio`` gives the share ``measured ÷ wanted`` of
    them, at most ``cap``.
    """

    maximum: Points
    rule: Rule
    form: str = ""
    steps: tuple[Points, ...] = ()
    wanted: Annotated[Decimal, pydantic.Field(gt=0), pydantic.AfterValidator(_fits)] = Decimal(1)
    cap: Annotated[Decimal, pydantic.Field(ge=1), pydantic.AfterValidator(_fits)] = Decimal(1)
    causes: tuple[Cause, ...] = ()

    @pydantic.model_validator(mode="after")
    def _fits_its_rule(self) -> Item:
        for cause in self.causes:
            if cause.measure not in MEASURED[self.rule]:
                known = ", ".join(sorted(MEASURED[self.rule]))
                raise ValueError(f"{cause.id}: the rule {self.rule} is fed by {known}, not by {cause.measure}")
            if self.rule == "deduct" and cause.measure not in ("event", "joint") and cause.points is None:
                raise ValueError(f"{cause.id}: say how many points a case costs")
        if self.rule == "omissions" and (list(self.steps) != sorted(set(self.steps)) or not self.steps or self.steps[-1] > self.maximum):
            raise ValueError(f"{self.id}: steps say what one, two, … omissions cost: each more than the one before, at most {self.maximum}")
        if self.rule == "in_time" and not self.form:
            raise ValueError(f"{self.id}: in_time needs the form that is to come")
        if self.rule in ("count", "ratio") and sum(cause.measure != "event" for cause in self.causes) != 1:
            raise ValueError(f"{self.id}: {self.rule} needs one cause that is measured")
        return self


class Block(Named):
    """Items that share a floor: together they do not fall below 0. ``every`` ``week``: the mean of the weeks that end in the month."""

    every: Literal["period", "week"] = "period"
    items: tuple[Item, ...] = pydantic.Field(min_length=1)

    @property
    def maximum(self) -> int:
        """Ten-thousandths of a point."""
        return sum(e4(item.maximum) for item in self.items)


class Threshold(Strict):
    """A grade and the score from which it is given (key ``from``)."""

    name: dict[Language, str]
    start: Points = pydantic.Field(alias="from")


class Weights(Strict):
    """What the score is made of."""

    daily_work: Share = Decimal("0.7")
    attendance: Share = Decimal("0.3")

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Weights:
        if self.daily_work + self.attendance != 1:
            raise ValueError("the weights add up to 1")
        return self


class Scheme(Named):
    """Who is assessed how, from which day (key ``from``). ``employees`` are assessed so whatever their role, else the ``roles`` are.

    ``absent_day``: what a day absent costs of the attendance's 100; half a day counts as one. ``doubles``: a form that was not handed in
    two times running costs twice as much. ``awards``: how many of the best are named. ``grades``: from the highest down.
    """

    start: date = pydantic.Field(alias="from")
    roles: tuple[Role, ...] = ()
    employees: tuple[str, ...] = ()
    weights: Weights = Weights()
    absent_day: Points = Decimal(4)
    doubles: bool = True
    awards: int = pydantic.Field(0, ge=0)
    grades: tuple[Threshold, ...] = ()
    blocks: tuple[Block, ...] = pydantic.Field(min_length=1)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_rubric(cls, given: Any) -> Any:
        """``use: NAME`` begins with a default rubric; what else is given takes the place of what it says."""
        if not isinstance(given, dict) or "use" not in given:
            return given
        path = RUBRICS / f"{given['use']}.yaml"
        known = sorted(one.stem for one in RUBRICS.glob("*.yaml"))
        if path.stem not in known:
            raise ValueError(f"there is no default rubric '{given['use']}'; there are {', '.join(known)}")
        return {**yaml.safe_load(path.read_text("utf-8")), **{key: value for key, value in given.items() if key != "use"}}

    @pydantic.model_validator(mode="after")
    def _whole(self) -> Scheme:
        if bool(self.roles) == bool(self.employees):
            raise ValueError(f"{self.id}: say for whom it is: roles, or employees by their codes")
        if (total := sum(block.maximum for block in self.blocks)) != FULL * E4:
            raise ValueError(f"{self.id}: the maxima of the items add up to {Decimal(total) / E4:f}, and not to {FULL}")
        ids = [one.id for one in self.items()] + [cause.id for item in self.items() for cause in item.causes]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"{self.id}: '{twice}' stands for two items or causes; events name them by their ids")
        starts = [grade.start for grade in self.grades]
        if starts != sorted(set(starts), reverse=True) or (starts and starts[-1] != 0):
            raise ValueError(f"{self.id}: grades go from the highest down to one that begins at 0")
        return self

    def items(self) -> tuple[Item, ...]:
        """The items of all blocks, in order."""
        return tuple(item for block in self.blocks for item in block.items)


class AssessmentFile(Strict):
    """``assessment.yaml``. ``corrections``: which delivery of a form counts: the ``first`` that could be read, or the ``last`` correction.

    ``minimum_days``: who is assessable for fewer days of a month is not assessed in it.
    """

    corrections: Literal["first", "last"] = "first"
    minimum_days: int = pydantic.Field(1, ge=1)
    schemes: tuple[Scheme, ...] = pydantic.Field(min_length=1)

    @pydantic.field_validator("schemes")
    @classmethod
    def _one_a_day(cls, schemes: tuple[Scheme, ...]) -> tuple[Scheme, ...]:
        for number, one in enumerate(schemes):
            for other in schemes[number + 1 :]:
                shared = set(one.roles) & set(other.roles) | set(one.employees) & set(other.employees)
                if shared and one.start == other.start:
                    raise ValueError(f"two schemes hold for {', '.join(sorted(shared))} from the same day, {one.start}")
        return schemes

    def scheme(self, employee: str, role: str, day: date) -> Scheme | None:
        """The scheme of a person on ``day``: one that names them before one of their role, of several the latest. None: not assessed."""
        begun = [one for one in self.schemes if one.start <= day and (employee in one.employees or role in one.roles)]
        return max(begun, key=lambda one: (employee in one.employees, one.start), default=None)


def load_assessment(folder: Path) -> AssessmentFile | None:
    """The schemes in ``folder``; None when it has none. Raises ``ConfigurationError`` naming file and line."""
    path = folder / FILE
    return load(path, AssessmentFile) if path.is_file() else None
