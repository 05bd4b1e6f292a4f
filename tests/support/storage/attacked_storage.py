"""An attacked storage: moto behind rules that decide what it lets through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from service.deps import make_presigner
from service.storage.attacks import Field
from service.storage.attacks.sender import Answer
from service.values import Location
from tests.support.service_under_test import App
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, Rule

ORIGIN = "https://s3.us-east-1.amazonaws.com"
PRIVATE, PUBLIC = "longshore-private", "longshore-public"
REFUSAL = Reply(403, {}, b"<Error><Code>AccessDenied</Code></Error>")


def forward(request: ProxiedRequest) -> Reply:
    """Responses of moto, which checks no signatures."""
    url = ORIGIN + request.path
    got = requests.request(request.method, url, headers=request.headers, data=request.body, timeout=10)
    return Reply(got.status_code, {name.lower(): text for name, text in got.headers.items()}, got.content)


def strict(request: ProxiedRequest, forward: Forward) -> Reply:
    """Takes what is signed, with nothing that is not."""
    if "X-Amz-Signature" not in request.query or any(name.startswith("x-amz-") for name in request.headers):
        return REFUSAL
    return forward(request)


class Address:
    """An address of storage, as a `Sender` reaches it."""

    def __init__(self, *rules: Rule) -> None:
        self.rules = [*rules, strict]
        self.requests: list[ProxiedRequest] = []

    def send(self, method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        there = urlsplit(url)
        assert f"{there.scheme}://{there.netloc}" == ORIGIN
        sent = {name.lower(): text for name, text in (headers or {}).items()}
        request = ProxiedRequest(method, f"{there.path}?{there.query}" if there.query else there.path, sent, body)
        self.requests.append(request)
        return Answer(*self._reply(request, 0))

    def _reply(self, request: ProxiedRequest, nth: int) -> Reply:
        if nth == len(self.rules):
            return forward(request)
        return self.rules[nth](request, lambda changed: self._reply(changed, nth + 1))


def field_of(app: App, *rules: Rule, on_leftover: Callable[[Location], None] = lambda _at: None) -> Field:
    presigner = make_presigner(app.deps.settings, ORIGIN, app.clock)
    attacked: Any = Address(*rules)
    own: Any = Address()
    return Field(app.deps.storage, presigner, attacked, presigner, own, PRIVATE, PUBLIC, on_leftover)


def left(app: App) -> list[str]:
    still_open = [up.object_key for up in app.deps.storage.open_uploads(PRIVATE)]
    return [*app.keys(PRIVATE), *app.keys(PUBLIC), *still_open]
