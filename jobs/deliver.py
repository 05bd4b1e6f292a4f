"""The job that sends what is owed to one webhook."""

from __future__ import annotations

from jobs.context import deps
from jobs.request_context import around
from service.domain.webhooks import deliveries


def deliver(endpoint: str) -> int:
    """One turn of deliveries; returns how many were taken."""
    with around(deps(), "deliver"):
        return deliveries.deliver(deps(), endpoint)
