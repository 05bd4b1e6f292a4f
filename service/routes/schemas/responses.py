"""Response schemas: the payloads inside the envelope. Sizes are bytes, times RFC 3339 in UTC."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields, missing

from service.routes.http.authentication import caller
from service.routes.schemas import described
from service.routes.schemas.fields import utc_text
from service.values import ALGORITHMS, FileView, SignedChunk
from service.values.caller import Scope
from service.values.states import Stage, Verdict

DECIDED = ("release", "block")
STATUSES = ("PENDING", "STARTED", "SUCCESS", "FAILURE")


class AnswerSchema(Schema):
    """A payload that may get more fields in a later version; clients ignore unknown fields."""

    class Meta:
        unknown = EXCLUDE


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


class OwnerField(fields.String):
    """The owner of a file, left out for a caller that sees only its own files."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **kwargs: Any) -> Any:
        return super().serialize(attr, obj, accessor, **kwargs) if caller().sees_all else missing


def owner(what: str) -> OwnerField:
    """The owner of a file or upload."""
    note = f"{what} Null if it was created with login off. Only for the scope `admin`, or with login off."
    return OwnerField(allow_none=True, metadata=described.said(note, "ann"))


class DecidedSchema(AnswerSchema):
    """An operator's decision without its time."""

    action = described.text("`release`: served despite its verdict; `block`: withdrawn.", "release", words=DECIDED)
    by = described.text("The operator; of a release by the allow-list, who added the entry.", "olivia")
    reason = described.text("Why.", "False positive, checked with the vendor.", null=True)


class FileDecisionSchema(DecidedSchema):
    """An operator's decision about a file."""

    at = described.time("When it was decided.", described.DONE_AT)


def decision(what: str) -> fields.Nested:
    """The operator's decision about a file."""
    return fields.Nested(FileDecisionSchema, required=True, allow_none=True, metadata=described.said(what, None))


def folder_path(what: str) -> fields.String:
    """The path of a file's folder."""
    return described.text(what, described.PATH_NAME, null=True)


class FileSchema(AnswerSchema):
    """A file."""

    id = described.an_id("The file.", described.FILE_ID)
    upload_id = described.an_id("The upload that created it.", described.UPLOAD_ID)
    owner = owner("The subject that owns it.")
    filename = described.text("Its name, as given by the client.", described.FILENAME)
    path_name = folder_path("The folder that it is in, without its name; null: no folder.")
    path = described.text(
        "`bucket/key` of its object in storage.", "longshore-public/7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77"
    )
    content_type = described.text("Its media type, as given by the client, normalized.", described.CONTENT_TYPE)
    detected_content_type = described.text(
        "The media type that its bytes show; null before the scan, and if it was not scanned.",
        described.CONTENT_TYPE,
        null=True,
    )
    size = described.size("Its number of bytes in storage.", described.SIZE)
    detail = fields.Dict(
        required=True,
        allow_none=True,
        metadata=described.said("The object that the client stored with it.", {"album": "harbour"}),
    )
    is_private = described.flag("Whether access requires a credential.", example=False)
    download_url = described.text(
        "A new download link; null until the verdict is `clean` or `released` (or scanning is off). Also null in lists"
        " for private files and where storage must be asked first: use `get`.",
        f"{described.OBJECT}?X-Amz-Signature=91ce",
        null=True,
        format="uri",
    )
    download_expires_at = described.time(
        "When the link expires; null without a link or if it does not expire.", None, null=True
    )
    checksum = described.text("Checksum of the object, as reported by storage; null if there is none.", None, null=True)
    virus_scan_status = described.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = described.text(
        "The name of the found signature, or the reason for the verdict.", None, null=True
    )
    virus_scan_date = described.time("When the verdict was recorded.", described.DONE_AT, null=True)
    is_quarantined = described.flag("Whether it is in quarantine.", example=False)
    quarantine_reason = described.text("Why it is in quarantine.", None, null=True)
    appointment_id = described.an_id("The appointment that it belongs to.", None, null=True)
    user_id = described.an_id("The user that it belongs to.", None, null=True)
    policy = described.text("The upload policy under which it was accepted.", "default")
    grant_id = described.an_id("The grant with which it was uploaded; null without one.", None, null=True)
    replaces = described.an_id(
        "The file that is deleted once this one may be downloaded; null without one, and when it is deleted.",
        None,
        null=True,
    )
    version = described.number("Increases with each change of the file; for `If-Match`.", 1)
    expires_at = described.time("When it is deleted; null: never.", None, null=True)
    legal_hold = described.flag("Whether nothing may delete it, until an operator lifts the hold.", example=False)
    decision = decision("The operator's decision that it is `released` or `blocked`; null without one.")
    created_at = described.time("When it was completed.", described.STARTED_AT)


