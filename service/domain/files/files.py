"""Show, link and list files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from urllib.parse import quote

from service.db.models import File
from service.db.session import Session
from service.db.statements.files.folders import path_of, paths_of
from service.db.statements.lists.pages import page_of_files
from service.db.statements.uploads import upload_of_file
from service.deps import Deps
from service.domain.files.credentials import renew, require_credential
from service.domain.files.disposition import content_disposition, served_content_type
from service.domain.files.replaced import Seen, compare, linked_place
from service.domain.records import audit
from service.domain.records.indexed_details import indexed_keys
from service.domain.records.objects.moves import has_plain_link
from service.domain.records.objects.storage_safety import needs_look
from service.domain.records.views import bare_view, stage_of
from service.errors import (
    FileGoneError,
    FileNotReadyError,
    InvalidBodyError,
    ScopeMissingError,
    StorageUnavailableError,
    StoredFileNotFoundError,
)
from service.observability.logs import get_logger
from service.values import ContentLink, DownloadWish, FileQuery, FileView, Page
from service.values.access.caller import Caller, Scope
from service.values.formats.ids import is_id
from service.values.states import RESERVING, UNJUDGED, Stage

log = get_logger(__name__)

Paths = Mapping[str | None, str | None]
"""The paths of folders by id; of no folder, there is none."""
PLAIN = DownloadWish()
"""Any link to the file."""


def get_file(deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None) -> FileView:
    """Return a file with a new download link.

    Raises StoredFileNotFoundError, WrongCredentialError, and the errors of view_file.
    """
    with deps.db.read() as session:
        file = find_file(session, caller, file_id)
    return _opened(deps, caller, file, credential, PLAIN)


def get_content_link(
    deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None, *, attachment: bool
) -> ContentLink:
    """Return a new link to a file's bytes. Raises FileNotReadyError, FileGoneError, and the errors of get_file."""
    with deps.db.read() as session:
        file = find_served_file(session, caller, file_id)
    return content_link(deps, _opened(deps, caller, file, credential, DownloadWish(attachment)))


def content_link(deps: Deps, view: FileView) -> ContentLink:
    """Return the link of a file. Raises FileNotReadyError, FileGoneError."""
    refuse_gone(deps, view.expires_at, is_quarantined=view.is_quarantined)
    if view.download_url is None:  # without a link, and judged: it expires in less than a second
        raise FileNotReadyError if view.virus_scan_status in UNJUDGED else FileGoneError
    return ContentLink(view.download_url, view.download_expires_at)


def refuse_gone(deps: Deps, expires_at: datetime | None, *, is_quarantined: bool) -> None:
    """Raises FileGoneError for a file that is in quarantine or has expired."""
    if is_quarantined or (expires_at is not None and expires_at <= deps.clock()):
        raise FileGoneError


def _opened(
    deps: Deps, caller: Caller, file: File, credential: Mapping[str, str] | None, wanted: DownloadWish
) -> FileView:
    """Return the file for a caller with its credential, and count the link."""
    require_credential(deps, caller, file, credential)
    renew(deps, file, credential)
    view = view_file(deps, file, wanted)
    if view.download_url is not None:
        deps.downloads.note(deps.db, file.id, deps.clock())
    return view


def list_files(deps: Deps, caller: Caller, query: FileQuery) -> Page[FileView]:
    """Return a page of files, of private ones only data that needs no credential. Raises the errors of `find_files`."""
    rows, paths, following = find_files(deps, caller, query)
    return Page([listed_view(deps, row, paths[row.folder_id]) for row in rows], following)


def find_files(deps: Deps, caller: Caller, query: FileQuery) -> tuple[Sequence[File], Paths, str | None]:
    """Return the rows of a page of files, the paths of their folders by id, and the next cursor.

    A plain list costs its page, in any order. A search, or a query for properties, examines at most `WINDOW` files
    (service.db.statements.lists.paging): the page has the matches among those, possibly none, and if more files are
    left, its cursor continues after them. Raises InvalidBodyError for a cursor of another list, and for keys of
    `detail` that no policy indexes or in another order; ScopeMissingError for the files of an owner without the scope
    `admin`.
    """
    _refuse_detail(deps, query)
    if query.owner is not None and not caller.sees_all:
        raise ScopeMissingError(Scope.ADMIN)
    with deps.db.read() as session:
        rows, following = page_of_files(session, caller, query)
        return rows, paths_of(session, {row.folder_id for row in rows}), following


def _refuse_detail(deps: Deps, query: FileQuery) -> None:
    """Raises InvalidBodyError unless indexes have the keys and the order."""
    if not query.detail:
        return
    keys = {key for of_policy in indexed_keys(deps.settings).values() for key in of_policy}
    errors = [f"[detail] no policy indexes {key!r}; {_those(keys)}" for key, _ in query.detail if key not in keys]
    if query.sort.lstrip("-") != "created_at":
        errors.append("[sort] must be created_at or -created_at, as only these orders have an index with detail")
    if errors:
        raise InvalidBodyError(errors=errors)


def _those(keys: Collection[str]) -> str:
    return f"the indexed keys are {', '.join(sorted(keys))}" if keys else "there are no indexed keys"


