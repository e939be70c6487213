"""The shelf of published reports: files by content, and one manifest a period that ties them to inputs, code and checks.

``shelf/<period>/<report>/<hash>/<file>``: a version is a folder named by the hash of its figures and texts, and is never
changed once it is there. Same content, no new version. What is on a page is ``reports``' business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines import storage

ROOT = Path(__file__).parents[2]
_CODE = ("pipelines", "assets", "sql", "report_templates")


@dataclass(frozen=True)
class Placed:
    """A report on the shelf: its version's number and folder, and whether this run made it."""

    version: int
    digest: str
    folder: Path
    is_new: bool


class Shelf:
    """The folder ``home/shelf`` with the manifests beside it."""

    def __init__(self, root: Path, manifests: Path) -> None:
        self.root = root
        self.manifests = manifests

    def versions(self, period: str, report: str) -> list[str]:
        """Digests of the published versions of a report, oldest first."""
        manifest = self.manifest(period)
        found: list[str] = (manifest or {}).get("versions", {}).get(report, [])
        return found

    def put(self, period: str, report: str, digest: str, files: Mapping[str, bytes]) -> Placed:
        """Place ``files`` (name → content) as the version ``digest``.

        A version that the manifest knows keeps its files. One that a killed run left behind without a manifest is written
        again: its files are the same bytes.
        """
        known = self.versions(period, report)
        folder = self.root / period / report / digest[:12]
        if digest in known:
            return Placed(known.index(digest) + 1, digest, folder, is_new=False)
        for name, content in sorted(files.items()):
            storage.write_bytes(folder / name, content)
        return Placed(len(known) + 1, digest, folder, is_new=True)

    def manifest(self, period: str) -> dict[str, Any] | None:
        """The manifest of ``period``, or None when nothing was published."""
        path = self.manifests / f"{period}.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None

    def all_manifests(self) -> list[dict[str, Any]]:
        """Every manifest, by period."""
        return [json.loads(path.read_text("utf-8")) for path in sorted(self.manifests.glob("*.json"))]

    def publish(self, period: str, manifest: Mapping[str, Any], placed: Mapping[str, Placed]) -> None:
        """Write the manifest of ``period``: the moment from which the placed versions are published."""
        versions = dict((self.manifest(period) or {}).get("versions", {}))
        for report, one in placed.items():
            if one.digest not in versions.get(report, []):
                versions[report] = [*versions.get(report, []), one.digest]
        text = json.dumps({**manifest, "versions": versions}, ensure_ascii=False, sort_keys=True, indent=1)
        storage.write_text(self.manifests / f"{period}.json", text + "\n")


def code_version() -> str:
    """SHA-256 over the program's own files: what computed a figure, wherever the checkout lies."""
    total = hashlib.sha256()
    for room in _CODE:
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and path.suffix in (".py", ".sql", ".j2", ".css", ".js", ".po", ".csv"):
                total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
