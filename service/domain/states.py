"""The states of an upload and of a file, and the stage that a client is shown of them."""

from __future__ import annotations

from enum import StrEnum


class UploadState(StrEnum):
    """Stored in uploads.state; each step is one conditional UPDATE, so that two processes cannot both make it.

    uploading → completing → completed; uploading → aborted or expired. completing → uploading when storage refuses the
    parts, and → aborted when what storage made is not what was promised.
    """

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
