"""One delivered file → its cells as they stand in it, each with the type that it has there.

Workbooks are opened in a child process with limits on memory and time, since real ones crash the reader; text files are read
here, with encoding and separator found out. Which cells are headings, and what a value means, is ``shape``'s business.
"""

from __future__ import annotations

import atexit
import codecs
import csv
import fcntl
import io
import json
import os
import re
import select
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import polars as pl

from pipelines.errors import UnreadableFile

CellKind = Literal["text", "number", "date", "bool", "error"]
KINDS = pl.Enum(["text", "number", "date", "bool", "error"])

SMALL = 50_000
"""Sheets of up to so many cells are given as ``Grid.cells``, larger ones as ``Grid.frame``."""

SEPARATORS = (",", "\t", ";", "|")
_SMALL_TEXT = 512 << 10
_LONGEST_FIELD = 16 << 20
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_ERROR_NAMES = {
    "Div0": "#DIV/0!", "NA": "#N/A", "Ref": "#REF!", "Name": "#NAME?", "Value": "#VALUE!", "Num": "#NUM!", "Null": "#NULL!",
    "GettingData": "#GETTING_DATA",
}  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What opening one file may cost. The memory is the child process's, above what it needs when idle."""

    memory_bytes: int = 1 << 30
    memory_per_byte: int = 40
    """More of it for each byte of the file: an honest sheet of a million lines is a large file, a bomb is a small one."""
    seconds: float = 60
    seconds_per_megabyte: float = 1
    cells: int = 16_000_000
    """Rows × columns of one sheet; Excel's longest sheet with 15 columns stays below."""
    text_bytes: int = 8 << 30


class Cell(NamedTuple):
    """A value as it stands in the file: exact text, and the type that the cell has there."""

    kind: CellKind
    text: str


class Merge(NamedTuple):
    """A merged range; rows and columns counted from 0, both ends included, as indices into ``Grid``."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """One sheet from A1 on: either ``cells``, or for a large sheet ``frame`` (and then ``cells`` is empty).

    ``frame`` holds the texts, its columns are named by their letters (A, B, …), row 1 of the sheet is its first row; ``kinds``
    has the same shape, and is missing where every cell is text. Blank cells are None and null. ``rows`` reads both forms alike.
    """

    name: str
    cells: tuple[tuple[Cell | None, ...], ...] = ()
    merges: tuple[Merge, ...] = ()
    widths: Mapping[int, float] = field(default_factory=dict)
    """Column, counted from 0 → width in characters, where the file says one."""
    frame: pl.DataFrame | None = None
    kinds: pl.DataFrame | None = None
    visible: bool = True

    @property
    def height(self) -> int:
        """Number of rows, the blank ones between included."""
        return len(self.cells) if self.frame is None else self.frame.height

    @cached_property
    def width(self) -> int:
        """Number of columns of the longest row."""
        return max(map(len, self.cells), default=0) if self.frame is None else self.frame.width

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[Cell | None, ...]]:
        """The rows from ``start`` up to before ``stop`` (counted from 0), in either form. Rows may differ in length.

        >>> list(Grid("s", ((Cell("text", "a"),), (None, Cell("number", "1")))).rows(1))
        [(None, Cell(kind='number', text='1'))]
        """
        if self.frame is None:
            yield from self.cells[start:stop]
            return
        length = None if stop is None else max(stop - start, 0)
        texts = self.frame.slice(start, length)
        if self.kinds is None:
            for row in texts.iter_rows():
                yield tuple(None if text is None else Cell("text", text) for text in row)
            return
        for row, kinds in zip(texts.iter_rows(), self.kinds.slice(start, length).iter_rows(), strict=True):
            yield tuple(None if text is None else Cell(kind, text) for text, kind in zip(row, kinds, strict=True))

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell at ``row`` and ``column`` (from 0); None when blank or outside."""
        found = next(self.rows(row, row + 1), ()) if row >= 0 else ()
        return found[column] if 0 <= column < len(found) else None

    def table(self) -> pl.DataFrame:
        """The texts of either form as a frame of strings with columns A, B, …"""
        if self.frame is not None:
            return self.frame
        width = self.width
        columns = [[row[j].text if j < len(row) and row[j] else None for row in self.cells] for j in range(width)]  # type: ignore[union-attr]
        return pl.DataFrame(dict(zip(letters(width), columns, strict=True)), schema=dict.fromkeys(letters(width), pl.String))


