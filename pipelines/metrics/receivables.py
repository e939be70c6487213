"""Who owes the company what on a day, item by item (``domain.md`` M3): open items, ageing, balances.

``books`` arranges the facts once for all days; ``Books.state`` says what stood open on one of them. The marts of ageing and
balances are here. Ratios are in ``receivable_ratios``, limits in ``credit``, bad debts in ``provision``, reminders in
``dunning``.

Debits are *items*: a term of an invoice, an opening amount, a positive adjustment, a bounced receipt. Everything that pays them
is a *credit*: a receipt less what bounced, a red slip, a negative adjustment, an opening advance. First the credits that name a
document go to it, then what is left of all credits goes to what is left of all items. Both steps lay items and credits of a
customer (or a document) end to end on one axis: where an item's stretch overlaps a credit's, that credit paid that much of it.
So nothing loops, and who paid what is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.company.policy import Bucket, Policy
from pipelines.contracts.marts_receivables import ADVANCES, OPEN_ITEMS, RECEIVABLES_AGEING
from pipelines.contracts.model import Contract
from pipelines.errors import InvariantBroken
from pipelines.metrics.terms import instalments, is_prepaid, readable
from pipelines.sources.facts import Facts

NOT_DUE = "not_due"
_ADDED_TERM = 1000
"""Terms from here on are debits added to a document later (a reversed write-off); a document's own terms stay below."""


@dataclass(frozen=True)
class State:
    """What stood open on ``day``; all amounts in ten-thousandths.

    ``items``: every debit that existed, with ``left`` after the credits that name a document, ``open`` after all, and
    ``fifo_open`` (every credit against the oldest debit). ``credits``: every credit that existed, with ``left`` and ``unused``
    (its part of the advance). ``direct``: what credits paid of the documents that they name. ``balances``: one row a customer,
    ``balance`` added up from the raw rows, ``open, advance, fifo_open, fifo_advance`` from items and credits.
    """

    day: date
    items: pl.DataFrame
    credits: pl.DataFrame
    direct: pl.DataFrame
    balances: pl.DataFrame

    @cached_property
    def applied(self) -> pl.DataFrame:
        """Which credit paid how much of which item: ``credit, item, amount``; a pair may have two rows, one of them in ``direct``."""
        rest = overlap(
            self.items.filter(pl.col("left") > 0).select(pl.col("customer").alias("group"), "item", pl.col("left").alias("amount")),
            self.credits.filter(pl.col("left") > 0).select(pl.col("customer").alias("group"), "credit", pl.col("left").alias("amount")),
        )
        return pl.concat([self.direct, rest])

    @property
    def broken(self) -> pl.DataFrame:
        """Customers whose open items less advances are not their balance, by either ageing; empty when all is well."""
        return self.balances.filter(
            (pl.col("open") - pl.col("advance") != pl.col("balance")) | (pl.col("fifo_open") - pl.col("fifo_advance") != pl.col("balance"))
        )

    def check(self) -> State:
        """This state. Raises ``InvariantBroken`` naming the customers of :attr:`broken`."""
        if self.broken.height:
            rows = self.broken.sort("customer_code").head(10).iter_rows(named=True)
            said = "; ".join(
                f"{row['customer_code']}: open items {row['open'] / 1e4:.4f} − advances {row['advance'] / 1e4:.4f}, "
                f"oldest first {row['fifo_open'] / 1e4:.4f} − {row['fifo_advance'] / 1e4:.4f}, balance {row['balance'] / 1e4:.4f}"
                for row in rows
            )
            raise InvariantBroken(
                f"As of {self.day} the open items less advances of {self.broken.height} customers are not their balance: {said}. "
                "Nothing of receivables is published. Look for the customers' documents with 'closebook explain'."
            )
        return self


