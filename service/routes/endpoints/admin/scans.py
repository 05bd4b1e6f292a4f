"""The operators' endpoint of scans that have not ended with a verdict."""

from __future__ import annotations

from typing import Any

from service.domain.operators.scans import list_scans
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.files import ScanPageSchema, ScansQuery
from service.values.access.caller import Scope
from service.values.operators.views import ScanPage, ScanState

blueprint = ApiBlueprint(
    "admin scans", __name__, url_prefix="/api/v1/admin/scans", description="Scans without a verdict, for operators"
)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listScans")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(ScansQuery, location="query")
@blueprint.response(200, ScanPageSchema)
def list_all(query: dict[str, Any]) -> ScanPage:
    """List the scans that run, wait or have failed

    Running and failed ones newest first, waiting ones by the time when they are due. If Redis cannot be reached,
    `unreachable` names it and every `job` is null. To repeat all failed scans, create a decision `rescan` with the
    filter `{"virus_scan_status": "error"}`.
    """
    state = query.get("state")
    return list_scans(deps(), None if state is None else ScanState(state), query["limit"], query.get("cursor"))
