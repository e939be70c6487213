"""What the demo's own people send: visits, plans, targets and comments, as workbooks, with faults.

How a diary is written down is in ``diaries``, reports and what HR keeps in ``people``, what the market says in ``market``.

Plans are made from what the business would normally do, so that most attainments lie near 100 % and the stories (a region far
below its plan, one above, a line whose price slips) show. What the reports compute from it is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from pipelines.demo import diaries
from pipelines.demo import world as w
from pipelines.demo.business import EXPENSE_ITEMS, LINE_WEIGHT, SEASON, Business
from pipelines.demo.files import Book, Col, Delivered, Error, Fault, Inbox, Row, next_month, plant
from pipelines.demo.names import LINES, REGIONS
from pipelines.demo.world import habit

PLANNING, PRODUCTION, FINANCE, HR = "planning", "production", "finance", "hr"
MONTHS = 6
REGION_STORY = {"R01": 1.03, "R02": 0.97, "R03": 1.02, "R04": 0.96, "R05": 0.77, "R06": 1.0, "R07": 1.19, "R08": 0.99}
"""Actual ÷ plan that a region tends to: one clearly below, one clearly above."""
VISIT_KINDS = {"new": "新客户", "return": "回访", "key_account": "重点客户"}
"""As a diary has them; key accounts are visited by appointment, and stand in the weekly report."""
KPIS = {
    "visit_coverage": (0.9, 0.15),
    "distribution": (0.8, 0.2),
    "sales_per_outlet": (3.0, 0.15),
    "active_rate": (0.7, 0.15),
    "signed_attainment": (1.0, 0.2),
    "stock_days": (45, 0.15),
}


@dataclass
class FieldRows(Delivered):
    """What was delivered, by table; plan values are ten-thousandths of 元, of the base unit, or of a count."""

    visit: list[Row] = field(default_factory=list)
    plan: list[Row] = field(default_factory=list)
    kpi_target: list[Row] = field(default_factory=list)
    commentary: list[Row] = field(default_factory=list)


def write(world: w.World, business: Business, inbox: Inbox, *, faults: bool) -> FieldRows:
    """Write diaries, plans, targets and comments."""
    rng = np.random.default_rng([world.size.seed, 5])
    found = FieldRows()
    _visits(world, inbox, found, rng, faults=faults)
    years = sorted({year for year, _ in world.months if year >= 2025})
    for year in years:
        _sales_plan(world, business, inbox, found, rng, year, faults=faults and year == 2026)
        _other_plans(world, business, inbox, found, rng, year)
    _targets(world, inbox, found, faults=faults)
    _comments(world, inbox, found, faults=faults)
    return found


# ---------------------------------------------------------------- visits


def _visits(world: w.World, inbox: Inbox, found: FieldRows, rng: np.random.Generator, *, faults: bool) -> None:
    own: dict[str, list[w.Customer]] = {}
    for one in world.customers:
        own.setdefault(one.employee_on(world.end), []).append(one)
    shops: dict[str, list[w.Outlet]] = {}
    for outlet in world.outlets:
        shops.setdefault(outlet.dealer, []).append(outlet)
    reporting = {one.code: n for n, one in enumerate(world.reporters)}
    styles = {person.code: diaries.style_of(world, person) for person in world.people}
    with_codes = [code for code, style in styles.items() if style == diaries.VISITS]
    written = np.random.default_rng([world.size.seed, 8])
    for number, person in enumerate(world.people):
        style = styles[person.code]
        nearby = [one for one in world.customers if one.region == person.region][:2]
        customers = own.get(person.code) or _until_leaving(world, person) or nearby
        if not customers:
            continue
        for month in world.months[-MONTHS:]:
            days = [date(*month, n) for n in range(1, w.last_day(month).day + 1) if date(*month, n).weekday() < 6]
            rows: list[Row] = []
            taken: set[tuple[date, str, str]] = set()
            for one in customers:
                for outlet in shops.get(one.code, []):
                    if outlet.listed > date(*month, 1) or rng.random() >= outlet.visited:
                        continue
                    _visit(
                        rows, taken, rng, days, person.code, one, outlet.code, 0.35 + 0.3 * (3 - habit(reporting[one.code])) / 3
                    )
                for _ in range(2 if one.kind == "dealer" else 1):
                    _visit(rows, taken, rng, days, person.code, one, None, 0.5)
            rows = [row for row in rows if person.works_on(row["visited_at"])]
            if not rows:
                continue
            rows.sort(key=lambda row: (row["visited_at"], row["customer_code"], row["outlet_code"] or ""))
            rows = diaries.styled(world, style, rows, written)
            if faults and month in world.months[-2:] and style == diaries.VISITS:
                _visit_faults(rows, with_codes.index(person.code), person.code, month, len(with_codes))
            if faults and month == world.months[-1] and style == diaries.ORDERS:
                diaries.spoil_orders(world, rows, person.code, month)
            path = diaries.write_visits(inbox, person, number, style, month, rows)
            inbox.tally(path, "visit", w.key(month), rows, amount="order_amount", scale=100, sender=person.code)
            found.visit += rows


def _until_leaving(world: w.World, person: w.Employee) -> list[w.Customer]:
    return [one for one in world.customers if person.left and one.employee_on(person.left) == person.code]


_NOTES = ("需补货", "对价格有意见", "货款已催收", "准备参加订货会", "竞品促销力度大", "")


def _visit(
    rows: list[Row],
    taken: set[tuple[date, str, str]],
    rng: np.random.Generator,
    days: list[date],
    person: str,
    customer: w.Customer,
    outlet: str | None,
    success: float,
) -> None:
    day = days[int(rng.integers(len(days)))]
    if (day, customer.code, outlet or "") in taken:
        return
    taken.add((day, customer.code, outlet or ""))
    done = bool(rng.random() < success)
    rows.append(
        {
            "visited_at": day,
            "employee_code": person,
            "customer_code": customer.code,
            "_name": customer.name,
            "outlet_code": outlet,
            "kind": VISIT_KINDS["return"],
            "succeeded": done,
            "order_amount": int(rng.integers(5, 120)) * 500_00 if done else None,
            "stock_seen": int(rng.integers(0, 60)) * 5000 if outlet else None,
            "product_count": int(rng.integers(2, 15)),
            "display_done": bool(rng.random() < 0.6),
            "new_product_offered": bool(rng.random() < 0.3),
            "note": _NOTES[int(rng.integers(len(_NOTES)))],
        }
    )


def _visit_faults(rows: list[Row], number: int, person: str, month: tuple[int, int], people: int) -> None:
    specs: tuple[tuple[str, str, str, Any], ...] = (
        ("unknown_customer", "unknown_reference", "customer_code", "D9997"),
        ("unknown_outlet", "unknown_reference", "outlet_code", "D0001-999"),
        ("not_in_list", "not_in_list", "kind", "路过"),
        ("text_in_number", "not_a_number", "order_amount", "约两万"),
        ("invalid_date", "not_a_date", "visited_at", "上周五"),
        ("missing", "missing", "customer_code", None),
        ("formula_error", "formula_error", "order_amount", Error("#VALUE!")),
        ("ambiguous_date", "ambiguous_date", "visited_at", "10/11/26"),
    )
    for n, (kind, rule, column, raw) in enumerate(specs):
        where = (n * 5 + 3) % people if month[1] % 2 == 0 else (n * 7 + 1) % people
        if where != number or (month[1] % 2 and n % 2) or len(rows) < 4:
            continue
        free = [
            row
            for row in rows
            if "_faults" not in row
            and (column != "outlet_code" or row["outlet_code"])
            and (column != "order_amount" or row["order_amount"])
        ]
        if free:
            row = free[len(free) // 2]
            plant(
                row,
                Fault(
                    kind, rule, "error", "visit", column, raw, sender=person, period=w.key(month), document=row["customer_code"]
                ),
            )


# ---------------------------------------------------------------- plans

Cells = dict[tuple[str, str, int], int]
"""(region, product or line, month) → value."""


def _normal(world: w.World, business: Business, year: int) -> tuple[dict[tuple[str, str], int], dict[tuple[str, str], int]]:
    """A year's net amount (fen) and quantity (e4 of the base unit) by region and product, brought to twelve months."""
    goods = dict(enumerate(world.products))
    own = business.sales.filter((pl.col("document_kind") != "delivery") & (pl.col("document_date").dt.year() == year))
    sums = own.group_by("region", "product", maintain_order=True).agg(pl.col("net_fen", "qty_e4").sum())
    months = [month for y, month in world.months if y == year]
    net: dict[tuple[str, str], int] = {}
    qty: dict[tuple[str, str], int] = {}
    for region, product, fen, units in sums.sort("region", "product").iter_rows():
        one = goods[product]
        season = SEASON[one.line]
        gone_after = one.discontinued.month if one.discontinued and one.discontinued.year == year else 12
        seen = sum(season[month - 1] for month in months if month <= gone_after)
        share = sum(season) / seen if seen else 0.0
        net[region, one.code] = round(fen * share)
        qty[region, one.code] = round(units * share * one.factor_e8 / 10**8)
    return net, qty


