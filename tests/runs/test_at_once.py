"""Two runs at once for one period, and four readers all the while: one result, and nobody sees a mixture."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from assets.settings import ROOT, Settings
from pipelines.publish.migrations import READER
from pipelines.publish.warehouse import Warehouse
from tests.runs import tiny
from tests.runs.conftest import Closed, close, everything, same, settings_in

pytestmark = pytest.mark.slow

READERS = 4
# Each holds in every state that a load leaves, and in no mixture of two: facts against marts, marts against controls, one load's mark.
ONE_STATEMENT = """
    select
        (select coalesce(sum(net_amount_e4), 0) from sales where period = '2026-10'),
        (select coalesce(sum(actual_e4), 0) from plan_actual where period = '2026-10' and measure = 'net_amount' and cut = 'company'),
        (select coalesce(sum(balance_e4), 0) from receivables where period = '2026-10'),
        (select coalesce(sum(closing_e4), 0) from receivables_roll_forward where period = '2026-10'),
        (select count(*) from submissions where period = '2026-10'),
        (select count(*) from files)
"""
SEVERAL = [
    "select coalesce(sum(net_amount_e4), 0) from sales where period = '2026-10'",
    "select coalesce(sum(actual_e4), 0) from plan_actual where period = '2026-10' and measure = 'net_amount' and cut = 'company'",
    "select coalesce(sum(balance_e4), 0) from receivables where period = '2026-10'",
    "select coalesce(sum(closing_e4), 0) from receivables_roll_forward where period = '2026-10'",
    "select count(*) from submissions where period = '2026-10'",
    "select count(*) from files",
]


def holds(state: tuple[int, ...]) -> bool:
    """Sales of the facts are those of plan against actual; what is owed is where the roll forward ends."""
    return state[0] == state[1] and state[2] == state[3]


def read(address: str, stop: Event, out: Any, ready: Any) -> None:
    """A reader's process: every state that it saw, in one statement and over several in one transaction, until it is told to stop."""
    seen: dict[tuple[str, tuple[int, ...]], int] = {}
    with psycopg.connect(address) as database:
        ready.release()
        while not stop.is_set():
            for how in ("one", "several"):
                with database.transaction():
                    if how == "one":
                        state = tuple(int(value) for value in database.execute(ONE_STATEMENT).fetchone() or ())
                    else:
                        found = []
                        for statement in SEVERAL:
                            row = database.execute(statement.encode()).fetchone()
                            found.append(int(row[0]) if row else -1)
                            time.sleep(0.002)
                        state = tuple(found)
                seen[how, state] = seen.get((how, state), 0) + 1
    out.put(seen)


@contextlib.contextmanager
def readers(url: str) -> Iterator[dict[tuple[str, tuple[int, ...]], int]]:
    """Four of them while the block runs; afterwards the states that they saw, and how often."""
    address = sa.make_url(url).set(drivername="postgresql", username=READER).render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    stop, out, ready = spawn.Event(), spawn.Queue(), spawn.Semaphore(0)
    every = [spawn.Process(target=read, args=(address, stop, out, ready)) for _ in range(READERS)]
    seen: dict[tuple[str, tuple[int, ...]], int] = {}
    for one in every:
        one.start()
    try:
        for _ in every:
            assert ready.acquire(timeout=60)  # starting a process may take longer than all the loads
        yield seen
    finally:
        stop.set()
        for _ in every:
            for state, count in out.get(timeout=60).items():
                seen[state] = seen.get(state, 0) + count
        for one in every:
            one.join()
            assert one.exitcode == 0


