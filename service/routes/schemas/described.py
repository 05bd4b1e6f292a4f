"""Fields with their documentation for OpenAPI: a description, an example, the format and allowed values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from service.routes.schemas.fields import UtcTime

# all examples are about one file, Ann's photo, from init to a download
UPLOAD_ID = "0d9b7c52-6a1e-4f0b-9a51-2f6c1f6f3b10"
FILE_ID = "5f3c1c7e-8f6d-4a5e-b0c4-7d1f0a9e2c33"
USER_ID = "a1c0f3d2-54b7-4c2f-8e19-0b6d9f7e1a44"
APPOINTMENT_ID = "c7e2b8a4-1d3f-4e6a-9b05-3f8c2d7a6e55"
FILENAME, CONTENT_TYPE, SIZE = "photo.jpg", "image/jpeg", 2_306_867
PATH_NAME, NEW_PATH = "photos/2026/June", "photos/2026/June in Lisbon"
CHUNK_SIZE = 16 * 1024 * 1024
ETAG = '"9e107d9d372bb6826bd81d3542a419d6"'
STARTED_AT, DONE_AT, EXPIRES_AT = "2026-01-31T12:00:00Z", "2026-01-31T12:00:02.250000Z", "2026-02-01T12:00:00Z"
OBJECT = "https://storage.example/longshore-private/7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77"
PART_URL = f"{OBJECT}?partNumber=1&uploadId=2~kq8&X-Amz-Signature=0f3a"

NOTHING = object()
"""The example of a field that examples omit."""
INT64 = {"format": "int64"}


def said(what: str, example: Any = NOTHING, **schema: Any) -> dict[str, Any]:
    """Return a field's metadata: a description, an example, and further keywords of its JSON Schema."""
    shown = {} if example is NOTHING else {"example": example}
    return {"description": what, **shown, **schema}


def text(what: str, example: Any, *, null: bool = False, words: Iterable[str] = (), **schema: Any) -> fields.String:
    """A text in a response; words: all possible values."""
    checks = validate.OneOf([str(word) for word in words]) if words else None
    return fields.String(required=True, allow_none=null, validate=checks, metadata=said(what, example, **schema))


def an_id(what: str, example: str | None, *, null: bool = False) -> fields.String:
    return text(what, example, null=null, format="uuid")


def number(what: str, example: int | None, *, null: bool = False) -> fields.Integer:
    """An integer in a response: an index, a count."""
    return fields.Integer(required=True, allow_none=null, metadata=said(what, example, minimum=0))


def size(what: str, example: int | None, *, null: bool = False) -> fields.Integer:
    """A number of bytes, which needs 64 bits."""
    return fields.Integer(required=True, allow_none=null, metadata=said(what, example, minimum=0, **INT64))


def counts(what: str, example: dict[str, int]) -> fields.Dict:
    """Numbers by name in a response."""
    return fields.Dict(
        keys=fields.String(),
        values=fields.Integer(metadata={"minimum": 0}),
        required=True,
        metadata=said(what, example),
    )


def sizes(what: str, example: dict[str, int]) -> fields.Dict:
    """Numbers of bytes by name in a response."""
    value = fields.Integer(metadata={"minimum": 0, **INT64})
    return fields.Dict(keys=fields.String(), values=value, required=True, metadata=said(what, example))


def flag(what: str, example: bool) -> fields.Boolean:
    return fields.Boolean(required=True, metadata=said(what, example))


def time(what: str, example: str | None, *, null: bool = False) -> UtcTime:
    return UtcTime(required=True, allow_none=null, metadata=said(what, example))


def many(inner: fields.Field[Any], what: str, example: Any = NOTHING, *, null: bool = False) -> fields.List[Any]:
    return fields.List(inner, required=True, allow_none=null, metadata=said(what, example))


def whole(schema: Schema) -> dict[str, Any]:
    """Return an example of a schema's payload from the examples of its fields."""
    found = {name: example_of(field) for name, field in schema.fields.items()}
    return {name: example for name, example in found.items() if example is not NOTHING}


def example_of(field: fields.Field[Any]) -> Any:
    """Return a field's example; NOTHING if there is none."""
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.Nested):
        return whole(field.schema)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return [whole(field.inner.schema)]
    return NOTHING
