"""Scans from a real storage by a real clamd: failures of storage never make an incomplete file clean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.errors import StorageUnavailableError
from service.settings import Settings
from service.storage.client import make_client
from service.storage.replies import ObjectChangedError
from service.storage.s3 import READ_SIZE, Storage
from service.values import Location, ScanVerdict
from tests.support.live.clamds import connected_to, scanner_for
from tests.support.live.client import MIB, random_bytes
from tests.support.matchers import Like
from tools.stack.servers.clamd import Clamd, eicar
from tools.stack.stores.swift import Swift

AT = Location("scanner-storage", "payload")
SIZE = 32 * MIB
BODY = random_bytes(SIZE - len(eicar())) + eicar()
FOUND = ScanVerdict("infected", Like("Eicar.*"))


@pytest.fixture
def storage(swift_server: Swift) -> Iterator[Storage]:
    needed = {
        "DATABASE_URL": "sqlite://",
        "REDIS_URL": "redis://127.0.0.1:9",
        "SECRET_KEY": "x" * 16,
        "CLAMD_URL": "off",
    }
    settings = Settings.from_env(swift_server.env() | needed)
    client = make_client(settings, settings.s3_endpoint_url)
    made = Storage(client)
    made.ensure_bucket(AT.bucket)
    client.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=BODY)
    yield made
    client.close()


def etag(storage: Storage) -> str:
    there = storage.head(AT)
    assert there is not None
    return there.etag


def test_an_object_is_scanned_completely(storage: Storage, clamd_server: Clamd) -> None:
    seen: list[int] = []
    with connected_to(clamd_server) as scanner:
        assert scanner.scan(storage.read(AT, etag(storage)), SIZE, seen.append) == FOUND
    assert (seen[-1], max(b - a for a, b in zip([0, *seen], seen, strict=False)) <= READ_SIZE) == (SIZE, True)


def test_a_scan_fails_if_storage_dies(storage: Storage, swift_server: Swift, clamd_server: Clamd) -> None:
    def watch(sent: int) -> None:
        if sent > SIZE // 4:
            swift_server.kill()

    try:
        with pytest.raises(StorageUnavailableError):
            scanner_for(clamd_server).scan(storage.read(AT, etag(storage)), SIZE, watch)
    finally:
        swift_server.restart()


def test_an_object_replaced_during_its_scan_is_scanned_as_it_was(storage: Storage, clamd_server: Clamd) -> None:
    """The requested object is read to its end."""
    before, harmless = etag(storage), random_bytes(SIZE)

    def watch(sent: int) -> None:
        if sent <= READ_SIZE:
            storage._s3.put_object(Bucket=AT.bucket, Key=AT.object_key, Body=harmless)

    with connected_to(clamd_server) as scanner:
        assert scanner.scan(storage.read(AT, before), SIZE, watch) == FOUND
    with pytest.raises(ObjectChangedError):
        scanner_for(clamd_server).scan(storage.read(AT, before), SIZE)
