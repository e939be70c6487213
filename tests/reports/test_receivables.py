"""R14: the dunning list of many salespeople, and statements cut from the marts."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.reports.definitions import dunning, statement
from pipelines.reports.digest import content_digest
from pipelines.reports.model import Count, Message, Money, Notes, StackedBars, Table
from pipelines.reports.writers import excel
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
def test_fifteen_salespeople_are_drawn_and_a_note_says_what_the_rest_adds_up_to(language: Language) -> None:
    report = dunning.build(many_people(40), sample.context())
    assert report is not None
    drawn, note, listed = report.sections[0].blocks
    assert isinstance(drawn, StackedBars)
    assert isinstance(note, Notes)
    assert isinstance(listed, Table)
    assert drawn.frame["person"].to_list() == [f"P{number:03}" for number in range(15)]
    (words,) = note.items
    assert isinstance(words, Message)
    assert words.values["n"] == Count(25)
    assert words.values["amount"] == words.values["overdue"] == Money(sum(range(1, 26)) * 10_000)
    assert drawn.frame["total"].sum() + sum(range(1, 26)) * 10_000 == listed.frame["total"].sum()
    assert listed.frame.height == 40
    assert all(tie.status == "tied" for tie in report.tie_outs if tie.left_sum)
    assert excel.book(report, language)


def test_salespeople_of_one_name_are_told_apart_by_their_codes() -> None:
    items = many_people(3)["dunning"].with_columns(
        pl.when(pl.col("employee_code") == "E002").then(pl.lit("P000")).otherwise("employee_name").alias("employee_name")
    )
    report = dunning.build({"dunning": items}, sample.context())
    assert report is not None
    (drawn,) = report.sections[0].blocks
    assert isinstance(drawn, StackedBars)
    assert drawn.frame["person"].to_list() == ["P000 E000", "P001", "P000 E002"]


def test_a_statement_adds_up_what_is_open_and_says_what_is_owed_once() -> None:
    marts, context = sample.marts(), sample.context(period="2026-12")
    for report in statement.statements(marts, context):
        assert report.headline not in [section.headline for section in report.sections]
        for table in report.tables():
            if table.id == "items":
                assert [column.name for column, _, _ in table.totals()] == ["amount", "open_amount"]


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
