"""A mail server with STARTTLS and a login, and a web server for webhooks, both real and on the loopback, which keep what they get."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return cert, private


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@dataclass
class Mailbox:
    """What a mail server got. ``answer`` is what it says to data instead of taking it, ``refused`` whom it does not know."""

    port: int
    cert: Path
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    answer: str = ""

    def to(self, address: str) -> list[EmailMessage]:
        return [one for one in self.mails if address in one["To"]]

    def ids(self) -> list[str]:
        return [one["Message-ID"] for one in self.mails]

    # aiosmtpd's own names

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if address in self.refused:
            return f"550 5.1.1 {address} is unknown, said {session.auth_data}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        assert session.ssl is not None
        if self.answer:
            return self.answer
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 taken"


@contextmanager
def mail_server(folder: Path, port: int, user: str, password: str, box: Mailbox | None = None) -> Iterator[Mailbox]:
    """A server that wants STARTTLS and this login; with ``box`` it goes on where another one ended."""
    cert, private = (box.cert, box.cert.with_name("key.pem")) if box else certificate(folder)
    kept = box or Mailbox(port, cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)

    def login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = (data.login.decode(), data.password.decode()) == (user, password)
        kept.logins.append(data.login.decode())
        # A careless server repeats what it was given.
        return AuthResult(success=good, handled=good, message=None if good else f"535 5.7.8 no: {data.password.decode()}", auth_data=password)

    controller = Controller(kept, hostname="127.0.0.1", port=port, require_starttls=True, tls_context=context, auth_required=True,
                            authenticator=login)  # fmt: skip
    controller.start()
    try:
        yield kept
    finally:
        controller.stop()


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


@dataclass
class Hooks:
    """What a web server got. ``answer`` makes status and body for a request."""

    port: int
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], tuple[int, str]] = lambda _: (200, '{"errcode": 0, "code": 0}')

    def of(self, path: str) -> list[Request]:
        return [one for one in self.requests if one.path == path]


@contextmanager
def hook_server() -> Iterator[Hooks]:
    kept = Hooks(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            split = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(split.query, strict_parsing=bool(split.query)).items()}
            request = Request(split.path, query, dict(self.headers), raw)
            status, said = kept.answer(request)
            if status == 200:
                kept.requests.append(request)
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", f"http://127.0.0.1:{kept.port}/elsewhere")
            self.end_headers()
            self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
