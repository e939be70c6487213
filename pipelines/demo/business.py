"""Two years of the demo's business: sales, returns, payments, adjustments, expenses, stock, as exact frames.

This is the hidden ledger, from which ``ledger_control`` and the truth are computed. Money is whole fen (``*_fen``), quantities
are ten-thousandths of the sales unit. How the business is shown to Closebook, and what is wrong with that, is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.demo import world as w
from pipelines.demo.names import LINES, REGIONS

Ints = npt.NDArray[np.int64]
EPOCH = date(1970, 1, 1)
TAX_PERCENT = 9
PRICE_DATES = (date(2024, 1, 1), date(2025, 7, 1), date(2026, 3, 1))
PRICE_STEPS: dict[str, tuple[float, float, float]] = {
    "复合肥": (1.0, 1.03, 1.05),
    "尿素": (1.0, 0.96, 0.99),
    "磷酸二铵": (1.0, 1.02, 1.02),
    "有机肥": (1.0, 1.0, 1.04),
    "水溶肥": (1.0, 1.05, 1.08),
}
SEASON: dict[str, tuple[float, ...]] = {
    "复合肥": (0.6, 1.1, 1.6, 1.3, 0.9, 1.0, 0.8, 0.9, 1.6, 1.3, 0.5, 0.4),
    "尿素": (0.5, 1.0, 1.5, 1.1, 0.9, 1.4, 1.5, 1.0, 0.7, 0.8, 0.8, 0.8),
    "磷酸二铵": (0.5, 0.9, 1.3, 0.9, 0.7, 0.7, 0.7, 1.2, 1.9, 1.6, 0.9, 0.7),
    "有机肥": (0.8, 1.0, 1.3, 1.1, 0.9, 0.8, 0.8, 0.9, 1.2, 1.3, 1.0, 0.9),
    "水溶肥": (0.6, 0.8, 1.2, 1.4, 1.5, 1.4, 1.2, 1.0, 0.9, 0.8, 0.6, 0.6),
}
"""Share of an average month, January to December: the spring and the autumn of the Huang-Huai plain."""
LINE_WEIGHT = {"复合肥": 1.0, "尿素": 0.7, "磷酸二铵": 0.55, "有机肥": 0.45, "水溶肥": 0.3}
ERODING_LINE = "磷酸二铵"
EXPENSE_ITEMS = {
    "wages": "工资",
    "travel": "差旅费",
    "administration": "行政费",
    "training": "培训招待费",
    "advertising": "广告制作费",
    "media": "媒体费",
    "printed_matter": "印刷品",
    "business": "业务费",
    "promotion": "促销费",
    "freight": "运费",
}


@dataclass
class Business:
    """The exact frames. ``sales`` has one row a line, ``documents`` one a document (both with a file month)."""

    sales: pl.DataFrame
    documents: pl.DataFrame
    receipts: pl.DataFrame
    allocations: pl.DataFrame
    adjustments: pl.DataFrame
    openings: pl.DataFrame
    provisions: pl.DataFrame
    expenses: pl.DataFrame
    stock: pl.DataFrame
    contracts: pl.DataFrame
    prices: pl.DataFrame


def run(world: w.World, *, oddities: bool = True) -> Business:
    """Do the business of ``world``; ``oddities`` are a skipped number and a document that is entered a month late."""
    rng = np.random.default_rng([world.size.seed, 2])
    prices = _list_prices(world)
    sales = _sales(world, rng, prices, oddities=oddities)
    contracts = _contracts(world, rng)
    openings = _openings(world, rng)
    documents = _documents(sales)
    receipts, allocations = _receipts(world, rng, documents, openings)
    adjustments = _adjustments(world, rng, openings)
    business = Business(
        sales,
        documents,
        receipts,
        allocations,
        adjustments,
        openings,
        _provisions(openings),
        _expenses(world, rng),
        _stock(world, rng),
        contracts,
        _price_frame(world, prices),
    )
    _set_limits(world, rng, business)
    return business


def days(values: Ints) -> pl.Series:
    """Day numbers since 1970 as dates."""
    return pl.Series(values.astype(np.int32)).cast(pl.Date)


def number(day: date) -> int:
    """A date as its day number."""
    return (day - EPOCH).days


def amounts(qty_e4: Ints, price_fen: Ints, discount: Ints) -> Ints:
    """Quantity × price − discount in fen, half away from zero; whole percents of discount."""
    exact = np.abs(qty_e4) * price_fen * (100 - discount)
    found: Ints = np.sign(qty_e4) * ((exact + 500_000) // 1_000_000)
    return found


def tax_of(net_fen: Ints) -> Ints:
    """Value added tax in fen, half away from zero."""
    found: Ints = np.sign(net_fen) * ((np.abs(net_fen) * TAX_PERCENT + 50) // 100)
    return found


def _list_prices(world: w.World) -> Ints:
    """List price in fen by product, class and price date."""
    found = np.zeros((len(world.products), len(w.PRICE_CLASSES), len(PRICE_DATES)), dtype=np.int64)
    for p, product in enumerate(world.products):
        for c, factor in enumerate(w.PRICE_CLASSES.values()):
            for d, step in enumerate(PRICE_STEPS[product.line]):
                found[p, c, d] = round(product.price_fen * factor * step / 10) * 10
    return found


def _price_frame(world: w.World, prices: Ints) -> pl.DataFrame:
    rows = [
        {"product_code": product.code, "price_class": name, "valid_from": day, "unit_price_fen": int(prices[p, c, d])}
        for p, product in enumerate(world.products)
        for c, name in enumerate(w.PRICE_CLASSES)
        for d, day in enumerate(PRICE_DATES)
    ]
    return pl.DataFrame(rows)


def _sales(world: w.World, rng: np.random.Generator, prices: Ints, *, oddities: bool) -> pl.DataFrame:
    customers, products = world.customers, world.products
    weights = np.array([one.weight for one in customers])
    opened = np.array([number(one.opened) for one in customers])
    closed = np.array([number(one.closed) if one.closed else 10**6 for one in customers])
    launched = np.array([number(one.launched) for one in products])
    gone = np.array([number(one.discontinued) if one.discontinued else 10**6 for one in products])
    line_of = np.array([[name for name, _, _ in LINES].index(one.line) for one in products])
    season = np.array([SEASON[name] for name, _, _ in LINES])
    line_weight = np.array([LINE_WEIGHT[name] for name, _, _ in LINES])
    product_weight = np.array([one.weight for one in products])
    per_line = np.bincount(line_of, weights=product_weight)

    pace = np.array([(season[:, month - 1] * line_weight).sum() * (1 + 0.004 * i) for i, (_, month) in enumerate(world.months)])
    doc_counts = np.maximum(6, np.round(world.size.sales_lines / 4.06 * pace / pace.sum())).astype(int)
    parts: list[pl.DataFrame] = []
    for i, month in enumerate(world.months):
        first, last = number(date(*month, 1)), number(w.last_day(month))
        chance = weights * (opened <= first + 3) * (closed >= last)
        docs = int(doc_counts[i])
        # Drawn evenly along the list of customers, so that a region's month follows the season and not the dice.
        ladder = np.cumsum(chance) / chance.sum()
        who = rng.permutation(np.searchsorted(ladder, (np.arange(docs) + rng.random()) / docs))
        who = np.minimum(who, len(customers) - 1)
        when = np.sort(rng.integers(max(first, 0), last + 1, size=docs))
        when = np.maximum(when, opened[who])
        order = np.argsort(when, kind="stable")
        who, when = who[order], when[order]
        lines = 1 + rng.poisson(3.06, size=docs)
        total = int(lines.sum())
        doc_of = np.repeat(np.arange(docs), lines)
        line_no = np.arange(total) - np.repeat(np.cumsum(lines) - lines, lines) + 1
        shelf = product_weight / per_line[line_of] * line_weight[line_of] * season[line_of, month[1] - 1]
        shelf = shelf * (launched <= first) * (gone >= last)
        what = rng.choice(len(products), size=total, p=shelf / shelf.sum())
        parts.append(
            pl.DataFrame(
                {
                    "month": np.full(total, i),
                    "doc": doc_of,
                    "line": line_no,
                    "customer": who[doc_of],
                    "day": when[doc_of],
                    "product": what,
                }
            )
        )
    frame = pl.concat(parts)
    size = frame.height
    who, what, when, line = (frame[name].to_numpy() for name in ("customer", "product", "day", "line"))
    unit_code = np.array(["吨袋箱".index(one.unit) for one in products])[what]
    kinds = np.array([{"dealer": 1.0, "direct": 0.25, "office": 0.7}[one.kind] for one in customers])[who]
    draw = rng.lognormal(0, 0.55, size=size) * kinds
    qty = np.select(
        [unit_code == 0, unit_code == 1],
        [np.maximum(1, np.round(draw * 24)) * 5000, np.maximum(2, np.round(draw * 220)) * 10_000],
        np.maximum(1, np.round(draw * 60)) * 10_000,
    ).astype(np.int64)
    klass = np.array([list(w.PRICE_CLASSES).index(one.price_class) for one in customers])[who]
    step = np.searchsorted(np.array([number(day) for day in PRICE_DATES]), when, side="right") - 1
    listed = prices[what, klass, step]
    eroding = np.array([one.line == ERODING_LINE for one in products])[what]
    months_before_end = len(world.months) - 1 - frame["month"].to_numpy()
    erosion = np.where(eroding & (months_before_end < 8), (8 - months_before_end) * 0.012, 0.0)
    bargain = np.where(rng.random(size) < 0.1, rng.uniform(0.005, 0.03, size=size), 0.0)
    price = (np.round(listed * (1 - erosion - bargain) / 10) * 10).astype(np.int64)
    discount = rng.choice(np.array([0, 1, 2, 3, 5]), size=size, p=[0.82, 0.06, 0.06, 0.04, 0.02])
    net = amounts(qty, price, discount)
    tax = tax_of(net)
    cost_price = np.array([one.cost_fen for one in products])[what]
    cost = amounts(qty, cost_price, np.zeros(size, dtype=np.int64))
    keys = [f"{w.key(month).replace('-', '')}" for month in world.months]
    frame = frame.with_columns(
        pl.lit("invoice").alias("document_kind"),
        pl.Series("qty_e4", qty),
        pl.Series("price_fen", price),
        pl.Series("discount", discount),
        pl.Series("net_fen", net),
        pl.Series("tax_fen", tax),
        pl.Series("cost_fen", cost),
        pl.lit(None, pl.String).alias("origin_document_no"),
        (
            pl.lit("XS-")
            + pl.col("month").replace_strict(dict(enumerate(keys)), return_dtype=pl.String)
            + "-"
            + (pl.col("doc") + 1).cast(pl.String).str.zfill(6)
        ).alias("document_no"),
    )
    if oddities:
        frame = _numbered(world, frame)
    frame = pl.concat([frame, _slips(world, rng, frame, keys), _deliveries(world, rng, frame, keys)])
    frame = frame.with_columns(
        gross_fen=pl.col("net_fen") + pl.col("tax_fen"), document_date=pl.col("day").cast(pl.Int32).cast(pl.Date)
    )
    frame = _who_and_when(world, rng, frame)
    if oddities:
        frame = _cut_off(world, frame)
    return frame.sort("month", "document_kind", "document_no", "line", maintain_order=True).with_row_index("id")


def _numbered(world: w.World, frame: pl.DataFrame) -> pl.DataFrame:
    """Two known oddities of the latest month: one number is skipped, one document is dated in the month before."""
    latest = len(world.months) - 1
    docs = frame.filter(pl.col("month") == latest)["doc"]
    last = int(docs.max() or 0)  # type: ignore[arg-type]
    gap = last // 2
    prefix = f"XS-{w.key(world.months[-1]).replace('-', '')}-"
    late = (pl.col("month") == latest) & (pl.col("doc") >= gap)
    early = (pl.col("month") == latest) & (pl.col("doc") == 0)
    return frame.with_columns(
        document_no=pl.when(late)
        .then(pl.lit(prefix) + (pl.col("doc") + 2).cast(pl.String).str.zfill(6))
        .otherwise("document_no"),
        day=pl.when(early).then(number(date(*world.months[-1], 1)) - 2).otherwise("day"),
    )


CUT_OFF = ("shipped_later", "not_shipped", "shipped_earlier")
"""How the three documents of :func:`cut_off_documents` miss the latest month's end."""


