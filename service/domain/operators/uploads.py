"""Operators' view of open uploads."""

from __future__ import annotations

from service.db.models import Upload
from service.db.statements.uploads import page_of_open_uploads
from service.deps import Deps
from service.values import Page
from service.values.operators.views import AdminUpload, UploadQuery
from service.values.policies import DEFAULT


def list_open_uploads(deps: Deps, query: UploadQuery) -> Page[AdminUpload]:
    """Return a page of open uploads: those that are being completed first, then those that expire last.

    By owner or policy, a page may have fewer items than requested, as in a search for files. Raises InvalidBodyError
    for an invalid cursor.
    """
    with deps.db.read() as session:
        rows, following = page_of_open_uploads(session, query)
    return Page([admin_upload(row) for row in rows], following)


def admin_upload(upload: Upload) -> AdminUpload:
    return AdminUpload(
        upload_id=upload.id,
        file_id=upload.file_id,
        filename=upload.filename,
        path_name=upload.path_name,
        owner=upload.owner,
        state=upload.state,
        size=upload.size,
        chunk_size=upload.chunk_size,
        content_type=upload.content_type,
        policy=upload.policy or DEFAULT,
        grant_id=upload.grant_id,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        failure_reason=upload.failure_reason,
    )
