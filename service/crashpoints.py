"""Crash points: named moments between two side effects, at which the live tests kill a real process.

The domain calls `reach("complete.storage_done")` where that has just happened. In production it only checks that a
variable is None. It does more only in a process that was started with LONGSHORE_TEST_CRASH_FOLDER, and no request can
set that, or put a file into that folder.
"""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from service.observability.logs import get_logger

log = get_logger(__name__)

VARIABLE = "LONGSHORE_TEST_CRASH_FOLDER"
"""The variable with the folder in which a test arms points. For tests only: read once, when a process starts."""


class CrashPoint(NamedTuple):
    """done: what has happened; left: what a crash leaves behind; finisher: what finishes or removes it."""

    name: str
    done: str
    left: str
    finisher: str


NO_FINISHER = "nothing to do; the client's next call starts again"
CALL = "the client's next call"
EITHER = "the client's next call, or the sweeper when the lease has expired"
EXPIRY = "the client starts again; the sweeper, when the upload has expired"
QUEUE = "the queue, which retries; the sweeper, if the worker was killed too"
SWEEPER = "the sweeper"

POINTS = (
    CrashPoint(
        "init.begun",
        "the request is parsed and permitted",
        "nothing, or the row of a grant that a backend signed, without a use",
        NO_FINISHER,
    ),
    CrashPoint(
        "init.use_counted",
        "the use of a grant is counted, in the transaction that writes the upload's row",
        "nothing: the database undoes the transaction, so the use is free again",
        NO_FINISHER,
    ),
    CrashPoint("init.row_written", "the upload's row is written", "a row without storage's upload id", EXPIRY),
    CrashPoint(
        "init.storage_opened",
        "storage has opened the multipart upload",
        "an open multipart upload whose id is not in the row, under the row's key",
        EXPIRY,
    ),
    CrashPoint("init.id_noted", "storage's upload id is in the row", "an open upload without a client", EXPIRY),
    CrashPoint(
        "complete.verified", "every part matches the plan", "an open upload, as before the call", f"{CALL}; {EXPIRY}"
    ),
    CrashPoint(
        "complete.object_verified",
        "the object of one PUT is as it was signed",
        "an open upload with its object, as before the call",
        f"{CALL}; {EXPIRY}",
    ),
    CrashPoint(
        "complete.parts_lost",
        "storage has lost the parts: the upload is `expired`, the abort is a pending deletion",
        "a pending deletion",
        "the sweeper; the client gets `upload_expired`",
    ),
    CrashPoint(
        "complete.claimed",
        "the upload is `completing` and its row has the request's values",
        "a lease and the parts",
        EITHER,
    ),
    CrashPoint("complete.taken_over", "another process has taken a new lease", "a second lease", EITHER),
    CrashPoint("complete.storage_done", "storage has assembled the object", "an object without a file", EITHER),
    CrashPoint(
        "complete.given_up",
        "the object differs from the request: the upload is `aborted`, the object is a pending deletion",
        "pending deletions",
        "the sweeper; the client gets `upload_aborted` with the reason",
    ),
    CrashPoint("complete.recorded", "the file's row is written, its scan is due", "a due scan without a job", SWEEPER),
    CrashPoint("complete.queued", "the scan is queued", "a client without an answer", CALL),
    CrashPoint("retry.reopened", "the scan is due again", "a due scan without a job", f"{CALL}, or {SWEEPER}"),
    CrashPoint("scan.begun", "a worker has the job", "a job without a worker", QUEUE),
    CrashPoint("scan.claimed", "the row is `scanning`, for this worker's token", "a token without a worker", QUEUE),
    CrashPoint("scan.judged", "clamd has returned its verdict", "a verdict that is not recorded", QUEUE),
    CrashPoint(
        "promote.claimed",
        "the copy of a served file into the public bucket is claimed, as S3_PUBLIC_BASE_URL was set",
        "a token without a worker; links stay signed",
        f"{QUEUE}, also if the setting is removed",
    ),
    CrashPoint(
        "promote.copied", "the clean file's copy is in the public bucket", "a copy that is not in the row yet", QUEUE
    ),
    CrashPoint(
        "promote.recorded",
        "the row of a served file has the copy, the first object is a pending deletion",
        "a pending deletion",
        SWEEPER,
    ),
    CrashPoint(
        "scan.verdict_written",
        "the verdict is written, superseded objects are pending deletions",
        "a finished job that still counts as running, and pending deletions",
        "the queue, which finds nothing to scan; the sweeper deletes",
    ),
    CrashPoint(
        "quarantine.copied",
        "the infected file's copy is in quarantine, the verdict stands",
        "two objects; the row still has the first",
        "the queue; the sweeper, as the move is due in the row",
    ),
    CrashPoint(
        "quarantine.moved",
        "the row has the copy, the first object is a pending deletion",
        "a pending deletion",
        SWEEPER,
    ),
    CrashPoint(
        "replaced.withdrawn",
        "a file is withdrawn because its object was replaced, the move into quarantine is due",
        "an object that old links lead to, without a job that moves it",
        SWEEPER,
    ),
    CrashPoint("rescan.owed", "the sweeper has scheduled files to scan again", "due scans without jobs", SWEEPER),
    CrashPoint(
        "scan.failure_noted", "the row is `error`, the next attempt is scheduled", "a job that did not end", QUEUE
    ),
    CrashPoint("delete.begun", "the file is found, its credential is correct", "nothing", NO_FINISHER),
    CrashPoint(
        "delete.forgotten", "the rows are deleted, the objects are pending deletions", "pending deletions", SWEEPER
    ),
    CrashPoint(
        "delete.user_forgotten",
        "the rows of a user, its appointments and files are deleted, the objects are pending deletions",
        "pending deletions, and no request to the sweeper",
        SWEEPER,
    ),
    CrashPoint(
        "replacement.due",
        "a file that replaces another one may be downloaded",
        "two files: the old one is still there",
        SWEEPER,
    ),
    CrashPoint(
        "replacement.forgotten",
        "the row of the replaced file is deleted, its objects are pending deletions",
        "pending deletions",
        SWEEPER,
    ),
    CrashPoint(
        "link.counted",
        "a download by a link is counted, the client is not redirected yet",
        "a download that was counted without an answer; never one too many",
        "the client's next call, if downloads are left; the owner sees the count, and can create another link",
    ),
    CrashPoint("abort.begun", "the request has arrived", "nothing", NO_FINISHER),
    CrashPoint(
        "abort.use_given_back",
        "the use of a grant is given back, in the transaction that closes the upload",
        "an open upload that counts, as before: the database undoes the transaction",
        f"{CALL}; the sweeper, when the upload has expired",
    ),
    CrashPoint(
        "abort.closed",
        "the upload is `aborted`, the abort in storage is a pending deletion",
        "a pending deletion",
        SWEEPER,
    ),
    CrashPoint("expire.begun", "the sweeper has found an expired upload", "the same", "the next sweep"),
    CrashPoint(
        "expire.closed",
        "the upload is `expired`, the abort in storage is a pending deletion",
        "a pending deletion",
        "the next sweep",
    ),
    CrashPoint("retention.begun", "the sweeper has found expired files", "the same", "the next sweep"),
    CrashPoint(
        "retention.forgotten",
        "the rows of expired files are deleted, the objects are pending deletions",
        "pending deletions",
        "the next sweep",
    ),
    CrashPoint(
        "decision.created",
        "an operator's decision is written, no file is decided",
        "a decision that is due",
        SWEEPER,
    ),
    CrashPoint(
        "decision.file_decided",
        "a file of an operator's decision is decided and counted",
        "a decision with a lease, and a due scan, move or deletion",
        "the sweeper, when the lease has expired",
    ),
    CrashPoint("decision.done", "all files of a decision are decided", "due scans, moves and deletions", SWEEPER),
    CrashPoint("adoption.created", "an adoption is written, no object is adopted", "an adoption that is due", SWEEPER),
    CrashPoint(
        "adoption.claimed",
        "the sweeper has claimed a turn of an adoption",
        "an adoption with a lease",
        "the sweeper, when the lease has expired",
    ),
    CrashPoint(
        "adoption.object_adopted",
        "an object is adopted and counted",
        "an adoption with a lease, and a due scan without a job",
        "the sweeper: the scan at once, the adoption when the lease has expired",
    ),
    CrashPoint(
        "adoption.object_renewed",
        "a changed object is its file's and counted",
        "an adoption with a lease, and a due scan without a job",
        "the sweeper: the scan at once, the adoption when the lease has expired",
    ),
    CrashPoint("adoption.done", "all objects of an adoption are examined", "due scans without jobs", SWEEPER),
    CrashPoint(
        "allowlist.reopened",
        "files of an ended entry of the allow-list are not served, their scans are due",
        "due scans without jobs",
        SWEEPER,
    ),
    CrashPoint(
        "requeue.queued",
        "the sweeper has queued a due scan",
        "a scan that still counts as due, with a job",
        "the worker; the next sweep finds the job",
    ),
    CrashPoint("webhook.owed", "the change and its event are written", "a due delivery without a job", SWEEPER),
    CrashPoint("webhook.claimed", "a worker is about to send an event", "a due delivery with a lease", SWEEPER),
    CrashPoint(
        "webhook.sent",
        "the receiver has answered",
        "a delivery that was accepted but is still due",
        "the sweeper; the receiver gets it again with the same id",
    ),
    CrashPoint("removal.begun", "the pending deletions are read", "pending deletions", SWEEPER),
    CrashPoint(
        "removal.objects_deleted",
        "storage has deleted the objects",
        "pending deletions of deleted objects, and pending aborts",
        "the sweeper; deleting again does no harm",
    ),
    CrashPoint(
        "removal.uploads_aborted",
        "storage has aborted the multipart uploads too",
        "pending deletions of deleted objects",
        "the sweeper; aborting again does no harm",
    ),
    CrashPoint("removal.settled", "no deletion is pending any more", "a client without an answer", CALL),
)
"""All crash points, in the order of a file's life."""
NAMES = frozenset(point.name for point in POINTS)


