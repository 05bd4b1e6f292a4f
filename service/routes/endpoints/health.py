"""Whether this process lives, and whether its dependencies answer."""

from __future__ import annotations

from service.domain.upkeep.health import is_ready, readiness
from service.errors import NotReadyError
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.responses import LiveSchema, ReadySchema

blueprint = ApiBlueprint("health", __name__, url_prefix="/api/health", description="For load balancers and people")


@blueprint.route("/live")
@blueprint.doc(operationId="isLive")
@blueprint.response(200, LiveSchema)
def live() -> dict[str, bool]:
    """This process answers"""
    return {"live": True}


@blueprint.route("/ready")
@blueprint.doc(operationId="isReady")
@blueprint.response(200, ReadySchema)
@blueprint.refuses(NotReadyError)
def ready() -> dict[str, str]:
    """Each dependency by name

    `ok`, `off`, or what is wrong: `down`, `slow` (no answer in time), `behind` (migrations are missing),
    `no bucket …`, `refused (…)`, `disk full`; `unsafe`: a scanner whose settings let files pass unread,
    or a storage that lets attacks through.

    503 where the database or storage is down. Without Redis or the scanner uploads are taken, and scanned later.
    """
    answers = readiness(deps())
    if not is_ready(answers):
        raise NotReadyError(errors=[f"[{name}] {answer}" for name, answer in answers.items()])
    return answers
