"""Whom to remind of what (``domain.md`` M3): items that are late, and those that fall due until the end of the next period."""

from __future__ import annotations

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_receivables import DUNNING
from pipelines.metrics.receivables import Books, State, days_late, mart, named
from pipelines.metrics.windows import month_after


def dunning(state: State, books: Books, company: Company, period: Period) -> pl.DataFrame:
    """Overdue and due next, by salesperson (M3); grain ``period, customer, document, term, kind``.

    The salesperson is the customer's on D, who has to collect now. Level n applies from the n-th number of days late of policy
    ``receivables.dunning_levels``; 0 is not yet due. What is due on D itself is due next, not late.
    """
    until = month_after(company.calendar, state.day)
    late = days_late(state.day)
    level = pl.sum_horizontal(pl.lit(0, pl.Int64), *((late >= days).cast(pl.Int64) for days in company.policy.receivables.dunning_levels))
    rows = state.items.filter((pl.col("open") > 0) & (pl.col("due_on") <= until)).with_columns(
        days_late=late, level=level, amount="open", status=pl.when(late > 0).then(pl.lit("overdue")).otherwise(pl.lit("due_next"))
    )
    people = books.facts.as_of("employee", state.day).select("employee_code", employee_name="name")
    return mart(DUNNING, named(rows, state, books).join(people, on="employee_code", how="left"), period, state.day)
