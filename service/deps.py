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
from service.storage.presign import Presigner
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
    queue: JobQueue
    scanner: ClamdScanner | None
    clock: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep


def build_deps(settings: Settings) -> Deps:
    """The real parts. Nothing is connected yet: that happens at first use."""
    return Deps(
        settings=settings,
        db=Database(settings.database_url),
        storage=Storage(make_client(settings, settings.s3_endpoint_url)),
        presigner=Presigner(make_client(settings, settings.s3_public_endpoint_url), utc_now),
        queue=JobQueue(connect(settings.redis_url)),
        scanner=ClamdScanner(settings.clamd_url, settings.scan_max_size) if settings.scanning else None,
    )
