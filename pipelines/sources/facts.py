"""Facts: the staged tables of every period, conformed to one another.

Here a row learns its period, region, department and salesperson by the dated master data, renamed codes are joined, and
quantities are brought to base units. What is computed from facts belongs to ``metrics``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

import polars as pl

from pipelines.company.company import Company
from pipelines.company.covers import cover_of
from pipelines.contracts import CONTRACTS
from pipelines.money import E8, mul_div

Made = TypeVar("Made")

SALES_ADDED: dict[str, pl.DataType] = {
    "period": pl.String(),  # key of the closing period of document_date
    "region_code": pl.String(),  # the customer's on document_date
    "department": pl.String(),
    "product_line": pl.String(),
    "base_unit": pl.String(),
    "base_qty": pl.Int64(),  # ten-thousandths of the base unit
    "customer_kind": pl.String(),
    "price_class": pl.String(),
    "payment_terms": pl.String(),
}
RECEIPT_ADDED: dict[str, pl.DataType] = {
    "period": pl.String(),
    "employee_code": pl.String(),  # the customer's salesperson on received_on (policy: the collector)
    "region_code": pl.String(),
    "department": pl.String(),
}
_OF_PERSON: dict[str, pl.DataType] = {
    "region_code": pl.String(),  # the employee's on the row's day
    "department": pl.String(),
}
_OF_CUSTOMER: dict[str, pl.DataType] = {
    "customer_kind": pl.String(),
    "employee_code": pl.String(),  # the customer's salesperson on the row's day
    **_OF_PERSON,  # the customer's region
}
_OF_COVER: dict[str, pl.DataType] = {
    "starts_on": pl.Date(),  # days of the row's own month or week; as of the last of them the person's region is taken
    "ends_on": pl.Date(),
    "closing_period": pl.String(),  # the closing period in which it ends: the one whose run it belongs to
}
ADDED: dict[str, dict[str, pl.DataType]] = {
    "sales_line": SALES_ADDED,
    "receipt": RECEIPT_ADDED,
    "sell_out": {"period": pl.String(), "base_qty": pl.Int64(), "product_line": pl.String()},
    "dealer_stock": {"base_qty": pl.Int64()},
    "visit": {"period": pl.String(), **_OF_PERSON},
    "diary": {"period": pl.String(), **_OF_PERSON},
    "attendance": {"period": pl.String(), **_OF_PERSON},
    "assessment_event": {"period": pl.String(), **_OF_PERSON},
    "lost_deal": {"period": pl.String(), **_OF_PERSON},
    "work_plan": {**_OF_COVER, **_OF_PERSON},
    "work_report": {**_OF_COVER, **_OF_PERSON},
    "target_customer": {**_OF_COVER, **_OF_PERSON},
    "complaint": {"period": pl.String(), **_OF_CUSTOMER},
    "survey_answer": {"period": pl.String(), **_OF_CUSTOMER},
    "market_signal": {"period": pl.String(), "department": pl.String()},
    "training": {"period": pl.String(), "department": pl.String()},
    "expense": {"period": pl.String()},
    "adjustment": {"period": pl.String()},
}
"""Columns that a fact frame has beside its contract and provenance. ``employee_code`` of sales is resolved in place."""


@dataclass(frozen=True)
class Facts:
    """Fact frames by table name; every contract has one, empty where nothing was delivered.

    ``delivered`` names the tables for which at least one file was read: a section whose table is missing is absent.
    """

    frames: Mapping[str, pl.DataFrame]
    delivered: frozenset[str]
    _once: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getitem__(self, table: str) -> pl.DataFrame:
        """The fact frame of ``table``; ``KeyError`` for a name without a contract."""
        return self.frames[table]

    def has(self, *tables: str) -> bool:
        """Whether all ``tables`` were delivered."""
        return self.delivered.issuperset(tables)

    def as_of(self, table: str, day: date) -> pl.DataFrame:
        """A dated master table as it stood on ``day``: one row a code, the last version with ``valid_from`` ≤ ``day``.

        The first version of a code holds since ever, so a day before it still finds it.
        """
        codes = [name for name in CONTRACTS[table].grain if name != "valid_from"]
        since = pl.col("valid_from")
        first = since == since.min().over(codes)
        return self.once(
            ("as_of", table, day),
            lambda: self.frames[table].filter((since <= day) | first)
            .sort(*codes, "valid_from")
            .unique(subset=codes, keep="last", maintain_order=True),
        )  # fmt: skip

    def once(self, about: Hashable, make: Callable[[], Made]) -> Made:
        """What ``make`` gives, made once for these facts: frames do not change, and much is asked again for each figure."""
        if about not in self._once:
            self._once[about] = make()
        found: Made = self._once[about]
        return found


def fact_schema(table: str) -> pl.Schema:
    """Columns and types of the fact frame of ``table``."""
    return pl.Schema({**CONTRACTS[table].staged_schema, **ADDED.get(table, {})})


def empty(table: str) -> pl.DataFrame:
    """A fact frame without rows."""
    return pl.DataFrame(schema=fact_schema(table))


def conform(staged: Mapping[str, pl.DataFrame], company: Company, delivered: frozenset[str]) -> Facts:
    """Staged tables (one frame a contract, missing ones allowed) as facts.

    Renamed codes are joined first, so that every later look-up finds the code in force. A gross amount that was not delivered is
    net + tax. Raises ``UnknownPeriod`` when a
    document's date lies outside the calendar.
    """
    frames = {name: staged.get(name, pl.DataFrame(schema=CONTRACTS[name].staged_schema)) for name in CONTRACTS}
    frames = _renamed(frames)
    today = company.policy.hierarchy_as_of == "today"

    def master(table: str) -> pl.DataFrame:
        return _timeless(frames[table], table, latest_only=today)

    region, customer, product = master("region"), master("customer"), master("product")

    sales = _with_period(frames["sales_line"], "document_date", company)
    sales = _lookup(
        sales, customer, on="document_date", code="customer_code",
        take={"region_code": "region_code", "employee_code": "_own", "kind": "customer_kind",
              "price_class": "price_class", "payment_terms": "payment_terms"},
    ).with_columns(employee_code=pl.coalesce("employee_code", "_own")).drop("_own")
    sales = _lookup(sales, region, on="document_date", code="region_code", take={"department": "department"})
    sales = _in_base_units(sales, product, on="document_date", line=True)
    sales = sales.with_columns(gross_amount=pl.coalesce("gross_amount", pl.col("net_amount") + pl.col("tax_amount").fill_null(0)))

    receipts = _with_period(frames["receipt"], "received_on", company)
    receipts = _lookup(
        receipts, customer, on="received_on", code="customer_code", take={"region_code": "region_code", "employee_code": "employee_code"}
    )
    if company.policy.receipts_credit == "collector":
        receipts = receipts.with_columns(employee_code=pl.coalesce("collected_by", "employee_code"))
    receipts = _lookup(receipts, region, on="received_on", code="region_code", take={"department": "department"})

    sell_out = _in_base_units(_with_period(frames["sell_out"], "sold_on", company), product, on="sold_on", line=True)
    conformed = {
        **frames,
        "sales_line": sales,
        "receipt": receipts,
        "sell_out": sell_out.drop("base_unit"),
        "dealer_stock": _in_base_units(frames["dealer_stock"], product, on="counted_on", line=False).drop("base_unit"),
        **_of_people({**frames, "visit": _with_success(frames["visit"])}, master("employee"), region, company),
        **_of_customers(frames, customer, region, company),
        **{
            name: _lookup(_with_period(frames[name], day, company), region, on=day, code="region_code", take={"department": "department"})
            for name, day in (("market_signal", "seen_on"), ("training", "held_on"))
        },
        "expense": _with_period(frames["expense"], "spent_on", company),
        "adjustment": _with_period(frames["adjustment"], "dated_on", company),
    }
    return Facts({name: frame.select(fact_schema(name).names()) for name, frame in conformed.items()}, delivered)


def _with_success(visits: pl.DataFrame) -> pl.DataFrame:
    """A diary that only notes orders says by them whether a visit succeeded: it did when something was ordered."""
    return visits.with_columns(succeeded=pl.coalesce("succeeded", pl.coalesce("order_amount", "order_qty") > 0))


def _of_people(
    frames: Mapping[str, pl.DataFrame], employee: pl.DataFrame, region: pl.DataFrame, company: Company
) -> dict[str, pl.DataFrame]:
    """What people did, said and were found to be: with its period, and the person's region and department on that day."""
    dated = {"visit": "visited_at", "diary": "day", "attendance": "day", "assessment_event": "happened_on", "lost_deal": "lost_on"}
    with_day = {name: (_with_period(frames[name], day, company), day) for name, day in dated.items()}
    covering = ("work_plan", "work_report", "target_customer")
    with_day |= {name: (_with_cover(frames[name], company), "ends_on") for name in covering}
    found = {}
    for name, (frame, day) in with_day.items():
        here = _lookup(frame, employee, on=day, code="employee_code", take={"region_code": "region_code"})
        found[name] = _lookup(here, region, on=day, code="region_code", take={"department": "department"})
    return found


