"""Errors of a request itself: HTTP, address, body, and how many there are."""

from __future__ import annotations

from service.errors.base import AccessRefusedError, ServiceError


class RequestBrokenError(ServiceError):
    code = "bad_request"
    status = 400
    message = "The request is incomplete or is not valid HTTP. Send it again in full."


class RequestTooSlowError(ServiceError):
    code = "request_too_slow"
    status = 408
    message = "The request did not arrive in time. Send it again; send the bytes of files to storage, not here."


class AddressTooLongError(ServiceError):
    code = "address_too_long"
    status = 414
    message = "The URL with its query is longer than 8190 bytes. Shorten the query."


class HeadersTooLargeError(ServiceError):
    code = "headers_too_large"
    status = 431
    message = (
        "The request has too many headers, or one is too long. Send at most 100 headers of at most 8190 bytes each."
    )


class RouteNotFoundError(ServiceError):
    code = "not_found"
    status = 404
    message = "No endpoint has this URL. GET /api/openapi.json lists all endpoints."


class MethodNotAllowedError(ServiceError):
    code = "method_not_allowed"
    status = 405
    message = "This URL does not support that method. Use one of the methods in the Allow header."


class HostRefusedError(ServiceError):
    code = "host_refused"
    status = 421
    message = "The service does not accept this host name. The operator can add it to ALLOWED_HOSTS."


class OriginRefusedError(ServiceError):
    code = "origin_refused"
    status = 403
    message = (
        "Pages of this origin are not allowed to change anything. The operator can add the origin to CORS_ORIGINS."
    )


class TooManyRequestsError(AccessRefusedError):
    code = "too_many_requests"
    status = 429
    example_arguments = ("subject", "6000 per 1 minute", 12)

    def __init__(self, kind: str, limit: str, seconds: int) -> None:
        """kind: what is counted, `subject` or `address`; seconds: until the next request is taken."""
        super().__init__(f"Too many requests from one {kind} ({limit}). Wait {seconds} s, then continue.")
        self.retry_after = seconds


class InvalidBodyError(ServiceError):
    code = "invalid_body"
    status = 422
    message = "The request is not valid. Correct the fields named in `errors` and send it again."


class FileInBodyError(ServiceError):
    code = "file_not_accepted"
    status = 422
    message = (
        "This service does not accept the bytes of files. Request a URL from POST /api/v1/file/upload/chunk/"
        " and PUT the chunk there, directly to storage."
    )


class BodyTooLargeError(ServiceError):
    code = "body_too_large"
    status = 413
    message = (
        "The request body is too large. PUT the bytes of a file to the URLs that"
        " POST /api/v1/file/upload/chunk/ returns."
    )
