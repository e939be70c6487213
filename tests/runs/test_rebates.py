"""Rebate claims against the company's policy, from the files to R11, R20 and the warehouse."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts import CONTRACTS
from pipelines.reports.writers.template import layout_for
from pipelines.sources.reader import read
from tests.runs import tiny
from tests.runs.conftest import close, settings_in

pytestmark = pytest.mark.slow
POLICY = """\
programmes:
  - {items: [Monthly purchases], from: 2026-01-01, tiers: [{from: 0, rate: 0.01}, {from: 1000, rate: 0.02}]}
"""


def test_claims_are_held_against_the_policy_in_the_reports(spoilt: Path) -> None:
    (spoilt / "company" / "rebates.yaml").write_text(POLICY, "utf-8")
    layout = layout_for(CONTRACTS["rebate_claim"]).replace("header:", "sender: dealers\nheader:")
    (spoilt / "company" / "layouts" / "rebate_claim.yaml").write_text(layout, "utf-8")
    headings = [column.label.en for column in CONTRACTS["rebate_claim"].columns]
    rows: list[list[object]] = [["2026-10", "D1", 1, "monthly purchases", 1000, 20], ["2026-10", "D4", 1, "Loyalty", None, 7]]
    tiny.workbook(spoilt / "inbox" / "rebate_claim.xlsx", "Rebate claims", headings, rows)
    tiny.arrivals(spoilt / "inbox")
    closed = close(settings_in(spoilt))
    assert closed.code == 3
    bought = {str(code): int(str(e4)) for code, e4 in closed.rows("select customer_code, sum(net_amount_e4) from sales where period = '2026-10' group by 1")}
    assert bought["D1"] < 10_000_000, "less than the second tier begins at"
    lines = closed.rows("select dealer_code, programme, base_e4, accrued_e4, claimed_e4, by_base_e4, reason from rebates order by 1, 2")
    due = bought["D1"] // 100
    assert lines[0] == ("D1", "Monthly purchases", bought["D1"], due, 200_000, 200_000 - due, "base")
    assert [row for row in lines if row[1] == "Loyalty"] == [("D4", "Loyalty", 0, 0, 70_000, 0, "no_programme")]
    assert {row[0] for row in lines if row[6] == "not_claimed"} == {"D2", "D3", "D4", "D5"}
    found = closed.rows("select rule, subject from findings where control = 'M9' order by 1")
    assert found == [("rebate_claim_differs", "D1 Monthly purchases"), ("rebate_of_no_programme", "D4 Loyalty")]
    [path] = (closed.settings.shelf / "2026-10").glob("R11_dealer_summary/*/dealer_summary.en.xlsx")
    sheets = {grid.name: {cell.text for row in grid.rows() for cell in row if cell} for grid in read(path).sheets}
    assert {"Rebates", "Accrued by policy", "Not claimed", "No such programme", "Another basis"} <= set().union(*sheets.values())
    assert {cell for name, cells in sheets.items() if "Rebate" in name for cell in cells} >= {"Loyalty", "Monthly purchases"}
