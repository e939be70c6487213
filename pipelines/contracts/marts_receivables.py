"""Contracts of the receivables marts (``domain.md`` M3). How they are computed is ``pipelines.metrics.receivables``' business.

Money is gross. Every mart has ``period`` (key of the closing period) and ``as_of`` (the business day). An amount that is owed to
the company is positive; an advance is a positive figure of its own. Region, department, salesperson and group are the customer's on ``as_of``.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_AS_OF = Column("as_of", Kind.DATE, t("As of", "截止日"), required=True)
_CUSTOMER = Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True)
_NAME = Column("customer_name", Kind.TEXT, t("Customer name", "客户名称", "客戶名稱"))
_GROUP = Column("parent_code", Kind.CODE, t("Group code", "所属集团", "所屬集團"))
_DEPARTMENT = Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門"))
_REGION = Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"))
_EMPLOYEE = Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"))
_WHO = (_CUSTOMER, _NAME, _GROUP, _DEPARTMENT, _REGION, _EMPLOYEE)
_DOCUMENT = Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號"), required=True)
_TERM = Column("term", Kind.INT, t("Term", "期次"), required=True)
_BUCKET_NO = Column("bucket_no", Kind.INT, t("Class no.", "账龄序号", "帳齡序號"), required=True)
_BUCKET = Column("bucket", Kind.CODE, t("Class", "账龄", "帳齡"), required=True)


def _money(name: str, en: str, hans: str, hant: str | None = None, *, required: bool = True) -> Column:
    return Column(name, Kind.MONEY, t(en, hans, hant), required=required)


def _ratio(name: str, en: str, hans: str, hant: str | None = None) -> Column:
    return Column(name, Kind.RATIO, t(en, hans, hant))


def _int(name: str, en: str, hans: str, hant: str | None = None, *, required: bool = False) -> Column:
    return Column(name, Kind.INT, t(en, hans, hant), required=required)


def _date(name: str, en: str, hans: str, hant: str | None = None) -> Column:
    return Column(name, Kind.DATE, t(en, hans, hant))


_POSITION = (
    _money("balance", "Balance", "应收余额", "應收餘額"),
    _money("open_amount", "Open items", "未收金额", "未收金額"),
    _money("not_due", "Not due", "未到期"),
    _money("overdue", "Overdue", "逾期"),
    _money("advance", "Advance", "预收", "預收"),
    _money("credit_limit", "Credit limit", "信用额度", "信用額度", required=False),
    _money("shipped_not_invoiced", "Shipped, not invoiced", "已发货未开票", "已發貨未開票"),
    _money("drafts_not_matured", "Drafts not matured", "未到期汇票", "未到期匯票"),
    _money("credit_used", "Credit used", "已用信用额度", "已用信用額度"),
    _ratio("credit_use", "Credit use", "信用占用率", "信用佔用率"),
    _money("over_limit", "Over the limit", "超额度金额", "超額度金額"),
)

RECEIVABLES = Contract(
    "receivables",
    "mart",
    t("Receivables by customer", "客户应收账款", "客戶應收帳款"),
    grain=("period", "customer_code"),
    amount="balance",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO, *_POSITION,
        _int("days_in_breach", "Days over the limit", "超额度天数", "超額度天數", required=True),
        _int("oldest_days_late", "Oldest item, days late", "最长逾期天数", "最長逾期天數", required=True),
        _int("open_items", "Number of open items", "未收笔数", "未收筆數", required=True),
    ),
    rules=(
        Rule("open_less_advance_is_balance", pl.col("open_amount") - pl.col("advance") == pl.col("balance"),
             t("Open items − advance = balance.", "未收金额 − 预收 = 余额。", "未收金額 − 預收 = 餘額。"), "balance"),
    ),
)

RECEIVABLES_GROUP = Contract(
    "receivables_group",
    "mart",
    t("Receivables by group", "集团应收账款", "集團應收帳款"),
    grain=("period", "parent_code"),
    amount="balance",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF,
        Column("parent_code", Kind.CODE, t("Group code (a customer without one: its own)", "所属集团（无则为客户本身）", "所屬集團（無則為客戶本身）"), required=True),
        Column("group_name", Kind.TEXT, t("Group name", "集团名称", "集團名稱")),
        _int("customers", "Customers", "客户数", "客戶數", required=True),
        *_POSITION,
    ),
)

RECEIVABLES_AGEING = Contract(
    "receivables_ageing",
    "mart",
    t("Ageing of receivables", "应收账款账龄", "應收帳款帳齡"),
    grain=("period", "customer_code", "basis", "bucket_no"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        Column("basis", Kind.CODE, t("Basis", "账龄口径", "帳齡口徑"), required=True, values=("due", "document", "fifo", "fifo_due")),
        _BUCKET_NO, _BUCKET,
        _money("amount", "Amount", "金额", "金額"),
        _int("documents", "Documents", "单据数", "單據數", required=True),
    ),
)

OPEN_ITEMS = Contract(
    "open_items",
    "mart",
    t("Open items", "未收款明细", "未收款明細"),
    grain=("period", "customer_code", "document_no", "term", "kind"),
    amount="open_amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO, _DOCUMENT, _TERM,
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True, values=("invoice", "opening", "adjustment", "bounced", "red_slip")),
        _date("document_date", "Document date", "单据日期", "單據日期"),
        _date("due_on", "Due on", "到期日"),
        _money("amount", "Amount of the term", "本期应收", "本期應收"),
        _money("open_amount", "Open", "未收金额", "未收金額"),
        _int("days_late", "Days late", "逾期天数", "逾期天數", required=True),
        Column("due_bucket", Kind.CODE, t("Class by due date", "逾期账龄", "逾期帳齡"), required=True),
        Column("document_bucket", Kind.CODE, t("Class by document date", "账龄", "帳齡"), required=True),
        _money("fifo_open_amount", "Open, oldest paid first", "先发生先收回未收", "先發生先收回未收"),
        Column("source_file", Kind.TEXT, t("Source file", "来源文件", "來源文件")),
        Column("source_sheet", Kind.TEXT, t("Sheet", "工作表")),
        _int("source_row", "Row", "行号", "行號"),
    ),
)

ADVANCES = Contract(
    "advances",
    "mart",
    t("Advances", "预收账款", "預收帳款"),
    grain=("period", "customer_code", "credit_no", "kind"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        Column("credit_no", Kind.CODE, t("Receipt or document no.", "收款或单据号", "收款或單據號"), required=True),
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True,
               values=("receipt", "red_slip", "write_off", "offset", "discount", "exchange", "correction", "opening", "released")),
        _date("dated_on", "Date", "日期"),
        _money("amount", "Not used", "未核销金额", "未核銷金額"),
    ),
)

RECEIVABLES_ROLL_FORWARD = Contract(
    "receivables_roll_forward",
    "mart",
    t("Roll-forward of receivables", "应收账款变动", "應收帳款變動"),
    grain=("period", "customer_code"),
    amount="closing",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        _money("opening", "Opening", "期初余额", "期初餘額"),
        _money("taken_over", "Taken over in the period", "本期转入", "本期轉入"),
        _money("sales", "Sales", "本期销售", "本期銷售"),
        _money("returns", "Returns and credit notes (subtracted)", "退货及红字（减）", "退貨及紅字（減）"),
        _money("receipts", "Receipts less bounced ones (subtracted)", "本期收款（减）", "本期收款（減）"),
        _money("adjustments", "Adjustments", "调整", "調整"),
        _money("closing", "Closing", "期末余额", "期末餘額"),
        _money("open_amount", "Open items", "未收金额", "未收金額"),
        _money("advance", "Advance", "预收", "預收"),
    ),
    rules=(
        Rule("rolls_forward",
             pl.col("opening") + pl.col("taken_over") + pl.col("sales") - pl.col("returns") - pl.col("receipts") + pl.col("adjustments")
             == pl.col("closing"),
             t("Opening + sales − returns − receipts ± adjustments = closing.", "期初 + 销售 − 退货 − 收款 ± 调整 = 期末。", "期初 + 銷售 − 退貨 − 收款 ± 調整 = 期末。"),
             "closing"),
        Rule("closing_is_open_less_advance", pl.col("open_amount") - pl.col("advance") == pl.col("closing"),
             t("Closing = open items − advance.", "期末 = 未收金额 − 预收。", "期末 = 未收金額 − 預收。"), "closing"),
    ),
)

RECEIVABLE_RATIOS = Contract(
    "receivable_ratios",
    "mart",
    t("Receivable ratios", "应收账款指标", "應收帳款指標"),
    grain=("period", "cut", "key"),
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF,
        Column("cut", Kind.CODE, t("Cut", "维度", "維度"), required=True,
               values=("company", "department", "region_code", "employee_code", "customer_code")),
        Column("key", Kind.CODE, t("Key ('all' for the company; empty: without one)", "代码", "代碼"), required=True),
        Column("label", Kind.TEXT, t("Name", "名称", "名稱")),
        _money("opening", "Opening", "期初余额", "期初餘額"),
        _money("sales", "Sales less red slips of the period", "本期销售净额", "本期銷售淨額"),
        _money("closing", "Closing", "期末余额", "期末餘額"),
        _money("closing_not_due", "Closing, not due", "期末未到期"),
        _money("closing_overdue", "Closing, overdue", "期末逾期"),
        _money("closing_open", "Closing, open items", "期末未收", "期末未收"),
        _money("credit_sales", "Credit sales of the window", "赊销额", "賒銷額"),
        _int("credit_days", "Days of the window", "计算天数", "計算天數", required=True),
        _money("collectable", "Due to be collected", "应回款", "應回款"),
        _money("collected", "Collected of it", "已回款"),
        _money("opening_overdue", "Opening overdue", "期初逾期"),
        _money("recovered", "Recovered of it", "收回逾期"),
        _ratio("collection_rate", "Collection rate", "回款率"),
        _ratio("overdue_recovery", "Overdue recovery", "欠款回收率"),
        _ratio("dso", "DSO, days", "应收账款周转天数", "應收帳款週轉天數"),
        _ratio("countback_dso", "Count-back DSO, days", "倒推法周转天数", "倒推法週轉天數"),
        Column("countback_exhausted", Kind.BOOL, t("History exhausted ('> n days')", "历史不足（> n 天）", "歷史不足（> n 天）"), required=True),
        _int("countback_days", "Days of history walked back", "倒推天数", "倒推天數", required=True),
        _ratio("best_possible_dso", "Best possible DSO, days", "最佳周转天数", "最佳週轉天數"),
        _ratio("average_days_delinquent", "Average days delinquent", "平均拖欠天数", "平均拖欠天數"),
        _ratio("cei", "Collection effectiveness", "回收效率指数", "回收效率指數"),
        _ratio("share_overdue", "Share overdue", "逾期占比", "逾期佔比"),
    ),
)

ROLL_RATES = Contract(
    "roll_rates",
    "mart",
    t("Roll rates", "迁徙率", "遷徙率"),
    grain=("period", "bucket_no"),
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF,
        _date("before_as_of", "A month before", "上月截止日"),
        _BUCKET_NO, _BUCKET,
        Column("next_bucket", Kind.CODE, t("Next class", "下一账龄", "下一帳齡"), required=True),
        _money("before", "This class a month ago", "上月本账龄", "上月本帳齡"),
        _money("now", "Next class now", "本月下一账龄", "本月下一帳齡"),
        _money("written_off", "Written off since, added back", "加回核销", "加回核銷"),
        _ratio("roll_rate", "Roll rate", "迁徙率", "遷徙率"),
        _ratio("loss_rate", "Loss rate", "损失率", "損失率"),
    ),
)

PROVISION = Contract(
    "provision",
    "mart",
    t("Provision for doubtful receivables", "坏账准备", "壞帳準備"),
    grain=("period", "customer_code", "method", "class_no", "document_no"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        Column("method", Kind.CODE, t("Method", "计提方式", "計提方式"), required=True, values=("specific", "class")),
        Column("class", Kind.CODE, t("Class (empty for a specific one)", "账龄", "帳齡"), required=True),
        Column("class_no", Kind.INT, t("Class no.", "账龄序号", "帳齡序號"), required=True),
        Column("document_no", Kind.CODE, t("Document of a specific provision", "专项单据号", "專項單據號"), required=True),
        _money("base", "Base", "计提基数", "計提基數"),
        Column("rate", Kind.RATE, t("Rate", "计提比例", "計提比例")),
        _money("amount", "Provision", "坏账准备", "壞帳準備"),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
    ),
)

PROVISION_EFFECT = Contract(
    "provision_effect",
    "mart",
    t("Ageing by invoice and oldest first: effect on the provision", "两种账龄对坏账准备的影响", "兩種帳齡對壞帳準備的影響"),
    grain=("period", "class_no"),
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF,
        Column("class_no", Kind.INT, t("Class no. (−1: specific)", "账龄序号（−1 为专项）", "帳齡序號（−1 為專項）"), required=True),
        Column("class", Kind.CODE, t("Class ('specific' for specific ones)", "账龄", "帳齡"), required=True),
        _money("base_invoice", "Base by invoice", "按单基数", "按單基數"),
        _money("base_fifo", "Base, oldest paid first", "先发生先收回基数", "先發生先收回基數"),
        _money("base_difference", "Difference of bases", "基数差异", "基數差異"),
        _money("provision_invoice", "Provision by invoice", "按单准备", "按單準備"),
        _money("provision_fifo", "Provision, oldest paid first", "先发生先收回准备", "先發生先收回準備"),
        _money("effect", "Effect (oldest first − by invoice)", "影响（先发生先收回 − 按单）", "影響（先發生先收回 − 按單）"),
    ),
)

DUNNING = Contract(
    "dunning",
    "mart",
    t("Dunning list", "催缴清单", "催繳清單"),
    grain=("period", "customer_code", "document_no", "term", "kind"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        Column("employee_name", Kind.TEXT, t("Salesperson", "业务员", "業務員")),
        _DOCUMENT, _TERM,
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True),
        _date("document_date", "Document date", "单据日期", "單據日期"),
        _date("due_on", "Due on", "到期日"),
        Column("status", Kind.CODE, t("Status", "状态", "狀態"), required=True, values=("overdue", "due_next")),
        _int("level", "Level (0: not yet due)", "催缴级别", "催繳級別", required=True),
        _int("days_late", "Days late", "逾期天数", "逾期天數", required=True),
        _money("amount", "Open", "未收金额", "未收金額"),
    ),
)

DRAFTS = Contract(
    "drafts",
    "mart",
    t("Bank drafts not matured", "未到期承兑汇票", "未到期承兌匯票"),
    grain=("period", "receipt_no"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, *_WHO,
        Column("receipt_no", Kind.CODE, t("Receipt no.", "收款单号", "收款單號"), required=True),
        Column("instrument_no", Kind.CODE, t("Instrument no.", "票据号", "票據號")),
        _date("received_on", "Received on", "收款日期"),
        _date("matures_on", "Matures on", "到期日"),
        _int("days_to_maturity", "Days to maturity", "距到期天数", "距到期天數"),
        _money("amount", "Amount", "金额", "金額"),
    ),
)

_STATEMENT_ON = Column("statement_on", Kind.DATE, t("Statement as of", "对账截止日", "對帳截止日"), required=True)
_SOURCE = (
    Column("source_file", Kind.TEXT, t("File", "文件", "檔案")),
    Column("source_sheet", Kind.TEXT, t("Sheet", "工作表")),
    _int("source_row", "Row", "行", "列"),
)

BALANCE_CONFIRMATION = Contract(
    "balance_confirmation",
    "mart",
    t("Balances sent and confirmed", "余额对账", "餘額對帳"),
    grain=("period", "statement_on", "customer_code"),
    amount="balance",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, _STATEMENT_ON, *_WHO,
        Column("slip_no", Kind.CODE, t("Slip no.", "回执编号", "回執編號"), required=True),
        Column("replied_slip_no", Kind.CODE, t("Slip returned", "收回的回执编号", "收回的回執編號")),
        Column("result", Kind.CODE, t("Result", "核对结果", "核對結果"), required=True, values=("agreed", "different", "unanswered")),
        _money("balance", "Our balance", "我方余额", "我方餘額"),
        _money("stated_balance", "Balance on the slip", "回执所列余额", "回執所列餘額", required=False),
        _money("confirmed_balance", "Confirmed balance", "对方确认余额", "對方確認餘額", required=False),
        _money("explained", "Reconciling items", "调节项目", "調節項目", required=False),
        _money("unexplained", "Unexplained", "未说明差异", "未說明差異", required=False),
        _date("replied_on", "Date of reply", "回复日期", "回覆日期"),
        _int("days_waiting", "Days without an answer", "未回复天数", "未回覆天數"),
        *_SOURCE,
    ),
    rules=(
        Rule("confirmed_and_items_are_balance", pl.col("confirmed_balance") + pl.col("explained") + pl.col("unexplained") == pl.col("balance"),
             t("Confirmed balance + reconciling items = our balance.", "对方确认余额 + 调节项目 = 我方余额。", "對方確認餘額 + 調節項目 = 我方餘額。"),
             "confirmed_balance"),
    ),
)

RECONCILING_ITEM = Contract(
    "reconciling_item",
    "mart",
    t("Reconciling items", "对账调节项目", "對帳調節項目"),
    grain=("period", "statement_on", "customer_code", "item_no"),
    amount="amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, _STATEMENT_ON, *_WHO,
        Column("slip_no", Kind.CODE, t("Slip no.", "回执编号", "回執編號"), required=True),
        _int("item_no", "Item", "序号", "序號", required=True),
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True,
               values=("in_transit", "not_yet_booked", "price", "return", "other", "changed", "unexplained")),
        _money("amount", "Amount (+: our balance is larger)", "金额（正数：我方余额较大）", "金額（正數：我方餘額較大）"),
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號")),
        _date("document_date", "Document date", "单据日期", "單據日期"),
        Column("note", Kind.TEXT, t("Note", "备注", "備註")),
        Column("match", Kind.CODE, t("Match", "匹配", "比對"), required=True, values=("matched", "proposed", "unmatched")),
        Column("evidence_kind", Kind.CODE, t("Kind of our document", "我方单据类型", "我方單據類型")),
        Column("evidence_no", Kind.CODE, t("Our document", "我方单据号", "我方單據號")),
        _date("evidence_on", "Date of our document", "我方单据日期", "我方單據日期"),
        _money("evidence_amount", "Amount of our document", "我方单据金额", "我方單據金額", required=False),
        Column("status", Kind.CODE, t("Status", "状态", "狀態"), required=True, values=("open", "resolved")),
        Column("resolved_by", Kind.CODE, t("Resolved by", "解决单据", "解決單據")),
        _date("resolved_on", "Resolved on", "解决日期", "解決日期"),
        Column("owner", Kind.CODE, t("Owner", "负责人", "負責人"), required=True),
        _date("opened_on", "Opened on", "发生日期", "發生日期"),
        _int("age_days", "Age in days", "账龄天数", "帳齡天數", required=True),
        *_SOURCE,
        Column("refused_no", Kind.TEXT, t("Refused matches", "否决的匹配", "否決的比對")),
        Column("refused_by", Kind.TEXT, t("Refused by", "否决人", "否決人")),
        Column("refusal_reason", Kind.TEXT, t("Reason of the refusal", "否决原因", "否決原因")),
    ),
)

CONFIRMATION_COVERAGE = Contract(
    "confirmation_coverage",
    "mart",
    t("Coverage of confirmed balances", "对账覆盖率", "對帳覆蓋率"),
    grain=("period", "statement_on", "region_code", "side"),
    amount="sent_amount",
    dated="as_of",
    columns=(
        _PERIOD, _AS_OF, _STATEMENT_ON,
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("side", Kind.CODE, t("Side", "方向"), required=True, values=("owed", "credit")),
        *(
            column
            for name, en, hans, hant in (
                ("sent", "Sent", "已发", "已發"), ("agreed", "Agreed", "相符", "相符"), ("different", "Different", "不符", "不符"),
                ("unanswered", "Unanswered", "未回复", "未回覆"),
            )
            for column in (
                _int(name, en, hans, hant, required=True),
                _money(f"{name}_amount", f"{en}, amount", f"{hans}金额", f"{hant}金額"),
            )
        ),
        _money("unexplained", "Unexplained", "未说明差异", "未說明差異"),
    ),
)

RECEIVABLES_MARTS = (
    RECEIVABLES, RECEIVABLES_GROUP, RECEIVABLES_AGEING, OPEN_ITEMS, ADVANCES, RECEIVABLES_ROLL_FORWARD, RECEIVABLE_RATIOS,
    ROLL_RATES, PROVISION, PROVISION_EFFECT, DUNNING, DRAFTS, BALANCE_CONFIRMATION, RECONCILING_ITEM, CONFIRMATION_COVERAGE,
)
