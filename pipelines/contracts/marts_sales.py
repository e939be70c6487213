"""Contracts of the marts on sales, plans, causes of variance and submissions (``domain.md`` M1, M14).

What is computed is in ``pipelines.metrics.plan_actual``, ``causes`` and ``submissions``. Every amount is a whole number of
ten-thousandths, counts (new customers, outlets, visits) and plan values too, so that one column holds every measure;
``unit`` says which quantity a ``qty`` row counts and is empty elsewhere. An empty key is a fact without that code.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, Text, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_MEASURE = Column("measure", Kind.CODE, t("Measure", "指标", "指標"), required=True)
_UNIT = Column("unit", Kind.TEXT, t("Base unit", "基本单位", "基本單位"), required=True)
_CUT = Column("cut", Kind.CODE, t("Cut", "分析维度", "分析維度"), required=True)
_KEY = Column("key", Kind.CODE, t("Key", "编码", "編碼"), required=True)
_KEY2 = Column("key2", Kind.CODE, t("Second key", "第二编码", "第二編碼"), required=True)
_LABEL = Column("label", Kind.TEXT, t("Name", "名称", "名稱"), required=True)
_LABEL2 = Column("label2", Kind.TEXT, t("Second name", "第二名称", "第二名稱"), required=True)
_WHERE = (_PERIOD, _MEASURE, _UNIT, _CUT, _KEY, _KEY2, _LABEL, _LABEL2)
_GRAIN = ("period", "measure", "unit", "cut", "key", "key2")

_PLAN = t("Plan", "计划", "計劃")
_ACTUAL = t("Actual", "实际", "實際")
_VARIANCE = t("Variance", "差异", "差異")
_ATTAINMENT = t("Attainment", "完成率")


def _number(name: str, label: Text, *, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, label, required=required)


def _ratio(name: str, label: Text) -> Column:
    return Column(name, Kind.RATIO, label)


PLAN_ACTUAL = Contract(
    "plan_actual",
    "mart",
    t("Plan against actual", "计划与实际对比", "計劃與實際對比"),
    grain=_GRAIN,
    columns=(
        *_WHERE,
        _number("plan", _PLAN),
        _number("actual", _ACTUAL),
        _number("variance", _VARIANCE),
        _ratio("attainment", _ATTAINMENT),
        _number("py", t("Same period last year", "上年同期")),
        _ratio("growth_yoy", t("Growth year on year", "同比增长率", "同比增長率")),
        _number("pp", t("Previous period", "上期")),
        _ratio("growth_mom", t("Growth on the previous period", "环比增长率", "環比增長率")),
        _number("ytd_plan", t("Plan, year to date", "本年累计计划", "本年累計計劃")),
        _number("ytd_actual", t("Actual, year to date", "本年累计实际", "本年累計實際")),
        _number("ytd_variance", t("Variance, year to date", "本年累计差异", "本年累計差異")),
        _ratio("ytd_attainment", t("Attainment, year to date", "本年累计完成率", "本年累計完成率")),
        _number("ytd_py", t("Last year to date", "上年同期累计", "上年同期累計")),
        _ratio("ytd_growth", t("Growth, year to date", "累计同比增长率", "累計同比增長率")),
        _ratio("share_of_total", t("Share of total", "占比", "佔比")),
        Column("rank", Kind.INT, t("Rank", "排名")),
        Column("favourable", Kind.BOOL, t("Favourable", "有利差异", "有利差異")),
        Column("unplanned", Kind.BOOL, t("Unplanned", "无计划", "無計劃"), required=True),
        Column("plan_layer", Kind.CODE, t("Plan layer", "计划层级", "計劃層級")),
    ),
)
"""One row a period, measure, unit and key of a cut. ``plan`` is null where no plan meets the key: never 0. ``variance`` = actual − plan;
``attainment`` = actual ÷ plan (negative plan: 1 + variance ÷ \\|plan\\|); growth divides by \\|base\\|, null when the base is 0 or the sign changes.
``share_of_total`` is of the same measure, unit and period over the whole cut; for a pair, of the whole company too. ``rank`` 1 is the
largest actual within measure, unit and cut. ``favourable`` follows policy ``good_when_lower``; null without plan or with a variance of 0.
``unplanned``: something sold, nothing planned, where the measure has a plan for this period. ``plan_layer`` names the layer that answered,
by the columns that are not 'all' (``company`` when all are).
Actuals are null only for a quantity planned in no known unit (``qty`` with an empty ``unit``)."""

PLAN_TO_DATE = Contract(
    "plan_to_date",
    "mart",
    t("Plans longer than a period", "跨期计划完成进度", "跨期計劃完成進度"),
    grain=("period", "plan_period", "measure", "unit", "cut", "key", "key2"),
    columns=(
        _PERIOD,
        Column("plan_period", Kind.CODE, t("Plan period", "计划期间", "計劃期間"), required=True),
        *_WHERE[1:],
        _number("plan", _PLAN, required=True),
        _number("actual", t("Actual to date", "累计实际", "累計實際"), required=True),
        _number("variance", _VARIANCE, required=True),
        _ratio("attainment", _ATTAINMENT),
        _ratio("time_progress", t("Time progress", "时间进度", "時間進度")),
    ),
)
"""A quarter's or a year's plan against the actual from its first day to the end of ``period``; ``time_progress`` by working days."""

PLAN_LAYERS = Contract(
    "plan_layers",
    "mart",
    t("Plan layers that disagree", "计划层级不一致", "計劃層級不一致"),
    grain=("period", "measure", "unit", "cut", "key", "key2", "layer", "other_layer"),
    columns=(
        *_WHERE,
        Column("layer", Kind.CODE, t("Layer", "层级", "層級"), required=True),
        Column("other_layer", Kind.CODE, t("Other layer", "另一层级", "另一層級"), required=True),
        _number("plan", t("Plan of the layer", "该层级计划", "該層級計劃"), required=True),
        _number("other_plan", t("Plan of the other layer", "另一层级计划", "另一層級計劃"), required=True),
        _number("difference", t("Difference", "差额", "差額"), required=True),
    ),
)
"""Totals that two layers of one plan version state differently, at the finest cut that both have. ``difference`` = plan − other_plan."""

PLAN_SERIES = Contract(
    "plan_series",
    "mart",
    t("Series of plan and actual", "计划与实际走势", "計劃與實際走勢"),
    grain=("period", "measure", "unit", "cut", "key", "key2", "in_period"),
    columns=(
        *_WHERE,
        Column("in_period", Kind.CODE, t("In period", "所在期间", "所在期間"), required=True),
        _number("plan", _PLAN),
        _number("actual", _ACTUAL, required=True),
        _number("py", t("Same period last year", "上年同期"), required=True),
    ),
)
"""``in_period`` runs over the last periods up to ``period``, the one that the series belongs to."""

PACE = Contract(
    "pace",
    "mart",
    t("Pace", "进度", "進度"),
    grain=_GRAIN,
    columns=(
        *_WHERE,
        Column("as_of", Kind.DATE, t("As of", "截至日期"), required=True),
        Column("working_days", Kind.INT, t("Working days", "工作日数", "工作日數"), required=True),
        Column("working_days_elapsed", Kind.INT, t("Working days elapsed", "已过工作日数", "已過工作日數"), required=True),
        _ratio("time_progress", t("Time progress", "时间进度", "時間進度")),
        _number("plan", _PLAN),
        _number("actual", t("Actual to date", "累计实际", "累計實際"), required=True),
        _ratio("attainment", _ATTAINMENT),
        _ratio("gap", t("Pace gap", "进度差异", "進度差異")),
        _number("forecast", t("Run-rate forecast", "预计完成", "預計完成")),
        _number("needed_per_day", t("Needed a working day", "每工作日需完成")),
    ),
)
"""``gap`` = attainment − time_progress (a fraction: 0.029 is 2.9 points). ``forecast`` = actual ÷ time_progress. ``needed_per_day`` =
what is missing ÷ working days left; 0 when the plan is reached; null without plan or without days left."""

NEW_CUSTOMERS = Contract(
    "new_customers",
    "mart",
    t("New customers", "新增客户", "新增客戶"),
    grain=("period", "customer_code"),
    columns=(
        _PERIOD,
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True),
        Column("label", Kind.TEXT, t("Customer name", "客户名称", "客戶名稱"), required=True),
        Column("first_invoice_on", Kind.DATE, t("First invoice", "首张发票日期", "首張發票日期"), required=True),
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼")),
        Column("net_amount", Kind.MONEY, t("Net amount in the period", "本期不含税金额", "本期不含稅金額"), required=True),
    ),
)
"""Customers whose first invoice lies in the period and who opened not earlier than the start of history. Region and salesperson are
those of the first invoice."""

_BASE = Column("base", Kind.CODE, t("Against", "对比基准", "對比基準"), required=True, values=("plan", "last_year"))
_SPAN = Column("span", Kind.CODE, t("Span", "时间跨度", "時間跨度"), required=True, values=("period", "year_to_date"))
_CAUSES = (
    _number("variance", _VARIANCE, required=True),
    _number("price", t("Price", "价格因素", "價格因素"), required=True),
    _number("volume", t("Volume", "数量因素", "數量因素"), required=True),
    _number("mix", t("Mix", "结构因素", "結構因素"), required=True),
    _number("new", t("New", "新增"), required=True),
    _number("discontinued", t("Discontinued", "停售"), required=True),
    _number("other", t("Other", "其他"), required=True),
)
_COMPARED = (
    _number("base_qty", t("Base quantity", "基准数量", "基準數量"), required=True),
    _number("actual_qty", t("Actual quantity", "实际数量", "實際數量"), required=True),
    _number("base_amount", t("Base amount", "基准金额", "基準金額"), required=True),
    _number("actual_amount", t("Actual amount", "实际金额", "實際金額"), required=True),
)

VARIANCE_CAUSE_LEAVES = Contract(
    "variance_cause_leaves",
    "mart",
    t("Causes of variance, line by line", "差异原因明细", "差異原因明細"),
    grain=("period", "base", "span", "unit", "department", "region_code", "employee_code", "customer_code", "product_line", "product_code"),
    columns=(
        _PERIOD,
        _BASE,
        _SPAN,
        _UNIT,
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True),
        Column("product_line", Kind.TEXT, t("Product line", "产品线", "產品線"), required=True),
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True),
        *_COMPARED,
        _number("average_price", t("Average base price", "基准平均单价", "基準平均單價")),
        *_CAUSES,
    ),
)
"""One row a leaf (policy ``causes.leaf``) and unit group; a dimension that the leaf does not have and that does not follow from it is
'all'. ``average_price`` is P̄ of the unit group, rounded, for reading. The six causes add up to ``variance`` on every row."""

VARIANCE_CAUSES = Contract(
    "variance_causes",
    "mart",
    t("Causes of variance", "差异原因", "差異原因"),
    grain=("period", "base", "span", "cut", "key", "key2"),
    columns=(
        _PERIOD,
        _BASE,
        _SPAN,
        _CUT,
        _KEY,
        _KEY2,
        _LABEL,
        _LABEL2,
        *_COMPARED[2:],
        *_CAUSES,
    ),
)
"""The leaves added up by a cut; no quantities here, since units differ. Base ``plan`` is absent where the plan has no quantities."""

TOP_CAUSES = Contract(
    "top_causes",
    "mart",
    t("Top causes", "主要原因"),
    grain=("period", "base", "span", "dimension", "side", "position"),
    columns=(
        _PERIOD,
        _BASE,
        _SPAN,
        Column("dimension", Kind.CODE, t("Dimension", "分析维度", "分析維度"), required=True),
        Column("side", Kind.CODE, t("Side", "方向"), required=True, values=("explains", "offsets")),
        Column("position", Kind.INT, t("Position", "序号", "序號"), required=True),
        _KEY,
        _LABEL,
        _number("gap", t("Gap of the company", "公司总差异", "公司總差異"), required=True),
        *_COMPARED[2:],
        _number("variance", _VARIANCE, required=True),
        _ratio("contribution", t("Contribution to the gap", "差异贡献率", "差異貢獻率")),
        _ratio("cumulative", t("Cumulative contribution", "累计贡献率", "累計貢獻率")),
        *(_number(column.name, column.label) for column in _CAUSES[1:]),
        Column("main_cause", Kind.CODE, t("Main cause", "主因"),
               values=("price", "volume", "mix", "new", "discontinued", "other")),
    ),
)
"""Which keys of a dimension explain policy ``causes.explain_share`` of the gap, largest first, and which work against it (``offsets``).
The six causes and ``main_cause`` are null where the leaf does not carry the dimension (customers, by default)."""

SALES_WEEKLY = Contract(
    "sales_weekly",
    "mart",
    t("Sales by week", "销售情况周统计", "銷售情況週統計"),
    grain=("period", "cover", "measure", "unit", "cut", "key", "key2"),
    columns=(
        _PERIOD,
        Column("cover", Kind.CODE, t("Week", "周次", "週次"), required=True),
        Column("start", Kind.DATE, t("First day", "起始日"), required=True),
        Column("end", Kind.DATE, t("Last day", "截止日"), required=True),
        Column("until", Kind.DATE, t("Counted up to", "统计至", "統計至"), required=True),
        *_WHERE[1:],
        _number("actual", _ACTUAL, required=True),
        _number("pw", t("Week before, same days", "上周同期", "上週同期"), required=True),
        _number("py", t("Same week last year, same days", "上年同周同期", "上年同週同期")),
        _ratio("growth_wow", t("Growth on the week before", "较上周增长率", "較上週增長率")),
        _ratio("growth_yoy", t("Growth year on year", "同比增长率", "同比增長率")),
        _number("to_date", t("Period up to the week's end", "当期累计", "當期累計"), required=True),
        _number("plan", t("Plan of the period", "当期计划", "當期計劃")),
        _ratio("attainment", t("Attainment, period to date", "当期累计完成率", "當期累計完成率")),
        _ratio("time_progress", t("Time progress", "时间进度", "時間進度")),
    ),
)
"""Weeks that end in the period; a week counts all its days, also those of the period before. A running week is compared with the same days of
the week before and of the same week last year (null where that year has no such week). ``to_date`` is the period's own days up to ``until``,
``time_progress`` their share of its working days."""

WEEK_SERIES = Contract(
    "week_series",
    "mart",
    t("Course by week", "周走势", "週走勢"),
    grain=("period", "cover", "measure"),
    columns=(
        _PERIOD,
        Column("cover", Kind.CODE, t("Week", "周次", "週次"), required=True),
        Column("start", Kind.DATE, t("First day", "起始日"), required=True),
        Column("until", Kind.DATE, t("Counted up to", "统计至", "統計至"), required=True),
        _MEASURE,
        _number("actual", _ACTUAL, required=True),
        _number("py", t("Same week last year, same days", "上年同周同期", "上年同週同期")),
    ),
)
"""The company's last thirteen weeks up to the last one of the period."""

