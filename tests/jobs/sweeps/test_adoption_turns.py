"""Adoptions in turns: after crashes and failures, two at once, in constant memory, and not faster than scans."""

from __future__ import annotations

import gc
from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, Upload
from service.domain.adoptions import candidates, objects, turns
from service.domain.leased_work import turns as leased_turns
from service.domain.upkeep.sweep import sweep
from service.errors import StorageRefusedError, StorageUnavailableError
from service.values import ListedObject, Location
from tests.support.files.adoption import (
    ADOPTIONS,
    ARCHIVE,
    adopt,
    adopted,
    counts,
    files,
    put,
    shown,
    swept,
    verdicts,
    with_archive,
)
from tests.support.service_under_test import App

KEYS = [f"{number:02}" for number in range(10)]


@pytest.fixture
def archive(app: App) -> App:
    made = with_archive(app)
    for key in KEYS:
        put(made, key)
    return made


def whole(app: App, adoption_id: str, **others: int) -> None:
    """Assert that each object became exactly one file."""
    assert counts(shown(app, adoption_id)) == {"state": "done", "adopted": 10} | others
    assert (sorted(files(app)), app.count(File), app.count(Upload)) == (KEYS, 10, 10)


@pytest.mark.parametrize("done", [0, 1, 4, 9])
def test_another_process_continues_after_a_crash(archive: App, done: int) -> None:
    made = adopt(archive)["adoption_id"]
    effects = [None] * done + [KeyboardInterrupt]
    with patch.object(objects, "reach", side_effect=effects), pytest.raises(KeyboardInterrupt):
        turns.work_on(archive.deps, made)
    assert counts(shown(archive, made)) == {"state": "running", "adopted": done + 1}
    assert turns.work_on(archive.deps, made) == 0
    archive.clock.forward(leased_turns.LEASE.total_seconds())
    sweep(archive.deps)
    whole(archive, made)


def test_a_process_that_lost_its_turn_changes_nothing_more(archive: App) -> None:
    made = adopt(archive)["adoption_id"]

    def other(_name: str) -> None:
        archive.clock.forward(leased_turns.LEASE.total_seconds())
        with patch.object(objects, "reach"):
            turns.work_on(archive.deps, made)

    with patch.object(objects, "reach", side_effect=[other(""), None]):
        turns.work_on(archive.deps, made)
    whole(archive, made)


def test_a_cancelled_adoption_stops_between_two_objects(archive: App) -> None:
    made = adopt(archive)["adoption_id"]
    with patch.object(objects, "reach", lambda _name: archive.client.delete(f"{ADOPTIONS}/{made}")):
        assert turns.work_on(archive.deps, made) == 2
    assert (counts(shown(archive, made)), len(files(archive))) == ({"state": "cancelled", "adopted": 1}, 1)


def test_an_adoption_resumes_after_a_failure_of_storage(archive: App) -> None:
    made = adopt(archive)["adoption_id"]
    head = archive.deps.storage.head

    def fails(at: Location) -> Any:
        if at.object_key == "05":
            raise StorageUnavailableError
        return head(at)

    with patch.object(archive.deps.storage, "head", fails):
        sweep(archive.deps)
        paused = shown(archive, made)
        assert (counts(paused), paused["problem"]) == (
            {"state": "running", "adopted": 5},
            "storage_unavailable: it is tried again",
        )
        assert sweep(archive.deps).adopted_objects == 0  # not before a pause
    archive.clock.forward(3600)
    sweep(archive.deps)
    whole(archive, made)


def test_an_unreadable_object_does_not_stop_the_others(archive: App) -> None:
    made = adopt(archive)["adoption_id"]
    head = archive.deps.storage.head

    def fails(at: Location) -> Any:
        if at.object_key == "05":
            raise StorageUnavailableError
        return head(at)

    with patch.object(archive.deps.storage, "head", fails):
        for _ in range(leased_turns.ATTEMPTS + 1):
            assert counts(shown(archive, made))["state"] == "running"
            turns.work_on(archive.deps, made)
            archive.clock.forward(leased_turns.MAX_RETRY.total_seconds())
    done = shown(archive, made)
    assert counts(done) == {"state": "done", "adopted": 9, "failed": 1}
    assert done["reasons"] == [{"key": "05", "reason": "storage_unavailable"}]


def test_a_refused_list_is_tried_again(archive: App) -> None:
    made = adopt(archive)["adoption_id"]
    refusal = StorageRefusedError("ListObjectsV2", "AccessDenied")
    with patch.object(archive.deps.storage, "objects_after", side_effect=refusal):
        turns.work_on(archive.deps, made)
    assert shown(archive, made)["problem"] == "storage_refused (AccessDenied): it is tried again"
    archive.clock.forward(3600)
    sweep(archive.deps)
    whole(archive, made)


