"""Decisions about many files: by filter, in turns of the sweeper, with failures and crashes in the middle."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Decision, File
from service.domain.decisions import turns
from service.domain.leased_work import rows
from service.domain.leased_work import turns as leased_turns
from service.domain.upkeep.sweep import sweep
from service.errors import StorageRefusedError, StorageUnavailableError
from tests.support.files.decisions import (
    BAD,
    DECISIONS,
    audits,
    bad_file,
    counts,
    decide,
    row,
    verdict,
)
from tests.support.service_under_test import App


def many(app: App, number: int, **completion: Any) -> list[str]:
    files = []
    for _ in range(number):
        app.clock.forward(1)
        files.append(str(app.ready(BAD, **completion)["id"]))
    app.clock.forward(1)
    return files


def test_a_dry_run_changes_nothing(app: App) -> None:
    files = many(app, 3)
    found = decide(app, "release", filter={"virus_scan_status": "infected"}, dry_run=True)
    assert (found["decision_id"], counts(found), found["is_exact"]) == (None, ("dry_run", 3, 0, 0, 0), True)
    assert found["file_ids"] == files[::-1]
    assert (app.count(Decision), verdict(app, files[0])) == (0, "infected")


def test_the_sweeper_decides_about_the_files_of_a_filter(app: App) -> None:
    files = many(app, 3)
    clean = str(app.ready()["id"])
    app.clock.forward(1)
    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    assert (counts(decision), app.queue.sweeps > 0) == (("running", 3, 0, 0, 0), True)
    app.clock.forward(1)
    later = many(app, 1)
    assert sweep(app.deps).decided_files == 3
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), found["filter"]) == (("done", 3, 3, 0, 0), {"virus_scan_status": "infected"})
    assert [verdict(app, each) for each in (*files, clean, *later)] == ["released"] * 3 + ["clean", "infected"]


def test_a_decision_continues_at_the_file_where_storage_failed(app: App) -> None:
    """The turn ends at the file that failed, and the next one begins with it: none is left out or decided twice."""
    files = many(app, 5)
    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    head, calls = app.deps.storage.head, []

    def fails_in_the_middle(at: Any) -> Any:
        calls.append(at)
        if len(calls) == 3:
            raise StorageUnavailableError
        return head(at)

    with patch.object(app.deps.storage, "head", fails_in_the_middle):
        sweep(app.deps)
        found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
        assert (counts(found), found["problem"]) == (("running", 5, 2, 0, 0), "storage_unavailable: it is tried again")
        sweep(app.deps)
        app.clock.forward(3600)
        sweep(app.deps)
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), found["problem"]) == (("done", 5, 5, 0, 0), None)
    for each in files:
        assert [action for _, action, _ in audits(app, each)].count("released") == 1


def test_a_file_that_storage_refuses_does_not_stop_the_others(app: App) -> None:
    files = many(app, 3)
    bad = row(app, files[1]).object_key
    head = app.deps.storage.head

    def refuses_one(at: Any) -> Any:
        if at.object_key == bad:
            raise StorageRefusedError("HeadObject", "AccessDenied")
        return head(at)

    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    with patch.object(app.deps.storage, "head", refuses_one):
        sweep(app.deps)
        found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
        assert found["problem"] == "storage_refused (AccessDenied): it is tried again"
        for _ in range(leased_turns.ATTEMPTS):
            app.clock.forward(3600)
            sweep(app.deps)
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), found["reasons"][0]["file_id"]) == (("done", 3, 2, 0, 1), files[1])


def test_a_decision_continues_after_a_crash_without_repeating_files(app: App) -> None:
    files = many(app, 4)
    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    with patch("service.domain.decisions.actions.reach", side_effect=[None, KeyboardInterrupt]):
        with pytest.raises(KeyboardInterrupt):
            sweep(app.deps)
    assert sweep(app.deps).decided_files == 0
    app.clock.forward(leased_turns.LEASE.total_seconds())
    assert sweep(app.deps).decided_files == 2
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert counts(found) == ("done", 4, 4, 0, 0)
    for each in files:
        assert [action for _, action, _ in audits(app, each)].count("released") == 1


def test_a_cancelled_decision_decides_no_further_file(app: App) -> None:
    many(app, 3)
    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    url = f"{DECISIONS}/{decision['decision_id']}"
    with patch("service.domain.decisions.actions.reach", lambda _name: app.client.delete(url)):
        sweep(app.deps)
    found = app.client.get(url).json["data"]
    assert counts(found) == ("cancelled", 3, 1, 0, 0)
    assert app.client.delete(url).status_code == 200
    with app.deps.db.read() as session:
        released = session.scalars(select(File.id).where(File.virus_scan_status == "released")).all()
    assert len(released) == 1


def test_bulk_rescans_wait_for_each_other(app: App) -> None:
    for _ in range(3):
        app.clock.forward(1)
        app.ready()
    app.clock.forward(1)
    decision = decide(app, "rescan", filter={"virus_scan_status": "clean"})
    with patch.object(turns, "WAITING_AT_MOST", 2):
        assert sweep(app.deps).decided_files == 2
        assert sweep(app.deps).decided_files == 0
        found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
        assert found["problem"] == "earlier scans that were requested come first"
        for file_id in list(app.queue.again):
            app.scan(file_id)
        app.clock.forward(leased_turns.PAUSE.total_seconds())
        assert sweep(app.deps).decided_files == 1


def test_the_sweeper_decides_about_more_files_than_a_request_can(app: App) -> None:
    file_id = bad_file(app)
    unknown = [f"9a7c1e52-0b3d-4c68-8f24-{number:012}" for number in range(100)]
    decision = decide(app, "release", *unknown, file_id)
    assert counts(decision) == ("running", 101, 0, 0, 0)
    sweep(app.deps)
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), len(found["reasons"])) == (("done", 101, 1, 100, 0), rows.KEPT_REASONS)
