"""Total and subtotal rows: recognised by their words, left out, and compared with the lines that they total."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from pipelines.company.layouts import ColumnSpec, Layout, Totals
from pipelines.contracts.model import Column, Contract
from pipelines.sources.cells import Parsed, parse_column
from pipelines.sources.header import Mapping

ROW = "_row"
"""1-based row of the sheet, while a table is being read."""
BLOCK = "_block"
"""Number of the table that a row is of, while several tables are read as one; rows are in the order of blocks and rows."""
MEASURE, SUB = "_measure", "_sub"
"""In stacked tables: which measure a row holds; whether a total row totals only the lines since the one before (null: a line)."""
LARGE = 50_000
"""In tables with more lines than this, a total's word is looked for in its usual forms only, not in every cell's plainest form."""

SCHEMA = pl.Schema(
    {
        BLOCK: pl.Int64(),
        "source_row": pl.Int64(),
        "column": pl.String(),
        "letter": pl.String(),
        "cell": pl.String(),
        "stated": pl.Int64(),
        "computed": pl.Int64(),
    }
)


def none() -> pl.DataFrame:
    """No total rows."""
    return pl.DataFrame(schema=SCHEMA)


def words(rule: Totals) -> tuple[str, ...]:
    """The words of total rows in their plainest form, longest first."""
    return tuple(sorted({_plain(word) for word in (*rule.words, *rule.sub)}, key=len, reverse=True))


def word_in(text: str, among: tuple[str, ...]) -> str | None:
    """The word that makes ``text`` the label of a total: the whole of it, or its end after another word.

    >>> word_in("华东 小 计：", ("小计", "total")), word_in("Grand Total", ("total",)), word_in("Subtotally", ("total",))
    ('小计', 'total', None)
    """
    plain = _plain(text)
    for word in among:
        if plain == word or (plain.endswith(word) and (not word.isascii() or re.search(rf"\s{re.escape(word)}$", _spaced(text)))):
            return word
    return None


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", _spaced(text))


def _spaced(text: str) -> str:
    return re.sub(r"[(（][^()（）]*[)）]$", "", text.strip().rstrip(":：").strip()).strip().rstrip(":：").casefold()


def split(raw: pl.DataFrame, rule: Totals, columns: dict[str, str], letters: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines, and the total rows among them."""
    among = words(rule)
    if not among or raw.is_empty():
        return raw, raw.clear()
    if rule.column is not None:
        candidates = [columns.get(rule.column, rule.column)]
        candidates = [name for name in candidates if name in raw.columns]
        likely = pl.any_horizontal(_ends(pl.col(name), among) for name in candidates) if candidates else pl.lit(False)
    else:
        likely = _ends(pl.coalesce(letters), among)
        if raw.height <= LARGE:
            likely |= pl.any_horizontal(_ends(pl.col(name), among) for name in letters)
        else:
            usual = _usual(rule)
            likely |= pl.any_horizontal(pl.col(name).is_in(usual) for name in letters)
        candidates = []
    places = raw.select(likely.fill_null(False)).to_series().arg_true()
    found = []
    for place, record in zip(places, raw[places].iter_rows(named=True), strict=True):
        cells = [record[name] for name in letters if record[name] is not None]
        if candidates:
            is_total = any(word_in(record[name] or "", among) for name in candidates)
        else:
            is_total = bool(word_in(cells[0], among)) or any(_plain(text) in among for text in cells)
        if is_total:
            found.append(place)
    if not found:
        return raw, raw.clear()
    return raw.filter(~pl.int_range(pl.len()).is_in(found)), raw[found]


@lru_cache(maxsize=256)
def _pattern(among: tuple[str, ...]) -> str:
    spaced = [r"\s*".join(re.escape(character) for character in word) for word in among]
    return rf"(?i)(?:{'|'.join(spaced)})\s*[:：]?\s*(?:[(（][^()（）]*[)）])?\s*[:：]?$"


def _ends(text: pl.Expr, among: tuple[str, ...]) -> pl.Expr:
    return text.str.contains(_pattern(among))


def _usual(rule: Totals) -> list[str]:
    forms: list[str] = []
    for word in (*rule.words, *rule.sub):
        forms += [word, word.lower(), word.upper(), word.title(), *(f"{word[:1]}{gap}{word[1:]}" for gap in (" ", "  ", "　"))]
    return [f"{form}{end}" for form in dict.fromkeys(forms) for end in ("", ":", "：")]


