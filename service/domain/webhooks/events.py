"""Events for webhooks: written in the transaction of the change, a row for each webhook, and sent after it.

So no event is lost with a process or with Redis, and none is sent for a change that failed (the outbox pattern).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from service.crashpoints import reach
from service.db.models import Delivery, File, Link, Upload
from service.db.session import Session
from service.db.statements.files.files import lock_files
from service.db.statements.files.folders import path_of, paths_of
from service.deps import Deps
from service.domain.records.views import bare_view
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.values import FileDecision
from service.values.formats.ids import new_id
from service.values.policies import DEFAULT
from service.values.states import DeliveryState

log = get_logger(__name__)

NOT_SENT = ("download_url", "download_expires_at", "owner")
"""Fields of a file that its events do not have: links, and the owner, which is the event's `subject`."""


def file_event(
    session: Session, deps: Deps, name: str, file_ids: Sequence[str], also: Mapping[str, Any] | None = None
) -> None:
    """Write an event about each of these files, as their rows are in this transaction. also: further data.

    The rows are locked, so that two concurrent deletions of a file write only one event.
    """
    if not deps.settings.webhooks:
        return
    files = list(lock_files(session, file_ids))
    paths = paths_of(session, {file.folder_id for file in files})
    for file in files:
        add_deliveries(
            session, deps, name, file.id, file.owner, {"file": shown_file(file, paths[file.folder_id]), **(also or {})}
        )


def upload_event(session: Session, deps: Deps, name: str, upload: Upload, reason: str | None) -> None:
    """Write an event about an upload that failed or expired."""
    shown = {
        "upload_id": upload.id,
        "file_id": upload.file_id,
        "filename": upload.filename,
        "path_name": upload.path_name,
        "content_type": upload.content_type,
        "size": upload.size,
        "policy": upload.policy or DEFAULT,
        "grant_id": upload.grant_id,
        "reason": reason,
        "created_at": _text(upload.created_at),
        "expires_at": _text(upload.expires_at),
    }
    add_deliveries(session, deps, name, upload.file_id, upload.owner, {"upload": shown})


def link_event(session: Session, deps: Deps, file: File, link: Link) -> None:
    """Write the event of a new link, without its URL, which opens the file."""
    shown = {
        "link_id": link.id,
        "disposition": link.disposition,
        "has_password": link.password_hash is not None,
        "max_downloads": link.max_downloads,
        "created_by": link.created_by,
        "created_at": _text(link.created_at),
        "expires_at": _text(link.expires_at),
    }
    add_deliveries(
        session,
        deps,
        "file.linked",
        file.id,
        file.owner,
        {"link": shown, "file": shown_file(file, path_of(session, file))},
    )


def add_deliveries(
    session: Session,
    deps: Deps,
    name: str,
    file_id: str | None,
    subject: str | None,
    data: dict[str, Any],
    due: datetime | None = None,
) -> list[Delivery]:
    """Write an event for every webhook, due from `due` on (now). No webhook, no row."""
    now = deps.clock()
    rows = []
    for url in deps.settings.webhooks:
        delivery_id = new_id()
        payload = {"id": delivery_id, "type": name, "timestamp": _text(now), "subject": subject, "data": data}
        rows.append(
            Delivery(
                id=delivery_id,
                event=name,
                url=url,
                file_id=file_id,
                payload=payload,
                state=DeliveryState.OWED,
                attempts=0,
                created_at=now,
                pending_since=now,
                due_at=due or now,
            )
        )
    session.add_all(rows)
    return rows


def send_soon(deps: Deps) -> None:
    """Request the delivery of events after the transaction; without a queue the next sweep does."""
    if not deps.settings.webhooks:
        return
    reach("webhook.owed")
    try:
        for url in deps.settings.webhooks:
            deps.queue.request_deliveries(endpoint_of(url))
    except ServiceError as error:
        log.warning("deliveries_not_requested", reason=error.code)


def endpoint_of(url: str) -> str:
    """Return a webhook's name for the queue, where its URL must not be visible."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def shown_file(file: File, path_name: str | None) -> dict[str, Any]:
    """Return the file as in a list: no link, and for a private file no guarded data. path_name: of its folder."""
    view = vars(bare_view(file, path_name)) | ({"detail": None} if file.credential_hash is not None else {})
    return {name: _shown(value) for name, value in view.items() if name not in NOT_SENT}


def _shown(value: Any) -> Any:
    if isinstance(value, FileDecision):
        return {name: _shown(inner) for name, inner in vars(value).items()}
    return _text(value) if isinstance(value, datetime) else value


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
