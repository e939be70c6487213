"""Every report by name: what it is called, who reads it, what it needs, who builds it.

A new report is a module with ``build`` and a line in :data:`REPORTS`. Writing and publishing reports is ``excel``, ``html`` and
``publish``'s business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

import polars as pl

from pipelines.reports.context import Marts, ReportContext
from pipelines.reports.definitions import (
    activity_monthly,
    activity_weekly,
    assessment,
    commission,
    control,
    dealer_summary,
    dunning,
    market_monthly,
    market_weekly,
    monthly_review,
    monthly_work_plan,
    own_pay,
    receivables,
    region_sales,
    sales_monthly,
    sales_weekly,
    statement,
    submissions,
    target_customers,
    tie_out,
    weekly_work_plan,
)
from pipelines.reports.model import Report, Words, say

Audience = Literal["finance", "sales", "region", "hr", "dealer", "person"]
AUDIENCES: dict[Audience, Words] = {
    "finance": say("Finance"),
    "sales": say("Sales management"),
    "region": say("Regions"),
    "hr": say("Human resources"),
    "dealer": say("Dealers"),
}
"""The portal's folders, in its order. What is for one person has a folder of that person instead."""

CONFIDENTIAL: frozenset[str] = frozenset({"hr", "person"})
"""Audiences whose reports stand in their own folders only: no page or letter that others read lists them with what they say."""


@dataclass(frozen=True)
class Kind:
    """One kind of report. ``marts`` must be there for it to exist; ``build`` gives none where they hold nothing."""

    id: str
    name: str
    title: Words
    audience: Audience
    marts: tuple[str, ...]
    build: Callable[[Marts, ReportContext], list[Report]]
    per: Literal["", "customer", "control", "person"] = ""
    """What there is one report each of; its code is in the report's name (``context.party_name``)."""

    def audience_of(self, name: str) -> str:
        """Who reads the report called ``name``: an audience, or one person as ``person:<employee_code>``."""
        return f"person:{party_of(name)}" if self.per == "person" else self.audience


def _one(build: Callable[[Marts, ReportContext], Report | None]) -> Callable[[Marts, ReportContext], list[Report]]:
    def built(marts: Marts, context: ReportContext) -> list[Report]:
        report = build(marts, context)
        return [] if report is None else [report]

    return built


def _kind(module: Any, audience: Audience) -> Kind:
    """The kind of a module with one report a period."""
    return Kind(module.ID, module.NAME, module.TITLE, audience, module.REQUIRED, _one(module.build))


def _tie_outs(marts: Marts, context: ReportContext) -> list[Report]:
    return tie_out.pages(marts, context, [(kind.id, kind.name, kind.title) for kind in REPORTS])


REPORTS: tuple[Kind, ...] = (
    Kind(monthly_review.ID, monthly_review.NAME, monthly_review.TITLE, "sales", monthly_review.REQUIRED, _one(monthly_review.build)),
    Kind(sales_monthly.ID, sales_monthly.NAME, sales_monthly.TITLE, "sales", sales_monthly.REQUIRED, _one(sales_monthly.build)),
    _kind(sales_weekly, "sales"),
    _kind(market_weekly, "sales"),
    _kind(market_monthly, "sales"),
    Kind(region_sales.ID, region_sales.NAME, region_sales.TITLE, "sales", region_sales.REQUIRED, _one(region_sales.build)),
    Kind(dealer_summary.ID, dealer_summary.NAME, dealer_summary.TITLE, "region", dealer_summary.REQUIRED, _one(dealer_summary.build)),
    _kind(weekly_work_plan, "region"),
    _kind(monthly_work_plan, "region"),
    _kind(activity_weekly, "region"),
    _kind(activity_monthly, "region"),
    _kind(target_customers, "region"),
    Kind(receivables.ID, receivables.NAME, receivables.TITLE, "finance", receivables.REQUIRED, _one(receivables.build)),
    Kind(dunning.ID, dunning.NAME, dunning.TITLE, "region", dunning.REQUIRED, _one(dunning.build)),
    Kind(statement.ID, statement.NAME, statement.TITLE, "dealer", statement.REQUIRED, statement.statements, per="customer"),
    Kind(submissions.ID, submissions.NAME, submissions.TITLE, "region", submissions.REQUIRED, _one(submissions.build)),
    Kind(commission.ID, commission.NAME, commission.TITLE, "hr", commission.REQUIRED, _one(commission.build)),
    Kind(commission.ID, own_pay.NAME, own_pay.TITLE, "person", commission.REQUIRED, own_pay.build_all, per="person"),
    Kind(tie_out.ID, tie_out.NAME, tie_out.TITLE, "finance", tie_out.REQUIRED, _tie_outs, per="control"),
    Kind(assessment.ID, assessment.NAME, assessment.TITLE, "hr", assessment.REQUIRED, _one(assessment.build)),
    Kind(assessment.ID, assessment.YEARLY, assessment.YEARLY_TITLE, "hr", assessment.REQUIRED, _one(assessment.yearly)),
    Kind(assessment.ID, assessment.PERSON, assessment.PERSON_TITLE, "person", assessment.REQUIRED, assessment.persons, per="person"),
    Kind(control.ID, control.NAME, control.TITLE, "finance", control.REQUIRED, _one(control.build)),
)


def build_all(marts: Marts, context: ReportContext) -> list[tuple[Kind, Report]]:
    """Every report that the delivered tables allow, in the portal's order."""
    return [(kind, report) for kind in REPORTS if all(name in marts for name in kind.marts) for report in kind.build(marts, context)]


def kind(name: str) -> Kind:
    """The kind of report called ``name``; where there is one each of something, the name carries its code. Raises ``KeyError``."""
    for one in REPORTS:
        if name == one.name or (one.per and name.startswith(f"{one.name}_")):
            return one
    raise KeyError(f"no report '{name}'; the reports are {', '.join(one.name for one in REPORTS)}")


def party_of(name: str) -> str:
    """The code of the customer, control or person that the report called ``name`` is about; empty where it is about all."""
    return unquote(name.removeprefix(f"{one.name}_")) if (one := kind(name)).per else ""


def is_stopped(report: Report) -> bool:
    """Whether the report may not be published because what it prints is not what its marts say.

    Invariants that the controls found broken are theirs to tell (``controls.results.blocked_reports``).
    """
    return any(one.status == "broken" and (one.left_sum or one.right_sum) for one in report.all_tie_outs())


PRINTED: dict[tuple[str, str], str] = {
    ("sales_monthly", "lines_month"): "net_amount",
    ("region_sales", "regions_month"): "net_amount",
    ("region_sales", "receipts_month"): "receipts",
    ("sales_weekly", "month"): "net_amount",
    ("monthly_review", "regions"): "net_amount",
    ("monthly_review", "lines"): "net_amount",
}
"""Tables (by report) whose printed actuals are held against a fact total of the period (C4)."""


def printed_totals(reports: Iterable[Report]) -> pl.DataFrame:
    """What reports print of the period: ``report, name, amount``, the sum of the detail rows on the page, for control C4."""
    rows = []
    for report in reports:
        for table in report.tables():
            if name := PRINTED.get((report.name, table.id)):
                detail = pl.Series([role in ("", "emphasised") for role in table.roles()], dtype=pl.Boolean)
                rows.append((report.id, name, int(table.frame["ac"].filter(detail).sum() or 0)))
    schema = {"report": pl.String, "name": pl.String, "amount": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
