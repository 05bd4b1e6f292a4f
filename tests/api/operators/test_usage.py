"""The operators' view of subjects and of usage."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from service.db.models import Fact, UsageOfDay
from service.domain.accounts.keys import create_key, revoke_key
from service.domain.operators import subjects as module
from service.domain.upkeep import storage_usage
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.login import login
from tests.support.matchers import A_TIME, Like, failure, success
from tests.support.service_under_test import App

SUBJECTS, USAGE = "/api/v1/admin/subjects", "/api/v1/admin/usage"
DAY = 24 * 3600
VERDICTS = ("pending", "scanning", "clean", "infected", "unscannable", "error", "disabled", "blocked", "released")


@pytest.fixture
def locked(app: App) -> App:
    return login(app.with_settings(login="on", quota=1000), "olivia", Scope.ADMIN)


def names(app: App, **query: Any) -> tuple[list[str], str | None]:
    data = app.client.get(SUBJECTS, query_string=query).json["data"]
    return [item["subject"] for item in data["items"]], data["next_cursor"]


def test_subjects_have_their_bytes_and_keys(locked: App) -> None:
    login(locked, "ann").upload()
    key, _ = create_key(locked.deps, "old", "bea", [Scope.READ])
    revoke_key(locked.deps, key.split("_")[1])
    shared = {"prefix": Like("[0-9a-f]{12}"), "created_at": A_TIME, "expires_at": None}
    unused = {"last_used_at": None, "revoked_at": None}
    assert locked.client.get(SUBJECTS).json == success(
        {
            "items": [
                {
                    "subject": "ann",
                    "bytes": 5,
                    "quota": 1000,
                    "keys": [
                        shared
                        | {"name": "test", "scopes": ["upload", "read", "delete"], "last_used_at": A_TIME}
                        | {"revoked_at": None}
                    ],
                },
                {
                    "subject": "bea",
                    "bytes": 0,
                    "quota": 1000,
                    "keys": [shared | unused | {"name": "old", "scopes": ["read"], "revoked_at": A_TIME}],
                },
                {
                    "subject": "olivia",
                    "bytes": 0,
                    "quota": 1000,
                    "keys": [shared | unused | {"name": "test", "scopes": ["admin"], "last_used_at": A_TIME}],
                },
            ],
            "next_cursor": None,
        }
    )


def test_subjects_are_listed_page_by_page(locked: App) -> None:
    for name in ("Zoë", "ann", "船", "bob"):
        create_key(locked.deps, "a", name, [Scope.READ])
    create_key(locked.deps, "b", "ann", [Scope.READ])
    login(locked, "ann").init(size=5)
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        some, cursor = names(locked, limit=2, **({"cursor": cursor} if cursor else {}))
        found, pages = found + some, pages + 1
    assert (found, pages) == (["Zoë", "ann", "bob", "olivia", "船"], 3)


@pytest.mark.parametrize(("search", "found"), [("ZOE", ["Zoë"]), ("b", ["bea", "bob"]), ("b o", ["bob"]), ("x", [])])
def test_a_search_examines_some_subjects_at_a_time(locked: App, search: str, found: list[str]) -> None:
    for name in ("Zoë", "ann", "bea", "bob"):
        create_key(locked.deps, "a", name, [Scope.READ])
    assert names(locked, search=search) == (found, None)
    with patch.object(module, "WINDOW", 2):
        seen, cursor = names(locked, search=search)
        while cursor:
            more, cursor = names(locked, search=search, cursor=cursor)
            seen += more
    assert seen == found


@pytest.mark.parametrize("cursor", ["?", "\u8239", "/w", "a", "4pyT4p"])
def test_an_invalid_cursor_is_refused(app: App, cursor: str) -> None:
    answer = app.client.get(SUBJECTS, query_string={"cursor": cursor})
    wrong = "[cursor] is not valid; use next_cursor of the page before"
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", wrong))


def test_usage_is_empty_before_the_first_count(app: App) -> None:
    empty = {"counted_at": None, "bytes": {}, "files": {}, "uploads": {}, "subjects": [], "history": []}
    assert app.client.get(USAGE).json == success(empty)


def test_usage_has_one_entry_per_day(locked: App) -> None:
    ann, bob = login(locked, "ann"), login(locked, "bob")
    ann.ready(b"hello")
    bob.upload(b"hi")
    bob.init(size=100)
    sweep(locked.deps)
    states = dict.fromkeys((*VERDICTS, "uploading", "completing", "orphaned"), 0)
    first = {
        "day": "2026-01-02",
        "bytes": states | {"clean": 5, "pending": 2, "uploading": 100},
        "subjects": {"bob": 102, "ann": 5},
    }
    expected = {
        "counted_at": A_TIME,
        "bytes": first["bytes"],
        "files": dict.fromkeys(VERDICTS, 0) | {"clean": 1, "pending": 1},
        "uploads": {"uploading": 1, "completing": 0, "completed": 2, "aborted": 0, "expired": 0},
        "subjects": [{"subject": "bob", "bytes": 102}, {"subject": "ann", "bytes": 5}],
        "history": [first],
    }
    assert locked.client.get(USAGE).json == success(expected)
    ann.upload(b"x" * 200)
    locked.clock.forward(3600)  # the same day: its row is replaced
    sweep(locked.deps)
    locked.clock.forward(2 * DAY)  # no sweeper ran on the third
    sweep(locked.deps)
    history = locked.client.get(USAGE).json["data"]["history"]
    assert [(day["day"], day["subjects"]) for day in history] == [
        ("2026-01-02", {"ann": 205, "bob": 102}),
        ("2026-01-04", {"ann": 205, "bob": 2}),  # the open upload expired
    ]
    assert [day["day"] for day in locked.client.get(f"{USAGE}?days=2").json["data"]["history"]] == ["2026-01-04"]


def test_the_history_is_kept_for_400_days(locked: App) -> None:
    for days, kept in ((0, ["2026-01-02"]), (399, ["2026-01-02", "2027-02-05"]), (1, ["2027-02-05", "2027-02-06"])):
        locked.clock.forward(days * DAY)
        sweep(locked.deps)
        with locked.deps.db.read() as session:
            assert [str(day) for day in session.scalars(select(UsageOfDay.day).distinct())] == kept
        shown = locked.client.get(f"{USAGE}?days=400").json["data"]["history"]
        assert [day["day"] for day in shown] == kept


def test_a_count_begun_by_the_previous_release_starts_again(locked: App) -> None:
    """That release's memory has no numbers of files."""
    login(locked, "ann").upload(b"hello")
    with patch.object(storage_usage, "SLICE", 1), patch.object(storage_usage, "SLICES", 1):
        sweep(locked.deps)
        with locked.deps.db.write() as session:
            row = session.get_one(Fact, storage_usage.STORED_BYTES)
            memory = {name: row.value["memory"][name] for name in ("after", "sums")} | {"bytes": {}, "uploads": {}}
            row.value = row.value | {"memory": memory}
    sweep(locked.deps)
    data = locked.client.get(USAGE).json["data"]
    assert (data["files"]["pending"], data["bytes"]["pending"]) == (1, 5)


@pytest.mark.parametrize("days", [0, 401, "x"])
def test_an_invalid_number_of_days_is_refused(app: App, days: object) -> None:
    assert app.client.get(f"{USAGE}?days={days}").status_code == 422
