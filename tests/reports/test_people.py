"""Reports for human resources and for one person stand in folders of their own, and nothing that others read tells of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest

from pipelines.contracts.model import Language, Text
from pipelines.delivery import events, letters
from pipelines.reports import build, portal
from pipelines.reports.context import Marts, ReportContext, party_name, with_heading
from pipelines.reports.formats import Reader
from pipelines.reports.model import Money, Name, Notes, Report, Section, Tile, say
from pipelines.reports.portal import Published, SignOff
from pipelines.reports.writers import html
from tests.reports import sample
from tests.reports.test_links import astray

PEOPLE = {"00107": ("王小明", 88_1234), "E/9": ("Li Lei", 77_5678)}
TOLD = ("王小明", "Li Lei", "88.12", "77.57", "165.69", "00107", "E/9", "E%2F9")
"""What nobody but human resources and the person may read."""


def _report(name: str, context: ReportContext, who: str, e4: int, *, private: bool) -> Report:
    return context.report(
        id="R15", name=name, title=say("Statement of account"), headline=say("You owe {amount}, nothing of it overdue", amount=Money(e4, "currency")),
        subtitle=with_heading(Name(who), Name("R15")), tiles=[Tile(say("Balance"), Money(e4, "currency"))], tables=(), private=private,
        sections=[Section("section_own", say("Account"), Name(who), (Notes((Name(who),)),))],
    )  # fmt: skip


def one_each(marts: Marts, context: ReportContext) -> list[Report]:
    return [_report(party_name("personal", code), context, who, e4, private=True) for code, (who, e4) in PEOPLE.items()]


def of_all(marts: Marts, context: ReportContext) -> list[Report]:
    return [_report("staff", context, "everybody", sum(e4 for _, e4 in PEOPLE.values()), private=False)]


@dataclass(frozen=True)
class Laid:
    """A portal and shelf with reports for people, and the manifest entries."""

    root: Path
    entries: list[portal.ReportEntry]

    def text(self, page: str) -> str:
        return (self.root / "portal" / page).read_text("utf-8")


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laid:
    kinds = (
        *build.REPORTS,
        build.Kind("R15", "staff", say("Account"), "hr", (), of_all),
        build.Kind("R15", "personal", say("Account"), "person", (), one_each, per="person"),
    )
    monkeypatch.setattr(build, "REPORTS", kinds)
    context, marts = sample.context(), sample.marts()
    entries = []
    for _, report in build.build_all(marts, context):
        folder = tmp_path / "shelf" / "2026-10" / f"{report.id}_{report.name}" / "0123456789ab"
        folder.mkdir(parents=True)
        links: dict[Language, portal.Links] = {}
        for language in report.languages:
            for suffix in ("html", "xlsx"):
                (folder / report.file_name(language, suffix)).write_text(html.page(report, language) if suffix == "html" else "", "utf-8")
            above = f"../shelf/2026-10/{quote(folder.parent.name)}/{folder.name}/"
            links[language] = portal.Links(**{s: above + quote(report.file_name(language, s)) for s in ("html", "xlsx")})  # type: ignore[typeddict-item]
        entries.append(portal.report_entry(report, "v1", links))
    shown = portal.period_manifest(context, entries, marts["quarantine"])
    published = {"2026-10": [Published(n, str(n) * 64, shown, {"headline": {}, "withheld": "x"} if n > 1 else {}) for n in (1, 2)]}
    sign_off = SignOff({}, pl.DataFrame(), {}, published)
    (tmp_path / "portal").mkdir()
    for name, text in portal.pages([shown], None, sample.company(), sign_off).items():
        target = tmp_path / "portal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return Laid(tmp_path, entries)


def test_a_person_has_a_folder_with_their_own_and_human_resources_leads_to_all(laid: Laid) -> None:
    own = laid.text("person/00107/index.en.html")
    assert "王小明 00107" in own
    assert "CNY 88.12" in own
    assert not [word for word in ("Li Lei", "77.57", "165.69", "E/9", "E%2F9") if word in own]
    other = laid.text("person/E%2F9/index.html")
    assert "77.57" in other
    assert "88.12" not in other
    staff = laid.text("hr/index.en.html")
    assert "165.69" in staff
    assert 'href="../person/00107/index.en.html"' in staff
    assert not [word for word in ("88.12", "77.57") if word in staff], "the list of folders tells no figures"
    assert [line for line in astray(laid.root) if "person" in line or "/hr/" in line] == []
    assert [entry["audience"] for entry in laid.entries[-3:]] == ["hr", "person:00107", "person:E/9"]


def test_no_page_of_others_tells_of_them(laid: Laid) -> None:
    shared = [path for path in (laid.root / "portal").rglob("*.html") if path.parent.parent.name != "person" and path.parent.name != "hr"]
    assert len(shared) >= 15
    for path in shared:
        text = path.read_text("utf-8")
        assert not [word for word in (*TOLD, "staff.", "personal_") if word in text], path


def test_letters_to_others_say_nothing_of_them(laid: Laid) -> None:
    def manifest(mark: str) -> dict[str, object]:
        reports = [{"id": e["id"], "name": e["name"], "digest": mark + e["name"], "entry": e} for e in laid.entries]
        withheld = [{"id": "R15", "name": "personal_00107", "why": "王小明"}]
        return {"reports": reports, "withheld": withheld, "as_of": "2026-10-31", "finding_counts": {}, "publication": 2, "portal": {"reports": laid.entries}}

    company, period = Text("T", "T", "T"), sample.context().period
    first = events.published(company, period, manifest("a"), "")
    second = events.new_version(company, period, manifest("b"), manifest("a"), (), "")
    reader = Reader("en")
    told = json.dumps([letters.text(letter, reader) for letter in (first, second)], ensure_ascii=False)
    assert not [word for word in TOLD if word in told]
    number = len([e for e in laid.entries if e["audience"] not in ("hr",) and not e["audience"].startswith("person")])
    assert f"{number} reports have changed" in told
    own = letters.text(events.personal(company, period, [{"entry": laid.entries[-1]}]), reader)
    assert "meant for you alone" in own
    assert not [word for word in TOLD if word in own], "what it says stands in the file"
