"""What a person can get wrong: each ends with a sentence that says what to mend, and with nothing half written."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets import command
from assets.io import FrameStore
from assets.resources import Doors
from pipelines import storage
from pipelines.publish.warehouse import Warehouse
from tests.runs import tiny
from tests.runs.conftest import Closed, everything, published, same

pytestmark = pytest.mark.slow


def run(folder: Path, capsys: pytest.CaptureFixture[str], period: str = "2026-10") -> tuple[int, str, list[str]]:
    """Exit code, standard output and the sentences on standard error."""
    FrameStore.forget()
    arguments = ["run", "--period", period]
    for name in ("company", "inbox", "home"):
        arguments += [f"--{name}", str(folder / name)]
    code = command.main(arguments)
    FrameStore.forget()
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, [line.removeprefix("closebook: ") for line in err.splitlines() if line.startswith("closebook: ")]


def refused(folder: Path, capsys: pytest.CaptureFixture[str], period: str = "2026-10") -> str:
    """The one sentence of a run that must publish nothing."""
    code, out, said = run(folder, capsys, period)
    assert (code, out, len(said)) == (1, "", 1)
    assert not list(folder.rglob(f"*{storage.PART}"))
    return said[0]


def nothing_published(folder: Path) -> None:
    assert published(folder / "home") == {}
    assert not (folder / "home" / "warehouse.db").exists()


def test_no_inbox(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(spoilt / "inbox")
    assert refused(spoilt, capsys) == f"{spoilt / 'inbox'}: there is no such inbox folder. Give --inbox the folder in which the delivered files are."
    nothing_published(spoilt)


def test_an_empty_inbox(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(spoilt / "inbox")
    (spoilt / "inbox").mkdir()
    assert refused(spoilt, capsys) == f"{spoilt / 'inbox'}: the inbox has no files to land. Put the delivered files there, or check --inbox."
    nothing_published(spoilt)


def test_no_company(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(spoilt / "company")
    assert str(spoilt / "company") in refused(spoilt, capsys)
    nothing_published(spoilt)


def test_a_period_that_the_calendar_does_not_have(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(spoilt, capsys, "2026-13")
    assert "2026-13" in said
    nothing_published(spoilt)


def test_a_policy_with_a_misspelt_key(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = spoilt / "company" / "policy.yaml"
    policy.write_text(tiny.POLICY + "receivables:\n  dso_month: 3\n", "utf-8")
    said = refused(spoilt, capsys)
    assert f"{policy}:7" in said
    assert "dso_month" in said
    assert not (spoilt / "home").exists()


def test_a_layout_for_a_column_that_the_table_does_not_have(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = spoilt / "company" / "layouts" / "plan.yaml"
    lines = layout.read_text("utf-8").splitlines()
    layout.write_text("\n".join([*lines, "  valeu: {headings: [value]}"]) + "\n", "utf-8")
    said = refused(spoilt, capsys)
    assert str(layout) in said
    assert "valeu" in said
    assert not (spoilt / "home").exists()


def test_a_layout_that_says_nothing_of_the_plans_region(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = spoilt / "company" / "layouts" / "plan.yaml"
    layout.write_text("".join(line for line in layout.read_text("utf-8").splitlines(keepends=True) if "region_code" not in line), "utf-8")
    code, out, said = run(spoilt, capsys)
    assert (code, said) == (3, [])
    status, reason = _file(spoilt, "plan.xlsx")
    assert status == "rejected"
    assert "unknown heading 'region_code' in column B" in reason
    assert reason in out


def _file(folder: Path, name: str) -> tuple[str, str]:
    house = Warehouse(f"sqlite:///{folder / 'home' / 'warehouse.db'}")
    [(status, reason)] = house.query(f"select status, reason from files where source_file = '{name}'")[1]
    return str(status), str(reason)


def test_a_layout_for_a_sheet_that_is_missing(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is refused with its reason, on the screen too; the other files close the month."""
    tiny.plan(spoilt / "inbox" / "plan.xlsx", sheet="Budget")
    code, out, said = run(spoilt, capsys)
    assert (code, said) == (3, [])
    status, reason = _file(spoilt, "plan.xlsx")
    assert status == "rejected"
    assert "Plan" in reason
    assert "Budget" in reason
    assert reason in out


