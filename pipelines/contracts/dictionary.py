"""The data dictionary as Markdown, generated from the contracts; ``docs/data_dictionary.md`` is its output and a test keeps it so."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.contracts.model import Contract, Kind

_KINDS = {
    Kind.CODE: "code, kept as written", Kind.TEXT: "text", Kind.DATE: "date", Kind.MONEY: "money, ten-thousandths", Kind.RATIO: "ratio",
    Kind.QTY: "quantity, ten-thousandths", Kind.NUMBER: "number, ten-thousandths", Kind.PRICE: "price, hundred-millionths",
    Kind.RATE: "rate, hundred-millionths", Kind.INT: "whole number", Kind.BOOL: "yes or no",
}


def dictionary() -> str:
    """Every table and mart: title, grain, columns in three languages, rules."""
    parts = [
        "# Data dictionary", "",
        "Generated from the contracts by `closebook docs`; change the contract, not this page.", "",
        "## Tables", "", *_sections(CONTRACTS.values()), "## Marts", "", *_sections(MARTS.values()),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _sections(contracts: Iterable[Contract]) -> Iterable[str]:
    for contract in contracts:
        yield f"### {contract.name}"
        yield ""
        yield f"{contract.title.en} · {contract.title.hans} · {contract.title.hant}. One row a {', '.join(contract.grain)}."
        if contract.reject_with:
            yield f"A refused row takes the rest of its `{contract.reject_with}` with it."
        yield ""
        yield "| column | holds | English | 简体 | 繁體 |"
        yield "|---|---|---|---|---|"
        for column in contract.columns:
            notes = [_KINDS[column.kind]]
            notes += ["required"] if column.required else []
            notes += [f"one of {', '.join(column.values)}"] if column.values else []
            notes += [f"known to {column.references}"] if column.references else []
            yield f"| `{column.name}` | {'; '.join(notes)} | {column.label.en} | {column.label.hans} | {column.label.hant} |"
        yield ""
        for rule in contract.rules:
            yield f"- `{rule.name}` ({rule.severity}): {rule.sentence.en}"
        if contract.rules:
            yield ""
