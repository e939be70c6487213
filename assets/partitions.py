"""One partition is one closing period of the company's calendar."""

from __future__ import annotations

import dagster as dg

from pipelines.company.company import Company


def periods(company: Company) -> dg.StaticPartitionsDefinition:
    """Every period of the calendar; what has no data is simply never run."""
    return dg.StaticPartitionsDefinition([period.key for period in company.calendar.periods])
