"""What a receipt's answer holds, for reading; the signed text beside it is what counts."""

from __future__ import annotations

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.requests import ALGORITHMS
from service.routes.schemas.responses import AnswerSchema
from service.values.states import Verdict


class ReceiptPartSchema(AnswerSchema):
    """One part, as storage had it when the file was made."""

    part_number = described.number("The part's number in storage, from 1.", 1)
    size = described.size("Its bytes.", described.SIZE)
    etag = described.text("As storage gave it, with its quotes; the bytes' MD5 on most storage.", described.ETAG)
    checksum = described.text("Base64, by `checksum_algorithm`; null: storage reported none.", None, null=True)


class ReceiptContentsSchema(AnswerSchema):
    """What is signed."""

    version = described.number("Of this form: 1.", 1)
    file_id = described.an_id("The file.", described.FILE_ID)
    upload_id = described.an_id("The upload that it came by.", described.UPLOAD_ID)
    subject = described.text("Whose it is; null: login was off.", None, null=True)
    user_id = described.an_id("The user that it belongs to.", None, null=True)
    appointment_id = described.an_id("The appointment that it belongs to.", None, null=True)
    filename = described.text("Its name, as the client gave it.", described.FILENAME)
    content_type = described.text("Its media type, as the client gave it, normalized.", described.CONTENT_TYPE)
    size = described.size("Its bytes, as storage counted them.", described.SIZE)
    etag = described.text("Of the object where it lies now; a copy has another than the original.", described.ETAG)
    checksum_algorithm = described.text("Of the parts' checksums; null: none.", None, null=True, words=ALGORITHMS)
    checksum = described.text("Of the object, as storage reported it: `SHA256:base64-3`; null: none.", None, null=True)
    chunk_size = described.size(
        "Bytes of every part but the last; null where parts is.", described.CHUNK_SIZE, null=True
    )
    total_chunks = described.number("How many parts it was sent in.", 1)
    parts = described.many(
        fields.Nested(ReceiptPartSchema),
        "Its parts; null: the file is older than receipts, or storage had forgotten them when it was recorded.",
        null=True,
    )
    virus_scan_status = described.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = described.text("The engine's words: a signature's name, or why not.", None, null=True)
    virus_scan_date = described.text("When it was scanned last.", described.DONE_AT, null=True, format="date-time")
    scanned_with = described.text("Engine and signatures; null: it was not scanned.", "ClamAV 1.4.3/27900", null=True)
    is_quarantined = described.flag("Whether it is held back for good.", example=False)
    created_at = described.text("When its upload was started.", described.STARTED_AT, format="date-time")
    completed_at = described.text("When it became a file.", described.DONE_AT, format="date-time")
    issued_at = described.text("When this receipt was signed.", described.DONE_AT, format="date-time")


class ReceiptSchema(AnswerSchema):
    """A file's receipt."""

    receipt = described.text(
        "A compact JWS (RFC 7515), signed by Ed25519 (RFC 8037): keep this.", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
    )
    contents = fields.Nested(
        ReceiptContentsSchema, required=True, metadata=described.said("What is signed, for reading.")
    )
