"""``pay.yaml``: dated plans, and what is wrong with them said with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.company.pay import PayFile, load_pay
from pipelines.errors import ConfigurationError

PLAN = """\
plans:
  - name: old
    from: 2025-01-01
    pay: {}
    commission: {rates: [{rate: 0.02}]}
  - name: new
    from: 2026-07-01
    commission: {rates: [{rate: 0.025}]}
  - name: seniors
    from: 2026-07-01
    grades: ["1"]
    commission: {rates: [{rate: 0.03}]}
"""


def written(folder: Path, text: str) -> PayFile:
    (folder / "pay.yaml").write_text(text, "utf-8")
    found = load_pay(folder)
    assert found is not None
    return found


def test_a_change_applies_from_its_day_and_the_narrower_plan_goes_first(tmp_path: Path) -> None:
    assert load_pay(tmp_path) is None
    plans = written(tmp_path, PLAN)

    def name(day: date, grade: str | None = "2", role: str = "salesperson") -> str | None:
        found = plans.plan(role, grade, day)
        return found and found.name

    assert [name(date(2024, 12, 31)), name(date(2025, 1, 1)), name(date(2026, 6, 30)), name(date(2026, 7, 1))] == [None, "old", "old", "new"]
    assert (name(date(2026, 7, 1), "1"), name(date(2026, 7, 1), None), name(date(2026, 7, 1), role="clerk")) == ("seniors", "new", None)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (PLAN.replace("rate: 0.025", "rate: 2.5"), 8, "plans.1.commission.rates.0.rate"),
        (PLAN.replace("    pay: {}\n", "    pya: {}\n"), 4, "'plans.0.pya' is not a known key"),
        (PLAN.replace("{rates: [{rate: 0.02}]}", "{rates: [{from: 5, rate: 0.02}]}"), 5, "the first step starts from 0"),
        (PLAN.replace("name: new", "name: old"), 1, "two plans are called 'old'"),
        (PLAN.replace('grades: ["1"]', "until: 2027-01-01"), 1, "hold for the same people from the same day"),
        (PLAN.replace("{rates: [{rate: 0.02}]}", "{rates: [{rate: 0.02}], year: [{below: 1, rate: 0.1}]}"), 5, "the last one has no 'below'"),
        (PLAN.replace("{rates: [{rate: 0.02}]}", "{rates: [{rate: 0.02}], collected: true}"), 5, "receipts are collected already"),
        (PLAN.replace("    commission: {rates: [{rate: 0.025}]}\n", ""), 6, "a plan says 'pay', 'commission' or both"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        written(tmp_path, text)
    assert f"pay.yaml:{line}:" in str(error.value)
    assert said in str(error.value)
