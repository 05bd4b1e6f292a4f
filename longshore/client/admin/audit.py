"""The audit log: its entries, and the check of its chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from longshore.client.admin.calls import Calls
from longshore.client.values import load


@dataclass(frozen=True)
class AuditEntry:
    """An entry of the audit log. before, after: the values that it changed, by field."""

    at: str
    actor: str
    action: str
    target_id: str | None = None
    key_prefix: str | None = None
    address: str | None = None
    owner: str | None = None
    reason: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    request_id: str | None = None
    sequence: int | None = None
    seal: str | None = None


@dataclass(frozen=True)
class Flaw:
    """A place where the audit log's chain is broken."""

    sequence: int
    problem: str


@dataclass(frozen=True)
class Verification:
    """The result of a check of the audit log so far.

    checked: entries; deleted: earlier ones that AUDIT_DAYS deleted; unsealed: new ones that wait for their seal; last:
    the last one that was checked, as SEQUENCE:SEAL.
    """

    checked: int
    deleted: int
    unsealed: int
    last: str
    is_complete: bool
    flaws: tuple[Flaw, ...]


class AuditCalls(Calls):
    """Read and check the audit log."""

    def audit(self, **query: str | None) -> Iterator[AuditEntry]:
        """Yield the entries of the audit log, newest first.

        query: actor, action, target_id, created_from, created_until (RFC 3339).
        """
        return self._list(AuditEntry, "/audit", query)

    def verify_audit(self, head: str | None = None) -> Iterator[Verification]:
        """Check the chain of the audit log, and yield the result so far after each call; the last one is complete.

        head: SEQUENCE:SEAL that was noted earlier and must still be in the chain.
        """
        after: str | None = None
        checked, flaws = 0, tuple[Flaw, ...]()
        while True:
            answer = self._call("GET", "/audit/verification", query={"after": after, "head": head})
            part = load(Verification, answer)
            checked, flaws = checked + part.checked, (*flaws, *(load(Flaw, flaw) for flaw in part.flaws))
            yield load(Verification, vars(part) | {"checked": checked, "flaws": flaws})
            if part.is_complete:
                return
            after = part.last
