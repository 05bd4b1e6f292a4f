"""Connections of the Python client that give scripted answers."""

from __future__ import annotations

import io
import json
from typing import Any

import urllib3

from longshore.client import RetryPolicy
from longshore.client.network.connections import (
    ConnectionPools,
)
from longshore.client.network.http import Http
from longshore.client.values import SignedChunk

URL = "https://files.example"
DONE = {"data": {"a": 1}, "message": "", "success": True}
CHUNK = SignedChunk(0, "PUT", "https://s3.example/0?sig", {"x-amz-checksum": "AA"}, "")
Given = Any


def answer(body: bytes, status: int = 200, **headers: str) -> urllib3.HTTPResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return urllib3.HTTPResponse(io.BytesIO(body), named, status, preload_content=False)


def said(status: int = 200, data: Any = None, **headers: str) -> urllib3.HTTPResponse:
    return answer(json.dumps(DONE if data is None else data).encode(), status, **headers)


class Scripted(ConnectionPools):
    """Answers what a test gives; requests: what was sent."""

    def __init__(self, *given: Given) -> None:
        super().__init__(1)
        self._given = [*given]
        self.requests: list[dict[str, Any]] = []

    def ask(self, method: str, url: str, **sent: Any) -> Any:
        body = sent.get("body")
        if body is not None and not isinstance(body, bytes):
            sent["body"] = [bytes(piece) for piece in body]
        self.requests.append({"method": method, "url": url, **sent})
        given = self._given.pop(0)
        if isinstance(given, Exception):
            raise given
        return given


def service(*given: Given, token: Any = None, url: str = URL, attempts: int = 1) -> tuple[Http, Scripted]:
    pools = Scripted(*given)
    return Http(url, token, pools, RetryPolicy(attempts, 0.0)), pools


def call(*given: Given, **others: Any) -> Any:
    return service(*given)[0].call("GET", "/x", **others)
