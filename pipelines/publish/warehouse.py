"""The warehouse: facts and marts in SQLite or PostgreSQL, a period replaced at a time, and the views that people query.

Tables follow the contracts (``fact_<table>``, ``mart_<mart>``) and hold the same integers as the frames; ``sql/views/`` turns
them into currency units. Nothing is computed here, and nobody but this module opens ``sql/views/``.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipelines import storage
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.errors import WarehouseError
from pipelines.sources.facts import ADDED, fact_schema

VIEWS = Path(__file__).parents[2] / "sql" / "views"
BY_PERIOD = frozenset(f"fact_{name}" for name, added in ADDED.items() if "period" in added) | frozenset(
    f"mart_{name}" for name, mart in MARTS.items() if "period" in mart.schema
)
"""Tables of which a run replaces its own period; the others it replaces whole."""


def schemas() -> dict[str, pl.Schema]:
    """Every warehouse table with its columns, in frames' types."""
    facts = {f"fact_{name}": fact_schema(name) for name in CONTRACTS}
    return facts | {f"mart_{name}": mart.schema for name, mart in MARTS.items()}


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite warehouse at ``path``."""
    return f"sqlite:///{path}"


class Warehouse:
    """One database, named by its SQLAlchemy URL (``sqlite:///…`` or ``postgresql+psycopg://…``)."""

    def __init__(self, url: str, *, wait_seconds: float = 10.0) -> None:
        self.url = sa.engine.make_url(url)
        self.wait_seconds = wait_seconds

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.get_backend_name() == "sqlite"

    def replace(self, period: str, frames: Mapping[str, pl.DataFrame]) -> None:
        """Load ``frames`` (table name → frame) for ``period`` in one transaction; loading twice leaves it once.

        Raises ``WarehouseError`` when the database is locked, full or unreachable; then nothing has changed.
        """
        known = schemas()
        prepared = {name: self._prepared(frame.select(known[name].names())) for name, frame in frames.items()}
        with self._translated(), self._bulk() as cursor:
            self._create(cursor)
            for name, table in prepared.items():
                if name in BY_PERIOD:
                    placeholder = "?" if self.is_sqlite else "$1"
                    cursor.execute(f'delete from "{name}" where period = {placeholder}', (period,))
                else:
                    cursor.execute(f'delete from "{name}"')
                if table.num_rows:
                    cursor.adbc_ingest(name, table, mode="append")
                storage.checkpoint(f"warehouse:{name}")

    def query(self, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a read-only statement. Raises ``WarehouseError`` with the database's own words."""
        if self.is_sqlite and not Path(self.url.database or "").is_file():
            raise WarehouseError(f"{self.url.database}: no warehouse yet. 'closebook run' makes it.")
        engine = self._reader()
        try:
            with engine.connect() as connection:
                if not self.is_sqlite:
                    connection.execute(sa.text("set transaction read only"))
                result = connection.execute(sa.text(statement.replace(":", r"\:")))
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
        except adbc_driver_manager.Error as error:
            where = self.url.render_as_string(hide_password=True)
            # The driver adds the statement behind its own words; the reader needs only these.
            said = " ".join(str(error).split("\nquery:")[0].split())
            if self.url.password:
                said = said.replace(str(self.url.password), "***")
            hint = "Another program holds it: wait, then run again." if "locked" in said else "Mend this, then run again."
            raise WarehouseError(f"The warehouse {where} could not be written: {said}. Nothing was changed. {hint}") from error

    def _create(self, cursor: Any) -> None:
        """Tables and views, made anew when their definition has changed since they were made."""
        tables = self._metadata()
        dialect = self.url.get_dialect()()
        wanted = {name: str(sa.schema.CreateTable(table).compile(dialect=dialect)) for name, table in tables.tables.items()}
        views = {path.stem: path.read_text("utf-8").strip().rstrip(";") for path in sorted(VIEWS.glob("*.sql"))}
        cursor.execute("create table if not exists closebook_definition (name text, digest text)")
        cursor.execute("select name, digest from closebook_definition")
        made = dict(cursor.fetchall())
        # A view may use any table and is cheap: when anything changed, all of them are made again.
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in (wanted | views).items()}
        if digests == made:
            return
        for name in made:
            if name not in wanted:
                cursor.execute(f'drop view if exists "{name}"')
        for name, statement in wanted.items():
            if made.get(name) != digests[name]:
                cursor.execute(f'drop table if exists "{name}"')
                cursor.execute(statement)
                if name in BY_PERIOD:
                    cursor.execute(f'create index "{name}_period" on "{name}" (period)')
        for name, text in views.items():
            cursor.execute(f'create view "{name}" as {text}')
        cursor.execute("delete from closebook_definition")
        for name, digest in digests.items():
            cursor.execute(f"insert into closebook_definition (name, digest) values ('{name}', '{digest}')")

    @staticmethod
    def _metadata() -> sa.MetaData:
        types: dict[Any, Any] = {
            pl.String: sa.Text(), pl.Int64: sa.BigInteger(), pl.Float64: sa.Double(),
            pl.Boolean: sa.BigInteger(), pl.Date: sa.Date(),
        }
        metadata = sa.MetaData()
        for name, schema in schemas().items():
            sa.Table(name, metadata, *(sa.Column(column, types[dtype.base_type()]) for column, dtype in schema.items()))
        return metadata

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
