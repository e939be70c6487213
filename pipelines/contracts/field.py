"""Contracts of what salespeople and offices send (``domain.md`` section 2)."""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, t

VISIT = Contract(
    "visit",
    "field",
    t("Visits", "拜访记录", "拜訪記錄"),
    grain=("visited_at", "employee_code", "customer_code", "outlet_code"),
    amount="order_amount",
    dated="visited_at",
    columns=(
        Column("visited_at", Kind.DATE, t("Visited on", "拜访日期", "拜訪日期"), required=True),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True, references="employee.employee_code"),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("outlet_code", Kind.CODE, t("Outlet code", "终端编码", "終端編碼"), references="outlet.outlet_code"),
        Column("kind", Kind.CODE, t("Kind", "拜访类型", "拜訪類型"), values=("new", "return", "key_account")),
        Column("succeeded", Kind.BOOL, t("Succeeded", "是否成交")),
        Column("order_amount", Kind.MONEY, t("Order amount", "订货金额", "訂貨金額")),
        Column("stock_seen", Kind.QTY, t("Stock seen", "当期库存", "當期庫存")),
        Column("product_count", Kind.INT, t("Products carried", "品种数", "品種數")),
        Column("display_done", Kind.BOOL, t("Display done", "陈列", "陳列")),
        Column("new_product_offered", Kind.BOOL, t("New product offered", "新品推介")),
        Column("note", Kind.TEXT, t("Note", "备注", "備註")),
    ),
)

FIELD = (VISIT,)
