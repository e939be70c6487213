"""Who is told what, and through which channel: ``delivery.yaml`` in the company's folder. Optional; without it nothing is sent.

The file names environment variables, never what is in them: passwords, signing secrets and the addresses of group robots, which
hold a token, stay out of the folder. How a message is made and sent is ``pipelines.delivery``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic_core import PydanticCustomError

from pipelines.company.yamlfile import NOT_SHOWN, Strict, load
from pipelines.contracts.model import Language

FILE = "delivery.yaml"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_ADDRESS = re.compile(r"[!#$%&'*+/=?^_`{|}~.A-Za-z0-9-]+@[A-Za-z0-9.-]+\Z")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Event(StrEnum):
    """What a message is about."""

    PUBLISHED = "published"
    NEW_VERSION = "new_version"
    FAILED_CHECK = "failed_check"
    LATE_SENDER = "late_sender"
    RETURNED = "returned"
    FAILURE = "failure"
    RECOVERY = "recovery"


ABOUT_ALL = (Event.FAILED_CHECK, Event.FAILURE, Event.RECOVERY)
"""What tells of the whole company, so that nobody with a slice may have it."""


def _wrong(text: str) -> PydanticCustomError:
    """What is wrong, without the value: a secret may have been written where a name was wanted."""
    return PydanticCustomError(NOT_SHOWN, "{text}", {"text": text})


def _variable(value: Any) -> Any:
    if not isinstance(value, str) or not _VARIABLE.match(value):
        raise _wrong("name an environment variable (capital letters, digits, _), never the secret itself")
    return value


def _id(value: str) -> str:
    if not _ID.match(value):
        raise ValueError("write it with small letters, digits, - and _")
    return value


def _address(value: str) -> str:
    if value and not _ADDRESS.match(value):
        raise ValueError("not an e-mail address such as wang@example.com")
    return value


Variable = Annotated[str, pydantic.BeforeValidator(_variable)]
"""The name of an environment variable."""
Id = Annotated[str, pydantic.AfterValidator(_id)]


class SmtpChannel(Strict):
    """A mail server. ``ca_file``: certificates to trust beside the system's, such as those of the company's own authority."""

    kind: Literal["smtp"]
    host: str
    port: int = pydantic.Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: Variable | None = None
    from_: Annotated[str, pydantic.AfterValidator(_address)] = pydantic.Field(alias="from")
    from_name: str = ""
    ca_file: str = ""
    timeout: int = pydantic.Field(20, ge=1, le=120)
    """Seconds for each answer of the server."""
    most_megabytes: int = pydantic.Field(20, ge=1)
    """Attachments of one message; what is beyond is named and not attached."""

    @pydantic.model_validator(mode="after")
    def _whole(self) -> SmtpChannel:
        if bool(self.user) != (self.password_env is not None):
            raise _wrong("user and password_env go together")
        if self.user and self.security == "none" and self.host not in _LOOPBACK:
            raise _wrong("a password is never sent in clear over a network: security is starttls or tls")
        return self


class WebhookChannel(Strict):
    """A group robot of WeCom, DingTalk or Feishu, or any HTTP server (``generic``).

    ``secret_env``: what requests are signed with; DingTalk and Feishu show it with the robot, a generic server gets
    ``X-Closebook-Signature``.
    """

    kind: Literal["generic", "wecom", "dingtalk", "feishu"]
    url_env: Variable
    secret_env: Variable | None = None
    timeout: int = pydantic.Field(20, ge=1, le=120)

    @pydantic.model_validator(mode="after")
    def _whole(self) -> WebhookChannel:
        if self.kind == "wecom" and self.secret_env is not None:
            raise _wrong("WeCom's robots have no signing secret: leave secret_env out")
        return self


Channel = SmtpChannel | WebhookChannel


class Slice(Strict):
    """A part of the company: the figures of these regions, of these dealers (any customers), or of these salespeople."""

    regions: tuple[str, ...] = ()
    dealers: tuple[str, ...] = ()
    employees: tuple[str, ...] = ()

    @pydantic.model_validator(mode="after")
    def _one_kind(self) -> Slice:
        if sum(map(bool, (self.regions, self.dealers, self.employees))) != 1:
            raise _wrong("a slice names codes of one kind: regions, dealers or employees")
        return self

    @property
    def kind(self) -> Literal["regions", "dealers", "employees"]:
        """Which of the three."""
        return "regions" if self.regions else "dealers" if self.dealers else "employees"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, each once, in order."""
        return tuple(sorted({*self.regions, *self.dealers, *self.employees}))


    def __str__(self) -> str:
        return f"{self.kind}: {', '.join(self.codes)}"


