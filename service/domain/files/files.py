"""Files: how one is shown, its download link, deleting it, listing them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from service.crashpoints import reach
from service.db.models import File
from service.db.pages import page, search
from service.db.queries import delete_files, seen_by
from service.db.sort_names import name_key
from service.deps import Deps
from service.domain.files.credentials import renew, require_credential
from service.domain.files.disposition import content_disposition, served_content_type
from service.domain.files.replaced import Seen, compare, linked_place
from service.domain.records import audit
from service.domain.records.ids import is_id
from service.domain.records.object_moves import copies_of, has_plain_link
from service.domain.records.pending_deletions import settle_at_once
from service.domain.records.storage_safety import needs_look
from service.domain.records.views import bare_view, stage_of
from service.domain.webhooks.events import file_event, send_soon
from service.errors import FileGoneError, FileNotReadyError, NoSuchFileError, StorageUnavailableError
from service.values import ContentLink, FileQuery, FileView, Page
from service.values.caller import Caller, Scope
from service.values.states import Stage

log = logging.getLogger(__name__)


def get_file(
    deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None, *, attachment: bool = False
) -> FileView:
    """A file with a fresh download link. Raises NoSuchFileError, WrongCredentialError, and what view_file raises.

    attachment: browsers save what the link brings, whatever its type.
    """
    with deps.db.read() as session:
        file = find_file(session, caller, file_id)
    require_credential(deps, caller, file, credential)
    renew(deps, file, credential)
    view = view_file(deps, file, attachment=attachment)
    if view.download_url is not None:
        deps.downloads.note(deps.db, file.id, deps.clock())
    return view


def get_content_link(
    deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None, *, attachment: bool
) -> ContentLink:
    """A fresh link to a file's bytes. Raises FileNotReadyError, FileGoneError, and what get_file raises."""
    view = get_file(deps, caller, file_id, credential, attachment=attachment)
    if view.download_url is None:
        raise FileGoneError if view.is_quarantined else FileNotReadyError
    return ContentLink(view.download_url, view.download_expires_at)


def delete_file(deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None) -> None:
    """Delete a file and, at once or as soon as storage is back, its object. Raises as get_file does."""

    def forget(session: Session) -> File:
        file = find_file(session, caller, file_id)
        require_credential(deps, caller, file, credential)
        reach("delete.begun")
        forget_files(session, deps, caller, File.id == file_id)
        return file

    file = deps.db.transact(forget)
    reach("delete.forgotten")
    log.info("file_deleted file_id=%s", file_id)
    send_soon(deps)
    settle_at_once(deps, file.object_key)


def list_files(deps: Deps, caller: Caller, query: FileQuery) -> Page[FileView]:
    """A page of files; of a private one only what needs no credential.

    A plain list costs its page, in any order. A search, or files of one verdict, costs a look at no more than
    `service.db.pages.WINDOW` files: the page holds what was found among those, none perhaps, and where files are left
    to look at, its cursor goes on behind them. Raises InvalidBodyError for a cursor that is none of this list's.
    """
    scope = {File.user_id: query.user_id, File.appointment_id: query.appointment_id}
    where = seen_by(File, caller) + [column == wanted for column, wanted in scope.items() if wanted is not None]
    words = name_key(query.search or "").split()
    with deps.db.read() as session:
        if words or query.virus_scan_status:
            rows, following = search(session, query, words, *where)
        else:
            rows, following = page(session, File, query.limit, query.cursor, *where, sort=query.sort)
    return Page([_listed(deps, row) for row in rows], following)


def find_file(session: Session, caller: Caller, file_id: str) -> File:
    """The file's row. Raises NoSuchFileError, for another's too."""
    file = session.get(File, file_id) if is_id(file_id) else None
    if file is None or not caller.sees(file.owner):
        raise NoSuchFileError
    return file


def forget_files(session: Session, deps: Deps, caller: Caller, where: ColumnElement[bool]) -> int:
    """Delete these files' rows and owe storage the removal of their objects; returns how many they were."""
    now = deps.clock()
    file_event(session, deps, "file.deleted", where)
    gone = delete_files(session, where, lambda key: copies_of(deps, key), now, now + COPY_TIME)
    audit.record_all(session, now, audit.actor_of(caller), "deleted", gone)
    return len(gone)


COPY_TIME = timedelta(hours=1)
"""How long a copy that has begun may take to end: then its target is removed once more."""


NOT_SHOWN = "Storage does not return this file's object at the moment. Try again; if it fails again, tell the operator."


def view_file(deps: Deps, file: File, *, attachment: bool = False) -> FileView:
    """The file as whoever may see it is shown it; a link leads to the very object that was judged.

    A file whose object was replaced is withdrawn. Raises StorageUnavailableError where storage shows no object, and
    the errors of storage and database.
    """
    if stage_of(file) is Stage.READY and _needs_look(deps, file):
        seen = compare(deps, file)
        if seen is Seen.UNCLEAR:
            raise StorageUnavailableError(NOT_SHOWN)
        if seen is Seen.REPLACED:
            with deps.db.read() as session:
                return bare_view(_fresh(session, file))
    return _with_link(deps, file, attachment)


def _needs_look(deps: Deps, file: File) -> bool:
    """Whether storage has to be asked before a link is given: a version of an object cannot be replaced."""
    return needs_look(deps) and linked_place(deps, file).version_id is None


def _fresh(session: Session, file: File) -> File:
    """The row as it is now. Raises NoSuchFileError."""
    fresh = session.get(File, file.id)
    if fresh is None:
        raise NoSuchFileError
    return fresh


def _with_link(deps: Deps, file: File, attachment: bool = False) -> FileView:
    url, expires_at = _download(deps, file, attachment)
    return replace(bare_view(file), download_url=url, download_expires_at=expires_at)


def shown_to(caller: Caller, view: FileView) -> FileView:
    """What an upload's answer shows of its file: to who may not read, no link."""
    return view if caller.may(Scope.READ) else replace(view, download_url=None, download_expires_at=None)


def _listed(deps: Deps, file: File) -> FileView:
    """The file as a list shows it: without a link that needs a look, and a private one without what is guarded."""
    view = bare_view(file) if _needs_look(deps, file) or file.credential_hash else _with_link(deps, file)
    return replace(view, detail=None) if view.is_private else view


def _download(deps: Deps, file: File, attachment: bool) -> tuple[str | None, datetime | None]:
    """The link and its end: none before the verdict, plain and endless for a public file with a public address.

    A plain link brings what storage has been told of the object; only a signed one can ask for an attachment.
    """
    if stage_of(file) is not Stage.READY:
        return None, None
    if has_plain_link(deps, file.bucket) and not attachment:
        return f"{deps.settings.s3_public_base_url}/{quote(file.object_key)}", None
    signed = deps.presigner.sign_download(
        linked_place(deps, file),
        content_disposition(file.filename, file.content_type, file.file_extension, attachment=attachment),
        served_content_type(file.content_type),
        deps.settings.download_url_ttl,
    )
    return signed.url, signed.expires_at
