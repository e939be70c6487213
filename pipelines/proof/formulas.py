"""Recomputes a workbook's formulas from its cells, exactly and without a spreadsheet: the few kinds that reports write.

A formula's stored result must be what it gives; a tie-out must hold. Which formulas there are is ``reports``' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from pipelines.proof.cells import RESULT_DIGITS, Book, Content, Leaf, column_of, number, text
from pipelines.proof.workbook import Drawn
from pipelines.sources.reader import letter

Value = Decimal | str | bool | None
Area = list[tuple[int, int]]

_TOKEN = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")|(?P<ref>(?:'(?:[^']|'')*'!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"""
    r"""|(?P<name>[A-Z][A-Z0-9.]*)\(|(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)|(?P<sign><=|>=|<>|[-+*/&=<>(),])"""
)
_REF = re.compile(r"(?:'((?:[^']|'')*)'!)?\$?([A-Z]+)\$?(\d+)(?::\$?([A-Z]+)\$?(\d+))?")
_TIE = re.compile(r'IF\((\$?[A-Z]+\$?\d+)=0,"((?:[^"]|"")*)",IF\(ABS\(\1\)<=\$?[A-Z]+\$?\d+,"((?:[^"]|"")*)","((?:[^"]|"")*)"\)\)')


class NotOurs(Exception):
    """A formula of a kind that reports do not write."""


@dataclass(frozen=True)
class Recomputed:
    """What came out of it: how many formulas and tie-outs there are, and what does not agree, a sentence each."""

    formulas: int
    tie_outs: int
    wrong: tuple[str, ...]
    open_ties: tuple[str, ...]
    """Tie-outs of figures that are not in the workbook, and that it says itself do not hold."""
    unknown: tuple[str, ...]
    """Formulas of other kinds, by their cells."""


def recomputed(book: Book) -> Recomputed:
    """Every formula of the workbook against its stored result, and every tie-out."""
    sheets = _Sheets(book)
    wrong: list[str] = []
    open_ties: list[str] = []
    unknown: list[str] = []
    formulas = ties = 0
    for leaf in book.leaves:
        for row, cells in leaf.rows.items():
            for column, cell in cells.items():
                if not cell.formula:
                    continue
                formulas += 1
                place = f"{leaf.name}!{letter(column)}{row}"
                tie = _TIE.fullmatch(cell.formula)
                ties += tie is not None
                try:
                    value = sheets.value(leaf, row, column)
                except NotOurs:
                    unknown.append(place)
                    continue
                # A program that does not calculate stores no result: whoever opens the file sees what the formula gives.
                if cell.value and not _agrees(value, cell):
                    stored = cell.value[1:] or "nothing"
                    wrong.append(f"{place}: its formula gives {_told(value)} from the cells of this file, but {stored} stands there.")
                elif tie and value == tie[4].replace('""', '"'):
                    # A report whose own totals did not tie would not have been published.
                    recounted = any(one.formula for at, one in cells.items() if column - 6 < at < column - 2)
                    said = f"{place}: the tie-out {_named(cells)} does not hold."
                    (wrong if recounted else open_ties).append(said)
    return Recomputed(formulas, ties, tuple(wrong), tuple(open_ties), tuple(unknown))


def undrawn(book: Book, drawn: Sequence[Drawn]) -> list[str]:
    """Where a chart keeps another figure or name than the cell that it draws, a sentence each."""
    leaves = {leaf.name: leaf for leaf in book.leaves}
    found = []
    for one in drawn:
        reference = _REF.fullmatch(one.range)
        leaf = leaves.get((reference[1] or "").replace("''", "'")) if reference else None
        if reference is None or leaf is None:
            found.append(f"{one.sheet}, chart {one.chart}: it draws {one.range or 'nothing'}, which is no range of this file.")
            continue
        column, first = column_of(reference[2]), int(reference[3])
        for at, point in one.points.items():
            cell = leaf.rows.get(first + at, {}).get(column)
            if not _same(point, cell):
                place = f"{leaf.name}!{letter(column)}{first + at}"
                stands = cell.value[1:] if cell else "nothing"
                found.append(f"{one.sheet}, chart {one.chart}: it draws {point} for {place}, where {stands} stands.")
    return found


