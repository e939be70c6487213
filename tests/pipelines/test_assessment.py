"""M6, measured: lateness from the ledger's arrivals, who is assessed for which days, whose region and dealers, and every reason's place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.company.assessment import AssessmentFile
from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company, Obligation
from pipelines.company.covers import covers
from pipelines.company.policy import Policy
from pipelines.contracts.marts_assessment import ASSESSMENT_MARTS
from pipelines.metrics.assessment import Ledger, assessment_marts
from pipelines.money import E4
from tests.builders import fact_rows, facts_of, money

D = date(2026, 10, 31)
SCHEMES = {"schemes": [
    {"use": "salesperson", "from": "2026-09-01", "roles": ["salesperson"]},
    {"use": "region_manager", "from": "2026-09-01", "roles": ["region_manager"], "awards": 1,
     "grades": [{"name": {"en": "A"}, "from": 90}, {"name": {"en": "B"}, "from": 75}, {"name": {"en": "C"}, "from": 0}]},
]}  # fmt: skip
WEEKLY = {"table": "work_report", "every": "week", "due_day": 2, "due_time": "18:00"}
OBLIGATIONS = (
    Obligation(sender="E1", **WEEKLY), Obligation(sender="E2", **WEEKLY),
    Obligation(sender="M1", table="work_report", every="period", due_day=30, due_offset=0),
    Obligation(sender="D1", table="sell_out", every="period", due_day=5, due_time="18:00"),
    Obligation(sender="D2", table="sell_out", every="period", due_day=5, due_time="18:00"),
)  # fmt: skip
CALENDAR = Calendar(CalendarFile(first=date(2026, 1, 1)))
OCTOBER = CALENDAR.period("2026-10")
WEEKS = covers("week", OCTOBER, CALENDAR)
KNOWN = datetime(2026, 11, 8, tzinfo=UTC)
EMPLOYEES: list[dict[str, Any]] = [
    {"employee_code": "E1", "name": "Wang", "role": "salesperson", "region_code": "R1"},
    {"employee_code": "E2", "name": "Li", "role": "salesperson", "region_code": "R2"},
    {"employee_code": "M1", "name": "Zhao", "role": "region_manager", "region_code": "R1"},
    {"employee_code": "K1", "name": "Clerk", "role": "clerk", "region_code": "R1"},
]
CUSTOMERS = [{"customer_code": code, "kind": "dealer", "region_code": "R1", "employee_code": "E1", "name": code} for code in ("D1", "D2")]


def company(*obligations: Obligation, **schemes: Any) -> Company:
    file = AssessmentFile.model_validate({**SCHEMES, **schemes})
    return Company(Path("c"), Policy(name="Test"), CALENDAR, {}, (), obligations or OBLIGATIONS, "", assessment=file)


COMPANY = company()


def files(*rows: tuple[Any, ...], late: dict[tuple[str, str], str] | None = None, without: tuple[tuple[str, str], ...] = ()) -> pl.DataFrame:
    """Everything owed came in time but what is in ``late`` (by sender and cover) or ``without``; ``rows`` come besides."""
    found = []
    for one in OBLIGATIONS:
        for cover in covers(one.every, OCTOBER, CALENDAR) + covers(one.every, CALENDAR.period("2026-09"), CALENDAR):
            if (one.sender, cover.key) not in without:
                at = (late or {}).get((one.sender, cover.key), f"{cover.end if one.every == 'week' else cover.start}T08:00:00.000000Z")
                found.append((one.sender, one.table, cover.key, at, "live", f"{one.sender}-{cover.key}.xlsx"))
    names = ("sender", "table", "cover", "arrived_at", "status", "source_file")
    frame = pl.DataFrame([*found, *rows], schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(reason=pl.lit(None, pl.String), source_sha256=pl.col("source_file"))


def faults(*rows: tuple[str, str]) -> pl.DataFrame:
    schema = {"table": pl.String, "source_sha256": pl.String, "severity": pl.String, "reason_no": pl.Int64}
    return pl.DataFrame([(*row, "error", 1) for row in rows], schema=schema, orient="row")


LETTERS = pl.DataFrame(
    [("0" * 64, "", "", column, 1, letter) for column, letter in (("points", "E"), ("status", "C"), ("recorded", "F"), ("item", "B"))],
    schema={"source_sha256": pl.String, "source_sheet": pl.String, "source_column": pl.String, "column": pl.String, "from_row": pl.Int64,
            "letter": pl.String},
    orient="row",
)  # fmt: skip


def visits(code: str = "E1") -> list[dict[str, Any]]:
    """Two key accounts a week."""
    return [
        {"visited_at": week.start, "employee_code": code, "customer_code": customer, "kind": "key_account"}
        for period in ("2026-09", "2026-10") for week in covers("week", CALENDAR.period(period), CALENDAR) for customer in ("D1", "D2")
    ]  # fmt: skip


def marts(
    *, of: Company = COMPANY, received: pl.DataFrame | None = None, refused: pl.DataFrame | None = None, employee: list[dict[str, Any]] = EMPLOYEES,
    customer: list[dict[str, Any]] = CUSTOMERS, as_of: date = D, known_at: datetime = KNOWN, **tables: list[dict[str, Any]],
) -> dict[str, pl.DataFrame]:  # fmt: skip
    given = {
        "region": [{"region_code": code, "name": code, "department": "One"} for code in ("R1", "R2")], "employee": employee, "customer": customer,
        "visit": [*visits("E1"), *visits("E2")], "training": [{"held_on": date(2026, 10, 9), "region_code": "R1", "topic": "T", "recorded": True}],
        "attendance": [{"employee_code": "E1", "day": date(2026, 10, 8), "status": "present"}],
        **tables,
    }  # fmt: skip
    facts = facts_of(**{name: fact_rows(name, *rows) for name, rows in given.items()})
    ledger = Ledger(files() if received is None else received, faults() if refused is None else refused, known_at, LETTERS)
    found = assessment_marts(facts, of, OCTOBER, as_of, ledger)
    for mart in ASSESSMENT_MARTS:
        frame = found[mart.name]
        assert frame.schema == mart.schema
        assert not frame.select(mart.grain).is_duplicated().any()
        assert all(frame[column.name].null_count() == 0 for column in mart.columns if column.required)
    lost = found["assessment_evidence"].group_by("employee_code", "item").agg(pl.col("points").sum())
    both = found["assessment_item"].join(lost, on=["employee_code", "item"], how="left").with_columns(pl.col("points_right").fill_null(0))
    assert both.filter(pl.col("lost") != pl.col("points_right")).is_empty(), "the reasons add up to what is lost"
    return found


def who(found: dict[str, pl.DataFrame], code: str = "E1") -> dict[str, Any]:
    return found["assessment"].row(by_predicate=pl.col("employee_code") == code, named=True)


def reasons(found: dict[str, pl.DataFrame], code: str = "E1", **where: Any) -> list[dict[str, Any]]:
    rows = found["assessment_evidence"].filter(pl.col("employee_code") == code, pl.col("points") != 0)
    return rows.filter(*(pl.col(name) == value for name, value in where.items())).to_dicts()


def test_everything_in_time_is_full_marks_and_clerks_have_no_scheme() -> None:
    found = marts()
    assert found["assessment"].select("employee_code", "score").rows() == [("E1", 100 * E4), ("E2", 100 * E4), ("M1", 100 * E4)]
    assert reasons(found) == []
    assert (who(found, "M1")["grade"], who(found, "M1")["to_next_grade"], who(found, "M1")["award"]) == (1, None, 1)
    assert (who(found)["grade"], who(found)["award"]) == (None, None)


def test_without_schemes_there_is_nothing() -> None:
    found = marts(of=replace(COMPANY, assessment=None))
    assert all(frame.is_empty() for frame in found.values())


@pytest.mark.parametrize(("arrived", "lost"), [("2026-10-13T10:00:00.000000Z", 0), ("2026-10-13T10:00:01.000000Z", 10)])
def test_lateness_is_by_the_company_s_clock_wherever_it_was_sent_from(arrived: str, lost: float) -> None:
    # W41 ends on Sunday 11 October; 18:00 of the Tuesday after it in Shanghai is 10:00 UTC, whatever the sender's own clock shows.
    found = marts(received=files(late={("E1", "2026-W41"): arrived}))
    assert who(found)["daily_work"] == (100 - lost) * E4
    if lost:
        late = reasons(found)
        assert {row["item"] for row in late} == {"weekly_last", "weekly_next", "weekly_key_accounts", "weekly_quality"}
        assert [(row["kind"], row["due"], row["arrived"], row["source_file"], row["points"]) for row in late] == [
            ("late", "2026-10-13 18:00", "2026-10-13 18:00", "E1-2026-W41.xlsx", 2_5000)
        ] * 4


def test_a_form_corrected_after_the_deadline_was_handed_in_by_its_first_delivery_unless_policy_says_otherwise() -> None:
    first = ("E1", "work_report", "2026-W41", "2026-10-12T01:00:00.000000Z", "superseded", "early.xlsx")
    received = files(first, late={("E1", "2026-W41"): "2026-10-20T01:00:00.000000Z"})
    assert who(marts(received=received))["daily_work"] == 100 * E4
    strict = marts(of=company(corrections="last"), received=received)
    assert who(strict)["daily_work"] == 90 * E4
    assert {(row["kind"], row["arrived"]) for row in reasons(strict)} == {("late", "2026-10-20 09:00")}
    unreadable = files(("E1", "work_report", "2026-W41", "2026-10-12T01:00:00.000000Z", "rejected", "broken.xlsx"),
                       late={("E1", "2026-W41"): "2026-10-20T01:00:00.000000Z"})  # fmt: skip
    assert who(marts(received=unreadable))["daily_work"] == 90 * E4, "what nobody could read was not handed in"


def test_a_form_of_which_no_row_could_be_used_gives_no_points() -> None:
    found = marts(refused=faults(("work_report", "E1-2026-W42.xlsx")))
    assert {row["kind"] for row in reasons(found)} == {"illegible"}
    assert who(found)["daily_work"] == 90 * E4


def test_two_weeks_running_without_a_form_count_double_also_over_the_end_of_a_month() -> None:
    once = marts(received=files(without=(("E1", "2026-W42"),)))
    assert (who(once)["daily_work"], {row["doubled"] for row in reasons(once)}) == (90 * E4, {False})
    twice = marts(received=files(without=(("E1", "2026-W41"), ("E1", "2026-W42"))))
    assert who(twice)["daily_work"] == 70 * E4
    before = marts(received=files(without=(("E1", "2026-W39"), ("E1", "2026-W40"))))
    assert (who(before)["daily_work"], {row["doubled"] for row in reasons(before)}) == (80 * E4, {True}), "September's last week was missing too"
    late = files(without=(("E1", "2026-W42"),), late={("E1", "2026-W41"): "2026-10-20T01:00:00.000000Z"})
    assert who(marts(received=late))["daily_work"] == 80 * E4, "what came late was handed in"


def test_a_trainee_who_becomes_regular_is_assessed_from_the_next_day() -> None:
    people = [{**EMPLOYEES[0], "hired_on": date(2026, 7, 16), "trainee_until": date(2026, 10, 15)}, *EMPLOYEES[1:]]
    days = [{"employee_code": "E1", "day": date(2026, 10, day), "status": "absent"} for day in (14, 15, 16, 19)]
    happened = [{"employee_code": "E1", "happened_on": date(2026, 10, day), "rubric_item": "other_work", "line": 1, "points": -3 * E4} for day in (15, 16)]
    found = marts(employee=people, attendance=days, assessment_event=happened, received=files(without=(("E1", "2026-W41"), ("E1", "2026-W42"))))
    row = who(found)
    assert (row["assessed_from"], row["assessed_to"], row["days_absent"], row["attendance"]) == (date(2026, 10, 16), D, 2, 92 * E4)
    weeks = {item["weeks"] for item in found["assessment_item"].to_dicts() if item["employee_code"] == "E1" and item["block"] == "weekly_report"}
    assert weeks == {2}, "only weeks that end after it"
    # One of two weeks missing, doubled since the one before was missing too: 80 ÷ 2 takes the whole block. One event of three points.
    assert row["daily_work"] == (100 - 40 - 3) * E4
    training = [{**EMPLOYEES[0], "trainee_until": D}, *EMPLOYEES[1:]]
    assert "E1" not in marts(employee=training)["assessment"]["employee_code"].to_list(), "not assessed while in training"
    short = marts(of=company(minimum_days=17), employee=people)
    assert "E1" not in short["assessment"]["employee_code"].to_list(), "16 days are fewer than policy asks for"


def test_who_leaves_or_is_hired_in_a_month_is_assessed_for_their_days() -> None:
    people = [{**EMPLOYEES[0], "left_on": date(2026, 10, 14)}, {**EMPLOYEES[1], "hired_on": date(2026, 10, 12)}, EMPLOYEES[2],
              {"employee_code": "E7", "role": "salesperson", "left_on": date(2026, 9, 30)},
              {"employee_code": "E8", "role": "salesperson", "hired_on": date(2026, 11, 1)}]  # fmt: skip
    days = [{"employee_code": code, "day": date(2026, 10, day), "status": "absent"} for code in ("E1", "E2") for day in (9, 16)]
    found = marts(employee=people, attendance=days)
    assert found["assessment"]["employee_code"].to_list() == ["E1", "E2", "M1"]
    assert [(who(found, code)["assessed_from"].day, who(found, code)["assessed_to"].day, who(found, code)["days_absent"]) for code in ("E1", "E2")] == [
        (1, 14, 1), (12, 31, 1)]  # fmt: skip
    assert found["assessment_item"].filter(pl.col("block") == "weekly_report").group_by("employee_code").agg(pl.col("weeks").first()).sort(
        "employee_code").rows() == [("E1", 2), ("E2", 2)]  # fmt: skip


def test_dealers_that_change_hands_in_a_month_cost_the_one_whose_they_are() -> None:
    moved = [*CUSTOMERS, {**CUSTOMERS[1], "employee_code": "E2", "region_code": "R2", "valid_from": date(2026, 10, 16)}]
    found = marts(customer=moved, received=files(without=(("D2", "2026-10"),), late={("D1", "2026-10"): "2026-11-05T10:00:01.000000Z"}))
    assert [(row["item"], row["kind"], row["document"], row["points"]) for row in reasons(found)] == [("dealer_management", "late", "D1", 5 * E4)]
    assert [(row["kind"], row["document"], row["cause"]) for row in reasons(found, "E2")] == [("missing", "D2", "outlet_report_late")]
    not_yet = marts(customer=moved, received=files(without=(("D2", "2026-10"),)), known_at=datetime(2026, 11, 5, 10, 0, tzinfo=UTC))
    assert reasons(not_yet, "E2") == [], "its deadline is not over"


def test_a_manager_answers_for_the_late_forms_of_those_who_were_in_the_region_then() -> None:
    moved = [*EMPLOYEES, {**EMPLOYEES[0], "region_code": "R2", "valid_from": date(2026, 10, 15)},
             {"employee_code": "M2", "name": "Sun", "role": "region_manager", "region_code": "R2"}]  # fmt: skip
    without = (("E1", "2026-W40"), ("E1", "2026-W42"))
    found = marts(employee=moved, received=files(without=without))
    assert who(found)["daily_work"] == 80 * E4
    assert who(found)["region_code"] == "R2", "where they are on the last day"
    # W40 ended in R1, W42 in R2; each week cost ten points, a tenth of which is the manager's.
    for code, cover in (("M1", "2026-W40"), ("M2", "2026-W42")):
        [joint] = reasons(found, code, kind="joint")
        assert (joint["item"], joint["cover"], joint["about"], joint["measured"], joint["points"]) == ("supervision", cover, "E1", 10 * E4, E4)
    assert who(found, "M1")["daily_work"] == 99 * E4


def test_a_manager_s_month_is_the_report_and_a_training_with_a_record() -> None:
    late = marts(received=files(late={("M1", "2026-10"): "2026-10-30T16:00:01.000000Z"}))
    assert who(late, "M1")["daily_work"] == 30 * E4, "sixty for the report, ten for the day; 24:00 of the 30th in Shanghai is 16:00 UTC"
    assert (who(late, "M1")["score"], who(late, "M1")["grade"], who(late, "M1")["to_next_grade"]) == (51 * E4, 3, 24 * E4)
    held = {"held_on": date(2026, 10, 9), "region_code": "R1", "topic": "T", "recorded": True}
    for other in ({**held, "recorded": False}, {**held, "region_code": "R2"}, {**held, "held_on": date(2026, 9, 30)}):
        found = marts(training=[other])
        assert [(row["item"], row["measured"], row["wanted"]) for row in reasons(found, "M1")] == [("training_held", 0, E4)]
    written = marts(work_report=[{"employee_code": "M1", "period": "2026-10", "summary": "S", "plan": " ", "proposal": None}])
    assert [(row["item"], row["document"], row["points"]) for row in reasons(written, "M1")] == [
        ("monthly_plan", "plan", 20 * E4), ("monthly_proposal", "proposal", 20 * E4)]  # fmt: skip


def test_omissions_of_the_weekly_report_are_found_in_it_in_the_plan_and_in_the_visits() -> None:
    report = [{"employee_code": "E1", "period": "2026-W41", "summary": "", "plan": "P"}]
    plan = [{"employee_code": "E1", "period": "2026-W41", "line": line, "stage": "plan", "item": f"visit {line}"} for line in (1, 2)]
    told = [{"employee_code": "E1", "period": "2026-W41", "line": 2, "stage": "result", "item": "visit 2", "status": "not_done"}]
    fewer = [row for row in visits() if not (row["visited_at"] == WEEKS[2].start and row["customer_code"] == "D2")]
    found = marts(work_report=report, work_plan=[*plan, *told], visit=fewer)
    last = reasons(found, item="weekly_last")
    assert [(row["cause"], row["kind"], row["document"], row["points"]) for row in last] == [
        ("last_blank", "blank", "summary", 7500), ("last_unreported", "unreported", "visit 1", 1_7500)]  # fmt: skip
    assert (last[1]["source_row"], last[1]["cell"]) == (2, "B2")
    [visit] = reasons(found, item="weekly_key_accounts")
    assert (visit["cover"], visit["measured"], visit["wanted"], visit["points"]) == ("2026-W42", E4, 2 * E4, 7500)
    assert who(found)["daily_work"] == 100 * E4 - 7500 - 1_7500 - 7500


def test_a_shortfall_against_plan_is_measured_and_without_a_plan_nothing_is() -> None:
    plan = [{"version": "annual", "period": "2026-10", "measure": "outlets", "employee_code": "E1", "value": 2 * E4}]
    opened = [{"dealer_code": "D1", "outlet_code": "O1", "first_traded_on": date(2026, 10, 5)}]
    found = marts(plan=plan, outlet=opened)
    [short] = reasons(found)
    assert (short["cause"], short["measured"], short["wanted"], short["points"]) == ("outlet_development", E4, 2 * E4, 5 * E4)
    both = [*opened, {"dealer_code": "D1", "outlet_code": "O2", "first_traded_on": date(2026, 10, 6)}]
    assert reasons(marts(plan=plan, outlet=both)) == []


def test_events_cost_what_they_say_at_their_cell_and_one_of_no_item_is_listed() -> None:
    def event(day: int, item: str, points: float, month: int = 10) -> dict[str, Any]:
        return {"employee_code": "E1", "happened_on": date(2026, month, day), "rubric_item": item, "line": day, "points": money(points), "note": "n"}

    happened = [event(8, "outlet_problem", -5), event(9, "other_work", -2.5), event(9, "weekly_poor", -4), event(20, "kindness", -9)]
    found = marts(assessment_event=[*happened, event(30, "weekly_poor", -10), event(29, "weekly_poor", -10, 9)])
    told = {(row["item"], row["cause"]): row for row in reasons(found)}
    assert told["dealer_management", "outlet_problem"]["points"] == 5 * E4
    assert told["other_work", "other_work"]["points"] == 2_5000
    cells = found["assessment_evidence"].filter(pl.col("employee_code") == "E1")["cell"].to_list()
    assert set(cells) == {"E2", "E3", "E4", "E5", "E7"}, "each at the cell of its points"
    # The week of 29 September ends in October, that of 30 October in November.
    assert sorted(row["points"] for row in reasons(found, cause="weekly_poor")) == [E4, 2_5000]
    odd = found["assessment_evidence"].filter(pl.col("kind") == "unknown_item").row(0, named=True)
    assert (odd["item"], odd["points"]) == ("kindness", 0)


def test_the_year_is_the_mean_of_the_months_that_were_assessed() -> None:
    days = [{"employee_code": "E1", "day": date(2026, month, day), "status": "absent"} for month, day in ((9, 8), (9, 9), (10, 8))]
    found = marts(attendance=days)
    months = found["assessment_month"].filter(pl.col("employee_code") == "E1")
    assert months.select("month", "attendance", "score").rows() == [("2026-09", 92 * E4, 97_6000), ("2026-10", 96 * E4, 98_8000)]
    assert (who(found)["year_score"], who(found)["months_assessed"]) == (98_2000, 2), "schemes begin in September"


def test_the_order_of_rows_does_not_matter() -> None:
    days = [{"employee_code": code, "day": date(2026, 10, day), "status": "absent", "source_row": 30 + day} for code in ("E1", "E2") for day in (8, 9)]
    happened = [{"employee_code": "E1", "happened_on": date(2026, 10, 9), "rubric_item": "other_work", "line": line, "points": -20 * E4,
                 "note": str(line), "source_row": 9 - line} for line in (1, 2, 3)]  # fmt: skip
    received = files(without=(("E1", "2026-W41"), ("E2", "2026-W41"), ("D1", "2026-10")))
    one = marts(attendance=days, assessment_event=happened, received=received)
    back = marts(attendance=days[::-1], assessment_event=happened[::-1], received=received.reverse(), employee=EMPLOYEES[::-1],
                 customer=CUSTOMERS[::-1], visit=[*visits("E2"), *visits("E1")][::-1])  # fmt: skip
    for name, frame in one.items():
        assert frame.equals(back[name]), name


def test_an_open_month_stands_as_it_is_known() -> None:
    found = marts(as_of=date(2026, 10, 14), known_at=datetime(2026, 10, 14, tzinfo=UTC), received=files(without=(("M1", "2026-10"),)))
    assert who(found, "M1")["daily_work"] == 100 * E4, "what is not due is not held against anybody"
    assert who(found, "M1")["assessed_maximum"] == 90 * E4, "and gives no points yet"
    assert who(found)["assessed_to"] == date(2026, 10, 14)
