"""The endpoints for operators, below /api/v1/admin/; all need a key or token with the scope `admin`."""

from longshore.client.admin.allowlist import AllowlistCalls, AllowlistEntry
from longshore.client.admin.audit import AuditCalls, AuditEntry, Flaw, Verification
from longshore.client.admin.decisions import Decision, DecisionCalls
from longshore.client.admin.operations import ErrorEntry, OperationCalls, Overview, Queue, Worker, WorkerJob, Workers
from longshore.client.admin.usage import Subject, SubjectBytes, SubjectKey, Usage, UsageCalls, UsageDay

__all__ = [
    "Admin",
    "AllowlistEntry",
    "AuditEntry",
    "Decision",
    "ErrorEntry",
    "Flaw",
    "Overview",
    "Queue",
    "Subject",
    "SubjectBytes",
    "SubjectKey",
    "Usage",
    "UsageDay",
    "Verification",
    "Worker",
    "WorkerJob",
    "Workers",
]


class Admin(AuditCalls, DecisionCalls, AllowlistCalls, UsageCalls, OperationCalls):
    """The calls for operators. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""
