"""A changed layout tried against all that ever landed, before it goes live.

Every landed file that the present layout or the changed one is for is read by both, and compared: which files are refused,
how many rows and faults there are, which rows say something else. Nothing is kept; what goes live is another's decision.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.company.company import Company
from pipelines.company.layouts import Layout
from pipelines.contracts import CONTRACTS, PROVENANCE
from pipelines.errors import ConfigurationError
from pipelines.sources.intake import Kept, read_by
from pipelines.sources.ledger import Ledger, matches

_SIDES = ("before", "after")
_PLACE = tuple(PROVENANCE)


@dataclass(frozen=True)
class Trial:
    """What a changed layout would change.

    ``files``: one row a landed file: ``source_file, source_sha256``, then each with ``_before`` and ``_after``: ``status`` (``read
    rejected``, empty where the layout is not for the file)``, rows, faults, amount`` (of the contract's amount column, null without)``,
    rule, rule_values, reason``; and ``gone, new``: rows that only the one reading has.
    ``rows``: those rows, with ``side`` (``before after``), where they stand, and the columns of the table.
    ``faults``: the cells that only the one reading cannot read, with ``side``.
    """

    files: pl.DataFrame
    rows: pl.DataFrame
    faults: pl.DataFrame

    @property
    def changed(self) -> pl.DataFrame:
        """The files that would be read otherwise than now."""
        pairs = [f"{name}_before" for name in ("status", "faults", "rule")]
        differs = pl.any_horizontal(pl.col(one).ne_missing(pl.col(one.replace("_before", "_after"))) for one in pairs)
        return self.files.filter(differs | (pl.col("gone") > 0) | (pl.col("new") > 0))


def try_layout(ledger: Ledger, company: Company, name: str, layout: Layout) -> Trial:
    """Read all landed files by the company's layout ``name`` (if there is one) and by ``layout``, and compare.

    The file's own dates decide nothing here: a layout is tried on every file that its globs fit. Raises ``ConfigurationError`` for a
    statement over several files, and where the two are for different tables.
    """
    present = company.layouts.get(name)
    if layout.query or (present is not None and present.query):
        raise ConfigurationError(f"{name}: a statement over several files cannot be tried on each of them.")
    if present is not None and present.table != layout.table:
        raise ConfigurationError(f"{name} is for {present.table}, the changed layout for {layout.table}. Give it a name of its own.")
    landed = ledger.files().unique(["source_file", "source_sha256"], keep="last", maintain_order=True).sort("source_file", "arrived_at")
    entries = landed.to_dicts()
    kept: dict[str, Kept | None] = {}
    for side, form in zip(_SIDES, (present, layout), strict=True):
        mine = [_entry(row) for row in entries if form is not None and any(matches(row["source_file"], glob) for glob in form.files)]
        kept[side] = read_by(name, form, mine, ledger, company) if form is not None else None
    return _compared(landed, kept, layout)


def _entry(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("delivery", "source_file", "source_sha256", "sender", "cover", "arrived_at")}


def _compared(landed: pl.DataFrame, kept: dict[str, Kept | None], layout: Layout) -> Trial:
    contract = CONTRACTS[layout.table]
    columns = [*_PLACE, *contract.schema.names()]
    files = landed.select("delivery", "source_file", "source_sha256")
    rows: dict[str, pl.DataFrame] = {}
    faults: dict[str, pl.DataFrame] = {}
    for side in _SIDES:
        one = kept[side]
        if one is None:
            files = files.with_columns(pl.lit(None, dtype).alias(f"{name}_{side}") for name, dtype in _SUMMARY.items())
            continue
        rows[side], faults[side] = one.rows.select(columns), one.faults.select(*_PLACE, "column", "cell", "rule", "severity", "found")
        count = one.faults.group_by("source_file", "source_sha256").len("faults").cast({"faults": pl.Int64})
        summary = one.seen.select(
            "delivery", "status", "rows", "rule", "rule_values", "reason",
            amount=pl.Series([json.loads(sums).get(contract.amount) for sums in one.seen["sums"]], dtype=pl.Int64),
        )  # fmt: skip
        summary = files.select("delivery", "source_file", "source_sha256").join(summary, on="delivery", how="inner")
        summary = summary.join(count, on=["source_file", "source_sha256"], how="left").with_columns(pl.col("faults").fill_null(0))
        summary = summary.select("delivery", *(pl.col(name).cast(dtype).alias(f"{name}_{side}") for name, dtype in _SUMMARY.items()))
        files = files.join(summary, on="delivery", how="left", maintain_order="left")
    some = files.filter(pl.col("status_before").is_not_null() | pl.col("status_after").is_not_null())
    empty_rows, empty_faults = (next(iter(found.values())).clear() for found in (rows, faults))
    before, after = rows.get("before", empty_rows), rows["after"]
    differing = {"before": _without(before, after), "after": _without(after, before)}
    odd = {"before": _without(faults.get("before", empty_faults), faults["after"])}
    odd["after"] = _without(faults["after"], faults.get("before", empty_faults))
    for side, label in zip(_SIDES, ("gone", "new"), strict=True):
        number = differing[side].group_by("source_file", "source_sha256").len(label).cast({label: pl.Int64})
        some = some.join(number, on=["source_file", "source_sha256"], how="left", maintain_order="left")
    some = some.with_columns(pl.col("gone", "new").fill_null(0), pl.col("^status_.*$").fill_null("")).drop("delivery")
    return Trial(some, _beside(differing), _beside(odd))


_SUMMARY: dict[str, pl.DataType] = {
    "status": pl.String(), "rows": pl.Int64(), "faults": pl.Int64(), "amount": pl.Int64(), "rule": pl.String(),
    "rule_values": pl.String(), "reason": pl.String(),
}  # fmt: skip


def _without(rows: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return rows.join(others, on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")


def _beside(parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The two sides below one another, by place."""
    frames = [part.with_columns(side=pl.lit(side)) for side, part in parts.items()]
    return pl.concat(frames).sort(*_PLACE, "side", descending=[False] * len(_PLACE) + [True], maintain_order=True)
