"""The typed doors to the outside: folders and the warehouse. They hold paths and URLs; opening them waits for the run."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from assets.io import Upstream
from assets.settings import Settings
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.sources.ledger import Ledger


class Doors(dg.ConfigurableResource):
    """Company, inbox, home and warehouse of this code location."""

    company: str
    inbox: str
    home: str
    warehouse_url: str

    @classmethod
    def of(cls, settings: Settings) -> Doors:
        """The doors that ``settings`` name."""
        inbox = str(settings.inbox or "")
        return cls(company=str(settings.company), inbox=inbox, home=str(settings.home), warehouse_url=settings.warehouse)

    @property
    def settings(self) -> Settings:
        """The paths below the home."""
        return Settings(Path(self.company), Path(self.home), Path(self.inbox) if self.inbox else None, self.warehouse_url)

    @property
    def company_folder(self) -> Path:
        """The company's folder."""
        return Path(self.company)

    def upstream(self, context: dg.AssetExecutionContext) -> Upstream:
        """The frames that the asset of ``context`` is made from."""
        return Upstream(context, self.settings.frames)

    def ledger(self) -> Ledger:
        """The ledger of files."""
        return Ledger(Path(self.home))

    def warehouse(self) -> Warehouse:
        """The database that people query."""
        return Warehouse(self.warehouse_url)

    def shelf(self) -> Shelf:
        """The published reports."""
        return Shelf(self.settings.shelf, self.settings.manifests)
