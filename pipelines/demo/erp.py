"""The demo's ERP exports, with title rows, total rows, a red-slip column and two encodings, and the faults planted in them.

How the numbers came about is ``business``' affair. What is planted here is noted in the inbox, and what it removes from the facts
in ``Removed``, so that the truth can leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from pipelines.demo import world as w
from pipelines.demo.business import CUT_OFF, EXPENSE_ITEMS, PRICE_DATES, Business, balances, cut_off_documents, skipped_number
from pipelines.demo.files import KEEP, Col, Error, Fault, Inbox, Row, Tally, is_rejected, next_month, plant, shown
from pipelines.demo.names import COMPANY, REGIONS

SENDER = "erp"
METHODS = {"cash": "现金", "transfer": "转账", "cheque": "支票", "bank_draft": "承兑汇票", "electronic": "电子支付"}
KINDS = {"dealer": "经销商", "office": "办事处", "direct": "直营"}
ROLES = {"salesperson": "业务员", "region_manager": "区域经理", "department_head": "部门经理"}
ADJUSTMENTS = {"write_off": "核销", "offset": "抵扣", "discount": "折让"}


@dataclass
class Removed:
    """What planted faults keep out of the facts, or change in them."""

    documents: set[str] = field(default_factory=set)
    receipts: set[str] = field(default_factory=set)
    adjustments: set[str] = field(default_factory=set)
    vouchers: set[str] = field(default_factory=set)
    allocations: set[tuple[str, str]] = field(default_factory=set)
    free_slips: set[str] = field(default_factory=set)
    """Red slips whose document is not named or does not exist: they stand as credits."""


def write(world: w.World, business: Business, inbox: Inbox, *, faults: bool) -> Removed:
    """Write every export of the ERP."""
    removed = Removed()
    _masters(world, inbox, faults=faults)
    _prices(world, business, inbox, faults=faults)
    Sales(world, business, inbox, removed, faults=faults).write()
    _receipts(world, business, inbox, removed, faults=faults)
    _allocations(world, business, inbox)
    _ledger_side(world, business, inbox, removed, faults=faults)
    _expenses(world, business, inbox, removed, faults=faults)
    _stock(world, business, inbox, faults=faults)
    return removed


# ---------------------------------------------------------------- listings


def listing(
    world: w.World,
    inbox: Inbox,
    name: str,
    title: str,
    columns: Sequence[Col],
    rows: Sequence[Row],
    *,
    table: str,
    arrived: date,
    note: str = "",
    total: str = "",
    amount: str = "",
    scale: int = 1,
    cover: str = "",
) -> Tally:
    """One export: titles, header, rows, a total row of the column ``total``. An XLSX; a CSV where the company is too large."""
    titles = [f"{COMPANY} {title}", note or f"制表日期：{arrived.isoformat()}"]
    readable = [
        row for row in rows if not any(fault.column == total and fault.raw is not KEEP for fault in row.get("_faults", ()))
    ]
    last: Row = {columns[0].name: "合计", total: sum(int(row[total] or 0) for row in readable)} if total else {}
    path = f"erp/{name}.{'csv' if world.size.csv_only else 'xlsx'}"
    if world.size.csv_only:
        _csv_listing(inbox, path, titles, columns, [*rows, last] if total else rows)
    else:
        with inbox.workbook(path) as book:
            sheet = book.sheet(title)
            below = sheet.table(sheet.titles(*titles), columns, rows)
            if total:
                sheet.row(
                    below,
                    [Col(column.heading, column.name, column.form if column.name == total else "text") for column in columns],
                    last,
                )
    inbox.arrive(path, arrived, SENDER, "02:00:00")
    return inbox.tally(path, table, cover, rows, amount=amount, scale=scale, sender=SENDER)


def _csv_listing(inbox: Inbox, path: str, titles: Sequence[str], columns: Sequence[Col], rows: Sequence[Row]) -> None:
    width = len(columns)
    lines = [[title, *[""] * (width - 1)] for title in titles] + [[column.heading for column in columns]]
    text: list[list[str]] = []
    for number, row in enumerate(rows, start=len(lines) + 1):
        cells = [_plain(shown(row.get(column.name), column.form)[0]) for column in columns]
        for fault in row.get("_faults", []):
            for n, column in enumerate(columns):
                if column.name == fault.column and fault.raw is not KEEP:
                    cells[n] = _plain(fault.raw)
            fault.file, fault.row = path, number
            inbox.faults.append(fault)
        text.append(cells)
    inbox.csv(path, lines, pl.DataFrame(text, schema=[(f"c{n}", pl.String) for n in range(width)], orient="row"), None)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Error):
        return value.text
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _bad(
    rows: list[Row],
    index: int,
    kind: str,
    rule: str,
    table: str,
    column: str,
    raw: Any = KEEP,
    *,
    severity: str = "error",
    document: str = "",
    also: str = "",
) -> None:
    plant(rows[index], Fault(kind, rule, severity, table, column, raw, sender=SENDER, document=document, also=also))


def _masters(world: w.World, inbox: Inbox, *, faults: bool) -> None:
    arrived = next_month(world.months[-1], 1)
    since = w.HISTORY_BEGINS
    regions: list[Row] = [
        {"region_code": code, "valid_from": since, "name": name, "department": department} for code, name, department in REGIONS
    ]
    listing(
        world,
        inbox,
        "区域档案",
        "区域档案",
        [
            Col("区域编码", "region_code"),
            Col("生效日期", "valid_from", "date"),
            Col("区域名称", "name"),
            Col("销售部门", "department"),
        ],
        regions,
        table="region",
        arrived=arrived,
    )
    employees: list[Row] = [
        {
            "employee_code": one.code,
            "valid_from": max(since, one.hired),
            "name": one.name,
            "role": ROLES[one.role],
            "region_code": one.region,
            "hired_on": one.hired,
            "left_on": one.left,
            "trainee_until": one.trainee_until,
            "manager_code": one.manager or None,
            "pay_grade": str(1 + n % 4) if one.role == "salesperson" else None,
        }
        for n, one in enumerate(world.employees)
    ]
    employees += [
        {**row, "valid_from": one.moved[0], "region_code": one.moved[1], "manager_code": one.moved[2]}
        for row, one in zip(employees, world.employees, strict=True)
        if one.moved
    ]
    if faults:
        employees.append(
            {
                "employee_code": "00901",
                "valid_from": since,
                "name": "测试员工",
                "role": "业务员",
                "region_code": "R03",
                "hired_on": date(2025, 5, 1),
                "left_on": date(2025, 4, 1),
            }
        )
        _bad(employees, -1, "left_before_hired", "left_after_hired", "employee", "left_on", document="00901")
        employees.append(
            {
                "employee_code": "00902",
                "valid_from": since,
                "name": "待定",
                "role": "业务员",
                "region_code": "R99",
                "hired_on": date(2025, 5, 1),
            }
        )
        _bad(employees, -1, "unknown_region", "unknown_reference", "employee", "region_code", document="00902")
    listing(
        world,
        inbox,
        "员工档案",
        "员工档案",
        [
            Col("员工编码", "employee_code"),
            Col("生效日期", "valid_from", "date"),
            Col("姓名", "name"),
            Col("职务", "role"),
            Col("区域编码", "region_code"),
            Col("薪级", "pay_grade"),
            Col("入职日期", "hired_on", "date"),
            Col("离职日期", "left_on", "date"),
            Col("试用期至", "trainee_until", "date"),
            Col("上级编码", "manager_code"),
        ],
        employees,
        table="employee",
        arrived=arrived,
    )
    _customers(world, inbox, arrived, faults=faults)
    _products(world, inbox, arrived, faults=faults)
    changes: list[Row] = [
        {"table": "产品", "old": one.old_code, "new": one.code, "from": world.renamed_on}
        for one in world.products
        if one.old_code
    ]
    changes += [
        {"table": "客户", "old": one.old_code, "new": one.code, "from": world.renamed_on}
        for one in world.customers
        if one.old_code
    ]
    listing(
        world,
        inbox,
        "编码变更",
        "编码变更",
        [Col("档案", "table"), Col("原编码", "old"), Col("新编码", "new"), Col("变更日期", "from", "date")],
        changes,
        table="code_change",
        arrived=arrived,
    )


def _customers(world: w.World, inbox: Inbox, arrived: date, *, faults: bool) -> None:
    rows: list[Row] = []
    for n, one in enumerate(world.customers):
        base: Row = {
            "customer_code": one.code,
            "valid_from": max(one.opened, w.HISTORY_BEGINS),
            "name": one.name,
            "kind": KINDS[one.kind],
            "price_class": one.price_class,
            "region_code": one.region,
            "employee_code": one.employee,
            "parent_code": one.parent or None,
            "opened_on": one.opened,
            "closed_on": one.closed,
            "credit_limit": one.credit_limit_fen,
            "payment_terms": one.terms,
            "distance_km": 200_000 + n * 7 % 300 * 10_000,
            "electronic_settlement": n % 3 == 0,
        }
        if one.old_code:
            rows.append({**base, "customer_code": one.old_code})
            base = {**base, "valid_from": world.renamed_on}
        rows.append(base)
        if one.moved:
            rows.append({**base, "valid_from": one.moved[0], "region_code": one.moved[1], "employee_code": one.moved[2]})
    if faults:
        blank: Row = {
            "valid_from": date(2026, 10, 1),
            "kind": "经销商",
            "region_code": "R03",
            "opened_on": date(2026, 10, 1),
            "payment_terms": "net 30",
        }
        rows.append({**blank, "customer_code": "D9001", "name": "额度录错商行", "credit_limit": -100_000_00})
        _bad(rows, -1, "negative_limit", "limit_not_negative", "customer", "credit_limit", document="D9001")
        rows.append({**blank, "customer_code": "D9002", "name": "日期录错商行", "closed_on": date(2026, 9, 1)})
        _bad(rows, -1, "closed_before_opened", "closed_after_opened", "customer", "closed_on", document="D9002")
        rows.append({**blank, "customer_code": "D9003", "name": "类别录错商行"})
        _bad(rows, -1, "not_in_list", "not_in_list", "customer", "kind", "代理", document="D9003")
        rows.append({**blank, "customer_code": "D9004", "name": None})
        _bad(rows, -1, "missing", "missing", "customer", "name", None, document="D9004")
    listing(
        world,
        inbox,
        "客户档案",
        "客户档案",
        [
            Col("客户编码", "customer_code"),
            Col("生效日期", "valid_from", "date"),
            Col("客户名称", "name"),
            Col("客户类别", "kind"),
            Col("价格等级", "price_class"),
            Col("区域编码", "region_code"),
            Col("业务员编码", "employee_code"),
            Col("所属集团", "parent_code"),
            Col("开户日期", "opened_on", "date"),
            Col("关户日期", "closed_on", "date"),
            Col("信用额度", "credit_limit", "fen"),
            Col("付款条件", "payment_terms"),
            Col("运距（公里）", "distance_km", "e4"),
            Col("电子结算", "electronic_settlement", "yes"),
        ],
        rows,
        table="customer",
        arrived=arrived,
    )


def _products(world: w.World, inbox: Inbox, arrived: date, *, faults: bool) -> None:
    rows: list[Row] = []
    for one in world.products:
        base: Row = {
            "product_code": one.code,
            "valid_from": max(one.launched, w.HISTORY_BEGINS),
            "name": one.name,
            "line": one.line,
            "category": one.category,
            "abc_class": one.abc,
            "unit": one.unit,
            "base_unit": one.base_unit,
            "units_per_base": one.factor_e8 // 10_000,
            "launched_on": one.launched,
            "discontinued_on": one.discontinued,
            "standard_cost": one.cost_fen,
        }
        if one.old_code:
            rows.append({**base, "product_code": one.old_code})
            base = {**base, "valid_from": world.renamed_on}
        rows.append(base)
    if faults:
        blank: Row = {"valid_from": date(2026, 10, 1), "line": "复合肥", "unit": "袋", "base_unit": "吨", "units_per_base": 500}
        rows.append({**blank, "product_code": "019901", "name": "换算率为零的产品", "units_per_base": 0})
        _bad(rows, -1, "zero_conversion", "conversion_positive", "product", "units_per_base", document="019901")
        rows.append({**blank, "product_code": "019902", "name": "未定价产品"})
        _bad(rows, -1, "text_in_number", "not_a_number", "product", "standard_cost", "待核算", document="019902")
    listing(
        world,
        inbox,
        "产品档案",
        "产品档案",
        [
            Col("产品编码", "product_code"),
            Col("生效日期", "valid_from", "date"),
            Col("产品名称", "name"),
            Col("产品线", "line"),
            Col("品类", "category"),
            Col("ABC分类", "abc_class"),
            Col("销售单位", "unit"),
            Col("基本单位", "base_unit"),
            Col("换算率", "units_per_base", "e4"),
            Col("上市日期", "launched_on", "date"),
            Col("停产日期", "discontinued_on", "date"),
            Col("标准成本", "standard_cost", "fen"),
        ],
        rows,
        table="product",
        arrived=arrived,
    )


def _prices(world: w.World, business: Business, inbox: Inbox, *, faults: bool) -> None:
    rows = [dict(row, tax_rate=90_000) for row in business.prices.iter_rows(named=True)]
    if faults:
        code = world.products[0].code
        rows.append(
            {"product_code": code, "price_class": "Z", "valid_from": PRICE_DATES[2], "unit_price_fen": -1000, "tax_rate": 90_000}
        )
        _bad(rows, -1, "negative_price", "price_not_negative", "price_list", "unit_price_fen", document=code)
        rows.append(
            {
                "product_code": "019999",
                "price_class": "A",
                "valid_from": PRICE_DATES[2],
                "unit_price_fen": 100_00,
                "tax_rate": 90_000,
            }
        )
        _bad(rows, -1, "unknown_product", "unknown_reference", "price_list", "product_code", document="019999")
    listing(
        world,
        inbox,
        "价格表",
        "价格表",
        [
            Col("产品编码", "product_code"),
            Col("价格等级", "price_class"),
            Col("生效日期", "valid_from", "iso"),
            Col("不含税单价", "unit_price_fen", "fen"),
            Col("税率(%)", "tax_rate", "e4"),
        ],
        rows,
        table="price_list",
        arrived=next_month(world.months[-1], 1),
    )
    for fault in inbox.faults:
        if fault.table == "price_list" and fault.column == "unit_price_fen":
            fault.column = "unit_price"


# ---------------------------------------------------------------- sales

SALES: tuple[tuple[str, str], ...] = (
    ("document_no", "单据号"),
    ("line_no", "行号"),
    ("document_kind", "红字"),
    ("document_date", "单据日期"),
    ("shipped_on", "发货日期"),
    ("due_on", "到期日"),
    ("customer_code", "客户编码"),
    ("_customer", "客户名称"),
    ("employee_code", "业务员编码"),
    ("product_code", "产品编码"),
    ("_product", "产品名称"),
    ("qty", "数量"),
    ("unit", "单位"),
    ("unit_price", "单价"),
    ("discount_rate", "折扣率(%)"),
    ("net_amount", "不含税金额"),
    ("tax_amount", "税额"),
    ("gross_amount", "价税合计"),
    ("cost_amount", "成本金额"),
    ("warehouse", "仓库"),
    ("contract_no", "合同号"),
    ("origin_document_no", "原单据号"),
)
SUMS = {"net_amount": "net_fen", "tax_amount": "tax_fen", "gross_amount": "gross_fen"}


@dataclass
class Patch:
    """Texts that replace those of one sales line (by ``id``), what the amounts then read, and the fault to note (if any)."""

    id: int
    texts: dict[str, str | None]
    fault: Fault | None = None
    fen: dict[str, int | None] = field(default_factory=dict)


class Sales:
    """Monthly sales exports, a supplement, and the list of deliveries not yet invoiced."""

    def __init__(self, world: w.World, business: Business, inbox: Inbox, removed: Removed, *, faults: bool) -> None:
        self.world, self.inbox, self.removed, self.faults = world, inbox, removed, faults
        self.frame = business.sales
        self.patches: dict[int, list[Patch]] = {}
        self.again: list[tuple[int, dict[str, str], dict[str, int]]] = []
        self.moved: str = ""
        self.supplement: list[tuple[str, dict[str, str], dict[str, int]]] = []
        self.business = business
        self.rng = np.random.default_rng([world.size.seed, 3])

    def write(self) -> None:
        """Write all files."""
        if self.faults:
            self._plan_faults()
        for m, month in enumerate(self.world.months):
            path = f"erp/销售明细_{w.key(month)}.csv"
            corrected = self.faults and m == max(0, len(self.world.months) - 4)
            if corrected:
                # The first version lacks its last documents and has a damaged line; the corrected file replaces it whole.
                self._month(path, m, next_month(month, 1), superseded=True)
                path = f"erp/销售明细_{w.key(month)}_更正.csv"
                self.inbox.faults.append(
                    Fault(
                        "corrected_file",
                        "superseded",
                        "file",
                        "sales_line",
                        file=f"erp/销售明细_{w.key(month)}.csv",
                        sender=SENDER,
                        period=w.key(month),
                    )
                )
            self._month(path, m, next_month(month, 3 if corrected else 1))
        self._supplement()
        self._deliveries()

    def _text(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The lines as the export's texts."""
        world = self.world
        renamed = number_of(world.renamed_on)
        codes = {i: one.code for i, one in enumerate(world.customers)}
        old = {i: one.old_code or one.code for i, one in enumerate(world.customers)}
        goods = {i: one.code for i, one in enumerate(world.products)}
        old_goods = {i: one.old_code or one.code for i, one in enumerate(world.products)}
        before = pl.col("day") < renamed

        def named(column: str, known: dict[int, str]) -> pl.Expr:
            return pl.col(column).replace_strict(known, return_dtype=pl.String)

        return frame.select(
            pl.col("document_no"),
            pl.col("line").cast(pl.String).alias("line_no"),
            pl.when(pl.col("document_kind") == "red_slip").then(pl.lit("是")).alias("document_kind"),
            pl.col("document_date").cast(pl.String),
            pl.col("shipped_on").cast(pl.String),
            pl.col("due_on").cast(pl.String),
            pl.when(before).then(named("customer", old)).otherwise(named("customer", codes)).alias("customer_code"),
            named("customer", {i: one.name for i, one in enumerate(world.customers)}).alias("_customer"),
            pl.col("employee_code"),
            pl.when(before).then(named("product", old_goods)).otherwise(named("product", goods)).alias("product_code"),
            named("product", {i: one.name for i, one in enumerate(world.products)}).alias("_product"),
            (pl.col("qty_e4") / 10_000).cast(pl.String).alias("qty"),
            named("product", {i: one.unit for i, one in enumerate(world.products)}).alias("unit"),
            fen_text("price_fen").alias("unit_price"),
            pl.col("discount").cast(pl.String).alias("discount_rate"),
            fen_text("net_fen").alias("net_amount"),
            fen_text("tax_fen").alias("tax_amount"),
            fen_text("gross_fen").alias("gross_amount"),
            fen_text("cost_fen").alias("cost_amount"),
            pl.lit("新乡总库").alias("warehouse"),
            "contract_no",
            "origin_document_no",
        )

    def _month(self, path: str, m: int, arrived: date, *, superseded: bool = False) -> None:
        frame = self.frame.filter(
            (pl.col("month") == m) & (pl.col("document_kind") != "delivery") & (pl.col("document_no") != self.moved)
        )
        if superseded:
            frame = frame.head(max(2, frame.height - 9))
        patches = [] if superseded else self.patches.get(m, [])
        again = [] if superseded else [one for one in self.again if one[0] in set(frame["id"])]
        text = self._text(frame)
        ids = {one: n for n, one in enumerate(frame["id"])}
        fens: dict[str, int] = {name: int(frame[column].sum()) for name, column in SUMS.items()}
        unreadable = 0
        columns: dict[str, list[str | None]] = {}
        for patch in patches:
            place = ids[patch.id]
            for name, value in patch.texts.items():
                columns.setdefault(name, text[name].to_list())[place] = value
            for name, amount in patch.fen.items():
                fens[name] += (amount or 0) - int(frame[SUMS[name]][place])
                unreadable += amount is None and name == "net_amount" and patch.texts.get("net_amount") is not None
        text = text.with_columns(pl.Series(name, values, dtype=pl.String) for name, values in columns.items())
        for source, texts, change in again:
            text = pl.concat([text, text[ids[source]].with_columns(pl.lit(value).alias(name) for name, value in texts.items())])
            for name in SUMS:
                fens[name] += change[name]
        if superseded:
            text = text.with_columns(qty=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("见附件")).otherwise("qty"))
        headings = [heading for _, heading in SALES]
        blank = [""] * (len(SALES) - 1)
        lines = [[f"{COMPANY} 销售明细表", *blank], [f"期间：{w.key(self.world.months[m])}", "单位：元", *blank[1:]], headings]
        last = ["合计" if n == 0 else two(fens[name]) if name in SUMS else "" for n, (name, _) in enumerate(SALES)]
        top = self.inbox.csv(path, lines, text, last)
        self.inbox.arrive(path, arrived, SENDER, "02:00:00")
        cover = w.key(self.world.months[m])
        if superseded:
            self.inbox.faults.append(
                Fault(
                    "text_in_number",
                    "not_a_number",
                    "error",
                    "sales_line",
                    "qty",
                    "见附件",
                    path,
                    row=top + 1,
                    sender=SENDER,
                    period=cover,
                    document=str(text["document_no"][1]),
                    live=False,
                )
            )
            self.inbox.tallies.append(
                Tally(path, "sales_line", cover, SENDER, "superseded", text.height, amount=fens["net_amount"] * 100)
            )
            return
        for patch in patches:
            if patch.fault:
                patch.fault.file, patch.fault.row, patch.fault.period = path, top + ids[patch.id], cover
                self.inbox.faults.append(patch.fault)
        for n, (source, _, _) in enumerate(again):
            number = str(frame["document_no"][ids[source]])
            for row in (ids[source], frame.height + n):
                self.inbox.faults.append(
                    Fault(
                        "duplicate_key_in_file",
                        "duplicate_key",
                        "error",
                        "sales_line",
                        file=path,
                        row=top + row,
                        sender=SENDER,
                        period=cover,
                        document=number,
                    )
                )
        self._count(path, cover, frame, patches, again, unreadable, fens)

    def _count(
        self,
        path: str,
        cover: str,
        frame: pl.DataFrame,
        patches: list[Patch],
        again: list[tuple[int, dict[str, str], dict[str, int]]],
        unreadable: int,
        fens: dict[str, int],
    ) -> None:
        gone = frame.filter(pl.col("document_no").is_in(sorted(self.removed.documents)))
        own = {patch.id for patch in patches if patch.fault and patch.fault.severity == "error"} | {
            source for source, _, _ in again
        }
        if self.supplement:
            own |= {
                int(frame.filter(pl.col("document_no") == number)["id"][0])
                for number, texts, _ in self.supplement
                if texts and number in set(frame["document_no"])
            }
        changed = {patch.id: patch.fen["net_amount"] for patch in patches if "net_amount" in patch.fen}
        net = sum((changed[one] or 0) if one in changed else amount for one, amount in gone.select("id", "net_fen").iter_rows())
        net += sum(change["net_amount"] for _, _, change in again)
        self.inbox.tallies.append(
            Tally(
                path,
                "sales_line",
                cover,
                SENDER,
                "live",
                frame.height + len(again),
                len(own) + len(again),
                gone.height - len(own),
                0,
                fens["net_amount"] * 100,
                net * 100,
                unreadable,
            )
        )

    def _candidates(self) -> Callable[[], tuple[int, pl.DataFrame]]:
        """Gives one invoice after another that can be lost without harm to others: no return, no allocation, two lines."""
        slips = set(self.frame["origin_document_no"].drop_nulls())
        allocated = set(self.business.allocations["document_no"])
        count = len(self.world.months)
        cycle = (
            [count - 1, count - 1, count - 2, count - 1, count - 3]
            if self.world.size.small >= 0.5
            else [count - 1 - n for n in range(count)]
        )
        pools: dict[int, list[str]] = {}
        for m in sorted(set(cycle)):
            own = self.frame.filter((pl.col("month") == m) & (pl.col("document_kind") == "invoice"))
            docs = own.group_by("document_no", maintain_order=True).agg(
                lines=pl.len(), due=pl.col("due_on").first(), day=pl.col("document_date").first()
            )
            free = docs.filter(
                (pl.col("lines") >= 2) & pl.col("due").is_not_null() & (pl.col("day") >= date(*self.world.months[m], 2))
            )["document_no"]
            usable = [one for one in free if one not in slips and one not in allocated]
            order = self.rng.permutation(len(usable))
            pools[m] = [usable[i] for i in order]
        turn = 0

        def one() -> tuple[int, pl.DataFrame]:
            nonlocal turn
            for _ in range(len(cycle) + 1):
                m = cycle[turn % len(cycle)]
                turn += 1
                if pools[m]:
                    number = pools[m].pop()
                    return m, self.frame.filter(pl.col("document_no") == number)
            raise ValueError("the company is too small for its faults: take a larger scale")

        return one

    def _plan_faults(self) -> None:
        take = self._candidates()
        for repeat in range(2 if self.world.size.small >= 0.5 else 1):
            self._parsing_faults(take, repeat)
            self._rule_faults(take)
        self._slip_faults()
        for _ in range(2):
            _, lines = take()
            # One yuan more of tax and gross: different content that breaks no rule of its own.
            change = {name: int(lines[column][0]) + (0 if name == "net_amount" else 100) for name, column in SUMS.items()}
            texts = {"line_no": "1", "tax_amount": two(change["tax_amount"]), "gross_amount": two(change["gross_amount"])}
            self.again.append((int(lines["id"][0]), texts, change))
            self.removed.documents.add(str(lines["document_no"][0]))
        # The supplement of the latest month: one document sent only here, one sent twice alike, one sent twice differently.
        latest = len(self.world.months) - 1
        found: list[pl.DataFrame] = []
        for _ in range(200):
            if len(found) == 3:
                break
            m, lines = take()
            if m == latest:
                found.append(lines)
        moved, alike, differing = found
        self.moved = str(moved["document_no"][0])
        self.supplement.append((self.moved, {}, {}))
        self.supplement.append((str(alike["document_no"][0]), {}, {}))
        net, tax = int(differing["net_fen"][0]), int(differing["tax_fen"][0]) + 5000
        self.supplement.append(
            (
                str(differing["document_no"][0]),
                {"tax_amount": two(tax), "gross_amount": two(net + tax)},
                {"net_amount": net, "tax_amount": tax, "gross_amount": net + tax},
            )
        )
        self.removed.documents.add(str(differing["document_no"][0]))
        number = skipped_number(self.world, self.frame)
        self.inbox.faults.append(
            Fault(
                "numbering_gap",
                "numbering_gap",
                "finding",
                "sales_line",
                "document_no",
                file=f"erp/销售明细_{w.key(self.world.months[-1])}.csv",
                sender=SENDER,
                period=w.key(self.world.months[-1]),
                document=number,
            )
        )
        self._early()
        self._cut_off()

    def _cut_off(self) -> None:
        """The documents of the latest month whose goods went in another one, or not at all."""
        for number, kind in zip(cut_off_documents(self.world, self.frame), CUT_OFF, strict=False):
            line = self.frame.filter(pl.col("document_no") == number).row(0, named=True)
            shipped = "" if line["shipped_on"] is None else str(line["shipped_on"])
            fault = Fault(kind, kind, "finding", "sales_line", "shipped_on", shipped, sender=SENDER, document=number)
            self.patches.setdefault(line["month"], []).append(Patch(line["id"], {}, fault))

    def _early(self) -> None:
        """The document that the latest file holds although it is dated in the month before."""
        latest = len(self.world.months) - 1
        early = self.frame.filter(
            (pl.col("month") == latest)
            & (pl.col("document_date") < date(*self.world.months[-1], 1))
            & (pl.col("document_kind") == "invoice")
        )
        for line in early.iter_rows(named=True):
            fault = Fault(
                "date_outside_period",
                "date_outside_period",
                "finding",
                "sales_line",
                "document_date",
                sender=SENDER,
                document=line["document_no"],
            )
            self.patches.setdefault(latest, []).append(Patch(line["id"], {}, fault))

    def _add(
        self,
        m: int,
        lines: pl.DataFrame,
        kind: str,
        rule: str,
        column: str,
        raw: str | None,
        *,
        severity: str = "error",
        texts: dict[str, str | None] | None = None,
        fen: dict[str, int | None] | None = None,
        at: int = 0,
        also: str = "",
    ) -> None:
        number = str(lines["document_no"][0])
        fault = Fault(kind, rule, severity, "sales_line", column, raw, sender=SENDER, document=number, also=also)
        self.patches.setdefault(m, []).append(
            Patch(int(lines["id"][at]), texts if texts is not None else {column: raw}, fault, fen or {})
        )
        if severity == "error":
            self.removed.documents.add(number)

    def _parsing_faults(self, take: Callable[[], tuple[int, pl.DataFrame]], repeat: int) -> None:
        alone: dict[str, int | None] = {"net_amount": None}
        nothing: dict[str, int | None] = {}
        specs: tuple[tuple[str, str, str, str | None, dict[str, int | None]], ...] = (
            ("text_in_number", "not_a_number", "qty", ("约20", "一车")[repeat], {}),
            ("ambiguous_date", "ambiguous_date", "document_date", ("03/04/2026", "05/06/2026")[repeat], {}),
            ("invalid_date", "not_a_date", "document_date", ("2026-02-30", "2026-13-05")[repeat], {}),
            ("formula_error", "formula_error", "net_amount", ("#DIV/0!", "#VALUE!")[repeat], alone),
            ("capital_amount", "chinese_capital_amount", "net_amount", ("壹万贰仟元整", "叁仟伍佰元整")[repeat], alone),
            ("too_many_decimals", "too_many_decimals", "unit_price", ("2812.1234567891", "95.0000000001")[repeat], {}),
            ("unknown_product", "unknown_reference", "product_code", ("099999", "10023")[repeat], {}),
            ("unknown_customer", "unknown_reference", "customer_code", ("D9999", "X0001")[repeat], {}),
            ("unknown_employee", "unknown_reference", "employee_code", ("00999", "张三")[repeat], {}),
            ("missing", "missing", ("net_amount", "product_code")[repeat], None, (alone, nothing)[repeat]),
            ("not_in_list", "not_in_list", "document_kind", ("红", "√?")[repeat], {}),
        )
        for kind, rule, column, raw, fen in specs:
            m, lines = take()
            self._add(
                m, lines, kind, rule, column, raw, fen=dict(fen), at=1 if kind in ("text_in_number", "formula_error") else 0
            )

    def _rule_faults(self, take: Callable[[], tuple[int, pl.DataFrame]]) -> None:
        m, lines = take()
        texts: dict[str, str | None] = {"qty": f"-{lines['qty_e4'][0] / 10_000}"}
        texts |= {name: two(-int(lines[column][0])) for name, column in SUMS.items()}
        self._add(
            m,
            lines,
            "negative_invoice",
            "invoice_is_positive",
            "net_amount",
            texts["net_amount"],
            texts=texts,
            fen={name: -int(lines[column][0]) for name, column in SUMS.items()},
        )
        m, lines = take()
        gross = int(lines["gross_fen"][0]) + 100
        self._add(m, lines, "gross_differs", "gross_is_net_plus_tax", "gross_amount", two(gross), fen={"gross_amount": gross})
        m, lines = take()
        early = lines["document_date"][0] - timedelta(days=1)
        self._add(m, lines, "due_before_document", "due_after_document", "due_on", early.isoformat())
        m, lines = take()
        price = int(lines["price_fen"][0]) * 11 // 10
        self._add(
            m,
            lines,
            "price_differs",
            "amount_is_qty_times_price",
            "net_amount",
            two(price),
            severity="finding",
            texts={"unit_price": two(price)},
        )

    def _slip_faults(self) -> None:
        slips = self.frame.filter(pl.col("document_kind") == "red_slip")
        latest = slips.filter(
            pl.col("month") >= len(self.world.months) - (3 if self.world.size.small >= 0.5 else len(self.world.months))
        )
        lines = latest[-1:]
        m = int(lines["month"][0])
        texts: dict[str, str | None] = {"qty": str(-lines["qty_e4"][0] / 10_000)}
        texts |= {name: two(-int(lines[column][0])) for name, column in SUMS.items()}
        self._add(
            m,
            lines,
            "positive_slip",
            "slip_is_negative",
            "net_amount",
            texts["net_amount"],
            texts=texts,
            fen={name: -int(lines[column][0]) for name, column in SUMS.items()},
        )
        for at, raw, rule in ((-2, None, "slip_names_origin"), (-3, "XS-209901-000001", "slip_without_origin")):
            if latest.height < 4:
                break
            lines = latest[at : at + 1]
            self._add(
                int(lines["month"][0]),
                lines,
                "slip_without_origin",
                rule,
                "origin_document_no",
                raw,
                severity="finding",
                also="slip_without_origin" if raw is None else "slip_origin_unknown",
            )
            self.removed.free_slips.add(str(lines["document_no"][0]))

    def _supplement(self) -> None:
        """A later file with single documents of the latest month, beside the month's own."""
        if not self.supplement:
            return
        month = self.world.months[-1]
        path = f"erp/销售补录_{w.key(month)}.csv"
        frames, texts, fens = [], [], dict.fromkeys(SUMS, 0)
        rejected = rejected_fen = repeated = 0
        row = 4
        for number, changes, amounts in self.supplement:
            lines = self.frame.filter(pl.col("document_no") == number)
            if amounts:
                lines = lines.head(1)
            text = self._text(lines).with_columns(pl.lit(value).alias(name) for name, value in changes.items())
            for name, column in SUMS.items():
                fens[name] += amounts[name] if amounts else int(lines[column].sum())
            if amounts:
                rejected, rejected_fen = 1, amounts["net_amount"]
                main = f"erp/销售明细_{w.key(month)}.csv"
                source = self.frame.filter(
                    (pl.col("month") == len(self.world.months) - 1)
                    & (pl.col("document_kind") != "delivery")
                    & (pl.col("document_no") != self.moved)
                )
                place = 4 + source["document_no"].to_list().index(number)
                for file, at in ((main, place), (path, row)):
                    self.inbox.faults.append(
                        Fault(
                            "duplicate_key_in_two_files",
                            "duplicate_key",
                            "error",
                            "sales_line",
                            file=file,
                            row=at,
                            sender=SENDER,
                            period=w.key(month),
                            document=number,
                        )
                    )
            elif number != self.moved:
                repeated = lines.height
            row += lines.height
            frames.append(lines)
            texts.append(text)
        width = len(SALES) - 1
        lines_above = [
            [f"{COMPANY} 销售补录", *[""] * width],
            [f"期间：{w.key(month)}", *[""] * width],
            [heading for _, heading in SALES],
        ]
        last = ["合计" if n == 0 else two(fens[name]) if name in SUMS else "" for n, (name, _) in enumerate(SALES)]
        body = pl.concat(texts)
        self.inbox.csv(path, lines_above, body, last)
        self.inbox.arrive(path, next_month(month, 2), SENDER, "10:30:00")
        self.inbox.tallies.append(
            Tally(
                path,
                "sales_line",
                w.key(month),
                SENDER,
                "live",
                body.height,
                rejected,
                0,
                repeated,
                fens["net_amount"] * 100,
                rejected_fen * 100,
                0,
            )
        )

    def _deliveries(self) -> None:
        """What was shipped and is not yet invoiced; no total row, no red slips."""
        month = self.world.months[-1]
        frame = self.frame.filter(pl.col("document_kind") == "delivery")
        text = self._text(frame).drop("document_kind", "origin_document_no", "due_on")
        headings = [heading for name, heading in SALES if name in text.columns]
        path = f"erp/未开票发货_{w.key(month)}.csv"
        width = len(headings) - 1
        self.inbox.csv(path, [[f"{COMPANY} 发货未开票清单", *[""] * width], headings], text, None, encoding="utf-8-sig")
        self.inbox.arrive(path, next_month(month, 1), SENDER, "02:30:00")
        self.inbox.tallies.append(
            Tally(path, "sales_line", w.key(month), SENDER, "live", frame.height, amount=int(frame["net_fen"].sum()) * 100)
        )


