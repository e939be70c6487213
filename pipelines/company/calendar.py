"""The company's closing periods: keys, days, neighbours, working days (``domain.md`` section 1).

A period is a natural month, a month cut off on a configured day, or an entry of an explicit list (4-4-5, odd quarters).
Which period is computed tonight belongs to ``assets``; nothing here asks what day it is.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import pydantic

from pipelines.company.yamlfile import Strict
from pipelines.errors import UnknownPeriod


@dataclass(frozen=True, order=True)
class Period:
    """A closing period: ``start`` and ``end`` inclusive; ``number`` counts within ``fiscal_year``."""

    start: date
    end: date
    key: str
    fiscal_year: int
    number: int

    @property
    def days(self) -> int:
        """Calendar days, both ends included."""
        return (self.end - self.start).days + 1


class ListedPeriod(Strict):
    """An entry of an explicit period list. Its key is its start date; it ends the day before the next one."""

    start: date
    fiscal_year: int
    number: int
    end: date | None = None


class CalendarFile(Strict):
    """``calendar.yaml``: how the company's year is cut, and which days are worked."""

    kind: Literal["month", "cut_off", "list"] = "month"
    cut_off_day: int | None = pydantic.Field(None, ge=1, le=31)
    first: date = date(2000, 1, 1)
    last: date = date(2049, 12, 31)
    fiscal_year_start_month: int = pydantic.Field(1, ge=1, le=12)
    week_start: Literal["monday", "sunday", "saturday"] = "monday"
    workweek: tuple[int, ...] = (0, 1, 2, 3, 4)
    holidays: tuple[date, ...] = ()
    moved_working_days: tuple[date, ...] = ()
    periods: tuple[ListedPeriod, ...] = ()

    @pydantic.model_validator(mode="after")
    def _complete(self) -> CalendarFile:
        if self.kind == "cut_off" and self.cut_off_day is None:
            raise ValueError("kind cut_off needs cut_off_day")
        if self.kind == "list":
            if not self.periods or self.periods[-1].end is None:
                raise ValueError("kind list needs periods, the last of them with an end")
            starts = [entry.start for entry in self.periods]
            if starts != sorted(set(starts)):
                raise ValueError("the starts of periods must ascend")
        return self


class Calendar:
    """The periods of a company and what can be asked of them."""

    def __init__(self, file: CalendarFile) -> None:
        self.file = file

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Every period, ascending, without gaps."""
        if self.file.kind == "list":
            return self._listed()
        return tuple(self._months())

    @cached_property
    def _by_key(self) -> dict[str, int]:
        return {period.key: index for index, period in enumerate(self.periods)}

    def period(self, key: str) -> Period:
        """The period called ``key``. Raises ``UnknownPeriod`` with the nearest keys."""
        if key not in self._by_key:
            raise UnknownPeriod(
                f"Period '{key}' is not in the company's calendar, which runs from {self.periods[0].key} to "
                f"{self.periods[-1].key}. Use one of its keys, such as {self.periods[-1].key}."
            )
        return self.periods[self._by_key[key]]

    def containing(self, day: date) -> Period:
        """The period in which ``day`` lies. Raises ``UnknownPeriod`` outside the calendar."""
        from bisect import bisect_right

        index = bisect_right([period.start for period in self.periods], day) - 1
        if index < 0 or day > self.periods[index].end:
            raise UnknownPeriod(f"{day} lies outside the company's calendar ({self.periods[0].start} to {self.periods[-1].end}).")
        return self.periods[index]

    def holds(self, day: date) -> bool:
        """Whether ``day`` lies inside the calendar."""
        return self.periods[0].start <= day <= self.periods[-1].end

    def previous(self, period: Period, steps: int = 1) -> Period | None:
        """The period ``steps`` before, or None at the start of the calendar."""
        index = self._by_key[period.key] - steps
        return self.periods[index] if index >= 0 else None

    def next(self, period: Period) -> Period | None:
        """The period after, or None at the end of the calendar."""
        index = self._by_key[period.key] + 1
        return self.periods[index] if index < len(self.periods) else None

    def same_last_year(self, period: Period) -> Period | None:
        """Same number, fiscal year − 1; None where the calendar has none."""
        for other in self.periods:
            if (other.fiscal_year, other.number) == (period.fiscal_year - 1, period.number):
                return other
        return None

    def year_to_date(self, period: Period) -> tuple[Period, ...]:
        """The periods of the fiscal year up to and with ``period``."""
        return tuple(p for p in self.periods if p.fiscal_year == period.fiscal_year and p.start <= period.start)

    def between(self, first: str, last: str) -> tuple[Period, ...]:
        """The periods from ``first`` to ``last``, both keys included."""
        low, high = self.period(first), self.period(last)
        return tuple(period for period in self.periods if low.start <= period.start <= high.start)

    def is_working_day(self, day: date) -> bool:
        """Whether ``day`` is worked: a moved working day, or a weekday of the work week that is no holiday."""
        if day in self.file.moved_working_days:
            return True
        return day.weekday() in self.file.workweek and day not in self.file.holidays

    def working_days(self, first: date, last: date) -> int:
        """Number of working days from ``first`` to ``last``, both included."""
        span = (last - first).days + 1
        return sum(self.is_working_day(first + timedelta(days=offset)) for offset in range(max(span, 0)))

    def _months(self) -> list[Period]:
        file = self.file
        found: list[Period] = []
        year, month = file.first.year, file.first.month
        while (year, month) <= (file.last.year, file.last.month):
            if file.kind == "cut_off":
                assert file.cut_off_day is not None
                before = (year, month - 1) if month > 1 else (year - 1, 12)
                start = _day(*before, file.cut_off_day) + timedelta(days=1)
                end = _day(year, month, file.cut_off_day)
            else:
                start, end = date(year, month, 1), _day(year, month, 31)
            offset = (month - file.fiscal_year_start_month) % 12
            fiscal = year if month >= file.fiscal_year_start_month else year - 1
            found.append(Period(start, end, f"{year:04d}-{month:02d}", fiscal, offset + 1))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return found

    def _listed(self) -> tuple[Period, ...]:
        entries = self.file.periods
        ends = [entry.start - timedelta(days=1) for entry in entries[1:]] + [entries[-1].end]
        found = []
        for entry, end in zip(entries, ends, strict=True):
            last = entry.end or end
            assert last is not None
            found.append(Period(entry.start, last, entry.start.isoformat(), entry.fiscal_year, entry.number))
        return tuple(found)


def _day(year: int, month: int, day: int) -> date:
    """The day of the month, or its last day where the month lacks it."""
    return date(year, month, min(day, monthrange(year, month)[1]))
