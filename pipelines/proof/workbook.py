"""Reads a workbook, whichever program saved it last, into ``cells``' form, and the seal that it carries.

Everything is read from the file's own XML, since a library that reads only values, or only formulas, would not see what was changed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from openpyxl.formula.translate import Translator
from openpyxl.styles.numbers import BUILTIN_FORMATS

from pipelines.errors import ClosebookError
from pipelines.proof.cells import (
    DIGITS,
    RESULT_DIGITS,
    SHEET,
    Book,
    Chart,
    Content,
    Leaf,
    column_of,
    content,
    formula,
    number,
    printed,
    text,
)
from pipelines.sources.reader import letter

LARGEST = 2 << 30
"""Bytes that a file may unpack to."""

_PLACE = re.compile(r"([A-Z]+)(\d+)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNREADABLE = (
    zipfile.BadZipFile, ElementTree.ParseError, KeyError, IndexError, StopIteration, TypeError, ValueError, EOFError, RuntimeError,
)  # fmt: skip
"""What reading raises for bytes that are no workbook."""
_TRUE = ("1", "true")


@dataclass(frozen=True)
class Drawn:
    """What a chart keeps of the cells of ``range``, by their place in it from 0."""

    sheet: str
    chart: int
    range: str
    points: Mapping[int, str]


@dataclass
class Opened:
    """A workbook as it was found."""

    book: Book
    seal: list[str] | None = None
    """The lines on its hidden sheet; nothing when there is no such sheet."""
    seal_is_shown: bool = False
    drawn: list[Drawn] = field(default_factory=list)


def open_workbook(path: Path) -> Opened:
    """The workbook at ``path``. Raises ``ClosebookError`` with a sentence when it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST:
                raise ClosebookError(f"{path}: it unpacks to more than {LARGEST >> 30} GiB. No workbook of ours does.")
            return _Package(archive).opened()
    except _UNREADABLE as error:
        raise ClosebookError(f"{path}: it cannot be read as a workbook ({error}). Ask for it again, or save it as .xlsx.") from error


class _Package:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.texts: list[str] = []
        self.codes: list[str] = []
        self.open: frozenset[int] = frozenset()
        self.drawn: list[Drawn] = []

    def opened(self) -> Opened:
        main = next(iter(self._related("", "officeDocument").values()))
        targets = self._related(main)
        for name in targets.values():
            if name.endswith("sharedStrings.xml"):
                self.texts = [_said(one) for one in self._xml(name) if _tag(one) == "si"]
            elif name.endswith("styles.xml"):
                styles = self._xml(name)
                self.codes, self.open = _codes(styles), _open(styles)
        root = self._xml(main)
        found = Opened(Book([], {}))
        for sheet in (one for one in root.iter() if _tag(one) == "sheet"):
            reference = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
            leaf = self._leaf(targets[reference], sheet.attrib["name"])
            leaf.is_shown = sheet.attrib.get("state", "visible") == "visible"
            if leaf.name == SHEET:
                found.seal, found.seal_is_shown = _seal_lines(leaf), leaf.is_shown
            else:
                found.book.leaves.append(leaf)
        names = (one for one in root.iter() if _tag(one) == "definedName")
        # Print areas and filters have names too, each on its sheet; every program writes them in its own way.
        found.book.names = {one.attrib["name"]: formula(one.text or "") for one in names if "localSheetId" not in one.attrib}
        found.drawn = self.drawn
        return found

    def _xml(self, name: str) -> ElementTree.Element:
        data = self.archive.read(name)
        if b"<!DOCTYPE" in data:
            raise ElementTree.ParseError(f"{name} declares a document type, which no workbook does")
        return ElementTree.fromstring(data)

    def _related(self, name: str, kind: str = "") -> dict[str, str]:
        """The parts that a part refers to, by the names that it gives them; those of one kind where it is said."""
        here = PurePosixPath(name)
        listing = str(here.parent / "_rels" / f"{here.name}.rels") if name else "_rels/.rels"
        if listing not in self.archive.namelist():
            return {}
        found = {}
        for one in self._xml(listing):
            if one.attrib.get("TargetMode") != "External" and one.attrib["Type"].endswith(f"/{kind}" if kind else ""):
                found[one.attrib["Id"]] = _resolved(here.parent, one.attrib["Target"])
        return found

    def _leaf(self, name: str, called: str) -> Leaf:
        leaf = Leaf(called)
        shared: dict[str, tuple[str, str]] = {}
        blanks: list[tuple[int, int]] = []
        row = 0
        for element in self._xml(name):
            match _tag(element):
                case "cols":
                    leaf.hidden_columns = tuple(
                        at
                        for one in element
                        if one.attrib.get("hidden") in _TRUE
                        for at in range(int(one.attrib["min"]) - 1, int(one.attrib["max"]))
                    )
                case "sheetData":
                    hidden = []
                    for line in element:
                        row = int(line.attrib.get("r", row + 1))
                        if line.attrib.get("hidden") in _TRUE:
                            hidden.append(row)
                        cells = self._cells(line, row, shared, blanks)
                        if cells:
                            leaf.rows[row] = cells
                    leaf.hidden_rows = tuple(hidden)
                case "sheetProtection" if element.attrib.get("sheet") in _TRUE:
                    leaf.blanks = tuple(f"{letter(column)}{at}" for at, column in blanks)
                    for at, column in blanks:
                        leaf.rows.get(at, {}).pop(column, None)
                    leaf.rows = {at: cells for at, cells in leaf.rows.items() if cells}
                case "mergeCells":
                    leaf.merged = tuple(sorted(one.attrib["ref"] for one in element))
                case "headerFooter":
                    leaf.printed = tuple(printed(one.text) for one in element if one.text)
        charts: list[Chart] = []
        for drawing in self._related(name, "drawing").values():
            for chart in self._charts(drawing):
                charts.append(self._chart(called, len(charts) + 1, self._xml(chart)))
        leaf.charts = tuple(charts)
        return leaf

    def _cells(
        self, line: ElementTree.Element, row: int, shared: dict[str, tuple[str, str]], blanks: list[tuple[int, int]]
    ) -> dict[int, Content]:
        """The cells of a row by column; those that are not locked are added to ``blanks``."""
        cells: dict[int, Content] = {}
        at = -1
        for cell in line:
            place = cell.attrib.get("r", "")
            at = column_of(_PLACE.match(place)[1]) if place else at + 1  # type: ignore[index]
            written, value, inline = "", None, ""
            for part in cell:
                match _tag(part):
                    case "f":
                        written = _formula(part, place, shared)
                    case "v":
                        value = part.text
                    case "is":
                        inline = _said(part)
            style = int(cell.attrib.get("s", "0"))
            if style in self.open:
                blanks.append((row, at))
            code = self.codes[style] if self.codes else "General"
            one = content(self._value(cell.attrib.get("t", "n"), value, inline, bool(written)), written, code)
            if one is not None:
                cells[at] = one
        return cells

    def _value(self, kind: str, value: str | None, inline: str, is_result: bool) -> str:
        if kind == "inlineStr":
            return "t" + text(inline)
        if value is None:
            return ""
        if kind == "s":
            return "t" + self.texts[int(value)]
        if kind == "b":
            return "b" + ("1" if value in _TRUE else "0")
        if kind in ("e", "str", "d"):
            return ("e" if kind == "e" else "t") + text(_unescaped(value))
        return "n" + number(float(value), RESULT_DIGITS if is_result else DIGITS)

    def _charts(self, drawing: str) -> Iterator[str]:
        """The charts of a drawing, in the order in which they stand there."""
        parts = self._related(drawing)
        for one in self._xml(drawing).iter():
            if _tag(one) == "chart":
                reference = next((value for key, value in one.attrib.items() if key.endswith("}id")), "")
                if reference in parts:
                    yield parts[reference]

    def _chart(self, sheet: str, number_: int, root: ElementTree.Element) -> Chart:
        texts = ["".join(run.text or "" for run in one.iter() if _tag(run) == "t") for one in root.iter() if _tag(one) == "p"]
        names, ranges = [], []
        for series in (one for one in root.iter() if _is_chart(one, "ser")):
            for part in series:
                if _is_chart(part, "tx"):
                    names.append("".join(one.text or "" for one in part.iter() if _is_chart(one, "v")))
                elif _is_chart(part, "cat") or _is_chart(part, "val"):
                    drawn = next((formula(one.text or "") for one in part.iter() if _is_chart(one, "f")), "")
                    ranges.append(drawn)
                    points = {
                        int(one.attrib["idx"]): "".join(v.text or "" for v in one if _is_chart(v, "v"))
                        for one in part.iter()
                        if _is_chart(one, "pt")
                    }
                    self.drawn.append(Drawn(sheet, number_, drawn, points))
        return Chart(tuple(one for one in texts if one), tuple(names), tuple(ranges))


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _is_chart(element: ElementTree.Element, tag: str) -> bool:
    """Whether an element is of charts' own vocabulary, and not of a program's additions to it."""
    return element.tag.endswith(f"}}{tag}") and "microsoft" not in element.tag


