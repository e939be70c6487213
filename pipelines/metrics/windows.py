"""Months back from a day: where a closing period ends the calendar says so, elsewhere whole calendar months are counted.

Only the days of windows; what is added up inside them belongs to the metrics that ask.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from pipelines.company.calendar import Calendar
from pipelines.errors import UnknownPeriod


def shifted(day: date, months: int) -> date:
    """``day`` so many months later (negative: before); the last day of a month stays the last.

    >>> shifted(date(2026, 6, 30), -1), shifted(date(2026, 3, 30), -1), shifted(date(2026, 3, 15), -3)
    (datetime.date(2026, 5, 31), datetime.date(2026, 2, 28), datetime.date(2025, 12, 15))
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def month_before(calendar: Calendar, day: date, steps: int = 1) -> date:
    """The day ``steps`` months before: the end of an earlier closing period where ``day`` ends one of a company that closes by months."""
    if calendar.file.kind != "list":
        try:
            period = calendar.containing(day)
        except UnknownPeriod:
            return shifted(day, -steps)
        earlier = calendar.previous(period, steps)
        if period.end == day and earlier is not None:
            return earlier.end
    return shifted(day, -steps)


def month_after(calendar: Calendar, day: date) -> date:
    """The day a month later: the end of the next closing period where ``day`` ends one, else a calendar month on."""
    try:
        period = calendar.containing(day)
    except UnknownPeriod:
        return shifted(day, 1)
    following = calendar.next(period)
    return following.end if period.end == day and following is not None else shifted(day, 1)
