"""The typed doors to the outside: folders and the warehouse. They hold paths and URLs; opening them waits for the run.

A run that has the doors has home and warehouse for itself, whoever started it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from assets.alone import alone
from assets.io import Upstream
from assets.settings import WAIT, Settings
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.sources.ledger import Ledger


class Doors(dg.ConfigurableResource):
    """Company, inbox, home and warehouse of this code location."""

    company: str
    inbox: str
    home: str
    warehouse_url: str
    wait: float = WAIT

    @classmethod
    def of(cls, settings: Settings) -> Doors:
        """The doors that ``settings`` name."""
        inbox = str(settings.inbox or "")
        return cls(
            company=str(settings.company), inbox=inbox, home=str(settings.home), warehouse_url=settings.warehouse, wait=settings.wait
        )

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Doors]:
        """Open for one run at a time."""
        with alone(self.settings, context.log.info if context.log else print):
            yield self

    @property
    def settings(self) -> Settings:
        """The paths below the home."""
        return Settings(Path(self.company), Path(self.home), Path(self.inbox) if self.inbox else None, self.warehouse_url, self.wait)

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
