"""The same inbox gives the same files: a second time, elsewhere, on another day, on a machine with other settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from assets.settings import ROOT
from tests.runs.conftest import Closed, close, everything, published, same, settings_in

pytestmark = pytest.mark.slow


def _times(home: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.is_file() and path.name != ".lock"}


def test_a_second_run_does_nothing_but_say_so(demo_closed: Closed) -> None:
    before, times = everything(demo_closed.home), _times(demo_closed.home)
    again = close(demo_closed.settings)
    assert again.said == "Nothing new: 2026-10 as published. No file was changed.\n"
    assert again.code == demo_closed.code
    same(everything(demo_closed.home), before)
    # The ledger is opened, and so touched; nothing else is written.
    assert {path.name for path, time in _times(demo_closed.home).items() if times.get(path) != time} <= {"ledger.db"}


def test_elsewhere_on_a_machine_with_other_settings(demo_closed: Closed, demo_sent: Path, tmp_path: Path) -> None:
    folder = tmp_path / "another place" / "公司"
    for name in ("company", "inbox"):
        shutil.copytree(demo_sent / name, folder / name, copy_function=shutil.copyfile)
    command = [sys.executable, "-m", "assets.command", "run", "--period", "latest"]
    for name in ("company", "inbox", "home"):
        command += [f"--{name}", str(folder / name)]
    machine = {"TZ": "Pacific/Kiritimati", "LANG": "tr_TR.UTF-8", "LC_ALL": "C", "PYTHONHASHSEED": "77", "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **machine}, capture_output=True, text=True, check=False)
    assert done.returncode == demo_closed.code, done.stdout + done.stderr
    same(published(folder / "home"), published(demo_closed.home))
    there, here = everything(folder / "home"), everything(demo_closed.home)
    kept = ("frames/", "landed/", "warehouse.db:")
    same({name: there[name] for name in there if name.startswith(kept)}, {name: here[name] for name in here if name.startswith(kept)})


CLOCKS = {"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime", "ctime"}


def test_nobody_asks_what_day_it_is(tiny_closed: Closed, tiny_sent: Path, printed_anew: None, tmp_path: Path) -> None:
    """Every call of a clock during a close is watched; the pipeline and its assets make none."""
    asked: set[str] = set()

    def watch(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and getattr(function, "__name__", "") in CLOCKS:
            name = str(frame.f_globals.get("__name__", ""))
            of = getattr(function, "__self__", None)
            if name.startswith(("pipelines.", "assets.")) and (of in (datetime, date) or of is time):
                asked.add(f"{name}:{frame.f_lineno} {function.__name__}")

    sys.setprofile(watch)
    try:
        again = close(settings_in(tiny_sent, tmp_path / "home"))
    finally:
        sys.setprofile(None)
    assert asked == set()
    assert again.code == tiny_closed.code
    same(published(again.home), published(tiny_closed.home))


def test_the_watch_on_clocks_sees_them() -> None:
    seen: list[str] = []

    def watch(_: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and getattr(function, "__name__", "") in CLOCKS:
            seen.append(function.__name__)

    sys.setprofile(watch)
    try:
        date.today()  # noqa: DTZ011
        datetime.now(UTC)
        time.time()
    finally:
        sys.setprofile(None)
    assert seen == ["today", "now", "time"]
