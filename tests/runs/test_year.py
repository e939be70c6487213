"""A year of the demo company as its finance department lives it: twelve closes, signatures, late data, openings, a changed policy.

Every publication must come out of the store again, every bridge must add up, and nothing that was signed may have moved without an
opening and a publication of its own.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from assets import command
from assets.settings import Settings
from pipelines.demo import write_demo
from pipelines.metrics.restatement import CAUSES
from pipelines.publish.journal import Journal
from tests.runs.conftest import close

pytestmark = pytest.mark.slow

MONTHS = ("2025-11", "2025-12", *(f"2026-{month:02d}" for month in range(1, 11)))
LEFT_OPEN = "2026-10"
PEOPLE = "people:\n  - {id: wang, name: 王芳, roles: [preparer]}\n  - {id: li, name: 李强, roles: [approver]}\n"
BEGINNING = "2025-11-20T08:00:00+08:00"
"""When what the demo sends once, such as master data, is taken to have come."""


class Office:
    """The company's folder, an inbox that fills up as time goes by, a home, and the acts of two people."""

    def __init__(self, sent: Path, folder: Path) -> None:
        self.sent, self.folder, self.home = sent, folder, folder / "home"
        shutil.copytree(sent / "company", folder / "company")
        (folder / "company" / "people.yaml").write_text(PEOPLE, "utf-8")
        self.policy("languages: [zh-Hans, zh-Hant, en]", "languages: [zh-Hans]")  # one is enough to see what moves
        with (sent / "inbox" / "arrivals.csv").open(encoding="utf-8-sig", newline="") as file:
            self.arrivals = {row["path"]: (row["arrived_at"], row.get("sender") or "") for row in csv.DictReader(file)}
        for path, (_, sender) in self.arrivals.items():
            if path.startswith("erp/") and not any(month in path for month in ("2024-", "2025-", "2026-")):
                self.arrivals[path] = (BEGINNING, sender)
        self.here: dict[str, tuple[str, str]] = {}
        self.signed: dict[str, str] = {}

    def policy(self, stated: str, now: str) -> None:
        """Another policy from now on."""
        path = self.folder / "company" / "policy.yaml"
        text = path.read_text("utf-8")
        assert stated in text
        path.write_text(text.replace(stated, now), "utf-8")

    @property
    def settings(self) -> Settings:
        return Settings.of(self.folder / "company", self.home, self.folder / "inbox")

    def receive(self, until: str) -> None:
        """What has arrived by ``until``."""
        for path, (at, sender) in self.arrivals.items():
            if path not in self.here and datetime.fromisoformat(at) <= datetime.fromisoformat(until):
                self.put(path, (self.sent / "inbox" / path).read_bytes(), at, sender)

    def put(self, path: str, content: bytes, at: str, sender: str) -> None:
        place = self.folder / "inbox" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        self.here[path] = (at, sender)
        with (self.folder / "inbox" / "arrivals.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["path", "arrived_at", "sender"])
            writer.writerows([name, *stated] for name, stated in sorted(self.here.items()))

    def close(self, month: str) -> str:
        told = close(self.settings, month)
        assert told.code in (0, 3), told.said
        self.nothing_signed_moved()
        return told.said

    def act(self, *words: str) -> None:
        assert command.main([*words, "--company", str(self.folder / "company"), "--home", str(self.home)]) == 0

    def sign_and_close(self, month: str) -> None:
        self.act("sign", month, "--by", "wang", "--as", "preparer")
        self.act("sign", month, "--by", "li", "--as", "approver")
        self.act("close", month, "--by", "li")
        for report in self.manifests(month)[-1]["reports"]:
            for name in report["files"]:
                path = self.home / report["folder"] / name
                self.signed[path.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()

    def nothing_signed_moved(self) -> None:
        """Each file that was ever signed is there, byte for byte; a closed month's last publication is the one that was signed."""
        for path, digest in self.signed.items():
            assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest, path

    def manifests(self, month: str) -> list[dict]:
        return [json.loads(path.read_text("utf-8")) for path in sorted((self.home / "manifests" / month).glob("*.json"))]

    def bridge(self, month: str) -> pl.DataFrame:
        """The lines of the last publication's bridge."""
        told = self.manifests(month)[-1]["restatement"]
        assert "withheld" not in told, told
        digest = told["frames"]["restatement"]
        return pl.read_parquet(self.home / "kept" / digest[:2] / f"{digest}.parquet")


def after(month: str, day: int) -> str:
    """A morning in the month after ``month``."""
    first = datetime.fromisoformat(f"{month}-01T09:00:00+08:00")
    following = (first + timedelta(days=32)).replace(day=day)
    return following.isoformat()


def late_invoice(sent: Path, month: str) -> bytes:
    """A file of one more invoice of ``month``: the first line of its export again, under a number of its own, for 1,000.00."""
    with (sent / "inbox" / "erp" / f"销售明细_{month}.csv").open(encoding="gb18030", newline="") as file:
        title, _, headings, first, *_ = list(csv.reader(file))
    row = dict(zip(headings, first, strict=True))
    row |= {"单据号": "LATE-1", "行号": "1", "红字": "", "数量": "1", "单价": "1000", "折扣率(%)": "0", "不含税金额": "1000", "税额": "90", "价税合计": "1090",
            "成本金额": "600", "原单据号": ""}  # fmt: skip
    total = dict.fromkeys(headings, "") | {"单据号": "合计", "不含税金额": "1000", "税额": "90", "价税合计": "1090"}
    lines = [title, [f"期间：{month}"], headings, list(row.values()), list(total.values())]
    return "".join(",".join(line) + "\n" for line in lines).encode("gb18030")


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The year lived through once; not to be changed."""
    sent, folder = tmp_path_factory.mktemp("sent"), tmp_path_factory.mktemp("year")
    write_demo(sent, scale=0.02, dealers=5)
    office = Office(sent, folder)
    for month in MONTHS:
        office.receive(after(month, 6))
        if month == "2026-02":
            rename_a_product(office)
        if month == "2026-05":
            office.policy("provision: 0.05", "provision: 0.06")
        office.close(month)
        if month != LEFT_OPEN:
            office.sign_and_close(month)
        if month == "2026-03":
            an_invoice_comes_late(office)
        if month == "2026-09":
            a_dealer_corrects(office)
    an_open_month_goes_on(office)
    return office


def rename_a_product(office: Office) -> None:
    """The first product of the master file is called otherwise from now on."""
    path = office.folder / "inbox" / "erp" / "产品档案.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.active
    assert sheet is not None
    assert sheet["C4"].value
    sheet["C4"] = "改名复合肥"
    changed = office.folder / "changed.xlsx"
    book.save(changed)
    office.put("erp/产品档案.xlsx", changed.read_bytes(), "2026-02-20T09:00:00+08:00", "erp")
    said = office.close("2026-01")
    assert "2026-01 is closed with publication 1: nothing of it was changed." in said
    assert "  erp/产品档案.xlsx: 1 rows of product changed\n" in said


def an_invoice_comes_late(office: Office) -> None:
    """An invoice of March comes after its close: it waits, March is opened, the bridge tells of 1,000.00, both sign again."""
    before = office.manifests("2026-03")
    office.put("erp/销售补录_2026-03.csv", late_invoice(office.sent, "2026-03"), "2026-04-10T09:00:00+08:00", "erp")
    said = office.close("2026-03")
    assert "2026-03 is closed with publication 1: nothing of it was changed." in said
    assert "erp/销售补录_2026-03.csv: 1 rows of sales_line" in said
    assert office.manifests("2026-03") == before
    office.act("reopen", "2026-03", "--by", "li", "--why", "一张发票迟到")
    office.close("2026-03")
    assert len(office.manifests("2026-03")) == 2
    told = office.bridge("2026-03").filter((pl.col("figure") == "net_amount") & (pl.col("cut") == "company") & (pl.col("span") == "period"))
    assert told.select("difference", "late_document").row(0) == (10_000_000, 10_000_000)
    page = office.home / office.manifests("2026-03")[1]["restatement"]["folder"] / "restatement.zh-Hans.html"
    assert "李强：一张发票迟到" in page.read_text("utf-8")
    office.sign_and_close("2026-03")


def a_dealer_corrects(office: Office) -> None:
    """A dealer's corrected report of September comes on 8 October, after the close. September is opened for it."""
    office.receive("2026-10-09T00:00:00+08:00")
    assert any("更正" in path and "2026-09" in path for path in office.here)
    office.close("2026-09")
    assert len(office.manifests("2026-09")) == 1
    office.act("reopen", "2026-09", "--by", "li", "--why", "经销商更正月报")
    office.close("2026-09")
    office.sign_and_close("2026-09")


def an_open_month_goes_on(office: Office) -> None:
    """October is not closed: what comes until the end of November is published, then a policy of the last day."""
    office.receive("2026-11-30T00:00:00+08:00")
    office.close(LEFT_OPEN)
    office.policy("provision: 0.06", "provision: 0.07")
    office.close(LEFT_OPEN)


def test_the_year_is_published_signed_and_closed(year: Office) -> None:
    entries = Journal(year.home).entries()
    acts = {month: [entry.act for entry in entries if entry.period == month] for month in MONTHS}
    signed = ["signed", "signed", "closed"]
    for month in MONTHS:
        if month == LEFT_OPEN:
            assert set(acts[month]) == {"published"}
            assert len(acts[month]) >= 2
        elif month in ("2026-03", "2026-09"):
            assert acts[month] == ["published", *signed, "reopened", *(["published"] * (len(acts[month]) - 8)), *signed]
        else:
            assert acts[month] == ["published", *signed]
    year.nothing_signed_moved()
    assert command.main(["verify", "--home", str(year.home)]) == 0


def test_every_bridge_adds_up_in_every_cut(year: Office) -> None:
    bridged = 0
    for month in MONTHS:
        manifests = year.manifests(month)
        assert manifests[0]["restatement"] == {}
        for manifest in manifests[1:]:
            told = manifest["restatement"]
            assert "withheld" not in told, told
            digest = told["frames"]["restatement"]
            lines = pl.read_parquet(year.home / "kept" / digest[:2] / f"{digest}.parquet")
            assert lines.filter(pl.sum_horizontal(CAUSES) != pl.col("difference")).is_empty()
            sales = lines.filter((pl.col("figure") == "net_amount") & (pl.col("span") == "period"))
            for cut in ("region_code", "customer_code", "product_code"):
                parts = sales.filter(pl.col("cut") == cut)
                assert [parts[cause].sum() for cause in CAUSES] == [sales.filter(pl.col("cut") == "company")[cause].sum() for cause in CAUSES]
            bridged += 1
    assert bridged >= 3


def test_the_policy_of_the_last_day_moves_provisions_and_nothing_else(year: Office) -> None:
    lines = year.bridge(LEFT_OPEN)
    assert set(lines["figure"]) == {"provision_class"}
    assert lines.filter(pl.col("policy") != pl.col("difference")).is_empty()


def test_what_was_published_comes_out_of_the_store_again(
    year: Office, request: pytest.FixtureRequest, printed_anew: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """March's two publications and October's last, after two policies; with --every-publication all of the year's."""
    every = request.config.getoption("--every-publication")
    told: list[str] = []
    for entry in Journal(year.home).entries():
        number = entry.details.get("publication")
        chosen = entry.period == "2026-03" or (entry.period == LEFT_OPEN and number == len(year.manifests(LEFT_OPEN)))
        if entry.act == "published" and (every or chosen):
            capsys.readouterr()
            code = command.main([
                "run", "--period", entry.period, "--publication", str(number), "--company", str(year.folder / "company"), "--home", str(year.home),
            ])  # fmt: skip
            out = capsys.readouterr().out
            assert code in (0, 3)
            assert f"The same as publication {number} of {entry.period}: " in out, out
            told.append(entry.period)
    assert len(told) == (sum(len(year.manifests(month)) for month in MONTHS) if every else 3)
    year.nothing_signed_moved()
