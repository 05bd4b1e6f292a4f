"""The application factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from service import __version__
from service.deps import Deps, build_deps
from service.limits import MAX_BODY_SIZE
from service.observability import logs, tracing
from service.observability.recent_errors import keep_errors
from service.routes.endpoints import (
    files,
    grants,
    health,
    links,
    metrics,
    pages,
    receipts,
    uploads,
    users_and_appointments,
)
from service.routes.endpoints.admin import adoptions, allowlist, audit, decisions, operations, scans, usage
from service.routes.endpoints.admin import files as admin_files
from service.routes.endpoints.admin import uploads as admin_uploads
from service.routes.http.authentication import forbid_caching, require_login, trust_proxies
from service.routes.http.body_parsing import WholeFormsRequest
from service.routes.http.cors import allow_origins
from service.routes.http.error_handlers import register_error_handlers
from service.routes.http.hosts import check_hosts
from service.routes.http.json_text import FastJson
from service.routes.http.request_logging import observe_requests
from service.routes.openapi.api import EXTENSION, LongshoreApi
from service.settings import Settings

ABOUT = """\
Self-hosted file uploads on your own S3 storage: the service signs URLs, and the bytes go directly to storage.

Start an upload (`initUpload`), PUT its chunks to the signed URLs in storage, complete it (`completeUpload`), follow its
virus scan (`getFileStatus`), and get a download link (`getFile`).

Every success is `{data, message, success}`, every error `{code, message, errors, success}`. Sizes are bytes, times
RFC 3339 in UTC, ids lowercase UUIDs. A trailing slash is optional, and repeating any POST is safe.
"""
OPENAPI = {
    "API_TITLE": "Longshore",
    "API_VERSION": __version__,
    "OPENAPI_VERSION": "3.0.3",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": "/", "description": "The server of the OpenAPI document."}],
    },
}


class PlainFlask(Flask):
    """Flask without asynchronous views, which it would look for in each layer of each view, at each request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(deps: Deps | None = None) -> Flask:
    """Create the WSGI application; `deps` default to those of the environment. Raises SettingsError."""
    app = PlainFlask("longshore", static_folder=None)
    app.request_class = WholeFormsRequest
    app.config.update(OPENAPI, MAX_CONTENT_LENGTH=MAX_BODY_SIZE, MAX_FORM_MEMORY_SIZE=MAX_BODY_SIZE)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json = FastJson(app)
    app.extensions[EXTENSION] = deps = deps or build_deps(Settings.from_env())
    logs.set_up(deps.settings)
    keep_errors(deps.errors, "api", deps.settings)
    tracing.set_up("api")
    observe_requests(app)
    trust_proxies(app, deps.settings.trusted_proxies)
    check_hosts(app)
    require_login(app)
    forbid_caching(app)
    api = LongshoreApi(app)
    for blueprint in (
        uploads.blueprint,
        files.blueprint,
        receipts.blueprint,
        users_and_appointments.users,
        users_and_appointments.appointments,
        grants.blueprint,
        links.of_files,
        links.blueprint,
        admin_files.blueprint,
        admin_uploads.blueprint,
        scans.blueprint,
        audit.blueprint,
        decisions.blueprint,
        adoptions.blueprint,
        allowlist.blueprint,
        usage.subjects,
        usage.usage,
        operations.workers,
        operations.overview,
        health.blueprint,
    ):
        api.register_blueprint(blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(receipts.well_known)
    register_error_handlers(app)
    allow_origins(app, deps.settings.cors_origins)
    return app
