"""Total and subtotal rows: recognised by their words, left out, and compared with the lines that they total."""

from __future__ import annotations

import re
from functools import lru_cache

import polars as pl

from pipelines.company.layouts import ColumnSpec, Layout, Totals
from pipelines.contracts.model import Contract
from pipelines.sources.cells import Parsed, parse_column
from pipelines.sources.header import Mapping

ROW = "_row"
"""1-based row of the sheet, while a table is being read."""
BLOCK = "_block"
"""Number of the table that a row is of, while several tables are read as one; rows are in the order of blocks and rows."""
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
    sub = {_plain(word) for word in rule.sub}
    spans: list[tuple[int, int]] = []
    block, since = -1, 0
    letters = [name for name in lines.columns if name not in (BLOCK, ROW) and not name.startswith("section:") and not name.endswith("#")]
    for record in total_rows.iter_rows(named=True):
        if record[BLOCK] != block:
            block, since = record[BLOCK], 0
        texts = [record[name] for name in letters if record[name] is not None]
        found = next((word for text in texts if (word := word_in(text, among))), "")
        begin = block * _BLOCK_ROWS
        spans.append((begin + (since if found in sub else 0), begin + record[ROW]))
        if found in sub:
            since = record[ROW]
    at = _key(lines)
    starts = at.search_sorted(pl.Series([after for after, _ in spans]), side="right").to_list()
    ends = at.search_sorted(pl.Series([until for _, until in spans]), side="left").to_list()
    parts: list[pl.DataFrame] = []
    for name in rule.check:
        column = contract.column(name)
        direct = [(mapping.columns[name], layout.columns[name])] if name in mapping.columns else []
        running = [(one.letter, running_form(layout, name)) for one in mapping.running if one.target == name]
        for letter, form in (*direct, *running):
            stated = _values(total_rows, letter, form, contract, name).values
            computed = _sums(_values(lines, letter, form, contract, name), starts, ends)
            parts.append(
                total_rows.select(
                    BLOCK, source_row=ROW, column=pl.lit(column.name), letter=pl.lit(letter),
                    cell=pl.concat_str(pl.lit(letter), pl.col(ROW).cast(pl.String)), stated=stated,
                    computed=pl.Series(computed, dtype=pl.Int64),
                )
            )  # fmt: skip
    return pl.concat([none(), *parts]).sort(BLOCK, "source_row", maintain_order=True)


_BLOCK_ROWS = 1 << 32


def _key(frame: pl.DataFrame) -> pl.Series:
    """Block and row as one number, in whose order the rows are."""
    return frame[BLOCK] * _BLOCK_ROWS + frame[ROW]


def running_form(layout: Layout, name: str) -> ColumnSpec:
    """The form of the cells of a column that runs across or is stacked."""
    if layout.across is None:
        return layout.columns.get(name, ColumnSpec(headings=()))
    return layout.across.specs.get(name) or layout.columns.get(name, layout.across.spec)


def _values(frame: pl.DataFrame, letter: str, form: ColumnSpec, contract: Contract, name: str) -> Parsed:
    numbers = frame[f"{letter}#"] if f"{letter}#" in frame.columns else None
    return parse_column(frame[letter], form, contract.column(name).kind, numbers=numbers)


def _sums(read: Parsed, starts: list[int], ends: list[int]) -> list[int | None]:
    """What the lines from each start up to before its end add up to."""
    places = zip(starts, ends, strict=True)
    if read.rules.null_count() == len(read.rules):
        return [int(read.values[start:end].sum() or 0) for start, end in places]
    return [
        int(read.values[start:end].sum() or 0) if read.rules[start:end].null_count() == end - start else None for start, end in places
    ]
