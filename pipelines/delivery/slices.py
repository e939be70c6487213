"""A part of the company for a recipient, and the proof that all parts add up to the whole.

A slice is cut at line grain: invoice lines, receipts, open items and advances by their own region, customer or salesperson, marts by
their keys. Recipients' slices and the rest, which belongs to nobody, are summed from those lines; the whole is what the marts of the
company say. Both are compared to the fen before any slice is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.delivery import Slice
from pipelines.controls.results import tied
from pipelines.metrics.plan_actual import attainment, growth
from pipelines.reports import build
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import own_figures
from pipelines.reports.definitions.own_figures import DIMENSIONS
from pipelines.reports.digest import content_digest
from pipelines.reports.model import Listing, Name, Report, say
from pipelines.sources.facts import Facts

SALES = ("net_amount", "gross_margin", "receipts")
OWED = ("balance", "overdue")
FIGURES = (*SALES, *OWED, "plan")
"""What is proved to add up. ``plan`` only where the company's plan was made by the slices' own dimension."""
CUT_BY_KEY = ("receivables", "receivables_ageing", "open_items", "advances", "receivables_roll_forward", "drafts")
_ADDED = ("plan", "actual", "py", "pp", "ytd_plan", "ytd_actual", "ytd_py")


@dataclass(frozen=True)
class Proof:
    """What slices add up to: ``control`` has the columns of ``tie_outs``, left Σ slices + rest, right the whole."""

    control: pl.DataFrame
    rests: Mapping[tuple[str, str], int]
    """By kind and figure: what belongs to no recipient."""

    @property
    def broken(self) -> pl.DataFrame:
        """What does not add up."""
        return self.control.filter(pl.col("status") == "broken")


@dataclass(frozen=True)
class Published:
    """What slices are cut from: the marts that a publication was printed from, and the facts."""

    company: Company
    period: Period
    as_of: date
    known_at: datetime
    marts: Mapping[str, pl.DataFrame]
    facts: Facts

    @cached_property
    def lines(self) -> pl.DataFrame:
        """Sales lines of the fiscal year up to the business day; ``now`` marks those of the period."""
        lines = self.facts["sales_line"].filter(pl.col("document_kind") != "delivery")
        return self._to_date(lines, "document_date")

    @cached_property
    def receipts(self) -> pl.DataFrame:
        """Receipts, likewise."""
        return self._to_date(self.facts["receipt"], "received_on")

    def _to_date(self, rows: pl.DataFrame, day: str) -> pl.DataFrame:
        first = self.company.calendar.year_to_date(self.period)[0].start
        inside = rows.filter(pl.col(day).is_between(first, min(self.as_of, self.period.end)))
        return inside.with_columns(now=pl.col(day) >= self.period.start)

    def names(self, table: str, code: str) -> pl.DataFrame:
        """Names of a master table's codes on the business day: ``code, label``."""
        return self.facts.as_of(table, self.as_of).select(code, label="name")

    def senders_of(self, part: Slice) -> frozenset[str]:
        """Codes and names under which the people and dealers of a slice may send files."""
        customers, people = (self.facts.as_of(table, self.as_of) for table in ("customer", "employee"))
        wanted = list(part.codes)
        if part.kind == "regions":
            found = [(customers, "customer_code", "region_code"), (people, "employee_code", "region_code")]
        elif part.kind == "dealers":
            found = [(customers, "customer_code", "customer_code")]
        else:
            found = [(people, "employee_code", "employee_code"), (customers, "customer_code", "employee_code")]
        rows = [frame.filter(pl.col(by).is_in(wanted)).select(code=code, name="name") for frame, code, by in found]
        both = pl.concat(rows)
        return frozenset({*both["code"], *both["name"], *wanted}) - {None}


def unknown_codes(published: Published, part: Slice) -> list[str]:
    """The codes of a slice that the master data does not have."""
    table = {"regions": "region", "dealers": "customer", "employees": "employee"}[part.kind]
    column = {"regions": "region_code", "dealers": "customer_code", "employees": "employee_code"}[part.kind]
    return sorted(set(part.codes) - set(published.facts[table][column]))


