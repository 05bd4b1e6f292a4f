"""What comes out: the contract's payloads, inside the envelope. Sizes are bytes, times RFC 3339 in UTC."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields

from service.caller import Scope
from service.domain.states import Stage, Verdict
from service.routes import shown
from service.routes.fields import utc_text
from service.routes.requests import ALGORITHMS
from service.values import FileView, SignedChunk

STATUSES = ("PENDING", "STARTED", "SUCCESS", "FAILURE")


class AnswerSchema(Schema):
    """A payload that may get further fields in a later version: readers pass over those they do not know."""

    class Meta:
        unknown = EXCLUDE


class SignedChunkSchema(AnswerSchema):
    """Permission to send one chunk: this method, to this URL, with these headers, and exactly the chunk's bytes."""

    chunk_index = shown.number("Which chunk of the file, from 0.", 0)
    part_number = shown.number("The part's number in storage: chunk_index + 1.", 1)
    method = shown.text("The method to send it by.", "PUT", words=["PUT"])
    url = shown.text(
        "Where to send the bytes: storage itself. It takes exactly as many as the chunk has, until expires_at.",
        shown.PART_URL,
    )
    headers = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=shown.said("Headers to send exactly so; a Content-Type of your own would be refused.", {}),
    )
    expires_at = shown.time("When the URL stops working.", "2026-01-31T13:00:00Z")


class SignedChunkList(fields.List[Any]):
    """A list of signed chunks, up to a thousand of them: written in one loop, as SignedChunkSchema would."""

    def __init__(self, what: str) -> None:
        super().__init__(fields.Nested(SignedChunkSchema), required=True, metadata=shown.said(what))

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

    upload_id = shown.an_id("The upload, for chunk, complete, retry and abort.", shown.UPLOAD_ID)
    file_id = shown.an_id("The file that it becomes, for status at once, and for get later.", shown.FILE_ID)
    chunk_size = shown.size("Bytes of every chunk but the last.", shown.CHUNK_SIZE)
    total_chunks = shown.number("How many chunks the file has; null while its size is unknown.", 1, null=True)
    expires_at = shown.time("When the upload is given up unless it is complete.", shown.EXPIRES_AT)
    chunks = SignedChunkList(
        "The first chunks, signed, so that a small file needs no signing call; empty where a checksum or the size has"
        " to come first."
    )


class SignedChunksSchema(AnswerSchema):
    """Permission for the chunks that were asked for, in their order."""

    upload_id = shown.an_id("The upload.", shown.UPLOAD_ID)
    chunk_index = shown.number("The first chunk that was asked for.", 0)
    chunks = SignedChunkList("The chunks, signed.")


class UploadedChunkSchema(AnswerSchema):
    """A chunk that storage has."""

    chunk_index = shown.number("Which chunk, from 0.", 0)
    size = shown.size("Its bytes.", shown.SIZE)
    etag = shown.text("Storage's ETag of it, its quotes included; on most stores the MD5.", shown.ETAG)
    checksum = shown.text("In base64, as storage reports it; null where it reports none.", None, null=True)


class ResumptionSchema(OpenedUploadSchema):
    """Where an open upload stands, and permission for the first chunks that are missing."""

    size = shown.size("Bytes of the file, as init was told; null: unknown.", shown.SIZE, null=True)
    checksum_algorithm = shown.text("What each chunk's checksum is; null: none.", None, null=True, words=ALGORITHMS)
    uploaded = shown.many(fields.Nested(UploadedChunkSchema), "What storage has: compare it with your own bytes.", [])
    missing = shown.many(fields.Integer(), "The indexes of the chunks that storage lacks.", [0])


