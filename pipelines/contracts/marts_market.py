"""Contracts of the marts on channel, satisfaction and market (``domain.md`` M12, M15, M16).

What is computed is in ``pipelines.metrics.channels``, ``satisfaction`` and ``market``. Money is ten-thousandths, counts whole numbers. A figure
is null where its table was not delivered or its denominator is nothing, never 0.
"""

from __future__ import annotations

from pipelines.contracts.model import Column, Contract, Kind, Text, t

_PERIOD = Column("period", Kind.CODE, t("Period", "期间", "期間"), required=True)
_SPAN = Column("span", Kind.CODE, t("Span", "时段", "時段"), required=True, values=("week", "period"))
_COVER = Column("cover", Kind.CODE, t("Week or period", "周次或期间", "週次或期間"), required=True)
_CUT = Column("cut", Kind.CODE, t("Cut", "分析维度", "分析維度"), required=True)
_KEY = Column("key", Kind.CODE, t("Key", "编码", "編碼"), required=True)
_KEY2 = Column("key2", Kind.CODE, t("Second key", "第二编码", "第二編碼"), required=True)
_LABEL = Column("label", Kind.TEXT, t("Name", "名称", "名稱"), required=True)
_LABEL2 = Column("label2", Kind.TEXT, t("Second name", "第二名称", "第二名稱"), required=True)


def _int(name: str, label: Text, *, required: bool = False) -> Column:
    return Column(name, Kind.INT, label, required=required)


def _money(name: str, label: Text, *, required: bool = False) -> Column:
    return Column(name, Kind.MONEY, label, required=required)


def _price(name: str, label: Text) -> Column:
    return Column(name, Kind.PRICE, label)


def _ratio(name: str, label: Text) -> Column:
    return Column(name, Kind.RATIO, label)


DEALS = Contract(
    "deals",
    "mart",
    t("Deals won and lost", "战绩与战败", "戰績與戰敗"),
    grain=("period", "span", "cover", "cut", "key"),
    columns=(
        _PERIOD, _SPAN, _COVER, _CUT, _KEY, _LABEL,
        Column("won_as", Kind.CODE, t("What counts as won", "战绩口径", "戰績口徑"), required=True, values=("contract", "new_customer")),
        _int("won", t("Won", "战绩数", "戰績數")),
        _money("won_amount", t("Amount won", "战绩金额", "戰績金額")),
        _int("lost", t("Lost", "战败数", "戰敗數"), required=True),
        _money("lost_amount", t("Amount lost", "战败金额", "戰敗金額"), required=True),
        _ratio("win_rate", t("Win rate", "成功率")),
        _ratio("share_lost", t("Share of the amount lost", "占战败金额比重", "佔戰敗金額比重")),
        _int("ytd_lost", t("Lost, year to date", "本年累计战败数", "本年累計戰敗數"), required=True),
        _money("ytd_lost_amount", t("Amount lost, year to date", "本年累计战败金额", "本年累計戰敗金額"), required=True),
    ),
)
"""One row a week or period and key of a cut: ``company, region_code, employee_code, reason, competitor``. Won are customers
invoiced for the first time, or contracts signed (policy ``channel.won``); they have no reason and no competitor."""

CHANNELS = Contract(
    "channels",
    "mart",
    t("Channels", "渠道"),
    grain=("period", "customer_kind"),
    columns=(
        _PERIOD,
        Column("customer_kind", Kind.CODE, t("Customer kind", "客户类别", "客戶類別"), required=True),
        _money("net_amount", t("Net sales", "销售净额", "銷售淨額"), required=True),
        _money("net_amount_py", t("Net sales, same period last year", "上年同期销售净额", "上年同期銷售淨額"), required=True),
        _ratio("growth", t("Growth year on year", "同比增长率", "同比增長率")),
        _ratio("share", t("Contribution", "销售贡献率", "銷售貢獻率")),
        _money("gross_margin", t("Gross margin", "毛利")),
        _ratio("margin_rate", t("Margin rate", "毛利率")),
        _int("customers", t("Customers that bought", "进货客户数", "進貨客戶數"), required=True),
        _int("visits", t("Visits", "拜访次数", "拜訪次數")),
        _ratio("conversion", t("Conversion", "成交率")),
        _ratio("satisfaction", t("Satisfaction score", "满意度评分", "滿意度評分")),
        _money("ytd_net_amount", t("Net sales, year to date", "本年累计销售净额", "本年累計銷售淨額"), required=True),
        _money("ytd_net_amount_py", t("Last year to date", "上年同期累计", "上年同期累計"), required=True),
        _ratio("ytd_growth", t("Growth, year to date", "累计同比增长率", "累計同比增長率")),
    ),
)

