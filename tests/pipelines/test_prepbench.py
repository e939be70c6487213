"""Six target and KPI sheets of PrepBench, read by layouts alone and compared with its expected tables.

Each folder in ``prepbench`` holds the layouts of a case and, for each expected table, a statement that joins what they read. Nothing
here knows a case.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.company.layouts import Layout
from pipelines.company.yamlfile import load
from pipelines.contracts import CONTRACTS
from pipelines.sources.parse import parse_reading
from pipelines.sources.reader import read
from pipelines.sources.shape import Context, shape

LAYOUTS = Path(__file__).parent / "prepbench"
DATA = Path(os.environ.get("CLOSEBOOK_REAL", Path(__file__).parents[3] / "shared" / "real")) / "prepbench"
OUTPUTS = sorted(LAYOUTS.glob("case_*/*.sql"))

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _data_is_there() -> None:
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA} is missing")
        pytest.skip(f"the real data sets are not part of the project: {DATA} is missing")


def staged(layout_file: Path) -> pl.DataFrame:
    """Every file that the layout is for, read into one frame; no cell may be unreadable."""
    layout = load(layout_file, Layout)
    folder = DATA / layout_file.parent.name
    frames = []
    for path in sorted({path for pattern in layout.files for path in folder.glob(pattern)}):
        reading = shape(read(path), layout, Context(path.relative_to(folder).as_posix(), layout=layout_file.stem))
        parsed = parse_reading(reading, CONTRACTS[layout.table], layout)
        assert parsed.faults.is_empty(), parsed.faults.select("source_file", "cell", "rule", "found").rows()
        assert (reading.totals["stated"] == reading.totals["computed"]).all()
        assert reading.counts["delivered"] == parsed.frame.height + reading.counts["left_out"]
        frames.append(parsed.frame)
    assert frames, f"no file for {layout.files}"
    return pl.concat(frames)


def compared(value: object, kind: str) -> object:
    """A value of either side in one form: numbers to nine decimals, dates and texts as they are."""
    if kind == "number":
        return round(Decimal(str(value)), 9) + 0
    return str(value)


@pytest.mark.parametrize("statement", OUTPUTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_layouts_give_what_is_expected(statement: Path) -> None:
    case = statement.parent
    frames = {path.stem: staged(path) for path in sorted(case.glob("*.yaml"))}
    ours = pl.SQLContext(frames, eager=True).execute(statement.read_text("utf-8"))
    expected = DATA / case.name / "expected"
    kinds = json.loads((expected / "config.json").read_text("utf-8"))["files"][f"{statement.stem}.csv"]["columns"]
    with (expected / f"{statement.stem}.csv").open(encoding="utf-8-sig", newline="") as file:
        theirs = list(csv.DictReader(file))
    assert set(ours.columns) <= set(kinds)
    left = Counter(tuple(compared(row[name], kinds[name]) for name in ours.columns) for row in ours.to_dicts())
    right = Counter(tuple(compared(row[name], kinds[name]) for name in ours.columns) for row in theirs)
    assert left == right


@pytest.mark.parametrize("case", ["case_081", "case_172", "case_271"])
def test_every_delivered_column_is_compared(case: str) -> None:
    columns = json.loads((DATA / case / "expected" / "config.json").read_text("utf-8"))["files"]["output_01.csv"]["columns"]
    named = set(re.findall(r'as "([^"]+)"', (LAYOUTS / case / "output_01.sql").read_text("utf-8")))
    assert named == set(columns)
