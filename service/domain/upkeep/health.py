"""Check the dependencies, each in bounded time, and report what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from service.db.revision import applied, needed
from service.db.server import is_read_only
from service.db.session import file_of_database
from service.deps import Deps
from service.domain.records.objects.storage_safety import let_through
from service.domain.scanning.engines import version_of
from service.errors import DatabaseRefusedError, ScannerUnavailableError, ServiceError, StorageRefusedError
from service.limits import MIB
from service.observability.logs import get_logger
from service.values import ScannerHealth

log = get_logger(__name__)

OK, DOWN, OFF = "ok", "down", "off"
UNSAFE = "unsafe"
"""The dependency answers, but is not safe: the scanner's settings, or attacks on storage."""
SLOW = "slow"
"""No answer within SECONDS."""
BEHIND = "behind"
"""The database lacks migrations that this code needs."""
DISK_FULL = "disk full"
READ_ONLY = "read-only"
"""The database is read-only, as after a failover: files are still shown and downloaded."""
REFUSED = "refused"
"""The database rejects the service's user."""
SECONDS = 5.0
"""Time limit for all checks together. Load balancers check every few seconds and time out after a few."""
LEAST_DISK = 100 * MIB
"""Free bytes on the disk of an SQLite file, below which it counts as full."""

SAFETY = "safety of storage"
"""Checked besides the dependencies: the result of the attacks on storage, which is in the database."""
ESSENTIAL = ("database", "storage")
"""Nothing works without these; without Redis or the scanner, uploads are accepted and scanned later."""


def scanner_health(deps: Deps) -> ScannerHealth:
    """Return the scanner's own report; of several scanners, one for all.

    Raises ScannerUnavailableError, which names each one of several that cannot be reached.
    """
    found, down = [], []
    for scanner in deps.scanners:
        try:
            found.append(scanner.checked_health())
        except ScannerUnavailableError as error:
            down += [f"[{scanner.name}] {reason}" for reason in error.errors or ["it cannot be reached"]]
    if down:
        raise ScannerUnavailableError(errors=down if len(deps.scanners) > 1 or deps.icap else None)
    if not found:
        return ScannerHealth(OFF)
    return found[0] if len(found) == 1 else _of_all(found)


def _of_all(healths: Sequence[ScannerHealth]) -> ScannerHealth:
    """Return one health for several scanners: the largest file that one of them scans, and all advice."""
    sizes = [health.max_size for health in healths]
    return ScannerHealth(
        UNSAFE if any(health.status == UNSAFE for health in healths) else OK,
        version_of(healths),
        None,
        None if None in sizes else max(size for size in sizes if size is not None),
        tuple(advice for health in healths for advice in health.advice),
    )


def readiness(deps: Deps) -> dict[str, str]:
    """Return the status of each dependency: `ok`, or what is wrong; `off` for a scanner that is turned off.

    `unsafe` is a scanner whose OK is not reliable, or a storage that lets attacks through
    (`service.domain.records.objects.storage_safety`). All are checked in parallel, for SECONDS at most.
    """
    asks: dict[str, Callable[[Deps], str]] = {
        "database": _database,
        "storage": _storage,
        "redis": _redis,
        "scanner": lambda deps: scanner_health(deps).status,
    }
    questions = {name: _asked(ask, deps) for name, ask in (asks | {SAFETY: _safety}).items()}
    answers = deps.checks.ask(questions, SECONDS)
    # a database that is down has no information about storage
    if answers.get("storage") == OK and answers.get(SAFETY) == UNSAFE:
        answers["storage"] = UNSAFE
    return {name: answers.get(name, SLOW) for name in asks}


def is_ready(answers: dict[str, str]) -> bool:
    return all(answers[name] in {OK, UNSAFE, READ_ONLY} for name in ESSENTIAL)


def _asked(ask: Callable[[Deps], str], deps: Deps) -> Callable[[], str]:
    def word() -> str:
        try:
            return ask(deps)
        except ServiceError:
            return DOWN
        except Exception:
            log.exception("part_not_judged")
            return DOWN

    return word


def _database(deps: Deps) -> str:
    file = file_of_database(deps.settings.database_url)
    if file and shutil.disk_usage(Path(file).parent).free < LEAST_DISK:
        return DISK_FULL
    try:
        with deps.db.read() as session:
            if applied(session) < needed():
                return BEHIND
            return READ_ONLY if is_read_only(session) else OK
    except DatabaseRefusedError:
        return REFUSED


def _storage(deps: Deps) -> str:
    for bucket in (deps.settings.s3_private_bucket, deps.settings.s3_public_bucket):
        try:
            deps.storage.ping(bucket)
        except StorageRefusedError as error:
            code = error.extra["storage_code"]
            return f"no bucket {bucket}" if code == "NoSuchBucket" else f"refused ({code})"
    return OK


def _safety(deps: Deps) -> str:
    return UNSAFE if let_through(deps) else OK


def _redis(deps: Deps) -> str:
    deps.queue.ping()
    return OK
