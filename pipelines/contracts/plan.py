"""Contracts of plans, targets and what managers write (``domain.md`` section 2)."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

PLAN = Contract(
    "plan",
    "plan",
    t("Plan", "计划", "計劃"),
    grain=("version", "period", "measure", "department", "region_code", "employee_code", "customer_code", "product_line", "product_code"),
    amount="value",
    wildcards=("department", "region_code", "employee_code", "customer_code", "product_line", "product_code"),
    columns=(
        Column("version", Kind.CODE, t("Version", "版本"), required=True),
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("measure", Kind.CODE, t("Measure", "指标", "指標"), required=True),
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True, references="region.region_code"),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code"),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("product_line", Kind.TEXT, t("Product line", "产品线", "產品線"), required=True),
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("value", Kind.NUMBER, t("Value", "计划值", "計劃值"), required=True),
    ),
)

KPI_TARGET = Contract(
    "kpi_target",
    "plan",
    t("KPI targets", "指标目标", "指標目標"),
    grain=("scope", "kpi", "period"),
    columns=(
        Column("scope", Kind.CODE, t("Scope", "适用范围", "適用範圍"), required=True),
        Column("kpi", Kind.CODE, t("Indicator", "指标", "指標"), required=True),
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("target", Kind.NUMBER, t("Target", "目标值", "目標值"), required=True),
        Column("weight", Kind.NUMBER, t("Weight", "权重", "權重")),
    ),
)

COMMENTARY = Contract(
    "commentary",
    "plan",
    t("Commentary", "情况说明", "情況說明"),
    grain=("period", "scope"),
    columns=(
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("scope", Kind.CODE, t("Scope", "范围", "範圍"), required=True),
        Column("text", Kind.TEXT, t("Causes and measures", "原因与措施", "原因與措施"), required=True),
        Column("author", Kind.TEXT, t("Author", "撰写人", "撰寫人")),
    ),
)

MARKET_SIZE = Contract(
    "market_size",
    "plan",
    t("Market size", "市场容量", "市場容量"),
    grain=("period", "region_code", "product_line"),
    amount="amount",
    columns=(
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True, references="region.region_code"),
        Column("product_line", Kind.TEXT, t("Product line", "产品线", "產品線"), required=True),
        Column("amount", Kind.MONEY, t("Market size", "市场容量", "市場容量"), required=True),
    ),
    rules=(
        Rule("market_size_positive", pl.col("amount") > 0,
             t("A market size is above zero.", "市场容量须大于零。", "市場容量須大於零。"), "amount"),
    ),
)  # fmt: skip

PLANS = (PLAN, KPI_TARGET, COMMENTARY, MARKET_SIZE)
