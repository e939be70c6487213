"""The warehouse: facts and marts in SQLite or PostgreSQL, a period replaced at a time, and the views that people query.

Tables follow the contracts (``fact_<table>``, ``mart_<mart>``) and hold the same integers as the frames; ``sql/views/`` turns
them into currency units. What they are made of is ``schema``'s, how a database gets there ``migrations``'. Nothing is computed here.
A load changes rows and nothing else, so that readers see the state before it or after it, and neither waits for the other.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipelines import storage
from pipelines.errors import WarehouseError
from pipelines.publish import schema


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite warehouse at ``path``."""
    return f"sqlite:///{path}"


Ask = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]
"""Rows of a statement whose values are bound by name (``:period``)."""


def content_digest(frames: Mapping[str, pl.DataFrame]) -> str:
    """One digest of the rows of ``frames``, whatever their order."""
    told = [f"{name} {frame.height} {frame.hash_rows(seed=1).cast(pl.UInt128).sum()}" for name, frame in sorted(frames.items())]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


class Warehouse:
    """One database, named by its SQLAlchemy URL (``sqlite:///…`` or ``postgresql+psycopg://…``)."""

    def __init__(self, url: str, *, wait_seconds: float = 10.0) -> None:
        self.url = sa.engine.make_url(url)
        self.wait_seconds = wait_seconds

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def named(self) -> str:
        """Its URL without the password."""
        return self.url.render_as_string(hide_password=True)

    def replace(
        self, period: str, frames: Mapping[str, pl.DataFrame], *, before_commit: Callable[[Ask], None] | None = None
    ) -> dict[str, str]:
        """Load ``frames`` (table name → frame) for ``period`` in one transaction; loading twice leaves it once.

        ``before_commit`` may ask what is loaded while nobody else sees it yet; what it raises undoes the load. Returns what the
        warehouse says from then on that it holds of the period and of tables without one (see ``loaded``).
        Raises ``WarehouseError`` when the database is locked, full or unreachable; then nothing has changed.
        """
        known = schema.schemas()
        chosen = {name: frame.select(known[name].names()) for name, frame in frames.items()}
        digests = {
            key: content_digest({name: frame for name, frame in chosen.items() if (name in schema.BY_PERIOD) == (key == period)})
            for key in (period, schema.EVERY_PERIOD)
        }
        prepared = {name: self._prepared(frame) if frame.height else None for name, frame in chosen.items()}
        with self._translated():
            if self.is_sqlite:
                self._own_file()
            self._load(period, prepared, digests, before_commit)
        return digests

    def loaded(self) -> dict[str, str]:
        """Digest of what the warehouse holds, by period, and of tables without one under ``schema.EVERY_PERIOD``.

        It is written by the load and travels with a copy of the database. Empty where nothing was loaded, or by an earlier version.
        """
        if self.is_sqlite and not Path(self.url.database or "").is_file():
            return {}
        engine = self._reader()
        try:
            with self._translated(), engine.connect() as connection:
                if not sa.inspect(connection).has_table(schema.LOADED):
                    return {}
                rows = connection.exec_driver_sql(f"select period, digest from {schema.LOADED}")
                return {str(period): str(digest) for period, digest in rows}
        finally:
            engine.dispose()

    def _load(
        self, period: str, prepared: Mapping[str, Any], digests: Mapping[str, str], before_commit: Callable[[Ask], None] | None
    ) -> None:
        with self._bulk() as cursor:
            if not self.is_sqlite:
                self._alone_and_current(cursor)
            for name, table in prepared.items():
                if name in schema.BY_PERIOD:
                    placeholder = "?" if self.is_sqlite else "$1"
                    cursor.execute(f'delete from "{name}" where period = {placeholder}', (period,))
                else:
                    cursor.execute(f'delete from "{name}"')
                if table is not None:
                    cursor.adbc_ingest(name, table, mode="append")
                storage.checkpoint(f"warehouse:{name}")
            one, two = ("?", "?") if self.is_sqlite else ("$1", "$2")
            for key, digest in digests.items():
                cursor.execute(f"delete from {schema.LOADED} where period = {one}", (key,))
                cursor.execute(f"insert into {schema.LOADED} values ({one}, {two})", (key, digest))
            if before_commit:
                before_commit(lambda statement, values: self._asked(cursor, statement, values))
        storage.checkpoint("warehouse:committed")

    def _asked(self, cursor: Any, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Rows of ``statement`` through the driver that loads, which knows values by their number only."""
        numbers = {name: f"{'?' if self.is_sqlite else '$'}{number}" for number, name in enumerate(values, start=1)}
        cursor.execute(re.sub(r":(\w+)", lambda found: numbers[found[1]], statement), tuple(values.values()))
        return list(cursor.fetchall())

    def upgrade(self) -> str:
        """Make or alter tables, views, roles and grants as this program needs them; the sentence to print. Rows stay.

        Raises ``WarehouseError`` when another program holds the database or it may not be altered; then nothing has changed.
        """
        from pipelines.publish import migrations

        with self._translated():
            return migrations.upgrade(self.url, self.wait_seconds)

    @contextlib.contextmanager
    def run_lock(self) -> Iterator[Callable[[], bool]]:
        """A function that tries to have this PostgreSQL warehouse for one run, whichever home it is of; what it got goes at the end.

        The server frees it when the process is gone. Loads are kept apart by a lock of their own, so that losing this one is no harm.
        """
        from pipelines.publish.migrations import RUN_LOCK

        engine = self._reader()
        try:
            with self._translated():
                connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            with connection:
                yield lambda: bool(connection.exec_driver_sql(f"select pg_try_advisory_lock({RUN_LOCK})").scalar())
        finally:
            engine.dispose()

    def query(self, statement: str, values: Mapping[str, Any] | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a read-only statement; ``values`` are bound by name (``:period``).

        Raises ``WarehouseError`` with the database's own words.
        """
        if self.is_sqlite and not Path(self.url.database or "").is_file():
            raise WarehouseError(f"{self.url.database}: no warehouse yet. 'closebook run' makes it.")
        engine = self._reader()
        try:
            with engine.connect() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text("set transaction read only"))
                result = connection.execute(sa.text(statement if values else statement.replace(":", r"\:")), values or {})
                if not result.returns_rows:
                    raise WarehouseError("The statement returns no rows. 'closebook query' only reads: use select.")
                return list(result.keys()), [tuple(row) for row in result]
        except sa.exc.SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error)
            raise WarehouseError(f"The warehouse refused the query: {said}") from error
        finally:
            engine.dispose()

    def query_csv(self, statement: str) -> str:
        """A read-only statement's result as CSV; columns ending in ``_e4`` are printed as exact decimals with four places."""
        names, rows = self.query(statement)
        exact = [name.endswith("_e4") for name in names]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            writer.writerow([f"{Decimal(cell).scaleb(-4):.4f}" if e4 and cell is not None else cell
                             for cell, e4 in zip(row, exact, strict=True)])
        return out.getvalue()

    def _reader(self) -> sa.Engine:
        if self.is_sqlite:
            path = Path(self.url.database or "").resolve()
            return sa.create_engine(
                "sqlite://", creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=self.wait_seconds),
                poolclass=sa.pool.NullPool,
            )
        return sa.create_engine(self.url, poolclass=sa.pool.NullPool)

    @contextlib.contextmanager
    def _bulk(self) -> Iterator[Any]:
        """A cursor for bulk loading; commits at the end, rolls everything back on any exception."""
        if self.is_sqlite:
            import adbc_driver_sqlite.dbapi as driver

            path = Path(self.url.database or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = driver.connect(str(path))
        else:
            import adbc_driver_postgresql.dbapi as driver

            connection = driver.connect(self.url.set(drivername="postgresql").render_as_string(hide_password=False))
        try:
            with connection.cursor() as cursor:
                if self.is_sqlite:
                    cursor.execute(f"pragma busy_timeout = {int(self.wait_seconds * 1000)}")
                yield cursor
            storage.checkpoint("warehouse:commit")
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.close()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Driver errors as ``WarehouseError``, without the password that a URL may hold."""
        import adbc_driver_manager

        try:
            yield
        except (adbc_driver_manager.Error, sqlite3.Error, sa.exc.DBAPIError) as error:
            where = self.named
            # The driver adds the statement behind its own words; the reader needs only these.
            said = " ".join(str(getattr(error, "orig", None) or error).split("\nquery:")[0].split())
            if self.url.password:
                said = said.replace(str(self.url.password), "***")
            held = any(word in said for word in ("locked", "lock timeout"))
            hint = "Another program holds it: wait, then run again." if held else "Mend this, then run again."
            raise WarehouseError(f"The warehouse {where} could not be written: {said}. Nothing was changed. {hint}") from error

    def _own_file(self) -> None:
        """The SQLite file of this home, made when it is not there and moved on when it is behind: nobody else would.

        Its log is written ahead, so that a load neither waits for readers nor makes them wait.
        """
        path = Path(self.url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(path, timeout=self.wait_seconds, isolation_level=None)) as database:
            database.execute("pragma journal_mode = wal")
            found = schema.made(lambda statement: database.execute(statement).fetchall(), sqlite=True)
            is_new = not database.execute("select count(*) from sqlite_master").fetchone()[0]
        if found == schema.wanted():
            return
        from pipelines.publish import migrations

        if is_new:
            with migrations.transaction(self.url, self.wait_seconds) as connection:
                schema.make_tables(connection)
                schema.make_views(connection)
        else:
            migrations.upgrade(self.url, self.wait_seconds)

    def _alone_and_current(self, cursor: Any) -> None:
        """In PostgreSQL: one load at a time, and only into tables and views as this program knows them."""
        from pipelines.publish.migrations import LOAD_LOCK, newer

        def ask(statement: str) -> list[Any]:
            cursor.execute(statement)
            return list(cursor.fetchall())

        cursor.execute(f"set local lock_timeout = {max(1, int(self.wait_seconds * 1000))}")
        ask(f"select pg_advisory_xact_lock({LOAD_LOCK}) is null")
        found = schema.made(ask, sqlite=False)
        where = self.named
        if found.revision and found.revision not in schema.revisions():
            raise newer(where, found)
        if found != schema.wanted():
            how = f"is at revision {found.revision or 'none'}, this Closebook needs {schema.wanted().revision} and its views"
            mend = "Its owner types: closebook upgrade --home … --warehouse URL"
            raise WarehouseError(f"The warehouse {where} {how}. {mend}. Nothing was changed.")

    def _prepared(self, frame: pl.DataFrame) -> Any:
        """Arrow in the types that both databases keep: booleans as 0 and 1, on SQLite dates as ISO text."""
        changes = [pl.col(pl.Boolean).cast(pl.Int64)]
        if self.is_sqlite:
            changes.append(pl.col(pl.Date).dt.to_string("iso"))
        table = frame.with_columns(changes).to_arrow()
        import pyarrow as pa

        # Polars hands over large or view strings, which the PostgreSQL driver does not load.
        plain = [pa.field(f.name, pa.string() if pa.types.is_large_string(f.type) or pa.types.is_string_view(f.type) else f.type)
                 for f in table.schema]
        return table.cast(pa.schema(plain))
