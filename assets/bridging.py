"""The bridge between two publications of a period: everything computed again, one cause at a time.

Code, policy, master data, plan, corrected files, late documents, in this order; each state is a full recomputation from landed files
in a scratch folder of the home. What the states are compared by is ``metrics.restatement``'s, how rows are taken over
``sources.mixing``'s. The program is the later publication's: another one is run by ``run_bridge``.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from assets.context import Clocks
from assets.marts import dealer, owed
from assets.progress import say
from assets.settings import Settings
from pipelines.company.company import Company, load_company
from pipelines.contracts import CONFIDENTIAL_TABLES
from pipelines.contracts.marts import MARTS
from pipelines.errors import ClosebookError, ConfigurationError
from pipelines.metrics import plan_actual, restatement
from pipelines.publish.code import code_version
from pipelines.publish.shelf import Shelf
from pipelines.reports import build
from pipelines.sources import mixing
from pipelines.sources.facts import conform
from pipelines.sources.intake import Intake, judge_all, take_in
from pipelines.sources.ledger import Ledger


@dataclass(frozen=True)
class Side:
    """A publication, or what is about to be one: by what, from what, as of when it was computed, and what came out."""

    number: int
    code: str
    folder: Path
    as_of: date
    known_at: datetime
    deliveries: frozenset[str]
    marts: Mapping[str, pl.DataFrame]
    reports: Mapping[str, str]
    """Content digests by report."""

    @classmethod
    def of(cls, settings: Settings, manifest: Mapping[str, Any]) -> Side:
        """The side that a publication's manifest and kept frames tell of. Raises ``ClosebookError`` when its frames cannot be read."""
        shelf = Shelf(settings.shelf, settings.manifests)
        try:
            marts = {
                name: pl.read_parquet(shelf.frame_path(manifest["frames"][name]), columns=list(columns))
                for name, columns in restatement.USED.items()
            }
        except (OSError, pl.exceptions.PolarsError) as error:
            raise ClosebookError(
                f"{manifest['period']}: the figures of publication {manifest['publication']} cannot be read by this program: {error}. "
                "'closebook verify' names what is missing; restore it from a backup."
            ) from error
        return cls(
            manifest["publication"], manifest["code_version"], company_folder(settings, manifest["policy_version"]),
            date.fromisoformat(manifest["as_of"]), datetime.fromisoformat(manifest["known_at"]), frozenset(manifest["deliveries"]), marts,
            {f"{one['id']} {one['name']}": one["digest"] for one in manifest["reports"]},
        )  # fmt: skip


@dataclass(frozen=True)
class Bridge:
    """What moved between two sides: marts ``restatement`` and ``restatement_grades``, and the rows of ``mixing.CHANGED_ROWS``.

    Rows of confidential tables count, and are not among ``rows``.
    """

    before: Side
    after: Side
    lines: pl.DataFrame
    grades: pl.DataFrame
    rows: pl.DataFrame
    policy_files: tuple[str, ...]
    """Files of the company's folder that differ."""
    code_with_policy: bool
    """Whether the old folder cannot be read by the new program, so that both causes are one step."""

    @property
    def reports(self) -> tuple[str, ...]:
        """Reports whose content is another, or which one side has not; without those that R25's readers may not see."""
        return tuple(sorted(
            name for name in {*self.before.reports, *self.after.reports}
            if self.before.reports.get(name) != self.after.reports.get(name)
            and build.kind(name.partition(" ")[2]).audience not in build.CONFIDENTIAL
        ))  # fmt: skip


def company_folder(settings: Settings, digest: str) -> Path:
    """Where the landed version of the company's folder stands. Raises ``ClosebookError`` when it is not there."""
    for path in Ledger(settings.home).companies():
        if path.parent.name == digest:
            return path
    raise ClosebookError(f"{settings.home / 'companies'}: the company's folder of version {digest[:12]} is gone. Restore it from a backup.")


