"""Decisions about a file that changes at the same moment: which change wins, and no file is published by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest

from service.domain.decisions import actions
from service.domain.upkeep.sweep import sweep
from service.values import ScanVerdict
from tests.support.files.decisions import (
    BAD,
    audits,
    bad_file,
    counts,
    decide,
    reasons,
    row,
    shown,
    verdict,
)
from tests.support.service_under_test import App


@contextmanager
def meanwhile(name: str, do: Callable[[], object]) -> Iterator[None]:
    """Let something happen once, between the look at a file and the change of it."""
    real, done = getattr(actions, name), []

    def first_the_other(*args: Any) -> Any:
        if not done:
            done.append(True)
            do()
        return real(*args)

    with patch.object(actions, name, first_the_other):
        yield


def test_one_of_two_concurrent_releases_wins(olivia: App, ben: App) -> None:
    file_id = bad_file(olivia)
    with meanwhile("_refusal_of_storage", lambda: decide(ben, "release", file_id)):
        found = decide(olivia, "release", file_id)
    assert (counts(found), reasons(found)) == (("done", 1, 0, 1, 0), [actions.SERVED])
    assert shown(olivia, file_id)["decision"]["by"] == "ben"
    assert [actor for actor, action, _ in audits(olivia, file_id) if action == "released"] == ["ben"]


def test_a_file_that_is_deleted_meanwhile_is_skipped(olivia: App, ben: App) -> None:
    file_id = bad_file(olivia)
    with meanwhile("_refusal_of_storage", lambda: decide(ben, "delete", file_id)):
        found = decide(olivia, "release", file_id)
    assert (counts(found), reasons(found)) == (("done", 1, 0, 1, 0), [actions.GONE])


@pytest.mark.parametrize("says", ["clean", "infected"])
def test_a_block_during_a_rescan_wins(app: App, says: str) -> None:
    file = app.ready()
    decide(app, "rescan", file["id"])

    def scan_and_block(pieces: Iterator[bytes], _size: int) -> ScanVerdict:
        list(pieces)
        decide(app, "block", file["id"])
        return ScanVerdict(says, None if says == "clean" else "New-Virus", app.scanner.health())

    with patch.object(app.scanner, "scan", scan_and_block):
        app.scan(file["id"])
    assert verdict(app, file["id"]) == "blocked"
    assert app.scan(file["id"]) == "quarantined"
    assert verdict(app, file["id"]) == "blocked"


def test_a_block_while_a_first_scan_copies_leaves_no_public_copy(app: App) -> None:
    public = app.published()
    file = public.upload()
    copy = public.deps.storage.copy

    def and_block(*args: Any) -> Any:
        made = copy(*args)
        decide(public, "block", file["id"])
        return made

    with patch.object(public.deps.storage, "copy", and_block):
        public.scan(file["id"])
    public.scan(file["id"])
    sweep(public.deps)
    assert (verdict(public, file["id"]), public.keys("longshore-public")) == ("blocked", [])


def test_a_release_during_a_rescan_waits_for_its_verdict(app: App) -> None:
    file_id = bad_file(app)
    decide(app, "rescan", file_id)
    assert reasons(decide(app, "release", file_id)) == [actions.NOT_SCANNED]
    assert app.scan(file_id) == "infected"
    sweep(app.deps)
    assert counts(decide(app, "release", file_id)) == ("done", 1, 1, 0, 0)


def test_a_released_public_file_gets_its_plain_link(app: App) -> None:
    public = app.published()
    file_id = bad_file(public)
    decide(public, "release", file_id)
    assert "X-Amz-Signature" in shown(public, file_id)["download_url"]
    assert public.scan(file_id) == "promoted"
    assert shown(public, file_id)["download_url"] == f"https://cdn.example/{row(public, file_id).object_key}"
    assert (verdict(public, file_id), public.stored(file_id)) == ("released", BAD)
    decide(public, "block", file_id)
    assert public.scan(file_id) == "quarantined"
    sweep(public.deps)
    assert public.keys("longshore-public") == []
