"""The pages, their assets and the API's documentation page, as built by web/."""

from __future__ import annotations

from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Response, request, send_from_directory
from werkzeug.security import safe_join

from service.routes.openapi.api import deps

blueprint = Blueprint("pages", __name__)

IMMUTABLE = 365 * 24 * 3600
"""Seconds; an asset's name contains a hash of its bytes."""


@blueprint.route("/")
def index() -> Response:
    """The upload page."""
    return _page("index.html", "'self'")


@blueprint.route("/admin/", strict_slashes=False)
def admin() -> Response:
    """The operators' page."""
    return _page("admin.html", "'self'")


@blueprint.route("/api/docs")
def docs() -> Response:
    """Show the OpenAPI document with Swagger UI, which needs inline styles."""
    return _page("docs.html", "'self' 'unsafe-inline'")


@blueprint.route("/zip/worker.js")
def zip_worker() -> Response:
    """Return the service worker that makes zip downloads; its scope is the folder of its address."""
    response = send_from_directory(deps().settings.web_root / "zip", "worker.js", mimetype="text/javascript", max_age=0)
    return _with_policy(response, "default-src 'none'", f"connect-src {_storage()}")


@blueprint.route("/assets/<path:name>")
def assets(name: str) -> Response:
    """Return a script, style or image."""
    folder = deps().settings.web_root / "assets"
    compressed = _accepts_gzip() and Path(safe_join(str(folder), f"{name}.gz") or "").is_file()
    response = send_from_directory(
        folder, f"{name}.gz" if compressed else name, mimetype=guess_type(name)[0], max_age=IMMUTABLE
    )
    response.cache_control.immutable = True
    response.headers["Vary"] = "Accept-Encoding"
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _accepts_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0


def _page(name: str, styles: str) -> Response:
    # the same as in Caddyfile, which serves the page in production; a test compares them
    storage = _storage()
    response = send_from_directory(deps().settings.web_root, name, max_age=0)
    return _with_policy(
        response,
        "default-src 'self'",
        f"connect-src 'self' {storage}",
        f"img-src 'self' data: {storage}",
        f"media-src 'self' {storage}",
        f"frame-src 'self' {storage}",
        f"style-src {styles}",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )


def _with_policy(response: Response, *directives: str) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = "; ".join(directives)
    return response


def _storage() -> str:
    """Return storage's origins: the page sends parts there; it, its worker and frames read clean files from there."""
    settings = deps().settings
    return " ".join(_origin(url) for url in (settings.s3_public_endpoint_url, settings.s3_public_base_url) if url)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
