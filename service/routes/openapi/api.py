"""The API's conventions: the envelope of responses, the parser of bodies, the error responses in OpenAPI."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, wraps
from threading import Lock
from typing import Any, TypeVar

from flask import Flask, current_app, request
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

from service.deps import Deps
from service.errors import (
    AddressTooLongError,
    BodyTooLargeError,
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseRefusedError,
    DatabaseUnavailableError,
    FileInBodyError,
    GrantRefusedError,
    HeadersTooLargeError,
    HostRefusedError,
    InvalidBodyError,
    LoginRequiredError,
    LoginUnavailableError,
    MethodNotAllowedError,
    OriginRefusedError,
    OverloadedError,
    RequestBrokenError,
    RequestTooSlowError,
    RouteNotFoundError,
    ScopeMissingError,
    ServiceError,
    TokenRefusedError,
    TooManyRequestsError,
)
from service.observability.request_ids import HEADER as REQUEST_ID
from service.routes.http.body_parsing import BodyParser
from service.routes.openapi import error_responses
from service.routes.openapi.client_document import client_document
from service.routes.openapi.error_responses import HEADERS, ErrorSchema, Refusal
from service.routes.openapi.form_bodies import form_of
from service.routes.openapi.operation_links import LINKS
from service.routes.schemas.described import said, whole
from service.values.access.caller import Scope
from service.values.access.grants import GrantState

EXTENSION = "longshore"
BEARER = "bearer"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
BEFORE_US: tuple[Refusal, ...] = (
    RequestBrokenError,
    RequestTooSlowError,
    AddressTooLongError,
    HeadersTooLargeError,
    OverloadedError,
)
"""Errors that `service.serving.patient_worker` returns."""
ALWAYS: tuple[Refusal, ...] = (*BEFORE_US, HostRefusedError, ServiceError, MethodNotAllowedError)
WITHOUT_LOGIN: tuple[Refusal, ...] = (
    TooManyRequestsError,
    DatabaseUnavailableError,
    DatabaseBusyError,
    DatabaseReadOnlyError,
    DatabaseRefusedError,
)
WITH_LOGIN: tuple[Refusal, ...] = (
    *WITHOUT_LOGIN,
    LoginRequiredError,
    TokenRefusedError,
    ScopeMissingError,
    GrantRefusedError,
    LoginUnavailableError,
    OriginRefusedError,
)
WITH_BODY: tuple[Refusal, ...] = (InvalidBodyError, FileInBodyError, BodyTooLargeError)

View = TypeVar("View", bound=Callable[..., Any])


@cache
def _answer(schema: type[Schema]) -> type[Schema]:
    """Return the success envelope around a schema, for OpenAPI."""
    members = {
        "data": fields.Nested(schema, required=True, metadata=said("The requested data.")),
        "message": fields.String(required=True, metadata=said("Always empty.", "")),
        "success": fields.Constant(True, required=True, metadata=said("Always true.", example=True, type="boolean")),
    }
    return Schema.from_dict(members, name=f"{schema.__name__.removesuffix('Schema')}AnswerSchema")


def _alternatives(schema: Schema) -> tuple[type[Schema], ...]:
    """Return the alternatives of a schema; without any, itself."""
    found: tuple[type[Schema], ...] = getattr(schema, "alternatives", (type(schema),))
    return found


def _one_of(schemas: list[Schema]) -> Any:
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _shown(schemas: list[Schema], changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the example of a body or response, or one for each alternative."""
    examples = [whole(schema) for schema in schemas]
    if changes:
        examples[0]["data"] |= changes
    if len(examples) == 1:
        return {"example": examples[0]}
    names = [type(schema).__name__.removesuffix("Schema") for schema in schemas]
    return {"examples": {name: {"value": example} for name, example in zip(names, examples, strict=True)}}


CLIENT_DOCUMENT = "/api/openapi.client.json"


class LongshoreApi(Api):  # type: ignore[misc]
    """The API. Its OpenAPI document is written when it is first requested: it would delay each process's start."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ErrorSchema

    def init_app(self, app: Flask, **kwargs: Any) -> None:
        self._undocumented: list[Blueprint] = []
        self._writes = Lock()
        super().init_app(app, **kwargs)
        app.add_url_rule(CLIENT_DOCUMENT, "api-docs-client", self._client_json)
        words = "An API key (`lsk_…`), a JWT, or the token of a grant, if login is on."
        self.spec.components.security_scheme(BEARER, {"type": "http", "scheme": "bearer", "description": words})
        self.spec.components.schema("Error", schema=ErrorSchema)
        for name, header in HEADERS.items():
            self.spec.components.header(name, header)
        self.ma_plugin.converter.add_attribute_function(_nullable_object)

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Add the operations of a blueprint to the app and, later, to the document."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undocumented.append(blueprint)

    def _openapi_json(self) -> Any:
        with self._writes:
            for blueprint in self._undocumented:
                blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            self._undocumented.clear()
        return super()._openapi_json()

    def _client_json(self) -> dict[str, Any]:
        return client_document(json.loads(self._openapi_json().get_data()))

    def _register_responses(self) -> None:
        """Register none of flask-smorest's responses: every error of this API is documented itself."""

    def _register_pagination_header(self) -> None:
        """Register no header: the pagination is in the response body."""


