"""What every asset needs of the company: loaded once in a process, never computed with.

The clocks of a run are decided here: D, the business day, and T, the moment up to which files had arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from assets.settings import Settings
from pipelines.company.calendar import Period
from pipelines.company.company import Company, load_company
from pipelines.contracts import CONTRACTS
from pipelines.errors import ConfigurationError
from pipelines.sources.facts import Facts
from pipelines.sources.ledger import delivered_tables


@cache
def _loaded(folder: Path, stamp: tuple[int, ...]) -> Company:
    return load_company(folder)


def company_in(folder: Path) -> Company:
    """The company in ``folder``, loaded anew when one of its files has changed."""
    stamp = tuple(path.stat().st_mtime_ns for path in sorted(folder.rglob("*")) if path.is_file())
    return _loaded(folder, stamp)


@dataclass(frozen=True)
class Clocks:
    """D and T of a period's run."""

    as_of: date
    known_at: datetime


def clocks(company: Company, period: Period, files: pl.DataFrame) -> Clocks:
    """T is the latest arrival in the ledger. D is the period's last day, or the day before T while the period is open."""
    zone = ZoneInfo(company.policy.timezone)
    latest = files["arrived_at"].max() if files.height else None
    known_at = datetime.fromisoformat(str(latest)) if latest else datetime(period.end.year, period.end.month, period.end.day, tzinfo=zone)
    local = known_at.astimezone(zone)
    as_of = period.end if local.date() > period.end else max(period.start, local.date() - timedelta(days=1))
    return Clocks(as_of, local)


def facts_in(settings: Settings) -> tuple[Facts, pl.DataFrame]:
    """The facts that a home holds, and its files, for what people ask outside of a run.

    Raises ``ConfigurationError`` when nothing was taken in yet.
    """
    frames = settings.frames
    if any(not (frames / f"fact_{table}" / "all.parquet").is_file() for table in CONTRACTS):
        raise ConfigurationError(f"{settings.home}: not every table was taken in here by this version yet. 'closebook run' comes first.")
    files = pl.read_parquet(frames / "files" / "all.parquet")
    facts = {table: pl.read_parquet(frames / f"fact_{table}" / "all.parquet") for table in CONTRACTS}
    return Facts(facts, delivered_tables(files)), files


def facts_from(frames: Mapping[str, pl.DataFrame], delivered: list[str]) -> Facts:
    """Facts from the frames of the assets ``fact_<table>``."""
    return Facts({table: frames[f"fact_{table}"] for table in CONTRACTS}, frozenset(delivered))
