"""What a workbook says, in a form that does not depend on the program that saved it last, and the lines that seal it.

Proven are values, formulas and their stored results, number formats, merged areas, names, hidden rows and columns, sheets and
their order, texts and ranges of charts, and what is printed above and below a page. Fonts, colours, widths and pictures are not.
Reading a file is ``workbook``'s, comparing is ``touched``'s business.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pipelines.proof.seal import Identity, Seal, mark, short
from pipelines.sources.reader import letter

SHEET = "_proof"
"""The name of the hidden sheet with the seal."""

DIGITS, RESULT_DIGITS = 15, 13
"""Significant digits that a number keeps; the result of a formula, which each program adds up in its own order, keeps fewer."""

_LITERAL = re.compile(r'("(?:[^"]|"")*")')
_QUOTED = re.compile(r"'((?:[^']|'')*)'!")
_BARE = re.compile(r"(?<![\w.'])([^\W\d][\w.]*)!")
_SIZES = re.compile(r'&"[^"]*"|&K[0-9A-Fa-f]{6}|&\d+ ?')


class Content(NamedTuple):
    """What one cell says: ``value`` begins with its kind (``n`` number, ``t`` text, ``b`` yes or no, ``e`` error)."""

    value: str
    formula: str
    look: str
    whole: str
    """The three together, as they are hashed."""
    mark: str
    """Two letters for the value, two for the formula, one for the look."""


@dataclass(frozen=True)
class Chart:
    """What a chart says: its title and labels, the names of its series, the ranges that it draws."""

    texts: tuple[str, ...]
    names: tuple[str, ...]
    ranges: tuple[str, ...]


@dataclass
class Leaf:
    """One sheet. Rows are counted from 1, columns from 0; blank cells are left out."""

    name: str
    rows: dict[int, dict[int, Content]] = field(default_factory=dict)
    is_shown: bool = True
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    merged: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    blanks: tuple[str, ...] = ()
    """Cells that the reader is meant to fill in: open ones of a protected sheet. Which they are is proven, what stands there is not."""

    def about(self) -> dict[str, object]:
        """Everything of the sheet but its cells, as the seal states it."""
        return {
            "name": self.name, "shown": self.is_shown, "hidden_rows": list(self.hidden_rows), "hidden_columns": list(self.hidden_columns),
            "merged": sorted(self.merged), "printed": list(self.printed),
            "charts": [{"texts": list(one.texts), "names": list(one.names), "ranges": list(one.ranges)} for one in self.charts],
            **({"blanks": list(self.blanks)} if self.blanks else {}),
        }  # fmt: skip


@dataclass
class Book:
    """A workbook without its seal."""

    leaves: list[Leaf]
    names: Mapping[str, str]
    """Defined names and what they refer to."""


def number(value: float, digits: int = DIGITS) -> str:
    """A number as every program keeps it.

    >>> number(0.1 + 0.2), number(-0.0), number(1e22)
    ('0.3', '0', '1e+22')
    """
    return f"{value + 0.0:.{digits}g}" if value else "0"


def text(value: str) -> str:
    """A text with its line ends made alike."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


@cache
def look(code: str, kind: str) -> str:
    """What of a number format matters to a cell of ``kind``, without the marks by which literal characters are quoted.

    >>> look('+#,##0.0"pp";"−"0', "n") == look(r'\\+#,##0.0"pp";\\−0', "n"), look("@", "t"), look('0;-0;0;"x"', "t")
    (True, '', 'x')
    """
    plain = re.sub(r'["\\]', "", code)
    sections = plain.split(";")
    if kind == "t":
        shown = sections[3] if len(sections) > 3 else plain if "@" in plain else ""
        return "" if shown == "@" else shown
    return "" if plain == "General" else ";".join(sections[:3])


def formula(written: str) -> str:
    """A formula as every program writes it: no equals sign, no blanks, prefixes or blanks outside of texts, sheets in quotes.

    >>> formula("=ROUND( SUM(Regions!$D$7:$D$11) ,4)"), formula('IF(A1=0,"a b",_xlfn.ABS(\\'My sheet\\'!A2))')
    ("ROUND(SUM('Regions'!$D$7:$D$11),4)", 'IF(A1=0,"a b",ABS(\\'My sheet\\'!A2))')
    """
    parts = _LITERAL.split(written.removeprefix("="))
    return "".join(part if at % 2 else _bare(part) for at, part in enumerate(parts))


