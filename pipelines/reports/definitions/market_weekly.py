"""R7 市场状况周统计表: what was heard of the market in the week, and what was lost to whom."""

from __future__ import annotations

from pipelines.reports.context import Marts, ReportContext, have, with_heading
from pipelines.reports.definitions import markets, weekly
from pipelines.reports.model import Report, say

ID = "R7"
NAME = "market_weekly"
TITLE = say("Weekly market")
REQUIRED = ("market_signals", "deals")


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where neither signals nor lost deals are sent, or no week of the period has begun."""
    week = weekly.opened_on(context)
    if week is None or not (have(marts, "market_signals") or have(marts, "deals")):
        return None
    when = weekly.when(week)
    first, own = weekly.own_weeks(context)[0].start, say("Weeks that end in {month}", month=context.month)
    sections = [
        *markets.signals(marts, "week", week.key, when),
        *markets.deals(marts, "week", week.key, when),
        *markets.weeks_beside(marts, context),
        *markets.listed(marts, first, week.until, own),
        *markets.lost_list(marts, first, week.until, own),
    ]
    if not sections:
        return None
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=markets.headline(marts, "week", week.key, weekly.called(week)),
        subtitle=with_heading(say("Signals, deals won and lost"), when),
        sections=sections,
        tables=markets.TABLES,
        tiles=markets.tiles(marts, "week", week.key),
    )
