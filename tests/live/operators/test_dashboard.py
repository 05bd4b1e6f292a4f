"""rq-dashboard is read-only, behind the proxy of production and without it."""

from __future__ import annotations

import os
import pickle
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from redis import Redis
from rq.job import Job
from rq.serializers import JSONSerializer

from service.queue.jobs import JobQueue, connect
from tests.support.live.client import SECONDS
from tests.support.live.proxies.recipes import trusted
from tests.support.live.redis_users import contents
from tests.support.programs.queued_jobs import CODE, FILE_ID, OTHER_ID, Pickled, call
from tools.stack.pytest_parts import need
from tools.stack.servers.app import Dashboard
from tools.stack.servers.caddy import Caddy
from tools.stack.servers.redis import Redis as RedisServer

DATABASE = 12
JOB = f"scan-{FILE_ID}"
LOGIN = ("admin", "a-password")
CHANGES = [
    ("GET", "/requeue/scan"),
    ("POST", "/requeue/scan"),
    ("POST", f"/job/{JOB}/requeue"),
    ("POST", f"/job/{JOB}/delete"),
    ("POST", "/queue/scan/failed/empty"),
    ("POST", "/queue/scan/compact"),
    ("POST", "/0/view/queues"),
    ("DELETE", f"/0/view/job/{JOB}"),
]
LOOKS = ["/", "/0/view/workers", "/0/view/jobs", "/0/view/jobs/scan/failed/8/asc/1"]
LOOKS += ["/0/data/queues.json", "/0/data/workers.json", "/0/data/jobs/scan/failed/8/asc/1.json", "/favicon.ico"]
LOOKS += [f"/0/view/job/{JOB}", f"/0/data/job/{JOB}.json"]


@pytest.fixture(scope="module")
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    made = connect(redis_server.url(DATABASE))
    yield made
    made.flushdb()
    made.close()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer) -> Iterator[Dashboard]:
    """As it is started everywhere, with a login; an attacker's module can be imported there."""
    folder = tmp_path_factory.mktemp("dashboard")
    login = dict(zip(("RQ_DASHBOARD_USERNAME", "RQ_DASHBOARD_PASSWORD"), LOGIN, strict=True))
    part = Dashboard(folder, {"REDIS_URL": redis_server.url(DATABASE), **login})
    part.start()
    yield part
    part.stop()


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory, dashboard: Dashboard) -> Iterator[Caddy]:
    need("caddy")
    proxy = Caddy(tmp_path_factory.mktemp("caddy"), {"DASHBOARD": f"127.0.0.1:{dashboard.port}"})
    with pytest.MonkeyPatch.context() as patch, trusted(proxy, patch):
        yield proxy


@pytest.fixture(params=["through the proxy", "without it"])
def url(request: pytest.FixtureRequest, dashboard: Dashboard) -> str:
    if request.param == "without it":
        return dashboard.url
    proxy = request.getfixturevalue("caddy")
    assert isinstance(proxy, Caddy)
    return proxy.dashboard_url


@pytest.fixture(autouse=True)
def _a_failed_scan(redis: Redis) -> None:
    redis.flushdb()
    queue = JobQueue(redis)
    queue.enqueue_scan(FILE_ID, 5, filename="<b>photo</b>.jpg")
    queue.enqueue_scan(OTHER_ID, 5)
    redis.lrem("rq:queue:scan", 1, JOB)
    redis.hset(f"rq:job:{JOB}", "status", "failed")
    redis.zadd("rq:failed:scan", {JOB: "inf"})


def ask(method: str, url: str) -> requests.Response:
    return requests.request(method, url, auth=LOGIN, timeout=SECONDS, allow_redirects=False)


@pytest.mark.parametrize("path", LOOKS)
def test_the_dashboard_shows_the_queue(redis: Redis, url: str, path: str) -> None:
    before = contents(redis)
    answer = ask("GET", f"{url}{path}")
    assert answer.status_code == 200
    assert (answer.headers["X-Content-Type-Options"], answer.headers["X-Frame-Options"]) == ("nosniff", "DENY")
    assert requests.get(f"{url}{path}", timeout=SECONDS).status_code == 401
    assert contents(redis) == before


def test_the_dashboard_shows_a_job(url: str) -> None:
    job = ask("GET", f"{url}/0/data/job/{JOB}.json").json()
    assert (job["id"], job["status"]) == (JOB, "failed")
    assert job["description"] == f'scan "<b>photo</b>.jpg" {FILE_ID} (5 bytes), attempts before this job: 0'
    [listed] = ask("GET", f"{url}/0/data/jobs/scan/failed/8/asc/1.json").json()["jobs"]
    assert listed["id"] == JOB


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_the_dashboard_refuses_changes(redis: Redis, url: str, method: str, path: str) -> None:
    before = contents(redis)
    answer = ask(method, f"{url}{path}")
    assert (answer.status_code, "This dashboard is read-only." in answer.text) == (403, True)
    assert contents(redis) == before


@pytest.mark.parametrize(
    "path", ["//requeue/scan", "/%72equeue/scan", "/requeue/scan/", "/x/../requeue/scan", "/REQUEUE/scan"]
)
def test_other_spellings_of_a_path_change_nothing(redis: Redis, url: str, path: str) -> None:
    before = contents(redis)
    with requests.Session() as session:
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE", True)
        prepared = session.prepare_request(requests.Request("GET", url, auth=LOGIN))
        prepared.url = f"{url}{path}"
        assert session.send(prepared, timeout=SECONDS).status_code in {403, 404}
    assert contents(redis) == before


