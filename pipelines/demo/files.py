"""Writing delivered files: workbooks, CSV exports, arrival times, and the notes of what was planted where.

Knows formats and positions, not business. The same input gives the same bytes: creation times are fixed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

CREATED = datetime(2026, 11, 1, 8, 0, 0)  # noqa: DTZ001 - a property of a workbook, which knows no zone
KEEP: Any = object()
"""A fault that leaves the cell's own value: what is wrong is the row, or the value is wrong in itself."""


@dataclass(frozen=True)
class Error:
    """A cell that shows a spreadsheet error."""

    text: str = "#DIV/0!"


@dataclass
class Fault:
    """Something planted. ``rule`` is the name expected, ``also`` further names that the same fault may raise.

    ``severity``: ``error`` rejects the row, ``finding`` is listed and the row is loaded, ``file`` concerns a file as a whole.
    """

    kind: str
    rule: str
    severity: str
    table: str
    column: str = ""
    raw: Any = KEEP
    file: str = ""
    sheet: str = ""
    row: int | None = None
    cell: str = ""
    sender: str = ""
    period: str = ""
    document: str = ""
    also: str = ""
    live: bool = True

    @property
    def found(self) -> str:
        """The planted content as text."""
        if self.raw is KEEP or self.raw is None:
            return ""
        return self.raw.text if isinstance(self.raw, Error) else str(self.raw)


@dataclass
class Tally:
    """What one file holds of one table. ``amount`` sums the contract's amount column (e4) over readable cells."""

    path: str
    table: str
    cover: str
    sender: str
    status: str = "live"
    delivered: int = 0
    rejected: int = 0
    goes_with: int = 0
    repeated: int = 0
    amount: int = 0
    rejected_amount: int = 0
    unreadable: int = 0

    @property
    def loaded(self) -> int:
        """Rows that become facts."""
        return self.delivered - self.rejected - self.goes_with - self.repeated


_LONG = {"item", "result", "work_done", "plan_tomorrow", "problem", "solution", "note", "address", "products", "next_step"}
"""Columns in which people write sentences."""


@dataclass(frozen=True)
class Col:
    """A column of a sheet: its heading, the row's value that it shows, and the form (see ``shown``)."""

    heading: str
    name: str
    form: str = "text"


Row = dict[str, Any]
"""A row by canonical names; ``_faults`` holds what is planted in it."""


def plant(row: Row, fault: Fault) -> Fault:
    """Plant ``fault`` in ``row``."""
    row.setdefault("_faults", []).append(fault)
    return fault


def is_rejected(row: Row) -> bool:
    """Whether something planted in the row keeps it from being loaded."""
    return any(fault.severity == "error" for fault in row.get("_faults", ()))


class Delivered:
    """What was delivered, a list of rows by table."""

    def loaded(self, table: str) -> list[Row]:
        """The rows of ``table`` that nothing planted rejects."""
        return [row for row in getattr(self, table) if not is_rejected(row)]


