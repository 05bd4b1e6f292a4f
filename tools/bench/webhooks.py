"""Measure scans of small files while webhooks take seconds to respond, against webhooks that respond at once.

Two services on the same storage and the same clamd, each with its own database, worker and two receivers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import func, select

from service.db.models import File
from service.db.session import Database
from service.values.states import UNJUDGED
from tools.bench.rig.measure import Claim, Report, medians, take_turns
from tools.bench.rig.rig import Rig, rig
from tools.bench.upload import Flow
from tools.stack.servers.app import Worker
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.redis import Redis

FILES = 30
SENDERS = 6
SIZE = 1024
"""Bytes of a file."""
SLOW_SECONDS = 8.0
"""For a response: the service waits for 10 at most."""
ROUNDS = 5
LOOK_SECONDS = 0.1
GOAL = 1.2
QUICK, SLOW = "quick receivers", "slow receivers"


class Service:
    """A service with two webhooks."""

    def __init__(self, parts: Rig, folder: Path, env: dict[str, str], webhooks: list[str]) -> None:
        database_url = f"sqlite:///{folder}/bench.sqlite3"
        hooks = {
            "WEBHOOKS": ",".join(webhooks),
            "WEBHOOK_SECRET": "whsec_b25seS1mb3ItdGhpcy1iZW5jaC1vbmx5",
            "WEBHOOK_ALLOW_PRIVATE": "on",
        }
        settings = parts.settings(**env, **hooks, DATABASE_URL=database_url)
        self.url = parts.api(settings, folder).url
        parts.run(Worker(folder, settings))
        self.db = Database(database_url)

    def scan(self, file: Path) -> None:
        """Upload the file FILES times and wait until each has its verdict."""
        with ThreadPoolExecutor(SENDERS) as senders:
            ids = list(senders.map(lambda _: Flow(self.url).upload(file), range(FILES)))
        while self._waiting(ids):
            time.sleep(LOOK_SECONDS)

    def _waiting(self, ids: list[str]) -> int:
        """Return how many of these files have no verdict yet."""
        query = select(func.count()).where(File.id.in_(ids), File.virus_scan_status.in_(UNJUDGED))
        with self.db.read() as session:
            return session.scalar(query) or 0


def run() -> Report:
    with rig() as parts, ExitStack() as stack:
        redis, clamd = parts.run(Redis(parts.folder)), parts.run(Clamd(parts.folder))
        file = parts.folder / "small.bin"
        file.write_bytes(os.urandom(SIZE))
        services: dict[str, Service] = {}
        for number, (name, seconds) in enumerate({QUICK: 0.0, SLOW: SLOW_SECONDS}.items()):
            folder = parts.folder / str(number)
            folder.mkdir()
            webhooks = [stack.enter_context(receiver(seconds)) for _ in range(2)]
            env = {**clamd.env(), "REDIS_URL": redis.url(number)}
            services[name] = Service(parts, folder, env, webhooks)
        contestants = {name: partial(service.scan, file) for name, service in services.items()}
        rounds = take_turns(contestants, ROUNDS)
    middle = medians(rounds)
    claim = Claim("the time of scans with quick receivers", middle[SLOW] / middle[QUICK], GOAL, at_most=True)
    unit = f"seconds for {FILES} files of 1 KiB, from the first upload to the last verdict"
    return Report(name="webhooks", unit=unit, medians=middle, rounds=rounds, claims=[claim])


@contextmanager
def receiver(seconds: float) -> Iterator[str]:
    """Yield the URL of a receiver that takes `seconds` for each response."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            over.wait(seconds)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
