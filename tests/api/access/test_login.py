"""Login by API keys: accepted and refused keys, scopes, and data of other subjects."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import requests

from service.db.cached.keys import REMEMBERED
from service.db.models import ApiKey, Upload
from service.domain.accounts.keys import USE_NOTED_EVERY, create_key, list_keys, revoke_key
from service.values.access.caller import Scope
from tests.support.login import login, sends
from tests.support.matchers import AN_ID, Like, failure, success
from tests.support.service.contract import operations
from tests.support.service_under_test import FILE, App, rebuilt

USERS = "/api/v1/users/"
UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"
CHALLENGE = 'Bearer realm="longshore"'


@pytest.fixture
def locked(app: App) -> App:
    """The service with login on, and a client without a key."""
    return app.with_settings(login="on")


def key_of(app: App, *scopes: Scope) -> str:
    return create_key(app.deps, "test", "ann", scopes or (Scope.UPLOAD, Scope.READ))[0]


@pytest.mark.parametrize("header", [None, "", "Basic YTpi", "Bearer", "Bearer two words", "lsk_x"])
def test_a_request_without_a_bearer_token_is_refused(locked: App, header: str | None) -> None:
    answer = locked.client.get(f"{FILE}/all", headers={} if header is None else {"Authorization": header})
    assert (answer.status_code, answer.json) == (401, failure("login_required"))
    assert answer.headers["WWW-Authenticate"] == CHALLENGE


def test_wrong_keys_are_refused(locked: App) -> None:
    key = key_of(locked)
    prefix, secret = key.split("_")[1:]
    other = key_of(locked).split("_")[2]
    flipped = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    wrong = [f"lsk_{prefix}_{flipped}", f"lsk_{prefix}_{other}", f"lsk_{prefix}_{secret.upper()}x", f"lsk_{prefix}_"]
    wrong += [f"lsk_{'0' * 12}_{secret}", f"lsk_{prefix}", key + "0", "x" * 8192, "a.b.c"]
    for token in wrong:
        answer = locked.client.get(f"{FILE}/all", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json) == (401, failure("token_refused")), token
        assert answer.headers["WWW-Authenticate"] == f'{CHALLENGE}, error="invalid_token"'
    assert sends(locked, f"bearer {key}").client.get(f"{FILE}/all").status_code == 200


def test_a_key_is_required_before_the_body_is_read(locked: App) -> None:
    answer = locked.post("/upload/init/", nonsense=1)
    assert (answer.status_code, answer.json, locked.count(Upload)) == (401, failure("login_required"), 0)


def test_the_secret_of_a_key_is_not_stored(locked: App) -> None:
    key = key_of(locked)
    secret = key.split("_")[2]
    rows = str([vars(view) for view in list_keys(locked.deps)])
    database = (locked.deps.settings.web_root.parent / "test.sqlite3").read_bytes()
    wal = (locked.deps.settings.web_root.parent / "test.sqlite3-wal").read_bytes()
    assert secret not in rows
    assert secret.encode() not in database + wal


def test_a_revoked_key_ends_within_seconds(locked: App) -> None:
    mine = sends(locked, f"Bearer {key_of(locked)}")
    assert mine.client.get(f"{FILE}/all").status_code == 200
    prefix = list_keys(locked.deps)[0].prefix
    assert revoke_key(locked.deps, prefix)
    # this process still remembers the key; a process that has not seen it refuses it
    assert mine.client.get(f"{FILE}/all").status_code == 200
    locked.clock.forward(REMEMBERED.total_seconds())
    assert mine.client.get(f"{FILE}/all").json == failure("token_refused")
    assert not revoke_key(locked.deps, prefix)
    assert not revoke_key(locked.deps, "nonsense")


def test_the_last_use_of_a_key_is_noted_at_intervals(locked: App) -> None:
    mine = sends(locked, f"Bearer {key_of(locked)}")

    def last_used() -> Any:
        return list_keys(locked.deps)[0].last_used_at

    assert last_used() is None
    first = locked.clock()
    for _ in range(3):
        assert mine.client.get(f"{FILE}/all").status_code == 200
        locked.clock.forward(60)
    assert last_used() == first
    locked.clock.forward(USE_NOTED_EVERY.total_seconds())
    mine.client.get(f"{FILE}/all")
    assert last_used() > first


def test_without_the_database_a_key_cannot_be_checked(locked: App) -> None:
    key = key_of(locked)
    answer = sends(locked.without_database(), f"Bearer {key}").client.get(f"{FILE}/all")
    assert (answer.status_code, answer.json) == (503, failure("database_unavailable"))


SCOPES = {
    Scope.UPLOAD: {
        ("post", "/api/v1/file/upload/init/"),
        ("post", "/api/v1/file/upload/chunk/"),
        ("post", "/api/v1/file/upload/complete/"),
        ("post", "/api/v1/file/upload/retry"),
        ("patch", "/api/v1/file/{file_id}"),
        ("post", "/api/v1/file/folders/rename"),
        ("delete", "/api/v1/file/upload/{upload_id}"),
        ("post", "/api/v1/users/"),
        ("post", "/api/v1/appointments/"),
    },
    Scope.DELETE: {
        ("delete", "/api/v1/file/{file_id}"),
        ("delete", "/api/v1/users/{user_id}"),
        ("delete", "/api/v1/appointments/{appointment_id}"),
    },
    Scope.GRANT: {
        ("post", "/api/v1/grants/"),
        ("get", "/api/v1/grants/{grant_id}"),
        ("delete", "/api/v1/grants/{grant_id}"),
    },
    Scope.ADMIN: {
        ("get", "/api/v1/admin/files"),
        ("get", "/api/v1/admin/files/{file_id}"),
        ("get", "/api/v1/admin/uploads"),
        ("get", "/api/v1/admin/scans"),
        ("get", "/api/v1/admin/audit"),
        ("get", "/api/v1/admin/audit/export"),
        ("get", "/api/v1/admin/audit/verification"),
        ("post", "/api/v1/admin/decisions"),
        ("get", "/api/v1/admin/decisions"),
        ("get", "/api/v1/admin/decisions/{decision_id}"),
        ("post", "/api/v1/admin/decisions/{decision_id}/approve"),
        ("delete", "/api/v1/admin/decisions/{decision_id}"),
        ("post", "/api/v1/admin/adoptions"),
        ("get", "/api/v1/admin/adoptions"),
        ("post", "/api/v1/admin/adoptions/events"),
        ("get", "/api/v1/admin/adoptions/{adoption_id}"),
        ("delete", "/api/v1/admin/adoptions/{adoption_id}"),
        ("post", "/api/v1/admin/allowlist"),
        ("get", "/api/v1/admin/allowlist"),
        ("post", "/api/v1/admin/allowlist/{entry_id}/approve"),
        ("delete", "/api/v1/admin/allowlist/{entry_id}"),
        ("get", "/api/v1/admin/subjects"),
        ("get", "/api/v1/admin/usage"),
        ("get", "/api/v1/admin/workers"),
        ("get", "/api/v1/admin/overview"),
    },
    Scope.READ: {
        ("get", "/api/v1/file/get/{file_id}"),
        ("get", "/api/v1/file/content/{file_id}"),
        ("post", "/api/v1/file/{file_id}/links"),
        ("get", "/api/v1/file/{file_id}/links"),
        ("delete", "/api/v1/file/{file_id}/links/{link_id}"),
        ("get", "/api/v1/file/all"),
        ("get", "/api/v1/file/folders"),
        ("get", "/api/v1/file/appointment/{appointment_id}"),
        ("get", "/api/v1/users/"),
        ("get", "/api/v1/users/{user_id}"),
        ("get", "/api/v1/appointments/"),
        ("get", "/api/v1/appointments/{appointment_id}"),
    },
}
BOTH = {("get", f"/api/v1/file/{path}") for path in ("status/{file_id}", "receipt/{file_id}", "virus-scanner/health")}
ANY = {("get", "/api/v1/users/me")}
OPEN = {("get", "/api/health/live"), ("get", "/api/health/ready")}
OPEN |= {("get", "/api/v1/links/{token}"), ("post", "/api/v1/links/{token}")}


def test_every_route_has_its_scope(locked: App) -> None:
    document = locked.client.get("/api/openapi.json").json
    known = {route: [scope] for scope, routes in SCOPES.items() for route in routes}
    known |= {route: [Scope.READ, Scope.UPLOAD] for route in BOTH} | dict.fromkeys(OPEN)
    known |= {route: [*Scope] for route in ANY}
    assert {route: one.get("x-scopes") for route, one in operations(document).items()} == known


@pytest.mark.parametrize("scope", Scope)
def test_a_scope_allows_exactly_its_routes(locked: App, scope: Scope) -> None:
    caller = login(locked, "ann", scope)
    refused = set()
    for method, path in set().union(*SCOPES.values(), BOTH, ANY):
        answer = caller.client.open(re.sub(r"{\w+}", UNKNOWN_ID, path), method=method.upper(), json={})
        if answer.status_code == 403:
            refused.add((method, path))
            needed = [one for one, routes in SCOPES.items() if (method, path) in routes] or [Scope.READ, Scope.UPLOAD]
            words = rf".* lacks the scope {' or '.join(needed)}\. Use one that has it\."
            assert answer.json == failure("scope_missing") | {"message": Like(words)}
            challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{needed[0]}"'
            assert answer.headers["WWW-Authenticate"] == challenge
    allowed = {route for one in (Scope if scope is Scope.ADMIN else (scope,)) for route in SCOPES.get(one, set())}
    allowed |= ANY if scope in {Scope.DELETE, Scope.GRANT} else ANY | BOTH
    assert refused == set().union(*SCOPES.values(), BOTH, ANY) - allowed


def test_a_key_that_may_only_upload_may_abort_but_not_delete(locked: App) -> None:
    ann, device = login(locked, "ann"), login(locked, "ann", Scope.UPLOAD)
    user = ann.client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    file = ann.ready(user_id=user)
    for path in (f"{FILE}/{file['id']}", USERS + user):
        assert device.client.delete(path).json == failure("scope_missing")
    assert ann.get(file["id"]).status_code == 200
    assert requests.get(ann.get(file["id"]).json["data"]["download_url"], timeout=10).content == b"hello"
    assert device.client.delete(f"{FILE}/upload/{device.send()['upload_id']}").status_code == 200
    assert "Uploads" not in device.s3.list_multipart_uploads(Bucket="longshore-private")


def test_an_upload_key_of_an_older_release_may_delete(locked: App) -> None:
    """That release creates it after the migration, while this one already runs."""
    statuses = {}
    for scopes in (Scope.UPLOAD, Scope.READ):
        key, view = create_key(locked.deps, "old", "ann", [scopes])
        with locked.deps.db.write() as session:
            session.get_one(ApiKey, view.prefix).added_scopes = None
        statuses[scopes] = sends(locked, f"Bearer {key}").client.delete(f"{FILE}/{UNKNOWN_ID}").status_code
    assert statuses == {Scope.UPLOAD: 404, Scope.READ: 403}
    assert {view.scopes for view in list_keys(locked.deps)} == {("upload", "delete"), ("read",)}


def test_a_key_ends_when_it_expires(locked: App) -> None:
    """Also if this process remembers it."""
    end = locked.clock() + timedelta(seconds=3)
    mine = sends(locked, f"Bearer {create_key(locked.deps, 'x', 'ann', [Scope.READ], end)[0]}")
    assert mine.client.get(f"{FILE}/all").status_code == 200
    locked.clock.forward(2.9)
    assert mine.client.get(f"{FILE}/all").status_code == 200
    locked.clock.forward(0.1)
    assert mine.client.get(f"{FILE}/all").json == failure("token_refused")


def test_a_key_that_may_only_upload_gets_no_link(locked: App) -> None:
    ann = login(locked, "ann", Scope.UPLOAD)
    opened = ann.send()
    file = ann.post("/upload/complete/", **ann.completion(opened)).json["data"]
    ann.scan(file["id"])
    again = ann.post("/upload/complete/", **ann.completion(opened)).json["data"]
    assert (again["virus_scan_status"], again["download_url"], again["download_expires_at"]) == ("clean", None, None)
    assert login(locked, "ann").get(file["id"]).json["data"]["download_url"] is not None


def test_health_and_the_openapi_document_need_no_key(locked: App) -> None:
    for path in ("/api/health/live", "/api/health/ready", "/api/openapi.json"):
        assert locked.client.get(path).status_code == 200, path


def test_a_preflight_needs_no_key(locked: App) -> None:
    headers = {"Origin": "https://app.example", "Access-Control-Request-Headers": "authorization"}
    changed = locked.with_settings(cors_origins=("https://app.example",))
    answer = changed.client.options(f"{FILE}/upload/init/", headers=headers)
    assert (answer.status_code, "Authorization" in answer.headers["Access-Control-Allow-Headers"]) == (200, True)
    refused = changed.client.get(f"{FILE}/all", headers=headers)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, "https://app.example")


# data of other subjects


def test_data_of_another_subject_is_not_found(locked: App) -> None:
    ann, bob = login(locked, "ann"), login(locked, "bob")
    user = ann.client.post(USERS, json={"name": "Ada"}).json["data"]["id"]
    visit = ann.client.post("/api/v1/appointments/", json={"user_id": user, "title": "x"}).json["data"]["id"]
    file = ann.ready(user_id=user, appointment_id=visit)
    opened = ann.send()
    upload_id, file_id = opened["upload_id"], opened["file_id"]

    def outcome(method: str, path: str, **body: Any) -> tuple[int, str]:
        answer = bob.client.open(path, method=method, json=body or None)
        return answer.status_code, answer.json.get("code", "")

    no_file, no_upload = (404, "file_not_found"), (404, "upload_not_found")
    assert outcome("GET", f"{FILE}/get/{file['id']}") == outcome("GET", f"{FILE}/get/{UNKNOWN_ID}") == no_file
    assert outcome("GET", f"{FILE}/status/{file['id']}") == outcome("GET", f"{FILE}/status/{file_id}") == no_file
    assert outcome("DELETE", f"{FILE}/{file['id']}") == no_file
    assert outcome("POST", f"{FILE}/upload/retry", file_id=file["id"]) == no_file
    assert outcome("POST", f"{FILE}/upload/retry", file_id=file_id) == no_file
    for one in (upload_id, file["upload_id"], UNKNOWN_ID, "nonsense"):
        assert outcome("POST", f"{FILE}/upload/chunk/", upload_id=one, chunk_index=0) == no_upload
        assert outcome("POST", f"{FILE}/upload/retry", upload_id=one) == no_upload
        assert outcome("POST", f"{FILE}/upload/complete/", **ann.completion(opened | {"upload_id": one})) == no_upload
        assert outcome("DELETE", f"{FILE}/upload/{one}") == no_upload
    assert outcome("GET", f"/api/v1/users/{user}") == (404, "user_not_found")
    assert outcome("GET", f"/api/v1/appointments/{visit}") == (404, "appointment_not_found")
    assert outcome("DELETE", f"/api/v1/users/{user}") == (404, "user_not_found")
    assert outcome("DELETE", f"/api/v1/appointments/{visit}") == (404, "appointment_not_found")
    unknown = failure("invalid_body", "[user_id] no user has this id")
    assert bob.client.post("/api/v1/appointments/", json={"user_id": user, "title": "x"}).json == unknown
    mine = bob.send()
    for name, row in (("user", user), ("appointment", visit)):
        answer = bob.post("/upload/complete/", **bob.completion(mine, **{f"{name}_id": row}))
        assert answer.json == failure("invalid_body", f"[{name}_id] no {name} has this id")
    # the refused requests changed nothing
    assert ann.get(file["id"]).json["data"]["virus_scan_status"] == "clean"
    assert ann.post("/upload/complete/", **ann.completion(opened)).status_code == 200


def test_foreign_and_unknown_ids_get_the_same_answer(locked: App) -> None:
    bob, file = login(locked, "bob"), login(locked, "ann").ready()
    foreign, absent = bob.get(file["id"]), bob.get(UNKNOWN_ID)
    assert (foreign.status_code, foreign.json) == (absent.status_code, absent.json)
    answers = [bob.post("/upload/chunk/", upload_id=one, chunk_index=0).json for one in (file["upload_id"], UNKNOWN_ID)]
    assert [str(one).replace(file["upload_id"], UNKNOWN_ID) for one in answers] == [str(answers[1])] * 2


LISTS = (f"{FILE}/all", "/api/v1/users/", "/api/v1/appointments/")


def test_lists_show_only_the_callers_own_data(locked: App) -> None:
    people = {name: login(locked, name) for name in ("ann", "bob")}
    made: dict[str, list[str]] = {}
    for name, app in people.items():
        user = app.client.post(USERS, json={"name": name}).json["data"]["id"]
        visit = app.client.post("/api/v1/appointments/", json={"user_id": user, "title": "x"}).json["data"]["id"]
        made[name] = [app.upload(user_id=user, appointment_id=visit)["id"], user, visit]

    def listed(app: App, path: str) -> list[str]:
        return [item["id"] for item in app.client.get(path).json["data"]["items"]]

    admin = login(locked, "root", Scope.ADMIN)
    for index, path in enumerate(LISTS):
        assert [listed(people[name], path) for name in people] == [[made[name][index]] for name in people]
        assert set(listed(admin, path)) == {made[name][index] for name in people}
    assert listed(people["bob"], f"{FILE}/all?user_id={made['ann'][1]}") == []
    assert listed(people["bob"], f"{FILE}/appointment/{made['ann'][2]}") == []
    assert listed(people["bob"], f"/api/v1/appointments/?user_id={made['ann'][1]}") == []


def test_an_admin_may_change_data_of_all_subjects(locked: App) -> None:
    ann, admin = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    opened = ann.init(size=5)
    signed = admin.post("/upload/chunk/", upload_id=opened["upload_id"], chunk_index=0).json["data"]["chunks"][0]
    admin.put(signed, b"hello")
    done = admin.post("/upload/complete/", **admin.completion(opened)).json["data"]
    assert ann.get(done["id"]).json["data"]["id"] == done["id"], "it stays the one's who started it"
    assert admin.client.delete(f"{FILE}/{done['id']}").json == success({"id": done["id"]})
    assert (ann.get(done["id"]).json, ann.keys("longshore-private")) == (failure("file_not_found"), [])


def test_data_from_before_login_is_visible_to_admins_only(app: App) -> None:
    old, opened = app.ready(), app.send()
    locked = app.with_settings(login="on")
    ann, admin = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    assert (ann.get(old["id"]).status_code, admin.get(old["id"]).status_code) == (404, 200)
    assert ann.post("/upload/complete/", **ann.completion(opened)).status_code == 404
    # and with login off again, all callers see what was created meanwhile
    new = ann.ready()
    assert rebuilt(app).get(new["id"]).json["data"]["id"] == AN_ID


def test_without_login_keys_are_ignored(app: App) -> None:
    assert sends(app, "Bearer nonsense").client.get(f"{FILE}/all").status_code == 200


@pytest.mark.parametrize("subject", ["", " ann", "ann ", "a\nb", "a\u200bb", "x" * 256])
def test_a_subject_that_looks_like_another_is_refused(locked: App, subject: str) -> None:
    with pytest.raises(ValueError, match="visible characters"):
        create_key(locked.deps, "x", subject, [Scope.READ])


def test_subjects_are_case_sensitive(locked: App) -> None:
    file = login(locked, "Ann").ready()
    assert [login(locked, name).get(file["id"]).status_code for name in ("ann", "ANN", "Ann")] == [404, 404, 200]


def test_a_route_without_scopes_is_for_admins(locked: App, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = {"data": {"items": [], "next_cursor": None}, "message": "", "success": True}
    # other tests use this Flask app again
    monkeypatch.setitem(locked.client.application.view_functions, "files.list_all", lambda: empty)
    ann, admin = (create_key(locked.deps, "x", "ann", [scope])[0] for scope in (Scope.READ, Scope.ADMIN))
    statuses = [
        locked.client.get(f"{FILE}/all", headers={"Authorization": f"Bearer {key}"}).status_code for key in (ann, admin)
    ]
    assert statuses == [403, 200]


def test_answers_must_not_be_cached(locked: App) -> None:
    """Neither links nor refusals: the next caller may be another subject."""
    ann = login(locked, "ann")
    file = ann.ready()
    paths = [f"{FILE}/get/{file['id']}", f"{FILE}/all", f"{FILE}/get/{UNKNOWN_ID}", "/api/health/live", "/api/nothing"]
    answers = [ann.client.get(path) for path in paths] + [locked.client.get(paths[0])]
    assert [answer.status_code for answer in answers] == [200, 200, 404, 200, 404, 401]
    assert {answer.headers.get("Cache-Control") for answer in answers} == {"no-store"}