def _nullable_object(_converter: Any, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """Replace apispec's anyOf, which accepts any object for a nested one that may be null."""
    if not (isinstance(field, fields.Nested) and field.allow_none):
        return {}
    found = [one for one in ret.pop("anyOf") if "$ref" in one]
    return {"allOf": found, "nullable": True}


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint with responses in the success envelope and bodies that may be forms."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks += [self._prepare_refusals_doc, self._prepare_links_doc]

    def arguments(self, schema: type[Schema], *, location: str = "json", **kwargs: Any) -> Callable[[View], View]:
        """Like flask-smorest's, but with one instance of the schema for all requests, as creating one is slow."""
        decorate = super().arguments(schema(), location=location, **kwargs)
        refusing = self.refuses(*(WITH_BODY if location == "json" else (InvalidBodyError,)))

        def both(view: View) -> View:
            decorated: View = decorate(refusing(view))
            return decorated

        return both

    def response(
        self, status_code: int, schema: type[Schema], changes: dict[str, Any] | None = None, **kwargs: Any
    ) -> Callable[[View], View]:
        """Like flask-smorest's, with an example and headers; changes: differences in this operation's example."""
        answers = [_answer(each)() for each in _alternatives(schema())]
        shown = _shown(answers, changes) | {"headers": error_responses.header_refs([REQUEST_ID])}
        decorate: Callable[[View], View] = super().response(status_code, schema, **shown, **kwargs)
        return decorate

    @staticmethod
    def _make_doc_response_schema(schema: Schema) -> Any:
        return _one_of([_answer(each)() for each in _alternatives(schema)])

    @staticmethod
    def _prepare_response_content(data: Any) -> dict[str, Any]:
        return {"data": data, "message": "", "success": True}

    def _prepare_arguments_doc(self, doc: dict[str, Any], doc_info: Any, **kwargs: Any) -> dict[str, Any]:
        documented: dict[str, Any] = super()._prepare_arguments_doc(doc, doc_info, **kwargs)
        body = documented.get("requestBody")
        if body:
            schemas = [each() for each in _alternatives(body["content"]["application/json"]["schema"])]
            forms = [form_of(type(schema))() for schema in schemas]
            body["content"] = {"application/json": {"schema": _one_of(schemas), **_shown(schemas)}} | {
                form: {"schema": _one_of(forms), **_shown(forms)} for form in FORMS
            }
        return documented

    def _prepare_refusals_doc(self, doc: dict[str, Any], doc_info: Any, *, spec: Any, **_kwargs: Any) -> dict[str, Any]:
        """Add the responses of all errors, with their examples as components."""
        named: list[Refusal] = [*ALWAYS, *doc_info.get("refusals", [])]
        for refusal in named:
            error = refusal if isinstance(refusal, type) else refusal[0]
            if error.code not in spec.components.examples:
                spec.components.example(error.code, error_responses.example(error))
        # replaces flask-smorest's response for an invalid body
        answers = {status: answer for status, answer in doc["responses"].items() if int(status) < 400}
        refusals = error_responses.responses(named)
        if doc_info.get("has_pages"):
            for refusal in refusals.values():
                refusal["content"]["text/html"] = {"schema": {"type": "string"}}
        doc["responses"] = answers | refusals
        return doc

    def _prepare_links_doc(self, doc: dict[str, Any], doc_info: Any, **_kwargs: Any) -> dict[str, Any]:
        links = LINKS.get(doc_info["manual_doc"]["operationId"])
        if links:
            next(answer for status, answer in doc["responses"].items() if int(status) < 300)["links"] = links
        return doc

    def needs(self, *scopes: Scope, grants: frozenset[GrantState] = frozenset()) -> Callable[[View], View]:
        """Require one of these scopes if login is on (`service.routes.http.authentication` enforces it).

        grants: the states of grants that may make this call; none for what grants do not allow.
        """

        def decorate(view: View) -> View:
            words = {"security": [{BEARER: []}], "x-scopes": [*scopes]}
            documented: View = self.doc(**words)(self.refuses(*WITH_LOGIN)(view))
            documented.scopes = scopes  # type: ignore[attr-defined]
            documented.grant_states = grants  # type: ignore[attr-defined]
            return documented

        return decorate

    def open_to_all(self, view: View) -> View:
        """Require no login: the URL itself is the permission. A browser gets errors as pages."""
        documented: View = self.doc(security=[])(self.refuses(*WITHOUT_LOGIN)(view))
        documented._apidoc["has_pages"] = True  # type: ignore[attr-defined]
        documented.is_open = True  # type: ignore[attr-defined]
        return documented

    def refuses(self, *errors: Refusal) -> Callable[[View], View]:
        """Document errors of an operation, besides those of every login, body and URL with an id."""

        def decorate(view: View) -> View:
            @wraps(view)
            def same(*args: Any, **kwargs: Any) -> Any:
                return view(*args, **kwargs)

            known = getattr(view, "_apidoc", {})
            same._apidoc = known | {"refusals": [*known.get("refusals", []), *errors]}  # type: ignore[attr-defined]
            return same  # type: ignore[return-value]

        return decorate

    def named(self, rule: str, *described: str, **kwargs: Any) -> Callable[[View], View]:
        """Add a route with ids in it; described: for each id its description, then an example."""
        parameters = [
            {
                "in": "path",
                "name": name,
                "description": what,
                "schema": {"type": "string", "format": "uuid"},
                "example": example,
            }
            for name, what, example in zip(re.findall(r"<(\w+)>", rule), described[::2], described[1::2], strict=True)
        ]

        def decorate(view: View) -> View:
            routed: View = self.route(rule, parameters=parameters, **kwargs)(self.refuses(RouteNotFoundError)(view))
            return routed

        return decorate


def is_open_to_all() -> bool:
    """Whether the request's route requires no login."""
    rule = request.url_rule
    return rule is not None and getattr(current_app.view_functions[rule.endpoint], "is_open", False)


def deps() -> Deps:
    """Return the dependencies of this app."""
    made: Deps = current_app.extensions[EXTENSION]
    return made
