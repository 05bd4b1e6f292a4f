"""The endpoints for operators, below /api/v1/admin/; all need a key or token with the scope `admin`."""

from longshore.client.admin.allowlist import AllowlistCalls, AllowlistEntry
from longshore.client.admin.audit import AuditCalls, AuditEntry, Flaw, Verification
from longshore.client.admin.decisions import Decision, DecisionCalls
from longshore.client.admin.files import AdminFile, AdminUpload, FileCalls, FileDetails, Scan

__all__ = [
    "Admin",
    "AdminFile",
    "AdminUpload",
    "AllowlistEntry",
    "AuditEntry",
    "Decision",
    "FileDetails",
    "Flaw",
    "Scan",
    "Verification",
]


class Admin(FileCalls, AuditCalls, DecisionCalls, AllowlistCalls):
    """The calls for operators. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""
