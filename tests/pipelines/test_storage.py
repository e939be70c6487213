"""A killed or failing write leaves the old file or the new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines import storage

STEPS = ("before", "written", "synced", "renamed")

KILLED = """
import os, sys
from pathlib import Path
from pipelines import storage
def checkpoint(label):
    if label.startswith(sys.argv[2]):
        os._exit(9)
storage.checkpoint = checkpoint
storage.write_bytes(Path(sys.argv[1]), b"new" * 1000)
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_write_leaves_one_whole_file(tmp_path: Path, step: str) -> None:
    path = tmp_path / "figure.bin"
    storage.write_bytes(path, b"old")

    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), step], check=False)

    assert ended.returncode == 9
    assert path.read_bytes() == (b"new" * 1000 if step == "renamed" else b"old")
    assert storage.sweep(tmp_path) == (1 if step in ("written", "synced") else 0)
    storage.write_bytes(path, b"again")
    assert [file.name for file in tmp_path.iterdir()] == ["figure.bin"]


def test_a_failing_writer_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    storage.write_text(path, "old")

    def fails(beside: Path) -> None:
        beside.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        storage.write_with(path, fails)

    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text() == "old"


def test_a_frame_is_written_the_same_twice(tmp_path: Path) -> None:
    frame = pl.DataFrame({"code": ["0012", None], "amount": [125_000, 1]})

    storage.write_parquet(tmp_path / "a.parquet", frame)
    storage.write_parquet(tmp_path / "deep" / "b.parquet", frame)

    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "deep" / "b.parquet").read_bytes()
    assert pl.read_parquet(tmp_path / "a.parquet").equals(frame)


def test_sweeping_a_folder_that_is_not_there_is_fine(tmp_path: Path) -> None:
    assert storage.sweep(tmp_path / "none") == 0
