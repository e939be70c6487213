"""What a page says, piece by piece, and the seal that it carries: tables by row and column, headlines, texts, drawings.

A page is proven as it was written, markup, style and script included, since all of them decide what a reader sees; only blanks, line
ends and the seal itself do not count. The lines are made by cutting the text, which is fast enough to be done for every page.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.proof.aligned import aligned
from pipelines.proof.seal import Identity, Seal, mark, short
from pipelines.proof.touched import MOST_SHOWN, Touch

_SEAL = re.compile(r'<script type="application/json" id="proof">(.*?)</script>\s*', re.DOTALL)
_END = "</body>"
_BLANKS = re.compile(r"[\t\r\n][ \t\r\n]*| [ \t\r\n]+")
"""Blanks that are not one space already."""
_PIECE = re.compile(r"<(table|svg|style|script|title|h[1-4]|p|li|dt|dd|summary|button|label|nav)\b[^>]*>.*?</\1\s*>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr\s*>", re.DOTALL)
_CELL = re.compile(r"<t[hd]\b.*?</t[hd]\s*>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SAID = re.compile(r">([^<]+)<")
_KINDS = {
    "title": "the page's title", "h1": "the headline", "h2": "the headline", "h3": "the heading", "h4": "the heading", "p": "the paragraph",
    "li": "the note", "svg": "the drawing", "style": "the page's style", "script": "the page's script", "dt": "the term", "dd": "the text",
    "nav": "the links", "summary": "the text", "button": "the text", "label": "the text",
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A table, text or drawing, with the markup that stands before it."""

    kind: str
    source: str
    before: str

    @property
    def digest(self) -> str:
        """Of the piece alone, wherever it stands."""
        return short(self.source)

    @cached_property
    def rows(self) -> list[list[str]]:
        """The cells of a table as they are written, row by row, its headings first."""
        return [_CELL.findall(row) for row in _ROW.findall(self.source)] if self.kind == "table" else []


def pieces(page: str) -> list[Piece]:
    """The page without its seal, cut into pieces; the last one is what stands behind all others."""
    found, end = [], 0
    for one in _PIECE.finditer(page):
        found.append(Piece(one[1], one[0], page[end : one.start()]))
        end = one.end()
    return [*found, Piece("end", page[end:], "")]


