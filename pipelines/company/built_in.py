"""Layouts that every company has without writing them: what reads our own workbooks when they come back filled in.

Made from the contracts, like a template's; a company's layout of the same name goes before them.
"""

from __future__ import annotations

import re
from typing import Any

from pipelines.company.layouts import Layout
from pipelines.contracts.confirmation import (
    CONFIRMATION,
    CONFIRMATION_DIFFERENCE,
    DIFFERENCE_KINDS,
    DIFFERENCES,
    RESULTS,
    SEAL,
    SHEET,
)
from pipelines.contracts.model import Contract, Text

SLIP_FILES = ("**/statement_*.xlsx", "**/statement_*.ods", "**/statement_*.xls")
"""What the workbook of a statement is called, as it was sent or saved again by another program."""


def layouts() -> dict[str, Layout]:
    """The built-in layouts by name."""
    number = CONFIRMATION.column("slip_no").label
    label = rf"^{_any(number)}\s*[:：]"
    day: dict[str, Any] = {"source": "cell", "label": label, "pattern": r"-(?P<value>[0-9]{8})-[0-9A-F]{6}\s*$"}
    shared: dict[str, Any] = {
        "files": SLIP_FILES,
        "sheets": {"pattern": _any(SHEET)},
        # A later reply for the same day replaces the one before, whatever the number of its slip.
        "cover": {"span": "any", "key": day},
    }
    reply = {
        **shared,
        "table": CONFIRMATION.name,
        "columns": _columns(CONFIRMATION, {"result": RESULTS}),
        "stop": [f"^{_any(DIFFERENCES)}"],
    }
    lines = {
        **shared,
        "table": CONFIRMATION_DIFFERENCE.name,
        "columns": _columns(CONFIRMATION_DIFFERENCE, {"kind": DIFFERENCE_KINDS}, without=("slip_no", "line_no")),
        "capture": {"slip_no": {"source": "cell", "label": label}, "line_no": {"source": "row"}},
        "stop": [f"^{_any(SEAL)}"],
    }
    return {one["table"]: Layout.model_validate(one) for one in (reply, lines)}


def _columns(contract: Contract, closed: dict[str, dict[str, Text]], without: tuple[str, ...] = ()) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column in contract.columns:
        if column.name in without:
            continue
        said = column.label
        found[column.name] = {"headings": list(dict.fromkeys((said.hans, said.hant, said.en)))}
        if column.name in closed:
            choices = closed[column.name].items()
            found[column.name]["map"] = {word: value for value, text in choices for word in (text.hans, text.hant, text.en)}
    return found


def _any(text: Text) -> str:
    return f"({'|'.join(re.escape(one) for one in dict.fromkeys((text.hans, text.hant, text.en)))})"
