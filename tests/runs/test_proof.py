"""Every published file, workbooks and pages, proves itself against its home."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.proof.proving import prove
from tests.runs.conftest import Closed

pytestmark = pytest.mark.slow


def published(closed: Closed, suffix: str) -> list[Path]:
    return sorted((closed.home / "shelf" / "2026-10").rglob(f"*.{suffix}"))


def test_every_published_file_is_what_its_home_says(demo_closed: Closed) -> None:
    files = [*published(demo_closed, "xlsx"), *published(demo_closed, "html")]
    assert len(files) > 40
    for path in files:
        found = prove(path, demo_closed.home)
        assert (found.touched, found.problems) == ([], []), path
        assert found.origin[0].startswith("It is publication 1 of 2026-10, R")
        assert found.origin[-1] == "Nobody has signed publication 1."
