"""Presigned requests for the endpoint that browsers use (`S3_PUBLIC_ENDPOINT_URL`).

Signature Version 4 in the query, as Amazon describes it:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
The common part of a batch is computed once, so that a URL costs little more than two hashes. A property test compares
URLs byte for byte with botocore's for the same requests.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from service.limits import MAX_URL_TTL
from service.values import Location, PartToSign, SignedParts, SignedRequest
from service.values.formats.urls import DEFAULT_PORTS, as_sent

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
ALGORITHM_HEADER = "x-amz-sdk-checksum-algorithm"
VIRTUAL_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Bucket names that can be part of a host name: no dots, since a certificate's wildcard covers one label."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """Storage's key; session_token only with a temporary one. expires_at: end of the key and of its URLs."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    expires_at: datetime | None = None

    def seconds_left(self, now: datetime, wanted: int) -> int:
        """Return for how many of these seconds a URL is valid; at least one, S3's minimum."""
        return wanted if self.expires_at is None else max(1, min(wanted, int((self.expires_at - now).total_seconds())))


@dataclass(frozen=True)
class Endpoint:
    """Storage's address for browsers. virtual: the bucket is part of the host name, if possible."""

    scheme: str
    authority: str
    host: str
    path: str
    virtual: bool

    @classmethod
    def at(cls, url: str, addressing_style: str) -> Endpoint:
        """Return the endpoint of an http(s) URL. The host is signed as clients send it: lower case, ASCII, no port.

        Raises ValueError for an invalid host or port.
        """
        parts = urlsplit(as_sent(url))
        authority = parts.netloc.rpartition("@")[2]
        host = authority.rpartition(":")[0] if parts.port == DEFAULT_PORTS[parts.scheme] else authority
        virtual = addressing_style == "virtual" and not _is_ip(parts.hostname)
        return cls(parts.scheme, authority, host, parts.path.rstrip("/"), virtual)

    def address(self, at: Location) -> tuple[str, str, str]:
        """Return (URL up to the path, Host header, percent-encoded path) of an object."""
        key = quote(at.object_key, safe="/~")
        if self.virtual and VIRTUAL_BUCKET.fullmatch(at.bucket):
            return f"{self.scheme}://{at.bucket}.{self.authority}", f"{at.bucket}.{self.host}", f"{self.path}/{key}"
        return f"{self.scheme}://{self.authority}", self.host, f"{self.path}/{at.bucket}/{key}"


