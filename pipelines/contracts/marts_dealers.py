"""Marts of dealer management (M8): the indicators of a dealer in a period, and how each of them scored."""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_DEALER = Column("dealer_code", Kind.CODE, t("Dealer code", "经销商编码", "經銷商編碼"), required=True)

DEALER_INDICATORS = Contract(
    "dealer_indicators",
    "mart",
    t("Dealer indicators", "经销商过程指标", "經銷商過程指標"),
    grain=("period", "dealer_code"),
    columns=(
        _PERIOD,
        _DEALER,
        Column("name", Kind.TEXT, t("Dealer", "经销商", "經銷商")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("region_name", Kind.TEXT, t("Region", "区域", "區域")),
        Column("department", Kind.TEXT, t("Department", "销售部门", "銷售部門")),
        Column("employee_code", Kind.CODE, t("Salesperson code", "业务员编码", "業務員編碼")),
        # What the ratios were computed from.
        Column("outlets", Kind.INT, t("Outlets", "终端总数", "終端總數"), required=True),
        Column("outlets_visited", Kind.INT, t("Outlets visited", "已拜访终端数", "已拜訪終端數"), required=True),
        Column("outlets_traded", Kind.INT, t("Outlets ever traded", "已铺货终端数", "已鋪貨終端數"), required=True),
        Column("outlets_active", Kind.INT, t("Outlets that traded in the period", "当期交易终端数", "當期交易終端數")),
        Column("sold_qty", Kind.QTY, t("Sold to outlets in the period", "当期终端销量", "當期終端銷量")),
        Column("outlets_signed", Kind.INT, t("Signed outlets", "签约终端数", "簽約終端數"), required=True),
        Column("outlets_met", Kind.INT, t("Signed outlets at or above commitment", "达标签约终端数", "達標簽約終端數")),
        Column("signed_qty", Kind.QTY, t("Quantity of signed outlets", "签约终端销量", "簽約終端銷量")),
        Column("committed_qty", Kind.QTY, t("Committed quantity", "签约量", "簽約量")),
        Column("stock_qty", Kind.QTY, t("Dealer stock", "经销商库存量", "經銷商庫存量")),
        Column("stock_counted_on", Kind.DATE, t("Last stock count", "最近盘点日期", "最近盤點日期")),
        Column("window_sold_qty", Kind.QTY, t("Sold in the stock window", "库存周转期内销量", "庫存週轉期內銷量")),
        Column("window_days", Kind.INT, t("Days of the stock window", "库存周转期天数", "庫存週轉期天數")),
        Column("qty_unit", Kind.TEXT, t("Unit of the quantities", "数量单位", "數量單位")),
        # The indicators.
        Column("visit_coverage", Kind.RATIO, t("Visit coverage", "终端拜访覆盖率", "終端拜訪覆蓋率")),
        Column("distribution", Kind.RATIO, t("Distribution", "铺货率", "鋪貨率")),
        Column("sales_per_outlet", Kind.RATIO, t("Sales an outlet", "终端月平均销售能力", "終端月平均銷售能力")),
        Column("active_rate", Kind.RATIO, t("Active rate", "月度终端活跃度", "月度終端活躍度")),
        Column("signed_attainment", Kind.RATIO, t("Signed attainment by volume", "签约达标率（销量）", "簽約達標率（銷量）")),
        Column("signed_attainment_count", Kind.RATIO, t("Signed attainment by count", "签约达标率（家数）", "簽約達標率（家數）")),
        Column("stock_days", Kind.RATIO, t("Stock days", "库存周转天数", "庫存週轉天數")),
        # The verdict.
        Column("score", Kind.RATIO, t("Score", "综合得分", "綜合得分")),
        Column("weight_used", Kind.RATIO, t("Share of the weight that could be scored", "有效权重占比", "有效權重佔比"), required=True),
        Column("rescaled", Kind.BOOL, t("Weights rescaled", "权重已折算", "權重已折算"), required=True),
        Column("grade", Kind.CODE, t("Grade", "等级", "等級")),
        Column("grade_before_veto", Kind.CODE, t("Grade before vetoes", "否决前等级", "否決前等級")),
        Column("vetoes", Kind.TEXT, t("Vetoes that applied", "适用的否决项", "適用的否決項"), required=True),  # comma-separated: overdue, over_limit
        Column("support", Kind.CODE, t("Support level", "支持级别", "支持級別")),
        Column("weakest", Kind.TEXT, t("Weakest indicators", "薄弱指标", "薄弱指標"), required=True),  # comma-separated kpis, the weakest first
        # Movement: then, and now − then.
        Column("score_last_month", Kind.RATIO, t("Score last month", "上月得分", "上月得分")),
        Column("score_last_quarter", Kind.RATIO, t("Score a quarter ago", "上季得分", "上季得分")),
        Column("score_last_year", Kind.RATIO, t("Score a year ago", "去年同期得分", "去年同期得分")),
        Column("change_last_month", Kind.RATIO, t("Change against last month", "较上月", "較上月")),
        Column("change_last_quarter", Kind.RATIO, t("Change against a quarter ago", "较上季", "較上季")),
        Column("change_last_year", Kind.RATIO, t("Change against a year ago", "较去年同期", "較去年同期")),
        Column("grade_last_month", Kind.CODE, t("Grade last month, before vetoes", "上月等级（否决前）", "上月等級（否決前）")),
        Column("grade_last_quarter", Kind.CODE, t("Grade a quarter ago, before vetoes", "上季等级（否决前）", "上季等級（否決前）")),
        Column("grade_last_year", Kind.CODE, t("Grade a year ago, before vetoes", "去年同期等级（否决前）", "去年同期等級（否決前）")),
    ),
)

DEALER_INDICATOR_SCORES = Contract(
    "dealer_indicator_scores",
    "mart",
    t("Scores of dealer indicators", "经销商指标得分", "經銷商指標得分"),
    grain=("period", "dealer_code", "kpi"),
    columns=(
        _PERIOD,
        _DEALER,
        Column("kpi", Kind.CODE, t("Indicator", "指标", "指標"), required=True,
               values=("visit_coverage", "distribution", "sales_per_outlet", "active_rate", "signed_attainment",
                       "signed_attainment_count", "stock_days")),
        Column("actual", Kind.RATIO, t("Actual", "实际", "實際")),
        Column("target", Kind.NUMBER, t("Target", "目标值", "目標值"), required=True),
        Column("weight", Kind.NUMBER, t("Weight", "权重", "權重"), required=True),
        Column("scope", Kind.CODE, t("Where the target comes from", "目标来源", "目標來源"), required=True),  # policy, all, region:X, dealer:X
        Column("score", Kind.RATIO, t("Score", "得分")),
        Column("null_reason", Kind.CODE, t("Why there is no figure", "无数据原因", "無資料原因")),
        Column("weak", Kind.BOOL, t("Weak indicator", "薄弱指标", "薄弱指標"), required=True),
        Column("actual_last_month", Kind.RATIO, t("Last month", "上月")),
        Column("actual_last_quarter", Kind.RATIO, t("A quarter ago", "上季")),
        Column("actual_last_year", Kind.RATIO, t("A year ago", "去年同期")),
        Column("change_last_month", Kind.RATIO, t("Change against last month", "较上月", "較上月")),
        Column("change_last_quarter", Kind.RATIO, t("Change against a quarter ago", "较上季", "較上季")),
        Column("change_last_year", Kind.RATIO, t("Change against a year ago", "较去年同期", "較去年同期")),
    ),
)

REBATES = Contract(
    "rebates",
    "mart",
    t("Rebates: accrued and claimed", "返利：应计与申报", "返利：應計與申報"),
    grain=("period", "dealer_code", "programme"),
    amount="difference",
    dated="as_of",
    columns=(
        _PERIOD,
        Column("as_of", Kind.DATE, t("As of", "截至"), required=True),
        _DEALER,
        Column("name", Kind.TEXT, t("Dealer", "经销商", "經銷商")),
        Column("region_code", Kind.CODE, t("Region code", "区域编码", "區域編碼")),
        Column("programme", Kind.TEXT, t("Rebate", "返利项目", "返利項目"), required=True),  # as claimed, where policy has no such programme
        Column("starts_on", Kind.DATE, t("From", "起始日期"), required=True),
        Column("ends_on", Kind.DATE, t("To", "截止日期"), required=True),
        Column("base", Kind.MONEY, t("Basis by our books", "我方计返基数", "我方計返基數"), required=True),
        Column("base_claimed", Kind.MONEY, t("Basis claimed", "申报基数", "申報基數")),
        Column("accrued", Kind.MONEY, t("Accrued by policy", "按政策应计", "按政策應計"), required=True),
        Column("claimed", Kind.MONEY, t("Claimed", "申报金额", "申報金額"), required=True),
        Column("difference", Kind.MONEY, t("Claimed less accrued", "申报减应计", "申報減應計"), required=True),
        Column("by_base", Kind.MONEY, t("By another basis", "基数差异", "基數差異"), required=True),
        Column("by_rate", Kind.MONEY, t("By another rate", "比例差异", "比例差異"), required=True),
        Column("reason", Kind.CODE, t("Reason", "原因"), required=True,
               values=("agreed", "base", "rate", "base_and_rate", "claimed_twice", "not_claimed", "not_yet_claimed", "no_programme", "no_distance")),
        Column("source_file", Kind.TEXT, t("File of the claim", "申报文件", "申報檔案")),
    ),
)  # fmt: skip

DEALER_MARTS = (DEALER_INDICATORS, DEALER_INDICATOR_SCORES, REBATES)
