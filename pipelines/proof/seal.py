"""A seal: the lines of digests that a file carries of itself, and whose report they are of.

Workbooks (``workbook``) and pages (``page``) say what their lines are. A seal's digest is recorded in the manifest of the publication;
without that it proves only that a file agrees with itself, since anybody can compute digests.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

FIRST = "closebook proof 1"
"""What every seal begins with."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Identity:
    """Whose report a file is. ``version`` is the content hash of the report; no publication is named, since the file is older."""

    company: str
    period: str
    report: str
    name: str
    language: str
    version: str


@dataclass(frozen=True)
class Seal:
    """The lines between the first and the last, as they stand in the file."""

    identity: Identity
    lines: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over every line and the identity."""
        return hashlib.sha256(self._text().encode()).hexdigest()

    def written(self) -> list[str]:
        """All lines, the last with the digest over those before."""
        return [*self._text().split("\n"), f"seal {self.digest}"]

    def _text(self) -> str:
        return "\n".join((FIRST, "of " + json.dumps(asdict(self.identity), ensure_ascii=False, sort_keys=True), *self.lines))


class SealBroken(Exception):
    """The lines are not a seal, or not the one that their last line says."""


def read_seal(lines: Sequence[str]) -> Seal:
    """The seal that ``lines`` are. Raises ``SealBroken`` saying why they are none."""
    if len(lines) < 3 or lines[0] != FIRST:
        raise SealBroken(f"the first line is not '{FIRST}'")
    kind, _, stated = lines[-1].partition(" ")
    try:
        identity = Identity(**json.loads(lines[1].removeprefix("of ")))
    except (ValueError, TypeError) as error:
        raise SealBroken("the second line does not say whose report it is") from error
    found = Seal(identity, tuple(lines[2:-1]))
    if kind != "seal" or found.digest != stated:
        raise SealBroken("its lines do not give the digest in the last one")
    return found


def short(text: str) -> str:
    """A digest of 48 bits, to find where something differs; the digest over everything is a whole SHA-256."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def mark(text: str) -> str:
    """Two letters (12 bits) of a check sum, to tell the cells of one row apart.

    >>> mark("12.5") == mark("12.5"), len(mark("12.6"))
    (True, 2)
    """
    found = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return _LETTERS[found >> 26] + _LETTERS[found >> 20 & 63]
