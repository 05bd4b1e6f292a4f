"""Bodies: JSON or a form, never a file; no body causes a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import Upload
from service.routes.http.body_parsing import NOT_A_FORM
from tests.support.matchers import Like, failure
from tests.support.service_under_test import FILE, App

NOT_A_POLICY = "Not the name of a policy: they have a-z, 0-9, - and _, 64 characters at most."
INIT = f"{FILE}/upload/init/"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_is_accepted_like_json(app: App, kind: str) -> None:
    def send(path: str, **fields: Any) -> Any:
        return app.client.post(f"{FILE}/upload/{path}/", data=fields, content_type=kind).json

    opened = send("init", size="5", filename="a", content_type="", chunk_size="")["data"]
    chunks = json.dumps([{"chunk_index": 0}])
    chunk = send("chunk", upload_id=opened["upload_id"], chunks=chunks)["data"]["chunks"][0]
    etag = app.put(chunk, b"hello")
    file = send(
        "complete",
        upload_id=opened["upload_id"],
        total_chunks="1",
        total_size="5",
        filename="ü",
        content_type="text/plain",
        credential='{"pin": "1"}',
        detail='{"a": [1]}',
        parts=json.dumps([{"chunk_index": 0, "etag": etag}]),
    )["data"]
    assert (file["filename"], file["is_private"], file["detail"], file["size"]) == ("ü", True, {"a": [1]}, 5)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"size": "x"}, "[size] Not a valid integer."),
        ({"size": "1.5"}, "[size] Not a valid integer."),
        ({"size": "9" * 31}, "[size] Not a valid integer."),
        ({"size": ["1", "2"]}, "[size] is given 2 times; give it once"),
        ({"detail": "{"}, "[detail] is not JSON in UTF-8"),
        ({"nonsense": "1"}, "[nonsense] Unknown field."),
    ],
)
def test_an_invalid_form_is_refused(app: App, fields: dict[str, Any], reason: str) -> None:
    answer = app.client.post(INIT, data=fields)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "[body] is not JSON in UTF-8"),
        (b" ", "[body] is not JSON in UTF-8"),
        (b"\xff\xfe", "[body] is not JSON in UTF-8"),
        (b'{"filename": "\xc3"}', "[body] is not JSON in UTF-8"),
        (b'{"filename": "\\ud800"}', "[body] is not JSON in UTF-8"),
        (b'{"size": NaN}', "[body] is not JSON in UTF-8"),
        (b'{"size": 1e400}', "[size] Not a valid integer."),
        (b'{"size": ' + b"9" * 5000 + b"}", "[body] is not JSON in UTF-8"),
        (b"[" * 100_000, "[body] is nested too deeply"),
        (b"[]", "[body] must be a JSON object"),
        (b'"x"', "[body] must be a JSON object"),
        (b"null", "[body] must be a JSON object"),
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_invalid_json_is_refused(app: App, raw: bytes, reason: str, content_type: str) -> None:
    answer = app.client.post(INIT, data=raw, content_type=content_type)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


@pytest.mark.parametrize("depth", [99, 970, 2_000])
@pytest.mark.parametrize("field", ["detail", "credential", "chunks", "nonsense"])
def test_deep_nesting_causes_no_server_error(app: App, field: str, depth: int) -> None:
    deep = "[" * depth + "]" * depth
    for body in (json.loads(f'{{"{field}": "{deep}"}}'), f'{{"{field}": {deep}}}'):
        answer = app.client.post(INIT, data=body)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")
    header = {"X-File-Credential": f'{{"{field}": {deep}}}'}
    answer = app.client.get(f"{FILE}/get/x", headers=header)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", Like(r"\[X-File-Credential\] .+")))


def test_json_may_begin_with_a_byte_order_mark(app: App) -> None:
    """As PowerShell and Notepad write files."""
    app.client.post(INIT, data='\ufeff{"size": 3, "filename": "ü"}'.encode())
    with app.deps.db.read() as session:
        opened = session.scalars(select(Upload)).one()
    assert (opened.size, opened.filename) == (3, "ü")


def nested(levels: int) -> dict[str, Any]:
    """A detail of so many levels."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    "detail", [nested(50), {"huge": 10**30, "many": [1.5, True, None]}, {"text": "\U0001f4ce\x00\u2028"}]
)
def test_a_detail_is_returned_unchanged(app: App, detail: dict[str, Any]) -> None:
    file = app.upload(detail=detail)
    assert app.get(file["id"]).json["data"]["detail"] == detail


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        (nested(51), "[detail] Nested more than 50 levels deep."),
        ({"a": [[10**400]]}, "[detail] Contains a number that does not fit into a 64-bit float."),
        ({"a": {"b": float("inf")}}, "[detail] Contains a number that does not fit into a 64-bit float."),
    ],
)
def test_a_detail_that_a_database_cannot_store_is_refused(app: App, detail: dict[str, Any], reason: str) -> None:
    opened = app.send()
    body = json.dumps(app.completion(opened, detail=detail)).replace("Infinity", "1e400")
    answer = app.client.post(f"{FILE}/upload/complete/", data=body, content_type="application/json")
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_a_body_above_the_limit_is_refused(app: App) -> None:
    answer = app.client.post(INIT, data=b"x" * (4 * 2**20 + 1), content_type="application/octet-stream")
    assert (answer.status_code, answer.json) == (413, failure("body_too_large"))


