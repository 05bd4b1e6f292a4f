"""Monitoring: a request's id everywhere, and /metrics."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from jobs.request_context import around
from service.domain.upkeep import job_counts
from service.domain.upkeep.job_counts import hand_in
from service.domain.upkeep.observations import KEPT
from service.domain.upkeep.sweep import sweep
from service.observability import request_ids
from service.observability.counters import Sample
from tests.support.fakes import SIGNATURE, FakeScanner
from tests.support.live.eventually import eventually
from tests.support.matchers import Like, failure
from tests.support.service.recorded_calls import counted
from tests.support.service.scrapes import grown, next_scrape, scraped
from tests.support.service_under_test import FILE, App, rebuilt

READY = {"database": 1.0, "storage": 1.0, "redis": 1.0, "scanner": 1.0}


@pytest.fixture(autouse=True)
def _nothing_counted_before() -> None:
    """Ignore counts of other tests in this process."""
    job_counts.begin()


# a request's id


def test_every_answer_carries_a_request_id(app: App) -> None:
    sent = {"X-Request-ID": "of-the-caller"}
    assert app.client.get("/api/health/live", headers=sent).headers["X-Request-ID"] == "of-the-caller"
    for path in ("/api/health/live", "/nothing", f"{FILE}/get/no-id"):
        assert app.client.get(path).headers["X-Request-ID"] == Like("[0-9a-f]{16}")


def test_storage_calls_carry_the_request_id(app: App) -> None:
    agents: list[str] = []
    events = app.deps.storage._s3.meta.events
    events.register("before-send.s3", lambda request, **_rest: agents.append(request.headers["User-Agent"]))
    answer = app.client.post(f"{FILE}/upload/init/", json={"size": 1}, headers={"X-Request-ID": "of-the-caller"})
    assert answer.status_code == 200
    assert agents == [Like(r"longshore/0.1.0 Boto3/.* request/of-the-caller")]
    assert "of-the-caller" not in answer.text  # presigned URLs stay as they are


def test_an_internal_error_mentions_the_request_id(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.deps.storage._s3, "create_multipart_upload", lambda **_: 1 / 0)
    answer = app.post("/upload/init/", size=1)
    assert (answer.status_code, answer.json) == (500, failure("internal_error"))
    assert "X-Request-ID" in answer.json["message"]


# metrics


def test_uploads_and_scans_are_counted(app: App) -> None:
    before = scraped(app.client)
    file = app.upload(b"hello")
    with around(app.deps, "scan"):
        app.scan(file["id"])
    infected = app.upload(SIGNATURE)
    with around(app.deps, "scan"):
        app.scan(infected["id"])
    after = next_scrape(app)
    assert grown(before, after, "longshore_parts_signed_total") == {"": 2}
    assert grown(before, after, "longshore_uploads_total") == {"initialized,default": 2, "completed,default": 2}
    assert grown(before, after, "longshore_bytes_completed_total") == {"": 5 + len(SIGNATURE)}
    assert grown(before, after, "longshore_scans_total") == {"clean": 1, "infected": 1}
    assert grown(before, after, "longshore_scan_bytes_total") == {"clamd": 5 + len(SIGNATURE)}
    assert grown(before, after, "longshore_scan_seconds_count") == {"clamd": 2}
    assert grown(before, after, "longshore_request_seconds_count") == {
        "POST,/api/v1/file/upload/init/,200": 2,
        "POST,/api/v1/file/upload/complete/,200": 2,
        "GET,/metrics,200": 1,
    }


def test_sweeps_and_their_results_are_counted(app: App) -> None:
    before = scraped(app.client)
    app.send()
    app.clock.forward(24 * 3600)
    with around(app.deps, "sweep"):
        sweep(app.deps)
    after = next_scrape(app)
    assert grown(before, after, "longshore_sweeps_total") == {"ok": 1}
    assert grown(before, after, "longshore_sweep_results_total") == {"expired_uploads": 1, "removed": 1}
    ended = app.clock().timestamp() - KEPT.total_seconds()
    assert after["longshore_last_sweep_timestamp_seconds"] == {"": pytest.approx(ended)}


def test_metrics_contain_the_current_state(app: App) -> None:
    app.ready()
    app.init(size=7)
    sweep(app.deps)
    seen = next_scrape(app)
    assert seen["longshore_up"] == READY
    states = dict.fromkeys(("uploading", "completing", "completed", "aborted", "expired"), 0)
    assert seen["longshore_uploads_by_state"] == states | {"uploading": 1, "completed": 1}
    assert {k: v for k, v in seen["longshore_stored_bytes"].items() if v} == {"uploading": 7, "clean": 5}
    assert seen["longshore_held_bytes"] == seen["longshore_stored_bytes"]  # its name in the release before
    assert seen["longshore_queue_jobs"] == {"scan": 1, "rescan": 0}
    assert seen["longshore_queue_running"] == {"scan": 0, "rescan": 0}
    assert seen["longshore_queue_oldest_seconds"] == {"scan": 0, "rescan": 0}


def test_metrics_contain_the_date_of_the_signatures(app: App) -> None:
    """There is none for an ICAP server that reports no date, or for a scanner that is down."""
    two = rebuilt(app, icap=FakeScanner(name="icap"))
    two.scanner.signatures = "27800/Tue Nov 24 09:26:45 2026"
    name = "longshore_signatures_timestamp_seconds"
    assert next_scrape(two)[name] == {"clamd": datetime(2026, 11, 24, 9, 26, 45, tzinfo=UTC).timestamp()}
    two.scanner.down = True
    assert name not in next_scrape(two)


def test_pending_deliveries_are_counted(app: App) -> None:
    hooked = app.with_settings(webhooks=("https://app.example/",))
    hooked.ready()
    hooked.clock.forward(60)
    assert next_scrape(hooked)["longshore_deliveries_oldest_seconds"] == {"owed": 60 + KEPT.total_seconds()}


@pytest.mark.parametrize("path", ["/metrics/", "/%6detrics", "/metrics%2F", "/x/metrics", "http://localhost/metrics"])
def test_metrics_have_one_address(app: App, path: str) -> None:
    """So that a proxy that blocks /metrics blocks them."""
    environ = {"RAW_URI": path, "SCRIPT_NAME": "/x" if path.startswith("/x") else ""}
    answer = app.client.get(path.removeprefix("/x"), environ_overrides=environ)
    assert (answer.status_code, answer.json) == (404, failure("not_found"))


def test_a_dependency_that_is_down_is_reported_without_its_metrics(app: App) -> None:
    app.queue.down = app.scanner.down = True
    without = app.without_storage().without_database()
    before = scraped(without.client)
    assert before["longshore_up"] == dict.fromkeys(READY, 0.0)
    absent = ("longshore_queue", "longshore_uploads_by", "longshore_held", "longshore_stored")
    assert [name for name in before if name.startswith(absent)] == []
    without.post("/upload/init/", size=1)
    grew = grown(before, scraped(without.client), "longshore_dependency_failures_total")
    assert grew == {"unavailable,database": 1}


def test_refused_and_failed_calls_to_storage_are_counted_separately(app: App) -> None:
    before = scraped(app.client)
    app.with_settings(s3_private_bucket="nope").post("/upload/init/", size=1)
    app.without_storage().post("/upload/init/", size=1)
    grew = grown(before, scraped(app.client), "longshore_dependency_failures_total")
    assert grew == {"refused,storage": 1, "unavailable,storage": 1}


def test_clients_cannot_create_labels(app: App) -> None:
    before = scraped(app.client)
    for number in range(3):
        app.client.open(f"/made/up/{number}", method="BREW")
        app.client.get(f"{FILE}/get/00000000-0000-0000-0000-00000000000{number}")
    grew = grown(before, scraped(app.client), "longshore_request_seconds_count")
    assert grew == {"other,none,404": 3, f"GET,{FILE}/get/<file_id>,404": 3, "GET,/metrics,200": 1}


def test_scrapes_reuse_the_state_that_was_read_before(app: App) -> None:
    scraped(app.client)
    app.clock.forward(KEPT.total_seconds())
    with counted(app) as (statements, calls):
        for _ in range(3):
            scraped(app.client)
    # the migrations (the table, and its row), open uploads, the sweeper's counts
    assert (statements, calls) == (["PRAGMA", "SELECT", "SELECT", "SELECT"], ["HeadBucket", "HeadBucket"])


def test_metrics_require_the_configured_token(app: App) -> None:
    guarded = app.with_settings(metrics_token="the-token-of-prometheus")
    for sent in ({}, {"Authorization": "Bearer another"}, {"Authorization": "the-token-of-prometheus"}):
        answer = guarded.client.get("/metrics", headers=sent)
        assert (answer.status_code, answer.json) == (401, failure("no_metrics_token"))
    assert scraped(guarded.client, Authorization="Bearer the-token-of-prometheus")["longshore_up"] == READY


# counts of jobs


def test_each_count_is_handed_in_once(app: App) -> None:
    app.ready()
    hand_in(app.deps)
    before = app.deps.counters.read()
    hand_in(app.deps)
    assert app.deps.counters.read() == before
    app.ready()
    hand_in(app.deps)
    clean = Sample("longshore_scans_total", (("verdict", "clean"),))
    assert app.deps.counters.read()[clean] - before[clean] == 1


def test_a_workers_process_does_not_hand_in_the_counts_of_its_parent(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(app.deps)
    before = app.deps.counters.read()
    app.ready()
    monkeypatch.setattr("jobs.request_context.get_current_job", lambda: SimpleNamespace(meta={}))
    with job_counts.handed_in_regularly(app.deps):
        for _ in range(2):
            with around(app.deps, "scan"):
                app.ready()
    clean = Sample("longshore_scans_total", (("verdict", "clean"),))
    assert app.deps.counters.read()[clean] - before.get(clean, 0) == 2


def test_a_workers_counts_are_seen_while_it_runs(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_counts, "SECONDS", 0.01)
    clean = Sample("longshore_scans_total", (("verdict", "clean"),))
    with job_counts.handed_in_regularly(app.deps):
        before = app.deps.counters.read().get(clean, 0)
        app.ready()
        eventually(lambda: app.deps.counters.read().get(clean, 0) - before, lambda more: more == 1)


def test_without_redis_counts_wait_for_the_next_time(app: App) -> None:
    hand_in(app.deps)
    before = app.deps.counters.read()
    app.ready()
    app.deps.counters.down = True  # type: ignore[attr-defined]
    hand_in(app.deps)
    app.deps.counters.down = False  # type: ignore[attr-defined]
    hand_in(app.deps)
    clean = Sample("longshore_scans_total", (("verdict", "clean"),))
    assert app.deps.counters.read()[clean] - before.get(clean, 0) == 1


def test_a_metric_of_another_version_is_ignored(app: App) -> None:
    app.deps.counters.add({Sample("longshore_of_tomorrow_total", ()): 1.0}, {})
    seen = scraped(app.client)
    assert ("longshore_of_tomorrow_total" in seen, seen["longshore_up"]) == (False, READY)


def test_a_job_begins_with_a_new_request_id(app: App) -> None:
    request_ids.begin("that-of-before")
    with around(app.deps, "sweep"):
        assert re.fullmatch("[0-9a-f]{16}", request_ids.current() or "")
    assert json.dumps(request_ids.current())