def test_an_adoption_reports_objects_that_change_during_it(archive: App) -> None:
    """Between the list and the request for each object one is replaced, one deleted, and storage refuses one."""
    made = adopt(archive)["adoption_id"]
    head = archive.deps.storage.head

    def changed(at: Location) -> Any:
        if at.object_key == "02":
            put(archive, "02", b"longer")
        if at.object_key == "03":
            archive.s3.delete_object(Bucket=ARCHIVE, Key="03")
        if at.object_key == "04":
            raise StorageRefusedError("HeadObject", "AccessDenied")
        return head(at)

    with patch.object(archive.deps.storage, "head", changed):
        turns.work_on(archive.deps, made)
    done = shown(archive, made)
    assert counts(done) == {"state": "done", "adopted": 8, "skipped": 1, "failed": 1}
    assert done["reasons"] == [
        {"key": "03", "reason": candidates.GONE},
        {"key": "04", "reason": "storage_refused: AccessDenied"},
    ]
    assert (files(archive)["02"].size, "03" in files(archive)) == (6, False)
    swept(archive)
    assert set(verdicts(archive).values()) == {"clean"}
    assert counts(adopted(archive)) == {"state": "done", "adopted": 1, "unchanged": 8}


def test_two_adoptions_of_the_same_objects_make_each_file_once(archive: App) -> None:
    """The second one begins within the first: it finds the files of the first, or the first finds its."""
    first, second = (adopt(archive)["adoption_id"] for _ in range(2))
    rows, looked = objects.files_of_keys, []

    def stale(*args: Any) -> Any:
        if not looked:
            looked.append(True)
            found = rows(*args)
            turns.work_on(archive.deps, second)
            return found
        return rows(*args)

    with patch.object(objects, "files_of_keys", stale):
        turns.work_on(archive.deps, first)
    whole(archive, second)
    assert counts(shown(archive, first)) == {"state": "done", "unchanged": 10}


def test_an_adoption_waits_for_scans(archive: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING_AT_MOST", 4)
    made = adopt(archive)["adoption_id"]
    sweep(archive.deps)
    assert counts(shown(archive, made)) == {"state": "running", "adopted": 4}
    sweep(archive.deps)
    paused = shown(archive, made)
    assert (counts(paused), paused["problem"]) == ({"state": "running", "adopted": 4}, turns.SCANS_FIRST)
    for _ in range(3):
        swept(archive)
        archive.clock.forward(leased_turns.PAUSE.total_seconds())
    whole(archive, made)


def test_a_turn_ends_when_its_time_is_up(archive: App, monkeypatch: pytest.MonkeyPatch) -> None:
    made = adopt(archive)["adoption_id"]
    monkeypatch.setattr(objects, "reach", lambda _name: archive.clock.forward(leased_turns.TURN.total_seconds() / 3))
    assert [turns.work_on(archive.deps, made) for _ in range(5)] == [3, 3, 3, 1, 0]
    whole(archive, made)


def test_an_adoption_keeps_one_page_in_memory(archive: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PAGE", 3)
    most = 0

    def look(*_args: Any) -> None:
        nonlocal most
        alive = [each for each in gc.get_objects() if isinstance(each, ListedObject | File)]
        most = max(most, len(alive))

    made = adopt(archive)["adoption_id"]
    gc.collect()
    look()
    before, most = most, 0
    with patch.object(objects, "reach", look):
        turns.work_on(archive.deps, made)
    assert counts(shown(archive, made)) == {"state": "done", "adopted": 10}
    assert 0 < most - before <= 2 * leased_turns.PAGE + 1
    again = adopt(archive)["adoption_id"]
    with patch.object(archive.deps.storage, "head", side_effect=AssertionError):  # unchanged objects need no request
        turns.work_on(archive.deps, again)
    assert counts(shown(archive, again)) == {"state": "done", "unchanged": 10}


def test_an_adoption_waits_for_its_bucket_and_policy(archive: App) -> None:
    app = archive.with_settings(policies={"kept": {}})
    made = adopt(app, policy="kept")["adoption_id"]
    sweep(archive.with_settings(adopt_buckets=()).deps)
    assert shown(app, made)["problem"] == turns.NOT_LISTED
    archive.clock.forward(leased_turns.PAUSE.total_seconds())
    sweep(archive.deps)
    assert shown(app, made)["problem"].startswith("[policy] there is no policy 'kept'")
    archive.clock.forward(leased_turns.PAUSE.total_seconds())
    sweep(app.deps)
    whole(app, made)
    assert {file.policy for file in files(app).values()} == {"kept"}
