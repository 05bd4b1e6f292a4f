"""Bodies and queries about folders."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load, validate

from service.limits import MAX_NAME_LENGTH
from service.routes.schemas.described import NEW_PATH, PATH_NAME, said
from service.routes.schemas.fields import path_name
from service.routes.schemas.requests.common import PageQuery
from service.values.folders import FolderQuery, FolderRename


class FoldersQuery(PageQuery):
    path_name = path_name(said("The folder; empty or left out: the topmost ones.", PATH_NAME))
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Folders of this subject instead of the caller; requires the scope `admin`."),
    )

    @post_load
    def to_query(self, data: dict[str, Any], **_kwargs: Any) -> FolderQuery:
        return FolderQuery(**data)


class RenameFolderBody(Schema):
    """A folder, and its new path."""

    class Meta:
        include: ClassVar[dict[str, fields.Field[Any]]] = {  # a keyword of Python
            "from": path_name(said("The folder.", PATH_NAME), required=True, validate=validate.Length(min=1))
        }

    to = path_name(
        said("Its new path; folders above it are created.", NEW_PATH), required=True, validate=validate.Length(min=1)
    )
    owner = fields.String(
        validate=validate.Length(max=MAX_NAME_LENGTH),
        metadata=said("Whose folder, instead of the caller; requires the scope `admin`."),
    )

    @post_load
    def to_wish(self, data: dict[str, Any], **_kwargs: Any) -> FolderRename:
        return FolderRename(data.pop("from"), **data)
