"""The command ``closebook`` as people use it: what it prints and how it ends."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assets import command
from assets.settings import ROOT
from pipelines.company.company import load_company
from pipelines.sources.ledger import Ledger
from tests.runs.conftest import Closed, close, settings_in

pytestmark = pytest.mark.slow
COMMANDS = ("demo", "run", "backfill", "query", "status", "layout", "template", "explain", "docs")


def test_help_tells_everything(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n    {name} " in said
    for part in ("exit codes:", "  0  published", "  3  published; files or rows were refused", "  1  nothing published", "examples:"):
        assert part in said


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_each_argument(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    choices = next(one for one in command.parser()._actions if one.dest == "command").choices
    assert choices is not None
    for argument in choices[name]._actions:  # type: ignore[index]
        assert argument.help, f"{name}: {argument.dest} is not explained"
        assert (argument.option_strings or [argument.metavar or argument.dest])[-1] in said


def test_the_first_word_comes_before_anything_heavy_is_loaded() -> None:
    heavy = "import sys; import assets.command as c; c.parser(); print([m for m in ('dagster', 'polars', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_demo_closes_its_latest_month(tmp_path: Path) -> None:
    """As typed into a terminal, with Dagster's history kept."""
    done = subprocess.run([sys.executable, "-m", "assets.command", "demo", "--home", str(tmp_path), "--scale", "0.02"],
                          cwd=ROOT, capture_output=True, text=True, check=False, env=_plain())  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the faults that the demo plants on purpose" in done.stdout
    assert "2026-10 as of 2026-10-31: " in done.stdout
    for place in ("Portal", "Workbooks", "Warehouse"):
        assert f"\n{place}" in done.stdout
    assert (tmp_path / "home" / "portal" / "index.html").is_file()
    progress = [line for line in done.stderr.splitlines() if " s  " in line]
    assert "writing the demo company" in progress[0]
    assert any("loading the warehouse: 2026-10" in line for line in progress)
    assert (tmp_path / "home" / "dagster" / "history" / "runs").is_dir()


def test_demo_over_a_home_of_another_demo_says_to_use_a_fresh_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["demo", "--home", str(tmp_path), "--scale", "0.02", "--write-only"]) == 0
    other = tmp_path / "inbox" / "erp" / "收款单_2026-10.xlsx"
    other.write_bytes(other.read_bytes() + b" ")
    Ledger(tmp_path / "home").land(tmp_path / "inbox", load_company(tmp_path / "company"))
    capsys.readouterr()
    assert command.main(["demo", "--home", str(tmp_path), "--scale", "0.02"]) == 1
    error = capsys.readouterr().err
    assert f"{tmp_path / 'home'} was made by another version, scale or seed of the demo" in error
    assert "Use a fresh one: closebook demo --home ANOTHER." in error
    assert "with the same arrival time" in error


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CLOSEBOOK_")}


def test_query_prints_exact_csv(tiny_closed: Closed, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tiny_closed.home)
    assert command.main(["query", "--home", home, "select region_code, sum(net_amount_e4) as net_e4, count(*) as n from sales group by 1 order by 1"]) == 0
    assert capsys.readouterr().out == "region_code,net_e4,n\nR1,4152.0000,6\nR2,4873.0000,4\n"
    assert command.main(["query", "--home", home, "delete from fact_sales_line"]) == 1
    assert capsys.readouterr().err.startswith("closebook: ")
    assert command.main(["query", "--home", home + "-none", "select 1"]) == 1
    assert "no warehouse yet" in capsys.readouterr().err


