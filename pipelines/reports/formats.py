"""What numbers, dates and periods look like on paper, by meaning and language: one formatter for every writer.

Rounding is half away from zero through ``pipelines.money``; minus is U+2212, a variance carries its sign, null is ``—``.
Sentences belong to ``catalogue``, colours and cell formats to the writers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from pipelines.company.calendar import Period
from pipelines.contracts.model import Language
from pipelines.money import E4, E8, plain, rounded
from pipelines.reports.model import (
    Count,
    Date,
    Days,
    Figure,
    Meaning,
    Money,
    Number,
    PageUnit,
    PeriodName,
    PeriodRange,
    Points,
    Qty,
    Share,
)

NULL = "—"
MINUS = "−"

MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)
_CURRENCY_HANS = {
    "CNY": "元", "USD": "美元", "EUR": "欧元", "HKD": "港元", "JPY": "日元", "GBP": "英镑", "TWD": "新台币", "MOP": "澳门元",
}
_CURRENCY_HANT = {**_CURRENCY_HANS, "EUR": "歐元", "GBP": "英鎊", "TWD": "新臺幣", "MOP": "澳門元"}
_UNIT_HANS = {"1": "", "1000": "千", "10000": "万"}
_UNIT_HANT = {**_UNIT_HANS, "10000": "萬"}
_UNIT_EN = {"1": "", "1000": "k"}
_MONTH_KEY = re.compile(r"^(\d{4})-(\d{2})$")


@dataclass(frozen=True)
class Reader:
    """Who a report is printed for: the language, the page's money unit and the currency.

    English has no word for ten thousand: where the page is in 万元, it prints thousands.
    """

    language: Language
    unit: PageUnit = "10000"
    currency: str = "CNY"

    @cached_property
    def page_unit(self) -> PageUnit:
        """The unit of ``money_wan`` in this language."""
        return "1000" if self.language == "en" and self.unit == "10000" else self.unit

    @property
    def unit_name(self) -> str:
        """``万元``, ``萬元``, ``CNY k``."""
        if self.language == "en":
            return f"{self.currency} {_UNIT_EN[self.page_unit]}".strip()
        return (_UNIT_HANS if self.language == "zh-Hans" else _UNIT_HANT)[self.page_unit] + self.currency_name

    @property
    def currency_name(self) -> str:
        """``元``, ``CNY``."""
        if self.language == "en":
            return self.currency
        names = _CURRENCY_HANS if self.language == "zh-Hans" else _CURRENCY_HANT
        return names.get(self.currency, self.currency)

    # numbers

    def in_unit(self, e4: int) -> Decimal:
        """An amount in the page's unit, exactly."""
        return plain(e4) / int(self.page_unit)

    def places(self, values: Iterable[int | None]) -> int:
        """How many decimals amounts of the page's unit need so that the largest shows three digits or more."""
        top = max((abs(value) for value in values if value is not None), default=0)
        if self.page_unit == "1":
            return 2
        size = self.in_unit(top)
        return 0 if size >= 100 or top == 0 else 1 if size >= 10 else 2

    def money_wan(self, e4: int | None, places: int | None = None, *, signed: bool = False) -> str:
        """An amount in the page's unit, without its name."""
        if e4 is None:
            return NULL
        return number(self.in_unit(e4), self.places([e4]) if places is None else places, signed=signed)

    def shown(self, value: object, meaning: Meaning, places: int | None = None, *, signed: bool = False) -> str:
        """One cell by meaning; raises ``TypeError`` for a value that the meaning cannot hold."""
        if value is None:
            return NULL
        if meaning in ("text", "code", "grade", "severity"):
            return str(value)
        if meaning == "date" and isinstance(value, date):
            return f"{value:%Y-%m-%d}"
        if isinstance(value, int | float) and not isinstance(value, bool):
            if meaning == "share":
                return percent(value, 1 if places is None else places, signed=signed)
            if meaning == "points":
                return points(value, 1 if places is None else places)
            if meaning in ("days", "count"):
                return number(_exact(value), places or 0, signed=signed)
            if isinstance(value, int):
                if meaning == "money":
                    return number(plain(value), 2 if places is None else places, signed=signed)
                if meaning == "money_wan":
                    return self.money_wan(value, places, signed=signed)
                if meaning == "qty":
                    return number(plain(value), trailing(value, E4, 4) if places is None else places, signed=signed)
                if meaning == "price":
                    return number(plain(value, E8), max(2, trailing(value, E8, 8)) if places is None else places, signed=signed)
        raise TypeError(f"{value!r} cannot be printed as {meaning}")

    def figure(self, value: Figure) -> tuple[str, str]:
        """A tile's or message's number and, apart, its unit."""
        match value:
            case Money(unit="page"):
                return self.money_wan(value.e4, value.places, signed=value.signed), self.unit_name if value.with_unit else ""
            case Money():
                text = self.shown(value.e4, "money", value.places, signed=value.signed)
                return text, self.currency_name if value.with_unit else ""
            case Qty():
                return self.shown(value.e4, "qty", value.places, signed=value.signed), value.unit
            case Share():
                return self.shown(value.value, "share", value.places, signed=value.signed), ""
            case Points():
                return self.shown(value.value, "points", value.places), ""
            case Count():
                return self.shown(value.value, "count", signed=value.signed), ""
            case Days():
                return self.shown(value.value, "days", value.places, signed=value.signed), ""
            case Number():
                if value.value is None:
                    return NULL, ""
                return number(_exact(value.value), value.places, signed=value.signed), ""

    def spelt(self, value: Figure) -> str:
        """A number inside a sentence, with its unit."""
        text, unit = self.figure(value)
        if not unit or text == NULL:
            return text
        if self.language == "en" and isinstance(value, Money):
            # "CNY 438k": the currency before, the k behind
            code, _, suffix = unit.partition(" ")
            sign = text[0] if text[0] in (MINUS, "+") else ""
            return f"{sign}{code} {text[len(sign):]}{suffix}"
        return f"{text} {unit}"

    # days and periods

    def day(self, value: Date) -> str:
        """A day written out."""
        day = value.value
        if day is None:
            return NULL
        if value.short:
            return f"{day:%Y-%m-%d}"
        if self.language == "en":
            return f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"

    def moment(self, value: datetime) -> str:
        """A day with its time to the minute."""
        return f"{self.day(Date(value.date()))} {value:%H:%M}"

    def period(self, value: PeriodName) -> str:
        """A period's name; one that is no month is named by its days."""
        month = _MONTH_KEY.match(value.period.key)
        if month is None:
            if value.short:
                return f"{value.period.start:%Y-%m-%d}" if value.dated else f"{value.period.start:%m-%d}"
            return self._days(value.period.start, value.period.end)
        year, number_ = int(month[1]), int(month[2])
        if value.short and value.dated:
            return f"{MONTHS_EN[number_ - 1][:3]} {year}" if self.language == "en" else f"{year % 100:02d}年{number_}月"
        if self.language == "en":
            return MONTHS_EN[number_ - 1][:3] if value.short else f"{MONTHS_EN[number_ - 1]} {year}"
        return f"{number_}月" if value.short else f"{year}年{number_}月"

    def period_range(self, value: PeriodRange) -> str:
        """From one period to another, the year said once where it is the same."""
        if value.first == value.last:
            return self.period(PeriodName(value.first))
        first, last = _MONTH_KEY.match(value.first.key), _MONTH_KEY.match(value.last.key)
        if first is None or last is None:
            return self._days(value.first.start, value.last.end)
        if first[1] != last[1]:
            return f"{self.period(PeriodName(value.first))}–{self.period(PeriodName(value.last))}"
        low, high = int(first[2]), int(last[2])
        if self.language == "en":
            return f"{MONTHS_EN[low - 1]}–{MONTHS_EN[high - 1]} {first[1]}"
        return f"{first[1]}年{low}–{high}月"

    def _days(self, first: date, last: date) -> str:
        return f"{first:%Y-%m-%d} – {last:%Y-%m-%d}" if self.language == "en" else f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"


