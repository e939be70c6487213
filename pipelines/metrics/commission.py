"""Commission of one person over one year (M7), exact: what each month earns, when it is paid, what the year settles.

Plain integers: amounts are ten-thousandths, what is paid is rounded once, to the fen; attainments are compared exactly, never as
floats. Where bases and plans come from, and what else a settlement holds, is ``pay``'s.

Of the months of a year, ``paid + lapsed + waiting = earned``; of what is paid, ``handed out + held back = paid``. After the year is
settled nothing waits, what was held back is released, and ``paid + settlement = entitlement``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipelines.company.pay import Commission, Holdback, Step, e4, e8
from pipelines.money import E8, FEN, divide_half_away

Status = Literal["paid", "paid_with_next", "waiting", "lapsed"]
ItemKind = Literal["commission", "holdback", "release", "year_settlement"]


@dataclass(frozen=True)
class Month:
    """One month as commission sees it. ``number`` counts the fiscal year's months; a gap between two is a month without commission.

    ``achieved`` is held against ``target`` (None: nothing planned), ``base`` is what is paid on: less what was clawed back, of a sale
    perhaps only what was collected.
    """

    period: str
    number: int
    terms: Commission
    achieved: int
    base: int
    target: int | None


@dataclass(frozen=True)
class Earned:
    """What a month earned at the monthly rates, and what becomes of it. ``paid_in``: the period in whose settlement it is paid."""

    month: Month
    amount: int
    status: Status
    paid_in: str | None

    @property
    def attainment(self) -> Fraction | None:
        """achieved ÷ target; None without a plan."""
        return attained(self.month.achieved, self.month.target)


@dataclass(frozen=True)
class Item:
    """One amount of the settlement of ``period``: of which kind, for which month, by which rate (hundred-millionths; None: several)."""

    period: str
    kind: ItemKind
    for_period: str
    base: int | None
    rate: int | None
    amount: int


@dataclass(frozen=True)
class YearLine:
    """What the year gives one month: its base at the rate of the band that its ``attainment`` (of all months on one base) reached."""

    month: Month
    attainment: Fraction | None
    rate: int | None
    """None: the month's own rates, or what it was paid where the year cannot be judged or has no bands."""
    amount: int


@dataclass(frozen=True)
class Year:
    """A person's commission of one year so far. ``lines`` are empty until the year is settled."""

    earned: tuple[Earned, ...]
    items: tuple[Item, ...]
    lines: tuple[YearLine, ...]

    def total(self, *statuses: Status) -> int:
        """What was earned by months in one of ``statuses``; without any, by all."""
        return sum(one.amount for one in self.earned if not statuses or one.status in statuses)

    def paid(self, *kinds: ItemKind) -> int:
        """The items of ``kinds``; without any, all: what the year has handed out."""
        return sum(item.amount for item in self.items if not kinds or item.kind in kinds)


def attained(achieved: int, target: int | None) -> Fraction | None:
    """achieved ÷ target, exactly; None where nothing is planned or the plan is not positive: there is no share of nothing."""
    return Fraction(achieved, target) if target is not None and target > 0 else None


def is_reached(achieved: int, target: int | None, threshold: int) -> bool:
    """Whether ``threshold`` (hundred-millionths) of the plan is reached; at 0 always, without a plan never.

    >>> is_reached(79_9999, 100_0000, 80_000_000), is_reached(80_0000, 100_0000, 80_000_000)
    (False, True)
    """
    share = attained(achieved, target)
    return threshold == 0 or (share is not None and share >= Fraction(threshold, E8))