class JobSchema(AnswerSchema):
    """The scan's job in the queue."""

    id = described.text("Its id in the queue.", f"scan-{described.FILE_ID}")
    status = described.text(
        "Its status in the queue: `queued`, `started`, `scheduled` (retried later), `finished` …", "finished"
    )
    enqueued_at = described.time("When it was queued.", described.STARTED_AT, null=True)
    started_at = described.time("When a worker took it.", described.STARTED_AT, null=True)
    ended_at = described.time("When it ended.", described.DONE_AT, null=True)
    attempts = described.number("Number of scan attempts.", 1)
    last_error = described.text("Why the last attempt did not result in a verdict.", None, null=True)


class StatusSchema(AnswerSchema):
    """The progress of a file from init to the verdict."""

    status = described.text(
        "The overall status: `PENDING` uploading or queued, `STARTED` scanning, `SUCCESS` usable, `FAILURE`.",
        "SUCCESS",
        words=STATUSES,
    )
    stage = described.text("The exact state.", "ready", words=Stage)
    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    file_id = described.an_id("The file.", described.FILE_ID)
    owner = owner("The subject that owns it.")
    path_name = folder_path("The folder that it is in, or will be in; null: no folder.")
    policy = described.text("The upload policy under which it was accepted.", "default")
    grant_id = described.an_id("The grant with which it was uploaded; null without one.", None, null=True)
    size = described.size("Bytes of the file; null while unknown.", described.SIZE, null=True)
    uploaded_bytes = described.size("Bytes in storage.", described.SIZE)
    total_chunks = described.number("Number of chunks in the file; null while its size is unknown.", 1, null=True)
    uploaded_chunks = described.number("Number of chunks in storage.", 1)
    chunk_size = described.size(
        "Bytes of every chunk except the last; null if the upload ended without a file or the parts are unknown.",
        described.CHUNK_SIZE,
        null=True,
    )
    checksum_algorithm = described.text(
        "Algorithm of the chunks' checksums while uploading; null if there are none.", None, null=True, words=ALGORITHMS
    )
    uploaded = described.many(
        fields.Nested(UploadedChunkSchema),
        "While uploading: the chunks in storage, to compare with the local file; later null.",
        None,
        null=True,
    )
    scanned_bytes = described.size("Bytes sent to the scanner so far; null before the scan.", described.SIZE, null=True)
    virus_scan_status = described.text("The verdict; null before there is a file.", "clean", null=True, words=Verdict)
    virus_scan_result = described.text(
        "The name of the found signature, or the reason for the verdict; null if clean.", None, null=True
    )
    detected_content_type = described.text(
        "The media type that its bytes show; null before the scan, and if it was not scanned.",
        described.CONTENT_TYPE,
        null=True,
    )
    job = fields.Nested(
        JobSchema,
        required=True,
        allow_none=True,
        metadata=described.said("The scan's job; null if the queue has none."),
    )
    expires_at = described.time(
        "When the open upload expires; after completion, when the file is deleted (null: never).", None, null=True
    )
    legal_hold = described.flag("Whether nothing may delete the file.", example=False)
    decision = decision("The operator's decision that the file is `released` or `blocked`; null without one.")


class AbortedSchema(AnswerSchema):
    """An aborted upload."""

    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    stage = described.text("The new state.", Stage.ABORTED.value, words=[Stage.ABORTED])


class DeletedSchema(AnswerSchema):
    """The deleted resource."""

    id = described.an_id("The id of what was deleted.", described.FILE_ID)


