"""How many refused requests the audit log records: enough to see an attack, too few to fill the database."""

from __future__ import annotations

from service.access.failed_attempts import FailedAttempts, counted_from
from service.settings import Settings

BY_ADDRESS = "20/hour"
BY_ALL = "1000/hour"


class RefusalBudget:
    """Counts recorded refusals, by the client's network and in all. All refusals are logged and counted in metrics."""

    def __init__(self, redis_url: str, by_address: str = BY_ADDRESS, by_all: str = BY_ALL) -> None:
        self._by_address = FailedAttempts(redis_url, by_address, name="audit")
        self._by_all = FailedAttempts(redis_url, by_all, name="audit")

    def take(self, address: str | None) -> bool:
        """Count a refusal; whether it can be recorded."""
        return self._by_address.take(counted_from(address)) and self._by_all.take([("all", "all")])


def make_refusal_budget(settings: Settings) -> RefusalBudget:
    return RefusalBudget(settings.redis_url)
