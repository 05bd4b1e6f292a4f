"""Send one file for the command line: resume an open upload of it, and keep the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from longshore.cli.terminal.show import Several
from longshore.cli.terminal.standard_input import StandardInput
from longshore.cli.terminal.words import complain
from longshore.cli.transfers import journal
from longshore.client import Client, File, Observer, Session, Stop
from longshore.client.details import in_utf8
from longshore.client.errors import (
    ChecksumMismatchError,
    DifferentFileError,
    LongshoreError,
    UploadAbortedError,
    UploadExpiredError,
    UploadNotFoundError,
)
from longshore.client.observer import Comparison

OVER = (UploadAbortedError, UploadExpiredError, ChecksumMismatchError)
"""The upload cannot be resumed any more."""


FINAL = frozenset({"clean", "infected", "unscannable", "error", "disabled", "blocked", "released"})
"""Verdicts that do not change by waiting."""


class UploadBusyError(LongshoreError):
    """Another process on this machine is sending this upload."""

    code = "upload_busy"
    remedy = "Wait for it to end, or stop it."


@dataclass(frozen=True)
class Task:
    """A file to send. path: `-` for standard input; upload_id: of the upload to resume, if given.

    details: the given ones of filename, path_name, content_type, user_id, appointment_id, policy, detail, replaces.
    skips_stored, replaces_same: what to do if its folder has a file of the same name; error: why it cannot be sent.
    """

    path: str
    details: Mapping[str, Any]
    credential: Mapping[str, str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    upload_id: str | None = None
    skips_stored: bool = False
    replaces_same: bool = False
    error: Exception | None = None


@dataclass
class Outcome:
    """The result of a task. upload_id: of an upload that is still open and can be resumed.

    stored_before: nothing was sent, as the file was in its folder already.
    """

    task: Task
    file: File | None = None
    error: Exception | None = None
    upload_id: str | None = None
    compared: Comparison | None = None
    stored_before: bool = False


def send(client: Client, task: Task, outcome: Outcome, observer: Observer, stop: Stop) -> None:
    """Send a file and record the progress in `outcome`, also if an error is raised."""
    if (named := task.details.get("filename") or Path(task.path).name) != in_utf8(named):
        complain(f"{task.path}: this name is not UTF-8; uploading as {in_utf8(named)} (use --name to choose another)")
    if task.skips_stored and (stored := stored_before(client, task)):
        outcome.file, outcome.stored_before = stored, True
        if task.options.get("wait", True):
            outcome.file = judged(client, stored, task.credential, stop)
        return
    if task.replaces_same and (replaced := file_to_replace(client, task)):
        task = replace(task, details={**task.details, "replaces": replaced.id})
    if task.upload_id:
        _retry_hint(client, task, task.upload_id, outcome, observer, stop)
        return
    for entry in _left_behind(client.url, task):
        try:
            _retry_hint(client, task, entry.upload_id, outcome, observer, stop)
        except (*OVER, DifferentFileError):
            journal.forget(entry.upload_id)
        except (UploadBusyError, UploadNotFoundError):
            # another process is sending it, or it belongs to another key
            continue
        else:
            return
    _upload(client, task, None, outcome, observer, stop)


def stored_before(client: Client, task: Task) -> File | None:
    """Return a file of the same folder, name, size and privacy; None without one."""
    size, private = Path(task.path).stat().st_size, bool(task.credential)
    return next((file for file in _same_name(client, task) if (file.size, file.is_private) == (size, private)), None)


def file_to_replace(client: Client, task: Task) -> File | None:
    """Return the newest file of the same folder and name; None without one."""
    return next(_same_name(client, task), None)


def judged(client: Client, file: File, credential: Mapping[str, str] | None, stop: Stop) -> File:
    """Return the file after its verdict."""
    if file.virus_scan_status in FINAL:
        return file
    for _ in client.watch(file.id, credential, stop):
        pass
    return client.get(file.id, credential)


def _same_name(client: Client, task: Task) -> Iterator[File]:
    named = task.details.get("filename") or in_utf8(Path(task.path).name)
    return client.files(path_name=task.details.get("path_name") or "", filename=named)


def _retry_hint(client: Client, task: Task, upload_id: str, outcome: Outcome, observer: Observer, stop: Stop) -> None:
    with journal.locked(upload_id) as mine:
        if not mine:
            raise UploadBusyError(f"Another process is sending the upload {upload_id}.")
        _upload(client, task, upload_id, outcome, observer, stop)


def _upload(
    client: Client, task: Task, upload_id: str | None, outcome: Outcome, observer: Observer, stop: Stop
) -> None:
    with ExitStack() as stack:
        notes = _Notes(client.url, task, outcome, stack if upload_id is None else None)
        source = stack.enter_context(StandardInput()) if task.path == "-" else task.path
        try:
            outcome.file = client.upload(
                source,
                **{**task.details, **task.options},
                credential=task.credential,
                resume=upload_id,
                observer=Several(notes, observer),
                stop=stop,
            )
            journal.forget(outcome.file.upload_id)
        except OVER:
            journal.forget(outcome.upload_id or upload_id or "")
            outcome.upload_id = None
            raise


def _left_behind(url: str, task: Task) -> Iterator[journal.Entry]:
    """Yield open uploads of the same file with the same options that have not expired."""
    if task.path == "-":
        return
    path = Path(task.path).absolute()
    for entry in journal.entries():
        same_file = entry.path == str(path) and path.is_file() and _stamp(path) == (entry.size, entry.mtime_ns)
        same_wish = (entry.url, entry.private, entry.details) == (url, bool(task.credential), dict(task.details))
        if same_file and same_wish:
            yield entry


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


class _Notes(Observer):
    """Keep the journal. stack: keeps the upload's lock, unless the caller already has it."""

    def __init__(self, url: str, task: Task, outcome: Outcome, stack: ExitStack | None) -> None:
        self._url, self._task, self._outcome, self._stack = url, task, outcome, stack

    def session(self, session: Session) -> None:
        self._outcome.upload_id = session.upload_id
        try:
            self._remember(session)
        except OSError as error:
            complain(f"the upload cannot be recorded for `longshore resume` ({error.strerror}): {error.filename}")

    def _remember(self, session: Session) -> None:
        if self._stack:
            self._stack.enter_context(journal.locked(session.upload_id))
        stream = self._task.path == "-"
        size, mtime_ns = (None, None) if stream else _stamp(Path(self._task.path))
        journal.remember(
            journal.Entry(
                session.upload_id,
                session.file_id,
                self._url,
                "-" if stream else str(Path(self._task.path).absolute()),
                size,
                mtime_ns,
                session.chunk_size,
                session.expires_at,
                bool(self._task.credential),
                dict(self._task.details),
            )
        )

    def compared(self, comparison: Comparison) -> None:
        self._outcome.compared = comparison

    def stored(self) -> None:
        if self._outcome.upload_id:
            journal.forget(self._outcome.upload_id)
        self._outcome.upload_id = None

    aborted = stored
