"""Health checks of this process and its dependencies."""

from __future__ import annotations

from service.domain.upkeep.health import is_ready, readiness
from service.errors import NotReadyError
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.responses.health import LiveSchema, ReadySchema

blueprint = ApiBlueprint("health", __name__, url_prefix="/api/health", description="Health checks")


@blueprint.route("/live")
@blueprint.doc(operationId="isLive")
@blueprint.response(200, LiveSchema)
def live() -> dict[str, bool]:
    """Check that this process is running"""
    return {"live": True}


@blueprint.route("/ready")
@blueprint.doc(operationId="isReady")
@blueprint.response(200, ReadySchema)
@blueprint.refuses(NotReadyError)
def ready() -> dict[str, str]:
    """Check the dependencies

    Each is `ok`, `off`, or what is wrong: `down`, `slow` (no answer in time), `behind` (migrations are missing),
    `no bucket …`, `refused (…)`, `disk full`, `unsafe` (the scanner lets files pass without a scan, or storage lets
    attacks through).

    503 if the database or storage is down. Without Redis or the scanner, uploads are accepted and scanned later.
    """
    answers = readiness(deps())
    if not is_ready(answers):
        raise NotReadyError(errors=[f"[{name}] {answer}" for name, answer in answers.items()])
    return answers
