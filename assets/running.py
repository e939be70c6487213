"""Runs started by the command: the same jobs as the schedule's, in this process, with Dagster's history kept in the home.

What is said at the end, and which exit code it is, is decided here; arguments are ``command``'s.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import polars as pl

from assets.alone import alone
from assets.context import company_in
from assets.delivering import around
from assets.loaded import holds
from assets.progress import say
from assets.settings import Settings
from assets.standing import standings, waiting_for, write_portal
from pipelines import storage
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.errors import ClosebookError, InboxError
from pipelines.publish import waiting
from pipelines.publish.close import Standing
from pipelines.publish.code import code_version
from pipelines.publish.journal import Journal
from pipelines.publish.settled import settled
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.sources.ledger import Ledger

_FILES_SAID = 10
_OTHER_COPY = (
    "  The warehouse {warehouse} holds something else of it than was loaded: another copy was put back. Put the right one back, or open "
    "{period} and run again.\n"
)


def close(settings: Settings, wanted: str, *, deliver: bool = True) -> int:
    """Take in what has arrived and close one period; ``latest`` is the last with sales. Returns the exit code.

    ``deliver``: with a ``delivery.yaml``, send at the end what is due.
    """

    def chosen(company: Company, found: list[Period]) -> list[Period]:
        return [found[-1]] if wanted == "latest" else [company.calendar.period(wanted)]

    return around(settings, lambda: _closed(settings, chosen), deliver=deliver)


def backfill(settings: Settings, first: str | None, last: str | None, *, deliver: bool = True) -> int:
    """Take in what has arrived and close every period with data, or those from ``first`` to ``last``. Returns the exit code."""

    def chosen(company: Company, found: list[Period]) -> list[Period]:
        low, high = company.calendar.period(first) if first else found[0], company.calendar.period(last) if last else found[-1]
        return [period for period in company.calendar.periods if low.start <= period.start <= high.start]

    return around(settings, lambda: _closed(settings, chosen), deliver=deliver)


def _closed(settings: Settings, choose: Any) -> int:
    company = company_in(settings.company)
    ledger = Ledger(settings.home)
    with alone(settings):
        storage.sweep(settings.home)
        shutil.rmtree(settings.scratch, ignore_errors=True)
        landing = ledger.land(settings.inbox, company)
        say(f"landed: {len(landing.new)} new files, {len(landing.known)} known")
        state = _state(landing.files, company)
        shelf = Shelf(settings.shelf, settings.manifests)
        jobs = _Jobs(settings)
        if not _same(settings, "taken_in", state):
            jobs.run("take_in", None)
            # Reading may have settled covers in the ledger: what is remembered is the state after it.
            state = _state(ledger.files(), company)
            _remember(settings, "taken_in", state)
        periods = choose(company, _with_data(settings, company))
        # A settlement is of what closings have paid before it, so that another closing makes another one.
        paid = settled(Journal(settings.home).entries())
        states = {
            period.key: _with_paid(state, {key: frames for key, frames in paid.items() if company.calendar.period(key) <= period})
            for period in periods
        }
        standing = standings(settings.home)
        loaded = Warehouse(settings.warehouse).loaded()
        closed = [period for period in periods if period.key in standing and standing[period.key].closed]
        done = [
            period for period in periods
            if period in closed or (
                shelf.publications(period.key) and _same(settings, period.key, states[period.key]) and holds(settings, period.key, loaded)
            )
        ]  # fmt: skip
        for period in periods:
            if period not in done:
                jobs.run("close_period", period.key)
                _remember(settings, period.key, states[period.key])
        late = waiting_for(settings, [period.key for period in closed])
        for period in closed:
            _tell_closed(standing[period.key], late.filter(pl.col("period") == period.key))
            if not holds(settings, period.key, loaded):
                sys.stdout.write(_OTHER_COPY.format(period=period.key, warehouse=Warehouse(settings.warehouse).named))
        if closed:
            write_portal(settings, company)
        if len(closed) == len(periods):
            return 0
        if len(done) == len(periods):
            sys.stdout.write(f"Nothing new: {', '.join(period.key for period in done[-3:])} as published. No file was changed.\n")
        else:
            _report(settings, shelf, [period for period in periods if period not in done])
        return _code(shelf, [period for period in periods if period not in closed])


def _tell_closed(now: Standing, waits: pl.DataFrame) -> None:
    """Say that a period is closed, and what waits for it to be opened."""
    sys.stdout.write(f"{now.period} is closed with publication {now.publication}: nothing of it was changed.\n")
    if waits.height:
        count = waits["source_file"].n_unique()
        sys.stdout.write(f"  {count} files that came later wait; 'closebook reopen {now.period} --by … --why …' takes them in:\n")
        for line in waiting.said(waits).splitlines()[:_FILES_SAID]:
            sys.stdout.write(f"  {line}\n")
        if waits.height > _FILES_SAID:
            sys.stdout.write(f"  … and {waits.height - _FILES_SAID} more; 'closebook status' lists them\n")


def _code(shelf: Shelf, periods: list[Period]) -> int:
    manifests = [found for period in periods if (found := shelf.manifest(period.key))]
    if not any(manifest["reports"] for manifest in manifests):
        return 1
    refused = any(manifest["refused"]["files"] or manifest["refused"]["rows"] or manifest["withheld"] for manifest in manifests)
    return 3 if refused else 0


class _Jobs:
    """Dagster's jobs of this company, loaded when the first one runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._defs: Any = None

    def run(self, job: str, partition: str | None) -> None:
        """Run ``job`` in this process. Raises the error of the step that failed, as it was raised."""
        say("starting Dagster" if self._defs is None else f"{job} {partition or ''}".rstrip())
        os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
        os.environ["CLOSEBOOK_COMPANY"] = str(self.settings.company)
        os.environ["CLOSEBOOK_HOME"] = str(self.settings.home)
        os.environ["CLOSEBOOK_INBOX"] = str(self.settings.inbox or "")
        os.environ["CLOSEBOOK_WAREHOUSE"] = self.settings.warehouse
        gc.disable()  # what is imported stays; looking through it for garbage costs a fifth of a second each time
        from dagster import DagsterError

        from assets import history
        from assets.automation import BY_COMMAND, QUIET
        from assets.definitions import definitions
        from assets.io import FrameStore

        gc.freeze()
        gc.set_threshold(50_000, 20, 20)  # frames are not among the collector's objects; a run's own garbage is small
        gc.enable()
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        if self._defs is None:
            self._defs = definitions(self.settings)
        with history.instance(self.settings.home / "dagster") as instance:
            job_def = self._defs.resolve_job_def(job)
            try:
                job_def.execute_in_process(
                    instance=instance, partition_key=partition, run_config=QUIET, tags=BY_COMMAND, raise_on_error=True
                )
            except DagsterError as error:
                raise _own_error(error) from error
            finally:
                if partition is not None:  # a long backfill would hold every period's frames
                    FrameStore.forget(partition)