def test_a_refusal_names_the_command_to_repeat_a_scan(dashboard: Dashboard) -> None:
    refused = ask("POST", f"{dashboard.url}/job/{JOB}/requeue")
    assert refused.text == (
        "This dashboard is read-only. To repeat a failed scan: longshore retry FILE_ID, or POST /upload/retry.\n"
    )
    page = ask("GET", f"{dashboard.url}/0/view/job/{JOB}").text
    assert "#requeue-job-btn" in re.findall("<style>(.+?)</style>", page)[0]


def test_a_script_needs_the_nonce_of_its_page(dashboard: Dashboard) -> None:
    answers = [ask("GET", f"{dashboard.url}/0/view/jobs") for _ in range(2)]
    nonces = []
    for answer in answers:
        [nonce] = re.findall(r"script-src 'nonce-([\w-]+)' 'unsafe-eval';", answer.headers["Content-Security-Policy"])
        assert {
            found for found in re.findall(r"<script([^>]*)", answer.text) if f'nonce="{nonce}"' not in found
        } == set()
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


def test_a_jobs_description_is_escaped(dashboard: Dashboard) -> None:
    page = ask("GET", f"{dashboard.url}/0/view/job/{JOB}").text
    assert ("<%- d.description %>" in page, "<%= d." in page) == (True, False)


def test_missing_jobs_and_workers_are_not_deleted(redis: Redis, dashboard: Dashboard) -> None:
    """rq-dashboard and RQ would delete them while they list; a read-only dashboard must not, and must not fail."""
    redis.rpush("rq:queue:scan", "gone")
    redis.sadd("rq:workers", "rq:worker:gone")
    before = contents(redis)
    listed = ask("GET", f"{dashboard.url}/0/data/jobs/scan/queued/8/asc/1.json")
    assert [job["id"] for job in listed.json()["jobs"]] == [f"scan-{OTHER_ID}"]
    assert ask("GET", f"{dashboard.url}/0/data/workers.json").json() == {"workers": []}
    assert contents(redis) == before


def test_a_planted_job_hides_no_others(redis: Redis, dashboard: Dashboard) -> None:
    broken = {"status": "?", "timeout": "x", "origin": "scan", "meta": b"\xff"}
    redis.hset("rq:job:planted", mapping=broken | {"data": zlib.compress(bytes(200_000_000)), "description": "planted"})
    redis.rpush("rq:queue:scan", "planted")
    listed = ask("GET", f"{dashboard.url}/0/data/jobs/scan/queued/8/asc/1.json").json()["jobs"]
    assert [job["id"] for job in listed] == [f"scan-{OTHER_ID}", "planted"]


def test_an_unknown_job_gives_404(dashboard: Dashboard) -> None:
    for path in ("/0/view/job/none", "/0/data/job/none.json"):
        assert ask("GET", f"{dashboard.url}{path}").status_code == 404


def test_the_dashboard_answers_503_without_redis(dashboard: Dashboard, redis_server: RedisServer) -> None:
    with redis_server.down():
        assert ask("GET", f"{dashboard.url}/0/data/queues.json").status_code == 503
    assert ask("GET", f"{dashboard.url}/0/data/queues.json").status_code == 200


@pytest.mark.parametrize("field", ["data", "meta", "result"])
def test_planted_fields_are_not_unpickled(redis: Redis, dashboard: Dashboard, tmp_path: Path, field: str) -> None:
    mark = tmp_path / "mark"
    redis.hset(f"rq:job:{JOB}", field, pickle.dumps(Pickled(f"touch {mark}")))
    redis.sadd("rq:workers", "rq:worker:w")
    redis.hset("rq:worker:w", mapping={"state": "busy", "queues": "scan"})
    redis.sadd("rq:worker:w:executions", f"{JOB}:e")
    redis.hset(f"rq:execution:{JOB}:e", mapping={"created_at": 1, "last_heartbeat": 1, "worker_name": "w"})
    for path in LOOKS:
        ask("GET", f"{dashboard.url}{path}")
    assert not mark.exists()


def test_no_callback_is_called(redis: Redis, dashboard: Dashboard, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (dashboard.data / "planted.py").write_text(CODE.format(mark=str(mark)))
    names = dict.fromkeys((f"{kind}_callback_name" for kind in ("success", "failure", "stopped")), "planted.run")
    redis.hset(f"rq:job:{JOB}", mapping=names | {"status": "started", "data": call("planted.run")})
    redis.zadd("rq:wip:scan", {f"{JOB}:an-execution": 1})
    for path in (*LOOKS, "/0/data/jobs/scan/started/8/asc/1.json"):
        ask("GET", f"{dashboard.url}{path}")
    assert not mark.exists()
    assert Job.fetch(JOB, connection=redis, serializer=JSONSerializer).get_status().value == "started"


@pytest.mark.parametrize("path", ["", "/", "/0/view/jobs"])
def test_the_old_addresses_redirect_to_the_new_origins(caddy: Caddy, path: str) -> None:
    for old, new in (("/rq", caddy.dashboard_url), ("/console", caddy.console_url)):
        answer = ask("GET", f"{caddy.url}{old}{path}")
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{new}/")


def test_page_storage_dashboard_and_console_have_different_origins(caddy: Caddy) -> None:
    assert len({caddy.url, caddy.storage_url, caddy.dashboard_url, caddy.console_url}) == 4