@dataclass
class Inbox:
    """The inbox being written, with everything known about it."""

    root: Path
    faults: list[Fault] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)
    arrivals: dict[str, tuple[str, str]] = field(default_factory=dict)

    def arrive(self, path: str, day: date, sender: str, at: str = "09:00:00") -> None:
        """Note when ``path`` arrived, in the company's time zone."""
        self.arrivals[path] = (f"{day.isoformat()}T{at}+08:00", sender)

    def tally(
        self,
        path: str,
        table: str,
        cover: str,
        rows: Iterable[Row],
        *,
        amount: str = "",
        scale: int = 1,
        sender: str = "",
        status: str = "live",
    ) -> Tally:
        """Count ``rows`` of ``table`` in ``path``; ``scale`` turns the amount into ten-thousandths."""
        found = Tally(path, table, cover, sender, status)
        for row in rows:
            found.delivered += 1
            faults = row.get("_faults", ())
            spoilt = bool(amount) and any(fault.column == amount and fault.raw is not KEEP for fault in faults)
            value = 0 if spoilt or not amount or row.get(amount) is None else int(row[amount]) * scale
            found.amount += value
            found.unreadable += spoilt and any(fault.column == amount and fault.raw is not None for fault in faults)
            if is_rejected(row):
                found.rejected += 1
                found.rejected_amount += value
        self.tallies.append(found)
        return found

    def close(self) -> None:
        """Write ``arrivals.csv``: after this nothing is added."""
        with (self.root / "arrivals.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["path", "arrived_at", "sender"])
            writer.writerows((path, at, sender) for path, (at, sender) in sorted(self.arrivals.items()))

    def path(self, name: str) -> Path:
        """The place of ``name`` in the inbox, its folder made."""
        found = self.root / name
        found.parent.mkdir(parents=True, exist_ok=True)
        return found

    def csv(
        self,
        name: str,
        lines: Sequence[Sequence[str]],
        frame: pl.DataFrame,
        last: Sequence[str] | None,
        *,
        encoding: str = "gb18030",
    ) -> int:
        """Write titles and header (``lines``), a frame of text, a last row. Returns the row number of the frame's first row."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerows(lines)
        body = frame.write_csv(include_header=False, line_terminator="\r\n", null_value="", quote_style="necessary")
        tail = io.StringIO()
        if last is not None:
            csv.writer(tail, lineterminator="\r\n").writerow(last)
        self.path(name).write_bytes((text.getvalue() + body + tail.getvalue()).encode(encoding))
        return len(lines) + 1

    @contextmanager
    def workbook(self, name: str, *, constant_memory: bool = False) -> Iterator[Book]:
        """A workbook at ``name``."""
        book = Book(self, name, constant_memory)
        yield book
        book.close()


class Book:
    """One workbook being written."""

    def __init__(self, inbox: Inbox, name: str, constant_memory: bool) -> None:
        self.inbox, self.name = inbox, name
        options = {
            "in_memory": not constant_memory,
            "constant_memory": constant_memory,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self.book = xlsxwriter.Workbook(str(inbox.path(name)), options)
        self.book.set_properties({"created": CREATED, "author": ""})
        self.bold = self.book.add_format({"bold": True})
        self.head = self.book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "align": "center"})
        self.title = self.book.add_format({"bold": True, "font_size": 14})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.money = self.book.add_format({"num_format": "#,##0.00"})

    def close(self) -> None:
        """Finish the file."""
        self.book.close()

    def sheet(self, name: str) -> Sheet:
        """A new sheet."""
        return Sheet(self, name)


class Sheet:
    """One sheet being written; rows and columns count from 0, faults note them from 1."""

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name
        self.sheet = book.book.add_worksheet(name)
        self.widths: dict[int, int] = {}

    def put(self, row: int, column: int, value: Any, form: Any = None) -> None:
        """One cell, in the type of its value."""
        if value is None or value == "":
            return
        if isinstance(value, Error):
            self.sheet.write_formula(row, column, "=1/0", form, value.text)
        elif isinstance(value, bool):
            self.sheet.write_boolean(row, column, value)
        elif isinstance(value, int | float):
            self.sheet.write_number(row, column, value, form)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.book.day)  # noqa: DTZ001
        else:
            self.sheet.write_string(row, column, value, form)

    def titles(self, *lines: str) -> int:
        """Title rows above a table. Returns the next row."""
        for row, line in enumerate(lines):
            self.put(row, 0, line, self.book.title if row == 0 else None)
        return len(lines)

    def table(self, top: int, columns: Sequence[Col], rows: Iterable[Row], *, left: int = 0, header: bool = True) -> int:
        """A header and rows at (``top``, ``left``). Returns the next free row."""
        row_no = top
        if header:
            for n, column in enumerate(columns):
                self.put(row_no, left + n, column.heading, self.book.head)
                self.widen(left + n, 12 if column.form == "date" else 30 if column.name in _LONG else 2 * len(column.heading) + 2)
            row_no += 1
        for row in rows:
            self.row(row_no, columns, row, left=left)
            row_no += 1
        return row_no

    def widen(self, column: int, width: int) -> None:
        """At least so many characters wide: a date that does not fit shows as ####."""
        if width > self.widths.get(column, 8):
            self.widths[column] = width
            self.sheet.set_column(column, column, width)

    def row(self, row_no: int, columns: Sequence[Col], row: Row, *, left: int = 0) -> None:
        """One row; what is planted in it notes its place."""
        faults: list[Fault] = row.get("_faults", [])
        for n, column in enumerate(columns):
            value, form = shown(row.get(column.name), column.form)
            for fault in faults:
                if fault.column == column.name:
                    fault.cell = f"{xl_col_to_name(left + n)}{row_no + 1}"
                    if fault.raw is not KEEP:
                        value = fault.raw
            self.put(row_no, left + n, value, self.book.money if form else None)
        for fault in faults:
            self.place(fault, row_no)

    def place(self, fault: Fault, row_no: int, column: int | None = None) -> None:
        """Note where ``fault`` stands; a column gives it a cell."""
        fault.file, fault.sheet, fault.row = self.book.name, self.name, row_no + 1
        if column is not None:
            fault.cell = f"{xl_col_to_name(column)}{row_no + 1}"
        if not any(known is fault for known in self.book.inbox.faults):
            self.book.inbox.faults.append(fault)


def shown(value: Any, form: str) -> tuple[Any, bool]:
    """A value in the form in which a sender writes it, and whether it is money."""
    if value is None:
        return None, False
    if form == "fen":
        return value / 100, True
    if form == "e4":
        return value / 10_000, False
    if form == "wan":
        return value / 1_000_000, False
    if form == "thousands":
        return f"{value / 100:,.2f}", False
    if form == "wide":
        return str(value / 10_000).removesuffix(".0").translate(str.maketrans("0123456789.", "０１２３４５６７８９．")), False
    if form == "iso":
        return value.isoformat(), False
    if form == "dot":
        return f"{value.year}.{value.month}.{value.day}", False
    if form == "slash":
        return f"{value.year}/{value.month:02d}/{value.day:02d}", False
    if form == "chinese":
        return f"{value.year}年{value.month}月{value.day}日", False
    if form == "yes":
        return "是" if value else "否", False
    return value, False


def next_month(month: tuple[int, int], day: int) -> date:
    """A day of the month after ``month``."""
    return (date(*month, 28) + timedelta(days=5)).replace(day=day)
