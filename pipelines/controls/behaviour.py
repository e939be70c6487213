"""Behaviour (C11): records of the field that cannot be what they say: days copied from other days, visits on a day of absence.

Which days and weeks these are ``metrics.activity`` says; here they get their owner, place and evidence. Month-end loading and selling
across regions belong here too once they are looked for.
"""

from __future__ import annotations

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.controls.results import Result, found, nothing
from pipelines.metrics.activity import copied_weeks, copies
from pipelines.sources.facts import Facts

REPORTS = "R5,R6"
"""Reports that count what is found here."""

_CELL_OF = {"diary": "work_done", "visit": "customer_code"}


def behaviour(facts: Facts, company: Company, period: Period, days: pl.DataFrame, letters: pl.DataFrame) -> Result:
    """Findings on the days of mart ``activity_days``: ``copied_week``, else ``copied_record`` day by day, and ``visit_while_absent``.

    ``letters``: in which column of a sheet what stands, see ``sources.intake``; it gives findings their cell.
    """
    if days.is_empty():
        return nothing()
    names = days.select("employee_code", "name").unique("employee_code", keep="first")
    all_copies = copies(facts, company, days["day"].min(), days["day"].max())  # type: ignore[arg-type]
    weeks = copied_weeks(facts, company, all_copies, days)
    week = weeks.sort("day", "table").group_by("employee_code", "week", maintain_order=True).agg(
        pl.all().first(), n=pl.col("day").n_unique()
    )  # fmt: skip
    whole = week.with_columns(
        rule=pl.lit("copied_week"), on=pl.col("week"), found=pl.col("n").cast(pl.String), expected=pl.col("copied_from").cast(pl.String)
    )
    single = all_copies.join(weeks, on=["employee_code", "day"], how="anti").with_columns(
        rule=pl.lit("copied_record"), on=pl.col("day").cast(pl.String), found="shown", expected=pl.col("copied_from").cast(pl.String)
    )
    absent = days.filter(pl.col("state") == "absent").select("employee_code", "day")
    placed = facts["visit"].sort("visited_at", "source_file", "source_row").rename({"visited_at": "day"})
    visits = (
        absent.join(placed, on=["employee_code", "day"])
        .group_by("employee_code", "day", maintain_order=True)
        .agg(pl.col("source_file", "source_sha256", "source_sheet", "source_row").first(), n=pl.len())
        .with_columns(
            table=pl.lit("visit"), rule=pl.lit("visit_while_absent"), on=pl.col("day").cast(pl.String), found=pl.col("n").cast(pl.String),
            expected=pl.lit(""),
        )
    )  # fmt: skip
    wanted = ["employee_code", "table", "rule", "on", "found", "expected", "source_file", "source_sha256", "source_sheet", "source_row"]
    cells = letters.select("source_sha256", "source_sheet", "column", "letter").unique(
        ["source_sha256", "source_sheet", "column"], keep="first"
    )
    rows = (
        pl.concat([whole.select(wanted), single.select(wanted), visits.select(wanted)])
        .with_columns(column=pl.col("table").replace_strict(_CELL_OF))
        .join(names, on="employee_code", how="left")
        .join(cells, on=["source_sha256", "source_sheet", "column"], how="left")
        .with_columns(
            subject=pl.concat_str("employee_code", "name", "on", separator=" ", ignore_nulls=True),
            cell=pl.concat_str("letter", "source_row"),
        )
    )
    return nothing()[0], found(rows, period=period.key, control="C11", policy=company.policy.controls, reports=REPORTS)


