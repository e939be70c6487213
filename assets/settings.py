"""Where this code location works: the company's folder, its inbox, its home. Read once, at the edge, from the environment.

``CLOSEBOOK_COMPANY``, ``CLOSEBOOK_HOME``, ``CLOSEBOOK_INBOX`` and ``CLOSEBOOK_WAREHOUSE`` (a database URL) are all there is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Settings:
    """The four doors to the outside."""

    company: Path
    home: Path
    inbox: Path | None
    """None: nothing is landed, the home's own deliveries are all there is."""
    warehouse: str

    @classmethod
    def of(cls, company: Path, home: Path, inbox: Path | None = None, warehouse: str | None = None) -> Settings:
        """Settings with what is not given derived from the home."""
        home = home.resolve()
        url = warehouse or f"sqlite:///{home / 'warehouse.db'}"
        return cls(company.resolve(), home, (inbox or company.parent / "inbox").resolve(), url)

    @classmethod
    def without_inbox(cls, company: Path, home: Path) -> Settings:
        """Settings of a home that nothing more is landed in."""
        return replace(cls.of(company, home), inbox=None)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Settings of Dagster's page; without any variable they are those of ``make demo``."""
        demo = ROOT / "demo"
        return cls.of(
            Path(environment.get("CLOSEBOOK_COMPANY", demo / "company")),
            Path(environment.get("CLOSEBOOK_HOME", demo / "home")),
            Path(environment["CLOSEBOOK_INBOX"]) if "CLOSEBOOK_INBOX" in environment else None,
            environment.get("CLOSEBOOK_WAREHOUSE"),
        )

    @property
    def frames(self) -> Path:
        """Parquet files between assets."""
        return self.home / "frames"

    @property
    def readings(self) -> Path:
        """Parsed files, kept by content and layout."""
        return self.home / "readings"

    @property
    def shelf(self) -> Path:
        """Published reports."""
        return self.home / "shelf"

    @property
    def manifests(self) -> Path:
        """One manifest a period."""
        return self.home / "manifests"

    @property
    def portal(self) -> Path:
        """The static pages that lead to everything."""
        return self.home / "portal"

    @property
    def scratch(self) -> Path:
        """What is needed while something is computed again; empty between runs."""
        return self.home / "scratch"
