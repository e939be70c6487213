"""The graph as it stands, the schedule's choice of period, and the sensor's memory."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets import automation
from assets.definitions import definitions
from assets.settings import ROOT, Settings
from pipelines.company.company import load_company
from pipelines.contracts import CONTRACTS
from pipelines.contracts.marts import MARTS
from pipelines.delivery.runs import Runs
from pipelines.errors import InboxError
from pipelines.publish.shelf import Shelf
from pipelines.reports import build

GRAPH = Path(__file__).with_name("graph.txt")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.of(ROOT / "companies" / "demo", tmp_path / "home", tmp_path / "inbox")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def _graph(settings: Settings) -> dg.AssetGraph:
    return definitions(settings).resolve_asset_graph()


def test_the_graph_is_as_it_was_agreed(settings: Settings) -> None:
    """Asset, group, number of what it is made from. After an intended change, write the file anew with CLOSEBOOK_WRITE_GRAPH=1."""
    graph = _graph(settings)
    nodes = sorted((graph.get(key) for key in graph.materializable_asset_keys), key=lambda node: (node.group_name, node.key.path))
    lines = "".join(f"{node.group_name} {'/'.join(node.key.path)} {len(node.parent_keys)}\n" for node in nodes)
    if os.environ.get("CLOSEBOOK_WRITE_GRAPH") == "1":
        GRAPH.write_text(lines, "utf-8")
    assert lines.splitlines() == GRAPH.read_text("utf-8").splitlines()


def test_every_table_mart_and_report_is_an_asset(settings: Settings) -> None:
    graph = _graph(settings)
    names = {key.path[-1] for key in graph.materializable_asset_keys}
    assert {f"{layer}_{table}" for layer in ("raw", "stg", "fact") for table in CONTRACTS} <= names
    assert {f"mart_{mart}" for mart in MARTS if mart not in ("quarantine", "files")} <= names
    assert {f"report_{kind.name}" for kind in build.REPORTS} <= names
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert node.owners, key
        period = node.group_name in ("marts", "controls", "warehouse", "reports")
        assert node.is_partitioned == period, key


def _asked(moment: datetime, instance: dg.DagsterInstance) -> list[str | None] | str:
    company = load_company(ROOT / "companies" / "demo")
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=moment)
    found = automation.nightly_schedule(company)(context)
    return str(found.skip_message) if isinstance(found, dg.SkipReason) else [one.partition_key for one in found]


@pytest.mark.parametrize(
    ("night", "periods"),
    [
        ("2026-10-20", ["2026-10"]),
        ("2026-11-01", ["2026-10"]),  # the day before is the month's last
        ("2026-11-02", ["2026-10", "2026-11"]),
        ("2026-11-06", ["2026-10", "2026-11"]),
        ("2026-11-07", ["2026-11"]),
        ("2027-01-01", ["2026-12"]),
    ],
)
def test_the_night_closes_what_is_open(night: str, periods: list[str], instance: dg.DagsterInstance) -> None:
    assert _asked(datetime.fromisoformat(f"{night}T02:00:00+08:00"), instance) == periods


def test_a_night_outside_the_calendar_says_so(instance: dg.DagsterInstance) -> None:
    said = _asked(datetime(1999, 1, 5, 2, tzinfo=UTC), instance)
    assert isinstance(said, str)
    assert "1999" in said


def test_the_sensor_starts_one_run_for_each_change(settings: Settings, instance: dg.DagsterInstance) -> None:
    sensor = automation.inbox_sensor(settings)
    repository = definitions(settings).get_repository_def()

    def look(cursor: str | None) -> tuple[list[str | None], str | None]:
        found = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository))
        return [one.partition_key for one in found.run_requests or ()], found.cursor

    assert look(None) == ([], None), "no inbox"
    settings.inbox.mkdir(parents=True)
    (settings.inbox / "a.csv").write_text("a\n", "utf-8")
    assert look(None)[0] == [], "nothing was closed yet"
    for period in ("2026-09", "2026-10"):
        Shelf(settings.shelf, settings.manifests).publish(period, {}, {}, {})
    asked, cursor = look(None)
    assert asked == ["2026-10"]
    assert look(cursor) == ([], cursor)
    (settings.inbox / "b.csv").write_text("b\n", "utf-8")
    asked, later = look(cursor)
    assert asked == ["2026-10"]
    assert later != cursor
    (settings.inbox / "b.csv").unlink()
    (settings.inbox / "b.csv").write_text("longer\n", "utf-8")
    assert look(later)[0] == ["2026-10"]


DELIVERY = """\
channels: {group: {kind: wecom, url_env: GROUP_URL}}
recipients: [{id: ops, name: Operations, channel: group, events: [failure, recovery]}]
"""


@pytest.fixture
def told(settings: Settings, tmp_path: Path) -> Settings:
    """The demo company with a ``delivery.yaml``."""
    shutil.copytree(settings.company, tmp_path / "company")
    (tmp_path / "company" / "delivery.yaml").write_text(DELIVERY, "utf-8")
    return replace(settings, company=tmp_path / "company")


def _ended(settings: Settings, instance: dg.DagsterInstance, name: str, *, fails: bool, tags: dict[str, str] | None = None) -> Any:
    """What a sensor answers to a run of ``nightly`` for October that ended so."""

    @dg.op
    def step() -> None:
        if fails:
            raise InboxError("the inbox is empty; the key is t0ken-unm1stakable")

    @dg.job(name="nightly")
    def nightly() -> None:
        step()

    result = nightly.execute_in_process(
        instance=instance, raise_on_error=False, run_config=automation.QUIET, tags={"dagster/partition": "2026-10", **(tags or {})}
    )
    event = result.get_run_failure_event() if fails else result.get_run_success_event()
    context = dg.build_run_status_sensor_context(name, event, instance, result.dagster_run)
    sensors = {one.name: one for one in automation.run_sensors(settings, automation.deliver_job(settings))}
    return sensors[name](context.for_run_failure() if fails else context)


def test_a_failed_run_of_the_schedule_and_the_next_good_one_are_told(
    told: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUP_URL", "https://robot.example/send?key=t0ken-unm1stakable")
    assert isinstance(_ended(told, instance, "after_a_failed_run", fails=True), dg.RunRequest)
    assert [(one.what, one.job, one.period, one.why) for one in Runs(told.home).all()] == [
        ("failed", "nightly", "2026-10", "the inbox is empty; the key is •••")
    ]
    assert isinstance(_ended(told, instance, "after_a_good_run", fails=False), dg.RunRequest)
    assert [(one.what, one.after) for one in Runs(told.home).all()] == [("failed", ()), ("recovered", (1,))]


def test_the_command_delivers_its_own_runs_and_without_a_file_nothing_is(
    told: Settings, settings: Settings, instance: dg.DagsterInstance
) -> None:
    own = _ended(told, instance, "after_a_failed_run", fails=True, tags=automation.BY_COMMAND)
    none = _ended(settings, instance, "after_a_good_run", fails=False)
    assert (type(own), type(none)) == (dg.SkipReason, dg.SkipReason)
    assert Runs(told.home).all() == []
