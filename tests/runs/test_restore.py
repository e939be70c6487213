"""A backup of the home and of the warehouse, as ``docs/operating.md`` says, comes back elsewhere, verifies, and goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from assets import command
from pipelines.publish.warehouse import Warehouse
from tests.conftest import missing, postgres_bin
from tests.runs import tiny
from tests.runs.conftest import close, published, same, settings_in

pytestmark = pytest.mark.slow


@pytest.fixture
def server(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """A function that makes an empty database and gives its URL."""
    plain = sa.make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    made: list[str] = []
    with psycopg.connect(plain, autocommit=True) as database:

        def make(name: str) -> str:
            database.execute(f"drop database if exists {name} with (force)".encode())
            database.execute(f"create database {name}".encode())
            made.append(name)
            return sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

        yield make
        for name in made:
            database.execute(f"drop database if exists {name} with (force)".encode())


def tool(name: str) -> str:
    """A program of PostgreSQL's client, or of the system."""
    folder = postgres_bin()
    found = str(folder / name) if folder and (folder / name).exists() else shutil.which(name)
    if found is None:
        missing(f"{name} is not installed")
    return str(found)


def test_home_and_database_are_restored_elsewhere(
    spoilt: Path, tmp_path: Path, server: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    first = replace(settings_in(spoilt), warehouse=server("house"))
    Warehouse(first.warehouse).upgrade()
    assert close(first, "2026-10").code == 3
    backup = tmp_path / "backup"
    backup.mkdir()
    plain = {name: url.replace("+psycopg", "") for name, url in (("house", first.warehouse), ("other", server("other")))}
    words = 'cp -a "$HOME_FOLDER" "$BACKUP/home" && "$PG_DUMP" --format=custom --file="$BACKUP/warehouse.dump" "$DATABASE"'
    names = {"HOME_FOLDER": str(first.home), "BACKUP": str(backup), "PG_DUMP": tool("pg_dump"), "DATABASE": plain["house"]}
    subprocess.run([tool("flock"), str(first.home / ".lock"), "sh", "-c", words], env={**os.environ, **names}, check=True)
    before = published(first.home)
    rows = Warehouse(first.warehouse).query_csv("select * from sales order by document_no, line_no")
    tables = "select count(*) from mart_receivables"
    counted = Warehouse(first.warehouse).query(tables)
    shutil.rmtree(first.home)
    server("house")  # what was there is gone

    home = tmp_path / "another place" / "restored"
    shutil.copytree(backup / "home", home, symlinks=True)
    restore = [tool("pg_restore"), "--exit-on-error", "--no-owner", f"--dbname={plain['other']}", str(backup / "warehouse.dump")]
    subprocess.run(restore, check=True)
    second = replace(first, home=home, warehouse=plain["other"].replace("postgresql:", "postgresql+psycopg:"))
    assert command.main(["verify", "--home", str(home)]) == 0
    assert capsys.readouterr().out.endswith(": untouched.\n")
    house = Warehouse(second.warehouse)
    assert house.query_csv("select * from sales order by document_no, line_no") == rows
    assert house.query(tables) == counted
    reader = Warehouse(sa.make_url(second.warehouse).set(username="closebook_reader").render_as_string(hide_password=False))
    assert reader.query_csv("select * from sales order by document_no, line_no") == rows, "its rights came back too"

    assert close(second, "2026-10").said.startswith("Nothing new: 2026-10 as published."), "the dump says what it holds"
    files = {name: content for name, content in published(home).items() if not name.startswith("portal/")}
    same(files, {name: content for name, content in before.items() if not name.startswith("portal/")})
    assert close(second, "2026-09").code in (0, 3)
    assert (home / "manifests" / "2026-09" / "0001.json").is_file()
    assert house.query("select count(distinct period) from plan_actual")[1] == [(2,)]
    assert command.main(["verify", "--home", str(home)]) == 0


def test_an_older_warehouse_put_back_under_its_own_name_is_loaded_again(spoilt: Path, tmp_path: Path) -> None:
    settings = settings_in(spoilt)
    warehouse, older = settings.home / "warehouse.db", tmp_path / "older.db"
    assert close(settings).code == 3
    shutil.copyfile(warehouse, older)
    receipts = spoilt / "inbox" / "erp" / "receipt.csv"
    receipts.write_text(receipts.read_text("utf-8") + "C9,2026-10-30,D1,1\n", "utf-8")
    tiny.arrivals(spoilt / "inbox", late={"erp/receipt.csv": "2026-11-03T09:00:00+08:00"})
    loaded = "select count(*) from fact_receipt where receipt_no = 'C9'"
    assert close(settings).rows(loaded) == [(1,)]
    assert close(settings).said.startswith("Nothing new")
    before = published(settings.home)

    shutil.copyfile(older, warehouse)
    assert Warehouse(settings.warehouse).query(loaded)[1] == [(0,)]
    again = close(settings)
    assert "2026-10 as of 2026-10-31" in again.said
    assert again.rows(loaded) == [(1,)]
    warehouse.unlink()
    assert close(settings).rows(loaded) == [(1,)]
    assert close(settings).said.startswith("Nothing new")
    same(published(settings.home), before)

    people = "people: [{id: wang, name: W, roles: [preparer]}, {id: li, name: L, roles: [approver]}]\n"
    (settings.company / "people.yaml").write_text(people, "utf-8")
    where = ["--company", str(settings.company), "--home", str(settings.home)]
    for words in (["sign", "2026-10", "--by", "wang", "--as", "preparer"], ["sign", "2026-10", "--by", "li", "--as", "approver"],
                  ["close", "2026-10", "--by", "li"]):  # fmt: skip
        assert command.main([*words, *where]) == 0
    assert "another copy was put back" not in close(settings).said
    shutil.copyfile(older, warehouse)
    assert f"The warehouse sqlite:///{warehouse} holds something else of it than was loaded" in close(settings).said
    assert Warehouse(settings.warehouse).query(loaded)[1] == [(0,)], "what is closed is not loaded"
