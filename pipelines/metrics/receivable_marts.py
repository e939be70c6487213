"""All marts of receivables (``domain.md`` M3) for a period, from one arrangement of the facts."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.metrics import confirmations, credit, dunning, provision, receivable_ratios, receivables
from pipelines.metrics.receivables import Books
from pipelines.sources.facts import Facts


def receivable_marts(
    facts: Facts, company: Company, period: Period, as_of: date | None = None, books: Books | None = None
) -> dict[str, pl.DataFrame]:
    """Every mart of ``RECEIVABLES_MARTS`` by name, as of ``as_of`` (default: the period's last day).

    ``books`` may be given to compute several periods from one arrangement. Raises ``InvariantBroken`` naming the customers
    whose open items less advances are not their balance, or whose line does not roll forward: nothing of receivables is
    published then.
    """
    day = as_of or period.end
    books = books or receivables.books(facts, company)
    state = books.state(day).check()
    return {
        "receivables": credit.receivables(state, books, period),
        "receivables_group": credit.receivables_group(state, books, period),
        "receivables_ageing": receivables.ageing(state, books, period),
        "open_items": receivables.open_items(state, books, period),
        "advances": receivables.advances(state, books, period),
        "receivables_roll_forward": receivable_ratios.roll_forward(state, books, period),
        "receivable_ratios": receivable_ratios.receivable_ratios(state, books, company, period),
        "roll_rates": receivable_ratios.roll_rates(state, books, company, period),
        "provision": provision.provision(state, books, period),
        "provision_effect": provision.provision_effect(state, books, period),
        "dunning": dunning.dunning(state, books, company, period),
        "drafts": credit.drafts(state, books, period),
        **confirmations.confirmations(state, books, company, period),
    }
