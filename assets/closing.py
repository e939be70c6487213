"""Acts of people on a published period, started by the command: sign, close, reopen. What they mean is ``publish.close``'s.

None of them computes a figure. Each writes one line to the journal and the portal anew, so that what people see is how it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from assets.alone import alone
from assets.context import company_in
from assets.settings import Settings
from assets.standing import write_portal
from pipelines.company.company import Company
from pipelines.company.people import People, Role, load_people
from pipelines.errors import ConfigurationError
from pipelines.publish import close, settled
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from pipelines.sources.ledger import Ledger


def sign(settings: Settings, period: str, by: str, role: Role, moment: datetime, key_file: Path | None) -> str:
    """Sign the current publication of ``period``; the sentence to print."""

    def act(journal: Journal, company: Company, people: People) -> str:
        made = close.add_signature(journal, company.name, people, period, by, role, moment, key_file)
        how = "signed with their key" if made.authenticated else "declared, not authenticated: no key"
        return f"{period}: publication {made.publication}, content {made.digest[:12]}, {made.role} {by} ({how})."

    return _act(settings, period, act)


def close_period(settings: Settings, period: str, by: str, moment: datetime) -> str:
    """Close ``period``; the sentence to print."""

    def act(journal: Journal, _: Company, people: People) -> str:
        settles = settled.settles(Shelf(settings.shelf, settings.manifests), period)
        now = close.close(journal, people, period, by, moment, settles)
        paid = " Its pay is settled: what changes it later is made up for in a later period." if settles else ""
        return f"{period}: closed with publication {now.publication}. What arrives later waits; nothing published changes.{paid}"

    return _act(settings, period, act)


def reopen(settings: Settings, period: str, by: str, why: str, moment: datetime) -> str:
    """Open ``period``; the sentence to print."""

    def act(journal: Journal, _: Company, people: People) -> str:
        close.reopen(journal, people, period, by, why, moment)
        return (
            f"{period}: open again. The next 'closebook run --period {period}' publishes what has changed; "
            "signatures over what was are suspended then."
        )

    return _act(settings, period, act)


def _act(settings: Settings, period: str, act: Callable[[Journal, Company, People], str]) -> str:
    """One act on a period of the company's calendar, alone in the home, with the company's folder as it is now on record."""
    company = company_in(settings.company)
    company.calendar.period(period)
    if not settings.home.is_dir():
        raise ConfigurationError(f"{settings.home}: there is no such home. 'closebook run' makes it.")
    with alone(settings, loads=False):
        Ledger(settings.home).land_company(company)
        sentence = act(Journal(settings.home), company, load_people(settings.company))
        write_portal(settings, company)
    return sentence
