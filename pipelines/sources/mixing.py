"""The tables of one moment taken step by step to those of a later one, and the rows that differ between them.

What a step is called and in which order they come is fixed here, since each is a choice of tables or rows; what a step moves in
the figures is ``metrics.restatement``'s business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import polars as pl

from pipelines.contracts import CONTRACTS, Contract
from pipelines.contracts.model import PROVENANCE
from pipelines.sources.intake import BESIDE, Intake

Step = Literal["master_data", "plan", "corrected_file", "late_document"]
STEPS: tuple[Step, ...] = ("master_data", "plan", "corrected_file", "late_document")

_FAULTS_ON = ["source_sha256", "layout", "source_sheet", "source_row", "source_column"]
CHANGED_ROWS = pl.Schema(
    {
        "table": pl.String(), "cause": pl.String(), "change": pl.String(), "key": pl.String(), "business_date": pl.Date(),
        "columns": pl.String(), "before": pl.String(), "after": pl.String(), "amount_before": pl.Int64(), "amount_after": pl.Int64(),
        "file_before": pl.String(), "row_before": pl.Int64(), "source_file": pl.String(), "source_sheet": pl.String(),
        "source_row": pl.Int64(), "sender": pl.String(),
    }
)  # fmt: skip
"""One row a changed row of a table. ``change``: ``added``, ``changed`` or ``removed``. ``columns, before, after``: what differs, as text;
amounts in ten-thousandths of the contract's amount, null where it has none."""


def kind_of(contract: Contract) -> Literal["master_data", "plan", "document"]:
    """What a table holds: plans, dated master data, or documents (everything else)."""
    if contract.origin == "plan":
        return "plan"
    return "master_data" if contract.dated in ("valid_from", "from") and contract.amount is None else "document"


def taken_to(before: Intake, after: Intake, step: Step) -> Intake:
    """``before`` with everything up to and with ``step`` as it is in ``after``.

    At ``corrected_file`` the rows of documents whose key was there before are as they are in ``after``; at ``late_document`` all is.
    """
    if step == "late_document":
        return after
    taken = set(STEPS[: STEPS.index(step) + 1])
    rows: dict[str, pl.DataFrame] = {}
    delivered: set[str] = set()
    for table, contract in CONTRACTS.items():
        kind = kind_of(contract)
        if kind in taken:
            rows[table] = after.rows[table]
            delivered |= after.delivered & {table}
        elif kind == "document" and "corrected_file" in taken:
            keys = before.rows[table].select(contract.grain).unique()
            rows[table] = after.rows[table].join(keys, on=list(contract.grain), how="semi", nulls_equal=True, maintain_order="left")
            delivered |= before.delivered & {table}
        else:
            rows[table] = before.rows[table]
            delivered |= before.delivered & {table}
    return replace(
        before,
        rows=rows,
        faults=_of_both(before.faults, after.faults, rows),
        letters=pl.concat([before.letters, after.letters]).unique(maintain_order=True),
        delivered=frozenset(delivered),
    )


