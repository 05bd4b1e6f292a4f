"""Webhooks to a real receiver, by the service's own processes; also after crashes and a loss of Redis' data."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from service.db.models import Delivery
from service.deps import utc_now
from service.settings import Settings
from tests.support.live.client import FILE, Client
from tests.support.live.crash_scene import Scene, dies_at
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tests.support.service.receiver import Receiver
from tools.stack.servers.app import Api, Worker
from tools.stack.servers.clamd import eicar

KEY = b"twenty-four bytes or more"
HELLO = b"hello"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture(scope="module")
def hooked(one_stack: Stack, receiver: Receiver) -> Iterator[Stack]:
    """The stack's parts under an API and a worker that call the receiver; tests run sweeps themselves."""
    stack = copy.copy(one_stack)
    secret = f"whsec_{base64.b64encode(KEY).decode()}"
    hooks = {"WEBHOOKS": f"{receiver.url}/hook", "WEBHOOK_SECRET": secret, "WEBHOOK_ALLOW_PRIVATE": "on"}
    stack.env = stack.env | hooks
    stack.settings = Settings.from_env(stack.env)
    stack.deps = stack.deps_under(stack.settings)
    folder = one_stack.folder / "hooked"
    stack.api, stack.worker = Api(folder, stack.env), Worker(folder, stack.env)
    stack.client = Client(stack.api.url)
    with one_stack.without(one_stack.worker), one_stack.without(one_stack.cron):
        try:
            stack.api.start()
            stack.worker.start()
            yield stack
        finally:
            stack.worker.stop()
            stack.api.stop()


@pytest.fixture
def scene(hooked: Stack, receiver: Receiver) -> Scene:
    receiver.status = 204
    return Scene(hooked)


def expect_events(receiver: Receiver, file_id: str, *events: str) -> None:
    """These events of the file have arrived, or arrive now; all are signed."""
    eventually(lambda: receiver.events(file_id), lambda seen: seen == [*events])
    for got in receiver.got:
        signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.data
        digest = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
        assert got.headers["webhook-signature"] == f"v1,{digest}"


def all_taken(stack: Stack, file_id: str) -> None:
    eventually(lambda: stack.count(Delivery, file_id=file_id, state="owed"), lambda count: count == 0)


def sweep_much_later(scene: Scene) -> None:
    """Sweep after the leases of deliveries have expired."""
    scene.stack.let_pulses_stop()
    with scene.stack.db.write() as session:
        past = utc_now() - timedelta(hours=1)
        session.execute(update(Delivery).where(Delivery.due_at.is_not(None)).values(due_at=past))
    scene.sweep_later()


def test_a_receiver_gets_the_signed_events_of_a_file(scene: Scene, receiver: Receiver) -> None:
    clean, infected = scene.client.ready(HELLO), scene.client.upload(eicar())
    scene.client.wait_stage(infected["id"], "quarantined")
    expect_events(receiver, infected["id"], "file.infected")
    expect_events(receiver, clean["id"], "file.ready")
    assert scene.client.request("DELETE", f"{FILE}/{clean['id']}").status_code == 200
    expect_events(receiver, clean["id"], "file.ready", "file.deleted")


def test_a_delivery_is_repeated_under_the_same_id(scene: Scene, receiver: Receiver) -> None:
    receiver.status = 503
    file_id = scene.client.ready(HELLO)["id"]
    eventually(lambda: receiver.events(file_id))
    eventually(lambda: scene.stack.count(Delivery, file_id=file_id, state="owed", last_status=503))
    receiver.status = 204
    sweep_much_later(scene)
    all_taken(scene.stack, file_id)
    assert len({got.headers["webhook-id"] for got in receiver.got if got.json["data"]["file"]["id"] == file_id}) == 1


def test_a_receiver_that_hangs_delays_no_scan_and_no_other_receiver(scene: Scene, receiver: Receiver) -> None:
    stack = scene.stack
    with Receiver() as slow, stack.without(stack.worker):
        slow.finishes.clear()
        both = Worker(stack.folder / "two-webhooks", stack.env | {"WEBHOOKS": f"{slow.url}/,{receiver.url}/hook"})
        both.start()
        try:
            first = scene.client.ready(HELLO)["id"]
            eventually(lambda: slow.events(first))
            second = scene.client.ready(HELLO)["id"]
            for file_id in (first, second):
                expect_events(receiver, file_id, "file.ready")
            assert slow.events(second) == []
            slow.finishes.set()
            expect_events(slow, second, "file.ready")
        finally:
            slow.finishes.set()
            both.stop()


def test_deliveries_lost_by_redis_are_sent_by_the_sweeper(scene: Scene, receiver: Receiver) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    expect_events(receiver, file_id, "file.ready")
    scene.stack.worker.stop()
    try:
        assert scene.client.request("DELETE", f"{FILE}/{file_id}").status_code == 200
        scene.stack.redis.flushdb()
    finally:
        scene.stack.worker.start()
    sweep_much_later(scene)
    expect_events(receiver, file_id, "file.ready", "file.deleted")


@dies_at("webhook.owed")
def test_an_event_is_sent_after_a_crash_before_its_job(scene: Scene, receiver: Receiver, point: str) -> None:
    file_id = scene.client.ready(HELLO)["id"]
    expect_events(receiver, file_id, "file.ready")
    scene.comes_to_rest(file_id)
    scene.api_dies(point, "DELETE", f"{FILE}/{file_id}")
    sweep_much_later(scene)
    expect_events(receiver, file_id, "file.ready", "file.deleted")
    scene.comes_to_rest()


@dies_at("webhook.claimed", "webhook.sent")
def test_an_event_is_sent_after_its_sender_dies(scene: Scene, receiver: Receiver, point: str) -> None:
    """The receiver gets the event once, or twice under the same id."""
    with scene.armed(point):
        file_id = scene.client.ready(HELLO)["id"]
    sweep_much_later(scene)
    all_taken(scene.stack, file_id)
    expect_events(receiver, file_id, "file.ready")
    attempts = [got for got in receiver.got if got.json["data"]["file"]["id"] == file_id]
    assert (len(attempts), len({got.data for got in attempts})) == (2 if point == "webhook.sent" else 1, 1)
    scene.comes_to_rest(file_id)
