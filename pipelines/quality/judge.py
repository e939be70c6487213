"""Which rows keep their contract, and which do not and why. Rows are split, never dropped or changed.

How a cell's text becomes a value is ``sources.cells``' business, how a fault is said ``sentences``'. Whether
a whole table looks as it should is asked in ``expectations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.marts_control import FAULT_SCHEMA
from pipelines.contracts.model import Column, Contract, Kind

__all__ = ["FAULT_SCHEMA", "judge", "no_faults", "repeats", "value_text"]

PLACE = ("source_sha256", "source_sheet", "source_row", "source_column")
"""Where a row stands, in frames and in faults."""

NAME_RULES = ("unknown_name", "ambiguous_name")
"""A name that stands for a code is nobody's, or several's."""

_WILDCARD = "all"
_ROW = "_row"


def no_faults() -> pl.DataFrame:
    """An empty frame of faults."""
    return pl.DataFrame(schema=FAULT_SCHEMA)


def judge(
    frame: pl.DataFrame,
    contract: Contract,
    known: Mapping[str, pl.Series | pl.DataFrame],
    *,
    earlier: pl.DataFrame | None = None,
    cells: pl.DataFrame | None = None,
    delivered: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split ``frame`` into the rows that keep ``contract`` and the faults of the others.

    ``frame`` holds the rows of all live files in the contract's staged schema; columns ``layout`` and ``sender`` are
    copied into the faults where they exist. ``known`` maps ``table.column`` to its codes: a Series, or a DataFrame
    whose columns must be known together (``outlet.outlet_code``: dealer_code, outlet_code), as far as ``frame`` has them. A
    reference that ``known`` does not name is not checked.

    ``earlier`` are faults found while reading, with the same provenance as the row: such a row is refused, and a cell
    that could not be read is not called missing as well. ``cells`` gives the letters of columns (any of
    ``source_sha256, source_sheet, source_column``, then ``column, letter``, and ``from_row``, the row from which on that
    holds); ``delivered`` the rows as text, for the
    faults' ``delivered``; without it the parsed values stand there.

    Errors refuse a row, warnings list it and load it. Rows without a fault of their own that say the same thing twice
    count once (see :func:`repeats`); with one key and different content all of them are refused. Where the contract
    rejects by document, the document's other rows go with it, marked ``goes_with``. Among a row's reasons errors come first.
    """
    if frame.is_empty():  # most tables of most companies: nobody delivers them
        return frame.select(contract.staged_schema.names()), no_faults() if earlier is None else earlier.select(FAULT_SCHEMA.names())
    rows = frame.with_row_index(_ROW)
    near = _near(earlier, rows) if earlier is not None else None
    read = _known_rows(earlier, near) if earlier is not None and near is not None else None
    found = [*_reread(read), *_own_faults(rows, contract, known, read)]
    refused = _rows_of(found, "error")
    clean = rows.filter(~pl.col(_ROW).is_in(refused))
    again = _same_key(clean, list(contract.grain))
    clashing = _clashes(again, contract)
    found.append(clashing)
    dropped = _said_again(again.filter(~pl.col(_ROW).is_in(clashing[_ROW].implode())), contract)[_ROW]
    refused = _rows_of(found, "error")
    if contract.reject_with is not None:
        found.append(_companions(rows, contract.reject_with, refused, dropped))
        refused = _rows_of(found, "error")
    good = rows.filter(~pl.col(_ROW).is_in(refused) & ~pl.col(_ROW).is_in(dropped.implode()))
    names = contract.staged_schema.names()
    reasons = pl.concat(found).filter(~pl.col(_ROW).is_in(dropped.implode()))
    faults = _complete(reasons, rows, contract, cells, delivered, read)
    if earlier is not None and near is not None:
        faults = pl.concat([faults, _elsewhere(earlier, near)])
    return good.select(names), faults


