"""A reading's texts → the typed frame of its table, and a fault for every cell that cannot be read.

A row with such a cell is refused as a whole: its value is null here, and the fault is handed to ``quality.judge`` as an earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.company.layouts import ColumnSpec, Layout
from pipelines.contracts.marts_control import FAULT_SCHEMA
from pipelines.contracts.model import PROVENANCE, Column, Contract, Kind
from pipelines.sources.cells import MonthDay, Parsed, natural_month, parse_column
from pipelines.sources.shape import FILE, Reading, Readings
from pipelines.sources.totals import running_form

_PLAIN = ColumnSpec(headings=())
_EXPECTED = {
    Kind.MONEY: "amount", Kind.QTY: "number", Kind.NUMBER: "number", Kind.PRICE: "number", Kind.RATE: "number", Kind.INT: "whole number",
    Kind.DATE: "date", Kind.BOOL: "yes/no", Kind.CODE: "code", Kind.TEXT: "text",
}  # fmt: skip
_NONE = pl.DataFrame(schema=FAULT_SCHEMA)


@dataclass(frozen=True)
class ParsedReading:
    """``frame``: every row in the contract's staged schema and ``layout, sender``, null where a cell could not be read.

    ``faults``: one row a cell that could not be read (``FAULT_SCHEMA``), with the same provenance as its row.
    """

    frame: pl.DataFrame
    faults: pl.DataFrame


def parse_reading(reading: Reading, contract: Contract, layout: Layout) -> ParsedReading:
    """Exact values for every text of ``reading``. Amounts of faulty rows are counted where they can be read."""
    parsed = parse_readings(Readings.of(reading), contract, layout)
    return ParsedReading(parsed.frame.drop(FILE), parsed.faults)


def parse_readings(readings: Readings, contract: Contract, layout: Layout) -> ParsedReading:
    """:func:`parse_reading` for several files of one layout and calendar; ``frame`` has the number of the ``FILE`` as well."""
    month_day = _month_day(readings, layout)
    columns: list[pl.Series] = []
    rules: dict[str, pl.Series] = {}
    for column in contract.columns:
        parsed = _column(readings, column, layout, month_day)
        columns.append(parsed.values.alias(column.name))
        if parsed.rules.null_count() < len(parsed.rules):
            rules[column.name] = parsed.rules
    file = readings.rows[FILE]

    def of_file(name: str, values: Sequence[str]) -> pl.Series:
        texts = pl.Series(name, values, dtype=pl.String)
        return texts.new_from_index(0, len(file)) if len(values) == 1 else texts.gather(file)

    contexts = readings.contexts
    place = {
        "source_file": of_file("source_file", [one.path for one in contexts]),
        "source_sha256": of_file("source_sha256", [one.sha256 for one in contexts]),
        **{name: readings.rows[name] for name in ("source_sheet", "source_row", "source_column")},
    }
    assert set(place) == set(PROVENANCE)
    more = [of_file("layout", [one.layout for one in contexts]), of_file("sender", [one.sender for one in contexts])]
    frame = pl.DataFrame([*columns, *place.values(), *more, file])
    return ParsedReading(frame, _faults(readings, frame, rules, contract, layout))


def form(layout: Layout, name: str) -> ColumnSpec:
    """The form of the cells of column ``name``; captured and constant values have the plain one."""
    if layout.across is not None and name in {layout.across.value, *layout.across.value_by.values()}:
        return running_form(layout, name)
    if layout.stacked is not None and name in {*layout.stacked.labels.values(), *layout.stacked.order}:
        return running_form(layout, name)
    return layout.columns.get(name, _PLAIN)


def _column(readings: Readings, column: Column, layout: Layout, month_day: MonthDay) -> Parsed:
    outside = column.name in layout.capture or bool(layout.across and column.name in layout.across.into.values())
    outside |= bool(layout.blocks and column.name in layout.blocks.capture) or column.name in {one.into for one in layout.sections}
    name = column.name
    return parse_column(
        readings.rows[name],
        form(layout, name),
        column.kind,
        numbers=readings.numbers[name] if name in readings.numbers.columns else None,
        values=column.values,
        period=name == "period",
        month_day=month_day if outside else None,
    )


def _month_day(readings: Readings, layout: Layout) -> MonthDay:
    calendar = readings.contexts[0].calendar
    if calendar is None or calendar.file.kind == "list":
        return natural_month(layout.period_date)
    found = calendar

    def day(year: int, month: int) -> object:
        period = found.period(f"{year:04d}-{month:02d}")
        return period.start if layout.period_date == "start" else period.end

    return day  # type: ignore[return-value]


def _faults(
    readings: Readings, frame: pl.DataFrame, rules: dict[str, pl.Series], contract: Contract, layout: Layout
) -> pl.DataFrame:
    """Few rows even in bad files, so they are made one by one."""
    if not rules:
        return _NONE
    broken: dict[int, list[tuple[Column, str]]] = {}
    for column in contract.columns:
        if column.name in rules:
            series = rules[column.name]
            for index in series.is_not_null().arg_true():
                broken.setdefault(index, []).append((column, series[index]))
    indices = sorted(broken)
    texts = readings.rows[indices].to_dicts()
    values = frame[indices].to_dicts()
    records = []
    for index, text, value in zip(indices, texts, values, strict=True):
        context = readings.contexts[text[FILE]]
        delivered = {one.name: text[one.name] for one in contract.columns if text[one.name] is not None}
        unreadable = any(one.name == contract.amount for one, _ in broken[index])
        for number, (column, rule) in enumerate(broken[index], 1):
            records.append(
                {
                    "table": contract.name,
                    "layout": context.layout,
                    "sender": context.sender,
                    "source_file": context.path,
                    "source_sha256": context.sha256,
                    "source_sheet": text["source_sheet"],
                    "source_row": text["source_row"],
                    "source_column": text["source_column"],
                    "reason_no": number,
                    "rule": rule,
                    "severity": "error",
                    "column": column.name,
                    "cell": readings.address(index, column.name),
                    "found": text[column.name] or "",
                    "expected": _expected(column, rule, form(layout, column.name)),
                    "document": value[contract.reject_with] if contract.reject_with else None,
                    "goes_with": False,
                    "amount": value[contract.amount] if contract.amount else None,
                    "amount_unreadable": unreadable,
                    "business_date": value[contract.dated] if contract.dated else None,
                    "delivered": json.dumps(delivered, ensure_ascii=False),
                }
            )
    return pl.DataFrame(records, schema=FAULT_SCHEMA)


def _expected(column: Column, rule: str, spec: ColumnSpec) -> str:
    """Words and values that a sentence in any language can quote."""
    if rule == "not_in_list":
        return ", ".join(spec.map or column.values)
    if rule == "too_many_decimals":
        return str(len(str(column.kind.scale)) - 1)
    if rule == "pattern_missing":
        return spec.pattern or ""
    if rule in ("ambiguous_date", "not_a_date"):
        return ", ".join(spec.date_format) or "2026-01-31"
    if rule == "ambiguous_number":
        return f"1{',' if spec.decimal == '.' else '.'}234{spec.decimal}50"
    return _EXPECTED[column.kind]
