"""A period as it was known at a moment: the run of then, done again in a home of its own, beside what was published.

``home/known/<period>/<moment>/`` holds what had arrived by then (shared with the home, not copied), the company's folder and the
program of then, and what they give. Nothing that is published changes.
"""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from assets import running
from assets.alone import alone
from assets.context import company_in
from assets.kept_program import run_kept
from assets.settings import Settings
from pipelines import storage
from pipelines.errors import ClosebookError
from pipelines.publish.code import code_version
from pipelines.publish.journal import Entry, Journal
from pipelines.publish.settled import settled
from pipelines.publish.shelf import Shelf
from pipelines.sources.ledger import Ledger, utc_text


def run_known_at(settings: Settings, period: str, moment: datetime) -> int:
    """Close ``period`` as it was known at ``moment`` (with time zone); say whether that is what was published then. Returns the exit code.

    The last publication of the period up to ``moment`` says which company's folder and which program it was; before the first one it
    is the folder of then and the program of now. Raises ``ClosebookError`` when nothing had arrived by then.
    """
    company_in(settings.company).calendar.period(period)
    lines = [line for line in _published(settings, period) if line.at <= utc_text(moment)]
    return _again(settings, period, moment, lines[-1] if lines else None)


def run_publication(settings: Settings, period: str, number: int) -> int:
    """Close ``period`` as its publication ``number`` was, from the same files; say whether it comes out. Returns the exit code.

    Several publications may be of one moment, when policy or program changed and no file came. Raises ``ClosebookError`` when there is
    no such publication.
    """
    company_in(settings.company).calendar.period(period)
    for line in _published(settings, period):
        if line.details["publication"] == number:
            return _again(settings, period, datetime.fromisoformat(line.at), line)
    raise ClosebookError(f"{period}: there is no publication {number}. 'closebook status --home {settings.home}' lists what there is.")


def _again(settings: Settings, period: str, moment: datetime, line: Entry | None) -> int:
    """The run of ``moment``, with folder and program of the publication that ``line`` tells of."""
    with alone(settings, loads=False):
        shelf = Shelf(settings.shelf, settings.manifests)
        manifest = shelf.manifest(period, line.details["publication"]) if line else None
        ledger = Ledger(settings.home)
        folder = _company(ledger, moment, manifest)
        home = settings.home / "known" / period / utc_text(moment).replace(":", "").replace("-", "")
        if home.exists():
            shutil.rmtree(home)
        ledger.branch(home, moment, _deliveries(ledger, line, manifest))
        _publications_before(settings, line, moment, home)
        _acts_before(settings, line, moment, home)
        there = Settings.without_inbox(folder, home)
        if manifest is None or manifest["code_version"] == code_version():
            code = running.close(there, period, deliver=False)
        else:
            where = ["--company", str(there.company), "--home", str(there.home), "--no-inbox", "--period", period]
            code = run_kept(settings, manifest["code_version"], there.home / "program", ["run", *where])
    if manifest is not None:
        sys.stdout.write(_compared(shelf, Shelf(there.shelf, there.manifests), manifest, period))
    return code


def _published(settings: Settings, period: str) -> list[Entry]:
    """The journal's lines of the publications of ``period``."""
    return [entry for entry in Journal(settings.home).entries() if entry.act == "published" and entry.period == period]


def _deliveries(ledger: Ledger, line: Entry | None, manifest: dict[str, Any] | None) -> set[str] | None:
    """What a publication was made from and what came after it; a file that was landed late is in neither, though it had arrived."""
    if line is None or manifest is None:
        return None
    since = ledger.files().filter(pl.col("arrived_at") > line.at)["delivery"]
    return {*manifest["deliveries"], *since}


def _company(ledger: Ledger, moment: datetime, manifest: dict[str, Any] | None) -> Path:
    """The company's folder as it was; before the first one it is the first."""
    if manifest is not None:
        return next(path for path in ledger.companies() if path.parent.name == manifest["policy_version"])
    versions = ledger.companies(moment) or ledger.companies()[:1]
    if not versions:
        raise ClosebookError(f"{ledger.home}: nothing was ever taken in here. 'closebook run' comes first.")
    return versions[-1]


def _publications_before(settings: Settings, line: Entry | None, moment: datetime, home: Path) -> None:
    """The other periods' publications up to then: receivables roll forward from them."""
    shelf, there = Shelf(settings.shelf, settings.manifests), Shelf(home / "shelf", home / "manifests")
    for entry in Journal(settings.home).entries():
        then = entry.number < line.number if line else entry.at <= utc_text(moment)
        if entry.act != "published" or not then or (line and entry.period == line.period):
            continue
        number = entry.details["publication"]
        path = there.manifest_path(entry.period, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(shelf.manifest_path(entry.period, number), path)
        place = there.root / entry.period
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.path.relpath(shelf.root / entry.period, place.parent))


def _acts_before(settings: Settings, line: Entry | None, moment: datetime, home: Path) -> None:
    """A journal of what had been done up to then, and the frames of what closings had settled: pay is made up for against them."""
    shelf, there, journal = Shelf(settings.shelf, settings.manifests), Shelf(home / "shelf", home / "manifests"), Journal(home)
    entries = [one for one in Journal(settings.home).entries() if (one.number < line.number if line else one.at <= utc_text(moment))]
    paid = settled(entries)
    for entry in entries if paid else ():
        if entry.act != "signed":
            journal.append(entry.act, entry.period, entry.by, entry.at, entry.details)
    for frames in paid.values():
        for digest in frames.values():
            storage.write_bytes(there.frame_path(digest), shelf.frame_path(digest).read_bytes())


def _compared(published: Shelf, again: Shelf, manifest: dict[str, Any], period: str) -> str:
    """Whether what was computed again is the publication: the same content, and the same bytes where it was made at that moment."""
    found = {report["id"] + report["name"]: report for report in (again.manifest(period) or {"reports": []})["reports"]}
    other, same = [], 0
    for report in manifest["reports"]:
        computed = found.get(report["id"] + report["name"])
        made_then = report["digest"] not in (published.manifest(period, manifest["publication"] - 1) or {"versions": {}})["versions"].get(
            f"{report['id']}_{report['name']}", []
        )
        if computed is None or computed["digest"] != report["digest"] or (made_then and computed["files"] != report["files"]):
            other.append(f"{report['id']} {report['name']}")
        else:
            same += 1
    if other:
        return f"\nNot what publication {manifest['publication']} of {period} was: {', '.join(other)}.\n"
    return f"\nThe same as publication {manifest['publication']} of {period}: {same} reports.\n"
