"""Tables as people lay them out, read by layouts: every shape, every row accounted for, every value led back to its cell."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
import yaml

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.layouts import Capture, Layout
from pipelines.contracts import CONTRACTS
from pipelines.errors import LayoutError
from pipelines.quality.judge import judge
from pipelines.sources.captures import capture
from pipelines.sources.header import suggest
from pipelines.sources.parse import ParsedReading, parse_reading
from pipelines.sources.reader import Cell, Grid, Merge, Workbook, letters
from pipelines.sources.shape import Context, Reading, shape, shape_all


def grid(text: str, name: str = "Sheet1", merges: tuple[tuple[int, int, int, int], ...] = ()) -> Grid:
    """A sheet from lines with ``|`` between cells; what looks like a number is a number cell, unless it begins with ``'``."""
    rows = []
    for line in text.strip("\n").splitlines():
        cells: list[Cell | None] = []
        for part in (one.strip() for one in line.split("|")):
            is_number = part.replace(".", "", 1).removeprefix("-").isdecimal() and part.isascii()
            cells.append(Cell("number" if is_number else "text", part.removeprefix("'")) if part else None)
        rows.append(tuple(cells))
    return Grid(name, tuple(rows), tuple(Merge(*one) for one in merges))


def layout_of(text: str) -> Layout:
    return Layout.model_validate({"files": ["*"], **yaml.safe_load(text)})


def read(layout: str, *sheets: Grid, path: str = "D001/2026/sales.xlsx", calendar: Calendar | None = None) -> tuple[Reading, ParsedReading]:
    form = layout_of(layout)
    reading = shape(Workbook(sheets, "workbook"), form, Context(path, "0" * 64, "l", "D001", calendar))
    return reading, parse_reading(reading, CONTRACTS[form.table], form)


def rows(parsed: ParsedReading, *columns: str) -> list[tuple[object, ...]]:
    return parsed.frame.select(columns).rows()


SELL_OUT = """
table: sell_out
header: {words: [日期, 产品]}
columns:
  sold_on: {headings: [日期]}
  product_code: {headings: [产品, 產品]}
  qty: {headings: [数量]}
  amount: {headings: [金额（元）], optional: true}
"""


def test_a_plain_table_between_titles_and_signatures() -> None:
    reading, parsed = read(
        SELL_OUT + "totals: {check: [qty, amount]}\nstop: [制表]\ncapture: {dealer_code: {source: cell, label: 经销商}}",
        grid("""
十月销售报表
经销商：D001 张三农资
日期|产品|数量|金额 (元)
2026-10-01|P1|3|100.5
2026-10-02|P1|x|200
小 计||3|300.5
|||
2026-10-03|P2|4|壹万元
合计：||7|300.6
制表人：王||审核：李
"""),
    )
    assert rows(parsed, "sold_on", "product_code", "qty", "amount", "source_row", "dealer_code") == [
        (date(2026, 10, 1), "P1", 30_000, 1_005_000, 4, "D001 张三农资"),
        (date(2026, 10, 2), "P1", None, 2_000_000, 5, "D001 张三农资"),
        (date(2026, 10, 3), "P2", 40_000, None, 8, "D001 张三农资"),
    ]
    assert reading.counts == {"rows": 3, "left_out": 0, "delivered": 3, "title": 2, "header": 1, "blank": 1, "total": 2, "after_end": 1}
    assert reading.totals.select("cell", "stated", "computed").rows() == [
        ("C6", 30_000, None), ("D6", 3_005_000, 3_005_000), ("C9", 70_000, None), ("D9", 3_006_000, None),
    ]  # fmt: skip
    assert parsed.faults.select("rule", "cell", "found", "amount", "amount_unreadable").rows() == [
        ("not_a_number", "C5", "x", 2_000_000, False),
        ("chinese_capital_amount", "D8", "壹万元", None, True),
    ]
    assert reading.address(0, "dealer_code") == "A2"
    assert reading.address(1, "amount") == "D5"


PLAN = """
table: plan
header: {words: [产品]}
columns: {product_code: {headings: [产品]}}
across:
  pattern: '(?P<month>\\d+)月'
  into: {month: period}
  value: value
  skip: ['.季度', 合计]
  spec: {headings: [], unit: 万元}
  year: {source: path, pattern: '(20\\d\\d)'}
totals: {check: [value]}
constants: {version: v1, measure: net_amount}
"""


