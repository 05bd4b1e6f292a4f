"""The states of an upload and of a file, the transitions between them, and the stage that the API returns.

The tables contain all transitions: `service.db.statements.transitions` makes no other, docs/states.md shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UploadState(StrEnum):
    """Stored in uploads.state."""

    UPLOADING = "uploading"
    COMPLETING = "completing"
    COMPLETED = "completed"
    ABORTED = "aborted"
    EXPIRED = "expired"


OPEN = (UploadState.UPLOADING, UploadState.COMPLETING)
"""States in which storage has the upload's parts."""
RESERVING = (*OPEN, UploadState.COMPLETED)
"""States in which an upload reserves bytes of its owner's quota."""


class PendingKind(StrEnum):
    """Stored in pending_deletions.kind: what must still be deleted in storage."""

    OBJECT = "object"
    MULTIPART_UPLOAD = "multipart_upload"


class DeliveryState(StrEnum):
    """Stored in webhook_deliveries.state: of an event for a webhook."""

    OWED = "owed"
    DELIVERED = "delivered"
    FAILED = "failed"


class Verdict(StrEnum):
    """Stored in files.virus_scan_status; `clean` only if the engine said OK for exactly the file's bytes."""

    PENDING = "pending"
    SCANNING = "scanning"
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"
    ERROR = "error"
    DISABLED = "disabled"
    BLOCKED = "blocked"
    RELEASED = "released"


WORSE = (Verdict.CLEAN, Verdict.UNSCANNABLE, Verdict.INFECTED)
"""A scanner's verdicts: of several on one file, the one furthest to the right counts."""


@dataclass(frozen=True)
class Step:
    """One allowed transition of a row, and what triggers it."""

    come_from: StrEnum
    to: StrEnum
    when: str


UPLOAD_STEPS = (
    Step(UploadState.UPLOADING, UploadState.UPLOADING, "storage's upload id is recorded"),
    Step(UploadState.UPLOADING, UploadState.COMPLETING, "complete: every part matches the plan"),
    Step(UploadState.UPLOADING, UploadState.COMPLETED, "complete: the object of one PUT is as requested"),
    Step(UploadState.UPLOADING, UploadState.ABORTED, "the client aborts, or the object of one PUT is another one"),
    Step(UploadState.UPLOADING, UploadState.EXPIRED, "it expires, or storage lost the parts"),
    Step(UploadState.COMPLETING, UploadState.COMPLETING, "a lease has expired: another process continues"),
    Step(UploadState.COMPLETING, UploadState.COMPLETED, "the object is in storage as requested: the file is recorded"),
    Step(
        UploadState.COMPLETING,
        UploadState.UPLOADING,
        "storage refuses to complete it, or the parts changed after they were verified",
    ),
    Step(
        UploadState.COMPLETING,
        UploadState.ABORTED,
        "the object differs from the request, completing fails for too long, or the client aborts while no process is"
        " completing it",
    ),
)
_VERDICTS = {
    Verdict.CLEAN: "clamd's OK for every byte",
    Verdict.INFECTED: "clamd found a virus: the file is moved to quarantine",
    Verdict.UNSCANNABLE: "too large, encrypted, or over clamd's limits",
    Verdict.DISABLED: "scanning is off",
    Verdict.BLOCKED: "its bytes are of a type that its policy blocks: the file is moved to quarantine",
    Verdict.RELEASED: "clamd found a virus, and the allow-list has its signature or the file's SHA-256",
    Verdict.ERROR: "clamd, storage or the stream failed, or every attempt killed its process",
}
UNJUDGED = (Verdict.PENDING, Verdict.SCANNING, Verdict.ERROR)
"""No verdict yet."""
RESCANNED = (Verdict.CLEAN, Verdict.DISABLED, Verdict.RELEASED)
"""Files with these verdicts are scanned again with new signatures, and served meanwhile."""
REQUESTED = -1
"""The `scan_generation` of a file that an operator wants scanned again: older than that of any signatures."""
ALWAYS_BLOCKED = (Verdict.INFECTED, Verdict.BLOCKED)
"""Files with these verdicts are never served."""
FILE_STEPS = (
    *(Step(state, Verdict.SCANNING, "a worker claims the scan") for state in UNJUDGED),
    *(Step(Verdict.SCANNING, verdict, when) for verdict, when in _VERDICTS.items()),
    *(Step(state, Verdict.PENDING, "retry: another scan is requested") for state in UNJUDGED),
    *(
        Step(state, verdict, f"scanned again: {_VERDICTS[verdict]}")
        for state in RESCANNED
        for verdict in (Verdict.CLEAN, Verdict.INFECTED, Verdict.UNSCANNABLE, Verdict.BLOCKED, Verdict.RELEASED)
    ),
    *(Step(state, state, "its object is moved to quarantine") for state in ALWAYS_BLOCKED),
)
SERVED_VERDICTS = (Verdict.CLEAN, Verdict.DISABLED, Verdict.UNSCANNABLE, Verdict.RELEASED)
"""Verdicts of files that are served if they have no reason to be blocked."""
RESCAN_STEPS = (
    *(
        Step(state, state, "an operator requests another scan; the file is served meanwhile")
        for state in (Verdict.CLEAN, Verdict.DISABLED)
    ),
    *(
        Step(state, Verdict.PENDING, "an operator requests another scan, or its entry of the allow-list has ended")
        for state in (*UNJUDGED, Verdict.INFECTED, Verdict.UNSCANNABLE, Verdict.BLOCKED, Verdict.RELEASED)
    ),
)
RELEASE_STEPS = tuple(
    Step(state, Verdict.RELEASED, "an operator releases it")
    for state in (Verdict.INFECTED, Verdict.UNSCANNABLE, Verdict.BLOCKED, Verdict.ERROR)
)
BLOCK_STEPS = tuple(
    Step(state, Verdict.BLOCKED, "an operator blocks it: the file is moved to quarantine")
    for state in (*SERVED_VERDICTS, *UNJUDGED)
)
ADOPTION_STEPS = tuple(
    Step(state, Verdict.PENDING, "its adopted object changed, and is adopted again") for state in Verdict
)
"""Transitions of a file whose object other programs may replace; one that an operator blocked stays blocked."""
DECISION_STEPS = (*RESCAN_STEPS, *RELEASE_STEPS, *BLOCK_STEPS)
"""Transitions by operators' decisions; `delete` deletes the row. Only a file that is not blocked can be blocked."""
NOT_BLOCKED = tuple(verdict for verdict in Verdict if verdict not in ALWAYS_BLOCKED)
WITHDRAWAL_STEPS = tuple(
    Step(state, Verdict.ERROR, "its object in storage was replaced: it is moved to quarantine") for state in NOT_BLOCKED
)
"""Transitions of a file that is not blocked when its object was replaced."""
PROMOTION_STEPS = tuple(Step(state, state, "its object is copied to the public bucket") for state in SERVED_VERDICTS)
"""Steps of a served file in the private bucket after S3_PUBLIC_BASE_URL was set; its verdict stays."""
REPAIR_STEPS = (
    *(Step(state, Verdict.ERROR, "`longshore check --mark`: its object is lost or different") for state in NOT_BLOCKED),
    *(
        Step(state, Verdict.PENDING, "`longshore check`: its object is back, or the existing one is adopted")
        for state in NOT_BLOCKED
    ),
    *(
        Step(state, verdict, "`longshore recover`: its object is now in quarantine")
        for state in Verdict
        for verdict in (Verdict.INFECTED, Verdict.UNSCANNABLE, Verdict.BLOCKED)
    ),
)
"""Transitions by operators' commands of a file that is not blocked, after storage or database were lost."""
REPAIR_UPLOAD_STEPS = tuple(
    Step(state, UploadState.COMPLETED, "`longshore recover`: the database is older than the object")
    for state in (UploadState.UPLOADING, UploadState.EXPIRED)
)


