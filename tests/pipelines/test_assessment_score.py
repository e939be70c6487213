"""M6, the rules: from reasons to points by every default rubric, exactly, whatever order they come in."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.company.assessment import AssessmentFile, Scheme, e4, load_assessment
from pipelines.errors import ConfigurationError
from pipelines.metrics.assessment_score import ATTENDANCE, CAP, WHOLE, Measured, Reason, Score, attendance, scored, total, year
from pipelines.money import E4

WEEKS = ("2026-W40", "2026-W41", "2026-W42", "2026-W43")


def rubric(name: str, **more: object) -> Scheme:
    return AssessmentFile.model_validate({"schemes": [{"use": name, "from": "2026-01-01", "roles": ["salesperson"], **more}]}).schemes[0]


SALES, MANAGER, RESIDENT, MBO = (rubric(name) for name in ("salesperson", "region_manager", "resident", "mbo"))


def event(item: str, points: float, **more: object) -> Reason:
    return Reason(item, more.pop("cause", item), "event", points=round(-points * E4), **more)  # type: ignore[arg-type]


def missed(item: str, week: str = "", kind: str = "missing", *, doubled: bool = False) -> Reason:
    return Reason(item, "form", kind, cover=week, form_missed=True, doubled=doubled, form="work_report")


def omission(item: str, week: str, number: int = 1) -> Reason:
    return Reason(item, "x", "blank", cover=week, document=str(number))


def absent(*days: str) -> list[Reason]:
    return [Reason(ATTENDANCE, ATTENDANCE, "half_absent" if day.endswith("h") else "absent", day=date(2026, 10, int(day.strip("h")))) for day in days]


def month(scheme: Scheme, *reasons: Reason, absences: list[Reason] | None = None, weeks: tuple[str, ...] = WEEKS) -> Score:
    return scored(scheme, Measured(list(reasons), weeks, frozenset(), absences or []))


def points(score: Score) -> dict[str, float]:
    return {one.item: (one.maximum - one.lost) / E4 for one in score.items}


def test_the_vector_of_the_domain() -> None:
    assert attendance(3) == 88 * E4
    assert total(90 * E4, 88 * E4, SALES) == 89_4000
    score = month(SALES, event("other_work", -10), absences=absent("5", "6", "7h"))
    assert (score.daily_work, score.attendance, score.score) == (90 * E4, 88 * E4, 89_4000)
    assert [one.lost for one in score.reasons if one.item == ATTENDANCE] == [4 * E4] * 3, "half a day counts as one"


def test_nothing_found_is_full_marks_and_attendance_never_below_zero() -> None:
    for scheme in (SALES, MANAGER):
        assert (month(scheme).daily_work, month(scheme).score) == (WHOLE, WHOLE)
    many = month(SALES, absences=absent(*map(str, range(1, 31))))
    assert (many.attendance, many.score) == (0, 70 * E4)
    assert sum(one.lost for one in many.reasons) == WHOLE


def test_dealer_management_loses_five_a_case_and_not_more_than_thirty() -> None:
    late = [Reason("dealer_management", "outlet_report_late", "late", cover=f"2026-10-{day:02d}", document="D1") for day in range(1, 8)]
    assert [points(month(SALES, *late[:n]))["dealer_management"] for n in (1, 2, 6, 7)] == [25, 20, 0, 0]
    seven = month(SALES, *late)
    assert [(one.deduction, one.lost) for one in seven.reasons] == [(5 * E4, 5 * E4)] * 6 + [(5 * E4, 0)], "the last one costs nothing more"
    mixed = month(SALES, late[0], replace(late[1], kind="missing", doubled=True), Reason("dealer_management", "outlet_development", "shortfall"))
    assert points(mixed)["dealer_management"] == 30 - 5 - 10 - 5, "not handed in twice running costs double"


def test_omissions_cost_three_then_everything_in_their_week() -> None:
    item = "weekly_last"
    one = month(SALES, omission(item, "2026-W41"))
    assert points(one)[item] == 10 - 3 / 4
    two = month(SALES, omission(item, "2026-W41"), omission(item, "2026-W41", 2))
    assert points(two)[item] == 10 - 10 / 4
    assert [reason.lost for reason in two.reasons] == [7500, 1_7500]
    three = month(SALES, *(omission(item, "2026-W41", number) for number in (1, 2, 3)))
    assert points(three)[item] == 7.5
    apart = month(SALES, omission(item, "2026-W41"), omission(item, "2026-W42"))
    assert points(apart)[item] == 10 - 6 / 4, "each week begins anew"


def test_a_form_that_is_not_in_time_gives_no_points_and_twice_running_doubles() -> None:
    items = ("weekly_last", "weekly_next", "weekly_key_accounts", "weekly_quality")
    week = [missed(item, "2026-W41") for item in items]
    assert month(SALES, *week).daily_work == 90 * E4
    late = month(SALES, *(replace(one, kind="late") for one in week), omission("weekly_last", "2026-W41"))
    assert late.daily_work == 90 * E4, "what else was wrong with it costs nothing more"
    twice = month(SALES, *week, *(missed(item, "2026-W42", doubled=True) for item in items))
    assert twice.daily_work == 70 * E4, "ten for the first week, twenty for the second"
    always = month(SALES, *week, *(missed(item, week, doubled=True) for item in items for week in ("2026-W42", "2026-W43")))
    assert always.daily_work == 60 * E4, "a block does not fall below 0"
    assert sum(one.lost for one in always.reasons) == 40 * E4


def test_the_rubric_of_region_managers() -> None:
    no_report = [missed(item) for item in ("monthly_summary", "monthly_plan", "monthly_proposal", "submitted_in_time")]
    assert month(MANAGER, *no_report).daily_work == 30 * E4
    blank = month(MANAGER, Reason("monthly_plan", "plan_blank", "blank"))
    assert points(blank) == {"monthly_summary": 20, "monthly_plan": 0, "monthly_proposal": 20, "weekly_reviews": 10, "training_held": 10,
                             "submitted_in_time": 10, "supervision": 10, ATTENDANCE: 100}  # fmt: skip
    held = [Reason("training_held", "no_training", "training", measured=count * E4, wanted=E4) for count in (0, 1, 2)]
    assert [points(month(MANAGER, one))["training_held"] for one in held] == [0, 10, 10]
    joint = [Reason("supervision", "joint_responsibility", "joint", points=1_2500, about=code) for code in ("E1", "E2")]
    assert points(month(MANAGER, *joint, event("weekly_reviews", -3)))["supervision"] == 7.5


def of_ratio(item: str, measured: float, wanted: float) -> Reason:
    return Reason(item, item, "attainment", measured=round(measured * E4), wanted=round(wanted * E4))


def test_the_scheme_for_people_resident_at_a_dealer_has_no_attendance() -> None:
    reasons = (of_ratio("distribution", 60, 80), of_ratio("revisits", 95, 90), of_ratio("execution", 7, 10), of_ratio("attainment", 80_000, 100_000))
    score = month(RESIDENT, *reasons, absences=absent("5"))
    assert points(score) == {"distribution": 15, "revisits": 20, "execution": 14, "attainment": 32}
    assert (score.daily_work, score.attendance, score.score) == (81 * E4, None, 81 * E4)


def test_objectives_make_up_for_one_another_and_stop_at_a_hundred() -> None:
    score = month(MBO, of_ratio("sales", 110, 100), of_ratio("receipts", 90, 100), of_ratio("development", 5, 10))
    assert (score.daily_work, points(score)) == (90 * E4, {"sales": 44, "receipts": 36, "development": 10})
    best = month(MBO, of_ratio("sales", 200, 100), of_ratio("receipts", 100, 100), of_ratio("development", 20, 10))
    assert best.score == WHOLE
    assert points(best) == {"sales": 48, "receipts": 40, "development": 24, CAP: -12}
    assert points(month(MBO, of_ratio("sales", -5, 100), of_ratio("receipts", 0, 1), of_ratio("development", 0, 1)))["sales"] == 0


def test_what_could_not_be_measured_does_not_count_and_is_said() -> None:
    found = Measured([of_ratio("sales", 75, 100)], WEEKS, frozenset({"receipts", "development"}), None)
    score = scored(MBO, found)
    assert (score.assessed, score.daily_work, score.score) == (40 * E4, 75 * E4, 75 * E4)
    none = scored(MBO, Measured([], WEEKS, frozenset({"sales", "receipts", "development"}), None))
    assert (none.daily_work, none.score) == (None, None)
    no_week = month(SALES, weeks=())
    assert (no_week.assessed, no_week.daily_work) == (60 * E4, WHOLE)
    assert scored(SALES, Measured([event("other_work", -30)], WEEKS, frozenset(), None)).score == 70 * E4, "without attendance daily work alone"


def test_an_event_may_earn_back_but_not_more_than_there_was() -> None:
    assert points(month(SALES, event("other_work", -8), event("other_work", 5)))["other_work"] == 27
    assert points(month(SALES, event("other_work", 5)))["other_work"] == 30
    assert points(month(SALES, event("other_work", 5), event("other_work", -50)))["other_work"] == 0


def test_a_year_is_the_sum_of_its_months_divided_by_those_assessed() -> None:
    assert year([90 * E4, 80 * E4]) == 85 * E4
    assert year([90 * E4] * 11 + [78 * E4]) == 89 * E4
    assert year([1, 1, 0]) == 1
    assert year([]) is None


_ITEMS = {scheme.id: [(item, cause) for item in scheme.items() for cause in item.causes] for scheme in (SALES, MANAGER, RESIDENT, MBO)}


@st.composite
def anything(draw: st.DrawFn) -> tuple[Scheme, Measured]:
    scheme = draw(st.sampled_from([SALES, MANAGER, RESIDENT, MBO]))
    weeks = WEEKS[: draw(st.integers(0, 4))]
    reasons = []
    for item in scheme.items():
        for _ in range(draw(st.integers(0, 4))):
            cause = draw(st.sampled_from(item.causes)).id if item.causes else "form"
            kind = draw(st.sampled_from(["event", "form", "cause"]))
            reason = Reason(item.id, cause, "event", cover=draw(st.sampled_from(WEEKS)), day=date(2026, 10, draw(st.integers(1, 31))),
                            document=draw(st.sampled_from("ab")), doubled=draw(st.booleans()))  # fmt: skip
            if kind == "event":
                reason = replace(reason, points=draw(st.integers(-50 * E4, 50 * E4)))
            elif kind == "form" and item.form:
                reason = replace(reason, form_missed=True)
            elif item.rule in ("ratio", "count"):
                reason = replace(reason, measured=draw(st.integers(-E4, 300 * E4)), wanted=draw(st.integers(1, 200 * E4)))
            reasons.append(reason)
    unmeasured = frozenset(draw(st.sets(st.sampled_from([item.id for item in scheme.items()]))))
    absences = draw(st.none() | st.lists(st.sampled_from(absent("1", "2h", "3", "4h")), max_size=31))
    return scheme, Measured(reasons, weeks, unmeasured, absences)


@settings(max_examples=300)
@given(anything(), st.randoms(use_true_random=False))
def test_scores_stay_in_their_bounds_reasons_add_up_and_order_does_not_matter(case: tuple[Scheme, Measured], shuffle: random.Random) -> None:
    scheme, found = case
    score = scored(scheme, found)
    for value in (score.daily_work, score.attendance, score.score):
        assert value is None or 0 <= value <= WHOLE
    lost: dict[str, int] = defaultdict(int)
    for one in score.reasons:
        lost[one.item] += one.lost
    assert all(lost[item.item] == item.lost for item in score.items)
    assert set(lost) <= {item.item for item in score.items}
    for block in scheme.blocks:
        of_block = [item for item in score.items if item.block == block.id and item.measured]
        assert sum(item.lost for item in of_block) <= sum(item.maximum for item in of_block), "a block does not fall below 0"
    if score.assessed == WHOLE:
        assert score.daily_work == sum(item.maximum - item.lost for item in score.items if item.item != ATTENDANCE)
    mixed = list(found.reasons)
    shuffle.shuffle(mixed)
    days = None if found.absences is None else list(reversed(found.absences))
    assert scored(scheme, replace(found, reasons=mixed, absences=days)) == score


# --- schemes ----------------------------------------------------------------------------------------------------------


def test_schemes_are_chosen_by_person_role_and_day() -> None:
    common = {"weights": {"daily_work": 1, "attendance": 0}}
    file = AssessmentFile.model_validate({"schemes": [
        {"use": "salesperson", "from": "2026-01-01", "roles": ["salesperson"]},
        {"use": "salesperson", "id": "stricter", "from": "2026-07-01", "roles": ["salesperson"], **common},
        {"use": "resident", "from": "2026-03-01", "employees": ["00107"]},
    ]})  # fmt: skip

    def chosen(who: str, role: str, day: date) -> str | None:
        found = file.scheme(who, role, day)
        return found.id if found else None

    assert chosen("1", "salesperson", date(2025, 12, 31)) is None
    assert chosen("1", "salesperson", date(2026, 6, 30)) == "salesperson"
    assert chosen("1", "salesperson", date(2026, 7, 1)) == "stricter"
    assert chosen("00107", "salesperson", date(2026, 2, 28)) == "salesperson"
    assert chosen("00107", "salesperson", date(2026, 12, 1)) == "resident", "one that names the person goes before one of the role"
    assert chosen("2", "clerk", date(2026, 12, 1)) is None


GOOD = """\
schemes:
  - use: salesperson
    from: 2026-01-01
    roles: [salesperson]
