"""The credential of a grant's files in the database: encrypted, as the service needs its text for each file.

By Fernet (https://github.com/fernet/spec) with a key derived from SECRET_KEY, after a rotation also from the previous
ones.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from service.errors import GrantRefusedError
from service.settings import Settings


def seal(settings: Settings, credential: Mapping[str, str]) -> bytes:
    """Return the encrypted credential."""
    return _cipher(settings).encrypt(json.dumps(dict(credential)).encode())


def unseal(settings: Settings, sealed: bytes) -> dict[str, str]:
    """Return the credential. Raises GrantRefusedError if SECRET_KEY was replaced without keeping the previous one."""
    try:
        credential: dict[str, str] = json.loads(_cipher(settings).decrypt(sealed))
    except InvalidToken as error:
        raise GrantRefusedError("revoked") from error
    return credential


def _cipher(settings: Settings) -> MultiFernet:
    keys = (settings.secret_key, *settings.secret_key_previous)
    made = [hmac.digest(key.encode(), b"longshore credentials of grants", hashlib.sha256) for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])
