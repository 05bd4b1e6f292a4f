"""One HTTP call of a client that knows bad days: what it got, or that it got nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

CONNECT_SECONDS = 3.0
READ_SECONDS = 40.0
"""More than the 30 s for which `complete` may wait for another one."""
FILE = "/api/v1/file"
MAX_WAIT = 1.0
"""Seconds: a Retry-After of 5 is cut to this, parts here are back sooner."""


@dataclass(frozen=True)
class Answer:
    """status 0: there was none, error says why. body: the envelope, or {} where it is not JSON."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float = 0.0
    error: str = ""

    @property
    def ok(self) -> bool:
        return self.status == 200

    @property
    def later(self) -> bool:
        """Whether the same call may succeed later."""
        return self.status == 0 or self.status >= 500 or self.code == "completion_in_progress"

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))

    @property
    def data(self) -> Any:
        return self.body.get("data")

    def __str__(self) -> str:
        if self.status == 0:
            return f"no answer ({self.error})"
        return f"{self.status} {self.code} {self.body.get('message', '')}".strip()


class Caller:
    """Connections of one client: to the API and, by signed URLs, to storage."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._http = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=2)

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        credential: Mapping[str, str] | None = None,
        seconds: float = READ_SECONDS,
    ) -> Answer:
        """A call of the API; seconds: how long an answer is waited for."""
        headers = {} if credential is None else {"X-File-Credential": json.dumps(credential)}
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        try:
            reply = self._http.request(
                method, self.api_url + FILE + path, json=body, headers=headers or None, timeout=timeout
            )
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, error=type(error).__name__)
        try:
            parsed = json.loads(reply.data)
        except ValueError:
            parsed = {}
        return Answer(reply.status, parsed, float(reply.headers.get("Retry-After", 0)))

    def put(self, chunk: Mapping[str, Any], body: bytes) -> bool:
        """PUT a chunk as its permission says; whether storage took it."""
        try:
            reply = self._http.request(chunk["method"], chunk["url"], body=body, headers=chunk["headers"])
        except urllib3.exceptions.HTTPError:
            return False
        return reply.status == 200

    def download(self, url: str) -> bytes | None:
        """What a browser gets by a link; None where it gets nothing."""
        try:
            reply = self._http.request("GET", url)
        except urllib3.exceptions.HTTPError:
            return None
        return reply.data if reply.status == 200 else None