def find_file(session: Session, caller: Caller, file_id: str, *, lock: bool = False) -> File:
    """Return the file's row, locked until the transaction ends if wanted.

    Raises StoredFileNotFoundError, also for a file of another owner.
    """
    file = session.get(File, file_id, with_for_update=lock or None) if is_id(file_id) else None
    if file is None or not caller.sees(file.owner):
        raise StoredFileNotFoundError
    return file


def find_served_file(session: Session, caller: Caller, file_id: str) -> File:
    """Return the file's row; for one without a row the reason, as far as this caller may know it.

    Raises FileNotReadyError (it is being uploaded), FileGoneError (it was deleted), StoredFileNotFoundError.
    """
    try:
        return find_file(session, caller, file_id)
    except StoredFileNotFoundError:
        if not is_id(file_id):
            raise
        upload = upload_of_file(session, file_id)
        if upload is not None and upload.state in RESERVING and caller.sees(upload.owner):
            raise FileNotReadyError from None
        if audit.is_gone(session, caller, file_id):
            raise FileGoneError from None
        raise


NOT_SHOWN = "Storage does not return this file's object at the moment. Try again; if it fails again, tell the operator."


def view_file(deps: Deps, file: File, wanted: DownloadWish = PLAIN) -> FileView:
    """Return the file for a permitted caller; a link leads to the object that was scanned.

    A file whose object was replaced is withdrawn. Raises StorageUnavailableError if storage returns no object, and the
    errors of storage and database.
    """
    if stage_of(file) is Stage.READY and _needs_look(deps, file):
        seen = compare(deps, file)
        if seen is Seen.UNCLEAR:
            raise StorageUnavailableError(NOT_SHOWN)
        if seen is Seen.REPLACED:
            with deps.db.read() as session:
                fresh = _fresh(session, file)
                return bare_view(fresh, path_of(session, fresh))
    return _with_link(deps, file, _path_of(deps, file), wanted)


def view_changed_file(deps: Deps, file: File) -> FileView:
    """Return a file that was just changed: without a link where storage must be asked, as that could fail."""
    path_name = _path_of(deps, file)
    return bare_view(file, path_name) if _needs_look(deps, file) else _with_link(deps, file, path_name)


def _path_of(deps: Deps, file: File) -> str | None:
    if file.folder_id is None:
        return None
    with deps.db.read() as session:
        return path_of(session, file)


def _needs_look(deps: Deps, file: File) -> bool:
    """Whether storage must be asked before a link is issued: a version of an object cannot be replaced.

    An adopted object can always be replaced or deleted by other programs.
    """
    return file.adopted_key is not None or (needs_look(deps) and linked_place(deps, file).version_id is None)


def _fresh(session: Session, file: File) -> File:
    """Return the current row. Raises StoredFileNotFoundError."""
    fresh = session.get(File, file.id)
    if fresh is None:
        raise StoredFileNotFoundError
    return fresh


def _with_link(deps: Deps, file: File, path_name: str | None, wanted: DownloadWish = PLAIN) -> FileView:
    url, expires_at = _download(deps, file, wanted)
    return replace(bare_view(file, path_name), download_url=url, download_expires_at=expires_at)


def shown_to(caller: Caller, view: FileView) -> FileView:
    """Return the file for an upload's answer, without a link for a caller that cannot read."""
    return view if caller.may(Scope.READ) else replace(view, download_url=None, download_expires_at=None)


def listed_view(deps: Deps, file: File, path_name: str | None) -> FileView:
    """Return the file for a list: without a link that requires a request to storage, and without guarded data."""
    without_link = _needs_look(deps, file) or file.credential_hash
    view = bare_view(file, path_name) if without_link else _with_link(deps, file, path_name)
    return replace(view, detail=None) if view.is_private else view


def _download(deps: Deps, file: File, wanted: DownloadWish) -> tuple[str | None, datetime | None]:
    """Return the link and its expiry: none before the verdict and after the file's expiry; plain for a file with a
    public URL. A signed link ends with the file at the latest.

    A plain link uses the headers stored with the object; only a signed one can request an attachment or another name.
    """
    left = _seconds_left(deps, file.expires_at, wanted.until)
    if stage_of(file) is not Stage.READY or left < 1:
        return None, None
    was_renamed = file.stored_name not in {None, file.filename}
    if has_plain_link(deps, file) and wanted == PLAIN and not was_renamed:
        return f"{deps.settings.s3_public_base_url}/{quote(file.object_key)}", None
    signed = deps.presigner.sign_download(
        linked_place(deps, file),
        content_disposition(file.filename, file.content_type, file.file_extension, attachment=wanted.attachment),
        served_content_type(file.content_type),
        int(min(deps.settings.download_url_ttl, left)),
        "HEAD" if wanted.head else "GET",
    )
    return signed.url, signed.expires_at


def _seconds_left(deps: Deps, *ends: datetime | None) -> float:
    """Return the seconds until the first of these ends."""
    now = deps.clock()
    return min(((end - now).total_seconds() for end in ends if end is not None), default=inf)
