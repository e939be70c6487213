"""Marts of pay and commission (M7): a period's settlement, each of its amounts, and the documents, plans and rules behind them.

What a closed period paid is read back from these marts as they were kept, so that each says all that a later settlement needs.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_PERSON = Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼"), required=True)
_NAME = Column("name", Kind.TEXT, t("Name", "姓名"))
_IN_PERIOD = Column("in_period", Kind.CODE, t("Month", "所属月份", "所屬月份"), required=True)
_PLACE = (
    Column("source_file", Kind.TEXT, t("File", "文件", "檔案")),
    Column("source_sheet", Kind.TEXT, t("Sheet", "工作表")),
    Column("source_row", Kind.INT, t("Row", "行号", "行號")),
)

DOCUMENT_KINDS = ("receipt", "bounced", "invoice", "red_slip", "write_off", "collected")
"""What pays commission or takes it back; ``collected`` is what was collected of a sale in the month."""
REGULAR = ("base_pay", "performance_pay", "commission", "holdback", "release", "year_settlement")
"""What a month's rules give; ``late`` items make up for what they would have given by today's facts in periods that are paid."""
ITEM_KINDS = (*REGULAR, "manual", "late", "claim_brought", "claim_carried")
STATUSES = ("paid", "paid_with_next", "waiting", "lapsed")

PAY_PLAN = Contract(
    "pay_plan",
    "mart",
    t("Pay plans in force", "适用的薪酬方案", "適用的薪酬方案"),
    grain=("period", "plan"),
    confidential=True,
    columns=(
        _PERIOD,
        Column("plan", Kind.CODE, t("Plan", "方案"), required=True),
        Column("valid_from", Kind.DATE, t("Valid from", "生效日期"), required=True),
        Column("rules", Kind.TEXT, t("Rules (JSON)", "规则（JSON）", "規則（JSON）"), required=True),  # what the period was settled with
    ),
)

PAY_SETTLEMENT = Contract(
    "pay_settlement",
    "mart",
    t("Settlement of pay and commission", "薪酬与提成结算", "薪酬與提成結算"),
    grain=("period", "employee_code"),
    confidential=True,
    amount="payable",
    columns=(
        _PERIOD,
        _PERSON,
        _NAME,
        Column("role", Kind.CODE, t("Role", "职务", "職務")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("region_name", Kind.TEXT, t("Region", "区域", "區域")),
        Column("pay_grade", Kind.CODE, t("Pay grade", "薪级", "薪級")),
        Column("trainee", Kind.BOOL, t("Trainee on the last day", "期末为试用", "期末為試用"), required=True),
        Column("plan", Kind.CODE, t("Plan", "方案")),
        Column("left_on", Kind.DATE, t("Left on", "离职日期", "離職日期")),
        Column("fixed", Kind.MONEY, t("Base and performance pay", "基本与绩效工资", "基本與績效工資"), required=True),
        Column("commission", Kind.MONEY, t("Commission", "提成"), required=True),
        Column("holdback", Kind.MONEY, t("Held back", "暂扣", "暫扣"), required=True),
        Column("release", Kind.MONEY, t("Released", "暂扣返还", "暫扣返還"), required=True),
        Column("year_settlement", Kind.MONEY, t("Year's settlement", "年度结算", "年度結算"), required=True),
        Column("late", Kind.MONEY, t("For paid periods", "以前期间补差", "以前期間補差"), required=True),
        Column("manual", Kind.MONEY, t("Manual adjustments", "手工调整", "手工調整"), required=True),
        Column("claim_brought", Kind.MONEY, t("Claim brought forward", "上期结转应扣", "上期結轉應扣"), required=True),
        Column("claim_carried", Kind.MONEY, t("Claim carried forward", "结转下期应扣", "結轉下期應扣"), required=True),
        Column("payable", Kind.MONEY, t("Payable", "应发合计", "應發合計"), required=True),
        Column("held_balance", Kind.MONEY, t("Held back so far", "累计暂扣", "累計暫扣"), required=True),
        Column("waiting", Kind.MONEY, t("Waiting for the next month", "待下月合并", "待下月合併"), required=True),
        Column("lapsed", Kind.MONEY, t("Lapsed this year", "本年未达标转年度", "本年未達標轉年度"), required=True),
        Column("settled", Kind.BOOL, t("Paid when the period was closed", "结账时已发放", "結帳時已發放"), required=True),
    ),
)

PAY_ITEM = Contract(
    "pay_item",
    "mart",
    t("Items of the settlement", "结算明细", "結算明細"),
    grain=("period", "employee_code", "item_no"),
    confidential=True,
    amount="amount",
    columns=(
        _PERIOD,
        _PERSON,
        Column("item_no", Kind.INT, t("No.", "序号", "序號"), required=True),
        Column("kind", Kind.CODE, t("Kind", "项目", "項目"), required=True, values=ITEM_KINDS),
        Column("what", Kind.CODE, t("Of what", "所属项目", "所屬項目"), required=True),  # of a late item the kind, of a manual one its number
        Column("for_period", Kind.CODE, t("For", "所属期间", "所屬期間"), required=True),
        Column("days", Kind.INT, t("Days", "天数", "天數")),
        Column("of_days", Kind.INT, t("Days of the period", "期间天数", "期間天數")),
        Column("base", Kind.MONEY, t("Base", "基数", "基數")),
        Column("rate", Kind.RATE, t("Rate", "比例")),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
        Column("cause", Kind.CODE, t("Cause", "原因类别", "原因類別")),  # of a late item: documents, plan, follows; of pay: trainee or grade
        Column("approved_by", Kind.TEXT, t("Approved by", "批准人")),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
    ),
)

PAY_MONTH = Contract(
    "pay_month",
    "mart",
    t("Commission by month", "各月提成", "各月提成"),
    grain=("period", "employee_code", "in_period"),
    confidential=True,
    columns=(
        _PERIOD,
        _PERSON,
        _IN_PERIOD,
        Column("plan", Kind.CODE, t("Plan", "方案"), required=True),
        Column("base_kind", Kind.CODE, t("Base", "计提基础", "計提基礎"), required=True, values=("receipts", "sales", "margin")),
        Column("achieved", Kind.MONEY, t("Actual", "实际", "實際"), required=True),
        Column("target", Kind.MONEY, t("Plan amount", "计划额", "計劃額")),
        Column("attainment", Kind.RATIO, t("Attainment", "完成率")),
        Column("unplanned", Kind.BOOL, t("Without a plan", "无计划", "無計劃"), required=True),
        Column("base", Kind.MONEY, t("Base of commission", "提成基数", "提成基數"), required=True),
        Column("rate", Kind.RATE, t("Rate", "提成比例")),
        Column("earned", Kind.MONEY, t("Earned", "应计提成", "應計提成"), required=True),
        Column("status", Kind.CODE, t("Status", "状态", "狀態"), required=True, values=STATUSES),
        Column("paid_in", Kind.CODE, t("Paid in", "发放期间", "發放期間")),
        Column("threshold", Kind.RATE, t("Threshold", "起提线", "起提線"), required=True),
        Column("missing", Kind.MONEY, t("Lacking to the threshold", "距起提线", "距起提線")),
        Column("step_missing", Kind.MONEY, t("Lacking to the next rate", "距下一档", "距下一檔")),
        Column("year_rate", Kind.RATE, t("Year's rate", "年度比例")),
        Column("year_amount", Kind.MONEY, t("By the year", "按年度应计", "按年度應計")),
    ),
)

PAY_YEAR = Contract(
    "pay_year",
    "mart",
    t("Commission of the year", "年度提成"),
    grain=("period", "employee_code", "base_kind"),
    confidential=True,
    columns=(
        _PERIOD,
        _PERSON,
        Column("base_kind", Kind.CODE, t("Base", "计提基础", "計提基礎"), required=True, values=("receipts", "sales", "margin")),
        Column("achieved", Kind.MONEY, t("Actual to date", "本年累计", "本年累計"), required=True),
        Column("target", Kind.MONEY, t("Plan to date", "累计计划", "累計計劃")),
        Column("target_year", Kind.MONEY, t("Plan of the year", "年度计划", "年度計劃")),
        Column("attainment", Kind.RATIO, t("Attainment to date", "累计完成率", "累計完成率")),
        Column("band_rate", Kind.RATE, t("Rate of the band reached", "所达档次比例", "所達檔次比例")),  # null: the monthly rates
        Column("next_attainment", Kind.RATE, t("Next band from", "下一档起点", "下一檔起點")),
        Column("next_missing", Kind.MONEY, t("Lacking to the next band by year's end", "至年末距下一档", "至年末距下一檔")),
    ),
)

PAY_LINE = Contract(
    "pay_line",
    "mart",
    t("Documents behind commission", "提成单据明细", "提成單據明細"),
    grain=("period", "employee_code", "in_period", "kind", "document_no", "customer_code", "dated_on", "split_no", "region_code"),
    confidential=True,
    amount="amount",
    columns=(
        _PERIOD,
        _PERSON,
        _IN_PERIOD,
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True, values=DOCUMENT_KINDS),
        Column("document_no", Kind.CODE, t("Document", "单据号", "單據號"), required=True),
        Column("dated_on", Kind.DATE, t("Date", "日期"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True),
        Column("customer_name", Kind.TEXT, t("Customer", "客户", "客戶")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("whole", Kind.MONEY, t("Amount of the document", "单据金额", "單據金額"), required=True),
        Column("split_no", Kind.CODE, t("Split no.", "分成编号", "分成編號")),
        Column("share", Kind.RATE, t("Share", "分成比例"), required=True),
        Column("achieved", Kind.MONEY, t("Counts for the plan", "计入完成额", "計入完成額"), required=True),
        Column("amount", Kind.MONEY, t("Base of commission", "提成基数", "提成基數"), required=True),
        Column("rate", Kind.RATE, t("Rate", "提成比例")),
        Column("commission", Kind.MONEY, t("Commission", "提成")),  # null: its month is not paid by this settlement
        *_PLACE,
    ),
)

PAY_LATE = Contract(
    "pay_late",
    "mart",
    t("Documents that changed paid periods", "影响已发期间的单据", "影響已發期間的單據"),
    grain=("period", "employee_code", "in_period", "kind", "document_no", "customer_code", "dated_on", "split_no", "region_code"),
    confidential=True,
    amount="difference",
    columns=(
        _PERIOD,
        _PERSON,
        _IN_PERIOD,
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True),
        Column("document_no", Kind.CODE, t("Document", "单据号", "單據號"), required=True),
        Column("dated_on", Kind.DATE, t("Date", "日期"), required=True),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True),
        Column("customer_name", Kind.TEXT, t("Customer", "客户", "客戶")),
        Column("split_no", Kind.CODE, t("Split no.", "分成编号", "分成編號")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("before", Kind.MONEY, t("Base when it was paid", "发放时基数", "發放時基數"), required=True),
        Column("now", Kind.MONEY, t("Base now", "现基数", "現基數"), required=True),
        Column("difference", Kind.MONEY, t("Difference", "差额", "差額"), required=True),
        *_PLACE,
    ),
)

PAY_QUARTER = Contract(
    "pay_quarter",
    "mart",
    t("Quarters and what follows from them", "季度考核与升降", "季度考核與升降"),
    grain=("period", "employee_code", "quarter"),
    confidential=True,
    columns=(
        _PERIOD,
        _PERSON,
        Column("quarter", Kind.CODE, t("Quarter", "季度"), required=True),
        Column("complete", Kind.BOOL, t("Complete", "已结束", "已結束"), required=True),
        Column("actual", Kind.MONEY, t("Actual", "实际", "實際")),
        Column("target", Kind.MONEY, t("Plan amount", "计划额", "計劃額")),
        Column("attainment", Kind.RATIO, t("Attainment", "完成率")),
        Column("next_pay", Kind.RATE, t("Pay of the next quarter", "下季发放比例", "下季發放比例")),
        Column("missing", Kind.MONEY, t("Lacking to full pay", "距全额发放", "距全額發放")),
        Column("outlets", Kind.NUMBER, t("New outlets", "新增终端", "新增終端")),
        Column("outlets_target", Kind.NUMBER, t("New outlets planned", "计划新增终端", "計劃新增終端")),
        Column("complaint_rate", Kind.RATIO, t("Complaints an invoice", "投诉率", "投訴率")),
        Column("verdict", Kind.CODE, t("Verdict", "结论", "結論"), values=("reduced", "listed", "proposed", "to_judge")),
        Column("open_points", Kind.TEXT, t("To be judged", "待定项", "待定項"), required=True),  # comma-separated: outlets, complaints, management
    ),
)

PAY_UNPAID = Contract(
    "pay_unpaid",
    "mart",
    t("Documents that nobody is paid for", "未计提单据", "未計提單據"),
    grain=("period", "kind", "document_no", "customer_code", "dated_on", "split_no", "employee_code", "region_code"),
    confidential=True,
    amount="achieved",
    columns=(
        _PERIOD,
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼")),
        Column("kind", Kind.CODE, t("Kind", "类型", "類型"), required=True, values=(*DOCUMENT_KINDS, "manual")),
        Column("document_no", Kind.CODE, t("Document", "单据号", "單據號"), required=True),
        Column("dated_on", Kind.DATE, t("Date", "日期")),
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼")),
        Column("customer_name", Kind.TEXT, t("Customer", "客户", "客戶")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("split_no", Kind.CODE, t("Split no.", "分成编号", "分成編號")),
        Column("achieved", Kind.MONEY, t("Amount", "金额", "金額"), required=True),
        Column("reason", Kind.CODE, t("Why", "原因"), required=True, values=("no_salesperson", "not_employed", "no_plan", "no_period")),
        *_PLACE,
    ),
)

PAY_MARTS = (PAY_PLAN, PAY_SETTLEMENT, PAY_ITEM, PAY_MONTH, PAY_YEAR, PAY_LINE, PAY_LATE, PAY_QUARTER, PAY_UNPAID)
