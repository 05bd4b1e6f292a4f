"""`longshore webhooks`: a test, the log, a replay, on a real receiver."""

from __future__ import annotations

import base64
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from longshore.main import longshore
from service.db.models import Delivery
from service.deps import build_deps
from service.domain.webhooks.deliveries import deliver
from service.domain.webhooks.events import endpoint_of
from service.settings import Settings
from tests.support.documents import block_of
from tests.support.matchers import A_TIME, AN_ID, Like
from tests.support.service.environments import GOOD
from tests.support.service.receiver import Receiver
from tests.support.service_under_test import migrated_database

SECRET = "whsec_" + base64.b64encode(b"another" * 4).decode()


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, and an environment that names it."""
    url = f"sqlite:///{tmp_path}/webhooks.sqlite3"
    (tmp_path / "webhooks.sqlite3").write_bytes(migrated_database())
    with Receiver() as here:
        hooks = {"WEBHOOKS": f"{here.url}/hook", "WEBHOOK_SECRET": SECRET, "WEBHOOK_ALLOW_PRIVATE": "on"}
        down = {"REDIS_URL": "redis://127.0.0.1:9"}
        for name, text in (GOOD | down | {"DATABASE_URL": url} | hooks).items():
            monkeypatch.setenv(name, text)
        yield here


def run(*words: str) -> Result:
    return CliRunner().invoke(longshore, ["webhooks", *words])


def test_a_ping_is_sent_shown_listed_and_replayed(there: Receiver) -> None:
    sent = run("test")
    assert sent.exit_code == 0
    assert sent.stdout == Like(rf"{AN_ID.pattern}  \S+Z  ping              delivered  {there.url}/hook  204\n")
    delivery_id = sent.stdout.split()[0]
    event = {"id": delivery_id, "type": "ping", "timestamp": A_TIME, "subject": None, "data": {}}
    assert there.got[0].json == event
    shown = json.loads(run("show", delivery_id).stdout)
    assert shown == {
        "id": delivery_id,
        "event": "ping",
        "url": f"{there.url}/hook",
        "file_id": None,
        "state": "delivered",
        "attempts": 1,
        "last_status": 204,
        "last_error": None,
        "last_attempt_at": A_TIME,
        "created_at": A_TIME,
        "due_at": None,
        "payload": event,
    }
    assert json.loads(run("list", "--json").stdout) == [shown]
    again = run("replay", delivery_id)
    assert (again.exit_code, again.stderr.splitlines()[-1]) == (0, "1 queued again")
    assert json.loads(run("show", delivery_id).stdout)["state"] == "owed"


def test_a_refused_ping_has_exit_code_1(there: Receiver) -> None:
    there.status = 503
    sent = run("test")
    assert (sent.exit_code, sent.stdout.rstrip().endswith("the webhook answered 503")) == (1, True)
    assert run("list", "--failed").stdout == ""


def test_the_manuals_commands_replay_a_failed_delivery(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed delivery is listed and shown, and is sent again under the same id."""
    there.status = 503
    delivery_id = run("test").stdout.split()[0]
    deps = build_deps(Settings.from_env())
    with deps.db.write() as session:
        session.get_one(Delivery, delivery_id).state = "failed"
    monkeypatch.setenv("ID", delivery_id)
    lines = [shlex.split(os.path.expandvars(line), comments=True) for line in block_of("deliveries").splitlines()]
    assert [words[:2] for words in lines] == [["longshore", "webhooks"]] * 3
    listed, shown, replayed = (run(*words[2:]) for words in lines)
    assert (listed.exit_code, listed.stdout) == (0, Like(rf"{delivery_id}  \S+Z  ping +failed .+503\n"))
    assert (shown.exit_code, json.loads(shown.stdout)["payload"]) == (0, there.got[0].json)
    assert (replayed.exit_code, replayed.stderr.splitlines()[-1]) == (0, "1 queued again")
    there.status = 204
    assert deliver(deps, endpoint_of(f"{there.url}/hook")) == 1
    deps.disconnect()
    first, again = there.got
    assert (again.headers["webhook-id"], again.data) == (delivery_id, first.data)


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("show", "unknown"), 1, "no delivery has this id; deliveries are deleted after 30 days"),
        (("replay", "unknown"), 1, "some of these deliveries do not exist; deliveries are deleted after 30 days"),
        (("replay",), 2, "give either DELIVERY_ID… or --failed"),
        (("replay", "an-id", "--failed"), 2, "give either DELIVERY_ID… or --failed"),
    ],
)
def test_unknown_ids_and_conflicting_arguments_are_refused(
    there: Receiver, words: tuple[str, ...], code: int, reason: str
) -> None:
    refused = run(*words)
    assert (refused.exit_code, refused.stdout, refused.stderr.splitlines()[-1]) == (code, "", f"Error: {reason}")
    assert there.got == []


def test_a_ping_without_configured_webhooks_fails(there: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBHOOKS")
    ended = run("test")
    assert (ended.exit_code, ended.stderr) == (1, "Error: no webhooks are configured; set WEBHOOKS\n")