@dataclass(frozen=True)
class Workbook:
    """A file that was opened. A text file has one sheet, named with the empty text."""

    sheets: tuple[Grid, ...]
    kind: Literal["workbook", "text"]
    encoding: str | None = None
    separator: str | None = None

    def sheet(self, name: str) -> Grid:
        """The sheet called ``name``. Raises ``KeyError``."""
        for grid in self.sheets:
            if grid.name == name:
                return grid
        raise KeyError(name)


def letter(column: int) -> str:
    """The letters of a column counted from 0.

    >>> letter(0), letter(25), letter(26), letter(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def letters(width: int) -> list[str]:
    """The letters of the first ``width`` columns."""
    return [letter(column) for column in range(width)]


def read(
    path: Path,
    *,
    name: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    limits: Limits = Limits(),  # noqa: B008  frozen
    then: Path | None = None,
) -> Workbook:
    """Open one file. Raises ``UnreadableFile`` with a sentence for whoever sent it.

    What it is, is told by its content: landed files have no suffix. ``name`` is what it was called when it was delivered, for
    messages. Workbooks share one child process, which is started when first needed and again after a file has killed it;
    ``then`` is the file that will be asked for next, which it opens meanwhile.
    """
    called = name or path.name
    if not path.is_file():
        raise UnreadableFile(f"{called}: there is no such file.", "file_missing")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        raise UnreadableFile(f"{called}: the file is empty (0 bytes). Ask for it again.", "file_empty")
    if _is_workbook(head):
        if _encrypted(path):
            raise UnreadableFile(
                f"{called}: the workbook is protected with a password. Save it without a password and send it again.", "file_protected"
            )
        return _worker(limits).read(path, called, then if then is not None and _for_child(then) else None)
    _refuse_foreign(head, called)
    return _read_text(path, called, encoding, separator, limits)


def read_many(
    paths: Iterable[Path],
    *,
    names: Mapping[Path, str] | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    limits: Limits = Limits(),  # noqa: B008  frozen
) -> Iterator[tuple[Path, Workbook | UnreadableFile]]:
    """Open file after file; one that cannot be read comes back as its error, and the next follows.

    ``names`` says what landed files were called when they were delivered.
    """
    for path in paths:
        name = names.get(path) if names else None
        try:
            yield path, read(path, name=name, encoding=encoding, separator=separator, limits=limits)
        except UnreadableFile as error:
            yield path, error


# --- What a file is, by its first bytes ---

_CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3": "a SQLite database",
    b"PAR1": "a Parquet file",
}
_PAGE = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|script|style|div|title)\b", re.I | re.S)


def _is_workbook(head: bytes) -> bool:
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06")) or _is_old_workbook(head)


def _for_child(path: Path) -> bool:
    """Whether ``read`` will ask the child for this file."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(4096)
    return _is_workbook(head) and not _encrypted(path)


def _is_old_workbook(head: bytes) -> bool:
    """An OLE file, or a bare BIFF 2–4 stream, which begins with a BOF record."""
    return head.startswith(_CFB) or (
        len(head) > 4 and head[0] == 0x09 and head[1] in (0x00, 0x02, 0x04, 0x08) and head[3] == 0x00
    )


def _encrypted(path: Path) -> bool:
    """An .xlsx with a password is an OLE file with a stream of this name, written in UTF-16."""
    with path.open("rb") as file:
        content = file.read(8)
        if content != _CFB:
            return False
        content = file.read(4 << 20)
        size = path.stat().st_size
        file.seek(max(8, size - (4 << 20)))
        content += file.read(4 << 20)
    return "EncryptedPackage".encode("utf-16-le") in content


