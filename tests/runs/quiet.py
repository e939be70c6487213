"""Runs without Dagster's history, for tests that start many: writing and asking it would be half of them.

``test_command`` and ``test_kills`` also run the command as people do, with everything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import dagster as dg
from dagster._core.event_api import EventRecordsResult
from dagster._core.storage.event_log import InMemoryEventLogStorage

from assets import history, reports, running
from pipelines.sources import intake


def without_history(replace: Callable[[object, str, object], None]) -> None:
    """Keep nothing of a run, so that there is nothing to find either; ``replace`` is ``setattr``, or one that puts it back."""
    replace(history, "instance", lambda _: dg.DagsterInstance.ephemeral())
    replace(InMemoryEventLogStorage, "store_event", lambda *_: None)
    replace(InMemoryEventLogStorage, "get_asset_records", lambda *_: [])
    replace(dg.DagsterInstance, "fetch_observations", lambda *_, **__: EventRecordsResult([], "", has_more=False))
    # The code is what it was when the process began.
    replace(intake, "_code", cache(intake._code))
    for module in (running, reports):
        replace(module, "code_version", cache(module.code_version))
