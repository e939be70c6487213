"""R5 销售员工作周统计表: what each salesperson did in the week, day by day, and the weeks of the month beside one another."""

from __future__ import annotations

from pipelines.reports.context import Marts, ReportContext, have, with_heading
from pipelines.reports.definitions import activities, weekly
from pipelines.reports.model import Report, say

ID = "R5"
NAME = "activity_weekly"
TITLE = say("Weekly activity")
REQUIRED = activities.REQUIRED


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nobody keeps records or no week of the period has begun."""
    week = weekly.opened_on(context)
    if week is None or not have(marts, *REQUIRED):
        return None
    rows = activities.of_span(marts, "week", week.key)
    if rows.is_empty():
        return None
    subtitle = with_heading(say("Salespeople"), weekly.when(week))
    headline = activities.headline(rows, weekly.called(week))
    sections = [*activities.people(rows, "week", subtitle), *activities.days(marts, week, subtitle)]
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=headline,
        subtitle=subtitle,
        sections=[*sections, *activities.records(context, weekly.own_weeks(context)), *activities.weeks_beside(marts, context)],
        tables=activities.TABLES,
        tiles=activities.tiles(rows, "week"),
        notes=activities.notes(context),
    )
