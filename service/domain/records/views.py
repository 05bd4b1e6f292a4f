"""A file in lists and events, without its link."""

from __future__ import annotations

from service.db.models import File
from service.domain.records.object_moves import place_of_file
from service.values import FileView
from service.values.policies import DEFAULT
from service.values.states import Stage, Verdict, stage_of_file


def stage_of(file: File) -> Stage:
    return stage_of_file(Verdict(file.virus_scan_status), blocked=file.quarantine_reason is not None)


def bare_view(file: File) -> FileView:
    """Return the view of a file without its link."""
    return FileView(
        id=file.id,
        upload_id=file.upload_id,
        filename=file.filename,
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
        version=file.version,
        expires_at=file.expires_at,
        legal_hold=file.legal_hold,
        created_at=file.created_at,
    )
