"""docker-compose.yml on a real engine: built, started, used, broken, scaled and removed.

Where MinIO's image cannot be pulled, the embedded S3 server (Swift) stands in for it under MinIO's name, with MinIO's
environment, ports, user and volume (tests/compose/minio): what is then not tested is MinIO itself.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from service.admin.doctor.command import MARKS
from service.admin.doctor.finding import FAIL
from service.db.models import Base
from tests.support.deployment.compose_deployment import Deployment, docker
from tests.support.documents import block_of
from tests.support.live.client import CHUNK, FILE, SECONDS, Client, cut, put, random_bytes
from tests.support.live.eventually import eventually
from tests.support.matchers import failure
from tests.unit.deployment.test_compose_files import SERVICES
from tools.stack.servers.clamd import OWN_SIGNATURES, eicar

ONE_SHOT = {"migrate", "minio-folder", "minio-identities"}
WITHOUT_HEALTH = {"freshclam"}
ATTACKED = "storage_attacked address=public"
HEALTHY = {"api", "caddy", "clamav", "cron", "minio", "mysql", "redis", "rq-dashboard", "worker"}
COUNT_WORKERS = (
    "from rq import Worker; from service.queue.jobs import connect; from service.settings import Settings; "
    "print(Worker.count(connect(Settings.from_env().redis_url)))"
)


def states(deployment: Deployment) -> dict[str, str]:
    """healthy, running, exited 0 … by service."""
    found = {}
    for name, container in deployment.containers().items():
        state = container["State"]
        health = state.get("Health", {}).get("Status")
        ended = f"exited {state['ExitCode']}"
        found[name.rpartition("-")[0]] = health or ("running" if state["Running"] else ended)
    return found


def test_every_service_becomes_healthy(deployment: Deployment) -> None:
    wanted = {
        **dict.fromkeys(ONE_SHOT, "exited 0"),
        **dict.fromkeys(WITHOUT_HEALTH, "running"),
        **dict.fromkeys(HEALTHY, "healthy"),
    }
    eventually(lambda: states(deployment), lambda now: now == wanted, 60)


def test_every_dependency_is_ready(client: Client) -> None:
    """`ok` for the scanner includes the check that its limits let no bytes pass unread."""
    ready = client.data("GET", "/api/health/ready")
    assert ready == {"database": "ok", "storage": "ok", "redis": "ok", "scanner": "ok"}


def test_the_attacks_on_storage_are_refused_by_the_proxy(deployment: Deployment) -> None:
    """Cron tries all of them inside the network, under the public host's name."""

    def tried() -> str:
        return "".join(line for line in deployment.compose("logs", "cron").splitlines(True) if ATTACKED in line)

    assert f"{ATTACKED} let_through=0 attacks= untried=" in eventually(tried, seconds=120)


def test_a_file_of_several_parts_is_uploaded_and_downloaded(deployment: Deployment, client: Client) -> None:
    body = random_bytes(3 * CHUNK + 1)
    opened = client.send(body)
    assert len(opened["chunks"]) == 4
    assert all(chunk["url"].startswith(f"{deployment.storage_url}/") for chunk in opened["chunks"])
    file = client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(file["id"])).content == body


def test_policies_are_read_from_their_folder(client: Client) -> None:
    refused = client.post("/upload/init/", {"policy": "notes", "filename": "program.exe"})
    assert (refused.status_code, refused.json()["rule"]) == (422, "extensions")
    assert client.init(policy="notes", filename="note.txt")["chunk_size"] == CHUNK


def test_a_virus_is_not_served(client: Client) -> None:
    file = client.upload(eicar())
    client.wait_stage(file["id"], "quarantined")
    assert client.get(file["id"])["download_url"] is None
    refused = client.request("GET", f"{FILE}/content/{file['id']}")
    assert (refused.status_code, refused.json()) == (410, failure("file_gone"))


def test_clamd_does_not_start_with_our_signatures_alone(deployment: Deployment) -> None:
    """With those alone it would report a virus as clean. It is stopped after two seconds, before it has begun."""
    image = deployment.containers("clamav")["clamav-1"]["Config"]["Image"]
    script = (
        "mkdir /tmp/empty; sed s,^folder=.*,folder=/tmp/empty, /etc/longshore/start-clamd | timeout 2 sh; ls /tmp/empty"
    )
    output = docker("run", "--rm", "--entrypoint", "sh", image, "-c", script).split("\n")
    own = sorted(file.name for file in OWN_SIGNATURES.glob("longshore.*"))
    assert output == ["waiting for freshclam's signatures …", *own, ""]


