"""The questions of ``sql/checks``: they hold of what was loaded, on both databases, and each is broken by its own fault alone."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from assets.command import main
from assets.warehouse import mart_asset
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.errors import CheckViolated
from pipelines.publish import checks, migrations
from pipelines.publish.schema import BY_PERIOD
from pipelines.publish.warehouse import Warehouse, sqlite_url
from tests.runs.conftest import Closed

pytestmark = pytest.mark.slow
PERIOD = "2026-10"
OCTOBER = date(2026, 10, 1), date(2026, 10, 31)


def loaded(closed: Closed) -> dict[str, pl.DataFrame]:
    """What the home's last run loaded, table by table."""
    found = {}
    assets = {f"fact_{name}": f"fact_{name}" for name in CONTRACTS} | {f"mart_{name}": mart_asset(name) for name in MARTS}
    for table, asset in assets.items():
        [path] = [one for one in (closed.settings.frames / asset).glob("*.parquet") if one.stem in ("all", PERIOD)]
        frame = pl.read_parquet(path)
        found[table] = frame.filter(pl.col("period") == PERIOD) if table in BY_PERIOD else frame
    return found


def violated(warehouse: Warehouse) -> set[str]:
    return {answer.check.name for answer in checks.of_warehouse(warehouse, PERIOD, *OCTOBER) if not answer.holds}


def test_every_check_holds_of_a_loaded_period_on_both_databases(demo_closed: Closed, postgres_url: str, tmp_path: Path) -> None:
    frames = loaded(demo_closed)
    migrations.upgrade(sa.engine.make_url(postgres_url), 10)
    for house in (Warehouse(sqlite_url(tmp_path / "warehouse.db")), Warehouse(postgres_url)):
        house.replace(PERIOD, frames)
        assert checks.periods_in(house) == [PERIOD]
        assert violated(house) == set()
        wrong = {"mart_cut_off": frames["mart_cut_off"].with_columns(pl.col("by_shipment") + 1)}
        with pytest.raises(CheckViolated, match="cut_off_items"):
            house.replace(PERIOD, wrong, before_commit=lambda ask: checks.require(checks.answers(ask, PERIOD, *OCTOBER)))
        assert violated(house) == set(), "the load was undone"
        house.replace(PERIOD, wrong)
        assert violated(house) == {"cut_off_items"}


FAULTS = {
    "period_loaded_whole": ("delete from mart_plan_series where period = '2026-10'", set()),
    "sales_by_region": ("update mart_plan_actual set actual = actual + 1 where cut = 'region_code' and measure = 'net_amount'", set()),
    "roll_forward_of_facts": ("update mart_receivables_roll_forward set receipts = receipts + 1", set()),
    "open_items_make_balances": ("delete from mart_open_items where rowid = (select min(rowid) from mart_open_items where open_amount <> 0)", set()),
    "keys_once": ("insert into fact_adjustment select * from fact_adjustment where period = '2026-10' limit 1", set()),
    "quarantined_not_loaded": (
        "update fact_receipt set (source_file, source_sha256, source_sheet, source_row, source_column) = (select source_file, source_sha256, "
        "source_sheet, source_row, source_column from mart_quarantine where \"table\" = 'receipt' and severity = 'error' and reason_no = 1 limit 1) "
        "where rowid = (select max(rowid) from fact_receipt where period = '2026-10')", set(),
    ),
    "staged_is_loaded": ("update mart_tie_outs set left_amount = left_amount + 1 where subject = 'sales_line invoice 2026-10'", set()),
    "cut_off_items": ("update mart_cut_off set by_shipment = by_shipment + 1", set()),
    # A sales line that is lost on the way is missed by all that count sales lines.
    "sales_by_region ": (
        "delete from fact_sales_line where rowid = (select min(rowid) from fact_sales_line where period = '2026-10' and document_kind = 'invoice')",
        {"staged_is_loaded", "roll_forward_of_facts"},
    ),
}  # fmt: skip


def test_there_is_a_fault_for_every_check() -> None:
    assert {name.strip() for name in FAULTS} == {check.name for check in checks.all_checks()}
    assert all(check.question.endswith("?") for check in checks.all_checks())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_warehouse_is_found_by_its_check_and_by_no_other(demo_closed: Closed, tmp_path: Path, name: str) -> None:
    statement, also = FAULTS[name]
    shutil.copy(demo_closed.home / "warehouse.db", tmp_path / "warehouse.db")
    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as db:
        assert db.execute(statement).rowcount > 0
        db.commit()
    house = Warehouse(sqlite_url(tmp_path / "warehouse.db"))
    assert violated(house) == {name.strip()} | also
    with pytest.raises(CheckViolated, match=name.strip()):
        checks.require(checks.of_warehouse(house, PERIOD, *OCTOBER))


def test_the_command_asks_them_and_says_what_contradicts_itself(
    demo_closed: Closed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--home", str(demo_closed.home)]) == 0
    assert f"{len(checks.all_checks())} checks of 1 periods: {len(checks.all_checks())} hold." in capsys.readouterr().out
    shutil.copy(demo_closed.home / "warehouse.db", tmp_path / "warehouse.db")
    assert main(["check", "--home", str(tmp_path)]) == 1
    assert "has not published it" in capsys.readouterr().err
    shutil.copytree(demo_closed.home / "manifests", tmp_path / "manifests")
    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as db:
        db.execute("update mart_cut_off set by_shipment = by_shipment + 1")
        db.commit()
    assert main(["check", "--home", str(tmp_path), "--period", PERIOD]) == 1
    assert "2026-10 cut_off_items: Do the documents that C12 lists" in capsys.readouterr().err
    assert main(["check", "--home", str(tmp_path), "--period", "2020-01"]) == 1
