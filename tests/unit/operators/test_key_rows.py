"""Rows of API keys, and rows without an owner."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db.cached.keys import KeyMemory
from service.db.models import ApiKey, Appointment, Audit, File, Upload, Usage, User
from service.domain.accounts import owners
from service.domain.accounts.keys import USE_NOTED_EVERY, caller_of_key, create_key, list_keys, revoke_key
from service.domain.accounts.owners import count_ownerless, give_ownerless
from service.errors import DatabaseUnavailableError, TokenRefusedError
from service.values import Given, KeyView
from service.values.access.caller import Caller, Scope
from tests.support.service.rows import NOW, Parts, add, both, empty_database, upload

SECOND = timedelta(seconds=1)
SECRET = "5" * 64
KEY = f"lsk_0123456789ab_{SECRET}"


@pytest.fixture
def deps(tmp_path: Path) -> Iterator[Any]:
    for db in empty_database(tmp_path):
        parts: Any = Parts(db=db)
        parts.keys = KeyMemory()
        yield parts


def known_key(**changes: Any) -> ApiKey:
    values = {"prefix": "0123456789ab", "secret_hash": hashlib.sha256(SECRET.encode()).hexdigest(), "name": "n"}
    return ApiKey(**(values | {"subject": "ann", "scopes": "read", "added_scopes": "", "created_at": NOW} | changes))


def used(deps: Any) -> Any:
    with deps.db.read() as session:
        return session.scalars(select(ApiKey.last_used_at)).one()


def test_a_new_key_is_shown_once_and_stored_as_a_hash(deps: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    key, view = create_key(deps, "laptop", "ann", {Scope.DELETE, Scope.READ}, NOW + SECOND)
    mark, prefix, secret = key.split("_")
    assert (mark, len(prefix), len(secret)) == ("lsk", 12, 64)
    assert view == KeyView(prefix, "laptop", "ann", (Scope.READ, Scope.DELETE), NOW, NOW + SECOND, None, None)
    assert list_keys(deps) == [view]
    with deps.db.read() as session:
        row = session.scalars(select(ApiKey)).one()
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert (row.scopes, row.added_scopes) == ("read", "delete")
    message = f"key_created prefix={prefix} scopes=read,delete expires_at={NOW + SECOND}"
    assert [record.getMessage() for record in caplog.records] == [message]
    assert caller_of_key(deps, key) == Caller("ann", frozenset({Scope.READ, Scope.DELETE}))


@pytest.mark.parametrize(
    ("row", "key", "details", "is_guess"),
    [
        ({}, KEY.replace("lsk", "LSK"), {"reason": "malformed"}, True),
        ({}, KEY + "0", {"reason": "malformed"}, True),
        ({}, KEY[:-1] + "6", {"reason": "unknown", "key_prefix": "0123456789ab"}, True),
        ({}, KEY.replace("b_", "c_"), {"reason": "unknown", "key_prefix": "0123456789ac"}, True),
        ({"revoked_at": NOW}, KEY, {"reason": "revoked", "key_prefix": "0123456789ab"}, False),
        ({"expires_at": NOW}, KEY, {"reason": "expired", "key_prefix": "0123456789ab"}, False),
    ],
)
def test_malformed_unknown_revoked_and_expired_keys_are_refused(
    deps: Any, row: dict[str, Any], key: str, details: dict[str, str], is_guess: bool
) -> None:
    add(deps.db, known_key(**row))
    with pytest.raises(TokenRefusedError) as refused:
        caller_of_key(deps, key)
    assert (refused.value.details, refused.value.is_guess) == (details, is_guess)
    assert used(deps) is None


@pytest.mark.parametrize(
    ("scopes", "added", "allowed"),
    [
        ("read", "", {Scope.READ}),
        ("read,upload", None, {Scope.READ, Scope.UPLOAD, Scope.DELETE}),
        ("read,upload", "", {Scope.READ, Scope.UPLOAD}),
        ("read", None, {Scope.READ}),
        ("", "delete", {Scope.DELETE}),
    ],
)
def test_a_key_allows_its_scopes(deps: Any, scopes: str, added: str | None, allowed: set[Scope]) -> None:
    add(deps.db, known_key(scopes=scopes, added_scopes=added, expires_at=NOW + SECOND))
    assert caller_of_key(deps, KEY) == Caller("ann", frozenset(allowed))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, NOW),
        (NOW - USE_NOTED_EVERY, NOW),
        (NOW - USE_NOTED_EVERY + SECOND, NOW - USE_NOTED_EVERY + SECOND),
    ],
)
def test_the_last_use_of_a_key_is_recorded_at_intervals(deps: Any, before: Any, after: Any) -> None:
    add(deps.db, known_key(last_used_at=before))
    caller_of_key(deps, KEY)
    assert used(deps) == after


def test_a_cached_key_expires_and_never_accepts_a_wrong_secret(deps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add(deps.db, known_key())
    caller_of_key(deps, KEY)
    monkeypatch.setattr("service.domain.accounts.keys.stored_key", lambda *_: None)
    assert caller_of_key(deps, KEY).subject == "ann"
    with pytest.raises(TokenRefusedError):
        caller_of_key(deps, KEY[:-1] + "6")
    deps.now += timedelta(seconds=5)
    with pytest.raises(TokenRefusedError):
        caller_of_key(deps, KEY)


def test_a_key_is_accepted_if_its_use_cannot_be_recorded(
    deps: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def down(*_: Any) -> None:
        raise DatabaseUnavailableError

    add(deps.db, known_key())
    monkeypatch.setattr("service.domain.accounts.keys.note_use", down)
    assert caller_of_key(deps, KEY).subject == "ann"
    assert [record.getMessage() for record in caplog.records] == ["key_use_not_noted prefix=0123456789ab"]


def test_a_key_is_revoked_once(deps: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    add(deps.db, known_key(), known_key(prefix="another"))
    assert [revoke_key(deps, prefix) for prefix in ("0123456789ab", "0123456789ab", "unknown")] == [True, False, False]
    assert [(view.prefix, view.revoked_at) for view in list_keys(deps)] == [("0123456789ab", NOW), ("another", None)]
    assert [record.getMessage() for record in caplog.records] == ["key_revoked prefix=0123456789ab"]


def ownerless(db: Any) -> None:
    """One row of each kind without an owner, for the user u1; and the same with an owner."""
    for owner in (None, "bob"):
        of = owner or "none"
        add(db, *(User(id=f"{user}-{of}", name="n", created_at=NOW, owner=owner) for user in ("u1", "u2")))
        dated = {"user_id": f"u1-{of}", "title": "t", "created_at": NOW, "owner": owner}
        add(db, Appointment(id=f"a-{of}", **dated))
        add(db, *both(f"f-{of}", owner=owner, user_id=f"u1-{of}", size=3))
        add(db, *both(f"g-{of}", owner=owner, appointment_id=f"a-{of}", size=4))
        add(db, *both(f"h-{of}", owner=owner, size=5))
        add(db, upload(f"open-{of}", owner=owner, size=6, reserved=0))
        add(db, upload(f"unknown-{of}", owner=owner, size=None, reserved=0))
        add(db, upload(f"done-{of}", owner=owner, state="completing", completion={"total_size": 7}, reserved=0))
        add(db, upload(f"ended-{of}", owner=owner, state="aborted", size=8, reserved=8))


@pytest.mark.parametrize(
    ("user_id", "given", "bytes_", "reserved"),
    [
        (None, Given(users=2, appointments=1, files=3, uploads=4, bytes=12), 25, {"open": 6, "done": 7}),
        ("u1-none", Given(users=1, appointments=1, files=2, uploads=0, bytes=7), 7, {}),
    ],
)
def test_rows_without_an_owner_are_counted_and_assigned(
    deps: Any,
    monkeypatch: pytest.MonkeyPatch,
    user_id: str | None,
    given: Given,
    bytes_: int,
    reserved: dict[str, int],
) -> None:
    """In batches, and no row of another owner."""
    monkeypatch.setattr(owners, "BATCH", 2)
    ownerless(deps.db)
    assert count_ownerless(deps, user_id) == given
    steps = list(give_ownerless(deps, "ann", user_id))
    for name in ("users", "appointments", "files", "uploads"):
        assert sum(getattr(step, name) for step in steps) == getattr(given, name)
    left = count_ownerless(deps, user_id)
    assert left == Given(0, 0, 0, 0, 0)
    with deps.db.read() as session:
        assert session.get_one(Usage, "ann").bytes == bytes_
        files = dict(session.execute(select(File.id, File.size).where(File.owner == "ann")).all())
        of_files = session.execute(select(Upload.file_id, Upload.reserved).where(Upload.owner == "ann")).all()
        audits = list(session.scalars(select(Audit)))
        assert len(list(session.scalars(select(File.id).where(File.owner == "bob")))) == 3
    counted = {file_id: size for file_id, size in of_files if size}
    assert counted == files | {f"file-{name}-none": size for name, size in reserved.items()}
    assert {each.target_id for each in audits} == set(files)
    assert {(each.actor, each.action, each.reason, each.at) for each in audits} == {("system", "given", "to ann", NOW)}
