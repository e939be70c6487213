"""What a control hands back, and which reports it holds up. The comparisons themselves are in the sibling modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from pipelines.company.policy import Controls
from pipelines.contracts.marts_control import FAULT_SCHEMA, FINDINGS, TIE_OUTS

AFTER_FAULTS = 100
"""A reason number greater than those of a row's faults."""

Result = tuple[pl.DataFrame, pl.DataFrame]
"""Tie-outs and findings."""

_MASTER = ("R3", "R4", "R5", "R6", "R8", "R10", "R11", "R13", "R14")
REACH: dict[str, tuple[str, ...]] = {
    "customer": _MASTER,
    "employee": _MASTER,
    "region": _MASTER,
    "product": ("R3", "R4", "R6", "R8", "R10", "R11", "R13"),
    "price_list": ("R6",),
    "code_change": _MASTER,
    "sales_line": ("R3", "R4", "R6", "R8", "R10", "R11", "R13", "R14"),
    "receipt": ("R3", "R4", "R6", "R10", "R11", "R13", "R14"),
    "receipt_allocation": ("R11", "R13", "R14"),
    "adjustment": ("R11", "R13", "R14"),
    "opening_receivable": ("R11", "R13", "R14"),
    "specific_provision": ("R14",),
    "confirmation": ("R14",),
    "confirmation_difference": ("R14",),
    "match_refusal": ("R14",),
    "plan": ("R3", "R4", "R6", "R10", "R13"),
    "market_size": ("R8",),
    "commentary": ("R13",),
    "expense": ("R4", "R6", "R10", "R13"),
    "outlet": ("R4", "R10", "R11", "R13"),
    "outlet_contract": ("R11",),
    "sell_out": ("R11",),
    "dealer_stock": ("R11",),
    "visit": ("R4", "R5", "R6", "R8", "R10", "R11", "R13"),
    "diary": ("R5", "R6"),
    "attendance": ("R5", "R6"),
    "work_plan": ("R1", "R2", "R5", "R6"),
    "work_report": ("R1", "R2", "R13"),
    "market_signal": ("R7", "R8", "R13"),
    "lost_deal": ("R7", "R8", "R13"),
    "contract": ("R7", "R8", "R13"),
    "complaint": ("R6", "R8"),
    "survey_answer": ("R8",),
    "target_customer": ("R12",),
    "kpi_target": ("R11",),
    "rebate_claim": ("R11",),
}
"""Which reports print figures made of a table. R20, R21 and R24 print what went wrong: nothing ever holds them up."""


def reports_of(*tables: str) -> tuple[str, ...]:
    """Ids of the reports that print figures made of ``tables``, in the order of their numbers."""
    return _ordered(report for table in tables for report in REACH.get(table, ()))


NEVER_HELD = ("R20", "R21", "R24")
"""Reports that say what went wrong."""


def blocked_reports(tie_outs: pl.DataFrame, findings: pl.DataFrame) -> tuple[str, ...]:
    """Ids of the reports that may not be published: a broken invariant touches them, or a finding that policy calls an error."""
    broken = tie_outs.filter(pl.col("invariant") & (pl.col("status") == "broken"))["reports"]
    errors = findings.filter(pl.col("severity") == "error")["reports"]
    touched = {report for listed in (*broken, *errors) for report in listed.split(",")}
    return _ordered(touched - {"", *NEVER_HELD})


def nothing() -> Result:
    """A control with nothing to compare and nothing found."""
    return pl.DataFrame(schema=TIE_OUTS.schema), pl.DataFrame(schema=FINDINGS.schema)


def combine(results: Iterable[Result]) -> Result:
    """All results of a period, in a fixed order."""
    parts = [nothing(), *results]
    # Several totals of one file share a subject: sorting by every column keeps the printed order the same on every run.
    ties = pl.concat([ties for ties, _ in parts]).sort(list(dict.fromkeys([*TIE_OUTS.grain, *TIE_OUTS.schema])))
    findings = pl.concat([findings for _, findings in parts]).unique().sort(list(dict.fromkeys([*FINDINGS.grain, *FINDINGS.schema])))
    return ties, findings


