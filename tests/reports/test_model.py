from __future__ import annotations

import dataclasses

import polars as pl
import pytest

from pipelines.reports.model import Column, Message, Name, Step, SumOf, Table, TieOut, VarianceTable, Waterfall
from tests.reports.showcase import regions, report


def table(frame: pl.DataFrame, **changes: object) -> Table:
    return Table("t", frame, (Column("label", Name("x")), Column("ac", Name("y"), "money")), role="role", **changes)  # type: ignore[arg-type]


def rows(*amounts: int, total: int) -> pl.DataFrame:
    return pl.DataFrame({"label": [*("r" * len(amounts)), "sum"], "ac": [*amounts, total], "role": [*[""] * len(amounts), "total"]})


def test_a_total_that_is_not_the_sum_of_its_rows_is_refused() -> None:
    assert table(rows(1, 2, total=3)).totals()[0][1:] == (3, 3)
    with pytest.raises(ValueError, match="the total of ac is 4, its detail rows add up to 3"):
        table(rows(1, 2, total=4))


def test_subtotals_are_not_counted_twice() -> None:
    frame = pl.DataFrame({"label": list("abcd"), "ac": [3, 1, 2, 3], "role": ["subtotal", "", "emphasised", "total"]})
    assert table(frame).totals()[0][2] == 3


def test_unknown_columns_and_roles_are_refused() -> None:
    with pytest.raises(ValueError, match="does not have: \\['role'\\]"):
        table(pl.DataFrame({"label": ["a"], "ac": [1]}))
    with pytest.raises(ValueError, match="unknown roles"):
        table(pl.DataFrame({"label": ["a"], "ac": [1], "role": ["sum"]}))


def test_the_columns_stand_in_the_fixed_order() -> None:
    names = [column.name for column in VarianceTable("v", regions(), role="role").table().columns]
    assert names == ["label", "py", "pl", "ac", "delta_pl", "delta_pl_share", "delta_py_share"]
    without = VarianceTable("v", regions(), pl=None, delta_pl=None, delta_pl_share=None, role="role").table()
    assert [column.name for column in without.columns] == ["label", "py", "ac", "delta_py", "delta_py_share"]


def test_a_waterfall_must_arrive() -> None:
    steps = (Step(Name("a"), 10, "base"), Step(Name("b"), -3), Step(Name("c"), 7, "base"))
    assert Waterfall("w", steps).table().frame.height == 3
    with pytest.raises(ValueError, match="lead to 7, not to 8"):
        Waterfall("w", (*steps[:2], Step(Name("c"), 8, "base")))


def test_tie_outs_must_subtract_and_name_what_is_printed() -> None:
    with pytest.raises(ValueError, match="is not 2"):
        TieOut("C3", Name("x"), Name("l"), 3, Name("r"), 2, 2)
    loose = TieOut("C3", Name("x"), Name("l"), 3, Name("r"), 3, 0, left_sum=(SumOf("nowhere", "ac"),))
    with pytest.raises(ValueError, match=r"nowhere\.ac"):
        dataclasses.replace(report(), tie_outs=(loose,))


def test_a_report_needs_a_time_zone_and_unique_ids() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        dataclasses.replace(report(), known_at=report().known_at.replace(tzinfo=None))
    with pytest.raises(ValueError, match="uses ids twice"):
        dataclasses.replace(report(), sections=report().sections[:1] * 2)


def test_messages_do_not_share_their_values() -> None:
    assert Message("Item").values is not Message("Item").values
