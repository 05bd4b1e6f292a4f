"""The page, its assets and the API's documentation page, as web/ has built them."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, send_from_directory

from service.routes.api import deps

blueprint = Blueprint("pages", __name__)

IMMUTABLE = 365 * 24 * 3600
"""Seconds; an asset's name holds a hash of its bytes."""


@blueprint.route("/")
def index() -> Response:
    """The upload page."""
    return _page("index.html", "'self'")


@blueprint.route("/api/docs")
def docs() -> Response:
    """The OpenAPI document for people; Swagger UI styles its elements in place."""
    return _page("docs.html", "'self' 'unsafe-inline'")


@blueprint.route("/assets/<path:name>")
def assets(name: str) -> Response:
    """Scripts, styles and images."""
    response = send_from_directory(deps().settings.web_root / "assets", name, max_age=IMMUTABLE)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _page(name: str, styles: str) -> Response:
    # deploy/Caddyfile, which serves the page in production, says the same; a test compares the two
    settings = deps().settings
    storage = urlsplit(settings.s3_public_endpoint_url)
    response = send_from_directory(settings.web_root, name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {storage.scheme}://{storage.netloc}",
            "img-src 'self' data:",
            f"style-src {styles}",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    return response
