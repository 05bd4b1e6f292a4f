"""A private file's credential: kept as a keyed hash, compared in constant time, never shown again."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from service.db.models import File
from service.deps import Deps
from service.errors import WrongCredentialError


def credential_hash(secret_key: str, file_id: str, credential: Mapping[str, str]) -> str:
    """HMAC-SHA256 over the file's id and the credential, whatever the order of its keys."""
    canonical = json.dumps([file_id, sorted(credential.items())], ensure_ascii=True)
    return hmac.new(secret_key.encode(), canonical.encode(), hashlib.sha256).hexdigest()


def require_credential(deps: Deps, file: File, credential: Mapping[str, str] | None) -> None:
    """Raises WrongCredentialError where the file is private and this is not its credential."""
    if not may_see(deps, file, credential):
        raise WrongCredentialError


def may_see(deps: Deps, file: File, credential: Mapping[str, str] | None) -> bool:
    """Whether the file is public, or this is its credential."""
    if file.credential_hash is None:
        return True
    given = credential_hash(deps.settings.secret_key, file.id, credential or {})
    return hmac.compare_digest(given, file.credential_hash)
