"""The files' endpoints: get, status, delete, lists, and the scanner's health."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from service.domain.changes.change_file import change_file
from service.domain.changes.rename_folder import rename_folder
from service.domain.files.deletion import delete_file
from service.domain.files.files import get_content_link, get_file, list_files, shown_to
from service.domain.files.folders import list_folders
from service.domain.upkeep.health import scanner_health
from service.domain.uploads.status import get_status
from service.errors import (
    AppointmentNotFoundError,
    FileGoneError,
    FileNotReadyError,
    FileOnHoldError,
    FolderExistsError,
    FolderNotFoundError,
    InvalidBodyError,
    PolicyRefusedError,
    ScannerUnavailableError,
    StorageRefusedError,
    StorageUnavailableError,
    StoredFileNotFoundError,
    VersionChangedError,
    WrongCredentialError,
)
from service.routes.http.authentication import caller
from service.routes.http.body_parsing import (
    CREDENTIAL_HEADER,
    given_credential,
    given_versions,
    header_credential,
)
from service.routes.http.redirects import REDIRECT, redirection, wants_json
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.described import APPOINTMENT_ID, FILE_ID
from service.routes.schemas.requests.files import (
    ATTACHMENT,
    ChangeBody,
    ContentQuery,
    DeletionQuery,
    FilesQuery,
    UserFilesQuery,
)
from service.routes.schemas.requests.folders import FoldersQuery, RenameFolderBody
from service.routes.schemas.responses.files import (
    ContentLinkSchema,
    DeletedSchema,
    FilePageSchema,
    FileSchema,
    StatusSchema,
)
from service.routes.schemas.responses.folders import FolderPageSchema, RenamedFolderSchema
from service.routes.schemas.responses.health import ScannerHealthSchema
from service.values import ContentLink, FileChange, FileQuery, FileView, Page, ScannerHealth, StatusView
from service.values.access.caller import Scope
from service.values.access.grants import ALWAYS
from service.values.folders import FolderQuery, FolderRename, FolderView
from service.values.formats.ids import is_id

blueprint = ApiBlueprint(
    "files", __name__, url_prefix="/api/v1/file", description="Files, their verdicts and download links"
)

HEADER = {
    "in": "header",
    "name": CREDENTIAL_HEADER,
    "schema": {"type": "string", "format": "json-credential"},
    "description": "The credential of a private file as a JSON object; alternatively use query parameters.",
    "example": '{"pin": "1234"}',
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,10}"$'},
    "description": "The file's `version` in quotes: the change is made only if the file still has it.",
    "example": '"1"',
}
CREDENTIAL_DOC = {"parameters": [HEADER]}
HEADER_CREDENTIAL_DOC = {"parameters": [HEADER | {"description": "The credential of a private file as a JSON object."}]}
NOT_FOR_YOU = (StoredFileNotFoundError, WrongCredentialError, InvalidBodyError)
# a role without a key to sign with; lists do not call storage
NO_LINK = StorageUnavailableError
WHICH = "The file_id that init returned."


@blueprint.named("/get/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getFile")
@blueprint.needs(Scope.READ)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, FileSchema)
@blueprint.refuses(*NOT_FOR_YOU, StorageRefusedError, StorageUnavailableError)
def get(file_id: str) -> FileView:
    """Get a file and a new download link

    The link is null until the verdict is `clean` (or scanning is off). It always leads to the object that was scanned:
    where clients could overwrite objects, storage is asked first, and a file whose object was replaced is withdrawn.
    """
    return get_file(deps(), caller(), file_id, given_credential())


@blueprint.named("/content/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getFileContent")
@blueprint.needs(Scope.READ)
@blueprint.doc(**HEADER_CREDENTIAL_DOC, responses={"302": REDIRECT})
@blueprint.arguments(ContentQuery, location="query")
@blueprint.response(200, ContentLinkSchema)
@blueprint.refuses(*NOT_FOR_YOU, FileNotReadyError, FileGoneError, StorageRefusedError, StorageUnavailableError)
def content(query: dict[str, str], file_id: str) -> ContentLink | Response:
    """Redirect to a new download link for a file's bytes

    With `disposition=attachment`, browsers save the file, whatever its type. With `Accept: application/json`, the
    response contains the link instead, for pages that send a credential: here only the header can carry it.
    """
    is_attachment = query["disposition"] == ATTACHMENT
    link = get_content_link(deps(), caller(), file_id, header_credential(), attachment=is_attachment)
    if wants_json():
        return link
    answer = redirection(link)
    answer.vary.update(["Accept", "Authorization", CREDENTIAL_HEADER])
    return answer


@blueprint.named("/status/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getFileStatus")
@blueprint.needs(Scope.READ, Scope.UPLOAD, grants=ALWAYS)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, StatusSchema)
@blueprint.refuses(*NOT_FOR_YOU, StorageRefusedError, StorageUnavailableError)
def status(file_id: str) -> StatusView:
    """Get the progress of an upload, its scan and its verdict"""
    return get_status(deps(), caller(), file_id, given_credential())


@blueprint.named("/<file_id>", WHICH, FILE_ID, methods=["PATCH"])
@blueprint.doc(operationId="changeFile")
@blueprint.needs(Scope.UPLOAD)
@blueprint.doc(parameters=[HEADER, IF_MATCH])
@blueprint.arguments(ChangeBody)
@blueprint.response(200, FileSchema)
@blueprint.refuses(*NOT_FOR_YOU, VersionChangedError, PolicyRefusedError, NO_LINK)
def change(body: FileChange, file_id: str) -> FileView:
    """Change a file's name, folder, detail, user, appointment, expiry or legal hold

    Its bytes, verdict and location stay as they are. New links have the new name; the response has none where storage
    must be asked first: use `get`. A legal hold prevents every deletion until it is lifted; to set or lift one requires
    the scope `admin` and a `reason`. Without that scope, `expires_at` can be at most the end of the policy's retention.
    """
    wanted = replace(body, versions=given_versions())
    return shown_to(caller(), change_file(deps(), caller(), file_id, given_credential(), wanted))


@blueprint.named("/<file_id>", WHICH, FILE_ID, methods=["DELETE"])
@blueprint.doc(operationId="deleteFile")
@blueprint.needs(Scope.DELETE)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.arguments(DeletionQuery, location="query")
@blueprint.response(200, DeletedSchema)
@blueprint.refuses(*NOT_FOR_YOU, FileOnHoldError)
def delete(query: dict[str, bool], file_id: str) -> dict[str, str]:
    """Delete a file and its object

    The object of an adopted file belongs to another program and stays, except with `delete_object=true` (scope
    `admin`).
    """
    delete_file(deps(), caller(), file_id, given_credential(), adopted_too=query["delete_object"])
    return {"id": file_id}


@blueprint.route("/all")
@blueprint.doc(operationId="listFiles")
@blueprint.needs(Scope.READ)
@blueprint.arguments(UserFilesQuery, location="query")
@blueprint.response(200, FilePageSchema)
@blueprint.refuses(NO_LINK)
def list_all(query: FileQuery) -> Page[FileView]:
    """List files, newest first by default, optionally of one user

    A search examines a few thousand files at a time: a page may have fewer items than `limit`, or none. There are more
    pages as long as `next_cursor` is not null.
    """
    return list_files(deps(), caller(), query)


@blueprint.route("/folders")
@blueprint.doc(operationId="listFolders")
@blueprint.needs(Scope.READ)
@blueprint.arguments(FoldersQuery, location="query")
@blueprint.response(200, FolderPageSchema)
def list_subfolders(query: FolderQuery) -> Page[FolderView]:
    """List the folders in a folder, by name

    A folder exists as long as there are files in it or below. Each owner has its own; they are those of the caller, or
    of `owner`.
    """
    return list_folders(deps(), caller(), query)


@blueprint.route("/folders/rename", methods=["POST"])
@blueprint.doc(operationId="renameFolder")
@blueprint.needs(Scope.UPLOAD)
@blueprint.arguments(RenameFolderBody)
@blueprint.response(200, RenamedFolderSchema)
@blueprint.refuses(FolderNotFoundError, FolderExistsError)
def rename(wanted: FolderRename) -> FolderRename:
    """Rename or move a folder with all that is in it

    Every file below has the new path at once; no bytes move, and links stay valid. Versions of the files stay as they
    are. An upload that is still open keeps the path that it was started with.
    """
    return rename_folder(deps(), caller(), wanted)


@blueprint.named("/appointment/<appointment_id>", "The appointment.", APPOINTMENT_ID)
@blueprint.doc(operationId="listFilesOfAppointment")
@blueprint.needs(Scope.READ)
@blueprint.arguments(FilesQuery, location="query")
@blueprint.response(200, FilePageSchema)
@blueprint.refuses(AppointmentNotFoundError, NO_LINK)
def list_of_appointment(query: FileQuery, appointment_id: str) -> Page[FileView]:
    """List the files of an appointment, newest first by default"""
    if not is_id(appointment_id):
        raise AppointmentNotFoundError
    return list_files(deps(), caller(), replace(query, appointment_id=appointment_id))


@blueprint.route("/virus-scanner/health")
@blueprint.doc(operationId="getScannerHealth")
@blueprint.needs(Scope.READ, Scope.UPLOAD)
@blueprint.response(200, ScannerHealthSchema)
@blueprint.refuses(ScannerUnavailableError)
def scanner() -> ScannerHealth:
    """Get the virus scanner's status, version and size limit"""
    return scanner_health(deps())
