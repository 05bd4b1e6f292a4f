"""Calls of the service's API and of signed URLs, for benchmarks and the chaos run.

Not by `longshore.client`: it computes checksums and retries, which would be measured too, and would hide failures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3

CONNECT_SECONDS = 3.0
READ_SECONDS = 40.0
"""More than the 30 s for which `complete` may wait for a concurrent one."""
FILE = "/api/v1/file"


class RefusedError(AssertionError):
    """A call that must succeed got another response, or none."""


@dataclass(frozen=True)
class Answer:
    """A response. status 0: there was none, and error is why. body: the envelope, or {} if it is not JSON."""

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
    """Connections of one client: to the API and, by signed URLs, to storage. connections: kept open to each of them.

    traffic: bytes of the bodies that were sent to the API and came from it.
    """

    def __init__(self, api_url: str, connections: int = 2) -> None:
        self.api_url = api_url
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        self._http = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=connections)
        self.traffic = 0

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        credential: Mapping[str, str] | None = None,
        seconds: float = READ_SECONDS,
    ) -> Answer:
        """Call the API. path: after FILE; seconds: how long to wait for the response."""
        headers = {} if credential is None else {"X-File-Credential": json.dumps(credential)}
        sent = None if body is None else json.dumps(body).encode()
        if sent is not None:
            headers["Content-Type"] = "application/json"
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)
        try:
            reply = self._http.request(method, self.api_url + FILE + path, sent, headers=headers, timeout=timeout)
        except urllib3.exceptions.HTTPError as error:
            return Answer(0, error=type(error).__name__)
        self.traffic += len(sent or b"") + len(reply.data)
        try:
            parsed = json.loads(reply.data)
        except ValueError:
            parsed = {}
        return Answer(reply.status, parsed, float(reply.headers.get("Retry-After", 0)))

    def data(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the data of a success. Raises RefusedError for any other response."""
        answer = self.ask(method, path, body)
        if not answer.ok:
            raise RefusedError(f"{method} {path}: {answer}")
        return answer.data

    def put(self, chunk: Mapping[str, Any], body: Any) -> bool:
        """Send a chunk as its permission describes. Return whether storage accepted it. body: bytes or a view."""
        try:
            reply = self._http.request(chunk["method"], chunk["url"], body=body, headers=chunk["headers"])
        except urllib3.exceptions.HTTPError:
            return False
        return reply.status == 200

    def download(self, url: str) -> bytes | None:
        """Return what a browser gets by a link, or None if that is not a success."""
        try:
            reply = self._http.request("GET", url)
        except urllib3.exceptions.HTTPError:
            return None
        return reply.data if reply.status == 200 else None


def completion(upload_id: str, filename: str, size: int, total_chunks: int, **more: Any) -> dict[str, Any]:
    """Return the body that completes an upload."""
    counts = {"total_chunks": total_chunks, "total_size": size}
    return {"upload_id": upload_id, **counts, "filename": filename, "content_type": "application/octet-stream", **more}
