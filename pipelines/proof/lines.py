"""What a file of lines says, and the seal that it carries: the data behind figures, which a page reads (``reports.explained``)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

from pipelines.proof.aligned import aligned
from pipelines.proof.seal import Identity, Seal
from pipelines.proof.touched import MOST_SHOWN, Touch

FIRST = "closebookLines("
"""What every such file begins with."""
_SEAL = re.compile(r"^/\*proof (\[.*\]) \*/\s*\Z", re.MULTILINE)


def sealed(text: str, identity: Identity) -> tuple[str, Seal]:
    """The file with its seal behind it, and the seal."""
    found = Seal(identity, (f"all {_whole(text)}",))
    written = json.dumps(found.written(), ensure_ascii=False).replace("*/", "*\\/")
    return f"{text}/*proof {written} */\n", found


def split(text: str) -> tuple[str, list[str] | None]:
    """The file without its seal, and the seal's lines; None when it carries none. Raises ``ValueError`` for lines that are none."""
    carried = _SEAL.search(text)
    return (text, None) if carried is None else (text[: carried.start()], json.loads(carried[1]))


def touched(seal: Seal, text: str, original: str | None) -> list[Touch]:
    """What is not as it was: by line where the original is known."""
    if seal.lines == (f"all {_whole(text)}",):
        return []
    if original is None:
        return [Touch("", "lines changed", "The lines are not those that were published; against the home each one is named.")]
    return list(_differing(original.split("\\n"), text.split("\\n")))[:MOST_SHOWN] or [Touch("", "lines changed", "The file was changed.")]


def count(text: str) -> int:
    """How many lines the file has."""
    return text.count("\\n") + 1


def _differing(before: list[str], now: list[str]) -> Iterator[Touch]:
    for old, new in aligned(before, now):
        if old is None and new is not None:
            yield Touch(f"line {new + 1}", "line added", f"Line {new + 1} was added: {_said(now[new])}.")
        elif new is None and old is not None:
            yield Touch(f"line {old + 1}", "line removed", f"Line {old + 1} was removed: {_said(before[old])}.")
        elif old is not None and new is not None and before[old] != now[new]:
            yield Touch(f"line {new + 1}", "line changed", f"Line {new + 1} reads {_said(now[new])}; it was {_said(before[old])}.")


def _said(line: str) -> str:
    return repr(line.replace("\\t", " ")[-120:])


def _whole(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
