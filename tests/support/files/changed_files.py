"""Change files over HTTP, and see what the audit log has of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from service.db.models import Audit
from tests.support.matchers import failure
from tests.support.service_under_test import FILE, App

ON_HOLD = (409, failure("file_on_hold"))
NOT_FOUND = (404, failure("file_not_found"))


def change(app: App, file_id: str, version: str | None = None, **body: Any) -> Any:
    headers = {} if version is None else {"If-Match": version}
    return app.client.patch(f"{FILE}/{file_id}", json=body, headers=headers)


def audits(app: App) -> list[tuple[str, str | None]]:
    with app.deps.db.read() as session:
        rows = session.scalars(select(Audit).where(Audit.action != "key_created").order_by(Audit.id))
        return [(row.action, row.reason) for row in rows]


def hold(app: App, file_id: str, *, on: bool = True) -> None:
    assert change(app, file_id, legal_hold=on, reason="case 4711").status_code == 200