def _sales_plan(
    world: w.World, business: Business, inbox: Inbox, found: FieldRows, rng: np.random.Generator, year: int, *, faults: bool
) -> None:
    """Two workbooks, a sheet a region: amounts in 万元 by planning, quantities by production; subtotals, a total, quarters."""
    net, qty = _normal(world, business, year)
    products = [one for one in world.products if one.launched < date(year, 1, 1)]
    amounts: Cells = {}
    units: Cells = {}
    for region, _, _ in REGIONS:
        for one in products:
            if not net.get((region, one.code), 0) > 0:
                continue
            season = SEASON[one.line]
            factor = REGION_STORY[region] * float(rng.normal(1.0, 0.05))
            for month in range(1, 13):
                share = season[month - 1] / sum(season) / factor
                # Amounts to a hundred 元, quantities to a hundredth of the base unit.
                amount = (
                    max(1, round(net[region, one.code] * share * (1.02 if one.line == "磷酸二铵" else 1.0) / 100_00)) * 100_00
                )
                amounts[region, one.code, month] = amount
                units[region, one.code, month] = max(1, round(qty[region, one.code] * share / 100)) * 100
    for name, measure, cells, form, sender in (
        ("年度销售计划", "net_amount", amounts, "wan", PLANNING),
        ("年度销量计划", "qty", units, "e4", PRODUCTION),
    ):
        path = f"plan/{name}_{year}.xlsx"
        rows: list[Row] = []
        with inbox.workbook(path) as book:
            for region, region_name, _ in REGIONS:
                _plan_sheet(
                    world, book, region, region_name, products, cells, measure, form, year, rows, faults=faults, sender=sender
                )
        inbox.arrive(path, date(year - 1, 12, 20), sender, "16:00:00" if measure == "net_amount" else "16:30:00")
        inbox.tally(path, "plan", str(year), rows, amount="value", sender=sender)
        found.plan += rows


