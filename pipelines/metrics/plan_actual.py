"""Plan against actual (M1): what was planned, what came, the same last year, the year so far, by any cut.

Every measure is a sum of events that lie in one closing period (a sales line, a receipt, a first invoice), so that periods and
keys add up exactly. Which plan layer answers a cut is decided here; why a variance arose belongs to ``causes``.

Values are whole numbers of ten-thousandths: currency units, base units, or heads for counted measures. An empty key is an event
without that code. Money is net, receipts are gross.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from itertools import combinations

import polars as pl

from pipelines.company.calendar import Calendar, Period
from pipelines.company.company import Company
from pipelines.company.covers import periods_of
from pipelines.contracts.marts_sales import NEW_CUSTOMERS, PACE, PLAN_ACTUAL, PLAN_LAYERS, PLAN_SERIES, PLAN_TO_DATE
from pipelines.contracts.model import PROVENANCE
from pipelines.money import E4, allocate, mul_div, ratio_expr
from pipelines.sources.facts import Facts

DIMENSIONS = ("department", "region_code", "employee_code", "customer_code", "product_line", "product_code")
"""Dimensions in their canonical order; a pair names two of them joined by ``*``."""

CUTS = ("company", *DIMENSIONS)
PAIRS = (
    "department*region_code", "region_code*employee_code", "region_code*customer_code", "region_code*product_line",
    "product_line*product_code",
)
"""The pairs that reports read every month; any other is computed when it is asked for."""

SALES_MEASURES = ("qty", "net_amount", "gross_margin")
_PEOPLE = DIMENSIONS[:4]
_CARRIED = {
    **dict.fromkeys(SALES_MEASURES, DIMENSIONS),
    **dict.fromkeys(("receipts", "new_customers", "outlets", "visits"), _PEOPLE),
    "expense": DIMENSIONS[:3],
}
_CELL = ("measure", "unit", "cut", "key", "key2")
_LAYER_ROW = ("period", "measure", "layer")
_EVER = date(1, 1, 1)
_PLACED = tuple(PROVENANCE)


def dimensions_of(cut: str) -> tuple[str, ...]:
    """The dimensions of a cut's name: none for ``company``, two for a pair. Raises ``ValueError`` for a name that is no cut.

    >>> dimensions_of("company"), dimensions_of("region_code*product_line")
    ((), ('region_code', 'product_line'))
    """
    if cut == "company":
        return ()
    dims = tuple(cut.split("*"))
    if not set(dims) <= set(DIMENSIONS) or len(set(dims)) != len(dims) or len(dims) > 2:
        raise ValueError(f"'{cut}' is no cut. Name one or two of {', '.join(CUTS)}, joined by '*'.")
    return dims


def carried(measure: str) -> tuple[str, ...]:
    """The dimensions that the facts of ``measure`` carry, and by which alone it is cut (M1)."""
    return _CARRIED.get(measure.split(":")[0], ())


# --- actual ----------------------------------------------------------------------------------------------------------


class Events:
    """What happened in a few periods, read from the facts once and then cut in many ways.

    Only events dated up to ``as_of`` count. Lines without a cost are left out of the gross margin, and a measure for which the
    company has no facts at all is absent.
    """

    def __init__(self, facts: Facts, periods: Sequence[Period], as_of: date) -> None:
        keys = [period.key for period in periods]
        sources = (
            _sales(facts, keys, as_of), _receipts(facts, keys, as_of), _first_invoices(facts, keys, as_of),
            _outlets(facts, periods, as_of), _visits(facts, keys, as_of), _expenses(facts, keys, as_of),
        )
        self.frames = [frame for frame in sources if frame is not None]

    def by(self, dims: Sequence[str]) -> pl.DataFrame:
        """Sums by period and ``dims``: columns ``period, measure, unit``, the dims, ``actual``.

        Measures whose facts do not carry all of ``dims`` are missing.
        """
        parts = [self._cut(frame, dims) for frame in self.frames if set(dims) <= set(frame.columns)]
        schema = {**dict.fromkeys(("period", "measure", "unit", *dims), pl.String), "actual": pl.Int64}
        return pl.concat([pl.DataFrame(schema=schema), *parts])

    @staticmethod
    def _cut(frame: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
        by = ["period", *dims]
        wanted = ["period", "measure", "unit", *dims, "actual"]
        if "measure" in frame.columns:
            items = frame.lazy().group_by("measure", *by).agg(pl.col("value").sum().alias("actual")).collect()
            items = items.with_columns(pl.lit("").alias("unit")).select(wanted)
            if not items["measure"].str.starts_with("expense:").any():
                return items
            total = items.group_by(by).agg(pl.col("actual").sum()).with_columns(measure=pl.lit("expense"), unit=pl.lit(""))
            return pl.concat([items, total.select(wanted)])
        cut = (
            frame.lazy().group_by(*by, "unit")
            .agg(pl.col("qty", "net_amount", "gross_margin").sum(), costed=pl.col("gross_margin").is_not_null().any())
            .collect(engine="streaming")
        )
        money = cut.group_by(by).agg(pl.col("net_amount", "gross_margin").sum(), pl.col("costed").any())
        money = money.with_columns(unit=pl.lit(""))
        parts = [
            cut.select("period", pl.lit("qty").alias("measure"), "unit", *dims, pl.col("qty").alias("actual")),
            money.select("period", pl.lit("net_amount").alias("measure"), "unit", *dims, pl.col("net_amount").alias("actual")),
            money.filter("costed").select(
                "period", pl.lit("gross_margin").alias("measure"), "unit", *dims, pl.col("gross_margin").alias("actual")
            ),
        ]
        return pl.concat(parts)


def _sales(facts: Facts, keys: list[str], as_of: date) -> pl.DataFrame | None:
    if facts["sales_line"].is_empty():
        return None
    return (
        facts["sales_line"].lazy()
        .filter(pl.col("period").is_in(keys), pl.col("document_kind") != "delivery", pl.col("document_date") <= as_of)
        .select(
            "period",
            *(pl.col(name).fill_null("") for name in DIMENSIONS),
            pl.col("base_unit").fill_null("").alias("unit"),
            pl.col("base_qty").alias("qty"),
            "net_amount",
            (pl.col("net_amount") - pl.col("cost_amount")).alias("gross_margin"),
        )
        .collect(engine="streaming")
    )


def _receipts(facts: Facts, keys: list[str], as_of: date) -> pl.DataFrame | None:
    if facts["receipt"].is_empty():
        return None
    rows = facts["receipt"].filter(pl.col("period").is_in(keys), pl.col("received_on") <= as_of)
    return rows.select("period", *(pl.col(name).fill_null("") for name in _PEOPLE), measure=pl.lit("receipts"), value="amount")


def first_invoices(facts: Facts, as_of: date) -> pl.DataFrame:
    """The first invoice line of every customer that counts as new, however long ago.

    New (section 3): the first invoice ever, and opened not earlier than the start of history, the day of the first document
    that we hold. A customer whose opening day is not known is not taken for new.
    """
    lines = facts["sales_line"].lazy().filter(pl.col("document_kind") != "delivery")
    started = pl.col("document_date").min()
    invoices = lines.filter(pl.col("document_kind") == "invoice", pl.col("document_date") <= as_of)
    # The first day is found before anything is sorted: a customer's lines of one day are few.
    history, days = pl.collect_all([lines.select(started), invoices.group_by("customer_code").agg(started)])
    first = (
        invoices.join(days.lazy(), on=["customer_code", "document_date"], how="semi")
        .collect()
        .sort("document_date", "document_no", "line_no")
        .unique("customer_code", keep="first", maintain_order=True)
    )
    customers = facts.as_of("customer", as_of).select("customer_code", "opened_on", "name")
    return first.join(customers, on="customer_code", how="inner").filter(pl.col("opened_on") >= history.item())


def _first_invoices(facts: Facts, keys: list[str], as_of: date) -> pl.DataFrame | None:
    if facts["sales_line"].is_empty() or facts["customer"]["opened_on"].null_count() == facts["customer"].height:
        return None
    rows = first_invoices(facts, as_of).filter(pl.col("period").is_in(keys))
    return rows.select(
        "period", *(pl.col(name).fill_null("") for name in _PEOPLE), measure=pl.lit("new_customers"), value=pl.lit(E4, pl.Int64)
    )


def _outlets(facts: Facts, periods: Sequence[Period], as_of: date) -> pl.DataFrame | None:
    """Outlets first traded in the period (M8: ``first_traded_on``, else the earliest positive sell-out)."""
    if facts["outlet"].is_empty() or not periods:
        return None
    sold = facts["sell_out"].filter(pl.col("qty") > 0, pl.col("sold_on") <= as_of)
    earliest = sold.group_by("dealer_code", "outlet_code").agg(pl.col("sold_on").min())
    spans = pl.DataFrame(
        [{"period": period.key, "from": period.start, "to": period.end} for period in periods],
        schema={"period": pl.String, "from": pl.Date, "to": pl.Date},
    ).sort("from")
    rows = (
        facts.as_of("outlet", as_of)
        .join(earliest, on=["dealer_code", "outlet_code"], how="left")
        .select(customer_code="dealer_code", day=pl.coalesce("first_traded_on", "sold_on"))
        .filter(pl.col("day") <= as_of)
        .sort("day")
        .join_asof(spans, left_on="day", right_on="from")
        .filter(pl.col("day") <= pl.col("to"))
    )
    return _counted(organised(facts, rows), "outlets")


def _visits(facts: Facts, keys: list[str], as_of: date) -> pl.DataFrame | None:
    if facts["visit"].is_empty():
        return None
    rows = facts["visit"].filter(pl.col("period").is_in(keys), pl.col("visited_at") <= as_of)
    rows = rows.select("period", "customer_code", visitor="employee_code", day="visited_at")
    # The visit belongs to who made it, not to the customer's salesperson.
    return _counted(organised(facts, rows).with_columns(employee_code="visitor"), "visits")


def _expenses(facts: Facts, keys: list[str], as_of: date) -> pl.DataFrame | None:
    if facts["expense"].is_empty():
        return None
    rows = facts["expense"].filter(pl.col("period").is_in(keys), pl.col("spent_on") <= as_of)
    rows = rows.rename({"spent_on": "day"})
    rows = dated(facts, rows, "employee", "employee_code", {"region_code": "own_region"})
    rows = rows.with_columns(pl.coalesce("region_code", "own_region").alias("region_code"))
    rows = dated(facts, rows, "region", "region_code", {"department": "department"})
    return rows.select(
        "period", *(pl.col(name).fill_null("") for name in DIMENSIONS[:3]), measure="expense:" + pl.col("item"), value="amount"
    )


def _counted(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    return rows.select(
        "period", *(pl.col(name).fill_null("") for name in _PEOPLE), measure=pl.lit(measure), value=pl.lit(E4, pl.Int64)
    )


def organised(facts: Facts, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with the customer's region, salesperson and department on their ``day``."""
    rows = dated(facts, rows, "customer", "customer_code", {"region_code": "region_code", "employee_code": "employee_code"})
    return dated(facts, rows, "region", "region_code", {"department": "department"})


