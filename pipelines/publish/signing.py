"""Signatures over what was published: Ed25519, by the keys whose public halves stand in ``people.yaml``.

What is signed is a ``Statement``; who may sign what, and when, is ``close``'s. A private key is read from its file when
somebody signs, and is kept nowhere.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipelines import storage
from pipelines.errors import ConfigurationError, NotAllowed


@dataclass(frozen=True)
class Statement:
    """What a person signs: the content hash ``digest`` of one publication of a period, in a role, at a moment (UTC, ISO)."""

    company: str
    period: str
    publication: int
    digest: str
    role: str
    by: str
    at: str

    def content(self) -> bytes:
        """The bytes that are signed."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def new_key(path: Path) -> str:
    """Write a new private key to ``path`` (PKCS 8, readable by its owner alone); returns the public half for ``people.yaml``.

    Raises ``NotAllowed`` when the file is there: a key that has signed must not be lost.
    """
    if path.exists():
        raise NotAllowed(f"{path}: the file is there already. Name another; a key that has signed is still needed.")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with storage.replacing(path) as beside:
        beside.touch(mode=0o600)
        beside.write_bytes(pem)
    return _public_text(key.public_key())


def sign(statement: Statement, key_file: Path, public_key: str) -> str:
    """The signature of ``statement``, Base64.

    Raises ``ConfigurationError`` for a file that is no such key, ``NotAllowed`` for another person's key.
    """
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise ConfigurationError(f"{key_file}: no such file. 'closebook key' makes a key.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{key_file}: not a private key without a password, as 'closebook key' writes it.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"{key_file}: an Ed25519 key is expected. 'closebook key' makes one.")
    if _public_text(key.public_key()) != public_key:
        raise NotAllowed(f"{key_file}: this key's public half is not the one that people.yaml holds for {statement.by}.")
    return base64.b64encode(key.sign(statement.content())).decode()


def is_by(statement: Statement, signature: str, public_key: str) -> bool:
    """Whether ``signature`` is over exactly this statement, by the key with this public half."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key)).verify(base64.b64decode(signature), statement.content())
    except (InvalidSignature, ValueError):
        return False
    return True


def _public_text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()