def check(lines: pl.DataFrame, total_rows: pl.DataFrame, layout: Layout, mapping: Mapping, contract: Contract) -> pl.DataFrame:
    """What each total row states in the checked columns, and what its lines add up to: null when one of them cannot be read."""
    rule = layout.totals
    if not rule.check or total_rows.is_empty():
        return none()
    among = words(rule)
    letters = [name for name in lines.columns if name not in (BLOCK, ROW) and not name.startswith("section:") and not name.endswith("#")]
    found = []
    for record in total_rows.iter_rows(named=True):
        texts = [record[name] for name in letters if record[name] is not None]
        found.append(next((word for text in texts if (word := word_in(text, among))), ""))
    spans = _spans(lines, total_rows, [is_sub(word, rule) for word in found])
    parts: list[pl.DataFrame] = []
    for name in rule.check:
        column = contract.column(name)
        direct = [(mapping.columns[name], layout.columns[name])] if name in mapping.columns else []
        running = [(one.letter, running_form(layout, name)) for one in mapping.running if one.target == name]
        for letter, form in (*direct, *running):
            parts.append(_compared(lines, total_rows, spans, letter, letter, form, column))
    return pl.concat([none(), *parts]).sort(BLOCK, "source_row", maintain_order=True)


def check_stacked(
    lines: pl.DataFrame, total_rows: pl.DataFrame, measure: str, column: str, cells: dict[str, str], layout: Layout, contract: Contract
) -> pl.DataFrame:
    """:func:`check` for one measure of a stacked table: ``total_rows`` are those of the groups that total others.

    Both have ``measure`` (in which measure a row is), the totals also ``sub``. ``cells``: letter → column of the frames.
    """
    mine, sums = lines.filter(pl.col(MEASURE) == measure), total_rows.filter(pl.col(MEASURE) == measure)
    spans = _spans(mine, sums, sums[SUB].to_list())
    form = running_form(layout, column)
    parts = (_compared(mine, sums, spans, letter, name, form, contract.column(column)) for letter, name in cells.items())
    return pl.concat([none(), *parts])


def is_sub(word: str, rule: Totals) -> bool:
    """Whether a total's word totals only the lines since the one before."""
    return word in {_plain(one) for one in rule.sub}


def _spans(lines: pl.DataFrame, total_rows: pl.DataFrame, subs: list[bool]) -> list[tuple[int, int]]:
    """For each total row the lines that it totals, as a range of line numbers."""
    after, until = [], []
    block, since = -1, 0
    for (at, row), sub in zip(total_rows.select(BLOCK, ROW).iter_rows(), subs, strict=True):
        if at != block:
            block, since = at, 0
        after.append(block * _BLOCK_ROWS + (since if sub else 0))
        until.append(block * _BLOCK_ROWS + row)
        if sub:
            since = row
    keys = lines[BLOCK] * _BLOCK_ROWS + lines[ROW]
    starts = keys.search_sorted(pl.Series(after, dtype=pl.Int64), side="right")
    ends = keys.search_sorted(pl.Series(until, dtype=pl.Int64), side="left")
    return list(zip(starts.to_list(), ends.to_list(), strict=True))


_BLOCK_ROWS = 1 << 32


def _compared(
    lines: pl.DataFrame, total_rows: pl.DataFrame, spans: list[tuple[int, int]], letter: str, name: str, form: ColumnSpec, column: Column
) -> pl.DataFrame:
    """The cells of the total rows in one column of the sheet, which the frames call ``name``, beside the sums of their lines."""
    return total_rows.select(
        BLOCK, source_row=ROW, column=pl.lit(column.name), letter=pl.lit(letter),
        cell=pl.concat_str(pl.lit(letter), pl.col(ROW).cast(pl.String)),
        stated=_values(total_rows, name, form, column).values,
        computed=pl.Series(_sums(_values(lines, name, form, column), spans), dtype=pl.Int64),
    )  # fmt: skip


def running_form(layout: Layout, name: str) -> ColumnSpec:
    """The form of the cells of a column that runs across or is stacked."""
    if layout.across is None:
        return layout.columns.get(name, ColumnSpec(headings=()))
    return layout.across.specs.get(name) or layout.columns.get(name, layout.across.spec)


def _values(frame: pl.DataFrame, name: str, form: ColumnSpec, column: Column) -> Parsed:
    numbers = frame[f"{name}#"] if f"{name}#" in frame.columns else None
    return parse_column(frame[name], form, column.kind, numbers=numbers)


def _sums(read: Parsed, spans: list[tuple[int, int]]) -> list[int | None]:
    """What the lines of each range add up to."""
    if read.rules.null_count() == len(read.rules):
        return [int(read.values[start:end].sum() or 0) for start, end in spans]
    return [
        int(read.values[start:end].sum() or 0) if read.rules[start:end].null_count() == end - start else None for start, end in spans
    ]
