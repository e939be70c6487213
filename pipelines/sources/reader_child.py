"""The process that opens workbooks, so that a hostile one can only kill this process.

It is started by ``pipelines.sources.reader`` as a plain script and imports nothing of the pipeline: starting it must be cheap,
and what a bad file can reach must be little. Requests come as JSON lines on standard input; answers are blocks of a JSON
header and Arrow bytes. What the values mean is the parent's business.
"""

from __future__ import annotations

import contextlib
import html
import json
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import fastexcel
import pyarrow as pa

DETAILED = 50_000
"""Up to so many cells, the reader's own list of mismatches tells which are dates: it knows every way of writing one."""

T = TypeVar("T")
_PLAIN: tuple[list[str], dict[int, float]] = ([], {})

LARGE = 2 << 20
"""A file of more bytes is loaded by two threads."""

TAIL = 8 << 20
"""Bytes read behind a sheet's cells for its merged ranges; beyond, the rest are left out."""

UNPACKED = 4 << 30
"""A workbook that unpacks to more is refused before it is opened."""

_DETAIL = re.compile(r"but got '(\w+)(?:\((.*)\))?'?$", re.S)
_DAY_LOOK = re.compile(rb"\d-\d\d-\d\d")
_MOMENT_LOOK = re.compile(rb"\d-\d\d-\d\d \d\d:\d\d:\d\d")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_MERGE = re.compile(r'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z]+\d+:[A-Z]+\d+)["\']')
_COLUMN = re.compile(r"<(?:\w+:)?col\s([^>]*)>")


class _RefusedError(Exception):
    """The file cannot be read, with the sentence that says so, and the rule and values that say it in any language."""

    def __init__(self, sentence: str, rule: str, **values: str | int) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.values = values


