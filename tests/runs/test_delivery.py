"""From a closed month to what people get: every event, slices, servers that fail, kills, secrets. All servers are real, on the loopback."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from assets import command, delivering
from assets.automation import QUIET
from assets.definitions import definitions
from assets.known import run_known_at
from assets.settings import ROOT, Settings
from pipelines import storage
from pipelines.company.delivery import Slice
from pipelines.delivery import slices
from pipelines.delivery.outbox import Outbox
from pipelines.errors import ClosebookError
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from tests.delivery.servers import Hooks, Mailbox, Request, free_port, hook_server, mail_server
from tests.runs import tiny
from tests.runs.conftest import Closed, close, everything, same, settings_in

PASSWORD = "Pa55-unm1stakable-1"
TOKENS = {kind: f"t0ken-unm1stakable-{kind}-7" for kind in ("wecom", "dingtalk", "feishu", "generic")}
SIGNING = "SECs1gn-unm1stakable-3"
SECRETS = (PASSWORD, *TOKENS.values(), SIGNING)
PATHS = {"wecom": "/cgi-bin/webhook/send?key={}", "dingtalk": "/robot/send?access_token={}", "feishu": "/open-apis/bot/v2/hook/{}",
         "generic": "/in?token={}"}  # fmt: skip

RECIPIENTS = """\
portal_url: https://reports.tiny.example
recipients:
  - {id: cfo, name: The CFO, channel: mail, address: cfo@tiny.example, language: en, attach: {reports: [R13, R4], formats: [xlsx, html]},
     events: [published, new_version, failed_check, late_sender, failure, recovery]}
  - {id: north, name: North, channel: mail, address: north@tiny.example, language: en, events: [published, new_version, late_sender],
     slice: {regions: [R1]}, attach: {formats: [xlsx, html]}}
  - {id: south, name: 南区, channel: mail, address: south@tiny.example, language: zh-Hans, events: [published, new_version, late_sender],
     slice: {regions: [R2]}}
  - {id: dealer-one, name: Dealer D1, channel: mail, address: one@tiny.example, language: zh-Hant, events: [published, new_version],
     slice: {dealers: [D1]}}
"""
ROBOTS = "".join(
    f"  - {{id: {kind}, name: {kind}, channel: {kind}, language: zh-Hans, events: [published, new_version, failed_check], owns: [sales]}}\n"
    for kind in PATHS
)
SENDERS = "senders: {channel: mail}\n"


@pytest.fixture(scope="module")
def closed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company of five dealers closed once, its October; nobody was told anything. Not to be changed."""
    folder = tmp_path_factory.mktemp("told")
    tiny.write(folder)
    policy = folder / "company" / "policy.yaml"
    policy.write_text(policy.read_text("utf-8") + "controls: {owners: {C7: sales}}\n", "utf-8")
    tiny.arrivals(folder / "inbox", late={"dealers/D4/sold_2026-10.xlsx": "2026-11-09T10:00:00+08:00"})
    close(settings_in(folder))
    return folder


