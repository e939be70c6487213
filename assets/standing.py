"""How the periods of a home stand, and the portal that shows it: read by runs, by the acts of people, by ``status``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from assets.context import company_in
from assets.settings import Settings
from pipelines import storage
from pipelines.company.company import Company
from pipelines.company.people import load_people
from pipelines.contracts import CONTRACTS
from pipelines.publish import close
from pipelines.publish.close import Standing
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from pipelines.publish.waiting import SCHEMA as WAITING
from pipelines.publish.waiting import waiting
from pipelines.reports import portal
from pipelines.sources.ledger import Ledger, utc_text


def standings(home: Path) -> dict[str, Standing]:
    """How every published period stands."""
    entries = Journal(home).entries()
    return {period: close.standing(entries, period) for period in sorted({entry.period for entry in entries})}


def is_closed(home: Path, period: str) -> bool:
    """Whether nothing of ``period`` may be published now."""
    return close.standing(Journal(home).entries(), period).closed


def waiting_for(settings: Settings, periods: Sequence[str]) -> pl.DataFrame:
    """What has arrived for ``periods`` since the last publication of each: one row a file and table, see ``publish.waiting``."""
    if not periods:
        return pl.DataFrame(schema=WAITING)
    shelf, calendar, files = Shelf(settings.shelf, settings.manifests), company_in(settings.company).calendar, Ledger(settings.home).files()
    facts = {table: pl.read_parquet(settings.frames / f"fact_{table}" / "all.parquet") for table in CONTRACTS}
    since = {}
    for period in periods:
        manifest = shelf.manifest(period)
        if manifest is None:
            raise KeyError(f"{period} is not published")
        since[calendar.period(period)] = utc_text(datetime.fromisoformat(manifest["known_at"]))
    return waiting(facts, CONTRACTS, files, since)


def write_portal(settings: Settings, company: Company) -> None:
    """Every page of the portal, from the last manifest of each period."""
    shelf = Shelf(settings.shelf, settings.manifests)
    quality = pl.read_parquet(settings.frames / "expectation_results" / "all.parquet")
    now = standings(settings.home)
    late = waiting_for(settings, [period for period, one in now.items() if one.closed])
    every = {period: [shelf.manifest(period, number) or {} for number in shelf.publications(period)] for period in shelf.periods()}
    published = {
        period: [portal.Published(one["publication"], one["digest"], one["portal"], one["restatement"]) for one in manifests]
        for period, manifests in every.items()
    }
    sign_off = portal.SignOff(now, late, {one.id: one.name for one in load_people(settings.company).people}, published)
    for name, text in portal.pages([manifests[-1]["portal"] for manifests in every.values()], quality, company, sign_off).items():
        storage.write_text(settings.portal / name, text)
