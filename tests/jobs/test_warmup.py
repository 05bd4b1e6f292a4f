"""Before the worker forks: nothing is changed, nothing stays open, and a part that is down stops nobody."""

from __future__ import annotations

import pytest

from service.db.models import File
from service.domain.scanning.warmup import warm_up
from tests.support.service_under_test import World


def test_it_changes_nothing_and_leaves_no_connection(world: World) -> None:
    file_id = world.upload()["id"]
    with world.deps.db.read() as session:
        before = vars(session.get_one(File, file_id)).copy()
    warm_up(world.deps)
    assert world.deps.db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
    with world.deps.db.read() as session:
        after = vars(session.get_one(File, file_id)).copy()
    before.pop("_sa_instance_state")
    after.pop("_sa_instance_state")
    assert after == before
    assert world.scan(file_id) == "clean"


@pytest.mark.parametrize("part", ["database", "storage"])
def test_a_part_that_is_down(world: World, part: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    warm_up((world.without_database() if part == "database" else world.without_storage()).deps)
    assert f"warm_up_incomplete reason={part}_unavailable" in caplog.text
    assert world.scan(world.upload()["id"]) == "clean"
