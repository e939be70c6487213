"""What a table promises: columns, types, grain, references and rules, said once.

From a contract come the Polars schema, the SQLAlchemy table, the Great Expectations suite, the Dagster check,
the data dictionary and the blank template. The tables themselves are in the sibling modules; judging rows is
``pipelines.quality``' business, reading files ``pipelines.sources``'.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import polars as pl

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")


@dataclass(frozen=True)
class Text:
    """One sentence or name in the three languages that readers use."""

    en: str
    hans: str
    hant: str

    def said(self, language: Language) -> str:
        """The text in ``language``."""
        return {"en": self.en, "zh-Hans": self.hans, "zh-Hant": self.hant}[language]


class Kind(StrEnum):
    """What a column holds; fixes its type in frames, databases, spreadsheets and on paper."""

    CODE = "code"  # kept as written: leading zeros live
    TEXT = "text"
    DATE = "date"
    MONEY = "money"  # Int64, ten-thousandths of the currency unit
    QTY = "qty"  # Int64, ten-thousandths of the unit
    NUMBER = "number"  # Int64, ten-thousandths: plan values, targets, weights, rates of change
    PRICE = "price"  # Int64, hundred-millionths
    RATE = "rate"  # Int64, hundred-millionths: 13 % is 13,000,000
    INT = "int"
    BOOL = "bool"
    RATIO = "ratio"  # Float64: computed rates, for reading; never tied out

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of a column of this kind."""
        return _DTYPES[self]

    @property
    def scale(self) -> int:
        """How many units make 1: 10,000 for money, 1 for whole numbers; 0 where it is no number."""
        return _SCALES.get(self, 0)


_DTYPES: dict[Kind, pl.DataType] = {
    Kind.CODE: pl.String(),
    Kind.TEXT: pl.String(),
    Kind.DATE: pl.Date(),
    Kind.MONEY: pl.Int64(),
    Kind.QTY: pl.Int64(),
    Kind.NUMBER: pl.Int64(),
    Kind.PRICE: pl.Int64(),
    Kind.RATE: pl.Int64(),
    Kind.INT: pl.Int64(),
    Kind.BOOL: pl.Boolean(),
    Kind.RATIO: pl.Float64(),
}
_SCALES: dict[Kind, int] = {
    Kind.MONEY: 10_000,
    Kind.QTY: 10_000,
    Kind.NUMBER: 10_000,
    Kind.PRICE: 100_000_000,
    Kind.RATE: 100_000_000,
    Kind.INT: 1,
}


@dataclass(frozen=True)
class Column:
    """One column. ``references`` names ``table.column`` that must know the value; ``values`` is a closed list."""

    name: str
    kind: Kind
    label: Text
    required: bool = False
    values: tuple[str, ...] = ()
    references: str | None = None


@dataclass(frozen=True)
class Rule:
    """A statement every row keeps. ``holds`` is true for a good row; null counts as kept (one fault, one report).

    ``column`` is the one whose cell is marked on the returned sheet. ``severity`` ``warning`` lists the row and loads it.
    """

    name: str
    holds: pl.Expr
    sentence: Text
    column: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class Contract:
    """A table: ``grain`` is its key, ``amount`` the column that control sums add up, ``dated`` the business day.

    ``reject_with``: when one row is refused, all rows of that document go with it. ``versioned``: ``valid_from`` is
    part of the key and is filled from the file's business day where the file does not give it.
    ``wildcards``: columns in which ``all`` is a legal value that no reference check applies to.
    ``confidential``: what it says of a person stands in no report, page or view that others read.
    """

    name: str
    origin: Literal["erp", "dealer", "field", "plan", "mart"]
    title: Text
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    amount: str | None = None
    dated: str | None = None
    reject_with: str | None = None
    versioned: bool = False
    wildcards: tuple[str, ...] = ()
    confidential: bool = False

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        named = {*self.grain, *(rule.column for rule in self.rules), *self.wildcards}
        named |= {name for name in (self.amount, self.dated, self.reject_with) if name}
        if unknown := named - names:
            raise ValueError(f"contract {self.name} names columns that it does not have: {sorted(unknown)}")

    @property
    def schema(self) -> pl.Schema:
        """Column names and Polars types, without provenance."""
        return pl.Schema({column.name: column.kind.dtype for column in self.columns})

    @property
    def staged_schema(self) -> pl.Schema:
        """Column names and types of a staged frame: the contract's columns, then the provenance."""
        return pl.Schema({**self.schema, **PROVENANCE})

    def column(self, name: str) -> Column:
        """The column called ``name``; ``KeyError`` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")


PROVENANCE: dict[str, pl.DataType] = {
    "source_file": pl.String(),  # path inside the inbox, with forward slashes
    "source_sha256": pl.String(),
    "source_sheet": pl.String(),  # empty for CSV and database extracts
    "source_row": pl.Int64(),  # 1-based row of the sheet, or line record of a CSV (header is row 1)
    "source_column": pl.String(),  # letter of the value's column where months or measures ran across; else empty
}
"""Columns that every staged and fact row carries: together they lead to ``file!Sheet!C17``."""


def t(en: str, hans: str, hant: str | None = None) -> Text:
    """Short form for declaring a label; ``hant`` defaults to ``hans`` where the characters are the same."""
    return Text(en, hans, hans if hant is None else hant)
