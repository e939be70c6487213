"""Contracts of what HR and offices keep about people (``domain.md`` section 2): attendance, assessment events, training.

Master data of employees comes from the ERP (``erp``); what people write themselves is in ``field``.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

_EMPLOYEE = Column("employee_code", Kind.CODE, t("Employee code", "员工编码", "員工編碼"), required=True, references="employee.employee_code")

ATTENDANCE = Contract(
    "attendance",
    "field",
    t("Attendance", "考勤"),
    grain=("employee_code", "day"),
    confidential=True,
    dated="day",
    columns=(
        _EMPLOYEE,
        Column("day", Kind.DATE, t("Day", "日期"), required=True),
        Column("status", Kind.CODE, t("Status", "出勤情况", "出勤情況"), required=True,
               values=("present", "half_absent", "absent", "leave", "travel")),
    ),
)  # fmt: skip

ASSESSMENT_EVENT = Contract(
    "assessment_event",
    "field",
    t("Assessment events", "考核记录", "考核記錄"),
    grain=("employee_code", "happened_on", "rubric_item", "line"),
    confidential=True,
    dated="happened_on",
    columns=(
        _EMPLOYEE,
        Column("happened_on", Kind.DATE, t("Happened on", "发生日期", "發生日期"), required=True),
        Column("rubric_item", Kind.CODE, t("Item of the rubric", "考核项目", "考核項目"), required=True),
        Column("line", Kind.INT, t("Line", "序号", "序號"), required=True),
        Column("points", Kind.NUMBER, t("Points", "加减分", "加減分"), required=True),
        Column("note", Kind.TEXT, t("Facts", "事由")),
    ),
)

TRAINING = Contract(
    "training",
    "field",
    t("Training", "培训", "培訓"),
    grain=("held_on", "region_code", "topic"),
    dated="held_on",
    columns=(
        Column("held_on", Kind.DATE, t("Held on", "培训日期", "培訓日期"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True, references="region.region_code"),
        Column("topic", Kind.TEXT, t("Topic", "培训主题", "培訓主題"), required=True),
        Column("trainer", Kind.TEXT, t("Trainer", "主讲人", "主講人")),
        Column("attendees", Kind.INT, t("Attendees", "参加人数", "參加人數")),
        Column("recorded", Kind.BOOL, t("Recorded", "有无记录", "有無記錄")),
    ),
    rules=(
        Rule("attendees_not_negative", pl.col("attendees") >= 0,
             t("The number of attendees is not negative.", "参加人数不得为负。", "參加人數不得為負。"), "attendees"),
    ),
)  # fmt: skip

PEOPLE = (ATTENDANCE, ASSESSMENT_EVENT, TRAINING)
