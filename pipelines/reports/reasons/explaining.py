"""How a report's printed figures come about: each computed again from its parts or added up from its lines, and numbered.

For a new report:

1. Name the reasons on each block: ``Table(…, why=formulas.SALES)``; charts take ``why=`` too. Tiles and lists of definitions carry
   ``told=formulas.told(id, row, columns, reasons)``. Where a dictionary of ``formulas`` has the mart's columns, that is all.
2. A new column gets a ``Why(words, parts, of)`` in ``formulas``: the formula in words, the frame's columns that it is made of (keep them
   in the frame, printed or not; those not printed need ``heading``), and the expression that computes it from them.
3. A sum gets ``Why(words, lines=(Lines(kind, amount, {lines' column: frame's column}),))``; null in the frame means every line. A count
   of different things adds up a column that is 1 on one line of each (``placing.once``). Other days than a period's: ``days=``.
   Rows that come about differently say which ``case`` each is (``by``).
4. New facts get a kind of lines: a frame with ``in_period``, keys, Int64 amounts and sources in ``evidence``, its name in ``KINDS``.
5. Translate the words in ``locale/*/explained.po``. A total row whose formula does not hold is the sum of its rows, by itself.

Here every figure that a reason names is held against its parts or lines; one that differs is an error (``FiguresApart``), so that no page
explains a figure that it does not print. How an explanation looks is ``html``'s and ``explained``'s business.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import polars as pl

from pipelines.metrics.plan_actual import CUTS, dimensions_of
from pipelines.reports.catalogue import said
from pipelines.reports.formats import Reader
from pipelines.reports.model import Column, DefinitionList, Lines, Meaning, Report, Table, Told, Why, Words, say
from pipelines.reports.reasons.evidence import MEASURED, ONE, Evidence, FiguresApart, days_from

_HAIR = 1e-9


def number(*said: str) -> str:
    """The number that a figure carries: the same figure, the same number, whatever its amount.

    >>> number("2026-10", "sold", "net_amount", "period")
    'N-C3ULUNQX'
    """
    return "N-" + base64.b32encode(hashlib.blake2b("\n".join(said).encode(), digest_size=5).digest()).decode()


@dataclass(frozen=True)
class Explained:
    """One column of a table: why, and for each row its value, number and lines; ``sums`` are rows that add up the rows above.

    ``why`` holds the column's reasons, ``cases`` which of them each row has; without, all rows have the first.
    """

    name: str
    heading: Words
    meaning: Meaning
    why: tuple[Why, ...]
    values: list[Any]
    numbers: list[str]
    lines: list[tuple[str, ...]]
    sums: frozenset[int]
    rows: list[str]
    """Which row each is."""
    cases: list[int] = field(default_factory=list)
    words: Mapping[str, Words] = field(default_factory=dict)
    """Of closed values that are texts."""

    def of(self, row: int) -> Why:
        """The reason of a row."""
        return self.why[self.cases[row] if self.cases else 0]

    def shown(self, reader: Reader) -> list[Any]:
        """The values, texts in the reader's language."""
        if not self.words:
            return self.values
        told = {value: said(words, reader) for value, words in self.words.items()}
        return [told.get(value, value) if isinstance(value, str) else value for value in self.values]