@dataclass(frozen=True)
class Books:
    """The facts of receivables arranged once for every as-of day. Make it with :func:`books`.

    ``movements``: one row a customer, day, kind (invoice, red_slip, receipt, adjustment, opening) and whether prepaid, several
    rows possible: the raw sums that balances come from. ``deliveries``: what was shipped before its invoice, ``+`` when shipped
    and ``-`` when an invoice names it.
    """

    facts: Facts
    policy: Policy
    customers: pl.DataFrame
    items: pl.DataFrame
    credits: pl.DataFrame
    receipts: pl.DataFrame
    allocations: pl.DataFrame
    movements: pl.DataFrame
    deliveries: pl.DataFrame
    _states: dict[date, State] = field(default_factory=dict)

    def state(self, day: date) -> State:
        """What stood open on ``day``: only what is dated on or before it exists. Computed once a day."""
        if day not in self._states:
            self._states[day] = _state(self, day)
        return self._states[day]

    def who(self, day: date) -> pl.DataFrame:
        """The customers as organised on ``day``: code, name, group, department, region, salesperson, limit, terms."""
        found = self.facts.as_of("customer", day)
        regions = self.facts.as_of("region", day).select("region_code", "department")
        return (
            self.customers.select("customer_code")
            .join(
                found.select(
                    "customer_code",
                    pl.col("name").alias("customer_name"),
                    "parent_code",
                    "region_code",
                    "employee_code",
                    "credit_limit",
                    "payment_terms",
                ),
                on="customer_code",
                how="left",
            )
            .join(regions, on="region_code", how="left")
        )


def books(facts: Facts, company: Company) -> Books:
    """Arrange the facts of receivables. Raises ``ConfigurationError`` when the policy's default terms cannot be read."""
    return books_of(facts, company.policy)


def gross() -> pl.Expr:
    """What a sales line owes: ``gross_amount``, else net + tax, else net (M3: receivables are gross)."""
    return pl.coalesce("gross_amount", pl.col("net_amount") + pl.col("tax_amount").fill_null(0))


def books_of(facts: Facts, policy: Policy) -> Books:
    """:func:`books` from a policy alone."""
    lines = (
        facts["sales_line"]
        .lazy()
        .filter(pl.col("document_kind").is_in(["invoice", "red_slip"]))
        .select(
            "customer_code",
            "document_no",
            "document_kind",
            "document_date",
            "due_on",
            "payment_terms",
            origin=pl.when(pl.col("document_kind") == "red_slip").then(pl.col("origin_document_no")),
            amount=gross(),
        )
    )
    documents = (
        lines.group_by("customer_code", "document_no", "document_kind", "document_date", "origin")
        .agg(pl.col("amount").sum(), pl.col("due_on").min(), pl.col("payment_terms").min())
        .collect(engine="streaming")
    )
    documents = with_terms(documents, facts["customer"])
    openings = facts["opening_receivable"].select(
        "customer_code",
        "document_no",
        "document_date",
        "due_on",
        amount=pl.col("open_amount"),
        exists_on="opening_on",
        kind=pl.lit("opening"),
        payment_terms=pl.lit(None, pl.String()),
    )
    openings = with_terms(openings, facts["customer"])
    receipts = _receipts(facts["receipt"])
    adjustments = facts["adjustment"].select("adjustment_no", "dated_on", "customer_code", "document_no", "kind", "amount")
    deliveries = _deliveries(facts["sales_line"])
    codes = pl.concat(
        [frame.select("customer_code") for frame in (documents, openings, receipts, adjustments, deliveries)]
        + [facts["customer"].select("customer_code")]
    )
    customers = codes.unique().sort("customer_code").with_row_index("customer").with_columns(pl.col("customer").cast(pl.Int64))

    items, keys = _items(documents, openings, adjustments, customers, policy)
    return Books(
        facts=facts,
        policy=policy,
        customers=customers,
        items=items,
        credits=_credits(documents, openings, adjustments, receipts, customers, keys),
        receipts=receipts.join(customers, on="customer_code").sort("receipt_no").with_row_index("receipt"),
        allocations=_allocations(facts["receipt_allocation"], receipts, customers, keys),
        movements=_movements(facts),
        deliveries=deliveries,
    )


def unreadable_terms(facts: Facts) -> pl.DataFrame:
    """Customer versions whose payment terms cannot be read; the policy's default is used for them. Grain: a version."""
    texts = [text for text in facts["customer"]["payment_terms"].drop_nulls().unique().to_list() if not readable(text)]
    return facts["customer"].filter(pl.col("payment_terms").is_in(texts)).sort("customer_code", "valid_from")


