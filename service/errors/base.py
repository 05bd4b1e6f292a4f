"""The bases of all errors that the API returns: code, HTTP status, and a message: what happened, then what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self


class ServiceError(Exception):
    """Base of all errors; one handler renders it as the contract's failure envelope.

    message: for people: a sentence about what happened, then what to do; errors: `[field] reason` lines; extra:
    further top-level members of the envelope; retry_after: seconds, sent as the Retry-After header; challenge: the
    WWW-Authenticate header (RFC 6750);
    example_arguments: what an example of a class is made with.
    """

    code: ClassVar[str] = "internal_error"
    status: int = 500
    message: str = (
        "The service failed unexpectedly. Try again; if it fails again, search the service's log for this answer's"
        " X-Request-ID."
    )
    retry_after: int | None = None
    challenge: str | None = None
    example_arguments: ClassVar[tuple[Any, ...]] = ()

    @classmethod
    def example(cls) -> Self:
        """Return an example for the OpenAPI document and docs/errors.md."""
        return cls(*cls.example_arguments)

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: list[str] | None = None,
        status: int | None = None,
        **extra: Any,
    ) -> None:
        self.message = message or self.message
        self.errors = errors or []
        self.status = status or self.status
        self.extra = extra
        super().__init__(self.message)


class AccessRefusedError(ServiceError):
    """Base of all refused access: no login, no permission, too many requests. Each is logged and counted.

    is_guess: the key, token or credential may have been guessed; too many attempts are refused. details: further
    fields of the log line, never a secret.
    """

    is_guess: bool = False
    details: Mapping[str, str] = MappingProxyType({})


class DependencyError(ServiceError):
    """A dependency is down: a normal state; clients try again."""

    status = 503
    retry_after = 5
