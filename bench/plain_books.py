"""The plain script's workbooks: the tables of the eight reports as plain sheets in three languages, and the workbooks that go back.

No charts, no cover, no formulas, no pages: ``DataFrame.to_excel`` as it comes, headings translated, columns a little wider.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import load_workbook
from openpyxl.styles import Alignment, Font, PatternFill

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
RED = PatternFill("solid", fgColor="FFC7CE")
_WORDS = """
region 区域 區域; customer 客户 客戶; product 产品 產品; product_line 产品线 產品線; employee 业务员 業務員;
net 不含税金额 不含稅金額; gross 价税合计 價稅合計; base_qty 数量 數量; plan 计划 計劃; last_year 上年同期 上年同期;
against_plan 对计划差异 對計劃差異; against_last_year 对上年差异 對上年差異; receipts 回款 回款; period 期间 期間;
base 基准 基準; span 范围 範圍; price 价格 價格; volume 数量影响 數量影響; mix 结构 結構; new 新品 新品;
discontinued 停产 停產; other 其他 其他; unit 单位 單位; balance 余额 餘額; not_due 未到期 未到期; document 单据号 單據號;
on 单据日期 單據日期; due 到期日 到期日; amount 金额 金額; open 未收金额 未收金額; bucket 账龄段 賬齡段;
days 逾期天数 逾期天數; level 催收级别 催收級別; opening 期初 期初; sales 销售 銷售; adjustments 调整 調整; closing 期末 期末;
dealer 经销商 經銷商; qty 数量 數量; stock 库存 庫存; visits 拜访次数 拜訪次數; outlets 终端数 終端數;
active 活跃终端 活躍終端; committed 签约量 簽約量; coverage 覆盖率 覆蓋率; file 文件 文件; sheet 工作表 工作表; row 行 行;
column 列 列; name 名称 名稱; reason 原因 原因; table 表 表; sender 报送人 報送人; arrived_at 收到时间 收到時間;
due_at 应报时间 應報時間; late 迟报 遲報; stated 文件合计 文件合計; added 明细合计 明細合計; method 收款方式 收款方式;
matures 到期日 到期日; number 编号 編號; value 数值 數值; indicator 指标 指標; ledger 总账 總賬; ours 明细账 明細賬;
difference 差异 差異; text 说明 說明; limit 信用额度 信用額度; over 超额度 超額度; rate 比例 比例; provision 准备 準備;
account 科目 科目; measure 指标 指標; years 账龄 賬齡
"""
WORDS = {name: words for name, *words in (one.split() for one in _WORDS.split(";"))}


def translated(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    """Headings in the language."""
    if language == "en":
        return frame.rename(columns=lambda name: str(name).replace("_", " ").capitalize())
    place = LANGUAGES.index(language)
    return frame.rename(columns={name: words[place] for name, words in WORDS.items()})


def write(out: Path, books: dict[str, dict[str, pd.DataFrame]]) -> int:
    """Each book in each language; returns how many."""
    for name, sheets in books.items():
        for language in LANGUAGES:
            folder = out / name
            folder.mkdir(parents=True, exist_ok=True)
            with pd.ExcelWriter(folder / f"{name}.{language}.xlsx", engine="xlsxwriter") as book:
                for sheet, frame in sheets.items():
                    here = translated(frame, language)
                    here.to_excel(book, sheet_name=sheet, index=False, freeze_panes=(1, 1))
                    page = book.sheets[sheet]
                    page.autofilter(0, 0, max(len(here), 1), max(len(here.columns) - 1, 0))
                    for column, heading in enumerate(here.columns):
                        values = [str(heading), *here.iloc[:200, column].astype(str)]
                        page.set_column(column, column, min(max(map(_width, values)) + 2, 40))
    return len(books) * len(LANGUAGES)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def send_back(inbox: Path, out: Path, refused: pd.DataFrame, totals: list[Any]) -> int:
    """Each faulty workbook with its bad cells coloured and a sheet that lists them; returns how many."""
    listed = refused[["file", "sheet", "row", "column", "name", "reason"]]
    listed = pd.concat([listed, pd.DataFrame(
        [(file, sheet, 0, 0, "amount", f"total {stated / 10_000} is not {added / 10_000}") for file, sheet, stated, added in totals],
        columns=listed.columns)])  # fmt: skip
    for file, rows in listed.groupby("file"):
        book = load_workbook(inbox / str(file))
        for sheet, row, column in rows[["sheet", "row", "column"]].drop_duplicates().itertuples(index=False):
            if row:
                for one in [column] if column else range(1, book[sheet].max_column + 1):
                    book[sheet].cell(row, one).fill = RED
        page = book.create_sheet("待更正", 0)
        page.append(["工作表", "行", "列", "名称", "原因"])
        for one in page[1]:
            one.font = Font(bold=True)
        for row in rows[["sheet", "row", "column", "name", "reason"]].itertuples(index=False):
            page.append(list(row))
        for one, width in zip("ABCDE", (16, 8, 8, 16, 40), strict=True):
            page.column_dimensions[one].width = width
        page["E1"].alignment = Alignment(wrap_text=True)
        target = out / "returned" / str(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        book.save(target)
    return int(listed["file"].nunique())
