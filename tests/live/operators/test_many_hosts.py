"""The service on many hosts: any of them does each job once, and replacing them one by one loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

import pytest
import requests

from service.db.models import File
from tests.support.live.client import CHUNK, Client, cut, put, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.ledger import Ledger, faults, look
from tests.support.live.stack import Stack
from tools.stack.servers.app import Api, AppPart, Cron, Worker

APIS, WORKERS, CRONS = 3, 4, 2
CLIENTS = 3
FILES = 12
TRIES = 10
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Hosts:
    """Several of each of the service's processes, on one database, queue and storage; no others run."""

    stack: Stack
    apis: list[Api]
    workers: list[Worker]
    crons: list[Cron]

    @property
    def parts(self) -> list[AppPart]:
        return [*self.apis, *self.workers, *self.crons]

    def logs(self) -> str:
        return "".join(log.read_text(errors="replace") for part in self.parts for log in part.logs.glob("*.log"))

    def come_to_rest(self, before: Ledger, file_ids: set[str]) -> None:
        """Wait until everything is in order, and these are the only new files."""
        eventually(lambda: faults(self.stack, before, file_ids), lambda wrong: wrong == [], 60)


@pytest.fixture(scope="module")
def hosts(one_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    stack, number, folder = one_stack, count(), tmp_path_factory.mktemp("hosts")

    def some(kind: type[Any], wanted: int) -> list[Any]:
        return [kind(folder / f"host-{next(number)}", stack.env) for _ in range(wanted)]

    running = Hosts(stack, some(Api, APIS), some(Worker, WORKERS), some(Cron, CRONS))
    with stack.without(stack.worker), stack.without(stack.cron):
        try:
            for part in running.parts:
                part.spawn()
            for part in running.parts:
                part.wait_ready()
            yield running
        finally:
            for part in running.parts:
                part.terminate()
            for part in running.parts:
                part.stop()


class Balanced:
    """A client behind a load balancer: each call goes to the next host, and on to one that answers."""

    def __init__(self, apis: list[Api], first: int) -> None:
        self._clients = [Client(api.url) for api in apis]
        self._turn = count(first)

    def ask(self, call: Callable[[Client], Answer]) -> Answer:
        """The answer to a call that may be repeated, as all may."""
        for _ in range(TRIES):
            try:
                return call(self._clients[next(self._turn) % len(self._clients)])
            except requests.ConnectionError:
                continue
        raise AssertionError(f"no host answered in {TRIES} tries")

    def upload(self, body: bytes) -> str:
        """The id of a new file."""
        opened = self.ask(lambda client: client.init(size=len(body)))
        wanted = [{"chunk_index": index} for index in range(opened["total_chunks"])]
        signed = self.ask(lambda client: client.chunk(upload_id=opened["upload_id"], chunks=wanted))
        for chunk in signed["chunks"]:
            assert put(chunk, cut(body, opened["chunk_size"], chunk["chunk_index"])).status_code == 200
        wish = Client("").completion(opened, body)
        file_id: str = self.ask(lambda client: client.complete(**wish))["id"]
        return file_id


def test_each_upload_is_scanned_once_by_any_host(hosts: Hosts) -> None:
    before = look(hosts.stack)
    bodies = [random_bytes(CHUNK + number) for number in range(FILES)]
    with ThreadPoolExecutor(CLIENTS) as crew:
        ids = list(crew.map(lambda number: Balanced(hosts.apis, number).upload(bodies[number]), range(FILES)))

    hosts.come_to_rest(before, set(ids))

    logs = hosts.logs()
    done = {file_id: logs.count(f"scan_finished file_id={file_id} verdict=clean") for file_id in ids}
    assert done == dict.fromkeys(ids, 1)
    assert {hosts.stack.row(File, file_id).scan_attempts for file_id in ids} == {1}
    for file_id, body in zip(ids, bodies, strict=True):
        assert hosts.stack.client.download(hosts.stack.client.get(file_id)).content == body


def test_uploads_continue_while_hosts_are_replaced(hosts: Hosts) -> None:
    before, sent = look(hosts.stack), dict[str, bytes]()
    replaced = threading.Event()

    def keep_uploading(number: int) -> None:
        client = Balanced(hosts.apis, number)
        while not replaced.is_set():
            body = random_bytes(1000)
            sent[client.upload(body)] = body

    with ThreadPoolExecutor(CLIENTS) as crew:
        at_work = [crew.submit(keep_uploading, number) for number in range(CLIENTS)]
        try:
            for part in hosts.parts:
                begun = len(sent)
                part.restart()
                eventually(lambda begun=begun: len(sent) > begun)
        finally:
            replaced.set()
        for each in at_work:
            each.result()

    # a worker that ends between taking a job and starting it (RQ) leaves the scan to the sweeper, two minutes later
    hosts.stack.let_time_pass()
    hosts.come_to_rest(before, set(sent))
    for file_id, body in sent.items():
        assert hosts.stack.client.download(hosts.stack.client.get(file_id)).content == body
