"""Contracts of the ERP's tables (``domain.md`` section 2). How an export is laid out belongs to a company's layouts."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

CUSTOMER = Contract(
    "customer",
    "erp",
    t("Customers", "客户", "客戶"),
    grain=("customer_code", "valid_from"),
    versioned=True,
    dated="valid_from",
    columns=(
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("name", Kind.TEXT, t("Customer name", "客户名称", "客戶名稱"), required=True),
        Column("kind", Kind.CODE, t("Kind", "客户类别", "客戶類別"), required=True, values=("dealer", "office", "direct")),
        Column("price_class", Kind.CODE, t("Price class", "价格等级", "價格等級")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True, references="region.region_code"),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), references="employee.employee_code"),
        Column("parent_code", Kind.CODE, t("Group code", "所属集团", "所屬集團")),
        Column("opened_on", Kind.DATE, t("Opened on", "开户日期", "開戶日期")),
        Column("closed_on", Kind.DATE, t("Closed on", "关户日期", "關戶日期")),
        Column("credit_limit", Kind.MONEY, t("Credit limit", "信用额度", "信用額度")),
        Column("payment_terms", Kind.TEXT, t("Payment terms", "付款条件", "付款條件")),
        Column("distance_km", Kind.NUMBER, t("Distance, km", "运距（公里）", "運距（公里）")),
        Column("electronic_settlement", Kind.BOOL, t("Electronic settlement", "电子结算", "電子結算")),
    ),
    rules=(
        Rule("closed_after_opened", pl.col("closed_on") >= pl.col("opened_on"),
             t("A customer closes after it opened.", "关户日期不得早于开户日期。", "關戶日期不得早於開戶日期。"), "closed_on"),
        Rule("limit_not_negative", pl.col("credit_limit") >= 0,
             t("A credit limit is not negative.", "信用额度不得为负。", "信用額度不得為負。"), "credit_limit"),
    ),
)

EMPLOYEE = Contract(
    "employee",
    "erp",
    t("Employees", "员工", "員工"),
    grain=("employee_code", "valid_from"),
    versioned=True,
    dated="valid_from",
    columns=(
        Column("employee_code", Kind.CODE, t("Employee code", "员工编码", "員工編碼"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("name", Kind.TEXT, t("Name", "姓名"), required=True),
        Column("role", Kind.CODE, t("Role", "职务", "職務"), required=True,
               values=("salesperson", "region_manager", "department_head", "clerk")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), references="region.region_code"),
        Column("pay_grade", Kind.CODE, t("Pay grade", "薪级", "薪級")),
        Column("hired_on", Kind.DATE, t("Hired on", "入职日期", "入職日期")),
        Column("left_on", Kind.DATE, t("Left on", "离职日期", "離職日期")),
        Column("trainee_until", Kind.DATE, t("Trainee until", "试用期至", "試用期至")),
        Column("manager_code", Kind.CODE, t("Manager code", "上级编码", "上級編碼")),
    ),
    rules=(
        Rule("left_after_hired", pl.col("left_on") >= pl.col("hired_on"),
             t("An employee leaves after being hired.", "离职日期不得早于入职日期。", "離職日期不得早於入職日期。"), "left_on"),
    ),
)

REGION = Contract(
    "region",
    "erp",
    t("Regions", "区域", "區域"),
    grain=("region_code", "valid_from"),
    versioned=True,
    dated="valid_from",
    columns=(
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("name", Kind.TEXT, t("Region name", "区域名称", "區域名稱"), required=True),
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門"), required=True),
        Column("parent_code", Kind.CODE, t("Parent region", "上级区域", "上級區域")),
    ),
)

PRODUCT = Contract(
    "product",
    "erp",
    t("Products", "产品", "產品"),
    grain=("product_code", "valid_from"),
    versioned=True,
    dated="valid_from",
    columns=(
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("name", Kind.TEXT, t("Product name", "产品名称", "產品名稱"), required=True),
        Column("line", Kind.TEXT, t("Product line", "产品线", "產品線"), required=True),
        Column("category", Kind.TEXT, t("Category", "品类", "品類")),
        Column("abc_class", Kind.CODE, t("ABC class", "ABC 分类", "ABC 分類")),
        Column("unit", Kind.TEXT, t("Sales unit", "销售单位", "銷售單位"), required=True),
        Column("base_unit", Kind.TEXT, t("Base unit", "基本单位", "基本單位"), required=True),
        Column("units_per_base", Kind.PRICE, t("Base units in one sales unit", "换算率", "換算率"), required=True),
        Column("launched_on", Kind.DATE, t("Launched on", "上市日期")),
        Column("discontinued_on", Kind.DATE, t("Discontinued on", "停产日期", "停產日期")),
        Column("standard_cost", Kind.PRICE, t("Standard cost", "标准成本", "標準成本")),
    ),
    rules=(
        Rule("conversion_positive", pl.col("units_per_base") > 0,
             t("A unit conversion is positive.", "换算率必须大于零。", "換算率必須大於零。"), "units_per_base"),
    ),
)

PRICE_LIST = Contract(
    "price_list",
    "erp",
    t("Price list", "价格表", "價格表"),
    grain=("product_code", "price_class", "valid_from"),
    dated="valid_from",
    columns=(
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("price_class", Kind.CODE, t("Price class", "价格等级", "價格等級"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("unit_price", Kind.PRICE, t("List price", "单价", "單價"), required=True),
        Column("tax_rate", Kind.RATE, t("Tax rate", "税率", "稅率")),
    ),
    rules=(
        Rule("price_not_negative", pl.col("unit_price") >= 0,
             t("A list price is not negative.", "价格不得为负。", "價格不得為負。"), "unit_price"),
    ),
)

_SLIP = pl.col("document_kind") == "red_slip"

# Quantity (E4) × price (E8) × (1 − discount) (E8) is exact in 128 bits at 20 decimals. The amount may be that product rounded to the
# four decimals that are kept, or to the fen.
_MISSED = (
    pl.col("qty").cast(pl.Int128) * pl.col("unit_price").cast(pl.Int128)
    * (100_000_000 - pl.col("discount_rate").fill_null(0)).cast(pl.Int128)
    - pl.col("net_amount").cast(pl.Int128) * 10**16
).abs()
_PRODUCT_FITS = (_MISSED < 5 * 10**15) | ((pl.col("net_amount") % 100 == 0) & (_MISSED <= 5 * 10**17))

SALES_LINE = Contract(
    "sales_line",
    "erp",
    t("Sales lines", "销售明细", "銷售明細"),
    grain=("document_no", "line_no"),
    amount="net_amount",
    dated="document_date",
    reject_with="document_no",
    columns=(
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號"), required=True),
        Column("line_no", Kind.CODE, t("Line", "行号", "行號"), required=True),
        Column("document_kind", Kind.CODE, t("Document kind", "单据类型", "單據類型"), required=True,
               values=("invoice", "red_slip", "delivery")),
        Column("document_date", Kind.DATE, t("Document date", "单据日期", "單據日期"), required=True),
        Column("shipped_on", Kind.DATE, t("Shipped on", "发货日期", "發貨日期")),
        Column("due_on", Kind.DATE, t("Due on", "到期日")),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), references="employee.employee_code"),
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("qty", Kind.QTY, t("Quantity", "数量", "數量"), required=True),
        Column("unit", Kind.TEXT, t("Unit", "单位", "單位")),
        Column("unit_price", Kind.PRICE, t("Unit price", "单价", "單價")),
        Column("net_amount", Kind.MONEY, t("Net amount", "不含税金额", "不含稅金額"), required=True),
        Column("tax_amount", Kind.MONEY, t("Tax", "税额", "稅額")),
        Column("gross_amount", Kind.MONEY, t("Gross amount", "价税合计", "價稅合計")),
        Column("discount_rate", Kind.RATE, t("Discount", "折扣率")),
        Column("cost_amount", Kind.MONEY, t("Cost", "成本金额", "成本金額")),
        Column("warehouse", Kind.TEXT, t("Warehouse", "仓库", "倉庫")),
        Column("contract_no", Kind.CODE, t("Contract no.", "合同号", "合同號")),
        Column("origin_document_no", Kind.CODE, t("Original document", "原单据号", "原單據號")),
    ),
    rules=(
        Rule("slip_is_negative", ~_SLIP | ((pl.col("qty") <= 0) & (pl.col("net_amount") <= 0)),
             t("Quantities and amounts of a red slip are negative.", "红字单据的数量和金额必须为负。", "紅字單據的數量和金額必須為負。"), "net_amount"),
        Rule("invoice_is_positive", _SLIP | ((pl.col("qty") >= 0) & (pl.col("net_amount") >= 0)),
             t("Quantities and amounts of an invoice are not negative; a return is a red slip.",
               "发票的数量和金额不得为负；退货请用红字单据。", "發票的數量和金額不得為負；退貨請用紅字單據。"), "net_amount"),
        Rule("gross_is_net_plus_tax", pl.col("gross_amount") == pl.col("net_amount") + pl.col("tax_amount"),
             t("Gross = net + tax.", "价税合计 = 不含税金额 + 税额。", "價稅合計 = 不含稅金額 + 稅額。"), "gross_amount"),
        Rule("due_after_document", pl.col("due_on") >= pl.col("document_date"),
             t("A document is not due before its date.", "到期日不得早于单据日期。", "到期日不得早於單據日期。"), "due_on"),
        Rule("amount_is_qty_times_price", _PRODUCT_FITS,
             t("Quantity × price − discount = amount.", "数量 × 单价 − 折扣 = 金额。", "數量 × 單價 − 折扣 = 金額。"), "net_amount", "warning"),
        Rule("slip_names_origin", ~_SLIP | pl.col("origin_document_no").is_not_null(),
             t("A red slip names the document that it corrects.", "红字单据须注明原单据号。", "紅字單據須註明原單據號。"), "origin_document_no", "warning"),
    ),
)

RECEIPT = Contract(
    "receipt",
    "erp",
    t("Receipts", "收款"),
    grain=("receipt_no",),
    amount="amount",
    dated="received_on",
    columns=(
        Column("receipt_no", Kind.CODE, t("Receipt no.", "收款单号", "收款單號"), required=True),
        Column("received_on", Kind.DATE, t("Received on", "收款日期"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
        Column("method", Kind.CODE, t("Method", "收款方式"), values=("cash", "transfer", "cheque", "bank_draft", "electronic")),
        Column("instrument_no", Kind.CODE, t("Instrument no.", "票据号", "票據號")),
        Column("matures_on", Kind.DATE, t("Matures on", "票据到期日", "票據到期日")),
        Column("collected_by", Kind.CODE, t("Collected by", "收款人"), references="employee.employee_code"),
        Column("handed_to_finance_on", Kind.DATE, t("Handed to finance on", "交财务日期", "交財務日期")),
        Column("reverses_receipt_no", Kind.CODE, t("Reverses receipt", "冲销收款单号", "沖銷收款單號")),
    ),
    rules=(
        Rule("negative_reverses", (pl.col("amount") >= 0) | pl.col("reverses_receipt_no").is_not_null(),
             t("A negative receipt names the receipt that it reverses.", "负数收款须注明被冲销的收款单号。", "負數收款須註明被沖銷的收款單號。"), "amount"),
        Rule("matures_after_receipt", pl.col("matures_on") >= pl.col("received_on"),
             t("A draft matures after it was received.", "票据到期日不得早于收款日期。", "票據到期日不得早於收款日期。"), "matures_on"),
    ),
)

RECEIPT_ALLOCATION = Contract(
    "receipt_allocation",
    "erp",
    t("Receipt allocations", "核销明细", "核銷明細"),
    grain=("receipt_no", "document_no", "allocated_on"),
    amount="amount",
    dated="allocated_on",
    columns=(
        Column("receipt_no", Kind.CODE, t("Receipt no.", "收款单号", "收款單號"), required=True, references="receipt.receipt_no"),
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號"), required=True),
        Column("allocated_on", Kind.DATE, t("Allocated on", "核销日期", "核銷日期"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "核销金额", "核銷金額"), required=True),
    ),
)

ADJUSTMENT = Contract(
    "adjustment",
    "erp",
    t("Adjustments", "调整", "調整"),
    grain=("adjustment_no",),
    amount="amount",
    dated="dated_on",
    columns=(
        Column("adjustment_no", Kind.CODE, t("Adjustment no.", "调整单号", "調整單號"), required=True),
        Column("dated_on", Kind.DATE, t("Date", "日期"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號")),
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True, values=("write_off", "offset", "discount", "exchange", "correction")),
        Column("amount", Kind.MONEY, t("Amount (negative: owes less)", "金额（负数为减少应收）", "金額（負數為減少應收）"), required=True),
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人")),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
    ),
)

SPECIFIC_PROVISION = Contract(
    "specific_provision",
    "erp",
    t("Specific provisions", "专项坏账准备", "專項壞帳準備"),
    grain=("customer_code", "document_no", "valid_from"),
    amount="amount",
    dated="valid_from",
    columns=(
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("document_no", Kind.CODE, t("Document no. (empty: the customer)", "单据号（空为全部）", "單據號（空為全部）")),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),
        Column("rate", Kind.RATE, t("Rate", "比例")),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
    ),
    rules=(
        Rule("amount_or_rate", pl.col("amount").is_not_null() != pl.col("rate").is_not_null(),
             t("A specific provision gives an amount or a rate, not both.", "专项准备填金额或比例之一。", "專項準備填金額或比例之一。"), "amount"),
    ),
)

OPENING_RECEIVABLE = Contract(
    "opening_receivable",
    "erp",
    t("Opening receivables", "期初应收", "期初應收"),
    grain=("document_no",),
    amount="open_amount",
    dated="opening_on",
    columns=(
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號"), required=True),
        Column("opening_on", Kind.DATE, t("Opening day", "期初日期"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("document_date", Kind.DATE, t("Document date", "单据日期", "單據日期"), required=True),
        Column("due_on", Kind.DATE, t("Due on", "到期日")),
        Column("open_amount", Kind.MONEY, t("Open amount (negative: an advance)", "未收金额（负数为预收）", "未收金額（負數為預收）"), required=True),
    ),
)

LEDGER_CONTROL = Contract(
    "ledger_control",
    "erp",
    t("General ledger control", "总账控制数", "總帳控制數"),
    grain=("period", "account"),
    amount="amount",
    columns=(
        Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True),
        Column("account", Kind.CODE, t("Account", "科目"), required=True, values=("revenue", "receivables", "receipts", "expenses")),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
    ),
)

STOCK = Contract(
    "stock",
    "erp",
    t("Stock", "库存", "庫存"),
    grain=("counted_on", "warehouse", "product_code", "stage"),
    amount="value",
    dated="counted_on",
    columns=(
        Column("counted_on", Kind.DATE, t("Counted on", "盘点日期", "盤點日期"), required=True),
        Column("warehouse", Kind.TEXT, t("Warehouse", "仓库", "倉庫"), required=True),
        Column("product_code", Kind.CODE, t("Product code", "产品编码", "產品編碼"), required=True, references="product.product_code"),
        Column("stage", Kind.CODE, t("Stage", "阶段", "階段"), required=True, values=("finished", "semi_finished")),
        Column("qty", Kind.QTY, t("Quantity", "数量", "數量"), required=True),
        Column("value", Kind.MONEY, t("Value", "金额", "金額")),
    ),
    rules=(
        Rule("stock_not_negative", pl.col("qty") >= 0, t("Stock is not negative.", "库存不得为负。", "庫存不得為負。"), "qty", "warning"),
    ),
)

EXPENSE = Contract(
    "expense",
    "erp",
    t("Expenses", "费用", "費用"),
    grain=("voucher_no", "line_no"),
    amount="amount",
    dated="spent_on",
    reject_with="voucher_no",
    columns=(
        Column("voucher_no", Kind.CODE, t("Voucher no.", "凭证号", "憑證號"), required=True),
        Column("line_no", Kind.CODE, t("Line", "行号", "行號"), required=True),
        Column("spent_on", Kind.DATE, t("Spent on", "日期"), required=True),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), references="region.region_code"),
        Column("employee_code", Kind.CODE, t("Employee code", "员工编码", "員工編碼"), references="employee.employee_code"),
        Column("item", Kind.CODE, t("Item", "费用项目", "費用項目"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
        Column("budget_code", Kind.CODE, t("Budget code", "预算编码", "預算編碼")),
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人")),
    ),
)

CONTRACT = Contract(
    "contract",
    "erp",
    t("Contracts", "合同"),
    grain=("contract_no",),
    amount="amount",
    dated="signed_on",
    columns=(
        Column("contract_no", Kind.CODE, t("Contract no.", "合同号", "合同號"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), references="employee.employee_code"),
        Column("signed_on", Kind.DATE, t("Signed on", "签订日期", "簽訂日期"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
        Column("quoted_amount", Kind.MONEY, t("Quoted amount", "报价金额", "報價金額")),
        Column("discount_rate", Kind.RATE, t("Discount", "折扣率")),
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人")),
        Column("shipped_on", Kind.DATE, t("Shipped on", "发货日期", "發貨日期")),
        Column("filed_on", Kind.DATE, t("Filed on", "归档日期", "歸檔日期")),
    ),
)

CODE_CHANGE = Contract(
    "code_change",
    "erp",
    t("Renamed codes", "编码变更", "編碼變更"),
    grain=("table", "old", "from"),
    dated="from",
    columns=(
        Column("table", Kind.CODE, t("Table", "表"), required=True, values=("customer", "employee", "product", "region", "outlet")),
        Column("old", Kind.CODE, t("Old code", "原编码", "原編碼"), required=True),
        Column("new", Kind.CODE, t("New code", "新编码", "新編碼"), required=True),
        Column("from", Kind.DATE, t("From", "变更日期", "變更日期"), required=True),
    ),
)

ERP = (
    REGION, EMPLOYEE, CUSTOMER, PRODUCT, PRICE_LIST, SALES_LINE, RECEIPT, RECEIPT_ALLOCATION, ADJUSTMENT,
    SPECIFIC_PROVISION, OPENING_RECEIVABLE, LEDGER_CONTROL, STOCK, EXPENSE, CONTRACT, CODE_CHANGE,
)
