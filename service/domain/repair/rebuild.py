"""Rebuild the rows of a file from its object: from the recovery metadata, or from what is known without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.db.failures import IntegrityError
from service.db.models import Appointment, File, Upload, User
from service.db.session import Session
from service.db.statements.files.folders import folder_for
from service.db.statements.objects.keys import KnownUpload
from service.db.statements.transitions.repairs import follow_object
from service.db.statements.transitions.uploads import complete_afterwards
from service.db.statements.usages import begin_counter, take
from service.deps import Deps
from service.domain.accounts.grants import count_recovered_use
from service.domain.files.credentials import SEALED
from service.domain.records import audit
from service.domain.records.indexed_details import index_new_file
from service.limits import MAX_CONTENT_TYPE
from service.observability.logs import get_logger
from service.values import Location, StoredObject
from service.values.formats.ids import is_id
from service.values.object_keys import QUARANTINE, id_in, upload_key
from service.values.operators.audit import Action
from service.values.states import UploadState, Verdict

log = get_logger(__name__)

UNKNOWN_TYPE = "application/octet-stream"
PLACEHOLDER = "recovered"
"""Name of a recovered user or appointment of which only the id is known."""
REASON = "It was in quarantine when the database was recovered."

WHERE_IT_IS = (
    "bucket",
    "object_key",
    "etag",
    "version_id",
    *("virus_scan_status", "virus_scan_result", "quarantine_reason", "scan_due_at"),
)
"""Changes to a file at another location: it is scanned, or is in quarantine."""


@dataclass(frozen=True)
class Found:
    """An object without a row, and what is known about it."""

    at: Location
    modified_at: datetime
    stored: StoredObject
    recovery: dict[str, Any]

    @property
    def own_key(self) -> str:
        """The key of its upload, without the prefix of its current location."""
        return upload_key(self.at.object_key)

    def path_name(self, upload: KnownUpload | None) -> str | None:
        """Return the path of its folder, as far as it is known: that of the upload's start, or of its last copy."""
        return (_said_by(upload) | self.recovery).get("path_name")

    @property
    def in_quarantine(self) -> bool:
        """Whether it is in quarantine."""
        return self.at.object_key.startswith(QUARANTINE)


def file_of(deps: Deps, found: Found, upload: KnownUpload | None, *, opened: bool) -> File:
    """Return the file for an object. upload: its row, if it exists.

    opened: a file that may have had a credential is public; otherwise it is sealed.
    """
    recovery, stored = _said_by(upload) | found.recovery, found.stored
    own = id_in(found.own_key)
    marked = stored.upload_id if stored.upload_id and is_id(stored.upload_id) else own
    # objects in the public bucket had no credential, others may have had one
    guessed = None if opened or found.at.bucket == deps.settings.s3_public_bucket else SEALED
    in_quarantine = found.in_quarantine
    return File(
        id=recovery.get("id", own),
        owner=recovery.get("owner"),
        upload_id=recovery.get("upload_id", marked),
        bucket=found.at.bucket,
        object_key=found.at.object_key,
        filename=recovery.get("filename", own),
        file_extension=recovery.get("file_extension"),
        content_type=recovery.get("content_type") or _usable(stored.content_type) or UNKNOWN_TYPE,
        detected_content_type=recovery.get("detected_content_type") if in_quarantine else None,
        size=stored.size,
        total_chunks=recovery.get("total_chunks", 1),
        etag=stored.etag,
        version_id=stored.version_id,
        checksum=recovery.get("checksum") or stored.checksum,
        detail=recovery.get("detail"),
        credential_hash=recovery.get("credential_hash") if recovery.get("whole") else guessed,
        appointment_id=recovery.get("appointment_id"),
        user_id=recovery.get("user_id"),
        policy=recovery.get("policy"),
        grant_id=recovery.get("grant_id"),
        virus_scan_status=recovery.get("virus_scan_status", Verdict.INFECTED) if in_quarantine else Verdict.PENDING,
        virus_scan_result=recovery.get("virus_scan_result") if in_quarantine else None,
        quarantine_reason=recovery.get("quarantine_reason", REASON) if in_quarantine else None,
        scan_attempts=0,
        scan_due_at=None if in_quarantine else deps.clock(),
        created_at=recovery.get("created_at", found.modified_at),
    )


