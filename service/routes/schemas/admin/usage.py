"""Schemas of subjects and of usage."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.limits import MAX_NAME_LENGTH
from service.routes.schemas import described
from service.routes.schemas.described import said
from service.routes.schemas.requests.common import PageQuery
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.access.caller import Scope

MAX_DAYS, DEFAULT_DAYS = 400, 90
BYTES = {"clean": 1_843_000, "infected": 4_211, "uploading": 0, "orphaned": 0}


class SubjectsQuery(PageQuery):
    """A page of subjects."""

    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said(
            "Words that must all occur in the name; case and accents are ignored. A page may then have fewer items than"
            " `limit`: the list ends where `next_cursor` is null."
        ),
    )


class KeySchema(AnswerSchema):
    """An API key without its secret."""

    prefix = described.text("Its public part, as in the audit log.", "3f9a0c1d2e4b")
    name = described.text("Its name.", "Ann's laptop")
    scopes = described.many(described.text("A scope.", "read", words=Scope), "Its scopes.", ["upload", "read"])
    created_at = described.time("When it was created.", described.STARTED_AT)
    expires_at = described.time("When it expires; null: never.", None, null=True)
    last_used_at = described.time("When it was last used, to ten minutes; null: never.", described.DONE_AT, null=True)
    revoked_at = described.time("When it was revoked; null if it was not.", None, null=True)


class SubjectSchema(AnswerSchema):
    """A subject with its bytes and API keys."""

    subject = described.text("What a key or token stands for.", "ann")
    bytes = described.size("Bytes in open uploads and files.", described.SIZE)
    quota = described.size("The most that it may have; null without a limit.", 1_073_741_824, null=True)
    keys = described.many(fields.Nested(KeySchema), "Its API keys, oldest first, also revoked ones.")


class SubjectPageSchema(PageSchema):
    """A page of subjects."""

    items = described.many(fields.Nested(SubjectSchema), "Subjects by name.")


class UsageQuery(Schema):
    """A time of which to return the history."""

    days = fields.Integer(
        load_default=DEFAULT_DAYS,
        validate=validate.Range(min=1, max=MAX_DAYS),
        metadata=said("Days of the history, today included."),
    )


class SubjectBytesSchema(AnswerSchema):
    """A subject's bytes."""

    subject = described.text("The subject.", "ann")
    bytes = described.size("Its bytes in open uploads and files.", described.SIZE)


class DaySchema(AnswerSchema):
    """The bytes of a day, as last counted on it."""

    day = fields.Date(required=True, metadata=said("The day, in UTC.", "2026-01-31"))
    bytes = described.sizes("Bytes by state of open uploads, by verdict, and `orphaned`.", BYTES)
    subjects = described.sizes("The subjects with the most bytes then, at most 20.", {"ann": 1_843_000})


class UsageSchema(AnswerSchema):
    """The bytes, files and uploads in storage, and the history of the bytes."""

    counted_at = described.time(
        "When bytes, files and uploads were counted; null before the first count.", described.DONE_AT, null=True
    )
    bytes = described.sizes("Bytes by state of open uploads, by verdict, and `orphaned` (without a row).", BYTES)
    files = described.counts("Number of files by verdict.", {"clean": 12, "infected": 1})
    uploads = described.counts("Number of uploads by state.", {"uploading": 0, "completed": 13})
    subjects = described.many(fields.Nested(SubjectBytesSchema), "The subjects with the most bytes, at most 20.")
    history = described.many(fields.Nested(DaySchema), "The days that were counted, oldest first.")
