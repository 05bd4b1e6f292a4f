"""A read-only rq-dashboard: `gunicorn 'service.admin.dashboard:create_app()'`.

RQ_DASHBOARD_REDIS_URL (else REDIS_URL) and RQ_DASHBOARD_REDIS_PASSWORD are the address of Redis. RQ_DASHBOARD_API_URL
is the address of the service, whose API keys and tokens with the scope `admin` are then accepted, RQ_DASHBOARD_USERNAME
and RQ_DASHBOARD_PASSWORD another login; without both no login is required. rq-dashboard 0.9 itself requeues all failed
jobs on a GET, unpickles data in Redis, shows a job's text as HTML, and writes to Redis when it is viewed.
"""

from __future__ import annotations

import os
import secrets
from typing import Any

import rq.serializers
import rq_dashboard.app
import rq_dashboard.web
from flask import Flask, Response, request
from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.serializers import JSONSerializer

from service.admin.dashboard_login import DashboardLogin
from service.queue.guarded_jobs import GuardedJob, GuardedQueue

VIEWS = frozenset(
    f"rq_dashboard.{name}"
    for name in (
        "favicon",
        "static",
        "queues_overview",
        "workers_overview",
        "jobs_overview",
        "job_view",
        "list_queues",
        "list_jobs",
        "job_info",
        "list_workers",
    )
) | {"static"}
"""The routes of rq-dashboard that change nothing; every other one is refused."""
READS = frozenset(
    {"EXISTS", "GET", "HGET", "HGETALL", "HMGET", "INFO", "LLEN", "LPOS", "LRANGE", "PING", "SCARD", "SMEMBERS", "TTL"}
    | {"TYPE", "XLEN", "XREVRANGE", "ZCARD", "ZCOUNT", "ZRANGE", "ZRANGEBYSCORE", "ZSCORE"}
)
"""Commands of Redis that are sent."""
REFUSAL = "This dashboard is read-only. To repeat a failed scan: longshore retry FILE_ID, or POST /upload/retry.\n"
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""`unsafe-eval`: rq-dashboard's templates. Inline styles: jQuery and Bootstrap. A script needs the page's nonce."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STYLE = (
    "<style>#requeue-job-btn, #requeue-all-btn, #compact-btn, [data-role=requeue-job-btn] { display: none !important }"
    "</style>"
)
"""Hides buttons that would be refused."""
AS_HTML, AS_TEXT = "<%= d.", "<%- d."
"""In a job's page: its description has the name of a file and a scanner's words, and is not HTML."""
_LOGIN = ("RQ_DASHBOARD_USERNAME", "RQ_DASHBOARD_PASSWORD", "RQ_DASHBOARD_API_URL")


class ReadingPipeline(Pipeline):
    """Drops commands that are no reads: RQ cleans up while it lists workers."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        return self.pipeline_execute_command(*args, **kwargs) if _is_read(args) else self


class ReadingRedis(Redis):
    """A connection that writes nothing: other commands than reads return 0 and are not sent."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        if not _is_read(args):
            return 0
        return super().execute_command(*args, **kwargs)  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        # MULTI would require another permission, and nothing here needs to be atomic
        return ReadingPipeline(self.connection_pool, self.response_callbacks, False, shard_hint)


def create_app() -> Flask:
    """Create the WSGI application. There can be only one per process."""
    os.environ.setdefault("RQ_DASHBOARD_URL_PREFIX", "/")
    login = DashboardLogin.from_env()
    for name in _LOGIN:  # rq-dashboard's own login would refuse keys
        os.environ.pop(name, None)
    rq.serializers.PickleSerializer = JSONSerializer  # type: ignore[assignment]  # RQ's default
    rq_dashboard.web.config.serializer = JSONSerializer
    rq_dashboard.web.Job, rq_dashboard.web.Queue = GuardedJob, GuardedQueue  # a planted job hides no other job
    rq_dashboard.web.from_url = _connect
    app: Flask = rq_dashboard.app.create_app()
    app.config["RQ_DASHBOARD_DISABLE_DELETE"] = True  # hides the buttons
    app.before_request(lambda: login.refusal(request))
    app.before_request(_refuse)
    app.after_request(_protect)
    app.register_error_handler(NoSuchJobError, lambda _error: ("No job has this id.\n", 404))
    app.register_error_handler(RedisError, lambda _error: ("Redis does not answer.\n", 503))
    return app


def _connect(url: str, client_options: dict[str, Any], **_: Any) -> tuple[None, Redis]:
    return None, ReadingRedis.from_url(url, **client_options)


def _is_read(command: tuple[Any, ...]) -> bool:
    return str(command[0]).upper() in READS


def _refuse() -> Response | None:
    """Return 403 for requests that are not reads; an unknown path stays a 404."""
    if request.method not in {"GET", "HEAD"} or (request.endpoint is not None and request.endpoint not in VIEWS):
        return Response(REFUSAL, 403, mimetype="text/plain")
    return None


def _protect(answer: Response) -> Response:
    """Allow only the page's own scripts, because a job's text is part of its HTML."""
    nonce = secrets.token_urlsafe(16)
    answer.headers["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    answer.headers.update(HEADERS)
    if answer.mimetype == "text/html" and not answer.direct_passthrough:
        page = answer.get_data(as_text=True).replace("<script", f'<script nonce="{nonce}"')
        answer.set_data(page.replace("</head>", f"{STYLE}</head>").replace(AS_HTML, AS_TEXT))
    return answer