class AccountSchema(AnswerSchema):
    """The account that the key or token stands for."""

    subject = described.text("The subject of the key or token; null if login is off.", "ann", null=True)
    scopes = described.many(
        described.text("A scope.", "read", words=Scope), "Scopes of the key or token.", ["upload", "read"]
    )
    used_bytes = described.size("Bytes in open uploads and files; null if login is off.", described.SIZE, null=True)
    allowed_bytes = described.size("The quota in bytes; null without a limit.", 1_073_741_824, null=True)
    storage_lets_through = described.many(
        described.text("An attack.", "a part sent by an unsigned stream"),
        "Attacks that storage did not reject in the last check; only for the scope `admin`, or with login off.",
        [],
    )


class UserSchema(AnswerSchema):
    """A user that files can belong to."""

    id = described.an_id("The user.", described.USER_ID)
    name = described.text("The user's name.", "Ann Arbor")
    created_at = described.time("When it was created.", described.STARTED_AT)


class AppointmentSchema(AnswerSchema):
    """An appointment of a user, to which files can belong."""

    id = described.an_id("The appointment.", described.APPOINTMENT_ID)
    user_id = described.an_id("The user that it belongs to.", described.USER_ID)
    title = described.text("The appointment's title.", "First visit")
    created_at = described.time("When it was created.", described.STARTED_AT)


class PageSchema(AnswerSchema):
    next_cursor = described.text("Value of `cursor` for the next page; null on the last page.", None, null=True)


class FilePageSchema(PageSchema):
    """A page of files."""

    items = described.many(fields.Nested(FileSchema), "Files in the requested order.")


class FolderSchema(AnswerSchema):
    """A folder."""

    path_name = described.text("Its whole path.", described.PATH_NAME)
    name = described.text("The last name of its path.", "June")
    created_at = described.time("When the first file was put into it, or below.", described.STARTED_AT)


class FolderPageSchema(PageSchema):
    """A page of folders."""

    items = described.many(fields.Nested(FolderSchema), "Folders by name, without case and accents.")


class RenamedFolderSchema(AnswerSchema):
    """A renamed folder."""

    class Meta(AnswerSchema.Meta):
        include: ClassVar[dict[str, fields.Field[Any]]] = {
            "from": fields.String(
                required=True,
                attribute="come_from",
                metadata=described.said("Its path before.", described.PATH_NAME),
            )
        }

    to = described.text("Its path now.", described.NEW_PATH)


class UserPageSchema(PageSchema):
    """A page of users."""

    items = described.many(fields.Nested(UserSchema), "Users, newest first.")


class AppointmentPageSchema(PageSchema):
    """A page of appointments."""

    items = described.many(fields.Nested(AppointmentSchema), "Appointments, newest first.")


class ScannerHealthSchema(AnswerSchema):
    """The virus scanner and its settings; of two scanners, both in one."""

    status = described.text(
        "`ok`, `off`, or `unsafe`: its settings let files pass without a scan.", "ok", words=("ok", "off", "unsafe")
    )
    engine = described.text("The engine and its version.", "ClamAV 1.4.3", null=True)
    signatures = described.text("The signatures' version and date.", "27654, Fri Jan 30 09:36:12 2026", null=True)
    max_size = described.size(
        "Size in bytes of the largest scanned file; larger files are `unscannable`. Null: no limit, or off.",
        2**31,
        null=True,
    )
    advice = described.many(fields.String(), "Recommended changes to the scanner's settings.", [])


class LiveSchema(AnswerSchema):
    """Whether this process is running."""

    live = described.flag("Always true.", example=True)


class ReadySchema(AnswerSchema):
    """The status of each dependency: `ok`, `off`, or what is wrong with it."""

    database = described.text("The database.", "ok")
    storage = described.text("The object storage.", "ok")
    redis = described.text("The queue; without it uploads are accepted and scanned later.", "ok")
    scanner = described.text("The virus scanner; without it uploads are accepted and scanned later.", "ok")


class RetrySchema(Schema):
    """A File, or the progress of an open upload."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (ResumptionSchema, FileSchema)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return (FileSchema() if isinstance(obj, FileView) else ResumptionSchema()).dump(obj)


class ContentLinkSchema(AnswerSchema):
    """A download link for a file's bytes."""

    url = described.text("The URL of the bytes in storage.", f"{described.OBJECT}?X-Amz-Signature=91ce", format="uri")
    expires_at = described.time("When the link expires; null if it does not expire.", "2026-01-31T13:00:00Z", null=True)
