"""What a cell may look like, and what it means: exact values, or the rule that it breaks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.layouts import ColumnSpec
from pipelines.contracts.model import Kind
from pipelines.money import plain
from pipelines.sources.cells import BLANKS, CellFault, by_expressions, natural_month, parse_cell, parse_column


def spec(**form: Any) -> ColumnSpec:
    return ColumnSpec(headings=(), **form)


def broken(text: str, form: ColumnSpec, kind: Kind, **more: Any) -> str:
    with pytest.raises(CellFault) as fault:
        parse_cell(text, form, kind, **more)
    return str(fault.value)


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("1234.5", {}, "1234.5"),
        ("1,234.50", {}, "1234.5"),
        ("1，234．50", {}, "1234.5"),
        ("1.234,50", {"decimal": ","}, "1234.5"),
        ("1.234", {"decimal": ","}, "1234"),
        ("（1,234）", {}, "-1234"),
        ("(1,234.5)", {}, "-1234.5"),
        ("１２３", {}, "123"),
        ("12.5-", {}, "-12.5"),
        ("−3", {}, "-3"),
        ("+3", {}, "3"),
        ("¥1,200", {}, "1200"),
        ("￥-1,200.00", {}, "-1200"),
        ("-$5", {}, "-5"),
        ("1200元", {}, "1200"),
        ("1.2", {"unit": "万元"}, "12000"),
        ("1.23456789", {"unit": "万元"}, "12345.6789"),
        ("1.2万元", {"unit": "万元"}, "12000"),
        ("1200元", {"unit": "万元"}, "1200"),
        ("3.5万", {}, "35000"),
        ("270K", {}, "270000"),
        ("7", {"unit": "千元"}, "7000"),
        ("7", {"unit": "K"}, "7000"),
        ("95%", {}, "0.95"),
        ("95", {"unit": "%"}, "0.95"),
        ("95%", {"unit": "%"}, "0.95"),
        (">95%", {"pattern": ">?(.+)"}, "0.95"),
        ("5", {"negate": True}, "-5"),
        ("1.50000000", {}, "1.5"),
        ("1E+3", {}, "1000"),
        (".5", {}, "0.5"),
        (" 12 ", {}, "12"),
        ("0.9400000000000001", {"binary": True}, "0.94"),
        ("-", {"blank": "0"}, "0"),
    ],
)
def test_numbers_in_the_forms_that_people_write(text: str, form: dict[str, Any], expected: str) -> None:
    value = parse_cell(text, spec(**form), Kind.MONEY)
    assert isinstance(value, int)
    assert plain(value) == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "form", "rule"),
    [
        ("1.23456", {}, "too_many_decimals"),
        ("0.9400000000000001", {}, "too_many_decimals"),
        ("1,5", {}, "ambiguous_number"),
        ("1.234,50", {}, "ambiguous_number"),
        ("1.5", {"decimal": ","}, "ambiguous_number"),
        ("12,34,567", {}, "ambiguous_number"),
        ("1,2345", {}, "ambiguous_number"),
        ("壹万贰仟元整", {}, "chinese_capital_amount"),
        ("一百二十元", {}, "not_a_number"),
        ("约3000", {}, "not_a_number"),
        ("--5", {}, "not_a_number"),
        ("(-5)", {}, "not_a_number"),
        ("12箱", {}, "not_a_number"),
        ("nan", {}, "not_a_number"),
        ("Infinity", {}, "not_a_number"),
        ("1_000", {}, "not_a_number"),
        ("#DIV/0!", {}, "formula_error"),
        ("#REF!", {}, "formula_error"),
        ("999999999999999999", {}, "out_of_range"),
        ("1E+99", {}, "out_of_range"),
        ("2026-10-01", {}, "not_a_number"),
        ("x", {"pattern": r"\d+"}, "pattern_missing"),
    ],
)
def test_numbers_that_are_refused(text: str, form: dict[str, Any], rule: str) -> None:
    assert broken(text, spec(**form), Kind.MONEY) == rule


def test_noise_of_binary_floats_is_forgiven_in_number_cells_only() -> None:
    assert parse_cell("1234.4999999998", spec(), Kind.MONEY, number=True) == 12_345_000
    assert parse_cell("0.30000000000000004", spec(), Kind.MONEY, number=True) == 3_000
    assert parse_cell("1.5e-05", spec(), Kind.PRICE, number=True) == 1_500
    assert broken("1234.49999", spec(), Kind.MONEY, number=True) == "too_many_decimals"
    assert broken("1234.4999999998", spec(), Kind.MONEY) == "too_many_decimals"


@pytest.mark.parametrize("text", ["2026-01-05", "2026/1/5", "2026.1.5", "2026年1月5日", "２０２６年１月５日", "20260105", "2026-01-05 00:00:00",
                                  "2026-01-05T00:00", "2026/1/5 0:00", "2026-1-5"])  # fmt: skip
def test_dates_in_the_forms_that_people_write(text: str) -> None:
    assert parse_cell(text, spec(), Kind.DATE) == date(2026, 1, 5)


@pytest.mark.parametrize(
    ("text", "rule"),
    [("05/01/2026", "ambiguous_date"), ("26-1-5", "ambiguous_date"), ("2026-02-30", "not_a_date"), ("46027", "not_a_date"),
     ("2026-01-05 13:20:00", "not_a_date"), ("1月5日", "not_a_date"), ("2026-10", "not_a_date"), ("1875-01-01", "out_of_range")],
)  # fmt: skip
def test_dates_that_are_refused(text: str, rule: str) -> None:
    assert broken(text, spec(), Kind.DATE) == rule


def test_dates_that_the_layout_explains() -> None:
    assert parse_cell("05/01/2026", spec(date_format=("%d/%m/%Y",)), Kind.DATE) == date(2026, 1, 5)
    assert parse_cell("2026-10", spec(), Kind.DATE, month_day=natural_month("end")) == date(2026, 10, 31)
    assert parse_cell("2026年2月", spec(), Kind.DATE, month_day=natural_month("start")) == date(2026, 2, 1)


def test_day_counts_of_both_systems() -> None:
    assert parse_cell("46027", spec(), Kind.DATE, number=True) == date(2026, 1, 5)
    assert parse_cell("44565", spec(serial=1904), Kind.DATE, number=True) == date(2026, 1, 5)
    assert parse_cell("59", spec(), Kind.DATE, number=True) == date(1900, 2, 28)
    assert parse_cell("61", spec(), Kind.DATE, number=True) == date(1900, 3, 1)
    assert parse_cell("20260105", spec(), Kind.DATE, number=True) == date(2026, 1, 5)
    for text in ("60", "0", "46027.5", "-3", "9999999"):
        assert broken(text, spec(), Kind.DATE, number=True) == "not_a_date"


@pytest.mark.parametrize(("text", "expected"), [("是", True), ("否", False), ("有", True), ("无", False), ("√", True), ("×", False),
                                                ("Y", True), ("n", False), ("true", True), ("1", True), ("-", None)])  # fmt: skip
def test_yes_and_no(text: str, expected: bool | None) -> None:
    assert parse_cell(text, spec(), Kind.BOOL) is expected
    assert broken("maybe", spec(), Kind.BOOL) == "not_a_boolean"


def test_codes_stay_as_written() -> None:
    assert parse_cell("007", spec(), Kind.CODE) == "007"
    assert parse_cell("12", spec(), Kind.CODE, number=True) == "12"
    assert parse_cell("15000000000", spec(), Kind.CODE, number=True) == "15000000000"
    for text in ("12.5", "1.234567890123456e+17"):
        assert broken(text, spec(), Kind.CODE, number=True) == "not_a_code"
    assert broken("1.50E+10", spec(), Kind.CODE) == "not_a_code"


def test_lists_and_maps() -> None:
    kinds = ("invoice", "red_slip")
    mapped = spec(map={"红字": "red_slip", "蓝字": "invoice"})
    assert parse_cell(" 红字 ", mapped, Kind.CODE, values=kinds) == "red_slip"
    assert broken("黑字", mapped, Kind.CODE, values=kinds) == "not_in_list"
    assert broken("credit", spec(), Kind.CODE, values=kinds) == "not_in_list"
    assert parse_cell("黑字", spec(map={"红字": "x"}, strict_map=False), Kind.TEXT) == "黑字"


def test_periods_have_one_form() -> None:
    for text in ("2026年10月", "2026/10", "202610", "2026.10", "2026-10"):
        assert parse_cell(text, spec(), Kind.CODE, period=True) == "2026-10"
    assert parse_cell("2026-Q3", spec(), Kind.CODE, period=True) == "2026-Q3"
    assert parse_cell("202610", spec(), Kind.CODE) == "202610"


@pytest.mark.parametrize("kind", [Kind.MONEY, Kind.DATE, Kind.CODE, Kind.TEXT, Kind.BOOL])
@pytest.mark.parametrize("text", [*BLANKS, None, "  ", "　"])
def test_blanks_are_nothing(kind: Kind, text: str | None) -> None:
    assert parse_cell(text, spec(), kind) is None
    assert parse_column(pl.Series([text], dtype=pl.String), spec(), kind).values.to_list() == [None]


# --- A column means what its cells mean ---

_DIGITS = st.text("0123456789,.-+() ", max_size=14)
_USUAL = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**13), max_value=10**13, places=4).map(str)
_DATES = st.dates(date(1900, 1, 1), date(2199, 12, 31)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日"])
)
_ODD = st.sampled_from(["-", "", "#N/A", "#DIV/0!", "NULL", "壹佰", "12万", "95%", "1e5", "1.5E+10", "（12）", "１２", "¥5", "5元", "2026-02-30", "1899-01-01",
                        "0", "-0", "00012", "99999999999999999999", "4611686018427387904", "461168601842738.7904", "是", "invoice", "a b", "2026-13"])  # fmt: skip
_TEXTS = st.lists(st.one_of(st.none(), _DIGITS, _USUAL, _DATES, _ODD, st.text(max_size=6)), max_size=12)
_FORMS = st.sampled_from(
    [spec(), spec(decimal=","), spec(unit="万元"), spec(unit="%"), spec(negate=True), spec(binary=True), spec(blank="0"), spec(pattern=r"\d+"),
     spec(map={"12": "invoice", "是": "1"}, strict_map=False), spec(date_format=("%d/%m/%Y",)), spec(unit="K", decimal=",")]
)  # fmt: skip
_KINDS = [kind for kind in Kind if kind is not Kind.RATIO]


@settings(max_examples=400)
@given(_TEXTS, _FORMS, st.sampled_from(_KINDS), st.data())
def test_a_column_is_its_cells(texts: list[str | None], form: ColumnSpec, kind: Kind, data: st.DataObject) -> None:
    flags = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    period = data.draw(st.booleans())
    values = data.draw(st.sampled_from([(), ("invoice", "12")])) if kind is Kind.CODE else ()
    expected: list[tuple[Any, str | None]] = []
    for text, number in zip(texts, flags, strict=True):
        try:
            expected.append((parse_cell(text, form, kind, number=number, values=values, period=period), None))
        except CellFault as fault:
            expected.append((None, str(fault)))
    series, numbers = pl.Series("c", texts, dtype=pl.String), pl.Series(flags, dtype=pl.Boolean)
    for way in (parse_column, by_expressions):
        parsed = way(series, form, kind, numbers=numbers, values=values, period=period)
        assert parsed.values.dtype == kind.dtype
        assert list(zip(parsed.values.to_list(), parsed.rules.to_list(), strict=True)) == expected


@given(st.integers(-(2**61), 2**61), st.sampled_from([Kind.MONEY, Kind.PRICE, Kind.INT]), st.booleans())
def test_what_is_written_is_read_back(value: int, kind: Kind, grouped: bool) -> None:
    exact = Decimal(value) / kind.scale if kind.scale > 1 else Decimal(value)
    text = f"{exact:,f}" if grouped else f"{exact:f}"
    assert parse_cell(text, spec(), kind) == value
    assert by_expressions(pl.Series([text]), spec(), kind).values.to_list() == [value]


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_days_are_counted_as_excel_does(day: date) -> None:
    assert parse_cell(str((day - date(1899, 12, 30)) // timedelta(days=1)), spec(), Kind.DATE, number=True) == day
