"""A night that is killed where it writes, and started again, ends as if it had never been killed: in SQLite and in PostgreSQL.

The company of five dealers has published September; October arrives, is read, computed, loaded, published, signed and closed. Each kill
is a SIGKILL at a point drawn from all points at which something is written. The long form, with other draws:

    python -m pytest tests/runs/test_kills.py --kills 200 --kill-seed 7
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from assets.settings import ROOT
from pipelines.publish import schema
from pipelines.publish.journal import Journal
from pipelines.publish.signing import new_key
from pipelines.publish.verify import verify_home
from pipelines.publish.warehouse import Warehouse, sqlite_url
from tests.runs import tiny
from tests.runs.conftest import everything, published, same
from tests.runs.killing import SIGNERS, Mother, Order

pytestmark = pytest.mark.slow

PHASES = ("land", "compute", "load", "publish", "act")


def kind(label: str) -> str:
    """What is being written at a checkpoint, and how far it has come: ``synced landed``, ``warehouse table``."""
    if label.startswith("warehouse:"):
        return f"warehouse {label.removeprefix('warehouse:')}" if label.startswith("warehouse:commit") else "warehouse table"
    step, _, name = label.partition(" ")
    if step == "ledger":
        return label
    stem, dot, suffix = name.partition(".")
    if re.fullmatch(r"[0-9a-f]{64}", name):
        what = "landed"
    elif stem in ("rows", "faults", "totals", "letters", "counts", "seen"):
        what = "reading"
    elif re.fullmatch(r"\d{4}-\d{2}", stem) or stem == "all":
        what = f"{'all' if stem == 'all' else 'period'}{dot}{suffix.rpartition('.')[2]}"
    elif re.fullmatch(r"\d{4}", stem):
        what = "manifest"
    elif suffix in ("yaml", "csv", "sql"):
        what = "configuration"
    else:
        what = name.rpartition(".")[2]
    return f"{step} {what}"


def phases(labels: list[str]) -> list[str]:
    """The phase of each point."""
    ends = [labels.index("renamed taken_in"), labels.index("warehouse:fact_adjustment") - 1, labels.index("warehouse:committed")]
    ends.append(len(labels) - 1 - labels[::-1].index("renamed 2026-10"))
    return [PHASES[sum(index > end for end in ends)] for index in range(len(labels))]


def drawn(labels: list[str], count: int, seed: str) -> list[int]:
    """``count`` points, the phases in turn; in each first what is being written, then when: frames would be nearly all of them else."""
    dice = random.Random(seed)
    found: list[int] = []
    which = phases(labels)
    while len(found) < min(count, len(labels)):
        phase = PHASES[len(found) % len(PHASES)]
        left = [index for index in range(len(labels)) if which[index] == phase and index not in found]
        left = left or [index for index in range(len(labels)) if index not in found]
        what = dice.choice(sorted({kind(labels[index]) for index in left}))
        found.append(dice.choice([index for index in left if kind(labels[index]) == what]))
    return found


class Stage:
    """The company with September published, to be put back as often as one likes, and October in its inbox."""

    def __init__(self, folder: Path, server: str | None) -> None:
        self.folder, self.server = folder, server
        self.mother = Mother(folder / "log")
        url = sqlite_url(folder / "home" / "warehouse.db")
        if server:
            url = sa.make_url(server).set(database="kills").render_as_string(hide_password=False)
        where = {name: str(folder / name) for name in ("company", "home", "inbox")}
        self.order = Order(**where, warehouse=url, period="2026-10", acts=True, memory=str(folder / "memory"))
        self.home = folder / "home"
        tiny.write(folder)
        public = new_key(folder / "wang.pem")
        people = f"people:\n  - {{id: wang, name: W, roles: [preparer], public_key: {public}}}\n  - {{id: li, name: L, roles: [approver]}}\n"
        (folder / "company" / "people.yaml").write_text(people, "utf-8")
        self._september()
        if server:
            self._server("drop database if exists kills with (force)", "drop database if exists kills_before with (force)", "create database kills")
            Warehouse(url).upgrade()
        assert not self.mother.run(replace(self.order, period="2026-09", acts=False))
        self.home.rename(folder / "before")
        if server:
            self._server("alter database kills rename to kills_before")
        self._october()
        self.again()
        self.before = self.rows()
        assert not self.mother.run(replace(self.order, labels=str(folder / "labels")))
        self.labels = (folder / "labels").read_text("utf-8").split("\n")
        self.whole, self.after = everything(self.home), self.rows()
        self.journal = self.home.joinpath("journal.jsonl").read_bytes()
        assert self.before != self.after

    def again(self) -> None:
        """As it was before the night."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.folder / "before", self.home)
        if self.server:
            self._server("drop database if exists kills with (force)", "create database kills template kills_before")

    def rows(self) -> dict[str, str]:
        """What is in each table of the warehouse, as a reader finds it."""
        house = Warehouse(self.order.warehouse)
        every = " union all ".join(f"select '{name}', count(*) from \"{name}\"" for name in schema.schemas())
        counts = dict(house.query(every)[1])
        return {
            name: hashlib.sha256("\n".join(sorted(map(repr, house.query(f'select * from "{name}"')[1]))).encode()).hexdigest()
            for name, count in counts.items() if count
        }  # fmt: skip

    def end(self) -> None:
        self.mother.end()
        if self.server:
            self._server("drop database if exists kills with (force)", "drop database if exists kills_before with (force)")

    def _server(self, *statements: str) -> None:
        with psycopg.connect(sa.make_url(self.server or "").set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as server:
            for statement in statements:
                server.execute(statement.encode())

    def _september(self) -> None:
        inbox = self.folder / "inbox"
        for path in inbox.glob("dealers/*/sold_2026-10.xlsx"):
            path.unlink()
        for name, dated in (("sales_line", "document_date"), ("receipt", "received_on")):
            with (inbox / "erp" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                headings, *rows = list(csv.reader(file))
            of = headings.index(dated)
            tiny.table(inbox / "erp" / f"{name}.csv", headings, [list[object](row) for row in rows if row[of].startswith("2026-09")])
        names = [path.relative_to(inbox).as_posix() for path in inbox.rglob("*") if path.is_file()]
        tiny.arrivals(inbox, late=dict.fromkeys(names, "2026-10-02T09:00:00+08:00"))

    def _october(self) -> None:
        inbox = self.folder / "inbox"
        earlier = {path.relative_to(inbox).as_posix(): path.read_bytes() for path in inbox.rglob("*") if path.is_file()}
        people = (self.folder / "company" / "people.yaml").read_bytes()
        shutil.rmtree(inbox)
        shutil.rmtree(self.folder / "company")
        tiny.write(self.folder)
        (self.folder / "company" / "people.yaml").write_bytes(people)
        policy = self.folder / "company" / "policy.yaml"
        policy.write_text(policy.read_text("utf-8") + "receivables: {days_per_month: 31}\n", "utf-8")
        same_still = [name for name, content in earlier.items() if (inbox / name).read_bytes() == content and name != "arrivals.csv"]
        assert 0 < len(same_still) < len(earlier)
        tiny.arrivals(inbox, late=dict.fromkeys(same_still, "2026-10-02T09:00:00+08:00"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    # A kill takes no power away: what is in memory outlives it, and syncing a disk four hundred times a night would be most of the test.
    folder = Path(tempfile.mkdtemp(prefix="closebook-kills-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    one = Stage(folder, request.getfixturevalue("postgres_url") if request.param == "postgresql" else None)
    yield one
    one.end()
    shutil.rmtree(folder)


def test_the_points_cover_everything_that_is_written(stage: Stage) -> None:
    kinds = Counter(kind(label) for label in stage.labels)
    assert {name.partition(" ")[2] for name in kinds} == {
        "landed", "configuration", "reading", "all.parquet", "all.json", "period.parquet", "period.json", "period.html", "period", "taken_in",
        "html", "xlsx", "table", "commit", "committed", "before commit", "after commit", "manifest", "journal", "parquet", "js",
        "json", "every_period",
    }  # fmt: skip
    for what in ("landed", "reading", "all.parquet", "period.json", "manifest", "html", "xlsx", "taken_in"):
        steps = [kinds[f"{step} {what}"] for step in ("before", "written", "synced", "renamed")]
        assert steps[0] > 0, what
        assert len(set(steps)) == 1, what
    assert kinds["before journal"] == 1 + len(SIGNERS) + 1
    assert set(phases(stage.labels)) == set(PHASES)


def test_a_killed_night_ends_as_if_it_had_not_been_killed(stage: Stage, pytestconfig: pytest.Config) -> None:
    count, seed = pytestconfig.getoption("--kills"), pytestconfig.getoption("--kill-seed")
    which = "PostgreSQL" if stage.server else "SQLite"
    points = drawn(stage.labels, count, f"{seed} {which}")
    sys.stderr.write(f"\n{which}: {len(points)} kills at {len(stage.labels)} points, drawn with --kill-seed {seed}\n")
    failed: dict[str, str] = {}
    unfinished = 0
    for point in points:
        stage.again()
        assert stage.mother.run(replace(stage.order, die_at=point)), "it ended before its kill"
        try:
            left_whole(stage)
            unfinished += stage.rows() == stage.before
            assert not stage.mother.run(stage.order)
            same(everything(stage.home), stage.whole)
            assert stage.rows() == stage.after
            assert verify_home(stage.home).problems == ()
        except AssertionError as error:
            failed[f"{point} {stage.labels[point]}"] = str(error)[:500]
    of = Counter(phases(stage.labels)[point] for point in points)
    told = ", ".join(f"{of[phase]} {phase}" for phase in PHASES)
    sys.stderr.write(f"{which}: {len(points) - len(failed)} of {len(points)} as if nothing had happened ({told}; {unfinished} before the load)\n")
    assert not failed, f"--kill-seed {seed}: {json.dumps(failed, indent=1)}"
    assert 0 < unfinished < len(points), "kills on both sides of the load"


def left_whole(stage: Stage) -> None:
    """What people find before anybody starts it again: the warehouse before or after, publications whole, the journal a beginning of it."""
    assert stage.rows() in (stage.before, stage.after), "half a load"
    assert Journal(stage.home).problems() == []
    said = stage.home.joinpath("journal.jsonl").read_bytes()
    assert stage.journal.startswith(said[: said.rfind(b"\n") + 1])
    files = published(stage.home)
    manifests = [json.loads(content) for name, content in files.items() if name.startswith("manifests/") and name.endswith(".json")]
    for manifest in manifests:
        for report in manifest["reports"]:
            found = {name: hashlib.sha256(files[f"{report['folder']}/{name}"]).hexdigest() for name in report["files"]}
            assert found == report["files"]


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


def test_the_command_is_killed_again_and_again(stage: Stage, pytestconfig: pytest.Config) -> None:
    """One home, the command as it is typed, with Dagster's history: killed while it reads, killed while it closes, then left alone."""
    stage.again()
    dice = random.Random(pytestconfig.getoption("--kill-seed"))
    command = ["run", "--period", "2026-10", "--warehouse", stage.order.warehouse]
    for name in ("company", "inbox", "home"):
        command += [f"--{name}", getattr(stage.order, name)]
    which = phases(stage.labels)
    middle, end = which.index("compute"), which.index("act")
    # What the first run has landed and read the second does not write again: only the points from computing on are sure to come.
    for after in (dice.randrange(middle // 2, middle), dice.randrange((end - middle) // 2, end - middle - 8)):
        done = subprocess.run([sys.executable, "-c", DIE, str(after), *command], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    assert not stage.mother.run(stage.order)
    same(everything(stage.home), stage.whole)
    assert stage.rows() == stage.after
