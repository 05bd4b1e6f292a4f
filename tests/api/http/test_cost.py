"""The cost of each call in statements to the database and calls to storage, which limit a busy service."""

from __future__ import annotations

import pytest

from service.domain.upkeep.orphans import REST
from service.domain.upkeep.sweep import sweep
from tests.support.login import login
from tests.support.service.links import link, opened
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import CHUNK, App


def test_init_is_two_writes_and_one_call(app: App) -> None:
    with counted(app) as cost:
        app.init(size=100 * CHUNK)
    assert cost == (["INSERT", "UPDATE"], ["CreateMultipartUpload"])


@pytest.mark.parametrize("count", [1, 1000])
def test_signing_is_one_read_and_no_call(app: App, count: int) -> None:
    upload_id = app.init(size=1000 * CHUNK)["upload_id"]
    with counted(app) as cost:
        app.post("/upload/chunk/", upload_id=upload_id, chunks=[{"chunk_index": index} for index in range(count)])
    assert cost == (["SELECT"], [])


def test_signing_with_a_known_key_costs_the_same(app: App) -> None:
    """The first call looks the key up, and notes its use, which it does every ten minutes at most."""
    ann = login(app.with_settings(login="on"), "ann")
    with counted(ann) as first:
        upload_id = ann.init(size=1000 * CHUNK)["upload_id"]
    with counted(ann) as cost:
        ann.post("/upload/chunk/", upload_id=upload_id, chunks=[{"chunk_index": index} for index in range(1000)])
    assert (first[0][:2], cost) == (["SELECT", "UPDATE"], (["SELECT"], []))


def test_a_quota_adds_one_write_and_one_read_to_init_and_none_to_completion(app: App) -> None:
    ann = login(app.with_settings(login="on", quota=100), "ann")
    ann.init(size=1)
    body = b"hello"
    with counted(ann) as begun:
        opened = ann.init(size=len(body))
    ann.put(opened["chunks"][0], body)
    with counted(ann) as completed:
        ann.post("/upload/complete/", **ann.completion(opened, body))
    assert begun[0] == ["UPDATE", "SELECT", "INSERT", "UPDATE"]
    assert completed[0] == ["SELECT", "UPDATE", "UPDATE", "INSERT"]


def test_completing_is_a_claim_and_one_transaction(app: App) -> None:
    """Read, claim, record (with the upload's state in the same transaction); list, complete, head."""
    opened = app.send(b"x" * CHUNK + b"y")
    with counted(app) as cost:
        app.post("/upload/complete/", **app.completion(opened, b"x" * CHUNK + b"y"))
    assert cost == (
        ["SELECT", "UPDATE", "UPDATE", "INSERT"],
        ["ListParts", "CompleteMultipartUpload", "HeadObject"],
    )


def test_completing_again_is_two_reads(app: App) -> None:
    opened = app.send()
    app.post("/upload/complete/", **app.completion(opened))
    with counted(app) as cost:
        app.post("/upload/complete/", **app.completion(opened))
    assert cost == (["SELECT", "SELECT"], [])


def test_a_folder_adds_two_reads_to_completion_and_one_to_each_answer(app: App) -> None:
    """Its row is found by all its names at once, and locked; a new one is also written, once for many files."""
    app.upload(path_name="a/b/c")
    opened = app.send(path_name="a/b/c")
    with counted(app) as cost:
        app.post("/upload/complete/", **app.completion(opened))
    with counted(app) as answered:
        app.get(opened["file_id"])
    reads = ["SELECT", "SELECT", "INSERT", "WITH"]
    assert (cost[0][-4:], answered[0]) == (reads, ["SELECT", "WITH"])


def test_getting_a_file_is_one_read(app: App) -> None:
    file = app.ready()
    with counted(app) as cost:
        app.get(file["id"])
        app.status(file["id"])
    assert cost == (["SELECT", "SELECT"], [])


@pytest.mark.parametrize(("size", "calls"), [(1, 2), (20 * CHUNK, 2), (100 * 10**9, 4), (5 * 2**40, 12)])
def test_an_upload_needs_one_signing_call_per_thousand_chunks(app: App, size: int, calls: int) -> None:
    """init and complete, and a signing call for each thousand chunks beyond the first ones."""
    opened = app.with_settings(chunk_size=16 * 2**20).init(size=size)
    rest = opened["total_chunks"] - len(opened["chunks"])
    assert 2 + -(-rest // 1000) == calls


def test_using_a_link_is_two_reads_and_two_writes(app: App) -> None:
    """The link and its file are read; the count and the audit entry are written."""
    made = link(app, app.ready()["id"])
    with counted(app) as cost:
        assert opened(app, made).status_code == 302
    assert cost == (["SELECT", "SELECT", "UPDATE", "INSERT"], [])


def test_an_idle_sweep_is_seventeen_reads_and_its_end(app: App) -> None:
    """Stuck completions; files due for another scan, older verdicts (the signatures' number is cached); files of
    ended entries of the allow-list, due decisions, due adoptions, due replacements; due scans,
    expired uploads and files, old grants and links, the rounds three times (orphans, stored bytes, empty folders),
    pending deletions, entries of the audit log without a seal. It writes its end and counts."""
    app.ready()
    app.init(size=5)
    sweep(app.deps)
    with counted(app) as cost:
        sweep(app.deps)
    assert cost == ([*["SELECT"] * 17, "UPDATE"], [])


def test_with_login_an_idle_sweep_is_one_read_more(app: App) -> None:
    locked = app.with_settings(login="on")
    login(locked, "ann").ready()
    sweep(locked.deps)
    with counted(locked) as cost:
        sweep(locked.deps)
    assert cost == ([*["SELECT"] * 18, "UPDATE"], [])


def test_a_sweep_that_looks_for_orphans_adds_a_call_per_list(app: App) -> None:
    """Once in REST: a page each, a turn taken and ended (SELECT and UPDATE twice), whether a round continues, the three
    counts of stored bytes and the largest subjects, the files that the public bucket's list shows, today's history."""
    app.published().ready()
    sweep(app.deps)
    app.clock.forward(REST.total_seconds())
    with counted(app) as (statements, calls):
        sweep(app.deps)
    assert calls == ["ListMultipartUploads"] * 2 + ["ListObjectsV2"] * 3
    assert (statements.count("UPDATE"), statements.count("SELECT")) == (6 * 2 + 1, 18 + 6 * 2 + 1 + 4 + 1)
    assert len(statements) == 51


@pytest.mark.parametrize("plain", [False, True], ids=["signed links", "plain links"])
def test_a_scan_copies_only_to_make_a_plain_link(app: App, plain: bool) -> None:
    """The copy, a HEAD of the original and of the copy, and the original's deletion."""
    service = app.published() if plain else app
    service.ready()  # it learns the signatures' number, and that the buckets keep no versions
    file = service.upload()
    with counted(service) as (_, calls):
        service.scan(file["id"])
    copying = ["CopyObject", "HeadObject", "HeadObject", "DeleteObjects"] if plain else []
    assert calls == ["GetObject", *copying]


def test_a_scan_is_two_writes_and_two_reads(app: App) -> None:
    """Claim, read, whether the allow-list has hashes, verdict; the number of the signatures is cached."""
    app.ready()
    file = app.upload()
    with counted(app) as cost:
        app.scan(file["id"])
    assert cost[0] == ["UPDATE", "SELECT", "SELECT", "UPDATE"]
