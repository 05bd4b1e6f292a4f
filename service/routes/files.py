"""The files' endpoints: get, status, delete, lists, and the scanner's health."""

from __future__ import annotations

from dataclasses import replace

from service.caller import Scope
from service.domain.files import delete_file, get_file, list_files
from service.domain.health import scanner_health
from service.domain.ids import is_id
from service.domain.status import get_status
from service.errors import (
    AppointmentNotFoundError,
    InvalidBodyError,
    NoSuchFileError,
    ScannerUnavailableError,
    StorageRefusedError,
    StorageUnavailableError,
    WrongCredentialError,
)
from service.routes.answers import DeletedSchema, FilePageSchema, FileSchema, ScannerHealthSchema, StatusSchema
from service.routes.api import ApiBlueprint, deps
from service.routes.bodies import CREDENTIAL_HEADER, given_credential
from service.routes.login import caller
from service.routes.requests import FilesQuery, UserFilesQuery
from service.routes.shown import APPOINTMENT_ID, FILE_ID
from service.values import FileQuery, FileView, Page, ScannerHealth, StatusView

blueprint = ApiBlueprint("files", __name__, url_prefix="/api/v1/file", description="Files, their verdicts and links")

CREDENTIAL_DOC = {
    "parameters": [
        {
            "in": "header",
            "name": CREDENTIAL_HEADER,
            "schema": {"type": "string", "format": "json-credential"},
            "description": "A private file's credential as a JSON object; or its keys and values as query parameters.",
            "example": '{"pin": "1234"}',
        }
    ]
}
NOT_FOR_YOU = (NoSuchFileError, WrongCredentialError, InvalidBodyError)
# a role that gives no key to sign with; lists do not ask storage itself
NO_LINK = StorageUnavailableError
WHICH = "The file, as init named it."


@blueprint.named("/get/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getFile")
@blueprint.needs(Scope.READ)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, FileSchema)
@blueprint.refuses(*NOT_FOR_YOU, StorageRefusedError, StorageUnavailableError)
def get(file_id: str) -> FileView:
    """A file and a fresh download link

    The link is null until the verdict is `clean` (or scanning is off). It leads to the very object that was scanned:
    where clients may be able to overwrite objects, storage is asked first, and a file whose object was replaced is
    withdrawn.
    """
    return get_file(deps(), caller(), file_id, given_credential())


@blueprint.named("/status/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getFileStatus")
@blueprint.needs(Scope.READ, Scope.UPLOAD)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, StatusSchema)
@blueprint.refuses(*NOT_FOR_YOU, StorageRefusedError, StorageUnavailableError)
def status(file_id: str) -> StatusView:
    """How far a file is, from init on"""
    return get_status(deps(), caller(), file_id, given_credential())


@blueprint.named("/<file_id>", WHICH, FILE_ID, methods=["DELETE"])
@blueprint.doc(operationId="deleteFile")
@blueprint.needs(Scope.DELETE)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, DeletedSchema)
@blueprint.refuses(*NOT_FOR_YOU)
def delete(file_id: str) -> dict[str, str]:
    """Delete a file and its object"""
    delete_file(deps(), caller(), file_id, given_credential())
    return {"id": file_id}


@blueprint.route("/all")
@blueprint.doc(operationId="listFiles")
@blueprint.needs(Scope.READ)
@blueprint.arguments(UserFilesQuery, location="query")
@blueprint.response(200, FilePageSchema)
@blueprint.refuses(NO_LINK)
def list_all(query: FileQuery) -> Page[FileView]:
    """Files, newest first unless told otherwise, of one user where user_id is given

    A search looks at some thousand files at a time: a page may hold fewer than `limit`, none even, and there is more
    as long as `next_cursor` is not null.
    """
    return list_files(deps(), caller(), query)


@blueprint.named("/appointment/<appointment_id>", "The appointment.", APPOINTMENT_ID)
@blueprint.doc(operationId="listFilesOfAppointment")
@blueprint.needs(Scope.READ)
@blueprint.arguments(FilesQuery, location="query")
@blueprint.response(200, FilePageSchema)
@blueprint.refuses(AppointmentNotFoundError, NO_LINK)
def list_of_appointment(query: FileQuery, appointment_id: str) -> Page[FileView]:
    """An appointment's files, newest first unless told otherwise; searched as the list of all files is"""
    if not is_id(appointment_id):
        raise AppointmentNotFoundError
    return list_files(deps(), caller(), replace(query, appointment_id=appointment_id))


@blueprint.route("/virus-scanner/health")
@blueprint.doc(operationId="getScannerHealth")
@blueprint.needs(Scope.READ, Scope.UPLOAD)
@blueprint.response(200, ScannerHealthSchema)
@blueprint.refuses(ScannerUnavailableError)
def scanner() -> ScannerHealth:
    """Whether files are scanned, by what, and up to which size"""
    return scanner_health(deps())
