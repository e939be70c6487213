"""Activity of salespeople (M5): visits by day, week and month, execution of work plans, days without a record, records that are copies.

A visit belongs to its visitor. A day has a record when its person visited somebody or wrote a note. Which weeks there are ``weeks`` says,
what copied and impossible records mean to a reader ``controls.behaviour``, what they cost the assessment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_people import ACTIVITY, ACTIVITY_DAYS, WORK_PLAN_EXECUTION
from pipelines.contracts.model import PROVENANCE
from pipelines.metrics.salespeople import people
from pipelines.metrics.weeks import Span, bounds_frame, days_frame, spans
from pipelines.money import E4, mul_div, ratio_expr
from pipelines.sources.facts import Facts

ABSENT = ("absent", "leave")
"""Attendance on which nobody visits customers."""
AWAY = (*ABSENT, "travel")
"""Attendance on which no record is wanted."""

_WHO = "employee_code"
_DAY = [_WHO, "day"]
_PLACE = tuple(PROVENANCE)
_DETAILS = ("note", "order_amount", "order_qty", "stock_seen", "products", "previous_sales", "recent_orders")
_SAME = ("customer_code", "outlet_code", "kind", "succeeded", *_DETAILS, "product_count", "display_done", "new_product_offered")


@dataclass(frozen=True)
class ActivityMarts:
    """The marts of one period, from one reading of the records."""

    activity: pl.DataFrame
    days: pl.DataFrame
    plans: pl.DataFrame


def activity_marts(facts: Facts, company: Company, period: Period, as_of: date, plan_actual: pl.DataFrame) -> ActivityMarts:
    """M5 of ``period`` and of the weeks that end in it, by ``ACTIVITY``, ``ACTIVITY_DAYS``, ``WORK_PLAN_EXECUTION``.

    Everybody employed as a salesperson has a row in each span, and anybody else with a record or a plan of work.
    """
    found = spans(period, company.calendar, as_of)
    plans = work_plan_execution(facts, found, period, as_of)
    if not facts.has("visit") and not facts.has("diary"):
        return ActivityMarts(pl.DataFrame(schema=ACTIVITY.schema), pl.DataFrame(schema=ACTIVITY_DAYS.schema), plans)
    days = _days(facts, company, period, found, as_of)
    return ActivityMarts(_activity(facts, company, period, found, as_of, days, plans, plan_actual), _shaped_days(days, period), plans)


# --- days -------------------------------------------------------------------------------------------------------------


def _salespeople(facts: Facts, first: date, as_of: date) -> pl.DataFrame:
    """Salespeople employed at any time from ``first``, and anybody who kept records from then on."""
    visited = facts["visit"].filter(pl.col("visited_at").is_between(first, as_of))[_WHO]
    written = facts["diary"].filter(pl.col("day").is_between(first, as_of))[_WHO]
    known = people(facts, as_of, first)
    return known.filter((pl.col("role") == "salesperson") | pl.col(_WHO).is_in(pl.concat([visited, written]).unique().implode()))


def _days(facts: Facts, company: Company, period: Period, found: tuple[Span, ...], as_of: date) -> pl.DataFrame:
    """One row a person and day of any span: visits, attendance, state."""
    calendar = company.calendar
    every = sorted({day for span in found for day in span.days})
    week_of = {day: span.key for span in found if span.span == "week" for day in span.days}
    days = pl.DataFrame(
        [(day, week_of.get(day), calendar.is_working_day(day)) for day in every],
        schema={"day": pl.Date, "week": pl.String, "is_working_day": pl.Boolean}, orient="row",
    )  # fmt: skip
    who = _salespeople(facts, every[0], as_of)
    employed = facts.as_of("employee", as_of).select(_WHO, "hired_on", "left_on")
    visits = facts["visit"].rename({"visited_at": "day"}).filter(pl.col("day").is_between(every[0], every[-1]))
    counted = visits.group_by(_DAY).agg(
        visits=pl.len().cast(pl.Int64), succeeded=pl.col("succeeded").fill_null(value=False).sum().cast(pl.Int64),
        order_amount=pl.col("order_amount").sum(),
    )  # fmt: skip
    noted = facts["diary"].select(*_DAY, noted=pl.lit(value=True)).unique()
    attended = facts["attendance"].select(*_DAY, attendance="status")
    copied = copies(facts, company, every[0], every[-1]).select(*_DAY, "copied_from").unique(_DAY, keep="first", maintain_order=True)
    frame = who.join(days, how="cross").join(employed, on=_WHO, how="left")
    for part in (counted, noted, attended, copied):
        frame = frame.join(part, on=_DAY, how="left")
    there = (pl.col("hired_on").is_null() | (pl.col("hired_on") <= pl.col("day"))) & (
        pl.col("left_on").is_null() | (pl.col("left_on") >= pl.col("day"))
    )
    recorded = (pl.col("visits") > 0) | pl.col("noted")
    state = (
        pl.when((pl.col("visits") > 0) & pl.col("attendance").is_in(ABSENT)).then(pl.lit("absent"))
        .when(recorded & pl.col("copied_from").is_not_null()).then(pl.lit("copied"))
        .when(recorded).then(pl.lit("recorded"))
        .when(~there | ~pl.col("is_working_day")).then(pl.lit("idle"))
        .when(pl.col("attendance").is_in(AWAY)).then(pl.lit("away"))
        .otherwise(pl.lit("missing"))
    )  # fmt: skip
    said = facts["visit"]["succeeded"].is_not_null().any()
    ordered = facts["visit"]["order_amount"].is_not_null().any()
    return frame.with_columns(pl.col("visits", "succeeded").fill_null(0), noted=pl.col("noted").fill_null(value=False)).with_columns(
        state=state, there=there, own_day=there & pl.col("is_working_day"),
        succeeded=pl.when(pl.lit(said)).then("succeeded"),
        order_amount=pl.when(pl.lit(ordered)).then(pl.col("order_amount").fill_null(0)),
    )


def _shaped_days(days: pl.DataFrame, period: Period) -> pl.DataFrame:
    frame = days.with_columns(period=pl.lit(period.key))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in ACTIVITY_DAYS.schema.items()).sort(_DAY)


# --- copies -----------------------------------------------------------------------------------------------------------


def copies(facts: Facts, company: Company, first: date, last: date) -> pl.DataFrame:
    """Days from ``first`` to ``last`` whose record says the same as an earlier day of the same person, one row a table.

    Columns ``employee_code, day, copied_from, table, content, shown`` (what of it to print) and the provenance of the day's first
    row. Only days within policy ``activity.copied_within_days`` of one another are compared, and only records that say enough to be
    told apart.
    """
    policy = company.policy.activity
    near = timedelta(days=policy.copied_within_days)
    text = pl.col("work_done").fill_null("").str.strip_chars().str.replace_all(r"\s+", " ")
    notes = (
        facts["diary"].filter(pl.col("day").is_between(first - near, last)).sort(*_DAY, "line")
        .group_by(_DAY, maintain_order=True)
        .agg(content=text.str.join("\n"), **{name: pl.col(name).first() for name in _PLACE})
        .filter(pl.col("content").str.len_chars() >= policy.copied_min_text)
        .with_columns(table=pl.lit("diary"), shown=pl.col("content").str.replace_all("\n", " ").str.slice(0, 60))
    )  # fmt: skip
    visits = facts["visit"].filter(pl.col("visited_at").is_between(first - near, last)).rename({"visited_at": "day"})
    said = [pl.col(name).is_not_null() & (pl.col(name).cast(pl.String).is_in(["", "0"]).not_()) for name in _DETAILS]
    line = pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in _SAME], separator="\x1f")
    routes = (
        visits.with_columns(line=line, details=pl.sum_horizontal(*said)).sort(*_DAY, "line")
        .group_by(_DAY, maintain_order=True)
        .agg(
            content=pl.col("line").str.join("\n"), details=pl.col("details").sum(),
            shown=pl.col("customer_code").unique(maintain_order=True).str.join(", "),
            **{name: pl.col(name).sort_by("source_row").first() for name in _PLACE},
        )
        .filter(pl.col("details") >= policy.copied_min_details)
        .drop("details")
        .with_columns(table=pl.lit("visit"))
    )  # fmt: skip
    both = pl.concat([notes, routes.select(notes.columns)]).sort(_WHO, "table", "content", "day")
    earlier = pl.col("day").shift(1).over(_WHO, "table", "content")
    return (
        both.with_columns(copied_from=earlier)
        .filter(pl.col("copied_from").is_not_null(), pl.col("day") - pl.col("copied_from") <= near, pl.col("day") >= first)
        .sort(*_DAY, "table")
    )


def copied_weeks(facts: Facts, company: Company, found: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Weeks of ``days`` (``ACTIVITY_DAYS``) that are an earlier week again: person, ``week``, and its part of ``found`` (``copies``).

    As many of their days as policy ``activity.copied_week_days`` asks for are those of one earlier week, and none is its own.
    """
    inside = days.filter(pl.col("week").is_not_null())
    own = inside.filter(pl.col("state") == "recorded").select(_WHO, "week").unique()
    apart = (pl.col("day") - pl.col("copied_from")).dt.total_days()
    taken = found.join(inside.select(*_DAY, "week"), on=_DAY).with_columns(apart=apart)
    return (
        taken.filter((pl.col("apart") % 7 == 0) & (pl.col("apart").n_unique().over(_WHO, "week") == 1))
        .filter(pl.col("day").n_unique().over(_WHO, "week") >= company.policy.activity.copied_week_days)
        .join(own, on=[_WHO, "week"], how="anti")
    )


