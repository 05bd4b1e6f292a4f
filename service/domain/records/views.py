"""A file in lists and events, without its link."""

from __future__ import annotations

from service.db.models import File
from service.domain.records.objects.moves import place_of_file
from service.values import FileDecision, FileView
from service.values.policies import DEFAULT
from service.values.states import Stage, Verdict, stage_of_file


def stage_of(file: File) -> Stage:
    return stage_of_file(Verdict(file.virus_scan_status), blocked=file.quarantine_reason is not None)


def decision_of(file: File) -> FileDecision | None:
    """Return the operator's decision about a file; None if its verdict is the scanner's."""
    action = _ACTIONS.get(file.virus_scan_status)
    if action is None or file.decided_by is None or file.decided_at is None:
        return None
    return FileDecision(action, file.decided_by, file.decided_at, file.decision_reason)


_ACTIONS = {Verdict.RELEASED.value: "release", Verdict.BLOCKED.value: "block"}


def bare_view(file: File, path_name: str | None) -> FileView:
    """Return the view of a file without its link. path_name: of its folder, by its folder_id."""
    return FileView(
        id=file.id,
        upload_id=file.upload_id,
        owner=file.owner,
        filename=file.filename,
        path_name=path_name,
        path=str(place_of_file(file)),
        content_type=file.content_type,
        detected_content_type=file.detected_content_type,
        size=file.size,
        detail=file.detail,
        is_private=file.credential_hash is not None,
        download_url=None,
        download_expires_at=None,
        checksum=file.checksum,
        virus_scan_status=file.virus_scan_status,
        virus_scan_result=file.virus_scan_result,
        virus_scan_date=file.virus_scan_date,
        is_quarantined=file.quarantine_reason is not None,
        quarantine_reason=file.quarantine_reason,
        appointment_id=file.appointment_id,
        user_id=file.user_id,
        policy=file.policy or DEFAULT,
        grant_id=file.grant_id,
        replaces=file.replaces,
        version=file.version,
        expires_at=file.expires_at,
        legal_hold=file.legal_hold,
        decision=decision_of(file),
        created_at=file.created_at,
    )
