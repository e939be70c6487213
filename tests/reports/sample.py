"""A small company's marts that keep their contracts: 4 regions, 6 people, 2 lines, 6 products, 8 customers; figures that tie."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company, Sender
from pipelines.company.policy import Policy
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.contracts.model import Kind
from pipelines.money import E4
from pipelines.reports.context import ReportContext

PERIOD = "2026-10"
AS_OF = date(2026, 10, 31)
REGIONS = {"R1": "华东", "R2": "华南", "R3": "华北", "R4": "西南"}
PEOPLE = {"E1": ("王强", "R1"), "E2": ("李娜", "R1"), "E3": ("陈静", "R2"), "E4": ("张伟", "R3"), "E5": ("刘洋", "R4"), "E6": ("赵敏", "R4")}
PRODUCTS = {"P01": ("复合肥 45%", "复合肥"), "P02": ("复合肥 51%", "复合肥"), "P03": ("尿素", "氮肥"), "P04": ("硫酸铵", "氮肥"), "P05": ("氯化铵", "氮肥"), "P06": ("水溶肥", "复合肥")}
CUSTOMERS = {
    "00101": ("苏州丰收农资有限公司", "R1", "E1"), "00102": ("杭州绿野农资有限公司", "R1", "E2"), "00103": ("广州南粤农资", "R2", "E3"),
    "00104": ("佛山惠农", "R2", "E3"), "00105": ("石家庄金穗", "R3", "E4"), "00106": ("保定沃土", "R3", "E4"),
    "00107": ("成都天府农资", "R4", "E5"), "00108": ("重庆山城农资", "R4", "E6"),
}  # fmt: skip


def wan(value: float) -> int:
    """万元 as stored."""
    return round(value * 100) * 100 * E4


def rows_of(mart: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a mart; what a row does not say keeps the contract."""
    contract = MARTS.get(mart) or CONTRACTS[mart]
    for row in rows:
        assert not set(row) - set(contract.schema), f"{mart} has no columns {set(row) - set(contract.schema)}"
    filled = [{column.name: row.get(column.name, _default(column.kind, column)) for column in contract.columns} for row in rows]
    return pl.DataFrame(filled, schema=contract.schema)


def _default(kind: Kind, column: Any) -> Any:
    if column.name == "period":
        return PERIOD
    if column.name == "as_of":
        return AS_OF
    if not column.required:
        return None
    if column.values:
        return column.values[0]
    if kind in (Kind.CODE, Kind.TEXT):
        return ""
    return {Kind.BOOL: False, Kind.DATE: AS_OF, Kind.RATIO: 0.0}.get(kind, 0)


# --- sales ------------------------------------------------------------------------------------------------------------

# product × region: plan, actual, last year in 万元; None is no plan
LEAVES: dict[tuple[str, str], tuple[float | None, float, float]] = {
    ("P01", "R1"): (420, 462.3, 401.2), ("P02", "R1"): (180, 171.4, 160.1), ("P03", "R1"): (210, 222.8, 199.3),
    ("P01", "R2"): (390, 371.5, 360.4), ("P04", "R2"): (120, 128.2, 131.0), ("P03", "R2"): (95, 101.9, 90.2),
    ("P01", "R3"): (260, 268.4, 255.5), ("P02", "R3"): (130, 139.1, 118.4), ("P05", "R3"): (60, 0, 57.3),
    ("P01", "R4"): (240, 187.6, 205.9), ("P03", "R4"): (150, 138.2, 141.6), ("P06", "R4"): (None, 24.6, 0),
}  # fmt: skip
YEAR = 9.4


