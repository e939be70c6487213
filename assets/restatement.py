"""R25: each publication after a period's first one is bridged to the one before it, and the bridge is printed with it.

The bridge stands beside the publication, not in its content: what is signed are the reports. What it says is
``reports.restatement``'s, how it is computed ``bridging``'s.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from assets import bridging
from assets.alone import alone
from assets.bridging import Bridge, Side
from assets.context import clocks, company_in
from assets.kept_program import run_kept
from assets.progress import say
from assets.settings import Settings
from pipelines import storage
from pipelines.company.company import load_company
from pipelines.company.people import load_people
from pipelines.contracts.model import Language
from pipelines.errors import ClosebookError
from pipelines.metrics.restatement import CAUSES
from pipelines.money import plain
from pipelines.publish.code import code_version
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from pipelines.reports import catalogue
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import restatement as report
from pipelines.reports.digest import content_digest
from pipelines.reports.formats import Reader
from pipelines.reports.model import Report
from pipelines.reports.writers.printing import printed
from pipelines.sources.ledger import delivered_tables

FRAMES = ("restatement", "restatement_grades", "changed_rows")
"""What is kept of a bridge beside its files."""
_OF_COMPANY = (pl.col("cut") == "company") & (pl.col("span") == "period") & (pl.col("unit") == "")


def restate(
    settings: Settings, context: ReportContext, last: Mapping[str, Any], marts: Mapping[str, pl.DataFrame], reports: Mapping[str, str]
) -> dict[str, Any]:
    """The bridge from the publication ``last`` to what is about to be published, on the shelf; what the manifest says of it.

    ``reports``: content digests by report. A bridge that cannot be built is withheld with its reason; the reports go out.
    """
    period, numbers = context.period.key, {"from": last["publication"], "to": last["publication"] + 1}
    try:
        before = Side.of(settings, last)
        after = Side(
            numbers["to"], code_version(), bridging.company_folder(settings, context.company.digest), context.as_of, context.known_at,
            frozenset(context.files["delivery"].unique().to_list()), marts, reports,
        )  # fmt: skip
        found = bridging.bridge(settings, period, before, after)
    except ClosebookError as error:
        say(f"R25 {report.NAME} is withheld: {error}")
        return {**numbers, "withheld": str(error)}
    told = _built(settings, found, context)
    say(f"R25 {report.NAME}: publication {before.number} to {after.number}")
    shelf = Shelf(settings.shelf, settings.manifests)
    digest = content_digest(told)
    placed = shelf.put(period, f"{report.ID}_{report.NAME}", digest, *printed(told, digest))
    frames = dict(zip(FRAMES, (found.lines, found.grades, found.rows), strict=True))
    return {
        **numbers, "id": report.ID, "name": report.NAME, "digest": placed.digest,
        "folder": placed.folder.relative_to(settings.home).as_posix(), "files": dict(placed.files), "proofs": dict(placed.proofs),
        "frames": shelf.keep_frames(frames), "causes": _causes(found.lines),
        "headline": {language: _said(told, language) for language in told.languages},
    }  # fmt: skip


def show_bridge(settings: Settings, period: str, first: int, second: int) -> int:
    """Bridge two publications of ``period``, write R25 beside what is published, print what moved. Returns the exit code.

    Raises ``ClosebookError`` when one of them is not there, ``InvariantBroken`` when the causes do not add up.
    """
    company_in(settings.company).calendar.period(period)
    shelf = Shelf(settings.shelf, settings.manifests)
    manifests = [shelf.manifest(period, number) for number in (first, second)]
    for number, manifest in zip((first, second), manifests, strict=True):
        if manifest is None:
            known = ", ".join(map(str, shelf.publications(period))) or "none"
            raise ClosebookError(f"{period}: there is no publication {number}; there are: {known}.")
    if first >= second:
        raise ClosebookError(f"{period}: name the earlier publication first: closebook bridge {period} {second} {first}.")
    earlier, later = (manifest for manifest in manifests if manifest is not None)
    if later["code_version"] != code_version():
        words = ["bridge", period, str(first), str(second), "--company", str(settings.company), "--home", str(settings.home)]
        return run_kept(settings, later["code_version"], settings.home / "known" / period / "program", words)
    with alone(settings, loads=False):
        found = bridging.bridge(settings, period, Side.of(settings, earlier), Side.of(settings, later))
        told = _built(settings, found, _context(settings, later))
    digest = content_digest(told)
    folder = settings.home / "bridges" / period / f"{first}-{second}" / digest[:12]
    for name, content in printed(told, digest)[0].items():
        storage.write_bytes(folder / name, content)
    sys.stdout.write(_printed(period, found, folder))
    published = later.get("restatement", {})
    if published.get("from") == first and "digest" in published:
        same = published["digest"] == digest
        sys.stdout.write(f"{'The same as' if same else 'Not'} what was published with publication {second}.\n")
        return 0 if same else 1
    return 0


def _built(settings: Settings, found: Bridge, context: ReportContext) -> Report:
    def side(one: Side) -> report.Publication:
        return report.Publication(one.number, one.as_of, one.known_at, one.code, one.folder.parent.name)

    told = report.Restated(
        side(found.before), side(found.after), found.lines, found.grades, found.rows, found.reports, found.policy_files,
        found.code_with_policy, _opened(settings, context.period.key, found.before.number, found.after.number),
    )  # fmt: skip
    return report.build(told, context)


def _opened(settings: Settings, period: str, first: int, second: int) -> tuple[str, str] | None:
    """Who opened the period between the two publications, and why."""
    names = {one.id: one.name for one in load_people(settings.company).people}
    number, opened = 0, None
    for entry in Journal(settings.home).entries():
        if entry.period == period and entry.act == "published":
            number = entry.details["publication"]
        elif entry.period == period and entry.act == "reopened" and first <= number < second:
            opened = (names.get(entry.by, entry.by), entry.details["why"])
    return opened


def _context(settings: Settings, manifest: Mapping[str, Any]) -> ReportContext:
    """The context that a publication's reports were built in, from what is kept of it."""
    shelf = Shelf(settings.shelf, settings.manifests)
    company = load_company(bridging.company_folder(settings, manifest["policy_version"]))
    ties, findings, files = (pl.read_parquet(shelf.frame_path(manifest["frames"][name])) for name in ("tie_outs", "findings", "files"))
    period = company.calendar.period(manifest["period"])
    at = clocks(company, period, files)
    return ReportContext(
        company=company, period=period, as_of=at.as_of, known_at=at.known_at, delivered=delivered_tables(files),
        tie_outs=ties, findings=findings, files=files,
    )  # fmt: skip


def _said(told: Report, language: Language) -> str:
    return catalogue.said(told.headline, Reader(language, told.unit, told.currency))


def _causes(lines: pl.DataFrame) -> dict[str, dict[str, int]]:
    """What each cause moved the company's amounts of the period by, ten-thousandths, by figure."""
    return {
        row["figure"]: {cause: row[cause] for cause in CAUSES if row[cause]} for row in lines.filter(_OF_COMPANY).iter_rows(named=True)
    }


def _printed(period: str, found: Bridge, folder: Path) -> str:
    out = [f"{period}: publication {found.after.number} against {found.before.number}: {found.lines.height} lines moved, "
           f"{found.grades.height} scores, {found.rows.height} rows behind them\n"]  # fmt: skip
    for row in found.lines.filter(_OF_COMPANY).iter_rows(named=True):
        said = ", ".join(f"{cause.replace('_', ' ')} {plain(row[cause], 10_000):+,.2f}" for cause in CAUSES if row[cause])
        before, after = (plain(row[side] or 0, 10_000) for side in ("before", "after"))
        out.append(f"  {row['figure']}: {before:,.2f} -> {after:,.2f}: {said}\n")
    out.append(f"R25  {folder}\n")
    return "".join(out)
