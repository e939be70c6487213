"""A report as data: sections, blocks, tiles and tie-outs, with text that prints in every language.

What a report holds goes here, and what it may not hold (checked when it is built). What a number looks like goes in
``formats``, words in ``catalogue`` and ``report_templates/locale``, shapes in ``charts``, files in ``excel`` and ``html``.
Which figures a report shows is decided by one module a report; the writers compute nothing.

Every figure that a block prints is a column of its ``frame``, named by the block; differences and shares too. Money and
quantities are ``Int64`` ten-thousandths, prices ``Int64`` hundred-millionths, shares and points ``Float64`` (0.298 is 29.8 %).
A null prints as ``—``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts.model import LANGUAGES, Language, Text

Meaning = Literal[
    "text", "code", "money", "money_wan", "qty", "share", "points", "days", "count", "date", "price", "grade", "severity"
]
"""What a column means; fixes its format everywhere. ``money`` prints the currency's two decimals, ``money_wan`` the page's
unit (万元 by policy), ``points`` a difference of shares, ``severity`` one of ``error warning info ok``."""

Scenario = Literal["PY", "PL", "AC", "FC"]
Good = Literal["higher", "lower", "neutral"]
"""Which direction of a variance is favourable (green); ``neutral`` is never coloured."""

PageUnit = Literal["1", "1000", "10000"]
Role = Literal["", "total", "subtotal", "emphasised", "heading"]
"""What a row is. ``""`` and ``emphasised`` are detail; the others repeat or name detail and are left out of sums."""

ROLES: tuple[str, ...] = ("", "total", "subtotal", "emphasised", "heading")
ADDING: frozenset[str] = frozenset({"money", "money_wan", "qty"})


# --- values inside messages and tiles ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Money:
    """An amount in ten-thousandths. ``unit`` ``page`` is the page's unit (万元); ``currency`` prints two decimals of 元.

    ``places`` None: as many as the size asks for. ``with_unit`` prints ``万元`` behind it; ``signed`` a plus for gains.
    """

    e4: int | None
    unit: Literal["page", "currency"] = "page"
    signed: bool = False
    with_unit: bool = True
    places: int | None = None


@dataclass(frozen=True)
class Qty:
    """A quantity in ten-thousandths; ``unit`` is the unit of measure as delivered, printed behind it."""

    e4: int | None
    unit: str = ""
    signed: bool = False
    places: int | None = None


@dataclass(frozen=True)
class Share:
    """A rate: 0.298 prints ``29.8%``."""

    value: float | None
    signed: bool = False
    places: int = 1


@dataclass(frozen=True)
class Points:
    """A difference of two rates: 0.038 prints ``+3.8pp``."""

    value: float | None
    places: int = 1


@dataclass(frozen=True)
class Count:
    """A whole number of things."""

    value: int | None
    signed: bool = False


@dataclass(frozen=True)
class Days:
    """A number of days; ``places`` decimals."""

    value: float | None
    signed: bool = False
    places: int = 0


@dataclass(frozen=True)
class Number:
    """A pure number such as a score."""

    value: float | None
    places: int = 1
    signed: bool = False


@dataclass(frozen=True)
class Name:
    """A name or text as delivered; never translated or converted."""

    text: str


@dataclass(frozen=True)
class Date:
    """A day, written out in the language: ``2026年11月30日``, ``30 November 2026``; ``short`` prints ``2026-11-30``."""

    value: date | None
    short: bool = False


@dataclass(frozen=True)
class PeriodName:
    """A period's name: ``2026年10月``, ``October 2026``; ``short``: ``10月``, ``Oct``; ``dated`` too: ``26年10月``, ``Oct 2026``."""

    period: Period
    short: bool = False
    dated: bool = False


@dataclass(frozen=True)
class PeriodRange:
    """Periods from ``first`` to ``last``: ``2026年1–10月``, ``January–October 2026``."""

    first: Period
    last: Period


@dataclass(frozen=True)
class Unit:
    """The name of the page's money unit: ``万元``; ``currency`` for the currency unit itself: ``元``."""

    unit: Literal["page", "currency"] = "page"


