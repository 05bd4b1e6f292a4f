"""What a receipt's answer holds, for reading; the signed text beside it is what counts."""

from __future__ import annotations

from marshmallow import fields

from service.domain.states import Verdict
from service.routes import shown
from service.routes.answers import AnswerSchema
from service.routes.requests import ALGORITHMS


class ReceiptPartSchema(AnswerSchema):
    """One part, as storage had it when the file was made."""

    part_number = shown.number("The part's number in storage, from 1.", 1)
    size = shown.size("Its bytes.", shown.SIZE)
    etag = shown.text("As storage gave it, with its quotes; the bytes' MD5 on most storage.", shown.ETAG)
    checksum = shown.text("Base64, by `checksum_algorithm`; null: storage reported none.", None, null=True)


class ReceiptContentsSchema(AnswerSchema):
    """What is signed."""

    version = shown.number("Of this form: 1.", 1)
    file_id = shown.an_id("The file.", shown.FILE_ID)
    upload_id = shown.an_id("The upload that it came by.", shown.UPLOAD_ID)
    subject = shown.text("Whose it is; null: login was off.", None, null=True)
    user_id = shown.an_id("The user that it belongs to.", None, null=True)
    appointment_id = shown.an_id("The appointment that it belongs to.", None, null=True)
    filename = shown.text("Its name, as the client gave it.", shown.FILENAME)
    content_type = shown.text("Its media type, as the client gave it, normalized.", shown.CONTENT_TYPE)
    size = shown.size("Its bytes, as storage counted them.", shown.SIZE)
    etag = shown.text("Of the object where it lies now; a copy has another than the original.", shown.ETAG)
    checksum_algorithm = shown.text("Of the parts' checksums; null: none.", None, null=True, words=ALGORITHMS)
    checksum = shown.text("Of the object, as storage reported it: `SHA256:base64-3`; null: none.", None, null=True)
    chunk_size = shown.size("Bytes of every part but the last; null where parts is.", shown.CHUNK_SIZE, null=True)
    total_chunks = shown.number("How many parts it was sent in.", 1)
    parts = shown.many(
        fields.Nested(ReceiptPartSchema),
        "Its parts; null: the file is older than receipts, or storage had forgotten them when it was recorded.",
        null=True,
    )
    virus_scan_status = shown.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = shown.text("The engine's words: a signature's name, or why not.", None, null=True)
    virus_scan_date = shown.text("When it was scanned last.", shown.DONE_AT, null=True, format="date-time")
    scanned_with = shown.text("Engine and signatures; null: it was not scanned.", "ClamAV 1.4.3/27900", null=True)
    is_quarantined = shown.flag("Whether it is held back for good.", example=False)
    created_at = shown.text("When its upload was started.", shown.STARTED_AT, format="date-time")
    completed_at = shown.text("When it became a file.", shown.DONE_AT, format="date-time")
    issued_at = shown.text("When this receipt was signed.", shown.DONE_AT, format="date-time")


class ReceiptSchema(AnswerSchema):
    """A file's receipt."""

    receipt = shown.text(
        "A compact JWS (RFC 7515), signed by Ed25519 (RFC 8037): keep this.", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
    )
    contents = fields.Nested(ReceiptContentsSchema, required=True, metadata=shown.said("What is signed, for reading."))
