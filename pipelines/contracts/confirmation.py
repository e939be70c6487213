"""Contracts of what comes back of a statement of account (R14): the slip, the lines on which the two sides differ, matches refused by hand.

Also the slip itself, as far as those who print it and those who read it must agree: its number, its sheet, its words. What the lines
are matched to is ``metrics.confirmations``' business.

A line's amount is what it makes the company's balance larger (+) or smaller (−) than the customer's, so that confirmed balance +
Σ lines = balance stated.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date

import polars as pl

from pipelines.contracts.model import Column, Contract, Kind, Rule, Text, t

SHEET = t("Slip", "回执", "回執")
"""The slip's sheet in the workbook of a statement."""

RESULTS: dict[str, Text] = {"agreed": t("Agreed", "相符"), "different": t("Different", "不符")}
DIFFERENCE_KINDS: dict[str, Text] = {
    "in_transit": t("In transit", "在途"),
    "not_yet_booked": t("Not yet booked", "未入账", "未入帳"),
    "price": t("Price", "价格差异", "價格差異"),
    "return": t("Return", "退货", "退貨"),
    "other": t("Other", "其他"),
}
DIFFERENCES = t("Differences", "差异明细", "差異明細")
"""Stands above the lines; the reply ends there."""

SEAL = t("Signature, company seal", "签字、公司盖章", "簽字、公司蓋章")
"""Stands below the lines; they end there."""

_NUMBER = re.compile(r"(?s)(?P<customer>.+)-(?P<day>\d{8})-(?P<check>[0-9A-F]{6})")
NUMBER_PATTERN = r"^(?s:.+)-[0-9]{8}-[0-9A-F]{6}$"


def slip_number(company: str, customer_code: str, day: date, balance: int) -> str:
    """The number of the slip on a statement: customer, day, and a check over what the slip states.

    The check is the first six digits of the SHA-256 (hexadecimal, capitals) of ``company|customer|YYYY-MM-DD|balance`` in UTF-8;
    ``company`` is the policy's ``name``, ``balance`` in ten-thousandths. The same statement has the same number, another balance
    another one.

    >>> slip_number("Tiny", "D1", date(2026, 10, 31), 12_500_000)
    'D1-20261031-31BF5F'
    """
    text = f"{company}|{customer_code}|{day.isoformat()}|{balance}"
    return f"{customer_code}-{day:%Y%m%d}-{hashlib.sha256(text.encode()).hexdigest()[:6].upper()}"


def slip_parts(number: str | None) -> tuple[str, date] | None:
    """Customer and day of a slip's number; None for what is no such number.

    >>> slip_parts("D1-20261031-31BF5F"), slip_parts("D1-20261331-F8C70A"), slip_parts("D1")
    (('D1', datetime.date(2026, 10, 31)), None, None)
    """
    match = _NUMBER.fullmatch(number or "")
    if match is None:
        return None
    try:
        return match["customer"], date.fromisoformat(match["day"])
    except ValueError:
        return None


_SLIP_NO = Column("slip_no", Kind.CODE, t("Slip no.", "回执编号", "回執編號"), required=True)

