"""What the warehouse is made of: tables from contracts, the views in ``sql/views/``, and which migration a database must have seen.

Loading is ``warehouse``'s, moving a database from one revision to the next ``migrations``'. Nobody but these three opens ``sql/``'s
views and migrations. Alembic is not imported here, so that a nightly run does not pay for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.sources.facts import ADDED, fact_schema

SQL = Path(__file__).parents[2] / "sql"
VIEWS = SQL / "views"
MIGRATIONS = SQL / "migrations"
BY_PERIOD = frozenset(f"fact_{name}" for name, added in ADDED.items() if "period" in added) | frozenset(
    f"mart_{name}" for name, mart in MARTS.items() if "period" in mart.schema
)
"""Tables of which a run replaces its own period; the others it replaces whole."""

LOADED = "closebook_loaded"
"""What the warehouse holds, by period; tables that are replaced whole stand under ``EVERY_PERIOD``."""
EVERY_PERIOD = "*"

_TYPES: dict[Any, Any] = {
    pl.String: sa.Text(), pl.Int64: sa.BigInteger(), pl.Float64: sa.Double(), pl.Boolean: sa.BigInteger(), pl.Date: sa.Date(),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What a database says of itself: the revision of its tables (empty: none yet), and the digest of each view."""

    revision: str
    views: dict[str, str]


def schemas() -> dict[str, pl.Schema]:
    """Every warehouse table with its columns, in frames' types."""
    facts = {f"fact_{name}": fact_schema(name) for name in CONTRACTS}
    return facts | {f"mart_{name}": mart.schema for name, mart in MARTS.items()}


def tables() -> sa.MetaData:
    """Every warehouse table as the contracts have it now, and two of its own: the views' digests, and what is loaded."""
    metadata = sa.MetaData()
    for name, schema in schemas().items():
        table = sa.Table(name, metadata, *(sa.Column(column, _TYPES[dtype.base_type()]) for column, dtype in schema.items()))
        if name in BY_PERIOD:
            sa.Index(f"{name}_period", table.c.period)
    sa.Table("closebook_view", metadata, sa.Column("name", sa.Text()), sa.Column("digest", sa.Text()))
    sa.Table(LOADED, metadata, sa.Column("period", sa.Text()), sa.Column("digest", sa.Text()))
    return metadata


def views() -> dict[str, str]:
    """The select of every view, by name."""
    return {path.stem: path.read_text("utf-8").strip().rstrip(";") for path in sorted(VIEWS.glob("*.sql"))}


def revisions() -> list[str]:
    """Every revision that the program knows, oldest first: the numbers that the migrations' file names begin with."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def wanted() -> Made:
    """What this program needs a database to be."""
    return Made(revisions()[-1], {name: hashlib.sha256(text.encode()).hexdigest() for name, text in views().items()})


def made(ask: Callable[[str], Sequence[Sequence[Any]]], *, sqlite: bool) -> Made:
    """What the database is that ``ask`` (statement → rows) leads to."""
    there = "select count(*) from sqlite_master where name = 'alembic_version'"
    if not sqlite:
        there = "select count(*) from pg_class where oid = to_regclass('alembic_version')"
    if not ask(there)[0][0]:
        return Made("", {})
    revision = ask("select version_num from alembic_version")
    digests = {str(name): str(digest) for name, digest in ask("select name, digest from closebook_view")}
    return Made(str(revision[0][0]) if revision else "", digests)


def make_tables(connection: sa.Connection) -> None:
    """All tables in an empty database, at the last revision: the same as every migration after the other, as the tests prove."""
    tables().create_all(connection)
    connection.execute(sa.text("create table alembic_version (version_num VARCHAR(32) not null primary key)"))
    connection.execute(sa.text("insert into alembic_version values (:revision)"), {"revision": wanted().revision})


def drop_views(connection: sa.Connection) -> None:
    """Take away the views that were made here, so that what they read can be altered."""
    for (name,) in connection.execute(sa.text("select name from closebook_view")).all():
        connection.exec_driver_sql(f'drop view if exists "{name}"')
    connection.execute(sa.text("delete from closebook_view"))


def make_views(connection: sa.Connection) -> None:
    """Make every view, and note which it is."""
    digests = wanted().views
    for name, text in views().items():
        connection.execution_options(no_parameters=True).exec_driver_sql(f'create view "{name}" as {text}')
        connection.execute(
            sa.text("insert into closebook_view (name, digest) values (:name, :digest)"), {"name": name, "digest": digests[name]}
        )