@dataclass(frozen=True)
class Listing:
    """Several words joined as the language joins them: ``西南、华北``, ``Southwest and North``."""

    items: tuple[Words, ...]


@dataclass(frozen=True)
class Message:
    """A sentence: an English ``msgid`` with ``{name}`` places, and typed values for them.

    ``plural`` is the English form for more than one; then ``values["n"]`` must be a :class:`Count`. Every ``msgid`` stands in the
    Chinese catalogues (a test collects them from the calls of ``Message`` and ``say``).
    """

    msgid: str
    values: Mapping[str, Value] = field(default_factory=dict)
    plural: str | None = None


def say(msgid: str, /, **values: Value) -> Message:
    """Short form of :class:`Message`: ``say("Overdue is {share}", share=Share(0.298))``."""
    return Message(msgid, values)


Words = Message | Text | Name | PeriodName | PeriodRange | Date
"""Anything that prints as text: a catalogue message, a contract's label, a name as delivered, a period."""

Figure = Money | Qty | Share | Points | Count | Days | Number
"""Values that are numbers: what a tile may show."""

Value = Figure | Words | Unit | Listing

# --- blocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lines:
    """Lines that add up to a figure: those of ``kind`` (``reports.evidence``) that are the row's.

    ``amount`` is the lines' column that is added (empty: lines are counted). ``where``: lines' column → frame column that has its value
    (``=text`` for a text as it is); a null in the frame is no condition. ``by_cut``: the frame's ``cut, key, key2`` say which, and its
    ``measure, unit``; the plan's cells can also be asked for by ``where`` with ``measure`` and one cut. ``span`` names periods
    (:data:`SPANS`), or with ``=`` before it the frame's column with a period's key. ``days`` asks for the lines of some days instead:
    the frame's columns of the first and the last one (``=2026-10-05`` for a day).
    """

    kind: str
    amount: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    span: str = "period"
    by_cut: bool = False
    days: tuple[str, str] | None = None
    sign: Literal[1, -1] = 1
    adds: bool = True
    """Whether they make the figure; else they are shown only: the item whose days are told, the rows that a rule looked at."""
    optional: bool = False
    """Whether they are led to only where there are any."""


@dataclass(frozen=True)
class Why:
    """How the figures of a column come about: a formula in words, and what it takes.

    ``parts`` are columns of the same frame, printed or not, and ``of`` computes the figure from them again; ``lines`` add up to it.
    A part that the frame does not have is added up from its own lines.
    With neither, the words are all there is: a rule, a date, a count of what stands beside. What does not recompute is an error.
    ``heading`` and ``meaning`` are for columns that are not printed. Where rows come about differently, the frame's column ``by`` says
    which of ``cases`` a row's reason is; a row of no case has this one.
    """

    formula: Words
    parts: tuple[str, ...] = ()
    of: pl.Expr | None = None
    lines: tuple[Lines, ...] = ()
    heading: Words | None = None
    meaning: Meaning = "money"
    by: str = ""
    cases: Mapping[str, Why] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """How figures outside tables come about: a frame of one row, the column of each figure, and why (as in a table)."""

    id: str
    frame: pl.DataFrame
    figures: tuple[str, ...]
    why: Mapping[str, Why]


SPANS = ("period", "year_to_date", "last_year", "last_year_to_date", "previous", "before", "next", "next_last_year", "ever")
"""What :class:`Lines` may be of: the period, its year so far, the same a year earlier, the period before, all before, all."""


