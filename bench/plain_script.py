"""The month as one would write it for one company in an afternoon: pandas and openpyxl, no framework.

It reads the demo's inbox (ERP exports, plans, dealers' and salespeople's workbooks), refuses the same faulty rows, ages receivables by
due date, explains net sales against plan and last year, writes the tables of the same eight reports as plain sheets in three languages
and sends the faulty workbooks back. Not part of the project: ``python -m bench`` measures it and compares its figures with Closebook's.

    python -m bench.plain_script INBOX PERIOD OUT
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from bench.plain_books import send_back, write
from bench.plain_cells import FAULT, day, number
from bench.plain_reported import judged, refusals
from bench.plain_tables import BUCKETS, books

REGIONS = ("R01", "R02", "R03", "R04", "R05", "R06", "R07", "R08")
CAUSES = ("price", "volume", "mix", "new", "discontinued", "other")


def table(path: Path, first_heading: str) -> pd.DataFrame:
    """An ERP export below its title rows, without its total row. Cells as they are."""
    if path.suffix == ".csv":
        content = path.read_bytes()
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        import csv

        rows = list(csv.reader(text.splitlines()))
    else:
        rows = pd.read_excel(path, header=None, dtype=object).values.tolist()
    start = next(index for index, row in enumerate(rows) if row and str(row[0]).strip() == first_heading)
    headings = [str(one).strip() for one in rows[start]]
    frame = pd.DataFrame(rows[start + 1 :], columns=headings, dtype=object)
    frame = frame.map(lambda cell: None if cell is None or cell != cell or (isinstance(cell, str) and not cell.strip()) else cell)
    first = frame[first_heading].astype(str).str.replace(" ", "")
    return frame[frame[first_heading].notna() & ~first.isin(["合计", "总计", first_heading])].copy()


def monthly(inbox: Path, kind: str, first_heading: str) -> pd.DataFrame:
    """All months of one export; a correction replaces its month."""
    files: dict[str, Path] = {}
    for path in sorted((inbox / "erp").glob(f"{kind}_*.*"), key=lambda one: ("更正" in one.name, one.name)):
        files[path.stem.split("_")[1]] = path
    return pd.concat([table(path, first_heading) for path in files.values()], ignore_index=True)


def bad(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Rows with a cell that cannot be read."""
    return (frame[columns] == FAULT).any(axis=1)


