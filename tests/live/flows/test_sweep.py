"""The sweeper on real storage, database and queue: abandoned and lost data is deleted once, by any process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from service.db.models import Fact, File, Upload
from service.db.statements.objects.deletions import due_deletions
from service.deps import Deps, utc_now
from service.domain.upkeep.orphans import MARGIN
from service.domain.upkeep.sweep import sweep
from service.values import Location, MultipartPlace, NewMultipart, SweepReport
from service.values.formats.ids import new_id
from tests.support.live.client import put
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, frozen

MANY = 8


def abandon(stack: Stack) -> list[str]:
    """Open multipart uploads, each second one with a part in storage; returns their ids."""
    opened = [stack.client.init_part(5) for _ in range(MANY)]
    for one in opened[::2]:
        assert put(one["chunks"][0], b"12345").status_code == 200
    return [one["upload_id"] for one in opened]


def let_expire(stack: Stack, upload_ids: list[str]) -> None:
    with stack.db.write() as session:
        past = utc_now() - timedelta(seconds=1)
        session.execute(update(Upload).where(Upload.id.in_(upload_ids)).values(expires_at=past))


def states(stack: Stack, upload_ids: list[str]) -> set[str]:
    return {stack.row(Upload, upload_id).state for upload_id in upload_ids}


def still_open(stack: Stack, keys: set[str]) -> set[str]:
    """Return the keys with an open multipart upload."""
    listed = stack.storage.open_uploads(stack.settings.s3_private_bucket)
    return keys & {up.object_key for up in listed}


def test_abandoned_uploads_end_in_database_and_storage(stack: Stack) -> None:
    upload_ids = abandon(stack)
    keys = {stack.object_key(upload_id) for upload_id in upload_ids}
    assert still_open(stack, keys) == keys
    let_expire(stack, upload_ids)
    eventually(lambda: states(stack, upload_ids), lambda found: found == {"expired"})
    eventually(lambda: still_open(stack, keys), lambda left: not left)
    for key in keys:
        stack.wait_forgotten(key)


def test_the_next_sweeper_finishes_the_work_of_a_killed_one(one_stack: Stack) -> None:
    stack = one_stack
    with stack.without(stack.cron):
        upload_ids = abandon(stack)
        keys = {stack.object_key(upload_id) for upload_id in upload_ids}
        let_expire(stack, upload_ids)
        with frozen(stack.parts["storage"]):
            stack.cron.start()
            eventually(lambda: states(stack, upload_ids), lambda found: found == {"expired"})
            stack.cron.kill()
        assert still_open(stack, keys)
    for key in keys:
        stack.wait_forgotten(key)


@pytest.fixture
def days_later(stack: Stack) -> Iterator[Deps]:
    """A sweeper's parts, its clock so far ahead that what is put into storage now is old; no other sweeper runs."""
    settings = replace(stack.settings, orphan_policy="delete")
    ahead = timedelta(seconds=settings.upload_ttl + 600) + MARGIN
    deps = replace(stack.deps_under(settings), clock=lambda: utc_now() + ahead)
    with stack.without(stack.cron):
        forget_rounds(stack)
        yield deps
        forget_rounds(stack)
    stack.let_time_pass()


def forget_rounds(stack: Stack) -> None:
    with stack.db.write() as session:
        session.execute(delete(Fact).where(Fact.name.startswith("sweep.")))


