"""Each control, broken in turn, holds up exactly the reports that it touches and says which check it was; a warning marks them only."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from assets.reports import _reason_to_withhold
from pipelines.controls.ledger import facts_to_reports
from pipelines.controls.results import reports_of
from pipelines.reports import build
from pipelines.reports.context import ReportContext
from tests.reports import sample

MASTER = reports_of("sales_line")
BROKEN = {
    "C1": ("file_rows", "sales_line a.csv 00000000", MASTER),
    "C2": ("kind_month_amount", "receipt  2026-10", reports_of("receipt")),
    "C4": ("printed_total", "R4 net_amount", ("R4",)),
    "C6": ("roll_forward", "all", reports_of("receipt_allocation")),
    "C12": ("cut_off_bridge", "R1", MASTER),
    "M1": ("causes_add_up", "leaf plan period", ("R4", "R10", "R13")),
    "M3": ("buckets_less_advance", "due", reports_of("receipt_allocation")),
}
FOUND = {"C3": ("ledger_differs", reports_of("receipt")), "C6": ("opening_moved", reports_of("receipt_allocation")),
         "C7": ("numbering_gap", MASTER), "C12": ("not_shipped", MASTER)}  # fmt: skip


def clean() -> ReportContext:
    told = sample.context()
    return replace(told, tie_outs=told.tie_outs.clear(), findings=told.findings.clear())


def withheld(context: ReportContext) -> dict[str, str]:
    """Ids of the kinds that are held up, with the reason. Fact totals are what the pages print, so that C4 holds of them."""
    found = {}
    for kind in build.REPORTS:
        reports = kind.build(sample.marts(), context) if all(name in sample.marts() for name in kind.marts) else []
        printed = build.printed_totals(reports)
        totals = dict(printed.select("name", "amount").iter_rows())
        assert facts_to_reports(sample.PERIOD, printed, totals)[0].filter(pl.col("status") == "broken").is_empty()
        if why := _reason_to_withhold(kind.id, reports, context.tie_outs, context.findings, sample.PERIOD, totals):
            found[kind.id] = why
    return found


def test_nothing_is_held_up_where_nothing_is_broken() -> None:
    assert withheld(clean()) == {}


@pytest.mark.parametrize("control", BROKEN)
def test_a_broken_invariant_holds_up_what_it_touches_and_nothing_else(control: str) -> None:
    statement, subject, touched = BROKEN[control]
    broken = {"control": control, "statement": statement, "subject": subject, "left_label": "facts", "left_amount": 1, "right_label": "printed",
              "difference": 1, "status": "broken", "invariant": True, "reports": ",".join(touched), "measure": "amount"}  # fmt: skip
    found = withheld(replace(clean(), tie_outs=sample.rows_of("tie_outs", broken)))
    assert found == dict.fromkeys(touched, f"{control} {statement} {subject}")


@pytest.mark.parametrize("control", FOUND)
def test_an_error_holds_up_what_it_touches_and_a_warning_marks_it(control: str) -> None:
    rule, touched = FOUND[control]
    row = {"control": control, "rule": rule, "severity": "error", "subject": "X", "found": "1", "expected": "2", "reports": ",".join(touched)}
    errors = replace(clean(), findings=sample.rows_of("findings", row))
    assert withheld(errors) == dict.fromkeys(touched, f"{control} {rule} X")
    warned = replace(clean(), findings=sample.rows_of("findings", row | {"severity": "warning"}))
    assert withheld(warned) == {}
    for _, report in build.build_all(sample.marts(), warned):
        if not report.name.startswith("statement_") and report.id != "R20":
            assert (report.state == "warned") == (report.id in touched), report.name
            assert [check.control for check in report.open_checks] == ([control] if report.id in touched else [])
