"""What has arrived or changed for a closed period and waits until somebody opens it. Opening is ``close``'s.

Documents that came late wait as they are; of master data, plans and the company's folder waits what differs from what the
publication was made of, as far as it holds in the period. What these differences move in the figures is ``metrics.restatement``'s.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.company.calendar import Calendar, Period
from pipelines.company.covers import cover_of
from pipelines.contracts.model import Contract
from pipelines.sources.mixing import kind_of

SCHEMA = pl.Schema(
    {
        "period": pl.String(), "kind": pl.String(), "source_file": pl.String(), "sender": pl.String(), "arrived_at": pl.String(),
        "table": pl.String(), "rows": pl.Int64(), "amount": pl.Int64(),
    }
)  # fmt: skip
"""One row a file and table. ``kind``: ``document``, ``master_data``, ``plan``, ``policy``; a policy has no table, its file stands in the
company's folder and its rows are lines. ``rows`` of a document are those of the file, of anything else those that differ."""
POLICY = "policy"
_MOVES_NO_FIGURE = frozenset({"people.yaml", "delivery.yaml"})
"""Files of a company's folder that say who may sign and who is written to."""
_SINCE = ("valid_from", "from")


def late_documents(
    facts: Mapping[str, pl.DataFrame], contracts: Mapping[str, Contract], files: pl.DataFrame, published: Mapping[Period, Collection[str]]
) -> pl.DataFrame:
    """Live files that are not among the deliveries that a period was ``published`` from and have documents of it: rows and amount.

    A row is of a period by its contract's business day or its column ``period``. In the order of ``published``.
    """
    place = ["source_file", "source_sha256"]
    live = files.filter(pl.col("status") == "live").select("delivery", *place, "sender", "arrived_at").unique()
    parts = [
        live.filter(~pl.col("delivery").is_in(list(known))).drop("delivery").unique()
        .with_columns(_order=pl.lit(order), period=pl.lit(period.key))
        for order, (period, known) in enumerate(published.items())
    ]  # fmt: skip
    late = pl.concat(parts)
    said = ["_order", "period", "source_file", "sender", "arrived_at"]
    found = []
    for table, frame in facts.items():
        contract = contracts[table]
        if late.is_empty() or frame.is_empty() or kind_of(contract) != "document" or not (contract.dated or "period" in frame.columns):
            continue
        period = pl.col("period")
        if contract.dated:
            day = pl.col(contract.dated).cast(pl.Date)
            period = pl.coalesce(pl.when(day.is_between(one.start, one.end)).then(pl.lit(one.key)) for one in published)
        amount = pl.col(contract.amount) if contract.amount else pl.lit(None, pl.Int64)
        found.append(
            frame.select(*place, period=period, amount=amount)
            .join(late, on=["period", *place])
            .group_by(said)
            .agg(rows=pl.len().cast(pl.Int64), amount=pl.col("amount").sum() if contract.amount else pl.lit(None, pl.Int64))
            .with_columns(kind=pl.lit("document"), table=pl.lit(table))
        )
    if not found:
        return pl.DataFrame(schema=SCHEMA)
    return pl.concat(found).sort("_order", "arrived_at", "source_file", "table").select(SCHEMA.names())


def changed_tables(
    before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame], contracts: Mapping[str, Contract],
    facts: Mapping[str, pl.DataFrame], files: pl.DataFrame, calendar: Calendar, period: Period, *, as_of_today: bool = False,
) -> pl.DataFrame:
    """Rows of master data and plans in ``after`` that hold in ``period`` and are other ones in ``before``, by the file that has them.

    Both are judged rows by table. A version of a master that begins after the period does not count, unless masters hold as of today
    (``as_of_today``); a code that is new since counts when ``facts`` of the period name it. A row that went counts for the
    file it stood in.
    """  # fmt: skip
    came = files.unique(["source_file", "source_sha256"], keep="first", maintain_order=True)
    came = came.select("source_file", "source_sha256", "sender", "arrived_at")
    found = [pl.DataFrame(schema=SCHEMA)]
    for table in before:
        contract, kind = contracts[table], kind_of(contracts[table])
        if before[table].equals(after[table]):
            continue
        if kind == "plan":
            old, new = (_planned(side[table], calendar, period) for side in (before, after))
            grain = list(contract.grain)
        else:
            old, new = (_held(side[table], contract, date.max if as_of_today else period.end) for side in (before, after))
            grain = [*(name for name in contract.grain if name != contract.dated), "_since"]
            new = _old_or_named(new, old, table, contract, contracts, facts, period)
        content = [name for name in new.columns if name not in contract.staged_schema or name in contract.schema]
        content = [name for name in content if name != contract.dated]
        gone = old.join(new, on=content, how="anti", nulls_equal=True)
        come = new.join(old, on=content, how="anti", nulls_equal=True)
        differs = pl.concat([come, gone.join(come, on=grain, how="anti", nulls_equal=True)])
        found.append(
            differs.join(came, on=["source_file", "source_sha256"], how="left")
            .group_by("source_file", "sender", "arrived_at")
            .agg(rows=pl.len().cast(pl.Int64))
            .with_columns(period=pl.lit(period.key), kind=pl.lit(kind), table=pl.lit(table), amount=pl.lit(None, pl.Int64))
            .select(SCHEMA.names())
        )
    return pl.concat(found)


