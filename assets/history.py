"""Dagster's own history of runs: in the home, its usual SQLite files, written through one connection a file; or in PostgreSQL.

``CLOSEBOOK_DAGSTER_STORAGE`` (``postgresql+psycopg2://…``) when the home is made puts it there, as does a ``storage:`` in the home's
``dagster/dagster.yaml``; then it is Dagster's own way of writing, and what follows does not matter.

Dagster opens a new engine and connection for each of a run's thousand events, commits each alone, and asks of every step again when
each of its forty inputs was made: a fifth of a close. The files are the same, so that Dagster's page reads them as ever. The one
module here that touches private parts of Dagster: when an upgrade breaks it, delete it and use ``dagster.DagsterInstance.from_config``;
nothing else depends on it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

from pipelines import storage
from pipelines.errors import ConfigurationError

STORAGE = "CLOSEBOOK_DAGSTER_STORAGE"
_DRIVER = "postgresql+psycopg2://"  # what dagster-postgres speaks; SQLAlchemy takes another one when none is named
_QUIET = "telemetry:\n  enabled: false\n"
_IN_POSTGRESQL = f"storage:\n  postgres:\n    postgres_url:\n      env: {STORAGE}\n"
_WHERE = frozenset({"storage", "run_storage", "event_log_storage", "schedule_storage"})

_IN_DROVES = frozenset(
    {"ASSET_MATERIALIZATION_PLANNED", "ASSET_CHECK_EVALUATION_PLANNED", "STEP_OUTPUT", "HANDLED_OUTPUT", "ASSET_MATERIALIZATION",
     "ASSET_CHECK_EVALUATION"}
)  # fmt: skip
"""Events that wait for the next other one (a step starts, ends, fails; the run ends) and are committed with it."""


class SqliteHistory(SqliteEventLogStorage):
    """Events in SQLite for the one process that runs in this home: engines are kept until the instance is left, and so is what was read."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._waiting: list[Any] = []
        self._open: dict[str, Connection] | None = None
        self._stack = ExitStack()
        self._tables: set[str] = set()
        self._records: dict[dg.AssetKey, AssetRecord | None] = {}
        self._tags: dict[tuple[Any, ...], Any] = {}
        self._busy = threading.RLock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> SqliteHistory:
        """Dagster makes it by this."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._busy:
            if self._open is None:
                self._write()
            engine = self._engine_of(shard)
            if self._open is None:
                with engine.begin() as connection:
                    yield connection
            else:
                if shard not in self._open:
                    self._open[shard] = self._stack.enter_context(engine.begin())
                yield self._open[shard]

    def _engine_of(self, shard: str) -> Engine:
        if shard not in self._engines:
            self._engines[shard] = _engine(self.conn_string_for_shard(shard))
        if shard not in self._initialized_dbs:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        return self._engines[shard]

    def store_event(self, event: Any) -> None:
        """Keep an event; see ``_IN_DROVES``."""
        with self._busy:
            self._waiting.append(event)
            told = event.dagster_event
            if told is not None and told.asset_key is not None:
                self._records.pop(told.asset_key, None)
                self._tags = {asked: found for asked, found in self._tags.items() if asked[0] != told.asset_key}
            if told is None or told.event_type_value not in _IN_DROVES:
                self._write()

    def _write(self) -> None:
        """Commit what waits, in one transaction a file."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        self._open = {}
        try:
            with self._stack:
                for one in waiting:
                    super().store_event(one)
        finally:
            self._open = None

    def has_table(self, table_name: str) -> bool:
        """Tables do not go."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_index_cols_on_connection(self, conn: Connection) -> bool:
        return True  # since 2021; the files here are made by the version that writes them

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[AssetRecord]:
        """What is known of assets; kept until one of their events is stored."""
        if asset_keys is None:
            return super().get_asset_records()
        with self._busy:
            lacking = [key for key in asset_keys if key not in self._records]
            if lacking:
                found = {record.asset_entry.asset_key: record for record in super().get_asset_records(lacking)}
                self._records.update({key: found.get(key) for key in lacking})
            return [record for key in asset_keys if (record := self._records[key]) is not None]

    def get_latest_tags_by_partition(self, asset_key: dg.AssetKey, *arguments: Any, **named: Any) -> Any:
        """The versions of an asset's periods; kept until one of its events is stored."""
        asked = (asset_key, repr(arguments), repr(sorted(named.items())))
        with self._busy:
            if asked not in self._tags:
                self._tags[asked] = super().get_latest_tags_by_partition(asset_key, *arguments, **named)
            return self._tags[asked]

    def dispose(self) -> None:
        """Write what waits, close every file."""
        with self._busy:
            self._write()
            while self._engines:
                self._engines.popitem()[1].dispose()
        super().dispose()


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=1, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def fast(connection: Any, _: Any) -> None:
        # With a write-ahead log a crash loses the last events at most; what is published does not depend on them.
        connection.execute("pragma synchronous = normal")

    return engine


def instance(folder: Path) -> dg.DagsterInstance:
    """The instance whose ``dagster.yaml`` is in ``folder``; a new one keeps its history where ``CLOSEBOOK_DAGSTER_STORAGE`` says.

    Raises ``ConfigurationError`` when the history is in PostgreSQL and its address is not there or names another driver.
    """
    path, address = folder / "dagster.yaml", os.environ.get(STORAGE, "")
    text = path.read_text("utf-8") if path.is_file() else ""
    if text in ("", _QUIET):
        text = _QUIET + (_IN_POSTGRESQL if address else "")
        if not path.is_file() or path.read_text("utf-8") != text:
            storage.write_text(path, text)
    configured = yaml.safe_load(text) or {}
    if not _WHERE.intersection(configured):
        base = str(folder / "history" / "runs")
        ours = {"event_log_storage": {"module": __name__, "class": "SqliteHistory", "config": {"base_dir": base}}}
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=ours))
    if STORAGE in text and not address.startswith(_DRIVER):
        found = f"begins with {address.partition('//')[0]}//" if address else "is not set"
        mend = f"Set it to {_DRIVER}user:password@host/database"
        raise ConfigurationError(f"{path}: Dagster's history is in the database that {STORAGE} names, which {found}. {mend}.")
    return dg.DagsterInstance.from_config(str(folder))
