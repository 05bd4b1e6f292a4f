"""Schemas of the operators' views: files, open uploads, scans."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from service.limits import MAX_NAME_LENGTH
from service.routes.schemas import described
from service.routes.schemas.admin.audit import AuditEntrySchema
from service.routes.schemas.described import FILE_ID, UPLOAD_ID, said
from service.routes.schemas.fields import wanted_id, wanted_policy
from service.routes.schemas.links import LinkSchema
from service.routes.schemas.requests.common import PageQuery
from service.routes.schemas.requests.files import UserFilesQuery
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.routes.schemas.responses.files import FileSchema, JobSchema, folder_path
from service.values.operators.views import REDIS, ScanState, UploadQuery
from service.values.states import OPEN, UploadState, Verdict

OBJECT_KEY = "7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77"
OWNER = "The subject that owns it; null if it was created with login off."
SCAN_STATE = (
    "`running`: a scan without a verdict so far; `waiting`: due now or later, also another scan of a file that is "
    "served meanwhile, until it has ended; `failed`: the last attempt had no verdict."
)


def unreachable() -> fields.List[Any]:
    """The parts that could not be asked, in an answer without what they know."""
    name = described.text("A part as in `GET /api/health/ready`.", REDIS)
    what = "Parts that could not be asked: what they know is null here, which does not mean that there is none."
    return described.many(name, what, [])


class AdminFilesQuery(UserFilesQuery):
    """The query of the lists of files."""

    appointment_id = wanted_id(said("Only files of this appointment."))


class AdminFileSchema(FileSchema):
    """A file with what only operators see."""

    scan_attempts = described.number("Number of attempts of its last scan.", 1)
    scanned_with = described.text(
        "Engine and signatures of the verdict; null without one.", "ClamAV 1.4.3/27654", null=True
    )
    downloads = described.number("About how many download links were issued.", 3)


class AdminFilePageSchema(PageSchema):
    """A page of files for operators."""

    items = described.many(fields.Nested(AdminFileSchema), "Files in the requested order.")


class AdminUploadSchema(AnswerSchema):
    """An upload for operators."""

    upload_id = described.an_id("The upload.", UPLOAD_ID)
    file_id = described.an_id("Its file, which exists from its completion on.", FILE_ID)
    filename = described.text("The file's name; null if init had none.", described.FILENAME, null=True)
    path_name = folder_path("The folder that init named; null: none.")
    owner = described.text(OWNER, "ann", null=True)
    state = described.text("Its state.", "uploading", words=UploadState)
    size = described.size("Bytes of the file; null while unknown.", described.SIZE, null=True)
    chunk_size = described.size("Bytes of every chunk except the last.", described.CHUNK_SIZE)
    content_type = described.text("The file's media type; null if init had none.", described.CONTENT_TYPE, null=True)
    policy = described.text("The upload policy under which it was accepted.", "default")
    grant_id = described.an_id("The grant with which it was started; null without one.", None, null=True)
    created_at = described.time("When it was started.", described.STARTED_AT)
    expires_at = described.time("When it expires unless it is completed.", described.EXPIRES_AT)
    failure_reason = described.text("Why it could not be completed so far; null without a failure.", None, null=True)


class OpenUploadsQuery(PageQuery):
    """Properties by which open uploads are chosen."""

    state = fields.String(
        validate=validate.OneOf([state.value for state in OPEN]), metadata=said("Only uploads in this state.")
    )
    owner = fields.String(validate=validate.Length(max=MAX_NAME_LENGTH), metadata=said("Only uploads of this subject."))
    policy = wanted_policy(said("Only uploads of this upload policy."))

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> UploadQuery:
        return UploadQuery(**data)


class OpenUploadPageSchema(PageSchema):
    """A page of open uploads."""

    items = described.many(
        fields.Nested(AdminUploadSchema), "Those that are being completed first, then those that expire last."
    )


class ObjectSchema(AnswerSchema):
    """A file's object in storage."""

    bucket = described.text("Its bucket.", "longshore-private")
    key = described.text("Its key.", OBJECT_KEY)
    etag = described.text("The ETag that it must have.", described.ETAG)
    version_id = described.text("Its version; null in a bucket without versions.", None, null=True)


class PartSchema(AnswerSchema):
    """A part that a file was completed from."""

    part_number = described.number("Its number, from 1.", 1)
    size = described.size("Its bytes.", described.SIZE)
    etag = described.text("Its ETag.", described.ETAG)
    checksum = described.text("Base64, as storage reported it; null if it reported none.", None, null=True)


class FileDetailsSchema(AnswerSchema):
    """A file with all that is known about it."""

    file = fields.Nested(AdminFileSchema, required=True, metadata=said("The file."))
    upload = fields.Nested(
        AdminUploadSchema, required=True, allow_none=True, metadata=said("The upload that created it.")
    )
    job = fields.Nested(
        JobSchema, required=True, allow_none=True, metadata=said("The scan's job; null if the queue has none.")
    )
    scan_due_at = described.time(
        "When a scan, or the move into quarantine, is due at the latest; null if neither is.", None, null=True
    )
    object = fields.Nested(ObjectSchema, required=True, metadata=said("Its object in storage."))
    parts = described.many(
        fields.Nested(PartSchema), "The parts that it was completed from; null if they are unknown.", null=True
    )
    links = described.many(fields.Nested(LinkSchema), "The newest 100 links to it.", [])
    audit = described.many(fields.Nested(AuditEntrySchema), "The newest 100 entries of the audit log about it.")
    unreachable = unreachable()


class ScansQuery(PageQuery):
    """The state of the scans, or all."""

    state = fields.String(
        validate=validate.OneOf([state.value for state in ScanState]), metadata=said("Only scans in this state.")
    )


class ScanSchema(AnswerSchema):
    """A file whose scan has not ended with a verdict."""

    file_id = described.an_id("The file.", FILE_ID)
    filename = described.text("Its name.", described.FILENAME)
    owner = described.text(OWNER, "ann", null=True)
    size = described.size("Its bytes.", described.SIZE)
    virus_scan_status = described.text("Its verdict so far.", "error", words=Verdict)
    state = described.text(SCAN_STATE, "failed", words=ScanState)
    scan_attempts = described.number("Number of attempts.", 3)
    scan_due_at = described.time(
        "When the next attempt is due at the latest; null if there is none.", described.DONE_AT, null=True
    )
    last_error = described.text("Why the last attempt had no verdict.", "The virus scanner is unavailable.", null=True)
    job = fields.Nested(
        JobSchema, required=True, allow_none=True, metadata=said("Its job; null if the queue has none.")
    )


class ScanPageSchema(PageSchema):
    """A page of scans."""

    items = described.many(fields.Nested(ScanSchema), "Running ones first, then waiting ones, then failed ones.")
    unreachable = unreachable()
