"""Tables of users and appointments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ID, SUBJECT, UTCDateTime, human_text
from service.limits import MAX_NAME_LENGTH


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
