"""Responses about files: with their status, decision and content."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, missing

from service.routes.http.authentication import caller
from service.routes.schemas import described
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.routes.schemas.responses.uploads import ResumptionSchema, UploadedChunkSchema
from service.values import ALGORITHMS, FileView
from service.values.states import Stage, Verdict

DECIDED = ("release", "block")
STATUSES = ("PENDING", "STARTED", "SUCCESS", "FAILURE")


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


class DeletedSchema(AnswerSchema):
    """The deleted resource."""

    id = described.an_id("The id of what was deleted.", described.FILE_ID)


class FilePageSchema(PageSchema):
    """A page of files."""

    items = described.many(fields.Nested(FileSchema), "Files in the requested order.")


class RetrySchema(Schema):
    """A File, or the progress of an open upload."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (ResumptionSchema, FileSchema)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return (FileSchema() if isinstance(obj, FileView) else ResumptionSchema()).dump(obj)


class ContentLinkSchema(AnswerSchema):
    """A download link for a file's bytes."""

    url = described.text("The URL of the bytes in storage.", f"{described.OBJECT}?X-Amz-Signature=91ce", format="uri")
    expires_at = described.time("When the link expires; null if it does not expire.", "2026-01-31T13:00:00Z", null=True)
