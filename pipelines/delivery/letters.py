"""What a message looks like: one letter as plain text, as a page for mail, as Markdown for group robots, in the reader's language.

What it says is ``events``'; the words come from the catalogues of the reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import jinja2

from pipelines.reports.catalogue import said
from pipelines.reports.formats import Reader
from pipelines.reports.model import Count, Message, Words, say

TEMPLATES = Path(__file__).parents[2] / "report_templates"
Tone = Literal["", "good", "bad"]
MOST_POINTS = 60
"""So many points are listed in a letter; how many more there are is said."""


@dataclass(frozen=True)
class Point:
    """One thing that is told: what it is about, and what is said of it."""

    title: Words
    text: Words | None = None
    tone: Tone = ""


@dataclass(frozen=True)
class Letter:
    """A message before it has a language. ``link`` is an address, ``tone`` colours its head."""

    subject: Words
    opening: Words
    points: tuple[Point, ...] = ()
    closing: tuple[Words, ...] = ()
    link: str = ""
    tone: Tone = ""


def subject(letter: Letter, reader: Reader) -> str:
    """The subject on one line."""
    return " ".join(said(letter.subject, reader).split())


def text(letter: Letter, reader: Reader) -> str:
    """The letter as plain text."""
    shown, rest = _points(letter, reader)
    lines = [said(letter.opening, reader), ""]
    for title, about, _ in shown:
        lines.append(f"- {title}" + (f": {about}" if about and reader.language == "en" else f"：{about}" if about else ""))
    lines += [*rest, "", *(said(one, reader) for one in letter.closing)]
    if letter.link:
        lines += ["", said(_TO_PORTAL, reader) + " " + letter.link]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def page(letter: Letter, reader: Reader) -> str:
    """The letter as a page for mail programs: tables and styles inside the elements, nothing from the network."""
    shown, rest = _points(letter, reader)
    return _template().render(
        language=reader.language, subject=subject(letter, reader), opening=said(letter.opening, reader), points=shown,
        rest=rest, closing=[said(one, reader) for one in letter.closing], link=letter.link, to_portal=said(_TO_PORTAL, reader),
        tone=letter.tone,
    )  # fmt: skip


def markdown(letter: Letter, reader: Reader, most_bytes: int) -> str:
    """The letter as the Markdown that group robots know, without its subject, cut at a line so that it has at most ``most_bytes``.

    Names as delivered cannot become links, mentions or colours.
    """
    shown, rest = _points(letter, reader)
    lines = [_harmless(said(letter.opening, reader)), ""]
    lines += [f"- **{_harmless(title)}**" + (f"  {_harmless(about)}" if about else "") for title, about, _ in shown]
    lines += [*map(_harmless, rest), "", *(_harmless(said(one, reader)) for one in letter.closing)]
    end = ["", f"[{_harmless(said(_TO_PORTAL, reader))}]({letter.link})"] if letter.link else []
    while len("\n".join([*lines, *end]).encode()) > most_bytes:
        lines = [*lines[:-2], "…"]
    return "\n".join([*lines, *end]).strip()


_TO_PORTAL = say("To the portal")


def _points(letter: Letter, reader: Reader) -> tuple[list[tuple[str, str, Tone]], list[str]]:
    shown = [
        (said(one.title, reader), said(one.text, reader) if one.text is not None else "", one.tone) for one in letter.points[:MOST_POINTS]
    ]
    more = len(letter.points) - len(shown)
    return shown, [said(Message("and {n} more", {"n": Count(more)}, plural="and {n} more"), reader)] if more else []


_MARKS = str.maketrans({"<": "‹", ">": "›", "[": "［", "]": "］", "*": "＊", "`": "'", "@": "＠", "\\": "＼", "#": "＃"})


def _harmless(line: str) -> str:
    return " ".join(line.split()).translate(_MARKS)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.get_template("mail.html.j2")