def _of_both(before: pl.DataFrame, after: pl.DataFrame, rows: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The cells that could not be read, of the rows that are here."""
    both = pl.concat([before, after]).unique(maintain_order=True)
    here = pl.concat(frame.select(*_FAULTS_ON, table=pl.lit(table)) for table, frame in rows.items()).unique()
    return both.join(here, on=["table", *_FAULTS_ON], how="semi", nulls_equal=True, maintain_order="left")


def changed_rows(before: Intake, after: Intake) -> pl.DataFrame:
    """Every row that differs between two moments, :data:`CHANGED_ROWS`, by table and key."""
    found = [_changed(table, contract, before.rows[table], after.rows[table]) for table, contract in CONTRACTS.items()]
    return pl.concat([pl.DataFrame(schema=CHANGED_ROWS), *found])


def _changed(table: str, contract: Contract, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    grain, content = list(contract.grain), contract.schema.names()
    gone = before.join(after, on=content, how="anti", nulls_equal=True, maintain_order="left")
    come = after.join(before, on=content, how="anti", nulls_equal=True, maintain_order="left")
    if gone.is_empty() and come.is_empty():
        return pl.DataFrame(schema=CHANGED_ROWS)
    # Two rows of one key (a fault of its own) are paired in the order of their files.
    nth = pl.int_range(pl.len()).over(grain).alias("_nth")
    here = {**PROVENANCE, **BESIDE}
    gone = gone.with_columns(nth).rename({name: f"{name}_before" for name in (*content, *here) if name not in grain})
    pairs = come.with_columns(nth, _come=pl.lit(True)).join(
        gone.with_columns(_gone=pl.lit(True)), on=[*grain, "_nth"], how="full", coalesce=True, nulls_equal=True
    )
    others = [name for name in content if name not in grain]
    differs = {name: (pl.col(name).ne_missing(pl.col(f"{name}_before"))) & pl.col("_come") & pl.col("_gone") for name in others}

    def told(value: Mapping[str, str]) -> pl.Expr:
        parts = [
            pl.when(differs[name].fill_null(value=False)).then(_as_text(contract, name, column)) for name, column in value.items()
        ]
        return pl.concat_str(parts, separator="; ", ignore_nulls=True) if parts else pl.lit("")

    kind = kind_of(contract)
    change = pl.when(pl.col("_gone").is_null()).then(pl.lit("added")).when(pl.col("_come").is_null()).then(pl.lit("removed")).otherwise(
        pl.lit("changed")
    )
    documents = pl.when(change == "added").then(pl.lit("late_document")).otherwise(pl.lit("corrected_file"))
    # A row with another number of rows of its key than before has a key that was there: it is a correction.
    known = before.select(grain).unique().with_columns(_known=pl.lit(True))
    pairs = pairs.join(known, on=grain, how="left", nulls_equal=True, maintain_order="left")
    documents = pl.when(pl.col("_known")).then(pl.lit("corrected_file")).otherwise(documents)
    amount = contract.amount
    dated = contract.dated

    def either(name: str) -> pl.Expr:
        return pl.col(name) if name in grain else pl.coalesce(name, f"{name}_before")

    return (
        pairs.with_columns(
            table=pl.lit(table), change=change, cause=documents if kind == "document" else pl.lit(kind),
            key=pl.concat_str([pl.col(name).cast(pl.String).fill_null("—") for name in grain], separator=" · "),
            business_date=either(dated).cast(pl.Date) if dated else pl.lit(None, pl.Date),
            columns=pl.concat_str(
                [pl.when(differs[name].fill_null(value=False)).then(pl.lit(name)) for name in others], separator="; ", ignore_nulls=True
            ) if others else pl.lit(""),
            before=told({name: f"{name}_before" for name in others}), after=told({name: name for name in others}),
            amount_before=pl.col(f"{amount}_before") if amount and amount not in grain else pl.lit(None, pl.Int64),
            amount_after=pl.col(amount) if amount and amount not in grain else pl.lit(None, pl.Int64),
            file_before=pl.col("source_file_before"), row_before=pl.col("source_row_before"),
            sender=pl.coalesce("sender", "sender_before"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in CHANGED_ROWS.items())
        .sort("key", "source_file", "source_row", "file_before", "row_before")
    )  # fmt: skip


def _as_text(contract: Contract, name: str, column: str) -> pl.Expr:
    """A value as a person would write it: scaled integers with their decimals, the empty cell as a dash."""
    kind = contract.column(name).kind
    value = pl.col(column)
    if kind.scale > 1:
        whole, rest = value.abs() // kind.scale, value.abs() % kind.scale
        digits = rest.cast(pl.String).str.zfill(len(str(kind.scale)) - 1).str.strip_chars_end("0")
        sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        text = sign + whole.cast(pl.String) + pl.when(rest == 0).then(pl.lit("")).otherwise(pl.lit(".") + digits)
    else:
        text = value.cast(pl.String)
    return text.fill_null("—")
