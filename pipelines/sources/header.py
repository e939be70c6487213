"""Where a table's headings stand, and which column of the sheet is which column of the table.

Headings are compared exactly, after full-width forms, line breaks and spaces are made alike. A near match is proposed in the
error's sentence and never taken. What is below the headings is ``shape``'s business.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import polars as pl

from pipelines.company.layouts import Across, Header, Layout
from pipelines.errors import LayoutError
from pipelines.sources.reader import Cell, Grid, letter, letters

SEARCHED = 20_000
"""Sheets of up to so many rows are searched for headings as a whole; of longer ones the first ``SEARCHED_LARGE``."""
SEARCHED_LARGE = 500

_CJK = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]"
_BETWEEN_CJK = re.compile(rf"(?<={_CJK}) (?=.)|(?<=.) (?={_CJK})")

Row = tuple[Cell | None, ...]


@dataclass(frozen=True)
class Headed:
    """A header that was found: ``first`` and ``last`` are its rows from 0; ``headings`` the text of each column, by index."""

    first: int
    last: int
    headings: tuple[str, ...]


@dataclass(frozen=True)
class RunningColumn:
    """A column that runs across: ``target`` is the column that its cells go to (empty: a stacked measure's)."""

    letter: str
    target: str
    keys: tuple[tuple[str, str], ...]
    """Column → text, from the heading."""


@dataclass(frozen=True)
class Mapping:
    """Which column of the sheet is which: our name → letter, and the columns that run across."""

    columns: dict[str, str]
    running: tuple[RunningColumn, ...]
    headings: dict[str, str]
    """Letter → heading, of every column that has one."""


@lru_cache(maxsize=1 << 16)
def normal(text: str) -> str:
    """A heading for comparing: full-width forms plain, line breaks and runs of space one space, none beside Chinese characters.

    >>> normal("销售\\n金额 （元）"), normal(" Net  amount "), normal("ＱＴＹ")
    ('销售金额(元)', 'Net amount', 'QTY')
    """
    squeezed = " ".join(unicodedata.normalize("NFKC", text).split())
    return _BETWEEN_CJK.sub("", squeezed)


def _is_normal(text: str) -> bool:
    """Whether a text is certainly as ``normal`` would make it: codes and numbers are, which are most of a sheet."""
    return text.isascii() and text.isprintable() and " " not in text


def suggest(heading: str, candidates: Iterable[str], most: int = 3) -> list[str]:
    """The candidates that look most like ``heading``, best first.

    >>> suggest("经销商编号", ["经销商编码", "数量", "日期"])
    ['经销商编码']
    """
    by_form = {normal(one).casefold(): one for one in candidates}
    mine = normal(heading).casefold()
    within = [one for one in by_form if min(len(one), len(mine)) >= 2 and (one in mine or mine in one)]
    close = difflib.get_close_matches(mine, list(by_form), n=most, cutoff=0.6)
    return [by_form[one] for one in dict.fromkeys([*close, *sorted(within, key=len)])][:most]


def find_headers(grid: Grid, layout: Layout, place: str) -> list[Headed]:
    """The headers of a sheet: one, or with blocks below one another several. Raises ``LayoutError`` when there is none or a doubt."""
    head = layout.header
    if head.rows == 0:
        first = (head.at or 1) - 1
        return [Headed(first, first - 1, tuple(letters(grid.width)))]
    searched = grid.height if grid.height <= SEARCHED else SEARCHED_LARGE
    rows = list(grid.rows(0, searched)) if grid.frame is None else _FrameRows(grid, searched)
    if head.at is not None:
        if head.at > len(rows):
            raise LayoutError(
                f"{place}: the layout says 'header: {{at: {head.at}}}', but the sheet has {grid.height} rows. "
                "Correct 'at', or give 'words' of the header instead.",
                "no_header",
                expected=_listed(_wanted(layout)),
            )
        return [joined_headings(grid, rows, head.at - 1, head)]
    down = layout.blocks is not None and layout.blocks.direction == "down"
    found = [joined_headings(grid, rows, index, head) for index in _likely(grid, rows, layout)]
    found = _apart([one for one in found if one.headings], layout)
    if not found:
        raise LayoutError(_no_header(rows, layout, place), "no_header", expected=_listed(_wanted(layout)))
    full = [one for one in found if not _missing(one, layout)]
    if not full:
        best = max(found, key=lambda one: _score(one, layout))
        return [best]
    if down:
        return full
    different = {one.headings: one for one in reversed(full)}
    if len(different) > 1:
        at = ", ".join(str(one.first + 1) for one in sorted(different.values(), key=lambda one: one.first))
        raise LayoutError(
            f"{place}: the header may stand in row {at}; expected one place. Add 'header: {{at: {full[0].first + 1}}}' to the layout, "
            "more 'words' that only the right one has, or 'blocks: {direction: down}' if all of them are tables to read.",
            "two_headers",
            found=at,
        )
    return full[:1]


def map_columns(headed: Headed, layout: Layout, place: str, used: Iterable[int], years: str | None = None) -> Mapping:
    """Each column of ``used`` (indices that hold data) to its name. Raises ``LayoutError`` for a missing, doubled or unknown heading."""
    at: dict[str, list[int]] = {}
    for index, text in enumerate(headed.headings):
        if text:
            at.setdefault(text, []).append(index)
    where = f"{place}, row {headed.first + 1}"
    columns: dict[str, str] = {}
    taken: set[int] = set()
    for name, spec in layout.columns.items():
        places = [(one, index) for one in spec.headings for index in at.get(normal(one), ())]
        places = list({index: (one, index) for one, index in places}.values())
        if len(places) > 1:
            cells = " and ".join(f"'{one}' in column {letter(index)}" for one, index in places)
            raise LayoutError(
                f"{where}: column '{name}' has two candidates: {cells}. Leave one heading in 'columns.{name}.headings', "
                "or say 'blocks: {direction: right}' if the table stands there twice.",
                "heading_twice",
                row=headed.first + 1,
                found=places[0][0],
            )
        if places:
            columns[name] = letter(places[0][1])
            taken.add(places[0][1])
        elif spec.headings and not spec.optional:
            expected = _listed(spec.headings)
            raise LayoutError(_missing_heading(name, headed, layout, where), "missing_heading", row=headed.first + 1, expected=expected)
    running: list[RunningColumn] = []
    ignored = [re.compile(pattern) for pattern in layout.ignore]
    skipped = [re.compile(pattern) for pattern in layout.across.skip] if layout.across else []
    filled = set(used)
    for index, text in enumerate(headed.headings):
        if index in taken:
            continue
        if any(one.fullmatch(form) for one in (*ignored, *skipped) for form in _forms(text)):
            continue
        if text and layout.across and (match := _matched(layout.across.pattern, text)):
            running.append(_running(letter(index), match, layout.across, years, f"{where}, column {letter(index)}"))
        elif text:
            there: dict[str, str | int] = {"row": headed.first + 1, "column": letter(index), "found": text}
            raise LayoutError(_unknown_heading(text, index, layout, where), "unknown_heading", **there)
        elif index in filled:
            raise LayoutError(
                f"{where}: column {letter(index)} holds values but has no heading; expected one of the layout's headings. "
                "If it is not to be read, add \"ignore: ['']\" to the layout.",
                "column_without_heading",
                row=headed.first + 1,
                column=letter(index),
            )
    if layout.across and not running:
        raise LayoutError(
            f"{where}: no heading matches across.pattern '{layout.across.pattern}'; found {_shown(headed.headings)}. "
            "Correct the pattern in the layout.",
            "no_running_heading",
            row=headed.first + 1,
            found=_listed(headed.headings),
        )
    return Mapping(columns, tuple(running), {letter(index): text for index, text in enumerate(headed.headings) if text})


def pattern_of(text: str) -> str:
    """A pattern that matches just this text, as a person would write it.

    >>> print(pattern_of("Flow card?"))
    Flow card\\?
    """
    return re.escape(text).replace("\\ ", " ").replace("\\-", "-")


_WIDE_MARKS = str.maketrans("():,", "（）：，")


def _forms(text: str) -> tuple[str, str]:
    """A normal heading, and as people with a Chinese keyboard write it in a pattern."""
    return text, text.translate(_WIDE_MARKS)


def _matched(pattern: str, text: str) -> re.Match[str] | None:
    return next((match for form in _forms(text) if (match := re.fullmatch(pattern, form))), None)


_MONTH_WORDS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CHINESE = {word: index + 1 for index, word in enumerate(("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"))}


def month_number(text: str, form: str | None = None) -> int | None:
    """1 to 12 for ``3``, ``三月``, ``March``; ``form`` allows one of the ways only.

    >>> month_number("十二月"), month_number("Sept"), month_number("03"), month_number("13")
    (12, 9, 3, None)
    """
    plain = normal(text).removesuffix("份").removesuffix("月")
    if form in (None, "number") and plain.isdecimal() and 1 <= int(plain) <= 12:
        return int(plain)
    if form in (None, "chinese") and plain in _CHINESE:
        return _CHINESE[plain]
    word = plain.lower().rstrip(".")
    if form in (None, "english") and len(word) >= 3 and word[:3] in _MONTH_WORDS:
        return _MONTH_WORDS.index(word[:3]) + 1
    return None


def full_year(text: str) -> str | None:
    """Four digits for ``2026`` and ``26``; None for anything else."""
    plain = normal(text)
    if not plain.isdecimal() or len(plain) not in (2, 4):
        return None
    return plain if len(plain) == 4 else f"20{plain}"


def _running(column: str, match: re.Match[str], across: Across, years: str | None, where: str) -> RunningColumn:
    groups = {name: text for name, text in match.groupdict().items() if text is not None}
    keys: dict[str, str] = {}
    for group, target in across.into.items():
        if group not in groups or group == "year":
            continue
        if group == "day" and across.days_of:
            keys[target] = f"{years}-{int(groups[group]):02d}"
        elif group == "month":
            keys[target] = _month_key(groups, across, years, where)
        else:
            keys[target] = groups[group].strip()
    target = across.value or ""
    if across.value_by:
        measure = groups.get("measure", "")
        if measure not in across.value_by:
            raise LayoutError(
                f"{where}: heading '{match[0]}' has the measure '{measure}'; expected one of {_shown(across.value_by)}. "
                f"Add '{measure}: <column>' to across.value_by.",
                "unknown_heading",
                column=column,
                found=match[0],
            )
        target = across.value_by[measure]
    return RunningColumn(column, target, tuple(sorted(keys.items())))


def _month_key(groups: dict[str, str], across: Across, years: str | None, where: str) -> str:
    month = month_number(groups["month"], across.month)
    if month is None:
        raise LayoutError(
            f"{where}: '{groups['month']}' is not a month. Correct across.pattern or across.month in the layout.",
            "not_a_month",
            found=groups["month"],
        )
    year = full_year(groups["year"]) if "year" in groups else years and full_year(years)
    if not year:
        raise LayoutError(
            f"{where}: the heading gives the month {month} but no year. Add \"year: {{source: path, pattern: '(20\\d\\d)'}}\" "
            "to across, or a group (?P<year>...) to across.pattern.",
            "no_year",
            found=groups["month"],
        )
    return f"{year}-{month:02d}"


def joined_headings(grid: Grid, rows: Sequence[Row], index: int, form: Header) -> Headed:
    """The headings of the rows from ``index`` on, merged cells filled; without merges a blank takes its left neighbour's text."""
    count = form.rows
    lines = [_texts(rows[index + offset] if index + offset < len(rows) else (), grid.width) for offset in range(count)]
    merged = False
    for top, left, bottom, right in grid.merges:
        if top < index + count and bottom >= index and top >= index - 1:
            text = _texts(rows[top], grid.width)[left] if top < len(rows) and left < grid.width else ""
            for row in range(max(top, index), min(bottom, index + count - 1) + 1):
                for column in range(left, min(right, grid.width - 1) + 1):
                    lines[row - index][column] = text
                    merged = True
    if not merged:
        for upper, lower in zip(lines, lines[1:], strict=False):
            for column in range(1, grid.width):
                if not upper[column] and lower[column]:
                    upper[column] = upper[column - 1]
    headings = []
    for column in range(grid.width):
        parts: list[str] = []
        for line in lines:
            if line[column] and (not parts or parts[-1] != line[column]):
                parts.append(line[column])
        headings.append(form.join.join(parts))
    return Headed(index, index + count - 1, tuple(headings))


def _texts(row: Row, width: int) -> list[str]:
    texts = [normal(cell.text) if cell else "" for cell in row]
    return texts + [""] * (width - len(texts))


class _FrameRows(Sequence[Row]):
    """The first rows of a large sheet, made when they are asked for."""

    def __init__(self, grid: Grid, searched: int) -> None:
        self.grid = grid
        self.searched = min(searched, grid.height)

    def __len__(self) -> int:
        return self.searched

    def __iter__(self) -> Iterator[Row]:
        return self.grid.rows(0, self.searched)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            start, stop, _ = index.indices(self.searched)
            return list(self.grid.rows(start, stop))
        if not 0 <= index < self.searched:
            raise IndexError(index)
        return next(self.grid.rows(index, index + 1))


def _with_any(frame: pl.DataFrame, known: set[str]) -> list[int]:
    """Indices of the rows with a cell that is one of ``known`` once it is normal. A text of plain characters without spaces is."""
    odd = pl.col(frame.columns).str.contains("[^!-~]")
    texts = {text for column in frame.select(pl.when(odd).then(pl.col(frame.columns)).name.keep()) for text in column.unique().to_list()}
    forms = [*known, *(text for text in texts if text and normal(text) in known)]
    return frame.select(pl.any_horizontal(pl.all().is_in(forms)).fill_null(value=False)).to_series().arg_true().to_list()


def _cells_with_any(rows: Sequence[Row], known: set[str]) -> list[int]:
    every: set[Cell | None] = set().union(*rows)
    hits = {cell for cell in every if cell and (cell[1] in known or (not _is_normal(cell[1]) and normal(cell[1]) in known))}
    return [index for index, row in enumerate(rows) if not hits.isdisjoint(row)]


def _likely(grid: Grid, rows: Sequence[Row], layout: Layout) -> list[int]:
    """Indices of the rows where the layout's headings may begin."""
    count, join = layout.header.rows, layout.header.join
    some: Iterable[int] = range(len(rows) - count + 1)
    known = {normal(word) for word in layout.header.words}
    known = known or {normal(one) for spec in layout.columns.values() if not spec.optional for one in spec.headings}
    if known and (count == 1 or layout.header.words):
        hits = _with_any(grid.frame.head(len(rows)), known) if grid.frame is not None else _cells_with_any(rows, known)
        some = sorted({index - above for index in hits for above in range(count) if 0 <= index - above <= len(rows) - count})
    windows = [(index, {normal(cell[1]) for row in rows[index : index + count] for cell in row if cell}) for index in some]
    if layout.header.words:
        words = {normal(word) for word in layout.header.words}
        return [index for index, window in windows if words <= window]
    required = [spec for spec in layout.columns.values() if spec.headings and not spec.optional]
    if count > 1:
        # A heading of several rows is joined: here each of its parts is looked for.
        parts_of = [[set(normal(one).split(join)) for one in spec.headings] for spec in required]
        every = [parts for spec in parts_of for parts in spec]
        found = []
        for index, window in windows:
            whole = window | {part for text in window if join in text for part in text.split(join)} if join else window
            if any(parts <= whole for parts in every):
                found.append(index)
        return found
    if not required:
        across = layout.across
        return [index for index, window in windows if across and any(_matched(across.pattern, text) for text in window)]
    forms = [{normal(one) for one in spec.headings} for spec in required]
    return [
        index
        for index, window in windows
        if not known.isdisjoint(window) and 2 * sum(not form.isdisjoint(window) for form in forms) >= len(forms)
    ]


def _missing(headed: Headed, layout: Layout) -> list[str]:
    have = set(headed.headings)
    return [
        name
        for name, spec in layout.columns.items()
        if spec.headings and not spec.optional and not any(normal(one) in have for one in spec.headings)
    ]


def _score(headed: Headed, layout: Layout) -> int:
    known = {normal(one) for spec in layout.columns.values() for one in spec.headings}
    pattern = layout.across.pattern if layout.across else None
    return sum(bool(text) and (text in known or bool(pattern and _matched(pattern, text))) for text in headed.headings)


def _apart(found: list[Headed], layout: Layout) -> list[Headed]:
    """Of windows that overlap, the one that knows most headings; of equals the later, which has no title row in it."""
    kept: list[Headed] = []
    for one in found:
        if kept and one.first <= kept[-1].last:
            if _score(one, layout) >= _score(kept[-1], layout):
                kept[-1] = one
        else:
            kept.append(one)
    return kept


def _shown(texts: Iterable[str], most: int = 12) -> str:
    some = [f"'{text}'" for text in texts if text]
    return ", ".join(some[:most]) + (f" and {len(some) - most} more" if len(some) > most else "") or "nothing"


def _listed(texts: Iterable[str], most: int = 12) -> str:
    """:func:`_shown` without a word of any language."""
    some = [f"'{text}'" for text in texts if text]
    return ", ".join(some[:most]) + (" …" if len(some) > most else "")


def _wanted(layout: Layout) -> Sequence[str]:
    """Words by which a person finds the headings."""
    return layout.header.words or [spec.headings[0] for spec in layout.columns.values() if spec.headings and not spec.optional]


def _no_header(rows: Sequence[Row], layout: Layout, place: str) -> str:
    first = [f"row {number}: {_shown([cell.text for cell in row if cell], 6)}" for number, row in enumerate(rows, 1) if any(row)]
    return (
        f"{place}: no header found; expected {'a row' if layout.header.rows == 1 else f'{layout.header.rows} rows'} with "
        f"{_shown(_wanted(layout))}; found {'; '.join(first[:3]) or 'an empty sheet'}. "
        "Correct 'header: {words: [...]}' in the layout, or give its row as 'header: {at: ...}'."
    )


def _missing_heading(name: str, headed: Headed, layout: Layout, where: str) -> str:
    spec = layout.columns[name]
    known = {normal(one) for other in layout.columns.values() for one in other.headings}
    free = [text for text in headed.headings if text and text not in known]
    near = suggest(spec.headings[0], free)
    line = near[0] if near else "<the heading in the file>"
    return (
        f"{where}: no heading for column '{name}'; expected {_shown(spec.headings)}; found {_shown(headed.headings, 30)}."
        + (f" The nearest is '{near[0]}'." if near else "")
        + f" If that is the column, add '{line}' to 'columns.{name}.headings'; if files may lack it, add 'columns.{name}.optional: true'."
    )


def _unknown_heading(text: str, index: int, layout: Layout, where: str) -> str:
    by_heading = {one: name for name, spec in layout.columns.items() for one in spec.headings}
    near = suggest(text, by_heading)
    hint = f" It looks like '{near[0]}': if so, add '{text}' to 'columns.{by_heading[near[0]]}.headings'." if near else ""
    return (
        f"{where}: unknown heading '{text}' in column {letter(index)}; expected the layout's headings.{hint} "
        f"If it is not to be read, add \"'{pattern_of(text)}'\" to 'ignore'."
    )
