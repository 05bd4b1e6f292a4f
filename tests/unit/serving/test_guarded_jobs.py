"""Checks of jobs in Redis. Workers that get planted jobs: tests/live/failures/test_planted_jobs.py."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis
from rq.exceptions import NoSuchJobError
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from service.domain.webhooks.events import endpoint_of
from service.limits import MAX_OBJECT_SIZE, MIB
from service.queue.guarded_jobs import (
    DELIVER_JOB,
    DELIVER_TIMEOUT,
    MAX_DESCRIPTION,
    MAX_PASSES,
    RESULT_TTL,
    RULES,
    SCAN_JOB,
    SWEEP_JOB,
    GuardedJob,
    RefusedError,
    call_of,
    meta_of,
)
from service.values.formats.ids import new_id

ENDPOINT = endpoint_of("https://app.example/hook")


def data(name: object, *args: object) -> bytes:
    return json.dumps([name, None, args, {}]).encode()


def restored(**fields: bytes) -> GuardedJob:
    job = GuardedJob("a-job", connection=Redis(), serializer=JSONSerializer)
    job.restore({name.encode(): value for name, value in fields.items()})
    return job


@pytest.mark.parametrize(
    "call", [(SCAN_JOB, new_id()), (SWEEP_JOB,), (DELIVER_JOB, ENDPOINT)], ids=["scan", "sweep", "deliver"]
)
def test_jobs_of_the_service_are_accepted(call: tuple[str, ...]) -> None:
    name, *args = call
    assert call_of(zlib.compress(data(*call))) == call_of(data(*call)) == (name, args)
    job = restored(data=data(*call))
    assert (job.refusal, job.func_name, list(job.args), job.kwargs) == (None, name, args, {})
    assert json.loads(zlib.decompress(job.to_dict()["data"])) == [name, None, args, {}]


@given(st.binary(max_size=300) | st.builds(zlib.compress, st.binary(max_size=300)))
def test_arbitrary_bytes_are_a_refused_job(raw: bytes) -> None:
    job = restored(data=raw, meta=raw, timeout=raw, status=raw, origin=raw, created_at=raw, description=raw)
    assert job.refusal is not None
    assert ("data" in job.to_dict(), job.retries_left, job.func_name) == (False, 0, "")


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_arbitrary_json_is_refused(value: object) -> None:
    with pytest.raises(RefusedError):
        call_of(json.dumps(value).encode())


def test_a_job_without_data_does_not_exist() -> None:
    with pytest.raises(NoSuchJobError):
        restored(last_heartbeat=b"2026-01-02T03:04:05.000000Z")


@pytest.mark.parametrize(
    ("given_", "timeout"), [(b"1", 1), (b"0", 1), (b"-1", 1), (b"120", 120), (b"121", 120), (b"1h", 120), (b"", 120)]
)
def test_the_timeout_of_a_job_is_capped(given_: bytes, timeout: int) -> None:
    assert restored(data=data(DELIVER_JOB, ENDPOINT), timeout=given_).timeout == timeout
    assert (DELIVER_TIMEOUT, RULES[SCAN_JOB].timeout) == (120, MAX_PASSES * (300 + MAX_OBJECT_SIZE // MIB))


def test_the_fields_of_a_job_are_limited() -> None:
    file_id = new_id()
    job = restored(
        data=data(SCAN_JOB, file_id),
        retries_left=b"99",
        result_ttl=b"-1",
        failure_ttl=b"-1",
        ttl=b"9",
        status=b"started",
        enqueued_at=b"2026-01-02T03:04:05.000000Z",
        started_at=b"yesterday",
        description=b"\xff" * 5000,
        worker_name=b"w",
    )
    assert (job.retries_left, job.result_ttl, job.failure_ttl, job.ttl) == (1, RESULT_TTL, RESULT_TTL, None)
    assert (job.get_status(refresh=False), job.worker_name) == (JobStatus.STARTED, "w")
    assert (job.enqueued_at, job.started_at) == (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None)
    assert len(job.description or "") == MAX_DESCRIPTION


def test_callbacks_webhooks_and_dependencies_of_a_job_are_ignored() -> None:
    names = ("success_callback_name", "failure_callback_name", "stopped_callback_name", "group_id", "rate_limit_key")
    hooks = {"webhooks": b'[{"url": "http://inside", "job_status": "finished"}]', "dependency_ids": b'["a"]'}
    more = {"repeats_left": b"9", "retry_intervals": b"[9]", "rate_limit_concurrency": b"1", "enqueue_at_front": b"1"}
    job = restored(data=data(SWEEP_JOB), **dict.fromkeys(names, b"os.system"), **hooks, **more)
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)
    assert (job.webhooks, job._dependency_ids, job.group_id, job.has_rate_limit) == ([], [], None, False)
    assert (job.repeats_left, job.retry_intervals, job.enqueue_at_front) == (None, None, None)


@pytest.mark.parametrize(
    ("raw", "meta"),
    [
        (None, {}),
        (b'{"request_id": "abc", "traceparent": "00-1-2-01"}', {"request_id": "abc", "traceparent": "00-1-2-01"}),
        (b'{"request_id": "a\\nb", "tracestate": 1, "Bad Name": "x", "ok": "yes"}', {"ok": "yes"}),
        (b'["request_id"]', {}),
        (b"\x80\x04.", {}),
        (b'{"a": "%s"}' % (b"x" * 5000), {}),
        (json.dumps({f"m{n}": "x" for n in range(20)}).encode(), {f"m{n}": "x" for n in range(8)}),
    ],
)
def test_invalid_metadata_of_a_job_is_dropped(raw: bytes | None, meta: dict[str, str]) -> None:
    assert meta_of(raw) == meta