class Presigner:
    """Signs for one endpoint and region, without any request to storage.

    credentials is called for each batch, so that a key can change while the process runs. A URL is valid for the
    requested time, or until its key expires. part_credentials: the key of uploads, if it is a different one.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        region: str,
        credentials: Callable[[], Credentials],
        clock: Callable[[], datetime],
        part_credentials: Callable[[], Credentials] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._region = region
        self._credentials = credentials
        self._part_credentials = part_credentials or credentials
        self._clock = clock

    def now(self) -> datetime:
        """The clock of signatures."""
        return self._clock()

    def sign_parts(
        self,
        at: Location,
        storage_upload_id: str,
        parts: Iterable[PartToSign],
        seconds: int,
        algorithm: str | None = None,
    ) -> SignedParts:
        """Presign PUTs of exactly `length` bytes each into parts of one upload, for `seconds`.

        algorithm: of the parts' checksums. They are signed as headers, with the header that names the algorithm: in
        the query several stores would ignore them. Content-Length is signed too; a client sets it by sending the bytes.
        Raises ValueError for seconds that S3 does not accept.
        """
        checksum_header = f"x-amz-checksum-{algorithm.lower()}" if algorithm else ""
        names = ["content-length", "host", *([checksum_header, ALGORITHM_HEADER] if algorithm else [])]
        batch = self._batch(self._part_credentials(), at, "PUT", names, seconds)
        upload_id = quote(storage_upload_id, safe="~")
        # the loop is the hot path: everything but the part's own values is constant
        before_number = f"{batch.canonical_start}&partNumber="
        before_length = f"&uploadId={upload_id}\ncontent-length:"
        before_checksum = f"\nhost:{batch.host}\n" + (f"{checksum_header}:" if algorithm else "")
        end = (f"\n{ALGORITHM_HEADER}:{algorithm}\n" if algorithm else "") + f"\n{';'.join(names)}\n{UNSIGNED}"
        url_start = f"{batch.base}?uploadId={upload_id}&partNumber="
        url_end = f"&{batch.query}&X-Amz-Signature="
        inner, outer = batch.inner, batch.outer
        urls = []
        for number, length, checksum in parts:
            canonical = f"{before_number}{number}{before_length}{length}{before_checksum}{checksum or ''}{end}"
            keyed = sha256(inner + sha256(canonical.encode()).hexdigest().encode()).digest()
            urls.append(f"{url_start}{number}{url_end}{sha256(outer + keyed).hexdigest()}")
        return SignedParts(urls, batch.expires_at)

    def sign_put(self, at: Location, length: int, headers: Mapping[str, str], seconds: int) -> SignedRequest:
        """Presign a PUT of an object of exactly `length` bytes with exactly these headers; names in lower case."""
        signed = {**headers, "content-length": str(length), "host": self._endpoint.address(at)[1]}
        names = sorted(signed)
        batch = self._batch(self._part_credentials(), at, "PUT", names, seconds)
        lines = "".join(f"{name}:{signed[name]}\n" for name in names)
        signature = batch.sign(f"{batch.canonical_start}\n{lines}\n{';'.join(names)}\n{UNSIGNED}")
        return SignedRequest(f"{batch.base}?{batch.query}&X-Amz-Signature={signature}", batch.expires_at)

    def sign_download(
        self, at: Location, disposition: str, content_type: str, seconds: int, method: str = "GET"
    ) -> SignedRequest:
        """Presign a GET of an object, or the version in `at`, for `seconds`, with this name and type; or a HEAD."""
        batch = self._batch(self._credentials(), at, method, ["host"], seconds)
        asked = (
            f"response-content-disposition={quote(disposition, safe='~')}"
            f"&response-content-type={quote(content_type, safe='~')}"
        )
        if at.version_id is not None:
            asked += f"&versionId={quote(at.version_id, safe='~')}"
        signature = batch.sign(f"{batch.canonical_start}&{asked}\nhost:{batch.host}\n\nhost\n{UNSIGNED}")
        url = f"{batch.base}?{asked}&{batch.query}&X-Amz-Signature={signature}"
        return SignedRequest(url, batch.expires_at)

    def _batch(
        self, credentials: Credentials, at: Location, method: str, signed_names: list[str], seconds: int
    ) -> _Batch:
        if not 1 <= seconds <= MAX_URL_TTL:
            raise ValueError(f"a URL can be valid for 1 to {MAX_URL_TTL} seconds, not {seconds}")
        now = self._clock()
        seconds = credentials.seconds_left(now, seconds)
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self._region}/s3/aws4_request"
        origin, host, path = self._endpoint.address(at)
        pairs = [
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", f"{credentials.access_key}/{scope}"),
            ("X-Amz-Date", stamp),
            ("X-Amz-Expires", str(seconds)),
            ("X-Amz-SignedHeaders", ";".join(signed_names)),
        ]
        if credentials.session_token:
            pairs.append(("X-Amz-Security-Token", credentials.session_token))
        query = [f"{name}={_encoded(value)}" for name, value in pairs]
        inner, outer = signing_pads(credentials.secret_key, self._region, stamp[:8])
        return _Batch(
            base=f"{origin}{path}",
            host=host,
            query="&".join(query),
            # the canonical request needs the query in order; other names sort after Amazon's capitals
            canonical_start=f"{method}\n{path}\n{'&'.join(sorted(query))}",
            inner=inner + f"{ALGORITHM}\n{stamp}\n{scope}\n".encode(),
            outer=outer,
            expires_at=now + timedelta(seconds=seconds),
        )


def checksum_headers(algorithm: str, checksum: str) -> dict[str, str]:
    """Return the headers that a client must send with a part with a signed checksum."""
    return {f"x-amz-checksum-{algorithm.lower()}": checksum, ALGORITHM_HEADER: algorithm}


@dataclass(frozen=True, repr=False)
class _Batch:
    """The common part of requests for one object at one time. inner: padded key and start of the string to sign."""

    base: str
    host: str
    query: str
    canonical_start: str
    inner: bytes
    outer: bytes
    expires_at: datetime

    def sign(self, canonical_request: str) -> str:
        """Return the signature in hex."""
        keyed = sha256(self.inner + sha256(canonical_request.encode()).hexdigest().encode()).digest()
        return sha256(self.outer + keyed).hexdigest()


@lru_cache(maxsize=256)
def _encoded(value: str) -> str:
    """Return a query's value percent-encoded; most of them are the same in each batch."""
    return quote(value, safe="~")


@lru_cache(maxsize=16)
def signing_pads(secret_key: str, region: str, day: str) -> tuple[bytes, bytes]:
    """Return HMAC-SHA256's (inner, outer) padded signing key of a day, YYYYMMDD (RFC 2104, section 2).

    Two plain hashes over these take a third of the time of `hmac.digest`, which sets OpenSSL's HMAC up for each call.
    """
    key = f"AWS4{secret_key}".encode()
    for step in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    block = key.ljust(sha256().block_size, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _is_ip(hostname: str | None) -> bool:
    try:
        ip_address(hostname or "")
    except ValueError:
        return False
    return True
