"""One workbook or page by itself: whether it agrees with its seal, adds up, and is what a publication recorded.

A whole home is ``publish.verify``'s business. Sentences are English, as the command's are; names of sheets and texts are the file's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines import storage
from pipelines.errors import ClosebookError
from pipelines.proof import lines, page, touched
from pipelines.proof.cells import SHEET, Book
from pipelines.proof.formulas import recomputed, undrawn
from pipelines.proof.seal import Identity, Seal, SealBroken, read_seal
from pipelines.proof.touched import Touch
from pipelines.proof.workbook import Opened, open_workbook
from pipelines.publish.close import Signature, standing
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf

ITSELF = (
    "Without --home or --manifest this proves only that the file agrees with itself: somebody who rewrote its cells and its digests "
    "alike is not found out."
)
TIED = "✔"


@dataclass
class Proven:
    """What was found of one file."""

    path: Path
    kind: str
    identity: Identity | None = None
    origin: list[str] = field(default_factory=list)
    """Whose it is: publication, signatures."""
    touched: list[Touch] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What is wrong beside what was touched: sums that do not hold, digests that are missing or not ours."""
    notes: list[str] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        """Whether everything agrees."""
        return not self.touched and not self.problems


@dataclass(frozen=True)
class Sent:
    """A file that a home sent to somebody without publishing it: their part of the figures. ``path`` is below the home."""

    recipient: str
    period: str
    path: str
    name: str
    sha256: str


@dataclass(frozen=True)
class _Record:
    """A report in a manifest."""

    manifest: dict[str, Any]
    report: dict[str, Any]

    @property
    def publication(self) -> int:
        return int(self.manifest["publication"])

    @property
    def period(self) -> str:
        return str(self.manifest["period"])

    def __str__(self) -> str:
        one = self.report
        version = f" v{one['version']}" if "version" in one else ""
        return f"publication {self.publication} of {self.period}, {one['id']} {one['name']}{version}"


def prove(path: Path, home: Path | None = None, manifest: Path | None = None, sent: Sequence[Sent] = ()) -> Proven:
    """Everything that the file at ``path`` proves, by itself or against the home or the manifest of its publication.

    ``sent`` are the files that the home sent beside what it published.
    Raises ``ClosebookError`` when it is neither a workbook nor a page, or when there is no such home or manifest.
    """
    if not path.is_file():
        raise ClosebookError(f"{path}: there is no such file.")
    if home is not None and not Journal(home).path.is_file():
        raise ClosebookError(f"{home}: this is no home: it has no journal.")
    head = path.read_bytes()[:2048]
    if head.startswith(b"PK"):
        return _Workbook(path, home, manifest, sent).proven()
    if b"<html" in head.lower():
        return _Page(path, home, manifest, sent).proven()
    if head.startswith(lines.FIRST.encode()):
        return _Lines(path, home, manifest, sent).proven()
    raise ClosebookError(f"{path}: neither a workbook (.xlsx) nor a page (.html) nor its lines (.js), so it is none of our reports.")


