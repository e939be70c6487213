"""From what was measured of one person in a month to points: the rules of a rubric (M6), and nothing of where figures come from.

Points are ten-thousandths, as everywhere. Every lost point has a reason that says how many it costs: for each item the reasons add
up to what it lost, exactly, after floors, means of weeks and rounding. The order in which reasons are given does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from pipelines.company.assessment import FULL, Block, Item, Scheme, e4
from pipelines.errors import InvariantBroken
from pipelines.money import E4, divide_half_away

WHOLE = FULL * E4
ATTENDANCE = "attendance"
"""The item under which the days absent stand."""
CAP = "cap"
"""The item that takes away what was earned beyond 100."""


@dataclass(frozen=True)
class Reason:
    """Why points may be lost: one late form, one omission, one event, one figure against its target.

    ``form_missed``: the item's own form did not come in time. ``doubled``: it was not handed in the time before either. ``points``:
    what an event costs (negative: what it earns), or a share of another's. ``measured`` and ``wanted`` are ten-thousandths; ``document``
    is what it is about, ``form`` a table, ``about`` another person.
    ``deduction`` is what it costs by the rule alone; ``lost`` what it costs after floors and means.
    """

    item: str
    cause: str
    kind: str
    cover: str = ""
    day: date | None = None
    form_missed: bool = False
    doubled: bool = False
    points: int | None = None
    measured: int | None = None
    wanted: int | None = None
    document: str = ""
    form: str = ""
    due: str | None = None
    arrived: str | None = None
    about: str = ""
    note: str | None = None
    source_file: str | None = None
    source_sheet: str | None = None
    source_row: int | None = None
    cell: str | None = None
    deduction: int = 0
    lost: int = 0

    def order(self) -> tuple[str, ...]:
        """What reasons are put in order by: their cover, day, cause, document and place."""
        parts = (self.cover, self.day, self.item, self.cause, self.document, self.about, self.source_file, self.source_sheet)
        row = (f"{self.source_row or 0:09d}", self.cell, self.kind, self.points, self.measured, self.note)
        return tuple("" if one is None else str(one) for one in (*parts, *row))


@dataclass(frozen=True)
class ItemScore:
    """An item with what it lost. ``measured`` False: nothing was there to measure it by, so that it does not count."""

    item: str
    block: str
    maximum: int
    lost: int
    measured: bool = True
    weeks: int = 0


@dataclass(frozen=True)
class Score:
    """A person's month: ``daily_work``, ``attendance`` and ``score`` out of 100; null where nothing could be measured.

    ``assessed``: what the maxima of the measured items add up to. Where that is less than 100, daily work is brought to 100.
    """

    daily_work: int | None
    attendance: int | None
    score: int | None
    assessed: int
    items: tuple[ItemScore, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Measured:
    """What was found of a person. ``weeks``: keys of the weeks that are scored. ``unmeasured``: items that nothing was there for.

    ``absences``: a reason each day absent, or None where nobody keeps attendance.
    """

    reasons: Sequence[Reason] = ()
    weeks: Sequence[str] = ()
    unmeasured: Collection[str] = field(default_factory=frozenset)
    absences: Sequence[Reason] | None = ()


def attendance(days: int, absent_day: int = 4 * E4) -> int:
    """100 less ``absent_day`` for each day absent, half a day counting as one, not below 0.

    >>> attendance(3), attendance(26)
    (880000, 0)
    """
    return max(0, WHOLE - days * absent_day)


def total(daily_work: int | None, attended: int | None, scheme: Scheme) -> int | None:
    """Daily work and attendance by their weights; what could not be measured leaves its weight to the other."""
    parts = [(daily_work, e4(scheme.weights.daily_work)), (attended, e4(scheme.weights.attendance))]
    known = [(value, weight) for value, weight in parts if value is not None and weight]
    if daily_work is None or not known:
        return None
    return divide_half_away(sum(value * weight for value, weight in known), sum(weight for _, weight in known))


def year(scores: Iterable[int]) -> int | None:
    """The sum of the months ÷ the months assessed; null where none was."""
    found = list(scores)
    return divide_half_away(sum(found), len(found)) if found else None


def scored(scheme: Scheme, found: Measured) -> Score:
    """A person's month by their scheme. Raises ``InvariantBroken`` when the reasons of an item do not add up to what it lost."""
    by_item: dict[str, list[Reason]] = defaultdict(list)
    for reason in sorted(found.reasons, key=Reason.order):
        by_item[reason.item].append(reason)
    items: list[ItemScore] = []
    reasons: list[Reason] = []
    for block in scheme.blocks:
        block_items, block_reasons = _block(block, by_item, found)
        items += block_items
        reasons += block_reasons
    assessed = sum(one.maximum for one in items if one.measured)
    kept = sum(one.maximum - one.lost for one in items if one.measured)
    if kept > assessed:
        items.append(ItemScore(CAP, CAP, 0, kept - assessed))
        reasons.append(Reason(CAP, CAP, CAP, deduction=kept - assessed, lost=kept - assessed))
        kept = assessed
    daily = divide_half_away(kept * WHOLE, assessed) if assessed else None
    attended, days = _attended(scheme, found.absences)
    items += [ItemScore(ATTENDANCE, ATTENDANCE, WHOLE, WHOLE - attended)] if attended is not None else []
    reasons += days
    _adds_up(items, reasons)
    return Score(daily, attended, total(daily, attended, scheme), assessed, tuple(items), tuple(reasons))


