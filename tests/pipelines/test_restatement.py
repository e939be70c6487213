"""Taking the tables of one moment to another step by step, and the figures that moved with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.errors import InvariantBroken
from pipelines.metrics import restatement
from pipelines.metrics.restatement import CAUSES
from pipelines.quality.judge import no_faults
from pipelines.sources import mixing
from pipelines.sources.intake import BESIDE, LETTERS, Intake

RECEIPT = CONTRACTS["receipt"]


def intake(receipts: dict[str, int], *, regions: dict[str, str] | None = None, plans: dict[str, int] | None = None, file: str = "a.csv") -> Intake:
    """What was taken in of a company with these receipts (number → ten-thousandths), regions (code → name) and yearly plans by region."""
    rows = {name: pl.DataFrame(schema={**contract.staged_schema, **BESIDE}) for name, contract in CONTRACTS.items()}
    place = {"source_file": file, "source_sha256": file, "source_sheet": "", "source_column": "", "delivery": file, "layout": "l", "sender": "s"}

    def add(table: str, records: list[dict[str, object]]) -> None:
        schema = rows[table].schema
        rows[table] = pl.DataFrame(
            [{**dict.fromkeys(schema), **place, "source_row": number, **record} for number, record in enumerate(records, start=2)], schema=schema
        )

    add("receipt", [
        {"receipt_no": number, "received_on": date(2026, 10, 5), "customer_code": "C1", "amount": amount, "method": "cash"}
        for number, amount in receipts.items()
    ])  # fmt: skip
    add("region", [{"region_code": code, "name": name, "valid_from": date(2026, 1, 1)} for code, name in (regions or {}).items()])
    add("plan", [{"version": "v", "period": "2026", "measure": "receipts", "region_code": code, "value": value} for code, value in (plans or {}).items()])
    empty = pl.DataFrame()
    return Intake(rows, no_faults(), empty, pl.DataFrame(schema=LETTERS), empty, empty, frozenset(name for name, frame in rows.items() if frame.height))


amounts = st.dictionaries(st.sampled_from([f"R{n}" for n in range(6)]), st.integers(-50, 50), max_size=6)


@settings(max_examples=40)
@given(before=amounts, after=amounts)
def test_corrections_keep_keys_and_late_documents_bring_new_ones(before: dict[str, int], after: dict[str, int]) -> None:
    old, new = intake(before), intake(after, file="b.csv")

    def amounts_at(step: mixing.Step) -> dict[str, int]:
        return dict(mixing.taken_to(old, new, step).rows["receipt"].select("receipt_no", "amount").iter_rows())

    assert amounts_at("master_data") == amounts_at("plan") == before
    assert amounts_at("corrected_file") == {number: after[number] for number in before if number in after}
    assert amounts_at("late_document") == after
    rows = mixing.changed_rows(old, new)
    moved = {number: (before.get(number), after.get(number)) for number in {*before, *after} if before.get(number) != after.get(number)}
    assert {row["key"]: (row["amount_before"], row["amount_after"]) for row in rows.iter_rows(named=True)} == moved
    causes = {row["key"]: (row["cause"], row["change"]) for row in rows.iter_rows(named=True)}
    assert causes == {
        number: ("late_document", "added") if number not in before else ("corrected_file", "changed" if number in after else "removed") for number in moved
    }


def test_masters_and_plans_are_taken_before_documents() -> None:
    old = intake({"R1": 1}, regions={"N": "North"}, plans={"N": 10})
    new = intake({"R2": 2}, regions={"N": "Northern"}, plans={"N": 20}, file="b.csv")

    def state(step: mixing.Step) -> tuple[object, ...]:
        rows = mixing.taken_to(old, new, step).rows
        return rows["region"]["name"].to_list(), rows["plan"]["value"].to_list(), rows["receipt"]["receipt_no"].to_list()

    assert state("master_data") == (["Northern"], [10], ["R1"])
    assert state("plan") == (["Northern"], [20], ["R1"])
    assert state("corrected_file") == (["Northern"], [20], [])
    assert state("late_document") == (["Northern"], [20], ["R2"])
    told = mixing.changed_rows(old, new).filter(pl.col("table").is_in(["region", "plan"])).select("table", "cause", "columns", "before", "after")
    assert told.sort("table").rows() == [
        ("plan", "plan", "value", "0.001", "0.002"), ("region", "master_data", "name", "North", "Northern"),
    ]  # fmt: skip


def test_a_cell_that_could_not_be_read_comes_with_its_row_only() -> None:
    fault = {
        "table": "receipt", "layout": "l", "source_file": "b.csv", "source_sha256": "b.csv", "source_sheet": "", "source_row": 3, "source_column": "",
        "rule": "not_a_number",
    }  # fmt: skip
    old, new = intake({"R1": 1}), intake({"R1": 1, "R2": 2}, file="b.csv")
    faults = pl.DataFrame([{**dict.fromkeys(no_faults().columns), **fault}], schema=no_faults().schema)
    new = replace(new, faults=faults)
    assert mixing.taken_to(old, new, "corrected_file").faults.is_empty()
    assert mixing.taken_to(old, new, "late_document").faults.height == 1


@pytest.mark.parametrize(
    ("table", "kind"),
    [("customer", "master_data"), ("price_list", "master_data"), ("code_change", "master_data"), ("outlet", "master_data"), ("plan", "plan"),
     ("commentary", "plan"), ("sales_line", "document"), ("specific_provision", "document"), ("sell_out", "document")],
)  # fmt: skip
def test_what_a_table_holds(table: str, kind: str) -> None:
    assert mixing.kind_of(CONTRACTS[table]) == kind


def marts(sales: dict[str, int], grade: str = "B") -> dict[str, pl.DataFrame]:
    """Marts in which each customer has sold so much (ten-thousandths), and the company all of it."""
    schema = MARTS["plan_actual"].schema
    keys = [("company", "all", sum(sales.values())), *(("customer_code", code, amount) for code, amount in sales.items())]
    rows = [
        {**dict.fromkeys(schema), "period": "2026-10", "measure": "net_amount", "unit": "", "cut": cut, "key": key, "key2": "", "label": key, "actual": value,
         "ytd_actual": value, "unplanned": False}
        for cut, key, value in keys
    ]  # fmt: skip
    found = {name: pl.DataFrame(schema=MARTS[name].schema) for name in restatement.USED}
    found["plan_actual"] = pl.DataFrame(rows, schema=schema)
    dealers = MARTS["dealer_indicators"].schema
    found["dealer_indicators"] = pl.DataFrame([{**dict.fromkeys(dealers), "dealer_code": "D1", "grade": grade, "score": 70.123}], schema=dealers)
    return found


sales = st.dictionaries(st.sampled_from("ABCDE"), st.integers(-(10**12), 10**12), min_size=1, max_size=5)


@settings(max_examples=40)
@given(states=st.lists(sales, min_size=2, max_size=len(CAUSES) + 1))
def test_the_causes_add_up_to_the_difference_in_every_cut(states: list[dict[str, int]]) -> None:
    first, *rest = (marts(state) for state in states)
    lines = restatement.restatement("2026-10", first, list(zip(CAUSES, rest, strict=False)), rest[-1])
    assert lines.filter(pl.sum_horizontal(CAUSES) != pl.col("difference")).is_empty()
    of = lines.filter((pl.col("figure") == "net_amount") & (pl.col("span") == "period"))
    company, customers = of.filter(pl.col("cut") == "company"), of.filter(pl.col("cut") == "customer_code")
    for column in (*CAUSES, "difference"):
        assert company[column].sum() == customers[column].sum()
    assert customers["difference"].sum() == sum(states[-1].values()) - sum(states[0].values())


def test_what_stays_is_not_told_and_what_returns_is() -> None:
    there, elsewhere = marts({"A": 5, "B": 7}), marts({"A": 6, "B": 7})
    lines = restatement.restatement("2026-10", there, [("policy", elsewhere), ("late_document", there)], there)
    told = lines.filter(pl.col("span") == "period").select("key", "before", "policy", "late_document", "after", "difference")
    assert told.rows() == [("all", 12, 1, -1, 12, 0), ("A", 5, 1, -1, 5, 0)]


def test_a_step_that_does_not_lead_to_what_is_published_is_refused() -> None:
    with pytest.raises(InvariantBroken, match="first net_amount period customer_code A: 6 computed, 5 published"):
        restatement.restatement("2026-10", marts({"A": 1}), [("late_document", marts({"A": 6, "B": -1}))], marts({"A": 5, "B": 0}))
    with pytest.raises(InvariantBroken, match="does not come out of its own files again"):
        restatement.unchanged("2026-10", marts({"A": 1}), marts({"A": 2}))


def test_grades_that_moved_name_their_causes() -> None:
    moved = restatement.grades_moved("2026-10", marts({}), [("policy", marts({}, "A")), ("plan", marts({}, "A")), ("late_document", marts({}, "C"))])
    assert moved.select("dealer_code", "grade_before", "grade_after", "causes").rows() == [("D1", "B", "C", "policy,late_document")]
    assert restatement.grades_moved("2026-10", marts({}), [("policy", marts({}))]).is_empty()
