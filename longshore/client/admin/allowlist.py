"""The allow-list: signatures and files that are released although the scanner finds something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from longshore.client.admin.calls import Calls
from longshore.client.values import load


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


class AllowlistCalls(Calls):
    """Change and list the allow-list."""

    def allow(self, kind: str, value: str, reason: str, ends_at: str | None = None) -> AllowlistEntry:
        """Add a signature or SHA-256 to the allow-list. ends_at: RFC 3339; None: it does not end."""
        body = {"kind": kind, "value": value, "reason": reason, "ends_at": ends_at}
        return load(AllowlistEntry, self._call("POST", "/allowlist", body=body))

    def allowlist(self) -> Iterator[AllowlistEntry]:
        """Yield the entries of the allow-list, newest first, also ended ones."""
        return self._list(AllowlistEntry, "/allowlist")

    def approve_allowed(self, entry_id: str) -> AllowlistEntry:
        """Approve an entry of the allow-list as the second person."""
        path = f"/allowlist/{quote(entry_id)}/approve"
        return load(AllowlistEntry, self._call("POST", path))

    def disallow(self, entry_id: str) -> AllowlistEntry:
        """End an entry of the allow-list. The files that it released are scanned again before they are served."""
        return load(AllowlistEntry, self._call("DELETE", f"/allowlist/{quote(entry_id)}"))