@dataclass(frozen=True)
class Column:
    """One column of a table. ``name`` is the frame's column.

    ``scenario`` puts the notation's mark above the heading; ``variance`` prints signs and colours by ``good``. ``bar`` draws a
    bar in the cell. ``words`` translates closed values (``{"not_due": Message("Not due")}``); other values print as delivered.
    ``adds``: the column's total rows equal the sum of its detail rows (None: money and quantities do); Excel makes them live.
    ``alarm``: values above it print unfavourable.
    """

    name: str
    heading: Words
    meaning: Meaning = "text"
    scenario: Scenario | None = None
    variance: bool = False
    good: Good = "higher"
    bar: bool = False
    words: Mapping[str, Words] = field(default_factory=dict)
    places: int | None = None
    adds: bool | None = None
    alarm: float | None = None
    blank_zero: bool = False
    """Whether a zero of a detail row prints as nothing (matrices that are mostly zeros); totals and nulls print as ever."""
    link: str | None = None
    """Frame column that says where this cell leads on a page: a path from the report's folder, ``{suffix}`` for the language."""
    trend: tuple[str, ...] = ()
    """Frame columns of a sparkline drawn in this cell instead of ``name``'s value (oldest first)."""

    @property
    def is_added(self) -> bool:
        """Whether total rows are sums of detail rows."""
        return self.meaning in ADDING if self.adds is None else self.adds


@dataclass(frozen=True)
class Table:
    """Rows of a frame, printed in its order.

    ``level`` names the frame's indent column (0, 1, 2 …), ``role`` the column that says what a row is (:data:`ROLES`).
    ``detail`` tables go to Excel only (a CSV beside when they pass a million rows). ``shown``: rows on the page before
    'show all'. ``printed``: rows of a sheet's last table that go on paper (None: all); the sheet holds all.
    ``id`` names the table for :class:`SumOf`, workbook names and links; it is unique in a report.
    """

    id: str
    frame: pl.DataFrame
    columns: tuple[Column, ...]
    title: Words | None = None
    level: str | None = None
    role: str | None = None
    detail: bool = False
    shown: int = 40
    printed: int | None = None
    why: Mapping[str, Why] = field(default_factory=dict)
    """How figures come about, by column of the frame: printed ones and their parts. No part of a report's content."""

    def __post_init__(self) -> None:
        named = {column.name for column in self.columns if not column.trend} | {n for n in (self.level, self.role) if n}
        named |= {column.link for column in self.columns if column.link}
        named |= {name for column in self.columns for name in column.trend}
        if missing := named - set(self.frame.columns):
            raise ValueError(f"table {self.id} prints columns that its frame does not have: {sorted(missing)}")
        if self.role and (odd := set(self.frame[self.role].fill_null("").unique()) - set(ROLES)):
            raise ValueError(f"table {self.id} has rows with unknown roles: {sorted(odd)}")
        for column, stated, added in self.totals():
            if stated != added:
                raise ValueError(f"table {self.id}: the total of {column.name} is {stated}, its detail rows add up to {added}")

    def roles(self) -> list[str]:
        """The role of each row."""
        return [str(value or "") for value in self.frame[self.role]] if self.role else [""] * self.frame.height

    def levels(self) -> list[int]:
        """The indent of each row."""
        return [int(value or 0) for value in self.frame[self.level]] if self.level else [0] * self.frame.height

    def totals(self) -> list[tuple[Column, int, int]]:
        """For each column that adds: the printed total and the sum of the detail rows. Empty without one total row."""
        roles = self.roles()
        if roles.count("total") != 1:
            return []
        at = roles.index("total")
        leaf = pl.Series([role in ("", "emphasised") for role in roles])
        return [
            (column, int(stated), int(self.frame[column.name].filter(leaf).sum() or 0))
            for column in self.columns
            if column.is_added and not column.trend and (stated := self.frame[column.name][at]) is not None
        ]


