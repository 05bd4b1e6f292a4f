"""Each step of a row: its changes, and every difference in the row that prevents it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.models import File, Upload
from service.db.session import Database
from service.db.statements.objects.keys import checked_file
from service.db.statements.transitions.decisions import block_file, release_file, reopen_file, request_rescan
from service.db.statements.transitions.moves import (
    claim_promotion,
    end_promotion,
    end_quarantine_move,
    note_quarantine,
    postpone_quarantine,
    withdraw_replaced,
)
from service.db.statements.transitions.repairs import (
    adopt_again,
    follow_object,
    mark_unusable,
    release_replaced,
    rescan_file,
    take_object,
)
from service.db.statements.transitions.scans import (
    cancel_rescans,
    claim_rescan,
    claim_scan,
    move_scan_due,
    reopen_scan,
    write_verdict,
)
from service.db.statements.transitions.uploads import (
    begin_completion,
    complete_afterwards,
    complete_at_once,
    move_upload,
    note_storage_upload,
    open_elsewhere,
    take_over_completion,
)
from service.values import Location, StoredObject
from service.values.states import REQUESTED, UploadState, Verdict
from tests.support.service.rows import NOW, add, both, file, upload

DUE, EARLIER = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
FOUND = StoredObject(9, '"new"', None, version_id="v2")
OF_FOUND = {"etag": '"new"', "version_id": "v2"}
Make = Callable[[Session, Any], object]


def rows(db: Database, model: type[Any]) -> dict[str, dict[str, Any]]:
    """Return all rows of a table by id."""
    with db.read() as session:
        return {
            row.id: {column.name: getattr(row, column.name) for column in model.__table__.columns}
            for row in session.scalars(select(model))
        }


def changed(db: Database, model: type[Any], make: Callable[[Session], object]) -> tuple[object, Any]:
    """Return the result of `make`, and its changes by row: the columns with their new values."""
    before = rows(db, model)
    with db.write() as session:
        returned = make(session)
    after = rows(db, model)
    changes = {row: {name: new for name, new in after[row].items() if new != before[row][name]} for row in after}
    return returned, {row: values for row, values in changes.items() if values}


BLOCKED = {"quarantine_reason": "blocked", "scan_due_at": NOW}
TAKEN = {"scan_token": "another", "scan_attempts": 3, "unfinished_scans": 2, "scan_generation": 7}
DECIDED = {"decided_by": "olivia", "decided_at": NOW, "decision_reason": "because"}
IN_QUARANTINE = {"quarantine_reason": "found", "scan_due_at": None, "scan_attempts": 1}
NO_MORE_IN_QUARANTINE = ({"quarantine_reason": None}, {"scan_due_at": NOW}, {"object_key": "moved"}, {"etag": '"x"'})
ELSEWHERE = ({"bucket": "public"}, {"object_key": "moved"}, {"etag": '"another"'})
STARTED_AGAIN = {"scan_token": None, "scan_generation": None, "scan_attempts": 0, "unfinished_scans": 0}

FILE_STEPS: dict[str, tuple[Make, dict[str, Any], dict[str, Any], list[dict[str, Any]]]] = {
    "claim a scan": (
        lambda session, _: claim_scan(session, "file-a", "token", DUE),
        {"virus_scan_status": "error", "scan_attempts": 3, "unfinished_scans": 2},
        {"virus_scan_status": "scanning", "scan_token": "token", "scan_due_at": DUE}
        | {"scan_attempts": 4, "unfinished_scans": 3},
        [{"virus_scan_status": "clean"}, {"virus_scan_status": "infected"}, {"quarantine_reason": "blocked"}],
    ),
    "claim a rescan": (
        lambda session, _: claim_rescan(session, "file-a", "token", DUE),
        {"virus_scan_status": "clean", "scan_due_at": NOW, "scan_attempts": 3},
        {"scan_token": "token", "scan_due_at": DUE, "scan_attempts": 4},
        [{"scan_due_at": None}, {"virus_scan_status": "pending"}, {"virus_scan_status": "infected"}],
    ),
    "write a verdict": (
        lambda session, _: write_verdict(
            session, "file-a", "token", Verdict.CLEAN, scan_generation=8, virus_scan_result="OK"
        ),
        {"virus_scan_status": "scanning"} | TAKEN | {"scan_token": "token"},
        {"virus_scan_status": "clean", "scan_token": None, "unfinished_scans": 0}
        | {"scan_generation": 8, "virus_scan_result": "OK"},
        [{"scan_token": "another"}, {"scan_token": None}, {"virus_scan_status": "infected"}],
    ),
    "claim a promotion": (
        lambda session, seen: claim_promotion(session, seen, "token", DUE),
        {"virus_scan_status": "clean", "scan_attempts": 3},
        {"scan_token": "token", "scan_due_at": DUE, "scan_attempts": 4},
        [*ELSEWHERE, {"virus_scan_status": "pending"}, {"quarantine_reason": "blocked"}, {"scan_due_at": NOW}],
    ),
    "end a promotion": (
        lambda session, _: end_promotion(session, "file-a", "token", bucket="public", etag='"new"'),
        {"virus_scan_status": "unscannable", "scan_token": "token", "scan_due_at": NOW},
        {"bucket": "public", "etag": '"new"', "scan_token": None, "scan_due_at": None},
        [{"virus_scan_status": "infected"}, {"quarantine_reason": "blocked"}, {"scan_token": "another"}],
    ),
    "ask for a scan again": (
        lambda session, _: reopen_scan(session, "file-a", DUE),
        {"virus_scan_status": "error"} | TAKEN,
        {"virus_scan_status": "pending", "scan_token": None, "scan_due_at": DUE},
        [{"virus_scan_status": "clean"}, {"quarantine_reason": "blocked"}],
    ),
    "withdraw a replaced file": (
        lambda session, seen: withdraw_replaced(session, seen, FOUND, "replaced", DUE),
        TAKEN,
        {"virus_scan_status": "error", "virus_scan_result": "replaced", "quarantine_reason": "replaced"}
        | {"scan_token": None, "scan_generation": None, "scan_due_at": DUE}
        | OF_FOUND,
        [*ELSEWHERE, {"virus_scan_status": "infected"}, {"quarantine_reason": "blocked"}],
    ),
    "note a move into quarantine": (
        lambda session, seen: note_quarantine(session, seen, Location("private", "q/a"), FOUND),
        BLOCKED,
        {"object_key": "q/a", "scan_due_at": None} | OF_FOUND,
        [{"quarantine_reason": None}, {"scan_due_at": None}, {"bucket": "public"}, {"object_key": "moved"}],
    ),
    "postpone a move into quarantine": (
        lambda session, seen: postpone_quarantine(session, seen, DUE),
        BLOCKED | {"scan_attempts": 3},
        {"scan_due_at": DUE, "scan_attempts": 4},
        [{"quarantine_reason": None}, {"scan_due_at": None}, {"bucket": "public"}, {"object_key": "moved"}],
    ),
    "end a move into quarantine": (
        lambda session, seen: end_quarantine_move(session, seen),
        BLOCKED,
        {"scan_due_at": None},
        [{"quarantine_reason": None}, {"bucket": "public"}, {"object_key": "moved"}],
    ),
    "move a scan's time": (
        lambda session, seen: move_scan_due(session, "file-a", NOW, DUE),
        {"scan_due_at": NOW},
        {"scan_due_at": DUE},
        [{"scan_due_at": EARLIER}, {"scan_due_at": None}],
    ),
    "mark a file as unusable": (
        lambda session, seen: mark_unusable(session, seen, "lost"),
        TAKEN | {"scan_due_at": NOW},
        {"virus_scan_status": "error", "virus_scan_result": "lost", "scan_due_at": None}
        | {"scan_token": None, "scan_generation": None},
        [*ELSEWHERE, {"virus_scan_status": "infected"}, {"quarantine_reason": "blocked"}],
    ),
    "take another object": (
        lambda session, seen: rescan_file(session, seen, FOUND, DUE),
        TAKEN | {"virus_scan_status": "error", "virus_scan_result": "lost"},
        {"virus_scan_status": "pending", "virus_scan_result": None, "scan_due_at": DUE} | STARTED_AGAIN | OF_FOUND,
        [{"virus_scan_status": "infected"}, {"quarantine_reason": "blocked"}, {"bucket": "public"}, {"etag": '"x"'}],
    ),
    "release a replaced file": (
        lambda session, seen: release_replaced(session, seen, FOUND, DUE),
        {"virus_scan_status": "error", "virus_scan_result": "replaced", "quarantine_reason": "replaced"}
        | {"scan_attempts": 3, "unfinished_scans": 2},
        {"virus_scan_status": "pending", "virus_scan_result": None, "quarantine_reason": None, "scan_due_at": DUE}
        | {"scan_attempts": 0, "unfinished_scans": 0}
        | OF_FOUND,
        [{"virus_scan_status": "infected"}, {"quarantine_reason": "another"}, {"scan_due_at": NOW}, {"etag": '"x"'}],
    ),
    "take the object of a blocked file": (
        lambda session, seen: take_object(session, seen, FOUND),
        {"quarantine_reason": "blocked"},
        OF_FOUND,
        [{"quarantine_reason": None}, {"bucket": "public"}, {"object_key": "moved"}, {"etag": '"x"'}],
    ),
    "request a rescan": (
        lambda session, seen: request_rescan(session, seen, DUE),
        TAKEN | {"virus_scan_status": "clean"},
        {"scan_token": None, "scan_due_at": DUE, "scan_generation": -1, "scan_attempts": 2},
        [{"virus_scan_status": "disabled"}, {"quarantine_reason": "blocked"}, {"etag": '"x"'}],
    ),
    "scan a blocked file again": (
        lambda session, seen: reopen_file(session, seen, DUE),
        IN_QUARANTINE | {"virus_scan_status": "infected", "virus_scan_result": "Eicar", "unfinished_scans": 1},
        {"virus_scan_status": "pending", "virus_scan_result": None, "quarantine_reason": None, "scan_due_at": DUE}
        | {"scan_generation": -1, "unfinished_scans": 0},
        [*NO_MORE_IN_QUARANTINE, {"virus_scan_status": "blocked"}],
    ),
    "scan a released file again": (
        lambda session, seen: reopen_file(session, seen, DUE),
        {"virus_scan_status": "released", "scan_due_at": NOW, "scan_token": "t", "allowlist_id": "entry"} | DECIDED,
        {"virus_scan_status": "pending", "scan_due_at": DUE, "scan_token": None, "scan_generation": -1}
        | dict.fromkeys((*DECIDED, "allowlist_id")),
        [{"quarantine_reason": "blocked"}, {"virus_scan_status": "clean"}, {"object_key": "moved"}],
    ),
    "release a file": (
        lambda session, seen: release_file(session, seen, DECIDED, 7),
        IN_QUARANTINE | {"virus_scan_status": "infected", "virus_scan_result": "Eicar", "allowlist_id": "entry"},
        {"virus_scan_status": "released", "quarantine_reason": None, "scan_generation": 7, "allowlist_id": None}
        | DECIDED,
        [*NO_MORE_IN_QUARANTINE, {"virus_scan_status": "blocked"}],
    ),
    "release a file that could not be scanned": (
        lambda session, seen: release_file(session, seen, DECIDED, 7),
        TAKEN | {"virus_scan_status": "error", "scan_due_at": NOW},
        {"virus_scan_status": "released", "scan_token": None, "scan_due_at": None, "unfinished_scans": 0} | DECIDED,
        [{"virus_scan_status": "scanning"}, {"virus_scan_status": "infected"}, {"quarantine_reason": "replaced"}],
    ),
    "block a file": (
        lambda session, seen: block_file(session, seen, DECIDED, DUE),
        TAKEN | {"virus_scan_status": "released"},
        {"virus_scan_status": "blocked", "quarantine_reason": "because", "scan_due_at": DUE, "scan_token": None}
        | {"scan_generation": None}
        | DECIDED,
        [*ELSEWHERE, {"quarantine_reason": "blocked"}, {"virus_scan_status": "clean"}],
    ),
    "adopt a changed object again": (
        lambda session, seen: adopt_again(session, seen, FOUND, {"scan_due_at": DUE}),
        TAKEN | IN_QUARANTINE | {"adopted_key": "a key", "virus_scan_status": "infected", "checksum": "before"},
        {"virus_scan_status": "pending", "quarantine_reason": None, "scan_due_at": DUE, "size": 9, "checksum": None}
        | STARTED_AGAIN
        | OF_FOUND,
        [
            *ELSEWHERE,
            {"legal_hold": True},
            {"adopted_key": None},
            {"virus_scan_status": "blocked", "decided_by": "olivia"},
        ],
    ),
    "follow an object": (
        lambda session, _: follow_object(
            session, Location("private", "key-a"), {"virus_scan_status": Verdict.INFECTED, "object_key": "q/a"}
        ),
        TAKEN,
        {"virus_scan_status": "infected", "object_key": "q/a"} | STARTED_AGAIN,
        [{"bucket": "public"}, {"object_key": "moved"}],
    ),
}
"""By step: the call, the row before, the changes, and the values that prevent the step."""


@pytest.mark.parametrize("step", FILE_STEPS)
def test_a_step_of_a_file_changes_only_its_columns(db: Database, step: str) -> None:
    make, before, changes, obstacles = FILE_STEPS[step]
    add(db, *both("a", **before), *both("b", **before))
    with db.read() as session:
        seen = checked_file(session, "file-a")
    assert changed(db, File, lambda session: make(session, seen)) == (True, {"file-a": changes})
    for obstacle in obstacles:
        with db.write() as session:
            session.delete(session.get_one(File, "file-a"))
            session.flush()
            session.add(file("a", **(before | obstacle)))
        assert changed(db, File, lambda session: make(session, seen)) == (False, {}), obstacle


def test_cancelled_rescans_are_those_of_files_with_a_verdict(db: Database) -> None:
    for name, status in (("a", "clean"), ("b", "disabled"), ("c", "pending"), ("d", "clean")):
        add(db, *both(name, virus_scan_status=status, scan_due_at=None if name == "d" else NOW, scan_token="t"))
    add(db, *both("e", scan_due_at=NOW, scan_generation=REQUESTED))
    cancelled = {f"file-{name}": {"scan_due_at": None} for name in "ab"}
    assert changed(db, File, lambda session: cancel_rescans(session, requested=False)) == (2, cancelled)
    requested = {"file-e": {"scan_due_at": None}}
    assert changed(db, File, lambda session: cancel_rescans(session, requested=True)) == (1, requested)


COMPLETING = {"state": "completing", "completion": {"x": 1}, "lease_until": NOW}
UPLOAD_STEPS: dict[str, tuple[Make, dict[str, Any], dict[str, Any], list[dict[str, Any]]]] = {
    "end an open upload": (
        lambda session, _: move_upload(session, "a", UploadState.UPLOADING, UploadState.ABORTED, failure_reason="why"),
        {},
        {"state": "aborted", "failure_reason": "why"},
        [{"state": "completing"}, {"state": "expired"}],
    ),
    "end a completion": (
        lambda session, _: move_upload(session, "a", UploadState.COMPLETING, UploadState.COMPLETED),
        COMPLETING,
        {"state": "completed", "completion": None, "lease_until": None},
        [{"state": "uploading"}],
    ),
    "note storage's id": (
        lambda session, seen: note_storage_upload(session, seen, "s"),
        {},
        {"storage_upload_id": "s"},
        [{"storage_upload_id": "another"}, {"object_key": "moved"}, {"state": "aborted"}],
    ),
    "open elsewhere": (
        lambda session, seen: open_elsewhere(session, seen, "another-key"),
        {},
        {"object_key": "another-key"},
        [{"storage_upload_id": "another"}, {"object_key": "moved"}, {"state": "completing"}],
    ),
    "begin a completion": (
        lambda session, seen: begin_completion(session, seen, 7, {"x": 1}, b"parts", DUE),
        {},
        {"state": "completing", "completion": {"x": 1}, "parts": b"parts", "lease_until": DUE, "reserved": 7},
        [{"reserved": 6}, {"state": "aborted"}, {"state": "completing"}],
    ),
    "complete at once": (
        lambda session, seen: complete_at_once(session, seen, 7, b"parts"),
        {},
        {"state": "completed", "parts": b"parts", "reserved": 7},
        [{"reserved": 6}, {"state": "aborted"}, {"state": "completing"}, {"state": "completed"}],
    ),
    "continue a completion": (
        lambda session, _: take_over_completion(session, "a", NOW, DUE),
        COMPLETING,
        {"lease_until": DUE},
        [{"lease_until": NOW + timedelta(microseconds=1)}, {"state": "uploading"}],
    ),
    "complete afterwards": (
        lambda session, seen: complete_afterwards(session, seen, 9, 8),
        {"state": "expired"},
        {"state": "completed", "size": 9, "reserved": 8},
        [{"reserved": 6}, {"state": "completed"}, {"state": "aborted"}],
    ),
}
"""The same for uploads."""


@pytest.mark.parametrize("step", UPLOAD_STEPS)
def test_a_step_of_an_upload_changes_only_its_columns(db: Database, step: str) -> None:
    make, before, changes, obstacles = UPLOAD_STEPS[step]
    seen = upload("a", **before)
    add(db, upload("a", **before), upload("b", **before))
    assert changed(db, Upload, lambda session: make(session, seen)) == (True, {"a": changes})
    for obstacle in obstacles:
        with db.write() as session:
            session.delete(session.get_one(Upload, "a"))
            session.flush()
            session.add(upload("a", **(before | obstacle)))
        assert changed(db, Upload, lambda session: make(session, seen)) == (False, {}), obstacle


def test_a_step_that_is_not_in_the_table_raises_an_error(db: Database) -> None:
    with db.write() as session, pytest.raises(ValueError, match="an upload cannot change from completed to uploading"):
        move_upload(session, "a", UploadState.COMPLETED, UploadState.UPLOADING)