class CrashFolderError(Exception):
    """The variable is set, but is no private folder of this user: the process must not start."""


def crash_folder(env: Mapping[str, str]) -> Path | None:
    """Return the folder in which a test arms points; None in production. Raises CrashFolderError, OSError."""
    name = env.get(VARIABLE)
    if not name:
        return None
    folder = Path(name)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    if not (folder.is_absolute() and private):
        raise CrashFolderError(f"{VARIABLE} is for tests: it must name a folder that only this user can enter")
    log.warning("crash_points_active", folder=folder)
    return folder


_folder = crash_folder(os.environ)


def reach(name: str) -> None:
    """Mark a point as reached. If a test has armed it, the process ends here, as in a power cut."""
    if _folder is not None:
        die_where_armed(_folder, name)


def die_where_armed(folder: Path, name: str) -> None:
    """Kill this process, and before it those whose ids are in the arming file (SIGKILL); once per arming.

    Raises ValueError for a name that is not in the list.
    """
    if name not in NAMES:
        raise ValueError(f"{name} is not in the list of crash points")
    armed = folder / name
    try:
        with_it = [int(word) for word in armed.read_text().split()]
        armed.unlink()  # only one of several processes continues here; later ones stay alive
    except FileNotFoundError:
        return
    for process_id in (*with_it, os.getpid()):
        os.kill(process_id, signal.SIGKILL)
