"""Authenticate every request below /api/v1/ before its body is read, and enforce the scopes of its route."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from service.domain.accounts.login import identify
from service.domain.accounts.refusals import record_refusal
from service.errors import AccessRefusedError, GrantRefusedError, ScopeMissingError
from service.observability.logs import get_logger
from service.observability.metrics import ACCESS_REFUSED
from service.routes.openapi.api import EXTENSION, deps, is_open_to_all
from service.values.access.caller import Caller, Scope
from service.values.access.grants import GrantState, UploadGrant

log = get_logger(__name__)

GUARDED = "/api/v1/"
"""The prefix that requires login, but for links; health checks, the OpenAPI document and the page are public."""


def require_login(app: Flask) -> None:
    """Set `caller()` for each request. A route without scopes requires `admin`."""
    if not app.extensions[EXTENSION].settings.login_required:
        log.warning("login_is_off")

    @app.before_request
    def find_caller() -> None:
        rule = request.url_rule
        # a preflight never carries a token (https://fetch.spec.whatwg.org/#cors-preflight-fetch)
        if rule is None or not rule.rule.startswith(GUARDED) or request.method == "OPTIONS":
            return
        limiter = deps().limiter
        if limiter is not None:  # by address first, so that guessing at keys is limited too
            limiter.admit_address(request.remote_addr)
        if is_open_to_all():
            return
        g.caller = identify(deps(), request.headers.get("Authorization"), request.remote_addr)
        if limiter is not None:
            limiter.admit_subject(g.caller.subject)
        view = current_app.view_functions[rule.endpoint]
        if g.caller.grant is not None:
            _require_grant(g.caller.grant, getattr(view, "grant_states", frozenset()))
        needed: tuple[Scope, ...] = getattr(view, "scopes", (Scope.ADMIN,))
        if not g.caller.may(*needed):
            raise ScopeMissingError(*needed)


def _require_grant(grant: UploadGrant, states: frozenset[GrantState]) -> None:
    """Raises GrantRefusedError unless the route serves grants in the state of this one; most serve none."""
    if not states:
        raise GrantRefusedError("not_allowed")
    state = grant.state(deps().clock())
    if state not in states:
        raise GrantRefusedError(state.value)


def forbid_caching(app: Flask) -> None:
    """Forbid caching of API responses: they contain links and names for one caller."""

    @app.after_request
    def say_so(answer: Response) -> Response:
        if request.path.startswith("/api/") and "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer


def note_refusal(error: AccessRefusedError) -> None:
    """Log, count and record refused access."""
    ACCESS_REFUSED.labels(error.code).inc()
    known: Caller | None = g.get("caller")
    found = {"code": error.code, "subject": known and known.subject, "address": request.remote_addr, **error.details}
    fields = {name: value for name, value in found.items() if value} | {"path": request.path}
    level = logging.WARNING if error.is_guess else logging.INFO
    log.log(level, "access_refused", **fields)
    rule = request.url_rule
    route = f"{request.method} {rule.rule if rule else ''}"
    record_refusal(deps(), error, known, request.remote_addr, route, (request.view_args or {}).get("file_id"))


def trust_proxies(app: Flask, hops: int) -> None:
    """Use the client's address from X-Forwarded-For, as written by the last `hops` proxies.

    With 0 the header is ignored, as clients can set it to anything.
    """
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=0)  # type: ignore[method-assign]


def caller() -> Caller:
    """Return the caller of this request."""
    found: Caller = g.caller
    return found
