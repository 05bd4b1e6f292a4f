"""Act on a verdict: serve or block the file, and send events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.files.retention import lock_files_on_hold
from service.db.statements.transitions.scans import write_verdict
from service.deps import Deps
from service.domain.files.replacements import replace_at_once
from service.domain.records import audit
from service.domain.records.kept_rules import rules_of_file
from service.domain.records.objects.moves import (
    add_pending_deletion,
    place_of_file,
    public_place,
    served_place,
)
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.records.views import stage_of
from service.domain.scanning.allowed import (
    Release,
    decision_columns,
    is_still_allowed,
    kept_release,
    record_release,
    release_by_allowlist,
)
from service.domain.scanning.promotion import copy_to_serve, serving_place
from service.domain.scanning.quarantine import move_into_quarantine, needs_quarantine
from service.domain.scanning.types import MISMATCH, Mismatch, mismatch, rename, rename_row
from service.domain.webhooks.events import file_event, send_soon
from service.observability.logs import get_logger
from service.observability.metrics import SCANS
from service.scanner import ScanFailedError
from service.values import Location, ScanVerdict
from service.values.operators.audit import Action
from service.values.policies import RELEASE, RENAME
from service.values.states import ALWAYS_BLOCKED, RESCANNED, Stage, Verdict

log = get_logger(__name__)


@dataclass(frozen=True)
class Judgement:
    """A verdict, the signatures that it is based on, and the type that the bytes show, if they were read.

    sha256: of all bytes of an infected file, in hex, if the allow-list has hashes.
    """

    verdict: ScanVerdict
    version: str | None = None
    generation: int = 0
    detected: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class Consequences:
    """The actions for a verdict.

    block_reason: why the file is not served, None if it is; source, target: where its object is, and where it is
    served from. promoted: the object is copied from source to target; erased: it is deleted; to_quarantine: it is moved
    there; stale_copies: where an earlier attempt may have died after its copy, and before its verdict.
    """

    block_reason: str | None
    was_served: bool
    source: Location
    target: Location
    promoted: bool
    erased: bool
    to_quarantine: bool
    stale_copies: frozenset[Location]
    event: str | None


def apply_verdict(deps: Deps, file: File, token: str, judged: Judgement, grace: timedelta) -> str:
    """Act on the verdict and write it; returns the verdict.

    A public file is copied before its verdict is written, a blocked one is moved afterwards: so a crash in between
    leaves a scan or a move to repeat, and never a wrong link. grace: for how long a sweeper leaves the move alone.
    Raises ScanFailedError and the errors of storage and database.
    """
    reach("scan.judged")
    verdict, renaming, release = _concluded(deps, file, judged)
    follows = consequences(deps, file, verdict)
    values = _columns(deps, judged, verdict, follows, grace) | decision_columns(release)
    if renaming is not None:
        rename(file, renaming.detected)  # for the headers of a copy
    if follows.promoted:
        values |= copy_to_serve(deps, file, follows.target)

    def write(session: Session) -> bool:
        if follows.erased and lock_files_on_hold(session, [file.id]):
            raise ScanFailedError("it was put on hold during the scan")
        if release is not None and not is_still_allowed(session, release, deps.clock()):
            raise ScanFailedError("its entry of the allow-list ended during the scan")
        written = write_verdict(session, file.id, token, Verdict(verdict.status), **values)
        if written:
            if renaming is not None:
                rename_row(session, file.id, renaming, deps.clock())
            _record(deps, session, file, verdict, follows)
            record_release(deps, session, file, release)
        elif follows.promoted and _is_left_over(session, file.id, follows.target):
            add_pending_deletion(session, deps, follows.target)
        return written

    written = deps.db.transact(write)
    reach("scan.verdict_written")
    SCANS.labels(verdict.status).inc()
    log.info("scan_finished", file_id=file.id, verdict=verdict.status, result=verdict.result, written=written)
    if written:
        _do_at_once(deps, file, follows)
    if follows.promoted or follows.erased or follows.stale_copies:
        settle_at_once(deps, file.object_key)
    return verdict.status


def _is_left_over(session: Session, file_id: str, copy: Location) -> bool:
    """Whether no row leads to a copy: the file was deleted, or an operator blocked it, while it was copied."""
    now = session.get(File, file_id)
    return now is None or (now.virus_scan_status == Verdict.BLOCKED and place_of_file(now) != copy)


def _concluded(deps: Deps, file: File, judged: Judgement) -> tuple[ScanVerdict, Mismatch | None, Release | None]:
    """Return the verdict after the file's policy, the allow-list and an operator's release; the mismatch for which the
    file is renamed; and the release, if that is the verdict.

    A release by the allow-list is for the signature alone: the policy's types apply. One by an operator is for the
    file, as long as the result is the one that was released.
    """
    if (kept := kept_release(file, judged.verdict)) is not None:
        return ScanVerdict(Verdict.RELEASED, judged.verdict.result), None, kept
    allowed = release_by_allowlist(deps, file, judged.verdict, judged.sha256)
    found = judged.verdict if allowed is None else ScanVerdict(Verdict.RELEASED, judged.verdict.result)
    verdict, renaming = _compared_with_types(deps, file, found, judged.detected)
    if (kept := kept_release(file, verdict)) is not None:
        return ScanVerdict(Verdict.RELEASED, verdict.result), None, kept
    return verdict, renaming, allowed if verdict is found else None


def _compared_with_types(
    deps: Deps, file: File, verdict: ScanVerdict, detected: str | None
) -> tuple[ScanVerdict, Mismatch | None]:
    """Return the verdict, which is `blocked` for a blocked type; and the mismatch for which the file is renamed.

    A file that is not served anyway keeps its verdict: a type never makes it clean.
    """
    rules = rules_of_file(deps, file)
    found = mismatch(rules, file, detected)
    if found is None or _reason_to_block(deps, file, verdict) is not None:
        return verdict, None
    if rules[MISMATCH] == RENAME:
        return verdict, found
    return ScanVerdict(Verdict.BLOCKED, found.reason), None


def _columns(
    deps: Deps, judged: Judgement, verdict: ScanVerdict, follows: Consequences, grace: timedelta
) -> dict[str, Any]:
    """Return what is written with the verdict; a type that was not detected this time stays."""
    detected = {} if judged.detected is None else {"detected_content_type": judged.detected}
    return detected | {
        "virus_scan_result": verdict.result,
        "virus_scan_date": deps.clock(),
        "quarantine_reason": follows.block_reason,
        "scan_due_at": deps.clock() + grace if follows.to_quarantine else None,
        "scanned_with": judged.version,
        "scan_generation": judged.generation if verdict.status in RESCANNED else None,
    }


def consequences(deps: Deps, file: File, verdict: ScanVerdict) -> Consequences:
    """Return the actions, by the file's location and the configured policies."""
    block_reason = _reason_to_block(deps, file, verdict)
    was_served = stage_of(file) is Stage.READY
    infected = verdict.status == Verdict.INFECTED
    adopted = file.adopted_key is not None  # its object is of other programs, and stays where it is
    erased = infected and deps.settings.infected_policy == "delete" and not file.legal_hold and not adopted
    source = place_of_file(file)
    target = served_place(deps, file) if block_reason else serving_place(deps, file)
    # objects in the public bucket are downloadable, whatever the row is
    exposed = was_served or source.bucket == deps.settings.s3_public_bucket
    return Consequences(
        block_reason=block_reason,
        was_served=was_served,
        source=source,
        target=target,
        promoted=block_reason is None and source != target,
        erased=erased,
        to_quarantine=block_reason is not None
        and not (erased or adopted)
        and (verdict.status in ALWAYS_BLOCKED or exposed),
        stale_copies=_stale_copies(deps, file, source, target, was_served) if block_reason else frozenset(),
        event=_event(file, verdict, was_served=was_served, blocked=block_reason is not None),
    )


