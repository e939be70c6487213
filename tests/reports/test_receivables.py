"""R14: the dunning list of many salespeople, and statements cut from the marts."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.reports import dunning, excel, statement
from pipelines.reports.digest import content_digest
from pipelines.reports.model import StackedBars, Table
from tests.reports import sample


def many_people(count: int) -> dict[str, pl.DataFrame]:
    one = sample.marts()["dunning"].head(1)
    rows = [
        one.with_columns(
            pl.lit(f"E{number:03}").alias("employee_code"), pl.lit(f"P{number:03}").alias("employee_name"),
            pl.lit(f"D{number:03}").alias("document_no"), pl.lit("overdue").alias("status"), pl.lit(1, one["level"].dtype).alias("level"),
            pl.lit((count - number) * 10_000, pl.Int64).alias("amount"),
        )
        for number in range(count)
    ]  # fmt: skip
    return {"dunning": pl.concat(rows)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_fifteen_salespeople_are_drawn_and_the_rest_in_one_bar(language: Language) -> None:
    report = dunning.build(many_people(40), sample.context())
    assert report is not None
    drawn, listed = report.sections[0].blocks
    assert isinstance(drawn, StackedBars)
    assert isinstance(listed, Table)
    assert drawn.frame["person"].to_list() == [*(f"P{number:03}" for number in range(15)), dunning.REST]
    assert drawn.frame["total"].sum() == listed.frame["total"].sum() == sum(range(1, 41)) * 10_000
    assert drawn.frame["total"][-1] == sum(range(1, 26)) * 10_000
    assert listed.frame.height == 40
    assert all(tie.status == "tied" for tie in report.tie_outs if tie.left_sum)
    assert excel.book(report, language)


def test_few_salespeople_are_all_drawn() -> None:
    report = dunning.build(many_people(dunning.MOST_BARS), sample.context())
    assert report is not None
    (drawn,) = report.sections[0].blocks
    assert isinstance(drawn, StackedBars)
    assert drawn.id == "people"
    assert drawn.frame.height == dunning.MOST_BARS


def test_statements_of_all_are_those_of_each() -> None:
    marts, context = sample.marts(), sample.context(period="2026-12")
    made = statement.statements(marts, context)
    codes = [report.name.removeprefix("statement_") for report in made]
    assert len(codes) > 3
    assert [content_digest(report) for report in made] == [content_digest(statement.statement_for(code, marts, context)) for code in codes]