@pytest.fixture
def folder(closed_once: Path, tmp_path: Path) -> Path:
    """A copy of that company, inbox and home."""
    for name in ("company", "inbox", "home"):
        shutil.copytree(closed_once / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def box(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    with mail_server(folder, free_port(), "closebook", PASSWORD) as found:
        yield found


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with hook_server() as found:
        for name, value in robots(found.port).items():
            monkeypatch.setenv(name, value)
        yield found


def robots(port: int) -> dict[str, str]:
    urls = {f"{kind.upper()}_URL": f"http://127.0.0.1:{port}{path.format(TOKENS[kind])}" for kind, path in PATHS.items()}
    return {**urls, "SIGNING_SECRET": SIGNING}


def configure(folder: Path, box: Mailbox, *more: str, with_robots: bool = False) -> Settings:
    """``delivery.yaml`` in the company's folder: the mail channel, the recipients, and ``more``."""
    text = (
        f"channels:\n  mail: {{kind: smtp, host: 127.0.0.1, port: {box.port}, user: closebook, password_env: MAIL_PASSWORD, timeout: 5,\n"
        f"    from: closebook@tiny.example, ca_file: '{box.cert}'}}\n"
    )
    if with_robots:
        text += "".join(
            f"  {kind}: {{kind: {kind}, url_env: {kind.upper()}_URL, timeout: 5"
            f"{'' if kind == 'wecom' else ', secret_env: SIGNING_SECRET'}}}\n"
            for kind in PATHS
        )
    (folder / "company" / "delivery.yaml").write_text(text + RECIPIENTS + (ROBOTS if with_robots else "") + "".join(more), "utf-8")
    return settings_in(folder)


def deliver(settings: Settings, *, dry: bool = False) -> tuple[int, str]:
    with redirect_stdout(io.StringIO()) as said:
        code = delivering.deliver(settings, dry=dry)
    return code, said.getvalue()


def events(box: Mailbox) -> list[tuple[str, str]]:
    return sorted((one["To"].addresses[0].addr_spec, one["X-Closebook-Event"]) for one in box.mails)


def body(mail: EmailMessage) -> str:
    found: str = mail.get_body(("plain",)).get_content()
    return found


def files(mail: EmailMessage) -> dict[str, bytes]:
    return {str(one.get_filename()): one.get_payload(decode=True) for one in mail.iter_attachments()}  # type: ignore[misc]


def changed_sales(folder: Path) -> None:
    """Dealer D5 of the south has bought more than was known."""
    path = folder / "inbox" / "erp" / "sales_line.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    tiny.table(path, rows[0], [*rows[1:], ["S19", "1", "2026-10-28", "D5", "P1", "4", "300", "1200", "600"]])
    tiny.arrivals(folder / "inbox", late={"dealers/D4/sold_2026-10.xlsx": "2026-11-09T10:00:00+08:00",
                                          "erp/sales_line.csv": "2026-11-10T09:00:00+08:00"})  # fmt: skip


def test_what_was_sent_long_ago_is_cleared_away_and_never_sent_again(folder: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def sent_on(day: str) -> None:
        monkeypatch.setattr(delivering, "utc_now", lambda: datetime.fromisoformat(f"{day}T01:00:00+00:00"))

    settings = configure(folder, box, SENDERS, "keep_days: 30\n")
    outbox = folder / "home" / "outbox"
    sent_on("2026-10-02")
    assert deliver(settings)[0] == 0
    mails = len(box.mails)
    own = next(path for path in (outbox / "files").glob("*/*") if path.read_bytes().startswith(b"PK"))
    (folder / "own.xlsx").write_bytes(own.read_bytes())
    assert deliver(settings)[0] == 0, "29 days before the business day, 31 October"
    assert len(list((outbox / "sent").iterdir())) == mails
    notes = {path: path.read_text("utf-8") for path in (outbox / "sent").iterdir()}
    for path, text in notes.items():
        path.write_text(text.replace('"sent_at": "2026-10-02T', '"sent_at": "2026-09-30T'), "utf-8")
    sent_on("2026-10-03")
    assert deliver(settings)[0] == 0
    assert list((outbox / "sent").iterdir()) == []
    assert list((outbox / "files").glob("*/*")) == []
    assert "Subject" not in (outbox / "pruned.json").read_text("utf-8")
    assert "Tiny: October" not in (outbox / "pruned.json").read_text("utf-8")
    assert deliver(settings)[0] == 0
    assert len(box.mails) == mails, "nobody is told twice"
    assert command.main(["verify", str(folder / "own.xlsx"), "--home", str(settings.home)]) == 0


# --- every event ------------------------------------------------------------------------------------------------------


def test_everybody_is_told_what_is_theirs_and_once(folder: Path, box: Mailbox, hooks: Hooks) -> None:
    settings = configure(folder, box, SENDERS, with_robots=True)
    code, said = deliver(settings)
    assert code == 0, said
    assert events(box) == [
        ("cfo@tiny.example", "late_sender"), ("cfo@tiny.example", "published"),
        ("d3@tiny.example", "returned"), ("d4@tiny.example", "late_sender"), ("north@tiny.example", "published"),
        ("one@tiny.example", "published"), ("south@tiny.example", "late_sender"), ("south@tiny.example", "published"),
    ]  # fmt: skip
    news = next(one for one in box.to("cfo@tiny.example") if one["X-Closebook-Event"] == "published")
    assert news["Subject"] == "Tiny: October 2026 is published"
    manifest = json.loads((folder / "home/manifests/2026-10/0001.json").read_text("utf-8"))
    headlines = [one["entry"]["headline"]["en"] for one in manifest["reports"] if not one["entry"]["party"]]
    assert all(headline in body(news) for headline in headlines)
    assert "https://reports.tiny.example/index.en.html" in body(news)
    wanted = {f"{name}.en.{suffix}" for name in ("monthly_review", "sales_monthly") for suffix in ("xlsx", "html")}
    assert set(files(news)) == wanted
    (own,) = [one for one in box.to("north@tiny.example") if one["X-Closebook-Event"] == "published"]
    assert set(files(own)) == {"own_figures_2026-10.en.xlsx", "own_figures_2026-10.en.html"}
    links = set(re.findall(r'href="([^"#]+\.(?:xlsx|html))"', files(own)["own_figures_2026-10.en.html"].decode()))
    assert links <= set(files(own)), "no link leads to what is not attached"
    # The marked workbook goes back to the sender, in the sender's language.
    (back,) = box.to("d3@tiny.example")
    (name,) = files(back)
    assert name == "sold_2026-10.xlsx"
    assert files(back)[name] == (folder / "home" / manifest["returned"][0]["file"]).read_bytes()
    # The late sender, the manager of that region and whoever sees all are told; the other region is not.
    assert "sell-out" in body(box.to("d4@tiny.example")[0]).lower()
    assert "came 4 days late" in body(box.to("d4@tiny.example")[0])
    # Robots.
    assert Counter(request.path for request in hooks.requests) == dict.fromkeys(
        ("/cgi-bin/webhook/send", "/robot/send", f"/open-apis/bot/v2/hook/{TOKENS['feishu']}", "/in"), 1
    )
    assert hooks.of("/robot/send")[0].query["access_token"] == TOKENS["dingtalk"]
    card = hooks.of(f"/open-apis/bot/v2/hook/{TOKENS['feishu']}")[0].body["card"]
    assert card["header"]["title"]["content"] == "Tiny：2026年10月报表已发布"
    assert "https://reports.tiny.example/index.html" in card["elements"][0]["content"]
    # Nothing of it a second time, and a home of which nobody was told is otherwise the same.
    told = list(box.ids())
    assert deliver(settings)[0] == 0
    assert (box.ids(), len(hooks.requests)) == (told, 4)
    assert len(set(told)) == len(told)


def test_a_dry_run_says_it_all_and_does_nothing(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box, SENDERS)
    before = everything(folder / "home")
    code, said = deliver(settings, dry=True)
    assert code == 0
    assert "would be sent to north (mail north@tiny.example): published: Tiny: your figures of October 2026, 2 files" in said
    assert "2026-10 regions net_amount: recipients" in said
    assert box.mails == []
    same(everything(folder / "home"), before)


def test_a_new_version_says_what_changed_and_why_the_period_was_opened(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    assert deliver(settings)[0] == 0
    first = len(box.mails)
    journal = Journal(settings.home)
    journal.append("closed", "2026-10", "li", "2026-11-12T00:00:00Z", {"publication": 1, "digest": ""})
    why = "An invoice of D5 came late"
    journal.append("reopened", "2026-10", "li", "2026-11-13T00:00:00Z", {"publication": 1, "digest": "", "why": why})
    changed_sales(folder)
    found = close(settings)
    assert "sent" in found.said, found.said
    later = box.mails[first:]
    # The dealer of the north has the figures of before, and so has the north: they are not told again.
    assert sorted((one["To"].addresses[0].addr_spec, one["X-Closebook-Event"]) for one in later) == [
        ("cfo@tiny.example", "new_version"), ("south@tiny.example", "new_version")
    ]  # fmt: skip
    news = next(one for one in later if "cfo" in one["To"])
    assert news["Subject"] == "Tiny: October 2026, new version 2"
    assert why in body(news)
    assert "Opened again by li" in body(news)
    assert "Changed: " in body(news)
    assert {"restatement.en.xlsx", "restatement.en.html", "sales_monthly.en.xlsx"} <= set(files(news)), "the bridge goes along"
    south = next(one for one in later if "south" in one["To"])
    assert south["Subject"] == "Tiny：您的2026年10月数据有变动"
    # Computing again what was known tells nobody.
    total = len(box.mails)
    with redirect_stdout(io.StringIO()) as said:
        run_known_at(settings, "2026-10", datetime(2026, 11, 11, tzinfo=UTC))
    assert "The same as publication 2" in said.getvalue()
    assert len(box.mails) == total


def test_failed_checks_are_one_message_to_their_owner(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    policy = folder / "company" / "policy.yaml"
    policy.write_text(policy.read_text("utf-8").replace("{C7: sales}", "{C7: sales}, severity: {C7: error}"), "utf-8")
    close(settings)
    (failed,) = [one for one in box.mails if one["X-Closebook-Event"] == "failed_check"]
    assert (failed["To"].addresses[0].addr_spec, "(Sales)" in failed["Subject"]) == ("cfo@tiny.example", True)
    assert "C7" in body(failed)
    deliver(settings)
    assert len([one for one in box.mails if one["X-Closebook-Event"] == "failed_check"]) == 1


def test_a_failed_run_is_told_once_and_so_is_the_first_good_one(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    assert deliver(settings)[0] == 0
    first = len(box.mails)
    policy = folder / "company" / "policy.yaml"
    right = policy.read_text("utf-8")
    policy.write_text(right + "currancy: CNY\n", "utf-8")
    for _ in range(2):
        with pytest.raises(ClosebookError, match="currancy"):
            close(settings)
    (told,) = box.mails[first:]
    assert (told["To"].addresses[0].addr_spec, told["X-Closebook-Event"]) == ("cfo@tiny.example", "failure")
    assert "'currancy' is not a known key" in body(told)
    policy.write_text(right, "utf-8")
    close(settings)
    recovered = [one for one in box.mails[first:] if one["X-Closebook-Event"] == "recovery"]
    assert [one["To"].addresses[0].addr_spec for one in recovered] == ["cfo@tiny.example"]
    assert "currancy" in body(recovered[0])


# --- servers that fail, programs that are killed ----------------------------------------------------------------------


def test_a_server_that_is_down_delays_everything_and_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    port = free_port()
    with mail_server(folder, port, "closebook", PASSWORD) as box:
        settings = configure(folder, box, SENDERS)
    changed_sales(folder)
    found = close(settings)
    assert found.code == 3, "the close itself is as ever"
    assert f"mail: the mail server 127.0.0.1:{port} cannot be reached: Connection refused; 8 messages for" in found.said
    code, said = deliver(settings)
    assert code == 3
    waiting = [one.id for one in Outbox(settings.home).waiting()]
    assert len(waiting) == 8
    with mail_server(folder, port, "closebook", PASSWORD, box):
        assert deliver(settings)[0] == 0
        assert deliver(settings)[0] == 0
    assert [one.split("@")[0].strip("<") for one in box.ids()] == waiting


class Killed(BaseException):
    """The program is gone."""


@pytest.mark.parametrize("at", ["sent", "before", "written", "renamed"])
def test_a_sender_that_is_killed_loses_nothing_and_doubles_at_most_the_one_in_hand(
    folder: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    settings = configure(folder, box, SENDERS)
    seen = 0

    def dies(label: str) -> None:
        nonlocal seen
        # "sent": gone, not yet noted; the others: at the steps of writing the note.
        if label.startswith(f"{at} ") and (at == "sent" or (len(box.mails) == 3 and label.endswith(".json"))):
            seen += 1
            if at != "sent" or seen == 3:
                raise Killed

    monkeypatch.setattr(storage, "checkpoint", dies)
    with pytest.raises(Killed):
        deliver(settings)
    monkeypatch.setattr(storage, "checkpoint", lambda _: None)
    assert len(box.mails) == 3
    assert deliver(settings)[0] == 0
    twice = {one: number for one, number in Counter(box.ids()).items() if number > 1}
    # Once the note has its name the message is noted; before that the one in hand goes out again, as the same message.
    assert twice == ({} if at == "renamed" else {box.ids()[2]: 2})
    assert len(set(box.ids())) == 8
    total = len(box.mails)
    assert deliver(settings)[0] == 0
    assert len(box.mails) == total


def test_one_address_that_is_refused_waits_alone(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    box.refused = {"north@tiny.example"}
    code, said = deliver(settings)
    assert code == 3
    assert "north: the mail server" in said
    assert "does not take the address north@tiny.example (code 550); 'Tiny: your figures of October 2026' waits" in said
    assert "north@tiny.example" not in {to for to, _ in events(box)}
    others = len(box.mails)
    box.refused = set()
    with redirect_stdout(io.StringIO()), dg.DagsterInstance.ephemeral() as instance:
        assert definitions(settings).resolve_job_def("deliver").execute_in_process(instance=instance, run_config=QUIET).success
    assert [one["To"].addresses[0].addr_spec for one in box.mails[others:]] == ["north@tiny.example"]


def test_what_waits_follows_the_file_as_it_is_now(folder: Path, box: Mailbox) -> None:
    """A mended address is used; who has gone, or has another part of the company, gets nothing of what was written before."""
    settings = configure(folder, box)
    box.refused = {"north@tiny.example", "south@tiny.example", "one@tiny.example"}
    assert deliver(settings)[0] == 3
    already = len(box.mails)
    path = folder / "company" / "delivery.yaml"
    text = path.read_text("utf-8").replace("north@tiny.example", "new-north@tiny.example").replace("regions: [R2]", "regions: [R1]")
    path.write_text(text[: text.index("  - {id: dealer-one")], "utf-8")
    box.refused = set()
    code, said = deliver(settings)
    assert code == 0, said
    assert "dealer-one is no longer told anything: 'Tiny：您的2026年10月資料' is withdrawn." in said
    assert "south has another part of the company than regions: R2: 'Tiny：您的2026年10月数据' is withdrawn." in said
    new = {one["To"].addresses[0].addr_spec: one for one in box.mails[already:]}
    assert set(new) == {"new-north@tiny.example", "south@tiny.example"}
    book = strings(next(iter(files(new["south@tiny.example"]).values())), "a.xlsx")
    assert "Dealer D1" in book
    assert "Dealer D5" not in book


# --- slices -----------------------------------------------------------------------------------------------------------


def strings(content: bytes, name: str) -> str:
    """Everything that a file holds: of a workbook all parts, cells, names, comments, properties."""
    if not name.endswith(".xlsx"):
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "\n".join(f"{part}\n{book.read(part).decode('utf-8', 'replace')}" for part in book.namelist())


def test_a_slice_holds_nothing_of_anybody_else(demo_closed: Closed) -> None:
    """In a company with names: no other region's, customer's or salesperson's code or name stands anywhere in any part of any file."""
    published = published_of(demo_closed.settings)
    customers, people, regions = (published.facts.as_of(table, published.as_of) for table in ("customer", "employee", "region"))
    for part in (Slice(regions=("R03",)), Slice(dealers=("D0001",)), Slice(employees=(customers["employee_code"].drop_nulls()[0],))):
        report = slices.own_report(published, part)
        assert report is not None
        own = published.senders_of(part)
        column = slices.DIMENSIONS[part.kind]
        mine = set(published.lines.filter(pl.col(column).is_in(part.codes))["customer_code"]) | set(
            published.marts["receivables"].filter(pl.col(column).is_in(part.codes))["customer_code"]
        )
        of_mine = customers.filter(pl.col("customer_code").is_in(sorted(mine)))
        known = {*own, *mine, *of_mine["name"], *of_mine["region_code"], *of_mine["employee_code"]} | set(part.codes)
        near = regions.filter(pl.col("region_code").is_in(sorted(known - {None})))
        known |= {*near["name"], *near["region_code"]}
        others = {
            value
            for frame, code in ((customers, "customer_code"), (people, "employee_code"), (regions, "region_code"))
            for row in frame.iter_rows(named=True) if row[code] not in known and row["name"] not in known
            for value in (row[code], row["name"])
        }  # fmt: skip
        assert len(others) > 10
        from pipelines.company.delivery import Attach, Recipient
        from pipelines.delivery.planning import _printed

        for language in ("zh-Hans", "zh-Hant", "en"):
            to = Recipient.model_validate({"id": "x", "name": "x", "channel": "x", "language": language, "events": ["published"],
                                           "attach": Attach(formats=("xlsx", "html"))})  # fmt: skip
            for name, content in _printed(report, to).items():
                said = strings(content, name)
                leaks = sorted(one for one in others if re.search(rf"(?<![0-9A-Za-z]){re.escape(one)}(?![0-9A-Za-z])", said))
                assert leaks == [], (part, name)
                assert [one for one in of_mine["name"] if one in said] != [], "the test looks where things stand"


def published_of(settings: Settings) -> slices.Published:
    from pipelines.company.company import load_company

    company, shelf = load_company(settings.company), Shelf(settings.shelf, settings.manifests)
    manifest = shelf.manifest("2026-10")
    assert manifest is not None
    marts = {name: pl.read_parquet(shelf.frame_path(digest)) for name, digest in manifest["frames"].items()}
    facts = slices.facts_of(
        lambda table: pl.read_parquet(settings.frames / f"fact_{table}" / "all.parquet"),
        json.loads((settings.frames / "delivered" / "all.json").read_text("utf-8")),
    )
    return slices.Published(
        company, company.calendar.period("2026-10"), date.fromisoformat(manifest["as_of"]), datetime.fromisoformat(manifest["known_at"]),
        marts, facts,
    )  # fmt: skip


def test_all_parts_and_the_rest_are_the_company(demo_closed: Closed) -> None:
    """Against sums that this test makes itself, from invoice lines and receipts."""
    published = published_of(demo_closed.settings)
    proof = slices.prove(published, {"a": Slice(regions=("R03",)), "b": Slice(regions=("R01", "R04")), "c": Slice(dealers=("D0001",))})
    assert proof.broken.is_empty()
    ties = {row["subject"]: row for row in proof.control.filter(pl.col("statement") == "slices_add_up").iter_rows(named=True)}
    assert {"regions net_amount", "regions gross_margin", "regions receipts", "regions balance", "regions overdue", "regions plan",
            "dealers net_amount", "dealers balance"} <= set(ties)  # fmt: skip
    month = published.facts["sales_line"].filter((pl.col("period") == "2026-10") & (pl.col("document_kind") != "delivery"))
    assert ties["regions net_amount"]["right_amount"] == month["net_amount"].sum()
    elsewhere = month.filter(~pl.col("region_code").is_in(["R01", "R03", "R04"]))["net_amount"].sum()
    assert proof.rests["regions", "net_amount"] == elsewhere
    assert elsewhere != 0
    receipts = published.facts["receipt"].filter(pl.col("period") == "2026-10")
    assert ties["regions receipts"]["left_amount"] == receipts["amount"].sum()
    assert proof.rests["dealers", "receipts"] == receipts.filter(pl.col("customer_code") != "D0001")["amount"].sum()


def test_parts_that_do_not_add_up_are_not_sent_and_the_whole_is(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    path = settings.frames / "fact_sales_line" / "all.parquet"
    lines = pl.read_parquet(path)
    lines.filter(~((pl.col("customer_code") == "D2") & (pl.col("period") == "2026-10") & (pl.col("line_no") == "1"))).write_parquet(path)
    code, said = deliver(settings)
    assert "2026-10: the recipients' parts do not add up to the company (" in said
    assert "regions net_amount" in said
    assert {to for to, event in events(box) if event == "published"} == {"cfo@tiny.example"}
    proof = pl.read_csv(settings.home / "outbox" / "proof" / "2026-10.csv")
    net = proof.filter(pl.col("subject") == "regions net_amount").row(0, named=True)
    assert (net["status"], net["difference"]) == ("broken", net["left_amount"] - net["right_amount"])
    assert net["difference"] < 0
    # When the facts are right again, they go out.
    lines.write_parquet(path)
    assert deliver(settings)[0] == 0
    assert {to for to, event in events(box) if event == "published"} == {
        "cfo@tiny.example", "north@tiny.example", "south@tiny.example", "one@tiny.example"
    }  # fmt: skip


def test_a_code_that_nobody_has_is_said(folder: Path, box: Mailbox) -> None:
    settings = configure(folder, box)
    path = folder / "company" / "delivery.yaml"
    path.write_text(path.read_text("utf-8").replace("regions: [R2]", "regions: [R9]"), "utf-8")
    _, said = deliver(settings)
    assert "south: R9 is not in the master data of regions; nothing is sent." in said
    assert not box.to("south@tiny.example")


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_secrets_are_nowhere(folder: Path, box: Mailbox, hooks: Hooks) -> None:
    """Runs with failing servers that repeat what they were given, a failing run, and then every byte that was written or printed."""
    settings = configure(folder, box, SENDERS, with_robots=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(*arguments: str) -> None:
        made = subprocess.run([sys.executable, "-m", "assets.command", *arguments, "--company", str(settings.company), "--home",
                               str(settings.home)], capture_output=True, text=True, env=environment, cwd=ROOT, timeout=300)  # fmt: skip
        printed.append(made.stdout + made.stderr)

    def echo(request: Request) -> tuple[int, str]:
        said = f"cannot do {request.path} {request.query} {request.headers} {PASSWORD} {SIGNING}"
        return (500, said) if "send" in request.path else (200, json.dumps({"errcode": 1, "code": 1, "errmsg": said, "msg": said}))

    printed: list[str] = []
    box.answer = f"554 no: {PASSWORD}"
    hooks.answer = echo
    changed_sales(folder)
    run("run", "--inbox", str(folder / "inbox"))
    policy = folder / "company" / "policy.yaml"
    right = policy.read_text("utf-8")
    policy.write_text(right + f"{PASSWORD}: 1\n", "utf-8")
    run("run", "--no-inbox")
    policy.write_text(right, "utf-8")
    run("deliver")
    run("deliver", "--dry-run")
    assert "waiting" in printed[0]
    assert "554" in printed[0]
    assert "HTTP 500" in printed[0]
    box.answer = ""
    hooks.answer = lambda _: (200, '{"errcode": 0, "code": 0}')
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        delivering.deliver(settings)
    printed += [out.getvalue(), err.getvalue()]
    assert len(hooks.requests) >= 4, "the secrets were used"
    written = {path: path.read_bytes() for path in settings.home.rglob("*") if path.is_file()}
    assert any("dagster" in path.parts and path.suffix == ".db" for path in written)
    assert any("sent" in path.parts for path in written)
    for secret in SECRETS:
        assert [path for path, content in written.items() if secret.encode() in content] == []
        # The misspelt key in policy.yaml is repeated at the terminal, as any other would be; what the program wrote of itself is clean.
        assert [text for text in printed[:1] + printed[2:] if secret in text] == []
    kept = [json.loads(path.read_text("utf-8")) for path in (settings.home / "outbox").rglob("*.json") if path.name != "memory.json"]
    assert any("•••" in one["text"] for one in kept if one["event"] == "failure")
