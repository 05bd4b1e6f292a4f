"""Schemas of operators' decisions and of the allow-list."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from service.limits import MAX_DECIDED_IDS, MAX_NAME_LENGTH, MAX_REASON
from service.routes.schemas import described
from service.routes.schemas.described import FILE_ID, INT64, said
from service.routes.schemas.fields import Flag, WholeNumber, an_id, moment, wanted_id
from service.routes.schemas.requests.common import HUGE
from service.routes.schemas.requests.files import FileProperties
from service.routes.schemas.responses.common import AnswerSchema, PageSchema
from service.values.operators.decisions import (
    NEED_REASON,
    AllowlistKind,
    AllowlistWish,
    DecisionAction,
    DecisionState,
    DecisionWish,
    EntryState,
)

DECISION_ID = "9a7c1e52-0b3d-4c68-8f24-5d1e7b90a3c6"
ENTRY_ID = "2c8f5b1d-7e40-4a93-b6d2-1f0e9c3a8b75"
WHY = "False positive, checked with the vendor."
SIGNATURE = "Win.Test.EICAR_HDB-1"
SHA256 = re.compile(r"[0-9a-f]{64}")
ACTIONS = [action.value for action in DecisionAction]


class DecisionFilter(FileProperties):
    """Properties of the files: all must match, and at least one is needed."""

    min_size = WholeNumber(0, HUGE, metadata=said("Only files of at least so many bytes.", **INT64))
    max_size = WholeNumber(0, HUGE, metadata=said("Only files of at most so many bytes.", **INT64))
    user_id = wanted_id(said("Only files of this user."))
    appointment_id = wanted_id(said("Only files of this appointment."))


class _Decision(Schema):
    action = fields.String(
        required=True,
        validate=validate.OneOf(ACTIONS),
        metadata=said(
            "`rescan`: scan again; `release`: serve despite the verdict; `block`: withdraw; `delete`.", "release"
        ),
    )
    reason = fields.String(
        validate=validate.Length(min=1, max=MAX_REASON),
        metadata=said("Why, for the audit log and the file; required to release and to block.", WHY),
    )
    dry_run = Flag(
        load_default=False,
        metadata=said("Only count the files, and return the first ones.", example=False),
    )


class DecideFilesBody(_Decision):
    """A decision about these files."""

    file_ids = fields.List(
        an_id({}),
        required=True,
        validate=validate.Length(min=1, max=MAX_DECIDED_IDS),
        metadata=said("The files.", [FILE_ID]),
    )


class DecideFilterBody(_Decision):
    """A decision about all files that a filter finds, of those that were completed before it."""

    filter = fields.Nested(
        DecisionFilter,
        required=True,
        metadata=said("Which files.", {"virus_scan_status": "infected", "created_from": "2026-01-01T00:00:00Z"}),
    )


class DecisionBody(DecideFilesBody, DecideFilterBody):
    """Either some files, or a filter."""

    alternatives: ClassVar[tuple[type[Schema], ...]] = (DecideFilesBody, DecideFilterBody)
    file_ids = fields.List(an_id({}), validate=validate.Length(min=1, max=MAX_DECIDED_IDS))
    filter = fields.Nested(DecisionFilter)

    @validates_schema
    def is_whole(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("file_ids" in data) == ("filter" in data):
            raise ValidationError("Give either file_ids or filter.", "file_ids")
        if data.get("filter") == {}:
            raise ValidationError("is empty; name at least one property of the files", "filter")
        if data["action"] in NEED_REASON and "reason" not in data:
            raise ValidationError("is missing: it is required to release and to block", "reason")

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> DecisionWish:
        wanted = data.get("filter")
        return DecisionWish(
            action=DecisionAction(data["action"]),
            file_ids=tuple(data["file_ids"]) if "file_ids" in data else None,
            wanted=None if wanted is None else {name: _stored(value) for name, value in wanted.items()},
            reason=data.get("reason"),
            dry_run=data["dry_run"],
        )


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


class ApprovalBody(Schema):
    """An approval."""

    reason = fields.String(
        allow_none=True,
        validate=validate.Length(min=1, max=MAX_REASON),
        metadata=said("Why it is approved, for the audit log.", "Checked, too."),
    )


class FileReasonSchema(AnswerSchema):
    """A file that a decision left as it was."""

    file_id = described.text("The file.", FILE_ID)
    reason = described.text("Why.", "It is served already.")


class DecisionSchema(AnswerSchema):
    """A decision and its progress."""

    decision_id = described.an_id("The decision; null for a dry run.", DECISION_ID, null=True)
    action = described.text("What to do with each file.", "release", words=DecisionAction)
    state = described.text(
        "`waiting`: for the approval by a second person; `running`; `done`; `cancelled`; `dry_run`: it only counted.",
        "done",
        words=DecisionState,
    )
    reason = described.text("Why.", WHY, null=True)
    filter = fields.Dict(required=True, allow_none=True, metadata=said("Which files; null if they were named.", None))
    file_ids = described.many(
        fields.String(), "The named files; of a dry run the first ones; else null.", [FILE_ID], null=True
    )
    matched = described.number("Files when it was created.", 1)
    is_exact = described.flag("Whether `matched` is all; false: at least so many.", example=True)
    done = described.number("Files that were decided so far.", 1)
    skipped = described.number("Files to which it does not apply, so far.", 0)
    failed = described.number("Files that storage refused several times, so far.", 0)
    reasons = described.many(fields.Nested(FileReasonSchema), "The last files that were skipped or failed.", [])
    problem = described.text("What it waits for; null if nothing.", None, null=True)
    created_by = described.text("The operator; `erased` if erased since.", "olivia")
    created_at = described.time("When it was created.", described.STARTED_AT)
    approved_by = described.text("The second person; null without one.", None, null=True)
    approved_at = described.time("When it was approved.", None, null=True)
    ended_at = described.time("When it was done or cancelled.", described.DONE_AT, null=True)


class DecisionPageSchema(PageSchema):
    """A page of decisions."""

    items = described.many(fields.Nested(DecisionSchema), "Decisions, newest first.")


class AllowlistBody(Schema):
    """A signature or file that does not block."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf([kind.value for kind in AllowlistKind]),
        metadata=said("`signature`: clamd's name; `sha256`: the hash of all bytes of a file.", "signature"),
    )
    value = fields.String(
        required=True,
        validate=validate.Length(min=1, max=MAX_NAME_LENGTH),
        metadata=said("The signature's name, exactly; or the hash in hex.", SIGNATURE),
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(min=1, max=MAX_REASON),
        metadata=said("Why, for the audit log and the released files.", WHY),
    )
    ends_at = moment(said("When it ends; null: never.", "2036-02-01T00:00:00Z"), allow_none=True)

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> AllowlistWish:
        kind, value = AllowlistKind(data["kind"]), data["value"]
        if kind is AllowlistKind.SHA256:
            value = value.lower()
            if not SHA256.fullmatch(value):
                raise ValidationError("is not a SHA-256 in hex, of 64 characters", "value")
        return AllowlistWish(kind, value, data["reason"], data.get("ends_at"))


class AllowlistEntrySchema(AnswerSchema):
    """An entry of the allow-list."""

    entry_id = described.an_id("The entry.", ENTRY_ID)
    kind = described.text("`signature` or `sha256`.", "signature", words=AllowlistKind)
    value = described.text("The signature's name, or the hash in hex.", SIGNATURE)
    reason = described.text("Why.", WHY)
    state = described.text(
        "`waiting`: for the approval by a second person; `active`; `ended`.", "active", words=EntryState
    )
    created_by = described.text("The operator; `erased` if erased since.", "olivia")
    created_at = described.time("When it was added.", described.STARTED_AT)
    approved_by = described.text("The second person; null without one.", None, null=True)
    approved_at = described.time("When it was approved.", None, null=True)
    ends_at = described.time("When it ends; null: never.", "2036-02-01T00:00:00Z", null=True)
    removed_at = described.time("When it was removed; null if it was not.", None, null=True)


class AllowlistPageSchema(PageSchema):
    """A page of the allow-list."""

    items = described.many(fields.Nested(AllowlistEntrySchema), "Entries, newest first, also ended ones.")
