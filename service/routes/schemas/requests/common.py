"""Parts of several requests: pages, and the largest number."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from service.limits import DEFAULT_PAGE, MAX_CURSOR, MAX_PAGE
from service.routes.schemas.described import said

HUGE = 2**63 - 1
"""Larger numbers are invalid; below it the error is `file_too_large`."""
FOLDER = "The folder of the file, without its name; names are separated by slashes. Empty or null: no folder."


class PageQuery(Schema):
    limit = fields.Integer(
        load_default=DEFAULT_PAGE,
        validate=validate.Range(min=1, max=MAX_PAGE),
        metadata=said("Maximum number of items in a page."),
    )
    cursor = fields.String(
        validate=validate.Length(max=MAX_CURSOR),
        metadata=said("`next_cursor` of the page before; only valid with the same sort order."),
    )
