"""Frames between assets are Parquet: ``<root>/<asset>/<period or all>.parquet``, written beside and renamed.

A frame that this process has just written or read is handed on from memory: a month's assets share the same facts, and
reading them again for each mart would cost more than computing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import dagster as dg
import polars as pl

from pipelines import storage


class FrameStore(dg.ConfigurableIOManager):
    """Keeps ``pl.DataFrame`` as Parquet and anything else as JSON."""

    root: str
    _memory: ClassVar[dict[Path, Any]] = {}

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write the frame (or JSON value) of this asset and partition."""
        path = self._path(context)
        if isinstance(obj, pl.DataFrame):
            storage.write_parquet(path.with_suffix(".parquet"), obj)
            context.add_output_metadata({"dagster/row_count": obj.height})
        else:
            text = json.dumps(obj, ensure_ascii=False, sort_keys=True, indent=1)
            storage.write_text(path.with_suffix(".json"), text + "\n")
        self._memory[path] = obj

    def load_input(self, context: dg.InputContext) -> Any:
        """What ``handle_output`` wrote for the upstream asset."""
        return self.load(self._path(context))

    @classmethod
    def load(cls, *paths: Path) -> Any:
        """What stands at the first of ``paths`` (without their suffix) that there is."""
        for path in paths:
            if path in cls._memory:
                return cls._memory[path]
        for path in paths:
            if path.with_suffix(".parquet").is_file():
                value: Any = pl.read_parquet(path.with_suffix(".parquet"))
            elif path.with_suffix(".json").is_file():
                value = json.loads(path.with_suffix(".json").read_text("utf-8"))
            else:
                continue
            cls._memory[path] = value
            return value
        raise FileNotFoundError(f"{paths[0]}: not made yet.")

    @classmethod
    def forget(cls, key: str | None = None) -> None:
        """Drop what is remembered, all or one period's: its run has ended, or its files may have been changed by another process."""
        for path in [path for path in cls._memory if key in (None, path.name)]:
            del cls._memory[path]

    def _path(self, context: dg.OutputContext | dg.InputContext) -> Path:
        key = context.asset_partition_key if context.has_asset_partitions else "all"
        return Path(self.root) / context.asset_key.path[-1] / key


class Upstream(Mapping[str, Any]):
    """What an asset is made from, by the names in its ``deps``, read when it is asked for.

    As inputs each would be two events in Dagster's history, two thirds of all that a close writes there, and be loaded whether it is
    used or not. The graph is the same.
    """

    def __init__(self, context: dg.AssetExecutionContext, root: Path) -> None:
        self._root = root
        self._names = sorted(key.path[-1] for key in context.assets_def.dependency_keys)
        # An asset is made for each period or for all of them, so that only one of both can be there.
        self._keys = (context.partition_key, "all") if context.has_partition_key else ("all",)

    def __getitem__(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(name)
        return FrameStore.load(*(self._root / name / key for key in self._keys))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
