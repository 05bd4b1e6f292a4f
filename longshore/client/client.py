"""The client of one service."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from longshore.client.admin import Admin
from longshore.client.api import MAX_SIGNED_PER_CALL, Api, Credential, pages
from longshore.client.details import Details, detail_filters, in_utf8
from longshore.client.downloads.download import Download, Downloaded
from longshore.client.downloads.in_order import Writable
from longshore.client.errors import GrantRefusedError, ScopeMissingError, StoppedError
from longshore.client.network.backoff import RetryPolicy
from longshore.client.network.connections import ConnectionPools
from longshore.client.network.http import Http, Token, token_from
from longshore.client.network.storage import Storage
from longshore.client.network.throttle import Throttle
from longshore.client.network.tuner import CONNECTIONS, ConcurrencyLimits
from longshore.client.observer import Noting, Observer, Session
from longshore.client.shared import Common
from longshore.client.stopping import Stop
from longshore.client.uploads.readable import Readable
from longshore.client.uploads.source import FileSource
from longshore.client.uploads.stream import StreamUpload
from longshore.client.uploads.upload import FileUpload
from longshore.client.values import (
    Account,
    Appointment,
    File,
    Folder,
    GrantStatus,
    LinkStatus,
    Resumption,
    Status,
    User,
)
from longshore.client.verdict import statuses
from longshore.grants import Grant
from longshore.links import INLINE, Link


class Client:
    """Upload and download files directly to and from a service's storage. Safe for any number of threads.

    url: of the service, by default LONGSHORE_URL. token: an API key or a token, or a function that returns one (called
    with True after the last one was refused); by default LONGSHORE_TOKEN or the content of LONGSHORE_TOKEN_FILE, unless
    LONGSHORE_URL is another service. Neither is sent to another machine by http://, unless LONGSHORE_ALLOW_HTTP is
    `yes`.
    connections: minimum and maximum number of parallel parts over all files, twice the same for a fixed number.
    limit: bytes per second over all files, None for no limit. window: URLs that are signed in advance, 1 to 1000.
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
        """Raises ValueError for invalid arguments, or if no service is configured."""
        named = os.environ.get("LONGSHORE_URL", "")
        url = url or named
        if not url:
            raise ValueError("no service is named: give its URL, or set LONGSHORE_URL")
        policy, slots = retry or RetryPolicy(), ConcurrencyLimits(*connections)
        self._pools = ConnectionPools(slots.most, quick=policy.first_contact is not None)
        self._throttle = Throttle(limit)
        if token is None and url.rstrip("/") == (named or url).rstrip("/"):
            token = token_from(os.environ)
        in_clear = os.environ.get("LONGSHORE_ALLOW_HTTP") == "yes"
        self.api = Api(Http(url, token, self._pools, policy, in_clear))
        storage = Storage(self._pools, self._throttle)
        self._common = Common(self.api, storage, slots, policy, min(max(1, window), MAX_SIGNED_PER_CALL))

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all open connections."""
        self._pools.close()

    @property
    def url(self) -> str:
        """URL of the service."""
        return self.api.http.url

    @property
    def admin(self) -> Admin:
        """The endpoints for operators."""
        return Admin(self.api.http)

    @property
    def limit(self) -> float | None:
        """Bytes per second over all files; can be changed at any time."""
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
        policy: str | None = None,
        replaces: str | None = None,
        replaced_credential: Credential | None = None,
        path_name: str | None = None,
        resume: str | None = None,
        wait: bool = True,
        abort_on_stop: bool = False,
        observer: Observer | None = None,
        stop: Stop | None = None,
    ) -> File:
        """Upload a file or a binary stream, and wait for its verdict by default.

        filename: required for a stream; bytes that are not UTF-8 become U+FFFD. credential: makes the file private.
        checksum: of each part, `auto` for the best that storage verifies, an algorithm's name, or None.
        chunk_size: requested bytes for each part. policy: the upload policy, None for the default one.
        replaces: the id of a file that the service deletes once this one may be downloaded; replaced_credential: of
        that file, if it is private and has another one than `credential` (docs/replace.md).
        path_name: the folder such as `photos/2026`, which is created if it does not exist; None for no folder.
        resume: the upload_id of an open upload of this file to resume: the parts in storage are compared with the
        file first, and only missing or different parts are sent.
        abort_on_stop: abort the upload if it is stopped (`stop`, or Ctrl-C); by default it stays open, as after every
        failure, and can be resumed.

        Raises ApiError and its classes, UnreachableError, TransferError (after all attempts), FileUnreadableError,
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
            policy=policy,
            replaces=replaces,
            replaced_credential=replaced_credential,
            path_name=None if path_name is None else in_utf8(path_name),
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
        """Download a file in parallel ranges to a path, which is complete afterwards or unchanged.

        The bytes are in `TO.part` meanwhile, from which a download resumes; the target of a symbolic link is replaced.
        Devices, pipes and binary streams are written in order, and written bytes cannot be taken back if they are
        wrong. The size is always verified, and the checksum if the service has one. wait: for the verdict.
        check: False for a file that was cut into odd parts, whose checksum cannot be computed.

        Raises NotClean if the verdict does not permit a download, VerificationError, TransferError, ApiError,
        UnreachableError, StoppedError, OSError of the disk or the stream; ValueError for a stream of text.
        """
        target = Path(to) if isinstance(to, str | Path) else to
        return Download(self._common, file_id, target, credential, observer or Observer()).run(
            wait, check, stop or Stop()
        )

    def watch(self, file_id: str, credential: Credential | None = None, stop: Stop | None = None) -> Iterator[Status]:
        """Yield the file's status until it is final."""
        return statuses(self.api, file_id, credential, stop or Stop())

    def status(self, file_id: str, credential: Credential | None = None) -> Status:
        """Return the progress of a file from init to the verdict."""
        return self.api.status(file_id, credential)

    def get(self, file_id: str, credential: Credential | None = None) -> File:
        """Return the file with a new link, if its verdict permits one."""
        return self.api.get(file_id, credential)

    def receipt(self, file_id: str, credential: Credential | None = None) -> str:
        """Return the file's signed receipt, a compact JWS (docs/receipts.md)."""
        return self.api.receipt(file_id, credential)

    def change(
        self,
        file_id: str,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        credential: Credential | None = None,
        reason: str | None = None,
    ) -> File:
        """Change some of a file's filename, path_name, detail, user_id, appointment_id, expires_at, legal_hold.

        None removes a detail, user, appointment or expiry (RFC 3339), and moves the file out of its folder. version:
        the change is made only if the file still has it; else VersionChangedError is raised. reason: for the audit log;
        required with legal_hold.
        """
        return self.api.change(file_id, changes, version, credential, reason)

    def delete(self, file_id: str, credential: Credential | None = None, *, delete_object: bool = False) -> None:
        """Delete a file and its object; that of an adopted file only with `delete_object` (scope `admin`)."""
        self.api.delete(file_id, credential, delete_object=delete_object)

    def abort(self, upload_id: str) -> None:
        """Abort an open upload and delete its parts."""
        self.api.abort(upload_id)

    def retry(self, file_id: str, credential: Credential | None = None) -> Resumption | File:
        """Queue a failed scan again (a File), or return the progress of the open upload (a Resumption)."""
        return self.api.retry(file_id, credential)

    def files(
        self,
        *,
        user_id: str | None = None,
        appointment_id: str | None = None,
        search: str | None = None,
        verdict: str | None = None,
        policy: str | None = None,
        content_type: str | None = None,
        created_from: str | None = None,
        created_until: str | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        owner: str | None = None,
        detail: Mapping[str, str | float | bool] | None = None,
        path_name: str | None = None,
        recursive: bool = False,
        filename: str | None = None,
        sort: str | None = None,
    ) -> Iterator[File]:
        """Yield all files that the caller can access, by default newest first, fetched page by page.

        content_type: `image/*` for all images. Times: RFC 3339 with an offset; created_from is part of the range,
        created_until is not. Sizes: bytes, both part of the range. owner: requires the scope `admin`. detail: values of
        keys that a policy indexes, all of which a file has; private files are never found, and sort must be by
        `created_at`. path_name: only files in this folder of the owner, else of the caller; recursive: also below;
        empty: only files in no folder. filename: exactly this name.
        """
        asked = {
            "search": search,
            "virus_scan_status": verdict,
            "policy": policy,
            "content_type": content_type,
            "created_from": created_from,
            "created_until": created_until,
            "min_size": min_size,
            "max_size": max_size,
            "owner": owner,
            "detail": detail_filters(detail or {}) or None,
            "path_name": path_name,
            "recursive": "true" if recursive else None,
            "filename": filename,
            "sort": sort,
        }
        return pages(partial(self.api.files, appointment_id, user_id=user_id, **asked))

    def folders(self, path_name: str = "", *, owner: str | None = None) -> Iterator[Folder]:
        """Yield the folders directly in a folder, by name; by default the topmost ones.

        owner: whose folders, None for the caller's own; another one requires the scope `admin`.
        """
        return pages(partial(self.api.folders, path_name=path_name or None, owner=owner))

    def rename_folder(self, path_name: str, to: str, *, owner: str | None = None) -> None:
        """Rename or move a folder: all files below have the new path at once, and no bytes move.

        owner: as of `folders`. Raises FolderNotFoundError, FolderExistsError, InvalidBodyError for a path inside it.
        """
        self.api.rename_folder(path_name, to, owner)

    def users(self, search: str | None = None) -> Iterator[User]:
        """Yield all users, newest first, or those whose names contain all words of `search`."""
        return pages(partial(self.api.users, search=search))

    def create_user(self, name: str) -> User:
        return self.api.create_user(name)

    def delete_user(self, user_id: str) -> None:
        """Delete a user with its appointments and all their files."""
        self.api.delete_user(user_id)

    def appointments(self, user_id: str | None = None, search: str | None = None) -> Iterator[Appointment]:
        """Yield all appointments, newest first, optionally of one user, or by words of their titles."""
        return pages(partial(self.api.appointments, user_id=user_id, search=search))

    def create_appointment(self, user_id: str, title: str) -> Appointment:
        return self.api.create_appointment(user_id, title)

    def delete_appointment(self, appointment_id: str) -> None:
        """Delete an appointment and its files."""
        self.api.delete_appointment(appointment_id)

    def create_grant(
        self,
        *,
        subject: str | None = None,
        policy: str | None = None,
        count: int = 1,
        max_size: int | None = None,
        content_types: Sequence[str] | None = None,
        detail: Mapping[str, Any] | None = None,
        user_id: str | None = None,
        appointment_id: str | None = None,
        credential: Credential | None = None,
        expires_in: int = 3600,
    ) -> Grant:
        """Create a grant, whose token allows a browser `count` uploads (docs/grants.md). Needs the scope `grant`.

        subject: who owns the files, None for the caller. max_size: bytes of each file; content_types: `image/*` for all
        images; both narrower than the policy. detail to credential: of each file; the browser cannot change them.
        expires_in: seconds. `longshore.grants.sign_grant` does the same without a call.
        """
        wish = {
            "subject": subject,
            "policy": policy,
            "count": count,
            "max_size": max_size,
            "content_types": None if content_types is None else list(content_types),
            "detail": None if detail is None else dict(detail),
            "user_id": user_id,
            "appointment_id": appointment_id,
            "credential": None if credential is None else dict(credential),
            "expires_in": expires_in,
        }
        return self.api.create_grant({name: value for name, value in wish.items() if value is not None})

    def grant(self, grant_id: str) -> GrantStatus:
        """Return what a grant allows, how much of it is used, and its state."""
        return self.api.grant(grant_id)

    def revoke_grant(self, grant_id: str) -> GrantStatus:
        """Revoke a grant: its uploads can be aborted, but not continued or completed."""
        return self.api.revoke_grant(grant_id)

    def create_link(
        self,
        file_id: str,
        *,
        expires_in: int = 7 * 24 * 3600,
        max_downloads: int | None = None,
        password: str | None = None,
        disposition: str = INLINE,
        credential: Credential | None = None,
    ) -> Link:
        """Create a link to a file for people without a login (docs/links.md); its URL is shown only once.

        expires_in: seconds. max_downloads: None for any number. disposition: `inline`, or `attachment`, with which
        browsers save the file. credential: of a private file; the link needs none then.
        `longshore.links.sign_link` does the same without a call.
        """
        wish = {
            "expires_in": expires_in,
            "max_downloads": max_downloads,
            "password": password,
            "disposition": disposition,
        }
        said = {name: value for name, value in wish.items() if value is not None}
        return self.api.create_link(file_id, said, credential)

    def links(self, file_id: str) -> Iterator[LinkStatus]:
        """Yield the links of a file with their downloads, newest first."""
        return pages(partial(self.api.links, file_id))

    def revoke_link(self, file_id: str, link_id: str) -> LinkStatus:
        """Revoke a link: it leads nowhere from now on."""
        return self.api.revoke_link(file_id, link_id)

    def me(self) -> Account:
        """Return the account: subject, scopes and used quota."""
        return self.api.me()

    @contextmanager
    def _work(
        self, source: str | Path | Readable, details: Details, observer: Observer
    ) -> Iterator[FileUpload | StreamUpload]:
        """Return the upload of a file in parts, or of a stream; a file of unknown size is a stream."""
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
        """Return the file with its verdict; without a link if the key or grant does not allow to read."""
        for status in self.watch(file.id, credential, stop):
            observer.stage(status.stage)
        try:
            return self.api.get(file.id, credential, stop)
        except (ScopeMissingError, GrantRefusedError):
            verdict = status.virus_scan_status or file.virus_scan_status
            return replace(file, virus_scan_status=verdict, is_quarantined=status.stage == "quarantined")


def _name_of(source: str | Path | Readable) -> str:
    if not isinstance(source, str | Path):
        raise ValueError("a stream has no name: give it a filename")
    return Path(source).name
