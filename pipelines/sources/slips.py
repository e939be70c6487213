"""Whether a slip that came back is one of ours: its number, its dealer, its day (R14). Everything else is the contract's.

A number is proved by itself: its check is made from the company, the customer, the day and the balance that stands beside it, so a
slip of an older version of a statement is known for what it is, and one whose number or balance was changed is not.
"""

from __future__ import annotations

import polars as pl

from pipelines.contracts.confirmation import slip_number, slip_parts
from pipelines.contracts.marts_control import FAULT_SCHEMA
from pipelines.contracts.model import Contract
from pipelines.quality.judge import no_faults, value_text


def odd_slips(raw: pl.DataFrame, contract: Contract, customer: pl.DataFrame, company: str) -> pl.DataFrame:
    """Faults of replies: ``slip_unknown``, ``slip_of_another``, ``reply_before_statement``. One fault a row at most.

    ``raw`` are the rows of ``confirmation`` with ``sender``; ``customer`` the staged master; ``company`` the policy's name. A sender
    is a customer by code or name; who is none, such as finance with what came by post, may hand in anybody's slip. A number that is
    no number at all is the contract's own fault.
    """
    named = customer.select("name", "customer_code").unique().unique("name", keep="none")
    codes = dict(named.iter_rows()) | {code: code for code in customer["customer_code"]}
    found: list[tuple[int, str, str, str, str]] = []
    rows = raw.select("slip_no", "stated_balance", "replied_on", "sender").iter_rows()
    for at, (number, balance, replied_on, sender) in enumerate(rows):
        parts = slip_parts(number)
        if parts is None or balance is None:
            continue
        code, day = parts
        own = codes.get(sender)
        if code not in codes.values() or number != slip_number(company, code, day, balance):
            found.append((at, "slip_unknown", "slip_no", number, ""))
        elif own is not None and own != code:
            found.append((at, "slip_of_another", "slip_no", number, own))
        elif replied_on is not None and replied_on < day:
            found.append((at, "reply_before_statement", "replied_on", replied_on.isoformat(), day.isoformat()))
    if not found:
        return no_faults()
    schema = {"_row": pl.UInt32, "rule": pl.String, "column": pl.String, "found": pl.String, "expected": pl.String}
    odd = pl.DataFrame(found, schema=schema, orient="row").join(raw.with_row_index("_row"), on="_row", maintain_order="left")
    values = (value_text(pl.col(column.name), column.kind).alias(column.name) for column in contract.columns)
    return odd.with_columns(
        table=pl.lit(contract.name), reason_no=pl.lit(1), severity=pl.lit("error"), cell=pl.lit(""), document=pl.col("slip_no"),
        goes_with=pl.lit(False), amount=pl.col(contract.amount or "stated_balance"), amount_unreadable=pl.lit(False),
        business_date=pl.col("replied_on"), delivered=pl.struct(values).struct.json_encode(),
    ).select(pl.col(name).cast(dtype) for name, dtype in FAULT_SCHEMA.items())  # fmt: skip
