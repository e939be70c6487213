"""R1 周工作计划表: what was planned for the week and done of it, what is open, what is planned for the next."""

from __future__ import annotations

from pipelines.metrics.weeks import week_after
from pipelines.reports.context import Marts, ReportContext, have
from pipelines.reports.definitions import weekly, work_plans
from pipelines.reports.model import Report, say

ID = "R1"
NAME = "weekly_work_plan"
TITLE = say("Weekly work plan")
REQUIRED = work_plans.REQUIRED


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nobody plans by the week."""
    week = weekly.opened_on(context)
    if week is None or not have(marts, "work_plan"):
        return None
    following = week_after(week)
    return work_plans.report(
        marts, context, id=ID, name=NAME, title=TITLE, span="week", cover=week.key, when=weekly.when(week),
        following=(following.key, weekly.called(following)),
    )  # fmt: skip
