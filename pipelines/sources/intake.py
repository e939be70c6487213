"""Every landed delivery read once, and each table's rows judged together.

What a layout reads out of one file is ``shape``'s and ``parse``'s business; which delivery counts is ``ledger``'s. Here files
are read in bulk, what was read is kept by content and layout, statements over several files are run, and the
live rows of a table go to ``quality.judge``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import storage
from pipelines.company.calendar import Calendar
from pipelines.company.company import Company
from pipelines.company.covers import cover_of
from pipelines.company.layouts import ColumnSpec, Layout
from pipelines.contracts import CONTRACTS, Contract
from pipelines.contracts.confirmation import CONFIRMATION
from pipelines.contracts.field import PERIOD_KEY
from pipelines.contracts.marts_control import FAULT_SCHEMA
from pipelines.errors import ConfigurationError, LayoutError, RefusedFile, UnknownPeriod, UnreadableFile
from pipelines.quality.judge import judge, no_faults
from pipelines.sources.captures import capture
from pipelines.sources.facts import ADDED
from pipelines.sources.ledger import FILES_SCHEMA, Ledger, Settlement, as_json, delivered_tables, resolve
from pipelines.sources.naming import named_rows
from pipelines.sources.odd_rows import odd_rows
from pipelines.sources.parse import parse_readings
from pipelines.sources.reader import Workbook, read
from pipelines.sources.shape import FILE, Context, Reading, Readings, empty_form, shape_all, unfilled
from pipelines.sources.slips import odd_slips

LETTERS = pl.Schema(
    {
        "source_sha256": pl.String(), "source_sheet": pl.String(), "source_column": pl.String(), "column": pl.String(),
        "from_row": pl.Int64(), "letter": pl.String(),
    }
)  # fmt: skip
TOTALS = pl.Schema(
    {
        "delivery": pl.String(), "layout": pl.String(), "source_file": pl.String(), "source_sha256": pl.String(),
        "source_sheet": pl.String(), "source_row": pl.Int64(), "column": pl.String(), "cell": pl.String(),
        "stated": pl.Int64(), "computed": pl.Int64(),
    }
)  # fmt: skip
COUNTS = pl.Schema({"delivery": pl.String(), "layout": pl.String(), "reason": pl.String(), "rows": pl.Int64()})
BESIDE: dict[str, pl.DataType] = {"delivery": pl.String(), "layout": pl.String(), "sender": pl.String()}
"""Columns of a raw frame beside the staged schema: which delivery brought the row."""

TOGETHER = 20_000
"""Lines of several files of one layout that are parsed together."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Intake:
    """Everything that reading knows: the rows of each table, and an account of what became of every delivered row.

    ``rows``: by table, staged schema + ``delivery, layout, sender``, live deliveries only. ``counts``: rows by reason
    (``delivered rows left_out total blank …``). ``letters``: which column of a sheet is which of ours.
    """

    rows: dict[str, pl.DataFrame]
    faults: pl.DataFrame
    totals: pl.DataFrame
    letters: pl.DataFrame
    counts: pl.DataFrame
    files: pl.DataFrame
    delivered: frozenset[str]
    """Tables for which at least one file was read."""


@dataclass
class Kept:
    """What was read by one layout, by delivery; ``seen`` are the deliveries that need no reading."""

    rows: pl.DataFrame
    faults: pl.DataFrame
    totals: pl.DataFrame
    letters: pl.DataFrame
    counts: pl.DataFrame
    seen: pl.DataFrame


_SEEN = pl.Schema(
    {"delivery": pl.String(), "status": pl.String(), "reason": pl.String(), "cover": pl.String(), "rows": pl.Int64(), "sums": pl.String(),
     "rule": pl.String(), "rule_values": pl.String()}
)  # fmt: skip


