"""Each person's monthly score in the demo, counted from what was delivered and when, with plain loops over the rubric as people read it.

On purpose unlike the pipeline's own way; nothing of it is imported. Points are whole ten-thousandths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from pipelines.company.calendar import Calendar
from pipelines.demo import claims, daily
from pipelines.demo import world as w
from pipelines.demo.field import VISIT_KINDS, FieldRows
from pipelines.demo.files import Inbox, Row
from pipelines.demo.office import OfficeRows
from pipelines.demo.people import STATUS, PeopleRows, Week

E4 = 10_000
FIRST = (2026, 5)
"""The schemes of ``companies/demo/assessment.yaml`` begin in May 2026."""
TRIAL = (2026, 10)
RESIDENT, OBJECTIVES = ("00107", "00113", "00122"), ("00106", "00110", "00121")
"""Who is assessed otherwise from October 2026: living at a dealer, by objectives."""
KEY_ACCOUNTS = 2
ITEM_OF = {
    "outlet_problem": "dealers", "policy_or_stock": "dealers", "special_problem": "dealers", "weekly_poor": "quality",
    "other_lapse": "other", "review_left_out": "reviews", "supervision_lapse": "supervision",
}  # fmt: skip
"""Events by the item of the rubric that they belong to."""
WEEKLY = ("last", "next", "key_accounts", "quality")


def near(value: Fraction) -> int:
    """The nearest whole number, half away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int(abs(value) + Fraction(1, 2))


def _part(maximum: int, actual: int, wanted: int, *, most: Fraction = Fraction(1)) -> tuple[int, int]:
    """The maximum and what a share of it earns, in ten-thousandths."""
    return maximum * E4, near(maximum * E4 * max(Fraction(0), min(Fraction(actual, wanted), most)))


