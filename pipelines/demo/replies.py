"""What comes back of the demo's statements of account: slips that agree, that differ in every way, that are wrong. And their truth.

The statements are those of the last half-year's end. Their slips are written here as the company would have sent them: the number
is customer, day and the first six hexadecimal digits of the SHA-256 of ``company|customer|day|balance in ten-thousandths``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.demo import world as w
from pipelines.demo.business import Business
from pipelines.demo.dealers import senders
from pipelines.demo.erp import Removed
from pipelines.demo.files import KEEP, Col, Fault, Inbox, Row, plant
from pipelines.demo.names import COMPANY

E4 = 100
"""Ten-thousandths in a fen."""

WORDS: dict[str, dict[str, str]] = {
    "zh-Hans": {
        "sheet": "回执",
        "slip_no": "回执编号",
        "stated_balance": "我方账面余额",
        "result": "核对结果",
        "confirmed_balance": "贵方账面余额",
        "confirmed_by": "经办人",
        "replied_on": "回复日期",
        "differences": "差异明细",
        "document_no": "单据号",
        "document_date": "单据日期",
        "amount": "金额（正数：我方余额较大）",
        "kind": "差异类型",
        "note": "备注",
        "seal": "签字、公司盖章",
        "agreed": "相符",
        "different": "不符",
        "in_transit": "在途",
        "not_yet_booked": "未入账",
        "price": "价格差异",
        "return": "退货",
        "other": "其他",
    },
    "zh-Hant": {
        "sheet": "回執",
        "slip_no": "回執編號",
        "stated_balance": "我方帳面餘額",
        "result": "核對結果",
        "confirmed_balance": "貴方帳面餘額",
        "confirmed_by": "經辦人",
        "replied_on": "回覆日期",
        "differences": "差異明細",
        "document_no": "單據號",
        "document_date": "單據日期",
        "amount": "金額（正數：我方餘額較大）",
        "kind": "差異類型",
        "note": "備註",
        "seal": "簽字、公司蓋章",
        "agreed": "相符",
        "different": "不符",
        "in_transit": "在途",
        "not_yet_booked": "未入帳",
        "price": "價格差異",
        "return": "退貨",
        "other": "其他",
    },
    "en": {
        "sheet": "Slip",
        "slip_no": "Slip no.",
        "stated_balance": "Balance by our books",
        "result": "Result",
        "confirmed_balance": "Balance by your books",
        "confirmed_by": "Name",
        "replied_on": "Date of reply",
        "differences": "Differences",
        "document_no": "Document no.",
        "document_date": "Document date",
        "amount": "Amount (+: our balance is larger)",
        "kind": "Kind of difference",
        "note": "Note",
        "seal": "Signature, company seal",
        "agreed": "Agreed",
        "different": "Different",
        "in_transit": "In transit",
        "not_yet_booked": "Not yet booked",
        "price": "Price",
        "return": "Return",
        "other": "Other",
    },
}


@dataclass
class Replies:
    """What was answered: one row a customer that answered well, one row an item; amounts in ten-thousandths."""

    day: date
    replies: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)


def statement_day(world: w.World) -> date:
    """The last end of a June or December within the history."""
    return next(w.last_day(month) for month in reversed(world.months) if month[1] in (6, 12))


def write(world: w.World, business: Business, removed: Removed, owed: Sequence[dict[str, Any]], inbox: Inbox, *, faults: bool) -> Replies:
    """Write the slips of the first reporting dealers; ``owed`` is what everybody owed on the statement's day by the truth."""
    found = Replies(statement_day(world))
    balances = {row["customer_code"]: row["balance"] for row in owed}
    languages = dict(senders(world))
    for index, dealer in enumerate(world.reporters[:9]):
        balance = balances[dealer.code]
        lines, rest, fault = _answer(index, world, business, removed, dealer, found.day)
        if fault is not None and not faults:
            continue
        if balance == 0 and fault is None and not lines:
            continue
        number = slip_number(dealer.code, found.day, balance)
        if fault is not None and fault.rule == "slip_unknown":
            number = number[:-1] + ("0" if number[-1] != "0" else "1")
        differs = bool(lines or rest)
        reply: Row = {
            "slip_no": number,
            "stated_balance": balance,
            "result": "different" if differs else "agreed",
            "confirmed_balance": balance - sum(line["amount"] for line in lines) - rest if differs else None,
            "confirmed_by": "会计",
            "replied_on": found.day + timedelta(days=8 + index),
        }
        if fault is not None:
            fault.sender, fault.period, fault.document = dealer.code, w.key(world.months[-1]), number
            if fault.rule == "neither_agreed_nor_different":
                reply["result"] = None
            plant(reply, fault)
        _deliver(world, inbox, dealer, languages[dealer.code], found.day, reply, lines, index)
        if fault is None or fault.severity == "finding":
            result, confirmed = reply["result"], balance if reply["confirmed_balance"] is None else reply["confirmed_balance"]
            found.replies.append(
                {
                    "statement_on": found.day,
                    "customer_code": dealer.code,
                    "slip_no": number,
                    "result": result,
                    "balance": balance,
                    "confirmed_balance": confirmed,
                    "unexplained": rest,
                }
            )
            extra = [{"kind": "unexplained", "amount": rest, "match": "unmatched", "evidence_no": ""}] if rest else []
            for item in [*lines, *extra]:
                wanted = {name: item[name] for name in ("kind", "amount", "match", "evidence_no")}
                found.items.append({"statement_on": found.day, "customer_code": dealer.code, **wanted})
    return found


