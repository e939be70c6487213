"""Wide to long: columns that run across become rows, and measures stacked in rows become columns (or rows of their own).

Works on the lines that ``shape`` has cut out: one row a line of the sheet, running columns called ``@C`` by their letter, ``name#`` true
where the file holds a number, ``name@`` the address of a cell that stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.company.layouts import Layout, Stacked
from pipelines.contracts.model import Contract
from pipelines.errors import LayoutError
from pipelines.sources import totals
from pipelines.sources.header import Mapping, RunningColumn, normal
from pipelines.sources.totals import BLOCK, MEASURE, ROW, SUB

CELL = "_cell"
_GROUP, _ORDER = "_group", "_order"

Add = Callable[[pl.Series, str], None]
"""Counts rows, given by the numbers of their blocks, under a reason."""


@dataclass(frozen=True)
class Long:
    """Rows of a table, and the letters of its columns: ``source_column, column, letter``."""

    frame: pl.DataFrame
    letters: tuple[tuple[str, str, str], ...]


def unpivot(lines: pl.DataFrame, mapping: Mapping, layout: Layout, side: str, add: Add) -> pl.DataFrame:
    """One row for each line and group of running columns (or one a line where nothing runs), with ``source_row`` and ``source_column``."""
    stacked = layout.stacked
    if not mapping.running:
        frame = lines.with_columns(source_row=pl.col(ROW), source_column=pl.lit(side), _order=pl.lit(0))
        if stacked is not None and stacked.value is not None:
            rename = {f"{stacked.value}{end}": f"{CELL}{end}" for end in ("", "#", "@")}
            frame = frame.rename({old: new for old, new in rename.items() if old in frame.columns})
    else:
        frame = _long(lines, mapping, layout, add)
    if stacked is not None:
        frame = _apart(frame, mapping, layout, stacked)
    return frame.drop(ROW, _ORDER)


def letters(mapping: Mapping, layout: Layout, side: str) -> tuple[tuple[str, str, str], ...]:
    """``source_column, column, letter`` for every column of the table's rows."""
    found: list[tuple[str, str, str]] = []
    groups = list(_groups(mapping, layout)) if mapping.running else []
    for source in [group[0].letter for group in groups] or [side]:
        found += [(source, name, at) for name, at in mapping.columns.items()]
    found += [(group[0].letter, one.target, one.letter) for group in groups for one in group if one.target]
    return tuple(found)


def _groups(mapping: Mapping, layout: Layout) -> Iterator[list[RunningColumn]]:
    """The running columns that make one row together: those of the same keys where measures stand beside one another."""
    if layout.across is not None and layout.across.value_by:
        by_keys: dict[tuple[tuple[str, str], ...], list[RunningColumn]] = {}
        for one in mapping.running:
            by_keys.setdefault(one.keys, []).append(one)
        for group in by_keys.values():
            twice = [one for number, one in enumerate(group) if one.target in {other.target for other in group[:number]}]
            if twice:
                raise LayoutError(
                    f"columns {', '.join(one.letter for one in group)} have headings that mean the same ({twice[0].target}); "
                    "expected one column each. Name the ones to leave out in across.skip.",
                    "heading_twice",
                    found=mapping.headings.get(group[0].letter, group[0].letter),
                )
            yield group
    else:
        yield from ([one] for one in mapping.running)


