"""The tables. `service.values.states` defines the states of their rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, MetaData, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from service.db.sort_names import MAX_NAME_KEY, name_key
from service.db.types import (
    ID,
    PACKED,
    SUBJECT,
    ExternalText,
    Json,
    RowNumber,
    UTCDateTime,
    ascii_text,
    human_text,
)
from service.limits import (
    MAX_CONTENT_TYPE,
    MAX_CURSOR,
    MAX_NAME_LENGTH,
    MAX_OBJECT_KEY,
    MAX_PATH_NAME,
    MAX_VERSION_ID,
    MAX_WEBHOOK_URL,
)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class User(Base):
    """A user that files can belong to. owner: the subject that created the row; null if login was off."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    name: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "created_at", "id"), Index(None, "owner", "created_at", "id"))


class Appointment(Base):
    """An appointment of a user, to which files can belong. owner: like a user's."""

    __tablename__ = "appointments"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    user_id: Mapped[str] = mapped_column(ID, ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "user_id", "created_at", "id"),
        Index(None, "created_at", "id"),
        Index(None, "owner", "created_at", "id"),
    )


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


class Upload(Base):
    """One upload, from init until its file is deleted.

    storage_upload_id is S3's own UploadId, null between our first commit and its reply; `service.values.ONE_PUT` for a
    file of one part that is no multipart upload. completion is the request of
    `complete` while the upload is `completing`, so that any process can finish it; until lease_until, only the one that
    began does. owner: the subject who started it; null if login was off. reserved: bytes of the owner's quota while it
    is open or a file, `usages` has the sum. parts: of its file, packed by `service.domain.records.packed_parts`; null
    before `complete`, for older files, and if storage had lost them; loaded on request only. init_key: the hash of its
    init's Idempotency-Key and owner, null without one; that of an adopted object is the hash of its location, so that
    it is adopted once. policy, rules: the name of its policy, and the rules with which
    it was started; both null without a file of policies or narrower rules of a grant. grant_id: of the grant with which
    it was started. adoption_id: of the adoption that made it, which never was an open upload. path_name: of the folder
    of its future file, null for none. replaces: the file that its file is to replace; replacer: who requested that
    (`service.domain.files.replacements`).
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


class ApiKey(Base):
    """An API key: its prefix is public and finds the row, its secret is only stored as a hash.

    scopes: separated by commas, those of every version. added_scopes: later ones (`delete`, `grant`), as older
    versions refuse a key with an unknown scope; null for a key from such a version. last_used_at: accurate to ten
    minutes. expires_at: refused from then on; null: never.
    """

    __tablename__ = "api_keys"

    prefix: Mapped[str] = mapped_column(ascii_text(16), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(ascii_text(64))
    name: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    subject: Mapped[str] = mapped_column(SUBJECT, index=True)
    scopes: Mapped[str] = mapped_column(ascii_text(64))
    added_scopes: Mapped[str | None] = mapped_column(ascii_text(64))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Grant(Base):
    """A grant of uploads for a browser; one that a backend signed itself has a row from its first use.

    subject: who owns the files. policy to sealed: like those of `service.values.access.grants.UploadGrant`. used:
    uploads that are open or have become files. digest: of all that a grant of a backend allows, to notice another one
    with the same id; null for the others, and for one that was revoked before its first use. created_by: null if a
    backend signed it itself, or if login was off.
    """

    __tablename__ = "grants"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    subject: Mapped[str] = mapped_column(SUBJECT)
    policy: Mapped[str | None] = mapped_column(ascii_text(64))
    count: Mapped[int] = mapped_column(Integer)
    used: Mapped[int] = mapped_column(Integer)
    max_size: Mapped[int | None] = mapped_column(BigInteger)
    content_types: Mapped[list[str] | None] = mapped_column(Json)
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    user_id: Mapped[str | None] = mapped_column(ID)
    appointment_id: Mapped[str | None] = mapped_column(ID)
    sealed: Mapped[bytes | None] = mapped_column(PACKED)
    digest: Mapped[str | None] = mapped_column(ascii_text(64))
    created_by: Mapped[str | None] = mapped_column(SUBJECT)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "expires_at"),)


class Decision(Base):
    """A decision of an operator about some files: `service.values.operators.decisions` describes it.

    file_ids or filter: the files. position: after which file it continues; null at the beginning. attempts: turns in a
    row that failed there. token: of the process that works on it; due_at: when another one may, null unless it is
    running. reasons: why the last files were skipped or failed; problem: what it waits for. created_by, key_prefix,
    address: the operator.
    """

    __tablename__ = "decisions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    action: Mapped[str] = mapped_column(ascii_text(16))
    reason: Mapped[str | None] = mapped_column(ExternalText(500))
    file_ids: Mapped[list[str] | None] = mapped_column(Json)
    filter: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(ascii_text(16))
    matched: Mapped[int] = mapped_column(Integer)
    is_exact: Mapped[bool] = mapped_column(Boolean)
    done: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    reasons: Mapped[list[dict[str, str]]] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(ExternalText(500))
    position: Mapped[str | None] = mapped_column(ascii_text(MAX_CURSOR))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    token: Mapped[str | None] = mapped_column(ID)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(SUBJECT)
    key_prefix: Mapped[str | None] = mapped_column(ascii_text(16))
    address: Mapped[str | None] = mapped_column(ascii_text(45))
    approved_by: Mapped[str | None] = mapped_column(SUBJECT)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "due_at"), Index(None, "created_at", "id"))


class Adoption(Base):
    """An adoption of the objects of a bucket under a prefix: `service.values.operators.adoptions` describes it.

    position: the key after which it continues; null at the beginning. adopted, renewed, unchanged, skipped, failed:
    objects so far, bytes: of the adopted ones. attempts, token, due_at, reasons, problem, created_by, key_prefix and
    address: like a decision's.
    """

    __tablename__ = "adoptions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    bucket: Mapped[str] = mapped_column(ascii_text(63))
    prefix: Mapped[str] = mapped_column(human_text(MAX_OBJECT_KEY))
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    policy: Mapped[str | None] = mapped_column(ascii_text(64))
    follow: Mapped[bool] = mapped_column(Boolean)
    state: Mapped[str] = mapped_column(ascii_text(16))
    adopted: Mapped[int] = mapped_column(Integer, default=0)
    renewed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    reasons: Mapped[list[dict[str, str]]] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(ExternalText(500))
    position: Mapped[str | None] = mapped_column(human_text(MAX_OBJECT_KEY))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    token: Mapped[str | None] = mapped_column(ID)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(SUBJECT)
    key_prefix: Mapped[str | None] = mapped_column(ascii_text(16))
    address: Mapped[str | None] = mapped_column(ascii_text(45))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "due_at"), Index(None, "bucket", "state"), Index(None, "created_at", "id"))


class AllowlistEntry(Base):
    """A signature or SHA-256 that does not block files, from its approval until it ends; it is kept after that.

    value: a signature's name, or the hash in hex. is_active: approved (if it must be) and not removed; it can have
    ended by ends_at.
    """

    __tablename__ = "allowlist"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(ascii_text(16))
    value: Mapped[str] = mapped_column(human_text(MAX_NAME_LENGTH))
    reason: Mapped[str] = mapped_column(ExternalText(500))
    is_active: Mapped[bool] = mapped_column(Boolean)
    created_by: Mapped[str] = mapped_column(SUBJECT)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    approved_by: Mapped[str | None] = mapped_column(SUBJECT)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "kind", "value"), Index(None, "created_at", "id"))


class Link(Base):
    """A link to a file, for everyone who has its token; one that a backend signed itself has a row from its first use.

    id: unique for its file, so that no subject can take the id of a signed link to a file of another one.
    token_hash: SHA-256 of its token, which is stored nowhere; null for one that a backend signed, which has the digest
    of all that it allows instead, to notice another one with the same id (null if it was revoked before its first use).
    max_downloads: null for any number. password_hash: keyed, null without a password. created_by: null if a backend
    signed it itself, or if login was off. removed_at: when its file was deleted. kept_until: the row is deleted then.
    """

    __tablename__ = "links"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    file_id: Mapped[str] = mapped_column(ID, primary_key=True)
    token_hash: Mapped[str | None] = mapped_column(ascii_text(64))
    digest: Mapped[str | None] = mapped_column(ascii_text(64))
    disposition: Mapped[str] = mapped_column(ascii_text(16))
    max_downloads: Mapped[int | None] = mapped_column(Integer)
    downloads: Mapped[int] = mapped_column(BigInteger)
    password_hash: Mapped[str | None] = mapped_column(ascii_text(64))
    created_by: Mapped[str | None] = mapped_column(SUBJECT)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    kept_until: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "token_hash", unique=True),
        Index(None, "file_id", "created_at", "id"),
        Index(None, "created_by"),
        Index(None, "kept_until"),
    )


class Usage(Base):
    """Bytes that a subject has in open uploads and files: always the sum of `uploads.reserved` of those.

    Changed only in the transaction that changes the uploads, after them, so that no crash can make the two differ.
    """

    __tablename__ = "usages"

    subject: Mapped[str] = mapped_column(SUBJECT, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)


class UsageOfDay(Base):
    """Bytes on a day, as last counted on it. kind: `state` (of uploads, or a verdict; or `orphaned`) or `subject`."""

    __tablename__ = "usage_history"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(ascii_text(8), primary_key=True)
    name: Mapped[str] = mapped_column(SUBJECT, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index(None, "name", "kind"),)


class Audit(Base):
    """An entry of the audit log: who did what, when, and why. Only its changes may be removed, with a person's data.

    target_id: the file, or the grant or key prefix of the actions on those; null without any. actor: a subject, or one
    of `service.values.access.subjects.RESERVED`. owner: of a file that ended, so that its owner gets 410; null for
    other actions, for older rows, for files without an owner, and for those that were erased with it. changes: values
    before and after; changes_digest: their hash, which stays. sequence, seal: the place in the chain, written by the
    sweeper.
    """

    __tablename__ = "audits"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor: Mapped[str] = mapped_column(SUBJECT)
    key_prefix: Mapped[str | None] = mapped_column(ascii_text(16))
    address: Mapped[str | None] = mapped_column(ascii_text(45))
    action: Mapped[str] = mapped_column(ascii_text(32))
    target_id: Mapped[str | None] = mapped_column("file_id", ID)
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    reason: Mapped[str | None] = mapped_column(ExternalText(500))
    request_id: Mapped[str | None] = mapped_column(ascii_text(64))
    changes: Mapped[bytes | None] = mapped_column(PACKED)
    changes_digest: Mapped[str | None] = mapped_column(ascii_text(64))
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    seal: Mapped[str | None] = mapped_column(ascii_text(64))

    __table_args__ = (
        Index(None, "file_id", "at"),
        Index(None, "at"),
        Index(None, "actor", "at"),
        Index(None, "action", "at"),
        Index(None, "sequence", unique=True),
    )


class Delivery(Base):
    """An event for a webhook: one row for each URL, with the id that the receiver sees.

    payload: the same in every attempt. due_at: of the next attempt, null after it was accepted or failed for the last
    time; pending_since: start of the time until it fails. last_status: of the HTTP answer, null without one.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    event: Mapped[str] = mapped_column(ascii_text(32))
    url: Mapped[str] = mapped_column(ascii_text(MAX_WEBHOOK_URL))
    file_id: Mapped[str | None] = mapped_column(ID)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(ascii_text(16))
    attempts: Mapped[int] = mapped_column(Integer)
    last_status: Mapped[int | None] = mapped_column(Integer)
    last_error: Mapped[str | None] = mapped_column(ExternalText(500))
    last_attempt_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    pending_since: Mapped[datetime] = mapped_column(UTCDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (
        Index(None, "url", "due_at"),
        Index(None, "due_at"),
        Index(None, "state", "created_at"),
        Index(None, "created_at"),
    )


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
