"""A page is touched, and the table, row and column, or the paragraph is named."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts.model import LANGUAGES
from pipelines.errors import ClosebookError
from pipelines.proof.page import split, untied
from pipelines.proof.proving import prove
from pipelines.reports.writers import html
from tests.reports.showcase import report


@cache
def published() -> str:
    return html.page(report(), "en")


def sentences(page: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "page.html"
    path.write_text(page, "utf-8", newline="")
    return [touch.sentence for touch in prove(path).touched]


def test_an_untouched_page_proves_itself_whatever_its_line_ends(tmp_path: Path) -> None:
    for language in LANGUAGES:
        assert sentences(html.page(report(), language), tmp_path) == []
    assert sentences(published().replace("\n", "\r\n"), tmp_path) == []
    assert untied(published(), "✔") == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.integers(0, 10**6), digit=st.integers(1, 9))
def test_a_random_number_in_a_random_table_is_named_by_row_and_column(tmp_path: Path, pick: int, digit: int) -> None:
    page = split(published())[0]
    cells = [(found, row) for row in re.finditer(r"<tr.*?</tr>", page, re.DOTALL) if "<td" in row[0]
             for found in re.finditer(r'<td class="num[^>]*>([^<]*\d)</td>', page[row.start() : row.end()])]  # fmt: skip
    found, row = cells[pick % len(cells)]
    start = row.start() + found.end(1) - 1
    was = page[start]
    now = str((int(was) + digit) % 10)
    told = sentences(published()[:start] + now + published()[start + 1 :], tmp_path)
    says = f"it says '{found[1][:-1]}{now}' now"
    assert len(told) == 1
    assert says in told[0]
    assert re.match(r"the table( \d+)? under '.*', row \d+( \('.*'\))?, column .*: ", told[0])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("<li>", "<li>not ", "the note"),
        ("<h2>", "<h2>Not ", "the headline 'Not "),
        ("</style>", "td { color: red }</style>", "the page's style: it was changed"),
        ('<div class="sections">', '<div class="sections">Hello', "the markup before it was changed"),
        ('<text ', '<text x="0">9</text><text ', "column Actual over plan: it says '9 48,205' now"),
        ("data-v=\"", "data-v=\"9", "how it is shown or sorted was changed"),
    ],
)  # fmt: skip
def test_texts_drawings_and_markup(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in published()
    found = sentences(published().replace(before, after, 1), tmp_path)
    assert len(found) == 1
    assert told in found[0]


def test_rows_taken_out_and_tie_outs_that_do_not_hold(tmp_path: Path) -> None:
    body = published().index("<tbody>")
    row = re.search(r"<tr.*?</tr>", published()[body:], re.DOTALL)
    assert row is not None
    assert [one.rpartition(": ")[2] for one in sentences(published().replace(row[0], "", 1), tmp_path)] == ["row 1 was taken out."]
    part = published().index('id="reconciliation"')
    page = published()[:part] + re.sub(r'(<td class="num">)186,884,000\.00', r"\g<1>186,884,001.00", published()[part:], count=1)
    assert "186,884,001.00 less 186,884,000.00 is not 0.00" in untied(page, "✔")[0]


def test_a_page_without_its_seal_and_files_that_are_no_reports(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(split(published())[0], "utf-8")
    assert "is missing" in prove(path).problems[0]
    path.write_text(published().replace('"piece ', '"Piece ', 1), "utf-8")
    assert "was altered" in prove(path).problems[0]
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(ClosebookError, match="none of our reports"):
        prove(path)