COMPLAINTS = Contract(
    "complaints",
    "mart",
    t("Complaints", "客户投诉统计", "客戶投訴統計"),
    grain=("period", "cut", "key"),
    columns=(
        _PERIOD, _CUT, _KEY, _LABEL,
        _int("complaints", t("Complaints", "投诉次数", "投訴次數"), required=True),
        _int("resolved", t("Of them resolved", "其中已处理", "其中已處理"), required=True),
        _int("open", t("Of them open", "其中未处理", "其中未處理"), required=True),
        _ratio("mean_days", t("Days to resolve", "平均处理天数", "平均處理天數")),
        _int("invoices", t("Invoices", "发票张数", "發票張數")),
        _ratio("rate", t("Complaint rate", "投诉率", "投訴率")),
        _ratio("limit", t("Limit", "控制线", "控制線")),
        _int("before", t("Complaints, previous period", "上期投诉次数", "上期投訴次數"), required=True),
        _int("ytd", t("Complaints, year to date", "本年累计投诉", "本年累計投訴"), required=True),
    ),
)
"""Complaints raised in the period by ``company, region_code, category, severity``; ``rate`` = complaints ÷ invoices, where invoices have the key."""

SATISFACTION = Contract(
    "satisfaction",
    "mart",
    t("Satisfaction", "客户满意度", "客戶滿意度"),
    grain=("period", "survey", "cut", "key", "dimension"),
    columns=(
        _PERIOD,
        Column("survey", Kind.CODE, t("Survey", "调查期次", "調查期次"), required=True),
        _CUT, _KEY, _LABEL,
        Column("dimension", Kind.TEXT, t("Dimension ('all': every one)", "评价维度（all 为全部）", "評價維度（all 為全部）"), required=True),
        _int("answers", t("Answers", "答卷数", "答卷數"), required=True),
        _int("customers", t("Customers", "客户数", "客戶數"), required=True),
        _ratio("score", t("Mean score", "平均评分", "平均評分")),
        _ratio("score_before", t("Survey before", "上次评分", "上次評分")),
        _ratio("change", t("Change", "变化", "變化")),
    ),
)
"""The last survey answered by the business day, beside the one before it; by ``company, region_code, customer_kind`` and dimension."""

MARKET_SHARE = Contract(
    "market_share",
    "mart",
    t("Market share", "市场占有率", "市場佔有率"),
    grain=("period", "cut", "key", "key2"),
    columns=(
        _PERIOD, _CUT, _KEY, _KEY2, _LABEL, _LABEL2,
        _money("market", t("Market size", "市场容量", "市場容量"), required=True),
        _money("net_amount", t("Net sales", "销售净额", "銷售淨額"), required=True),
        _ratio("share", t("Market share", "市场占有率", "市場佔有率")),
        _money("market_py", t("Market size, same period last year", "上年同期市场容量", "上年同期市場容量")),
        _money("net_amount_py", t("Net sales, same period last year", "上年同期销售净额", "上年同期銷售淨額")),
        _ratio("share_py", t("Market share last year", "上年同期占有率", "上年同期佔有率")),
        _ratio("share_change", t("Change of share", "占有率变化", "佔有率變化")),
        _ratio("market_growth", t("Growth of the market", "市场增长率", "市場增長率")),
        _ratio("own_growth", t("Own growth", "本公司增长率", "本公司增長率")),
    ),
)
"""Over the regions and product lines whose market size is given for the period; last year's columns over those given for both."""

PRODUCT_MIX = Contract(
    "product_mix",
    "mart",
    t("Product mix", "产品结构", "產品結構"),
    grain=("period", "cut", "key", "unit"),
    columns=(
        _PERIOD, _CUT, _KEY,
        Column("unit", Kind.TEXT, t("Base unit", "基本单位", "基本單位"), required=True),
        _money("net_amount", t("Net sales", "销售净额", "銷售淨額"), required=True),
        _money("net_amount_py", t("Net sales, same period last year", "上年同期销售净额", "上年同期銷售淨額"), required=True),
        Column("qty", Kind.QTY, t("Quantity", "数量", "數量"), required=True),
        Column("qty_py", Kind.QTY, t("Quantity, same period last year", "上年同期数量", "上年同期數量"), required=True),
        _ratio("share", t("Share of net sales", "销售占比", "銷售佔比")),
        _ratio("share_py", t("Share last year", "上年同期占比", "上年同期佔比")),
        _ratio("share_change", t("Change of share", "占比变化", "佔比變化")),
        _price("unit_revenue", t("Revenue a unit", "单位收入（单箱收入）", "單位收入（單箱收入）")),
        _price("unit_revenue_py", t("Revenue a unit last year", "上年同期单位收入", "上年同期單位收入")),
        _price("unit_margin", t("Margin a unit", "单位毛利", "單位毛利")),
        _ratio("margin_rate", t("Margin rate", "毛利率")),
    ),
)
"""By ``product_line, category, abc_class`` and base unit. Margins are of the lines that have a cost."""

MARKET_SIGNALS = Contract(
    "market_signals",
    "mart",
    t("Market signals counted", "市场信息统计", "市場資訊統計"),
    grain=("period", "span", "cover", "cut", "key"),
    columns=(
        _PERIOD, _SPAN, _COVER, _CUT, _KEY, _LABEL,
        _int("signals", t("Signals", "信息条数", "資訊條數"), required=True),
        _int("before", t("In the span before", "上期条数", "上期條數"), required=True),
    ),
)
"""Signals of a week or period by ``company, kind, competitor, region_code``."""

MARKET_MARTS = (DEALS, CHANNELS, COMPLAINTS, SATISFACTION, MARKET_SHARE, PRODUCT_MIX, MARKET_SIGNALS)
