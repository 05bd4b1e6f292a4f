"""What comes out: the contract's payloads, inside the envelope. Sizes are bytes, times RFC 3339 in UTC."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields

from service.routes.schemas import described
from service.routes.schemas.fields import utc_text
from service.routes.schemas.requests import ALGORITHMS
from service.values import FileView, SignedChunk
from service.values.caller import Scope
from service.values.states import Stage, Verdict

STATUSES = ("PENDING", "STARTED", "SUCCESS", "FAILURE")


class AnswerSchema(Schema):
    """A payload that may get further fields in a later version: readers pass over those they do not know."""

    class Meta:
        unknown = EXCLUDE


class SignedChunkSchema(AnswerSchema):
    """Permission to send one chunk: this method, to this URL, with these headers, and exactly the chunk's bytes."""

    chunk_index = described.number("Which chunk of the file, from 0.", 0)
    part_number = described.number("The part's number in storage: chunk_index + 1.", 1)
    method = described.text("The method to send it by.", "PUT", words=["PUT"])
    url = described.text(
        "Where to send the bytes: storage itself. It takes exactly as many as the chunk has, until expires_at.",
        described.PART_URL,
    )
    headers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=described.said("Headers to send exactly so; a Content-Type of your own would be refused.", {}),
    )
    expires_at = described.time("When the URL stops working.", "2026-01-31T13:00:00Z")


class SignedChunkList(fields.List[Any]):
    """A list of signed chunks, up to a thousand of them: written in one loop, as SignedChunkSchema would."""

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
    """An upload that has been started, with permission for its first chunks."""

    upload_id = described.an_id("The upload, for chunk, complete, retry and abort.", described.UPLOAD_ID)
    file_id = described.an_id("The file that it becomes, for status at once, and for get later.", described.FILE_ID)
    chunk_size = described.size("Bytes of every chunk but the last.", described.CHUNK_SIZE)
    total_chunks = described.number("How many chunks the file has; null while its size is unknown.", 1, null=True)
    expires_at = described.time("When the upload is given up unless it is complete.", described.EXPIRES_AT)
    chunks = SignedChunkList(
        "The first chunks, signed, so that a small file needs no signing call; empty where a checksum or the size has"
        " to come first."
    )


class SignedChunksSchema(AnswerSchema):
    """Permission for the chunks that were asked for, in their order."""

    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    chunk_index = described.number("The first chunk that was asked for.", 0)
    chunks = SignedChunkList("The chunks, signed.")


class UploadedChunkSchema(AnswerSchema):
    """A chunk that storage has."""

    chunk_index = described.number("Which chunk, from 0.", 0)
    size = described.size("Its bytes.", described.SIZE)
    etag = described.text("Storage's ETag of it, its quotes included; on most stores the MD5.", described.ETAG)
    checksum = described.text("In base64, as storage reports it; null where it reports none.", None, null=True)


class ResumptionSchema(OpenedUploadSchema):
    """Where an open upload stands, and permission for the first chunks that are missing."""

    size = described.size("Bytes of the file, as init was told; null: unknown.", described.SIZE, null=True)
    checksum_algorithm = described.text("What each chunk's checksum is; null: none.", None, null=True, words=ALGORITHMS)
    uploaded = described.many(
        fields.Nested(UploadedChunkSchema), "What storage has: compare it with your own bytes.", []
    )
    missing = described.many(fields.Integer(), "The indexes of the chunks that storage lacks.", [0])


