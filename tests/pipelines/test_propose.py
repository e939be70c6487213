"""A proposed layout is a good start: it loads, and reads the file that it was made for as far as it could know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pipelines.company.layouts import Layout
from pipelines.contracts import CONTRACTS
from pipelines.errors import LayoutError
from pipelines.sources.parse import parse_reading
from pipelines.sources.propose import known_headings, propose
from pipelines.sources.reader import Grid, Workbook
from pipelines.sources.shape import Context, shape
from tests.pipelines.test_shape import grid

MANUAL = Path(__file__).parents[2] / "docs" / "layouts.md"


def proposed(path: str, *sheets: Grid) -> tuple[str, Layout]:
    text = propose(Workbook(sheets, "workbook"), path)
    return text, Layout.model_validate(yaml.safe_load(text))


def test_an_export_with_title_and_total() -> None:
    sheet = grid("""
销售明细表
单据编号|行号|单据类型|单据日期|客户名称|存货编码|数量|无税金额|经办人
X1|1|销售发票|5/13/2026|C1|P1|2|10.5|王
合计||||||2|10.5|
""")
    text, layout = proposed("erp/销售_2026-05.xlsx", sheet)
    assert layout.table == "sales_line"
    assert layout.files == ("erp/销售_*.xlsx",)
    assert layout.columns["net_amount"].headings == ("无税金额",)
    assert layout.columns["document_date"].date_format == ("%m/%d/%Y",)
    assert layout.totals.check == ("qty", "net_amount")
    assert "经办人" in layout.ignore
    assert "销售发票: invoice" in text
    reading = shape(Workbook((sheet,), "workbook"), layout, Context("erp/销售_2026-05.xlsx"))
    parsed = parse_reading(reading, CONTRACTS["sales_line"], layout)
    assert parsed.faults.is_empty()
    assert parsed.frame.select("document_no", "net_amount").rows() == [("X1", 105_000)]


def test_a_plan_with_months_across_on_several_sheets() -> None:
    lines = "2026年计划（单位：万元）\n片区|产品|1月|2月|3月|一季度|合计\nE|P1|1|2|3|6|6\n小计||1|2|3|6|6"
    text, layout = proposed("plans/plan.xlsx", grid(lines, "华东"), grid(lines, "华南"), grid("目录|", "目录"))
    assert layout.table == "plan"
    assert layout.sheets.skip == ("目录",)
    assert layout.across is not None
    assert (layout.across.year, layout.across.spec.unit, layout.across.skip) == (2026, "万元", ("一季度", "合计"))
    assert "#   version (Version, 版本)" in text
    sheets = Workbook((grid(lines, "华东"), grid("目录|", "目录")), "workbook")
    assert shape(sheets, layout, Context("plans/plan.xlsx")).counts["rows"] == 3


def test_english_and_a_label_above_the_table() -> None:
    _, layout = proposed("D7/report 2026-10.xlsx", grid("Dealer: D7\nDate|Outlet|Product|Qty|Amount\n2026-10-01|T1|P1|1|2"))
    assert layout.table == "sell_out"
    assert layout.capture["dealer_code"].label == "Dealer"
    assert set(layout.columns) == {"sold_on", "outlet_code", "product_code", "qty", "amount"}


def test_nothing_known_is_said() -> None:
    with pytest.raises(LayoutError, match="no layout can be proposed"):
        proposed("x.csv", grid("foo|bar\n1|2"))


def test_synonyms_name_columns_that_exist() -> None:
    columns = {column.name for contract in CONTRACTS.values() for column in contract.columns}
    assert set(known_headings()) == columns


EXAMPLES = re.findall(r"```yaml\n(.*?)```", MANUAL.read_text("utf-8"), re.S)


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_manual_loads(text: str) -> None:
    Layout.model_validate(yaml.safe_load(text))


def test_the_manual_names_every_form_of_a_cell() -> None:
    from pipelines.company.layouts import ColumnSpec

    manual = MANUAL.read_text("utf-8")
    assert not [name for name in ColumnSpec.model_fields if name not in manual]
