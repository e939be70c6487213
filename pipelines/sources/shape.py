"""One opened file and its layout → the table's rows, still as text, and an account of every row that was delivered.

Finding headings is ``header``'s, months across and stacked rows are ``across``', total rows ``totals``', values from outside the table
``captures``' business; what a text means is ``cells``'. All shapes work on columns, so that a million lines cost no more than their bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from pipelines.company.calendar import Calendar
from pipelines.company.layouts import Capture, Layout
from pipelines.contracts import CONTRACTS
from pipelines.errors import LayoutError
from pipelines.sources import across, totals
from pipelines.sources.captures import Captured, capture, taken
from pipelines.sources.cells import without_blanks
from pipelines.sources.header import Headed, Mapping, find_headers, map_columns, normal
from pipelines.sources.reader import Grid, Workbook, letter, letters

ROW = "_row"
"""1-based row of the sheet, while a table is being read."""


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
    in the row's own line and column. ``cells``: ``source_sheet, source_column, column, letter``. ``totals``: the total rows that
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

    @cached_property
    def _letters(self) -> dict[tuple[str, str, str], str]:
        return {(sheet, at, column): found for sheet, at, column, found in self.cells.iter_rows()}

    def address(self, index: int, column: str) -> str:
        """The cell (``C17``) that ``column`` of row ``index`` was read from; empty when there is none (constants, file names).

        The sheet is the row's ``source_sheet``.
        """
        if column in self.places.columns and (odd := self.places[column][index]) is not None:
            return str(odd)
        sheet, row, at = (self.rows[name][index] for name in ("source_sheet", "source_row", "source_column"))
        found = self._letters.get((sheet, at, column))
        return f"{found}{row}" if found else ""


@dataclass
class _Account:
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, reason: str, number: int) -> None:
        if number:
            self.counts[reason] = self.counts.get(reason, 0) + number


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


def shape(workbook: Workbook, layout: Layout, context: Context) -> Reading:
    """Read the table that ``layout`` describes out of an opened file.

    Raises ``LayoutError``, naming file, sheet, what was expected, what was found and the line to add to the layout.
    """
    account = _Account()
    parts: list[across.Long] = []
    found_totals: list[pl.DataFrame] = []
    cells: list[tuple[str, str, str, str]] = []
    for grid in _sheets(workbook, layout, context):
        for part, checked in _sheet(grid, layout, context, account):
            parts.append(part)
            found_totals.append(checked)
            cells += [(grid.name, at, column, found) for at, column, found in part.letters]
    return _assembled(parts, found_totals, cells, layout, context, account)


def _sheets(workbook: Workbook, layout: Layout, context: Context) -> list[Grid]:
    wanted = layout.sheets
    grids = [grid for grid in workbook.sheets if grid.name not in wanted.skip]
    names = ", ".join(f"'{grid.name}'" for grid in workbook.sheets)
    if wanted.name is not None:
        found = [grid for grid in grids if normal(grid.name) == normal(wanted.name)]
        if not found:
            raise LayoutError(
                f"{context.path}: no sheet '{wanted.name}'; the file has {names}. Correct 'sheets: {{name: ...}}' in the layout "
                "or ask for the missing sheet."
            )
        return found
    if wanted.index is not None:
        if not -len(grids) <= wanted.index < len(grids):
            raise LayoutError(
                f"{context.path}: the layout asks for sheet number {wanted.index} (0 is the first); the file has {names}. "
                "Correct 'sheets: {index: ...}'."
            )
        return [grids[wanted.index]]
    if wanted.pattern is not None:
        found = [grid for grid in grids if re.fullmatch(wanted.pattern, grid.name)]
        if not found:
            raise LayoutError(
                f"{context.path}: no sheet's name matches '{wanted.pattern}'; the file has {names}. Correct 'sheets: {{pattern: ...}}'."
            )
        return found
    filled = [grid for grid in grids if grid.height]
    if len(filled) == 1:
        return filled
    if not filled:
        raise LayoutError(f"{context.path}: every sheet is empty ({names}); expected a table. Ask for the file again.")
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
        "Add \"sheets: {name: '...'}\" or \"sheets: {pattern: '...'}\" to the layout."
    )


def _sheet(grid: Grid, layout: Layout, context: Context, account: _Account) -> Iterator[tuple[across.Long, pl.DataFrame]]:
    place = f"{context.path}!{grid.name}" if grid.name else context.path
    texts = _texts(grid)
    numbers = _numbers(grid)
    year = layout.across.year if layout.across else None
    years = capture(year, context.path, grid, "year").text if isinstance(year, Capture) else str(year) if year else None
    outer = {
        name: capture(rule, context.path, grid, name) for name, rule in layout.capture.items() if rule.source != "row"
    }
    covered: set[int] = set()
    sides = 0
    for block in _blocks(grid, layout, context, place, texts):
        if not sides or not block.side:
            account.add("header", block.headed.last - block.headed.first + 1)
            covered.update(range(block.headed.first, block.last))
        sides += bool(block.side)
        yield _block(block, grid.name, texts, numbers, layout, {**outer, **block.captured}, place, years, account)
    if 0 < texts.height < 200_000:
        account.add("title", _filled_outside(texts, covered))


def _texts(grid: Grid) -> pl.DataFrame:
    """The sheet's texts without spaces around them; null for blank ones."""
    if grid.frame is not None:
        trimmed = pl.all().str.strip_chars()
        return grid.frame.select(pl.when(trimmed != "").then(trimmed).name.keep())
    width = grid.width
    lines = [[cell[1].strip() or None if cell else None for cell in row] for row in grid.cells]
    columns = zip(*(line + [None] * (width - len(line)) for line in lines), strict=True)
    return pl.DataFrame([pl.Series(name, column, dtype=pl.String) for name, column in zip(letters(width), columns, strict=True)])


