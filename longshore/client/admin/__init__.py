"""The endpoints for operators, below /api/v1/admin/; all need a key or token with the scope `admin`."""

from longshore.client.admin.adoptions import Adoption, AdoptionCalls
from longshore.client.admin.allowlist import AllowlistCalls, AllowlistEntry
from longshore.client.admin.audit import AuditCalls, AuditEntry, Flaw, Verification
from longshore.client.admin.decisions import Decision, DecisionCalls
from longshore.client.admin.files import AdminFile, AdminUpload, FileCalls, FileDetails, Scan
from longshore.client.admin.operations import ErrorEntry, OperationCalls, Overview, Queue, Worker, WorkerJob, Workers
from longshore.client.admin.usage import Subject, SubjectBytes, SubjectKey, Usage, UsageCalls, UsageDay

__all__ = [
    "Admin",
    "AdminFile",
    "AdminUpload",
    "Adoption",
    "AllowlistEntry",
    "AuditEntry",
    "Decision",
    "ErrorEntry",
    "FileDetails",
    "Flaw",
    "Overview",
    "Queue",
    "Scan",
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


class Admin(FileCalls, AuditCalls, DecisionCalls, AllowlistCalls, AdoptionCalls, UsageCalls, OperationCalls):
    """The calls for operators. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""
