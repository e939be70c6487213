"""What dealers and salespeople sent, read into rows: the part of the plain script that is about people's workbooks.

Six ways to write a month, as this one company's dealers do. A row with a cell that cannot be read, a required cell that is blank, an
unknown code or a key that another row has with different content is refused; why and where is kept for the workbook that goes back.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import load_workbook

from bench.plain_cells import FAULT, day, number

TOTALS = ("合计", "合計", "总计", "Total")
UNITS = {"噸": "吨", "t": "吨", "bag": "袋"}
KINDS = {"新客户": "new", "回访": "return", "重点客户": "key_account"}
COLUMNS = {
    "sell_out": ["sold_on", "dealer", "outlet", "product", "qty", "unit", "amount"],
    "dealer_stock": ["counted_on", "dealer", "product", "qty", "unit"],
    "outlet": ["dealer", "outlet", "valid_from", "name", "kind", "address", "listed_on", "closed_on", "first_traded_on"],
    "outlet_contract": ["dealer", "outlet", "period", "qty", "unit"],
    "visit": ["visited_at", "employee", "customer", "outlet", "kind", "succeeded", "amount", "stock", "count", "display", "offered",
              "note"],
}
KEYS = {
    "sell_out": ["sold_on", "dealer", "outlet", "product"],
    "dealer_stock": ["counted_on", "dealer", "product"],
    "outlet": ["dealer", "outlet", "valid_from"],
    "outlet_contract": ["dealer", "outlet", "period"],
    "visit": ["visited_at", "employee", "customer", "outlet"],
}
REQUIRED = {
    "sell_out": ["sold_on", "dealer", "outlet", "product", "qty"],
    "dealer_stock": ["counted_on", "dealer", "product", "qty"],
    "outlet": ["dealer", "outlet", "valid_from", "name"],
    "outlet_contract": ["dealer", "outlet", "period", "qty"],
    "visit": ["visited_at", "employee", "customer"],
}
HEADINGS = {
    "出货日期": "sold_on", "出貨日期": "sold_on", "Date": "sold_on", "终端编码": "outlet", "終端編碼": "outlet", "Outlet": "outlet",
    "产品编码": "product", "產品編碼": "product", "Product": "product", "数量": "qty", "數量": "qty", "Qty": "qty", "单位": "unit",
    "單位": "unit", "Unit": "unit", "金额": "amount", "金額": "amount", "Amount CNY": "amount", "盘点日期": "counted_on",
    "盤點日期": "counted_on", "Counted on": "counted_on", "库存数量": "qty", "庫存數量": "qty", "Stock qty": "qty", "终端名称": "name",
    "終端名稱": "name", "Outlet name": "name", "终端类型": "kind", "終端類型": "kind", "Kind": "kind", "地址": "address",
    "Address": "address", "建档日期": "listed_on", "建檔日期": "listed_on", "Listed on": "listed_on", "关闭日期": "closed_on",
    "關閉日期": "closed_on", "Closed on": "closed_on", "首次进货日期": "first_traded_on", "首次進貨日期": "first_traded_on",
    "First traded on": "first_traded_on", "期間": "period", "Period": "period", "签约量": "qty", "簽約量": "qty", "Committed qty": "qty",
}  # fmt: skip
VISIT = {
    "日期": "visited_at", "客户编码": "customer", "终端编码": "outlet", "拜访类型": "kind", "是否成交": "succeeded", "订货金额": "amount",
    "当期库存": "stock", "品种数": "count", "陈列": "display", "新品推介": "offered", "备注": "note",
}  # fmt: skip
DATES = ("sold_on", "counted_on", "visited_at", "valid_from", "listed_on", "closed_on", "first_traded_on")
NUMBERS = ("qty", "amount", "stock", "count")


@dataclass
class Reported:
    """Rows by table that keep the rules; refused rows with their reason; files that could not be used; totals that differ."""

    rows: dict[str, pd.DataFrame] = field(default_factory=dict)
    refused: pd.DataFrame = field(default_factory=pd.DataFrame)
    files: list[tuple[str, str]] = field(default_factory=list)
    totals: list[tuple[str, str, int, int]] = field(default_factory=list)


class Reader:
    """Collects rows with the place that they came from."""

    def __init__(self) -> None:
        self.found: dict[str, list[list[Any]]] = {table: [] for table in COLUMNS}
        self.totals: list[tuple[str, str, int, int]] = []

    def add(self, table: str, place: tuple[str, str, int], cells: dict[str, tuple[Any, int]], **fixed: Any) -> None:
        """One row; ``cells`` is name → value and column."""
        row = [fixed[name] if name in fixed else cells.get(name, (None, 0))[0] for name in COLUMNS[table]]
        where = {name: column for name, (_, column) in cells.items()}
        self.found[table].append([*row, *place, where])

    def plain(self, table: str, place: tuple[str, str], rows: list[Any], names: dict[str, str], first: str, **fixed: Any) -> None:
        """A table whose header has ``first``: every row below it."""
        start = next(index for index, row in enumerate(rows) if first in (text(cell) for cell in row) and "：" not in text(row[0]))
        heads = {column: names[text(cell)] for column, cell in enumerate(rows[start]) if text(cell) in names}
        self.body(table, place, rows, start + 1, heads, **fixed)

    def body(self, table: str, place: tuple[str, str], rows: list[Any], start: int, heads: dict[int, str], **fixed: Any) -> None:
        """Rows below a header whose columns are known; sections such as ``终端：D0004-001 …`` name the outlet of their rows."""
        amount = 0
        at = [column for column, name in heads.items() if name == "amount"]
        for index, row in enumerate(rows[start:], start):
            if all(row[column] is None or text(row[column]) == "" for column in heads):
                continue
            first = text(row[min(heads)])
            if first in TOTALS:
                stated = number(tidy(row[at[0]])) if at else None
                if isinstance(stated, int) and stated != amount:
                    self.totals.append((*place, stated, amount))
                continue
            if first.startswith("终端："):
                fixed["outlet"] = first[3:].split()[0]
                continue
            cells = {name: (row[column], column + 1) for column, name in heads.items()}
            if at and isinstance(value := number(tidy(row[at[0]])), int):
                amount += value
            self.add(table, (*place, index + 1), cells, **fixed)


def text(cell: Any) -> str:
    """A cell as text."""
    return "" if cell is None else str(cell).strip()


def tidy(cell: Any) -> Any:
    """Full-width digits to plain ones; blanks to None."""
    if not isinstance(cell, str):
        return cell
    return unicodedata.normalize("NFKC", cell).strip() or None


def read(inbox: Path) -> tuple[Reader, list[tuple[str, str]]]:
    """Every workbook of dealers and salespeople; a correction replaces its month, the same content counts once."""
    reader, unusable = Reader(), []
    arrived = pd.read_csv(inbox / "arrivals.csv").set_index("path")["arrived_at"].to_dict()
    chosen: dict[tuple[str, str], Path] = {}
    seen = set()
    paths = [path for folder in ("dealers", "field") for path in (inbox / folder).rglob("*") if path.is_file()]
    for path in sorted(paths, key=lambda one: (str(arrived.get(one.relative_to(inbox).as_posix(), "")), one.name)):
        name = path.relative_to(inbox).as_posix()
        if path.suffix != ".xlsx":
            unusable.append((name, "no workbook"))
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        if content in seen:
            continue
        seen.add(content)
        try:
            book = load_workbook(path, read_only=True, data_only=True)
            sheets = {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
        except Exception as error:  # noqa: BLE001  a plain script lists the file and goes on
            unusable.append((name, str(error)[:80]))
            continue
        found = re.match(r"(.*?)_(\d{4}-\d{2})", path.stem)
        if found is None:
            unusable.append((name, "no month in its name"))
            continue
        key = (path.parent.name, found[0])
        if key in chosen:  # the later of two replaces the earlier
            old = chosen[key].relative_to(inbox).as_posix()
            for table in reader.found:
                reader.found[table] = [row for row in reader.found[table] if row[len(COLUMNS[table])] != old]
            reader.totals = [one for one in reader.totals if one[0] != old]
        chosen[key] = path
        take(reader, name, path.parent.name, found[1], found[2], sheets)
    return reader, unusable


def take(reader: Reader, name: str, sender: str, kind: str, month: str, sheets: dict[str, list[Any]]) -> None:
    """The rows of one workbook, by how its sender writes it."""
    year, number_ = int(month[:4]), int(month[5:])
    end = (date(year, number_, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    for sheet, rows in sheets.items():
        place = (name, sheet)
        dealer = sender
        if kind in ("月報", "終端檔案"):
            dealer = re.search(r"（([^（）]+)）$", text(rows[0][0]))[1]  # type: ignore[index]
        if sheet in ("出货明细", "出貨明細", "Sell-out"):
            first = {"出货明细": "终端编码", "出貨明細": "終端編碼"}.get(sheet, "Outlet")
            reader.plain("sell_out", place, rows, HEADINGS, first, dealer=dealer)
        elif sheet in ("终端档案", "終端檔案", "Outlets"):
            first = {"终端档案": "终端编码", "終端檔案": "終端編碼"}.get(sheet, "Outlet")
            reader.plain("outlet", place, rows, HEADINGS, first, dealer=dealer, valid_from=end)
        elif sheet in ("終端簽約", "Contracts") or (sheet == "终端签约" and kind != "终端及签约"):
            reader.plain("outlet_contract", place, rows, HEADINGS | {"期间": "period"},
                         {"終端簽約": "終端編碼", "终端签约": "终端编码"}.get(sheet, "Outlet"), dealer=dealer)
        elif sheet == "终端签约":
            months = {column: int(text(cell)[:-1]) for column, cell in enumerate(rows[0]) if re.fullmatch(r"\d+月", text(cell))}
            for index, row in enumerate(rows[1:], 2):
                for column, one in months.items():
                    if row[column] is not None:
                        cells = {"outlet": (row[0], 1), "unit": (row[1], 2), "qty": (row[column], column + 1)}
                        reader.add("outlet_contract", (*place, index), cells, dealer=dealer, period=f"{year}-{one:02d}")
        elif sheet == "出货":
            start = next(index for index, row in enumerate(rows) if text(row[0]) == "出货日期")
            reader.body("sell_out", place, rows, start + 1, {0: "sold_on", 1: "product", 3: "qty", 4: "unit", 5: "amount"}, dealer=dealer)
        elif sheet == "分日出货":
            start = next(index for index, row in enumerate(rows) if text(row[0]) == "终端编码")
            days = {column: day(cell) for column, cell in enumerate(rows[start]) if isinstance(cell, datetime) or text(cell)[:2] == "20"}
            for index, row in enumerate(rows[start + 1 :], start + 2):
                if text(row[0]) in TOTALS:
                    continue
                for column, on in days.items():
                    if row[column] is not None and text(row[column]) != "":
                        cells = {"outlet": (row[0], 1), "product": (row[2], 3), "unit": (row[3], 4), "qty": (row[column], column + 1)}
                        reader.add("sell_out", (*place, index), cells, dealer=dealer, sold_on=on)
        elif sheet == "进销存":
            start = next(index for index, row in enumerate(rows) if text(row[0]) == "终端编码")
            sold = [row if row[0] is not None else [None] * len(row) for row in rows]
            reader.body("sell_out", place, sold, start + 1, {0: "outlet", 2: "product", 4: "qty", 5: "unit", 6: "amount"},
                        dealer=dealer, sold_on=end)
            counted = [row if row[8] is not None else [None] * len(row) for row in rows]
            reader.body("dealer_stock", place, counted, start + 1, {8: "counted_on", 9: "product", 11: "qty", 12: "unit"}, dealer=dealer)
        elif sheet == "销售日记":
            reader.plain("visit", place, rows, VISIT, "客户编码", employee=sender)
        elif sheet in ("库存", "庫存", "Stock") and kind == "经销商月报表":
            reader.body("dealer_stock", place, rows, 2, {0: "product", 2: "counted_on", 3: "qty", 4: "unit"}, dealer=dealer)
        elif sheet == "库存" and kind == "分日出货":
            on = day(re.search(r"\d{4}-\d{2}-\d{2}", " ".join(text(cell) for cell in rows[0]))[0])  # type: ignore[index]
            start = next(index for index, row in enumerate(rows) if text(row[0]) == "产品编码")
            for left in [column for column, cell in enumerate(rows[start]) if text(cell) == "产品编码"]:
                heads = {left: "product", left + 2: "qty", left + 3: "unit"}
                reader.body("dealer_stock", place, rows, start + 1, heads, dealer=dealer, counted_on=on)
        elif sheet in ("库存", "庫存", "Stock"):
            first = {"库存": "盘点日期", "庫存": "盤點日期"}.get(sheet, "Counted on")
            reader.plain("dealer_stock", place, rows, HEADINGS, first, dealer=dealer)


def judged(inbox: Path, known: dict[str, set[str]], renamed: dict[str, dict[str, str]], units: dict[str, set[Any]]) -> Reported:
    """Every row read and judged. ``known`` holds the codes of customers, products and employees."""
    reader, unusable = read(inbox)
    result = Reported(files=unusable, totals=reader.totals)
    reasons = []
    for table in ("outlet", "outlet_contract", "sell_out", "dealer_stock", "visit"):
        names = COLUMNS[table]
        frame = pd.DataFrame(reader.found[table], columns=[*names, "file", "sheet", "row", "where"], dtype=object)
        for name in names:
            if name in DATES:
                frame[name] = frame[name].map(lambda cell: cell if type(cell) is date else day(tidy(cell)))
            elif name in NUMBERS:
                frame[name] = frame[name].map(lambda cell: number(tidy(cell)))
            elif name in ("succeeded", "display", "offered"):
                frame[name] = frame[name].map({"是": True, "否": False, None: None})
            else:
                frame[name] = frame[name].map(lambda cell: tidy(cell) if isinstance(cell, str) or cell is None else str(cell))
        if "unit" in names:
            frame["unit"] = frame["unit"].replace(UNITS)
        for name, kind in (("dealer", "客户"), ("customer", "客户"), ("product", "产品")):
            if name in names:
                frame[name] = frame[name].replace(renamed[kind])
        wrong: list[tuple[str, str, pd.Series]] = [
            ("cannot be read", name, frame[name] == FAULT) for name in names if name in DATES or name in NUMBERS
        ]
        wrong += [("missing", name, frame[name].isna()) for name in REQUIRED[table]]
        for name, kind in (("dealer", "customer"), ("customer", "customer"), ("product", "product"), ("employee", "employee")):
            if name in names:
                wrong.append(("unknown", name, frame[name].notna() & ~frame[name].isin(known[kind])))
        if "outlet" in names and table != "outlet":
            wrong.append(("unknown", "outlet", frame["outlet"].notna() & ~frame["outlet"].isin(known["outlet"])))
        if "unit" in names and "product" in names:
            pairs = zip(frame["product"], frame["unit"], strict=True)
            strange = [unit is not None and unit not in units.get(code, {unit}) for code, unit in pairs]
            wrong.append(("not the product's", "unit", pd.Series(strange, frame.index, dtype=bool)))
        if table == "visit":
            listed = frame["kind"].map(KINDS)
            wrong.append(("not in the list", "kind", frame["kind"].notna() & listed.isna()))
            frame["kind"] = listed
        plain = frame["qty"].map(lambda value: value if isinstance(value, int) else 1) if "qty" in names else None
        if table == "dealer_stock":
            wrong.append(("negative", "qty", plain < 0))
        if table == "outlet_contract":
            wrong.append(("not positive", "qty", plain <= 0))
        frame = frame[~frame.duplicated(names, keep="first")]
        lone = pd.Series(True, frame.index)
        for _, _, series in wrong:
            lone &= ~series.reindex(frame.index)
        key = pd.Series(False, frame.index)
        key[lone] = frame[lone].duplicated(KEYS[table], keep=False)
        wrong.append(("another row has this key", KEYS[table][0], key))
        refused = pd.Series(False, frame.index)
        for why, name, series in wrong:
            here = series.reindex(frame.index)
            for row in frame[here].itertuples(index=False):
                reasons.append((table, row.file, row.sheet, row.row, row.where.get(name, 0), name, why))
            refused |= here
        result.rows[table] = frame[~refused].drop(columns=["where"])
        if table == "outlet":
            known = {**known, "outlet": set(result.rows[table]["outlet"])}
    result.refused = pd.DataFrame(reasons, columns=["table", "file", "sheet", "row", "column", "name", "reason"])
    return result


def refusals(reported: Reported) -> dict[str, int]:
    """Rows refused, by table."""
    # Months across give several rows from one of the sheet: the column tells them apart where the cell itself is at fault.
    counted = reported.refused.drop_duplicates(["table", "file", "sheet", "row", "column", "name"])
    return {str(table): int(count) for table, count in counted.groupby("table").size().items()}
