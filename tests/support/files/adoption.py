"""Objects of another program in a bucket of its own, and their adoption over HTTP, for tests in one process."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from service.db.models import Audit, File
from service.domain.upkeep.sweep import sweep
from service.values import SweepReport
from tests.support.service_under_test import App
from tests.support.storage.quick_moto import create_bucket

ADOPTIONS = "/api/v1/admin/adoptions"
ARCHIVE = "archive"
OBJECT = {"Bucket": ARCHIVE, "Key": "2025/report.txt"}


def with_archive(app: App, **settings: Any) -> App:
    """Return the app with the bucket of another program, which may be adopted."""
    create_bucket(ARCHIVE, app.deps.settings.s3_region)
    return app.with_settings(adopt_buckets=(ARCHIVE,), **settings)


def put(app: App, key: str, body: bytes = b"hello", **how: Any) -> None:
    app.s3.put_object(Bucket=ARCHIVE, Key=key, Body=body, **({"ContentType": "text/plain"} | how))


def adopt(app: App, *, code: int = 201, **body: Any) -> dict[str, Any]:
    """Create an adoption, without carrying it out."""
    answer = app.client.post(ADOPTIONS, json={"bucket": ARCHIVE} | body)
    assert answer.status_code == code, answer.json
    found: dict[str, Any] = answer.json
    return found["data"] if code == 201 else found


def shown(app: App, adoption_id: str) -> dict[str, Any]:
    found: dict[str, Any] = app.client.get(f"{ADOPTIONS}/{adoption_id}").json["data"]
    return found


def adopted(app: App, **body: Any) -> dict[str, Any]:
    """Create an adoption, carry it out, and scan its files."""
    made = adopt(app, **body)
    swept(app)
    return shown(app, made["adoption_id"])


def swept(app: App) -> SweepReport:
    """Run a sweep, and the scans that it queued."""
    report = sweep(app.deps)
    for file_id in [file_id for file_id, state in app.queue.jobs.items() if state == "queued"]:
        app.scan(file_id)
    return report


def counts(adoption: dict[str, Any]) -> dict[str, Any]:
    names = ("state", "adopted", "renewed", "unchanged", "skipped", "failed")
    return {name: adoption[name] for name in names if adoption[name]}


def files(app: App) -> dict[str, File]:
    """The adopted files, by key."""
    with app.deps.db.read() as session:
        rows = session.scalars(select(File).where(File.adopted_key.is_not(None))).all()
    return {str(row.adopted_key): row for row in rows}


def row(app: App, key: str = "2025/report.txt") -> File:
    return files(app)[key]


def verdicts(app: App) -> dict[str, str]:
    return {key: file.virus_scan_status for key, file in files(app).items()}


def file_of(app: App, key: str = "2025/report.txt") -> dict[str, Any]:
    """The file of an object as the API shows it."""
    found: dict[str, Any] = app.get(row(app, key).id).json["data"]
    return found


def audits(app: App, target_id: str) -> list[tuple[str, str, str | None]]:
    with app.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.target_id == target_id).order_by(Audit.id)).all()
    return [(each.actor, each.action, each.reason) for each in rows]
