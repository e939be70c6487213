"""What is published and what waits, in a few lines for a terminal. Reads what runs have written; changes nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from assets.standing import WAITING
from pipelines.errors import ClosebookError
from pipelines.publish import close, waiting
from pipelines.publish.close import Standing
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Shelf


def status(home: Path) -> str:
    """One line a period and report. Raises ``ClosebookError`` when nothing was published in ``home``."""
    manifests = Shelf(home / "shelf", home / "manifests").all_manifests()
    if not manifests:
        raise ClosebookError(f"{home}: nothing is published here yet. 'closebook run' closes a period.")
    entries = Journal(home).entries()
    # A home that an earlier version closed periods in has no such list before the next run.
    waits = pl.read_parquet(home / WAITING) if (home / WAITING).is_file() else pl.DataFrame(schema=waiting.SCHEMA)
    lines = []
    for manifest in manifests:
        refused = manifest["refused"]
        lines.append(
            f"{manifest['period']}  as of {manifest['as_of']}, known at {manifest['known_at']}; "
            f"refused: {refused['files']} files, {refused['rows']} rows; findings: {manifest['finding_counts']}"
        )
        lines.append(f"  {_standing(close.standing(entries, manifest['period']))}")
        mine = waits.filter(pl.col("period") == manifest["period"])
        lines += [f"  waits to be opened for: {line}" for line in waiting.said(mine).splitlines()]
        for report in manifest["reports"]:
            lines.append(f"  {report['id']:<4} {report['name']:<18} v{report['version']}  {report['state']:<9} "
                         f"{report['checks_passed']} of {report['checks_total']} checks passed")
        for report in manifest["withheld"]:
            lines.append(f"  {report['id']:<4} {report['name']:<18} not published: {report['why']}")
    return "\n".join(lines) + "\n"


def _standing(now: Standing) -> str:
    signed = [
        f"{one.role} {one.by} ({'suspended' if one.suspended else 'key' if one.authenticated else 'declared'})" for one in now.signatures
    ]
    state = "closed" if now.closed else f"opened again by {now.reopened.by}" if now.reopened else "not closed"
    return f"publication {now.publication} {now.digest[:12]}, {state}; signed: {', '.join(signed) or 'nobody'}"
