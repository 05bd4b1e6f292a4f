"""Bodies of uploads: init, signing of chunks, complete and retry."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from service.limits import MAX_CHUNKS_PER_CALL, MAX_OBJECT_SIZE, MAX_PARTS
from service.routes.schemas.described import (
    CONTENT_TYPE,
    ETAG,
    FILE_ID,
    FILENAME,
    INT64,
    PATH_NAME,
    SIZE,
    UPLOAD_ID,
    said,
)
from service.routes.schemas.fields import (
    BASE64,
    MAX_CHECKSUM,
    MAX_ID,
    WholeNumber,
    an_id,
    checksum,
    content_type,
    credential,
    detail,
    name,
    path_name,
)
from service.routes.schemas.requests.common import FOLDER, HUGE
from service.values import ALGORITHMS, ChunkWish, CompletionWish, UploadWish

REPLACES = "The file to delete once this one may be downloaded; the caller must be allowed to delete it."


class InitBody(Schema):
    """Properties of the file as far as they are known; every field is optional."""

    filename = name(allow_none=True, metadata=said("The file's name.", FILENAME))
    size = WholeNumber(0, HUGE, allow_none=True, metadata=said("Bytes of the file.", SIZE, **INT64))
    content_type = content_type(said("The file's media type.", CONTENT_TYPE), allow_none=True)
    chunk_size = WholeNumber(
        1,
        HUGE,
        allow_none=True,
        metadata=said("Requested bytes for each chunk; the response has the actual number.", **INT64),
    )
    checksum_algorithm = fields.String(
        allow_none=True,
        validate=validate.OneOf(ALGORITHMS),
        metadata=said("Storage verifies the checksum of every chunk with this algorithm."),
    )
    policy = fields.String(
        allow_none=True,
        validate=validate.Length(max=64),
        metadata=said("The upload policy; without it the default one.", "default"),
    )
    replaces = an_id(said(REPLACES), allow_none=True)
    path_name = path_name(said(FOLDER, PATH_NAME), allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> UploadWish:
        return UploadWish(**data | {"path_name": data.get("path_name") or None})


CHUNK_INDEX = said("The index of the chunk in the file, from 0.", 0)
CHUNK_BYTES = said("Bytes of this chunk; required if init had no size.", SIZE, **INT64)
CHUNK_CHECKSUM = said("Checksum of this chunk in base64; required if init had a checksum_algorithm.")
WHICH_UPLOAD = said("The upload_id that init returned.", UPLOAD_ID)


class ChunkBody(Schema):
    """A chunk to upload."""

    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True, metadata=CHUNK_INDEX)
    chunk_size = WholeNumber(0, MAX_OBJECT_SIZE, allow_none=True, metadata=CHUNK_BYTES)
    checksum = checksum(CHUNK_CHECKSUM, allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> ChunkWish:
        return ChunkWish(data["chunk_index"], data.get("chunk_size"), data.get("checksum"))


class ChunkList(fields.List[Any]):
    """A list of up to a thousand chunks: valid ones are read in one loop.

    All others go through marshmallow, which reports what is wrong.
    """

    def __init__(self, **kwargs: Any) -> None:
        check = validate.Length(min=1, max=MAX_CHUNKS_PER_CALL)
        super().__init__(fields.Nested(ChunkBody), validate=check, metadata=said("The chunks."), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        try:
            return [_plain_wish(**chunk) for chunk in value]
        except (TypeError, ValueError):
            return super()._deserialize(value, attr, data, **kwargs)


def _plain_wish(*, chunk_index: Any, chunk_size: Any = None, checksum: Any = None) -> ChunkWish:
    """Return a valid chunk. Raises TypeError or ValueError for any other."""
    # type(), not isinstance(): a bool is an int
    if type(chunk_index) is not int or not 0 <= chunk_index < MAX_PARTS:
        raise ValueError
    if chunk_size is not None and (type(chunk_size) is not int or not 0 <= chunk_size <= MAX_OBJECT_SIZE):
        raise ValueError
    if checksum is not None and (len(checksum) > MAX_CHECKSUM or not BASE64.fullmatch(checksum)):
        raise ValueError
    return ChunkWish(chunk_index, chunk_size, checksum)


def _plain_body(*, upload_id: Any, **chunk: Any) -> dict[str, Any]:
    """Return a valid body of one chunk as `SignBody` does. Raises TypeError or ValueError for any other."""
    if not isinstance(upload_id, str) or not 1 <= len(upload_id) <= MAX_ID:
        raise ValueError
    return {"upload_id": upload_id, "wishes": [_plain_wish(**chunk)]}


class SignOneBody(Schema):
    """One chunk."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True, metadata=CHUNK_INDEX)
    chunk_size = WholeNumber(0, MAX_OBJECT_SIZE, allow_none=True, metadata=CHUNK_BYTES)
    checksum = checksum(CHUNK_CHECKSUM, allow_none=True)