def number_of(day: date) -> int:
    """A date as days since 1970."""
    return (day - date(1970, 1, 1)).days


def fen_text(column: str) -> pl.Expr:
    """Whole fen as a plain decimal text."""
    value = pl.col(column)
    sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + (value.abs() // 100).cast(pl.String) + "." + (value.abs() % 100).cast(pl.String).str.zfill(2)


def two(fen: int) -> str:
    """Whole fen as a plain decimal text.

    >>> two(-5), two(123456)
    ('-0.05', '1234.56')
    """
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


# ---------------------------------------------------------------- money in, and the rest


def _receipts(world: w.World, business: Business, inbox: Inbox, removed: Removed, *, faults: bool) -> None:
    columns = [
        Col("收款单号", "receipt_no"),
        Col("收款日期", "received_on", "slash"),
        Col("客户编码", "customer_code"),
        Col("客户名称", "_name"),
        Col("收款方式", "method"),
        Col("金额", "amount", "fen"),
        Col("票据号", "instrument_no"),
        Col("票据到期日", "matures_on", "slash"),
        Col("收款人编码", "collected_by"),
        Col("交财务日期", "handed_to_finance_on", "slash"),
        Col("冲销收款单号", "reverses_receipt_no"),
    ]
    reversed_numbers = set(business.receipts["reverses_receipt_no"].drop_nulls())
    months: dict[str, list[Row]] = {w.key(month): [] for month in world.months}
    for one in business.receipts.iter_rows(named=True):
        customer = world.customers[one["customer"]]
        code = customer.old_code if customer.old_code and one["day"] < world.renamed_on else customer.code
        months[one["day"].strftime("%Y-%m")].append(
            {
                "receipt_no": one["receipt_no"],
                "received_on": one["day"],
                "customer_code": code,
                "_name": customer.name,
                "method": METHODS[one["method"]],
                "amount": one["amount_fen"],
                "instrument_no": one["instrument_no"],
                "matures_on": one["matures_on"],
                "collected_by": one["owner"] if one["method"] == "cash" else None,
                "handed_to_finance_on": one["day"] if one["method"] == "cash" else None,
                "reverses_receipt_no": one["reverses_receipt_no"],
                "_free": not one["allocates"]
                and one["reverses_receipt_no"] is None
                and one["receipt_no"] not in reversed_numbers,
            }
        )
    if faults:
        _receipt_faults(world, months)
    for month in world.months:
        cover = w.key(month)
        rows = months[cover]
        for row in rows:
            for fault in row.get("_faults", ()):
                fault.period = cover
            if is_rejected(row):
                removed.receipts.add(row["receipt_no"])
        listing(
            world,
            inbox,
            f"收款单_{cover}",
            f"收款单{cover}",
            columns,
            rows,
            table="receipt",
            arrived=next_month(month, 1),
            note=f"期间：{cover}　单位：元",
            total="amount",
            amount="amount",
            scale=100,
            cover=cover,
        )


def _receipt_faults(world: w.World, months: dict[str, list[Row]]) -> None:
    latest = w.key(world.months[-1])
    keys = (
        [latest] * 3 + [w.key(world.months[-2])]
        if world.size.small >= 0.5
        else [w.key(month) for month in reversed(world.months)]
    )
    specs: tuple[tuple[str, str, str, Any], ...] = (
        ("not_in_list", "not_in_list", "method", "微信"),
        ("text_in_number", "not_a_number", "amount", "三万左右"),
        ("unknown_customer", "unknown_reference", "customer_code", "D9998"),
        ("missing", "missing", "received_on", None),
        ("formula_error", "formula_error", "amount", Error("#REF!")),
        ("draft_matures_early", "matures_after_receipt", "matures_on", "draft"),
        ("negative_without_reverse", "negative_reverses", "amount", "negative"),
    )
    turn = 0
    for kind, rule, column, raw in specs:
        row = None
        while row is None and turn < 400:
            pool = [
                one
                for one in months[keys[turn % len(keys)]]
                if one["_free"] and "_faults" not in one and (raw != "draft" or one["matures_on"])
            ]
            turn += 1
            row = pool[len(pool) // 2] if pool else None
        if row is None:
            continue
        if raw == "draft":
            raw = row["received_on"] - timedelta(days=1)
            row["matures_on"] = raw
            raw = KEEP
        elif raw == "negative":
            row["amount"], raw = -row["amount"], KEEP
        plant(row, Fault(kind, rule, "error", "receipt", column, raw, sender=SENDER, document=row["receipt_no"]))


def _allocations(world: w.World, business: Business, inbox: Inbox) -> None:
    """Monthly CSV with amounts as people like to read them, and dates with dots."""
    frame = business.allocations.with_columns(month=pl.col("allocated_on").dt.strftime("%Y-%m"))
    for month in world.months:
        cover = w.key(month)
        own = frame.filter(pl.col("month") == cover)
        if own.is_empty():
            continue
        total = int(own["amount_fen"].sum())
        text = own.select(
            "receipt_no",
            "document_no",
            pl.col("allocated_on").dt.strftime("%Y.%-m.%-d"),
            amount=pl.Series([f"{one // 100:,}.{one % 100:02d}" for one in own["amount_fen"]], dtype=pl.String),
        )
        path = f"erp/核销明细_{cover}.csv"
        inbox.csv(
            path,
            [[f"{COMPANY} 收款核销明细", "", "", ""], ["收款单号", "单据号", "核销日期", "核销金额"]],
            text,
            ["合计", "", "", f"{total // 100:,}.{total % 100:02d}"],
        )
        inbox.arrive(path, next_month(month, 1), SENDER, "02:10:00")
        inbox.tallies.append(Tally(path, "receipt_allocation", cover, SENDER, "live", own.height, amount=total * 100))


def ledger(world: w.World, business: Business) -> list[Row]:
    """What the general ledger says, month by month: the exact books, faults or not."""
    sales = (
        business.sales.filter(pl.col("document_kind") != "delivery")
        .group_by(pl.col("document_date").dt.strftime("%Y-%m").alias("key"))
        .agg(pl.col("net_fen").sum())
    )
    receipts = business.receipts.group_by(pl.col("day").dt.strftime("%Y-%m").alias("key")).agg(pl.col("amount_fen").sum())
    expenses = business.expenses.group_by(pl.col("spent_on").dt.strftime("%Y-%m").alias("key")).agg(pl.col("amount_fen").sum())
    sums = {"revenue": dict(sales.iter_rows()), "receipts": dict(receipts.iter_rows()), "expenses": dict(expenses.iter_rows())}
    rows: list[Row] = []
    for month in world.months:
        rows += [
            {"period": w.key(month), "account": account, "amount": int(values.get(w.key(month), 0))}
            for account, values in sums.items()
        ]
        rows.append(
            {"period": w.key(month), "account": "receivables", "amount": int(balances(world, business, w.last_day(month)).sum())}
        )
    return rows


def _ledger_side(world: w.World, business: Business, inbox: Inbox, removed: Removed, *, faults: bool) -> None:
    arrived = next_month(world.months[-1], 1)
    names = {"revenue": "主营业务收入", "receivables": "应收账款", "receipts": "收款", "expenses": "销售费用"}
    rows = [{**row, "account": names[row["account"]]} for row in ledger(world, business)]
    listing(
        world,
        inbox,
        "总账控制数",
        "总账控制数",
        [Col("期间", "period"), Col("科目", "account"), Col("金额", "amount", "fen")],
        rows,
        table="ledger_control",
        arrived=arrived,
        amount="amount",
        scale=100,
    )

    eve = world.begin - timedelta(days=1)
    openings: list[Row] = [
        {
            "document_no": one["document_no"],
            "opening_on": eve,
            "customer_code": world.customers[one["customer"]].code,
            "document_date": one["document_date"],
            "due_on": one["due_on"],
            "open_amount": one["open_fen"],
        }
        for one in business.openings.iter_rows(named=True)
    ]
    # The one export in 万元: six decimals keep every fen.
    listing(
        world,
        inbox,
        "期初应收",
        "期初应收余额",
        [
            Col("单据号", "document_no"),
            Col("期初日期", "opening_on", "chinese"),
            Col("客户编码", "customer_code"),
            Col("单据日期", "document_date", "chinese"),
            Col("到期日", "due_on", "chinese"),
            Col("未收金额", "open_amount", "wan"),
        ],
        openings,
        table="opening_receivable",
        arrived=next_month((2024, 10), 5) if world.size.months == 24 else next_month(world.months[0], 1),
        note="单位：万元",
        total="open_amount",
        amount="open_amount",
        scale=100,
    )
    adjustments: list[Row] = [
        {
            **one,
            "customer_code": world.customers[one["customer"]].code,
            "kind": ADJUSTMENTS[one["kind"]],
            "amount": one["amount_fen"],
        }
        for one in business.adjustments.iter_rows(named=True)
    ]
    if faults:
        free = [n for n, row in enumerate(adjustments) if row["document_no"] is None]
        _bad(
            adjustments,
            free[-1],
            "not_in_list",
            "not_in_list",
            "adjustment",
            "kind",
            "其他",
            document=adjustments[free[-1]]["adjustment_no"],
        )
        removed.adjustments.add(adjustments[free[-1]]["adjustment_no"])
    listing(
        world,
        inbox,
        "调整单",
        "应收调整单",
        [
            Col("调整单号", "adjustment_no"),
            Col("日期", "dated_on", "date"),
            Col("客户编码", "customer_code"),
            Col("单据号", "document_no"),
            Col("类型", "kind"),
            Col("金额", "amount", "fen"),
            Col("批准人", "approved_by"),
            Col("原因", "reason"),
        ],
        adjustments,
        table="adjustment",
        arrived=arrived,
        amount="amount",
        scale=100,
    )
    provisions: list[Row] = [
        {
            **one,
            "customer_code": world.customers[one["customer"]].code,
            "amount": one["amount_fen"],
            "rate": None if one["rate"] is None else one["rate"] * 10_000,
        }
        for one in business.provisions.iter_rows(named=True)
    ]
    if faults:
        provisions.append(
            {
                "customer_code": world.customers[0].code,
                "document_no": None,
                "valid_from": date(2026, 9, 30),
                "amount": 10_000_00,
                "rate": 500_000,
                "reason": "金额与比例同时填写",
            }
        )
        _bad(
            provisions, -1, "amount_and_rate", "amount_or_rate", "specific_provision", "amount", document=world.customers[0].code
        )
    listing(
        world,
        inbox,
        "专项准备",
        "专项坏账准备",
        [
            Col("客户编码", "customer_code"),
            Col("单据号", "document_no"),
            Col("生效日期", "valid_from", "date"),
            Col("金额", "amount", "fen"),
            Col("比例(%)", "rate", "e4"),
            Col("原因", "reason"),
        ],
        provisions,
        table="specific_provision",
        arrived=arrived,
        amount="amount",
        scale=100,
    )
    contracts: list[Row] = [dict(row) for row in business.contracts.iter_rows(named=True)]
    listing(
        world,
        inbox,
        "合同台账",
        "合同台账",
        [
            Col("合同号", "contract_no"),
            Col("客户编码", "customer_code"),
            Col("业务员编码", "employee_code"),
            Col("签订日期", "signed_on", "dot"),
            Col("合同金额", "amount_fen", "fen"),
            Col("报价金额", "quoted_fen", "fen"),
            Col("折扣率(%)", "discount"),
            Col("批准人", "approved_by"),
            Col("归档日期", "filed_on", "dot"),
        ],
        contracts,
        table="contract",
        arrived=arrived,
        amount="amount_fen",
        scale=100,
    )


def _expenses(world: w.World, business: Business, inbox: Inbox, removed: Removed, *, faults: bool) -> None:
    columns = [
        Col("凭证号", "voucher_no"),
        Col("行号", "line_no"),
        Col("日期", "spent_on", "iso"),
        Col("区域编码", "region"),
        Col("经办人编码", "employee_code"),
        Col("费用项目", "item"),
        Col("金额", "amount_fen", "fen"),
        Col("批准人", "approved_by"),
    ]
    for m, month in enumerate(world.months):
        rows: list[Row] = [dict(one) for one in business.expenses.filter(pl.col("month") == m).iter_rows(named=True)]
        for row in rows:
            row["item"] = EXPENSE_ITEMS[row["item"]]
        last = m == len(world.months) - 1
        if faults and last:
            fault = Fault(
                "text_in_number",
                "not_a_number",
                "error",
                "expense",
                "amount_fen",
                "待报",
                sender=SENDER,
                document=rows[7]["voucher_no"],
                period=w.key(month),
            )
            plant(rows[7], fault)
            removed.vouchers.add(rows[7]["voucher_no"])
        sums = sum(row["amount_fen"] for row in rows if not is_rejected(row))
        path = f"erp/费用明细_{w.key(month)}.csv"
        _csv_listing(
            inbox, path, [f"{COMPANY} 费用明细 {w.key(month)}"], columns, [*rows, {"voucher_no": "合计", "amount_fen": sums}]
        )
        inbox.arrive(path, next_month(month, 1), SENDER, "02:20:00")
        tally = inbox.tally(path, "expense", w.key(month), rows, amount="amount_fen", scale=100, sender=SENDER)
        companions = [row for row in rows if row["voucher_no"] in removed.vouchers and not is_rejected(row)]
        tally.goes_with = len(companions)
        tally.rejected_amount += sum(row["amount_fen"] for row in companions) * 100
    for fault in inbox.faults:
        if fault.table == "expense" and fault.column == "amount_fen":
            fault.column = "amount"


def _stock(world: w.World, business: Business, inbox: Inbox, *, faults: bool) -> None:
    columns = [
        Col("盘点日期", "counted_on", "date"),
        Col("仓库", "warehouse"),
        Col("产品编码", "product_code"),
        Col("阶段", "stage"),
        Col("数量", "qty_e4", "e4"),
        Col("金额", "value_fen", "fen"),
    ]
    for m in sorted(set(business.stock["month"])):
        month = world.months[m]
        rows: list[Row] = [dict(one, stage="成品") for one in business.stock.filter(pl.col("month") == m).iter_rows(named=True)]
        if faults and m == len(world.months) - 1:
            rows[3]["qty_e4"], rows[3]["value_fen"] = -20_000, 0
            _bad(
                rows,
                3,
                "negative_stock",
                "stock_not_negative",
                "stock",
                "qty_e4",
                severity="finding",
                also="negative_stock",
                document=rows[3]["product_code"],
            )
        listing(
            world,
            inbox,
            f"库存_{w.key(month)}",
            "库存盘点",
            columns,
            rows,
            table="stock",
            arrived=next_month(month, 2),
            total="value_fen",
            amount="value_fen",
            scale=100,
            cover=w.key(month),
        )
    for fault in inbox.faults:
        if fault.table == "stock" and fault.column == "qty_e4":
            fault.column = "qty"
