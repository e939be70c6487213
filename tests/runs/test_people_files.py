"""What goes to one person holds nothing of another: every part of every file, and every page of the portal that others read."""

from __future__ import annotations

import html
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl
import pytest

from pipelines.company.company import load_company
from pipelines.company.delivery import Delivery
from pipelines.delivery import planning
from pipelines.delivery.outbox import Outbox
from pipelines.proof.proving import prove
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf
from pipelines.reports.reasons.evidence import PEOPLES
from pipelines.sources.reader import Grid, read
from tests.runs.conftest import Closed

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def manifest(demo_closed: Closed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(max((demo_closed.home / "manifests" / "2026-10").glob("*.json")).read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def people(demo_closed: Closed) -> dict[str, str]:
    """Names by the codes of everybody who works or worked for the company."""
    return {str(code): str(name) for code, name in demo_closed.rows("select distinct employee_code, name from fact_employee")}


def parts(path: Path) -> dict[str, str]:
    """Everything that a file holds, by part: of a workbook each member of the archive, of a page the whole text."""
    if path.suffix == ".html":
        return {path.name: html.unescape(path.read_text("utf-8"))}
    if path.suffix == ".parquet":
        # Beside every value what the file says of itself.
        return {path.name: pl.read_parquet(path).write_csv() + str(pl.read_parquet_metadata(path)) + path.read_bytes().decode("utf-8", "ignore")}
    with zipfile.ZipFile(path) as archive:
        # Each character of a member counts, whether a program shows it or not; names of members too.
        return {name: name + "\n" + html.unescape(archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()}


def named(text: str, code: str, name: str) -> bool:
    """Whether somebody is in a text: their name, or their code by itself (and not as the end of a document's number)."""
    return name in text or re.search(rf"(?<![0-9A-Za-z-]){re.escape(code)}(?![0-9A-Za-z])", text) is not None


def values(sheet: Grid) -> list[list[str | None]]:
    return [[cell.text if cell else None for cell in row] for row in sheet.cells] if sheet.frame is None else [list(row) for row in sheet.frame.rows()]


def amounts_of_pay(closed: Closed) -> list[set[str]]:
    """What each person is paid and gets as commission, as ten-thousandths: one may be a sale's amount too, not both."""
    rows = closed.rows("select payable, commission from mart_pay_settlement where period = '2026-10'")
    return [{str(int(value)) for value in row} for row in rows if all(int(value) % 10_000 for value in row)]


def own_reports(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in manifest["reports"] if one["entry"]["audience"].startswith("person:")]


def test_no_file_for_one_person_holds_anything_of_another(demo_closed: Closed, manifest: dict[str, Any], people: dict[str, str]) -> None:
    found, looked, opened = [], set(), set()
    reports = own_reports(manifest)
    # Who approved one's own manual adjustment is part of it.
    approved = set(demo_closed.rows("select employee_code, approved_by from fact_pay_adjustment"))
    assert len({one["entry"]["audience"] for one in reports}) >= 15
    for report in reports:
        own = report["entry"]["audience"].removeprefix("person:")
        assert {*report["files"]} == {path.name for path in (demo_closed.home / report["folder"]).iterdir()}
        for file in report["files"]:
            opened.add(file)
            for part, text in parts(demo_closed.home / report["folder"] / file).items():
                looked.add(Path(part).name if part.endswith(".xml") else Path(part).suffix)
                others = {code: name for code, name in people.items() if code != own and (own, name) not in approved}
                found += [(file, part, code) for code, name in others.items() if named(text, code, name)]
    assert found == []
    assert {"core.xml", "app.xml", "sharedStrings.xml", "workbook.xml", "sheet1.xml", ".html", ".parquet"} <= looked
    assert {"figures.parquet", *(f"{one['name']}.lines.parquet" for one in reports)} <= opened, "the lines behind figures too"
    assert len([name for name in opened if ".lines." in name and name.endswith(".html")]) == len(reports)


def test_the_check_finds_what_it_looks_for(demo_closed: Closed, manifest: dict[str, Any], people: dict[str, str]) -> None:
    [table] = [one for one in manifest["reports"] if one["name"] == "assessment"]
    text = "".join(parts(demo_closed.home / table["folder"] / "assessment.zh-Hans.xlsx").values())
    assessed = [str(code) for (code,) in demo_closed.rows("select employee_code from mart_assessment where period = '2026-10'")]
    assert all(named(text, code, people[code]) for code in assessed), "human resources have everybody's"
    for report in own_reports(manifest)[:3]:
        own = report["entry"]["audience"].removeprefix("person:")
        whole = "".join(text for file in report["files"] for text in parts(demo_closed.home / report["folder"] / file).values())
        assert named(whole, own, people[own])
        assert "扣分" in whole or report["id"] != "R15"


def test_each_person_s_file_leads_nowhere_and_proves_itself(demo_closed: Closed, manifest: dict[str, Any]) -> None:
    for report in own_reports(manifest)[:4]:
        folder = demo_closed.home / report["folder"]
        for file in report["files"]:
            if file.endswith(".parquet"):
                continue
            assert prove(folder / file, demo_closed.home).is_proven
            if file.endswith(".html"):
                text = (folder / file).read_text("utf-8")
                links = set(re.findall(r'href="([^"#]+)', text)) | set(re.findall(r'src="([^"]+)', text)) | set(re.findall(r'"lines":"([^"]+)"', text))
                assert {link for link in links if "/" in link} == set()
                assert {unquote(link) for link in links} <= {*report["files"]}


def test_pay_and_assessment_stand_in_no_shared_place(demo_closed: Closed, manifest: dict[str, Any]) -> None:
    portal = demo_closed.home / "portal"
    private = {one["folder"] for one in manifest["reports"] if one["entry"]["audience"].startswith(("hr", "person"))}
    assert len(private) > 15
    shared = [path for path in portal.rglob("*.html") if path.relative_to(portal).parts[0] not in ("hr", "person")]
    assert len(shared) >= 15
    for path in [*shared, *(demo_closed.home / "shelf" / "2026-10").rglob("*.html")]:
        place = path.parent.relative_to(demo_closed.home).as_posix()
        if place not in private:
            text = path.read_text("utf-8")
            assert not [folder for folder in private if folder in text], path
            assert "person/" not in text, path
    codes = {path.parent.name for path in (portal / "person").rglob("index*.html")}
    assert codes == {one["entry"]["audience"].removeprefix("person:") for one in own_reports(manifest)}
    assert "person/00101/index.html" in (portal / "hr" / "index.html").read_text("utf-8")
    lines = demo_closed.home / manifest["explained"]["folder"]
    kinds = {path.stem for path in lines.glob("*.parquet")}
    assert kinds
    assert not kinds & {*PEOPLES}, "nobody's pay and points stand with the lines that everybody reads"
    secret = amounts_of_pay(demo_closed)
    assert len(secret) > 3
    for path in (one for one in (demo_closed.home / "shelf" / "2026-10").rglob("*.parquet") if one.parent.relative_to(demo_closed.home).as_posix() not in private):
        values = {value for column in pl.read_parquet(path).iter_columns() for value in column.unique().cast(pl.String).drop_nulls()}
        assert not [one for one in secret if one <= values], path
    views = {str(name) for (name,) in demo_closed.rows("select name from sqlite_master where type = 'view'")}
    assert not [name for name in views if name.startswith(("assessment", "pay"))], "no view of the readers' role shows them"


def test_no_shared_page_leads_to_a_sheet_of_human_resources_that_went_back(demo_closed: Closed, manifest: dict[str, Any]) -> None:
    back = {one["source_file"]: one["file"] for one in manifest["returned"]}
    assert back["hr/薪酬调整.xlsx"].startswith("shelf/returned/hr/")
    assert {path.parent.parent.name for path in (demo_closed.home / "shelf" / "returned").rglob("薪酬调整.xlsx")} == {"hr"}
    pages = [path for name in ("portal", "shelf") for path in (demo_closed.home / name).rglob("*.html")]
    links = {link for path in pages for link in re.findall(r'href="([^"]*returned/[^"]*)"', path.read_text("utf-8"))}
    assert any(link.endswith("xlsx") for link in links)
    assert not [link for link in links if "returned/hr/" in link]
    front = (demo_closed.home / "portal" / "index.html").read_text("utf-8")
    assert "薪酬调整.xlsx" in front, "that something went back is no secret"


def test_what_refused_rows_of_human_resources_hold_is_on_no_page_of_controls(demo_closed: Closed) -> None:
    refused = {(str(file), str(cell)): str(found) for file, cell, found in demo_closed.rows(
        "select source_file, cell, found from mart_quarantine where \"table\" = 'attendance' and severity = 'error'")}  # fmt: skip
    assert any(refused.values())
    [book] = (demo_closed.home / "shelf" / "2026-10" / "R20_control").rglob("*.en.xlsx")
    every = [{str(value) for value in row if value is not None} for sheet in read(book).sheets for row in values(sheet)]
    for (file, cell), found in refused.items():
        rows = [row for row in every if {file, cell} <= row]
        assert rows
        assert not [row for row in rows if found in row]


def test_one_may_be_sent_their_own_files_and_nobody_else_s(demo_closed: Closed, tmp_path: Path) -> None:
    channel = {"kind": "smtp", "host": "localhost", "security": "none", "from": "a@tiny.example"}
    told = {"channel": "mail", "address": "a@tiny.example", "events": ["published", "new_version"]}
    everything = {"reports": ["R15", "R16", "R4"], "formats": ["xlsx", "html"]}
    recipients = [
        {"id": "own", "name": "own", **told, "slice": {"employees": ["00101"]}, "attach": everything},
        {"id": "asked-nothing", "name": "x", **told, "slice": {"employees": ["00102"]}},
        {"id": "whole", "name": "whole", **told, "attach": everything},
    ]
    home, settings = demo_closed.home, demo_closed.settings
    memory = Outbox(tmp_path).memory()
    place = planning.Home(
        folder=home, delivery=Delivery.model_validate({"channels": {"mail": channel}, "recipients": recipients}),
        company=load_company(settings.company), company_name="c", entries=Journal(home).entries(), shelf=Shelf(settings.shelf, settings.manifests),
        runs=[], told={}, load=lambda table: pl.read_parquet(settings.frames / f"fact_{table}" / "all.parquet"),
        delivered=json.loads((settings.frames / "delivered" / "all.json").read_text("utf-8")),
    )  # fmt: skip
    drafts = [draft.message for draft in planning.plan(place, memory).drafts]
    files: dict[str, list[str]] = {one["id"]: [] for one in recipients}
    for message in drafts:
        files[message.recipient] += [one.name for one in message.attachments]
    [own] = [one for one in drafts if one.recipient == "own" and one.tells[0].startswith("personal/")]
    assert {one.name.partition(".")[0] for one in own.attachments} == {"assessment_person_00101", "own_pay_00101"}
    assert not [name for name in files["asked-nothing"] if "assessment" in name or "pay" in name]
    assert {name.partition(".")[0] for name in files["whole"]} == {"sales_monthly", "assessment", "commission"}, "whoever asks for all of it"
    again = replace(place, told={"own": {fact for one in drafts if one.recipient == "own" for fact in one.tells}})
    assert not [one for one in planning.plan(again, memory).drafts if one.message.recipient == "own"], "and is told once"
