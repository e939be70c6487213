"""Signing off and closing a period: what the journal's lines mean, and which act may follow which.

open ── sign (preparer, then approver) ──▶ signed ── close ──▶ closed ── reopen ──▶ open, its signatures suspended

A signature is over one publication's content hash. When another publication follows, the signature stays in the journal and is
shown as suspended. A closed period is not published again until somebody opens it and says why; what arrives meanwhile waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.company.people import People, Role
from pipelines.errors import NotAllowed
from pipelines.publish.journal import Entry, Journal
from pipelines.publish.settled import DETAIL
from pipelines.publish.signing import Statement, is_by, sign
from pipelines.sources.ledger import utc_text


@dataclass(frozen=True)
class Signature:
    """One signature: who, as what, when, over which publication. ``authenticated``: by a key, not only declared."""

    by: str
    role: Role
    at: str
    publication: int
    digest: str
    authenticated: bool
    suspended: bool
    """Whether it is over another publication than the current one."""


@dataclass(frozen=True)
class Standing:
    """How a period stands: its current publication, who signed it, whether it is closed."""

    period: str
    publication: int
    digest: str
    closed: bool
    signatures: tuple[Signature, ...]
    reopened: Entry | None = None
    """The line that opened it last, if it was ever closed and opened again."""

    @property
    def in_force(self) -> tuple[Signature, ...]:
        """The signatures over what is published now."""
        return tuple(one for one in self.signatures if not one.suspended)

    def signed_as(self, role: Role) -> Signature | None:
        """The signature in force in ``role``."""
        return next((one for one in self.in_force if one.role == role), None)


def standing(entries: Sequence[Entry], period: str) -> Standing:
    """The state of ``period`` after ``entries``; publication 0 when nothing of it was published."""
    publication, digest, closed, reopened = 0, "", False, None
    signed: list[Entry] = []
    for entry in entries:
        if entry.period != period:
            continue
        if entry.act == "published":
            publication, digest = entry.details["publication"], entry.details["digest"]
        elif entry.act == "signed":
            signed.append(entry)
        elif entry.act == "closed":
            closed = True
        elif entry.act == "reopened":
            closed, reopened = False, entry
    signatures = tuple(_signature(entry, digest) for entry in signed)
    return Standing(period, publication, digest, closed, signatures, reopened)


def add_signature(
    journal: Journal, company: str, people: People, period: str, by: str, role: Role, moment: datetime, key_file: Path | None
) -> Signature:
    """Sign the current publication of ``period``.

    Raises ``NotAllowed`` when nothing is published, the person may not sign so, the other role was signed by the same person,
    the approver comes before the preparer, the role is signed already, or a person with a key signs without it.
    """
    person = people.person(by, role)
    now = standing(journal.entries(), period)
    if not now.publication:
        raise NotAllowed(f"{period}: nothing is published that could be signed. Run 'closebook run' first.")
    if already := now.signed_as(role):
        raise NotAllowed(f"{period}: publication {now.publication} is signed already as {role}, by {already.by}.")
    for other in now.in_force:
        if other.by == by:
            raise NotAllowed(f"{period}: {by} has signed publication {now.publication} as {other.role}. The {role} is another person.")
    if role is Role.APPROVER and now.signed_as(Role.PREPARER) is None:
        raise NotAllowed(f"{period}: the preparer signs first, so that the approver sees who prepared it.")
    if person.public_key and key_file is None:
        raise NotAllowed(f"{by} has a key in people.yaml: sign with it, --key FILE. Without it anybody could sign in this name.")
    if key_file is not None and not person.public_key:
        raise NotAllowed(f"{by} has no public_key in people.yaml. Put there what 'closebook key' printed, or sign without --key.")
    statement = Statement(company, period, now.publication, now.digest, role, by, utc_text(moment))
    details: dict[str, Any] = {"company": company, "publication": now.publication, "digest": now.digest, "role": role.value}
    if key_file is not None and person.public_key:
        details |= {"signature": sign(statement, key_file, person.public_key), "public_key": person.public_key}
    return _signature(journal.append("signed", period, by, statement.at, details), now.digest)


def close(
    journal: Journal, people: People, period: str, by: str, moment: datetime, settles: Mapping[str, str] | None = None
) -> Standing:
    """Close ``period``: from now on nothing of it is published. ``settles``: the frames of what is paid by that (``settled``).

    Raises ``NotAllowed`` when it is not signed by both, is closed already, or ``by`` is no approver.
    """
    people.person(by, Role.APPROVER)
    now = standing(journal.entries(), period)
    if now.closed:
        raise NotAllowed(f"{period}: closed already. 'closebook reopen {period} --by … --why …' opens it.")
    missing = [role.value for role in Role if now.signed_as(role) is None]
    if missing:
        raise NotAllowed(
            f"{period}: publication {now.publication} is not signed as {' and '.join(missing)}. "
            f"'closebook sign {period}' comes before the close."
        )
    paid = {DETAIL: dict(settles)} if settles else {}
    journal.append("closed", period, by, utc_text(moment), {"publication": now.publication, "digest": now.digest, **paid})
    return standing(journal.entries(), period)


def reopen(journal: Journal, people: People, period: str, by: str, why: str, moment: datetime) -> Standing:
    """Open ``period`` again: the next run publishes what has changed since.

    Raises ``NotAllowed`` without a reason, when it is open, or ``by`` is no approver.
    """
    people.person(by, Role.APPROVER)
    now = standing(journal.entries(), period)
    if not now.closed:
        raise NotAllowed(f"{period}: it is not closed, so there is nothing to open.")
    if not why.strip():
        raise NotAllowed(f"{period}: say why it is opened, --why. It stands in the journal and on the portal.")
    journal.append("reopened", period, by, utc_text(moment), {"publication": now.publication, "digest": now.digest, "why": why.strip()})
    return standing(journal.entries(), period)


def forged(entries: Sequence[Entry]) -> list[str]:
    """The signatures that are not by the key that they name, a sentence each. Whose key it is, ``people.yaml`` of that day says."""
    found = []
    for entry in entries:
        if entry.act == "signed" and "signature" in entry.details:
            one = entry.details
            statement = Statement(one["company"], entry.period, one["publication"], one["digest"], one["role"], entry.by, entry.at)
            if not is_by(statement, one["signature"], one["public_key"]):
                found.append(
                    f"line {entry.number}: {entry.by}'s signature of {entry.period} is not by the key that it names, over what it names."
                )
    return found


def _signature(entry: Entry, current: str) -> Signature:
    one: Mapping[str, Any] = entry.details
    return Signature(
        entry.by, Role(one["role"]), entry.at, one["publication"], one["digest"],
        authenticated="signature" in one, suspended=one["digest"] != current,
    )  # fmt: skip


def utc_now() -> datetime:
    """The moment of an act of a person. No figure is computed from it."""
    return datetime.now(UTC)
