"""The table of deliveries to webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from service.db.models.base import Base
from service.db.types import ID, ExternalText, Json, UTCDateTime, ascii_text
from service.limits import MAX_WEBHOOK_URL


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
