"""Schemas of adoptions, and of storage's events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from marshmallow import INCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from service.limits import MAX_EVENT_RECORDS, MAX_NAME_LENGTH, MAX_OBJECT_KEY
from service.routes.schemas import described
from service.routes.schemas.described import said
from service.routes.schemas.fields import Flag
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.operators.adoptions import AdoptionState, AdoptionWish, Outcome, StorageEvent

ADOPTION_ID = "4b1e7d90-2c5a-4f83-9e06-8a3d5c7f1b24"
BUCKET, PREFIX, KEY = "archive", "2025/", "2025/scans/contract 7.pdf"
EVENT_BRIDGE = "aws.s3"
"""The source of S3's events in EventBridge."""
CREATED = "ObjectCreated:"
"""The events about a new object begin with it; MinIO puts `s3:` before it."""


class AdoptionBody(Schema):
    """Objects of a bucket that become files where they lie."""

    bucket = fields.String(
        required=True,
        validate=validate.Length(min=1, max=63),
        metadata=said("The bucket, one of ADOPT_BUCKETS.", BUCKET),
    )
    prefix = fields.String(
        load_default="",
        validate=validate.Length(max=MAX_OBJECT_KEY),
        metadata=said("Only objects whose keys begin with it; by default all.", PREFIX),
    )
    owner = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=MAX_NAME_LENGTH),
        metadata=said("The owner of the files, whose quota they count for; null: only operators see them.", "ann"),
    )
    policy = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=64),
        metadata=said("The upload policy whose rules apply; null: the default one."),
    )
    follow = Flag(
        load_default=False,
        metadata=said("Whether storage's events add objects that come later.", example=False),
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> AdoptionWish:
        return AdoptionWish(**data)


class KeyReasonSchema(AnswerSchema):
    """An object that was not adopted."""

    key = described.text("Its key.", "2025/scans/")
    reason = described.text("Why.", "It marks a folder, and has no bytes.")


class AdoptionSchema(AnswerSchema):
    """An adoption and its progress."""

    adoption_id = described.an_id("The adoption.", ADOPTION_ID)
    bucket = described.text("The bucket.", BUCKET)
    prefix = described.text("The beginning of the keys.", PREFIX)
    owner = described.text("The owner of the files; null: none.", "ann", null=True)
    policy = described.text("The upload policy; null: the default one.", None, null=True)
    follow = described.flag("Whether storage's events add objects.", example=False)
    state = described.text(
        "`running`; `following`: all objects were examined, and storage's events add new ones; `done`; `cancelled`.",
        "done",
        words=AdoptionState,
    )
    adopted = described.number("Objects that became files, so far.", 1200)
    renewed = described.number("Files whose object had changed, and is scanned again, so far.", 3)
    unchanged = described.number("Objects that were files already, so far.", 0)
    skipped = described.number("Objects that cannot be files, so far.", 1)
    failed = described.number("Objects for which storage refused a request, so far.", 0)
    bytes = described.size("Bytes of the adopted and renewed ones.", 734_003_200)
    reasons = described.many(fields.Nested(KeyReasonSchema), "The last objects that were skipped or failed.")
    position = described.text("The last key that was examined; null at the beginning.", KEY, null=True)
    problem = described.text("What it waits for; null if nothing.", None, null=True)
    created_by = described.text("The operator.", "olivia")
    created_at = described.time("When it was created.", described.STARTED_AT)
    ended_at = described.time("When all objects were examined, or it was cancelled.", described.DONE_AT, null=True)


class AdoptionPageSchema(PageSchema):
    """A page of adoptions."""

    items = described.many(fields.Nested(AdoptionSchema), "Adoptions, newest first.")


class _Foreign(Schema):
    """A part of storage's message: of its many members, those that are needed."""

    class Meta:
        unknown = INCLUDE


class EventBucket(_Foreign):
    """The bucket of an event."""

    name = fields.String(required=True, metadata=said("The bucket.", BUCKET))


class EventObject(_Foreign):
    """The object of an event."""

    key = fields.String(required=True, metadata=said("The key, encoded as in a form.", "2025/scans/contract+7.pdf"))


class EventPlace(_Foreign):
    """Bucket and object of an event."""

    bucket = fields.Nested(EventBucket, required=True, metadata=said("Its bucket."))
    object = fields.Nested(EventObject, required=True, metadata=said("Its object."))


class EventRecord(_Foreign):
    """An event of storage."""

    eventName = fields.String(  # noqa: N815
        required=True,
        metadata=said("Those about new objects contain `ObjectCreated:`; others are ignored.", "s3:ObjectCreated:Put"),
    )
    s3 = fields.Nested(EventPlace, required=True, metadata=said("Where it happened."))


class StorageEventsBody(_Foreign):
    """A message of S3's event notifications, as MinIO and AWS write it, or an event of EventBridge (`aws.s3`).

    A message without records is a test.
    """

    Records = fields.List(
        fields.Nested(EventRecord),
        load_default=list,
        validate=validate.Length(max=MAX_EVENT_RECORDS),
        metadata=said("The events."),
    )

    @pre_load
    def to_records(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Turn an event of EventBridge into a record."""
        if data.get("source") != EVENT_BRIDGE or "Records" in data:
            return data
        name = CREATED if data.get("detail-type") == "Object Created" else data.get("detail-type")
        return data | {"Records": [{"eventName": name, "s3": _with_encoded_key(data.get("detail"))}]}

    @validates_schema(pass_original=True)
    def refuse_nothing(self, _data: dict[str, Any], original: dict[str, Any], **_kwargs: Any) -> None:
        """A message without records has other members; a request without any is none of storage's."""
        if not original:
            raise ValidationError("is missing: the message is empty", "Records")

    @post_load
    def to_events(self, data: dict[str, Any], **_kwargs: Any) -> Sequence[StorageEvent]:
        return [_event(record) for record in data["Records"]]


def _with_encoded_key(place: Any) -> Any:
    """Return the place of an object with its key as in a record: EventBridge does not encode it
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html)."""
    named = place.get("object") if isinstance(place, dict) else None
    key = named.get("key") if isinstance(named, dict) else None
    return place | {"object": {"key": quote_plus(key)}} if isinstance(key, str) else place


def _event(record: dict[str, Any]) -> StorageEvent:
    """Return the event of a record. Its key is encoded like a form's value: a space is a plus
    (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html)."""
    place, name = record["s3"], record["eventName"]
    key = unquote_plus(place["object"]["key"], errors="replace")
    return StorageEvent(place["bucket"]["name"], key, name.removeprefix("s3:").startswith(CREATED))


class EventsSchema(AnswerSchema):
    """Results of storage's events."""

    outcomes = fields.Dict(
        required=True,
        metadata=said(f"Objects by outcome: {', '.join(f'`{outcome}`' for outcome in Outcome)}.", {"adopted": 1}),
    )
    ignored = described.number("Events that no adoption follows, or that are not about new objects.", 0)