def bridge(settings: Settings, period: str, before: Side, after: Side) -> Bridge:
    """Everything that moved between two publications of ``period``, by cause.

    Raises ``InvariantBroken`` when the causes do not add up, ``ClosebookError`` when the later one is of another program.
    """
    if after.code != code_version():
        raise ClosebookError(f"{period}: publication {after.number} was computed by another program; its own bridges to it.")
    with scratch(settings) as place:
        company, steps = load_company(after.folder), []
        then = Clocks(before.as_of, before.known_at)
        old_company, joined = _old(before, after, company)
        old = _taken_in(settings, place / "old", before, old_company)
        say(f"bridge of {period}: publication {before.number} again")
        marts = marts_of(old, old_company, period, then)
        if old_company is not company:
            steps.append(("code", marts))
            old = _taken_in(settings, place / "policy", before, company)
            say(f"bridge of {period}: policy")
            marts = marts_of(old, company, period, then)
            steps.append(("policy", marts))
        else:
            steps.append(("policy" if joined else "code", marts))
        if before.code == after.code:
            restatement.unchanged(period, before.marts, steps[0][1])
        new = _taken_in(settings, place / "new", after, company)
        rows = mixing.changed_rows(old, new)
        for step in mixing.STEPS:
            if _moves(old, new, rows, step):
                say(f"bridge of {period}: {step.replace('_', ' ')}")
                marts = marts_of(mixing.taken_to(old, new, step), company, period, then)
            steps.append((step, marts))
        if after.as_of != before.as_of:
            marts = marts_of(new, company, period, Clocks(after.as_of, after.known_at))
        steps.append(("business_day", marts))
        lines = restatement.restatement(period, before.marts, steps, after.marts)
        grades = restatement.grades_moved(period, before.marts, steps)
        by_then = pl.col("business_date").is_null() | (pl.col("business_date") <= after.as_of)
        seen = rows.filter(by_then & ~pl.col("table").is_in(CONFIDENTIAL_TABLES))
        return Bridge(before, after, lines, grades, seen, _differing(before.folder, after.folder), joined)


def marts_of(intake: Intake, company: Company, period: str, at: Clocks) -> dict[str, pl.DataFrame]:
    """The marts of ``restatement.USED`` for what was taken in: judged, conformed and computed as a close does."""
    facts = conform(judge_all(intake, company), company, intake.delivered)
    its_period = company.calendar.period(period)
    found: dict[str, pl.DataFrame] = {"plan_actual": plan_actual.plan_actual(facts, company, its_period, as_of=at.as_of)}
    found |= owed(facts, company, its_period, at, {})
    found |= dealer(facts, company, its_period, at, {"mart_receivables": _typed("receivables", found["receivables"])})
    return {name: _typed(name, found[name]) for name in restatement.USED}


def _typed(mart: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(column).cast(dtype) for column, dtype in MARTS[mart].schema.items())


def _old(before: Side, after: Side, company: Company) -> tuple[Company, bool]:
    """The company's folder of ``before``, and whether it is taken with the new one because the program cannot read it."""
    if before.folder == after.folder:
        return company, False
    try:
        return load_company(before.folder), False
    except ConfigurationError:
        # It was read by the program of then: this one asks for another form, so that both changed together.
        if before.code == after.code:
            raise
        return company, True


def _moves(old: Intake, new: Intake, rows: pl.DataFrame, step: mixing.Step) -> bool:
    """Whether ``step`` can move anything: rows of it differ, or cells that could not be read, or a table came or went."""
    if rows.filter(pl.col("cause") == step).height or old.delivered != new.delivered:
        return True
    said = ["table", "rule", "column", "found", "document", "delivered"]
    return not old.faults.select(said).sort(said).equals(new.faults.select(said).sort(said))


def _taken_in(settings: Settings, home: Path, side: Side, company: Company) -> Intake:
    ledger = Ledger(settings.home).branch(home, side.known_at, side.deliveries)
    ledger.land(None, company)
    return take_in(ledger, company, settings.readings)


def _differing(before: Path, after: Path) -> tuple[str, ...]:
    def contents(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    one, other = contents(before), contents(after)
    return tuple(sorted(name for name in {*one, *other} if one.get(name) != other.get(name)))


@contextlib.contextmanager
def scratch(settings: Settings) -> Iterator[Path]:
    """A folder of the home for as long as it is needed; what a killed run left in it goes first."""
    place = settings.scratch
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place)
