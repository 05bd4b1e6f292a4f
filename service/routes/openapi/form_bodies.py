"""Bodies as forms, for OpenAPI: the same fields, none of them null, and objects and lists as JSON text."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache

from marshmallow import Schema, fields

from service.routes.http.body_parsing import JSON_TEXT_FIELDS
from service.routes.schemas.described import NOTHING, example_of, said


@cache
def form_of(schema: type[Schema]) -> type[Schema]:
    """The form of a body."""
    made = {name: _in_form(name, field) for name, field in schema().fields.items()}
    form = Schema.from_dict(made, name=f"{schema.__name__.removesuffix('Body')}Form")
    form.__doc__ = schema.__doc__
    form.opts.unknown = schema.opts.unknown
    return form


def _in_form(name: str, field: fields.Field) -> fields.Field:  # type: ignore[type-arg]
    if name not in JSON_TEXT_FIELDS:
        copy = deepcopy(field)
        copy.allow_none = False
        return copy
    example = example_of(field)
    return fields.String(
        required=field.required,
        metadata=said(
            f"{field.metadata['description']} As JSON text.",
            example if example is NOTHING else json.dumps(example),
            format=f"json-{name}",
        ),
    )
