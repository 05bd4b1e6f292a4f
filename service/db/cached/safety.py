"""The result of the last attacks on storage: written by the cron process, read by API processes and workers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from service.db.models import Fact
from service.db.session import Database
from service.limits import MAX_URL_TTL, SLOW_PUT

FACT = "storage_safety"
"""The row of `facts` that holds the result."""
REMEMBERED = timedelta(seconds=10)
"""How long a process uses its cached result."""
GOOD_FOR = timedelta(days=3)
"""Attacks are tried daily; a result older than this proves nothing any more."""
LAST_PUT = GOOD_FOR + timedelta(seconds=MAX_URL_TTL) + SLOW_PUT
"""How long after a check that permitted one PUT such a request can end, at the latest."""


@dataclass(frozen=True)
class StorageSafety:
    """The result of one round of attacks.

    let_through: names of attacks that storage did not refuse, by address (`public`: as clients reach storage; `direct`:
    as the service does). untried: why an address could not be attacked, by address. one_put: the conditions for one
    conditional PUT that are not met, by address; an address is missing if they could not be tried. one_put_at: the last
    check, also an earlier one, in which all of them were met. tried_on: the addresses, bucket and key of the check.
    """

    checked_at: datetime
    let_through: Mapping[str, tuple[str, ...]]
    untried: Mapping[str, str]
    one_put: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_put_at: datetime | None = None
    tried_on: str | None = None

    def is_proven(self, address: str, now: datetime) -> bool:
        """Whether every attack on this address was tried lately and refused."""
        fresh = now - self.checked_at <= GOOD_FOR
        return fresh and address in self.let_through and not self.let_through[address] and address not in self.untried

    def permits_one_put(self, now: datetime) -> bool:
        """Whether all conditions were met lately, at every address.

        At the direct one too: a proxy before the public one may collect a slow body before storage sees the request.
        """
        fresh = now - self.checked_at <= GOOD_FOR
        return fresh and not any(self.one_put.get(address, ("untried",)) for address in self.let_through)

    def may_put_replace(self, now: datetime) -> bool:
        """Whether a URL of one PUT may still be valid on a storage that does not enforce the condition any more."""
        was_permitted = self.one_put_at is not None and now - self.one_put_at <= LAST_PUT
        return was_permitted and not self.permits_one_put(now)

    def as_fact(self) -> dict[str, Any]:
        """Return the value for `facts`."""
        return {
            "checked_at": self.checked_at.isoformat(),
            "let_through": {address: list(names) for address, names in self.let_through.items()},
            "untried": dict(self.untried),
            "one_put": {address: list(names) for address, names in self.one_put.items()},
            "one_put_at": self.one_put_at and self.one_put_at.isoformat(),
            "tried_on": self.tried_on,
        }

    @classmethod
    def from_fact(cls, value: Mapping[str, Any]) -> StorageSafety:
        """Return the result from a value of `as_fact`."""
        let_through = {address: tuple(names) for address, names in value["let_through"].items()}
        # the release before did not try it
        one_put = {address: tuple(names) for address, names in value.get("one_put", {}).items()}
        at = value.get("one_put_at")
        checked_at, one_put_at = datetime.fromisoformat(value["checked_at"]), at and datetime.fromisoformat(at)
        return cls(checked_at, let_through, value["untried"], one_put, one_put_at, value.get("tried_on"))


def recorded(db: Database) -> StorageSafety | None:
    """Return the last result; None before the first one. Raises DatabaseUnavailableError."""
    with db.read() as session:
        fact = session.get(Fact, FACT)
    return StorageSafety.from_fact(fact.value) if fact else None


class SafetyMemory:
    """Reads the last result at most once every REMEMBERED. One for each process; its threads share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: StorageSafety | None = None
        self._until = datetime.min.replace(tzinfo=UTC)

    def last(self, db: Database, now: datetime, tried_on: str) -> StorageSafety | None:
        """Return the last result if it is of this storage and key, else None. Raises DatabaseUnavailableError."""
        with self._lock:
            if now >= self._until:
                self._last = recorded(db)
                self._until = now + REMEMBERED
            return self._last if self._last is not None and self._last.tried_on == tried_on else None
