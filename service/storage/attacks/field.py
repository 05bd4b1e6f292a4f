"""Where attacks are tried: objects of their own, the address under attack, and what became of the objects."""

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
from service.values import Location, PartToSign
from service.values.object_keys import PROBE

BODY = b"what the URL allows"
SECRET = b"bytes that the holder of the URL must not read"
FORGED = b"bytes that replace what was judged"
SECONDS = 300
"""For which an attacked URL is signed."""
NOT_IMPLEMENTED = 501
"""How Swift refuses requests with headers that it does not know."""
_SHOWN = ("content-type", "content-encoding", "content-disposition", "cache-control", "expires", "location")
_OF_ONE_ANSWER = frozenset({"x-amz-request-id", "x-amz-id-2", "x-amz-version-id"})


class Outcome(StrEnum):
    """What storage did with an attack. UNKNOWN: it answered with an error of its own, which proves nothing."""

    REFUSED = "refused"
    IGNORED = "ignored"
    LET_THROUGH = "let through"
    UNKNOWN = "unknown"


class Snapshot(NamedTuple):
    """All of an object that an attack could change: its bytes, its headers, and whether reading it needs a key."""

    body: bytes
    headers: dict[str, str]
    is_open: bool


@dataclass(frozen=True)
class Part:
    """The first part of an open upload, and the URL that allows to send BODY as it."""

    at: Location
    storage_upload_id: str
    url: str


@dataclass
class Field:
    """One address of storage to attack.

    presigner and sender use that address; own_presigner and own_sender reach storage like the service. `owe` is called
    for each object before it is created and makes sure that none stays, as this process may die; removed has those that
    are deleted again.
    """

    storage: Storage
    presigner: Presigner
    sender: Sender
    own_presigner: Presigner
    own_sender: Sender
    private_bucket: str
    public_bucket: str
    owe: Callable[[Location], None] = lambda _at: None
    removed: list[Location] = dataclass_field(default_factory=list)
    _left: set[Location] = dataclass_field(default_factory=set)

    @cached_property
    def untouched(self) -> Snapshot | None:
        """An object that was sent as its URL allows, over the service's own way."""
        with self.part(self.own_presigner) as part:
            self.own_sender.send("PUT", part.url, body=BODY)
            return self.completed(part)

    @contextmanager
    def object(self, bucket: str, body: bytes = SECRET) -> Iterator[Location]:
        """An object that is there for the block."""
        with self._place(bucket) as at:
            self.storage.put(at, body)
            yield at

    @contextmanager
    def nothing(self, bucket: str) -> Iterator[Location]:
        """A key under which there is nothing."""
        with self._place(bucket) as at:
            yield at

    @contextmanager
    def part(self, presigner: Presigner | None = None) -> Iterator[Part]:
        """The part of an upload that is open for the block; presigner: of another address than the attacked one."""
        with self._place(self.private_bucket) as at:
            storage_upload_id = self.storage.create_upload(at, "probe", None)
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
        """The object of the part as storage has it; None where storage makes none of it."""
        parts = self.storage.list_parts(part.at, part.storage_upload_id)
        try:
            self.storage.complete_upload(part.at, part.storage_upload_id, parts, None)
        except PartsRefusedError:
            return None
        return self.snapshot(part.at)

    def snapshot(self, at: Location) -> Snapshot | None:
        """What there is of an object; None where it cannot be read (any more)."""
        try:
            headers = self.storage.headers(at)
            body = b"".join(self.storage.read(at, headers["etag"]))
        except (NotThereError, ObjectChangedError, StorageRefusedError):
            return None
        shown = {name: text for name, text in headers.items() if _is_of_the_object(name)}
        return Snapshot(body, shown, self.own_sender.send("GET", self.url(at, self.own_presigner)).status == 200)

    def url(self, at: Location, presigner: Presigner | None = None) -> str:
        """An object's address without a signature."""
        return (presigner or self.presigner).sign_download(at, "inline", "text/plain", SECONDS).url.partition("?")[0]

    def credential(self, at: Location) -> str:
        """The access key and its scope, as every link shows them."""
        link = self.presigner.sign_download(at, "inline", "text/plain", SECONDS).url
        return parse_qs(urlsplit(link).query)["X-Amz-Credential"][0]

    @contextmanager
    def _place(self, bucket: str) -> Iterator[Location]:
        at = Location(bucket, f"{PROBE}{uuid.uuid4()}")
        self.owe(at)
        try:
            yield at
        finally:
            with suppress(ServiceError):
                if not self.storage.delete(at.bucket, [at.object_key]) and at not in self._left:
                    self.removed.append(at)


def outcome(answer: Answer, *, changed: bool) -> Outcome:
    """What an answer means for an attack that should have changed nothing, and has `changed` something or not."""
    if changed:
        return Outcome.LET_THROUGH
    if answer.status >= 500 and answer.status != NOT_IMPLEMENTED:
        return Outcome.UNKNOWN
    return Outcome.REFUSED if answer.status >= 400 else Outcome.IGNORED


def _is_of_the_object(name: str) -> bool:
    return name in _SHOWN or (name.startswith("x-amz-") and name not in _OF_ONE_ANSWER)
