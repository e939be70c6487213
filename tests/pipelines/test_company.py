"""A company's folder: periods as the company cuts them, and errors that name file and line."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile, ListedPeriod
from pipelines.company.company import load_company
from pipelines.errors import ConfigurationError, UnknownPeriod

ROOT = Path(__file__).parents[2]


def test_a_month_ends_on_its_cut_off_day_or_its_last():
    calendar = Calendar(CalendarFile(kind="cut_off", cut_off_day=30))
    february = calendar.period("2026-02")
    assert (february.start, february.end) == (date(2026, 1, 31), date(2026, 2, 28))
    assert calendar.period("2026-03").start == date(2026, 3, 1)


def test_a_fiscal_year_may_start_in_april():
    calendar = Calendar(CalendarFile(fiscal_year_start_month=4))
    assert (calendar.period("2026-03").fiscal_year, calendar.period("2026-03").number) == (2025, 12)
    assert [p.key for p in calendar.year_to_date(calendar.period("2026-05"))] == ["2026-04", "2026-05"]
    assert calendar.same_last_year(calendar.period("2026-05")) == calendar.period("2025-05")


def test_an_explicit_list_ends_each_period_before_the_next():
    entries = (
        ListedPeriod(start=date(2026, 1, 1), fiscal_year=2026, number=1),
        ListedPeriod(start=date(2026, 1, 29), fiscal_year=2026, number=2, end=date(2026, 3, 4)),
    )
    calendar = Calendar(CalendarFile(kind="list", periods=entries))
    assert [(p.key, p.days) for p in calendar.periods] == [("2026-01-01", 28), ("2026-01-29", 35)]
    with pytest.raises(UnknownPeriod, match="outside"):
        calendar.containing(date(2026, 3, 5))


def test_working_days_know_holidays_and_moved_days():
    file = CalendarFile(holidays=(date(2026, 10, 1), date(2026, 10, 2)), moved_working_days=(date(2026, 10, 10),))
    # 1 and 2 are holidays, 3 and 4 a weekend, 10 a Saturday that is worked.
    assert Calendar(file).working_days(date(2026, 10, 1), date(2026, 10, 11)) == 6


@given(st.integers(1, 31), st.dates(date(2001, 2, 1), date(2048, 1, 1)))
def test_every_day_lies_in_one_period_and_periods_have_no_gaps(cut_off, day):
    calendar = Calendar(CalendarFile(kind="cut_off", cut_off_day=cut_off))
    period = calendar.containing(day)
    following = calendar.next(period)
    assert period.start <= day <= period.end
    assert following is not None
    assert following.start == period.end + timedelta(days=1)
    assert calendar.previous(following) == period


@pytest.mark.parametrize("name", ["adventureworks", "classicmodels", "demo"])
def test_shipped_companies_load(name):
    company = load_company(ROOT / "companies" / name)
    assert company.layouts


def company_folder(root: Path, policy: str = "name: x\n", layout: str = "table: region\nfiles: [r.csv]\n") -> Path:
    (root / "layouts").mkdir(parents=True)
    (root / "policy.yaml").write_text(policy, "utf-8")
    (root / "calendar.yaml").write_text("kind: month\n", "utf-8")
    (root / "layouts" / "region.yaml").write_text(layout, "utf-8")
    return root


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        ("name: x\nreceivables:\n  dso_month: 3\n", r"policy\.yaml:3: 'receivables\.dso_month' is not a known key"),
        ("name: x\ncurrency: [a]\n", r"policy\.yaml:2: currency"),
        ("currency: CNY\n", r"policy\.yaml:1: 'name' is missing"),
        ("name: x\n  bad: y\n", r"policy\.yaml:2: not valid YAML"),
    ],
)
def test_a_wrong_policy_names_file_and_line(tmp_path, policy, sentence):
    with pytest.raises(ConfigurationError, match=sentence):
        load_company(company_folder(tmp_path / "c", policy))


def test_a_layout_for_an_unknown_column_names_file_and_line(tmp_path):
    layout = "table: region\nfiles: [r.csv]\ncolumns:\n  region: {headings: [R]}\n"
    with pytest.raises(ConfigurationError, match=r"region\.yaml:1: .*no column \['region'\]"):
        load_company(company_folder(tmp_path / "c", layout=layout))


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(ConfigurationError, match="no such company folder"):
        load_company(tmp_path / "none")


def test_the_digest_changes_with_every_configuration_file(tmp_path):
    folder = company_folder(tmp_path / "c")
    before = load_company(folder).digest
    (folder / "senders.csv").write_text("sender,files\nD001,dealers/D001/*\n", "utf-8")
    assert load_company(folder).digest != before
