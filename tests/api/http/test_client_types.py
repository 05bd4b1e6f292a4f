"""The types of the Python and the TypeScript client are those of the OpenAPI document."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from longshore.client import values
from longshore.client.admin import AdminFile, AdminUpload
from tests.support.service_under_test import App
from tools.programs import ROOT

Shape = tuple[str, bool]
"""JSON's type of a field, and whether it may be null."""
PYTHON: Mapping[type[Any], str] = {
    values.SignedChunk: "SignedChunk",
    values.StoredChunk: "UploadedChunk",
    values.Opened: "OpenedUpload",
    values.Resumption: "Resumption",
    values.File: "File",
    values.Folder: "Folder",
    values.Status: "Status",
    values.User: "User",
    values.Appointment: "Appointment",
    values.Account: "Account",
    values.GrantStatus: "Grant",
    values.LinkStatus: "Link",
}
FOR_OPERATORS: Mapping[type[Any], str] = {AdminFile: "AdminFile", AdminUpload: "AdminUpload"}
TYPESCRIPT = {
    "SignedChunk": "SignedChunk",
    "StoredChunk": "UploadedChunk",
    "InitRequest": "InitBody",
    "InitReply": "OpenedUpload",
    "ChunkReply": "SignedChunks",
    "CompleteRequest": "CompleteBody",
    "StatusReply": "Status",
    "ResumeReply": "Resumption",
    "FileRecord": "File",
    "FileDecision": "FileDecision",
    "LinkRequest": "LinkBody",
    "LinkReply": "IssuedLink",
    "LinkRecord": "Link",
}
WHOLE = "File"
"""Both clients show all of its fields; of the others they take what they use."""
JSON_TYPES = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}
TYPES = (ROOT / "web" / "client" / "api" / "types.ts").read_text()


@pytest.fixture
def schemas(app: App) -> Any:
    return app.client.get("/api/openapi.json").json["components"]["schemas"]


def documented(schema: Any) -> dict[str, Shape]:
    return {
        name: (field.get("type", "object"), bool(field.get("nullable"))) for name, field in schema["properties"].items()
    }


def of_python(kind: type[Any]) -> dict[str, Shape]:
    hints = typing.get_type_hints(kind)
    return {field.name: _python_shape(hints[field.name]) for field in fields(kind)}


def _python_shape(hint: Any) -> Shape:
    if isinstance(hint, types.UnionType):
        [other] = [one for one in typing.get_args(hint) if one is not types.NoneType]
        return _python_shape(other)[0], True
    return JSON_TYPES[typing.get_origin(hint) or hint], False


def of_typescript(name: str) -> dict[str, Shape]:
    found = re.search(rf"export interface {name} {{\n(.*?)\n}}", TYPES, re.S)
    assert found, f"web/client/api/types.ts has no interface {name}"
    lines = re.findall(r"^  (\w+)\??: (.+);$", found[1], re.M)
    return {field: _typescript_shape(text) for field, text in lines}


def _typescript_shape(text: str) -> Shape:
    kind = text.removesuffix(" | null")
    if kind.endswith("[]"):
        return "array", text.endswith("| null")
    if kind.startswith(("Record<", "Credential", "FileDecision")):
        return "object", text.endswith("| null")
    return {"number": "integer", "boolean": "boolean"}.get(kind, "string"), text.endswith("| null")


@pytest.mark.parametrize(("kind", "name"), [*PYTHON.items(), *FOR_OPERATORS.items()])
def test_python_types_are_documented(schemas: Any, kind: type[Any], name: str) -> None:
    _assert_documented(of_python(kind), name, schemas)


@pytest.mark.parametrize(("interface", "name"), TYPESCRIPT.items(), ids=TYPESCRIPT)
def test_typescript_types_are_documented(schemas: Any, interface: str, name: str) -> None:
    _assert_documented(of_typescript(interface), name, schemas)


def _assert_documented(shapes: Mapping[str, Shape], name: str, schemas: Any) -> None:
    expected = documented(schemas[name])
    assert shapes
    if name == WHOLE:
        assert shapes == expected
    elif name.endswith("Body"):  # a client's type may be narrower than the documented one
        assert {field: kind for field, (kind, _) in shapes.items()} == {
            field: expected[field][0] for field in shapes if field in expected
        }
        assert set(schemas[name].get("required", [])) <= set(shapes)
    else:
        assert shapes == {field: expected.get(field) for field in shapes}


def test_every_value_of_the_python_client_matches_the_document() -> None:
    known = {kind for kind in vars(values).values() if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__")}
    assert known - {values.Page} == set(PYTHON)


def test_every_response_in_typescript_matches_the_document() -> None:
    assert set(re.findall(r"^export interface (\w+)", TYPES, re.M)) == set(TYPESCRIPT)
