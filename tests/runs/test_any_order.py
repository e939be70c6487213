"""Where Polars promises no order, none is relied on: a close whose groups, joins and ties come in other orders gives the same bytes.

Groups, unique rows and joins come in the order in which threads end, and rows that are alike in what they are sorted by in any: a page that
depends on it comes out otherwise one time in ten, on another machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.runs.conftest import Closed, close, published, same, settings_in

pytestmark = pytest.mark.slow


def mixed(frame: pl.LazyFrame, seed: int) -> pl.LazyFrame:
    """The same rows in another order: one seed moves each column alike."""
    return frame.select(pl.all().shuffle(seed)) if frame.collect_schema() else frame


@pytest.fixture
def any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polars, but each order that it leaves open is drawn."""
    group_by, unique, join, sort = pl.LazyFrame.group_by, pl.LazyFrame.unique, pl.LazyFrame.join, pl.LazyFrame.sort

    def grouped(self: pl.LazyFrame, *by: Any, maintain_order: bool = False, **named: Any) -> Any:
        found = group_by(self, *by, maintain_order=maintain_order, **named)
        if not maintain_order:
            agg = found.agg
            found.agg = lambda *aggs, **more: mixed(agg(*aggs, **more), 3)
        return found

    def distinct(self: pl.LazyFrame, subset: Any = None, *, keep: Any = "any", maintain_order: bool = False) -> pl.LazyFrame:
        if maintain_order:
            return unique(self, subset, keep=keep, maintain_order=True)
        from_any = mixed(self, 5) if keep == "any" else self
        return mixed(unique(from_any, subset, keep=keep), 7)

    def joined(self: pl.LazyFrame, other: pl.LazyFrame, *how: Any, maintain_order: Any = None, **named: Any) -> pl.LazyFrame:
        found = join(self, other, *how, maintain_order=maintain_order, **named)
        return found if maintain_order not in (None, "none") else mixed(found, 11)

    def ordered(self: pl.LazyFrame, *by: Any, maintain_order: bool = False, **named: Any) -> pl.LazyFrame:
        return sort(self if maintain_order else mixed(self, 13), *by, maintain_order=maintain_order, **named)

    for name, function in (("group_by", grouped), ("unique", distinct), ("join", joined), ("sort", ordered)):
        monkeypatch.setattr(pl.LazyFrame, name, function)


def test_an_order_that_nobody_promised_changes_nothing(demo_sent: Path, demo_closed: Closed, any_order: None, printed_anew: None, tmp_path: Path) -> None:
    frame = pl.DataFrame({"key": list("abcd"), "same": [1, 1, 1, 1]})
    assert frame.sort("same")["key"].to_list() != list("abcd")
    assert frame.group_by("key").len()["key"].to_list() != list("abcd")
    other = close(settings_in(demo_sent, tmp_path / "home"))
    same(published(other.home), published(demo_closed.home))
