"""Marts of control: what must tie, what was found, which rows were kept out, which files came.

Text columns of a key are never null: where there is nothing to say they are empty, and a row number is 0.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_CONTROL = Column("control", Kind.CODE, t("Control", "控制点", "控制點"), required=True)
_REPORTS = Column("reports", Kind.TEXT, t("Reports concerned", "涉及报表", "涉及報表"), required=True)  # comma-separated ids
_FILE = Column("source_file", Kind.TEXT, t("File", "文件"), required=True)
_SHEET = Column("source_sheet", Kind.TEXT, t("Sheet", "工作表"), required=True)
_ROW = Column("source_row", Kind.INT, t("Row", "行号", "行號"), required=True)
_SEVERITY = t("Severity", "严重程度", "嚴重程度")

TIE_OUTS = Contract(
    "tie_outs",
    "mart",
    t("What must tie", "勾稽核对", "勾稽核對"),
    grain=("period", "control", "statement", "subject"),
    amount="difference",
    columns=(
        _PERIOD,
        _CONTROL,
        Column("statement", Kind.CODE, t("Statement", "核对事项", "核對事項"), required=True),  # a name in quality.sentences
        Column("subject", Kind.TEXT, t("Subject", "核对对象", "核對對象"), required=True),
        Column("left_label", Kind.CODE, t("One side", "左方"), required=True),  # a name in quality.sentences
        Column("left_amount", Kind.MONEY, t("Amount of one side", "左方金额", "左方金額"), required=True),
        Column("right_label", Kind.CODE, t("Other side", "右方"), required=True),
        Column("right_amount", Kind.MONEY, t("Amount of the other side", "右方金额", "右方金額"), required=True),
        Column("difference", Kind.MONEY, t("Difference", "差额", "差額"), required=True),
        Column("tolerance", Kind.MONEY, t("Tolerance", "容差"), required=True),
        Column("status", Kind.CODE, t("Result", "结果", "結果"), required=True, values=("tied", "within_tolerance", "broken")),
        Column("invariant", Kind.BOOL, t("Stops publication", "阻止发布", "阻止發佈"), required=True),
        _REPORTS,
        # Counts of rows are stored in ten-thousandths like amounts, so that one column holds both.
        Column("measure", Kind.CODE, t("What is compared", "比较内容", "比較內容"), required=True, values=("amount", "rows", "qty")),
    ),
)

FINDINGS = Contract(
    "findings",
    "mart",
    t("Findings", "异常发现", "異常發現"),
    grain=("period", "control", "rule", "subject", "source_file", "source_sheet", "source_row", "cell"),
    amount="amount",
    columns=(
        _PERIOD,
        _CONTROL,
        Column("rule", Kind.CODE, t("Rule", "规则", "規則"), required=True),  # a name in quality.sentences
        Column("severity", Kind.CODE, _SEVERITY, required=True, values=("error", "warning", "info")),
        Column("subject", Kind.TEXT, t("Subject", "对象", "對象"), required=True),
        _FILE,
        _SHEET,
        _ROW,
        Column("cell", Kind.CODE, t("Cell", "单元格", "儲存格"), required=True),
        Column("found", Kind.TEXT, t("Found", "实际", "實際"), required=True),
        Column("expected", Kind.TEXT, t("Expected", "应为", "應為"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),
        Column("owner", Kind.TEXT, t("Owner", "责任人", "責任人"), required=True),
        _REPORTS,
    ),
)

CUT_OFF = Contract(
    "cut_off",
    "mart",
    t("Sales by invoice and by shipment", "按开票与按发货的销售", "按開票與按發貨的銷售"),
    grain=("period", "region_code"),
    amount="by_shipment",
    columns=(
        _PERIOD,
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼"), required=True),
        Column("by_invoice", Kind.MONEY, t("By invoice", "按开票", "按開票"), required=True),
        Column("shipped_earlier", Kind.MONEY, t("Invoiced now, shipped earlier", "本期开票，前期发货", "本期開票，前期發貨"), required=True),
        Column("shipped_later", Kind.MONEY, t("Invoiced now, shipped later", "本期开票，后期发货", "本期開票，後期發貨"), required=True),
        Column("not_shipped", Kind.MONEY, t("Invoiced now, not shipped", "本期开票，尚未发货", "本期開票，尚未發貨"), required=True),
        Column("invoiced_later", Kind.MONEY, t("Shipped now, invoiced later", "本期发货，后期开票", "本期發貨，後期開票"), required=True),
        Column("invoiced_earlier", Kind.MONEY, t("Shipped now, invoiced earlier", "本期发货，前期开票", "本期發貨，前期開票"), required=True),
        Column("not_invoiced", Kind.MONEY, t("Shipped now, not invoiced", "本期发货，尚未开票", "本期發貨，尚未開票"), required=True),
        Column("by_shipment", Kind.MONEY, t("By shipment", "按发货", "按發貨"), required=True),
    ),
)

TIE_OUT_ITEM = Contract(
    "tie_out_item",
    "mart",
    t("Reconciling items", "勾稽调节项", "勾稽調節項"),
    grain=("period", "control", "statement", "subject", "item_no"),
    amount="amount",
    columns=(
        _PERIOD,
        _CONTROL,
        Column("statement", Kind.CODE, t("Statement", "核对事项", "核對事項"), required=True),  # a name in quality.sentences
        Column("subject", Kind.TEXT, t("Subject", "核对对象", "核對對象"), required=True),
        Column("item_no", Kind.INT, t("Item", "序号", "序號"), required=True),
        Column("kind", Kind.CODE, t("Kind of item", "调节项类别", "調節項類別"), required=True,
               values=("kept_out", "amount_unreadable", "repeated", "total", "restated", "moved", "finding", "crossing", "outstanding",
                       "within_tolerance", "unexplained")),
        Column("rule", Kind.CODE, t("Rule", "规则", "規則"), required=True),  # a name in quality.sentences, or empty
        Column("table", Kind.CODE, t("Table", "表"), required=True),
        Column("document", Kind.TEXT, t("Document", "单据", "單據"), required=True),
        Column("sender", Kind.TEXT, t("Sender", "发送方", "發送方"), required=True),
        _FILE,
        _SHEET,
        _ROW,
        Column("cell", Kind.CODE, t("Cell", "单元格", "儲存格"), required=True),
        Column("rows", Kind.INT, t("Rows", "行数", "列數"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),  # as it moves the left side; null where it cannot be told
        Column("since", Kind.DATE, t("Since", "起始日期", "起始日期")),
        Column("age_days", Kind.INT, t("Age in days", "已持续天数", "已持續天數")),
        Column("owner", Kind.TEXT, t("Owner", "责任人", "責任人"), required=True),
        Column("state", Kind.CODE, t("State", "状态", "狀態"), required=True, values=("open", "explained")),
    ),
)

QUARANTINE = Contract(
    "quarantine",
    "mart",
    t("Rows kept out or listed", "隔离与提示的数据行", "隔離與提示的資料列"),
    grain=("table", "source_sha256", "layout", "source_sheet", "source_row", "source_column", "reason_no"),
    amount="amount",
    dated="business_date",
    columns=(
        Column("table", Kind.CODE, t("Table", "表"), required=True),
        Column("layout", Kind.CODE, t("Layout", "版式"), required=True),
        Column("sender", Kind.TEXT, t("Sender", "发送方", "發送方"), required=True),
        _FILE,
        Column("source_sha256", Kind.CODE, t("File hash", "文件哈希"), required=True),
        _SHEET,
        _ROW,
        Column("source_column", Kind.CODE, t("Column letter", "列号", "欄號"), required=True),
        Column("reason_no", Kind.INT, t("Reason no.", "原因序号", "原因序號"), required=True),
        Column("rule", Kind.CODE, t("Rule", "规则", "規則"), required=True),
        Column("severity", Kind.CODE, _SEVERITY, required=True, values=("error", "warning")),
        Column("column", Kind.CODE, t("Column", "列名", "欄名"), required=True),
        Column("cell", Kind.CODE, t("Cell", "单元格", "儲存格"), required=True),
        Column("found", Kind.TEXT, t("Found", "实际", "實際")),
        Column("expected", Kind.TEXT, t("Expected", "应为", "應為")),
        Column("document", Kind.CODE, t("Document", "单据", "單據")),
        Column("goes_with", Kind.BOOL, t("Goes with its document", "随单据隔离", "隨單據隔離"), required=True),
        Column("amount", Kind.MONEY, t("Amount", "金额", "金額")),
        Column("amount_unreadable", Kind.BOOL, t("Amount unreadable", "金额无法读取", "金額無法讀取"), required=True),
        Column("business_date", Kind.DATE, t("Business day", "业务日期", "業務日期")),
        Column("delivered", Kind.TEXT, t("As delivered", "原始内容", "原始內容")),
    ),
)
FAULT_SCHEMA = QUARANTINE.schema
"""The frame of faults that reading and judging hand on: one row a reason."""

FILES = Contract(
    "files",
    "mart",
    t("Files", "文件清单", "檔案清單"),
    grain=("delivery", "layout", "frame"),
    columns=(
        Column("delivery", Kind.CODE, t("Delivery", "交付编号", "交付編號"), required=True),
        _FILE,
        Column("source_sha256", Kind.CODE, t("File hash", "文件哈希"), required=True),
        Column("sender", Kind.TEXT, t("Sender", "发送方", "發送方")),
        Column("language", Kind.CODE, t("Language", "语言", "語言")),
        Column("arrived_at", Kind.TEXT, t("Arrived at (UTC)", "到达时间（UTC）", "到達時間（UTC）"), required=True),
        Column("size", Kind.INT, t("Bytes", "字节数", "位元組數"), required=True),
        Column("layout", Kind.CODE, t("Layout", "版式"), required=True),
        Column("table", Kind.CODE, t("Table", "表")),
        Column("frame", Kind.CODE, t("Name in the statement", "查询中的名称", "查詢中的名稱"), required=True),  # empty without a statement
        Column("cover", Kind.CODE, t("Covers", "覆盖期间", "覆蓋期間")),
        Column("mode", Kind.CODE, t("Mode", "方式")),
        Column("status", Kind.CODE, t("Status", "状态", "狀態"), required=True,
               values=("live", "superseded", "rejected", "unmatched", "duplicate")),
        Column("reason", Kind.TEXT, t("Reason", "原因")),
        Column("superseded_by", Kind.CODE, t("Superseded by", "被取代于", "被取代於")),
        Column("rows", Kind.INT, t("Rows read", "读取行数", "讀取列數")),
    ),
)

CONTROL_MARTS = (TIE_OUTS, FINDINGS, CUT_OFF, TIE_OUT_ITEM, QUARANTINE, FILES)