def _long(lines: pl.DataFrame, mapping: Mapping, layout: Layout, add: Add) -> pl.DataFrame:
    assert layout.across is not None
    running = {f"@{one.letter}{end}" for one in mapping.running for end in ("", "#")}
    base = [name for name in lines.columns if name not in running]
    parts = []
    for order, group in enumerate(_groups(mapping, layout)):
        columns: dict[str, pl.Expr] = {name: pl.lit(text) for name, text in group[0].keys}
        targets = []
        for one in group:
            target = one.target or CELL
            targets.append(target)
            columns[target] = pl.col(f"@{one.letter}")
            columns[f"{target}@"] = pl.concat_str(pl.lit(one.letter), pl.col(ROW).cast(pl.String))
            if f"@{one.letter}#" in lines.columns:
                columns[f"{target}#"] = pl.col(f"@{one.letter}#")
        part = lines.with_columns(**columns).select(*base, *(name for name in columns if name not in base))
        blank = pl.all_horizontal(pl.col(targets).is_null())
        if layout.across.blank == "skip":
            gone = part.select(blank).to_series()
            add(part[BLOCK].filter(gone), "blank_cells")
            part = part.filter(~gone)
        elif layout.across.blank == "zero":
            part = part.with_columns(pl.col(targets).fill_null("0"))
        parts.append(part.with_columns(source_row=pl.col(ROW), source_column=pl.lit(group[0].letter), _order=pl.lit(order)))
    return pl.concat(parts, how="diagonal").sort(BLOCK, ROW, _ORDER, maintain_order=True)


def stack(lines: pl.DataFrame, layout: Layout, stacked: Stacked, place: str, add: Add) -> pl.DataFrame:
    """Lines with ``_group`` (number of the group) and ``_measure``; group columns filled down; skipped labels left out.

    The rows of groups that total others are marked in ``_sub``: see ``totalled``.
    """
    words = totals.words(layout.totals)
    names = [name for name in stacked.group if name in lines.columns]
    rows = lines[ROW].to_list()
    keys = [lines[name].to_list() for name in names]
    marks = lines[stacked.column].to_list() if stacked.column and stacked.column in lines.columns else None
    if stacked.column and marks is None:
        raise LayoutError(f"{place}: stacked.column '{stacked.column}' is no column of the layout. Add its heading to 'columns'.")
    wanted = {normal(label): measure for label, measure in stacked.labels.items()}
    skipped = {normal(label) for label in stacked.skip}
    groups: list[int | None] = []
    sub: list[bool | None] = []
    measures: list[str | None] = []
    key: list[str | None] = [None] * len(names)
    owners: list[int | None] = [None] * len(names)
    filled: list[list[str | None]] = [[] for _ in names]
    at: list[list[int | None]] = [[] for _ in names]
    number, first_row, seen = -1, 0, set[str]()
    gone = total = 0
    for index, row in enumerate(rows):
        given = [column[index] for column in keys]
        begins = number < 0
        if any(one is not None for one in given):
            fresh = [one if one is not None else old for one, old in zip(given, key, strict=True)]
            begins = begins or fresh != key or (marks is None)
            owners = [row if one is not None else old for one, old in zip(given, owners, strict=True)]
            key = fresh
        elif marks is None and not names:
            begins = begins or row - first_row >= len(stacked.order)
        label = normal(marks[index] or "") if marks is not None else ""
        if marks is not None and label in seen:
            begins = True
        if begins:
            number, first_row, seen = number + 1, row, set()
        seen.add(label)
        measure: str | None
        word = next((found for one in key if one and (found := totals.word_in(one, words))), None)
        sub.append(None if word is None else totals.is_sub(word, layout.totals))
        if word is not None:
            place_in_group = stacked.order[row - first_row : row - first_row + 1]
            measure = next(iter(place_in_group), None) if marks is None else wanted.get(label)
            total += 1
        elif marks is None:
            if row - first_row >= len(stacked.order):
                raise LayoutError(
                    f"{place}, row {row}: a line beyond the {len(stacked.order)} measures of its group; expected a new group. "
                    f"Name the measure in 'stacked.order', or the line that ends the table in 'stop'.",
                    "line_beyond_group",
                    row=row,
                )
            measure = stacked.order[row - first_row]
        elif label in wanted:
            measure = wanted[label]
        elif label in skipped:
            measure = None
            gone += 1
        else:
            raise LayoutError(
                f"{place}, row {row}: the label '{label}' is not known; expected one of {', '.join(stacked.labels)}. "
                f"Add '{label}: <measure>' to 'stacked.labels', or '{label}' to 'stacked.skip'.",
                "unknown_label",
                row=row,
                found=label,
                expected=", ".join(stacked.labels),
            )
        groups.append(number)
        measures.append(measure)
        for column, text, owner, whence in zip(filled, key, owners, at, strict=True):
            column.append(text)
            whence.append(owner)
    add(lines[BLOCK].head(gone), "skipped")
    add(lines[BLOCK].head(total), "total")
    more = {_GROUP: pl.Series(groups, dtype=pl.Int64), MEASURE: pl.Series(measures, dtype=pl.String), SUB: pl.Series(sub, dtype=pl.Boolean)}
    for name, column in zip(names, filled, strict=True):
        more[name] = pl.Series(column, dtype=pl.String)
    done = lines.with_columns(**more)
    return done.filter(pl.col(MEASURE).is_not_null())


