"""Errors of dependencies: storage, database, Redis, scanner, login."""

from __future__ import annotations

from service.errors.base import DependencyError, ServiceError


class StorageRefusedError(ServiceError):
    """Storage answered with an error that the service cannot handle; `storage_code` has its code."""

    code = "storage_refused"
    status = 502
    example_arguments = ("CreateMultipartUpload", "AccessDenied")
    FILTERED = "RequestFiltered"
    """The code of the filter before storage's public address (deploy/caddy/storage_filter.caddy)."""

    def __init__(self, operation: str, storage_code: str) -> None:
        remedy = (
            "Set S3_ENDPOINT_URL to the address of storage behind the filter: it is set to the public address, which"
            " accepts only presigned URLs."
            if storage_code == self.FILTERED
            else "Nothing is lost; try again. If it fails again, check the service's storage settings."
        )
        super().__init__(f"Storage refused {operation} ({storage_code}). {remedy}", storage_code=storage_code)


class OverloadedError(DependencyError):
    code = "overloaded"
    message = "The service receives more requests than it can handle. Nothing is lost; try again shortly."


class StorageUnavailableError(DependencyError):
    code = "storage_unavailable"
    message = "Storage cannot be reached. Nothing is lost; try again shortly."


class DatabaseUnavailableError(DependencyError):
    code = "database_unavailable"
    message = "The database cannot be reached. Nothing is lost; try again shortly."


class DatabaseBusyError(DatabaseUnavailableError):
    code = "database_busy"
    message = "Other requests are changing the same rows. This request changed nothing; try again shortly."
    retry_after = 1


class DatabaseReadOnlyError(DatabaseUnavailableError):
    code = "database_read_only"
    message = (
        "The database is read-only at the moment, for example after a failover. Nothing is lost; try again shortly."
    )


class DatabaseRefusedError(DatabaseUnavailableError):
    code = "database_refused"
    message = "The database rejects the service's user. Nothing is lost; the operator needs to check DATABASE_URL."
    retry_after = 60


class QueueUnavailableError(DependencyError):
    code = "queue_unavailable"
    message = "The job queue cannot be reached. Nothing is lost; try again shortly."


class LoginUnavailableError(DependencyError):
    code = "login_unavailable"
    message = (
        "The keys of the identity provider (JWT_JWKS_URL) cannot be fetched to check this token. Try again shortly."
    )


class ScannerUnavailableError(DependencyError):
    code = "scanner_unavailable"
    message = "The virus scanner cannot be reached. No need to do anything: files are kept and scanned when it is back."


class NotReadyError(DependencyError):
    code = "not_ready"
    message = "A dependency that every request needs is down. `errors` shows which; start it or wait for it."


class NoMetricsTokenError(ServiceError):
    code = "no_metrics_token"
    status = 401
    message = "Metrics require a token. Send METRICS_TOKEN as `Authorization: Bearer …`."
