"""The blank workbook of a table: headings as its template layout reads them, drop-downs for closed lists, notes on each column.

Made from the contract alone. What a filled-in workbook means is ``sources``' business.
"""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter

from pipelines.contracts import CONTRACTS, Column, Contract, Kind, Language, Text, t
from pipelines.errors import ConfigurationError

ROWS = 2000
"""Rows that carry drop-downs and cell formats."""

_FORMATS = {Kind.CODE: "@", Kind.TEXT: "@", Kind.DATE: "yyyy-mm-dd", Kind.MONEY: "#,##0.00", Kind.QTY: "#,##0.####",
            Kind.NUMBER: "#,##0.####", Kind.PRICE: "#,##0.00######", Kind.RATE: "0.00######", Kind.INT: "0", Kind.BOOL: "@"}
_HINTS: dict[Kind, Text] = {
    Kind.CODE: t("Text, exactly as in the ERP; leading zeros count.",
                 "文本，与 ERP 完全一致，保留前导零。", "文字，與 ERP 完全一致，保留前導零。"),
    Kind.TEXT: t("Text.", "文本。", "文字。"),
    Kind.DATE: t("A date, for example 2026-10-31.", "日期，例如 2026-10-31。", "日期，例如 2026-10-31。"),
    Kind.MONEY: t("An amount in currency units, at most four decimals.",
                  "金额（元），最多四位小数。", "金額（元），最多四位小數。"),
    Kind.QTY: t("A quantity, at most four decimals.", "数量，最多四位小数。", "數量，最多四位小數。"),
    Kind.NUMBER: t("A number, at most four decimals.", "数值，最多四位小数。", "數值，最多四位小數。"),
    Kind.PRICE: t("A price, at most eight decimals.", "单价，最多八位小数。", "單價，最多八位小數。"),
    Kind.RATE: t("A rate as a fraction: 13 % is 0.13.", "比率用小数：13% 填 0.13。", "比率用小數：13% 填 0.13。"),
    Kind.INT: t("A whole number.", "整数。", "整數。"),
    Kind.BOOL: t("Yes or no.", "是或否。", "是或否。"),
}
_REQUIRED = t("Required.", "必填。", "必填。")
_ONE_OF = t("One of: {}.", "只能填：{}。", "只能填：{}。")
_YES_NO = t("yes,no", "是,否", "是,否")


def template(table: str, language: Language) -> bytes:
    """The blank workbook of ``table``. Raises ``ConfigurationError`` for a table that does not exist."""
    if table not in CONTRACTS:
        raise ConfigurationError(f"No table '{table}'. The tables are {', '.join(CONTRACTS)}.")
    contract = CONTRACTS[table]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": contract.title.said(language), "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - a fixed stamp
    sheet = book.add_worksheet(contract.title.said(language)[:31])
    heading = {required: book.add_format({"bold": True, "bottom": 2, "bg_color": "#FFF2CC" if required else "#F2F2F2"})
               for required in (True, False)}
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(contract.columns):
        title = column.label.said(language)
        width = max(12, sum(2 if ord(char) > 0x2E80 else 1 for char in title) + 4)
        sheet.set_column(index, index, width, book.add_format({"num_format": _FORMATS[column.kind]}))
        sheet.write_string(0, index, title, heading[column.required])
        sheet.write_comment(0, index, hint(column, language), {"x_scale": 1.6})
        choices = list(column.values) or (_YES_NO.said(language).split(",") if column.kind is Kind.BOOL else [])
        if choices:
            sheet.data_validation(1, index, ROWS, index, {"validate": "list", "source": choices, "error_title": title,
                                                          "error_message": hint(column, language)[:255]})
    book.close()
    return out.getvalue()


def hint(column: Column, language: Language) -> str:
    """What to write into ``column``, in a sentence or two."""
    parts = [_REQUIRED.said(language)] if column.required else []
    parts.append(_ONE_OF.said(language).format(", ".join(column.values)) if column.values else _HINTS[column.kind].said(language))
    return f"{column.name}: " + " ".join(parts)


def layout_for(contract: Contract) -> str:
    """The YAML layout that reads a filled-in template of ``contract`` in any of the three languages."""
    lines = [f"table: {contract.name}", f'files: ["**/{contract.name}*.xlsx"]', "header: {rows: 1}", "columns:"]
    for column in contract.columns:
        said = column.label
        headings = ", ".join(f'"{text}"' for text in dict.fromkeys((said.hans, said.hant, said.en)))
        lines.append(f"  {column.name}: {{headings: [{headings}]" + ("}" if column.required else ", optional: true}"))
    return "\n".join(lines) + "\n"
