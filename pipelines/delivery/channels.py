"""How a message leaves: by SMTP, or by HTTP to a group robot or another server. What became of it is a value, never an error.

What a server answers is not repeated: it may hold the address or the password. Its code is said, and what that means.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from mimetypes import guess_type
from typing import Any, Literal, Protocol
from urllib.parse import quote_plus, urlsplit

from pipelines.company.delivery import Channel, SmtpChannel, WebhookChannel
from pipelines.delivery.credentials import Credentials, MissingVariable
from pipelines.delivery.outbox import Message

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_ANSWER = 64 * 1024
MARKDOWN_BYTES: Mapping[str, int] = {"wecom": 4_096 - 256, "dingtalk": 18_000, "feishu": 18_000, "generic": 60_000, "smtp": 60_000}
"""What the text of a card may have, less its subject; WeCom takes 4,096 bytes, DingTalk and Feishu 20,000 with everything."""


@dataclass(frozen=True)
class Outcome:
    """What became of a message. ``refused``: this one; ``unreachable``: the channel, so that others need not be tried now."""

    state: Literal["sent", "refused", "unreachable"]
    why: str = ""


SENT = Outcome("sent")
Files = Mapping[str, bytes]
"""Attachments by name."""


class Sender(Protocol):
    """An open channel."""

    def send(self, message: Message, files: Files, now: datetime) -> Outcome:
        """Hand ``message`` over; ``now`` dates and signs it."""

    def close(self) -> None:
        """End what is open."""


def opened(name: str, channel: Channel, credentials: Credentials) -> Sender:
    """The channel called ``name``; connecting waits for the first message."""
    if isinstance(channel, SmtpChannel):
        return Mail(name, channel, credentials)
    return Webhook(name, channel, credentials)


# --- mail -------------------------------------------------------------------------------------------------------------


class Mail:
    """One connection to a mail server for all messages of a run."""

    def __init__(self, name: str, channel: SmtpChannel, credentials: Credentials) -> None:
        self.name, self.channel, self.credentials = name, channel, credentials
        self._server: smtplib.SMTP | None = None

    def send(self, message: Message, files: Files, now: datetime) -> Outcome:
        """Send one mail. A refused address leaves the connection as it is; anything else that fails ends it."""
        where = f"{self.channel.host}:{self.channel.port}"
        try:
            server = self._server or self._connected(message.recipient)
            self._server = server
            server.send_message(self.written(message, files, now), from_addr=self.channel.from_, to_addrs=[message.address])
        except MissingVariable as error:
            return Outcome("unreachable", str(error))
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()), (0, b""))[0]
            return Outcome("refused", f"the mail server {where} does not take the address {message.address} (code {code})")
        except smtplib.SMTPAuthenticationError as error:
            return self._ended(f"the mail server {where} does not accept {self.channel.user} with this password (code {error.smtp_code})")
        except smtplib.SMTPSenderRefused as error:
            return Outcome("refused", f"the mail server {where} does not take mail from {self.channel.from_} (code {error.smtp_code})")
        except smtplib.SMTPDataError as error:
            return Outcome("refused", f"the mail server {where} does not take this message (code {error.smtp_code})")
        except smtplib.SMTPResponseException as error:
            return self._ended(f"the mail server {where} answers with code {error.smtp_code}")
        except smtplib.SMTPNotSupportedError:
            return self._ended(f"the mail server {where} does not offer {self.channel.security} or a login: check port and security")
        except ssl.SSLError as error:
            return self._ended(f"no secure connection to the mail server {where}: {_of_tls(error)}")
        except (smtplib.SMTPException, OSError) as error:
            return self._ended(f"the mail server {where} cannot be reached: {_of_network(error)}")
        return SENT

    def close(self) -> None:
        """Say goodbye; a server that has gone needs none."""
        if self._server is not None:
            try:
                self._server.quit()
            except (smtplib.SMTPException, OSError):
                self._server.close()
            self._server = None

    def _ended(self, why: str) -> Outcome:
        if self._server is not None:
            self._server.close()
            self._server = None
        return Outcome("unreachable", why)

    def _connected(self, recipient: str) -> smtplib.SMTP:
        one = self.channel
        password = self.credentials.value(one.password_env, self.name, recipient) if one.password_env else ""
        context = ssl.create_default_context()
        if one.ca_file:
            context.load_verify_locations(one.ca_file)
        server = (
            smtplib.SMTP_SSL(one.host, one.port, timeout=one.timeout, context=context)
            if one.security == "tls"
            else smtplib.SMTP(one.host, one.port, timeout=one.timeout)
        )
        try:
            if one.security == "starttls":
                server.starttls(context=context)
            if one.user:
                server.login(one.user, password)
        except BaseException:
            server.close()
            raise
        return server

    def written(self, message: Message, files: Files, now: datetime) -> EmailMessage:
        """The mail as it goes over the wire; ``Message-ID`` is the message's own, however often it is sent."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = message.subject
        mail["From"] = _who(self.channel.from_name, self.channel.from_)
        mail["To"] = _who(message.name, message.address)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{message.id}@{self.channel.from_.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Closebook-Event"] = message.event
        mail.set_content(message.text)
        mail.add_alternative(message.html, subtype="html")
        for name, content in files.items():
            main, _, sub = (guess_type(name)[0] or "application/octet-stream").partition("/")
            mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return mail


def _who(name: str, address: str) -> Address:
    user, _, domain = address.partition("@")
    return Address(" ".join(name.split()), user, domain)


# --- webhooks ---------------------------------------------------------------------------------------------------------


class Webhook:
    """A group robot or another HTTP server that takes JSON."""

    def __init__(self, name: str, channel: WebhookChannel, credentials: Credentials) -> None:
        self.name, self.channel, self.credentials = name, channel, credentials

    def send(self, message: Message, files: Files, now: datetime) -> Outcome:
        """Post one message. A 4xx or a robot's own error refuses this one; 429, 5xx and the network stop the channel for now."""
        one = self.channel
        try:
            url = self.credentials.value(one.url_env, self.name, message.recipient)
            secret = self.credentials.value(one.secret_env, self.name, message.recipient) if one.secret_env else ""
        except MissingVariable as error:
            return Outcome("unreachable", str(error))
        if not _is_safe(url):
            return Outcome("unreachable", f"what {one.url_env} holds is no https address: a token is never sent in clear over a network")
        url, body, headers = request(one.kind, url, secret, message, files, now)
        try:
            call = urllib.request.Request(url, data=body, headers=headers, method="POST")
            with _OPENER.open(call, timeout=one.timeout) as answer:
                said = answer.read(_MOST_ANSWER)
        except urllib.error.HTTPError as error:
            error.close()
            stops = error.code == 429 or error.code >= 500
            return Outcome("unreachable" if stops else "refused", f"the server of {one.url_env} answers HTTP {error.code}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome("unreachable", f"the server of {one.url_env} cannot be reached: {_of_network(error)}")
        code = _own_code(one.kind, said)
        return SENT if code == 0 else Outcome("refused", f"the robot of {one.url_env} answers with {_FIELD[one.kind]} {code}")

    def close(self) -> None:
        """Each request has ended already."""


def request(
    kind: str, url: str, secret: str, message: Message, files: Files, now: datetime
) -> tuple[str, bytes, dict[str, str]]:
    """Address, body and headers of the request for one message, signed where there is a secret.

    WeCom: ``markdown`` (developer.work.weixin.qq.com, group robots). DingTalk: ``markdown``; ``timestamp`` in milliseconds and ``sign`` =
    Base64(HMAC-SHA256(secret, timestamp + "\\n" + secret)) in the address. Feishu: ``interactive``; ``timestamp`` in seconds and ``sign``
    = Base64(HMAC-SHA256(timestamp + "\\n" + secret, "")) in the body. Generic: ``X-Closebook-Signature: sha256=`` HMAC of the body.
    """
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "closebook", "X-Closebook-Id": message.id}
    body: dict[str, Any]
    if kind == "wecom":
        body = {"msgtype": "markdown", "markdown": {"content": f"## {_line(message.subject)}\n{message.markdown}"}}
    elif kind == "dingtalk":
        title = _line(message.subject)
        body = {"msgtype": "markdown", "markdown": {"title": title, "text": f"### {title}\n\n{message.markdown}"}}
        if secret:
            stamp = str(int(now.timestamp() * 1000))
            sign = quote_plus(_sign(secret, f"{stamp}\n{secret}"))
            url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={sign}"
    elif kind == "feishu":
        colour = {"bad": "red", "good": "green"}.get(message.tone, "blue")
        body = {
            "msg_type": "interactive",
            "card": {
                "config": {"wide_screen_mode": True},
                "header": {"title": {"tag": "plain_text", "content": message.subject}, "template": colour},
                "elements": [{"tag": "markdown", "content": message.markdown}],
            },
        }
        if secret:
            stamp = str(int(now.timestamp()))
            body = {"timestamp": stamp, "sign": _sign(f"{stamp}\n{secret}", ""), **body}
    else:
        body = {
            "id": message.id, "event": message.event, "period": message.period, "recipient": message.recipient,
            "language": message.language, "subject": message.subject, "text": message.text, "markdown": message.markdown,
            "link": message.link,
            "attachments": [
                {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "content": base64.b64encode(content).decode()}
                for name, content in files.items()
            ],
        }  # fmt: skip
    content = json.dumps(body, ensure_ascii=False).encode()
    if kind == "generic" and secret:
        headers["X-Closebook-Signature"] = "sha256=" + hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return url, content, headers


def _sign(key: str, said: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def _line(subject: str) -> str:
    return " ".join(subject.split())


_FIELD = {"wecom": "errcode", "dingtalk": "errcode", "feishu": "code", "generic": "status"}


def _own_code(kind: str, said: bytes) -> int:
    """The code inside an answer that HTTP calls good; a robot that answers anything else than its JSON has not taken the message."""
    if kind == "generic":
        return 0
    try:
        answer = json.loads(said)
        code = answer.get(_FIELD[kind], answer.get("StatusCode"))
        return int(code)
    except (ValueError, TypeError, AttributeError):
        return -1


def _is_safe(url: str) -> bool:
    try:
        split = urlsplit(url)
        return split.scheme == "https" or (split.scheme == "http" and split.hostname in _LOOPBACK)
    except ValueError:
        return False


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the message, and the token, to another address."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none: the answer is an error with its own code."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def _of_network(error: BaseException) -> str:
    """What went wrong below the protocol, from this machine's own words: never the server's."""
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, BaseException) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ssl.SSLError):
        return _of_tls(cause)
    if isinstance(cause, smtplib.SMTPServerDisconnected):
        return "it ends the connection"
    if isinstance(cause, OSError) and isinstance(cause.strerror, str):
        return cause.strerror
    return type(cause).__name__


def _of_tls(error: ssl.SSLError) -> str:
    """What OpenSSL says about a certificate, else its own name for the failure."""
    return str(getattr(error, "verify_message", "") or error.reason or "TLS failed")
