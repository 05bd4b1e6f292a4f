"""The warm-up before the worker forks: no changes, no open connections, and no failure without a dependency."""

from __future__ import annotations

import pytest

from service.db.models import File
from service.domain.scanning.warmup import warm_up
from tests.support.service_under_test import App


def test_warm_up_changes_nothing_and_leaves_no_connection(app: App) -> None:
    file_id = app.upload()["id"]
    with app.deps.db.read() as session:
        before = vars(session.get_one(File, file_id)).copy()
    warm_up(app.deps)
    assert app.deps.db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
    with app.deps.db.read() as session:
        after = vars(session.get_one(File, file_id)).copy()
    before.pop("_sa_instance_state")
    after.pop("_sa_instance_state")
    assert after == before
    assert app.scan(file_id) == "clean"


@pytest.mark.parametrize("part", ["database", "storage"])
def test_warm_up_continues_with_a_dependency_down(app: App, part: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    warm_up((app.without_database() if part == "database" else app.without_storage()).deps)
    assert f"warm_up_incomplete reason={part}_unavailable" in caplog.text
    assert app.scan(app.upload()["id"]) == "clean"
