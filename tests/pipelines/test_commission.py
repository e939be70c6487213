"""Commission of a person over a year: the domain's vectors, the boundaries of attainment, and what holds for any year."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.company.pay import Commission
from pipelines.metrics.commission import Month, Year, is_reached, missing, slices, to_fen, year_of
from pipelines.money import E4, allocate

BANDS = [{"below": "0.8", "rate": "0.015"}, {"below": "1", "rate": "monthly"}, {"below": "1.5", "rate": "0.025"}, {"rate": "0.03"}]


def terms(**rules: Any) -> Commission:
    return Commission.model_validate({"rates": [{"rate": "0.02"}], **rules})


def months(achieved: list[int], plan: int | None = 100_000, rules: Commission | None = None, base: list[int] | None = None) -> list[Month]:
    """Amounts in currency units."""
    bases = base or achieved
    return [
        Month(f"2026-{n:02d}", n, rules or terms(), value * E4, paid_on * E4, None if plan is None else plan * E4)
        for n, (value, paid_on) in enumerate(zip(achieved, bases, strict=True), start=1)
    ]  # fmt: skip


def paid(year: Year) -> dict[str, dict[str, float]]:
    """By settlement and month: what is paid, currency units."""
    found: dict[str, dict[str, float]] = {}
    for item in year.items:
        if item.kind == "commission":
            found.setdefault(item.period, {})[item.for_period] = item.amount / E4
    return found


def test_a_month_that_falls_short_is_paid_with_the_next_one_or_lapses() -> None:
    year = year_of(months([70_000, 90_000, 60_000, 70_000, 85_000]))
    assert paid(year) == {"2026-02": {"2026-01": 1400, "2026-02": 1800}, "2026-05": {"2026-04": 1400, "2026-05": 1700}}
    assert [one.status for one in year.earned] == ["paid_with_next", "paid", "lapsed", "paid_with_next", "paid"]
    before_may = year_of(months([70_000, 90_000, 60_000, 70_000]))
    assert [one.status for one in before_may.earned] == ["paid_with_next", "paid", "lapsed", "waiting"]
    assert sum(paid(before_may)["2026-02"].values()) == 3200
    assert sum(paid(year)["2026-05"].values()) == 3100


def test_two_deferred_months_in_a_row_lapse_into_the_year_s_settlement_whose_band_pays_them() -> None:
    rules = terms(year=BANDS)
    year = year_of(months([70_000, 60_000, 150_000, 100_000], rules=rules), settled_in="2026-12")
    assert [one.status for one in year.earned] == ["lapsed", "paid_with_next", "paid", "paid"]
    # 380,000 of 400,000 is 95 %: the monthly rate on all, of which 310,000 were paid.
    assert year.paid("year_settlement") == 70_000 * 2 // 100 * E4
    assert year.paid() == 380_000 * 2 // 100 * E4


@pytest.mark.parametrize(
    ("achieved", "rate"),
    [(79_999, "0.015"), (80_000, "0.02"), (99_999, "0.02"), (100_000, "0.025"), (149_999, "0.025"), (150_000, "0.03")],
)
def test_a_year_at_exactly_80_100_and_150_percent_is_in_the_upper_band(achieved: int, rate: str) -> None:
    year = year_of(months([achieved] * 12, rules=terms(year=BANDS)), settled_in="2026-12")
    entitled = sum(line.amount for line in year.lines)
    assert entitled == 12 * to_fen([(int(Fraction(rate) * 10**8), achieved * E4)])
    assert year.paid() == entitled


def test_a_year_below_80_percent_leaves_a_claim() -> None:
    year = year_of(months([95_000] * 6 + [40_000] * 6, rules=terms(year=BANDS)), settled_in="2026-12")
    assert year.paid("commission") == 6 * 1900 * E4
    assert year.paid("year_settlement") == (810_000 * 15 // 1000 - 6 * 1900) * E4 == 750 * E4
    worse = year_of(months([95_000] * 6 + [20_000] * 6, rules=terms(year=BANDS)), settled_in="2026-12")
    assert worse.paid("year_settlement") == (690_000 * 15 // 1000 - 6 * 1900) * E4 < 0


def test_tiers_rate_slices_or_the_whole_as_the_plan_says() -> None:
    table = [{"rate": "0.02"}, {"from": 100_000, "rate": "0.03"}, {"from": 200_000, "rate": "0.05"}]
    by_slice, on_whole = (year_of(months([250_000], rules=terms(rates=table, tiers=tiers))) for tiers in ("slice", "whole"))
    assert (by_slice.paid(), on_whole.paid()) == (7_500 * E4, 12_500 * E4)
    assert slices(-5, terms(rates=table).rates, "slice") == [(2_000_000, -5)]
    assert slices(100_000 * E4, terms(rates=table).rates, "slice") == [(2_000_000, 100_000 * E4)]
    assert slices(100_000 * E4, terms(rates=table).rates, "whole") == [(3_000_000, 100_000 * E4)]


def test_without_a_plan_nothing_is_judged() -> None:
    year = year_of(months([70_000, 90_000], plan=None, rules=terms(year=BANDS)), settled_in="2026-12")
    assert [one.attainment for one in year.earned] == [None, None]
    assert [one.status for one in year.earned] == ["lapsed", "lapsed"]
    assert [line.attainment for line in year.lines] == [None, None]
    assert year.paid() == 0
    assert year_of(months([70_000], plan=None, rules=terms(threshold="0"))).paid() == 1400 * E4


def test_a_month_between_without_commission_ends_the_waiting() -> None:
    first, _, third = months([70_000, 0, 90_000])
    assert [one.status for one in year_of([first, third]).earned] == ["lapsed", "paid"]


def test_what_was_clawed_back_lowers_what_is_paid_and_not_the_attainment() -> None:
    year = year_of(months([100_000], base=[60_000]))
    assert (year.earned[0].attainment, year.paid()) == (1, 1200 * E4)
    taken = year_of(months([100_000, 90_000], base=[100_000, -20_000]))
    assert paid(taken)["2026-02"] == {"2026-02": -400}


def test_holdback_is_released_when_the_year_is_settled_and_lapses_where_the_plan_says_so_for_leavers() -> None:
    rules = terms(holdback={"share": "0.2"}, year=BANDS)
    running = year_of(months([90_000] * 3, rules=rules))
    assert (running.paid("commission"), running.paid("holdback")) == (5400 * E4, -1080 * E4)
    left = year_of(months([90_000] * 3, rules=rules), settled_in="2026-12", left=True)
    assert (left.paid("release"), left.paid()) == (1080 * E4, 5400 * E4)
    lapsed = year_of(months([90_000] * 3 + [70_000], rules=terms(holdback={"share": "0.2"}, year=BANDS, leaving="lapse")), settled_in="2026-12", left=True)
    assert (lapsed.paid(), lapsed.earned[-1].status, lapsed.lines) == (4320 * E4, "lapsed", ())


def test_caps_cut_the_month_and_the_year() -> None:
    rules = terms(cap={"month": 1500, "year": 4000}, year=BANDS)
    year = year_of(months([90_000] * 3, rules=rules), settled_in="2026-12")
    assert (year.paid("commission"), year.paid()) == (4500 * E4, 4000 * E4)


def test_a_plan_changed_within_the_year_rates_each_month_by_its_own_and_judges_the_year_as_one() -> None:
    old, new = terms(year=BANDS), terms(rates=[{"rate": "0.03"}], year=[{"below": "1", "rate": "monthly"}, {"rate": "0.04"}])
    year = [*months([100_000] * 2, rules=old), *(Month(f"2026-0{n}", n, new, 100_000 * E4, 100_000 * E4, 100_000 * E4) for n in (3, 4))]
    settled = year_of(year, settled_in="2026-12")
    assert [one.amount for one in settled.earned] == [2000 * E4, 2000 * E4, 3000 * E4, 3000 * E4]
    assert [line.amount for line in settled.lines] == [2500 * E4, 2500 * E4, 4000 * E4, 4000 * E4]


def test_how_much_is_lacking_is_enough_to_the_fen() -> None:
    assert missing(79_990_0000, 99_999_0000, 80_000_000) == 9_2000
    assert is_reached(79_990_0000 + 9_2000, 99_999_0000, 80_000_000)
    assert not is_reached(79_990_0000 + 9_1900, 99_999_0000, 80_000_000)
    assert (missing(5, None, 80_000_000), missing(100, 100, 80_000_000)) == (None, 0)


AMOUNT = st.integers(0, 300_000 * E4)
TARGET = st.one_of(st.none(), st.integers(1, 200_000 * E4))


@st.composite
def years(draw: st.DrawFn, *, rates: bool = False) -> list[Month]:
    """A year of any plan that a company may write; with ``rates`` a flat monthly one inside bands that never fall."""
    ladder = sorted(draw(st.lists(st.integers(1, 500), min_size=4, max_size=4)))
    bands = [{"below": limit, "rate": f"0.{rate:04d}"} for limit, rate in zip(("0.8", "1", "1.5"), ladder, strict=False)]
    bands = [bands[0], {"below": "1", "rate": "monthly"}, bands[2], {"rate": f"0.{ladder[3]:04d}"}]
    steps = [{"rate": f"0.{ladder[1]:04d}"}]
    more: dict[str, Any] = {}
    if not rates:
        steps += draw(st.sampled_from([[], [{"from": 50_000, "rate": "0.06"}]]))
        more = draw(st.fixed_dictionaries({}, optional={
            "holdback": st.sampled_from([{"share": "0.1"}, {"share": "0.333"}]), "cap": st.just({"month": 2000}),
            "tiers": st.sampled_from(["slice", "whole"]), "together": st.sampled_from([1, 2]),
        }))  # fmt: skip
    rules = terms(rates=steps, year=bands, **more)
    count = draw(st.integers(1, 12))
    targets = draw(st.lists(TARGET if not rates else st.integers(1, 200_000 * E4), min_size=count, max_size=count))
    bases = draw(st.lists(AMOUNT, min_size=count, max_size=count))
    return [Month(f"2026-{n:02d}", n, rules, base, base, target) for n, (base, target) in enumerate(zip(bases, targets, strict=True), start=1)]


@given(years())
def test_paid_and_held_back_and_lapsed_and_waiting_is_what_was_earned(year: list[Month]) -> None:
    running, settled = year_of(year), year_of(year, settled_in="2026-12")
    for one in (running, settled):
        handed_out, held_back = one.paid("commission", "holdback"), -one.paid("holdback")
        assert handed_out + held_back + one.total("lapsed") + one.total("waiting") == one.total()
        assert all(item.amount % 100 == 0 for item in one.items)
    assert settled.total("waiting") == 0
    assert settled.paid("holdback") + settled.paid("release") == 0
    assert settled.paid() == sum(line.amount for line in settled.lines)


@given(years(rates=True), st.data())
def test_more_receipts_never_pay_less_over_a_settled_year_of_rates_that_do_not_fall(year: list[Month], data: st.DataObject) -> None:
    at, more = data.draw(st.integers(0, len(year) - 1)), data.draw(AMOUNT)
    other = list(year)
    one = year[at]
    other[at] = Month(one.period, one.number, one.terms, one.achieved + more, one.base + more, one.target)
    assert year_of(other, settled_in="2026-12").paid() >= year_of(year, settled_in="2026-12").paid()


@given(AMOUNT, st.lists(st.integers(1, 10**8), min_size=1, max_size=4), st.integers(1, 10**7))
def test_split_credit_of_a_linear_plan_gives_the_parts_what_the_whole_gives(amount: int, shares: list[int], rate: int) -> None:
    """One rate, no threshold, tiers, bands or caps: exact before rounding; each person's rounding to the fen moves half a fen at most."""
    parts = allocate(amount, shares)
    assert sum(parts) == amount
    assert sum(part * rate for part in parts) == amount * rate
    assert abs(sum(to_fen([(rate, part)]) for part in parts) - to_fen([(rate, amount)])) <= 50 * (len(parts) + 1)