class FileSchema(AnswerSchema):
    """A file, as whoever may see it is shown it."""

    id = described.an_id("The file.", described.FILE_ID)
    upload_id = described.an_id("The upload that it came by.", described.UPLOAD_ID)
    filename = described.text("Its name, as the client gave it.", described.FILENAME)
    path = described.text(
        "`bucket/key` of its object in storage.", "longshore-public/7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77"
    )
    content_type = described.text("Its media type, as the client gave it, normalized.", described.CONTENT_TYPE)
    size = described.size("Its bytes, as storage counted them.", described.SIZE)
    detail = fields.Dict(
        required=True, allow_none=True, metadata=described.said("What the client kept with it.", {"album": "harbour"})
    )
    is_private = described.flag("Whether it wants a credential.", example=False)
    download_url = described.text(
        "A fresh link; null until the verdict is `clean` (or scanning is off), and in lists for private files and where"
        " a link needs a look at storage: ask `get` for it.",
        f"{described.OBJECT}?X-Amz-Signature=91ce",
        null=True,
        format="uri",
    )
    download_expires_at = described.time(
        "When the link stops working; null: no link, or a lasting one.", None, null=True
    )
    checksum = described.text("The object's, as storage reported it; null: none.", None, null=True)
    virus_scan_status = described.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = described.text("The engine's words: a signature's name, or why not.", None, null=True)
    virus_scan_date = described.time("When the verdict was given.", described.DONE_AT, null=True)
    is_quarantined = described.flag("Whether it is held back for good.", example=False)
    quarantine_reason = described.text("Why it is held back.", None, null=True)
    appointment_id = described.an_id("The appointment that it belongs to.", None, null=True)
    user_id = described.an_id("The user that it belongs to.", None, null=True)
    created_at = described.time("When it was completed.", described.STARTED_AT)


class JobSchema(AnswerSchema):
    """The scan's job, as the queue knows it."""

    id = described.text("Its id in the queue.", f"scan-{described.FILE_ID}")
    status = described.text(
        "The queue's word: `queued`, `started`, `scheduled` (tried again later), `finished` …", "finished"
    )
    enqueued_at = described.time("When it was queued.", described.STARTED_AT, null=True)
    started_at = described.time("When a worker took it.", described.STARTED_AT, null=True)
    ended_at = described.time("When it ended.", described.DONE_AT, null=True)
    attempts = described.number("How often the scan was begun.", 1)
    last_error = described.text("Why the last attempt gave no verdict.", None, null=True)


class StatusSchema(AnswerSchema):
    """How far a file is, from init to the verdict."""

    status = described.text(
        "In one word: `PENDING` uploading or queued, `STARTED` scanning, `SUCCESS` usable, `FAILURE`.",
        "SUCCESS",
        words=STATUSES,
    )
    stage = described.text("Exactly.", "ready", words=Stage)
    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    file_id = described.an_id("The file.", described.FILE_ID)
    size = described.size("Bytes of the file; null while unknown.", described.SIZE, null=True)
    uploaded_bytes = described.size("Bytes that storage has.", described.SIZE)
    total_chunks = described.number("How many chunks the file has; null while its size is unknown.", 1, null=True)
    uploaded_chunks = described.number("How many of them storage has.", 1)
    chunk_size = described.size(
        "Bytes of every chunk but the last; null: the upload ended without a file, or the file's parts are not known.",
        described.CHUNK_SIZE,
        null=True,
    )
    checksum_algorithm = described.text(
        "What each chunk's checksum is, while uploading; null: none.", None, null=True, words=ALGORITHMS
    )
    uploaded = described.many(
        fields.Nested(UploadedChunkSchema),
        "What storage has, while uploading: compare it with your own bytes. Then null.",
        None,
        null=True,
    )
    scanned_bytes = described.size("Handed to the scanner so far; null before the scan.", described.SIZE, null=True)
    virus_scan_status = described.text("The verdict; null before there is a file.", "clean", null=True, words=Verdict)
    job = fields.Nested(
        JobSchema, required=True, allow_none=True, metadata=described.said("The scan's job; null: the queue has none.")
    )
    expires_at = described.time("When the upload is given up; null once there is a file.", None, null=True)


class AbortedSchema(AnswerSchema):
    """An upload that was given up."""

    upload_id = described.an_id("The upload.", described.UPLOAD_ID)
    stage = described.text("What it is now.", Stage.ABORTED.value, words=[Stage.ABORTED])


