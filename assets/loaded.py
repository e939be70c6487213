"""Whether the warehouse holds what this home loaded last: what it says of itself, against what the home remembers of its loads.

Loading is ``warehouse``'s; what a warehouse says of itself ``pipelines.publish.warehouse``'.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assets.settings import Settings
from pipelines import storage
from pipelines.publish.schema import EVERY_PERIOD


def remember(settings: Settings, digests: Mapping[str, str]) -> None:
    """Keep in the home what the warehouse says it holds, as ``Warehouse.replace`` has told it."""
    for key, digest in digests.items():
        storage.write_text(_path(settings, key), digest)


def holds(settings: Settings, period: str, loaded: Mapping[str, str]) -> bool:
    """Whether the warehouse (``Warehouse.loaded``) holds what this home loaded last of ``period`` and of tables without one.

    It does not when an older copy of it was put back, or one of another home. What an earlier version loaded neither has noted.
    """
    return all(loaded.get(key, "") == _remembered(settings, key) for key in (period, EVERY_PERIOD))


def _remembered(settings: Settings, key: str) -> str:
    path = _path(settings, key)
    return path.read_text("utf-8") if path.is_file() else ""


def _path(settings: Settings, key: str) -> Path:
    return settings.home / "state" / "loaded" / ("every_period" if key == EVERY_PERIOD else key)