def repeats(frame: pl.DataFrame, contract: Contract, faults: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``frame`` that say again what a row before them says (same key, same content): they count once.

    ``faults`` are those that ``judge`` gave for the same frame; its good rows, its rejected rows and these are all there
    is. Counted by the controls: rows delivered = rows loaded + rows rejected + repeats.
    """
    place = _place(frame)
    own = faults.filter((pl.col("severity") == "error") & ~pl.col("goes_with")).select(place)
    return _repeated(frame.join(own, on=place, how="anti", maintain_order="left").with_row_index(_ROW), contract).drop(_ROW)


def value_text(value: pl.Expr, kind: Kind) -> pl.Expr:
    """A stored value as plain text: money ``125000`` is ``12.5``, a date ISO, null the empty text."""
    if kind.scale > 1:
        digits = len(str(kind.scale)) - 1
        size = value.abs()
        rest = (size % kind.scale).cast(pl.String).str.zfill(digits).str.strip_chars_end("0")
        sign = pl.when(value < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        point = pl.when(rest == "").then(pl.lit("")).otherwise(pl.lit("."))
        return pl.concat_str(sign, (size // kind.scale).cast(pl.String), point, rest).fill_null("")
    return value.cast(pl.String).fill_null("")


@dataclass(frozen=True)
class _Check:
    """One thing that may be wrong with a row: ``broken`` is true where it is."""

    rule: str
    column: Column
    broken: pl.Expr
    expected: str = ""
    severity: str = "error"


_REASON = pl.Schema(
    {_ROW: pl.UInt32, "rule": pl.String, "severity": pl.String, "column": pl.String, "cell": pl.String, "found": pl.String,
     "expected": pl.String, "goes_with": pl.Boolean, "amount_unreadable": pl.Boolean}
)  # fmt: skip


def _checks(contract: Contract, known: Mapping[str, pl.Series | pl.DataFrame]) -> list[_Check]:
    checks = []
    for column in contract.columns:
        value = pl.col(column.name)
        text = column.kind in (Kind.CODE, Kind.TEXT)
        if column.required:
            blank = value.is_null() | (value == "") if text else value.is_null()
            checks.append(_Check("missing", column, blank))
        real = value != "" if text else value.is_not_null()
        if column.name in contract.wildcards:
            real &= value != _WILDCARD
        if column.values:
            listed = value.is_in(list(column.values))
            checks.append(_Check("not_in_list", column, real & ~listed, ", ".join(column.values)))
        codes = known.get(column.references) if column.references else None
        if codes is not None and column.references:
            checks.append(_Check("unknown_reference", column, real & ~_refers(column, contract, codes, known), column.references))
    rules = (_Check(rule.name, contract.column(rule.column), ~rule.holds, severity=rule.severity) for rule in contract.rules)
    return [*checks, *rules]


def _refers(
    column: Column, contract: Contract, codes: pl.Series | pl.DataFrame, known: Mapping[str, pl.Series | pl.DataFrame]
) -> pl.Expr:
    """True where the value is known; null (kept) where it, or a column it is known within, is missing or unknown itself."""
    value = pl.col(column.name)
    if isinstance(codes, pl.Series):
        return value.is_in(codes.unique().implode())
    target = (column.references or "").split(".")[1]
    scopes = [name for name in codes.columns if name != target and name in contract.schema]
    if not scopes:
        return value.is_in(codes[target].unique().implode())
    # One text a pair: a struct in is_in is many times slower. The separator cannot be typed into a cell.
    pairs = codes.select(pl.concat_str(*scopes, target, separator="\x1f")).to_series().unique()
    within = pl.concat_str(*scopes, value, separator="\x1f").is_in(pairs.implode())
    for scope in scopes:
        reference = contract.column(scope).references
        parents = known.get(reference) if reference else None
        if isinstance(parents, pl.Series):
            within = pl.when(pl.col(scope).is_in(parents.unique().implode())).then(within)
    return within


def _own_faults(
    rows: pl.DataFrame, contract: Contract, known: Mapping[str, pl.Series | pl.DataFrame], read: pl.DataFrame | None
) -> list[pl.DataFrame]:
    checks = _checks(contract, known)
    broken = rows.lazy().select(check.broken.fill_null(False).alias(str(i)) for i, check in enumerate(checks)).collect()
    found = []
    for i, check in enumerate(checks):
        if not broken[str(i)].any():
            continue
        hit = rows.filter(broken[str(i)])
        if check.rule == "missing" and read is not None:
            # Nor is a code that a name should have given.
            why = (pl.col("column") == check.column.name) | (pl.col("rule").is_in(NAME_RULES) & pl.lit(check.column.references is not None))
            unread = read.filter(why & (pl.col("severity") == "error"))[_ROW]
            hit = hit.filter(~pl.col(_ROW).is_in(unread.implode()))
        found.append(
            hit.select(
                _ROW,
                rule=pl.lit(check.rule),
                severity=pl.lit(check.severity),
                column=pl.lit(check.column.name),
                cell=pl.lit(""),
                found=value_text(pl.col(check.column.name), check.column.kind),
                expected=pl.lit(check.expected),
                goes_with=pl.lit(False),
                amount_unreadable=pl.lit(check.rule == "missing" and check.column.name == contract.amount),
            )
        )
    return found or [pl.DataFrame(schema=_REASON)]


def _clashes(again: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Of rows whose key stands more than once, those with different content. ``expected`` says where the other one stands."""
    key = list(contract.grain)
    if again.is_empty():
        return pl.DataFrame(schema=_REASON)
    names = contract.schema.names()
    differing = again.unique(names).group_by(key).len().filter(pl.col("len") > 1).drop("len")
    place = pl.concat_str(
        "source_file",
        pl.when(pl.col("source_sheet") == "").then(pl.lit("")).otherwise("!" + pl.col("source_sheet")),
        pl.lit("!"),
        "source_row",
    )
    rows = again.join(differing, on=key, how="semi", nulls_equal=True, maintain_order="left").with_columns(place.alias("_place"))
    others = pl.when(pl.int_range(pl.len()).over(key) == 0).then(pl.col("_place").get(1).over(key)).otherwise(
        pl.col("_place").first().over(key)
    )
    return rows.select(
        _ROW,
        rule=pl.lit("duplicate_key"),
        severity=pl.lit("error"),
        column=pl.lit(key[0]),
        cell=pl.lit(""),
        found=pl.concat_str(*(value_text(pl.col(name), contract.column(name).kind) for name in key), separator=" / "),
        expected=others,
        goes_with=pl.lit(False),
        amount_unreadable=pl.lit(False),
    )


def _repeated(rows: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Rows equal in every column of the contract to a row before them."""
    return _said_again(_same_key(rows, list(contract.grain)), contract)


def _said_again(again: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    return again.filter(~pl.struct(contract.schema.names()).is_first_distinct()) if len(again) else again


def _same_key(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """The rows whose key stands more than once, in order. Most tables have few or none: everything slow happens on these."""
    twice = rows.lazy().select(key).group_by(key).len().filter(pl.col("len") > 1).drop("len").collect()
    if twice.is_empty():
        return rows.clear()
    return rows.join(twice, on=key, how="semi", nulls_equal=True, maintain_order="left")


def _companions(rows: pl.DataFrame, document: str, refused: pl.Series, dropped: pl.Series) -> pl.DataFrame:
    """The rows that are refused only because another row of their document is."""
    documents = rows.filter(pl.col(_ROW).is_in(refused))[document].drop_nulls().unique().implode()
    with_it = rows.filter(
        pl.col(document).is_in(documents) & ~pl.col(_ROW).is_in(refused) & ~pl.col(_ROW).is_in(dropped.implode())
    )
    return with_it.select(
        _ROW,
        rule=pl.lit("goes_with_document"),
        severity=pl.lit("error"),
        column=pl.lit(document),
        cell=pl.lit(""),
        found=pl.col(document),
        expected=pl.lit(""),
        goes_with=pl.lit(True),
        amount_unreadable=pl.lit(False),
    )


def _place(frame: pl.DataFrame) -> list[str]:
    return [*PLACE, "layout"] if "layout" in frame.columns else list(PLACE)


def _near(earlier: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows among which those of ``earlier`` are: joining a few faults to a million rows would cost as much as judging them."""
    one_of = (pl.col(name).is_in(earlier[name].unique().implode()) for name in ("source_row", "source_sha256"))
    return rows.filter(pl.all_horizontal(one_of))


def _known_rows(earlier: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Faults of reading with the number of the row that they belong to."""
    place = _place(rows)
    return earlier.join(rows.select(_ROW, *place), on=place, how="inner", maintain_order="left")


def _elsewhere(earlier: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Faults of reading that belong to no row at all, such as a total row that differs."""
    place = _place(rows)
    return earlier.join(rows.select(place), on=place, how="anti").select(FAULT_SCHEMA.names())


def _reread(read: pl.DataFrame | None) -> list[pl.DataFrame]:
    if read is None:
        return []
    return [read.select(pl.col(name).cast(dtype) for name, dtype in _REASON.items())]


def _rows_of(found: list[pl.DataFrame], severity: str) -> pl.Series:
    every = pl.concat([part.filter(pl.col("severity") == severity).select(_ROW) for part in found])
    return every[_ROW].unique().implode()


def _complete(
    reasons: pl.DataFrame, rows: pl.DataFrame, contract: Contract, cells: pl.DataFrame | None, delivered: pl.DataFrame | None,
    read: pl.DataFrame | None,
) -> pl.DataFrame:  # fmt: skip
    """The reasons with all that a fault says: place, number of the reason, cell, amount, day, what was delivered."""
    if reasons.is_empty():
        return no_faults()
    concerned = rows.filter(pl.col(_ROW).is_in(reasons[_ROW].unique().implode()))
    nothing = pl.lit("")
    document = contract.reject_with or (contract.grain[0] if len(contract.grain) == 1 else None)
    info = concerned.select(
        _ROW,
        *PLACE,
        "source_file",
        table=pl.lit(contract.name),
        layout=pl.col("layout") if "layout" in rows.columns else nothing,
        sender=pl.col("sender") if "sender" in rows.columns else nothing,
        document=value_text(pl.col(document), contract.column(document).kind) if document else nothing,
        amount=pl.col(contract.amount) if contract.amount else pl.lit(None, pl.Int64),
        business_date=pl.col(contract.dated) if contract.dated else pl.lit(None, pl.Date),
        delivered=_as_delivered(contract, delivered),
    )
    if delivered is not None:
        info = _with_text(info, contract, delivered)
    if read is not None:
        # What was found while reading still had the cells as they were written.
        written = read.filter(pl.col("delivered").is_not_null()).select(_ROW, written="delivered").unique(_ROW, keep="first")
        info = info.join(written, on=_ROW, how="left").with_columns(delivered=pl.coalesce("written", "delivered")).drop("written")
    ordered = reasons.with_row_index("_order").sort(_ROW, pl.col("severity") == "warning", "_order")
    joined = ordered.join(info, on=_ROW, how="left", maintain_order="left")
    marked = _cells(joined, contract, cells)
    return marked.with_columns(
        reason_no=(pl.int_range(pl.len()).over(_ROW) + 1).cast(pl.Int64),
        amount_unreadable=pl.col("amount_unreadable").any().over(_ROW) & pl.col("amount").is_null(),
    ).select(pl.col(name).cast(dtype) for name, dtype in FAULT_SCHEMA.items())


def _as_delivered(contract: Contract, delivered: pl.DataFrame | None) -> pl.Expr:
    if delivered is not None:
        return pl.lit(None, pl.String)
    values = (value_text(pl.col(column.name), column.kind).alias(column.name) for column in contract.columns)
    return pl.struct(values).struct.json_encode()


def _with_text(info: pl.DataFrame, contract: Contract, delivered: pl.DataFrame) -> pl.DataFrame:
    place = [name for name in (*PLACE, "layout") if name in delivered.columns]
    names = [name for name in contract.schema.names() if name in delivered.columns]
    text = (
        delivered.join(info.select(place).unique(), on=place, how="semi")
        .unique(place, keep="first", maintain_order=True)
        .select(*place, delivered=pl.struct(names).struct.json_encode())
    )
    return info.drop("delivered").join(text, on=place, how="left", maintain_order="left")


def _cells(faults: pl.DataFrame, contract: Contract, cells: pl.DataFrame | None) -> pl.DataFrame:
    """Fill ``cell`` where the letter of the column is known. A key is marked at the first of its columns that has a cell."""
    if cells is None:
        return faults
    on = [*(name for name in ("source_sha256", "source_sheet", "source_column") if name in cells.columns), "column"]
    since = pl.col("from_row") if "from_row" in cells.columns else pl.lit(1, pl.Int64)
    letters = cells.select(*on, "letter", _since=since).unique([*on, "_since"], keep="first", maintain_order=True).sort("_since")
    for name in (None, *contract.grain[1:]):
        empty = pl.col("cell").fill_null("") == ""
        # First every fault at its own column; then a clash of keys at the next column of the key.
        if name is not None:
            empty &= pl.col("rule") == "duplicate_key"
        tried = pl.col("column") if name is None else pl.when(empty).then(pl.lit(name)).otherwise("column")
        faults = faults.with_columns(_was="column", column=tried).with_row_index("_fault")
        faults = faults.join(letters, on=on, how="left", maintain_order="left_right")
        # Tables below one another may stand at different letters: the last of them that begins above the row counts.
        begun = (pl.col("_since") <= pl.col("source_row")).fill_null(value=False)
        faults = faults.with_columns(letter=pl.when(begun).then("letter")).sort("_fault", begun, maintain_order=True)
        faults = faults.unique("_fault", keep="last", maintain_order=True)
        hit = empty & pl.col("letter").is_not_null()
        faults = faults.with_columns(
            cell=pl.when(hit).then(pl.concat_str("letter", "source_row")).otherwise("cell"),
            column=pl.when(hit).then("column").otherwise("_was"),
        ).drop("letter", "_was", "_fault", "_since")
    return faults
