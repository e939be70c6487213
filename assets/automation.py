"""When it runs: jobs, the nightly schedule, the inbox sensor. The calendar or a file starts a run; assets never start themselves."""

from datetime import timedelta
from typing import Any

import dagster as dg

from assets.context import company_in
from assets.settings import Settings
from pipelines.company.company import Company
from pipelines.errors import UnknownPeriod
from pipelines.publish.shelf import Shelf

SOURCES = dg.AssetSelection.groups("landed", "raw", "staged", "facts")
PERIOD = dg.AssetSelection.groups("marts", "controls", "warehouse", "reports")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command prints its own progress; what went wrong comes back as an error."""

take_in = dg.define_asset_job("take_in", SOURCES, description="Land and read what has arrived; no period is closed.")
close_period = dg.define_asset_job("close_period", PERIOD, description="Compute, check and publish one period from the facts.")
nightly = dg.define_asset_job("nightly", SOURCES | PERIOD, description="Take in what has arrived and close one period.")


def nightly_schedule(company: Company) -> dg.ScheduleDefinition:
    """At 02:00 in the company's time zone: the period of the day before, and for five days the one before it, which is being closed."""

    @dg.schedule(name="every_night", target=nightly, cron_schedule="0 2 * * *", execution_timezone=company.policy.timezone)
    def every_night(context: dg.ScheduleEvaluationContext) -> Any:
        """Close what is open."""
        day = context.scheduled_execution_time.date() - timedelta(days=1)
        try:
            current = company.calendar.containing(day)
        except UnknownPeriod as error:
            return dg.SkipReason(str(error))
        before = company.calendar.previous(current)
        open_periods = [before, current] if before and (day - current.start).days < 5 else [current]
        return [dg.RunRequest(run_key=f"{day}-{one.key}", partition_key=one.key) for one in open_periods if one]

    return every_night


def inbox_sensor(settings: Settings) -> dg.SensorDefinition:
    """A new or changed file in the inbox starts one run of the newest period that its company has closed or is closing."""

    @dg.sensor(name="inbox_changed", target=nightly, minimum_interval_seconds=60)
    def inbox_changed(context: dg.SensorEvaluationContext) -> Any:
        """Edge, not level: the same state of the inbox never starts a second run."""
        inbox = settings.inbox
        if inbox is None or not inbox.is_dir():
            return dg.SkipReason(f"{inbox}: there is no such inbox folder.")
        files = sorted(path for path in inbox.rglob("*") if path.is_file())
        state = ";".join(f"{path.relative_to(inbox)}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files)
        import hashlib

        cursor = hashlib.sha256(state.encode()).hexdigest()
        if cursor == context.cursor:
            return dg.SkipReason("Nothing new in the inbox.")
        published = Shelf(settings.shelf, settings.manifests).periods()
        context.update_cursor(cursor)
        if not published:
            return dg.SkipReason("No period was closed yet. Close the first one by hand: closebook run --period latest.")
        newest = company_in(settings.company).calendar.period(published[-1])
        return dg.RunRequest(run_key=cursor, partition_key=newest.key)

    return inbox_changed