def cut_off_documents(world: w.World, frame: pl.DataFrame) -> list[str]:
    """The last invoices of one line in the latest month: no other fault is planted in those."""
    invoices = frame.filter(pl.col("document_kind") == "invoice")
    own = invoices.filter(pl.col("document_date").is_between(date(*world.months[-1], 2), world.end))
    single = own.group_by("document_no").agg(lines=pl.len()).filter(pl.col("lines") == 1)["document_no"].sort()
    return single.to_list()[-len(CUT_OFF) :]


def _cut_off(world: w.World, frame: pl.DataFrame) -> pl.DataFrame:
    """Three known oddities of the latest month: goods that went three days after it, not at all, and twenty days before it."""
    away = (world.end + timedelta(days=3), None, date(*world.months[-1], 1) - timedelta(days=20))
    shipped = pl.col("shipped_on")
    for number, day in zip(cut_off_documents(world, frame), away, strict=False):
        shipped = pl.when(pl.col("document_no") == number).then(pl.lit(day, pl.Date)).otherwise(shipped)
    return frame.with_columns(shipped_on=shipped)


def skipped_number(world: w.World, sales: pl.DataFrame) -> str:
    """The document number of the latest month that was never used."""
    latest = len(world.months) - 1
    used = set(sales.filter((pl.col("month") == latest) & (pl.col("document_kind") == "invoice"))["document_no"])
    prefix = f"XS-{w.key(world.months[-1]).replace('-', '')}-"
    highest = max(int(one[-6:]) for one in used)
    return next(f"{prefix}{n:06d}" for n in range(1, highest) if f"{prefix}{n:06d}" not in used)


