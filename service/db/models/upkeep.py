"""Tables of the sweepers: what they keep from one round to the next, and what they still have to delete."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ExternalText, Json, RowNumber, UTCDateTime, ascii_text, human_text
from service.limits import MAX_OBJECT_KEY, MAX_VERSION_ID


class Fact(Base):
    """A value that the sweepers keep from one round to the next, by name."""

    __tablename__ = "facts"

    name: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(Json)


class PendingDeletion(Base):
    """Something to delete in storage: written with the change that makes it obsolete, removed after the deletion.

    With kind `multipart_upload` an open upload is aborted; its storage_upload_id is null if it is unknown. adopted_key,
    etag, version_id: of an adopted object whose deletion was requested, which must still be the same one.
    """

    __tablename__ = "pending_deletions"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(ascii_text(20))
    bucket: Mapped[str] = mapped_column(ascii_text(63))
    object_key: Mapped[str] = mapped_column(ascii_text(255))
    storage_upload_id: Mapped[str | None] = mapped_column(ascii_text(1024))
    adopted_key: Mapped[str | None] = mapped_column(human_text(MAX_OBJECT_KEY))
    etag: Mapped[str | None] = mapped_column(ascii_text(255))
    version_id: Mapped[str | None] = mapped_column(ascii_text(MAX_VERSION_ID))
    attempts: Mapped[int] = mapped_column(Integer)
    last_error: Mapped[str | None] = mapped_column(ExternalText(500))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "due_at"), Index(None, "object_key"))