def totalled(
    lines: pl.DataFrame, mapping: Mapping, layout: Layout, stacked: Stacked, contract: Contract
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines without the groups that total others, and what those state beside what their lines add up to."""
    sums, lines = lines.filter(pl.col(SUB).is_not_null()), lines.filter(pl.col(SUB).is_null())
    cells = {one.letter: f"@{one.letter}" for one in mapping.running}
    if not cells and stacked.value in mapping.columns:
        cells = {mapping.columns[stacked.value]: stacked.value}
    checked = [totals.none()]
    for measure in sums[MEASURE].unique(maintain_order=True).to_list():
        column = measure if stacked.into is None else (layout.across.value if layout.across else None) or stacked.value
        if column in layout.totals.check:
            checked.append(totals.check_stacked(lines, sums, measure, column, cells, layout, contract))
    return lines.drop(SUB), pl.concat(checked).sort(BLOCK, "source_row", maintain_order=True)


def _apart(frame: pl.DataFrame, mapping: Mapping, layout: Layout, stacked: Stacked) -> pl.DataFrame:
    """Each measure's cell to its column, one row a group; with ``into`` a row for each measure."""
    if CELL not in frame.columns and layout.across is not None and layout.across.value:
        rename = {f"{layout.across.value}{end}": f"{CELL}{end}" for end in ("", "#", "@")}
        frame = frame.rename({old: new for old, new in rename.items() if old in frame.columns})
    if CELL not in frame.columns:
        raise LayoutError("stacked measures need a value: name its column in 'stacked.value', or the columns that run across.")
    if f"{CELL}@" not in frame.columns and stacked.value is not None:
        at = mapping.columns[stacked.value]
        frame = frame.with_columns(pl.concat_str(pl.lit(at), pl.col(ROW).cast(pl.String)).alias(f"{CELL}@"))
    ends = [end for end in ("", "#", "@") if f"{CELL}{end}" in frame.columns]
    if stacked.into is not None:
        target = (layout.across.value if layout.across else None) or stacked.value
        if not target or target.startswith("_"):
            raise LayoutError("stacked.into needs the column that the cells go to: name it in 'across.value' or 'stacked.value'.")
        frame = frame.rename({f"{CELL}{end}": f"{target}{end}" for end in ends})
        return frame.with_columns(pl.col(MEASURE).alias(stacked.into)).drop(_GROUP, MEASURE)
    measures = list(dict.fromkeys(stacked.order or stacked.labels.values()))
    by = [BLOCK, _GROUP, "source_column"]
    cells = [
        pl.col(f"{CELL}{end}").filter(pl.col(MEASURE) == measure).first().alias(f"{measure}{end}")
        for measure in measures
        for end in ends
    ]
    drop = {MEASURE, *(f"{CELL}{end}" for end in ends), *(f"{measure}{end}" for measure in measures for end in ends), *by}
    others = [pl.col(name).first() for name in frame.columns if name not in drop]
    return frame.group_by(by, maintain_order=True).agg(*others, *cells).drop(_GROUP)
