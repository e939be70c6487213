"""Whole closes in this process: Dagster is loaded once and keeps no history (see ``quiet``)."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from assets import running
from assets.io import FrameStore
from assets.settings import Settings
from pipelines.demo.writing import write_demo
from pipelines.publish.warehouse import Warehouse
from tests.runs import quiet, tiny


@dataclass(frozen=True)
class Closed:
    """A home after a close, with what the command said and its exit code."""

    settings: Settings
    code: int
    said: str

    @property
    def home(self) -> Path:
        return self.settings.home

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return Warehouse(self.settings.warehouse).query(statement)[1]

    def csv(self, statement: str) -> list[str]:
        """The lines of ``query_csv`` below the heading."""
        return Warehouse(self.settings.warehouse).query_csv(statement).splitlines()[1:]


@pytest.fixture(scope="package", autouse=True)
def without_history() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        quiet.without_history(patch.setattr)
        quiet.remembering(patch.setattr, {}, most=1000)
        yield


@pytest.fixture
def printed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page, workbook and verdict is made again: for tests that compare them."""
    for module, name, make in quiet.ANEW:
        monkeypatch.setattr(module, name, make)


ENVIRONMENT = tuple(f"CLOSEBOOK_{name}" for name in ("COMPANY", "HOME", "INBOX", "WAREHOUSE"))


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run tells Dagster where it works through the environment; the next test is another process."""
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def close(settings: Settings, period: str = "latest") -> Closed:
    """One close as a fresh process would do it: nothing is remembered from the last one."""
    return _run(settings, lambda: running.close(settings, period))


def backfill(settings: Settings) -> Closed:
    """Every period with data."""
    return _run(settings, lambda: running.backfill(settings, None, None))


def _run(settings: Settings, what: Callable[[], int]) -> Closed:
    FrameStore.forget()
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    try:
        with redirect_stdout(io.StringIO()) as said:
            code = what()
    finally:
        # Fixtures of a module or session outlive the environment of a single test.
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    FrameStore.forget()
    return Closed(settings, code, said.getvalue())


def settings_in(folder: Path, home: Path | None = None) -> Settings:
    """The company and inbox in ``folder``, with its home there too unless it is said."""
    return Settings.of(folder / "company", home or folder / "home", folder / "inbox")


@pytest.fixture(scope="session")
def demo_sent() -> Iterator[Path]:
    """``company``, ``inbox`` and ``truth`` of a demo with five dealers; not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="closebook-demo-"))
    write_demo(folder, scale=0.02, dealers=5)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def demo_closed(demo_sent: Path) -> Closed:
    """The latest month of that demo, closed once; not to be changed."""
    return close(settings_in(demo_sent))


@pytest.fixture(scope="session")
def tiny_sent() -> Iterator[Path]:
    """``company`` and ``inbox`` of the company of five dealers in ``tiny``; not to be changed."""
    folder = Path(tempfile.mkdtemp(prefix="closebook-tiny-"))
    tiny.write(folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def tiny_closed(tiny_sent: Path) -> Closed:
    """That company's latest month, closed once; not to be changed."""
    return close(settings_in(tiny_sent))


@pytest.fixture
def spoilt(tiny_sent: Path, tmp_path: Path) -> Path:
    """A copy of that company and its inbox, to be spoilt."""
    for name in ("company", "inbox"):
        shutil.copytree(tiny_sent / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def spoilt_closed(tiny_closed: Closed, spoilt: Path) -> Path:
    """That copy with the home after its first close: a close of the same files elsewhere gives the same home (``test_twice``)."""
    shutil.copytree(tiny_closed.home, spoilt / "home")
    return spoilt


def published(home: Path) -> dict[str, bytes]:
    """Everything that people look at: manifests, shelf, portal."""
    kept = [path for name in ("manifests", "shelf", "portal") for path in (home / name).rglob("*") if path.is_file()]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in kept}


def everything(home: Path) -> dict[str, object]:
    """All that a home holds, files by their bytes and databases by their rows; without Dagster's own history."""
    found: dict[str, object] = {}
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = path.relative_to(home).as_posix()
        if name in ("warehouse.db", "ledger.db"):
            with closing(sqlite3.connect(path)) as db:
                tables = [table for (table,) in db.execute("select name from sqlite_master where type in ('table', 'view') order by name")]
                found |= {f"{name}:{table}": sorted(map(repr, db.execute(f'select * from "{table}"'))) for table in tables}
        elif not name.startswith("dagster/") and name not in (".lock", "warehouse.db-wal", "warehouse.db-shm"):
            found[name] = path.read_bytes()
    return found


def same(left: Mapping[str, object], right: Mapping[str, object]) -> None:
    """Both hold the same; else the names of what differs are told, not their bytes."""
    assert sorted(set(left) ^ set(right)) == []
    assert [name for name in left if left[name] != right[name]] == []
