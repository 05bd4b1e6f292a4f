"""Tables of operators' work: decisions, adoptions, the allow-list and the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ID, PACKED, SUBJECT, ExternalText, Json, RowNumber, UTCDateTime, ascii_text, human_text
from service.limits import MAX_CURSOR, MAX_NAME_LENGTH, MAX_OBJECT_KEY


class LeasedWork(Base):
    """The columns of work that an operator orders and the sweeper does in turns, one process at a time.

    position: after which file or object it continues; null at the beginning. attempts: turns in a row that failed
    there. token: of the process that works on it; due_at: when another one may, null unless it is running. reasons: why
    the last files or objects were skipped or failed; problem: what it waits for. created_by, key_prefix, address: the
    operator.
    """

    __abstract__ = True

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    state: Mapped[str] = mapped_column(ascii_text(16))
    skipped: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    reasons: Mapped[list[dict[str, str]]] = mapped_column(Json)
    problem: Mapped[str | None] = mapped_column(ExternalText(500))
    position: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    token: Mapped[str | None] = mapped_column(ID)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_by: Mapped[str] = mapped_column(SUBJECT)
    key_prefix: Mapped[str | None] = mapped_column(ascii_text(16))
    address: Mapped[str | None] = mapped_column(ascii_text(45))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class Decision(LeasedWork):
    """A decision of an operator about some files: `service.values.operators.decisions` describes it.

    file_ids or filter: the files.
    """

    __tablename__ = "decisions"

    action: Mapped[str] = mapped_column(ascii_text(16))
    reason: Mapped[str | None] = mapped_column(ExternalText(500))
    file_ids: Mapped[list[str] | None] = mapped_column(Json)
    filter: Mapped[dict[str, Any] | None] = mapped_column(Json)
    matched: Mapped[int] = mapped_column(Integer)
    is_exact: Mapped[bool] = mapped_column(Boolean)
    done: Mapped[int] = mapped_column(Integer, default=0)
    position: Mapped[str | None] = mapped_column(ascii_text(MAX_CURSOR))
    approved_by: Mapped[str | None] = mapped_column(SUBJECT)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (Index(None, "due_at"), Index(None, "created_at", "id"))


class Adoption(LeasedWork):
    """An adoption of the objects of a bucket under a prefix: `service.values.operators.adoptions` describes it.

    position: the key after which it continues. adopted, renewed, unchanged: objects so far, besides skipped and failed
    ones; bytes: of the adopted ones.
    """

    __tablename__ = "adoptions"

    bucket: Mapped[str] = mapped_column(ascii_text(63))
    prefix: Mapped[str] = mapped_column(human_text(MAX_OBJECT_KEY))
    owner: Mapped[str | None] = mapped_column(SUBJECT)
    policy: Mapped[str | None] = mapped_column(ascii_text(64))
    follow: Mapped[bool] = mapped_column(Boolean)
    adopted: Mapped[int] = mapped_column(Integer, default=0)
    renewed: Mapped[int] = mapped_column(Integer, default=0)
    unchanged: Mapped[int] = mapped_column(Integer, default=0)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    position: Mapped[str | None] = mapped_column(human_text(MAX_OBJECT_KEY))

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