class FileSchema(AnswerSchema):
    """A file, as whoever may see it is shown it."""

    id = shown.an_id("The file.", shown.FILE_ID)
    upload_id = shown.an_id("The upload that it came by.", shown.UPLOAD_ID)
    filename = shown.text("Its name, as the client gave it.", shown.FILENAME)
    path = shown.text("`bucket/key` of its object in storage.", "longshore-public/7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77")
    content_type = shown.text("Its media type, as the client gave it, normalized.", shown.CONTENT_TYPE)
    size = shown.size("Its bytes, as storage counted them.", shown.SIZE)
    detail = fields.Dict(
        required=True, allow_none=True, metadata=shown.said("What the client kept with it.", {"album": "harbour"})
    )
    is_private = shown.flag("Whether it wants a credential.", example=False)
    download_url = shown.text(
        "A fresh link; null until the verdict is `clean` (or scanning is off), and in lists for private files and where"
        " a link needs a look at storage: ask `get` for it.",
        f"{shown.OBJECT}?X-Amz-Signature=91ce",
        null=True,
        format="uri",
    )
    download_expires_at = shown.time("When the link stops working; null: no link, or a lasting one.", None, null=True)
    checksum = shown.text("The object's, as storage reported it; null: none.", None, null=True)
    virus_scan_status = shown.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = shown.text("The engine's words: a signature's name, or why not.", None, null=True)
    virus_scan_date = shown.time("When the verdict was given.", shown.DONE_AT, null=True)
    is_quarantined = shown.flag("Whether it is held back for good.", example=False)
    quarantine_reason = shown.text("Why it is held back.", None, null=True)
    appointment_id = shown.an_id("The appointment that it belongs to.", None, null=True)
    user_id = shown.an_id("The user that it belongs to.", None, null=True)
    created_at = shown.time("When it was completed.", shown.STARTED_AT)


class JobSchema(AnswerSchema):
    """The scan's job, as the queue knows it."""

    id = shown.text("Its id in the queue.", f"scan-{shown.FILE_ID}")
    status = shown.text(
        "The queue's word: `queued`, `started`, `scheduled` (tried again later), `finished` …", "finished"
    )
    enqueued_at = shown.time("When it was queued.", shown.STARTED_AT, null=True)
    started_at = shown.time("When a worker took it.", shown.STARTED_AT, null=True)
    ended_at = shown.time("When it ended.", shown.DONE_AT, null=True)
    attempts = shown.number("How often the scan was begun.", 1)
    last_error = shown.text("Why the last attempt gave no verdict.", None, null=True)


class StatusSchema(AnswerSchema):
    """How far a file is, from init to the verdict."""

    status = shown.text(
        "In one word: `PENDING` uploading or queued, `STARTED` scanning, `SUCCESS` usable, `FAILURE`.",
        "SUCCESS",
        words=STATUSES,
    )
    stage = shown.text("Exactly.", "ready", words=Stage)
    upload_id = shown.an_id("The upload.", shown.UPLOAD_ID)
    file_id = shown.an_id("The file.", shown.FILE_ID)
    size = shown.size("Bytes of the file; null while unknown.", shown.SIZE, null=True)
    uploaded_bytes = shown.size("Bytes that storage has.", shown.SIZE)
    total_chunks = shown.number("How many chunks the file has; null while its size is unknown.", 1, null=True)
    uploaded_chunks = shown.number("How many of them storage has.", 1)
    chunk_size = shown.size(
        "Bytes of every chunk but the last; null: the upload ended without a file, or the file's parts are not known.",
        shown.CHUNK_SIZE,
        null=True,
    )
    checksum_algorithm = shown.text(
        "What each chunk's checksum is, while uploading; null: none.", None, null=True, words=ALGORITHMS
    )
    uploaded = shown.many(
        fields.Nested(UploadedChunkSchema),
        "What storage has, while uploading: compare it with your own bytes. Then null.",
        None,
        null=True,
    )
    scanned_bytes = shown.size("Handed to the scanner so far; null before the scan.", shown.SIZE, null=True)
    virus_scan_status = shown.text("The verdict; null before there is a file.", "clean", null=True, words=Verdict)
    job = fields.Nested(
        JobSchema, required=True, allow_none=True, metadata=shown.said("The scan's job; null: the queue has none.")
    )
    expires_at = shown.time("When the upload is given up; null once there is a file.", None, null=True)


