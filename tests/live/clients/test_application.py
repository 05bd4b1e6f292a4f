"""docs/recipes/application.md: the application as its users see it, with webhooks from the service."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

import longshore
from longshore.client.errors import FileOnHoldError, GrantRefusedError, PolicyRefusedError, StoredFileNotFoundError
from tests.support.documents import block_of
from tests.support.listening import listening
from tests.support.live.eventually import eventually
from tests.support.live.keys import keys
from tests.support.live.stack import Stack
from tools.detection.make_samples import SAMPLES
from tools.stack.processes.ports import LOOPBACK, free_port
from tools.stack.servers.app import Api, Worker

SECRET = "whsec_dHdlbnR5LWZvdXIgYnl0ZXMgb3IgbW9yZQ=="
PNG, PROGRAM = ((SAMPLES / f"{name}.sample").read_bytes() for name in ("picture.png", "program.exe"))
YEAR = 31_536_000


class Site:
    """The application, as the user ann sees it."""

    def __init__(self, port: int, service: str) -> None:
        self.url, self.service = f"http://{LOOPBACK}:{port}", service

    def ask(self, method: str, path: str, more: Mapping[str, str] | None = None, **options: Any) -> requests.Response:
        headers = {"X-User": "ann", **(more or {})}
        return requests.request(method, self.url + path, headers=headers, allow_redirects=False, timeout=30, **options)

    def upload(self, file: Path, token: str) -> longshore.client.File:
        with longshore.Client(self.service, token) as browser:
            return browser.upload(file)

    def token(self) -> str:
        return str(self.ask("POST", "/picture/token").json()["token"])


@pytest.fixture
def site(one_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    port = free_port()
    (tmp_path / "policies.toml").write_text(block_of("the policy of an application"))
    hooks = {"WEBHOOKS": f"http://{LOOPBACK}:{port}/hooks/longshore", "WEBHOOK_SECRET": SECRET}
    own = {"LOGIN": "on", "POLICIES": str(tmp_path / "policies.toml"), "WEBHOOK_ALLOW_PRIVATE": "on", **hooks}
    api, worker = Api(tmp_path, one_stack.env | own), Worker(tmp_path, one_stack.env | own)
    words = shlex.split(block_of("the key of an application"))
    key = keys(one_stack, *words[words.index("create") :], "--json")["key"]
    with one_stack.without(one_stack.worker), one_stack.without(one_stack.cron):
        try:
            api.start()
            worker.start()
            monkeypatch.setenv("LONGSHORE_URL", api.url)
            monkeypatch.setenv("LONGSHORE_TOKEN", key)
            monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
            with served(port):
                yield Site(port, api.url)
        finally:
            worker.stop()
            api.stop()


@contextmanager
def served(port: int) -> Iterator[None]:
    """Serve the application on a port inside the block."""
    webhooks, names = ModuleType("webhooks"), {"__name__": "application"}
    exec(block_of("a webhook in Python"), vars(webhooks))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "webhooks", webhooks)
        exec(compile(block_of("an application"), "application", "exec", dont_inherit=True), names)
    with listening(make_server(LOOPBACK, port, names["app"], threaded=True)), names["longshore"]:
        yield


def test_the_application_of_the_recipe_works(site: Site, one_stack: Stack, tmp_path: Path) -> None:
    picture, program, large = tmp_path / "me.png", tmp_path / "it.png", tmp_path / "large.png"
    picture.write_bytes(PNG)
    program.write_bytes(PROGRAM)
    large.write_bytes(bytes(5_000_001))

    # 1. one image of at most 5 MB
    token = site.token()
    with pytest.raises(PolicyRefusedError, match="max_size"):
        site.upload(large, token)
    file = site.upload(picture, token)
    with pytest.raises(GrantRefusedError) as refused:
        site.upload(picture, token)
    assert refused.value.reason == "used_up"

    # 3. it is shown, once its event has come
    shown = eventually(lambda: site.ask("GET", "/picture/ann"), lambda answer: answer.status_code == 302)
    assert requests.get(shown.headers["Location"], timeout=30).content == PNG

    # 2. a program is no image, a forged event changes nothing, and the picture stays
    assert site.upload(program, site.token()).virus_scan_status == "blocked"
    forged = {"webhook-id": "1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
    assert [site.ask("POST", "/hooks/longshore", more=each).status_code for each in ({}, forged)] == [401, 401]
    assert site.ask("GET", "/picture/ann").status_code == 302

    # 4. it is kept for a year
    created, expires = map(datetime.fromisoformat, (file.created_at, str(file.expires_at)))
    assert abs((expires - created).total_seconds() - YEAR) < 60

    # 5. the caption changes, if it is still the version that was read
    change = {"caption": "on board", "version": file.version}
    changed = site.ask("PUT", "/picture/caption", json=change)
    assert (changed.status_code, changed.json()) == (200, {"caption": "on board", "version": file.version + 1})
    assert site.ask("PUT", "/picture/caption", json=change).status_code == 409

    # 4. a legal hold prevents its deletion; without one all of the user's data is deleted
    admin = keys(one_stack, "create", "--json", "--name=lawyer", "--subject=lawyer", "--scope=admin")["key"]
    with longshore.Client(site.service, admin) as lawyer:
        lawyer.change(file.id, {"legal_hold": True}, reason="Case 4711")
        with pytest.raises(FileOnHoldError):
            lawyer.delete_user(str(file.user_id))
        lawyer.change(file.id, {"legal_hold": False}, reason="Case 4711 is closed")
    assert site.ask("DELETE", "/me").status_code == 204
    assert site.ask("GET", "/picture/ann").status_code == 404
    with longshore.Client() as of_the_application, pytest.raises(StoredFileNotFoundError):
        of_the_application.get(file.id)