def _resolved(folder: PurePosixPath, target: str) -> str:
    parts: list[str] = []
    for one in (target.lstrip("/") if target.startswith("/") else f"{folder}/{target}").split("/"):
        if one == "..":
            parts.pop()
        elif one not in ("", "."):
            parts.append(one)
    return "/".join(parts)


def _said(element: ElementTree.Element) -> str:
    """The text of a string, whatever fonts its pieces have; how it is pronounced is left out."""
    pieces = []
    for one in element:
        if _tag(one) == "t":
            pieces.append(one.text or "")
        elif _tag(one) == "r":
            pieces += [part.text or "" for part in one if _tag(part) == "t"]
    return text(_unescaped("".join(pieces)))


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value


def _open(root: ElementTree.Element) -> frozenset[int]:
    """The styles whose cells are not locked where their sheet is protected."""
    styles = next((one for one in root if _tag(one) == "cellXfs"), ())
    return frozenset(at for at, one in enumerate(styles) if any(part.attrib.get("locked") in ("0", "false") for part in one))


def _codes(root: ElementTree.Element) -> list[str]:
    """The number format of each style."""
    own: dict[int, str] = {}
    for one in root.iter():
        if _tag(one) == "numFmt" and "numFmtId" in one.attrib:
            own.setdefault(int(one.attrib["numFmtId"]), one.attrib.get("formatCode", ""))
    styles = next((one for one in root if _tag(one) == "cellXfs"), ())
    numbers = [int(one.attrib.get("numFmtId", "0")) for one in styles]
    return [own.get(at, BUILTIN_FORMATS.get(at, "General")) for at in numbers]


def _formula(part: ElementTree.Element, place: str, shared: dict[str, tuple[str, str]]) -> str:
    """A formula; one that stands in another cell for several is moved here."""
    written = part.text or ""
    if part.attrib.get("t") != "shared":
        return written
    if written:
        shared[part.attrib["si"]] = (written, place)
        return written
    first, origin = shared[part.attrib["si"]]
    return str(Translator("=" + first, origin).translate_formula(place))


def _seal_lines(leaf: Leaf) -> list[str]:
    """The lines on the hidden sheet: long ones go on in the cells to the right."""
    return ["".join(leaf.rows[row][at].value[1:] for at in sorted(leaf.rows[row])) for row in sorted(leaf.rows)]
