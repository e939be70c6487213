"""Edits of a workbook as somebody would make them who wants nobody to notice: in the XML, one thing at a time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from xml.sax.saxutils import escape

Edit = Callable[[str], str]


def parts(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(found: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    return stream.getvalue()


def edited(book: bytes, part: str, edit: Edit) -> bytes:
    """The workbook with one of its parts edited; an edit that changes nothing is a mistake of the test."""
    found = parts(book)
    before = found[part].decode()
    after = edit(before)
    assert after != before, f"nothing was edited in {part}"
    return packed({**found, part: after.encode()})


def part_of(book: bytes, sheet: str) -> str:
    """The part that holds a sheet."""
    main = parts(book)["xl/workbook.xml"].decode()
    names = re.findall(r'<sheet [^>]*?name="([^"]*)"', main)
    return f"xl/worksheets/sheet{names.index(escape(sheet)) + 1}.xml"


def cell(place: str, inside: str, kind: str = "") -> Edit:
    """An edit that gives a cell another inside, its style kept; a cell that was not there is put in at the end of its row."""
    row = re.sub(r"\D", "", place)

    def edit(xml: str) -> str:
        there = re.search(rf'<c r="{place}"((?: s="\d+")?)[^>]*?(?:/>|>.*?</c>)', xml, re.DOTALL)
        made = f'<c r="{place}"{there[1] if there else ""}{kind}>{inside}</c>'
        if there:
            return xml[: there.start()] + made + xml[there.end() :]
        return re.sub(rf'(<row r="{row}"[^>]*>)(.*?)(</row>)', lambda f: f[1] + f[2] + made + f[3], xml, count=1, flags=re.DOTALL)

    return edit


def number(value: float | str) -> str:
    return f"<v>{value}</v>"


def words(text: str) -> tuple[str, str]:
    """Inside and kind of a cell with a text of its own."""
    return f"<is><t>{escape(text)}</t></is>", ' t="inlineStr"'
