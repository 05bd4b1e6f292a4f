"""docs/operators.md on the real stack: the state of the service, its workers, usage by owner, and rq-dashboard."""

from __future__ import annotations

from pathlib import Path

import requests

from service.domain.accounts.keys import create_key
from service.domain.upkeep.storage_usage import count_soon
from service.domain.upkeep.sweep import sweep
from service.observability.recent_errors import RecentErrors
from service.values.access.caller import Scope
from service.values.operators.operations import ErrorView
from tests.support.documents import block_of
from tests.support.live.client import SECONDS, Caller
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.matchers import A_TIME, Like
from tests.support.programs.shell import Shell
from tests.support.programs.warm_commands import python_command
from tools.stack.servers.app import Dashboard

ADMIN = "/api/v1/admin"


def test_the_commands_of_the_manual_show_state_and_usage(one_stack: Stack, tmp_path: Path) -> None:
    shell = Shell(tmp_path, {}, python_command())
    with one_stack.second_api(LOGIN="on") as api:
        olivia = create_key(one_stack.deps, "operations", "olivia", [Scope.ADMIN])[0]
        # other tests' subjects have other names
        joann = Caller(api.url, create_key(one_stack.deps, "page", "joann", [Scope.UPLOAD, Scope.READ])[0])
        joann.ready(b"hello")
        count_soon(one_stack.deps)
        sweep(one_stack.deps)
        RecentErrors(one_stack.settings.redis_url).add(
            ErrorView(one_stack.deps.clock(), "worker h 17", "scan_given_up", "file_id=1", None)
        )
        env = {"LONGSHORE_URL": api.url, "LONGSHORE_TOKEN": olivia}
        output = shell.run(block_of("the state of the service"), env)
        for text in ("database: ok", "last sweep: 20", "scan_given_up  file_id=1", "worker-0  ", "queue scan  "):
            assert text in output
        output = shell.run(block_of("usage"), env)
        for text in ("joann  5 B", "page  upload,read  never expires", "clean  ", "history:"):
            assert text in output, output
        operator = Caller(api.url, olivia)
        found = operator.request("GET", f"{ADMIN}/workers").json()["data"]
        worker = found["workers"][0]
        assert (worker["host"] != "", worker["last_heartbeat"], worker["name"]) == (True, A_TIME, Like(r".*worker-\d"))
        _dashboard_takes(olivia, one_stack, api.url, tmp_path)


def _dashboard_takes(key: str, stack: Stack, url: str, folder: Path) -> None:
    """It accepts the login of the API, and no other."""
    part = Dashboard(folder, {"REDIS_URL": stack.settings.redis_url, "RQ_DASHBOARD_API_URL": url})
    part.start()
    try:
        eventually(lambda: requests.get(part.url, timeout=SECONDS).status_code, lambda status: status == 401)
        for password, status in ((key, 200), (f"{key[:-1]}{'0' if key[-1] != '0' else '1'}", 401)):
            answer = requests.get(f"{part.url}/0/view/jobs", auth=("olivia", password), timeout=SECONDS)
            assert answer.status_code == status
        assert key not in (folder / "logs" / "dashboard.log").read_text()
    finally:
        part.stop()
