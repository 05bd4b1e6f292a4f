"""The OpenAPI document says what the routes do."""

from __future__ import annotations

import re
import warnings
from typing import Any

import pytest

from service.app import create_app
from tests.world import World

SIX = {
    ("post", "/api/v1/file/upload/init/"),
    ("post", "/api/v1/file/upload/chunk/"),
    ("post", "/api/v1/file/upload/complete/"),
    ("get", "/api/v1/file/get/{file_id}"),
    ("get", "/api/v1/file/status/{file_id}"),
    ("post", "/api/v1/file/upload/retry"),
}


@pytest.fixture
def document(world: World) -> Any:
    return world.client.get("/api/openapi.json").json


def operations(document: Any) -> dict[tuple[str, str], Any]:
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_every_route_is_documented(world: World, document: Any) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in world.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith(("pages.", "api-docs."))
    }
    assert set(operations(document)) == routes
    assert routes >= SIX


def test_every_operation_has_a_summary_and_its_refusals(document: Any) -> None:
    for (_, path), operation in operations(document).items():
        assert operation["summary"], path
        errors = {status for status in operation["responses"] if status[0] in "45"}
        assert errors or path == "/api/health/live"


def test_login_is_described(document: Any) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for (_, path), operation in operations(document).items():
        refusals = {"401", "403", "429"} & set(operation["responses"])
        if path.startswith("/api/v1/"):
            assert (operation["security"], refusals) == ([{"bearer": []}], {"401", "403", "429"}), path
        else:
            assert "security" not in operation


def test_bodies_may_be_forms(document: Any) -> None:
    for (method, path), operation in operations(document).items():
        if method == "post":
            assert set(operation["requestBody"]["content"]) == {
                "application/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
            }, path


def test_answers_are_in_the_envelope(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if status[0] == "2":
                schema = response["content"]["application/json"]["schema"]
                for one in schema.get("oneOf", [schema]):
                    envelope = schemas[one["$ref"].rpartition("/")[2]]
                    assert set(envelope["required"]) == {"data", "message", "success"}


def test_it_is_made_without_a_warning(world: World) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_app(world.deps)
