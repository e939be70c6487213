"""Whether a home is what its journal says: lines, signatures, manifests, published files, landed files. Reads, and changes nothing.

A single workbook or page without its home is another question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines import storage
from pipelines.company.people import load_people
from pipelines.errors import ClosebookError
from pipelines.publish.close import forged
from pipelines.publish.journal import Entry, Journal
from pipelines.publish.shelf import Shelf
from pipelines.sources.ledger import Ledger


@dataclass(frozen=True)
class Verified:
    """How many of each kind were looked at, and what is wrong, a sentence each."""

    looked_at: dict[str, int]
    problems: tuple[str, ...]


def verify_home(home: Path) -> Verified:
    """Everything that ``home`` keeps against its journal.

    Raises ``ClosebookError`` when there is no journal: then nothing was published, or the journal was removed.
    """
    journal = Journal(home)
    if not journal.path.is_file():
        raise ClosebookError(f"{journal.path}: there is no journal, so nothing of this home can be verified.")
    problems = journal.problems()
    # A broken chain says nothing that the rest could be held against.
    if problems:
        return Verified({"journal lines": len(problems)}, tuple(problems))
    entries = journal.entries()
    shelf = Shelf(home / "shelf", home / "manifests")
    published = [entry for entry in entries if entry.act == "published"]
    files = 0
    for entry in published:
        number = entry.details["publication"]
        path = shelf.manifest_path(entry.period, number)
        if not path.is_file():
            problems.append(f"{path}: the manifest of publication {number} of {entry.period} is gone. Restore it from a backup.")
            continue
        if storage.sha256(path) != entry.details["manifest"]:
            problems.append(f"{path}: the manifest was changed after line {entry.number} of the journal published it.")
            continue
        for place, stated in _published_files(shelf, entry.period, number):
            files += 1
            if not place.is_file():
                problems.append(f"{place}: this published file is gone. Restore it from a backup.")
            elif storage.sha256(place) != stated:
                problems.append(f"{place}: this file was changed after publication {number} of {entry.period}.")
    said = {(entry.period, entry.details["publication"]) for entry in published}
    for period in shelf.periods():
        for number in shelf.publications(period):
            if (period, number) not in said:
                where = shelf.manifest_path(period, number)
                problems.append(f"{where}: no line of the journal publishes it. If a run was killed, start it again.")
    problems += [f"{journal.path}: {one}" for one in (*forged(entries), *_unknown_keys(home, entries))]
    landed = _landed(home)
    problems += [problem for _, problem in landed if problem]
    looked_at = {
        "journal lines": len(entries), "signatures": sum("signature" in entry.details for entry in entries),
        "publications": len(published), "published files": files, "landed files": len(landed),
    }  # fmt: skip
    return Verified(looked_at, tuple(dict.fromkeys(problems)))


def _published_files(shelf: Shelf, period: str, number: int) -> Iterator[tuple[Path, str]]:
    manifest = shelf.manifest(period, number) or {}
    restatement = manifest.get("restatement", {})
    for digest in sorted({*manifest["frames"].values(), *restatement.get("frames", {}).values()}):
        yield shelf.frame_path(digest), digest
    # A publication made before figures were explained has no pages of that.
    explained = manifest.get("explained", {})
    for report in [*manifest["reports"], *(one for one in (restatement, explained) if "files" in one)]:
        for name, stated in sorted(report["files"].items()):
            yield shelf.root.parent / report["folder"] / name, stated


def _unknown_keys(home: Path, entries: Sequence[Entry]) -> list[str]:
    """Signatures by keys that no landed version of the company's people.yaml gives to that person."""
    known = {(person.id, person.public_key) for folder in Ledger(home).companies() for person in load_people(folder).people}
    return [
        f"line {entry.number}: no version of people.yaml that was landed gives {entry.by} the key of this signature."
        for entry in entries
        if "signature" in entry.details and (entry.by, entry.details["public_key"]) not in known
    ]


def _landed(home: Path) -> list[tuple[Path, str]]:
    """Each landed content with its sentence, empty when the content is what its name says."""
    ledger = Ledger(home)
    sources = dict(ledger.files().select("source_sha256", "source_file").iter_rows())
    found = []
    for sha, name in sorted(sources.items()):
        path = ledger.content(sha)
        if not path.is_file():
            found.append((path, f"{path}: the landed file {name} is gone. Restore it from a backup."))
        else:
            changed = f"{path}: the landed file {name} was changed. Restore it from a backup."
            found.append((path, "" if storage.sha256(path) == sha else changed))
    return found