_HEADS = [
    "1月",
    "2月",
    "3月",
    "一季度",
    "4月",
    "5月",
    "6月",
    "二季度",
    "7月",
    "8月",
    "9月",
    "三季度",
    "10月",
    "11月",
    "12月",
    "四季度",
    "全年",
]


def _plan_sheet(
    world: w.World,
    book: Book,
    region: str,
    region_name: str,
    products: list[w.Product],
    cells: Cells,
    measure: str,
    form: str,
    year: int,
    rows: list[Row],
    *,
    faults: bool,
    sender: str,
) -> None:
    scale = 1_000_000 if form == "wan" else 10_000
    sheet = book.sheet(region_name)
    unit = "万元" if form == "wan" else "吨（水溶肥：升）"
    top = sheet.titles(f"{region_name} {year} 年{'销售' if form == 'wan' else '销量'}计划", f"单位：{unit}")
    for n, heading in enumerate(["产品线", "产品编码", "产品名称", *_HEADS]):
        sheet.put(top, n, heading, book.head)
    row_no = top + 1
    planted = faults and region in (("R04", "R08") if measure == "net_amount" else ("R06",))
    grand = dict.fromkeys(range(1, 13), 0)
    for line, _, _ in LINES:
        lines = [one for one in products if one.line == line and (region, one.code, 1) in cells]
        if not lines:
            continue
        sums = dict.fromkeys(range(1, 13), 0)
        for n, one in enumerate(lines):
            sheet.put(row_no, 0, line)
            sheet.put(row_no, 1, one.code)
            sheet.put(row_no, 2, one.name)
            shown: dict[int, Any] = {}
            for month in range(1, 13):
                value = cells[region, one.code, month]
                row: Row = {
                    "version": "annual",
                    "period": f"{year}-{month:02d}",
                    "measure": measure,
                    "region_code": region,
                    "product_code": one.code,
                    "value": value * 100 if form == "wan" else value,
                }
                shown[month] = value / scale
                if planted and line == "复合肥" and n == 1 and month == (8 if region != "R08" else 10):
                    raw = "待定" if region != "R08" else Error("#REF!")
                    fault = plant(
                        row,
                        Fault(
                            "text_in_number" if region != "R08" else "formula_error",
                            "not_a_number" if region != "R08" else "formula_error",
                            "error",
                            "plan",
                            "value",
                            raw,
                            sender=sender,
                            period=row["period"],
                            document=one.code,
                        ),
                    )
                    shown[month] = raw
                    sheet.place(fault, row_no, 3 + _HEADS.index(f"{month}月"))
                else:
                    sums[month] += value
                rows.append(row)
            readable = {month: value if isinstance(value, float) else 0.0 for month, value in shown.items()}
            _plan_cells(sheet, row_no, shown, {month: round(value * scale) for month, value in readable.items()}, scale)
            row_no += 1
        sheet.put(row_no, 0, "小计", book.bold)
        _plan_cells(sheet, row_no, {month: value / scale for month, value in sums.items()}, sums, scale)
        grand = {month: grand[month] + sums[month] for month in grand}
        row_no += 1
    if form == "wan":
        sheet.put(row_no, 0, "合计", book.bold)
        _plan_cells(sheet, row_no, {month: value / scale for month, value in grand.items()}, grand, scale)


