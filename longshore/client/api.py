"""The service's endpoints, one method for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from longshore.client.network.http import Http
from longshore.client.stopping import Stop
from longshore.client.values import (
    Account,
    Appointment,
    File,
    Folder,
    GrantStatus,
    LinkStatus,
    Opened,
    Page,
    Resumption,
    SignedChunk,
    Status,
    User,
    load,
    load_page,
)
from longshore.grants import Grant
from longshore.links import Link

FILES = "/api/v1/file"
USERS = "/api/v1/users"
APPOINTMENTS = "/api/v1/appointments"
GRANTS = "/api/v1/grants"
MAX_SIGNED_PER_CALL = 1000
PAGE = 200
"""Items in a page: the maximum of the service."""
T = TypeVar("T")
Credential = Mapping[str, str]


class Api:
    """The API of one service. All methods raise ApiError, UnreachableError, UnexpectedAnswerError, StoppedError."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def init(self, body: Mapping[str, Any], stop: Stop, credential: Credential | None = None) -> Opened:
        """Start an upload; only one even if answers are lost. credential: of the file to replace."""
        path, key = f"{FILES}/upload/init/", str(uuid4())
        sent = self.http.call("POST", path, body=body, credential=credential, idempotency_key=key, stop=stop)
        return load(Opened, sent)

    def sign(self, upload_id: str, chunks: Sequence[Mapping[str, Any]], stop: Stop) -> list[SignedChunk]:
        body = {"upload_id": upload_id, "chunks": list(chunks)}
        data = self.http.call("POST", f"{FILES}/upload/chunk/", body=body, stop=stop)
        return [load(SignedChunk, chunk) for chunk in data["chunks"]]

    def complete(self, body: Mapping[str, Any], stop: Stop, credential: Credential | None = None) -> File:
        """Complete an upload. credential: of the file to replace."""
        path = f"{FILES}/upload/complete/"
        return load(File, self.http.call("POST", path, body=body, credential=credential, stop=stop))

    def resume(self, upload_id: str, credential: Credential | None, stop: Stop) -> Resumption | File:
        """Return the progress of an open upload; a File if this call finished an interrupted completion."""
        return self._retry({"upload_id": upload_id}, credential, stop)

    def retry(self, file_id: str, credential: Credential | None) -> Resumption | File:
        """Queue a failed scan again, or return the progress of the file's upload."""
        return self._retry({"file_id": file_id}, credential, None)

    def abort(self, upload_id: str) -> None:
        self.http.call("DELETE", f"{FILES}/upload/{upload_id}")

    def get(self, file_id: str, credential: Credential | None = None, stop: Stop | None = None) -> File:
        """Return the file with a new link, if its verdict permits one."""
        return load(File, self.http.call("GET", f"{FILES}/get/{file_id}", credential=credential, stop=stop))

    def status(self, file_id: str, credential: Credential | None = None, stop: Stop | None = None) -> Status:
        return load(Status, self.http.call("GET", f"{FILES}/status/{file_id}", credential=credential, stop=stop))

    def receipt(self, file_id: str, credential: Credential | None = None) -> str:
        """Return the file's receipt, a compact JWS."""
        answer = self.http.call("GET", f"{FILES}/receipt/{file_id}", credential=credential)
        return str(answer["receipt"])

    def change(
        self,
        file_id: str,
        changes: Mapping[str, Any],
        version: int | None,
        credential: Credential | None,
        reason: str | None = None,
    ) -> File:
        """Change a file. With a version it is tried once: repeated after a lost answer it would seem to have failed."""
        path, again = f"{FILES}/{file_id}", version is None
        body = {**changes, **({} if reason is None else {"reason": reason})}
        return load(
            File,
            self.http.call("PATCH", path, body=body, version=version, credential=credential, again=again),
        )

    def delete(self, file_id: str, credential: Credential | None = None, *, delete_object: bool = False) -> None:
        query = {"delete_object": "true"} if delete_object else None
        self.http.call("DELETE", f"{FILES}/{file_id}", query=query, credential=credential)

    def files(self, appointment_id: str | None = None, **query: Any) -> Page[File]:
        """Return a page of files. query: the parameters of the endpoint."""
        path = f"{FILES}/appointment/{appointment_id}" if appointment_id else f"{FILES}/all"
        return load_page(File, self.http.call("GET", path, query=query))

    def folders(self, **query: Any) -> Page[Folder]:
        """Return a page of folders. query: the parameters of the endpoint."""
        return load_page(Folder, self.http.call("GET", f"{FILES}/folders", query=query))

    def rename_folder(self, path_name: str, to: str, owner: str | None) -> None:
        """Rename a folder. It is tried once: repeated after a lost answer it would seem to have failed."""
        body = {"from": path_name, "to": to, **({} if owner is None else {"owner": owner})}
        self.http.call("POST", f"{FILES}/folders/rename", body=body, again=False)

    def users(self, **query: Any) -> Page[User]:
        return load_page(User, self.http.call("GET", f"{USERS}/", query=query))

    def create_user(self, name: str) -> User:
        return load(User, self.http.call("POST", f"{USERS}/", body={"name": name}, again=False))

    def delete_user(self, user_id: str) -> None:
        self.http.call("DELETE", f"{USERS}/{user_id}")

    def appointments(self, **query: Any) -> Page[Appointment]:
        return load_page(Appointment, self.http.call("GET", f"{APPOINTMENTS}/", query=query))

    def create_appointment(self, user_id: str, title: str) -> Appointment:
        body = {"user_id": user_id, "title": title}
        return load(Appointment, self.http.call("POST", f"{APPOINTMENTS}/", body=body, again=False))

    def delete_appointment(self, appointment_id: str) -> None:
        self.http.call("DELETE", f"{APPOINTMENTS}/{appointment_id}")

    def create_grant(self, body: Mapping[str, Any]) -> Grant:
        return load(Grant, self.http.call("POST", f"{GRANTS}/", body=body, again=False))

    def grant(self, grant_id: str) -> GrantStatus:
        return load(GrantStatus, self.http.call("GET", f"{GRANTS}/{grant_id}"))

    def revoke_grant(self, grant_id: str) -> GrantStatus:
        return load(GrantStatus, self.http.call("DELETE", f"{GRANTS}/{grant_id}"))

    def create_link(self, file_id: str, body: Mapping[str, Any], credential: Credential | None = None) -> Link:
        path = f"{FILES}/{file_id}/links"
        return load(Link, self.http.call("POST", path, body=body, credential=credential, again=False))

    def links(self, file_id: str, **query: Any) -> Page[LinkStatus]:
        return load_page(LinkStatus, self.http.call("GET", f"{FILES}/{file_id}/links", query=query))

    def revoke_link(self, file_id: str, link_id: str) -> LinkStatus:
        return load(LinkStatus, self.http.call("DELETE", f"{FILES}/{file_id}/links/{link_id}"))

    def me(self) -> Account:
        return load(Account, self.http.call("GET", f"{USERS}/me"))

    def _retry(self, ids: Mapping[str, str], credential: Credential | None, stop: Stop | None) -> Resumption | File:
        body = ids if credential is None else {**ids, "credential": dict(credential)}
        data = self.http.call("POST", f"{FILES}/upload/retry", body=body, stop=stop)
        return load(Resumption, data) if "missing" in data else load(File, data)


def pages(ask: Callable[..., Page[T]]) -> Iterator[T]:
    """Yield all items of a list, fetched page by page."""
    cursor = None
    while True:
        page = ask(cursor=cursor, limit=PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
