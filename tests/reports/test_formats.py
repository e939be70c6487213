from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipelines.company.calendar import Calendar, CalendarFile, Period
from pipelines.reports.formats import Reader, number
from pipelines.reports.model import PeriodName, PeriodRange

HANS, EN = Reader("zh-Hans"), Reader("en")


@pytest.mark.parametrize(
    ("value", "meaning", "signed", "text"),
    [
        (12_345_678, "money", False, "1,234.57"),
        (-50, "money", False, "−0.01"),
        (50, "money", True, "+0.01"),
        (0, "money", True, "0.00"),
        (18_688_45_00_0000, "money_wan", False, "18,688"),
        (1_582_500_00_00, "money_wan", False, "158"),
        (12_500, "qty", False, "1.25"),
        (312_500_000, "price", False, "3.125"),
        (0.29849, "share", False, "29.8%"),
        (0.0385, "points", False, "+3.9pp"),
        (12, "days", True, "+12"),
        (date(2026, 1, 5), "date", False, "2026-01-05"),
        (None, "money", False, "—"),
        ("0007", "code", False, "0007"),
    ],
)
def test_cells_by_meaning(value: object, meaning: str, signed: bool, text: str) -> None:
    assert HANS.shown(value, meaning, signed=signed) == text  # type: ignore[arg-type]


def test_money_is_exact_beyond_floats() -> None:
    assert HANS.shown(90_071_992_547_409_935_050, "money") == "9,007,199,254,740,993.51"
    assert number(Decimal("0.5")) == "1"
    assert number(Decimal("-0.4"), signed=True) == "0"


def test_text_is_no_money() -> None:
    with pytest.raises(TypeError, match="cannot be printed as money"):
        HANS.shown("12", "money")


def test_page_unit_is_thousands_in_english() -> None:
    assert EN.money_wan(43_840_000_000) == "4,384"
    assert Reader("en", "1", "USD").money_wan(43_840_000_000) == "4,384,000.00"


def test_periods_that_are_no_months_are_named_by_their_days() -> None:
    first = Period(date(2013, 9, 29), date(2013, 12, 28), "2013-09-29", 2014, 1)
    last = Period(date(2013, 12, 29), date(2014, 3, 29), "2013-12-29", 2014, 2)
    assert HANS.period(PeriodName(first)) == "2013-09-29 至 2013-12-28"
    assert EN.period_range(PeriodRange(first, last)) == "2013-09-29 – 2014-03-29"
    assert EN.period(PeriodName(first, short=True)) == "09-29"
    assert EN.period(PeriodName(first, short=True, dated=True)) == "2013-09-29"


def test_a_short_month_can_carry_its_year() -> None:
    november = Calendar(CalendarFile()).period("2025-11")
    assert Reader("zh-Hans").period(PeriodName(november, short=True, dated=True)) == "25年11月"
    assert Reader("en").period(PeriodName(november, short=True, dated=True)) == "Nov 2025"
    assert Reader("en").period(PeriodName(november, short=True)) == "Nov"
