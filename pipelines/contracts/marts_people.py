"""Contracts of the marts on salespeople and what they do (``domain.md`` M4, M5): indicators, visits by week and month, days, plans of work.

What is computed is in ``pipelines.metrics.salespeople`` and ``activity``. Money and quantities are ten-thousandths, counts whole numbers. A
figure is null where its table was not delivered or its denominator is nothing, never 0.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, Text, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_EMPLOYEE = Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True)
_WHO = (
    Column("name", Kind.TEXT, t("Salesperson", "业务员", "業務員")),
    Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
    Column("region_name", Kind.TEXT, t("Region", "区域", "區域")),
    Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門")),
)
_SPAN = Column("span", Kind.CODE, t("Span", "时段", "時段"), required=True, values=("week", "period"))
_COVER = Column("cover", Kind.CODE, t("Week or period", "周次或期间", "週次或期間"), required=True)
_DAYS = (
    Column("start", Kind.DATE, t("First day", "起始日"), required=True),
    Column("end", Kind.DATE, t("Last day", "截止日"), required=True),
    Column("until", Kind.DATE, t("Counted up to", "统计至", "統計至"), required=True),
)


def _int(name: str, label: Text, *, required: bool = False) -> Column:
    return Column(name, Kind.INT, label, required=required)


def _money(name: str, label: Text) -> Column:
    return Column(name, Kind.MONEY, label)


def _ratio(name: str, label: Text) -> Column:
    return Column(name, Kind.RATIO, label)


SALESPERSON_INDICATORS = Contract(
    "salesperson_indicators",
    "mart",
    t("Salesperson indicators", "销售员九项指标", "銷售員九項指標"),
    grain=("period", "employee_code"),
    columns=(
        _PERIOD, _EMPLOYEE, *_WHO,
        # 1 plan completion by quantity, in the one unit of all that was planned and sold
        Column("qty_unit", Kind.TEXT, t("Unit", "数量单位", "數量單位")),
        Column("qty_plan", Kind.QTY, t("Planned quantity", "计划销量", "計劃銷量")),
        Column("qty_actual", Kind.QTY, t("Quantity sold", "实际销量", "實際銷量")),
        _ratio("plan_completion", t("Plan completion", "销售计划完成率", "銷售計劃完成率")),
        # 2 growth
        _money("net_amount", t("Net sales", "销售净额", "銷售淨額")),
        _money("net_amount_py", t("Net sales, same period last year", "上年同期销售净额", "上年同期銷售淨額")),
        _ratio("sales_growth", t("Sales growth", "销售增长率", "銷售增長率")),
        # 3 price maintenance
        _money("priced_amount", t("Net sales of lines with a list price", "有定价明细净额", "有定價明細淨額")),
        _money("list_amount", t("The same at list price", "按定价计算金额", "按定價計算金額")),
        _ratio("price_maintenance", t("Price maintenance", "销售价格保持率", "銷售價格保持率")),
        # 4 selling expense
        _money("expense", t("Selling expense", "销售费用", "銷售費用")),
        _ratio("expense_ratio", t("Expense ratio", "销售费用率", "銷售費用率")),
        # 5 overdue recovery
        _money("opening_overdue", t("Opening overdue", "期初逾期")),
        _money("recovered", t("Recovered of it", "收回逾期")),
        _ratio("overdue_recovery", t("Overdue recovery", "欠款回收率")),
        # 6 visits
        _int("visits", t("Visits", "拜访次数", "拜訪次數")),
        _int("visits_succeeded", t("Successful visits", "成功拜访次数", "成功拜訪次數")),
        _ratio("visit_success", t("Visit success", "访问成功率", "訪問成功率")),
        # 7 complaints
        _int("complaints", t("Complaints", "投诉次数", "投訴次數")),
        _int("active_customers", t("Active customers", "活跃客户数", "活躍客戶數")),
        _ratio("complaint_rate", t("Complaint rate", "客户投诉率", "客戶投訴率")),
        # 8 new customers
        _int("customers_at_start", t("Customers at the start", "期初客户数", "期初客戶數")),
        _int("new_customers", t("New customers", "新开发客户数", "新開發客戶數")),
        Column("new_customers_plan", Kind.NUMBER, t("New customers planned", "计划开发客户数", "計劃開發客戶數")),
        _ratio("new_customer_rate", t("New customer development", "新客户开发率", "新客戶開發率")),
        _ratio("new_customer_completion", t("New customers against plan", "新客户开发计划完成率", "新客戶開發計劃完成率")),
        # 9 retention
        _int("customers_kept", t("Of them bought in the period", "其中当期进货客户数", "其中當期進貨客戶數")),
        _ratio("retention", t("Retention", "客户保持率", "客戶保持率")),
    ),
)

ACTIVITY = Contract(
    "activity",
    "mart",
    t("Activity of salespeople", "销售员工作统计", "銷售員工作統計"),
    grain=("period", "span", "cover", "employee_code"),
    columns=(
        _PERIOD, _SPAN, _COVER, *_DAYS, _EMPLOYEE, *_WHO,
        _int("visits_planned", t("Visits planned", "计划拜访次数", "計劃拜訪次數")),
        _int("visits", t("Visits", "拜访次数", "拜訪次數"), required=True),
        _int("new_visits", t("New customers visited", "新客户拜访", "新客戶拜訪"), required=True),
        _int("return_visits", t("Return visits", "回访", "回訪"), required=True),
        _int("key_account_visits", t("Key-account visits", "重点客户拜访", "重點客戶拜訪"), required=True),
        _int("key_account_target", t("Key-account visits wanted", "重点客户拜访要求", "重點客戶拜訪要求"), required=True),
        _int("customers", t("Own customers", "名下客户数", "名下客戶數"), required=True),
        _int("customers_visited", t("Of them visited", "其中已拜访", "其中已拜訪"), required=True),
        _ratio("coverage", t("Customer coverage", "客户覆盖率", "客戶覆蓋率")),
        _int("succeeded", t("Visits with an order", "成交拜访次数", "成交拜訪次數")),
        _ratio("strike_rate", t("Strike rate", "成交率")),
        _money("order_amount", t("Order amount", "订货金额", "訂貨金額")),
        _money("order_value", t("Order value a visit", "次均订货金额", "次均訂貨金額")),
        _ratio("lines_per_order", t("Lines an order", "单均品种数", "單均品種數")),
        _ratio("display_rate", t("Display execution", "陈列执行率", "陳列執行率")),
        _ratio("new_product_rate", t("New-product execution", "新品推介率", "新品推介率")),
        _int("plan_items", t("Items of the work plan", "计划工作项数", "計劃工作項數")),
        _int("plan_done", t("Of them done", "其中完成")),
        _ratio("execution", t("Work-plan execution", "工作计划执行率", "工作計劃執行率")),
        _int("working_days", t("Working days", "工作日数", "工作日數"), required=True),
        _int("days_recorded", t("Days with a record", "有记录天数", "有記錄天數"), required=True),
        _int("days_without_record", t("Working days without a record", "无记录工作日", "無記錄工作日"), required=True),
        _int("days_copied", t("Days copied from others", "重复记录天数", "重複記錄天數"), required=True),
        _int("days_absent_visited", t("Days of absence with visits", "缺勤日有拜访天数", "缺勤日有拜訪天數")),
    ),
)
"""One row a week or period and person; a week belongs to the period in which it ends and counts all its days. ``until`` is the day up to which
there is anything to count. A day with leave or absence is no day without record."""

ACTIVITY_DAYS = Contract(
    "activity_days",
    "mart",
    t("Activity by day", "每日工作情况", "每日工作情況"),
    grain=("period", "employee_code", "day"),
    columns=(
        _PERIOD, _EMPLOYEE, Column("name", Kind.TEXT, t("Salesperson", "业务员", "業務員")),
        Column("day", Kind.DATE, t("Day", "日期"), required=True),
        Column("week", Kind.CODE, t("Week", "周次", "週次")),
        Column("is_working_day", Kind.BOOL, t("Working day", "工作日"), required=True),
        Column("attendance", Kind.CODE, t("Attendance", "出勤")),
        _int("visits", t("Visits", "拜访次数", "拜訪次數"), required=True),
        _int("succeeded", t("Visits with an order", "成交拜访次数", "成交拜訪次數")),
        _money("order_amount", t("Order amount", "订货金额", "訂貨金額")),
        Column("copied_from", Kind.DATE, t("Same content as on", "与该日内容相同", "與該日內容相同")),
        Column("state", Kind.CODE, t("State", "状态", "狀態"), required=True, values=("recorded", "copied", "absent", "missing", "away", "idle")),
    ),
)
"""One row a person and day of the period and of the weeks that end in it. ``copied``: the same content as an earlier day; ``absent``: visits
on a day of absence; ``missing``: a working day without a record; ``away``: absent, on leave or travelling without one; ``idle``: no working
day. ``week`` is null where the day's week ends in another period."""

WORK_PLAN_EXECUTION = Contract(
    "work_plan_execution",
    "mart",
    t("Execution of work plans", "工作计划执行情况", "工作計劃執行情況"),
    grain=("period", "span", "cover", "employee_code"),
    columns=(
        _PERIOD, _SPAN, _COVER, *_DAYS, _EMPLOYEE, *_WHO,
        _int("planned", t("Items planned", "计划项数", "計劃項數"), required=True),
        _int("done", t("Done", "已完成"), required=True),
        _int("done_in_time", t("Of them by the planned day", "其中按期完成"), required=True),
        _int("due", t("Due by now", "已到期项数", "已到期項數"), required=True),
        _int("open", t("Open", "未完成"), required=True),
        _int("overdue", t("Of them past their day", "其中已逾期"), required=True),
        _ratio("execution", t("Execution", "执行率", "執行率")),
    ),
)
"""One row a week or period and person with a plan of work; ``execution`` = done ÷ planned."""

PEOPLE_MARTS = (SALESPERSON_INDICATORS, ACTIVITY, ACTIVITY_DAYS, WORK_PLAN_EXECUTION)
