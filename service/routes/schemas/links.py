"""Schemas of links to files."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from longshore.links import INLINE
from service.limits import DEFAULT_LINK_TTL, MAX_LINK_DOWNLOADS, MAX_LINK_PASSWORD, MAX_LINK_TTL, MIN_LINK_PASSWORD
from service.routes.schemas import described
from service.routes.schemas.described import said
from service.routes.schemas.fields import WholeNumber
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.access.links import DISPOSITIONS, LinkState, LinkWish

LINK_ID = "2c9f4d1e-7b36-4a80-9e5d-1f0a6c8b3d72"
TOKEN = "lsl_q3u7Zx0dKc5wQm2nRb8yTfVh1sJg6pEa9LkUoXiWrDc"  # noqa: S105
URL = f"https://files.example/api/v1/links/{TOKEN}"
ENDS_AT = "2026-02-07T12:00:00Z"
DISPOSITION = "`attachment`: browsers save the file. `inline`: browsers may display a safe type."


class LinkBody(Schema):
    """The limits of a link; every field is optional."""

    expires_in = WholeNumber(
        1, MAX_LINK_TTL, load_default=DEFAULT_LINK_TTL, metadata=said("Seconds until the link expires.", 604_800)
    )
    max_downloads = WholeNumber(
        1, MAX_LINK_DOWNLOADS, allow_none=True, metadata=said("Number of downloads; without it any number.", 3)
    )
    password = fields.String(
        allow_none=True,
        validate=validate.Length(min=MIN_LINK_PASSWORD, max=MAX_LINK_PASSWORD),
        metadata=said("Required to open the link.", "seven seas"),
    )
    disposition = fields.String(
        load_default=INLINE, validate=validate.OneOf(DISPOSITIONS), metadata=said(DISPOSITION, INLINE)
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> LinkWish:
        return LinkWish(**data)


class LinkPasswordBody(Schema):
    """The password of a link."""

    password = fields.String(
        allow_none=True,
        load_default=None,
        validate=validate.Length(max=MAX_LINK_PASSWORD),
        metadata=said("The link's password.", "seven seas"),
    )


class IssuedLinkSchema(AnswerSchema):
    """A new link."""

    link_id = described.an_id("The link.", LINK_ID)
    url = described.text("The URL, for everyone who has it; shown only once.", URL, format="uri")
    expires_at = described.time("When the link expires.", ENDS_AT)


class LinkSchema(AnswerSchema):
    """A link without its URL."""

    link_id = described.an_id("The link.", LINK_ID)
    state = described.text("Whether it can be used.", "active", words=LinkState)
    disposition = described.text(DISPOSITION, INLINE, words=DISPOSITIONS)
    has_password = described.flag("Whether it needs a password.", example=True)
    max_downloads = described.number("Number of downloads; null: any number.", 3, null=True)
    downloads = described.number("Downloads so far.", 0)
    last_used_at = described.time("When the last download began.", None, null=True)
    created_by = described.text(
        "The subject that created it; null if a backend signed it itself, or if login was off.", "ann", null=True
    )
    created_at = described.time("When it was created; if a backend signed it, its first use.", described.STARTED_AT)
    expires_at = described.time("When it expires.", ENDS_AT)
    revoked_at = described.time("When it was revoked.", None, null=True)


class LinkPageSchema(PageSchema):
    """A page of links."""

    items = described.many(fields.Nested(LinkSchema), "Links of the file, newest first.")
