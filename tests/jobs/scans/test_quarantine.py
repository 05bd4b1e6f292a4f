"""Blocked objects are moved into quarantine: another key, so that no earlier link leads to them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import requests

from service.db.models import File, PendingDeletion
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.quarantine import EXPOSED_AT_MOST, MAX_WAIT
from service.domain.upkeep.sweep import sweep
from service.errors import StorageRefusedError, StorageUnavailableError
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.files.decisions import audits
from tests.support.login import login
from tests.support.service_under_test import App

BAD = b"a" + SIGNATURE


def due(app: App, file_id: str) -> object:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id).scan_due_at


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_an_infected_object_is_moved_to_quarantine(app: App, credential: dict[str, str] | None) -> None:
    file = app.upload(BAD, credential=credential)
    assert app.scan(file["id"]) == "infected"
    key = "quarantine/" + file["path"].partition("/")[2]
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([key], [])
    assert app.s3.get_object(Bucket="longshore-private", Key=key)["Body"].read() == BAD
    reason = "The virus scanner found Fake-Virus."
    assert audits(app, file["id"]) == [("scanner", "infected", "Fake-Virus"), ("scanner", "quarantined", reason)]
    assert (due(app, file["id"]), app.count(PendingDeletion)) == (None, 0)


def test_the_delete_policy_deletes_an_infected_object(app: App) -> None:
    app = app.with_settings(infected_policy="delete")
    file = app.upload(BAD)
    assert app.scan(file["id"]) == "infected"
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])
    shown = app.get(file["id"]).json["data"]
    assert (shown["is_quarantined"], shown["download_url"], due(app, file["id"])) == (True, None, None)


def test_an_unscannable_object_that_was_never_served_is_not_moved(app: App) -> None:
    file = app.upload(b"x" * 1025)
    assert app.scan(file["id"]) == "unscannable"
    assert app.keys("longshore-private") == [file["path"].partition("/")[2]]
    assert audits(app, file["id"]) == [("scanner", "unscannable", "too_large: over 1024 bytes")]


def test_with_storage_down_the_verdict_stands_and_the_move_is_due(app: App) -> None:
    file = app.upload(BAD)
    with patch.object(app.deps.storage, "copy", side_effect=StorageUnavailableError):
        with pytest.raises(StorageUnavailableError):
            app.scan(file["id"])
    assert app.status(file["id"]).json["data"]["stage"] == "quarantined"
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(app.deps).queued_scans == 1
    assert app.scan(file["id"]) == "quarantined"
    assert app.keys("longshore-private") == ["quarantine/" + file["path"].partition("/")[2]]
    assert app.scan(file["id"]) == "nothing to scan"


def test_a_quarantine_interrupted_after_its_copy_is_finished(app: App) -> None:
    file = app.upload(BAD)
    with patch("service.domain.scanning.quarantine.note_quarantine", side_effect=KeyboardInterrupt):
        with pytest.raises(KeyboardInterrupt):
            app.scan(file["id"])
    assert app.scan(file["id"]) == "quarantined"
    assert app.keys("longshore-private") == ["quarantine/" + file["path"].partition("/")[2]]


def test_a_file_deleted_during_its_quarantine_leaves_no_object(app: App) -> None:
    file = app.upload(BAD)
    copy = app.deps.storage.copy

    def and_then_it_is_deleted(*args: object) -> None:
        copy(*args)  # type: ignore[arg-type]
        assert app.client.delete(f"/api/v1/file/{file['id']}").status_code == 200

    with patch.object(app.deps.storage, "copy", and_then_it_is_deleted):
        app.scan(file["id"])
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])


def test_deleting_a_quarantined_file_leaves_no_object(app: App) -> None:
    file = app.ready(BAD)
    assert app.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])
    assert audits(app, file["id"])[-1] == ("anonymous", "deleted", None)


@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
@pytest.mark.parametrize("verdict", [ScanVerdict("infected", "New-Virus"), ScanVerdict("unscannable", "encrypted: x")])
def test_a_served_file_is_withdrawn_when_a_rescan_blocks_it(
    app: App, verdict: ScanVerdict, credential: dict[str, str] | None
) -> None:
    file = app.ready(credential=credential)
    headers = {"X-File-Credential": '{"pin": "1"}'}
    link = app.get(file["id"], headers=headers).json["data"]["download_url"]
    assert requests.get(link, timeout=10).content == b"hello"
    app.scanner.signatures, app.scanner.says = "2", verdict
    sweep(app.deps)
    assert app.scan(file["id"]) == verdict.status
    assert not requests.get(link, timeout=10).ok
    shown = app.get(file["id"], headers=headers).json["data"]
    assert (shown["virus_scan_status"], shown["download_url"], shown["is_quarantined"]) == (verdict.status, None, True)
    assert app.keys("longshore-private") == ["quarantine/" + file["path"].partition("/")[2]]
    assert app.keys("longshore-public") == []
    assert [action for _, action, _ in audits(app, file["id"])] == ["withdrawn", "quarantined"]


@pytest.fixture(params=["in the private bucket", "in the public bucket"])
def either(app: App, request: pytest.FixtureRequest) -> App:
    """Served from where it was uploaded, by signed links, or from the public bucket."""
    return app if "private" in request.param else app.published()


def found_later(app: App, status: str = "infected", **completion: Any) -> str:
    """Store a served file that newer signatures block, with its rescan due; return its id."""
    file = app.ready(**completion)
    app.scanner.signatures, app.scanner.says = "2", ScanVerdict(status, "New-Virus")
    sweep(app.deps)
    return str(file["id"])


def test_an_infected_object_is_deleted_if_storage_refuses_its_move(either: App) -> None:
    """Ending the exposure is more important than keeping the evidence."""
    app = either
    file_id = found_later(app)
    with patch.object(app.deps.storage, "copy", side_effect=StorageRefusedError("CopyObject", "QuotaExceeded")):
        assert app.scan(file_id) == "infected"
    assert (app.keys("longshore-public"), app.keys("longshore-private"), app.count(PendingDeletion)) == ([], [], 0)
    shown = app.get(file_id).json["data"]
    assert (shown["virus_scan_status"], shown["is_quarantined"], shown["download_url"]) == ("infected", True, None)
    assert due(app, file_id) is None
    actor, action, reason = audits(app, file_id)[-1]
    assert (actor, action, "QuotaExceeded" in str(reason)) == ("scanner", "deleted", True)
    assert app.client.delete(f"/api/v1/file/{file_id}").status_code == 200


def test_a_legal_hold_prevents_deletion_if_storage_refuses_the_move(either: App) -> None:
    app = either
    file_id = found_later(app)
    wish = {"legal_hold": True, "reason": "case 4711"}
    assert app.client.patch(f"/api/v1/file/{file_id}", json=wish).status_code == 200
    with patch.object(app.deps.storage, "copy", side_effect=StorageRefusedError("CopyObject", "QuotaExceeded")):
        with pytest.raises(StorageRefusedError):
            app.scan(file_id)
    assert len(app.keys("longshore-public") + app.keys("longshore-private")) == 1
    assert due(app, file_id) is not None, "the move is tried again"


def test_an_infected_object_is_deleted_if_its_move_keeps_failing(either: App) -> None:
    app = either
    file_id = found_later(app)
    with patch.object(app.deps.storage, "copy", side_effect=StorageUnavailableError) as mocked:
        with pytest.raises(StorageUnavailableError):
            app.scan(file_id)
        assert len(app.keys("longshore-public") + app.keys("longshore-private")) == 1
        for _ in range(EXPOSED_AT_MOST // timedelta(minutes=1) + 5):
            app.clock.forward(60)
            if sweep(app.deps).queued_scans:
                with suppress(StorageUnavailableError):
                    app.scan(file_id)
    assert (app.keys("longshore-public"), app.keys("longshore-private"), mocked.call_count) == ([], [], 4)


def test_an_object_that_another_worker_has_moved_is_not_deleted(either: App) -> None:
    app = either
    file_id = found_later(app)
    with patch.object(app.deps.storage, "copy", side_effect=StorageUnavailableError):
        with pytest.raises(StorageUnavailableError):
            app.scan(file_id)
    copy = app.deps.storage.copy

    def and_another_is_faster(*_args: object) -> None:
        with patch.object(app.deps.storage, "copy", copy):
            assert app.scan(file_id) == "quarantined"
        raise StorageRefusedError("CopyObject", "AccessDenied")

    with patch.object(app.deps.storage, "copy", and_another_is_faster):
        assert app.scan(file_id) == "moved by another worker"
    assert (len(app.keys("longshore-private")), app.keys("longshore-public")) == (1, [])
    assert audits(app, file_id)[-1][1] == "quarantined"


def test_an_infected_object_is_kept_if_a_repeated_move_succeeds(either: App) -> None:
    app = either
    file_id = found_later(app)
    with patch.object(app.deps.storage, "copy", side_effect=StorageUnavailableError):
        with pytest.raises(StorageUnavailableError):
            app.scan(file_id)
    assert app.scan(file_id) == "quarantined"
    assert (len(app.keys("longshore-private")), app.keys("longshore-public")) == (1, [])


@pytest.mark.parametrize("kind", ["never served", "private", "unscannable"])
def test_unserved_private_and_unscannable_objects_survive_failed_moves(either: App, kind: str) -> None:
    """The move is retried without an end, at growing intervals."""
    app = either
    if kind == "never served":
        file_id = app.upload(BAD)["id"]
    else:
        credential = {"pin": "1"} if kind == "private" else None
        file_id = found_later(app, "infected" if credential else "unscannable", credential=credential)
    refusal = StorageRefusedError("CopyObject", "QuotaExceeded")
    with patch.object(app.deps.storage, "copy", side_effect=refusal) as mocked:
        app.queue.jobs[file_id] = "queued"
        for _ in range(48):
            if app.queue.jobs[file_id] == "queued":
                with pytest.raises(StorageRefusedError):
                    app.scan(file_id)
            app.clock.forward(1800)
            sweep(app.deps)
    assert mocked.call_count < 12
    assert len(app.keys("longshore-public") + app.keys("longshore-private")) == 1
    app.clock.forward(MAX_WAIT.total_seconds())
    sweep(app.deps)
    assert app.scan(file_id) == "quarantined"
    assert app.keys("longshore-public") == []


def test_the_audit_log_names_the_subject_that_deleted_a_file(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, operator = login(locked, "Ünï Ann"), login(locked, "operator", Scope.ADMIN)
    files = [ann.ready(b"hello") for _ in range(3)]
    user = ann.client.post("/api/v1/users/", json={"name": "Ann"}).json["data"]
    of_user = ann.ready(b"hello", user_id=user["id"])
    assert ann.client.delete(f"/api/v1/file/{files[0]['id']}").status_code == 200
    assert operator.client.delete(f"/api/v1/file/{files[1]['id']}").status_code == 200
    assert ann.client.delete(f"/api/v1/users/{user['id']}").status_code == 200
    assert [audits(app, file["id"]) for file in (*files, of_user)] == [
        [("Ünï Ann", "deleted", None)],
        [("operator", "deleted", None)],
        [],
        [("Ünï Ann", "deleted", None)],
    ]