def _usable(content_type: str) -> str:
    """Return the content type from storage, empty if it does not fit: the object may be from another program."""
    return content_type if content_type.isascii() and len(content_type) <= MAX_CONTENT_TYPE else ""


def _said_by(upload: KnownUpload | None) -> dict[str, Any]:
    """Return the upload's part of the recovery metadata."""
    if upload is None:
        return {}
    said = {"id": upload.file_id, "upload_id": upload.id, "owner": upload.owner}
    said |= {name: getattr(upload, name) for name in ("filename", "content_type", "path_name")}
    return {name: value for name, value in said.items() if value is not None}


def add_file(deps: Deps, file: File, path_name: str | None) -> bool:
    """Create a file with its upload and the rows that they refer to; False if another process did.

    path_name: of its folder.
    """
    if file.owner is not None:
        with deps.db.write() as session:
            begin_counter(session, file.owner)
    try:
        with deps.db.write() as session:
            _add_people(session, file)
            more = _add_upload(session, file)
            if more is None:
                return False
            if path_name is not None:
                file.folder_id = folder_for(session, file.owner, path_name, deps.clock())
            session.add(file)
            session.flush()
            index_new_file(session, deps, file)
            if file.owner is not None:
                take(session, file.owner, more)
            audit.record(session, deps.clock(), audit.SYSTEM, Action.RECOVERED, file.id)
    except IntegrityError:
        return False
    log.info("file_recovered", file_id=file.id, size=file.size)
    return True


def follow(deps: Deps, known_at: Location, found: Found) -> bool:
    """Update a file's row to its object's current location, if nothing is at the old one any more.

    False if the row has changed, or is blocked at its location.
    """
    file = file_of(deps, found, None, opened=False)
    with deps.db.write() as session:
        moved = follow_object(session, known_at, {name: getattr(file, name) for name in WHERE_IT_IS})
    log.info("file_followed", path=found.at, moved=moved)
    return moved


def _add_upload(session: Session, file: File) -> int | None:
    """Create the file's upload, or end the existing one; returns the additional stored bytes, None if not allowed.

    An upload that is not open, or has no row, counts again as a use of its grant.
    """
    reserved = 0 if file.owner is None else file.size
    upload = session.get(Upload, file.upload_id, with_for_update=True)
    if upload is None:
        session.add(_upload_of(file, reserved))
        session.flush()
        count_recovered_use(session, file.grant_id)
        return reserved
    was_open, reserved_before = upload.state == UploadState.UPLOADING, upload.reserved
    if not complete_afterwards(session, upload, file.size, reserved):
        return None
    if was_open:
        return reserved - reserved_before
    count_recovered_use(session, upload.grant_id)
    return reserved


def _upload_of(file: File, reserved: int) -> Upload:
    return Upload(
        id=file.upload_id,
        owner=file.owner,
        file_id=file.id,
        object_key=upload_key(file.object_key),
        state=UploadState.COMPLETED,
        filename=file.filename,
        content_type=file.content_type,
        size=file.size,
        reserved=reserved,
        chunk_size=max(1, -(-file.size // file.total_chunks)),
        policy=file.policy,
        grant_id=file.grant_id,
        created_at=file.created_at,
        expires_at=file.created_at,
    )


def _add_people(session: Session, file: File) -> None:
    """Create the missing users and appointments of a file, of which only the id is known."""
    said: dict[str, Any] = {"owner": file.owner, "created_at": file.created_at}
    appointment_id = file.appointment_id
    if appointment_id is not None and session.get(Appointment, appointment_id) is not None:
        appointment_id = None
    # an appointment needs a user, whose id is not in the metadata: use one with the appointment's id
    user_id = file.user_id or appointment_id
    if user_id is not None and session.get(User, user_id) is None:
        session.add(User(id=user_id, name=PLACEHOLDER, **said))
        session.flush()
    if appointment_id is not None:
        session.add(Appointment(id=appointment_id, user_id=user_id, title=PLACEHOLDER, **said))
        session.flush()