@dataclass(frozen=True)
class VarianceTable:
    """The large comparison: figures, actual over outlined plan, variance bars and pins; order PY, PL, AC, ΔPL, ΔPL %, ΔPY %.

    Names the frame's columns; leave out (None) what there is none of. ``meaning`` is of the figures. Rows with a role other than
    detail carry figures and variances but no bar.
    """

    id: str
    frame: pl.DataFrame
    label: str = "label"
    label_heading: Words = field(default_factory=lambda: Message("Item"))
    py: str | None = "py"
    pl: str | None = "pl"
    ac: str = "ac"
    delta_pl: str | None = "delta_pl"
    delta_pl_share: str | None = "delta_pl_share"
    delta_py: str | None = "delta_py"
    delta_py_share: str | None = "delta_py_share"
    meaning: Meaning = "money_wan"
    good: Good = "higher"
    level: str | None = None
    role: str | None = None
    words: Mapping[str, Words] = field(default_factory=dict)
    trend: tuple[str, ...] = ()
    shown: int = 40
    why: Mapping[str, Why] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table()

    def table(self) -> Table:
        """The same figures as a plain table, for Excel and for readers of the data table."""
        columns = [Column(self.label, self.label_heading, words=self.words)]
        if self.py:
            columns.append(Column(self.py, Message("Previous year"), self.meaning, scenario="PY"))
        if self.pl:
            columns.append(Column(self.pl, Message("Plan"), self.meaning, scenario="PL"))
        columns.append(Column(self.ac, Message("Actual"), self.meaning, scenario="AC"))
        if self.delta_pl:
            columns.append(Column(self.delta_pl, Message("ΔPL"), self.meaning, variance=True, good=self.good, bar=True))
        if self.delta_pl_share:
            columns.append(Column(self.delta_pl_share, Message("ΔPL %"), "share", variance=True, good=self.good))
        if self.delta_py and not self.delta_pl:
            columns.append(Column(self.delta_py, Message("ΔPY"), self.meaning, variance=True, good=self.good, bar=True))
        if self.delta_py_share:
            columns.append(Column(self.delta_py_share, Message("ΔPY %"), "share", variance=True, good=self.good))
        if self.trend:
            heading = Message("Last {n} periods", {"n": Count(len(self.trend))})
            columns.append(Column("trend", heading, self.meaning, trend=self.trend))
        return Table(self.id, self.frame, tuple(columns), level=self.level, role=self.role, shown=self.shown, why=self.why)


@dataclass(frozen=True)
class ColumnSeries:
    """Months side by side: actual solid, plan outlined, previous year a grey triangle, forecast hatched; variances on top.

    One label a row of the frame. A row with ``ac`` null shows its ``fc``. ``marked`` is the row of the report's own period.
    """

    id: str
    frame: pl.DataFrame
    labels: tuple[Words, ...]
    ac: str = "ac"
    pl: str | None = "pl"
    py: str | None = "py"
    fc: str | None = None
    delta_pl: str | None = "delta_pl"
    meaning: Meaning = "money_wan"
    good: Good = "higher"
    marked: int | None = None
    title: Words | None = None
    why: Mapping[str, Why] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _needs(self.id, self.frame, self.ac, self.pl, self.py, self.fc, self.delta_pl)
        if len(self.labels) != self.frame.height:
            raise ValueError(f"chart {self.id} has {len(self.labels)} labels for {self.frame.height} rows")

    def table(self) -> Table:
        """The chart's figures as a table, one row a period."""
        frame = self.frame.with_columns(pl.Series("label", [str(place) for place in range(self.frame.height)], dtype=pl.String))
        columns = [Column("label", Message("Period"), words={str(place): label for place, label in enumerate(self.labels)})]
        if self.py:
            columns.append(Column(self.py, Message("Previous year"), self.meaning, scenario="PY"))
        if self.pl:
            columns.append(Column(self.pl, Message("Plan"), self.meaning, scenario="PL"))
        columns.append(Column(self.ac, Message("Actual"), self.meaning, scenario="AC"))
        if self.fc:
            columns.append(Column(self.fc, Message("Forecast"), self.meaning, scenario="FC"))
        if self.delta_pl:
            columns.append(Column(self.delta_pl, Message("ΔPL"), self.meaning, variance=True, good=self.good))
        return Table(self.id, frame, tuple(columns), title=self.title, shown=400, why=self.why)


@dataclass(frozen=True)
class Step:
    """One bar of a waterfall: ``base`` stands on the axis (plan outlined, actual solid), ``cause`` moves the level."""

    label: Words
    amount: int
    kind: Literal["base", "cause"] = "cause"
    scenario: Scenario | None = None

    @property
    def base(self) -> bool:
        """Whether the bar stands on the axis."""
        return self.kind == "base"


