"""The plain script's tables: what the eight reports show, grouped and joined in pandas."""

from __future__ import annotations

import calendar
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from bench.plain_cells import FAULT, day, number
from bench.plain_reported import Reported

BUCKETS = [("1-30", 30), ("31-60", 60), ("61-90", 90), ("91-180", 180), ("181-365", 365), (">365", 10**6)]
YEARS = [("<=1y", 1, 0.05), ("1-2y", 2, 0.1), ("2-3y", 3, 0.3), ("3-4y", 4, 0.5), ("4-5y", 5, 0.8), (">5y", 999, 1.0)]
CAUSES = ["price", "volume", "mix", "new", "discontinued", "other"]


def yuan(frame: pd.DataFrame) -> pd.DataFrame:
    """Ten-thousandths to units, in every whole-number column but counts."""
    counts = ("row", "column", "days", "level", "visits", "outlets", "active")
    of = [name for name in frame.columns if name not in counts and pd.api.types.is_integer_dtype(frame[name].infer_objects())]
    return frame.assign(**{name: frame[name].astype(float) / 10_000 for name in of})


def compared(sales: pd.DataFrame, plan: pd.DataFrame, by: list[str], periods: list[str]) -> pd.DataFrame:
    """Net sales of the periods beside plan and last year."""
    before = [f"{int(key[:4]) - 1}{key[4:]}" for key in periods]
    now = sales[sales["period"].isin(periods)].groupby(by, as_index=False)["net"].sum()
    old = sales[sales["period"].isin(before)].groupby(by, as_index=False)["net"].sum().rename(columns={"net": "last_year"})
    joined = now.merge(old, how="outer", on=by)
    if set(by) <= set(plan.columns):
        joined = joined.merge(plan[plan["period"].isin(periods)].groupby(by, as_index=False)["plan"].sum(), how="outer", on=by)
    joined = joined.infer_objects().fillna(0)
    for name in ("plan", "last_year"):
        if name in joined:
            joined[f"against_{name}"] = joined["net"] - joined[name]
    return joined


