"""How receivables move and how well they are collected (``domain.md`` M3): roll-forward, collection, DSO, CEI, roll rates.

Every ratio is a formula over sums at the wanted cut, never a mean of ratios, and stands beside its numerator and denominator. A
cut is the customer's on the as-of day, because a balance belongs to whoever looks after the customer now. What is open belongs
to ``receivables``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.marts_receivables import RECEIVABLE_RATIOS, RECEIVABLES_ROLL_FORWARD, ROLL_RATES
from pipelines.errors import InvariantBroken
from pipelines.metrics.receivables import NOT_DUE, Books, State, days_late, mart
from pipelines.metrics.windows import month_before
from pipelines.money import ratio, ratio_expr

CUTS = ("company", "department", "region_code", "employee_code", "customer_code")
_DATES = pl.col("day")


def day_before(period: Period) -> date:
    """The last day before the period: what was open then is the opening."""
    return period.start - timedelta(days=1)


def roll_forward(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Opening + taken over + sales − returns − receipts ± adjustments = closing = Σ open − advance (M3); grain ``period, customer``.

    ``receipts`` are less what bounced; ``taken_over`` are opening receivables dated in the period. Opening and closing come
    from raw rows, open and advance from the items; raises ``InvariantBroken`` naming customers where the line does not add up.
    """
    frame = _rolled(state, books, period).join(books.who(state.day), on="customer_code", how="left")
    rolled = pl.col("opening") + pl.col("taken_over") + pl.col("sales") - pl.col("returns") - pl.col("receipts") + pl.col("adjustments")
    wrong = frame.filter((rolled != pl.col("closing")) | (pl.col("open_amount") - pl.col("advance") != pl.col("closing")))
    if wrong.height:
        codes = ", ".join(wrong["customer_code"].sort().head(10))
        raise InvariantBroken(
            f"The receivables of {period.key} do not roll forward for {wrong.height} customers: {codes}. Nothing of them is published."
        )
    return mart(RECEIVABLES_ROLL_FORWARD, frame, period, state.day)


