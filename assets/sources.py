"""From the inbox to facts: land, read, judge, conform. Each table's staged asset carries the check that it keeps its contract."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from assets.context import company_in
from assets.progress import say
from assets.resources import Doors
from pipelines.contracts import CONTRACTS, Contract
from pipelines.quality import expectations
from pipelines.sources.facts import conform
from pipelines.sources.intake import judge_table, masters_of, take_in

OWNERS = ["team:data"]
READING = ("files", "delivered", "reading_faults", "file_totals", "column_letters", "row_counts")
"""What reading hands on beside the rows of each table."""

_SAID = {
    "files": "Every delivery, and what became of it. One row a delivery and layout.",
    "delivered": "Names of the tables for which at least one file was read.",
    "reading_faults": "Cells that could not be read. One row a reason.",
    "file_totals": "Total rows that the files state themselves, beside what their lines add up to.",
    "column_letters": "Which column of a sheet is which of ours: what turns a row into a cell.",
    "row_counts": "Rows of each delivery by what became of them.",
}


@dg.multi_asset(
    name="read_files",
    outs={
        **{name: dg.AssetOut(group_name="landed", description=text, owners=OWNERS) for name, text in _SAID.items()},
        **{
            f"raw_{contract.name}": dg.AssetOut(
                group_name="raw", description=f"{contract.title.en}, as read, not judged yet.", kinds={"polars"}, owners=OWNERS
            )
            for contract in CONTRACTS.values()
        },
    },
)
def read_files(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[dg.Output[Any]]:
    """Land what is new in the inbox and read every delivery once."""
    company = company_in(doors.company_folder)
    ledger = doors.ledger()
    landing = ledger.land(doors.settings.inbox, company)
    if landing.new:  # the command has landed before, and said so
        say(f"landed: {len(landing.new)} files more")
    intake = take_in(ledger, company, doors.settings.readings, say)
    context.add_output_metadata({"deliveries": len(landing.new) + len(landing.known)}, output_name="files")
    values: dict[str, Any] = {
        "files": intake.files, "delivered": sorted(intake.delivered), "reading_faults": intake.faults,
        "file_totals": intake.totals, "column_letters": intake.letters, "row_counts": intake.counts,
    }
    for name in READING:
        yield dg.Output(values[name], output_name=name)
    for name in CONTRACTS:
        yield dg.Output(intake.rows[name], output_name=f"raw_{name}")


def staged(contract: Contract) -> dg.AssetsDefinition:
    """``stg_<table>`` and ``rejected_<table>``: the rows that keep the contract, and the reasons of the others."""
    name = contract.name
    upstream = masters_of(contract)

    @dg.multi_asset(
        name=f"judge_{name}",
        deps=[f"raw_{name}", "reading_faults", "column_letters", *(f"stg_{table}" for table in upstream)],
        outs={
            f"stg_{name}": dg.AssetOut(group_name="staged", description=contract.title.en, kinds={"polars"}, owners=OWNERS),
            f"rejected_{name}": dg.AssetOut(group_name="staged", description=f"Why rows of {name} were refused or listed.", owners=OWNERS),
            f"expectations_{name}": dg.AssetOut(
                group_name="staged", description=f"What Great Expectations says of {name}.", kinds={"greatexpectations"}, owners=OWNERS),
        },
        check_specs=[dg.AssetCheckSpec("keeps_its_contract", asset=f"stg_{name}", description=f"{name} keeps its contract.")],
    )
    def judged(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[Any]:
        frames = doors.upstream(context)
        raw = frames[f"raw_{name}"]
        masters = {table: frames[f"stg_{table}"] for table in upstream}
        company = company_in(doors.company_folder)
        good, faults = judge_table(raw, contract, masters, frames["reading_faults"], frames["column_letters"], company)
        # A table that nobody delivered has nothing to be judged, and each suite costs a third of a second.
        verdicts = expectations.run(good, contract) if raw.height else ()
        yield dg.Output(good, output_name=f"stg_{name}", metadata={"rejected": raw.height - good.height})
        yield dg.Output(faults, output_name=f"rejected_{name}")
        yield dg.Output(expectations.outcomes_frame(verdicts), output_name=f"expectations_{name}")
        failed = [f"{one.expectation} {one.column}" for one in verdicts if not one.success]
        yield dg.AssetCheckResult(
            asset_key=f"stg_{name}", check_name="keeps_its_contract", passed=not failed, severity=dg.AssetCheckSeverity.ERROR,
            metadata={"expectations": len(verdicts), "failed": ", ".join(failed), "refused_or_listed": faults.height},
        )

    return judged


@dg.asset(
    group_name="staged", owners=OWNERS, kinds={"polars"},
    deps=[f"rejected_{name}" for name in CONTRACTS],
)
def quarantine(context: dg.AssetExecutionContext, doors: Doors) -> pl.DataFrame:
    """Every row that was refused or listed, with every reason. One row a reason; count rows where reason_no is 1."""
    frames = doors.upstream(context)
    every: list[pl.DataFrame] = [frames[f"rejected_{name}"] for name in CONTRACTS]
    return pl.concat(every)


@dg.asset(
    group_name="staged", owners=OWNERS, kinds={"greatexpectations"},
    deps=[f"expectations_{name}" for name in CONTRACTS],
)
def expectation_results(context: dg.AssetExecutionContext, doors: Doors) -> pl.DataFrame:
    """What Great Expectations says of every staged table. One row a table and expectation."""
    frames = doors.upstream(context)
    every: list[pl.DataFrame] = [frames[f"expectations_{name}"] for name in CONTRACTS]
    return pl.concat(every)


@dg.multi_asset(
    name="conform_facts",
    deps=[*(f"stg_{name}" for name in CONTRACTS), "delivered"],
    outs={
        f"fact_{contract.name}": dg.AssetOut(
            group_name="facts", description=f"{contract.title.en}, conformed: period, region, department, base units.", kinds={"polars"},
            owners=OWNERS,
        )
        for contract in CONTRACTS.values()
    },
)
def conform_facts(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[dg.Output[pl.DataFrame]]:
    """The staged tables conformed to one another by the dated master data."""
    frames = doors.upstream(context)
    company = company_in(doors.company_folder)
    say("conforming facts")
    facts = conform({name: frames[f"stg_{name}"] for name in CONTRACTS}, company, frozenset(frames["delivered"]))
    for name in CONTRACTS:
        yield dg.Output(facts[name], output_name=f"fact_{name}")


def all_sources() -> list[dg.AssetsDefinition]:
    """Everything from the inbox to facts; none of it belongs to one period."""
    return [read_files, *(staged(contract) for contract in CONTRACTS.values()), quarantine, expectation_results, conform_facts]
