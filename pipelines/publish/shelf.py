"""The shelf of published reports: files by content, and the manifests that tie them to inputs, code and checks.

``shelf/<period>/<report>/<hash>/<file>``: a version is a folder named by the hash of its figures and texts.
``manifests/<period>/<number>.json``: a publication, everything that is published of a period at one time. Neither is changed once it
is there; the publication with the highest number counts. Same content, no new version and no new publication. What is on a page is
``reports``' business, who has signed it ``close``'s. The frames that a publication was printed from are kept by content in ``kept/``.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines import storage


@dataclass(frozen=True)
class Placed:
    """A report on the shelf: its version's number and folder, and whether this run made it."""

    version: int
    digest: str
    folder: Path
    is_new: bool
    files: Mapping[str, str]
    """SHA-256 by file name, as it was when the version was made."""
    proofs: Mapping[str, str] = field(default_factory=dict)
    """Digest of the seal that a file carries, by its name: what 'closebook verify FILE' is held against."""


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

    def put(self, period: str, report: str, digest: str, files: Mapping[str, bytes], proofs: Mapping[str, str] | None = None) -> Placed:
        """Place ``files`` (name → content) as the version ``digest``; ``proofs`` are the digests of their seals.

        A version that the manifest knows keeps its files. One that a killed run left behind without a manifest is written
        again: its files are the same bytes.
        """
        known = self.versions(period, report)
        folder = self.root / period / report / digest[:12]
        if digest in known:
            stated = self._stated(period, digest)
            return Placed(known.index(digest) + 1, digest, folder, is_new=False, files=stated["files"], proofs=stated["proofs"])
        for name, content in sorted(files.items()):
            storage.write_bytes(folder / name, content)
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
        return Placed(len(known) + 1, digest, folder, is_new=True, files=hashes, proofs=dict(proofs or {}))

    def _stated(self, period: str, digest: str) -> dict[str, Any]:
        """What the last manifest that has a published version says of it."""
        for number in reversed(self.publications(period)):
            for report in (self.manifest(period, number) or {}).get("reports", []):
                if report["digest"] == digest:
                    return dict(report)
        raise KeyError(f"no manifest of {period} publishes {digest}")

    def keep_frames(self, frames: Mapping[str, pl.DataFrame]) -> dict[str, str]:
        """Keep ``frames`` under the hash of their bytes, beside the manifests; returns the hashes by name. The same frame is kept once."""
        found = {}
        for name, frame in frames.items():
            content = io.BytesIO()
            frame.write_parquet(content, compression="zstd", compression_level=3)
            found[name] = hashlib.sha256(content.getvalue()).hexdigest()
            path = self.frame_path(found[name])
            if not path.is_file():
                storage.write_bytes(path, content.getvalue())
        return found

    def frame_path(self, digest: str) -> Path:
        """Where a kept frame stands."""
        return self.manifests.parent / "kept" / digest[:2] / f"{digest}.parquet"

    def publications(self, period: str) -> list[int]:
        """Numbers of the publications of ``period``, oldest first."""
        return sorted(int(path.stem) for path in (self.manifests / period).glob("*.json"))

    def periods(self) -> list[str]:
        """Keys of the periods of which something was published, in order."""
        return sorted(path.name for path in self.manifests.glob("*") if path.is_dir() and self.publications(path.name))

    def manifest(self, period: str, number: int | None = None) -> dict[str, Any] | None:
        """The manifest of a publication of ``period``, the last one unless ``number`` says which; None when there is none."""
        known = self.publications(period)
        if not known or (number is not None and number not in known):
            return None
        found: dict[str, Any] = json.loads(self.manifest_path(period, number or known[-1]).read_text("utf-8"))
        return found

    def all_manifests(self) -> list[dict[str, Any]]:
        """The last manifest of every period, by period."""
        return [found for period in self.periods() if (found := self.manifest(period))]

    def publish(
        self, period: str, manifest: Mapping[str, Any], placed: Mapping[str, Placed], frames: Mapping[str, pl.DataFrame]
    ) -> dict[str, Any]:
        """Write a manifest for what was placed: the moment from which it is published. Returns the manifest that counts now.

        ``frames`` are what it was computed from; they are kept. Its ``digest`` is the content hash of all that it publishes: when the
        last publication has the same, that one stays.
        """
        last = self.manifest(period) or {}
        digest = publication_digest(manifest, placed)
        if last.get("digest") == digest:
            return last
        versions = dict(last.get("versions", {}))
        for report, one in placed.items():
            if one.digest not in versions.get(report, []):
                versions[report] = [*versions.get(report, []), one.digest]
        kept = self.keep_frames(frames)
        content = {**manifest, "frames": kept, "publication": last.get("publication", 0) + 1, "digest": digest, "versions": versions}
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
        storage.write_text(self.manifest_path(period, content["publication"]), text + "\n")
        return content

    def manifest_path(self, period: str, number: int) -> Path:
        """Where the manifest of a publication stands."""
        return self.manifests / period / f"{number:04d}.json"


def publication_digest(manifest: Mapping[str, Any], placed: Mapping[str, Placed]) -> str:
    """SHA-256 over what is published: the period, its business day, each report's content, and what was withheld and why."""
    said = {
        **{name: manifest.get(name) for name in ("company", "period", "as_of", "withheld")},
        "reports": {report: one.digest for report, one in placed.items()},
    }
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