@dataclass(frozen=True)
class Waterfall:
    """How one amount becomes another, cause by cause. The causes add up to the last base, or it is refused."""

    id: str
    steps: tuple[Step, ...]
    meaning: Meaning = "money_wan"
    good: Good = "higher"
    title: Words | None = None
    why: Mapping[str, Why] = field(default_factory=dict)
    beside: pl.DataFrame | None = None
    """Columns that ``why`` names, a row a step."""

    def __post_init__(self) -> None:
        running = 0
        for position, step in enumerate(self.steps):
            if step.kind == "base":
                if position and running != step.amount:
                    raise ValueError(f"waterfall {self.id}: the causes lead to {running}, not to {step.amount}")
                running = step.amount
            else:
                running += step.amount

    def table(self) -> Table:
        """The steps as a table."""
        places = [str(place) for place in range(len(self.steps))]
        frame = pl.DataFrame(
            {
                "label": places,
                "amount": [step.amount if step.base else None for step in self.steps],
                "effect": [None if step.base else step.amount for step in self.steps],
                "role": ["subtotal" if step.kind == "base" else "" for step in self.steps],
            },
            schema={"label": pl.String, "amount": pl.Int64, "effect": pl.Int64, "role": pl.String},
        )
        if self.beside is not None:
            frame = frame.hstack(self.beside)
        words = {place: step.label for place, step in zip(places, self.steps, strict=True)}
        columns = (
            Column("label", Message("Cause"), words=words),
            Column("amount", Message("Amount"), self.meaning, adds=False),
            Column("effect", Message("Effect"), self.meaning, variance=True, good=self.good, adds=False),
        )
        return Table(self.id, frame, columns, title=self.title, role="role", why=self.why)


@dataclass(frozen=True)
class Part:
    """One colour of a stacked bar: the frame's column and its name. ``tone`` runs from 0 (grey, fine) to 1 (dark red)."""

    column: str
    label: Words
    tone: float


@dataclass(frozen=True)
class StackedBars:
    """Bars cut into parts, such as an ageing, with an optional pin for a rate at the right.

    ``total`` is printed at the bar's end, ``rate`` (0..1) as a pin that turns red above ``threshold``, ``rate_delta`` in points
    behind it.
    """

    id: str
    frame: pl.DataFrame
    label: str
    parts: tuple[Part, ...]
    total: str
    label_heading: Words = field(default_factory=lambda: Message("Item"))
    total_heading: Words = field(default_factory=lambda: Message("Total"))
    meaning: Meaning = "money_wan"
    rate: str | None = None
    rate_heading: Words | None = None
    rate_delta: str | None = None
    rate_delta_heading: Words | None = None
    threshold: float | None = None
    good: Good = "lower"
    words: Mapping[str, Words] = field(default_factory=dict)
    role: str | None = None
    title: Words | None = None
    why: Mapping[str, Why] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = (part.column for part in self.parts)
        _needs(self.id, self.frame, self.label, self.total, self.rate, self.rate_delta, self.role, *parts)
        if self.rate and self.rate_heading is None:
            raise ValueError(f"chart {self.id} has a rate without a heading")

    def table(self) -> Table:
        """The chart's figures as a table."""
        columns = [Column(self.label, self.label_heading, words=self.words)]
        columns += [Column(part.column, part.label, self.meaning, blank_zero=self.meaning == "money_wan") for part in self.parts]
        columns.append(Column(self.total, self.total_heading, self.meaning))
        if self.rate and self.rate_heading:
            columns.append(Column(self.rate, self.rate_heading, "share", alarm=self.threshold))
        if self.rate_delta:
            heading = self.rate_delta_heading or Message("Change")
            columns.append(Column(self.rate_delta, heading, "points", variance=True, good=self.good))
        return Table(self.id, self.frame, tuple(columns), title=self.title, role=self.role, why=self.why)


@dataclass(frozen=True)
class RankedBars:
    """A short list, largest first: name, amount, bar, and further columns (days, grade)."""

    id: str
    frame: pl.DataFrame
    label: str
    value: str
    label_heading: Words
    value_heading: Words
    meaning: Meaning = "money_wan"
    tone: Literal["actual", "bad", "good"] = "actual"
    more: tuple[Column, ...] = ()
    words: Mapping[str, Words] = field(default_factory=dict)
    why: Mapping[str, Why] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table()

    def table(self) -> Table:
        """The same as a plain table with a bar column."""
        columns = (
            Column(self.label, self.label_heading, words=self.words),
            Column(self.value, self.value_heading, self.meaning, bar=True),
            *self.more,
        )
        return Table(self.id, self.frame, columns, why=self.why)