def number(value: Decimal | int, places: int = 0, *, signed: bool = False) -> str:
    """Grouped digits with a true minus; a plus when ``signed`` and above zero after rounding.

    >>> number(Decimal("-1234.5")), number(Decimal("0.4"), signed=True), number(Decimal("2.5"), signed=True)
    ('−1,235', '0', '+3')
    """
    near = rounded(value, places)
    text = f"{abs(near):,.{places}f}"
    return MINUS + text if near < 0 else "+" + text if signed and near > 0 else text


def percent(value: float, places: int = 1, *, signed: bool = False) -> str:
    """``29.8%``; the decimal that the float prints as is what gets rounded.

    >>> percent(0.2985), percent(-0.0105, signed=True)
    ('29.9%', '−1.1%')
    """
    return number(_exact(value) * 100, places, signed=signed) + "%"


def points(value: float, places: int = 1) -> str:
    """A difference of rates: ``+3.8pp``."""
    return number(_exact(value) * 100, places, signed=True) + "pp"


def trailing(value: int, scale: int, most: int) -> int:
    """How many decimals a scaled integer really has, at most ``most``.

    >>> trailing(125000, 10_000, 4), trailing(100000, 10_000, 4)
    (1, 0)
    """
    text = f"{abs(value) % scale:0{len(str(scale)) - 1}d}".rstrip("0")
    return min(len(text), most)


def _exact(value: float) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def month_key(period: Period) -> bool:
    """Whether the period is named like a month."""
    return _MONTH_KEY.match(period.key) is not None
