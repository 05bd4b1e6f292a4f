"""A short chaos run: a fixed seed, real parts, every kind of strike; and a judge that detects every kind of damage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from service.db.models import File, PendingDeletion
from service.deps import utc_now
from service.queue.jobs import JobQueue
from service.values import ONE_PUT
from tools.chaos.evidence import gather
from tools.chaos.judge import Finding, judge
from tools.chaos.killer import NAMES
from tools.chaos.ledger import Entry
from tools.chaos.plan import Ending
from tools.chaos.report import Order, Result, report
from tools.chaos.rig import Rig, running_rig
from tools.chaos.run import run
from tools.stack.pytest_parts import need

ORDER = Order(seed=20, uploads=32, clients=4, seconds=15, gap=1.0, strikes=14)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    for name in ("redis", "swift", "mariadb", "clamd"):
        need(name)
    with running_rig(tmp_path_factory.mktemp("chaos"), ORDER.store) as started:
        yield started


@pytest.fixture(scope="module")
def result(rig: Rig) -> Result:
    return run(rig, ORDER)


def test_no_file_is_lost_doubled_stuck_or_falsely_clean(
    rig: Rig, result: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    report(result, rig)
    printed = capsys.readouterr().out
    assert (result.counts(), result.calm) == (
        {"lost": 0, "doubled": 0, "stuck": 0, "falsely clean": 0},
        True,
    ), printed
    assert "\nlost 0, doubled 0, stuck 0, falsely clean 0\nto repeat: ./dev chaos --seed 20 --uploads 32 " in printed


def test_the_run_covers_every_kind_of_failure(result: Result) -> None:
    assert set(result.killer.kills) == set(NAMES)
    assert (result.killer.freezes.total() >= 1, result.killer.flushes >= 1) == (True, True)
    endings = {entry.plan.ending for entry in result.ledger.entries}
    assert {Ending.COMPLETE, Ending.REPEAT, Ending.ABORT, Ending.ABANDON} <= endings
    assert any(entry.infected for entry in result.ledger.entries)
    kinds = Counter(upload.storage_upload_id == ONE_PUT for upload in result.evidence.uploads.values())
    assert (kinds[True] >= 10, kinds[False] >= 5) == (True, True), kinds
    assert any(attempt.late for entry in result.ledger.entries for attempt in entry.attempts)


def test_the_judge_detects_every_kind_of_damage(rig: Rig, result: Result) -> None:
    """The last test of this stack, as it breaks it in every way that the judge can report."""
    for name in ("cron", "worker"):
        rig.parts[name].stop()
    files = gather(rig, result.ledger).files
    kept = [entry for entry in result.ledger.entries if entry.current and entry.current.file_id in files]
    harmless = iter([entry for entry in kept if entry.completed and not entry.infected])
    whole = dict.fromkeys(("no object", "no row", "other bytes", "two objects", "no verdict", "not deleted"))
    broken = {name: next(harmless) for name in whole} | {"virus": next(entry for entry in kept if entry.infected)}
    _break(rig, files, broken)
    broken["not deleted"].deleted = True
    found = judge(result.ledger, gather(rig, result.ledger))

    assert _kinds(found, broken["no object"]) == {"lost"}
    assert _kinds(found, broken["no row"]) == {"lost", "stuck"}
    # on a request for its link, the service notices and withdraws it; there is no worker to move the object
    assert _kinds(found, broken["other bytes"]) == {"lost", "stuck"}
    assert _kinds(found, broken["two objects"]) == {"doubled"}
    assert _kinds(found, broken["no verdict"]) == {"stuck"}
    assert _kinds(found, broken["not deleted"]) == {"lost"}
    assert "falsely clean" in _kinds(found, broken["virus"])
    unowned = {finding.what for finding in found if "unowned" in finding.ids}
    assert unowned == {
        "an object in longshore-public has no row",
        "a multipart upload is still open in longshore-private",
        "a deletion is still pending: object longshore-private/unowned (0 attempts, None)",
    }
    assert any(finding.what == "a job never expires" for finding in found)


def _break(rig: Rig, files: dict[str, File], broken: dict[str, Entry]) -> None:
    """Damage database, storage and queue."""
    private, public = rig.buckets
    row = {name: files[entry.attempts[-1].file_id] for name, entry in broken.items()}
    rig.s3.delete_object(Bucket=row["no object"].bucket, Key=row["no object"].object_key)
    rig.s3.put_object(Bucket=row["other bytes"].bucket, Key=row["other bytes"].object_key, Body=b"others")
    other = private if row["two objects"].bucket == public else public
    rig.s3.put_object(Bucket=other, Key=row["two objects"].object_key, Body=b"again")
    rig.s3.put_object(Bucket=public, Key="unowned", Body=b"?")
    rig.s3.create_multipart_upload(Bucket=private, Key="unowned")
    due = utc_now() + timedelta(hours=1)
    with rig.db.write() as session:
        session.execute(delete(File).where(File.id == row["no row"].id))
        unjudged = update(File).where(File.id == row["no verdict"].id)
        session.execute(unjudged.values(virus_scan_status="pending", scan_due_at=due))
        virus = update(File).where(File.id == row["virus"].id)
        session.execute(virus.values(virus_scan_status="clean", quarantine_reason=None))
        session.add(PendingDeletion(kind="object", bucket=private, object_key="unowned", attempts=0, due_at=due))
    JobQueue(rig.redis).enqueue_scan(row["no verdict"].id, 1)


def _kinds(found: list[Finding], entry: Entry) -> set[str]:
    """Return the findings about a client's file."""
    attempt = entry.attempts[-1]
    names = {attempt.upload_id, attempt.file_id, attempt.object_key}
    return {str(finding.kind) for finding in found if names & set(finding.ids)}
