"""Where this code location works: the company's folder, its inbox, its home. Read once, at the edge, from the environment.

``CLOSEBOOK_COMPANY``, ``CLOSEBOOK_HOME``, ``CLOSEBOOK_INBOX``, ``CLOSEBOOK_WAREHOUSE`` (a database URL) and ``CLOSEBOOK_WAIT`` are all
there is here; where Dagster keeps its own history, ``history`` says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.errors import ConfigurationError

ROOT = Path(__file__).parents[1]
WAIT = 600.0
"""Seconds that a run waits for another one in the same home, or for the same warehouse, before it is refused."""


@dataclass(frozen=True)
class Settings:
    """The four doors to the outside, and the patience at them."""

    company: Path
    home: Path
    inbox: Path | None
    """None: nothing is landed, the home's own deliveries are all there is."""
    warehouse: str
    wait: float = WAIT

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
        found = cls.of(
            Path(environment.get("CLOSEBOOK_COMPANY", demo / "company")),
            Path(environment.get("CLOSEBOOK_HOME", demo / "home")),
            Path(environment["CLOSEBOOK_INBOX"]) if "CLOSEBOOK_INBOX" in environment else None,
            environment.get("CLOSEBOOK_WAREHOUSE"),
        )
        return replace(found, wait=patience(environment))

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


def patience(environment: Mapping[str, str] = os.environ) -> float:
    """``CLOSEBOOK_WAIT``, seconds. Raises ``ConfigurationError`` when it is none."""
    said = environment.get("CLOSEBOOK_WAIT", str(WAIT))
    try:
        return float(said)
    except ValueError as error:
        raise ConfigurationError(f"CLOSEBOOK_WAIT={said}: not a number of seconds.") from error
