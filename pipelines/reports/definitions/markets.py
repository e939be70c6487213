"""What R7 and R8 share, and R13 takes from them: signals of the market, deals won and lost with reasons and competitors.

The week and the month show the same of another span; what only the month knows is in ``market_monthly``.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

from pipelines.reports import formulas, formulas_market
from pipelines.reports.context import LABELS, Marts, ReportContext, and_then, have, with_heading
from pipelines.reports.definitions import comparing, weekly
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Listing,
    Message,
    Money,
    Name,
    RankedBars,
    Section,
    Share,
    Table,
    Tile,
    Told,
    Unit,
    Value,
    Words,
    say,
)

TABLES = ("market_signal", "lost_deal", "contract", "region", "employee")
KINDS: dict[str, Words] = {
    "product": say("Products"), "price": say("Prices"), "channel": say("Channels"), "promotion": say("Promotions"), "people": say("People"),
}  # fmt: skip
UNKNOWN: dict[str, Words] = {"": say("Not named")}
SpanName = Literal["week", "period"]


def of_span(marts: Marts, mart: str, span: SpanName, cover: str, cut: str) -> pl.DataFrame:
    """The rows of a mart for one week or period and cut; empty where the mart has none."""
    if not have(marts, mart):
        return pl.DataFrame()
    return marts[mart].filter((pl.col("span") == span) & (pl.col("cover") == cover) & (pl.col("cut") == cut))


def headline(marts: Marts, span: SpanName, cover: str, when: Words) -> Words:
    """How many signals came, of which kind most, and what was lost."""
    said: Words | None = None
    kinds = of_span(marts, "market_signals", span, cover, "kind")
    here = kinds.filter(pl.col("signals") > 0).sort("signals", "key", descending=[True, False]) if kinds.height else kinds
    if here.height:
        values: dict[str, Value] = {"when": when, "n": Count(int(here["signals"].sum()))}
        said = Message("{when}: {n} market signal", values, plural="{when}: {n} market signals")
        if _leads(here, "signals"):
            said = Message(
                "{when}: {n} market signal, most: {kind}", {**values, "kind": KINDS[here["key"][0]]},
                plural="{when}: {n} market signals, most: {kind}",
            )  # fmt: skip
    lost = lost_words(marts, span, cover)
    if said is None:
        return say("{when}: {what}", when=when, what=lost) if lost else say("{when}: nothing was reported", when=when)
    return and_then(said, lost)


def lost_words(marts: Marts, span: SpanName, cover: str) -> Words | None:
    """How many deals were lost, for how much, and to whom most; None where none was."""
    whole = of_span(marts, "deals", span, cover, "company")
    if whole.is_empty() or not whole["lost"][0]:
        return None
    row = whole.row(0, named=True)
    said: Words = Message(
        "{n} deal lost ({amount})", {"n": Count(row["lost"]), "amount": Money(row["lost_amount"])}, plural="{n} deals lost ({amount})"
    )
    named = of_span(marts, "deals", span, cover, "competitor").filter((pl.col("key") != "") & (pl.col("lost") > 0))
    if named.height:
        most = named.sort("lost_amount", "lost", "key", descending=[True, True, False])
        if _leads(most, "lost_amount"):
            amount, who = Money(most["lost_amount"][0]), Name(most["label"][0])
            said = say("{first}, the largest amount to {competitor} ({amount})", first=said, competitor=who, amount=amount)
    return said


def _leads(rows: pl.DataFrame, name: str) -> bool:
    """Whether the first row of the sorted ``rows`` has more than any other."""
    return rows.height == 1 or rows[name][0] > rows[name][1]


def tiles(marts: Marts, span: SpanName, cover: str) -> list[Tile]:
    """Signals, deals won and lost, the rate of winning."""
    found = []
    signals = of_span(marts, "market_signals", span, cover, "company")
    if have(marts, "market_signals"):
        seen = int(signals["signals"].sum()) if signals.height else 0
        told = formulas.told("tile_signals", {"signals": seen, "cover": cover}, ("signals",), formulas_market.signals("company"))
        found.append(Tile(say("Market signals"), Count(seen), good="neutral", told=told))
    deals = of_span(marts, "deals", span, cover, "company")
    if deals.height:
        row = deals.row(0, named=True)

        def told_of(name: str) -> Told:
            return formulas.told(f"tile_{name}", row, (name,), formulas_market.deals("company"))

        found.append(Tile(say("Deals lost"), Count(row["lost"]), good="lower", told=told_of("lost")))
        found.append(Tile(say("Amount lost"), Money(row["lost_amount"]), good="lower", told=told_of("lost_amount")))
        if row["won"] is not None:
            found.append(Tile(WON[row["won_as"]], Count(row["won"]), told=told_of("won")))
            found.append(Tile(say("Amount won"), Money(row["won_amount"]), told=told_of("won_amount")))
            found.append(Tile(say("Win rate"), Share(row["win_rate"]), told=told_of("win_rate")))
    return found


WON: dict[str, Words] = {"contract": say("Contracts won"), "new_customer": say("Customers won")}


def signals(marts: Marts, span: SpanName, cover: str, when: Words) -> list[Section]:
    """Signals by kind, competitor and region beside the span before."""
    kinds = _counted(marts, span, cover, "kind", say("Signals"), say("Kind"), when)
    regions = _counted(marts, span, cover, "region_code", say("Signals, regions"), say("Region"), when)
    return [*kinds, *competitors(marts, span, cover, when), *regions]


def competitors(marts: Marts, span: SpanName, cover: str, when: Words) -> list[Section]:
    """Which competitors were heard of most."""
    return _counted(marts, span, cover, "competitor", say("Competitors"), say("Competitor"), when)


def _counted(marts: Marts, span: SpanName, cover: str, cut: str, name: Words, heading: Words, when: Words) -> list[Section]:
    rows = of_span(marts, "market_signals", span, cover, cut)
    if rows.is_empty() or not rows["signals"].sum():
        return []
    rows = rows.sort("signals", "key", descending=[True, False])
    before = Column("before", say("week before") if span == "week" else say("month before"), "count", blank_zero=True)
    most, words = rows.row(0, named=True), KINDS if cut == "kind" else LABELS
    level = rows.filter(pl.col("signals") == most["signals"])
    first = [words.get(row["key"], Name(row["label"])) for row in level.head(3).iter_rows(named=True)]
    count = Count(most["signals"])
    said: Words = say("Most signals: {what} ({n})", what=first[0], n=count)
    if level.height > 1:
        named, n = Listing(tuple(first)), Count(level.height)
        said = say("Most signals: {names} ({n} each)", names=named, n=count)
        if level.height > len(first):
            said = say("{n} share the most signals ({signals} each), {names} among them", n=n, signals=count, names=named)
    block = RankedBars(
        f"signals_{cut}", rows.head(12), "key" if cut == "kind" else "label", "signals", heading, say("Signals"), meaning="count",
        more=(before,), words=words, why=formulas_market.signals(cut),
    )  # fmt: skip
    width: Literal["half", "full"] = "full" if cut == "region_code" else "half"
    return [Section(f"section_signals_{cut}", name, said, (block,), subtitle=when, width=width)]


def listed(marts: Marts, first: date, last: date, when: Words) -> list[Section]:
    """Each signal in its sender's words, the latest first."""
    if not have(marts, "market_signal"):
        return []
    rows = marts["market_signal"].filter(pl.col("seen_on").is_between(first, last))
    if rows.is_empty():
        return []
    regions = marts["region"].sort("valid_from").unique("region_code", keep="last").select("region_code", region="name")
    frame = rows.join(regions, on="region_code", how="left").with_columns(pl.coalesce("region", "region_code"))
    frame = frame.sort("seen_on", "region_code", "line", descending=[True, False, False])
    columns = (
        Column("seen_on", say("Seen on"), "date"), Column("region", say("Region")), Column("kind", say("Kind"), words=KINDS),
        Column("competitor", say("Competitor")), Column("note", say("Signal")),
    )  # fmt: skip
    said = Message("{n} signal as it was sent", {"n": Count(rows.height)}, plural="{n} signals as they were sent")
    subtitle = with_heading(say("Latest first"), when)
    return [Section("section_sent", say("As sent"), said, (Table("sent", frame, columns, shown=20),), subtitle=subtitle)]


