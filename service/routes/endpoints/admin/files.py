"""The operators' endpoints of files: list all, and get one with all that is known about it."""

from __future__ import annotations

from service.domain.operators.files import get_file_details, list_admin_files
from service.errors import FileGoneError, FileNotReadyError, StorageUnavailableError, StoredFileNotFoundError
from service.routes.endpoints.files import WHICH
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.files import AdminFilePageSchema, AdminFilesQuery, FileDetailsSchema
from service.routes.schemas.described import FILE_ID
from service.values import FileQuery, Page
from service.values.access.caller import Scope
from service.values.operators.views import AdminFile, FileDetails

blueprint = ApiBlueprint(
    "admin files", __name__, url_prefix="/api/v1/admin/files", description="All files, for operators"
)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listAdminFiles")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(AdminFilesQuery, location="query")
@blueprint.response(200, AdminFilePageSchema)
@blueprint.refuses(StorageUnavailableError)
def list_all(query: FileQuery) -> Page[AdminFile]:
    """List all files, newest first by default

    The query is that of `listFiles`. A list by verdict alone reads only files with that verdict, so the quarantine is
    one list for each of `infected`, `unscannable`, `blocked` and `error`. Other properties examine a few thousand files
    at a time: a page may have fewer items than `limit`, or none. There are more pages as long as `next_cursor` is not
    null.
    """
    return list_admin_files(deps(), caller(), query)


@blueprint.named("/<file_id>", WHICH, FILE_ID, methods=["GET"])
@blueprint.doc(operationId="getAdminFile")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, FileDetailsSchema)
@blueprint.refuses(StoredFileNotFoundError, FileNotReadyError, FileGoneError, StorageUnavailableError)
def get(file_id: str) -> FileDetails:
    """Get a file with its upload, job, object, parts, links and audit log

    Storage is not asked. Of a private file, it has no download link and no `detail`, as in lists. A file that is being
    uploaded is in the list of open uploads; a deleted one is `file_gone`, and the audit log has its history.
    """
    return get_file_details(deps(), caller(), file_id)
