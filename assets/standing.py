"""How the periods of a home stand, and the portal that shows it: read by runs, by the acts of people, by ``status``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl

from assets.context import company_in
from assets.settings import Settings
from pipelines import storage
from pipelines.company.company import Company
from pipelines.company.people import load_people
from pipelines.contracts import CONTRACTS
from pipelines.publish import close, waiting
from pipelines.publish.close import Standing
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from pipelines.reports import portal
from pipelines.sources.intake import judge_all, taken_from
from pipelines.sources.ledger import Ledger
from pipelines.sources.mixing import kind_of

_DATED = tuple(name for name, contract in CONTRACTS.items() if kind_of(contract) != "document")
"""Tables of master data and plans: a file of theirs is of no one period."""
WAITING = Path("state", "waiting.parquet")
"""Where in a home stands what waited when the portal was last written."""


def standings(home: Path) -> dict[str, Standing]:
    """How every published period stands."""
    entries = Journal(home).entries()
    return {period: close.standing(entries, period) for period in sorted({entry.period for entry in entries})}


def is_closed(home: Path, period: str) -> bool:
    """Whether nothing of ``period`` may be published now."""
    return close.standing(Journal(home).entries(), period).closed


def waiting_for(settings: Settings, periods: Sequence[str]) -> pl.DataFrame:
    """What has come for ``periods`` since the last publication of each: one row a file and table, see ``publish.waiting``."""
    if not periods:
        return pl.DataFrame(schema=waiting.SCHEMA)
    shelf, company, ledger = Shelf(settings.shelf, settings.manifests), company_in(settings.company), Ledger(settings.home)
    files = ledger.files()
    facts = {table: pl.read_parquet(settings.frames / f"fact_{table}" / "all.parquet") for table in CONTRACTS}
    of_tables = frozenset(files.filter(pl.col("table").is_in(_DATED))["delivery"].to_list())
    as_of_today = company.policy.hierarchy_as_of == "today"
    folders = {path.parent.name: path for path in ledger.companies()}
    published, manifests = {}, {}
    for key in periods:
        manifest = shelf.manifest(key)
        if manifest is None:
            raise KeyError(f"{key} is not published")
        manifests[company.calendar.period(key)] = manifest
        published[company.calendar.period(key)] = frozenset(manifest["deliveries"])
    parts = [waiting.late_documents(facts, CONTRACTS, files, published)]
    for period, manifest in manifests.items():
        if not of_tables <= published[period]:
            before, after = (_judged(settings, company.digest, one) for one in (of_tables & published[period], of_tables))
            parts.append(
                waiting.changed_tables(before, after, CONTRACTS, facts, files, company.calendar, period, as_of_today=as_of_today)
            )
        # A home in which a moment is computed again has the company's folder of that moment and no earlier one.
        if manifest["policy_version"] != company.digest and manifest["policy_version"] in folders:
            parts.append(waiting.changed_policies(folders[manifest["policy_version"]], company.folder, period))
    order = pl.col("period").replace_strict({key: at for at, key in enumerate(periods)}, return_dtype=pl.Int64)
    return pl.concat(parts).sort(order, "arrived_at", "source_file", "table", nulls_last=True)


@lru_cache(maxsize=16)
def _judged(settings: Settings, _: str, deliveries: frozenset[str]) -> dict[str, pl.DataFrame]:
    """Rows of master data and plans as only ``deliveries`` give them, by table.

    Remembered: a run asks three times and several closed periods share theirs. The second argument is the digest of the company's folder.
    """
    company = company_in(settings.company)
    return judge_all(taken_from(deliveries, _DATED, Ledger(settings.home), company, settings.readings), company, _DATED)


def write_portal(settings: Settings, company: Company) -> None:
    """Every page of the portal, from the last manifest of each period."""
    shelf = Shelf(settings.shelf, settings.manifests)
    quality = pl.read_parquet(settings.frames / "expectation_results" / "all.parquet")
    now = standings(settings.home)
    late = waiting_for(settings, [period for period, one in now.items() if one.closed])
    storage.write_parquet(settings.home / WAITING, late)
    every = {period: [shelf.manifest(period, number) or {} for number in shelf.publications(period)] for period in shelf.periods()}
    published = {
        period: [portal.Published(one["publication"], one["digest"], one["portal"], one["restatement"]) for one in manifests]
        for period, manifests in every.items()
    }
    sign_off = portal.SignOff(now, late, {one.id: one.name for one in load_people(settings.company).people}, published)
    for name, text in portal.pages([manifests[-1]["portal"] for manifests in every.values()], quality, company, sign_off).items():
        storage.write_text(settings.portal / name, text)
