"""Responses to storage's operations that are not storage's: from proxies and ingresses, and broken connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectionClosedError
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from tests.support.service_under_test import App

NOWHERE_IN_S3 = "https://s3.us-east-1.amazonaws.com/"


@dataclass(frozen=True)
class Strange:
    """A response; status 0: the connection breaks."""

    status: int
    body: bytes = b""


ANSWERS = {
    "a bare 404": Strange(404, b"404 page not found"),
    "an empty 200": Strange(200),
    "a page": Strange(200, b"<!doctype html><html><p>Welcome & enjoy<br>"),
    "foreign XML": Strange(200, b'<?xml version="1.0"?><status>ok</status>'),
    "a bare 503": Strange(503),
    "a reset": Strange(0),
}


@contextmanager
def answering(app: App, operation: str, answer: Strange, *, done: bool) -> Iterator[None]:
    """Give every call of an operation this response. done: storage executes the operation, and its response is lost."""

    def act(event_name: str, request: Any, **_rest: Any) -> AWSResponse:
        if done:
            botocore_stubber(event_name, request)
        # moto is called again afterwards, without effect
        request.method, request.url = "GET", NOWHERE_IN_S3
        if not answer.status:
            raise ConnectionClosedError(endpoint_url=request.url)
        return AWSResponse(request.url, answer.status, {}, MockRawResponse(answer.body))

    events = app.deps.storage._s3.meta.events
    events.register_first(f"before-send.s3.{operation}", act)
    try:
        with patch("botocore.endpoint.time.sleep"):  # before the second attempt
            yield
    finally:
        events.unregister(f"before-send.s3.{operation}", act)
