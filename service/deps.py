"""What the domain works with: made once a process, handed to every domain function."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from service.db.session import Database
from service.queue import JobQueue, connect
from service.scanner import ClamdScanner
from service.settings import Settings
from service.storage.client import make_client
from service.storage.presign import Credentials, Endpoint, Presigner
from service.storage.probe import ChecksumProbe
from service.storage.s3 import Storage


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deps:
    """The parts: scanner is None where scanning is off; clock and pause (seconds) are the tests' to replace."""

    settings: Settings
    db: Database
    storage: Storage
    presigner: Presigner
    checksums: ChecksumProbe
    queue: JobQueue
    scanner: ClamdScanner | None
    clock: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep


def make_presigner(settings: Settings, endpoint_url: str, clock: Callable[[], datetime]) -> Presigner:
    """A presigner for one of the two endpoints."""
    endpoint = Endpoint.at(endpoint_url, settings.s3_addressing_style)
    key = Credentials(settings.s3_access_key, settings.s3_secret_key)
    return Presigner(endpoint, settings.s3_region, lambda: key, clock)


def build_deps(settings: Settings) -> Deps:
    """The real parts. Nothing is connected yet: that happens at first use."""
    storage = Storage(make_client(settings, settings.s3_endpoint_url))
    own_presigner = make_presigner(settings, settings.s3_endpoint_url, utc_now)
    return Deps(
        settings=settings,
        db=Database(settings.database_url),
        storage=storage,
        presigner=make_presigner(settings, settings.s3_public_endpoint_url, utc_now),
        checksums=ChecksumProbe(storage, own_presigner, settings.s3_private_bucket),
        queue=JobQueue(connect(settings.redis_url)),
        scanner=ClamdScanner(settings.clamd_url, settings.scan_max_size) if settings.scanning else None,
    )
