"""What another pay plan would have paid on the same history: who gains, who loses, what it costs. Nothing is settled by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.pay import PayFile
from pipelines.metrics.pay import FIXED, Pay
from pipelines.sources.facts import Facts

SCHEMA = pl.Schema(
    {"employee_code": pl.String(), "name": pl.String(), "period": pl.String()}
    | dict.fromkeys(("fixed_before", "fixed_after", "commission_before", "commission_after", "before", "after", "difference"), pl.Int64())
)
"""One row a person and period, ten-thousandths. ``fixed``: base and performance pay; ``before`` and ``after`` are what is payable."""


def with_plans(company: Company, plans: PayFile) -> Company:
    """``company`` as if ``plans`` had replaced its own from their first day on; before that its own hold."""
    eve = plans.first_day - timedelta(days=1)
    own = company.pay.plans if company.pay is not None else ()
    kept = tuple(plan.model_copy(update={"until": min(plan.until or date.max, eve)}) for plan in own if plan.start <= eve)
    # Plans of both may be called alike: they are never told apart by name here.
    return replace(company, pay=PayFile.model_construct(plans=(*kept, *plans.plans)))


def compared(facts: Facts, company: Company, plans: PayFile, periods: Sequence[Period], as_of: date) -> pl.DataFrame:
    """Both plans over ``periods``, ascending, computed from facts alone (:data:`SCHEMA`): as if nothing had been closed."""
    last = periods[-1]
    before, after = (Pay(facts, one, last, as_of) for one in (company, with_plans(company, plans)))
    rows = []
    for person in after.people:
        for period in periods:
            row: dict[str, object] = {"employee_code": person.code, "name": person.name, "period": period.key}
            total = {}
            for side, pay in (("before", before), ("after", after)):
                settlement = pay.settlements[person.code].get(period.key)
                items = settlement.items if settlement is not None else ()
                row[f"fixed_{side}"] = sum(item.amount for item in items if item.what in FIXED)
                row[f"commission_{side}"] = sum(item.amount for item in items if not item.is_fixed)
                total[side] = sum(item.amount for item in items)
            if any((person.code, period.key) in pay.terms or pay.days(person, period) for pay in (before, after)):
                rows.append({**row, **total, "difference": total["after"] - total["before"]})
    found = pl.DataFrame(rows, schema=SCHEMA).sort("employee_code", "period")
    anything = pl.any_horizontal(pl.col("before", "after") != 0).any().over("employee_code")
    return found.filter(anything)


def by_person(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums of :func:`compared` by person, the largest gain first."""
    sums = frame.group_by("employee_code").agg(pl.col("name").last(), pl.col(pl.Int64).sum())
    return sums.sort("difference", "employee_code", descending=[True, False])


def by_period(frame: pl.DataFrame) -> pl.DataFrame:
    """Sums of :func:`compared` by period."""
    return frame.group_by("period").agg(pl.col(pl.Int64).sum()).sort("period")
