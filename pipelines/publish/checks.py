"""Questions to the warehouse: ``sql/checks/*.sql``, each the rows that violate it, for one period.

A check holds when it has no rows. Its columns are ``subject, found, expected``; ``:period`` and the period's whole months
(``:first_month``, ``:last_month``) are bound; the first comment line asks the question. What can be said on frames before they are
loaded belongs to ``controls``: nothing is said twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.errors import CheckViolated
from pipelines.publish.warehouse import Ask, Warehouse

CHECKS = Path(__file__).parents[2] / "sql" / "checks"
_ROWS_SAID = 3


@dataclass(frozen=True)
class Check:
    """One file of ``sql/checks``: its name, its question, its statement."""

    name: str
    question: str
    statement: str


@dataclass(frozen=True)
class Answer:
    """What a check found for a period: rows of ``subject, found, expected``; none when it holds."""

    check: Check
    period: str
    rows: tuple[tuple[Any, ...], ...]

    @property
    def holds(self) -> bool:
        """Whether nothing violates it."""
        return not self.rows

    def said(self) -> str:
        """The violation in a sentence, with its first rows."""
        shown = "; ".join(f"{subject}: {found} instead of {expected}" for subject, found, expected in self.rows[:_ROWS_SAID])
        more = f" and {len(self.rows) - _ROWS_SAID} more" if len(self.rows) > _ROWS_SAID else ""
        return f"{self.period} {self.check.name}: {self.check.question} No: {shown}{more}."


def all_checks() -> tuple[Check, ...]:
    """Every check, by name."""
    found = []
    for path in sorted(CHECKS.glob("*.sql")):
        statement = path.read_text("utf-8")
        found.append(Check(path.stem, statement.splitlines()[0].removeprefix("--").strip(), statement))
    return tuple(found)


def of_warehouse(warehouse: Warehouse, period: str, start: date, end: date) -> tuple[Answer, ...]:
    """Every check's answer by what readers of ``warehouse`` see. Raises ``WarehouseError`` where it cannot be asked."""
    return answers(lambda statement, values: warehouse.query(statement, values)[1], period, start, end)


def answers(ask: Ask, period: str, start: date, end: date) -> tuple[Answer, ...]:
    """Every check's answer for ``period`` and its days."""
    first, last = whole_months(start, end)
    bound = {"period": period, "first_month": first, "last_month": last}
    found = []
    for check in all_checks():
        asked = {name: value for name, value in bound.items() if f":{name}" in check.statement}
        found.append(Answer(check, period, tuple(ask(check.statement, asked))))
    return tuple(found)


def whole_months(start: date, end: date) -> tuple[str, str]:
    """The first and the last month whose days all lie between two days; the first is later than the last where there is none.

    >>> whole_months(date(2026, 10, 1), date(2026, 10, 31)), whole_months(date(2010, 12, 29), date(2011, 3, 28))
    (('2026-10', '2026-10'), ('2011-01', '2011-02'))
    """
    first = start if start.day == 1 else (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = end if (end + timedelta(days=1)).day == 1 else end.replace(day=1) - timedelta(days=1)
    return f"{first:%Y-%m}", f"{last:%Y-%m}"


def require(given: Iterable[Answer]) -> None:
    """Raise ``CheckViolated`` with a sentence for every check that does not hold."""
    violated = [answer.said() for answer in given if not answer.holds]
    if violated:
        raise CheckViolated(
            "What was to be loaded contradicts itself. " + " ".join(violated) + " The warehouse stays as it was and nothing was published: "
            "run the period again; if it says so again, the program is wrong, not the data."
        )


def periods_in(warehouse: Warehouse) -> list[str]:
    """Keys of the periods that the warehouse holds, in order."""
    return [str(period) for (period,) in warehouse.query("select distinct period from mart_tie_outs order by period")[1]]