def test_a_plan_without_a_region_column(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.plan(spoilt / "inbox" / "plan.xlsx", heading="area")
    code, out, said = run(spoilt, capsys)
    assert (code, said) == (3, [])
    status, reason = _file(spoilt, "plan.xlsx")
    assert status == "rejected"
    assert "region_code" in reason
    assert reason in out


def test_plan_rows_without_a_region(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiny.plan(spoilt / "inbox" / "plan.xlsx", region="")
    code, out, said = run(spoilt, capsys)
    assert (code, said) == (3, [])
    assert "refused: 0 files, 5 rows" in out
    house = Warehouse(f"sqlite:///{spoilt / 'home' / 'warehouse.db'}")
    found = house.query("select rule, cell from quarantine where \"table\" = 'plan' order by cell")[1]
    assert found == [("missing", f"B{row}") for row in range(2, 6)]


def test_two_files_of_one_sender_kind_and_cover_with_the_same_arrival(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = spoilt / "company" / "layouts" / "sell_out.yaml"
    layout.write_text(layout.read_text("utf-8").replace("sold_*.xlsx", "*sold_*.xlsx"), "utf-8")
    rows: list[list[object]] = [["2026-10-05", "D1", "D1-1", "P1", 99]]
    tiny.workbook(spoilt / "inbox" / "dealers" / "D1" / "again_sold_2026-10.xlsx", "Sold",
                  ["sold_on", "dealer_code", "outlet_code", "product_code", "qty"], rows)  # fmt: skip
    tiny.arrivals(spoilt / "inbox")
    said = refused(spoilt, capsys)
    for part in ("dealers/D1/again_sold_2026-10.xlsx", "dealers/D1/sold_2026-10.xlsx", "same arrival time", "arrivals.csv"):
        assert part in said
    nothing_published(spoilt)
    tiny.arrivals(spoilt / "inbox", late={"dealers/D1/again_sold_2026-10.xlsx": "2026-11-03T09:00:00+08:00"})
    assert run(spoilt, capsys)[0] == 3


@pytest.mark.parametrize("where", ["written seen.parquet", "written sales_monthly", "warehouse:mart_receivables", "written 2026-10.json"])
def test_no_space_left(where: str, spoilt: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(label: str) -> None:
        if label.startswith(where):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(spoilt / "home"))

    with monkeypatch.context() as patch:
        patch.setattr(storage, "checkpoint", full)
        patch.setattr("time.sleep", lambda _: None)
        assert refused(spoilt, capsys).startswith(f"No space left on the disk ({spoilt / 'home'}). Nothing was published.")
    assert not list((spoilt / "home").glob("manifests/*"))
    assert not list((spoilt / "home").glob("portal/*"))
    house = spoilt / "home" / "warehouse.db"
    if house.exists() and where.startswith("warehouse"):
        assert Warehouse(f"sqlite:///{house}").query("select count(*) from fact_sales_line")[1] == [(0,)]


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("begin exclusive")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_locked_warehouse(tiny_closed: Closed, spoilt: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(tiny_closed.home, spoilt / "home")
    before = everything(spoilt / "home")
    # A new receipt would change the figures.
    receipts = spoilt / "inbox" / "erp" / "receipt.csv"
    receipts.write_text(receipts.read_text("utf-8") + "C9,2026-10-30,D1,1\n", "utf-8")
    tiny.arrivals(spoilt / "inbox", late={"erp/receipt.csv": "2026-11-03T09:00:00+08:00"})
    monkeypatch.setattr(Doors, "warehouse", lambda doors: Warehouse(doors.warehouse_url, wait_seconds=0.1))
    monkeypatch.setattr("time.sleep", lambda _: None)
    path = spoilt / "home" / "warehouse.db"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        said = refused(spoilt, capsys)
        holder.communicate("")
    assert "locked" in said
    assert str(path) in said
    after = everything(spoilt / "home")
    kept = ("manifests/", "portal/", "warehouse.db:")
    same({name: after[name] for name in after if name.startswith(kept)}, {name: before[name] for name in before if name.startswith(kept)})
    assert run(spoilt, capsys)[0] == 3
    [(receipts_now,)] = Warehouse(f"sqlite:///{path}").query("select count(*) from fact_receipt where receipt_no = 'C9'")[1]
    assert receipts_now == 1