def own_report(published: Published, part: Slice) -> Report | None:
    """The recipient's own figures, None where there are none; built from nothing but their own rows."""
    marts = cut(published, part)
    files = marts.pop("own_files")
    context = ReportContext(
        company=published.company, period=published.period, as_of=published.as_of, known_at=published.known_at,
        delivered=published.facts.delivered, tie_outs=published.marts["tie_outs"].clear(), findings=marts["findings"], files=files,
    )  # fmt: skip
    table, column = {"regions": ("region", "region_code"), "dealers": ("customer", "customer_code"),
                     "employees": ("employee", "employee_code")}[part.kind]  # fmt: skip
    names = dict(published.names(table, column).iter_rows())
    who = say("{names}", names=Listing(tuple(Name(names.get(code) or code) for code in part.codes)))
    report = own_figures.build(marts, context, part.kind, who)
    return None if report is None or not report.tiles else report


def digest(report: Report) -> str:
    """What own figures are known by: two with the same digest are no news. Submissions are left out, since lateness grows by itself."""
    figures = tuple(section for section in report.sections if section.id not in own_figures.OF_SUBMISSIONS)
    return content_digest(replace(report, sections=figures))


def is_whole(report: Report) -> bool:
    """Whether everything that the report prints is what its rows say."""
    return not build.is_stopped(report)


def cut(published: Published, part: Slice) -> dict[str, pl.DataFrame]:
    """Every mart that own figures are printed from, with the rows of ``part`` alone."""
    column, wanted = DIMENSIONS[part.kind], list(part.codes)
    mine = pl.col(column).is_in(wanted)
    marts = {name: published.marts[name].filter(mine) for name in CUT_BY_KEY}
    marts["plan_actual"] = _compared(published.marts["plan_actual"], column, wanted)
    lines, receipts = published.lines.filter(mine), published.receipts.filter(mine)
    marts["own_products"] = _products(lines, published)
    if part.kind != "dealers" or len(wanted) > 1:
        marts["own_customers"] = _customers(lines, receipts, published)
    dealers = published.marts["dealer_indicators"]
    dealers = dealers.filter(pl.col("dealer_code").is_in(wanted) if part.kind == "dealers" else mine)
    marts["dealer_indicators"] = dealers
    scores = published.marts["dealer_indicator_scores"]
    marts["dealer_indicator_scores"] = scores.join(dealers.select("dealer_code"), on="dealer_code", how="semi")
    senders = list(published.senders_of(part))
    files = published.marts["files"].filter(pl.col("sender").is_in(senders))
    marts["own_files"] = files
    marts["findings"] = published.marts["findings"].join(files.select("source_file").unique(), on="source_file", how="semi")
    for name in ("submissions", "submission_rates"):
        marts[name] = published.marts[name].filter(pl.col("sender").is_in(senders))
    for table, code in (("customer", "customer_code"), ("employee", "employee_code")):
        marts[table] = published.facts[table].filter(pl.col(code).is_in(senders))
    return marts


def _compared(plan_actual: pl.DataFrame, column: str, wanted: list[str]) -> pl.DataFrame:
    """The rows of the own keys, their sum in place of the company, and for regions their product lines."""
    # Rank and share are of the whole company: they would tell of the others.
    plan_actual = plan_actual.with_columns(pl.lit(None, pl.Int64).alias("rank"), pl.lit(None, pl.Float64).alias("share_of_total"))
    own = plan_actual.filter((pl.col("cut") == column) & pl.col("key").is_in(wanted))
    parts = [own, _summed(own, "company", key=pl.lit("all"), label=pl.lit(""))]
    pair = plan_actual.filter((pl.col("cut") == "region_code*product_line") & pl.col("key").is_in(wanted))
    if column == "region_code" and pair.height:
        parts.append(_summed(pair, "product_line", key=pl.col("key2"), label=pl.col("label2")))
    return pl.concat([part.select(plan_actual.columns) for part in parts])


