"""Sales by week: the weeks that end in a period, beside the week before and the same week last year.

Sums are of the same events as ``plan_actual``'s; which weeks there are ``weeks`` says. The plan is the period's: it is not split into
weeks, the period up to the week's end is held against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_sales import SALES_WEEKLY, WEEK_SERIES
from pipelines.metrics.plan_actual import attainment, dimensions_of, growth, labelled
from pipelines.metrics.weeks import Span, bounds_frame, compared_with, same_week_last_year, weeks, weeks_up_to
from pipelines.money import ratio_expr
from pipelines.sources.facts import Facts

CUTS = ("company", "region_code", "product_line", "region_code*employee_code")
MEASURES = ("net_amount", "qty", "gross_margin", "receipts")
COURSE = 13
"""Weeks of the course."""

_DIMS = ("region_code", "employee_code", "product_line")
_CELL = ("cover", "measure", "unit", "cut", "key", "key2")
_ROLES = ("actual", "pw", "py", "to_date")


def sales_weekly(facts: Facts, company: Company, period: Period, as_of: date, plan_actual: pl.DataFrame) -> pl.DataFrame:
    """One row a week of ``period``, measure, unit and key of a cut, by ``SALES_WEEKLY``; ``plan_actual`` is that mart of the period.

    A row stands for every key with anything in the week, in what it is compared with or in the period up to it.
    """
    found = weeks(period, company.calendar, as_of)
    if not found or not _delivered(facts):
        return pl.DataFrame(schema=SALES_WEEKLY.schema)
    roles: list[tuple[str, str, Span | None]] = []
    for week in found:
        roles += [(week.key, role, span) for role, span in compared_with(week, company.calendar).items()]
        if week.until >= period.start:
            roles.append((week.key, "to_date", Span("period", period.key, period.start, period.end, week.until)))
    days = _days(roles)
    base = _daily(facts, days["day"])
    by_role = base.join(days, on="day")
    parts = []
    for cut in CUTS:
        dims = dimensions_of(cut)
        rows = by_role.filter(pl.col("measure") != "receipts") if "product_line" in dims else by_role
        sums = rows.group_by("cover", "measure", "unit", *dims).agg(
            pl.col("value").filter(pl.col("role") == role).sum().alias(role) for role in _ROLES
        )
        keys = [pl.col(name) for name in dims] or [pl.lit("all")]
        first, second = [*keys, pl.lit("")][:2]
        parts.append(sums.with_columns(cut=pl.lit(cut), key=first, key2=second).drop(*dims))
    frame = pl.concat(parts)
    plans = plan_actual.select("measure", "unit", "cut", "key", "key2", "plan").filter(pl.col("plan").is_not_null())
    known = [week.key for week in found if same_week_last_year(week, company.calendar)]
    whole = company.calendar.working_days(period.start, period.end)
    progress = {week.key: company.calendar.working_days(period.start, week.until) for week in found}
    frame = (
        frame.join(plans, on=["measure", "unit", "cut", "key", "key2"], how="left")
        .join(bounds_frame(found), on="cover")
        .with_columns(
            py=pl.when(pl.col("cover").is_in(known)).then("py"),
            time_progress=ratio_expr(
                pl.col("cover").replace_strict(progress, return_dtype=pl.Int64), pl.lit(whole, pl.Int64)
            ),
        )
        .with_columns(
            period=pl.lit(period.key),
            growth_wow=growth(pl.col("actual"), pl.col("pw")),
            growth_yoy=growth(pl.col("actual"), pl.col("py")),
            attainment=attainment(pl.col("to_date"), pl.col("plan")),
        )
    )  # fmt: skip
    named = labelled(frame, facts, company, period.end)
    return named.select(pl.col(name).cast(dtype) for name, dtype in SALES_WEEKLY.schema.items()).sort(*_CELL)


def week_series(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """The company's last weeks up to the last one of ``period``, by ``WEEK_SERIES``; weeks before the first document are left out."""
    own = weeks(period, company.calendar, as_of)
    if not own or not _delivered(facts):
        return pl.DataFrame(schema=WEEK_SERIES.schema)
    found = weeks_up_to(own[-1], COURSE)
    before = {week.key: same_week_last_year(week, company.calendar) for week in found}
    days = _days([*((week.key, "actual", week) for week in found), *((key, "py", week) for key, week in before.items())])
    base = _daily(facts, days["day"]).filter(pl.col("measure") != "qty")
    sums = base.join(days, on="day").group_by("cover", "measure").agg(
        pl.col("value").filter(pl.col("role") == role).sum().alias(role) for role in ("actual", "py")
    )
    first = facts["sales_line"]["document_date"].min()
    every = bounds_frame(found).filter(pl.col("until") >= first).join(base.select("measure").unique(), how="cross")
    known = [key for key, week in before.items() if week]
    frame = every.join(sums, on=["cover", "measure"], how="left").with_columns(
        pl.col("actual").fill_null(0), period=pl.lit(period.key), py=pl.when(pl.col("cover").is_in(known)).then(pl.col("py").fill_null(0))
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in WEEK_SERIES.schema.items()).sort("measure", "start")


def _delivered(facts: Facts) -> bool:
    return not facts["sales_line"].is_empty()


def _days(roles: Sequence[tuple[str, str, Span | None]]) -> pl.DataFrame:
    rows = [(cover, role, day) for cover, role, span in roles if span for day in span.days]
    return pl.DataFrame(rows, schema={"cover": pl.String, "role": pl.String, "day": pl.Date}, orient="row")


def _daily(facts: Facts, days: pl.Series) -> pl.DataFrame:
    """Sums by day and the dimensions of the cuts: ``day, measure, unit``, the dimensions, ``value``."""
    wanted = days.unique()
    dims = [pl.col(name).fill_null("") for name in _DIMS]
    sold = (
        facts["sales_line"].lazy()
        .filter(pl.col("document_date").is_in(wanted.implode()), pl.col("document_kind") != "delivery")
        .group_by(pl.col("document_date").alias("day"), *dims, pl.col("base_unit").fill_null("").alias("base_unit"))
        .agg(
            pl.col("net_amount").sum(), pl.col("base_qty").sum().alias("qty"),
            (pl.col("net_amount") - pl.col("cost_amount")).sum().alias("gross_margin"),
            pl.col("cost_amount").is_not_null().any().alias("costed"),
        )
        .collect()
    )  # fmt: skip
    parts = [
        sold.select("day", *_DIMS, measure=pl.lit("net_amount"), unit=pl.lit(""), value="net_amount"),
        sold.select("day", *_DIMS, measure=pl.lit("qty"), unit="base_unit", value="qty"),
        sold.filter("costed").select("day", *_DIMS, measure=pl.lit("gross_margin"), unit=pl.lit(""), value="gross_margin"),
    ]
    received = facts["receipt"].filter(pl.col("received_on").is_in(wanted.implode()))
    parts.append(
        received.select(
            day="received_on", region_code=pl.col("region_code").fill_null(""), employee_code=pl.col("employee_code").fill_null(""),
            product_line=pl.lit(""), measure=pl.lit("receipts"), unit=pl.lit(""), value="amount",
        )
    )  # fmt: skip
    return pl.concat(parts)