def test_months_across_in_ten_thousands_with_sections_and_subtotals() -> None:
    reading, parsed = read(
        PLAN + "sections: [{into: region_code, pattern: '区域[：:](.+)', map: {华东: E, 华南: S}}]",
        grid("""
区域：华东
产品|1月|2月|一季度|合计
P1|1|2|3|3
P2|-|4.5|4.5|4.5
小计|1|6.5|7.5|7.5
区域：|华南
产品|1月|2月|一季度|合计
P1|5|6|11|11
小计|5|6|11|11
总计|6|12.5|18|18
"""),
    )
    assert rows(parsed, "region_code", "product_code", "period", "value", "source_row", "source_column") == [
        ("E", "P1", "2026-01", 100_000_000, 3, "B"),
        ("E", "P1", "2026-02", 200_000_000, 3, "C"),
        ("E", "P2", "2026-02", 450_000_000, 4, "C"),
        ("S", "P1", "2026-01", 500_000_000, 8, "B"),
        ("S", "P1", "2026-02", 600_000_000, 8, "C"),
    ]
    assert (reading.totals["stated"] == reading.totals["computed"]).all()
    assert reading.totals.height == 6
    assert [reading.address(3, name) for name in ("region_code", "product_code", "value", "version")] == ["B6", "A8", "B8", ""]
    assert reading.counts["blank_cells"] == 1
    assert reading.counts["header"] == 2


def test_a_section_may_stand_below_its_lines() -> None:
    _, parsed = read(
        PLAN + "sections: [{into: region_code, pattern: '以上(.+)', where: below}]",
        grid("产品|1月\nP1|1\nP2|2\n以上华东|\nP3|3\n以上华南|"),
    )
    assert rows(parsed, "region_code", "product_code") == [("华东", "P1"), ("华东", "P2"), ("华南", "P3")]


def test_two_header_rows_with_merged_cells_and_measures_beside_one_another() -> None:
    layout = """
table: sell_out
header: {rows: 2, words: [门店]}
columns: {outlet_code: {headings: [门店]}}
across: {pattern: '(?P<month>.+)月/(?P<measure>.+)', into: {month: sold_on}, value_by: {数量: qty, 金额: amount}, year: 2026}
"""
    lines = "门店|一月||二月|\n|数量|金额|数量|金额\nA|1|10|2|20\nB|||3|x"
    merged = grid(lines, merges=((0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)))
    for sheet in (merged, grid(lines)):
        reading, parsed = read(layout, sheet)
        assert rows(parsed, "sold_on", "outlet_code", "qty", "amount", "source_row", "source_column") == [
            (date(2026, 1, 31), "A", 10_000, 100_000, 3, "B"),
            (date(2026, 2, 28), "A", 20_000, 200_000, 3, "D"),
            (date(2026, 2, 28), "B", 30_000, None, 4, "D"),
        ]
        assert parsed.faults["cell"].to_list() == ["E4"]
        assert reading.cells.filter(column="amount").select("source_column", "letter").rows() == [("B", "C"), ("D", "E")]


def test_a_month_in_a_date_column_ends_with_the_company_s_period() -> None:
    calendar = Calendar(CalendarFile(kind="cut_off", cut_off_day=25))
    layout = SELL_OUT.replace("  sold_on: {headings: [日期]}\n", "").replace("[日期, 产品]", "[产品]")
    layout += "capture: {sold_on: {source: path, pattern: '(?P<year>\\d{4})年(?P<month>\\d+)月'}}"
    _, parsed = read(layout, grid("产品|数量\nP1|2"), path="D001/2026年10月.xlsx", calendar=calendar)
    assert rows(parsed, "sold_on") == [(date(2026, 10, 25),)]
    _, parsed = read(layout + "\nperiod_date: start", grid("产品|数量\nP1|2"), path="D001/2026年10月.xlsx")
    assert rows(parsed, "sold_on") == [(date(2026, 10, 1),)]