def _refuse_foreign(head: bytes, name: str) -> None:
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableFile(f"{name}: this is {what}. Send an Excel workbook or a CSV file.", "file_foreign")
    if b"<?mso-application" in head or b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise UnreadableFile(
            f"{name}: this is an 'XML Spreadsheet 2003'. Open it in Excel, save it as .xlsx and send that.", "file_disguised"
        )
    if _PAGE.match(_without_bom(head)):
        raise UnreadableFile(
            f"{name}: this is a web page under another name. Open it in Excel, save it as .xlsx and send that.", "file_disguised"
        )
    if _without_bom(head).lstrip().startswith(b"<?xml"):
        raise UnreadableFile(f"{name}: this is an XML document. Send an Excel workbook or a CSV file.", "file_foreign")
    if name.lower().endswith(_WORKBOOK_SUFFIXES):
        raise UnreadableFile(
            f"{name}: the name says workbook, but the content is none (it begins with {_shown(head)}). "
            "Save it as .xlsx; or name it .csv if it is text.",
            "file_no_workbook",
        )


def _without_bom(head: bytes) -> bytes:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "ignore").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _shown(head: bytes) -> str:
    return repr(head[:24].decode("utf-8", "replace").split("\n")[0])


# --- Text files ---


def _read_text(path: Path, name: str, encoding: str | None, separator: str | None, limits: Limits) -> Workbook:
    size = path.stat().st_size
    if size > limits.text_bytes:
        raise UnreadableFile(
            f"{name}: {size / 2**30:.1f} GiB of text is above the limit of {limits.text_bytes / 2**30:.1f} GiB. Split it.",
            "file_too_large",
        )
    found, content = _as_utf8(path, name, encoding)
    if not content.strip(b"\r\n\t ,;|\x1a\x00"):
        raise UnreadableFile(f"{name}: the file has no content but blanks and separators. Ask for it again.", "file_empty")
    if b"\0" in content:
        raise UnreadableFile(f"{name}: it contains null bytes, so it is damaged or no text. Export it again.", "file_damaged")
    mark = separator or _separator(content)
    if len(content) <= _SMALL_TEXT:
        rows = _parsed(content.decode(), mark, name)
        if sum(map(len, rows)) <= SMALL:
            cells = tuple(tuple(Cell("text", text) if text else None for text in row) for row in rows)
            return Workbook((Grid("", cells),), "text", found, mark)
        frame = _frame(rows)
    else:
        frame = _fast(content, mark, name)
    return Workbook((Grid("", frame=frame),), "text", found, mark)


def _as_utf8(path: Path, name: str, encoding: str | None) -> tuple[str, bytes]:
    """The encoding, and the content as UTF-8 without a byte order mark."""
    content = path.read_bytes()
    guessed = encoding is None
    if encoding is None:
        encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "gb18030"
        if encoding == "gb18030" and _decodes(content, "utf-8"):
            return "utf-8", content.removeprefix(codecs.BOM_UTF8)
    try:
        pieces = [piece.encode() for piece in _decoded(content, encoding)]
    except LookupError as error:
        raise UnreadableFile(f"{name}: the layout says 'encoding: {encoding}', which is not an encoding.", "layout_wrong") from error
    except UnicodeError as error:
        if guessed and encoding == "gb18030":
            raise UnreadableFile(
                f"{name}: the text is neither UTF-8, UTF-16 nor GB18030. Name its encoding in the layout (for instance "
                "'encoding: cp1252'), or export it as UTF-8.",
                "file_encoding",
            ) from error
        raise UnreadableFile(
            f"{name}: the text is not {encoding}: {error}. Export it again, or correct 'encoding' in the layout.",
            "file_encoding",
        ) from error
    return encoding, b"".join(pieces).removeprefix(codecs.BOM_UTF8)


