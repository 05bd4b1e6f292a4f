"""Schemas of grants."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from service.limits import MAX_GRANT_COUNT, MAX_GRANT_TTL, MAX_GRANT_TYPES, MAX_NAME_LENGTH
from service.routes.schemas import described
from service.routes.schemas.described import INT64, said
from service.routes.schemas.fields import WholeNumber, an_id, credential, detail
from service.routes.schemas.requests.common import HUGE
from service.routes.schemas.responses.common import AnswerSchema
from service.values.access.grants import MAX_POLICY, GrantState, GrantWish, checked_types

GRANT_ID = "e4b1d7a0-3c52-4f6b-9d18-7a5c2e9f4b60"
TYPES = ["image/*"]
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6ImxvbmdzaG9yZS1ncmFudCtqd3QifQ.eyJqdGkiOiJlNGIxZDdhMCJ9.p1Yw"  # noqa: S105
SUBJECT = "The subject that owns the files; without it, that of the caller."
METADATA_USER = "The user that the files belong to."
METADATA_APPOINTMENT = "The appointment that the files belong to."
METADATA_DETAIL = "Any object to store with each file."


class Types(fields.List[Any]):
    """Media types, also `image/*`, in lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        found = super()._deserialize(value, attr, data, **kwargs)
        try:
            return list(checked_types(found))
        except ValueError as error:
            raise ValidationError(f"{str(error).capitalize()}.") from error


class GrantBody(Schema):
    """The uploads to allow, and their metadata."""

    subject = fields.String(
        allow_none=True, validate=validate.Length(min=1, max=MAX_NAME_LENGTH), metadata=said(SUBJECT, "ann")
    )
    policy = fields.String(
        allow_none=True,
        validate=validate.Length(max=MAX_POLICY),
        metadata=said("The upload policy; without it the default one.", "default"),
    )
    count = WholeNumber(1, MAX_GRANT_COUNT, load_default=1, metadata=said("Number of uploads.", 1))
    max_size = WholeNumber(
        0,
        HUGE,
        allow_none=True,
        metadata=said("Bytes of each file; more than the policy allows has no effect.", 10_000_000, **INT64),
    )
    content_types = Types(
        fields.String(),
        allow_none=True,
        validate=validate.Length(min=1, max=MAX_GRANT_TYPES),
        metadata=said("Declared types, narrower than the policy's; `image/*` for all images.", TYPES),
    )
    detail = detail(allow_none=True, metadata=said(METADATA_DETAIL, {"album": "harbour"}))
    user_id = an_id(said(METADATA_USER), allow_none=True)
    appointment_id = an_id(said(METADATA_APPOINTMENT), allow_none=True)
    credential = credential(
        said("Makes the files private; the browser does not get to know it."),
        allow_none=True,
    )
    expires_in = WholeNumber(
        1, MAX_GRANT_TTL, load_default=3600, metadata=said("Seconds until the grant expires.", 3600)
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> GrantWish:
        types = data.pop("content_types", None)
        return GrantWish(**data, content_types=None if types is None else tuple(types))


class IssuedGrantSchema(AnswerSchema):
    """A new grant with its token for the browser."""

    grant_id = described.an_id("The grant.", GRANT_ID)
    token = described.text("The token, which the browser sends as `Authorization: Bearer`; shown only once.", TOKEN)
    expires_at = described.time("When the grant expires.", "2026-01-31T13:00:00Z")


class GrantSchema(AnswerSchema):
    """A grant without its token."""

    grant_id = described.an_id("The grant.", GRANT_ID)
    state = described.text("Whether uploads can be started with it.", "active", words=GrantState)
    subject = described.text("The subject that owns the files.", "ann")
    policy = described.text("The upload policy.", "default")
    count = described.number("Number of uploads.", 1)
    used = described.number("Uploads that are open or have become files.", 0)
    max_size = described.size("Bytes of each file; null: by the policy.", 10_000_000, null=True)
    content_types = described.many(fields.String(), "Declared types; null: by the policy.", TYPES, null=True)
    detail = fields.Dict(required=True, allow_none=True, metadata=said(METADATA_DETAIL, {"album": "harbour"}))
    user_id = described.an_id(METADATA_USER, None, null=True)
    appointment_id = described.an_id(METADATA_APPOINTMENT, None, null=True)
    is_private = described.flag("Whether it has a credential for its files.", example=False)
    created_by = described.text(
        "The subject that created it; null if a backend signed it itself, or if login was off.", "shop", null=True
    )
    created_at = described.time("When it was created; if a backend signed it, its first use.", described.STARTED_AT)
    expires_at = described.time("When it expires.", "2026-01-31T13:00:00Z")
    revoked_at = described.time("When it was revoked.", None, null=True)
