"""The language of layouts: how a delivered file is read, as data.

A layout is one YAML file in ``companies/<name>/layouts/``. This module is its vocabulary and its validation; applying
one to cells is ``pipelines.sources.shape``' business. ``docs/layouts.md`` explains it by example.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from pipelines.company.yamlfile import Strict
from pipelines.contracts import CONTRACTS
from pipelines.contracts.model import Language


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return text


Pattern = Annotated[str, pydantic.AfterValidator(_is_pattern)]


class Cover(Strict):
    """What one file covers. ``complete`` replaces everything earlier of that sender, table and cover."""

    span: Literal["day", "week", "half_month", "period", "state", "any"] = "any"
    mode: Literal["complete", "additional"] = "complete"
    key: Capture | None = None
    """Where the cover's key (``2026-10``, ``2026-10-31``) is read; without it the whole history is covered."""


class Capture(Strict):
    """A value read from outside the table: the path, the sheet's name, a cell, or the row's own number.

    ``pattern`` is searched; its named group ``value`` (or the groups ``year`` and ``month`` or ``week``, or the first group, or the
    whole match) is taken. ``cell`` is an address (``B2``); ``label`` finds the cell that holds that text and reads the pattern from it
    or from its right neighbour. ``row`` numbers lines that have no number of their own.
    """

    source: Literal["path", "sheet", "cell", "row"]
    pattern: Pattern = "(?s)(.+)"
    cell: str | None = None
    label: Pattern | None = None
    map: dict[str, str] = {}
    """Delivered value → our value; an unlisted value is an error."""

    @pydantic.model_validator(mode="after")
    def _one_place(self) -> Capture:
        if (self.cell is not None) + (self.label is not None) > 1:
            raise ValueError("a capture takes cell or label, not both")
        return self


class Sheets(Strict):
    """Which sheets hold the table: by exact ``name``, by ``index`` (0 is the first) or by a ``pattern`` of the whole name.

    Several matches are read one below the other. Without any of them, the one sheet that has the headings is taken.
    """

    name: str | None = None
    index: int | None = None
    pattern: Pattern | None = None
    skip: tuple[str, ...] = ()

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> Sheets:
        if sum(one is not None for one in (self.name, self.index, self.pattern)) > 1:
            raise ValueError("sheets are named by name, index or pattern: one of them")
        return self


class Header(Strict):
    """Where the headings are: ``rows`` of them, found by ``words`` that must all stand in them, or at row ``at`` (1 is the first).

    Without both, the row that holds a heading of every column is taken. With ``rows: 0`` headings are column letters.
    """

    rows: int = pydantic.Field(1, ge=0, le=3)
    words: tuple[str, ...] = ()
    at: int | None = None
    join: str = "/"
    """Put between the texts of a several-row heading (merged cells are filled to the right first)."""


class ColumnSpec(Strict):
    """One column of the table: its exact ``headings``, and the form of its cells."""

    headings: tuple[str, ...]
    """May be empty for a column that ``across`` or ``stacked`` fills: then only the form counts."""
    unit: Literal["", "元", "千元", "万元", "百万元", "亿元", "K", "%"] = ""
    """Unit of numbers that do not carry one themselves (``270K`` and ``95%`` do)."""
    negate: bool = False
    decimal: Literal[".", ","] = "."
    date_format: tuple[str, ...] = ()
    """strptime forms tried before the usual ones, for ambiguous dates such as ``%d/%m/%Y``."""
    map: dict[str, str] = {}
    strict_map: bool = True
    """With ``map``: an unlisted value is a fault (True) or kept (False)."""
    fill: Literal["none", "down", "up"] = "none"
    optional: bool = False
    """The heading may be missing from a file."""
    blank: str | None = None
    """Value for an empty cell."""
    pattern: Pattern | None = None
    """Part of the cell's text to take (group ``value`` or 1)."""
    binary: bool = False
    """Text cells are printed binary floats (``0.9400000000000001``): what number cells are always forgiven is forgiven here."""
    look_up: str | None = None
    """The cell holds not the code but this column (``name``) of the table that the code refers to: the code of the one row that has
    exactly this text is taken. None, or several, refuse the row."""
    serial: Literal[1900, 1904] = 1900
    """Day count of number cells in a date column."""


