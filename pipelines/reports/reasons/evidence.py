"""The lines that printed figures are made of, by kind, each with the file, sheet and cell that it came from.

Which lines a figure has is said by its column (``model.Lines``), whether they add up by ``explaining``, how they look by ``explained``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.contracts import CONTRACTS
from pipelines.controls.cutoff import cut_off
from pipelines.errors import ClosebookError
from pipelines.metrics.plan_actual import CUTS, DIMENSIONS, PAIRS, dimensions_of, first_invoices, plans_of
from pipelines.metrics.receivables import gross
from pipelines.money import E4
from pipelines.reports.definitions.tie_out import measured
from pipelines.reports.model import Words, say
from pipelines.reports.reasons import evidence_dealers, evidence_field, evidence_market, evidence_owed
from pipelines.reports.reasons.placing import EARLIER, PLACED, contents
from pipelines.sources.facts import Facts

PEOPLES: dict[str, Words] = {
    "pay_documents": say("Documents credited"), "document_lines": say("Sales lines of the documents"),
    "pay_items": say("Items of settlements"),
    "pay_months": say("Months of the year"), "pay_rules": say("Rules of pay"), "pay_unpaid": say("Documents that nobody is paid for"),
    "pay_by_hand": say("Manual adjustments"), "employed": say("Employment"), "credit_shares": say("Shared credit"),
    "pay_plans": say("Plan"), "pay_slices": say("Parts of the base by the rate table"), "pay_given": say("Earlier settlements"),
    "pay_due": say("Due by today's documents"), "score_items": say("Items of the assessment"), "score_reasons": say("Reasons"),
    "own_reasons": say("Reasons"), "score_months": say("Months of the year"), "score_rules": say("Rules of the assessment"),
    "score_visits": say("Visits to key accounts"), "score_trainings": say("Trainings"), "own_trainings": say("Trainings"),
    "score_sales": say("Sales and receipts"),
}  # fmt: skip
"""The same of ``evidence_people``'s lines, which stand with the reports of human resources and of one person only."""

KINDS: dict[str, Words] = {
    "sold": say("Sales lines"), "received": say("Receipts"), "owed": say("Open items and advances"), "plan": say("Plan"),
    "new_customers": say("First invoices of new customers"), "adjusted": say("Adjustments"), "taken_over": say("Opening receivables"),
    "causes": say("Causes by line of comparison"), "due": say("Items to collect"), "owed_before": say("Open items a month ago"),
    "credit": say("Credit sales"), "shipped": say("Shipped, not invoiced"), "drafts": say("Bank drafts"), "limits": say("Credit limits"),
    "provided": say("Provision"), "ties": say("Tie-outs"), "items": say("Reconciling items"), "findings": say("Findings"),
    "submissions": say("Submissions"), "confirmed": say("Balances confirmed"), "outlets": say("Outlets"), "stock": say("Dealer stock"),
    "sell_out": say("Sell-out"), "crossing": say("Sales across the cut-off"), "ledger": say("General ledger"),
    "spent": say("Expenses"), "graded": say("Dealers"), "targets": say("Targets"), "contracts": say("Contracts of outlets"),
    "visits": say("Visits"), "days": say("Days"), "customers": say("Own customers"), "work": say("Items of work plans"),
    "buying": say("Customers that bought"), "complaints": say("Complaints"), "signals": say("Market signals"), "lost": say("Deals lost"),
    "won": say("Deals won"), "market": say("Market sizes"), "answers": say("Answers to surveys"), "prospects": say("Target customers"),
    **PEOPLES,
}  # fmt: skip
"""What the lines of a kind are called."""

MEASURED = {"net_amount": "sold", "gross_margin": "sold", "qty": "sold", "receipts": "received", "new_customers": "new_customers"}
"""Which lines a measure of ``plan_actual`` adds up."""

DELIVERED = {
    "net_amount": "net_amount", "gross_margin": "cost_amount", "qty": "qty", "gross_amount": "gross_amount", "receipts": "amount",
    "open_amount": "gross_amount", "balance": "amount", "value": "value", "amount": "amount", "new_customers": "document_no",
}  # fmt: skip
"""In which delivered column the cell of an amount stands."""

