"""Databases from one revision to the next: what migrations make is what the contracts say, and who may do what in PostgreSQL."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from pipelines.errors import WarehouseError
from pipelines.publish import migrations, schema
from pipelines.publish.warehouse import Warehouse, sqlite_url
from tests.pipelines.test_warehouse import sales

WRITE = 'A contract has changed. Write the migration: python -m pipelines.publish.migrations "what changed"'


@pytest.fixture
def empty(postgres_url: str) -> Iterator[str]:
    """An empty database of its own."""
    with psycopg.connect(plain(postgres_url), autocommit=True) as server:
        server.execute("drop database if exists house with (force)")
        server.execute("create database house")
        yield sa.make_url(postgres_url).set(database="house").render_as_string(hide_password=False)
        server.execute("drop database house with (force)")


def plain(url: str, user: str | None = None) -> str:
    """What psycopg itself takes, for ``user``."""
    one = sa.make_url(url).set(drivername="postgresql")
    return (one.set(username=user) if user else one).render_as_string(hide_password=False)


def as_role(url: str, role: str) -> str:
    return sa.make_url(url).set(username=role).render_as_string(hide_password=False)


def differences(url: str) -> list[object]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            return migrations.differences(connection)
    finally:
        engine.dispose()


def made_of(path: Path) -> list[tuple[str, ...]]:
    """Every table with its columns, every index, every view of a SQLite file, in the database's own words."""
    with closing(sqlite3.connect(path)) as database:
        names = database.execute("select type, name from sqlite_master where name not like 'sqlite_%' order by 1, 2").fetchall()
        columns = [(name, *map(str, column)) for kind, name in names if kind != "index" for column in database.execute(f'pragma table_info("{name}")')]
        indexes = [(name, *map(str, column)) for kind, name in names if kind == "index" for column in database.execute(f'pragma index_info("{name}")')]
        views = database.execute("select name, sql from sqlite_master where type = 'view' order by 1").fetchall()
    return [*names, *columns, *indexes, *views]


def test_migrations_make_what_the_contracts_say(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "warehouse.db")
    Warehouse(url).upgrade()
    assert differences(url) == [], WRITE
    Warehouse(sqlite_url(tmp_path / "at once.db")).replace("2026-10", {})
    assert made_of(tmp_path / "at once.db") == made_of(tmp_path / "warehouse.db"), "a run makes an empty warehouse without migrations"


def test_migrations_make_what_the_contracts_say_in_postgresql(empty: str) -> None:
    assert len(differences(empty)) > 50, "the comparison sees what is lacking"
    assert Warehouse(empty).upgrade().endswith(f"is at revision {schema.wanted().revision} now.")
    assert differences(empty) == [], WRITE
    with psycopg.connect(plain(empty)) as database:
        database.execute("alter table fact_receipt alter column amount type double precision")
        database.execute("alter table fact_receipt drop column source_row cascade")
        database.commit()
        assert len(differences(empty)) == 2
        database.execute("drop schema public cascade")


def test_migrations_follow_one_another() -> None:
    numbers = schema.revisions()
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)], "two migrations have one number: write the later one again"
    for number, before in zip(numbers, [None, *numbers], strict=False):
        [path] = (schema.MIGRATIONS / "versions").glob(f"{number}_*.py")
        text = path.read_text("utf-8")
        assert f"\nrevision = {number!r}\ndown_revision = {before!r}\n" in text, path


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """A function after which the contracts have a column more, another type of one, and a migration for it."""

    def change() -> None:
        folder = tmp_path / "sql"
        shutil.copytree(schema.MIGRATIONS, folder / "migrations")
        now = schema.tables

        def tables() -> sa.MetaData:
            metadata = now()
            metadata.tables["fact_receipt"].append_column(sa.Column("bank", sa.Text()))
            metadata.tables["fact_receipt"].c.amount.type = sa.Text()
            return metadata

        monkeypatch.setattr(schema, "tables", tables)
        monkeypatch.setattr(schema, "MIGRATIONS", folder / "migrations")
        written = migrations.write("receipts tell their bank")
        assert written is not None
        assert written.name == f"{int(schema.revisions()[-2]) + 1:04d}_receipts_tell_their_bank.py"
        assert migrations.write("nothing") is None

    return change


def test_a_run_moves_its_own_file_on_and_keeps_its_rows(tmp_path: Path, changed: Callable[[], None]) -> None:
    house = Warehouse(sqlite_url(tmp_path / "warehouse.db"))
    house.replace("2026-09", {"fact_sales_line": sales("2026-09", "1")})
    changed()
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
    assert house.query_csv("select sum(net_amount_e4) as n_e4 from sales") == "n_e4\n3.0000\n"
    assert differences(house.url.render_as_string()) == []