class Across(Strict):
    """Columns that run across (months, outlets, measures): each becomes rows.

    A heading that matches ``pattern`` as a whole gives, by its named groups, values of the columns ``into`` (group → column). ``value``
    is the column that the cell goes to, with ``spec`` for its form. ``value_by`` maps the group ``measure`` to a column instead,
    so that 一月数量 and 一月金额 make one row. Headings that match ``skip`` are left out (quarters, totals). The groups ``year`` and
    ``month`` together give a month (``2026-10``), which goes where ``into`` sends ``month``. With ``stacked`` there need be no value.
    """

    pattern: Pattern
    into: dict[str, str] = {}
    value: str | None = None
    value_by: dict[str, str] = {}
    skip: tuple[Pattern, ...] = ()
    spec: ColumnSpec = ColumnSpec(headings=())
    specs: dict[str, ColumnSpec] = {}
    """Form of the cells by target column where ``value_by`` is used."""
    month: Literal["number", "chinese", "english"] | None = None
    year: Capture | int | None = None
    """How the group ``month`` becomes a period key, with the year from here (or this year) when the heading has none."""
    days_of: Capture | None = None
    """Where the month (``2026-10``) stands whose days the group ``day`` counts: the two make a date."""
    blank: Literal["skip", "zero", "fault"] = "skip"


class Stacked(Strict):
    """Measures stacked in rows: the label in ``column`` (our name) says what the row holds.

    ``labels`` maps the delivered label to the column that the value goes to, so that a group makes one row; with ``into`` it maps
    to a value of that column, and each line makes its own row. The value is the across cell, else the cell of the column ``value``.
    """

    column: str | None = None
    labels: dict[str, str] = {}
    into: str | None = None
    value: str | None = None
    order: tuple[str, ...] = ()
    """Instead of labels: the measures in the order in which their rows stand below a group's first row."""
    group: tuple[str, ...] = ()
    """Columns that name the group; filled down."""
    skip: tuple[str, ...] = ()
    """Labels that are known and not read."""

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> Stacked:
        if bool(self.order) == bool(self.labels):
            raise ValueError("stacked needs either labels (with column) or order")
        if bool(self.labels) != (self.column is not None):
            raise ValueError("labels and column go together: the column is the one in which the labels stand")
        return self


class Section(Strict):
    """A section's name in a row of its own (one cell, or a label with a colon and one cell beside it).

    ``where`` says where the name stands: ``above`` its lines or ``below`` them. ``pattern`` matches the whole text.
    """

    into: str
    pattern: Pattern
    where: Literal["above", "below"] = "above"
    map: dict[str, str] = {}


class Blocks(Strict):
    """Several tables side by side (``right``) or below one another (``down``): each starts where the headings repeat."""

    direction: Literal["right", "down"]
    capture: dict[str, Capture] = {}
    """Read in the row over each block's heading (``cell`` is ignored, ``pattern`` applies to that row's text)."""


class Totals(Strict):
    """Total and subtotal rows: recognised, dropped, and checked against the rows that they sum."""

    column: str | None = None
    """Column in which the word stands; any cell of the row when missing."""
    words: tuple[str, ...] = ("合计", "总计", "小计", "合計", "總計", "小計", "Total", "Grand total", "Subtotal")
    """A cell that says just this, or a row's first cell that ends with it, marks a total row. Spaces and case are ignored."""
    sub: tuple[str, ...] = ("小计", "小計", "Subtotal")
    """Of these words, the ones whose row totals only the lines since the one before; the others total the whole table so far."""
    check: tuple[str, ...] = ()
    """Columns (or the across value) whose total must tie; else the total row is only dropped. Lines left out by ``keep`` and
    ``drop`` are part of a total, since whoever made the file added them."""


