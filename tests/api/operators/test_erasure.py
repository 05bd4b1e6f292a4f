"""`longshore owners erase`: it deletes all data of a subject, except for files on legal hold."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from service.db.models import ApiKey, Appointment, Audit, File, Grant, Upload, Usage, UsageOfDay, User
from service.domain.changes import erase_subject as module
from service.domain.changes.erase_subject import count_data_of, erase_subject
from service.domain.upkeep.sweep import sweep
from service.errors import DatabaseUnavailableError
from service.values import Erased
from service.values.access.caller import Scope
from tests.support.files.changed_files import change
from tests.support.login import login
from tests.support.service_under_test import FILE, App

ALL = Erased(keys=1, grants=1, uploads=1, files=3, bytes=15, ended_uploads=1, appointments=1, users=1, history=1)
MODELS = (File, Upload, User, Appointment)


@pytest.fixture
def locked(app: App) -> App:
    return app.with_settings(login="on")


def fill(app: App, subject: str) -> list[str]:
    """Give a subject three files, an open and an aborted upload, a user and an appointment; return the files' ids."""
    mine = login(app, subject)
    user = mine.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]["id"]
    body = {"user_id": user, "title": "Tuesday"}
    appointment = mine.client.post("/api/v1/appointments/", json=body).json["data"]["id"]
    files = [mine.ready(), mine.ready(user_id=user), mine.ready(appointment_id=appointment)]
    issuer = login(app, "root", Scope.ADMIN)
    wish = {"subject": subject, "detail": {"name": "Ann"}, "expires_in": 60}
    assert issuer.client.post("/api/v1/grants/", json=wish).status_code == 201
    assert mine.client.delete(f"{FILE}/upload/{mine.init(size=50)['upload_id']}").status_code == 200
    mine.send()
    return [file["id"] for file in files]


def erased(app: App, subject: str = "ann") -> Erased:
    """All batches together."""
    steps = [vars(step) for step in erase_subject(app.deps, subject, "case 4711")]
    return Erased(**{name: sum(step[name] for step in steps) for name in vars(Erased())})


def counts(app: App) -> list[int]:
    return [app.count(model) for model in MODELS]


@pytest.mark.parametrize("batch", [1, 100])
def test_everything_of_a_subject_is_erased_and_nothing_else(locked: App, batch: int) -> None:
    files = fill(locked, "bob")
    others, stored = counts(locked), len(locked.keys("longshore-private"))
    fill(locked, "ann")
    sweep(locked.deps)
    assert count_data_of(locked.deps, "ann") == ALL
    with patch.object(module, "BATCH", batch):
        # the aborted one has ended, too
        assert erased(locked) == Erased(**vars(ALL) | {"ended_uploads": 2})
    assert count_data_of(locked.deps, "ann") == Erased()
    assert counts(locked) == others
    sweep(locked.deps)
    assert len(locked.keys("longshore-private")) == stored
    with locked.deps.db.read() as session:
        assert {row.subject: row.bytes for row in session.query(Usage)} == {"bob": 20}
        assert [row.name for row in session.query(UsageOfDay) if row.kind == "subject"] == ["bob"]
        assert {row.revoked_at is None for row in session.query(ApiKey).where(ApiKey.subject == "ann")} == {False}
        assert [row.detail for row in session.query(Grant).where(Grant.subject == "ann")] == [None]
        entries = [(row.actor, row.action, row.reason) for row in session.query(Audit) if row.action == "erased"]
    assert entries == [("system", "erased", "case 4711")] * 3
    assert login(locked, "bob").get(files[0]).status_code == 200


def test_a_legal_hold_keeps_a_file_and_its_user(locked: App) -> None:
    files = fill(locked, "ann")
    change(login(locked, "root", Scope.ADMIN), files[1], legal_hold=True, reason="case 4711")
    erased(locked)
    assert count_data_of(locked.deps, "ann") == Erased(users=1, on_hold=1)
    change(login(locked, "root", Scope.ADMIN), files[1], legal_hold=False, reason="case 4711")
    erased(locked)
    assert count_data_of(locked.deps, "ann") == Erased()


def test_an_interrupted_erasure_can_be_continued(locked: App) -> None:
    fill(locked, "ann")
    with patch.object(module, "BATCH", 1):
        steps = erase_subject(locked.deps, "ann", "case 4711")
        assert [next(steps) for _ in range(3)] == [
            Erased(keys=1, grants=1),
            Erased(uploads=1),
            Erased(files=1, bytes=5),
        ]
        with patch.object(module, "forget_files", side_effect=DatabaseUnavailableError):
            with pytest.raises(DatabaseUnavailableError):
                next(steps)
    erased(locked)
    assert count_data_of(locked.deps, "ann") == Erased()


def test_objects_are_deleted_later_while_storage_is_down(locked: App) -> None:
    fill(locked, "ann")
    down = locked.without_storage()
    erased(down)
    assert sweep(down.deps).removed == 0
    assert len(locked.keys("longshore-private")) > 0
    locked.clock.forward(24 * 3600)
    sweep(locked.deps)
    assert locked.keys("longshore-private") == []
