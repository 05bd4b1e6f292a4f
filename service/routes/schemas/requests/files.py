"""Bodies and queries about files: changes, lists, content and deletion."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from service.limits import MAX_NAME_LENGTH, MAX_REASON
from service.routes.schemas.described import FILENAME, PATH_NAME, said
from service.routes.schemas.fields import (
    Flag,
    an_id,
    detail,
    detail_filters,
    moment,
    name,
    path_name,
    wanted_id,
    wanted_policy,
    wanted_type,
)
from service.routes.schemas.requests.common import FOLDER, HUGE, PageQuery
from service.values import FILE_SORTS, NEWEST_FIRST, FileChange, FileQuery
from service.values.states import Verdict

VERDICTS = tuple(verdict.value for verdict in Verdict)
INLINE, ATTACHMENT = "inline", "attachment"


class ChangeBody(Schema):
    """The fields of a file to change; all others stay as they are."""

    filename = name(metadata=said("The file's name.", FILENAME))
    path_name = path_name(said(FOLDER, PATH_NAME), allow_none=True)
    detail = detail(allow_none=True, metadata=said("Any object to store with the file.", {"album": "harbour"}))
    user_id = an_id(said("The user that the file belongs to."), allow_none=True)
    appointment_id = an_id(said("The appointment that the file belongs to."), allow_none=True)
    expires_at = moment(said("When the file is deleted; null: never.", "2027-01-31T00:00:00Z"), allow_none=True)
    legal_hold = Flag(metadata=said("Whether nothing may delete the file; requires the scope `admin`."))
    reason = fields.String(
        validate=validate.Length(min=1, max=MAX_REASON),
        metadata=said("Why, for the audit log; required with legal_hold.", "Case 4711"),
    )

    @post_load
    def as_change(self, data: dict[str, Any], **_kwargs: Any) -> FileChange:
        reason = data.pop("reason", None)
        if "path_name" in data:
            data["path_name"] = data["path_name"] or None
        return FileChange(data, reason=reason)


class FileProperties(Schema):
    """Properties by which files are chosen."""

    search = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Words that must all occur in the name; case and accents are ignored."),
    )
    virus_scan_status = fields.String(validate=validate.OneOf(VERDICTS), metadata=said("Only files with this verdict."))
    policy = wanted_policy(said("Only files of this upload policy."))
    detail = detail_filters(
        said(
            "Only files with this value in `detail`, `KEY:VALUE`; repeat it for several keys. A policy must index each "
            "key. Numbers and booleans are compared as JSON writes them. Private files are never found.",
            ["invoice_id:42"],
        )
    )
    content_type = wanted_type(said("Only files of this declared type; `image/*` for all images."))
    created_from = moment(said("Only files that were completed at this time or later.", "2026-01-01T00:00:00Z"))
    created_until = moment(said("Only files that were completed before this time.", "2026-02-01T00:00:00Z"))
    min_size = fields.Integer(validate=validate.Range(0, HUGE), metadata=said("Only files of at least so many bytes."))
    max_size = fields.Integer(validate=validate.Range(0, HUGE), metadata=said("Only files of at most so many bytes."))
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Only files of this subject; requires the scope `admin`."),
    )


class FilesQuery(FileProperties, PageQuery):
    sort = fields.String(
        validate=validate.OneOf(FILE_SORTS),
        metadata=said(
            "The sort order, descending with `-`. Names ignore case and accents. Without it `-created_at`, and with "
            "`filename` that name's."
        ),
    )
    path_name = path_name(
        said(
            "Only files directly in this folder of `owner`, else of the caller; empty: only files in no folder. "
            "Left out: files of all folders.",
            PATH_NAME,
        )
    )
    recursive = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata=said("`true`: with `path_name`, also files in all folders below."),
    )
    filename = name(metadata=said("Only files with exactly this name.", FILENAME))

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FileQuery:
        # an index has the files of a name in this order alone
        sort = data.get("sort", "filename" if "filename" in data else NEWEST_FIRST)
        return FileQuery(**data | {"detail": tuple(data.get("detail", ())), "sort": sort})


class UserFilesQuery(FilesQuery):
    user_id = wanted_id(said("Only items of this user."))


class DeletionQuery(Schema):
    delete_object = fields.Boolean(
        load_default=False,
        truthy={"true"},
        falsy={"false"},
        metadata=said("`true`: also delete the object of an adopted file; it needs the scope `admin`."),
    )


class ContentQuery(Schema):
    disposition = fields.String(
        load_default=INLINE,
        validate=validate.OneOf((INLINE, ATTACHMENT)),
        metadata=said("`attachment`: browsers save the file. `inline`: browsers may display a safe type."),
    )