def _filled_outside(texts: pl.DataFrame, covered: set[int]) -> int:
    """Rows with anything in them that no table covers."""
    outside = [row for row in range(texts.height) if row not in covered]
    if not outside:
        return 0
    return sum(any(text is not None for text in row) for row in texts[outside].rows())


def _numbers(grid: Grid) -> pl.DataFrame | None:
    """Where the file holds numbers; None where it holds none (text files)."""
    if grid.frame is not None:
        return None if grid.kinds is None else grid.kinds.select((pl.all() == "number").fill_null(False))
    width = grid.width
    flags = [[j < len(row) and (cell := row[j]) is not None and cell[0] == "number" for row in grid.cells] for j in range(width)]
    if not any(map(any, flags)):
        return None
    return pl.DataFrame([pl.Series(name, column, dtype=pl.Boolean) for name, column in zip(letters(width), flags, strict=True)])


def _blocks(grid: Grid, layout: Layout, context: Context, place: str, texts: pl.DataFrame) -> list[_Block]:
    headers = find_headers(grid, layout, place)
    if layout.blocks is None or layout.header.rows == 0:
        head = headers[0]
        return [_Block(head, head.last + 1, grid.height, tuple(texts.columns), {})]
    if layout.blocks.direction == "down":
        return _below(headers, grid, layout, place, texts)
    return _beside(headers[0], grid, layout, place, texts)


def _below(headers: Sequence[Headed], grid: Grid, layout: Layout, place: str, texts: pl.DataFrame) -> list[_Block]:
    assert layout.blocks is not None
    blocks = []
    starts: list[int] = []
    for number, head in enumerate(headers):
        low = headers[number - 1].last + 1 if number else 0
        captured, top = _over(head, low, 0, grid.width - 1, grid, layout, place)
        starts.append(top)
        blocks.append(_Block(head, head.last + 1, grid.height, tuple(texts.columns), captured))
    ends = [*starts[1:], grid.height]
    return [_Block(one.headed, one.first, end, one.columns, one.captured) for one, end in zip(blocks, ends, strict=True)]