def books(
    inbox: Path, company: Any, sent: Reported, plan: pd.DataFrame, leaf: pd.DataFrame, items: pd.DataFrame, balance: dict[str, int],
    period: str, as_of: date,
) -> dict[str, dict[str, pd.DataFrame]]:
    """Book → sheet → table, amounts in yuan."""
    sales, receipts = company.sales, company.receipts
    year = [f"{period[:4]}-{one:02d}" for one in range(1, int(period[5:]) + 1)]
    region_of = dict(zip(company.customers["客户编码"], company.customers["区域编码"], strict=True))
    seller_of = dict(zip(company.customers["客户编码"], company.customers["业务员编码"], strict=True))
    limit_of = dict(zip(company.customers["客户编码"], company.customers["limit"], strict=True))
    sales = sales.assign(employee=sales["employee"].fillna(sales["customer"].map(seller_of)).fillna(""))
    receipts = receipts.assign(
        period=receipts["on"].map(lambda on: on.strftime("%Y-%m")), region=receipts["customer"].map(region_of).fillna(""),
        employee=receipts["customer"].map(seller_of).fillna(""),
    )
    got = receipts.rename(columns={"amount": "net"})
    none = pd.DataFrame(columns=["period"])
    first = sales.groupby("customer")["on"].min()
    fresh = [key for key, on in first.items() if on.strftime("%Y-%m") == period]
    line = {"month": compared(sales, plan, ["product_line"], [period]), "year": compared(sales, plan, ["product_line"], year)}
    region = {"month": compared(sales, plan, ["region"], [period]), "year": compared(sales, plan, ["region"], year)}
    people = compared(sales, none, ["employee"], [period]).merge(
        compared(got, none, ["employee"], [period])[["employee", "net"]].rename(columns={"net": "receipts"}), how="outer", on="employee"
    ).infer_objects().fillna(0)
    by_customer = compared(sales, none, ["customer"], [period]).sort_values("against_last_year")
    new = compared(sales[sales["customer"].isin(fresh)], none, ["customer"], [period])

    def why(by: list[str]) -> pd.DataFrame:
        return leaf.groupby(["base", "span", *by], as_index=False)[CAUSES].sum()

    late = pd.Series([(as_of - due).days for due in items["due"]], items.index, dtype="int64")
    dated = items.assign(days=late, employee=items["customer"].map(seller_of), region=items["customer"].map(region_of))
    aged = dated.pivot_table(index="customer", columns="bucket", values="open", aggfunc="sum", fill_value=0).reset_index()
    order = [name for name in ["not_due", *(name for name, _ in BUCKETS)] if name in aged]
    aged = aged[["customer", *order]].assign(balance=lambda frame: frame["customer"].map(balance))
    old = [next(name for name, most, _ in YEARS if (as_of - on).days <= 365 * most) for on in dated["on"]]
    by_age = dated.assign(years=old)
    reserve = by_age.groupby("years", as_index=False)["open"].sum()
    reserve["rate"] = reserve["years"].map({name: rate for name, _, rate in YEARS})
    reserve["provision"] = (reserve["open"] * reserve["rate"]).round().astype("int64")
    turned = sales[sales["period"] == period].groupby("customer")["gross"].sum()
    paid = receipts[receipts["period"] == period].groupby("customer")["amount"].sum()
    moved = company.adjustments[[on.strftime("%Y-%m") == period for on in company.adjustments["on"]]].groupby("customer")["amount"].sum()
    roll = pd.DataFrame({"sales": turned, "receipts": paid, "adjustments": moved, "closing": pd.Series(balance)}).fillna(0).astype("int64")
    roll["opening"] = roll["closing"] - roll["sales"] + roll["receipts"] - roll["adjustments"]
    roll = roll[["opening", "sales", "receipts", "adjustments", "closing"]].rename_axis("customer").reset_index()
    limits = [(key, limit_of[key], owed) for key, owed in balance.items() if limit_of.get(key) and owed > limit_of[key]]
    drafts = receipts[receipts["matures"].map(lambda at: isinstance(at, date) and at > as_of)]
    overdue = dated[dated["days"] > 0].assign(level=lambda frame: 1 + (frame["days"] >= 31).astype(int) + (frame["days"] >= 91).astype(int))
    shown = ["customer", "document", "on", "due", "amount", "open", "bucket", "days", "employee"]
    refused = sent.refused.drop(columns=["name"]).assign(name=sent.refused["name"])
    handed = submissions(inbox, period)
    found: dict[str, dict[str, pd.DataFrame]] = {
        "sales_monthly": {
            "lines": line["month"], "lines to date": line["year"], "causes": why(["product_line"]),
            "top causes": leaf.assign(other=leaf[CAUSES].sum(axis=1)).sort_values("other", key=abs, ascending=False).head(36),
            "course": sales.groupby("period", as_index=False)["net"].sum(),
            "products": compared(sales, plan, ["product_line", "product"], [period]),
            "quantities": sales[sales["period"] == period].groupby(["product_line", "base_unit"], as_index=False)["base_qty"].sum(),
        },
        "region_sales": {
            "regions": region["month"], "regions to date": region["year"], "salespeople": people, "causes": why(["region"]),
            "receipts": compared(got, none, ["region"], [period]), "receipts to date": compared(got, none, ["region"], year),
            "new customers": new,
        },
        "monthly_review": {
            "regions": region["month"], "lines": line["month"], "customers short": by_customer.head(10),
            "customers ahead": by_customer.tail(10), "causes": why([]), "new customers": new,
            "next month": plan[plan["period"] == following(period)].groupby("region", as_index=False)["plan"].sum(),
            "commentary": commentary(inbox, period),
        },
        "dealer_summary": dealers(sent, aged, period),
        "receivables": {
            "ageing": aged, "ageing by document date": by_age.groupby(["customer", "years"], as_index=False)["open"].sum(),
            "roll-forward": roll, "provision": reserve, "regions": dated.groupby(["region", "bucket"], as_index=False)["open"].sum(),
            "limits": pd.DataFrame(limits, columns=["customer", "limit", "balance"]),
            "drafts": drafts[["number", "on", "customer", "amount", "matures"]], "items": dated[shown],
            "advances": roll[roll["closing"] < 0][["customer", "closing"]],
        },
        "dunning": {
            "salespeople": overdue.groupby(["employee", "level"], as_index=False)["open"].sum(),
            "list": overdue.sort_values("days", ascending=False)[[*shown, "level"]],
        },
        "submissions": {"all": handed, "late": handed[handed["late"] != ""], "files": pd.DataFrame(sent.files, columns=["file", "reason"])},
        "control": {
            "ledger": ledger(inbox, sales, receipts, balance, period), "kept out": refused,
            "totals": pd.DataFrame(sent.totals, columns=["file", "sheet", "stated", "added"]),
            "files": pd.DataFrame(sent.files, columns=["file", "reason"]),
        },
    }  # fmt: skip
    return {name: {sheet: yuan(frame) for sheet, frame in sheets.items()} for name, sheets in found.items()}