class _Opened:
    """Files by content: one that several layouts read is opened once, and held until the last of them has. Large ones are not."""

    def __init__(self, ledger: Ledger, files: pl.DataFrame, company: Company) -> None:
        self.ledger = ledger
        self.held: dict[_Key, Workbook | UnreadableFile] = {}
        entries = files.select("source_sha256", "layout").iter_rows()
        self.wanted = Counter(_key(sha, company.layouts[name]) for sha, name in entries if name in company.layouts)

    def each(
        self, rows: Sequence[dict[str, Any]], layout: Layout
    ) -> Iterator[tuple[dict[str, Any], Workbook | UnreadableFile]]:
        """The deliveries with their files, opened, or why they cannot be."""
        ahead = iter([*rows[1:], None])
        for row, following in zip(rows, ahead, strict=True):
            key = _key(row["source_sha256"], layout)
            found = self.held.get(key)
            if found is None:
                then = None
                if following is not None and (later := _key(following["source_sha256"], layout)) != key and later not in self.held:
                    then = self.ledger.content(following["source_sha256"])
                try:
                    path = self.ledger.content(row["source_sha256"])
                    found = read(path, name=row["source_file"], encoding=layout.encoding, separator=layout.separator, then=then)
                except UnreadableFile as error:
                    found = error
            self.wanted[key] -= 1
            if self.wanted[key] <= 0:
                self.held.pop(key, None)
            elif isinstance(found, UnreadableFile) or all(grid.frame is None for grid in found.sheets):
                self.held[key] = found
            yield row, found


_Key = tuple[str, str | None, str | None]


def _key(sha256: str, layout: Layout) -> _Key:
    return sha256, layout.encoding, layout.separator


def take_in(ledger: Ledger, company: Company, folder: Path, say: Say = lambda _: None) -> Intake:
    """Read what the ledger holds and was not read before, settle it there, and gather the live rows of every table.

    ``folder`` keeps what was read. A file that cannot be read, or does not fit its layout, becomes an entry with its reason
    and stops nothing. Raises ``InboxError`` when two deliveries turn out to claim the same cover.
    """
    files = ledger.files()
    kept, frames, settlements = _opened_and_read(files, ledger, company, folder, say)
    files = ledger.settle(settlements) if settlements else files
    return _gathered(_with_statements(kept, frames, files, company), files, company)


def taken_from(
    deliveries: Collection[str], tables: Collection[str], ledger: Ledger, company: Company, folder: Path, say: Say = lambda _: None
) -> Intake:
    """What ``take_in`` gathers of ``tables`` when nothing but ``deliveries`` has come; enters nothing in the ledger.

    ``folder`` keeps what was read, so that a file that was read before is not opened again.
    """
    listed = pl.Series(sorted(deliveries), dtype=pl.String).implode()
    files = resolve(ledger.files().filter(pl.col("delivery").is_in(listed), pl.col("table").is_in(list(tables))))
    chosen = replace(company, layouts={name: layout for name, layout in company.layouts.items() if layout.table in tables})
    kept, frames, _ = _opened_and_read(files, ledger, chosen, folder, say)
    return _gathered(_with_statements(kept, frames, files, chosen), files, chosen)


_Landed = dict[str, dict[str, pl.DataFrame]]
"""The frames of each layout that has a statement, by its name and theirs."""


def _opened_and_read(
    files: pl.DataFrame, ledger: Ledger, company: Company, folder: Path, say: Say
) -> tuple[dict[str, Kept], _Landed, list[Settlement]]:
    kept: dict[str, Kept] = {}
    landed: _Landed = {}
    settlements: list[Settlement] = []
    opened = _Opened(ledger, files, company)
    for name, layout in company.layouts.items():
        mine = files.filter(pl.col("layout") == name)
        if layout.query:
            landed[name], fresh = _landed_frames(name, layout, mine, opened)
        else:
            mine = mine.filter(pl.col("frame") == "")
            if mine.is_empty():
                continue
            kept[name], fresh = _read_layout(name, layout, mine, opened, company, folder, say)
        settlements += fresh
    return kept, landed, _unless_empty(settlements, kept, files)


def _unless_empty(settlements: list[Settlement], kept: Mapping[str, Kept], files: pl.DataFrame) -> list[Settlement]:
    """``settlements`` with those forms refused that came back as they were sent out: headings, and below them nothing.

    A form of several tables is empty when all of them are. A total row says that there is nothing to report, and an ERP's export
    may have nothing to say.
    """
    by_people = [name for name, contract in CONTRACTS.items() if contract.origin != "erp"]
    people = set(files.filter(pl.col("table").is_in(by_people))["delivery"])
    parts = [one.counts for one in kept.values()]
    counts = pl.concat([pl.DataFrame(schema=COUNTS), *parts]).filter(pl.col("reason").is_in(["delivered", "total"]), pl.col("rows") > 0)
    said = {*counts["delivery"], *(one.delivery for one in settlements if one.status != "read" or one.rows != 0)}
    names = dict(files.select("delivery", "source_file").iter_rows())

    def refused(one: Settlement) -> Settlement:
        error = empty_form(names[one.delivery])
        return replace(one, status="rejected", reason=error.without(names[one.delivery]), rule=error.rule)

    return [refused(one) if one.delivery in people - said else one for one in settlements]