def _beside(head: Headed, grid: Grid, layout: Layout, place: str, texts: pl.DataFrame) -> list[_Block]:
    known = {normal(one): name for name, spec in layout.columns.items() for one in spec.headings}
    named = [(index, known[text]) for index, text in enumerate(head.headings) if text in known]
    if not named:
        raise LayoutError(f"{place}, row {head.first + 1}: no heading of the layout stands here, so no block begins. Correct 'columns'.")
    starts = [index for index, name in named if name == named[0][1]]
    ends = [*starts[1:], grid.width]
    blocks = []
    for start, end in zip(starts, ends, strict=True):
        mine = tuple(text if start <= index < end else "" for index, text in enumerate(head.headings))
        captured, _ = _over(head, 0, start, end - 1, grid, layout, place)
        block_head = Headed(head.first, head.last, mine)
        blocks.append(_Block(block_head, head.last + 1, grid.height, tuple(texts.columns[start:end]), captured, letter(start)))
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
        f"{', '.join(repr(rule.pattern) for rule in rules.values())}. Correct 'blocks: {{capture: ...}}' in the layout."
    )


def _block(
    block: _Block,
    sheet: str,
    texts: pl.DataFrame,
    numbers: pl.DataFrame | None,
    layout: Layout,
    captured: dict[str, Captured],
    place: str,
    years: str | None,
    account: _Account,
) -> tuple[across.Long, pl.DataFrame]:
    raw = texts.slice(block.first, block.last - block.first).select(block.columns)
    raw = raw.with_row_index(ROW, offset=block.first + 1).with_columns(pl.col(ROW).cast(pl.Int64))
    raw = _without_blank_and_repeated(raw, block, texts, layout, account)
    raw = _up_to_the_end(raw, block, layout, account)
    in_use = [index for index, name in enumerate(texts.columns) if name in raw.columns and raw[name].null_count() < raw.height]
    mapping = map_columns(block.headed, layout, place, in_use, years)
    raw, section_columns = _without_sections(raw, texts.head(block.headed.first), block, layout, place, account)
    total_rows = raw.clear()
    if layout.stacked is None:
        raw, total_rows = totals.split(raw, layout.totals, mapping.columns, block.columns)
    account.add("total", total_rows.height)
    flags = None
    if numbers is not None:
        flags = numbers.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    checked = totals.check(raw, total_rows, flags, layout, mapping, sheet, CONTRACTS[layout.table])
    lines = _lines(raw, flags, mapping, layout)
    read = [*mapping.columns, *(f"@{one.letter}" for one in mapping.running)]
    some = lines.filter(~pl.all_horizontal(pl.col(read).is_null()))
    account.add("blank", lines.height - some.height)
    lines = some
    lines = _filled(lines, mapping, layout)
    if layout.stacked is not None:
        lines = across.stack(lines, layout, layout.stacked, place, account.add)
    frame = across.unpivot(lines, mapping, layout, block.side, account.add)
    frame = _given(frame, section_columns, captured, layout)
    kept = _chosen(frame, layout, place)
    account.add("left_out", frame.height - kept.height)
    frame = kept.with_columns(source_sheet=pl.lit(sheet))
    return across.Long(frame, across.letters(mapping, layout, block.side)), checked


