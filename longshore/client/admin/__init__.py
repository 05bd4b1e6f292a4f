"""The endpoints for operators, below /api/v1/admin/; all need a key or token with the scope `admin`."""

from longshore.client.admin.allowlist import AllowlistCalls, AllowlistEntry
from longshore.client.admin.audit import AuditCalls, AuditEntry, Flaw, Verification
from longshore.client.admin.decisions import Decision, DecisionCalls

__all__ = ["Admin", "AllowlistEntry", "AuditEntry", "Decision", "Flaw", "Verification"]


class Admin(AuditCalls, DecisionCalls, AllowlistCalls):
    """The calls for operators. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""
