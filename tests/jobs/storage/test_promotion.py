"""S3_PUBLIC_BASE_URL is set later, or removed: the moves of files, and their links meanwhile."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
import requests

from service.db.models import File, PendingDeletion
from service.domain.scanning import promotion
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.promotion import PAUSE, REST
from service.domain.upkeep.sweep import sweep
from service.errors import QueueUnavailableError, StorageRefusedError, StorageUnavailableError
from service.values import ScanVerdict
from tests.support.fakes import SIGNATURE
from tests.support.files.stored_files import overwrite, row
from tests.support.service_under_test import App, rebuilt

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
CREDENTIAL, HEADER = {"pin": "1"}, {"X-File-Credential": '{"pin": "1"}'}


def key_of(file: dict[str, Any]) -> str:
    return str(file["path"].rpartition("/")[2])


def link(app: App, file: dict[str, Any]) -> Any:
    return app.get(file["id"], headers=HEADER).json["data"]["download_url"]


def is_plain(app: App, file: dict[str, Any]) -> bool:
    return str(link(app, file)) == f"https://cdn.example/{key_of(file)}"


def work(app: App) -> list[str]:
    """Run the queued jobs."""
    return sorted(app.scan(file_id) for file_id, state in list(app.queue.jobs.items()) if state == "queued")


def promote_all(app: App) -> tuple[int, list[str]]:
    """A sweep an hour later, and the jobs that it queued."""
    app.clock.forward(REST.total_seconds())
    return sweep(app.deps).queued_promotions, work(app)


def test_adding_the_setting_promotes_clean_public_files(app: App) -> None:
    """Each file is served all the time; only clean public ones move."""
    released = app.with_settings(unscannable_policy="release")
    clean, odd, private = app.ready(), released.ready(b"x" * 1025), app.ready(credential=CREDENTIAL)
    infected, waiting = app.ready(SIGNATURE), app.upload()
    app.queue.jobs.clear()
    public = released.published()
    for file in (clean, odd, private):
        assert requests.get(link(public, file), timeout=10).ok
    assert promote_all(public) == (2, ["clean", "promoted", "promoted"])
    assert [is_plain(public, file) for file in (clean, odd, private)] == [True, True, False]
    assert requests.get(link(public, private), timeout=10).content == b"hello"
    assert (link(public, infected), is_plain(public, waiting)) == (None, True)
    assert app.keys(PUBLIC) == sorted(map(key_of, (clean, odd, waiting)))
    assert app.keys(PRIVATE) == sorted([key_of(private), f"quarantine/{key_of(infected)}"])
    head = app.s3.head_object(Bucket=PUBLIC, Key=key_of(clean))
    assert (head["ContentType"], head["ContentDisposition"]) == ("text/plain", 'inline; filename="hello.txt"')
    assert (promote_all(public), app.count(PendingDeletion)) == ((0, []), 0)


def test_removing_the_setting_signs_links_and_moves_no_object(app: App) -> None:
    """Links are signed again, from wherever the objects are; nothing is copied back."""
    public = app.published()
    moved, private = public.ready(), public.ready(credential=CREDENTIAL)
    app.scanner.signatures = "2"
    assert promote_all(app) == (0, ["clean", "clean"])
    for file in (moved, private, app.ready()):
        assert requests.get(link(app, file), timeout=10).content == b"hello"
    assert (app.keys(PUBLIC), len(app.keys(PRIVATE))) == ([key_of(moved)], 2)
    assert app.client.delete(f"/api/v1/file/{moved['id']}").status_code == 200
    assert app.keys(PUBLIC) == []


def test_the_number_of_waiting_promotions_is_limited(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "WAITING_AT_MOST", 2)
    monkeypatch.setattr(promotion, "PAGE", 3)
    public = app.published()
    for _ in range(5):
        app.ready()
    queued = []
    for jobs_run in (False, True, True, True, True):
        app.clock.forward(PAUSE.total_seconds())
        queued.append(sweep(public.deps).queued_promotions)
        if jobs_run:
            work(public)
    assert (queued, len(app.keys(PUBLIC))) == ([2, 0, 2, 1, 0], 5)


def test_a_rescan_promotes_a_file(app: App) -> None:
    file = app.ready()
    app.scanner.signatures = "2"
    sweep(app.deps)
    public = app.published()
    assert work(public) == ["clean"]
    assert (is_plain(public, file), app.keys(PRIVATE)) == (True, [])


def dies_after_its_copy(app: App) -> dict[str, Any]:
    """A file whose promotion died after its copy; its job is lost."""
    file = app.ready(b"x" * 1025) if app.deps.settings.unscannable_policy == "release" else app.ready()
    with patch.object(promotion, "_record", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        app.published().scan(file["id"])
    assert (app.keys(PUBLIC), app.keys(PRIVATE)) == ([key_of(file)], [key_of(file)])
    return file


@pytest.mark.parametrize("policy", ["hold", "release"], ids=["scanned again", "not scannable"])
@pytest.mark.parametrize("removed", [False, True], ids=["the setting stays", "the setting is removed"])
def test_an_interrupted_promotion_is_finished(app: App, policy: str, removed: bool) -> None:
    """A copy is never left without a row, whatever the settings are by then."""
    app = app.with_settings(unscannable_policy=policy)
    file = dies_after_its_copy(app)
    now = app if removed else app.published()
    assert (row(app, file["id"]).bucket, sweep(now.deps).queued_promotions) == (PRIVATE, 0)
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(now.deps).queued_scans == 1
    assert work(now) == ["clean" if policy == "hold" else "promoted"]
    assert (app.keys(PUBLIC), app.keys(PRIVATE)) == ([key_of(file)], [])
    assert is_plain(now, file) is not removed
    assert requests.get(link(app, file), timeout=10).ok
    assert promote_all(now) == (0, [])


def test_a_claim_without_a_copy_ends_after_the_setting_is_removed(app: App) -> None:
    app = app.with_settings(unscannable_policy="release")
    file = app.ready(b"x" * 1025)
    with patch.object(app.deps.storage, "copy", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        app.published().scan(file["id"])
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert (sweep(app.deps).queued_scans, work(app)) == (1, ["nothing to promote"])
    after = row(app, file["id"])
    assert (after.bucket, after.scan_due_at, after.scan_token) == (PRIVATE, None, None)
    assert (app.keys(PUBLIC), app.keys(PRIVATE)) == ([], [key_of(file)])


def test_the_public_copy_of_an_infected_file_is_deleted(app: App) -> None:
    """The copy of an interrupted promotion is in a bucket that may be public."""
    file = dies_after_its_copy(app)
    app.scanner.says = ScanVerdict("infected", "New-Virus")
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert (sweep(app.deps).queued_scans, work(app)) == (1, ["infected"])
    assert (app.keys(PUBLIC), app.keys(PRIVATE)) == ([], [f"quarantine/{key_of(file)}"])


@pytest.mark.parametrize("change", ["deleted", "blocked", "claimed"])
def test_a_promotion_does_not_overwrite_concurrent_changes(app: App, change: str) -> None:
    file, public = app.ready(), app.published()
    copy = app.deps.storage.copy

    def meanwhile(*args: Any) -> str:
        made = copy(*args)
        if change == "deleted":
            with app.deps.db.write() as session:
                session.delete(session.get_one(File, file["id"]))
        else:
            with app.deps.db.write() as session:
                now = session.get_one(File, file["id"])
                now.scan_token = "another"
                now.quarantine_reason = "why" if change == "blocked" else None
        return made

    with patch.object(app.deps.storage, "copy", meanwhile):
        assert public.scan(file["id"]) == "nothing to promote"
    # the worker with the claim overwrites the copy
    assert app.keys(PUBLIC) == ([key_of(file)] if change == "claimed" else [])
    assert app.keys(PRIVATE) == [key_of(file)]


def test_a_replaced_object_is_not_promoted(app: App) -> None:
    file = app.ready()
    overwrite(app, file)
    assert app.published().scan(file["id"]) == "quarantined"
    assert (app.keys(PUBLIC), app.keys(PRIVATE)) == ([], [f"quarantine/{key_of(file)}"])


@pytest.mark.parametrize("error", [StorageUnavailableError(), StorageRefusedError("CopyObject", "QuotaExceeded")])
def test_a_failed_copy_leaves_the_file_served_and_is_retried(app: App, error: Exception) -> None:
    """The copy is retried at growing intervals."""
    file, public = app.ready(), app.published()
    with patch.object(app.deps.storage, "copy", side_effect=error) as mocked:
        with pytest.raises(type(error)):
            public.scan(file["id"])
        for _ in range(48):
            app.clock.forward(1800)
            sweep(public.deps)
            if app.queue.jobs[file["id"]] == "queued":
                with pytest.raises(type(error)):
                    public.scan(file["id"])
    assert 4 < mocked.call_count < 16
    assert requests.get(link(public, file), timeout=10).content == b"hello"
    app.clock.forward(24 * 3600)
    sweep(public.deps)
    assert (work(public), is_plain(public, file)) == (["clean"], True)


def test_promotions_are_retried_after_an_outage_of_queue_or_storage(app: App) -> None:
    app.ready()
    public = app.published()
    with patch.object(app.queue, "backlogs", side_effect=QueueUnavailableError):
        assert "sweep.promotions: queue_unavailable" in sweep(public.deps).errors
    app.clock.forward(REST.total_seconds())
    assert "sweep.promotions: storage_unavailable" in sweep(public.without_storage().deps).errors
    assert promote_all(public) == (1, ["promoted"])


def test_two_workers_promote_a_file_once(app: App) -> None:
    file, public = app.ready(), app.published()
    copy = app.deps.storage.copy

    def and_another_is_faster(*args: Any) -> str:
        made = copy(*args)
        with patch.object(app.deps.storage, "copy", copy):
            assert rebuilt(public, scanner=None).scan(file["id"]) == "promoted"
        return made

    with patch.object(app.deps.storage, "copy", and_another_is_faster):
        assert public.scan(file["id"]) == "nothing to promote"
    assert (app.keys(PUBLIC), app.keys(PRIVATE), is_plain(public, file)) == ([key_of(file)], [], True)
