from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import polars as pl
import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.reports.formats import Reader
from pipelines.reports.model import Column, ColumnSeries, Name, RankedBars, Report, Section, StackedBars, Table, VarianceTable, Waterfall
from pipelines.reports.writers import html
from tests.reports.showcase import report

VOID = {"meta", "col", "input", "br", "wbr", "line", "rect", "path", "polyline", "link"}


class Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def parsed(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_and_stands_alone(language: Language) -> None:
    page = html.page(report(), language)
    tags = parsed(page).tags
    assert ("html", {"lang": language}) in tags
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//|@import|url\((?!#)", page)
    assert not [tag for tag, _ in tags if tag in ("link", "img", "iframe")]
    hrefs = {attrs["href"] for tag, attrs in tags if tag == "a"}
    assert hrefs == {report().file_name(other, "html") for other in LANGUAGES if other != language} | {report().file_name(language, "xlsx")}
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in tags if tag == "th")


def test_the_page_depends_on_the_report_alone() -> None:
    assert html.page(report(), "en") == html.page(report(), "en")


def test_names_are_escaped_and_figures_searchable() -> None:
    base = report()
    evil = Section("evil", Name("x"), Name("<script>alert(1)</script>"), ())
    page = html.page(dataclasses.replace(base, sections=(evil, *base.sections)), "zh-Hans")
    assert "<script>alert" not in page
    assert "+321" in page
    assert "18,688" in page
    assert "检查 43 项：42 项通过、1 项警告" in page


@pytest.mark.parametrize("height", [0, 1])
def test_empty_and_single_blocks(height: int) -> None:
    frame = pl.DataFrame(
        {"label": ["a"], "py": [None], "pl": [0], "ac": [-5], "delta_pl": [-5], "delta_pl_share": [None], "delta_py": [None], "delta_py_share": [None]},
        schema={"label": pl.String, "py": pl.Int64, "pl": pl.Int64, "ac": pl.Int64, "delta_pl": pl.Int64, "delta_pl_share": pl.Float64, "delta_py": pl.Int64, "delta_py_share": pl.Float64},
    ).head(height)  # fmt: skip
    blocks = (
        VarianceTable("v", frame),
        ColumnSeries("c", frame, (Name("x"),) * height),
        StackedBars("s", frame, "label", (), "ac"),
        RankedBars("r", frame, "label", "ac", Name("n"), Name("v")),
        Table("t", frame, (Column("label", Name("l")), Column("ac", Name("a"), "money", bar=True))),
        Waterfall("w", ()),
    )
    page = html.page(_with(report(), blocks), "en")
    parsed(page)
    assert "nan" not in page.split("<script>")[0].lower().replace("finance", "")


def test_long_tables_show_their_first_rows_and_all_on_request() -> None:
    frame = pl.DataFrame({"label": [f"row {i}" for i in range(100)], "ac": list(range(100))})
    page = html.page(_with(report(), (Table("t", frame, (Column("label", Name("l")), Column("ac", Name("a"), "count")), shown=10),)), "en")
    assert page.count('class=" more"') == 90
    assert "Show all 100 rows" in page
    assert "data-filter" in page


def test_very_long_tables_are_cut_and_say_where_the_rest_is() -> None:
    frame = pl.DataFrame({"label": [f"row {i}" for i in range(3000)] + ["sum"], "ac": [1] * 3000 + [3000], "role": [""] * 3000 + ["total"]})
    table = Table("t", frame, (Column("label", Name("l")), Column("ac", Name("a"), "money")), role="role")
    variance = VarianceTable("v", frame, py=None, pl=None, delta_pl=None, delta_pl_share=None, delta_py=None, delta_py_share=None, role="role")
    for block in (table, variance):
        page = html.page(_with(report(), (block,)), "en")
        assert "row 999<" in page
        assert "row 1000<" not in page
        assert ">sum<" in page
        assert "Show the first 1,000 rows" in page
        assert "All rows are in the Excel workbook" in page


def test_detail_stays_in_the_workbook() -> None:
    frame = pl.DataFrame({"label": ["only in the workbook"]})
    table = Table("t", frame, (Column("label", Name("l")),), detail=True)
    assert "only in the workbook" not in html.page(_with(report(), (table,)), "en")


def _with(base: Report, blocks: tuple[object, ...]) -> Report:
    section = Section("one", Name("One"), Name("One"), blocks)  # type: ignore[arg-type]
    return dataclasses.replace(base, sections=(section,), tie_outs=())


def test_headings_leave_nothing_alone() -> None:
    assert html.foldable("得分") == "得分"
    assert html.foldable("签约达标率（家数）") == "签约达标率<wbr>（家数）"
    assert html.foldable("库存周转天数") == "库存周转<wbr>天数"
    assert html.foldable("of them with their document") .replace("\u00a0", "_") == "of_them with their document"
    assert html.foldable("ΔPL %, YTD").replace("\u00a0", "_") == "ΔPL_%, YTD"


def test_an_english_amount_stays_on_one_line() -> None:
    assert html.held("below plan (−CNY 4,272k)", Reader("en")) == "below plan (−CNY\u00a04,272k)"
    assert html.held("低于计划 858 万元", Reader("zh-Hans")) == "低于计划\u00a0858\u00a0万元"


@pytest.mark.parametrize(("amounts", "says"), [((4_000_000, 4_000_000), True), ((4_000_000, 6_000_000), False)])
def test_rounded_parts_that_do_not_add_up_are_said(amounts: tuple[int, int], says: bool) -> None:
    big = 10_000_000_000
    values = [big + amounts[0] * 10, big + amounts[1] * 10]
    frame = pl.DataFrame({"label": ["a", "b", "c"], "amount": [*values, sum(values)], "role": ["", "", "total"]})
    table = Table("t", frame, (Column("label", Name("l")), Column("amount", Name("n"), "money_wan")), role="role")
    page = html.page(_with(report(), (table,)), "zh-Hans")
    assert ("四舍五入后" in page) is says


