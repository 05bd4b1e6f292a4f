"""The OpenAPI document for generators of clients: the same operations, bodies and responses, as JSON alone.

Generators make broken or needless code of what the whole document has besides: bodies that may also be forms, links
between operations, and wrappers around a single schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

JSON = "application/json"


def client_document(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document for generators of clients; `document` is the whole one, and is not changed."""
    plain: dict[str, Any] = _plain(document)
    schemas = plain["components"]["schemas"]
    needed = set(_reachable(plain["paths"], schemas))
    plain["components"]["schemas"] = {name: schema for name, schema in schemas.items() if name in needed}
    return plain


def _plain(value: Any) -> Any:
    """Return a copy without links, media types other than JSON, and wrappers around one schema."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    wrapped = value.get("allOf", [])
    if len(wrapped) == 1 and not value.get("nullable"):
        return _plain(wrapped[0])
    made = {name: _READERS.get(name, _plain)(each) for name, each in value.items() if name != "links"}
    if JSON in made.get("content", {}):
        made["content"] = {JSON: made["content"][JSON]}
    return made


def _plain_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a schema's fields, of which one may be named like a part of the document."""
    return {name: _plain(schema) for name, schema in fields.items()}


_READERS: dict[str, Callable[[Any], Any]] = {"properties": _plain_fields, "example": deepcopy}


def _reachable(value: Any, schemas: dict[str, Any]) -> Iterator[str]:
    """Yield the names of all schemas that a part of the document refers to, directly or through others."""
    seen: set[str] = set()
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, list):
            left += each
        elif isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in seen:
                seen.add(name)
                yield name
                left.append(schemas[name])
            left += each.values()