def _of_customers(
    frames: Mapping[str, pl.DataFrame], customer: pl.DataFrame, region: pl.DataFrame, company: Company
) -> dict[str, pl.DataFrame]:
    """What customers said: with its period, and whose customer of which region they were on that day."""
    take = {"kind": "customer_kind", "employee_code": "employee_code", "region_code": "region_code"}
    found = {}
    for name, day in (("complaint", "raised_on"), ("survey_answer", "answered_on")):
        here = _lookup(_with_period(frames[name], day, company), customer, on=day, code="customer_code", take=take)
        found[name] = _lookup(here, region, on=day, code="region_code", take={"department": "department"})
    return found


_CODE_COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": ("customer_code", "dealer_code", "parent_code"),
    "employee": ("employee_code", "manager_code", "collected_by"),
    "product": ("product_code",),
    "region": ("region_code",),
    "outlet": ("outlet_code",),
}


def _renamed(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Every frame with the codes that are in force now; a merged master keeps one version a day."""
    changes = frames["code_change"]
    renamed = dict(frames)
    for table, columns in _CODE_COLUMNS.items():
        final = codes_in_force(changes, table)
        if not final:
            continue
        for name, frame in renamed.items():
            if here := [column for column in columns if column in frame.columns]:
                renamed[name] = frame.with_columns(pl.col(here).replace(final))
        grain = list(CONTRACTS[table].grain)
        renamed[table] = (
            renamed[table].with_columns(_was=frames[table][grain[-2]]).sort(pl.col("_was").is_in(list(final)), *grain)
            .unique(subset=grain, keep="first", maintain_order=True).drop("_was")
        )
    return renamed


def codes_in_force(changes: pl.DataFrame, table: str) -> dict[str, str]:
    """Renamed codes of ``table`` → the code that is in force now; ``changes`` are the rows of ``code_change``."""
    pairs = dict(changes.filter(pl.col("table") == table).sort("from").select("old", "new").iter_rows())
    return {old: _last(old, pairs) for old in pairs}


def _last(code: str, pairs: Mapping[str, str]) -> str:
    seen = {code}
    while code in pairs and pairs[code] not in seen:
        code = pairs[code]
        seen.add(code)
    return code


def _with_period(frame: pl.DataFrame, day: str, company: Company) -> pl.DataFrame:
    """``frame`` with the key of the closing period in which ``day`` lies."""
    days = frame[day].unique().drop_nulls().sort()
    if days.is_empty():
        return frame.with_columns(period=pl.lit(None, pl.String))
    keys = pl.DataFrame({day: days, "period": [company.calendar.containing(one).key for one in days]})
    return frame.join(keys, on=day, how="left", maintain_order="left")


def _with_cover(frame: pl.DataFrame, company: Company) -> pl.DataFrame:
    """``frame`` with the days of its own month or week, and the closing period in which that ends. Both are null for a key of neither."""
    keys = frame["period"].unique().drop_nulls().sort()
    found = [cover_of(key, company.calendar) for key in keys]
    known = pl.DataFrame(
        {
            "period": keys,
            "starts_on": [one and one.start for one in found],
            "ends_on": [one and one.end for one in found],
            "closing_period": [one and company.calendar.containing(one.end).key for one in found],
        },
        schema={"period": pl.String(), **_OF_COVER},
    )
    return frame.join(known, on="period", how="left", maintain_order="left")


def _timeless(frame: pl.DataFrame, table: str, *, latest_only: bool) -> pl.DataFrame:
    """A master table whose first version holds since ever, sorted for as-of joins."""
    codes = [name for name in CONTRACTS[table].grain if name != "valid_from"]
    if latest_only:
        frame = frame.sort(*codes, "valid_from").unique(subset=codes, keep="last", maintain_order=True)
    first = pl.col("valid_from") == pl.col("valid_from").min().over(codes)
    return frame.with_columns(valid_from=pl.when(first).then(pl.lit(date(1, 1, 1))).otherwise("valid_from")).sort("valid_from")


def _lookup(frame: pl.DataFrame, master: pl.DataFrame, *, on: str, code: str, take: Mapping[str, str]) -> pl.DataFrame:
    """``frame`` with columns of the version of ``code`` that held on the row's day; the order of rows is kept."""
    wanted = master.select(pl.col(code).alias("_code"), "valid_from", *(pl.col(old).alias(f"_{new}") for old, new in take.items()))
    joined = (
        frame.drop([new for new in take.values() if new in frame.columns and new != code])
        .with_row_index("_order")
        .sort(on)
        .join_asof(wanted, left_on=on, right_on="valid_from", by_left=code, by_right="_code", strategy="backward", check_sortedness=False)
        .sort("_order")
        .rename({f"_{new}": new for new in take.values()})
    )
    return joined.drop("_order", "valid_from", strict=False) if "valid_from" not in frame.columns else joined.drop("_order")


def _in_base_units(frame: pl.DataFrame, product: pl.DataFrame, *, on: str, line: bool) -> pl.DataFrame:
    """``frame`` with ``base_unit`` and ``base_qty``; a quantity without unit is in the product's sales unit."""
    take = {"base_unit": "base_unit", "units_per_base": "units_per_base"} | ({"line": "product_line"} if line else {})
    found = _lookup(frame, product, on=on, code="product_code", take=take)
    converted = mul_div(pl.col("qty"), pl.col("units_per_base"), pl.lit(E8, pl.Int64))
    in_base = pl.col("unit").eq(pl.col("base_unit")).fill_null(value=False)
    return found.with_columns(base_qty=pl.when(in_base).then("qty").otherwise(converted)).drop("units_per_base")
