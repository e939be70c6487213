"""催缴清单: what is overdue and what falls due next month, by salesperson, with levels. Part of R14."""

from __future__ import annotations

import polars as pl

from pipelines.reports import formulas
from pipelines.reports.context import LABELS, TOTAL, Marts, ReportContext, and_then, as_on, have, names, tie, with_heading
from pipelines.reports.definitions.receivables import KINDS, TABLES
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Message,
    Money,
    Notes,
    Part,
    Report,
    Section,
    StackedBars,
    SumOf,
    Table,
    Tile,
    Told,
    Unit,
    Words,
    say,
)

ID = "R14"
NAME = "dunning"
TITLE = say("Dunning list")
REQUIRED = ("dunning",)
MOST_BARS = 15
"""So many salespeople are drawn; the table below lists all of them."""
STATUS: dict[str, Words] = {"overdue": say("Overdue"), "due_next": say("Due next month")}


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The list, or None where nothing is overdue or due soon."""
    if not have(marts, *REQUIRED):
        return None
    items = marts["dunning"].with_columns(_person(), pl.coalesce("customer_name", "customer_code").alias("customer"))
    late = items.filter(pl.col("status") == "overdue")
    people = _people(items)
    total = int(items["amount"].sum())
    table = _list(items, people)
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=_headline(items, late, people),
        subtitle=with_heading(say("Receivables ({unit}, with tax)", unit=Unit()), as_on(context.as_of)),
        sections=(
            _by_person(people, items, context),
            Section(
                "section_list",
                say("List"),
                _list_headline(items, late),
                (table,),
                subtitle=with_heading(
                    say("Salesperson, customer, document; amounts in {unit}", unit=Unit("currency")), as_on(context.as_of)
                ),
            ),
        ),
        tables=TABLES,
        tiles=_tiles(items, late),
        tie_outs=(
            tie(
                "C4",
                say("The salespeople add up to the dunning list"),
                say("Sum of the salespeople"),
                int(people["total"].sum()),
                say("Dunning list"),
                total,
                left_sum=(SumOf("people", "total"),),
                right_sum=(SumOf("list", "amount"),),
            ),
        ),
        notes=(_levels(context),),
    )


def _person() -> pl.Expr:
    """A salesperson's name, with the code where another one has the same name."""
    shared = pl.col("employee_code").n_unique().over("employee_name") > 1
    name = pl.when(shared).then(pl.concat_str("employee_name", "employee_code", separator=" ")).otherwise("employee_name")
    return pl.coalesce(name, "employee_code", pl.lit("")).alias("person")


def _levels(context: ReportContext) -> Words:
    from pipelines.reports.model import Listing

    levels = context.company.policy.receivables.dunning_levels
    said = tuple(
        Message("level {level} from {n} day late", {"level": Count(i), "n": Count(day)}, plural="level {level} from {n} days late")
        for i, day in enumerate(levels, start=1)
    )
    return say("Levels: {levels}. Level 0 is not yet due.", levels=Listing(said))


def _people(items: pl.DataFrame) -> pl.DataFrame:
    levels = sorted(items["level"].unique().to_list())
    return (
        items.group_by(pl.col("employee_code").fill_null(""), "person")
        .agg(
            *[pl.col("amount").filter(pl.col("level") == level).sum().alias(f"level_{level}") for level in levels],
            pl.col("amount").sum().alias("total"),
            pl.col("amount").filter(pl.col("status") == "overdue").sum().alias("overdue"),
            pl.col("customer_code").n_unique().cast(pl.Int64).alias("customers"),
        )
        .sort("overdue", "total", "employee_code", descending=[True, True, False])
    )


def _headline(items: pl.DataFrame, late: pl.DataFrame, people: pl.DataFrame) -> Words:
    soon = items.filter(pl.col("status") == "due_next")
    second = say("{amount} falls due next month", amount=Money(int(soon["amount"].sum()))) if soon.height else None
    if late.is_empty():
        return and_then(say("Nothing is overdue"), second)
    first = Message(
        "{amount} is overdue at {n} customer, most with {person}",
        {
            "amount": Money(int(late["amount"].sum())),
            "n": Count(late["customer_code"].n_unique()),
            "person": names(people, 1, "person")[0],
        },
        plural="{amount} is overdue at {n} customers, most with {person}",
    )
    return and_then(first, second)


def _list_headline(items: pl.DataFrame, late: pl.DataFrame) -> Words:
    return Message(
        "{n} item to collect, {late} of them overdue",
        {"n": Count(items.height), "late": Count(late.height)},
        plural="{n} items to collect, {late} of them overdue",
    )


def _tiles(items: pl.DataFrame, late: pl.DataFrame) -> list[Tile]:
    soon = items.filter(pl.col("status") == "due_next")
    top = int(late["level"].max()) if late.height else 0  # type: ignore[arg-type]
    worst = late.filter(pl.col("level") == top)
    row = {"late": int(late["amount"].sum()), "soon": int(soon["amount"].sum()), "top": int(worst["amount"].sum()), "top_level": top,
           "customers": late["customer_code"].n_unique() if late.height else 0}  # fmt: skip

    def told(name: str) -> Told:
        return formulas.told(f"tile_{name}", row, (name,), formulas.DUNNING)

    tiles = [
        Tile(say("Overdue"), Money(row["late"]), good="lower", told=told("late")),
        Tile(say("Due next month"), Money(row["soon"]), good="neutral", told=told("soon")),
        Tile(say("Customers overdue"), Count(row["customers"]), good="lower", told=told("customers")),
    ]
    if late.height:
        tiles.append(Tile(say("Level {level}", level=Count(top)), Money(row["top"]), good="lower", told=told("top")))
    return tiles


