"""The allow-list: files that an entry releases, the end of an entry, and its approval."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Audit, File
from service.domain.scanning.allowed import release_by_allowlist
from service.domain.upkeep.sweep import sweep
from service.scanner import ScanFailedError
from service.values.access.caller import Scope
from tests.support.files.allowlist import ALLOWLIST, BAD, BY_SIGNATURE, WHY, allow
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure, success
from tests.support.service_under_test import App, rebuilt

IN_THE_PAST = "is in the past: the entry would have no effect"
BY_HASH = {"kind": "sha256", "value": hashlib.sha256(BAD).hexdigest().upper()}


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id)


@pytest.mark.parametrize("entry", [BY_SIGNATURE, BY_HASH], ids=["signature", "sha256"])
def test_an_entry_releases_an_infected_file(app: App, entry: dict[str, str]) -> None:
    added = allow(app, **entry)
    value = entry["value"] if entry is BY_SIGNATURE else entry["value"].lower()
    assert added == {
        "entry_id": AN_ID,
        "kind": entry["kind"],
        "value": value,
        "reason": WHY,
        "state": "active",
        "created_by": "anonymous",
        "created_at": A_TIME,
        "approved_by": None,
        "approved_at": None,
        "ends_at": None,
        "removed_at": None,
    }
    assert app.client.get(ALLOWLIST).json == success({"items": [added], "next_cursor": None})
    file_id = str(app.upload(BAD)["id"])
    assert app.scan(file_id) == "released"
    file = app.get(file_id).json["data"]
    reason = f"Allow-list ({entry['kind']} {value}): {WHY}"
    assert (file["virus_scan_status"], file["virus_scan_result"], file["download_url"] is None) == (
        "released",
        "Fake-Virus",
        False,
    )
    assert file["decision"] == {"action": "release", "by": "anonymous", "at": A_TIME, "reason": reason}
    with app.deps.db.read() as session:
        entries = session.scalars(select(Audit).where(Audit.target_id == file_id)).all()
    assert [(each.actor, each.action, each.reason) for each in entries] == [("scanner", "released", reason)]


@pytest.mark.parametrize(
    "entry",
    [{"kind": "signature", "value": "Fake"}, {"kind": "sha256", "value": hashlib.sha256(b"x").hexdigest()}],
    ids=["another signature", "another file"],
)
def test_an_entry_does_not_release_other_files(app: App, entry: dict[str, str]) -> None:
    allow(app, **entry)
    assert app.scan(app.upload(BAD)["id"]) == "infected"
    assert app.scan(app.upload()["id"]) == "clean"


def test_a_listed_hash_changes_only_the_verdict_infected(app: App) -> None:
    allow(app, kind="sha256", value=hashlib.sha256(b"hello").hexdigest())
    assert app.scan(app.upload()["id"]) == "clean"
    assert app.scan(app.upload(b"x" * 1025)["id"]) == "unscannable"


@pytest.mark.parametrize("how", ["removed", "ended"])
def test_files_are_scanned_again_after_the_end_of_their_entry(app: App, how: str) -> None:
    entry = allow(app, **BY_SIGNATURE, **({"ends_at": "2026-01-02T04:00:00Z"} if how == "ended" else {}))
    file_id = str(app.ready(BAD)["id"])
    assert sweep(app.deps).reopened_files == 0
    if how == "removed":
        for _ in range(2):
            answer = app.client.delete(f"{ALLOWLIST}/{entry['entry_id']}")
            assert (answer.status_code, answer.json["data"]["state"]) == (200, "ended")
    else:
        app.clock.forward(3600)
    assert (sweep(app.deps).reopened_files, app.queue.again) == (1, {file_id})
    assert app.get(file_id).json["data"]["download_url"] is None
    assert app.scan(file_id) == "infected"
    assert (row(app, file_id).decided_by, row(app, file_id).allowlist_id) == (None, None)
    assert sweep(app.deps).reopened_files == 0


def test_a_scan_fails_if_its_entry_ends_meanwhile(app: App) -> None:
    entry = allow(app, **BY_SIGNATURE)
    file_id = str(app.upload(BAD)["id"])

    def and_remove(*args: Any) -> Any:
        found = release_by_allowlist(*args)
        assert app.client.delete(f"{ALLOWLIST}/{entry['entry_id']}").status_code == 200
        return found

    with patch("service.domain.scanning.verdicts.release_by_allowlist", and_remove):
        with pytest.raises(ScanFailedError, match="ended during the scan"):
            app.scan(file_id)
    app.clock.forward(60)
    assert app.scan(file_id) == "infected"


def test_a_listed_signature_does_not_change_a_decision(app: App) -> None:
    file_id = str(app.ready(BAD)["id"])
    body = {"action": "release", "file_ids": [file_id], "reason": "It is mine."}
    assert app.client.post("/api/v1/admin/decisions", json=body).status_code == 201
    entry = allow(app, **BY_SIGNATURE)
    app.scanner.signatures = "2"
    sweep(app.deps)
    assert app.scan(file_id) == "released"
    assert app.client.delete(f"{ALLOWLIST}/{entry['entry_id']}").status_code == 200
    assert sweep(app.deps).reopened_files == 0
    assert row(app, file_id).decision_reason == "It is mine."


def test_an_entry_waits_for_a_second_person(app: App) -> None:
    settings = replace(app.deps.settings, login="on", release_approval="on")
    secured = rebuilt(app, settings=settings)
    olivia, ben = (login(secured, name, Scope.ADMIN) for name in ("olivia", "ben"))
    entry = allow(olivia, **BY_SIGNATURE)
    assert entry["state"] == "waiting"
    assert app.scan(app.upload(BAD)["id"]) == "infected"
    url = f"{ALLOWLIST}/{entry['entry_id']}/approve"
    assert olivia.client.post(url).json == failure("second_person_required")
    assert ben.client.post(url).json["data"]["state"] == "active"
    assert app.scan(app.upload(BAD)["id"]) == "released"
    ben.client.delete(f"{ALLOWLIST}/{entry['entry_id']}")
    assert ben.client.post(url).json == failure("allowlist_entry_ended")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"kind": "sha256", "value": "abc"}, "[value] is not a SHA-256 in hex, of 64 characters"),
        (
            BY_SIGNATURE | {"ends_at": "2026-01-01T00:00:00Z"},
            f"[ends_at] {IN_THE_PAST}",
        ),
        (BY_SIGNATURE | {"reason": ""}, "[reason] Length must be between 1 and 400."),
    ],
)
def test_invalid_entries_are_refused(app: App, body: dict[str, str], error: str) -> None:
    answer = app.client.post(ALLOWLIST, json={"reason": WHY} | body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", error))


def test_unknown_entries_are_not_found(app: App) -> None:
    unknown = f"{ALLOWLIST}/9a7c1e52-0b3d-4c68-8f24-5d1e7b90a3c6"
    for answer in (app.client.delete(unknown), app.client.post(f"{unknown}/approve")):
        assert (answer.status_code, answer.json) == (404, failure("allowlist_entry_not_found"))
