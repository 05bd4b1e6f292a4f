"""The upload's endpoints: init, chunk, complete, retry, abort."""

from __future__ import annotations

from typing import Any

from service.caller import Scope
from service.domain.completion import complete_upload
from service.domain.resume import retry
from service.domain.states import Stage
from service.domain.uploads import abort_upload, initialize_upload, sign_chunks
from service.routes.answers import AbortedSchema, FileSchema, OpenedUploadSchema, RetrySchema, SignedChunksSchema
from service.routes.api import ApiBlueprint, deps
from service.routes.login import caller
from service.routes.requests import CompleteBody, InitBody, RetryBody, SignBody
from service.values import ChunkWish, CompletionWish, FileView, OpenedUpload, Resumption, UploadWish

blueprint = ApiBlueprint(
    "uploads", __name__, url_prefix="/api/v1/file/upload", description="From init to a file, straight to storage"
)


@blueprint.route("/init/", methods=["POST"])
@blueprint.needs(Scope.UPLOAD)
@blueprint.arguments(InitBody, required=False)
@blueprint.response(200, OpenedUploadSchema)
@blueprint.refuses(413, 502, 503)
def init(wish: UploadWish) -> OpenedUpload:
    """Start an upload

    The first chunks come signed, so that a small file needs no signing call. Everything may be unknown yet.
    """
    return initialize_upload(deps(), caller(), wish)


@blueprint.route("/chunk/", methods=["POST"])
@blueprint.needs(Scope.UPLOAD)
@blueprint.arguments(SignBody)
@blueprint.response(200, SignedChunksSchema)
@blueprint.refuses(404, 409, 413, 503)
def chunk(body: dict[str, Any]) -> dict[str, Any]:
    """Get permission to send chunks straight to storage

    One chunk, or up to 1,000 at once. Each URL takes exactly that chunk's number of bytes; PUT them there with the
    given headers. No byte of a file passes through this service.
    """
    wishes: list[ChunkWish] = body["wishes"]
    signed = sign_chunks(deps(), caller(), body["upload_id"], wishes)
    return {"upload_id": body["upload_id"], "chunk_index": wishes[0].chunk_index, "chunks": signed}


@blueprint.route("/complete/", methods=["POST"])
@blueprint.needs(Scope.UPLOAD)
@blueprint.arguments(CompleteBody)
@blueprint.response(200, FileSchema)
@blueprint.refuses(403, 404, 409, 413, 502, 503)
def complete(wish: CompletionWish) -> FileView:
    """Make the file

    Verified against what storage itself lists. Sent twice, it returns the same file.
    """
    return complete_upload(deps(), caller(), wish)


@blueprint.route("/retry", methods=["POST"])
@blueprint.needs(Scope.UPLOAD)
@blueprint.arguments(RetryBody)
@blueprint.response(200, RetrySchema)
@blueprint.refuses(400, 403, 404, 409, 413, 502, 503)
def carry_on(body: dict[str, Any]) -> FileView | Resumption:
    """Carry on with an interrupted upload, or with a scan that failed

    An open upload: what storage has of it, what is missing, and the first missing chunks signed. A failed or lost
    scan: queued again.
    """
    return retry(
        deps(),
        caller(),
        file_id=body.get("file_id"),
        upload_id=body.get("upload_id"),
        credential=body.get("credential"),
    )


@blueprint.route("/<upload_id>", methods=["DELETE"])
@blueprint.needs(Scope.UPLOAD)
@blueprint.response(200, AbortedSchema)
@blueprint.refuses(404, 409, 503)
def abort(upload_id: str) -> dict[str, str]:
    """Give up an upload; storage forgets its parts"""
    abort_upload(deps(), caller(), upload_id)
    return {"upload_id": upload_id, "stage": Stage.ABORTED}
