"""The journal of a home: who published, signed, closed, reopened what, and why. Append-only, each line chained to the one before.

One JSON object a line in ``home/journal.jsonl``; its ``hash`` is over everything else in it, ``previous`` among that. A line is
there when its end of line is on the disk: what a killed run left without one was never said and is cut off by the next
``append``. What the acts mean is ``close``'s; whose signature it is, ``signing``'s.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import storage
from pipelines.errors import JournalBroken

START = "0" * 64
"""What the first line calls the line before it."""
ACTS = ("published", "signed", "closed", "reopened")


@dataclass(frozen=True)
class Entry:
    """One line. ``at`` is the moment of the act, UTC in ISO format; ``details`` depend on the act."""

    number: int
    at: str
    act: str
    period: str
    by: str
    details: Mapping[str, Any]
    previous: str
    hash: str


class Journal:
    """The journal in the folder ``home``."""

    def __init__(self, home: Path) -> None:
        self.path = home / "journal.jsonl"

    def append(self, act: str, period: str, by: str, at: str, details: Mapping[str, Any]) -> Entry:
        """Add one line and return it when it is on the disk. Raises ``ValueError`` for an act that there is not."""
        if act not in ACTS:
            raise ValueError(f"{act}: the acts are {', '.join(ACTS)}.")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._held() as file:
            text = self._whole(file)
            number, previous = _last(text, self.path)
            said = {"number": number + 1, "at": at, "act": act, "period": period, "by": by, "details": dict(details), "previous": previous}
            line = _canonical({**said, "hash": _hash(said)}) + "\n"
            storage.checkpoint("before journal")
            file.write(line.encode())
            file.flush()
            storage.checkpoint("written journal")
            os.fsync(file.fileno())
            storage.sync(self.path.parent)
            storage.checkpoint("synced journal")
        return _entry(json.loads(line))

    def entries(self) -> list[Entry]:
        """Every line, oldest first. Raises ``JournalBroken`` naming the first line that was changed."""
        if problems := self.problems():
            raise JournalBroken(problems[0])
        return [_entry(json.loads(line)) for line in self._lines()]

    def problems(self) -> list[str]:
        """What contradicts the chain, a sentence each, by line; empty when nothing does.

        A journal whose last lines were cut off at the end of a line is still a chain: who has to notice that keeps its ``head``
        elsewhere.
        """
        found, previous = [], START
        for number, line in enumerate(self._lines(), start=1):
            where = f"{self.path}:{number}"
            try:
                said = json.loads(line)
                stated = said.pop("hash")
                if _hash(said) != stated:
                    found.append(f"{where}: the line was changed: its content does not give its hash {str(stated)[:12]}.")
                if said["previous"] != previous:
                    found.append(
                        f"{where}: a line before it was removed, added or changed: it follows {said['previous'][:12]}, not {previous[:12]}."
                    )
                if said["number"] != number:
                    found.append(f"{where}: it says that it is line {said['number']}.")
                previous = stated
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found.append(f"{where}: not a line of a journal ({type(error).__name__}). Restore the file from a backup.")
                previous = ""
        return found

    def head(self) -> str:
        """The last line's hash."""
        return _last("\n".join(self._lines()), self.path)[1]

    def _lines(self) -> list[str]:
        """The lines that were said; one without its end was not."""
        if not self.path.is_file():
            return []
        with self.path.open(encoding="utf-8", newline="\n") as file:
            return [line.rstrip("\n") for line in file if line.endswith("\n")]

    @contextmanager
    def _held(self) -> Iterator[Any]:
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _whole(self, file: Any) -> str:
        """The text up to its last end of line; what stands after it is cut off."""
        file.seek(0)
        content: bytes = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) != len(content):
            file.truncate(len(whole))
        return whole.decode()


def _last(text: str, path: Path) -> tuple[int, str]:
    """Number and hash of the last line."""
    if not text:
        return 0, START
    line = text.rstrip("\n").rsplit("\n", 1)[-1]
    try:
        said = json.loads(line)
        return said["number"], said["hash"]
    except (ValueError, KeyError, TypeError) as error:
        raise JournalBroken(
            f"{path}: its last line is not a line of a journal. Restore the file from a backup; 'closebook verify' tells more."
        ) from error


def _entry(said: Mapping[str, Any]) -> Entry:
    return Entry(**said)


def _canonical(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(said).encode()).hexdigest()
