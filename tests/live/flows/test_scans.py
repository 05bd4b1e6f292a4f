"""Scans on real parts: several at once, their progress, and the withdrawal of files with links."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path

import requests

from service.db.models import File
from service.domain.scanning.failures import GIVEN_UP, MAX_UNFINISHED
from tests.support.live.clamds import signatures_of
from tests.support.live.client import SECONDS
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, frozen
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import eicar


def test_a_host_scans_as_many_files_at_once_as_configured(one_stack: Stack) -> None:
    client = one_stack.client
    pair = Worker(one_stack.folder / "pair", one_stack.env | {"SCAN_WORKERS": "2"})
    with one_stack.without(one_stack.worker):
        pair.start()
        try:
            with frozen(one_stack.parts["clamd"]):
                files = [client.upload(b"hello"), client.upload(b"world")]
                stages = [client.wait_stage(file["id"], "scanning") for file in files]
            assert [stage["scanned_bytes"] for stage in stages] == [0, 0]
            assert [client.wait_ready(file["id"])["virus_scan_status"] for file in files] == ["clean", "clean"]
        finally:
            pair.stop()


def kill_job(worker: Worker) -> None:
    """End the process of the job that a worker does, as the kernel does where memory is short."""
    pid = worker.children[0].pid
    (job,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(job), signal.SIGKILL)


def test_a_file_whose_scans_are_all_killed_fails_until_a_retry(one_stack: Stack) -> None:
    stack, client = one_stack, one_stack.client

    def begun() -> int:
        stack.let_time_pass()
        return int(stack.row(File, file_id).unfinished_scans)

    with frozen(stack.parts["clamd"]):
        file_id = client.upload(b"hello")["id"]
        for number in range(1, MAX_UNFINISHED + 1):
            eventually(begun, number.__eq__)
            kill_job(stack.worker)

    def stage() -> str:
        stack.let_time_pass()
        return str(client.status(file_id)["stage"])

    eventually(stage, "scan_failed".__eq__)
    assert client.get(file_id)["virus_scan_result"] == GIVEN_UP
    assert stack.row(File, file_id).scan_due_at is None
    assert client.retry(file_id=file_id)["virus_scan_status"] == "pending"
    assert client.wait_ready(file_id)["virus_scan_status"] == "clean"


def test_new_signatures_withdraw_infected_files(one_stack: Stack) -> None:
    stack, client = one_stack, one_stack.client
    late, harmless = secrets.token_bytes(40), secrets.token_bytes(40)
    with signatures_of(stack.parts["clamd"]) as signatures:
        signatures.publish(26001, Something=b"something else")
        served = [client.ready(body) for body in (late, harmless)]
        link = client.get(served[0]["id"])["download_url"]
        assert requests.get(link, timeout=SECONDS).content == late
        signatures.publish(26002, Something=b"something else", Late=late)
        shown = client.wait_stage(served[0]["id"], "quarantined")
        assert shown["virus_scan_status"] == "infected"
        rows = eventually(
            lambda: [stack.row(File, file["id"]) for file in served],
            lambda rows: all(row.scanned_with.endswith("/26002") for row in rows),
        )
    assert [row.virus_scan_result for row in rows] == ["Late.UNOFFICIAL", None]
    eventually(lambda: requests.get(link, timeout=SECONDS).ok, lambda ok: not ok)
    assert client.download(client.get(served[1]["id"])).content == harmless


def test_a_file_served_unscanned_is_withdrawn_by_its_first_scan(stack: Stack) -> None:
    """The file is served without a scan; then a scanner is turned on."""
    client = stack.client
    unscanned = Worker(stack.folder / "unscanned", stack.env | {"CLAMD_URL": "off"})
    with stack.without(stack.worker), stack.without(stack.cron):
        unscanned.start()
        try:
            file = client.upload(eicar())
            client.wait_stage(file["id"], "ready")
        finally:
            unscanned.stop()
        link = client.get(file["id"])["download_url"]
        assert requests.get(link, timeout=SECONDS).content == eicar()
    shown = client.wait_stage(file["id"], "quarantined")
    assert (shown["virus_scan_status"], client.get(file["id"])["download_url"]) == ("infected", None)
    key = stack.object_key(file["upload_id"])
    eventually(lambda: stack.buckets_of(key), lambda buckets: buckets == [])
    assert not requests.get(link, timeout=SECONDS).ok
    assert stack.keys(stack.settings.s3_private_bucket, f"quarantine/{key}") == [f"quarantine/{key}"]
    done = [(audit.actor, audit.action) for audit in stack.audits(file["id"])]
    assert done == [("scanner", "withdrawn"), ("scanner", "quarantined")]
