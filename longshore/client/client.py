"""The client: one service, everything that it can do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from longshore.client.api import MAX_SIGNED_PER_CALL, Api, Credential, pages
from longshore.client.backoff import RetryPolicy
from longshore.client.connections import Wire
from longshore.client.details import Details, in_utf8
from longshore.client.download import Download, Downloaded
from longshore.client.errors import ScopeMissingError, StoppedError
from longshore.client.http import Http, Token, token_from
from longshore.client.in_order import Writable
from longshore.client.observer import Noting, Observer, Session
from longshore.client.readable import Readable
from longshore.client.shared import Common
from longshore.client.source import FileSource
from longshore.client.stopping import Stop
from longshore.client.storage import Storage
from longshore.client.stream import StreamUpload
from longshore.client.throttle import Throttle
from longshore.client.tuner import CONNECTIONS, Lanes
from longshore.client.upload import FileUpload
from longshore.client.values import Account, Appointment, File, Resumption, Status, User
from longshore.client.verdict import statuses


class Client:
    """Sends and fetches files, through one service and straight to and from its storage. For any number of threads.

    url: where the service is; LONGSHORE_URL without one. token: an API key or a token, or a function that gives one
    (called with True after the last was refused); LONGSHORE_TOKEN or the content of LONGSHORE_TOKEN_FILE without one,
    unless LONGSHORE_URL names another service. Neither goes to another machine by http://, unless LONGSHORE_ALLOW_HTTP
    is `yes`.
    connections: the least and the most parts under way at once over all files, twice the same for a fixed number.
    limit: bytes a second over all files, None for no cap. window: URLs asked for ahead of need, 1 to 1000.
    """

    def __init__(
        self,
        url: str | None = None,
        token: Token = None,
        *,
        connections: tuple[int, int] = CONNECTIONS,
        limit: float | None = None,
        window: int = 64,
        retry: RetryPolicy | None = None,
    ) -> None:
        """Raises ValueError for what makes no sense, and where no service is named."""
        named = os.environ.get("LONGSHORE_URL", "")
        url = url or named
        if not url:
            raise ValueError("no service is named: give its URL, or set LONGSHORE_URL")
        policy, lanes = retry or RetryPolicy(), Lanes(*connections)
        self._wire = Wire(lanes.most)
        self._throttle = Throttle(limit)
        if token is None and url.rstrip("/") == (named or url).rstrip("/"):
            token = token_from(os.environ)
        in_clear = os.environ.get("LONGSHORE_ALLOW_HTTP") == "yes"
        self.api = Api(Http(url, token, self._wire, policy, in_clear))
        storage = Storage(self._wire, self._throttle)
        self._common = Common(self.api, storage, lanes, policy, min(max(1, window), MAX_SIGNED_PER_CALL))

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections that are kept open."""
        self._wire.close()

    @property
    def url(self) -> str:
        """Where the service is."""
        return self.api.http.url

    @property
    def limit(self) -> float | None:
        """Bytes a second over all files; may be changed at any time."""
        return self._throttle.cap

    @limit.setter
    def limit(self, cap: float | None) -> None:
        self._throttle.cap = cap

    def upload(
        self,
        source: str | Path | Readable,
        *,
        filename: str | None = None,
        content_type: str | None = None,
        credential: Credential | None = None,
        detail: Mapping[str, Any] | None = None,
        user_id: str | None = None,
        appointment_id: str | None = None,
        checksum: str | None = "auto",
        chunk_size: int | None = None,
        resume: str | None = None,
        wait: bool = True,
        abort_on_stop: bool = False,
        observer: Observer | None = None,
        stop: Stop | None = None,
    ) -> File:
        """Sends a file, or a binary stream until it ends, and waits for its verdict unless told otherwise.

        filename: needed for a stream; bytes of it that are not UTF-8 become U+FFFD. credential: makes the file private.
        checksum: of each part, `auto` for the best that the service's storage checks, an algorithm's name, or None.
        chunk_size: bytes wanted for each part.
        resume: the upload_id of an open upload of this file to carry on with: what storage has is compared with the
        file first, and only what is missing or different is sent.
        abort_on_stop: where it is stopped (`stop`, or Ctrl-C) storage forgets the parts; else the upload stays open,
        as it does after every failure, and `resume` carries on.

        Raises ApiError and its classes, UnreachableError, TransferError (storage, after all tries), FileUnreadable- and
        FileChangedError, DifferentFileError, StreamTooLongError, StoppedError; ValueError for a stream without a name,
        of text, without readinto(), or that can seek and was not rewound.
        """
        details = Details(
            in_utf8(filename or _name_of(source)),
            content_type,
            credential,
            detail,
            user_id,
            appointment_id,
            checksum=checksum,
            chunk_size=chunk_size,
        )
        observer, stop = observer or Observer(), stop or Stop()
        sessions: list[Session] = []
        try:
            with self._work(source, details, Noting(observer, sessions)) as work:
                file = work.run(resume, stop)
        except (KeyboardInterrupt, StoppedError):
            if abort_on_stop and sessions:
                self.abort(sessions[0].upload_id)
                observer.aborted()
            raise
        observer.stored()
        return self._judged(file, credential, observer, stop) if wait else file

    def download(
        self,
        file_id: str,
        to: str | Path | Writable,
        *,
        credential: Credential | None = None,
        wait: bool = False,
        check: bool = True,
        observer: Observer | None = None,
        stop: Stop | None = None,
    ) -> Downloaded:
        """Fetches a file in parallel ranges to a path, which holds all of it or is as before.

        What has come lies in `TO.part` meanwhile and is carried on from there; of a link its target is replaced. A
        device or a pipe is written to, as a binary stream is: one range after another, and what has gone stays gone if
        it turns out to be wrong. Where the service knows the file's checksum, the bytes are held to it; their number
        always. wait: for the verdict, if it is still open.
        check: False for a file that was cut into odd parts, whose checksum nobody can make again from outside.

        Raises NotClean where the verdict does not let anybody have it, VerificationError, TransferError, ApiError,
        UnreachableError, StoppedError, OSError of the disk or the stream; ValueError for a stream of text.
        """
        target = Path(to) if isinstance(to, str | Path) else to
        return Download(self._common, file_id, target, credential, observer or Observer()).run(
            wait, check, stop or Stop()
        )

    def watch(self, file_id: str, credential: Credential | None = None, stop: Stop | None = None) -> Iterator[Status]:
        """The file's status again and again until it is final."""
        return statuses(self.api, file_id, credential, stop or Stop())

    def status(self, file_id: str, credential: Credential | None = None) -> Status:
        """How far a file is, from init to the verdict."""
        return self.api.status(file_id, credential)

    def get(self, file_id: str, credential: Credential | None = None) -> File:
        """The file and, once its verdict allows it, a fresh link."""
        return self.api.get(file_id, credential)

    def receipt(self, file_id: str, credential: Credential | None = None) -> str:
        """What the file is made of and its verdict, signed: a compact JWS (docs/receipts.md)."""
        return self.api.receipt(file_id, credential)

    def delete(self, file_id: str, credential: Credential | None = None) -> None:
        """Deletes a file and its object."""
        self.api.delete(file_id, credential)

    def abort(self, upload_id: str) -> None:
        """Ends an open upload: storage forgets its parts."""
        self.api.abort(upload_id)

    def retry(self, file_id: str, credential: Credential | None = None) -> Resumption | File:
        """Queues a failed scan again (a File), or tells where its open upload stands (a Resumption)."""
        return self.api.retry(file_id, credential)

    def files(
        self,
        *,
        user_id: str | None = None,
        appointment_id: str | None = None,
        search: str | None = None,
        verdict: str | None = None,
        sort: str | None = None,
    ) -> Iterator[File]:
        """All files that the caller may see, newest first unless `sort` says otherwise, fetched page by page."""
        asked = {"search": search, "virus_scan_status": verdict, "sort": sort}
        return pages(partial(self.api.files, appointment_id, user_id=user_id, **asked))

    def users(self) -> Iterator[User]:
        """All users, newest first."""
        return pages(self.api.users)

    def create_user(self, name: str) -> User:
        return self.api.create_user(name)

    def delete_user(self, user_id: str) -> None:
        """Deletes a user with its appointments and all their files."""
        self.api.delete_user(user_id)

    def appointments(self, user_id: str | None = None) -> Iterator[Appointment]:
        """All appointments, newest first, of one user where it is named."""
        return pages(partial(self.api.appointments, user_id=user_id))

    def create_appointment(self, user_id: str, title: str) -> Appointment:
        return self.api.create_appointment(user_id, title)

    def delete_appointment(self, appointment_id: str) -> None:
        """Deletes an appointment and its files."""
        self.api.delete_appointment(appointment_id)

    def me(self) -> Account:
        """Who calls, with which scopes, and how much of the quota is taken."""
        return self.api.me()

    @contextmanager
    def _work(
        self, source: str | Path | Readable, details: Details, observer: Observer
    ) -> Iterator[FileUpload | StreamUpload]:
        """The upload of a file in parts, or of a stream: one that was given, or a file whose size no one knows."""
        if not isinstance(source, str | Path):
            yield StreamUpload(self._common, source, details, observer)
            return
        file = FileSource(source)
        if file.has_its_size():
            yield FileUpload(self._common, file, details, observer)
            return
        with file.path.open("rb", buffering=0) as stream:
            yield StreamUpload(self._common, stream, details, observer)

    def _judged(self, file: File, credential: Credential | None, observer: Observer, stop: Stop) -> File:
        """The file with its verdict; without a link where the key may not read files."""
        for status in self.watch(file.id, credential, stop):
            observer.stage(status.stage)
        try:
            return self.api.get(file.id, credential, stop)
        except ScopeMissingError:
            verdict = status.virus_scan_status or file.virus_scan_status
            return replace(file, virus_scan_status=verdict, is_quarantined=status.stage == "quarantined")


def _name_of(source: str | Path | Readable) -> str:
    if not isinstance(source, str | Path):
        raise ValueError("a stream has no name: give it a filename")
    return Path(source).name
