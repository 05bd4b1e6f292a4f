"""Check that the OpenAPI document describes every response that a test gets."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

JSON = "application/json"


def strict(schema: Any) -> Any:
    """Convert OpenAPI 3.0's schema to JSON Schema, which has no `nullable`; objects may have described fields only."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items() if key not in {"nullable", "example"}}
    if isinstance(made.get("properties"), dict):
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


class Contract:
    """Validates responses against the document."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._schemas = {"components": {"schemas": strict(document["components"]["schemas"])}}
        self._validators: dict[str, Draft202012Validator] = {}

    @property
    def operations(self) -> dict[tuple[str, str], Any]:
        """Operations by method and path."""
        return {
            (method, path): operation
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            if method != "parameters"
        }

    def resolved(self, part: Any) -> Any:
        """Resolve a `$ref`; return anything else unchanged."""
        while isinstance(part, dict) and "$ref" in part:
            found = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def wrong(self, schema: Any, value: Any) -> list[str]:
        """Return what is wrong with a value, one line each."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator(self._schemas | strict(schema), validate_formats=True)
        return [
            f"{'/'.join(map(str, error.instance_path))}: {error.message}"
            for error in self._validators[key].iter_errors(value)
        ]

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Raises AssertionError for a response that the operation does not describe."""
        operation = self.operations[method.lower(), path]
        where = f"{method} {path} {answer.status_code}"
        described = operation["responses"].get(str(answer.status_code))
        assert described, f"{where} {answer.text} is not described"
        for name in described["headers"]:
            required = self.resolved(described["headers"][name]).get("required")
            assert name in answer.headers or not required, f"{where}: no {name}"
        undescribed = {"Retry-After", "WWW-Authenticate", "Allow"} & {*answer.headers.keys()} - {*described["headers"]}
        assert not undescribed, f"{where} has {undescribed}"
        if answer.status_code in {302, 303}:
            assert not described.get("content"), f"{where} has a body"
            return
        if answer.mimetype != JSON:
            assert answer.mimetype in described["content"], f"{where}: {answer.mimetype} is not described"
            return
        content = described["content"][JSON]
        wrong = self.wrong(content["schema"], answer.json)
        assert not wrong, f"{where}: {wrong}"
        if answer.status_code >= 400:
            assert answer.json["code"] in content["examples"], f"{where}: {answer.json['code']} is not described"


_contracts: dict[str, Contract] = {}


class CheckedClient(FlaskClient):
    """A client that raises AssertionError for a response that the document does not describe."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        request = answer.request
        try:
            rule, _ = self.application.url_map.bind("").match(request.path, request.method, return_rule=True)
        except HTTPException:
            return answer
        is_described = rule.rule.startswith("/api/") and not rule.endpoint.startswith(("pages.", "api-docs."))
        if is_described and request.method in {"GET", "POST", "DELETE"}:
            # the document depends only on the code, so all apps have the same
            if not _contracts:
                _contracts["the"] = Contract(super().open("/api/openapi.json").json)
            path = rule.rule.replace("<", "{").replace(">", "}")
            if (request.method.lower(), path) in _contracts["the"].operations:
                _contracts["the"].check(request.method, path, answer)
        return answer


def checked_client(app: Flask) -> FlaskClient:
    app.test_client_class = CheckedClient
    return app.test_client()


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return Contract(document).operations
