"""The credential of a private file: stored as a keyed hash, compared in constant time, never returned.

After a rotation of SECRET_KEY, hashes of the previous keys (SECRET_KEY_PREVIOUS) still match; `renew` hashes with the
current one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from service.access.failed_attempts import counted_by
from service.db.models import File, Upload
from service.db.statements.files.files import replace_credential_hash
from service.deps import Deps
from service.errors import DatabaseUnavailableError, WrongCredentialError
from service.observability.logs import get_logger
from service.values.access.caller import Caller

log = get_logger(__name__)

SEALED = "sealed"
"""Replaces a lost hash of a private file. No credential has this hash."""


def credential_hash(secret_key: str, file_id: str, credential: Mapping[str, str]) -> str:
    """Return the HMAC-SHA256 over the file's id and the credential, independent of the order of its keys."""
    canonical = json.dumps([file_id, sorted(credential.items())], ensure_ascii=True)
    return hmac.new(secret_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()


def require_credential(deps: Deps, caller: Caller, file: File, credential: Mapping[str, str] | None) -> None:
    """Raises WrongCredentialError if the file is private and this is not its credential.

    Raises TooManyRequestsError, whatever the credential, after too many wrong ones.
    """
    require_hashed(deps, caller, file.id, file.credential_hash, credential)


def require_for_completion(deps: Deps, caller: Caller, upload: Upload, credential: Mapping[str, str] | None) -> None:
    """Check the credential of an upload's future file: it is private as soon as `complete` was called."""
    require_hashed(deps, caller, upload.file_id, (upload.completion or {}).get("credential_hash"), credential)


def require_hashed(
    deps: Deps, caller: Caller, file_id: str, expected: str | None, credential: Mapping[str, str] | None
) -> None:
    """Check by the credential's hash; expected: None for a public file."""
    if expected is None:
        return
    # a missing credential is not a guess
    attempts = deps.failed_attempts if credential else None
    counted = [*counted_by(caller), ("file", file_id)]
    if attempts is not None:
        attempts.admit(counted)
    if _opens(deps, file_id, expected, credential or {}):
        return
    if attempts is not None:
        attempts.note_wrong(counted)
    raise WrongCredentialError(file_id, is_guess=bool(credential))


def _opens(deps: Deps, file_id: str, expected: str, credential: Mapping[str, str]) -> bool:
    keys = (deps.settings.secret_key, *deps.settings.secret_key_previous)
    given = [credential_hash(key, file_id, credential) for key in keys]
    # compare all of them, so that the time does not reveal which key it was
    right = [hmac.compare_digest(each, expected) for each in given]
    return any(right)


def renew(deps: Deps, file: File, credential: Mapping[str, str] | None) -> None:
    """Hash a correct credential with the current key; if that cannot be written now, the next use does it."""
    if file.credential_hash is None or not deps.settings.secret_key_previous:
        return
    fresh = credential_hash(deps.settings.secret_key, file.id, credential or {})
    if hmac.compare_digest(fresh, file.credential_hash):
        return
    try:
        with deps.db.write() as session:
            renewed = replace_credential_hash(session, file.id, file.credential_hash, fresh)
    except DatabaseUnavailableError:
        log.warning("credential_not_renewed", file_id=file.id)
        return
    log.info("credential_renewed", file_id=file.id, renewed=renewed)