@dataclass(frozen=True)
class Reasons:
    """All explained figures of a report by table, and where the lines stand, from the report's folder."""

    report: str
    tables: Mapping[str, Mapping[str, Explained]] = field(default_factory=dict)
    spans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lines: str = ""

    @property
    def digest(self) -> str:
        """Of all of it."""
        told = [
            (table, name, one.numbers, one.values, one.lines) for table, columns in self.tables.items() for name, one in columns.items()
        ]
        return hashlib.sha256(repr((self.lines, told)).encode()).hexdigest()

    def number(self, table: str, column: str, row: int) -> str:
        """The number of a cell; empty where it is not explained."""
        one = self.tables.get(table, {}).get(column)
        return one.numbers[row] if one else ""

    def written(self, reader: Reader) -> str:
        """What a page needs to explain its figures in the reader's language, as JSON."""
        tables = {}
        for table, columns in self.tables.items():
            tables[table] = {
                name: {
                    "h": said(one.heading, reader), "m": one.meaning, "f": said(one.why[0].formula, reader), "p": list(one.why[0].parts),
                    **({"c": one.cases, "k": [[said(why.formula, reader), why.parts] for why in one.why]} if one.cases else {}),
                    "v": one.shown(reader), "n": "".join(number[2:] or "-" * 8 for number in one.numbers),
                    **({"l": one.lines} if any(one.lines) else {}), **({"s": sorted(one.sums)} if one.sums else {}),
                }
                for name, one in columns.items()
            }  # fmt: skip
        told = {"lines": self.lines.format(language=reader.language), "spans": self.spans, "tables": tables}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")

    def index(self) -> pl.DataFrame:
        """Every figure in English for the command: ``number, report, table, row, figure, formula, value, meaning, parts, lines``,
        a row each."""
        reader = Reader("en", "1", "")
        rows = []
        for table, columns in self.tables.items():
            for one in columns.values():
                formulas = [said(why.formula, reader) for why in one.why]
                heading = said(one.heading, reader)
                for at, number_ in enumerate(one.numbers):
                    if not number_:
                        continue
                    parts = [
                        (said(columns[part].heading, reader), columns[part].values[at], columns[part].meaning, columns[part].numbers[at])
                        for part in (() if at in one.sums else one.of(at).parts)
                    ]
                    rows.append((
                        number_, self.report, table, one.rows[at], heading,
                        "sum of the rows above" if at in one.sums else formulas[one.cases[at] if one.cases else 0],
                        json.dumps(one.values[at], default=str),
                        one.meaning, json.dumps(parts, ensure_ascii=False), json.dumps(one.lines[at]),
                    ))  # fmt: skip
        names = ("number", "report", "table", "row", "figure", "formula", "value", "meaning", "parts", "lines")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row").unique("number", keep="first", maintain_order=True)


def told_tables(report: Report) -> Iterator[Table]:
    """Figures outside tables as tables of one row: tiles and lists."""
    found: list[tuple[Told | None, Words]] = [(tile.told, tile.label) for tile in report.tiles]
    for section in report.sections:
        found += [(block.told, block.title or section.name) for block in section.blocks if isinstance(block, DefinitionList)]
    for told, label in found:
        if told is not None:
            columns = {name: told.why[name] for name in told.figures if name in told.why and name in told.frame.columns}
            shown = tuple(Column(name, why.heading or label, why.meaning) for name, why in columns.items())
            yield Table(told.id, told.frame, shown, why=told.why)


def reasons(report: Report, evidence: Evidence, lines: str) -> Reasons:
    """Why every figure of ``report`` is what it is; ``lines`` leads to the page of lines, ``{language}`` for the language.

    Raises ``FiguresApart`` for a figure that its parts or lines do not make.
    """
    tables = {}
    for table in (*told_tables(report), *report.tables()):
        asked = table.why and not table.detail and table.frame.height
        if asked and (found := _Table(report, table, evidence).explained()):
            tables[table.id] = found
    return Reasons(f"{report.id} {report.name}", tables, {name: evidence.periods(name) for name in evidence.spans}, lines)