def with_terms(documents: pl.DataFrame, customer: pl.DataFrame) -> pl.DataFrame:
    """Fill missing ``payment_terms`` with the customer's on the document date; the first version holds since ever."""
    if not documents["payment_terms"].null_count() or customer.is_empty():
        return documents
    needed = documents.filter(pl.col("payment_terms").is_null()).select("customer_code", "document_date").unique()
    versions = customer.select(
        "customer_code",
        since=pl.when(pl.col("valid_from") == pl.col("valid_from").min().over("customer_code"))
        .then(pl.lit(date(1, 1, 1)))
        .otherwise(pl.col("valid_from")),
        _terms="payment_terms",
    ).sort("since")
    found = needed.sort("document_date").join_asof(
        versions, left_on="document_date", right_on="since", by="customer_code", strategy="backward", check_sortedness=False
    )
    return (
        documents.join(found.select("customer_code", "document_date", "_terms"), on=["customer_code", "document_date"], how="left")
        .with_columns(payment_terms=pl.coalesce("payment_terms", "_terms"))
        .drop("_terms")
    )


def _receipts(frame: pl.DataFrame) -> pl.DataFrame:
    """Receipts with ``root``: the receipt that a bounced one takes back if the same customer has it and it is not later; else itself."""
    rows = frame.select(
        "receipt_no", "received_on", "customer_code", "amount", "method", "instrument_no", "matures_on", "reverses_receipt_no"
    )
    rows = rows.with_columns(root=pl.col("receipt_no"))
    if not (rows["reverses_receipt_no"].null_count() < rows.height):
        return rows
    dates = rows.select("customer_code", reverses_receipt_no="receipt_no", _from="received_on")
    rows = (
        rows.join(dates, on=["customer_code", "reverses_receipt_no"], how="left", maintain_order="left")
        .with_columns(root=pl.when(pl.col("_from") <= pl.col("received_on")).then("reverses_receipt_no").otherwise("receipt_no"))
        .drop("_from")
    )
    # A reversal of a reversal goes back to the receipt that the first one took back.
    roots = rows.select("customer_code", root="receipt_no", _root="root")
    return (
        rows.join(roots, on=["customer_code", "root"], how="left", maintain_order="left")
        .with_columns(root=pl.coalesce("_root", "root"))
        .drop("_root")
    )


