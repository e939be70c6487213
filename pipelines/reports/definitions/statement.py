"""对账单: a customer's account for the customer, with a slip to confirm. Part of R14; in the recipient's language only."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from pipelines.contracts.confirmation import (
    CONFIRMATION,
    CONFIRMATION_DIFFERENCE,
    DIFFERENCE_KINDS,
    DIFFERENCES,
    RESULTS,
    SEAL,
    SHEET,
    slip_number,
)
from pipelines.contracts.model import Contract, Kind, Language, Text
from pipelines.errors import ClosebookError
from pipelines.reports.context import LABELS, Marts, ReportContext, as_on, have, party_name, sentence, side, tie, with_heading
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.definitions.receivables import KINDS, TABLES
from pipelines.reports.model import (
    Blank,
    Block,
    Column,
    Count,
    Date,
    DefinitionList,
    Form,
    Message,
    Money,
    Name,
    Report,
    Section,
    Slip,
    SumOf,
    Table,
    TieOut,
    Tile,
    Unit,
    Value,
    Words,
    say,
)

ID = "R14"
NAME = "statement"
TITLE = say("Statement of account")
REQUIRED = ("receivables",)
LINES, LINES_ON_PAPER = 20, 6
"""Lines for differences on a slip."""

OF_CUSTOMERS = ("receivables", "receivables_roll_forward", "open_items", "advances", "drafts")
"""The marts that a statement is made of; each names its customer in ``customer_code``."""


class UnknownCustomerError(ClosebookError):
    """A customer without an account in the period."""


def statements(marts: Marts, context: ReportContext) -> list[Report]:
    """One statement a customer with an account, in the months of policy ``receivables.statement_months``; else none."""
    if context.period.end.month not in context.company.policy.receivables.statement_months or not have(marts, *REQUIRED):
        return []
    return all_statements(marts, context)


def all_statements(marts: Marts, context: ReportContext) -> list[Report]:
    """One statement a customer with an account on the context's day, whatever day it is."""
    owing = marts["receivables"].filter((pl.col("balance") != 0) | (pl.col("open_amount") != 0) | (pl.col("advance") != 0))
    accounts = {
        name: marts[name].partition_by("customer_code", as_dict=True, maintain_order=True) for name in OF_CUSTOMERS if have(marts, name)
    }
    return [
        statement_for(code, {name: rows[(code,)] for name, rows in accounts.items() if (code,) in rows}, context)
        for code in owing["customer_code"].sort().to_list()
    ]


def statement_for(customer: str, marts: Marts, context: ReportContext, language: Language | None = None) -> Report:
    """The statement of one customer. Raises ``UnknownCustomerError`` when the customer has no account in the period."""
    account = marts["receivables"].filter(pl.col("customer_code") == customer) if have(marts, *REQUIRED) else pl.DataFrame()
    if account.height != 1:
        raise UnknownCustomerError(
            f"Customer '{customer}' has no account as of {context.as_of}. Use a customer_code of the view 'receivables'."
        )
    row = account.row(0, named=True)
    who = Name(row["customer_name"] or customer)
    items, table_ties = _items(marts, customer, row)
    table_ties += _rolled(marts, row)
    sections = [
        Section(
            "section_account",
            say("Account"),
            _moved(marts, row),
            tuple(_account(marts, customer, row, context)),
            subtitle=as_on(context.as_of),
        )
    ]
    sections += items
    sections += _credits(marts, customer, context)
    sections.append(
        Section(
            "section_confirm",
            SHEET,
            say("Please confirm the balance or tell us what differs"),
            _slip(slip_number(context.company.policy.name, customer, context.as_of, row["balance"]), row, who, context),
        )
    )
    return context.report(
        id=ID,
        name=party_name(NAME, customer),
        title=TITLE,
        headline=_owed(row),
        subtitle=with_heading(who, Name(customer), say("amounts in {unit}, with tax", unit=Unit("currency")), as_on(context.as_of)),
        sections=sections,
        tables=TABLES,
        private=True,
        tiles=_tiles(row),
        tie_outs=table_ties,
        languages=(language or context.language_of(customer, row["customer_name"]),),
    )


