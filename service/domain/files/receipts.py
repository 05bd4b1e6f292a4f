"""Receipts: the signed contents and verdict of a file, to prove them later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from longshore.receipts.signatures import published_keys
from service.db.statements.uploads import upload_for_receipt
from service.deps import Deps
from service.domain.files.credentials import require_credential
from service.domain.files.files import find_file
from service.domain.records.objects.packed_parts import unpack_parts
from service.domain.records.views import decision_of
from service.errors import FileQuarantinedError, ReceiptsOffError, VerdictPendingError
from service.values import FileDecision, ReceiptView
from service.values.access.caller import Caller
from service.values.policies import DEFAULT
from service.values.states import UNJUDGED

VERSION = 1
"""Version of a receipt's contents; changes if a member changes its meaning."""


def make_receipt(deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None) -> ReceiptView:
    """Return a file's receipt, signed for each call from the current rows.

    A file that is not served has one too, with the reason, except if its object was replaced: the new object has no
    verdict. Raises ReceiptsOffError, StoredFileNotFoundError, WrongCredentialError, VerdictPendingError,
    FileQuarantinedError.
    """
    if deps.receipts is None:
        raise ReceiptsOffError
    with deps.db.read() as session:
        file = find_file(session, caller, file_id)
        require_credential(deps, caller, file, credential)
        if file.virus_scan_status in UNJUDGED:
            raise FileQuarantinedError if file.quarantine_reason is not None else VerdictPendingError
        opened_at, chunk_size, algorithm, packed, adoption_id = upload_for_receipt(session, file.upload_id)
    contents = {
        "version": VERSION,
        "file_id": file.id,
        "upload_id": file.upload_id,
        "subject": file.owner,
        "user_id": file.user_id,
        "appointment_id": file.appointment_id,
        "filename": file.filename,
        "content_type": file.content_type,
        "detected_content_type": file.detected_content_type,
        "policy": file.policy or DEFAULT,
        "grant_id": file.grant_id,
        "adoption_id": adoption_id,
        "size": file.size,
        "etag": file.etag,
        "checksum_algorithm": algorithm,
        "checksum": file.checksum,
        "chunk_size": None if packed is None else chunk_size,
        "total_chunks": file.total_chunks,
        "parts": None if packed is None else [vars(part) for part in unpack_parts(packed)],
        "virus_scan_status": file.virus_scan_status,
        "virus_scan_result": file.virus_scan_result,
        "virus_scan_date": _time(file.virus_scan_date),
        "scanned_with": file.scanned_with,
        "is_quarantined": file.quarantine_reason is not None,
        "decision": _decision(decision_of(file)),
        "created_at": _time(opened_at),
        "completed_at": _time(file.created_at),
        "issued_at": _time(deps.clock()),
    }
    return ReceiptView(receipt=deps.receipts.sign(contents), contents=contents)


def receipt_keys(deps: Deps) -> dict[str, Any]:
    """Return the public keys of all receipts as a JWK Set, the current one first."""
    signing = [deps.receipts.public_key] if deps.receipts else []
    return published_keys(*signing, *deps.settings.receipt_retired)


def _decision(found: FileDecision | None) -> dict[str, Any] | None:
    return None if found is None else vars(found) | {"at": _time(found.at)}


def _time(at: datetime | None) -> str | None:
    """Format a time as in the rest of the API: RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