SUBMISSIONS = Contract(
    "submissions",
    "mart",
    t("Submissions", "报表上报情况", "報表上報情況"),
    grain=("period", "sender", "table", "cover"),
    columns=(
        _PERIOD,
        Column("sender", Kind.CODE, t("Sender", "报送方", "報送方"), required=True),
        Column("table", Kind.CODE, t("Table", "报表", "報表"), required=True),
        Column("cover", Kind.CODE, t("For", "所属时段", "所屬時段"), required=True),
        Column("every", Kind.CODE, t("How often", "频率", "頻率"), required=True, values=("day", "week", "half_month", "period")),
        Column("due_at", Kind.TEXT, t("Due (UTC)", "截止时间（UTC）", "截止時間（UTC）"), required=True),
        Column("due_local", Kind.TEXT, t("Due", "截止时间", "截止時間"), required=True),
        Column("arrived_at", Kind.TEXT, t("Arrived (UTC)", "收到时间（UTC）", "收到時間（UTC）")),
        Column("arrived_local", Kind.TEXT, t("Arrived", "收到时间", "收到時間")),
        Column("days_late", Kind.INT, t("Days late", "逾期天数", "逾期天數")),
        Column("status", Kind.CODE, t("Status", "状态", "狀態"), required=True, values=("on_time", "late", "missing", "not_due")),
        Column("deliveries", Kind.INT, t("Deliveries", "报送次数", "報送次數"), required=True),
        Column("rows_accepted", Kind.INT, t("Rows accepted", "接收行数", "接收行數")),
        Column("rows_rejected", Kind.INT, t("Rows rejected", "退回行数", "退回行數")),
        Column("corrected_at", Kind.TEXT, t("Corrected (UTC)", "更正时间（UTC）", "更正時間（UTC）")),
        Column("reason", Kind.TEXT, t("Why not taken", "未接收原因")),
        Column("source_file", Kind.TEXT, t("File", "文件", "檔案")),
    ),
)
"""Who owed which file for which cover by when, as known at T. Times are ISO: ``…_at`` in UTC, ``…_local`` in the company's time zone.
``days_late`` counts started days of 24 hours past the deadline: 0 on time; to T while missing; null when not due. Row counts are of the delivery
that stands, null where they are not known. ``reason`` is the ledger's when only unreadable or unmatched files arrived."""

