"""A fake service with its storage in a thread, to test clients: it works, or fails as the test requests."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from hashlib import md5
from typing import Any, NamedTuple

from werkzeug import Request, Response

from longshore.client import RetryPolicy
from tests.support.http_server import TestServer, connection_of

CHUNK = 1000
BODY = bytes(range(256)) * 11
"""A file of three chunks, the last one shorter."""
AT_ONCE = RetryPolicy(attempts=4, base_delay=0.0)
"""Retries without waiting."""
UPLOAD_ID, FILE_ID = "upload-1", "file-1"
NEVER, LONG_AGO = "2999-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
ENVELOPE = {"message": "Do this.", "errors": [], "success": False}
ROUTES = {
    r"POST /api/v1/file/upload/init/": "init",
    r"POST /api/v1/file/upload/chunk/": "chunk",
    r"POST /api/v1/file/upload/complete/": "complete",
    r"POST /api/v1/file/upload/retry": "retry",
    r"DELETE /api/v1/file/upload/.*": "abort",
    r"DELETE /api/v1/file/[^/]+": "delete",
    r"PATCH /api/v1/file/[^/]+": "change",
    r"GET /api/v1/file/status/.*": "status",
    r"GET /api/v1/file/receipt/.*": "receipt",
    r"GET /api/v1/file/get/.*": "get",
    r"GET /api/v1/users/me": "me",
    r"PUT /parts/.*": "put",
    r"GET /object.*": "object",
}


def endpoint_of(line: str) -> str:
    """Return the name of the endpoint of `METHOD /path`; the line itself without one."""
    return next((name for route, name in ROUTES.items() if re.fullmatch(route, line)), line)


class ServiceCall(NamedTuple):
    """A call of the service: `METHOD /path`, its body, and the credential in its header."""

    line: str
    body: Any = None
    credential: Any = None


class Failure:
    """A requested failure, in the service's envelope or in storage's XML; status 0: no response."""

    def __init__(self, status: int, code: str = "", headers: dict[str, str] | None = None, **extra: Any) -> None:
        self.status, self.code, self.headers, self.extra = status, code, headers or {}, extra

    def body(self, name: str) -> bytes:
        if name in {"put", "object"}:
            return f"<Error><Code>{self.code}</Code><StringToSign>secret</StringToSign></Error>".encode()
        return json.dumps(ENVELOPE | {"code": self.code} | self.extra).encode()


class FakeService(TestServer):
    """failures: requested responses by endpoint; calls: the number of calls by endpoint; bodies and headers: of the
    calls.

    ignores_range: whether whole objects are returned; cuts: bytes after which the next ones break off; reported_size:
    the file's size, if it is not the real one; has_link: whether the file may be downloaded; result: of its scan;
    storage_url: of parts, if not here; before_answer: is called with the endpoint; answers: the data of further calls
    by method and path; requests: each call of the service in order.
    """

    def __init__(self) -> None:
        super().__init__()
        self.failures: defaultdict[str, list[Failure]] = defaultdict(list)
        self.calls: Counter[str] = Counter()
        self.bodies: defaultdict[str, list[Any]] = defaultdict(list)
        self.headers: defaultdict[str, list[Any]] = defaultdict(list)
        self.answers: dict[str, Any] = {}
        self.requests: list[ServiceCall] = []
        self.parts: dict[int, bytes] = {}
        self.size: int | None = None
        self.algorithm: str | None = None
        self.checks = {"SHA256"}
        self.expires_at = NEVER
        self.stage, self.verdict = "ready", "clean"
        self.result: str | None = None
        self.has_link = True
        self.checksum: str | None = None
        self.chunk_size: int | None = None
        self.etag = '"one"'
        self.storage_url: str | None = None
        self.before_answer: Callable[[str], None] = lambda _name: None
        self.ignores_range = False
        self.cuts: list[int] = []
        self.reported_size: int | None = None
        self.lock = threading.Lock()

    @property
    def content(self) -> bytes:
        return b"".join(self.parts[index] for index in sorted(self.parts))

    def dispatch(self, request: Request) -> Response:
        line, body = f"{request.method} {request.environ['RAW_URI']}", request.data
        name = endpoint_of(line)
        with self.lock:
            if name not in {"put", "object"}:
                credential = json.loads(request.headers.get("X-File-Credential", "null"))
                self.requests.append(ServiceCall(line, json.loads(body or b"null"), credential))
            self.calls[name] += 1
            self.headers[name].append(request.headers)
            failure = self.failures[name].pop(0) if self.failures[name] else None
        self.before_answer(name)
        if name == "put" and failure is None:
            self.parts[int(request.path.rpartition("/")[2])] = body
            return Response()
        if name == "object" and failure is None:
            return self.give(request)
        if body:
            self.bodies[name].append(body if name == "put" else json.loads(body))
        found = failure or self.answers.get(line) or getattr(self, name)(json.loads(body or b"{}"))
        if not isinstance(found, Failure):
            return Response(json.dumps({"data": found, "message": "", "success": True}))
        if not found.status:
            connection_of(request).shutdown(socket.SHUT_RDWR)
        return Response(found.body(name), found.status, found.headers)

    def give(self, request: Request) -> Response:
        """Return the object, the requested range, or the beginning of it."""
        answer = Response(self.content, headers={"ETag": self.etag})
        if not self.ignores_range:
            answer.make_conditional(request, accept_ranges=True, complete_length=len(self.content))
        with self.lock:
            if self.cuts:
                answer.response = [answer.get_data()[: self.cuts.pop(0)]]
        return answer

    # the endpoints

    def init(self, body: dict[str, Any]) -> Any:
        if (wanted := body.get("checksum_algorithm")) not in {None, *self.checks}:
            return Failure(422, "invalid_body", errors=[f"[checksum_algorithm] this storage does not verify {wanted}"])
        self.size, self.algorithm = body.get("size"), wanted
        opened = {"upload_id": UPLOAD_ID, "file_id": FILE_ID, "chunk_size": CHUNK, "expires_at": NEVER}
        return opened | {"total_chunks": self.total, "chunks": []}

    def chunk(self, body: dict[str, Any]) -> Any:
        return {"chunks": [self.signed(wish["chunk_index"]) for wish in body["chunks"]]}

    def retry(self, _body: dict[str, Any]) -> Any:
        uploaded = [
            {"chunk_index": index, "size": len(part), "etag": f'"{md5(part).hexdigest()}"', "checksum": None}
            for index, part in sorted(self.parts.items())
        ]
        missing = [index for index in range(self.total or 0) if index not in self.parts]
        found = {"upload_id": UPLOAD_ID, "file_id": FILE_ID, "chunk_size": CHUNK, "size": self.size}
        return found | {
            "checksum_algorithm": self.algorithm,
            "expires_at": NEVER,
            "uploaded": uploaded,
            "missing": missing,
            "chunks": [],
        }

    def complete(self, body: dict[str, Any]) -> Any:
        missing = [index for index in range(body["total_chunks"]) if index not in self.parts]
        return Failure(409, "chunks_missing", missing=missing) if missing else self.file(body)

    def get(self, _body: Any) -> Any:
        return self.file({}) | {"download_url": f"{self.url}/object?{self.calls['get']}" if self.has_link else None}

    def status(self, _body: Any) -> Any:
        stage = {"stage": self.stage, "virus_scan_status": self.verdict, "status": "SUCCESS", "job": None}
        stage |= {"chunk_size": self.chunk_size, "virus_scan_result": self.result}
        counts = {"uploaded_bytes": 0, "total_chunks": 0, "uploaded_chunks": 0, "scanned_bytes": None, "size": 0}
        return (
            stage
            | counts
            | {
                "chunk_size": self.chunk_size,
                "upload_id": UPLOAD_ID,
                "file_id": FILE_ID,
                "expires_at": None,
                "legal_hold": False,
                "decision": None,
                "owner": None,
                "detected_content_type": None,
                "path_name": None,
            }
        )

    def receipt(self, _body: Any) -> Any:
        return {"receipt": "signed", "contents": {}}

    def abort(self, _body: Any) -> Any:
        return {"upload_id": UPLOAD_ID}

    def change(self, body: dict[str, Any]) -> Any:
        return self.file({}) | body | {"version": 2}

    def delete(self, _body: Any) -> Any:
        return {}

    def me(self, _body: Any) -> Any:
        return {"subject": "ann", "scopes": ["upload"], "used_bytes": 1, "allowed_bytes": None}

    @property
    def total(self) -> int | None:
        return None if self.size is None else max(1, -(-self.size // CHUNK))

    def signed(self, index: int) -> dict[str, Any]:
        url = f"{self.storage_url or self.url}/parts/{index}"
        permission = {"chunk_index": index, "part_number": index + 1, "method": "PUT", "url": url}
        return permission | {"headers": {"x-part": str(index)}, "expires_at": self.expires_at}

    def file(self, wish: dict[str, Any]) -> dict[str, Any]:
        named = {"id": FILE_ID, "upload_id": UPLOAD_ID, "filename": "bytes.bin", "path": "b/k", "content_type": "a/b"}
        nothing = ("detail", "download_url", "download_expires_at", "virus_scan_result", "virus_scan_date")
        nothing += ("quarantine_reason", "appointment_id", "user_id", "detected_content_type", "path_name")
        size = len(self.content) if self.reported_size is None else self.reported_size
        facts = {"size": size, "checksum": self.checksum, "virus_scan_status": self.verdict}
        facts |= {"virus_scan_result": self.result}
        flags = {
            "is_private": "credential" in wish,
            "is_quarantined": False,
            "created_at": NEVER,
            "policy": "default",
            "grant_id": None,
            "replaces": None,
            "version": 1,
            "expires_at": None,
            "legal_hold": False,
            "decision": None,
            "owner": None,
        }
        return named | dict.fromkeys(nothing) | facts | flags
