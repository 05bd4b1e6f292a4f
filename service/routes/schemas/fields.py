"""Field types of the contract: what they accept, and the messages for what they reject."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from service.limits import (
    MAX_CREDENTIAL_SIZE,
    MAX_DETAIL_FILTERS,
    MAX_DETAIL_SIZE,
    MAX_INDEXED_KEY,
    MAX_INDEXED_VALUE,
    MAX_NAME_LENGTH,
    MAX_PATH_NAME,
)
from service.values.folders import checked_path
from service.values.formats.json_values import why_not_storable
from service.values.formats.media_types import normalized
from service.values.indexed_details import KEY
from service.values.policies import POLICY_NAME

Check = Callable[[Any], Any]
FILE_TYPE = re.compile(r"[ -~]*")
MAX_CHECKSUM = 64
"""Characters; a SHA-256 in base64 has 44."""
MAX_ID = 64
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
POLICY = re.compile(POLICY_NAME)
WANTED_TYPE = re.compile(r"[!-.0-~]{1,127}/[!-.0-~]{1,127}")
DETAIL_FILTER = re.compile(rf"{KEY}:")
MAX_DETAIL_FILTER = MAX_INDEXED_KEY + 1 + MAX_INDEXED_VALUE
BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}")


class WholeNumber(fields.Integer):
    """An integer: no text, no fraction, no true/false (which Python takes for 1 and 0)."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=low, max=high), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return value


def utc_text(at: datetime) -> str:
    """RFC 3339 in UTC, with its Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class UtcTime(fields.DateTime):
    """RFC 3339 in UTC, with its Z."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else utc_text(value)


def name(**kwargs: Any) -> fields.String:
    """A name of 1 to 255 arbitrary characters; the reader decides how to display it."""
    return fields.String(validate=validate.Length(min=1, max=MAX_NAME_LENGTH), **kwargs)


class PathName(fields.String):
    """The path of a folder; empty: no folder. All rules are those of `checked_path`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return checked_path(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error


PATH = re.compile(r"(?:[^/\\\x00-\x1f\x7f]+(?:/[^/\\\x00-\x1f\x7f]+)*)?")
"""The part of the rules for paths that a schema can contain; `checked_path` has all of them."""


def path_name(metadata: dict[str, Any], **kwargs: Any) -> PathName:
    """The path of a folder."""
    return PathName(metadata={"maxLength": MAX_PATH_NAME, **_patterned(PATH, metadata)}, **kwargs)


class MediaType(fields.String):
    """A media type, normalized. Every File.type of a browser is accepted (https://w3c.github.io/FileAPI/#dfn-type)."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > MAX_NAME_LENGTH:
            raise ValidationError(f"Longer than maximum length {MAX_NAME_LENGTH}.")
        if not FILE_TYPE.fullmatch(text):
            raise ValidationError("Not a media type such as image/png.")
        return normalized(text)


def content_type(metadata: dict[str, Any], **kwargs: Any) -> MediaType:
    """A media type (RFC 9110, section 8.3.1), also as browsers misspell it."""
    return MediaType(metadata={"maxLength": MAX_NAME_LENGTH, **_patterned(FILE_TYPE, metadata)}, **kwargs)


def an_id(metadata: dict[str, Any], **kwargs: Any) -> fields.String:
    """An id of this service; a malformed one is reported as not found."""
    return fields.String(validate=validate.Length(min=1, max=MAX_ID), metadata={"format": "uuid", **metadata}, **kwargs)


def wanted_id(metadata: dict[str, Any], **kwargs: Any) -> fields.String:
    """An id that filters a list; a malformed one is an error, as it would return an unexplained empty list."""
    check = _matching(UUID, "Not an id of this service.")
    return fields.String(validate=check, metadata={"format": "uuid", **metadata}, **kwargs)


def wanted_policy(metadata: dict[str, Any]) -> fields.String:
    """An upload policy that filters a list; it may have been removed from the file of policies."""
    check = _matching(POLICY, "Not the name of a policy: they have a-z, 0-9, - and _, 64 characters at most.")
    return fields.String(validate=check, metadata=_patterned(POLICY, metadata))


def wanted_type(metadata: dict[str, Any]) -> fields.String:
    """A media type that filters a list, or all of a kind: `image/*`."""
    check = _matching(WANTED_TYPE, "Not a media type such as image/png or image/*.")
    return fields.String(validate=check, metadata=_patterned(WANTED_TYPE, metadata))


class DetailFilter(fields.String):
    """A key of `detail` and its value, `KEY:VALUE`, as both of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) > MAX_DETAIL_FILTER:
            raise ValidationError(f"Longer than maximum length {MAX_DETAIL_FILTER}.")
        if not DETAIL_FILTER.match(text):
            raise ValidationError("Not a key and its value such as invoice_id:42.")
        key, _, wanted = text.partition(":")
        return key, wanted


def detail_filters(metadata: dict[str, Any]) -> fields.List[Any]:
    """Keys of `detail` and their values, all of which a file must have."""
    one = DetailFilter(metadata={"pattern": f"^{DETAIL_FILTER.pattern}", "maxLength": MAX_DETAIL_FILTER})
    return fields.List(one, validate=validate.Length(max=MAX_DETAIL_FILTERS), metadata=metadata)


class Moment(fields.AwareDateTime):
    """A time with its offset (RFC 3339); one beyond what databases store is the nearest that they do."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        given = super()._deserialize(value, attr, data, **kwargs)
        return min(max(given, EARLIEST), LATEST)


class Flag(fields.Boolean):
    """A boolean in JSON: true or false, and neither 1 nor 0."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def moment(metadata: dict[str, Any], **kwargs: Any) -> fields.AwareDateTime:
    """A time with an offset."""
    return Moment(format="iso", metadata=metadata, **kwargs)


def checksum(metadata: dict[str, Any], **kwargs: Any) -> fields.String:
    """A part's checksum in base64, as S3 writes it."""
    checks: list[Check] = [validate.Length(max=MAX_CHECKSUM), _matching(BASE64, "Not base64.")]
    return fields.String(validate=checks, metadata=_patterned(BASE64, metadata), **kwargs)


def credential(metadata: dict[str, Any], **kwargs: Any) -> fields.Dict:
    """An object of strings, at least one of them."""
    return fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        validate=[_not_empty, _no_longer_than(MAX_CREDENTIAL_SIZE)],
        metadata={"minProperties": 1, **metadata},
        **kwargs,
    )


def detail(**kwargs: Any) -> fields.Dict:
    """Any object."""
    return fields.Dict(validate=[_storable, _no_longer_than(MAX_DETAIL_SIZE)], **kwargs)


def _matching(pattern: re.Pattern[str], error: str) -> Callable[[str], None]:
    def check(value: str) -> None:
        if not pattern.fullmatch(value):
            raise ValidationError(error)

    return check


def _patterned(pattern: re.Pattern[str], metadata: dict[str, Any]) -> dict[str, Any]:
    """Add the pattern for JSON Schema: ECMAScript patterns match anywhere and have no \\Z."""
    return {"pattern": f"^{pattern.pattern}$", **metadata}


def _not_empty(value: dict[str, str]) -> None:
    if not value:
        raise ValidationError("Shorter than minimum length 1.")


def _storable(value: Any) -> None:
    """JSON that every database can store."""
    reason = why_not_storable(value)
    if reason:
        raise ValidationError(reason)


def _no_longer_than(limit: int) -> Any:
    def check(value: Any) -> None:
        if len(json.dumps(value, ensure_ascii=False).encode()) > limit:
            raise ValidationError(f"Longer than {limit} bytes as JSON.")

    return check
