"""The counters of quotas, and the uploads that they count."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from service.db.models import Upload, Usage
from service.db.session import Database
from service.values.states import RESERVING
from tests.support.service_under_test import App


def counter(db: Database, subject: str) -> tuple[int, int]:
    """The counter's value, and the right one."""
    with db.read() as session:
        counted = session.scalar(select(Usage.bytes).where(Usage.subject == subject)) or 0
        reserved = select(func.sum(Upload.reserved)).where(Upload.owner == subject, Upload.state.in_(RESERVING))
        return counted, session.scalar(reserved) or 0


def storage_ids(app: App, upload_id: str) -> dict[str, Any]:
    """Storage's id of an upload."""
    with app.deps.db.read() as session:
        upload = session.get_one(Upload, upload_id)
    return {"Key": upload.object_key, "UploadId": upload.storage_upload_id}
