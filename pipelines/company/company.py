"""A company's folder, loaded and validated whole: ``policy.yaml``, ``calendar.yaml``, ``layouts/*.yaml``.

Optional beside them: ``senders.csv``, ``obligations.csv``, ``pay.yaml``, ``assessment.yaml``, ``rebates.yaml``, ``queries/*.sql``.
The digest names the version of the folder.
Layouts that are built in come before the folder's own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import pydantic

from pipelines import storage
from pipelines.company import built_in
from pipelines.company.assessment import AssessmentFile, load_assessment
from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.layouts import Layout
from pipelines.company.pay import PayFile, load_pay
from pipelines.company.policy import Policy
from pipelines.company.rebates import RebateFile, load_rebates
from pipelines.company.yamlfile import Model, Strict, load
from pipelines.errors import ConfigurationError

_READ = (".yaml", ".csv", ".sql")


class Sender(Strict):
    """Who sends: ``files`` is a glob on inbox paths; language and time zone are used for what goes back.

    ``name`` is printed for a sender whose code says little and who is no customer or employee; ``files`` may be empty where a
    layout names the sender.
    """

    sender: str
    files: str = ""
    name: str = ""
    language: str = "zh-Hans"
    timezone: str = ""
    address: str = ""


class Obligation(Strict):
    """Who owes which ``table`` how often (``every``: day, week, half_month, period) and by when.

    ``due_day``: day of the month after the period's end month offset ``due_offset`` (0 the same month, 1 the next), of a day or week the
    days after its end (-1: the day before); ``due_time`` HH:MM. Owed for the covers that end from ``valid_from`` to ``valid_to``.
    ``files`` is a glob on inbox paths, where a sender's other files hold rows of the same table.
    """

    sender: str
    table: str
    every: str
    due_day: int
    due_offset: int = 1
    due_time: str = "24:00"
    valid_from: str = ""
    valid_to: str = ""
    files: str = ""


@dataclass(frozen=True)
class Company:
    """Everything that differs between companies, immutable once loaded."""

    folder: Path
    policy: Policy
    calendar: Calendar
    layouts: dict[str, Layout]
    senders: tuple[Sender, ...]
    obligations: tuple[Obligation, ...]
    digest: str
    pay: PayFile | None = None
    """None: the company has no ``pay.yaml``, and nobody's pay is computed."""
    assessment: AssessmentFile | None = None
    """None: the company has no ``assessment.yaml``, and nobody is assessed."""
    rebates: RebateFile | None = None
    """None: the company has no ``rebates.yaml``, and claims are held against nothing."""

    @property
    def name(self) -> str:
        """The folder's name: the company's key in paths and logs."""
        return self.folder.name

    def query(self, name: str) -> str:
        """The SQL text ``queries/<name>``. Raises ``ConfigurationError`` when it is missing."""
        path = self.folder / "queries" / name
        if not path.is_file():
            raise ConfigurationError(f"{path}: a layout names this query, but the file is missing.")
        return path.read_text("utf-8")


def load_company(folder: Path) -> Company:
    """Load and validate ``folder``. Raises ``ConfigurationError`` naming file and line."""
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such company folder. Give --company a folder with policy.yaml and calendar.yaml.")
    layouts = {path.stem: load(path, Layout) for path in sorted((folder / "layouts").glob("*.yaml"))}
    if not layouts:
        raise ConfigurationError(f"{folder / 'layouts'}: no layouts. 'closebook layout FILE' proposes one for a delivered file.")
    return Company(
        folder=folder,
        policy=load(folder / "policy.yaml", Policy),
        calendar=Calendar(load(folder / "calendar.yaml", CalendarFile)),
        layouts={**built_in.layouts(), **layouts},
        senders=_csv(folder / "senders.csv", Sender),
        obligations=_csv(folder / "obligations.csv", Obligation),
        digest=digest(folder),
        pay=load_pay(folder),
        assessment=load_assessment(folder),
        rebates=load_rebates(folder),
    )


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's configuration files, in a fixed order."""
    return storage.sha256_of_all(folder, sorted(path for path in folder.rglob("*") if path.suffix in _READ))


def _csv(path: Path, model: type[Model]) -> tuple[Model, ...]:
    """The rows of an optional CSV; an empty value counts as not given."""
    if not path.is_file():
        return ()
    known = set(model.model_fields)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if unknown := set(reader.fieldnames or ()) - known:
            raise ConfigurationError(f"{path}:1: columns {sorted(unknown)} are not known; the columns are {sorted(known)}.")
        rows = []
        for row in reader:
            where = f"{path}:{reader.line_num}"
            if None in row or None in row.values():
                raise ConfigurationError(f"{where}: as many values as headings are expected ({len(reader.fieldnames or ())}).")
            try:
                rows.append(model.model_validate({key: value for key, value in row.items() if value != ""}))
            except pydantic.ValidationError as error:
                wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
                raise ConfigurationError(f"{where}: {wrong}.") from error
        return tuple(rows)
