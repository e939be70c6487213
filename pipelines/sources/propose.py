"""A first layout for a file that nobody has described yet: a draft with remarks, for a person to check.

It guesses, which reading never does. The words that it knows are the contracts' labels and ``synonyms.csv`` beside this file.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.company.layouts import Header, Totals
from pipelines.contracts import CONTRACTS, LANGUAGES
from pipelines.contracts.model import Contract, Kind
from pipelines.errors import LayoutError
from pipelines.sources import totals
from pipelines.sources.header import Headed, joined_headings, normal, pattern_of, suggest
from pipelines.sources.reader import Grid, Workbook

__all__ = ["propose", "suggest"]

SYNONYMS = Path(__file__).with_name("synonyms.csv")
_LOOKED_AT = 40
"""Rows from the top among which a header is looked for."""
_MONTHS = (
    r"(?P<year>20\d\d)年(?P<month>\d{1,2})月(?:份)?",
    r"(?P<year>20\d\d)[-/.](?P<month>\d{1,2})(?:[-/.]0?1)?(?: 00:00:00)?",
    r"(?P<month>\d{1,2})月(?:份)?",
    r"(?P<month>十[一二]|[一二三四五六七八九十])月(?:份)?",
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?",
    r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?[ -]?(?P<year>20\d\d|\d\d)",
    r"[Mm]onth (?P<month>\d{1,2}) (?P<year>20\d\d)",
)
_SUMS = re.compile(r"(?i).*(?:季度?|合计|合計|小计|小計|总计|總計|累计|累計|全年|上半年|下半年|total|ytd|q[1-4]|fy).*")
_FEW = "  # CHECK: only a few headings point to this table"
_TITLE = re.compile(r"\s*(?P<label>[^:：]{2,12})\s*[:：]\s*(?P<value>.*)")


@dataclass(frozen=True)
class _Guess:
    grid: Grid
    headed: Headed
    contract: Contract
    columns: dict[str, str]
    """Our name → heading."""
    pattern: str | None
    running: tuple[str, ...]
    score: float


def propose(workbook: Workbook, path: str) -> str:
    """The text of a layout (YAML) for the file at ``path`` inside the inbox, with a remark wherever a person has to decide.

    Raises ``LayoutError`` when no row of the file looks like headings.
    """
    guesses = [guess for grid in workbook.sheets if grid.height and (guess := _best(grid))]
    if not guesses:
        raise LayoutError(
            f"{path}: no row of it holds two headings that are known, so no layout can be proposed. "
            f"Add the file's headings to {SYNONYMS.name}, or write the layout by hand (docs/layouts.md)."
        )
    best = max(guesses, key=lambda guess: guess.score)
    alike = [guess for guess in guesses if guess.headed.headings == best.headed.headings and guess.contract is best.contract]
    return "\n".join(_lines(best, alike, workbook, path)) + "\n"


@cache
def known_headings() -> dict[str, tuple[str, ...]]:
    """Column → its headings in plain form, from the synonyms and the contracts' labels."""
    found: dict[str, list[str]] = {}
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["column"], []).extend(_plain(one) for one in row["headings"].split())
    for contract in CONTRACTS.values():
        for column in contract.columns:
            found.setdefault(column.name, []).extend(_plain(column.label.said(language)) for language in LANGUAGES)
            found[column.name].append(_plain(column.name))
    return {name: tuple(dict.fromkeys(texts)) for name, texts in found.items()}


def _plain(heading: str) -> str:
    """A heading without case, spaces, underscores and what stands in brackets (units)."""
    bare = re.sub(r"[(\[（].*?[)\]）]", "", normal(heading)).casefold()
    return re.sub(r"[\s_.]+", "", bare) or normal(heading).casefold()


def _best(grid: Grid) -> _Guess | None:
    rows = list(grid.rows(0, _LOOKED_AT + 3))
    found: list[_Guess] = []
    for index in range(min(len(rows), _LOOKED_AT)):
        for count in (1, 2, 3):
            if index + count > len(rows):
                break
            headed = joined_headings(grid, rows, index, Header(rows=count))
            if sum(bool(text) for text in headed.headings) < 2:
                continue
            found += [guess for contract in CONTRACTS.values() if (guess := _fit(grid, headed, contract))]
    return max(found, key=lambda guess: (guess.score, -guess.headed.first), default=None)


