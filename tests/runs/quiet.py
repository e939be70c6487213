"""Runs without Dagster's history, for tests that start many: writing and asking it would be half of them.

The same assets in the same jobs; only what Dagster would remember of a run is left out, and its graph is made once for all companies
with the same calendar. What has been printed once is not printed again. ``test_command`` and ``test_kills`` also run the command as people do, with everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache, partial
from inspect import signature
from types import SimpleNamespace
from typing import Any, ClassVar

import dagster as dg
import polars as pl
from dagster._core.event_api import EventRecordsResult
from dagster._core.log_manager import DagsterLogManager
from dagster._core.storage.event_log import InMemoryEventLogStorage

from assets import definitions, history, reports, running
from assets.context import company_in
from assets.io import FrameStore
from assets.resources import Doors
from assets.settings import Settings
from pipelines import storage
from pipelines.contracts import Contract
from pipelines.quality import expectations
from pipelines.reports.model import Report
from pipelines.reports.reasons.explaining import Reasons
from pipelines.reports.writers import excel, html
from pipelines.sources import intake


def without_history(replace: Callable[[object, str, object], None]) -> None:
    """Keep nothing of a run, so that there is nothing to find either; ``replace`` is ``setattr``, or one that puts it back."""
    forgetful = cache(dg.DagsterInstance.ephemeral)
    replace(history, "instance", lambda _: nullcontext(forgetful()))
    replace(InMemoryEventLogStorage, "store_event", lambda *_: None)
    replace(InMemoryEventLogStorage, "get_asset_records", lambda *_: [])
    for name in ("fetch_observations", "fetch_materializations"):
        replace(dg.DagsterInstance, name, lambda *_, **__: EventRecordsResult([], "", has_more=False))
    # Another instance, which a test has made for itself, remembers as ever.
    remembered, logged = dg.DagsterInstance.create_run_for_job, DagsterLogManager.create.__func__
    replace(dg.DagsterInstance, "create_run_for_job",
            lambda self, **named: (_run if self is forgetful() else remembered)(self, **named))  # fmt: skip
    replace(DagsterLogManager, "create", lambda loggers, handlers=None, instance=None, dagster_run=None: logged(
        _Mute if instance is forgetful() else DagsterLogManager, loggers, handlers, instance, dagster_run))  # fmt: skip
    replace(definitions, "definitions", _Jobs)
    # Nobody pulls the plug of the machine that tests: waiting for its disk a thousand times would be a quarter of a close.
    replace(storage, "sync", lambda _: None)
    # The code is what it was when the process began.
    replace(intake, "_code", cache(intake._code))
    for module in (running, reports):
        replace(module, "code_version", cache(module.code_version))


def remembering(replace: Callable[[object, str, object], None], memory: dict[Any, Any], most: int | None = None) -> None:
    """What is printed and judged is kept by content in ``memory``, ``most`` of it, and not made again by the next run of the process.

    A report's content hash stands for its pages and workbooks, as on the shelf. For tests that are not about printing: those that are
    ask for the fixture ``printed_anew``.
    """
    for module, name, key in _MADE:
        replace(module, name, _remembered(memory, getattr(module, name), key, most))


def _remembered(memory: dict[Any, Any], make: Callable[..., Any], key: Callable[..., Any], most: int | None) -> Callable[..., Any]:
    def made(*arguments: Any) -> Any:
        about = key(*arguments)
        if about not in memory:
            memory[about] = make(*arguments)
            if most is not None and len(memory) > most:
                del memory[next(iter(memory))]
        return memory[about]

    return made


def _verdict(frame: pl.DataFrame, contract: Contract) -> tuple[object, ...]:
    return contract.name, hashlib.sha256(frame.hash_rows().to_numpy()).hexdigest(), frame.height


def _book(_: Report, language: str, version: str) -> tuple[object, ...]:
    return "book", version, language


def _page(_: Report, language: str, version: str, reasons: Reasons | None = None) -> tuple[object, ...]:
    """A page is the same when its report is, and what its figures lead to."""
    return "page", version, language, reasons.digest if reasons else ""


_MADE = ((expectations, "run", _verdict), (excel, "sealed", _book), (html, "sealed", _page))
ANEW = tuple((module, name, getattr(module, name)) for module, name, _ in _MADE)
"""What makes them, for those who want them made."""


def _run(instance: dg.DagsterInstance, job_def: dg.JobDefinition, execution_plan: Any, tags: Any, **named: Any) -> dg.DagsterRun:
    """A run without a picture of its job and plan, each a megabyte of JSON."""
    nothing = dict.fromkeys(signature(instance.create_run).parameters)
    told = {"job_name": job_def.name, "step_keys_to_execute": execution_plan.step_keys_to_execute, "tags": tags,
            "asset_graph": job_def.asset_layer.asset_graph}  # fmt: skip
    return instance.create_run(**nothing | named | told)


class _Mute(DagsterLogManager):
    """Nobody reads the lines of a thousand events."""

    def _log(self, *_: Any, **__: Any) -> None:
        pass

    def with_tags(self, **_: str) -> _Mute:
        return self


class _Jobs:
    """The jobs of one company. What they are made of depends on its calendar alone; where they work is said by their resources."""

    _known: ClassVar[dict[tuple[str, ...], dg.JobDefinition]] = {}
    _definitions = staticmethod(definitions.definitions)

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def resolve_job_def(self, name: str) -> Any:
        """The job, with the doors of this company."""
        settings = self._settings
        about = (name, *(period.key for period in company_in(settings.company).calendar.periods))
        if about not in self._known:
            self._known[about] = self._definitions(settings).resolve_job_def(name)
        resources = {"doors": Doors.of(settings), "io_manager": FrameStore(root=str(settings.frames))}
        return SimpleNamespace(execute_in_process=partial(self._known[about].execute_in_process, resources=resources))