def test_blocks_side_by_side() -> None:
    layout = """
table: sell_out
header: {words: [产品]}
blocks: {direction: right, capture: {outlet_code: {source: cell, pattern: '门店：(.+)'}}}
columns: {product_code: {headings: [产品]}, qty: {headings: [数量]}}
"""
    reading, parsed = read(layout, grid("门店：甲||门店：乙|\n产品|数量|产品|数量\nP1|1|P3|x\nP2|2||"))
    assert rows(parsed, "outlet_code", "product_code", "qty", "source_row", "source_column") == [
        ("甲", "P1", 10_000, 3, "A"), ("甲", "P2", 20_000, 4, "A"), ("乙", "P3", None, 3, "C"),
    ]  # fmt: skip
    assert parsed.faults["cell"].to_list() == ["D3"]
    assert reading.address(0, "outlet_code") == "A1"


def test_blocks_below_one_another() -> None:
    layout = """
table: sell_out
header: {words: [产品]}
blocks: {direction: down, capture: {outlet_code: {source: cell, pattern: '门店：(.+)'}}}
columns: {product_code: {headings: [产品]}, qty: {headings: [数量]}}
totals: {check: [qty]}
"""
    reading, parsed = read(layout, grid("门店：甲|\n产品|数量\nP1|1\nP2|2\n合计|3\n|\n门店：乙|\n产品|数量\nP1|4\n合计|4"))
    assert rows(parsed, "outlet_code", "product_code", "qty", "source_row") == [
        ("甲", "P1", 10_000, 3), ("甲", "P2", 20_000, 4), ("乙", "P1", 40_000, 9),
    ]  # fmt: skip
    assert (reading.totals["stated"] == reading.totals["computed"]).all()


def test_blocks_below_one_another_may_stand_at_other_letters() -> None:
    layout = """
table: sell_out
header: {words: [产品]}
blocks: {direction: down, capture: {outlet_code: {source: cell, pattern: '门店：(.+)'}}}
columns: {product_code: {headings: [产品]}, qty: {headings: [数量]}, amount: {headings: [金额], optional: true}}
"""
    sheet = grid("""
门店：甲
产品|数量|金额
P1|x|1

|门店：乙
|产品||数量
|P1||x

||门店：丙
产品|金额|数量
P1|1|x
""")
    reading, parsed = read(layout, sheet)
    assert rows(parsed, "outlet_code", "source_row", "source_column") == [("甲", 3, ""), ("乙", 7, ""), ("丙", 11, "")]
    assert parsed.faults["cell"].to_list() == ["B3", "D7", "C11"]
    assert [reading.address(index, "product_code") for index in range(3)] == ["A3", "B7", "A11"]
    assert [reading.address(index, "amount") for index in range(3)] == ["C3", "", "B11"]
    # Judging knows the row alone, and finds the same cells.
    frame = parsed.frame.with_columns(qty=pl.lit(None, pl.Int64), dealer_code=pl.lit("D1"), sold_on=pl.lit(date(2026, 10, 1)))
    _, faults = judge(frame, CONTRACTS["sell_out"], {}, cells=reading.cells)
    missing = faults.filter(column="qty", rule="missing")
    assert dict(missing.select("source_row", "cell").iter_rows()) == {3: "B3", 7: "D7", 11: "C11"}


def test_a_file_that_is_wrong_leaves_those_that_are_read_with_it_alone() -> None:
    form = layout_of(SELL_OUT + "sections: [{into: outlet_code, pattern: '终端：(.+)', map: {甲: T1}}]")
    texts = ["日期|产品|数量\n终端：甲\n2026-10-01|P1|1", "日期|产品|数量\n终端：乙\n2026-10-01|P1|2", "日期|数目\n2026-10-01|3", "日期|产品|数量\n2026-10-01|P1|4"]
    files = [(Workbook((grid(text),), "workbook"), Context(f"f{number}.xlsx")) for number, text in enumerate(texts)]
    together = shape_all(files, form)
    assert sorted(together.errors) == [1, 2]
    assert (together.errors[1].rule, together.errors[1].values) == ("value_not_in_map", {"row": 2, "name": "outlet_code", "found": "乙", "sheet": "Sheet1"})
    assert str(together.errors[1]).startswith("f1.xlsx!Sheet1, row 2: the section '乙'")
    assert together.rows.select("_file", "outlet_code", "qty").rows() == [(0, "T1", "1"), (3, None, "4")]
    for number in (0, 3):
        alone = shape(*files[number][:1], form, files[number][1])
        assert alone.rows.equals(together.rows.filter(_file=number).drop("_file"))
        assert alone.counts == together.counts[number]


