"""Replaced files are deleted once, after the right verdicts, also after failures and holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import update

from service.db.models import Audit, File, Upload
from service.domain.files import replacements
from service.domain.upkeep.sweep import sweep
from service.errors import DatabaseBusyError, DatabaseUnavailableError, ScannerUnavailableError
from service.values import ScanVerdict
from service.values.access.caller import Scope
from tests.support.fakes import SIGNATURE
from tests.support.files.adoption import ARCHIVE, OBJECT, adopted, put, row, with_archive
from tests.support.files.changed_files import hold
from tests.support.files.decisions import decide
from tests.support.files.replacements import delete_by_statement, replacing
from tests.support.login import login
from tests.support.matchers import A_TIME, AN_ID
from tests.support.service.deliveries import URL, FakeSender, names, rows
from tests.support.service_under_test import App, rebuilt

BAD = b"a" + SIGNATURE
replace_file, settle_at_once = replacements._replace, replacements.settle_at_once


def there(app: App, *file_ids: str) -> list[bool]:
    """Whether these files exist."""
    with app.deps.db.read() as session:
        return [session.get(File, file_id) is not None for file_id in file_ids]


def due(app: App, file_id: str) -> str | None:
    with app.deps.db.read() as session:
        return session.get_one(File, file_id).replaces


def swept(app: App) -> int:
    report = sweep(app.deps)
    assert report.errors == []
    return report.replacements


@pytest.mark.parametrize("policy", ["keep", "delete"])
def test_an_infected_file_replaces_nothing(app: App, policy: str) -> None:
    service = app.with_settings(infected_policy=policy)
    old = service.ready()["id"]
    new = replacing(service, old, BAD)
    service.scan(new)
    assert (swept(service), there(service, old, new), due(service, new)) == (0, [True, True], old)


@pytest.mark.parametrize(("policy", "stays"), [("hold", True), ("release", False)])
def test_an_unscannable_file_replaces_another_only_if_released(app: App, policy: str, stays: bool) -> None:
    service = app.with_settings(unscannable_policy=policy)
    old = service.ready()["id"]
    new = replacing(service, old)
    service.scanner.says = ScanVerdict("unscannable", "Heuristics.Encrypted")
    service.scan(new)
    assert (swept(service), there(service, old)) == (0, [stays])


def test_a_replacement_waits_for_a_clean_scan(app: App) -> None:
    old = app.ready()["id"]
    new = replacing(app, old)
    app.scanner.down = True
    with pytest.raises(ScannerUnavailableError):
        app.scan(new)
    assert (sweep(app.deps).replacements, there(app, old)) == (0, [True])
    app.scanner.down = False
    app.scan(new)
    assert there(app, old, new) == [False, True]


def test_without_scanning_the_job_replaces_the_file(app: App) -> None:
    service = rebuilt(app.with_settings(clamd_url="off"), scanner=None)
    old = service.ready()["id"]
    new = replacing(service, old)
    assert there(service, old) == [True]
    service.scan(new)
    assert there(service, old, new) == [False, True]


def test_a_released_file_replaces_the_old_one(app: App) -> None:
    locked = app.with_settings(login="on")
    olivia = login(locked, "olivia", Scope.ADMIN)
    old = olivia.ready()["id"]
    new = replacing(olivia, old, BAD)
    olivia.scan(new)
    assert swept(olivia) == 0
    decide(olivia, "release", new)
    assert (swept(olivia), there(olivia, old, new)) == (1, [False, True])


def test_a_later_verdict_does_not_restore_the_old_file(app: App) -> None:
    old = app.ready()["id"]
    new = replacing(app, old)
    app.scan(new)
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == new).values(scan_due_at=app.clock.now))
    app.scanner.says = ScanVerdict("infected", "Eicar")
    assert app.scan(new) == "infected"
    assert (swept(app), there(app, old, new)) == (0, [False, True])


def test_a_hold_keeps_both_files_until_it_is_lifted(app: App) -> None:
    old = app.ready()["id"]
    new = replacing(app, old)
    hold(app, old)
    app.scan(new)
    assert (swept(app), there(app, old, new), due(app, new)) == (0, [True, True], old)
    hold(app, old, on=False)
    assert (swept(app), there(app, old, new), due(app, new)) == (1, [False, True], None)
    assert swept(app) == 0


def test_a_file_that_has_expired_replaces_nothing(app: App) -> None:
    """It cannot be downloaded; its hold keeps it from being deleted."""
    old = app.ready()["id"]
    new = replacing(app, old)
    hold(app, new)
    with app.deps.db.write() as session:
        session.execute(update(File).where(File.id == new).values(expires_at=app.clock.now - timedelta(seconds=1)))
    app.scan(new)
    assert (swept(app), there(app, old, new)) == (0, [True, True])


def test_two_files_can_replace_the_same_file(app: App) -> None:
    old = app.ready()["id"]
    first, second = replacing(app, old), replacing(app, old)
    app.scan(second)
    app.scan(first)
    assert (there(app, old, first, second), due(app, first), due(app, second)) == ([False, True, True], None, None)


@pytest.mark.parametrize("infected", [False, True], ids=["unscanned", "infected"])
def test_a_chain_of_replacements_leaves_its_last_file(app: App, infected: bool) -> None:
    """B replaces A, and C replaces B before B has replaced A."""
    a = app.ready()["id"]
    b = replacing(app, a, BAD if infected else b"hello")
    if infected:
        app.scan(b)
    c = replacing(app, b)
    app.scan(c)
    assert (there(app, a, b, c), due(app, c)) == ([False, False, True], None)
    with app.deps.db.read() as session:
        ended = {each.target_id: each.changes for each in session.query(Audit).where(Audit.action == "deleted")}
        upload = session.query(Upload).where(Upload.file_id == c).one()
    assert set(ended) == {a, b}
    assert all(c.encode() in (changes or b"") for changes in ended.values())
    assert (upload.replaces, upload.replacer) == (b, None)


def test_a_hold_in_a_chain_of_replacements_delays_its_file(app: App) -> None:
    a = app.ready()["id"]
    b = replacing(app, a)
    hold(app, a)
    c = replacing(app, b)
    app.scan(c)
    assert (there(app, a, b, c), due(app, c)) == ([True, False, True], a)
    hold(app, a, on=False)
    assert (swept(app), there(app, a, c)) == (1, [False, True])


def test_deleting_the_new_file_keeps_the_old_one(app: App) -> None:
    old = app.ready()["id"]
    new = replacing(app, old)
    delete_by_statement(app, new)
    assert (app.scan(new), swept(app), there(app, old)) == ("deleted", 0, [True])


def test_the_sweeper_replaces_after_a_database_failure(app: App) -> None:
    """The verdict stands, and the sweeper replaces."""
    old = app.ready()["id"]
    new = replacing(app, old)
    with patch.object(replacements, "_replace", side_effect=DatabaseUnavailableError):
        assert app.scan(new) == "clean"
    assert there(app, old, new) == [True, True]
    assert (swept(app), there(app, old, new)) == (1, [False, True])


def test_the_sweeper_deletes_the_object_after_a_storage_failure(app: App) -> None:
    old = app.ready()["id"]
    new = replacing(app, old)
    down = app.without_storage()
    with patch.object(replacements, "settle_at_once", lambda _deps, key: settle_at_once(down.deps, key)):
        app.scan(new)
    assert (there(app, old, new), len(app.keys("longshore-private"))) == ([False, True], 2)
    app.clock.forward(60)
    sweep(app.deps)
    assert len(app.keys("longshore-private")) == 1


def test_a_locked_replacement_does_not_stop_the_others(app: App) -> None:
    olds = [app.ready()["id"] for _ in range(2)]
    with patch.object(replacements, "_replace", side_effect=DatabaseUnavailableError):
        for old in olds:
            app.scan(replacing(app, old))
    answers = iter([DatabaseBusyError(), None])

    def replace(*args: Any) -> Any:
        if (error := next(answers)) is not None:
            raise error
        return replace_file(*args)

    with patch.object(replacements, "_replace", replace):
        report = sweep(app.deps)
    assert (report.replacements, len(report.errors), sorted(there(app, *olds))) == (1, 1, [False, True])


def test_an_adopted_object_is_not_deleted_with_its_replaced_file(app: App) -> None:
    archive = with_archive(app)
    put(archive, OBJECT["Key"], b"hello")
    adopted(archive)
    old = row(archive).id
    archive.scan(replacing(archive, old))
    assert (there(archive, old), archive.keys(ARCHIVE)) == ([False], [OBJECT["Key"]])


def test_a_replacement_has_ready_and_deleted_events(app: App) -> None:
    hooked = rebuilt(app.with_settings(webhooks=(URL,)), sender=FakeSender())
    old = hooked.ready()["id"]
    new = replacing(hooked, old)
    hooked.scan(new)
    assert sorted(names(hooked)) == ["file.deleted", "file.ready", "file.ready"]
    payloads = {(each.event, each.payload["data"]["file"]["id"]): each.payload for each in rows(hooked)}
    assert payloads["file.ready", new]["data"]["file"]["replaces"] == old
    shown: dict[str, Any] = payloads["file.deleted", old]
    assert shown == {
        "id": AN_ID,
        "type": "file.deleted",
        "timestamp": A_TIME,
        "subject": None,
        "data": {"file": shown["data"]["file"], "replaced_by": new},
    }
