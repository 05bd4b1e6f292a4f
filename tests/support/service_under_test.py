"""The service in one process for tests of branches: the real app and database, moto as storage, fakes for the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from migrations.run import upgrade
from service.app import create_app
from service.db.cached.safety import SafetyMemory
from service.db.models import File
from service.db.session import Database
from service.deps import Deps, make_presigner
from service.domain.scanning.scans import scan_file
from service.routes.endpoints.metrics import OBSERVER
from service.routes.openapi.api import EXTENSION
from service.settings import Settings
from service.storage.client import make_client
from service.storage.s3 import Storage
from tests.support.fakes import FakeChecksums, FakeClock, FakeCounters, FakeQueue, FakeSafety, FakeScanner
from tests.support.service.contract import checked_client
from tests.support.storage.quick_moto import create_bucket

MIB = 1024 * 1024
CHUNK = 5 * MIB
FILE = "/api/v1/file"
NOWHERE = "http://127.0.0.1:9"
"""An address at which nothing listens."""


def make_settings(folder: Path, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": f"sqlite:///{folder}/test.sqlite3",
        "redis_url": "redis://127.0.0.1:9",
        "s3_endpoint_url": "https://s3.us-east-1.amazonaws.com",
        "s3_public_endpoint_url": "https://s3.us-east-1.amazonaws.com",
        "s3_access_key": "access",
        "s3_secret_key": "secret-of-storage",
        "s3_upload_access_key": "upload-access",
        "s3_upload_secret_key": "secret-of-uploads",
        "secret_key": "secret-of-credentials",
        "clamd_url": "tcp://127.0.0.1:9",
        "chunk_size": CHUNK,
        "web_root": folder / "web",
    }
    return Settings(**(values | changes))


@dataclass
class App:
    """The app under test, with its dependencies."""

    deps: Deps
    client: FlaskClient
    clock: FakeClock
    queue: FakeQueue
    scanner: FakeScanner
    apps: list[Flask] = field(default_factory=list)
    """Return the app's dependencies with all its settings."""
    s3_client: Any = None
    s3_hooks: Any = None
    """botocore's cache of the S3 client's hooks; it is another one when a hook was added or removed."""

    def post(self, path: str, **body: Any) -> TestResponse:
        return self.client.post(FILE + path, json=body)

    def init(self, **body: Any) -> dict[str, Any]:
        answer = self.post("/upload/init/", **body)
        assert answer.status_code == 200, answer.json
        return answer.json["data"]

    def put(self, chunk: dict[str, Any], body: bytes) -> str:
        """Send a chunk by its signed request; return the ETag."""
        answer = requests.request(chunk["method"], chunk["url"], data=body, headers=chunk["headers"], timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"]

    def send(self, body: bytes = b"hello", **init: Any) -> dict[str, Any]:
        """Start an upload and send all its bytes, without completing it."""
        opened = self.init(size=len(body), **init)
        for chunk in opened["chunks"]:
            start = chunk["chunk_index"] * opened["chunk_size"]
            self.put(chunk, body[start : start + opened["chunk_size"]])
        return opened

    def completion(self, opened: dict[str, Any], body: bytes = b"hello", **changes: Any) -> dict[str, Any]:
        """Return the body that completes `opened`."""
        return {
            "upload_id": opened["upload_id"],
            "total_chunks": max(1, -(-len(body) // opened["chunk_size"])),
            "total_size": len(body),
            "filename": "hello.txt",
            "content_type": "text/plain",
        } | changes

    def upload(self, body: bytes = b"hello", **completion: Any) -> dict[str, Any]:
        """Upload a file, from init to complete."""
        opened = self.send(body)
        answer = self.post("/upload/complete/", **self.completion(opened, body, **completion))
        assert answer.status_code == 200, answer.json
        return answer.json["data"]

    def ready(self, body: bytes = b"hello", **completion: Any) -> dict[str, Any]:
        """Upload a file and scan it."""
        file = self.upload(body, **completion)
        self.scan(file["id"])
        return file

    def scan(self, file_id: str) -> str:
        """Run the file's job like the worker."""
        self.queue.jobs[file_id] = "finished"
        return scan_file(self.deps, file_id)

    def get(self, file_id: str, **kwargs: Any) -> TestResponse:
        return self.client.get(f"{FILE}/get/{file_id}", **kwargs)

    def status(self, file_id: str, **kwargs: Any) -> TestResponse:
        return self.client.get(f"{FILE}/status/{file_id}", **kwargs)

    def keys(self, bucket: str) -> list[str]:
        """Return the objects in a bucket."""
        found = self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return [item["Key"] for item in found]

    def stored(self, file_id: str) -> bytes:
        """Return the bytes of a file's object."""
        with self.deps.db.read() as session:
            file = session.get_one(File, file_id)
        return self.s3.get_object(Bucket=file.bucket, Key=file.object_key)["Body"].read()

    def assert_whole(self, opened: dict[str, Any], body: bytes = b"hello") -> None:
        """Assert that the upload is the only file, with all its bytes in storage and its scan queued."""
        with self.deps.db.read() as session:
            [file] = session.scalars(select(File))
        assert (file.id, file.size, self.stored(file.id)) == (opened["file_id"], len(body), body)
        assert self.queue.jobs == {file.id: "queued"}

    @property
    def s3(self) -> Any:
        """Return the operator's S3 client."""
        settings = self.deps.settings
        return operators_client(settings.s3_endpoint_url, settings.s3_access_key, settings.s3_secret_key)

    def count(self, model: type[Any]) -> int:
        with self.deps.db.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def with_settings(self, **changes: Any) -> App:
        """Return the app with other settings."""
        return rebuilt(self, settings=replace(self.deps.settings, **changes))

    def with_one_put(self) -> App:
        """Return the app on a storage that permits one conditional PUT."""
        return rebuilt(self, safety=FakeSafety(one_put=True))

    def published(self) -> App:
        """Return the app with plain links: clean public files are copied to the public bucket."""
        return self.with_settings(s3_public_base_url="https://cdn.example")

    def untrusted(self) -> App:
        """Return the app as if clients could overwrite objects: the attacks on storage were never tried."""
        return rebuilt(self, safety=SafetyMemory())

    def without_storage(self) -> App:
        """Return the app with storage down."""
        return rebuilt(self, storage=Storage(make_client(self.deps.settings, NOWHERE)))

    def without_database(self) -> App:
        """Return the app with the database down."""
        return rebuilt(self, db=Database("mysql+pymysql://user:hidden-password@127.0.0.1:9/longshore"))


def rebuilt(app: App, **parts: Any) -> App:
    deps = replace(app.deps, **parts)
    return replace(app, deps=deps, client=checked_client(app_of(deps, app.apps)))


def make_app_under_test(folder: Path) -> App:
    settings = make_settings(folder)
    (folder / "test.sqlite3").write_bytes(migrated_database())
    clock, queue, scanner = FakeClock(), FakeQueue(), FakeScanner()
    s3 = _resting_clients.pop() if _resting_clients else make_client(settings, settings.s3_endpoint_url)
    db = Database(settings.database_url)
    let_statements_be_shared(db.engine)
    deps = Deps(
        settings=settings,
        db=db,
        storage=Storage(s3),
        presigner=make_presigner(settings, settings.s3_public_endpoint_url, clock),
        checksums=FakeChecksums(),  # type: ignore[arg-type]
        queue=queue,  # type: ignore[arg-type]
        counters=FakeCounters(),  # type: ignore[arg-type]
        scanner=scanner,  # type: ignore[arg-type]
        safety=FakeSafety(),  # type: ignore[arg-type]
        clock=clock,
        pause=clock.forward,
    )
    # transactions of tests need not be durable
    event.listen(deps.db.engine, "connect", lambda made, _record: made.execute("PRAGMA synchronous=OFF"))
    apps: list[Flask] = []
    for bucket in (settings.s3_private_bucket, settings.s3_public_bucket):
        create_bucket(bucket, settings.s3_region)  # by a request it would take a tenth of most tests
    return App(deps, checked_client(app_of(deps, apps)), clock, queue, scanner, apps, s3, hooks_of(s3))


def hooks_of(s3: Any) -> Any:
    return s3.meta.events._emitter._lookup_cache


@cache
def operators_client(endpoint_url: str, access_key: str, secret_key: str) -> Any:
    """One for all apps: creating one takes as long as thirty calls."""
    settings = make_settings(Path(), s3_access_key=access_key, s3_secret_key=secret_key)
    return make_client(settings, endpoint_url)


@cache
def migrated_database() -> bytes:
    """Return an empty SQLite database with the current tables."""
    with TemporaryDirectory() as folder:
        upgrade(f"sqlite:///{folder}/test.sqlite3")
        return Path(folder, "test.sqlite3").read_bytes()


_resting_clients: list[Any] = []
"""S3 clients of closed apps whose hooks no test has changed, for reuse: creating one takes longer than a call."""
_statements: dict[str, Any] = {}


def let_statements_be_shared(engine: Engine) -> None:
    """Let SQLAlchemy compile each statement once for all apps: it keeps them by engine and dialect."""
    engine.dialect = _statements.setdefault("dialect", engine.dialect)
    engine._compiled_cache = _statements.setdefault("compiled", engine._compiled_cache)


_resting: list[Flask] = []
"""Flask apps of earlier tests, for reuse: creating one takes longer than most tests, and it keeps no state of
requests."""


def app_of(deps: Deps, apps: list[Flask]) -> Flask:
    """Return a Flask app with these dependencies; apps: those for reuse."""
    fixed = deps.settings.cors_origins or deps.settings.trusted_proxies  # what a Flask app contains
    app = _resting.pop() if _resting and not fixed else create_app(deps)
    app.extensions[EXTENSION] = deps
    if not fixed:
        apps.append(app)
    return app


def end(app: App) -> None:
    """Close the app."""
    app.deps.db.engine.dispose()
    if hooks_of(app.s3_client) is app.s3_hooks:
        _resting_clients.append(app.s3_client)
    for flask_app in app.apps:
        flask_app.extensions.pop(OBSERVER, None)
    _resting.extend(app.apps)
