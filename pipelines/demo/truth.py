"""The truth of the demo, from its hidden ledger: what has been delivered, loaded and rejected, and the figures that follow.

Straightforward counting over plain loops, on purpose unlike the pipeline's own way. All amounts and quantities are whole
ten-thousandths.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.company.calendar import Calendar
from pipelines.demo import assessment_truth, pay_truth
from pipelines.demo import world as w
from pipelines.demo.business import Business
from pipelines.demo.dealers import DealerRows
from pipelines.demo.erp import Removed, ledger
from pipelines.demo.field import FieldRows
from pipelines.demo.files import Inbox
from pipelines.demo.names import REGIONS
from pipelines.demo.office import OfficeRows
from pipelines.demo.pay import PayRows
from pipelines.demo.people import PeopleRows
from pipelines.demo.replies import Replies
from pipelines.money import allocate

E4 = 100
"""Ten-thousandths in a fen: parts of a document may be finer than a fen."""

BUCKETS: tuple[tuple[str, int, int], ...] = (
    ("not_due", -(10**6), 0),
    ("1-30", 1, 30),
    ("31-60", 31, 60),
    ("61-90", 61, 90),
    ("91-180", 91, 180),
    ("181-365", 181, 365),
    (">365", 366, 10**6),
)


@dataclass(frozen=True)
class DemoTruth:
    """What a test wants at hand; the files in ``folder`` hold everything."""

    folder: Path
    periods: list[str]
    faults: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    key_figures: dict[str, Any]


def facts(business: Business, removed: Removed) -> pl.DataFrame:
    """The sales lines that are loaded, with their exact base quantity; deliveries among them."""
    return business.sales.filter(~pl.col("document_no").is_in(sorted(removed.documents)))


def write(
    folder: Path, world: w.World, business: Business, removed: Removed, dealer: DealerRows, field: FieldRows, reported: PeopleRows,
    kept: OfficeRows, answered: Replies, by_hr: PayRows, inbox: Inbox, calendar: Calendar,
) -> DemoTruth:
    """Compute the truth and write it to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = w.key(world.months[-1])
    faults = _faults(inbox)
    _table(folder / "faults.csv", faults)
    counts: dict[str, dict[str, int]] = {}
    for fault in faults:
        if fault["live"] == "true":
            counts.setdefault(fault["severity"], {}).setdefault(fault["rule"], 0)
            counts[fault["severity"]][fault["rule"]] += 1
    _json(folder / "fault_counts.json", counts)
    files, tables = _files(inbox), _tables(inbox)
    _table(folder / "files.csv", files)
    _table(folder / "tables.csv", tables)
    loaded = _with_base(world, facts(business, removed))
    sales = _sales(world, loaded)
    _table(folder / "sales.csv", sales)
    crossing, bridge = _cut_off(world, loaded)
    _table(folder / "cut_off.csv", crossing)
    _table(folder / "cut_off_bridge.csv", bridge)
    plans = _plans(world, field)
    _table(folder / "plan.csv", plans)
    by_leaf = sorted(
        (
            {
                "period": row["period"],
                "measure": row["measure"],
                "region_code": row["region_code"],
                "product_code": row["product_code"],
                "value": row["value"],
            }
            for row in field.loaded("plan")
            if row["product_code"] != "all"
        ),
        key=lambda row: tuple(map(str, row.values())),
    )
    _table(folder / "plan_leaves.csv", by_leaf)
    open_items = receivables(world, business, removed, world.end)
    _table(folder / "receivables.csv", open_items)
    _table(folder / "handed_in.csv", reported.handed_in)
    _table(folder / "replies.csv", answered.replies)
    _table(folder / "reconciling_items.csv", answered.items)
    sent = receivables(world, business, removed, answered.day)
    _table(folder / "statements.csv", [{"customer_code": row["customer_code"], "balance": row["balance"]} for row in sent])
    indicators = dealer_indicators(world, dealer, field)
    _table(folder / "dealer_indicators.csv", indicators)
    achieved = _achieved(world, business, removed, dealer, field, indicators)
    _table(folder / "assessment.csv", assessment_truth.scores(world, calendar, field, reported, kept, achieved, inbox))
    _table(folder / "pay.csv", pay_truth.pay(world, business, removed, field, by_hr))
    periods, differences = _periods(world, business, removed, loaded)
    _table(folder / "periods.csv", periods)
    _table(folder / "ledger_differences.csv", differences)
    figures = _key_figures(latest, world, business, removed, sales, plans, open_items, periods, indicators, tables)
    _json(folder / "key_figures.json", figures)
    return DemoTruth(folder, [w.key(month) for month in world.months], faults, tables, figures)