def _plan_cells(sheet: Any, row_no: int, shown: dict[int, Any], values: dict[int, int], scale: int) -> None:
    """The months of one row with their quarters and the year."""
    for n, heading in enumerate(_HEADS):
        if heading == "全年":
            sheet.put(row_no, 3 + n, sum(values.values()) / scale)
        elif heading.endswith("季度"):
            quarter = "一二三四".index(heading[0])
            sheet.put(row_no, 3 + n, sum(values[month] for month in range(quarter * 3 + 1, quarter * 3 + 4)) / scale)
        else:
            sheet.put(row_no, 3 + n, shown[int(heading[:-1])])


def _other_plans(world: w.World, business: Business, inbox: Inbox, found: FieldRows, rng: np.random.Generator, year: int) -> None:
    """Receipts and outlets by salesperson, customers and visits by region, expenses by region and item: months across, a sheet each."""
    months = [f"{month}月" for month in range(1, 13)]
    known = {month for y, month in world.months if y == year}
    receipts = business.receipts.filter(pl.col("day").dt.year() == year).group_by("owner").agg(pl.col("amount_fen").sum())
    paid = dict(receipts.iter_rows())
    season = np.array([sum(SEASON[line][m] * LINE_WEIGHT[line] for line, _, _ in LINES) for m in range(12)])
    names = {one.code: one for one in world.people}
    rows: list[Row] = []
    for code, one in names.items():
        yearly = int(paid.get(code, 0)) * 12 / max(1, len(known)) / REGION_STORY[one.region] ** 0.5 * float(rng.normal(1, 0.04))
        values = {m + 1: max(0, round(yearly * season[m] / season.sum() / 10_000_00)) * 10_000_00 for m in range(12)}
        rows.append(
            {
                "employee_code": code,
                "_name": one.name,
                "measure": "receipts",
                "_values": values,
                "_form": 1_000_000,
                "_scale": 100,
            }
        )
    _across(
        world,
        inbox,
        found,
        f"plan/回款计划_{year}.xlsx",
        "回款计划",
        f"{year} 年回款计划（万元）",
        [("业务员编码", "employee_code"), ("业务员", "_name")],
        rows,
        months,
        year,
        FINANCE,
        "17:00:00",
    )
    # Shops that a salesperson is to win, where somebody reports them.
    with_shops = {one.employee_on(date(year, 12, 31)) for one in world.reporters}
    rows = [
        {"employee_code": code, "_name": one.name, "measure": "outlets", "_values": dict.fromkeys(range(1, 13), 2 + number % 3),
         "_form": 1, "_scale": 10_000}
        for number, (code, one) in enumerate(names.items()) if code in with_shops
    ]  # fmt: skip
    _across(
        world,
        inbox,
        found,
        f"plan/终端开发计划_{year}.xlsx",
        "终端开发计划",
        f"{year} 年终端开发计划（家）",
        [("业务员编码", "employee_code"), ("业务员", "_name")],
        rows,
        months,
        year,
        PLANNING,
        "17:05:00",
    )
    rows = []
    for region, name, _ in REGIONS:
        people = sum(one.region == region for one in world.people)
        for measure, label, usual in (("new_customers", "新客户数", 1), ("visits", "拜访次数", people * 45)):
            rows.append(
                {
                    "region_code": region,
                    "_name": name,
                    "measure": measure,
                    "_label": label,
                    "_values": dict.fromkeys(range(1, 13), usual),
                    "_form": 1,
                    "_scale": 10_000,
                }
            )
    _across(
        world,
        inbox,
        found,
        f"plan/发展计划_{year}.xlsx",
        "发展计划",
        f"{year} 年客户发展计划",
        [("区域编码", "region_code"), ("区域", "_name"), ("指标", "_label")],
        rows,
        months,
        year,
        PLANNING,
        "17:10:00",
    )
    rows = []
    spent = {
        (region, item): fen
        for region, item, fen in business.expenses.filter(pl.col("spent_on").dt.year() == year)
        .group_by("region", "item")
        .agg(pl.col("amount_fen").sum())
        .iter_rows()
    }
    for region, name, _ in REGIONS:
        for item, label in EXPENSE_ITEMS.items():
            monthly = round(spent.get((region, item), 0) / max(1, len(known)) / 100_00 * 1.03) * 100_00
            rows.append(
                {
                    "region_code": region,
                    "_name": name,
                    "measure": f"expense:{item}",
                    "_label": label,
                    "_values": dict.fromkeys(range(1, 13), monthly),
                    "_form": 1_000_000,
                    "_scale": 100,
                }
            )
    _across(
        world,
        inbox,
        found,
        f"plan/费用预算_{year}.xlsx",
        "费用预算",
        f"{year} 年费用预算（万元）",
        [("区域编码", "region_code"), ("区域", "_name"), ("费用项目", "_label")],
        rows,
        months,
        year,
        FINANCE,
        "17:20:00",
    )


