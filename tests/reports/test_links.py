"""Every link on every page leads to a file that is there, or to a place on its own page."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.reports import build, portal
from pipelines.reports.writers import html
from tests.reports import sample
from tests.reports.test_contents import quality

RETURNED = "苏州丰收/10月.xlsx"


def laid_out(root: Path, periods: tuple[str, ...]) -> None:
    """A home's shelf and portal with every page; workbooks are empty files."""
    manifests = []
    for period in periods:
        context, marts = sample.context(period=period), sample.marts()
        entries = []
        for _, report in build.build_all(marts, context):
            folder = root / "shelf" / period / f"{report.id}_{report.name}" / "0123456789ab"
            folder.mkdir(parents=True)
            links: dict[Language, portal.Links] = {}
            for language in report.languages:
                page, book = report.file_name(language, "html"), report.file_name(language, "xlsx")
                (folder / page).write_text(html.page(report, language), encoding="utf-8")
                (folder / book).touch()
                above = f"../shelf/{period}/{folder.parent.name}/{folder.name}"
                links[language] = portal.Links(html=f"{above}/{page}", xlsx=f"{above}/{book}")
            entries.append(portal.report_entry(report, "v1", links))
        manifests.append(portal.period_manifest(context, entries, marts["quarantine"], {RETURNED: "../shelf/returned/10月.xlsx"}))
    (root / "shelf" / "returned").mkdir()
    (root / "shelf" / "returned" / "10月.xlsx").touch()
    for name, text in portal.pages(manifests, quality(), sample.company()).items():
        target = root / "portal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def astray(root: Path) -> list[str]:
    """Links that lead nowhere, with their pages."""
    found = []
    for path in sorted(root.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        # A figure's number leads to its explanation, which the page itself makes.
        places = set(re.findall(r'\bid="([^"]+)"', text)) | set(re.findall(r'class="why" href="#(N-[A-Z2-7]{8})"', text))
        for link in re.findall(r'\bhref="([^"]*)"', text):
            target, _, place = link.partition("#")
            there = (path.parent / unquote(target)).is_file() if target else place in places
            if not there:
                found.append(f"{path.relative_to(root)}: {link}")
    return found


@pytest.mark.parametrize("periods", [("2026-10",), ("2026-10", "2026-12")])
def test_every_link_leads_somewhere(tmp_path: Path, periods: tuple[str, ...]) -> None:
    laid_out(tmp_path, periods)
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) >= 9 * len(LANGUAGES)
    assert astray(tmp_path) == []


def test_a_link_astray_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="b.html">b</a><a href="#c">c</a><p id="d"><a href="#d">d</a>', encoding="utf-8")
    assert astray(tmp_path) == ["a.html: b.html", "a.html: #c"]


def test_a_folder_without_reports_has_no_card(tmp_path: Path) -> None:
    laid_out(tmp_path, ("2026-10",))
    index = (tmp_path / "portal" / "index.en.html").read_text(encoding="utf-8")
    assert "0 reports" not in index
    assert 'href="dealer/index.en.html"' not in index
    assert 'href="finance/index.en.html"' in index


def test_statements_are_named_by_their_customers(tmp_path: Path) -> None:
    laid_out(tmp_path, ("2026-10", "2026-12"))
    index = (tmp_path / "portal" / "index.en.html").read_text(encoding="utf-8")
    assert 'href="dealer/index.en.html"' in index
    folder = (tmp_path / "portal" / "dealer" / "index.zh-Hant.html").read_text(encoding="utf-8")
    assert "對帳單 00101" in folder
