"""The target of attacks: test objects, the attacked address, and the objects' state afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from service.errors import ServiceError, StorageRefusedError
from service.storage.attacks.sender import Answer, Sender
from service.storage.presign import Presigner
from service.storage.replies import NotThereError, ObjectChangedError, PartsRefusedError
from service.storage.s3 import Storage
from service.values import Location, NewMultipart, PartToSign
from service.values.object_keys import PROBE

BODY = b"what the URL allows"
SECRET = b"bytes that the holder of the URL must not read"
FORGED = b"bytes that replace what was judged"
SECONDS = 300
"""Seconds for which an attacked URL is valid."""
NOT_IMPLEMENTED = 501
"""The status with which Swift refuses unknown headers."""
_SHOWN = ("content-type", "content-encoding", "content-disposition", "cache-control", "expires", "location")
_OF_ONE_ANSWER = frozenset({"x-amz-request-id", "x-amz-id-2", "x-amz-version-id"})


class Outcome(StrEnum):
    """The outcome of an attack. UNKNOWN: storage had an error, which proves nothing."""

    REFUSED = "refused"
    IGNORED = "ignored"
    LET_THROUGH = "let through"
    UNKNOWN = "unknown"


class Snapshot(NamedTuple):
    """Everything that an attack could change: an object's bytes, its headers, and whether reading it needs a key."""

    body: bytes
    headers: dict[str, str]
    is_open: bool


@dataclass(frozen=True)
class Part:
    """The first part of an open upload, and the URL that allows sending BODY."""

    at: Location
    storage_upload_id: str
    url: str


@dataclass
class Field:
    """One address of storage to attack.

    presigner and sender use that address; own_presigner and own_sender reach storage like the service. plan_cleanup is
    called for each object before it is created and makes sure that it is deleted even if this process dies; removed
    contains the deleted ones. origins: of pages that send files to this address.
    """

    storage: Storage
    presigner: Presigner
    sender: Sender
    own_presigner: Presigner
    own_sender: Sender
    private_bucket: str
    public_bucket: str
    plan_cleanup: Callable[[Location], None] = lambda _at: None
    removed: list[Location] = dataclass_field(default_factory=list)
    origins: tuple[str, ...] = ()
    _left: set[Location] = dataclass_field(default_factory=set)

    @cached_property
    def untouched(self) -> Snapshot | None:
        """Create an object by a valid request over the service's own address."""
        with self.part(self.own_presigner) as part:
            self.own_sender.send("PUT", part.url, body=BODY)
            return self.completed(part)

    @contextmanager
    def object(self, bucket: str, body: bytes = SECRET) -> Iterator[Location]:
        """Create an object for the block."""
        with self._place(bucket) as at:
            self.storage.put(at, body)
            yield at

    @contextmanager
    def nothing(self, bucket: str) -> Iterator[Location]:
        """Return a key without an object."""
        with self._place(bucket) as at:
            yield at

    @contextmanager
    def part(self, presigner: Presigner | None = None) -> Iterator[Part]:
        """Open an upload for the block and return its part; presigner: of another address than the attacked one."""
        with self._place(self.private_bucket) as at:
            storage_upload_id = self.storage.create_upload(NewMultipart(at, "probe"))
            try:
                signed = (presigner or self.presigner).sign_parts(
                    at, storage_upload_id, [PartToSign(1, len(BODY))], SECONDS
                )
                yield Part(at, storage_upload_id, signed.urls[0])
            finally:
                if not self.storage.abort_upload(at, storage_upload_id):
                    self._left.add(at)

    def is_sent(self, part: Part) -> bool:
        """Whether storage has the part."""
        return bool(self.storage.list_parts(part.at, part.storage_upload_id))

    def completed(self, part: Part) -> Snapshot | None:
        """Complete the upload and return the object's state; None if storage makes no object."""
        parts = self.storage.list_parts(part.at, part.storage_upload_id)
        try:
            self.storage.complete_upload(part.at, part.storage_upload_id, parts, None)
        except PartsRefusedError:
            return None
        return self.snapshot(part.at)

    def snapshot(self, at: Location) -> Snapshot | None:
        """Return the state of an object; None if it cannot be read (any more)."""
        try:
            headers = self.storage.headers(at)
            body = b"".join(self.storage.read(at, headers["etag"]))
        except (NotThereError, ObjectChangedError, StorageRefusedError):
            return None
        shown = {name: text for name, text in headers.items() if _is_of_the_object(name)}
        return Snapshot(body, shown, self.own_sender.send("GET", self.url(at, self.own_presigner)).status == 200)

    def url(self, at: Location, presigner: Presigner | None = None) -> str:
        """Return an object's URL without a signature."""
        return (presigner or self.presigner).sign_download(at, "inline", "text/plain", SECONDS).url.partition("?")[0]

    def credential(self, at: Location) -> str:
        """Return the access key and its scope, which every link shows."""
        link = self.presigner.sign_download(at, "inline", "text/plain", SECONDS).url
        return parse_qs(urlsplit(link).query)["X-Amz-Credential"][0]

    @contextmanager
    def _place(self, bucket: str) -> Iterator[Location]:
        at = Location(bucket, f"{PROBE}{uuid.uuid4()}")
        self.plan_cleanup(at)
        try:
            yield at
        finally:
            with suppress(ServiceError):
                if not self.storage.delete(at.bucket, [at.object_key]) and at not in self._left:
                    self.removed.append(at)


def outcome(answer: Answer, *, changed: bool) -> Outcome:
    """Return the outcome of an attack by its response and by whether it has `changed` anything."""
    if changed:
        return Outcome.LET_THROUGH
    if answer.status >= 500 and answer.status != NOT_IMPLEMENTED:
        return Outcome.UNKNOWN
    return Outcome.REFUSED if answer.status >= 400 else Outcome.IGNORED


def _is_of_the_object(name: str) -> bool:
    return name in _SHOWN or (name.startswith("x-amz-") and name not in _OF_ONE_ANSWER)
