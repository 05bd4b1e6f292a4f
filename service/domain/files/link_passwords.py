"""The password of a link: stored as a keyed hash like the credential of a file, compared in constant time.

A backend that signs a link puts the password's digest by JWT_SECRET into the token: without that secret, a password
cannot be tried out against it.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from longshore.links import password_digest, plain_password
from service.access.failed_attempts import counted_from
from service.deps import Deps
from service.domain.files.credentials import credential_hash
from service.errors import WrongPasswordError
from service.settings import Settings
from service.values.access.links import FileLink


def password_hash(secret_key: str, link_id: str, password: str | None) -> str | None:
    """Return the hash to store; None without a password."""
    if password is None:
        return None
    return credential_hash(secret_key, link_id, {"password": plain_password(password)})


def require_password(deps: Deps, link: FileLink, password: str | None, address: str | None) -> None:
    """Raises WrongPasswordError if the link has another password.

    Raises TooManyRequestsError, whatever the password, after too many wrong ones for this link or from this address.
    """
    if link.password_hash is None:
        return
    if not password:  # a missing one is not a guess
        raise WrongPasswordError(link.id)
    counted = [*counted_from(address), ("link", link.id)]
    if deps.failed_attempts is not None:
        deps.failed_attempts.admit(counted)
    # compare all of them, so that the time does not reveal which key it was
    right = [hmac.compare_digest(each, link.password_hash) for each in _hashes(deps.settings, link, password)]
    if any(right):
        return
    if deps.failed_attempts is not None:
        deps.failed_attempts.note_wrong(counted)
    raise WrongPasswordError(link.id, is_guess=True)


def _hashes(settings: Settings, link: FileLink, password: str) -> Sequence[str]:
    if link.is_signed:
        secrets = (settings.jwt_secret, *settings.jwt_secret_previous)
        return [password_digest(secret, link.id, password) for secret in secrets]
    keys = (settings.secret_key, *settings.secret_key_previous)
    return [password_hash(key, link.id, password) or "" for key in keys]
