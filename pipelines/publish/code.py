"""The program's own files as a version: its hash, a copy of it kept beside what it published, and how to run that copy.

A publication names the code that computed it; with the copy its bytes can be computed again after the program has changed.
"""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path

from pipelines import storage
from pipelines.errors import ClosebookError

ROOT = Path(__file__).parents[2]
_ROOMS = ("pipelines", "assets", "sql", "report_templates")
_SUFFIXES = (".py", ".sql", ".j2", ".css", ".js", ".po", ".csv", ".yaml")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def code_version() -> str:
    """SHA-256 over the program's own files: what computed a figure, wherever the checkout lies."""
    return storage.sha256_of_all(ROOT, _files(ROOT))


def keep_code(home: Path, version: str) -> None:
    """Keep the program that runs now as ``home/code/<version>.zip``. The same version gives the same bytes, and is written once."""
    place = _place(home, version)
    if place.is_file():
        return
    storage.write_bytes(place, _packed(version))


@lru_cache(maxsize=1)
def _packed(_: str) -> bytes:
    """The program as it stands, in one file: once for a process, whose program is of one version."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(ROOT):
            archive.writestr(zipfile.ZipInfo(path.relative_to(ROOT).as_posix(), _LONG_AGO), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpack_code(home: Path, version: str, folder: Path) -> None:
    """Put the kept program of ``version`` into ``folder``. Raises ``ClosebookError`` when it was not kept or was changed."""
    place = _place(home, version)
    if not place.is_file():
        raise ClosebookError(f"{place}: the program of that time was not kept here. Restore the file from a backup.")
    with zipfile.ZipFile(place) as archive:
        archive.extractall(folder)
    if storage.sha256_of_all(folder, _files(folder)) != version:
        raise ClosebookError(f"{place}: the kept program is not the one that its name says. Restore the file from a backup.")


def _files(root: Path) -> list[Path]:
    found = [path for room in _ROOMS for path in (root / room).rglob("*") if path.is_file() and path.suffix in _SUFFIXES]
    return sorted(found, key=lambda path: (_ROOMS.index(path.relative_to(root).parts[0]), path))


def _place(home: Path, version: str) -> Path:
    return home / "code" / f"{version}.zip"