def _owed(row: dict[str, Any]) -> Words:
    if row["balance"] < 0:
        return say("We hold {amount} of yours", amount=Money(-row["balance"], "currency"))
    values: dict[str, Value] = {"amount": Money(row["balance"], "currency"), "overdue": Money(row["overdue"], "currency")}
    if row["overdue"] > 0:
        return Message("You owe {amount}, of which {overdue} is overdue", values)
    return Message("You owe {amount}, nothing of it overdue", {"amount": values["amount"]})


def _moved(marts: Marts, row: dict[str, Any]) -> Words:
    """Where the account of the period begins and ends; what is owed stands at the top already."""
    if have(marts, "receivables_roll_forward"):
        moved = marts["receivables_roll_forward"].filter(pl.col("customer_code") == row["customer_code"])
        if moved.height == 1:
            first, last = moved.select("opening", "closing").row(0)
            return say(
                "From an opening balance of {opening} to a closing balance of {closing}",
                opening=Money(first, "currency"),
                closing=Money(last, "currency"),
            )
    return say("How the balance comes about")


def _tiles(row: dict[str, Any]) -> list[Tile]:
    return [
        Tile(say("Balance"), Money(row["balance"], "currency"), good="neutral"),
        Tile(say("Overdue"), Money(row["overdue"], "currency"), good="lower"),
        Tile(say("Not due"), Money(row["not_due"], "currency"), good="neutral"),
        Tile(say("Advances"), Money(row["advance"], "currency"), good="neutral"),
    ]


def _rolled(marts: Marts, row: dict[str, Any]) -> list[TieOut]:
    """That the printed movements lead from the opening balance to the balance."""
    moved = marts["receivables_roll_forward"] if have(marts, "receivables_roll_forward") else pl.DataFrame()
    if moved.is_empty() or moved.filter(pl.col("customer_code") == row["customer_code"]).height != 1:
        return []
    one = moved.filter(pl.col("customer_code") == row["customer_code"]).row(0, named=True)
    left = one["opening"] + one["taken_over"] + one["sales"] - one["returns"] - one["receipts"] + one["adjustments"]
    return [tie("C6", sentence("roll_forward"), side("opening_and_movements"), left, side("balance"), row["balance"])]


def _account(marts: Marts, customer: str, row: dict[str, Any], context: ReportContext) -> list[Block]:
    """From the opening to the closing balance of the period."""
    blocks: list[Block] = []
    if have(marts, "receivables_roll_forward"):
        moved = marts["receivables_roll_forward"].filter(pl.col("customer_code") == customer)
        if moved.height == 1:
            one = moved.row(0, named=True)
            lines: list[tuple[Words, int, bool]] = [
                (say("Opening balance"), one["opening"], True),
                (say("Taken over"), one["taken_over"], bool(one["taken_over"])),
                (say("Invoices"), one["sales"], True),
                (say("Returns and credit notes"), -one["returns"], bool(one["returns"])),
                (say("Payments"), -one["receipts"], True),
                (say("Adjustments"), one["adjustments"], bool(one["adjustments"])),
                (say("Closing balance"), one["closing"], True),
            ]
            items = tuple((words, Money(amount, "currency")) for words, amount, shown in lines if shown)
            blocks.append(DefinitionList(items, title=context.month))
    if row["credit_limit"] is not None:
        limit: tuple[tuple[Words, Value], ...] = (
            (say("Credit limit"), Money(row["credit_limit"], "currency")),
            (say("Used, with deliveries not invoiced and drafts not matured"), Money(row["credit_used"], "currency")),
        )
        blocks.append(DefinitionList(limit, title=say("Credit")))
    if not blocks:
        blocks.append(DefinitionList(((say("Balance"), Money(row["balance"], "currency")),)))
    return blocks