def _measure_rows(measure: str, leaves: list[dict[str, Any]], unit: str = "") -> list[dict[str, Any]]:
    cuts: dict[str, Any] = {
        "company": lambda leaf: ("", "", "", ""),
        "region_code": lambda leaf: (leaf["region"], "", REGIONS[leaf["region"]], ""),
        "product_line": lambda leaf: (leaf["line"], "", leaf["line"], ""),
        "product_code": lambda leaf: (leaf["product"], "", PRODUCTS[leaf["product"]][0], ""),
        "product_line*product_code": lambda leaf: (leaf["line"], leaf["product"], leaf["line"], PRODUCTS[leaf["product"]][0]),
        "employee_code": lambda leaf: (leaf["person"], "", PEOPLE[leaf["person"]][0], ""),
        "region_code*employee_code": lambda leaf: (leaf["region"], leaf["person"], REGIONS[leaf["region"]], PEOPLE[leaf["person"]][0]),
        "customer_code": lambda leaf: (leaf["customer"], "", CUSTOMERS[leaf["customer"]][0], ""),
    }
    found = []
    for cut, key_of in cuts.items():
        groups: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
        for leaf in leaves:
            groups.setdefault(key_of(leaf), []).append(leaf)
        for rank, (key, members) in enumerate(groups.items(), start=1):
            planned = [leaf["plan"] for leaf in members if leaf["plan"] is not None]
            found.append(_compared(measure, unit, cut, key, sum(planned) if planned else None, members, rank))
    return found


def _compared(measure: str, unit: str, cut: str, key: tuple[str, str, str, str], plan: int | None, members: list[dict[str, Any]], rank: int) -> dict[str, Any]:
    actual, py = sum(leaf["actual"] for leaf in members), sum(leaf["py"] for leaf in members)
    ytd_plan = None if plan is None else round(plan * YEAR)
    ytd_actual, ytd_py = sum(leaf["ytd_actual"] for leaf in members), sum(leaf["ytd_py"] for leaf in members)
    return {
        "measure": measure, "unit": unit, "cut": cut, "key": key[0], "key2": key[1], "label": key[2], "label2": key[3],
        "plan": plan, "actual": actual, "variance": None if plan is None else actual - plan,
        "attainment": None if not plan else actual / plan, "py": py, "growth_yoy": (actual - py) / py if py else None,
        "pp": round(actual * 0.97), "growth_mom": 0.031, "ytd_plan": ytd_plan, "ytd_actual": ytd_actual,
        "ytd_variance": None if ytd_plan is None else ytd_actual - ytd_plan, "ytd_attainment": None if not ytd_plan else ytd_actual / ytd_plan,
        "ytd_py": ytd_py, "ytd_growth": (ytd_actual - ytd_py) / ytd_py if ytd_py else None, "share_of_total": 0.1, "rank": rank,
        "favourable": None if plan is None else actual > plan, "unplanned": plan is None and measure == "net_amount", "plan_layer": "region_code",
    }  # fmt: skip


def _leaves(factor: float = 1.0, planned: bool = True) -> list[dict[str, Any]]:
    people = {region: [code for code, (_, where) in PEOPLE.items() if where == region] for region in REGIONS}
    customers = {region: [code for code, (_, where, _) in CUSTOMERS.items() if where == region] for region in REGIONS}
    found = []
    for i, ((product, region), (plan, actual, py)) in enumerate(LEAVES.items()):
        found.append(
            {
                "product": product, "region": region, "line": PRODUCTS[product][1],
                "person": people[region][i % len(people[region])], "customer": customers[region][i % len(customers[region])],
                "plan": wan(plan * factor) if planned and plan is not None else None, "actual": wan(actual * factor), "py": wan(py * factor),
                "ytd_actual": wan(actual * factor * 9.6), "ytd_py": wan(py * factor * 9.5),
            }
        )  # fmt: skip
    return found


def plan_actual(*, planned: bool = True) -> pl.DataFrame:
    rows = _measure_rows("net_amount", _leaves(planned=planned)) + _measure_rows("receipts", _leaves(0.93, planned))
    rows += [row for row in _measure_rows("gross_margin", _leaves(0.31, False)) if row["cut"] == "company"]
    rows += _measure_rows("qty", _leaves(0.5, planned), "吨")
    fresh = {"measure": "new_customers", "cut": "company", "actual": 3 * E4, "py": 5 * E4, "plan": None, "rank": 1}
    return rows_of("plan_actual", *rows, fresh)


CAUSES = {"price": -0.9, "volume": 0.6, "mix": 0.2}


def causes() -> pl.DataFrame:
    """Causes by company, region and line, against plan and last year."""
    rows = []
    leaves = _leaves()
    for base in ("plan", "last_year"):
        for span, factor in (("period", 1), ("year_to_date", 9)):
            for cut, key_of in (
                ("company", lambda leaf: ("", "")),
                ("region_code", lambda leaf: (leaf["region"], REGIONS[leaf["region"]])),
                ("product_line", lambda leaf: (leaf["line"], leaf["line"])),
            ):
                groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
                for leaf in leaves:
                    groups.setdefault(key_of(leaf), []).append(leaf)
                for key, members in groups.items():
                    rows.append(_caused(base, span, cut, key, members, factor))
    return rows_of("variance_causes", *rows)