def _own_error(error: BaseException) -> BaseException:
    """The error that a step raised, where Dagster tells only that it has tried often enough."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, (ClosebookError, OSError)):
        found = found.__cause__ or found.__context__
    return found or error


def _with_data(settings: Settings, company: Company) -> list[Period]:
    """Periods from the first to the last with sales, as the facts say."""
    sales = pl.scan_parquet(settings.frames / "fact_sales_line" / "all.parquet").select(
        first=pl.col("document_date").min(), last=pl.col("document_date").max()
    ).collect()
    first, last = sales.row(0)
    if first is None:
        raise InboxError(
            f"{settings.inbox or settings.home}: no sales line could be read, so there is no period to close. "
            "See 'closebook status' and the reasons in the ledger: a layout for sales_line may be missing."
        )
    low, high = company.calendar.containing(first), company.calendar.containing(last)
    return [period for period in company.calendar.periods if low.start <= period.start <= high.start]


def _state(files: pl.DataFrame, company: Company) -> str:
    """What a run's result depends on: the deliveries, the company's folder, the code."""
    listed = files.select("delivery", "layout", "frame", "status").sort("delivery", "layout", "frame").write_csv()
    parts = (listed, company.digest, code_version())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _with_paid(state: str, paid: Mapping[str, Mapping[str, str]]) -> str:
    """``state`` with what earlier closings paid; itself where they paid nobody."""
    if not paid:
        return state
    return hashlib.sha256((state + json.dumps(paid, sort_keys=True)).encode()).hexdigest()


def _same(settings: Settings, what: str, state: str) -> bool:
    path = settings.home / "state" / what
    return path.is_file() and path.read_text("utf-8") == state


def _remember(settings: Settings, what: str, state: str) -> None:
    storage.write_text(settings.home / "state" / what, state)


def _refused_files(settings: Settings) -> list[tuple[str, str]]:
    """Names of the files that were rejected or that no layout is for, with the reason."""
    listed = pl.read_parquet(settings.frames / "files" / "all.parquet").filter(pl.col("status").is_in(["rejected", "unmatched"]))
    return list(listed.select("source_file", pl.col("reason").fill_null("")).unique().sort("source_file", "reason").iter_rows())


def _report(settings: Settings, shelf: Shelf, periods: list[Period]) -> None:
    """What was done and where to look."""
    from pipelines.reports.build import kind  # the catalogue of reports is not loaded to say that nothing is new

    out = sys.stdout.write
    for period in periods:
        manifest = shelf.manifest(period.key)
        if manifest is None:
            continue
        reports = manifest["reports"]
        out(f"\n{period.key} as of {manifest['as_of']}: {len(reports)} reports published\n")
        for report in reports:
            if kind(report["name"]).per not in ("customer", "person"):
                checks = f"{report['checks_passed']} of {report['checks_total']} checks passed" if report["checks_total"] else "no checks"
                out(f"  {report['id']:<4} {report['name']:<16} v{report['version']}  {checks}\n")
        for one in manifest["withheld"]:
            out(f"  {one['id']:<4} {one['name']:<16} withheld: {one['why']}\n")
        refused = manifest["refused"]
        out(f"  refused: {refused['files']} files, {refused['rows']} rows; findings: "
            f"{', '.join(f'{count} {severity}' for severity, count in manifest['finding_counts'].items()) or 'none'}\n")
        if manifest["returned"]:
            out(f"  {len(manifest['returned'])} workbooks to send back: {settings.shelf / 'returned'}\n")
    files = _refused_files(settings)
    if files:
        out("\nFiles that could not be used:\n")
        for name, reason in files[:_FILES_SAID]:
            out(f"  {name}: {reason}\n")
        if len(files) > _FILES_SAID:
            out(f"  … and {len(files) - _FILES_SAID} more; report R20 lists them\n")
    out(f"\nPortal     {settings.portal / 'index.html'}\nWorkbooks  {settings.shelf}\nWarehouse  {settings.warehouse}\n")