def _stale_copies(deps: Deps, file: File, source: Location, target: Location, was_served: bool) -> frozenset[Location]:
    """Return where a blocked file may have a copy: of an earlier attempt, or of a promotion that did not end."""
    if (file.scan_attempts <= 1 and not was_served) or file.adopted_key is not None:
        return frozenset()
    public = {public_place(deps, file.object_key)} if file.credential_hash is None else set()
    return frozenset({target} | public) - {source}


def _record(deps: Deps, session: Session, file: File, verdict: ScanVerdict, follows: Consequences) -> None:
    """Write pending deletions and events, in the transaction that writes the verdict."""
    if follows.promoted or follows.erased:
        add_pending_deletion(session, deps, follows.source)
    for copy in follows.stale_copies:
        add_pending_deletion(session, deps, copy)
    if follows.block_reason is not None:
        action = Action.WITHDRAWN if follows.was_served else Action(verdict.status)
        audit.record(session, deps.clock(), audit.SCANNER, action, file.id, verdict.result)
    if follows.event is not None:
        file_event(session, deps, follows.event, [file.id])


def _do_at_once(deps: Deps, file: File, follows: Consequences) -> None:
    """Record what other processes do later if this one dies now."""
    if follows.event is not None:
        send_soon(deps)
    if follows.block_reason is None and file.replaces is not None:
        replace_at_once(deps, file.id)
    if follows.to_quarantine:
        with deps.db.read() as session:
            found = session.get(File, file.id)
        if found is not None and needs_quarantine(found):
            move_into_quarantine(deps, found)


def _event(file: File, verdict: ScanVerdict, *, was_served: bool, blocked: bool) -> str | None:
    """Return the event of this verdict; None if a served file is still served, and for the same reason."""
    was_released = was_served and file.virus_scan_status == Verdict.RELEASED
    if was_served and blocked:
        return "file.withdrawn"
    if verdict.status in {Verdict.CLEAN, Verdict.DISABLED}:
        return "file.ready" if was_released or not was_served else None
    if verdict.status == Verdict.RELEASED and was_released:
        return None
    return f"file.{verdict.status}"


def _reason_to_block(deps: Deps, file: File, verdict: ScanVerdict) -> str | None:
    """Return why a file with this verdict is not served, None if it is."""
    if verdict.status in {Verdict.CLEAN, Verdict.DISABLED, Verdict.RELEASED}:
        return None
    if verdict.status == Verdict.UNSCANNABLE and _rule_for_unscannable(deps, file) == RELEASE:
        return None
    if verdict.status == Verdict.INFECTED:
        return f"The virus scanner found {verdict.result}."
    if verdict.status == Verdict.BLOCKED:
        return verdict.result
    return f"The virus scanner could not scan this file ({verdict.result}), so it is not served."


def _rule_for_unscannable(deps: Deps, file: File) -> str:
    """Return the rule of the file's policy, or the setting."""
    return str(rules_of_file(deps, file).get("unscannable", deps.settings.unscannable_policy))
