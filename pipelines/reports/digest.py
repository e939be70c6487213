"""The hash of a report's figures and texts: what makes two versions the same or different.

Sources, arrival times, the known-at moment and where figures are explained are left out: a corrected file that moves no figure is no
new version.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

import polars as pl

from pipelines.reports.model import Report

_NOT_CONTENT = frozenset({"sources", "known_at", "why", "told"})


def content_digest(report: Report) -> str:
    """SHA-256 of everything that ``report`` prints but where it came from and when that was known."""
    total = hashlib.sha256()
    _add(total, report)
    return total.hexdigest()


def _add(total: Any, value: object) -> None:
    if isinstance(value, pl.DataFrame):
        total.update(f"frame {sorted(map(str, value.schema.items()))}\n".encode())
        flat = value.with_columns(pl.col(pl.List, pl.Array, pl.Struct).map_elements(str, pl.String, skip_nulls=True)) if any(
            dtype.is_nested() for dtype in value.dtypes
        ) else value
        total.update(flat.write_csv().encode())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        total.update(f"{type(value).__name__}(".encode())
        for field in dataclasses.fields(value):
            if field.name not in _NOT_CONTENT:
                total.update(f"{field.name}=".encode())
                _add(total, getattr(value, field.name))
        total.update(b")")
    elif isinstance(value, Mapping):
        total.update(b"{")
        for key in sorted(value, key=str):
            total.update(f"{key!r}:".encode())
            _add(total, value[key])
        total.update(b"}")
    elif isinstance(value, (set, frozenset)):
        # The order in which a set is printed differs from process to process.
        _add(total, sorted(value, key=repr))
    elif isinstance(value, (list, tuple)):
        total.update(b"[")
        for item in value:
            _add(total, item)
            total.update(b",")
        total.update(b"]")
    else:
        total.update(repr(value).encode())