def _utc(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def scores(
    world: w.World, calendar: Calendar, noted: FieldRows, reported: PeopleRows, kept: OfficeRows, achieved: Achieved, inbox: Inbox
) -> list[dict[str, Any]]:
    """One row a month and person: ``period, employee_code, daily_work, attendance, score``; of the year so far in ``year_score``.

    ``attendance`` is empty where it does not count, all three where nothing could be measured.
    """
    found: list[dict[str, Any]] = []
    sums: dict[tuple[int, str], list[int]] = {}
    rows = _Rows(noted, reported, kept, achieved, inbox)
    for month in (one for one in world.months if one >= FIRST):
        for code, (work, attended) in sorted(_Month(world, calendar, rows, month).results().items()):
            score = work if work is None or attended is None else near(Fraction(7 * work + 3 * attended, 10))
            year = sums.setdefault((month[0], code), [])
            year += [] if score is None else [score]
            found.append(
                {"period": w.key(month), "employee_code": code, "daily_work": work, "attendance": attended, "score": score,
                 "year_score": near(Fraction(sum(year), len(year))) if year else None}
            )  # fmt: skip
    return found


@dataclass(frozen=True)
class Achieved:
    """Of salespeople: ``receipts`` and new ``outlets`` against their own plan by person and month; ``shops`` of their dealers in the latest
    month: all, visited, supplied."""

    receipts: dict[tuple[str, tuple[int, int]], tuple[int, int]]
    outlets: dict[tuple[str, tuple[int, int]], tuple[int, int]]
    shops: dict[str, tuple[int, int, int]]


class _Rows:
    """What was loaded, by whose it is, and when what could be used came: put in order once for all months."""

    def __init__(self, noted: FieldRows, reported: PeopleRows, kept: OfficeRows, achieved: Achieved, inbox: Inbox) -> None:
        self.achieved = achieved
        self.attendance = _by("employee_code", kept.loaded("attendance"))
        self.events = _by("employee_code", kept.loaded("assessment_event"))
        self.training = _by("region_code", kept.loaded("training"))
        self.reports = _by("employee_code", reported.loaded("work_report"))
        self.plans = _by("employee_code", reported.loaded("work_plan"))
        self.visits = _by("employee_code", noted.loaded("visit"))
        self.states = {(one["employee_code"], one["period"]): one["state"] for one in reported.handed_in}
        self.known_at = max(datetime.fromisoformat(at) for at, _ in inbox.arrivals.values())
        self.came: dict[tuple[str, str, str], list[datetime]] = {}
        for one in inbox.tallies:
            if one.status in ("live", "superseded"):
                at = datetime.fromisoformat(inbox.arrivals[one.path][0])
                self.came.setdefault((one.table, one.sender, one.cover), []).append(at)


def _by(column: str, rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


class _Month:
    def __init__(self, world: w.World, calendar: Calendar, rows: _Rows, month: tuple[int, int]) -> None:
        self.world, self.calendar, self.rows, self.month = world, calendar, rows, month
        self.first, self.last = date(*month, 1), w.last_day(month)
        monday = self.first - timedelta(days=self.first.weekday())
        self.weeks = [Week(monday + timedelta(days=7 * n)) for n in range(6)]
        self.weeks = [one for one in self.weeks if self.first <= one.day(6) <= self.last]

    def results(self) -> dict[str, tuple[int | None, int | None]]:
        """Daily work and attendance of everybody who is assessed; who is on trial of another scheme has no attendance."""
        found: dict[str, tuple[int | None, int | None]] = {}
        answered: list[tuple[str, date, int]] = []
        for person, start, end in self._assessed("salesperson"):
            if self.month >= TRIAL and person.code in RESIDENT + OBJECTIVES:
                parts = self._resident(person, start, end) if person.code in RESIDENT else self._objectives(person)
                whole = sum(maximum for maximum, _ in parts)
                earned = min(whole, sum(points for _, points in parts))
                found[person.code] = near(Fraction(earned * 100 * E4, whole)) if parts else None, None
                continue
            daily, of_forms = self._salesperson(person, start, end)
            found[person.code] = daily, self._attendance(person, start, end)
            answered += of_forms
        for person, start, end in self._assessed("region_manager"):
            found[person.code] = self._manager(person, start, end, answered), self._attendance(person, start, end)
        return found

    def _assessed(self, role: str) -> Iterator[tuple[w.Employee, date, date]]:
        for person in self.world.employees:
            start, end = max(self.first, person.hired), self.last
            if person.trainee_until is not None:
                start = max(start, person.trainee_until + timedelta(days=1))
            if person.left is not None:
                end = min(end, person.left)
            if person.role == role and start <= end:
                yield person, start, end

    def _attendance(self, person: w.Employee, start: date, end: date) -> int:
        days = 0
        for row in self.rows.attendance.get(person.code, []):
            if start <= row["day"] <= end and row["status"] in ("absent", "half_absent"):
                days += 1
        return max(0, 100 - 4 * days) * E4

    def _events(self, person: w.Employee, item: str, start: date, end: date) -> list[tuple[date, int]]:
        return [
            (row["happened_on"], -row["points"]) for row in self.rows.events.get(person.code, [])
            if ITEM_OF[row["rubric_item"]] == item and start <= row["happened_on"] <= end
        ]  # fmt: skip

    # --- salespeople ---

    def _salesperson(self, person: w.Employee, start: date, end: date) -> tuple[int, list[tuple[str, date, int]]]:
        lost = sum(points for _, points in self._events(person, "dealers", start, end)) + self._late_dealers(person, start, end)
        won, wanted = self.rows.achieved.outlets.get((person.code, self.month), (0, 0))
        lost += 5 * E4 if won < wanted else 0
        other = sum(points for _, points in self._events(person, "other", start, end))
        weeks = [one for one in self.weeks if start <= one.day(6) <= end]
        weekly, forms = self._weekly(person, weeks)
        measured = (100 if weeks else 60) * E4
        daily = measured - min(lost, 30 * E4) - min(other, 30 * E4) - weekly
        return near(Fraction(daily * 100 * E4, measured)), forms

    def _late_dealers(self, person: w.Employee, start: date, end: date) -> int:
        """Five points for each form of a dealer that came late or not at all; ten if it is missing, as the one before it was."""
        cost = 0
        for index, dealer in enumerate(self.world.reporters):
            for table in ("sell_out", "rebate_claim"):
                before = ""
                for key, last, due in self._owed_by(index, table):
                    state = self._of_dealer(dealer.code, table, key, due)
                    mine = self.first <= last and start <= last <= end and dealer.employee_on(last) == person.code
                    if mine and state in ("late", "missing"):
                        cost += 10 * E4 if (state, before) == ("missing", "missing") else 5 * E4
                    before = state
        return cost

    def _owed_by(self, index: int, table: str) -> list[tuple[str, date, datetime]]:
        """What a dealer owes of this month and of the one before: its key, last day, and when it is due."""
        year, number = (self.month[0], self.month[1] - 1) if self.month[1] > 1 else (self.month[0] - 1, 12)
        found: list[tuple[str, date, datetime]] = []
        for month in ((year, number), self.month):
            last = w.last_day(month)
            if table == "rebate_claim":
                # Midnight at the end of the 25th in Shanghai.
                claimed = month in self.world.months[-claims.MONTHS :]
                found += [(w.key(month), last, _utc(date(*month, claims.DUE_DAY), 16))] if claimed else []
            elif daily.reports(self.world, index, month):
                days = [date(*month, n) for n in range(1, last.day + 1)]
                # Four in the afternoon of the same day.
                found += [(day.isoformat(), day, _utc(day, 8)) for day in days if self.calendar.is_working_day(day)]
            elif month >= FIRST:
                # Six in the evening of the 5th of the next month.
                found.append((w.key(month), last, _utc(last + timedelta(days=5), 10)))
        return found

    def _of_dealer(self, code: str, table: str, key: str, due: datetime) -> str:
        """The first file that could be used counts."""
        came = self.rows.came.get((table, code, key))
        if came:
            return "late" if min(came) > due else "on_time"
        return "missing" if self.rows.known_at > due else "not_due"

    def _weekly(self, person: w.Employee, weeks: list[Week]) -> tuple[int, list[tuple[str, date, int]]]:
        """What the weekly report costs of its 40 points, and the part of it that late forms cost, by the week's last day.

        Each item by the mean of the weeks; a week without a form in time costs it all, a second one running twice. The block stops at 0:
        what is counted last (by item, then by week) gives way.
        """
        parts: list[tuple[Week, bool, int]] = []
        for item in WEEKLY:
            costs: list[tuple[Week, bool, int]] = []
            for week in weeks:
                state = self.rows.states.get((person.code, week.key), "")
                if state in ("late", "missing"):
                    before = Week(week.monday - timedelta(days=7))
                    twice = state == "missing" and self.rows.states.get((person.code, before.key), "") == "missing"
                    costs.append((week, True, (20 if twice else 10) * E4))
                else:
                    costs += [(week, False, cost) for cost in self._of_week(person, item, week)]
            parts += self._mean(costs, len(weeks))
        over = sum(cost for _, _, cost in parts) - 40 * E4
        for place in range(len(parts) - 1, -1, -1):
            if over > 0:
                week, is_form, cost = parts[place]
                cut = min(over, cost)
                parts[place], over = (week, is_form, cost - cut), over - cut
        forms: dict[date, int] = {}
        for week, is_form, cost in parts:
            if is_form:
                forms[week.day(6)] = forms.get(week.day(6), 0) + cost
        return sum(cost for _, _, cost in parts), [(person.code, day, cost) for day, cost in sorted(forms.items())]

    @staticmethod
    def _mean(costs: list[tuple[Week, bool, int]], weeks: int) -> list[tuple[Week, bool, int]]:
        """Each cost divided by the number of weeks; what rounding leaves over goes to the first of the largest."""
        if not costs:
            return []
        shares = [near(Fraction(cost, weeks)) for _, _, cost in costs]
        largest = max(range(len(costs)), key=lambda place: (costs[place][2], -place))
        shares[largest] += near(Fraction(sum(cost for _, _, cost in costs), weeks)) - sum(shares)
        return [(week, is_form, share) for (week, is_form, _), share in zip(costs, shares, strict=True)]

    def _of_week(self, person: w.Employee, item: str, week: Week) -> list[int]:
        """What a week that was reported in time costs of an item, cost by cost."""
        if item == "quality":
            spent = 0
            found = []
            for _, points in sorted(self._events(person, item, week.monday, week.day(6))):
                found.append(min(points, 10 * E4 - spent))
                spent += found[-1]
            return found
        omitted = {"last": self._not_told, "next": self._not_planned, "key_accounts": self._not_visited}[item](person, week)
        return [[3, 7][n] * E4 if n < 2 else 0 for n in range(omitted)]

    def _not_told(self, person: w.Employee, week: Week) -> int:
        """An empty summary, and each planned line of which nothing was reported."""
        number = 0
        for row in self.rows.reports.get(person.code, []):
            if row["period"] == week.key and not row.get("summary"):
                number += 1
        planned, told = self._work(person, week.key)
        return number + len(planned - told.keys())

    def _work(self, person: w.Employee, key: str) -> tuple[set[int], dict[int, str]]:
        """The lines of a plan of work, and what was reported of which line."""
        rows = [row for row in self.rows.plans.get(person.code, []) if row["period"] == key]
        planned = {row["line"] for row in rows if row["stage"] == "plan"}
        return planned, {row["line"]: row["status"] for row in rows if row["stage"] == "result"}

    def _not_planned(self, person: w.Employee, week: Week) -> int:
        return sum(1 for row in self.rows.reports.get(person.code, []) if row["period"] == week.key and not row.get("plan"))

    def _not_visited(self, person: w.Employee, week: Week) -> int:
        made = 0
        for row in self.rows.visits.get(person.code, []):
            if row.get("kind") == VISIT_KINDS["key_account"]:
                made += week.monday <= row["visited_at"] <= week.day(6)
        return max(0, KEY_ACCOUNTS - made)

    # --- on trial: each part that can be measured as its maximum and the points earned ---

    def _resident(self, person: w.Employee, start: date, end: date) -> list[tuple[int, int]]:
        """Shops supplied (of 80 %), visited (of 90 %), work planned for weeks and month and done: 20 each; receipts against plan: 40."""
        parts = []
        shops, visited, supplied = self.rows.achieved.shops.get(person.code, (0, 0, 0))
        if shops:
            parts += [_part(20, supplied * 10, shops * 8), _part(20, visited * 10, shops * 9)]
        lines = done = 0
        for key, day in [(week.key, week.day(6)) for week in self.weeks] + [(w.key(self.month), self.last)]:
            if start <= day <= end:
                planned, told = self._work(person, key)
                if told:
                    counted = planned or set(told)
                    lines += len(counted)
                    done += sum(told.get(line) == STATUS["done"] for line in counted)
        if lines:
            parts.append(_part(20, done, lines))
        received, plan = self.rows.achieved.receipts.get((person.code, self.month), (0, 0))
        return [*parts, _part(40, received, plan)] if plan > 0 else parts

    def _objectives(self, person: w.Employee) -> list[tuple[int, int]]:
        """Receipts 40 and outlets 20, each up to a fifth above its maximum. Nobody has a plan of sales of their own."""
        both = ((40, self.rows.achieved.receipts), (20, self.rows.achieved.outlets))
        found = [(maximum, *by.get((person.code, self.month), (0, 0))) for maximum, by in both]
        return [_part(maximum, actual, plan, most=Fraction(6, 5)) for maximum, actual, plan in found if plan > 0]

    # --- region managers ---

    def _manager(self, person: w.Employee, start: date, end: date, answered: list[tuple[str, date, int]]) -> int:
        daily = 100 * E4
        if self.rows.states.get((person.code, w.key(self.month))) in ("late", "missing"):
            daily -= 70 * E4  # the report's sixty, and ten for its day
        daily -= min(10 * E4, sum(points for _, points in self._events(person, "reviews", start, end)))
        held = [
            row for row in self.rows.training.get(person.region, [])
            if row["recorded"] and start <= row["held_on"] <= end
        ]  # fmt: skip
        daily -= 0 if held else 10 * E4
        cost = sum(points for _, points in self._events(person, "supervision", start, end))
        regions = {one.code: one for one in self.world.employees}
        for code, day, points in answered:
            if regions[code].region_on(day) == person.region:
                cost += near(Fraction(points, 10))
        return daily - min(10 * E4, cost)
