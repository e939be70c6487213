"""What HR of the demo sends about pay: shared credit and manual adjustments, with a split that does not add up planted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from pipelines.demo import world as w
from pipelines.demo.business import Business
from pipelines.demo.field import HR
from pipelines.demo.files import Col, Delivered, Fault, Inbox, Row, plant

SPLITS_PATH, ADJUSTMENTS_PATH = "hr/业绩分成.xlsx", "hr/薪酬调整.xlsx"
KINDS = {"award": "奖励", "deduction": "扣减", "correction": "更正"}


@dataclass
class PayRows(Delivered):
    """What was delivered, by table: shares and amounts in ten-thousandths."""

    credit_split: list[Row] = field(default_factory=list)
    pay_adjustment: list[Row] = field(default_factory=list)


def write(world: w.World, business: Business, inbox: Inbox, *, faults: bool) -> PayRows:
    """Write both workbooks."""
    found = PayRows()
    _splits(world, business, inbox, found, faults=faults)
    _adjustments(world, inbox, found, faults=faults)
    return found


def _colleague(world: w.World, code: str) -> str:
    """The next salesperson in the list, of the same region where there is one."""
    [one] = [person for person in world.people if person.code == code]
    others = [person for person in world.people if person.code != code and person.left is None and person.hired < world.begin]
    return next((person.code for person in others if person.region == one.region), others[0].code)


def _splits(world: w.World, business: Business, inbox: Inbox, found: PayRows, *, faults: bool) -> None:
    head = next(one.name for one in world.employees if one.role == "department_head")
    dealers = [one for one in world.customers if one.kind == "dealer" and one.moved is None and not one.old_code and not one.closed]
    shared = dealers[len(dealers) // 2]
    latest = business.receipts.filter(
        pl.col("day") >= date(*world.months[-1], 1), pl.col("amount_fen") > 0, pl.col("customer") != world.customers.index(shared)
    )
    largest = latest.sort("amount_fen", "receipt_no").row(-1, named=True)
    rows = found.credit_split

    def split(number: str, since: date, reason: str, owner: str, shares: tuple[int, int], **of: str) -> None:
        rows.extend({
            "split_no": number, "customer_code": of.get("customer"), "document_no": of.get("document"), "valid_from": since,
            "employee_code": code, "share": share, "approved_by": head, "reason": reason,
        } for code, share in zip((owner, _colleague(world, owner)), shares, strict=True))  # fmt: skip

    split("FC-001", date(2026, 4, 1), "两人共同开发，按协议分成", shared.employee, (6000, 4000), customer=shared.code)
    split("FC-002", date(2026, 1, 1), "协助催收", largest["owner"], (5000, 5000), document=largest["receipt_no"])
    if faults:
        split("FC-003", date(2026, 9, 1), "待定", shared.employee, (6000, 3000), customer=dealers[0].code)
        for row in rows[-2:]:
            plant(row, Fault("shares_below_all", "shares_add_up", "error", "credit_split", "share", sender=HR, document="FC-003"))
    with inbox.workbook(SPLITS_PATH) as book:
        sheet = book.sheet("业绩分成")
        sheet.table(sheet.titles("业绩分成"), [
            Col("分成编号", "split_no"), Col("客户编码", "customer_code"), Col("单据号", "document_no"),
            Col("生效日期", "valid_from", "date"), Col("业务员编码", "employee_code"), Col("分成比例", "share", "e4"),
            Col("批准人", "approved_by"), Col("原因", "reason"),
        ], rows)  # fmt: skip
    inbox.arrive(SPLITS_PATH, date(2026, 10, 30), HR, "16:00:00")
    inbox.tally(SPLITS_PATH, "credit_split", "", rows, sender=HR)


def _adjustments(world: w.World, inbox: Inbox, found: PayRows, *, faults: bool) -> None:
    people, (head, *_) = world.people, [one.name for one in world.employees if one.role == "department_head"]
    latest, before = w.key(world.months[-1]), w.key(world.months[-3])
    rows = found.pay_adjustment
    told = [
        ("XT-001", before, people[0], "award", 500_00, "新客户开发竞赛一等奖"),
        ("XT-002", latest, people[1], "deduction", -120_50, "通讯费超支"),
        ("XT-003", latest, people[-1], "correction", 86_00, "补发9月出差补贴"),
    ]  # fmt: skip
    for number, period, person, kind, fen, reason in told:
        rows.append({
            "adjustment_no": number, "period": period, "employee_code": person.code, "_name": person.name, "kind": KINDS[kind],
            "amount": fen * 100, "approved_by": head, "reason": reason,
        })  # fmt: skip
    if faults:
        rows.append({**rows[0], "adjustment_no": "XT-004", "period": latest, "approved_by": None, "_faults": []})
        missing = Fault("missing", "missing", "error", "pay_adjustment", "approved_by", None, sender=HR, period=latest, document="XT-004")
        plant(rows[-1], missing)
    with inbox.workbook(ADJUSTMENTS_PATH) as book:
        sheet = book.sheet("薪酬调整")
        sheet.table(sheet.titles("薪酬手工调整"), [
            Col("调整单号", "adjustment_no"), Col("期间", "period"), Col("业务员编码", "employee_code"), Col("姓名", "_name"),
            Col("类型", "kind"), Col("金额", "amount", "e4"), Col("批准人", "approved_by"), Col("原因", "reason"),
        ], rows)  # fmt: skip
    inbox.arrive(ADJUSTMENTS_PATH, date(2026, 11, 4), HR, "16:10:00")
    inbox.tally(ADJUSTMENTS_PATH, "pay_adjustment", "", rows, sender=HR)
