"""A run that is killed where it writes, and started again, ends as if it had never been killed.

Most kills are copies of the home, taken by one run at the points where it writes: what a killed process leaves on the disk is what
stands there at that moment. Two kills are real ones. ``CLOSEBOOK_KILL_EVERYWHERE=1`` takes every point instead of a choice (hours).
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assets.settings import ROOT, Settings
from pipelines import storage
from pipelines.quality import expectations
from pipelines.reports import excel, html
from tests.runs import tiny
from tests.runs.conftest import close, everything, same, settings_in

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("CLOSEBOOK_KILL_SEED", "20261001"))
EVERYWHERE = os.environ.get("CLOSEBOOK_KILL_EVERYWHERE") == "1"
RANDOM_KILLS = 10


def kind(label: str) -> str:
    """What is being written at a checkpoint, and how far it has come: ``synced landed``, ``warehouse table``."""
    if label.startswith("warehouse:"):
        return "warehouse commit" if label == "warehouse:commit" else "warehouse table"
    step, _, name = label.partition(" ")
    if step == "ledger":
        return label
    stem, dot, suffix = name.partition(".")
    if re.fullmatch(r"[0-9a-f]{64}", name):
        what = "landed"
    elif stem in ("rows", "faults", "totals", "letters", "counts", "seen"):
        what = "reading"
    elif re.fullmatch(r"\d{4}-\d{2}", stem) or stem == "all":
        what = f"{'all' if stem == 'all' else 'period'}{dot}{suffix}"
    elif re.fullmatch(r"\d{4}", stem):
        what = "manifest"
    elif suffix in ("yaml", "csv", "sql"):
        what = "configuration"
    else:
        what = name.rpartition(".")[2]
    return f"{step} {what}"


@dataclass(frozen=True)
class Killed:
    """Homes as kills would have left them, by checkpoint; and the home of the run that went on to its end."""

    settings: Settings
    labels: list[str]
    states: dict[int, Path]
    whole: dict[str, object]


def chosen(labels: list[str]) -> list[int]:
    """One point of each kind of file, those around the moment of publication, and some at random."""
    if EVERYWHERE:
        return list(range(len(labels)))
    dice = random.Random(SEED)
    sys.stderr.write(f"kills are drawn with CLOSEBOOK_KILL_SEED={SEED}\n")
    where: dict[str, dict[str, list[int]]] = {}
    for index, label in enumerate(labels):
        step, _, what = kind(label).partition(" ")
        where.setdefault(what, {}).setdefault(step, []).append(index)
    found = {dice.choice(steps[step]) for steps in where.values() for step in dice.sample(sorted(steps), 1)}
    # The moment of publication and what surrounds it.
    manifest, journal = _first(labels, "0001.json"), _first(labels, "journal")
    found |= {manifest + 2, manifest + 3, journal + 1, len(labels) - 1}
    found |= set(dice.sample(sorted(set(range(len(labels))) - found), RANDOM_KILLS))
    return sorted(found)


def _first(labels: list[str], name: str) -> int:
    return next(index for index, label in enumerate(labels) if label == f"before {name}")


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    folder = Path(tempfile.mkdtemp(prefix="closebook-kills-"))
    tiny.write(folder)
    settings = settings_in(folder)
    labels: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        # What is computed anew from the same rows is the same (test_twice): only what is written matters here.
        patch.setattr(expectations, "run", _remembered(expectations.run, lambda frame, contract: (contract.name, frame.hash_rows().sum())))
        for writer in (excel, html):
            patch.setattr(writer, "sealed", _remembered(writer.sealed, lambda report, language, version: (version, language)))
        patch.setattr(storage, "checkpoint", labels.append)
        close(settings)
        whole = everything(settings.home)
        points = set(chosen(labels))
        shutil.rmtree(settings.home)
        seen: list[str] = []
        states: dict[int, Path] = {}

        def copied(label: str) -> None:
            if len(seen) in points:
                states[len(seen)] = folder / "killed" / str(len(seen))
                shutil.copytree(settings.home, states[len(seen)])
            seen.append(label)

        patch.setattr(storage, "checkpoint", copied)
        close(settings)
        assert seen == labels, "a second run writes in another order"
        same(everything(settings.home), whole)
        patch.setattr(storage, "checkpoint", lambda _: None)
        yield Killed(settings, labels, states, whole)
    shutil.rmtree(folder)


def _remembered(run: Any, key: Any) -> Any:
    known: dict[Any, Any] = {}

    def again(*arguments: Any) -> Any:
        if key(*arguments) not in known:
            known[key(*arguments)] = run(*arguments)
        return known[key(*arguments)]

    return again


def test_the_points_cover_everything_that_is_written(killed: Killed) -> None:
    kinds = Counter(kind(label) for label in killed.labels)
    whats = {name.partition(" ")[2] for name in kinds}
    assert whats == {
        "landed", "configuration", "reading", "all.parquet", "all.json", "period.parquet", "period.json", "period", "taken_in",
        "html", "xlsx", "table", "commit", "before commit", "after commit", "manifest", "journal", "parquet", "zip",
    }  # fmt: skip
    for what in ("landed", "configuration", "reading", "all.parquet", "period.json", "manifest", "html", "xlsx", "taken_in"):
        steps = [kinds[f"{step} {what}"] for step in ("before", "written", "synced", "renamed")]
        assert steps[0] > 0, what
        assert len(set(steps)) == 1, what
    assert {kind(killed.labels[index]).partition(" ")[2] for index in killed.states} == whats


def test_what_a_kill_leaves_is_published_whole_or_not_at_all(killed: Killed) -> None:
    published = [json.loads(path.read_text("utf-8")) for state in killed.states.values() for path in (state / "manifests").glob("*/*.json")]
    assert 0 < len(published) < len(killed.states)
    for state in killed.states.values():
        for path in (state / "manifests").glob("*/*.json"):
            for report in json.loads(path.read_text("utf-8"))["reports"]:
                files = {f"{report['folder']}/{file.name}": file.read_bytes() for file in (state / report["folder"]).iterdir()}
                expected = {name: data for name, data in killed.whole.items() if name.startswith(report["folder"] + "/")}
                assert files == expected


def test_starting_again_ends_as_if_nothing_had_happened(killed: Killed) -> None:
    failed = {}
    for index, state in killed.states.items():
        shutil.rmtree(killed.settings.home)
        state.rename(killed.settings.home)
        close(killed.settings)
        try:
            same(everything(killed.settings.home), killed.whole)
        except AssertionError as error:
            failed[f"{index} {killed.labels[index]}"] = str(error)[:300]
    assert not failed, f"CLOSEBOOK_KILL_SEED={SEED}"


DIE = """
import os, signal, sys
from pipelines import storage
left = int(sys.argv.pop(1))
def checkpoint(label):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
storage.checkpoint = checkpoint
from assets.command import main
sys.exit(main())
"""


def test_a_process_that_is_killed_again_and_again(killed: Killed) -> None:
    """One home: killed while it reads, killed while it closes, then left alone."""
    shutil.rmtree(killed.settings.home, ignore_errors=True)
    dice = random.Random(SEED)
    command = ["run", "--period", "latest"]
    for name in ("company", "inbox", "home"):
        command += [f"--{name}", str(getattr(killed.settings, name))]
    middle = killed.labels.index("renamed taken_in")
    for after in (dice.randrange(middle // 2, middle), dice.randrange(middle, len(killed.labels) - 8)):
        done = subprocess.run([sys.executable, "-c", DIE, str(after), *command], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    close(killed.settings)
    same(everything(killed.settings.home), killed.whole)
