"""What must tie out before a period is published, and what looks wrong in it."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import polars as pl

from assets.context import clocks, company_in, facts_from
from assets.progress import say
from assets.resources import Doors
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts_control import CUT_OFF, FINDINGS, TIE_OUT_ITEM, TIE_OUTS
from pipelines.controls import balances, behaviour, confirmations, cutoff, documents, files, ledger, reconciling
from pipelines.controls.cutoff import CutOff
from pipelines.controls.rebates import rebate_claims
from pipelines.controls.results import combine
from pipelines.quality.judge import repeats
from pipelines.sources.facts import Facts
from pipelines.sources.ledger import utc_text

OWNERS = ["team:finance"]
_MARTS = ("mart_receivables", "mart_receivables_ageing", "mart_receivables_roll_forward", "mart_variance_cause_leaves",
          "mart_variance_causes", "mart_plan_actual", "mart_balance_confirmation", "mart_reconciling_item", "mart_confirmation_coverage",
          "mart_activity_days", "mart_rebates")


def _readings(counts: pl.DataFrame, listed: pl.DataFrame, raw: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """What reading counted, by file: the shape that C1 compares."""
    wide = counts.group_by("delivery", "layout").agg(
        rows_delivered=pl.col("rows").filter(pl.col("reason") == "delivered").sum(),
        rows_left_out=pl.col("rows").filter(pl.col("reason") == "left_out").sum(),
    )
    amounts = pl.concat(
        frame.group_by("delivery", "layout").agg(
            amount_delivered=(pl.col(CONTRACTS[name].amount or "source_row").sum() * (1 if CONTRACTS[name].amount else 0)).cast(pl.Int64)
        )
        for name, frame in raw.items()
    )
    on = ["delivery", "layout"]
    named = listed.filter(pl.col("status") == "live").select(*on, "source_file", "source_sha256", "table").unique(on)
    return (
        wide.join(named, on=on).join(amounts, on=on, how="left").with_columns(pl.col("amount_delivered").fill_null(0))
        .select(files.READINGS.names()).sort("source_file", "layout")
    )  # fmt: skip


def all_controls(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The assets ``mart_tie_outs`` and ``mart_findings``, with one check for what must tie."""
    deps = [
        *(f"{layer}_{table}" for layer in ("raw", "stg", "fact") for table in CONTRACTS),
        "files", "delivered", "quarantine", "file_totals", "row_counts", "column_letters", *_MARTS,
    ]  # fmt: skip

    @dg.multi_asset(
        name="controls", deps=deps, partitions_def=partitions,
        outs={
            "fact_totals": dg.AssetOut(group_name="controls", description="What printed totals must be.", owners=OWNERS),
        } | {
            f"mart_{mart.name}": dg.AssetOut(group_name="controls", description=mart.title.en, kinds={"polars"}, owners=OWNERS)
            for mart in (TIE_OUTS, FINDINGS, CUT_OFF, TIE_OUT_ITEM)
        },
        check_specs=[dg.AssetCheckSpec("invariants_hold", asset="mart_tie_outs", description="C1, C2, C4, C12, balances and causes tie.")],
    )
    def controls(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[Any]:
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        say(f"controls: {period.key}")
        at = clocks(company, period, frames["files"])
        facts = facts_from(frames, frames["delivered"])
        raw = {name: frames[f"raw_{name}"] for name in CONTRACTS}
        staged = {name: frames[f"stg_{name}"] for name in CONTRACTS}
        faults = frames["quarantine"]
        repeated = {
            name: repeats(frame, CONTRACTS[name], faults.filter(pl.col("table") == name)) for name, frame in raw.items()
        }
        policy, key = company.policy.controls, period.key
        before = company.calendar.previous(period)
        manifest = doors.shelf().manifest(before.key) if before else None
        results = [
            files.file_to_raw(
                key, policy, _readings(frames["row_counts"], frames["files"], raw), _totals(frames["file_totals"], frames["files"], faults),
                pl.concat(files.sums_by_file(frame, CONTRACTS[name]) for name, frame in staged.items()), faults,
                pl.concat(files.sums_by_file(frame, CONTRACTS[name]) for name, frame in repeated.items()),
            ),
            *(
                files.raw_to_facts(key, CONTRACTS[name], raw[name], facts[name], faults, repeated[name], period.start, at.as_of)
                for name in CONTRACTS if name in facts.delivered
            ),
            documents.document_hygiene(facts, company, period, at.as_of, faults, frames["files"]),
            behaviour.behaviour(facts, company, period, frames["mart_activity_days"], frames["column_letters"]),
            rebate_claims(key, policy, frames["mart_rebates"]),
            ledger.causes_add_up(key, frames["mart_variance_cause_leaves"]),
            ledger.causes_add_up(key, frames["mart_variance_causes"]),
        ]  # fmt: skip
        receivables = frames["mart_receivables"]
        if facts.has("sales_line", "receipt"):
            last = None
            if manifest and "closing" in manifest:
                last = pl.DataFrame(
                    list(manifest["closing"].items()), schema={"customer_code": pl.String, "closing": pl.Int64}, orient="row"
                )
            results += [
                balances.buckets_less_advances(key, receivables, frames["mart_receivables_ageing"]),
                balances.rolls_forward(key, policy, frames["mart_receivables_roll_forward"], last),
                confirmations.confirmations(
                    key, policy, facts, frames["mart_balance_confirmation"], frames["mart_reconciling_item"],
                    frames["mart_confirmation_coverage"], frames["column_letters"], at.as_of,
                ),
            ]
        owed = int(receivables["balance"].sum()) if facts.has("receipt") else None
        results.append(ledger.facts_to_ledger(facts, policy, period, at.as_of, owed))
        printed = _printed(frames["mart_plan_actual"], frames["mart_receivables_roll_forward"])
        totals = ledger.fact_totals(facts, period, at.as_of)
        results.append(ledger.facts_to_reports(key, printed, totals))
        crossed = _cut_off(facts, company, period, at.as_of, frames["mart_plan_actual"])
        if crossed is not None:
            results.append(crossed.result)
        ties, findings = combine(results)
        items = [
            reconciling.rejected_rows(faults),
            reconciling.totals_that_differ(findings),
            *(
                reconciling.quarantined(CONTRACTS[name], raw[name], faults, repeated[name], period.start, at.as_of)
                for name in CONTRACTS if name in facts.delivered
            ),
            *(reconciling.ledger_items(account, faults, period, at.as_of) for account in ties.filter(pl.col("control") == "C3")["subject"]),
            reconciling.hygiene(findings, faults, facts),
        ]  # fmt: skip
        if manifest and before:
            since = utc_text(datetime.fromisoformat(manifest["known_at"]))
            later = frames["files"].filter((pl.col("status") == "live") & (pl.col("arrived_at") > since))
            items.append(reconciling.moved_openings(facts, findings, before.end, later["source_sha256"]))
        if crossed is not None:
            items.append(reconciling.crossing(crossed.documents))
        yield dg.Output(totals, output_name="fact_totals")
        yield dg.Output(ties, output_name="mart_tie_outs")
        yield dg.Output(findings, output_name="mart_findings")
        yield dg.Output(pl.DataFrame(schema=CUT_OFF.schema) if crossed is None else crossed.bridge, output_name="mart_cut_off")
        arrived = _days_of_arrival(frames["files"], company)
        yield dg.Output(reconciling.tie_out_item(period, at.as_of, policy, ties, items, arrived), output_name="mart_tie_out_item")
        broken = ties.filter(pl.col("invariant") & (pl.col("status") == "broken"))
        yield dg.AssetCheckResult(
            asset_key="mart_tie_outs", check_name="invariants_hold", passed=broken.is_empty(), severity=dg.AssetCheckSeverity.ERROR,
            metadata={"compared": ties.height, "broken": broken.height, "findings": findings.height},
        )

    return [controls]


def _days_of_arrival(listed: pl.DataFrame, company: Company) -> dict[str, date]:
    """The day on which each live file came, where the company is."""
    live = listed.filter(pl.col("status") == "live").unique("source_file").select("source_file", "arrived_at")
    zone = ZoneInfo(company.policy.timezone)
    return {name: datetime.fromisoformat(at).astimezone(zone).date() for name, at in live.iter_rows()}


def _cut_off(facts: Facts, company: Company, period: Period, as_of: date, plan_actual: pl.DataFrame) -> CutOff | None:
    """C12 of a period that is over and has sales."""
    if as_of < period.end or not facts.has("sales_line"):
        return None
    by_region = plan_actual.filter((pl.col("cut") == "region_code") & (pl.col("measure") == "net_amount"))
    invoiced = by_region.select(region_code=pl.col("key").fill_null(""), amount="actual")
    return cutoff.cut_off(facts, company.policy.controls, period, invoiced)


def _totals(totals: pl.DataFrame, listed: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """The files' own total rows, with how many lines of their file and column could not be read."""
    tables = listed.select("delivery", "layout", "table").unique(["delivery", "layout"])
    unread = (
        faults.filter(pl.col("severity") == "error").group_by("source_sha256", "layout", "source_sheet", "column")
        .agg(unreadable=pl.col("amount_unreadable").sum().cast(pl.Int64))
    )  # fmt: skip
    return (
        totals.join(tables, on=["delivery", "layout"])
        .join(unread, on=["source_sha256", "layout", "source_sheet", "column"], how="left")
        .select(files.TOTALS.names())
    )


def _printed(plan_actual: pl.DataFrame, roll_forward: pl.DataFrame) -> pl.DataFrame:
    """The company's totals that reports print (``report, name, amount``); each report ties its own tables to these marts."""
    company = plan_actual.filter(pl.col("cut") == "company")
    rows = [
        (report, name, int(company.filter(pl.col("measure") == name)["actual"].sum()))
        for name, reports in (("net_amount", ("R4", "R10", "R13")), ("receipts", ("R10", "R13")))
        for report in reports
        if company.filter(pl.col("measure") == name).height
    ]
    if roll_forward.height:
        rows += [
            ("R14", "gross_amount", int(roll_forward.select(pl.col("sales").sum() - pl.col("returns").sum()).item())),
            ("R14", "receipts", int(roll_forward["receipts"].sum())),
        ]
    return pl.DataFrame(rows, schema={"report": pl.String, "name": pl.String, "amount": pl.Int64}, orient="row")
