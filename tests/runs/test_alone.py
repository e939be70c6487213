"""Two runs at once: of one home, of two homes with one warehouse, by the command and by Dagster. The second waits or is refused."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import sqlalchemy as sa

from assets import automation, command, progress
from assets.alone import alone
from assets.definitions import definitions
from assets.settings import ROOT, Settings
from pipelines.errors import ClosebookError
from tests.runs.conftest import Closed, settings_in

pytestmark = pytest.mark.slow

HOLD = """
import os, sys, time
from pathlib import Path
from assets.alone import alone
from assets.settings import Settings
with alone(Settings(Path("none"), Path(sys.argv[1]), None, sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that has home and warehouse until its input ends."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(settings.home), settings.warehouse], cwd=ROOT,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:  # fmt: skip
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder
        if holder.poll() is None:
            holder.communicate("")


@pytest.fixture(params=["home", "warehouse"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two runs that may not be at once: in one home, or in two homes of one PostgreSQL warehouse."""
    one = replace(settings_in(tmp_path), wait=0)
    if request.param == "home":
        return one, one
    url = sa.make_url(request.getfixturevalue("postgres_url")).render_as_string(hide_password=False)
    return replace(one, warehouse=url), replace(one, warehouse=url, home=tmp_path / "another")


def test_the_second_is_refused_with_a_sentence(pair: tuple[Settings, Settings]) -> None:
    first, second = pair
    with held_by_another(first), pytest.raises(ClosebookError, match=r"is working .*Nothing was changed") as refused, alone(second):
        pass
    assert "s3cret" not in str(refused.value)
    with alone(second):
        pass


def test_the_second_waits_and_says_so(pair: tuple[Settings, Settings]) -> None:
    first, second = pair
    said: list[str] = []
    with held_by_another(first) as holder:

        def let_go(line: str) -> None:
            said.append(line)
            assert holder.stdin
            holder.stdin.close()

        with alone(replace(second, wait=60), let_go):
            assert holder.wait() == 0
    assert len(said) == 1
    assert said[0].endswith("waiting for it, 60 s at most")


def test_what_a_killed_process_held_is_free(pair: tuple[Settings, Settings]) -> None:
    first, second = pair
    with held_by_another(first) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        with alone(replace(second, wait=20)):
            pass


def test_one_has_the_home_in_its_own_process_again_but_another_thread_has_not(tmp_path: Path) -> None:
    settings = replace(settings_in(tmp_path), wait=0)
    refused: list[BaseException] = []

    def other() -> None:
        try:
            with alone(settings):
                pass
        except ClosebookError as error:
            refused.append(error)

    with alone(settings), alone(settings):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_the_command_waits_no_longer_than_it_is_told(
    tiny_closed: Closed, tiny_sent: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress_said: list[str] = []
    monkeypatch.setattr(progress, "_write", progress_said.append)
    where = [f"--{name}={path}" for name, path in (("company", tiny_sent / "company"), ("inbox", tiny_sent / "inbox"), ("home", tiny_closed.home))]
    with held_by_another(tiny_closed.settings):
        began = time.monotonic()
        assert command.main(["run", *where, "--wait", "0.3"]) == 1
        assert 0.3 <= time.monotonic() - began < 5
        told = capsys.readouterr().err
    assert "another run is working in this home; waiting for it, 0.3 s at most\n" in progress_said[-1]
    assert "another run is working in this home. Wait until it has ended" in told


def test_a_run_that_dagster_starts_takes_the_same_lock(tiny_sent: Path, tmp_path: Path) -> None:
    """The schedule's job, as Dagster's own process would run it: it waits while the command works, and the command while it does."""
    settings = replace(settings_in(tiny_sent, tmp_path / "home"), wait=0)
    job = definitions(settings).resolve_job_def(automation.nightly.name)
    with dg.DagsterInstance.ephemeral() as instance:
        with held_by_another(settings):
            refused = job.execute_in_process(instance=instance, partition_key="2026-10", run_config=automation.QUIET, raise_on_error=False)
            assert not refused.success
            failed = [event for event in refused.all_events if event.is_failure]
            assert any("another run is working in this home" in str(event.event_specific_data) for event in failed)
        assert not list((tmp_path / "home").glob("frames/*"))
        locked: list[bool] = []
        look = settings.home / ".lock"

        @dg.success_hook
        def watched(_: dg.HookContext) -> None:
            with look.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    locked.append(True)
                else:
                    locked.append(False)

        done = job.with_hooks({watched}).execute_in_process(instance=instance, partition_key="2026-10", run_config=automation.QUIET)
        assert done.success
    assert len(locked) > 40
    assert all(locked), "the lock is held from the first step to the last"
    with alone(settings):
        pass


def test_dagster_keeps_its_history_in_postgresql_when_it_is_told_to(spoilt: Path, postgres_url: str) -> None:
    with psycopg.connect(sa.make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as server:
        server.execute("drop database if exists dagster with (force)")
        server.execute("create database dagster")
        address = sa.make_url(postgres_url).set(drivername="postgresql+psycopg2", database="dagster").render_as_string(hide_password=False)
        run = [sys.executable, "-m", "assets.command", "run"]
        run += [f"--{name}={spoilt / name}" for name in ("company", "inbox", "home")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOSEBOOK_")}

        def typed(**more: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(run, cwd=ROOT, env={**environment, **more}, capture_output=True, text=True, check=False)

        done = typed(CLOSEBOOK_DAGSTER_STORAGE=address)
        assert done.returncode == 3, done.stderr
        with psycopg.connect(sa.make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)) as database:
            runs = database.execute("select pipeline_name, status from runs order by id").fetchall()
            assert runs == [("take_in", "SUCCESS"), ("close_period", "SUCCESS")]
            [(events,)] = database.execute("select count(*) from event_logs").fetchall()
            assert events > 500
        assert not list(spoilt.rglob("dagster/history"))
        assert "s3cret" not in (spoilt / "home" / "dagster" / "dagster.yaml").read_text("utf-8")
        policy = spoilt / "company" / "policy.yaml"
        policy.write_text(policy.read_text("utf-8") + "receivables: {days_per_month: 31}\n", "utf-8")
        for more, found in (({}, "is not set"), ({"CLOSEBOOK_DAGSTER_STORAGE": address.replace("+psycopg2", "")}, "begins with postgresql://")):
            refused = typed(**more)
            assert refused.returncode == 1
            assert found in refused.stderr
            assert "postgresql+psycopg2://user:password@host/database" in refused.stderr
            assert "s3cret" not in refused.stderr
        server.execute("drop database dagster with (force)")
