"""Signed receipts: compact JWS (RFC 7515) by Ed25519 (RFC 8037), and the public keys that check them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt import PyJWS, PyJWTError

ALGORITHM = "EdDSA"
TYPE = "longshore-receipt"
"""`typ` in a receipt's header: other texts signed by the same key are no receipts (RFC 8725, section 3.11)."""
JWKS_PATH = "/.well-known/longshore-receipts.json"
KEY_SIZE = 32
"""Bytes of an Ed25519 key, private or public (RFC 8032, section 5.1.5)."""

Jwk = Mapping[str, Any]


class ReceiptError(Exception):
    """The text is not a receipt, or none of the keys signed it; the message contains the reason."""


class ReceiptSigner:
    """Sign receipts with one private key. public_key: base64url; key_id: its name in receipts."""

    def __init__(self, private_key: str) -> None:
        """private_key: 64 hex digits."""
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
        self.public_key = _text(self._key.public_key().public_bytes_raw())
        self.key_id = key_id(self.public_key)

    def sign(self, contents: Mapping[str, Any]) -> str:
        """Return the signed contents as one line of text."""
        payload = json.dumps(contents, ensure_ascii=False, separators=(",", ":")).encode()
        return PyJWS().encode(payload, self._key, ALGORITHM, headers={"kid": self.key_id, "typ": TYPE})


def published_keys(*public_keys: str) -> dict[str, Any]:
    """Return public keys (base64url) as a JWK Set (RFC 7517)."""
    keys = dict.fromkeys(public_keys)
    return {"keys": [_jwk(key) | {"kid": key_id(key), "alg": ALGORITHM, "use": "sig"} for key in keys]}


def checked(receipt: str, keys: Sequence[Jwk]) -> tuple[dict[str, Any], str]:
    """Return the contents of a receipt and the id of the key that signed it. Raises ReceiptError."""
    try:
        header = PyJWS().get_unverified_header(receipt)
    except PyJWTError as error:
        raise ReceiptError(f"not a receipt: {error}") from error
    if header.get("typ") != TYPE:
        raise ReceiptError("signed, but not a receipt")
    wanted = header.get("kid")
    # the id follows from the key itself; a JWK may claim any `kid`
    known = {key_id(key["x"]): key["x"] for key in keys if _is_ours(key)}
    if not isinstance(wanted, str) or wanted not in known:
        raise ReceiptError(f"signed with the key {wanted!r}, which is not one of the given keys")
    try:
        public = Ed25519PublicKey.from_public_bytes(_bytes(known[wanted]))
        contents = json.loads(PyJWS().decode(receipt, public, [ALGORITHM]))
    except (PyJWTError, ValueError) as error:
        raise ReceiptError("wrong signature: the receipt was changed or forged") from error
    if not isinstance(contents, dict):
        raise ReceiptError("signed, but not a receipt")
    return contents, wanted


def key_id(public_key: str) -> str:
    """Return the name of a public key: its thumbprint (RFC 7638; RFC 8037, appendix A.3)."""
    canonical = json.dumps(_jwk(public_key), sort_keys=True, separators=(",", ":"))
    return _text(hashlib.sha256(canonical.encode()).digest())


def is_public_key(text: str) -> bool:
    """Return whether a text is an Ed25519 public key in base64url."""
    try:
        return len(_bytes(text)) == KEY_SIZE and _text(_bytes(text)) == text
    except (ValueError, binascii.Error):
        return False


def _jwk(public_key: str) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": public_key}


def _is_ours(key: Jwk) -> bool:
    return (key.get("kty"), key.get("crv")) == ("OKP", "Ed25519") and is_public_key(str(key.get("x")))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