def _decoded(content: bytes, encoding: str) -> Iterator[str]:
    """Piece by piece, so that a large file never stands in memory as Python text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(content), 1 << 22):
        yield decoder.decode(content[start : start + (1 << 22)])
    yield decoder.decode(b"", final=True)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        for _ in _decoded(content, encoding):
            pass
    except UnicodeError:
        return False
    return True


def _separator(content: bytes) -> str:
    """The separator by which most of the first lines have the same number of fields (more than one)."""
    cut = content[: 64 << 10]
    sample = cut.decode("utf-8", "ignore")
    if len(cut) < len(content):
        sample = sample[: sample.rfind("\n") + 1] or sample

    def score(mark: str) -> tuple[int, int]:
        csv.field_size_limit(_LONGEST_FIELD)
        lengths = Counter(
            len(row) for row in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=mark), 200) if len(row) > 1
        )
        if not lengths:
            return 0, 0
        width, lines = max(lengths.items(), key=lambda item: (item[1], item[0]))
        return lines, width

    return max(SEPARATORS, key=score)


def _parsed(text: str, separator: str, name: str) -> list[list[str]]:
    """Records of a text, tolerant of short, long and blank ones, not of a quotation mark that is never closed."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        if "unexpected end" in str(error) or "field larger" in str(error):
            start = text[: text.rfind('"')].count("\n") + 1
            raise UnreadableFile(
                f"{name}: a quotation mark opened on or before line {start} is never closed. Export the file again.",
                "file_quote",
                row=start,
            ) from error
    # Some exporters write "a"b. Excel reads it as ab, and so does the lenient reader.
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def _frame(rows: list[list[str]]) -> pl.DataFrame:
    width = max(map(len, rows), default=0)
    columns = {
        letter(j): pl.Series([row[j] or None if j < len(row) else None for row in rows], dtype=pl.String) for j in range(width)
    }
    return pl.DataFrame(columns)


def _fast(content: bytes, separator: str, name: str) -> pl.DataFrame:
    """A large text by Polars. Where it stumbles (rows longer than the first ones, stray quotes) the plain reader takes over."""
    head = content[: 256 << 10].decode("utf-8", "ignore")
    width = max(map(len, islice(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 1000)), default=1)
    try:
        frame = pl.read_csv(
            content,
            has_header=False,
            schema=dict.fromkeys(letters(width), pl.String),
            infer_schema=False,
            missing_columns="insert",
            separator=separator,
            # Without any quotation mark, nothing can be mistaken for a quoted field.
            quote_char='"' if b'"' in content else None,
        )
    except pl.exceptions.PolarsError:
        return _frame(_parsed(content.decode(), separator, name))
    return frame.with_columns(pl.when(pl.all() != "").then(pl.all()))


# --- Workbooks ---


class _DiedError(Exception):
    """The child ended in the middle of an answer."""


