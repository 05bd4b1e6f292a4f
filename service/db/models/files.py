"""Tables of files, folders, and the indexed keys of `detail`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.sort_names import MAX_NAME_KEY, name_key
from service.db.types import ID, SUBJECT, ExternalText, Json, UTCDateTime, ascii_text, human_text
from service.limits import MAX_CONTENT_TYPE, MAX_NAME_LENGTH, MAX_OBJECT_KEY, MAX_VERSION_ID


class Folder(Base):
    """A folder of an owner's files; null: of files without an owner. A file's owner is always that of its folder.

    parent_id: the folder above; of a topmost one `service.values.folders.tree_of` its owner, which is no row's id.
    name_digest: `name_digest` of the name, by which it is found; name_key: the name for sorting. A folder exists as
    long as there are files or folders in it.
    """

    __tablename__ = "folders"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    parent_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    name_digest: Mapped[str] = mapped_column(ascii_text(64))
    name_key: Mapped[str] = mapped_column(human_text(MAX_NAME_KEY))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "parent_id", "name_digest", unique=True), Index(None, "parent_id", "name_key", "id"))


def _key_of_name(context: Any) -> str:
    return name_key(context.get_current_parameters()["filename"])


class File(Base):
    """A completed upload, or an adopted object: exactly one object in storage.

    adopted_key: the key of an adopted object, which stays where it is; null for the service's own objects. object_key
    is then a name that is derived from it (`service.values.object_keys.adopted_name`), under which storage has nothing.
    etag is the object's at completion: the scanned, copied and served object must have it. version_id is the object's
    in a versioned bucket, null elsewhere and for files older than this column. credential_hash makes a file private.
    scan_token identifies the running scan; a verdict counts only from its holder. unfinished_scans counts the attempts
    since the last one that ended with a verdict or a failure: their processes were killed. scanned_with: the engine and
    signatures of the verdict; scan_generation increases with those, and is null for a file that is never scanned again.
    downloads: the approximate number of links. name_key: the filename for sorting and searching. owner, policy,
    grant_id: its upload's. stored_name: of a renamed file, the name that its object's headers may still have. version:
    increases with each change of its name, detail, user, appointment, expiry or hold. expires_at: deleted from then on;
    null: never. legal_hold: not deleted by anyone or anything. detected_content_type: by the bytes; null where none
    were scanned. decided_by, decided_at, decision_reason: who released or blocked the file as it is now; else null.
    allowlist_id: the entry of the allow-list that released it. folder_id: of its folder, null for none. replaces: the
    file to delete once this one may be downloaded; null when that is done.
    """

    __tablename__ = "files"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    upload_id: Mapped[str] = mapped_column(ID, ForeignKey("uploads.id"), unique=True)
    bucket: Mapped[str] = mapped_column(ascii_text(63))
    object_key: Mapped[str] = mapped_column(ascii_text(255))
    adopted_key: Mapped[str | None] = mapped_column(human_text(MAX_OBJECT_KEY))
    filename: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    name_key: Mapped[str] = mapped_column(human_text(MAX_NAME_KEY), default=_key_of_name, server_default=text("''"))
    file_extension: Mapped[str | None] = mapped_column(human_text(32))
    content_type: Mapped[str] = mapped_column(ascii_text(MAX_CONTENT_TYPE))
    detected_content_type: Mapped[str | None] = mapped_column(ascii_text(128))
    size: Mapped[int] = mapped_column(BigInteger)
    total_chunks: Mapped[int] = mapped_column(Integer)
    etag: Mapped[str] = mapped_column(ascii_text(255))
    version_id: Mapped[str | None] = mapped_column(ascii_text(MAX_VERSION_ID))
    checksum: Mapped[str | None] = mapped_column(ascii_text(128))
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    credential_hash: Mapped[str | None] = mapped_column(ascii_text(64))
    appointment_id: Mapped[str | None] = mapped_column(ID, ForeignKey("appointments.id"))
    user_id: Mapped[str | None] = mapped_column(ID, ForeignKey("users.id"))
    policy: Mapped[str | None] = mapped_column(ascii_text(64))
    grant_id: Mapped[str | None] = mapped_column(ID)
    stored_name: Mapped[str | None] = mapped_column(human_text(MAX_NAME_LENGTH))
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    virus_scan_status: Mapped[str] = mapped_column(ascii_text(16))
    virus_scan_result: Mapped[str | None] = mapped_column(ExternalText(500))
    virus_scan_date: Mapped[datetime | None] = mapped_column(UTCDateTime)
    quarantine_reason: Mapped[str | None] = mapped_column(ExternalText(500))
    scan_token: Mapped[str | None] = mapped_column(ID)
    scan_attempts: Mapped[int] = mapped_column(Integer)
    unfinished_scans: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    scan_due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    scan_generation: Mapped[int | None] = mapped_column(Integer)
    scanned_with: Mapped[str | None] = mapped_column(ExternalText(255))
    downloads: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    legal_hold: Mapped[bool] = mapped_column(Boolean, default=False, server_default="0")
    decided_by: Mapped[str | None] = mapped_column(SUBJECT)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decision_reason: Mapped[str | None] = mapped_column(ExternalText(500))
    allowlist_id: Mapped[str | None] = mapped_column(ID)
    replaces: Mapped[str | None] = mapped_column(ID)
    folder_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "user_id", "created_at", "id"),
        Index(None, "appointment_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        # every order of every list has an index
        *(
            Index(None, *of, key, "id")
            for key in ("name_key", "size")
            for of in ((), ("user_id",), ("appointment_id",), ("owner",), ("owner", "folder_id"))
        ),
        Index(None, "owner", "created_at", "id"),
        Index(None, "owner", "folder_id", "created_at", "id"),
        Index(None, "virus_scan_status", "created_at", "id"),
        Index(None, "scan_due_at"),
        Index(None, "object_key"),
        Index(None, "scan_generation", "created_at"),
        Index(None, "scan_generation", "downloads"),
        Index(None, "legal_hold", "expires_at"),
        Index(None, "allowlist_id"),
        Index(None, "replaces"),
    )


class FileDetail(Base):
    """A key of a file's `detail` that its policy indexes; the database deletes it with the file.

    digest: `service.values.indexed_details.digest_of` its key and value, for values of any length. owner, created_at:
    the file's, so that an index has the order of the list.
    """

    __tablename__ = "file_details"

    file_id: Mapped[str] = mapped_column(ID, ForeignKey("files.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(ascii_text(64), primary_key=True)
    digest: Mapped[str] = mapped_column(ascii_text(64))
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "owner", "digest", "created_at", "file_id"),
        Index(None, "digest", "created_at", "file_id"),
    )