class Attach(Strict):
    """Which reports go with a message (ids such as R13), and as what. A recipient of a slice gets their own figures instead.

    One whose slice is one employee gets that person's own file of each report, and nobody else's.
    """

    reports: tuple[str, ...] = ()
    formats: tuple[Literal["xlsx", "html"], ...] = ("xlsx",)


class Recipient(Strict):
    """One who is told. ``owns``: whose failed checks they get (owners as the policy writes them); empty: everybody's."""

    id: Id
    name: str
    channel: str
    address: Annotated[str, pydantic.AfterValidator(_address)] = ""
    language: Language = "zh-Hans"
    events: tuple[Event, ...]
    slice: Literal["whole"] | Slice = "whole"
    owns: tuple[str, ...] = ()
    attach: Attach = Attach()

    @pydantic.model_validator(mode="after")
    def _own_only(self) -> Recipient:
        if Event.RETURNED in self.events:
            raise _wrong("returned goes to the senders: put it under senders")
        if self.slice != "whole":
            if told := [event for event in ABOUT_ALL if event in self.events]:
                raise _wrong(f"{told[0]} tells of the whole company; it needs slice: whole")
            if self.attach.reports and not (self.slice.kind == "employees" and len(self.slice.codes) == 1):
                raise _wrong("a recipient of a slice gets their own figures; attach.reports needs slice: whole, or one employee")
        return self


class ToSenders(Strict):
    """What the senders in senders.csv are told, at their address there and in their language."""

    channel: str
    events: tuple[Literal[Event.LATE_SENDER, Event.RETURNED], ...] = (Event.LATE_SENDER, Event.RETURNED)


class Delivery(Strict):
    """The file ``delivery.yaml``. ``portal_url`` is where the portal is served; links lead there.

    ``keep_days``: what was sent so many days before the last published business day is taken out of the home, but for what it told.
    """

    portal_url: str = ""
    keep_days: int = pydantic.Field(400, ge=1)
    channels: dict[Id, Annotated[SmtpChannel | WebhookChannel, pydantic.Field(discriminator="kind")]]
    recipients: tuple[Recipient, ...] = ()
    senders: ToSenders | None = None

    @pydantic.field_validator("portal_url")
    @classmethod
    def _served(cls, value: str) -> str:
        if value and not re.match(r"https?://[^\s@]+\Z", value):
            raise _wrong("write https://…, without a password")
        return value.rstrip("/")

    @pydantic.model_validator(mode="after")
    def _fits(self) -> Delivery:
        ids = [one.id for one in self.recipients]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise _wrong(f"the recipient {twice[0]} stands here twice")
        for one in self.recipients:
            channel = self._channel(one.channel, f"recipient {one.id}")
            if isinstance(channel, SmtpChannel) and not one.address:
                raise _wrong(f"recipient {one.id}: an address is needed, since the channel {one.channel} is a mail server")
            if isinstance(channel, WebhookChannel) and one.address:
                raise _wrong(f"recipient {one.id}: a webhook has no address; its url_env says where it leads")
        if self.senders and not isinstance(self._channel(self.senders.channel, "senders"), SmtpChannel):
            raise _wrong("senders: their channel is a mail server, since senders.csv gives mail addresses")
        return self

    def _channel(self, name: str, whose: str) -> Channel:
        if name not in self.channels:
            raise _wrong(f"{whose}: there is no channel {name}; the channels are {', '.join(self.channels) or 'none'}")
        return self.channels[name]

    def variables(self) -> tuple[str, ...]:
        """Every environment variable that the file names."""
        return tuple(sorted({name for channel in self.channels.values() for name in variables_of(channel)}))


def variables_of(channel: Channel) -> Iterable[str]:
    """The environment variables that ``channel`` needs."""
    named = (channel.password_env,) if isinstance(channel, SmtpChannel) else (channel.url_env, channel.secret_env)
    return [name for name in named if name]


def load_delivery(folder: Path) -> Delivery | None:
    """The file of the company in ``folder``, None when it has none. Raises ``ConfigurationError`` naming file and line."""
    path = folder / FILE
    return load(path, Delivery) if path.is_file() else None
