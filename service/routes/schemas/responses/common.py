"""The base classes of responses, and of pages of lists."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema

from service.routes.schemas import described


class AnswerSchema(Schema):
    """A payload that may get more fields in a later version; clients ignore unknown fields."""

    class Meta:
        unknown = EXCLUDE


class PageSchema(AnswerSchema):
    next_cursor = described.text("Value of `cursor` for the next page; null on the last page.", None, null=True)