def deals(marts: Marts, span: SpanName, cover: str, when: Words) -> list[Section]:
    """Why deals were lost, to whom, and where: won beside lost."""
    if of_span(marts, "deals", span, cover, "company").is_empty():
        return []
    sections = []
    for cut, name, heading in (("reason", say("Lost, reasons"), say("Reason")), ("competitor", say("Lost to"), say("Competitor"))):
        rows = of_span(marts, "deals", span, cover, cut).filter(pl.col("lost") > 0)
        if rows.is_empty():
            continue
        rows = rows.sort("lost_amount", "lost", "key", descending=[True, True, False])
        most = rows.row(0, named=True)
        name_of = UNKNOWN.get(most["key"], Name(most["label"]))
        said = (
            say("{name} cost most ({share} of the amount lost)", name=name_of, share=Share(most["share_lost"]))
            if most["share_lost"] is not None else say("{name} is named most", name=name_of)
        )  # fmt: skip
        more = (Column("lost", say("Deals"), "count"), Column("share_lost", say("Share"), "share"))
        block = RankedBars(
            f"lost_{cut}", rows.head(10), "label", "lost_amount", heading, say("Amount lost"), tone="bad", more=more, words=UNKNOWN,
            why=formulas_market.deals(cut),
        )  # fmt: skip
        subtitle = with_heading(say("Amount lost ({unit})", unit=Unit()), when)
        sections.append(Section(f"section_lost_{cut}", name, said, (block,), subtitle=subtitle, width="half"))
    return [*sections, *_won_and_lost(marts, span, cover, when)]


