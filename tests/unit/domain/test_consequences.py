"""Consequences of a verdict, by the file's place and the policies; and retries of failed scans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.db.models import Audit, File
from service.db.session import Database
from service.domain.scanning.failures import GIVEN_UP, end_attempts, note_failure, postpone_next
from service.domain.scanning.verdicts import Consequences, consequences
from service.errors import DatabaseUnavailableError
from service.values import Location, ScanVerdict
from tests.support.service.rows import NOW, Parts, add, both, empty_database, file
from tests.support.service_under_test import make_settings

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
OK, FOUND = ScanVerdict("clean", None), ScanVerdict("infected", "Eicar")
WRONG = ScanVerdict("blocked", "type_mismatch: x")
ODD, OFF = ScanVerdict("unscannable", "encrypted"), ScanVerdict("disabled", "scanning is off")
SERVED = {"virus_scan_status": "clean", "bucket": PUBLIC}
WAITS: dict[str, Any] = {"virus_scan_status": "scanning", "bucket": PRIVATE}
BLOCKED_INFECTED = "The virus scanner found Eicar."
BLOCKED_ODD = "The virus scanner could not scan this file (encrypted), so it is not served."
NOTHING = Consequences(
    block_reason=None,
    was_served=False,
    source=Location(PRIVATE, "key-a"),
    target=Location(PRIVATE, "key-a"),
    promoted=False,
    erased=False,
    to_quarantine=False,
    stale_copies=frozenset(),
    event=None,
)
AT_PUBLIC: dict[str, Any] = {
    "source": Location(PUBLIC, "key-a"),
    "target": Location(PUBLIC, "key-a"),
    "was_served": True,
}
PLAIN = {"s3_public_base_url": "https://cdn.example"}
TO_PUBLIC: dict[str, Any] = {"target": Location(PUBLIC, "key-a")}
IN_QUARANTINE: dict[str, Any] = {
    "source": Location(PRIVATE, "quarantine/key-a"),
    "promoted": True,
    "event": "file.ready",
}
INFECTED: dict[str, Any] = {"block_reason": BLOCKED_INFECTED, "to_quarantine": True, "event": "file.infected"}
MISMATCH: dict[str, Any] = {"block_reason": "type_mismatch: x", "to_quarantine": True, "event": "file.blocked"}
UNSCANNABLE: dict[str, Any] = {"block_reason": BLOCKED_ODD, "event": "file.unscannable"}
WITHDRAWN: dict[str, Any] = {"was_served": True, "to_quarantine": True, "event": "file.withdrawn"}
A_COPY = {"stale_copies": frozenset({Location(PUBLIC, "key-a")})}


@pytest.mark.parametrize(
    ("verdict", "row", "policies", "follows"),
    [
        (OK, WAITS, {}, {"event": "file.ready"}),
        (OK, WAITS, PLAIN, TO_PUBLIC | {"promoted": True, "event": "file.ready"}),
        (OFF, WAITS, {}, {"event": "file.ready"}),
        (OFF, WAITS, PLAIN, TO_PUBLIC | {"promoted": True, "event": "file.ready"}),
        (OK, SERVED, {}, AT_PUBLIC),
        (OK, SERVED, PLAIN, AT_PUBLIC),
        (OK, SERVED | {"bucket": PRIVATE}, {}, {"was_served": True}),
        (OK, SERVED | {"bucket": PRIVATE}, PLAIN, TO_PUBLIC | {"was_served": True, "promoted": True}),
        (OK, WAITS | {"credential_hash": "h"}, PLAIN, {"event": "file.ready"}),
        (OK, WAITS | {"credential_hash": "h", "object_key": "quarantine/key-a"}, PLAIN, IN_QUARANTINE),
        (OK, WAITS | {"object_key": "quarantine/key-a"}, {}, IN_QUARANTINE),
        (OK, WAITS | {"object_key": "quarantine/key-a"}, PLAIN, IN_QUARANTINE | TO_PUBLIC),
        (FOUND, WAITS, {}, INFECTED),
        (FOUND, WAITS, PLAIN, INFECTED | TO_PUBLIC),
        (FOUND, WAITS | {"scan_attempts": 2}, {}, INFECTED | A_COPY),
        (FOUND, WAITS | {"scan_attempts": 2}, PLAIN, INFECTED | TO_PUBLIC | A_COPY),
        (FOUND, WAITS | {"scan_attempts": 2, "credential_hash": "h"}, PLAIN, INFECTED),
        (FOUND, SERVED, {}, INFECTED | AT_PUBLIC | WITHDRAWN),
        (FOUND, SERVED | {"bucket": PRIVATE}, {}, INFECTED | WITHDRAWN | A_COPY),
        (FOUND, SERVED | {"bucket": PRIVATE, "credential_hash": "h"}, {}, INFECTED | WITHDRAWN),
        (
            FOUND,
            WAITS,
            {"infected_policy": "delete"},
            {"block_reason": BLOCKED_INFECTED, "erased": True, "event": "file.infected"},
        ),
        (WRONG, WAITS, {}, MISMATCH),
        (WRONG, WAITS, {"infected_policy": "delete"}, MISMATCH),
        (WRONG, SERVED, {}, MISMATCH | AT_PUBLIC | WITHDRAWN),
        (ODD, WAITS, {}, UNSCANNABLE),
        (ODD, WAITS, {"infected_policy": "delete"}, UNSCANNABLE),
        (ODD, SERVED, {}, UNSCANNABLE | AT_PUBLIC | WITHDRAWN),
        (ODD, SERVED | {"bucket": PRIVATE}, {}, UNSCANNABLE | WITHDRAWN | A_COPY),
        (ODD, WAITS | {"bucket": PUBLIC}, {}, UNSCANNABLE | AT_PUBLIC | {"was_served": False, "to_quarantine": True}),
        (ODD, WAITS, {"unscannable_policy": "release"}, {"event": "file.unscannable"}),
        (
            ODD,
            WAITS,
            PLAIN | {"unscannable_policy": "release"},
            TO_PUBLIC | {"promoted": True, "event": "file.unscannable"},
        ),
        (FOUND, WAITS, {"unscannable_policy": "release"}, INFECTED),
    ],
)
def test_consequences_follow_from_verdict_place_and_policies(
    tmp_path: Path, verdict: ScanVerdict, row: dict[str, Any], policies: dict[str, str], follows: dict[str, Any]
) -> None:
    deps: Any = Parts(make_settings(tmp_path, **policies))
    assert consequences(deps, file("a", **row), verdict) == replace(NOTHING, **follows)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    yield from empty_database(tmp_path)


def of(db: Database, model: Any) -> Any:
    with db.read() as session:
        return session.scalars(select(model)).one()


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "attempts", "wait"),
    [
        ("scanning", 0, timedelta(seconds=5)),
        ("scanning", 1, timedelta(seconds=10)),
        ("scanning", 8, timedelta(seconds=1280)),
        ("scanning", 9, 30 * MINUTE),
        ("scanning", 99, 30 * MINUTE),
        ("clean", 9, timedelta(seconds=2560)),
        ("clean", 99, timedelta(days=1)),
        ("disabled", 99, timedelta(days=1)),
    ],
)
def test_a_failed_scan_is_retried_at_growing_intervals(
    db: Database, tmp_path: Path, status: str, attempts: int, wait: timedelta
) -> None:
    """A file that has its verdict keeps it."""
    row = {"virus_scan_status": status, "scan_attempts": attempts, "scan_token": "t", "scan_due_at": NOW}
    add(db, *both("a", **row))
    deps: Any = Parts(make_settings(tmp_path), db)
    note_failure(deps, of(db, File), "t", "clamd_down")
    left = of(db, File)
    first = status == "scanning"
    assert left.scan_due_at == NOW + wait
    assert (left.virus_scan_status, left.virus_scan_result) == (("error", "clamd_down") if first else (status, None))


def test_a_failure_does_not_end_another_workers_scan(db: Database, tmp_path: Path) -> None:
    add(db, *both("a", virus_scan_status="scanning", scan_token="another", scan_due_at=NOW))
    seen = of(db, File)
    with db.write() as session:
        session.get_one(File, "file-a").scan_due_at = NOW + MINUTE
    note_failure(Parts(make_settings(tmp_path), db), seen, "t", "clamd_down")  # type: ignore[arg-type]
    assert (of(db, File).virus_scan_status, of(db, File).scan_due_at) == ("scanning", NOW + MINUTE)


def test_an_unrecorded_failure_is_logged_and_left_to_the_sweeper(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Down:
        def write(self) -> Any:
            raise DatabaseUnavailableError

    note_failure(Parts(make_settings(tmp_path), Down()), file("a"), "t", "clamd_down")  # type: ignore[arg-type]
    assert [record.getMessage() for record in caplog.records] == [
        "scan_failure_not_noted file_id=file-a reason=database_unavailable",
        "scan_failed file_id=file-a attempt=1 reason=clamd_down",
    ]


@pytest.mark.parametrize(
    ("attempts", "unfinished", "wait"),
    [(1, 0, 0), (1, 1, 0), (1, 2, 4), (1, 4, 16), (5, 1, 160 / 60), (9, 1, 30), (9, 6, 64)],
)
def test_a_scan_postpones_its_next_attempt_in_advance(
    db: Database, tmp_path: Path, attempts: int, unfinished: int, wait: float
) -> None:
    """By as long as after a failure, or longer; a wait within SCAN_GRACE changes nothing."""
    row = {"virus_scan_status": "scanning", "scan_attempts": attempts, "unfinished_scans": unfinished}
    add(db, *both("a", **row, scan_due_at=NOW))
    claimed = of(db, File)
    postpone_next(Parts(make_settings(tmp_path), db), claimed)  # type: ignore[arg-type]
    assert claimed.scan_due_at == of(db, File).scan_due_at == NOW + wait * MINUTE


def test_a_scan_that_another_worker_claimed_keeps_its_due_time(db: Database, tmp_path: Path) -> None:
    add(db, *both("a", virus_scan_status="scanning", unfinished_scans=3, scan_due_at=NOW + MINUTE))
    seen = file("a", virus_scan_status="scanning", unfinished_scans=3, scan_due_at=NOW)
    postpone_next(Parts(make_settings(tmp_path), db), seen)  # type: ignore[arg-type]
    assert (seen.scan_due_at, of(db, File).scan_due_at) == (NOW, NOW + MINUTE)


@pytest.mark.parametrize(
    ("token", "word", "status", "noted"),
    [
        ("t", "failed", "error", ("scanner", "given_up", "file-a", GIVEN_UP)),
        ("another", "overtaken", "scanning", None),
    ],
)
def test_a_file_that_kills_every_scan_fails(
    db: Database,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    token: str,
    word: str,
    status: str,
    noted: tuple[str, ...] | None,
) -> None:
    add(db, *both("a", virus_scan_status="scanning", scan_token=token, scan_due_at=NOW, scan_attempts=6))
    row = of(db, File)
    assert end_attempts(Parts(make_settings(tmp_path), db), row, "t") == word  # type: ignore[arg-type]
    left = of(db, File)
    assert (left.virus_scan_status, left.scan_due_at) == (status, NOW if noted is None else None)
    with db.read() as session:
        audits = [(each.actor, each.action, each.target_id, each.reason) for each in session.scalars(select(Audit))]
    assert audits == ([noted] if noted else [])
    given_up = f"scan_given_up file_id=file-a attempts=6 reason={GIVEN_UP}"
    assert [record.getMessage() for record in caplog.records] == ([given_up] if noted else [])
