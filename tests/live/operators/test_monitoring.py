"""Monitoring of the running service: request ids, metrics of all processes, and health of the dependencies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.documents import block_of
from tests.support.live.client import FILE, Client
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack, frozen
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, harmful
from tools.stack.servers.app import Api

ID = "of-the-live-caller"


class NamedClient(Client):
    """Gives every request the same id."""

    def request(self, method: str, path: str, **options: object) -> requests.Response:
        headers = {"X-Request-ID": ID} | dict(options.pop("headers", {}))  # type: ignore[call-overload]
        return super().request(method, path, headers=headers, **options)


def samples(url: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a scrape by name and labels' values."""
    answer = requests.get(f"{url}/metrics", timeout=60)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


@pytest.fixture
def json_api(one_stack: Stack, tmp_path: Path) -> Iterator[Api]:
    """An API of its own, with JSON logs and an access log."""

    class Logging(Api):
        def argv(self) -> list[str]:
            return [*super().argv()[:-1], "--access-logfile=-", self.application]

    api = Logging(tmp_path, one_stack.env | {"LOG_FORMAT": "json"})
    api.start()
    yield api
    api.stop()


def test_the_request_id_reaches_the_worker_and_storage(one_stack: Stack) -> None:
    agents: list[str] = []

    def note(request: ProxiedRequest, forward: Forward) -> Reply:
        agents.append(request.headers["user-agent"])
        return forward(request)

    with harmful(one_stack.settings.s3_endpoint_url.removeprefix("http://")) as storage, storage.doing(note):
        with one_stack.second_api(S3_ENDPOINT_URL=storage.url, S3_PUBLIC_ENDPOINT_URL=storage.url) as api:
            agents.clear()  # of its start
            file = NamedClient(api.url).ready(b"some bytes")
    # the part is sent by the client itself, by a URL that carries no id
    assert [agent for agent in agents if not agent.endswith(f" request/{ID}")] == [requests.utils.default_user_agent()]
    assert len(agents) > 3
    worker = (one_stack.worker.logs / "worker.log").read_text()
    finished = [line for line in worker.splitlines() if f"scan_finished file_id={file['id']}" in line]
    assert [line.endswith(f"request_id={ID}") for line in finished] == [True]
    [recorded] = [line for line in one_stack.logs().splitlines() if f"file_recorded file_id={file['id']}" in line]
    assert recorded.endswith(f"request_id={ID}")


def test_every_process_reports_the_metrics_of_all(one_stack: Stack, json_api: Api) -> None:
    route = ("longshore_request_seconds_count", "GET", "/api/health/live", "200")
    before = samples(json_api.url)[route]
    for _ in range(20):
        requests.get(f"{json_api.url}/api/health/live", timeout=60)
    assert {samples(json_api.url)[route] - before for _ in range(10)} == {20.0}


def test_every_api_reports_the_metrics_of_jobs(one_stack: Stack, json_api: Api) -> None:
    clean = ("longshore_scans_total", "clean")
    before = samples(json_api.url).get(clean, 0.0)
    one_stack.client.ready(b"some bytes")
    eventually(lambda: samples(json_api.url).get(clean, 0.0) - before, lambda more: more == 1)
    seen = samples(json_api.url)
    assert seen["longshore_sweeps_total", "ok"] > 0
    assert [seen["longshore_up", part] for part in ("database", "storage", "redis", "scanner")] == [1, 1, 1, 1]


def test_every_log_line_is_json_and_contains_no_query(one_stack: Stack, json_api: Api) -> None:
    Client(json_api.url).upload(b"some bytes")
    file = one_stack.client.ready(b"some bytes", credential={"pin": "1234-pin"})
    path = f"{FILE}/get/{file['id']}"
    answer = requests.get(f"{json_api.url}{path}", params={"pin": "1234-pin"}, headers={"X-Request-ID": ID}, timeout=60)
    assert answer.status_code == 200
    log = json_api.logs / "api.log"
    eventually(lambda: path in log.read_text())
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    served = [line for line in lines if line.get("path") == path]
    assert [(line["event"], line["status"], line["request_id"]) for line in served] == [("request_served", 200, ID)]
    assert "1234-pin" not in log.read_text()
    [written] = [line for line in lines if line["event"] == "file_recorded"]
    assert kinds(written) == kinds(json.loads(block_of("a line of the log")))


def kinds(line: dict[str, object]) -> list[object]:
    """The fields in order: fixed values, and the types of all others."""
    fixed = ("level", "logger", "event")
    return [(name, value if name in fixed else type(value)) for name, value in line.items()]


@pytest.mark.parametrize("part", ["database", "redis", "clamd", "storage"])
def test_a_dependency_that_hangs_is_reported_in_bounded_time(one_stack: Stack, json_api: Api, part: str) -> None:
    name = {"clamd": "scanner"}.get(part, part)
    with frozen(one_stack.parts[part]):
        # less than a load balancer's timeout, and far less than the sum of the dependencies' timeouts
        answer = requests.get(f"{json_api.url}/api/health/ready", timeout=15)
        metrics = requests.get(f"{json_api.url}/metrics", timeout=30)
    body = answer.json()
    words = body["data"] if body["success"] else dict(line[1:].split("] ") for line in body["errors"])
    assert words[name] in {"slow", "down"}
    assert [word for other, word in words.items() if other != name] == ["ok"] * 3
    assert (metrics.status_code, f'longshore_up{{part="{name}"}} 0.0' in metrics.text) == (200, True)