def _attended(scheme: Scheme, absences: Sequence[Reason] | None) -> tuple[int | None, list[Reason]]:
    if absences is None or not scheme.weights.attendance:
        return None, []
    days = sorted(absences, key=Reason.order)
    day = e4(scheme.absent_day)
    costs = _floored([day] * len(days), WHOLE)
    counted = [replace(one, item=ATTENDANCE, deduction=day, lost=cost) for one, cost in zip(days, costs, strict=True)]
    return attendance(len(days), day), counted


def _block(block: Block, by_item: Mapping[str, list[Reason]], found: Measured) -> tuple[list[ItemScore], list[Reason]]:
    """The items of a block: each by its rule, a weekly one by the mean of the weeks; then the floor of the block."""
    weeks = len(found.weeks) if block.every == "week" else 0
    measured = {item.id: item.id not in found.unmeasured and (weeks > 0 or block.every == "period") for item in block.items}
    reasons: list[Reason] = []
    for item in block.items:
        if not measured[item.id]:
            continue
        mine = by_item.get(item.id, [])
        if block.every == "period":
            reasons += _of_item(item, mine)
            continue
        by_week = [one for week in found.weeks for one in _of_item(item, [reason for reason in mine if reason.cover == week])]
        reasons += [replace(one, lost=part) for one, part in zip(by_week, _mean([one.lost for one in by_week], weeks), strict=True)]
    most = sum(e4(item.maximum) for item in block.items if measured[item.id])
    more = any(item.cap > 1 for item in block.items)
    kept = _floored([one.lost for one in reasons], most, more=more)
    reasons = [replace(one, lost=lost) for one, lost in zip(reasons, kept, strict=True)]
    lost = {item.id: sum(one.lost for one in reasons if one.item == item.id) for item in block.items}
    scores = [ItemScore(item.id, block.id, e4(item.maximum), lost[item.id], measured[item.id], weeks) for item in block.items]
    return scores, reasons


def _mean(parts: Sequence[int], number: int) -> list[int]:
    """``parts`` divided by ``number``, so that they add up to their sum divided by it; what rounding leaves goes to the largest."""
    shares = [divide_half_away(part, number) for part in parts]
    if rest := divide_half_away(sum(parts), number) - sum(shares):
        largest = max(range(len(parts)), key=lambda place: (abs(parts[place]), -place))
        shares[largest] += rest
    return shares


def _of_item(item: Item, reasons: Sequence[Reason]) -> list[Reason]:
    """What each reason of one cover costs by the item's rule, within the item's own points."""
    maximum = e4(item.maximum)
    missed = [one for one in reasons if one.form_missed]
    others = [one for one in reasons if not one.form_missed]
    if missed:
        # No points for the item; what else happened costs nothing more. Several tries of one form are one form.
        first, *more = missed
        cost = maximum * (2 if first.doubled else 1)
        return [replace(first, deduction=cost, lost=cost), *(replace(one, deduction=0, lost=0) for one in (*more, *others))]
    costs = _costs(item, others)
    return [
        replace(one, deduction=cost, lost=lost)
        for one, cost, lost in zip(others, costs, _floored(costs, maximum, more=item.cap > 1), strict=True)
    ]


def _costs(item: Item, reasons: Sequence[Reason]) -> list[int]:
    maximum, steps = e4(item.maximum), [e4(step) for step in item.steps]
    prices = {cause.id: cause.points for cause in item.causes}
    costs, omitted = [], 0
    for one in reasons:
        if one.points is not None:
            cost = one.points
        elif item.rule == "omissions":
            before, omitted = omitted, omitted + 1
            cost = steps[min(omitted, len(steps)) - 1] - (steps[min(before, len(steps)) - 1] if before else 0)
        elif item.rule == "count":
            cost = maximum if (one.measured or 0) < e4(item.wanted) else 0
        elif item.rule == "ratio":
            assert one.measured is not None
            assert one.wanted
            most = divide_half_away(one.wanted * e4(item.cap), E4)
            cost = maximum - divide_half_away(maximum * min(max(one.measured, 0), most), one.wanted)
        else:
            cost = e4(prices.get(one.cause) or Decimal(0)) * (2 if one.doubled else 1)
        costs.append(cost)
    return costs


def _floored(costs: Sequence[int], most: int, *, more: bool = False) -> list[int]:
    """``costs`` cut so that their sum is no more than ``most`` and no less than 0 (unless ``more`` may be earned): the last give way."""
    left = list(costs)
    excess = sum(left) - (min(sum(left), most) if more else max(0, min(sum(left), most)))
    for place in reversed(range(len(left))):
        if excess > 0 and left[place] > 0:
            cut = min(excess, left[place])
        elif excess < 0 and left[place] < 0:
            cut = max(excess, left[place])
        else:
            continue
        left[place] -= cut
        excess -= cut
    return left


def _adds_up(items: Sequence[ItemScore], reasons: Sequence[Reason]) -> None:
    lost: dict[str, int] = defaultdict(int)
    for one in reasons:
        lost[one.item] += one.lost
    for item in items:
        if lost[item.item] != item.lost:
            raise InvariantBroken(f"{item.item}: the reasons add up to {lost[item.item]} ten-thousandths, the item lost {item.lost}.")
