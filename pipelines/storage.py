"""Writing files so that a killed run leaves the old file or the new one, never a torn one.

Every file that a run keeps is written beside its place, synced to disk and renamed. ``checkpoint`` is called between those
steps; tests replace it to end the process at each of them. What is written, and where, is other rooms' business.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

PART = ".part"
"""Suffix of a file that is still being written. Whatever carries it after a crash is worthless and swept."""


def checkpoint(label: str) -> None:
    """A point at which a killed run must do no harm. Does nothing; crash tests patch ``pipelines.storage.checkpoint``.

    Call it as ``storage.checkpoint(...)``, so that the patched function is the one that runs.
    """


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, which takes the place of ``path`` when the block ends without an error.

    Two processes that write the same path do not disturb each other; the one that ends last stays. An error leaves nothing.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as beside:
    ...     _ = beside.write_text("whole")
    >>> [file.name for file in folder.iterdir()]
    ['a.txt']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    checkpoint(f"before {path.name}")
    try:
        yield beside
        checkpoint(f"written {path.name}")
        sync(beside)
        checkpoint(f"synced {path.name}")
        beside.replace(path)
    except Exception:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)
    checkpoint(f"renamed {path.name}")


def write_bytes(path: Path, data: bytes) -> None:
    """``data`` as the file ``path``, whole or not at all. Missing folders are made."""
    with replacing(path) as beside:
        beside.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """``text`` in UTF-8 with the line ends as given, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """``frame`` as Parquet, whole or not at all. The same frame gives the same bytes."""
    with replacing(path) as beside:
        frame.write_parquet(beside, compression="zstd", compression_level=1)


def copy_file(source: Path, path: Path) -> None:
    """A copy of ``source``'s content at ``path``, whole or not at all."""
    with replacing(path) as beside:
        copy_content(source, beside)


def copy_content(source: Path, target: Path) -> None:
    """Plain copy of the content alone, for use inside ``replacing``."""
    shutil.copyfile(source, target)


def write_with(path: Path, writer: Callable[[Path], object]) -> None:
    """Let ``writer`` make the file at the path that it is given; it then takes the place of ``path``."""
    with replacing(path) as beside:
        writer(beside)


def sha256(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_all(root: Path, files: Iterable[Path]) -> str:
    """SHA-256 over the names (below ``root``) and contents of ``files``, in their order: the version of a folder."""
    total = hashlib.sha256()
    for path in files:
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sync(path: Path) -> None:
    """Wait until the file or folder at ``path`` is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def link_files(source: Path, target: Path) -> None:
    """Every file below ``source`` under the same name below ``target``, as a hard link: what replaces one leaves the other."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else []:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.hardlink_to(path)


def sweep(folder: Path) -> int:
    """Remove what a killed run left half written below ``folder``; returns how many files.

    Call it when a run starts and holds the home for itself: a file that another process writes just now would go too.
    """
    left = [path for path in folder.rglob(f".*{PART}") if path.is_file()] if folder.is_dir() else []
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
