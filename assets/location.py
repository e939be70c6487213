"""The module that ``workspace.yaml`` names: what Dagster's page and daemon load, for the company that the environment names.

The command does not import it: it has settings of its own, and everything would be made twice.
"""

from __future__ import annotations

from assets.definitions import definitions
from assets.settings import ROOT, Settings


def _chosen() -> Settings:
    """The settings of the environment; before ``make demo`` the demo's configuration, so that the graph can be looked at."""
    settings = Settings.from_environment()
    if settings.company.is_dir():
        return settings
    return Settings.of(ROOT / "companies" / "demo", settings.home, settings.inbox)


defs = definitions(_chosen())
