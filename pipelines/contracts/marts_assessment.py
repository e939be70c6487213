"""Marts of the monthly assessment (M6): who scored what, item by item, with the reason of every lost point. Points are ten-thousandths.

They say what people are paid by and stand in no shared place: ``confidential``.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_EMPLOYEE = Column("employee_code", Kind.CODE, t("Employee code", "员工编码", "員工編碼"), required=True)
_SCHEME = Column("scheme", Kind.CODE, t("Scheme", "考核方案"), required=True)
_ITEM = Column("item", Kind.CODE, t("Item", "考核项目", "考核項目"), required=True)
_SCORES = (
    Column("daily_work", Kind.NUMBER, t("Daily work", "日常工作")),
    Column("attendance", Kind.NUMBER, t("Attendance", "考勤")),
    Column("score", Kind.NUMBER, t("Score", "考核得分")),
)

ASSESSMENT = Contract(
    "assessment",
    "mart",
    t("Assessment", "考核"),
    grain=("period", "employee_code"),
    confidential=True,
    columns=(
        _PERIOD,
        _EMPLOYEE,
        Column("name", Kind.TEXT, t("Name", "姓名")),
        Column("role", Kind.CODE, t("Role", "职务", "職務"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("region_name", Kind.TEXT, t("Region", "区域", "區域")),
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門")),
        _SCHEME,
        Column("scheme_from", Kind.DATE, t("Scheme valid from", "方案生效日期"), required=True),
        Column("assessed_from", Kind.DATE, t("Assessed from", "考核起日"), required=True),
        Column("assessed_to", Kind.DATE, t("Assessed to", "考核止日"), required=True),
        *_SCORES,
        Column("assessed_maximum", Kind.NUMBER, t("Points that could be measured", "可考核满分", "可考核滿分"), required=True),
        Column("days_absent", Kind.INT, t("Days absent", "缺勤天数", "缺勤天數")),
        Column("days_recorded", Kind.INT, t("Days recorded", "考勤记录天数", "考勤記錄天數")),
        Column("grade", Kind.INT, t("Grade, 1 the highest", "等级（1 为最高）", "等級（1 為最高）")),  # its place among the scheme's grades
        Column("to_next_grade", Kind.NUMBER, t("To the next grade", "距上一等级", "距上一等級")),
        Column("award", Kind.INT, t("Award", "名次奖励", "名次獎勵")),  # 1, 2, 3 …: among the best of the scheme
        Column("year_score", Kind.NUMBER, t("Score of the year so far", "年度累计得分", "年度累計得分")),
        Column("months_assessed", Kind.INT, t("Months assessed", "考核月数", "考核月數"), required=True),
    ),
)

ASSESSMENT_ITEM = Contract(
    "assessment_item",
    "mart",
    t("Assessment, by item", "考核分项", "考核分項"),
    grain=("period", "employee_code", "item"),
    confidential=True,
    columns=(
        _PERIOD,
        _EMPLOYEE,
        _SCHEME,
        Column("item_no", Kind.INT, t("Item number", "项目序号", "項目序號"), required=True),
        Column("block", Kind.CODE, t("Block", "考核大项", "考核大項"), required=True),
        _ITEM,
        Column("maximum", Kind.NUMBER, t("Maximum", "满分", "滿分"), required=True),
        Column("points", Kind.NUMBER, t("Points", "得分")),  # null where nothing could be measured
        Column("lost", Kind.NUMBER, t("Points lost", "扣分"), required=True),
        Column("weeks", Kind.INT, t("Weeks", "周数", "週數"), required=True),  # of a weekly item; else 0
    ),
)

ASSESSMENT_EVIDENCE = Contract(
    "assessment_evidence",
    "mart",
    t("Assessment, the reasons", "考核依据", "考核依據"),
    grain=("period", "employee_code", "line"),
    confidential=True,
    columns=(
        _PERIOD,
        _EMPLOYEE,
        Column("line", Kind.INT, t("Line", "序号", "序號"), required=True),
        _ITEM,
        Column("cause", Kind.CODE, t("Cause", "扣分原因"), required=True),
        Column("kind", Kind.CODE, t("How it was found", "依据类别", "依據類別"), required=True,
               values=("late", "missing", "illegible", "blank", "unreported", "key_account", "shortfall", "training", "execution", "attainment",
                       "coverage", "distribution", "event", "absent", "half_absent", "joint", "cap", "unknown_item")),
        Column("cover", Kind.CODE, t("Month or week", "月份或周次", "月份或週次")),
        Column("happened_on", Kind.DATE, t("Day", "日期")),
        Column("form", Kind.CODE, t("Form", "报表", "報表")),  # a table
        Column("document", Kind.TEXT, t("What it is about", "对象", "對象")),  # a dealer, a planned work item
        Column("due", Kind.TEXT, t("Due", "应报时间", "應報時間")),
        Column("arrived", Kind.TEXT, t("Arrived", "到达时间", "到達時間")),
        Column("measured", Kind.NUMBER, t("Measured", "实际值", "實際值")),
        Column("wanted", Kind.NUMBER, t("Wanted", "应达值", "應達值")),
        Column("doubled", Kind.BOOL, t("Doubled", "加倍"), required=True),
        Column("deduction", Kind.NUMBER, t("Deduction by the rule", "按规则扣分", "按規則扣分"), required=True),
        Column("points", Kind.NUMBER, t("Points lost", "实际扣分", "實際扣分"), required=True),
        Column("about", Kind.CODE, t("Whose form (joint responsibility)", "下属编码（连带责任）", "下屬編碼（連帶責任）")),
        Column("note", Kind.TEXT, t("Facts", "事由")),
        Column("source_file", Kind.TEXT, t("File", "文件", "檔案")),
        Column("source_sheet", Kind.TEXT, t("Sheet", "工作表")),
        Column("source_row", Kind.INT, t("Row", "行号", "行號")),
        Column("cell", Kind.CODE, t("Cell", "单元格", "儲存格")),
    ),
)  # fmt: skip

ASSESSMENT_MONTH = Contract(
    "assessment_month",
    "mart",
    t("Assessment, the months of the year", "考核各月得分"),
    grain=("period", "employee_code", "month"),
    confidential=True,
    columns=(
        _PERIOD,
        _EMPLOYEE,
        Column("month", Kind.CODE, t("Month", "月份"), required=True),
        _SCHEME,
        *_SCORES,
    ),
)

ASSESSMENT_MARTS = (ASSESSMENT, ASSESSMENT_ITEM, ASSESSMENT_EVIDENCE, ASSESSMENT_MONTH)