class DeletedSchema(AnswerSchema):
    """What was deleted."""

    id = described.an_id("Its id, which nothing has any more.", described.FILE_ID)


class AccountSchema(AnswerSchema):
    """Who calls."""

    subject = described.text("Whose uploads and files are seen; null: login is off.", "ann", null=True)
    scopes = described.many(
        described.text("A scope.", "read", words=Scope), "What the key or token allows.", ["upload", "read"]
    )
    used_bytes = described.size("In open uploads and files; null: login is off.", described.SIZE, null=True)
    allowed_bytes = described.size("The quota; null: no limit.", 1_073_741_824, null=True)
    storage_lets_through = described.many(
        described.text("An attack.", "a part sent by an unsigned stream"),
        "Attacks that storage did not refuse when they were last tried; told to `admin` alone, or with login off.",
        [],
    )


class UserSchema(AnswerSchema):
    """Somebody whose files these are."""

    id = described.an_id("The user.", described.USER_ID)
    name = described.text("As it was given.", "Ann Arbor")
    created_at = described.time("When it was created.", described.STARTED_AT)


class AppointmentSchema(AnswerSchema):
    """What files can belong to, beside a user."""

    id = described.an_id("The appointment.", described.APPOINTMENT_ID)
    user_id = described.an_id("Whose it is.", described.USER_ID)
    title = described.text("As it was given.", "First visit")
    created_at = described.time("When it was created.", described.STARTED_AT)


class PageSchema(AnswerSchema):
    next_cursor = described.text("Ask for the next page with it as `cursor`; null: this was the last.", None, null=True)


class FilePageSchema(PageSchema):
    """A page of files."""

    items = described.many(fields.Nested(FileSchema), "Files, in the order that was asked for.")


class UserPageSchema(PageSchema):
    """A page of users."""

    items = described.many(fields.Nested(UserSchema), "Users, newest first.")


class AppointmentPageSchema(PageSchema):
    """A page of appointments."""

    items = described.many(fields.Nested(AppointmentSchema), "Appointments, newest first.")


class ScannerHealthSchema(AnswerSchema):
    """What files are scanned by."""

    status = described.text(
        "`ok`; `off`; `unsafe`: its settings let files pass unread.", "ok", words=("ok", "off", "unsafe")
    )
    engine = described.text("The engine and its version.", "ClamAV 1.4.3", null=True)
    signatures = described.text("The signatures' version and date.", "27654, Fri Jan 30 09:36:12 2026", null=True)
    max_size = described.size(
        "Bytes of the largest file that is scanned; larger ones are `unscannable`.", 2**31, null=True
    )
    advice = described.many(fields.String(), "Sentences that say what to change in the scanner's settings.", [])


class LiveSchema(AnswerSchema):
    """Whether this process lives."""

    live = described.flag("Always true: who cannot say it does not answer.", example=True)


class ReadySchema(AnswerSchema):
    """Each dependency: `ok`, `off`, or in a word or two what is wrong with it."""

    database = described.text("The database.", "ok")
    storage = described.text("The object storage.", "ok")
    redis = described.text("The queue; without it uploads are taken, and scanned later.", "ok")
    scanner = described.text("The virus scanner; without it uploads are taken, and scanned later.", "ok")


class RetrySchema(Schema):
    """A File or a Resumption: what there was to carry on."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (ResumptionSchema, FileSchema)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return (FileSchema() if isinstance(obj, FileView) else ResumptionSchema()).dump(obj)


class ContentLinkSchema(AnswerSchema):
    """Where a file's bytes are."""

    url = described.text(
        "Storage's own address of the bytes.", f"{described.OBJECT}?X-Amz-Signature=91ce", format="uri"
    )
    expires_at = described.time("When the link ends; null: never.", "2026-01-31T13:00:00Z", null=True)
