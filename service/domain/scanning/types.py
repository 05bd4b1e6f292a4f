"""Hold a file to the types that its policy accepts, by the type that its bytes show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.db.models import File
from service.db.session import Session
from service.detection import fits, with_extension
from service.detection.names import extension_of
from service.domain.records import audit
from service.domain.records.renaming import give_name
from service.values.formats.media_types import essence
from service.values.operators.audit import Action
from service.values.policies import ALLOW

MISMATCH = "type_mismatch"
"""The beginning of the reason, and the rule's name."""
MAX_LISTED = 200
"""Characters of the accepted types in a reason."""


@dataclass(frozen=True)
class Mismatch:
    """A detected type that the policy does not accept, and the reason for users."""

    detected: str
    reason: str


def mismatch(rules: Mapping[str, Any], file: File, detected: str | None) -> Mismatch | None:
    """Return the mismatch, if the policy does not accept the detected type; None also if nothing was detected.

    Without lists, the type that the client declared is the only accepted one. rules: those that the upload keeps.
    """
    if detected is None or rules.get(MISMATCH, ALLOW) == ALLOW:
        return None
    accepted = rules.get("detected_types") or rules.get("content_types") or (essence(file.content_type),)
    if fits(detected, accepted):
        return None
    listed = ", ".join(accepted)
    shown = listed if len(listed) <= MAX_LISTED else f"{listed[:MAX_LISTED]}…"
    return Mismatch(detected, f"{MISMATCH}: the bytes are {detected}; accepted are {shown}")


def rename(file: File, detected: str) -> bool:
    """Give a row the extension and the type that its bytes show; whether that changed it."""
    name = with_extension(file.filename, detected)
    if (name, detected) == (file.filename, file.content_type):
        return False
    if name != file.filename:
        give_name(file, name)
    file.file_extension = file.file_extension and extension_of(detected)
    file.content_type = detected
    file.version += 1
    return True


def rename_row(session: Session, file_id: str, found: Mismatch, at: datetime) -> None:
    """Rename the file in its row, as it is now: a client may have changed the name during the scan."""
    row = session.get(File, file_id, with_for_update=True, populate_existing=True)
    if row is not None and rename(row, found.detected):
        session.flush()
        audit.record(session, at, audit.SCANNER, Action.RENAMED, file_id, found.reason)
