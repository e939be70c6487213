"""Contracts of what salespeople and region managers write themselves (``domain.md`` section 2): diaries, plans, report forms.

What offices and HR keep about people is in ``people``, what they bring home of the market in ``market``.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

_EMPLOYEE = Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code")
_MONTH_OR_WEEK = Column("period", Kind.CODE, t("Month or week", "月份或周次", "月份或週次"), required=True)
_LINE = Column("line", Kind.INT, t("Line", "序号", "序號"), required=True)
PERIOD_KEY = r"^\d{4}-(0[1-9]|1[0-2]|W(0[1-9]|[1-4]\d|5[0-3])|\d{2}-\d{2})$"
"""How the key of a month, a listed period or a week is written; whether there is such a one, the calendar knows."""


def _period_is_a_key(example: str = "2026-10 / 2026-W41") -> Rule:
    return Rule(
        "month_or_week_key", pl.col("period").str.contains(PERIOD_KEY),
        t(f"A month or week is written as its key ({example}).", f"月份或周次须写成期间代码（{example}）。",
          f"月份或週次須寫成期間代碼（{example}）。"), "period",
    )  # fmt: skip


VISIT = Contract(
    "visit",
    "field",
    t("Visits", "拜访记录", "拜訪記錄"),
    grain=("visited_at", "employee_code", "customer_code", "outlet_code"),
    amount="order_amount",
    dated="visited_at",
    columns=(
        Column("visited_at", Kind.DATE, t("Visited on", "拜访日期", "拜訪日期"), required=True),
        _EMPLOYEE,
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("outlet_code", Kind.CODE, t("Outlet code", "终端编码", "終端編碼"), references="outlet.outlet_code"),
        Column("kind", Kind.CODE, t("Kind", "拜访类型", "拜訪類型"), values=("new", "return", "key_account")),
        Column("succeeded", Kind.BOOL, t("Succeeded", "是否成交")),
        Column("order_amount", Kind.MONEY, t("Order amount", "订货金额", "訂貨金額")),
        Column("order_qty", Kind.QTY, t("Order quantity", "本次进货量", "本次進貨量")),
        Column("products", Kind.TEXT, t("Products ordered", "进货品种", "進貨品種")),
        Column("products_wanted", Kind.TEXT, t("Products to be carried", "要求分销品种", "要求分銷品種")),
        Column("previous_sales", Kind.QTY, t("Previous sales", "往期销量", "往期銷量")),
        Column("recent_orders", Kind.TEXT, t("Last orders", "最近几次进货", "最近幾次進貨")),
        Column("stock_seen", Kind.QTY, t("Stock seen", "当期库存", "當期庫存")),
        Column("product_count", Kind.INT, t("Products carried", "品种数", "品種數")),
        Column("display_done", Kind.BOOL, t("Display done", "陈列", "陳列")),
        Column("new_product_offered", Kind.BOOL, t("New product offered", "新品推介")),
        Column("phone", Kind.CODE, t("Telephone", "电话", "電話")),
        Column("address", Kind.TEXT, t("Address", "地址")),
        Column("note", Kind.TEXT, t("Note", "备注", "備註")),
    ),
)

DIARY = Contract(
    "diary",
    "field",
    t("Diary notes", "工作日记", "工作日記"),
    grain=("employee_code", "day", "line"),
    dated="day",
    columns=(
        _EMPLOYEE,
        Column("day", Kind.DATE, t("Day", "日期"), required=True),
        _LINE,
        Column("work_done", Kind.TEXT, t("Work done today", "今日工作内容", "今日工作內容")),
        Column("plan_tomorrow", Kind.TEXT, t("Plan for tomorrow", "明日计划", "明日計劃")),
        Column("problem", Kind.TEXT, t("Problem to be solved", "需解决的问题", "需解決的問題")),
        Column("solution", Kind.TEXT, t("Solution", "解决办法", "解決辦法")),
    ),
    rules=(
        Rule("diary_says_something", pl.any_horizontal(pl.col("work_done", "plan_tomorrow", "problem").fill_null("") != ""),
             t("A diary entry says something.", "日记不得为空。", "日記不得為空。"), "work_done"),
    ),
)  # fmt: skip

WORK_PLAN = Contract(
    "work_plan",
    "field",
    t("Work plans", "工作计划", "工作計劃"),
    # What was planned beforehand and what is reported afterwards are two statements of one line: neither hides the other.
    grain=("employee_code", "period", "line", "stage"),
    columns=(
        _EMPLOYEE,
        _MONTH_OR_WEEK,
        _LINE,
        Column("stage", Kind.CODE, t("Stated", "阶段", "階段"), required=True, values=("plan", "result")),
        Column("item", Kind.TEXT, t("Work item", "工作项目", "工作項目"), required=True),
        Column("planned_on", Kind.DATE, t("Planned for", "计划完成日期", "計劃完成日期")),
        Column("done_on", Kind.DATE, t("Done on", "实际完成日期", "實際完成日期")),
        Column("status", Kind.CODE, t("Status", "完成情况", "完成情況"), values=("done", "partly", "not_done")),
        Column("result", Kind.TEXT, t("Result or reason", "结果或原因", "結果或原因")),
    ),
    rules=(
        _period_is_a_key(),
        Rule("result_has_a_status", (pl.col("stage") != "result") | pl.col("status").is_not_null(),
             t("A reported line says whether it was done.", "已汇报的工作须写明完成情况。", "已匯報的工作須寫明完成情況。"), "status"),
        Rule("plan_has_no_result", (pl.col("stage") != "plan") | (pl.col("status").is_null() & pl.col("done_on").is_null()),
             t("A plan has no result yet.", "计划阶段不得填写完成情况。", "計劃階段不得填寫完成情況。"), "status"),
    ),
)  # fmt: skip

WORK_REPORT = Contract(
    "work_report",
    "field",
    t("Weekly and monthly reports", "周报与月报", "週報與月報"),
    grain=("employee_code", "period"),
    columns=(
        _EMPLOYEE,
        _MONTH_OR_WEEK,
        Column("summary", Kind.TEXT, t("Summary", "工作总结", "工作總結")),
        Column("plan", Kind.TEXT, t("Plan of the next period", "下期计划", "下期計劃")),
        Column("proposal", Kind.TEXT, t("Proposals", "合理化建议", "合理化建議")),
        Column("problems", Kind.TEXT, t("Problems and measures", "存在问题与措施", "存在問題與措施")),
        Column("support", Kind.TEXT, t("Support wanted", "需要支持", "需要支援")),
    ),
    rules=(_period_is_a_key(),),
)

FIELD = (VISIT, DIARY, WORK_PLAN, WORK_REPORT)
