"""Operators' decisions over HTTP: each action, what is skipped, new signatures, approval by two."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest
import requests
from sqlalchemy import select, update

from service.db.models import Delivery, File
from service.domain.decisions import actions
from service.domain.upkeep.sweep import sweep
from service.errors import StorageUnavailableError
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.files.decisions import (
    BAD,
    DECISIONS,
    WHY,
    audits,
    bad_file,
    counts,
    decide,
    place,
    reasons,
    row,
    shown,
    verdict,
)
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure
from tests.support.service_under_test import App, rebuilt


def test_a_released_file_can_be_downloaded(olivia: App) -> None:
    file_id = bad_file(olivia)
    assert decide(olivia, "release", file_id) == {
        "decision_id": AN_ID,
        "action": "release",
        "state": "done",
        "reason": WHY,
        "filter": None,
        "file_ids": [file_id],
        "matched": 1,
        "is_exact": True,
        "done": 1,
        "skipped": 0,
        "failed": 0,
        "reasons": [],
        "problem": None,
        "created_by": "olivia",
        "created_at": A_TIME,
        "approved_by": None,
        "approved_at": None,
        "ended_at": A_TIME,
    }
    file = shown(olivia, file_id)
    decision = {"action": "release", "by": "olivia", "at": A_TIME, "reason": WHY}
    assert (file["virus_scan_status"], file["virus_scan_result"], file["is_quarantined"], file["decision"]) == (
        "released",
        "Fake-Virus",
        False,
        decision,
    )
    assert requests.get(file["download_url"], timeout=10).content == BAD
    status = olivia.status(file_id).json["data"]
    assert (status["status"], status["stage"], status["virus_scan_status"], status["decision"]) == (
        "SUCCESS",
        "ready",
        "released",
        decision,
    )
    assert audits(olivia, file_id)[-1] == ("olivia", "released", WHY)


def test_a_blocked_file_is_withdrawn_and_moved_into_quarantine(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    link = shown(olivia, file_id)["download_url"]
    assert counts(decide(olivia, "block", file_id)) == ("done", 1, 1, 0, 0)
    file = shown(olivia, file_id)
    assert (file["virus_scan_status"], file["is_quarantined"], file["quarantine_reason"], file["download_url"]) == (
        "blocked",
        True,
        WHY,
        None,
    )
    assert file["decision"] == {"action": "block", "by": "olivia", "at": A_TIME, "reason": WHY}
    status = olivia.status(file_id).json["data"]
    assert (status["status"], status["stage"]) == ("FAILURE", "quarantined")
    assert sweep(olivia.deps).queued_scans == 1
    assert olivia.scan(file_id) == "quarantined"
    sweep(olivia.deps)
    assert not requests.get(link, timeout=10).ok
    olivia.scanner.signatures = "2"
    assert sweep(olivia.deps).rescans == 0


def test_a_blocked_file_can_be_rescanned_and_served_again(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    decide(olivia, "block", file_id)
    assert reasons(decide(olivia, "release", file_id)) == [actions.MOVING]
    olivia.scan(file_id)
    sweep(olivia.deps)
    assert counts(decide(olivia, "rescan", file_id, reason=None)) == ("done", 1, 1, 0, 0)
    file = shown(olivia, file_id)
    assert (file["virus_scan_status"], file["download_url"], file["decision"]) == ("pending", None, None)
    sweep(olivia.deps)
    assert olivia.queue.again == {file_id}
    assert olivia.scan(file_id) == "clean"
    assert requests.get(shown(olivia, file_id)["download_url"], timeout=10).content == b"hello"
    assert olivia.keys("longshore-private") == [row(olivia, file_id).object_key]


def test_a_requested_rescan_runs_even_if_rescan_batch_is_zero(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    decide(olivia, "rescan", file_id)
    olivia.queue.jobs.clear()
    few = olivia.with_settings(rescan_batch=0)
    assert (sweep(few.deps).queued_scans, olivia.queue.again) == (1, {file_id})
    assert shown(olivia, file_id)["download_url"] is not None
    assert olivia.scan(file_id) == "clean"
    assert (row(olivia, file_id).scan_due_at, row(olivia, file_id).scan_generation) == (None, 1)


def test_a_delete_skips_a_file_on_legal_hold(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    on_hold = str(olivia.ready()["id"])
    with olivia.deps.db.write() as session:
        session.execute(update(File).where(File.id == on_hold).values(legal_hold=True))
    found = decide(olivia, "delete", file_id, on_hold, file_id, reason=None)
    assert (counts(found), reasons(found)) == (("done", 2, 1, 1, 0), [actions.ON_HOLD])
    assert olivia.get(file_id).status_code == 404
    assert verdict(olivia, on_hold) == "clean"
    assert audits(olivia, file_id)[-1] == ("olivia", "deleted", None)


@pytest.mark.parametrize(
    ("action", "make", "reason"),
    [
        ("release", lambda app: app.ready()["id"], actions.SERVED),
        ("release", lambda app: app.upload()["id"], actions.NOT_SCANNED),
        ("rescan", lambda app: app.upload()["id"], actions.NOT_SCANNED),
        ("block", bad_file, actions.BLOCKED),
        ("release", lambda _: "9a7c1e52-0b3d-4c68-8f24-5d1e7b90a3c6", actions.GONE),
        ("delete", lambda _: "no id at all", actions.GONE),
    ],
)
def test_a_file_in_the_wrong_state_is_skipped(app: App, action: str, make: Callable[[App], str], reason: str) -> None:
    found = decide(app, action, make(app))
    assert (counts(found), reasons(found)) == (("done", 1, 0, 1, 0), [reason])


def test_an_object_that_is_not_the_uploaded_one_is_never_released(app: App) -> None:
    missing, changed = bad_file(app), bad_file(app)
    at = {
        file_id: {"Bucket": row(app, file_id).bucket, "Key": row(app, file_id).object_key}
        for file_id in (missing, changed)
    }
    app.s3.delete_object(**at[missing])
    app.s3.put_object(**at[changed], Body=b"another object")
    for action in ("release", "rescan"):
        found = decide(app, action, missing, changed)
        assert (found["done"], reasons(found)) == (0, [actions.NO_OBJECT, actions.REPLACED])


def test_an_object_that_was_replaced_before_its_move_is_never_released(app: App) -> None:
    file = app.upload(BAD)
    with patch("service.domain.scanning.verdicts.move_into_quarantine"):
        app.scan(file["id"])
    app.s3.put_object(**place(app, file["id"]), Body=b"another object")
    assert app.scan(file["id"]) == "quarantined"
    for action in ("release", "rescan"):
        assert reasons(decide(app, action, file["id"])) == [actions.REPLACED]


def test_a_rescan_needs_a_scanner(app: App) -> None:
    file_id = bad_file(app)
    off = rebuilt(app, scanner=None)
    assert reasons(decide(off, "rescan", file_id)) == [actions.SCANNING_OFF]
    decide(app, "rescan", file_id)
    with pytest.raises(Exception, match="scanning is off"):
        off.scan(file_id)
    assert verdict(app, file_id) == "error"


@pytest.mark.parametrize(
    ("says", "status", "by"),
    [
        (ScanVerdict("infected", "Fake-Virus"), "released", "anonymous"),
        (ScanVerdict("infected", "Another-Virus"), "infected", None),
        (ScanVerdict("unscannable", "encrypted: x"), "unscannable", None),
        (ScanVerdict("clean"), "clean", None),
    ],
    ids=["the same", "another", "unscannable", "clean"],
)
@pytest.mark.parametrize("credential", [None, {"pin": "1"}], ids=["public", "private"])
def test_a_released_file_is_scanned_again_with_new_signatures(
    app: App, says: ScanVerdict, status: str, by: str | None, credential: dict[str, str] | None
) -> None:
    file_id = str(app.ready(BAD, credential=credential)["id"])
    decide(app, "release", file_id)
    assert sweep(app.deps).rescans == 0
    app.scanner.signatures, app.scanner.says = "2", says
    assert sweep(app.deps).rescans == 1
    assert app.scan(file_id) == status
    now = row(app, file_id)
    assert (now.virus_scan_status, now.decided_by, now.quarantine_reason is None) == (
        status,
        by,
        status in {"released", "clean"},
    )
    sweep(app.deps)
    assert app.stored(file_id) == BAD
    if status == "infected":
        app.scan(file_id)
        assert row(app, file_id).object_key.startswith("quarantine/")


def test_a_released_file_stays_released_if_a_rescan_fails(app: App) -> None:
    """Its verdict changes only when a scan has read its bytes."""
    file_id = bad_file(app)
    decide(app, "release", file_id)
    app.scanner.signatures = "2"
    sweep(app.deps)
    app.scanner.down = True
    with pytest.raises(Exception, match="cannot be reached"):
        app.scan(file_id)
    assert verdict(app, file_id) == "released"
    app.scanner.down = False
    with pytest.raises(StorageUnavailableError):
        app.without_storage().scan(file_id)
    assert verdict(app, file_id) == "released"


def test_events_contain_the_operator_the_time_and_the_reason(app: App) -> None:
    hooked = app.with_settings(webhooks=("https://hook.example/",), webhook_secret="whsec_" + "c2VjcmV0" * 4)
    file_id = bad_file(hooked)
    decide(hooked, "release", file_id)
    decide(hooked, "block", file_id)
    with hooked.deps.db.read() as session:
        sent = {each.event: each.payload["data"]["file"] for each in session.scalars(select(Delivery))}
    expected = {"by": "anonymous", "at": A_TIME, "reason": WHY}
    assert sent["file.released"]["decision"] == {"action": "release"} | expected
    assert sent["file.blocked"]["decision"] == {"action": "block"} | expected
    assert sent["file.released"]["virus_scan_status"] == "released"


def test_a_release_waits_for_a_second_person(secured: App, olivia: App) -> None:
    file_id = bad_file(olivia)
    strict = secured.with_settings(release_approval="on")
    first, second = (login(strict, name, Scope.ADMIN) for name in ("olivia", "ben"))
    decision = decide(first, "release", file_id)
    url = f"{DECISIONS}/{decision['decision_id']}/approve"
    assert (decision["state"], sweep(first.deps).decided_files) == ("waiting", 0)
    alone = first.client.post(url)
    assert (alone.status_code, alone.json) == (403, failure("second_person_required"))
    approved = second.client.post(url).json["data"]
    assert (counts(approved), approved["approved_by"]) == (("done", 1, 1, 0, 0), "ben")
    assert (verdict(first, file_id), shown(first, file_id)["decision"]["by"]) == ("released", "olivia")
    assert second.client.post(url).status_code == 200
    assert first.client.post(url).json == failure("decision_ended")
    assert [action for _, action, _ in audits(first, decision["decision_id"])] == [
        "decision_created",
        "decision_approved",
    ]
    assert decide(first, "block", file_id)["state"] == "done"
