"""The marts of pay (M7): a settlement with each of its amounts, the documents behind them, what is lacking to the next threshold.

What is paid is computed in ``pay``; here it is laid out so that everything adds up, and can be read back when the period is closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.company.covers import periods_of
from pipelines.company.pay import MEASURES, Base, PayPlan, Promotion, e4, e8
from pipelines.contracts.marts_pay import ITEM_KINDS, PAY_MARTS
from pipelines.errors import InvariantBroken
from pipelines.metrics import plan_actual
from pipelines.metrics.commission import Year, attained, is_reached, missing, rate_of
from pipelines.metrics.pay import FIXED, Pay, PayItem, Settlement, typed
from pipelines.metrics.pay_credit import KEY, Scheme
from pipelines.metrics.pay_people import Person
from pipelines.money import E8, FEN, allocate_expr, ratio

MARTS = {mart.name: mart for mart in PAY_MARTS}


def pay_marts(pay: Pay) -> dict[str, pl.DataFrame]:
    """The marts of the period of ``pay``; as they were kept, when it is paid. Empty for a company without pay plans.

    Raises ``InvariantBroken`` when a year's months do not add up.
    """
    return _Marts(pay).all()


class _Marts:
    def __init__(self, pay: Pay) -> None:
        self.pay = pay

    def all(self) -> dict[str, pl.DataFrame]:
        if self.pay.period.key in self.pay.settled.periods:
            return self.pay.settled.marts(self.pay.period.key)
        if not self.pay.periods or self.pay.company.pay is None:
            return {mart.name: pl.DataFrame(schema=mart.schema) for mart in PAY_MARTS}
        self._check()
        late = self._late_lines()
        names = ("pay_settlement", "pay_item", "pay_month", "pay_year", "pay_quarter")
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        changed = {(code, month) for code, month in late.select("employee_code", "in_period").iter_rows()}
        regions = dict(self.pay.facts.as_of("region", self.pay.period.end).select("region_code", "name").iter_rows())
        for person in self.pay.people:
            year = self.pay.years[person.code].get(self.pay.period.fiscal_year)
            settlement = self.pay.settlements[person.code][self.pay.period.key]
            days = self.pay.days(person, self.pay.period)
            if not settlement.items and not any(one.plan is not None for one in days):
                continue
            rows["pay_settlement"].append(self._settlement_row(person, settlement, year, regions))
            rows["pay_item"] += self._item_rows(person, settlement, changed)
            if year is not None:
                rows["pay_month"] += self._month_rows(person, year)
                rows["pay_year"] += self._year_rows(person, year)
            rows["pay_quarter"] += self._quarter_rows(person, days[-1].plan if days else None)
        frames = {name: _frame(name, found) for name, found in rows.items()}
        frames |= {"pay_plan": self._plan_rows(), "pay_line": self._lines(), "pay_late": late, "pay_unpaid": self._unpaid()}
        key = pl.lit(self.pay.period.key).alias("period")
        return {mart.name: typed(frames[mart.name].with_columns(key), mart.schema).sort(mart.grain, nulls_last=True) for mart in PAY_MARTS}

    def _check(self) -> None:
        for person in self.pay.people:
            for number, year in self.pay.years[person.code].items():
                given, rest = year.paid("commission"), year.total("lapsed", "waiting")
                if given + rest != year.total():
                    raise InvariantBroken(
                        f"The commission of {person.code} in {number}: paid {given / 1e4:.2f} and lapsed or waiting {rest / 1e4:.2f} "
                        f"are not what was earned, {year.total() / 1e4:.2f}. No settlement is published."
                    )

    def _settlement_row(self, person: Person, settlement: Settlement, year: Year | None, regions: Mapping[str, str]) -> dict[str, Any]:
        span = person.employed(self.pay.period)
        version = person.on(span[1] if span else self.pay.period.end)
        days = self.pay.days(person, self.pay.period)
        plan = days[-1].plan if days else None

        def of(*kinds: str) -> int:
            return sum(item.amount for item in settlement.items if item.kind in kinds)

        return {
            "employee_code": person.code, "name": person.name, "role": version.role, "region_code": version.region,
            "region_name": regions.get(version.region or ""), "pay_grade": version.grade, "trainee": bool(days) and days[-1].trainee,
            "plan": plan.name if plan is not None else None,
            "left_on": person.left if person.left is not None and person.left <= self.pay.period.end else None,
            "fixed": of(*FIXED), **{kind: of(kind) for kind in ITEM_KINDS if kind not in FIXED}, "payable": settlement.payable,
            "held_balance": -sum(amount for (what, _), amount in settlement.given.items() if what in ("holdback", "release")),
            "waiting": year.total("waiting") if year is not None else 0, "lapsed": year.total("lapsed") if year is not None else 0,
            "settled": False,
        }  # fmt: skip

    def _item_rows(self, person: Person, settlement: Settlement, changed: set[tuple[str, str]]) -> list[dict[str, Any]]:
        ordered = sorted(settlement.items, key=lambda item: ITEM_KINDS.index(item.kind))
        found = []
        for number, item in enumerate(ordered, start=1):
            cause = self._cause(person, item, changed) if item.kind == "late" else item.cause
            found.append({**item.__dict__, "cause": cause, "employee_code": person.code, "item_no": number})
        return found

    def _cause(self, person: Person, item: PayItem, changed: set[tuple[str, str]]) -> str:
        """Why a paid month would be another one today: its documents, its plan, or what happened in other months."""
        year = self.pay.calendar.period(item.for_period).fiscal_year
        if item.what in ("year_settlement", "release"):
            months = [p.key for p in self.pay.periods if p.fiscal_year == year]
        else:
            months = [item.for_period]
        if any((person.code, month) in changed for month in months):
            return "documents"
        then = self.pay.settled.targets
        own = self.pay.years[person.code].get(year)
        now = {one.month.period: one.month.target for one in own.earned} if own is not None else {}
        moved = [month for month in months if (person.code, month) in then and then[person.code, month] != now.get(month)]
        return "plan" if moved else "follows"

    def _month_rows(self, person: Person, year: Year) -> list[dict[str, Any]]:
        settles = any(item.period == self.pay.period.key and item.kind == "year_settlement" for item in year.items)
        lines = {line.month.period: line for line in year.lines} if settles else {}
        found = []
        for one in year.earned:
            month, line = one.month, lines.get(one.month.period)
            steps = [e4(step.start) - month.base for step in month.terms.rates if e4(step.start) > max(month.base, 0)]
            found.append({
                "employee_code": person.code, "in_period": month.period, "plan": self.pay.terms[person.code, month.period].name,
                "base_kind": month.terms.base, "achieved": month.achieved, "target": month.target,
                "attainment": _share(month.achieved, month.target), "unplanned": one.attainment is None, "base": month.base,
                "rate": rate_of(month), "earned": one.amount, "status": one.status, "paid_in": one.paid_in,
                "threshold": e8(month.terms.threshold), "missing": missing(month.achieved, month.target, e8(month.terms.threshold)),
                "step_missing": steps[0] if steps else None, "year_rate": line.rate if line else None,
                "year_amount": line.amount if line else None,
            })  # fmt: skip
        return found

    def _year_rows(self, person: Person, year: Year) -> list[dict[str, Any]]:
        found = []
        for base in dict.fromkeys(one.month.terms.base for one in year.earned):
            months = [one.month for one in year.earned if one.month.terms.base == base]
            targets = [month.target for month in months]
            known = [target for target in targets if target is not None]
            achieved, target = sum(month.achieved for month in months), sum(known) if len(known) == len(targets) else None
            whole = self._target_of_year(person, base, months[0].number)
            bands = months[-1].terms.year
            share, band = attained(achieved, target), None
            if share is not None and bands:
                band = next(one for one in bands if one.below is None or share < Fraction(e8(one.below), E8))
            limits = [e8(one.below) for one in bands if one.below is not None]
            # After the year is settled nothing more is to be reached in it.
            reachable = limits if not year.lines else []
            above = [limit for limit in reachable if (to_go := missing(achieved, whole, limit)) is not None and to_go > 0]
            found.append({
                "employee_code": person.code, "base_kind": base, "achieved": achieved, "target": target, "target_year": whole,
                "attainment": _share(achieved, target), "band_rate": e8(band.rate) if band is not None and band.rate != "monthly" else None,
                "next_attainment": above[0] if above else None, "next_missing": missing(achieved, whole, above[0]) if above else None,
            })  # fmt: skip
        return found

    def _target_of_year(self, person: Person, base: Base, since: int) -> int | None:
        """The plan of the whole fiscal year from the person's first month on; None where a month of it has none."""
        year = [p for p in self.pay.calendar.periods if p.fiscal_year == self.pay.period.fiscal_year and p.number >= since]
        targets = [self.pay.targets.get((MEASURES[base], person.code, p.key)) for p in year if p.start <= (person.left or p.start)]
        known = [target for target in targets if target is not None]
        return sum(known) if known and len(known) == len(targets) else None

    def _plan_rows(self) -> pl.DataFrame:
        assert self.pay.company.pay is not None
        plans = self.pay.company.pay.plans
        return _frame("pay_plan", [
            {"plan": plan.name, "valid_from": plan.start, "rules": plan.model_dump_json(by_alias=True)} for plan in plans
        ])  # fmt: skip

    def _lines(self) -> pl.DataFrame:
        """The documents of the period, and of the months that it pays with it; commission is what this settlement pays on each."""
        paid = {
            (code, item.for_period): item
            for code in self.pay.settlements for item in self.pay.items(code) if item.kind == "commission"
        }  # fmt: skip
        wanted = {*paid, *(key for key in self.pay.terms if key[1] == self.pay.period.key)}
        rates = {
            (code, one.month.period): rate_of(one.month)
            for code, years in self.pay.years.items() for year in years.values() for one in year.earned
        }  # fmt: skip
        parts = [pl.DataFrame(schema=MARTS["pay_line"].schema)]
        for scheme, lines in self.pay.credit.items():
            own = [
                (*key, rates[key], paid[key].amount if key in paid else None) for key in sorted(wanted)
                if (terms := self.pay.terms[key].commission) is not None and Scheme.of(terms) == scheme
            ]  # fmt: skip
            schema = {"employee_code": pl.String, "in_period": pl.String, "rate": pl.Int64, "_paid": pl.Int64}
            month = ["employee_code", "in_period"]
            found = lines.filter(pl.col("why").is_null()).join(pl.DataFrame(own, schema=schema, orient="row"), on=month)
            part = allocate_expr(pl.col("_paid"), pl.col("amount"), month, FEN)
            parts.append(found.with_columns(commission=pl.when(pl.col("_paid").is_not_null()).then(part)).drop("_paid", "why"))
        return self._named(pl.concat(parts, how="diagonal_relaxed"))

    def _late_lines(self) -> pl.DataFrame:
        """Documents of paid months that are not what they were when they were paid, of everybody for whom something is made up."""
        people = [code for code in self.pay.settlements if any(item.kind == "late" for item in self.pay.items(code))]
        months = [p.key for p in self.pay.periods if p.key in self.pay.settled.periods]
        key = ["in_period", *KEY]
        schema = MARTS["pay_late"].schema
        if not people or not months:
            return pl.DataFrame(schema=schema)
        place = ["source_file", "source_sheet", "source_row"]
        then = self.pay.settled.lines.filter(pl.col("employee_code").is_in(people), pl.col("in_period").is_in(months))
        parts = [pl.DataFrame(schema={name: schema[name] for name in [*key, *place]} | {"now": pl.Int64})]
        for scheme, lines in self.pay.credit.items():
            own = [key for key, plan in self.pay.terms.items() if plan.commission is not None and Scheme.of(plan.commission) == scheme]
            mine = pl.DataFrame(own, schema={"employee_code": pl.String, "in_period": pl.String}, orient="row")
            found = lines.filter(pl.col("why").is_null(), pl.col("employee_code").is_in(people), pl.col("in_period").is_in(months))
            parts.append(found.join(mine, on=["employee_code", "in_period"], how="semi").select(*key, *place, now="amount"))
        now = pl.concat(parts, how="diagonal_relaxed")
        both = then.join(now, on=key, how="full", coalesce=True, nulls_equal=True, suffix="_now").with_columns(
            pl.col("before", "now").fill_null(0), *(pl.coalesce(f"{name}_now", name).alias(name) for name in place)
        )
        moved = both.with_columns(difference=pl.col("now") - pl.col("before")).filter(pl.col("difference") != 0)
        return self._named(moved)

    def _unpaid(self) -> pl.DataFrame:
        """Documents of the period that nobody is paid for, and manual adjustments whose period is none."""
        parts = [
            lines.filter(pl.col("in_period") == self.pay.period.key, pl.col("why").is_in(["no_salesperson", "not_employed", "no_plan"]))
            .filter(pl.col("achieved") != 0).with_columns(reason="why") for lines in self.pay.credit.values()
        ]  # fmt: skip
        found = pl.concat([pl.DataFrame(schema=MARTS["pay_unpaid"].schema), *parts], how="diagonal_relaxed")
        known = [period.key for period in self.pay.calendar.periods if period.end >= self.pay.periods[0].start]
        nowhere = self.pay.facts["pay_adjustment"].filter(~pl.col("period").is_in(known)).with_columns(
            kind=pl.lit("manual"), document_no="adjustment_no", achieved="amount", reason=pl.lit("no_period")
        )
        by_hand = nowhere.select(name for name in nowhere.columns if name in MARTS["pay_unpaid"].schema and name != "period")
        return self._named(pl.concat([found.unique(list(KEY), keep="first", maintain_order=True), by_hand], how="diagonal_relaxed"))

    def _named(self, lines: pl.DataFrame) -> pl.DataFrame:
        customers = self.pay.facts.as_of("customer", self.pay.period.end).select("customer_code", customer_name="name")
        return lines.drop("customer_name", strict=False).join(customers, on="customer_code", how="left", maintain_order="left")

    # --- quarters and what follows from them

    def _quarter_rows(self, person: Person, plan: PayPlan | None) -> list[dict[str, Any]]:
        """The last four quarters; the verdict stands with the last one that is over."""
        rule = plan.pay.quarter if plan is not None and plan.pay is not None else None
        keys = list(dict.fromkeys(key for p in self.pay.periods if (key := self.pay.quarter_key(p)) is not None))
        if rule is None or plan is None or plan.pay is None:
            return []
        rows, threshold = [], e8(rule.threshold)
        for key in keys[-4:]:
            found = self.pay.quarter(person, key, rule.measure)
            complete = periods_of(key, self.pay.calendar)[-1] in self.pay.periods
            short = found.share is not None and found.share < Fraction(threshold, E8)
            rows.append({
                "employee_code": person.code, "quarter": key, "complete": complete, "actual": found.achieved if found.assessed else None,
                "target": found.target, "attainment": _share(found.achieved, found.target) if found.assessed else None,
                "next_pay": (e8(rule.pay) if short else E8) if complete else None,
                "missing": missing(found.achieved, found.target, threshold), "outlets": None, "outlets_target": None,
                "complaint_rate": None, "verdict": None, "open_points": "",
            })  # fmt: skip
        over = [row for row in rows if row["complete"]]
        if not over:
            return rows
        last = over[-1]
        if last["next_pay"] != E8:
            last["verdict"] = "listed" if len(over) > 1 and over[-2]["next_pay"] != E8 else "reduced"
        elif plan.pay.promotion is not None and _can_rise(person.on(self.pay.period.end).grade, plan):
            self._promoted(person, plan.pay.promotion, over, last)
        return rows

    def _promoted(self, person: Person, asked: Promotion, over: Sequence[dict[str, Any]], last: dict[str, Any]) -> None:
        """Enter into ``last`` whether a grade up is proposed, and what of that people must judge."""
        if len(over) < asked.quarters:
            return
        unmeasured: set[str] = set()
        for row in over[-asked.quarters :]:
            quarter = self.pay.quarter(person, row["quarter"], "receipts")
            received = quarter.achieved if quarter.assessed else 0
            row["outlets"], row["outlets_target"] = self._outlets.get((person.code, row["quarter"]), (None, None))
            row["complaint_rate"] = self._complaints.get((person.code, row["quarter"]))
            if asked.receipts is not None and not is_reached(received, quarter.target, e8(asked.receipts)):
                return
            if asked.outlets is not None:
                if row["outlets"] is None or not row["outlets_target"]:
                    unmeasured.add("outlets")
                elif not is_reached(row["outlets"], row["outlets_target"], e8(asked.outlets)):
                    return
            if asked.complaints is not None:
                if row["complaint_rate"] is None:
                    unmeasured.add("complaints")
                elif row["complaint_rate"] > float(asked.complaints):
                    return
        last["verdict"] = "to_judge" if unmeasured else "proposed"
        last["open_points"] = ",".join([*sorted(unmeasured), *(["management"] if asked.management else [])])

    @cached_property
    def _outlets(self) -> dict[tuple[str, str], tuple[int | None, int | None]]:
        """New outlets and their plan by person and quarter; None where they are not known."""
        if not any(one.outlets is not None for one in self.pay.promotions()) or self.pay.facts["outlet"].is_empty():
            return {}
        recent = self.pay.periods[-24:]
        events = plan_actual.Events(self.pay.facts, recent, self.pay.as_of).by(["employee_code"]).filter(pl.col("measure") == "outlets")
        by_month = {(row[0], row[1]): row[2] for row in events.select("employee_code", "period", "actual").iter_rows()}
        found: dict[tuple[str, str], tuple[int | None, int | None]] = {}
        for person in self.pay.people:
            for key in dict.fromkeys(key for p in recent if (key := self.pay.quarter_key(p)) is not None):
                months = periods_of(key, self.pay.calendar)
                targets = [self.pay.targets.get(("outlets", person.code, p.key)) for p in months]
                known = [target for target in targets if target is not None]
                target = sum(known) if len(known) == len(targets) else self.pay.targets.get(("outlets", person.code, key))
                found[person.code, key] = sum(by_month.get((person.code, p.key), 0) for p in months), target
        return found

    @cached_property
    def _complaints(self) -> dict[tuple[str, str], float | None]:
        """Complaints ÷ invoices by person and quarter; None without an invoice, nothing where complaints are not kept."""
        if not self.pay.facts.has("complaint") or not any(one.complaints is not None for one in self.pay.promotions()):
            return {}
        quarters = pl.DataFrame(
            [(p.start, self.pay.quarter_key(p)) for p in self.pay.periods], schema={"start": pl.Date, "quarter": pl.String}, orient="row"
        )
        raised = self.pay.facts["complaint"].filter(pl.col("raised_on") <= self.pay.as_of).with_columns(day="raised_on")
        raised = plan_actual.organised(self.pay.facts, raised).select("employee_code", "day")
        lines = self.pay.facts["sales_line"].filter(pl.col("document_kind") == "invoice", pl.col("document_date") <= self.pay.as_of)
        invoices = lines.select("employee_code", "document_no", day="document_date").unique().drop("document_no")

        def counted(frame: pl.DataFrame, name: str) -> pl.DataFrame:
            dated = frame.sort("day").join_asof(quarters, left_on="day", right_on="start")
            return dated.group_by("employee_code", "quarter").agg(pl.len().alias(name))

        both = counted(invoices, "_invoices").join(counted(raised, "_raised"), on=["employee_code", "quarter"], how="left")
        return {(row[0], row[1]): ratio(row[3] or 0, row[2]) for row in both.iter_rows() if row[0] and row[1]}


def _can_rise(grade: str | None, plan: PayPlan) -> bool:
    """Whether the plan has a grade that pays more than this one."""
    grades = plan.pay.grades if plan.pay is not None else {}
    own = grades.get(grade or "")
    return own is not None and any(one.base + one.performance > own.base + own.performance for one in grades.values())


def _share(achieved: int, target: int | None) -> float | None:
    share = attained(achieved, target)
    return None if share is None else float(share)


def _frame(mart: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {name: dtype for name, dtype in MARTS[mart].schema.items() if name != "period"}
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)
