"""Rescans: scan served files again, a few at a time, when the engine's signatures have changed.

Each version of the signatures has a number, its generation; a file stores that of its verdict.
"""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import Fact
from service.db.session import Session
from service.db.statements.execution import insert_once
from service.db.statements.scans import files_to_rescan, schedule_rescans, waiting_rescans
from service.db.statements.transitions import cancel_rescans
from service.deps import Deps
from service.observability.logs import get_logger
from service.values import ScannerHealth

log = get_logger(__name__)

FACT = "scan_generations"
KEPT_VERSIONS = 100
"""Number of versions of signatures that are stored; an older scanner counts as new."""
ATTEMPTS_IN_BATCH = 5
"""A rescan that has failed this often does not count toward RESCAN_BATCH: it is retried with growing delays, and other
files get its place. Otherwise a batch of unreadable files would stop all rescans."""


def name_of(engine: ScannerHealth) -> str:
    """Return engine and signatures as one text, as stored with a file."""
    return "/".join(part for part in (engine.engine, engine.signatures) if part)


def generation_of(deps: Deps, version: str) -> int:
    """Return the number of a version of the signatures, cached for a moment; a new version gets the next one."""
    cached = deps.generations.recall(version, deps.clock())
    if cached is not None:
        return cached
    with deps.db.read() as session:
        fact = session.get(Fact, FACT)
    known: dict[str, int] = fact.value if fact else {}
    number = known[version] if version in known else _count_up(deps, version)
    deps.generations.remember(version, number, deps.clock())
    return number


def newest_generation(session: Session) -> int:
    """Return the number of the newest signatures that a scan has used; 0 before the first scan."""
    fact = session.get(Fact, FACT)
    return max(fact.value.values(), default=0) if fact else 0


def plan_rescans(deps: Deps) -> int:
    """Schedule the next files for a scan with the current signatures: half the newest, half the most downloaded.

    At most RESCAN_BATCH wait at a time, not counting those that keep failing. If scanning or rescans are turned off,
    waiting ones are cancelled, those of operators only without scanning. Returns how many were added. Raises
    ScannerUnavailableError.
    """
    batch = deps.settings.rescan_batch
    if deps.scanner is None or not batch:
        _cancel_all(deps)
        return 0
    newest = generation_of(deps, name_of(deps.scanner.health()))
    with deps.db.read() as session:
        room = batch - waiting_rescans(session, ATTEMPTS_IN_BATCH)
        chosen = set(files_to_rescan(session, newest, room)) if room > 0 else set()
    if not chosen:
        return 0
    added = deps.db.transact(schedule_rescans, chosen, deps.clock())
    reach("rescan.owed")
    return added


def _count_up(deps: Deps, version: str) -> int:
    """Give a version the next number, unless another process did."""
    with deps.db.write() as session:
        insert_once(session, Fact, name=FACT, value={})
        fact = session.get_one(Fact, FACT, with_for_update=True)
        seen: dict[str, int] = fact.value
        if version in seen:
            return seen[version]
        number = max(seen.values(), default=0) + 1
        fact.value = dict(sorted((seen | {version: number}).items(), key=lambda item: item[1])[-KEPT_VERSIONS:])
    log.info("signatures_changed", version=version, generation=number)
    return number


def _cancel_all(deps: Deps) -> None:
    """Cancel waiting rescans: the files keep their verdicts and generations, by which they are scheduled later."""
    with deps.db.read() as session:
        if not waiting_rescans(session):
            return
    with deps.db.write() as session:
        cancelled = cancel_rescans(session, requested=deps.scanner is None)
    if cancelled:
        log.info("rescans_cancelled", files=cancelled)