def _fit(grid: Grid, headed: Headed, contract: Contract) -> _Guess | None:
    columns: dict[str, str] = {}
    texts = {text: _plain(text) for text in headed.headings if text}
    taken: set[str] = set()
    for column in contract.columns:
        forms = known_headings()[column.name]
        own = [_plain(column.label.said(language)) for language in LANGUAGES]
        match = next((text for text, plain in texts.items() if text not in taken and plain in own), None)
        match = match or next((text for text, plain in texts.items() if text not in taken and plain in forms), None)
        if match:
            columns[column.name] = match
            taken.add(match)
    pattern, running = _months([text for text in texts if text not in taken])
    if len(columns) + (2 if running else 0) < 2:
        return None
    required = [column.name for column in contract.columns if column.required]
    covered = sum(name in columns for name in required)
    # Months across stand for the period (or the day) and the amount.
    covered += 2 if running and "period" in contract.schema else 1 if running and contract.dated else 0
    others = len(columns) - sum(name in columns for name in required)
    score = 2 * covered + others - 0.6 * max(len(required) - covered, 0) - 0.25 * (len(texts) - len(columns) - len(running))
    score -= 0.5 * (headed.last - headed.first)
    if running and contract.name == "plan":
        score += 2
    return _Guess(grid, headed, contract, columns, pattern, running, score)


