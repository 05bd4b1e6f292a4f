"""Private files: without the credential they are neither shown nor deleted, also during their completion."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, User
from service.domain.upkeep.sweep import sweep
from service.domain.uploads.completion import complete as completion_module
from service.values.access.caller import Scope
from tests.support.files.users import USERS, make_appointment, make_user
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.programs.crashes import Crash, crash
from tests.support.service_under_test import FILE, App

PIN = {"pin": "0042"}
DETAIL = {"diagnosis": "secret"}
WRONG = [None, {"pin": "0043"}]


@pytest.fixture
def halfway(app: App) -> dict[str, Any]:
    """A private file's upload whose completion was interrupted; any process may finish it."""
    opened = app.send()
    with patch("service.domain.uploads.completion.complete.record_file", crash), pytest.raises(Crash):
        app.post("/upload/complete/", **app.completion(opened, credential=PIN, detail=DETAIL))
    app.clock.forward(60)
    return opened


def ways(app: App, opened: dict[str, Any], credential: dict[str, str] | None) -> dict[str, Any]:
    """Return each call about an upload while it is completing."""
    given = {} if credential is None else {"credential": credential}
    headers = {"X-File-Credential": f'{{"pin": "{credential["pin"]}"}}'} if credential else {}
    return {
        "retry by upload": lambda: app.post("/upload/retry", upload_id=opened["upload_id"], **given),
        "retry by file": lambda: app.post("/upload/retry", file_id=opened["file_id"], **given),
        "complete": lambda: app.post("/upload/complete/", **app.completion(opened, **given)),
        "status": lambda: app.status(opened["file_id"], headers=headers),
    }


@pytest.mark.parametrize("credential", WRONG)
def test_a_completing_upload_is_refused_without_its_credential(
    app: App, halfway: dict[str, Any], credential: dict[str, str] | None
) -> None:
    for way, call in ways(app, halfway, credential).items():
        answer = call()
        assert (answer.status_code, answer.json) == (403, failure("wrong_credential")), way
    assert app.count(File) == 0


@pytest.mark.parametrize("way", ["retry by upload", "retry by file", "complete"])
def test_a_client_with_the_credential_finishes_the_completion(app: App, halfway: dict[str, Any], way: str) -> None:
    assert ways(app, halfway, PIN)["status"]().json["data"]["stage"] == "completing"
    answer = ways(app, halfway, PIN)[way]()
    assert (answer.status_code, answer.json["data"]["detail"]) == (200, DETAIL)
    app.assert_whole(halfway)


def test_a_slower_completion_with_another_credential_is_refused(app: App) -> None:
    """Between the claim of one client and its record, another client completes the file without a credential."""
    opened = app.send()
    completion = app.completion(opened, credential=PIN, detail=DETAIL)
    real = completion_module.record_file

    def overtaken(deps: Any, upload: Any, stored: Any) -> Any:
        with patch.object(completion_module, "record_file", real):
            app.clock.forward(60)
            with deps.db.write() as session:
                row = session.get_one(type(upload), upload.id)
                row.completion = {**row.completion, "credential_hash": None, "detail": {"of": "the other"}}
            app.post("/upload/complete/", **completion | {"credential": None})
        return real(deps, upload, stored)

    with patch.object(completion_module, "record_file", overtaken):
        answer = app.post("/upload/complete/", **completion)
    assert (answer.status_code, answer.json) == (403, failure("wrong_credential"))


def delete(app: App, path: str) -> Any:
    return app.client.delete(path)


@pytest.mark.parametrize("login_is", ["off", "on"])
@pytest.mark.parametrize("of", ["user", "appointment", "appointment of the user"])
def test_deleting_a_user_or_appointment_with_private_files_is_refused(app: App, login_is: str, of: str) -> None:
    ann = app if login_is == "off" else login(app.with_settings(login="on"), "ann")
    user = make_user(ann)
    appointment = make_appointment(ann, user)
    belongs = {"user_id": user} if of == "user" else {"appointment_id": appointment}
    file = ann.ready(credential=PIN, **belongs)
    public = ann.ready(**belongs)
    path = f"/api/v1/appointments/{appointment}" if of == "appointment" else USERS + user
    answer = delete(ann, path)
    assert (answer.status_code, answer.json) == (409, failure("private_files"))
    assert answer.json["message"].startswith("1 of the files are private.")
    assert (ann.count(File), ann.count(User), ann.get(public["id"]).status_code) == (2, 1, 200)
    headers = {"X-File-Credential": '{"pin": "0042"}'}
    assert ann.client.delete(f"{FILE}/{file['id']}", headers=headers).status_code == 200
    assert (delete(ann, path).status_code, ann.count(File)) == (200, 0)
    assert nothing_is_left(ann)


def nothing_is_left(app: App) -> bool:
    """Whether storage has no object any more, after a sweep."""
    sweep(app.deps)
    return [app.keys(bucket) for bucket in ("longshore-private", "longshore-public")] == [[], []]


def test_an_operator_deletes_a_user_with_private_files(app: App) -> None:
    """Credentials get lost, and the data of a person must be deleted on request."""
    locked = app.with_settings(login="on")
    ann, operator = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    user = make_user(ann)
    ann.ready(credential=PIN, user_id=user)
    assert (delete(operator, USERS + user).status_code, ann.count(File)) == (200, 0)
    assert nothing_is_left(ann)