def _without_blank_and_repeated(
    raw: pl.DataFrame, block: _Block, texts: pl.DataFrame, layout: Layout, account: _Account
) -> pl.DataFrame:
    blank = raw.select(pl.all_horizontal(pl.col(block.columns).is_null())).to_series()
    if layout.stop_after_blank_rows:
        runs = pl.DataFrame({"blank": blank, "row": range(len(blank))}).with_columns(run=pl.col("blank").rle_id())
        long = runs.filter("blank").group_by("run").agg(pl.len(), pl.col("row").min()).filter(pl.col("len") >= layout.stop_after_blank_rows)
        begun = blank.arg_min() or 0
        ends = long.filter(pl.col("row") > begun)["row"]
        if len(ends):
            end = int(ends.min())  # type: ignore[arg-type]
            account.add("after_end", raw.height - end - int(blank[end:].sum()))
            account.add("blank", int(blank[end:].sum()))
            raw, blank = raw.head(end), blank[:end]
    account.add("blank", int(blank.sum()))
    raw = raw.filter(~blank)
    for index in range(block.headed.first, block.headed.last + 1):
        head = texts.row(index, named=True)
        filled = [name for name in block.columns if head[name] is not None]
        if len(filled) < 2 or not (raw[filled[0]] == head[filled[0]]).any():
            continue
        same = pl.all_horizontal(pl.col(name).eq_missing(pl.lit(head[name], dtype=pl.String)) for name in block.columns)
        before = raw.height
        raw = raw.filter(~same)
        account.add("header", before - raw.height)
    return raw


def _up_to_the_end(raw: pl.DataFrame, block: _Block, layout: Layout, account: _Account) -> pl.DataFrame:
    if not layout.stop or raw.is_empty():
        return raw
    ends = [re.compile(pattern) for pattern in layout.stop]
    first = raw.select(pl.coalesce(block.columns)).to_series()
    for index, text in enumerate(first):
        if any(end.match(text) for end in ends):
            account.add("after_end", raw.height - index)
            return raw.head(index)
    return raw


def _without_sections(
    raw: pl.DataFrame, over: pl.DataFrame, block: _Block, layout: Layout, place: str, account: _Account
) -> tuple[pl.DataFrame, dict[str, str]]:
    """The rows without the sections' names, which become columns ``section:<name>`` (text) and ``section:<name>@`` (address)."""
    if not layout.sections:
        return raw, {}
    # The first section's name often stands above the headings, among the title rows.
    titles = over.select(block.columns).with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int64))
    both = pl.concat([titles, raw])
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
                    f"{place}, row {record[ROW]}: the section '{value}' is not in the map; expected one of {', '.join(section.map)}. "
                    f"Add '{value}: <our value>' to the map of the section into '{section.into}'."
                )
            found[section.into].append((record[ROW], section.map.get(value, value), f"{cells[-1][0]}{record[ROW]}"))
            if record[ROW] > block.first:
                rows.add(record[ROW])
            break
    account.add("section", len(rows))
    raw = both
    names = {}
    for section in layout.sections:
        if section.into in names:
            continue
        names[section.into] = f"section:{section.into}"
        schema = {ROW: pl.Int64, f"section:{section.into}": pl.String, f"section:{section.into}@": pl.String}
        marks = pl.DataFrame(found[section.into], schema=schema, orient="row")
        raw = raw.join(marks, on=ROW, how="left", maintain_order="left")
        pair = pl.col(f"section:{section.into}", f"section:{section.into}@")
        raw = raw.with_columns(pair.fill_null(strategy="forward" if section.where == "above" else "backward"))
    return raw.filter((pl.col(ROW) > block.first) & ~pl.col(ROW).is_in(list(rows))), names


def _lines(raw: pl.DataFrame, flags: pl.DataFrame | None, mapping: Mapping, layout: Layout) -> pl.DataFrame:
    """The lines with our names: ``name``, ``name#`` (number flag), running columns by ``@letter``; others as ``heading:letter``."""
    wanted = {**mapping.columns, **{f"@{one.letter}": one.letter for one in mapping.running}}
    for name in (*layout.keep, *layout.drop):
        if name not in mapping.columns and (at := _by_heading(name, mapping)):
            wanted[f"heading:{name}"] = at
    frame = raw.select(ROW, pl.col("^section:.*$"), *(without_blanks(pl.col(at)).alias(name) for name, at in wanted.items()))
    if flags is None:
        return frame
    # Line n of the flags is row n of the sheet.
    places = frame[ROW] - 1
    numbered = [flags[at].gather(places).alias(f"{name}#") for name, at in wanted.items() if flags[at].any()]
    return frame.hstack(numbered) if numbered else frame