def _planned(frame: pl.DataFrame, calendar: Calendar, period: Period) -> pl.DataFrame:
    """Rows that plan something of ``period``: its own, those of its weeks, of its quarter, of its year."""
    spans = {key: cover_of(key, calendar) for key in frame["period"].unique().sort()}
    mine = [key for key, span in spans.items() if span and span.start <= period.end and span.end >= period.start]
    return frame.filter(pl.col("period").is_in(mine))


def _held(frame: pl.DataFrame, contract: Contract, until: date) -> pl.DataFrame:
    """The versions of a master up to ``until``, each with the day ``_since`` which it says something else than the one before.

    The first version of a code holds since ever: it has no such day.
    """
    dated = str(contract.dated)
    codes = [name for name in contract.grain if name != dated]
    said = [name for name in contract.schema if name != dated]
    rows = frame.sort(*codes, dated, *said)
    is_first = pl.int_range(pl.len()).over(codes) == 0 if contract.versioned else pl.lit(value=False)
    again = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1).over(codes)) for name in said)
    rows = rows.with_columns(_first=is_first, _again=again & (pl.int_range(pl.len()).over(codes) > 0))
    rows = rows.filter(~pl.col("_again") & (pl.col("_first") | (pl.col(dated) <= until)))
    return rows.with_columns(_since=pl.when(~pl.col("_first")).then(pl.col(dated))).drop("_first", "_again")


def _old_or_named(
    new: pl.DataFrame, old: pl.DataFrame, table: str, contract: Contract, contracts: Mapping[str, Contract],
    facts: Mapping[str, pl.DataFrame], period: Period,
) -> pl.DataFrame:  # fmt: skip
    """``new`` without the codes that there were not before, begin after ``period``, and are named by none of its documents."""
    code = [name for name in contract.grain if name != contract.dated][-1]
    later = new.filter(pl.col("_since").is_null(), pl.col(str(contract.dated)) > period.end).join(old, on=code, how="anti")
    if later.is_empty():
        return new
    named = []
    for other, frame in facts.items():
        dated = contracts[other].dated
        if dated is None or kind_of(contracts[other]) != "document":
            continue
        by = [column.name for column in contracts[other].columns if column.references == f"{table}.{code}"]
        inside = frame.filter(pl.col(dated).cast(pl.Date).is_between(period.start, period.end)) if by else frame
        named += [inside.select(pl.col(name).alias(code)) for name in by]
    known = pl.concat(named).unique() if named else later.select(code).clear()
    unnamed = later.join(known, on=code, how="anti")
    return new.join(unnamed, on=[name for name in contract.grain if name != contract.dated], how="anti")


def changed_policies(before: Path, after: Path, period: Period) -> pl.DataFrame:
    """Files of the company's folder that say something else of ``period`` than in the folder ``before``, with how many lines of it.

    What begins after the period's end is left out on both sides, as are comments and the order of keys.
    """
    def files(folder: Path) -> dict[str, Path]:
        paths = [path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".csv", ".sql")]
        return {name: path for path in paths if (name := path.relative_to(folder).as_posix()) not in _MOVES_NO_FIGURE}

    old, new = files(before), files(after)
    counts: dict[str, int] = {}
    for name in sorted({*old, *new}):
        # Most files are the same: only those that are not are understood.
        if name not in old or name not in new or old[name].read_bytes() != new[name].read_bytes():
            one, other = (_lines(side[name], period.end) if name in side else [] for side in (old, new))
            counts[name] = _differing(one, other)
    rows = [(period.key, POLICY, name, "", None, POLICY, count, None) for name, count in counts.items() if count]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _lines(path: Path, until: date) -> list[str]:
    text = path.read_text("utf-8-sig")
    if path.suffix == ".yaml":
        return yaml.safe_dump(_until(yaml.safe_load(text), until), allow_unicode=True, width=4096).splitlines()
    if path.suffix == ".csv":
        return [str(row) for row in _until(list(csv.DictReader(text.splitlines())), until)]
    return text.splitlines()


def _until(said: Any, until: date) -> Any:
    """What was read from a file without the entries of lists that begin after ``until``."""
    if isinstance(said, dict):
        return {name: _until(value, until) for name, value in said.items()}
    if isinstance(said, list):
        return [_until(one, until) for one in said if not _begins_after(one, until)]
    return said


def _begins_after(one: Any, until: date) -> bool:
    since = next((one[name] for name in _SINCE if name in one), None) if isinstance(one, dict) else None
    return since is not None and str(since) > until.isoformat()


def _differing(old: list[str], new: list[str]) -> int:
    """Lines that are other ones, counting a changed line once."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return sum(max(i2 - i1, j2 - j1) for tag, i1, i2, j1, j2 in matcher.get_opcodes() if tag != "equal")


def said(waits: pl.DataFrame) -> str:
    """What waits for a terminal, a line a file and table."""
    lines = []
    for row in waits.iter_rows(named=True):
        what = {
            "document": f"rows of {row['table']}", POLICY: "lines changed in the company's folder",
        }.get(row["kind"], f"rows of {row['table']} changed")  # fmt: skip
        lines.append(f"{row['source_file']}: {row['rows']} {what}\n")
    return "".join(lines)