def blank(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Rows that lack a required cell."""
    return frame[columns].isna().any(axis=1)


def once(frame: pd.DataFrame, key: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Rows that say the same twice count once; rows of one key that differ are marked."""
    frame = frame.drop_duplicates()
    return frame, frame.duplicated(key, keep=False)


class Company:
    """What was read, rows that break a rule left out."""

    def __init__(self, inbox: Path) -> None:
        erp = inbox / "erp"
        self.renamed: dict[str, dict[str, str]] = defaultdict(dict)
        for row in table(erp / "编码变更.xlsx", "档案").itertuples(index=False):
            self.renamed[row[0]][str(row[1])] = str(row[2])
        self.customers = self.master(erp / "客户档案.xlsx", "客户编码", "客户")
        frame = self.customers
        frame["limit"] = frame["信用额度"].map(number)
        closed = (frame["关户日期"].map(day).notna()) & (frame["关户日期"].map(day) < frame["开户日期"].map(day))
        wrong = ~frame["客户类别"].isin(["经销商", "办事处", "直营"]) | frame["客户名称"].isna() | closed | (frame["limit"].fillna(0) < 0)
        self.customers = frame[~wrong]
        frame = self.master(erp / "产品档案.xlsx", "产品编码", "产品")
        frame["per_base"] = frame["换算率"].map(lambda cell: number(cell, 8))
        wrong = (frame["标准成本"].map(lambda cell: number(cell, 8)) == FAULT) | (frame["per_base"] == FAULT)
        frame = frame[~wrong]
        self.products = frame[frame["per_base"] > 0]
        frame = self.master(erp / "员工档案.xlsx", "员工编码", "员工")
        left = frame["离职日期"].map(day)
        self.employees = frame[~(left.notna() & (left < frame["入职日期"].map(day))) & frame["区域编码"].isin(REGIONS)]
        self.sales = self._sales(inbox)
        self.receipts, self.allocations = self._receipts(inbox)
        frame = table(erp / "调整单.xlsx", "调整单号")
        frame = frame[frame["类型"].isin(["核销", "抵扣", "折让", "汇兑", "更正"])]
        self.adjustments = pd.DataFrame(
            {"number": frame["调整单号"], "on": frame["日期"].map(day), "customer": frame["客户编码"].replace(self.renamed["客户"]),
             "document": frame["单据号"], "amount": frame["金额"].map(number)}
        )
        frame = table(erp / "期初应收.xlsx" if (erp / "期初应收.xlsx").exists() else erp / "期初应收.csv", "单据号")
        self.openings = pd.DataFrame(
            {"document": frame["单据号"], "customer": frame["客户编码"].replace(self.renamed["客户"]), "on": frame["单据日期"].map(day),
             "due": frame["到期日"].map(day), "amount": frame["未收金额"].map(lambda cell: number(cell, 4, 10_000))}
        )

    def master(self, path: Path, code: str, kind: str) -> pd.DataFrame:
        """Dated master data; the first version holds since ever."""
        frame = table(path if path.exists() else path.with_suffix(".csv"), code)
        frame["was"] = frame[code]
        frame[code] = frame[code].astype(str).replace(self.renamed[kind])
        frame["since"] = pd.to_datetime(frame["生效日期"].map(day).map(lambda one: one if isinstance(one, date) else None))
        frame = frame[frame["since"].notna()]
        frame["old"] = frame["was"] != frame[code]
        frame = frame.sort_values(["old", code, "since"]).drop_duplicates([code, "since"])
        first = frame.groupby(code)["since"].transform("min") == frame["since"]
        frame.loc[first, "since"] = pd.Timestamp(1700, 1, 1)
        return frame.sort_values("since")

    def _sales(self, inbox: Path) -> pd.DataFrame:
        frame = pd.concat([monthly(inbox, "销售明细", "单据号"), monthly(inbox, "销售补录", "单据号")], ignore_index=True)
        sales = pd.DataFrame(
            {"document": frame["单据号"], "line": frame["行号"], "red": frame["红字"].fillna("否"), "on": frame["单据日期"].map(day),
             "shipped": frame["发货日期"].map(day), "due": frame["到期日"].map(day),
             "customer": frame["客户编码"].replace(self.renamed["客户"]), "employee": frame["业务员编码"],
             "product": frame["产品编码"].replace(self.renamed["产品"]), "qty": frame["数量"].map(number), "unit": frame["单位"],
             "price": frame["单价"].map(lambda cell: number(cell, 8)), "net": frame["不含税金额"].map(number),
             "tax": frame["税额"].map(number), "gross": frame["价税合计"].map(number), "cost": frame["成本金额"].map(number),
             "discount": frame["折扣率(%)"].map(lambda cell: number(cell, 6)), "origin": frame["原单据号"]}
        )  # fmt: skip
        sales, differ = once(sales, ["document", "line"])
        unread = bad(sales, ["on", "shipped", "due", "qty", "price", "net", "tax", "gross", "cost", "discount"])
        lacking = blank(sales, ["document", "line", "on", "customer", "product", "qty", "net"])
        units = {one[0]: {one[1], one[2], None} for one in self.products[["产品编码", "销售单位", "基本单位"]].values.tolist()}
        strange = ~sales["customer"].isin(set(self.customers["客户编码"])) | ~sales["product"].isin(set(self.products["产品编码"]))
        strange |= sales["employee"].notna() & ~sales["employee"].isin(set(self.employees["员工编码"]))
        pairs = zip(sales["product"], sales["unit"], strict=True)
        strange |= pd.Series([unit not in units.get(code, {unit}) for code, unit in pairs], sales.index)
        wrong = differ | unread | lacking | strange | ~sales["red"].isin(["是", "否"])
        sound = sales[~wrong]
        red = sound["red"] == "是"
        sign = (red & ((sound["qty"] > 0) | (sound["net"] > 0))) | (~red & ((sound["qty"] < 0) | (sound["net"] < 0)))
        gross = sound["gross"].notna() & sound["tax"].notna() & (sound["gross"] != sound["net"] + sound["tax"])
        due = pd.Series([bool(one and one < at) for one, at in zip(sound["due"], sound["on"], strict=True)], sound.index)
        refused = set(sales.loc[wrong, "document"]) | set(sound.loc[sign | gross | due, "document"])
        good = sound[~sound["document"].isin(refused)].copy()
        good["gross"] = [
            gross if gross is not None and gross == gross else net + (tax or 0)
            for gross, net, tax in zip(good["gross"], good["net"], good["tax"], strict=True)
        ]
        good["day"] = pd.to_datetime(good["on"])
        good = good.sort_values("day", kind="stable")
        for master, ours, code, columns in (
            (self.customers, "customer", "客户编码", {"区域编码": "region", "付款条件": "terms"}),
            (self.products, "product", "产品编码", {"产品线": "product_line", "基本单位": "base_unit", "per_base": "per_base"}),
        ):
            right = master[[code, "since", *columns]].rename(columns={code: ours, **columns}).sort_values("since")
            right["since"] = right["since"].astype(good["day"].dtype)
            good = pd.merge_asof(good, right, left_on="day", right_on="since", by=ours).drop(columns="since")
        same = good["unit"] == good["base_unit"]
        counted = zip(good["qty"], good["per_base"], same, strict=True)
        good["base_qty"] = [qty if is_base else divided(qty * per, 10**8) for qty, per, is_base in counted]
        good["period"] = good["day"].dt.strftime("%Y-%m")
        return good

    def _receipts(self, inbox: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
        frame = monthly(inbox, "收款单", "收款单号")
        receipts = pd.DataFrame(
            {"number": frame["收款单号"], "on": frame["收款日期"].map(day), "customer": frame["客户编码"].replace(self.renamed["客户"]),
             "method": frame["收款方式"], "amount": frame["金额"].map(number), "matures": frame["票据到期日"].map(day),
             "collector": frame["收款人编码"], "reverses": frame["冲销收款单号"]}
        )
        receipts, differ = once(receipts, ["number"])
        wrong = differ | bad(receipts, ["on", "amount", "matures"]) | blank(receipts, ["number", "on", "customer", "amount"])
        wrong |= ~receipts["customer"].isin(set(self.customers["客户编码"]))
        wrong |= receipts["collector"].notna() & ~receipts["collector"].isin(set(self.employees["员工编码"]))
        wrong |= receipts["method"].notna() & ~receipts["method"].isin(["现金", "转账", "支票", "承兑汇票", "电子支付"])
        receipts = receipts[~wrong]
        early = pd.Series([bool(one and one < at) for one, at in zip(receipts["matures"], receipts["on"], strict=True)], receipts.index)
        receipts = receipts[~early & ~((receipts["amount"] < 0) & receipts["reverses"].isna())]
        frame = monthly(inbox, "核销明细", "收款单号")
        paid = pd.DataFrame(
            {"number": frame["收款单号"], "document": frame["单据号"], "on": frame["核销日期"].map(day),
             "amount": frame["核销金额"].map(number)}
        )
        paid, differ = once(paid, ["number", "document", "on"])
        wrong = differ | bad(paid, ["on", "amount"]) | blank(paid, ["number", "document", "on", "amount"])
        return receipts, paid[~wrong & paid["number"].isin(set(receipts["number"]))]


def divided(top: int, below: int) -> int:
    """Rounded half away from zero."""
    whole = (2 * abs(top) + abs(below)) // (2 * abs(below))
    return -whole if (top < 0) != (below < 0) else whole


def plans(inbox: Path, kind: str, factor: int) -> dict[tuple[str, str, str], int]:
    """Period, region, product → planned value."""
    found: dict[tuple[str, str, str], int] = {}
    for path in sorted((inbox / "plan").glob(f"{kind}_*.xlsx")):
        year = path.stem.split("_")[1]
        for region, frame in zip(REGIONS, pd.read_excel(path, sheet_name=None, header=None, dtype=object).values(), strict=True):
            rows = frame.values.tolist()
            start = next(index for index, row in enumerate(rows) if row[0] == "产品线")
            months = {place: int(text[:-1]) for place, text in enumerate(rows[start]) if re.fullmatch(r"\d+月", str(text))}
            for row in rows[start + 1 :]:
                if not isinstance(row[1], str):
                    continue
                for place, month in months.items():
                    value = number(row[place], 4, factor)
                    if value is not None and value != FAULT:
                        found[f"{year}-{month:02d}", region, row[1]] = value
    return found


def causes(base: dict[Any, list[int]], actual: dict[Any, list[int]]) -> dict[Any, list[int]]:
    """Price, volume, mix, new, discontinued, other by leaf; a side is leaf → quantity, amount, amount without quantity."""
    top: dict[str, int] = defaultdict(int)
    below: dict[str, int] = defaultdict(int)
    every = {key: [*base.get(key, (0, 0, 0)), *actual.get(key, (0, 0, 0))] for key in base.keys() | actual.keys()}
    for key, (q0, a0, _, q1, _, _) in every.items():
        if q0 and q1:
            top[key[-1]] += a0
            below[key[-1]] += q0
    found = {}
    for key, (q0, a0, bare0, q1, a1, bare1) in every.items():
        price = volume = mix = new = gone = 0
        other = bare1 - bare0 + (a1 if not q1 else 0) - (a0 if not q0 else 0)
        if q0 and q1:
            step = divided((q1 - q0) * a0, q0)
            volume = divided((q1 - q0) * top[key[-1]], below[key[-1]]) if below[key[-1]] else 0
            price, mix = a1 - a0 - step, step - volume
        elif q1:
            new = a1
        elif q0:
            gone = -a0
        found[key] = [price, volume, mix, new, gone, other]
    return found


def sold(sales: pd.DataFrame, periods: list[str]) -> dict[Any, list[int]]:
    """Leaf → quantity, amount, amount without quantity."""
    mine = sales[sales["period"].isin(periods)]
    bare = mine["base_qty"] == 0
    frame = mine.assign(amount=mine["net"].where(~bare, 0), bare=mine["net"].where(bare, 0))
    sums = frame.groupby(["region", "product", "base_unit"])[["base_qty", "amount", "bare"]].sum()
    return {key: [int(one) for one in row] for key, row in zip(sums.index, sums.values.tolist(), strict=True)}


def instalments(on: date, due: date | None, terms: str | None, amount: int) -> list[tuple[date, int]]:
    """Due dates and parts of a document."""
    if due is not None and due == due:
        return [(due, amount)]
    parts = []
    for one in re.split(r"[,;，；]", (terms or "net 30").lower()):
        share, said = (Decimal(one.split("%")[0]), one.split("@")[1]) if "@" in one else (Decimal(100), one)
        said = said.strip()
        digits = re.search(r"\d+", said)
        days = int(digits[0]) if digits and said != "prepaid" else 0
        start = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1) if said.startswith("eom") else on
        parts.append([start + timedelta(days=days), divided(amount * int(share * 10**6), 10**8), share])
    largest = max(range(len(parts)), key=lambda place: (parts[place][2], -place))
    parts[largest][1] += amount - sum(part for _, part, _ in parts)
    return [(at, part) for at, part, _ in parts]


def open_items(company: Company, as_of: date) -> tuple[pd.DataFrame, dict[str, int]]:
    """Every open item with its bucket, and the balance of each customer."""
    balance: dict[str, int] = defaultdict(int)
    pool: dict[str, int] = defaultdict(int)
    named: dict[tuple[str, str], int] = defaultdict(int)
    items: list[list[Any]] = []
    sales = company.sales[company.sales["on"] <= as_of]
    texts = sales.assign(origin=sales["origin"].fillna(""), terms=sales["terms"].fillna(""), at=pd.to_datetime(sales["due"]))
    by_document = texts.groupby(["customer", "document", "red", "on", "origin"], as_index=False)
    documents = by_document.agg(gross=("gross", "sum"), at=("at", "min"), terms=("terms", "min"))
    for customer, number_, _, on, origin, gross, at, terms in documents.itertuples(index=False):
        balance[customer] += gross
        if gross > 0:
            due = None if pd.isna(at) else at.date()
            items += [[customer, number_, on, when, part] for when, part in instalments(on, due, terms, int(gross))]
        else:
            pool[customer] -= gross
            named[customer, origin] -= gross
    for number_, customer, on, due, amount in company.openings.itertuples(index=False):
        balance[customer] += amount
        if amount > 0:
            items.append([customer, number_, on, due, amount])
        else:
            pool[customer] -= amount
    latest: dict[tuple[str, str], tuple[date, date]] = {}
    for customer, number_, on, due, _ in items:
        latest[customer, number_] = (on, max(due, latest.get((customer, number_), (on, due))[1]))
    for number_, on, customer, document, amount in company.adjustments.itertuples(index=False):
        if on > as_of:
            continue
        balance[customer] += amount
        if amount > 0:
            first, due = latest.get((customer, document), (on, on))
            items.append([customer, document if (customer, document) in latest else number_, first, due, amount])
        else:
            pool[customer] -= amount
            named[customer, document] -= amount
    receipts = company.receipts[company.receipts["on"] <= as_of]
    net: dict[str, int] = defaultdict(int)
    owner: dict[str, str] = {}
    for one in receipts.itertuples(index=False):
        balance[one.customer] -= one.amount
        pool[one.customer] += one.amount
        net[one.reverses if one.amount < 0 and isinstance(one.reverses, str) else one.number] += one.amount
        owner[one.number] = one.customer
    for number_, document, on, amount in company.allocations.sort_values(["on", "document"]).itertuples(index=False):
        customer = owner.get(number_)
        if on <= as_of and (customer, document) in latest:
            taken = min(amount, max(net[number_], 0))
            net[number_] -= taken
            named[customer, document] += taken
    items.sort(key=lambda one: (one[0], one[3], one[2], one[1]))
    for one in items:
        taken = min(one[4], named[one[0], one[1]])
        named[one[0], one[1]] -= taken
        pool[one[0]] -= taken
        one.append(one[4] - taken)
    for one in items:
        taken = min(one[5], max(pool[one[0]], 0))
        pool[one[0]] -= taken
        one[5] -= taken
    frame = pd.DataFrame(items, columns=["customer", "document", "on", "due", "amount", "open"])
    frame = frame[frame["open"] != 0].copy()
    late = [(as_of - due).days for due in frame["due"]]
    frame["bucket"] = ["not_due" if days <= 0 else next(name for name, most in BUCKETS if days <= most) for days in late]
    return frame, balance


def month(inbox: Path, period: str, out: Path) -> dict[str, Any]:
    """Close the month; returns the figures that are compared."""
    out.mkdir(parents=True, exist_ok=True)
    company = Company(inbox)
    year, number_ = int(period[:4]), int(period[5:])
    as_of = (date(year, number_, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    now = company.sales[company.sales["period"] == period]
    amounts, quantities = plans(inbox, "年度销售计划", 10_000), plans(inbox, "年度销量计划", 1)
    base_unit = dict(zip(company.products["产品编码"], company.products["基本单位"], strict=True))
    line_of = dict(zip(company.products["产品编码"], company.products["产品线"], strict=True))
    found: dict[str, Any] = {"net_by_region": totals(now, "region"), "net_by_line": totals(now, "product_line")}
    spans = {"period": [period], "year_to_date": [f"{year}-{one:02d}" for one in range(1, number_ + 1)]}
    leaves = []
    sums: dict[str, dict[str, int]] = {}
    for span, keys in spans.items():
        planned: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
        for place, side in enumerate((quantities, amounts)):
            for (at, region, product), value in side.items():
                if at in keys:
                    planned[region, product, base_unit.get(product, "")][place] += value
        before = sold(company.sales, [f"{int(key[:4]) - 1}-{key[5:]}" for key in keys])
        actual = sold(company.sales, keys)
        for base, side in {"plan": planned, "last_year": before}.items():
            by_leaf = causes(dict(side), actual)
            leaves += [(base, span, *key, *values) for key, values in by_leaf.items()]
            sums[f"{base} {span}"] = {name: sum(values[place] for values in by_leaf.values()) for place, name in enumerate(CAUSES)}
    found["causes"] = sums
    items, balance = open_items(company, as_of)
    open_by = {name: int(items.loc[items["bucket"] == name, "open"].sum()) for name in ("not_due", *(one for one, _ in BUCKETS))}
    found["receivables"] = {"balance": int(sum(balance.values())), **open_by}

    known = {"customer": set(company.customers["客户编码"]), "product": set(company.products["产品编码"]),
             "employee": set(company.employees["员工编码"]), "outlet": set()}  # fmt: skip
    units = {one[0]: {one[1], one[2], None} for one in company.products[["产品编码", "销售单位", "基本单位"]].values.tolist()}
    sent = judged(inbox, known, company.renamed, units)
    sold_out, counted = sent.rows["sell_out"], sent.rows["dealer_stock"]
    mine = sold_out[sold_out["sold_on"].map(lambda on: on.strftime("%Y-%m")) == period]
    stocked = counted[counted["counted_on"].map(lambda on: on.strftime("%Y-%m")) == period]
    found["sell_out_qty"] = totals(mine, "dealer", "qty")
    found["sell_out_amount"] = totals(mine.dropna(subset="amount"), "dealer", "amount")
    found["dealer_stock"] = totals(stocked, "dealer", "qty")
    found["refused"] = refusals(sent)
    leaf = pd.DataFrame(leaves, columns=["base", "span", "region", "product", "unit", *CAUSES])
    leaf["product_line"] = leaf["product"].map(line_of).fillna("")
    of_plan = [(at, region, product, line_of.get(product, ""), value) for (at, region, product), value in amounts.items()]
    plan = pd.DataFrame(of_plan, columns=["period", "region", "product", "product_line", "plan"])
    written = write(out, books(inbox, company, sent, plan, leaf, items, balance, period, as_of))
    returned = send_back(inbox, out, sent.refused, sent.totals)
    print(f"{written} workbooks, {returned} sent back", file=sys.stderr)
    return found


def totals(frame: pd.DataFrame, by: str, of: str = "net") -> dict[str, int]:
    """Amount by key."""
    return {str(key): int(value) for key, value in frame.groupby(by)[of].sum().items()}


if __name__ == "__main__":
    print(json.dumps(month(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])), ensure_ascii=False, sort_keys=True))