SIZE = b'--x\r\nContent-Disposition: form-data; name="size"\r\n\r\n5\r\n'
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"
NO_FORMS = {
    "broken off in a name": (f"{MULTIPART}; boundary=x", SIZE + b'--x\r\nContent-Disposition: form-data; name="fi'),
    "broken off in a value": (f"{MULTIPART}; boundary=x", SIZE[:-1]),
    "broken off between fields": (f"{MULTIPART}; boundary=x", SIZE),
    "another boundary": (f"{MULTIPART}; boundary=y", SIZE + b"--x--\r\n"),
    "no boundary": (MULTIPART, SIZE + b"--x--\r\n"),
    "not UTF-8": (URLENCODED, b"size=5&filename=\xfc"),
}


@pytest.mark.parametrize("what", NO_FORMS)
def test_an_unreadable_form_is_refused(app: App, what: str) -> None:
    kind, body = NO_FORMS[what]
    answer = app.client.post(INIT, data=body, content_type=kind)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", NOT_A_FORM))
    assert app.count(Upload) == 0


@pytest.mark.parametrize("kind", [MULTIPART, f"{MULTIPART}; boundary=x", URLENCODED])
def test_an_empty_form_is_an_empty_body(app: App, kind: str) -> None:
    assert app.client.post(INIT, content_type=kind).json["data"]["total_chunks"] is None


@pytest.mark.parametrize("path", ["init", "init/", "chunk", "chunk/", "complete", "complete/", "retry", "retry/"])
def test_a_slash_at_the_end_is_optional(app: App, path: str) -> None:
    answer = app.client.post(f"{FILE}/upload/{path}", json={"nonsense": 1})
    assert (answer.status_code, answer.json["errors"][-1]) == (422, "[nonsense] Unknown field.")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nonsense", 404, "not_found"),
        ("GET", f"{FILE}/upload/init/", 405, "method_not_allowed"),
        ("POST", "/api//v1/users", 404, "not_found"),
    ],
)
def test_unknown_paths_and_methods_are_refused(app: App, method: str, path: str, status: int, code: str) -> None:
    answer = app.client.open(path, method=method)
    assert (answer.status_code, answer.json) == (status, failure(code))


def test_an_internal_error_shows_no_traceback(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*_args: Any) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("service.routes.endpoints.uploads.initialize_upload", bug)
    answer = app.client.post(INIT, json={})
    assert (answer.status_code, answer.json) == (500, failure("internal_error"))
    assert "ZeroDivision" not in answer.text


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"{FILE}/all?sort=size&sort=-size", "[sort] is given 2 times; give it once"),
        (f"{FILE}/all?user_id=ann", "[user_id] Not an id of this service."),
        (f"{FILE}/all?policy=\u00cf", f"[policy] {NOT_A_POLICY}"),
        ("/api/v1/admin/uploads?policy=\u00cf", f"[policy] {NOT_A_POLICY}"),
        ("/api/v1/appointments/?user_id=null", "[user_id] Not an id of this service."),
    ],
)
def test_an_invalid_query_is_refused(app: App, path: str, reason: str) -> None:
    answer = app.client.get(path)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_a_media_type_with_a_line_break_is_refused(app: App) -> None:
    answer = app.client.post(INIT, json={"content_type": "text/plain;\r\n charset=utf-8"})
    assert answer.json == failure("invalid_body", "[content_type] Not a media type such as image/png.")


def test_a_single_chunks_fields_are_refused_next_to_chunks(app: App) -> None:
    chunks = {"upload_id": app.init()["upload_id"], "chunks": [{"chunk_index": 0, "chunk_size": 1}]}
    answer = app.post("/upload/chunk/", **chunks, chunk_size=1, checksum=None)
    reasons = [f"[{field}] Belongs to a single chunk; give it inside `chunks`." for field in ("checksum", "chunk_size")]
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", *reasons))


def test_an_invalid_appointment_id_is_not_found(app: App) -> None:
    answer = app.client.get(f"{FILE}/appointment/none")
    assert (answer.status_code, answer.json) == (404, failure("appointment_not_found"))