class _Answers:
    """What the child writes, up to a moment: ``TimeoutError`` after it."""

    def __init__(self, stream: IO[bytes], until: float) -> None:
        self._handle = stream.fileno()
        self._until = until
        self._poll = select.poll()
        self._poll.register(self._handle, select.POLLIN)

    def take(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            left = self._until - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                raise TimeoutError
            piece = os.read(self._handle, size - len(data))
            if not piece:
                raise _DiedError
            data += piece
        return bytes(data)


class _Worker:
    """The parent's end of the child process; one at a time reads with it."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._asked: Path | None = None
        """The file that it was asked to open ahead, and whose answer nobody has taken yet."""

    def read(self, path: Path, name: str, then: Path | None) -> Workbook:
        with self._lock:
            if self._asked not in (None, path):
                self.stop()
            try:
                return self._ask(path, name, then, alone=False)
            except (_DiedError, MemoryError):
                self.stop()
            # What killed it may be left over from the files before, or two threads at once: it gets a process for itself.
            try:
                return self._ask(path, name, None, alone=True)
            except (_DiedError, MemoryError):
                words = self._last_words()
                self.stop()
                raise self._verdict(name, words) from None

    def stop(self) -> None:
        child, self._child, self._asked = self._child, None, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _start(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed by stop
        script = Path(__file__).with_name("reader_child.py")
        # Isolated, so that neither the working folder nor the user's settings decide what the child imports.
        command = [sys.executable, "-I", str(script)]
        environment = {"MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0", "ARROW_DEFAULT_MEMORY_POOL": "system", "LC_ALL": "C.UTF-8"}
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=environment, bufsize=0
        )
        if hasattr(fcntl, "F_SETPIPE_SZ") and child.stdout is not None:
            # A small workbook fits in, so that the child goes on with the next one.
            fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, 1 << 20)
        return child

    def _ask(self, path: Path, name: str, then: Path | None, *, alone: bool) -> Workbook:
        if self._child is None:
            self._child = self._start()
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        seconds = self.limits.seconds + self.limits.seconds_per_megabyte * path.stat().st_size / 1e6
        requests = [self._request(one, alone=alone) for one in (path, then) if one is not None and one != self._asked]
        self._asked = then
        try:
            child.stdin.write(b"".join(requests))
        except BrokenPipeError as error:
            raise _DiedError from error
        try:
            sheets = tuple(self._sheets(_Answers(child.stdout, time.monotonic() + seconds), name))
        except (UnreadableFile, MemoryError, _DiedError):
            raise
        except TimeoutError:
            self.stop()
            raise UnreadableFile(
                f"{name}: opening it takes more than {seconds:.3g} seconds. "
                "Save only the sheets that are needed and send it again.",
                "file_too_large",
            ) from None
        except BaseException:
            # Interrupted in the middle of an answer: the rest of it must not pass for the next file's.
            self.stop()
            raise
        return Workbook(sheets, "workbook")

    def _request(self, path: Path, *, alone: bool) -> bytes:
        memory = self.limits.memory_bytes + self.limits.memory_per_byte * path.stat().st_size
        request = {"path": str(path.absolute()), "cells": self.limits.cells, "memory": memory, "alone": alone}
        return json.dumps(request).encode() + b"\n"

    def _sheets(self, answers: _Answers, name: str) -> Iterator[Grid]:
        while True:
            head: dict[str, Any] = json.loads(answers.take(struct.unpack("<I", answers.take(4))[0]))
            blocks = [answers.take(size) for size in head["blocks"]]
            if not head.get("end"):
                yield _grid(head, blocks)
                continue
            if head.get("memory"):
                raise MemoryError
            if "refused" in head or "detail" in head:
                if head.get("refused"):
                    raise UnreadableFile(f"{name}: {head['refused']}", head["rule"], **head["values"])
                rule, sentence = _sentence(head["detail"])
                raise UnreadableFile(f"{name}: {sentence}", rule)
            return

    def _last_words(self) -> str:
        if self._child is not None and self._child.poll() is None:
            return "memory"
        if self._errors is None:
            return ""
        size = self._errors.seek(0, 2)
        self._errors.seek(max(0, size - 4000))
        return self._errors.read().decode("utf-8", "replace")

    def _verdict(self, name: str, words: str) -> UnreadableFile:
        if "memory" in words or "MemoryError" in words:
            return UnreadableFile(
                f"{name}: opening it needs more than {self.limits.memory_bytes / 2**30:.1f} GiB of memory; it declares far more "
                "cells than a table has, or is damaged. Copy the table into a new workbook and send that.",
                "file_too_large",
            )
        return UnreadableFile(f"{name}: it is damaged in a way that ends the reader. Open it in Excel, save it again and send that.")


_SAVE = "Open it in Excel, save it as .xlsx and send that."
_CUT_OFF = r"(?i)invalid zip|EOCD|BadZipFile|end of central|unexpected end|EOF|failed to fill whole buffer|zlib"
_SENTENCES = {
    r"(?i)password|encrypt": ("file_protected", "the workbook is protected with a password. Save it without a password and send it again."),
    r"(?i)cannot detect file format": (
        "file_no_workbook",
        f"this is no workbook of a known kind (.xlsx, .xlsm, .xls, .xlsb, .ods), or it is damaged. {_SAVE}",
    ),
    _CUT_OFF: ("file_cut_off", "the file is cut off or damaged. Send it again."),
    r"(?i)panic": ("file_damaged", f"it is damaged in a way that the reader cannot take. {_SAVE}"),
}


def _sentence(detail: str) -> tuple[str, str]:
    """The rule and the sentence for what the reader said."""
    cause = " ".join(detail.split("Context:")[0].split())[:300]
    for pattern, (rule, sentence) in _SENTENCES.items():
        if re.search(pattern, detail):
            return rule, f"{sentence} ({cause})"
    return "file_damaged", f"the workbook cannot be read; it is damaged or of an unknown kind. {_SAVE} ({cause})"


def _grid(head: dict[str, Any], blocks: list[bytes]) -> Grid:
    looks: dict[str, Any] = {
        "merges": tuple(_merge(text) for text in head.get("merges", ())),
        "widths": {int(column) - 1: width for column, width in head.get("widths", {}).items()},
        "visible": head["visible"],
    }
    if not blocks:
        return Grid(head["sheet"], **looks)
    frames = [pl.read_ipc_stream(block) for block in blocks]
    errors = {(row, column): _unreadable(kind, payload) for row, column, kind, payload in head["errors"]}
    if head["height"] * head["width"] <= SMALL:
        return Grid(head["sheet"], _small(frames[0], frames[1], head.get("dates", ()), errors), **looks)
    names = letters(head["width"])
    for frame in frames:
        frame.columns = names
    text, kinds = _large(frames, errors)
    return Grid(head["sheet"], frame=text, kinds=kinds, **looks)


def _unreadable(kind: str, payload: str) -> Cell:
    """A cell that the reader has no text for: an error, or a length of time as OpenDocument writes it."""
    if kind == "DurationIso":
        return Cell("date", payload.strip('"'))
    return Cell("error", _ERROR_NAMES.get(payload, payload or kind))


class _Cells(dict[str, Cell]):
    """Cells by their text, each made once: most texts of a company's sheets stand in many of them."""

    def __init__(self, kind: Callable[[str], Cell]) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, text: str) -> Cell:
        if len(self) > _REMEMBERED:
            self.clear()
        cell = self[text] = self._kind(text)
        return cell


