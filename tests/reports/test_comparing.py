from __future__ import annotations

import polars as pl

from pipelines.reports import catalogue
from pipelines.reports.definitions import comparing, dealer_summary, monthly_review, sales_monthly
from pipelines.reports.formats import Reader
from pipelines.reports.model import Words
from pipelines.reports.writers import html
from tests.reports import sample


def said(words: Words) -> str:
    return catalogue.said(words, Reader("en"))


def test_rows_in_which_nothing_is_are_left_out_of_a_comparison() -> None:
    plan_actual = sample.plan_actual()
    region = (pl.col("cut") == "region_code") & (pl.col("key") == "R1")
    idle = plan_actual.with_columns(pl.when(region).then(pl.lit(0)).otherwise(name).alias(name) for name in ("actual", "plan", "py"))
    before = comparing.Comparison.of(plan_actual, "net_amount", "region_code", "period")
    after = comparing.Comparison.of(idle, "net_amount", "region_code", "period")
    assert before is not None
    assert after is not None
    assert set(before.rows["key"]) - set(after.rows["key"]) == {"R1"}


def test_the_quantity_s_headline_names_the_unit_that_most_is_sold_in() -> None:
    report = sales_monthly.build(sample.marts(), sample.context())
    assert report is not None
    section = next(section for section in report.sections if section.id == "section_quantities")
    table = report.tables()[[table.id for table in report.tables()].index("quantities")]
    assert f"({table.frame['unit'][0]})" in said(section.headline)


def test_a_report_without_plan_does_not_promise_one() -> None:
    marts = {**sample.marts(), "plan_actual": sample.plan_actual(planned=False)}
    report = sales_monthly.build(marts, sample.context())
    assert report is not None
    assert said(report.subtitle).endswith("October 2026 and year to date · actual and last year")


def test_managers_are_missed_only_where_managers_write() -> None:
    marts = sample.marts()
    none = {name: frame for name, frame in marts.items() if name != "commentary"}
    report = monthly_review.build(none, sample.context())
    assert report is not None
    assert "has not yet commented" not in html.page(report, "en")


def test_dealers_without_any_indicator_are_no_report() -> None:
    marts = sample.marts()
    assert dealer_summary.build(marts, sample.context()) is not None
    unknown = [pl.lit(None).cast(marts["dealer_indicators"].schema[name]).alias(name) for name in ("score", "grade", *dealer_summary.KPIS)]
    silent = {**marts, "dealer_indicators": marts["dealer_indicators"].with_columns(unknown)}
    assert dealer_summary.build(silent, sample.context()) is None
