"""Opened files and their layout → the table's rows, still as text, and an account of every row that was delivered.

Finding headings is ``header``'s, months across and stacked rows are ``across``', total rows ``totals``', values from outside the table
``captures``' business; what a text means is ``cells``'. Tables of many files with the same headings are laid below one another and
read as one, told apart by the number of their block: a thousand small sheets cost little more than one long one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from pipelines.company.calendar import Calendar
from pipelines.company.layouts import Capture, Layout
from pipelines.contracts import CONTRACTS
from pipelines.errors import LayoutError
from pipelines.sources import across, totals
from pipelines.sources.captures import Captured, address, capture, taken
from pipelines.sources.cells import without_blanks
from pipelines.sources.header import SEARCHED_LARGE, Headed, Mapping, find_headers, map_columns, normal
from pipelines.sources.reader import Cell, Grid, Workbook, letter, letters
from pipelines.sources.totals import BLOCK, ROW

FILE = "_file"
"""In the frames of ``Readings``: which file a row is of, counted from 0."""


@dataclass(frozen=True)
class Context:
    """What is known of a delivered file besides its cells. ``path`` is the one inside the inbox."""

    path: str
    sha256: str = ""
    layout: str = ""
    sender: str = ""
    calendar: Calendar | None = None


@dataclass(frozen=True)
class Reading:
    """The rows of one file, as text, and where everything stood.

    ``rows``: ``source_sheet, source_row, source_column`` and every column of the contract (null: blank). ``numbers``: for the
    columns that have any, true where the file holds a number rather than a text. ``places``: addresses of cells that do not stand
    in the row's own line and column. ``cells``: ``source_sheet, source_column, column, letter`` and ``from_row``, the row from which
    that holds (tables below one another may stand at different letters). ``totals``: the total rows that
    were checked: ``source_sheet, source_row, column, letter, cell, stated, computed`` (exact, scaled as the column's kind).
    ``counts``: ``delivered`` = ``rows`` + ``left_out`` (by keep and drop), and beside them ``title, header, blank, section,
    total, skipped, after_end`` rows, and ``blank_cells`` that across columns left out.
    """

    layout: Layout
    context: Context
    rows: pl.DataFrame
    numbers: pl.DataFrame
    places: pl.DataFrame
    cells: pl.DataFrame
    totals: pl.DataFrame
    counts: dict[str, int]

    def address(self, index: int, column: str) -> str:
        """The cell (``C17``) that ``column`` of row ``index`` was read from; empty when there is none (constants, file names).

        The sheet is the row's ``source_sheet``.
        """
        return Readings.of(self).address(index, column)


@dataclass(frozen=True)
class Readings:
    """What several files of one layout hold: the frames of ``Reading`` below one another, each with the number of its ``FILE``.

    ``numbers`` and ``places`` go line by line with ``rows``. ``errors``: why a file could not be read; it then has no rows.
    """

    layout: Layout
    contexts: tuple[Context, ...]
    rows: pl.DataFrame
    numbers: pl.DataFrame
    places: pl.DataFrame
    cells: pl.DataFrame
    totals: pl.DataFrame
    counts: tuple[dict[str, int], ...]
    errors: dict[int, LayoutError]

    @staticmethod
    def of(reading: Reading) -> Readings:
        """One file's reading as that of several."""
        rows, cells, checked = (
            frame.with_columns(pl.lit(0, pl.UInt32).alias(FILE)) for frame in (reading.rows, reading.cells, reading.totals)
        )
        return Readings(
            reading.layout, (reading.context,), rows, reading.numbers, reading.places, cells, checked, (reading.counts,), {}
        )

    def one(self) -> Reading:
        """The only file. Raises why it could not be read."""
        (context,), (counts,) = self.contexts, self.counts
        if self.errors:
            raise self.errors[0]
        rows, cells, checked = (frame.drop(FILE) for frame in (self.rows, self.cells, self.totals))
        return Reading(self.layout, context, rows, self.numbers, self.places, cells, checked, counts)

    def without(self, files: Collection[int]) -> Readings:
        """Without the rows of some files, which turned out to be wrong later."""
        if not files:
            return self
        kept = ~self.rows[FILE].is_in(list(files))
        others = [frame.filter(~pl.col(FILE).is_in(list(files))) for frame in (self.cells, self.totals)]
        numbers, places = (frame.filter(kept) if frame.width else frame for frame in (self.numbers, self.places))
        return replace(self, rows=self.rows.filter(kept), numbers=numbers, places=places, cells=others[0], totals=others[1])

    @cached_property
    def _letters(self) -> dict[tuple[int, str, str, str], list[tuple[int, str | None]]]:
        found: dict[tuple[int, str, str, str], list[tuple[int, str | None]]] = {}
        columns = (FILE, "source_sheet", "source_column", "column", "from_row", "letter")
        for file, sheet, at, column, since, name in self.cells.select(columns).iter_rows():
            found.setdefault((file, sheet, at, column), []).append((since, name))
        return found

    def address(self, index: int, column: str) -> str:
        """As :meth:`Reading.address`."""
        if column in self.places.columns and (odd := self.places[column][index]) is not None:
            return str(odd)
        file, sheet, row, at = (self.rows[name][index] for name in (FILE, "source_sheet", "source_row", "source_column"))
        found = [name for since, name in self._letters.get((file, sheet, at, column), ()) if since <= row]
        return f"{found[-1]}{row}" if found and found[-1] else ""


@dataclass
class _Account:
    """Rows by what became of them, for each file."""

    counts: dict[int, dict[str, int]] = field(default_factory=dict)

    def add(self, file: int, reason: str, number: int) -> None:
        if number:
            mine = self.counts.setdefault(file, {})
            mine[reason] = mine.get(reason, 0) + number

    def merge(self, other: _Account) -> None:
        for file, counts in other.counts.items():
            for reason, number in counts.items():
                self.add(file, reason, number)


@dataclass(frozen=True)
class _Block:
    """One table on a sheet: its headings, its rows from ``first`` up to before ``last`` (from 0), its columns by letter."""

    headed: Headed
    first: int
    last: int
    columns: tuple[str, ...]
    captured: dict[str, Captured]
    side: str = ""
    """Letter by which blocks side by side are told apart in ``source_column``."""
    file: int = 0
    number: int = 0
    grid: Grid = Grid("")
    place: str = ""
    years: str | None = None

    @cached_property
    def heads(self) -> tuple[tuple[str | None, ...], ...]:
        """The rows of the headings as they stand there."""
        rows = self.grid.rows(self.headed.first, self.headed.last + 1)
        return tuple(tuple(cell.text.strip() or None if cell else None for cell in row) for row in rows)

    def alike(self) -> tuple[object, ...]:
        """Blocks of which this is the same are read as one."""
        large = self.last - self.first > totals.LARGE
        return self.headed.headings, self.heads, self.columns, self.side, tuple(self.captured), self.years, large


def shape(workbook: Workbook, layout: Layout, context: Context) -> Reading:
    """Read the table that ``layout`` describes out of an opened file.

    Raises ``LayoutError``, naming file, sheet, what was expected, what was found and the line to add to the layout.
    """
    return shape_all([(workbook, context)], layout).one()


def shape_all(files: Sequence[tuple[Workbook, Context]], layout: Layout) -> Readings:
    """:func:`shape` for several files. What one of them does not have is its own error, and leaves the others alone."""
    account = _Account()
    errors: dict[int, LayoutError] = {}
    blocks: list[_Block] = []
    for file, (workbook, context) in enumerate(files):
        try:
            for grid in _sheets(workbook, layout, context):
                try:
                    blocks += _sheet(grid, layout, context, account, file, len(blocks))
                except LayoutError as error:
                    raise _on(error, grid) from None
        except LayoutError as error:
            errors[file] = unfilled(workbook, layout, context) or error
    alike: dict[tuple[object, ...], list[_Block]] = {}
    for block in blocks:
        if block.file not in errors:
            alike.setdefault(block.alike(), []).append(block)
    tables: list[_Table] = []
    failed: dict[int, tuple[int, LayoutError]] = {}
    for group in alike.values():
        done, wrong = _together(group, layout, account)
        tables += done
        for block, why in wrong:
            # Of several, the one that stands first in the file is told.
            failed[block.file] = min(failed.get(block.file, (block.number, why)), (block.number, why), key=lambda one: one[0])
    errors |= {file: why for file, (_, why) in failed.items()}
    return _assembled(tables, layout, [context for _, context in files], account, errors)


TITLES = 6
"""A form has at most so many lines of titles, names and dates beside its tables."""


def unfilled(workbook: Workbook, layout: Layout, context: Context) -> LayoutError | None:
    """The error of a workbook in which nothing is filled in, whatever else is said of it; None for any other file.

    It has titles, and the layout's headings perhaps, but no line of a table: none with two cells, and nothing below the headings.
    """
    if any(not grid.name or grid.height > SEARCHED_LARGE for grid in workbook.sheets):
        return None  # a text file; or a table, whatever it is of
    for grid in workbook.sheets:
        try:
            headed = find_headers(grid, layout, grid.name)[0]
            heads = range(headed.first, headed.last + 1)
        except LayoutError:
            heads = range(grid.height, grid.height)
        filled = {number: sum(bool(cell and cell.text.strip()) for cell in row) for number, row in enumerate(grid.rows())}
        titles = [cells for number, cells in filled.items() if cells and number < heads.start]
        below = any(cells for number, cells in filled.items() if number >= heads.stop)
        if below or any(cells > 1 for cells in titles) or len(titles) > TITLES:
            return None
    return empty_form(context.path)


def empty_form(path: str) -> LayoutError:
    """What to say of a form that came back as it was sent out."""
    return LayoutError(
        f"{path}: the form is empty: no line of it is filled in. Have it filled in and sent again; who has nothing to report writes "
        "a total of 0 below the headings.",
        "form_empty",
    )


def _on(error: LayoutError, grid: Grid) -> LayoutError:
    """The error with the sheet that it is about."""
    if grid.name:
        error.values.setdefault("sheet", grid.name)
    return error


@dataclass(frozen=True)
class _Table:
    """Blocks read as one: their rows with ``BLOCK``, the letters of their columns, the total rows that were checked."""

    blocks: tuple[_Block, ...]
    frame: pl.DataFrame
    letters: tuple[tuple[str, str, str], ...]
    totals: pl.DataFrame


def _together(group: list[_Block], layout: Layout, account: _Account) -> tuple[list[_Table], list[tuple[_Block, LayoutError]]]:
    """The blocks of a group as one table; when something is wrong with one of them, each by itself."""
    mine = _Account()
    try:
        table = _table(group, layout, mine)
    except LayoutError as error:
        if len(group) == 1:
            return [], [(group[0], _on(error, group[0].grid))]
        parts = [_together([block], layout, account) for block in group]
        return [one for done, _ in parts for one in done], [one for _, wrong in parts for one in wrong]
    account.merge(mine)
    return [table], []


def _sheets(workbook: Workbook, layout: Layout, context: Context) -> list[Grid]:
    wanted = layout.sheets
    grids = [grid for grid in workbook.sheets if grid.name not in wanted.skip]
    names = ", ".join(f"'{grid.name}'" for grid in workbook.sheets)
    if wanted.name is not None:
        found = [grid for grid in grids if normal(grid.name) == normal(wanted.name)]
        if not found:
            raise LayoutError(
                f"{context.path}: no sheet '{wanted.name}'; the file has {names}. Correct 'sheets: {{name: ...}}' in the layout "
                "or ask for the missing sheet.",
                "sheet_missing",
                expected=wanted.name,
                found=names,
            )
        return found
    if wanted.index is not None:
        if not -len(grids) <= wanted.index < len(grids):
            raise LayoutError(
                f"{context.path}: the layout asks for sheet number {wanted.index} (0 is the first); the file has {names}. "
                "Correct 'sheets: {index: ...}'.",
                "sheet_missing",
                expected=str(wanted.index + 1),
                found=names,
            )
        return [grids[wanted.index]]
    if wanted.pattern is not None:
        found = [grid for grid in grids if re.fullmatch(wanted.pattern, grid.name)]
        if not found:
            raise LayoutError(
                f"{context.path}: no sheet's name matches '{wanted.pattern}'; the file has {names}. Correct 'sheets: {{pattern: ...}}'.",
                "sheet_missing",
                expected=wanted.pattern,
                found=names,
            )
        return found
    filled = [grid for grid in grids if grid.height]
    if len(filled) == 1:
        return filled
    if not filled:
        raise LayoutError(f"{context.path}: every sheet is empty ({names}); expected a table. Ask for the file again.", "file_empty")
    return [_only(filled, layout, context, names)]


def _only(grids: Sequence[Grid], layout: Layout, context: Context, names: str) -> Grid:
    """The one sheet of several whose headings fit."""
    fitting = []
    for grid in grids:
        try:
            headed = find_headers(grid, layout, grid.name)[0]
            map_columns(headed, layout, grid.name, (), "2000")
        except LayoutError:
            # A sheet that does not fit is no error here: the sentence below names them all.
            continue
        fitting.append(grid)
    if len(fitting) == 1:
        return fitting[0]
    which = ", ".join(f"'{grid.name}'" for grid in fitting) or "none of them has the headings"
    raise LayoutError(
        f"{context.path}: the file has the sheets {names} and the layout does not say which to read ({which}). "
        "Add \"sheets: {name: '...'}\" or \"sheets: {pattern: '...'}\" to the layout.",
        "sheet_unclear",
        found=names,
    )


def _sheet(grid: Grid, layout: Layout, context: Context, account: _Account, file: int, number: int) -> list[_Block]:
    place = f"{context.path}!{grid.name}" if grid.name else context.path
    year = layout.across.days_of or layout.across.year if layout.across else None
    years = capture(year, context.path, grid, "year").text if isinstance(year, Capture) else str(year) if year else None
    outer = {name: capture(rule, context.path, grid, name) for name, rule in layout.capture.items() if rule.source != "row"}
    covered: set[int] = set()
    found: list[_Block] = []
    for block in _blocks(grid, layout, context, place):
        if not found or not block.side:
            account.add(file, "header", block.headed.last - block.headed.first + 1)
            covered.update(range(block.headed.first, block.last))
        captured = {**outer, **block.captured}
        found.append(replace(block, captured=captured, file=file, number=number + len(found), grid=grid, place=place, years=years))
    if 0 < grid.height < 200_000:
        account.add(file, "title", _filled_outside(grid, covered))
    return found


def _filled_outside(grid: Grid, covered: set[int]) -> int:
    """Rows with anything in them that no table covers."""
    outside = sorted(set(range(grid.height)) - covered)
    if not outside:
        return 0
    rows = enumerate(grid.rows(outside[0], outside[-1] + 1), outside[0])
    return sum(any(cell and cell.text.strip() for cell in row) for index, row in rows if index not in covered)


def _blocks(grid: Grid, layout: Layout, context: Context, place: str) -> list[_Block]:
    headers = find_headers(grid, layout, place)
    if layout.blocks is None or layout.header.rows == 0:
        head = headers[0]
        return [_Block(head, head.last + 1, grid.height, tuple(letters(grid.width)), {})]
    if layout.blocks.direction == "down":
        return _below(headers, grid, layout, place)
    return _beside(headers[0], grid, layout, place)


def _below(headers: Sequence[Headed], grid: Grid, layout: Layout, place: str) -> list[_Block]:
    assert layout.blocks is not None
    blocks = []
    starts: list[int] = []
    for number, head in enumerate(headers):
        low = headers[number - 1].last + 1 if number else 0
        captured, top = _over(head, low, 0, grid.width - 1, grid, layout, place)
        starts.append(top)
        blocks.append(_Block(head, head.last + 1, grid.height, tuple(letters(grid.width)), captured))
    ends = [*starts[1:], grid.height]
    return [_Block(one.headed, one.first, end, one.columns, one.captured) for one, end in zip(blocks, ends, strict=True)]


def _beside(head: Headed, grid: Grid, layout: Layout, place: str) -> list[_Block]:
    known = {normal(one): name for name, spec in layout.columns.items() for one in spec.headings}
    named = [(index, known[text]) for index, text in enumerate(head.headings) if text in known]
    if not named:
        raise LayoutError(
            f"{place}, row {head.first + 1}: no heading of the layout stands here, so no block begins. Correct 'columns'.",
            "no_header",
            row=head.first + 1,
            expected=", ".join(f"'{one}'" for one in known),
        )
    starts = [index for index, name in named if name == named[0][1]]
    ends = [*starts[1:], grid.width]
    blocks = []
    for start, end in zip(starts, ends, strict=True):
        mine = tuple(text if start <= index < end else "" for index, text in enumerate(head.headings))
        captured, _ = _over(head, 0, start, end - 1, grid, layout, place)
        block_head = Headed(head.first, head.last, mine)
        blocks.append(_Block(block_head, head.last + 1, grid.height, tuple(letters(grid.width)[start:end]), captured, letter(start)))
    return blocks


def _over(
    head: Headed, low: int, left: int, right: int, grid: Grid, layout: Layout, place: str
) -> tuple[dict[str, Captured], int]:
    """What the nearest row above a block's headings says, and that row's index (the header's when nothing is captured)."""
    assert layout.blocks is not None
    rules = layout.blocks.capture
    if not rules:
        return {}, head.first
    rows = list(grid.rows(low, head.first))
    for offset in range(len(rows) - 1, -1, -1):
        cells = [(index, cell.text.strip()) for index, cell in enumerate(rows[offset]) if cell and left <= index <= right]
        if not any(text for _, text in cells):
            continue
        text = " ".join(text for _, text in cells if text)
        found = {name: taken(rule, text) for name, rule in rules.items()}
        if all(found.values()):
            at = f"{letter(cells[0][0])}{low + offset + 1}"
            return {
                name: Captured(rules[name].map.get(value, value) if value else "", at) for name, value in found.items()
            }, low + offset
    raise LayoutError(
        f"{place}, row {head.first + 1}: nothing above this block's headings in columns {letter(left)} to {letter(right)} matches "
        f"{', '.join(repr(rule.pattern) for rule in rules.values())}. Correct 'blocks: {{capture: ...}}' in the layout.",
        "block_without_value",
        row=head.first + 1,
        name=", ".join(rules),
    )


def _table(blocks: Sequence[_Block], layout: Layout, account: _Account) -> _Table:
    """Blocks with the same headings, cut out and made long. Raises ``LayoutError`` when one of them is wrong."""
    first = blocks[0]
    contract = CONTRACTS[layout.table]
    files = {block.number: block.file for block in blocks}

    def add(gone: pl.Series, reason: str) -> None:
        if len(blocks) == 1:
            account.add(first.file, reason, len(gone))
        elif len(gone):
            for number, count in gone.value_counts().iter_rows():
                account.add(files[number], reason, count)

    raw = _laid(blocks, [(block.first, block.last) for block in blocks])
    if layout.stop_after_blank_rows:
        raw = _each(raw, blocks, lambda lines, _: _up_to_the_gap(lines, first.columns, layout, add))
    raw = _without_blank_and_repeated(raw, first, add)
    raw = _up_to_the_end(raw, first, layout, add)
    mapping = _mapping(raw, blocks, layout)
    sections = {section.into: f"section:{section.into}" for section in layout.sections}
    if sections:
        # The first section's name often stands above the headings, among the title rows.
        above = _by_block(_laid(blocks, [(0, block.headed.first) for block in blocks]))
        raw = _each(raw, blocks, lambda lines, block: _without_sections(lines, above.get(block.number), block, layout, add))
    total_rows = raw.clear()
    if layout.stacked is None:
        raw, total_rows = totals.split(raw, layout.totals, mapping.columns, first.columns)
    add(total_rows[BLOCK], "total")
    checked = totals.check(raw, total_rows, layout, mapping, contract)
    lines = _lines(raw, mapping, layout)
    read = [*mapping.columns, *(f"@{one.letter}" for one in mapping.running)]
    blank = lines.select(pl.all_horizontal(pl.col(read).is_null())).to_series()
    if blank.any():
        add(lines[BLOCK].filter(blank), "blank")
        lines = lines.filter(~blank)
    lines = _filled(lines, blocks, mapping, layout)
    if (stacked := layout.stacked) is not None:
        lines = _each(lines, blocks, lambda some, block: across.stack(some, layout, stacked, block.place, add))
        lines, checked = across.totalled(lines, mapping, layout, stacked, contract)
    frame = across.unpivot(lines, mapping, layout, first.side, add)
    frame = _given(frame, blocks, sections, layout)
    frame = _chosen(frame, layout, first.place, add)
    return _Table(tuple(blocks), frame, across.letters(mapping, layout, first.side), checked)


def _laid(blocks: Sequence[_Block], spans: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """Rows of the blocks below one another: ``BLOCK, ROW``, and by letter the texts without spaces around them (null: blank).

    ``A#`` is true where the file holds a number in column A; columns without any number have none.
    """
    parts: list[pl.DataFrame] = []
    small: list[tuple[_Block, int, int]] = []
    for block, (start, stop) in zip(blocks, spans, strict=True):
        if block.grid.frame is None:
            small.append((block, start, stop))
            continue
        if small:
            parts.append(_from_cells(small))
            small = []
        parts.append(_from_frame(block, block.grid.frame, start, stop))
    if small:
        parts.append(_from_cells(small))
    if len(parts) == 1:
        return parts[0]
    whole = pl.concat(parts, how="diagonal")
    return whole.with_columns(pl.col(name).fill_null(value=False) for name in whole.columns if name.endswith("#"))


def _from_cells(some: Sequence[tuple[_Block, int, int]]) -> pl.DataFrame:
    names = some[0][0].columns
    left = address(f"{names[0]}1")[1] if names else 0
    numbers: list[int] = []
    places: list[int] = []
    lines: list[tuple[Cell | None, ...]] = []
    for block, start, stop in some:
        rows = block.grid.cells[start:stop]
        numbers += [block.number] * len(rows)
        places += range(start + 1, start + 1 + len(rows))
        lines += [row[left : left + len(names)] for row in rows]
    columns = [pl.Series(BLOCK, numbers, pl.Int64), pl.Series(ROW, places, pl.Int64)]
    padding = (None,) * len(names)
    padded = [line + padding[len(line) :] for line in lines]
    for name, cells in zip(names, zip(*padded, strict=True) if padded else [()] * len(names), strict=True):
        columns.append(pl.Series(name, [cell[1].strip() or None if cell else None for cell in cells], pl.String))
        flags = [cell is not None and cell[0] == "number" for cell in cells]
        if True in flags:
            columns.append(pl.Series(f"{name}#", flags, pl.Boolean))
    return pl.DataFrame(columns)


def _from_frame(block: _Block, frame: pl.DataFrame, start: int, stop: int) -> pl.DataFrame:
    part = frame.slice(start, stop - start).select(pl.col(block.columns).str.strip_chars())
    part = part.select(pl.when(pl.all() != "").then(pl.all()))
    part = part.with_columns(
        pl.lit(block.number, pl.Int64).alias(BLOCK), pl.int_range(start + 1, start + 1 + pl.len(), dtype=pl.Int64).alias(ROW)
    ).select(BLOCK, ROW, *block.columns)
    if block.grid.kinds is None:
        return part
    kinds = block.grid.kinds.slice(start, stop - start).select(block.columns)
    flags = kinds.select((pl.all() == "number").fill_null(value=False).name.suffix("#"))
    return part.hstack(flags)


def _by_block(frame: pl.DataFrame) -> dict[int, pl.DataFrame]:
    return {int(number): part for (number,), part in frame.partition_by(BLOCK, as_dict=True).items()}


def _each(frame: pl.DataFrame, blocks: Sequence[_Block], step: Callable[[pl.DataFrame, _Block], pl.DataFrame]) -> pl.DataFrame:
    """``step`` for the rows of each block by themselves: for what only few layouts ask."""
    if len(blocks) == 1:
        return step(frame, blocks[0])
    parts = _by_block(frame)
    return pl.concat([step(parts.get(block.number, frame.clear()), block) for block in blocks], how="diagonal")


def _up_to_the_gap(raw: pl.DataFrame, columns: Sequence[str], layout: Layout, add: across.Add) -> pl.DataFrame:
    blank = raw.select(pl.all_horizontal(pl.col(columns).is_null())).to_series()
    runs = pl.DataFrame({"blank": blank, "row": range(len(blank))}).with_columns(run=pl.col("blank").rle_id())
    long = runs.filter("blank").group_by("run").agg(pl.len(), pl.col("row").min()).filter(pl.col("len") >= layout.stop_after_blank_rows)
    ends = long.filter(pl.col("row") > (blank.arg_min() or 0))["row"]
    if ends.is_empty():
        return raw
    end = int(ends.min())  # type: ignore[arg-type]
    after = raw[BLOCK][end:]
    add(after.filter(~blank[end:]), "after_end")
    add(after.filter(blank[end:]), "blank")
    return raw.head(end)


def _without_blank_and_repeated(raw: pl.DataFrame, block: _Block, add: across.Add) -> pl.DataFrame:
    blank = raw.select(pl.all_horizontal(pl.col(block.columns).is_null())).to_series()
    if blank.any():
        add(raw[BLOCK].filter(blank), "blank")
        raw = raw.filter(~blank)
    for cells in block.heads:
        head = dict(zip(letters(len(cells)), cells, strict=True))
        filled = [name for name in block.columns if head.get(name) is not None]
        if len(filled) < 2 or not (raw[filled[0]] == head[filled[0]]).any():
            continue
        same = pl.all_horizontal(pl.col(name).eq_missing(pl.lit(head.get(name), dtype=pl.String)) for name in block.columns)
        again = raw.select(same).to_series()
        add(raw[BLOCK].filter(again), "header")
        raw = raw.filter(~again)
    return raw


def _up_to_the_end(raw: pl.DataFrame, block: _Block, layout: Layout, add: across.Add) -> pl.DataFrame:
    if not layout.stop or raw.is_empty():
        return raw
    ends = [re.compile(pattern) for pattern in layout.stop]
    first = raw.select(pl.coalesce(block.columns)).to_series()
    stops = pl.Series([any(end.match(text) for end in ends) for text in first], dtype=pl.Boolean)
    if not stops.any():
        return raw
    after = raw.select(BLOCK, stops).select(pl.last().cum_max().over(BLOCK)).to_series()
    add(raw[BLOCK].filter(after), "after_end")
    return raw.filter(~after)


def _mapping(raw: pl.DataFrame, blocks: Sequence[_Block], layout: Layout) -> Mapping:
    """Which column is which. A column that holds values must have a heading, in every block."""
    headings = blocks[0].headed.headings
    bare = [name for name in blocks[0].columns if not headings[address(f"{name}1")[1]]]
    used: dict[int, tuple[int, ...]] = {}
    if bare:
        filled = raw.group_by(BLOCK).agg(pl.col(bare).is_not_null().any())
        for number, *flags in filled.iter_rows():
            used[number] = tuple(address(f"{name}1")[1] for name, flag in zip(bare, flags, strict=True) if flag)
    found: dict[tuple[int, ...], Mapping] = {}
    for block in blocks:
        mine = used.get(block.number, ())
        if mine not in found:
            found[mine] = map_columns(block.headed, layout, block.place, mine, block.years)
    return found[used.get(blocks[0].number, ())]


def _without_sections(
    raw: pl.DataFrame, titles: pl.DataFrame | None, block: _Block, layout: Layout, add: across.Add
) -> pl.DataFrame:
    """The rows without the sections' names, which become columns ``section:<name>`` (text) and ``section:<name>@`` (address)."""
    both = raw if titles is None else pl.concat([titles, raw], how="diagonal").select(raw.columns)
    few = both.filter(pl.sum_horizontal(pl.col(block.columns).is_not_null()).is_between(1, 2))
    found: dict[str, list[tuple[int, str, str]]] = {section.into: [] for section in layout.sections}
    rows: set[int] = set()
    words = totals.words(layout.totals)
    for record in few.iter_rows(named=True):
        cells = [(name, record[name]) for name in block.columns if record[name] is not None]
        if len(cells) == 2 and not cells[0][1].endswith((":", "：")):
            continue
        text = " ".join(" ".join(value.split()) for _, value in cells)
        if totals.word_in(text, words):
            continue
        for section in layout.sections:
            match = re.fullmatch(section.pattern, text)
            if not match:
                continue
            value = (match["value"] if "value" in match.re.groupindex else match[1] if match.re.groups else match[0]).strip()
            if section.map and value not in section.map:
                raise LayoutError(
                    f"{block.place}, row {record[ROW]}: the section '{value}' is not in the map; expected one of {', '.join(section.map)}. "
                    f"Add '{value}: <our value>' to the map of the section into '{section.into}'.",
                    "value_not_in_map",
                    row=record[ROW],
                    name=section.into,
                    found=value,
                )
            found[section.into].append((record[ROW], section.map.get(value, value), f"{cells[-1][0]}{record[ROW]}"))
            if record[ROW] > block.first:
                rows.add(record[ROW])
            break
    add(pl.repeat(block.number, len(rows), dtype=pl.Int64, eager=True), "section")
    raw = both
    for section in layout.sections:
        if f"section:{section.into}" in raw.columns:
            continue
        schema = {ROW: pl.Int64, f"section:{section.into}": pl.String, f"section:{section.into}@": pl.String}
        marks = pl.DataFrame(found[section.into], schema=schema, orient="row")
        raw = raw.join(marks, on=ROW, how="left", maintain_order="left")
        pair = pl.col(f"section:{section.into}", f"section:{section.into}@")
        raw = raw.with_columns(pair.fill_null(strategy="forward" if section.where == "above" else "backward"))
    return raw.filter((pl.col(ROW) > block.first) & ~pl.col(ROW).is_in(list(rows)))


def _lines(raw: pl.DataFrame, mapping: Mapping, layout: Layout) -> pl.DataFrame:
    """The lines with our names: ``name``, ``name#`` (number flag), running columns by ``@letter``; others as ``heading:letter``."""
    wanted = {**mapping.columns, **{f"@{one.letter}": one.letter for one in mapping.running}}
    for name in (*layout.keep, *layout.drop):
        if name not in mapping.columns and (at := _by_heading(name, mapping)):
            wanted[f"heading:{name}"] = at
    flags = (pl.col(f"{at}#").alias(f"{name}#") for name, at in wanted.items() if f"{at}#" in raw.columns)
    return raw.select(BLOCK, ROW, pl.col("^section:.*$"), *(without_blanks(pl.col(at)).alias(name) for name, at in wanted.items()), *flags)


def _by_heading(name: str, mapping: Mapping) -> str | None:
    return next((at for at, heading in mapping.headings.items() if heading == normal(name)), None)


def _filled(lines: pl.DataFrame, blocks: Sequence[_Block], mapping: Mapping, layout: Layout) -> pl.DataFrame:
    """Columns filled down or up; ``name@`` is then the address of the cell that the text really stands in."""
    for name, spec in layout.columns.items():
        if spec.fill == "none" or name not in mapping.columns:
            continue
        strategy = "forward" if spec.fill == "down" else "backward"
        at = pl.when(pl.col(name).is_not_null()).then(pl.concat_str(pl.lit(mapping.columns[name]), pl.col(ROW).cast(pl.String)))
        together = [at.alias(f"{name}@"), pl.col(name)]
        if f"{name}#" in lines.columns:
            together.append(pl.when(pl.col(name).is_not_null()).then(pl.col(f"{name}#")).alias(f"{name}#"))
        filled = [one.fill_null(strategy=strategy) for one in together]  # type: ignore[arg-type]
        lines = lines.with_columns(filled if len(blocks) == 1 else [one.over(BLOCK) for one in filled])
    return lines


def _chosen(lines: pl.DataFrame, layout: Layout, place: str, add: across.Add) -> pl.DataFrame:
    for rules, keeps in ((layout.keep, True), (layout.drop, False)):
        for name, listed in rules.items():
            column = next((one for one in (name, f"heading:{name}") if one in lines.columns), None)
            if column is None:
                which = "keep" if keeps else "drop"
                raise LayoutError(
                    f"{place}: '{which}' names the column '{name}', which is neither read nor a heading here. Correct it in the layout."
                )
            hit = lines.select(pl.col(column).fill_null("").is_in(list(listed))).to_series()
            kept = hit if keeps else ~hit
            add(lines[BLOCK].filter(~kept), "left_out")
            lines = lines.filter(kept)
    return lines


def _given(frame: pl.DataFrame, blocks: Sequence[_Block], sections: dict[str, str], layout: Layout) -> pl.DataFrame:
    """Sections, captures and constants become columns."""
    frame = frame.rename({f"{ours}{end}": f"{name}{end}" for name, ours in sections.items() for end in ("", "@")})
    captured: dict[str, list[str]] = {}
    for name in blocks[0].captured:
        captured[name] = [block.captured[name].text for block in blocks]
        captured[f"{name}@"] = [block.captured[name].cell for block in blocks]
    if len(blocks) == 1:
        frame = frame.with_columns(pl.lit(texts[0]).alias(name) for name, texts in captured.items())
    elif captured:
        known = pl.DataFrame({BLOCK: [block.number for block in blocks], **captured}, schema_overrides={BLOCK: pl.Int64})
        frame = frame.drop(captured, strict=False).join(known, on=BLOCK, how="left", maintain_order="left")
    more = {name: pl.col("source_row").cast(pl.String) for name, rule in layout.capture.items() if rule.source == "row"}
    return frame.with_columns(**more, **{name: pl.lit(text) for name, text in layout.constants.items()})


def _assembled(
    tables: Sequence[_Table], layout: Layout, contexts: Sequence[Context], account: _Account, errors: dict[int, LayoutError]
) -> Readings:
    contract = CONTRACTS[layout.table]
    names = [column.name for column in contract.columns]
    blocks = sorted((block for table in tables for block in table.blocks if block.file not in errors), key=lambda one: one.number)
    known = pl.DataFrame(
        [(block.number, block.file, block.grid.name) for block in blocks],
        schema={BLOCK: pl.Int64, FILE: pl.UInt32, "source_sheet": pl.String},
        orient="row",
    )

    def placed(frames: Sequence[pl.DataFrame], empty: pl.Schema) -> pl.DataFrame:
        """The frames in the order of their blocks, with file and sheet; without the files that are wrong."""
        frame = pl.concat([pl.DataFrame(schema=empty), *frames], how="diagonal")
        frame = frame.join(known, on=BLOCK, how="inner", maintain_order="left")
        return frame if len(frames) < 2 else frame.sort(BLOCK, maintain_order=True)

    frame = placed([table.frame for table in tables], pl.Schema({BLOCK: pl.Int64, "source_row": pl.Int64, "source_column": pl.String}))

    def text(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)

    rows = frame.select(FILE, "source_sheet", "source_row", "source_column", *(text(name) for name in names))
    numbers = frame.select(pl.col(f"{name}#").fill_null(value=False).alias(name) for name in names if f"{name}#" in frame.columns)
    places = frame.select(pl.col(f"{name}@").alias(name) for name in names if f"{name}@" in frame.columns)
    heights = dict(rows[FILE].value_counts().iter_rows())
    counts = []
    for file in range(len(contexts)):
        mine = {"rows": heights.get(file, 0), "left_out": 0, **account.counts.get(file, {})}
        counts.append({**mine, "delivered": mine["rows"] + mine["left_out"]})
    checked = placed([table.totals for table in tables], totals.SCHEMA).select(FILE, "source_sheet", *totals.SCHEMA.names()[1:])
    return Readings(layout, tuple(contexts), rows, numbers, places, _cells(tables, errors), checked, tuple(counts), errors)


def _cells(tables: Sequence[_Table], errors: dict[int, LayoutError]) -> pl.DataFrame:
    """Which column of a sheet is which of ours, and from which row on: only where tables below one another differ is it not the first."""
    found = sorted(((block, table.letters) for table in tables for block in table.blocks), key=lambda one: one[0].number)
    now: dict[tuple[int, str, str], dict[str, str]] = {}
    records: list[tuple[int, str, str, str, int, str | None]] = []
    for block, table_letters in found:
        if block.file in errors:
            continue
        mine: dict[str, dict[str, str]] = {}
        for at, column, name in table_letters:
            mine.setdefault(at, {})[column] = name
        for at, columns in mine.items():
            key = (block.file, block.grid.name, at)
            before = now.get(key)
            since = 1 if before is None else block.headed.first + 1
            # A column that only the table above has stands nowhere in this one.
            changed = {**dict.fromkeys(before or {}), **columns}
            records += [(*key, column, since, name) for column, name in changed.items() if (before or {}).get(column) != name]
            now[key] = columns
    return pl.DataFrame(records, schema=_CELLS, orient="row")


_CELLS = pl.Schema(
    {FILE: pl.UInt32(), "source_sheet": pl.String(), "source_column": pl.String(), "column": pl.String(), "from_row": pl.Int64(),
     "letter": pl.String()}
)  # fmt: skip
