"""What the demo's reporting dealers send: outlet lists, commitments, sell-out and stock, in six layouts, with faults.

Also the truth of it: the rows that remain when the planted faults have been taken out. Layouts:
a simplified Chinese, b traditional Chinese with the dealer's name above the table, c English, d two-row headers and a section
a shop, e days across and blocks side by side, f sell-out on the left and stock on the right of one sheet.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from pipelines.company.calendar import Calendar
from pipelines.demo import daily
from pipelines.demo import world as w
from pipelines.demo.files import KEEP, Book, Col, Delivered, Error, Fault, Inbox, Row, Sheet, next_month, plant
from pipelines.demo.names import traditional

FORMATS = "abcdef"
MONTHS = 6
"""How many of the latest months the dealers report."""
FILE_NAMES = {"a": "月报_{}", "b": "月報_{}", "c": "report_{}", "d": "经销商月报表_{}", "e": "分日出货_{}", "f": "进销存_{}"}
OUTLET_FILES = {
    "a": "终端档案_{}",
    "b": "終端檔案_{}",
    "c": "outlets_{}",
    "d": "终端档案_{}",
    "e": "终端及签约_{}",
    "f": "终端档案_{}",
}
STOCK_DAYS = (34, 52, 66, 110)


@dataclass
class DealerRows(Delivered):
    """What was delivered (live files only), by table, with faults noted in the rows."""

    outlet: list[Row] = field(default_factory=list)
    outlet_contract: list[Row] = field(default_factory=list)
    sell_out: list[Row] = field(default_factory=list)
    dealer_stock: list[Row] = field(default_factory=list)


def layout_of(index: int) -> str:
    """The layout that the ``index``-th reporting dealer uses."""
    return FORMATS[index % len(FORMATS)]


def write(world: w.World, inbox: Inbox, calendar: Calendar, *, faults: bool) -> DealerRows:
    """Write the dealers' folders."""
    rng = np.random.default_rng([world.size.seed, 4])
    found = DealerRows()
    months = world.months[-MONTHS:]
    lists = [w.back(7)[0], w.back(4)[0], world.months[-1]]
    plans = _fault_plan(world, months) if faults else {}
    for index, dealer in enumerate(world.reporters):
        outlets = [one for one in world.outlets if one.dealer == dealer.code]
        commitments = _commitments(index, outlets, months, rng)
        for month in lists:
            _outlet_file(world, inbox, found, index, dealer, outlets, commitments, month, faults=faults)
        history: list[Row] = []
        for month in months:
            latest = month == world.months[-1]
            silent = faults and latest and index == len(world.reporters) - 1 and len(world.reporters) >= 20
            sold = _sell_out(
                world,
                index,
                outlets,
                commitments,
                month,
                rng,
                {(row["outlet_code"], row["product_code"], row["sold_on"]) for row in history},
            )
            stock = _stock(world, index, [*history, *sold], month, rng)
            if silent:
                inbox.faults.append(
                    Fault("not_received", "not_received", "file", "sell_out", sender=dealer.code, period=w.key(month))
                )
                continue
            history += sold
            for spec in plans.get((index, month), ()):
                _plant(world, spec, layout_of(index), sold, stock, month)
            found.sell_out += sold
            found.dealer_stock += stock
            if daily.reports(world, index, month):
                daily.write(inbox, calendar, dealer, month, sold, stock, faults=faults)
            else:
                _deliver(world, inbox, index, dealer, month, sold, stock, faults=faults)
    return found


# ---------------------------------------------------------------- what happened


def _commitments(
    index: int, outlets: list[w.Outlet], months: list[tuple[int, int]], rng: np.random.Generator
) -> dict[tuple[str, tuple[int, int]], int]:
    """Committed quantity by shop and month, in ten-thousandths of a ton."""
    found = {}
    for one in outlets:
        usual = float(rng.lognormal(1.0, 0.35))
        for year, month in [*months, *_after(months[-1], 2)]:
            season = (0.8, 1, 1.3, 1.1, 0.9, 1, 0.9, 1, 1.4, 1.2, 0.7, 0.6)[month - 1]
            found[one.code, (year, month)] = max(1, round(usual * season * 2)) * 5000
    return found