def _summed(rows: pl.DataFrame, cut: str, key: pl.Expr, label: pl.Expr) -> pl.DataFrame:
    """``rows`` added up to ``key``, with the ratios of the sums; a plan that no row has stays none."""
    total = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in _ADDED]
    summed = (
        rows.with_columns(key=key, label=label)
        .group_by("period", "measure", "unit", "key", maintain_order=True)
        .agg(pl.col("label").first(), *total)
    )
    figures = summed.with_columns(
        cut=pl.lit(cut), key2=pl.lit(""), label2=pl.lit(""), unplanned=pl.lit(False), plan_layer=pl.lit(None, pl.String),
        variance=pl.col("actual") - pl.col("plan"), attainment=attainment(pl.col("actual"), pl.col("plan")),
        growth_yoy=growth(pl.col("actual"), pl.col("py")), growth_mom=growth(pl.col("actual"), pl.col("pp")),
        ytd_variance=pl.col("ytd_actual") - pl.col("ytd_plan"), ytd_attainment=attainment(pl.col("ytd_actual"), pl.col("ytd_plan")),
        ytd_growth=growth(pl.col("ytd_actual"), pl.col("ytd_py")),
    )  # fmt: skip
    return figures.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in rows.schema.items() if name not in figures.columns)


def _products(lines: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Quantity and net sales by product and unit, of the period and to date."""
    rows = lines.group_by("product_code", "base_unit", maintain_order=True).agg(
        pl.col("product_line").last(),
        qty=pl.col("base_qty").filter("now").sum(), net_amount=pl.col("net_amount").filter("now").sum(),
        ytd_qty=pl.col("base_qty").sum(), ytd_net_amount=pl.col("net_amount").sum(),
    )  # fmt: skip
    return rows.join(published.names("product", "product_code"), on="product_code", how="left").with_columns(
        pl.coalesce("label", "product_code"), pl.col("product_line", "base_unit").fill_null("")
    )


def _customers(lines: pl.DataFrame, receipts: pl.DataFrame, published: Published) -> pl.DataFrame:
    """Net sales and receipts by customer, of the period and to date."""
    sold = lines.group_by("customer_code").agg(
        net_amount=pl.col("net_amount").filter("now").sum(), ytd_net_amount=pl.col("net_amount").sum()
    )
    paid = receipts.group_by("customer_code").agg(receipts=pl.col("amount").filter("now").sum(), ytd_receipts=pl.col("amount").sum())
    both = sold.join(paid, on="customer_code", how="full", coalesce=True).with_columns(pl.exclude("customer_code").fill_null(0))
    return both.join(published.names("customer", "customer_code"), on="customer_code", how="left").with_columns(
        pl.coalesce("label", "customer_code")
    )


# --- the proof --------------------------------------------------------------------------------------------------------


def prove(published: Published, parts: Mapping[str, Slice]) -> Proof:
    """Whether the slices of recipients (by id) and what belongs to none add up to the company, kind by kind, figure by figure.

    And whether each recipient's own report is made of exactly the sum of its codes: what is sent is what was proved.
    """
    rows: list[tuple[str, int, int]] = []
    apart: list[tuple[str, int, int]] = []
    rests: dict[tuple[str, str], int] = {}
    for kind in sorted({part.kind for part in parts.values()}):
        by_code = _by_code(published, kind)
        whole = _whole(published, kind)
        chosen = sorted({code for part in parts.values() if part.kind == kind for code in part.codes})
        is_chosen = pl.col("code").is_in(chosen)
        for figure in whole:
            given = int(by_code.filter(is_chosen)[figure].sum())
            rests[kind, figure] = int(by_code.filter(~is_chosen)[figure].sum())
            rows.append((f"{kind} {figure}", given + rests[kind, figure], whole[figure]))
        for recipient, part in sorted(parts.items()):
            if part.kind == kind:
                printed = _printed(cut(published, part))
                codes = by_code.filter(pl.col("code").is_in(part.codes))
                apart += [(f"{recipient} {name}", printed[name], int(codes[name].sum())) for name in whole if name in printed]
    schema = {"subject": pl.String, "left_amount": pl.Int64, "right_amount": pl.Int64}
    control = pl.concat(
        tied(
            pl.DataFrame(found, schema=schema, orient="row"),
            period=published.period.key, control="C4", statement=statement, left=left, right=right, reports=own_figures.ID, tolerance=0,
        )
        for found, statement, left, right in (
            (rows, "slices_add_up", "slices_and_rest", "whole"), (apart, "own_figures_are_the_slice", "printed", "sum_of_lines"),
        )
    )  # fmt: skip
    return Proof(control, rests)


def _by_code(published: Published, kind: str) -> pl.DataFrame:
    """Every code with its figures, summed from lines; rows without a code have the empty one: ``code`` and :data:`FIGURES`."""
    column = DIMENSIONS[kind]
    code = pl.col(column).fill_null("").alias("code")
    lines = published.lines.filter("now").with_columns(gross_margin=pl.col("net_amount") - pl.col("cost_amount"))
    marts = published.marts
    overdue = pl.when(pl.col("days_late") > 0).then(pl.col("open_amount")).otherwise(0)
    planned = marts["plan_actual"].filter((pl.col("cut") == column) & (pl.col("measure") == "net_amount"))
    parts = [
        lines.select(code, "net_amount", "gross_margin"),
        published.receipts.filter("now").select(code, receipts="amount"),
        marts["open_items"].select(code, balance="open_amount", overdue=overdue),
        marts["advances"].select(code, balance=-pl.col("amount")),
        planned.select(pl.col("key").alias("code"), "plan"),
    ]
    return pl.concat(parts, how="diagonal").group_by("code").agg(pl.col(*FIGURES).sum()).sort("code")


def _whole(published: Published, kind: str) -> dict[str, int]:
    """What the marts of the company say, for the figures that slices of this kind can add up to."""
    plan_actual = published.marts["plan_actual"]
    company = plan_actual.filter(pl.col("cut") == "company")
    found = {
        measure: int(rows["actual"][0]) for measure in SALES if (rows := company.filter(pl.col("measure") == measure)).height == 1
    }
    if "receivables" in published.marts and published.facts.has("receipt"):
        found |= {name: int(published.marts["receivables"][name].sum()) for name in OWED}
    sold = company.filter((pl.col("measure") == "net_amount") & pl.col("plan").is_not_null())
    if sold.height == 1 and DIMENSIONS[kind] in (sold["plan_layer"][0] or "").split("*"):
        found["plan"] = int(sold["plan"][0])
    return found


def _printed(marts: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """What an own report of ``marts`` prints as its totals."""
    total = marts["plan_actual"].filter(pl.col("cut") == "company")
    by_measure = {row["measure"]: row for row in total.iter_rows(named=True) if row["measure"] in SALES}
    found = {measure: int(row["actual"]) for measure, row in by_measure.items()}
    if "net_amount" in by_measure and by_measure["net_amount"]["plan"] is not None:
        found["plan"] = int(by_measure["net_amount"]["plan"])
    return found | {name: int(marts["receivables"][name].sum()) for name in OWED}


def facts_of(load: Callable[[str], pl.DataFrame], delivered: Iterable[str]) -> Facts:
    """The fact tables that slices are cut from, each read by its name when it is first asked for."""
    return Facts(_Loaded(load), frozenset(delivered))


class _Loaded(Mapping[str, pl.DataFrame]):
    """Fact frames by table, read on demand: most of them are never looked at."""

    _TABLES = ("sales_line", "receipt", "customer", "employee", "product", "region")

    def __init__(self, load: Callable[[str], pl.DataFrame]) -> None:
        self._load = load
        self._kept: dict[str, pl.DataFrame] = {}

    def __getitem__(self, table: str) -> pl.DataFrame:
        if table not in self._TABLES:
            raise KeyError(table)
        if table not in self._kept:
            self._kept[table] = self._load(table)
        return self._kept[table]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._TABLES)

    def __len__(self) -> int:
        return len(self._TABLES)
