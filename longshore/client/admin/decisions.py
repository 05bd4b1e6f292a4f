"""Decisions about files: to scan them again, to release, to block or to delete them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from longshore.client.admin.calls import Calls
from longshore.client.stopping import Stop
from longshore.client.values import load

PAUSE = 1.0
"""Seconds between two looks at a decision that runs."""


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


class DecisionCalls(Calls):
    """Decide about files, and follow decisions."""

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
        return self._list(Decision, "/decisions")

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

    def _decision(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Decision:
        return load(Decision, self._call(method, f"/decisions{path}", body=body))
