"""Storage fails in the middle of a decision about 2,000 files: each is decided once, or has failed with a reason."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, select

from service.db.models import Audit, Decision, File, Upload
from service.domain.decisions.turns import continue_decisions
from service.domain.leased_work.turns import ATTEMPTS, MAX_RETRY
from service.errors import StorageRefusedError, StorageUnavailableError
from service.values import Location, StoredObject, SweepReport
from tests.support.files.swept_rows import file_row, upload_row
from tests.support.service_under_test import App

DECISIONS = "/api/v1/admin/decisions"
MANY = 2_000
"""Four times as many as a turn reads at once."""
REFUSED = (800, 1_000, 1_001)
"""Places of the files that storage refuses, among those of the decision."""
OUTAGE = range(1_400, 1_403)
"""Calls of storage that it does not answer."""
WISH = {"action": "release", "reason": "They are harmless.", "filter": {"virus_scan_status": "error"}}


class FailingStorage:
    """HEAD of a storage that has all objects, refuses some, and does not answer for a while."""

    def __init__(self, refused: set[str]) -> None:
        self.refused = refused
        self.calls = 0

    def head(self, at: Location) -> StoredObject:
        self.calls += 1
        if at.object_key in self.refused:
            raise StorageRefusedError("HeadObject", "AccessDenied")
        if self.calls in OUTAGE:
            raise StorageUnavailableError
        return StoredObject(size=5, etag="e", upload_id=None)


def files_without_a_verdict(app: App) -> list[dict[str, Any]]:
    """Add files, and return their rows in the order of a decision: newest first."""
    now = app.clock.now
    uploads = [upload_row(now - timedelta(seconds=age), "completed") for age in range(1, MANY + 1)]
    files = [file_row(each["created_at"], each["id"], each["file_id"]) for each in uploads]
    files = [file | {"virus_scan_status": "error", "scan_due_at": None} for file in files]
    with app.deps.db.write() as session:
        session.execute(insert(Upload), uploads)
        session.execute(insert(File), files)
    return files


def carried_out(app: App) -> tuple[list[Any], list[dict[str, str]], int]:
    """Create the decision, and work on it until it ends; return its counts, its reasons and the number of turns."""
    made = app.client.post(DECISIONS, json=WISH).json["data"]
    turns = 0
    while (found := decision(app, made["decision_id"])).state != "done":
        continue_decisions(app.deps, SweepReport())
        app.clock.forward(MAX_RETRY.total_seconds())
        turns += 1
    return [found.state, found.matched, found.done, found.skipped, found.failed], found.reasons, turns


def decision(app: App, decision_id: str) -> Decision:
    with app.deps.db.read() as session:
        return session.get_one(Decision, decision_id)


def test_a_decision_about_many_files_survives_a_storage_outage(app: App) -> None:
    files = files_without_a_verdict(app)
    refused = [files[place] for place in REFUSED]
    storage = FailingStorage({file["object_key"] for file in refused})
    with patch.object(app.deps.storage, "head", storage.head):
        counts, reasons, turns = carried_out(app)
        assert counts == ["done", MANY, MANY - len(REFUSED), 0, len(REFUSED)]
        reason = StorageRefusedError("HeadObject", "AccessDenied").message
        assert reasons == [{"file_id": file["id"], "reason": f"storage_refused: {reason}"} for file in refused]
        # a turn for each attempt at a refused file, for each call of the outage, and the first
        assert turns == len(REFUSED) * ATTEMPTS + len(OUTAGE) + 1
        storage.refused.clear()
        assert carried_out(app)[0] == ["done", len(REFUSED), len(REFUSED), 0, 0]
    with app.deps.db.read() as session:
        released = Counter(session.scalars(select(Audit.target_id).where(Audit.action == "released")))
        states = Counter(session.scalars(select(File.virus_scan_status)))
    assert (len(released), set(released.values()), states) == (MANY, {1}, {"released": MANY})
