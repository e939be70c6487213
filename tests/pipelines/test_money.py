"""Exact numbers: what goes in comes out, sums are conserved, rounding is half away from zero."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import money

amounts = st.integers(-(10**13), 10**13)


@pytest.mark.parametrize(("value", "places", "expected"), [("0.125", 2, "0.13"), ("-0.125", 2, "-0.13"), ("2.675", 2, "2.68")])
def test_rounding_is_half_away_from_zero(value, places, expected):
    assert str(money.rounded(value, places)) == expected


@given(amounts)
def test_a_stored_amount_reads_back(value):
    assert money.scaled(str(money.plain(value))) == value


@pytest.mark.parametrize("text", ["1.00001", "abc", "NaN", "Infinity", "1e30", ""])
def test_what_cannot_be_kept_exactly_is_refused(text):
    with pytest.raises(ValueError, match=r"decimals|number|large"):
        money.scaled(text)


@given(st.lists(st.tuples(amounts, amounts, amounts.filter(bool)), min_size=1, max_size=20))
def test_products_are_exact_through_128_bits(rows):
    rows = [(a, b, c) for a, b, c in rows if abs(Decimal(a) * b / c) < 2**62] or [(1, 1, 1)]
    frame = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Int64, "c": pl.Int64}, orient="row")
    found = frame.select(money.mul_div(pl.col("a"), pl.col("b"), pl.col("c"))).to_series().to_list()
    assert found == [money.divide_half_away(a * b, c) for a, b, c in rows]


def test_division_by_zero_is_null():
    frame = pl.DataFrame({"a": [5], "b": [7], "c": [0]})
    assert frame.select(money.mul_div(pl.col("a"), pl.col("b"), pl.col("c"))).item() is None
    assert frame.select(money.ratio_expr(pl.col("a"), pl.col("c"))).item() is None
    assert money.ratio(5, 0) is None


@given(amounts, st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_add_up_to_the_whole(total, weights):
    assert sum(money.allocate(total, weights)) == total


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(10**9), 10**9)), min_size=1, max_size=12), st.lists(st.integers(-(10**9), 10**9), min_size=4, max_size=4))
def test_columns_are_allocated_as_single_totals_are(rows: list[tuple[int, int]], totals: list[int]) -> None:
    frame = pl.DataFrame({"group": [group for group, _ in rows], "weight": [weight for _, weight in rows]})
    frame = frame.with_columns(total=pl.col("group").replace_strict(range(4), [100 * total for total in totals], return_dtype=pl.Int64))
    parts = frame.with_columns(part=money.allocate_expr(pl.col("total"), pl.col("weight"), ["group"], 100))
    for group in range(4):
        weights = [weight for one, weight in rows if one == group]
        expected = [100 * part for part in money.allocate(totals[group], weights)] if sum(weights) else [0] * len(weights)
        assert parts.filter(pl.col("group") == group)["part"].to_list() == expected
