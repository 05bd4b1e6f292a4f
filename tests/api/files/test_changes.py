"""Changing what is stored about a file: its name, detail, user and appointment, and never its bytes."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service.values.access.caller import Scope
from tests.support.files.changed_files import audits, change
from tests.support.login import login
from tests.support.matchers import A_TIME, A_URL, failure, success
from tests.support.service_under_test import FILE, App

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def name_of(link: str) -> str:
    """The name under which browsers save a signed link's file."""
    return parse_qs(urlsplit(link).query)["response-content-disposition"][0]


def test_given_fields_are_changed_and_all_others_stay(app: App) -> None:
    user = app.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]
    file = app.ready(b"hello", detail={"album": "harbour"})
    before = app.get(file["id"]).json["data"]
    fresh = {"download_url": A_URL, "download_expires_at": A_TIME}
    answer = change(app, file["id"], filename="later.txt", user_id=user["id"])
    after = before | fresh | {"filename": "later.txt", "user_id": user["id"], "version": 2}
    assert (answer.status_code, answer.json) == (200, success(after))
    assert app.get(file["id"]).json == success(after)
    assert change(app, file["id"], detail=None, user_id=None).json == success(
        after | {"detail": None, "user_id": None, "version": 3}
    )
    assert app.stored(file["id"]) == b"hello"
    assert audits(app) == [("changed", "filename, user_id"), ("changed", "detail, user_id")]


def test_a_change_needs_no_storage(app: App) -> None:
    file = app.ready()
    answer = change(app.untrusted().without_storage(), file["id"], filename="later.txt")
    assert (answer.status_code, answer.json["data"]["filename"]) == (200, "later.txt")
    assert answer.json["data"]["download_url"] is None, "storage must be asked before a link"


def test_a_change_to_the_same_values_keeps_the_version(app: App) -> None:
    file = app.ready(detail={"album": "harbour"})
    answer = change(app, file["id"], filename="hello.txt", detail={"album": "harbour"})
    assert (answer.status_code, answer.json["data"]["version"], audits(app)) == (200, 1, [])


def test_lists_find_a_file_by_its_new_name(app: App) -> None:
    file = app.ready()
    change(app, file["id"], filename="Ångström.txt")
    found = {
        words: app.client.get(f"{FILE}/all?search={words}").json["data"]["items"] for words in ("angstrom", "hello")
    }
    assert ([item["id"] for item in found["angstrom"]], found["hello"]) == ([file["id"]], [])


def test_downloads_have_the_new_name_also_of_public_objects(app: App) -> None:
    plain = app.published()
    file = plain.ready()
    assert plain.get(file["id"]).json["data"]["download_url"].startswith("https://cdn.example/")
    renamed = change(plain, file["id"], filename="later.txt").json["data"]
    assert "later.txt" in name_of(renamed["download_url"])
    back = change(plain, file["id"], filename="hello.txt").json["data"]
    assert back["download_url"].startswith("https://cdn.example/"), "its headers have this name"


@pytest.mark.parametrize(
    ("version", "status"),
    [(None, 200), ("*", 200), ('"1"', 200), ("1", 200), ("2", 412), ('"7", "1"', 200), ('"2"', 412)],
)
def test_if_match_limits_a_change_to_one_version(app: App, version: str | None, status: int) -> None:
    file = app.ready()
    answer = change(app, file["id"], version, filename="later.txt")
    assert answer.status_code == status
    if status == 412:
        assert answer.json == failure("version_changed", version=1)
        assert app.get(file["id"]).json["data"]["filename"] == "hello.txt"


@pytest.mark.parametrize("version", ["", "1 2", '"one"', '"1', 'W/"1"', '"1",', '"99999999999"'])
def test_a_malformed_if_match_is_refused(app: App, version: str) -> None:
    file = app.ready()
    answer = change(app, file["id"], version, filename="later.txt")
    reason = '[If-Match] is not a version in quotes such as "1"'
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"user_id": UNKNOWN_ID}, "[user_id] no user has this id"),
        ({"appointment_id": UNKNOWN_ID}, "[appointment_id] no appointment has this id"),
        ({"filename": None}, "[filename] Field may not be null."),
        ({"filename": ""}, "[filename] Length must be between 1 and 255."),
        ({"size": 5}, "[size] Unknown field."),
        ({"detail": []}, "[detail] Not a valid mapping type."),
    ],
)
def test_an_invalid_change_is_refused_and_changes_nothing(app: App, body: dict[str, Any], reason: str) -> None:
    file = app.ready()
    answer = change(app, file["id"], **{"filename": "later.txt"} | body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))
    assert app.get(file["id"]).json["data"]["version"] == 1


def test_a_change_must_follow_the_files_policy(app: App) -> None:
    rules: dict[str, Any] = {"extensions": ("txt",), "detail_schema": {"required": ["album"]}}
    ruled = app.with_settings(policies={"notes": rules})
    opened = ruled.send(policy="notes")
    assert ruled.post("/upload/complete/", **ruled.completion(opened, detail={"album": "a"})).status_code == 200
    later = app.with_settings(policies={"others": {}})
    refusals = [change(later, opened["file_id"], **body).json for body in ({"filename": "a.exe"}, {"detail": None})]
    assert [(refused["code"], refused["rule"]) for refused in refusals] == [
        ("policy_refused", "extensions"),
        ("policy_refused", "detail_schema"),
    ]
    assert change(later, opened["file_id"], filename="b.txt", detail={"album": "b"}).status_code == 200


def test_a_private_file_is_changed_with_its_credential(app: App) -> None:
    file = app.upload(credential={"pin": "1"})
    path, wish = f"{FILE}/{file['id']}", {"filename": "later.txt"}
    assert app.client.patch(path, json=wish).json["code"] == "wrong_credential"
    right = {"X-File-Credential": json.dumps({"pin": "1"})}
    assert app.client.patch(path, json=wish, headers=right).json["data"]["filename"] == "later.txt"


def test_a_foreign_or_unknown_file_is_not_found(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, bob = (login(locked, name, Scope.UPLOAD, Scope.READ) for name in ("ann", "bob"))
    file = ann.upload()
    for who, file_id in ((bob, file["id"]), (ann, UNKNOWN_ID), (ann, "nonsense")):
        answer = change(who, file_id, filename="later.txt")
        assert (answer.status_code, answer.json) == (404, failure("file_not_found"))
    assert change(login(locked, "ann", Scope.READ), file["id"], filename="later.txt").json["code"] == "scope_missing"
    only_uploads = login(locked, "ann", Scope.UPLOAD)
    changed = change(only_uploads, file["id"], filename="later.txt").json["data"]
    assert (changed["filename"], changed["download_url"]) == ("later.txt", None)