def _across(
    world: w.World,
    inbox: Inbox,
    found: FieldRows,
    path: str,
    title: str,
    above: str,
    left: list[tuple[str, str]],
    rows: list[Row],
    months: list[str],
    year: int,
    sender: str,
    at: str,
) -> None:
    delivered: list[Row] = []
    with inbox.workbook(path) as book:
        sheet = book.sheet(title)
        top = sheet.titles(above)
        for n, heading in enumerate([heading for heading, _ in left] + months):
            sheet.put(top, n, heading, book.head)
        for row_no, row in enumerate(rows, start=top + 1):
            for n, (_, name) in enumerate(left):
                sheet.put(row_no, n, row[name])
            for month in range(1, 13):
                value = row["_values"][month]
                sheet.put(row_no, len(left) + month - 1, value / row["_form"])
                delivered.append(
                    {
                        "version": "annual",
                        "period": f"{year}-{month:02d}",
                        "measure": row["measure"],
                        "region_code": row.get("region_code", "all"),
                        "employee_code": row.get("employee_code", "all"),
                        "product_code": "all",
                        "value": value * row["_scale"],
                    }
                )
    inbox.arrive(path, date(year - 1, 12, 21), sender, at)
    inbox.tally(path, "plan", str(year), delivered, amount="value", sender=sender)
    found.plan += delivered


