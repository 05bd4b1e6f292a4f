"""Operators' decisions over HTTP: each action, who wins, what is skipped, bulk with its crashes, approval by two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
import requests
from sqlalchemy import select, update

from service.db.models import Audit, Decision, Delivery, File
from service.domain.decisions import actions, turns
from service.domain.upkeep.sweep import sweep
from service.errors import StorageRefusedError, StorageUnavailableError
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID, failure, success
from tests.support.service_under_test import App, rebuilt

DECISIONS = "/api/v1/admin/decisions"
BAD = b"a" + SIGNATURE
NO_REASON = "[reason] is missing: it is required to release and to block"
EITHER = "[file_ids] Give either file_ids or filter."
WHY = "False positive, checked with the vendor."


def decide(app: App, action: str, *file_ids: str, code: int = 201, **body: Any) -> dict[str, Any]:
    wanted = {"file_ids": list(file_ids)} if file_ids else {}
    body = {"action": action, "reason": WHY} | wanted | body
    answer = app.client.post(DECISIONS, json={name: value for name, value in body.items() if value is not None})
    assert answer.status_code == code, answer.json
    found: dict[str, Any] = answer.json
    return found["data"] if code == 201 else found


def counts(decision: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(decision[name] for name in ("state", "matched", "done", "skipped", "failed"))


def reasons(decision: dict[str, Any]) -> list[str]:
    return [each["reason"] for each in decision["reasons"]]


def shown(app: App, file_id: str) -> dict[str, Any]:
    found: dict[str, Any] = app.get(file_id).json["data"]
    return found


def verdict(app: App, file_id: str) -> str:
    return str(shown(app, file_id)["virus_scan_status"])


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id)


def place(app: App, file_id: str) -> dict[str, str]:
    return {"Bucket": row(app, file_id).bucket, "Key": row(app, file_id).object_key}


def audits(app: App, file_id: str) -> list[tuple[str, str, str | None]]:
    with app.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.target_id == file_id).order_by(Audit.id)).all()
    return [(each.actor, each.action, each.reason) for each in rows]


@pytest.fixture
def secured(app: App) -> App:
    return rebuilt(app, settings=replace(app.deps.settings, login="on"))


@pytest.fixture
def olivia(secured: App) -> App:
    """An operator."""
    return login(secured, "olivia", Scope.ADMIN)


@pytest.fixture
def ben(secured: App) -> App:
    """Another one."""
    return login(secured, "ben", Scope.ADMIN)


def bad_file(app: App) -> str:
    return str(app.ready(BAD)["id"])


def test_a_release_from_the_decision_to_the_download(olivia: App) -> None:
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


def test_a_block_withdraws_and_moves(olivia: App) -> None:
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


def test_a_blocked_file_can_return(olivia: App) -> None:
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


def test_a_rescan_of_a_served_file_is_due_and_cannot_be_cancelled_by_a_setting(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    decide(olivia, "rescan", file_id)
    olivia.queue.jobs.clear()
    few = olivia.with_settings(rescan_batch=0)
    assert (sweep(few.deps).queued_scans, olivia.queue.again) == (1, {file_id})
    assert shown(olivia, file_id)["download_url"] is not None
    assert olivia.scan(file_id) == "clean"
    assert (row(olivia, file_id).scan_due_at, row(olivia, file_id).scan_generation) == (None, 1)


def test_a_delete(olivia: App) -> None:
    file_id = str(olivia.ready()["id"])
    held = str(olivia.ready()["id"])
    with olivia.deps.db.write() as session:
        session.execute(update(File).where(File.id == held).values(legal_hold=True))
    found = decide(olivia, "delete", file_id, held, file_id, reason=None)
    assert (counts(found), reasons(found)) == (("done", 2, 1, 1, 0), [actions.ON_HOLD])
    assert olivia.get(file_id).status_code == 404
    assert verdict(olivia, held) == "clean"
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
def test_what_is_skipped(app: App, action: str, make: Callable[[App], str], reason: str) -> None:
    found = decide(app, action, make(app))
    assert (counts(found), reasons(found)) == (("done", 1, 0, 1, 0), [reason])


def test_an_object_that_is_not_the_uploaded_one_is_never_released(app: App) -> None:
    gone, changed = bad_file(app), bad_file(app)
    at = {
        file_id: {"Bucket": row(app, file_id).bucket, "Key": row(app, file_id).object_key}
        for file_id in (gone, changed)
    }
    app.s3.delete_object(**at[gone])
    app.s3.put_object(**at[changed], Body=b"another object")
    for action in ("release", "rescan"):
        found = decide(app, action, gone, changed)
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


# ------------------------------------------------------------------------------------------- at the same moment


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


def test_of_two_operators_one_wins(olivia: App, ben: App) -> None:
    file_id = bad_file(olivia)
    with meanwhile("_refusal_of_storage", lambda: decide(ben, "release", file_id)):
        found = decide(olivia, "release", file_id)
    assert (counts(found), reasons(found)) == (("done", 1, 0, 1, 0), [actions.SERVED])
    assert shown(olivia, file_id)["decision"]["by"] == "ben"
    assert [actor for actor, action, _ in audits(olivia, file_id) if action == "released"] == ["ben"]


def test_a_file_that_is_deleted_meanwhile(olivia: App, ben: App) -> None:
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


# ------------------------------------------------------------------------------------------- new signatures


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
def test_new_signatures_reopen_the_question(
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


def test_a_released_file_is_never_shown_as_clean(app: App) -> None:
    """Whatever storage, scanner or database do during a rescan, it is released until a verdict for its bytes."""
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


def test_the_events_say_who_when_and_why(app: App) -> None:
    told = app.with_settings(webhooks=("https://hook.example/",), webhook_secret="whsec_" + "c2VjcmV0" * 4)
    file_id = bad_file(told)
    decide(told, "release", file_id)
    decide(told, "block", file_id)
    with told.deps.db.read() as session:
        sent = {each.event: each.payload["data"]["file"] for each in session.scalars(select(Delivery))}
    expected = {"by": "anonymous", "at": A_TIME, "reason": WHY}
    assert sent["file.released"]["decision"] == {"action": "release"} | expected
    assert sent["file.blocked"]["decision"] == {"action": "block"} | expected
    assert sent["file.released"]["virus_scan_status"] == "released"


# ------------------------------------------------------------------------------------------- many files


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


def test_a_filter_is_carried_out_by_the_sweeper(app: App) -> None:
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


def test_storage_fails_in_the_middle(app: App) -> None:
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
        for _ in range(turns.ATTEMPTS + 1):
            sweep(app.deps)
            app.clock.forward(3600)
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), found["reasons"][0]["file_id"]) == (("done", 3, 2, 0, 1), files[1])


def test_a_crash_continues_and_decides_nothing_twice(app: App) -> None:
    files = many(app, 4)
    decision = decide(app, "release", filter={"virus_scan_status": "infected"})
    with patch("service.domain.decisions.actions.reach", side_effect=[None, KeyboardInterrupt]):
        with pytest.raises(KeyboardInterrupt):
            sweep(app.deps)
    assert sweep(app.deps).decided_files == 0
    app.clock.forward(turns.LEASE.total_seconds())
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
        app.clock.forward(turns.PAUSE.total_seconds())
        assert sweep(app.deps).decided_files == 1


def test_more_files_than_a_request_decides(app: App) -> None:
    file_id = bad_file(app)
    nobody = [f"9a7c1e52-0b3d-4c68-8f24-{number:012}" for number in range(100)]
    decision = decide(app, "release", *nobody, file_id)
    assert counts(decision) == ("running", 101, 0, 0, 0)
    sweep(app.deps)
    found = app.client.get(f"{DECISIONS}/{decision['decision_id']}").json["data"]
    assert (counts(found), len(found["reasons"])) == (("done", 101, 1, 100, 0), turns.KEPT_REASONS)


# ------------------------------------------------------------------------------------------- two people


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


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"action": "release", "file_ids": ["x"]}, NO_REASON),
        ({"action": "block", "filter": {"search": "a"}}, NO_REASON),
        ({"action": "rescan"}, EITHER),
        (
            {"action": "delete", "file_ids": ["x"], "filter": {"search": "a"}},
            EITHER,
        ),
        ({"action": "delete", "filter": {}}, "[filter] is empty; name at least one property of the files"),
    ],
)
def test_refused_bodies(app: App, body: dict[str, Any], error: str) -> None:
    answer = app.client.post(DECISIONS, json=body)
    assert (answer.status_code, answer.json) == (422, failure("invalid_body", error))


def test_unknown_and_ended_decisions(app: App) -> None:
    unknown = f"{DECISIONS}/9a7c1e52-0b3d-4c68-8f24-5d1e7b90a3c6"
    for answer in (app.client.get(unknown), app.client.delete(unknown), app.client.post(f"{unknown}/approve")):
        assert (answer.status_code, answer.json) == (404, failure("decision_not_found"))
    done = decide(app, "delete", str(app.ready()["id"]))
    ended = app.client.delete(f"{DECISIONS}/{done['decision_id']}")
    assert (ended.status_code, ended.json) == (409, failure("decision_ended"))
    listed = app.client.get(DECISIONS).json
    assert listed == success({"items": [done], "next_cursor": None})


def test_only_operators(secured: App) -> None:
    ann = login(secured, "ann")
    assert ann.client.post(DECISIONS, json={"action": "delete", "file_ids": ["x"]}).status_code == 403


def test_a_form(app: App) -> None:
    file_id = bad_file(app)
    body = {"action": "release", "reason": WHY, "file_ids": f'["{file_id}"]', "dry_run": "false"}
    assert app.client.post(DECISIONS, data=body).json["data"]["done"] == 1


@pytest.mark.parametrize("value", [0, 1, "true", None])
def test_a_dry_run_is_true_or_false(app: App, value: object) -> None:
    """Neither 0 nor 1: taken for another value than meant, it would decide about files."""
    body = {"action": "delete", "filter": {"virus_scan_status": "error"}, "dry_run": value}
    answer = app.client.post("/api/v1/admin/decisions", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_body")
