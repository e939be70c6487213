"""What the next run would move of what is published, before anything is written: inbox and company's folder as they are now.

Everything happens in the home's scratch folder, with landed and read files linked, not copied. Figures are compared as R25 compares
them, without their causes: these are told by the publication, when there is one.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from assets import bridging
from assets.alone import alone
from assets.bridging import Side
from assets.context import clocks, company_in
from assets.progress import say
from assets.settings import Settings
from assets.standing import standings
from pipelines import storage
from pipelines.company.company import Company
from pipelines.errors import ClosebookError
from pipelines.metrics import restatement
from pipelines.money import plain
from pipelines.publish.close import Standing
from pipelines.publish.shelf import Shelf
from pipelines.sources.intake import Intake, take_in
from pipelines.sources.ledger import Ledger

_LINES_SAID = 12
_COLUMNS = ("figure", "span", "unit", "cut", "key", "label", "before", "after", "difference")


def preview(settings: Settings, first: str | None, last: str | None, out: Path | None) -> int:
    """Say which figures, grades and amounts of published periods would move, and by how much. Returns the exit code.

    ``first``, ``last``: a range of periods, else every published one. ``out``: a CSV with every line. Writes nothing else, lands nothing.
    Raises ``ClosebookError`` when nothing is published.
    """
    company = company_in(settings.company)
    shelf = Shelf(settings.shelf, settings.manifests)
    keys = [one for one in shelf.periods() if (first or one) <= one <= (last or one)]
    for key in (first, last):
        if key:
            company.calendar.period(key)
    if not keys:
        raise ClosebookError(f"{settings.home}: no period of that range is published, so nothing could move. 'closebook run' publishes.")
    with alone(settings, loads=False):
        standing = standings(settings.home)
        with bridging.scratch(settings) as place:
            intake = _taken_in(settings, place, company)
            found: dict[str, tuple[pl.DataFrame, pl.DataFrame]] = {}
            for key in keys:
                say(f"previewing {key}")
                found[key] = _moved(settings, shelf.manifest(key) or {}, company, intake)
    for key, (lines, grades) in found.items():
        sys.stdout.write(_said(standing[key], lines, grades))
    if out is not None:
        _write(out, found)
        sys.stdout.write(f"Every line: {out}\n")
    return 0


def _taken_in(settings: Settings, place: Path, company: Company) -> Intake:
    """What a run would take in now, of what the home has and what lies in the inbox."""
    ledger = Ledger(settings.home).branch(place / "home", datetime.max.replace(tzinfo=UTC))
    (ledger.home / "landed").unlink()
    storage.link_files(settings.home / "landed", ledger.home / "landed")
    storage.link_files(settings.readings, place / "readings")
    landing = ledger.land(settings.inbox, company)
    say(f"in the inbox: {len(landing.new)} files that are not landed yet")
    return take_in(ledger, company, place / "readings", say)


def _moved(settings: Settings, manifest: Mapping[str, Any], company: Company, intake: Intake) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines and the grades of one published period that would be other ones."""
    period = company.calendar.period(manifest["period"])
    before = Side.of(settings, manifest).marts
    after = bridging.marts_of(intake, company, period.key, clocks(company, period, intake.files))
    steps = [("late_document", after)]
    lines = restatement.restatement(period.key, before, steps, after).select("period", *_COLUMNS)
    return lines, restatement.grades_moved(period.key, before, steps)


def _said(now: Standing, lines: pl.DataFrame, grades: pl.DataFrame) -> str:
    head = f"\n{now.period}, publication {now.publication}"
    if now.in_force:
        head += f", signed by {', '.join(f'{one.role.value} {one.by}' for one in now.in_force)}"
    head += ", closed" if now.closed else ""
    if lines.is_empty() and grades.is_empty():
        return f"{head}: nothing would move.\n"
    head += f": {lines.height} lines and {grades.height} scores would move"
    head += f"; nothing does before 'closebook reopen {now.period} --by … --why …'" if now.closed else ""
    company = lines.filter((pl.col("cut") == "company") & (pl.col("span") == "period"))
    told = [
        *_listed([_line(row) for row in (company if company.height else lines).iter_rows(named=True)], "lines"),
        *_listed([
            f"{row['dealer_code']}: grade {row['grade_before']} -> {row['grade_after']}"
            for row in grades.filter(pl.col("grade_before").ne_missing(pl.col("grade_after"))).iter_rows(named=True)
        ], "grades"),
    ]  # fmt: skip
    return "\n".join([head, *(f"  {one}" for one in told)]) + "\n"


def _line(row: Mapping[str, Any]) -> str:
    where = "" if row["cut"] == "company" else f" of {row['cut']} {row['key']}"
    before, after, moved = (plain(row[name] or 0, 10_000) for name in ("before", "after", "difference"))
    return f"{row['figure']}{where}{row['unit'] and ' ' + row['unit']}: {before:,.2f} -> {after:,.2f} ({moved:+,.2f})"


def _listed(told: list[str], what: str) -> list[str]:
    more = len(told) - _LINES_SAID
    return [*told[:_LINES_SAID], *([f"… and {more} more {what}; --out FILE.csv has all"] if more > 0 else [])]


def _write(out: Path, found: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]]) -> None:
    """Every line that would move, amounts as exact decimals; dealers' grades below them as lines of the figure ``grade``."""
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["period", *_COLUMNS])
        writer.writeheader()
        for lines, grades in found.values():
            for row in lines.iter_rows(named=True):
                amounts = {name: "" if row[name] is None else f"{plain(row[name], 10_000):f}" for name in ("before", "after", "difference")}
                writer.writerow(row | amounts)
            for row in grades.iter_rows(named=True):
                writer.writerow({
                    "period": row["period"], "figure": "grade", "span": "period", "cut": "dealer_code", "key": row["dealer_code"],
                    "label": row["name"], "before": row["grade_before"], "after": row["grade_after"],
                })  # fmt: skip
