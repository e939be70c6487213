"""Causes of variance: the published cases to the fen, and an identity that holds for whatever leaves there are."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company
from pipelines.company.policy import Causes, Policy
from pipelines.contracts.marts_sales import TOP_CAUSES, VARIANCE_CAUSE_LEAVES, VARIANCE_CAUSES
from pipelines.errors import ConfigurationError, InvariantBroken
from pipelines.metrics import causes as m
from pipelines.metrics.plan_actual import plan_actual
from pipelines.money import LIMIT, divide_half_away, plain, rounded
from tests.builders import fact_rows, facts_of, money

COMPANY = Company(Path("demo"), Policy(name="Green Field"), Calendar(CalendarFile()), {}, (), (), "d")
JANUARY = COMPANY.calendar.period("2026-01")
FEBRUARY = COMPANY.calendar.period("2026-02")


def side(*rows):
    """Rows of (leaf, qty, amount[, bare])."""
    schema = {"product_code": pl.String, "unit": pl.String, "qty": pl.Int64, "amount": pl.Int64, "bare": pl.Int64}
    return pl.DataFrame([(leaf, unit, money(q), money(a), money(o)) for leaf, unit, q, a, o in rows], schema=schema, orient="row")


def by_leaf(frame):
    return {row["product_code"]: row for row in frame.to_dicts()}


def units(row, *names):
    return tuple(rounded(plain(row[name]), 2) for name in names)


def test_price_volume_and_mix_of_the_first_published_case():
    plan = side(("A", "t", 400, 1600, 0), ("B", "t", 300, 300, 0), ("C", "t", 300, 600, 0))
    actual = side(("A", "t", 700, 2100, 0), ("B", "t", 100, 200, 0), ("C", "t", 300, 300, 0))
    frame = m.causes(plan, actual, ["product_code"])
    assert units(frame.sum().row(0, named=True), "price", "volume", "mix", "variance") == (-900, 250, 750, 100)
    assert by_leaf(frame)["B"]["mix"] == money(300)


def test_new_and_discontinued_of_the_second_published_case():
    base = side(("P1", "t", 100, 1000, 0), ("P2", "t", 80, 1600, 0), ("P3", "t", 50, 400, 0))
    actual = side(("P1", "t", 120, 1320, 0), ("P2", "t", 60, 1140, 0), ("P4", "t", 30, 450, 0))
    frame = m.causes(base, actual, ["product_code"])
    total = frame.sum().row(0, named=True)
    assert units(total, "price", "volume", "mix", "new", "discontinued", "other", "variance") == (60, 0, -200, 450, -400, 0, -90)
    found = by_leaf(frame)
    expected = [Decimal(text) for text in ("288.89", "-88.89", "-288.89", "-111.11")]
    assert [*units(found["P1"], "volume", "mix"), *units(found["P2"], "volume", "mix")] == expected


def test_each_unit_group_has_its_own_average_price():
    base = side(("A", "t", 10, 100, 0), ("B", "box", 1000, 2000, 0))
    actual = side(("A", "t", 20, 200, 0), ("B", "box", 500, 1000, 0))
    found = by_leaf(m.causes(base, actual, ["product_code"]))
    assert units(found["A"], "price", "volume", "mix") == (0, 100, 0)
    assert units(found["B"], "price", "volume", "mix") == (0, -1000, 0)


def test_amounts_without_quantity_are_other():
    base = side(("A", "t", 10, 100, -5), ("B", "t", 0, 7, 0))
    actual = side(("A", "t", 10, 100, -25), ("C", "t", 0, 9, 0))
    found = by_leaf(m.causes(base, actual, ["product_code"]))
    assert units(found["A"], "price", "volume", "mix", "other") == (0, 0, 0, -20)
    assert units(found["B"], "other", "discontinued") == (-7, 0)
    assert units(found["C"], "other", "new") == (9, 0)


def test_base_quantities_that_add_up_to_nothing_have_no_average_price():
    base = side(("A", "t", 10, 100, 0), ("B", "t", -10, -90, 0))
    actual = side(("A", "t", 12, 130, 0), ("B", "t", -1, -9, 0))
    frame = m.causes(base, actual, ["product_code"])
    assert frame["volume"].to_list() == [0, 0]
    assert frame["average_price"].null_count() == 2


def test_sums_beyond_what_can_be_multiplied_are_refused():
    huge = side(("A", "t", 1, 1, 0)).with_columns(amount=pl.lit(LIMIT // 2), qty=pl.lit(LIMIT // 2))
    fits = m.causes(huge, side(("A", "t", -1, -1, 0)), ["product_code"])
    assert fits["variance"].to_list() == [-10_000 - LIMIT // 2]
    with pytest.raises(InvariantBroken, match="too large"):
        m.causes(pl.concat([huge, huge.with_columns(product_code=pl.lit("B"))]), huge, ["product_code"])
    crumb = side(("A", "t", "0.0001", 1_000_000, 0))
    with pytest.raises(InvariantBroken, match="A × t is too small"):
        m.causes(crumb, side(("A", "t", 1_000_000, 1, 0)), ["product_code"])


def test_a_leaf_key_that_stands_twice_is_an_invariant_broken():
    twice = side(("A", "t", 1, 10, 0), ("A", "t", 1, 20, 0))
    once = side(("A", "t", 1, 5, 0))
    found = m.causes(twice, once, ["product_code"])
    with pytest.raises(InvariantBroken, match="stands twice"):
        m._tied(found, "actual_amount", once, "plan", "period")


_values = st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["t", "box"]), st.integers(-10**6, 10**6) | st.just(0), st.integers(-10**11, 10**11), st.integers(-10**9, 10**9) | st.just(0))
_sides = st.lists(_values, max_size=10, unique_by=lambda row: row[:2])


@given(_sides, _sides)
def test_causes_add_up_to_the_variance_on_every_leaf_and_follow_the_formula(base, actual):
    schema = {"product_code": pl.String, "unit": pl.String, "qty": pl.Int64, "amount": pl.Int64, "bare": pl.Int64}
    frame = m.causes(pl.DataFrame(base, schema=schema, orient="row"), pl.DataFrame(actual, schema=schema, orient="row"), ["product_code"])
    before, after = {row[:2]: row[2:] for row in base}, {row[:2]: row[2:] for row in actual}
    assert frame.height == len(before | after)
    common = [key for key in before if before[key][0] and key in after and after[key][0]]
    for row in frame.to_dicts():
        key = row["product_code"], row["unit"]
        qb, ab, ob = before.get(key, (0, 0, 0))
        qa, aa, oa = after.get(key, (0, 0, 0))
        assert sum(row[name] for name in m.CAUSES) == row["variance"] == aa + oa - ab - ob
        top = sum(before[other][1] for other in common if other[1] == key[1])
        below = sum(before[other][0] for other in common if other[1] == key[1])
        if key in common:
            q = divide_half_away((qa - qb) * ab, qb)
            volume = divide_half_away((qa - qb) * top, below) if below else 0
            assert (row["price"], row["volume"], row["mix"]) == (aa - ab - q, volume, q - volume)
        else:
            assert (row["price"], row["volume"], row["mix"]) == (0, 0, 0)
            assert row["new"] == (aa if qa and not qb else 0)
            assert row["discontinued"] == (-ab if qb and not qa else 0)


def sale(day, region, product, qty, amount, **more):
    return {
        "document_no": f"{day}{region}{product}{qty}{amount}", "document_date": day, "period": f"{day:%Y-%m}", "net_amount": money(amount),
        "base_qty": money(qty), "base_unit": "t", "region_code": region, "product_code": product, "product_line": "L1",
        "department": "D1", "customer_code": f"C{region}", "employee_code": "E1",
    } | more


def facts(plan_rows=()):
    since = date(2020, 1, 1)
    before, now = date(2025, 1, 9), date(2026, 1, 9)
    return facts_of(
        sales_line=fact_rows(
            "sales_line", sale(before, "N", "P1", 100, 1000), sale(before, "N", "P2", 80, 1600), sale(before, "S", "P3", 50, 400),
            sale(now, "N", "P1", 120, 1320), sale(now, "N", "P2", 60, 1140), sale(now, "S", "P4", 30, 450),
            sale(now, "N", "P1", 0, -20), sale(now, "N", "P1", 9, 99, document_kind="delivery"), sale(date(2026, 2, 9), "N", "P1", 10, 120),
        ),
        plan=fact_rows("plan", *({"version": "v", "period": "2026-01"} | row for row in plan_rows)),
        region=fact_rows("region", *({"region_code": code, "valid_from": since, "name": name, "department": "D1"} for code, name in (("N", "North"), ("S", "South")))),
        product=fact_rows("product", *({"product_code": f"P{i}", "valid_from": since, "name": f"Urea {i}", "line": "L1", "unit": "t", "base_unit": "t"} for i in range(1, 5))),
        customer=fact_rows("customer", *({"customer_code": f"C{code}", "valid_from": since, "name": f"Dealer {code}", "region_code": code} for code in "NS")),
    )


def planned(region, product, qty, amount):
    return [{"measure": "qty", "region_code": region, "product_code": product, "value": money(qty)},
            {"measure": "net_amount", "region_code": region, "product_code": product, "value": money(amount)}]


def test_causes_from_facts_add_up_in_every_cut_and_to_plan_against_actual():
    data = facts([*planned("N", "P1", 110, 1200), *planned("S", "P4", 20, 300)])
    leaves = m.variance_cause_leaves(data, COMPANY, JANUARY)
    assert leaves.schema == VARIANCE_CAUSE_LEAVES.schema
    assert set(leaves["employee_code"]) == {"all"}
    assert set(leaves["department"]) == {"D1"}
    frame = m.variance_causes(leaves, data, COMPANY, JANUARY)
    assert frame.schema == VARIANCE_CAUSES.schema
    assert leaves.select(VARIANCE_CAUSE_LEAVES.grain).is_unique().all()
    assert frame.select(VARIANCE_CAUSES.grain).is_unique().all()
    assert not frame["cut"].str.contains("customer|employee").any()
    year = frame.filter(cut="company", base="last_year", span="period").row(0, named=True)
    assert units(year, "price", "volume", "mix", "new", "discontinued", "other", "variance") == (60, 0, -200, 450, -400, -20, -110)
    company = plan_actual(data, COMPANY, JANUARY).filter(measure="net_amount", cut="company").row(0, named=True)
    assert year["variance"] == company["actual"] - company["py"]
    target = frame.filter(cut="company", base="plan", span="period").row(0, named=True)
    assert target["variance"] == company["variance"] == money(1390)
    for (base, span), part in frame.group_by("base", "span"):
        whole = part.filter(cut="company").select("variance", *m.CAUSES).row(0)
        for cut in part["cut"].unique():
            assert part.filter(cut=cut).select(pl.col("variance", *m.CAUSES).sum()).row(0) == whole, (base, span, cut)


def test_the_year_to_date_stands_beside_the_period():
    leaves = m.variance_cause_leaves(facts(), COMPANY, FEBRUARY)
    assert leaves.filter(base="last_year", span="period").select(pl.col("variance").sum()).item() == money(120)
    assert leaves.filter(base="last_year", span="year_to_date").select(pl.col("variance").sum()).item() == money(10)


@pytest.mark.parametrize("rows", [[], planned("N", "P1", 1, 1)[1:], planned("N", "all", 1, 1)])
def test_a_plan_without_quantities_or_above_the_leaf_has_no_causes(rows):
    leaves = m.variance_cause_leaves(facts(rows), COMPANY, JANUARY)
    assert set(leaves["base"]) == {"last_year"}


def test_planned_quantities_of_a_line_with_several_units_have_no_causes():
    company = replace(COMPANY, policy=COMPANY.policy.model_copy(update={"causes": Causes(leaf=("region_code", "product_line"))}))
    rows = [{**row, "product_code": "all", "product_line": "L1"} for row in planned("N", "P1", 1, 1)]
    data = facts(rows)
    assert set(m.variance_cause_leaves(data, company, JANUARY)["base"]) == {"last_year", "plan"}
    mixed = data["product"].with_columns(base_unit=pl.when(pl.col("product_code") == "P4").then(pl.lit("box")).otherwise("base_unit"))
    again = facts_of(**{**data.frames, "product": mixed})
    assert set(m.variance_cause_leaves(again, company, JANUARY)["base"]) == {"last_year"}


def test_the_plan_must_cover_the_year_to_date():
    leaves = m.variance_cause_leaves(facts(planned("N", "P1", 1, 1)), COMPANY, FEBRUARY)
    assert set(leaves["base"]) == {"last_year"}
    both = facts([*planned("N", "P1", 1, 1), *({**row, "period": "2026-02"} for row in planned("N", "P1", 1, 1))])
    assert m.variance_cause_leaves(both, COMPANY, FEBRUARY).filter(base="plan")["span"].unique().sort().to_list() == ["period", "year_to_date"]


def test_a_leaf_of_customers_tells_regions_too():
    company = replace(COMPANY, policy=COMPANY.policy.model_copy(update={"causes": Causes(leaf=("customer_code", "product_code"))}))
    leaves = m.variance_cause_leaves(facts(), company, JANUARY)
    assert m.known_dimensions(leaves) >= {"customer_code", "product_code", "region_code", "department", "product_line"}
    assert set(leaves["region_code"]) == {"N", "S"}


def test_a_misspelt_leaf_is_refused():
    company = replace(COMPANY, policy=COMPANY.policy.model_copy(update={"causes": Causes(leaf=("region",))}))
    with pytest.raises(ConfigurationError, match=r"causes\.leaf"):
        m.variance_cause_leaves(facts(), company, JANUARY)


def test_top_causes_name_the_keys_that_explain_the_gap_and_those_against_it():
    data = facts()
    leaves = m.variance_cause_leaves(data, COMPANY, JANUARY)
    frame = m.top_causes(leaves, data, COMPANY, JANUARY)
    assert frame.schema == TOP_CAUSES.schema
    products = frame.filter(dimension="product_code", base="last_year", span="period")
    # P2 −460 and P3 −400 against P1 +300 and P4 +450: a gap of −110.
    assert products.select("side", "position", "key", "main_cause").rows() == [
        ("explains", 1, "P2", "volume"), ("offsets", 1, "P4", "new"), ("offsets", 2, "P1", "volume"),
    ]
    first = products.row(0, named=True)
    assert (first["label"], first["gap"], first["variance"]) == ("Urea 2", money(-110), money(-460))
    assert first["contribution"] == pytest.approx(460 / 110)
    customers = frame.filter(dimension="customer_code", base="last_year", span="period")
    assert customers.select("key", "side").rows() == [("CN", "explains"), ("CS", "offsets")]
    assert customers["main_cause"].to_list() == [None, None]


def test_as_few_keys_as_reach_the_share_are_named():
    rows = [sale(date(2026, 1, 9), "N", f"P{i}", 1, amount) for i, amount in enumerate((500, 300, 150, 50), start=1)]
    rows.append(sale(date(2025, 1, 9), "N", "P9", 1, "0.0001"))
    data = facts_of(sales_line=fact_rows("sales_line", *rows))
    leaves = m.variance_cause_leaves(data, COMPANY, JANUARY)
    found = m.top_causes(leaves, data, COMPANY, JANUARY, dimensions=("product_code",)).filter(base="last_year", span="period")
    assert found["key"].to_list() == ["P1", "P2"]
    assert found["cumulative"].to_list() == [pytest.approx(0.5), pytest.approx(0.8)]


def test_without_facts_there_is_nothing_to_explain():
    leaves = m.variance_cause_leaves(facts_of(), COMPANY, JANUARY)
    assert leaves.is_empty()
    assert m.variance_causes(leaves, facts_of(), COMPANY, JANUARY).is_empty()
    assert m.top_causes(leaves, facts_of(), COMPANY, JANUARY).is_empty()
