"""Cells of the plain script: a number exactly, a date, or a fault."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

FAULT = "!"
"""Stands for a cell that cannot be read."""


@lru_cache(maxsize=1 << 20)
def number(text: Any, places: int = 4, factor: int = 1) -> Any:
    """A cell as ten-thousandths (or ``places`` decimals), exactly; None when blank, ``FAULT`` when it is no number."""
    if text is None or text != text or text in ("", "-", "—", "/", "#N/A"):
        return None
    if isinstance(text, str) and not re.fullmatch(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", text):
        return FAULT
    try:
        value = Decimal(str(text).replace(",", "")) * factor * 10**places
    except InvalidOperation:
        return FAULT
    whole = value.to_integral_value()
    if whole != value and (isinstance(text, str) or abs(whole - value) > abs(value) * Decimal("1e-9")):
        return FAULT
    return int(whole)


_DAY = re.compile(
    r"(\d{4})(?:-(\d\d?)-(\d\d?)|/(\d\d?)/(\d\d?)|\.(\d\d?)\.(\d\d?)|年(\d\d?)月(\d\d?)日|(\d\d)(\d\d))(?: 00:00:00)?"
)


@lru_cache(maxsize=1 << 16)
def day(text: Any) -> Any:
    """A cell as a date."""
    if text is None or text != text or text == "":
        return None
    if isinstance(text, datetime):
        return text.date()
    found = _DAY.fullmatch(str(text))
    if not found:
        return FAULT
    try:
        return date(*(int(part) for part in found.groups() if part))
    except ValueError:
        return FAULT
