"""Files with their objects in storage: where they are, what a check reports of them, and how to overwrite one."""

from __future__ import annotations

from typing import Any

from service.db.models import File
from service.domain.files.replaced import REST
from service.domain.repair.check import check_files
from service.domain.upkeep.sweep import sweep
from service.values import Flaw
from tests.support.service_under_test import App

PRIVATE, PUBLIC = "longshore-private", "longshore-public"


def checked(app: App, *, mark: bool = False, adopt: bool = False) -> list[Flaw]:
    return [flaw for page in check_files(app.deps, None, mark=mark, adopt=adopt) for flaw in page.flaws]


def flaw(file: dict[str, Any], kind: str, found: str, done: str | None = None) -> Flaw:
    return Flaw(file["id"], kind, file["path"], file["size"], found, done)


def place(file: dict[str, Any]) -> dict[str, str]:
    bucket, _, key = file["path"].partition("/")
    return {"Bucket": bucket, "Key": key}


def ready(app: App, body: bytes = b"hello", **completion: Any) -> dict[str, Any]:
    """A file with its verdict, as it is shown then."""
    return dict(app.get(app.ready(body, **completion)["id"]).json["data"])


def shown(app: App, file: dict[str, Any]) -> tuple[str, str | None, bool]:
    """(verdict, what the scanner said, whether there is a link)."""
    now = app.get(file["id"]).json["data"]
    return now["virus_scan_status"], now["virus_scan_result"], now["download_url"] is not None


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        file = session.get(File, file_id)
    assert file is not None
    return file


def overwrite(app: App, file: dict[str, Any], body: bytes = b"HELLO") -> str:
    return str(app.s3.put_object(**place(file), Body=body)["ETag"])


def next_round(app: App) -> int:
    """Files that the sweeper's next round through the public bucket withdraws."""
    app.clock.forward(REST.total_seconds())
    return sweep(app.deps).replaced