# ---------------------------------------------------------------- targets and comments


def _targets(world: w.World, inbox: Inbox, found: FieldRows, *, faults: bool) -> None:
    rows: list[Row] = []
    for month in world.months[-MONTHS:]:
        for kpi, (target, weight) in KPIS.items():
            rows.append(
                {
                    "scope": "all",
                    "kpi": kpi,
                    "period": w.key(month),
                    "target": round(target * 10_000),
                    "weight": round(weight * 10_000),
                }
            )
    # Two dealers have targets of their own: the narrowest scope wins.
    rows += [
        {
            "scope": f"dealer:{dealer.code}",
            "kpi": "visit_coverage",
            "period": w.key(world.months[-1]),
            "target": 8000,
            "weight": 1500,
        }
        for dealer in world.reporters[1:3]
    ]
    rows.append(
        {"scope": "region:R05", "kpi": "stock_days", "period": w.key(world.months[-1]), "target": 500_000, "weight": 1500}
    )
    if faults:
        rows.append({"scope": "region:R06", "kpi": "active_rate", "period": w.key(world.months[-1]), "target": 0, "weight": 1500})
        plant(
            rows[-1],
            Fault(
                "text_in_number",
                "not_a_number",
                "error",
                "kpi_target",
                "target",
                "七成",
                sender=HR,
                period=w.key(world.months[-1]),
                document="region:R06",
            ),
        )
    path = "plan/指标目标_2026.xlsx"
    with inbox.workbook(path) as book:
        sheet = book.sheet("指标目标")
        sheet.table(
            sheet.titles("经销商过程指标目标"),
            [
                Col("适用范围", "scope"),
                Col("指标", "kpi"),
                Col("期间", "period"),
                Col("目标值", "target", "e4"),
                Col("权重", "weight", "e4"),
            ],
            rows,
        )
    inbox.arrive(path, date(2026, 4, 28), HR, "10:00:00")
    inbox.tally(path, "kpi_target", "2026", rows, sender=HR)
    found.kpi_target += rows


_STORIES = {
    "R05": "驻马店、信阳两地经销商库存偏高，秋季底肥订货推迟；竞品每吨让利80元。11月集中清库，安排三场订货会。",
    "R07": "邯郸新开五家经销商提前备肥，复合肥放量；需保障发运，避免压货。",
    "R04": "回款进度正常，个别客户超信用额度，已停止发货并逐户催收。",
}


def _comments(world: w.World, inbox: Inbox, found: FieldRows, *, faults: bool) -> None:
    for month in world.months[-3:]:
        rows: list[Row] = [
            {
                "period": w.key(month),
                "scope": f"region:{region}",
                "text": _STORIES.get(region, f"{name}本月按计划推进，秋季用肥结束，下月重点回款与冬储政策宣讲。"),
                "author": world.managers[region].name,
            }
            for region, name, _ in REGIONS
        ]
        if faults and month == world.months[-1]:
            rows[1]["text"] = None
            plant(
                rows[1],
                Fault(
                    "missing",
                    "missing",
                    "error",
                    "commentary",
                    "text",
                    None,
                    sender=PLANNING,
                    period=w.key(month),
                    document=rows[1]["scope"],
                ),
            )
        path = f"plan/情况说明_{w.key(month)}.xlsx"
        with inbox.workbook(path) as book:
            sheet = book.sheet("情况说明")
            sheet.table(
                sheet.titles(f"区域月报情况说明　{w.key(month)}"),
                [Col("期间", "period"), Col("范围", "scope"), Col("原因与措施", "text"), Col("撰写人", "author")],
                rows,
            )
        inbox.arrive(path, next_month(month, 3), PLANNING, "18:00:00")
        inbox.tally(path, "commentary", w.key(month), rows, sender=PLANNING)
        found.commentary += rows
