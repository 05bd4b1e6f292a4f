"""The endpoints of adoptions: create, list, get, cancel, and storage's events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.domain.adoptions.events import take_events
from service.domain.operators.adoptions import cancel_adoption, create_adoption, get_adoption, list_adoptions
from service.errors import (
    AdoptionEndedError,
    AdoptionNotFoundError,
    PolicyRefusedError,
    StorageRefusedError,
    StorageUnavailableError,
)
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.adoptions import (
    ADOPTION_ID,
    AdoptionBody,
    AdoptionPageSchema,
    AdoptionSchema,
    EventsSchema,
    StorageEventsBody,
)
from service.routes.schemas.requests.common import PageQuery
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.adoptions import AdoptionView, AdoptionWish, EventsView, StorageEvent

blueprint = ApiBlueprint(
    "admin adoptions", __name__, url_prefix="/api/v1/admin/adoptions", description="Objects that become files in place"
)
WHICH = "The adoption."


@blueprint.route("", methods=["POST"])
@blueprint.doc(operationId="createAdoption")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(AdoptionBody)
@blueprint.response(201, AdoptionSchema, changes={"state": "running", "adopted": 0, "ended_at": None})
@blueprint.refuses(PolicyRefusedError, StorageRefusedError, StorageUnavailableError)
def create(wish: AdoptionWish) -> AdoptionView:
    """Adopt the objects of a bucket: they become files where they lie

    Each object gets a file, is scanned, and is served by its verdict; it is never copied, moved or renamed, and only
    deleted on explicit request. The sweeper does it within the next minutes: get the adoption to see its progress.
    Adopting the same objects again adopts new ones, and scans those again that have changed.
    """
    return create_adoption(deps(), caller(), wish)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listAdoptions")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, AdoptionPageSchema)
def list_all(query: dict[str, Any]) -> Page[AdoptionView]:
    """List adoptions, newest first"""
    return list_adoptions(deps(), query["limit"], query.get("cursor"))


@blueprint.route("/events", methods=["POST"])
@blueprint.doc(operationId="takeStorageEvents")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(StorageEventsBody)
@blueprint.response(200, EventsSchema)
@blueprint.refuses(StorageUnavailableError)
def take(events: Sequence[StorageEvent]) -> EventsView:
    """Adopt the objects of storage's events

    The webhook of S3's event notifications, as MinIO and AWS write them. New objects are adopted if an adoption with
    `follow` has their bucket and prefix; other events are ignored.
    """
    return take_events(deps(), events)


@blueprint.named("/<adoption_id>", WHICH, ADOPTION_ID, methods=["GET"])
@blueprint.doc(operationId="getAdoption")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, AdoptionSchema)
@blueprint.refuses(AdoptionNotFoundError)
def get(adoption_id: str) -> AdoptionView:
    """Get an adoption and its progress"""
    return get_adoption(deps(), adoption_id)


@blueprint.named("/<adoption_id>", WHICH, ADOPTION_ID, methods=["DELETE"])
@blueprint.doc(operationId="cancelAdoption")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, AdoptionSchema, changes={"state": "cancelled"})
@blueprint.refuses(AdoptionNotFoundError, AdoptionEndedError)
def cancel(adoption_id: str) -> AdoptionView:
    """Cancel an adoption: it adopts no further object

    The files that it made stay.
    """
    return cancel_adoption(deps(), caller(), adoption_id)
