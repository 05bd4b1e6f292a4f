"""The service's processes on real parts, and direct access to those parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from redis import Redis as RedisClient

from service.db.session import Database
from service.queue.jobs import connect
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from tools.stack.processes.child import Command
from tools.stack.processes.part import Part
from tools.stack.servers.app import Api, Cron, Worker, run_prepare
from tools.stack.servers.clamd import Clamd
from tools.stack.servers.mariadb import MariaDb
from tools.stack.servers.redis import Redis
from tools.stack.stores.ceph import Ceph
from tools.stack.stores.swift import Swift
from tools.stack.try_storage import try_storage

STORES: dict[str, type[Swift | Ceph]] = {"swift": Swift, "ceph": Ceph}


def why_not(store: str) -> str | None:
    """Return the reasons why parts cannot run on this machine, or None. store: a key of STORES."""
    reasons = [reason for part in (Redis, STORES[store], MariaDb, Clamd) if (reason := part.available())]
    return "\n".join(reasons) or None


class ChangingWorker(Worker):
    """A worker that starts with and without S3_PUBLIC_BASE_URL in turn: clean files are copied, or stay where they are.

    The API has no such setting, so all links are signed and can be followed.
    """

    starts = 0

    def commands(self) -> Sequence[Command]:
        self.settings |= {"S3_PUBLIC_BASE_URL": ("https://cdn.example", "")[self.starts % 2]}
        self.starts += 1
        return super().commands()


class Rig:
    """All parts by name, in the order of their start, and the service's settings."""

    def __init__(self, folder: Path, store: str) -> None:
        """store: a key of STORES."""
        self.folder = folder
        lower: dict[str, Part] = {
            "redis": Redis(folder),
            "storage": STORES[store](folder),
            "database": MariaDb(folder),
            "clamd": Clamd(folder),
        }
        self.env = {"SECRET_KEY": "only-for-this-chaos", "RECEIPT_KEY": "0c" * 32, "SWEEP_INTERVAL": "1"}
        for part in lower.values():
            # a part has an address once it has created its keys
            part.prepare()
            self.env |= part.env()
        self.api = Api(folder, self.env)
        self.service: dict[str, Part] = {"api": self.api, "worker": ChangingWorker(folder, self.env)}
        self.service["cron"] = Cron(folder, self.env)
        self.lower = lower
        self.parts = lower | self.service
        self.settings = Settings.from_env(self.env)
        self.db = Database(self.settings.database_url)
        self.s3 = make_client(self.settings, self.settings.s3_endpoint_url)
        self.storage = Storage(self.s3)
        self.redis: RedisClient = connect(self.settings.redis_url)

    @property
    def buckets(self) -> tuple[str, str]:
        """Return the private and the public bucket."""
        return self.settings.s3_private_bucket, self.settings.s3_public_bucket

    def start(self) -> None:
        for part in self.lower.values():
            part.prepare()
            part.spawn()
        for part in self.lower.values():
            part.wait_ready()
        run_prepare(self.env, self.folder / "logs")
        try_storage(self.env)
        for part in self.service.values():
            part.start()

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()
        self.db.engine.dispose()
        self.s3.close()
        self.redis.close()

    def logs_about(self, *words: str, limit: int = 12) -> list[str]:
        """Return the last lines of all logs that contain one of these words."""
        found = [
            f"{log.stem}: {line}"
            for log in sorted(self.folder.rglob("*.log"))
            for line in log.read_text(errors="replace").splitlines()
            if any(word in line for word in words)
        ]
        return found[-limit:]

    def bugs_in_logs(self, lines: int = 120) -> list[str]:
        """Return the unexpected exceptions in the logs, each with its traceback, `lines` lines at most."""
        found = []
        for log in sorted(self.folder.rglob("*.log")):
            text = log.read_text(errors="replace").splitlines()
            starts = [at for at, line in enumerate(text) if "unexpected_error" in line or "sweep_failed" in line]
            found += ["\n".join([f"{log.stem}:", *text[at : at + lines]]) for at in starts]
        return found


@contextmanager
def running_rig(folder: Path, store: str) -> Iterator[Rig]:
    """Yield a rig that runs inside the block. store: a key of STORES."""
    rig = Rig(folder, store)
    try:
        rig.start()
        yield rig
    finally:
        rig.stop()
