"""Errors of the service's dependencies: storage, database, Redis, scanner, login."""

from __future__ import annotations

from longshore.client.errors.api import ApiError, DependencyError


class StorageRefusedError(ApiError):
    code = "storage_refused"
    remedy = "Try again; if it fails again, the operator needs to check the storage settings (`longshore doctor`)."


class OverloadedError(DependencyError):
    code = "overloaded"


class StorageUnavailableError(DependencyError):
    code = "storage_unavailable"


class DatabaseUnavailableError(DependencyError):
    code = "database_unavailable"


class DatabaseBusyError(DatabaseUnavailableError):
    code = "database_busy"


class DatabaseReadOnlyError(DatabaseUnavailableError):
    code = "database_read_only"


class DatabaseRefusedError(DatabaseUnavailableError):
    code = "database_refused"
    remedy = "The operator needs to check the service's DATABASE_URL (`longshore doctor`)."


class QueueUnavailableError(DependencyError):
    code = "queue_unavailable"


class LoginUnavailableError(DependencyError):
    code = "login_unavailable"


class ScannerUnavailableError(DependencyError):
    code = "scanner_unavailable"