STACKED = """
table: kpi_target
header: {words: [门店]}
columns: {scope: {headings: [门店]}, _measure: {headings: [指标]}}
stacked: {column: _measure, labels: {计划: target, 实际: weight}, skip: [差异], group: [scope]}
across: {pattern: '(?P<month>\\d+)月', into: {month: period}, year: 2026}
"""


def test_measures_stacked_in_rows_make_one_row_a_group() -> None:
    reading, parsed = read(STACKED, grid("门店|指标|1月|2月\nA|计划|1|10\n|实际|2|20\n|差异|1|10\nB|计划|3|30\n|实际|4|z\n合计|计划|4|40\n|实际|6|20"))
    assert rows(parsed, "scope", "period", "target", "weight", "source_row", "source_column") == [
        ("A", "2026-01", 10_000, 20_000, 2, "C"), ("A", "2026-02", 100_000, 200_000, 2, "D"),
        ("B", "2026-01", 30_000, 40_000, 5, "C"), ("B", "2026-02", 300_000, None, 5, "D"),
    ]  # fmt: skip
    assert parsed.faults["cell"].to_list() == ["D6"]
    assert reading.counts["total"] == 2
    assert reading.counts["skipped"] == 1


@pytest.mark.parametrize(
    ("form", "sheet", "expected"),
    [
        (
            STACKED + "totals: {check: [target, weight]}",
            "门店|指标|1月|2月\nA|计划|1|10\n|实际|2|20\n小计|计划|1|10\n|实际|2|20\n|差异|1|1\nB|计划|3|30\n|实际|4|40\n小计|计划|3|31\n|实际|4|40\n合计|计划|4|40\n|实际|7|60",
            [("C4", 1, 1), ("D4", 10, 10), ("C5", 2, 2), ("D5", 20, 20), ("C9", 3, 3), ("D9", 31, 30), ("C10", 4, 4), ("D10", 40, 40),
             ("C11", 4, 4), ("D11", 40, 40), ("C12", 7, 6), ("D12", 60, 60)],
        ),
        (
            STACKED + "totals: {check: [weight]}",
            "门店|指标|1月\nA|计划|1\n|实际|z\nB|计划|3\n|实际|4\n合计|计划|5\n|实际|4",
            [("C7", 4, None)],
        ),
        (
            "table: plan\ncolumns: {customer_code: {headings: [Store]}}\nstacked: {order: [sales, target], into: measure, group: [customer_code]}\n"
            "across: {pattern: '(?P<month>[A-Z][a-z]{2})', into: {month: period}, year: 2020, value: value}\ntotals: {check: [value]}",
            "Store|Jan|Feb\nS1|10|30\n|20|40\nS2|50|60\n|70|80\nTotal|60|90\n|90|121",
            [("B6", 60, 60), ("C6", 90, 90), ("B7", 90, 90), ("C7", 121, 120)],
        ),
        (
            "table: kpi_target\ncolumns: {scope: {headings: [门店]}, _m: {headings: [指标]}, _v: {headings: [值]}}\n"
            "stacked: {column: _m, labels: {计划: target, 实际: weight}, group: [scope], value: _v}\ntotals: {check: [target]}",
            "门店|指标|值\nA|计划|1\n|实际|2\nB|计划|3\n|实际|4\n合计|计划|5\n|实际|6",
            [("C6", 5, 4)],
        ),
    ],
)
def test_total_groups_of_stacked_tables_are_compared_with_their_lines(form: str, sheet: str, expected: list[tuple[str, int, int | None]]) -> None:
    reading, _ = read(form, grid(sheet))
    scaled = [(cell, stated * 10_000, None if computed is None else computed * 10_000) for cell, stated, computed in expected]
    assert reading.totals.select("cell", "stated", "computed").rows() == scaled


def test_an_unknown_label_is_not_guessed() -> None:
    with pytest.raises(LayoutError, match=r"row 3: the label '预测' is not known.*Add '预测: <measure>' to 'stacked.labels'"):
        read(STACKED, grid("门店|指标|1月\nA|计划|1\n|预测|2"))


