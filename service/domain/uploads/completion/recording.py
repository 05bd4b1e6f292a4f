"""Record the file of a completed upload, once, in one transaction."""

from __future__ import annotations

from service.db.models import File, Upload
from service.db.session import Session
from service.db.statements.execution import add_row
from service.db.statements.files.files import file_of_upload
from service.db.statements.files.folders import folder_for, path_of
from service.db.statements.subjects.grants import grant_of_id
from service.db.statements.transitions.uploads import move_upload
from service.deps import Deps
from service.domain.accounts.assignable import what_is_gone
from service.domain.records.indexed_details import index_new_file
from service.domain.records.kept_rules import end_of_retention
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.uploads.completion.failures import CannotCompleteError
from service.domain.uploads.open_uploads import place_of
from service.domain.webhooks.events import add_deliveries, shown_file
from service.errors import WrongCredentialError
from service.values import StoredObject
from service.values.access.caller import UNRESTRICTED
from service.values.states import UploadState, Verdict


def record_file(deps: Deps, upload: Upload, stored: StoredObject) -> tuple[File, bool]:
    """Complete the upload and create its file, with its scan due; returns the file, and whether it is new.

    If another call was faster, its file is returned. Raises WrongCredentialError if that has another credential, and
    CannotCompleteError if the user or appointment was deleted, or the upload ended in another way.
    """
    intent = upload.completion or {}

    def write(session: Session) -> tuple[File | None, File | None, str | None]:
        """Return the new file, or the existing one, and which user or appointment no longer exists."""
        # the caller could access them when it made the request
        gone = what_is_gone(session, UNRESTRICTED, intent["user_id"], intent["appointment_id"])
        if gone is None and move_upload(session, upload.id, UploadState.COMPLETING, UploadState.COMPLETED):
            return add_new_file(session, deps, upload, stored), None, None
        return None, file_of_upload(session, upload.id), gone

    file, existing, gone = deps.db.transact(write)
    if file is not None:
        return file, True
    if existing is None:
        raise CannotCompleteError(gone or "another request ended the upload")
    if existing.credential_hash != intent["credential_hash"]:  # another client's completion made it
        raise WrongCredentialError(existing.id)
    return existing, False


def add_new_file(session: Session, deps: Deps, upload: Upload, stored: StoredObject) -> File:
    """Create the file of an upload with all that belongs to it, in the transaction that completes the upload."""
    file = _new_file(deps, upload, stored)
    if upload.path_name is not None:
        file.folder_id = folder_for(session, upload.owner, upload.path_name, deps.clock())
    add_row(session, file)
    index_new_file(session, deps, file)
    _note_granted_file(session, deps, file)
    return file


def _note_granted_file(session: Session, deps: Deps, file: File) -> None:
    """Write the event `grant.used` for the file of a grant, in the transaction that makes the file."""
    grant = grant_of_id(session, file.grant_id) if file.grant_id and deps.settings.webhooks else None
    if grant is None:
        return
    shown = {"grant_id": grant.id, "subject": grant.subject, "count": grant.count, "used": grant.used}
    add_deliveries(
        session,
        deps,
        "grant.used",
        file.id,
        file.owner,
        {"grant": shown, "file": shown_file(file, path_of(session, file))},
    )


def _new_file(deps: Deps, upload: Upload, stored: StoredObject) -> File:
    """Return the row of the file that the upload's `completion` requests, with its scan due."""
    intent = upload.completion or {}
    place = place_of(deps, upload)
    now = deps.clock()
    return File(
        id=upload.file_id,
        owner=upload.owner,
        upload_id=upload.id,
        bucket=place.bucket,
        object_key=place.object_key,
        size=stored.size,
        etag=stored.etag,
        version_id=stored.version_id,
        checksum=stored.checksum,
        virus_scan_status=Verdict.PENDING,
        scan_attempts=0,
        scan_due_at=now + SCAN_GRACE,
        policy=upload.policy,
        expires_at=end_of_retention(upload.rules, now),
        grant_id=upload.grant_id,
        replaces=upload.replaces,
        created_at=now,
        **{name: value for name, value in intent.items() if name not in {"begun_at", "parts", "total_size"}},
    )
