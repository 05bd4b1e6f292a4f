"""Receipts: a file's, and the public keys by which anybody can check one."""

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
from service.values.caller import Scope

blueprint = ApiBlueprint(
    "receipts", __name__, url_prefix="/api/v1/file", description="What a file is made of and its verdict, signed"
)
well_known = Blueprint("well_known", __name__)

KEPT = 3600
"""Seconds for which the keys may be kept; whoever meets a key that is not among them asks again."""


@blueprint.named("/receipt/<file_id>", WHICH, FILE_ID)
@blueprint.doc(operationId="getReceipt")
@blueprint.needs(Scope.READ, Scope.UPLOAD)
@blueprint.doc(**CREDENTIAL_DOC)
@blueprint.response(200, ReceiptSchema)
@blueprint.refuses(*NOT_FOR_YOU, ReceiptsOffError, VerdictPendingError, FileQuarantinedError)
def receipt(file_id: str) -> ReceiptView:
    """A file's receipt: its parts, checksums, verdict and times, signed

    A compact JWS (RFC 7515) by Ed25519 (RFC 8037), to be checked by the keys at `/.well-known/longshore-receipts.json`;
    `longshore verify` does that, and compares a file with it. There is one from the verdict on, whatever it is; until
    then 409 `verdict_pending`. 409 `file_quarantined` where the object in storage was replaced. 404 `receipts_off`
    where the service has no key to sign with.
    """
    return make_receipt(deps(), caller(), file_id, given_credential())


@well_known.route(JWKS_PATH)
def keys() -> Response:
    """The keys, for everybody (RFC 7517)."""
    response = Response(json.dumps(receipt_keys(deps())), content_type="application/jwk-set+json")
    response.headers["Cache-Control"] = f"public, max-age={KEPT}"
    return response
