"""The endpoints of workers, and of the state of the service."""

from __future__ import annotations

from service.domain.operators import overview as of_overview
from service.domain.operators import workers as domain
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.operations import OverviewSchema, WorkersSchema
from service.values.access.caller import Scope
from service.values.operators.operations import OverviewView, WorkersView

workers = ApiBlueprint(
    "admin workers", __name__, url_prefix="/api/v1/admin/workers", description="Workers and queues, for operators"
)
overview = ApiBlueprint(
    "admin overview", __name__, url_prefix="/api/v1/admin/overview", description="The state of the service"
)


@workers.route("", methods=["GET"])
@workers.doc(operationId="listWorkers")
@workers.needs(Scope.ADMIN)
@workers.response(200, WorkersSchema)
def list_workers() -> WorkersView:
    """List the workers with the jobs that they run, and the queues

    A worker that was killed is listed until its record expires, within two minutes: see its `last_heartbeat`.
    """
    return domain.list_workers(deps())


@overview.route("", methods=["GET"])
@overview.doc(operationId="getOverview")
@overview.needs(Scope.ADMIN)
@overview.response(200, OverviewSchema)
def get_overview() -> OverviewView:
    """Get the state of the service: dependencies, signatures, attacks on storage, last sweep, last errors

    It answers within seconds, even if dependencies are down.
    """
    return of_overview.overview(deps())
