"""Read a request's body: JSON or a form with the same fields; never a file."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from flask import Request, request
from marshmallow import Schema
from marshmallow.fields import Boolean, List
from webargs.flaskparser import FlaskParser
from werkzeug.formparser import FormDataParser

from service.errors import FileInBodyError, InvalidBodyError
from service.limits import MAX_JSON_DEPTH
from service.routes.schemas.fields import WholeNumber
from service.values.formats.json_values import children

JSON_TEXT_FIELDS = ("credential", "detail", "chunks", "parts", "content_types", "file_ids", "filter", "Records")
"""Fields that are JSON text in a form."""
BOOLEANS = {"true": True, "false": False}
"""How a form names them."""
NOT_A_FORM = "[body] is not a complete form in UTF-8, or its Content-Type has no boundary"
CREDENTIAL_HEADER = "X-File-Credential"
LINK_PASSWORD_HEADER = "X-Link-Password"  # noqa: S105
IDEMPOTENCY_HEADER = "Idempotency-Key"
IDEMPOTENCY_KEY = r"[!-~]{1,255}"
VERSION = r'("?)([0-9]{1,10})\1'


class WholeForms(FormDataParser):
    """Raises ValueError for a form that cannot be read; werkzeug by itself returns it without any fields."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"silent": False})


class WholeFormsRequest(Request):
    """A request with that parser."""

    form_data_parser_class = WholeForms


class BodyParser(FlaskParser):
    """webargs' parser with our reading of bodies and our error for invalid ones."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        body = _form(req, schema) if _is_form(req) else _json_object(req.get_data(), "body")
        if "file" in body or (_is_form(req) and req.files):
            raise FileInBodyError
        return body

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        for name, field in schema.fields.items():
            if not isinstance(field, List):
                _refuse_twice(name, req.args.getlist(name))
        return super().load_querystring(req, schema)

    def handle_error(self, error: Any, *_args: Any, **_kwargs: Any) -> NoReturn:
        by_location: dict[str, Any] = error.messages
        raise InvalidBodyError(errors=[line for found in by_location.values() for line in _lines(found)])


def given_credential() -> dict[str, str] | None:
    """Return the credential of a request without a body: header, else query parameters. Raises InvalidBodyError."""
    if CREDENTIAL_HEADER not in request.headers:
        return request.args.to_dict() or None
    return header_credential()


def header_credential() -> dict[str, str] | None:
    """Return the credential of a request with other query parameters: the header. Raises InvalidBodyError."""
    header = request.headers.get(CREDENTIAL_HEADER)
    if header is None:
        return None
    # WSGI decodes all headers as Latin-1 (PEP 3333)
    credential = _json_object(header.encode("latin-1"), CREDENTIAL_HEADER)
    if not all(isinstance(value, str) for value in credential.values()):
        raise InvalidBodyError(errors=[f"[{CREDENTIAL_HEADER}] must be an object of strings"])
    return credential


def given_link_password() -> str | None:
    """Return the password of a link, in UTF-8. Raises InvalidBodyError."""
    header = request.headers.get(LINK_PASSWORD_HEADER)
    if header is None:
        return None
    try:
        # WSGI decodes all headers as Latin-1 (PEP 3333)
        return header.encode("latin-1").decode()
    except UnicodeError as error:
        raise InvalidBodyError(errors=[f"[{LINK_PASSWORD_HEADER}] is not text in UTF-8"]) from error


def given_idempotency_key() -> str | None:
    """Return the Idempotency-Key, with its quotes if it has any. Raises InvalidBodyError."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not re.fullmatch(IDEMPOTENCY_KEY, key):
        raise InvalidBodyError(errors=[f"[{IDEMPOTENCY_HEADER}] is not 1 to 255 visible ASCII characters"])
    return key


def given_versions() -> frozenset[int] | None:
    """Return the versions in If-Match (RFC 9110, section 13.1.1), None if any will do. Raises InvalidBodyError.

    The quotes may be missing: nothing else could be meant.
    """
    header = request.headers.get("If-Match", "*").strip()
    if header == "*":
        return None
    found = [re.fullmatch(VERSION, each.strip()) for each in header.split(",")]
    versions = frozenset(int(each[2]) for each in found if each)
    if not all(found):
        raise InvalidBodyError(errors=['[If-Match] is not a version in quotes such as "1"'])
    return versions


def _is_form(req: Request) -> bool:
    return req.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}


def _form(req: Request, schema: Schema) -> dict[str, Any]:
    """Convert a form's fields to those of a JSON body; empty fields are omitted."""
    body: dict[str, Any] = {}
    for name, texts in _fields(req):
        _refuse_twice(name, texts)
        text = texts[0]
        if name in JSON_TEXT_FIELDS and text:
            body[name] = _json(text.encode("utf-8", "replace"), name)
        elif isinstance(schema.fields.get(name), WholeNumber) and re.fullmatch(r"-?[0-9]{1,30}", text):
            body[name] = int(text)
        elif isinstance(schema.fields.get(name), Boolean) and text in BOOLEANS:
            body[name] = BOOLEANS[text]
        elif text:
            body[name] = text
    return body


def _fields(req: Request) -> list[tuple[str, list[str]]]:
    """Return a form's fields with all their values; none for an empty body. Raises InvalidBodyError."""
    try:
        return list(req.form.lists())
    except ValueError as error:
        if req.content_length == 0:
            return []
        raise InvalidBodyError(errors=[NOT_A_FORM]) from error


def _refuse_twice(name: str, texts: list[str]) -> None:
    if len(texts) > 1:
        raise InvalidBodyError(errors=[f"[{name}] is given {len(texts)} times; give it once"])


def _json_object(raw: bytes, name: str) -> dict[str, Any]:
    if not raw:
        return {}
    value = _json(raw, name)
    if not isinstance(value, dict):
        raise InvalidBodyError(errors=[f"[{name}] must be a JSON object"])
    return value


def _json(raw: bytes, name: str) -> Any:
    """Parse strict JSON in UTF-8 that a database can store; a byte order mark is skipped (RFC 8259, section 8.1).

    Raises InvalidBodyError.
    """
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
        _limit_depth(raw, value)
        if b"\\u" in raw:  # half a surrogate pair as an escape is legal JSON, but no Unicode text
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise InvalidBodyError(errors=[f"[{name}] is nested too deeply"]) from error
    except ValueError as error:
        raise InvalidBodyError(errors=[f"[{name}] is not JSON in UTF-8"]) from error
    return value


def _limit_depth(raw: bytes, value: Any) -> None:
    """Raise RecursionError for a value that is too deep for json.dumps, and so for any later step."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_JSON_DEPTH:
        return
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [child for item in level for child in children(item)]
    if level:
        raise RecursionError


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON (RFC 8259, section 6)")


def _lines(messages: Any, path: str = "") -> list[str]:
    """Convert marshmallow's tree of messages to `[field.0.field] reason` lines."""
    if isinstance(messages, dict):
        return [
            line
            for key, below in messages.items()
            for line in _lines(below, path if key == "_schema" else f"{path}.{key}".lstrip("."))
        ]
    return [f"[{path or 'body'}] {message}" for message in messages]
