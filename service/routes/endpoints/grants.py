"""The endpoints of grants: create, get, revoke."""

from __future__ import annotations

from service.domain.uploads.grants import create_grant, get_grant, revoke_grant
from service.errors import GrantNotFoundError, PolicyRefusedError
from service.routes.http.authentication import caller
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.grants import GRANT_ID, GrantBody, GrantSchema, IssuedGrantSchema
from service.values.access.caller import Scope
from service.values.access.grants import GrantState, GrantView, GrantWish, IssuedGrant

blueprint = ApiBlueprint(
    "grants", __name__, url_prefix="/api/v1/grants", description="Grants that allow a browser some uploads"
)
WHICH = "The grant."
REVOKED = {"state": GrantState.REVOKED.value, "revoked_at": "2026-01-31T12:30:00Z"}


@blueprint.route("/", methods=["POST"])
@blueprint.doc(operationId="createGrant")
@blueprint.needs(Scope.GRANT)
@blueprint.arguments(GrantBody, required=False)
@blueprint.response(201, IssuedGrantSchema)
@blueprint.refuses(PolicyRefusedError)
def create(wish: GrantWish) -> IssuedGrant:
    """Create a grant for a browser

    Its token allows init, chunk, complete, retry, abort and status of `count` uploads, for one subject, under the
    policy or narrower limits, with metadata that the browser cannot change. Give the scope `grant` to backends alone:
    it allows grants for any subject.
    """
    return create_grant(deps(), caller(), wish)


@blueprint.named("/<grant_id>", WHICH, GRANT_ID, methods=["GET"])
@blueprint.doc(operationId="getGrant")
@blueprint.needs(Scope.GRANT)
@blueprint.response(200, GrantSchema)
@blueprint.refuses(GrantNotFoundError)
def get(grant_id: str) -> GrantView:
    """Get a grant: what it allows, how much of it is used, and its state

    A grant that a backend signed itself exists here from its first use.
    """
    return get_grant(deps(), caller(), grant_id)


@blueprint.named("/<grant_id>", WHICH, GRANT_ID, methods=["DELETE"])
@blueprint.doc(operationId="revokeGrant")
@blueprint.needs(Scope.GRANT)
@blueprint.response(200, GrantSchema, changes=REVOKED)
@blueprint.refuses(GrantNotFoundError)
def revoke(grant_id: str) -> GrantView:
    """Revoke a grant

    Its open uploads can be aborted, but not continued or completed. URLs that were signed before stay valid until they
    expire.
    """
    return revoke_grant(deps(), caller(), grant_id)