def _address_space() -> int:
    """Bytes of address space that the process has; 0 where the system does not tell."""
    with contextlib.suppress(FileNotFoundError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0


def _limit_memory(limit: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(one or other) for name, one, other in _ATTRIBUTE.findall(text)}


def _member(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as stream:
        return stream.read(TAIL).decode("utf-8", "replace")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → name of its XML inside an .xlsx or .xlsm; empty for other kinds."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return {}
    targets = {}
    for text in _RELATION.findall(_member(archive, "xl/_rels/workbook.xml.rels")):
        relation = _attributes(text)
        target = relation.get("Target", "")
        targets[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    parts = {}
    for text in _SHEET.findall(_member(archive, "xl/workbook.xml")):
        sheet = _attributes(text)
        part = targets.get(next((value for name, value in sheet.items() if name.endswith(":id")), ""), "")
        if part in names:
            parts[sheet.get("name", "")] = part
    return parts


def _looks(archive: zipfile.ZipFile, part: str) -> tuple[list[str], dict[int, float]]:
    """Merged ranges and column widths (1-based column → characters), which stand after and before a sheet's cells."""
    widths: dict[int, float] = {}
    with archive.open(part) as stream:
        window = stream.read(1 << 20)
        head = window.split(b"<sheetData", 1)[0].decode("utf-8", "replace")
        for text in _COLUMN.findall(head):
            column = _attributes(text)
            with contextlib.suppress(KeyError, ValueError):
                first, last = int(column["min"]), int(column["max"])
                widths |= dict.fromkeys(range(first, min(last, first + 1000) + 1), float(column["width"]))
        # The end mark may lie across two blocks, so the last bytes of each are looked at again with the next.
        while (at := window.find(b"</sheetData>")) < 0:
            block = stream.read(1 << 20)
            if not block:
                at = 0  # a sheet without cells is written as <sheetData/>
                break
            window = window[-32:] + block
        tail = window[at:] + stream.read(TAIL)
    return _MERGE.findall(tail.decode("utf-8", "replace")), widths


def _tolerant(look: Callable[[], T], otherwise: T) -> T:
    """What ``look`` finds in the zip, or ``otherwise``: whether a file can be read is for the reader of its cells to say."""
    try:
        return look()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError):
        return otherwise


def _mismatches(errors: Any) -> list[list[Any]]:
    found: list[list[Any]] = []
    for one in errors.errors if errors is not None else ():
        match = _DETAIL.search(one.detail)
        kind, payload = (match[1], match[2] or "") if match else ("Unknown", one.detail)
        found.append([*one.offset_position, kind, payload if kind in ("Error", "DurationIso", "Unknown") else ""])
    return found


def _dates(others: Any) -> list[list[int]]:
    """Row and column of the cells that are dates, of all that are no truth values."""
    if others is None:
        return []
    likely = (one for one in others.errors if "got 'DateTime" in one.detail)
    return [list(one.offset_position) for one in likely if (found := _DETAIL.search(one.detail)) and found[1].startswith("DateTime")]


def _arrow(batch: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _has_date_look(batch: Any, look: re.Pattern[bytes]) -> bool:
    """Whether any text looks as a date is written: only then is it worth asking which of them are dates."""
    return any(look.search(column.buffers()[2] or b"") for column in batch.columns)


class _Book:
    """An open workbook whose sheets can be read in two threads: the reader lets one thread at a time into a workbook."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._first = fastexcel.read_excel(data)
        self._second: Any = None

    @property
    def names(self) -> list[str]:
        return list(self._first.sheet_names)

    def load(self, name: str, dtype: str, *, second: bool = False) -> Any:
        if second and self._second is None:
            self._second = fastexcel.read_excel(self._data)
        # skip_rows=0 keeps the empty rows above the first value, so that row numbers are the file's own.
        return (self._second if second else self._first).load_sheet(name, header_row=None, skip_rows=0, dtypes=dtype)


def _sheet(book: _Book, name: str, cells: int, together: ThreadPoolExecutor | None) -> tuple[dict[str, Any], list[bytes]]:
    """One sheet: its texts, which of them are numbers or truth values, and which are dates.

    The reader tells types only by what it cannot convert, so a sheet is loaded once as text and once as truth values, of which
    numbers are a kind; a large one, with a pool, in both ways at the same time.
    """
    ahead = together.submit(lambda: book.load(name, "boolean", second=True)) if together else None
    sheet = book.load(name, "string")
    head: dict[str, Any] = {"sheet": name, "visible": sheet.visible == "visible"}
    if not sheet.height or not sheet.width:
        return {**head, "height": 0, "width": 0}, []
    size = sheet.height * sheet.width
    if size > cells:
        raise _RefusedError(
            f"sheet '{name}' declares {sheet.height:,} rows × {sheet.width:,} columns, above the limit of {cells:,} cells. "
            "Delete the empty rows and columns behind the table and save it again.",
            "sheet_too_large",
            sheet=name,
            found=sheet.height * sheet.width,
        )
    text, errors = sheet.to_arrow_with_errors()
    head |= {"height": text.num_rows, "width": text.num_columns, "errors": _mismatches(errors)}
    del sheet, errors
    blocks = [_arrow(text)]
    truths = ahead.result() if ahead else book.load(name, "boolean")
    dated = _has_date_look(text, _DAY_LOOK if size <= DETAILED else _MOMENT_LOOK)
    del text
    if dated and size <= DETAILED:
        numbers, others = truths.to_arrow_with_errors()
        return {**head, "dates": _dates(others)}, [*blocks, _arrow(numbers)]
    blocks.append(_arrow(truths.to_arrow()))
    del truths, ahead
    if dated:
        dates = book.load(name, "duration").to_arrow()
        blocks.append(_arrow(pa.record_batch([column.is_valid() for column in dates.columns], names=dates.schema.names)))
    return head, blocks


def _answers(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
    path = Path(request["path"])
    with contextlib.ExitStack() as stack:
        archive = None
        parts: dict[str, str] = {}
        with path.open("rb") as file:
            zipped = file.read(2) == b"PK"
        if zipped:
            if not zipfile.is_zipfile(path):
                raise _RefusedError("the file is cut off: its end is missing. Send it again.", "file_cut_off")
            archive = stack.enter_context(zipfile.ZipFile(path))
        if archive is not None:
            unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > UNPACKED:
                raise _RefusedError(f"it unpacks to {unpacked / 2**30:.1f} GiB, which no honest workbook does.", "file_too_large")
            if "encryption-data" in _tolerant(partial(_member, archive, "META-INF/manifest.xml"), ""):
                raise _RefusedError(
                    "the workbook is protected with a password. Save it without a password and send it again.", "file_protected"
                )
            parts = _tolerant(partial(_sheet_parts, archive), parts)
        # By content, not by name: landed files carry no suffix, and an .xls is often an .xlsx in truth.
        book = _Book(path.read_bytes())
        pool = None
        if path.stat().st_size > LARGE and not request["alone"]:
            pool = stack.enter_context(ThreadPoolExecutor(1))
        for name in book.names:
            head, blocks = _sheet(book, name, request["cells"], pool)
            looks = _tolerant(partial(_looks, archive, parts[name]), _PLAIN) if archive and name in parts else _PLAIN
            yield {**head, "merges": looks[0], "widths": looks[1]}, blocks


def _send(stream: BinaryIO, head: dict[str, Any], blocks: list[bytes]) -> None:
    text = json.dumps({**head, "blocks": [len(block) for block in blocks]}).encode()
    stream.write(struct.pack("<I", len(text)))
    stream.write(text)
    for block in blocks:
        stream.write(block)


def main() -> None:
    """Answer requests until standard input ends."""
    # Whatever the reader prints must not end up between the answers.
    stream = os.fdopen(os.dup(1), "wb", buffering=1 << 20)
    os.dup2(2, 1)
    idle = _address_space()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit_memory(idle + request["memory"])
        try:
            for head, blocks in _answers(request):
                _send(stream, head, blocks)
            _send(stream, {"end": True}, [])
        except _RefusedError as refusal:
            _send(stream, {"end": True, "refused": str(refusal), "rule": refusal.rule, "values": refusal.values}, [])
        except (MemoryError, pa.ArrowMemoryError):
            _send(stream, {"end": True, "memory": True}, [])
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            _send(stream, {"end": True, "refused": "", "detail": f"{type(error).__name__}: {error}"}, [])
        except BaseException as error:
            # A panic of the reader arrives as a BaseException. It is reported, and the process goes on with the next file.
            _send(stream, {"end": True, "detail": f"{type(error).__name__}: {error}"}, [])
        stream.flush()


if __name__ == "__main__":
    main()