def missing(achieved: int, target: int | None, threshold: int) -> int | None:
    """What is lacking until ``threshold`` of the plan is reached, at least 0, rounded up to the fen; None without a plan."""
    if target is None or target <= 0:
        return None
    return max(0, -(-(target * threshold - achieved * E8) // (E8 * FEN)) * FEN)


def slices(base: int, rates: Sequence[Step], tiers: Literal["slice", "whole"]) -> list[tuple[int, int]]:
    """The parts of a month's base with their rates (hundred-millionths): ``(rate, part)``; the parts add up to the base.

    A negative base is rated by the first step.

    >>> steps = [Step.model_validate(one) for one in ({"rate": "0.02"}, {"from": 100000, "rate": "0.03"}, {"from": 200000, "rate": "0.05"})]
    >>> slices(2_500_000_000, steps, "slice")
    [(2000000, 1000000000), (3000000, 1000000000), (5000000, 500000000)]
    >>> slices(2_500_000_000, steps, "whole")
    [(5000000, 2500000000)]
    """
    known = [(e4(step.start), e8(step.rate)) for step in rates]
    if tiers == "whole":
        return [(max((one for one in known if one[0] <= base), default=known[0])[1], base)]
    found = [(known[0][1], base if len(known) == 1 else min(base, known[1][0]))]
    for number, (start, rate) in enumerate(known[1:], start=1):
        end = known[number + 1][0] if number + 1 < len(known) else base
        if base > start:
            found.append((rate, min(base, end) - start))
    return found


def to_fen(parts: Iterable[tuple[int, int]]) -> int:
    """Σ part × rate in ten-thousandths, rounded once to the fen, half away from zero."""
    return divide_half_away(sum(rate * part for rate, part in parts), E8 * FEN) * FEN


def earned_in(month: Month) -> int:
    """A month's commission at the monthly rates, not above the month's cap."""
    terms = month.terms
    amount = to_fen(slices(month.base, terms.rates, terms.tiers))
    return amount if terms.cap.month is None else min(amount, e4(terms.cap.month))


def rate_of(month: Month) -> int | None:
    """The one rate of a month's base; None where it has several, or a cap cut it."""
    parts = slices(month.base, month.terms.rates, month.terms.tiers)
    return parts[0][0] if len(parts) == 1 and to_fen(parts) == earned_in(month) else None


def statuses(months: Sequence[Month], *, ended: bool) -> tuple[Earned, ...]:
    """What becomes of each month of a year, oldest first.

    A month that reaches its threshold is paid, and with it the one before, if that waits; a month that falls short waits for the next
    one, and lapses when that falls short too. No month is carried further, nor beyond the ``ended`` year.
    """
    found: list[Earned] = []
    for month in months:
        terms = month.terms
        waits = found[-1] if found and found[-1].status == "waiting" else None
        pays = is_reached(month.achieved, month.target, e8(terms.threshold))
        if waits is not None:
            taken = pays and waits.month.number + 1 == month.number
            found[-1] = Earned(waits.month, waits.amount, "paid_with_next" if taken else "lapsed", month.period if taken else None)
        short: Status = "waiting" if terms.together > 1 else "lapsed"
        found.append(Earned(month, earned_in(month), "paid" if pays else short, month.period if pays else None))
    if ended and found and found[-1].status == "waiting":
        found[-1] = Earned(found[-1].month, found[-1].amount, "lapsed", None)
    return tuple(found)


def year_of(months: Sequence[Month], *, settled_in: str | None = None, left: bool = False) -> Year:
    """The commission of one person's months of one fiscal year, oldest first.

    ``settled_in``: the period that settles the year, if it is over. ``left``: it is over because the person leaves; the plan says
    whether that is settled, or whether what waits, is held back and is left over lapses.
    """
    earned = statuses(months, ended=settled_in is not None)
    items: list[Item] = []
    for one in earned:
        if one.paid_in is not None:
            month = one.month
            items.append(Item(one.paid_in, "commission", month.period, month.base, rate_of(month), one.amount))
            if held := _held(one.amount, month.terms.holdback):
                items.append(Item(one.paid_in, "holdback", month.period, one.amount, e8(month.terms.holdback.share), -held))  # type: ignore[union-attr]
    lines: tuple[YearLine, ...] = ()
    if settled_in is not None and earned and not (left and months[-1].terms.leaving == "lapse"):
        last = months[-1]
        if held := -sum(item.amount for item in items if item.kind == "holdback"):
            items.append(Item(settled_in, "release", settled_in, None, None, held))
        lines = _entitled(earned)
        paid = sum(one.amount for one in earned if one.paid_in is not None)
        if any(one.month.terms.year for one in earned):
            due = sum(line.amount for line in lines)
            if last.terms.cap.year is not None:
                due = min(due, e4(last.terms.cap.year))
            items.append(Item(settled_in, "year_settlement", settled_in, sum(line.month.base for line in lines), None, due - paid))
    return Year(earned, tuple(items), lines)


def _held(amount: int, holdback: Holdback | None) -> int:
    """What is held back of a month's commission, to the fen; nothing of a negative one."""
    return 0 if holdback is None or amount <= 0 else to_fen([(e8(holdback.share), amount)])


def _entitled(earned: Sequence[Earned]) -> tuple[YearLine, ...]:
    """What the year gives each month. Months on one base are judged together: achieved ÷ plan over all of them.

    Where one of them has no plan the year cannot be judged: each month keeps what it was paid.
    """
    found = []
    for one in earned:
        month, group = one.month, [other.month for other in earned if other.month.terms.base == one.month.terms.base]
        targets = [other.target for other in group]
        known = [target for target in targets if target is not None]
        share = attained(sum(other.achieved for other in group), sum(known)) if len(known) == len(targets) else None
        paid = one.amount if one.paid_in is not None else 0
        if share is None or not month.terms.year:
            found.append(YearLine(month, share, None, paid))
            continue
        band = next(band for band in month.terms.year if band.below is None or share < Fraction(e8(band.below), E8))
        if band.rate == "monthly":
            found.append(YearLine(month, share, None, one.amount))
        else:
            found.append(YearLine(month, share, e8(band.rate), to_fen([(e8(band.rate), month.base)])))
    return tuple(found)