def test_a_change_that_prints_as_zero_is_not_coloured() -> None:
    frame = pl.DataFrame({"label": ["a"], "change": [0.0004]})
    table = Table("t", frame, (Column("label", Name("l")), Column("change", Name("c"), "share", variance=True)))
    assert "ink-good" not in html.page(_with(report(), (table,)), "en").split("<main")[1].split('id="reconciliation"')[0].split("<section")[-1]


def test_a_table_is_cut_only_where_much_is_left_out() -> None:
    assert [html.rows_shown(60, height) for height in (60, 69, 75, 76)] == [60, 69, 75, 60]
    assert [html.rows_shown(12, height) for height in (17, 18)] == [17, 12]


def test_a_date_is_not_broken_at_its_hyphens() -> None:
    assert html.whole("月報_2026-10.xlsx") == '月報_<span class="whole">2026-10.xlsx</span>'
    assert html.whole("<b> 2013-09-29") == '&lt;b&gt; <span class="whole">2013-09-29</span>'
    assert [html.whole(text) for text in ("2026-10", "SK-202605-00381", "1-2")] == ["2026-10", "SK-202605-00381", "1-2"]


def test_a_place_breaks_after_its_folders_and_its_sheet_alone() -> None:
    text = str(html.whole("总和：dealers/D0001/月报_2026-10.xlsx!出货!16，金额"))
    steps = re.findall(r'<span class="step">([^<]*)</span>', text)
    assert steps == ["dealers/", "D0001/", "月报_2026-10.xlsx!", "出货!", "16，"]
    assert re.sub("<[^>]*>", "", text) == "总和：dealers/D0001/月报_2026-10.xlsx!出货!16，金额"


def wide_table(words: int) -> Table:
    """Ten columns that cannot stand on one line each: figures, codes with blanks, and texts of ``words`` words."""
    texts = {"sender": ["00011 冯杰杰"], "reason": ["迟报 " * words], "file": ["field/00011/" + "报" * 20 + "_2026-10.xlsx!W40!B17"]}
    codes = {"cover": ["第 41 周（2026-10-05 至 2026-10-11）"]}
    figures = {f"figure_{n}": [123_456_789] for n in range(6)}
    columns = (
        *(Column(name, Name(name)) for name in texts), *(Column(name, Name(name), "code") for name in codes),
        *(Column(name, Name(name), "count") for name in figures),
    )  # fmt: skip
    return Table("t", pl.DataFrame(texts | codes | figures), columns)


def test_a_table_that_is_too_wide_breaks_its_texts_and_stays_on_the_page() -> None:
    sections = (Section("s", Name("s"), Name("s"), (wide_table(12),)),)
    page = html.page(dataclasses.replace(report(), sections=sections, tie_outs=()), "zh-Hans")
    table = page[page.index('<section id="s"') :]
    shares = [float(share) for share in re.findall(r'<col style="width:([\d.]+)%">', table[: table.index("</table>")])]
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.1)
    assert min(shares[4:]) * 10 > 60, "figures keep their room"


@pytest.mark.parametrize(("width", "lines"), [(1000.0, 1), (560.0, 2), (430.0, 3)])
def test_texts_take_as_few_lines_as_there_is_room_for(width: float, lines: int) -> None:
    needed, shares = html.wrapped_widths([200.0, 612.0], [None, [(600.0, 30.0), (100.0, 30.0)]], [40.0, 40.0], width)
    assert needed == lines
    assert shares[0] * width / 100 == pytest.approx(200, abs=1)
    assert shares[1] * width / 100 >= 600 / lines
    assert sum(shares) == pytest.approx(100, abs=0.1)


def test_nothing_is_shared_out_where_figures_alone_are_too_wide() -> None:
    assert html.wrapped_widths([700.0, 612.0], [None, [(600.0, 30.0)]], [40.0, 40.0], 600.0) == (0, ())


def test_a_bar_fills_what_a_short_list_leaves_free() -> None:
    frame = pl.DataFrame({"name": ["a", "b"], "n": [4, 2]})
    bars = RankedBars("r", frame, "name", "n", Name("name"), Name("n"), meaning="count")
    for width, most in (("full", 1000), ("narrow", 380)):
        sections = (Section("s", Name("s"), Name("s"), (bars,), width=width),)  # type: ignore[arg-type]
        page = html.page(dataclasses.replace(report(), sections=sections, tie_outs=()), "en")
        table = page[page.index('<section id="s"') :]
        drawn = max(float(found) for found in re.findall(r'<svg class="cell"[^>]*width="([\d.]+)"', table[: table.index("</table>")]))
        assert html.bar_width(most) < drawn < most, "longer than a bar between figures, and inside"


def test_a_total_that_is_not_stated_is_left_blank() -> None:
    frame = pl.DataFrame({"name": ["a", "b", "sum"], "money": [10_000, 20_000, None], "role": ["", "", "total"]})
    money = Column("money", Name("money"), "money", adds=False)
    table = Table("t", frame, (Column("name", Name("name")), money), role="role")
    sections = (Section("s", Name("s"), Name("s"), (table,)),)
    page = html.page(dataclasses.replace(report(), sections=sections, tie_outs=()), "en")
    total = page[page.index(">sum</th>") :]
    assert re.search(r'<td class="num"[^>]*>([^<]*)</td>', total)[1] == ""  # type: ignore[index]