class AbortedSchema(AnswerSchema):
    """An upload that was given up."""

    upload_id = shown.an_id("The upload.", shown.UPLOAD_ID)
    stage = shown.text("What it is now.", Stage.ABORTED.value, words=[Stage.ABORTED])


class DeletedSchema(AnswerSchema):
    """What was deleted."""

    id = shown.an_id("Its id, which nothing has any more.", shown.FILE_ID)


class AccountSchema(AnswerSchema):
    """Who calls."""

    subject = shown.text("Whose uploads and files are seen; null: login is off.", "ann", null=True)
    scopes = shown.many(
        shown.text("A scope.", "read", words=Scope), "What the key or token allows.", ["upload", "read"]
    )
    used_bytes = shown.size("In open uploads and files; null: login is off.", shown.SIZE, null=True)
    allowed_bytes = shown.size("The quota; null: no limit.", 1_073_741_824, null=True)
    storage_lets_through = shown.many(
        shown.text("An attack.", "a part sent by an unsigned stream"),
        "Attacks that storage did not refuse when they were last tried; told to `admin` alone, or with login off.",
        [],
    )


class UserSchema(AnswerSchema):
    """Somebody whose files these are."""

    id = shown.an_id("The user.", shown.USER_ID)
    name = shown.text("As it was given.", "Ann Arbor")
    created_at = shown.time("When it was created.", shown.STARTED_AT)


class AppointmentSchema(AnswerSchema):
    """What files can belong to, beside a user."""

    id = shown.an_id("The appointment.", shown.APPOINTMENT_ID)
    user_id = shown.an_id("Whose it is.", shown.USER_ID)
    title = shown.text("As it was given.", "First visit")
    created_at = shown.time("When it was created.", shown.STARTED_AT)


class PageSchema(AnswerSchema):
    next_cursor = shown.text("Ask for the next page with it as `cursor`; null: this was the last.", None, null=True)


class FilePageSchema(PageSchema):
    """A page of files."""

    items = shown.many(fields.Nested(FileSchema), "Files, in the order that was asked for.")


class UserPageSchema(PageSchema):
    """A page of users."""

    items = shown.many(fields.Nested(UserSchema), "Users, newest first.")


class AppointmentPageSchema(PageSchema):
    """A page of appointments."""

    items = shown.many(fields.Nested(AppointmentSchema), "Appointments, newest first.")


class ScannerHealthSchema(AnswerSchema):
    """What files are scanned by."""

    status = shown.text(
        "`ok`; `off`; `unsafe`: its settings let files pass unread.", "ok", words=("ok", "off", "unsafe")
    )
    engine = shown.text("The engine and its version.", "ClamAV 1.4.3", null=True)
    signatures = shown.text("The signatures' version and date.", "27654, Fri Jan 30 09:36:12 2026", null=True)
    max_size = shown.size("Bytes of the largest file that is scanned; larger ones are `unscannable`.", 2**31, null=True)
    advice = shown.many(fields.String(), "Sentences that say what to change in the scanner's settings.", [])


class LiveSchema(AnswerSchema):
    """Whether this process lives."""

    live = shown.flag("Always true: who cannot say it does not answer.", example=True)


class ReadySchema(AnswerSchema):
    """Each dependency: `ok`, `off`, or in a word or two what is wrong with it."""

    database = shown.text("The database.", "ok")
    storage = shown.text("The object storage.", "ok")
    redis = shown.text("The queue; without it uploads are taken, and scanned later.", "ok")
    scanner = shown.text("The virus scanner; without it uploads are taken, and scanned later.", "ok")


class RetrySchema(Schema):
    """A File or a Resumption: what there was to carry on."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (ResumptionSchema, FileSchema)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return (FileSchema() if isinstance(obj, FileView) else ResumptionSchema()).dump(obj)


class ContentLinkSchema(AnswerSchema):
    """Where a file's bytes are."""

    url = shown.text("Storage's own address of the bytes.", f"{shown.OBJECT}?X-Amz-Signature=91ce", format="uri")
    expires_at = shown.time("When the link ends; null: never.", "2026-01-31T13:00:00Z", null=True)