def test_keep_drop_fill_and_constants_are_counted() -> None:
    reading, parsed = read(
        """
table: expense
columns:
  region_code: {headings: [区域], fill: down}
  item: {headings: [项目]}
  amount: {headings: [金额], negate: true}
ignore: [状态]
capture: {line_no: {source: row}, voucher_no: {source: sheet, pattern: '\\d+'}}
drop: {状态: [作废]}
keep: {item: [运费, 广告]}
totals: {check: [amount]}
""",
        grid("区域|项目|金额|状态\nE|运费|1|\n|广告|2|作废\n|杂费|4|\nS|广告|8|\n合计||15|", name="凭证88"),
    )
    assert rows(parsed, "region_code", "item", "amount", "voucher_no", "line_no") == [
        ("E", "运费", -10_000, "88", "2"), ("S", "广告", -80_000, "88", "5"),
    ]  # fmt: skip
    assert reading.counts["left_out"] == 2
    assert reading.counts["delivered"] == 4
    assert reading.totals.select("stated", "computed").rows() == [(-150_000, -150_000)]


def test_filled_values_lead_to_the_cell_that_holds_them() -> None:
    reading, parsed = read(
        "table: expense\ncolumns: {spent_on: {headings: [日期], fill: down}, amount: {headings: [金额]}}",
        grid("日期|金额\n十月|1\n|2"),
    )
    assert parsed.faults["cell"].to_list() == ["A2", "A2"]
    assert reading.address(1, "amount") == "B3"


def test_every_row_of_a_sheet_is_accounted_for() -> None:
    sheet = grid("标题|\n|\n日期|产品|数量\n2026-10-01|P1|1\n日期|产品|数量\n|\n2026-10-02|P1|2\n小计||3\n备注|||x\n2026-10-02|P2|3\n完")
    reading, _ = read(SELL_OUT + "ignore: ['']\nstop: [完]\ndrop: {product_code: [P2]}", sheet)
    counts = reading.counts
    above_blank = 1
    named = ("title", "header", "blank", "section", "total", "skipped", "after_end", "delivered")
    assert sum(counts.get(name, 0) for name in named) + above_blank == sheet.height


def test_sheets_by_name_pattern_and_alone() -> None:
    one, two, other = grid("日期|产品|数量\n2026-10-01|P1|1", "甲区"), grid("日期|产品|数量\n2026-10-01|P2|2", "乙区"), grid("目录", "目录")
    _, parsed = read(SELL_OUT + "sheets: {pattern: '.区'}\ncapture: {outlet_code: {source: sheet, pattern: '(.)区'}}", one, two, other)
    assert rows(parsed, "outlet_code", "product_code", "source_sheet") == [("甲", "P1", "甲区"), ("乙", "P2", "乙区")]
    _, parsed = read(SELL_OUT, other, two)
    assert rows(parsed, "product_code") == [("P2",)]
    with pytest.raises(LayoutError, match=r"sheets '甲区', '乙区'.*Add \"sheets: \{name"):
        read(SELL_OUT, one, two)
    with pytest.raises(LayoutError, match="no sheet '丙区'; the file has '甲区'"):
        read(SELL_OUT + "sheets: {name: 丙区}", one)
    with pytest.raises(LayoutError, match="no sheet's name matches"):
        read(SELL_OUT + "sheets: {pattern: '丙.*'}", one)


@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [
        ("日期|产品|数 量s\n2026-10-01|P1|1", r"sales.xlsx!Sheet1, row 1: no heading for column 'qty'; expected '数量'; found '日期', '产品', '数量s'"),
        ("日期|产品|数量|备注\n2026-10-01|P1|1|x", r"unknown heading '备注' in column D.*add \"'备注'\" to 'ignore'"),
        ("日期|产品|数量|金额\n2026-10-01|P1|1|x", r"It looks like '金额（元）': if so, add '金额' to 'columns.amount.headings'"),
        ("日期|产品|產品|数量\n2026-10-01|P1|P1|1", r"column 'product_code' has two candidates: '产品' in column B and '產品' in column C"),
        ("日期|产品|数量|\n2026-10-01|P1|1|x", r"column D holds values but has no heading"),
        ("日期|产品|数量\n2026-10-01|P1|1\n日期|产品|数量|金额（元）\n2026-10-01|P1|1|2", r"header may stand in row 1, 3; expected one place. Add 'header: \{at: 1\}'"),
        ("客户|货号\nA|1", r"no header found; expected a row with '日期', '产品'; found row 1: '客户', '货号'"),
    ],
)
def test_headings_are_never_guessed(sheet: str, sentence: str) -> None:
    with pytest.raises(LayoutError, match=sentence):
        read(SELL_OUT, grid(sheet))


