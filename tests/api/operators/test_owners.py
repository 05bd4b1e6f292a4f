"""`longshore owners give`: data from before login gets an owner, and the counter is right afterwards."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import Appointment, File, Upload, User
from service.domain.accounts import owners
from service.domain.accounts.owners import count_ownerless, give_ownerless
from service.values import Given
from tests.support.files.decisions import audits
from tests.support.files.quotas import counter
from tests.support.login import login
from tests.support.service_under_test import App


def given(app: App, subject: str = "ann", user_id: str | None = None) -> Given:
    """All batches together."""
    steps = [vars(step) for step in give_ownerless(app.deps, subject, user_id)]
    return Given(**{name: sum(step[name] for step in steps) for name in vars(Given())})


@pytest.fixture
def before(app: App) -> dict[str, Any]:
    """A user with an appointment, a file of each, a file without a user, an open upload, and an aborted one."""
    user = app.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]
    body = {"user_id": user["id"], "title": "Tuesday"}
    appointment = app.client.post("/api/v1/appointments/", json=body).json["data"]
    files = [
        app.ready(b"12345", user_id=user["id"]),
        app.ready(b"1234567", appointment_id=appointment["id"]),
        app.ready(b"123"),
    ]
    assert app.client.delete(f"/api/v1/file/upload/{app.init(size=50)['upload_id']}").status_code == 200
    return {"user": user["id"], "files": [file["id"] for file in files], "open": app.init(size=100)["upload_id"]}


@pytest.mark.parametrize("batch", [1, 500])
def test_everything_without_an_owner_is_assigned_once(app: App, before: dict[str, Any], batch: int) -> None:
    everything = Given(users=1, appointments=1, files=3, uploads=2, bytes=115)
    with patch.object(owners, "BATCH", batch):
        assert count_ownerless(app.deps) == Given(users=1, appointments=1, files=3, uploads=2, bytes=15)
        assert given(app) == everything
        assert given(app, "bob") == count_ownerless(app.deps) == Given()
    assert counter(app.deps.db, "ann") == (115, 115)
    ann = login(app.with_settings(login="on"), "ann")
    assert [ann.get(file_id).status_code for file_id in before["files"]] == [200, 200, 200]
    assert ann.post("/upload/retry", upload_id=before["open"]).status_code == 200
    assert [audits(app, file_id)[-1] for file_id in before["files"]] == [("system", "given", "to ann")] * 3
    with app.deps.db.read() as session:
        assert {row.owner for model in (User, Appointment, File, Upload) for row in session.query(model)} == {"ann"}


def test_the_data_of_one_user_can_be_assigned_alone(app: App, before: dict[str, Any]) -> None:
    expected = Given(users=1, appointments=1, files=2, bytes=12)
    assert count_ownerless(app.deps, before["user"]) == expected
    assert given(app, user_id=before["user"]) == expected
    assert counter(app.deps.db, "ann") == (12, 12)
    assert count_ownerless(app.deps) == Given(files=1, uploads=2, bytes=3)


def test_rows_with_an_owner_keep_it(app: App) -> None:
    file = login(app.with_settings(login="on"), "bob").ready(b"bob's")
    assert given(app) == Given()
    with app.deps.db.read() as session:
        assert session.get_one(File, file["id"]).owner == "bob"


def test_an_invalid_subject_is_refused(app: App) -> None:
    for name in ("", " ann", "anonymous"):
        with pytest.raises(ValueError, match=r"^(must be 1 to|is one of)"):
            given(app, name)
