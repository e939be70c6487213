"""An ERP's own database, asked with the queries in ``sql/extract/``, as CSV files in an inbox.

One file with one query a table; its answer lands like any other delivery. What a row means, layout and contract say.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from pipelines import storage
from pipelines.errors import ConfigurationError, InboxError

_AT_ONCE = 5_000


@dataclass(frozen=True)
class Extracted:
    """One table's file: how many rows, and the exact sum of every column of numbers."""

    table: str
    path: Path
    rows: int
    sums: Mapping[str, Decimal]


def extract(url: str, sql_dir: Path, out: Path, params: Mapping[str, Any]) -> list[Extracted]:
    """Run every ``sql_dir/<table>.sql`` and write its rows to ``out/<table>.csv``: all of them or none.

    ``params`` are bound to the names that a query uses (``since``, ``until``); a query that asks for another is refused. All
    queries see the database as of one moment. Raises ``ConfigurationError`` for a wrong address, query or parameter, and
    ``InboxError`` when the database cannot be read; the password is never part of a message.
    """
    queries = _queries(sql_dir, params)
    try:
        address = sa.make_url(url)
        engine = sa.create_engine(address, hide_parameters=True)
    except (sa.exc.ArgumentError, ImportError, ValueError) as error:
        raise ConfigurationError(
            "The address of the ERP's database cannot be used. It is written like "
            f"postgresql+psycopg://user:password@host:5432/name ({type(error).__name__})."
        ) from None
    try:
        with contextlib.ExitStack() as files, engine.connect() as plain:
            connection = plain.execution_options(stream_results=True, yield_per=_AT_ONCE, **_snapshot(address))
            return [_table(connection, table, query, params, out, files) for table, query in queries.items()]
    except sa.exc.SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        shown = address.render_as_string(hide_password=True)
        raise InboxError(f"{shown}: the database cannot be read: {_hidden(cause, address)}. Nothing was written.") from None
    finally:
        engine.dispose()


def _queries(sql_dir: Path, params: Mapping[str, Any]) -> dict[str, sa.TextClause]:
    found = {}
    for path in sorted(sql_dir.glob("*.sql")):
        query = sa.text(path.read_text("utf-8").rstrip().rstrip(";"))
        if missing := sorted(set(query.compile().params) - set(params)):
            raise ConfigurationError(
                f"{path}: the query asks for {', '.join(missing)}, which is not given. Given: {sorted(params)}."
            )
        found[path.stem] = query
    if not found:
        raise ConfigurationError(f"{sql_dir}: no queries. Put one file for each table there, such as sales_line.sql.")
    return found


def _snapshot(address: sa.URL) -> dict[str, Any]:
    if address.get_backend_name() == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {}


def _table(
    connection: sa.Connection, table: str, query: sa.TextClause, params: Mapping[str, Any], out: Path, files: contextlib.ExitStack
) -> Extracted:
    path = out / f"{table}.csv"
    result = connection.execute(query, {name: params[name] for name in query.compile().params})
    columns = list(result.keys())
    if repeated := sorted({name for name in columns if columns.count(name) > 1}):
        raise ConfigurationError(f"{table}.sql: the columns {repeated} stand twice in the answer. Name them apart with 'as'.")
    # All files take their places together, when every query has been answered.
    beside = files.enter_context(storage.replacing(path))
    rows, sums = 0, [Decimal(0)] * len(columns)
    numeric = [False] * len(columns)
    with beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for part in _parts(result):
            for row in part:
                for index, value in enumerate(row):
                    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
                        numeric[index] = True
                        sums[index] += value
            writer.writerows([[_text(table, name, value) for name, value in zip(columns, row, strict=True)] for row in part])
            rows += len(part)
    return Extracted(table, path, rows, {name: sums[i] for i, name in enumerate(columns) if numeric[i]})


def _parts(result: sa.CursorResult[Any]) -> Iterator[Sequence[sa.Row[Any]]]:
    yield from result.partitions(_AT_ONCE)


def _text(table: str, column: str, value: Any) -> str:
    """The exact text of a value; a missing one is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case str() | int():
            return str(value)
        case float():
            return repr(value)
    raise ConfigurationError(
        f"{table}.sql: column '{column}' holds {type(value).__name__}, which has no text. Cast it in the query."
    )


def _hidden(text: str, address: sa.URL) -> str:
    return text.replace(str(address.password), "***") if address.password else text
