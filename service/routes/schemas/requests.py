"""What goes in: the bodies and queries of the contract, loaded into the domain's values."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from service.limits import (
    DEFAULT_PAGE,
    MAX_CHUNKS_PER_CALL,
    MAX_CURSOR,
    MAX_NAME_LENGTH,
    MAX_OBJECT_SIZE,
    MAX_PAGE,
    MAX_PARTS,
)
from service.routes.schemas.described import (
    CONTENT_TYPE,
    ETAG,
    FILE_ID,
    FILENAME,
    INT64,
    SIZE,
    UPLOAD_ID,
    USER_ID,
    said,
)
from service.routes.schemas.fields import (
    BASE64,
    MAX_CHECKSUM,
    WholeNumber,
    an_id,
    checksum,
    content_type,
    credential,
    detail,
    name,
    wanted_id,
)
from service.values import FILE_SORTS, NEWEST_FIRST, ChunkWish, CompletionWish, FileQuery, UploadWish
from service.values.states import Verdict

HUGE = 2**63 - 1
"""Larger numbers are nonsense; up to it `file_too_large` is the better answer."""
VERDICTS = tuple(verdict.value for verdict in Verdict)
INLINE, ATTACHMENT = "inline", "attachment"
ALGORITHMS = ("SHA256", "CRC32", "CRC32C", "CRC64NVME")


class InitBody(Schema):
    """What is known of the file; everything may be unknown yet."""

    filename = name(allow_none=True, metadata=said("The file's name.", FILENAME))
    size = WholeNumber(0, HUGE, allow_none=True, metadata=said("Bytes of the file.", SIZE, **INT64))
    content_type = content_type(said("The file's media type.", CONTENT_TYPE), allow_none=True)
    chunk_size = WholeNumber(
        1, HUGE, allow_none=True, metadata=said("Bytes wanted for each chunk; the answer says what it is.", **INT64)
    )
    checksum_algorithm = fields.String(
        allow_none=True,
        validate=validate.OneOf(ALGORITHMS),
        metadata=said("Storage shall hold every chunk to a checksum of this kind."),
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> UploadWish:
        return UploadWish(**data)


CHUNK_INDEX = said("Which chunk of the file, from 0.", 0)
CHUNK_BYTES = said("Bytes of this chunk; needed where init knew no size.", SIZE, **INT64)
CHUNK_CHECKSUM = said("This chunk's, in base64; needed where init named a checksum_algorithm.")
WHICH_UPLOAD = said("The upload, as init named it.", UPLOAD_ID)


class ChunkBody(Schema):
    """A chunk that is to be sent."""

    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True, metadata=CHUNK_INDEX)
    chunk_size = WholeNumber(0, MAX_OBJECT_SIZE, allow_none=True, metadata=CHUNK_BYTES)
    checksum = checksum(CHUNK_CHECKSUM, allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> ChunkWish:
        return ChunkWish(data["chunk_index"], data.get("chunk_size"), data.get("checksum"))


class ChunkList(fields.List[Any]):
    """A list of chunks, up to a thousand of them: those that are plainly right are read in one loop.

    Anything else goes through marshmallow, which finds the words for what is wrong.
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
    """A chunk whose fields need no second look. Raises TypeError or ValueError for any other."""
    # type(), not isinstance(): a bool is an int
    if type(chunk_index) is not int or not 0 <= chunk_index < MAX_PARTS:
        raise ValueError
    if chunk_size is not None and (type(chunk_size) is not int or not 0 <= chunk_size <= MAX_OBJECT_SIZE):
        raise ValueError
    if checksum is not None and (len(checksum) > MAX_CHECKSUM or not BASE64.fullmatch(checksum)):
        raise ValueError
    return ChunkWish(chunk_index, chunk_size, checksum)


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

    @validates_schema
    def one_or_many(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("chunk_index" in data) == ("chunks" in data):
            raise ValidationError("Give either chunk_index or chunks.", "chunk_index")
        stray = {"chunk_size", "checksum"} & set(data)
        if "chunks" in data and stray:
            raise ValidationError({field: ["Belongs to one chunk: give it in chunks."] for field in sorted(stray)})

    @post_load
    def to_wishes(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        single = [ChunkWish(data.get("chunk_index", 0), data.get("chunk_size"), data.get("checksum"))]
        return {"upload_id": data["upload_id"], "wishes": data.get("chunks", single)}


class PartBody(Schema):
    """A chunk as storage answered to it."""

    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True, metadata=CHUNK_INDEX)
    etag = fields.String(
        required=True, validate=validate.Length(min=1, max=255), metadata=said("The ETag header of its PUT.", ETAG)
    )


CREDENTIAL = "Makes the file private: who wants it must show the same."


class CompleteBody(Schema):
    """What the file is to be, and how many chunks and bytes it has."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    total_chunks = WholeNumber(1, MAX_PARTS, required=True, metadata=said("How many chunks were sent.", 1))
    total_size = WholeNumber(0, HUGE, required=True, metadata=said("Bytes of the file.", SIZE, **INT64))
    filename = name(required=True, metadata=said("The file's name.", FILENAME))
    content_type = content_type(said("The file's media type.", CONTENT_TYPE), required=True)
    file_extension = fields.String(
        allow_none=True,
        validate=validate.Length(max=32),
        metadata=said("Added to the name of a download that lacks it, `.jpg`."),
    )
    credential = credential(said(CREDENTIAL), allow_none=True)
    detail = detail(allow_none=True, metadata=said("Anything that you want kept with the file.", {"album": "harbour"}))
    appointment_id = an_id(said("The appointment that the file belongs to."), allow_none=True)
    user_id = an_id(said("The user that the file belongs to."), allow_none=True)
    parts = fields.List(
        fields.Nested(PartBody),
        allow_none=True,
        validate=validate.Length(max=MAX_PARTS),
        metadata=said("Where given, held against what storage has. Never needed."),
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> CompletionWish:
        parts = data.pop("parts", None)
        etags = {part["chunk_index"]: part["etag"] for part in parts} if parts else None
        return CompletionWish(**data, etags=etags)


class RetryUploadBody(Schema):
    """An upload to carry on with."""

    upload_id = an_id(WHICH_UPLOAD, required=True)
    credential = credential(said("The file's, where it is private."), allow_none=True)


class RetryFileBody(Schema):
    """A file to carry on with."""

    file_id = an_id(said("The file, as init named it.", FILE_ID), required=True)
    credential = credential(said("The file's, where it is private."), allow_none=True)


class RetryBody(RetryUploadBody, RetryFileBody):
    """Either an upload, or a file."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (RetryUploadBody, RetryFileBody)
    file_id = an_id({})
    upload_id = an_id({})

    @validates_schema
    def one_id(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("file_id" in data) == ("upload_id" in data):
            raise ValidationError("Give either file_id or upload_id.", "file_id")


class UserBody(Schema):
    """A user to be."""

    name = name(required=True, metadata=said("What people call the user.", "Ann Arbor"))


class AppointmentBody(Schema):
    """An appointment to be."""

    user_id = an_id(said("Whose it is.", USER_ID), required=True)
    title = name(required=True, metadata=said("What people call it.", "First visit"))


class PageQuery(Schema):
    limit = fields.Integer(
        load_default=DEFAULT_PAGE,
        validate=validate.Range(min=1, max=MAX_PAGE),
        metadata=said("How many a page has at most."),
    )
    cursor = fields.String(
        validate=validate.Length(max=MAX_CURSOR),
        metadata=said("`next_cursor` of the page before; it keeps to its order."),
    )


class UserPageQuery(PageQuery):
    user_id = wanted_id(said("Of this user only."))


class FilesQuery(PageQuery):
    sort = fields.String(
        load_default=NEWEST_FIRST,
        validate=validate.OneOf(FILE_SORTS),
        metadata=said("The order; names without regard to case and accents; `-`: downwards."),
    )
    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Words that the name holds, all of them, in any case, with or without accents."),
    )
    virus_scan_status = fields.String(validate=validate.OneOf(VERDICTS), metadata=said("Of this verdict only."))

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FileQuery:
        return FileQuery(**data)


class UserFilesQuery(FilesQuery):
    user_id = wanted_id(said("Of this user only."))


class ContentQuery(Schema):
    disposition = fields.String(
        load_default=INLINE,
        validate=validate.OneOf((INLINE, ATTACHMENT)),
        metadata=said("`attachment`: browsers save the file. `inline`: they may show a harmless type in place."),
    )
