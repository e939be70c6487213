"""Submissions: deadlines in the company's time zone, arrivals in UTC, and only what was known at the moment asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company, Obligation
from pipelines.company.covers import Cover, cover_of, covers
from pipelines.company.policy import Policy
from pipelines.contracts.marts_sales import SUBMISSION_RATES, SUBMISSIONS
from pipelines.errors import ConfigurationError
from pipelines.metrics import submissions as m
from tests.builders import fact_rows, facts_of

COMPANY = Company(Path("demo"), Policy(name="Green Field"), Calendar(CalendarFile()), {}, (), (), "d")
OCTOBER = COMPANY.calendar.period("2026-10")
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONTHLY = Obligation(sender="D1", table="sell_out", every="period", due_day=5, due_time="16:00")
DAILY = Obligation(sender="D1", table="sell_out", every="day", due_day=0, due_time="16:00")


def owing(*obligations, **calendar):
    return replace(COMPANY, obligations=obligations, calendar=Calendar(CalendarFile(**calendar)))


def file(arrived_at, cover="2026-10", status="live", sha="a", **more):
    return {
        "sender": "D1", "table": "sell_out", "cover": cover, "arrived_at": arrived_at, "status": status, "reason": None,
        "source_file": f"{sha}.xlsx", "source_sha256": sha,
    } | more


def ledger(*rows):
    names = ("sender", "table", "cover", "arrived_at", "status", "reason", "source_file", "source_sha256")
    return pl.DataFrame(list(rows), schema=dict.fromkeys(names, pl.String))


def faults(*rows):
    schema = {"table": pl.String, "source_sha256": pl.String, "severity": pl.String, "reason_no": pl.Int64}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def found(company, *files, known_at=None, facts=None, refused=()):
    frame = m.submissions(ledger(*files), faults(*refused), facts or facts_of(), company, OCTOBER, known_at)
    assert frame.schema == SUBMISSIONS.schema
    return frame


def test_a_deadline_is_in_the_companys_time_zone():
    # 16:00 in Shanghai is 08:00 UTC.
    row = found(owing(MONTHLY), file("2026-11-05T08:00:00.000000Z")).row(0, named=True)
    assert (row["status"], row["days_late"], row["due_local"], row["due_at"]) == ("on_time", 0, "2026-11-05 16:00", "2026-11-05T08:00:00.000000Z")
    late = found(owing(MONTHLY), file("2026-11-05T08:00:01.000000Z")).row(0, named=True)
    assert (late["status"], late["days_late"], late["arrived_local"]) == ("late", 1, "2026-11-05 16:00")
    assert found(owing(MONTHLY), file("2026-11-07T08:00:00.000000Z")).row(0, named=True)["days_late"] == 2


def test_what_is_missing_is_late_to_the_moment_and_what_is_not_due_is_nothing():
    company = owing(MONTHLY)
    before, after = datetime(2026, 11, 5, 7, tzinfo=UTC), datetime(2026, 11, 7, 9, tzinfo=UTC)
    arrived = file("2026-11-20T00:00:00.000000Z")
    row = found(company, arrived, known_at=before).row(0, named=True)
    assert (row["status"], row["days_late"], row["deliveries"]) == ("not_due", None, 0)
    row = found(company, arrived, known_at=after).row(0, named=True)
    assert (row["status"], row["days_late"], row["arrived_at"]) == ("missing", 3, None)
    assert found(company, arrived)["status"].to_list() == ["late"]
    assert found(company)["status"].to_list() == ["not_due"]


def test_a_correction_does_not_move_the_arrival_and_rows_are_of_what_stands():
    facts = facts_of(sell_out=fact_rows("sell_out", *({"source_sha256": "b"} for _ in range(3))))
    rows = [("sell_out", "b", "error", 1), ("sell_out", "b", "error", 2), ("sell_out", "b", "warning", 1), ("sell_out", "a", "error", 1), ("visit", "b", "error", 1)]
    files = (file("2026-11-04T00:00:00.000000Z", status="superseded"), file("2026-11-09T00:00:00.000000Z", sha="b"))
    row = found(owing(MONTHLY), *files, facts=facts, refused=rows).row(0, named=True)
    assert (row["status"], row["rows_accepted"], row["rows_rejected"], row["deliveries"]) == ("on_time", 3, 1, 2)
    assert (row["corrected_at"], row["source_file"]) == ("2026-11-09T00:00:00.000000Z", "b.xlsx")
    earlier = found(owing(MONTHLY), *files, known_at=datetime(2026, 11, 8, tzinfo=UTC), refused=rows).row(0, named=True)
    assert (earlier["corrected_at"], earlier["rows_rejected"], earlier["source_file"]) == (None, 1, "a.xlsx")


def test_two_files_that_both_stand_are_no_correction():
    row = found(owing(MONTHLY), file("2026-11-04T00:00:00.000000Z"), file("2026-11-05T00:00:00.000000Z", sha="b")).row(0, named=True)
    assert (row["corrected_at"], row["deliveries"]) == (None, 2)


def test_a_file_that_could_not_be_read_did_not_arrive():
    refused = file("2026-11-04T00:00:00.000000Z", status="rejected", reason="encrypted")
    row = found(owing(MONTHLY), refused, known_at=datetime(2026, 11, 6, tzinfo=UTC)).row(0, named=True)
    assert (row["status"], row["arrived_at"], row["reason"], row["rows_accepted"], row["deliveries"]) == ("missing", None, "encrypted", None, 1)
    again = found(owing(MONTHLY), refused, file("2026-11-05T00:00:00.000000Z", sha="b")).row(0, named=True)
    assert (again["status"], again["reason"]) == ("on_time", None)


def test_every_working_day_owes_its_own_file():
    company = owing(DAILY, holidays=(date(2026, 10, 1), date(2026, 10, 2)), moved_working_days=(date(2026, 10, 10),))
    frame = found(company, file("2026-10-05T07:59:00.000000Z", cover="2026-10-05"), file("2026-10-31T12:00:00.000000Z", cover="2026-10-10", sha="b"))
    assert frame.height == 21
    assert frame.filter(pl.col("status") != "missing").select("cover", "status", "days_late").rows() == [("2026-10-05", "on_time", 0), ("2026-10-10", "late", 22)]
    rates = m.submission_rates(frame)
    assert rates.schema == SUBMISSION_RATES.schema
    row = rates.row(0, named=True)
    assert (row["expected"], row["due"], row["on_time"], row["late"], row["missing"]) == (21, 21, 1, 1, 19)
    assert row["on_time_rate"] == pytest.approx(1 / 21)
    assert row["received_rate"] == pytest.approx(2 / 21)


def test_nothing_due_has_no_rate():
    frame = found(owing(DAILY), known_at=datetime(2026, 9, 1, tzinfo=UTC))
    row = m.submission_rates(frame).row(0, named=True)
    assert (row["due"], row["on_time_rate"], row["received_rate"]) == (0, None, None)


def test_days_inside_a_month_serve_the_month_and_a_whole_history_the_month_that_had_ended():
    company = owing(MONTHLY)
    assert found(company, file("2026-11-01T00:00:00.000000Z", cover="2026-10-31"))["status"].to_list() == ["on_time"]
    assert found(company, file("2026-11-02T00:00:00.000000Z", cover=""))["status"].to_list() == ["on_time"]
    # A state that came before the month was over, or one of the month after, is another month's.
    assert found(company, file("2026-10-20T00:00:00.000000Z", cover=""))["deliveries"].to_list() == [0]
    assert found(company, file("2026-12-02T00:00:00.000000Z", cover=""))["deliveries"].to_list() == [0]
    assert found(company, file("2026-11-02T00:00:00.000000Z", cover="2026-11"))["deliveries"].to_list() == [0]
    assert found(company, file("2026-11-02T00:00:00.000000Z", cover=None))["deliveries"].to_list() == [0]


def test_the_same_content_again_and_other_senders_change_nothing():
    files = (file("2026-11-09T00:00:00.000000Z"), file("2026-11-01T00:00:00.000000Z", status="duplicate"), file("2026-11-01T00:00:00.000000Z", sender="D2"),
             file("2026-11-01T00:00:00.000000Z", table="visit"))
    assert found(owing(MONTHLY), *files).select("status", "deliveries").rows() == [("late", 1)]


def test_obligations_are_dated():
    later = MONTHLY.model_copy(update={"valid_from": "2026-10-01", "due_day": 10})
    future = Obligation(sender="D9", table="visit", every="period", due_day=1, valid_from="2026-11-01")
    frame = found(owing(MONTHLY, later, future))
    assert frame.select("sender", "due_local").rows() == [("D1", "2026-11-10 16:00")]


@pytest.mark.parametrize(
    ("every", "day", "offset", "time", "cover", "expected"),
    [
        ("period", 31, 1, "24:00", Cover("2026-10", date(2026, 10, 1), date(2026, 10, 31)), "2026-12-01T00:00"),
        ("period", 30, 4, "18:30", Cover("2026-10", date(2026, 10, 1), date(2026, 10, 31)), "2027-02-28T18:30"),
        ("half_month", 16, 0, "12:00", Cover("2026-10-H1", date(2026, 10, 1), date(2026, 10, 15)), "2026-10-16T12:00"),
        ("week", 0, 1, "09:00", Cover("2026-W41", date(2026, 10, 5), date(2026, 10, 11)), "2026-10-11T09:00"),
        ("day", 1, 1, "24:00", Cover("2026-10-31", date(2026, 10, 31), date(2026, 10, 31)), "2026-11-02T00:00"),
    ],
)
def test_deadlines(every, day, offset, time, cover, expected):
    due = m.due_at(Obligation(sender="D", table="t", every=every, due_day=day, due_offset=offset, due_time=time), cover, SHANGHAI)
    assert due.replace(tzinfo=None).isoformat(timespec="minutes") == expected


@pytest.mark.parametrize("text", ["4pm", "25:00", "24:01", "12:60"])
def test_a_due_time_that_is_no_time_is_refused(text):
    with pytest.raises(ConfigurationError, match="due_time"):
        m.due_at(Obligation(sender="D", table="t", every="period", due_day=1, due_time=text), covers("period", OCTOBER, COMPANY.calendar)[0], SHANGHAI)


def test_an_unknown_rhythm_is_refused():
    with pytest.raises(ConfigurationError, match="fortnight"):
        covers("fortnight", OCTOBER, COMPANY.calendar)


@given(st.sampled_from(["day", "week", "half_month", "period"]), st.sampled_from(["monday", "sunday", "saturday"]), st.integers(1, 31), st.integers(0, 300))
def test_covers_are_read_back_from_their_keys_and_belong_to_one_period_each(every, week_start, cut_off, index):
    calendar = Calendar(CalendarFile(kind="cut_off", cut_off_day=cut_off, week_start=week_start))
    period = calendar.periods[index]
    for cover in covers(every, period, calendar):
        assert cover_of(cover.key, calendar) == cover
        assert period.start <= cover.end <= period.end


def test_a_strange_key_has_no_days():
    assert cover_of("spring", COMPANY.calendar) is None
    assert cover_of("2025-W53", COMPANY.calendar) is None


def test_the_week_before_the_meeting_is_owed_on_its_saturday_and_not_by_who_has_left():
    weekly = Obligation(sender="E1", table="work_report", every="week", due_day=-1, due_time="12:00", valid_from="2026-10-01", valid_to="2026-10-20")
    rows = found(owing(weekly), file("2026-10-10T04:00:00.000000Z", cover="2026-W41", sender="E1", table="work_report"),
                 file("2026-10-17T04:00:01.000000Z", cover="2026-W42", sender="E1", table="work_report"))  # fmt: skip
    assert rows.select("cover", "due_local", "status").rows() == [
        ("2026-W40", "2026-10-03 12:00", "missing"), ("2026-W41", "2026-10-10 12:00", "on_time"), ("2026-W42", "2026-10-17 12:00", "late"),
    ]  # fmt: skip


def test_another_file_with_rows_of_the_same_table_does_not_stand_for_the_one_that_is_owed():
    diary = Obligation(sender="E1", table="visit", every="period", due_day=3, files="field/E1/diary_*")
    weekly = file("2026-10-10T00:00:00.000000Z", cover="2026-W41", sender="E1", table="visit", source_file="field/E1/weekly_2026-W41.xlsx")
    month = file("2026-11-05T00:00:00.000000Z", sender="E1", table="visit", sha="b", source_file="field/E1/diary_2026-10.xlsx")
    assert found(owing(diary), weekly, known_at=datetime(2026, 11, 5, tzinfo=UTC))["status"].to_list() == ["missing"]
    assert found(owing(diary), weekly, month).select("status", "source_file").rows() == [("late", "field/E1/diary_2026-10.xlsx")]
