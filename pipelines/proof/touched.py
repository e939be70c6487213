"""What of a workbook is not as its seal says: each cell by its name, and rows, columns, sheets, names and charts.

The seal holds digests, so what stood in a cell before is known only where the published workbook is at hand (``original``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.proof.aligned import aligned
from pipelines.proof.cells import Book, Content, Leaf, columns_of, line_of_row, seal_of, unspan
from pipelines.proof.seal import Seal
from pipelines.sources.reader import letter

_BLANK = "....."
MOST_SHOWN = 80
"""Letters of a text that a sentence shows."""


@dataclass(frozen=True)
class Touch:
    """One thing that was touched: where (``Sheet!C17``, a sheet, a name), what happened to it, and the sentence for people."""

    place: str
    what: str
    sentence: str


@dataclass
class _Sealed:
    """What the seal says of one sheet."""

    about: dict[str, Any]
    rows: dict[int, tuple[str, dict[int, str]]] = field(default_factory=dict)
    """By row: its digest and the marks of its cells."""
    columns: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.about["name"])


def touched(seal: Seal, book: Book, original: Book | None = None) -> list[Touch]:
    """Everything in ``book`` that is not what ``seal`` says; empty exactly when it seals this workbook.

    Raises ``ValueError`` for lines that are no workbook's.
    """
    if seal_of(book, seal.identity) == seal:
        return []
    names, sheets = _read(seal)
    return list(_Comparison(names, sheets, book, original).found()) or [
        Touch("", "content", "The file is not what its digests say, in a place that they do not tell apart. Use the published one.")
    ]


def _read(seal: Seal) -> tuple[dict[str, str], list[_Sealed]]:
    names: dict[str, str] = {}
    sheets: list[_Sealed] = []
    for line in seal.lines:
        kind, _, rest = line.partition(" ")
        if kind == "names":
            names = json.loads(rest)
        elif kind == "sheet":
            sheets.append(_Sealed(json.loads(rest.partition(" ")[2])))
        elif kind == "row":
            at, row, digest, columns, marks = rest.split(" ")
            pieces = [marks[start : start + 5] for start in range(0, len(marks), 5)]
            sheets[int(at)].rows[int(row)] = (digest, dict(zip(unspan(columns), pieces, strict=True)))
        elif kind == "column":
            at, column, values, formulas = rest.split(" ")
            sheets[int(at)].columns[next(unspan(column))] = (values, formulas)
        elif kind != "all":
            raise ValueError(f"a line of a workbook's seal cannot begin with '{kind}'")
    return names, sheets


class _Comparison:
    def __init__(self, names: Mapping[str, str], sheets: Sequence[_Sealed], book: Book, original: Book | None) -> None:
        self.names, self.sheets, self.book = names, sheets, book
        self.leaves = {leaf.name: leaf for leaf in book.leaves}
        self.originals = {leaf.name: leaf for leaf in original.leaves} if original else {}
        self.is_moved = False
        """Whether rows, columns or names of sheets are others: then formulas refer to other places, as they should."""
        self.refer_elsewhere: list[str] = []
        self.without_result: list[str] = []

    def found(self) -> Iterator[Touch]:
        renamed = self._renamed()
        sealed = {one.name: one for one in self.sheets}
        for name in sealed:
            if name not in self.leaves and name not in renamed:
                yield Touch(name, "sheet removed", f"Sheet {name}: it was removed.")
        for name in self.leaves:
            if name not in sealed and name not in renamed.values():
                yield Touch(name, "sheet added", f"Sheet {name}: it was added; no report of ours has it.")
        for old, new in renamed.items():
            yield Touch(new, "sheet renamed", f"Sheet {new}: it was called {old}.")
        called = {one.name: renamed.get(one.name, one.name) for one in self.sheets}
        pairs = [(one, self.leaves[called[one.name]]) for one in self.sheets if called[one.name] in self.leaves]
        order = [leaf.name for _, leaf in pairs]
        if order != [leaf.name for leaf in self.book.leaves if leaf.name in order]:
            yield Touch("", "order", f"The sheets stand in another order; it was {', '.join(order)}.")
        maps = [(one, leaf, *self._moved(one, leaf)) for one, leaf in pairs]
        self.is_moved = bool(renamed) or any(moved for *_, moved in maps)
        for one, leaf, rows, columns, _ in maps:
            yield from self._about(one.about, leaf)
            yield from self._cells(one, leaf, rows, columns)
        if self.refer_elsewhere:
            many = len(self.refer_elsewhere)
            first = ", ".join(self.refer_elsewhere[:3])
            told = f"{many} formulas refer to other places than before ({first}…), as they do when rows, columns or sheets are changed."
            yield Touch(self.refer_elsewhere[0], "formulas moved", told)
        if self.without_result:
            told = f"{len(self.without_result)} formulas have no stored result ({', '.join(self.without_result[:3])}…)"
            why = "a program saved this file that does not calculate. Open it in a spreadsheet and save it."
            yield Touch(self.without_result[0], "no results", f"{told}: {why}")
        yield from self._defined()

    def _renamed(self) -> dict[str, str]:
        """Sheets under another name: everything in them is what it was."""
        missing = [one for one in self.sheets if one.name not in self.leaves]
        known = {one.name for one in self.sheets}
        found: dict[str, str] = {}
        for leaf in self.book.leaves:
            if leaf.name not in known and leaf.rows:
                values = [_values(_marks(cells)) for _, cells in sorted(leaf.rows.items())]
                for one in missing:
                    if one.name not in found and [_values(marks) for _, (_, marks) in sorted(one.rows.items())] == values:
                        found[one.name] = leaf.name
                        break
        return found

    def _moved(self, one: _Sealed, leaf: Leaf) -> tuple[list[tuple[int | None, int | None]], dict[int, int] | None, bool]:
        """Pairs of rows, where each column went (None: all stayed), and whether something was put in or taken out."""
        last, now = max(one.rows, default=0), max(leaf.rows, default=0)
        before = [_values(one.rows[row][1]) if row in one.rows else "" for row in range(1, last + 1)]
        after = [_values(_marks(leaf.rows[row])) if row in leaf.rows else "" for row in range(1, now + 1)]
        rows = list(aligned(before, after))
        columns = self._columns(one, leaf)
        if columns is not None:
            rows = [(at if at < last else None, at if at < now else None) for at in range(max(last, now))]
        inside = [a for a, b in rows if b is None] + [b for a, b in rows if a is None and b is not None and b < now - 1]
        return rows, columns, columns is not None or bool(inside)

    def _columns(self, one: _Sealed, leaf: Leaf) -> dict[int, int] | None:
        """Where the columns went, when whole columns were put in or taken out before others."""
        found: dict[int, list[str]] = {}
        for row in sorted(leaf.rows):
            for column, cell in leaf.rows[row].items():
                found.setdefault(column, []).append(f"{row}{cell.mark[:2]}")
        sealed: dict[int, list[str]] = {}
        for row in sorted(one.rows):
            for column, mark in one.rows[row][1].items():
                sealed.setdefault(column, []).append(f"{row}{mark[:2]}")
        before = ["".join(sealed.get(at, ())) for at in range(max(sealed, default=-1) + 1)]
        after = ["".join(found.get(at, ())) for at in range(max(found, default=-1) + 1)]
        if len(before) == len(after):
            return None
        pairs = list(aligned(before, after))
        moved = {a: b for a, b in pairs if a is not None and b is not None}
        went = [a for a, b in moved.items() if a != b and before[a] and before[a] == after[b]]
        return moved if went else None

    def _about(self, about: Mapping[str, Any], leaf: Leaf) -> Iterator[Touch]:
        name, now = leaf.name, leaf.about()
        if about["shown"] != leaf.is_shown:
            told = "it was hidden" if about["shown"] else "it was hidden and is shown now"
            yield Touch(name, "sheet hidden" if about["shown"] else "sheet shown", f"Sheet {name}: {told}.")
        if not self.is_moved:
            unseen = (("row", about["hidden_rows"], leaf.hidden_rows), ("column", about["hidden_columns"], leaf.hidden_columns))
            for kind, were, are in unseen:
                for at in sorted(set(were) ^ set(are)):
                    named = str(at) if kind == "row" else letter(at)
                    what, told = ("hidden", "was hidden") if at in are else ("shown", "was hidden and is shown now")
                    yield Touch(f"{name}!{named}", f"{kind} {what}", f"Sheet {name}: {kind} {named} {told}.")
            for at in sorted(set(leaf.merged) - set(about["merged"])):
                yield Touch(f"{name}!{at}", "merged", f"{name}!{at}: these cells were merged.")
            for at in sorted(set(about["merged"]) - set(leaf.merged)):
                yield Touch(f"{name}!{at}", "unmerged", f"{name}!{at}: these cells were one and are not merged any more.")
        opened = sorted(set(leaf.blanks) ^ set(about.get("blanks", ())))
        if opened:
            told = f"Sheet {name}: other cells than before are open to fill in ({', '.join(opened[:3])}{'…' if len(opened) > 3 else ''})."
            yield Touch(f"{name}!{opened[0]}", "blanks", told)
        if about["printed"] != now["printed"]:
            told = " / ".join(leaf.printed)
            yield Touch(name, "printed", f"Sheet {name}: what is printed above and below a page was changed; it is '{told}' now.")
        charts: list[dict[str, list[str]]] = about["charts"]
        if len(charts) != len(leaf.charts):
            yield Touch(name, "charts", f"Sheet {name}: it had {len(charts)} charts and has {len(leaf.charts)}.")
        for number, (was, chart) in enumerate(zip(charts, leaf.charts, strict=False), start=1):
            place = f"{name}, chart {number}"
            for part, is_now in (("texts", chart.texts), ("names", chart.names), ("ranges", chart.ranges)):
                if was[part] == list(is_now) or part == "ranges" and self.is_moved:
                    continue
                gone = [one for one in was[part] if one not in is_now] or was[part]
                new = [one for one in is_now if one not in was[part]] or list(is_now)
                does, did = ("draws", "drew") if part == "ranges" else ("says", "said")
                yield Touch(place, f"chart {part}", f"{place}: it {does} {', '.join(new)} where it {did} {', '.join(gone)}.")

    def _cells(
        self, one: _Sealed, leaf: Leaf, rows: Sequence[tuple[int | None, int | None]], moved: Mapping[int, int] | None
    ) -> Iterator[Touch]:
        name = leaf.name
        if moved is not None:
            used, kept = {at for cells in leaf.rows.values() for at in cells}, set(moved.values())
            for at in sorted(used - kept):
                yield Touch(f"{name}!{letter(at)}", "column added", f"Sheet {name}: column {letter(at)} was put in.")
            for at in sorted(set(one.columns) - set(moved)):
                yield Touch(f"{name}!{letter(at)}", "column removed", f"Sheet {name}: column {letter(at)} was taken out.")
        unclear: list[int] = []
        for a, b in rows:
            digest, marks = one.rows.get(a + 1, ("", {})) if a is not None else ("", {})
            cells = leaf.rows.get(b + 1, {}) if b is not None else {}
            if a is None and b is not None:
                if cells:
                    told = ", ".join(_told(cells[at]) for at in sorted(cells)[:4])
                    yield Touch(f"{name}!{b + 1}", "row added", f"Sheet {name}: row {b + 1} was put in: {told}.")
                continue
            if b is None and a is not None:
                if marks:
                    yield Touch(f"{name}!{a + 1}", "row removed", f"Sheet {name}: row {a + 1} was taken out{self._was_row(one, a + 1)}.")
                continue
            if moved is None and digest == (line_of_row(cells).partition(" ")[0] if cells else "") or not marks and not cells:
                continue
            if a is not None and b is not None:
                named = list(self._row(one, leaf, (a + 1, b + 1), marks, moved))
                yield from (touch for touch in named if touch is not None)
                if not named and moved is None:
                    unclear.append(b + 1)
        if unclear:
            yield from self._by_columns(one, leaf, unclear)

    def _row(
        self, one: _Sealed, leaf: Leaf, rows: tuple[int, int], marks: Mapping[int, str], moved: Mapping[int, int] | None
    ) -> Iterator[Touch | None]:
        """The cells of one row that are others; nothing in place of one whose formula moved along with its rows."""
        cells = leaf.rows.get(rows[1], {})
        back = {b: a for a, b in moved.items()} if moved is not None else None
        before = {moved.get(at, -1): mark for at, mark in marks.items()} if moved is not None else marks
        for at in sorted(set(before) | set(cells)):
            was, cell = before.get(at, _BLANK), cells.get(at)
            now = cell.mark if cell else _BLANK
            if at < 0 or was == now or back is not None and at not in back:
                continue
            place = f"{leaf.name}!{letter(at)}{rows[1]}"
            if self.is_moved and was[:2] == now[:2] and was[4] == now[4] and (was[2:4] != "..") == (now[2:4] != ".."):
                self.refer_elsewhere.append(place)
                yield None
                continue
            if cell and cell.formula and not cell.value and was[2:4] == now[2:4]:
                self.without_result.append(place)
                yield None
                continue
            published = self._published(one.name, rows[0], back[at] if back is not None else at)
            yield _touch(place, was, now, cell, published)

    def _by_columns(self, one: _Sealed, leaf: Leaf, rows: Sequence[int]) -> Iterator[Touch]:
        """Rows whose cells' marks happen to be the same: the columns' digests tell where."""
        now = columns_of(leaf)
        columns = [at for at in sorted(set(one.columns) | set(now)) if one.columns.get(at) != now.get(at)]
        for row in rows:
            for at in columns or sorted(leaf.rows.get(row, {})):
                cell = leaf.rows.get(row, {}).get(at)
                place = f"{leaf.name}!{letter(at)}{row}"
                where = "" if len(columns) == 1 else "it, or another of its row, "
                yield Touch(place, "content", f"{place}: {where}was changed; it is {_told(cell)} now{self._published(one.name, row, at)}.")

    def _published(self, sheet: str, row: int, column: int) -> str:
        """What the published workbook has there, when it is at hand."""
        if sheet not in self.originals:
            return ""
        cell = self.originals[sheet].rows.get(row, {}).get(column)
        return f"; published was {_told(cell)}"

    def _was_row(self, one: _Sealed, row: int) -> str:
        cells = self.originals[one.name].rows.get(row, {}) if one.name in self.originals else {}
        return ": " + ", ".join(_told(cells[at]) for at in sorted(cells)[:4]) if cells else ""

    def _defined(self) -> Iterator[Touch]:
        for name in sorted({*self.names, *self.book.names}):
            was, now = self.names.get(name), self.book.names.get(name)
            if was == now:
                continue
            if was is None:
                yield Touch(name, "name added", f"Name {name}: it was added and refers to {now}.")
            elif now is None:
                yield Touch(name, "name removed", f"Name {name}: it was removed; it referred to {was}.")
            elif not self.is_moved:
                yield Touch(name, "name changed", f"Name {name}: it refers to {now} and not to {was}.")


def _touch(place: str, was: str, now: str, cell: Content | None, published: str) -> Touch:
    if cell is None:
        return Touch(place, "emptied", f"{place}: it was emptied{published}.")
    if was == _BLANK:
        return Touch(place, "filled", f"{place}: it was empty; it is {_told(cell)} now.")
    if was[2:4] != now[2:4]:
        if now[2:4] == "..":
            return Touch(place, "formula", f"{place}: its formula was replaced by {_told(cell)}{published}.")
        how = "a formula was put in" if was[2:4] == ".." else "its formula was changed"
        return Touch(place, "formula", f"{place}: {how}; it is {_told(cell)} now{published}.")
    if was[:2] != now[:2]:
        what = "the stored result of its formula" if cell.formula else "its value"
        return Touch(place, "result" if cell.formula else "value", f"{place}: {what} was changed; it is {_told(cell)} now{published}.")
    told = f"it is '{cell.look or 'General'}' now, over {_told(cell)}"
    return Touch(place, "format", f"{place}: its number format was changed; {told}{published}.")


def _told(cell: Content | None) -> str:
    """A cell for a sentence: a number as it stands, a text in quotes, a formula with its stored result."""
    if cell is None:
        return "nothing"
    kind, said = cell.value[:1], cell.value[1:]
    shown = said if len(said) <= MOST_SHOWN else said[: MOST_SHOWN - 1] + "…"
    value = f"'{shown}'" if kind == "t" else {"b1": "TRUE", "b0": "FALSE"}.get(cell.value, shown)
    return f"={cell.formula} with the result {value}" if cell.formula else value


def _marks(cells: Mapping[int, Content]) -> dict[int, str]:
    return {at: one.mark for at, one in cells.items()}


def _values(marks: Mapping[int, str]) -> str:
    """A row by its values alone: formulas change where rows are put in above them."""
    return " ".join(f"{at}{marks[at][:2]}" for at in sorted(marks))
