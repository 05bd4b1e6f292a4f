"""Entries of the audit log as values."""

from __future__ import annotations

from service.db.models import Audit
from service.values.operators.audit import AuditEntry, Changes

PLAIN = (
    *("at", "actor", "action", "target_id", "key_prefix", "address", "owner", "reason", "request_id", "changes_digest"),
    *("sequence", "seal"),
)
"""Fields of an entry that its row has under the same name."""


def entry_of(row: Audit) -> AuditEntry:
    """Return a row's entry."""
    changes = None if row.changes is None else Changes.read(row.changes)
    return AuditEntry(changes=changes, **{name: getattr(row, name) for name in PLAIN})
