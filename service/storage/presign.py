"""Presigned requests for the endpoint that browsers use (`S3_PUBLIC_ENDPOINT_URL`): the only hands that sign.

Signature Version 4 in the query, as Amazon describes it:
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
What the requests of a batch share is made once, so that a URL costs little more than its two hashes. A property test
holds every URL, byte for byte, to the one that botocore makes of the same request.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from service.limits import MAX_URL_TTL
from service.values import Location, PartToSign, SignedParts, SignedRequest
from service.values.urls import DEFAULT_PORTS, as_sent

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
ALGORITHM_HEADER = "x-amz-sdk-checksum-algorithm"
VIRTUAL_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Names that can stand in a host's name: no dots, since a certificate's wildcard covers one label."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """Storage's key; session_token only with a temporary one. expires_at: its end, with which its URLs end too."""

    access_key: str
    secret_key: str
    session_token: str | None = None
    expires_at: datetime | None = None

    def seconds_left(self, now: datetime, wanted: int) -> int:
        """How many of these seconds a URL can be promised for; one at least, as S3 takes no fewer."""
        return wanted if self.expires_at is None else max(1, min(wanted, int((self.expires_at - now).total_seconds())))


@dataclass(frozen=True)
class Endpoint:
    """Where browsers reach storage. virtual: the bucket stands in the host's name, where it can."""

    scheme: str
    authority: str
    host: str
    path: str
    virtual: bool

    @classmethod
    def at(cls, url: str, addressing_style: str) -> Endpoint:
        """Presign for an http(s) URL. Its host is signed as clients send it: lower case, ASCII, no default port.

        Raises ValueError for an invalid host or port.
        """
        parts = urlsplit(as_sent(url))
        authority = parts.netloc.rpartition("@")[2]
        host = authority.rpartition(":")[0] if parts.port == DEFAULT_PORTS[parts.scheme] else authority
        virtual = addressing_style == "virtual" and not _is_ip(parts.hostname)
        return cls(parts.scheme, authority, host, parts.path.rstrip("/"), virtual)

    def address(self, at: Location) -> tuple[str, str, str]:
        """(URL up to the path, Host header, percent-encoded path) of an object."""
        key = quote(at.object_key, safe="/~")
        if self.virtual and VIRTUAL_BUCKET.fullmatch(at.bucket):
            return f"{self.scheme}://{at.bucket}.{self.authority}", f"{at.bucket}.{self.host}", f"{self.path}/{key}"
        return f"{self.scheme}://{self.authority}", self.host, f"{self.path}/{at.bucket}/{key}"


class Presigner:
    """Signs for one endpoint and region. Nothing here talks to storage.

    credentials is asked for each batch, so that a key can be changed while the process serves. A URL lives for as long
    as was asked for, or as its key does. part_credentials: the key of parts, where it is another one.
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
        self._keys: dict[tuple[str, str], tuple[bytes, bytes]] = {}

    def now(self) -> datetime:
        """The time that URLs are signed with."""
        return self._clock()

    def sign_parts(
        self,
        at: Location,
        storage_upload_id: str,
        parts: Iterable[PartToSign],
        seconds: int,
        algorithm: str | None = None,
    ) -> SignedParts:
        """Permissions to PUT exactly `length` bytes each into a part of one upload, for `seconds`.

        algorithm: of the parts' checksums. They are signed as headers, with the header that names the algorithm: in
        the query several stores would ignore them. Content-Length is signed too; a client sets it by sending the bytes.
        Raises ValueError for seconds that S3 does not take.
        """
        checksum_header = f"x-amz-checksum-{algorithm.lower()}" if algorithm else ""
        names = ["content-length", "host", *([checksum_header, ALGORITHM_HEADER] if algorithm else [])]
        batch = self._batch(self._part_credentials(), at, "PUT", names, seconds)
        upload_id = quote(storage_upload_id, safe="~")
        # the loop below is the hot path: everything but the part's own is a constant of it
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

    def sign_download(self, at: Location, disposition: str, content_type: str, seconds: int) -> SignedRequest:
        """Permission to GET one object, or the version that `at` names, for `seconds`, named and typed as given."""
        batch = self._batch(self._credentials(), at, "GET", ["host"], seconds)
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
        query = [f"{name}={quote(value, safe='~')}" for name, value in pairs]
        inner, outer = self._signing_key(credentials.secret_key, stamp[:8])
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

    def _signing_key(self, secret_key: str, day: str) -> tuple[bytes, bytes]:
        """The day's signing key of a secret, padded for use; made once, and those of other days forgotten."""
        pads = self._keys.get((secret_key, day))
        if pads is None:
            key = f"AWS4{secret_key}".encode()
            for step in (day, self._region, "s3", "aws4_request"):
                key = hmac.digest(key, step.encode(), "sha256")
            pads = _hmac_pads(key)
            today = {known: made for known, made in self._keys.items() if known[1] == day}
            self._keys = today | {(secret_key, day): pads}
        return pads


def checksum_headers(algorithm: str, checksum: str) -> dict[str, str]:
    """The headers that a client must send with a part whose checksum was signed."""
    return {f"x-amz-checksum-{algorithm.lower()}": checksum, ALGORITHM_HEADER: algorithm}


@dataclass(frozen=True, repr=False)
class _Batch:
    """What requests for one object at one moment share. inner: the padded key and the start of the string to sign."""

    base: str
    host: str
    query: str
    canonical_start: str
    inner: bytes
    outer: bytes
    expires_at: datetime

    def sign(self, canonical_request: str) -> str:
        """The signature, in hex."""
        keyed = sha256(self.inner + sha256(canonical_request.encode()).hexdigest().encode()).digest()
        return sha256(self.outer + keyed).hexdigest()


def _hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """HMAC-SHA256's (inner, outer) padded key of 32 bytes (RFC 2104, section 2).

    Two plain hashes over these take a third of the time of `hmac.digest`, which sets OpenSSL's HMAC up for each call.
    """
    block = key.ljust(sha256().block_size, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def _is_ip(hostname: str | None) -> bool:
    try:
        ip_address(hostname or "")
    except ValueError:
        return False
    return True
