"""The reports and plans of the demo's sales organisation: weekly and monthly report forms, work plans, with what is wrong with them.

A weekly report is one sheet with four tables below one another: done, key accounts visited, next week, in words. Of the latest month
every week is a file of its own, so that the ledger knows when it came; the weeks before are bound by quarter. HR's sheets and what
the market says are in ``office``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from pipelines.company.calendar import Calendar
from pipelines.demo import diaries
from pipelines.demo import world as w
from pipelines.demo.field import VISIT_KINDS, FieldRows
from pipelines.demo.files import Book, Col, Delivered, Fault, Inbox, Row, Sheet, next_month, plant
from pipelines.demo.names import PLACES, REGIONS

MONTHS = 6
DUE_HOUR = "12:00"
"""Saturday noon, when the weekly meeting begins."""

STATUS = {"done": "完成", "partly": "部分完成", "not_done": "未完成"}
_ITEMS = (
    "走访终端门店二十家，更新库存台账",
    "催收{dealer}到期货款",
    "与{dealer}签订下季进货计划",
    "组织{place}农民会一场",
    "新开发{place}终端两家",
    "完成{place}示范田回访并拍照",
    "陪同{dealer}业务员铺货三天",
    "处理{place}门店客诉并书面回复",
    "核对{dealer}返利表并报财务",
)
_REASONS = {
    "done": ("按计划完成", "已完成，资料存档", ""),
    "partly": ("因天气推迟一半", "客户时间不便，下周继续"),
    "not_done": ("客户外出未见", "临时调度参加会议"),
}
_SUMMARY = (
    "本周{place}一线秋肥动销平稳，终端补货以小批量为主。",
    "本周重点跟进回款，{dealer}已到账大部分。",
    "走访中发现竞品促销加码，终端观望情绪上升。",
)
_PROBLEMS = (
    "竞品在{place}赠送农具，我方活动力度不足。",
    "{dealer}库存偏高，需控制进货节奏。",
    "到货周期偏长，影响终端信心。",
)
_PROPOSALS = (
    "建议统一秋季门头与堆头物料。",
    "建议对新开终端给予首单搭赠。",
    "建议缩短返利核对周期。",
)
_SUPPORT = (
    "申请促销员两名，为期一周。",
    "请储运部优先安排{place}发运。",
    "",
)
_TALK = ("确认下月进货意向", "核对返利与账目", "商定订货会时间与场次", "协调终端价格与窜货投诉", "沟通回款计划")


@dataclass
class Week:
    """A week, Monday first."""

    monday: date

    @property
    def key(self) -> str:
        """``2026-W41``."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def said(self) -> str:
        """As the form has it."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}年第{number}周"

    @property
    def saturday(self) -> date:
        """The day of the meeting."""
        return self.monday + timedelta(days=5)

    def after(self) -> Week:
        """The week that follows."""
        return Week(self.monday + timedelta(days=7))

    def day(self, weekday: int) -> date:
        """A day of it: 0 is Monday."""
        return self.monday + timedelta(days=weekday)


@dataclass
class PeopleRows(Delivered):
    """What was delivered (live files only), by table, with faults noted in the rows."""

    diary: list[Row] = field(default_factory=list)
    work_plan: list[Row] = field(default_factory=list)
    work_report: list[Row] = field(default_factory=list)
    visit: list[Row] = field(default_factory=list)
    handed_in: list[dict[str, str]] = field(default_factory=list)
    """Each weekly and monthly report that was owed, when it came and what that makes it."""


@dataclass
class Report:
    """One weekly or monthly report before it is written. ``written`` are its texts; a blank one has nothing at all."""

    person: w.Employee
    key: str
    said: str
    results: list[Row]
    plans: list[Row]
    visits: list[Row]
    written: Row
    next_said: str

    def tables(self) -> dict[str, list[Row]]:
        """Its rows by table."""
        return {"work_plan": [*self.results, *self.plans], "visit": self.visits, "work_report": [self.written]}


def write(world: w.World, noted: FieldRows, inbox: Inbox, calendar: Calendar, *, faults: bool) -> PeopleRows:
    """Write notes, weekly reports, monthly reports and plans. Key-account visits join those of ``noted``."""
    rng = np.random.default_rng([world.size.seed, 9])
    found = PeopleRows()
    _notes(world, noted, inbox, calendar, found, rng, faults=faults)
    _weekly(world, noted, inbox, found, rng, faults=faults)
    _monthly(world, inbox, found, rng, faults=faults)
    _plans_of_departments(world, inbox, found, rng)
    _plans_of_regions(world, inbox, found, rng, faults=faults)
    noted.visit += found.visit
    return found


def _dealers(world: w.World, person: w.Employee, day: date) -> list[w.Customer]:
    """The customers that a person looks after on a day."""
    return [one for one in world.customers if one.employee_on(day) == person.code and (one.closed is None or one.closed > day)]


def working_days(calendar: Calendar, month: tuple[int, int], person: w.Employee) -> list[date]:
    """The days of a month on which a person was to work."""
    every = [date(*month, n) for n in range(1, w.last_day(month).day + 1)]
    return [day for day in every if calendar.is_working_day(day) and person.works_on(day)]


def _quarter(month: tuple[int, int]) -> str:
    return f"{month[0]}-Q{(month[1] + 2) // 3}"


def _notes(
    world: w.World, noted: FieldRows, inbox: Inbox, calendar: Calendar, found: PeopleRows, rng: np.random.Generator, *, faults: bool
) -> None:
    """Of the latest month a workbook of its own, the months before bound by quarter."""
    keepers = diaries.note_keepers(world)
    # Who copies a week of notes has no visit on its Saturday, which would be a day of their own.
    saturday = diaries.copied_week(world) + timedelta(days=5)
    busy = {row["employee_code"] for row in noted.visit if row["visited_at"] == saturday}
    copyist = next(code for code in keepers if code not in busy) if faults else ""
    for person in (one for one in world.people if one.code in keepers):
        books: dict[str, list[tuple[tuple[int, int], list[date], list[str]]]] = {}
        for month in world.months[-MONTHS:]:
            if days := working_days(calendar, month, person):
                dealers = [one.name for one in _dealers(world, person, w.last_day(month))]
                cover = w.key(month) if month == world.months[-1] else _quarter(month)
                books.setdefault(cover, []).append((month, days, dealers))
        said: set[str] = set()
        for cover, months in books.items():
            found.diary += diaries.write_notes(world, inbox, person, cover, months, rng, said, copyist=copyist)


# ---------------------------------------------------------------- weekly reports


def weeks(world: w.World) -> list[Week]:
    """The weeks whose meeting lies in the latest months."""
    first = date(*world.months[-MONTHS], 1)
    first += timedelta(days=(5 - first.weekday()) % 7)
    count = (world.end - first).days // 7 + 1
    return [Week(first - timedelta(days=5) + timedelta(days=7 * n)) for n in range(count)]


def own_files(world: w.World) -> list[Week]:
    """The weeks of which every report is a file of its own: those that the ledger can call late."""
    return [one for one in weeks(world) if one.saturday >= date(*world.months[-1], 1)]


def _weekly(world: w.World, noted: FieldRows, inbox: Inbox, found: PeopleRows, rng: np.random.Generator, *, faults: bool) -> None:
    every, single = weeks(world), {one.key for one in own_files(world)}
    taken = {(row["visited_at"], row["employee_code"], row["customer_code"]) for row in noted.visit if not row["outlet_code"]}
    for number, person in enumerate(world.people):
        bound: dict[str, list[tuple[Week, Report]]] = {}
        carried: list[str] = []
        for week in every:
            if not person.works_on(week.day(4)):
                continue
            report, carried = _week_of(world, person, week, carried, rng, taken)
            if week.key in single:
                _hand_in(world, inbox, found, person, number, week, report, faults=faults)
            else:
                bound.setdefault(_quarter((week.saturday.year, week.saturday.month)), []).append((week, report))
        for key, reports in bound.items():
            path = f"field/{person.code}/周报_{key}.xlsx"
            with inbox.workbook(path) as book:
                for week, report in reports:
                    _form(book, f"第{week.monday.isocalendar().week}周", report)
            _take(inbox, found, path, key, [report for _, report in reports])
            inbox.arrive(path, reports[-1][0].day(4), person.code, f"18:{number % 60:02d}:00")


def _week_of(
    world: w.World, person: w.Employee, week: Week, carried: list[str], rng: np.random.Generator, taken: set[tuple[date, str, str]]
) -> tuple[Report, list[str]]:
    customers = _dealers(world, person, week.saturday)
    words = {
        "place": PLACES[person.region_on(week.saturday)][int(rng.integers(10))],
        "dealer": customers[int(rng.integers(len(customers)))].name if customers else "经销商",
    }
    items = carried or [_pick(rng, _ITEMS).format(**words) for _ in range(3)]
    following = [_ITEMS[int(n)].format(**words) for n in rng.choice(len(_ITEMS), size=3, replace=False)]
    visits: list[Row] = []
    for _ in range(min(len(customers), int(rng.integers(1, 4)))):
        customer, day = customers[int(rng.integers(len(customers)))], week.day(int(rng.integers(5)))
        if (day, person.code, customer.code) in taken or not person.works_on(day):
            continue
        taken.add((day, person.code, customer.code))
        done = bool(rng.random() < 0.55)
        visits.append(
            {
                "visited_at": day,
                "employee_code": person.code,
                "customer_code": customer.code,
                "_name": customer.name,
                "outlet_code": None,
                "kind": VISIT_KINDS["key_account"],
                "succeeded": done,
                "order_amount": int(rng.integers(10, 200)) * 1000_00 if done else None,
                "note": _pick(rng, _TALK),
            }
        )
    visits.sort(key=lambda row: (row["visited_at"], row["customer_code"]))
    report = Report(
        person, week.key, week.said,
        [_result(person, week.key, n, item, week.day, rng) for n, item in enumerate(items, start=1)],
        [_plan(person, week.after().key, n, item, week.after().day(int(rng.integers(5)))) for n, item in enumerate(following, start=1)],
        visits, _words(person, week.key, words, rng) | {"plan": f"{following[0]}；兼顾回款"}, week.after().said,
    )  # fmt: skip
    return report, following


def _pick(rng: np.random.Generator, words: tuple[str, ...]) -> str:
    return words[int(rng.integers(len(words)))]


def _result(person: w.Employee, key: str, line: int, item: str, day: Callable[[int], date], rng: np.random.Generator) -> Row:
    status = ("done", "partly", "not_done")[int(rng.choice(3, p=[0.76, 0.14, 0.1]))]
    planned = day(int(rng.integers(5)))
    done = min(day(4), planned + timedelta(days=int(rng.integers(0, 2)))) if status == "done" else None
    return {
        "employee_code": person.code, "period": key, "line": line, "stage": "result", "item": item, "planned_on": planned, "done_on": done,
        "status": STATUS[status], "result": _pick(rng, _REASONS[status]) or None,
    }  # fmt: skip


def _plan(person: w.Employee, key: str, line: int, item: str, day: date) -> Row:
    return {"employee_code": person.code, "period": key, "line": line, "stage": "plan", "item": item, "planned_on": day}


def _words(person: w.Employee, key: str, words: dict[str, str], rng: np.random.Generator) -> Row:
    texts = (("summary", _SUMMARY), ("problems", _PROBLEMS), ("proposal", _PROPOSALS), ("support", _SUPPORT))
    return {"employee_code": person.code, "period": key} | {name: _pick(rng, some).format(**words) or None for name, some in texts}


_RESULT = [
    Col("序号", "line"),
    Col("工作项目", "item"),
    Col("计划完成日期", "planned_on", "date"),
    Col("实际完成日期", "done_on", "date"),
    Col("完成情况", "status"),
    Col("结果或原因", "result"),
]
_PLANNED = [Col("序号", "line"), Col("工作项目", "item"), Col("计划完成日期", "planned_on", "date"), Col("配合部门", "_with")]
_KEY_ACCOUNTS = [
    Col("拜访日期", "visited_at", "date"),
    Col("客户编码", "customer_code"),
    Col("客户名称", "_name"),
    Col("是否成交", "succeeded", "yes"),
    Col("订货金额", "order_amount", "fen"),
    Col("洽谈内容", "note"),
]
_WEEKLY_WORDS = (
    ("本周小结", "summary"),
    ("下周重点", "plan"),
    ("存在问题", "problems"),
    ("合理化建议", "proposal"),
    ("需公司支持", "support"),
)
_MONTHLY_WORDS = (
    ("本月工作总结", "summary"),
    ("下月工作计划", "plan"),
    ("合理化建议", "proposal"),
    ("存在问题", "problems"),
    ("需公司支持", "support"),
)


def _form(book: Book, name: str, report: Report) -> None:
    """A weekly report: four tables below one another, each under its own title."""
    sheet = book.sheet(name)
    top = _head(sheet, "销售周报", "周次", report)
    top = _part(sheet, top, "一、本周工作完成情况", _RESULT, report.results)
    top = _part(sheet, top, "二、重点客户拜访", _KEY_ACCOUNTS, report.visits)
    top = _part(sheet, top, f"三、下周工作计划（{report.next_said}）", _PLANNED, report.plans)
    _in_words(sheet, top, "四、小结", _WEEKLY_WORDS, report.written)


def _head(sheet: Sheet, title: str, what: str, report: Report) -> int:
    return sheet.titles(title, f"姓名：{report.person.name}　员工编码：{report.person.code}　{what}：{report.said}") + 1


def _part(sheet: Sheet, top: int, title: str, columns: list[Col], rows: list[Row]) -> int:
    sheet.put(top, 0, title, sheet.book.bold)
    return sheet.table(top + 1, columns, rows) + 1


def _in_words(sheet: Sheet, top: int, title: str, labels: tuple[tuple[str, str], ...], written: Row) -> None:
    sheet.put(top, 0, title, sheet.book.bold)
    sheet.put(top + 1, 0, "项目", sheet.book.head)
    sheet.put(top + 1, 1, "内容", sheet.book.head)
    for n, (label, name) in enumerate(labels, start=top + 2):
        sheet.put(n, 0, label)
        sheet.put(n, 1, written.get(name))


def _take(inbox: Inbox, found: PeopleRows, path: str, cover: str, reports: list[Report], status: str = "live") -> None:
    """Note what a file of reports holds; what a later file replaces is no longer anybody's."""
    for table in ("work_plan", "visit", "work_report"):
        rows = [row for report in reports for row in report.tables()[table]]
        amount = "order_amount" if table == "visit" else ""
        inbox.tally(path, table, cover, rows, amount=amount, scale=100, sender=reports[0].person.code, status=status)
        if status == "live":
            getattr(found, table).extend(rows)


