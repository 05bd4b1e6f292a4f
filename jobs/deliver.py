"""The job that sends the due events of one webhook."""

from __future__ import annotations

from jobs.context import deps
from jobs.request_context import around
from service.domain.webhooks import deliveries


def deliver(endpoint: str) -> int:
    """Run one turn of deliveries; returns how many were accepted."""
    with around(deps(), "deliver"):
        return deliveries.deliver(deps(), endpoint)
