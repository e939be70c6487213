"""Satisfaction and complaints (M15): scores of surveys by dimension and class, complaints against invoices, days to resolve."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_market import COMPLAINTS, SATISFACTION
from pipelines.metrics.channels import last_surveys
from pipelines.metrics.plan_actual import names
from pipelines.money import E4, ratio_expr
from pipelines.sources.facts import Facts

ALL = "all"
COMPLAINT_CUTS = ("company", "region_code", "category", "severity")
SURVEY_CUTS = ("company", "region_code", "customer_kind")


def complaints(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Complaints raised in the period (``COMPLAINTS``); a region's are those of its customers on the day raised."""
    if not facts.has("complaint"):
        return pl.DataFrame(schema=COMPLAINTS.schema)
    until = min(as_of, period.end)
    before = company.calendar.previous(period)
    first = company.calendar.year_to_date(period)[0].start
    rows = facts["complaint"].filter(pl.col("raised_on") <= until).rename({"raised_on": "day"})
    rows = rows.with_columns(pl.col("region_code", "category", "severity").fill_null(""))
    day, done = pl.col("day"), pl.col("resolved_on") <= until
    here = day >= period.start
    then = day.is_between(before.start, before.end) if before else pl.lit(value=False)
    invoices = facts["sales_line"].filter(
        pl.col("period") == period.key, pl.col("document_kind") == "invoice", pl.col("document_date") <= until
    )
    parts = []
    for cut in COMPLAINT_CUTS:
        key = pl.lit(ALL) if cut == "company" else pl.col(cut).fill_null("")
        found = rows.group_by(key=key).agg(
            complaints=here.sum(), resolved=(here & done).fill_null(value=False).sum(),
            mean_days=(pl.col("resolved_on") - day).filter(here & done).dt.total_days().mean(),
            before=then.sum(), ytd=(day >= first).sum(),
        )  # fmt: skip
        counted = pl.DataFrame(schema={"key": pl.String, "invoices": pl.Int64})
        if cut in ("company", "region_code") and facts.has("sales_line"):
            counted = invoices.group_by(key=key).agg(invoices=pl.col("document_no").n_unique().cast(pl.Int64))
        parts.append(found.join(counted, on="key", how="full", coalesce=True).with_columns(cut=pl.lit(cut)))
    frame = pl.concat(parts).with_columns(pl.col("complaints", "resolved", "before", "ytd").fill_null(0))
    frame = frame.filter((pl.col("complaints") + pl.col("before") + pl.col("ytd") > 0) | (pl.col("cut") == "company"))
    frame = _named(frame, facts, company, as_of).with_columns(
        period=pl.lit(period.key), open=pl.col("complaints") - pl.col("resolved"),
        rate=ratio_expr(pl.col("complaints"), pl.col("invoices")),
        limit=pl.lit(float(company.policy.satisfaction.complaint_limit)),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in COMPLAINTS.schema.items()).sort(*COMPLAINTS.grain)


def satisfaction(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Mean scores of the last survey by dimension and class, beside the survey before (``SATISFACTION``)."""
    now, before = last_surveys(facts, as_of)
    if now.is_empty():
        return pl.DataFrame(schema=SATISFACTION.schema)
    sums = _scores(now)
    earlier = _scores(before).select("cut", "key", "dimension", score_before="score")
    frame = _named(sums, facts, company, as_of).join(earlier, on=["cut", "key", "dimension"], how="left").with_columns(
        period=pl.lit(period.key), survey=pl.lit(now["survey"][0]), change=pl.col("score") - pl.col("score_before")
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SATISFACTION.schema.items()).sort(*SATISFACTION.grain)


def _scores(answers: pl.DataFrame) -> pl.DataFrame:
    parts = []
    for cut in SURVEY_CUTS:
        key = pl.lit(ALL) if cut == "company" else pl.col(cut).fill_null("")
        for dimension in (pl.col("dimension"), pl.lit(ALL)):
            parts.append(
                answers.group_by(key=key, dimension=dimension)
                .agg(answers=pl.len(), customers=pl.col("customer_code").n_unique(), total=pl.col("score").sum())
                .with_columns(cut=pl.lit(cut), score=ratio_expr(pl.col("total"), pl.col("answers") * E4))
            )
    return pl.concat(parts)


def _named(frame: pl.DataFrame, facts: Facts, company: Company, as_of: date) -> pl.DataFrame:
    known = names(facts, company, as_of).rename({"dimension": "cut", "code": "key", "name": "label"})
    return frame.join(known, on=["cut", "key"], how="left").with_columns(label=pl.coalesce("label", "key"))