def _by_heading(name: str, mapping: Mapping) -> str | None:
    return next((at for at, heading in mapping.headings.items() if heading == normal(name)), None)


def _filled(lines: pl.DataFrame, mapping: Mapping, layout: Layout) -> pl.DataFrame:
    """Columns filled down or up; ``name@`` is then the address of the cell that the text really stands in."""
    for name, spec in layout.columns.items():
        if spec.fill == "none" or name not in mapping.columns:
            continue
        strategy = "forward" if spec.fill == "down" else "backward"
        at = pl.when(pl.col(name).is_not_null()).then(pl.concat_str(pl.lit(mapping.columns[name]), pl.col(ROW).cast(pl.String)))
        together = [at.alias(f"{name}@"), pl.col(name)]
        if f"{name}#" in lines.columns:
            together.append(pl.when(pl.col(name).is_not_null()).then(pl.col(f"{name}#")).alias(f"{name}#"))
        lines = lines.with_columns(one.fill_null(strategy=strategy) for one in together)  # type: ignore[arg-type]
    return lines


def _chosen(lines: pl.DataFrame, layout: Layout, place: str) -> pl.DataFrame:
    for rules, keeps in ((layout.keep, True), (layout.drop, False)):
        for name, listed in rules.items():
            column = next((one for one in (name, f"heading:{name}") if one in lines.columns), None)
            if column is None:
                which = "keep" if keeps else "drop"
                raise LayoutError(
                    f"{place}: '{which}' names the column '{name}', which is neither read nor a heading here. Correct it in the layout."
                )
            hit = pl.col(column).fill_null("").is_in(list(listed))
            lines = lines.filter(hit if keeps else ~hit)
    return lines


def _given(frame: pl.DataFrame, sections: dict[str, str], captured: dict[str, Captured], layout: Layout) -> pl.DataFrame:
    """Sections, captures and constants become columns."""
    frame = frame.rename({f"{ours}{end}": f"{name}{end}" for name, ours in sections.items() for end in ("", "@")})
    more: dict[str, pl.Expr] = {}
    for name, found in captured.items():
        more |= {name: pl.lit(found.text), f"{name}@": pl.lit(found.cell)}
    for name, rule in layout.capture.items():
        if rule.source == "row":
            more[name] = pl.col("source_row").cast(pl.String)
    return frame.with_columns(**more, **{name: pl.lit(text) for name, text in layout.constants.items()})


def _assembled(
    parts: Sequence[across.Long],
    checked: Sequence[pl.DataFrame],
    cells: Sequence[tuple[str, str, str, str]],
    layout: Layout,
    context: Context,
    account: _Account,
) -> Reading:
    contract = CONTRACTS[layout.table]
    names = [column.name for column in contract.columns]
    frame = pl.concat([part.frame for part in parts], how="diagonal") if parts else pl.DataFrame()
    height = frame.height

    def text(name: str) -> pl.Expr:
        return pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, dtype=pl.String).alias(name)

    base = {"source_sheet": pl.String, "source_row": pl.Int64, "source_column": pl.String}
    if height or frame.width:
        rows = frame.select(*base, *(text(name) for name in names))
    else:
        rows = pl.DataFrame(schema={**base, **dict.fromkeys(names, pl.String)})
    numbers = frame.select(pl.col(f"{name}#").fill_null(False).alias(name) for name in names if f"{name}#" in frame.columns)
    places = frame.select(pl.col(f"{name}@").alias(name) for name in names if f"{name}@" in frame.columns)
    counts = {"rows": rows.height, "left_out": 0, **account.counts}
    counts["delivered"] = counts["rows"] + counts["left_out"]
    letters_frame = pl.DataFrame(
        list(dict.fromkeys(cells)),
        schema=dict.fromkeys(("source_sheet", "source_column", "column", "letter"), pl.String),
        orient="row",
    )
    all_totals = pl.concat(checked) if checked else totals.none()
    return Reading(layout, context, rows, numbers, places, letters_frame, all_totals, counts)
