"""A page each for the controls: what was compared, both sums, difference, tolerance, what lies behind it, and which reports it touches.

The pages belong to R20 and are published with it. What ties and what lies behind it come from ``controls``; what all controls have
to say together is ``reports.control``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.contracts import CONTRACTS, Kind
from pipelines.contracts.marts_control import CUT_OFF
from pipelines.controls.cutoff import FLOWS
from pipelines.controls.results import blocked_reports
from pipelines.reports import formulas
from pipelines.reports.context import (
    LABELS,
    TOTAL,
    WITHOUT_AMOUNT,
    Marts,
    ReportContext,
    and_then,
    as_on,
    owner_words,
    senders,
    sentence,
    side,
    subject_words,
    table_title,
    tie_out_rows,
    values_said,
    with_heading,
)
from pipelines.reports.definitions import receivables, sales_monthly
from pipelines.reports.definitions.control import CONTROLS, STATUS, place_of, ties_message
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Days,
    Meaning,
    Message,
    Money,
    Name,
    Notes,
    Report,
    Section,
    Step,
    Table,
    TieOutList,
    Tile,
    Told,
    Waterfall,
    Words,
    say,
)

ID = "R20"
NAME = "tie_out"
TITLE = say("Tie-outs, a page each")
REQUIRED = ("tie_out_item",)

QUESTIONS: dict[str, Words] = {
    "C1": say("Has every row and every amount of the files arrived, and do the files' own totals agree?"),
    "C2": say("Is every raw row in the facts, or listed as kept out?"),
    "C3": say("Do the facts agree with the general ledger?"),
    "C4": say("Is every printed total the sum of the facts?"),
    "C6": say("Do receivables roll forward from the last published month?"),
    "C7": say("Are the documents complete, dated in their period and without doubles?"),
    "C12": say("Were the goods shipped in the period in which they were invoiced?"),
}
"""The controls that have a page, with what they ask."""

_TABLES: dict[str, tuple[str, ...]] = {
    "C3": ("ledger_control", "expense", *receivables.TABLES),
    "C4": (*sales_monthly.TABLES, *receivables.TABLES),
    "C6": receivables.TABLES,
    "C12": ("sales_line", "customer", "region"),
}
"""The tables whose files a control looks at; one that is not here looks at every file."""

KINDS: dict[str, Words] = {
    "kept_out": say("Kept out"),
    "amount_unreadable": say("Kept out, amount unreadable"),
    "repeated": say("Same row again, counted once"),
    "within_tolerance": say("Within tolerance"),
    "unexplained": say("Left unexplained"),
}
"""Words for items that no rule of their own names."""

STATES: dict[str, Words] = {"open": say("Still open"), "explained": say("Explained")}
EFFECTS: dict[str, Words] = {
    "error": say("Not published"),
    "warning": say("Published with the mark"),
    "ok": say("Published without the mark"),
}
_RESULTS = {"ok": STATUS["tied"], "warning": STATUS["within_tolerance"], "error": STATUS["broken"]}
_MARKS = {"tied": "ok", "within_tolerance": "warning", "broken": "error"}


def pages(marts: Marts, context: ReportContext, listed: Sequence[tuple[str, str, Words]]) -> list[Report]:
    """One report a control that had something to ask; ``listed`` are the reports that a control can touch: id, name, title."""
    made = []
    for control in QUESTIONS:
        ties = context.tie_outs.filter(pl.col("control") == control)
        found = context.findings.filter(pl.col("control") == control)
        if ties.height or found.height or control == "C7":
            made.append(_page(control, ties, found, marts, context, listed))
    return made


def _page(
    control: str, ties: pl.DataFrame, found: pl.DataFrame, marts: Marts, context: ReportContext, listed: Sequence[tuple[str, str, Words]]
) -> Report:
    items = marts["tie_out_item"].filter(pl.col("control") == control)
    sections = [
        *_compared(ties, marts, context),
        *(_bridge(marts, context) if control == "C12" else ()),
        *_items(items, marts, context),
        *_touched(ties, found, context, listed),
    ]
    return context.report(
        id=ID,
        name=f"{NAME}_{control.lower()}",
        title=CONTROLS[control],
        headline=and_then(ties_message(ties) if ties.height else _findings_message(found), _open_message(items)),
        subtitle=with_heading(QUESTIONS[control], context.month, as_on(context.as_of)),
        sections=sections,
        tables=_TABLES.get(control, context.delivered),
        tiles=_tiles(control, ties, items),
        only=control,
        notes=(
            say(
                "Age counts days from the document, or from the file's arrival, to the as-of day. "
                "An amount is what the item moves the left side by."
            ),
            say(
                "An item is explained only where the listed amounts add up to the difference to the fen; "
                "the rest is listed as unexplained."
            ),
        ),
    )  # fmt: skip


def _findings_message(found: pl.DataFrame) -> Words:
    if found.is_empty():
        return say("Nothing was found")
    return Message("{n} finding", {"n": Count(found.height)}, plural="{n} findings")


def _open_message(items: pl.DataFrame) -> Words | None:
    """How many items are open, and since when at most."""
    open_ = items.filter(pl.col("state") == "open")
    if open_.is_empty():
        return None
    oldest = open_["age_days"].max()
    if oldest is None:
        return Message("{n} item open", {"n": Count(open_.height)}, plural="{n} items open")
    return Message(
        "{n} item open, the oldest for {days} days",
        {"n": Count(open_.height), "days": Days(float(str(oldest)))},
        plural="{n} items open, the oldest for {days} days",
    )


def _tiles(control: str, ties: pl.DataFrame, items: pl.DataFrame) -> list[Tile]:
    open_ = items.filter(pl.col("state") == "open")
    oldest = open_["age_days"].max()
    apart = ties.filter((pl.col("measure") == "amount") & (pl.col("status") != "tied"))
    largest = apart.sort(pl.col("difference").abs(), "difference")["difference"].to_list()
    row: dict[str, Any] = {"control": control, "open": open_.height, "oldest": oldest, "all": ties.height,
           "broken": ties.filter(pl.col("status") == "broken").height, "largest": largest[-1] if largest else 0}  # fmt: skip

    def told(name: str) -> Told:
        return formulas.told(f"tile_{name}", row, (name,), formulas.COUNTS)

    tiles = [
        Tile(say("Items open"), Count(open_.height), good="lower", told=told("open")),
        Tile(say("Oldest open item, days"), Days(None if oldest is None else float(str(oldest))), told=told("oldest")),
    ]
    if ties.height:
        tiles.append(Tile(say("Tie-outs"), Count(ties.height), told=told("all")))
        tiles.append(Tile(say("Tie-outs broken"), Count(row["broken"]), good="lower", told=told("broken")))
        tiles.append(
            Tile(say("Largest difference"), Money(row["largest"], "currency", signed=bool(largest)), told=told("largest"))
        )
    return tiles


def measured(ties: pl.DataFrame) -> pl.DataFrame:
    """Tie-outs with the table that they are about, quantities told from money; a table without amounts has none to compare."""
    first = pl.col("subject").str.split(" ").list.first()
    goods = [name for name, one in CONTRACTS.items() if one.amount and one.column(one.amount).kind is not Kind.MONEY]
    return ties.filter((pl.col("measure") != "amount") | ~first.is_in(WITHOUT_AMOUNT)).with_columns(
        about=pl.when(first.is_in(list(CONTRACTS))).then(first).otherwise("subject"),
        measure=pl.when((pl.col("measure") == "amount") & first.is_in(goods)).then(pl.lit("qty")).otherwise("measure"),
    )


def _regions(control: str, marts: Marts) -> dict[str, Words]:
    """Names of the regions, where they are what a control is about."""
    if control != "C12" or "region" not in marts:
        return {}
    latest = marts["region"].sort("valid_from").unique("region_code", keep="last")
    return {row["region_code"]: Name(row["name"]) for row in latest.iter_rows(named=True) if row["name"]}


def _compared(ties: pl.DataFrame, marts: Marts, context: ReportContext) -> list[Section]:
    if ties.is_empty():
        return []
    told = measured(ties)
    broken, apart = (pl.col("status") == "broken").any(), (pl.col("status") != "tied").any()
    worst = pl.when(broken).then(pl.lit("error")).when(apart).then(pl.lit("warning")).otherwise(pl.lit("ok"))
    sums = (
        told.group_by("measure", "statement", "about", "left_label", "right_label")
        .agg(
            pl.len().cast(pl.Int64).alias("all"), pl.col("left_amount", "right_amount", "difference").sum(),
            pl.col("tolerance").max(), result=worst,
        )
        .with_columns(pl.when((pl.col("all") == 1) | (pl.col("tolerance") == 0)).then("tolerance").alias("tolerance"))
        .sort(
            pl.col("result").replace_strict({"error": 0, "warning": 1, "ok": 2}, return_dtype=pl.Int64),
            "statement", "about", "measure", "left_label", "right_label",
        )
    )  # fmt: skip
    words = {name: sentence(name) for name in sums["statement"].unique()}
    sides = {name: side(name) for column in ("left_label", "right_label") for name in sums[column].unique()}
    subjects = {name: table_title(name) if name in CONTRACTS else LABELS.get(name, subject_words(name)) for name in sums["about"].unique()}
    subjects |= _regions(ties["control"][0], marts)
    blocks: list[Block] = []
    listed: tuple[tuple[str, Meaning, Words], ...] = (
        ("amount", "money", say("Amounts")), ("qty", "qty", say("Quantities")), ("rows", "qty", say("Rows"))
    )  # fmt: skip
    for measure, meaning, title in listed:
        rows = sums.filter(pl.col("measure") == measure)
        if rows.is_empty():
            continue
        columns = (
            Column("statement", say("Statement"), words=words),
            Column("about", say("Subject"), words=subjects),
            *((Column("all", say("Tie-outs"), "count"),) if rows["all"].max() != 1 else ()),
            Column("left_label", say("One side"), words=sides),
            Column("left_amount", say("Amount"), meaning, adds=False),
            Column("right_label", say("Other side"), words=sides),
            Column("right_amount", say("Amount of the other side"), meaning, adds=False),
            Column("difference", say("Difference"), meaning, variance=True, good="neutral", adds=False),
            Column("tolerance", say("Tolerance"), meaning, adds=False),
            Column("result", say("Result"), "severity", words=_RESULTS),
        )
        blocks.append(Table(f"compared_{measure}", rows, columns, title=title, shown=12, why=formulas.COMPARED))
    odd = ties.filter((pl.col("status") != "tied") & (pl.col("measure") == "amount"))
    if odd.height and odd.height < ties.height:
        blocks.append(TieOutList(tie_out_rows(odd)))
    return [
        Section("section_compared", say("Compared"), ties_message(ties), tuple(blocks),
                subtitle=with_heading(say("What was compared, and both sums"), context.month))
    ]  # fmt: skip


def _bridge(marts: Marts, context: ReportContext) -> list[Section]:
    """C12: from sales by invoice to sales by shipment, for the company and by region."""
    frame = marts.get("cut_off")
    if frame is None or frame.is_empty():
        return []
    labels = {column.name: column.label for column in CUT_OFF.columns}
    names = ["by_invoice", *FLOWS, "by_shipment"]
    sums = {name: int(frame[name].sum()) for name in names}
    steps = (
        Step(labels["by_invoice"], sums["by_invoice"], "base", "AC"),
        *(Step(labels[name], sums[name] * sign) for name, sign in FLOWS.items() if sums[name]),
        Step(labels["by_shipment"], sums["by_shipment"], "base", "AC"),
    )
    signed = frame.with_columns(pl.col(name) * sign for name, sign in FLOWS.items())
    signed = signed.with_columns(region="region_code")
    total = signed.select(pl.col(names).sum()).with_columns(region_code=pl.lit(TOTAL), role=pl.lit("total"))
    rows = pl.concat([signed.with_columns(role=pl.lit("")), total], how="diagonal").select("region_code", *names, "role", "region")
    columns = (
        Column("region_code", say("Region"), words={**LABELS, **_regions("C12", marts)}),
        Column("by_invoice", labels["by_invoice"], "money"),
        *(Column(name, labels[name], "money", variance=True, good="neutral") for name in FLOWS if sums[name]),
        Column("by_shipment", labels["by_shipment"], "money"),
    )
    moved = sums["by_shipment"] - sums["by_invoice"]
    headline = say(
        "Sales by shipment are {shipped}, {moved} against sales by invoice",
        shipped=Money(sums["by_shipment"]), moved=Money(moved, signed=True),
    )  # fmt: skip
    blocks: list[Block] = [Table("bridge", rows, columns, role="role", title=say("By region"), why=formulas.bridge(FLOWS))]
    # A chart wants steps that lead from one base to the other: where the mart's own bridge is broken, the table alone says it.
    if sums["by_invoice"] + sum(sums[name] * sign for name, sign in FLOWS.items()) == sums["by_shipment"]:
        blocks.insert(0, Waterfall("bridge_steps", steps, good="neutral", why=formulas.bridge_steps(FLOWS)))
    return [
        Section("section_bridge", say("Bridge"), headline, tuple(blocks),
                subtitle=with_heading(say("Net sales by invoice and by shipment"), context.month))
    ]  # fmt: skip


def _items(items: pl.DataFrame, marts: Marts, context: ReportContext) -> list[Section]:
    if items.is_empty():
        return []
    returned = dict(marts["returned"].iter_rows()) if "returned" in marts else {}
    each = list(items.iter_rows(named=True))
    frame = items.with_columns(
        pl.Series("place", [place_of(row) for row in each], pl.String),
        pl.Series("what", [_key(row) for row in each], pl.String),
        pl.Series("back", [returned.get(row["source_file"]) for row in each], pl.String),
        about=pl.when(pl.col("control").is_in(["C2", "C3", "C6", "C12"])).then("subject").otherwise(pl.lit("")),
        order=pl.col("state") == "explained",
    )
    oldest_first = {"order": False, "age_days": True, "what": False, "document": False, "place": False, "item_no": False}
    frame = frame.sort(list(oldest_first), descending=list(oldest_first.values()), nulls_last=True, maintain_order=True)
    words = {_key(row): KINDS[row["kind"]] if row["rule"] in ("", row["kind"]) else sentence(row["rule"]) for row in each}
    about = {name: LABELS.get(name, subject_words(name)) for name in frame["about"].unique() if name} | _regions(items["control"][0], marts)
    papers = {name: _paper(name) for name in frame["document"].unique() if name.partition(" ")[0] in CONTRACTS}
    tables = {name: table_title(name) for name in frame["table"].unique() if name}
    owners = {owner: owner_words(owner) for owner in frame["owner"].unique() if owner}
    called = senders(context.company, marts, frame["sender"].to_list())
    control = each[0]["control"]
    by = "about" if control == "C3" else "what"
    summary = (
        frame.group_by("control", *dict.fromkeys((by, "kind" if control == "C3" else "what")), "state", "owner")
        .agg(
            pl.len().cast(pl.Int64).alias("count"), pl.col("age_days").max().alias("oldest"),
            pl.when(pl.col("amount").is_not_null().any()).then(pl.col("amount").sum()).alias("amount"),
        )
    ).sort(by, "count", "state", "owner", "kind" if control == "C3" else "what", descending=[False, True, True, False, False])
    kinds = {"kept_out": KINDS["kept_out"], "unexplained": KINDS["unexplained"], "within_tolerance": KINDS["within_tolerance"]}
    # Amounts of several accounts are not added up: the ledger's items are told by account.
    first = (Column("about", say("Account of the ledger"), words=about), Column("kind", say("Item"), words=kinds))
    heads = (
        *(first if control == "C3" else (Column("what", say("Item"), words=words),)),
        Column("state", say("Status"), words=STATES),
        Column("count", say("Items"), "count", bar=True),
        Column("amount", say("Amount"), "money", adds=False),
        Column("oldest", say("Oldest, days"), "count"),
        Column("owner", say("Owner"), words=owners),
    )
    columns = (
        Column("state", say("Status"), words=STATES),
        *((Column("about", say("Subject"), words=about),) if about else ()),
        Column("what", say("Item"), words=words),
        *((Column("document", say("Document"), "code", words=papers),) if (frame["document"] != "").any() else ()),
        *((Column("table", say("Table"), words=tables),) if tables and control not in ("C2", "C12") else ()),
        *((Column("place", say("Place"), link="back"),) if (frame["place"] != "").any() else ()),
        *((Column("rows", say("Rows"), "count"),) if control == "C2" else ()),
        Column("amount", say("Amount"), "money", adds=False),
        Column("since", say("Since"), "date"),
        Column("age_days", say("Age, days"), "count"),
        *((Column("sender", say("Sender"), words=called),) if (frame["sender"] != "").any() else ()),
        Column("owner", say("Owner"), words=owners),
    )  # fmt: skip
    open_ = items.filter(pl.col("state") == "open").height
    headline = Message(
        "{n} item lies behind it, {open} of them open",
        {"n": Count(items.height), "open": Count(open_)},
        plural="{n} items lie behind it, {open} of them open",
    )
    blocks: list[Block] = [Table("items_summary", summary, heads, why=formulas.items((by, "kind") if control == "C3" else ("what",)))]
    blocks.append(Table("items", frame, columns, title=say("Every item"), shown=25, why=formulas.ITEM))
    if any(returned.get(name) for name in frame["source_file"]):
        told = say("A place with a link opens the workbook that went back to its sender, with the cell marked.")
        blocks.append(Notes((told,), listed=False))
    subtitle = with_heading(say("What lies behind it, oldest first"), context.month)
    return [Section("section_items", say("Reconciling items"), headline, tuple(blocks), subtitle=subtitle)]


def _paper(subject: str) -> Words:
    """A document that is named by its table and key: the key alone, the table stands beside it."""
    table, _, key = subject.partition(" ")
    return values_said(table, key)


def _key(row: dict[str, Any]) -> str:
    return f"{row['kind']} {row['rule']}"


def _touched(ties: pl.DataFrame, found: pl.DataFrame, context: ReportContext, listed: Sequence[tuple[str, str, Words]]) -> list[Section]:
    """Which reports the control touches, and what that does to them."""
    ids = {one for listed in (*ties["reports"], *found["reports"]) for one in listed.split(",")}
    held = set(blocked_reports(ties, found))
    rows = []
    for id, name, _ in listed:
        if id not in ids or id == ID:
            continue
        touches = pl.col("reports").str.split(",").list.contains(id)
        errors = found.filter(touches & (pl.col("severity") == "error")).height
        errors += ties.filter(touches & pl.col("invariant") & (pl.col("status") == "broken")).height
        warnings = found.filter(touches & (pl.col("severity") == "warning")).height
        effect = "error" if id in held else "warning" if warnings else "ok"
        rows.append({"effect": effect, "id": id, "name": name, "errors": errors, "warnings": warnings})
    if not rows:
        return []
    frame = pl.DataFrame(rows, schema={"effect": pl.String, "id": pl.String, "name": pl.String, "errors": pl.Int64, "warnings": pl.Int64})
    titles = {name: title for _, name, title in listed}
    columns = (
        Column("effect", say("Effect"), "severity", words=EFFECTS),
        Column("id", say("No."), "code"),
        Column("name", say("Report"), words=titles),
        Column("errors", say("Errors"), "count", alarm=0.0),
        Column("warnings", say("Warnings"), "count"),
    )
    stopped = frame.filter(pl.col("effect") == "error").height
    marked = frame.filter(pl.col("effect") == "warning").height
    if stopped:
        headline: Words = Message("{n} report is not published", {"n": Count(stopped)}, plural="{n} reports are not published")
    elif marked:
        headline = Message("{n} report is published with the mark", {"n": Count(marked)}, plural="{n} reports are published with the mark")
    else:
        headline = say("No report is held up or marked by it")
    return [
        Section("section_touched", say("Reports touched"), headline, (Table("touched", frame, columns, why=formulas.TOUCHED),),
                subtitle=say("An error stops the reports that it touches and no others; a warning is printed on them"))
    ]  # fmt: skip