def _after(month: tuple[int, int], count: int) -> list[tuple[int, int]]:
    start = month[0] * 12 + month[1] - 1
    return [(n // 12, n % 12 + 1) for n in range(start + 1, start + 1 + count)]


def _sell_out(
    world: w.World,
    index: int,
    outlets: list[w.Outlet],
    commitments: dict[tuple[str, tuple[int, int]], int],
    month: tuple[int, int],
    rng: np.random.Generator,
    taken: set[tuple[str, str, date]],
) -> list[Row]:
    delivered = w.GRADE_HABITS[w.habit(index)][3]
    monthly = layout_of(index) == "f"
    goods = [one for one in world.products if one.base_unit == "吨" and not one.discontinued and one.launched < date(2026, 1, 1)]
    end = w.last_day(month)
    rows: list[Row] = []
    for shop in outlets:
        if shop.closed or shop.listed > date(*month, 1) or rng.random() >= shop.buys:
            continue
        wanted = (
            commitments[shop.code, month]
            * delivered
            * float(rng.normal(1, 0.22))
            * (1 / max(shop.buys, 0.6) if shop.signed else 1)
        )
        count = int(rng.integers(1, 4))
        for which in sorted(rng.choice(len(goods), size=count, replace=False)):
            product = goods[int(which)]
            day = end if monthly else date(*month, int(rng.integers(1, end.day + 1)))
            base = max(wanted, 2000) / count
            if product.unit == "袋":
                bags = max(1, round(base / 500))
                qty, unit, base_e4 = bags * 10_000, "袋", bags * 500
                if index % 4 == 1:
                    qty, unit = base_e4, "吨"
            else:
                qty = base_e4 = max(1, round(base / 1000)) * 1000
                unit = "吨"
            price = product.price_fen * (20 if product.unit == "袋" else 1)
            if (shop.code, product.code, day) in taken:
                continue
            rows.append(
                {
                    "sold_on": day,
                    "dealer_code": shop.dealer,
                    "outlet_code": shop.code,
                    "_outlet": shop.name,
                    "product_code": product.code,
                    "_product": product.name,
                    "qty": qty,
                    "unit": unit,
                    "amount": round(price * base_e4 * 1.08 / 10_000 / 100) * 100,
                    "_base": base_e4,
                    "grain": "month" if monthly else "day",
                }
            )
    rows.sort(
        key=lambda row: (
            (row["outlet_code"], row["sold_on"], row["product_code"])
            if layout_of(index) in "def"
            else (row["sold_on"], row["outlet_code"], row["product_code"])
        )
    )
    return rows


def _stock(world: w.World, index: int, sold: list[Row], month: tuple[int, int], rng: np.random.Generator) -> list[Row]:
    """The count at the month's end: so many days of what was sold lately, by habit."""
    recent = sum(row["_base"] for row in sold if row["sold_on"] > w.last_day(month) - timedelta(days=92))
    total = recent / 92 * STOCK_DAYS[w.habit(index)] * float(rng.uniform(0.9, 1.1))
    sellable = sorted({row["product_code"] for row in sold})[:14]
    goods = {one.code: one for one in world.products}
    rows: list[Row] = []
    for code in sellable:
        product = goods[code]
        base = max(1, round(total / len(sellable) * float(rng.uniform(0.5, 1.5)) / 500)) * 500
        qty, unit = (base * 20, "袋") if product.unit == "袋" and index % 4 != 1 else (base, "吨")
        rows.append(
            {
                "counted_on": w.last_day(month),
                "dealer_code": world.reporters[index].code,
                "product_code": code,
                "_product": product.name,
                "qty": qty,
                "unit": unit,
                "_base": base,
            }
        )
    return rows


# ---------------------------------------------------------------- what is wrong with it

Spec = tuple[str, str, str, str, Any]
"""Kind, rule, table, column, raw."""

SPECS: tuple[tuple[str, Spec], ...] = (
    ("abcdf", ("text_in_number", "not_a_number", "sell_out", "qty", "五十袋")),
    ("e", ("text_in_number", "not_a_number", "sell_out", "qty", "少许")),
    ("abd", ("invalid_date", "not_a_date", "sell_out", "sold_on", "本月下旬")),
    ("c", ("ambiguous_date", "ambiguous_date", "sell_out", "sold_on", "05/06/2026")),
    ("abcdf", ("formula_error", "formula_error", "sell_out", "amount", Error("#DIV/0!"))),
    ("abf", ("capital_amount", "chinese_capital_amount", "sell_out", "amount", "叁仟伍佰元整")),
    ("abcd", ("too_many_decimals", "too_many_decimals", "sell_out", "qty", 1.23456)),
    ("abcdf", ("unknown_product", "unknown_reference", "sell_out", "product_code", "019998")),
    ("abcf", ("unknown_outlet", "unknown_reference", "sell_out", "outlet_code", "SHOP-404")),
    ("abcd", ("missing", "missing", "sell_out", "product_code", None)),
    ("abc", ("duplicate_key_in_file", "duplicate_key", "sell_out", "", KEEP)),
    ("ab", ("date_outside_period", "date_outside_period", "sell_out", "sold_on", KEEP)),
    ("abcdef", ("negative_stock", "stock_not_negative", "dealer_stock", "qty", KEEP)),
    ("abcdf", ("text_in_number", "not_a_number", "dealer_stock", "qty", "若干")),
    ("abcdf", ("formula_error", "formula_error", "dealer_stock", "qty", Error("#REF!"))),
    ("acd", ("wrong_total", "total_row_differs", "sell_out", "amount", "total")),
)


def _fault_plan(world: w.World, months: list[tuple[int, int]]) -> dict[tuple[int, tuple[int, int]], list[Spec]]:
    """Which fault goes into whose file: the latest month first, some in the month before."""
    plan: dict[tuple[int, tuple[int, int]], list[Spec]] = {}
    count = len(world.reporters)
    for turn, month in enumerate((months[-1], months[-2], months[-1])):
        if turn == 2 and count < 20:
            break
        for n, (formats, spec) in enumerate(SPECS):
            fitting = [
                i
                for i in range(count)
                if layout_of(i) in formats
                and not (i == 0 and month == months[-2])
                and not (month == months[-1] and i == count - 1)
                and not daily.reports(world, i, month)
            ]
            if turn == 1 and n % 3:
                continue
            if fitting:
                plan.setdefault((fitting[(n * 2 + turn * 3) % len(fitting)], month), []).append(spec)
    return plan


def _plant(world: w.World, spec: Spec, letter: str, sold: list[Row], stock: list[Row], month: tuple[int, int]) -> None:
    kind, rule, table, column, raw = spec
    rows = sold if table == "sell_out" else stock
    free = [row for row in rows if "_faults" not in row and "_again" not in row and (row["qty"] % 20_000 or row["qty"] > 20_000)]
    if not free or (kind == "wrong_total" and any(row.get("_total") for row in sold)):
        return
    row = free[len(free) * (3 + len(kind)) // 30]
    finding = rule in ("date_outside_period", "total_row_differs")
    fault = Fault(
        kind,
        rule,
        "finding" if finding else "error",
        table,
        column,
        raw,
        sender=row["dealer_code"],
        period=w.key(month),
        document=row["product_code"],
    )
    if kind == "duplicate_key_in_file":
        again = {**row, "qty": row["qty"] + 10_000, "_base": 0, "_again": True}
        plant(row, fault)
        plant(
            again, Fault(kind, rule, "error", table, sender=row["dealer_code"], period=w.key(month), document=row["product_code"])
        )
        sold.insert(sold.index(row) + 2, again)
    elif kind == "date_outside_period":
        row["sold_on"] = date(*month, 1) - timedelta(days=1)
        plant(row, fault)
    elif kind == "negative_stock":
        fault.also = "negative_stock"
        row["qty"], row["_base"] = -50_000, 0
        plant(row, fault)
    elif kind == "wrong_total":
        sold[0]["_total"] = fault
        fault.raw = KEEP
    else:
        plant(row, fault)


# ---------------------------------------------------------------- files


def _deliver(
    world: w.World,
    inbox: Inbox,
    index: int,
    dealer: w.Customer,
    month: tuple[int, int],
    sold: list[Row],
    stock: list[Row],
    *,
    faults: bool,
) -> None:
    """One dealer's month, with the accidents that some deliveries have."""
    letter = layout_of(index)
    folder, name = f"dealers/{dealer.code}", FILE_NAMES[letter].format(w.key(month))
    path = f"{folder}/{name}.xlsx"
    arrived = next_month(month, 2 + index % 3)
    latest = month == world.months[-1]
    at = f"{8 + index % 9:02d}:{index % 60:02d}:00"
    cover = w.key(month)
    if faults and index == 0 and month == world.months[-2]:
        early = [dict(row) for row in sold]
        plant(
            early[2],
            Fault(
                "text_in_number",
                "not_a_number",
                "error",
                "sell_out",
                "qty",
                "待核实",
                sender=dealer.code,
                period=cover,
                live=False,
            ),
        )
        early[3]["amount"] += 100_000
        _write(world, inbox, path, letter, dealer, month, early, stock)
        inbox.arrive(path, arrived, dealer.code, at)
        inbox.tally(path, "sell_out", cover, early, amount="amount", scale=100, sender=dealer.code, status="superseded")
        inbox.tally(path, "dealer_stock", cover, stock, amount="qty", sender=dealer.code, status="superseded")
        inbox.faults.append(
            Fault("corrected_file", "superseded", "file", "sell_out", file=path, sender=dealer.code, period=cover)
        )
        path, arrived = f"{folder}/{name}_更正.xlsx", next_month(month, 8)
    if faults and latest and index == 1:
        _write(world, inbox, path, letter, dealer, month, [], [], planted=False)
        whole = (inbox.root / path).read_bytes()
        (inbox.root / path).write_bytes(whole[: len(whole) // 2])
        inbox.arrive(path, arrived, dealer.code, at)
        inbox.faults.append(Fault("truncated_workbook", "unreadable", "file", "", file=path, sender=dealer.code, period=cover))
        path, arrived = f"{folder}/{name}_重發.xlsx", next_month(month, 4)
    if faults and latest and index == 4:
        arrived = next_month(month, 12)
        inbox.faults.append(Fault("late_file", "late", "file", "sell_out", file=path, sender=dealer.code, period=cover))
    _write(world, inbox, path, letter, dealer, month, sold, stock)
    inbox.arrive(path, arrived, dealer.code, at)
    inbox.tally(path, "sell_out", cover, sold, amount="amount" if letter != "e" else "", scale=100, sender=dealer.code)
    inbox.tally(path, "dealer_stock", cover, stock, amount="qty", sender=dealer.code)
    if faults and latest and index == 2:
        copy = f"{folder}/{name} (1).xlsx"
        shutil.copyfile(inbox.root / path, inbox.root / copy)
        inbox.arrive(copy, next_month(month, 5), dealer.code, at)
        inbox.faults.append(Fault("identical_file", "duplicate", "file", "", file=copy, sender=dealer.code, period=cover))
    if faults and latest and index == 3:
        odd = f"{folder}/照片清单.txt"
        inbox.path(odd).write_text("陈列照片 12 张，门头照片 3 张，见微信群。\n", "utf-8")
        inbox.arrive(odd, arrived, dealer.code, at)
        inbox.faults.append(Fault("unmatched_file", "unmatched", "file", "", file=odd, sender=dealer.code, period=cover))


def _write(
    world: w.World,
    inbox: Inbox,
    path: str,
    letter: str,
    dealer: w.Customer,
    month: tuple[int, int],
    sold: list[Row],
    stock: list[Row],
    *,
    planted: bool = True,
) -> None:
    with inbox.workbook(path) as book:
        {"a": _plain_chinese, "b": _traditional, "c": _english, "d": _two_rows, "e": _across, "f": _side_by_side}[letter](
            book, dealer, month, sold, stock
        )


def _sum(rows: list[Row], column: str) -> int:
    """The total as a sender's SUM shows it: cells that are no number do not count."""
    return sum(
        row[column]
        for row in rows
        if not any(fault.column == column and fault.raw is not KEEP for fault in row.get("_faults", ()))
    )


def _total(sheet: Sheet, row_no: int, column: int, word: str, sold: list[Row], *, first: int = 0) -> None:
    """The total row, wrong by 88 where that is planted."""
    stated = _sum(sold, "amount")
    sheet.put(row_no, first, word, sheet.book.bold)
    for fault in (row["_total"] for row in sold if row.get("_total")):
        stated += 88_00
        sheet.place(fault, row_no, column)
    sheet.put(row_no, column, stated / 100, sheet.book.money)


def _plain_chinese(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    sheet = book.sheet("出货明细")
    below = sheet.table(
        sheet.titles(f"经销商出货月报　{w.key(month)}", "单位：元"),
        [
            Col("出货日期", "sold_on", "dot"),
            Col("终端编码", "outlet_code"),
            Col("终端名称", "_outlet"),
            Col("产品编码", "product_code"),
            Col("产品名称", "_product"),
            Col("数量", "qty", "wide"),
            Col("单位", "unit"),
            Col("金额", "amount", "fen"),
        ],
        sold,
    )
    _total(sheet, below, 7, "合计", sold)
    sheet = book.sheet("库存")
    sheet.table(
        sheet.titles(f"月末库存　{w.key(month)}"),
        [
            Col("盘点日期", "counted_on", "chinese"),
            Col("产品编码", "product_code"),
            Col("产品名称", "_product"),
            Col("库存数量", "qty", "e4"),
            Col("单位", "unit"),
        ],
        stock,
    )


def _traditional(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    above = f"經銷商：{traditional(dealer.name)}（{dealer.code}）"
    units = {"吨": "噸", "袋": "袋"}
    sheet = book.sheet("出貨明細")
    shown = [
        {**row, "_outlet": traditional(row["_outlet"]), "_product": traditional(row["_product"]), "unit": units[row["unit"]]}
        for row in sold
    ]
    below = sheet.table(
        sheet.titles(above, f"期間：{w.key(month)}") + 1,
        [
            Col("出貨日期", "sold_on", "slash"),
            Col("終端編碼", "outlet_code"),
            Col("終端名稱", "_outlet"),
            Col("產品編碼", "product_code"),
            Col("產品名稱", "_product"),
            Col("數量", "qty", "e4"),
            Col("單位", "unit"),
            Col("金額", "amount", "thousands"),
        ],
        shown,
    )
    _total(sheet, below, 7, "合計", sold)
    sheet = book.sheet("庫存")
    shown = [{**row, "_product": traditional(row["_product"]), "unit": units[row["unit"]]} for row in stock]
    sheet.table(
        sheet.titles(above) + 1,
        [
            Col("盤點日期", "counted_on", "slash"),
            Col("產品編碼", "product_code"),
            Col("產品名稱", "_product"),
            Col("庫存數量", "qty", "e4"),
            Col("單位", "unit"),
        ],
        shown,
    )


def _english(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    units = {"吨": "t", "袋": "bag"}
    sheet = book.sheet("Sell-out")
    below = sheet.table(
        0,
        [
            Col("Date", "sold_on", "date"),
            Col("Outlet", "outlet_code"),
            Col("Product", "product_code"),
            Col("Qty", "qty", "e4"),
            Col("Unit", "unit"),
            Col("Amount CNY", "amount", "fen"),
        ],
        [{**row, "unit": units[row["unit"]]} for row in sold],
    )
    _total(sheet, below, 5, "Total", sold)
    sheet = book.sheet("Stock")
    sheet.table(
        0,
        [
            Col("Counted on", "counted_on", "date"),
            Col("Product", "product_code"),
            Col("Stock qty", "qty", "e4"),
            Col("Unit", "unit"),
        ],
        [{**row, "unit": units[row["unit"]]} for row in stock],
    )


def _merged(sheet: Sheet, top: int, groups: list[tuple[str, int]], below: list[str]) -> int:
    """A header of two rows whose upper cells are merged over their group. Returns the next row."""
    column = 0
    for name, width in groups:
        if width > 1:
            sheet.sheet.merge_range(top, column, top, column + width - 1, name, sheet.book.head)
        else:
            sheet.put(top, column, name, sheet.book.head)
        column += width
    for n, name in enumerate(below):
        sheet.put(top + 1, n, name, sheet.book.head)
    return top + 2


def _two_rows(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    sheet = book.sheet("出货")
    row_no = _merged(
        sheet,
        sheet.titles(f"{dealer.name} 月报表"),
        [("时间", 1), ("产品", 2), ("本月出货", 3)],
        ["出货日期", "编码", "名称", "数量", "单位", "金额"],
    )
    columns = [
        Col("", "sold_on", "iso"),
        Col("", "product_code"),
        Col("", "_product"),
        Col("", "qty", "e4"),
        Col("", "unit"),
        Col("", "amount", "fen"),
    ]
    section = ""
    for row in sold:
        if row["outlet_code"] != section:
            section = row["outlet_code"]
            sheet.put(row_no, 0, f"终端：{section} {row['_outlet']}", sheet.book.bold)
            row_no += 1
        sheet.row(row_no, columns, row)
        row_no += 1
    _total(sheet, row_no, 5, "合计", sold)
    sheet = book.sheet("库存")
    below = _merged(sheet, 0, [("产品", 2), ("月末库存", 3)], ["编码", "名称", "日期", "数量", "单位"])
    sheet.table(
        below,
        [Col("", "product_code"), Col("", "_product"), Col("", "counted_on", "iso"), Col("", "qty", "e4"), Col("", "unit")],
        stock,
        header=False,
    )


def _across(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    days = [date(*month, n) for n in range(1, w.last_day(month).day + 1)]
    sheet = book.sheet("分日出货")
    top = sheet.titles(f"{dealer.name} 分日出货表")
    for n, heading in enumerate(["终端编码", "终端名称", "产品编码", "单位", *[day.isoformat() for day in days], "合计"]):
        sheet.put(top, n, heading, sheet.book.head)
    sums = dict.fromkeys(days, 0)
    row_no = top + 1
    for row in sold:
        place = 4 + row["sold_on"].day - 1
        for n, name in enumerate(("outlet_code", "_outlet", "product_code", "unit")):
            sheet.put(row_no, n, row[name])
        value: Any = row["qty"] / 10_000
        for fault in row.get("_faults", ()):
            value = value if fault.raw is KEEP else fault.raw
            sheet.place(fault, row_no, place)
        sheet.put(row_no, place, value)
        if not row.get("_faults"):
            sums[row["sold_on"]] += row["qty"]
            sheet.put(row_no, 4 + len(days), value)
        row_no += 1
    sheet.put(row_no, 0, "合计", sheet.book.bold)
    for n, total in enumerate(sums.values()):
        sheet.put(row_no, 4 + n, total / 10_000)
    sheet = book.sheet("库存")
    sheet.put(0, 0, f"盘点日期：{w.last_day(month).isoformat()}")
    half = (len(stock) + 1) // 2
    columns = [Col("产品编码", "product_code"), Col("产品名称", "_product"), Col("库存数量", "qty", "e4"), Col("单位", "unit")]
    sheet.table(2, columns, stock[:half])
    sheet.table(2, columns, stock[half:], left=5)


def _side_by_side(book: Book, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row]) -> None:
    sheet = book.sheet("进销存")
    top = sheet.titles(f"{dealer.name} 进销存月报　{w.key(month)}") + 1
    left = [
        Col("终端编码", "outlet_code"),
        Col("终端名称", "_outlet"),
        Col("产品编码", "product_code"),
        Col("产品名称", "_product"),
        Col("出货数量", "qty", "e4"),
        Col("出货单位", "unit"),
        Col("出货金额", "amount", "fen"),
    ]
    below = sheet.table(top, left, sold)
    _total(sheet, below, 6, "合计", sold)
    right = [
        Col("盘点日期", "counted_on", "iso"),
        Col("库存产品编码", "product_code"),
        Col("库存产品名称", "_product"),
        Col("盘点数量", "qty", "e4"),
        Col("计量单位", "unit"),
    ]
    sheet.table(top, right, stock, left=8)


def _outlet_file(
    world: w.World,
    inbox: Inbox,
    found: DealerRows,
    index: int,
    dealer: w.Customer,
    outlets: list[w.Outlet],
    commitments: dict[tuple[str, tuple[int, int]], int],
    month: tuple[int, int],
    *,
    faults: bool,
) -> None:
    """The list of shops as it stood at a month's end, and what they commit to for the months that follow."""
    letter = layout_of(index)
    end = w.last_day(month)
    rows: list[Row] = [
        {
            "dealer_code": one.dealer,
            "outlet_code": one.code,
            "name": one.name,
            "kind": one.kind,
            "address": one.address,
            "listed_on": one.listed,
            "closed_on": one.closed if one.closed and one.closed <= end else None,
            "first_traded_on": one.first_traded if one.first_traded and one.first_traded <= end else None,
            "_listed_at": month,
        }
        for one in outlets
        if one.listed <= end
    ]
    following = _after(month, 3 if month != world.months[-1] else 2)
    signed: list[Row] = [
        {
            "dealer_code": one.dealer,
            "outlet_code": one.code,
            "period": w.key(to),
            "_month": to,
            "committed_qty": commitments[one.code, to],
            "unit": "吨",
        }
        for to in following
        for one in outlets
        if one.signed and one.listed <= end
    ]
    if faults and month == world.months[-1]:
        _outlet_faults(index, dealer, letter, rows, signed, month)
    folder, name = f"dealers/{dealer.code}", OUTLET_FILES[letter].format(w.key(month))
    path = f"{folder}/{name}.xlsx"
    units = {"b": "噸", "c": "t"}.get(letter, "吨")
    with inbox.workbook(path) as book:
        heads = {
            "b": (
                "終端檔案",
                "終端簽約",
                ("終端編碼", "終端名稱", "終端類型", "地址", "建檔日期", "關閉日期", "首次進貨日期"),
                ("期間", "終端編碼", "簽約量", "單位"),
            ),
            "c": (
                "Outlets",
                "Contracts",
                ("Outlet", "Outlet name", "Kind", "Address", "Listed on", "Closed on", "First traded on"),
                ("Period", "Outlet", "Committed qty", "Unit"),
            ),
        }.get(
            letter,
            (
                "终端档案",
                "终端签约",
                ("终端编码", "终端名称", "终端类型", "地址", "建档日期", "关闭日期", "首次进货日期"),
                ("期间", "终端编码", "签约量", "单位"),
            ),
        )
        form = "date" if letter == "c" else "slash"
        names = ("outlet_code", "name", "kind", "address", "listed_on", "closed_on", "first_traded_on")
        forms = ("text", "text", "text", "text", form, form, form)
        sheet = book.sheet(heads[0])
        top = sheet.titles(f"經銷商：{traditional(dealer.name)}（{dealer.code}）") if letter == "b" else 0
        sheet.table(top, [Col(heading, column, kind) for heading, column, kind in zip(heads[2], names, forms, strict=True)], rows)
        sheet = book.sheet(heads[1])
        if letter == "e":
            _months_across(sheet, outlets, following, signed)
        else:
            top = sheet.titles(f"經銷商：{traditional(dealer.name)}（{dealer.code}）") if letter == "b" else 0
            sheet.table(
                top,
                [
                    Col(heads[3][0], "period"),
                    Col(heads[3][1], "outlet_code"),
                    Col(heads[3][2], "committed_qty", "e4"),
                    Col(heads[3][3], "unit"),
                ],
                [{**row, "unit": units} for row in signed],
            )
    inbox.arrive(path, next_month(month, 3), dealer.code, f"{8 + index % 9:02d}:{index % 60:02d}:30")
    inbox.tally(path, "outlet", w.key(month), rows, sender=dealer.code)
    inbox.tally(path, "outlet_contract", w.key(month), signed, amount="committed_qty", sender=dealer.code)
    found.outlet += rows
    found.outlet_contract += signed


def _outlet_faults(
    index: int, dealer: w.Customer, letter: str, rows: list[Row], signed: list[Row], month: tuple[int, int]
) -> None:
    made: Row = {
        "dealer_code": dealer.code,
        "name": "新店（待核实）",
        "kind": "村级店",
        "address": "",
        "listed_on": w.last_day(month),
        "_listed_at": month,
    }
    key = w.key(month)
    if index in (0, 8):
        rows.append({**made, "outlet_code": f"{dealer.code}-901", "name": None})
        plant(
            rows[-1],
            Fault(
                "missing",
                "missing",
                "error",
                "outlet",
                "name",
                None,
                sender=dealer.code,
                period=key,
                document=rows[-1]["outlet_code"],
            ),
        )
    if index in (2, 9):
        rows.append({**made, "outlet_code": f"{dealer.code}-902"})
        plant(
            rows[-1],
            Fault(
                "invalid_date",
                "not_a_date",
                "error",
                "outlet",
                "listed_on",
                "2026.9.31",
                sender=dealer.code,
                period=key,
                document=rows[-1]["outlet_code"],
            ),
        )
    if index in (1, 6) and signed:
        signed[0]["committed_qty"] = 0
        plant(
            signed[0],
            Fault(
                "zero_commitment",
                "commitment_positive",
                "error",
                "outlet_contract",
                "committed_qty",
                sender=dealer.code,
                period=key,
                document=signed[0]["outlet_code"],
            ),
        )
    if index in (4, 10) and len(signed) > 3:
        plant(
            signed[3],
            Fault(
                "text_in_number",
                "not_a_number",
                "error",
                "outlet_contract",
                "committed_qty",
                "待签",
                sender=dealer.code,
                period=key,
                document=signed[3]["outlet_code"],
            ),
        )


def _months_across(sheet: Sheet, outlets: list[w.Outlet], months: list[tuple[int, int]], signed: list[Row]) -> None:
    by_cell = {(row["outlet_code"], row["_month"]): row for row in signed}
    for n, heading in enumerate(["终端编码", "单位", *[f"{month}月" for _, month in months]]):
        sheet.put(0, n, heading, sheet.book.head)
    shops = [one.code for one in outlets if any((one.code, month) in by_cell for month in months)]
    for row_no, code in enumerate(shops, start=1):
        sheet.put(row_no, 0, code)
        sheet.put(row_no, 1, "吨")
        for n, month in enumerate(months):
            row = by_cell[code, month]
            value: Any = row["committed_qty"] / 10_000
            for fault in row.get("_faults", ()):
                value = value if fault.raw is KEEP else fault.raw
                sheet.place(fault, row_no, 2 + n)
            sheet.put(row_no, 2 + n, value)


def senders(world: w.World) -> Iterator[tuple[str, str]]:
    """Every reporting dealer with the language that it is answered in."""
    for index, dealer in enumerate(world.reporters):
        yield dealer.code, {"b": "zh-Hant", "c": "en"}.get(layout_of(index), "zh-Hans")