def origins(steps: tuple[Step, ...], to: StrEnum) -> list[StrEnum]:
    """Return the states from which a row may change to `to`."""
    return [step.come_from for step in steps if step.to == to]


def is_step(steps: tuple[Step, ...], come_from: StrEnum, to: StrEnum) -> bool:
    """Whether the transition is allowed."""
    return come_from in origins(steps, to)


class Stage(StrEnum):
    """The `stage` of GET /status."""

    UPLOADING = "uploading"
    COMPLETING = "completing"
    QUEUED = "queued"
    SCANNING = "scanning"
    READY = "ready"
    QUARANTINED = "quarantined"
    SCAN_FAILED = "scan_failed"
    ABORTED = "aborted"
    EXPIRED = "expired"


_STATUS_OF_STAGE = {Stage.SCANNING: "STARTED", Stage.READY: "SUCCESS"} | dict.fromkeys(
    (Stage.UPLOADING, Stage.COMPLETING, Stage.QUEUED), "PENDING"
)
_STAGE_OF_VERDICT = {
    Verdict.PENDING: Stage.QUEUED,
    Verdict.SCANNING: Stage.SCANNING,
    Verdict.CLEAN: Stage.READY,
    Verdict.DISABLED: Stage.READY,
    Verdict.RELEASED: Stage.READY,
    Verdict.ERROR: Stage.SCAN_FAILED,
}


def stage_of_upload(state: UploadState, *, expired: bool) -> Stage:
    """Return the stage of an upload without a file; expired: it has expired, even before the next sweep."""
    if state is UploadState.UPLOADING and expired:
        return Stage.EXPIRED
    return Stage(state.value)


def stage_of_file(verdict: Verdict, *, blocked: bool) -> Stage:
    """Return the stage of a file; blocked: by a verdict or a policy."""
    if blocked:
        return Stage.QUARANTINED
    # an unscannable file that is not blocked was released by policy; one of ALWAYS_BLOCKED has a reason
    return _STAGE_OF_VERDICT.get(verdict, Stage.READY)


def status_of(stage: Stage) -> str:
    """Return the contract's `status`: PENDING, STARTED, SUCCESS or FAILURE."""
    return _STATUS_OF_STAGE.get(stage, "FAILURE")
