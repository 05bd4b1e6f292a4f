"""The OpenAPI document describes what the routes do."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from service.app import create_app
from service.values import ALGORITHMS, FILE_SORTS
from service.values.states import Stage, Verdict
from tests.support.service.contract import Contract, operations
from tests.support.service_under_test import App
from tools.docs.error_page import TARGET, all_errors, text

SIX = {
    ("post", "/api/v1/file/upload/init/"),
    ("post", "/api/v1/file/upload/chunk/"),
    ("post", "/api/v1/file/upload/complete/"),
    ("get", "/api/v1/file/get/{file_id}"),
    ("get", "/api/v1/file/status/{file_id}"),
    ("post", "/api/v1/file/upload/retry"),
}


@pytest.fixture
def document(app: App) -> Any:
    return app.client.get("/api/openapi.json").json


@pytest.fixture
def contract(document: Any) -> Contract:
    return Contract(document)


def test_every_route_is_documented(app: App, document: Any) -> None:
    routes = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith(("pages.", "api-docs"))
    }
    assert set(operations(document)) == routes
    assert routes >= SIX


def test_every_operation_has_a_summary_a_name_and_a_described_tag(document: Any) -> None:
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(set(names)) == len(names)
    verbs = "is|get|list|create|change|delete|init|sign|complete|retry|abort|rename|revoke|export|verify|approve"
    verbs += "|cancel|take"
    assert all(re.fullmatch(rf"({verbs})[A-Z]\w+", name) for name in names)
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    for (_, path), operation in operations(document).items():
        assert operation["summary"], path
        assert all(tags[tag] for tag in operation["tags"])


def test_every_reference_resolves(contract: Contract) -> None:
    for found in re.findall(r'"\$ref": "([^"]+)"', json.dumps(contract.document)):
        assert contract.resolved({"$ref": found})


def test_every_field_and_parameter_is_explained(contract: Contract) -> None:
    for name, schema in contract.document["components"]["schemas"].items():
        for field, described in schema["properties"].items():
            assert described.get("description"), f"{name}.{field}"
    parameters = [
        parameter
        for methods in contract.document["paths"].values()
        for holder in (methods, *methods.values())
        for parameter in (holder.get("parameters", []) if isinstance(holder, dict) else [])
    ]
    assert all(parameter["description"] for parameter in parameters)


def contents(contract: Contract) -> Iterator[tuple[str, Any]]:
    """Every body and every answer of the document."""
    for (method, path), operation in contract.operations.items():
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{method} {path} {kind}", content
        for status, answer in operation["responses"].items():
            for kind in answer.get("content", {}).keys() - {"text/html"}:
                content = answer["content"][kind]
                yield f"{method} {path} {status} {kind}", content


def test_every_body_and_answer_has_a_valid_example(contract: Contract) -> None:
    for where, content in contents(contract):
        named = [contract.resolved(one)["value"] for one in content.get("examples", {}).values()]
        examples = named or [content["example"]]
        wrong = [line for example in examples for line in contract.wrong(content["schema"], example)]
        assert wrong == [], where


def test_enums_have_the_values_of_the_code(document: Any) -> None:
    schemas = document["components"]["schemas"]
    status, init = schemas["Status"]["properties"], schemas["InitBody"]["properties"]
    assert status["stage"]["enum"] == [*Stage]
    assert schemas["File"]["properties"]["virus_scan_status"]["enum"] == [*Verdict]
    assert init["checksum_algorithm"]["enum"] == [*ALGORITHMS, None]
    sorts = [one for one in operations(document)["get", "/api/v1/file/all"]["parameters"] if one["name"] == "sort"]
    assert sorts[0]["schema"]["enum"] == [*FILE_SORTS]


def test_every_error_code_is_documented(contract: Contract) -> None:
    """Other tests check that no operation answers anything else (tests/support/service/contract.py)."""
    described = {
        code
        for operation in contract.operations.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
        for code in answer["content"]["application/json"]["examples"]
    }
    assert described == {error.code for error in all_errors()} - {"no_metrics_token"}


def test_every_operation_documents_the_common_errors(document: Any) -> None:
    for (method, path), operation in operations(document).items():
        wanted = {"405", "500"}
        wanted |= {"403", "429", "503"} if path.startswith("/api/v1/") else set()
        wanted |= {"401"} if operation.get("security") else set()
        wanted |= {"400", "413", "422"} if method == "post" else set()
        wanted |= {"404"} if "{" in path else set()
        assert wanted <= operation["responses"].keys(), path
        for status, answer in operation["responses"].items():
            assert "X-Request-ID" in answer["headers"]
            assert status not in {"429", "503"} or "Retry-After" in answer["headers"]


def test_links_set_only_parameters_of_their_operations(contract: Contract) -> None:
    by_name = {operation["operationId"]: (key, operation) for key, operation in contract.operations.items()}
    links = [
        link
        for operation in contract.operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) > 20
    for link in links:
        (_, path), operation = by_name[link["operationId"]]
        parameters = {one["name"] for one in operation.get("parameters", [])} | set(re.findall(r"{(\w+)}", path))
        assert link.get("parameters", {}).keys() <= parameters
        assert not link.get("requestBody") or "requestBody" in operation


def test_login_is_described(document: Any) -> None:
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    for (_, path), operation in operations(document).items():
        refusals = {"401", "403", "429"} & set(operation["responses"])
        if path.startswith("/api/v1/links/"):
            assert (operation["security"], refusals) == ([], {"403", "429"}), path
        elif path.startswith("/api/v1/"):
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
            if status[0] == "2" and "application/json" in response["content"]:
                schema = response["content"]["application/json"]["schema"]
                for one in schema.get("oneOf", [schema]):
                    envelope = schemas[one["$ref"].rpartition("/")[2]]
                    assert set(envelope["required"]) == {"data", "message", "success"}


def test_the_document_for_generators_has_the_same_operations_in_json_only(app: App, document: Any) -> None:
    answer = app.client.get("/api/openapi.client.json")
    plain = answer.json
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    whole, same = operations(document), operations(plain)
    assert set(same) == set(whole)
    for name, operation in same.items():
        assert operation["responses"].keys() == whole[name]["responses"].keys()
        assert operation.get("parameters") == whole[name].get("parameters")
        assert [answer for answer in operation["responses"].values() if "links" in answer] == []
    fields = [each["components"]["schemas"]["FileDetails"]["properties"].keys() for each in (plain, document)]
    assert fields[0] == fields[1]  # of which one is named links
    text = json.dumps(plain)
    assert [word for word in ("multipart/form-data", "x-www-form-urlencoded", "Form") if word in text] == []
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) == set(plain["components"]["schemas"])


def test_the_document_is_created_without_a_warning(app: App) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_app(app.deps)


def test_the_page_of_errors_is_up_to_date() -> None:
    assert TARGET.read_text() == text(), "run: python -m tools.docs.error_page"
