"""The API's conventions: the envelope around every answer, the parser of every body, the refusals in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import Flask, current_app
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from service.caller import Scope
from service.deps import Deps
from service.routes.bodies import BodyParser

EXTENSION = "longshore"
BEARER = "bearer"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

View = TypeVar("View", bound=Callable[..., Any])


class ErrorSchema(Schema):
    """The failure envelope."""

    code = fields.String(required=True, metadata={"description": "snake_case, stable", "example": "chunks_missing"})
    message = fields.String(required=True, metadata={"description": "a sentence that says what to do"})
    errors = fields.List(fields.String(), required=True, metadata={"description": "`[field] reason` lines"})
    success = fields.Constant(False, required=True)
    missing = fields.List(fields.Integer(), metadata={"description": "chunk indexes, with `chunks_missing`"})
    mismatched = fields.List(
        fields.Integer(), metadata={"description": "chunk indexes, with `size_mismatch` and `etag_mismatch`"}
    )
    surplus = fields.List(fields.Integer(), metadata={"description": "chunk indexes, with `size_mismatch`"})
    used = fields.Integer(metadata={"description": "bytes taken of the quota, with `quota_exceeded`"})
    allowed = fields.Integer(metadata={"description": "bytes of the quota, with `quota_exceeded`"})
    wanted = fields.Integer(metadata={"description": "bytes that do not fit, with `quota_exceeded`"})
    storage_code = fields.String(metadata={"description": "storage's own code, with `storage_refused`"})


@cache
def _answer(schema: type[Schema]) -> type[Schema]:
    """The success envelope around a schema, as OpenAPI shows it."""
    members = {
        "data": fields.Nested(schema, required=True),
        "message": fields.String(required=True),
        "success": fields.Constant(True, required=True),
    }
    return Schema.from_dict(members, name=f"{schema.__name__.removesuffix('Schema')}AnswerSchema")


class LongshoreApi(Api):  # type: ignore[misc]
    ERROR_SCHEMA = ErrorSchema

    def init_app(self, app: Flask, **kwargs: Any) -> None:
        super().init_app(app, **kwargs)
        words = "an API key (`lsk_…`) or a JWT, where login is on"
        self.spec.components.security_scheme(BEARER, {"type": "http", "scheme": "bearer", "description": words})


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint whose answers are in the success envelope, and whose bodies may be forms."""

    ARGUMENTS_PARSER = BodyParser()

    def arguments(self, schema: type[Schema], **kwargs: Any) -> Callable[[View], View]:
        """flask-smorest's, with one instance of the schema for all requests: making one takes longer than using it."""
        decorate: Callable[[View], View] = super().arguments(schema(), **kwargs)
        return decorate

    @staticmethod
    def _make_doc_response_schema(schema: Schema | None) -> Schema | None:
        if schema is None or isinstance(schema, ErrorSchema):
            return schema
        return _answer(type(schema))()

    @staticmethod
    def _prepare_response_content(data: Any) -> dict[str, Any]:
        return {"data": data, "message": "", "success": True}

    def _prepare_arguments_doc(self, doc: dict[str, Any], doc_info: Any, **kwargs: Any) -> dict[str, Any]:
        documented: dict[str, Any] = super()._prepare_arguments_doc(doc, doc_info, **kwargs)
        content = documented.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            content.update({form: dict(content["application/json"]) for form in FORMS})
        return documented

    def needs(self, *scopes: Scope) -> Callable[[View], View]:
        """Where login is on, a caller needs one of these scopes (`service.routes.login` holds them to it)."""

        def decorate(view: View) -> View:
            said = {"security": [{BEARER: []}], "x-scopes": [*scopes]}
            documented: View = self.doc(**said)(self.refuses(401, 403, 429)(view))
            documented.scopes = scopes  # type: ignore[attr-defined]
            return documented

        return decorate

    def refuses(self, *statuses: int) -> Callable[[View], View]:
        """Document refusals; 422 comes with every body, 503 with every call that needs a dependency."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, schema=ErrorSchema)(view)
            return view

        return decorate


def deps() -> Deps:
    """The parts that this app was made with."""
    made: Deps = current_app.extensions[EXTENSION]
    return made
