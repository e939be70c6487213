"""Frames between assets are Parquet: ``<root>/<asset>/<period or all>.parquet``, written beside and renamed.

A frame that this process has just written or read is handed on from memory: a month's assets share the same facts, and
reading them again for each mart would cost more than computing it.
"""

from __future__ import annotations

import json
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
        path = self._path(context)
        if path in self._memory:
            return self._memory[path]
        parquet = path.with_suffix(".parquet")
        if parquet.is_file():
            value: Any = pl.read_parquet(parquet)
        else:
            value = json.loads(path.with_suffix(".json").read_text("utf-8"))
        self._memory[path] = value
        return value

    @classmethod
    def forget(cls) -> None:
        """Drop what is remembered: between runs whose files may have been changed by another process."""
        cls._memory.clear()

    def _path(self, context: dg.OutputContext | dg.InputContext) -> Path:
        key = context.asset_partition_key if context.has_asset_partitions else "all"
        return Path(self.root) / context.asset_key.path[-1] / key
