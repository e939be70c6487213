"""A company of five dealers in a dozen small files: everything that a run writes is written for it, in a few seconds."""

from __future__ import annotations

import csv
from pathlib import Path

import xlsxwriter

DEALERS = ("D1", "D2", "D3", "D4", "D5")
MONTHS = ("2026-09", "2026-10")

POLICY = """\
name: Tiny
currency: CNY
timezone: Asia/Shanghai
languages: [en]
default_language: en
"""
CALENDAR = """\
kind: month
first: 2026-01-01
last: 2026-12-31
"""
_SENDER = "{source: path, pattern: '^dealers/(?P<value>[^/]+)/'}"
_MONTH = r"{span: period, key: {source: path, pattern: '_(?P<value>\d{4}-\d{2})'}}"
_FIELDS = {
    "region": ["region_code", "name", "department"],
    "customer": ["customer_code", "name", "region_code", "credit_limit"],
    "product": ["product_code", "name", "line"],
    "sales_line": ["document_no", "line_no", "document_date", "customer_code", "product_code", "qty", "unit_price", "net_amount", "cost_amount"],
    "receipt": ["receipt_no", "received_on", "customer_code", "amount"],
}
_CONSTANTS = {
    "region": '{valid_from: "2026-01-01"}',
    "customer": '{kind: dealer, valid_from: "2026-01-01"}',
    "product": '{unit: t, base_unit: t, units_per_base: "1", valid_from: "2026-01-01"}',
    "sales_line": "{document_kind: invoice}",
    "receipt": "{method: transfer}",
}


def write(folder: Path) -> None:
    """``folder/company`` and ``folder/inbox``: ERP exports, a plan workbook, a sell-out workbook of each dealer, one cell of it wrong."""
    _company(folder / "company")
    _erp(folder / "inbox" / "erp")
    plan(folder / "inbox" / "plan.xlsx")
    for number, dealer in enumerate(DEALERS):
        rows = [["2026-10-05", dealer, f"{dealer}-1", "P1", 3 + number], ["2026-10-20", dealer, f"{dealer}-1", "P2", 2]]
        if dealer == "D3":
            rows[1][4] = "two"
        workbook(folder / "inbox" / "dealers" / dealer / "sold_2026-10.xlsx", "Sold",
                 ["sold_on", "dealer_code", "outlet_code", "product_code", "qty"], rows)  # fmt: skip
        table(folder / "inbox" / "dealers" / dealer / "outlets.csv", ["outlet_code", "name"], [[f"{dealer}-1", f"Shop of {dealer}"]])
    arrivals(folder / "inbox")


def arrivals(inbox: Path, *, late: dict[str, str] | None = None) -> None:
    """``arrivals.csv`` for what is in the inbox; files not in ``late`` came on 2 November."""
    names = sorted(path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file() and path.name != "arrivals.csv")
    moments = dict.fromkeys(names, "2026-11-02T09:00:00+08:00") | (late or {})
    table(inbox / "arrivals.csv", ["path", "arrived_at"], [[name, at] for name, at in moments.items()])


def plan(path: Path, *, heading: str = "region_code", region: str = "R1", sheet: str = "Plan") -> None:
    """The plan of both months, by region and line."""
    rows = [[month, region, line, value] for month in MONTHS for line, value in (("Bags", 9000), ("Liquids", 4000))]
    workbook(path, sheet, ["period", heading, "product_line", "value"], rows)


def workbook(path: Path, sheet: str, headings: list[str], rows: list[list[object]]) -> None:
    """One sheet with headings in its first row; the same content gives the same bytes."""
    from datetime import datetime

    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": datetime(2026, 11, 1)})  # noqa: DTZ001
        page = book.add_worksheet(sheet)
        for number, row in enumerate([headings, *rows]):
            page.write_row(number, 0, row)


def table(path: Path, headings: list[str], rows: list[list[object]]) -> None:
    """A CSV file in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([headings, *rows])


def _company(folder: Path) -> None:
    (folder / "layouts").mkdir(parents=True)
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    (folder / "calendar.yaml").write_text(CALENDAR, "utf-8")
    senders = [["erp", "erp/*", "en", "Asia/Shanghai", "erp@tiny.example"]]
    senders += [[dealer, f"dealers/{dealer}/*", "en", "Asia/Shanghai", f"{dealer.lower()}@tiny.example"] for dealer in DEALERS]
    table(folder / "senders.csv", ["sender", "files", "language", "timezone", "address"], senders)
    owed = [[dealer, "sell_out", "period", "5", "1", "18:00", "2026-10-01"] for dealer in DEALERS]
    table(folder / "obligations.csv", ["sender", "table", "every", "due_day", "due_offset", "due_time", "valid_from"], owed)
    for name, fields in _FIELDS.items():
        _layout(folder, name, f"[erp/{name}.csv]", "sender: erp", fields, _CONSTANTS[name])
    _layout(folder, "plan", "[plan.xlsx]", "sender: planning\nsheets: {name: Plan}", ["period", "region_code", "product_line", "value"],
            "{version: annual, measure: net_amount, department: all, employee_code: all, customer_code: all, product_code: all}")  # fmt: skip
    _layout(folder, "sell_out", '["dealers/*/sold_*.xlsx"]', f"sender: {_SENDER}\ncover: {_MONTH}",
            ["sold_on", "dealer_code", "outlet_code", "product_code", "qty"], "{grain: day}")  # fmt: skip
    _layout(folder, "outlet", '["dealers/*/outlets.csv"]', f"sender: {_SENDER}\ncapture: {{dealer_code: {_SENDER}}}",
            ["outlet_code", "name"], '{valid_from: "2026-01-01"}')  # fmt: skip


def _layout(folder: Path, name: str, files: str, more: str, fields: list[str], constants: str) -> None:
    lines = [f"table: {name}", f"files: {files}", more, f"constants: {constants}", "columns:"]
    lines += [f"  {field}: {{headings: [{field}]}}" for field in fields]
    (folder / "layouts" / f"{name}.yaml").write_text("\n".join(lines) + "\n", "utf-8")


def _erp(folder: Path) -> None:
    table(folder / "region.csv", _FIELDS["region"], [["R1", "North", "Counties"], ["R2", "South", "Counties"]])
    customers = [[dealer, f"Dealer {dealer}", "R1" if n < 3 else "R2", 5000] for n, dealer in enumerate(DEALERS)]
    table(folder / "customer.csv", _FIELDS["customer"], customers)
    table(folder / "product.csv", _FIELDS["product"], [["P1", "Bag", "Bags"], ["P2", "Bottle", "Liquids"]])
    lines = []
    for m, month in enumerate(MONTHS):
        for n, dealer in enumerate(DEALERS):
            for line, (product, price) in enumerate((("P1", 300), ("P2", 120 + m)), start=1):
                qty = n + line + m
                lines.append([f"S{m}{n}", line, f"{month}-1{n}", dealer, product, qty, price, qty * price, qty * price // 2])
    table(folder / "sales_line.csv", _FIELDS["sales_line"], lines)
    receipts = [[f"C{m}{n}", f"{month}-2{n}", dealer, 250 + 10 * n] for m, month in enumerate(MONTHS) for n, dealer in enumerate(DEALERS)]
    table(folder / "receipt.csv", _FIELDS["receipt"], receipts)