def test_killing_the_services_during_work_loses_nothing(deployment: Deployment, client: Client) -> None:
    """A file that was there, a scan that waited, and an upload of which two parts were stored."""
    body = random_bytes(3 * CHUNK + 1)
    done = client.ready(b"a file of before")
    opened = client.init(size=len(body))
    for chunk in opened["chunks"][:2]:
        assert put(chunk, cut(body, CHUNK, chunk["chunk_index"])).ok
    deployment.compose("stop", "worker")
    waiting = client.upload(b"waits for a worker")
    deployment.compose("kill", "mysql", "redis", "minio", "api", "cron")
    assert deployment.up().splitlines()[-1].startswith("lsk_")

    resumed = client.retry(upload_id=opened["upload_id"])
    assert [chunk["chunk_index"] for chunk in resumed["uploaded"]] == [0, 1]
    for chunk in resumed["chunks"]:
        assert put(chunk, cut(body, CHUNK, chunk["chunk_index"])).ok
    file = client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(file["id"], seconds=60)).content == body
    client.wait_ready(waiting["id"], seconds=60)
    assert client.download(client.get(done["id"])).content == b"a file of before"


def test_workers_can_be_scaled(deployment: Deployment, client: Client) -> None:
    deployment.run(block_of("more workers"))
    eventually(lambda: deployment.execute("api", "python3", "-c", COUNT_WORKERS), lambda count: count == "3", 60)
    client.ready(b"scanned by one of three")


def test_an_upgrade_continues_with_files_and_uploads(deployment: Deployment, client: Client) -> None:
    """An upgrade to the same version, with one worker: an earlier file and an unfinished upload continue to work."""
    body = random_bytes(CHUNK + 1)
    before, opened = client.ready(b"before the upgrade"), client.init(size=len(body))
    assert put(opened["chunks"][0], body[:CHUNK]).ok
    deployment.run(block_of("another version"))
    deployment.wait()
    assert client.download(client.ready(b"after the upgrade")).content == b"after the upgrade"
    assert client.download(client.get(before["id"])).content == b"before the upgrade"
    assert put(client.retry(upload_id=opened["upload_id"])["chunks"][0], body[CHUNK:]).ok
    client.complete(**client.completion(opened, body))
    assert client.download(client.wait_ready(opened["file_id"])).content == body


def test_a_dump_contains_every_table(deployment: Deployment, client: Client) -> None:
    """It is complete and has all tables with their rows. Restoring one: tests/live/failures/test_runbooks.py."""
    file = client.ready(b"in the dump")
    deployment.run(block_of("a dump"))
    dump = (deployment.checkout / "longshore.sql").read_bytes()
    assert [name for name in Base.metadata.tables if f"CREATE TABLE `{name}`".encode() not in dump] == []
    assert (file["id"].encode() in dump, dump.splitlines()[-1][:17]) == (True, b"-- Dump completed")


def test_the_doctor_reports_the_faults_of_a_trial_deployment(deployment: Deployment) -> None:
    """The faults of a trial: sample secrets, and addresses that lead from a container to itself.

    The stand-in's upload key may do everything.
    """
    commands = block_of("the doctor in a container").replace("https://uploads.example", deployment.url)
    output = deployment.run(f"set +e\n{commands}")
    assert {line[6:].split("  ")[0] for line in output.splitlines() if line[:4] == MARKS[FAIL]} == {
        "settings: secrets",
        "public API: reachable",
        "public storage: reachable",
        *(["storage: upload key"] if deployment.has_stand_in else []),
    }


def test_external_storage_replaces_minio(deployment: Deployment) -> None:
    """Without an external storage: only the configuration is checked."""
    (deployment.checkout / "elsewhere.env").write_text(block_of("storage elsewhere"))
    output = deployment.run("docker compose --env-file .env --env-file elsewhere.env config --services").split()
    assert set(SERVICES) - set(output) == {"minio", "minio-folder", "minio-identities"}


def test_the_development_file_fits_the_main_file(deployment: Deployment) -> None:
    """Compose checks the combination without starting it, as that would restart most services."""
    deployment.run(block_of("for development").replace("up -d", "config --quiet"))