def following(period: str) -> str:
    """The month after."""
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12}-{month % 12 + 1:02d}"


def commentary(inbox: Path, period: str) -> pd.DataFrame:
    """What people wrote about the month."""
    path = inbox / "plan" / f"情况说明_{period}.xlsx"
    if not path.exists():
        return pd.DataFrame(columns=["text"])
    frame = pd.read_excel(path, header=None, dtype=object).dropna(how="all")
    return frame.rename(columns=lambda column: "text" if column == 0 else f"text {column + 1}").fillna("").astype(str)


def ledger(inbox: Path, sales: pd.DataFrame, receipts: pd.DataFrame, balance: dict[str, int], period: str) -> pd.DataFrame:
    """The general ledger's figures beside ours."""
    rows = pd.read_excel(inbox / "erp" / "总账控制数.xlsx", header=None, dtype=object).values.tolist()
    now = sales[sales["period"] == period]
    ours = {"主营业务收入": int(now["net"].sum()), "应收账款": sum(balance.values()), "主营业务成本": int(now["cost"].fillna(0).sum()),
            "回款": int(receipts[receipts["period"] == period]["amount"].sum())}  # fmt: skip
    stated = [(row[1], number(row[2])) for row in rows if str(row[0])[:7] == period]
    found = [(account, value, ours.get(account, 0)) for account, value in stated if value not in (None, FAULT)]
    return pd.DataFrame(found, columns=["account", "ledger", "ours"]).assign(difference=lambda frame: frame["ours"] - frame["ledger"])


def submissions(inbox: Path, period: str) -> pd.DataFrame:
    """Who sent the month's files when, against the days on which they were due."""
    owed = pd.read_csv(inbox.parent / "company" / "obligations.csv", dtype=str)
    arrived = pd.read_csv(inbox / "arrivals.csv", dtype=str)
    arrived["period"] = arrived["path"].str.extract(r"_(\d{4}-\d{2})")[0]
    came = arrived[arrived["period"] == period].groupby("sender")["arrived_at"].min().to_dict()
    year, month = int(following(period)[:4]), int(following(period)[5:])
    rows = []
    for sender, table, due in owed[["sender", "table", "due_day"]].itertuples(index=False):
        until = date(year, month, min(int(due), calendar.monthrange(year, month)[1]))
        at = str(came.get(sender, ""))
        rows.append((sender, table, until, at, "not received" if not at else "late" if (day(at[:10]) or until) > until else ""))
    return pd.DataFrame(rows, columns=["sender", "table", "due_at", "arrived_at", "late"])


def dealers(sent: Reported, aged: pd.DataFrame, period: str) -> dict[str, pd.DataFrame]:
    """Each dealer's month: what was sold and is in stock, outlets, contracts, visits, what is overdue."""

    def here(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        return frame[[isinstance(on, date) and on.strftime("%Y-%m") == period for on in frame[column]]]

    sold, counted = here(sent.rows["sell_out"], "sold_on"), here(sent.rows["dealer_stock"], "counted_on")
    visits, outlets = here(sent.rows["visit"], "visited_at"), sent.rows["outlet"]
    contracts = sent.rows["outlet_contract"]
    open_ones = outlets[outlets["closed_on"].isna()]
    table = pd.DataFrame({
        "qty": sold.groupby("dealer")["qty"].sum(), "amount": sold.dropna(subset="amount").groupby("dealer")["amount"].sum(),
        "stock": counted.groupby("dealer")["qty"].sum(), "outlets": open_ones.groupby("dealer")["outlet"].nunique(),
        "active": sold.groupby("dealer")["outlet"].nunique(), "visits": visits.groupby("customer").size(),
        "committed": contracts[contracts["period"] == period].groupby("dealer")["qty"].sum(),
    })  # fmt: skip
    table = table[table["outlets"].notna()].fillna(0).astype("int64").rename_axis("dealer").reset_index()
    table["coverage"] = [active / max(number_, 1) for active, number_ in zip(table["active"], table["outlets"], strict=True)]
    late = [name for name, _ in BUCKETS if name in aged]
    overdue = dict(zip(aged["customer"], aged[late].sum(axis=1), strict=True))
    table["open"] = [int(overdue.get(dealer, 0)) for dealer in table["dealer"]]
    long = table.melt(id_vars="dealer", var_name="indicator", value_name="value").assign(value=lambda frame: frame["value"].astype(float))
    return {"dealers": table, "indicators": long, "by product": sold.groupby(["dealer", "product", "unit"], as_index=False)["qty"].sum()}