# ---------------------------------------------------------------- files, faults, tables


def _faults(inbox: Inbox) -> list[dict[str, Any]]:
    rows = [
        {
            "kind": one.kind,
            "rule": one.rule,
            "also": one.also,
            "severity": one.severity,
            "live": "true" if one.live else "false",
            "table": one.table,
            "sender": one.sender,
            "period": one.period,
            "file": one.file,
            "sheet": one.sheet,
            "row": "" if one.row is None else one.row,
            "column": one.column,
            "cell": one.cell,
            "found": one.found,
            "document": one.document,
        }
        for one in inbox.faults
    ]
    return sorted(rows, key=lambda row: (row["file"], row["sheet"], row["row"] or 0, row["cell"], row["rule"]))


def _files(inbox: Inbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    special = {fault.file: fault.rule for fault in inbox.faults if fault.rule in ("unreadable", "duplicate", "unmatched")}
    status = {"unreadable": "rejected", "duplicate": "duplicate", "unmatched": "unmatched"}
    for one in sorted(inbox.tallies, key=lambda tally: (tally.path, tally.table)):
        seen.add(one.path)
        at, _ = inbox.arrivals[one.path]
        found.append(
            {
                "file": one.path,
                "table": one.table,
                "sender": one.sender,
                "arrived_at": at,
                "cover": one.cover,
                "status": one.status,
                "delivered_rows": one.delivered,
                "loaded_rows": one.loaded if one.status == "live" else 0,
                "rejected_rows": one.rejected,
                "goes_with_rows": one.goes_with,
                "repeated_rows": one.repeated,
                "delivered_amount": one.amount,
                "rejected_amount": one.rejected_amount,
                "unreadable_amounts": one.unreadable,
            }
        )
    for path, rule in sorted(special.items()):
        if path not in seen:
            at, sender = inbox.arrivals[path]
            blank = dict.fromkeys(
                (
                    "delivered_rows",
                    "loaded_rows",
                    "rejected_rows",
                    "goes_with_rows",
                    "repeated_rows",
                    "delivered_amount",
                    "rejected_amount",
                    "unreadable_amounts",
                ),
                0,
            )
            found.append(
                {"file": path, "table": "", "sender": sender, "arrived_at": at, "cover": "", "status": status[rule], **blank}
            )
    return found


def _tables(inbox: Inbox) -> list[dict[str, Any]]:
    """Live files only, by table and by the month (or year) that the files cover."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in inbox.tallies:
        if one.status != "live":
            continue
        values = (
            one.delivered,
            one.loaded,
            one.rejected,
            one.goes_with,
            one.repeated,
            one.amount,
            one.rejected_amount,
            one.unreadable,
            1,
        )
        known = sums.setdefault((one.table, one.cover), [0] * len(values))
        for n, value in enumerate(values):
            known[n] += value
    names = (
        "delivered_rows",
        "loaded_rows",
        "rejected_rows",
        "goes_with_rows",
        "repeated_rows",
        "delivered_amount",
        "rejected_amount",
        "unreadable_amounts",
        "files",
    )
    return [
        {"table": table, "cover": cover, **dict(zip(names, values, strict=True))}
        for (table, cover), values in sorted(sums.items())
    ]


# ---------------------------------------------------------------- sales, plan, periods


def _with_base(world: w.World, sales: pl.DataFrame) -> pl.DataFrame:
    factors = {n: one.factor_e8 for n, one in enumerate(world.products)}
    lines = {n: one.line for n, one in enumerate(world.products)}
    units = {n: one.base_unit for n, one in enumerate(world.products)}
    codes = {n: one.code for n, one in enumerate(world.products)}
    buyers = {n: one.code for n, one in enumerate(world.customers)}
    departments = {code: department for code, _, department in REGIONS}
    return sales.with_columns(
        base_e4=pl.col("qty_e4") * pl.col("product").replace_strict(factors, return_dtype=pl.Int64) // 10**8,
        product_line=pl.col("product").replace_strict(lines, return_dtype=pl.String),
        base_unit=pl.col("product").replace_strict(units, return_dtype=pl.String),
        product_code=pl.col("product").replace_strict(codes, return_dtype=pl.String),
        customer_code=pl.col("customer").replace_strict(buyers, return_dtype=pl.String),
        department=pl.col("region").replace_strict(departments, return_dtype=pl.String),
        period=pl.col("document_date").dt.strftime("%Y-%m"),
        company=pl.lit("all"),
    )


CUTS = {
    "company": "company",
    "department": "department",
    "region_code": "region",
    "employee_code": "employee",
    "customer_code": "customer_code",
    "product_line": "product_line",
    "product_code": "product_code",
}


def _sales(world: w.World, loaded: pl.DataFrame) -> list[dict[str, Any]]:
    """Net and gross amount, tons and litres, by period and cut. Deliveries are no sales."""
    sold = loaded.filter(pl.col("document_kind") != "delivery")
    found: list[dict[str, Any]] = []
    for cut, column in CUTS.items():
        sums = (
            sold.group_by("period", column)
            .agg(
                lines=pl.len(),
                net_amount=pl.col("net_fen").sum() * 100,
                gross_amount=pl.col("gross_fen").sum() * 100,
                cost_amount=pl.col("cost_fen").sum() * 100,
                qty_t=pl.col("base_e4").filter(pl.col("base_unit") == "吨").sum(),
                qty_l=pl.col("base_e4").filter(pl.col("base_unit") == "升").sum(),
            )
            .sort("period", column)
        )
        found += [{"period": row.pop("period"), "cut": cut, "key": row.pop(column), **row} for row in sums.iter_rows(named=True)]
    return found


def _cut_off(world: w.World, loaded: pl.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """For every month: each document that was shipped in another month than it was invoiced in, and both ways of counting by region."""
    sums: dict[tuple[str, date | None, date | None, str], int] = defaultdict(int)
    for row in loaded.iter_rows(named=True):
        billed = None if row["document_kind"] == "delivery" else row["document_date"]
        sums[row["document_no"], billed, row["shipped_on"], row["region"]] += row["net_fen"] * 100
    crossing: list[dict[str, Any]] = []
    totals: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: {"by_invoice": 0, "by_shipment": 0})
    for month in world.months:
        key = w.key(month)
        for (number, billed, shipped, region), amount in sorted(sums.items(), key=str):
            billed_in, shipped_in = (None if day is None else f"{day:%Y-%m}" for day in (billed, shipped))
            if billed_in == key:
                totals[key, region]["by_invoice"] += amount
            if shipped_in == key:
                totals[key, region]["by_shipment"] += amount
            if billed_in == key and shipped_in != key:
                rule = "not_shipped" if shipped_in is None else "shipped_later" if shipped_in > key else "shipped_earlier"
            elif shipped_in == key and billed_in != key:
                rule = "not_invoiced" if billed_in is None else "invoiced_later" if billed_in > key else "invoiced_earlier"
            elif shipped_in is not None and shipped_in < key and (billed_in is None or billed_in > key):
                rule = "not_invoiced" if billed_in is None else "invoiced_later"
            else:
                continue
            crossing.append(
                {"period": key, "rule": rule, "document_no": number, "invoiced_on": billed or "", "shipped_on": shipped or "",
                 "region_code": region, "amount": amount}
            )  # fmt: skip
    bridge = [{"period": period, "region_code": region, **both} for (period, region), both in sorted(totals.items())]
    return crossing, bridge


def _plans(world: w.World, field: FieldRows) -> list[dict[str, Any]]:
    """Loaded plan values by period, measure and region (salesperson for receipts); tons and litres apart."""
    litres = {one.code for one in world.products if one.base_unit == "升"}
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for row in field.loaded("plan"):
        measure = row["measure"]
        if measure == "qty":
            measure = "qty_l" if row["product_code"] in litres else "qty_t"
        sums[row["period"], measure, row["region_code"], row.get("employee_code", "all")] += row["value"]
    return [
        {"period": period, "measure": measure, "region_code": region, "employee_code": employee, "value": value}
        for (period, measure, region, employee), value in sorted(sums.items())
    ]


def _periods(
    world: w.World, business: Business, removed: Removed, loaded: pl.DataFrame
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    sold = loaded.filter(pl.col("document_kind") != "delivery")
    received = business.receipts.filter(~pl.col("receipt_no").is_in(sorted(removed.receipts))).with_columns(
        period=pl.col("day").dt.strftime("%Y-%m")
    )
    spent = business.expenses.filter(~pl.col("voucher_no").is_in(sorted(removed.vouchers))).with_columns(
        period=pl.col("spent_on").dt.strftime("%Y-%m")
    )
    adjusted = business.adjustments.filter(~pl.col("adjustment_no").is_in(sorted(removed.adjustments))).with_columns(
        period=pl.col("dated_on").dt.strftime("%Y-%m")
    )
    found: list[dict[str, Any]] = []
    opening = int(business.openings["open_fen"].sum())
    for month in world.months:
        key = w.key(month)
        own = sold.filter(pl.col("period") == key)
        receipts = int(received.filter(pl.col("period") == key)["amount_fen"].sum())
        adjustments = int(adjusted.filter(pl.col("period") == key)["amount_fen"].sum())
        slips = own.filter(pl.col("document_kind") == "red_slip")
        gross, returns = int(own["gross_fen"].sum()), int(slips["gross_fen"].sum())
        closing = opening + gross - receipts + adjustments
        values = {
            "net_sales": int(own["net_fen"].sum()),
            "tax": int(own["tax_fen"].sum()),
            "gross_sales": gross,
            "returns_net": int(slips["net_fen"].sum()),
            "returns_gross": returns,
            "cost": int(own["cost_fen"].sum()),
            "receipts": receipts,
            "adjustments": adjustments,
            "expenses": int(spent.filter(pl.col("period") == key)["amount_fen"].sum()),
            "opening_receivables": opening,
            "closing_receivables": closing,
        }
        found.append(
            {
                "period": key,
                "lines": own.height,
                "documents": own["document_no"].n_unique(),
                **{name: value * 100 for name, value in values.items()},
            }
        )
        opening = closing
    booked = {(row["period"], row["account"]): int(row["amount"]) * 100 for row in ledger(world, business)}
    names = {"revenue": "net_sales", "receivables": "closing_receivables", "receipts": "receipts", "expenses": "expenses"}
    differences = [
        {
            "period": row["period"],
            "account": account,
            "ledger": booked[row["period"], account],
            "facts": row[name],
            "difference": row[name] - booked[row["period"], account],
        }
        for row in found
        for account, name in names.items()
        if row[name] != booked[row["period"], account]
    ]
    return found, differences


# ---------------------------------------------------------------- receivables


def receivables(world: w.World, business: Business, removed: Removed, day: date) -> list[dict[str, Any]]:
    """Balance, advance and open amounts by days late of every customer on ``day``: by invoice, credits to the earliest due."""
    items: dict[int, list[tuple[date, date, str, int, int]]] = defaultdict(list)
    allocated: dict[str, int] = defaultdict(int)
    credit: dict[int, int] = defaultdict(int)
    balance: dict[int, int] = defaultdict(int)
    gone = removed.documents
    for one in business.allocations.filter(pl.col("allocated_on") <= day).iter_rows(named=True):
        allocated[one["document_no"]] += one["amount_fen"] * E4
        credit[one["customer"]] -= one["amount_fen"] * E4
    for one in business.receipts.filter(pl.col("day") <= day).iter_rows(named=True):
        if one["receipt_no"] not in removed.receipts:
            credit[one["customer"]] += one["amount_fen"] * E4
            balance[one["customer"]] -= one["amount_fen"] * E4
    for one in business.adjustments.filter(pl.col("dated_on") <= day).iter_rows(named=True):
        if one["adjustment_no"] in removed.adjustments:
            continue
        balance[one["customer"]] += one["amount_fen"] * E4
        if one["document_no"]:
            allocated[one["document_no"]] -= one["amount_fen"] * E4
        else:
            credit[one["customer"]] -= one["amount_fen"] * E4
    owing: list[tuple[int, date, date | None, str, int]] = []
    for one in business.documents.filter(pl.col("document_date") <= day).iter_rows(named=True):
        if one["document_no"] in gone:
            continue
        balance[one["customer"]] += one["gross_fen"] * E4
        if one["document_kind"] == "red_slip":
            if one["document_no"] in removed.free_slips or one["origin_document_no"] in gone:
                credit[one["customer"]] -= one["gross_fen"] * E4
            else:
                allocated[one["origin_document_no"]] -= one["gross_fen"] * E4
        else:
            owing.append((one["customer"], one["document_date"], one["due_on"], one["document_no"], one["gross_fen"] * E4))
    for one in business.openings.iter_rows(named=True):
        balance[one["customer"]] += one["open_fen"] * E4
        if one["open_fen"] < 0:
            credit[one["customer"]] -= one["open_fen"] * E4
        else:
            owing.append((one["customer"], one["document_date"], one["due_on"], one["document_no"], one["open_fen"] * E4))
    for customer, dated, due, number, gross in owing:
        left = allocated[number]
        for term, (due_on, part) in enumerate(_terms(world.customers[customer].terms, dated, due, gross)):
            used = min(part, left)
            left -= used
            items[customer].append((due_on, dated, number, term, part - used))
        credit[customer] += left
    found: list[dict[str, Any]] = []
    for n, customer_of in enumerate(world.customers):
        left = credit[n]
        if left < 0:
            raise AssertionError(f"{customer_of.code} was credited less than nothing")
        sums = {name: 0 for name, _, _ in BUCKETS}
        for due_on, _, _, _, amount in sorted(items[n]):
            used = min(amount, left)
            left -= used
            late = (day - due_on).days
            name = next(name for name, low, high in BUCKETS if low <= late <= high)
            sums[name] += amount - used
        if sum(sums.values()) - left != balance[n]:
            raise AssertionError(f"{customer_of.code}: buckets − advance ≠ balance")
        found.append(
            {
                "as_of": day.isoformat(),
                "customer_code": customer_of.code,
                "balance": balance[n],
                "advance": left,
                "overdue": sum(value for name, value in sums.items() if name != "not_due"),
                "credit_limit": customer_of.credit_limit_fen * 100,
                **sums,
            }
        )
    return sorted(found, key=lambda row: row["customer_code"])


def _terms(terms: str, dated: date, due: date | None, gross: int) -> list[tuple[date, int]]:
    """The parts of a document with their due dates."""
    if due is not None:
        return [(due, gross)]
    parts = [part.split("%@") for part in terms.split(",")]
    shares = allocate(gross, [int(share) for share, _ in parts])
    return [(dated + timedelta(days=int(wait)), share) for (_, wait), share in zip(parts, shares, strict=True)]


# ---------------------------------------------------------------- dealers


def dealer_indicators(world: w.World, dealer: DealerRows, field: FieldRows) -> list[dict[str, Any]]:
    """The six indicators of the reporting dealers for the latest month, as numerator and denominator. Quantities are tons."""
    month, end = world.months[-1], world.end
    key = w.key(month)
    window = (end - w.last_day(world.months[-4])).days
    sold = dealer.loaded("sell_out")
    visited = {
        row["outlet_code"] for row in field.loaded("visit") if row["outlet_code"] and row["visited_at"].strftime("%Y-%m") == key
    }
    found: list[dict[str, Any]] = []
    for one in world.reporters:
        last: dict[str, dict[str, Any]] = {}
        for row in dealer.loaded("outlet"):
            if row["dealer_code"] == one.code:
                last[row["outlet_code"]] = row
        outlets = {
            code for code, row in last.items() if row["listed_on"] <= end and (row["closed_on"] is None or row["closed_on"] > end)
        }
        own = [row for row in sold if row["dealer_code"] == one.code and row["sold_on"] <= end and row["qty"] > 0]
        sellers = {row["outlet_code"] for row in own}
        traded = {
            code
            for code in outlets
            if code in sellers or (last[code]["first_traded_on"] and last[code]["first_traded_on"] <= end)
        }
        this_month: dict[str, int] = defaultdict(int)
        for row in own:
            if row["sold_on"].strftime("%Y-%m") == key:
                this_month[row["outlet_code"]] += row["_base"]
        committed = {
            row["outlet_code"]: row["committed_qty"]
            for row in dealer.loaded("outlet_contract")
            if row["dealer_code"] == one.code and row["period"] == key
        }
        # Sell-out that was not sent is not known, rather than zero.
        sent = any(row["dealer_code"] == one.code and row["sold_on"].strftime("%Y-%m") == key for row in sold)
        counts = [row for row in dealer.loaded("dealer_stock") if row["dealer_code"] == one.code and row["counted_on"] <= end]
        newest = max((row["counted_on"] for row in counts), default=None)
        stock = (
            sum(row["_base"] for row in counts if row["counted_on"] == newest) if newest and (end - newest).days <= 45 else None
        )
        since = w.last_day(world.months[-4]) + timedelta(days=1)
        three = sum(row["_base"] for row in own if row["sold_on"] >= since)
        found.append(
            {
                "period": key,
                "dealer_code": one.code,
                "outlets": len(outlets),
                "visited": len(outlets & visited),
                "traded": len(traded),
                "active": sum(this_month[code] > 0 for code in traded) if sent else "",
                "qty_of_traded": sum(this_month[code] for code in traded) if sent else "",
                "signed": len(committed),
                "qty_of_signed": sum(this_month[code] for code in committed) if sent else "",
                "committed": sum(committed.values()),
                "signed_reached": sum(this_month[code] >= wanted for code, wanted in committed.items()) if sent else "",
                "stock": "" if stock is None else stock,
                "sell_out_3_months": three,
                "days_3_months": window,
            }
        )
    return found


def _achieved(
    world: w.World, business: Business, removed: Removed, dealer: DealerRows, field: FieldRows, indicators: list[dict[str, Any]]
) -> assessment_truth.Achieved:
    """What salespeople achieved against their own plans, and the shops of their dealers at the end."""
    plans: dict[str, dict[tuple[str, tuple[int, int]], int]] = {"receipts": {}, "outlets": {}}
    for row in field.loaded("plan"):
        if row["measure"] in plans:
            year, month = map(int, row["period"].split("-"))
            plans[row["measure"]][row["employee_code"], (year, month)] = row["value"]
    received: dict[tuple[str, tuple[int, int]], int] = defaultdict(int)
    for one in business.receipts.iter_rows(named=True):
        if one["receipt_no"] not in removed.receipts:
            received[one["owner"], (one["day"].year, one["day"].month)] += one["amount_fen"] * 100
    last = {(row["dealer_code"], row["outlet_code"]): row["first_traded_on"] for row in dealer.loaded("outlet")}
    sold: dict[tuple[str, str], date] = {}
    for row in dealer.loaded("sell_out"):
        if row["qty"] > 0 and row["sold_on"] <= world.end:
            shop = row["dealer_code"], row["outlet_code"]
            sold[shop] = min(sold.get(shop, row["sold_on"]), row["sold_on"])
    buyers = {one.code: one for one in world.reporters}
    won: dict[tuple[str, tuple[int, int]], int] = defaultdict(int)
    for shop, first in last.items():
        day = first or sold.get(shop)
        if day and day <= world.end:
            won[buyers[shop[0]].employee_on(day), (day.year, day.month)] += assessment_truth.E4
    shops: dict[str, tuple[int, int, int]] = {}
    for row in indicators:
        owner = buyers[row["dealer_code"]].employee_on(world.end)
        shops[owner] = tuple(a + row[name] for a, name in zip(shops.get(owner, (0, 0, 0)), ("outlets", "visited", "traded"), strict=True))
    return assessment_truth.Achieved(
        {key: (received[key], plan) for key, plan in plans["receipts"].items()},
        {key: (won[key], plan) for key, plan in plans["outlets"].items()},
        shops,
    )


# ---------------------------------------------------------------- key figures


def _key_figures(
    latest: str,
    world: w.World,
    business: Business,
    removed: Removed,
    sales: Sequence[dict[str, Any]],
    plans: Sequence[dict[str, Any]],
    open_items: Sequence[dict[str, Any]],
    periods: Sequence[dict[str, Any]],
    indicators: Sequence[dict[str, Any]],
    tables: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """What the latest month's reports must show."""
    now = next(row for row in periods if row["period"] == latest)
    year = int(latest[:4])
    last_year = next((row for row in periods if row["period"] == f"{year - 1}{latest[4:]}"), None)
    to_date = [row for row in periods if row["period"][:4] == latest[:4]]
    planned: dict[str, int] = defaultdict(int)
    for row in plans:
        if row["period"] == latest and row["measure"] == "net_amount":
            planned[row["region_code"]] += row["value"]
    actual = {row["key"]: row["net_amount"] for row in sales if row["period"] == latest and row["cut"] == "region_code"}
    unripe = business.receipts.filter(
        (pl.col("matures_on") > world.end) & (pl.col("day") <= world.end) & ~pl.col("receipt_no").is_in(sorted(removed.receipts))
    )
    buckets = {name: sum(row[name] for row in open_items) for name, _, _ in BUCKETS}
    return {
        "period": latest,
        "as_of": world.end.isoformat(),
        "net_sales": now["net_sales"],
        "gross_sales": now["gross_sales"],
        "receipts": now["receipts"],
        "expenses": now["expenses"],
        "net_sales_last_year": last_year["net_sales"] if last_year else None,
        "net_sales_year_to_date": sum(row["net_sales"] for row in to_date),
        "receipts_year_to_date": sum(row["receipts"] for row in to_date),
        "plan_net_amount": sum(planned.values()),
        "plan_net_amount_by_region": dict(sorted(planned.items())),
        "net_sales_by_region": dict(sorted(actual.items())),
        "attainment": now["net_sales"] / sum(planned.values()) if planned else None,
        "attainment_by_region": {region: actual.get(region, 0) / value for region, value in sorted(planned.items()) if value},
        "receivables_balance": sum(row["balance"] for row in open_items),
        "receivables_advances": sum(row["advance"] for row in open_items),
        "receivables_overdue": sum(row["overdue"] for row in open_items),
        "receivables_buckets": buckets,
        "customers_overdue_over_90": sum(row["91-180"] + row["181-365"] + row[">365"] > 0 for row in open_items),
        "customers_over_limit_by_balance": sum(row["balance"] > row["credit_limit"] for row in open_items if row["credit_limit"]),
        "drafts_not_matured": int(unripe["amount_fen"].sum()) * 100,
        "drafts_not_matured_count": unripe.height,
        "reporting_dealers": len(indicators),
        "rows_delivered": sum(row["delivered_rows"] for row in tables),
        "rows_loaded": sum(row["loaded_rows"] for row in tables),
        "rows_rejected": sum(row["rejected_rows"] for row in tables),
        "rows_gone_with": sum(row["goes_with_rows"] for row in tables),
        "rows_repeated": sum(row["repeated_rows"] for row in tables),
    }


def _table(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    listed = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]) if listed else ["empty"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
