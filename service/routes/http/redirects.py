"""Redirects to download links in storage: how long they may be cached, and their description in OpenAPI."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from service.observability.request_ids import HEADER as REQUEST_ID
from service.routes.openapi.api import deps
from service.routes.openapi.error_responses import header_refs
from service.values import ContentLink

REDIRECT: dict[str, Any] = {
    "description": "Redirect to the download link.",
    "headers": {
        "Location": {
            "schema": {"type": "string", "format": "uri"},
            "description": "The download link.",
            "required": True,
        },
        **header_refs([REQUEST_ID]),
    },
}


def redirection(link: ContentLink, status: int = 302) -> Response:
    """Return a redirect that a client may cache as long as the link is valid, but not share."""
    answer = redirect(link.url, status)
    answer.cache_control.private = True
    if link.expires_at is not None:
        # storage counts from a signature's time, which has no fraction of a second
        left = link.expires_at.replace(microsecond=0) - deps().clock()
        answer.cache_control.max_age = max(0, int(left.total_seconds()))
    return answer


def wants_json() -> bool:
    """Whether the client asks for the link itself instead of a redirect."""
    return request.accept_mimetypes.best == "application/json"


def wants_page() -> bool:
    """Whether the client is a browser that shows a page to a person."""
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json")
    return best == "text/html" and "text/html" in request.headers.get("Accept", "")