class _File:
    """What workbooks and pages have in common."""

    kind = suffix = carrier = ""

    def __init__(self, path: Path, home: Path | None, manifest: Path | None, sent: Sequence[Sent]) -> None:
        self.home, self.manifest, self.sent = home, manifest, sent
        self.found = Proven(path, self.kind)
        self.records = list(self._records())
        self.seal: Seal | None = None

    def proven(self) -> Proven:
        """The file against its seal, against itself, against what was published."""
        found = self.found
        try:
            carried = self._lines()
            if carried is not None:
                self.seal = read_seal(carried)
        except (SealBroken, ValueError) as error:
            found.problems.append(f"{self.carrier} was altered: {error}. Ask for the file again, from whoever published it.")
        else:
            if carried is None:
                found.problems.append(
                    f"{self.carrier} is missing: this is no report of ours, or somebody removed it. Ask for the published file."
                )
        if self.seal:
            found.identity = self.seal.identity
        self._held_against()
        self._adds_up()
        if self.home is None and self.manifest is None:
            found.notes.append(ITSELF)
        return found

    def _lines(self) -> list[str] | None:
        raise NotImplementedError

    def _touched(self, seal: Seal, original: Path | None) -> list[Touch]:
        raise NotImplementedError

    def _adds_up(self) -> None:
        raise NotImplementedError

    def _seal_in(self, path: Path) -> Seal:
        raise NotImplementedError

    def _held_against(self) -> None:
        """Compare with the seal, or where another one was published, with the published file."""
        found = self.found
        if self.home is None and self.manifest is None:
            if self.seal:
                found.touched += self._touched(self.seal, None)
            return
        ours = [one for one in self.records if self.seal and self.seal.digest in one.report["proofs"].values()]
        if ours and self.seal:
            original = self._original(ours[-1])
            found.touched += self._touched(self.seal, original)
            found.origin += self._standing(ours)
            return
        if self._as_sent():
            return
        alike = self._alike()
        where = self.home or self.manifest
        if not alike:
            whose = f" {self.seal.identity.name} for {self.seal.identity.period}" if self.seal else " such file"
            found.problems.append(f"{where} has published no{whose}. It is another company's, or nobody's.")
        elif self.seal and alike[-1].report["digest"] == self.seal.identity.version:
            told = "somebody rewrote them together with what they say"
            found.problems.append(f"Its digests are not those that {alike[-1]} recorded: {told}.")
        elif self.seal:
            found.problems.append(
                f"{where} has published no such version of {self.seal.identity.name} for {self.seal.identity.period}. Either it was made "
                "up, or it is somebody's part of the figures that was not sent from here."
            )
        original = self._original(alike[-1]) if alike else None
        if original is not None:
            found.origin.append(f"It is compared with {alike[-1]}, as the home keeps it.")
            found.touched += self._touched(self._seal_in(original), original)
        elif self.seal:
            found.touched += self._touched(self.seal, None)

    def _as_sent(self) -> bool:
        """Whether it is somebody's part of the figures as the home sent it; then it is compared with that."""
        for one in self.sent if self.seal and self.home else ():
            path = self.home / one.path  # type: ignore[operator]
            kept = path if path.is_file() and storage.sha256(path) == one.sha256 else None
            # What was sent long ago is no longer kept: then the file must be the same to the last byte.
            same = one.sha256 == storage.sha256(self.found.path)
            if self.seal and (same or (kept and one.name.endswith("." + self.suffix) and self._is_seal_of(kept))):
                told = f"It is what {one.recipient} was sent for {one.period}: their part of the figures, which nobody signs."
                self.found.origin.append(told)
                self.found.touched += self._touched(self.seal, kept)
                return True
        return False

    def _is_seal_of(self, path: Path) -> bool:
        """Whether ``path`` carries the same seal. A marked workbook that went back to its sender carries none."""
        try:
            return self.seal is not None and self._seal_in(path).digest == self.seal.digest
        except SealBroken:
            return False

    def _alike(self) -> list[_Record]:
        """Reports that this file says or seems to be: by its identity, else by its name."""
        if self.seal:
            one = self.seal.identity
            same = [
                record
                for record in self.records
                if (record.period, record.report["id"], record.report["name"]) == (one.period, one.report, one.name)
            ]
            return [record for record in same if record.report["digest"] == one.version] or same
        return [record for record in self.records if self.found.path.name in record.report["files"]]

    def _file_in(self, record: _Record) -> str:
        """The name of this file in a report: by what it proves, its language, or its own name."""
        proofs: dict[str, str] = record.report["proofs"]
        by_digest = [name for name, digest in proofs.items() if self.seal and digest == self.seal.digest]
        language = self.seal.identity.language if self.seal else ""
        names: list[str] = list(record.report["files"])
        by_language = [name for name in names if language and name.endswith(f".{language}.{self.suffix}")]
        return [*by_digest, *by_language, self.found.path.name][0]

    def _original(self, record: _Record) -> Path | None:
        """The published file, where the home has it untouched."""
        if self.home is None:
            return None
        name = self._file_in(record)
        path: Path = self.home / record.report["folder"] / name
        stated = record.report["files"].get(name)
        if stated is None:
            return None
        if not path.is_file() or storage.sha256(path) != stated:
            self.found.problems.append(f"{path}: the published file is gone or was changed. 'closebook verify --home' tells more.")
            return None
        return path

    def _records(self) -> Iterator[_Record]:
        if self.manifest is not None:
            try:
                told = json.loads(self.manifest.read_text("utf-8"))
                yield from _in(told)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ClosebookError(f"{self.manifest}: this is no manifest of a publication ({error}).") from error
            self.found.notes.append(f"{self.manifest} is taken as it is: whether it is the published one, its home says.")
        elif self.home is not None:
            shelf = Shelf(self.home / "shelf", self.home / "manifests")
            for period in shelf.periods():
                for number in shelf.publications(period):
                    yield from _in(shelf.manifest(period, number) or {})

    def _standing(self, ours: list[_Record]) -> list[str]:
        """Which publications have the file, whether they are what the journal says, who signed them."""
        last = ours[-1]
        numbers = sorted({one.publication for one in ours if one.period == last.period})
        also = f" (as in {', '.join(map(str, numbers[:-1]))})" if len(numbers) > 1 else ""
        told = [f"It is {last}{also}."]
        if self.home is None:
            return told
        journal = Journal(self.home)
        if problems := journal.problems():
            self.found.problems.append(f"{problems[0]} Who published and signed cannot be said.")
            return told
        entries = journal.entries()
        manifest = Shelf(self.home / "shelf", self.home / "manifests").manifest_path(last.period, last.publication)
        digest = hashlib.sha256(manifest.read_bytes()).hexdigest()
        published = [one for one in entries if one.act == "published" and one.period == last.period]
        said = [one for one in published if one.details["manifest"] == digest]
        if not said:
            self.found.problems.append(f"{manifest}: no line of the journal publishes it so. 'closebook verify --home' tells more.")
            return told
        now = standing(entries, last.period)
        told.append(f"It was published at {said[-1].at}.")
        if last.publication != now.publication:
            told.append(f"It is not the current one: publication {now.publication} followed, with another version of this report.")
        mine = [one for one in now.signatures if one.publication in numbers]
        told += [_signed(one) for one in mine] or [f"Nobody has signed publication {last.publication}."]
        if now.closed:
            told.append(f"{last.period} is closed.")
        return told


