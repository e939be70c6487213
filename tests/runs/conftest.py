"""Whole closes in this process: Dagster is loaded once, and keeps its history in memory, since writing it would take half of the time."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from assets import running
from assets.io import FrameStore
from assets.settings import Settings
from pipelines.demo.writing import write_demo
from pipelines.publish.warehouse import Warehouse


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


@pytest.fixture(scope="session", autouse=True)
def history_in_memory() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dg.DagsterInstance, "from_config", lambda *_, **__: dg.DagsterInstance.ephemeral())
        yield


def close(settings: Settings, period: str = "latest") -> Closed:
    """One close as a fresh process would do it: nothing is remembered from the last one."""
    return _run(settings, lambda: running.close(settings, period))


def backfill(settings: Settings) -> Closed:
    """Every period with data."""
    return _run(settings, lambda: running.backfill(settings, None, None))


def _run(settings: Settings, what: Callable[[], int]) -> Closed:
    FrameStore.forget()
    with redirect_stdout(io.StringIO()) as said:
        code = what()
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
