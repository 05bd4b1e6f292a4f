"""The job that sends the due events of one webhook."""

from __future__ import annotations

from jobs.around import around
from jobs.context import deps
from service.domain import deliveries


def deliver(endpoint: str) -> int:
    """Run one turn of deliveries; returns how many were accepted."""
    with around(deps(), "deliver"):
        return deliveries.deliver(deps(), endpoint)