SUBMISSION_RATES = Contract(
    "submission_rates",
    "mart",
    t("Submission rates", "上报率", "上報率"),
    grain=("period", "sender", "table"),
    columns=(
        _PERIOD,
        Column("sender", Kind.CODE, t("Sender", "报送方", "報送方"), required=True),
        Column("table", Kind.CODE, t("Table", "报表", "報表"), required=True),
        *(
            Column(name, Kind.INT, label, required=True)
            for name, label in (
                ("expected", t("Expected", "应报", "應報")),
                ("due", t("Due by now", "已到期")),
                ("on_time", t("On time", "按时", "按時")),
                ("late", t("Late", "迟报", "遲報")),
                ("missing", t("Missing", "未报", "未報")),
            )
        ),
        _ratio("on_time_rate", t("On-time rate", "按时上报率", "按時上報率")),
        _ratio("received_rate", t("Received", "上报率", "上報率")),
        Column("days_late", Kind.INT, t("Days late in all", "累计逾期天数", "累計逾期天數"), required=True),
    ),
)
"""Both rates divide by what was due by T; null when nothing was. What came before it was due counts as due."""

SALES_MARTS = (
    PLAN_ACTUAL, PLAN_TO_DATE, PLAN_LAYERS, PLAN_SERIES, PACE, NEW_CUSTOMERS,
    VARIANCE_CAUSE_LEAVES, VARIANCE_CAUSES, TOP_CAUSES, SALES_WEEKLY, WEEK_SERIES, SUBMISSIONS, SUBMISSION_RATES,
)