_REMEMBERED = 200_000
_TEXTS = _Cells(lambda text: Cell("text", text))
_NUMBERS = _Cells(lambda text: Cell("bool", text) if text in ("true", "false") else Cell("number", _number(text)))
_DATES = _Cells(lambda text: Cell("date", _date(text)))


def _small(
    text: pl.DataFrame, numbers: pl.DataFrame, dates: Iterable[tuple[int, int]], errors: dict[tuple[int, int], Cell]
) -> tuple[tuple[Cell | None, ...], ...]:
    rows = [
        [None if not value else _TEXTS[value] if flag is None else _NUMBERS[value] for value, flag in zip(texts, flags, strict=True)]
        for texts, flags in zip(text.rows(), numbers.rows(), strict=True)
    ]
    for i, j in dates:
        if cell := rows[i][j]:
            rows[i][j] = _DATES[cell.text]
    for (i, j), error in errors.items():
        rows[i][j] = rows[i][j] or error
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    return tuple(map(tuple, rows))


def _large(frames: list[pl.DataFrame], errors: dict[tuple[int, int], Cell]) -> tuple[pl.DataFrame, pl.DataFrame]:
    text, numbers = frames[0], frames[1]
    dates = frames[2] if len(frames) > 2 else None
    at: dict[int, list[tuple[int, str]]] = {}
    for (i, j), cell in errors.items():
        at.setdefault(j, []).append((i, cell.text))
    texts, kinds = [], []
    for j, name in enumerate(text.columns):
        value = text[name]
        number = numbers[name].is_not_null()
        truth = number & value.is_in(["true", "false"])
        dated = dates[name] if dates is not None else pl.Series(name, [False], dtype=pl.Boolean).new_from_index(0, text.height)
        parts = pl.DataFrame({"text": value, "number": number & ~truth, "bool": truth, "date": dated})
        parts = parts.with_columns(pl.when(pl.col("text") != "").then(pl.col("text")).alias("text"), error=pl.lit(False))
        if found := at.get(j):
            fill = pl.DataFrame(
                {"row": [i for i, _ in found], "name": [text for _, text in found]}, schema={"row": pl.UInt32, "name": pl.String}
            )
            parts = parts.with_row_index("row").join(fill, on="row", how="left", maintain_order="left")
            parts = parts.with_columns(pl.coalesce("name", "text").alias("text"), error=pl.col("name").is_not_null())
        parts = parts.with_columns(
            pl.when("date").then(_date_expr(pl.col("text"))).when("number").then(_number_expr(pl.col("text"))).otherwise("text").alias("text"),
            pl.when(pl.col("text").is_null()).then(None)
            .when("error").then(pl.lit("error")).when("date").then(pl.lit("date")).when("bool").then(pl.lit("bool"))
            .when("number").then(pl.lit("number")).otherwise(pl.lit("text")).cast(KINDS).alias("kind"),
        )  # fmt: skip
        texts.append(parts["text"].alias(name))
        kinds.append(parts["kind"].alias(name))
    while texts and texts[-1].null_count() == text.height:
        texts.pop()
        kinds.pop()
    frame, types = pl.DataFrame(texts), pl.DataFrame(kinds)
    height = max(
        (series.is_not_null().arg_true().tail(1).to_list()[0] + 1 for series in texts if series.null_count() < len(series)),
        default=0,
    )
    return frame.head(height), types.head(height)


