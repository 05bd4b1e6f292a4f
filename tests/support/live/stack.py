"""The service's processes on real parts, and access to database, storage and queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from service.crashpoints import VARIABLE as CRASH_FOLDER
from service.db.cached.safety import FACT, recorded
from service.db.models import Audit, Fact, PendingDeletion, Upload
from service.db.session import Database
from service.deps import Deps, build_deps
from service.domain.records.objects.storage_safety import tried_on
from service.queue.jobs import SCAN_QUEUE, JobQueue, connect
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from service.values import JobView
from tests.support.live.client import CHUNK, DONE, Client
from tests.support.live.eventually import eventually
from tools.chaos.hurry import let_pending_deletions_be_due, let_pulses_stop, let_scans_and_leases_run_out
from tools.stack.processes.part import Part
from tools.stack.servers.app import Api, Cron, Worker, run_prepare
from tools.stack.servers.sql_server import SqlServer
from tools.stack.try_storage import try_storage

SECRET_KEY = "the-live-tests-own-secret-key"
RECEIPT_KEY = "0b" * 32


def new_database(server: SqlServer, name: str, charset: str = "utf8mb4") -> str:
    """Create an empty database and return its URL."""
    full_name = f"longshore_{name}"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{full_name}`")
        cursor.execute(f"CREATE DATABASE `{full_name}` CHARACTER SET {charset}")
    return server.url(full_name)


@contextmanager
def frozen(part: Part) -> Iterator[None]:
    """Let the part accept connections without responding inside the block."""
    part.freeze()
    try:
        yield
    finally:
        part.thaw()


class Stack:
    """API, worker, cron and their dependencies; `storage`, `redis`, `database` and `clamd` can be stopped."""

    def __init__(self, store: str, folder: Path, parts: Mapping[str, Part], settings: Mapping[str, str]) -> None:
        self.store = store
        self.folder = folder
        self.parts = dict(parts)
        env: dict[str, str] = {}
        for part in parts.values():
            env |= part.env()
        self.crash_folder = folder / "crash"
        self.crash_folder.mkdir(mode=0o700)
        own = {
            "SECRET_KEY": SECRET_KEY,
            "RECEIPT_KEY": RECEIPT_KEY,
            "CHUNK_SIZE": str(CHUNK),
            "SWEEP_INTERVAL": "1",
            "ADOPT_BUCKETS": "archive,scans",
            "SCAN_WORKERS": "1",
            # the files of all earlier tests wait in turn where signatures change, never before those of a later one
            "RESCAN_BATCH": "4",
            # one address has all wrong credentials of all tests
            "RATE_LIMIT_GUESSES": "1000000/minute",
        }
        self.env = env | own | {CRASH_FOLDER: str(self.crash_folder)} | settings
        self.settings = Settings.from_env(self.env)
        self.api = Api(folder, self.env)
        self.worker = Worker(folder, self.env)
        self.cron = Cron(folder, self.env)
        self.client = Client(self.api.url)
        self.db = Database(self.settings.database_url)
        self.s3 = make_client(self.settings, self.settings.s3_endpoint_url)
        self.storage = Storage(self.s3)
        self.redis: Redis = connect(self.settings.redis_url)
        self.queue = JobQueue(self.redis)
        self._resting: list[Part] = []
        self._at_end = ExitStack()

    def start(self) -> None:
        run_prepare(self.env, self.folder / "logs")
        for bucket in self.settings.adopt_buckets:
            self.storage.ensure_bucket(bucket)
        try_storage(self.env)
        for part in (self.api, self.worker, self.cron):
            part.start()

    def stop(self) -> None:
        for part in (self.api, self.worker, self.cron):
            part.stop()
        self._at_end.close()
        self.db.disconnect()
        self.s3.close()
        self.redis.close()

    @cached_property
    def deps(self) -> Deps:
        """Return the dependencies of domain functions in this process."""
        return self.deps_under(self.settings)

    def deps_under(self, settings: Settings) -> Deps:
        """Return dependencies with other settings; disconnected when the stack stops."""
        made = build_deps(settings)
        self._at_end.callback(made.disconnect)
        return made

    def revive(self) -> None:
        """Start what a failed test has left stopped, so that the next one is independent."""
        for part in (*self.parts.values(), self.api, self.worker, self.cron):
            if part not in self._resting and part.is_down():
                part.kill()
                part.start()

    @contextmanager
    def without(self, part: Part) -> Iterator[None]:
        """Stop a process of the service gracefully inside the block."""
        part.stop()
        self._resting.append(part)
        try:
            yield
        finally:
            self._resting.remove(part)
            part.start()

    @contextmanager
    def changed(self, **settings: str) -> Iterator[None]:
        """Restart the processes of the service with other settings for the block, and again after it."""
        before = self.env
        self._restart(before | settings)
        try:
            yield
        finally:
            self._restart(before)

    def _restart(self, env: dict[str, str]) -> None:
        self.env, self.settings = env, Settings.from_env(env)
        vars(self).pop("deps", None)
        for part in (self.api, self.worker, self.cron):
            part.settings = dict(env)
            if part not in self._resting:
                part.stop()
                part.start()

    @contextmanager
    def tried_with(self, **settings: str) -> Iterator[None]:
        """Let the record of what storage enforces be of these settings inside the block."""
        with self._recorded_by(lambda: try_storage(self.env | settings)):
            yield

    @contextmanager
    def behind_a_proxy(self, **settings: str) -> Iterator[None]:
        """Let the record of what storage enforces be of these settings, as if it was tried through the proxy."""

        def record() -> None:
            found = recorded(self.db)
            assert found
            found = replace(found, tried_on=tried_on(Settings.from_env(self.env | settings)))
            with self.db.write() as session:
                session.merge(Fact(name=FACT, value=found.as_fact()))

        with self._recorded_by(record):
            yield

    @contextmanager
    def _recorded_by(self, record: Callable[[], object]) -> Iterator[None]:
        with self.without(self.cron):  # it would record what it finds with its own settings
            before = self.row(Fact, FACT).value
            record()
            try:
                yield
            finally:
                with self.db.write() as session:
                    session.merge(Fact(name=FACT, value=before))

    @contextmanager
    def second_api(self, **settings: str) -> Iterator[Client]:
        """Run another API on the same parts with other settings."""
        api = Api(self.folder / "second", self.env | settings)
        api.start()
        try:
            yield Client(api.url)
        finally:
            api.stop()

    # behind the API

    def row(self, model: type[Any], row_id: str) -> Any:
        """Return a row by its id, or None."""
        with self.db.read() as session:
            return session.get(model, row_id)

    def count(self, model: type[Any], **where: Any) -> int:
        """Return the number of rows with these values."""
        with self.db.read() as session:
            return session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0

    def audits(self, file_id: str) -> list[Audit]:
        """Return the audited actions on a file, in order."""
        with self.db.read() as session:
            return list(session.scalars(select(Audit).where(Audit.target_id == file_id).order_by(Audit.id)))

    def object_key(self, upload_id: str) -> str:
        """Return the location of an upload's object."""
        return str(self.row(Upload, upload_id).object_key)

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """Return the objects in a bucket with this prefix."""
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [item["Key"] for item in found]

    def buckets_of(self, object_key: str) -> list[str]:
        """Return the buckets that contain an object with this key."""
        both = (self.settings.s3_private_bucket, self.settings.s3_public_bucket)
        return [bucket for bucket in both if self.keys(bucket, object_key)]

    def open_uploads(self, object_key: str) -> list[str]:
        """Return storage's ids of the open multipart uploads of this key."""
        found = self.storage.open_uploads(self.settings.s3_private_bucket, object_key)
        return [upload.storage_upload_id for upload in found]

    def logs(self) -> str:
        """Return the logs of all processes of the service."""
        return "".join(log.read_text(errors="replace") for log in sorted(self.folder.rglob("*.log")))

    @property
    def scan_queue(self) -> Queue:
        """Return the queue of scans."""
        return Queue(SCAN_QUEUE, connection=self.redis, serializer=JSONSerializer)

    def waiting_jobs(self) -> list[str]:
        """Return the waiting scan jobs."""
        return self.scan_queue.job_ids

    def wait_sweeps(self, count: int) -> None:
        """Return after so many further sweeps, one per second."""
        log = self.cron.logs / "cron.log"
        wanted = log.read_text().count("sweep_finished") + count
        eventually(lambda: log.read_text().count("sweep_finished") >= wanted)

    def failed_job(self, file_id: str) -> JobView | None:
        """Return the job of a file after its attempts have failed; None before."""
        job = self.queue.scan_job(file_id)
        return job if job is not None and job.status not in {"queued", "started"} else None

    def hurried_stage(self, file_id: str) -> str:
        """Run a file's scan attempts without pauses, and return the final stage."""

        def ask() -> str:
            self.let_time_pass()
            return str(self.client.status(file_id)["stage"])

        return eventually(ask, lambda stage: stage in DONE)

    def wait_forgotten(self, object_key: str) -> None:
        """Return when storage has nothing under a key, and no deletion is pending there."""

        def left() -> tuple[list[str], list[str], int]:
            self.let_time_pass()
            owed = self.count(PendingDeletion, object_key=object_key)
            return self.buckets_of(object_key), self.open_uploads(object_key), owed

        eventually(left, lambda now: now == ([], [], 0))

    def let_time_pass(self) -> None:
        """Make everything due now, as if hours had passed. The service's own processes act on it."""
        let_scans_and_leases_run_out(self.db)
        let_pending_deletions_be_due(self.db)

    def let_pulses_stop(self) -> None:
        """Remove the heartbeat of a job, as if its killed worker had been silent for minutes."""
        let_pulses_stop(self.redis)
