"""Secrets from the environment: looked up when something is sent, and taken out of every text that is kept or printed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pipelines.company.delivery import Delivery
from pipelines.errors import ClosebookError

HIDDEN = "•••"
_SHORTEST = 4
"""Shorter values are not looked for inside a text: they would stand in half of its words."""


class MissingVariable(ClosebookError):
    """An environment variable that a channel needs is not set: names it, and who is not reached."""


class Credentials:
    """The values of the variables that ``delivery.yaml`` names."""

    def __init__(self, delivery: Delivery, environment: Mapping[str, str]) -> None:
        self._values = {name: environment.get(name, "") for name in delivery.variables()}

    def value(self, variable: str, channel: str, recipient: str) -> str:
        """What ``variable`` holds. Raises ``MissingVariable`` when it is not set or empty."""
        found = self._values[variable]
        if not found:
            raise MissingVariable(
                f"{variable} is not set where closebook runs; without it the channel {channel} does not reach {recipient}"
            )
        return found

    def scrub(self, text: str) -> str:
        """``text`` with every secret, and every part of a secret address that may be its token, replaced."""
        return scrubbed(text, self._values.values())


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """``text`` without ``secrets`` in any form that a server or library may repeat them: plain, quoted, Base64, JSON.

    >>> scrubbed("POST https://robot.example/send?key=abcd-1234 failed: abcd-1234", ["https://robot.example/send?key=abcd-1234"])
    'POST ••• failed: •••'
    """
    forms = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


def _forms(secret: str) -> set[str]:
    parts = {secret, unquote(secret)}
    if "://" in secret:
        try:
            split = urlsplit(secret)
            parts |= {split.path + ("?" + split.query if split.query else ""), split.query, split.password or ""}
            # A robot's token is the value of a parameter or the last part of the path.
            parts |= {value for _, _, value in (pair.partition("=") for pair in split.query.split("&"))}
            parts |= {part for part in split.path.split("/") if len(part) >= 2 * _SHORTEST and re.search(r"[0-9]", part)}
        except ValueError:  # not an address after all: then it is hidden as it stands
            parts.add(secret)
    found = set()
    for part in parts - {"", "/"}:
        raw = part.encode()
        found |= {part, quote(part, safe=""), quote(part), quote_plus(part), json.dumps(part)[1:-1], repr(part)[1:-1]}
        found |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    return found
