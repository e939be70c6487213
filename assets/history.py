"""Dagster's own history of runs, in the home: its usual SQLite files, written through one connection a file.

Dagster opens a new engine and connection for each of a run's two thousand events, which takes a fifth of a close. The files are the
same, so that Dagster's page reads them as ever. The one module here that touches private parts of Dagster: when an upgrade breaks it,
delete it and use ``dagster.DagsterInstance.from_config``; nothing else depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine


class SqliteHistory(SqliteEventLogStorage):
    """Events in SQLite; engines are kept until the instance is left."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> SqliteHistory:
        """Dagster makes it by this."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = _engine(self.conn_string_for_shard(shard))
            engine = self._engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Close every file."""
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
    """The instance whose ``dagster.yaml`` is in ``folder``, with this history."""
    base = str(folder / "history" / "runs")
    ours = {"event_log_storage": {"module": __name__, "class": "SqliteHistory", "config": {"base_dir": base}}}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=ours))