def _caused(base: str, span: str, cut: str, key: tuple[str, str], members: list[dict[str, Any]], factor: int) -> dict[str, Any]:
    total = dict.fromkeys(("base_amount", "actual_amount", "variance", "price", "volume", "mix", "new", "discontinued", "other"), 0)
    for leaf in members:
        before, now = (leaf["plan"] if base == "plan" else leaf["py"]) or 0, leaf["actual"]
        if factor > 1:
            before, now = round((leaf["plan"] or 0) * YEAR) if base == "plan" else leaf["ytd_py"], leaf["ytd_actual"]
        total["base_amount"] += before
        total["actual_amount"] += now
        total["variance"] += now - before
        if not before:
            total["new"] += now
        elif not now:
            total["discontinued"] -= before
        else:
            price, mix = -(before // 100), (now - before) // 5
            total["price"] += price
            total["mix"] += mix
            total["volume"] += now - before - price - mix
    return {"base": base, "span": span, "cut": cut, "key": key[0], "label": key[1], **total}


def top_causes() -> pl.DataFrame:
    rows = []
    table = causes().filter(pl.col("cut").is_in(["region_code", "product_line"]))
    for (base, span, cut), part in table.group_by(["base", "span", "cut"], maintain_order=True):
        gap = int(part["variance"].sum())
        explains = part.filter(pl.col("variance").sign() * gap > 0).sort(pl.col("variance").abs(), descending=True)
        offsets = part.filter(pl.col("variance").sign() * gap < 0).sort(pl.col("variance").abs(), descending=True)
        for side, rows_of_side in (("explains", explains), ("offsets", offsets)):
            running = 0
            for i, row in enumerate(rows_of_side.iter_rows(named=True), start=1):
                running += row["variance"]
                rows.append(
                    {
                        "base": base, "span": span, "dimension": cut, "side": side, "position": i, "key": row["key"], "label": row["label"], "gap": gap,
                        "base_amount": row["base_amount"], "actual_amount": row["actual_amount"], "variance": row["variance"],
                        "contribution": row["variance"] / gap, "cumulative": running / gap, "main_cause": "volume",
                        **{name: row[name] for name in ("price", "volume", "mix", "new", "discontinued", "other")},
                    }
                )  # fmt: skip
    return rows_of("top_causes", *rows)


def plan_series() -> pl.DataFrame:
    shape = [0.7, 0.55, 0.9, 1.2, 1.25, 1.1, 0.95, 0.9, 1.05, 1.0, 0.8, 0.75]
    keys = [f"2024-{m:02d}" for m in (11, 12)] + [f"2025-{m:02d}" for m in range(1, 13)] + [f"2026-{m:02d}" for m in range(1, 11)]
    total = sum(leaf["actual"] for leaf in _leaves())
    rows = []
    for i, key in enumerate(keys):
        level = shape[int(key[5:]) - 1]
        actual = total if key == PERIOD else round(total * level * (0.9 + 0.004 * i))
        plan = sum(leaf["plan"] or 0 for leaf in _leaves()) if key == PERIOD else round(total * level * (0.93 if i % 3 else 0.99))
        for measure, share in (("net_amount", 1.0), ("receipts", 0.93), ("gross_margin", 0.31)):
            rows.append({"measure": measure, "cut": "company", "in_period": key, "actual": round(actual * share), "plan": round(plan * share) if measure == "net_amount" else None, "py": round(actual * share * 0.93)})
    return rows_of("plan_series", *rows)


def pace() -> pl.DataFrame:
    one = {"measure": "net_amount", "working_days": 22, "working_days_elapsed": 13, "time_progress": 13 / 22}
    company = {**one, "cut": "company", "plan": wan(1000), "actual": wan(620), "attainment": 0.62, "gap": 0.62 - 13 / 22, "forecast": wan(1049.23), "needed_per_day": wan(42.22)}
    region = {**one, "cut": "region_code", "key": "R1", "label": "华东", "plan": wan(400), "actual": wan(200), "attainment": 0.5, "gap": 0.5 - 13 / 22, "forecast": wan(338.46), "needed_per_day": wan(22.2)}
    return rows_of("pace", company, region)


# --- receivables ------------------------------------------------------------------------------------------------------

BUCKETS = ("not_due", "1-30", "31-60", "61-90", "91-180", "181-365", ">365")
YEARS = ("<=1y", "1-2y", "2-3y", "3-4y", "4-5y", ">5y")
OPEN = {
    "00101": (310, 42, 21, 0, 0, 0, 0), "00102": (220, 18, 0, 6, 0, 0, 0), "00103": (140, 52, 33, 12, 8.5, 0, 0), "00104": (90, 0, 0, 0, 0, 0, 0),
    "00105": (75, 15, 25, 31, 12, 4, 0), "00106": (66, 0, 0, 0, 0, 0, 0), "00107": (58, 36, 41, 22, 16, 9.3, 5.2), "00108": (44, 21, 0, 0, 0, 0, 0),
}  # fmt: skip
ADVANCE = {"00104": 30.0, "00106": 80.0}
LATE = (0, 15, 45, 75, 130, 250, 500)


def _who(code: str) -> dict[str, Any]:
    name, region, person = CUSTOMERS[code]
    return {"customer_code": code, "customer_name": name, "region_code": region, "employee_code": person, "department": "销售一部", "parent_code": "G1" if code in ("00107", "00108") else None}


def receivables_marts() -> dict[str, pl.DataFrame]:
    accounts, ageing, items, advances, roll, dunning, provision = [], [], [], [], [], [], []
    for code, amounts in OPEN.items():
        parts = [wan(amount) for amount in amounts]
        whole, overdue, advance = sum(parts), sum(parts[1:]), wan(ADVANCE.get(code, 0))
        limit = wan(300)
        accounts.append({**_who(code), "balance": whole - advance, "open_amount": whole, "not_due": parts[0], "overdue": overdue, "advance": advance, "credit_limit": limit, "credit_used": whole, "credit_use": whole / limit, "over_limit": max(whole - limit, 0), "days_in_breach": 12 if whole > limit else 0, "oldest_days_late": max([LATE[i] for i, part in enumerate(parts) if part and i] or [0]), "open_items": sum(part > 0 for part in parts)})
        for i, part in enumerate(parts):
            if not part:
                continue
            ageing.append({**_who(code), "basis": "due", "bucket_no": i, "bucket": BUCKETS[i], "amount": part, "documents": 1})
            ageing.append({**_who(code), "basis": "document", "bucket_no": 1 if i == 6 else 0, "bucket": YEARS[1 if i == 6 else 0], "amount": part, "documents": 1})
            ageing.append({**_who(code), "basis": "fifo", "bucket_no": 0, "bucket": YEARS[0], "amount": part, "documents": 1})
            due = date(2026, 11, 20) if i == 0 else date.fromordinal(AS_OF.toordinal() - LATE[i])
            item = {**_who(code), "document_no": f"INV-{code}-{i}", "term": 1, "kind": "invoice", "document_date": date.fromordinal(due.toordinal() - 30), "due_on": due, "days_late": LATE[i]}
            items.append({**item, "amount": part + wan(1), "open_amount": part, "due_bucket": BUCKETS[i], "document_bucket": YEARS[0], "fifo_open_amount": part, "source_file": "erp/sales.csv", "source_row": 100 + i})
            level = 0 if i == 0 else 1 if i == 1 else 2 if i < 4 else 3
            dunning.append({**item, "employee_name": PEOPLE[CUSTOMERS[code][2]][0], "status": "due_next" if i == 0 else "overdue", "level": level, "amount": part})
        if advance:
            advances.append({**_who(code), "credit_no": f"RC-{code}", "kind": "receipt", "dated_on": date(2026, 10, 20), "amount": advance})
        sales, receipts = wan(200), wan(150)
        roll.append({**_who(code), "opening": whole - advance - sales + receipts + wan(5), "sales": sales, "returns": wan(5), "receipts": receipts, "closing": whole - advance, "open_amount": whole, "advance": advance})
    grouped: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for row in ageing:
        key = (row["customer_code"], row["bucket_no"], row["basis"], row["bucket"])
        if key in grouped:
            grouped[key]["amount"] += row["amount"]
        else:
            grouped[key] = dict(row)
    whole, overdue = sum(a["open_amount"] for a in accounts), sum(a["overdue"] for a in accounts)
    ratio = {"closing": sum(a["balance"] for a in accounts), "closing_overdue": overdue, "closing_open": whole, "credit_days": 92, "collectable": wan(900), "collected": wan(640), "collection_rate": 0.7111, "opening_overdue": wan(410), "recovered": wan(180), "overdue_recovery": 0.439, "dso": 54.3, "countback_dso": 51.7, "best_possible_dso": 38.2, "average_days_delinquent": 16.1, "cei": 0.7826}
    ratios = [{**ratio, "cut": "company", "key": "all", "share_overdue": overdue / whole}]
    for region, name in REGIONS.items():
        own = [a for a in accounts if a["region_code"] == region]
        ratios.append({**ratio, "cut": "region_code", "key": region, "label": name, "share_overdue": sum(a["overdue"] for a in own) / sum(a["open_amount"] for a in own), "collection_rate": 0.6 + 0.05 * int(region[1])})
    for class_no, name, rate in ((1, "<=1y", 0.05), (2, "1-2y", 0.1)):
        base = sum(r["amount"] for r in grouped.values() if r["basis"] == "document" and r["bucket"] == name)
        fifo = sum(r["amount"] for r in grouped.values() if r["basis"] == "fifo" and r["bucket"] == name)
        provision.append({"class_no": class_no, "class": name, "base_invoice": base, "base_fifo": fifo, "base_difference": fifo - base, "provision_invoice": round(base * rate), "provision_fifo": round(fifo * rate), "effect": round(fifo * rate) - round(base * rate)})
    rolls = [{"before_as_of": date(2026, 9, 30), "bucket_no": i, "bucket": BUCKETS[i], "next_bucket": BUCKETS[i + 1], "before": wan(200 / (i + 1)), "now": wan(40 / (i + 1)), "roll_rate": 0.2, "loss_rate": 0.048} for i in range(4)]
    drafts = [{**_who("00101"), "receipt_no": "RC-77", "instrument_no": "BA-2026-01", "received_on": date(2026, 9, 1), "matures_on": date(2026, 11, 15), "days_to_maturity": 15, "amount": wan(60)}]
    return {
        "receivables": rows_of("receivables", *accounts),
        "receivables_ageing": rows_of("receivables_ageing", *grouped.values()),
        "open_items": rows_of("open_items", *items),
        "advances": rows_of("advances", *advances),
        "receivables_roll_forward": rows_of("receivables_roll_forward", *roll),
        "receivable_ratios": rows_of("receivable_ratios", *ratios),
        "roll_rates": rows_of("roll_rates", *rolls),
        "provision_effect": rows_of("provision_effect", *provision),
        "provision": rows_of("provision", {**_who("00107"), "method": "specific", "document_no": "INV-00107-6", "base": wan(5.2), "amount": wan(5.2), "reason": "诉讼中"}),
        "dunning": rows_of("dunning", *dunning),
        "drafts": rows_of("drafts", *drafts),
        "receivables_group": rows_of("receivables_group", {"parent_code": "G1", "group_name": "天府集团", "customers": 2, "balance": wan(252.5), "open_amount": wan(252.5), "overdue": wan(150.5), "credit_limit": wan(600), "credit_use": 0.42}),
    }  # fmt: skip


# --- dealers, control, submissions ------------------------------------------------------------------------------------


def dealer_marts() -> dict[str, pl.DataFrame]:
    rows, scores = [], []
    for i, (code, (name, region, person)) in enumerate(CUSTOMERS.items()):
        score = None if i == 7 else 96.0 - 7.3 * i
        grade = None if score is None else "A" if score >= 90 else "B" if score >= 75 else "C" if score >= 60 else "D"
        rows.append({"dealer_code": code, "name": name, "region_code": region, "region_name": REGIONS[region], "employee_code": person, "outlets": 20 + i, "outlets_visited": 15, "outlets_traded": 14, "outlets_active": 11, "qty_unit": "吨", "visit_coverage": 15 / (20 + i), "distribution": 14 / (20 + i), "sales_per_outlet": 82.5 - i, "active_rate": 11 / 14, "signed_attainment": None if i == 3 else 0.9, "stock_days": 60.0 + 3 * i, "score": score, "weight_used": 1.0, "grade": "C" if i == 1 else grade, "grade_before_veto": grade, "vetoes": "overdue" if i in (1, 4) else "", "support": {"A": "priority", "B": "standard", "C": "limited", "D": "none"}.get(grade or ""), "weakest": "" if i == 0 else "stock_days" if i % 2 else "visit_coverage,active_rate", "score_last_month": None if score is None else score - 2 + i, "change_last_month": None if score is None else 2.0 - i, "change_last_year": None if score is None else 4.0 - i, "grade_last_month": grade})
        for kpi, actual, target in (("visit_coverage", 0.75, 0.9), ("stock_days", 60.0, 45.0)):
            scores.append({"dealer_code": code, "kpi": kpi, "actual": actual, "target": round(target * E4), "weight": 1500, "scope": "policy", "score": 80.0, "weak": kpi == "stock_days", "change_last_month": 0.02})
    return {"dealer_indicators": rows_of("dealer_indicators", *rows), "dealer_indicator_scores": rows_of("dealer_indicator_scores", *scores)}


def submissions_marts() -> dict[str, pl.DataFrame]:
    rows = [
        {"sender": "苏州丰收", "table": "sell_out", "cover": PERIOD, "every": "period", "due_at": "2026-11-05T08:00", "due_local": "2026-11-05 16:00", "arrived_local": "2026-11-04 10:00", "days_late": 0, "status": "on_time", "deliveries": 1, "rows_accepted": 320, "rows_rejected": 4, "source_file": "苏州丰收/10月.xlsx"},
        {"sender": "成都天府", "table": "sell_out", "cover": PERIOD, "every": "period", "due_at": "2026-11-05T08:00", "due_local": "2026-11-05 16:00", "arrived_local": "2026-11-07 10:00", "days_late": 2, "status": "late", "deliveries": 2, "rows_accepted": 210, "rows_rejected": 0},
        {"sender": "重庆山城", "table": "dealer_stock", "cover": PERIOD, "every": "period", "due_at": "2026-11-05T08:00", "due_local": "2026-11-05 16:00", "days_late": 3, "status": "missing"},
    ]
    rates = [
        {"sender": "苏州丰收", "table": "sell_out", "expected": 1, "due": 1, "on_time": 1, "on_time_rate": 1.0, "received_rate": 1.0},
        {"sender": "重庆山城", "table": "dealer_stock", "expected": 1, "due": 1, "missing": 1, "on_time_rate": 0.0, "received_rate": 0.0, "days_late": 3},
    ]
    return {"submissions": rows_of("submissions", *rows), "submission_rates": rows_of("submission_rates", *rates)}


def tie_outs() -> pl.DataFrame:
    return rows_of(
        "tie_outs",
        {"control": "C1", "statement": "file_total", "subject": "erp/sales.csv", "left_label": "stated_in_file", "left_amount": wan(2216), "right_label": "sum_of_lines", "right_amount": wan(2216), "status": "tied", "reports": "R4,R10,R13", "measure": "amount"},
        {"control": "C1", "statement": "file_rows", "subject": "erp/sales.csv", "left_label": "delivered", "left_amount": 812 * E4, "right_label": "loaded_rejected_repeated", "right_amount": 812 * E4, "status": "tied", "invariant": True, "reports": "R4,R10,R13", "measure": "rows"},
        {"control": "C3", "statement": "ledger", "subject": "revenue", "left_label": "facts", "left_amount": wan(2216), "right_label": "general_ledger", "right_amount": wan(2216) - 60, "difference": 60, "tolerance": 100, "status": "within_tolerance", "reports": "R4,R10", "measure": "amount"},
        {"control": "C3", "statement": "ledger", "subject": "receivables", "left_label": "facts", "left_amount": wan(1340), "right_label": "general_ledger", "right_amount": wan(1338.5), "difference": wan(1.5), "tolerance": 100, "status": "broken", "reports": "R14", "measure": "amount"},
    )


def findings() -> pl.DataFrame:
    return rows_of(
        "findings",
        {"control": "C7", "rule": "numbering_gap", "severity": "warning", "subject": "INV", "source_file": "erp/sales.csv", "source_row": 77, "found": "2", "expected": "INV-0077…INV-0078", "owner": "销售会计", "reports": "R4,R20"},
        {"control": "C3", "rule": "ledger_differs", "severity": "error", "subject": "receivables", "found": "13,400,000.00", "expected": "13,385,000.00", "amount": wan(1.5), "owner": "总账", "reports": "R14,R20"},
    )


def quarantine() -> pl.DataFrame:
    one = {"table": "sell_out", "layout": "county", "sender": "苏州丰收", "source_file": "苏州丰收/10月.xlsx", "source_sheet": "销售", "severity": "error"}
    return rows_of(
        "quarantine",
        {**one, "source_row": 17, "reason_no": 1, "rule": "not_a_number", "column": "qty", "cell": "C17", "found": "十二", "amount": wan(0.4)},
        {**one, "source_row": 17, "reason_no": 2, "rule": "missing", "column": "product_code", "cell": "B17", "amount": wan(0.4)},
        {**one, "source_row": 21, "reason_no": 1, "rule": "unknown_reference", "column": "product_code", "cell": "B21", "found": "ZZ9", "amount_unreadable": True},
    )


def files() -> pl.DataFrame:
    one = {"source_sha256": "a" * 64, "arrived_at": "2026-11-01T02:00:00", "size": 1234, "language": "zh-Hans"}
    return rows_of(
        "files",
        {**one, "delivery": "1", "source_file": "erp/sales.csv", "sender": "erp", "layout": "erp_sales", "table": "sales_line", "status": "live"},
        {**one, "delivery": "2", "source_file": "苏州丰收/10月.xlsx", "sender": "苏州丰收", "layout": "county", "table": "sell_out", "status": "live"},
        {**one, "delivery": "3", "source_file": "misc/扫描.pdf", "sender": "misc", "layout": "", "status": "unmatched", "reason": "no layout matches"},
    )


def commentary() -> pl.DataFrame:
    return rows_of(
        "commentary",
        {"scope": "region:R4", "text": "十月雨水偏多，复合肥推迟备货；已约三家大客户十一月上旬补单。", "author": "刘洋"},
        {"scope": "all", "text": "西南缺口由价格与备货推迟造成，十一月重点跟进。", "author": "销售总监"},
    )


def next_plan() -> pl.DataFrame:
    rows = plan_actual().filter(pl.col("measure") == "net_amount")
    return rows.with_columns(pl.lit("2026-11").alias("period"), (pl.col("plan") * 11 // 10).alias("plan"), pl.lit(0, pl.Int64).alias("actual"))


def marts() -> dict[str, pl.DataFrame]:
    """Every mart of the sample."""
    from tests.reports import field

    return {
        **field.marts(),
        "plan_actual": plan_actual(),
        "plan_series": plan_series(),
        "variance_causes": causes(),
        "top_causes": top_causes(),
        "pace": pace(),
        "new_customers": rows_of("new_customers", {"customer_code": "00108", "label": "重庆山城农资", "first_invoice_on": date(2026, 10, 9), "region_code": "R4", "employee_code": "E6", "net_amount": wan(24.6)}),
        "commentary": commentary(),
        "plan_next": next_plan(),
        "quarantine": quarantine(),
        **receivables_marts(),
        **dealer_marts(),
        **submissions_marts(),
    }


def company(**policy: Any) -> Company:
    names = {"zh-Hans": "示例化肥有限公司", "zh-Hant": "示例化肥有限公司", "en": "Sample Fertiliser Co."}
    from pathlib import Path

    return Company(Path("sample"), Policy(name="示例化肥有限公司", names=names, **policy), Calendar(CalendarFile()), {}, (Sender(sender="00107", files="*", language="en"),), (), "0" * 64)


def context(*, as_of: date = AS_OF, period: str = PERIOD, **policy: Any) -> ReportContext:
    of = company(**policy)
    return ReportContext(
        company=of, period=of.calendar.period(period), as_of=as_of, known_at=datetime(2026, 11, 2, 2, 14, tzinfo=ZoneInfo("Asia/Shanghai")),
        delivered=frozenset(CONTRACTS), tie_outs=tie_outs(), findings=findings(), files=files(),
    )  # fmt: skip
