"""Crash points: the moments between two side effects, by name. The live tests let a real process die at each of them.

`reach("complete.storage_done")` stands in the domain where that has just happened. In production it is one look at a
variable that is None. Only a process that was started with LONGSHORE_TEST_CRASH_FOLDER set looks any further, and no
request can set that, or put a file into that folder.
"""

from __future__ import annotations

import logging
import os
import signal
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

VARIABLE = "LONGSHORE_TEST_CRASH_FOLDER"
"""Names the folder in which a test arms points. For tests alone: read once, when a process starts."""


class CrashPoint(NamedTuple):
    """done: what has happened by then; left: what a crash there leaves; finisher: who deals with that."""

    name: str
    done: str
    left: str
    finisher: str


NOBODY = "nobody has to; the client's next call begins anew"
CALL = "the client's next call"
EITHER = "the client's next call, or the sweeper once the lease has run out"
EXPIRY = "the client begins anew; the sweeper, when the upload's time is up"
QUEUE = "the queue, which tries again; the sweeper, where the worker died too"
SWEEPER = "the sweeper"

POINTS = (
    CrashPoint("init.begun", "the wish is read and allowed", "nothing", NOBODY),
    CrashPoint("init.row_written", "the upload's row is written", "a row without storage's upload id", EXPIRY),
    CrashPoint(
        "init.storage_opened",
        "storage has opened the multipart upload",
        "an open multipart upload whose id nobody knows, under a key that the row knows",
        EXPIRY,
    ),
    CrashPoint("init.id_noted", "the row knows storage's upload id", "an open upload without a client", EXPIRY),
    CrashPoint(
        "complete.verified", "every part is there as planned", "an open upload, as before the call", f"{CALL}; {EXPIRY}"
    ),
    CrashPoint(
        "complete.parts_lost",
        "storage has lost the parts: the upload is `expired`, the abort is owed",
        "an owed removal",
        "the sweeper; the client is told `upload_expired`",
    ),
    CrashPoint(
        "complete.claimed", "the upload is `completing` and holds what was asked for", "a lease and the parts", EITHER
    ),
    CrashPoint("complete.taken_over", "another process has a lease of its own", "a second lease", EITHER),
    CrashPoint(
        "complete.storage_done", "storage has made the object of the parts", "an object that no file names", EITHER
    ),
    CrashPoint(
        "complete.given_up",
        "the object is not what was promised: the upload is `aborted`, its removal is owed",
        "owed removals",
        "the sweeper; the client is told `upload_aborted` and why",
    ),
    CrashPoint("complete.recorded", "the file's row is written, its scan is owed", "a scan that no job is at", SWEEPER),
    CrashPoint("complete.queued", "the scan is queued", "a client without an answer", CALL),
    CrashPoint("retry.reopened", "the scan is owed again", "a scan that no job is at", f"{CALL}, or {SWEEPER}"),
    CrashPoint("scan.begun", "a worker has the job", "a job without a worker", QUEUE),
    CrashPoint("scan.claimed", "the row is `scanning`, for this worker's token", "a token nobody holds", QUEUE),
    CrashPoint("scan.judged", "clamd has given its verdict", "a verdict that nobody wrote down", QUEUE),
    CrashPoint(
        "promote.copied", "the clean file's copy is in the public bucket", "a copy that no row names yet", QUEUE
    ),
    CrashPoint(
        "scan.verdict_written",
        "the verdict is written, the removal of what it leaves behind is owed",
        "a job that is done but does not know, and owed removals",
        "the queue, which finds nothing to scan; the sweeper removes",
    ),
    CrashPoint(
        "quarantine.copied",
        "the infected file's copy is in quarantine, the verdict stands",
        "two objects, the row still names the first",
        "the queue; the sweeper, as the row says that the move is owed",
    ),
    CrashPoint(
        "quarantine.moved",
        "the row names the copy, the first object's removal is owed",
        "an owed removal",
        SWEEPER,
    ),
    CrashPoint(
        "replaced.withdrawn",
        "a file is withdrawn as another object lies in its place, the move into quarantine is owed",
        "an object that old links lead to, and no job that moves it",
        SWEEPER,
    ),
    CrashPoint(
        "rescan.owed", "the sweeper has noted that files are to be scanned again", "scans that no job is at", SWEEPER
    ),
    CrashPoint(
        "scan.failure_noted", "the row is `error`, the next attempt has its time", "a job that did not end", QUEUE
    ),
    CrashPoint("delete.begun", "the file is found, its credential is right", "nothing", NOBODY),
    CrashPoint("delete.forgotten", "the rows are gone, the removals are owed", "owed removals", SWEEPER),
    CrashPoint(
        "delete.user_forgotten",
        "the rows of a user and of all that is theirs are gone, the removals are owed",
        "owed removals and no word to the sweeper",
        SWEEPER,
    ),
    CrashPoint("abort.begun", "the call has come", "nothing", NOBODY),
    CrashPoint("abort.closed", "the upload is `aborted`, storage's abort is owed", "an owed removal", SWEEPER),
    CrashPoint("expire.begun", "the sweeper has found an upload whose time is up", "the same", "the next sweep"),
    CrashPoint(
        "expire.closed", "the upload is `expired`, storage's abort is owed", "an owed removal", "the next sweep"
    ),
    CrashPoint(
        "requeue.queued",
        "the sweeper has queued a scan that was owed",
        "a scan that still counts as owed, with a job",
        "the worker; the next sweep sees its job",
    ),
    CrashPoint("webhook.owed", "the deed and its event are written", "an owed delivery that no job is at", SWEEPER),
    CrashPoint("webhook.claimed", "a worker is about to send an event", "an owed delivery with a lease", SWEEPER),
    CrashPoint(
        "webhook.sent",
        "the receiver has answered",
        "a delivery that was taken, and is owed still",
        "the sweeper; the receiver gets it again under the same id",
    ),
    CrashPoint("removal.begun", "somebody has read what storage owes", "owed removals", SWEEPER),
    CrashPoint(
        "removal.objects_deleted",
        "storage has deleted the objects",
        "owed removals of what is gone, and owed aborts",
        "the sweeper; to delete twice is to delete once",
    ),
    CrashPoint(
        "removal.uploads_aborted",
        "storage has aborted the multipart uploads too",
        "owed removals of what is gone",
        "the sweeper; to abort twice is to abort once",
    ),
    CrashPoint("removal.settled", "nothing is owed any more", "a client without an answer", CALL),
)
"""All of them, in the order in which a file meets them."""
NAMES = frozenset(point.name for point in POINTS)