@dataclass(frozen=True)
class Notes:
    """Paragraphs or, when ``listed``, bullet points."""

    items: tuple[Words, ...]
    listed: bool = True
    title: Words | None = None


@dataclass(frozen=True)
class DefinitionList:
    """Terms and what they are: parameters, definitions, a recipient's address."""

    items: tuple[tuple[Words, Value], ...]
    title: Words | None = None
    told: Told | None = None
    """How the items that are figures come about: ``figures`` has the column of each item, empty for one that is none."""


@dataclass(frozen=True)
class SumOf:
    """Where a tie-out's amount can be added up in the workbook: the detail rows of a table's column, times ``sign``."""

    table: str
    column: str
    sign: Literal[1, -1] = 1


@dataclass(frozen=True)
class TieOut:
    """Two amounts that must agree. ``left_sum``/``right_sum`` let the sheet *Control* recompute them from visible detail."""

    control: str
    statement: Words
    left_label: Words
    left_e4: int
    right_label: Words
    right_e4: int
    difference_e4: int
    tolerance_e4: int = 0
    status: Literal["tied", "within_tolerance", "broken"] = "tied"
    left_sum: tuple[SumOf, ...] = ()
    right_sum: tuple[SumOf, ...] = ()
    counted: bool = False
    """Both sides are numbers of rows, no amounts."""

    def __post_init__(self) -> None:
        if self.left_e4 - self.right_e4 != self.difference_e4:
            raise ValueError(f"tie-out {self.control}: {self.left_e4} − {self.right_e4} is not {self.difference_e4}")


@dataclass(frozen=True)
class TieOutList:
    """Tie-outs printed inside a section."""

    tie_outs: tuple[TieOut, ...]


@dataclass(frozen=True)
class Slip:
    """A slip to confirm and send back: a text and labelled lines to fill in and sign. Not ``cut`` off: lines to sign under a table."""

    title: Words | None
    text: Words
    fields: tuple[Words, ...]
    cut: bool = True


@dataclass(frozen=True)
class Blank:
    """A column that the reader fills in: its heading, what goes into it, or the only ``choices``. ``given`` is printed and stays."""

    heading: Words
    kind: Literal["text", "money", "date"] = "text"
    choices: tuple[Words, ...] = ()
    given: Value | None = None


@dataclass(frozen=True)
class Form:
    """A table for the reader to fill in: ``rows`` lines in the workbook, ``on_paper`` of them on a page.

    In the workbook the blanks alone can be written and the rest of their sheet is protected. ``closing`` are lines to sign below.
    What the reader writes is no part of what is proved.
    """

    blanks: tuple[Blank, ...]
    rows: int = 1
    on_paper: int = 1
    title: Words | None = None
    notes: tuple[Words, ...] = ()
    closing: tuple[Words, ...] = ()


Block = Table | VarianceTable | ColumnSeries | Waterfall | StackedBars | RankedBars | Notes | DefinitionList | TieOutList | Slip | Form