class _Table:
    def __init__(self, report: Report, table: Table, evidence: Evidence) -> None:
        self.report, self.table, self.evidence = report, table, evidence
        self.frame, self.roles = table.frame, table.roles()
        self.rows = self.frame.height
        self.records = self.frame.to_dicts()
        self.columns = {column.name: column for column in table.columns if not column.trend}
        self.wanted: dict[str, None] = {}
        for name in self.columns or table.why:
            if name in table.why and name in self.frame.columns:
                self._want(name)
        texts = [column.name for column in self.columns.values() if column.meaning in ("text", "code", "date")]
        keys = [name for name in ("cut", "key", "key2", "measure", "unit", "in_period") if name in self.frame.columns]
        named = self.frame.select(pl.col(name).cast(pl.String) for name in dict.fromkeys([*keys, *texts]))
        seen: dict[str, int] = {}
        self.named = []
        for row in named.iter_rows() if named.width else [()] * self.rows:
            name = "\t".join(value for value in row if value)
            seen[name] = seen.get(name, 0) + 1
            self.named.append(name if seen[name] == 1 else f"{name}\t{seen[name]}")

    def _want(self, name: str) -> None:
        """The column with all that it is made of."""
        if name in self.wanted:
            return
        self.wanted[name] = None
        for part in self._parts(name):
            self._want(part)
            if part not in self.frame.columns:
                self._add_up(name, part)

    def _add_up(self, name: str, part: str) -> None:
        """A part of ``name`` that the frame does not have, from its lines or from its own parts."""
        why = self.table.why.get(part)
        if why is not None and any(one.adds for one in why.lines):
            made = [self._lines(why.lines, at)[1] for at in range(self.rows)]
            self.frame = self.frame.with_columns(pl.Series(part, made, dtype=pl.Int64))
        elif why is not None and why.of is not None:
            self.frame = self.frame.with_columns(why.of.alias(part))
        else:
            raise FiguresApart(f"{self.report.name}, {self.table.id}: {name} is made of {part}, which the table does not have.")

    def _parts(self, name: str) -> list[str]:
        """What the figures of a column are made of, by the reasons that its rows have."""
        why = self.table.why.get(name)
        if why is None:
            return []
        used = set(self.frame[why.by]) if why.by else set()
        return [*dict.fromkeys((*why.parts, *(part for case, one in why.cases.items() if case in used for part in one.parts)))]

    def explained(self) -> dict[str, Explained]:
        found = {}
        for name in self.wanted:
            column = self.columns.get(name) or Column(name, name_of(name, self.table.why), meaning_of(name, self.table.why))
            found[name] = self._column(name, column)
        return found

    def _column(self, name: str, column: Column) -> Explained:
        why = self.table.why.get(name)
        values = self.frame[name].to_list()
        lines: list[tuple[str, ...]] = [()] * self.rows
        if why is None:  # a part that nothing more is said of
            plain = (_GIVEN,), values, [""] * self.rows, lines, frozenset[int](), self.named
            return Explained(name, column.heading, column.meaning, *plain, words=column.words)
        whys = _reasons(why)
        places = {case: place for place, case in enumerate(why.cases, start=1)}
        cases = [places.get(case, 0) for case in self.frame[why.by].to_list()] if why.by else []
        wrong: dict[int, object] = {}
        for place, one in enumerate(whys):
            rows = [at for at in range(self.rows) if values[at] is not None and (not cases or cases[at] == place)]
            if one.of is not None and rows:
                made = self.frame.select(one.of.alias("made"))["made"]
                every = made.to_list() if made.len() == self.rows else made.to_list() * self.rows
                wrong |= {at: every[at] for at in rows if not _same(values[at], every[at])}
            added = any(part.adds for part in one.lines)
            for at in rows if one.lines else ():
                lines[at], amount = self._lines(one.lines, at)
                if added and not _same(values[at], amount):
                    wrong[at] = amount
        sums = frozenset(at for at in wrong if self._adds_up(name, at))
        if apart := [at for at in wrong if at not in sums]:
            at = apart[0]
            raise FiguresApart(
                f"{self.report.name}, {self.table.id}: {name} of {self.named[at].strip() or 'the total'} is printed as {values[at]} and is "
                f"{wrong[at]} by its parts or lines, {len(apart)} figures in all. Report it: nothing that does not recompute is published."
            )
        for at in sums:
            lines[at] = ()
        found = Explained(name, column.heading, column.meaning, whys, values, [], lines, sums, self.named, cases, column.words)
        return replace(found, numbers=self._numbers(found))

    def _numbers(self, column: Explained) -> list[str]:
        period = self.report.period.key
        found = []
        for at, value in enumerate(column.values):
            if value is None:
                found.append("")
            elif len(column.lines[at]) == 1 and len(column.of(at).lines) == 1 and not column.of(at).parts and at not in column.sums:
                found.append(number(period, column.lines[at][0]))
            else:
                found.append(number(period, self.report.name, self.table.id, column.name, self.named[at], self.roles[at]))
        return found

    def _adds_up(self, name: str, at: int) -> bool:
        """Whether a total row's figure is the sum of the rows above it."""
        if self.roles[at] != "total":
            return False
        values = self.frame[name].to_list()
        parts = [value for value, role in zip(values, self.roles, strict=True) if role in ("", "emphasised") and value is not None]
        return _same(values[at], sum(parts))

    def _lines(self, wanted: tuple[Lines, ...], at: int) -> tuple[tuple[str, ...], int]:
        refs, total = [], 0
        for one in wanted:
            for kind, amount, span, where in self._asked(one, at):
                keys = {name: value for name, value in where.items() if name != "on"}
                sums = self.evidence.sums(kind, amount, tuple(keys), span, where.get("on", ""))
                if one.optional and not sums.get(tuple(keys.values())):
                    continue
                total += one.sign * one.adds * sums.get(tuple(keys.values()), 0)
                said = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in where.items())
                refs.append(f"{'-' if one.sign < 0 else ''}{kind}/{amount}/{span}/{said}")
        return tuple(refs), total

    def _asked(self, one: Lines, at: int) -> Iterator[tuple[str, str, str, dict[str, str]]]:
        """Which lines a row asks for: kind, amount, span and the values of their columns."""
        row = self.records[at]
        span = str(row[one.span[1:]] or "") if one.span.startswith("=") else one.span
        where = {}
        for name, column in one.where.items():
            value = column[1:] if column.startswith("=") else row[column]
            if value is not None:
                where[name] = str(value)
        kind = str(row[one.kind[1:]] or "") if one.kind.startswith("=") else one.kind
        amount = str(row[one.amount[1:]]) if one.amount.startswith("=") else one.amount or ONE
        if one.days:
            first, last = (day[1:] if day.startswith("=") else row[day] for day in one.days)
            if first is None or last is None:
                return
            span = self.evidence.touching(str(first), str(last))
            where["on"] = days_from(first, last)
        if not one.by_cut and kind == "plan":
            cut = next((name for name in where if name in CUTS), "company")
            yield from self._planned(cut, where.pop("measure"), span, where)
            return
        if not one.by_cut:
            yield kind, amount, span, where
            return
        measure, cut = str(row.get("measure", "")), str(row["cut"])
        where |= dict(zip(dimensions_of(cut), (str(row["key"] or ""), str(row["key2"] or "")), strict=False))
        if not measure or one.amount:
            yield kind, amount, span, where
            return
        if measure == "qty":
            where["unit"] = str(row["unit"] or "")
        if kind == "plan":
            yield from self._planned(cut, measure, span, where)
        else:
            yield MEASURED.get(measure, measure), measure, span, where

    def _planned(self, cut: str, measure: str, span: str, where: dict[str, str]) -> Iterator[tuple[str, str, str, dict[str, str]]]:
        """The plan's cells of a cut, of the layer that answers each period."""
        layers: dict[str, list[str]] = {}
        for period in self.evidence.periods(span):
            if layer := self.evidence.layers.get((cut, measure, period)):
                layers.setdefault(layer, []).append(period)
        for layer, periods in layers.items():
            spans = [span] if len(layers) == 1 and len(periods) == len(self.evidence.periods(span)) else periods
            for each in spans:
                yield "plan", "value", each, {"measure": measure, "layer": layer, **where}


_GIVEN = Why(say("As it is given"))


def _reasons(why: Why) -> tuple[Why, ...]:
    """The reasons of a column's rows: its own, then those of its cases."""
    return why, *why.cases.values()


def name_of(name: str, why: Mapping[str, Why]) -> Words:
    """The heading of a column that is not printed."""
    found = why.get(name)
    if found is None or found.heading is None:
        raise FiguresApart(f"'{name}' is a part of a figure without a heading. Give its Why one.")
    return found.heading


def meaning_of(name: str, why: Mapping[str, Why]) -> Meaning:
    """The meaning of a column that is not printed."""
    return why[name].meaning


def _same(value: Any, made: Any) -> bool:
    if made is None:
        return False
    if isinstance(value, str):
        return bool(value == made)
    if isinstance(value, float) or isinstance(made, float):
        return math.isclose(float(value), float(made), rel_tol=_HAIR, abs_tol=_HAIR)
    return int(value) == int(made)
