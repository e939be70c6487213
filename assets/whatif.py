"""What another pay plan would have paid, asked for by a person, outside of any close: read from the home, beside what is published.

Nothing is landed, computed or published by it. Who gains and loses is ``pipelines.metrics``', what it looks like ``pipelines.reports``'.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import polars as pl

from assets.context import clocks, company_in, facts_in
from assets.settings import Settings
from pipelines import storage
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.pay import read_pay
from pipelines.contracts.marts_control import FINDINGS, TIE_OUTS
from pipelines.errors import ConfigurationError
from pipelines.metrics import pay_whatif
from pipelines.money import plain
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import pay_whatif as report
from pipelines.reports.digest import content_digest
from pipelines.reports.model import PeriodRange
from pipelines.reports.writers.printing import printed
from pipelines.sources.facts import Facts


def pay(settings: Settings, plan: Path, first: str | None, last: str | None, out: Path | None) -> int:
    """Pay of the periods ``first`` to ``last`` by the company's plans and by those of the file ``plan``: who gains and loses.

    Default: every period with receipts or sales since the company's first plan. ``out``: where the workbook and page are written,
    else a folder of the home named by plan and content. Returns the exit code. Raises ``ConfigurationError`` when the file is wrong,
    the company has no pay plans, or the file begins after the range.
    """
    company, tried = company_in(settings.company), read_pay(plan)
    if company.pay is None:
        raise ConfigurationError(f"{settings.company}: the company has no pay.yaml, so that there is nothing to hold {plan.name} against.")
    facts, files = facts_in(settings)
    periods = _periods(company, facts, first, last)
    if tried.first_day > periods[-1].end:
        raise ConfigurationError(
            f"{plan}: it begins on {tried.first_day}, after the last period, {periods[-1].key}. To try it on history, let it begin "
            f"earlier: 'from: {periods[0].start}'."
        )
    as_of = clocks(company, periods[-1], files).as_of
    frame = pay_whatif.compared(facts, company, tried, periods, as_of)
    if frame.is_empty():
        raise ConfigurationError(f"{settings.home}: neither plan pays anybody from {periods[0].key} to {periods[-1].key}.")
    context = ReportContext(
        company=company, period=periods[-1], as_of=as_of, known_at=clocks(company, periods[-1], files).known_at, delivered=facts.delivered,
        tie_outs=pl.DataFrame(schema=TIE_OUTS.schema), findings=pl.DataFrame(schema=FINDINGS.schema), files=files,
    )  # fmt: skip
    told = report.build(frame, plan.name, PeriodRange(periods[0], periods[-1]), context)
    digest = content_digest(told)
    mark = hashlib.sha256(plan.read_bytes()).hexdigest()[:8]
    folder = out or settings.home / "whatif" / f"{plan.stem}-{mark}-{digest[:8]}"
    for name, content in printed(told, digest)[0].items():
        storage.write_bytes(folder / name, content)
    sys.stdout.write(_said(frame, plan, periods) + f"\nWorkbook and page: {folder}\n")
    return 0


def _periods(company: Company, facts: Facts, first: str | None, last: str | None) -> list[Period]:
    """The range that was asked for, else from the first plan's month, or the first document's, to the last document's."""
    days = [facts["receipt"]["received_on"], facts["sales_line"]["document_date"]]
    low, high = pl.concat([series.alias("day") for series in days]).drop_nulls().sort().head(1), pl.concat(days).drop_nulls().sort().tail(1)
    if low.is_empty():
        raise ConfigurationError("No receipt and no sale was taken in yet. 'closebook run' comes first.")
    assert company.pay is not None
    begin = company.calendar.period(first) if first else company.calendar.containing(max(low[0], company.pay.first_day))
    end = company.calendar.period(last) if last else company.calendar.containing(high[0])
    found = [period for period in company.calendar.periods if begin.start <= period.start <= end.start]
    if not found:
        raise ConfigurationError(f"There is no period from {begin.key} to {end.key}.")
    return found


def _said(frame: pl.DataFrame, plan: Path, periods: list[Period]) -> str:
    """The comparison as a table on the screen."""
    people = pay_whatif.by_person(frame)

    def amount(value: int) -> str:
        return f"{plain(value):,.2f}"

    gain, lose = (people.filter(pl.col("difference") * sign > 0) for sign in (1, -1))
    before, after = (int(people[side].sum()) for side in ("before", "after"))
    lines = [
        f"{plan.name} on {periods[0].key} to {periods[-1].key}, from facts, as if no period had been closed:", "",
        f"  {'employee':<12}{'now':>16}{'tried':>16}{'difference':>16}  name",
        *(
            f"  {code:<12}{amount(one):>16}{amount(other):>16}{amount(moved):>16}  {name}"
            for code, one, other, moved, name in people.select("employee_code", "before", "after", "difference", "name").iter_rows()
        ),
        f"  {'total':<12}{amount(before):>16}{amount(after):>16}{amount(after - before):>16}", "",
        f"{gain.height} gain {amount(int(gain['difference'].sum()))}, {lose.height} lose {amount(-int(lose['difference'].sum()))}, "
        f"{people.height - gain.height - lose.height} are paid the same.",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
