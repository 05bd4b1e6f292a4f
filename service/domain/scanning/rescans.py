"""Rescans: scan served files again, a few at a time, when the engine's signatures have changed.

Each version of the signatures has a number, its generation; a file stores that of its verdict. With several scanners,
each of them and each combination (a kind) has its own versions, and all share the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from service.crashpoints import reach
from service.db.models import Fact, File
from service.db.session import Session
from service.db.statements.execution import insert_once
from service.db.statements.files.scans import files_to_rescan, schedule_rescans, waiting_rescans
from service.db.statements.transitions.scans import cancel_rescans
from service.deps import Deps
from service.domain.scanning.engines import kind_of, kind_to_ask, version_of
from service.errors import ScannerUnavailableError
from service.observability.logs import get_logger
from service.scanner import Scanner
from service.values import ScannerHealth
from service.values.policies import CLAMD, ICAP

log = get_logger(__name__)

FACT = "scan_generations"
KEPT_VERSIONS = 100
"""Number of versions of signatures that are stored; an older scanner counts as new."""
_OTHER_KINDS = (ICAP, f"{CLAMD}+{ICAP}")
"""Kinds that are written before their versions."""
ATTEMPTS_IN_BATCH = 5
"""A rescan that has failed this often does not count toward RESCAN_BATCH: it is retried with growing delays, and other
files get its place. Otherwise a batch of unreadable files would stop all rescans."""


def generation_of(deps: Deps, version: str, kind: str = CLAMD) -> int:
    """Return the number of a version of the signatures, cached for a moment; a new version gets the next one.

    kind: the scanners that have these signatures.
    """
    version = version if kind == CLAMD else f"{kind}: {version}"
    cached = deps.generations.recall(version, deps.clock())
    if cached is not None:
        return cached
    with deps.db.read() as session:
        fact = session.get(Fact, FACT)
    known: dict[str, int] = fact.value if fact else {}
    number = known[version] if version in known else _count_up(deps, version)
    deps.generations.remember(version, number, deps.clock())
    return number


def newest_generation(session: Session, deps: Deps, file: File) -> int:
    """Return the number of the newest known signatures of the scanners that judged a file; 0 if there are none.

    For a file whose verdict has no known signatures: of the scanners that a scan of it asks.
    """
    known = list(_known(session))
    kinds = {kind for kind, version, _ in known if version == file.scanned_with} or {kind_to_ask(deps, file)}
    return max((number for kind, _, number in known if kind in kinds), default=0)


def plan_rescans(deps: Deps) -> int:
    """Schedule the next files for a scan with the current signatures: half the newest, half the most downloaded.

    At most RESCAN_BATCH wait at a time, not counting those that keep failing. If scanning or rescans are turned off,
    waiting ones are cancelled, those of operators only without scanning. Returns how many were added. Raises
    ScannerUnavailableError if a scanner cannot be reached: after the files of the others were scheduled.
    """
    batch = deps.settings.rescan_batch
    if not deps.scanners or not batch:
        _cancel_all(deps)
        return 0
    healths, unavailable = _healths(deps)
    newest = {
        kind: generation_of(deps, version_of([healths[name] for name in kind.split("+")]), kind)
        for kind in map(kind_of, _combinations([each for each in deps.scanners if each.name in healths]))
    }
    added = _schedule(deps, newest, batch) if newest else 0
    if unavailable is not None:
        raise unavailable
    return added


def _healths(deps: Deps) -> tuple[dict[str, ScannerHealth], ScannerUnavailableError | None]:
    """Return the health of each scanner that answers, by name, and the error of one that does not."""
    found, unavailable = {}, None
    for scanner in deps.scanners:
        try:
            found[scanner.name] = scanner.health()
        except ScannerUnavailableError as error:
            unavailable = error
    return found, unavailable


def _combinations(scanners: Sequence[Scanner]) -> Iterator[Sequence[Scanner]]:
    for length in range(1, len(scanners) + 1):
        yield from combinations(scanners, length)


def _schedule(deps: Deps, newest: Mapping[str, int], batch: int) -> int:
    with deps.db.read() as session:
        current = _current(session, deps, newest) if len(deps.scanners) > 1 else ()
        room = batch - waiting_rescans(session, ATTEMPTS_IN_BATCH)
        chosen = set(files_to_rescan(session, max(newest.values()), room, current)) if room > 0 else set()
    if not chosen:
        return 0
    added = deps.db.transact(schedule_rescans, chosen, deps.clock())
    reach("rescan.owed")
    return added


def _current(session: Session, deps: Deps, newest: Mapping[str, int]) -> list[int]:
    """Return the generations below the newest that are not outdated: the newest ones of other kinds, and all of a kind
    whose scanner does not answer at the moment."""
    configured = set(map(kind_of, _combinations(deps.scanners)))
    return [number for kind, _, number in _known(session) if kind in configured and number >= newest.get(kind, 0)]


def _known(session: Session) -> Iterator[tuple[str, str, int]]:
    """Yield the kind, the version and the number of all known signatures."""
    fact = session.get(Fact, FACT)
    for name, number in (fact.value if fact else {}).items():
        kind, _, version = name.partition(": ")
        yield (kind, version, number) if kind in _OTHER_KINDS else (CLAMD, name, number)


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
        cancelled = cancel_rescans(session, requested=not deps.scanners)
    if cancelled:
        log.info("rescans_cancelled", files=cancelled)