def _items(marts: Marts, customer: str, row: dict[str, Any]) -> tuple[list[Section], list[TieOut]]:
    if not have(marts, "open_items"):
        return [], []
    rows = (
        marts["open_items"]
        .filter((pl.col("customer_code") == customer) & (pl.col("open_amount") != 0))
        .sort("due_on", "document_no", "term")
    )
    if rows.is_empty():
        return [], []
    detail = rows.with_columns(pl.col("document_no").alias("label"), pl.lit("").alias("role"))
    frame = with_total(detail, rows.select(pl.col("amount", "open_amount").sum()), ("amount", "open_amount"))
    columns = (
        Column("label", say("Document"), "code", words=LABELS),
        Column("kind", say("Kind"), words=KINDS),
        Column("document_date", say("Date"), "date"),
        Column("due_on", say("Due"), "date"),
        Column("amount", say("Amount"), "money"),
        Column("open_amount", say("Open"), "money"),
        Column("days_late", say("Days late"), "days", alarm=0.0, blank_zero=True),
    )
    headline = Message("{n} open item", {"n": Count(rows.height)}, plural="{n} open items")
    section = Section("section_items", say("Open items"), headline, (Table("items", frame, columns, role="role", shown=200),))
    tie_out = tie(
        "C4",
        say("The open items add up to the account"),
        say("Open items"),
        int(rows["open_amount"].sum()),
        say("Account"),
        row["open_amount"],
        left_sum=(SumOf("items", "open_amount"),),
    )
    return [section], [tie_out]


def _credits(marts: Marts, customer: str, context: ReportContext) -> list[Section]:
    blocks: list[Block] = []
    if have(marts, "advances"):
        rows = marts["advances"].filter(pl.col("customer_code") == customer).sort("dated_on", "credit_no")
        if rows.height:
            columns = (
                Column("credit_no", say("Document"), "code"),
                Column("kind", say("Kind"), words=KINDS),
                Column("dated_on", say("Date"), "date"),
                Column("amount", say("Not used"), "money"),
            )
            blocks.append(Table("credits", rows, columns, title=say("Advances and unused credits")))
    if have(marts, "drafts"):
        rows = marts["drafts"].filter(pl.col("customer_code") == customer).sort("matures_on", "receipt_no", nulls_last=True)
        if rows.height:
            columns = (
                Column("receipt_no", say("Receipt"), "code"),
                Column("instrument_no", say("Instrument"), "code"),
                Column("matures_on", say("Matures"), "date"),
                Column("amount", say("Amount"), "money"),
            )
            blocks.append(Table("drafts", rows, columns, title=say("Bank drafts not yet matured")))
    if not blocks:
        return []
    return [
        Section(
            "section_credits",
            say("Credits"),
            say("Paid ahead, and drafts under way"),
            tuple(blocks),
            subtitle=as_on(context.as_of),
        )
    ]


def _slip(number: str, row: dict[str, Any], who: Name, context: ReportContext) -> tuple[Block, ...]:
    """The slip: its number, what is to be confirmed, the reply, the lines that differ, and where to sign."""
    label = CONFIRMATION.column("slip_no").label
    numbered = Text(f"{label.en}: {number}", f"{label.hans}：{number}", f"{label.hant}：{number}")
    balance = Money(row["balance"], "currency")
    day = Date(context.as_of)
    text = say("{customer} confirms that as of {day} the account shows a balance of {amount}.", customer=who, day=day, amount=balance)
    reply = _blanks(CONFIRMATION, {"slip_no": Name(number), "stated_balance": balance}, RESULTS)
    lines = _blanks(CONFIRMATION_DIFFERENCE, {}, DIFFERENCE_KINDS, without=("slip_no", "line_no"))
    notes = (
        say("Only where the balances differ: one line a document that one side has and the other has not, or has with another amount."),
        say("Positive amounts make our balance larger than yours; the lines add up to our balance less yours."),
    )
    return (
        Slip(numbered, text, ()),
        Form(reply),
        Form(lines, LINES, LINES_ON_PAPER, title=DIFFERENCES, notes=notes, closing=(SEAL,)),
    )


def _blanks(contract: Contract, given: dict[str, Value], choices: dict[str, Text], without: tuple[str, ...] = ()) -> tuple[Blank, ...]:
    kinds: dict[Kind, Literal["money", "date"]] = {Kind.MONEY: "money", Kind.DATE: "date"}
    return tuple(
        Blank(
            column.label,
            kinds.get(column.kind, "text"),
            choices=tuple(choices[value] for value in column.values),
            given=given.get(column.name),
        )
        for column in contract.columns
        if column.name not in without
    )
