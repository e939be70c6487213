"""Every file of a report, in all its languages and both formats, with the digests of the seals that they carry.

What a page or a workbook looks like is ``html``'s and ``excel``'s business, where the files go ``publish``'s.
"""

from __future__ import annotations

import io

from pipelines.reports.model import Report
from pipelines.reports.reasons.explaining import Reasons
from pipelines.reports.writers import excel, html

FIGURES = "figures.parquet"
"""Beside the files that are read: every explained figure of the report, for ``closebook explain``."""


def printed(report: Report, version: str, reasons: Reasons | None = None) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files by name, and the digest of the seal of each workbook and page; ``version`` is the report's content hash.

    ``reasons`` explain the pages' figures at a click; with them goes the index :data:`FIGURES`.
    """
    files: dict[str, bytes] = {}
    if reasons and reasons.tables:
        kept = io.BytesIO()
        reasons.index().write_parquet(kept)
        files[FIGURES] = kept.getvalue()
    proofs: dict[str, str] = {}
    for language in report.languages:
        page, book = report.file_name(language, "html"), report.file_name(language, "xlsx")
        text, seal = html.sealed(report, language, version, reasons)
        files[page], proofs[page] = text.encode(), seal.digest
        several, seal = excel.sealed(report, language, version)
        files, proofs[book] = files | several, seal.digest
    return files, proofs
