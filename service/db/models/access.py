"""Tables of access: API keys, grants and links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ID, PACKED, SUBJECT, Json, UTCDateTime, ascii_text, human_text
from service.limits import MAX_NAME_LENGTH


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
