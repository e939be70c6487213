"""The period in the warehouse: facts and marts, replaced in one transaction."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from assets.context import company_in
from assets.loaded import remember
from assets.progress import say
from assets.resources import Doors
from assets.standing import is_closed
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.errors import CheckViolated
from pipelines.publish import checks
from pipelines.publish.schema import BY_PERIOD
from pipelines.publish.warehouse import Ask

SOURCES_OF_MARTS = {"quarantine": "quarantine", "files": "files"}
"""Marts that are not computed for a period: their assets have no period."""


def mart_asset(name: str) -> str:
    """The asset that holds a mart."""
    return SOURCES_OF_MARTS.get(name, f"mart_{name}")


def all_warehouse(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """The one asset that loads a period."""
    deps = [*(f"fact_{table}" for table in CONTRACTS), *(mart_asset(mart) for mart in MARTS)]

    @dg.asset(
        name="warehouse_period", group_name="warehouse", partitions_def=partitions, deps=deps, owners=["team:data"], kinds={"sql"},
        check_specs=[dg.AssetCheckSpec(one.name, asset="warehouse_period", description=one.question) for one in checks.all_checks()],
        # A locked or unreachable database may be free a little later; a wrong frame would not be.
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
    )
    def warehouse_period(context: dg.AssetExecutionContext, doors: Doors) -> Iterator[Any]:
        """Facts and marts of the period in the warehouse; ``sql/checks`` are asked before anybody sees them. Rows by table."""
        frames = doors.upstream(context)
        period = context.partition_key
        if is_closed(doors.settings.home, period):
            say(f"{period} is closed: its warehouse tables stay as they are")
            yield dg.Output({"period": period, "rows": {}})
            return
        say(f"loading the warehouse: {period}")
        tables = {f"fact_{table}": frames[f"fact_{table}"] for table in CONTRACTS}
        tables |= {f"mart_{mart}": frames[mart_asset(mart)] for mart in MARTS}
        loaded = {
            name: frame.filter(pl.col("period") == period) if name in BY_PERIOD else frame for name, frame in tables.items()
        }
        days = company_in(doors.company_folder).calendar.period(period)
        answers: list[checks.Answer] = []

        def require(ask: Ask) -> None:
            answers.extend(checks.answers(ask, period, days.start, days.end))
            checks.require(answers)

        violated = None
        try:
            remember(doors.settings, doors.warehouse().replace(period, loaded, before_commit=require))
        except CheckViolated as error:
            violated = error
        for answer in answers:
            told: dict[str, Any] = {"violations": len(answer.rows), "said": "" if answer.holds else answer.said()}
            yield dg.AssetCheckResult(check_name=answer.check.name, passed=answer.holds, metadata=told)
        if violated:
            raise dg.Failure(str(violated), allow_retries=False) from violated
        yield dg.Output({"period": period, "rows": {name: frame.height for name, frame in sorted(loaded.items())}})

    return [warehouse_period]
