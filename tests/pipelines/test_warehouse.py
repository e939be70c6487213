"""The warehouse: a period replaced whole or not at all, the same answers from both databases."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from pipelines import storage
from pipelines.contracts.marts import MARTS
from pipelines.errors import WarehouseError
from pipelines.publish.schema import VIEWS, schemas
from pipelines.publish.warehouse import Warehouse, sqlite_url
from tests.builders import fact_rows, money


def sales(period: str, *amounts: str) -> pl.DataFrame:
    return fact_rows(
        "sales_line",
        *({"document_no": f"{period}-{i}", "document_date": date(2026, 10, 1), "net_amount": money(amount), "period": period, "region_code": "R"}
          for i, amount in enumerate(amounts)),
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request, tmp_path):
    if request.param == "sqlite":
        return Warehouse(sqlite_url(tmp_path / "warehouse.db"))
    one = Warehouse(request.getfixturevalue("postgres_url"))
    engine = sa.create_engine(one.url)
    with engine.begin() as connection:
        connection.execute(sa.text("drop schema public cascade"))
        connection.execute(sa.text("create schema public"))
    engine.dispose()
    one.upgrade()
    return one


def total(house: Warehouse) -> str:
    return house.query_csv("select sum(net_amount_e4) as net_amount_e4, count(*) as lines from sales").splitlines()[1]


def test_loading_a_period_twice_leaves_it_once(house):
    house.replace("2026-09", {"fact_sales_line": sales("2026-09", "1.0001")})
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2", "0.5")})
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2", "0.25")})
    assert total(house) == "3.2501,3"


def test_a_failure_in_the_middle_changes_nothing(house, monkeypatch):
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "1")})

    def fail(label: str) -> None:
        if label == "warehouse:commit":
            raise RuntimeError(label)

    monkeypatch.setattr(storage, "checkpoint", fail)
    with pytest.raises(RuntimeError):
        house.replace("2026-10", {"fact_sales_line": sales("2026-10", "99")})
    assert total(house) == "1.0000,1"


def test_every_view_answers_and_has_the_columns_of_its_mart(house):
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "1")})
    for view in VIEWS.glob("*.sql"):
        names, _ = house.query(f"select * from {view.stem}")
        if view.stem in MARTS:
            assert {name.removesuffix("_e4") for name in names} == set(MARTS[view.stem].schema), view.stem


HOLD = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1])
holder.execute("begin exclusive")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_locked_warehouse_is_a_sentence(tmp_path):
    path = tmp_path / "warehouse.db"
    house = Warehouse(sqlite_url(path), wait_seconds=0.1)
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "1")})
    # Locks of a file are a process's own: another one has to hold it.
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WarehouseError, match="locked.*Nothing was changed"):
            house.replace("2026-10", {"fact_sales_line": sales("2026-10", "2")})
        holder.communicate("")
    assert total(house) == "1.0000,1"


def test_a_query_only_reads(house):
    house.replace("2026-10", {"fact_sales_line": sales("2026-10", "1")})
    with pytest.raises(WarehouseError):
        house.query("delete from fact_sales_line")
    assert total(house) == "1.0000,1"


def test_no_warehouse_yet_is_a_sentence(tmp_path):
    with pytest.raises(WarehouseError, match="closebook run"):
        Warehouse(sqlite_url(tmp_path / "none.db")).query("select 1")


def test_every_mart_round_trips_types(house):
    frames = {name: pl.DataFrame(schema=schema) for name, schema in schemas().items()}
    house.replace("2026-10", frames)
    assert house.query("select count(*) from mart_receivables")[1] == [(0,)]
    assert Path(VIEWS / "sales.sql").is_file()
