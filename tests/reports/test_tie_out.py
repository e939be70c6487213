"""A page each for the controls: both sums, what lies behind them with owner and age, what they touch; links that lead there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.controls.cutoff import FLOWS
from pipelines.money import E4
from pipelines.reports import catalogue
from pipelines.reports.build import REPORTS, build_all
from pipelines.reports.context import Marts, ReportContext, tie_out_rows
from pipelines.reports.definitions import tie_out
from pipelines.reports.formats import Reader
from pipelines.reports.model import Report
from pipelines.reports.writers import excel, html
from tests.reports import sample


def item(control: str, no: int, **more: object) -> dict[str, object]:
    return {"control": control, "statement": "ledger", "item_no": no, "kind": "kept_out", "rule": "missing", "rows": 1, "state": "open",
            "owner": "finance", **more}  # fmt: skip


def marts() -> Marts:
    items = sample.rows_of(
        "tie_out_item",
        item("C3", 1, subject="receivables", table="sales_line", document="XS-1", source_file="erp/a.csv", source_row=5, cell="M5",
             amount=7 * E4, since=date(2026, 10, 21), age_days=10),
        item("C3", 2, subject="receivables", kind="unexplained", rule="", amount=8 * E4),
        item("C12", 1, statement="cut_off_bridge", subject="R1", kind="crossing", rule="shipped_earlier", document="XS-2", amount=-3 * E4,
             since=date(2026, 9, 30), age_days=31, state="explained"),
    )  # fmt: skip
    step = dict.fromkeys(FLOWS, 0)
    bridge = sample.rows_of(
        "cut_off",
        {"region_code": "R1", "by_invoice": 100 * E4, **step, "shipped_earlier": 3 * E4, "not_invoiced": 5 * E4, "by_shipment": 102 * E4},
        {"region_code": "R2", "by_invoice": 50 * E4, **step, "by_shipment": 50 * E4},
    )
    returned = pl.DataFrame({"source_file": ["erp/a.csv"], "file": ["../../../../shelf/returned/x/a.xlsx"]})
    return {**sample.marts(), "tie_out_item": items, "cut_off": bridge, "returned": returned}


def context(severity: str = "warning") -> ReportContext:
    told = sample.context()
    crossing = {"control": "C12", "statement": "cut_off_bridge", "subject": "R1", "left_label": "invoiced_and_bridged", "left_amount": 102 * E4,
                "right_label": "by_shipment", "right_amount": 102 * E4, "status": "tied", "reports": "R4,R10", "measure": "amount", "invariant": True}  # fmt: skip
    found = {"control": "C12", "rule": "shipped_earlier", "severity": severity, "subject": "XS-2", "found": "2026-09-30", "expected": "2026-10-01",
             "amount": 3 * E4, "owner": "finance", "reports": "R4,R10"}  # fmt: skip
    return replace(
        told,
        tie_outs=pl.concat([told.tie_outs, sample.rows_of("tie_outs", crossing)]),
        findings=pl.concat([told.findings, sample.rows_of("findings", found)]),
    )


def pages(severity: str = "warning") -> dict[str, Report]:
    return {report.name: report for report in tie_out.pages(marts(), context(severity), [(one.id, one.name, one.title) for one in REPORTS])}


def test_there_is_a_page_for_each_control_that_had_something_to_ask() -> None:
    assert {"tie_out_c1", "tie_out_c3", "tie_out_c7", "tie_out_c12"} <= set(pages())
    assert "tie_out_c6" not in pages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_names_both_sums_the_difference_and_every_item_with_owner_and_age(language: Language) -> None:
    report = pages()["tie_out_c3"]
    text = html.page(report, language)
    assert catalogue.said(tie_out.QUESTIONS["C3"], Reader(language)) in text
    for figure in ("13,400,000.00", "13,385,000.00", "15,000.00", "XS-1", "2026-10-21", ">10<", "8.00"):
        assert figure in text, figure
    assert catalogue.said(tie_out.KINDS["unexplained"], Reader(language)) in text
    place = '<span class="step">erp/</span><span class="step">a.csv!</span><span class="step">M5</span>'
    assert f'<a href="../../../../shelf/returned/x/a.xlsx">{place}</a>' in text
    assert excel.book(report, language)


def test_the_bridge_leads_from_sales_by_invoice_to_sales_by_shipment() -> None:
    [table] = [table for table in pages()["tie_out_c12"].tables() if table.id == "bridge"]
    total = table.frame.filter(pl.col("role") == "total").row(0, named=True)
    assert total["by_invoice"] + sum(total[name] for name in FLOWS) == total["by_shipment"] == 152 * E4
    assert [column.name for column in table.columns] == ["region_code", "by_invoice", "shipped_earlier", "not_invoiced", "by_shipment"]


def test_regions_are_called_by_their_names_and_documents_without_their_table() -> None:
    regions = sample.rows_of("region", *({"region_code": code, "name": name, "valid_from": date(2020, 1, 1)} for code, name in (("R1", "华东"), ("R2", "华南"))))
    items = sample.rows_of("tie_out_item", item("C7", 1, statement="", rule="duplicate_key", table="stock", document="stock 总库 / 010004 / finished"))
    told = {**marts(), "region": regions}
    told["tie_out_item"] = pl.concat([told["tie_out_item"], items])
    made = {report.name: html.page(report, "zh-Hans") for report in tie_out.pages(told, context(), [])}
    bridge = made["tie_out_c12"][made["tie_out_c12"].index('<section id="section_bridge"') :]
    assert ">华东</th>" in bridge
    assert ">R1</th>" not in bridge
    assert ">总库 / 010004 / 成品<" in made["tie_out_c7"]


def test_a_table_without_amounts_ties_by_its_rows() -> None:
    one = {"control": "C2", "subject": "work_plan", "left_label": "raw", "right_label": "facts", "status": "tied", "invariant": True}
    ties = sample.rows_of(
        "tie_outs",
        {**one, "statement": "kind_month_amount", "measure": "amount", "left_amount": 0, "right_amount": 0},
        {**one, "statement": "kind_month_rows", "measure": "rows", "left_amount": 4768 * E4, "right_amount": 4768 * E4},
        {**one, "statement": "kind_month_amount", "measure": "amount", "subject": "receipt", "left_amount": 5 * E4, "right_amount": 5 * E4},
        {**one, "statement": "kind_month_rows", "measure": "rows", "subject": "receipt", "left_amount": 2 * E4, "right_amount": 2 * E4},
    )
    assert sorted((tie.left_e4 // E4, tie.counted) for tie in tie_out_rows(ties)) == [(5, False), (4768, True)]


@pytest.mark.parametrize(("severity", "effect"), [("warning", "warning"), ("error", "error"), ("info", "ok")])
def test_a_page_says_what_the_control_does_to_the_reports_that_it_touches(severity: str, effect: str) -> None:
    [table] = [table for table in pages(severity)["tie_out_c12"].tables() if table.id == "touched"]
    assert table.frame.select("id", "effect").rows() == [("R4", effect), ("R10", effect)]


def test_reports_and_pages_lead_to_each_other_through_the_portal() -> None:
    every = {report.name: report for _, report in build_all(marts(), context())}
    target = "../../../../portal/tie_outs.en.html#2026-10-"
    assert f'href="{target}C3"' in html.page(every["receivables"], "en")
    assert f'href="{target}C3"' in html.page(every["control"], "en")
    assert f'href="{target}R20"' in html.page(every["tie_out_c3"], "en")
    assert f'href="{target}C3"' not in html.page(every["tie_out_c3"], "en"), "a page does not lead to itself"
    assert all("portal/" not in html.page(report, "en") for name, report in every.items() if name.startswith("statement_"))
