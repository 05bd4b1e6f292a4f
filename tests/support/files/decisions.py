"""Make operators' decisions over HTTP, and see what became of the files."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from service.db.models import Audit, File
from tests.support.fakes import SIGNATURE
from tests.support.service_under_test import App

DECISIONS = "/api/v1/admin/decisions"
BAD = b"a" + SIGNATURE
WHY = "False positive, checked with the vendor."


def decide(app: App, action: str, *file_ids: str, code: int = 201, **body: Any) -> dict[str, Any]:
    wanted = {"file_ids": list(file_ids)} if file_ids else {}
    body = {"action": action, "reason": WHY} | wanted | body
    answer = app.client.post(DECISIONS, json={name: value for name, value in body.items() if value is not None})
    assert answer.status_code == code, answer.json
    found: dict[str, Any] = answer.json
    return found["data"] if code == 201 else found


def counts(decision: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(decision[name] for name in ("state", "matched", "done", "skipped", "failed"))


def reasons(decision: dict[str, Any]) -> list[str]:
    return [each["reason"] for each in decision["reasons"]]


def shown(app: App, file_id: str) -> dict[str, Any]:
    found: dict[str, Any] = app.get(file_id).json["data"]
    return found


def verdict(app: App, file_id: str) -> str:
    return str(shown(app, file_id)["virus_scan_status"])


def row(app: App, file_id: str) -> File:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id)


def place(app: App, file_id: str) -> dict[str, str]:
    return {"Bucket": row(app, file_id).bucket, "Key": row(app, file_id).object_key}


def audits(app: App, file_id: str) -> list[tuple[str, str, str | None]]:
    with app.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.target_id == file_id).order_by(Audit.id)).all()
    return [(each.actor, each.action, each.reason) for each in rows]


def bad_file(app: App) -> str:
    return str(app.ready(BAD)["id"])