_SILENT, _BLANK, _LATE, _CORRECTED, _ABROAD, _SLOPPY = 6, 1, 3, 4, 5, 7
"""Who (by place in the list) hands nothing in for two weeks running, a blank form, one too late, one corrected later, one from afar, one
with a slip in each of its tables."""


def _spoil(report: Report) -> None:
    """A cell that cannot be read, or means nothing, in each table of a weekly report."""
    slips = [
        (report.results[1], Fault("status_in_words", "not_in_list", "error", "work_plan", "status", "差不多", also="result_has_a_status")),
        (report.plans[1], Fault("date_in_words", "not_a_date", "error", "work_plan", "planned_on", "月底前")),
    ]
    if report.visits:
        slips.append((report.visits[0], Fault("unknown_customer", "unknown_reference", "error", "visit", "customer_code", "D9996")))
    for row, fault in slips:
        plant(row, replace(fault, sender=report.person.code, period=report.key))


def _hand_in(
    world: w.World, inbox: Inbox, found: PeopleRows, person: w.Employee, number: int, week: Week, report: Report, *, faults: bool
) -> None:
    """One report as a file of its own, in time or not."""
    place = [one.key for one in own_files(world)].index(week.key)
    name = f"field/{person.code}/周报_{week.key}"
    path, arrived = f"{name}.xlsx", f"{week.day(4)}T17:{number % 60:02d}:00+08:00"
    planted = number if faults else -1

    def fault(kind: str, rule: str, file: str = "") -> None:
        inbox.faults.append(Fault(kind, rule, "file", "work_report", file=file, sender=person.code, period=week.key))

    state = "on_time"
    if planted == _SILENT and place in (2, 3):
        fault("not_handed_in_twice_running", "not_received")
        _note(found, person, week.key, week.saturday, "", "missing")
        return
    if planted == _BLANK and place == 1:
        # The form came, and nobody had filled it in: no table stands there.
        with inbox.workbook(path) as book:
            _head(book.sheet(week.key[-3:]), "销售周报", "周次", report)
        inbox.arrivals[path] = (arrived, person.code)
        for table in ("work_plan", "visit", "work_report"):
            inbox.tally(path, table, week.key, [], sender=person.code, status="rejected")
        fault("blank_report", "form_empty", path)
        _note(found, person, week.key, week.saturday, "", "missing")
        return
    if planted == _SLOPPY and place == 1:
        _spoil(report)
    if planted == _LATE and place == 1:
        arrived, state = f"{week.day(7)}T10:20:00+08:00", "late"
        fault("late_report", "late", path)
    if planted == _ABROAD and place == 3:
        # Half past seven where it was sent from, half past noon at the company.
        arrived, state = f"{week.saturday}T07:30:00+03:00", "late"
        fault("late_by_time_zone", "late", path)
    if planted == _CORRECTED and place == 0:
        before = [{**row, "status": STATUS["not_done"], "done_on": None} for row in report.results]
        early = Report(person, week.key, week.said, before, report.plans, report.visits, report.written, report.next_said)
        with inbox.workbook(path) as book:
            _form(book, week.key[-3:], early)
        _take(inbox, found, path, week.key, [early], status="superseded")
        inbox.arrivals[path] = (arrived, person.code)
        fault("corrected_after_the_deadline", "superseded", path)
        _note(found, person, week.key, week.saturday, arrived, "on_time")
        path, arrived, state = f"{name}_更正.xlsx", f"{week.day(8)}T09:05:00+08:00", ""
    with inbox.workbook(path) as book:
        _form(book, week.key[-3:], report)
    _take(inbox, found, path, week.key, [report])
    inbox.arrivals[path] = (arrived, person.code)
    if state:
        _note(found, person, week.key, week.saturday, arrived, state)


