"""Responses about uploads: opened and resumed ones, and their chunks."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.fields import utc_text
from service.routes.schemas.responses.common import AnswerSchema
from service.values import ALGORITHMS, SignedChunk
from service.values.states import Stage


class SignedChunkSchema(AnswerSchema):
    """A signed request for one chunk: the method, URL and headers to send exactly the chunk's bytes with."""

    chunk_index = described.number("The index of the chunk in the file, from 0.", 0)
    part_number = described.number("The part's number in storage: chunk_index + 1.", 1)
    method = described.text("The HTTP method to use.", "PUT", words=["PUT"])
    url = described.text(
        "The URL in storage to send the bytes to. It accepts exactly the chunk's number of bytes until expires_at.",
        described.PART_URL,
    )
    headers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=described.said("Headers to send exactly as given; do not add a Content-Type.", {}),
    )
    expires_at = described.time("When the URL expires.", "2026-01-31T13:00:00Z")


class SignedChunkList(fields.List[Any]):
    """A list of up to a thousand signed chunks, written in one loop with the result of SignedChunkSchema."""

    def __init__(self, what: str) -> None:
        super().__init__(fields.Nested(SignedChunkSchema), required=True, metadata=described.said(what))

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[dict[str, Any]]:
        chunks: list[SignedChunk] = value
        times = {at: utc_text(at) for at in {chunk.expires_at for chunk in chunks}}
        return [
            {
                "chunk_index": chunk.chunk_index,
                "part_number": chunk.part_number,
                "method": chunk.method,
                "url": chunk.url,
                "headers": chunk.headers,
                "expires_at": times[chunk.expires_at],
            }
            for chunk in chunks
        ]


class OpenedUploadSchema(AnswerSchema):
    """A started upload with the signed requests for its first chunks."""

    upload_id = described.an_id("Id of the upload, for chunk, complete, retry and abort.", described.UPLOAD_ID)
    file_id = described.an_id("Id of the file, for status immediately and for get after completion.", described.FILE_ID)
    chunk_size = described.size("Bytes of every chunk except the last.", described.CHUNK_SIZE)
    total_chunks = described.number("Number of chunks in the file; null while its size is unknown.", 1, null=True)
    expires_at = described.time("When the upload expires unless it is completed.", described.EXPIRES_AT)
    chunks = SignedChunkList(
        "Signed requests for the first chunks, so that a small file needs no call to `chunk`; empty if a checksum is"
        " required or the size is unknown."
    )


class SignedChunksSchema(AnswerSchema):
    """Signed requests for the requested chunks, in the requested order."""

    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    chunk_index = described.number("Index of the first requested chunk.", 0)
    chunks = SignedChunkList("The signed requests.")


class UploadedChunkSchema(AnswerSchema):
    """A chunk that is in storage."""

    chunk_index = described.number("The index of the chunk, from 0.", 0)
    size = described.size("Its bytes.", described.SIZE)
    etag = described.text("Its ETag in storage with the quotes; the MD5 on most stores.", described.ETAG)
    checksum = described.text("Base64, as storage reports it; null if it reports none.", None, null=True)


class ResumptionSchema(OpenedUploadSchema):
    """The progress of an open upload, and signed requests for the first missing chunks."""

    size = described.size("Bytes of the file, as given to init; null if unknown.", described.SIZE, null=True)
    checksum_algorithm = described.text(
        "Algorithm of the chunks' checksums; null if there are none.", None, null=True, words=ALGORITHMS
    )
    uploaded = described.many(
        fields.Nested(UploadedChunkSchema), "The chunks in storage, to compare with the local file.", []
    )
    missing = described.many(fields.Integer(), "Indexes of the chunks that are not in storage.", [0])


class AbortedSchema(AnswerSchema):
    """An aborted upload."""

    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    stage = described.text("The new state.", Stage.ABORTED.value, words=[Stage.ABORTED])
