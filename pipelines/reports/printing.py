"""Every file of a report, in all its languages and both formats, with the digests of the seals that they carry.

What a page or a workbook looks like is ``html``'s and ``excel``'s business, where the files go ``publish``'s.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.reports import excel, html
from pipelines.reports.model import Report


def printed(report: Report, version: str, explained: Mapping[str, str] | None = None) -> tuple[dict[str, bytes], dict[str, str]]:
    """The files by name, and the digest of the seal of each workbook and page; ``version`` is the report's content hash.

    ``explained``: where figures are explained, see ``html.sealed``.
    """
    files: dict[str, bytes] = {}
    proofs: dict[str, str] = {}
    for language in report.languages:
        page, book = report.file_name(language, "html"), report.file_name(language, "xlsx")
        text, seal = html.sealed(report, language, version, explained)
        files[page], proofs[page] = text.encode(), seal.digest
        several, seal = excel.sealed(report, language, version)
        files, proofs[book] = files | several, seal.digest
    return files, proofs
