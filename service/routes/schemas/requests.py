"""Request schemas: bodies and queries of the contract, loaded into the domain's values."""

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
    MAX_REASON,
)
from service.routes.schemas.described import (
    CONTENT_TYPE,
    ETAG,
    FILE_ID,
    FILENAME,
    INT64,
    NEW_PATH,
    PATH_NAME,
    SIZE,
    UPLOAD_ID,
    USER_ID,
    said,
)
from service.routes.schemas.fields import (
    BASE64,
    MAX_CHECKSUM,
    MAX_ID,
    Flag,
    WholeNumber,
    an_id,
    checksum,
    content_type,
    credential,
    detail,
    detail_filters,
    moment,
    name,
    path_name,
    wanted_id,
    wanted_policy,
    wanted_type,
)
from service.values import (
    ALGORITHMS,
    FILE_SORTS,
    NEWEST_FIRST,
    ChunkWish,
    CompletionWish,
    FileChange,
    FileQuery,
    PersonQuery,
    UploadWish,
)
from service.values.folders import FolderQuery, FolderRename
from service.values.states import Verdict

HUGE = 2**63 - 1
"""Larger numbers are invalid; below it the error is `file_too_large`."""
VERDICTS = tuple(verdict.value for verdict in Verdict)
INLINE, ATTACHMENT = "inline", "attachment"


REPLACES = "The file to delete once this one may be downloaded; the caller must be allowed to delete it."
FOLDER = "The folder of the file, without its name; names are separated by slashes. Empty or null: no folder."


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


class ChangeBody(Schema):
    """The fields of a file to change; all others stay as they are."""

    filename = name(metadata=said("The file's name.", FILENAME))
    path_name = path_name(said(FOLDER, PATH_NAME), allow_none=True)
    detail = detail(allow_none=True, metadata=said("Any object to store with the file.", {"album": "harbour"}))
    user_id = an_id(said("The user that the file belongs to."), allow_none=True)
    appointment_id = an_id(said("The appointment that the file belongs to."), allow_none=True)
    expires_at = moment(said("When the file is deleted; null: never.", "2027-01-31T00:00:00Z"), allow_none=True)
    legal_hold = Flag(metadata=said("Whether nothing may delete the file; requires the scope `admin`."))
    reason = fields.String(
        validate=validate.Length(min=1, max=MAX_REASON),
        metadata=said("Why, for the audit log; required with legal_hold.", "Case 4711"),
    )

    @post_load
    def as_change(self, data: dict[str, Any], **_kwargs: Any) -> FileChange:
        reason = data.pop("reason", None)
        if "path_name" in data:
            data["path_name"] = data["path_name"] or None
        return FileChange(data, reason=reason)


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


class UserBody(Schema):
    """A user to create."""

    name = name(required=True, metadata=said("The user's name.", "Ann Arbor"))


class AppointmentBody(Schema):
    """An appointment to create."""

    user_id = an_id(said("The user that the appointment belongs to.", USER_ID), required=True)
    title = name(required=True, metadata=said("The appointment's title.", "First visit"))


class PageQuery(Schema):
    limit = fields.Integer(
        load_default=DEFAULT_PAGE,
        validate=validate.Range(min=1, max=MAX_PAGE),
        metadata=said("Maximum number of items in a page."),
    )
    cursor = fields.String(
        validate=validate.Length(max=MAX_CURSOR),
        metadata=said("`next_cursor` of the page before; only valid with the same sort order."),
    )


class UsersQuery(PageQuery):
    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Words that must all occur in the name or title; case and accents are ignored."),
    )

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> PersonQuery:
        return PersonQuery(**data)


class AppointmentsQuery(UsersQuery):
    user_id = wanted_id(said("Only items of this user."))


class FileProperties(Schema):
    """Properties by which files are chosen."""

    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Words that must all occur in the name; case and accents are ignored."),
    )
    virus_scan_status = fields.String(validate=validate.OneOf(VERDICTS), metadata=said("Only files with this verdict."))
    policy = wanted_policy(said("Only files of this upload policy."))
    detail = detail_filters(
        said(
            "Only files with this value in `detail`, `KEY:VALUE`; repeat it for several keys. A policy must index each "
            "key. Numbers and booleans are compared as JSON writes them. Private files are never found.",
            ["invoice_id:42"],
        )
    )
    content_type = wanted_type(said("Only files of this declared type; `image/*` for all images."))
    created_from = moment(said("Only files that were completed at this time or later.", "2026-01-01T00:00:00Z"))
    created_until = moment(said("Only files that were completed before this time.", "2026-02-01T00:00:00Z"))
    min_size = fields.Integer(validate=validate.Range(0, HUGE), metadata=said("Only files of at least so many bytes."))
    max_size = fields.Integer(validate=validate.Range(0, HUGE), metadata=said("Only files of at most so many bytes."))
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Only files of this subject; requires the scope `admin`."),
    )


class FilesQuery(FileProperties, PageQuery):
    sort = fields.String(
        validate=validate.OneOf(FILE_SORTS),
        metadata=said(
            "The sort order, descending with `-`. Names ignore case and accents. Without it `-created_at`, and with "
            "`filename` that name's."
        ),
    )
    path_name = path_name(
        said(
            "Only files directly in this folder of `owner`, else of the caller; empty: only files in no folder. "
            "Left out: files of all folders.",
            PATH_NAME,
        )
    )
    recursive = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata=said("`true`: with `path_name`, also files in all folders below."),
    )
    filename = name(metadata=said("Only files with exactly this name.", FILENAME))

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FileQuery:
        # an index has the files of a name in this order alone
        sort = data.get("sort", "filename" if "filename" in data else NEWEST_FIRST)
        return FileQuery(**data | {"detail": tuple(data.get("detail", ())), "sort": sort})


class UserFilesQuery(FilesQuery):
    user_id = wanted_id(said("Only items of this user."))


class FoldersQuery(PageQuery):
    path_name = path_name(said("The folder; empty or left out: the topmost ones.", PATH_NAME))
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Folders of this subject instead of the caller; requires the scope `admin`."),
    )

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FolderQuery:
        return FolderQuery(**data)


class RenameFolderBody(Schema):
    """A folder, and its new path."""

    class Meta:
        include: ClassVar[dict[str, fields.Field[Any]]] = {  # a keyword of Python
            "from": path_name(said("The folder.", PATH_NAME), required=True, validate=validate.Length(min=1))
        }

    to = path_name(
        said("Its new path; folders above it are created.", NEW_PATH), required=True, validate=validate.Length(min=1)
    )
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Whose folder, instead of the caller; requires the scope `admin`."),
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> FolderRename:
        return FolderRename(data.pop("from"), **data)


class DeletionQuery(Schema):
    delete_object = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        metadata=said("`true`: also delete the object of an adopted file; it needs the scope `admin`."),
    )


class ContentQuery(Schema):
    disposition = fields.String(
        load_default=INLINE,
        validate=validate.OneOf((INLINE, ATTACHMENT)),
        metadata=said("`attachment`: browsers save the file. `inline`: browsers may display a safe type."),
    )