def _same(point: str, cell: Content | None) -> bool:
    if cell is None:
        return point in ("", "0")
    if cell.value[:1] != "n":
        return text(point) == cell.value[1:]
    try:
        return number(float(point), RESULT_DIGITS) == number(float(cell.value[1:]), RESULT_DIGITS)
    except ValueError:
        return False


def _named(cells: dict[int, Content]) -> str:
    return " ".join(cells[at].value[1:] for at in sorted(cells)[:2])


def _told(value: Value) -> str:
    return "nothing" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _agrees(value: Value, cell: Content) -> bool:
    kind, stored = cell.value[:1], cell.value[1:]
    if isinstance(value, bool):
        return kind == "b" and stored == str(int(value))
    if isinstance(value, Decimal):
        if kind != "n":
            return False
        gap = abs(value - Decimal(stored))
        return gap <= Decimal("1e-7") or gap <= abs(value) * Decimal("1e-11")
    return (kind == "t" and stored == value) or (not value and not stored)


class _Sheets:
    """The cells by place, and each formula's value, computed once."""

    def __init__(self, book: Book) -> None:
        self.leaves = {leaf.name: leaf for leaf in book.leaves}
        self.hidden = {leaf.name: set(leaf.hidden_rows) for leaf in book.leaves}
        self.known: dict[tuple[str, int, int], Value] = {}
        self.asked: set[tuple[str, int, int]] = set()

    def value(self, leaf: Leaf, row: int, column: int) -> Value:
        """What a cell holds, recomputed where it is a formula. Raises ``NotOurs``."""
        cell = leaf.rows.get(row, {}).get(column)
        if cell is None:
            return None
        if not cell.formula:
            return _plain(cell)
        key = (leaf.name, row, column)
        if key not in self.known:
            if key in self.asked:
                raise NotOurs("a formula that refers to itself")
            self.asked.add(key)
            try:
                with localcontext(prec=40):
                    self.known[key] = _Formula(self, leaf, cell.formula).value()
            except (InvalidOperation, ZeroDivisionError, RecursionError) as error:
                raise NotOurs(str(error)) from error
            finally:
                self.asked.discard(key)
        return self.known[key]


def _plain(cell: Content) -> Value:
    kind, said = cell.value[:1], cell.value[1:]
    return Decimal(said) if kind == "n" else said == "1" if kind == "b" else said


