"""Who may sign: ``people.yaml`` in the company's folder. Keys and signatures themselves are ``publish.signing``'s."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pydantic

from pipelines.company.yamlfile import Strict, load
from pipelines.errors import ConfigurationError, NotAllowed

FILE = "people.yaml"
_KEY_BYTES = 32


class Role(StrEnum):
    """What a signature means. The two of one publication come from two people."""

    PREPARER = "preparer"
    APPROVER = "approver"


def _public_key(text: str) -> str:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("a public key is Base64, as 'closebook key' prints it") from error
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"an Ed25519 public key has {_KEY_BYTES} bytes; this has {len(raw)}")
    return text


class Person(Strict):
    """One who signs. ``public_key``: the public half of an Ed25519 key, Base64; empty: what is signed is declared, not authenticated."""

    id: str
    name: str
    roles: tuple[Role, ...]
    public_key: Annotated[str, pydantic.AfterValidator(_public_key)] | None = None


class People(Strict):
    """The file ``people.yaml``."""

    people: tuple[Person, ...] = ()

    @pydantic.field_validator("people")
    @classmethod
    def _each_once(cls, people: tuple[Person, ...]) -> tuple[Person, ...]:
        for what, values in (("id", [one.id for one in people]), ("public key", [one.public_key for one in people if one.public_key])):
            if twice := _twice(values):
                raise ValueError(f"the {what} {twice} stands here twice; two people have to be told apart")
        return people

    def person(self, name: str, role: Role) -> Person:
        """The person with the id ``name``. Raises ``NotAllowed`` when there is none, or not in this role."""
        found = next((one for one in self.people if one.id == name), None)
        if found is None:
            known = ", ".join(one.id for one in self.people) or "nobody"
            raise NotAllowed(f"{name} is not in the company's {FILE}; it lists {known}. Add the person, with their roles.")
        if role not in found.roles:
            raise NotAllowed(f"{name} is {' and '.join(found.roles)} in the company's {FILE}, not {role}.")
        return found


def _twice(values: Iterable[str]) -> str:
    seen: set[str] = set()
    return next((value for value in values if value in seen or seen.add(value)), "")  # type: ignore[func-returns-value]


def load_people(folder: Path) -> People:
    """The people of the company in ``folder``; none when it has no such file. Raises ``ConfigurationError`` naming file and line."""
    path = folder / FILE
    if not folder.is_dir():
        raise ConfigurationError(f"{folder}: no such company folder.")
    return load(path, People) if path.is_file() else People()
