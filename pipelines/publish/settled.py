"""What closing a period has settled: pay, by the frames that were kept with what was published then.

The journal's line of a closing names those frames by content. The first closing of a period counts: opening it again undoes no
payment, and what changes afterwards is made up for in a later period (``metrics.pay``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.contracts.marts_pay import PAY_MARTS
from pipelines.publish.journal import Entry
from pipelines.publish.shelf import Shelf

DETAIL = "settled"


def settles(shelf: Shelf, period: str) -> dict[str, str]:
    """The kept frames of the pay marts of what is published of ``period``, by mart; nothing when it pays nobody."""
    frames: Mapping[str, str] = (shelf.manifest(period) or {}).get("frames", {})
    if "pay_plan" not in frames or pl.read_parquet(shelf.frame_path(frames["pay_plan"])).is_empty():
        return {}
    return {mart.name: frames[mart.name] for mart in PAY_MARTS if mart.name in frames}


def settled(entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """The kept frames of each period that was closed and paid, by mart, as ``entries`` tell; its first closing's."""
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        if entry.act == "closed" and entry.details.get(DETAIL):
            found.setdefault(entry.period, dict(entry.details[DETAIL]))
    return found
