"""A warehouse from one revision to the next: the migrations in ``sql/migrations/`` by Alembic, then views, roles and grants.

One mechanism for both databases. A run makes an empty SQLite warehouse without Alembic (``schema.make_tables``) and moves one
that is behind by this; in PostgreSQL a run makes and alters nothing, since it may not: 'closebook upgrade' does. Everything happens
in one transaction. ``python -m pipelines.publish.migrations "what changed"`` writes the migration after a contract has changed.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipelines.errors import WarehouseError
from pipelines.publish import schema

LOADER, READER = "closebook_loader", "closebook_reader"
LOAD_LOCK, RUN_LOCK = 0x636C6F7365, 0x636C6F7366
"""Keys of PostgreSQL's advisory locks: held while tables change, and while a run works for a warehouse."""
_ROLES = schema.SQL / "roles.sql"


def upgrade(url: sa.URL, wait_seconds: float) -> str:
    """Move the database at ``url`` to what this program needs; the sentence to print. Published files are not touched.

    Raises ``WarehouseError`` when the database was made by a newer program, else the driver's error; then nothing has changed.
    """
    sqlite = url.get_backend_name() == "sqlite"
    where = url.render_as_string(hide_password=True)
    with transaction(url, wait_seconds) as connection:
        before = made(connection)
        if before.revision and before.revision not in schema.revisions():
            raise newer(where, before)
        if before == schema.wanted() and sqlite:
            return f"The warehouse {where} is at revision {before.revision}: nothing to do."
        old = [] if before.revision else _set_aside(connection)
        if before.revision:
            schema.drop_views(connection)
        _migrate(connection)
        _take_over(connection, old)
        schema.make_views(connection)
        said = "" if sqlite else _granted(connection)
    return f"The warehouse {where} is at revision {schema.wanted().revision} now.{said}"


def newer(where: str, found: schema.Made) -> WarehouseError:
    """What to say of a database that this program does not know."""
    return WarehouseError(f"The warehouse {where} is at revision {found.revision}, made by a newer Closebook than this one. Use that one.")


def made(connection: sa.Connection) -> schema.Made:
    """What the database is now."""
    return schema.made(
        lambda statement: [tuple(row) for row in connection.exec_driver_sql(statement)], sqlite=connection.dialect.name == "sqlite"
    )


def differences(connection: sa.Connection) -> list[Any]:
    """What the database's tables lack of the contracts', or have beside them, as Alembic lists it; empty when they are the same."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
    return list(compare_metadata(context, schema.tables()))


def write(message: str) -> Path | None:
    """Write the next migration: from the last one to the contracts as they are. None when there is nothing to write."""
    from alembic import command

    known = schema.revisions()
    with tempfile.TemporaryDirectory() as scratch, transaction(sa.make_url(f"sqlite:///{scratch}/warehouse.db"), 0) as connection:
        if known:
            _migrate(connection)
        if known and not differences(connection):
            return None
        number = f"{int(known[-1]) + 1 if known else 1:04d}"
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)
    found = next((schema.MIGRATIONS / "versions").glob(f"{number}_*.py"))
    found.write_text("".join(line for line in found.read_text("utf-8").splitlines(keepends=True) if "# ###" not in line), "utf-8")
    return found


@contextmanager
def transaction(url: sa.URL, wait_seconds: float) -> Iterator[sa.Connection]:
    """One transaction for all, alone with the database: data definition too is undone when it fails or is killed."""
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine("sqlite://", poolclass=sa.pool.NullPool, creator=lambda: sqlite3.connect(
            path, timeout=wait_seconds, isolation_level=None))  # fmt: skip

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("begin immediate")
    else:
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    try:
        with engine.begin() as connection:
            if connection.dialect.name != "sqlite":
                # Altering waits for readers, and whoever comes then waits for the altering: so it does not wait long.
                connection.exec_driver_sql(f"set local lock_timeout = {max(1, int(wait_seconds * 1000))}")
                connection.exec_driver_sql(f"select pg_advisory_xact_lock({LOAD_LOCK})")
            yield connection
    finally:
        engine.dispose()


def _config(connection: sa.Connection) -> Any:
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "tables": schema.tables(), "include_object": _is_ours})
    config.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _migrate(connection: sa.Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")


def _is_ours(_: Any, name: str | None, kind: str, __: bool, ___: Any) -> bool:
    """Other tables in the database are other people's."""
    return kind != "table" or (name or "").startswith(("fact_", "mart_", "closebook_"))


def _set_aside(connection: sa.Connection) -> list[str]:
    """Tables that a run made before there were migrations (``closebook_definition`` lists them): their names, once they are renamed."""
    if not sa.inspect(connection).has_table("closebook_definition"):
        return []
    names = [name for (name,) in connection.exec_driver_sql("select name from closebook_definition")]
    old = [name for name in names if name.startswith(("fact_", "mart_"))]
    for name in names:
        if name not in old:
            connection.exec_driver_sql(f'drop view if exists "{name}"')
    for name in old:
        connection.exec_driver_sql(f'drop index if exists "{name}_period"')
        connection.exec_driver_sql(f'alter table "{name}" rename to "old_{name}"')
    connection.exec_driver_sql("drop table closebook_definition")
    return old


def _take_over(connection: sa.Connection, names: list[str]) -> None:
    """Rows that were set aside into the tables as they are now: closed periods are not loaded again."""
    known = schema.schemas()
    for name in names:
        if name in known:
            there = {column["name"] for column in sa.inspect(connection).get_columns(f"old_{name}")}
            shared = ", ".join(f'"{column}"' for column in known[name].names() if column in there)
            connection.exec_driver_sql(f'insert into "{name}" ({shared}) select {shared} from "old_{name}"')
        connection.exec_driver_sql(f'drop table "old_{name}"')


def _granted(connection: sa.Connection) -> str:
    """Roles, when they may be made, and what they may do; what is lacking, said."""
    roles = {name for (name,) in connection.execute(
        sa.text("select rolname from pg_roles where rolname in (:loader, :reader)"), {"loader": LOADER, "reader": READER})}  # fmt: skip
    if len(roles) < 2:
        if not connection.exec_driver_sql("select rolsuper or rolcreaterole from pg_roles where rolname = current_user").scalar():
            who = f"The roles {LOADER} and {READER} are not there and may not be made"
            return f" {who}: let an administrator run {_ROLES}, then upgrade again."
        connection.execution_options(no_parameters=True).exec_driver_sql(_ROLES.read_text("utf-8"))
    place = connection.dialect.identifier_preparer.quote(str(connection.exec_driver_sql("select current_schema()").scalar()))
    connection.exec_driver_sql(f"grant usage on schema {place} to {LOADER}, {READER}")
    for name in [*schema.tables().tables, "alembic_version"]:
        changes = "select" if name in ("closebook_view", "alembic_version") else "select, insert, delete"
        connection.exec_driver_sql(f'grant {changes} on "{name}" to {LOADER}')
    for name in schema.views():
        connection.exec_driver_sql(f'grant select on "{name}" to {LOADER}, {READER}')
    return ""


if __name__ == "__main__":
    written = write(" ".join(sys.argv[1:]) or "tables follow their contracts")
    sys.stdout.write(f"{written}\n" if written else "The contracts are what the migrations make: nothing to write.\n")
