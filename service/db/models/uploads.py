"""The table of uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ID, PACKED, SUBJECT, ExternalText, Json, UTCDateTime, ascii_text, human_text
from service.limits import MAX_CONTENT_TYPE, MAX_NAME_LENGTH, MAX_PATH_NAME


class Upload(Base):
    """One upload, from init until its file is deleted.

    storage_upload_id is S3's own UploadId, null between our first commit and its reply; `service.values.ONE_PUT` for a
    file of one part that is no multipart upload. completion is the request of `complete` while the upload is
    `completing`, so that any process can finish it; until lease_until, only the one that began does. owner: the subject
    who started it; null if login was off. reserved: bytes of the owner's quota while it is open or a file, `usages` has
    the sum. parts: of its file, packed by `service.domain.records.objects.packed_parts`; null before `complete`, for
    older files, and if storage had lost them; loaded on request only. init_key: the hash of its init's Idempotency-Key
    and owner, null without one; that of an adopted object is the hash of its location, so that it is adopted once.
    policy, rules: the name of its policy, and the rules with which it was started; both null without a file of policies
    or narrower rules of a grant. grant_id: of the grant with which it was started. adoption_id: of the adoption that
    made it, which never was an open upload. path_name: of the folder of its future file, null for none. replaces: the
    file that its file is to replace; replacer: who requested that (`service.domain.files.replacements`).
    """

    __tablename__ = "uploads"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    file_id: Mapped[str] = mapped_column(ID, unique=True)
    object_key: Mapped[str] = mapped_column(ascii_text(255))
    storage_upload_id: Mapped[str | None] = mapped_column(ascii_text(1024))
    state: Mapped[str] = mapped_column(ascii_text(16))
    filename: Mapped[str | None] = mapped_column(human_text(MAX_NAME_LENGTH))
    content_type: Mapped[str | None] = mapped_column(ascii_text(MAX_CONTENT_TYPE))
    size: Mapped[int | None] = mapped_column(BigInteger)
    reserved: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    chunk_size: Mapped[int] = mapped_column(BigInteger)
    checksum_algorithm: Mapped[str | None] = mapped_column(ascii_text(16))
    completion: Mapped[dict[str, Any] | None] = mapped_column(Json)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    parts: Mapped[bytes | None] = mapped_column(PACKED, deferred=True)
    failure_reason: Mapped[str | None] = mapped_column(ExternalText(500))
    init_key: Mapped[str | None] = mapped_column(ascii_text(64))
    policy: Mapped[str | None] = mapped_column(ascii_text(64))
    rules: Mapped[dict[str, Any] | None] = mapped_column(Json)
    grant_id: Mapped[str | None] = mapped_column(ID)
    adoption_id: Mapped[str | None] = mapped_column(ID)
    replaces: Mapped[str | None] = mapped_column(ID)
    replacer: Mapped[dict[str, Any] | None] = mapped_column(Json)
    path_name: Mapped[str | None] = mapped_column(human_text(MAX_PATH_NAME))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "state", "expires_at"),
        Index(None, "object_key"),
        Index(None, "owner", "state", "reserved"),
        Index(None, "owner", "policy", "state"),
        Index(None, "init_key", unique=True),
    )
