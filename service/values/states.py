"""The states of an upload and of a file, every step between them, and the stage that a client is shown.

The tables of steps are the whole of it: `service.domain.records.transitions` makes no other, docs/states.md shows them.
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


class Verdict(StrEnum):
    """Stored in files.virus_scan_status; `clean` only where the engine said so for exactly the file's bytes."""

    PENDING = "pending"
    SCANNING = "scanning"
    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNABLE = "unscannable"
    ERROR = "error"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Step:
    """One step that a row may make, and what makes it."""

    come_from: StrEnum
    to: StrEnum
    when: str


UPLOAD_STEPS = (
    Step(UploadState.UPLOADING, UploadState.UPLOADING, "storage's upload id is learned"),
    Step(UploadState.UPLOADING, UploadState.COMPLETING, "complete: every part is there as planned"),
    Step(UploadState.UPLOADING, UploadState.ABORTED, "the client aborts"),
    Step(UploadState.UPLOADING, UploadState.EXPIRED, "its time is up, or storage lost the parts"),
    Step(UploadState.COMPLETING, UploadState.COMPLETING, "a lease has run out: another process goes on"),
    Step(UploadState.COMPLETING, UploadState.COMPLETED, "the object is there as promised: its file is recorded"),
    Step(
        UploadState.COMPLETING,
        UploadState.UPLOADING,
        "storage refuses to complete it, or the parts are others than were verified",
    ),
    Step(
        UploadState.COMPLETING,
        UploadState.ABORTED,
        "what storage made is not what was promised, it cannot be finished for too long, or the client aborts while"
        " nobody is at it",
    ),
)
_VERDICTS = {
    Verdict.CLEAN: "clamd's OK for every byte",
    Verdict.INFECTED: "clamd found something: it goes into quarantine",
    Verdict.UNSCANNABLE: "too large, encrypted, or over clamd's limits",
    Verdict.DISABLED: "scanning is off",
    Verdict.ERROR: "clamd, storage or the stream broke off, or every attempt killed its process",
}
UNJUDGED = (Verdict.PENDING, Verdict.SCANNING, Verdict.ERROR)
"""No verdict yet."""
RESCANNED = (Verdict.CLEAN, Verdict.DISABLED)
"""What is scanned again when the engine knows more than it did: it is served meanwhile."""
FILE_STEPS = (
    *(Step(state, Verdict.SCANNING, "a worker claims the scan") for state in UNJUDGED),
    *(Step(Verdict.SCANNING, verdict, when) for verdict, when in _VERDICTS.items()),
    *(Step(state, Verdict.PENDING, "retry: the scan is asked for again") for state in UNJUDGED),
    *(
        Step(state, verdict, f"scanned again: {_VERDICTS[verdict]}")
        for state in RESCANNED
        for verdict in (Verdict.CLEAN, Verdict.INFECTED, Verdict.UNSCANNABLE)
    ),
    Step(Verdict.INFECTED, Verdict.INFECTED, "its object is moved into quarantine"),
)
NOT_INFECTED = tuple(verdict for verdict in Verdict if verdict is not Verdict.INFECTED)
WITHDRAWAL_STEPS = tuple(
    Step(state, Verdict.ERROR, "its object in storage was replaced: it goes into quarantine") for state in NOT_INFECTED
)
"""What happens to a file that is not held when another object lies in the place of its own."""
REPAIR_STEPS = (
    *(Step(state, Verdict.ERROR, "`longshore check --mark`: its object is lost or another") for state in NOT_INFECTED),
    *(
        Step(state, Verdict.PENDING, "`longshore check`: its object is back, or the one that is there is taken for it")
        for state in NOT_INFECTED
    ),
    *(
        Step(state, verdict, "`longshore recover`: its object lies in quarantine by now")
        for state in Verdict
        for verdict in (Verdict.INFECTED, Verdict.UNSCANNABLE)
    ),
)
"""What an operator's command does to a file that is not held, after storage or database were lost."""
REPAIR_UPLOAD_STEPS = tuple(
    Step(state, UploadState.COMPLETED, "`longshore recover`: the database is older than the object that is there")
    for state in (UploadState.UPLOADING, UploadState.EXPIRED)
)


def origins(steps: tuple[Step, ...], to: StrEnum) -> list[StrEnum]:
    """The states from which a row may step to `to`."""
    return [step.come_from for step in steps if step.to == to]


def is_step(steps: tuple[Step, ...], come_from: StrEnum, to: StrEnum) -> bool:
    """Whether there is such a step."""
    return come_from in origins(steps, to)


class Stage(StrEnum):
    """What a client is shown: `stage` of GET /status."""

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
    Verdict.ERROR: Stage.SCAN_FAILED,
}


def stage_of_upload(state: UploadState, *, expired: bool) -> Stage:
    """The stage while there is no file yet; expired: its time is up, whether or not a sweep has noticed."""
    if state is UploadState.UPLOADING and expired:
        return Stage.EXPIRED
    return Stage(state.value)


def stage_of_file(verdict: Verdict, *, held: bool) -> Stage:
    """The stage of a file; held: it has a reason to be in quarantine."""
    if held:
        return Stage.QUARANTINED
    # an unscannable file that is not held was released by policy; an infected one is always held
    return _STAGE_OF_VERDICT.get(verdict, Stage.READY)


def status_of(stage: Stage) -> str:
    """The contract's one-word `status`: PENDING, STARTED, SUCCESS or FAILURE."""
    return _STATUS_OF_STAGE.get(stage, "FAILURE")
