"""Users and appointments, and the files that are deleted with them."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import Appointment, File, PendingDeletion, Upload, User
from service.domain.accounts import users_and_appointments
from service.domain.upkeep.sweep import sweep
from service.errors import DatabaseUnavailableError
from tests.support.files.users import APPOINTMENTS, USERS, make_appointment, make_user
from tests.support.matchers import A_TIME, AN_ID, failure, success
from tests.support.service_under_test import App

UNKNOWN_ID = "3f0e8a52-0000-4000-8000-000000000000"


def test_a_user_is_created_and_shown(app: App) -> None:
    answer = app.client.post("/api/v1/users", data={"name": "Ada 📎"})
    assert answer.json == success({"id": AN_ID, "name": "Ada 📎", "created_at": A_TIME})
    assert app.client.get(USERS).json == success({"items": [answer.json["data"]], "next_cursor": None})
    assert app.client.get(USERS + answer.json["data"]["id"]).json == answer.json


def test_an_appointment_is_created_and_shown(app: App) -> None:
    user = make_user(app)
    answer = app.client.post(APPOINTMENTS, json={"user_id": user, "title": "Visit"})
    assert (answer.status_code, answer.json) == (
        201,
        success({"id": AN_ID, "user_id": user, "title": "Visit", "created_at": A_TIME}),
    )
    assert app.client.get(f"{APPOINTMENTS}?user_id={user}").json["data"]["items"] == [answer.json["data"]]
    assert app.client.get(f"{APPOINTMENTS}?user_id={UNKNOWN_ID}").json["data"]["items"] == []
    assert app.client.get(APPOINTMENTS + answer.json["data"]["id"]).json == answer.json


def test_a_search_ignores_case_and_accents(app: App) -> None:
    user, *_ = [make_user(app, name) for name in ("Zoë Ångström", "Zoe Miller", "Ann Angst")]
    for title in ("Röntgen left", "Blood test"):
        app.client.post(APPOINTMENTS, json={"user_id": user, "title": title})

    def found(path: str) -> list[str]:
        return sorted(item.get("name") or item["title"] for item in app.client.get(path).json["data"]["items"])

    assert found(f"{USERS}?search=ZOE") == ["Zoe Miller", "Zoë Ångström"]
    assert found(f"{USERS}?search=angst zoe") == ["Zoë Ångström"]
    assert found(f"{USERS}?search=unknown") == []
    assert found(f"{APPOINTMENTS}?search=rontgen&user_id={user}") == ["Röntgen left"]
    assert found(f"{APPOINTMENTS}?search=left&user_id={UNKNOWN_ID}") == []


def test_a_search_continues_where_its_page_ended(app: App) -> None:
    names = [f"user {number}" for number in range(5)]
    for name in (*names, "other"):
        app.clock.forward(1)
        make_user(app, name)
    pages, cursor = [], ""
    while cursor is not None:
        page = app.client.get(f"{USERS}?search=user&limit=2{cursor and f'&cursor={cursor}'}").json["data"]
        pages.append([item["name"] for item in page["items"]])
        cursor = page["next_cursor"]
    assert pages == [["user 4", "user 3"], ["user 2", "user 1"], ["user 0"]]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (USERS, {}, "[name] Missing data for required field."),
        (USERS, {"name": ""}, "[name] Length must be between 1 and 255."),
        (USERS, {"name": "x" * 256}, "[name] Length must be between 1 and 255."),
        (USERS, {"name": "x", "role": "admin"}, "[role] Unknown field."),
        (APPOINTMENTS, {"user_id": UNKNOWN_ID, "title": "x"}, "[user_id] no user has this id"),
        (APPOINTMENTS, {"user_id": "nonsense", "title": "x"}, "[user_id] no user has this id"),
    ],
)
def test_an_invalid_user_or_appointment_is_refused(app: App, path: str, body: dict[str, Any], reason: str) -> None:
    answer = app.client.post(path, json=body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", reason))


def test_deleting_a_user_deletes_its_appointments_and_files(app: App) -> None:
    user, other = make_user(app), make_user(app, "Bob")
    appointment = make_appointment(app, user)
    app.upload(user_id=user)
    app.ready(appointment_id=appointment, user_id=other)
    kept = app.ready(user_id=other)
    assert app.client.delete(USERS + user).json == success({"id": user})
    assert app.queue.sweeps == 1
    sweep(app.deps)
    counts = [app.count(model) for model in (User, Appointment, File, Upload)]
    assert counts == [1, 0, 1, 1]
    key = app.get(kept["id"]).json["data"]["path"].partition("/")[2]
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([key], [])


def test_deleting_an_appointment_deletes_its_files(app: App) -> None:
    user = make_user(app)
    appointment = make_appointment(app, user)
    app.ready(appointment_id=appointment)
    kept = app.upload(user_id=user)
    assert app.client.delete(APPOINTMENTS + appointment).json == success({"id": appointment})
    sweep(app.deps)
    assert (app.count(File), len(app.keys("longshore-private"))) == (1, 1)
    assert app.get(kept["id"]).status_code == 200


def test_deletions_keep_files_without_a_user_or_appointment(app: App) -> None:
    user = app.client.post(USERS, json={"name": "Ann"}).json["data"]["id"]
    appointments = [
        app.client.post(APPOINTMENTS, json={"user_id": user, "title": "x"}).json["data"]["id"] for _ in range(2)
    ]
    unowned, others = app.upload(), app.upload(appointment_id=appointments[1])
    app.client.delete(APPOINTMENTS + appointments[0])
    assert [app.get(file["id"]).status_code for file in (unowned, others)] == [200, 200]
    app.client.delete(USERS + user)
    assert [app.get(file["id"]).status_code for file in (unowned, others)] == [200, 404]
    sweep(app.deps)
    assert (len(app.keys("longshore-private")), app.stored(unowned["id"])) == (1, b"hello")


@pytest.mark.parametrize("path", [USERS, APPOINTMENTS])
@pytest.mark.parametrize("row_id", [UNKNOWN_ID, "nonsense"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_user_or_appointment_is_not_found(app: App, path: str, row_id: str, method: str) -> None:
    answer = app.client.open(path + row_id, method=method)
    code = "user_not_found" if path == USERS else "appointment_not_found"
    assert (answer.status_code, answer.json) == (404, failure(code))


def test_objects_are_deleted_later_when_storage_and_queue_are_down(app: App) -> None:
    user = make_user(app)
    app.ready(user_id=user)
    app.queue.down = True
    down = app.without_storage()
    assert down.client.delete(USERS + user).status_code == 200
    assert sweep(down.deps).removed == 0
    assert len(app.keys("longshore-private")) == 1
    app.clock.forward(60)
    sweep(app.deps)
    # copies that a scan may be making now are deleted again later
    assert (app.keys("longshore-private"), app.count(PendingDeletion)) == ([], 2)
    app.clock.forward(3600)  # again, for a copy that was perhaps running
    sweep(app.deps)
    assert app.count(PendingDeletion) == 0


@pytest.mark.parametrize("files", [0, 1, 2, 3, 5])
def test_a_users_files_are_deleted_in_slices(app: App, monkeypatch: pytest.MonkeyPatch, files: int) -> None:
    monkeypatch.setattr("service.domain.accounts.users_and_appointments.SLICE", 2)
    user = make_user(app)
    appointment = make_appointment(app, user)
    for number in range(files):
        app.upload(b"%d" % number, **({"user_id": user} if number % 2 else {"appointment_id": appointment}))
    kept = app.upload(b"of nobody")
    assert app.client.delete(f"{USERS}{user}").status_code == 200
    assert [app.count(model) for model in (User, Appointment, File, Upload)] == [0, 0, 1, 1]
    sweep(app.deps)
    assert (len(app.keys("longshore-private")), app.stored(kept["id"])) == (1, b"of nobody")


def test_an_interrupted_deletion_is_finished_by_the_next_call(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.accounts.users_and_appointments.SLICE", 2)
    user = make_user(app)
    for number in range(5):
        app.upload(b"%d" % number, user_id=user)
    deleted = users_and_appointments.forget_files

    def one_slice_then_down(*arguments: Any) -> int:
        if app.count(File) < 5:
            raise DatabaseUnavailableError
        return deleted(*arguments)

    with patch.object(users_and_appointments, "forget_files", one_slice_then_down):
        assert app.client.delete(f"{USERS}{user}").status_code == 503
    assert (app.count(User), app.count(File)) == (1, 3)
    assert app.client.delete(f"{USERS}{user}").status_code == 200
    assert (app.count(User), app.count(File), app.count(Upload)) == (0, 0, 0)
    sweep(app.deps)
    assert app.keys("longshore-private") == []
