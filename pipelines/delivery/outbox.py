"""The outbox of a home: what is to be sent stands there before it is sent, and what was sent is noted there.

``waiting/<number>-<id>.json`` until the note ``sent/<id>.json`` is on the disk. A message's id is made of whom it tells what, so that
the same thing planned again is the same message: a sender that was killed between sending and noting sends it again with the same id,
and after the note never. ``files/`` holds attachments that are not on the shelf, by content. A note that is old goes into
``pruned.json``: whom it told what, and the hashes of what was attached, without its words and files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines import storage
from pipelines.errors import ClosebookError

_PRUNED = "pruned.json"


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message: its name there, where it lies below the home, and its content's hash."""

    name: str
    path: str
    sha256: str


@dataclass(frozen=True)
class Message:
    """One message to one recipient. ``tells`` are the facts that it tells; ``channel`` is a name in ``delivery.yaml``.

    ``part`` is the part of the company that the recipient had when it was written: ``whole`` or a slice.
    """

    recipient: str
    name: str
    channel: str
    address: str
    language: str
    event: str
    period: str
    subject: str
    text: str
    html: str
    markdown: str
    link: str
    tone: str
    tells: tuple[str, ...]
    part: str = "whole"
    attachments: tuple[Attachment, ...] = ()

    @property
    def id(self) -> str:
        """What the message is known by, here and at the receiving end."""
        said = json.dumps([self.recipient, self.event, sorted(self.tells)])
        return hashlib.sha256(said.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Draft:
    """A message that is not yet in the outbox, with the content of the attachments that are only made for it."""

    message: Message
    contents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class Memory:
    """What planning has to remember beside messages: since which line of the journal a recipient is told, what it has looked at."""

    since: dict[str, int] = field(default_factory=dict)
    runs_since: dict[str, int] = field(default_factory=dict)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)


class Outbox:
    """The folder ``home/outbox``."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.root = home / "outbox"

    def put(self, drafts: Iterable[Draft]) -> int:
        """Write what is to be sent; returns how many were new. Attachments come first, so that no message lacks one."""
        known, new = {*self._ids("waiting"), *self._ids("sent"), *(one.id for one in self._pruned())}, 0
        number = max((int(path.name.split("-")[0]) for path in self._files("waiting")), default=0)
        for draft in drafts:
            if draft.message.id in known:
                continue
            known.add(draft.message.id)
            for path, content in draft.contents.items():
                if not (self.home / path).is_file():
                    storage.write_bytes(self.home / path, content)
            number, new = number + 1, new + 1
            storage.write_text(self.root / "waiting" / f"{number:06d}-{draft.message.id}.json", _written(draft.message))
        return new

    def waiting(self) -> list[Message]:
        """What is not noted as sent, in the order in which it was decided. What a killed sender had noted is cleared away."""
        sent = set(self._ids("sent"))
        found = []
        for path in self._files("waiting"):
            if path.stem.partition("-")[2] in sent:
                path.unlink()
            else:
                found.append(_read(path))
        return found

    def messages(self) -> list[Message]:
        """Every message, sent or waiting; of those that were pruned what is kept."""
        return [*self._pruned(), *(_read(path) for path in (*self._files("sent"), *self._files("waiting")))]

    def note(self, message: Message, at: str) -> None:
        """Note that ``message`` was sent at the moment ``at``: from here on it never is again. Of its forms the plain text is kept."""
        kept = replace(message, html="", markdown="")
        storage.write_text(self.root / "sent" / f"{message.id}.json", _written(kept, sent_at=at))
        self._clear(message)

    def prune(self, before: str) -> int:
        """Take away the notes of what was sent before ``before`` (an ISO day, UTC), and attachments that no message names; how many notes.

        What they told stays told, and their attachments' hashes stay known: nothing is sent again.
        """
        old = [path for path in self._files("sent") if json.loads(path.read_text("utf-8"))["sent_at"] < before]
        if not old:
            return 0
        bare = [replace(_read(path), address="", subject="", text="", html="", markdown="", link="") for path in old]
        kept = {one.id: one for one in (*self._pruned(), *bare)}
        storage.write_text(self.root / _PRUNED, json.dumps([asdict(one) for _, one in sorted(kept.items())], ensure_ascii=False) + "\n")
        for path in old:
            path.unlink()
        here = [_read(path) for folder in ("sent", "waiting", "withdrawn") for path in self._files(folder)]
        named = {attachment.path for message in here for attachment in message.attachments}
        for path in sorted((self.root / "files").glob("*/*")):
            if path.relative_to(self.home).as_posix() not in named:
                path.unlink()
        return len(old)

    def _pruned(self) -> list[Message]:
        path = self.root / _PRUNED
        return [_message(one) for one in json.loads(path.read_text("utf-8"))] if path.is_file() else []

    def withdraw(self, message: Message) -> None:
        """Keep ``message`` from ever being sent: who it was for may not have it any more. What it tells counts as not told."""
        storage.write_text(self.root / "withdrawn" / f"{message.id}.json", _written(message))
        self._clear(message)

    def _clear(self, message: Message) -> None:
        for path in self._files("waiting"):
            if path.stem.endswith(message.id):
                path.unlink()

    def told(self) -> dict[str, set[str]]:
        """The facts that stand in messages, sent or waiting, by recipient."""
        found: dict[str, set[str]] = {}
        for message in self.messages():
            found.setdefault(message.recipient, set()).update(message.tells)
        return found

    def content(self, attachment: Attachment) -> bytes:
        """An attachment as it was when it was decided to send it. Raises ``ClosebookError`` when it is gone or was changed."""
        path = self.home / attachment.path
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != attachment.sha256:
            raise ClosebookError(f"{path}: this attachment is gone or was changed since it was to be sent. Restore it from a backup.")
        return content

    def memory(self) -> Memory:
        """What planning remembered last."""
        path = self.root / "memory.json"
        return Memory(**json.loads(path.read_text("utf-8"))) if path.is_file() else Memory()

    def remember(self, memory: Memory) -> None:
        """Keep ``memory``; after the messages that it has led to are in the outbox."""
        text = json.dumps(asdict(memory), sort_keys=True, indent=1) + "\n"
        path = self.root / "memory.json"
        if not path.is_file() or path.read_text("utf-8") != text:
            storage.write_text(path, text)

    def _files(self, folder: str) -> list[Path]:
        return sorted((self.root / folder).glob("*.json"))

    def _ids(self, folder: str) -> list[str]:
        return [path.stem.rpartition("-")[2] for path in self._files(folder)]


def file_of(content: bytes) -> tuple[str, str]:
    """Where an attachment made for a message lies below the home, and its hash."""
    sha = hashlib.sha256(content).hexdigest()
    return f"outbox/files/{sha[:2]}/{sha}", sha


def _written(message: Message, **more: str) -> str:
    return json.dumps({**asdict(message), **more}, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _read(path: Path) -> Message:
    said: dict[str, Any] = json.loads(path.read_text("utf-8"))
    said.pop("sent_at", None)
    return _message(said)


def _message(said: dict[str, Any]) -> Message:
    attachments = tuple(Attachment(**one) for one in said.pop("attachments"))
    return Message(**{**said, "tells": tuple(said["tells"])}, attachments=attachments)
