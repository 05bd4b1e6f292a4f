"""The dependencies of the domain: created once per process, passed to every domain function."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from longshore.receipts.signatures import ReceiptSigner
from service.access.failed_attempts import FailedAttempts, make_failed_attempts
from service.access.rate_limits import RateLimiter, make_limiter
from service.access.refusal_budget import RefusalBudget, make_refusal_budget
from service.access.tokens import TokenVerifier, make_verifier
from service.db.cached.downloads import DownloadCounter
from service.db.cached.generations import GenerationMemory
from service.db.cached.keys import KeyMemory
from service.db.cached.open_uploads import UploadMemory
from service.db.cached.safety import SafetyMemory
from service.db.session import Database
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.observability.counters import SharedCounters
from service.observability.recent_errors import RecentErrors
from service.outgoing.webhooks import WebhookSender, make_sender
from service.parallel import ParallelChecks
from service.queue.jobs import JobQueue, connect
from service.scanner import ClamdScanner, IcapScanner, Scanner
from service.settings import Settings
from service.storage.client import QUICK_SECONDS, make_client
from service.storage.credentials import part_credentials, storage_credentials
from service.storage.presign import Endpoint, Presigner
from service.storage.probe import ChecksumProbe
from service.storage.s3 import Storage
from service.values import Location
from service.values.states import PendingKind

PROBE_TIME = timedelta(minutes=10)
"""Maximum time of a probe; what it has left open by then is deleted."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deps:
    """Dependencies: scanner (clamd) and icap are None if they are not configured, tokens if only API keys are accepted,
    limiter without limits, failed_attempts, refusals and errors if they are not recorded (in tests), receipts without a
    key, sender without webhooks.

    clock and pause (seconds) are replaced in tests.
    """

    settings: Settings
    db: Database
    storage: Storage
    presigner: Presigner
    checksums: ChecksumProbe
    queue: JobQueue
    counters: SharedCounters
    scanner: ClamdScanner | None
    icap: IcapScanner | None = None
    downloads: DownloadCounter = field(default_factory=DownloadCounter)
    keys: KeyMemory = field(default_factory=KeyMemory)
    open_uploads: UploadMemory = field(default_factory=UploadMemory)
    safety: SafetyMemory = field(default_factory=SafetyMemory)
    generations: GenerationMemory = field(default_factory=GenerationMemory)
    tokens: TokenVerifier | None = None
    limiter: RateLimiter | None = None
    failed_attempts: FailedAttempts | None = None
    refusals: RefusalBudget | None = None
    errors: RecentErrors | None = None
    receipts: ReceiptSigner | None = None
    sender: WebhookSender | None = None
    checks: ParallelChecks = field(default_factory=ParallelChecks)
    clock: Callable[[], datetime] = utc_now
    pause: Callable[[float], None] = time.sleep

    @property
    def scanners(self) -> tuple[Scanner, ...]:
        """The configured scanners, in the order in which they are asked; none if scanning is off."""
        found: tuple[Scanner | None, ...] = (self.scanner, self.icap)
        return tuple(scanner for scanner in found if scanner is not None)

    def disconnect(self) -> None:
        """Close every connection that is open and not in use; the next use connects again."""
        self.db.disconnect()
        self.storage.disconnect()
        self.queue.disconnect()
        for scanner in self.scanners:
            scanner.disconnect()


def make_presigner(settings: Settings, endpoint_url: str, clock: Callable[[], datetime]) -> Presigner:
    """Return a presigner for one of the two endpoints."""
    endpoint = Endpoint.at(endpoint_url, settings.s3_addressing_style)
    return Presigner(endpoint, settings.s3_region, storage_credentials(settings), clock, part_credentials(settings))


def plan_probe_cleanup(
    db: Database,
    at: Location,
    clock: Callable[[], datetime] = utc_now,
    kinds: Sequence[PendingKind] = (PendingKind.MULTIPART_UPLOAD,),
) -> None:
    """Record pending deletions of these kinds for what a probe may leave. Raises DatabaseUnavailableError."""
    due = clock() + PROBE_TIME
    with db.write() as session:
        add_pending_deletions(session, *(pending_deletion(kind, at.bucket, at.object_key, due) for kind in kinds))


def build_deps(settings: Settings) -> Deps:
    """Return the real dependencies. They connect at first use."""
    db = Database(settings.database_url)
    endpoint = settings.s3_endpoint_url
    storage = Storage(make_client(settings, endpoint, QUICK_SECONDS), make_client(settings, endpoint))
    redis = connect(settings.redis_url)
    own_presigner = make_presigner(settings, settings.s3_endpoint_url, utc_now)
    return Deps(
        settings=settings,
        db=db,
        storage=storage,
        presigner=make_presigner(settings, settings.s3_public_endpoint_url, utc_now),
        checksums=ChecksumProbe(
            storage, own_presigner, settings.s3_private_bucket, lambda at: plan_probe_cleanup(db, at)
        ),
        queue=JobQueue(redis, passes=2 if settings.has_clamd and settings.icap_url else 1),
        counters=SharedCounters(redis),
        scanner=ClamdScanner(settings.clamd_url, settings.scan_max_size) if settings.has_clamd else None,
        icap=IcapScanner(settings.icap_url, settings.icap_max_size) if settings.icap_url else None,
        tokens=make_verifier(settings),
        limiter=make_limiter(settings),
        failed_attempts=make_failed_attempts(settings),
        refusals=make_refusal_budget(settings),
        errors=RecentErrors(settings.redis_url),
        sender=make_sender(settings),
        receipts=ReceiptSigner(settings.receipt_key) if settings.receipt_key else None,
    )
