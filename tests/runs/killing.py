"""Processes to kill: one that has everything imported and forks a run for each order, so that a kill costs the run and not the start.

The process itself computes nothing: a fork has one thread, and what threads had begun would never end in it. Orders and answers are
lines of JSON; ``test_kills`` gives them.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.settings import ROOT, Settings

SIGNERS = (("wang", "preparer"), ("li", "approver"))
_SIGNED_AT = datetime(2026, 11, 4, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Order:
    """One run: of which period, in which company, home and warehouse; then signed and closed, if ``acts``; killed at a checkpoint, if any."""

    company: str
    home: str
    inbox: str
    warehouse: str
    period: str
    acts: bool = False
    die_at: int | None = None
    labels: str | None = None
    """Where to write the checkpoints that were passed."""
    memory: str | None = None
    """Where pages, workbooks and verdicts are remembered by content: only what is written matters here, and they are the same."""

    def settings(self) -> Settings:
        return Settings(Path(self.company), Path(self.home), Path(self.inbox), self.warehouse, wait=60)


class Mother:
    """The process that forks."""

    def __init__(self, log: Path) -> None:
        self._log = log
        quiet = {"OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "2"}
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.runs.killing"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, **quiet, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip

    def run(self, order: Order) -> bool:
        """Whether the run was killed. One that fails is a failure of the test, with what it said."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        code = os.waitstatus_to_exitcode(int(answer)) if answer else self._process.wait()
        if code not in (0, -signal.SIGKILL) or not answer:
            raise AssertionError(f"{order}: ended with {code}\n{self._log.read_text('utf-8')[-3000:]}")
        return code != 0

    def end(self) -> None:
        self._process.communicate()


def _mother() -> None:
    import adbc_driver_postgresql.dbapi  # noqa: F401
    import adbc_driver_sqlite.dbapi  # noqa: F401
    import alembic.command  # noqa: F401
    import psycopg  # noqa: F401
    import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

    from assets import reports
    from tests.runs.quiet import without_history

    without_history(setattr)
    reports.code_version()
    for line in sys.stdin:
        order = Order(**json.loads(line))
        _graph(order)
        child = os.fork()
        if child == 0:
            _child(order)
        sys.stdout.write(f"{os.waitpid(child, 0)[1]}\n")
        sys.stdout.flush()


def _graph(order: Order) -> None:
    """Dagster's graph is made before the fork: it is Python's alone, and the same for every run of a company."""
    from assets import definitions, history

    history.instance(Path(order.home))
    if Path(order.company).is_dir():
        for job in ("take_in", "close_period"):
            definitions.definitions(order.settings()).resolve_job_def(job)


def _child(order: Order) -> None:
    code = 1
    try:
        os.dup2(2, 1)  # answers go where the mother writes
        _night(order)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _night(order: Order) -> None:
    """Take in, compute, load, publish; then, if asked, each act that the journal does not have yet: what people do after a kill."""
    from assets import closing, running
    from pipelines import storage
    from pipelines.company.people import Role
    from pipelines.publish.journal import Journal
    from tests.runs.quiet import remembering

    passed: list[str] = []

    def checkpoint(label: str) -> None:
        if len(passed) == order.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        passed.append(label)

    memory: dict[Any, Any] = {}
    if order.memory:
        if Path(order.memory).is_file():
            memory = pickle.loads(Path(order.memory).read_bytes())  # noqa: S301
        known = len(memory)
        remembering(setattr, memory)
    storage.checkpoint = checkpoint
    settings = order.settings()
    running.close(settings, order.period)
    if order.acts:
        key = Path(order.company).parent / "wang.pem"

        def done() -> set[tuple[str, Any]]:
            return {(entry.act, entry.details.get("role")) for entry in Journal(settings.home).entries() if entry.period == order.period}

        for who, role in SIGNERS:
            if ("signed", role) not in done():
                closing.sign(settings, order.period, who, Role(role), _SIGNED_AT, key if who == "wang" else None)
        if ("closed", None) not in done():
            closing.close_period(settings, order.period, "li", _SIGNED_AT)
    if order.labels:
        Path(order.labels).write_text("\n".join(passed), "utf-8")
    if order.memory and len(memory) != known:
        Path(order.memory).write_bytes(pickle.dumps(memory))


if __name__ == "__main__":
    _mother()
