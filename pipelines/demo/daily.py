"""The outlet daily report (经销商终端日报): one dealer of the demo reports every day what its shops bought, not once a month.

Due at four in the afternoon of the same day; some days come late, one not at all. What was sold is decided in ``dealers``.
"""

from __future__ import annotations

from datetime import date, timedelta

from pipelines.company.calendar import Calendar
from pipelines.demo import world as w
from pipelines.demo.files import Col, Fault, Inbox, Row, next_month

REPORTER = 6
"""Which of the reporting dealers (by place) does so, in the latest month."""
DUE = "16:00"

_COLUMNS = [
    Col("终端编码", "outlet_code"),
    Col("终端名称", "_outlet"),
    Col("产品编码", "product_code"),
    Col("产品名称", "_product"),
    Col("数量", "qty", "e4"),
    Col("单位", "unit"),
    Col("金额", "amount", "fen"),
]


def reports(world: w.World, index: int, month: tuple[int, int]) -> bool:
    """Whether that dealer's month is told day by day."""
    return index == REPORTER and month == world.months[-1]


def write(
    inbox: Inbox, calendar: Calendar, dealer: w.Customer, month: tuple[int, int], sold: list[Row], stock: list[Row], *, faults: bool
) -> None:
    """A workbook for every day that is worked or on which something was sold, and the month's count."""
    last = w.last_day(month)
    days = [last - timedelta(days=n) for n in range(last.day - 1, -1, -1)]
    told = [day for day in days if calendar.is_working_day(day) or any(row["sold_on"] == day for row in sold)]
    worked = [day for day in told if calendar.is_working_day(day)]
    silent = next((day for day in worked[8:] if not any(row["sold_on"] == day for row in sold)), None) if faults else None
    late = {worked[4]: (worked[4], "17:05:00"), worked[10]: (worked[10] + timedelta(days=1), "09:10:00")} if faults else {}
    for day in told:
        path, key = f"dealers/{dealer.code}/终端日报_{day.isoformat()}.xlsx", day.isoformat()
        if day == silent:
            inbox.faults.append(Fault("daily_not_received", "not_received", "file", "sell_out", sender=dealer.code, period=key))
            continue
        rows = [row for row in sold if row["sold_on"] == day]
        with inbox.workbook(path) as book:
            sheet = book.sheet("终端日报")
            below = sheet.table(sheet.titles("经销商终端日报", f"日期：{key}　单位：元"), _COLUMNS, rows)
            sheet.put(below, 0, "合计", book.bold)
            sheet.put(below, 6, sum(row["amount"] for row in rows) / 100, book.money)
        arrived, at = late.get(day, (day, f"15:{day.day:02d}:00"))
        if day in late:
            inbox.faults.append(Fault("late_daily", "late", "file", "sell_out", file=path, sender=dealer.code, period=key))
        inbox.arrive(path, arrived, dealer.code, at)
        inbox.tally(path, "sell_out", key, rows, amount="amount", scale=100, sender=dealer.code)
    _count(inbox, dealer, month, stock)


def _count(inbox: Inbox, dealer: w.Customer, month: tuple[int, int], stock: list[Row]) -> None:
    path, key = f"dealers/{dealer.code}/月末库存_{w.key(month)}.xlsx", w.key(month)
    columns = [
        Col("盘点日期", "counted_on", "date"),
        Col("产品编码", "product_code"),
        Col("产品名称", "_product"),
        Col("库存数量", "qty", "e4"),
        Col("单位", "unit"),
    ]
    with inbox.workbook(path) as book:
        sheet = book.sheet("月末库存")
        sheet.table(sheet.titles(f"月末库存　{key}"), columns, stock)
    inbox.arrive(path, next_month(month, 3), dealer.code, "10:20:00")
    inbox.tally(path, "dealer_stock", key, stock, amount="qty", sender=dealer.code)


def owed(world: w.World, code: str, since: str) -> list[list[str]]:
    """What the daily reporter owes instead of a month of sell-out: the days of the latest month."""
    begin = date(*world.months[-1], 1)
    return [
        [code, "sell_out", "period", "5", "1", "18:00", since, (begin - timedelta(days=1)).isoformat(), ""],
        [code, "sell_out", "day", "0", "0", DUE, begin.isoformat(), "", ""],
        [code, "dealer_stock", "period", "5", "1", "18:00", since, "", ""],
    ]
