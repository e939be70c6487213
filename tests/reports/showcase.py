"""A sample report with made-up figures that uses every block: what the golden files and the pictures are made from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.contracts.model import t
from pipelines.reports.model import (
    Checks,
    Column,
    ColumnSeries,
    Count,
    DefinitionList,
    Money,
    Name,
    Notes,
    Part,
    PeriodName,
    Points,
    RankedBars,
    Report,
    Section,
    Share,
    Slip,
    Source,
    StackedBars,
    Step,
    SumOf,
    Table,
    TieOut,
    Tile,
    VarianceTable,
    Waterfall,
)

WAN = 100_000_000
CALENDAR = Calendar(CalendarFile())
PERIOD = CALENDAR.period("2026-11")
MONTHS = CALENDAR.between("2026-01", "2026-12")
SHANGHAI = timezone(timedelta(hours=8))
TOTAL = {"__total__": t("Total", "合计", "合計")}

REGIONS = [
    ("华东大区", 4210, 4500, 4820.5), ("华南大区", 3720, 3950, 3910.2), ("华北大区", 2990, 2980, 3105.8), ("西南大区", 2010, 2330, 2240.1),
    ("华中大区", 1850, 1900, 1980.6), ("西北大区", 1150, 1150, 1105.3), ("东北大区", 930, 900, 870.9), ("港澳台", 510, 540, 655.0),
]


def e4(wan: float) -> int:
    """万元 as ten-thousandths of 元."""
    return round(wan * 10) * WAN // 10


def regions() -> pl.DataFrame:
    """Regions with previous year, plan, actual and their variances; the last row is the total."""
    rows = [(name, e4(py), e4(plan), e4(ac), "") for name, py, plan, ac in REGIONS]
    rows.append(("__total__", sum(r[1] for r in rows), sum(r[2] for r in rows), sum(r[3] for r in rows), "total"))
    frame = pl.DataFrame(rows, schema=["label", "py", "pl", "ac", "role"], orient="row")
    frame = frame.with_columns(
        delta_pl=pl.col("ac") - pl.col("pl"), delta_py=pl.col("ac") - pl.col("py"), attainment=pl.col("ac") / pl.col("pl"),
    ).with_columns(delta_pl_share=pl.col("delta_pl") / pl.col("pl"), delta_py_share=pl.col("delta_py") / pl.col("py"))
    shape = (11, 12, 10, 13, 12.5, 14, 13, 14.5, 15, 14, 16, 17)
    return frame.with_columns(
        ((pl.col("ac") * value * (1 + (place * 7 % 5) / 50)).cast(pl.Int64) // 160).alias(f"m{place}") for place, value in enumerate(shape)
    )


def months() -> pl.DataFrame:
    """Twelve months, the last a forecast."""
    ac = [1500, 1220, 1510, 1700, 1690, 1820, 1750, 1880, 1960, 1790, 1868, None]
    plan = [1440, 1270, 1480, 1620, 1650, 1760, 1780, 1830, 1830, 1825, 1765, 1950]
    py = [1380, 1150, 1420, 1560, 1590, 1700, 1690, 1790, 1850, 1720, 1740, 1830]
    fc = [None] * 11 + [1920]
    frame = pl.DataFrame(
        {
            "ac": [None if v is None else e4(v) for v in ac],
            "pl": [e4(v) for v in plan],
            "py": [e4(v) for v in py],
            "fc": [None if v is None else e4(v) for v in fc],
        },
        schema={"ac": pl.Int64, "pl": pl.Int64, "py": pl.Int64, "fc": pl.Int64},
    )
    return frame.with_columns(delta_pl=pl.coalesce("ac", "fc") - pl.col("pl"))


def ageing() -> pl.DataFrame:
    """Receivables of regions by days late."""
    rows = [
        ("华东大区", 1621, 182, 207, 60, 115, 40, 0.272, -0.027), ("华南大区", 1695, 110, 140, 60, 40, 25, 0.181, 0.020),
        ("华北大区", 774, 150, 140, 90, 105, 34, 0.401, 0.029), ("西南大区", 509, 211, 60, 30, 40, 20, 0.415, 0.019),
        ("华中大区", 602, 110, 130, 60, 40, 13, 0.369, -0.026), ("西北大区", 434, 80, 70, 40, 45, 17, 0.368, -0.012),
        ("东北大区", 806, 80, 70, 40, 40, 13, 0.232, 0.014), ("港澳台", 118, 24, 15, 8, 12, 4, 0.351, 0.004),
    ]  # fmt: skip
    names = ["label", "not_due", "d30", "d60", "d90", "d180", "over", "rate", "rate_delta"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    frame = frame.with_columns((pl.col(name) * WAN).cast(pl.Int64) for name in names[1:7])
    return frame.with_columns(total=pl.sum_horizontal(names[1:7]))


def dealers(count: int = 60) -> pl.DataFrame:
    """Dealers with made-up figures, some of them awkward."""
    places = ("重庆", "深圳", "武汉", "沈阳", "北京", "香港", "苏州", "成都", "西安", "昆明")
    rows = []
    for i in range(count):
        plan = e4(40 + (i * 37) % 160)
        actual = plan + e4(((i * 53) % 41 - 18) / 2) + 1234
        name = f"{places[i % 10]}{('汇通', '天成', '盛世', '宏图')[i % 4]}{'=1+1' if i == 7 else ''}农资有限公司"
        rows.append((f"D{i:04d}", name, REGIONS[i % 8][0], "ABCD"[(i * 5) % 4], plan, actual, actual - plan, (i * 31) % 270 or None,
                     ("ok", "warning", "error", "info")[i % 4] if i % 5 == 0 else "ok", date(2026, 11, 1 + i % 30), ""))  # fmt: skip
    rows.append(("", "__total__", "", "", sum(r[4] for r in rows), sum(r[5] for r in rows), sum(r[6] for r in rows), None, None, None, "total"))
    names = ["code", "name", "region", "grade", "pl", "ac", "delta", "days", "state", "last", "role"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(share=pl.col("ac") / pl.col("pl"))


def products() -> pl.DataFrame:
    """A small hierarchy: lines and their products."""
    rows = [("复合肥", 0, "subtotal", 900), ("BB肥 25kg", 1, "", 420), ("硫酸钾型 40kg", 1, "", 480), ("尿素", 0, "subtotal", 300),
            ("大颗粒尿素", 1, "", 300), ("__total__", 0, "total", 1200)]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["label", "level", "role", "wan"], orient="row")
    return frame.with_columns(ac=pl.col("wan").cast(pl.Int64) * WAN, qty=pl.col("wan").cast(pl.Int64) * 25_000, price=pl.lit(312_500_000_000))


def report() -> Report:
    """The sample report."""
    region = regions()
    total = region.row(8, named=True)
    waterfall = (
        Step(t("Plan revenue", "计划收入", "計劃收入"), total["pl"], "base", "PL"),
        Step(t("Volume", "销量", "銷量"), e4(612)), Step(t("Price", "价格", "價格"), e4(-285)), Step(t("Mix", "产品结构", "產品結構"), e4(97)),
        Step(t("New dealers", "新经销商", "新經銷商"), e4(218)), Step(t("Returns and discounts", "退货与折扣", "退貨與折扣"), e4(-174)),
        Step(t("Exchange rates", "汇率", "匯率"), total["delta_pl"] - e4(612 - 285 + 97 + 218 - 174)),
        Step(t("Actual revenue", "实际收入", "實際收入"), total["ac"], "base", "AC"),
    )  # fmt: skip
    late = pl.DataFrame({
        "name": ["重庆汇通机电有限公司", "深圳天成贸易有限公司", "武汉盛世机电有限公司", "深圳宏图贸易有限公司", "沈阳宏图机电有限公司", "北京华瑞机电有限公司", "香港博远贸易有限公司", "苏州晨光机电有限公司"],
        "overdue": [e4(v) for v in (158.2, 146, 129, 127.2, 109.9, 104, 92.7, 85)],
        "days": [119, 51, 274, 203, 195, 36, 226, 228],
    })  # fmt: skip
    dealer = dealers()
    sales = t("Revenue", "销售收入", "銷售收入")


    spark = (1700, 1720, 1560, 1430, 1600, 1760, 1750, 1690, 1790, 1830, 1780, 1868)
    tiles = (
        Tile(t("November revenue", "11月销售收入", "11月銷售收入"), Money(e4(1868)), Share(0.058, signed=True), Share(0.075, signed=True), trend=[e4(v) for v in spark], reference=e4(1765)),
        Tile(t("Revenue to date", "累计销售收入", "累計銷售收入"), Money(total["ac"]), Share(total["delta_pl_share"], signed=True), Share(total["delta_py_share"], signed=True), trend=[e4(1500 * (i + 1)) for i in range(11)] + [total["ac"]], reference=total["pl"]),
        Tile(t("Gross margin", "毛利率"), Share(0.314), Points(-0.006), Points(0.003), trend=[0.29, 0.285, 0.33, 0.328, 0.322, 0.318, 0.335, 0.33, 0.322, 0.318, 0.316, 0.314], trend_kind="line", reference=0.32),
        Tile(t("November receipts", "11月回款", "11月回款"), Money(e4(1742)), Share(-0.032, signed=True), Share(0.041, signed=True), trend=[e4(v - 90) for v in spark], reference=e4(1800)),
        Tile(t("Overdue share", "逾期应收占比", "逾期應收佔比"), Share(0.298), Points(0.038), Points(0.024), good="lower", trend=[0.25, 0.245, 0.24, 0.25, 0.26, 0.258, 0.259, 0.27, 0.27, 0.275, 0.273, 0.298], trend_kind="line", reference=0.26),
        Tile(t("Dealers at grade A or B", "A/B 级经销商", "A/B 級經銷商"), Count(128), Count(6, signed=True), Count(11, signed=True), trend=[110 + i for i in range(11)] + [128], reference=122),
    )  # fmt: skip
    sections = (
        Section(
            "regions", t("Plan and actual", "计划与实际", "計劃與實際"),
            t("Four regions are below plan, Southwest most; East, North and Hong Kong carry the surplus", "四个大区低于计划，西南缺口最大；华东、华北与港澳台贡献主要超额", "四個大區低於計劃，西南缺口最大；華東、華北與港澳台貢獻主要超額"),
            (VarianceTable("regions_table", region, label_heading=t("Region", "大区", "大區"), role="role", words=TOTAL, trend=tuple(f"m{i}" for i in range(12))),),
            t("Regions · revenue · January–November 2026 · actual, plan, previous year", "各大区 · 销售收入 · 2026年1–11月累计 · 实际、计划、上年同期", "各大區 · 銷售收入 · 2026年1–11月累計 · 實際、計劃、上年同期"),
        ),
        Section(
            "months", t("Months", "各月"), t("November is above plan again, the December forecast a little below", "11月恢复超计划，12月预测仍略低", "11月恢復超計劃，12月預測仍略低"),
            (ColumnSeries("months_chart", months(), tuple(PeriodName(p, short=True) for p in MONTHS), fc="fc", marked=10, title=sales),),
            t("Group · revenue · months of 2026", "集团 · 销售收入 · 2026年各月 · 实际/预测、计划；▶ 上年同期", "集團 · 銷售收入 · 2026年各月 · 實際/預測、計劃；▶ 上年同期"), "wide",
        ),
        Section(
            "causes", t("Causes", "差异因素", "差異因素"), t("Volume and new dealers pull, price and discounts take back half", "销量与新经销商拉动，价格与折扣抵消过半", "銷量與新經銷商拉動，價格與折扣抵消過半"),
            (Waterfall("causes_chart", waterfall, title=t("From plan to actual", "计划 → 实际 差异因素", "計劃 → 實際 差異因素")),),
            t("Group · causes of the revenue variance · January–November", "集团 · 收入差异因素 · 1–11月累计", "集團 · 收入差異因素 · 1–11月累計"), "narrow",
        ),
        Section(
            "ageing", t("Ageing", "应收账龄", "應收帳齡"), t("Five regions above the 30% line need dealer by dealer follow-up", "逾期率超 30% 警戒线的大区需逐户催收", "逾期率超 30% 警戒線的大區需逐戶催收"),
            (StackedBars("ageing_chart", ageing(), "label", (
                Part("not_due", t("Not due", "未到期"), 0), Part("d30", t("1–30 days", "1–30天"), 0.05), Part("d60", t("31–60 days", "31–60天"), 0.25),
                Part("d90", t("61–90 days", "61–90天"), 0.5), Part("d180", t("91–180 days", "91–180天"), 0.75), Part("over", t("over 180 days", "180天以上"), 1),
            ), "total", label_heading=t("Region", "大区", "大區"), total_heading=t("Receivables", "应收余额", "應收餘額"), rate="rate", rate_heading=t("Overdue", "逾期率"), rate_delta="rate_delta", rate_delta_heading=t("Δ month", "Δ上月"), threshold=0.3),),
            t("Regions · receivables · 30 November 2026 · by age", "各大区 · 应收账款 · 2026年11月30日 · 按账龄", "各大區 · 應收帳款 · 2026年11月30日 · 按帳齡"), "wide",
        ),
        Section(
            "late", t("Most overdue", "逾期前列"), t("The most overdue dealers", "逾期前八名经销商", "逾期前八名經銷商"),
            (RankedBars("late_bars", late, "name", "overdue", t("Dealer", "经销商", "經銷商"), t("Overdue", "逾期"), tone="bad", more=(Column("days", t("Days", "天数", "天數"), "days", alarm=180),)),),
            t("Overdue amount and longest days late", "逾期金额与最长逾期天数", "逾期金額與最長逾期天數"), "narrow",
        ),
        Section(
            "dealers", t("Dealers", "经销商考核", "經銷商考核"), t("38 of 60 dealers reach their plan", "60 家经销商中 38 家达成计划", "60 家經銷商中 38 家達成計劃"),
            (Table("dealer_table", dealer, (
                Column("code", t("Code", "编码", "編碼"), "code"), Column("name", t("Dealer", "经销商", "經銷商"), words=TOTAL), Column("region", t("Region", "大区", "大區")),
                Column("grade", t("Grade", "评级", "評級"), "grade"), Column("pl", t("Plan", "计划", "計劃"), "money", scenario="PL"), Column("ac", t("Actual", "实际", "實際"), "money", scenario="AC"),
                Column("delta", t("ΔPL", "Δ计划", "Δ計劃"), "money", variance=True, bar=True), Column("share", t("Attainment", "达成率", "達成率"), "share"), Column("days", t("Days late", "逾期天数", "逾期天數"), "days", alarm=180),
                Column("last", t("Last order", "最近订单", "最近訂單"), "date"), Column("state", t("Check", "检查", "檢查"), "severity"),
            ), role="role", shown=12),),
            t("Dealers · revenue · November 2026", "经销商 · 销售收入（元）· 2026年11月", "經銷商 · 銷售收入（元）· 2026年11月"),
        ),
        Section(
            "products", t("Products", "产品", "產品"), t("Compound fertiliser makes three quarters", "复合肥占四分之三", "複合肥佔四分之三"),
            (Table("product_table", products(), (Column("label", t("Line / product", "产品线 / 产品", "產品線 / 產品"), words=TOTAL), Column("ac", t("Revenue", "收入"), "money_wan", scenario="AC", bar=True), Column("qty", t("Quantity", "数量", "數量"), "qty"), Column("price", t("Price", "单价", "單價"), "price")), level="level", role="role"),),
            None, "half",
        ),
        Section(
            "words", t("Commentary", "文字说明", "文字說明"), t("What the regions say", "各区说明", "各區說明"),
            (Notes((Name("西南：雨季推迟，返利政策待定。"), t("Prices fell by 1.5%.", "价格下降 1.5%。", "價格下降 1.5%。"))),
             DefinitionList(((t("Tolerance", "容差"), Money(100, unit="currency")), (t("Plan version", "计划版本", "計劃版本"), Name("v2")))),
             Slip(t("Confirmation", "回执", "回執"), t("We confirm the balance above.", "以上余额核对无误。", "以上餘額核對無誤。"), (t("Signature", "签章", "簽章"), t("Date", "日期")))),
            None, "half",
        ),
    )  # fmt: skip
    ties = (
        TieOut("C3", t("Revenue equals the general ledger", "收入与总账核对", "收入與總帳核對"), t("Report", "报表", "報表"), total["ac"], t("Ledger 6001", "总账 6001", "總帳 6001"), total["ac"], 0, left_sum=(SumOf("regions_table", "ac"),)),
        TieOut("C4", t("Receivables equal the sum of their ages", "应收余额 = 账龄合计", "應收餘額 = 帳齡合計"), t("Balance", "余额", "餘額"), int(ageing()["total"].sum()), t("Buckets", "账龄", "帳齡"), int(ageing()["total"].sum()), 0, left_sum=(SumOf("ageing_chart", "total"),), right_sum=tuple(SumOf("ageing_chart", c) for c in ("not_due", "d30", "d60", "d90", "d180", "over"))),
        TieOut("C3", t("Receipts equal the bank", "回款与银行核对", "回款與銀行核對"), t("Report", "报表", "報表"), e4(1742), t("Bank", "银行", "銀行"), e4(1742) - 100, 100, 100, "within_tolerance"),
    )  # fmt: skip
    return Report(
        "R13", "monthly_review", t("Monthly sales review", "销售管理月报", "銷售管理月報"),
        t("Revenue to date is CNY 4,384k above plan, but prices and discounts cost 4,590k; overdue rises to 29.8%, worst in Southwest and North", "累计收入超计划 438 万元，但价格与折扣侵蚀 459 万元；逾期应收升至 29.8%，西南与华北最重", "累計收入超計劃 438 萬元，但價格與折扣侵蝕 459 萬元；逾期應收升至 29.8%，西南與華北最重"),
        t("November and January–November 2026 · actual against plan and previous year", "2026年11月及1–11月累计 · 实际对计划、上年同期", "2026年11月及1–11月累計 · 實際對計劃、上年同期"),
        {"zh-Hans": "示例集团", "zh-Hant": "示例集團", "en": "Sample Group"}, PERIOD, PERIOD.end,
        datetime(2026, 12, 1, 18, 14, tzinfo=UTC).astimezone(SHANGHAI), sections, tiles, ties,
        (Source("erp/sales_2026-11.xlsx", "7f3a9c" + "0" * 58, "erp", "2026-12-01 02:10", 48231, "sales_line"), Source("经销商/=HYPERLINK(\"x\").xlsx", "ab12" * 16, "D0007", "2026-12-01 09:31", 210, "sell_out")),
        Checks(42, 43), "warned", notes=(t("Amounts are net of tax.", "金额均不含税。", "金額均不含稅。"),),
    )  # fmt: skip