def _by_person(people: pl.DataFrame, items: pl.DataFrame, context: ReportContext) -> Section:
    levels = sorted(items["level"].unique().to_list())
    top = max(max(levels), 1)
    parts = tuple(
        Part(f"level_{level}", say("Not yet due") if level == 0 else say("Level {level}", level=Count(level)), level / top)
        for level in levels
    )
    many = people.height > MOST_BARS
    why = formulas.dunning({f"level_{level}": level for level in levels})
    drawn = StackedBars(
        "people_drawn" if many else "people",
        people.head(MOST_BARS),
        "person",
        parts,
        "total",
        label_heading=say("Salesperson"),
        total_heading=say("To collect"),
        words=LABELS,
        why=why,
    )
    columns = (
        Column("person", say("Salesperson"), words=LABELS),
        Column("customers", say("Customers"), "count"),
        *(Column(part.column, part.label, "money_wan", blank_zero=True) for part in parts),
        Column("total", say("To collect"), "money_wan"),
    )
    blocks: tuple[Block, ...] = (drawn,)
    if many:
        blocks = (drawn, _not_drawn(people), Table("people", people, columns, title=say("Every salesperson"), shown=20, why=why))
    late = people.filter(pl.col("overdue") > 0)
    headline: Words = (
        Message(
            "{n} salesperson has overdue items to collect, {first} the most ({amount})",
            {"n": Count(late.height), "first": names(late, 1, "person")[0], "amount": Money(late["overdue"][0])},
            plural="{n} salespeople have overdue items to collect, {first} the most ({amount})",
        )
        if late.height
        else say("No salesperson has overdue items")
    )
    subtitle = with_heading(say("Salespeople"), say("Open items by dunning level ({unit})", unit=Unit()), as_on(context.as_of))
    return Section("section_people", say("Salespeople"), headline, blocks, subtitle=subtitle)


def _not_drawn(people: pl.DataFrame) -> Notes:
    """What the salespeople add up to that the chart leaves out: as a bar they would squeeze all others."""
    rest = people.slice(MOST_BARS)
    note = Message(
        "Drawn are the {most} salespeople with most overdue; the other {n} has {amount} to collect, {overdue} of it overdue",
        {
            "most": Count(MOST_BARS),
            "n": Count(rest.height),
            "amount": Money(int(rest["total"].sum())),
            "overdue": Money(int(rest["overdue"].sum())),
        },
        plural="Drawn are the {most} salespeople with most overdue; the other {n} have {amount} to collect, {overdue} of it overdue",
    )
    return Notes((note,), listed=False)


def _list(items: pl.DataFrame, people: pl.DataFrame) -> Table:
    """Every item under its salesperson, the latest first, and the total."""
    order = people.select(pl.col("employee_code"), "person", pl.int_range(pl.len()).alias("order"))
    detail = items.with_columns(
        pl.col("employee_code").fill_null(""),
        pl.col("customer").alias("shown"),
        pl.lit("").alias("role"),
        pl.lit(1).alias("level_shown"),
    ).join(order, on=["employee_code", "person"], how="left", maintain_order="left")
    heads = people.select(
        "employee_code",
        pl.col("person").alias("shown"),
        pl.col("total").alias("amount"),
        pl.lit("subtotal").alias("role"),
        pl.lit(0).alias("level_shown"),
        pl.int_range(pl.len()).alias("order"),
    )
    body = pl.concat([heads, detail], how="diagonal_relaxed").sort(
        "order",
        "level_shown",
        "days_late",
        "shown",
        "document_no",
        "term",
        descending=[False, False, True, False, False, False],
        nulls_last=True,
    )
    total = pl.DataFrame(
        {"shown": [TOTAL], "amount": [int(items["amount"].sum())], "role": ["total"], "level_shown": [0]},
        schema={"shown": pl.String, "amount": pl.Int64, "role": pl.String, "level_shown": pl.Int32},
    )
    columns = (
        Column("shown", say("Salesperson, customer"), words=LABELS),
        Column("customer_code", say("Code"), "code"),
        Column("document_no", say("Document"), "code"),
        Column("kind", say("Kind"), words=KINDS),
        Column("document_date", say("Date"), "date"),
        Column("due_on", say("Due"), "date"),
        Column("status", say("Status"), words=STATUS),
        Column("days_late", say("Days late"), "days", alarm=0.0, blank_zero=True),
        Column("level", say("Level"), "count", blank_zero=True),
        Column("amount", say("Open"), "money"),
    )
    frame = pl.concat([body, total], how="diagonal_relaxed").with_columns(term_no=pl.col("term").cast(pl.String))
    return Table("list", frame, columns, level="level_shown", role="role", shown=30, why=formulas.DUNNING)
