"""The schema of a receipt's contents for reading; only the signed text counts as proof."""

from __future__ import annotations

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.responses.common import AnswerSchema
from service.routes.schemas.responses.files import DecidedSchema
from service.values import ALGORITHMS
from service.values.states import Verdict


class ReceiptPartSchema(AnswerSchema):
    """One part, as storage listed it when the file was created."""

    part_number = described.number("The part's number in storage, from 1.", 1)
    size = described.size("Its bytes.", described.SIZE)
    etag = described.text(
        "As returned by storage, with its quotes; the MD5 of the bytes on most stores.", described.ETAG
    )
    checksum = described.text("Base64, by `checksum_algorithm`; null if storage reported none.", None, null=True)


class ReceiptDecisionSchema(DecidedSchema):
    """An operator's decision about the file."""

    at = described.text("When it was decided.", described.DONE_AT, format="date-time")


class ReceiptContentsSchema(AnswerSchema):
    """The signed contents."""

    version = described.number("Version of the receipt format: 1.", 1)
    file_id = described.an_id("The file.", described.FILE_ID)
    upload_id = described.an_id("The upload that created it.", described.UPLOAD_ID)
    subject = described.text("The subject that owns the file; null if login was off.", None, null=True)
    user_id = described.an_id("The user that it belongs to.", None, null=True)
    appointment_id = described.an_id("The appointment that it belongs to.", None, null=True)
    filename = described.text("Its name, as given by the client.", described.FILENAME)
    content_type = described.text("Its media type, as given by the client, normalized.", described.CONTENT_TYPE)
    detected_content_type = described.text(
        "The media type that its bytes show; null if it was not scanned.", described.CONTENT_TYPE, null=True
    )
    policy = described.text("The upload policy under which it was accepted.", "default")
    grant_id = described.an_id("The grant with which it was uploaded; null without one.", None, null=True)
    adoption_id = described.an_id(
        "The adoption that found its object in storage; null if it was uploaded.", None, null=True
    )
    size = described.size("Its number of bytes in storage.", described.SIZE)
    etag = described.text("ETag of the object at its current location; a copy has a different one.", described.ETAG)
    checksum_algorithm = described.text(
        "Algorithm of the parts' checksums; null if there are none.", None, null=True, words=ALGORITHMS
    )
    checksum = described.text(
        "Checksum of the object, as reported by storage: `SHA256:base64-3`; null if there is none.", None, null=True
    )
    chunk_size = described.size(
        "Bytes of every part except the last; null if `parts` is null.", described.CHUNK_SIZE, null=True
    )
    total_chunks = described.number("Number of parts in the upload.", 1)
    parts = described.many(
        fields.Nested(ReceiptPartSchema),
        "Its parts; null if the file is older than receipts, or if storage no longer listed them at completion.",
        null=True,
    )
    virus_scan_status = described.text("The verdict.", "clean", words=Verdict)
    virus_scan_result = described.text(
        "The name of the found signature, or the reason for the verdict.", None, null=True
    )
    virus_scan_date = described.text("When it was last scanned.", described.DONE_AT, null=True, format="date-time")
    scanned_with = described.text("Engine and signatures; null if it was not scanned.", "ClamAV 1.4.3/27900", null=True)
    is_quarantined = described.flag("Whether it is in quarantine.", example=False)
    decision = fields.Nested(
        ReceiptDecisionSchema,
        required=True,
        allow_none=True,
        metadata=described.said(
            "The operator's decision that the file is `released` or `blocked`; null without one.", None
        ),
    )
    created_at = described.text("When its upload was started.", described.STARTED_AT, format="date-time")
    completed_at = described.text("When the upload was completed.", described.DONE_AT, format="date-time")
    issued_at = described.text("When this receipt was signed.", described.DONE_AT, format="date-time")


class ReceiptSchema(AnswerSchema):
    """A file's receipt."""

    receipt = described.text(
        "A compact JWS (RFC 7515), signed with Ed25519 (RFC 8037). Store this text.", "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
    )
    contents = fields.Nested(
        ReceiptContentsSchema, required=True, metadata=described.said("The signed contents, for reading.")
    )