def dated(facts: Facts, rows: pl.DataFrame, table: str, code: str, take: dict[str, str]) -> pl.DataFrame:
    """``rows`` with columns of a dated master as it stood on ``day``; the first version of a code holds since ever."""
    since = pl.col("valid_from")
    versions = (
        facts[table]
        .select(code, *(pl.col(old).alias(new) for old, new in take.items()),
                since=pl.when(since == since.min().over(code)).then(pl.lit(_EVER)).otherwise(since))
        .sort("since")
    )
    joined = rows.sort("day", maintain_order=True).join_asof(
        versions, left_on="day", right_on="since", by=code, check_sortedness=False
    )
    return joined.drop("since")


# --- plan ------------------------------------------------------------------------------------------------------------


class Plans:
    """The plan rows that count, each with its layer, its unit and what master data says about its missing dimensions.

    One version answers a plan period: ``version``, else policy ``plan.version``, else the greatest version name that plans
    the period. A layer is the set of columns that are not 'all'. A missing dimension is known from another one as the masters
    stood at the period's end: customer → salesperson and region, salesperson → region, region → department, product → line.
    A layer answers a cut when it knows the dimensions for all its rows; one that states them goes before one that derives
    them, then the coarsest. Each period and measure is answered by one layer.

    A quantity's unit is the product's base unit, else the only base unit of its line, else the only one of the company. A layer
    with quantities in no known unit answers last.
    """

    def __init__(self, facts: Facts, company: Company, version: str | None = None) -> None:
        self.facts, self.company = facts, company
        self.rows = self._read(version or company.policy.plan.version)

    def _read(self, version: str | None) -> pl.DataFrame:
        rows = self.facts["plan"].select("version", "period", "measure", *DIMENSIONS, "value", *_PLACED).with_row_index("_row")
        if version is not None:
            rows = rows.filter(pl.col("version") == version)
        rows = rows.filter(pl.col("version") == pl.col("version").max().over("period"))
        known = {key: periods_of(key, self.company.calendar) for key in rows["period"].unique().sort()}
        spans = pl.DataFrame(
            [{"period": key, "span": len(found), "day": found[-1].end} for key, found in known.items() if found],
            schema={"period": pl.String, "span": pl.Int64, "day": pl.Date},
        )
        rows = rows.join(spans, on="period", how="inner")
        stated = [pl.when(pl.col(name) != "all").then(pl.lit(name)) for name in DIMENSIONS]
        rows = rows.with_columns(
            layer=pl.concat_str(*stated, separator="*", ignore_nulls=True),
            stated=pl.sum_horizontal(*(pl.col(name) != "all" for name in DIMENSIONS)),
            **{name: pl.when(pl.col(name) != "all").then(pl.col(name)) for name in DIMENSIONS},
        ).with_columns(layer=pl.when(pl.col("layer") == "").then(pl.lit("company")).otherwise("layer"))
        rows = self._units(derived(self.facts, rows)).sort("period", "measure", "layer", *DIMENSIONS, nulls_last=True)
        self._without_unit = rows.filter(pl.col("measure") == "qty", pl.col("unit") == "")["_row"]
        return rows.drop("_row")

    def _units(self, rows: pl.DataFrame) -> pl.DataFrame:
        rows = dated(self.facts, rows, "product", "product_code", {"base_unit": "_own"})
        products = self.facts["product"]
        lines = products.group_by("line").agg(pl.col("base_unit").unique())
        lines = lines.filter(pl.col("base_unit").list.len() == 1)
        lines = lines.select(product_line="line", _line=pl.col("base_unit").list.first())
        whole = products["base_unit"].unique()
        only = whole[0] if len(whole) == 1 else None
        rows = rows.join(lines, on="product_line", how="left")
        return rows.with_columns(unit=pl.coalesce("_own", "_line", pl.lit(only, pl.String)).fill_null("")).drop("_own", "_line")

    def every_span(self) -> pl.DataFrame:
        """The rows at their closing periods, and below them those of quarters and years at their own, as they were planned."""
        return pl.concat([self.monthly(), self.rows.filter(pl.col("span") > 1).drop("span", "day")])

    def monthly(self) -> pl.DataFrame:
        """The rows at their closing periods, longer ones spread by policy ``plan.spread`` or left out.

        Where a layer plans a period at several lengths, the shortest counts.
        """
        return self._monthly

    @cached_property
    def _monthly(self) -> pl.DataFrame:
        short = self.rows.filter(pl.col("span") == 1)
        if self.company.policy.plan.spread == "none" or short.height == self.rows.height:
            return short.drop("span", "day")
        split = []
        for (key,), rows in self.rows.filter(pl.col("span") > 1).group_by("period", maintain_order=True):
            periods = periods_of(str(key), self.company.calendar)
            weights = self._weights(periods)
            parts = rows.with_columns(
                period=pl.lit([period.key for period in periods]),
                value=pl.Series([allocate(value, weights) for value in rows["value"]], dtype=pl.List(pl.Int64)),
            )
            split.append(parts.explode("period", "value"))
        rows = pl.concat([short, *split])
        return rows.filter(pl.col("span") == pl.col("span").min().over(*_LAYER_ROW)).drop("span", "day")

    def _weights(self, periods: tuple[Period, ...]) -> list[int]:
        """Weights of a longer plan's periods; seasonal ones are last year's net amounts, equal where there were none."""
        calendar, how = self.company.calendar, self.company.policy.plan.spread
        weights = [1] * len(periods)
        if how == "working_days":
            weights = [calendar.working_days(period.start, period.end) for period in periods]
        elif how == "seasonal":
            before = [calendar.same_last_year(period) for period in periods]
            found = [period for period in before if period is not None]
            sales = self.facts["sales_line"].filter(pl.col("document_kind") != "delivery")
            sums = dict(sales.group_by("period").agg(pl.col("net_amount").sum()).iter_rows())
            if len(found) == len(periods):
                weights = [max(0, sums.get(period.key, 0)) for period in found]
        return weights if sum(weights) else [1] * len(periods)

    def by(self, rows: pl.DataFrame, dims: Sequence[str], *, unit_for_all: bool = False) -> pl.DataFrame:
        """Plan sums by period and ``dims``: columns ``period, measure, unit``, the dims, ``plan, plan_layer``.

        ``rows`` are :meth:`monthly` or longer rows. Money has unit '' unless ``unit_for_all`` keeps it apart by unit.
        """
        chosen = self.answering(rows, dims)
        if not unit_for_all:
            rows = rows.with_columns(unit=pl.when(pl.col("measure") == "qty").then("unit").otherwise(pl.lit("")))
        cells = (
            rows.join(chosen.select(*_LAYER_ROW), on=list(_LAYER_ROW), how="semi")
            .group_by("period", "measure", "unit", *dims)
            .agg(plan=pl.col("value").sum(), plan_layer=pl.col("layer").first())
        )
        return _with_expense_total(cells, rows.filter(pl.col("measure").is_in(self._carrying(rows, dims))), dims)

    @staticmethod
    def _carrying(rows: pl.DataFrame, dims: Sequence[str]) -> list[str]:
        return [name for name in rows["measure"].unique().sort() if set(dims) <= set(carried(name))]

    def answering(self, rows: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
        """Which layer answers a cut: ``period, measure, layer``, one row each."""
        rows = rows.filter(pl.col("measure").is_in(self._carrying(rows, dims)))
        layers = rows.group_by(*_LAYER_ROW).agg(
            pl.col("stated").first(),
            *(pl.col(name).is_not_null().all() for name in dims),
            vague=((pl.col("measure") == "qty") & (pl.col("unit") == "")).any(),
        )
        if dims:
            layers = layers.filter(*(pl.col(name) for name in dims))
            states = [pl.col("layer").str.split("*").list.contains(name) for name in dims]
            layers = layers.with_columns(derives=~pl.all_horizontal(*states))
        else:
            layers = layers.with_columns(derives=pl.lit(value=False))
        chosen = layers.sort("vague", "derives", "stated", "layer")
        return chosen.unique(["period", "measure"], keep="first", maintain_order=True)

    def unread(self) -> pl.DataFrame:
        """Plan rows that no figure can use, as they stand in the facts, with the ``reason``.

        ``period``: no closing period, quarter or year of the calendar. ``unit``: a quantity whose base unit cannot be told.
        """
        every = self.facts["plan"]
        strange = [key for key in every["period"].unique().sort() if not periods_of(key, self.company.calendar)]
        rows = every.filter(pl.col("period").is_in(strange)).with_columns(reason=pl.lit("period"))
        units = every[self._without_unit].with_columns(reason=pl.lit("unit"))
        return pl.concat([rows, units]).sort("version", "period", "measure", *DIMENSIONS, "source_file", "source_row")


def plans_of(facts: Facts, company: Company, version: str | None = None) -> Plans:
    """The plans of ``facts``, read once for all that is asked of them."""
    plans, _ = facts.once(("plans", id(company), version), lambda: (Plans(facts, company, version), company))
    return plans


def derived(facts: Facts, rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with null dimensions filled by what follows from the others as the masters stood on the row's ``day``.

    Customer → region and salesperson, salesperson → region, region → department, product → line. What a row states stays.
    """
    chain = (
        ("customer", "customer_code", {"region_code": "_region", "employee_code": "_employee"}),
        ("employee", "employee_code", {"region_code": "_region"}),
        ("region", "region_code", {"department": "_department"}),
        ("product", "product_code", {"line": "_line"}),
    )
    targets = {"_region": "region_code", "_employee": "employee_code", "_department": "department", "_line": "product_line"}
    for table, code, take in chain:
        rows = dated(facts, rows, table, code, take)
        rows = rows.with_columns(pl.coalesce(targets[new], new).alias(targets[new]) for new in take.values())
        rows = rows.drop(list(take.values()))
    return rows


def _with_expense_total(cells: pl.DataFrame, rows: pl.DataFrame, dims: Sequence[str]) -> pl.DataFrame:
    """Adds ``expense`` as the sum of its items where it is not planned itself and every planned item answers the cut."""
    item = pl.col("measure").str.starts_with("expense:")
    items = cells.filter(item)
    if items.is_empty():
        return cells
    own = rows.filter(pl.col("measure") == "expense").select("period").unique()
    answered = items.group_by("period").agg(pl.col("measure").n_unique())
    planned = rows.filter(item).group_by("period").agg(pl.col("measure").n_unique())
    whole = answered.join(planned, on=["period", "measure"], how="semi").join(own, on="period", how="anti")
    total = items.join(whole, on="period", how="semi").group_by("period", "unit", *dims).agg(
        pl.col("plan").sum(), pl.col("plan_layer").min(), measure=pl.lit("expense")
    )
    return pl.concat([cells, total.select(cells.columns)])


# --- together --------------------------------------------------------------------------------------------------------


def plan_actual(
    facts: Facts,
    company: Company,
    period: Period,
    *,
    as_of: date | None = None,
    cuts: Sequence[str] = (*CUTS, *PAIRS),
    plan_version: str | None = None,
) -> pl.DataFrame:
    """M1 of ``period`` as of a day (default its last): one row a measure, unit and key of each cut, by ``PLAN_ACTUAL``.

    A row stands for every key that has a plan or an actual in the period, in the one before, a year ago or in either year to
    date. ``ytd_plan`` is null where a period of the year so far has no plan for the measure and cut.
    """
    calendar, until = company.calendar, as_of or period.end
    spans = _spans(calendar, period)
    needed = {found.key: found for group in spans.values() for found in group}
    events = Events(facts, list(needed.values()), until)
    plans = plans_of(facts, company, plan_version)
    rows = plans.monthly()
    year = [found.key for found in spans["ytd_actual"]]
    rows = rows.filter(pl.col("period").is_in(year))
    parts = []
    for cut in cuts:
        dims = dimensions_of(cut)
        actual = events.by(dims).lazy().group_by("measure", "unit", *dims).agg(
            pl.col("actual").filter(pl.col("period").is_in([found.key for found in group])).sum().alias(name)
            for name, group in spans.items()
        ).collect()
        cells = plans.by(rows, dims)
        own = cells.filter(pl.col("period") == period.key).drop("period")
        whole = cells.group_by("measure").agg(pl.col("period").n_unique()).filter(pl.col("period") == len(year))
        on = ["measure", "unit", *dims]
        to_date = cells.join(whole, on="measure", how="semi").group_by(on).agg(ytd_plan=pl.col("plan").sum())
        frame = actual.join(own, on=on, how="full", coalesce=True).join(to_date, on=on, how="full", coalesce=True)
        answered = own["measure"].unique().to_list()
        parts.append(_keyed(frame.with_columns(answered=pl.col("measure").is_in(answered)), cut, dims))
    return _shaped(_figures(pl.concat(parts), company), facts, company, period, PLAN_ACTUAL.schema)


def _spans(calendar: Calendar, period: Period) -> dict[str, list[Period]]:
    year = calendar.year_to_date(period)
    return {
        "actual": [period],
        "py": [found for found in [calendar.same_last_year(period)] if found],
        "pp": [found for found in [calendar.previous(period)] if found],
        "ytd_actual": list(year),
        "ytd_py": [found for found in map(calendar.same_last_year, year) if found],
    }


def _keyed(frame: pl.DataFrame, cut: str, dims: Sequence[str]) -> pl.DataFrame:
    """Dimensions of a cut as ``cut, key, key2``; the company's key is 'all'."""
    keys = [pl.col(name) for name in dims] or [pl.lit("all")]
    keys = [*keys, pl.lit("")][:2]
    return frame.with_columns(pl.lit(cut).alias("cut"), keys[0].alias("key"), keys[1].alias("key2")).drop(*dims)


def _figures(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    amounts = ("actual", "py", "pp", "ytd_actual", "ytd_py")
    # A quantity planned in no known unit must not meet a zero: there is no telling what was sold of it.
    unknown = (pl.col("measure") == "qty") & (pl.col("unit") == "") & pl.col("actual").is_null()
    frame = frame.with_columns(pl.when(~unknown).then(pl.col(name).fill_null(0)).alias(name) for name in amounts)
    present = [pl.col(name).fill_null(0) != 0 for name in amounts] + [pl.col("plan", "ytd_plan").is_not_null()]
    frame = frame.filter(pl.any_horizontal(*present))
    group = ["measure", "unit", "cut"]
    lower = pl.col("measure").str.split(":").list.first().is_in(company.policy.good_when_lower) | pl.col("measure").is_in(
        company.policy.good_when_lower
    )
    variance = pl.col("actual") - pl.col("plan")
    return frame.with_columns(
        variance=variance,
        attainment=attainment(pl.col("actual"), pl.col("plan")),
        growth_yoy=growth(pl.col("actual"), pl.col("py")),
        growth_mom=growth(pl.col("actual"), pl.col("pp")),
        ytd_variance=pl.col("ytd_actual") - pl.col("ytd_plan"),
        ytd_attainment=attainment(pl.col("ytd_actual"), pl.col("ytd_plan")),
        ytd_growth=growth(pl.col("ytd_actual"), pl.col("ytd_py")),
        share_of_total=ratio_expr(pl.col("actual"), pl.col("actual").sum().over(group)),
        rank=pl.col("actual").rank("min", descending=True).over(group).cast(pl.Int64),
        favourable=pl.when(variance != 0).then((variance > 0) != lower),
        unplanned=(pl.col("answered") & pl.col("plan").is_null() & (pl.col("actual") != 0)).fill_null(value=False),
    )


def attainment(actual: pl.Expr, plan: pl.Expr) -> pl.Expr:
    """actual ÷ plan; of a negative plan 1 + (actual − plan) ÷ \\|plan\\|; null without plan or with a plan of 0 (M1)."""
    negative = 1.0 + ratio_expr(actual - plan, plan.abs())
    return pl.when(plan < 0).then(negative).otherwise(ratio_expr(actual, plan))


def growth(actual: pl.Expr, base: pl.Expr) -> pl.Expr:
    """(actual − base) ÷ \\|base\\|; null where the base is 0 or missing or the sign changes (M1)."""
    turned = (actual.sign() * base.sign()) < 0
    return pl.when(~turned).then(ratio_expr(actual - base, base.abs()))


def unplanned(frame: pl.DataFrame) -> pl.DataFrame:
    """The lines of a ``plan_actual`` frame that were sold without plan, largest first within measure and cut."""
    return frame.filter("unplanned").sort("measure", "unit", "cut", pl.col("actual").abs().neg(), "key", "key2")


def plan_to_date(
    facts: Facts,
    company: Company,
    period: Period,
    *,
    as_of: date | None = None,
    cuts: Sequence[str] = (*CUTS, *PAIRS),
    plan_version: str | None = None,
) -> pl.DataFrame:
    """Plans of quarters and years that contain ``period``, not split: attainment to date at their own period (``PLAN_TO_DATE``).

    Time progress is in working days. Empty where policy ``plan.spread`` splits them.
    """
    calendar, until = company.calendar, min(as_of or period.end, period.end)
    plans = plans_of(facts, company, plan_version)
    rows = plans.rows.filter(pl.col("span") > 1)
    parts = []
    for key in rows["period"].unique().sort() if company.policy.plan.spread == "none" else []:
        periods = periods_of(key, calendar)
        if period not in periods:
            continue
        events = Events(facts, [found for found in periods if found.start <= period.start], until)
        elapsed = calendar.working_days(periods[0].start, until)
        whole = calendar.working_days(periods[0].start, periods[-1].end)
        progress = ratio_expr(pl.lit(elapsed, pl.Int64), pl.lit(whole, pl.Int64))
        for cut in cuts:
            dims = dimensions_of(cut)
            on = ["measure", "unit", *dims]
            actual = events.by(dims).group_by(on).agg(pl.col("actual").sum())
            cells = plans.by(rows.filter(pl.col("period") == key), dims)
            frame = cells.filter((pl.col("measure") != "qty") | (pl.col("unit") != "")).drop("period", "plan_layer")
            frame = frame.join(actual, on=on, how="left").with_columns(
                pl.col("actual").fill_null(0), plan_period=pl.lit(key), time_progress=progress
            )
            parts.append(_keyed(frame, cut, dims))
    if not parts:
        return pl.DataFrame(schema=PLAN_TO_DATE.schema)
    frame = pl.concat(parts).with_columns(
        variance=pl.col("actual") - pl.col("plan"), attainment=attainment(pl.col("actual"), pl.col("plan"))
    )
    return _shaped(frame, facts, company, period, PLAN_TO_DATE.schema, "plan_period")


def plan_layers(facts: Facts, company: Company, period: Period, *, plan_version: str | None = None) -> pl.DataFrame:
    """Totals of ``period`` that two layers of a measure state differently, at the finest cuts both know (``PLAN_LAYERS``)."""
    plans = plans_of(facts, company, plan_version)
    rows = plans.monthly().filter(pl.col("period") == period.key, (pl.col("measure") != "qty") | (pl.col("unit") != ""))
    rows = rows.with_columns(unit=pl.when(pl.col("measure") == "qty").then("unit").otherwise(pl.lit("")))
    parts = []
    for (measure,), group in rows.group_by("measure", maintain_order=True):
        found = {str(key[0]): part for key, part in group.group_by("layer", maintain_order=True)}
        for one, other in combinations(sorted(found, key=lambda name: (name != "company", name.count("*"), name)), 2):
            for dims in _common(found[one], found[other], carried(str(measure))):
                on = ["measure", "unit", *dims]
                left = found[one].group_by(on).agg(plan=pl.col("value").sum())
                right = found[other].group_by(on).agg(other_plan=pl.col("value").sum())
                frame = left.join(right, on=on, how="full", coalesce=True).with_columns(pl.col("plan", "other_plan").fill_null(0))
                frame = frame.with_columns(
                    layer=pl.lit(one), other_layer=pl.lit(other), difference=pl.col("plan") - pl.col("other_plan")
                )
                parts.append(_keyed(frame.filter(pl.col("difference") != 0), "*".join(dims) or "company", dims))
    if not parts:
        return pl.DataFrame(schema=PLAN_LAYERS.schema)
    return _shaped(pl.concat(parts), facts, company, period, PLAN_LAYERS.schema, "layer", "other_layer")


def _common(one: pl.DataFrame, other: pl.DataFrame, allowed: Sequence[str]) -> list[tuple[str, ...]]:
    """The finest cuts, of two dimensions at most, that both layers know; what another dimension implies is left out."""
    both = [name for name in allowed if one[name].null_count() == 0 and other[name].null_count() == 0]
    implied = {"department": {"region_code", "employee_code", "customer_code"}, "product_line": {"product_code"}}
    both = [name for name in both if not implied.get(name, set()) & set(both)]
    return list(combinations(both, 2)) if len(both) > 2 else [tuple(both)]


def series(
    facts: Facts,
    company: Company,
    period: Period,
    measure: str,
    cut: str,
    n: int = 24,
    *,
    as_of: date | None = None,
    plan_version: str | None = None,
) -> pl.DataFrame:
    """One measure and cut over the ``n`` periods up to ``period``, with plan and the same period last year (``PLAN_SERIES``).

    Every key stands in every period, with actual 0 where nothing happened and plan null where none was made.
    """
    calendar, until = company.calendar, as_of or period.end
    earlier = [calendar.previous(period, step) for step in range(n - 1, -1, -1)]
    periods = [found for found in earlier if found is not None]
    years = {found.key: calendar.same_last_year(found) for found in periods}
    needed = {found.key: found for found in [*periods, *(before for before in years.values() if before)]}
    dims = dimensions_of(cut)
    on = ["in_period", "measure", "unit", *dims]
    actual = Events(facts, list(needed.values()), until).by(dims).filter(pl.col("measure") == measure)
    actual = actual.rename({"period": "in_period"})
    shifted = pl.DataFrame(
        [{"in_period": before.key, "next": key} for key, before in years.items() if before],
        schema={"in_period": pl.String, "next": pl.String},
    )
    before = actual.join(shifted, on="in_period").drop("in_period").rename({"next": "in_period", "actual": "py"})
    plans = plans_of(facts, company, plan_version)
    rows = plans.monthly().filter(pl.col("period").is_in([found.key for found in periods]))
    plan = plans.by(rows, dims).filter(pl.col("measure") == measure).rename({"period": "in_period"}).drop("plan_layer")
    keys = pl.concat([frame.select(on[1:]) for frame in (actual, before, plan)]).unique()
    every = keys.join(pl.DataFrame({"in_period": [found.key for found in periods]}, schema={"in_period": pl.String}), how="cross")
    frame = every.join(plan, on=on, how="left").join(actual, on=on, how="left").join(before, on=on, how="left")
    frame = frame.with_columns(pl.col("actual", "py").fill_null(0))
    return _shaped(_keyed(frame, cut, dims), facts, company, period, PLAN_SERIES.schema, "in_period")


def pace(
    facts: Facts,
    company: Company,
    period: Period,
    as_of: date,
    *,
    cuts: Sequence[str] = CUTS,
    plan_version: str | None = None,
) -> pl.DataFrame:
    """Where a period stands on ``as_of`` against the working days elapsed, its forecast and what a day needs (M1, ``PACE``)."""
    calendar, until = company.calendar, min(as_of, period.end)
    days, elapsed = calendar.working_days(period.start, period.end), calendar.working_days(period.start, until)
    events = Events(facts, [period], until)
    plans = plans_of(facts, company, plan_version)
    rows = plans.monthly().filter(pl.col("period") == period.key)
    parts = []
    for cut in cuts:
        dims = dimensions_of(cut)
        on = ["measure", "unit", *dims]
        plan = plans.by(rows, dims).drop("period", "plan_layer")
        plan = plan.filter((pl.col("measure") != "qty") | (pl.col("unit") != ""))
        parts.append(_keyed(events.by(dims).drop("period").join(plan, on=on, how="full", coalesce=True), cut, dims))
    frame = pl.concat(parts).with_columns(pl.col("actual").fill_null(0))
    reached = attainment(pl.col("actual"), pl.col("plan"))
    elapsed_lit, days_lit = pl.lit(elapsed, pl.Int64), pl.lit(days, pl.Int64)
    missing = pl.max_horizontal(pl.col("plan") - pl.col("actual"), pl.lit(0, pl.Int64))
    left = pl.when(pl.col("plan").is_not_null()).then(pl.lit(days - elapsed, pl.Int64))
    frame = frame.with_columns(
        as_of=pl.lit(until),
        working_days=days_lit,
        working_days_elapsed=elapsed_lit,
        time_progress=ratio_expr(elapsed_lit, days_lit),
        attainment=reached,
        gap=reached - ratio_expr(elapsed_lit, days_lit),
        forecast=mul_div(pl.col("actual"), days_lit, elapsed_lit),
        needed_per_day=mul_div(missing, pl.lit(1, pl.Int64), left),
    )
    return _shaped(frame, facts, company, period, PACE.schema)


def new_customers(facts: Facts, company: Company, period: Period, *, as_of: date | None = None) -> pl.DataFrame:
    """Customers new in ``period`` (section 3), with what they bought in it: one row a customer, by ``NEW_CUSTOMERS``."""
    until = as_of or period.end
    sales = facts["sales_line"].filter(
        pl.col("period") == period.key, pl.col("document_kind") != "delivery", pl.col("document_date") <= until
    )
    if facts["sales_line"].is_empty():
        return pl.DataFrame(schema=NEW_CUSTOMERS.schema)
    bought = sales.group_by("customer_code").agg(bought=pl.col("net_amount").sum())
    rows = first_invoices(facts, until).filter(pl.col("period") == period.key).join(bought, on="customer_code", how="left")
    return rows.select(
        "period", "customer_code", pl.col("name").alias("label"), pl.col("document_date").alias("first_invoice_on"),
        "department", "region_code", "employee_code", net_amount=pl.col("bought").fill_null(0),
    ).sort("customer_code")


# --- names -----------------------------------------------------------------------------------------------------------


def names(facts: Facts, company: Company, day: date) -> pl.DataFrame:
    """Names of keys as the masters stood on ``day``: ``dimension, code, name``; departments and lines are their own names."""
    named = {"region_code": "region", "employee_code": "employee", "customer_code": "customer", "product_code": "product"}
    parts = [
        facts.as_of(table, day).select(dimension=pl.lit(code), code=pl.col(code), name=pl.col("name"))
        for code, table in named.items()
    ]
    whole = pl.DataFrame({"dimension": ["company"], "code": ["all"], "name": [company.policy.name]})
    return pl.concat([whole, *parts])


def labelled(frame: pl.DataFrame, facts: Facts, company: Company, day: date) -> pl.DataFrame:
    """``frame`` with ``label`` and ``label2`` for its ``cut, key, key2``; a code without a master row keeps its code."""
    known = names(facts, company, day)
    dims = pl.col("cut").str.split("*")
    frame = frame.with_columns(_first=dims.list.get(0), _second=dims.list.get(1, null_on_oob=True))
    for dimension, key, label in (("_first", "key", "label"), ("_second", "key2", "label2")):
        frame = frame.join(
            known.rename({"name": label}), left_on=[dimension, key], right_on=["dimension", "code"], how="left"
        ).with_columns(pl.coalesce(label, key).alias(label))
    return frame.drop("_first", "_second")


def _shaped(
    frame: pl.DataFrame, facts: Facts, company: Company, period: Period, schema: pl.Schema, *beside: str
) -> pl.DataFrame:
    frame = labelled(frame, facts, company, period.end).with_columns(period=pl.lit(period.key))
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items()).sort(*_CELL, *beside)