def test_a_run_does_not_alter_postgresql_but_says_who_does(empty: str, changed: Callable[[], None]) -> None:
    house = Warehouse(empty)
    with pytest.raises(WarehouseError, match=r"is at revision none.*closebook upgrade.*Nothing was changed"):
        house.replace("2026-09", {"fact_sales_line": sales("2026-09", "1")})
    house.upgrade()
    house.replace("2026-09", {"fact_sales_line": sales("2026-09", "1")})
    last = schema.wanted().revision
    changed()
    with pytest.raises(WarehouseError, match=rf"is at revision {last}.*closebook upgrade"):
        house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
    house.upgrade()
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
    assert house.query_csv("select sum(net_amount_e4) as n_e4 from sales") == "n_e4\n3.0000\n"
    assert differences(empty) == []


def test_a_database_of_a_newer_program_is_left_alone(empty: str, tmp_path: Path) -> None:
    for url in (empty, sqlite_url(tmp_path / "warehouse.db")):
        house = Warehouse(url)
        house.upgrade()
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("update alembic_version set version_num = '9999'"))
        engine.dispose()
        for act in (house.upgrade, lambda house=house: house.replace("2026-10", {})):
            with pytest.raises(WarehouseError, match="9999, made by a newer Closebook"):
                act()


def test_a_changed_view_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = Warehouse(sqlite_url(tmp_path / "warehouse.db"))
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
    now = schema.views()
    monkeypatch.setattr(schema, "views", lambda: {**{name: text for name, text in now.items() if name != "files"}, "lines": "select 7 as n"})
    house.replace("2026-10", {})
    assert house.query("select n from lines")[1] == [(7,)]
    with pytest.raises(WarehouseError, match="no such table: files"):
        house.query("select * from files")


def test_a_warehouse_from_before_there_were_migrations_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("""
            create table closebook_definition (name text, digest text);
            create table fact_receipt (receipt_no text, amount bigint, period text, long_gone text);
            create index fact_receipt_period on fact_receipt (period);
            create table mart_forgotten (period text);
            create view sales as select receipt_no from fact_receipt;
            insert into closebook_definition values ('fact_receipt', '1'), ('sales', '2'), ('mart_forgotten', '3');
            insert into fact_receipt values ('C1', 70000, '2026-09', 'x');
        """)
    house = Warehouse(sqlite_url(path))
    house.replace("2026-10", {})
    assert house.query("select receipt_no, amount, period, source_file from fact_receipt")[1] == [("C1", 70000, "2026-09", None)]
    Warehouse(sqlite_url(tmp_path / "new.db")).replace("2026-10", {})
    assert made_of(path) == made_of(tmp_path / "new.db")


def test_the_loader_loads_and_the_reader_reads_views_only(empty: str) -> None:
    owner = Warehouse(empty)
    owner.upgrade()
    loader, reader = (Warehouse(as_role(empty, role)) for role in (migrations.LOADER, migrations.READER))
    loader.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
    assert reader.query_csv("select sum(net_amount_e4) as n_e4 from sales") == "n_e4\n2.0000\n", "the view reads for its owner"
    for view in schema.views():
        reader.query(f"select * from {view}")
    for table in schema.tables().tables:
        with pytest.raises(WarehouseError, match=f"permission denied for table {table}"):
            reader.query(f"select * from {table}")
    with pytest.raises(WarehouseError, match="permission denied"):
        reader.replace("2026-10", {"fact_sales_line": sales("2026-10", "3")})
    with pytest.raises(WarehouseError, match="must be owner|permission denied"):
        loader.upgrade()
    with psycopg.connect(plain(empty, migrations.READER), autocommit=True) as database:
        settings = [database.execute(f"show {name}").fetchone() for name in ("transaction_isolation", "transaction_read_only", "statement_timeout")]
        assert settings == [("repeatable read",), ("on",), ("1min",)]
        database.execute("set default_transaction_read_only = off")  # a setting is a courtesy; rights are what holds
        for statement in ("delete from fact_sales_line", "insert into sales (period) values ('x')", "create table mine (n int)", "drop view sales"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                database.execute(statement)
    with psycopg.connect(plain(empty, migrations.LOADER), autocommit=True) as database:
        for statement in ("create table mine (n int)", "drop table fact_receipt", "delete from alembic_version", "truncate fact_receipt"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                database.execute(statement)


def test_roles_that_may_not_be_made_are_asked_for(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(plain(empty), autocommit=True) as database:
        database.execute("create role plain_owner login")
        database.execute("alter database house owner to plain_owner")
        monkeypatch.setattr(migrations, "LOADER", "closebook_loader_elsewhere")
        try:
            house = Warehouse(as_role(empty, "plain_owner"))
            assert "let an administrator run" in house.upgrade()
            house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
        finally:
            database.execute("reassign owned by plain_owner to closebook")
            database.execute("drop owned by plain_owner")
            database.execute("drop role plain_owner")