def test_the_proxy_redirects_to_https_and_serves_the_page(deployment: Deployment, client: Client) -> None:
    moved = requests.get(f"{deployment.http_url}/?a=b", timeout=SECONDS, allow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (308, f"{deployment.url}/?a=b")
    page = client.request("GET", "/")
    assert (page.status_code, "<title>Longshore</title>" in page.text) == (200, True)
    assert f"connect-src 'self' {deployment.storage_url};" in page.headers["Content-Security-Policy"]
    assert client.request("GET", "/api/docs").status_code == 200


def test_the_dashboard_requires_a_login_and_is_read_only(deployment: Deployment, client: Client) -> None:
    client.ready(b"a job to show")
    queue = Client(deployment.dashboard_url)
    password = (deployment.secrets / "dashboard_password").read_text().strip()
    for path in ("/", "/0/data/queues.json"):
        assert queue.request("GET", path).status_code == 401
        assert queue.request("GET", path, auth=("admin", "wrong")).status_code == 401
        assert queue.request("GET", path, auth=("admin", password)).status_code == 200
    jobs = queue.request("GET", "/0/data/jobs/scan/finished/10/asc/1.json", auth=("admin", password))
    assert "scan " in jobs.json()["jobs"][0]["description"]
    assert queue.request("GET", "/requeue/scan", auth=("admin", password)).status_code == 403


def test_only_the_proxy_is_reachable_from_outside(deployment: Deployment) -> None:
    published = {}
    networks = {}
    for name, container in deployment.containers().items():
        bindings = container["HostConfig"]["PortBindings"] or {}
        ports = sorted(int(binding["HostPort"]) for bound in bindings.values() for binding in bound)
        if ports:
            published[name] = ports
        networks[name.rpartition("-")[0]] = {one.rpartition("_")[2] for one in container["NetworkSettings"]["Networks"]}
    urls = [deployment.http_url, deployment.url, deployment.storage_url]
    urls += [deployment.dashboard_url, deployment.console_url]
    assert published == {"caddy-1": sorted(int(url.rpartition(":")[2]) for url in urls)}
    outside = {"caddy": {"inside", "outside"}, "freshclam": {"outside"}, "clamav": {"scanning"}}
    outside |= {name: {"inside", "scanning"} for name in ("api", "worker", "cron")}
    assert networks == {name: {"inside"} for name in ONE_SHOT | HEALTHY | WITHOUT_HEALTH} | outside
    routes = deployment.execute("api", "cat", "/proc/net/route").splitlines()[1:]
    assert [line for line in routes if line.split()[1] == "00000000"] == []


def hardening(container: dict[str, Any]) -> dict[str, Any]:
    host = container["HostConfig"]
    return {
        "read only": host["ReadonlyRootfs"],
        "dropped": host["CapDrop"],
        "added": host["CapAdd"] or [],
        "options": host["SecurityOpt"],
        "limited memory": host["Memory"] > 0,
        "log": host["LogConfig"]["Config"],
    }


def test_containers_are_hardened(deployment: Deployment) -> None:
    wanted = {
        "read only": True,
        "dropped": ["ALL"],
        "added": [],
        "options": ["no-new-privileges:true"],
        "limited memory": True,
        "log": {"max-size": "10m", "max-file": "5"},
    }
    found = {name.rpartition("-")[0]: hardening(one) for name, one in deployment.containers().items()}
    added = {"caddy": {"added": ["NET_BIND_SERVICE"]}, "minio-folder": {"added": ["CHOWN"]}}
    assert found == {name: wanted | added.get(name, {}) for name in ONE_SHOT | HEALTHY | WITHOUT_HEALTH}


def running(deployment: Deployment, service: str) -> list[dict[str, str]]:
    """Return the kernel's figures of the container's processes, without the engine's own that start health checks."""
    statuses = deployment.execute(service, "sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null; true").split("Name:\t")
    processes = [dict(line.split(":\t", 1) for line in f"Name:\t{one}".splitlines()) for one in statuses[1:]]
    return [one for one in processes if not one["Name"].startswith("runc:[")]


@pytest.mark.parametrize("service", sorted(HEALTHY | WITHOUT_HEALTH))
def test_processes_are_unprivileged_and_cannot_write(deployment: Deployment, service: str) -> None:
    processes = running(deployment, service)
    assert processes
    assert [one for one in processes if one["Uid"].split()[0] == "0" or int(one["CapEff"], 16)] == []
    for folder in ("/", "/usr", "/etc"):
        assert "Read-only file system" in deployment.execute(service, "touch", f"{folder}/x")


def test_inspections_processes_and_logs_contain_no_secret(deployment: Deployment) -> None:
    """In `docker inspect`, in command lines, and in logs."""
    secrets = {file.name: file.read_text().strip() for file in deployment.secrets.iterdir()}
    del secrets["s3_access_key"], secrets["s3_upload_access_key"]  # the names of keys, which are in every URL
    shown = str(deployment.containers()) + deployment.compose("top") + deployment.compose("logs")
    assert [name for name, secret in secrets.items() if secret and secret in shown] == []
    assert "X-Amz-Signature" not in shown


def test_the_image_contains_no_build_tools(deployment: Deployment) -> None:
    looked = "command -v gcc cc make git; ls -d /root/.cache /opt/longshore/bin/pip /build /web"
    assert deployment.execute("api", "sh", "-c", f"{looked} 2>/dev/null") == ""
