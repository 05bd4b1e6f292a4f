"""Schemas of the audit log."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from service.limits import MAX_NAME_LENGTH
from service.routes.schemas import described
from service.routes.schemas.described import FILE_ID, said
from service.routes.schemas.fields import moment
from service.routes.schemas.requests.common import PageQuery
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.operators.audit import Action, AuditFilter, Link

JSON_LINES, CSV = "jsonl", "csv"
SEAL = "6f1c9a0f4d2b8e37a5c1d0e9f8b7a6958473625140f1e2d3c4b5a69788796a5b"
PLACE = "^[0-9]{1,18}:[0-9a-f]{64}$"
CHANGED = {"filename": "photo.jpg"}


class LinkField(fields.String):
    """A place in the chain: `SEQUENCE:SEAL`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not re.fullmatch(PLACE, text):
            raise ValidationError("Must be SEQUENCE:SEAL, as in an earlier result.")
        number, _, seal = text.partition(":")
        return Link(int(number), seal)


class FilterQuery(Schema):
    """A choice of entries of the audit log."""

    actor = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Only of this subject, or of `scanner`, `system` or `anonymous`."),
    )
    action = fields.String(validate=validate.OneOf([each.value for each in Action]), metadata=said("Only this action."))
    target_id = fields.String(
        validate=[validate.Length(max=36), validate.Regexp(r"[\x21-\x7e]*\Z")],
        metadata=said("Only about this file, grant, or API key (by its prefix)."),
    )
    created_from = moment(said("Only from this time or later.", "2026-01-01T00:00:00Z"))
    created_until = moment(said("Only before this time.", "2026-02-01T00:00:00Z"))


class AuditQuery(FilterQuery, PageQuery):
    """A page of the audit log."""

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> tuple[AuditFilter, int, str | None]:
        limit, cursor = data.pop("limit"), data.pop("cursor", None)
        return AuditFilter(**data), limit, cursor


class ExportQuery(FilterQuery):
    """An export of the audit log."""

    format = fields.String(
        load_default=JSON_LINES,
        validate=validate.OneOf((JSON_LINES, CSV)),
        metadata=said("`jsonl`: one JSON object for each entry. `csv`: RFC 4180 with a header line."),
    )

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> tuple[AuditFilter, str]:
        wanted = data.pop("format")
        return AuditFilter(**data), wanted


class VerificationQuery(Schema):
    """A part of the chain to check."""

    after = LinkField(
        metadata=said("Where the call before ended (`last`); without it, from the beginning.", pattern=PLACE)
    )
    head = LinkField(metadata=said("A `last` that was noted earlier, which must still be in the chain.", pattern=PLACE))


class AuditEntrySchema(Schema):
    """An entry of the audit log."""

    sequence = described.number("Its number in the chain; null for some seconds, until it is sealed.", 1042, null=True)
    at = described.time("When it was done.", described.DONE_AT)
    actor = described.text("A subject, or `scanner`, `system` or `anonymous`.", "ann")
    key_prefix = described.text("The prefix of the API key that was used.", "3f9a0c1d2e4b", null=True)
    address = described.text("The client's address.", "192.0.2.7", null=True)
    action = described.text("What was done.", "changed")
    target_id = described.text("The file, the grant, or the prefix of the API key.", FILE_ID, null=True)
    owner = described.text("The owner of a file that was deleted or has expired.", "ann", null=True)
    reason = described.text("Why, in words.", "filename", null=True)
    before = fields.Dict(
        required=True, allow_none=True, metadata=said("The changed values before it, by field.", CHANGED)
    )
    after = fields.Dict(
        required=True, allow_none=True, metadata=said("The changed values after it.", {"filename": "harbour.jpg"})
    )
    request_id = described.text("X-Request-ID of the request.", "b6f1c2d3e4a59687", null=True)
    seal = described.text("The hash of this entry and of the seal before it; null until it is sealed.", SEAL, null=True)


class AuditPageSchema(PageSchema):
    """A page of the audit log."""

    items = described.many(fields.Nested(AuditEntrySchema), "Entries, newest first.")


class FlawSchema(Schema):
    """A place where the chain is broken."""

    sequence = described.number("The number of the entry.", 1042)
    problem = described.text("What is wrong there.", "it or the entry before it was changed")


class VerificationSchema(AnswerSchema):
    """The result of checking a part of the chain."""

    checked = described.number("Entries that this call checked.", 1042)
    deleted = described.number("Entries before those in the chain, which `AUDIT_DAYS` deleted.", 0)
    last = described.text("Where the next call continues, as `after`; note it for a later `head`.", f"1042:{SEAL}")
    is_complete = described.flag("Whether there are no more sealed entries.", example=True)
    unsealed = described.number("Entries that wait for their seal.", 0)
    flaws = described.many(fields.Nested(FlawSchema), "Removed and changed entries.", [])