def test_status_tells_what_is_published(tiny_closed: Closed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["status", "--home", str(tiny_closed.home)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2026-10  as of 2026-10-31, known at 2026-11-02T09:00:00+08:00; refused: 0 files, 1 rows;")
    assert "R13  monthly_review" in said
    assert command.main(["status", "--home", str(tmp_path)]) == 1
    assert "nothing is published here yet" in capsys.readouterr().err


def test_explain_leads_to_file_and_row(tiny_closed: Closed, tiny_sent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["explain", "--home", str(tiny_closed.home), "2026-10", "net_amount", "region_code=R2", "product_line=Bags"]) == 0
    said = capsys.readouterr().out.splitlines()
    with (tiny_sent / "inbox" / "erp" / "sales_line.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    places = {line.split()[-1] for line in said[4:]}
    wanted = [number for number, line in enumerate(lines, start=1) if line[3] in ("D4", "D5") and line[4] == "P1" and line[2] >= "2026-10"]
    assert {place.rsplit("!", 1)[-1] for place in places} == {f"H{number}" for number in wanted}
    assert all(place.startswith("erp/sales_line.csv!") for place in places)
    total = sum(int(lines[number - 1][7]) for number in wanted)
    assert said[2] == f"  = {total:,}.0000 over {len(wanted)} lines"
    assert command.main(["explain", "--home", str(tiny_closed.home), "2026-10", "profit"]) == 1
    assert "cannot be explained" in capsys.readouterr().err


def test_a_template_and_its_layout_read_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["template", "sell_out", "--language", "en", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith(str(tmp_path / "sell_out.xlsx"))
    assert (tmp_path / "sell_out.yaml").read_text("utf-8").count("headings") >= 5
    assert command.main(["layout", str(tmp_path / "sell_out.xlsx")]) == 0
    assert "table: sell_out" in capsys.readouterr().out
    assert command.main(["layout", str(tmp_path / "none.xlsx")]) == 1
    assert "no such file" in capsys.readouterr().err


def test_a_layout_is_tried_before_it_goes_live(tiny_closed: Closed, tiny_sent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--company", str(tiny_sent / "company"), "--home", str(tiny_closed.home)]
    present = (tiny_sent / "company" / "layouts" / "sell_out.yaml").read_text("utf-8")
    changed = tmp_path / "sell_out.yaml"
    changed.write_text(present, "utf-8")
    assert command.main(["layout", "--try", str(changed), *where]) == 0
    assert capsys.readouterr().out == "sell_out: 5 landed files are for it; 0 would be read otherwise than now.\n"
    assert "[qty]" in present
    changed.write_text(present.replace("[qty]", "[quantity]"), "utf-8")
    assert command.main(["layout", "--try", str(changed), *where]) == 0
    said = capsys.readouterr().out
    assert said.startswith("sell_out: 5 landed files are for it; 5 would be read otherwise than now.\n")
    assert "  dealers/D1/sold_2026-10.xlsx: 2 rows, 0 faults → rejected; 2 rows gone, 0 new\n" in said
    assert "expected 'quantity'" in said
    assert command.main(["layout", "--try", str(changed)]) == 1
    assert command.main(["layout"]) == 1


def test_a_company_without_faults_ends_with_zero(spoilt: Path) -> None:
    (spoilt / "inbox" / "dealers" / "D3" / "sold_2026-10.xlsx").unlink()
    rows = (spoilt / "inbox" / "arrivals.csv").read_text("utf-8").splitlines(keepends=True)
    (spoilt / "inbox" / "arrivals.csv").write_text("".join(row for row in rows if "D3/sold" not in row), "utf-8")
    assert close(settings_in(spoilt)).code == 0


def test_the_documented_parts_are_as_generated(tmp_path: Path) -> None:
    assert command.main(["docs", "--out", str(tmp_path)]) == 0
    for path in (path for path in tmp_path.rglob("*") if path.is_file()):
        assert path.read_text("utf-8") == (ROOT / "docs" / path.relative_to(tmp_path)).read_text("utf-8"), path.name


def test_dagster_loads_the_workspace() -> None:
    """The command stands beside this interpreter."""
    dagster = Path(sys.executable).with_name("dagster")
    assert dagster.exists() or shutil.which("dagster")
    done = subprocess.run([str(dagster), "definitions", "validate", "-w", "workspace.yaml"], cwd=ROOT, capture_output=True, text=True, check=False, env=_plain())
    assert done.returncode == 0, done.stdout + done.stderr


def test_query_output_is_csv_for_other_programs(tiny_closed: Closed, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["query", "--home", str(tiny_closed.home), "select * from files"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["status"] for row in rows} == {"live"}
    assert len(rows) == 16
