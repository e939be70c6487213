"""The period in the warehouse: facts and marts, replaced in one transaction."""

from typing import Any

import dagster as dg
import polars as pl

from assets.progress import say
from assets.resources import Doors
from assets.standing import is_closed
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.publish.schema import BY_PERIOD

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
        # A locked or unreachable database may be free a little later; a wrong frame would not be.
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
    )
    def warehouse_period(context: dg.AssetExecutionContext, doors: Doors) -> dict[str, Any]:
        """Facts and marts of the period in the warehouse; the views in ``sql/views`` read them. Rows by table."""
        frames = doors.upstream(context)
        period = context.partition_key
        if is_closed(doors.settings.home, period):
            say(f"{period} is closed: its warehouse tables stay as they are")
            return {"period": period, "rows": {}}
        say(f"loading the warehouse: {period}")
        tables = {f"fact_{table}": frames[f"fact_{table}"] for table in CONTRACTS}
        tables |= {f"mart_{mart}": frames[mart_asset(mart)] for mart in MARTS}
        loaded = {
            name: frame.filter(pl.col("period") == period) if name in BY_PERIOD else frame for name, frame in tables.items()
        }
        doors.warehouse().replace(period, loaded)
        return {"period": period, "rows": {name: frame.height for name, frame in sorted(loaded.items())}}

    return [warehouse_period]