def _items(
    documents: pl.DataFrame, openings: pl.DataFrame, adjustments: pl.DataFrame, customers: pl.DataFrame, policy: Policy
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All debits in the order in which credits go to them, and the documents by number.

    ``item`` is the place in the order (due date, document date, number, term) within all customers, ``fifo`` the place by document
    date; ``key`` names an item on every day.
    Documents (``keys``): ``customer, document_no, document, exists_on``.
    """
    names = ["customer_code", "document_no", "kind", "document_date", "due_on", "payment_terms", "amount", "exists_on"]
    invoices = documents.with_columns(kind=pl.col("document_kind"), exists_on=pl.col("document_date"))
    debits = pl.concat([invoices.select(names), openings.select(names)]).filter(pl.col("amount") > 0)
    terms = instalments(debits, policy.receivables.default_terms).filter(pl.col("amount") != 0)
    terms = terms.join(customers, on="customer_code")
    keys = (
        terms.group_by("customer", "document_no")
        .agg(pl.col("exists_on").min(), pl.col("document_date").min(), pl.col("due_on").max(), ones=(pl.col("term") == 1).sum())
        .sort("document_no", "customer")
        .with_row_index("document")
        .with_columns(pl.col("document").cast(pl.Int64))
    )
    added = (
        adjustments.filter(pl.col("amount") > 0)
        .join(customers, on="customer_code")
        .join(keys, on=["customer", "document_no"], how="left")
        .with_columns(known=(pl.col("exists_on") <= pl.col("dated_on")).fill_null(value=False))
        .sort("customer", "document_no", "dated_on", "adjustment_no")
        .with_columns(
            document_no=pl.when("known").then("document_no").otherwise("adjustment_no"),
            document=pl.when("known").then("document").otherwise(-1 - pl.int_range(pl.len())),
            document_date=pl.when("known").then("document_date").otherwise("dated_on"),
            due_on=pl.when("known").then("due_on").otherwise("dated_on"),
            kind=pl.lit("adjustment"),
            exists_on=pl.col("dated_on"),
        )
        .with_columns(
            term=pl.when("known").then(_ADDED_TERM + pl.int_range(pl.len()).over("customer", "document_no")).otherwise(1).cast(pl.Int64)
        )
    )
    columns = ["customer", "document", "document_no", "kind", "term", "document_date", "due_on", "exists_on", "amount"]
    items = pl.concat(
        [
            terms.join(keys.select("customer", "document_no", "document"), on=["customer", "document_no"]).select(columns),
            added.select(columns),
        ]
    )
    if keys["ones"].max() not in (None, 1):
        # One number on two days (a fault that C7 lists) stays two items.
        repeated = pl.int_range(pl.len()).over("customer", "document_no", "kind", "term", order_by=["document_date", "due_on", "amount"])
        items = items.with_columns(term=pl.col("term") + 100 * repeated)
    return (
        # Numbers are sorted once and stand as their rank after that: sorting by text again and again is slow.
        items.with_columns(number=pl.col("document_no").rank("dense"))
        .sort("customer", "due_on", "document_date", "number", "term", "kind")
        .with_row_index("item")
        .sort("customer", "document_date", "number", "term", "item")
        .with_row_index("fifo")
        .drop("number")
        .with_columns(pl.col("item", "fifo").cast(pl.Int64), key=pl.col("item").cast(pl.Int64))
        .sort("item"),
        keys.select("customer", "document_no", "document", "exists_on"),
    )


def _credits(
    documents: pl.DataFrame,
    openings: pl.DataFrame,
    adjustments: pl.DataFrame,
    receipts: pl.DataFrame,
    customers: pl.DataFrame,
    keys: pl.DataFrame,
) -> pl.DataFrame:
    """All credits in order (date, number); grain ``credit``. ``document`` is the one that it names, known from ``document_from``.

    The amount of a receipt is its own; what bounced later is taken off by the state of a day.
    """
    slips = documents.filter(pl.col("amount") < 0).select(
        "customer_code",
        credit_no="document_no",
        kind=pl.lit("red_slip"),
        dated_on="document_date",
        amount=-pl.col("amount"),
        document_no="origin",
    )
    advances = openings.filter(pl.col("amount") < 0).select(
        "customer_code",
        credit_no="document_no",
        kind="kind",
        dated_on="exists_on",
        amount=-pl.col("amount"),
        document_no=pl.lit(None, pl.String()),
    )
    less = adjustments.filter(pl.col("amount") < 0).select(
        "customer_code", credit_no="adjustment_no", kind="kind", dated_on="dated_on", amount=-pl.col("amount"), document_no="document_no"
    )
    roots = receipts.filter(pl.col("receipt_no") == pl.col("root")).select(
        "customer_code",
        credit_no="receipt_no",
        kind=pl.lit("receipt"),
        dated_on="received_on",
        amount="amount",
        document_no=pl.lit(None, pl.String()),
    )
    return (
        pl.concat([slips, advances, less, roots])
        .join(customers, on="customer_code")
        .join(keys.rename({"exists_on": "document_from"}), on=["customer", "document_no"], how="left")
        .with_columns(number=pl.col("credit_no").rank("dense"))
        .sort("customer", "dated_on", "number", "kind", "document", nulls_last=True)
        .with_row_index("credit")
        .with_columns(pl.col("credit").cast(pl.Int64))
        .select("credit", "customer", "credit_no", "kind", "dated_on", "amount", "document", "document_from")
    )


def _allocations(frame: pl.DataFrame, receipts: pl.DataFrame, customers: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Explicit allocations of receipts to documents of the same customer.

    One that names another customer's document, or an unknown one, does not pay it: a balance belongs to one customer. The
    receipt's amount is then a credit.
    """
    return (
        frame.select("receipt_no", "document_no", "allocated_on", "amount")
        .join(receipts.select("receipt_no", "customer_code", "received_on", "root"), on="receipt_no")
        .join(customers, on="customer_code")
        .join(keys.rename({"exists_on": "document_from"}), on=["customer", "document_no"])
        .with_columns(exists_on=pl.max_horizontal("allocated_on", "received_on", "document_from"))
        .select("customer", "root", "document", "exists_on", "amount")
    )


def _movements(facts: Facts) -> pl.DataFrame:
    """Raw sums by customer, day, kind and whether prepaid: the other side of Σ open − advances, so it goes by no document."""
    lines = facts["sales_line"].lazy().filter(pl.col("document_kind").is_in(["invoice", "red_slip"]))
    sales = (
        lines.select("customer_code", "document_kind", "document_date", "payment_terms", amount=gross())
        .group_by("customer_code", "document_kind", "document_date", "payment_terms")
        .agg(pl.col("amount").sum())
        .collect(engine="streaming")
    )
    sales = with_terms(sales, facts["customer"]).select(
        "customer_code", day="document_date", kind="document_kind", prepaid=is_prepaid(pl.col("payment_terms")), amount="amount"
    )
    others = [
        facts[table].select("customer_code", day=day, kind=pl.lit(kind), prepaid=pl.lit(value=False), amount=amount)
        for table, day, kind, amount in (
            ("receipt", "received_on", "receipt", -pl.col("amount")),
            ("adjustment", "dated_on", "adjustment", pl.col("amount")),
            ("opening_receivable", "opening_on", "opening", pl.col("open_amount")),
        )
    ]
    return pl.concat([sales, *others])


def _deliveries(lines: pl.DataFrame) -> pl.DataFrame:
    """Shipped and not invoiced, as changes: ``customer_code, document_no, day, amount``, the number that of the delivery.

    A delivery counts from its date; an invoice that names it as its origin takes its gross amount off, never more than was shipped.
    """
    delivered = (
        lines.lazy()
        .filter(pl.col("document_kind") == "delivery")
        .group_by("customer_code", "document_no")
        .agg(gross().sum().alias("shipped"), pl.col("document_date").min().alias("shipped_day"))
        .collect()
    )
    invoiced = (
        lines.lazy()
        .filter((pl.col("document_kind") == "invoice") & pl.col("origin_document_no").is_not_null())
        .group_by("customer_code", pl.col("origin_document_no").alias("document_no"), "document_date")
        .agg(gross().sum().alias("amount"))
        .collect()
        .join(delivered, on=["customer_code", "document_no"])
        .with_columns(day=pl.max_horizontal("document_date", "shipped_day"))
        .sort("customer_code", "document_no", "day")
        .with_columns(before=pl.col("amount").cum_sum().over("customer_code", "document_no") - pl.col("amount"))
        .with_columns(amount=-(pl.col("shipped") - pl.col("before")).clip(0, pl.col("amount")))
    )
    shipped = delivered.select("customer_code", "document_no", day="shipped_day", amount="shipped")
    moved = pl.concat([shipped, invoiced.select("customer_code", "document_no", "day", "amount")])
    return moved.sort("customer_code", "day", "amount", "document_no")


def overlap(items: pl.DataFrame, credits: pl.DataFrame) -> pl.DataFrame:
    """Which credit pays how much of which item: ``credit, item, amount``, amounts positive.

    Wants ``group, item, amount`` and ``group, credit, amount``, both in the order of payment within a group and all amounts
    positive. Items and credits of a group are laid end to end; each stretch between two ends belongs to one item and one
    credit, those whose ends come next.
    """
    none = pl.lit(None, pl.Int64)
    ends = pl.concat(
        [
            items.select("group", at=pl.col("amount").cum_sum().over("group"), item="item", credit=none),
            credits.select("group", at=pl.col("amount").cum_sum().over("group"), item=none, credit="credit"),
        ]
    ).sort("group", "at")
    same = pl.col("group") == pl.col("group").shift(1)
    return (
        ends.lazy()
        .with_columns(
            amount=pl.col("at") - pl.when(same).then(pl.col("at").shift(1)).otherwise(0),
            item_group=pl.when(pl.col("item").is_not_null()).then("group").fill_null(strategy="backward"),
            credit_group=pl.when(pl.col("credit").is_not_null()).then("group").fill_null(strategy="backward"),
            item=pl.col("item").fill_null(strategy="backward"),
            credit=pl.col("credit").fill_null(strategy="backward"),
        )
        .filter((pl.col("item_group") == pl.col("group")) & (pl.col("credit_group") == pl.col("group")) & (pl.col("amount") > 0))
        .select("credit", "item", "amount")
        .collect()
    )


def _less(frame: pl.DataFrame, key: str, paid: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with ``left``: its amount less what ``paid`` takes of each ``key``."""
    if paid.is_empty():
        return frame.with_columns(left="amount")
    taken = paid.group_by(key).agg(pl.col("amount").sum().alias("_taken"))
    joined = frame.join(taken, on=key, how="left", maintain_order="left")
    return joined.with_columns(left=pl.col("amount") - pl.col("_taken").fill_null(0)).drop("_taken")


def _after(frame: pl.DataFrame, amount: str, others: pl.DataFrame, of_others: str) -> pl.Series:
    """What remains of each row's ``amount`` when the customer's total on the other side is taken off row by row, in the frame's order."""
    total = others.group_by("customer").agg(pl.col(of_others).sum().alias("_total"))
    ends = pl.col(amount).cum_sum().over("customer")
    joined = frame.select("customer", amount).join(total, on="customer", how="left", maintain_order="left")
    return joined.select((ends - pl.col("_total").fill_null(0)).clip(0, pl.col(amount))).to_series()


def _state(books: Books, day: date) -> State:
    items = books.items.filter(pl.col("exists_on") <= day)
    credits = books.credits.filter(pl.col("dated_on") <= day)
    credits, bounced = _bounced(books, credits, day)
    if bounced.height:
        # Rare: more was taken back than had been received. It is owed again from the day on which it bounced.
        items = _with_bounced(items, bounced)

    # 1. What names a document, as far as the document exists and the receipt reaches.
    named = credits.filter(pl.col("document_from") <= day).select("document", "credit", "amount")
    targeted = pl.concat([named, _allocated(books, credits, day)]).group_by("document", "credit").agg(pl.col("amount").sum())
    # `item` already runs by due date, document date, number and term, so any group of it is in order too.
    direct = overlap(
        items.join(targeted, on="document", how="semi")
        .sort("document", "item")
        .select(pl.col("document").alias("group"), "item", "amount"),
        targeted.sort("document", "credit").select(pl.col("document").alias("group"), "credit", "amount"),
    )
    items, credits = _less(items, "item", direct), _less(credits, "credit", direct)

    # 2. What is left of credits goes to what is left of items. Who pays whom is not needed for that: see `State.applied`.
    opened, unused = _after(items, "left", credits, "left"), _after(credits, "left", items, "left")

    # 3. First in, first out: every credit against the oldest debit.
    oldest_first = items.select("item", "fifo", "customer", "amount").sort("fifo")
    fifo_open = oldest_first.with_columns(fifo_open=_after(oldest_first, "amount", credits, "amount")).sort("item")["fifo_open"]

    items, credits = items.with_columns(open=opened, fifo_open=fifo_open), credits.with_columns(unused=unused)
    return State(day, items, credits, direct, _balances(books, items, credits, day))


def _bounced(books: Books, credits: pl.DataFrame, day: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Credits with receipts less what bounced by ``day``; and receipts of which more was taken back than received."""
    receipts = books.receipts.filter(pl.col("received_on") <= day)
    special = receipts.filter((pl.col("receipt_no") != pl.col("root")) | (pl.col("amount") <= 0))
    if special.is_empty():
        return credits, special
    nets = (
        receipts.filter(pl.col("root").is_in(special["root"].unique().implode()))
        .group_by("customer", "root")
        .agg(pl.col("amount").sum().alias("net"), pl.col("received_on").max().alias("bounced_on"), pl.col("receipt").min())
    )
    credits = (
        credits.join(
            nets.select("customer", pl.col("root").alias("credit_no"), pl.lit("receipt").alias("kind"), "net"),
            on=["customer", "credit_no", "kind"],
            how="left",
            maintain_order="left",
        )
        .with_columns(amount=pl.coalesce("net", "amount"))
        .drop("net")
    )
    return credits.filter(pl.col("amount") > 0), nets.filter(pl.col("net") < 0)


def _with_bounced(items: pl.DataFrame, bounced: pl.DataFrame) -> pl.DataFrame:
    """Items with those of bounced receipts put in; ``item`` and ``fifo`` are numbered anew in the same order."""
    last = int(items["document"].min() or 0)  # type: ignore[arg-type]
    more = bounced.sort("customer", "root").select(
        "customer",
        document=min(last, 0) - 1 - pl.int_range(pl.len()),
        document_no="root",
        kind=pl.lit("bounced"),
        term=pl.lit(1, pl.Int64),
        document_date="bounced_on",
        due_on="bounced_on",
        exists_on="bounced_on",
        amount=-pl.col("net"),
        key=-1 - pl.col("receipt").cast(pl.Int64),
    )
    return (
        pl.concat([items.drop("item", "fifo"), more.select(items.drop("item", "fifo").columns)])
        .sort("customer", "due_on", "document_date", "document_no", "term", "kind")
        .with_row_index("item")
        .sort("customer", "document_date", "document_no", "term", "item")
        .with_row_index("fifo")
        .with_columns(pl.col("item", "fifo").cast(pl.Int64))
        .select(items.columns)
        .sort("item")
    )


def _allocated(books: Books, credits: pl.DataFrame, day: date) -> pl.DataFrame:
    """Explicit allocations that exist on ``day``, never more of a receipt than it holds: the last ones give way."""
    known = books.allocations.filter(pl.col("exists_on") <= day)
    if known.is_empty():
        return pl.DataFrame(schema={"document": pl.Int64, "credit": pl.Int64, "amount": pl.Int64})
    receipts = credits.filter(pl.col("kind") == "receipt").select("customer", "credit", "credit_no", pl.col("amount").alias("_held"))
    return (
        known.group_by("customer", "root", "document")
        .agg(pl.col("amount").sum(), pl.col("exists_on").min())
        .filter(pl.col("amount") > 0)
        .join(receipts, left_on=["customer", "root"], right_on=["customer", "credit_no"])
        .sort("credit", "exists_on", "document")
        .with_columns(_before=pl.col("amount").cum_sum().over("credit") - pl.col("amount"))
        .with_columns(amount=(pl.col("_held") - pl.col("_before")).clip(0, pl.col("amount")))
        .filter(pl.col("amount") > 0)
        .select("document", "credit", "amount")
    )


def _balances(books: Books, items: pl.DataFrame, credits: pl.DataFrame, day: date) -> pl.DataFrame:
    """Grain: a customer that ever moved by ``day``. ``balance`` from the raw rows, the rest from items and credits."""
    raw = books.movements.filter(pl.col("day") <= day).group_by("customer_code").agg(pl.col("amount").sum().alias("balance"))
    owed = items.group_by("customer").agg(pl.col("open").sum(), pl.col("fifo_open").sum(), pl.col("amount").sum().alias("_debits"))
    unused = credits.group_by("customer").agg(pl.col("unused").sum().alias("advance"), pl.col("amount").sum().alias("_paid"))
    return (
        books.customers.join(raw, on="customer_code", how="left")
        .join(owed, on="customer", how="left")
        .join(unused, on="customer", how="left")
        .filter(pl.any_horizontal(pl.col("balance", "open", "advance").is_not_null()))
        .with_columns(pl.col("balance", "open", "fifo_open", "advance", "_debits", "_paid").fill_null(0))
        .with_columns(fifo_advance=(pl.col("_paid") - pl.col("_debits")).clip(0))
        .select("customer", "customer_code", "balance", "open", "advance", "fifo_open", "fifo_advance")
        .sort("customer_code")
    )


# Ageing


def days_late(day: date) -> pl.Expr:
    """Days after ``due_on``; due on ``day`` itself is not late."""
    return (pl.lit(day) - pl.col("due_on")).dt.total_days().clip(0)


def class_no(day: date, policy: Policy, basis: str) -> pl.Expr:
    """The place of an item's ageing class, upper bounds inclusive: 0 not due, 1 … by days late (``due``); 1 … by age (``document``).

    In years an item is in the class up to ``n`` while ``day`` is not after the same date ``n`` years later; without such a
    date, the month's last.
    """
    receivables = policy.receivables
    if basis == "due":
        late = days_late(day)
        return pl.when(late == 0).then(0).otherwise(_ladder(receivables.due_buckets, lambda up_to: late <= up_to)).cast(pl.Int64)
    if receivables.document_buckets_by == "days":
        age = (pl.lit(day) - pl.col("document_date")).dt.total_days()
        return _ladder(receivables.document_buckets, lambda up_to: age <= up_to).cast(pl.Int64)
    return _ladder(receivables.document_buckets, lambda up_to: pl.col("document_date") >= _years_before(day, up_to)).cast(pl.Int64)


def _years_before(day: date, years: int) -> date:
    """The earliest document date whose same date ``years`` later is not before ``day``."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February: a document of the 28th has its same date the day before
        return date(day.year - years, 3, 1)


def _ladder(buckets: tuple[Bucket, ...], within: Callable[[int], pl.Expr]) -> pl.Expr:
    place = pl.lit(len(buckets), pl.Int64)
    for number in range(len(buckets), 0, -1):
        up_to = buckets[number - 1].up_to
        if up_to is not None:
            place = pl.when(within(up_to)).then(number).otherwise(place)
    return place


def class_names(policy: Policy, basis: str) -> tuple[str, ...]:
    """Names of the classes of ``basis`` by place: ``due`` has 'not_due' at 0, ``document`` starts at 1."""
    receivables = policy.receivables
    if basis == "due":
        return (NOT_DUE, *(bucket.name for bucket in receivables.due_buckets))
    return ("", *(bucket.name for bucket in receivables.document_buckets))


BASES = {"due": ("due", "open"), "document": ("document", "open"), "fifo": ("document", "fifo_open"), "fifo_due": ("due", "fifo_open")}
"""Each basis of ageing: how items are classed, and which amount is open."""


def ageing(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Open amounts by ageing class (M3); grain ``period, customer, basis, class``; only classes with something open have a row.

    By invoice: ``due`` by days late, ``document`` by age. Every credit against the oldest debit by document date: ``fifo`` by
    age of the document, ``fifo_due`` by days late. Each basis adds up to the open items of its kind; less advances it is the
    balance.
    """
    parts = []
    for basis, (classed, amount) in BASES.items():
        place = class_no(state.day, books.policy, classed)
        parts.append(
            state.items.lazy()
            .filter(pl.col(amount) > 0)
            .with_columns(bucket_no=place)
            .group_by("customer", "bucket_no")
            .agg(pl.col(amount).sum().alias("amount"), pl.struct("document_no", "kind").n_unique().cast(pl.Int64).alias("documents"))
            .with_columns(basis=pl.lit(basis), bucket=_named("bucket_no", class_names(books.policy, classed)))
        )
    frame = pl.concat([part.collect() for part in parts])
    return mart(RECEIVABLES_AGEING, named(frame, state, books), period, state.day)


def _named(place: str, names: tuple[str, ...]) -> pl.Expr:
    return pl.col(place).replace_strict(list(range(len(names))), list(names), return_dtype=pl.String())


def open_items(state: State, books: Books, period: Period) -> pl.DataFrame:
    """What is open, item by item, with the row of its document in the file; grain ``period, customer, document, term, kind``.

    ``open_amount`` is by allocation, ``fifo_open_amount`` with every credit against the oldest debit; an item stands here when
    either is not 0.
    """
    policy = books.policy
    rows = state.items.filter((pl.col("open") > 0) | (pl.col("fifo_open") > 0)).with_columns(
        days_late=days_late(state.day),
        due_bucket=class_no(state.day, policy, "due"),
        document_bucket=class_no(state.day, policy, "document"),
    )
    rows = rows.with_columns(
        due_bucket=_named("due_bucket", class_names(policy, "due")),
        document_bucket=_named("document_bucket", class_names(policy, "document")),
        open_amount="open",
        fifo_open_amount="fifo_open",
    )
    rows = named(rows, state, books)
    sources = [
        books.facts[table]
        .lazy()
        .select(
            "customer_code",
            pl.col(number).alias("document_no"),
            pl.lit(kind).alias("kind") if kind else pl.col("document_kind").alias("kind"),
            "source_file",
            "source_sheet",
            "source_row",
        )
        .join(rows.lazy().select("customer_code", "document_no", "kind").unique(), on=["customer_code", "document_no", "kind"], how="semi")
        for table, number, kind in (
            ("sales_line", "document_no", None),
            ("opening_receivable", "document_no", "opening"),
            ("adjustment", "adjustment_no", "adjustment"),
            ("adjustment", "document_no", "adjustment"),
            ("receipt", "receipt_no", "bounced"),
        )
    ]
    first = (
        pl.concat(sources)
        .collect(engine="streaming")
        .sort("source_file", "source_sheet", "source_row")
        .unique(["customer_code", "document_no", "kind"], keep="first")
    )
    return mart(OPEN_ITEMS, rows.join(first, on=["customer_code", "document_no", "kind"], how="left"), period, state.day)


def advances(state: State, books: Books, period: Period) -> pl.DataFrame:
    """Credits that paid nothing yet, positive; grain ``period, customer, credit_no, kind``."""
    rows = (
        state.credits.filter(pl.col("unused") > 0)
        .group_by("customer", "credit_no", "kind")
        .agg(pl.col("dated_on").min(), pl.col("unused").sum().alias("amount"))
    )
    return mart(ADVANCES, named(rows, state, books), period, state.day)


def named(frame: pl.DataFrame, state: State, books: Books) -> pl.DataFrame:
    """``frame`` (by ``customer``) with the customer's code, name, group, department, region and salesperson on the state's day."""
    return frame.join(books.customers, on="customer", how="left").join(books.who(state.day), on="customer_code", how="left")


def mart(contract: Contract, frame: pl.DataFrame, period: Period, day: date) -> pl.DataFrame:
    """``frame`` as ``contract`` says: its columns and types, ``period`` and ``as_of`` filled in, sorted by the grain."""
    full = frame.with_columns(period=pl.lit(period.key), as_of=pl.lit(day))
    return full.select(pl.col(name).cast(kind) for name, kind in contract.schema.items()).sort(contract.grain)
