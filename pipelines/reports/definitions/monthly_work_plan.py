"""R2 月工作计划表: what was planned for the month and done of it, what is open, what is planned for the next."""

from __future__ import annotations

from pipelines.reports.context import Marts, ReportContext, have
from pipelines.reports.definitions import work_plans
from pipelines.reports.model import PeriodName, Report, say

ID = "R2"
NAME = "monthly_work_plan"
TITLE = say("Monthly work plan")
REQUIRED = work_plans.REQUIRED


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nobody plans by the month."""
    if not have(marts, "work_plan"):
        return None
    following = context.company.calendar.next(context.period)
    return work_plans.report(
        marts, context, id=ID, name=NAME, title=TITLE, span="period", cover=context.period.key, when=context.month,
        following=(following.key, PeriodName(following)) if following else None,
    )  # fmt: skip
