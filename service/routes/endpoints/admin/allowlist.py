"""The endpoints of the allow-list: add, list, approve, remove."""

from __future__ import annotations

from typing import Any

from service.domain.operators.allowlist import add_entry, approve_entry, list_entries, remove_entry
from service.errors import AllowlistEntryEndedError, AllowlistEntryNotFoundError, SecondPersonRequiredError
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.admin.decisions import (
    ENTRY_ID,
    AllowlistBody,
    AllowlistEntrySchema,
    AllowlistPageSchema,
    ApprovalBody,
)
from service.routes.schemas.requests.common import PageQuery
from service.values import Page
from service.values.access.caller import Scope
from service.values.operators.decisions import AllowlistView, AllowlistWish

blueprint = ApiBlueprint(
    "admin allow-list",
    __name__,
    url_prefix="/api/v1/admin/allowlist",
    description="Signatures and files that are served although the scanner finds something",
)
WHICH = "The entry."


@blueprint.route("", methods=["POST"])
@blueprint.doc(operationId="createAllowlistEntry")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(AllowlistBody)
@blueprint.response(201, AllowlistEntrySchema)
def add(wish: AllowlistWish) -> AllowlistView:
    """Add a signature or SHA-256 to the allow-list

    From then on, a file in which clamd finds this signature, or whose bytes have this hash, is `released` instead of
    `infected`. Files that are blocked already stay blocked until they are scanned again. With `RELEASE_APPROVAL`, the
    entry waits until a second person approves it.
    """
    return add_entry(deps(), caller(), wish)


@blueprint.route("", methods=["GET"])
@blueprint.doc(operationId="listAllowlist")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, AllowlistPageSchema)
def list_all(query: dict[str, Any]) -> Page[AllowlistView]:
    """List the allow-list, newest entries first"""
    return list_entries(deps(), query["limit"], query.get("cursor"))


@blueprint.named("/<entry_id>/approve", WHICH, ENTRY_ID, methods=["POST"])
@blueprint.doc(operationId="approveAllowlistEntry")
@blueprint.needs(Scope.ADMIN)
@blueprint.arguments(ApprovalBody, required=False)
@blueprint.response(200, AllowlistEntrySchema, changes={"approved_by": "ben", "approved_at": "2026-01-31T12:00:02Z"})
@blueprint.refuses(AllowlistEntryNotFoundError, AllowlistEntryEndedError, SecondPersonRequiredError)
def approve(body: dict[str, str | None], entry_id: str) -> AllowlistView:
    """Approve an entry as the second person"""
    return approve_entry(deps(), caller(), entry_id, body.get("reason"))


@blueprint.named("/<entry_id>", WHICH, ENTRY_ID, methods=["DELETE"])
@blueprint.doc(operationId="deleteAllowlistEntry")
@blueprint.needs(Scope.ADMIN)
@blueprint.response(200, AllowlistEntrySchema, changes={"state": "ended", "removed_at": "2026-01-31T12:00:02Z"})
@blueprint.refuses(AllowlistEntryNotFoundError)
def remove(entry_id: str) -> AllowlistView:
    """End an entry of the allow-list

    The files that it released are not served until they are scanned again.
    """
    return remove_entry(deps(), caller(), entry_id)
