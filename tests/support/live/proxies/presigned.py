"""Presigned URLs as the service makes them, for servers that do not check signatures."""

from __future__ import annotations

from urllib.parse import urlsplit

from service.deps import utc_now
from service.storage.one_put import put_headers
from service.storage.presign import Credentials, Endpoint, Presigner
from service.values import Location, PartToSign

BUCKET = "longshore-private"
SECONDS = 300


def presigner(url: str, session_token: str | None = None, addressing_style: str = "path") -> Presigner:
    """Create a presigner for storage at this URL; session_token: as with a temporary key."""
    credentials = Credentials("AKIAEXAMPLE", "not-a-secret", session_token)
    return Presigner(Endpoint.at(url, addressing_style), "us-east-1", lambda: credentials, utc_now)


def part_url(signer: Presigner, key: str = "k", number: int = 1, length: int = 4, checksum: str | None = None) -> str:
    """Presign a part; checksum: `ALGORITHM:base64`."""
    algorithm, _, value = (checksum or "").partition(":")
    part = PartToSign(number, length, value or None)
    return signer.sign_parts(Location(BUCKET, key), "up/load+id=", [part], SECONDS, algorithm or None).urls[0]


def one_put(signer: Presigner, checksum: str | None = None) -> tuple[str, dict[str, str]]:
    """Presign a file of one part; returns the URL and the headers. checksum: `ALGORITHM:base64`."""
    algorithm, _, value = (checksum or "").partition(":")
    headers = put_headers("an upload", {"longshore-p0": "abc", "longshore-p1": "d="}, algorithm or None, value or None)
    return signer.sign_put(Location(BUCKET, "k"), 4, headers, SECONDS).url, headers


def download_url(signer: Presigner, key: str = "k", bucket: str = BUCKET) -> str:
    disposition = "attachment; filename*=UTF-8''%C3%A4%2F.txt"
    return signer.sign_download(Location(bucket, key), disposition, "text/plain; charset=utf-8", SECONDS).url


def target_of(url: str) -> str:
    """Return path and query, as in a request's first line."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
