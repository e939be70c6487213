"""The nine indicators of a salesperson (M4): plan, growth, price, expense, overdue, visits, complaints, new customers, retention.

Sums that other marts hold (``plan_actual``, ``receivable_ratios``) are taken from there, so that the same figure is computed once. A
sales line belongs to its own salesperson, what is counted in customers to the customer's salesperson on the business day, a complaint
to the one on its day, a visit to its visitor. What an indicator scores belongs to the assessment.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_people import SALESPERSON_INDICATORS
from pipelines.metrics.plan_actual import attainment
from pipelines.metrics.windows import month_before
from pipelines.money import E4, E8, mul_div, ratio_expr
from pipelines.sources.facts import Facts

_WHO = "employee_code"


def people(facts: Facts, as_of: date, start: date) -> pl.DataFrame:
    """Who was employed at any time from ``start`` to ``as_of``: code, role, name, region, department as organised on ``as_of``."""
    regions = facts.as_of("region", as_of).select("region_code", "department", region_name="name")
    return (
        facts.as_of("employee", as_of)
        .filter(
            pl.col("hired_on").is_null() | (pl.col("hired_on") <= as_of), pl.col("left_on").is_null() | (pl.col("left_on") >= start)
        )
        .select(_WHO, "role", "name", "region_code", "trainee_until")
        .join(regions, on="region_code", how="left")
        .sort(_WHO)
    )


def salesperson_indicators(
    facts: Facts, company: Company, period: Period, as_of: date, plan_actual: pl.DataFrame, receivable_ratios: pl.DataFrame
) -> pl.DataFrame:
    """M4: one row a salesperson employed in the period, and anybody else with sales or a plan of it (``SALESPERSON_INDICATORS``).

    Each figure is null where its table was not delivered, each ratio also where it would divide by nothing.
    """
    mine = plan_actual.filter((pl.col("cut") == _WHO) & (pl.col("key") != "")).rename({"key": _WHO})
    listed = people(facts, as_of, period.start)
    there = (pl.col("plan").fill_null(0) != 0) | (pl.col("actual").fill_null(0) != 0)
    sold = mine.filter(pl.col("measure").is_in(["net_amount", "qty", "receipts"]) & there)[_WHO].unique()
    frame = listed.filter((pl.col("role") == "salesperson") | pl.col(_WHO).is_in(sold.implode())).drop("role", "trainee_until")
    frame = frame.join(_quantities(mine), on=_WHO, how="left")
    for measure, taken in (
        ("net_amount", {"net_amount": "actual", "net_amount_py": "py", "sales_growth": "growth_yoy"}),
        ("expense", {"expense": "actual"}),
        ("new_customers", {"new_customers": pl.col("actual") // E4, "new_customers_plan": "plan"}),
    ):
        own = mine.filter(pl.col("measure") == measure).select(_WHO, **taken)
        frame = frame.join(own, on=_WHO, how="left")
        if measure in plan_actual["measure"]:
            # Of a measure that the company has, a person without a row had nothing.
            frame = frame.with_columns(pl.col([name for name in taken if name not in ("sales_growth", "new_customers_plan")]).fill_null(0))
    recovery = receivable_ratios.filter(pl.col("cut") == _WHO)
    recovery = recovery.select("opening_overdue", "recovered", "overdue_recovery", employee_code="key")
    for part in (_prices(facts, period, as_of), recovery, _visits(facts, period, as_of), _customers(facts, company, period, as_of)):
        frame = frame.join(part, on=_WHO, how="left")
    frame = _nothing_is_zero(frame, facts, receivable_ratios)
    frame = frame.with_columns(
        period=pl.lit(period.key),
        plan_completion=attainment(pl.col("qty_actual"), pl.col("qty_plan")),
        price_maintenance=ratio_expr(pl.col("priced_amount"), pl.col("list_amount")),
        expense_ratio=ratio_expr(pl.col("expense"), pl.col("net_amount")),
        visit_success=ratio_expr(pl.col("visits_succeeded"), pl.col("visits")),
        complaint_rate=ratio_expr(pl.col("complaints"), pl.col("active_customers")),
        new_customer_rate=ratio_expr(pl.col("new_customers"), pl.col("customers_at_start")),
        new_customer_completion=attainment(pl.col("new_customers") * E4, pl.col("new_customers_plan")),
        retention=ratio_expr(pl.col("customers_kept"), pl.col("customers_at_start")),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in SALESPERSON_INDICATORS.schema.items()).sort(_WHO)


def _nothing_is_zero(frame: pl.DataFrame, facts: Facts, receivable_ratios: pl.DataFrame) -> pl.DataFrame:
    """Counts of delivered tables are 0 for a person who has none; of tables that were not delivered they stay null."""
    given = {
        "visit": ["visits"] if facts["visit"]["succeeded"].is_null().all() else ["visits", "visits_succeeded"],
        "complaint": ["complaints"],
        "sales_line": ["active_customers", "customers_at_start", "customers_kept"],
    }
    zeros = [name for table, names in given.items() if facts.has(table) for name in names]
    zeros += ["opening_overdue", "recovered"] if receivable_ratios.height else []
    return frame.with_columns(pl.col(zeros).fill_null(0))


def _quantities(mine: pl.DataFrame) -> pl.DataFrame:
    """Planned and sold quantity of each person whose quantities all have one unit; of mixed units nothing is said."""
    rows = mine.filter((pl.col("measure") == "qty") & ((pl.col("plan").fill_null(0) != 0) | (pl.col("actual").fill_null(0) != 0)))
    return (
        rows.group_by(_WHO)
        .agg(pl.col("unit").unique(), pl.col("plan").sum(), pl.col("actual").sum(), planned=pl.col("plan").is_not_null().any())
        .filter(pl.col("unit").list.len() == 1)
        .select(_WHO, qty_unit=pl.col("unit").list.first(), qty_plan=pl.when("planned").then("plan"), qty_actual="actual")
        .filter(pl.col("qty_unit") != "")
    )


def _prices(facts: Facts, period: Period, as_of: date) -> pl.DataFrame:
    lines = priced_lines(facts, period, as_of)
    return lines.group_by(_WHO).agg(priced_amount=pl.col("net_amount").sum(), list_amount=pl.col("at_list").sum())


def priced_lines(facts: Facts, period: Period, as_of: date) -> pl.DataFrame:
    """The lines that have a list price on their day, and what they would be at it (``at_list``); the price is of a sales unit.

    ``place`` is the line's place in the facts.
    """
    lines = facts["sales_line"].lazy().with_row_index("place").filter(
        pl.col("period") == period.key, pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of,
        pl.col("price_class").is_not_null(), pl.col(_WHO).is_not_null(),
    )  # fmt: skip
    since = pl.col("valid_from")
    factors = facts.as_of("product", as_of).lazy().select("product_code", "units_per_base", sales_unit="unit")
    prices = facts["price_list"].lazy().select("product_code", "price_class", "valid_from", list_price="unit_price").sort("valid_from")
    delivered = pl.col("unit").fill_null(pl.col("sales_unit"))
    in_base = mul_div(pl.col("base_qty"), pl.lit(E8, pl.Int64), pl.col("units_per_base"))
    in_sales_units = pl.when(delivered == pl.col("sales_unit")).then("qty").otherwise(in_base)
    return (
        lines.sort("document_date")
        .join_asof(
            prices, left_on="document_date", right_on="valid_from", by=["product_code", "price_class"], check_sortedness=False,
        )
        .filter(since.is_not_null() & pl.col("list_price").is_not_null())
        .join(factors, on="product_code", how="left")
        .with_columns(at_list=mul_div(in_sales_units, pl.col("list_price"), pl.lit(E8, pl.Int64)))
        .filter(pl.col("at_list").is_not_null())
        .select("place", _WHO, "net_amount", "at_list")
        .collect()
    )  # fmt: skip


def _visits(facts: Facts, period: Period, as_of: date) -> pl.DataFrame:
    rows = facts["visit"].filter(pl.col("visited_at").is_between(period.start, min(as_of, period.end)))
    said = facts["visit"]["succeeded"].is_not_null().any()
    succeeded = pl.col("succeeded").fill_null(value=False).sum().cast(pl.Int64)
    return rows.group_by(_WHO).agg(visits=pl.len().cast(pl.Int64), visits_succeeded=succeeded if said else pl.lit(None, pl.Int64))


def _customers(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Customers of each person: active now, active at the start, of these who bought again; and their complaints of the period."""
    counted = buying(facts, company, period, as_of).group_by(_WHO).agg(
        active_customers=pl.col("active").sum().cast(pl.Int64),
        customers_at_start=pl.col("before").sum().cast(pl.Int64),
        customers_kept=(pl.col("before") & pl.col("now")).sum().cast(pl.Int64),
    )
    raised = facts["complaint"].filter(pl.col("raised_on").is_between(period.start, min(as_of, period.end)))
    complaints = raised.filter(pl.col(_WHO).is_not_null()).group_by(_WHO).agg(complaints=pl.len().cast(pl.Int64))
    return counted.join(complaints, on=_WHO, how="full", coalesce=True)


def buying(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Customers with a salesperson that bought lately: ``active`` now, ``before`` the period, ``now`` in it (booleans)."""
    owner = facts.as_of("customer", as_of).select("customer_code", _WHO).filter(pl.col(_WHO).is_not_null())
    start = period.start - timedelta(days=1)
    bought = (
        facts["sales_line"].lazy()
        .filter(
            pl.col("document_kind") == "invoice", pl.col("document_date") <= as_of,
            pl.col("document_date") > month_before(company.calendar, start, company.policy.active_months),
        )
        .group_by("customer_code")
        .agg(
            active=(pl.col("document_date") > month_before(company.calendar, as_of, company.policy.active_months)).any(),
            before=(pl.col("document_date") <= start).any(), now=(pl.col("document_date") > start).any(),
        )
        .collect()
    )  # fmt: skip
    return owner.join(bought, on="customer_code")