def test_concurrent_sweepers_do_each_thing_once(stack: Stack, days_later: Deps) -> None:
    private, public = stack.settings.s3_private_bucket, stack.settings.s3_public_bucket
    client = stack.client
    sweep(days_later)  # what other tests have left
    forget_rounds(stack)
    file = client.ready(b"known")
    expired = abandon(stack)
    with stack.without(stack.worker):
        lost = [client.upload(b"lost")["id"] for _ in range(MANY)]
        stack.redis.flushdb()
        for number in range(MANY):
            stack.s3.put_object(Bucket=(private, public)[number % 2], Key=new_id(), Body=b"stray")
            stack.storage.create_upload(NewMultipart(Location((private, public)[number % 2], new_id()), new_id()))
        with ThreadPoolExecutor(4) as sweepers:
            reports = list(sweepers.map(sweep, [days_later] * 4))
        reports += [sweep(days_later), sweep(days_later)]
        assert reports[-1] == SweepReport()
        assert [report.errors for report in reports] == [[]] * len(reports)
        assert sorted(stack.waiting_jobs()) == sorted(f"scan-{file_id}" for file_id in lost)
        # before a worker is back, which has pending deletions of originals for a moment
        with stack.db.read() as session:
            due = due_deletions(session, days_later.clock(), limit=1)
        left = (due, stack.storage.open_uploads(private), stack.storage.open_uploads(public))
        assert left == ([], [], [])
    counts = {name for name, value in vars(SweepReport()).items() if isinstance(value, int)}
    counts.remove("expired_uploads")  # what other tests have left open expires too
    done = {name: sum(getattr(report, name) for report in reports) for name in counts}
    assert done == {
        "expired_files": 0,
        "replacements": 0,
        "finished_completions": 0,
        "queued_scans": MANY,
        "rescans": 0,
        "queued_promotions": 0,
        "removed": 3 * MANY,
        "queued_deliveries": 0,
        "forgotten_deliveries": 0,
        "forgotten_grants": 0,
        "forgotten_links": 0,
        "forgotten_audits": 0,
        "forgotten_decisions": 0,
        "forgotten_entries": 0,
        "sealed_audits": 0,
        "decided_files": 0,
        "adopted_objects": 0,
        "reopened_files": 0,
        "corrected_usages": 0,
        "replaced": 0,
        "unknown_multiparts": MANY,
        "orphans": MANY,
        "orphan_bytes": 5 * MANY,
    }
    assert states(stack, expired) == {"expired"}
    assert client.download(client.get(file["id"])).content == b"known"
    for file_id in lost:
        client.wait_ready(file_id)


def test_multiparts_and_objects_are_listed_page_by_page(stack: Stack) -> None:
    """Of two keys, one with several uploads open at once."""
    bucket = f"pages-{new_id()}"
    stack.storage.ensure_bucket(bucket)
    first, second = sorted((new_id(), f"quarantine/{new_id()}"))
    wanted = [
        (key, stack.storage.create_upload(NewMultipart(Location(bucket, key), "x")))
        for key in (first, first, first, second)
    ]
    found: list[tuple[str, str]] = []
    after: MultipartPlace | None = None
    for _ in range(3):
        ups, after = stack.storage.multiparts_after(bucket, after, 2)
        found += [(up.object_key, up.storage_upload_id) for up in ups]
        if after is None:
            break
    assert (sorted(found), after) == (sorted(wanted), None)
    for key, storage_upload_id in wanted:
        assert stack.storage.abort_upload(Location(bucket, key), storage_upload_id)
    keys = sorted([first, second, new_id()])
    for key in keys:
        stack.s3.put_object(Bucket=bucket, Key=key, Body=b"12345")
    (page, place), (rest, end) = (
        stack.storage.objects_after(bucket, None, 2),
        stack.storage.objects_after(bucket, keys[1], 2),
    )
    assert ([(each.object_key, each.size) for each in page + rest], place, end) == (
        [(key, 5) for key in keys],
        keys[1],
        None,
    )
    assert all(abs(utc_now() - each.modified_at) < timedelta(minutes=5) for each in page)
    assert stack.storage.delete(bucket, keys) == {}


def test_scans_lost_by_redis_are_queued_again(one_stack: Stack) -> None:
    stack, client = one_stack, one_stack.client
    with stack.without(stack.worker):
        files = [client.upload(f"file {number}".encode()) for number in range(MANY)]
        eventually(lambda: len(stack.waiting_jobs()) >= MANY)
        stack.redis.flushall()
        assert stack.waiting_jobs() == []
        stack.let_time_pass()
        wanted = {f"scan-{file['id']}" for file in files}
        eventually(lambda: set(stack.waiting_jobs()), lambda waiting: waiting >= wanted)
    for number, file in enumerate(files):
        assert client.download(client.wait_ready(file["id"])).content == f"file {number}".encode()
    assert {stack.count(File, id=file["id"]) for file in files} == {1}


def test_scans_that_a_full_redis_refused_are_queued_later(one_stack: Stack) -> None:
    stack, client = one_stack, one_stack.client
    stack.redis.config_set("maxmemory", 1)
    try:
        files = [client.upload(f"file {number}".encode()) for number in range(3)]
        assert [client.status(file["id"])["stage"] for file in files] == ["queued"] * 3
        assert stack.waiting_jobs() == []
    finally:
        stack.redis.config_set("maxmemory", 0)
    for number, file in enumerate(files):
        assert client.download(client.wait_ready(file["id"])).content == f"file {number}".encode()