def sealed(page: str, identity: Identity) -> tuple[str, Seal]:
    """The page with its seal put in at its end, and the seal."""
    found = seal_of(page, identity)
    written = json.dumps(found.written(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    head, end, tail = page.rpartition(_END)
    if not end:
        raise ValueError("a page without an end of its body cannot carry a seal")
    return f'{head}<script type="application/json" id="proof">{written}</script>\n{end}{tail}', found


def split(page: str) -> tuple[str, list[str] | None]:
    """The page without its seal, and the seal's lines; None when it carries none. Raises ``ValueError`` for lines that are none."""
    carried = _SEAL.findall(page)
    if not carried:
        return page, None
    lines = json.loads(carried[-1])
    if len(carried) > 1 or not isinstance(lines, list) or not all(isinstance(one, str) for one in lines):
        raise ValueError("its digests are not a list of lines")
    return _SEAL.sub("", page), lines


def seal_of(page: str, identity: Identity) -> Seal:
    """The seal of a page: a line over all of it, then one for each piece, and for each row and column of its tables."""
    page = _normal(page)
    lines = [f"all {hashlib.sha256(page.encode('utf-8', 'surrogatepass')).hexdigest()}"]
    marks_of: dict[str, str] = {}  # many cells of a page are written alike
    for piece in pieces(page):
        marks = "" if piece.rows else "".join([mark(one) for one in _SAID.findall(piece.source)])
        lines.append(f"piece {piece.kind} {piece.digest} {short(piece.before)} {marks}")
        columns: dict[int, list[str]] = {}
        for cells in piece.rows:
            for one in cells:
                if one not in marks_of:
                    marks_of[one] = mark(_text(one)) + mark(one)[0]
            lines.append(f"row {short(''.join(cells))} {''.join([marks_of[one] for one in cells])}")
            for at, one in enumerate(cells):
                columns.setdefault(at, []).append(one)
        lines += [f"column {short(''.join(columns[at]))}" for at in sorted(columns)]
    return Seal(identity, tuple(lines))


def _normal(page: str) -> str:
    return _BLANKS.sub(" ", page.removeprefix("\ufeff"))


def _text(source: str) -> str:
    """What a reader sees of a piece."""
    bare = _TAG.sub(" " if "<svg" in source else "", source)
    return _BLANKS.sub(" ", html.unescape(bare) if "&" in bare else bare).strip()


@dataclass
class _Sealed:
    """What the seal says of one piece."""

    kind: str
    digest: str
    before: str
    marks: str
    rows: list[tuple[str, list[str]]]
    columns: list[str]


def touched(seal: Seal, page: str, original: str | None = None) -> list[Touch]:
    """Everything in ``page`` (without its seal) that is not what ``seal`` says; empty exactly when it seals this page.

    ``original`` is the published page without its seal, where it is at hand. Raises ``ValueError`` for lines that are no page's.
    """
    if seal_of(page, seal.identity) == seal:
        return []
    found, before = pieces(_normal(page)), pieces(_normal(original)) if original is not None else None
    expected = _read(seal)
    if before is not None and len(before) != len(expected):
        before = None
    told = "The page is not what its digests say, in a place that they do not tell apart. Use the published one."
    return list(_compared(expected, found, before)) or [Touch("", "content", told)]


def _read(seal: Seal) -> list[_Sealed]:
    found: list[_Sealed] = []
    for line in seal.lines:
        kind, *rest = line.split(" ")
        if kind == "piece":
            found.append(_Sealed(rest[0], rest[1], rest[2], rest[3], [], []))
        elif kind == "row":
            found[-1].rows.append((rest[0], [rest[1][at : at + 3] for at in range(0, len(rest[1]), 3)]))
        elif kind == "column":
            found[-1].columns.append(rest[0])
        elif kind != "all":
            raise ValueError(f"a line of a page's seal cannot begin with '{kind}'")
    return found


def _compared(expected: Sequence[_Sealed], found: Sequence[Piece], originals: Sequence[Piece] | None) -> Iterator[Touch]:
    under = _under(found)
    for a, b in aligned([f"{one.kind} {one.digest}" for one in expected], [f"{one.kind} {one.digest}" for one in found]):
        was = originals[a] if originals is not None and a is not None else None
        if b is None and a is not None:
            what = _KINDS.get(expected[a].kind, "a table")
            yield Touch(what, "removed", f"{what} was taken out{_published(was)}.")
        elif a is None and b is not None:
            what = _KINDS.get(found[b].kind, "a table")
            yield Touch(under[b], "added", f"{under[b]}: {what} was put in: {_shown(found[b].source)}.")
        elif a is not None and b is not None:
            one, piece = expected[a], found[b]
            if one.before != short(piece.before):
                told = f"the markup before it was changed; it is '{_cut(piece.before.strip())}' now"
                yield Touch(under[b], "markup", f"{under[b]}: {told}.")
            if one.kind != piece.kind:
                told = f"it stands in the place of something else: {_shown(piece.source)}{_published(was)}"
                yield Touch(under[b], "replaced", f"{under[b]}: {told}.")
            elif one.digest != piece.digest:
                yield from _table(one, piece, under[b], was) if one.rows else _words(one, piece, under[b], was)


def _under(found: Sequence[Piece]) -> list[str]:
    """The name of each piece: what it is, and under which headline it stands."""
    names, headline = [], ""
    counted: dict[tuple[str, str], int] = {}
    for one in found:
        kind = "the table" if one.kind == "table" else _KINDS.get(one.kind, "the end of the page")
        number = counted[headline, kind] = counted.get((headline, kind), 0) + 1
        if one.kind in ("h1", "h2"):
            headline = _cut(_text(one.source), 40)
            names.append(f"{kind} '{headline}'")
        else:
            names.append(f"{kind}{f' {number}' if number > 1 else ''} under '{headline}'" if headline and one.kind != "end" else kind)
    return names


def _words(one: _Sealed, piece: Piece, name: str, was: Piece | None) -> Iterator[Touch]:
    texts = _SAID.findall(piece.source)
    marks = [one.marks[at : at + 2] for at in range(0, len(one.marks), 2)]
    now = [mark(text) for text in texts]
    if marks == now:
        yield Touch(name, "drawn", f"{name}: its shape or look was changed, not its text: {_shown(piece.source)}.")
        return
    if piece.kind in ("style", "script"):
        yield Touch(name, "text", f"{name}: it was changed.")
    elif piece.kind != "svg":
        yield Touch(name, "text", f"{name}: it says {_shown(piece.source)} now{_published(was)}.")
    else:
        before = _SAID.findall(was.source) if was else []
        for a, b in aligned(marks, now):
            if a is not None and b is not None and marks[a] != now[b]:
                published = f"; published was '{html.unescape(before[a])}'" if len(before) == len(marks) else ""
                yield Touch(name, "text", f"{name}: it says '{html.unescape(texts[b]).strip()}' now{published}.")
            elif a is None and b is not None:
                yield Touch(name, "text", f"{name}: '{html.unescape(texts[b]).strip()}' was put in.")
            elif b is None:
                yield Touch(name, "text", f"{name}: a text was taken out.")


def _table(one: _Sealed, piece: Piece, name: str, was: Piece | None) -> Iterator[Touch]:
    heads = [_text(cell) for cell in piece.rows[0]] if piece.rows else []
    touches: list[Touch] = []
    for a, b in aligned([digest for digest, _ in one.rows], [short("".join(cells)) for cells in piece.rows]):
        original = was.rows[a] if was is not None and a is not None and a < len(was.rows) else None
        if b is None and a is not None:
            told = f": {_shown(' '.join(original))}" if original else ""
            touches.append(Touch(f"{name}, row {a}", "row removed", f"{name}: row {a} was taken out{told}."))
        elif a is None and b is not None:
            touches.append(Touch(f"{name}, row {b}", "row added", f"{name}: row {b} was put in: {_shown(' '.join(piece.rows[b]))}."))
        elif a is not None and b is not None and one.rows[a][0] != short("".join(piece.rows[b])):
            row = f"{name}, row {b}"
            cells = list(_cells(one.rows[a][1], piece.rows[b], original, heads, row))
            touches += cells or [Touch(row, "content", f"{row}: it was changed.")]
    yield from touches or [Touch(name, "markup", f"{name}: its markup between rows was changed, or how a row is shown.")]


def _cells(marks: Sequence[str], cells: Sequence[str], original: Sequence[str] | None, heads: Sequence[str], row: str) -> Iterator[Touch]:
    first = _text(cells[0]) if cells else ""
    label = f"{row} ('{_cut(first, 40)}')" if first and not row.endswith("row 0") else row
    if len(marks) != len(cells):
        yield Touch(row, "cells", f"{label}: it has {len(cells)} cells and had {len(marks)}.")
        return
    for at, (before, cell) in enumerate(zip(marks, cells, strict=True)):
        if before == mark(_text(cell)) + mark(cell)[0]:
            continue
        column = heads[at] if at < len(heads) and heads[at] else str(at + 1)
        published = f"; published was '{_cut(_text(original[at]))}'" if original is not None and at < len(original) else ""
        place = f"{row}, column {column}"
        if before[:2] == mark(_text(cell)):
            yield Touch(place, "shown", f"{label}, column {column}: how it is shown or sorted was changed; it says '{_cut(_text(cell))}'.")
        else:
            yield Touch(place, "value", f"{label}, column {column}: it says '{_cut(_text(cell))}' now{published}.")


def _published(was: Piece | None) -> str:
    return f"; published was {_shown(was.source)}" if was is not None else ""


def _shown(source: str) -> str:
    return f"'{_cut(_text(source))}'"


def _cut(text: str, most: int = MOST_SHOWN) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def untied(page: str, tied: str) -> list[str]:
    """Rows of the page's reconciliation whose printed sides do not give the printed difference, a sentence each.

    ``tied`` is the mark of a result without a difference.
    """
    section = re.search(r'<section id="reconciliation".*?</section>', page, re.DOTALL)
    if section is None:
        return []
    found = []
    for cells in (_CELL.findall(row) for row in _ROW.findall(section[0])[1:]):
        texts = [_text(one) for one in cells]
        if len(texts) != 8:
            continue
        left, right, gap = (_cents(texts[at]) for at in (3, 5, 6))
        if left is None or right is None or gap is None:
            continue
        # Three roundings to cents.
        if abs(left - right - gap) > 2 or (texts[7].startswith(tied) and gap != 0):
            found.append(f"{texts[0]} {texts[1]}: {texts[3]} less {texts[5]} is not {texts[6]}, or does not mean '{texts[7]}'.")
    return found


def _cents(printed: str) -> int | None:
    plain = printed.replace(",", "").replace("−", "-").replace("+", "").replace(" ", "")
    number = re.fullmatch(r"(-?)(\d+)(?:\.(\d{1,2}))?", plain)
    return None if number is None else int(f"{number[1]}{number[2]}{(number[3] or '').ljust(2, '0')}")
