"""Record every request: its id, span, duration and status."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request

from service.observability import request_ids, tracing
from service.observability.metrics import REQUEST_SECONDS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
NO_ROUTE = "none"
"""The route label of requests without a route: unknown paths must not become labels."""


def observe_requests(app: Flask) -> None:
    """Must be registered before all other hooks, so that it includes what they log or refuse."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        request_ids.begin(request.headers.get(request_ids.HEADER))
        if tracing.is_on():
            g.span = tracing.begun(
                f"{_method()} {_route()}",
                {name.lower(): value for name, value in request.headers.items()},
                "SERVER",
                **{"http.request.method": _method(), "http.route": _route(), "request_id": request_ids.current()},
            )
            g.made = g.span.__enter__()

    @app.after_request
    def answered(answer: Response) -> Response:
        answer.headers[request_ids.HEADER] = request_ids.current() or ""
        seconds = time.perf_counter() - g.began
        REQUEST_SECONDS.labels(_method(), _route(), str(answer.status_code)).observe(seconds)
        if "made" in g:
            g.made.set_attribute("http.response.status_code", answer.status_code)
        return answer

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        if "span" in g:
            g.pop("span").__exit__(type(error) if error else None, error, None)


def _method() -> str:
    return request.method if request.method in METHODS else "other"


def _route() -> str:
    return request.url_rule.rule if request.url_rule is not None else NO_ROUTE