class CrashFolderError(Exception):
    """The variable is set, but what it names is no private folder of this user: the process must not start."""


def crash_folder(env: Mapping[str, str]) -> Path | None:
    """The folder that a test arms points in; None in production. Raises CrashFolderError, OSError."""
    name = env.get(VARIABLE)
    if not name:
        return None
    folder = Path(name)
    found = folder.lstat()
    private = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    if not (folder.is_absolute() and private):
        raise CrashFolderError(f"{VARIABLE} is for tests: it must name a folder that only this user can enter")
    log.warning("crash_points_active folder=%s", folder)
    return folder


_folder = crash_folder(os.environ)


def reach(name: str) -> None:
    """This has happened now. Where a test has armed the point, the process ends here, as in a power cut."""
    if _folder is not None:
        die_where_armed(_folder, name)


def die_where_armed(folder: Path, name: str) -> None:
    """SIGKILL for this process, and before that for those whose ids the arming file holds; once for each arming.

    Raises ValueError for a name that is not in the list.
    """
    if name not in NAMES:
        raise ValueError(f"{name} is not in the list of crash points")
    armed = folder / name
    try:
        with_it = [int(word) for word in armed.read_text().split()]
        armed.unlink()  # of several processes that are here at once, one gets on; those that come later live
    except FileNotFoundError:
        return
    for process_id in (*with_it, os.getpid()):
        os.kill(process_id, signal.SIGKILL)
