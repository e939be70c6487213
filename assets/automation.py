"""When it runs: jobs, the nightly schedule, the inbox sensor, delivery after each run. The calendar, a file or the end of a run starts one;
assets never start themselves.
"""

from datetime import timedelta
from typing import Any

import dagster as dg

from assets import delivering
from assets.context import company_in
from assets.settings import Settings
from pipelines.company.company import Company
from pipelines.company.delivery import load_delivery
from pipelines.delivery.runs import Runs
from pipelines.errors import UnknownPeriod
from pipelines.publish.shelf import Shelf

SOURCES = dg.AssetSelection.groups("landed", "raw", "staged", "facts")
PERIOD = dg.AssetSelection.groups("marts", "controls", "warehouse", "reports")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""The command prints its own progress; what went wrong comes back as an error."""
BY_COMMAND = {"closebook/by": "command"}
"""Tag of the runs that the command starts: it delivers at its own end, so that the sensors leave them alone."""

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


def deliver_job(settings: Settings) -> dg.JobDefinition:
    """The job ``deliver``: what is due is put into the outbox and sent. Retried while another run works in the home."""

    @dg.op(name="send_what_is_due", retry_policy=dg.RetryPolicy(max_retries=5, delay=60))
    def send_what_is_due() -> None:
        delivering.deliver(settings)

    @dg.job(name="deliver", description="Send what delivery.yaml makes due and what waits.", executor_def=dg.in_process_executor)
    def deliver() -> None:
        send_what_is_due()

    return deliver


def run_sensors(settings: Settings, deliver: dg.JobDefinition) -> list[dg.SensorDefinition]:
    """After a run that the schedule, the inbox or Dagster's page has started: what became of it is written down, then delivered.

    On from the start, and idle without a ``delivery.yaml``.
    """
    watched: dict[str, Any] = {
        "monitored_jobs": [take_in, close_period, nightly], "request_job": deliver, "minimum_interval_seconds": 30,
        "default_status": dg.DefaultSensorStatus.RUNNING,
    }  # fmt: skip

    def ended(run: dg.DagsterRun, why: str | None) -> Any:
        if run.tags.items() >= BY_COMMAND.items():
            return dg.SkipReason("The command delivers what its own runs make due.")
        delivery = load_delivery(settings.company)
        if delivery is None:
            return dg.SkipReason("The company has no delivery.yaml.")
        period = run.tags.get("dagster/partition", "")
        if why is None:
            Runs(settings.home).good(run.job_name, period)
        else:
            delivering.failed(settings, delivery, run.job_name, period, why)
        return dg.RunRequest(run_key=run.run_id)

    @dg.run_status_sensor(name="after_a_good_run", run_status=dg.DagsterRunStatus.SUCCESS, **watched)
    def after_a_good_run(context: dg.RunStatusSensorContext) -> Any:
        """A run has ended well: send what it published, and that runs work again if one had failed before."""
        return ended(context.dagster_run, None)

    @dg.run_failure_sensor(name="after_a_failed_run", **watched)
    def after_a_failed_run(context: dg.RunFailureSensorContext) -> Any:
        """A run has failed: say so, with the error of the step."""
        steps = [event.step_failure_data.error for event in context.get_step_failure_events()]
        found = [error for error in steps if error is not None]
        return ended(context.dagster_run, _root_sentence(found[0]) if found else context.failure_event.message or "The run has failed.")

    return [after_a_good_run, after_a_failed_run]


def _root_sentence(error: Any) -> str:
    """The sentence of the error that a step raised first, without the class that Dagster writes before it."""
    while error.cause is not None:
        error = error.cause
    first, _, rest = str(error.message).strip().partition(": ")
    return rest if error.cls_name and first.endswith(error.cls_name) else str(error.message).strip()
