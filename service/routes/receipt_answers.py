"""The schema of a receipt's contents for reading; only the signed text counts as proof."""

from __future__ import annotations

from marshmallow import fields

from service.domain.states import Verdict
from service.routes import shown
from service.routes.answers import AnswerSchema
from service.routes.requests import ALGORITHMS


class ReceiptPartSchema(AnswerSchema):
    """One part, as storage listed it when the file was created."""

    part_number = shown.number("The part's number in storage, from 1.", 1)
    size = shown.size("Its bytes.", shown.SIZE)
    etag = shown.text("As returned by storage, with its quotes; the MD5 of the bytes on most stores.", shown.ETAG)
    checksum = shown.text("Base64, by `checksum_algorithm`; null if storage reported none.", None, null=True)


class ReceiptContentsSchema(AnswerSchema):
    """The signed contents."""

    version = shown.number("Version of the receipt format: 1.", 1)
    file_id = shown.an_id("The file.", shown.FILE_ID)
    upload_id = shown.an_id("The upload that created it.", shown.UPLOAD_ID)
    subject = shown.text("The subject that owns the file; null if login was off.", None, null=True)
    user_id = shown.an_id("The user that it belongs to.", None, null=True)
    appointment_id = shown.an_id("The appointment that it belongs to.", None, null=True)
    filename = shown.text("Its name, as given by the client.", shown.FILENAME)
    content_type = shown.text("Its media type, as given by the client, normalized.", shown.CONTENT_TYPE)
    size = shown.size("Its number of bytes in storage.", shown.SIZE)
    etag = shown.text("ETag of the object at its current location; a copy has a different one.", shown.ETAG)
    checksum_algorithm = shown.text(
        "Algorithm of the parts' checksums; null if there are none.", None, null=True, words=ALGORITHMS
    )
    checksum = shown.text(
        "Checksum of the object, as reported by storage: `SHA256:base64-3`; null if there is none.", None, null=True
    )
    chunk_size = shown.size(
        "Bytes of every part except the last; null if `parts` is null.", shown.CHUNK_SIZE, null=True
    )
    total_chunks = shown.number("Number of parts in the upload.", 1)
    parts = shown.many(
        fields.Nested(ReceiptPartSchema),
        "Its parts; null if the file is older than receipts, or if storage no longer listed them at completion.",
        null=True,
    )
    virus_scan_status = shown.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = shown.text("The name of the found signature, or the reason for the verdict.", None, null=True)
    virus_scan_date = shown.text("When it was last scanned.", shown.DONE_AT, null=True, format="date-time")
    scanned_with = shown.text("Engine and signatures; null if it was not scanned.", "ClamAV 1.4.3/27900", null=True)
    is_quarantined = shown.flag("Whether it is in quarantine.", example=False)
    created_at = shown.text("When its upload was started.", shown.STARTED_AT, format="date-time")
    completed_at = shown.text("When the upload was completed.", shown.DONE_AT, format="date-time")
    issued_at = shown.text("When this receipt was signed.", shown.DONE_AT, format="date-time")


class ReceiptSchema(AnswerSchema):
    """A file's receipt."""

    receipt = shown.text(
        "A compact JWS (RFC 7515), signed with Ed25519 (RFC 8037). Store this text.", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
    )
    contents = fields.Nested(
        ReceiptContentsSchema, required=True, metadata=shown.said("The signed contents, for reading.")
    )