def _note(found: PeopleRows, person: w.Employee, period: str, due: date, arrived: str, state: str) -> None:
    time = DUE_HOUR if "W" in period else "24:00"
    found.handed_in.append(
        {"employee_code": person.code, "period": period, "due_on": due.isoformat(), "due_time": time, "arrived_at": arrived, "state": state}
    )


# ---------------------------------------------------------------- monthly reports and plans

_MANAGERS_ITEMS = (
    "召开区域月度会议并形成纪要",
    "完成经销商秋季订货会三场",
    "清理九十天以上应收账款",
    "审阅业务员周报并逐份批复",
    "组织一次产品知识培训",
)
_MONTH_SUMMARY = (
    "本月{name}按进度推进，复合肥完成较好，尿素略有缺口；重点客户回款正常。",
    "本月{name}受降雨影响发运推迟，底肥订货整体后移，回款进度慢于计划。",
)
_MONTH_PLAN = (
    "下月主抓冬储政策宣讲与回款，新开终端不少于十家。",
    "下月完成三场订货会，控制经销商库存在四十五天以内。",
)


def _monthly(world: w.World, inbox: Inbox, found: PeopleRows, rng: np.random.Generator, *, faults: bool) -> None:
    names = {code: name for code, name, _ in REGIONS}
    carried: dict[str, list[str]] = {}
    for month in world.months[-MONTHS:]:
        for number, (region, person) in enumerate(world.managers.items()):
            key, after = w.key(month), next_month(month, 1)

            def day(n: int, month: tuple[int, int] = month) -> date:
                return date(*month, 5 + 5 * n)

            words = {"name": names[region], "place": PLACES[region][0], "dealer": "辖区经销商"}
            items = carried.get(region) or list(_MANAGERS_ITEMS[:4])
            following = [_MANAGERS_ITEMS[int(n)] for n in rng.choice(len(_MANAGERS_ITEMS), size=4, replace=False)]
            carried[region] = following
            written = _words(person, key, words, rng) | {
                "summary": _pick(rng, _MONTH_SUMMARY).format(**words),
                "plan": _pick(rng, _MONTH_PLAN),
            }
            report = Report(
                person, key, key, [_result(person, key, n, item, day, rng) for n, item in enumerate(items, start=1)],
                [_plan(person, f"{after:%Y-%m}", n, item, after.replace(day=4 + 5 * n)) for n, item in enumerate(following, start=1)],
                [], written, f"{after:%Y-%m}",
            )  # fmt: skip
            _month_file(world, inbox, found, report, month, number, faults=faults)