class Layout(Strict):
    """One kind of file → one table."""

    table: str
    files: tuple[str, ...]
    """Globs on the path inside the inbox, with forward slashes."""
    sheets: Sheets = Sheets()
    valid_from: date | None = pydantic.Field(None, alias="from")
    """Business day of the cover (else arrival) from which this layout holds; the latest that matches wins."""
    sender: str | Capture | None = None
    """Who sends it; else the first folder of the path, or the row in ``senders.csv`` whose glob matches."""
    language: Language = "zh-Hans"
    cover: Cover = Cover()
    encoding: str | None = None
    separator: str | None = None
    header: Header = Header()
    columns: dict[str, ColumnSpec] = {}
    ignore: tuple[Pattern, ...] = ()
    """Headings (as a whole) that are known and not read."""
    capture: dict[str, Capture] = {}
    constants: dict[str, str] = {}
    across: Across | None = None
    stacked: Stacked | None = None
    sections: tuple[Section, ...] = ()
    blocks: Blocks | None = None
    totals: Totals = Totals()
    keep: dict[str, tuple[str, ...]] = {}
    drop: dict[str, tuple[str, ...]] = {}
    """Delivered values of a column (by our name, or by heading) whose rows are kept or left out, and counted."""
    stop: tuple[Pattern, ...] = ()
    """The table ends before the row whose first cell begins with one of these."""
    stop_after_blank_rows: int | None = None
    prices: Literal["net", "gross"] = "net"
    period_date: Literal["start", "end"] = "end"
    """A month captured into a date column stands for the first or the last day of its period."""
    query: str | None = None
    """Name of an SQL file in the company's ``queries/`` that makes the table from landed frames; see ``frames``."""
    frames: dict[str, str] = {}
    """With ``query``: frame name in the statement → glob of the delivered file (all columns as text)."""

    @pydantic.field_validator("table")
    @classmethod
    def _known_table(cls, name: str) -> str:
        if name not in CONTRACTS:
            raise ValueError(f"no table '{name}'; the tables are {', '.join(CONTRACTS)}")
        return name

    @pydantic.field_validator("stacked")
    @classmethod
    def _one_direction(cls, stacked: Stacked | None, info: pydantic.ValidationInfo) -> Stacked | None:
        across = info.data.get("across")
        if stacked is not None and across is not None and across.value_by:
            raise ValueError("measures stand beside one another (across.value_by) or below one another (stacked), not both")
        return stacked

    @pydantic.model_validator(mode="after")
    def _known_columns(self) -> Layout:
        known = set(CONTRACTS[self.table].schema)
        named = {*self.columns, *self.capture, *self.constants, *(section.into for section in self.sections)}
        if self.blocks:
            named |= set(self.blocks.capture)
        if self.across:
            named |= {*self.across.into.values(), *self.across.value_by.values(), *self.across.specs}
            named |= {self.across.value} if self.across.value else set()
        if self.stacked:
            named |= {self.stacked.into} if self.stacked.into else {*self.stacked.labels.values(), *self.stacked.order}
        if unknown := sorted(name for name in named if name not in known and not name.startswith("_")):
            raise ValueError(f"table {self.table} has no column {unknown}; it has {sorted(known)}")
        return self

    @pydantic.model_validator(mode="after")
    def _known_look_ups(self) -> Layout:
        for name, spec in self.columns.items():
            if spec.look_up is None:
                continue
            reference = CONTRACTS[self.table].column(name).references if name in CONTRACTS[self.table].schema else None
            if reference is None:
                raise ValueError(f"{name}: look_up needs a column that refers to another table, and {self.table}.{name} refers to none")
            if spec.look_up not in CONTRACTS[reference.split(".")[0]].schema:
                raise ValueError(f"{name}: look_up names '{spec.look_up}', which {reference.split('.')[0]} does not have")
        return self

    @pydantic.model_validator(mode="after")
    def _complete_across(self) -> Layout:
        across = self.across
        if across is None:
            return self
        groups = set(re.compile(across.pattern).groupindex)
        if missing := sorted(set(across.into) - groups):
            raise ValueError(f"across.into names {missing}, which are no groups of across.pattern; it has {sorted(groups)}")
        if across.value_by and "measure" not in groups:
            raise ValueError("across.value_by needs a group (?P<measure>...) in across.pattern")
        if not across.value and not across.value_by and not self.stacked:
            raise ValueError("across needs value or value_by: the column that the cells go to")
        if across.days_of and "day" not in across.into:
            raise ValueError("across.days_of needs the group day in across.into: the column that the date goes to")
        if across.days_of and across.year:
            raise ValueError("across takes year (months run across) or days_of (days do), not both")
        if across.value and across.value_by:
            raise ValueError("across takes value or value_by, not both")
        return self


Cover.model_rebuild()

UNIT_FACTORS: dict[str, Decimal] = {
    "": Decimal(1), "元": Decimal(1), "千元": Decimal(1000), "万元": Decimal(10_000), "百万元": Decimal(1_000_000),
    "亿元": Decimal(100_000_000), "K": Decimal(1000), "%": Decimal("0.01"),
}