# --- weeks and months -------------------------------------------------------------------------------------------------


def _activity(
    facts: Facts, company: Company, period: Period, found: tuple[Span, ...], as_of: date,
    days: pl.DataFrame, plans: pl.DataFrame, plan_actual: pl.DataFrame,
) -> pl.DataFrame:  # fmt: skip
    on = ["span", "cover", _WHO]
    covered = days_frame(found)
    state = pl.col("state")
    frame = (
        days.join(covered, on="day")
        .group_by(on)
        .agg(
            pl.col("name", "region_code", "region_name", "department").first(),
            working_days=pl.col("own_day").sum(),
            days_recorded=((pl.col("visits") > 0) | pl.col("noted")).sum(),
            days_without_record=(state == "missing").sum(),
            days_copied=(state == "copied").sum(),
            days_absent_visited=(state == "absent").sum(),
            here=(pl.col("there") | (pl.col("visits") > 0) | pl.col("noted")).any(),
        )
        .filter("here")
        .with_columns(days_absent_visited=pl.when(pl.lit(facts.has("attendance"))).then("days_absent_visited"))
    )
    visits = facts["visit"].rename({"visited_at": "day"}).join(covered, on="day")
    owner = own_customers(facts, as_of).select("customer_code", own=_WHO)
    mine = owner.group_by(pl.col("own").alias(_WHO)).agg(customers=pl.len().cast(pl.Int64))
    kind, ok = pl.col("kind"), pl.col("succeeded").fill_null(value=False)
    sums = (
        visits.join(owner, on="customer_code", how="left")
        .group_by(on)
        .agg(
            visits=pl.len(),
            new_visits=(kind == "new").sum(), return_visits=(kind == "return").sum(), key_account_visits=(kind == "key_account").sum(),
            customers_visited=pl.col("customer_code").filter(pl.col("own") == pl.col(_WHO)).n_unique(),
            succeeded=ok.sum(), order_amount=pl.col("order_amount").sum(),
            lines=pl.col("product_count").filter(ok).sum(), orders_with_lines=(ok & pl.col("product_count").is_not_null()).sum(),
            display=pl.col("display_done").sum(), display_asked=pl.col("display_done").is_not_null().sum(),
            offered=pl.col("new_product_offered").sum(), offer_asked=pl.col("new_product_offered").is_not_null().sum(),
        )
    )  # fmt: skip
    counts = ("visits", "new_visits", "return_visits", "key_account_visits", "customers_visited", "succeeded", "order_amount")
    asked = ("lines", "orders_with_lines", "display", "display_asked", "offered", "offer_asked")
    wanted = company.policy.key_account_visits_per_week
    weeks_here = sum(span.span == "week" for span in found)
    planned = plan_actual.filter((pl.col("cut") == _WHO) & (pl.col("measure") == "visits")).select(
        pl.col("key").alias(_WHO), span=pl.lit("period"), visits_planned=pl.col("plan") // E4
    )
    done = plans.select(*on, plan_items="planned", plan_done="done", execution="execution")
    known = facts["visit"]["succeeded"].is_not_null().any()
    ordered = facts["visit"]["order_amount"].is_not_null().any()
    frame = (
        frame.join(sums, on=on, how="left").join(mine, on=_WHO, how="left").join(planned, on=["span", _WHO], how="left")
        .join(done, on=on, how="left").join(bounds_frame(found), on=["span", "cover"])
        .with_columns(pl.col(*counts, *asked, "customers").fill_null(0))
        .with_columns(
            period=pl.lit(period.key),
            key_account_target=pl.when(pl.col("span") == "week").then(pl.lit(wanted)).otherwise(pl.lit(wanted * weeks_here)),
            succeeded=pl.when(pl.lit(known)).then("succeeded"),
            order_amount=pl.when(pl.lit(ordered)).then("order_amount"),
        )
        .with_columns(
            coverage=ratio_expr(pl.col("customers_visited"), pl.col("customers")),
            strike_rate=ratio_expr(pl.col("succeeded"), pl.col("visits")),
            order_value=mul_div(pl.col("order_amount"), pl.lit(1, pl.Int64), pl.col("visits")),
            lines_per_order=ratio_expr(pl.col("lines"), pl.col("orders_with_lines")),
            display_rate=ratio_expr(pl.col("display"), pl.col("display_asked")),
            new_product_rate=ratio_expr(pl.col("offered"), pl.col("offer_asked")),
        )
    )  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in ACTIVITY.schema.items()).sort("span", "cover", _WHO)