def _rolled(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Grain: a customer that moved by the day."""
    amount, kind = pl.col("amount"), pl.col("kind")
    before, within = pl.col("day") < period.start, pl.col("day") >= period.start
    sums = (
        books.movements.filter(state.day >= _DATES)
        .group_by("customer_code")
        .agg(
            amount.filter(before).sum().alias("opening"),
            amount.filter(within & (kind == "opening")).sum().alias("taken_over"),
            amount.filter(within & (kind == "invoice")).sum().alias("sales"),
            -amount.filter(within & (kind == "red_slip")).sum().alias("returns"),
            -amount.filter(within & (kind == "receipt")).sum().alias("receipts"),
            amount.filter(within & (kind == "adjustment")).sum().alias("adjustments"),
        )
    )
    closing = state.balances.select("customer", "customer_code", closing="balance", open_amount="open", advance="advance")
    return closing.join(sums, on="customer_code", how="left").with_columns(pl.col(sums.columns[1:]).fill_null(0))


def collected(before: State, state: State, period: Period) -> pl.DataFrame:
    """What was to be collected in the period and what was (M3); grain ``customer``.

    ``collectable``: items overdue at the start or due by D: what was open of them at the start, or invoiced since less what an
    advance covered. ``collected``: receipts of the period applied to them. ``opening_overdue``, ``recovered``: the same for
    what was late the day before the period. A receipt counts for an item up to what was to be collected of it.
    """
    return collectable(before, state, period).group_by("customer").agg(
        pl.col("base").sum().alias("collectable"),
        pl.col("got").sum().alias("collected"),
        pl.col("base").filter("late_before").sum().alias("opening_overdue"),
        pl.col("got").filter("late_before").sum().alias("recovered"),
    )


def collectable(before: State, state: State, period: Period) -> pl.DataFrame:
    """The items of :func:`collected`: ``base``, what was to be collected of each, ``got``, ``late_before``; grain ``item``."""
    start = before.items.select("key", open_before="open", late_before=pl.col("due_on") < before.day)
    credits = state.credits.select("credit", "kind", "dated_on")
    paid = (
        state.applied.join(credits, on="credit")
        .group_by("item")
        .agg(
            pl.col("amount").filter((pl.col("kind") == "receipt") & (pl.col("dated_on") >= period.start)).sum().alias("received"),
            pl.col("amount").filter(pl.col("dated_on") < period.start).sum().alias("in_advance"),
        )
    )
    return (
        state.items.filter(pl.col("due_on") <= state.day)
        .join(start, on="key", how="left")
        .join(paid, on="item", how="left")
        .with_columns(pl.col("received", "in_advance").fill_null(0), pl.col("late_before").fill_null(value=False))
        .with_columns(base=pl.coalesce("open_before", (pl.col("amount") - pl.col("in_advance")).clip(0)))
        .with_columns(got=pl.min_horizontal("received", "base"))
    )


def receivable_ratios(state: State, books: Books, company: Company, period: Period) -> pl.DataFrame:
    """Collection rate, overdue recovery, DSO in its three forms, CEI and share overdue (M3); grain ``period, cut, key``.

    Days in calendar days. ``opening`` includes what was taken over in the period; ``sales`` are gross less red slips. CEI =
    (opening + sales − closing) ÷ (opening + sales − closing not due). Credit sales leave out documents of customers on
    ``prepaid`` terms on the document's date.
    """
    months = _Months(books, company, state.day)
    base = _base(state, books, period, months)
    names = _labels(books, company, state.day)
    parts = []
    for cut in CUTS:
        key = pl.lit("all") if cut == "company" else pl.col(cut).fill_null("")
        keyed = base.with_columns(key=key)
        sums = keyed.group_by("key").agg(pl.col(_SUMMED).sum())
        monthly = (
            months.sales.join(keyed.select("customer_code", "key"), on="customer_code").group_by("key", "month").agg(pl.col("sales").sum())
        )
        counted = countback(sums.select("key", balance="closing"), monthly, months.days)
        parts.append(
            sums.join(counted, on="key", how="left")
            .join(names.filter(pl.col("cut") == cut).drop("cut"), on="key", how="left")
            .with_columns(cut=pl.lit(cut))
        )
    days = months.window_days
    frame = pl.concat(parts).with_columns(
        credit_days=pl.lit(days, pl.Int64),
        collection_rate=ratio_expr(pl.col("collected"), pl.col("collectable")),
        overdue_recovery=ratio_expr(pl.col("recovered"), pl.col("opening_overdue")),
        dso=ratio_expr(pl.col("closing"), pl.col("credit_sales")) * days,
        best_possible_dso=ratio_expr(pl.col("closing_not_due"), pl.col("credit_sales")) * days,
        cei=ratio_expr(
            pl.col("opening") + pl.col("sales") - pl.col("closing"), pl.col("opening") + pl.col("sales") - pl.col("closing_not_due")
        ),
        share_overdue=ratio_expr(pl.col("closing_overdue"), pl.col("closing_open")),
    )
    frame = frame.with_columns(average_days_delinquent=pl.col("dso") - pl.col("best_possible_dso"))
    return mart(RECEIVABLE_RATIOS, frame, period, state.day)


_SUMMED = (
    "opening",
    "sales",
    "closing",
    "closing_not_due",
    "closing_overdue",
    "closing_open",
    "credit_sales",
    "collectable",
    "collected",
    "opening_overdue",
    "recovered",
)


def _base(state: State, books: Books, period: Period, months: _Months) -> pl.DataFrame:
    """The sums that ratios are made of, one row a customer, with its department, region and salesperson."""
    late = days_late(state.day) > 0
    owed = state.items.group_by("customer").agg(
        pl.col("open").filter(~late).sum().alias("closing_not_due"), pl.col("open").filter(late).sum().alias("closing_overdue")
    )
    window = months.sales.filter(pl.col("month") < months.window).group_by("customer_code").agg(pl.col("sales").sum().alias("credit_sales"))
    rolled = _rolled(state, books, period).with_columns(
        opening=pl.col("opening") + pl.col("taken_over"), sales=pl.col("sales") - pl.col("returns"), closing_open="open_amount"
    )
    return (
        rolled.join(owed, on="customer", how="left")
        .join(window, on="customer_code", how="left")
        .join(collected(books.state(day_before(period)), state, period), on="customer", how="left")
        .with_columns(pl.col(_SUMMED).fill_null(0))
        .join(books.who(state.day), on="customer_code", how="left")
    )


def _labels(books: Books, company: Company, day: date) -> pl.DataFrame:
    """Names of the keys of every cut: ``cut, key, label``."""
    parts = [pl.DataFrame({"cut": ["company"], "key": ["all"], "label": [company.policy.name]})]
    for table in ("region", "employee", "customer"):
        code = f"{table}_code"
        parts.append(books.facts.as_of(table, day).select(cut=pl.lit(code), key=code, label="name"))
    departments = books.facts.as_of("region", day)["department"].unique().sort()
    parts.append(pl.DataFrame({"key": departments}).select(cut=pl.lit("department"), key="key", label="key"))
    return pl.concat(parts)


class _Months:
    """Credit sales by month back from a day: month 0 is the last; ``days`` of each, back to the first sale of the company."""

    def __init__(self, books: Books, company: Company, day: date) -> None:
        policy = company.policy.receivables
        credit = books.movements.filter((day >= _DATES) & pl.col("kind").is_in(["invoice", "red_slip"]) & ~pl.col("prepaid"))
        first = credit["day"].min()
        ends = [day]
        while len(ends) <= policy.dso_months or (isinstance(first, date) and ends[-1] >= first):
            ends.append(month_before(company.calendar, day, len(ends)))
        spans = [(late - early).days for late, early in zip(ends, ends[1:], strict=False)]
        self.window = policy.dso_months
        self.window_days = sum(spans[: self.window])
        history = sum(end >= first for end in ends) if isinstance(first, date) else 0
        self.days: list[int] = [policy.days_per_month or span for span in spans[:history]]
        windows = pl.DataFrame({"end": ends, "month": range(len(ends))}, schema={"end": pl.Date(), "month": pl.Int64()}).sort("end")
        self.sales = (
            credit.sort("day")
            .join_asof(windows, left_on="day", right_on="end", strategy="forward")
            .group_by("customer_code", "month")
            .agg(pl.col("amount").sum().alias("sales"))
        )


def countback(balances: pl.DataFrame, sales: pl.DataFrame, days: Sequence[int]) -> pl.DataFrame:
    """Count-back DSO (M3); grain ``key``: ``countback_dso`` in days, ``countback_exhausted``, ``countback_days``.

    ``balances``: ``key, balance``; ``sales``: ``key, month, sales``, month 0 the last one; ``days``: those of each month of the
    history. Whole months while the balance covers their sales, then the fraction. A month with sales ≤ 0 counts its days and
    takes nothing; a balance ≤ 0 is 0 days. When the history ends first the figure is null and ``countback_days`` is how far it
    went ('> n days').
    """
    spans = [sum(days[:month]) for month in range(len(days) + 1)]
    months = pl.DataFrame(
        {"month": range(len(days)), "days": days, "before": spans[:-1]}, schema=dict.fromkeys(("month", "days", "before"), pl.Int64())
    )
    taken = pl.col("sales").clip(0).cum_sum().over("key", order_by="month")
    reached = (
        balances.filter(pl.col("balance") > 0)
        .join(months, how="cross")
        .join(sales, on=["key", "month"], how="left")
        .with_columns(pl.col("sales").fill_null(0))
        .with_columns(taken=taken)
        .filter(pl.col("taken") >= pl.col("balance"))
        .sort("key", "month")
        .unique("key", keep="first", maintain_order=True)
        .with_columns(part=pl.col("balance") - (pl.col("taken") - pl.col("sales")))
        .select(
            "key",
            countback_dso=pl.col("before") + pl.col("part") / pl.col("sales") * pl.col("days"),
            countback_days=pl.col("before") + pl.col("days"),
        )
    )
    owes = pl.col("balance") > 0
    return balances.join(reached, on="key", how="left").select(
        "key",
        countback_dso=pl.when(owes).then("countback_dso").otherwise(0.0),
        countback_exhausted=owes & pl.col("countback_dso").is_null(),
        countback_days=pl.when(owes).then(pl.col("countback_days").fill_null(spans[-1])).otherwise(0),
    )


def roll_rates(state: State, books: Books, company: Company, period: Period) -> pl.DataFrame:
    """How much of each class moved on to the next within a month (M3); grain ``period, class``.

    Classes are not due, then ``roll_days`` days late each. Roll rate = (next class now + written off of it since) ÷ this class
    a month ago; loss rate = its own and all later roll rates multiplied, null where one of them is.
    """
    policy = company.policy.receivables
    before = books.state(month_before(company.calendar, state.day))
    then, now = _by_days_late(before, policy.roll_days), _by_days_late(state, policy.roll_days)
    gone = (
        state.applied.join(
            state.credits.filter((pl.col("kind") == "write_off") & (pl.col("dated_on") > before.day)).select("credit"), on="credit"
        )
        .join(state.items.select("item", place=roll_class(state.day, policy.roll_days)), on="item")
        .group_by("place")
        .agg(pl.col("amount").sum())
    )
    written_off = dict(gone.iter_rows())
    names = [NOT_DUE, *(f"{n * policy.roll_days + 1}-{(n + 1) * policy.roll_days}" for n in range(policy.roll_buckets))]
    rows = []
    for place in range(policy.roll_buckets):
        was, is_now, off = then.get(place, 0), now.get(place + 1, 0), written_off.get(place + 1, 0)
        rows.append((place, names[place], names[place + 1], was, is_now, off, ratio(is_now + off, was)))
    frame = pl.DataFrame(
        rows,
        schema=dict(
            zip(
                ("bucket_no", "bucket", "next_bucket", "before", "now", "written_off", "roll_rate"),
                (pl.Int64(), pl.String(), pl.String(), pl.Int64(), pl.Int64(), pl.Int64(), pl.Float64()),
                strict=True,
            )
        ),
        orient="row",
    )
    losses = pl.Series("loss_rate", loss_rates(frame["roll_rate"].to_list()), pl.Float64())
    return mart(ROLL_RATES, frame.with_columns(losses, before_as_of=pl.lit(before.day)), period, state.day)


def loss_rates(rolls: Sequence[float | None]) -> list[float | None]:
    """Each roll rate multiplied with all later ones (M3).

    >>> [round(rate, 3) for rate in loss_rates([0.2, 0.5, 0.6, 0.8])]
    [0.048, 0.24, 0.48, 0.8]
    """
    found: list[float | None] = []
    loss: float | None = 1.0
    for roll in reversed(rolls):
        loss = None if loss is None or roll is None else loss * roll
        found.append(loss)
    return found[::-1]


def roll_class(day: date, width: int) -> pl.Expr:
    """0 not due, else the number of the class of ``width`` days late."""
    return (days_late(day) + width - 1) // width


def _by_days_late(state: State, width: int) -> dict[int, int]:
    sums = state.items.group_by(roll_class(state.day, width).alias("place")).agg(pl.col("open").sum())
    return dict(sums.iter_rows())