class _Formula:
    """One formula, read from left to right."""

    def __init__(self, sheets: _Sheets, leaf: Leaf, written: str) -> None:
        self.sheets, self.leaf = sheets, leaf
        self.tokens: list[tuple[str, str]] = []
        end = 0
        for found in _TOKEN.finditer(written):
            if found.start() != end or found.lastgroup is None:
                raise NotOurs(written)
            self.tokens.append((found.lastgroup, found[found.lastgroup]))
            end = found.end()
        if end != len(written):
            raise NotOurs(written)
        self.at = 0

    def value(self) -> Value:
        found = self._compared()
        if self.at != len(self.tokens):
            raise NotOurs(f"what follows {self.tokens[: self.at]}")
        return found

    def _next(self, *signs: str) -> str:
        """The next sign, taken, when it is one of these."""
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def _compared(self) -> Value:
        left = self._joined()
        sign = self._next("=", "<>", "<", ">", "<=", ">=")
        if not sign:
            return left
        right = self._joined()
        if sign in ("=", "<>"):
            return (left == right) == (sign == "=")
        a, b = _number(left), _number(right)
        return {"<": a < b, ">": a > b, "<=": a <= b, ">=": a >= b}[sign]

    def _joined(self) -> Value:
        left = self._added()
        while self._next("&"):
            left = f"{left or ''}{self._added() or ''}"
        return left

    def _added(self) -> Value:
        left = self._multiplied()
        while sign := self._next("+", "-"):
            right = _number(self._multiplied())
            left = _number(left) + (right if sign == "+" else -right)
        return left

    def _multiplied(self) -> Value:
        left = self._single()
        while sign := self._next("*", "/"):
            right = _number(self._single())
            left = _number(left) * right if sign == "*" else _number(left) / right
        return left

    def _single(self) -> Value:
        if self._next("-"):
            return -_number(self._single())
        if self._next("+"):
            return _number(self._single())
        if self._next("("):
            found = self._compared()
            self._close()
            return found
        if self.at >= len(self.tokens):
            raise NotOurs("it ends early")
        kind, said = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return Decimal(said)
        if kind == "text":
            return said[1:-1].replace('""', '"')
        if kind == "ref":
            leaf, area = self._area(said)
            if len(area) != 1:
                raise NotOurs(said)
            return self.sheets.value(leaf, *area[0])
        if kind == "name" and said in _FUNCTIONS:
            found = _FUNCTIONS[said](self)
            self._close()
            return found
        raise NotOurs(said)

    def _close(self) -> None:
        if not self._next(")"):
            raise NotOurs("a bracket is open")

    def _comma(self) -> None:
        if not self._next(","):
            raise NotOurs("an argument is missing")

    def _area(self, said: str) -> tuple[Leaf, Area]:
        found = _REF.fullmatch(said)
        if found is None:
            raise NotOurs(said)
        sheet = found[1].replace("''", "'") if found[1] is not None else self.leaf.name
        if sheet not in self.sheets.leaves:
            raise NotOurs(said)
        first, last = int(found[3]), int(found[5] or found[3])
        columns = range(column_of(found[2]), column_of(found[4] or found[2]) + 1)
        leaf = self.sheets.leaves[sheet]
        return leaf, [(row, column) for row in range(first, last + 1) for column in columns]

    def _range(self) -> tuple[Leaf, Area]:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "ref":
            raise NotOurs("a range is missing")
        self.at += 1
        return self._area(self.tokens[self.at - 1][1])

    def _numbers(self, leaf: Leaf, area: Area) -> Iterator[tuple[tuple[int, int], Decimal]]:
        for place in area:
            value = self.sheets.value(leaf, *place)
            if isinstance(value, Decimal):
                yield place, value

    # functions: the name and its bracket are read, the closing bracket is not

    def sum(self) -> Value:
        """``SUM(range)``: texts and blanks do not count."""
        return sum((value for _, value in self._numbers(*self._range())), Decimal(0))

    def sumifs(self) -> Value:
        """``SUMIFS(range, where, number)``: rows where the other range holds the number."""
        leaf, area = self._range()
        self._comma()
        other, where = self._range()
        self._comma()
        wanted = self._compared()
        if len(area) != len(where):
            raise NotOurs("ranges of two lengths")
        inside = {place for place, mark in zip(area, where, strict=True) if self.sheets.value(other, *mark) == wanted}
        return sum((value for place, value in self._numbers(leaf, area) if place in inside), Decimal(0))

    def subtotal(self) -> Value:
        """``SUBTOTAL(109, range)``: the sum of the rows that are not hidden."""
        if self._compared() != 109:
            raise NotOurs("SUBTOTAL of another kind")
        self._comma()
        leaf, area = self._range()
        hidden = self.sheets.hidden[leaf.name]
        return sum((value for (row, _), value in self._numbers(leaf, area) if row not in hidden), Decimal(0))

    def round(self) -> Value:
        """``ROUND(number, places)``: half away from zero, as spreadsheets do."""
        value = _number(self._compared())
        self._comma()
        places = _number(self._compared())
        return value.quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_UP) + 0

    def abs(self) -> Value:
        """``ABS(number)``."""
        return abs(_number(self._compared()))

    def choose(self) -> Value:
        """``IF(condition, then, else)``."""
        condition = self._compared()
        self._comma()
        then = self._compared()
        self._comma()
        other = self._compared()
        return then if condition else other


_FUNCTIONS: dict[str, Callable[[_Formula], Value]] = {
    "SUM": _Formula.sum, "SUMIFS": _Formula.sumifs, "SUBTOTAL": _Formula.subtotal, "ROUND": _Formula.round, "ABS": _Formula.abs,
    "IF": _Formula.choose,
}  # fmt: skip


def _number(value: Value) -> Decimal:
    if value is None:
        return Decimal(0)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, str):
        raise NotOurs(f"a text where a number is due: {value}")
    return value
