"""The endpoints of operators' decisions: create, list, get, approve, cancel."""

from __future__ import annotations

from typing import Any

from service.domain.operators.decisions import (
    approve_decision,
    cancel_decision,
    create_decision,
    get_decision,
    list_decisions,
)
from service.errors import DecisionEndedError, DecisionNotFoundError, SecondPersonRequiredError
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.decisions import (
    DECISION_ID,
    ApprovalBody,
    DecisionBody,
    DecisionPageSchema,
    DecisionSchema,
)
from service.routes.schemas.requests.common import PageQuery
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.decisions import DecisionView, DecisionWish

blueprint = ApiBlueprint(
    "admin decisions", __name__, url_prefix="/api/v1/admin/decisions", description="Operators' decisions about files"
)
WHICH = "The decision."


@blueprint.route("", methods=["POST"])
@blueprint.doc(operationId="createDecision")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(DecisionBody)
@blueprint.response(201, DecisionSchema)
def create(wish: DecisionWish) -> DecisionView:
    """Decide about files: scan again, release, block or delete

    Up to 100 named files are decided at once; more, and those of a filter, within the next minutes: get the decision to
    see its progress. A file to which the action does not apply (any more) is skipped, with a reason. A released file is
    never `clean`: its verdict is `released`, and `decision` has who, when and why. With `RELEASE_APPROVAL`, a release
    waits until a second person approves it.
    """
    return create_decision(deps(), caller(), wish)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listDecisions")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, DecisionPageSchema)
def list_all(query: dict[str, Any]) -> Page[DecisionView]:
    """List decisions, newest first"""
    return list_decisions(deps(), query["limit"], query.get("cursor"))


@blueprint.named("/<decision_id>", WHICH, DECISION_ID, methods=["GET"])
@blueprint.doc(operationId="getDecision")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, DecisionSchema)
@blueprint.refuses(DecisionNotFoundError)
def get(decision_id: str) -> DecisionView:
    """Get a decision and its progress"""
    return get_decision(deps(), decision_id)


@blueprint.named("/<decision_id>/approve", WHICH, DECISION_ID, methods=["POST"])
@blueprint.doc(operationId="approveDecision")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(ApprovalBody, required=False)
@blueprint.response(200, DecisionSchema, changes={"approved_by": "ben", "approved_at": "2026-01-31T12:00:02Z"})
@blueprint.refuses(DecisionNotFoundError, DecisionEndedError, SecondPersonRequiredError)
def approve(body: dict[str, str | None], decision_id: str) -> DecisionView:
    """Approve a release as the second person

    The subject must be another one than that of the operator who created it.
    """
    return approve_decision(deps(), caller(), decision_id, body.get("reason"))


@blueprint.named("/<decision_id>", WHICH, DECISION_ID, methods=["DELETE"])
@blueprint.doc(operationId="cancelDecision")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, DecisionSchema, changes={"state": "cancelled"})
@blueprint.refuses(DecisionNotFoundError, DecisionEndedError)
def cancel(decision_id: str) -> DecisionView:
    """Cancel a decision: it decides no further file

    Files that it has decided stay as they are.
    """
    return cancel_decision(deps(), caller(), decision_id)
