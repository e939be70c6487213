"""What offices of the demo keep about people and the market: attendance, assessment events, training; signals, lost deals, complaints,
surveys, prospects, with faults.

What people write themselves is in ``people`` and ``diaries``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from pipelines.company.calendar import Calendar
from pipelines.demo import diaries
from pipelines.demo import world as w
from pipelines.demo.field import HR, PLANNING, FieldRows
from pipelines.demo.files import Col, Delivered, Fault, Inbox, Row, is_rejected, next_month, plant
from pipelines.demo.names import GIVEN, PLACES, REGIONS, SHOP_TAILS, SURNAMES
from pipelines.demo.people import MONTHS, working_days

MARKS = {"present": "√", "half_absent": "○", "absent": "×", "leave": "假", "travel": "差"}
_EVENTS = (
    ("outlet_problem", "终端问题未解决", -5, "{place}终端反映受潮产品未更换，逾期三天"),
    ("policy_or_stock", "政策库存不清", -5, "抽查时不能说明当月返利政策"),
    ("special_problem", "经销商特殊问题未报", -5, "{dealer}仓库漏雨未及时上报"),
    ("weekly_poor", "周报质量", -3, "周报重点客户拜访记录过于简单"),
    ("other_lapse", "工作纪律", -2, "例会迟到"),
)
"""Item of the rubric, as the sheet says it, points, facts."""
_MANAGER_EVENTS = (
    ("review_left_out", "周报批复", -2, "两份周报未批复"),
    ("supervision_lapse", "督导检查", -5, "未按计划下市场督导"),
)
COMPETITORS = ("云峰", "嘉禾", "中原红", "绿源", "金泰")
_SIGNALS = {
    "price": ("价格", "{rival}复合肥每吨降价{n}元"),
    "promotion": ("促销", "{rival}在{place}开展买十送一活动"),
    "product": ("产品", "{rival}推出含腐植酸尿素新品"),
    "channel": ("渠道", "{rival}在{place}新设乡镇分销点"),
    "people": ("人员", "{rival}从同行挖走业务经理一名"),
}
_REASONS = ("价格高于对手", "账期不满足", "对手关系深", "到货不及时", "品种不全")
_CATEGORIES = {"质量": "minor", "数量短缺": "minor", "包装破损": "minor", "服务态度": "major", "肥害": "severe"}
_SEVERITIES = {"minor": "一般", "major": "较重", "severe": "严重"}
DIMENSIONS = ("产品质量", "价格政策", "发货及时", "服务态度", "市场支持")
_TOPICS = ("冬储政策解读", "复合肥科学施用", "终端陈列标准", "回款与账期管理", "新品水溶肥知识", "竞品分析方法")
_STATES = {"new": "新发现", "contacted": "已接触", "negotiating": "洽谈中", "won": "已成交", "dropped": "已放弃"}


@dataclass
class OfficeRows(Delivered):
    """What was delivered, by table, with faults noted in the rows."""

    attendance: list[Row] = field(default_factory=list)
    assessment_event: list[Row] = field(default_factory=list)
    training: list[Row] = field(default_factory=list)
    market_signal: list[Row] = field(default_factory=list)
    lost_deal: list[Row] = field(default_factory=list)
    complaint: list[Row] = field(default_factory=list)
    survey_answer: list[Row] = field(default_factory=list)
    target_customer: list[Row] = field(default_factory=list)


def write(world: w.World, noted: FieldRows, inbox: Inbox, calendar: Calendar, *, faults: bool) -> OfficeRows:
    """Write what HR, the planning department and the regions keep. By accident nobody is absent on a day of a visit in ``noted``."""
    rng = np.random.default_rng([world.size.seed, 10])
    found = OfficeRows()
    for month in world.months[-MONTHS:]:
        latest = faults and month == world.months[-1]
        _attendance(world, noted, inbox, calendar, found, rng, month, faults=latest)
        _events(world, inbox, found, rng, month, faults=latest)
        _training(world, inbox, found, rng, month, faults=latest)
        _signals(world, inbox, found, rng, month, faults=latest)
        _lost(world, inbox, found, rng, month, faults=latest)
    _complaints(world, inbox, found, rng, faults=faults)
    for month in (world.months[-5], world.months[-2]):
        _survey(world, inbox, found, rng, month, faults=faults and month == world.months[-2])
    for month in world.months[-3:]:
        _prospects(world, inbox, found, rng, month)
    return found


def _one(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _sheet(
    inbox: Inbox,
    found: OfficeRows,
    table: str,
    path: str,
    title: str,
    cover: str,
    columns: list[Col],
    rows: list[Row],
    arrived: date,
    sender: str,
    *,
    amount: str = "",
) -> None:
    """One plain table as a workbook."""
    with inbox.workbook(path) as book:
        sheet = book.sheet(title)
        sheet.table(sheet.titles(f"{title}　{cover}"), columns, rows)
    inbox.arrive(path, arrived, sender, "16:20:00")
    inbox.tally(path, table, cover, rows, amount=amount, scale=100, sender=sender)
    getattr(found, table).extend(rows)


# ---------------------------------------------------------------- HR


def _attendance(
    world: w.World,
    noted: FieldRows,
    inbox: Inbox,
    calendar: Calendar,
    found: OfficeRows,
    rng: np.random.Generator,
    month: tuple[int, int],
    *,
    faults: bool,
) -> None:
    """Names down, days across, a mark a working day."""
    path, last = f"hr/考勤表_{w.key(month)}.xlsx", w.last_day(month)
    away = {(row["employee_code"], row["visited_at"]) for row in noted.visit if not is_rejected(row)}
    people = [one for one in world.employees if one.role in ("salesperson", "region_manager")]
    rows: list[Row] = []
    with inbox.workbook(path) as book:
        sheet = book.sheet("考勤表")
        top = sheet.titles("考勤表", f"月份：{w.key(month)}　符号：√出勤　○半天缺勤　×缺勤　假请假　差出差")
        for column, heading in enumerate(["序号", "员工编码", "姓名", *(f"{n}日" for n in range(1, last.day + 1))]):
            sheet.put(top, column, heading, book.head)
        at = top
        contradicted = None if faults else last
        for number, person in enumerate(people):
            days = working_days(calendar, month, person)
            if not days:
                continue
            at += 1
            for column, value in enumerate((number + 1, person.code, person.name)):
                sheet.put(at, column, value)
            visited = [day for day in days if (person.code, day) in away]
            for n, day in enumerate(days):
                status = "present"
                if (person.code, day) not in away:
                    status = ("present", "half_absent", "absent", "leave", "travel")[int(rng.choice(5, p=[0.93, 0.015, 0.01, 0.015, 0.03]))]
                row: Row = {"employee_code": person.code, "day": day, "status": status}
                mark = MARKS[status]
                if contradicted is None and number >= 9 and day in visited and day < diaries.copied_week(world):
                    contradicted, row["status"], mark = day, "absent", MARKS["absent"]
                    fault = Fault("visit_on_a_day_of_absence", "visit_while_absent", "behaviour", "attendance", sender=HR)
                    fault.document, fault.period = f"{person.code} {day}", w.key(month)
                    fault.file, fault.sheet, fault.row = path, "考勤表", at + 1
                    inbox.faults.append(fault)
                if faults and number == 12 and n == 3:
                    spoilt = plant(
                        row, Fault("bad_mark", "not_in_list", "error", "attendance", "status", "△", sender=HR, document=person.code)
                    )
                    spoilt.period, mark = w.key(month), "△"
                    sheet.place(spoilt, at, 2 + day.day)
                sheet.put(at, 2 + day.day, mark)
                rows.append(row)
    inbox.arrive(path, next_month(month, 3), HR, "16:00:00")
    inbox.tally(path, "attendance", w.key(month), rows, sender=HR)
    found.attendance += rows


def _events(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int], *, faults: bool) -> None:
    rows: list[Row] = []
    for person in (one for one in world.employees if one.role in ("salesperson", "region_manager")):
        listed = _MANAGER_EVENTS if person.role == "region_manager" else _EVENTS
        if rng.random() > 0.3 or not person.works_on(date(*month, 1)):
            continue
        item, label, points, text = listed[int(rng.integers(len(listed)))]
        place = _one(rng, PLACES[person.region])
        rows.append(
            {
                "employee_code": person.code, "_name": person.name, "happened_on": date(*month, 3 + int(rng.integers(17))),
                "_label": label, "rubric_item": item, "line": 1, "points": points * 10_000,
                "note": text.format(place=place, dealer=f"{place}经销商"),
            }
        )  # fmt: skip
    if faults:
        rows.append(
            {"employee_code": "00999", "_name": "张三", "happened_on": date(*month, 12), "_label": "工作纪律", "line": 1, "points": -20_000,
             "note": "例会缺席"}
        )  # fmt: skip
        unknown = Fault("unknown_employee", "unknown_reference", "error", "assessment_event", "employee_code", "00999", sender=HR)
        unknown.period = w.key(month)
        plant(rows[-1], unknown)
    columns = [
        Col("员工编码", "employee_code"),
        Col("姓名", "_name"),
        Col("日期", "happened_on", "date"),
        Col("考核项目", "_label"),
        Col("序号", "line"),
        Col("加减分", "points", "e4"),
        Col("事由", "note"),
    ]
    path = f"hr/考核记录_{w.key(month)}.xlsx"
    _sheet(inbox, found, "assessment_event", path, "考核记录", w.key(month), columns, rows, next_month(month, 3), HR)


def _training(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int], *, faults: bool) -> None:
    rows: list[Row] = []
    for region, name, _ in REGIONS:
        if rng.random() < 0.12:
            continue  # a region without training in this month
        rows.append(
            {
                "held_on": date(*month, 8 + int(rng.integers(16))), "region_code": region, "_name": name, "topic": _one(rng, _TOPICS),
                "trainer": world.managers[region].name, "attendees": int(rng.integers(4, 12)), "recorded": bool(rng.random() < 0.85),
            }
        )  # fmt: skip
    if faults and rows:
        plant(
            rows[0], Fault("attendees_in_words", "not_a_number", "error", "training", "attendees", "全体", sender=HR, period=w.key(month))
        )
    columns = [
        Col("培训日期", "held_on", "date"),
        Col("区域编码", "region_code"),
        Col("区域", "_name"),
        Col("培训主题", "topic"),
        Col("主讲人", "trainer"),
        Col("参加人数", "attendees"),
        Col("有无记录", "recorded", "yes"),
    ]
    _sheet(inbox, found, "training", f"hr/培训记录_{w.key(month)}.xlsx", "培训记录", w.key(month), columns, rows, next_month(month, 4), HR)


# ---------------------------------------------------------------- the market


def _signals(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int], *, faults: bool) -> None:
    rows: list[Row] = []
    for region, name, _ in REGIONS:
        for n in range(1, 1 + int(rng.integers(1, 5))):
            kind = tuple(_SIGNALS)[int(rng.integers(len(_SIGNALS)))]
            rival = _one(rng, COMPETITORS)
            label, text = _SIGNALS[kind]
            said = text.format(rival=rival, place=_one(rng, PLACES[region]), n=20 * int(rng.integers(1, 6)))
            seen = date(*month, 1 + int(rng.integers(w.last_day(month).day)))
            rows.append(
                {"seen_on": seen, "region_code": region, "_name": name, "line": n, "competitor": rival, "kind": label, "note": said}
            )
    rows.sort(key=lambda row: (row["seen_on"], row["region_code"], row["line"]))
    if faults:
        odd = Fault("signal_of_no_kind", "not_in_list", "error", "market_signal", "kind", "传闻", sender=PLANNING, period=w.key(month))
        plant(rows[4], odd)
    columns = [
        Col("发现日期", "seen_on", "date"),
        Col("区域编码", "region_code"),
        Col("区域", "_name"),
        Col("序号", "line"),
        Col("竞争对手", "competitor"),
        Col("类别", "kind"),
        Col("信息内容", "note"),
    ]
    _sheet(
        inbox,
        found,
        "market_signal",
        f"market/信息快报_{w.key(month)}.xlsx",
        "信息快报",
        w.key(month),
        columns,
        rows,
        next_month(month, 2),
        PLANNING,
    )


def _lost(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int], *, faults: bool) -> None:
    rows: list[Row] = []
    for person in world.people:
        if not person.works_on(date(*month, 1)) or rng.random() > 0.25:
            continue
        rows.append(
            {
                "lost_on": date(*month, 4 + int(rng.integers(16))), "employee_code": person.code, "line": 1, "_name": person.name,
                "customer": f"{_one(rng, PLACES[person.region])}{_one(rng, tuple(SURNAMES))}{_one(rng, GIVEN)}{_one(rng, SHOP_TAILS)}",
                "competitor": _one(rng, COMPETITORS), "reason": _one(rng, _REASONS), "amount": int(rng.integers(5, 90)) * 1000_00,
            }
        )  # fmt: skip
    if faults and rows:
        vague = Fault("amount_in_words", "not_a_number", "error", "lost_deal", "amount", "十几万", sender=PLANNING, period=w.key(month))
        plant(rows[-1], vague)
    columns = [
        Col("战败日期", "lost_on", "date"),
        Col("业务员编码", "employee_code"),
        Col("业务员", "_name"),
        Col("序号", "line"),
        Col("客户名称", "customer"),
        Col("竞争对手", "competitor"),
        Col("战败原因", "reason"),
        Col("金额", "amount", "fen"),
    ]
    _sheet(
        inbox, found, "lost_deal", f"market/战败分析_{w.key(month)}.xlsx", "战败分析", w.key(month), columns, rows, next_month(month, 2),
        PLANNING, amount="amount",
    )  # fmt: skip


def _complaints(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, *, faults: bool) -> None:
    """One register for the year: what is open when it is sent may be settled later."""
    rows: list[Row] = []
    for month in world.months[-MONTHS:]:
        buyers = [one for one in world.customers if one.opened < date(*month, 1) and not one.closed]
        for n in range(1, 2 + int(rng.integers(2 + round(4 * world.size.small)))):
            category = tuple(_CATEGORIES)[int(rng.choice(5, p=[0.35, 0.25, 0.25, 0.1, 0.05]))]
            raised = date(*month, 1 + int(rng.integers(27)))
            customer = buyers[int(rng.integers(len(buyers)))]
            settled = raised + timedelta(days=int(rng.integers(1, 15)))
            rows.append(
                {
                    "complaint_no": f"TS-{w.key(month).replace('-', '')}-{n:03d}", "raised_on": raised, "customer_code": customer.code,
                    "_name": customer.name, "category": category, "severity": _SEVERITIES[_CATEGORIES[category]],
                    "resolved_on": settled if settled <= world.end else None,
                }
            )  # fmt: skip
    if faults and len(rows) > 3:
        row = next(row for row in rows[2:] if row["resolved_on"])
        row["resolved_on"] = row["raised_on"] - timedelta(days=3)
        early = Fault("resolved_before_raised", "resolved_after_raised", "error", "complaint", "resolved_on", sender=PLANNING)
        early.document = row["complaint_no"]
        plant(row, early)
    columns = [
        Col("投诉单号", "complaint_no"),
        Col("投诉日期", "raised_on", "date"),
        Col("客户编码", "customer_code"),
        Col("客户名称", "_name"),
        Col("投诉类别", "category"),
        Col("严重程度", "severity"),
        Col("处理完毕日期", "resolved_on", "date"),
    ]
    arrived = next_month(world.months[-1], 2)
    _sheet(inbox, found, "complaint", "market/投诉登记_2026.xlsx", "投诉登记", "2026", columns, rows, arrived, PLANNING)


def _survey(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int], *, faults: bool) -> None:
    """A line a customer, what was asked across."""
    key = f"{month[0]}-Q{(month[1] + 2) // 3}"
    path, rows = f"market/满意度调查_{key}.xlsx", list[Row]()
    asked = [one for one in world.customers if one.kind == "dealer" and not one.closed and one.opened < date(*month, 1)][:60:2]
    with inbox.workbook(path) as book:
        sheet = book.sheet("满意度调查")
        top = sheet.titles("客户满意度调查", f"期次：{key}　满分 100")
        for column, heading in enumerate(["客户编码", "客户名称", "填表日期", *DIMENSIONS]):
            sheet.put(top, column, heading, book.head)
        for at, customer in enumerate(asked, start=top + 1):
            answered = date(*month, 10 + int(rng.integers(15)))
            for column, value in enumerate((customer.code, customer.name, answered)):
                sheet.put(at, column, value)
            for n, dimension in enumerate(DIMENSIONS):
                score = int(rng.integers(12, 20)) * 5
                row: Row = {
                    "survey": key,
                    "customer_code": customer.code,
                    "dimension": dimension,
                    "score": score * 10_000,
                    "answered_on": answered,
                }
                if faults and at == top + 2 and n == 3:
                    row["score"] = 1_200_000
                    high = plant(row, Fault("score_above_100", "score_of_a_hundred", "error", "survey_answer", "score", sender=PLANNING))
                    high.period, score = key, 120
                    sheet.place(high, at, 3 + n)
                sheet.put(at, 3 + n, score)
                rows.append(row)
    inbox.arrive(path, w.last_day(month), PLANNING, "15:00:00")
    inbox.tally(path, "survey_answer", key, rows, sender=PLANNING)
    found.survey_answer += rows


def _prospects(world: w.World, inbox: Inbox, found: OfficeRows, rng: np.random.Generator, month: tuple[int, int]) -> None:
    """A workbook a region: each salesperson's own sheet of prospects."""
    columns = [
        Col("客户名称", "name"),
        Col("类别", "kind"),
        Col("联系人", "contact"),
        Col("电话", "phone"),
        Col("地址", "address"),
        Col("预计年销售额（万元）", "potential", "wan"),
        Col("意向品种", "products"),
        Col("现经营品牌", "competitor"),
        Col("进展", "status"),
        Col("下一步措施", "next_step"),
        Col("预计成交日期", "expected_on", "date"),
    ]
    for region, manager in world.managers.items():
        people = [one for one in world.people if one.region_on(w.last_day(month)) == region and one.works_on(w.last_day(month))]
        if not people:
            continue
        path, every = f"field/{manager.code}/目标客户_{w.key(month)}.xlsx", list[Row]()
        with inbox.workbook(path) as book:
            for person in people:
                rows = [_prospect(person, month, n, rng) for n in range(3)]
                sheet = book.sheet(f"{person.code} {person.name}")
                sheet.table(sheet.titles("目标客户基本信息情况统计表", f"{person.name}　{w.key(month)}"), columns, rows)
                every += rows
        inbox.arrive(path, next_month(month, 2), manager.code, "10:30:00")
        inbox.tally(path, "target_customer", w.key(month), every, amount="potential", scale=100, sender=manager.code)
        found.target_customer += every


def _prospect(person: w.Employee, month: tuple[int, int], n: int, rng: np.random.Generator) -> Row:
    place = PLACES[person.region][(int(person.code) + n) % 10]
    owner = SURNAMES[(int(person.code) * 7 + n * 11) % len(SURNAMES)] + GIVEN[(int(person.code) * 5 + n) % len(GIVEN)]
    status = ("new", "contacted", "negotiating", "won", "dropped")[min(4, (month[1] + n + int(person.code)) % 5)]
    return {
        "period": w.key(month), "employee_code": person.code, "name": f"{place}{owner}{SHOP_TAILS[n % len(SHOP_TAILS)]}", "kind": "终端",
        "contact": owner, "phone": f"13{int(rng.integers(10**8, 10**9))}", "address": f"{place}镇第{n + 3}村",
        "potential": int(rng.integers(2, 40)) * 10_000_00, "products": "复合肥、尿素", "competitor": _one(rng, COMPETITORS),
        "status": _STATES[status], "next_step": ("预约参观示范田", "报价并约订货会", "签订试销协议")[n],
        "expected_on": next_month(month, 10 + n) if status in ("contacted", "negotiating") else None,
    }  # fmt: skip