def own_customers(facts: Facts, as_of: date) -> pl.DataFrame:
    """The customers that are not closed, as they stand on ``as_of``; ``employee_code`` is whose each is."""
    return facts.as_of("customer", as_of).filter(pl.col("closed_on").is_null() | (pl.col("closed_on") > as_of))


# --- plans of work ----------------------------------------------------------------------------------------------------


def work_lines(work_plan: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """One row a line of the work plans for ``keys`` (weeks or periods): what was planned beside what was reported of it.

    Columns ``employee_code, period, line, item, planned_on, done_on, status, result, is_planned, is_reported`` and the provenance of the
    report, else of the plan. A line that was only reported was not planned.
    """
    rows = work_plan.filter(pl.col("period").is_in(keys))
    key = [_WHO, "period", "line"]
    plan = rows.filter(pl.col("stage") == "plan").drop("stage")
    told = rows.filter(pl.col("stage") == "result").drop("stage")
    both = plan.with_columns(is_planned=pl.lit(value=True)).join(
        told.with_columns(is_reported=pl.lit(value=True)), on=key, how="full", coalesce=True, suffix="_told"
    )
    same = ["item", "planned_on", *_PLACE]
    return both.select(
        *key,
        *(pl.coalesce(f"{name}_told" if name in _PLACE else name, name if name in _PLACE else f"{name}_told").alias(name) for name in same),
        *(pl.coalesce(f"{name}_told", name).alias(name) for name in ("done_on", "status", "result")),
        pl.col("is_planned", "is_reported").fill_null(value=False),
    ).sort(key)


def counted_work(work_plan: pl.DataFrame, found: tuple[Span, ...]) -> pl.DataFrame:
    """The lines of :func:`work_lines` that count, by ``span, cover, start, end, until``: done, due, in time, overdue (booleans).

    Everything counts that stands in the plan, and what was reported without one where nobody planned at all.
    """
    lines = work_lines(work_plan, [span.key for span in found]).rename({"period": "cover"}).join(bounds_frame(found), on="cover")
    done = pl.col("status").eq("done").fill_null(value=False)
    day = pl.coalesce("planned_on", "end")
    due = (day <= pl.col("until")).fill_null(value=False)
    return lines.filter(pl.col("is_planned") | ~pl.col("is_planned").any().over(_WHO, "cover")).with_columns(
        done=done, due=due, done_in_time=(done & (pl.col("done_on") <= day)).fill_null(value=False),
        overdue=due & ~done & (day < pl.col("until")),
    )  # fmt: skip


def work_plan_execution(facts: Facts, found: tuple[Span, ...], period: Period, as_of: date) -> pl.DataFrame:
    """Planned and done by span and person, by ``WORK_PLAN_EXECUTION``; the rate is null until something was reported."""
    if not facts.has("work_plan"):
        return pl.DataFrame(schema=WORK_PLAN_EXECUTION.schema)
    sums = counted_work(facts["work_plan"], found).group_by("span", "cover", "start", "end", "until", _WHO).agg(
        pl.len().alias("planned"), pl.col("done", "due", "done_in_time", "overdue").sum(), reported=pl.col("is_reported").any()
    )
    first = min(span.start for span in found)
    frame = sums.join(people(facts, as_of, first), on=_WHO, how="left").with_columns(
        period=pl.lit(period.key), open=pl.col("planned") - pl.col("done"),
        execution=pl.when("reported").then(ratio_expr(pl.col("done"), pl.col("planned"))),
    )  # fmt: skip
    return frame.select(pl.col(name).cast(dtype) for name, dtype in WORK_PLAN_EXECUTION.schema.items()).sort("span", "cover", _WHO)