"""
OWN = """\
schemes:
  - id: own
    name: {zh-Hans: 甲, zh-Hant: 甲, en: A}
    from: 2026-01-01
    roles: [salesperson]
    blocks:
      - id: all
        name: {zh-Hans: 甲, zh-Hant: 甲, en: A}
        items:
          - id: one
            name: {zh-Hans: 甲, zh-Hant: 甲, en: A}
            maximum: 100
            rule: deduct
            causes:
              - {id: late_ones, name: {zh-Hans: 甲, zh-Hant: 甲, en: A}, measure: late, tables: [visit], points: 5}
"""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD.replace("use: salesperson", "use: sales"), 2, "no default rubric 'sales'; there are mbo, region_manager, resident, salesperson"),
        (GOOD.replace("    roles: [salesperson]\n", ""), 2, "say for whom it is"),
        (GOOD.replace("roles: [salesperson]", "roles: [seller]"), 4, "salesperson"),
        (GOOD + "    weight: 1\n", 5, "not a known key"),
        (GOOD + "    weights: {daily_work: 0.7, attendance: 0.2}\n", 5, "add up to 1"),
        (GOOD + "    grades: [{name: {en: A}, from: 90}]\n", 2, "down to one that begins at 0"),
        (GOOD + GOOD.partition("\n")[2], 1, "two schemes hold for salesperson from the same day"),
        (OWN.replace("maximum: 100", "maximum: 90"), 2, "the maxima of the items add up to 90, and not to 100"),
        (OWN.replace(", points: 5", ""), 10, "say how many points a case costs"),
        (OWN.replace(", tables: [visit]", ""), 15, "the measure late needs tables"),
        (OWN.replace("measure: late", "measure: training"), 10, "fed by event, joint, late, shortfall, not by training"),
        (OWN.replace("id: late_ones", "id: one"), 2, "'one' stands for two items or causes"),
        (OWN.replace("rule: deduct", "rule: omissions"), 10, "fed by"),
        (OWN.replace("name: {zh-Hans: 甲, zh-Hant: 甲, en: A}\n    from", "name: {en: A}\n    from"), 3, "needed in zh-Hans, zh-Hant too"),
        ("corrections: newest\n" + GOOD, 1, "first"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "assessment.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as told:
        load_assessment(tmp_path)
    assert f"{path}:{line}:" in str(told.value)
    assert said in str(told.value)


def test_a_company_may_write_its_own_rubric_or_none(tmp_path: Path) -> None:
    assert load_assessment(tmp_path) is None
    (tmp_path / "assessment.yaml").write_text(OWN, "utf-8")
    found = load_assessment(tmp_path)
    assert found is not None
    [scheme] = found.schemes
    late = Reason("one", "late_ones", "late", form="visit")
    assert month(scheme, *[late] * 3).daily_work == 85 * E4
    assert e4(scheme.weights.attendance) == 3000
