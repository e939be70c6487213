"""What each report says: figures tie to its marts, absent tables leave no gap, every sentence has its translations."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.company.company import Sender
from pipelines.contracts.model import LANGUAGES, Language
from pipelines.money import E4
from pipelines.reports import build, catalogue, portal
from pipelines.reports import context as context_of
from pipelines.reports.context import Marts, tie
from pipelines.reports.definitions import comparing, control, statement
from pipelines.reports.formats import Reader
from pipelines.reports.model import Message, Name, Report, TieOutList, VarianceTable, Waterfall, Words
from pipelines.reports.writers import excel, html
from tests.reports import sample

CHINESE: tuple[Language, ...] = ("zh-Hans", "zh-Hant")


@pytest.fixture(scope="module")
def marts() -> Marts:
    return sample.marts()


@pytest.fixture(scope="module")
def reports(marts: Marts) -> dict[str, Report]:
    return {report.name: report for _, report in build.build_all(marts, sample.context())}


def said(words: Words, language: Language = "en") -> str:
    return catalogue.said(words, Reader(language))


def test_every_report_is_built_from_its_marts(reports: dict[str, Report]) -> None:
    assert list(reports) == [
        "monthly_review", "sales_monthly", "sales_weekly", "market_weekly", "market_monthly", "region_sales", "dealer_summary", "weekly_work_plan",
        "monthly_work_plan", "activity_weekly", "activity_monthly", "target_customers", "receivables", "dunning", "submissions", "control",
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_report_prints_as_page_and_workbook(reports: dict[str, Report], language: Language) -> None:
    for report in reports.values():
        assert said(report.title, language) in html.page(report, language)
        assert excel.book(report, language)


def test_sales_without_plan_compare_with_last_year() -> None:
    marts = {**sample.marts(), "plan_actual": sample.plan_actual(planned=False)}
    marts["variance_causes"] = marts["variance_causes"].filter(pl.col("base") == "last_year")
    report = build.sales_monthly.build(marts, sample.context())
    assert report is not None
    assert said(report.headline).startswith("January–October 2026 net sales CNY 212,736k, +5.6% on last year")
    assert not [block for section in report.sections for block in section.blocks if isinstance(block, VarianceTable) and block.pl]


def test_a_plan_without_quantities_says_so() -> None:
    marts = sample.marts()
    marts["variance_causes"] = marts["variance_causes"].filter(pl.col("base") == "last_year")
    marts["top_causes"] = marts["top_causes"].filter(pl.col("base") == "last_year")
    report = build.sales_monthly.build(marts, sample.context())
    assert report is not None
    assert "the causes shown compare with last year" in html.page(report, "en")
    assert "Planned, not sold" not in html.page(report, "en")


def test_sections_without_tables_are_absent(marts: Marts) -> None:
    only = {"plan_actual": marts["plan_actual"]}
    report = build.sales_monthly.build(only, sample.context())
    assert report is not None
    assert {section.id for section in report.sections} == {
        "section_lines_month", "section_lines_year", "section_products", "section_quantities", "section_unplanned",
    }  # fmt: skip
    assert [kind.name for kind, _ in build.build_all({}, sample.context())] == ["control"]


def test_headlines_tie_to_the_figures_beside_them(reports: dict[str, Report]) -> None:
    section = next(section for section in reports["region_sales"].sections if section.id == "section_regions_month")
    block = section.blocks[0]
    assert isinstance(block, VarianceTable)
    detail = block.frame.filter(pl.col("role") == "")
    below = detail.filter(pl.col("delta_pl") < 0).sort("delta_pl")
    text = said(section.headline)
    assert text.startswith(f"{below.height} regions are below plan, {below['label'][0]} by most")
    assert f"−CNY {-below['delta_pl'][0] / E4 / 1000:.0f}k" in text
    assert said(section.headline, "zh-Hans").startswith("3 个区域低于计划，华北缺口最大（−42.5 万元）")


def test_one_region_below_is_singular(marts: Marts) -> None:
    fewer = marts["plan_actual"].filter(~((pl.col("cut") == "region_code") & pl.col("key").is_in(["R2", "R4"])))
    comparison = build.region_sales.Comparison.of(fewer, "net_amount", "region_code", "period")
    assert comparison is not None
    headline = build.region_sales.comparing.headline(comparison, build.region_sales.comparing.REGION_PHRASES)
    assert said(headline).startswith("1 region is below plan, 华北 by most")


def test_a_headline_names_a_cause_only_when_the_causes_explain_its_variance(marts: Marts) -> None:
    report = build.monthly_review.build(marts, sample.context())
    assert report is not None
    assert said(report.headline).endswith("mainly items planned but not sold (−CNY 600k)")
    other = {**marts, "variance_causes": marts["variance_causes"].with_columns(pl.col("variance") + 1)}
    without = build.monthly_review.build(other, sample.context())
    assert without is not None
    assert "mainly" not in said(without.headline)


def test_totals_that_are_no_sum_are_not_called_one(marts: Marts) -> None:
    company = pl.col("cut") == "company"
    layered = marts["plan_actual"].with_columns(pl.when(company).then(pl.col("plan") + 1).otherwise("plan").alias("plan"))
    report = build.sales_monthly.build({**marts, "plan_actual": layered}, sample.context())
    assert report is not None
    table = next(table for table in report.tables() if table.id == "lines_month")
    assert table.roles() == ["", "", "subtotal"]
    assert "The total holds more than the rows" in html.page(report, "en")


def test_a_printed_total_that_differs_from_its_mart_stops_its_report_only(marts: Marts) -> None:
    company = (pl.col("cut") == "company") & (pl.col("measure") == "net_amount")
    wrong = marts["plan_actual"].with_columns(pl.when(company).then(pl.col("actual") + 1).otherwise("actual").alias("actual"))
    built = {report.name: report for _, report in build.build_all({**marts, "plan_actual": wrong}, sample.context())}
    assert [name for name, report in built.items() if build.is_stopped(report)] == ["monthly_review", "sales_monthly", "region_sales"]
    assert tie("C4", Name("x"), Name("a"), 1, Name("b"), 2).status == "broken"


def test_printed_totals_are_what_the_facts_are_held_against(reports: dict[str, Report], marts: Marts) -> None:
    printed = build.printed_totals(reports.values())
    total = marts["plan_actual"].filter((pl.col("cut") == "company") & (pl.col("measure") == "net_amount"))["actual"][0]
    assert printed.filter(pl.col("name") == "net_amount").rows() == [(id, "net_amount", total) for id in ("R13", "R4", "R3", "R10")]
    assert printed.filter(pl.col("name") == "receipts").height == 1


def test_waterfalls_lead_from_base_to_actual(reports: dict[str, Report]) -> None:
    falls = [b for section in reports["sales_monthly"].sections for b in section.blocks if isinstance(b, Waterfall)]
    assert len(falls) == 4
    for fall in falls:
        assert fall.steps[0].amount + sum(step.amount for step in fall.steps[1:-1]) == fall.steps[-1].amount


def test_an_open_period_shows_its_pace(marts: Marts) -> None:
    report = build.sales_monthly.build(marts, sample.context(as_of=date(2026, 10, 20)))
    assert report is not None
    pace = next(section for section in report.sections if section.id == "section_pace")
    assert said(pace.headline) == "+2.9pp ahead of the working days gone by; at this pace the period ends at CNY 10,492k"


def test_receivables_tie_in_every_way(reports: dict[str, Report]) -> None:
    report = reports["receivables"]
    own = [tie_out for tie_out in report.tie_outs if tie_out.left_sum]
    assert len(own) == 5
    assert all(tie_out.difference_e4 == 0 for tie_out in own)
    assert said(report.headline).startswith("CNY 13,230k receivable, CNY 4,300k overdue (30.0%) at 6 customers")


def test_a_broken_tie_out_warns_only_the_reports_that_it_touches(reports: dict[str, Report]) -> None:
    assert reports["receivables"].state == "warned"
    assert reports["monthly_review"].state == "published"
    assert reports["sales_monthly"].checks is not None
    assert (reports["sales_monthly"].checks.passed, reports["sales_monthly"].checks.total) == (5, 6)


def test_many_tied_rows_are_folded_into_one() -> None:
    one = sample.tie_outs().filter(pl.col("statement") == "file_total")
    many = pl.concat([one.with_columns(pl.lit(f"file {i}").alias("subject")) for i in range(5)])
    report = build.sales_monthly.build(sample.marts(), replace(sample.context(), tie_outs=many))
    assert report is not None
    folded = report.tie_outs[-1]
    assert said(folded.statement) == "The file's own total row equals its lines (5 tie-outs)"
    assert folded.left_e4 == 5 * one["left_amount"][0]


def test_control_lists_what_does_not_tie_and_where(reports: dict[str, Report]) -> None:
    report = reports["control"]
    listed = [block for section in report.sections for block in section.blocks if isinstance(block, TieOutList)]
    assert [tie_out.status for tie_out in listed[0].tie_outs] == ["broken", "within_tolerance"]
    page = html.page(report, "zh-Hans").replace("\u00a0", " ")
    assert "4 项检查中 2 项未通过；共 2 例：错误 1 例、警告 1 例" in page
    assert "4 笔核对中 1 笔不一致" in page
    assert "隔离 2 行（0.40 万元）；其中 1 行金额无法读取" in page


def test_the_control_report_says_what_rows_kept_out_explain_of_the_ledger(marts: Marts) -> None:
    def refused(table: str, amount: int | None, day: date | None, rule: str = "not_in_list", found: str = "", **delivered: str) -> dict[str, Any]:
        place = {"layout": "erp", "sender": "erp", "source_file": "erp/a.csv", "severity": "error", "reason_no": 1}
        said = json.dumps(delivered)
        return {**place, "table": table, "amount": amount, "business_date": day, "rule": rule, "found": found, "delivered": said}

    day = sample.AS_OF
    rows = sample.rows_of(
        "quarantine",
        refused("sales_line", 100 * E4, day, net_amount="100", gross_amount="109", document_kind="invoice"),
        refused("sales_line", 50 * E4, day, net_amount="50", gross_amount="54.5", document_kind="delivery"),
        refused("sales_line", None, day),
        refused("sales_line", 7 * E4, day, "duplicate_key", "A / 1", net_amount="7", gross_amount="7.63"),
        refused("sales_line", 7 * E4, day, "duplicate_key", "A / 1", net_amount="7", gross_amount="7.64"),
        refused("receipt", 30 * E4, date(2026, 9, 1)),
    )
    context = sample.context()
    found = {row["account"]: row for row in control.ledger_rows(sample.tie_outs(), rows, context.period, context.as_of).to_dicts()}
    assert (found["revenue"]["kept_out"], found["revenue"]["unsettled"]) == (-107 * E4, 1)
    assert (found["receivables"]["kept_out"], found["receivables"]["unsettled"]) == ((30 - 109) * E4, 2)
    assert all(row["rest"] == row["difference"] - row["kept_out"] for row in found.values())


def test_a_statement_is_in_the_recipients_language_only(marts: Marts) -> None:
    context = sample.context()
    assert statement.statement_for("00107", marts, context).languages == ("en",)
    report = statement.statement_for("00101", marts, context)
    assert report.languages == ("zh-Hans",)
    assert said(report.headline, "zh-Hans") == "贵方应付 3,730,000.00 元，其中逾期 630,000.00 元"
    assert "回执编号：00101-" in html.page(report, "zh-Hans")
    assert {table.id for table in report.tables()} == {"items", "drafts"}


def test_a_statement_tells_a_customer_nothing_about_the_company(marts: Marts) -> None:
    report = statement.statement_for("00107", marts, sample.context())
    assert report.sources == ()
    assert [tie_out.control for tie_out in report.tie_outs] == ["C4", "C6"]
    assert report.state == "published"
    page = html.page(report, "en")
    assert "erp/sales.csv" not in page
    assert "13,400,000.00" not in page


def test_statements_are_made_in_their_months(marts: Marts) -> None:
    assert statement.statements(marts, sample.context()) == []
    made = statement.statements(marts, sample.context(period="2026-12"))
    assert [report.name for report in made][:2] == ["statement_00101", "statement_00102"]
    assert len(made) == len(sample.CUSTOMERS)


def test_a_statement_for_nobody_is_refused(marts: Marts) -> None:
    with pytest.raises(statement.UnknownCustomerError, match="Customer '9' has no account"):
        statement.statement_for("9", marts, sample.context())


def test_open_checks_stand_on_the_page_with_severity_and_owner(marts: Marts) -> None:
    context = sample.context()
    report = next(report for kind, report in build.build_all(marts, context) if kind.name == "sales_monthly")
    assert report.checks is not None
    assert len(report.open_checks) == report.checks.total - report.checks.passed
    assert [check.rule for check in report.open_checks] == ["numbering_gap"]
    page = html.page(report, "en")
    assert 'href="#checks"' in page
    assert re.search(r"6 checks: 5 passed, 1 (error|warning)", page)
    assert "Checks that did not pass" in page
    assert "Gap in document numbers" in page


def test_senders_are_called_by_code_and_name() -> None:
    marts = {
        "customer": pl.DataFrame({"customer_code": ["D1", "D1"], "name": ["New", "Old"], "valid_from": [date(2026, 5, 1), date(2025, 1, 1)]}),
        "employee": pl.DataFrame({"employee_code": ["0012"], "name": ["张三"], "valid_from": [None]}, schema_overrides={"valid_from": pl.Date}),
    }
    company = replace(sample.company(), senders=(Sender(sender="hr", name="Staff office"), Sender(sender="D1", files="d1/*")))
    called = context_of.senders(company, marts, ["D1", "0012", "erp", "hr", None])
    assert {code: catalogue.said(words, Reader("en")) for code, words in called.items()} == {
        "D1": "D1 New", "0012": "0012 张三", "hr": "Staff office",
    }  # fmt: skip


def test_what_was_expected_reads_by_itself() -> None:
    frame = pl.DataFrame(
        {
            "rule": ["unknown_reference", "duplicate_key", "not_in_list", "missing", "ledger_differs"],
            "expected": ["customer.customer_code", "a.xlsx!S!4", "现金, 转账", "", "1234.5"],
        }
    )
    keyed, words = context_of.expected_texts(frame)
    said = [catalogue.said(words[key], Reader("en")) if key else None for key in keyed["expected_key"]]
    assert said == [
        "“Customer code” of the table “Customers”", "one row only; another stands at a.xlsx!S!4",
        "one of (as the file writes them): 现金, 转账", None, "1,234.50",
    ]  # fmt: skip


def test_stages_of_stock_are_words_in_a_key() -> None:
    words = context_of.subject_words("stock W1 / 010001 / semi_finished")
    assert [catalogue.said(words, Reader(language)).rpartition(" / ")[2] for language in ("en", "zh-Hans", "zh-Hant")] == [
        "semi-finished goods", "半成品", "半成品",
    ]  # fmt: skip


def test_moments_print_by_the_company_s_clock() -> None:
    context = sample.context()
    assert context.local("2026-11-03T01:01:00.000000Z") == "2026-11-03 09:01"
    assert context.local("2026-11-03T01:01:00") == "2026-11-03 09:01"
    assert context.local(None) == ""


def test_amounts_of_one_list_share_their_places() -> None:
    assert comparing.alike([-713_000 * E4, -56_000 * E4, None]) is None
    assert comparing.alike([-7_130_000 * E4, -560_000 * E4]) == 0
    assert comparing.alike([]) is None


# --- portal -----------------------------------------------------------------------------------------------------------


def manifest(marts: Marts, period: str = sample.PERIOD) -> portal.PeriodManifest:
    context = sample.context(period=period)
    entries = [
        portal.report_entry(
            report,
            "v2",
            {language: portal.Links(html=f"../{report.name}.{language}.html", xlsx=f"../{report.name}.{language}.xlsx") for language in LANGUAGES},
            earlier=("v1",),
        )
        for _, report in build.build_all(marts, context)
    ]
    return portal.period_manifest(context, entries, marts["quarantine"], {"苏州丰收/10月.xlsx": "../returned/10月.xlsx"})


def quality() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "table": ["sales_line", "receipt"],
            "expectation": ["not null", "unique"],
            "column": ["document_no", "receipt_no"],
            "success": [True, False],
            "unexpected_count": [0, 3],
            "examples": ["", "<R1>"],
        }
    )


def test_the_portal_links_every_report_in_every_language(marts: Marts) -> None:
    pages = portal.pages([manifest(marts)], quality(), sample.company())
    assert {"index.html", "index.zh-Hant.html", "index.en.html", "quality.en.html", "finance/index.html", "dealer/index.en.html"} <= set(pages)
    index = pages["index.html"]
    for name in ("sales_monthly", "control"):
        for language in LANGUAGES:
            assert f'href="../{name}.{language}.html"' in index
            assert f'href="../{name}.{language}.xlsx"' in index
    assert 'href="../../sales_monthly.zh-Hans.html"' in pages["sales/index.html"]
    assert "sales_monthly" not in pages["finance/index.html"]
    assert "http://" not in index
    assert "https://" not in index


def test_the_portal_says_what_failed_and_what_was_kept_out(marts: Marts) -> None:
    pages = portal.pages([manifest(marts)], quality(), sample.company())
    english = pages["index.en.html"]
    assert "15,000.00" in english
    assert "2 rows kept out" in english
    assert "Differs from the general ledger" in english
    assert 'href="../returned/10月.xlsx"' in english
    assert "&lt;R1&gt;" in pages["quality.en.html"]
    assert "1 of 2 expectations passed" in pages["quality.en.html"]


def test_the_portal_orders_periods_and_shows_the_latest(marts: Marts) -> None:
    periods = [manifest(marts, key) for key in ("2026-10", "2026-09")]
    later = {**periods[0], "as_of": "2026-10-31"}
    earlier = {**periods[1], "as_of": "2026-09-30"}
    page = portal.pages([later, earlier], None, sample.company())["index.html"]  # type: ignore[list-item]
    assert page.index(">26年9月<") < page.index(">26年10月<")
    assert "<h2>2026年10月</h2>" in page
    assert "quality.html" not in page


def test_a_portal_without_periods_is_a_page() -> None:
    pages = portal.pages([], None, sample.company())
    assert "销售管理报表门户" in pages["index.html"]


# --- words ------------------------------------------------------------------------------------------------------------


def written() -> set[str]:
    """Every sentence that the modules of reports say."""
    found = set()
    for path in sorted((Path(build.__file__).parent).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Message", "say") and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


@pytest.mark.parametrize("language", CHINESE)
def test_every_sentence_is_translated_with_the_same_places(language: Language) -> None:
    messages = catalogue.catalogue(language).messages
    assert sorted(written() - set(messages)) == []
    for msgid in written():
        ours, theirs = (set(re.findall(r"{(\w+)}", text)) for text in (msgid, messages[msgid][0]))
        assert ours <= theirs, msgid
        assert theirs - ours <= {"n"}, msgid


def test_traditional_chinese_keeps_to_the_glossary() -> None:
    text = "".join(forms[0] for forms in catalogue.catalogue("zh-Hant").messages.values())
    for wrong in ("賬", "质", "质量", "質量", "应收", "账", "经销商", "數據", "文件", "單元格"):
        assert wrong not in text
    for right in ("應收帳款", "對帳單", "品質", "經銷商", "檔案"):
        assert right in text


def test_english_says_one_and_many() -> None:
    from pipelines.reports.model import Count

    one = Message("{n} open item", {"n": Count(1)}, plural="{n} open items")
    assert (said(one), said(replace(one, values={"n": Count(2)}))) == ("1 open item", "2 open items")
