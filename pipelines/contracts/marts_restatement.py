"""Contracts of what a publication changed against the one before it (R25). They belong to a publication, not to a period's run.

How they are computed is ``pipelines.metrics.restatement``' business; amounts are ten-thousandths.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, Text, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)

CAUSES: dict[str, Text] = {
    "code": t("Changed code", "程序变更", "程式變更"),
    "policy": t("Changed policy", "政策变更", "政策變更"),
    "master_data": t("Changed master data", "主数据变更", "主檔資料變更"),
    "plan": t("Changed plan", "计划变更", "計劃變更"),
    "corrected_file": t("Corrected file", "更正文件", "更正檔案"),
    "late_document": t("Late document", "迟到单据", "遲到單據"),
    "business_day": t("Later business day", "截止日推后", "截止日延後"),
}
"""Why a figure moved, in the order in which the causes are applied."""

RESTATEMENT = Contract(
    "restatement",
    "mart",
    t("Restatement", "重述差异", "重述差異"),
    grain=("period", "figure", "span", "unit", "cut", "key"),
    columns=(
        _PERIOD,
        Column("figure", Kind.CODE, t("Figure", "数字", "數字"), required=True),
        Column("span", Kind.CODE, t("Span", "时间范围", "時間範圍"), required=True, values=("period", "year_to_date")),
        Column("unit", Kind.TEXT, t("Base unit", "基本单位", "基本單位"), required=True),
        Column("cut", Kind.CODE, t("Cut", "分析维度", "分析維度"), required=True),
        Column("key", Kind.CODE, t("Key", "编码", "編碼"), required=True),
        Column("label", Kind.TEXT, t("Name", "名称", "名稱"), required=True),
        Column("before", Kind.NUMBER, t("Before", "重述前", "重述前")),
        *(Column(name, Kind.NUMBER, label, required=True) for name, label in CAUSES.items()),
        Column("after", Kind.NUMBER, t("After", "重述后", "重述後")),
        Column("difference", Kind.NUMBER, t("Difference", "差异", "差異"), required=True),
    ),
)

RESTATEMENT_GRADES = Contract(
    "restatement_grades",
    "mart",
    t("Grades that moved", "等级变动", "等級變動"),
    grain=("period", "dealer_code"),
    columns=(
        _PERIOD,
        Column("dealer_code", Kind.CODE, t("Dealer code", "经销商编码", "經銷商編碼"), required=True),
        Column("name", Kind.TEXT, t("Dealer", "经销商", "經銷商")),
        Column("grade_before", Kind.CODE, t("Grade before", "重述前等级", "重述前等級")),
        Column("grade_after", Kind.CODE, t("Grade after", "重述后等级", "重述後等級")),
        Column("score_before", Kind.RATIO, t("Score before", "重述前得分", "重述前得分")),
        Column("score_after", Kind.RATIO, t("Score after", "重述后得分", "重述後得分")),
        Column("causes", Kind.TEXT, t("Causes", "原因"), required=True),  # comma-separated
    ),
)
