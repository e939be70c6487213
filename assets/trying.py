"""What a changed layout would change, in lines for a terminal. Reads landed files; changes nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.company.company import load_company
from pipelines.company.layouts import Layout
from pipelines.company.yamlfile import load
from pipelines.errors import ConfigurationError
from pipelines.sources.ledger import Ledger
from pipelines.sources.trial import try_layout

_LINES = 20


def tried(company: Path, home: Path, layout: Path) -> str:
    """One line a file that would be read otherwise than now, by the company's layout of the same file name.

    Raises ``ConfigurationError`` when nothing has landed in ``home``, or the layout is wrong or cannot be tried.
    """
    if not (home / "ledger.db").is_file():
        raise ConfigurationError(f"{home}: nothing has landed here yet. 'closebook run' lands an inbox.")
    trial = try_layout(Ledger(home), load_company(company), layout.stem, load(layout, Layout))
    changed = trial.changed
    said = [f"{layout.stem}: {trial.files.height} landed files are for it; {changed.height} would be read otherwise than now."]
    for row in changed.iter_rows(named=True):
        before, after = (_side(row, side) for side in ("before", "after"))
        said.append(f"  {row['source_file']}: {before} → {after}; {row['gone']} rows gone, {row['new']} new")
        if row["reason_after"]:
            said.append(f"    {row['reason_after']}")
    for side, title in (("before", "Cells that only it can read"), ("after", "Cells that only the present layout can read")):
        faults = trial.faults.filter(pl.col("side") == side)
        if faults.height:
            said.append(f"{title}: {faults.height}")
            said += [
                f"  {row['source_file']}!{row['source_sheet']}!{row['source_row']} {row['column']}: {row['found']} ({row['rule']})"
                for row in faults.head(_LINES).iter_rows(named=True)
            ]
    return "\n".join(said) + "\n"


def _side(row: dict[str, object], side: str) -> str:
    status = row[f"status_{side}"]
    if status != "read":
        return str(status) or "not read"
    return f"{row[f'rows_{side}']} rows, {row[f'faults_{side}']} faults"
