"""One delivered cell → an exact value, or the name of the rule that it breaks. Strict: nothing is guessed, nothing rounded.

``parse_cell`` is the meaning; ``parse_column`` is the same for whole columns: the forms that nearly all cells have are read by
expressions over integers, the few others one by one, each different text once. Where a cell stands is ``shape``'s business,
whether a row of good cells makes sense is ``quality``'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext
from typing import Literal

import polars as pl

from pipelines.company.layouts import UNIT_FACTORS, ColumnSpec
from pipelines.contracts.model import Kind
from pipelines.money import LIMIT

BLANKS = ("", "-", "--", "—", "——", "–", "－", "/", "NULL", "null", "Null", "#N/A", "N/A", "n/a", "\\N")
"""Texts that people and programs write for an empty cell."""

ERRORS = ("#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!")
"""What a spreadsheet shows where a formula failed. ``#N/A`` is read as blank: it is how lookups say that there is nothing."""

NOISE = Decimal("1e-9")
"""Binary floats print as ``1234.4999999998``: a number cell within this share of a value that the scale keeps is that value."""

SMALL = 400
"""Columns of up to so many cells are read cell by cell."""

_SPACES = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What Python strips; Polars by itself would leave the separators of old terminals."""

Value = str | int | bool | date | None
MonthDay = Callable[[int, int], date]
"""Year, month → the day that a month stands for in a date column."""

_TRUE = frozenset(("true", "y", "yes", "是", "有", "√", "✓", "✔", "1", "对", "對"))
_FALSE = frozenset(("false", "n", "no", "否", "无", "無", "×", "✗", "✘", "x", "0", "错", "錯"))
_WIDE = {**{0xFF01 + offset: 0x21 + offset for offset in range(94)}, 0x3000: 0x20, 0x2212: 0x2D, 0xA0: 0x20, 0x2009: 0x20, 0x202F: 0x20}
"""Full-width forms and other spaces to plain ones; the minus sign to a hyphen."""
_CAPITAL = re.compile(r"[壹贰貳叁參肆伍陆陸柒捌玖]|[零〇一二三四五六七八九十][拾佰仟]|[拾佰仟].*[元圆圓整]")
_SUFFIXES: dict[str, Decimal] = {
    "%": Decimal("0.01"), "K": Decimal(1000), "k": Decimal(1000), "千": Decimal(1000), "万": Decimal(10_000), "萬": Decimal(10_000),
    "百万": Decimal(1_000_000), "百萬": Decimal(1_000_000), "亿": Decimal(100_000_000), "億": Decimal(100_000_000),
}  # fmt: skip
_SUFFIX = re.compile(r"\s*(?P<suffix>%|[Kk]|百万|百萬|千|万|萬|亿|億)?\s*(?P<yuan>元|圆|圓)?$")
_PLAIN_DOT = re.compile(r"[0-9]+(?:\.[0-9]*)?|\.[0-9]+")
_GROUPED_DOT = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_TWO = "([0-9]{1,2})"
_DATE = re.compile(rf"([0-9]{{4}})(?:-{_TWO}-{_TWO}|/{_TWO}/{_TWO}|\.{_TWO}\.{_TWO}|年{_TWO}月{_TWO}[日号號]?|([0-9]{{2}})([0-9]{{2}}))")
_MIDNIGHT = re.compile(r"[T ]\s*0{1,2}:00(?::00(?:\.0+)?)?$")
_MONTH = re.compile(r"([0-9]{4})(?:[-/.]([0-9]{1,2})|年([0-9]{1,2})月(?:份)?|([0-9]{2}))")
_LOOSE_DATE = re.compile(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})|[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2}")
_DISPLAYED = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[Ee]\+?[0-9]+")
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_NUMERIC = (Kind.MONEY, Kind.QTY, Kind.NUMBER, Kind.PRICE, Kind.RATE, Kind.INT)


class CellFault(ValueError):  # noqa: N818  a fault is no error of the program
    """A cell that breaks a rule; ``args[0]`` is the rule's name. Never leaves this room."""


@dataclass(frozen=True)
class Parsed:
    """A column read: ``values`` in the kind's type, ``rules`` the name of the broken rule where a cell has none (else null)."""

    values: pl.Series
    rules: pl.Series