def test_a_near_heading_is_proposed() -> None:
    assert suggest("经销商编号", ["数量", "经销商编码"]) == ["经销商编码"]
    with pytest.raises(LayoutError, match="The nearest is '数量\\(箱\\)'. If that is the column, add '数量\\(箱\\)' to 'columns.qty.headings'"):
        read(SELL_OUT, grid("日期|产品|数量（箱）\n2026-10-01|P1|1"))


def test_captures_from_cells() -> None:
    sheet = grid("经销商|：|D001\n期间：2026年3月|报表")
    assert capture(Capture(source="cell", cell="C1"), "f.xlsx", sheet).text == "D001"
    assert capture(Capture(source="cell", label="期间"), "f.xlsx", sheet).text == "2026年3月"
    found = capture(Capture(source="cell", label="期间", pattern=r"(?P<year>\d{4})年(?P<month>\d+)月"), "f.xlsx", sheet)
    assert (found.text, found.cell) == ("2026-03", "A2")
    with pytest.raises(LayoutError, match="no cell with the label '供应商'"):
        capture(Capture(source="cell", label="供应商"), "f.xlsx", sheet)
    with pytest.raises(LayoutError, match="Add '报表: <our value>'"):
        capture(Capture(source="cell", cell="B2", map={"x": "y"}), "f.xlsx", sheet)


def test_large_frames_are_read_like_small_sheets() -> None:
    sheet = grid("销售|||\n日期|产品|数量|金额（元）\n2026-10-01|P1|1|5\n2026-10-02|P1|-|x\n合计||1|5")
    table = sheet.table()
    large = Grid("Sheet1", frame=table)
    assert table.columns == letters(4)
    small_reading, small = read(SELL_OUT + "totals: {check: [amount]}", sheet)
    large_reading, big = read(SELL_OUT + "totals: {check: [amount]}", large)
    assert small.frame.equals(big.frame)
    assert small.faults.equals(big.faults)
    assert small_reading.counts == large_reading.counts
    assert small_reading.totals.equals(large_reading.totals)


@pytest.mark.slow
def test_a_long_table_keeps_its_totals_and_repeated_headers() -> None:
    count = 60_000
    data = [["日期", "产品", "数量"]] + [["2026-10-01", f"P{i % 9}", str(i % 100)] for i in range(count)]
    data[30_000] = ["日期", "产品", "数量"]
    data += [["合 计", None, str(sum(int(row[2]) for row in data if row[2] != "数量"))]]  # type: ignore[list-item]
    reading, parsed = read(SELL_OUT + "totals: {check: [qty]}", Grid("", frame=pl.DataFrame(data, schema=letters(3), orient="row")))
    assert parsed.frame.height == count - 1
    assert reading.counts["header"] == 2
    assert reading.totals.select("stated", "computed").rows() == [(2_970_000 * 10_000 - 99 * 10_000 + 0, 2_970_000 * 10_000 - 99 * 10_000)]


