"""The outbox is emptied: each message handed to its channel and noted. A channel that does not answer is left alone until the next run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pipelines import storage
from pipelines.company.delivery import Delivery, Recipient
from pipelines.delivery.channels import Sender, opened
from pipelines.delivery.credentials import Credentials
from pipelines.delivery.outbox import Message, Outbox
from pipelines.errors import ClosebookError
from pipelines.sources.ledger import utc_text


@dataclass
class Sent:
    """How many were sent, how many wait, and why, a sentence each."""

    sent: int = 0
    waiting: int = 0
    problems: list[str] = field(default_factory=list)


def send(
    outbox: Outbox, delivery: Delivery, contacts: Mapping[str, Recipient], credentials: Credentials, clock: Callable[[], datetime],
    *, certain: bool = True,
) -> Sent:  # fmt: skip
    """Send what waits, oldest first. Never raises for what a server does; a sentence a channel says what stopped it.

    Channel and address are those of ``contacts`` now. What waits for somebody who is not among them, or who has another part of the
    company now, is withdrawn; while contacts are not ``certain``, since the company's folder cannot be read, senders' messages wait.
    """
    done = Sent()
    channels: dict[str, Sender] = {}
    down: dict[str, list[Message]] = {}
    why: dict[str, str] = {}
    try:
        for written in outbox.waiting():
            to = contacts.get(written.recipient)
            if to is None and written.recipient.startswith("sender:") and not certain:
                done.waiting += 1
                continue
            if to is None or str(to.slice) != written.part:
                outbox.withdraw(written)
                reason = "is no longer told anything" if to is None else f"has another part of the company than {written.part}"
                done.problems.append(f"{written.recipient} {reason}: '{written.subject}' is withdrawn.")
                continue
            message = replace(written, name=to.name, channel=to.channel, address=to.address)
            name = message.channel
            if name in down:
                down[name].append(message)
                continue
            try:
                files = {one.name: outbox.content(one) for one in message.attachments}
            except ClosebookError as error:
                done.waiting += 1
                done.problems.append(f"{message.recipient}: {error}")
                continue
            channel = channels.setdefault(name, opened(name, delivery.channels[name], credentials))
            outcome = channel.send(message, files, clock())
            if outcome.state == "sent":
                storage.checkpoint(f"sent {message.id}")
                outbox.note(message, utc_text(clock()))
                done.sent += 1
            elif outcome.state == "refused":
                done.waiting += 1
                done.problems.append(credentials.scrub(f"{message.recipient}: {outcome.why}; '{message.subject}' waits for the next run."))
            else:
                down[name], why[name] = [message], outcome.why
    finally:
        for channel in channels.values():
            channel.close()
    for name, messages in down.items():
        done.waiting += len(messages)
        number = f"{len(messages)} message{'s' if len(messages) > 1 else ''}"
        waits = "wait" if len(messages) > 1 else "waits"
        done.problems.append(credentials.scrub(f"{name}: {why[name]}; {number} for {_whom(messages)} {waits}."))
    return done


def _whom(messages: list[Message]) -> str:
    names = list(dict.fromkeys(message.recipient for message in messages))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