def slip_number(code: str, day: date, balance: int) -> str:
    """The number of a slip, by the rule that is documented for it."""
    check = hashlib.sha256(f"{COMPANY}|{code}|{day.isoformat()}|{balance}".encode()).hexdigest()[:6].upper()
    return f"{code}-{day.strftime('%Y%m%d')}-{check}"


def _answer(
    index: int, world: w.World, business: Business, removed: Removed, dealer: w.Customer, day: date
) -> tuple[list[Row], int, Fault | None]:
    """The lines of the ``index``-th dealer's reply, what they leave unexplained, and what is wrong with it."""
    who = next(n for n, one in enumerate(world.customers) if one.code == dealer.code)
    invoices = business.documents.filter(
        (pl.col("customer") == who)
        & (pl.col("document_kind") == "invoice")
        & (pl.col("document_date") <= day)
        & ~pl.col("document_no").is_in(sorted(removed.documents))
    ).sort("document_date", "document_no")
    payments = business.receipts.filter(
        (pl.col("customer") == who)
        & (pl.col("day") > day)
        & (pl.col("amount_fen") > 0)
        & ~pl.col("receipt_no").is_in(sorted(removed.receipts))
    ).sort("day", "receipt_no")
    bill = invoices.row(-1, named=True) if invoices.height else None
    paid = payments.row(0, named=True) if payments.height else None
    if index == 1:
        lines = []
        if bill:
            lines.append(_line("in_transit", bill["gross_fen"] * E4, bill["document_no"], "matched", bill["document_no"]))
        if paid:
            lines.append(_line("not_yet_booked", paid["amount_fen"] * E4, paid["receipt_no"], "matched", paid["receipt_no"]))
        return lines, 0, None
    if index == 2:
        lines = [_line("return", 12_345_600, None, "unmatched", ""), _line("other", -7_800, "QT-1", "unmatched", "")]
        if bill:
            lines.insert(0, _line("price", 1_000_000, bill["document_no"], "matched", bill["document_no"]))
        return lines, 0, None
    if index == 3:
        return [], 0, Fault("wrong_slip_number", "slip_unknown", "error", "confirmation", "slip_no", KEEP)
    if index == 4:
        fault = Fault("differences_do_not_add_up", "differences_do_not_add_up", "finding", "confirmation", "confirmed_balance", KEEP)
        return [_line("other", 500_000, None, "unmatched", "")], 250_000, fault
    if index == 6:
        return [], 0, Fault("neither_agreed_nor_different", "neither_agreed_nor_different", "error", "confirmation", "result", KEEP)
    return [], 0, None


def _line(kind: str, amount: int, number: str | None, match: str, evidence: str) -> Row:
    return {
        "kind": kind,
        "amount": amount,
        "document_no": number,
        "document_date": None,
        "note": None,
        "match": match,
        "evidence_no": evidence,
    }


def _deliver(world: w.World, inbox: Inbox, dealer: w.Customer, language: str, day: date, reply: Row, lines: list[Row], index: int) -> None:
    """The workbook as it was sent, its slip filled in."""
    said = WORDS[language]
    path = f"dealers/{dealer.code}/statement_{dealer.code}.{language}.xlsx"
    shown = {**reply, "result": said.get(reply["result"] or "")}
    with inbox.workbook(path) as book:
        sheet = book.sheet(said["sheet"])
        colon = ": " if language == "en" else "："
        sheet.titles(f"{said['slip_no']}{colon}{reply['slip_no']}")
        forms = {"stated_balance": "e4", "confirmed_balance": "e4", "amount": "e4"}
        first = ("slip_no", "stated_balance", "result", "confirmed_balance", "confirmed_by", "replied_on")
        below = sheet.table(2, [Col(said[name], name, forms.get(name, "text")) for name in first], [shown])
        sheet.put(below + 1, 0, said["differences"])
        second = ("document_no", "document_date", "amount", "kind", "note")
        below = sheet.table(
            below + 2,
            [Col(said[name], name, forms.get(name, "text")) for name in second],
            [{**line, "kind": said[line["kind"]]} for line in lines],
        )
        sheet.put(below + 2, 0, said["seal"])
    inbox.arrive(path, reply["replied_on"] + timedelta(days=1), dealer.code, f"10:{index:02d}:00")
    cover = f"{day:%Y%m%d}"
    inbox.tally(path, "confirmation", cover, [reply], amount="stated_balance", sender=dealer.code)
    inbox.tally(path, "confirmation_difference", cover, lines, amount="amount", sender=dealer.code)
