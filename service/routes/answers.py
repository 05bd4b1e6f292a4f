"""What comes out: the contract's payloads, inside the envelope."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from service.routes.fields import UtcTime, utc_text
from service.values import FileView, SignedChunk


class SignedChunkSchema(Schema):
    chunk_index = fields.Integer(required=True)
    part_number = fields.Integer(required=True)
    method = fields.String(required=True)
    url = fields.String(required=True)
    headers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    expires_at = UtcTime(required=True)


class SignedChunkList(fields.List[Any]):
    """A list of signed chunks, up to a thousand of them: written in one loop, as SignedChunkSchema would."""

    def __init__(self) -> None:
        super().__init__(fields.Nested(SignedChunkSchema), required=True)

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


class OpenedUploadSchema(Schema):
    upload_id = fields.String(required=True)
    file_id = fields.String(required=True)
    chunk_size = fields.Integer(required=True)
    total_chunks = fields.Integer(required=True, allow_none=True)
    expires_at = UtcTime(required=True)
    chunks = SignedChunkList()


class SignedChunksSchema(Schema):
    upload_id = fields.String(required=True)
    chunk_index = fields.Integer(required=True)
    chunks = SignedChunkList()


class UploadedChunkSchema(Schema):
    chunk_index = fields.Integer(required=True)
    size = fields.Integer(required=True)
    etag = fields.String(required=True)
    checksum = fields.String(required=True, allow_none=True)


class ResumptionSchema(OpenedUploadSchema):
    size = fields.Integer(required=True, allow_none=True)
    checksum_algorithm = fields.String(required=True, allow_none=True)
    uploaded = fields.List(fields.Nested(UploadedChunkSchema), required=True)
    missing = fields.List(fields.Integer(), required=True)


class FileSchema(Schema):
    id = fields.String(required=True)
    upload_id = fields.String(required=True)
    filename = fields.String(required=True)
    path = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True)
    detail = fields.Dict(required=True, allow_none=True)
    is_private = fields.Boolean(required=True)
    download_url = fields.String(required=True, allow_none=True)
    download_expires_at = UtcTime(required=True, allow_none=True)
    checksum = fields.String(required=True, allow_none=True)
    virus_scan_status = fields.String(required=True)
    virus_scan_result = fields.String(required=True, allow_none=True)
    virus_scan_date = UtcTime(required=True, allow_none=True)
    is_quarantined = fields.Boolean(required=True)
    quarantine_reason = fields.String(required=True, allow_none=True)
    appointment_id = fields.String(required=True, allow_none=True)
    user_id = fields.String(required=True, allow_none=True)
    created_at = UtcTime(required=True)


def _said(description: str) -> dict[str, Any]:
    return {"metadata": {"description": description}}


class ReceiptPartSchema(Schema):
    part_number = fields.Integer(required=True, **_said("from 1"))
    size = fields.Integer(required=True, **_said("bytes"))
    etag = fields.String(required=True, **_said("as storage gave it, with its quotes; the bytes' MD5 on most storage"))
    checksum = fields.String(
        required=True, allow_none=True, **_said("base64, by `checksum_algorithm`; null where storage reported none")
    )


class ReceiptContentsSchema(Schema):
    version = fields.Integer(required=True, **_said("1"))
    file_id = fields.String(required=True, **_said("the file's id"))
    upload_id = fields.String(required=True, **_said("its upload's id"))
    subject = fields.String(required=True, allow_none=True, **_said("whose it is; null: login was off"))
    user_id = fields.String(required=True, allow_none=True, **_said("the user it belongs to"))
    appointment_id = fields.String(required=True, allow_none=True, **_said("the appointment it belongs to"))
    filename = fields.String(required=True, **_said("as the client named it"))
    content_type = fields.String(required=True, **_said("as the client said"))
    size = fields.Integer(required=True, **_said("bytes"))
    etag = fields.String(
        required=True, **_said("of the object where it lies now; a copy has another than the original")
    )
    checksum_algorithm = fields.String(required=True, allow_none=True, **_said("of the parts; null: none was wanted"))
    checksum = fields.String(
        required=True, allow_none=True, **_said("of the object as storage reported it: `SHA256:base64-3`")
    )
    chunk_size = fields.Integer(required=True, **_said("bytes of every part but the last"))
    total_chunks = fields.Integer(required=True, **_said("how many parts it was sent in"))
    parts = fields.List(
        fields.Nested(ReceiptPartSchema),
        required=True,
        allow_none=True,
        **_said("null: the file is older than receipts, or storage had forgotten its parts when it was recorded"),
    )
    virus_scan_status = fields.String(required=True, **_said("clean, infected, unscannable or disabled"))
    virus_scan_result = fields.String(required=True, allow_none=True, **_said("what the engine found"))
    virus_scan_date = fields.String(required=True, allow_none=True, **_said("when it was scanned last"))
    scanned_with = fields.String(required=True, allow_none=True, **_said("the engine and its signatures"))
    is_quarantined = fields.Boolean(required=True, **_said("whether it is kept from being served"))
    created_at = fields.String(required=True, **_said("when its upload was started"))
    completed_at = fields.String(required=True, **_said("when it became a file"))
    issued_at = fields.String(required=True, **_said("when this receipt was signed"))


class ReceiptSchema(Schema):
    receipt = fields.String(required=True, **_said("a compact JWS; keep this"))
    contents = fields.Nested(ReceiptContentsSchema, required=True, **_said("what is signed, for reading"))


class JobSchema(Schema):
    id = fields.String(required=True)
    status = fields.String(required=True)
    enqueued_at = UtcTime(required=True, allow_none=True)
    started_at = UtcTime(required=True, allow_none=True)
    ended_at = UtcTime(required=True, allow_none=True)
    attempts = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)


class StatusSchema(Schema):
    status = fields.String(required=True)
    stage = fields.String(required=True)
    upload_id = fields.String(required=True)
    file_id = fields.String(required=True)
    size = fields.Integer(required=True, allow_none=True)
    uploaded_bytes = fields.Integer(required=True)
    total_chunks = fields.Integer(required=True, allow_none=True)
    uploaded_chunks = fields.Integer(required=True)
    chunk_size = fields.Integer(
        required=True, allow_none=True, metadata={"description": "bytes of every chunk but the last, while uploading"}
    )
    checksum_algorithm = fields.String(required=True, allow_none=True)
    uploaded = fields.List(
        fields.Nested(UploadedChunkSchema),
        required=True,
        allow_none=True,
        metadata={"description": "what storage has, while uploading: compare it with your own bytes"},
    )
    scanned_bytes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "handed to the scanner so far, while scanning"}
    )
    virus_scan_status = fields.String(required=True, allow_none=True)
    job = fields.Nested(JobSchema, required=True, allow_none=True)
    expires_at = UtcTime(required=True, allow_none=True)


class AbortedSchema(Schema):
    upload_id = fields.String(required=True)
    stage = fields.String(required=True)


class DeletedSchema(Schema):
    id = fields.String(required=True)


class AccountSchema(Schema):
    subject = fields.String(
        required=True, allow_none=True, metadata={"description": "whose uploads and files are seen; null: login is off"}
    )
    scopes = fields.List(fields.String(), required=True)
    used_bytes = fields.Integer(
        required=True, allow_none=True, metadata={"description": "in open uploads and files; null: login is off"}
    )
    allowed_bytes = fields.Integer(required=True, allow_none=True, metadata={"description": "null: no limit"})


class UserSchema(Schema):
    id = fields.String(required=True)
    name = fields.String(required=True)
    created_at = UtcTime(required=True)


class AppointmentSchema(Schema):
    id = fields.String(required=True)
    user_id = fields.String(required=True)
    title = fields.String(required=True)
    created_at = UtcTime(required=True)


class FilePageSchema(Schema):
    items = fields.List(fields.Nested(FileSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UserPageSchema(Schema):
    items = fields.List(fields.Nested(UserSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AppointmentPageSchema(Schema):
    items = fields.List(fields.Nested(AppointmentSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ScannerHealthSchema(Schema):
    status = fields.String(required=True)
    engine = fields.String(required=True, allow_none=True)
    signatures = fields.String(required=True, allow_none=True)
    max_size = fields.Integer(required=True, allow_none=True)
    advice = fields.List(fields.String, required=True)


class RetrySchema(Schema):
    """A File or a Resumption: what there was to carry on."""

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        return (FileSchema() if isinstance(obj, FileView) else ResumptionSchema()).dump(obj)