# --- the report -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """A key figure. ``trend`` ends with the report's own period; ``reference`` is the plan (bars) or target (line) of that one.

    ``trend`` and ``reference`` are in the same unit (ten-thousandths for money, fractions for rates).
    """

    label: Words
    value: Figure
    delta_plan: Figure | None = None
    delta_py: Figure | None = None
    good: Good = "higher"
    trend: Sequence[float | None] = ()
    trend_kind: Literal["bars", "line"] = "bars"
    reference: float | None = None
    told: Told | None = None
    """How the figure comes about, then its changes against plan and last year: three columns."""


@dataclass(frozen=True)
class Section:
    """One message with its evidence: a part of the page and one sheet of the workbook.

    ``name`` is short: the sheet's name (made safe, at most 31 characters; two alike are refused). ``headline`` states what is
    seen, ``subtitle`` says entity, measure, unit, period. ``width``: neighbours whose widths add up to a full row stand
    side by side.
    """

    id: str
    name: Words
    headline: Words
    blocks: tuple[Block, ...]
    subtitle: Words | None = None
    width: Literal["full", "wide", "narrow", "half"] = "full"


@dataclass(frozen=True)
class Source:
    """One landed file behind the report."""

    file: str
    sha256: str
    sender: str
    arrived_at: str
    rows: int | None = None
    table: str = ""
    layout: str = ""


@dataclass(frozen=True)
class Checks:
    """How many checks that touch the report passed."""

    passed: int
    total: int


@dataclass(frozen=True)
class OpenCheck:
    """A check that did not pass: how severe, what it found, who looks after it; ``reports`` and ``owner`` as the controls write them."""

    control: str
    severity: Literal["error", "warning"]
    what: Words
    result: Words
    reports: str
    owner: str
    rule: str = ""


@dataclass(frozen=True)
class Report:
    """One report, for every language and format.

    ``id`` is ``R4`` …, ``name`` its file name (``sales_monthly``). ``company`` names the company by language. ``known_at`` is
    aware, in the company's time zone; it is the only time that is printed and it fixes the workbook's creation date.
    """

    id: str
    name: str
    title: Words
    headline: Words
    subtitle: Words
    company: Mapping[Language, str]
    period: Period
    as_of: date
    known_at: datetime
    sections: tuple[Section, ...]
    tiles: tuple[Tile, ...] = ()
    tie_outs: tuple[TieOut, ...] = ()
    sources: tuple[Source, ...] = ()
    checks: Checks | None = None
    state: Literal["published", "warned"] = "published"
    unit: PageUnit = "10000"
    currency: str = "CNY"
    languages: tuple[Language, ...] = LANGUAGES
    notes: tuple[Words, ...] = ()
    """Footnotes: definitions and rules that the whole report rests on."""
    open_checks: tuple[OpenCheck, ...] = ()
    """What did not pass, said on the page: ``checks`` counts them."""
    portal: str = ""
    """The portal's folder from the report's own; empty for a report that leaves the company."""

    def __post_init__(self) -> None:
        if self.known_at.tzinfo is None:
            raise ValueError(f"report {self.name}: known_at has no time zone")
        names = [section.id for section in self.sections] + [table.id for table in self.tables()]
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"report {self.name} uses ids twice: {doubled}")
        known = {table.id: {column.name for column in table.columns} for table in self.tables()}
        for tie_out in self.all_tie_outs():
            for part in (*tie_out.left_sum, *tie_out.right_sum):
                if part.column not in known.get(part.table, set()):
                    raise ValueError(f"tie-out {tie_out.control} adds up {part.table}.{part.column}, which is not printed")

    def file_name(self, language: Language, suffix: str) -> str:
        """What the report's file is called: ``sales_monthly.zh-Hans.html``. Pages link to their siblings by it."""
        return f"{self.name}.{language}.{suffix}"

    def tables(self) -> list[Table]:
        """Every block that is a table or has one, as tables, in order."""
        return [table for section in self.sections for table in self.tables_of(section)]

    def tables_of(self, section: Section) -> list[Table]:
        """The tables of one section."""
        found = []
        for block in section.blocks:
            if isinstance(block, Table):
                found.append(block)
            elif isinstance(block, VarianceTable | StackedBars | RankedBars | ColumnSeries | Waterfall):
                found.append(block.table())
        return found

    def all_tie_outs(self) -> tuple[TieOut, ...]:
        """The report's tie-outs, then those of its sections."""
        inside = [block for section in self.sections for block in section.blocks if isinstance(block, TieOutList)]
        return (*self.tie_outs, *(tie_out for block in inside for tie_out in block.tie_outs))


def _needs(name: str, frame: pl.DataFrame, *columns: str | None) -> None:
    if missing := {column for column in columns if column} - set(frame.columns):
        raise ValueError(f"chart {name} draws columns that its frame does not have: {sorted(missing)}")