def test_without_a_header_the_columns_are_letters() -> None:
    _, parsed = read(
        "table: sell_out\nheader: {rows: 0}\ncolumns: {sold_on: {headings: [A]}, product_code: {headings: [B]}, qty: {headings: [C]}}",
        grid("2026-10-01|P1|1\n2026-10-02|P2|2"),
    )
    assert rows(parsed, "product_code", "qty", "source_row") == [("P1", 10_000, 1), ("P2", 20_000, 2)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("table: sell_out\ncolumns: {quantity: {headings: [x]}}", "has no column"),
        ("table: sold\n", "no table 'sold'"),
        ("table: plan\nacross: {pattern: '(?P<m>.)', into: {month: period}, value: value}", "no groups of across.pattern"),
        ("table: plan\nacross: {pattern: '(?P<m>.)', into: {m: period}}", "across needs value or value_by"),
        ("table: plan\nsheets: {name: a, index: 0}", "one of them"),
        ("table: plan\nstacked: {labels: {a: value}}", "labels and column go together"),
        ("table: plan\nstop: ['(']", "not a regular expression"),
        (
            "table: plan\nacross: {pattern: '(?P<measure>.)', value_by: {a: value}}\nstacked: {order: [a], into: measure}",
            "stacked\\n.*beside one another .* or below one another",
        ),
    ],
)
def test_a_layout_that_makes_no_sense_is_refused_when_loaded(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        layout_of(text)


ATTENDANCE = """
table: attendance
header: {words: [工号, 姓名]}
ignore: [姓名]
columns:
  employee_code: {headings: [工号]}
across:
  pattern: '(?P<day>\\d{1,2})日?'
  into: {day: day}
  days_of: {source: cell, label: 月份}
  value: status
  spec: {headings: [], map: {√: present, 假: leave}}
"""


def test_days_across_are_days_of_the_month_that_stands_above_them() -> None:
    sheet = grid("""
    考勤表 | 月份：2026-09
    工号 | 姓名 | 1日 | 2日 | 30日 | 31日
    '0011 | 王伟 | √ | 假 | |
    '0012 | 李芳 | √ | | √ | √
    """)
    _, parsed = read(ATTENDANCE, sheet)
    assert rows(parsed, "employee_code", "day", "status", "source_column") == [
        ("0011", date(2026, 9, 1), "present", "C"),
        ("0011", date(2026, 9, 2), "leave", "D"),
        ("0012", date(2026, 9, 1), "present", "C"),
        ("0012", date(2026, 9, 30), "present", "E"),
        ("0012", None, "present", "F"),
    ]
    assert parsed.faults.select("rule", "column", "found").rows() == [("not_a_date", "day", "2026-09-31")]


def test_a_form_with_tables_below_one_another_is_read_by_a_layout_for_each() -> None:
    sheet = grid("""
    销售周报
    姓名：王伟　周次：2026年第7周
    一、本周
    序号 | 工作项目 | 完成情况
    1 | 走访 | 完成
    二、下周（2026年第8周）
    序号 | 工作项目 | 计划日期
    1 | 催款 | 2026-02-18
    三、小结
    项目 | 内容
    总结 | 平稳
    建议 |
    """)
    common = "table: work_plan\nconstants: {employee_code: E1, stage: %s}\ncolumns:\n  line: {headings: [序号]}\n  item: {headings: [工作项目]}\n"
    week = "capture: {period: {source: cell, label: %s, pattern: '(?P<year>\\d{4})年第(?P<week>\\d+)周'}}\n"
    _, done = read(common % "result" + "  status: {headings: [完成情况], map: {完成: done}}\nstop: [二、]\n" + week % "周次", sheet)
    _, planned = read(common % "plan" + "  planned_on: {headings: [计划日期]}\nstop: [三、]\n" + week % "下周", sheet)
    assert rows(done, "period", "line", "item", "status") == [("2026-W07", 1, "走访", "done")]
    assert rows(planned, "period", "line", "item", "planned_on") == [("2026-W08", 1, "催款", date(2026, 2, 18))]
    words = "table: work_report\nconstants: {employee_code: E1}\ncolumns:\n  _label: {headings: [项目]}\n  _text: {headings: [内容]}\n"
    words += "stacked: {column: _label, labels: {总结: summary, 建议: proposal}, value: _text}\n" + week % "周次"
    _, told = read(words, sheet)
    assert rows(told, "period", "summary", "proposal") == [("2026-W07", "平稳", None)]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("look_up: name}", "refers to none"),
        ("look_up: nickname}", "which employee does not have"),
    ],
)
def test_a_look_up_needs_a_table_with_that_name(line: str, message: str) -> None:
    column = "topic" if "none" in message else "employee_code"
    table = "training" if column == "topic" else "attendance"
    with pytest.raises(ValueError, match=message):
        layout_of(f"table: {table}\ncolumns:\n  {column}: {{headings: [姓名], {line}")