@pytest.fixture
def shared(postgres_url: str) -> Iterator[str]:
    """A warehouse in PostgreSQL, empty."""
    with psycopg.connect(sa.make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as server:
        server.execute("drop database if exists shared with (force)")
        server.execute("create database shared")
        url = sa.make_url(postgres_url).set(database="shared").render_as_string(hide_password=False)
        Warehouse(url).upgrade()
        yield url
        server.execute("drop database shared with (force)")


@pytest.fixture(scope="module")
def versions(tiny_sent: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Closed, Closed]:
    """October as it was, and after sales lines and receipts more: two results that differ in every figure asked for."""
    tmp_path = tmp_path_factory.mktemp("versions")
    for name in ("one", "two"):
        for part in ("company", "inbox"):
            shutil.copytree(tiny_sent / part, tmp_path / name / part)
    erp = tmp_path / "two" / "inbox" / "erp"
    with (erp / "sales_line.csv").open("a", encoding="utf-8") as file:
        file.write("S99,1,2026-10-21,D1,P1,50,300,15000,7500\n")
    with (erp / "receipt.csv").open("a", encoding="utf-8") as file:
        file.write("C99,2026-10-30,D2,1\n")
    tiny.arrivals(tmp_path / "two" / "inbox")
    return close(settings_in(tmp_path / "one")), close(settings_in(tmp_path / "two"))


def frames(closed: Closed, period: str = "2026-10") -> dict[str, Any]:
    """What the run of ``closed`` loaded."""
    import polars as pl

    from assets.warehouse import mart_asset
    from pipelines.publish import schema

    found = {}
    for name, columns in schema.schemas().items():
        asset = name if name.startswith("fact_") else mart_asset(name.removeprefix("mart_"))
        [path] = [path for key in (period, "all") if (path := closed.settings.frames / asset / f"{key}.parquet").is_file()]
        frame = pl.read_parquet(path).select(columns.names())
        found[name] = frame.filter(pl.col("period") == period) if name in schema.BY_PERIOD else frame
    return found


def states(seen: dict[tuple[str, tuple[int, ...]], int]) -> set[tuple[int, ...]]:
    return {state for _, state in seen}


def test_readers_see_the_state_before_or_after_and_loads_do_not_wait_for_them(versions: tuple[Closed, Closed], shared: str) -> None:
    one, two = (frames(version) for version in versions)
    house = Warehouse(shared)
    house.replace("2026-10", one)
    with readers(shared) as seen:
        for turn in range(12):
            house.replace("2026-10", one if turn % 2 else two)
    assert len(states(seen)) == 2, seen
    assert all(map(holds, states(seen)))
    assert all(count > 10 for how in ("one", "several") for count in [sum(n for (which, _), n in seen.items() if which == how)])


def test_that_a_load_in_two_transactions_would_be_seen(versions: tuple[Closed, Closed], shared: str) -> None:
    """The test above can fail: the same tables, facts in one transaction and marts in another, are seen mixed."""
    one, two = (frames(version) for version in versions)
    house = Warehouse(shared)
    house.replace("2026-10", one)
    with readers(shared) as seen:
        for turn in range(12):
            for layer in ("fact_", "mart_"):
                part = one if turn % 2 else two
                house.replace("2026-10", {name: frame for name, frame in part.items() if name.startswith(layer)})
    assert not all(map(holds, states(seen)))


def test_two_runs_at_once_from_one_home_and_two(versions: tuple[Closed, Closed], shared: str, tmp_path: Path) -> None:
    """Three commands started together for one period: two in one home, one in another, all for one warehouse; readers meanwhile."""
    settings = [replace(version.settings, home=tmp_path / name, warehouse=shared) for name, version in zip(("one", "one", "two"), (*versions[:1], *versions), strict=True)]
    wanted = {name: {key: frame.height for key, frame in frames(version).items()} for name, version in zip(("one", "two"), versions, strict=True)}
    with readers(shared) as seen:
        runs = [start(one) for one in random.Random(7).sample(settings, 3)]
        told = [run.communicate(timeout=300) for run in runs]
    assert [run.returncode for run in runs] == [3, 3, 3], told
    waited = [error for _, error in told if "waiting for it" in error]
    assert len(waited) >= 2, "the second and the third say that they wait"
    assert any("for this warehouse" in error for error in waited)
    nothing_new = sum("Nothing new: 2026-10 as published" in out for out, _ in told)
    assert nothing_new <= 1, "two runs in one home: one result, loaded again where the other home's load came between"
    assert all(map(holds, states(seen))), seen
    assert 2 <= len(states(seen)) <= 3, "nothing, one home's October, the other's"
    for name, version in zip(("one", "two"), versions, strict=True):
        # As if each had run alone.
        there, here = everything(tmp_path / name), everything(version.home)
        kept = ("shelf/", "manifests/", "frames/", "journal", "portal/", "landed/", "ledger.db")
        same({key: there[key] for key in there if key.startswith(kept)}, {key: here[key] for key in here if key.startswith(kept)})
    house = Warehouse(shared)
    counts = {table: house.query(f'select count(*) from "{table}"')[1][0][0] for table in wanted["one"]}
    assert counts in wanted.values(), "the last home's, whole"


def start(settings: Settings) -> subprocess.Popen[str]:
    """``closebook run`` of October, as it is typed."""
    words = ["run", "--period", "2026-10", "--warehouse", settings.warehouse, "--wait", "240"]
    words += [f"--{name}={getattr(settings, name)}" for name in ("company", "inbox", "home")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLOSEBOOK_")}
    return subprocess.Popen([sys.executable, "-m", "assets.command", *words], cwd=ROOT, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
