"""Deliveries of webhooks: a receiver, the worker's job and the rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from service.db.models import Delivery
from service.domain.webhooks.deliveries import deliver
from service.domain.webhooks.events import endpoint_of
from service.outgoing.webhooks import NoAnswerError
from tests.support.service_under_test import App

URL, OTHER = "https://app.example/hook", "https://other.example/"


@dataclass
class FakeSender:
    """Responds with `status`; None: no response."""

    status: int | None = 204
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def post(self, url: str, message_id: str, timestamp: int, body: bytes) -> int:
        self.sent.append((url, message_id, body))
        if self.status is None:
            raise NoAnswerError("TimeoutError: timed out")
        return self.status

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.sent]


def work(app: App, url: str = URL) -> int:
    """Run a webhook's job like the worker."""
    app.queue.deliveries.clear()
    return deliver(app.deps, endpoint_of(url))


def rows(app: App) -> list[Delivery]:
    with app.deps.db.read() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.created_at, Delivery.id)))


def names(app: App) -> list[str]:
    return [row.event for row in rows(app)]
