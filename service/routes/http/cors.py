"""CORS: let pages of CORS_ORIGINS call the API (https://fetch.spec.whatwg.org/#http-cors-protocol).

Such calls have no cookies, so all that an allowed origin gains is reading the responses.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, Response, request
from werkzeug.datastructures import HeaderSet

from service.observability import request_ids
from service.routes.http.body_parsing import CREDENTIAL_HEADER, IDEMPOTENCY_HEADER, LINK_PASSWORD_HEADER
from service.settings import ANY

MAX_AGE = 7200
"""Seconds for which a browser may cache a preflight; the maximum in Chromium."""
SENT_HEADERS = HeaderSet(
    [
        *("Authorization", "Content-Type", CREDENTIAL_HEADER, IDEMPOTENCY_HEADER, "If-Match"),
        *(LINK_PASSWORD_HEADER, request_ids.HEADER),
    ]
)
READ_HEADERS = HeaderSet(["Date", "Retry-After", request_ids.HEADER])
"""Headers that a client reads: the server's time, the time to wait, and the request id for logs."""


def allow_origins(app: Flask, origins: Collection[str]) -> None:
    """Let pages of these origins (`https://app.example`, or `*` for all) call everything below /api/."""

    @app.after_request
    def say_so(answer: Response) -> Response:
        if not origins or not request.path.startswith("/api/"):
            return answer
        answer.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin is None or not {origin, ANY} & set(origins):
            return answer
        answer.access_control_allow_origin = origin
        if request.method == "OPTIONS":
            answer.access_control_allow_methods = answer.allow
            answer.access_control_allow_headers = SENT_HEADERS
            answer.access_control_max_age = MAX_AGE
        else:
            answer.access_control_expose_headers = READ_HEADERS
        return answer
