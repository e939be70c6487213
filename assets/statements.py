"""Statements of account for any day, written beside what is published: asked for by a person, outside of any close.

Computed from the facts that the home holds, by the functions that close a period. What a statement says is ``pipelines.reports``'.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from assets.context import clocks, company_in, facts_in
from assets.settings import Settings
from pipelines import storage
from pipelines.contracts.marts_control import FINDINGS, TIE_OUTS
from pipelines.errors import ConfigurationError, InvariantBroken
from pipelines.metrics.receivable_marts import receivable_marts
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import statement
from pipelines.reports.writers import excel, html


def statements(settings: Settings, day: date, out: Path, dealer: str | None = None) -> list[Path]:
    """Write the statements of everybody with an account on ``day``, or of one ``dealer``, into ``out``; the files written.

    Raises ``ConfigurationError`` when nothing was taken in yet, or when the day is later than what has arrived;
    ``UnknownCustomerError`` for a dealer without an account; ``InvariantBroken`` when a statement does not add up.
    """
    company = company_in(settings.company)
    facts, files = facts_in(settings)
    period = company.calendar.containing(day)
    at = clocks(company, period, files)
    if day > at.known_at.date():
        raise ConfigurationError(f"{day} is after the last arrival ({at.known_at.date()}): what happens until then is not known.")
    if not facts.has("receipt"):
        raise ConfigurationError(f"{settings.home}: no receipts were delivered, so nobody's balance is known.")
    context = ReportContext(
        company=company, period=period, as_of=day, known_at=at.known_at, delivered=facts.delivered,
        tie_outs=pl.DataFrame(schema=TIE_OUTS.schema), findings=pl.DataFrame(schema=FINDINGS.schema), files=files,
    )  # fmt: skip
    marts = receivable_marts(facts, company, period, day)
    found = [statement.statement_for(dealer, marts, context)] if dealer else statement.all_statements(marts, context)
    if stopped := [one.name for one in found if any(tie.status == "broken" for tie in one.all_tie_outs())]:
        raise InvariantBroken(f"As of {day} these statements do not add up: {', '.join(stopped)}. Nothing was written.")
    written: list[Path] = []
    for report in found:
        for language in report.languages:
            contents = {report.file_name(language, "html"): html.page(report, language).encode(), **excel.book(report, language)}
            for name, content in contents.items():
                storage.write_bytes(out / name, content)
                written.append(out / name)
    return written