def _bare(part: str) -> str:
    pieces, end = [], 0
    for found in _QUOTED.finditer(part):
        pieces += [_plain(part[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*pieces, _plain(part[end:])])


def _plain(part: str) -> str:
    part = re.sub(r"\s+|_xlfn\.|_xlws\.", "", part)
    return _BARE.sub(r"'\1'!", part) if "!" in part else part


def printed(head_or_foot: str) -> str:
    """What stands above or below a printed page, without fonts and sizes."""
    return _SIZES.sub("", head_or_foot).strip()


def content(value: str, written: str, code: str) -> Content | None:
    """A cell from its value (kind first), formula and number format; nothing for a blank one."""
    if value in ("", "t") and not written:
        return None
    said, shown = formula(written) if written else "", look(code, value[:1])
    whole = f"{value}\x1f{said}\x1f{shown}\x1e"
    return Content(value, said, shown, whole, mark(value) + (mark(said) if said else "..") + (mark(shown)[0] if shown else "."))


def seal_of(book: Book, identity: Identity) -> Seal:
    """The seal of a workbook: a line over all of it, then one for its names and for each sheet, row and column."""
    total = hashlib.sha256()
    lines = ["names " + _json(dict(sorted(book.names.items())))]
    for at, leaf in enumerate(book.leaves):
        lines.append(f"sheet {at} {_json(leaf.about())}")
        for row in sorted(leaf.rows):
            cells = leaf.rows[row]
            whole = _whole(cells)
            lines.append(f"row {at} {row} {_line_of_row(cells, whole)}")
            total.update(f"{at} {row} {whole}".encode("utf-8", "surrogatepass"))
        lines += [f"column {at} {letter(column)} {values} {formulas}" for column, (values, formulas) in columns_of(leaf).items()]
    for line in lines:
        if line.startswith(("sheet ", "names ")):
            total.update(line.encode("utf-8", "surrogatepass"))
    return Seal(identity, (f"all {total.hexdigest()}", *lines))


def columns_of(leaf: Leaf) -> dict[int, tuple[str, str]]:
    """The digests of each column: of its values, of its formulas."""
    columns: dict[int, tuple[list[str], list[str]]] = {}
    for row in sorted(leaf.rows):
        for column, one in leaf.rows[row].items():
            both = columns.get(column)
            if both is None:
                both = columns[column] = ([], [])
            both[0].append(f"{row}:{one.value}")
            if one.formula:
                both[1].append(f"{row}:{one.formula}")
    return {at: (short("\x1e".join(columns[at][0])), short("\x1e".join(columns[at][1]))) for at in sorted(columns)}


def line_of_row(cells: Mapping[int, Content]) -> str:
    """What the seal says of a row: its digest, its columns, and the marks of their cells."""
    return _line_of_row(cells, _whole(cells))


def _line_of_row(cells: Mapping[int, Content], whole: str) -> str:
    return f"{short(whole)} {spans(cells)} {''.join([cells[column].mark for column in sorted(cells)])}"


def _whole(cells: Mapping[int, Content]) -> str:
    return "".join([f"{column}:{cells[column].whole}" for column in sorted(cells)])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def spans(columns: Mapping[int, object]) -> str:
    """Columns by their letters, neighbours together.

    >>> spans({0: 1, 1: 1, 2: 1, 4: 1})
    'A:C,E'
    """
    runs: list[list[int]] = []
    for column in sorted(columns):
        if runs and column == runs[-1][1] + 1:
            runs[-1][1] = column
        else:
            runs.append([column, column])
    return ",".join(letter(a) if a == b else f"{letter(a)}:{letter(b)}" for a, b in runs)


def unspan(written: str) -> Iterator[int]:
    """The columns that ``spans`` wrote."""
    for run in written.split(","):
        first, _, last = run.partition(":")
        yield from range(column_of(first), column_of(last or first) + 1)


@cache
def column_of(letters: str) -> int:
    """A column's number, from 0.

    >>> column_of("A"), column_of("AA")
    (0, 26)
    """
    found = 0
    for one in letters:
        found = found * 26 + ord(one) - 64
    return found - 1
