"""Contracts of what the field brings home of the market (``domain.md`` section 2): signals, lost deals, complaints, surveys, prospects."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

_EMPLOYEE = Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code")
_CUSTOMER = Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code")
_LINE = Column("line", Kind.INT, t("Line", "序号", "序號"), required=True)

MARKET_SIGNAL = Contract(
    "market_signal",
    "field",
    t("Market signals", "信息快报", "資訊快報"),
    grain=("seen_on", "region_code", "line"),
    dated="seen_on",
    columns=(
        Column("seen_on", Kind.DATE, t("Seen on", "发现日期", "發現日期"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True, references="region.region_code"),
        _LINE,
        Column("competitor", Kind.TEXT, t("Competitor", "竞品或竞争对手", "競品或競爭對手")),
        Column("kind", Kind.CODE, t("Kind", "信息类别", "資訊類別"), required=True,
               values=("product", "price", "channel", "promotion", "people")),
        Column("note", Kind.TEXT, t("Signal", "信息内容", "資訊內容"), required=True),
    ),
)  # fmt: skip

LOST_DEAL = Contract(
    "lost_deal",
    "field",
    t("Lost deals", "战败分析", "戰敗分析"),
    grain=("lost_on", "employee_code", "line"),
    amount="amount",
    dated="lost_on",
    columns=(
        Column("lost_on", Kind.DATE, t("Lost on", "战败日期", "戰敗日期"), required=True),
        _EMPLOYEE,
        _LINE,
        Column("customer", Kind.TEXT, t("Customer", "客户", "客戶"), required=True),
        Column("competitor", Kind.TEXT, t("Lost to", "竞争对手", "競爭對手")),
        Column("reason", Kind.TEXT, t("Reason", "战败原因", "戰敗原因"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),
    ),
    rules=(
        Rule("lost_amount_not_negative", pl.col("amount") >= 0,
             t("A lost amount is not negative.", "战败金额不得为负。", "戰敗金額不得為負。"), "amount"),
    ),
)  # fmt: skip

COMPLAINT = Contract(
    "complaint",
    "field",
    t("Complaints", "客户投诉", "客戶投訴"),
    grain=("complaint_no",),
    dated="raised_on",
    columns=(
        Column("complaint_no", Kind.CODE, t("Complaint number", "投诉单号", "投訴單號"), required=True),
        Column("raised_on", Kind.DATE, t("Raised on", "投诉日期", "投訴日期"), required=True),
        _CUSTOMER,
        Column("category", Kind.TEXT, t("Category", "投诉类别", "投訴類別"), required=True),
        Column("severity", Kind.CODE, t("Severity", "严重程度", "嚴重程度"), values=("minor", "major", "severe")),
        Column("resolved_on", Kind.DATE, t("Resolved on", "处理完毕日期", "處理完畢日期")),
    ),
    rules=(
        Rule("resolved_after_raised", pl.col("resolved_on") >= pl.col("raised_on"),
             t("A complaint is resolved after it was raised.", "处理日期不得早于投诉日期。", "處理日期不得早於投訴日期。"), "resolved_on"),
    ),
)  # fmt: skip

SURVEY_ANSWER = Contract(
    "survey_answer",
    "field",
    t("Survey answers", "满意度调查", "滿意度調查"),
    grain=("survey", "customer_code", "dimension"),
    dated="answered_on",
    columns=(
        Column("survey", Kind.CODE, t("Survey", "调查期次", "調查期次"), required=True),
        _CUSTOMER,
        Column("dimension", Kind.TEXT, t("Dimension", "评价维度", "評價維度"), required=True),
        Column("score", Kind.NUMBER, t("Score, 0 to 100", "评分（0–100）", "評分（0–100）"), required=True),
        # A survey is known only from the day on which it was answered: what is as of an earlier day must not see it.
        Column("answered_on", Kind.DATE, t("Answered on", "填表日期"), required=True),
    ),
    rules=(
        Rule("score_of_a_hundred", (pl.col("score") >= 0) & (pl.col("score") <= 1_000_000),
             t("A score lies between 0 and 100.", "评分须在 0 到 100 之间。", "評分須在 0 到 100 之間。"), "score"),
    ),
)  # fmt: skip

TARGET_CUSTOMER = Contract(
    "target_customer",
    "field",
    t("Target customers", "目标客户", "目標客戶"),
    grain=("period", "employee_code", "name"),
    amount="potential",
    columns=(
        Column("period", Kind.CODE, t("Month", "月份"), required=True),
        _EMPLOYEE,
        Column("name", Kind.TEXT, t("Name", "客户名称", "客戶名稱"), required=True),
        Column("kind", Kind.CODE, t("Kind", "客户类别", "客戶類別"), values=("dealer", "office", "direct", "outlet")),
        Column("contact", Kind.TEXT, t("Contact", "联系人", "聯絡人")),
        Column("phone", Kind.CODE, t("Telephone", "电话", "電話")),
        Column("address", Kind.TEXT, t("Address", "地址")),
        Column("potential", Kind.MONEY, t("Sales expected in a year", "预计年销售额", "預計年銷售額")),
        Column("products", Kind.TEXT, t("Products expected", "意向品种", "意向品種")),
        Column("competitor", Kind.TEXT, t("Buys from now", "现经营品牌", "現經營品牌")),
        Column("status", Kind.CODE, t("Status", "进展", "進展"), required=True,
               values=("new", "contacted", "negotiating", "won", "dropped")),
        Column("next_step", Kind.TEXT, t("Next step", "下一步措施")),
        Column("expected_on", Kind.DATE, t("Expected on", "预计成交日期", "預計成交日期")),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), references="customer.customer_code"),
    ),
    rules=(
        Rule("month_key", pl.col("period").str.contains(r"^\d{4}-(0[1-9]|1[0-2]|\d{2}-\d{2})$"),
             t("A month is written as its key (2026-10).", "月份须写成期间代码（2026-10）。", "月份須寫成期間代碼（2026-10）。"), "period"),
        Rule("potential_not_negative", pl.col("potential") >= 0,
             t("Expected sales are not negative.", "预计年销售额不得为负。", "預計年銷售額不得為負。"), "potential"),
    ),
)  # fmt: skip

MARKET = (MARKET_SIGNAL, LOST_DEAL, COMPLAINT, SURVEY_ANSWER, TARGET_CUSTOMER)
