"""Suites made from contracts, and what comes back from running them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.contracts import CONTRACTS
from pipelines.quality import expectations
from pipelines.quality.expectations import EXAMPLES, OUTCOMES, Outcome, outcomes_frame, run, suite
from tests.builders import fact_rows


def _staged(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    return fact_rows(table, *rows).select(CONTRACTS[table].staged_schema.names())


def _failed(table: str, frame: pl.DataFrame) -> list[Outcome]:
    return [outcome for outcome in run(frame, CONTRACTS[table]) if not outcome.success]


@pytest.mark.parametrize("table", sorted(CONTRACTS))
def test_every_contract_has_a_suite(table: str) -> None:
    contract = CONTRACTS[table]
    wanted = suite(contract)
    kinds = [one.kind for one in wanted]
    assert kinds[0] == "expect_table_columns_to_match_ordered_list"
    assert sum("unique" in kind for kind in kinds) == 1
    assert {one.column for one in wanted if one.kind.endswith("not_be_null")} >= {c.name for c in contract.columns if c.required}


def test_rules_that_compare_become_expectations() -> None:
    said = {one.rule: one for table in ("sales_line", "stock", "product", "customer") for one in suite(CONTRACTS[table]) if one.rule}
    due = said["due_after_document"]
    assert (due.kind, due.arguments["column_A"], due.arguments["column_B"], due.arguments["or_equal"]) == (
        "expect_column_pair_values_a_to_be_greater_than_b", "due_on", "document_date", True,
    )  # fmt: skip
    stock = said["stock_not_negative"]
    assert (stock.kind, stock.column, stock.arguments, stock.severity) == (
        "expect_column_values_to_be_between", "qty", {"min_value": 0, "strict_min": False}, "warning",
    )  # fmt: skip
    assert {"closed_after_opened", "limit_not_negative"} <= set(said)
    positive = [one for one in suite(CONTRACTS["outlet_contract"]) if one.rule == "commitment_positive"]
    assert positive[0].arguments["strict_min"]
    # A rule about several columns at once is judged row by row only.
    assert "gross_is_net_plus_tax" not in said


@pytest.mark.slow
def test_a_good_table_meets_its_suite() -> None:
    frame = _staged("sales_line", *({"document_no": "1", "line_no": str(i), "gross_amount": i} for i in range(30)))
    outcomes = run(frame, CONTRACTS["sales_line"])
    assert all(outcome.success for outcome in outcomes)
    assert [outcome.expectation for outcome in outcomes] == [one.kind for one in suite(CONTRACTS["sales_line"])]
    assert {outcome.rows for outcome in outcomes} == {30}


@pytest.mark.slow
def test_an_empty_table_meets_its_suite() -> None:
    assert _failed("sales_line", _staged("sales_line")) == []


@pytest.mark.slow
@pytest.mark.parametrize("table", sorted(CONTRACTS))
def test_every_suite_can_be_evaluated(table: str) -> None:
    frame = _staged(table, *({} for _ in range(3)))
    assert [outcome.problem for outcome in run(frame, CONTRACTS[table]) if outcome.problem] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "change", "column", "count"),
    [
        ("sales_line", {"customer_code": None}, "customer_code", 1),
        ("sales_line", {"document_kind": "bill"}, "document_kind", 1),
        ("sales_line", {"document_no": "a", "line_no": "0"}, "document_no, line_no", 2),
        ("sales_line", {"due_on": date(2025, 1, 1)}, "due_on, document_date", 1),
        ("receipt", {"receipt_no": "a"}, "receipt_no", 2),
        ("stock", {"qty": -1}, "qty", 1),
        ("visit", {"visited_at": date(2026, 1, 1), "employee_code": "E0", "customer_code": "C0"}, "visited_at, employee_code, customer_code, outlet_code", 2),
    ],
)
def test_one_bad_row_fails_one_expectation(table: str, change: dict[str, Any], column: str, count: int) -> None:
    first = {
        "sales_line": {"document_no": "a", "line_no": "0"}, "receipt": {"receipt_no": "a"}, "stock": {"product_code": "p"},
        "visit": {"employee_code": "E0", "customer_code": "C0"},
    }[table]  # fmt: skip
    failed = _failed(table, _staged(table, first, {**change}))
    assert [(outcome.column, outcome.unexpected_count, outcome.problem) for outcome in failed] == [(column, count, "")]


@pytest.mark.slow
def test_columns_in_another_order_fail() -> None:
    frame = _staged("receipt", {})
    failed = _failed("receipt", frame.select(reversed(frame.columns)))
    assert [outcome.expectation for outcome in failed] == ["expect_table_columns_to_match_ordered_list"]


@pytest.mark.slow
def test_what_cannot_be_evaluated_says_so_and_raises_nothing() -> None:
    failed = _failed("receipt", _staged("receipt", {}).drop("amount"))
    lost = [outcome for outcome in failed if outcome.column == "amount"]
    assert len(lost) == 1
    assert "amount" in lost[0].problem


@pytest.mark.slow
def test_examples_are_few_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    frame = _staged("sales_line", *({"document_no": str(i), "line_no": "1", "document_kind": f"kind {i}"} for i in range(50)))
    failed = _failed("sales_line", frame)
    assert [(outcome.unexpected_count, len(outcome.examples), outcome.examples[0]) for outcome in failed] == [(50, EXAMPLES, "kind 0")]
    assert capfd.readouterr() == ("", "")
    shown = outcomes_frame(tuple(failed))
    assert shown.schema == OUTCOMES
    assert shown["examples"][0].startswith("kind 0, kind 1")


def test_the_tool_is_imported_only_when_a_suite_is_run() -> None:
    code = f"import sys; import {expectations.__name__} as e; from pipelines.contracts import CONTRACTS; e.suite(CONTRACTS['stock']); print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.slow
def test_what_the_tool_seldom_uses_is_loaded_when_it_is_touched() -> None:
    names = ", ".join(expectations._SELDOM_USED)
    code = (
        f"import sys; import {expectations.__name__} as e; e._tool(); early = 'scipy.sparse' in sys.modules; "
        f"import {names}; print(early, round(scipy.stats.norm.cdf(0), 1), altair.Chart.__name__, [type(one).__name__ for one in sys.meta_path].count('_Late'))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "0.5", "Chart", "0"]
