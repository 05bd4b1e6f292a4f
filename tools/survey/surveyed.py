"""A store under test: the service's storage and presigner on a separate bucket."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import urllib3

from service.deps import make_presigner, utc_now
from service.errors import ServiceError
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from service.values import Location, NewMultipart, PartToSign, StoredObject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "longshore-survey"
BODY = b"what the URL was made for"
OTHER = b"WHAT THE URL WAS MADE FOR"
SECONDS = 600
# the other settings, which do not affect requests to storage
UNUSED = {"DATABASE_URL": "sqlite://", "REDIS_URL": "redis://127.0.0.1", "SECRET_KEY": "0" * 64, "CLAMD_URL": "off"}


def put(url: str, body: bytes = BODY, headers: Mapping[str, str] | None = None, method: str = "PUT") -> int:
    """Send a body and return the status of the response."""
    return urllib3.request(method, url, body=body, headers=headers, timeout=30.0, retries=False).status


def checksum(body: bytes) -> str:
    """Return the SHA-256 in S3's notation."""
    return base64.b64encode(sha256(body).digest()).decode()


@dataclass(frozen=True)
class SurveyedStore:
    """The store and the bucket in which all checks take place."""

    settings: Settings
    client: S3Client
    storage: Storage

    @classmethod
    def of(cls, env: Mapping[str, str]) -> SurveyedStore:
        """Return the store of the S3_* settings, with a new bucket. Raises what the service's storage raises."""
        settings = Settings.from_env({name: value for name, value in env.items() if name.startswith("S3_")} | UNUSED)
        client = make_client(settings, settings.s3_endpoint_url)
        storage = Storage(client)
        storage.ensure_bucket(BUCKET)
        return cls(settings, client, storage)

    def with_secret(self, secret: str) -> SurveyedStore:
        """Return the same store with another secret for the key that signs parts."""
        of_parts = "s3_upload_secret_key" if self.settings.has_upload_key else "s3_secret_key"
        changes: dict[str, Any] = {of_parts: secret}
        return replace(self, settings=replace(self.settings, **changes))

    @contextmanager
    def upload(self, algorithm: str | None = None) -> Iterator[OpenUpload]:
        """Open a multipart upload; afterwards abort it and delete its object."""
        at = Location(BUCKET, f"survey-{uuid.uuid4()}")
        opened = OpenUpload(self, at, self.storage.create_upload(NewMultipart(at, "survey", algorithm)), algorithm)
        try:
            yield opened
        finally:
            with suppress(ServiceError):
                self.storage.abort_upload(at, opened.storage_id)
            with suppress(ServiceError):
                self.storage.delete(at.bucket, [at.object_key])


@dataclass(frozen=True)
class OpenUpload:
    """A multipart upload and the URLs of its parts."""

    surveyed: SurveyedStore
    at: Location
    storage_id: str
    algorithm: str | None

    def url(
        self,
        body: bytes = BODY,
        number: int = 1,
        seconds: int = SECONDS,
        clock: Callable[[], datetime] = utc_now,
        checksum: str | None = None,
    ) -> str:
        """Return a URL to PUT `body`, by the service's presigner."""
        settings = self.surveyed.settings
        presigner = make_presigner(settings, settings.s3_endpoint_url, clock)
        part = PartToSign(number, len(body), checksum)
        return presigner.sign_parts(self.at, self.storage_id, [part], seconds, self.algorithm).urls[0]

    def complete(self) -> StoredObject:
        """Complete the upload with all listed parts, and return the object. Raises LookupError if there is none."""
        parts = self.surveyed.storage.list_parts(self.at, self.storage_id)
        self.surveyed.storage.complete_upload(self.at, self.storage_id, parts, self.algorithm)
        made = self.surveyed.storage.head(self.at)
        if made is None:
            raise LookupError("storage completed the upload, but the object does not exist")
        return made

    def completed(self) -> StoredObject:
        """Send BODY as the only part, and complete as `complete` does."""
        if put(self.url()) != 200:
            raise LookupError("storage rejects a part that matches its signature")
        return self.complete()
