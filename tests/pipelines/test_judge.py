"""Which rows are refused, listed or loaded, and what is said of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl
import pytest

from pipelines.contracts import CONTRACTS, Column, Contract, Kind, Rule, t
from pipelines.quality.judge import FAULT_SCHEMA, judge, no_faults, repeats, value_text
from tests.builders import fact_rows, money

KNOWN = {
    "customer.customer_code": pl.Series(["D1", "D2"]),
    "product.product_code": pl.Series(["P1"]),
    "outlet.outlet_code": pl.DataFrame({"dealer_code": ["D1", "D2"], "outlet_code": ["001", "002"]}),
    "region.region_code": pl.Series(["R1"]),
}


def _rows(table: str, *rows: dict[str, Any], **shared: Any) -> pl.DataFrame:
    frame = fact_rows(table, *({**shared, **row} for row in rows))
    return frame.select(CONTRACTS[table].staged_schema.names())


def _lines(*rows: dict[str, Any]) -> pl.DataFrame:
    return _rows("sales_line", *rows, customer_code="D1", product_code="P1")


def _judge(table: str, frame: pl.DataFrame, **options: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    good, faults = judge(frame, CONTRACTS[table], KNOWN, **options)
    assert faults.schema == FAULT_SCHEMA
    assert good.schema == CONTRACTS[table].staged_schema
    return good, faults


def _rules(faults: pl.DataFrame) -> list[str]:
    return faults["rule"].to_list()


def test_good_rows_pass_untouched() -> None:
    frame = _lines({"document_no": "1", "line_no": "1"}, {"document_no": "1", "line_no": "2"})
    good, faults = _judge("sales_line", frame)
    assert good.equals(frame)
    assert faults.is_empty()


def test_an_empty_frame_is_judged() -> None:
    good, faults = _judge("sales_line", _lines())
    assert good.is_empty()
    assert faults.is_empty()


@pytest.mark.parametrize(
    ("change", "rule", "column"),
    [
        ({"customer_code": None}, "missing", "customer_code"),
        ({"customer_code": ""}, "missing", "customer_code"),
        ({"net_amount": None}, "missing", "net_amount"),
        ({"customer_code": "D9"}, "unknown_reference", "customer_code"),
        ({"document_kind": "bill"}, "not_in_list", "document_kind"),
        ({"qty": -1}, "invoice_is_positive", "net_amount"),
        ({"gross_amount": 10, "tax_amount": 1, "net_amount": 0}, "gross_is_net_plus_tax", "gross_amount"),
    ],
)
def test_each_kind_of_fault_refuses_its_row(change: dict[str, Any], rule: str, column: str) -> None:
    good, faults = _judge("sales_line", _lines({"document_no": "1", **change}, {"document_no": "2"}))
    assert good["document_no"].to_list() == ["2"]
    assert faults.select("rule", "column", "severity", "reason_no", "source_row", "goes_with").rows() == [
        (rule, column, "error", 1, 2, False)
    ]


def test_null_passes_every_rule_but_its_own() -> None:
    good, faults = _judge("sales_line", _lines({"gross_amount": 5, "tax_amount": None, "due_on": None, "employee_code": None}))
    assert len(good) == 1
    assert faults.is_empty()


def test_a_warning_lists_the_row_and_loads_it() -> None:
    line = {"qty": money(2), "unit_price": 10 * 10**8, "net_amount": money("20.02")}
    good, faults = _judge("sales_line", _lines({"document_no": "1", **line}))
    assert len(good) == 1
    assert faults.select("rule", "severity", "found").rows() == [("amount_is_qty_times_price", "warning", "20.02")]


def test_a_fen_of_rounding_is_no_warning() -> None:
    line = {"qty": money("1.5"), "unit_price": 3_333_333, "net_amount": money("0.05")}
    assert _judge("sales_line", _lines(line))[1].is_empty()


def test_every_reason_of_a_row_is_numbered_errors_first() -> None:
    slip = {"document_kind": "red_slip", "customer_code": "D9", "product_code": "P9", "origin_document_no": None, "net_amount": money(-5)}
    _, faults = _judge("sales_line", _rows("sales_line", slip))
    assert faults.select("reason_no", "severity", "rule", "amount").rows() == [
        (1, "error", "unknown_reference", money(-5)),
        (2, "error", "unknown_reference", money(-5)),
        (3, "warning", "slip_names_origin", money(-5)),
    ]


def test_a_document_goes_whole_and_companions_are_no_faults() -> None:
    frame = _lines(
        {"document_no": "1", "line_no": "1", "net_amount": money(3)},
        {"document_no": "1", "line_no": "2", "customer_code": "D9"},
        {"document_no": "2", "line_no": "1"},
    )
    good, faults = _judge("sales_line", frame)
    assert good["document_no"].to_list() == ["2"]
    assert faults.select("source_row", "rule", "goes_with", "amount", "document").rows() == [
        (2, "goes_with_document", True, money(3), "1"),
        (3, "unknown_reference", False, 0, "1"),
    ]


def test_identical_repeats_count_once_and_are_not_faults() -> None:
    frame = _lines({"document_no": "1", "line_no": "1"}, {"document_no": "1", "line_no": "1"}, {"document_no": "1", "line_no": "1"})
    good, faults = _judge("sales_line", frame)
    assert good["source_row"].to_list() == [2]
    assert faults.is_empty()
    assert repeats(frame, CONTRACTS["sales_line"], faults)["source_row"].to_list() == [3, 4]


def test_one_key_with_different_content_refuses_every_row_of_it() -> None:
    same = {"document_no": "1", "line_no": "1"}
    frame = _lines({**same, "net_amount": 1}, {**same, "net_amount": 2}, same | {"net_amount": 1}, {"document_no": "2", "line_no": "1"})
    good, faults = _judge("sales_line", frame)
    assert good["document_no"].to_list() == ["2"]
    assert faults.select("source_row", "rule", "found", "expected").rows() == [
        (2, "duplicate_key", "1 / 1", "test.csv!3"),
        (3, "duplicate_key", "1 / 1", "test.csv!2"),
        (4, "duplicate_key", "1 / 1", "test.csv!2"),
    ]


def test_rows_that_are_companions_or_repeats_are_counted_once() -> None:
    frame = _lines(
        {"document_no": "1", "line_no": "1"},
        {"document_no": "1", "line_no": "1"},
        {"document_no": "1", "line_no": "2", "customer_code": "D9"},
    )
    good, faults = _judge("sales_line", frame)
    rejected = faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))
    assert (len(good), len(rejected), len(repeats(frame, CONTRACTS["sales_line"], faults))) == (0, 2, 1)


def test_a_faulty_row_delivered_twice_is_refused_twice_and_no_repeat() -> None:
    frame = _lines(*({"document_no": "1", "line_no": "1", "customer_code": "D9"} for _ in range(2)))
    good, faults = _judge("sales_line", frame)
    assert (len(good), len(faults), len(repeats(frame, CONTRACTS["sales_line"], faults))) == (0, 2, 0)


def test_a_key_column_may_be_blank() -> None:
    visits = _rows("visit", {"outlet_code": None, "note": "a"}, {"outlet_code": None, "note": "b"}, employee_code="E1", customer_code="D1")
    _, faults = _judge("visit", visits)
    assert _rules(faults) == ["duplicate_key", "duplicate_key"]
    assert faults["found"][0] == "2026-01-01 / E1 / D1 / "


def test_outlets_are_known_within_their_dealer() -> None:
    frame = _rows(
        "sell_out",
        {"dealer_code": "D1", "outlet_code": "001"},
        {"dealer_code": "D1", "outlet_code": "002"},
        {"dealer_code": "D9", "outlet_code": "001"},
        product_code="P1",
    )
    good, faults = _judge("sell_out", frame)
    assert good["source_row"].to_list() == [2]
    # The third row's dealer is unknown: its outlet is not blamed for it.
    assert faults.select("source_row", "column").rows() == [(3, "outlet_code"), (4, "dealer_code")]


def test_a_wildcard_refers_to_nothing() -> None:
    frame = _rows("plan", {"region_code": "R1", "customer_code": "all"}, {"region_code": "R2"})
    _, faults = _judge("plan", frame)
    assert faults.select("source_row", "rule", "found", "expected").rows() == [(3, "unknown_reference", "R2", "region.region_code")]


def test_an_unnamed_reference_is_not_checked() -> None:
    frame = _lines({"employee_code": "nobody knows"})
    assert judge(frame, CONTRACTS["sales_line"], {})[1].is_empty()


def test_faults_of_reading_are_taken_up() -> None:
    frame = _lines({"document_no": "1", "net_amount": None, "customer_code": "D9"}, {"document_no": "1", "line_no": "2"}, {"document_no": "2"})
    read = pl.DataFrame(
        [
            {"rule": "not_a_number", "severity": "error", "column": "net_amount", "cell": "F2", "found": "1o0", "source_row": 2, "delivered": '{"net_amount": "1o0"}'},
            {"rule": "total_row_differs", "severity": "warning", "column": "net_amount", "cell": "F9", "found": "7", "source_row": 9},
        ]
    ).with_columns(source_file=pl.lit("test.csv"), source_sha256=pl.lit("0" * 64), source_sheet=pl.lit(""), source_column=pl.lit(""))
    earlier = pl.concat([no_faults(), read], how="diagonal").with_columns(goes_with=pl.lit(False), amount_unreadable=pl.lit(True))
    good, faults = _judge("sales_line", frame, earlier=earlier)
    assert good["document_no"].to_list() == ["2"]
    assert faults.select("source_row", "reason_no", "rule", "cell", "amount_unreadable").rows() == [
        (2, 1, "not_a_number", "F2", True),
        (2, 2, "unknown_reference", "", True),
        (3, 1, "goes_with_document", "", False),
        (9, None, "total_row_differs", "F9", True),
    ]
    assert [json.loads(text)["net_amount"] for text in faults["delivered"][:3]] == ["1o0", "1o0", "0"]


def test_cells_are_named_by_file_and_sheet() -> None:
    cells = pl.DataFrame(
        {"source_sha256": "0" * 64, "source_sheet": "", "column": ["customer_code", "line_no"], "letter": ["C", "AB"]},
    )
    frame = _lines({"document_no": "1", "customer_code": "D9"}, {"document_no": "2", "net_amount": 1}, {"document_no": "2"}).with_columns(
        line_no=pl.lit("1")
    )
    _, faults = _judge("sales_line", frame, cells=cells)
    assert faults.select("rule", "column", "cell").rows() == [
        ("unknown_reference", "customer_code", "C2"),
        ("duplicate_key", "line_no", "AB3"),
        ("duplicate_key", "line_no", "AB4"),
    ]


def test_what_was_delivered_stands_beside_the_fault() -> None:
    frame = _lines({"document_no": "1", "customer_code": "D9", "net_amount": money("12.5")})
    assert json.loads(_judge("sales_line", frame)[1]["delivered"][0])["net_amount"] == "12.5"
    text = frame.with_columns(pl.lit("12,50 元").alias("net_amount"))
    assert json.loads(_judge("sales_line", frame, delivered=text)[1]["delivered"][0])["net_amount"] == "12,50 元"


def test_layout_and_sender_are_copied() -> None:
    frame = _lines({"customer_code": "D9"}).with_columns(layout=pl.lit("erp"), sender=pl.lit("finance"))
    _, faults = _judge("sales_line", frame)
    assert faults.select("table", "layout", "sender", "business_date").rows() == [("sales_line", "erp", "finance", date(2026, 1, 1))]


def test_the_order_of_rows_moves_no_verdict() -> None:
    frame = _lines(*({"document_no": str(i // 2), "line_no": str(i % 2), "customer_code": "D9" if i == 3 else "D1"} for i in range(8)))
    there, back = _judge("sales_line", frame), _judge("sales_line", frame.reverse())
    assert there[0].equals(back[0].sort("source_row"))
    assert there[1].equals(back[1].sort("source_row"))


@pytest.mark.parametrize(
    ("stored", "kind", "text"),
    [(125000, Kind.MONEY, "12.5"), (-1, Kind.MONEY, "-0.0001"), (0, Kind.QTY, "0"), (13_000_000, Kind.RATE, "0.13"), (7, Kind.INT, "7"), (None, Kind.MONEY, "")],
)
def test_values_are_said_plainly(stored: int | None, kind: Kind, text: str) -> None:
    frame = pl.DataFrame({"v": [stored]}, schema={"v": pl.Int64})
    assert frame.select(value_text(pl.col("v"), kind)).item() == text


def test_a_contract_without_amount_date_or_document() -> None:
    contract = Contract(
        "small", "erp", t("Small", "小"), grain=("a", "b"),
        columns=(Column("a", Kind.CODE, t("A", "甲")), Column("b", Kind.INT, t("B", "乙"))),
        rules=(Rule("b_positive", pl.col("b") > 0, t("B is positive.", "乙为正。"), "b"),),
    )  # fmt: skip
    place = {"source_file": "f", "source_sha256": "s", "source_sheet": "Plan", "source_row": 1, "source_column": ""}
    frame = pl.DataFrame([{"a": "x", "b": -1, **place}], schema=contract.staged_schema)
    good, faults = judge(frame, contract, {})
    assert good.is_empty()
    assert faults.select("rule", "amount", "business_date", "document", "found").rows() == [("b_positive", None, None, "", "-1")]