def _number(text: str) -> str:
    """The shortest digits that mean the same number: the reader prints large ones with digits that the file does not have."""
    if text == "-0":
        return "0"
    if len(text) > 16 and "." not in text:
        return f"{Decimal(repr(float(text))):f}".removesuffix(".0")
    return text


def _number_expr(text: pl.Expr) -> pl.Expr:
    long = (text.str.len_bytes() > 16) & ~text.str.contains(".", literal=True)
    return (
        pl.when(text == "-0")
        .then(pl.lit("0"))
        .when(long)
        .then(pl.when(long).then(text).map_elements(_number, pl.String))
        .otherwise(text)
    )


_TIME_ONLY = ("1899-12-30", "1899-12-31", "1904-01-01")


def _date(text: str) -> str:
    """ISO form: a day, a moment, or a time of day, which a spreadsheet keeps as a moment of its day zero."""
    day, _, time = text.replace("T", " ").partition(" ")
    if time in ("", "00:00:00"):
        return day
    return time if day in _TIME_ONLY else f"{day}T{time}"


def _date_expr(text: pl.Expr) -> pl.Expr:
    day, time = text.str.head(10), text.str.slice(11)
    return (
        pl.when(time.is_in(["", "00:00:00"]))
        .then(day)
        .when(day.is_in(_TIME_ONLY))
        .then(time)
        .otherwise(pl.concat_str(day, pl.lit("T"), time))
    )


def _merge(text: str) -> Merge:
    places = []
    for corner in text.split(":"):
        name = corner.rstrip("0123456789")
        column = 0
        for character in name:
            column = column * 26 + ord(character) - 64
        places.append((int(corner[len(name) :]) - 1, column - 1))
    (top, left), (bottom, right) = places
    return Merge(top, left, bottom, right)


_workers: dict[Limits, _Worker] = {}
_workers_lock = threading.Lock()


def _worker(limits: Limits) -> _Worker:
    with _workers_lock:
        return _workers.setdefault(limits, _Worker(limits))


def close() -> None:
    """End the child processes. Called when the interpreter ends; the next ``read`` starts a new one."""
    with _workers_lock:
        for worker in _workers.values():
            worker.stop()
        _workers.clear()


_at_exit: Callable[[], None] = atexit.register(close)