def natural_month(which: Literal["start", "end"]) -> MonthDay:
    """The first or last day of natural months; a company's calendar may say otherwise.

    >>> natural_month("end")(2024, 2)
    datetime.date(2024, 2, 29)
    """

    def day(year: int, month: int) -> date:
        first = date(year, month, 1)
        return first if which == "start" else (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    return day


def month_of(text: str) -> tuple[int, int] | None:
    """Year and month of ``2026-10``, ``2026年10月``, ``2026.10``, ``202610``; None when it is something else.

    >>> month_of("２０２６年１０月"), month_of("2026-13"), month_of("2026-10-01")
    ((2026, 10), None, None)
    """
    found = _MONTH.fullmatch(text.translate(_WIDE).strip())
    if not found:
        return None
    month = int(found[2] or found[3] or found[4])
    return (int(found[1]), month) if 1 <= month <= 12 else None


def parse_cell(
    text: str | None,
    spec: ColumnSpec,
    kind: Kind,
    *,
    number: bool = False,
    values: tuple[str, ...] = (),
    period: bool = False,
    month_day: MonthDay | None = None,
) -> Value:
    """The value of a cell; None when blank. Raises ``CellFault`` with the name of the broken rule.

    ``number`` says that the file holds a number there, not a text: then a point is a decimal point, a date is a day count, and noise
    of binary floats beyond the scale is taken away when the cell is within 1e-9 of its value of a number that the scale keeps
    (text cells only where the layout says ``binary``). ``values`` is the closed list; ``period`` brings months
    to ``2026-10``; ``month_day`` lets a date column read a month.

    >>> parse_cell("（1,234.50）", ColumnSpec(headings=()), Kind.MONEY)
    -12345000
    >>> parse_cell("1.2", ColumnSpec(headings=(), unit="万元"), Kind.MONEY)
    120000000
    >>> parse_cell("壹万元整", ColumnSpec(headings=()), Kind.MONEY)
    Traceback (most recent call last):
    ...
    pipelines.sources.cells.CellFault: chinese_capital_amount
    """
    taken = _taken(text, spec)
    if taken is None:
        return None
    if spec.map:
        key = _squeezed(taken)
        mapped = {_squeezed(one): ours for one, ours in spec.map.items()}
        if key in mapped:
            taken, number = mapped[key], False
            if taken == "":
                return None
        elif spec.strict_map:
            raise CellFault("not_in_list")
    if taken in ERRORS:
        raise CellFault("formula_error")
    if kind in _NUMERIC:
        return _number(taken, spec, kind, number)
    if kind is Kind.DATE:
        return _date(taken, spec, number, month_day)
    if kind is Kind.BOOL:
        return _bool(taken)
    if kind is Kind.RATIO:
        raise ValueError("ratios are computed, never delivered")
    if kind is Kind.CODE:
        taken = _code(taken, number)
        if period and (month := month_of(taken)):
            taken = f"{month[0]:04d}-{month[1]:02d}"
    if values and taken not in values:
        raise CellFault("not_in_list")
    return taken


def parse_column(
    texts: pl.Series,
    spec: ColumnSpec,
    kind: Kind,
    *,
    numbers: pl.Series | None = None,
    values: tuple[str, ...] = (),
    period: bool = False,
    month_day: MonthDay | None = None,
) -> Parsed:
    """:func:`parse_cell` for a whole column; ``numbers`` is true where the file holds a number (missing: nowhere)."""
    if len(texts) > SMALL:
        return by_expressions(texts, spec, kind, numbers=numbers, values=values, period=period, month_day=month_day)
    flags = numbers.fill_null(False).to_list() if numbers is not None else [False] * len(texts)
    known: dict[tuple[str | None, bool], tuple[Value, str | None]] = {}
    found = []
    for cell in zip(texts.to_list(), flags, strict=True):
        if cell not in known:
            known[cell] = _judged(cell[0], spec, kind, cell[1], values, period, month_day)
        found.append(known[cell])
    return Parsed(
        pl.Series(texts.name, [value for value, _ in found], dtype=kind.dtype),
        pl.Series("rule", [rule for _, rule in found], dtype=pl.String),
    )


def by_expressions(
    texts: pl.Series,
    spec: ColumnSpec,
    kind: Kind,
    *,
    numbers: pl.Series | None = None,
    values: tuple[str, ...] = (),
    period: bool = False,
    month_day: MonthDay | None = None,
) -> Parsed:
    """:func:`parse_column` as long columns need it. Short ones are quicker cell by cell."""
    if spec.blank is None and texts.null_count() == len(texts):
        return Parsed(pl.Series(texts.name, [None], kind.dtype).new_from_index(0, len(texts)), _no_rules(len(texts)))
    flags = numbers.fill_null(False) if numbers is not None and numbers.any() else None
    frame = pl.DataFrame({"text": texts, "number": flags if flags is not None else pl.repeat(False, len(texts), eager=True)})
    # Two steps: what stands twice in an expression is computed twice.
    frame = frame.with_columns(pl.col("text").str.strip_chars(_SPACES)).with_columns(without_blanks(pl.col("text")))
    values_read = pl.repeat(None, len(texts), dtype=kind.dtype, eager=True)
    for quick in _quick(spec, kind, values, period, flags is not None):
        values_read = frame.select(quick).to_series()
        if spec.blank is None and values_read.null_count() == frame["text"].null_count():
            return Parsed(values_read.alias(texts.name), _no_rules(len(texts)))
    frame = frame.with_columns(values_read.alias("value"))
    rest = frame.lazy().select("text", "number").filter(pl.col("text").is_not_null() & frame["value"].is_null()).collect()
    # A blank cell stands for something only where the layout says so.
    blank = None
    if spec.blank is not None:
        blank = _judged(None, spec, kind, False, values, period, month_day)
    if rest.is_empty() and blank is None:
        return Parsed(frame["value"].alias(texts.name), _no_rules(len(texts)))
    once = rest.unique(maintain_order=True)
    judged = [
        _judged(text, spec, kind, number, values, period, month_day) for text, number in once.select("text", "number").iter_rows()
    ]
    found = once.with_columns(
        pl.Series("slow", [value for value, _ in judged], dtype=kind.dtype),
        pl.Series("rule", [rule for _, rule in judged], dtype=pl.String),
    )
    if once.height < rest.height or rest.height < frame.height:
        joined = frame.join(found, on=["text", "number"], how="left", maintain_order="left")
    else:
        joined = pl.concat([frame, found.select("slow", "rule")], how="horizontal")
    value = pl.coalesce("value", "slow")
    rule = pl.col("rule")
    if blank is not None:
        value = pl.when(pl.col("text").is_null()).then(pl.lit(blank[0], dtype=kind.dtype)).otherwise(value)
        rule = pl.when(pl.col("text").is_null()).then(pl.lit(blank[1], dtype=pl.String)).otherwise(rule)
    done = joined.select(value.alias("value"), rule.alias("rule"))
    return Parsed(done["value"].alias(texts.name), done["rule"])


def _no_rules(length: int) -> pl.Series:
    return pl.repeat(None, length, dtype=pl.String, eager=True).alias("rule")


def without_blanks(trimmed: pl.Expr) -> pl.Expr:
    """A text that has no spaces around it; null for everything in ``BLANKS``."""
    return pl.when(~trimmed.is_in(list(BLANKS))).then(trimmed)


# --- One by one ---


def _judged(
    text: str | None, spec: ColumnSpec, kind: Kind, number: bool, values: tuple[str, ...], period: bool, month_day: MonthDay | None
) -> tuple[Value, str | None]:
    try:
        return parse_cell(text, spec, kind, number=number, values=values, period=period, month_day=month_day), None
    except CellFault as fault:
        return None, str(fault)


def _taken(text: str | None, spec: ColumnSpec) -> str | None:
    """The part of the text that counts; None when blank."""
    trimmed = "" if text is None else text.strip()
    if trimmed in BLANKS:
        if spec.blank is None or spec.blank.strip() in BLANKS:
            return None
        return spec.blank.strip()
    if spec.pattern:
        found = re.search(spec.pattern, trimmed)
        if not found:
            raise CellFault("pattern_missing")
        part = found["value"] if "value" in found.re.groupindex else found[1] if found.re.groups else found[0]
        trimmed = (part or "").strip()
        if trimmed in BLANKS:
            return None
    return trimmed


def _squeezed(text: str) -> str:
    """A text for comparing: full-width forms plain, runs of space one."""
    return " ".join(text.translate(_WIDE).split())


def _number(text: str, spec: ColumnSpec, kind: Kind, number: bool) -> int:
    plain = text.translate(_WIDE).strip()
    if number:
        return _exact(_decimal(plain), Decimal(1) if not spec.unit else UNIT_FACTORS[spec.unit], spec, kind, noise=True)
    if _CAPITAL.search(text):
        raise CellFault("chinese_capital_amount")
    sign, body = 1, plain
    if body.startswith("(") and body.endswith(")"):
        sign, body = -1, body[1:-1].strip()
    if body[:1] in "+-" and body:
        sign, body = (-sign if body[0] == "-" else sign), body[1:].strip()
    body = body.removeprefix("人民币").removeprefix("RMB").lstrip()
    if body[:1] in "¥￥$€£" and body:
        body = body[1:].strip()
        if body[:1] in "+-" and body:
            sign, body = (-sign if body[0] == "-" else sign), body[1:].strip()
    if body.endswith("-"):
        sign, body = -sign, body[:-1].strip()
    if plain.count("-") + plain.startswith("(") > 1:
        raise CellFault("not_a_number")
    end = _SUFFIX.search(body)
    factor = UNIT_FACTORS[spec.unit]
    if end and end[0]:
        factor = _SUFFIXES[end["suffix"]] if end["suffix"] else Decimal(1)
        body = body[: end.start()]
    value = _decimal(_point(body, spec, kind))
    return _exact(value * sign, factor, spec, kind, noise=spec.binary)


def _point(body: str, spec: ColumnSpec, kind: Kind) -> str:
    """The digits with a decimal point and no group marks, when they can be read in one way only."""
    mine = body.translate({ord(","): ".", ord("."): ","}) if spec.decimal == "," else body
    if _PLAIN_DOT.fullmatch(mine):
        return mine
    if _GROUPED_DOT.fullmatch(mine):
        return mine.replace(",", "")
    if _DISPLAYED.fullmatch(body):
        return body
    if re.fullmatch(r"[0-9.,]*[0-9][0-9.,]*", body):
        raise CellFault("ambiguous_number")
    raise CellFault("not_a_number")


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise CellFault("not_a_number") from error
    if not value.is_finite():
        raise CellFault("not_a_number")
    if value.adjusted() > 30:
        raise CellFault("out_of_range")
    return value


def _exact(value: Decimal, factor: Decimal, spec: ColumnSpec, kind: Kind, *, noise: bool) -> int:
    with localcontext() as context:
        context.prec = 80
        exact = value * factor * kind.scale
        whole = exact.to_integral_value()
        if exact != whole and not (noise and abs(exact - whole) <= NOISE * abs(exact)):
            raise CellFault("too_many_decimals")
        if abs(whole) >= LIMIT:
            raise CellFault("out_of_range")
        return int(-whole if spec.negate else whole)


def _date(text: str, spec: ColumnSpec, number: bool, month_day: MonthDay | None) -> date:
    plain = text.translate(_WIDE).strip()
    if number:
        return _counted(plain, spec)
    for form in spec.date_format:
        try:
            # No zone: a business date has none.
            moment = datetime.strptime(plain, form)  # noqa: DTZ007
        except ValueError:
            continue
        return _possible(moment.year, moment.month, moment.day)
    day = _MIDNIGHT.sub("", plain)
    if found := _DATE.fullmatch(day):
        year, month, number_of_day = (int(part) for part in found.groups() if part is not None)
        return _possible(year, month, number_of_day)
    if month_day is not None and (month_found := month_of(plain)):
        return month_day(*month_found)
    if _LOOSE_DATE.fullmatch(day):
        raise CellFault("ambiguous_date")
    raise CellFault("not_a_date")


def _possible(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError as error:
        raise CellFault("not_a_date") from error
    if not _FIRST_DAY <= found <= _LAST_DAY:
        raise CellFault("out_of_range")
    return found


def _counted(text: str, spec: ColumnSpec) -> date:
    """A number cell in a date column: a day count, or 20260105, which no day count reaches."""
    value = _decimal(text)
    if value != value.to_integral_value():
        raise CellFault("not_a_date")
    days = int(value)
    if 19_000_101 <= days <= 21_991_231:
        return _possible(days // 10_000, days // 100 % 100, days % 100)
    if spec.serial == 1904:
        first, allowed = date(1904, 1, 1), days >= 0
    else:
        # Excel counts a 29 February 1900 (day 60), which was none.
        first, allowed = date(1899, 12, 31) if days < 60 else date(1899, 12, 30), days >= 1 and days != 60
    if not allowed or days > 109_574:
        raise CellFault("not_a_date")
    return first + timedelta(days=days)


def _bool(text: str) -> bool:
    word = text.translate(_WIDE).strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise CellFault("not_a_boolean")


def _code(text: str, number: bool) -> str:
    if not number:
        if _DISPLAYED.fullmatch(text) and "+" in text:
            raise CellFault("not_a_code")
        return text
    value = _decimal(text)
    # Beyond 2**53 a number cell no longer holds the digits that were typed.
    if value != value.to_integral_value() or abs(value) > 2**53:
        raise CellFault("not_a_code")
    return str(int(value))


# --- Whole columns ---


def _quick(spec: ColumnSpec, kind: Kind, values: tuple[str, ...], period: bool, numbers: bool) -> list[pl.Expr]:
    """The value of the cells in their usual form, null for all others; of several ways the first that takes every cell will do.

    ``numbers``: whether there are number cells at all. Nothing is given where each text has to be looked at.
    """
    if spec.pattern or spec.map or spec.blank is not None:
        return []
    text, number = pl.col("text"), pl.col("number")
    if kind in (Kind.CODE, Kind.TEXT):
        if values or period:
            return []
        usual = ~text.is_in(list(ERRORS))
        if kind is Kind.CODE:
            # A code that Excel shows as 1.2E+11 has a plus.
            usual &= ~text.str.contains("+", literal=True)
            if numbers:
                usual &= ~number | text.str.contains(r"^(?:0|-?[1-9][0-9]{0,14})$")
        return [pl.when(usual).then(text)]
    if kind is Kind.DATE:
        if spec.date_format:
            return []
        iso = text.str.contains(r"^(?:19|20|21)[0-9][0-9]-[0-9][0-9]-[0-9][0-9]$")
        return [pl.when(iso & ~number if numbers else iso).then(text).str.to_date("%Y-%m-%d", strict=False)]
    if kind not in _NUMERIC:
        return []
    with localcontext() as context:
        context.prec = 40
        exponent = (kind.scale * UNIT_FACTORS[spec.unit]).normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < 0:
        return []
    grouped = _quick_number(text, number, spec, exponent)
    return [_plain_number(text, spec, exponent), grouped] if spec.decimal == "." else [grouped]


def _plain_number(text: pl.Expr, spec: ColumnSpec, places: int) -> pl.Expr:
    """Digits without group marks, as nearly all columns have them throughout."""
    rest = rf"(?:\.[0-9]{{1,{places}}})?" if places else ""
    plain = text.str.contains(rf"^-?[0-9]{{1,{max(1, 18 - places)}}}{rest}$")
    return _scaled(pl.when(plain).then(text), spec, places)


def _scaled(body: pl.Expr, spec: ColumnSpec, places: int) -> pl.Expr:
    whole = body.cast(pl.Decimal(38, places)).to_physical().cast(pl.Int64)
    return -whole if spec.negate else whole


def _quick_number(text: pl.Expr, number: pl.Expr, spec: ColumnSpec, places: int) -> pl.Expr:
    """Digits with at most ``places`` decimals: read as a decimal of that scale, whose integer is the value."""
    rest = rf"(?:\.[0-9]{{1,{places}}})?" if places else ""
    digits = max(1, 18 - places)
    plain = rf"^[+-]?[0-9]{{1,{digits}}}{rest}$"
    grouped = rf"^[+-]?[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,{max(1, digits // 3 - 1)}}}{rest}$"
    if spec.decimal == ",":
        swapped = text.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
        fraction = rf"(?:,[0-9]{{1,{places}}})?" if places else ""
        usual = text.str.contains(rf"^[+-]?(?:[0-9]{{1,{digits}}}|[0-9]{{1,3}}(?:\.[0-9]{{3}}){{1,{max(1, digits // 3 - 1)}}}){fraction}$")
        body = pl.when(~number & usual).then(swapped).when(number & text.str.contains(plain)).then(text)
    else:
        simple = text.str.contains(plain)
        body = (
            pl.when(simple).then(text)
            .when(~number & text.str.contains(grouped)).then(text.str.replace_all(",", "", literal=True))
        )  # fmt: skip
    return _scaled(body.str.strip_prefix("+"), spec, places)