def _months(texts: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
    for pattern in _MONTHS:
        hits = tuple(text for text in texts if re.fullmatch(pattern, text))
        if len(hits) >= 2:
            return pattern, hits
    return None, ()


def _lines(best: _Guess, alike: Sequence[_Guess], workbook: Workbook, path: str) -> list[str]:
    contract, headed = best.contract, best.headed
    headings = list(dict.fromkeys(text for text in headed.headings if text))
    lines = [
        f"# Proposed for {path}. Check every line marked CHECK; docs/layouts.md explains the keys.",
        f"table: {contract.name}{'' if best.score >= len(contract.columns) / 3 else _FEW}",
        f"files: [{_quoted(_glob(path))}]",
    ]
    lines += _sheet_lines(best, alike, workbook)
    words = [text for text in best.columns.values() if "/" not in text][:3] or headings[:2]
    rows = headed.last - headed.first + 1
    if rows > 1:
        lines.append(f"header: {{rows: {rows}, at: {headed.first + 1}}}  # CHECK: headings of {rows} rows are joined with '/'")
    else:
        lines.append(f"header: {{words: [{', '.join(map(_quoted, words))}]}}  # row {headed.first + 1}")
    lines.append("columns:")
    for name, heading in best.columns.items():
        lines.append(_column_line(contract, name, heading, best))
    if not best.columns:
        lines[-1] = "columns: {}"
    lines += _across_lines(best, path)
    rest = [text for text in headings if text not in best.columns.values() and text not in best.running and not _is_sum(text, best)]
    if rest:
        lines.append("ignore:  # CHECK: not recognised; what is to be read belongs in columns")
        for text in rest:
            near = suggest(text, [one for forms in known_headings().values() for one in forms], 1)
            lines.append(f"  - {_quoted(pattern_of(text))}" + (f"  # like '{near[0]}'" if near else ""))
    captured = _captures(best)
    lines += captured[1]
    total = _total_lines(best)
    lines += total
    across_gives = {"period", contract.dated, contract.amount} if best.running else set()
    missing = [one for one in contract.columns if one.required and one.name not in {*best.columns, *captured[0], *across_gives}]
    if missing:
        lines.append("# CHECK: required and not found; add a heading, a capture or a constant for each of")
        lines += [f"#   {one.name} ({one.label.en}, {one.label.hans})" for one in missing]
    return lines


def _sheet_lines(best: _Guess, alike: Sequence[_Guess], workbook: Workbook) -> list[str]:
    filled = [grid.name for grid in workbook.sheets if grid.height]
    if len(filled) <= 1:
        return []
    names = [guess.grid.name for guess in alike]
    if len(names) == 1:
        return [f"sheets: {{name: {_quoted(best.grid.name)}}}"]
    skip = [name for name in filled if name not in names]
    skipped = f", skip: [{', '.join(map(_quoted, skip))}]" if skip else ""
    return [f"sheets: {{pattern: '.*'{skipped}}}  # CHECK: {len(names)} sheets have these headings"]


def _column_line(contract: Contract, name: str, heading: str, best: _Guess) -> str:
    column = contract.column(name)
    parts = [f"headings: [{_quoted(heading)}]"]
    if column.kind.scale > 1 and (unit := re.search(r"万元|千元|百万元|亿元|%", heading)):
        parts.append(f"unit: {_quoted(unit[0])}")
    values = _values(best, heading)
    note = ""
    if column.values:
        unknown = [value for value in dict.fromkeys(values) if value not in column.values][:8]
        if unknown:
            parts.append(f"map: {{{', '.join(f'{_quoted(value)}: {column.values[0]}' for value in unknown)}}}")
            note = f"  # CHECK: each of ours is one of {', '.join(column.values)}"
    if column.kind is Kind.DATE and (form := _date_form(values)):
        parts.append(f"date_format: [{_quoted(form)}]")
        note = "  # CHECK: day or month first"
    if column.kind.scale and any(re.fullmatch(r"-?[0-9.]+,[0-9]{1,2}", value) for value in values):
        parts.append("decimal: ','")
        note = "  # CHECK: a comma as decimal point"
    return f"  {name}: {{{', '.join(parts)}}}{note}"


def _values(best: _Guess, heading: str, most: int = 200) -> list[str]:
    at = best.headed.headings.index(heading)
    rows = best.grid.rows(best.headed.last + 1, best.headed.last + 1 + most)
    return [row[at].text.strip() for row in rows if at < len(row) and row[at] and row[at].text.strip()]  # type: ignore[union-attr]


def _date_form(values: Sequence[str]) -> str | None:
    """``%d/%m/%Y`` or ``%m/%d/%Y`` where the values show which, or nothing where the year stands first."""
    parts = [match for value in values if (match := re.fullmatch(r"(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4})", value))]
    if not parts:
        return None
    mark = parts[0][2]
    month_first = any(int(one[3]) > 12 for one in parts)
    return f"%m{mark}%d{mark}%Y" if month_first else f"%d{mark}%m{mark}%Y"


def _across_lines(best: _Guess, path: str) -> list[str]:
    if not best.running or best.pattern is None:
        return []
    contract = best.contract
    into = "period" if "period" in contract.schema else contract.dated
    value = contract.amount or "value"
    lines = ["across:", f"  pattern: {_quoted(best.pattern)}", f"  into: {{month: {into}}}", f"  value: {value}"]
    sums = [text for text in dict.fromkeys(best.headed.headings) if text and _is_sum(text, best)]
    if sums:
        lines.append(f"  skip: [{', '.join(_quoted(pattern_of(text)) for text in sums)}]")
    titles = " ".join(cell.text for row in best.grid.rows(0, best.headed.last + 1) for cell in row if cell)
    if unit := re.search(r"万元|千元|百万元|亿元", titles):
        lines.append(f"  spec: {{headings: [], unit: {unit[0]}}}")
    if "year" not in best.pattern:
        if re.search(r"20\d\d", path):
            lines.append("  year: {source: path, pattern: '(20\\d\\d)'}")
        elif found := re.search(r"20\d\d", titles):
            lines.append(f"  year: {found[0]}  # CHECK: from a title; a capture serves other years too")
        else:
            lines.append("  # CHECK: the headings give no year; add 'year: ...', or a capture of it")
    return lines


def _is_sum(text: str, best: _Guess) -> bool:
    return bool(best.running) and text not in best.columns.values() and text not in best.running and bool(_SUMS.fullmatch(text))


def _captures(best: _Guess) -> tuple[set[str], list[str]]:
    """Labels with a colon above the headings that name a column which the table lacks."""
    lines: list[str] = []
    names: set[str] = set()
    for row in best.grid.rows(0, best.headed.first):
        for cell in row:
            match = _TITLE.fullmatch(cell.text) if cell else None
            if not match:
                continue
            label = _plain(match["label"])
            lacking = [one.name for one in best.contract.columns if one.name not in best.columns]
            fitting = [name for name in lacking if label in known_headings()[name]]
            if fitting and fitting[0] not in names:
                names.add(fitting[0])
                shown = _quoted(pattern_of(match["label"].strip()))
                lines.append(f"  {fitting[0]}: {{source: cell, label: {shown}}}  # CHECK: a code, not a name?")
    return names, ["capture:", *lines] if lines else []


def _total_lines(best: _Guess) -> list[str]:
    among = totals.words(Totals())
    rows = best.grid.rows(best.headed.last + 1)
    found = any(cell and totals.word_in(cell.text, among) for row in rows for cell in row[:3])
    if not found:
        return []
    checked = [name for name in best.columns if best.contract.column(name).kind in (Kind.MONEY, Kind.QTY)]
    if best.running:
        checked.append(best.contract.amount or "value")
    return [f"totals: {{check: [{', '.join(checked)}]}}"] if checked else []


def _glob(path: str) -> str:
    """The path with its runs of digits left open, except those of the first folder, which names the sender."""
    folder, slash, rest = path.rpartition("/")
    return f"{folder}{slash}{re.sub(r'[0-9]+(?:[-_.年月][0-9]+)*[年月日]?', '*', rest)}"


_YAML_WORDS = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")


def _quoted(text: str) -> str:
    """A YAML scalar, quoted where it must be."""
    if re.fullmatch(r"[A-Za-z\u2e80-\u9fff][\w\u2e80-\u9fff]*", text) and text.lower() not in _YAML_WORDS:
        return text
    if "'" not in text and "\n" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)

