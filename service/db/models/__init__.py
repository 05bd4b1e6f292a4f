"""The tables, by topic. `service.values.states` defines the states of their rows."""

from __future__ import annotations

from service.db.models.access import ApiKey, Grant, Link
from service.db.models.base import Base
from service.db.models.files import File, FileDetail, Folder
from service.db.models.operators import Adoption, AllowlistEntry, Audit, Decision, LeasedWork
from service.db.models.people import Appointment, User
from service.db.models.upkeep import Fact, PendingDeletion
from service.db.models.uploads import Upload
from service.db.models.usage import Usage, UsageOfDay
from service.db.models.webhooks import Delivery

__all__ = [
    "Adoption",
    "AllowlistEntry",
    "ApiKey",
    "Appointment",
    "Audit",
    "Base",
    "Decision",
    "Delivery",
    "Fact",
    "File",
    "FileDetail",
    "Folder",
    "Grant",
    "LeasedWork",
    "Link",
    "PendingDeletion",
    "Upload",
    "Usage",
    "UsageOfDay",
    "User",
]
