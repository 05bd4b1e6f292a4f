"""The end of operators' decisions: AUDIT_DAYS deletes ended ones, and erasing a subject removes its name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.db.models import AllowlistEntry, Audit, Decision, File
from service.domain.changes.erase_subject import count_data_of, erase_subject
from service.domain.decisions import retention
from service.domain.upkeep.sweep import sweep
from service.values import Erased
from service.values.access.caller import Scope
from tests.support.files.allowlist import ALLOWLIST, BAD, BY_SIGNATURE, allow
from tests.support.files.decisions import DECISIONS, decide
from tests.support.login import login
from tests.support.service_under_test import App

DAY = 24 * 3600


def ids(app: App, model: type[Any]) -> list[str]:
    with app.deps.db.read() as session:
        return list(session.scalars(select(model.id).order_by(model.created_at)))


def forgotten(app: App) -> tuple[int, int]:
    report = sweep(app.deps)
    assert report.errors == []
    return report.forgotten_decisions, report.forgotten_entries


def test_ended_decisions_are_deleted_after_audit_days(app: App) -> None:
    kept = app.with_settings(audit_days=3)
    old = decide(kept, "delete", str(kept.ready()["id"]))["decision_id"]
    kept.clock.forward(1)
    running = decide(kept, "release", filter={"policy": "none"})["decision_id"]
    with kept.deps.db.write() as session:
        session.execute(update(Decision).where(Decision.id == running).values(due_at=None))
    kept.clock.forward(DAY)
    newer = decide(kept, "delete", str(kept.ready()["id"]))["decision_id"]
    kept.clock.forward(2 * DAY)
    assert (ids(kept, Decision), forgotten(app)) == ([old, running, newer], (0, 0))
    assert (forgotten(kept), ids(kept, Decision)) == ((1, 0), [running, newer])
    assert kept.client.get(f"{DECISIONS}/{old}").status_code == 404


def test_audit_days_count_from_the_end_of_a_decision(app: App) -> None:
    kept = app.with_settings(audit_days=3)
    made = decide(kept, "delete", str(kept.ready()["id"]))["decision_id"]
    kept.clock.forward(4 * DAY)
    with kept.deps.db.write() as session:
        session.execute(update(Decision).where(Decision.id == made).values(ended_at=kept.clock()))
    assert (forgotten(kept), ids(kept, Decision)) == ((0, 0), [made])


def test_a_sweep_deletes_a_limited_number(app: App) -> None:
    kept = app.with_settings(audit_days=3)
    for _ in range(3):
        decide(kept, "delete", "no id at all")
        kept.clock.forward(1)
    kept.clock.forward(3 * DAY)
    assert [retention.delete_old_decisions(kept.deps, 2) for _ in range(3)] == [2, 1, 0]


@pytest.mark.parametrize("end", ["removed", "ended"])
def test_an_allowlist_entry_is_deleted_when_no_file_needs_it(app: App, end: str) -> None:
    """A file that it released is scanned again first: until then, its end would be unknown without the entry."""
    kept = app.with_settings(audit_days=3)
    until = {"ends_at": (kept.clock() + timedelta(hours=1)).isoformat()} if end == "ended" else {}
    entry = allow(kept, **BY_SIGNATURE, **until)["entry_id"]
    kept.clock.forward(1)  # of two entries, the older one releases
    active = allow(kept, **BY_SIGNATURE, reason="Another.")["entry_id"]
    file_id = str(kept.upload(BAD)["id"])
    kept.scan(file_id)
    if end == "removed":
        kept.client.delete(f"{ALLOWLIST}/{entry}")
    kept.clock.forward(4 * DAY)
    assert (retention.delete_old_entries_of_allowlist(kept.deps, 10), len(ids(kept, AllowlistEntry))) == (0, 2)
    assert (forgotten(kept), ids(kept, AllowlistEntry)) == ((0, 1), [active])
    assert kept.scan(file_id) == "released"
    with kept.deps.db.read() as session:
        assert session.get_one(File, file_id).allowlist_id == active


@pytest.fixture
def strict(app: App) -> App:
    return app.with_settings(login="on", release_approval="on")


def erased(app: App, subject: str) -> tuple[int, int]:
    steps = list(erase_subject(app.deps, subject, "case 4711"))
    return sum(step.decisions for step in steps), sum(step.allowlist for step in steps)


def test_the_name_of_an_erased_operator_is_removed(strict: App) -> None:
    olivia, ben = (login(strict, name, Scope.ADMIN) for name in ("olivia", "ben"))
    file_id = str(olivia.ready(BAD)["id"])
    approved = decide(ben, "release", file_id)["decision_id"]
    assert olivia.client.post(f"{DECISIONS}/{approved}/approve").status_code == 200
    waiting = decide(olivia, "release", file_id)["decision_id"]
    others = decide(ben, "delete", "no id at all")
    entries = [allow(olivia, **BY_SIGNATURE), allow(ben, **BY_SIGNATURE)]
    assert olivia.client.post(f"{ALLOWLIST}/{entries[1]['entry_id']}/approve").status_code == 200
    assert count_data_of(strict.deps, "olivia").decisions == 2
    assert erased(strict, "olivia") == (2, 2)
    assert count_data_of(strict.deps, "olivia") == Erased()
    with strict.deps.db.read() as session:
        rows = {row.id: row for row in session.scalars(select(Decision))}
        own = rows[waiting]
        assert (own.created_by, own.state, own.key_prefix, own.address) == ("erased", "cancelled", None, None)
        assert (rows[approved].created_by, rows[approved].approved_by) == ("ben", "erased")
        assert (rows[others["decision_id"]].created_by, rows[others["decision_id"]].address) == ("ben", "127.0.0.1")
        first, second = (session.get_one(AllowlistEntry, entry["entry_id"]) for entry in entries)
        assert (first.created_by, first.removed_at is None) == ("erased", False)
        assert (second.approved_by, second.is_active, second.removed_at) == ("erased", True, None)
        ended = session.scalars(select(Audit).where(Audit.actor == "system", Audit.target_id.in_([waiting, first.id])))
        assert [each.action for each in ended] == ["decision_cancelled", "allowlist_removed"]


def test_the_name_of_an_erased_owner_is_removed_from_filters(strict: App) -> None:
    ann, ben = login(strict, "ann"), login(strict, "ben", Scope.ADMIN)
    ann.ready()
    strict.clock.forward(1)
    about = {"owner": "ann", "search": "x"}
    made = decide(ben, "block", filter=about)["decision_id"]
    other = decide(ben, "block", filter={"owner": "bob"})["decision_id"]
    # the decision is still running, and the entries of the audit log need its names
    assert erased(strict, "ann") == (0, 0)
    assert count_data_of(strict.deps, "ann") == Erased(decisions=1)
    sweep(strict.deps)
    assert erased(strict, "ann") == (1, 0)
    with strict.deps.db.read() as session:
        filters = [session.get_one(Decision, decision_id).filter for decision_id in (made, other)]
    assert filters == [{"owner": "erased"}, {"owner": "bob"}]
