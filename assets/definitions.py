"""The one place where everything is listed: assets, jobs, schedules, sensors and resources of one company."""

from __future__ import annotations

import dagster as dg

from assets import automation, controls, marts, reports, sources, warehouse
from assets.context import company_in
from assets.io import FrameStore
from assets.partitions import periods
from assets.resources import Doors
from assets.settings import Settings


def definitions(settings: Settings) -> dg.Definitions:
    """The code location for one company, its inbox and its home."""
    company = company_in(settings.company)
    partitions = periods(company)
    deliver = automation.deliver_job(settings)
    return dg.Definitions(
        assets=[
            *sources.all_sources(),
            *marts.all_marts(partitions),
            *controls.all_controls(partitions),
            *warehouse.all_warehouse(partitions),
            *reports.all_reports(partitions),
        ],
        jobs=[automation.take_in, automation.close_period, automation.nightly, deliver],
        schedules=[automation.nightly_schedule(company)],
        sensors=[automation.inbox_sensor(settings), *automation.run_sensors(settings, deliver)],
        resources={"doors": Doors.of(settings), "io_manager": FrameStore(root=str(settings.frames))},
        executor=dg.in_process_executor,
    )
