"""Contracts of what sales and HR decide about pay: shared credit and manual adjustments (``domain.md`` M7)."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t
from pipelines.money import E8

_SPLIT = ("customer_code", "document_no", "valid_from", "valid_until")


def _whole() -> pl.Expr:
    """Whether a split's shares add up to all of it; a line that was delivered twice counts once."""
    first = pl.struct("split_no", "employee_code").is_first_distinct()
    return pl.when(first).then("share").sum().over("split_no") == E8


def _one_per_split() -> pl.Expr:
    """Whether the lines of a split say the same of what is split and when."""
    return pl.all_horizontal(pl.col(name).n_unique().over("split_no") == 1 for name in _SPLIT)


CREDIT_SPLIT = Contract(
    "credit_split",
    "field",
    t("Shared credit", "业绩分成", "業績分成"),
    grain=("split_no", "employee_code"),
    dated="valid_from",
    reject_with="split_no",
    columns=(
        Column("split_no", Kind.CODE, t("Split no.", "分成编号", "分成編號"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code (or a document)", "客户编码（或单据）", "客戶編碼（或單據）"), references="customer.customer_code"),
        Column("document_no", Kind.CODE, t("Document or receipt no. (or a customer)", "单据号或收款单号（或客户）", "單據號或收款單號（或客戶）")),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("valid_until", Kind.DATE, t("Valid until", "失效日期")),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code"),
        Column("share", Kind.RATE, t("Share", "分成比例"), required=True),
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人"), required=True),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
    ),
    rules=(
        Rule("share_positive", (pl.col("share") > 0) & (pl.col("share") <= E8),
             t("A share is more than 0 and at most 100 %.", "分成比例须大于 0 且不超过 100%。", "分成比例須大於 0 且不超過 100%。"), "share"),
        Rule("shares_add_up", _whole(),
             t("The shares of one split add up to 100 %.", "同一分成编号的比例合计须为 100%。", "同一分成編號的比例合計須為 100%。"), "share"),
        Rule("split_of_one_thing", pl.col("customer_code").is_null() != pl.col("document_no").is_null(),
             t("A split is of one customer or of one document, not of both.", "分成须指明一个客户或一张单据，二者择一。", "分成須指明一個客戶或一張單據，二者擇一。"), "document_no"),
        Rule("split_said_once", _one_per_split(),
             t("All lines of a split name the same customer or document and the same days.", "同一分成编号各行的客户、单据和日期须一致。", "同一分成編號各行的客戶、單據和日期須一致。"), "split_no"),
        Rule("split_ends_after_start", pl.col("valid_until") >= pl.col("valid_from"),
             t("A split ends after it begins.", "失效日期不得早于生效日期。", "失效日期不得早於生效日期。"), "valid_until"),
    ),
)

PAY_ADJUSTMENT = Contract(
    "pay_adjustment",
    "field",
    t("Manual pay adjustments", "薪酬手工调整", "薪酬手工調整"),
    grain=("adjustment_no",),
    confidential=True,  # so that no amount of it is added up on the pages of controls: their rows are counted
    columns=(
        Column("adjustment_no", Kind.CODE, t("Adjustment no.", "调整单号", "調整單號"), required=True),
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code"),
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True, values=("award", "deduction", "correction", "other")),
        Column("amount", Kind.MONEY, t("Amount (negative: less pay)", "金额（负数为扣减）", "金額（負數為扣減）"), required=True),
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人"), required=True),
        Column("reason", Kind.TEXT, t("Reason", "原因"), required=True),
    ),
    rules=(
        Rule("adjustment_in_fen", pl.col("amount") % 100 == 0,
             t("An amount of pay has at most two decimals.", "薪酬金额最多两位小数。", "薪酬金額最多兩位小數。"), "amount"),
        Rule("deduction_is_negative", (pl.col("kind") != "deduction") | (pl.col("amount") < 0),
             t("A deduction is negative.", "扣减金额须为负数。", "扣減金額須為負數。"), "amount"),
        Rule("award_is_positive", (pl.col("kind") != "award") | (pl.col("amount") > 0),
             t("An award is positive.", "奖励金额须为正数。", "獎勵金額須為正數。"), "amount"),
    ),
)

PAY = (CREDIT_SPLIT, PAY_ADJUSTMENT)