def _in(manifest: dict[str, Any]) -> Iterator[_Record]:
    """The reports of a manifest, and what stands beside them: the bridge to the publication before, the lines behind figures."""
    beside = [one for one in (manifest.get("restatement", {}), manifest.get("explained", {})) if "proofs" in one]
    yield from (_Record(manifest, one) for one in (*manifest["reports"], *beside))


def _signed(one: Signature) -> str:
    how = "with their key" if one.authenticated else "declared, not authenticated"
    later = "; suspended, since another publication followed" if one.suspended else ""
    return f"Publication {one.publication} was signed as {one.role} by {one.by} at {one.at}, {how}{later}."


class _Workbook(_File):
    kind, suffix, carrier = "workbook", "xlsx", f"The hidden sheet '{SHEET}' with its digests"

    def __init__(self, path: Path, home: Path | None, manifest: Path | None, sent: Sequence[Sent]) -> None:
        self.opened: Opened = open_workbook(path)
        super().__init__(path, home, manifest, sent)
        if self.opened.seal_is_shown:
            self.found.touched.append(Touch(SHEET, "sheet shown", f"Sheet {SHEET}: it was hidden and is shown now."))

    def _lines(self) -> list[str] | None:
        return self.opened.seal

    def _seal_in(self, path: Path) -> Seal:
        return read_seal(open_workbook(path).seal or [])

    def _touched(self, seal: Seal, original: Path | None) -> list[Touch]:
        book: Book | None = open_workbook(original).book if original else None
        return touched.touched(seal, self.opened.book, book)

    def _adds_up(self) -> None:
        again = recomputed(self.opened.book)
        self.found.problems += [*again.wrong, *undrawn(self.opened.book, self.opened.drawn)]
        cells = sum(len(row) for leaf in self.opened.book.leaves for row in leaf.rows.values())
        self.found.notes.append(
            f"{len(self.opened.book.leaves)} sheets, {cells} cells; {again.formulas} formulas and {again.tie_outs} tie-outs computed again."
        )
        if again.open_ties:
            many, first = len(again.open_ties), again.open_ties[0]
            self.found.notes.append(f"{many} tie-outs of figures that stand elsewhere do not hold, as the report itself says. {first}")
        if again.unknown:
            self.found.problems.append(f"{', '.join(again.unknown[:5])}: no report of ours writes formulas of this kind.")


class _Page(_File):
    kind, suffix, carrier = "page", "html", "The seal with its digests"

    def __init__(self, path: Path, home: Path | None, manifest: Path | None, sent: Sequence[Sent]) -> None:
        try:
            self.text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ClosebookError(f"{path}: it is not in UTF-8, as our pages are ({error}).") from error
        self.bare = self.text
        super().__init__(path, home, manifest, sent)

    def _lines(self) -> list[str] | None:
        self.bare, found = page.split(self.text)
        return found

    def _seal_in(self, path: Path) -> Seal:
        return read_seal(page.split(path.read_text("utf-8"))[1] or [])

    def _touched(self, seal: Seal, original: Path | None) -> list[Touch]:
        return page.touched(seal, self.bare, page.split(original.read_text("utf-8"))[0] if original else None)

    def _adds_up(self) -> None:
        self.found.problems += page.untied(self.bare, TIED)
        found = page.pieces(self.bare)
        tables = [one for one in found if one.rows]
        rows = sum(len(one.rows) for one in tables)
        self.found.notes.append(f"{len(tables)} tables with {rows} rows, {len(found) - len(tables)} texts and drawings.")


class _Lines(_File):
    kind, suffix, carrier = "file of lines", "js", "The seal with its digests"

    def __init__(self, path: Path, home: Path | None, manifest: Path | None, sent: Sequence[Sent]) -> None:
        try:
            self.text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ClosebookError(f"{path}: it is not in UTF-8, as our files of lines are ({error}).") from error
        super().__init__(path, home, manifest, sent)

    def _lines(self) -> list[str] | None:
        self.text, found = lines.split(self.text)
        return found

    def _seal_in(self, path: Path) -> Seal:
        return read_seal(lines.split(path.read_text("utf-8"))[1] or [])

    def _touched(self, seal: Seal, original: Path | None) -> list[Touch]:
        return lines.touched(seal, self.text, lines.split(original.read_text("utf-8"))[0] if original else None)

    def _adds_up(self) -> None:
        self.found.notes.append(f"{lines.count(self.text)} lines.")