CONFIRMATION = Contract(
    "confirmation",
    "dealer",
    t("Confirmed balances", "对账回执", "對帳回執"),
    grain=("slip_no",),
    amount="stated_balance",
    dated="replied_on",
    columns=(
        _SLIP_NO,
        Column("stated_balance", Kind.MONEY, t("Balance by our books", "我方账面余额", "我方帳面餘額"), required=True),
        Column("result", Kind.CODE, t("Result", "核对结果", "核對結果"), values=tuple(RESULTS)),
        Column("confirmed_balance", Kind.MONEY, t("Balance by your books", "贵方账面余额", "貴方帳面餘額")),
        Column("confirmed_by", Kind.TEXT, t("Name", "经办人", "經辦人")),
        Column("replied_on", Kind.DATE, t("Date of reply", "回复日期", "回覆日期")),
    ),
    rules=(
        Rule(
            "slip_number_form",
            pl.col("slip_no").str.contains(NUMBER_PATTERN),
            t(
                "This is no number of a slip. Leave the number as it was printed.",
                "这不是回执编号，请保留原来的编号。",
                "這不是回執編號，請保留原來的編號。",
            ),
            "slip_no",
        ),
        Rule(
            "neither_agreed_nor_different",
            pl.col("result").is_not_null(),
            t(
                "The slip says neither agreed nor different. Choose one of them.",
                "回执未注明相符或不符，请选择其一。",
                "回執未註明相符或不符，請選擇其一。",
            ),
            "result",
        ),
        Rule(
            "agreed_with_another_balance",
            (pl.col("result") != "agreed") | (pl.col("confirmed_balance").fill_null(pl.col("stated_balance")) == pl.col("stated_balance")),
            t(
                "The slip agrees, but states another balance. Choose “different”, or correct the balance.",
                "回执注明相符，但所填余额不同，请改选“不符”或更正余额。",
                "回執註明相符，但所填餘額不同，請改選「不符」或更正餘額。",
            ),
            "confirmed_balance",
        ),
        Rule(
            "different_without_balance",
            (pl.col("result") != "different") | pl.col("confirmed_balance").is_not_null(),
            t(
                "The slip differs, but does not say which balance your books show. Fill it in.",
                "回执注明不符，但未填贵方账面余额，请填写。",
                "回執註明不符，但未填貴方帳面餘額，請填寫。",
            ),
            "confirmed_balance",
        ),
    ),
)

CONFIRMATION_DIFFERENCE = Contract(
    "confirmation_difference",
    "dealer",
    t("Differences in confirmed balances", "对账差异明细", "對帳差異明細"),
    grain=("slip_no", "line_no"),
    amount="amount",
    columns=(
        Column("slip_no", Kind.CODE, _SLIP_NO.label, required=True, references="confirmation.slip_no"),
        Column("line_no", Kind.INT, t("Line", "行号", "行號"), required=True),
        Column("document_no", Kind.CODE, t("Document no.", "单据号", "單據號")),
        Column("document_date", Kind.DATE, t("Document date", "单据日期", "單據日期")),
        Column(
            "amount",
            Kind.MONEY,
            t("Amount (+: our balance is larger)", "金额（正数：我方余额较大）", "金額（正數：我方餘額較大）"),
            required=True,
        ),
        Column("kind", Kind.CODE, t("Kind of difference", "差异类型", "差異類型"), required=True, values=tuple(DIFFERENCE_KINDS)),
        Column("note", Kind.TEXT, t("Note", "备注", "備註")),
    ),
)

MATCH_REFUSAL = Contract(
    "match_refusal",
    "field",
    t("Refused matches", "否决的匹配", "否決的比對"),
    grain=("customer_code", "statement_on", "document_no", "kind"),
    dated="refused_on",
    columns=(
        Column("customer_code", Kind.CODE, t("Customer code", "客户编码", "客戶編碼"), required=True, references="customer.customer_code"),
        Column("statement_on", Kind.DATE, t("Statement day", "对账日", "對帳日"), required=True),
        Column("document_no", Kind.CODE, t("Our document", "我方单据号", "我方單據號"), required=True),
        Column("kind", Kind.CODE, t("Kind of difference (blank: any)", "差异类型（空白：全部）", "差異類型（空白：全部）"), values=tuple(DIFFERENCE_KINDS)),
        Column("refused_on", Kind.DATE, t("Refused on", "否决日期", "否決日期"), required=True),
        Column("refused_by", Kind.TEXT, t("Refused by", "否决人", "否決人"), required=True),
        Column("reason", Kind.TEXT, t("Reason", "原因"), required=True),
    ),
    rules=(
        Rule("refused_before_statement", pl.col("refused_on") >= pl.col("statement_on"),
             t("A match is refused on or after the day of the statement.", "否决日期不得早于对账日。", "否決日期不得早於對帳日。"), "refused_on"),
    ),
)  # fmt: skip
"""What somebody in finance has decided: this document of ours does not explain a difference of that customer on that day."""

CONFIRMATIONS = (CONFIRMATION, CONFIRMATION_DIFFERENCE, MATCH_REFUSAL)
