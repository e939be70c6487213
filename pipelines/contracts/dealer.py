"""Contracts of what dealers send (``domain.md`` section 2). A ``dealer_code`` is a ``customer_code``."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

_DEALER = Column("dealer_code", Kind.CODE, t("Dealer code", "经销商编码", "經銷商編碼"), required=True, references="customer.customer_code")
_OUTLET = t("Outlet code", "终端编码", "終端編碼")

OUTLET = Contract(
    "outlet",
    "dealer",
    t("Outlets", "终端", "終端"),
    grain=("dealer_code", "outlet_code", "valid_from"),
    versioned=True,
    dated="valid_from",
    columns=(
        _DEALER,
        Column("outlet_code", Kind.CODE, _OUTLET, required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("name", Kind.TEXT, t("Outlet name", "终端名称", "終端名稱"), required=True),
        Column("kind", Kind.TEXT, t("Kind", "终端类型", "終端類型")),
        Column("address", Kind.TEXT, t("Address", "地址")),
        Column("listed_on", Kind.DATE, t("Listed on", "建档日期", "建檔日期")),
        Column("closed_on", Kind.DATE, t("Closed on", "关闭日期", "關閉日期")),
        Column("first_traded_on", Kind.DATE, t("First traded on", "首次进货日期", "首次進貨日期")),
    ),
)

OUTLET_CONTRACT = Contract(
    "outlet_contract",
    "dealer",
    t("Outlet contracts", "终端签约", "終端簽約"),
    grain=("dealer_code", "outlet_code", "period"),
    amount="committed_qty",
    columns=(
        _DEALER,
        Column("outlet_code", Kind.CODE, _OUTLET, required=True, references="outlet.outlet_code"),
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("committed_qty", Kind.QTY, t("Committed quantity", "签约量", "簽約量"), required=True),
        Column("unit", Kind.TEXT, t("Unit", "单位", "單位")),
    ),
    rules=(
        Rule("commitment_positive", pl.col("committed_qty") > 0,
             t("A commitment is positive.", "签约量必须大于零。", "簽約量必須大於零。"), "committed_qty"),
    ),
)

SELL_OUT = Contract(
    "sell_out",
    "dealer",
    t("Dealer sell-out", "经销商出货", "經銷商出貨"),
    grain=("sold_on", "dealer_code", "outlet_code", "product_code"),
    amount="amount",
    dated="sold_on",
    columns=(
        Column("sold_on", Kind.DATE, t("Sold on", "销售日期", "銷售日期"), required=True),
        _DEALER,
        Column("outlet_code", Kind.CODE, _OUTLET, required=True, references="outlet.outlet_code"),
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("qty", Kind.QTY, t("Quantity", "数量", "數量"), required=True),
        Column("unit", Kind.TEXT, t("Unit", "单位", "單位")),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),
        Column("grain", Kind.CODE, t("Grain of time", "时间粒度", "時間粒度"), values=("day", "month")),
    ),
)

DEALER_STOCK = Contract(
    "dealer_stock",
    "dealer",
    t("Dealer stock", "经销商库存", "經銷商庫存"),
    grain=("counted_on", "dealer_code", "product_code"),
    amount="qty",
    dated="counted_on",
    columns=(
        Column("counted_on", Kind.DATE, t("Counted on", "盘点日期", "盤點日期"), required=True),
        _DEALER,
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("qty", Kind.QTY, t("Quantity", "数量", "數量"), required=True),
        Column("unit", Kind.TEXT, t("Unit", "单位", "單位")),
    ),
    rules=(
        Rule("stock_not_negative", pl.col("qty") >= 0, t("Stock is not negative.", "库存不得为负。", "庫存不得為負。"), "qty"),
    ),
)

REBATE_CLAIM = Contract(
    "rebate_claim",
    "dealer",
    t("Rebate claims", "返利申报", "返利申報"),
    grain=("period", "dealer_code", "line"),
    amount="amount",
    columns=(
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        _DEALER,
        Column("line", Kind.INT, t("Line", "序号", "序號"), required=True),
        Column("item", Kind.TEXT, t("Claimed for", "返利项目", "返利項目")),
        Column("basis", Kind.MONEY, t("Basis", "计返基数", "計返基數")),
        Column("amount", Kind.MONEY, t("Amount claimed", "申报金额", "申報金額"), required=True),
    ),
    rules=(
        Rule("claim_positive", pl.col("amount") > 0,
             t("A claim is positive.", "申报金额必须大于零。", "申報金額必須大於零。"), "amount"),
    ),
)

DEALER = (OUTLET, OUTLET_CONTRACT, SELL_OUT, DEALER_STOCK, REBATE_CLAIM)
