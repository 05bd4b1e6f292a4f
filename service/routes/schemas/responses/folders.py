"""Responses about folders."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields

from service.routes.schemas import described
from service.routes.schemas.responses.common import AnswerSchema, PageSchema


class FolderSchema(AnswerSchema):
    """A folder."""

    path_name = described.text("Its whole path.", described.PATH_NAME)
    name = described.text("The last name of its path.", "June")
    created_at = described.time("When the first file was put into it, or below.", described.STARTED_AT)


class FolderPageSchema(PageSchema):
    """A page of folders."""

    items = described.many(fields.Nested(FolderSchema), "Folders by name, without case and accents.")


class RenamedFolderSchema(AnswerSchema):
    """A renamed folder."""

    class Meta(AnswerSchema.Meta):
        include: ClassVar[dict[str, fields.Field[Any]]] = {
            "from": fields.String(
                required=True,
                attribute="come_from",
                metadata=described.said("Its path before.", described.PATH_NAME),
            )
        }

    to = described.text("Its path now.", described.NEW_PATH)
