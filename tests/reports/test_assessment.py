"""R15 as it is printed: the table of a month and of a year, and a person's own file, which names nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest

from pipelines.company.policy import Policy
from pipelines.contracts.marts_control import FILES, FINDINGS, TIE_OUTS
from pipelines.money import E4
from pipelines.reports.catalogue import said
from pipelines.reports.context import Marts, ReportContext
from pipelines.reports.definitions import assessment
from pipelines.reports.formats import Reader
from pipelines.reports.writers import excel, html
from tests.pipelines import test_assessment as measured

COMPANY = replace(measured.COMPANY, policy=Policy(name="Test", default_language="en"))
PEOPLE = [{**row, "name": name} for row, name in zip(measured.EMPLOYEES, ("Wang Wei", "Li Lei", "Zhao Min", "Clerk"), strict=True)]


def context(period: str = "2026-10") -> ReportContext:
    return ReportContext(
        company=COMPANY, period=measured.CALENDAR.period(period), as_of=date(2026, 10, 31), known_at=datetime(2026, 11, 8, tzinfo=UTC),
        delivered=frozenset(), tie_outs=pl.DataFrame(schema=TIE_OUTS.schema), findings=pl.DataFrame(schema=FINDINGS.schema),
        files=pl.DataFrame(schema=FILES.schema),
    )  # fmt: skip


@pytest.fixture(scope="module")
def marts() -> Marts:
    days = [{"employee_code": "E1", "day": date(2026, 10, day), "status": "absent", "source_row": day} for day in (8, 9)]
    happened = [{"employee_code": "E2", "happened_on": date(2026, 10, 9), "rubric_item": "kindness", "line": 1, "points": -E4, "note": "n"}]
    late = measured.files(without=(("E1", "2026-W41"), ("E1", "2026-W42")))
    return measured.marts(of=COMPANY, employee=PEOPLE, attendance=days, assessment_event=happened, received=late)


def test_the_table_has_a_line_a_person_and_every_reason(marts: Marts) -> None:
    report = assessment.build(marts, context())
    assert report is not None
    tables = {table.id: table.frame for table in report.tables()}
    row = tables["scheme_1"].row(by_predicate=pl.col("employee_code") == "E1", named=True)
    # Two weeks without a form, the second double: 10 + 20 of the weekly report's 40.
    assert (row["daily_work"], row["attendance"], row["score"]) == (70 * E4, 92 * E4, 76_6000)
    assert (row["who"], row["weekly_last"], row["signed"]) == ("E1 Wang Wei", 2_5000, "")
    assert tables["scheme_2"]["employee_code"].to_list() == ["M1"]
    assert int(tables["reasons"]["points"].sum()) == int(marts["assessment_item"]["lost"].sum())
    assert tables["unknown"]["item"].to_list() == ["kindness"]
    assert all(tie.status == "tied" for tie in report.all_tie_outs())
    assert said(report.headline, Reader("en")) == "3 people assessed, 91.50 points on average; E1 Wang Wei is last with 76.60"
    for language in report.languages:
        assert "76.60" in html.page(report, language)
        assert excel.book(report, language)


def test_a_manager_s_own_file_counts_what_they_answer_for_and_names_nobody(marts: Marts) -> None:
    reports = {report.name: report for report in assessment.persons(marts, context())}
    assert set(reports) == {f"assessment_person_{code}" for code in ("E1", "E2", "M1")}
    manager = reports["assessment_person_M1"]
    page = html.page(manager, "en")
    assert "1 form of the region&#39;s people, 2026-W42, cost 20.00 points" in page
    assert not [word for word in ("Wang", "E1", "Li Lei", "E2") if word in page]
    assert manager.languages == ("en",)
    assert (manager.portal, manager.sources) == ("", ())
    own = html.page(reports["assessment_person_E1"], "en")
    assert "not handed in" in own
    assert "×2" in own
    table = assessment.build(marts, context())
    assert table is not None
    assert "of 2026-W42 by E1 Wang Wei cost 20.00 points" in html.page(table, "en"), "human resources know whose"


def test_the_year_stands_in_its_last_month(marts: Marts) -> None:
    assert assessment.yearly(marts, context()) is None
    report = assessment.yearly(marts, context("2026-12"))
    assert report is not None
    [table] = report.tables()
    assert [column.name for column in table.columns] == ["who", "region_name", "2026-09", "2026-10", "months_assessed", "year_score", "signed"]
    first = table.frame.row(by_predicate=pl.col("employee_code") == "E1", named=True)
    assert (first["2026-09"], first["2026-10"], first["year_score"], first["months_assessed"]) == (100 * E4, 76_6000, 88_3000, 2)
    assert table.frame["employee_code"].to_list()[-1] == "E1", "the best first"
    assert excel.book(report, "en")


def test_nobody_assessed_is_no_report(marts: Marts) -> None:
    none = {name: frame.clear() for name, frame in marts.items()}
    assert assessment.build(none, context()) is None
    assert assessment.yearly(none, context("2026-12")) is None
    assert assessment.persons(none, context()) == []
