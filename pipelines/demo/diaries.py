"""The diaries of the demo's salespeople: different people keep different ones.

A visit diary with codes, an order list that knows shops by their names only, a customer card with stock and past sales, and beside
them free notes by day. Which visits there were is decided in ``field``; here is how they are written down, and what is wrong with it.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pipelines.demo import world as w
from pipelines.demo.files import KEEP, Col, Fault, Inbox, Row, next_month, plant
from pipelines.demo.names import PLACES

Month = tuple[int, int]

VISITS, ORDERS, CARDS = "销售日记", "订货登记表", "客户卡"
COLUMNS: dict[str, list[Col]] = {
    VISITS: [
        Col("日期", "visited_at", "date"),
        Col("客户编码", "customer_code"),
        Col("客户名称", "_name"),
        Col("终端编码", "outlet_code"),
        Col("拜访类型", "kind"),
        Col("是否成交", "succeeded", "yes"),
        Col("订货金额", "order_amount", "fen"),
        Col("当期库存", "stock_seen", "e4"),
        Col("品种数", "product_count"),
        Col("陈列", "display_done", "yes"),
        Col("新品推介", "new_product_offered", "yes"),
        Col("备注", "note"),
    ],
    ORDERS: [
        Col("日期", "visited_at", "dot"),
        Col("店名", "_shop"),
        Col("电话", "phone"),
        Col("地址", "address"),
        Col("订货金额", "order_amount", "fen"),
        Col("品种", "products"),
        Col("备注", "note"),
    ],
    CARDS: [
        Col("拜访日期", "visited_at", "date"),
        Col("客户编码", "customer_code"),
        Col("客户名称", "_name"),
        Col("终端编码", "outlet_code"),
        Col("往期销量", "previous_sales", "e4"),
        Col("当期库存", "stock_seen", "e4"),
        Col("本次进货量", "order_qty", "e4"),
        Col("进货品种", "products"),
        Col("要求分销品种", "products_wanted"),
        Col("最近几次进货", "recent_orders"),
        Col("备注", "note"),
    ],
}
NOTES = "工作日记"


def _owners(world: w.World) -> list[str]:
    """The salespeople whose dealers have shops."""
    return list(dict.fromkeys(dealer.employee_on(world.end) for dealer in world.reporters))


def style_of(world: w.World, person: w.Employee) -> str:
    """The visit diary that ``person`` keeps: some of those who have shops keep an order list or cards."""
    owners = _owners(world)
    if person.code not in owners:
        return VISITS
    return (VISITS, ORDERS, CARDS, VISITS)[owners.index(person.code) % 4]


def note_keepers(world: w.World) -> list[str]:
    """Codes of the salespeople who write notes by day: those without shops, whose days are not full of visits."""
    owners = _owners(world)
    return [one.code for one in world.people if one.code not in owners]


_CARRIED = ("复合肥15-15-15", "复合肥28-6-6", "尿素", "磷酸二铵64%", "生物有机肥", "大量元素水溶肥")


def styled(world: w.World, style: str, rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """The visits as a diary of that style tells them; what it has no column for is not delivered."""
    if style == VISITS:
        return rows
    shops = {outlet.code: outlet for outlet in world.outlets}
    found: list[Row] = []
    for row in rows:
        outlet = shops.get(row["outlet_code"] or "")
        products = "、".join(_CARRIED[int(n)] for n in sorted({int(n) for n in rng.integers(0, len(_CARRIED), 2)}))
        base = {key: row[key] for key in ("visited_at", "employee_code", "customer_code", "_name", "outlet_code", "note")}
        if style == ORDERS:
            if outlet is None:
                continue
            found.append(
                base
                | {
                    "_shop": outlet.name,
                    "phone": f"13{int(rng.integers(10**8, 10**9))}",
                    "address": outlet.address,
                    "order_amount": row["order_amount"] or 0,
                    "products": products if row["succeeded"] else None,
                }
            )
        else:
            bought = int(rng.integers(1, 12)) * 5000 if row["succeeded"] else 0
            found.append(
                base
                | {
                    "order_amount": None,
                    "previous_sales": int(rng.integers(1, 40)) * 5000,
                    "stock_seen": row["stock_seen"],
                    "order_qty": bought,
                    "products": products if bought else None,
                    "products_wanted": _CARRIED[int(rng.integers(len(_CARRIED)))],
                    "recent_orders": f"{row['visited_at'].month - 1}月{int(rng.integers(1, 9))}吨；"
                    f"{row['visited_at'].month}月{int(rng.integers(1, 9))}吨",
                }
            )
    return found


def write_visits(inbox: Inbox, person: w.Employee, number: int, style: str, month: Month, rows: list[Row]) -> str:
    """The diary of one month as a workbook. Returns its path."""
    path = f"field/{person.code}/{style}_{w.key(month)}.xlsx"
    with inbox.workbook(path) as book:
        sheet = book.sheet(style)
        sheet.table(sheet.titles(f"{style}　{person.name}　{w.key(month)}"), COLUMNS[style], rows)
    inbox.arrive(path, next_month(month, 1 + number % 3), person.code, f"{17 + number % 6:02d}:{number % 60:02d}:00")
    return path


def spoil_orders(world: w.World, rows: list[Row], person: str, month: Month) -> None:
    """Two rows of an order list whose shop nobody can know: one that is in no list, and a name that two shops have."""
    key = w.key(month)
    free = [row for row in rows if "_faults" not in row]
    if len(free) < 3:
        return
    plant(free[1], Fault("unknown_shop", "unknown_name", "error", "visit", "_shop", "老地方农资店", sender=person, period=key))
    twins = w.twins(world)
    if twins:
        free[2]["_shop"] = twins
        plant(free[2], Fault("shop_of_two", "ambiguous_name", "error", "visit", "_shop", twins, sender=person, period=key))


# ---------------------------------------------------------------- notes by day

_DONE = (
    "走访{place}终端四家，核对库存，张贴新品海报",
    "陪同{dealer}下乡送货，收回终端货款并当日上缴",
    "在{place}组织农民会，到会三十余人，现场订货",
    "与{dealer}核对往来账目，确认秋季返利口径",
    "协助{dealer}整理库房，清点临期产品",
    "拜访{place}种植大户两户，了解底肥用量与竞品价格",
    "到{place}示范田取土样，拍照留存对比效果",
    "处理{place}终端投诉，更换受潮产品两袋",
)
_TOMORROW = (
    "去{place}铺货，目标三家",
    "与{dealer}商定下月进货计划",
    "跟进{place}订货会回款",
    "拜访{place}未合作门店",
    "整理周报，核对本周订单",
)
_PROBLEMS = ("", "", "", "竞品每吨让利六十元，终端要求跟进", "{place}终端压货，动销慢", "{dealer}反映到货周期长", "新品海报不足")
_SOLUTIONS = {"竞": "申请阶段性促销支持", "终": "组织一场农民会带动动销", "反": "已与储运部沟通，优先安排发运", "新": "向市场部申领二十张"}


def write_notes(
    world: w.World,
    inbox: Inbox,
    person: w.Employee,
    cover: str,
    months: list[tuple[Month, list[date], list[str]]],
    rng: np.random.Generator,
    said: set[str],
    *,
    copyist: str,
) -> list[Row]:
    """Some months of notes of one person as a workbook, a sheet a month. ``months`` have their working days and the person's dealers.

    There is a note for nearly every working day, and none like another in ``said`` unless it is planted: the ``copyist`` copies a week.
    """
    path, every = f"field/{person.code}/{NOTES}_{cover}.xlsx", list[Row]()
    with inbox.workbook(path) as book:
        for month, days, dealers in months:
            copies = person.code == copyist and month == world.months[-1]
            rows = _notes_of(person, days, dealers, rng, said, 0.0 if copies else 0.04)
            if copyist:
                _spoil_notes(inbox, path, rows, person, month, world, copies=copies)
            sheet = book.sheet(f"{month[1]}月")
            sheet.table(sheet.titles(f"{NOTES}　{person.name}　{w.key(month)}"), _NOTE_COLUMNS, rows)
            every += rows
    inbox.arrive(path, next_month(months[-1][0], 1), person.code, f"18:{int(person.code) % 60:02d}:00")
    inbox.tally(path, "diary", cover, every, sender=person.code)
    return every


_NOTE_COLUMNS = [
    Col("日期", "day", "chinese"),
    Col("今日工作内容", "work_done"),
    Col("明日计划", "plan_tomorrow"),
    Col("需解决的问题", "problem"),
    Col("解决办法", "solution"),
]


def copied_week(world: w.World) -> date:
    """The Monday of the week that says again what the week before it said: the last whole one of the latest month."""
    return _monday(world.end) - timedelta(days=7)


def _notes_of(
    person: w.Employee, days: list[date], dealers: list[str], rng: np.random.Generator, said: set[str], left_out: float
) -> list[Row]:
    places = PLACES[person.region]
    rows: list[Row] = []
    for day in days:
        if rng.random() < left_out:
            continue  # a day without record
        place, dealer = places[int(rng.integers(len(places)))], dealers[int(rng.integers(len(dealers)))] if dealers else "经销商"
        problem = _PROBLEMS[int(rng.integers(len(_PROBLEMS)))].format(place=place, dealer=dealer)
        start = problem.removeprefix(place).removeprefix(dealer)[:1]
        rows.append(
            {
                "employee_code": person.code,
                "day": day,
                "line": 1,
                "work_done": _new(rng, places, dealer, said),
                "plan_tomorrow": _TOMORROW[int(rng.integers(len(_TOMORROW)))].format(place=place, dealer=dealer),
                "problem": problem or None,
                "solution": _SOLUTIONS.get(start) if problem else None,
            }
        )
    return rows


def _new(rng: np.random.Generator, places: tuple[str, ...], dealer: str, said: set[str]) -> str:
    """Two things done on one day, in words that this person has not used yet."""
    while True:
        parts = (
            _DONE[int(n)].format(place=places[int(rng.integers(len(places)))], dealer=dealer) for n in rng.choice(len(_DONE), 2, False)
        )
        text = "；".join(parts)
        if text not in said:
            said.add(text)
            return text


def _spoil_notes(inbox: Inbox, path: str, rows: list[Row], person: w.Employee, month: Month, world: w.World, *, copies: bool) -> None:
    keepers, key = note_keepers(world), w.key(month)
    if copies:
        second = copied_week(world)
        first = second - timedelta(days=7)
        copied = [{**row, "day": row["day"] + timedelta(days=7)} for row in rows if _monday(row["day"]) == first]
        rows[:] = sorted([row for row in rows if _monday(row["day"]) != second] + copied, key=lambda row: row["day"])
        year, number, _ = second.isocalendar()
        subject = f"{person.code} {year}-W{number:02d}"
        inbox.faults.append(
            Fault("copied_week", "copied_week", "behaviour", "diary", file=path, sender=person.code, period=key, document=subject)
        )
    if month == world.months[-2] and person.code == keepers[0] and len(rows) > 6:
        again = {**rows[5], "work_done": "在公司参加月度例会", "problem": None, "solution": None}
        rows.insert(6, again)
        for row in rows[5:7]:
            twice = Fault("day_twice", "duplicate_key", "error", "diary", sender=person.code, period=key, document=str(row["day"]))
            plant(row, twice)
    if month == world.months[-1] and person.code == keepers[-1] and len(rows) > 4:
        rows[3].update(work_done=None, plan_tomorrow=None, problem=None, solution="见昨日")
        plant(rows[3], Fault("empty_note", "diary_says_something", "error", "diary", "work_done", KEEP, sender=person.code, period=key))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