def _slips(world: w.World, rng: np.random.Generator, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Returns: about one document in sixty has part of its first line taken back some weeks later."""
    parts_payers = [i for i, one in enumerate(world.customers) if "%" in one.terms]
    firsts = frame.filter((pl.col("line") == 1) & ~pl.col("customer").is_in(parts_payers))
    chosen = firsts.filter(pl.Series(rng.random(firsts.height) < 1 / 60))
    later = chosen["day"].to_numpy() + rng.integers(5, 40, size=chosen.height)
    share = rng.uniform(0.2, 1.0, size=chosen.height)
    qty = chosen["qty_e4"].to_numpy()
    step = np.where(qty % 10_000 == 0, 10_000, 5_000)
    back = -np.maximum(step, (qty * share / step).astype(np.int64) * step)
    product = chosen["product"].to_numpy()
    net = amounts(back, chosen["price_fen"].to_numpy(), chosen["discount"].to_numpy())
    cost = amounts(back, np.array([one.cost_fen for one in world.products])[product], np.zeros(chosen.height, dtype=np.int64))
    starts = np.array([number(date(*month, 1)) for month in world.months])
    slips = (
        chosen.with_columns(
            pl.lit("red_slip").alias("document_kind"),
            pl.Series("day", later),
            pl.Series("qty_e4", back),
            pl.Series("net_fen", net),
            pl.Series("tax_fen", tax_of(net)),
            pl.Series("cost_fen", cost),
            pl.col("document_no").alias("origin_document_no"),
            pl.Series("month", np.searchsorted(starts, later, side="right") - 1),
            pl.lit(1, pl.Int64).alias("line"),
        )
        .filter(pl.col("day") <= number(world.end))
        .sort("day", "origin_document_no")
    )
    slips = slips.with_columns(doc=(pl.int_range(pl.len()).over("month")))
    named = (
        pl.lit("HZ-")
        + pl.col("month").replace_strict(dict(enumerate(keys)), return_dtype=pl.String)
        + "-"
        + (pl.col("doc") + 1).cast(pl.String).str.zfill(4)
    )
    return slips.with_columns(document_no=named).select(frame.columns)


def _deliveries(world: w.World, rng: np.random.Generator, frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Shipped in the last days of the latest month and not yet invoiced: copies of the shape of a few invoices."""
    latest = len(world.months) - 1
    pool = frame.filter((pl.col("month") == latest) & (pl.col("line") <= 2))
    docs = pool["doc"].unique(maintain_order=True).to_list()[-max(2, len(pool["doc"].unique()) // 40) :]
    chosen = pool.filter(pl.col("doc").is_in(docs))
    fresh = {doc: n for n, doc in enumerate(docs)}
    return (
        chosen.with_columns(
            pl.lit("delivery").alias("document_kind"),
            pl.lit(number(world.end) - 2).cast(pl.Int64).alias("day"),
            doc=pl.col("doc").replace_strict(fresh, return_dtype=pl.Int64),
        )
        .with_columns(document_no=pl.lit(f"FH-{keys[latest]}-") + (pl.col("doc") + 1).cast(pl.String).str.zfill(4))
        .select(frame.columns)
    )


def _due(terms: str, day: date) -> date | None:
    """The due date of a document under ``terms``; None where the terms split it into parts."""
    if terms == "prepaid":
        return day
    if terms.startswith("net "):
        return day + timedelta(days=int(terms[4:]))
    if terms.startswith("eom+"):
        return w.last_day((day.year, day.month)) + timedelta(days=int(terms[4:]))
    return None


def _who_and_when(world: w.World, rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Due dates by terms, and the salesperson: most lines name one, the rest belong to their customer's."""
    pairs = frame.select("customer", "document_date").unique(maintain_order=True)
    rows: list[dict[str, Any]] = []
    for index, day in pairs.iter_rows():
        one = world.customers[index]
        rows.append(
            {
                "customer": index,
                "document_date": day,
                "due_on": _due(one.terms, day),
                "region": one.region_on(day),
                "owner": one.employee_on(day),
            }
        )
    known = pl.DataFrame(rows, schema_overrides={"customer": frame.schema["customer"], "due_on": pl.Date})
    frame = frame.join(known, on=["customer", "document_date"], how="left", maintain_order="left")
    documents = frame.select("document_no").unique(maintain_order=True)
    luck = rng.random(documents.height)
    staff: dict[str, list[str]] = {}
    for person in world.people:
        staff.setdefault(person.region, []).append(person.code)
    frame = frame.join(documents.with_columns(luck=pl.Series(luck)), on="document_no", how="left", maintain_order="left")
    stand_in = pl.col("region").replace_strict({region: people[0] for region, people in staff.items()}, return_dtype=pl.String)
    own = pl.when(pl.col("luck") < 0.03).then(stand_in).when(pl.col("luck") < 0.75).then("owner")
    late = pl.col("document_kind") == "red_slip"
    return (
        frame.with_columns(
            employee_code=own,
            shipped_on=pl.when(pl.col("document_kind") == "invoice")
            .then(pl.col("document_date") - pl.duration(days=(pl.col("luck") * 30).cast(pl.Int64) % 3))
            .otherwise("document_date"),
            due_on=pl.when(late).then(None).otherwise("due_on"),
            contract_no=pl.when(pl.col("luck") > 0.9).then(pl.lit("HT-2026-0001")),
        )
        .with_columns(employee=pl.coalesce("employee_code", "owner"))
        .drop("luck", "owner")
    )


def _documents(sales: pl.DataFrame) -> pl.DataFrame:
    return (
        sales.filter(pl.col("document_kind") != "delivery")
        .group_by("document_no", maintain_order=True)
        .agg(
            pl.col("document_kind", "customer", "document_date", "due_on", "origin_document_no", "month").first(),
            pl.col("net_fen", "gross_fen").sum(),
        )
    )


def _openings(world: w.World, rng: np.random.Generator) -> pl.DataFrame:
    """What was open before the history begins; the last ones are advances."""
    eve = world.begin - timedelta(days=1)
    dealers = [
        i
        for i, one in enumerate(world.customers)
        if one.kind == "dealer" and "%" not in one.terms and one.terms != "prepaid" and one.opened < eve
    ]
    count = max(6, min(100, len(dealers) // 2))
    rows: list[dict[str, Any]] = []
    for n in range(1, count + 1):
        customer = dealers[int(rng.integers(len(dealers)))]
        day = eve - timedelta(days=int(rng.integers(3, 100)))
        amount = int(rng.integers(20_000_00, 300_000_00))
        if n in (1, 2):
            day = eve - timedelta(days=500 + 40 * n)
        if n > count - max(1, count // 25):
            rows.append(
                {
                    "document_no": f"QC-{n:04d}",
                    "customer": customer,
                    "document_date": eve,
                    "due_on": None,
                    "open_fen": -amount // 2,
                }
            )
            continue
        rows.append(
            {
                "document_no": f"QC-{n:04d}",
                "customer": customer,
                "document_date": day,
                "due_on": _due(world.customers[customer].terms, day),
                "open_fen": amount,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"customer": pl.Int64, "due_on": pl.Date}, infer_schema_length=None)


def _receipts(
    world: w.World, rng: np.random.Generator, documents: pl.DataFrame, openings: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Payments: each customer pays what its habit makes it pay, once a month; some say for which documents."""
    credited = (
        documents.filter(pl.col("document_kind") == "red_slip").group_by("origin_document_no").agg(back=pl.col("gross_fen").sum())
    )
    owed = (
        documents.filter(pl.col("document_kind") == "invoice")
        .join(credited, left_on="document_no", right_on="origin_document_no", how="left", maintain_order="left")
        .select("document_no", "customer", "document_date", "due_on", owed=pl.col("gross_fen") + pl.col("back").fill_null(0))
    )
    bad_debts = openings["document_no"].to_list()[:2]
    before = openings.filter((pl.col("open_fen") > 0) & ~pl.col("document_no").is_in(bad_debts)).select(
        "document_no", "customer", "document_date", "due_on", owed="open_fen"
    )
    owed = pl.concat([before, owed]).filter(pl.col("owed") > 0)
    size = owed.height
    habits = np.array([("prompt", "slow", "late", "bad").index(one.payer) for one in world.customers])
    prepaid = np.array([one.terms == "prepaid" for one in world.customers])
    who = owed["customer"].to_numpy()
    due = owed["due_on"].fill_null(owed["document_date"].dt.offset_by("40d")).cast(pl.Int32).to_numpy().astype(np.int64)
    written = owed["document_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    lag = np.select(
        [habits[who] == 0, habits[who] == 1, habits[who] == 2],
        [rng.integers(-6, 7, size), rng.integers(2, 35, size), rng.integers(25, 110, size)],
        rng.integers(20, 60, size),
    )
    pay = np.where(prepaid[who], written - rng.integers(3, 12, size), np.maximum(due + lag, written))
    stops = number(world.end) - 240
    pay = np.where((habits[who] == 3) & (written > stops), 10**6, pay)
    pay = np.where(prepaid[who] | (pay >= number(world.begin)), pay, number(world.begin) + 4)
    pay = np.maximum(pay, number(world.begin))
    paid = (
        owed.with_columns(pay=pl.Series(pay))
        .filter(pl.col("pay") <= number(world.end))
        .with_columns(day=pl.col("pay").cast(pl.Int32).cast(pl.Date))
    )
    paid = paid.with_columns(batch=pl.col("day").dt.strftime("%Y-%m"), half=pl.col("day").dt.day() > 15)
    groups = paid.group_by("customer", "batch", "half", maintain_order=True).agg(
        pl.col("day").max(), pl.col("owed").sum().alias("amount_fen"), pl.len().alias("documents")
    )
    allocates = np.array([one.allocates and one.terms != "prepaid" and "%" not in one.terms for one in world.customers])
    luck = rng.random(groups.height)
    dealer = np.array([one.kind == "dealer" for one in world.customers])[groups["customer"].to_numpy()]
    method = np.where(
        dealer,
        np.select([luck < 0.35, luck < 0.6, luck < 0.75], ["transfer", "bank_draft", "cheque"], "electronic"),
        np.select([luck < 0.5, luck < 0.8], ["cash", "electronic"], "transfer"),
    )
    groups = (
        groups.with_columns(
            method=pl.Series(method),
            luck=pl.Series(rng.random(groups.height)),
            allocates=pl.Series(allocates[groups["customer"].to_numpy()]),
            reverses=pl.lit(None, pl.Int64),
        )
        .with_row_index("batch_id")
        .with_columns(pl.col("batch_id").cast(pl.Int64))
    )
    # One payment in twenty without allocation is rounded down to a whole thousand: the rest stays open.
    short = ~pl.col("allocates") & (pl.col("luck") < 0.05) & (pl.col("amount_fen") > 500_000)
    groups = groups.with_columns(
        amount_fen=pl.when(short).then(pl.col("amount_fen") // 100_000 * 100_000).otherwise("amount_fen")
    )
    bounced = groups.filter(
        (pl.col("method") == "cheque") & ~pl.col("allocates") & (pl.col("day") <= world.end - timedelta(days=12))
    )
    bounced = bounced.tail(max(1, min(6, bounced.height))) if world.size.small < 1 else bounced[:: max(1, bounced.height // 6)]
    returned = bounced.with_columns(
        pl.col("day") + pl.duration(days=9),
        amount_fen=-pl.col("amount_fen"),
        reverses=pl.col("batch_id"),
        batch_id=pl.col("batch_id") + 10**7,
        documents=pl.lit(0, pl.UInt32),
    )
    extra = _deposits(world, rng, groups)
    everything = (
        pl.concat([groups, returned, extra]).sort("day", "batch_id").with_columns(month=pl.col("day").dt.strftime("%Y%m"))
    )
    everything = everything.with_columns(
        receipt_no=pl.lit("SK-")
        + pl.col("month")
        + "-"
        + (pl.int_range(pl.len()).over("month") + 1).cast(pl.String).str.zfill(5),
        matures_on=pl.when(pl.col("method") == "bank_draft").then(
            pl.col("day") + pl.duration(days=(90 + pl.col("luck") * 90).cast(pl.Int64))
        ),
        instrument_no=pl.when(pl.col("method").is_in(["bank_draft", "cheque"])).then(
            pl.lit("PJ") + (pl.col("batch_id") % 10**7 + 100_000).cast(pl.String).str.zfill(8)
        ),
    )
    numbers = everything.select(reverses="batch_id", reverses_receipt_no="receipt_no")
    everything = everything.join(numbers, on="reverses", how="left", maintain_order="left")
    allocated = (
        paid.join(
            groups.filter(pl.col("allocates") & (pl.col("luck") < 0.8)).select("customer", "batch", "half", "batch_id"),
            on=["customer", "batch", "half"],
            how="inner",
            maintain_order="left",
        )
        .join(
            everything.select("batch_id", "receipt_no", "day"), on="batch_id", how="left", suffix="_paid", maintain_order="left"
        )
        .with_columns(place=pl.int_range(pl.len()).over("batch_id"), of=pl.len().over("batch_id"))
        # The last document of one payment in four is left for the rule to find.
        .filter(~((pl.col("of") > 1) & (pl.col("place") == pl.col("of") - 1) & (pl.col("batch_id") % 4 == 0)))
        .select("receipt_no", "document_no", allocated_on="day_paid", amount_fen="owed", customer="customer")
        .sort("receipt_no", "document_no")
    )
    owners = [world.customers[i].employee_on(day) for i, day in everything.select("customer", "day").iter_rows()]
    receipts = everything.with_columns(owner=pl.Series(owners)).select(
        "receipt_no",
        "day",
        "customer",
        "amount_fen",
        "method",
        "instrument_no",
        "matures_on",
        "reverses_receipt_no",
        "owner",
        "allocates",
        "luck",
    )
    return receipts, allocated


def _deposits(world: w.World, rng: np.random.Generator, groups: pl.DataFrame) -> pl.DataFrame:
    """Money paid in advance in the latest month for next spring's goods."""
    dealers = [i for i, one in enumerate(world.customers) if one.kind == "dealer" and one.payer == "prompt"]
    chosen = dealers[:: max(1, len(dealers) // 4)][:5]
    rows = [
        {
            "batch_id": 2 * 10**7 + n,
            "customer": i,
            "batch": w.key(world.months[-1]),
            "half": True,
            "day": world.end - timedelta(days=3 + n),
            "amount_fen": int(rng.integers(60, 120)) * 10_000_00,
            "documents": 0,
            "method": "transfer",
            "luck": 0.5,
            "allocates": False,
            "reverses": None,
        }
        for n, i in enumerate(chosen)
    ]
    return pl.DataFrame(rows, schema=groups.schema).select(groups.columns)


def _adjustments(world: w.World, rng: np.random.Generator, openings: pl.DataFrame) -> pl.DataFrame:
    """Write-offs of a bad debt in parts, and small discounts and offsets without a document."""
    heads = [one.name for one in world.employees if one.role == "department_head"]
    bad = openings.row(0, named=True)
    rows: list[dict[str, Any]] = []
    dealers = [i for i, one in enumerate(world.customers) if one.kind == "dealer"]
    months = world.months[2:]
    for n in range(20 if len(months) > 5 else 4):
        month = months[n % len(months)]
        customer = dealers[int(rng.integers(len(dealers)))]
        rows.append(
            {
                "dated_on": date(*month, 10 + n % 15),
                "customer": customer,
                "document_no": None,
                "kind": "discount" if n % 3 else "offset",
                "amount_fen": -int(rng.integers(500_00, 6000_00)),
                "approved_by": heads[1],
                "reason": "质量扣款" if n % 2 else "运费抵扣",
            }
        )
    for month in (world.months[-5], world.months[-1]):
        rows += [
            {
                "dated_on": date(*month, 20),
                "customer": bad["customer"],
                "document_no": bad["document_no"],
                "kind": "write_off",
                "amount_fen": -(bad["open_fen"] // 3),
                "approved_by": heads[1],
                "reason": "经销商停业，总经理批准核销",
            }
        ]
    rows.sort(key=lambda row: row["dated_on"])
    for n, row in enumerate(rows, start=1):
        row["adjustment_no"] = f"TZ-{n:04d}"
    return pl.DataFrame(rows, schema_overrides={"document_no": pl.String, "customer": pl.Int64}, infer_schema_length=None)


def _provisions(openings: pl.DataFrame) -> pl.DataFrame:
    first, second = openings.row(0, named=True), openings.row(1, named=True)
    return pl.DataFrame(
        [
            {
                "customer": first["customer"],
                "document_no": first["document_no"],
                "valid_from": date(2026, 3, 31),
                "amount_fen": None,
                "rate": 80,
                "reason": "经销商停业",
            },
            {
                "customer": second["customer"],
                "document_no": second["document_no"],
                "valid_from": date(2026, 6, 30),
                "amount_fen": second["open_fen"] // 2,
                "rate": None,
                "reason": "已起诉",
            },
        ],
        schema_overrides={"amount_fen": pl.Int64, "rate": pl.Int64},
    )


def _expenses(world: w.World, rng: np.random.Generator) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for m, month in enumerate(world.months):
        voucher = 0
        for region, _, _ in REGIONS:
            manager = world.managers[region]
            for n, item in enumerate(EXPENSE_ITEMS):
                if n % 5 == 0:
                    voucher += 1
                base = {"wages": 60_000, "travel": 18_000, "freight": 35_000, "promotion": 22_000}.get(item, 6_000) * (
                    0.25 + 0.75 * world.size.small
                )
                rows.append(
                    {
                        "month": m,
                        "voucher_no": f"FY-{w.key(month).replace('-', '')}-{voucher:03d}",
                        "line_no": n % 5 + 1,
                        "spent_on": date(*month, 5 + 2 * n),
                        "region": region,
                        "employee_code": manager.code,
                        "item": item,
                        "amount_fen": int(base * float(rng.uniform(0.8, 1.2)) * 100),
                        "approved_by": manager.name,
                    }
                )
    return pl.DataFrame(rows)


def _stock(world: w.World, rng: np.random.Generator) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for m in range(max(0, len(world.months) - 6), len(world.months)):
        for product in world.products:
            if product.discontinued and product.discontinued < world.end:
                continue
            qty = int(rng.integers(5, 400)) * 10_000
            rows.append(
                {
                    "month": m,
                    "counted_on": w.last_day(world.months[m]),
                    "warehouse": "新乡总库",
                    "product_code": product.code,
                    "qty_e4": qty,
                    "value_fen": qty // 10_000 * product.cost_fen,
                }
            )
    return pl.DataFrame(rows)


def _contracts(world: w.World, rng: np.random.Generator) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    dealers = [one for one in world.customers if one.kind == "dealer"][:100]
    for n, one in enumerate(dealers, start=1):
        signed = date(2026, 1, 5) + timedelta(days=n % 40)
        quoted = int(rng.integers(50, 400)) * 10_000_00
        off = int(rng.choice(np.array([0, 0, 2, 3])))
        rows.append(
            {
                "contract_no": f"HT-2026-{n:04d}",
                "customer_code": one.code,
                "employee_code": one.employee_on(signed),
                "signed_on": signed,
                "quoted_fen": quoted,
                "discount": off,
                "amount_fen": quoted * (100 - off) // 100,
                "approved_by": world.managers[one.region].name if off else "",
                "filed_on": signed + timedelta(days=3 + n % 9),
            }
        )
    return pl.DataFrame(rows)


def balances(world: w.World, business: Business, day: date) -> Ints:
    """What every customer owes on ``day``, advances deducted, in fen: the subledger's closing balance."""
    total = np.zeros(len(world.customers), dtype=np.int64)
    moves = (
        (business.openings, "document_date", "open_fen", 1),
        (business.documents, "document_date", "gross_fen", 1),
        (business.receipts, "day", "amount_fen", -1),
        (business.adjustments, "dated_on", "amount_fen", 1),
    )
    for frame, dated, amount, sign in moves:
        known = frame.filter(pl.col(dated) <= day)
        np.add.at(total, known["customer"].to_numpy(), sign * known[amount].to_numpy())
    return total


def _set_limits(world: w.World, rng: np.random.Generator, business: Business) -> None:
    """Credit limits that most customers keep; a few dealers are over theirs at the end."""
    balance = balances(world, business, world.end)
    monthly = np.zeros(len(world.customers), dtype=np.int64)
    np.add.at(monthly, business.documents["customer"].to_numpy(), business.documents["gross_fen"].to_numpy())
    drafts = np.zeros(len(world.customers), dtype=np.int64)
    unripe = business.receipts.filter(pl.col("matures_on") > world.end)
    np.add.at(drafts, unripe["customer"].to_numpy(), unripe["amount_fen"].to_numpy())
    shipped = np.zeros(len(world.customers), dtype=np.int64)
    sent = business.sales.filter(pl.col("document_kind") == "delivery")
    np.add.at(shipped, sent["customer"].to_numpy(), sent["gross_fen"].to_numpy())
    wan = 10_000_00
    over = [i for i in np.argsort(-balance) if world.customers[i].kind == "dealer" and balance[i] > 5 * wan][
        2 :: max(1, len(world.customers) // 10)
    ][: max(1, len(world.customers) // 50)]
    for i, one in enumerate(world.customers):
        usual = int(max(monthly[i] // len(world.months) * 3, 13 * max(balance[i] + drafts[i] + shipped[i], 0) // 10, 5 * wan))
        one.credit_limit_fen = (usual // wan + 1) * wan
        if i in over:
            one.credit_limit_fen = max(1, int(balance[i]) * 85 // 100 // wan) * wan
