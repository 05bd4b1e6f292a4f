"""What goes in: the bodies and queries of the contract, loaded into the domain's values."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from service.db.pages import FILE_SORTS, MAX_CURSOR, NEWEST_FIRST
from service.domain.states import Verdict
from service.limits import (
    DEFAULT_PAGE,
    MAX_CHUNKS_PER_CALL,
    MAX_NAME_LENGTH,
    MAX_OBJECT_SIZE,
    MAX_PAGE,
    MAX_PARTS,
)
from service.routes.fields import (
    BASE64,
    MAX_CHECKSUM,
    WholeNumber,
    an_id,
    checksum,
    content_type,
    credential,
    detail,
    name,
)
from service.values import ChunkWish, CompletionWish, FileQuery, UploadWish

HUGE = 2**63 - 1
"""Larger numbers are nonsense; up to it `file_too_large` is the better answer."""
VERDICTS = tuple(verdict.value for verdict in Verdict)
ALGORITHMS = ("SHA256", "CRC32", "CRC32C", "CRC64NVME")


class InitBody(Schema):
    filename = name(allow_none=True)
    size = WholeNumber(0, HUGE, allow_none=True, metadata={"description": "bytes"})
    content_type = content_type(allow_none=True)
    chunk_size = WholeNumber(1, HUGE, allow_none=True, metadata={"description": "bytes wanted for each chunk"})
    checksum_algorithm = fields.String(allow_none=True, validate=validate.OneOf(ALGORITHMS))

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> UploadWish:
        return UploadWish(**data)


class ChunkBody(Schema):
    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True)
    chunk_size = WholeNumber(0, MAX_OBJECT_SIZE, allow_none=True, metadata={"description": "bytes of this chunk"})
    checksum = checksum(allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> ChunkWish:
        return ChunkWish(data["chunk_index"], data.get("chunk_size"), data.get("checksum"))


class ChunkList(fields.List[Any]):
    """A list of chunks, up to a thousand of them: those that are plainly right are read in one loop.

    Anything else goes through marshmallow, which finds the words for what is wrong.
    """

    def __init__(self) -> None:
        super().__init__(fields.Nested(ChunkBody), validate=validate.Length(min=1, max=MAX_CHUNKS_PER_CALL))

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


class SignBody(Schema):
    """Either one chunk's fields, or `chunks`."""

    upload_id = an_id(required=True)
    chunk_index = WholeNumber(0, MAX_PARTS - 1)
    chunk_size = WholeNumber(0, MAX_OBJECT_SIZE, allow_none=True, metadata={"description": "bytes of this chunk"})
    checksum = checksum(allow_none=True)
    chunks = ChunkList()

    @validates_schema
    def one_or_many(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("chunk_index" in data) == ("chunks" in data):
            raise ValidationError("Give either chunk_index or chunks.", "chunk_index")

    @post_load
    def to_wishes(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        single = [ChunkWish(data.get("chunk_index", 0), data.get("chunk_size"), data.get("checksum"))]
        return {"upload_id": data["upload_id"], "wishes": data.get("chunks", single)}


class PartBody(Schema):
    chunk_index = WholeNumber(0, MAX_PARTS - 1, required=True)
    etag = fields.String(required=True, validate=validate.Length(min=1, max=255))


class CompleteBody(Schema):
    upload_id = an_id(required=True)
    total_chunks = WholeNumber(1, MAX_PARTS, required=True)
    total_size = WholeNumber(0, HUGE, required=True, metadata={"description": "bytes"})
    filename = name(required=True)
    content_type = content_type(required=True)
    file_extension = fields.String(allow_none=True, validate=validate.Length(max=32))
    credential = credential(allow_none=True, metadata={"description": "makes the file private"})
    detail = detail(allow_none=True)
    appointment_id = an_id(allow_none=True)
    user_id = an_id(allow_none=True)
    parts = fields.List(fields.Nested(PartBody), allow_none=True, validate=validate.Length(max=MAX_PARTS))

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> CompletionWish:
        parts = data.pop("parts", None)
        etags = {part["chunk_index"]: part["etag"] for part in parts} if parts else None
        return CompletionWish(**data, etags=etags)


class RetryBody(Schema):
    file_id = an_id()
    upload_id = an_id()
    credential = credential(allow_none=True)

    @validates_schema
    def one_id(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("file_id" in data) == ("upload_id" in data):
            raise ValidationError("Give either file_id or upload_id.", "file_id")


class UserBody(Schema):
    name = name(required=True)


class AppointmentBody(Schema):
    user_id = an_id(required=True)
    title = name(required=True)


class PageQuery(Schema):
    limit = fields.Integer(load_default=DEFAULT_PAGE, validate=validate.Range(min=1, max=MAX_PAGE))
    cursor = fields.String(load_default=None, validate=validate.Length(max=MAX_CURSOR))


class UserPageQuery(PageQuery):
    user_id = an_id(load_default=None)


class FilesQuery(PageQuery):
    sort = fields.String(
        load_default=NEWEST_FIRST,
        validate=validate.OneOf(FILE_SORTS),
        metadata={"description": "names without regard to case and accents; `-`: downwards"},
    )
    search = fields.String(
        load_default=None,
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata={"description": "words that the name holds, all of them, in any case, with or without accents"},
    )
    virus_scan_status = fields.String(load_default=None, validate=validate.OneOf(VERDICTS))

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FileQuery:
        return FileQuery(**data)


class UserFilesQuery(FilesQuery):
    user_id = an_id(load_default=None)
