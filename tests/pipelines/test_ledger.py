"""Landing keeps each content once, knows what replaces what, and survives being killed anywhere."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.company import Company, Sender
from pipelines.company.layouts import Layout
from pipelines.company.policy import Policy
from pipelines.errors import InboxError, WarehouseError
from pipelines.sources.ledger import Ledger, Settlement, resolve

STOCK = {
    "table": "dealer_stock",
    "files": ["dealers/**/*stock*.csv"],
    "sender": {"source": "path", "pattern": "dealers/([^/]+)/"},
    "cover": {"span": "period", "key": {"source": "path", "pattern": r"(\d{4}-\d\d)"}},
}


def company_of(folder: Path, *senders: Sender, ignore: tuple[str, ...] = (), **layouts: dict[str, Any]) -> Company:
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text("currency: CNY\n")
    return Company(
        folder=folder,
        policy=Policy.model_validate({"name": "Acme", "currency": "CNY", "ignore_files": list(ignore)}),
        calendar=Calendar(CalendarFile()),
        layouts={name: Layout.model_validate(layout) for name, layout in layouts.items()},
        senders=senders,
        obligations=(),
        digest="c" * 64,
    )


def put(inbox: Path, name: str, content: str, at: str = "2026-10-01T08:00:00+00:00") -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    moment = datetime.fromisoformat(at).timestamp()
    os.utime(path, (moment, moment))
    return path


def state(files: pl.DataFrame) -> dict[str, str]:
    return {f"{row['source_file']}|{row['layout']}": row["status"] for row in files.to_dicts()}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return company_of(tmp_path / "acme", stock=STOCK)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "home")


def test_a_file_is_kept_once_with_sender_arrival_and_cover(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "code,qty\n1,2\n")
    put(inbox, "dealers/D01/.hidden.csv", "x")
    put(inbox, "dealers/D01/~$stock.csv", "x")

    landing = ledger.land(inbox, company)

    assert landing.new == ("dealers/D01/stock 2026-10.csv",)
    row = landing.files.row(0, named=True)
    assert (row["sender"], row["cover"], row["table"], row["mode"], row["status"]) == (
        "D01",
        "2026-10",
        "dealer_stock",
        "complete",
        "live",
    )
    assert row["arrived_at"] == "2026-10-01T08:00:00.000000Z"
    assert ledger.content(row["source_sha256"]).read_text() == "code,qty\n1,2\n"


def test_landing_again_changes_nothing(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a")
    first = ledger.land(inbox, company)
    put(inbox, "dealers/D01/stock 2026-10.csv", "a", "2026-12-24T00:00:00+00:00")  # copied anew: another time, the same content

    again = ledger.land(inbox, company)

    assert (again.new, again.known) == ((), ("dealers/D01/stock 2026-10.csv",))
    assert again.files.equals(first.files)


def test_a_corrected_file_supersedes_the_earlier_which_stays(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "wrong", "2026-10-01T08:00:00+00:00")
    ledger.land(inbox, company)
    put(inbox, "dealers/D01/stock 2026-10 corrected.csv", "right", "2026-10-02T08:00:00+00:00")
    put(inbox, "dealers/D02/stock 2026-10.csv", "of another dealer", "2026-10-03T08:00:00+00:00")
    put(inbox, "dealers/D01/stock 2026-11.csv", "of another month", "2026-10-04T08:00:00+00:00")

    files = ledger.land(inbox, company).files

    assert state(files) == {
        "dealers/D01/stock 2026-10.csv|stock": "superseded",
        "dealers/D01/stock 2026-10 corrected.csv|stock": "live",
        "dealers/D02/stock 2026-10.csv|stock": "live",
        "dealers/D01/stock 2026-11.csv|stock": "live",
    }
    by_file = dict(files.select("source_file", "delivery").iter_rows())
    old = files.filter(pl.col("status") == "superseded").row(0, named=True)
    assert old["superseded_by"] == by_file["dealers/D01/stock 2026-10 corrected.csv"]


def test_what_was_known_at_a_moment_is_told_as_it_was(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "wrong", "2026-10-01T08:00:00+00:00")
    put(inbox, "dealers/D01/stock 2026-10 b.csv", "right", "2026-10-02T08:00:00+00:00")
    ledger.land(inbox, company)

    assert state(ledger.files(datetime(2026, 10, 1, 12, tzinfo=UTC))) == {"dealers/D01/stock 2026-10.csv|stock": "live"}
    assert ledger.files(datetime(2026, 9, 1, tzinfo=UTC)).is_empty()


def test_a_file_sent_back_to_its_first_content_is_a_third_delivery(inbox: Path, ledger: Ledger, company: Company) -> None:
    for day, content in enumerate("ABA", start=1):
        put(inbox, "dealers/D01/stock 2026-10.csv", content, f"2026-10-0{day}T08:00:00+00:00")
        files = ledger.land(inbox, company).files

    assert files["status"].to_list() == ["superseded", "superseded", "live"]
    assert files["source_sha256"].n_unique() == 2


def test_the_same_content_under_another_path_is_a_duplicate(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a")
    put(inbox, "dealers/D01/again/stock 2026-10.csv", "a")
    put(inbox, "dealers/D02/stock 2026-10.csv", "a")

    files = ledger.land(inbox, company).files

    assert sorted(files["status"]) == ["duplicate", "live", "live"]
    assert files.filter(pl.col("sender") == "D02")["status"].to_list() == ["live"]


def test_two_different_files_with_the_same_arrival_are_refused_whole(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a")
    put(inbox, "dealers/D01/stock 2026-10 b.csv", "b")

    with pytest.raises(InboxError, match=r"stock 2026-10 b\.csv.*stock 2026-10\.csv.*dealer_stock by 'D01' for 2026-10"):
        ledger.land(inbox, company)

    assert ledger.files().is_empty()


def test_additional_deliveries_stand_beside_one_another(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    layout = {**STOCK, "cover": {**STOCK["cover"], "mode": "additional"}}  # type: ignore[dict-item]
    put(inbox, "dealers/D01/stock 2026-10 a.csv", "a")
    put(inbox, "dealers/D01/stock 2026-10 b.csv", "b")

    assert set(ledger.land(inbox, company_of(tmp_path / "acme", stock=layout)).files["status"]) == {"live"}


def test_arrivals_and_senders_are_taken_as_stated(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    company = company_of(
        tmp_path / "acme",
        Sender(sender="north", files="north/*", language="en"),
        customer={"table": "customer", "files": ["*.csv"]},
    )
    put(inbox, "north/a.csv", "1")
    put(inbox, "south/b.csv", "2")
    put(inbox, "c.csv", "3")
    put(
        inbox, "arrivals.csv", "path,arrived_at,sender\nsouth/b.csv,2026-11-01T16:00:00,Zhang\nc.csv,2026-11-01T16:00:00-05:00,\n"
    )

    files = ledger.land(inbox, company).files

    told = {row["source_file"]: (row["sender"], row["language"], row["arrived_at"][:19]) for row in files.to_dicts()}
    assert told == {
        "north/a.csv": ("north", "en", "2026-10-01T08:00:00"),
        "south/b.csv": ("Zhang", "zh-Hans", "2026-11-01T08:00:00"),  # no offset: the company's time zone
        "c.csv": ("acme", "zh-Hans", "2026-11-01T21:00:00"),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("path,when\na,b\n", r"arrivals\.csv:1: the headings are path, when"),
        ("path,arrived_at\na.csv,yesterday\n", r"arrivals\.csv:2: 'yesterday' is no moment"),
        ("path,arrived_at\na.csv,2026-01-01\na.csv,2026-01-02\n", r"arrivals\.csv:3: 'a\.csv' stands here twice"),
    ],
)
def test_wrong_arrivals_are_named_with_their_line(inbox: Path, ledger: Ledger, company: Company, text: str, says: str) -> None:
    put(inbox, "a.csv", "1")
    put(inbox, "arrivals.csv", text)

    with pytest.raises(InboxError, match=says):
        ledger.land(inbox, company)


def test_no_inbox_and_an_empty_inbox_are_said(tmp_path: Path, inbox: Path, ledger: Ledger, company: Company) -> None:
    with pytest.raises(InboxError, match="no such inbox folder"):
        ledger.land(inbox, company)
    inbox.mkdir()
    with pytest.raises(InboxError, match="no files to land"):
        ledger.land(inbox, company)
    assert not (tmp_path / "home").exists()


def test_files_without_a_layout_are_entered_and_ignored_ones_are_not(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    put(inbox, "unknown.csv", "1")
    put(inbox, "notes.md", "2")

    landing = ledger.land(inbox, company_of(tmp_path / "acme", ignore=("*.md",), stock=STOCK))

    assert landing.ignored == ("notes.md",)
    assert state(landing.files) == {"unknown.csv|": "unmatched"}
    assert "closebook layout" in landing.files["reason"].item()


def test_one_file_has_a_row_for_each_layout_and_each_frame_of_a_statement(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    company = company_of(
        tmp_path / "acme",
        region={"table": "region", "files": ["customers.csv"]},
        customer={"table": "customer", "files": ["customers.csv"]},
        sales={
            "table": "sales_line",
            "files": ["x.csv"],
            "query": "s.sql",
            "frames": {"heads": "orders.csv", "who": "customers.csv"},
        },
    )
    put(inbox, "customers.csv", "1")
    put(inbox, "orders.csv", "2")

    files = ledger.land(inbox, company).files

    assert files.select("source_file", "layout", "frame").rows() == [
        ("customers.csv", "customer", ""),
        ("customers.csv", "region", ""),
        ("customers.csv", "sales", "who"),
        ("orders.csv", "sales", "heads"),
    ]
    assert set(files["status"]) == {"live"}


def test_the_latest_valid_version_of_a_layout_is_used(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    company = company_of(tmp_path / "acme", stock=STOCK, stock_new={**STOCK, "from": "2026-07-01"})
    put(inbox, "dealers/D01/stock 2026-06.csv", "old form")
    put(inbox, "dealers/D01/stock 2026-07.csv", "new form")

    files = ledger.land(inbox, company).files

    assert files.select("cover", "layout", "family").rows() == [("2026-06", "stock", "stock"), ("2026-07", "stock_new", "stock")]


def test_a_new_layout_is_applied_to_what_landed_before(tmp_path: Path, inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "extra.csv", "1")
    assert ledger.land(inbox, company).files["status"].to_list() == ["unmatched"]

    files = ledger.land(
        inbox, company_of(tmp_path / "acme", stock=STOCK, extra={"table": "region", "files": ["extra.csv"]})
    ).files

    assert state(files) == {"extra.csv|extra": "live"}


def test_a_cover_inside_the_file_decides_once_it_was_read(tmp_path: Path, inbox: Path, ledger: Ledger) -> None:
    layout = {**STOCK, "cover": {"span": "period", "key": {"source": "cell", "cell": "B1"}}}
    company = company_of(tmp_path / "acme", stock=layout)
    put(inbox, "dealers/D01/stock a.csv", "a", "2026-10-01T08:00:00+00:00")
    put(inbox, "dealers/D01/stock b.csv", "b", "2026-10-02T08:00:00+00:00")
    put(inbox, "dealers/D01/stock c.csv", "c", "2026-10-03T08:00:00+00:00")
    files = ledger.land(inbox, company).files
    assert files["status"].to_list() == ["live", "live", "live"]
    a, b, c = files["delivery"]

    settled = ledger.settle(
        [
            Settlement(a, "stock", cover="2026-10", rows=3, sums={"qty": 70_000}),
            Settlement(b, "stock", cover="2026-10"),
            Settlement(c, "stock", status="rejected", reason="it is damaged"),
        ]
    )

    assert settled["status"].to_list() == ["superseded", "live", "rejected"]
    assert settled["rows"].to_list() == [3, None, None]
    assert settled["sums"][0] == '{"qty": 70000}'
    assert ledger.land(inbox, company).files.equals(settled)
    with pytest.raises(KeyError):
        ledger.settle([Settlement("none", "stock")])


def test_a_file_whose_name_tells_no_cover_is_rejected_alone(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock final.csv", "a")
    put(inbox, "dealers/D02/stock 2026-10.csv", "b")

    files = ledger.land(inbox, company).files

    assert files["status"].to_list() == ["rejected", "live"]
    assert "cover.key" in files["reason"][0]


def test_resolving_again_gives_the_same(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a", "2026-10-01T08:00:00+00:00")
    put(inbox, "dealers/D01/stock 2026-10 b.csv", "b", "2026-10-02T08:00:00+00:00")
    files = ledger.land(inbox, company).files

    assert resolve(files.reverse()).sort("source_file").equals(files.sort("source_file"))


def test_the_company_is_landed_with_each_version(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a")
    ledger.land(inbox, company)

    (version,) = ledger.companies()
    assert (version / "policy.yaml").read_text() == "currency: CNY\n"
    assert version.name == company.name


def test_a_ledger_that_another_run_holds_is_said(inbox: Path, ledger: Ledger, company: Company) -> None:
    put(inbox, "dealers/D01/stock 2026-10.csv", "a")
    ledger.land(inbox, company)
    other = sqlite3.connect(ledger.path, isolation_level=None)
    other.execute("begin immediate")

    with pytest.raises(WarehouseError, match=r"ledger\.db: the ledger cannot be written: database is locked"):
        Ledger(ledger.home, patience=0.1).land(inbox, company)
    other.close()


LANDS = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from pipelines import storage
from pipelines.sources.ledger import Ledger
from tests.pipelines.test_ledger import STOCK, company_of

def land(base, left):
    def checkpoint(label):
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
    storage.checkpoint = checkpoint
    Ledger(base / "home").land(base / "inbox", company_of(base / "acme", stock=STOCK))

for step, base in enumerate(sys.stdin):
    child = os.fork()  # of a process that has computed nothing: what it imports is not imported again for each
    if child == 0:
        land(Path(base.strip()), step)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_landing_killed_anywhere_is_completed_by_the_next(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    whole = None
    with subprocess.Popen([sys.executable, "-c", LANDS, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as lands:
        assert lands.stdin
        assert lands.stdout
        for step in range(100):
            base = tmp_path / str(step)
            put(base / "inbox", "dealers/D01/stock 2026-10.csv", "a", "2026-10-01T08:00:00+00:00")
            put(base / "inbox", "dealers/D01/stock 2026-10 b.csv", "b", "2026-10-02T08:00:00+00:00")
            company = company_of(base / "acme", stock=STOCK)
            lands.stdin.write(f"{base}\n")
            lands.stdin.flush()
            ended = int(lands.stdout.readline())
            assert ended in (0, -signal.SIGKILL)

            files = Ledger(base / "home").land(base / "inbox", company).files

            whole = whole if whole is not None else files
            assert files.equals(whole)
            for sha in files["source_sha256"]:
                assert Ledger(base / "home").content(sha).read_text() in ("a", "b")
            if ended == 0:
                assert step > 10
                return
    pytest.fail("the landing never ended")


def test_a_refused_file_keeps_its_rule_and_an_earlier_ledger_learns_to(tmp_path: Path, company: Company) -> None:
    inbox, ledger = tmp_path / "inbox", Ledger(tmp_path / "home")
    put(inbox, "dealers/D01/stock.csv", "x")
    put(inbox, "odd.csv", "x")
    landed = {row["source_file"]: row for row in ledger.land(inbox, company).files.to_dicts()}
    assert landed["odd.csv"]["rule"] == "no_layout"
    refused = landed["dealers/D01/stock.csv"]
    assert (refused["rule"], refused["rule_values"]) == ("path_without_value", '{"name": "cover.key"}')
    assert refused["reason"].startswith("'cover.key' cannot be captured")
    with sqlite3.connect(ledger.path) as db:
        db.execute("alter table entry drop column rule")
        db.execute("alter table entry drop column rule_values")
    assert ledger.files()["rule"].to_list() == [None, None]
    again = ledger.land(inbox, company).files
    assert sorted(again["rule"].to_list()) == ["no_layout", "path_without_value"]