def _won_and_lost(marts: Marts, span: SpanName, cover: str, when: Words) -> list[Section]:
    rows = of_span(marts, "deals", span, cover, "region_code").filter((pl.col("lost") > 0) | (pl.col("won").fill_null(0) > 0))
    if rows.is_empty():
        return []
    rows = rows.sort("won_amount", "key", descending=[True, False])
    won = WON[rows["won_as"][0]]
    total = of_span(marts, "deals", span, cover, "company")
    frame = comparing.with_total(rows, total.with_columns(key=pl.lit(None, pl.String)), ("won_amount", "lost_amount"))
    columns = (
        Column("label", say("Region"), words=LABELS), Column("won", won, "count"), Column("won_amount", say("Amount won"), "money_wan"),
        Column("lost", say("Deals lost"), "count"), Column("lost_amount", say("Amount lost"), "money_wan"),
        Column("win_rate", say("Win rate"), "share"), Column("ytd_lost", say("Lost, year to date"), "count"),
        Column("ytd_lost_amount", say("Amount lost, year to date"), "money_wan", adds=False),
    )  # fmt: skip
    row = total.row(0, named=True)
    said = say("{won} won, {lost} lost", won=Count(row["won"]), lost=Count(row["lost"]))
    table = Table("won_lost", frame, columns, role="role", why=formulas_market.deals("region_code"))
    return [Section("section_won_lost", say("Won and lost"), said, (table,), subtitle=when)]


def lost_list(marts: Marts, first: date, last: date, when: Words) -> list[Section]:
    """Each lost deal with its customer, salesperson, competitor and reason."""
    if not have(marts, "lost_deal"):
        return []
    rows = marts["lost_deal"].filter(pl.col("lost_on").is_between(first, last))
    if rows.is_empty():
        return []
    names = marts["employee"].sort("valid_from").unique("employee_code", keep="last").select("employee_code", "name")
    frame = rows.join(names, on="employee_code", how="left").with_columns(label=pl.coalesce("name", "employee_code"))
    frame = frame.sort("amount", "lost_on", "employee_code", "line", descending=[True, False, False, False], nulls_last=True)
    columns = (
        Column("lost_on", say("Lost on"), "date"), Column("customer", say("Customer")), Column("label", say("Salesperson")),
        Column("competitor", say("Competitor")), Column("reason", say("Reason")),
        Column("amount", say("Amount lost"), "money_wan", places=1),
    )  # fmt: skip
    largest = frame.row(0, named=True)
    said: Words = say("{customer} was the largest loss", customer=Name(largest["customer"]))
    if largest["amount"] is not None:
        said = say("{first} ({amount})", first=said, amount=Money(largest["amount"]))
    table = Table("lost_list", frame, columns, shown=15, why=formulas_market.LOST_DEAL)
    return [Section("section_lost_list", say("Lost deals"), said, (table,), subtitle=when)]


def weeks_beside(marts: Marts, context: ReportContext) -> list[Section]:
    """Signals of each kind by week."""
    found = weekly.own_weeks(context)
    if len(found) < 2 or not have(marts, "market_signals"):
        return []
    rows = marts["market_signals"].filter((pl.col("span") == "week") & (pl.col("cut") == "kind"))
    if rows.is_empty():
        return []
    wide, columns = weekly.beside(rows.sort("key"), ["key"], "signals", found, "count")
    why = formulas_market.signals_beside(found)
    blocks: tuple[Block, ...] = (Table("weeks_signals", wide, (Column("key", say("Kind"), words=KINDS), *columns), why=why),)
    subtitle = say("Weeks that end in {month}", month=context.month)
    return [Section("section_weeks", say("Weeks"), say("Signals of each kind by week"), blocks, subtitle=subtitle)]

