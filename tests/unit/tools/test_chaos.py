"""The chaos run's plans follow from the seed, and its judge finds lost, doubled, stuck and falsely clean files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from service.db.models import File, PendingDeletion, Upload
from service.deps import utc_now
from tools.chaos.evidence import Evidence, Shown
from tools.chaos.judge import Kind, judge
from tools.chaos.killer import NAMES, make_strikes
from tools.chaos.ledger import Attempt, Entry, Ledger
from tools.chaos.plan import CHUNK, Ending, Plan, make_plans
from tools.stack.servers.clamd import eicar

PRIVATE, PUBLIC = "private", "public"
SENT = "the sha256 of what was sent"
CLEAN, INFECTED = 0, 1
"""The entries of `all_is_well`: a harmless public file, an infected one, an aborted upload, a deleted file."""
ABORTED, DELETED = 2, 3


def an_entry(number: int, ending: Ending = Ending.COMPLETE, eicar_at: int | None = None) -> Entry:
    plan = Plan(number, 1, ending, 100, True, None, False, eicar_at, 1.0, False)
    attempt = Attempt(f"upload-{number}", f"file-{number}", PRIVATE, f"key-{number}", f"storage-{number}")
    return Entry(plan, SENT, [attempt], ended=True)


def an_upload(number: int, state: str) -> Upload:
    return Upload(id=f"upload-{number}", file_id=f"file-{number}", object_key=f"key-{number}", state=state)


def a_file(number: int, bucket: str, verdict: str, reason: str | None = None) -> File:
    return File(
        id=f"file-{number}",
        upload_id=f"upload-{number}",
        bucket=bucket,
        object_key=f"key-{number}",
        virus_scan_status=verdict,
        quarantine_reason=reason,
    )


def all_is_well() -> tuple[Ledger, Evidence]:
    ledger = Ledger([an_entry(CLEAN), an_entry(INFECTED, eicar_at=3), an_entry(ABORTED, Ending.ABORT)])
    ledger.entries.append(an_entry(DELETED, Ending.DELETE))
    for number in (CLEAN, INFECTED, DELETED):
        ledger.entries[number].completed.append(f"file-{number}")
    ledger.entries[ABORTED].aborted = True
    ledger.entries[DELETED].deleted = ledger.entries[DELETED].delete_asked = True
    uploads = [an_upload(CLEAN, "completed"), an_upload(INFECTED, "completed"), an_upload(ABORTED, "aborted")]
    files = [a_file(CLEAN, PUBLIC, "clean"), a_file(INFECTED, PRIVATE, "infected", "found")]
    evidence = Evidence(
        PRIVATE,
        PUBLIC,
        uploads={row.id: row for row in uploads},
        files={row.id: row for row in files},
        objects={(PUBLIC, "key-0"), (PRIVATE, "key-1")},
        stored={"file-0": SENT, "file-1": SENT},
        shown={
            "file-0": Shown(200, "ready", "clean", 100, True, SENT),
            "file-1": Shown(200, "quarantined", "infected", 100),
            "file-2": Shown(404, "aborted"),
            "file-3": Shown(404),
        },
        listed=["file-1", "file-0"],
    )
    return ledger, evidence


def kinds(ledger: Ledger, evidence: Evidence) -> set[str]:
    return {str(finding.kind) for finding in judge(ledger, evidence)}


def test_the_judge_reports_nothing_for_a_correct_run() -> None:
    assert judge(*all_is_well()) == []


def changed_entry(number: int, **values: Any) -> Callable[[Ledger, Evidence], None]:
    def change(ledger: Ledger, _evidence: Evidence) -> None:
        ledger.entries[number] = replace(ledger.entries[number], **values)

    return change


def changed_row(table: str, row_id: str, **values: Any) -> Callable[[Ledger, Evidence], None]:
    def change(_ledger: Ledger, evidence: Evidence) -> None:
        for name, value in values.items():
            setattr(getattr(evidence, table)[row_id], name, value)

    return change


def changed_shown(file_id: str, **values: Any) -> Callable[[Ledger, Evidence], None]:
    def change(_ledger: Ledger, evidence: Evidence) -> None:
        evidence.shown[file_id] = replace(evidence.shown[file_id], **values)

    return change


def evidence_with(change: Callable[[Evidence], object]) -> Callable[[Ledger, Evidence], None]:
    return lambda _ledger, evidence: change(evidence) and None


def called_dead(ledger: Ledger, _evidence: Evidence) -> None:
    ledger.entries[CLEAN].attempts[0].dead = "409 upload_aborted"


def two_files_for_one_plan(ledger: Ledger, evidence: Evidence) -> None:
    other = an_entry(9).attempts[0]
    ledger.entries[CLEAN].attempts.append(other)
    evidence.files[other.file_id] = a_file(9, PUBLIC, "clean")


def two_files_for_one_upload(_ledger: Ledger, evidence: Evidence) -> None:
    evidence.files["file-9"] = a_file(9, PUBLIC, "clean")
    evidence.files["file-9"].upload_id = "upload-0"


A_DELETION = PendingDeletion(kind="object", bucket=PRIVATE, object_key="key-8", attempts=3, due_at=utc_now())
LOST = {
    "an unexpected response": changed_entry(CLEAN, surprises=["404"]),
    "no file": evidence_with(lambda found: found.files.pop("file-0")),
    "not shown": changed_shown("file-0", code=404),
    "no upload": evidence_with(lambda found: found.uploads.pop("upload-0")),
    "no object": evidence_with(lambda found: found.objects.remove((PUBLIC, "key-0"))),
    "no bytes": evidence_with(lambda found: found.stored.update({"file-0": None})),
    "other bytes in storage": evidence_with(lambda found: found.stored.update({"file-1": "others"})),
    "other bytes by the link": changed_shown("file-0", sha256="others"),
    "another size": changed_shown("file-0", size=99),
    "a completion that failed": changed_row("uploads", "upload-2", failure_reason="neither parts nor object"),
    "an aborted upload that is a file": changed_shown("file-2", code=200),
    "a deleted file that is there": changed_shown("file-3", code=200),
    "not in the list": evidence_with(lambda found: found.listed.remove("file-0")),
}
DOUBLED = {
    "two completions": changed_entry(CLEAN, completed=["file-0", "file-9"]),
    "two files for a plan": two_files_for_one_plan,
    "two files for an upload": two_files_for_one_upload,
    "a file of a dead upload": called_dead,
    "two objects": evidence_with(lambda found: found.objects.add((PRIVATE, "key-0"))),
    "twice in the list": evidence_with(lambda found: found.listed.append("file-0")),
    "a file of an aborted upload": changed_row("uploads", "upload-0", state="aborted"),
}
STUCK = {
    "a client": changed_entry(CLEAN, ended=False),
    "an upload": changed_row("uploads", "upload-2", state="uploading"),
    "a completion": changed_row("uploads", "upload-0", state="completing"),
    "a scan": changed_row("files", "file-0", virus_scan_status="scanning"),
    "a scan that is due": changed_row("files", "file-0", scan_due_at=utc_now()),
    "a harmless file in quarantine": changed_shown("file-0", stage="quarantined"),
    "an infected file without an end": changed_shown("file-1", stage="queued"),
    "a pending deletion": evidence_with(lambda found: found.pending_deletions.append(A_DELETION)),
    "an object": evidence_with(lambda found: found.objects.add((PRIVATE, "key-8"))),
    "a multipart upload": evidence_with(lambda found: found.multiparts.add((PRIVATE, "key-0", "storage-9"))),
    "a job": evidence_with(lambda found: found.jobs.append("scan-file-0")),
}
FALSELY_CLEAN = {
    "clean": changed_shown("file-1", verdict="clean"),
    "a link": changed_shown("file-1", link=True),
    "public": evidence_with(lambda found: found.objects.add((PUBLIC, "key-1"))),
    "for a moment": changed_entry(INFECTED, exposed=["200"]),
}
CASES = [
    pytest.param(kind, change, id=f"{kind}: {name}")
    for kind, cases in (
        (Kind.LOST, LOST),
        (Kind.DOUBLED, DOUBLED),
        (Kind.STUCK, STUCK),
        (Kind.FALSELY_CLEAN, FALSELY_CLEAN),
    )
    for name, change in cases.items()
]


@pytest.mark.parametrize(("kind", "change"), CASES)
def test_the_judge_reports_each_kind_of_error(kind: Kind, change: Callable[[Ledger, Evidence], None]) -> None:
    ledger, evidence = all_is_well()
    change(ledger, evidence)
    assert kind in kinds(ledger, evidence)


def test_a_seed_always_gives_the_same_run() -> None:
    assert make_plans(7, 50) == make_plans(7, 90)[:50]
    assert make_plans(7, 50) != make_plans(8, 50)
    assert list(islice(make_strikes(7, 3.0), 40)) == list(islice(make_strikes(7, 3.0), 40))
    plan = make_plans(7, 1)[0]
    assert plan.sha256() == make_plans(7, 1)[0].sha256()


def test_every_kind_of_client_and_file_is_among_the_plans() -> None:
    plans = make_plans(1, 400)
    assert {plan.ending for plan in plans} == set(Ending)
    assert {0, 1, CHUNK, CHUNK + 1, 2 * CHUNK} <= {plan.size for plan in plans}
    infected = [plan for plan in plans if plan.eicar_at is not None]
    assert all(plan.body()[plan.eicar_at or 0 :].startswith(eicar()) for plan in infected[:20])
    assert {len(plan.body()) == plan.size for plan in plans[:40]} == {True}
    assert sum(plan.size for plan in make_plans(1, 1000)) < 4 * 1024**3


def test_every_kind_of_strike_occurs_before_one_repeats() -> None:
    deck = list(islice(make_strikes(5, 3.0), 14))
    assert {strike.names for strike in deck if strike.kind == "kill" and len(strike.names) == 1} == {
        (name,) for name in NAMES
    }
    assert {strike.kind for strike in deck} == {"kill", "freeze", "flush"}
    assert sum(len(strike.names) == 2 for strike in deck) == 3