class SignManyBody(Schema):
    """Many chunks at once."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    chunks = ChunkList(required=True)


class SignBody(SignOneBody, SignManyBody):
    """Either one chunk's fields, or `chunks`."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (SignOneBody, SignManyBody)
    chunk_index = WholeNumber(0, MAX_PARTS - 1)
    chunks = ChunkList()

    def load(self, data: Any, **kwargs: Any) -> Any:
        """Read a valid body of one chunk; all others go through marshmallow, which reports what is wrong."""
        try:
            return _plain_body(**data)
        except (TypeError, ValueError):
            return super().load(data, **kwargs)

    @validates_schema
    def one_or_many(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("chunk_index" in data) == ("chunks" in data):
            raise ValidationError("Give either chunk_index or chunks.", "chunk_index")
        misplaced = {"chunk_size", "checksum"} & set(data)
        if "chunks" in data and misplaced:
            raise ValidationError(
                {field: ["Belongs to a single chunk; give it inside `chunks`."] for field in sorted(misplaced)}
            )

    @post_load
    def to_wishes(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        single = [ChunkWish(data.get("chunk_index", 0), data.get("chunk_size"), data.get("checksum"))]
        return {"upload_id": data["upload_id"], "wishes": data.get("chunks", single)}


class PartBody(Schema):
    """An uploaded chunk with the ETag that storage returned."""

    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True, metadata=CHUNK_INDEX)
    etag = fields.String(
        required=True,
        validate=validate.Length(min=1, max=255),
        metadata=said("The ETag header of the response to its PUT.", ETAG),
    )


CREDENTIAL = "Makes the file private: access to it requires the same credential."


class CompleteBody(Schema):
    """The file's name, type and further fields, and how many chunks and bytes it has."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    total_chunks = WholeNumber(1, MAX_PARTS, required=True, metadata=said("Number of uploaded chunks.", 1))
    total_size = WholeNumber(0, HUGE, required=True, metadata=said("Bytes of the file.", SIZE, **INT64))
    filename = name(required=True, metadata=said("The file's name.", FILENAME))
    content_type = content_type(said("The file's media type.", CONTENT_TYPE), required=True)
    file_extension = fields.String(
        allow_none=True,
        validate=validate.Length(max=32),
        metadata=said("Appended to the download's name if it does not end with it, for example `.jpg`."),
    )
    credential = credential(said(CREDENTIAL), allow_none=True)
    detail = detail(allow_none=True, metadata=said("Any object to store with the file.", {"album": "harbour"}))
    appointment_id = an_id(said("The appointment that the file belongs to."), allow_none=True)
    user_id = an_id(said("The user that the file belongs to."), allow_none=True)
    path_name = path_name(
        said("The folder of the file; empty: no folder. Left out or null: the one that init was given.", PATH_NAME),
        allow_none=True,
    )
    parts = fields.List(
        fields.Nested(PartBody),
        allow_none=True,
        validate=validate.Length(max=MAX_PARTS),
        metadata=said("Optional: if given, compared with the parts in storage."),
    )
    replaces = an_id(said(f"{REPLACES} Without it, the file that init named."), allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> CompletionWish:
        parts = data.pop("parts", None)
        etags = {part["chunk_index"]: part["etag"] for part in parts} if parts else None
        return CompletionWish(**data, etags=etags)


class RetryUploadBody(Schema):
    """An upload to resume."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    credential = credential(said("The credential of a private file."), allow_none=True)


class RetryFileBody(Schema):
    """A file to resume or to scan again."""

    file_id = an_id(said("The file_id that init returned.", FILE_ID), required=True)
    credential = credential(said("The credential of a private file."), allow_none=True)


class RetryBody(RetryUploadBody, RetryFileBody):
    """Either an upload, or a file."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (RetryUploadBody, RetryFileBody)
    file_id = an_id({})
    upload_id = an_id({})

    @validates_schema
    def one_id(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("file_id" in data) == ("upload_id" in data):
            raise ValidationError("Give either file_id or upload_id.", "file_id")
