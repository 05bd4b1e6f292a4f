"""Render every error as the contract's failure envelope."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from service.errors import (
    AccessRefusedError,
    BodyTooLargeError,
    DependencyError,
    MethodNotAllowedError,
    PolicyRefusedError,
    RequestBrokenError,
    RouteNotFoundError,
    ServiceError,
)
from service.observability.logs import get_logger
from service.observability.metrics import POLICY_REFUSED
from service.routes.http.authentication import note_refusal

log = get_logger(__name__)

OF_FLASK: dict[int | None, type[ServiceError]] = {
    error.status: error for error in (RequestBrokenError, RouteNotFoundError, MethodNotAllowedError, BodyTooLargeError)
}
"""Replace errors of Flask itself (unknown route, wrong method, an incomplete or too large body) by ours."""


def register_error_handlers(app: Flask) -> None:
    app.register_error_handler(ServiceError, render)
    app.register_error_handler(HTTPException, _render_http)
    app.register_error_handler(Exception, render_unexpected)


def render(error: ServiceError) -> Response:
    """Return the failure envelope, with Retry-After if waiting helps, and a challenge if a login does."""
    if isinstance(error, DependencyError):
        log.warning("dependency_down", code=error.code, path=request.path, cause=repr(error.__cause__))
    if isinstance(error, AccessRefusedError):
        note_refusal(error)
    if isinstance(error, PolicyRefusedError):
        POLICY_REFUSED.labels(error.policy, error.rule).inc()
        log.info("policy_refused", policy=error.policy, rule=error.rule, path=request.path)
    response = _envelope(error.status, error.code, error.message, error.errors, error.retry_after, **error.extra)
    if error.challenge is not None:
        response.headers["WWW-Authenticate"] = error.challenge
    return response


def _render_http(error: HTTPException) -> Response:
    ours = OF_FLASK.get(error.code)
    code = error.name.lower().replace(" ", "_")
    response = render(ours()) if ours else _envelope(error.code or 500, code, str(error.description), [], None)
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def render_unexpected(error: Exception) -> Response:
    """Handle a bug: its traceback goes to the log, never to the client."""
    log.exception("unexpected_error", path=request.path, exc_info=error)
    return render(ServiceError())


def _envelope(
    status: int, code: str, message: str, errors: list[str], retry_after: int | None, **extra: Any
) -> Response:
    response = jsonify({"code": code, "message": message, "errors": errors, "success": False, **extra})
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
