"""docs/ordinary-days.md on real servers: each command is run as written, and prints the output of the page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service.db.models import Delivery, File
from service.domain.accounts.keys import create_key
from service.domain.upkeep.sweep import sweep
from service.values.access.caller import Scope
from tests.support.doctor.clamd_version import versioned
from tests.support.documents import block_of, prints
from tests.support.live.client import FILE, Caller
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tests.support.service.receiver import Receiver
from tests.support.storage.faulty_proxy import Forward, ProxiedRequest, Reply, harmful, refusing
from tools.stack.pytest_parts import need
from tools.stack.servers.clamd import Clamd, eicar

ADMIN = "/api/v1/admin"


@dataclass
class Desk:
    """Two operators of a service with login and approval by two, where the service's environment is."""

    stack: Stack
    shell: Shell
    url: str
    env: dict[str, str]
    second: str

    def run(self, block: str, code: int = 0, **variables: str) -> str:
        return self.shell.run(block, self.env | variables, code)

    def caller(self, subject: str) -> Caller:
        scopes = [Scope.UPLOAD, Scope.READ, Scope.DELETE]
        return Caller(self.url, create_key(self.stack.deps, "day", subject, scopes)[0])


@pytest.fixture(scope="module")
def desk(one_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    need("jq")
    shell = Shell(tmp_path_factory.mktemp("desk"), {}, python_command())
    with one_stack.second_api(LOGIN="on", RELEASE_APPROVAL="on") as api:
        env = one_stack.env | {"LOGIN": "on", "LONGSHORE_URL": api.url}
        olivia = shell.run(block_of("an operator's key"), env).split()[-1]
        second = create_key(one_stack.deps, "day", "ben", [Scope.ADMIN])[0]
        yield Desk(one_stack, shell, api.url, env | {"LONGSHORE_TOKEN": olivia}, second)


def infected(stack: Stack, who: Caller, filename: str) -> str:
    """A file in quarantine, whose move has ended."""
    file_id = str(who.upload(eicar(), filename=filename)["id"])
    who.wait_stage(file_id, "quarantined")
    eventually(lambda: stack.row(File, file_id).scan_due_at, lambda due: due is None)
    stack.let_time_pass()
    sweep(stack.deps)
    return file_id


def test_the_steps_to_repeat_failed_scans_work(desk: Desk) -> None:
    ann = desk.caller("ann")
    for left in desk.stack.client.data("GET", "/api/v1/admin/uploads?owner=ann&limit=100")["items"]:  # by other tests
        desk.stack.client.data("DELETE", f"{FILE}/upload/{left['upload_id']}")
    with desk.stack.parts["clamd"].down():
        files = [str(ann.upload(b"x" * 1000, filename=name)["id"]) for name in ("annual report.pdf", "other.pdf")]
        for file_id in files:
            ann.wait_stage(file_id, "scan_failed")
        ann.init(size=100)
        with desk.stack.without(desk.stack.worker):  # it would retry the scans
            prints(desk.run(block_of("find a file"), FILE_ID=files[0]), block_of("a file that is found"))
            prints(desk.run(block_of("why do scans fail")), block_of("a failed scan"))
    prints(desk.run(block_of("fix a file"), FILE_ID=files[0]), block_of("a fixed file"))

    # files of other tests have failed too
    repeat = block_of("repeat failed scans").replace("--verdict", "--search other.pdf --owner ann --verdict")
    prints(desk.run(repeat), block_of("failed scans are repeated"))
    ann.wait_ready(files[1])
    assert desk.run(block_of("no scan has failed").replace("--verdict", "--owner ann --verdict")) == ""


def test_the_steps_for_a_false_positive_work(desk: Desk) -> None:
    ann = desk.caller("ann")
    (desk.shell.folder / "setup.exe").write_bytes(eicar())
    files = [infected(desk.stack, ann, name) for name in ("setup.exe", "setup copy.exe")]
    found = desk.run(block_of("what was found")).splitlines()
    assert [line.split()[0] for line in found] == files[::-1]
    waits = desk.run(block_of("release a false positive"), FILE_ID=files[0])
    prints(waits, block_of("a release that waits"))
    second = {"LONGSHORE_TOKEN": desk.second}
    output = desk.run(block_of("a second person"), DECISION_ID=waits.split()[0], **second)
    prints(output, block_of("an approved release"))
    assert ann.download(ann.get(files[0])).content == eicar()

    entry = desk.run(block_of("allow a false positive")).strip()
    try:
        desk.run(block_of("a second person for an entry"), ENTRY_ID=entry, **second)
        prints(desk.run(block_of("scan what was blocked")), block_of("what was blocked is scanned"))
        ann.wait_stage(files[1], "ready")
        prints(desk.run(block_of("nothing is blocked any more")), block_of("what is released"))
    finally:
        desk.stack.client.data("DELETE", f"{ADMIN}/allowlist/{entry}")


def test_the_steps_for_missing_workers_work(desk: Desk) -> None:
    ann = desk.caller("ann")
    with desk.stack.without(desk.stack.worker):
        file_id = ann.upload(b"is anybody there?", filename="report.pdf")["id"]
        prints(desk.run(block_of("who scans")), block_of("no worker scans"))
    ann.wait_ready(file_id)
    again = block_of("nothing waits for a scan"), block_of("workers scan again")
    eventually(lambda: desk.stack.redis.llen("rq:queue:scan"), lambda waiting: waiting == 0)
    prints(desk.run(again[0]), again[1])
    prints(desk.run(block_of("does the sweeper run")), block_of("the sweeper runs"))


def test_the_steps_to_erase_a_person_work(desk: Desk) -> None:
    gone = desk.caller("gone")
    for _ in range(2):
        file_id = gone.ready(b"hello")["id"]
    gone.data("POST", f"{FILE}/{file_id}/links", json={})
    gone.init(size=100)
    prints(desk.run(block_of("find a person"), SUBJECT="gone"), block_of("a person is found"))
    prints(desk.run(block_of("erase a person"), SUBJECT="gone"), block_of("a person is erased"))
    prints(desk.run(block_of("nothing is left of a person"), SUBJECT="gone"), block_of("nothing is left"))


def test_the_steps_for_full_storage_work(desk: Desk) -> None:
    def full(request: ProxiedRequest, forward: Forward) -> Reply:
        """As MinIO answers: https://github.com/minio/minio/blob/master/cmd/api-errors.go."""
        writes = request.method in {"PUT", "POST"} and "delete" not in request.query
        return refusing(507, "XMinioStorageFull") if writes else forward(request)

    infected(desk.stack, desk.caller("large"), "old.exe")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    with harmful(desk.stack.settings.s3_endpoint_url.removeprefix("http://")) as storage:
        through = {"S3_ENDPOINT_URL": storage.url, "S3_PUBLIC_ENDPOINT_URL": storage.url}
        with storage.doing(full):
            prints(desk.run(block_of("is storage full"), **through), block_of("storage is full"))
        prints(desk.run(block_of("what takes the space")), block_of("the space"))
        output = desk.run(block_of("make room"), SUBJECT="large", DAY=tomorrow)
        prints(output, block_of("room is made"))
        prints(desk.run(block_of("is storage full"), **through), block_of("storage has room"))


def test_the_steps_for_a_leaked_api_key_work(desk: Desk) -> None:
    ann = desk.caller("ann")
    files = [str(ann.ready(b"hello")["id"]) for _ in range(2)]
    ann.data("POST", f"{FILE}/{files[0]}/links", json={})
    ann.data("DELETE", f"{FILE}/{files[1]}")
    did = desk.run(block_of("revoke a leaked key"), PREFIX=ann.key.split("_")[1])
    prints(did, block_of("what a leaked key did"))
    desk.run(block_of("revoke a thief's link"), FILE_ID=files[0])
    [link] = desk.stack.client.data("GET", f"{FILE}/{files[0]}/links")["items"]
    assert link["state"] == "revoked"
    for counted in desk.stack.redis.scan_iter("*audit*"):  # after other tests' refusals this one would not be recorded
        desk.stack.redis.delete(counted)
    eventually(lambda: ann.request("GET", f"{FILE}/all").status_code, lambda status: status == 401)
    prints(desk.run(block_of("a revoked key is refused")), block_of("a refused key"))


def test_the_steps_for_old_signatures_work(desk: Desk) -> None:
    clamd = desk.stack.parts["clamd"]
    assert isinstance(clamd, Clamd)
    now = datetime.now(UTC)
    file_id = str(desk.caller("days").ready(b"hello")["id"])
    for age, shown in ((9, block_of("old signatures")), (0, block_of("new signatures"))):
        made = now - timedelta(days=age)
        with versioned(clamd.port, f"ClamAV 1.4.3/27800/{made:%a %b %d %H:%M:%S %Y}") as relay:
            prints(desk.run(block_of("how old are the signatures"), CLAMD_URL=relay.url), shown)
    output = desk.run(block_of("scan the files of some days"), SUBJECT="days", DAY=now.date().isoformat())
    prints(output, block_of("files of some days are scanned"))
    desk.stack.client.wait_ready(file_id)


def test_the_steps_for_failing_requests_work(desk: Desk) -> None:
    need("curl")
    answers = json.loads(desk.run(block_of("what fails")))
    assert answers == json.loads(block_of("all parts are well"))


def test_the_steps_for_a_webhook_without_events_work(desk: Desk) -> None:
    secret = f"whsec_{base64.b64encode(b'twenty-four bytes or more').decode()}"
    with Receiver() as receiver:
        hooks = {"WEBHOOKS": f"{receiver.url}/hook", "WEBHOOK_SECRET": secret, "WEBHOOK_ALLOW_PRIVATE": "on"}
        receiver.status = 500
        prints(desk.run(block_of("does a webhook answer"), 1, **hooks), block_of("a webhook does not answer"))
        receiver.status = 204
        with desk.stack.db.write() as session:
            session.execute(
                update(Delivery).where(Delivery.url == hooks["WEBHOOKS"]).values(state="failed", due_at=None)
            )
        prints(desk.run(block_of("send events again"), **hooks), block_of("events were sent again"))
        assert desk.stack.count(Delivery, url=hooks["WEBHOOKS"], state="failed") == 0