def _with_statements(kept: dict[str, Kept], landed: _Landed, files: pl.DataFrame, company: Company) -> dict[str, Kept]:
    """``kept`` with what the statements of layouts give whose files are all live."""
    found = dict(kept)
    for name, frames in landed.items():
        live = files.filter((pl.col("layout") == name) & (pl.col("status") == "live"))
        if set(company.layouts[name].frames) <= set(live["frame"].to_list()):
            found[name] = _asked(name, company, frames, live)
    return found


def read_by(name: str, layout: Layout, rows: Sequence[dict[str, Any]], ledger: Ledger, company: Company) -> Kept:
    """Deliveries read by a layout that need not be the company's own. Nothing of it is kept.

    ``rows``: ``delivery, source_file, source_sha256, sender, cover, arrived_at`` of each, as the ledger has them.
    """
    opened = _Opened(ledger, pl.DataFrame(schema=FILES_SCHEMA), company)
    return _merged(_read_all(name, layout, rows, opened, company), layout)


def judge_table(
    raw: pl.DataFrame, contract: Contract, masters: Mapping[str, pl.DataFrame], reading_faults: pl.DataFrame, letters: pl.DataFrame,
    company: Company,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of one table that keep its contract, and the faults of all others.

    ``masters``: staged frames of the tables that the contract refers to (and ``product``, for units; ``customer``, for slips).
    """
    known: dict[str, pl.Series | pl.DataFrame] = {}
    earlier = reading_faults.filter(pl.col("table") == contract.name)
    if raw.is_empty():
        return judge(raw, contract, known, earlier=earlier)
    for column in contract.columns:
        if column.references is None:
            continue
        table, name = column.references.split(".")
        if table == contract.name:
            continue
        frame = masters[table]
        known[column.references] = frame.select("dealer_code", name).unique() if table == "outlet" else frame[name].unique()
    raw, unnamed = named_rows(raw, contract, masters, company.layouts, earlier)
    earlier = pl.concat([earlier, unnamed])
    if "product" in masters and {"unit", "product_code"} <= set(contract.schema):
        earlier = pl.concat([earlier, _unknown_units(raw, contract, masters["product"], earlier)])
    if "closing_period" in ADDED.get(contract.name, {}):
        earlier = pl.concat([earlier, _unknown_periods(raw, contract, company.calendar, earlier)])
    if contract is CONFIRMATION:
        earlier = pl.concat([earlier, odd_slips(raw, contract, masters["customer"], company.policy.name)])
    return judge(raw, contract, known, earlier=earlier, cells=letters)


def masters_of(contract: Contract) -> list[str]:
    """The tables whose staged rows ``judge_table`` needs: those referred to, ``product`` where there are units, ``customer`` for slips."""
    referenced = {column.references.split(".")[0] for column in contract.columns if column.references} - {contract.name}
    units = {"product"} if "unit" in contract.schema and "product_code" in contract.schema and contract.name != "product" else set()
    slips = {"customer"} if contract is CONFIRMATION else set()
    return sorted(referenced | units | slips)


def judge_all(intake: Intake, company: Company, tables: Iterable[str] = CONTRACTS) -> dict[str, pl.DataFrame]:
    """The rows of ``tables`` (and of those that they refer to) that keep their contract, masters judged before what refers to them."""
    staged: dict[str, pl.DataFrame] = {}

    def judged(table: str) -> pl.DataFrame:
        if table not in staged:
            masters = {name: judged(name) for name in masters_of(CONTRACTS[table])}
            staged[table], _ = judge_table(intake.rows[table], CONTRACTS[table], masters, intake.faults, intake.letters, company)
        return staged[table]

    return {table: judged(table) for table in tables}


def _unknown_units(raw: pl.DataFrame, contract: Contract, product: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Rows whose unit is neither the product's sales unit nor its base unit: nobody could say how much that is."""
    units = pl.concat([product.select("product_code", unit=name) for name in ("unit", "base_unit")]).unique()
    named = raw.filter(pl.col("unit").is_not_null() & pl.col("product_code").is_in(product["product_code"].unique().implode()))
    odd = named.join(units, on=["product_code", "unit"], how="anti", maintain_order="left")
    if odd.is_empty():
        return no_faults()
    expected = product.unique("product_code", keep="last", maintain_order=True).select(
        "product_code", _expected=pl.concat_str(pl.col("unit"), pl.lit(" / "), pl.col("base_unit"))
    )
    rows = odd.join(expected, on="product_code", how="left", maintain_order="left")
    return odd_rows(rows, contract, "unit", earlier, rule=pl.lit("unknown_unit"), expected=pl.col("_expected"))


def _unknown_periods(raw: pl.DataFrame, contract: Contract, calendar: Calendar, earlier: pl.DataFrame) -> pl.DataFrame:
    """Rows for a month or week that the calendar does not have, such as the 53rd week of a year of 52: no report would ever show them."""
    strange = [key for key in raw["period"].unique().drop_nulls().sort() if _is_unknown(key, calendar)]
    odd = raw.filter(pl.col("period").is_in(strange))
    known = f"{calendar.periods[0].key} – {calendar.periods[-1].key}"
    return odd_rows(odd, contract, "period", earlier, rule=pl.lit("unknown_period"), expected=pl.lit(known))


def _is_unknown(key: str, calendar: Calendar) -> bool:
    if not re.fullmatch(PERIOD_KEY, key):
        return False  # that is its contract's to say
    found = cover_of(key, calendar)
    return found is None or not calendar.periods[0].start <= found.end <= calendar.periods[-1].end


def _read_layout(
    name: str, layout: Layout, mine: pl.DataFrame, opened: _Opened, company: Company, folder: Path, say: Say
) -> tuple[Kept, list[Settlement]]:
    """What ``layout`` reads out of its deliveries: from before where nothing changed, else anew."""
    place = folder / f"{name}-{_digest(layout, company.calendar)}"
    before = _load(place, layout)
    wanted = mine.filter(~pl.col("delivery").is_in(before.seen["delivery"].implode()))
    settlements = [_settlement(name, row) for row in before.seen.join(mine, on="delivery", how="semi").iter_rows(named=True)]
    if wanted.is_empty():
        return before, settlements
    say(f"reading {name}: {wanted.height} files")
    rows = wanted.sort("source_file", "arrived_at").to_dicts()
    parts = [before, *_read_all(name, layout, rows, opened, company)]
    merged = _merged(parts, layout)
    _save(place, merged)
    settlements += [_settlement(name, seen) for part in parts[1:] for seen in part.seen.iter_rows(named=True)]
    return merged, settlements


def _read_all(name: str, layout: Layout, rows: Sequence[dict[str, Any]], opened: _Opened, company: Company) -> Iterator[Kept]:
    """The deliveries opened one by one, and read about ``TOGETHER`` lines at a time."""
    waiting: list[tuple[dict[str, Any], Workbook]] = []
    lines = 0
    for row, workbook in opened.each(rows, layout):
        if isinstance(workbook, UnreadableFile):
            yield _nothing(layout, [(row, workbook)])
            continue
        waiting.append((row, workbook))
        lines += sum(grid.height for grid in workbook.sheets)
        if lines >= TOGETHER:
            yield _read(name, layout, waiting, company)
            waiting, lines = [], 0
    if waiting:
        yield _read(name, layout, waiting, company)


def _read(name: str, layout: Layout, files: Sequence[tuple[dict[str, Any], Workbook]], company: Company) -> Kept:
    contract = CONTRACTS[layout.table]
    contexts = [Context(row["source_file"], row["source_sha256"], name, row["sender"], company.calendar) for row, _ in files]
    readings = shape_all([(workbook, context) for (_, workbook), context in zip(files, contexts, strict=True)], layout)
    wrong: dict[int, RefusedFile] = dict(readings.errors)
    covers: dict[int, str | None] = {}
    sheets = _sheets_read(readings)
    for file, (row, workbook) in enumerate(files):
        if file in wrong:
            continue
        try:
            covers[file] = _cover(layout, row, workbook, sheets.get(file, set()))
        except LayoutError as error:
            wrong[file] = unfilled(workbook, layout, contexts[file]) or error
    readings = readings.without(wrong)
    parsed = parse_readings(readings, contract, layout)
    stated = [covers.get(file) or row["cover"] for file, (row, _) in enumerate(files)]
    typed = _with_business_day(parsed.frame, contract, stated, [row["arrived_at"] for row, _ in files], company)
    deliveries = pl.Series("delivery", [row["delivery"] for row, _ in files], dtype=pl.String)
    # What the path says of the sender stands in the rows, what reading teaches does not.
    typed = typed.with_columns(deliveries.gather(typed[FILE]), pl.col("sender").fill_null("")).drop(FILE)
    checked = readings.totals
    of_file = {
        "delivery": deliveries,
        "source_file": pl.Series([one.path for one in contexts], dtype=pl.String),
        "source_sha256": pl.Series([one.sha256 for one in contexts], dtype=pl.String),
        "sender": pl.Series([one.sender for one in contexts], dtype=pl.String),
    }
    checked = checked.with_columns(layout=pl.lit(name), **{key: values.gather(checked[FILE]) for key, values in of_file.items()})
    letters = readings.cells.with_columns(source_sha256=of_file["source_sha256"].gather(readings.cells[FILE]))
    heights = dict(parsed.frame[FILE].value_counts().iter_rows())
    sums: dict[int, int] = {}
    if contract.amount:
        sums = dict(parsed.frame.group_by(FILE).agg(pl.col(contract.amount).sum()).iter_rows())
    counts: list[tuple[str, str, str, int]] = []
    seen: list[tuple[str, str, str, str | None, int, str, str, str]] = []
    for file, (row, _) in enumerate(files):
        if file in wrong:
            continue
        every = {**readings.counts[file], "rows": heights.get(file, 0)}
        counts += [(row["delivery"], name, reason, n) for reason, n in sorted(every.items())]
        control = {contract.amount: sums.get(file) or 0} if contract.amount else {}
        seen.append((row["delivery"], "read", "", covers[file], heights.get(file, 0), json.dumps(control), "", "{}"))
    refused = [(files[file][0], error) for file, error in sorted(wrong.items())]
    return Kept(
        rows=typed.select(_raw_schema(contract).names()),
        faults=pl.concat([parsed.faults, _total_faults(checked, contract)]),
        totals=checked.select(pl.col(column).cast(dtype) for column, dtype in TOTALS.items()),
        letters=letters.select(LETTERS.names()),
        counts=pl.DataFrame(counts, schema=COUNTS, orient="row"),
        seen=pl.concat([pl.DataFrame(seen, schema=_SEEN, orient="row"), _refused(refused)]),
    )


def _sheets_read(readings: Readings) -> dict[int, set[str]]:
    """Names of the sheets that gave rows, by file."""
    found: dict[int, set[str]] = {}
    for file, sheet in readings.rows.select(FILE, "source_sheet").unique().iter_rows():
        found.setdefault(file, set()).add(sheet)
    return found


def _cover(layout: Layout, row: Mapping[str, Any], workbook: Workbook, names: set[str]) -> str | None:
    """The cover's key where it stands inside the file; None where the path has said it."""
    key = layout.cover.key
    if key is None or key.source == "path":
        return None
    for grid in workbook.sheets:
        if grid.name in names or not names:
            return capture(key, row["source_file"], grid, "cover").text
    raise LayoutError(f"{row['source_file']}: no sheet to read the cover from.", "file_empty")


def _with_business_day(
    typed: pl.DataFrame, contract: Contract, covers: Sequence[str | None], arrived_at: Sequence[str], company: Company
) -> pl.DataFrame:
    """Dated master data without ``valid_from``: the file's business day is the last day of its cover, else the day it arrived.

    ``covers`` and ``arrived_at`` go by the number of the ``FILE``.
    """
    if not contract.versioned or typed["valid_from"].null_count() == 0:
        return typed
    days = pl.Series([_day_of(cover, at, company) for cover, at in zip(covers, arrived_at, strict=True)], dtype=pl.Date)
    return typed.with_columns(pl.col("valid_from").fill_null(days.gather(typed[FILE])))


def _day_of(cover: str | None, arrived_at: str, company: Company) -> date:
    if cover:
        try:
            return company.calendar.period(cover).end
        except UnknownPeriod:
            pass  # not a period's key: perhaps a day
        try:
            return date.fromisoformat(cover)
        except ValueError:
            pass  # a week or half-month: the arrival dates it
    return datetime.fromisoformat(arrived_at).astimezone(ZoneInfo(company.policy.timezone)).date()


def _total_faults(totals: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """A total row that its lines do not add up to is listed at its cell; the lines stand."""
    wrong = totals.filter(pl.col("stated") != pl.col("computed"))
    if wrong.is_empty():
        return no_faults()

    def text(column: str) -> list[str]:
        from pipelines.money import plain

        return [
            format(plain(value, contract.column(name).kind.scale or 1).normalize(), "f")
            for value, name in wrong.select(column, "column").iter_rows()
        ]

    return wrong.select(
        "layout", "sender", "source_file", "source_sha256", "source_sheet", "source_row", table=pl.lit(contract.name),
        source_column=pl.lit(""),
        reason_no=pl.int_range(1, pl.len() + 1).over("source_sha256", "source_sheet", "source_row"), rule=pl.lit("total_row_differs"),
        severity=pl.lit("warning"), column="column", cell="cell", found=pl.Series(text("stated")), expected=pl.Series(text("computed")),
        document=pl.lit(""), goes_with=pl.lit(False), amount=pl.lit(None, pl.Int64), amount_unreadable=pl.lit(False),
        business_date=pl.lit(None, pl.Date), delivered=pl.lit(None, pl.String),
    ).select(pl.col(column).cast(dtype) for column, dtype in FAULT_SCHEMA.items())  # fmt: skip


# --- Statements over several delivered files ---


def _landed_frames(name: str, layout: Layout, mine: pl.DataFrame, opened: _Opened) -> tuple[dict[str, pl.DataFrame], list[Settlement]]:
    """The frames of a layout's statement: all columns as text under their headings, with where each row stands."""
    found: dict[str, list[pl.DataFrame]] = {}
    settlements = []
    rows = mine.filter(pl.col("frame") != "").sort("frame", "source_file", "arrived_at").to_dicts()
    for row, workbook in opened.each(rows, layout):
        if isinstance(workbook, UnreadableFile):
            refused = Settlement(
                row["delivery"], name, row["frame"], status="rejected", reason=workbook.without(row["source_file"]),
                rule=workbook.rule, rule_values=as_json(workbook.values),
            )  # fmt: skip
            settlements.append(refused)
            continue
        grid = workbook.sheets[layout.sheets.index or 0]
        table = grid.table()
        headings = [text or f"column_{index}" for index, text in enumerate(table.row(0))]
        body = (
            table.slice(1).rename(dict(zip(table.columns, headings, strict=True)))
            .with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
            .with_columns(
                source_file=pl.lit(row["source_file"]), source_sha256=pl.lit(row["source_sha256"]), source_sheet=pl.lit(grid.name),
                source_row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64), delivery=pl.lit(row["delivery"]),
            )
        )  # fmt: skip
        found.setdefault(row["frame"], []).append(body)
        settlements.append(Settlement(row["delivery"], name, row["frame"], rows=body.height))
    return {frame: pl.concat(parts, how="diagonal") for frame, parts in found.items()}, settlements


def _asked(name: str, company: Company, frames: dict[str, pl.DataFrame], live: pl.DataFrame) -> Kept:
    """The rows of a statement over the live files. Raises ``ConfigurationError`` with Polars' own words when it cannot be run."""
    layout = company.layouts[name]
    contract = CONTRACTS[layout.table]
    deliveries = live["delivery"].unique().implode()
    inputs = {alias: frame.filter(pl.col("delivery").is_in(deliveries)).drop("delivery") for alias, frame in frames.items()}
    statement = company.query(layout.query or "")
    try:
        result = pl.SQLContext(inputs, eager=True).execute(statement)
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise ConfigurationError(f"{company.folder / 'queries' / (layout.query or '')}: the statement fails: {error}") from error
    needed = {"source_file", "source_sha256", "source_sheet", "source_row"}
    known = {column for column in result.columns if column.startswith("_")} | needed | set(contract.schema)
    if not needed <= set(result.columns) or not set(result.columns) <= known:
        raise ConfigurationError(
            f"{company.folder / 'queries' / (layout.query or '')}: the statement gives {result.columns}. Expected are {sorted(needed)}, "
            f"columns of {contract.name} ({', '.join(contract.schema)}) and names that begin with an underscore."
        )
    result = result.with_columns(pl.exclude("source_row").cast(pl.String), pl.col("source_row").cast(pl.Int64))
    result = result.sort("source_file", "source_sheet", "source_row")
    chosen = result
    for column, values in layout.keep.items():
        chosen = chosen.filter(pl.col(column).is_in(values))
    for column, values in layout.drop.items():
        chosen = chosen.filter(~pl.col(column).is_in(values).fill_null(value=False))
    text = chosen.with_columns(pl.lit(value).alias(column) for column, value in layout.constants.items())
    missing = [column for column in contract.schema if column not in text.columns]
    text = text.with_columns(pl.lit(None, pl.String).alias(column) for column in missing).with_columns(source_column=pl.lit(""))
    rows = text.select("source_sheet", "source_row", "source_column", *contract.schema.names())
    # The statement's files may be several: read each file's rows under its own name.
    by_file = live.unique("source_sha256").select("source_sha256", "delivery", "sender", "arrived_at", "cover").to_dicts()
    parts = []
    for one in by_file:
        mine = text["source_sha256"] == one["source_sha256"]
        if not mine.any():
            continue
        source = str(text.filter(mine)["source_file"][0])
        reading = Reading(
            layout, Context(source, one["source_sha256"], name, one["sender"] or "", company.calendar), rows.filter(mine),
            pl.DataFrame(), pl.DataFrame(), pl.DataFrame(schema=LETTERS).drop("source_sha256"), pl.DataFrame(), {},
        )  # fmt: skip
        parsed = parse_readings(Readings.of(reading), contract, _plain_form(layout, contract))
        typed = _with_business_day(parsed.frame, contract, [one["cover"]], [one["arrived_at"]], company)
        beside = {"delivery": one["delivery"], "layout": name, "sender": one["sender"] or ""}
        delivered = int((result["source_sha256"] == one["source_sha256"]).sum())
        counts = {"delivered": delivered, "rows": typed.height, "left_out": delivered - typed.height}
        parts.append(
            Kept(
                typed.with_columns(pl.lit(value).alias(column) for column, value in beside.items()).select(_raw_schema(contract).names()),
                parsed.faults.select(FAULT_SCHEMA.names()), pl.DataFrame(schema=TOTALS), pl.DataFrame(schema=LETTERS),
                pl.DataFrame([(one["delivery"], name, reason, n) for reason, n in sorted(counts.items())], schema=COUNTS, orient="row"),
                pl.DataFrame(schema=_SEEN),
            )
        )  # fmt: skip
    return _merged(parts, layout)


def _plain_form(layout: Layout, contract: Contract) -> Layout:
    """The layout as if every column of the table were a heading: what a statement gives is read in the usual forms."""
    return layout.model_copy(update={"columns": {name: layout.columns.get(name, ColumnSpec(headings=(name,))) for name in contract.schema}})


# --- Keeping what was read ---


def _raw_schema(contract: Contract) -> pl.Schema:
    return pl.Schema({**contract.staged_schema, **BESIDE})


def _refused(files: Sequence[tuple[Mapping[str, Any], RefusedFile]]) -> pl.DataFrame:
    records = [
        (row["delivery"], "rejected", error.without(row["source_file"]), None, None, "{}", error.rule, as_json(error.values))
        for row, error in files
    ]
    return pl.DataFrame(records, schema=_SEEN, orient="row")


def _nothing(layout: Layout, refused: Sequence[tuple[Mapping[str, Any], RefusedFile]] = ()) -> Kept:
    return Kept(
        pl.DataFrame(schema=_raw_schema(CONTRACTS[layout.table])), no_faults(), pl.DataFrame(schema=TOTALS), pl.DataFrame(schema=LETTERS),
        pl.DataFrame(schema=COUNTS), _refused(refused),
    )  # fmt: skip


def _merged(parts: Iterable[Kept], layout: Layout) -> Kept:
    every = list(parts) or [_nothing(layout)]
    if len(every) == 1:
        return every[0]
    return Kept(*(pl.concat([getattr(part, name) for part in every]) for name in Kept.__dataclass_fields__))


def _load(place: Path, layout: Layout) -> Kept:
    kept = _nothing(layout)
    if (place / "seen.parquet").is_file():
        there = (name for name in Kept.__dataclass_fields__ if (place / f"{name}.parquet").is_file())
        kept = replace(kept, **{name: pl.read_parquet(place / f"{name}.parquet") for name in there})
    return kept


def _save(place: Path, kept: Kept) -> None:
    # ``seen`` goes first and is written last: without it the rest does not count. An old one beside new rows would have them read twice
    # by the run after a kill. What has never had a row needs no file.
    (place / "seen.parquet").unlink(missing_ok=True)
    for name in Kept.__dataclass_fields__:
        path, frame = place / f"{name}.parquet", getattr(kept, name)
        if frame.height or path.is_file():
            storage.write_parquet(path, frame)


def _digest(layout: Layout, calendar: Calendar) -> str:
    """What a reading depends on besides the file: the layout, the calendar, and the code that reads."""
    total = hashlib.sha256(layout.model_dump_json().encode() + calendar.file.model_dump_json().encode())
    total.update(_code())
    return total.hexdigest()[:16]


def _code() -> bytes:
    root = Path(__file__).parents[1]
    rooms = [*sorted((root / "sources").glob("*.py")), *sorted((root / "contracts").glob("*.py")), root / "money.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in rooms)).digest()


def _settlement(layout: str, seen: Mapping[str, Any]) -> Settlement:
    return Settlement(
        seen["delivery"], layout, cover=seen["cover"], status=seen["status"], reason=seen["reason"], rule=seen["rule"],
        rule_values=seen["rule_values"], rows=seen["rows"],
        sums=json.loads(seen["sums"]),
    )  # fmt: skip


def _earlier_versions(frame: pl.DataFrame, standing: pl.DataFrame, contract: Contract, files: pl.DataFrame) -> pl.DataFrame:
    """Dated master data of deliveries that a later state has replaced: what was true until then.

    A correction of the same business day replaces for good; of several deliveries of one day the last that arrived counts.
    """
    on = ["delivery", "layout"]
    replaced = files.filter(pl.col("status") == "superseded").select(*on, "arrived_at").unique(on)
    past = frame.join(replaced, on=on, how="inner").sort("arrived_at", maintain_order=True)
    grain = list(contract.grain)
    kept = past.unique(grain, keep="last", maintain_order=True).join(standing, on=grain, how="anti", maintain_order="left")
    return kept.select(standing.columns)


def _gathered(kept: Mapping[str, Kept], files: pl.DataFrame, company: Company) -> Intake:
    """The live rows of every table, in an order that does not depend on which file was read first."""
    live = files.filter(pl.col("status") == "live")
    rows: dict[str, pl.DataFrame] = {}
    for table, contract in CONTRACTS.items():
        mine = [one.rows for name, one in kept.items() if company.layouts[name].table == table]
        frame = pl.concat(mine) if mine else pl.DataFrame(schema=_raw_schema(contract))
        on = ["delivery", "layout"]
        standing = frame.join(live.select(on).unique(), on=on, how="semi")
        frame = pl.concat([standing, _earlier_versions(frame, standing, contract, files)]) if contract.versioned else standing
        rows[table] = frame.sort("source_file", "layout", "source_sheet", "source_row", "source_column", "delivery")
    listed = pl.DataFrame({"source_sha256": live["source_sha256"], "layout": live["layout"]}).unique()

    def gather(name: str, schema: pl.Schema, on: list[str], keys: pl.DataFrame) -> pl.DataFrame:
        parts = [getattr(one, name) for one in kept.values()]
        frame = pl.concat(parts) if parts else pl.DataFrame(schema=schema)
        return frame.join(keys.select(on).unique(), on=on, how="semi").sort(schema.names()[:8], maintain_order=True)

    return Intake(
        rows=rows,
        faults=gather("faults", FAULT_SCHEMA, ["source_sha256", "layout"], listed),
        totals=gather("totals", TOTALS, ["delivery", "layout"], live),
        letters=gather("letters", LETTERS, ["source_sha256"], listed),
        counts=gather("counts", COUNTS, ["delivery", "layout"], live),
        files=files,
        delivered=delivered_tables(files),
    )