_AT = ("source_file", "source_sheet", "source_row", "cell")
_PEOPLE = DIMENSIONS[:4]
ONE = "lines"
"""The amount that counts lines."""
COUNTS = frozenset({
    ONE, "open_items", "outlets", "outlets_visited", "outlets_traded", "outlets_active", "outlets_signed", "outlets_met", "rows",
    "age_days", "days_late", "deliveries", "rows_accepted", "rows_rejected", "corrected",
    "visits_succeeded", "visited_in_week", "visited_in_period", "products_sold", "orders_with_products", "display", "display_asked",
    "offered", "offer_asked", "days_recorded", "planned", "done", "done_in_time", "overdue_items", "plan_items", "plan_done",
    "visits", "visits_of_kind", "succeeded_of_kind", "buyers", "invoices", "resolved", "unresolved", "days_to_resolve", "customers_asked",
    "customers_of_dimension", "active_customers", "customers_at_start", "customers_kept",
})  # fmt: skip
"""Amounts that are whole numbers of something; all others are ten-thousandths."""


class FiguresApart(ClosebookError):
    """A figure is not what its parts or lines make."""


@dataclass(frozen=True)
class Evidence:
    """The lines of a period's figures by kind, and which periods each span means.

    A frame of lines has ``in_period``, keys, amounts in ten-thousandths, and ``file, sheet, row`` with ``cells``, the letter of each
    amount's column by name. ``layers``: which plan layer answers ``cut, measure, period``; ``starts``: the first day of each period.
    """

    period: str
    lines: Mapping[str, pl.DataFrame]
    spans: Mapping[str, tuple[str, ...]]
    layers: Mapping[tuple[str, str, str], str]
    starts: Mapping[str, str] = field(default_factory=dict)
    _sums: dict[tuple[object, ...], dict[tuple[object, ...], int]] = field(default_factory=dict, repr=False, compare=False)
    _grouped: dict[tuple[str, tuple[str, ...]], pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def periods(self, span: str) -> tuple[str, ...]:
        """The keys of the periods of a span; a key is itself, and several stand with commas between."""
        return self.spans.get(span, tuple(span.split(",")))

    def touching(self, first: str, last: str) -> str:
        """The span of all periods that have one of the days."""
        keys = [EARLIER, *self.starts]
        until = ["", *self.starts.values()]
        found = [key for at, key in enumerate(keys) if until[at] <= last and (at + 1 == len(keys) or until[at + 1] > first)]
        return ",".join(found)

    def sums(self, kind: str, amount: str, by: tuple[str, ...], span: str, days: str = "") -> Mapping[tuple[object, ...], int]:
        """What lines of a kind add up to, by the values of their columns ``by``. Empty for a kind that there are no lines of.

        ``days`` is :func:`days_from`: no others are added.
        """
        about = (kind, amount, by, span, days)
        if about not in self._sums:
            frame = self._by(kind, (*by, "on") if days else by)
            if amount not in frame.columns:
                self._sums[about] = {}
            else:
                inside = frame if span == "ever" else frame.filter(pl.col("in_period").is_in(self.periods(span)))
                inside = inside.filter(within(days)) if days else inside
                summed = inside.group_by(by).agg(pl.col(amount).sum()) if by else inside.select(pl.col(amount).sum())
                self._sums[about] = {tuple(row[:-1]): int(row[-1] or 0) for row in summed.iter_rows()}
        return self._sums[about]

    def _by(self, kind: str, by: tuple[str, ...]) -> pl.DataFrame:
        """The lines added up once by columns and period, for all amounts and spans."""
        if (kind, by) not in self._grouped:
            frame = self.lines.get(kind, pl.DataFrame(schema={"in_period": pl.String}))
            known = tuple(dict.fromkeys((*by, "in_period")))
            if not set(known) <= set(frame.columns):
                self._grouped[kind, by] = pl.DataFrame(schema={**dict.fromkeys(known, pl.String)})
            else:
                amounts = [name for name in amounts_of(frame) if name not in known]
                self._grouped[kind, by] = frame.group_by(known).agg(pl.col(amounts).sum(), pl.len().cast(pl.Int64).alias(ONE))
        return self._grouped[kind, by]


def days_from(first: object, last: object) -> str:
    """What a link calls the days from one to another, both included: the value of the lines' column ``on``.

    >>> days_from("2026-10-05", "2026-10-11")
    '2026-10-05..2026-10-11'
    """
    return f"{first}..{last}"


def within(days: str) -> pl.Expr:
    """Whether a line is of those days (:func:`days_from`)."""
    first, last = map(date.fromisoformat, days.split(".."))
    return pl.col("on").is_between(first, last)


def amounts_of(lines: pl.DataFrame) -> list[str]:
    """The columns of lines that are added."""
    return [name for name, dtype in lines.schema.items() if dtype == pl.Int64 and name not in ("row", "p")]


def spans_of(calendar: Calendar, period: Period) -> dict[str, tuple[str, ...]]:
    """Which periods each span of :data:`pipelines.reports.model.SPANS` is."""
    year, following = calendar.year_to_date(period), calendar.next(period)

    def keys(found: Iterable[Period | None]) -> tuple[str, ...]:
        return tuple(one.key for one in found if one is not None)

    return {
        "period": (period.key,), "year_to_date": keys(year), "last_year": keys([calendar.same_last_year(period)]),
        "last_year_to_date": keys(map(calendar.same_last_year, year)), "previous": keys([calendar.previous(period)]),
        "next": keys([following]), "next_last_year": keys([following and calendar.same_last_year(following)]),
        "before": (*(one.key for one in calendar.periods if one.start < period.start), EARLIER),
    }  # fmt: skip


def evidence_of(
    facts: Facts,
    marts: Mapping[str, pl.DataFrame],
    files: pl.DataFrame,
    letters: pl.DataFrame,
    company: Company,
    period: Period,
    as_of: date,
) -> Evidence:
    """The lines of ``period``'s figures on ``as_of``; ``letters`` are the columns in which delivered values stand."""
    letter = Letters(letters)
    found = {
        "sold": letter.placed(
            _sold(facts, company, period, as_of), ("net_amount", "qty", "cost_amount", "gross_amount", "tax_amount", "document_no")
        ),
        "received": letter.placed(_received(facts, as_of), ("amount",)),
        "plan": letter.placed(*_planned(facts, company)),
        "adjusted": letter.placed(_others(facts, company, "adjustment", "dated_on", "adjustment_no", "amount", as_of), ("amount",)),
        "taken_over": letter.placed(
            _others(facts, company, "opening_receivable", "opening_on", "document_no", "open_amount", as_of), ("open_amount",)
        ),
    }  # fmt: skip
    if not facts["customer"].is_empty() and not facts["sales_line"].is_empty():
        found["new_customers"] = letter.placed(_new(facts, as_of), ("document_no",))
    if facts.has("receipt"):
        found |= {kind: letter.placed(rows, columns) for kind, rows, columns in evidence_owed.lines(facts, marts, company, period, as_of)}
    found["spent"] = letter.placed(_spent(facts, as_of), ("amount",))
    targets = facts["kpi_target"].select(pl.lit(period.key).alias("in_period"), "kpi", "scope", "target", "weight", *PLACED)
    found["targets"] = letter.placed(targets, ("target", "weight"))
    ledger = facts["ledger_control"].select(pl.col("period").alias("in_period"), "account", "amount", *PLACED)
    found["ledger"] = letter.placed(ledger, ("amount",))
    if as_of >= period.end and facts.has("sales_line"):
        found["crossing"] = letter.placed(_crossing(facts, company, files, period), ("net_amount",))
    for part in (
        evidence_dealers.lines(facts, company, period, as_of), evidence_field.lines(facts, marts, company, period, as_of),
        evidence_market.lines(facts, company, period, as_of),
    ):  # fmt: skip
        found |= {kind: letter.placed(rows, columns) for kind, rows, columns in part}
    if "variance_cause_leaves" in marts:
        found["causes"] = _causes(marts["variance_cause_leaves"], period, company.policy.causes.leaf)
    found |= {kind: marted(rows, period) for kind, rows in of_marts(marts).items()}
    # Joins and sums leave rows in any order; the same lines are the same bytes.
    first = ("in_period", "file", "sheet", "row")
    lines = {
        kind: frame.sort(*first, *(name for name in frame.columns if name not in first), maintain_order=True)
        for kind, frame in sorted(found.items())
        if frame.height
    }
    starts = {one.key: f"{one.start}" for one in company.calendar.periods}
    spans, layers = spans_of(company.calendar, period), _layers(facts, company, company.policy.causes.leaf)
    if "causes" in lines:
        lines["causes"] = _leading_on(lines, spans, layers, company.policy.causes.leaf)
    return Evidence(period.key, lines, spans, layers, starts)


class Letters:
    """Where the columns of a sheet stand: one look-up for all columns of a frame."""

    def __init__(self, letters: pl.DataFrame) -> None:
        self.letters = letters

    def placed(self, rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """``rows`` with ``file, sheet, row, cells``: ``cells`` says the letter of each of ``columns``, as ``net_amount=H qty=F``."""
        by = ["source_sha256", "source_sheet", "source_column"]
        rows = rows.with_columns(pl.col(by).fill_null(""))
        known = self.letters.filter(pl.col("column").is_in(list(columns))).join(
            rows.select("source_sha256").unique(), on="source_sha256", how="semi"
        )
        named = (
            known.sort("from_row")
            .group_by([*by, "from_row"], maintain_order=True)
            .agg((pl.col("column") + "=" + pl.col("letter")).sort().str.join(" ").alias("cells"))
            .sort("from_row")
        )
        # One look-up key for the three: an asof join over one number is fast.
        groups = named.select(by).unique(maintain_order=True).with_row_index("_group")
        found = rows.join(groups, on=by, how="left", maintain_order="left").with_row_index("_order")
        found = found.sort("source_row", nulls_last=True).join_asof(
            named.join(groups, on=by).select("_group", "from_row", "cells").sort("from_row"),
            left_on="source_row", right_on="from_row", by="_group", check_sortedness=False,
        )  # fmt: skip
        found = found.sort("_order").drop("_order", "_group", "from_row", "source_sha256", strict=False)
        crossed = pl.col("source_column") != ""
        cells = pl.when(crossed).then(pl.lit("*=") + pl.col("source_column")).otherwise(pl.col("cells")).fill_null("")
        return found.with_columns(cells=cells).drop("source_column").rename(
            {"source_file": "file", "source_sheet": "sheet", "source_row": "row"}
        )


def _people(*more: str) -> list[pl.Expr]:
    return [pl.col(name).fill_null("") for name in (*_PEOPLE, *more)]


def _sold(facts: Facts, company: Company, period: Period, as_of: date) -> pl.DataFrame:
    """Invoices and red slips, line by line: net and in base units as sales count them, gross as receivables do."""
    lines = facts["sales_line"].with_row_index("place").filter(
        pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of
    )  # fmt: skip
    lines = evidence_market.marked(lines, facts, company, period, as_of)
    if "payment_terms" not in lines.columns:
        lines = lines.with_columns(payment_terms=pl.lit(None, pl.String))
    return lines.select(
        pl.col("period").fill_null(EARLIER).alias("in_period"), pl.col("document_date").alias("on"), "document_no",
        pl.col("line_no").cast(pl.String),
        pl.col("document_kind").alias("kind"), *_people("product_line", "product_code"), pl.col("base_unit").fill_null("").alias("unit"),
        "net_amount", qty="base_qty", gross_margin=pl.col("net_amount") - pl.col("cost_amount"), gross_amount=gross(),
    ).hstack(lines.select(*evidence_market.MARKED, *PLACED))  # fmt: skip


def _received(facts: Facts, as_of: date) -> pl.DataFrame:
    rows = facts["receipt"].filter(pl.col("received_on") <= as_of)
    return rows.select(
        pl.col("period").fill_null(EARLIER).alias("in_period"), pl.col("received_on").alias("on"),
        pl.col("receipt_no").alias("document_no"), *_people(),
        pl.col("amount").alias("receipts"), *PLACED,
    )  # fmt: skip


def _spent(facts: Facts, as_of: date) -> pl.DataFrame:
    rows = facts["expense"].filter(pl.col("spent_on") <= as_of)
    return rows.select(
        pl.col("period").fill_null(EARLIER).alias("in_period"), pl.col("spent_on").alias("on"), pl.col("voucher_no").alias("document_no"),
        pl.col("line_no").cast(pl.String), "item", pl.col("region_code", "employee_code").fill_null(""), "amount", *PLACED,
    )  # fmt: skip


def _crossing(facts: Facts, company: Company, files: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Documents whose goods and invoice lie on different sides of the period's end."""
    nothing = pl.DataFrame(schema={"region_code": pl.String, "amount": pl.Int64})
    rows = cut_off(facts, company.policy.controls, period, nothing).documents
    return rows.select(
        pl.lit(period.key).alias("in_period"), pl.col("invoiced_on", "shipped_on").cast(pl.String), "flow", "document_no", "region_code",
        "customer_code", "amount", "source_file", "source_sheet", "source_row",
    ).join(contents(files), on="source_file", how="left", maintain_order="left").with_columns(
        pl.col("source_sha256", "invoiced_on", "shipped_on").fill_null(""), source_column=pl.lit("")
    )  # fmt: skip


def _others(facts: Facts, company: Company, table: str, day: str, number: str, amount: str, as_of: date) -> pl.DataFrame:
    """Adjustments, and items that were open when history began."""
    rows = facts[table].filter(pl.col(day) <= as_of)
    keys = {one: company.calendar.containing(one).key for one in rows[day].unique().to_list() if company.calendar.holds(one)}
    return rows.select(
        pl.col(day).replace_strict(keys, default=EARLIER, return_dtype=pl.String).alias("in_period"), pl.col(day).alias("on"),
        pl.col(number).alias("document_no"), "customer_code", pl.col(amount).alias("amount"), *PLACED,
    )  # fmt: skip


def _new(facts: Facts, as_of: date) -> pl.DataFrame:
    if facts["customer"]["opened_on"].null_count() == facts["customer"].height:
        return facts["sales_line"].head(0).select(pl.col("period").alias("in_period"), *PLACED)
    rows = first_invoices(facts, as_of)
    return rows.select(
        pl.col("period").alias("in_period"), pl.col("document_date").alias("on"), "document_no", *_people(),
        pl.lit(E4, pl.Int64).alias("new_customers"), *PLACED,
    )  # fmt: skip


def _planned(facts: Facts, company: Company) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The plan's cells at their periods with what follows from them, each in its layer."""
    plans = plans_of(facts, company)
    # A plan of a quarter or a year that is not split stands at its own period, beside the months.
    rows = plans.every_span() if company.policy.plan.spread == "none" else plans.monthly()
    measured = pl.when(pl.col("measure") == "qty").then("unit").otherwise(pl.lit(""))
    return rows.select(
        pl.col("period").alias("in_period"), "measure", "layer", measured.alias("unit"), *_people("product_line", "product_code"),
        "value", *PLACED,
    ), ("value",)  # fmt: skip


def _layers(facts: Facts, company: Company, leaf: Sequence[str]) -> dict[tuple[str, str, str], str]:
    plans = plans_of(facts, company)
    rows = plans.every_span()
    found = {}
    for cut, dims in [*((cut, dimensions_of(cut)) for cut in (*CUTS, *PAIRS)), ("leaf", tuple(leaf))]:
        for period, measure, layer in plans.answering(rows, dims).select("period", "measure", "layer").iter_rows():
            found[cut, measure, period] = layer
    return found


def of_marts(marts: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Marts whose rows are lines as they are: what was compared, found, sent, confirmed."""
    found = {}
    if "tie_outs" in marts:
        ties = marts["tie_outs"].with_row_index("_row")
        shown = measured(ties).select("_row", pl.col("measure").alias("measured"), "about")
        first = pl.col("subject").str.split(" ").list.first()
        found["ties"] = ties.join(shown, on="_row", how="left", maintain_order="left").select(
            "control", "statement", "subject", "measure", "measured", "about", "status", "left_label", "right_label", "left_amount",
            "right_amount", "difference", "tolerance", table=pl.when(first.is_in(list(CONTRACTS))).then(first).otherwise(pl.lit("")),
            source_file=pl.col("subject").str.extract(r"^\w+ (.+) [0-9a-f]{8}$", 1),
        )  # fmt: skip
    if "tie_out_item" in marts:
        found["items"] = marts["tie_out_item"].with_columns(what=pl.col("kind") + " " + pl.col("rule")).select(
            "control", "subject", "what", "kind", "state", "owner", "table", "document", "amount", "rows", "age_days", *_AT
        )  # fmt: skip
    if "findings" in marts:
        found["findings"] = marts["findings"].select("control", "rule", "severity", "subject", "owner", "amount", *_AT)
    if "submissions" in marts:
        found["submissions"] = marts["submissions"].select(
            "sender", "table", "cover", "status", "days_late", "deliveries", "rows_accepted", "rows_rejected", pl.col("source_file"),
            corrected=pl.col("corrected_at").is_not_null().cast(pl.Int64),
            back=pl.when(pl.col("rows_rejected") > 0).then(pl.lit("yes")).otherwise(pl.lit("")),
        )  # fmt: skip
    if "dealer_indicators" in marts:
        found["graded"] = marts["dealer_indicators"].select(
            "dealer_code", pl.coalesce("region_name", "region_code", pl.lit("")).alias("region_label"),
            pl.coalesce("grade", pl.lit("=")).alias("grade_shown"), _yes(pl.col("grade").is_not_null()).alias("has_grade"),
            _yes(pl.col("vetoes") != "").alias("vetoed"),
            _yes((pl.col("vetoes") != "") & (pl.col("grade") != pl.col("grade_before_veto"))).alias("lowered"),
            pl.when(pl.col("change_last_month") > 0).then(pl.lit("better")).when(pl.col("change_last_month") < 0).then(pl.lit("worse"))
            .otherwise(pl.lit("")).alias("moved"),
            pl.col("weakest").str.split(",").list.first().alias("weakest"), "outlets", "outlets_active",
        )  # fmt: skip
    if "balance_confirmation" in marts:
        owed = pl.col("balance") >= 0
        found["confirmed"] = marts["balance_confirmation"].select(
            pl.col("statement_on").cast(pl.String), pl.col("region_code").fill_null(""), "customer_code", "result", "slip_no",
            pl.when(owed).then(pl.lit("owed")).otherwise(pl.lit("credit")).alias("side"), pl.col("balance").abs().alias("balance"),
            pl.col("balance").alias("signed"),
            pl.col("unexplained").abs(), "source_file", "source_sheet", "source_row",
        )  # fmt: skip
    return found


def _yes(holds: pl.Expr) -> pl.Expr:
    return pl.when(holds.fill_null(value=False)).then(pl.lit("yes")).otherwise(pl.lit(""))


def marted(rows: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Rows of a mart as lines: with the places that they have."""
    places = {"source_file": "file", "source_sheet": "sheet", "source_row": "row"}
    rows = rows.rename({old: new for old, new in places.items() if old in rows.columns})
    missing = [pl.lit("").alias(name) for name in ("file", "sheet") if name not in rows.columns]
    if "row" not in rows.columns:
        missing.append(pl.lit(None, pl.Int64).alias("row"))
    cell = pl.lit("")
    if "cell" in rows.columns:
        letter = pl.col("cell").str.extract(r"^([A-Z]+)", 1)
        cell = pl.when(letter.is_not_null()).then(pl.lit("*=") + letter).otherwise(pl.lit(""))
    texts = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    rows = rows.with_columns(*missing, in_period=pl.lit(period.key), cells=cell).with_columns(pl.col(*texts, "file", "sheet").fill_null(""))
    return rows.drop("cell", strict=False)


def leads(spans: Mapping[str, tuple[str, ...]], layers: Mapping[tuple[str, str, str], str]) -> dict[str, dict[str, Any]]:
    """Which lines the two sides of a leaf of causes are, by ``<base> <span>``: kind, periods, and for a plan its layer by measure.

    A plan of which several layers answer parts of the span is left out: one link cannot name them.
    """
    found: dict[str, dict[str, Any]] = {}
    for span, past in (("period", "last_year"), ("year_to_date", "last_year_to_date")):
        found[f"actual {span}"] = {"kind": "sold", "in": spans[span]}
        found[f"last_year {span}"] = {"kind": "sold", "in": spans[past]}
        of_plan = {
            measure: {layers.get(("leaf", measure, key), "") for key in spans[span]} for measure in ("net_amount", "qty")
        }
        if all(len(one) == 1 and "" not in one for one in of_plan.values()):
            layer = {measure: next(iter(one)) for measure, one in of_plan.items()}
            found[f"plan {span}"] = {"kind": "plan", "in": spans[span], "layer": layer}
    return found


def _leading_on(
    lines: Mapping[str, pl.DataFrame], spans: Mapping[str, tuple[str, ...]], layers: Mapping[tuple[str, str, str], str], leaf: Sequence[str]
) -> pl.DataFrame:
    """The leaves of causes with ``leads``, the sides whose lines add up to what the leaf says: ``actual``, ``base``, both or none."""
    rows = lines["causes"].with_row_index("_row")
    asked = leads(spans, layers)
    held: dict[str, list[pl.DataFrame]] = {"actual": [], "base": []}
    for (base, span), part in rows.group_by("base", "span", maintain_order=True):
        for side, about in (("actual", asked.get(f"actual {span}")), ("base", asked.get(f"{base} {span}"))):
            if about is None or about["kind"] not in lines:
                continue
            inside = lines[about["kind"]].filter(pl.col("in_period").is_in(about["in"]))
            if about["kind"] == "plan":
                sums = [
                    inside.filter(pl.col("measure") == measure, pl.col("layer") == about["layer"][measure])
                    .group_by(leaf).agg(pl.col("value").sum().alias(name))
                    for measure, name in (("net_amount", "_amount"), ("qty", "_qty"))
                ]  # fmt: skip
                on, made = list(leaf), sums[0].join(sums[1], on=list(leaf), how="full", coalesce=True)
            else:
                on = [*leaf, "unit"]
                made = inside.group_by(on).agg(_amount=pl.col("net_amount").sum(), _qty=pl.col("qty").sum())
            # A leaf that one side does not have has no lines there, and nothing to lead to.
            both = part.join(made, on=on, how="inner")
            same = (pl.col("_amount").fill_null(0) == pl.col(f"{side}_amount")) & (pl.col("_qty").fill_null(0) == pl.col(f"{side}_qty"))
            held[side].append(both.filter(same).select("_row"))
    marks = {
        side: pl.when(pl.col("_row").is_in(pl.concat(parts)["_row"].implode())).then(pl.lit(side)) for side, parts in held.items() if parts
    }
    said = pl.concat_str(marks.values(), separator=" ", ignore_nulls=True) if marks else pl.lit("")
    return rows.with_columns(leads=said).drop("_row")


def _causes(leaves: pl.DataFrame, period: Period, leaf: Sequence[str]) -> pl.DataFrame:
    """The leaves that causes are computed on; their price is computed once more from quantities and amounts."""
    price = pl.col("actual_amount") - pl.col("base_amount").cast(pl.Float64) * pl.col("actual_qty") / pl.col("base_qty")
    plain = leaves.filter(pl.col("base_qty") != 0, pl.col("actual_qty") != 0, pl.col("other") == 0)
    if (apart := plain.filter((pl.col("price") - price).abs() > pl.max_horizontal(pl.lit(1.0), price.abs() * 1e-9))).height:
        raise FiguresApart(f"{period.key}: the price cause of {apart.height} lines of comparison is not actual less base price × quantity.")
    dropped = leaves.drop("period", "average_price")
    return dropped.with_columns(
        in_period=pl.lit(period.key), file=pl.lit(""), sheet=pl.lit(""), row=pl.lit(None, pl.Int64), cells=pl.lit("")
    )
