"""The operators' endpoint of open uploads."""

from __future__ import annotations

from service.domain.operators.uploads import list_open_uploads
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.files import OpenUploadPageSchema, OpenUploadsQuery
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.views import AdminUpload, UploadQuery

blueprint = ApiBlueprint(
    "admin uploads", __name__, url_prefix="/api/v1/admin/uploads", description="Open uploads, for operators"
)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listOpenUploads")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(OpenUploadsQuery, location="query")
@blueprint.response(200, OpenUploadPageSchema)
def list_all(query: UploadQuery) -> Page[AdminUpload]:
    """List the open uploads of all subjects

    Those that are being completed come first, then those that expire last, which are the newest unless policies have
    their own `upload_ttl`. To end one, call `abortUpload`. By owner or policy, a page may have fewer items than
    `limit`, or none; there are more pages as long as `next_cursor` is not null.
    """
    return list_open_uploads(deps(), query)