def tied(
    rows: pl.DataFrame,
    *,
    period: str,
    control: str,
    statement: str,
    left: str,
    right: str,
    reports: str | pl.Expr = "",
    invariant: bool | pl.Expr = True,
    tolerance: int = 0,
    measure: str = "amount",
) -> pl.DataFrame:
    """Tie-outs of ``rows`` (``subject, left_amount, right_amount``); null counts as nothing there, that is 0.

    ``difference`` = left − right; ``tied`` when it is 0, ``within_tolerance`` up to ``tolerance``, else ``broken``.
    """
    difference = pl.col("left_amount") - pl.col("right_amount")
    return (
        rows.with_columns(pl.col("left_amount", "right_amount").fill_null(0))
        .with_columns(
            difference=difference,
            status=pl.when(difference == 0)
            .then(pl.lit("tied"))
            .when(difference.abs() <= tolerance)
            .then(pl.lit("within_tolerance"))
            .otherwise(pl.lit("broken")),
            period=pl.lit(period),
            control=pl.lit(control),
            statement=pl.lit(statement),
            left_label=pl.lit(left),
            right_label=pl.lit(right),
            tolerance=pl.lit(tolerance),
            invariant=pl.lit(invariant) if isinstance(invariant, bool) else invariant,
            reports=pl.lit(reports) if isinstance(reports, str) else reports,
            measure=pl.lit(measure),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in TIE_OUTS.schema.items())
    )


def found(rows: pl.DataFrame, *, period: str, control: str, policy: Controls, **more: Any) -> pl.DataFrame:
    """Findings of ``rows``; columns that they do not have are empty, severity and owner are the policy's for ``control``.

    A ``rule`` listed in the policy under its own name (``C7.numbering_gap``) goes before its control. ``more`` are columns that
    are the same on every row; a ``severity`` among the columns is kept.
    """
    frame = rows.with_columns(**{name: pl.lit(value) for name, value in more.items()})
    rule = pl.concat_str(pl.lit(f"{control}."), "rule")
    severity = rule.replace_strict(dict(policy.severity), default=policy.severity.get(control, "warning"), return_dtype=pl.String)
    owner = rule.replace_strict(dict(policy.owners), default=policy.owners.get(control, ""), return_dtype=pl.String)
    given = {
        "period": pl.lit(period),
        "control": pl.lit(control),
        "severity": pl.col("severity") if "severity" in frame.columns else severity,
        "owner": owner,
        "amount": pl.col("amount") if "amount" in frame.columns else pl.lit(None, pl.Int64),
        "source_row": pl.col("source_row").fill_null(0) if "source_row" in frame.columns else pl.lit(0),
    }
    texts = {
        name: pl.col(name).fill_null("") if name in frame.columns else pl.lit("") for name in FINDINGS.schema if name not in given
    }
    values = {**texts, **given}
    return frame.select(values[name].cast(dtype).alias(name) for name, dtype in FINDINGS.schema.items())


def _ordered(reports: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(reports), key=lambda report: (int(report[1:]), report)))


_OF_COLUMN = r"^(\w+) .+!\d+ (\w+)$"
"""The subject of a finding about a file's own total: table, file, row, column."""


def as_faults(findings: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Findings at a row of a live delivered file, as faults of that file (``FAULT_SCHEMA``): what its sender can correct.

    They reject nothing, so they stand after the faults of their row.
    """
    live = files.filter(pl.col("status") == "live").select("source_file", "source_sha256", "sender", file_table="table")
    located = findings.filter(pl.col("source_row").is_not_null()).join(
        live.unique("source_file", keep="first", maintain_order=True), on="source_file", maintain_order="left"
    )
    stated = pl.col("subject").str.extract_groups(_OF_COLUMN)
    made = located.with_columns(
        table=pl.coalesce(stated.struct.field("1"), "file_table"), column=stated.struct.field("2").fill_null(""),
        layout=pl.lit(""), source_column=pl.lit(""), reason_no=pl.lit(AFTER_FAULTS), severity=pl.lit("warning"), goes_with=pl.lit(False),
        amount_unreadable=pl.lit(False), document=pl.lit(None, pl.String), business_date=pl.lit(None, pl.Date), delivered=pl.lit("{}"),
        cell=pl.col("cell").fill_null(""),
    )  # fmt: skip
    return made.select(pl.col(name).cast(dtype) for name, dtype in FAULT_SCHEMA.items())
