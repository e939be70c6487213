"""What came back of the statements of account adds up (R14): reply by reply, and over everything that was sent.

That confirmed balance + reconciling items = our balance, and that what was agreed, differs and is unanswered is all that was owed
on the statement's day, are invariants. Replies that contradict themselves or our books are findings, which go back to the sender.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.policy import Controls
from pipelines.contracts.model import Kind
from pipelines.controls.results import Result, found, reports_of, tied
from pipelines.metrics.confirmations import REFUSED_APART
from pipelines.quality.judge import value_text
from pipelines.sources.facts import Facts

_REPORTS = ",".join(reports_of("confirmation"))


def confirmations(
    period: str, policy: Controls, facts: Facts, replies: pl.DataFrame, items: pl.DataFrame, coverage: pl.DataFrame, letters: pl.DataFrame,
    as_of: date,
) -> Result:  # fmt: skip
    """Tie-outs and findings of the marts ``balance_confirmation`` (``replies``), ``reconciling_item``, ``confirmation_coverage``.

    ``letters``: in which column of a sheet what stands, see ``sources.intake``; it gives findings their cell.
    """
    answered = replies.filter(pl.col("confirmed_balance").is_not_null())
    on = ["statement_on", "customer_code"]
    sums = items.group_by(on).agg(
        pl.col("amount").sum(), lines=pl.col("amount").filter(~pl.col("kind").is_in(["changed", "unexplained"])).sum()
    )
    both = answered.join(sums, on=on, how="left").with_columns(pl.col("amount", "lines").fill_null(0))
    each = both.with_columns(
        left_amount=pl.col("confirmed_balance") + pl.col("amount"), right_amount="balance",
        subject=pl.col("statement_on").cast(pl.String),
    )  # fmt: skip
    broken = each.filter(pl.col("left_amount") != pl.col("right_amount")).with_columns(
        subject=pl.concat_str("subject", pl.lit(" "), "customer_code")
    )
    # Differences of two customers must not cancel: each that is off stands in a line of its own.
    whole = each.group_by("subject").agg(pl.col("left_amount", "right_amount").sum())
    columns = ["subject", "left_amount", "right_amount"]
    ties = [
        tied(
            pl.concat([whole.select(columns), broken.select(columns)]).sort("subject"), period=period, control="M3",
            statement="confirmed_and_items", left="confirmed_and_items", right="balance", reports=_REPORTS,
        )
    ]  # fmt: skip
    if coverage.height:
        day = coverage["statement_on"][0]
        sign = pl.when(pl.col("side") == "credit").then(-1).otherwise(1)
        became = sum((pl.col(f"{name}_amount") for name in ("different", "unanswered")), pl.col("agreed_amount"))
        left = int(coverage.select((sign * became).sum()).item())
        row = pl.DataFrame({"subject": [str(day)], "left_amount": [left], "right_amount": [_owed(facts, day)]})
        ties.append(
            tied(row, period=period, control="M3", statement="replies_are_balance", left="replies", right="balance", reports=_REPORTS)
        )
        own = both.filter(pl.col("statement_on") == day)
    else:
        own = both.clear()
    changed = own.filter(pl.col("stated_balance") != pl.col("balance")).with_columns(
        rule=pl.lit("statement_changed"), column=pl.lit("stated_balance"), amount=pl.col("balance") - pl.col("stated_balance"),
        found=value_text(pl.col("stated_balance"), Kind.MONEY), expected=value_text(pl.col("balance"), Kind.MONEY),
    )  # fmt: skip
    apart = pl.col("stated_balance") - pl.col("confirmed_balance")
    short = own.filter(apart != pl.col("lines")).with_columns(
        rule=pl.lit("differences_do_not_add_up"), column=pl.lit("confirmed_balance"), amount=apart - pl.col("lines"),
        found=value_text(pl.col("lines"), Kind.MONEY), expected=value_text(apart, Kind.MONEY),
    )  # fmt: skip
    cells = letters.select("source_sha256", "source_sheet", "column", "letter").unique(
        ["source_sha256", "source_sheet", "column"], keep="first"
    )
    handed_in = pl.concat(facts[name].select("source_file", "source_sha256") for name in ("confirmation", "match_refusal"))
    hashes = handed_in.unique("source_file", keep="last", maintain_order=True)
    odd = (
        pl.concat([changed, short, _idle(facts, items, as_of)], how="diagonal").join(hashes, on="source_file", how="left")
        .join(cells, on=["source_sha256", "source_sheet", "column"], how="left")
        .with_columns(subject="customer_code", cell=pl.concat_str("letter", "source_row"))
        .drop("period")
    )  # fmt: skip
    return pl.concat(ties), found(odd, period=period, control="M3", policy=policy, reports=_REPORTS)


def _idle(facts: Facts, items: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Refusals up to ``as_of`` that keep no line from any document: nobody would see that the number has a slip."""
    used = items.filter(pl.col("refused_no").is_not_null()).select(
        "customer_code", "statement_on", document_no=pl.col("refused_no").str.split(REFUSED_APART)
    )
    refusals = facts["match_refusal"].filter(pl.col("refused_on") <= as_of)
    idle = refusals.join(used.explode("document_no"), on=["customer_code", "statement_on", "document_no"], how="anti")
    return idle.select(
        "customer_code", "source_file", "source_sheet", "source_row", rule=pl.lit("refusal_without_match"), column=pl.lit("document_no"),
        found=pl.col("document_no"), expected=pl.col("statement_on").cast(pl.String),
    )


def _owed(facts: Facts, day: date) -> int:
    """What all customers owed on ``day``, straight from the facts."""
    sold = facts["sales_line"].filter((pl.col("document_date") <= day) & pl.col("document_kind").is_in(["invoice", "red_slip"]))
    parts = [
        sold.select(pl.col("gross_amount").sum()),
        facts["opening_receivable"].filter(pl.col("opening_on") <= day).select(pl.col("open_amount").sum()),
        facts["adjustment"].filter(pl.col("dated_on") <= day).select(pl.col("amount").sum()),
        facts["receipt"].filter(pl.col("received_on") <= day).select(-pl.col("amount").sum()),
    ]
    return sum(int(part.item() or 0) for part in parts)
