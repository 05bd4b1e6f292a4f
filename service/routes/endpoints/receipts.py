"""The receipt of a file, and the public keys to verify receipts with."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from longshore.receipts.signatures import JWKS_PATH
from service.domain.files.receipts import make_receipt, receipt_keys
from service.errors import FileQuarantinedError, ReceiptsOffError, VerdictPendingError
from service.routes.endpoints.files import CREDENTIAL_DOC, NOT_FOR_YOU, WHICH
from service.routes.http.authentication import caller
from service.routes.http.body_parsing import given_credential
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.schemas.described import FILE_ID
from service.routes.schemas.receipt_responses import ReceiptSchema
from service.values import ReceiptView
from service.values.access.caller import Scope

blueprint = ApiBlueprint(
    "receipts", __name__, url_prefix="/api/v1/file", description="Signed receipts of files and their verdicts"
)
well_known = Blueprint("well_known", __name__)

KEPT = 3600
"""Seconds for which the keys may be cached; a client that finds an unknown key id requests them again."""


@blueprint.named("/receipt/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getReceipt")
@blueprint.needs(Scope.READ, Scope.UPLOAD)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, ReceiptSchema)
@blueprint.refuses(*NOT_FOR_YOU, ReceiptsOffError, VerdictPendingError, FileQuarantinedError)
def receipt(file_id: str) -> ReceiptView:
    """Get the signed receipt of a file: parts, checksums, verdict and times

    The receipt is a compact JWS (RFC 7515), signed with Ed25519 (RFC 8037) by a key in
    `/.well-known/longshore-receipts.json`. `longshore verify` checks it and compares a file with it. It exists from
    the verdict on, whatever the verdict is; before that, 409 `verdict_pending`. 409 `file_quarantined` if the object in
    storage was replaced. 404 `receipts_off` if the service has no key to sign with.
    """
    return make_receipt(deps(), caller(), file_id, given_credential())


@well_known.route(JWKS_PATH)
def keys() -> Response:
    """Return the public keys (RFC 7517), without login."""
    response = Response(json.dumps(receipt_keys(deps())), content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    return response
