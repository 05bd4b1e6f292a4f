"""Tables of stored bytes: of each subject now, and of each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import SUBJECT, ascii_text


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
