"""Operators' view of files: the list of all files, and one file with all that is known about it."""

from __future__ import annotations

from service.db.models import File
from service.db.statements.files.folders import path_of
from service.db.statements.files.links import page_of_links
from service.db.statements.operators.audits import page_of_audits
from service.db.statements.uploads import upload_with_parts
from service.deps import Deps
from service.domain.files.files import find_files, find_served_file, listed_view
from service.domain.files.links import link_view
from service.domain.operators.jobs import jobs_of
from service.domain.operators.uploads import admin_upload
from service.domain.records.audit_entries import entry_of
from service.domain.records.objects.moves import place_of_file
from service.domain.records.objects.packed_parts import unpack_parts
from service.values import FileQuery, Page
from service.values.access.caller import Caller
from service.values.operators.audit import AuditFilter
from service.values.operators.views import AdminFile, FileDetails, ObjectView

SHOWN = 100
"""The newest links, and entries of the audit log, that are shown of one file."""


def list_admin_files(deps: Deps, caller: Caller, query: FileQuery) -> Page[AdminFile]:
    """Return a page of all files. Raises the errors of `find_files`."""
    rows, paths, following = find_files(deps, caller, query)
    return Page([_admin_file(deps, row, paths[row.folder_id]) for row in rows], following)


def get_file_details(deps: Deps, caller: Caller, file_id: str) -> FileDetails:
    """Return a file with its upload, job, object, parts, links and entries of the audit log; asks no storage.

    Raises StoredFileNotFoundError, FileNotReadyError (it is being uploaded), FileGoneError (it was deleted).
    """
    with deps.db.read() as session:
        file = find_served_file(session, caller, file_id)
        upload = upload_with_parts(session, file.upload_id)
        links, _ = page_of_links(session, file.id, SHOWN, None)
        path_name = path_of(session, file)
        audits, _ = page_of_audits(session, AuditFilter(target_id=file.id), SHOWN, None)
    jobs, unreachable = jobs_of(deps, [file])
    packed, place = None if upload is None else upload.parts, place_of_file(file)
    return FileDetails(
        file=_admin_file(deps, file, path_name),
        upload=None if upload is None else admin_upload(upload),
        job=jobs.get(file.id),
        scan_due_at=file.scan_due_at,
        object=ObjectView(place.bucket, place.object_key, file.etag, file.version_id),
        parts=None if packed is None else unpack_parts(packed),
        links=[link_view(deps, row) for row in links],
        audit=[entry_of(row) for row in audits],
        unreachable=unreachable,
    )


def _admin_file(deps: Deps, file: File, path_name: str | None) -> AdminFile:
    """Return a file as in every list: a private one without data that its credential guards."""
    view = vars(listed_view(deps, file, path_name))
    return AdminFile(**view, scan_attempts=file.scan_attempts, scanned_with=file.scanned_with, downloads=file.downloads)
