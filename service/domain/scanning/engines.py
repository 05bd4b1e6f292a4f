"""Choose the scanners of a file by its policy and size, and make one verdict of theirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from service.db.models import File
from service.deps import Deps
from service.domain.records.kept_rules import rules_of_file
from service.scanner import ScanFailedError, Scanner
from service.values import ScannerHealth, ScanVerdict
from service.values.states import WORSE, Verdict

_ALLOWED = 0.5
"""The place of a finding that the allow-list has: between `clean` and `unscannable`."""


class _Asked(NamedTuple):
    """A scanner's verdict, and its place in WORSE."""

    scanner: Scanner
    verdict: ScanVerdict
    weight: float


class Answer(NamedTuple):
    """The verdict of all scanners that were asked. version: their names and signatures; kind: which ones they are."""

    verdict: ScanVerdict
    version: str
    kind: str


def name_of(engine: ScannerHealth) -> str:
    """Return engine and signatures as one text, as stored with a file."""
    return "/".join(part for part in (engine.engine, engine.signatures) if part)


def kind_of(scanners: Sequence[Scanner]) -> str:
    """Return the names of scanners as one text."""
    return "+".join(scanner.name for scanner in scanners)


def version_of(engines: Sequence[ScannerHealth]) -> str:
    """Return the names and signatures of several engines as one text, as stored with a file."""
    return " + ".join(map(name_of, engines))


def ask(
    deps: Deps, file: File, scan: Callable[[Scanner], ScanVerdict], is_allowed: Callable[[ScanVerdict], bool]
) -> Answer:
    """Ask the file's scanners, one after the other; an infected verdict is the last, unless the allow-list has it.

    A file is clean if all of them say so, and unscannable if one cannot scan it. A finding that the allow-list has
    counts if the others find nothing worse. scan: reads the whole file for a scanner; is_allowed: whether the
    allow-list has an infected verdict. Raises what `scan` raises, and ScanFailedError if the policy requires a scanner
    that is not configured.
    """
    chosen = _chosen(deps, file)
    asked: list[_Asked] = []
    for scanner in chosen:
        is_large = file.size > scanner.max_size
        verdict = _too_large(scanner) if is_large else scan(scanner)
        is_infected = verdict.status == Verdict.INFECTED
        # of a single scanner, it makes no difference here
        allowed = is_infected and len(chosen) > 1 and is_allowed(verdict)
        asked.append(_Asked(scanner, verdict, _ALLOWED if allowed else WORSE.index(Verdict(verdict.status))))
        if is_infected and not allowed:
            break
    worst = max(asked, key=lambda one: one.weight).verdict
    engines = [one.verdict.engine or one.scanner.health() for one in asked]
    return Answer(worst, version_of(engines), kind_of([one.scanner for one in asked]))


def kind_to_ask(deps: Deps, file: File) -> str:
    """Return the kind of the configured scanners that a scan of the file asks; empty if there is none."""
    return kind_of(_configured(deps, file))


def _chosen(deps: Deps, file: File) -> Sequence[Scanner]:
    """Return the scanners to ask. Raises ScanFailedError if the policy requires one that is not configured."""
    missing = _required(deps, file) - {scanner.name for scanner in deps.scanners}
    if missing:
        raise ScanFailedError(f"the file's policy requires {', '.join(sorted(missing))}, which is not configured")
    return _configured(deps, file)


def _configured(deps: Deps, file: File) -> Sequence[Scanner]:
    """Return the scanners that the policy requires; otherwise the first that takes files of this size."""
    required = _required(deps, file)
    if required:
        return [scanner for scanner in deps.scanners if scanner.name in required]
    fitting = [scanner for scanner in deps.scanners if file.size <= scanner.max_size]
    return fitting[:1] or sorted(deps.scanners, key=lambda scanner: -scanner.max_size)[:1]


def _required(deps: Deps, file: File) -> set[str]:
    return set(rules_of_file(deps, file).get("scanners") or ())


def _too_large(scanner: Scanner) -> ScanVerdict:
    return ScanVerdict(Verdict.UNSCANNABLE, f"too_large: over {scanner.max_size} bytes")
