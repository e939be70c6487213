"""Total and subtotal rows: recognised by their words, left out, and compared with the lines that they total."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

import polars as pl

from pipelines.company.layouts import ColumnSpec, Layout, Totals
from pipelines.contracts.model import Contract
from pipelines.sources.cells import Parsed, parse_column
from pipelines.sources.header import Mapping

ROW = "_row"
LARGE = 50_000
"""In tables with more lines than this, a total's word is looked for in its usual forms only, not in every cell's plainest form."""

SCHEMA = pl.Schema(
    {
        "source_sheet": pl.String(),
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
    suspects = raw.filter(likely.fill_null(False))
    rows = []
    for record in suspects.iter_rows(named=True):
        cells = [record[name] for name in letters if record[name] is not None]
        if candidates:
            found = any(word_in(record[name] or "", among) for name in candidates)
        else:
            found = bool(word_in(cells[0], among)) or any(_plain(text) in among for text in cells)
        if found:
            rows.append(record[ROW])
    if not rows:
        return raw, raw.clear()
    is_total = pl.col(ROW).is_in(rows)
    return raw.filter(~is_total), raw.filter(is_total)


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


def check(
    lines: pl.DataFrame,
    total_rows: pl.DataFrame,
    flags: pl.DataFrame | None,
    layout: Layout,
    mapping: Mapping,
    sheet: str,
    contract: Contract,
) -> pl.DataFrame:
    """What each total row states in the checked columns, and what its lines add up to: null when one of them cannot be read."""
    rule = layout.totals
    if not rule.check or total_rows.is_empty():
        return none()
    among = words(rule)
    sub = {_plain(word) for word in rule.sub}
    spans: list[tuple[int, int]] = []
    since = 0
    letters = [name for name in lines.columns if name != ROW and not name.startswith("section:")]
    for record in total_rows.iter_rows(named=True):
        texts = [record[name] for name in letters if record[name] is not None]
        found = next((word for text in texts if (word := word_in(text, among))), "")
        spans.append((since if found in sub else 0, record[ROW]))
        if found in sub:
            since = record[ROW]
    rows = total_rows[ROW].to_list()
    line_rows = lines[ROW].to_list()
    records: list[tuple[int, int, tuple[str, int, str, str, str, int | None, int | None]]] = []
    for name in rule.check:
        column = contract.column(name)
        direct = [(mapping.columns[name], layout.columns[name])] if name in mapping.columns else []
        running = [(one.letter, running_form(layout, name)) for one in mapping.running if one.target == name]
        for letter, form in (*direct, *running):
            read = _values(lines, flags, letter, form, contract, name)
            stated = _values(total_rows, flags, letter, form, contract, name).values.to_list()
            computed = _sums(read, line_rows, spans)
            for number, row in enumerate(rows):
                stands = (sheet, row, column.name, letter, f"{letter}{row}", stated[number], computed[number])
                records.append((row, len(records), stands))
    return pl.DataFrame([stands for _, _, stands in sorted(records, key=lambda one: one[:2])], schema=SCHEMA, orient="row")


def running_form(layout: Layout, name: str) -> ColumnSpec:
    """The form of the cells of a column that runs across or is stacked."""
    if layout.across is None:
        return layout.columns.get(name, ColumnSpec(headings=()))
    return layout.across.specs.get(name) or layout.columns.get(name, layout.across.spec)


def _values(frame: pl.DataFrame, flags: pl.DataFrame | None, letter: str, form: ColumnSpec, contract: Contract, name: str) -> Parsed:
    # Line n of the flags is row n of the sheet.
    numbers = flags[letter].gather(frame[ROW] - 1) if flags is not None and letter in flags.columns else None
    return parse_column(frame[letter], form, contract.column(name).kind, numbers=numbers)


def _sums(read: Parsed, rows: list[int], spans: list[tuple[int, int]]) -> list[int | None]:
    """What the lines between each pair of rows add up to; rows ascend."""
    places = [(bisect_right(rows, after), bisect_left(rows, until)) for after, until in spans]
    if read.rules.null_count() == len(read.rules):
        return [int(read.values[start:end].sum() or 0) for start, end in places]
    return [
        int(read.values[start:end].sum() or 0) if read.rules[start:end].null_count() == end - start else None for start, end in places
    ]
