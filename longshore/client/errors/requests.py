"""Errors of a request itself: HTTP, address, body, and how many there are."""

from __future__ import annotations

from longshore.client.errors.api import ApiError


class RequestTooSlowError(ApiError):
    code = "request_too_slow"
    happened = "The request did not reach the service in time."
    remedy = "Check the network, then try again."


class AddressTooLongError(ApiError):
    code = "address_too_long"
    happened = "The request's URL is too long for the service."
    remedy = "Search for fewer words."


class HeadersTooLargeError(ApiError):
    code = "headers_too_large"
    happened = "The request's headers are too large for the service."
    remedy = "Use a shorter key or credential."


class NoEndpointError(ApiError):
    """The URL is that of another service or version: nothing is known about the file."""

    code = "not_found"
    happened = "The service has no endpoint at this URL."
    remedy = "Check its URL (`longshore config show`): it has no path, unless a proxy removes that."


class HostRefusedError(ApiError):
    code = "host_refused"
    remedy = "Use the service's own URL, or ask the operator to add the name to ALLOWED_HOSTS."


class TooManyRequestsError(ApiError):
    code = "too_many_requests"
    remedy = "Wait a moment, or ask the operator for a higher limit."


class InvalidBodyError(ApiError):
    code = "invalid_body"
    happened = "The service does not accept the request."
    remedy = "Correct the request and try again."


class FileInBodyError(ApiError):
    code = "file_not_accepted"
    remedy = "Send the bytes to storage, not to the service."


class BodyTooLargeError(ApiError):
    code = "body_too_large"
    remedy = "Send a smaller `detail`."
