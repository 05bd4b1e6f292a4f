"""Before the worker forks: nothing is changed, nothing stays open, and a part that is down stops nobody."""

from __future__ import annotations

from service.db.models import File
from service.domain.warmup import warm_up
from tests.world import World


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


def test_parts_that_are_down(world: World) -> None:
    warm_up(world.without_database().deps)
    warm_up(world.without_storage().deps)
