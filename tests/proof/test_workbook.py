"""A workbook's seal: what is in the file, whichever program saved it last."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.contracts.model import LANGUAGES, Language
from pipelines.proof.cells import seal_of
from pipelines.proof.seal import read_seal
from pipelines.proof.workbook import open_workbook
from pipelines.reports.digest import content_digest
from pipelines.reports.writers import excel
from tests.reports.showcase import report


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_sealed_while_writing_is_what_stands_in_the_file(tmp_path: Path, language: Language) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(excel.book(report(), language)[report().file_name(language, "xlsx")])
    found = open_workbook(path)
    assert found.seal is not None
    seal = read_seal(found.seal)
    assert seal_of(found.book, seal.identity).written() == found.seal
    assert (seal.identity.period, seal.identity.language, seal.identity.version) == (report().period.key, language, content_digest(report()))
    assert len(found.book.leaves) == len(report().sections) + 3
    assert not found.seal_is_shown
