"""Accepted host names, and the pages that may change something if login is off.

Without a login only the network protects the service. A web page can bypass it in two ways: its name resolves to our
address (DNS rebinding), or it sends a form here without reading the response (cross-site request forgery).
"""

from __future__ import annotations

from flask import Flask, request

from service.errors import HostRefusedError, OriginRefusedError
from service.routes.endpoints.metrics import PATH as METRICS
from service.routes.openapi.api import deps, is_open_to_all
from service.settings import ANY, Settings
from service.values.formats.urls import host_of, is_loopback, origin_of

HEALTH = "/api/health/"
"""Paths that probes call by the process's address."""
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def check_hosts(app: Flask) -> None:
    """Refuse requests for other hosts, and changes by pages of other origins."""

    @app.before_request
    def check() -> None:
        settings = deps().settings
        if request.path.startswith(HEALTH) or (settings.metrics_token and request.path == METRICS):
            return
        host = request.headers.get("Host")
        if host is not None and not _answers_to(settings, host):
            raise HostRefusedError
        origin = request.headers.get("Origin")
        # a link's own page sends its form with the origin `null`, as its address must not get into a Referer
        if settings.login_required or origin is None or request.method not in CHANGING or is_open_to_all():
            return
        if not _may_change(settings, origin, host or ""):
            raise OriginRefusedError


def _answers_to(settings: Settings, authority: str) -> bool:
    """Whether the host is accepted; any with login and no ALLOWED_HOSTS, as pages of other sites have no key."""
    allowed = settings.allowed_hosts
    if ANY in allowed or (settings.login_required and not allowed):
        return True
    host = host_of(authority)
    named = {host_of(url.partition("://")[2]) for url in (settings.public_url, *settings.cors_origins)}
    return bool(host) and (is_loopback(host) or host in named or host in allowed)


def _may_change(settings: Settings, origin: str, authority: str) -> bool:
    """Whether the origin is this host and port, PUBLIC_URL, or in CORS_ORIGINS."""
    if {origin, ANY} & set(settings.cors_origins):
        return True
    scheme = origin.partition("://")[0]
    try:
        own = origin_of(f"{scheme}://{authority}")
        published = origin_of(settings.public_url) if settings.public_url else own
    except ValueError:
        return False
    return "://" in origin and origin in {own, published}