def _month_file(
    world: w.World, inbox: Inbox, found: PeopleRows, report: Report, month: tuple[int, int], number: int, *, faults: bool
) -> None:
    person, key = report.person, report.key
    path = f"field/{person.code}/月报_{key}.xlsx"
    due = min(date(*month, 1) + timedelta(days=29), w.last_day(month))
    arrived, state = f"{due}T{15 + number % 6:02d}:40:00+08:00", "on_time"
    if faults and month == world.months[-1] and number == 3:
        arrived, state = f"{due + timedelta(days=1)}T08:15:00+08:00", "late"
        inbox.faults.append(Fault("late_report", "late", "file", "work_report", file=path, sender=person.code, period=key))
    with inbox.workbook(path) as book:
        sheet = book.sheet("月报")
        top = _head(sheet, "区域经理月报", "月份", report)
        top = _part(sheet, top, "一、本月重点工作完成情况", _RESULT, report.results)
        top = _part(sheet, top, f"二、下月重点工作（{report.next_said}）", _PLANNED, report.plans)
        _in_words(sheet, top, "三、总结与建议", _MONTHLY_WORDS, report.written)
    inbox.arrivals[path] = (arrived, person.code)
    if faults and month == world.months[-2] and number == 1:
        whole = (inbox.root / path).read_bytes()
        (inbox.root / path).write_bytes(whole[: len(whole) // 2])
        inbox.faults.append(Fault("illegible_report", "unreadable", "file", "", file=path, sender=person.code, period=key))
        _note(found, person, key, due, "", "missing")
        return
    for table in ("work_plan", "work_report"):
        rows = report.tables()[table]
        inbox.tally(path, table, key, rows, sender=person.code)
        getattr(found, table).extend(rows)
    _note(found, person, key, due, arrived, state)


_HEADS_ITEMS = ("主持周例会", "审批特价与促销申请", "走访重点经销商", "督办区域回款", "核定下周发运计划")


def _plans_of_departments(world: w.World, inbox: Inbox, found: PeopleRows, rng: np.random.Generator) -> None:
    """The heads' own weeks: one workbook a month, a sheet a week, plan and result in one line."""
    for head in (one for one in world.employees if one.role == "department_head"):
        for month in world.months[-MONTHS:]:
            mine = [week for week in weeks(world) if (week.saturday.year, week.saturday.month) == month]
            path, key = f"field/{head.code}/周工作计划表_{w.key(month)}.xlsx", w.key(month)
            rows: list[Row] = []
            with inbox.workbook(path) as book:
                for week in mine:
                    items = [_HEADS_ITEMS[int(n)] for n in rng.choice(len(_HEADS_ITEMS), size=4, replace=False)]
                    some = [_result(head, week.key, n, item, week.day, rng) for n, item in enumerate(items, start=1)]
                    sheet = book.sheet(f"第{week.monday.isocalendar().week}周")
                    sheet.table(sheet.titles("周工作计划表", f"{head.name}（{head.code}）　{week.said}"), _RESULT, some)
                    rows += some
            inbox.arrive(path, w.last_day(month), head.code, "18:30:00")
            inbox.tally(path, "work_plan", key, rows, sender=head.code)
            found.work_plan += rows


_MONTH_ITEMS = ("完成月度回款计划", "完成终端开发任务", "完成新品铺货", "组织农民会两场", "更新客户档案")


def _plans_of_regions(world: w.World, inbox: Inbox, found: PeopleRows, rng: np.random.Generator, *, faults: bool) -> None:
    """The month of every salesperson of a region on one sheet, as the region's manager collects it."""
    columns = [Col("业务员编码", "employee_code"), Col("姓名", "_person"), *_RESULT]
    for month in world.months[-3:]:
        for number, (region, manager) in enumerate(world.managers.items()):
            rows: list[Row] = []

            def day(n: int, month: tuple[int, int] = month) -> date:
                return date(*month, 6 + 5 * n)

            for person in world.people:
                if person.region_on(w.last_day(month)) == region and person.works_on(w.last_day(month)):
                    items = [_MONTH_ITEMS[int(n)] for n in rng.choice(len(_MONTH_ITEMS), size=3, replace=False)]
                    some = [_result(person, w.key(month), n, item, day, rng) for n, item in enumerate(items, start=1)]
                    rows += [row | {"_person": person.name} for row in some]
            if not rows:
                continue  # nobody works there, so there is nothing to hand in
            path = f"field/{manager.code}/月工作计划表_{w.key(month)}.xlsx"
            if faults and month == world.months[-1] and number == 5 and len(rows) > 2:
                spoilt = Fault("no_status", "not_in_list", "error", "work_plan", "status", "看情况", sender=manager.code)
                plant(rows[2], replace(spoilt, period=w.key(month), also="result_has_a_status"))
            with inbox.workbook(path) as book:
                sheet = book.sheet("月工作计划表")
                sheet.table(sheet.titles("月工作计划表", f"月份：{w.key(month)}"), columns, rows)
            inbox.arrive(path, next_month(month, 2), manager.code, "11:00:00")
            inbox.tally(path, "work_plan", w.key(month), rows, sender=manager.code)
            found.work_plan += rows
