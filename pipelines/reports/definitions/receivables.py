"""R14 应收账款: who owes what and since when, how it moved, what it costs, and whether credit holds."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from pipelines.company.policy import Bucket
from pipelines.reports import formulas
from pipelines.reports.context import LABELS, Frame, Marts, ReportContext, and_then, as_on, have, names, tie, with_heading
from pipelines.reports.definitions import confirmations
from pipelines.reports.definitions.comparing import with_total
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Days,
    DefinitionList,
    Listing,
    Message,
    Money,
    Name,
    Notes,
    Number,
    Part,
    RankedBars,
    Report,
    Section,
    Share,
    StackedBars,
    SumOf,
    Table,
    TieOut,
    Tile,
    Told,
    Unit,
    Value,
    Words,
    say,
)

ID = "R14"
NAME = "receivables"
TITLE = say("Receivables")
REQUIRED = ("receivables",)
TABLES = ("sales_line", "receipt", "receipt_allocation", "adjustment", "opening_receivable", "specific_provision", "customer",
          *confirmations.TABLES)

NOT_DUE = "not_due"
BUCKETS: dict[str, Words] = {
    NOT_DUE: say("Not due"),
    "1-30": say("1–30 days"),
    "31-60": say("31–60 days"),
    "61-90": say("61–90 days"),
    "91-180": say("91–180 days"),
    "181-365": say("181–365 days"),
    ">365": say("over 365 days"),
    "<=1y": say("up to 1 year"),
    "1-2y": say("1–2 years"),
    "2-3y": say("2–3 years"),
    "3-4y": say("3–4 years"),
    "4-5y": say("4–5 years"),
    ">5y": say("over 5 years"),
    "specific": say("Specific"),
}
KINDS: dict[str, Words] = {
    "invoice": say("Invoice"),
    "opening": say("Opening item"),
    "adjustment": say("Adjustment"),
    "bounced": say("Bounced payment"),
    "red_slip": say("Red slip"),
    "receipt": say("Receipt"),
    "write_off": say("Write-off"),
    "offset": say("Offset"),
    "discount": say("Discount"),
    "exchange": say("Exchange difference"),
    "correction": say("Correction"),
    "released": say("Released credit"),
}


def bucket_words(name: str) -> Words:
    """An ageing class in words; a class of the company's own by its days, or as it is written."""
    if name in BUCKETS:
        return BUCKETS[name]
    if up_to := re.fullmatch(r"<=(\d+)", name):
        return say("up to {days} days", days=Count(int(up_to[1])))
    if over := re.fullmatch(r">(\d+)", name):
        return say("over {days} days", days=Count(int(over[1])))
    if between := re.fullmatch(r"(\d+)-(\d+)", name):
        return say("{first}–{last} days", first=Count(int(between[1])), last=Count(int(between[2])))
    return Name(name)


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report, or None where nothing on receivables was delivered."""
    if not have(marts, *REQUIRED):
        return None
    customers = marts["receivables"].sort("overdue", "balance", "customer_code", descending=[True, True, False])
    ratios = _ratio_row(marts)
    sections: list[Section] = []
    ties: list[TieOut] = []
    sections += _by_region(marts, context)
    sections += _largest(customers, context)
    sections += _ageing(marts, context, "due")
    sections += _ageing(marts, context, "document")
    sections += _fifo(marts, context)
    roll, roll_ties = _roll_forward(marts, customers, context)
    sections += roll
    ties += roll_ties
    sections += _ratios(marts, context)
    sections += _roll_rates(marts, context)
    sections += _limits(customers, context)
    sections += _provision(marts, context)
    sections += _drafts(marts, context)
    sections += _groups(marts, context)
    sections += _advances(marts, context)
    confirmed, confirmed_ties = confirmations.sections(marts, context)
    sections += confirmed
    ties += confirmed_ties
    customers_section, customer_ties = _customers(marts, customers, context)
    sections += customers_section
    ties += customer_ties
    sections += _items(marts, context)
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(_headline(customers, ratios), confirmations.headline(marts)),
        subtitle=with_heading(say("Receivables ({unit}, with tax)", unit=Unit()), as_on(context.as_of)),
        sections=sections,
        tables=TABLES,
        tiles=_tiles(customers, ratios, marts),
        tie_outs=ties,
        notes=(
            say(
                "Balance is open items less advances; an advance is shown apart, never netted silently. "
                "Bank drafts count as received."
            ),
            say("Due on the as-of day is not late. The share overdue is overdue open items over all open items."),
        ),
    )


def _sum(frame: Frame, column: str) -> int:
    return int(frame[column].sum() or 0)


def _not_idle(rows: pl.DataFrame, figures: Sequence[str]) -> pl.DataFrame:
    """Rows in which anything is; all of them where nothing is anywhere."""
    some = rows.filter(pl.any_horizontal(pl.col(name).fill_null(0) != 0 for name in figures))
    return rows if some.is_empty() else some


def _ratio_row(marts: Marts) -> dict[str, object] | None:
    if not have(marts, "receivable_ratios"):
        return None
    rows = marts["receivable_ratios"].filter(pl.col("cut") == "company")
    return rows.row(0, named=True) if rows.height == 1 else None


def _share(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _headline(customers: pl.DataFrame, ratios: dict[str, object] | None) -> Words:
    open_amount, overdue = _sum(customers, "open_amount"), _sum(customers, "overdue")
    balance = Money(_sum(customers, "balance"))
    late = customers.filter(pl.col("overdue") > 0)
    if not overdue:
        return say("{balance} receivable, nothing overdue", balance=balance)
    share = _share(ratios["share_overdue"]) if ratios else None
    values: dict[str, Value] = {"balance": balance, "overdue": Money(overdue), "n": Count(late.height)}
    first: Words
    if share is None:
        first = Message(
            "{balance} receivable, {overdue} overdue at {n} customer",
            values,
            plural="{balance} receivable, {overdue} overdue at {n} customers",
        )
    else:
        first = Message(
            "{balance} receivable, {overdue} overdue ({share}) at {n} customer",
            {**values, "share": Share(share)},
            plural="{balance} receivable, {overdue} overdue ({share}) at {n} customers",
        )
    assert open_amount >= overdue
    over = customers.filter(pl.col("over_limit") > 0).height
    second = Message("{n} is over its limit", {"n": Count(over)}, plural="{n} are over their limit") if over else None
    return and_then(first, second)


def _tiles(customers: pl.DataFrame, ratios: dict[str, object] | None, marts: Marts) -> list[Tile]:
    sums = {name: _sum(customers, name) for name in ("balance", "overdue", "advance")}

    def owed(name: str) -> Told:
        return formulas.told(f"tile_{name}", sums, (name,), formulas.COMPANY_OWED)

    def ratio(name: str) -> Told:
        return formulas.told(f"tile_{name}", ratios or {}, (name,), formulas.ratios("company"))

    tiles = [
        Tile(say("Balance"), Money(sums["balance"]), good="neutral", told=owed("balance")),
        Tile(say("Overdue"), Money(sums["overdue"]), good="lower", told=owed("overdue")),
    ]
    if ratios:
        tiles += [
            Tile(say("Share overdue"), Share(_share(ratios["share_overdue"])), good="lower", told=ratio("share_overdue")),
            Tile(say("DSO, days"), Days(_share(ratios["dso"]), places=1), good="lower", told=ratio("dso")),
            Tile(say("Collection rate"), Share(_share(ratios["collection_rate"])), told=ratio("collection_rate")),
        ]
    tiles.append(Tile(say("Advances"), Money(sums["advance"]), good="neutral", told=owed("advance")))
    if len(tiles) < 6 and have(marts, "provision"):
        amount = _sum(marts["provision"], "amount")
        told = formulas.told("tile_provision", {"provision_invoice": amount, "class": None}, ("provision_invoice",), formulas.PROVISION)
        tiles.append(Tile(say("Provision"), Money(amount), good="lower", told=told))
    return tiles[:6]


# --- ageing -----------------------------------------------------------------------------------------------------------


def _pivot(ageing: pl.DataFrame, by: str, buckets: list[tuple[int, str]]) -> pl.DataFrame:
    """One row a key of ``by`` with a column a class (``b0``, ``b1`` …) and ``total``."""
    return (
        ageing.group_by(pl.col(by).fill_null("").alias("key"))
        .agg(
            *[pl.col("amount").filter(pl.col("bucket_no") == number).sum().alias(f"b{number}") for number, _ in buckets],
            pl.col("amount").sum().alias("total"),
        )
        .sort("total", "key", descending=[True, False])
    )


def _buckets(ageing: pl.DataFrame) -> list[tuple[int, str]]:
    pairs = ageing.select("bucket_no", "bucket").unique().sort("bucket_no", "bucket").rows()
    return [(int(number), str(name)) for number, name in pairs]


def _parts(buckets: list[tuple[int, str]]) -> tuple[Part, ...]:
    last = max(len(buckets) - 1, 1)
    return tuple(Part(f"b{number}", bucket_words(name), position / last) for position, (number, name) in enumerate(buckets))


def _region_names(marts: Marts) -> pl.DataFrame:
    if not have(marts, "receivable_ratios"):
        return pl.DataFrame(schema={"key": pl.String, "label": pl.String, "share_overdue": pl.Float64, "closing_overdue": pl.Int64,
            "closing_open": pl.Int64})
    return marts["receivable_ratios"].filter(pl.col("cut") == "region_code").select("key", "label", "share_overdue", "closing_overdue",
        "closing_open")


def _by_region(marts: Marts, context: ReportContext) -> list[Section]:
    """The ageing by due date of every region, with its share overdue."""
    if not have(marts, "receivables_ageing"):
        return []
    ageing = marts["receivables_ageing"].filter(pl.col("basis") == "due")
    if ageing.is_empty() or ageing["region_code"].is_null().all():
        return []
    buckets = _buckets(ageing)
    rows = _pivot(ageing, "region_code", buckets).join(_region_names(marts), on="key", how="left", maintain_order="left")
    rows = rows.with_columns(pl.coalesce("label", "key").alias("label"))
    company = _ratio_row(marts)
    threshold = _share(company["share_overdue"]) if company else None
    rated = rows["share_overdue"].is_not_null().any()
    block = StackedBars(
        "ageing_regions",
        rows,
        "label",
        _parts(buckets),
        "total",
        label_heading=say("Region"),
        total_heading=say("Open items"),
        rate="share_overdue" if rated else None,
        rate_heading=say("Share overdue") if rated else None,
        threshold=threshold,
        words=LABELS,
        why=formulas.ageing("due", {f"b{number}": name for number, name in buckets}, {"region_code": "key"}),
    )
    above = (
        rows.filter(pl.col("share_overdue") > threshold).sort("share_overdue", descending=True)
        if threshold is not None
        else rows.head(0)
    )
    headline: Words
    if above.is_empty():
        headline = say("{region} has most open items ({amount})", region=names(rows, 1)[0], amount=Money(rows["total"][0]))
    else:
        headline = Message(
            "{n} region is above the average share overdue of {share}; {worst} stands worst at {rate}",
            {
                "n": Count(above.height),
                "share": Share(threshold),
                "worst": names(above, 1)[0],
                "rate": Share(above["share_overdue"][0]),
            },
            plural="{n} regions are above the average share overdue of {share}; {worst} stands worst at {rate}",
        )
    return [
        Section(
            "section_regions",
            say("Regions"),
            headline,
            (block,),
            subtitle=with_heading(say("Regions"), say("Open items by days late ({unit})", unit=Unit()), as_on(context.as_of)),
            width="wide",
        )
    ]


def _largest(customers: pl.DataFrame, context: ReportContext) -> list[Section]:
    late = customers.filter(pl.col("overdue") > 0).head(10)
    if late.is_empty():
        return []
    total = _sum(customers, "overdue")
    top = _sum(late, "overdue")
    rows = late.with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    block = RankedBars(
        "largest",
        rows,
        "label",
        "overdue",
        say("Customer"),
        say("Overdue"),
        tone="bad",
        more=(Column("oldest_days_late", say("Days late"), "days", alarm=90.0),),
        why=formulas.OWED,
    )
    headline = Message(
        "The largest {n} owes {amount} of {total} overdue",
        {"n": Count(rows.height), "amount": Money(top), "total": Money(total)},
        plural="The largest {n} owe {amount} of {total} overdue",
    )
    return [
        Section(
            "section_largest",
            say("Largest overdue"),
            headline,
            (block,),
            subtitle=with_heading(say("Overdue ({unit}) and days of the oldest item", unit=Unit()), as_on(context.as_of)),
            width="narrow",
        )
    ]


def _ageing(marts: Marts, context: ReportContext, basis: str) -> list[Section]:
    """One ageing in total by salesperson, and in the workbook by customer."""
    if not have(marts, "receivables_ageing"):
        return []
    ageing = marts["receivables_ageing"].filter(pl.col("basis") == basis)
    if ageing.is_empty():
        return []
    buckets = _buckets(ageing)
    rows = _pivot(ageing, "customer_code", buckets).rename({"key": "customer_code"})
    named = marts["receivables"].select("customer_code", pl.coalesce("customer_name", "customer_code").alias("label"))
    rows = rows.join(named, on="customer_code", how="left", maintain_order="left").with_columns(pl.lit("").alias("role"))
    columns = ["total", *(f"b{number}" for number, _ in buckets)]
    total = rows.select([pl.col(name).sum() for name in columns])
    frame = with_total(rows, total, tuple(columns))
    shown = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer"), words=LABELS),
        *(Column(f"b{number}", bucket_words(name), "money_wan", blank_zero=True) for number, name in buckets),
        Column("total", say("Open items"), "money_wan"),
    )
    amounts = {name: int(total[f"b{number}"][0]) for number, name in buckets}
    why = formulas.ageing(basis, {f"b{number}": name for number, name in buckets}, {"customer_code": "customer_code"})
    whole = int(total["total"][0])
    if basis == "due":
        late = sum(amount for name, amount in amounts.items() if name != NOT_DUE)
        old = sum(amounts.get(bucket.name, 0) for bucket in context.company.policy.receivables.due_buckets[3:])
        headline: Words = (
            say(
                "{late} of {total} is late, {old} of it more than {days} days",
                late=Money(late),
                total=Money(whole),
                old=Money(old),
                days=Count(context.company.policy.receivables.due_buckets[2].up_to),
            )
            if _default_due(context.company.policy.receivables.due_buckets)
            else say("{late} of {total} is late", late=Money(late), total=Money(whole))
        )
        name, words = say("Ageing, due date"), say("Open items by days late ({unit})", unit=Unit())
    else:
        first = buckets[0][1]
        headline = say("All {total} of open items is in one class ({class_})", total=Money(whole), class_=bucket_words(first))
    if basis != "due" and len(buckets) > 1:
        headline = say(
            "{amount} of {total} is in the youngest class ({class_})",
            amount=Money(amounts[first]),
            total=Money(whole),
            class_=bucket_words(first),
        )
    if basis != "due":
        name, words = say("Ageing, document date"), say("Open items by age of the document ({unit})", unit=Unit())
    single: tuple[Block, ...] = ()
    if len(buckets) == 1:
        single = (Notes((say("One class holds everything; the workbook lists the customers."),), listed=False),)
    return [
        Section(
            f"section_ageing_{basis}",
            name,
            headline,
            (*single, Table(f"ageing_{basis}", frame, shown, role="role", shown=15, detail=bool(single), why=why)),
            subtitle=with_heading(say("Customers"), words, as_on(context.as_of)),
        )
    ]


def _default_due(buckets: tuple[Bucket, ...]) -> bool:
    """Whether the classes after the third are those of more than its days."""
    return len(buckets) > 3 and buckets[2].up_to is not None


def _fifo(marts: Marts, context: ReportContext) -> list[Section]:
    """Ageing by invoice beside oldest paid first: same total, other classes; and what the provision would be."""
    if not have(marts, "receivables_ageing"):
        return []
    blocks: list[Block] = []
    for id, ours, other, title in (
        ("fifo_document", "document", "fifo", say("By document date")),
        ("fifo_due", "due", "fifo_due", say("By due date")),
    ):
        both = [
            marts["receivables_ageing"]
            .filter(pl.col("basis") == basis)
            .group_by("bucket_no", "bucket")
            .agg(pl.col("amount").sum().alias(name))
            for basis, name in ((ours, "invoice"), (other, "fifo"))
        ]
        if both[1].is_empty():
            continue
        rows = (
            both[0]
            .join(both[1], on=["bucket_no", "bucket"], how="full", coalesce=True)
            .sort("bucket_no", "bucket")
            .with_columns(pl.col("invoice").fill_null(0), pl.col("fifo").fill_null(0))
            .with_columns(
                (pl.col("fifo") - pl.col("invoice")).alias("difference"),
                pl.lit("").alias("role"),
                pl.col("bucket").alias("label"),
            )
        )
        total = rows.select(pl.col("invoice", "fifo", "difference").sum())
        frame = with_total(rows, total, ("invoice", "fifo", "difference"))
        words = {**LABELS, **{name: bucket_words(name) for name in rows["bucket"].to_list()}}
        columns = (
            Column("label", say("Class"), words=words),
            Column("invoice", say("By invoice"), "money_wan"),
            Column("fifo", say("Oldest paid first"), "money_wan"),
            Column("difference", say("Difference"), "money_wan", variance=True, good="neutral"),
        )
        blocks.append(Table(id, frame, columns, role="role", title=title, why=formulas.two_ageings(ours)))
    if not blocks:
        return []
    headline: Words = say("Two ways of ageing, one total")
    if have(marts, "provision_effect"):
        effect = _sum(marts["provision_effect"], "effect")
        if effect > 0:
            headline = say("Oldest paid first would add {amount} to the provision", amount=Money(effect))
        elif effect < 0:
            headline = say("Oldest paid first would take {amount} off the provision", amount=Money(-effect))
    return [
        Section(
            "section_fifo",
            say("Oldest paid first"),
            headline,
            tuple(blocks),
            subtitle=with_heading(say("By invoice and oldest paid first ({unit})", unit=Unit()), as_on(context.as_of)),
        )
    ]


# --- movement and ratios ----------------------------------------------------------------------------------------------

ROLL = ("opening", "taken_over", "sales", "returns", "receipts", "adjustments", "closing", "open_amount", "advance")


def _roll_forward(marts: Marts, customers: pl.DataFrame, context: ReportContext) -> tuple[list[Section], list[TieOut]]:
    if not have(marts, "receivables_roll_forward"):
        return [], []
    rows = (
        marts["receivables_roll_forward"]
        .sort("closing", "customer_code", descending=[True, False])
        .with_columns(pl.coalesce("customer_name", "customer_code").alias("label"), pl.lit("").alias("role"))
    )
    rows = _not_idle(rows, ROLL)
    total = rows.select([pl.col(name).sum() for name in ROLL])
    frame = with_total(rows, total, ROLL)
    heads: dict[str, Words] = {
        "opening": say("Opening"),
        "taken_over": say("Taken over"),
        "sales": say("+ Sales"),
        "returns": say("− Returns"),
        "receipts": say("− Receipts"),
        "adjustments": say("± Adjustments"),
        "closing": say("= Closing"),
        "open_amount": say("Open items"),
        "advance": say("Advances"),
    }
    used = [name for name in ROLL if name not in ("taken_over", "adjustments") or bool((rows[name] != 0).any())]
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer"), words=LABELS),
        *(Column(name, heads[name], "money_wan", blank_zero=True) for name in used),
    )
    sums = total.row(0, named=True)
    change = sums["closing"] - sums["opening"]
    values: dict[str, Value] = {
        "change": Money(abs(change)),
        "closing": Money(sums["closing"]),
        "receipts": Money(sums["receipts"]),
    }
    headline: Words = (
        Message("Receivables rose by {change} to {closing}; {receipts} came in", values)
        if change > 0
        else Message("Receivables fell by {change} to {closing}; {receipts} came in", values)
        if change < 0
        else Message("Receivables stand unchanged at {closing}; {receipts} came in", values)
    )
    section = Section(
        "section_roll_forward",
        say("Roll-forward"),
        headline,
        (Table("roll_forward", frame, columns, role="role", shown=15, why=formulas.ROLL_FORWARD),),
        subtitle=with_heading(say("Opening to closing by customer ({unit})", unit=Unit()), context.month),
    )
    ties = [
        tie(
            "C6",
            say("The roll-forward ends at the balance of receivables"),
            say("Closing of the roll-forward"),
            sums["closing"],
            say("Balance"),
            _sum(customers, "balance"),
            left_sum=(SumOf("roll_forward", "closing"),),
            right_sum=(SumOf("customers", "balance"),),
        ),
        tie(
            "C6",
            say("Closing is open items less advances"),
            say("Closing"),
            sums["closing"],
            say("Open items less advances"),
            sums["open_amount"] - sums["advance"],
            left_sum=(SumOf("roll_forward", "closing"),),
            right_sum=(SumOf("roll_forward", "open_amount"), SumOf("roll_forward", "advance", -1)),
        ),
    ]
    return [section], ties


def _ratios(marts: Marts, context: ReportContext) -> list[Section]:
    row = _ratio_row(marts)
    if row is None:
        return []

    def days(name: str) -> Days:
        return Days(_share(row[name]), places=1)

    count_back: Value = days("countback_dso")
    if row["countback_exhausted"]:
        count_back = say("more than {n} days", n=Count(int(str(row["countback_days"]))))
    items: tuple[tuple[Words, Value], ...] = (
        (say("Collection rate"), Share(_share(row["collection_rate"]))),
        (say("Overdue recovery"), Share(_share(row["overdue_recovery"]))),
        (say("Share overdue"), Share(_share(row["share_overdue"]))),
        (say("DSO, days"), days("dso")),
        (say("Count-back DSO, days"), count_back),
        (say("Best possible DSO, days"), days("best_possible_dso")),
        (say("Average days delinquent"), days("average_days_delinquent")),
        (say("Collection effectiveness (CEI)"), Share(_share(row["cei"]))),
    )
    names = ("collection_rate", "overdue_recovery", "share_overdue", "dso", "countback_dso", "best_possible_dso",
        "average_days_delinquent", "cei")
    told = formulas.told("ratios_company", row, names, formulas.ratios("company"))
    blocks: list[Block] = [DefinitionList(items, told=told)]
    ratios = marts["receivable_ratios"]
    for cut, heading, title in (
        ("region_code", say("Region"), say("Regions")),
        ("employee_code", say("Salesperson"), say("Salespeople")),
    ):
        rows = ratios.filter(pl.col("cut") == cut).with_columns(pl.coalesce("label", "key").alias("label"))
        if rows.is_empty():
            continue
        columns = (
            Column("label", heading, words=LABELS),
            Column("collectable", say("To collect"), "money_wan"),
            Column("collected", say("Collected"), "money_wan"),
            Column("collection_rate", say("Collection rate"), "share"),
            Column("opening_overdue", say("Opening overdue"), "money_wan"),
            Column("recovered", say("Recovered"), "money_wan"),
            Column("overdue_recovery", say("Overdue recovery"), "share"),
            Column("dso", say("DSO, days"), "days", places=1),
            Column("share_overdue", say("Share overdue"), "share", alarm=_share(row["share_overdue"])),
        )
        blocks.append(
            Table(f"ratios_{cut}", rows.sort("collection_rate", "key", nulls_last=True), columns, title=title, shown=12,
                why=formulas.ratios(cut))
        )
    dso, best = _share(row["dso"]), _share(row["best_possible_dso"])
    if dso is None:
        headline: Words = say("Ratios of collection")
    elif best is None:
        headline = say("It takes {dso} days to be paid", dso=Number(dso))
    else:
        headline = say(
            "It takes {dso} days to be paid; without late payers it would be {best}", dso=Number(dso), best=Number(best)
        )
    return [
        Section("section_ratios", say("Ratios"), headline, tuple(blocks), subtitle=with_heading(say("Company"), context.month))
    ]


def _roll_rates(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "roll_rates"):
        return []
    rows = marts["roll_rates"].sort("bucket_no")
    words = {name: bucket_words(name) for name in {*rows["bucket"].to_list(), *rows["next_bucket"].to_list()}}
    written_off = Column("written_off", say("Written off, added back"), "money_wan", blank_zero=True)
    columns = (
        Column("bucket", say("Class"), words=words),
        Column("before", say("A month ago"), "money_wan"),
        Column("next_bucket", say("Next class"), words=words),
        Column("now", say("Next class now"), "money_wan"),
        *((written_off,) if (rows["written_off"].fill_null(0) != 0).any() else ()),
        Column("roll_rate", say("Roll rate"), "share"),
        Column("loss_rate", say("Loss rate"), "share"),
    )
    rated = rows.filter(pl.col("roll_rate").is_not_null()).sort("roll_rate", "bucket_no", descending=[True, False])
    headline: Words = say("How open items move from class to class")
    if rated.height:
        top = rated.row(0, named=True)
        headline = say(
            "{share} of {bucket} moved on to the next class, the highest rate",
            share=Share(top["roll_rate"]),
            bucket=words[top["bucket"]],
        )
    subtitle = with_heading(say("From one month to the next ({unit})", unit=Unit()), as_on(context.as_of))
    table = Table("roll_rates", rows, columns, why=formulas.ROLL_RATES)
    return [Section("section_roll_rates", say("Roll rates"), headline, (table,), subtitle=subtitle)]


# --- credit, provision, drafts, groups --------------------------------------------------------------------------------


def _limits(customers: pl.DataFrame, context: ReportContext) -> list[Section]:
    limited = customers.filter(pl.col("credit_limit").is_not_null())
    if limited.is_empty():
        return []
    rows = (
        limited.filter((pl.col("over_limit") > 0) | (pl.col("credit_use") >= 0.8))
        .sort("over_limit", "credit_use", "customer_code", descending=[True, True, False], nulls_last=True)
        .with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    )
    over = rows.filter(pl.col("over_limit") > 0)
    if over.is_empty():
        headline: Words = say("No customer is over its credit limit")
    else:
        headline = Message(
            "{n} customer is over its credit limit, by {amount} in all",
            {"n": Count(over.height), "amount": Money(_sum(over, "over_limit"))},
            plural="{n} customers are over their credit limit, by {amount} in all",
        )
    if rows.is_empty():
        return []
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer")),
        Column("credit_limit", say("Limit"), "money_wan"),
        Column("open_amount", say("Open items"), "money_wan"),
        Column("shipped_not_invoiced", say("Shipped, not invoiced"), "money_wan", blank_zero=True),
        Column("drafts_not_matured", say("Drafts not matured"), "money_wan", blank_zero=True),
        Column("credit_used", say("Used"), "money_wan"),
        Column("credit_use", say("Credit use"), "share", alarm=1.0),
        Column("over_limit", say("Over the limit"), "money_wan", blank_zero=True, bar=True),
        Column("days_in_breach", say("Days over"), "days", blank_zero=True),
    )
    subtitle = with_heading(say("Customers at 80% of their limit or more ({unit})", unit=Unit()), as_on(context.as_of))
    table = Table("limits", rows, columns, shown=20, why=formulas.OWED)
    return [
        Section("section_limits", say("Credit limits"), headline, (table,), subtitle=subtitle)
    ]


def _provision(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "provision_effect"):
        return []
    figures = ("base_invoice", "provision_invoice", "base_fifo", "provision_fifo", "effect")
    rows = marts["provision_effect"].sort("class_no").with_columns(pl.col("class").alias("label"), pl.lit("").alias("role"))
    total = rows.select([pl.col(name).sum() for name in figures])
    frame = with_total(rows, total, figures)
    words = {**LABELS, **{name: bucket_words(name) for name in rows["class"].to_list()}}
    columns = (
        Column("label", say("Class"), words=words),
        Column("base_invoice", say("Base by invoice"), "money_wan"),
        Column("provision_invoice", say("Provision by invoice"), "money_wan"),
        Column("base_fifo", say("Base, oldest paid first"), "money_wan"),
        Column("provision_fifo", say("Provision, oldest paid first"), "money_wan"),
        Column("effect", say("Effect"), "money_wan", variance=True, good="lower"),
    )
    blocks: list[Block] = [Table("provision", frame, columns, role="role", why=formulas.PROVISION)]
    if have(marts, "provision"):
        special = (
            marts["provision"].filter(pl.col("method") == "specific").sort("amount", "customer_code", descending=[True, False])
        )
        if special.height:
            shown = special.with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
            blocks.append(
                Table(
                    "provision_specific",
                    shown,
                    (
                        Column("customer_code", say("Code"), "code"),
                        Column("label", say("Customer")),
                        Column("document_no", say("Document"), "code"),
                        Column("base", say("Base"), "money_wan"),
                        Column("amount", say("Provision"), "money_wan"),
                        Column("reason", say("Reason")),
                    ),
                    title=say("Specific provisions"),
                    why=formulas.SPECIFIC,
                )
            )
    headline = say(
        "A provision of {amount} on {base} of open items",
        amount=Money(total["provision_invoice"][0]),
        base=Money(total["base_invoice"][0]),
    )
    subtitle = with_heading(say("Provision by class ({unit})", unit=Unit()), as_on(context.as_of))
    return [Section("section_provision", say("Provision"), headline, tuple(blocks), subtitle=subtitle)]


def _drafts(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "drafts"):
        return []
    rows = (
        marts["drafts"]
        .sort("matures_on", "receipt_no", nulls_last=True)
        .with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    )
    soon = rows.filter(pl.col("days_to_maturity") <= 30)
    values: dict[str, Value] = {
        "n": Count(rows.height),
        "amount": Money(_sum(rows, "amount")),
        "soon": Money(_sum(soon, "amount")),
    }
    headline = Message(
        "{n} bank draft not yet matured ({amount}), {soon} within 30 days",
        values,
        plural="{n} bank drafts not yet matured ({amount}), {soon} within 30 days",
    )
    columns = (
        Column("receipt_no", say("Receipt"), "code"),
        Column("instrument_no", say("Instrument"), "code"),
        Column("label", say("Customer")),
        Column("received_on", say("Received"), "date"),
        Column("matures_on", say("Matures"), "date"),
        Column("days_to_maturity", say("Days to maturity"), "days"),
        Column("amount", say("Amount"), "money"),
    )
    subtitle = with_heading(say("Bank drafts count as received"), as_on(context.as_of))
    table = Table("drafts", rows, columns, shown=15, why=formulas.DRAFTS)
    return [
        Section("section_drafts", say("Bank drafts"), headline, (table,), subtitle=subtitle)
    ]


def _groups(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "receivables_group"):
        return []
    rows = marts["receivables_group"].filter(pl.col("customers") > 1).sort("balance", "parent_code", descending=[True, False])
    if rows.is_empty():
        return []
    rows = rows.with_columns(pl.coalesce("group_name", "parent_code").alias("label"))
    columns = (
        Column("parent_code", say("Code"), "code"),
        Column("label", say("Group")),
        Column("customers", say("Customers"), "count"),
        Column("balance", say("Balance"), "money_wan", bar=True),
        Column("overdue", say("Overdue"), "money_wan"),
        Column("advance", say("Advances"), "money_wan"),
        Column("credit_limit", say("Limit"), "money_wan"),
        Column("credit_use", say("Credit use"), "share", alarm=1.0),
    )
    headline = Message(
        "{n} group of several customers; {first} owes most ({amount})",
        {"n": Count(rows.height), "first": Name(rows["label"][0]), "amount": Money(rows["balance"][0])},
        plural="{n} groups of several customers; {first} owes most ({amount})",
    )
    subtitle = with_heading(say("Groups ({unit})", unit=Unit()), as_on(context.as_of))
    table = Table("groups", rows, columns, shown=15, why=formulas.GROUP)
    return [Section("section_groups", say("Groups"), headline, (table,), subtitle=subtitle)]


def _advances(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "advances"):
        return []
    rows = (
        marts["advances"]
        .sort("amount", "customer_code", "credit_no", descending=[True, False, False])
        .with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    )
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer")),
        Column("credit_no", say("Document"), "code"),
        Column("kind", say("Kind"), words=KINDS),
        Column("dated_on", say("Date"), "date"),
        Column("amount", say("Not used"), "money"),
    )
    headline = Message(
        "{amount} of credits wait for an invoice at {n} customer",
        {"amount": Money(_sum(rows, "amount")), "n": Count(rows["customer_code"].n_unique())},
        plural="{amount} of credits wait for an invoice at {n} customers",
    )
    subtitle = with_heading(say("Advances and unused credits"), as_on(context.as_of))
    table = Table("advances", rows, columns, shown=15, why=formulas.ADVANCES)
    return [
        Section("section_advances", say("Advances"), headline, (table,), subtitle=subtitle)
    ]


def _customers(marts: Marts, customers: pl.DataFrame, context: ReportContext) -> tuple[list[Section], list[TieOut]]:
    figures = ("balance", "open_amount", "not_due", "overdue", "advance")
    rows = customers.sort("balance", "customer_code", descending=[True, False]).with_columns(
        pl.coalesce("customer_name", "customer_code").alias("label"), pl.lit("").alias("role")
    )
    rows = _not_idle(rows, figures)
    total = rows.select([pl.col(name).sum() for name in figures])
    frame = with_total(rows, total, figures)
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer"), words=LABELS),
        Column("balance", say("Balance"), "money", bar=True),
        Column("open_amount", say("Open items"), "money"),
        Column("not_due", say("Not due"), "money", blank_zero=True),
        Column("overdue", say("Overdue"), "money", blank_zero=True),
        Column("advance", say("Advances"), "money", blank_zero=True),
        Column("oldest_days_late", say("Days late"), "days", blank_zero=True),
        Column("open_items", say("Items"), "count"),
    )
    owing = customers.filter(pl.col("balance") > 0).height
    headline = Message("{n} customer owes", {"n": Count(owing)}, plural="{n} customers owe")
    section = Section(
        "section_customers",
        say("Customers"),
        and_then(headline, _largest_three(rows)),
        (Table("customers", frame, columns, role="role", shown=20, why=formulas.OWED),),
        subtitle=with_heading(say("Balance of every customer"), as_on(context.as_of)),
    )
    sums = total.row(0, named=True)
    ties = [
        tie(
            "C4",
            say("Open items less advances are the balance"),
            say("Open items less advances"),
            sums["open_amount"] - sums["advance"],
            say("Balance"),
            sums["balance"],
            left_sum=(SumOf("customers", "open_amount"), SumOf("customers", "advance", -1)),
            right_sum=(SumOf("customers", "balance"),),
        )
    ]
    if have(marts, "receivables_ageing"):
        for basis, said in (
            ("due", say("The ageing by due date holds every open item")),
            ("document", say("The ageing by document date holds every open item")),
        ):
            aged = marts["receivables_ageing"].filter(pl.col("basis") == basis)
            if aged.height:
                ties.append(
                    tie(
                        "C4",
                        said,
                        say("Sum of the classes"),
                        _sum(aged, "amount"),
                        say("Open items"),
                        sums["open_amount"],
                        left_sum=(SumOf(f"ageing_{basis}", "total"),),
                        right_sum=(SumOf("customers", "open_amount"),),
                    )
                )
    return [section], ties


def _largest_three(rows: pl.DataFrame) -> Words | None:
    owing = rows.filter(pl.col("balance") > 0)
    if owing.height < 3:
        return None
    return say("the largest are {names}", names=Listing(names(owing, 3)))


def _items(marts: Marts, context: ReportContext) -> list[Section]:
    if not have(marts, "open_items"):
        return []
    rows = (
        marts["open_items"]
        .sort("customer_code", "due_on", "document_no", "term")
        .with_columns(pl.coalesce("customer_name", "customer_code").alias("label"))
    )
    words = {name: bucket_words(name) for name in {*rows["due_bucket"].to_list(), *rows["document_bucket"].to_list()}}
    columns = (
        Column("customer_code", say("Code"), "code"),
        Column("label", say("Customer")),
        Column("document_no", say("Document"), "code"),
        Column("term", say("Term"), "count"),
        Column("kind", say("Kind"), words=KINDS),
        Column("document_date", say("Date"), "date"),
        Column("due_on", say("Due"), "date"),
        Column("amount", say("Amount"), "money"),
        Column("open_amount", say("Open"), "money"),
        Column("fifo_open_amount", say("Open, oldest paid first"), "money"),
        Column("days_late", say("Days late"), "days"),
        Column("due_bucket", say("Class by due date"), words=words),
        Column("document_bucket", say("Class by document date"), words=words),
        Column("source_file", say("File")),
        Column("source_sheet", say("Sheet")),
        Column("source_row", say("Row"), "count"),
    )
    open_rows = rows.filter(pl.col("open_amount") != 0).height
    headline = Message("{n} open item", {"n": Count(open_rows)}, plural="{n} open items")
    block: tuple[Block, ...] = (
        Notes((say("Every open item stands in the workbook with the file and row that it came from."),), listed=False),
        Table("items", rows, columns, detail=True),
    )
    return [Section("section_items", say("Open items"), headline, block, subtitle=as_on(context.as_of))]
