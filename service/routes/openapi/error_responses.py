"""The error responses of the OpenAPI document, made from `service.errors`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from marshmallow import EXCLUDE, Schema, fields

from service.errors import ServiceError
from service.observability.request_ids import HEADER as REQUEST_ID
from service.routes.schemas.described import INT64, said

Refusal = type[ServiceError] | tuple[type[ServiceError], int]
"""An error class, or one with a different status."""

HEADERS: dict[str, dict[str, Any]] = {
    REQUEST_ID: {
        "description": "Identifies this request in all logs; the value that the client sent, if any.",
        "schema": {"type": "string"},
        "required": True,
        "example": "0f3a9c5d71e24b68",
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "WWW-Authenticate": {
        "description": "The required authentication (RFC 6750).",
        "schema": {"type": "string"},
        "example": 'Bearer realm="longshore"',
    },
    "Allow": {
        "description": "The methods that this URL supports.",
        "schema": {"type": "string"},
        "example": "GET, HEAD, OPTIONS",
    },
}


class ErrorSchema(Schema):
    """The failure envelope."""

    class Meta:
        unknown = EXCLUDE

    code = fields.String(
        required=True,
        metadata=said("A stable code for programs. docs/errors.md lists all codes.", "chunks_missing"),
    )
    message = fields.String(
        required=True,
        metadata=said("For people: what happened, then what to do.", "Upload the missing chunks, then complete."),
    )
    errors = fields.List(fields.String(), required=True, metadata=said("One `[field] reason` for each problem.", []))
    success = fields.Constant(False, required=True, metadata=said("Always false.", example=False, type="boolean"))
    missing = fields.List(fields.Integer(), metadata=said("Indexes of chunks, with `chunks_missing`."))
    mismatched = fields.List(
        fields.Integer(), metadata=said("Indexes of chunks, with `size_mismatch` and `etag_mismatch`.")
    )
    surplus = fields.List(fields.Integer(), metadata=said("Indexes of chunks, with `size_mismatch`."))
    used = fields.Integer(metadata=said("Used bytes of the quota, with `quota_exceeded`.", **INT64))
    allowed = fields.Integer(metadata=said("Bytes of the quota, with `quota_exceeded`.", **INT64))
    wanted = fields.Integer(metadata=said("Bytes that this request needs, with `quota_exceeded`.", **INT64))
    policy = fields.String(metadata=said("The upload policy, with `policy_refused`."))
    version = fields.Integer(metadata=said("The file's current version, with `version_changed`."))
    reason = fields.String(
        metadata=said("Why the request is refused, with `grant_refused`; why the link ended, with `link_ended`.")
    )
    rule = fields.String(metadata=said("The rule that refused the request, with `policy_refused`."))
    storage_code = fields.String(metadata=said("Storage's own code, with `storage_refused`."))


def header_refs(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def responses(refusals: Iterable[Refusal]) -> dict[str, Any]:
    """Return the responses by status, each with all its codes."""
    pairs = {(refusal.status, refusal) if isinstance(refusal, type) else refusal[::-1] for refusal in refusals}
    in_order = sorted(pairs, key=lambda pair: (pair[0], pair[1].code))
    return {
        str(status): _response([error for _, error in found])
        for status, found in groupby(in_order, key=lambda pair: pair[0])
    }


def _response(errors: list[type[ServiceError]]) -> dict[str, Any]:
    examples = {error.code: {"$ref": f"#/components/examples/{error.code}"} for error in errors}
    content = {"schema": {"$ref": "#/components/schemas/Error"}, "examples": examples}
    return {
        "description": "\n".join(f"- `{error.code}`: {error.example().message}" for error in errors),
        "headers": header_refs([REQUEST_ID, *sorted({name for error in errors for name in headers_of(error)})]),
        "content": {"application/json": content},
    }


def headers_of(error: type[ServiceError]) -> list[str]:
    """Return the headers of an error, without the request id."""
    example = error.example()
    given = {
        "Retry-After": example.retry_after is not None,
        "WWW-Authenticate": example.challenge is not None,
        "Allow": error.status == 405,
    }
    return [name for name, is_given in given.items() if is_given]


def envelope(error: ServiceError) -> dict[str, Any]:
    """Return the failure envelope of an error."""
    return {
        "code": error.code,
        "message": error.message,
        "errors": error.errors,
        "success": False,
        **error.extra,
    }


def example(error: type[ServiceError]) -> dict[str, Any]:
    """Return the example component of an error."""
    return {"summary": error.code, "value": envelope(error.example())}
