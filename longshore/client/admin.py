"""The endpoints for operators, below /api/v1/admin/; all need a key or token with the scope `admin`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from longshore.client.api import pages
from longshore.client.http import Http
from longshore.client.stopping import Stop
from longshore.client.values import load, load_page

ADMIN = "/api/v1/admin"
PAUSE = 1.0
"""Seconds between two looks at a decision that runs."""


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


@dataclass(frozen=True)
class Decision:
    """A decision of an operator about files, and its progress.

    decision_id: None for a dry run, whose first files are file_ids. state: `waiting` (for a second person), `running`,
    `done`, `cancelled` or `dry_run`. matched: files when it was created, at least so many unless is_exact. reasons: of
    the last files that were skipped or failed. problem: what it waits for.
    """

    decision_id: str | None
    action: str
    state: str
    reason: str | None
    filter: dict[str, Any] | None
    file_ids: list[str] | None
    matched: int
    is_exact: bool
    done: int
    skipped: int
    failed: int
    reasons: list[dict[str, str]]
    problem: str | None
    created_by: str
    created_at: str
    approved_by: str | None = None
    approved_at: str | None = None
    ended_at: str | None = None


@dataclass(frozen=True)
class AllowlistEntry:
    """A signature (kind `signature`) or file (`sha256`) that is released although the scanner finds something.

    state: `waiting` (for a second person), `active` or `ended`.
    """

    entry_id: str
    kind: str
    value: str
    reason: str
    state: str
    created_by: str
    created_at: str
    approved_by: str | None = None
    approved_at: str | None = None
    ends_at: str | None = None
    removed_at: str | None = None


class Admin:
    """The calls for operators. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def audit(self, **query: str | None) -> Iterator[AuditEntry]:
        """Yield the entries of the audit log, newest first.

        query: actor, action, target_id, created_from, created_until (RFC 3339).
        """
        return pages(lambda **page: load_page(AuditEntry, self._http.call("GET", f"{ADMIN}/audit", query=query | page)))

    def verify_audit(self, head: str | None = None) -> Iterator[Verification]:
        """Check the chain of the audit log, and yield the result so far after each call; the last one is complete.

        head: SEQUENCE:SEAL that was noted earlier and must still be in the chain.
        """
        after: str | None = None
        checked, flaws = 0, tuple[Flaw, ...]()
        while True:
            answer = self._http.call("GET", f"{ADMIN}/audit/verification", query={"after": after, "head": head})
            part = load(Verification, answer)
            checked, flaws = checked + part.checked, (*flaws, *(load(Flaw, flaw) for flaw in part.flaws))
            yield load(Verification, vars(part) | {"checked": checked, "flaws": flaws})
            if part.is_complete:
                return
            after = part.last

    def decide(
        self,
        action: str,
        file_ids: Sequence[str] | None = None,
        filter: Mapping[str, Any] | None = None,
        *,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Decide about files, up to 100 of which are decided at once: `rescan`, `release`, `block` or `delete`.

        filter: instead of file_ids, properties as in `Client.files`: search, virus_scan_status, policy, content_type,
        created_from, created_until, min_size, max_size, owner, user_id, appointment_id. reason: required to release and
        to block.
        """
        wanted = {"file_ids": None if file_ids is None else list(file_ids), "filter": filter, "reason": reason}
        given = {name: value for name, value in wanted.items() if value is not None}
        return self._decision("POST", "", {"action": action, "dry_run": dry_run} | given)

    def decision(self, decision_id: str) -> Decision:
        """Return a decision and its progress."""
        return self._decision("GET", f"/{quote(decision_id)}")

    def decisions(self) -> Iterator[Decision]:
        """Yield all decisions, newest first."""
        return pages(lambda **page: load_page(Decision, self._http.call("GET", f"{ADMIN}/decisions", query=page)))

    def watch_decision(self, decision_id: str, stop: Stop | None = None) -> Iterator[Decision]:
        """Yield a decision until it does not run any more."""
        while True:
            found = self.decision(decision_id)
            yield found
            if found.state != "running":
                return
            (stop or Stop()).sleep(PAUSE)

    def approve(self, decision_id: str) -> Decision:
        """Approve a release as the second person."""
        return self._decision("POST", f"/{quote(decision_id)}/approve")

    def cancel(self, decision_id: str) -> Decision:
        """Cancel a decision: it decides no further file."""
        return self._decision("DELETE", f"/{quote(decision_id)}")

    def allow(self, kind: str, value: str, reason: str, ends_at: str | None = None) -> AllowlistEntry:
        """Add a signature or SHA-256 to the allow-list. ends_at: RFC 3339; None: it does not end."""
        body = {"kind": kind, "value": value, "reason": reason, "ends_at": ends_at}
        return load(AllowlistEntry, self._http.call("POST", f"{ADMIN}/allowlist", body=body))

    def allowlist(self) -> Iterator[AllowlistEntry]:
        """Yield the entries of the allow-list, newest first, also ended ones."""
        return pages(lambda **page: load_page(AllowlistEntry, self._http.call("GET", f"{ADMIN}/allowlist", query=page)))

    def approve_allowed(self, entry_id: str) -> AllowlistEntry:
        """Approve an entry of the allow-list as the second person."""
        path = f"{ADMIN}/allowlist/{quote(entry_id)}/approve"
        return load(AllowlistEntry, self._http.call("POST", path))

    def disallow(self, entry_id: str) -> AllowlistEntry:
        """End an entry of the allow-list. The files that it released are scanned again before they are served."""
        return load(AllowlistEntry, self._http.call("DELETE", f"{ADMIN}/allowlist/{quote(entry_id)}"))

    def _decision(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Decision:
        return load(Decision, self._http.call(method, f"{ADMIN}/decisions{path}", body=body))
