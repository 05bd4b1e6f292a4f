"""A minimal client of the contract by plain HTTP."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

import requests
from requests import Response

from tests.support.live.eventually import eventually

MIB = 1024 * 1024
CHUNK = 5 * MIB
FILE = "/api/v1/file"
SECONDS = 60
DONE = {"ready", "quarantined"}
"""The final stages of a scan."""


def random_bytes(size: int) -> bytes:
    """Return unique bytes."""
    return secrets.token_bytes(size)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def credential_header(credential: Mapping[str, str] | None) -> dict[str, str]:
    return {} if credential is None else {"X-File-Credential": json.dumps(credential)}


def cut(body: bytes, chunk_size: int, chunk_index: int) -> bytes:
    """Return a chunk of a file."""
    return body[chunk_index * chunk_size : (chunk_index + 1) * chunk_size]


def put(chunk: dict[str, Any], body: bytes, *, stream: bool = False, **changes: str) -> Response:
    """PUT bytes to storage by a signed request; changes: another `url` or `method`; stream: read only the head."""
    request = {"method": chunk["method"], "url": chunk["url"]} | changes
    return requests.request(**request, data=body, headers=chunk["headers"], timeout=SECONDS, stream=stream)


def put_status(chunk: dict[str, Any], body: bytes, **changes: str) -> int:
    """Return the status of the same PUT: a server that refuses a body may close the connection in its response."""
    with put(chunk, body, stream=True, **changes) as response:
        return response.status_code


class Client:
    """Calls the API; methods return the raw response unless their names mean otherwise."""

    def __init__(self, url: str) -> None:
        self.url = url

    def request(self, method: str, path: str, **options: Any) -> Response:
        return requests.request(method, self.url + path, timeout=SECONDS, allow_redirects=False, **options)

    def post(self, path: str, body: Mapping[str, Any]) -> Response:
        return self.request("POST", FILE + path, json=body)

    def data(self, method: str, path: str, **options: Any) -> Any:
        """Return the data of a response that must be a success."""
        answer = self.request(method, path, **options)
        assert answer.ok, f"{answer.status_code} {answer.text}"
        body = answer.json()
        assert body == {"data": body.get("data"), "message": "", "success": True}
        return body["data"]

    def init(self, **body: Any) -> dict[str, Any]:
        return self.data("POST", f"{FILE}/upload/init/", json=body)

    def chunk(self, **body: Any) -> dict[str, Any]:
        return self.data("POST", f"{FILE}/upload/chunk/", json=body)

    def complete(self, **body: Any) -> dict[str, Any]:
        return self.data("POST", f"{FILE}/upload/complete/", json=body)

    def retry(self, **body: Any) -> dict[str, Any]:
        return self.data("POST", f"{FILE}/upload/retry", json=body)

    def get(self, file_id: str, credential: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.data("GET", f"{FILE}/get/{file_id}", headers=credential_header(credential))

    def status(self, file_id: str, credential: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.data("GET", f"{FILE}/status/{file_id}", headers=credential_header(credential))

    def init_part(self, size: int) -> dict[str, Any]:
        """Start a multipart upload of one part: with a size, init would offer one PUT."""
        opened = self.init()
        return opened | self.chunk(upload_id=opened["upload_id"], chunk_index=0, chunk_size=size)

    def send(self, body: bytes, **init: Any) -> dict[str, Any]:
        """Start an upload and send all its bytes, without completing it."""
        opened = self.init(size=len(body), **init)
        for chunk in opened["chunks"]:
            answer = put(chunk, cut(body, opened["chunk_size"], chunk["chunk_index"]))
            assert answer.status_code == 200, answer.text
        return opened

    def completion(self, opened: Mapping[str, Any], body: bytes, **changes: Any) -> dict[str, Any]:
        """Return the body that completes `opened`."""
        return {
            "upload_id": opened["upload_id"],
            "total_chunks": max(1, -(-len(body) // opened["chunk_size"])),
            "total_size": len(body),
            "filename": "bytes.bin",
            "content_type": "application/octet-stream",
        } | changes

    def upload(self, body: bytes, **completion: Any) -> dict[str, Any]:
        """Upload a file, from init to complete."""
        return self.complete(**self.completion(self.send(body), body, **completion))

    def ready(self, body: bytes, **completion: Any) -> dict[str, Any]:
        """Upload a file and wait for its verdict `clean`."""
        file = self.upload(body, **completion)
        return self.wait_ready(file["id"], completion.get("credential"))

    def wait_stage(
        self, file_id: str, *stages: str, credential: Mapping[str, str] | None = None, seconds: float = 30.0
    ) -> dict[str, Any]:
        """Wait for one of the stages, and return the status."""
        return eventually(lambda: self.status(file_id, credential), lambda now: now["stage"] in stages, seconds)

    def wait_ready(
        self, file_id: str, credential: Mapping[str, str] | None = None, seconds: float = 30.0
    ) -> dict[str, Any]:
        """Wait for the scan, which must find the file clean, and return the file."""
        status = self.wait_stage(file_id, *DONE, credential=credential, seconds=seconds)
        assert status["stage"] == "ready", status
        return self.get(file_id, credential)

    def download(self, file: Mapping[str, Any]) -> Response:
        """Return the response to the file's link."""
        assert file["download_url"] is not None, file
        answer = requests.get(file["download_url"], timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        return answer


class Caller(Client):
    """A client with a key."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url)
        self.key = key

    def request(self, method: str, path: str, **options: Any) -> Response:
        headers = options.pop("headers", {}) | {"Authorization": f"Bearer {self.key}"}
        return super().request(method, path, headers=headers, **options)
