"""Expiry of files by the policy or by a change, and legal holds, which prevent each deletion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import File, User
from service.domain.accounts import users_and_appointments
from service.domain.files import deletion
from service.domain.upkeep.sweep import sweep
from service.scanner import ScanFailedError
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.files.changed_files import NOT_FOUND, ON_HOLD, audits, change, hold
from tests.support.files.users import USERS, make_user
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.service.deliveries import rows
from tests.support.service.outcomes import outcome
from tests.support.service_under_test import FILE, App

DAY = 24 * 3600
POLICIES: dict[str, Any] = {"records": {"retention": 10 * DAY}, "drafts": {"retention": 60}}


@pytest.fixture
def kept(app: App) -> App:
    return app.with_settings(policies=POLICIES)


def ready(app: App, policy: str | None = None) -> str:
    """Upload a file; return its id."""
    opened = app.send(policy=policy)
    assert app.post("/upload/complete/", **app.completion(opened)).status_code == 200
    app.scan(opened["file_id"])
    return str(opened["file_id"])


def in_days(app: App, days: float) -> str:
    return (app.clock.now + timedelta(days=days)).isoformat().replace("+00:00", "Z")


def test_a_file_expires_after_its_policys_retention(kept: App) -> None:
    file_id, other = ready(kept, "records"), ready(kept)
    end = in_days(kept, 10)
    for shown in (kept.get(file_id), kept.status(file_id)):
        assert (shown.json["data"]["expires_at"], shown.json["data"]["legal_hold"]) == (end, False)
    assert kept.get(other).json["data"]["expires_at"] is None
    kept.clock.forward(10 * DAY - 1)
    assert (sweep(kept.deps).expired_files, kept.count(File)) == (0, 2)
    kept.clock.forward(1)
    report = sweep(kept.deps)
    assert (report.expired_files, report.removed, report.errors, kept.count(File)) == (1, 3, [], 1)
    assert outcome(kept.get(file_id)) == NOT_FOUND
    assert len(kept.keys("longshore-private")) == 1
    assert audits(kept) == [("expired", None)]


def test_an_expired_file_sends_a_webhook(kept: App) -> None:
    hooked = kept.with_settings(webhooks=("https://app.example/hook",), webhook_secret="w" * 32)
    file_id = ready(hooked, "drafts")
    hooked.clock.forward(60)
    sweep(hooked.deps)
    last = rows(hooked)[-1]
    assert (last.event, last.payload["data"]["file"]["id"]) == ("file.expired", file_id)


def test_no_link_outlives_its_file(kept: App) -> None:
    file_id = ready(kept, "drafts")
    kept.clock.forward(50)
    link = kept.get(file_id).json["data"]
    assert link["download_expires_at"] <= link["expires_at"]
    assert "X-Amz-Expires=10&" in link["download_url"]
    kept.clock.forward(10)
    assert kept.get(file_id).json["data"]["download_url"] is None, "until the next sweep, too"
    assert outcome(kept.client.get(f"{FILE}/content/{file_id}")) == (410, failure("file_gone"))


def test_a_process_with_a_wrong_clock_deletes_no_file(app: App) -> None:
    file_id = ready(app)
    really = datetime.now(UTC)
    app.clock.now = really
    assert change(app, file_id, expires_at=in_days(app, 1)).status_code == 200
    app.clock.now = really + timedelta(days=400)
    assert (sweep(app.deps).expired_files, app.count(File)) == (0, 1)
    with patch.object(deletion, "database_time", return_value=app.clock.now):
        assert (sweep(app.deps).expired_files, app.count(File)) == (1, 0)


def test_the_sweeper_deletes_in_batches_and_skips_files_on_hold(kept: App) -> None:
    ids = [ready(kept, "drafts") for _ in range(3)]
    kept.clock.forward(60)
    hold(kept, ids[1])
    with patch("service.domain.upkeep.sweep.EXPIRED_AT_ONCE", 1):
        report = sweep(kept.deps)
    assert (report.expired_files, report.errors, kept.count(File)) == (2, [], 1)
    assert sweep(kept.deps).expired_files == 0
    hold(kept, ids[1], on=False)
    assert (sweep(kept.deps).expired_files, kept.count(File)) == (1, 0)


@pytest.mark.parametrize("what", [{"expires_at": None}, {"legal_hold": True, "reason": "case 4711"}])
def test_a_change_just_before_the_deletion_keeps_an_expired_file(app: App, what: dict[str, Any]) -> None:
    file_id = ready(app)
    change(app, file_id, expires_at=in_days(app, 1))
    app.clock.forward(DAY)
    found, now = deletion.files_to_expire(app.deps, 10)
    change(app, file_id, **what)
    assert (found, deletion.expire_files(app.deps, found, now), app.count(File)) == ([file_id], 0, 1)


def test_an_expiry_can_be_changed(app: App) -> None:
    file_id = ready(app)
    later = in_days(app, 2)
    changed = change(app, file_id, expires_at=later, reason="the project ended").json["data"]
    assert (changed["expires_at"], changed["version"]) == (later, 2)
    assert change(app, file_id, expires_at=None).json["data"]["expires_at"] is None
    assert audits(app) == [
        ("changed", "expires_at: the project ended"),
        ("changed", "expires_at"),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "[expires_at] is in the past; delete the file instead"),
        ({"expires_at": "2030-01-01"}, "[expires_at] Not a valid aware datetime."),
        ({"expires_at": 5}, "[expires_at] Not a valid datetime."),
        ({"legal_hold": True}, "[reason] is missing: a legal hold is set and lifted for a reason"),
        ({"legal_hold": None, "reason": "x"}, "[legal_hold] Field may not be null."),
        ({"legal_hold": "yes", "reason": "x"}, "[legal_hold] Not a valid boolean."),
        ({"legal_hold": True, "reason": "x" * 401}, "[reason] Length must be between 1 and 400."),
    ],
)
def test_an_invalid_expiry_or_hold_is_refused(app: App, body: dict[str, Any], reason: str) -> None:
    file_id = ready(app)
    assert outcome(change(app, file_id, **body)) == (422, failure("invalid_body", reason))
    assert app.get(file_id).json["data"]["version"] == 1


@pytest.mark.parametrize(("text", "hold"), [("true", True), ("false", False)])
def test_a_form_sets_a_hold_too(app: App, text: str, hold: bool) -> None:
    file_id = ready(app)
    form = {"legal_hold": text, "reason": "case 4711"}
    answer = app.client.patch(f"{FILE}/{file_id}", data=form)
    assert (answer.status_code, answer.json["data"]["legal_hold"]) == (200, hold)


def test_keeping_a_file_beyond_its_retention_requires_the_scope_admin(kept: App) -> None:
    locked = kept.with_settings(login="on")
    ann, operator = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    file_id = ready(ann, "records")
    end = in_days(kept, 10)
    latest = end.replace("Z", "+00:00")
    refusal = f"[expires_at] can be {latest} at the latest without the scope `admin`"
    for wish in (in_days(kept, 11), None):
        assert outcome(change(ann, file_id, expires_at=wish)) == (
            422,
            failure("policy_refused", refusal, policy="records", rule="retention"),
        )
    assert [change(ann, file_id, expires_at=in_days(kept, days)).status_code for days in (1, 10)] == [200, 200]
    assert change(operator, file_id, expires_at=in_days(kept, 11)).status_code == 200


def test_setting_and_lifting_a_hold_requires_the_scope_admin(app: App) -> None:
    locked = app.with_settings(login="on")
    ann, operator = login(locked, "ann"), login(locked, "root", Scope.ADMIN)
    file_id = ready(ann)
    for wish in (True, False):
        refused = change(ann, file_id, legal_hold=wish, reason="mine")
        assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    hold(operator, file_id)
    assert ann.get(file_id).json["data"]["legal_hold"] is True
    assert outcome(ann.client.delete(f"{FILE}/{file_id}")) == ON_HOLD
    assert change(ann, file_id, filename="later.txt").status_code == 200
    hold(operator, file_id, on=False)
    assert ann.client.delete(f"{FILE}/{file_id}").status_code == 200
    assert audits(app) == [
        ("hold_set", "case 4711"),
        ("changed", "filename"),
        ("hold_lifted", "case 4711"),
        ("deleted", None),
    ]


@pytest.mark.parametrize("path", ["file", "user"])
def test_deleting_a_file_on_hold_or_its_user_is_refused(app: App, path: str) -> None:
    user = make_user(app)
    on_hold, other = (app.ready(body, user_id=user)["id"] for body in (b"one", b"two"))
    hold(app, on_hold)
    with patch.object(users_and_appointments, "SLICE", 1):
        answer = app.client.delete(f"{FILE}/{on_hold}" if path == "file" else f"{USERS}{user}")
    assert outcome(answer) == ON_HOLD
    assert (app.count(File), app.count(User), app.stored(other)) == (2, 1, b"two")


def test_a_hold_keeps_an_infected_object(app: App) -> None:
    strict = app.with_settings(infected_policy="delete")
    file = strict.upload(SIGNATURE)
    hold(strict, file["id"])
    assert strict.scan(file["id"]) == "infected"
    assert strict.get(file["id"]).json["data"]["is_quarantined"] is True
    assert len(strict.keys("longshore-private")) == 1


def test_a_hold_during_the_scan_keeps_an_infected_object(app: App) -> None:
    strict = app.with_settings(infected_policy="delete")
    file = strict.upload(SIGNATURE)
    scans = strict.deps.scanner.scan
    with patch.object(
        strict.deps.scanner, "scan", lambda *args, **kw: (hold(strict, file["id"]), scans(*args, **kw))[1]
    ):
        with pytest.raises(ScanFailedError, match="put on hold"):
            strict.scan(file["id"])
    assert strict.scan(file["id"]) == "infected"
    assert len(strict.keys("longshore-private")) == 1


@pytest.mark.parametrize("value", [0, 1, "yes", None])
def test_a_hold_that_is_not_a_boolean_is_refused(app: App, value: object) -> None:
    answer = change(app, ready(app), legal_hold=value, reason="case 4711")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")
