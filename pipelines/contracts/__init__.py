"""Every table by name. A new table is a contract in one of these modules, listed in its tuple, and a layout."""

from __future__ import annotations

from pipelines.contracts.confirmation import CONFIRMATIONS
from pipelines.contracts.dealer import DEALER
from pipelines.contracts.erp import ERP
from pipelines.contracts.field import FIELD
from pipelines.contracts.market import MARKET
from pipelines.contracts.model import LANGUAGES, PROVENANCE, Column, Contract, Kind, Language, Rule, Text, t
from pipelines.contracts.pay import PAY
from pipelines.contracts.people import PEOPLE
from pipelines.contracts.plan import PLANS

CONTRACTS: dict[str, Contract] = {
    contract.name: contract for contract in (*ERP, *DEALER, *CONFIRMATIONS, *FIELD, *PEOPLE, *MARKET, *PAY, *PLANS)
}
"""Staged tables in an order in which every referenced table stands before the one that refers to it."""
CONFIDENTIAL_TABLES = frozenset(name for name, contract in CONTRACTS.items() if contract.confidential)
"""Staged tables of which no shared report, page or view tells what a row holds."""

__all__ = ["CONFIDENTIAL_TABLES", "CONTRACTS", "LANGUAGES", "PROVENANCE", "Column", "Contract", "Kind", "Language", "Rule", "Text", "t"]
